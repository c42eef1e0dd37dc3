//! A payment as the demo site keeps it: what was asked, what was decided, what moved. No HTTP, no clock.

use super::wire::{Amount, Behaviour, Operation, Outcome, PaymentBody, StartBody, Status};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long after the browser's return a late yes comes.
const LATE_MICROS: i64 = 10 * 1_000_000;
/// How long after the expiry a payment that should have been dead turns out to be paid.
const AFTER_EXPIRY_MICROS: i64 = 2 * 1_000_000;
/// Keys that one payment remembers; a shop that moves money more often is refused.
const KEYS_MAX: usize = 100;
/// What a wrong amount is wrong by, in minor units.
const WRONG_BY: i64 = 100;

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) start: StartBody,
    pub(super) start_key: String,
    pub(super) start_fingerprint: String,
    pub(super) created_at: i64,
    pub(super) status: Status,
    decline_code: Option<String>,
    authorised: i64,
    captured: i64,
    refunded: i64,
    /// What a plain approval does instead, once.
    outcome: Option<Outcome>,
    /// Calls whose next answer is held back.
    hold_answers: BTreeSet<Operation>,
    /// A yes that is still to come.
    pub(super) due: Option<Due>,
    pub(super) webhooks: Webhooks,
    /// First answers by key.
    answers: BTreeMap<String, KeptAnswer>,
}

/// A yes that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Due {
    /// Microseconds after the epoch.
    pub(super) at: i64,
    /// Whether it comes although the payment has expired.
    after_expiry: bool,
}

/// How the webhooks of a payment are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Webhooks {
    Once,
    Twice,
    BeforeTheBrowser,
    Never,
}

/// An answer under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptAnswer {
    fingerprint: String,
    body: String,
}

/// Where the shopper's browser goes after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    /// Back to the shop.
    Return,
    /// Back to the shop, having given up.
    Cancel,
    /// To this payment's page again, which asks for more.
    Stay,
}

/// An answer to a call of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) body: String,
    /// It has worked, but the answer is to be held back.
    pub(super) hold: bool,
}

/// Why the site says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

impl Refusal {
    pub(super) const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message }
    }

    const fn conflict(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The same key came with another content.
    pub(super) const KEY_REUSED: Self =
        Self::conflict("key_reused", "this idempotency key was used for something else");
}

/// A call of the shop that moves something, under its key.
pub(super) struct Call<'c> {
    pub(super) operation: Operation,
    pub(super) key: &'c str,
    /// Hash of everything that was sent.
    pub(super) fingerprint: String,
    /// For a capture or refund.
    pub(super) amount: Option<Amount>,
}

impl Payment {
    pub(super) fn new(id: String, start: StartBody, key: String, fingerprint: String, created_at: i64) -> Self {
        Self {
            id,
            start,
            start_key: key,
            start_fingerprint: fingerprint,
            created_at,
            status: Status::Open,
            decline_code: None,
            authorised: 0,
            captured: 0,
            refunded: 0,
            outcome: None,
            hold_answers: BTreeSet::new(),
            due: None,
            webhooks: Webhooks::Once,
            answers: BTreeMap::new(),
        }
    }

    /// How it stands, for the shop.
    pub(super) fn body(&self) -> PaymentBody {
        let amount = |minor| Amount { minor, currency: self.start.amount.currency.clone() };
        PaymentBody {
            id: self.id.clone(),
            reference: self.start.reference.clone(),
            status: self.status,
            decline_code: self.decline_code.clone(),
            amount: self.start.amount.clone(),
            authorised: amount(self.authorised),
            captured: amount(self.captured),
            refunded: amount(self.refunded),
        }
    }

    /// Prepares what is to happen.
    pub(super) fn behave(&mut self, behaviour: &Behaviour) {
        self.outcome = behaviour.outcome.or(self.outcome);
        self.hold_answers.extend(&behaviour.hold_answers);
    }

    /// Whether the answer to this call is to be held back, once.
    pub(super) fn take_hold(&mut self, operation: Operation) -> bool {
        self.hold_answers.remove(&operation)
    }

