//! What can be typed about offers, ranges and vouchers.

use super::{Json, Store, StoreJson, Sure};
use clap::{Args, Subcommand, ValueEnum};
use commerce::voucher::{DRAWN_LETTERS_MAX, DRAWN_LETTERS_MIN};
use shop::voucher_set::VOUCHERS_PER_SET_MAX;
use std::path::PathBuf;

/// A basket to be explained.
#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) store: Store,
    /// An article number, = and how many (one unless said); several by repeating it
    #[arg(long = "item", required = true, value_name = "SKU=UNITS")]
    pub(crate) items: Vec<String>,
    /// A voucher's code; several by repeating it
    #[arg(long = "voucher", value_name = "CODE")]
    pub(crate) vouchers: Vec<String>,
    /// Where it is bought; in the first market unless said
    #[arg(long)]
    pub(crate) market: Option<String>,
    /// Where it goes; to the market's first country unless said
    #[arg(long)]
    pub(crate) country: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Subcommand)]
pub(crate) enum Offers {
    /// Price the baskets of a file with its offers, and tell what differs from what the file expects
    #[command(
        name = "try",
        before_help = "Examples:
  tradewind offers try spring.json
  tradewind offers try spring.json --explain"
    )]
    Try {
        /// A file of the format tradewind-offers/1 (docs/offers.md)
        file: PathBuf,
        /// Also tell which offer took what from which line, and why the others did not apply
        #[arg(long)]
        explain: bool,
        #[command(flatten)]
        json: Json,
    },
    /// What a basket of the shop costs now: which offer took what from which line, which did nothing, and why
    #[command(before_help = "Examples:
  tradewind offers explain my-shop --item MUG-1=2 --item TEE-S
  tradewind offers explain my-shop --item MUG-1=6 --voucher TEA --market de --country AT --json")]
    Explain(Explain),
    /// All offers: whether they apply now, when, and what was used of them
    #[command(before_help = "Examples:\n  tradewind offers list my-shop\n  tradewind offers list my-shop --json")]
    List(StoreJson),
    /// One offer with its rule, its uses and the codes that open it
    #[command(before_help = "Examples:\n  tradewind offers show \"A tenth off tea\" my-shop")]
    Show(OfferIn),
    /// Check a JSON file of offers, ranges and vouchers as a whole, then write what differs; safe to run again
    #[command(before_help = "Examples:
  tradewind offers apply spring.json my-shop --dry-run
  tradewind offers apply spring.json my-shop")]
    Apply {
        /// A file of the format tradewind-offers/1 (docs/offers.md)
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        /// Only say what would change, or what is wrong
        #[arg(long)]
        dry_run: bool,
        /// Take ranges that hold no product
        #[arg(long)]
        allow_empty: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Print all offers and ranges, and the vouchers that were made singly, as such a file
    #[command(before_help = "Examples:\n  tradewind offers export my-shop > offers.json")]
    Export {
        #[command(flatten)]
        store: Store,
    },
    /// Let an offer rest, whatever leads to it
    #[command(before_help = "Examples:\n  tradewind offers suspend \"A tenth off tea\" my-shop")]
    Suspend(OfferIn),
    /// Let an offer go on that rests
    #[command(before_help = "Examples:\n  tradewind offers resume \"A tenth off tea\" my-shop")]
    Resume(OfferIn),
    /// Remove an offer that no voucher opens; orders keep what they say of it
    #[command(before_help = "Examples:
  tradewind offers remove \"A tenth off tea\" my-shop
  tradewind offers remove \"A tenth off tea\" my-shop --yes")]
    Remove {
        #[command(flatten)]
        offer: OfferIn,
        #[command(flatten)]
        sure: Sure,
    },
}

impl Offers {
    pub(super) fn store_mut(&mut self) -> Option<&mut Store> {
        match self {
            Self::Try { .. } => None,
            Self::List(with) => Some(&mut with.store),
            Self::Explain(wanted) => Some(&mut wanted.store),
            Self::Apply { store, .. } | Self::Export { store } => Some(store),
            Self::Show(offer) | Self::Suspend(offer) | Self::Resume(offer) | Self::Remove { offer, .. } => {
                Some(&mut offer.store)
            }
        }
    }
}

/// Which offer of which store.
#[derive(Args)]
pub(crate) struct OfferIn {
    /// Its name, or its id
    pub(crate) offer: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Subcommand)]
pub(crate) enum Ranges {
    /// All ranges, what they name, and the offers that speak of them
    #[command(before_help = "Examples:\n  tradewind ranges list my-shop\n  tradewind ranges list my-shop --json")]
    List(StoreJson),
    /// One range, and how many products it holds
    #[command(before_help = "Examples:\n  tradewind ranges show teas my-shop")]
    Show(RangeIn),
    /// Take the products of a file into a range: one SKU or UPC a line, or the first column of a CSV file
    #[command(before_help = "Examples:
  tradewind ranges upload teas skus.txt my-shop
  tradewind ranges upload teas skus.csv my-shop --replace --dry-run
  tradewind ranges upload teas sold-apart.txt my-shop --exclude")]
    Upload {
        /// Its name, or its id
        range: String,
        /// The file
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        how: UploadHow,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a range that no offer speaks of
    #[command(
        before_help = "Examples:\n  tradewind ranges remove teas my-shop\n  tradewind ranges remove teas my-shop --yes"
    )]
    Remove {
        #[command(flatten)]
        range: RangeIn,
        #[command(flatten)]
        sure: Sure,
    },
}

