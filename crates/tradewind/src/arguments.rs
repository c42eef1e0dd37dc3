//! What can be typed: every command with its arguments, and examples first.

mod downloads;
mod gift_cards;
mod orders;
mod prices;
mod rules;

pub(crate) use downloads::{Downloads, GrantHow};
pub(crate) use gift_cards::{CardIn, GiftCards, IssueCards};
pub(crate) use orders::{LinkWanted, OrderIn, Orders, PaymentIn, Payments, RefundGoes, State};
pub(crate) use prices::{PriceLists, SaveList};
pub(crate) use rules::{Explain, OfferIn, Offers, Opens, RangeIn, Ranges, UploadHow, Usage, VoucherIn, Vouchers};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Version, commit and target.
pub(crate) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("TRADEWIND_COMMIT"), ", ", env!("TRADEWIND_TARGET"), ")");

/// An online store in one program
#[derive(Parser)]
#[command(name = "tradewind", version = VERSION, disable_help_subcommand = false, max_term_width = 100)]
#[command(before_help = "Examples:
  tradewind new my-shop --demo     a shop with sample goods
  tradewind serve my-shop          open it for shoppers
  tradewind doctor my-shop         is everything as it should be?")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new store in a new folder
    #[command(before_help = "Examples:\n  tradewind new my-shop\n  tradewind new try-out --demo")]
    New {
        /// The folder; it must not be there, or be empty
        dir: PathBuf,
        /// With sample goods, pages and a payment site to try things out
        #[arg(long)]
        demo: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Open a store for shoppers
    #[command(before_help = "Examples:
  tradewind serve my-shop
  tradewind serve my-shop --listen 127.0.0.1:9000")]
    Serve {
        #[command(flatten)]
        store: Store,
        /// Where to listen, instead of the next free port from 8000 on this machine
        #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
        listen: Option<SocketAddr>,
        #[command(flatten)]
        json: Json,
    },
    /// Run a store as a function behind an edge: a whole cloud region on this machine
    #[cfg(feature = "region")]
    #[command(
        args_conflicts_with_subcommands = true,
        before_help = "Examples:
  tradewind region my-shop
  tradewind region my-shop --listen 127.0.0.1:9000 --https
  tradewind region function.zip"
    )]
    Region {
        #[command(subcommand)]
        command: Option<Region>,
        #[command(flatten)]
        up: RegionUp,
    },
    /// Send believable shoppers to a running shop, and tell what they saw
    #[cfg(feature = "region")]
    #[command(before_help = "Examples:
  tradewind load http://localhost:8000
  tradewind load http://localhost:8000 --shape spike --sessions 0.5 --seconds 30
  tradewind load http://localhost:8000 --region http://127.0.0.1:41234 --json")]
    Load(Load),
    /// Pack a store up as a Lambda function
    #[cfg(feature = "region")]
    #[command(before_help = "Examples:
  tradewind package my-shop
  tradewind package my-shop --output function.zip --with-snapshot
  tradewind package my-shop --program target/aarch64-unknown-linux-gnu/release/bootstrap")]
    Package {
        #[command(flatten)]
        store: Store,
        /// The zip that is written; named after the store unless said
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// The program that becomes the function: for x86-64 or arm64, whichever it was built for
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
        /// With the catalogue as it is published here, so that a new instance need not fetch it
        #[arg(long)]
        with_snapshot: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Bring the catalogue of another shop over
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind import oscar oscar.sqlite3 --into my-shop --prices without-tax --dry-run
  tradewind import oscar postgres://reader@db/oscar --into my-shop --prices with-tax"
    )]
    Import(Import),
    /// Publish the whole catalogue to shoppers
    #[command(before_help = "Examples:\n  tradewind publish my-shop\n  tradewind publish --json")]
    Publish(StoreJson),
    /// Count what a store holds
    #[command(before_help = "Examples:\n  tradewind inventory my-shop\n  tradewind inventory my-shop --json")]
    Inventory(StoreJson),
    /// Look for what is wrong with a store, and say what to do
    #[command(before_help = "Examples:\n  tradewind doctor my-shop\n  tradewind doctor my-shop --json")]
    Doctor(StoreJson),
    /// The catalogue as a CSV file
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind catalogue export goods.csv my-shop
  tradewind catalogue apply goods.csv my-shop --dry-run
  tradewind catalogue apply goods.csv my-shop"
    )]
    Catalogue(Catalogue),
    /// Count or correct stock
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind stock set MUG-1 40 --reason \"counted in May\" my-shop
  tradewind stock adjust MUG-1 -2 --reason broken my-shop"
    )]
    Stock(Stock),
    /// Try offers on sample baskets, bring them into the shop, and look after them
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind offers try spring.json
  tradewind offers apply spring.json my-shop
  tradewind offers list my-shop"
    )]
    Offers(Offers),
    /// The ranges of products that offers speak of
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind ranges list my-shop
  tradewind ranges upload teas skus.txt my-shop"
    )]
    Ranges(Ranges),
    /// The codes that open offers, one by one or in sets
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind vouchers create TEA-2026 my-shop --offer \"A tenth off tea\" --usage multi
  tradewind vouchers set \"Spring letter\" my-shop --offer \"A tenth off tea\" --count 500
  tradewind vouchers export \"Spring letter\" my-shop > codes.csv"
    )]
    Vouchers(Vouchers),
    /// Gift cards and store credit: make them, look at them, change them
    #[command(
        subcommand,
        name = "giftcards",
        before_help = "Examples:
  tradewind giftcards issue 25 GBP my-shop --to ben@example.org --reason \"a prize\"
  tradewind giftcards list my-shop
  tradewind giftcards show 7KQ2-9XMB-T4WD-3HN5 my-shop"
    )]
    GiftCards(GiftCards),
    /// Price lists: by market, number of units and time
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind prices save \"Six and more\" my-shop
  tradewind prices apply prices.csv my-shop --dry-run
  tradewind prices lists my-shop"
    )]
    Prices(PriceLists),
    /// Look at orders and move them on
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind orders list my-shop
  tradewind orders show 4KT-9WM-2HB my-shop
  tradewind orders ship 4KT-9WM-2HB my-shop --tracking JD0002"
    )]
    Orders(Orders),
    /// Files that are sold, and what orders may fetch of them
    #[command(
        subcommand,
        before_help = "Examples:
  tradewind downloads add GUIDE-1 first-pot.pdf my-shop
  tradewind downloads list my-shop
  tradewind downloads grant 4KT-9WM-2HB my-shop --more 2"
    )]
    Downloads(Downloads),
    /// Look after payments
    #[command(subcommand, before_help = "Examples:\n  tradewind payments sweep my-shop")]
    Payments(Payments),
    /// Look after the store's keys
    #[command(subcommand, before_help = "Examples:\n  tradewind keys rotate my-shop")]
    Keys(Keys),
    /// Put everything of a store into one file, while it sells
    #[command(before_help = "Examples:
  tradewind backup my-shop --to my-shop.backup
  tradewind backup my-shop --to safe/my-shop.backup --with-keys")]
    Backup {
        #[command(flatten)]
        store: Store,
        /// The file; it must not be there
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// With the store's keys: whoever has the file can then read its cookies and sign for it
        #[arg(long)]
        with_keys: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Bring a backup back into a new folder
    #[command(before_help = "Examples:\n  tradewind restore my-shop.backup --into my-shop-again")]
    Restore {
        /// A file that `tradewind backup` wrote
        file: PathBuf,
        /// The folder; it must not be there
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Only check the backup and say what is in it
        #[arg(long)]
        dry_run: bool,
        /// Do not ask where the database is not in the new folder
        #[arg(long, short = 'y')]
        yes: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Bring the database's schema to this release
    #[command(before_help = "Examples:\n  tradewind migrate my-shop\n  tradewind migrate my-shop --dry-run")]
    Migrate {
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        json: Json,
    },
}

/// How shoppers come.
#[cfg(feature = "region")]
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LoadShape {
    /// The same all the time
    Steady,
    /// A day from midnight to midnight, squeezed into the run
    Daily,
    /// From one second to the next, many times as many
    Spike,
}

/// Shoppers for a running shop.
#[cfg(feature = "region")]
#[derive(Args)]
pub(crate) struct Load {
    /// The shop's address
    pub(crate) url: String,
    /// How they come
    #[arg(long, value_enum, default_value = "steady")]
    pub(crate) shape: LoadShape,
    /// Shoppers a second: all the time, in the evening of a day, or before the spike
    #[arg(long, value_name = "A-SECOND", default_value = "2", allow_negative_numbers = true)]
    pub(crate) sessions: String,
    /// How long they come, in seconds
    #[arg(long, default_value_t = 60, allow_negative_numbers = true, value_parser = up_to(load::SECONDS_MAX))]
    pub(crate) seconds: u32,
    /// They come for so many seconds before that, and only errors of that time are counted: an edge that has just been
    /// opened has nothing yet
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) warm_up: u32,
    /// How many times as many from the spike on
    #[arg(long, default_value_t = 100, allow_negative_numbers = true)]
    pub(crate) factor: u32,
    /// The second of the spike, after the warm-up; a third of the run unless said
    #[arg(long, value_name = "SECOND", allow_negative_numbers = true)]
    pub(crate) at: Option<u32>,
    /// Of a hundred shoppers, so many put something into the basket
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub(crate) baskets: Option<String>,
    /// Of a hundred with a basket, so many buy
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub(crate) checkouts: Option<String>,
    /// The way they pay, as the form names it (invoice); any that is offered unless said
    #[arg(long, value_name = "NAME")]
    pub(crate) gateway: Option<String>,
    /// Think times are divided by this: 1 is as people are
    #[arg(long, default_value_t = 10, allow_negative_numbers = true, value_parser = up_to(load::PACE_MAX))]
    pub(crate) pace: u32,
    /// Most shoppers at once; whoever would be one more is counted and not played
    #[arg(
        long, value_name = "COUNT", default_value_t = 2_000, allow_negative_numbers = true,
        value_parser = up_to(load::SHOPPERS_MAX)
    )]
    pub(crate) shoppers: u32,
    /// What all chance follows from
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
    /// Believe every certificate, such as that of `tradewind region --https`
    #[arg(long)]
    pub(crate) insecure: bool,
    /// The page of a region (its control address): what the run cost and its cold starts are told, too
    #[arg(long, value_name = "URL")]
    pub(crate) region: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// At least one.
