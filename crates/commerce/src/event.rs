//! Who did what: every use case takes an actor, and what it changes leaves an event.

use crate::ids::{CustomerId, EventId, StaffId};
use crate::moment::Moment;

/// Longest detail of an event, in bytes.
pub const EVENT_DETAIL_BYTES_MAX: usize = 4_000;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A shopper who is not signed in.
    Visitor,
    /// A signed-in customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(StaffId),
    /// Somebody at the machine's command line.
    Operator,
    /// A job of the store's own, by its name.
    Job(&'static str),
    /// A payment gateway, by its code.
    Gateway(String),
}

impl Actor {
    /// Kind and id as they stand in tables; never a name or an address.
    pub fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Visitor => ("visitor", String::new()),
            Self::Customer(id) => ("customer", id.to_string()),
            Self::Staff(id) => ("staff", id.to_string()),
            Self::Operator => ("operator", String::new()),
            Self::Job(name) => ("job", (*name).to_owned()),
            Self::Gateway(code) => ("gateway", code.clone()),
        }
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An order, by its id.
    Order,
    /// A product.
    Product,
    /// A stock record.
    StockRecord,
    /// The whole catalogue, as by an import.
    Catalogue,
    /// A payment.
    Payment,
    /// A price list.
    PriceList,
    /// An offer.
    Offer,
    /// A range of products.
    Range,
    /// A voucher.
    Voucher,
    /// Vouchers that were made together.
    VoucherSet,
    /// A gift card, or a store credit.
    GiftCard,
    /// The store itself: keys, settings, backups.
    Store,
}

impl Subject {
    /// The short name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Product => "product",
            Self::StockRecord => "stock_record",
            Self::Catalogue => "catalogue",
            Self::Payment => "payment",
            Self::PriceList => "price_list",
            Self::Offer => "offer",
            Self::Range => "range",
            Self::Voucher => "voucher",
            Self::VoucherSet => "voucher_set",
            Self::GiftCard => "gift_card",
            Self::Store => "store",
        }
    }
}

/// An entry in the history. It holds no personal data: it names the field and points to the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Actor,
    /// About what.
    pub subject: Subject,
    /// The subject's id; empty for the store.
    pub subject_id: String,
    /// What happened: `order_placed`, `stock_adjusted`.
    pub kind: &'static str,
    /// More, as short `key=value` words; at most [`EVENT_DETAIL_BYTES_MAX`].
    pub detail: String,
}
