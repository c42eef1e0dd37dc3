//! Believable shoppers for a running shop, and what they saw.
//!
//! Knows nothing of orders, SQL, catalogues or the edge: it reads pages, follows links and fills in forms, as a browser
//! does, against whatever answers at an address. It starts no processes and writes no files. Start at [`Options`] and
//! [`play`]; then `plan`, who comes when; `session`, what a shopper does; `browser`, what that sends; and [`Report`].
//!
//! Arrivals are open-loop: they follow from the seed and the [`Shape`] alone, so that a slow shop is not spared by its
//! own slowness (*coordinated omission*). What a bound keeps from being played is counted, never dropped.

mod arrivals;
mod browser;
mod buying;
mod cache_status;
mod catalogue;
mod client;
mod cookies;
mod dice;
mod expect;
mod form;
mod fresh;
mod histogram;
mod html;
mod kind;
mod ledger;
mod options;
mod page;
mod plan;
mod play;
mod region;
mod report;
mod session;
mod site;
mod sitemap;
mod srcset;
mod typed;
mod world;
mod zipf;

pub use kind::{ErrorKind, Kind};
pub use options::{
    InvalidRate, InvalidShare, Options, OptionsError, PACE_MAX, Rate, SECONDS_MAX, SHOPPERS_MAX, Shape, Share,
};
pub use plan::{Device, Intent, Landing, Plan, SessionPlan, plan};
pub use play::{LoadError, Progress, play};
pub use report::{
    CacheCounts, CacheReport, ErrorCount, ErrorExample, Errors, Generator, KindReport, Latency, Orders, OriginReport,
    RegionReport, Report, Requests, SecondReport, Sessions, ShopKind, ShopReport,
};
pub use url::Url;

/// How the shoppers name themselves, so that an owner can tell them from people.
pub const USER_AGENT: &str = concat!("tradewind-load/", env!("CARGO_PKG_VERSION"));