    /// Whether the shopper may still decide.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.status, Status::Open | Status::NeedsAction) && self.due.is_none()
    }

    /// Lets time pass.
    pub(super) fn tick(&mut self, now: i64) {
        let expires_at = self.start.expires_at;
        if self.due.is_some_and(|due| due.at <= now && due.at < expires_at) {
            self.arrive();
        }
        if expires_at <= now && matches!(self.status, Status::Open | Status::NeedsAction) {
            self.status = Status::Expired;
        }
        if self.due.is_some_and(|due| due.at <= now) {
            self.arrive();
        }
    }

    /// The yes that was to come comes.
    pub(super) fn arrive(&mut self) {
        let Some(due) = self.due.take() else { return };
        if self.status == Status::Open || (due.after_expiry && self.status == Status::Expired) {
            self.authorise(self.start.amount.minor);
        }
    }

    fn authorise(&mut self, minor: i64) {
        self.status = Status::Authorised;
        self.authorised = minor;
    }

    fn decline(&mut self, code: &str) {
        self.status = Status::Declined;
        self.decline_code = Some(code.to_owned());
    }

    /// The shopper decides. Where nothing is left to decide, nothing changes.
    pub(super) fn decide(&mut self, chosen: Outcome, now: i64) -> Go {
        let expired = self.status == Status::Expired && self.due.is_none();
        if expired && chosen == Outcome::PaidAfterExpiry {
            self.authorise(self.start.amount.minor);
        }
        if !self.is_undecided() {
            return Go::Return;
        }
        let asked_again = self.status == Status::NeedsAction;
        let outcome = if chosen == Outcome::Approve { self.outcome.take().unwrap_or(chosen) } else { chosen };
        let amount = self.start.amount.minor;
        match outcome {
            Outcome::Approve => self.authorise(amount),
            Outcome::Decline if asked_again => self.decline("authentication_failed"),
            Outcome::Decline => self.decline("card_declined"),
            Outcome::ThreeDSecure => {
                self.status = Status::NeedsAction;
                return Go::Stay;
            }
            Outcome::Cancel => {
                self.status = Status::Cancelled;
                return Go::Cancel;
            }
            Outcome::Late => self.wait(now.saturating_add(LATE_MICROS), false),
            Outcome::PaidAfterExpiry => self.wait(self.start.expires_at.saturating_add(AFTER_EXPIRY_MICROS), true),
            Outcome::WrongAmount => {
                self.authorise(if WRONG_BY < amount { amount - WRONG_BY } else { amount.saturating_add(WRONG_BY) });
            }
            Outcome::WebhookTwice => self.approve_with(Webhooks::Twice),
            Outcome::WebhookFirst => self.approve_with(Webhooks::BeforeTheBrowser),
            Outcome::WebhookLost => self.approve_with(Webhooks::Never),
            Outcome::AnswerLost => {
                self.authorise(amount);
                self.hold_answers.extend(Operation::ALL);
            }
        }
        Go::Return
    }

    fn wait(&mut self, at: i64, after_expiry: bool) {
        self.status = Status::Open;
        self.due = Some(Due { at, after_expiry });
    }

    fn approve_with(&mut self, webhooks: Webhooks) {
        self.webhooks = webhooks;
        self.authorise(self.start.amount.minor);
    }

    /// Carries out a call once: the same key and content gives the first answer again, for ever.
    pub(super) fn call(&mut self, call: &Call) -> Result<Answered, Refusal> {
        if let Some(kept) = self.answers.get(call.key) {
            let same = kept.fingerprint == call.fingerprint;
            return if same { Ok(Answered { body: kept.body.clone(), hold: false }) } else { Err(Refusal::KEY_REUSED) };
        }
        if KEYS_MAX <= self.answers.len() {
            return Err(Refusal::conflict("too_many_calls", "too many calls were made about this payment"));
        }
        let body = match call.operation {
            Operation::Capture => self.capture(call.minor(&self.start.amount)?)?,
            Operation::Refund => self.refund(call.minor(&self.start.amount)?)?,
            Operation::Expire => self.end(false),
            Operation::Void => self.end(true),
            Operation::Start => return Err(Refusal::conflict("started", "the payment is started already")),
        };
        let kept = KeptAnswer { fingerprint: call.fingerprint.clone(), body: body.clone() };
        self.answers.insert(call.key.to_owned(), kept);
        Ok(Answered { body, hold: self.take_hold(call.operation) })
    }

    fn capture(&mut self, minor: i64) -> Result<String, Refusal> {
        match self.status {
            Status::Authorised | Status::PartCaptured if minor <= self.authorised - self.captured => {
                self.captured += minor;
                let all = self.captured == self.authorised;
                self.status = if all { Status::Captured } else { Status::PartCaptured };
                Ok(to_json(&self.body()))
            }
            Status::Authorised | Status::PartCaptured => {
                Err(Refusal::conflict("too_much", "less than that is left to capture"))
            }
            Status::Captured => Err(Refusal::conflict("already_captured", "nothing is left to capture")),
            _ => Err(Refusal::conflict("not_authorised", "the payment is not authorised")),
        }
    }

    fn refund(&mut self, minor: i64) -> Result<String, Refusal> {
        if self.captured - self.refunded < minor {
            return Err(Refusal::conflict("too_much", "less than that is left to refund"));
        }
        self.refunded += minor;
        Ok(to_json(&self.body()))
    }

    /// Ends the payment; `let_go` gives back what is set aside, too.
    fn end(&mut self, let_go: bool) -> String {
        let already_paid = match self.status {
            Status::Open | Status::NeedsAction => {
                self.status = Status::Expired;
                // A yes that comes after the end is kept: that is what the choice of it is for.
                self.due = self.due.filter(|due| due.after_expiry);
                false
            }
            Status::Authorised if let_go => {
                self.status = Status::Voided;
                false
            }
            Status::PartCaptured if let_go => {
                self.status = Status::Captured;
                false
            }
            Status::Authorised | Status::PartCaptured | Status::Captured => true,
            Status::Declined | Status::Cancelled | Status::Expired | Status::Voided => false,
        };
        to_json(&super::wire::EndingBody { already_paid, payment: self.body() })
    }
}

