//! Money of an order: taken, given back, let go, and followed to where it went without us.

use super::MoveError;
use crate::payment::{SettleError, asked, key};
use crate::shop::Shop;
use commerce::download;
use commerce::event::{Actor, Subject};
use commerce::ids::OrderId;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{Move, Order};
use commerce::payment::{LedgerEntry, LedgerKind, PaymentState};
use db::payments::{PaymentChange, PaymentRow};
use db::{DbError, Tx};
use payments::{GatewayError, ProviderPayment, ProviderStatus};

impl Shop {
    /// Takes money that is set aside, or notes that an invoice was paid; everything that is left where no amount is
    /// named.
    pub async fn capture(&self, id: OrderId, amount: Option<Money>, actor: &Actor) -> Result<Order, MoveError> {
        let order = self.order(id).await?;
        order.allows(Move::Capture)?;
        let most = order.money.capturable();
        let amount = amount.unwrap_or(most);
        check_amount(amount, most)?;
        let payment = self.payment_of(id).await?;
        let operation = format!("capture-{}", order.money.captured.minor());
        let left = Money::from_minor(most.minor() - amount.minor(), most.currency());
        let mut voided = Money::zero(most.currency());
        if !self.is_paid_outside(&payment) {
            let gateway = self.gateway_for(&payment)?;
            self.ask_soon(&payment).await?;
            if let Err(error) = gateway.capture(&asked(&payment), amount, &key(&payment, &operation)?).await {
                return Err(self.after_refusal(&order, &payment, error, actor).await?);
            }
            if !gateway.capabilities().captures_in_parts {
                voided = left;
            }
        }
        self.record(
            &order,
            &payment,
            &[(LedgerKind::Captured, amount, operation.as_str()), (LedgerKind::Voided, voided, "rest-voided")],
            actor,
        )
        .await
    }

    /// Gives money back; everything that was taken where no amount is named.
    pub async fn refund(&self, id: OrderId, amount: Option<Money>, actor: &Actor) -> Result<Order, MoveError> {
        let order = self.order(id).await?;
        order.allows(Move::Refund)?;
        let most = order.refundable();
        let amount = amount.unwrap_or(most);
        check_amount(amount, most)?;
        let payment = self.payment_of(id).await?;
        // The key follows from what went back before: repeating the call after a crash is the same refund.
        let operation = format!("refund-{}", order.money.refunded.minor());
        if !self.is_paid_outside(&payment) {
            let gateway = self.gateway_for(&payment)?;
            self.ask_soon(&payment).await?;
            if let Err(error) = gateway.refund(&asked(&payment), amount, &key(&payment, &operation)?).await {
                return Err(self.after_refusal(&order, &payment, error, actor).await?);
            }
        }
        self.record(&order, &payment, &[(LedgerKind::Refunded, amount, operation.as_str())], actor).await
    }

    /// A gateway that refuses may know of money that moved without us. The ledger takes that up; what the caller wanted
    /// must be thought about anew.
    async fn after_refusal(
        &self,
        order: &Order,
        payment: &PaymentRow,
        error: GatewayError,
        actor: &Actor,
    ) -> Result<MoveError, MoveError> {
        if !matches!(error, GatewayError::Refused { .. }) {
            return Ok(error.into());
        }
        let Some(found) = self.gateway_for(payment)?.state(&asked(payment)).await? else { return Ok(error.into()) };
        let moved = self.take_up(order, payment, &found, actor).await?;
        Ok(if moved { MoveError::Overtaken } else { error.into() })
    }

    /// Writes down money that moved without us: by a call of ours whose answer was lost, by hand at the gateway, or
    /// because what was set aside ran out there. `false` if there is none.
    async fn take_up(
        &self,
        order: &Order,
        payment: &PaymentRow,
        found: &ProviderPayment,
        actor: &Actor,
    ) -> Result<bool, MoveError> {
        if found.amount != payment.amount || found.captured.currency() != payment.amount.currency() {
            return Ok(false);
        }
        let mut moved = unknown_movements(order, found);
        // Nothing is set aside there any more, whoever let it go: a gateway that captures once lets go the rest.
        use ProviderStatus::{Cancelled, Captured, Expired, Voided};
        if matches!(found.status, Voided | Expired | Cancelled | Captured) {
            moved.push(rest_let_go(order, &moved));
        }
        if moved.iter().all(|(_, amount, _)| amount.is_zero()) {
            return Ok(false);
        }
        let movements: Vec<_> = moved.iter().map(|(kind, amount, key)| (*kind, *amount, key.as_str())).collect();
        self.record(order, payment, &movements, actor).await?;
        Ok(true)
    }

