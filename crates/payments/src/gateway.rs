//! The one trait that every gateway fits, and the values that cross it.
//!
//! A payment is *started*, the shopper is sent to the gateway's page, and comes back or does not. A return or a webhook
//! only wakes: what counts is [`Gateway::state`], held against what was asked by [`ProviderPayment::news`]. Every call
//! has a deadline and a bound on the answer's size. A call that moves something carries an [`IdempotencyKey`]: repeating
//! it with the same key and content gives the first answer again, so a call whose answer was lost is simply made anew.
//!
//! # How two real gateways fit
//!
//! | here | Stripe | PayPal |
//! | --- | --- | --- |
//! | [`start`](Gateway::start) | `POST /v1/checkout/sessions`, `client_reference_id` and `metadata` = our reference, also on `payment_intent_data`, whose `capture_method` is `manual`; redirect to `url` | `POST /v2/checkout/orders`, `intent` `AUTHORIZE`, `custom_id` = our reference; redirect to the link `payer-action` |
//! | provider's reference | the session's id, `cs_…` | the order's id; it is the `token` of the return |
//! | key | header `Idempotency-Key` | header `PayPal-Request-Id` |
//! | [`state`](Gateway::state) | `GET /v1/checkout/sessions/{id}` with `payment_intent.latest_charge` expanded | `GET /v2/checkout/orders/{id}`, amounts from `payments.authorizations`, `captures`, `refunds` |
//! | … by our reference alone | sessions listed from `started_at` on, by `client_reference_id` | not offered: see [`Capabilities::finds_by_our_reference`] |
//! | [`confirm`](Gateway::confirm) | nothing to do | `POST …/orders/{id}/authorize` once the status is `APPROVED` |
//! | [`capture`](Gateway::capture) | `POST /v1/payment_intents/{id}/capture`, `amount_to_capture`; what is left is let go | `POST /v2/payments/authorizations/{id}/capture` |
//! | [`expire`](Gateway::expire) | `POST …/sessions/{id}/expire`; refused for a session that is `complete`: already paid | nothing to call: without `confirm` no money moves. An authorised order is already paid |
//! | [`void`](Gateway::void) | `POST /v1/payment_intents/{id}/cancel` | `POST /v2/payments/authorizations/{id}/void` |
//! | [`refund`](Gateway::refund) | `POST /v1/refunds` with `payment_intent` | `POST /v2/payments/captures/{id}/refund` |
//! | [`webhook`](Gateway::webhook) | HMAC in `Stripe-Signature` ([`crate::signature`]), subject from `metadata` | a certificate's signature over the body's CRC, or a question to `verify-webhook-signature`: hence async; subject from `custom_id` |
//! | [`NeedsAction`](ProviderStatus::NeedsAction) | intent `requires_action` (3-D Secure) | order `PAYER_ACTION_REQUIRED` |
//!
//! `tests/gateways` drives fakes of both mappings, and the gateways of this crate, through one suite.

use commerce::address::EmailAddress;
use commerce::ids::CheckoutId;
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::payment::PaymentNews;
use http::HeaderMap;
use std::fmt;
use std::pin::Pin;

/// How long one call to a gateway may take, the reading of its answer included.
pub const CALL_DEADLINE_MS: u64 = 10_000;
/// The longest answer that is read from a gateway.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The longest webhook that is looked at.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 64 * 1024;
/// Lines of the summary that a gateway's page shows; more are left out.
pub const SUMMARY_LINES_MAX: usize = 50;
/// The longest idempotency key, so that every gateway takes it (PayPal: 108, Stripe: 255).
pub const KEY_CHARS_MAX: usize = 100;
/// The longest reference that a provider may give.
pub const REFERENCE_CHARS_MAX: usize = 255;

/// An answer to come; boxed, so that gateways can be chosen while the program runs.
pub type Reply<'a, T, E = GatewayError> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Somebody who moves money for the store.
pub trait Gateway: Send + Sync {
    /// The short name in settings, rows and addresses: `demo`, `invoice`.
    fn code(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Origins that a form may lead to: checkout pages allow them in their content security policy's `form-action`,
    /// because browsers hold redirects after a form against it.
    fn form_action_origins(&self) -> Vec<String>;

    /// Makes the payment known to the gateway. Repeated with the same key and content it is the same payment.
    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started>;

    /// How it stands; nothing if the gateway knows no such payment, so that nobody can have paid it.
    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>>;

    /// Makes an [`Approved`](ProviderStatus::Approved) payment an authorised one. Gateways whose shoppers authorise on
    /// the gateway's page have nothing to do: they tell the state.
    fn confirm<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let _ = key;
        Box::pin(async move { self.state(asked).await?.ok_or_else(GatewayError::unknown_payment) })
    }

