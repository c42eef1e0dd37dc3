//! Offers, ranges and vouchers as a JSON file: written, edited, tried with `offers try`, and read back.
//!
//! The file speaks by names: products by slug or SKU, categories by path, ranges and offers by what staff call them,
//! vouchers by code. The whole file is checked before anything is written; what it does not name stays, and reading
//! what was written changes nothing.

mod document;
mod known;
mod plan;
mod products;

use crate::offers::OfferError;
use crate::ranges::RangeError;
use crate::shop::Shop;
use crate::vouchers::VoucherError;
use commerce::calendar::Calendar;
use commerce::event::Actor;
use db::DbError;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use document::{Documents, Shortened};
use known::Known;
use offer_cases::{FILE_VOUCHERS_MAX, FileOffer, FileRange, ReadError, RulesFile, read_rules};
use plan::Plan;
use products::Products;
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest file, in bytes.
pub const OFFER_FILE_BYTES_MAX: u64 = 64 << 20;
/// Mistakes that are told one by one; more are counted.
pub const RULE_ERRORS_LISTED_MAX: usize = 100;

/// How a file is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferFileOptions {
    /// Only say what would change.
    pub dry_run: bool,
    /// Take ranges that hold no product.
    pub allow_empty: bool,
}

/// What a rule of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleKind {
    /// A range.
    Range,
    /// An offer.
    Offer,
    /// A voucher.
    Voucher,
}

impl RuleKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Offer => "offer",
            Self::Voucher => "voucher",
        }
    }
}

/// A rule that differs from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// What it is.
    pub kind: RuleKind,
    /// What the file calls it.
    pub name: String,
    /// Whether there was none.
    pub is_new: bool,
    /// The fields that differ; none of a new one.
    pub fields: Vec<String>,
}

/// What a file would change, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferFileReport {
    /// Rules that are new or differ: ranges first, then offers, then vouchers.
    pub changes: Vec<RuleChange>,
    /// Rules that are the same.
    pub unchanged: u64,
    /// The first of the mistakes; with a single one nothing is written.
    pub errors: Vec<ReadError>,
    /// All of them.
    pub errors_total: u64,
}

impl OfferFileReport {
    fn add_error(&mut self, error: ReadError) {
        self.errors_total += 1;
        if self.errors.len() < RULE_ERRORS_LISTED_MAX {
            self.errors.push(error);
        }
    }
}

/// What a store's file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedRules {
    /// The file.
    pub file: Value,
    /// Offers in it.
    pub offers: usize,
    /// Rows that make no rule and are not in it.
    pub damaged: usize,
    /// Vouchers that are not in it, because they were made in sets.
    pub in_sets: i64,
}

