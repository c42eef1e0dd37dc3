//! Checks of offers, ranges, vouchers and price lists: each row must make a rule.

use super::Finding;
use crate::damaged::Damaged;
use crate::engine::Tx;
use crate::error::DbError;
use std::collections::BTreeMap;

/// Rows that make no rule, by their table. The shop sells without them.
pub(super) async fn check_rules(tx: &mut Tx) -> Result<Vec<Finding>, DbError> {
    let mut findings = BTreeMap::new();
    add(&mut findings, tx.load_offers().await?.damaged);
    add(&mut findings, tx.load_price_lists().await?.damaged);
    let mut after = Some(String::new());
    while let Some(code) = after {
        let (page, next) = tx.vouchers_after(&code).await?;
        add(&mut findings, page.damaged);
        after = next;
    }
    Ok(findings.into_values().collect())
}

fn add(findings: &mut BTreeMap<&'static str, Finding>, damaged: Vec<Damaged>) {
    for Damaged { table, key, what } in damaged {
        let finding = findings.entry(table).or_insert_with(|| Finding::new("damaged_rule", table));
        finding.add(|| format!("{key}: {what}"));
    }
}
