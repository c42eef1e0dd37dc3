//! Payments: started, asked about, settled into an order, or ended with their hold.
//!
//! A return or a webhook only wakes [`Shop::settle`]: what counts is what the gateway says when it is asked.

use crate::checkout::{PayError, Paying};
use crate::order::PlaceOutcome;
use crate::shop::Shop;
use crate::sweep::ASK_AGAIN_MS;
use commerce::checkout::FrozenCheckout;
use commerce::event::{Actor, Subject};
use commerce::ids::{CheckoutId, OrderId, PaymentId};
use commerce::money::Money;
use commerce::payment::{PaymentNews, PaymentState};
use db::checkouts::HoldState;
use db::payments::{PaymentChange, PaymentRow};
use db::{DbError, MaybeConflict};
use http::HeaderMap;
pub use payments::WebhookError;
use payments::{
    Asked, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference, ProviderStatus,
    StartPayment, SummaryLine,
};
use std::sync::Arc;

/// A payment whose start was not answered is asked about after so long, in milliseconds.
const ASK_SOON_MS: i64 = 60_000;
/// Why a payment goes back that came when nothing was left.
const GOODS_ARE_GONE: &str = "goods_are_gone";
/// Why a payment goes back that did not match what was asked, and that a person gave back.
const DID_NOT_MATCH: &str = "did_not_match";

/// How a checkout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckoutState {
    /// There is no such checkout.
    Unknown,
    /// It became an order.
    Placed(OrderId),
    /// The shopper has not paid yet; where to go on.
    Waiting {
        /// The gateway's page.
        next_url: Option<String>,
    },
    /// The payment came to nothing; the basket is as it was.
    Failed {
        /// Declined, cancelled or expired.
        state: PaymentState,
        /// The gateway's word for it.
        reason: Option<String>,
    },
    /// Money came, but the goods were gone: it was given back, or is being.
    GivenBack,
    /// What the gateway says does not match: a person looks at it.
    InReview,
}

/// Why a checkout could not be settled now; asking again later helps.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The gateway does not answer, or answers nonsense.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The gateway is not one of the store's any more.
    #[error("the store has no gateway {0}")]
    NoGateway(String),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for SettleError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// Why a webhook changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum WebhookRefused {
    /// The store has no such gateway.
    #[error("no such gateway")]
    NoGateway,
    /// It is not genuine, or cannot be read.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// It is genuine, but the payment could not be settled now: it must be sent again.
    #[error(transparent)]
    Settle(#[from] SettleError),
}

/// A payment whose gateway says something else than was asked.
#[derive(Clone, Debug)]
pub struct PaymentInReview {
    /// The payment; its reason says what does not match.
    pub payment: PaymentRow,
    /// What it was to pay for.
    pub checkout: Option<FrozenCheckout>,
}

/// A payment as it is known here and at its gateway.
#[derive(Debug)]
pub struct ShownPayment {
    /// As it is known here.
    pub known: PaymentInReview,
    /// What the gateway says now; none if it knows of no such payment, an error if it could not be asked.
    pub found: Result<Option<ProviderPayment>, SettleError>,
    /// Whether an order stands on it.
    pub has_order: bool,
}

/// Why a payment was not given back.
#[derive(Debug, thiserror::Error)]
pub enum GiveBackError {
    /// There is none of that id.
    #[error("there is no such payment")]
    NoPayment,
    /// It waits for nobody: an order's money goes back by `orders refund`.
    #[error("the payment is {}, and only one in review is given back; an order's money goes back by `orders refund`", .0.name())]
    NotInReview(PaymentState),
    /// Its gateway does not answer; asking again is safe.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for GiveBackError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// Hands a frozen checkout to its gateway, or says where it was handed before.
    pub(crate) async fn start_payment(&self, id: CheckoutId) -> Result<Paying, PayError> {
        let Some(frozen) = self.db().find_checkout(id).await? else { return Err(PayError::OtherContent) };
        let payments = self.db().list_payments(id).await?;
        let Some(payment) = payments.last() else { return Err(PayError::Gateway) };
        if let (PaymentState::Pending, Some(url)) = (payment.state, &payment.next_url) {
            return Ok(Paying::Redirect(url.clone()));
        }
        if payment.state != PaymentState::Created {
            return Ok(Paying::Settled(id));
        }
        if self.is_over(payment) {
            // Its units are on their way back: nobody is sent to pay for them any more.
            return self.settled(id).await;
        }
        let gateway = self.gateway(&payment.gateway).ok_or(PayError::Gateway)?.clone();
        let start = self.start_of(&frozen, payment)?;
        match gateway.start(&start).await {
            Ok(started) => self.note_started(payment, started).await,
            Err(error) => {
                tracing::warn!(%error, gateway = payment.gateway, checkout = %id, "payment could not be started");
                // It may have worked all the same: the sweep asks soon, and pressing again repeats the same start.
                self.db().ask_payment_later(payment.id, self.now().plus_ms(ASK_SOON_MS), self.now()).await?;
                Err(PayError::Gateway)
            }
        }
    }