#[cfg(feature = "region")]
fn up_to(most: u32) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(most))
}

#[cfg(feature = "region")]
fn seed(raw: &str) -> Result<u64, String> {
    raw.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// What is done with a region.
#[cfg(feature = "region")]
#[derive(Subcommand)]
pub(crate) enum Region {
    /// Start it, and run it until Ctrl-C
    Up(RegionUp),
}

/// A region that is started.
#[cfg(feature = "region")]
#[derive(Args)]
pub(crate) struct RegionUp {
    /// A store's folder, or a function's package that ends in .zip
    #[arg(default_value = ".", value_name = "DIR|ZIP")]
    pub(crate) what: PathBuf,
    /// Where shoppers come in, instead of the next free port from 8000 on this machine
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Where the region's own page is, instead of a free port of this machine
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    pub(crate) control: Option<SocketAddr>,
    /// Where the object store is, instead of a free port of this machine
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    pub(crate) objects: Option<SocketAddr>,
    /// Have each read of the object store cost what one of S3 costs: 15 ms, and 75 MB a second
    #[arg(long)]
    pub(crate) far_objects: bool,
    /// HTTPS and HTTP/2, with a certificate that is made for the occasion
    #[arg(long)]
    pub(crate) https: bool,
    /// The program that becomes the function of a folder, instead of this one
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
    /// Memory of the function, in MB
    #[arg(
        long, value_name = "MB", default_value_t = 512, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(128..=10_240)
    )]
    pub(crate) memory: u32,
    /// Requests that are answered at once at most, each by an execution environment of its own
    #[arg(
        long, value_name = "COUNT", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=1_000)
    )]
    pub(crate) concurrency: Option<u32>,
    /// Send answers as they are made instead of whole
    #[arg(long)]
    pub(crate) stream: bool,
    /// Have the edge sign what it asks of the function, which takes nothing else: CloudFront's origin access control. It
    /// refuses every form that a browser sends by itself, so that nobody can buy; this shows it before the cloud does
    #[arg(long)]
    pub(crate) origin_access_control: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

