//! The shop's side of a bank: every call is a step of the scene, and webhooks come as the script says.

use crate::stage::{Fate, Point, Stage};
use crate::support::bank::{self, Bank, Call};
use commerce::ids::CheckoutId;
use commerce::moment::Moment;
use commerce::money::Money;
use http::HeaderMap;
use payments::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, StartPayment, Started, Subject, Wake, WebhookError,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How a gateway goes about it; `payments::gateway` has a table of real ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) code: &'static str,
    /// If not, payments arrive captured.
    pub(crate) authorises_first: bool,
    /// If not, what the first capture leaves is let go.
    pub(crate) captures_in_parts: bool,
    /// If not, a payment is found by the bank's own reference alone.
    pub(crate) finds_by_our_reference: bool,
    /// The shopper only agrees; money moves when the shop confirms it.
    pub(crate) is_confirmed: bool,
}

pub(crate) const PLAIN: Manner = Manner {
    code: "demo",
    authorises_first: true,
    captures_in_parts: true,
    finds_by_our_reference: true,
    is_confirmed: false,
};

pub(crate) const ONE_CAPTURE: Manner = Manner { code: "card", captures_in_parts: false, ..PLAIN };

/// The gateways of the store, beside invoices.
pub(crate) const MANNERS: [Manner; 4] = [
    PLAIN,
    Manner { code: "instant", authorises_first: false, ..PLAIN },
    ONE_CAPTURE,
    Manner { code: "wallet", finds_by_our_reference: false, is_confirmed: true, ..PLAIN },
];

/// Until when payments can be made at the banks. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Deadlines(Arc<Mutex<BTreeMap<CheckoutId, Moment>>>);

/// A bank as the shop sees it.
pub(crate) struct Till {
    manner: Manner,
    bank: Bank,
    gateway: Arc<dyn Gateway>,
    stage: Stage,
    deadlines: Deadlines,
}

impl Deadlines {
    /// A bank closes by itself what nobody has paid in time.
    pub(crate) fn close_late(&self, bank: &Bank, now: Moment) {
        for (id, _) in self.0.lock().unwrap().iter().filter(|(_, until)| **until <= now) {
            bank.change(*id, |payment| {
                if payment.status == ProviderStatus::Open {
                    payment.status = ProviderStatus::Expired;
                }
            });
        }
    }
}

/// What a webhook holds: the event's name, and whose payment it is about, by our name for it or by the bank's.
pub(crate) fn webhook_body(event: &str, checkout: CheckoutId, by_our_name: bool) -> String {
    if by_our_name { format!("{event} {checkout}") } else { format!("{event} bank-{checkout}-0") }
}

impl Till {
    pub(crate) fn gateway(manner: Manner, bank: &Bank, stage: &Stage, deadlines: &Deadlines) -> Arc<dyn Gateway> {
        let (gateway, stage, deadlines) = (bank.gateway(), stage.clone(), deadlines.clone());
        Arc::new(Self { manner, bank: bank.clone(), gateway, stage, deadlines })
    }

    async fn call<T>(&self, call: Call, reply: Reply<'_, T>) -> Result<T, GatewayError> {
        let fate = match self.stage.stand(Point::Call(call)).await {
            Fate::Works => bank::Fate::Works,
            Fate::Refused | Fate::Conflicts => return Err(refused("not_now")),
            Fate::Lost => bank::Fate::Lost,
            Fate::AnswerLost => bank::Fate::AnswerLost,
        };
        self.bank.next(call, fate);
        let answer = reply.await;
        match self.stage.stand(Point::Answer(call)).await {
            Fate::Works => answer,
            fate => Err(GatewayError::Unreachable(format!("{call:?} {fate:?}"))),
        }
    }

    /// Whether the bank knows which payment is meant.
    fn finds(&self, asked: &Asked) -> bool {
        self.manner.finds_by_our_reference || asked.provider_reference.is_some()
    }

    async fn capture_now(
        &self,
        asked: &Asked,
        amount: Money,
        key: &IdempotencyKey,
    ) -> Result<ProviderPayment, GatewayError> {
        let nothing_is_left = |payment: &ProviderPayment| payment.status == ProviderStatus::Captured;
        if !self.manner.captures_in_parts && self.bank.payments(asked.reference).iter().all(nothing_is_left) {
            return Err(refused("nothing_left"));
        }
        let answer = self.gateway.capture(asked, amount, key).await;
        self.bank.change(asked.reference, |payment| {
            if payment.status == ProviderStatus::PartCaptured && !self.manner.captures_in_parts {
                payment.status = ProviderStatus::Captured;
            }
        });
        answer
    }

    fn confirm_now(&self, asked: &Asked) -> Option<ProviderPayment> {
        self.bank.change(asked.reference, |payment| {
            if payment.status == ProviderStatus::Approved {
                (payment.status, payment.authorised) = (ProviderStatus::Authorised, payment.amount);
            }
        });
        self.bank.payments(asked.reference).pop()
    }

    /// A call about a payment that the bank must find.
    async fn about<T>(&self, call: Call, asked: &Asked, reply: Reply<'_, T>) -> Result<T, GatewayError> {
        let reply = if self.finds(asked) { reply } else { Box::pin(async { Err(refused("unknown_payment")) }) };
        self.call(call, reply).await
    }
}

fn refused(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), message: code.to_owned() }
}

impl Gateway for Till {
    fn code(&self) -> &str {
        self.manner.code
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: self.manner.authorises_first,
            captures_in_parts: self.manner.captures_in_parts,
            finds_by_our_reference: self.manner.finds_by_our_reference,
            ..self.gateway.capabilities()
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        self.gateway.form_action_origins()
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        self.deadlines.0.lock().unwrap().insert(payment.reference, payment.expires_at);
        Box::pin(self.call(Call::Start, self.gateway.start(payment)))
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        let reply = if self.finds(asked) { self.gateway.state(asked) } else { Box::pin(async { Ok(None) }) };
        Box::pin(self.call(Call::State, reply))
    }

    fn confirm<'a>(&'a self, asked: &'a Asked, _: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let reply = Box::pin(async { self.confirm_now(asked).ok_or_else(|| refused("unknown_payment")) });
        Box::pin(self.about(Call::State, asked, reply))
    }

    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(self.about(Call::Capture, asked, Box::pin(self.capture_now(asked, amount, key))))
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.about(Call::Expire, asked, self.gateway.expire(asked, key)))
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.about(Call::Void, asked, self.gateway.void(asked, key)))
    }

    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(self.about(Call::Refund, asked, self.gateway.refund(asked, amount, key)))
    }

    fn webhook<'a>(&'a self, _: &'a HeaderMap, body: &'a [u8], _: Moment) -> Reply<'a, Option<Wake>, WebhookError> {
        Box::pin(async move {
            let read = std::str::from_utf8(body).ok().and_then(|body| body.split_once(' '));
            let (event, name) = read.ok_or(WebhookError::Unreadable("two words"))?;
            let subject = match CheckoutId::parse(name) {
                Ok(ours) => Subject::Ours(ours),
                Err(_) => Subject::Provider(
                    ProviderReference::parse(name).map_err(|_| WebhookError::Unreadable("a reference"))?,
                ),
            };
            Ok(Some(Wake { event_id: event.to_owned(), subject }))
        })
    }
}