    /// Takes this much of what is set aside. More than is left is refused.
    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment>;

    /// Closes a payment that nobody has made, so that nobody can make it any more. What is authorised or captured is
    /// left as it is and answered with [`Ending::AlreadyPaid`].
    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending>;

    /// Lets go what is set aside and not captured; closes the payment if nothing is. If everything was captured, that is
    /// [`Ending::AlreadyPaid`], and only a refund helps.
    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending>;

    /// Gives back this much of what was captured. More than is left is refused.
    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment>;

    /// Checks that a webhook is genuine and says which payment to ask about; nothing if it is genuine and about nothing
    /// of ours. It never tells how a payment stands.
    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: Moment,
    ) -> Reply<'a, Option<Wake>, WebhookError>;
}

/// What a gateway can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Sets an amount aside first and takes it on [`Gateway::capture`]. If not, a payment arrives captured.
    pub authorises_first: bool,
    /// May capture in several parts. If not, what the first capture leaves is let go.
    pub captures_in_parts: bool,
    /// Sends the shopper to a page of its own.
    pub hosted_page: bool,
    /// The order is placed at once and paid later: nothing waits for the shopper.
    pub pays_later: bool,
    /// Finds a payment whose provider's reference is not known. If not, repeat [`Gateway::start`] under its key to learn
    /// the reference; nobody has paid meanwhile, because nobody was given the page's address.
    pub finds_by_our_reference: bool,
}

/// A payment to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartPayment {
    /// Our reference: the frozen checkout.
    pub reference: CheckoutId,
    /// Key of this call.
    pub key: IdempotencyKey,
    /// How much; above nothing.
    pub amount: Money,
    /// Fills the field on the gateway's page.
    pub email: Option<EmailAddress>,
    /// Language of the gateway's page, if it has it.
    pub language: Option<Language>,
    /// Where the shopper comes back to; absolute.
    pub return_url: String,
    /// Where the shopper comes back to after giving up; absolute.
    pub cancel_url: String,
    /// From then on nobody can pay.
    pub expires_at: Moment,
    /// What is bought, to be shown; at most [`SUMMARY_LINES_MAX`] lines are.
    pub summary: Vec<SummaryLine>,
}

/// A line that the gateway's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryLine {
    /// What it is.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// What they cost together.
    pub amount: Money,
}

/// A payment that the gateway knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The gateway's name for it.
    pub provider_reference: ProviderReference,
    /// What the shopper does now.
    pub next: Next,
}

/// What the shopper does after a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Goes to this address, whose origin is one of [`Gateway::form_action_origins`].
    Redirect(String),
    /// Nothing: it is paid later.
    Done,
}

/// A payment that was asked of a gateway, as the store's row of it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Our reference.
    pub reference: CheckoutId,
    /// The gateway's reference; none if the answer to the start was lost.
    pub provider_reference: Option<ProviderReference>,
    /// What was asked for.
    pub amount: Money,
    /// When the start was first tried; bounds a search.
    pub started_at: Moment,
}

/// Where a payment stands, in the words that gateways share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderStatus {
    /// Nothing has been decided.
    Open,
    /// The shopper is asked for more, such as 3-D Secure.
    NeedsAction,
    /// The shopper agreed; money moves when [`Gateway::confirm`] is called.
    Approved,
    /// It will be paid later, outside of the gateway.
    Due,
    /// Set aside.
    Authorised,
    /// Taken in part; the rest is still set aside.
    PartCaptured,
    /// Taken; nothing is set aside any more.
    Captured,
    /// Refused, with the gateway's word for why: `card_declined`.
    Declined {
        /// The gateway's word.
        code: String,
    },
    /// The shopper gave up.
    Cancelled,
    /// Its time ran out, or it was closed.
    Expired,
    /// Set aside once, and let go.
    Voided,
}

/// What a gateway says about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPayment {
    /// The gateway's name for it.
    pub provider_reference: ProviderReference,
    /// Our reference as the gateway has it; none if it is no checkout id.
    pub reference: Option<CheckoutId>,
    /// Where it stands.
    pub status: ProviderStatus,
    /// What it was asked to take.
    pub amount: Money,
    /// What was set aside, what was taken since included.
    pub authorised: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
}