    /// Asks what became of money that is set aside for an order, or that was to be taken or given back.
    pub(crate) async fn follow_payment(&self, id: OrderId) -> Result<(), SettleError> {
        match self.try_follow_payment(id).await {
            Ok(()) => Ok(()),
            Err(MoveError::Db(error)) => Err(error.into()),
            Err(MoveError::Gateway(error)) => Err(error.into()),
            Err(MoveError::NoGateway(code)) => Err(SettleError::NoGateway(code)),
            // Somebody else moved it meanwhile.
            Err(_) => Ok(()),
        }
    }

    async fn try_follow_payment(&self, id: OrderId) -> Result<(), MoveError> {
        let (order, payment) = (self.order(id).await?, self.payment_of(id).await?);
        if self.is_paid_outside(&payment) {
            return Ok(());
        }
        if let Some(found) = self.gateway_for(&payment)?.state(&asked(&payment)).await? {
            let actor = Actor::Gateway(payment.gateway.clone());
            self.take_up(&order, &payment, &found, &actor).await?;
        }
        Ok(())
    }

    /// Whether money of a payment comes and goes outside of the program, as an invoice's does.
    fn is_paid_outside(&self, payment: &PaymentRow) -> bool {
        let gateway = self.gateway(&payment.gateway);
        payment.state == PaymentState::Due || gateway.is_some_and(|gateway| gateway.capabilities().pays_later)
    }

    /// Writes movements of money into the ledger, with the event and the mail, and closes the order if all is done.
    async fn record(
        &self,
        order: &Order,
        payment: &PaymentRow,
        movements: &[(LedgerKind, Money, &str)],
        actor: &Actor,
    ) -> Result<Order, MoveError> {
        let id = order.id;
        self.db()
            .retry(|| async {
                let now = self.now();
                let mut tx = self.db().begin().await?;
                for (kind, amount, operation) in movements.iter().filter(|(_, amount, _)| !amount.is_zero()) {
                    let entry = LedgerEntry {
                        payment: payment.id,
                        card: None,
                        kind: *kind,
                        amount: *amount,
                        key: format!("{}:{operation}", payment.checkout),
                        at: now,
                    };
                    if !tx.add_ledger(payment.checkout, &entry, &self.chance().id().to_string()).await? {
                        let ledger = tx.load_ledger(payment.checkout).await?;
                        // The same movement, written before; another amount is somebody else's.
                        match ledger.iter().find(|written| written.key == entry.key) {
                            Some(written) if written.amount == entry.amount => continue,
                            _ => return Err(MoveError::Overtaken),
                        }
                    }
                    let event = match kind {
                        LedgerKind::Captured => "captured",
                        LedgerKind::Refunded => "refunded",
                        _ => "voided",
                    };
                    tx.insert_event(&self.event(actor, Subject::Order, id, event, format!("amount={amount}"))).await?;
                    if *kind == LedgerKind::Refunded {
                        tx.enqueue(&self.task("mail_refunded", id, amount.minor()), now, now).await?;
                    }
                }
                let mut after = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
                if !download::is_paid(order) && download::is_paid(&after) && download::digital_lines(order).count() > 0
                {
                    tx.enqueue(&self.task("mail_downloads", id, ""), now, now).await?;
                }
                // Read anew: what this attempt met before may have changed it.
                let payments = tx.list_payments(payment.checkout).await?;
                let payment = payments.iter().find(|known| known.id == payment.id).unwrap_or(payment);
                note_captured(&mut tx, payment, &after, now).await?;
                // Whoever sends the last parcel at this moment must see the money, or nobody would close the order.
                if after.is_done() {
                    self.close_if_done(&mut tx, &mut after, actor).await?;
                } else {
                    tx.update_order(&after).await?;
                }
                tx.commit().await?;
                self.ring_outbox();
                Ok(after)
            })
            .await
    }

