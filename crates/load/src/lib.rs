//! Believable shoppers for a running shop, and what they saw.
//!
//! Knows nothing of orders, SQL, catalogues or the edge: it reads pages, follows links and fills in forms, as a browser
//! does, against whatever answers at an address. It starts no processes and writes no files. Start at [`Options`]; then
//! `plan`, who comes when, and `page`, what a shopper sees.
//!
//! Arrivals are open-loop: they follow from the seed and the [`Shape`] alone, so that a slow shop is not spared by its
//! own slowness (*coordinated omission*).

mod arrivals;
mod cache_status;
mod cookies;
mod dice;
mod form;
mod fresh;
mod histogram;
mod html;
mod kind;
mod options;
mod page;
mod plan;
mod site;
mod sitemap;
mod srcset;
mod typed;
mod zipf;

pub use kind::{ErrorKind, Kind};
pub use options::{InvalidRate, InvalidShare, Options, OptionsError, Rate, Shape, Share};
pub use plan::{Device, Intent, Landing, Plan, SessionPlan, plan};
pub use url::Url;
