//! Orders: placed exactly once, and then captured, sent, cancelled, refunded, withdrawn from and noted on, each only
//! while its state allows.

mod money;

pub use money::RefundTo;

use crate::checkout::{sha256_hex, tenders_in_order};
use crate::order_link::TOKEN_CHARS;
use crate::payment::SettleError;
use crate::shop::Shop;
use commerce::basket::Line;
use commerce::checkout::FrozenCheckout;
use commerce::event::{Actor, Subject};
use commerce::gift_card::CardEntryKind;
use commerce::ids::{CheckoutId, HoldId, OrderId, ParcelId, StockRecordId};
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{
    Move, NOTE_CHARS_MAX, Order, OrderEvent, OrderNumber, ParcelContent, ParcelError, ParcelStatus, TRACKING_CHARS_MAX,
};
use commerce::payment::{LedgerEntry, LedgerKind, NotAllowed, PaymentNews, PaymentState};
use commerce::stock::{self, Take};
use commerce::voucher::VoucherCode;
use db::checkouts::{Hold, HoldState};
use db::gift_cards::NewEntry;
pub use db::orders::WithdrawalRow as Withdrawal;
use db::orders::{OrderNote, OrderSummary};
use db::outbox::EventRow;
use db::payments::{PaymentChange, PaymentRow};
use db::{DbError, MaybeConflict, Tx};
use payments::GatewayError;
use std::borrow::Cow;

/// Numbers that are drawn for one order, if others have them.
const NUMBER_TRIES_MAX: u32 = 5;

/// What placing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceOutcome {
    /// The order stands, by this call or one before.
    Placed(OrderId),
    /// The hold had ended and too few units are left: the money goes back.
    GoodsAreGone,
}

