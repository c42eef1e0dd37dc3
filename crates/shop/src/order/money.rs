//! Money of an order: taken, given back, let go, and followed to where it went without us.
//!
//! What gift cards have paid is charged with the order and goes back to them here; all else is the gateway's.

use super::MoveError;
use crate::payment::{SettleError, asked, key};
use crate::shop::Shop;
use commerce::download;
use commerce::event::{Actor, Subject};
use commerce::gift_card::{CardEntryKind, GiftCardKind, PaidBy, refund_parts};
use commerce::ids::{GiftCardId, OrderId, derived_uuid};
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{Move, Order};
use commerce::payment::{LedgerEntry, LedgerKind, LedgerSums, PaymentState};
use db::gift_cards::{CardLetter, NewCard, NewEntry};
use db::payments::{PaymentChange, PaymentRow};
use db::{DbError, Tx};
use payments::{GatewayError, ProviderPayment, ProviderStatus};

/// Where money of an order goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundTo {
    /// To where it came from: the gateway first, then the gift cards that paid, to each at most what it paid.
    AsPaid,
    /// To the gift cards that paid, at most what they paid.
    Cards,
    /// To a new store credit of the customer, whatever it was paid by.
    Credit,
}

/// Money that moves: what it is, how much, and the operation that its key names.
#[derive(Clone, Debug)]
struct Movement {
    kind: LedgerKind,
    amount: Money,
    operation: String,
    /// The card that it comes from or goes to; none for the gateway.
    card: Option<GiftCardId>,
    /// The card as it is to be made, where there is none yet.
    credit: Option<NewCard>,
}