impl Ranges {
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::List(with) => &mut with.store,
            Self::Upload { store, .. } => store,
            Self::Show(range) | Self::Remove { range, .. } => &mut range.store,
        }
    }
}

/// How a list of products is taken.
#[derive(Args, Clone, Copy)]
pub(crate) struct UploadHow {
    /// These products are never in it
    #[arg(long)]
    pub(crate) exclude: bool,
    /// The list becomes what the file says, instead of growing by it
    #[arg(long)]
    pub(crate) replace: bool,
    /// Make the range if there is none of that name
    #[arg(long)]
    pub(crate) new: bool,
    /// Take a range that holds no product then
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Only say what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which range of which store.
#[derive(Args)]
pub(crate) struct RangeIn {
    /// Its name, or its id
    pub(crate) range: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// How often a voucher may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Usage {
    /// In one order, by anybody
    Single,
    /// In any number of orders
    Multi,
    /// In one order of each customer
    OncePerCustomer,
}

#[derive(Subcommand)]
pub(crate) enum Vouchers {
    /// Vouchers in the order of their codes, or the sets in which they were made
    #[command(before_help = "Examples:
  tradewind vouchers list my-shop
  tradewind vouchers list my-shop --set \"Spring letter\" --limit 1000 --json
  tradewind vouchers list my-shop --sets")]
    List {
        #[command(flatten)]
        store: Store,
        /// Only those of this set
        #[arg(long, value_name = "NAME", conflicts_with = "sets")]
        set: Option<String>,
        /// The sets, with how many vouchers each has
        #[arg(long)]
        sets: bool,
        /// How many, at most 1000
        #[arg(
            long, default_value_t = 100, allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..=1_000)
        )]
        limit: u16,
        /// Only those behind this code
        #[arg(long, value_name = "CODE", conflicts_with = "sets")]
        after: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// One voucher, and what was used of it
    #[command(before_help = "Examples:\n  tradewind vouchers show TEA-2026 my-shop")]
    Show(VoucherIn),
    /// Make a voucher
    #[command(before_help = "Examples:
  tradewind vouchers create TEA-2026 my-shop --offer \"A tenth off tea\" --usage multi
  tradewind vouchers create ANN-1 my-shop --offer welcome --usage single --from 2026-05-01 --to 2026-05-31")]
    Create {
        /// What shoppers type; letters count alike in either case
        code: String,
        #[command(flatten)]
        store: Store,
        /// How often it may be used
        #[arg(long)]
        usage: Usage,
        /// What staff know it by; the code unless said
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        opens: Opens,
        #[command(flatten)]
        json: Json,
    },
    /// Make many vouchers with random codes; run again, it makes what is missing of them
    #[command(before_help = "Examples:
  tradewind vouchers set \"Spring letter\" my-shop --offer \"A tenth off tea\" --count 500
  tradewind vouchers set \"Spring letter\" my-shop --offer welcome --count 500 --length 16 --to 2026-05-31")]
    Set {
        /// What staff know them by
        name: String,
        #[command(flatten)]
        store: Store,
        /// How many
        #[arg(
            long, allow_negative_numbers = true,
            value_parser = clap::value_parser!(u32).range(1..=i64::from(VOUCHERS_PER_SET_MAX))
        )]
        count: u32,
        /// Letters of each code, hyphens not counted
        #[arg(
            long, default_value_t = 12, allow_negative_numbers = true,
            value_parser = clap::value_parser!(u8).range(i64::from(DRAWN_LETTERS_MIN)..=i64::from(DRAWN_LETTERS_MAX))
        )]
        length: u8,
        /// How often each may be used
        #[arg(long, default_value = "single")]
        usage: Usage,
        #[command(flatten)]
        opens: Opens,
        #[command(flatten)]
        json: Json,
    },
    /// Print the codes of a set as CSV, with what was used of each
    #[command(before_help = "Examples:\n  tradewind vouchers export \"Spring letter\" my-shop > codes.csv")]
    Export {
        /// The name of the set, or its id
        set: String,
        #[command(flatten)]
        store: Store,
    },
    /// Remove a voucher, or a set with all its vouchers; orders keep what they say of them
    #[command(before_help = "Examples:
  tradewind vouchers remove TEA-2026 my-shop
  tradewind vouchers remove \"Spring letter\" my-shop --set --yes")]
    Remove {
        /// Its code; with --set the name of a set
        code: String,
        #[command(flatten)]
        store: Store,
        /// A whole set
        #[arg(long)]
        set: bool,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        json: Json,
    },
}

impl Vouchers {
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::List { store, .. }
            | Self::Create { store, .. }
            | Self::Set { store, .. }
            | Self::Export { store, .. }
            | Self::Remove { store, .. } => store,
            Self::Show(voucher) => &mut voucher.store,
        }
    }
}

/// What a voucher opens, and when.
#[derive(Args, Clone)]
pub(crate) struct Opens {
    /// Name or id of an offer of type Voucher; may be said several times
    #[arg(long = "offer", value_name = "OFFER", required = true)]
    pub(crate) offers: Vec<String>,
    /// First day, or first moment
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day, or last moment
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
}

/// Which voucher of which store.
#[derive(Args)]
pub(crate) struct VoucherIn {
    /// Its code
    pub(crate) code: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}
