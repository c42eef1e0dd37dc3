//! What can be typed of price lists.

use super::{Json, Store, StoreJson};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum PriceLists {
    /// Show the price lists
    #[command(before_help = "Examples:\n  tradewind prices lists my-shop\n  tradewind prices lists my-shop --json")]
    Lists(StoreJson),
    /// Make a price list, or change the one of that name
    #[command(before_help = "Examples:
  tradewind prices save \"Six and more\" my-shop
  tradewind prices save \"Winter sale\" my-shop --from 2026-12-27 --until 2027-01-31
  tradewind prices save Switzerland my-shop --market ch --replaces")]
    Save(Box<SaveList>),
    /// Remove a price list; one that has begun ends now, and what it charged stays known
    #[command(before_help = "Examples:\n  tradewind prices remove \"Winter sale\" my-shop")]
    Remove {
        /// Name of the list
        list: String,
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        json: Json,
    },
    /// Write the prices of all lists into a CSV file: list,sku,min_quantity,amount
    #[command(before_help = "Examples:
  tradewind prices export prices.csv my-shop
  tradewind prices export - my-shop | head")]
    Export {
        /// The file; - for standard output
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        /// Write over a file that is there
        #[arg(long)]
        yes: bool,
        /// Print what was written as JSON; for a file only
        #[arg(long)]
        json: bool,
    },
    /// Check a CSV file of prices as a whole, then write what differs; safe to run again
    #[command(before_help = "Examples:
  tradewind prices apply prices.csv my-shop --dry-run
  tradewind prices apply prices.csv my-shop")]
    Apply {
        /// The file; an empty amount takes a price out, what it does not name stays
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        /// Only say what would change, or what is wrong
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: Json,
    },
}

/// A price list as it is typed.
#[derive(Args)]
pub(crate) struct SaveList {
    /// Name of the list
    pub(crate) list: String,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Market that it is for [default: all markets]
    #[arg(long, value_name = "CODE")]
    pub(crate) market: Option<String>,
    /// Currency of its prices [default: that of the market, else the store's first]
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
    /// Customer group that it is for [default: everybody]
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<String>,
    /// When it begins: a day of the store's time zone, or a moment such as 2026-12-27T08:00:00Z [default: at once]
    #[arg(long, value_name = "WHEN")]
    pub(crate) from: Option<String>,
    /// When it ends: the last day, or a moment; `never` [default: never]
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Its prices count instead of the products' own, also where they are higher; for one market
    #[arg(long)]
    pub(crate) replaces: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

impl PriceLists {
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::Lists(with) => &mut with.store,
            Self::Save(wanted) => &mut wanted.store,
            Self::Remove { store, .. } | Self::Export { store, .. } | Self::Apply { store, .. } => store,
        }
    }
}
