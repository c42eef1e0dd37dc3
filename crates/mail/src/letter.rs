//! Letters: what a store has to say to the customer of an order, as facts. [`crate::writer`] finds the words.

use crate::message::Sender;
use commerce::address::EmailAddress;
use commerce::ids::TaskId;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{Order, ParcelContent};
use std::fmt;

/// The store, as each letter names it.
#[derive(Clone, Debug)]
pub struct Seller {
    /// Name of the shop and address that its mail comes from.
    pub sender: Sender,
    /// The legal person with its postal address, line by line, as in the imprint.
    pub address_lines: Vec<String>,
    /// Where a customer writes to; mail is answered there.
    pub contact: EmailAddress,
    /// May be empty.
    pub phone: String,
    /// Origin of the store, `https://shop.example`; links in its texts that begin with `/` go there.
    pub url: String,
    /// The zone that days and hours are told in.
    pub zone: jiff::tz::TimeZone,
}

/// A letter about an order.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// The task that it belongs to; a letter written again for the same task is the same message.
    pub id: TaskId,
    /// When the task was made.
    pub at: Moment,
    /// Who writes.
    pub seller: &'a Seller,
    /// Who reads; mostly the order's address.
    pub to: &'a EmailAddress,
    /// The order, or what would have become one; its language is the letter's.
    pub order: &'a Order,
    /// The order's page, with whatever lets its owner in; empty where there is no order.
    pub order_url: &'a str,
    /// Files that were bought and can be fetched; what is not paid yet is not among them.
    pub downloads: &'a [FileLink],
    /// What there is to say.
    pub matter: Matter<'a>,
}

/// A file that was bought.
#[derive(Clone, PartialEq, Eq)]
pub struct FileLink {
    /// What it is called.
    pub title: String,
    /// Its length.
    pub bytes: u64,
    /// Where it is fetched; whoever has it may.
    pub url: String,
    /// How often it may be fetched.
    pub most: u32,
    /// Until when.
    pub until: Moment,
}

/// What a letter says.
#[derive(Clone, Copy)]
pub enum Matter<'a> {
    /// The order was placed: the confirmation on a durable medium (Directive 2011/83/EU, art. 8 (7)).
    Placed {
        /// How it is paid.
        payment: Payment<'a>,
        /// The store's terms in full, Markdown; may be empty.
        terms: &'a str,
        /// The right of withdrawal, where the buyer has one.
        withdrawal: Option<Withdrawal<'a>>,
    },
    /// The customer's withdrawal arrived: what it says and when it came (Directive (EU) 2023/2673, art. 11a (4)).
    Withdrawn(Declaration<'a>),
    /// What was bought as files is paid, and can be fetched.
    Downloads,
    /// The order was called off.
    Cancelled {
        /// What goes back, if anything was paid.
        refund: Option<Money>,
        /// Why, in the customer's language; may be empty.
        reason: &'a str,
    },
    /// A parcel left.
    Sent {
        /// The parcel.
        parcel: &'a ParcelContent,
        /// How to follow it.
        tracking: Tracking<'a>,
    },
    /// Money went back.
    Refunded {
        /// How much.
        amount: Money,
        /// By what means: the gateway's short name, or words; may be empty.
        payment: &'a str,
    },
    /// A payment arrived when the last of what it was for was gone: there is no order, and everything goes back.
    GivenBack {
        /// How much.
        amount: Money,
    },
    /// The customer asked for a new link to the order.
    Link {
        /// Until when it works, if not for ever.
        valid_until: Option<Moment>,
    },
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Payment<'a> {
    /// The gateway's short name, which the catalogues have words for under `gateway-…`; else the means in words.
    pub name: &'a str,
    /// What the customer has to do, Markdown: bank details of an invoice. If it is empty, the catalogues' words for the
    /// gateway stand there.
    pub instructions: &'a str,
}

/// The right of withdrawal.
#[derive(Clone, Copy, Debug)]
pub struct Withdrawal<'a> {
    /// Days that the buyer has; 14 at least in the EU.
    pub days: u32,
    /// The store's instruction on withdrawal in full, Markdown. If it is empty, the built-in one is used, which follows
    /// Annex I (A) of Directive 2011/83/EU for goods that the buyer sends back at their own cost.
    pub instruction: &'a str,
}

/// A withdrawal as the customer confirmed it.
#[derive(Clone, Copy)]
pub struct Declaration<'a> {
    /// Who withdraws, as they wrote it.
    pub name: &'a str,
    /// Where the receipt goes, as they wrote it.
    pub email: &'a EmailAddress,
    /// Place of the line in the order, and units.
    pub units: &'a [(usize, u32)],
    /// Whatever else they wrote; may be empty.
    pub words: &'a str,
    /// When it arrived.
    pub received_at: Moment,
    /// The store's text on sending goods back, Markdown. If it is empty, the built-in one is used.
    pub returns: &'a str,
}

/// How to follow a parcel; each may be empty. The number is the parcel's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracking<'a> {
    /// Who carries it.
    pub carrier: &'a str,
    /// The carrier's page for it.
    pub url: &'a str,
}

impl Matter<'_> {
    /// Names of all letters, as their templates and subjects have them.
    pub const NAMES: [&'static str; 8] =
        ["placed", "downloads", "withdrawn", "cancelled", "sent", "refunded", "given-back", "link"];

    /// The short name: `placed.html` and `placed.txt` are its templates, `subject-placed` is its subject.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "placed",
            Self::Downloads => "downloads",
            Self::Withdrawn(_) => "withdrawn",
            Self::Cancelled { .. } => "cancelled",
            Self::Sent { .. } => "sent",
            Self::Refunded { .. } => "refunded",
            Self::GivenBack { .. } => "given-back",
            Self::Link { .. } => "link",
        }
    }
}

impl fmt::Debug for Letter<'_> {
    /// Never what it says or the link that lets one in: they would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({}, {})", self.id, self.matter.name())
    }
}