    /// Captures what an order has set aside, as a task does after it was placed; what is left of it, where a part was
    /// taken meanwhile.
    pub(crate) async fn capture_after_placing(&self, id: OrderId) -> Result<(), MoveError> {
        let order = self.order(id).await?;
        let payment = self.payment_of(id).await?;
        if self.is_paid_outside(&payment) || order.allows(Move::Capture).is_err() {
            return Ok(());
        }
        self.capture(id, None, &Actor::Job("capture")).await.map(|_| ())
    }

    /// Lets go or gives back all money of a cancelled order.
    pub(crate) async fn undo_payment(&self, id: OrderId) -> Result<(), MoveError> {
        let order = self.order(id).await?;
        let payment = self.payment_of(id).await?;
        let actor = Actor::Job("undo_payment");
        let outside = self.is_paid_outside(&payment);
        if !order.money.capturable().is_zero() {
            let mut moved = Vec::new();
            if !outside {
                let ending = self.gateway_for(&payment)?.void(&asked(&payment), &key(&payment, "void")?).await?;
                moved = unknown_movements(&order, ending.payment());
            }
            moved.push(rest_let_go(&order, &moved));
            let movements: Vec<_> = moved.iter().map(|(kind, amount, key)| (*kind, *amount, key.as_str())).collect();
            self.record(&order, &payment, &movements, &actor).await?;
        }
        if outside {
            // Nobody but staff can send that money back; the order shows that it is owed.
            return Ok(());
        }
        let order = self.order(id).await?;
        if order.allows(Move::Refund).is_ok() {
            self.refund(id, None, &actor).await?;
        }
        Ok(())
    }
}

/// What a gateway has taken and given back beyond what the ledger knows, under the keys that our own calls have, so that
/// whoever made the call writes it no second time.
fn unknown_movements(order: &Order, found: &ProviderPayment) -> Vec<(LedgerKind, Money, String)> {
    let (captured, refunded) = (order.money.captured, order.money.refunded);
    let more = |found: Money, known: Money| {
        Money::from_minor(found.minor().saturating_sub(known.minor()).max(0), known.currency())
    };
    vec![
        (LedgerKind::Captured, more(found.captured, captured), format!("capture-{}", captured.minor())),
        (LedgerKind::Refunded, more(found.refunded, refunded), format!("refund-{}", refunded.minor())),
    ]
}

/// What is left of the money set aside, after these movements, as let go.
fn rest_let_go(order: &Order, moved: &[(LedgerKind, Money, String)]) -> (LedgerKind, Money, String) {
    let taken: i64 = moved.iter().filter(|(kind, ..)| *kind == LedgerKind::Captured).map(|m| m.1.minor()).sum();
    let most = order.money.capturable();
    let rest = Money::from_minor(most.minor().saturating_sub(taken).max(0), most.currency());
    (LedgerKind::Voided, rest, "void".to_owned())
}

/// Brings a payment's state after its ledger: captured in full, or let go.
async fn note_captured(tx: &mut Tx, payment: &PaymentRow, order: &Order, now: Moment) -> Result<(), DbError> {
    let to = match payment.state {
        PaymentState::Authorised | PaymentState::Due if !order.money.captured.is_zero() => PaymentState::Captured,
        PaymentState::Authorised if order.money.capturable().is_zero() => PaymentState::Voided,
        PaymentState::Due if order.money.capturable().is_zero() => PaymentState::Cancelled,
        _ => return Ok(()),
    };
    let change = PaymentChange { from: payment.state, to, reason: None, ask_at: None };
    tx.change_payment(payment.id, change, now).await
}

fn check_amount(wanted: Money, most: Money) -> Result<(), MoveError> {
    let fits = wanted.currency() == most.currency() && !wanted.is_negative() && !wanted.is_zero();
    if fits && wanted.minor() <= most.minor() { Ok(()) } else { Err(MoveError::Amount { wanted, most }) }
}
