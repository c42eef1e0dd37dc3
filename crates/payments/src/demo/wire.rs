//! What the demo gateway and its site say to each other: JSON bodies, and nothing that acts.

use commerce::ids::CheckoutId;
use commerce::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An amount on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Amount {
    pub(super) minor: i64,
    pub(super) currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code().to_owned() }
    }
}

impl Amount {
    /// The amount; none in a currency that does not exist.
    pub(super) fn money(&self) -> Option<Money> {
        Some(Money::from_minor(self.minor, Currency::parse(&self.currency).ok()?))
    }
}

/// `POST /api/payments`. The site is told nothing about the shopper: it needs nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartBody {
    pub(super) reference: String,
    pub(super) amount: Amount,
    pub(super) return_url: String,
    pub(super) cancel_url: String,
    pub(super) webhook_url: Option<String>,
    /// Microseconds after the epoch.
    pub(super) expires_at: i64,
    pub(super) lines: Vec<LineBody>,
}

/// A line that the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineBody {
    pub(super) title: String,
    pub(super) quantity: u32,
    pub(super) amount: Amount,
}

/// The answer to a start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StartedBody {
    pub(super) id: String,
    pub(super) url: String,
}

/// `POST …/capture` and `POST …/refund`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MoveBody {
    pub(super) amount: Amount,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Open,
    NeedsAction,
    Authorised,
    PartCaptured,
    Captured,
    Declined,
    Cancelled,
    Expired,
    Voided,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PaymentBody {
    pub(super) id: String,
    pub(super) reference: String,
    pub(super) status: Status,
    pub(super) decline_code: Option<String>,
    pub(super) amount: Amount,
    pub(super) authorised: Amount,
    pub(super) captured: Amount,
    pub(super) refunded: Amount,
}

/// The answer to `POST …/expire` and `POST …/void`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndingBody {
    pub(super) already_paid: bool,
    pub(super) payment: PaymentBody,
}

/// The answer to `GET /api/payments?reference=…`: the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PaymentsBody {
    pub(super) payments: Vec<PaymentBody>,
}

/// Any refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
}

/// A webhook. It says that something happened, not what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EventBody {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) payment: String,
    pub(super) reference: String,
}

/// The only kind of event.
pub(super) const PAYMENT_CHANGED: &str = "payment.changed";

/// What the shopper's decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The amount is set aside; browser and webhook go off at the same time.
    Approve,
    /// The bank says no.
    Decline,
    /// The bank asks for a second step first.
    ThreeDSecure,
    /// The shopper gives up.
    Cancel,
    /// The browser returns at once, the bank's yes comes later.
    Late,
    /// Approved, and the webhook is sent twice.
    WebhookTwice,
    /// Approved, and the browser returns only after the webhook was delivered.
    WebhookFirst,
    /// Approved, and no webhook is ever sent about this payment.
    WebhookLost,
    /// Approved, but another amount than the one asked for is set aside.
    WrongAmount,
    /// The browser returns unpaid; the payment expires, and then turns out to be approved.
    PaidAfterExpiry,
    /// Approved, and the shop's next capture, expiry, void and refund work while their answers do not come.
    AnswerLost,
}

/// A call of the shop whose answer can be held back after it has worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST /api/payments`. The site is told nothing about the shopper: it needs nothing.
    Start,
    /// `POST …/capture`.
    Capture,
    /// `POST …/expire`.
    Expire,
    /// `POST …/void`.
    Void,
    /// `POST …/refund`.
    Refund,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Start, Self::Capture, Self::Expire, Self::Void, Self::Refund];
}

/// How a payment is to behave: the body of `POST /admin/behaviour`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Behaviour {
    /// Which payment, by the shop's reference, started already or not; if none, the next one to be started.
    #[serde(with = "checkout_id")]
    pub reference: Option<CheckoutId>,
    /// What the page's plain *Approve* does instead.
    pub outcome: Option<Outcome>,
    /// Calls that work, each once, while their answer does not come before `POST /admin/release`.
    pub hold_answers: BTreeSet<Operation>,
}

/// A checkout's id as text, or none.
mod checkout_id {
    use commerce::ids::CheckoutId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &Option<CheckoutId>, serializer: S) -> Result<S::Ok, S::Error> {
        id.map(|id| id.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CheckoutId>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| CheckoutId::parse(&text).map_err(D::Error::custom)).transpose()
    }
}
