//! Reads the database of a django-oscar store, 3.x or 4.x, on SQLite or PostgreSQL, and writes nothing to it.
//!
//! Yields values of [`commerce`] with ids that follow from Oscar's keys, so that a second run finds the same
//! rows. Damaged and odd rows are brought along sensibly or left out, and [`Report`] says which and why.
//!
//! Knows nothing of our own database, of files under the media folder, or of what staff are shown. Start at
//! [`Source::open`], then [`Source::catalogue`], then [`Catalogue::products`], [`Catalogue::rules`] and [`Catalogue::vouchers`].
//!
//! ```no_run
//! # async fn import(currency: commerce::money::Currency) -> Result<(), Box<dyn std::error::Error>> {
//! let mut source = oscar::Source::open("oscar.sqlite3").await?;
//! let total = source.counts().await?.products();
//! let options = oscar::Options::new(commerce::language::Language::ENGLISH, currency);
//! let mut catalogue = source.catalogue(options).await?;
//! // Write `catalogue.setup()` first: products refer to it.
//! let (mut done, mut after) = (0, None);
//! loop {
//!     let page = catalogue.products(after, oscar::PRODUCTS_PER_PAGE_MAX).await?;
//!     done += page.products.len();
//!     println!("{done}/{total}");
//!     after = page.next;
//!     if after.is_none() {
//!         break;
//!     }
//! }
//! println!("{} rows were left out or changed", catalogue.report().total());
//! # Ok(())
//! # }
//! ```

mod catalogue;
mod category;
mod choices;
mod classes;
pub mod ids;
mod index;
mod offers;
mod options;
mod partners;
mod product;
mod ranges;
mod read;
mod report;
mod rows;
mod schema;
mod select;
mod shipping;
mod source;
mod stock;
mod taken;
mod taxes;
mod value;
mod values;
mod vouchers;

pub use catalogue::{Catalogue, ImportedProduct, PRODUCTS_PER_PAGE_MAX, Page};
pub use offers::{ImportedOffer, ImportedUse, Rules};
pub use options::Options;
pub use ranges::ImportedRange;
pub use report::{Code, ENTRIES_PER_CODE_MAX, Entry, Finding, Report};
pub use rows::{RELATED_ROWS_MAX, ReadError, SETUP_ROWS_MAX, TEXT_CHARS_MAX};
pub use shipping::{ShippingCharge, ShippingMethod, WeightBand};
pub use source::{Counts, OpenError, Source};
pub use taxes::{TAXES_CHARGED_MAX, TaxCharged};
pub use vouchers::{ImportedVoucher, ImportedVoucherSet, VOUCHERS_PER_PAGE_MAX, VoucherPage};