/// How an attempt to end a payment went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has ended, now or before: nothing more can come of it.
    Ended(ProviderPayment),
    /// It is paid, and stays so.
    AlreadyPaid(ProviderPayment),
}

/// A genuine webhook: something may have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The gateway's name for the event, at most [`REFERENCE_CHARS_MAX`] characters; each counts once.
    pub event_id: String,
    /// Which payment to ask about.
    pub subject: Subject,
}

/// Which payment a webhook is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Named by our reference.
    Ours(CheckoutId),
    /// Named by the gateway's.
    Provider(ProviderReference),
}

/// The gateway's name for a payment: 1 to [`REFERENCE_CHARS_MAX`] visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProviderReference(String);

/// A key under which an operation happens once: 1 to [`KEY_CHARS_MAX`] visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// Not a reference or a key: empty, too long, or not visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a reference nor a key: it must be visible ASCII and not too long")]
pub struct InvalidName;

/// Why a call to a gateway gave no result. Each variant is something the caller does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// No answer in time. Whether it worked is not known: ask the state, or repeat under the same key.
    #[error("the payment gateway does not answer: {0}")]
    Unreachable(String),
    /// The gateway says no, and would again.
    #[error("the payment gateway refuses ({code}): {message}")]
    Refused {
        /// The gateway's word, for rows and tests.
        code: String,
        /// The gateway's sentence, for staff.
        message: String,
    },
    /// Address or secret is wrong: the operator must look.
    #[error("the payment gateway is not set up rightly: {0}")]
    Misconfigured(String),
    /// The answer is not what the gateway promises: a person must look before money is counted.
    #[error("the payment gateway gave an answer that makes no sense: {0}")]
    WrongAnswer(String),
}

