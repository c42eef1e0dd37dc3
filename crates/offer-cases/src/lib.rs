//! Baskets with the offers that are tried on them, in files of the format `tradewind-offers/1`: read, priced as the store
//! prices a basket, and answered in the form in which a file says what it expects.
//!
//! Knows nothing of stores, databases or the clock: a case holds everything that plays a part. Start at [`read_cases`],
//! then [`price`], [`answer`] and [`differences`].

mod answer;
mod fields;
mod figures;
mod price;
mod read;

pub use answer::answer;
pub use figures::{Differs, Figures, differences, figures};
pub use price::{Priced, PricingError, price};
pub use read::{CASES_MAX, Case, CaseLine, CaseProduct, CaseShipping, FORMAT, ReadError, offer_id, read_cases};
