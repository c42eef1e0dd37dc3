//! What can be typed about files that are sold.

use super::{Json, OrderIn, Store, Sure};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum Downloads {
    /// Add a file to a product that is not sent
    #[command(before_help = "Examples:
  tradewind downloads add GUIDE-1 first-pot.pdf my-shop
  tradewind downloads add GUIDE-1 first-pot.pdf my-shop --title \"The first good pot\"
  tradewind downloads add GUIDE-1 second-edition.pdf my-shop --name first-pot.pdf --replace")]
    Add {
        /// Article number of the product
        sku: String,
        /// The file
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        /// What shoppers read; the file's name unless said
        #[arg(long)]
        title: Option<String>,
        /// What it is called on their disk; as the file is unless said
        #[arg(long)]
        name: Option<String>,
        /// In the place of the product's file of that name: whoever may fetch that gets this one
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Files, and how many lines of orders may still fetch each
    #[command(before_help = "Examples:
  tradewind downloads list my-shop
  tradewind downloads list my-shop --sku GUIDE-1 --json")]
    List {
        #[command(flatten)]
        store: Store,
        /// Only those of this product that are on sale
        #[arg(long)]
        sku: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Take a file out of sale; who bought it may fetch it until their time is over
    #[command(before_help = "Examples:
  tradewind downloads remove 0198c2f1-52d0-7a5e-9c53-8f4d8a1d2b7e my-shop
  tradewind downloads remove 0198c2f1-52d0-7a5e-9c53-8f4d8a1d2b7e my-shop --from-buyers")]
    Remove {
        /// Its id, as `downloads list` tells it
        id: String,
        #[command(flatten)]
        store: Store,
        /// Take it from those who bought it, too
        #[arg(long)]
        from_buyers: bool,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        json: Json,
    },
    /// What an order may fetch, and how often it did
    #[command(before_help = "Examples:\n  tradewind downloads show 4KT-9WM-2HB my-shop")]
    Show {
        #[command(flatten)]
        order: OrderIn,
    },
    /// Give an order more time, more downloads, and files that its products were given since
    #[command(before_help = "Examples:
  tradewind downloads grant 4KT-9WM-2HB my-shop
  tradewind downloads grant 4KT-9WM-2HB my-shop --more 2 --days 7 --line 1 --yes
  tradewind downloads grant 4KT-9WM-2HB my-shop --more 0 --reopen")]
    Grant {
        #[command(flatten)]
        order: OrderIn,
        #[command(flatten)]
        how: GrantHow,
        #[command(flatten)]
        sure: Sure,
    },
    /// Close the files of an order: their links lead to a page that says so
    #[command(before_help = "Examples:\n  tradewind downloads close 4KT-9WM-2HB my-shop --line 1")]
    Close {
        #[command(flatten)]
        order: OrderIn,
        /// One line, as `orders show` numbers them; all of them where none is named
        #[arg(
            long, value_name = "LINE", allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..)
        )]
        line: Option<u16>,
        #[command(flatten)]
        sure: Sure,
    },
}

/// How much more an order gets.
#[derive(Args, Clone, Copy)]
pub(crate) struct GrantHow {
    /// So many more downloads of each file; as many as one unit has unless said
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub(crate) more: Option<u32>,
    /// For so many days from now, unless they have longer; as `download_days` says unless said
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub(crate) days: Option<u16>,
    /// One line, as `orders show` numbers them; all of them where none is named
    #[arg(
            long, value_name = "LINE", allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..)
        )]
    pub(crate) line: Option<u16>,
    /// Open again what was closed
    #[arg(long)]
    pub(crate) reopen: bool,
}

impl Downloads {
    /// The store that is named.
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::Add { store, .. } | Self::List { store, .. } | Self::Remove { store, .. } => store,
            Self::Show { order } | Self::Grant { order, .. } | Self::Close { order, .. } => &mut order.store,
        }
    }
}