impl Movement {
    fn of_gateway(kind: LedgerKind, amount: Money, operation: impl Into<String>) -> Self {
        Self { kind, amount, operation: operation.into(), card: None, credit: None }
    }
}

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
        let operation = format!("capture-{}", order.gateway_money().captured.minor());
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
        let movements = [
            Movement::of_gateway(LedgerKind::Captured, amount, operation),
            Movement::of_gateway(LedgerKind::Voided, voided, "rest-voided"),
        ];
        self.record(&order, &payment, &movements, actor).await
    }

    /// Gives money back to where it came from; everything that was taken where no amount is named.
    pub async fn refund(&self, id: OrderId, amount: Option<Money>, actor: &Actor) -> Result<Order, MoveError> {
        self.refund_to(id, amount, RefundTo::AsPaid, actor).await
    }

    /// Gives money back; as much as may go there where no amount is named.
    pub async fn refund_to(
        &self,
        id: OrderId,
        amount: Option<Money>,
        to: RefundTo,
        actor: &Actor,
    ) -> Result<Order, MoveError> {
        let order = self.order(id).await?;
        order.allows(Move::Refund)?;
        let ways = match to {
            RefundTo::AsPaid => order.paid_by(),
            RefundTo::Cards => order.paid_by().into_iter().filter(|way| way.card.is_some()).collect(),
            RefundTo::Credit => vec![PaidBy { card: None, left: order.refundable() }],
        };
        let there = Money::sum(order.sold.currency(), ways.iter().map(|way| way.left)).unwrap_or(order.refundable());
        // What was given as credit is not there any more, whichever way it was paid by.
        let most = if there.minor() < order.refundable().minor() { there } else { order.refundable() };
        let spent = self.spent_of_bought_cards(&order).await?;
        let most = Money::from_minor(most.minor().saturating_sub(spent.minor()).max(0), most.currency());
        let amount = amount.unwrap_or(most);
        check_amount(amount, most)?;
        let payment = self.payment_of(id).await?;
        self.block_before_refund(&order, amount, actor).await?;
        let mut movements = Vec::new();
        for part in refund_parts(amount, &ways).ok_or(MoveError::Amount { wanted: amount, most })? {
            movements.push(self.refund_movement(&order, part, to)?);
        }
        if let Some(of_gateway) = movements.iter().find(|movement| movement.card.is_none())
            && !self.is_paid_outside(&payment)
        {
            let gateway = self.gateway_for(&payment)?;
            self.ask_soon(&payment).await?;
            let key = key(&payment, &of_gateway.operation)?;
            if let Err(error) = gateway.refund(&asked(&payment), of_gateway.amount, &key).await {
                return Err(self.after_refusal(&order, &payment, error, actor).await?);
            }
        }
        let recorded = self.record(&order, &payment, &movements, actor).await;
        let (of_gateway, of_cards): (Vec<_>, Vec<_>) =
            movements.into_iter().partition(|movement| movement.card.is_none());
        if matches!(recorded, Err(MoveError::Overtaken)) && !of_gateway.is_empty() && !of_cards.is_empty() {
            // The gateway has given its part; the cards' part went elsewhere at the same moment.
            self.record(&order, &payment, &of_gateway, actor).await?;
        }
        recorded
    }

    /// A part of a refund. Its key follows from what went back there before: repeating the call after a crash is the
    /// same refund.
    fn refund_movement(&self, order: &Order, part: PaidBy, to: RefundTo) -> Result<Movement, MoveError> {
        let (kind, amount) = (LedgerKind::Refunded, part.left);
        if to == RefundTo::Credit {
            let operation = format!("refund-credit-{}", order.money.refunded.minor());
            let id = GiftCardId::new(derived_uuid("refund_credit", &format!("{} {operation}", order.id)));
            let letter = CardLetter {
                recipient: Some(order.sold.email.as_str().to_owned()),
                giver: None,
                message: None,
                language: order.sold.language,
            };
            let credit = self.card_with_code(id, GiftCardKind::Credit, amount, None, None, letter);
            return Ok(Movement { kind, amount, operation, card: Some(id), credit: Some(credit) });
        }
        let Some(card) = part.card else {
            let operation = format!("refund-{}", order.gateway_money().refunded.minor());
            return Ok(Movement::of_gateway(kind, amount, operation));
        };
        let of_card = order.by_card.iter().find(|(known, _)| *known == card).map(|(_, sums)| sums.refunded.minor());
        let operation = format!("refund-card-{card}-{}", of_card.unwrap_or_default());
        Ok(Movement { kind, amount, operation, card: Some(card), credit: None })
    }

    /// Puts money on the card that a movement names; it is made if there is none.
    async fn move_to_card(
        &self,
        tx: &mut Tx,
        order: &Order,
        (movement, card): (&Movement, GiftCardId),
        actor: &Actor,
    ) -> Result<(), DbError> {
        let now = self.now();
        if let Some(credit) = &movement.credit {
            self.write_card(tx, credit, &order.sold.number.to_string(), actor).await?;
            return Ok(());
        }
        let entry = NewEntry {
            card,
            kind: CardEntryKind::Refunded,
            amount: movement.amount,
            checkout: Some(order.sold.id),
            actor,
            reason: "",
            key: &movement.operation,
            at: now,
        };
        tx.put_on_card(entry).await?;
        let payload = format!("{} {card}", movement.amount.minor());
        tx.enqueue(&self.task("mail_refunded_to_card", order.id, payload), now, now).await
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
        if moved.iter().all(|movement| movement.amount.is_zero()) {
            return Ok(false);
        }
        self.record(order, payment, &moved, actor).await?;
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
        movements: &[Movement],
        actor: &Actor,
    ) -> Result<Order, MoveError> {
        let id = order.id;
        self.db()
            .retry(|| async {
                let now = self.now();
                let mut tx = self.db().begin().await?;
                let (mut of_cards, mut captured) = (false, false);
                for movement in movements.iter().filter(|movement| !movement.amount.is_zero()) {
                    let Movement { kind, amount, operation, card, .. } = movement;
                    let (card, key) = (*card, format!("{}:{operation}", payment.checkout));
                    let entry = LedgerEntry { payment: payment.id, card, kind: *kind, amount: *amount, key, at: now };
                    captured |= *kind == LedgerKind::Captured;
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
                    let to = card.map(|card| format!(" card={card}")).unwrap_or_default();
                    let detail = format!("amount={amount}{to}");
                    tx.insert_event(&self.event(actor, Subject::Order, id, event, detail)).await?;
                    if let Some(card) = card {
                        of_cards = true;
                        self.move_to_card(&mut tx, order, (movement, card), actor).await?;
                    } else if *kind == LedgerKind::Refunded {
                        tx.enqueue(&self.task("mail_refunded", id, amount.minor()), now, now).await?;
                    }
                }
                let mut after = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
                if of_cards && !after.money.is_sound() {
                    // Somebody else gave it back at the same moment, another way.
                    tx.rollback().await;
                    return Err(MoveError::Overtaken);
                }
                if !download::is_paid(order) && download::is_paid(&after) && download::digital_lines(order).count() > 0
                {
                    tx.enqueue(&self.task("mail_downloads", id, ""), now, now).await?;
                }
                if captured && after.sold.lines.iter().any(|line| line.is_gift_card) {
                    tx.enqueue(&self.task("gift_cards", id, ""), now, now).await?;
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
            self.record(&order, &payment, &moved, &actor).await?;
        }
        let order = self.order(id).await?;
        // Nobody but staff can send back what was paid outside; the order shows that it is owed.
        let to = if outside { RefundTo::Cards } else { RefundTo::AsPaid };
        let is_there =
            to == RefundTo::AsPaid || order.paid_by().iter().any(|way| way.card.is_some() && !way.left.is_zero());
        if is_there && order.allows(Move::Refund).is_ok() {
            self.refund_to(id, None, to, &actor).await?;
        }
        Ok(())
    }
}

/// What a gateway has taken and given back beyond what the ledger knows, under the keys that our own calls have, so that
/// whoever made the call writes it no second time.
fn unknown_movements(order: &Order, found: &ProviderPayment) -> Vec<Movement> {
    let LedgerSums { captured, refunded, .. } = order.gateway_money();
    let more = |found: Money, known: Money| {
        Money::from_minor(found.minor().saturating_sub(known.minor()).max(0), known.currency())
    };
    vec![
        Movement::of_gateway(
            LedgerKind::Captured,
            more(found.captured, captured),
            format!("capture-{}", captured.minor()),
        ),
        Movement::of_gateway(
            LedgerKind::Refunded,
            more(found.refunded, refunded),
            format!("refund-{}", refunded.minor()),
        ),
    ]
}

/// What is left of the money set aside, after these movements, as let go.
fn rest_let_go(order: &Order, moved: &[Movement]) -> Movement {
    let taken: i64 = moved.iter().filter(|m| m.kind == LedgerKind::Captured).map(|m| m.amount.minor()).sum();
    let most = order.money.capturable();
    let rest = Money::from_minor(most.minor().saturating_sub(taken).max(0), most.currency());
    Movement::of_gateway(LedgerKind::Voided, rest, "void")
}

/// Brings a payment's state after its ledger: captured in full, or let go.
async fn note_captured(tx: &mut Tx, payment: &PaymentRow, order: &Order, now: Moment) -> Result<(), DbError> {
    let of_gateway = order.gateway_money();
    let to = match payment.state {
        // Cards have paid everything: there is no payment that anything could become of.
        _ if payment.amount.is_zero() => return Ok(()),
        PaymentState::Authorised | PaymentState::Due if !of_gateway.captured.is_zero() => PaymentState::Captured,
        PaymentState::Authorised if of_gateway.capturable().is_zero() => PaymentState::Voided,
        PaymentState::Due if of_gateway.capturable().is_zero() => PaymentState::Cancelled,
        _ => return Ok(()),
    };
    let change = PaymentChange { from: payment.state, to, reason: None, ask_at: None };
    tx.change_payment(payment.id, change, now).await
}

fn check_amount(wanted: Money, most: Money) -> Result<(), MoveError> {
    let fits = wanted.currency() == most.currency() && !wanted.is_negative() && !wanted.is_zero();
    if fits && wanted.minor() <= most.minor() { Ok(()) } else { Err(MoveError::Amount { wanted, most }) }
}