    fn start_of(&self, frozen: &FrozenCheckout, payment: &PaymentRow) -> Result<StartPayment, PayError> {
        let line = |line: &commerce::checkout::SoldLine| SummaryLine {
            title: line.title.clone(),
            quantity: line.quantity,
            amount: line.total.gross(),
        };
        let url = format!("{}/pay/return/{}", self.base_url(), frozen.id);
        Ok(StartPayment {
            reference: frozen.id,
            key: IdempotencyKey::of(frozen.id, "start").map_err(|_| PayError::Gateway)?,
            amount: payment.amount,
            email: Some(frozen.email.clone()),
            language: Some(frozen.language),
            cancel_url: format!("{url}?cancelled=1"),
            return_url: url,
            expires_at: frozen.frozen_at.plus_ms(self.settings().hold_ms),
            summary: frozen.lines.iter().take(payments::gateway::SUMMARY_LINES_MAX).map(line).collect(),
        })
    }

    async fn note_started(&self, payment: &PaymentRow, started: payments::Started) -> Result<Paying, PayError> {
        let (id, now) = (payment.checkout, self.now());
        let reference = started.provider_reference.as_str();
        match started.next {
            Next::Redirect(url) => {
                let (to, ask_at) = (PaymentState::Pending, payment.ask_at);
                let noted = self.db().payment_started(payment.id, reference, Some(&url), to, ask_at, now).await?;
                // One that ended meanwhile is not to be paid: nobody gets to know its page.
                Ok(if noted { Paying::Redirect(url) } else { Paying::Settled(id) })
            }
            Next::Done => {
                // Nothing is to be waited for: it is settled at once.
                self.db()
                    .payment_started(payment.id, reference, None, PaymentState::Created, payment.ask_at, now)
                    .await?;
                self.settled(id).await
            }
        }
    }

    async fn settled(&self, id: CheckoutId) -> Result<Paying, PayError> {
        match self.settle(id).await {
            Ok(_) => Ok(Paying::Settled(id)),
            Err(SettleError::Db(error)) => Err(error.into()),
            Err(_) => Err(PayError::Gateway),
        }
    }

    /// Whether the time is over in which a payment is made.
    fn is_over(&self, payment: &PaymentRow) -> bool {
        payment.created_at.plus_ms(self.settings().hold_ms) <= self.now()
    }

    /// Has a payment asked about soon, before money of it moves at its gateway: whatever becomes of the call, or of this
    /// program, the ledger hears of it.
    pub(crate) async fn ask_soon(&self, payment: &PaymentRow) -> Result<(), DbError> {
        if payment.ask_at.is_some() {
            return Ok(());
        }
        let now = self.now();
        self.db().ask_payment_later(payment.id, now.plus_ms(ASK_SOON_MS), now).await
    }

    /// Asks the gateway how a checkout's payment stands and does what follows, exactly once whatever is repeated:
    /// places the order, gives money back for goods that are gone, or notes that nothing came.
    pub async fn settle(&self, id: CheckoutId) -> Result<CheckoutState, SettleError> {
        let order = OrderId::new(id.uuid());
        let payments = self.db().list_payments(id).await?;
        let Some(payment) = payments.last() else { return Ok(CheckoutState::Unknown) };
        if self.db().has_order(order).await? {
            return Ok(CheckoutState::Placed(order));
        }
        if goes_back(payment) {
            // Decided once, whatever the gateway says since: no order may stand on money that is on its way back.
            if payment.ask_at.is_some() {
                self.give_back(payment).await?;
            }
            return Ok(CheckoutState::GivenBack);
        }
        let gateway = self.gateway_of(payment)?;
        let asked = asked(payment);
        let Some(found) = gateway.state(&asked).await? else {
            return self.nobody_paid(payment).await;
        };
        if payment.reference.is_none() {
            // The answer to the start was lost: without the reference some gateways cannot be asked to capture.
            let (reference, now) = (found.provider_reference.as_str(), self.now());
            self.db().payment_started(payment.id, reference, None, payment.state, payment.ask_at, now).await?;
        }
        let found = match found.status {
            ProviderStatus::Approved => gateway.confirm(&asked, &key(payment, "confirm")?).await?,
            _ => found,
        };
        self.take_news(payment, &found).await
    }