/// Why a file was not taken or written.
#[derive(Debug, thiserror::Error)]
pub enum OfferFileError {
    /// More vouchers than a file can have.
    #[error(
        "more than {FILE_VOUCHERS_MAX} vouchers were made singly, which is more than a file can have; \
         `tradewind vouchers list --json` pages through them"
    )]
    TooManyVouchers,
    /// Somebody changed the store between check and writing; what was written so far stays.
    #[error("{what} {name:?}: {why}; somebody changed the store meanwhile, so run it again")]
    Meanwhile {
        /// What was to be written.
        what: &'static str,
        /// Its name.
        name: String,
        /// What stands in the way.
        why: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Shop {
    /// Days as this store has them.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.settings().time_zone.clone())
    }

    /// All ranges, all offers, and the vouchers that were made singly, as a file.
    pub async fn export_offers(&self) -> Result<ExportedRules, OfferFileError> {
        let known = Known::load(self).await?;
        let slugs = known.slugs_of_all(self).await?;
        let documents = Documents { known: &known, slugs: &slugs };
        let mut file = RulesFile {
            ranges: known.ranges.iter().map(|range| documents.range(range).shortened(&known)).collect(),
            offers: known.offers.iter().map(|offer| documents.offer(offer).shortened(&known)).collect(),
            ..RulesFile::default()
        };
        let (mut after, mut damaged) = (Some(String::new()), known.damaged);
        while let Some(code) = after {
            let (page, next) = self.db().list_vouchers_of_no_set(&code).await?;
            damaged += page.damaged.len();
            file.vouchers.extend(page.entries.iter().map(|voucher| documents.voucher(voucher)));
            if FILE_VOUCHERS_MAX < file.vouchers.len() {
                return Err(OfferFileError::TooManyVouchers);
            }
            after = next;
        }
        let in_sets = self.db().count_vouchers_by_set().await?.into_values().sum();
        let offers = file.offers.len();
        Ok(ExportedRules { file: file.to_json(&known.calendar), offers, damaged, in_sets })
    }

    /// An offer as a file holds it.
    pub async fn describe_offer(&self, offer: &StoredOffer) -> Result<FileOffer, DbError> {
        let known = Known::load(self).await?;
        Ok(Documents { known: &known, slugs: &BTreeMap::new() }.offer(offer).shortened(&known))
    }

    /// A range as a file holds it.
    pub async fn describe_range(&self, range: &StoredRange) -> Result<FileRange, DbError> {
        let known = Known::load(self).await?;
        let slugs = known.slugs_of_all(self).await?;
        Ok(Documents { known: &known, slugs: &slugs }.range(range).shortened(&known))
    }

    /// Checks a file as a whole and then, if nothing is wrong with it, writes what differs: ranges, then the offers that
    /// speak of them, then the vouchers that open those. Run again it finds nothing to do.
    pub async fn apply_offer_file(
        &self,
        text: &str,
        options: OfferFileOptions,
        actor: &Actor,
    ) -> Result<OfferFileReport, OfferFileError> {
        let mut report = OfferFileReport::default();
        let mut file = match read_rules(text, &self.calendar()) {
            Ok(file) => file,
            Err(error) => {
                report.add_error(error);
                return Ok(report);
            }
        };
        std::mem::take(&mut file.errors).into_iter().for_each(|error| report.add_error(error));
        let mut known = Known::load(self).await?;
        let products = Products::load(self, &file.ranges, &known).await?;
        let mut plan = Plan::new(self, &mut known, &products, &file, &mut report);
        plan.ranges();
        plan.offers();
        plan.vouchers().await?;
        let plan = plan.finish();
        if !options.allow_empty {
            self.refuse_empty_ranges(&plan, &mut report).await?;
        }
        if !options.dry_run && report.errors_total == 0 {
            self.write_rules(&plan, actor).await?;
        }
        Ok(report)
    }

    async fn refuse_empty_ranges(&self, plan: &plan::Planned, report: &mut OfferFileReport) -> Result<(), DbError> {
        let ranges: Vec<_> = plan.reaching.iter().map(|(_, range)| range.as_ref().clone()).collect();
        for (holds, (name, _)) in self.have_products(&ranges).await?.into_iter().zip(&plan.reaching) {
            if !holds {
                let what = "holds no product of this store; `--allow-empty` lets it be".to_owned();
                report.add_error(ReadError { place: format!("range {name}"), what });
            }
        }
        Ok(())
    }

    async fn write_rules(&self, plan: &plan::Planned, actor: &Actor) -> Result<(), OfferFileError> {
        for (name, range) in &plan.ranges {
            self.save_range(range, actor).await.map_err(|error| match error {
                RangeError::Db(error) => OfferFileError::Db(error),
                error => meanwhile("range", name, error),
            })?;
        }
        for (name, offer) in &plan.offers {
            self.bring_offer(offer, actor).await.map_err(|error| match error {
                OfferError::Db(error) => OfferFileError::Db(error),
                error => meanwhile("offer", name, error),
            })?;
        }
        for chunk in plan.vouchers.chunks(crate::vouchers::VOUCHERS_PER_WRITE_MAX) {
            self.save_vouchers(chunk, actor).await.map_err(|error| match error {
                VoucherError::Db(error) => OfferFileError::Db(error),
                error => meanwhile("voucher", chunk.first().map_or("", |first| first.voucher.code().as_str()), error),
            })?;
        }
        Ok(())
    }
}

fn meanwhile(what: &'static str, name: &str, why: impl ToString) -> OfferFileError {
    OfferFileError::Meanwhile { what, name: name.to_owned(), why: why.to_string() }
}
