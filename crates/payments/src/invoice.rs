//! Pay later: the order is placed at once, and the money comes outside of the program.
//!
//! The gateway keeps nothing. Money that arrives at the bank is written into the order's ledger by whoever sees it, so
//! capturing and refunding are refused here.

use crate::gateway::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, StartPayment, Started, Wake, WebhookError,
};
use commerce::moment::Moment;
use commerce::money::Money;
use http::HeaderMap;

/// The gateway `invoice`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Invoice;

impl Invoice {
    /// The code of the refusal to move money.
    pub const PAID_OUTSIDE: &'static str = "paid_outside";
}

impl Gateway for Invoice {
    fn code(&self) -> &str {
        "invoice"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: false,
            captures_in_parts: false,
            hosted_page: false,
            pays_later: true,
            finds_by_our_reference: true,
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        Vec::new()
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        let started = reference_of(&payment.reference.to_string())
            .map(|provider_reference| Started { provider_reference, next: Next::Done });
        Box::pin(async { started })
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        Box::pin(async { standing(asked, ProviderStatus::Due).map(Some) })
    }

    fn capture<'a>(&'a self, _: &'a Asked, _: Money, _: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(async { Err(paid_outside()) })
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        self.void(asked, key)
    }

    fn void<'a>(&'a self, asked: &'a Asked, _: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(async { standing(asked, ProviderStatus::Cancelled).map(Ending::Ended) })
    }

    fn refund<'a>(&'a self, _: &'a Asked, _: Money, _: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(async { Err(paid_outside()) })
    }

    fn webhook<'a>(&'a self, _: &'a HeaderMap, _: &'a [u8], _: Moment) -> Reply<'a, Option<Wake>, WebhookError> {
        Box::pin(async { Err(WebhookError::NoneExpected) })
    }
}

/// The gateway `none`: a total of nothing is settled as it is placed. Nobody is asked, and no money ever moves.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingToPay;

/// What does all of it already, of any amount.
static INVOICE: Invoice = Invoice;

impl NothingToPay {
    /// Its code.
    pub const CODE: &'static str = "none";
}

impl Gateway for NothingToPay {
    fn code(&self) -> &str {
        Self::CODE
    }

    fn capabilities(&self) -> Capabilities {
        INVOICE.capabilities()
    }

    fn form_action_origins(&self) -> Vec<String> {
        Vec::new()
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        INVOICE.start(payment)
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        INVOICE.state(asked)
    }

    fn capture<'a>(&'a self, asked: &'a Asked, most: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        INVOICE.capture(asked, most, key)
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        INVOICE.expire(asked, key)
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        INVOICE.void(asked, key)
    }

    fn refund<'a>(&'a self, asked: &'a Asked, most: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        INVOICE.refund(asked, most, key)
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: Moment,
    ) -> Reply<'a, Option<Wake>, WebhookError> {
        INVOICE.webhook(headers, body, now)
    }
}

fn standing(asked: &Asked, status: ProviderStatus) -> Result<ProviderPayment, GatewayError> {
    let zero = Money::zero(asked.amount.currency());
    Ok(ProviderPayment {
        provider_reference: reference_of(&asked.reference.to_string())?,
        reference: Some(asked.reference),
        status,
        amount: asked.amount,
        authorised: zero,
        captured: zero,
        refunded: zero,
    })
}

fn reference_of(id: &str) -> Result<ProviderReference, GatewayError> {
    ProviderReference::parse(id).map_err(|error| GatewayError::WrongAnswer(error.to_string()))
}

fn paid_outside() -> GatewayError {
    GatewayError::refused(Invoice::PAID_OUTSIDE, "an invoice is paid and paid back outside of the shop")
}