    /// The same for the checkout that a payment is for; none if there is no such payment.
    pub async fn settle_payment(&self, id: PaymentId) -> Result<Option<CheckoutState>, SettleError> {
        match self.db().find_payment(id).await? {
            Some(payment) => self.settle(payment.checkout).await.map(Some),
            None => Ok(None),
        }
    }

    fn gateway_of(&self, payment: &PaymentRow) -> Result<Arc<dyn Gateway>, SettleError> {
        self.gateway(&payment.gateway).cloned().ok_or_else(|| SettleError::NoGateway(payment.gateway.clone()))
    }

    /// The gateway knows no such payment: nobody can have paid it. While the hold lasts the start may be repeated.
    async fn nobody_paid(&self, payment: &PaymentRow) -> Result<CheckoutState, SettleError> {
        if payment.state.is_final() {
            return Ok(failed(payment.state, payment.reason.clone()));
        }
        if self.is_over(payment) {
            let state = self.end_payment(payment, PaymentNews::Expired, None).await?;
            if !state.carries_an_order() {
                self.release_of(payment.checkout).await?;
            }
            return Ok(ended(payment, state, None));
        }
        Ok(CheckoutState::Waiting { next_url: payment.next_url.clone() })
    }

    /// Does what follows from the gateway's word.
    async fn take_news(&self, payment: &PaymentRow, found: &ProviderPayment) -> Result<CheckoutState, SettleError> {
        let news = found.news(&asked(payment));
        let reason = match &found.status {
            ProviderStatus::Declined { code } => Some(code.as_str()),
            _ => None,
        };
        match news {
            PaymentNews::Started => Ok(CheckoutState::Waiting { next_url: payment.next_url.clone() }),
            PaymentNews::Authorised | PaymentNews::Captured | PaymentNews::ToPayLater => {
                self.paid(payment, found, news).await
            }
            PaymentNews::Mismatch => {
                let what = format!(
                    "asked for {}; there: {}, {} set aside, {} taken",
                    payment.amount, found.amount, found.authorised, found.captured
                );
                match self.end_payment(payment, news, Some(&what)).await? {
                    PaymentState::Review => Ok(CheckoutState::InReview),
                    state => Ok(ended(payment, state, None)),
                }
            }
            PaymentNews::Declined | PaymentNews::Cancelled | PaymentNews::Expired | PaymentNews::Voided => {
                let state = self.end_payment(payment, news, reason).await?;
                self.release_of(payment.checkout).await?;
                Ok(ended(payment, state, reason.map(str::to_owned)))
            }
        }
    }

    /// Money is there (or promised): the order is placed, or the money goes back.
    async fn paid(
        &self,
        payment: &PaymentRow,
        found: &ProviderPayment,
        news: PaymentNews,
    ) -> Result<CheckoutState, SettleError> {
        let Some(frozen) = self.db().find_checkout(payment.checkout).await? else { return Ok(CheckoutState::Unknown) };
        match self.place_order(&frozen, payment, news, found.captured).await? {
            PlaceOutcome::Placed(order) => {
                self.ring_outbox();
                Ok(CheckoutState::Placed(order))
            }
            PlaceOutcome::GoodsAreGone => self.goods_are_gone(payment, news).await,
        }
    }

    /// Writes what became of a payment that carries no order, and gives the state that it has now. What is known
    /// already changes nothing.
    async fn end_payment(
        &self,
        payment: &PaymentRow,
        news: PaymentNews,
        reason: Option<&str>,
    ) -> Result<PaymentState, SettleError> {
        self.db().retry(|| self.try_end_payment(payment, news, reason)).await
    }