impl Command {
    /// The folder of the store that it works in; none for commands that make folders or open ports.
    pub(crate) fn store_mut(&mut self) -> Option<&mut PathBuf> {
        let store = match self {
            Self::New { .. } | Self::Serve { .. } | Self::Restore { .. } => return None,
            #[cfg(feature = "region")]
            Self::Region { .. } | Self::Package { .. } | Self::Load(_) => return None,
            Self::Offers(offers) => offers.store_mut()?,
            Self::Ranges(ranges) => ranges.store_mut(),
            Self::Vouchers(vouchers) => vouchers.store_mut(),
            Self::GiftCards(cards) => cards.store_mut(),
            Self::Import(Import::Oscar { into, .. }) => return Some(into),
            Self::Publish(with) | Self::Inventory(with) | Self::Doctor(with) => &mut with.store,
            Self::Catalogue(Catalogue::Export { store, .. } | Catalogue::Apply { store, .. }) => store,
            Self::Stock(Stock::Set { change, .. } | Stock::Adjust { change, .. }) => &mut change.store,
            Self::Orders(orders) => orders.store_mut(),
            Self::Downloads(downloads) => downloads.store_mut(),
            Self::Prices(prices) => prices.store_mut(),
            Self::Payments(Payments::Sweep(with) | Payments::List(with)) => &mut with.store,
            Self::Payments(Payments::Show(payment) | Payments::Ask(payment) | Payments::GiveBack { payment, .. }) => {
                &mut payment.store
            }
            Self::Keys(Keys::Rotate { store, .. }) => store,
            Self::Backup { store, .. } | Self::Migrate { store, .. } => store,
        };
        Some(&mut store.dir)
    }
}

