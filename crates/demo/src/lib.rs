//! The demo store's assortment, its page texts, and generated catalogues of any size.
//!
//! Knows nothing of databases, pages or pictures' pixels: it makes values of `commerce`, the same on every run. Start
//! at [`assortment()`] for what a shopper of the demo sees, at [`generated`] for benchmarks.

pub mod assortment;
mod data;
mod facts;
pub mod files;
pub mod generated;
pub mod offers;
pub mod pages;
mod texts;
mod variants;

pub use assortment::{Assortment, assortment};
pub use data::DataError;
pub use files::files;
pub use offers::offers;