/// Why a move was not made.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// There is no such order.
    #[error("there is no such order")]
    NoOrder,
    /// The order's state forbids it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The parcel is not as it can be.
    #[error(transparent)]
    Parcel(#[from] ParcelError),
    /// An amount is below nothing, or more than there is.
    #[error("{wanted} is not between nothing and {most}")]
    Amount {
        /// What was asked for.
        wanted: Money,
        /// What is possible.
        most: Money,
    },
    /// A text is empty or too long.
    #[error("{0}")]
    Text(String),
    /// The time for it is over.
    #[error("the time for it is over")]
    TooLate,
    /// Money moved meanwhile, by somebody else or at the gateway itself; the ledger has it now.
    #[error("money of this order moved meanwhile; look at it again")]
    Overtaken,
    /// The gateway refuses or does not answer.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The payment's gateway is not one of the store's.
    #[error("the store has no gateway {0}")]
    NoGateway(String),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for MoveError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// An order with its history.
#[derive(Clone, Debug)]
pub struct OrderDetails {
    /// The order.
    pub order: Order,
    /// Its payments, the oldest first.
    pub payments: Vec<PaymentRow>,
    /// Its ledger.
    pub ledger: Vec<LedgerEntry>,
    /// Notes on it.
    pub notes: Vec<OrderNote>,
    /// What happened to it.
    pub events: Vec<EventRow>,
}

impl Shop {
    /// Turns a checkout into an order, exactly once: the checkout's id is the order's key. Nine statements, whatever
    /// the lines; one more where offers took something off; where gift cards pay, four more for each and one.
    pub(crate) async fn place_order(
        &self,
        frozen: &FrozenCheckout,
        payment: &PaymentRow,
        news: PaymentNews,
        captured: Money,
    ) -> Result<PlaceOutcome, SettleError> {
        let mut sold = Cow::Borrowed(frozen);
        for _ in 1..NUMBER_TRIES_MAX {
            match self.place_as(&sold, payment, news, captured).await {
                // Another order was given the same number: this one takes the next.
                Err(SettleError::Db(DbError::Taken { .. })) => {
                    sold.to_mut().number = OrderNumber::from_random(self.chance().number());
                }
                outcome => return outcome,
            }
        }
        self.place_as(&sold, payment, news, captured).await
    }

    async fn place_as(
        &self,
        sold: &FrozenCheckout,
        payment: &PaymentRow,
        news: PaymentNews,
        captured: Money,
    ) -> Result<PlaceOutcome, SettleError> {
        let mut attempts = 0;
        self.db()
            .retry(|| {
                attempts += 1;
                let first = attempts == 1;
                async move {
                    if first {
                        return self.try_place_order(sold, payment, news, captured).await;
                    }
                    // What it met may have changed the payment as well.
                    let fresh = self.db().find_payment(payment.id).await?;
                    self.try_place_order(sold, fresh.as_ref().unwrap_or(payment), news, captured).await
                }
            })
            .await
    }

    /// One attempt. Runs again after a conflict, so it holds SQL and pure code only.
    async fn try_place_order(
        &self,
        frozen: &FrozenCheckout,
        payment: &PaymentRow,
        news: PaymentNews,
        captured: Money,
    ) -> Result<PlaceOutcome, SettleError> {
        let (now, order) = (self.now(), OrderId::new(frozen.id.uuid()));
        let Ok(state) = payment.state.after(news) else { return Ok(PlaceOutcome::GoodsAreGone) };
        // Money that is on its way back carries no order any more.
        if payment.state == PaymentState::Voided || !state.carries_an_order() {
            return Ok(PlaceOutcome::GoodsAreGone);
        }
        let mut tx = self.db().begin().await?;
        // A repeated return, a webhook and the sweep all end here: the first writes, the others find it done.
        let link = sha256_hex(self.order_link_token(order).as_bytes());
        if !tx.insert_order(frozen, &self.person(&frozen.email), &link, now).await? {
            return Ok(PlaceOutcome::Placed(order));
        }
        // An authorised payment is not final: it is captured later, and asked about until then.
        let ask_at = (!state.is_final()).then(|| now.plus_ms(3_600_000));
        let change = PaymentChange { from: payment.state, to: state, reason: None, ask_at };
        tx.change_payment(payment.id, change, now).await?;
        self.write_ledger(&mut tx, payment, news, captured, now).await?;
        self.redeem_cards(&mut tx, frozen, payment, now).await?;
        let placed = format!("number={} total={}", frozen.number, frozen.total.gross());
        let actor = Actor::Gateway(payment.gateway.clone());
        tx.insert_event(&self.event(&actor, Subject::Order, order, "order_placed", placed)).await?;
        tx.enqueue(&self.task("order_placed", order, ""), now, now).await?;
        // The units left the shelf when the hold was made: nothing that buyers fight over is touched here.
        if !tx.claim_hold(frozen.id).await? && !self.take_afresh(&mut tx, frozen, now).await? {
            tx.rollback().await;
            return Ok(PlaceOutcome::GoodsAreGone);
        }
        tx.commit().await?;
        Ok(PlaceOutcome::Placed(order))
    }

    async fn write_ledger(
        &self,
        tx: &mut Tx,
        payment: &PaymentRow,
        news: PaymentNews,
        captured: Money,
        now: Moment,
    ) -> Result<(), DbError> {
        let kind = if news == PaymentNews::ToPayLater { LedgerKind::Due } else { LedgerKind::Authorised };
        let entry = |kind: LedgerKind, amount, operation: &str| LedgerEntry {
            payment: payment.id,
            card: None,
            kind,
            amount,
            key: format!("{}:{operation}", payment.checkout),
            at: now,
        };
        let id = || self.chance().id().to_string();
        tx.add_ledger(payment.checkout, &entry(kind, payment.amount, kind.name()), &id()).await?;
        if news == PaymentNews::Captured && !captured.is_zero() {
            tx.add_ledger(payment.checkout, &entry(LedgerKind::Captured, captured, "captured-at-once"), &id()).await?;
        }
        Ok(())
    }

    /// Writes what cards pay: they are charged, once and for all. The money left them with the hold.
    async fn redeem_cards(
        &self,
        tx: &mut Tx,
        frozen: &FrozenCheckout,
        payment: &PaymentRow,
        now: Moment,
    ) -> Result<(), DbError> {
        let (actor, key) = (Actor::Gateway(payment.gateway.clone()), frozen.id.to_string());
        let mut entries = Vec::with_capacity(frozen.tenders.len());
        for tender in &frozen.tenders {
            let (card, amount) = (tender.card, tender.amount);
            for kind in [LedgerKind::Authorised, LedgerKind::Captured] {
                let key = format!("{}:card-{card}-{}", frozen.id, kind.name());
                let entry = LedgerEntry { payment: payment.id, card: Some(card), kind, amount, key, at: now };
                tx.add_ledger(frozen.id, &entry, &self.chance().id().to_string()).await?;
            }
            let (kind, checkout) = (CardEntryKind::Redeemed, Some(frozen.id));
            entries.push(NewEntry { card, kind, amount, checkout, actor: &actor, reason: "", key: &key, at: now });
        }
        tx.write_card_entries(&entries).await
    }

    /// The hold had ended before the money came: takes the units again, sold at once. `false` if too few are left.
    async fn take_afresh(&self, tx: &mut Tx, frozen: &FrozenCheckout, now: Moment) -> Result<bool, DbError> {
        let wanted = frozen.units_by_stock_record();
        if wanted.is_empty() && frozen.uses.is_empty() && frozen.tenders.is_empty() {
            return Ok(true);
        }
        let records: Vec<StockRecordId> = wanted.iter().map(|(record, _)| *record).collect();
        let on_sale = tx.on_sale(&records).await?;
        let (mut takes, mut uncounted) = (Vec::new(), Vec::new());
        for (record, units) in wanted {
            // Nobody counts them any more: they are sold, but no shelf has fewer for it.
            if on_sale.get(&record).is_some_and(|entry| entry.partner.is_some() && !entry.is_counted) {
                uncounted.push((record, Take { bucket: 0, units: i64::from(units) }));
                continue;
            }
            let buckets = on_sale.get(&record).map_or(&[][..], |entry| &entry.buckets);
            let Some(plan) = stock::plan(buckets, i64::from(units), self.chance().number()) else { return Ok(false) };
            takes.extend(plan.into_iter().map(|take| (record, take)));
        }
        let id = HoldId::new(self.chance().id());
        let hold = Hold { id, checkout: frozen.id, state: HoldState::Claimed, expires_at: now };
        let all = [takes.as_slice(), uncounted.as_slice()].concat();
        let person = self.person(&frozen.email);
        tx.insert_hold(&hold, &person, &all, now).await?;
        tx.insert_hold_uses(id, &frozen.uses, &person).await?;
        tx.insert_hold_cards(id, frozen.id, &frozen.tenders, now).await?;
        for (record, _) in uncounted {
            tx.meet_counting(record).await?;
        }
        for limited in &frozen.uses {
            // Somebody else has had the last use meanwhile.
            if !tx.take_use(limited, &person).await? {
                return Ok(false);
            }
        }
        for (record, take) in takes {
            tx.take_units(record, take).await?;
        }
        for tender in tenders_in_order(&frozen.tenders) {
            // What was given back to the card was spent meanwhile.
            if !tx.take_from_card(tender, now).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The order that a link's token leads to.
    pub async fn find_order_by_token(&self, token: &str) -> Result<Option<Order>, DbError> {
        let shaped = token.len() == TOKEN_CHARS && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !shaped {
            return Ok(None);
        }
        match self.db().find_order_by_link(&sha256_hex(token.as_bytes())).await? {
            Some(id) => self.db().find_order(id).await,
            None => Ok(None),
        }
    }

    /// The lines that a placed order takes out of the basket, and the vouchers that were used for it.
    pub async fn bought(&self, order: OrderId) -> Result<(Vec<Line>, Vec<VoucherCode>), DbError> {
        let order = self.db().find_order(order).await?;
        Ok(order.map(|order| (order.sold.basket_lines(), order.sold.vouchers_used())).unwrap_or_default())
    }

    /// An order by its number, with its history.
    pub async fn show_order(&self, number: &OrderNumber) -> Result<Option<OrderDetails>, DbError> {
        let Some(id) = self.db().find_order_by_number(number).await? else { return Ok(None) };
        let Some(order) = self.db().find_order(id).await? else { return Ok(None) };
        let checkout = CheckoutId::new(id.uuid());
        Ok(Some(OrderDetails {
            payments: self.db().list_payments(checkout).await?,
            ledger: self.db().load_ledger(checkout).await?,
            notes: self.db().list_notes(id).await?,
            events: self.db().list_events(Subject::Order, &id.to_string()).await?,
            order,
        }))
    }

    /// An order.
    pub async fn find_order(&self, id: OrderId) -> Result<Option<Order>, DbError> {
        self.db().find_order(id).await
    }

    /// The newest orders, of one state if named.
    pub async fn list_orders(
        &self,
        of: Option<commerce::order::OrderState>,
        before: Option<(Moment, OrderId)>,
        limit: usize,
    ) -> Result<Vec<OrderSummary>, DbError> {
        self.db().list_orders(of, before, limit).await
    }

    async fn close_if_done(&self, tx: &mut Tx, order: &mut Order, actor: &Actor) -> Result<(), MoveError> {
        if order.is_done() {
            order.state = order.state.after(OrderEvent::Close)?;
            tx.update_order(order).await?;
            tx.insert_event(&self.event(actor, Subject::Order, order.id, "order_closed", String::new())).await?;
        }
        Ok(())
    }

    /// Sends a parcel: units of lines (counted from 0), everything that is left where none are named.
    pub async fn ship(
        &self,
        id: OrderId,
        units: &[(usize, u32)],
        tracking: &str,
        actor: &Actor,
    ) -> Result<Order, MoveError> {
        let tracking = tracking.trim();
        if tracking.chars().count() > TRACKING_CHARS_MAX || tracking.chars().any(char::is_control) {
            return Err(MoveError::Text(format!("a tracking number has at most {TRACKING_CHARS_MAX} characters")));
        }
        self.db()
            .retry(|| async {
                let now = self.now();
                let mut tx = self.db().begin().await?;
                let mut order = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
                order.allows(Move::Ship)?;
                let units = if units.is_empty() { order.units_to_send() } else { units.to_vec() };
                order.check_parcel(&units)?;
                let parcel = ParcelContent {
                    id: ParcelId::new(self.chance().id()),
                    status: ParcelStatus::Sent,
                    tracking: tracking.to_owned(),
                    units: units.clone(),
                    packed_at: now,
                };
                tx.insert_parcel(id, &parcel).await?;
                let event = self.event(
                    actor,
                    Subject::Order,
                    id,
                    "parcel_sent",
                    format!("parcel={} units={}", parcel.id, units.iter().map(|(_, count)| count).sum::<u32>()),
                );
                tx.insert_event(&event).await?;
                tx.enqueue(&self.task("mail_parcel_sent", id, parcel.id), now, now).await?;
                for (place, count) in &units {
                    let line = &order.sold.lines[*place];
                    if line.tracks_stock {
                        tx.ship_units(id, line.stock_record, i64::from(*count)).await?;
                    }
                }
                order.parcels.push(parcel);
                // Two parcels at once meet on the order's version.
                if order.is_done() {
                    self.close_if_done(&mut tx, &mut order, actor).await?
                } else {
                    tx.update_order(&order).await?
                }
                tx.commit().await?;
                self.ring_outbox();
                Ok(order)
            })
            .await
    }

    /// Calls an order off: its units go back, and its money by a task that tries until it has worked.
    pub async fn cancel(&self, id: OrderId, actor: &Actor, reason: &str) -> Result<Order, MoveError> {
        let reason = checked_text(reason, "a reason")?;
        self.db()
            .retry(|| async {
                let now = self.now();
                let mut tx = self.db().begin().await?;
                let mut order = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
                order.allows(Move::Cancel)?;
                order.state = order.state.after(OrderEvent::Cancel)?;
                tx.update_order(&order).await?;
                self.block_bought_cards(&mut tx, id, actor).await?;
                tx.insert_event(&self.event(actor, Subject::Order, id, "order_cancelled", String::new())).await?;
                if !reason.is_empty() {
                    tx.insert_note(&self.chance().id().to_string(), id, actor, &reason, now).await?;
                }
                tx.enqueue(&self.task("undo_payment", id, ""), now, now).await?;
                tx.enqueue(&self.task("mail_cancelled", id, ""), now, now).await?;
                tx.enqueue(&self.task("stock_of_checkout", id, ""), now, now).await?;
                for hold in tx.list_holds(CheckoutId::new(id.uuid())).await? {
                    if hold.state == HoldState::Claimed {
                        tx.release_claimed(hold.id).await?;
                    }
                }
                tx.commit().await?;
                self.ring_outbox();
                Ok(order)
            })
            .await
    }

    /// Cancels for a customer, who may do so for a while after ordering.
    pub async fn cancel_by_customer(&self, id: OrderId) -> Result<Order, MoveError> {
        let order = self.order(id).await?;
        if !self.customer_may_cancel(&order) {
            order.allows(Move::Cancel)?;
            return Err(MoveError::TooLate);
        }
        self.cancel(id, &Actor::Visitor, "").await
    }

    /// Whether a customer may still cancel by themselves.
    pub fn customer_may_cancel(&self, order: &Order) -> bool {
        let in_time = self.now().ms_since(order.placed_at) <= self.settings().cancel_ms;
        in_time && order.allows(Move::Cancel).is_ok()
    }

    /// Whether a consumer may still withdraw from the contract: until so many days after the last parcel should have
    /// arrived, and before anything was sent at all times.
    pub fn customer_may_withdraw(&self, order: &Order) -> bool {
        self.withdraw_until(order).is_none_or(|until| self.now() <= until) && order.allows(Move::Withdraw).is_ok()
    }

    /// The end of the time to withdraw: it begins to run when the last parcel leaves.
    pub fn withdraw_until(&self, order: &Order) -> Option<Moment> {
        let from = order.parcels.iter().map(|parcel| parcel.packed_at).max()?;
        let delivery_days = order.sold.delivery.as_ref().map_or(0, |_| 7);
        Some(from.plus_ms((self.settings().withdraw_days + delivery_days) * 24 * 3_600_000))
    }

    /// Takes a consumer's declaration that they withdraw (Directive 2011/83/EU, art. 11a): noted with its moment, and
    /// confirmed by mail. What follows (return, refund) is for staff.
    pub async fn withdraw(&self, id: OrderId, declared: &Withdrawal, actor: &Actor) -> Result<Order, MoveError> {
        self.db()
            .retry(|| async {
                let now = self.now();
                let mut tx = self.db().begin().await?;
                let mut order = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
                if order.withdrawn_at.is_some() {
                    // Pressing again is the same declaration.
                    return Ok(order);
                }
                if !self.customer_may_withdraw(&order) {
                    order.allows(Move::Withdraw)?;
                    return Err(MoveError::TooLate);
                }
                order.withdrawn_at = Some(now);
                tx.update_order(&order).await?;
                tx.set_withdrawal(id, declared).await?;
                tx.insert_event(&self.event(actor, Subject::Order, id, "withdrawn", String::new())).await?;
                tx.enqueue(&self.task("mail_withdrawn", id, ""), now, now).await?;
                tx.commit().await?;
                self.ring_outbox();
                Ok(order)
            })
            .await
    }

    /// Adds a note to an order.
    pub async fn note(&self, id: OrderId, text: &str, actor: &Actor) -> Result<(), MoveError> {
        let text = checked_text(text, "a note")?;
        if text.is_empty() {
            return Err(MoveError::Text("a note needs some words".to_owned()));
        }
        self.order(id).await?;
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.insert_note(&self.chance().id().to_string(), id, actor, &text, self.now()).await?;
                tx.insert_event(&self.event(actor, Subject::Order, id, "note_added", String::new())).await?;
                tx.commit().await?;
                Ok(())
            })
            .await
    }

    pub(crate) async fn order(&self, id: OrderId) -> Result<Order, MoveError> {
        self.db().find_order(id).await?.ok_or(MoveError::NoOrder)
    }

    async fn payment_of(&self, id: OrderId) -> Result<PaymentRow, MoveError> {
        let payments = self.db().list_payments(CheckoutId::new(id.uuid())).await?;
        let carrying = payments
            .into_iter()
            .rev()
            .find(|payment| payment.state.carries_an_order() || payment.state == PaymentState::Voided);
        carrying.ok_or(MoveError::NoOrder)
    }

    fn gateway_for(&self, payment: &PaymentRow) -> Result<std::sync::Arc<dyn payments::Gateway>, MoveError> {
        self.gateway(&payment.gateway).cloned().ok_or_else(|| MoveError::NoGateway(payment.gateway.clone()))
    }
}

fn checked_text(text: &str, what: &str) -> Result<String, MoveError> {
    let text = text.trim();
    let printable = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if text.chars().count() > NOTE_CHARS_MAX || !printable {
        return Err(MoveError::Text(format!("{what} has at most {NOTE_CHARS_MAX} characters that can be printed")));
    }
    Ok(text.to_owned())
}