/// Which store.
#[derive(Args, Clone)]
pub(crate) struct Store {
    /// The store's folder
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// How the result is printed.
#[derive(Args, Clone, Copy)]
pub(crate) struct Json {
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A store, and how the result is printed.
#[derive(Args, Clone)]
pub(crate) struct StoreJson {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Whether prices of another shop hold tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Prices {
    /// As they are shown to consumers in Europe
    WithTax,
    /// Tax comes on top
    WithoutTax,
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// From django-oscar 3 or 4, on SQLite or PostgreSQL; safe to run again
    #[command(before_help = "Examples:
  tradewind import oscar oscar.sqlite3 --into my-shop --prices without-tax --dry-run
  tradewind import oscar oscar.sqlite3 --into my-shop --prices with-tax --currency EUR --language de
  tradewind import oscar postgres://reader@db/oscar --into my-shop --prices with-tax")]
    Oscar {
        /// A SQLite file, or a postgres:// address; it is only read
        source: String,
        /// The store's folder; it is made if it is not there
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Only say what would be written
        #[arg(long)]
        dry_run: bool,
        /// Language of the shop's texts [default: the store's first, en for a new one]
        #[arg(long, value_name = "CODE")]
        language: Option<String>,
        /// Whether the shop's prices hold tax; needed for a new store
        #[arg(long)]
        prices: Option<Prices>,
        /// Currency of prices that name none [default: the store's first, for a new one that of most prices]
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
pub(crate) enum Catalogue {
    /// Write the whole catalogue into a CSV file
    #[command(before_help = "Examples:
  tradewind catalogue export goods.csv my-shop
  tradewind catalogue export - my-shop | head")]
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
    /// Check a CSV file as a whole, then write what differs; safe to run again
    #[command(before_help = "Examples:
  tradewind catalogue apply goods.csv my-shop --dry-run
  tradewind catalogue apply goods.csv my-shop
  tradewind catalogue apply goods.csv my-shop --new-categories")]
    Apply {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        store: Store,
        /// Only say what would change, or what is wrong
        #[arg(long)]
        dry_run: bool,
        /// Make categories that are not there; a cell may name a path, such as kitchen/mugs
        #[arg(long)]
        new_categories: bool,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
pub(crate) enum Stock {
    /// Say how many units are in the house
    #[command(before_help = "Examples:
  tradewind stock set MUG-1 40 --reason \"counted in May\" my-shop
  tradewind stock set EBOOK-1 uncounted --reason download my-shop")]
    Set {
        /// The article number
        sku: String,
        /// Units, those of unfinished orders included, or uncounted
        #[arg(allow_negative_numbers = true)]
        units: String,
        #[command(flatten)]
        change: StockReason,
    },
    /// Add units or take them away
    #[command(before_help = "Examples:
  tradewind stock adjust MUG-1 12 --reason delivery my-shop
  tradewind stock adjust MUG-1 -2 --reason broken my-shop")]
    Adjust {
        /// The article number
        sku: String,
        /// How many more; fewer with a minus
        #[arg(allow_negative_numbers = true)]
        by: i64,
        #[command(flatten)]
        change: StockReason,
    },
}

/// Where stock is changed, and why.
#[derive(Args)]
pub(crate) struct StockReason {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Why, for the history
    #[arg(long)]
    pub(crate) reason: String,
    /// Code of the partner, where several have the article number
    #[arg(long)]
    pub(crate) partner: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// An amount as it was typed. Its digits are looked at when the order's currency is known.
fn above_nothing(raw: &str) -> Result<String, String> {
    if raw.trim_start().starts_with('-') {
        return Err("an amount is above nothing, such as 4.50".to_owned());
    }
    Ok(raw.to_owned())
}

/// Where to listen. A name could mean several addresses; that of this machine is taken as its first.
fn address(raw: &str) -> Result<SocketAddr, String> {
    let port = raw.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    port.map_or_else(|| raw.parse(), |port| Ok((Ipv4Addr::LOCALHOST, port).into()))
        .map_err(|_| "an address is an IP and a port, such as 127.0.0.1:8000 or localhost:8000".to_owned())
}

/// For what cannot be taken back.
#[derive(Args, Clone, Copy)]
pub(crate) struct Sure {
    /// Do it without asking
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Put a new key in front of the store's keys; what older ones sealed stays readable for three more rotations
    #[command(before_help = "Examples:\n  tradewind keys rotate my-shop")]
    Rotate {
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        json: Json,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::any::TypeId;

    /// Or else the word would be that there is no such option as `-1`.
    #[test]
    fn numbers_below_nothing_are_numbers() {
        let numbers =
            [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<i64>()];
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            for argument in command.get_arguments() {
                let is_number = numbers.iter().any(|number| argument.get_value_parser().type_id() == *number);
                let takes_value = argument.get_action().takes_values();
                let (name, of) = (argument.get_id(), command.get_name());
                assert!(!(is_number && takes_value) || argument.is_allow_negative_numbers_set(), "{of} {name}");
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn addresses_are_parsed_at_the_door() {
        for (raw, want) in [
            ("127.0.0.1:8000", Some("127.0.0.1:8000")),
            ("[::1]:80", Some("[::1]:80")),
            ("localhost:8000", Some("127.0.0.1:8000")),
            ("localhost:0", Some("127.0.0.1:0")),
            ("localhost", None),
            ("localhost:", None),
            ("localhost:65536", None),
            ("shop.example:80", None),
            ("8000", None),
        ] {
            let got = address(raw).ok().map(|address| address.to_string());
            assert_eq!(got.as_deref(), want, "{raw}");
        }
    }
}