/// Why a webhook wakes nobody. All but the last two are answered 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Longer than [`WEBHOOK_BODY_BYTES_MAX`].
    #[error("the webhook is too long")]
    TooLong,
    /// Not signed by one of our secrets, or altered since.
    #[error("the webhook's signature is wrong: {0}")]
    Forged(&'static str),
    /// Signed too long ago or in the future; a replay looks like this.
    #[error("the webhook was signed {0} s away from now")]
    OutOfTime(i64),
    /// Signed, but not what the gateway promises.
    #[error("the webhook cannot be read: {0}")]
    Unreadable(&'static str),
    /// The gateway sends none: answer 404.
    #[error("this gateway sends no webhooks")]
    NoneExpected,
    /// The gateway is needed for the check and does not answer: answer 503, it will be sent again.
    #[error("the webhook could not be checked: {0}")]
    Unreachable(String),
}

impl GatewayError {
    /// The code of [`GatewayError::Refused`] for a payment that the gateway does not know.
    pub const UNKNOWN_PAYMENT: &'static str = "unknown_payment";

    pub(crate) fn unknown_payment() -> Self {
        Self::refused(Self::UNKNOWN_PAYMENT, "no such payment")
    }

    pub(crate) fn refused(code: &str, message: &str) -> Self {
        Self::Refused { code: code.to_owned(), message: message.to_owned() }
    }
}

impl ProviderPayment {
    /// What this means for a payment of which `asked` is known. Reference, amount and currency must be the ones that
    /// were asked for: whatever else the gateway says then, it is a mismatch.
    pub fn news(&self, asked: &Asked) -> PaymentNews {
        if self.reference != Some(asked.reference) || self.amount != asked.amount || !self.adds_up() {
            return PaymentNews::Mismatch;
        }
        match self.status {
            ProviderStatus::Open | ProviderStatus::NeedsAction | ProviderStatus::Approved => PaymentNews::Started,
            ProviderStatus::Due => PaymentNews::ToPayLater,
            ProviderStatus::Declined { .. } => PaymentNews::Declined,
            ProviderStatus::Cancelled => PaymentNews::Cancelled,
            ProviderStatus::Expired => PaymentNews::Expired,
            ProviderStatus::Voided => PaymentNews::Voided,
            _ if self.authorised != asked.amount => PaymentNews::Mismatch,
            ProviderStatus::Authorised => PaymentNews::Authorised,
            ProviderStatus::PartCaptured | ProviderStatus::Captured => PaymentNews::Captured,
        }
    }

    /// Whether money was set aside or taken.
    pub fn is_paid(&self) -> bool {
        matches!(self.status, ProviderStatus::Authorised | ProviderStatus::PartCaptured | ProviderStatus::Captured)
    }

    /// Whether 0 ≤ refunded ≤ captured ≤ authorised, all in one currency.
    fn adds_up(&self) -> bool {
        let amounts = [self.refunded, self.captured, self.authorised];
        amounts.iter().all(|amount| amount.currency() == self.amount.currency() && !amount.is_negative())
            && amounts.is_sorted_by_key(|amount| amount.minor())
    }
}

impl Ending {
    /// How the payment stands.
    pub fn payment(&self) -> &ProviderPayment {
        match self {
            Self::Ended(payment) | Self::AlreadyPaid(payment) => payment,
        }
    }
}

impl IdempotencyKey {
    /// Takes a key as it is.
    pub fn parse(raw: &str) -> Result<Self, InvalidName> {
        visible_ascii(raw, KEY_CHARS_MAX).map(Self)
    }

    /// The key of one operation on a payment: `<reference>:<operation>`, such as `…:capture-2`. The operation must be
    /// short visible ASCII.
    pub fn of(reference: CheckoutId, operation: &str) -> Result<Self, InvalidName> {
        Self::parse(&format!("{reference}:{operation}"))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ProviderReference {
    /// Takes a reference as the gateway gave it.
    pub fn parse(raw: &str) -> Result<Self, InvalidName> {
        visible_ascii(raw, REFERENCE_CHARS_MAX).map(Self)
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn visible_ascii(raw: &str, chars_max: usize) -> Result<String, InvalidName> {
    let fits = !raw.is_empty() && raw.len() <= chars_max && raw.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(raw.to_owned()) } else { Err(InvalidName) }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProviderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ProviderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::money::Currency;
    use uuid::Uuid;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap())
    }

    #[test]
    fn only_what_was_asked_for_is_good_news() {
        use ProviderStatus as S;
        let reference = CheckoutId::new(Uuid::from_u128(7));
        let asked = Asked { reference, provider_reference: None, amount: eur(500), started_at: Moment::default() };
        let said = |status, [amount, authorised, captured, refunded]: [i64; 4]| ProviderPayment {
            provider_reference: ProviderReference::parse("p").unwrap(),
            reference: Some(reference),
            status,
            amount: eur(amount),
            authorised: eur(authorised),
            captured: eur(captured),
            refunded: eur(refunded),
        };
        for (payment, want) in [
            (said(S::Open, [500, 0, 0, 0]), PaymentNews::Started),
            (said(S::Due, [500, 0, 0, 0]), PaymentNews::ToPayLater),
            (said(S::Authorised, [500, 500, 0, 0]), PaymentNews::Authorised),
            (said(S::Authorised, [500, 499, 0, 0]), PaymentNews::Mismatch),
            (said(S::Authorised, [499, 499, 0, 0]), PaymentNews::Mismatch),
            (said(S::PartCaptured, [500, 500, 100, 0]), PaymentNews::Captured),
            (said(S::Captured, [500, 500, 500, 500]), PaymentNews::Captured),
            (said(S::Captured, [500, 500, 600, 0]), PaymentNews::Mismatch),
            (said(S::Captured, [500, 500, 100, 200]), PaymentNews::Mismatch),
            (said(S::Captured, [500, 500, 500, -1]), PaymentNews::Mismatch),
            (said(S::Voided, [500, 500, 0, 0]), PaymentNews::Voided),
            (said(S::Expired, [500, 0, 0, 0]), PaymentNews::Expired),
        ] {
            assert_eq!(payment.news(&asked), want, "{payment:?}");
        }
        let stranger = ProviderPayment { reference: None, ..said(S::Authorised, [500, 500, 0, 0]) };
        assert_eq!(stranger.news(&asked), PaymentNews::Mismatch);
        let usd = Money::from_minor(500, Currency::parse("USD").unwrap());
        let foreign = ProviderPayment { authorised: usd, ..said(S::Authorised, [500, 500, 0, 0]) };
        assert_eq!(foreign.news(&asked), PaymentNews::Mismatch);
    }

    #[test]
    fn keys_and_references_are_parsed_at_the_door() {
        let long = "k".repeat(KEY_CHARS_MAX + 1);
        for (raw, want) in [("abc:capture-1", true), ("", false), ("a b", false), ("ä", false), (&long, false)] {
            assert_eq!(IdempotencyKey::parse(raw).is_ok(), want, "{raw}");
        }
        assert!(ProviderReference::parse(&long).is_ok());
        assert!(ProviderReference::parse("pay\n1").is_err());
    }
}