    async fn try_end_payment(
        &self,
        payment: &PaymentRow,
        news: PaymentNews,
        reason: Option<&str>,
    ) -> Result<PaymentState, SettleError> {
        // Somebody else may have been told more meanwhile, even that it was paid.
        let Some(payment) = self.db().find_payment(payment.id).await? else { return Ok(payment.state) };
        if payment.state.carries_an_order() {
            // Placed meanwhile: from now on only what becomes of the order changes it.
            return Ok(payment.state);
        }
        let Ok(state) = payment.state.after(news) else { return Ok(payment.state) };
        let still_asked = state.is_final() && payment.ask_at.is_some();
        if state == payment.state && !still_asked {
            return Ok(state);
        }
        let now = self.now();
        // What must be looked at is asked about daily: a person may have settled it at the gateway.
        let ask_at = (!state.is_final()).then(|| now.plus_ms(ASK_AGAIN_MS));
        let change = PaymentChange { from: payment.state, to: state, reason, ask_at };
        let mut tx = self.db().begin().await?;
        tx.change_payment(payment.id, change, now).await?;
        if state != payment.state {
            let actor = Actor::Gateway(payment.gateway.clone());
            let detail = reason.unwrap_or_default().to_owned();
            tx.insert_event(&self.event(&actor, Subject::Payment, payment.id, end_event(state), detail)).await?;
        }
        tx.commit().await?;
        if state == PaymentState::Review {
            tracing::error!(payment = %payment.id, "a payment does not match what was asked: it waits for review");
        }
        Ok(state)
    }

    /// The goods were gone when the money came. That it goes back is written before the gateway is told: from then on
    /// nobody places the order, and the sweep sees to it that the money arrives.
    async fn goods_are_gone(&self, payment: &PaymentRow, news: PaymentNews) -> Result<CheckoutState, SettleError> {
        if news == PaymentNews::ToPayLater {
            let state = self.end_payment(payment, PaymentNews::Cancelled, Some(GOODS_ARE_GONE)).await?;
            return Ok(ended(payment, state, None));
        }
        let decided = self.db().retry(|| self.try_decide_to_give_back(payment)).await?;
        if decided.state.carries_an_order() {
            return Ok(CheckoutState::Placed(OrderId::new(payment.checkout.uuid())));
        }
        self.release_of(payment.checkout).await?;
        if decided.ask_at.is_some() {
            self.give_back(&decided).await?;
        }
        Ok(CheckoutState::GivenBack)
    }

    async fn try_decide_to_give_back(&self, payment: &PaymentRow) -> Result<PaymentRow, DbError> {
        let fresh = self.db().find_payment(payment.id).await?.unwrap_or_else(|| payment.clone());
        if fresh.state.carries_an_order() || goes_back(&fresh) {
            return Ok(fresh);
        }
        let now = self.now();
        let (from, to) = (fresh.state, PaymentState::Voided);
        let change = PaymentChange { from, to, reason: Some(GOODS_ARE_GONE), ask_at: Some(now) };
        let mut tx = self.db().begin().await?;
        tx.change_payment(payment.id, change, now).await?;
        let actor = Actor::Gateway(payment.gateway.clone());
        let detail = GOODS_ARE_GONE.to_owned();
        tx.insert_event(&self.event(&actor, Subject::Payment, payment.id, "given_back", detail)).await?;
        tx.enqueue(&self.task("mail_given_back", payment.checkout, ""), now, now).await?;
        tx.commit().await?;
        Ok(PaymentRow { state: to, reason: Some(GOODS_ARE_GONE.to_owned()), ask_at: Some(now), ..fresh })
    }