impl Call<'_> {
    /// The amount in minor units of the payment's currency; above nothing.
    fn minor(&self, asked: &Amount) -> Result<i64, Refusal> {
        let bad = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_amount", "the amount must be above nothing");
        let amount = self.amount.as_ref().filter(|amount| 0 < amount.minor).ok_or(bad)?;
        if amount.currency != asked.currency {
            return Err(Refusal::conflict("other_currency", "the payment is in another currency"));
        }
        Ok(amount.minor)
    }
}

/// Our own bodies as JSON; they have no map keys or numbers that JSON lacks, so this cannot fail.
pub(super) fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXPIRES_AT: i64 = 1_000_000;

    fn payment() -> Payment {
        let start = StartBody {
            reference: "r".to_owned(),
            amount: Amount { minor: 500, currency: "EUR".to_owned() },
            return_url: String::new(),
            cancel_url: String::new(),
            webhook_url: None,
            expires_at: EXPIRES_AT,
            lines: Vec::new(),
        };
        Payment::new("pay_1".to_owned(), start, "k".to_owned(), "f".to_owned(), 0)
    }

    fn call(operation: Operation, key: &str, minor: i64) -> Call<'_> {
        let amount = Some(Amount { minor, currency: "EUR".to_owned() });
        Call { operation, key, fingerprint: format!("{operation:?} {minor}"), amount }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Decide(Outcome),
        Call(Operation, u8, i64),
        Pass(i64),
        Arrive,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let outcomes = [
            Outcome::Approve,
            Outcome::Decline,
            Outcome::ThreeDSecure,
            Outcome::Cancel,
            Outcome::Late,
            Outcome::WrongAmount,
            Outcome::PaidAfterExpiry,
            Outcome::AnswerLost,
        ];
        let step = prop_oneof![
            prop::sample::select(outcomes.to_vec()).prop_map(Step::Decide),
            (prop::sample::select(Operation::ALL.to_vec()), 0_u8..6, -10_i64..600)
                .prop_map(|(operation, key, minor)| Step::Call(operation, key, minor)),
            (0_i64..EXPIRES_AT).prop_map(Step::Pass),
            Just(Step::Arrive),
        ];
        prop::collection::vec(step, 0..40)
    }

    proptest! {
        #[test]
        fn money_adds_up_and_never_comes_back_whatever_happens(steps in steps()) {
            let (mut payment, mut now) = (payment(), 0);
            for step in steps {
                let before = payment.clone();
                match step {
                    Step::Decide(outcome) => _ = payment.decide(outcome, now),
                    Step::Call(operation, key, minor) => {
                        let key = key.to_string();
                        let call = call(operation, &key, minor);
                        let first = payment.call(&call);
                        if let Ok(first) = first {
                            let again = payment.call(&call);
                            prop_assert_eq!(again, Ok(Answered { hold: false, ..first }), "a key answers once");
                        } else {
                            prop_assert_eq!(&payment, &before, "a refusal changes nothing");
                        }
                    }
                    Step::Pass(micros) => {
                        now += micros;
                        payment.tick(now);
                    }
                    Step::Arrive => payment.arrive(),
                }
                prop_assert!(0 <= payment.refunded && payment.refunded <= payment.captured);
                prop_assert!(payment.captured <= payment.authorised);
                prop_assert!(before.refunded <= payment.refunded && before.captured <= payment.captured);
                let decided = !matches!(before.status, Status::Open | Status::NeedsAction);
                prop_assert!(!decided || !matches!(payment.status, Status::Open | Status::NeedsAction));
            }
        }

        #[test]
        fn time_alone_never_pays(outcome in prop::sample::select(vec![Outcome::ThreeDSecure, Outcome::Cancel, Outcome::Decline]), pass in 0_i64..3 * EXPIRES_AT) {
            let mut payment = payment();
            payment.decide(outcome, 0);
            payment.tick(pass);
            payment.decide(Outcome::Late, EXPIRES_AT);
            payment.tick(i64::MAX);
            prop_assert_eq!(payment.authorised, 0);
        }
    }
}
