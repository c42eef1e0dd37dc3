//! Believable shoppers for a running shop, and what they saw.
//!
//! Knows nothing of orders, SQL, catalogues or the edge. It starts no processes and writes no files. Start at [`Options`];
//! then `plan`, who comes when.
//!
//! Arrivals are open-loop: they follow from the seed and the [`Shape`] alone, so that a slow shop is not spared by its
//! own slowness (*coordinated omission*).

mod arrivals;
mod dice;
mod options;
mod plan;

pub use options::{InvalidRate, InvalidShare, Options, OptionsError, Rate, Shape, Share};
pub use plan::{Device, Intent, Landing, Plan, SessionPlan, plan};
pub use url::Url;
