//! What `doctor` asks: whether the data keeps the promises that no engine enforces.
//!
//! Each question is one or two statements, or one reading of a table in chunks; answers are counts with a few keys, so
//! that even a store where everything is wrong gets a short report.

mod documents;
mod rows;
mod rules;

use crate::backup::UNFINISHED;
use crate::engine::Db;
use crate::error::DbError;
use crate::sql::Statements;

/// Keys that a finding shows.
pub const EXAMPLES_MAX: usize = 5;

pub(crate) const STATEMENTS: &[Statements] = &[documents::STATEMENTS];

/// A promise that is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which promise; a stable name.
    pub check: &'static str,
    /// The table whose rows break it.
    pub table: &'static str,
    /// How many rows.
    pub count: u64,
    /// Keys of the first ones, at most [`EXAMPLES_MAX`], sometimes with what is wrong.
    pub examples: Vec<String>,
}

impl Finding {
    fn new(check: &'static str, table: &'static str) -> Self {
        Self { check, table, count: 0, examples: Vec::new() }
    }

    /// Counts one more.
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(example());
        }
    }
}

/// Statements of the module that are made from tables.
pub(crate) fn statements() -> Vec<&'static str> {
    rows::CHECKS.iter().flat_map(|check| [check.examples.as_str(), check.count.as_str()]).collect()
}

impl Db {
    /// Goes through the whole store, as of one moment; empty where all is well. Its time grows with the store.
    pub async fn check_data(&self) -> Result<Vec<Finding>, DbError> {
        let mut findings = Vec::new();
        if self.find_fact(UNFINISHED).await?.is_some() {
            let mut unfinished = Finding::new("restore_unfinished", "store_facts");
            unfinished.add(|| UNFINISHED.to_owned());
            findings.push(unfinished);
        }
        let mut tx = self.begin_read().await?;
        for check in rows::CHECKS.iter() {
            findings.extend(check.run(&mut tx).await?);
        }
        findings.extend(documents::check_products(&mut tx).await?);
        findings.extend(documents::check_orders(&mut tx).await?);
        findings.extend(rules::check_rules(&mut tx).await?);
        tx.rollback().await;
        Ok(findings)
    }
}
