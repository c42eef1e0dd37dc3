//! What can be typed about orders and their payments.

use super::{Json, Store, StoreJson, Sure, above_nothing};
use clap::{Args, Subcommand, ValueEnum};

/// An order's own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// Something is still to be done
    Open,
    /// Called off
    Cancelled,
    /// Everything is done
    Closed,
}

#[derive(Subcommand)]
pub(crate) enum Orders {
    /// The newest orders
    #[command(before_help = "Examples:
  tradewind orders list my-shop
  tradewind orders list my-shop --state open --limit 50 --json
  tradewind orders list my-shop --before 4KT-9WM-2HB")]
    List {
        #[command(flatten)]
        store: Store,
        /// Only those in this state
        #[arg(long)]
        state: Option<State>,
        /// How many, at most 100
        #[arg(
            long, default_value_t = 20, allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..=100)
        )]
        limit: u16,
        /// Older ones than this order
        #[arg(long, value_name = "NUMBER")]
        before: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// One order with everything that happened to it
    #[command(before_help = "Examples:\n  tradewind orders show 4KT-9WM-2HB my-shop")]
    Show {
        #[command(flatten)]
        order: OrderIn,
    },
    /// Take money that is set aside, or note that an invoice was paid
    #[command(before_help = "Examples:
  tradewind orders capture 4KT-9WM-2HB my-shop
  tradewind orders capture 4KT-9WM-2HB my-shop --amount 10.00")]
    Capture {
        #[command(flatten)]
        order: OrderIn,
        /// How much, in the order's currency; all that is left where none is named
        #[arg(long, allow_negative_numbers = true, value_parser = above_nothing)]
        amount: Option<String>,
        #[command(flatten)]
        sure: Sure,
    },
    /// Send a parcel
    #[command(before_help = "Examples:
  tradewind orders ship 4KT-9WM-2HB my-shop --tracking JD0002
  tradewind orders ship 4KT-9WM-2HB my-shop --line 1:2 --line 3:1 --yes")]
    Ship {
        #[command(flatten)]
        order: OrderIn,
        /// Line and units, as `orders show` numbers them; all that is left where none is named
        #[arg(long = "line", value_name = "LINE:UNITS")]
        lines: Vec<String>,
        /// The carrier's number
        #[arg(long, default_value = "")]
        tracking: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Call an order off: its units go back on sale, its money back to the customer
    #[command(before_help = "Examples:\n  tradewind orders cancel 4KT-9WM-2HB my-shop --reason \"asked for it\"")]
    Cancel {
        #[command(flatten)]
        order: OrderIn,
        /// Why, as a note
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Give money back
    #[command(before_help = "Examples:
  tradewind orders refund 4KT-9WM-2HB my-shop --amount 4.50
  tradewind orders refund 4KT-9WM-2HB my-shop --line 2
  tradewind orders refund 4KT-9WM-2HB my-shop --yes
  tradewind orders refund 4KT-9WM-2HB my-shop --amount 10 --to credit")]
    Refund {
        #[command(flatten)]
        order: OrderIn,
        /// How much, in the order's currency; all that was taken where none is named
        #[arg(long, allow_negative_numbers = true, value_parser = above_nothing)]
        amount: Option<String>,
        /// What this line cost, and close its files: for a download, as `orders show` numbers the lines
        #[arg(
            long, value_name = "LINE", conflicts_with_all = ["amount", "to"], allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..)
        )]
        line: Option<u16>,
        /// Where it goes; to where it came from unless said, what gift cards have paid to these
        #[arg(long)]
        to: Option<RefundGoes>,
        #[command(flatten)]
        sure: Sure,
    },
    /// Give a customer a new link to the order, or take the link away
    #[command(before_help = "Examples:
  tradewind orders link 4KT-9WM-2HB my-shop --new
  tradewind orders link 4KT-9WM-2HB my-shop --revoke")]
    Link {
        #[command(flatten)]
        order: OrderIn,
        #[command(flatten)]
        wanted: LinkWanted,
        #[command(flatten)]
        sure: Sure,
    },
    /// Add a note to an order
    #[command(before_help = "Examples:\n  tradewind orders note 4KT-9WM-2HB \"rang, will call back\" my-shop")]
    Note {
        /// Its number
        number: String,
        /// The words
        text: String,
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        json: Json,
    },
}

/// Which order of which store.
#[derive(Args)]
pub(crate) struct OrderIn {
    /// Its number
    pub(crate) number: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// What becomes of an order's link.
#[derive(Args, Clone, Copy)]
#[group(required = true, multiple = false)]
pub(crate) struct LinkWanted {
    /// The link so far leads nowhere any more; a new one goes to the customer by mail
    #[arg(long)]
    pub(crate) new: bool,
    /// The link so far leads nowhere any more, and later letters have none
    #[arg(long)]
    pub(crate) revoke: bool,
}

#[derive(Subcommand)]
pub(crate) enum Payments {
    /// Take back holds whose time is over, and ask about payments that are not settled
    #[command(before_help = "Examples:\n  tradewind payments sweep my-shop")]
    Sweep(StoreJson),
    /// Payments whose gateway says something else than was asked
    #[command(before_help = "Examples:\n  tradewind payments list my-shop")]
    List(StoreJson),
    /// One payment, and what its gateway says of it now
    #[command(before_help = "Examples:\n  tradewind payments show 6f1c7e0a-52d0-4a5e-9c53-8f4d8a1d2b7e my-shop")]
    Show(PaymentIn),
    /// Ask the gateway again; one that matches by now becomes its order
    #[command(before_help = "Examples:\n  tradewind payments ask 6f1c7e0a-52d0-4a5e-9c53-8f4d8a1d2b7e my-shop")]
    Ask(PaymentIn),
    /// Give all of a payment back that does not match; its goods go back on sale
    #[command(before_help = "Examples:\n  tradewind payments give-back 6f1c7e0a-52d0-4a5e-9c53-8f4d8a1d2b7e my-shop")]
    GiveBack {
        #[command(flatten)]
        payment: PaymentIn,
        #[command(flatten)]
        sure: Sure,
    },
}

/// Which payment of which store.
#[derive(Args)]
pub(crate) struct PaymentIn {
    /// Its id, as `payments list` and `doctor` name it
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

impl Orders {
    /// The store that is named.
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::List { store, .. } | Self::Note { store, .. } => store,
            Self::Show { order }
            | Self::Capture { order, .. }
            | Self::Ship { order, .. }
            | Self::Link { order, .. }
            | Self::Cancel { order, .. }
            | Self::Refund { order, .. } => &mut order.store,
        }
    }
}

/// Where money of an order goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RefundGoes {
    /// To the gift cards that paid, at most what they paid
    Card,
    /// To a new store credit, which goes to the customer by mail
    Credit,
}