    /// Gives back what was decided to go back: what is set aside is let go, what was captured is refunded.
    async fn give_back(&self, payment: &PaymentRow) -> Result<(), SettleError> {
        let gateway = self.gateway_of(payment)?;
        let asked = asked(payment);
        let ending = gateway.void(&asked, &key(payment, "void")?).await?;
        let found = ending.payment();
        let left = found.captured.minor().saturating_sub(found.refunded.minor());
        if left > 0 {
            let left = Money::from_minor(left, found.captured.currency());
            gateway.refund(&asked, left, &key(payment, "refund-all")?).await?;
        }
        let now = self.now();
        let state = PaymentState::Voided;
        let change = PaymentChange { from: state, to: state, reason: payment.reason.as_deref(), ask_at: None };
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.change_payment(payment.id, change, now).await?;
                tx.commit().await
            })
            .await?;
        Ok(())
    }

    /// Payments that wait for a person, with what they pay for; at most 64, the oldest first.
    pub async fn list_payments_in_review(&self) -> Result<Vec<PaymentInReview>, DbError> {
        let mut found = Vec::new();
        for payment in self.db().list_payments_in_review().await? {
            let checkout = self.db().find_checkout(payment.checkout).await?;
            found.push(PaymentInReview { payment, checkout });
        }
        Ok(found)
    }

    /// One payment with what it pays for and what its gateway says of it now.
    pub async fn show_payment(&self, id: PaymentId) -> Result<Option<ShownPayment>, DbError> {
        let Some(payment) = self.db().find_payment(id).await? else { return Ok(None) };
        let checkout = self.db().find_checkout(payment.checkout).await?;
        let found = match self.gateway_of(&payment) {
            Ok(gateway) => gateway.state(&asked(&payment)).await.map_err(SettleError::from),
            Err(error) => Err(error),
        };
        let has_order = self.db().has_order(OrderId::new(payment.checkout.uuid())).await?;
        Ok(Some(ShownPayment { known: PaymentInReview { payment, checkout }, found, has_order }))
    }

    /// Gives back a payment that waits for a person, all of it: what is set aside is let go, what was taken is refunded,
    /// and the units go back on sale. Decided once: from then on it cannot become an order.
    pub async fn give_back_in_review(&self, id: PaymentId, actor: &Actor) -> Result<(), GiveBackError> {
        let payment = self.db().find_payment(id).await?.ok_or(GiveBackError::NoPayment)?;
        let decided = self.db().retry(|| self.try_give_back_in_review(&payment, actor)).await?;
        self.release_of(payment.checkout).await?;
        self.give_back(&decided).await?;
        Ok(())
    }

    async fn try_give_back_in_review(&self, payment: &PaymentRow, actor: &Actor) -> Result<PaymentRow, GiveBackError> {
        let fresh = self.db().find_payment(payment.id).await?.ok_or(GiveBackError::NoPayment)?;
        if goes_back(&fresh) && fresh.ask_at.is_some() {
            // Decided before, and broken off.
            return Ok(fresh);
        }
        if fresh.state != PaymentState::Review {
            return Err(GiveBackError::NotInReview(fresh.state));
        }
        let now = self.now();
        let (from, to) = (fresh.state, PaymentState::Voided);
        let change = PaymentChange { from, to, reason: Some(DID_NOT_MATCH), ask_at: Some(now) };
        let mut tx = self.db().begin().await?;
        tx.change_payment(fresh.id, change, now).await?;
        let detail = DID_NOT_MATCH.to_owned();
        tx.insert_event(&self.event(actor, Subject::Payment, fresh.id, "given_back", detail)).await?;
        tx.commit().await?;
        Ok(PaymentRow { state: to, reason: Some(DID_NOT_MATCH.to_owned()), ask_at: Some(now), ..fresh })
    }

    /// What is to be paid of a frozen checkout, once gift cards have paid.
    pub async fn checkout_to_pay(&self, id: CheckoutId) -> Result<Option<Money>, DbError> {
        Ok(self.db().find_checkout(id).await?.map(|checkout| checkout.to_pay()))
    }

    /// How a checkout stands as far as it is known here: no gateway is asked.
    pub async fn checkout_state(&self, id: CheckoutId) -> Result<CheckoutState, DbError> {
        let payments = self.db().list_payments(id).await?;
        let Some(payment) = payments.last() else { return Ok(CheckoutState::Unknown) };
        let order = OrderId::new(id.uuid());
        if self.db().has_order(order).await? {
            return Ok(CheckoutState::Placed(order));
        }
        Ok(match payment.state {
            _ if goes_back(payment) => CheckoutState::GivenBack,
            PaymentState::Review => CheckoutState::InReview,
            state if state.is_final() => failed(state, payment.reason.clone()),
            _ => CheckoutState::Waiting { next_url: payment.next_url.clone() },
        })
    }

    /// Ends a checkout that its shopper has left for another: its payment is closed and its units go back. One that
    /// was paid meanwhile becomes an order instead, and one whose gateway is silent can still be paid: the answer tells.
    pub async fn abandon(&self, id: CheckoutId) -> Result<CheckoutState, DbError> {
        let mut held = false;
        for hold in self.db().list_holds(id).await? {
            if matches!(hold.state, HoldState::Held | HoldState::Releasing) {
                held = true;
                self.release(hold).await?;
            }
        }
        if !held {
            // Goods that nobody counts have no hold, but a payment that must not be made any more.
            match self.tell_gateway(id).await {
                Ok(_) => {}
                Err(SettleError::Db(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, checkout = %id, "the gateway could not be told that a checkout is over")
                }
            }
        }
        self.checkout_state(id).await
    }

    /// Gives back the hold of a checkout whose payment has come to an end.
    async fn release_of(&self, checkout: CheckoutId) -> Result<(), SettleError> {
        for hold in self.db().list_holds(checkout).await? {
            if matches!(hold.state, HoldState::Held | HoldState::Releasing) {
                self.put_back(&hold).await?;
            }
        }
        Ok(())
    }

    /// Ends the payment of a checkout at its gateway. Whether its units may go back: not if it was paid after all.
    pub(crate) async fn tell_gateway(&self, checkout: CheckoutId) -> Result<bool, SettleError> {
        let payments = self.db().list_payments(checkout).await?;
        let Some(payment) = payments.last() else { return Ok(true) };
        // One that waits for a person can be paid all the same, as long as the gateway is not told.
        if !matches!(payment.state, PaymentState::Created | PaymentState::Pending | PaymentState::Review) {
            return Ok(!payment.state.carries_an_order());
        }
        let gateway = self.gateway_of(payment)?;
        let asked = asked(payment);
        let state = if gateway.state(&asked).await?.is_none() {
            self.end_payment(payment, PaymentNews::Expired, None).await?
        } else {
            match gateway.expire(&asked, &key(payment, "expire")?).await? {
                Ending::Ended(found) => {
                    let news = found.news(&asked);
                    let news = if news == PaymentNews::Started { PaymentNews::Expired } else { news };
                    self.end_payment(payment, news, None).await?
                }
                Ending::AlreadyPaid(found) => {
                    let state = self.take_news(payment, &found).await?;
                    return Ok(!matches!(state, CheckoutState::Placed(_)));
                }
            }
        };
        Ok(!state.carries_an_order())
    }

    /// Takes a webhook: checks that it is genuine, then asks the gateway. Each event counts once.
    pub async fn webhook(&self, gateway: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), WebhookRefused> {
        let gateway = self.gateway(gateway).ok_or(WebhookRefused::NoGateway)?.clone();
        let Some(wake) = gateway.webhook(headers, body, self.now()).await? else { return Ok(()) };
        if self.db().has_webhook(gateway.code(), &wake.event_id).await.map_err(SettleError::from)? {
            return Ok(());
        }
        let checkout = match wake.subject {
            payments::Subject::Ours(id) => id,
            payments::Subject::Provider(reference) => {
                match self.db().find_payment_by_reference(gateway.code(), reference.as_str()).await {
                    Ok(Some(payment)) => payment.checkout,
                    Ok(None) => return Ok(()),
                    Err(error) => return Err(SettleError::from(error).into()),
                }
            }
        };
        self.settle(checkout).await?;
        // Noted after it was done: an event that is noted but was not acted on would be lost.
        self.db().note_webhook(gateway.code(), &wake.event_id, self.now()).await.map_err(SettleError::from)?;
        Ok(())
    }
}

