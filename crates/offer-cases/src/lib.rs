//! Offers, ranges and vouchers in files of the format `tradewind-offers/1`, by names: alone, or with sample baskets that
//! are priced as the store prices a basket, and answered in the form in which a file says what it expects.
//!
//! Knows nothing of stores, databases or the clock: a case holds everything that plays a part, and what the names of
//! rules stand for is told by whoever reads them. Start at [`read_cases`], then [`price`], [`answer`] and
//! [`differences`]; or at [`read_rules`].

mod answer;
mod fields;
mod figures;
mod price;
mod read;
mod rules;
mod words;
mod write;

pub use answer::answer;
pub use figures::{Differs, Figures, differences, figures};
pub use price::{Priced, PricingError, price};
pub use read::{CASES_MAX, Case, CaseLine, CaseProduct, CaseShipping, FORMAT, ReadError, offer_id, read_cases};
pub use rules::{
    FILE_RANGES_MAX, FILE_VOUCHERS_MAX, FileAction, FileBenefit, FileCondition, FileOffer, FileRange, FileUses,
    FileVoucher, Names, RulesFile, read_rules,
};
pub use words::Words;