/// Whether it was decided that a payment goes back.
fn goes_back(payment: &PaymentRow) -> bool {
    let reason = payment.reason.as_deref().unwrap_or_default();
    payment.state == PaymentState::Voided && [GOODS_ARE_GONE, DID_NOT_MATCH].contains(&reason)
}

/// How a checkout stands whose payment was to be ended: somebody else may have placed the order, or given it back.
fn ended(payment: &PaymentRow, state: PaymentState, reason: Option<String>) -> CheckoutState {
    if state.carries_an_order() {
        return CheckoutState::Placed(OrderId::new(payment.checkout.uuid()));
    }
    failed(state, reason)
}

fn failed(state: PaymentState, reason: Option<String>) -> CheckoutState {
    CheckoutState::Failed { state, reason }
}

/// What the history calls the end of a payment that carries no order.
fn end_event(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Review => "payment_mismatch",
        PaymentState::Declined => "payment_declined",
        PaymentState::Expired => "payment_expired",
        PaymentState::Voided => "payment_voided",
        _ => "payment_cancelled",
    }
}

/// What a gateway is asked about.
pub(crate) fn asked(payment: &PaymentRow) -> Asked {
    Asked {
        reference: payment.checkout,
        provider_reference: payment.reference.as_deref().and_then(|raw| ProviderReference::parse(raw).ok()),
        amount: payment.amount,
        started_at: payment.created_at,
    }
}

/// The key of an operation on a payment.
pub(crate) fn key(payment: &PaymentRow, operation: &str) -> Result<IdempotencyKey, GatewayError> {
    let unfit = |_| GatewayError::Misconfigured(format!("the operation {operation} makes no key"));
    IdempotencyKey::of(payment.checkout, operation).map_err(unfit)
}
