//! Payments, their ledger, and webhooks that have been seen.

use crate::codec::Place;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::ids::{CheckoutId, GiftCardId, PaymentId};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::payment::{LedgerEntry, LedgerKind, PaymentState};

/// Payments that one sweep asks about.
pub const SWEEP_MAX: usize = 64;
/// Payments that are listed of one checkout.
pub const PAYMENTS_OF_CHECKOUT_MAX: usize = 16;

const BY_CHECKOUT: &str = "SELECT id, checkout_id, gateway, reference, state, amount, currency, next_url, reason, ask_at, \
     updated_at, created_at FROM payments WHERE checkout_id = $1 ORDER BY created_at, id LIMIT 16";
const BY_ID: &str = "SELECT id, checkout_id, gateway, reference, state, amount, currency, next_url, reason, ask_at, \
     updated_at, created_at FROM payments WHERE id = $1 LIMIT 1";
const BY_REFERENCE: &str = "SELECT id, checkout_id, gateway, reference, state, amount, currency, next_url, reason, ask_at, \
     updated_at, created_at FROM payments WHERE reference = $1 AND gateway = $2 ORDER BY id LIMIT 1";
const DUE: &str = "SELECT id, checkout_id, gateway, reference, state, amount, currency, next_url, reason, ask_at, \
     updated_at, created_at FROM payments WHERE ask_at <= $1 ORDER BY ask_at, id LIMIT 64";
const IN_REVIEW: &str = "SELECT id, checkout_id, gateway, reference, state, amount, currency, next_url, reason, ask_at, \
     updated_at, created_at FROM payments WHERE state = 'review' ORDER BY created_at, id LIMIT 64";
const INSERT: &str = "INSERT INTO payments (id, checkout_id, gateway, reference, state, amount, currency, next_url, \
     reason, ask_at, created_at, updated_at) VALUES ($1, $2, $3, NULL, 'created', $4, $5, NULL, NULL, $6, $7, $7)";
const STARTED: &str = "UPDATE payments SET reference = $2, next_url = $3, state = $4, ask_at = $5, updated_at = $6 \
     WHERE id = $1 AND state IN ('created', 'pending')";
const SET_STATE: &str = "UPDATE payments SET state = $3, reason = $4, ask_at = $5, updated_at = $6 \
     WHERE id = $1 AND state = $2";
const ASK_LATER: &str = "UPDATE payments SET ask_at = $2, updated_at = $3 WHERE id = $1";
const ASK_NEXT: &str = "UPDATE payments SET ask_at = $2, updated_at = $3 WHERE id = $1 AND ask_at = $4";
const ADD_LEDGER: &str = "INSERT INTO ledger (id, payment_id, checkout_id, kind, amount, currency, idempotency_key, at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (idempotency_key) DO NOTHING";
const ADD_LEDGER_CARD: &str = "INSERT INTO ledger_cards (ledger_id, card_id) VALUES ($1, $2)";
const LEDGER: &str = "SELECT l.payment_id, l.kind, l.amount, l.currency, l.idempotency_key, l.at, c.card_id FROM ledger l \
     LEFT JOIN ledger_cards c ON c.ledger_id = l.id WHERE l.checkout_id = $1 ORDER BY l.at, l.id LIMIT 1000";
const SEEN: &str = "INSERT INTO webhook_events (gateway, event_id, at) VALUES ($1, $2, $3) \
     ON CONFLICT (gateway, event_id) DO NOTHING";
const SEEN_BEFORE: &str = "SELECT at FROM webhook_events WHERE gateway = $1 AND event_id = $2 LIMIT 1";
const FORGET_SEEN: &str = "DELETE FROM webhook_events WHERE (gateway, event_id) IN \
     (SELECT gateway, event_id FROM webhook_events WHERE at < $1 ORDER BY at LIMIT 1000)";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[
    BY_CHECKOUT,
    BY_ID,
    BY_REFERENCE,
    DUE,
    IN_REVIEW,
    INSERT,
    STARTED,
    SET_STATE,
    ASK_LATER,
    ASK_NEXT,
    ADD_LEDGER,
    ADD_LEDGER_CARD,
    LEDGER,
    SEEN,
    SEEN_BEFORE,
    FORGET_SEEN,
]);

/// A payment as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its id.
    pub id: PaymentId,
    /// What it pays for.
    pub checkout: CheckoutId,
    /// Code of the gateway.
    pub gateway: String,
    /// The gateway's own reference, once it has one.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// What is to be paid.
    pub amount: Money,
    /// Where the shopper is sent.
    pub next_url: Option<String>,
    /// Why it was declined, or must be looked at.
    pub reason: Option<String>,
    /// When the sweep asks about it next; none once it is final.
    pub ask_at: Option<Moment>,
    /// When it last changed.
    pub updated_at: Moment,
    /// When it was begun.
    pub created_at: Moment,
}

/// What a change of state writes.
#[derive(Clone, Copy, Debug)]
pub struct PaymentChange<'c> {
    /// The state that it was read in; another one by now is a conflict.
    pub from: PaymentState,
    /// The new state.
    pub to: PaymentState,
    /// Why, where a person may ask.
    pub reason: Option<&'c str>,
    /// When to ask next.
    pub ask_at: Option<Moment>,
}

fn payment(row: &Row) -> Result<PaymentRow, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "payments", key: &key };
    let state = row.text(4)?;
    let currency = Currency::parse(&row.text(6)?).map_err(|error| place.damaged(error))?;
    Ok(PaymentRow {
        id: place.id(PaymentId::parse, &key)?,
        checkout: place.id(CheckoutId::parse, &row.text(1)?)?,
        gateway: row.text(2)?,
        reference: row.opt_text(3)?,
        state: PaymentState::from_name(&state).ok_or_else(|| place.damaged(format!("state {state}")))?,
        amount: Money::from_minor(row.int(5)?, currency),
        next_url: row.opt_text(7)?,
        reason: row.opt_text(8)?,
        ask_at: row.opt_int(9)?.map(Moment::from_micros),
        updated_at: Moment::from_micros(row.int(10)?),
        created_at: Moment::from_micros(row.int(11)?),
    })
}

pub(crate) fn ledger_entry(row: &Row) -> Result<LedgerEntry, DbError> {
    let key = row.text(4)?;
    let place = Place { table: "ledger", key: &key };
    let kind = row.text(1)?;
    let currency = Currency::parse(&row.text(3)?).map_err(|error| place.damaged(error))?;
    Ok(LedgerEntry {
        payment: place.id(PaymentId::parse, &row.text(0)?)?,
        card: row.opt_text(6)?.map(|id| place.id(GiftCardId::parse, &id)).transpose()?,
        kind: LedgerKind::from_name(&kind).ok_or_else(|| place.damaged(format!("kind {kind}")))?,
        amount: Money::from_minor(row.int(2)?, currency),
        at: Moment::from_micros(row.int(5)?),
        key,
    })
}

impl Db {
    /// The first 64 payments that wait for a person, the oldest first.
    pub async fn list_payments_in_review(&self) -> Result<Vec<PaymentRow>, DbError> {
        self.fetch(IN_REVIEW, &[]).await?.iter().map(payment).collect()
    }

    /// Payments of a checkout, the oldest first.
    pub async fn list_payments(&self, checkout: CheckoutId) -> Result<Vec<PaymentRow>, DbError> {
        self.fetch(BY_CHECKOUT, binds![&checkout.to_string()]).await?.iter().map(payment).collect()
    }

    /// One payment.
    pub async fn find_payment(&self, id: PaymentId) -> Result<Option<PaymentRow>, DbError> {
        self.fetch(BY_ID, binds![&id.to_string()]).await?.first().map(payment).transpose()
    }

    /// The payment that a gateway calls so.
    pub async fn find_payment_by_reference(
        &self,
        gateway: &str,
        reference: &str,
    ) -> Result<Option<PaymentRow>, DbError> {
        self.fetch(BY_REFERENCE, binds![reference, gateway]).await?.first().map(payment).transpose()
    }

    /// Payments to ask about by now; at most [`SWEEP_MAX`].
    pub async fn list_payments_to_ask(&self, now: Moment) -> Result<Vec<PaymentRow>, DbError> {
        self.fetch(DUE, binds![now.micros()]).await?.iter().map(payment).collect()
    }

    /// The ledger of an order, in order of time.
    pub async fn load_ledger(&self, checkout: CheckoutId) -> Result<Vec<LedgerEntry>, DbError> {
        self.fetch(LEDGER, binds![&checkout.to_string()]).await?.iter().map(ledger_entry).collect()
    }

    /// Notes that the gateway gave this payment a reference and a page.
    pub async fn payment_started(
        &self,
        id: PaymentId,
        reference: &str,
        next_url: Option<&str>,
        state: PaymentState,
        ask_at: Option<Moment>,
        now: Moment,
    ) -> Result<bool, DbError> {
        let ask_at = ask_at.map(Moment::micros);
        let id = id.to_string();
        let binds = binds![&id, reference, next_url, state.name(), ask_at, now.micros()];
        Ok(self.execute(STARTED, binds).await? > 0)
    }

    /// Asks about a payment again at another moment.
    pub async fn ask_payment_later(&self, id: PaymentId, at: Moment, now: Moment) -> Result<(), DbError> {
        self.execute(ASK_LATER, binds![&id.to_string(), at.micros(), now.micros()]).await.map(|_| ())
    }

    /// Says when a payment that was asked about is asked about next, if ever; not if somebody said so meanwhile.
    pub async fn ask_payment_next(&self, asked: &PaymentRow, at: Option<Moment>, now: Moment) -> Result<(), DbError> {
        let (at, before) = (at.map(Moment::micros), asked.ask_at.map(Moment::micros));
        self.execute(ASK_NEXT, binds![&asked.id.to_string(), at, now.micros(), before]).await.map(|_| ())
    }

    /// Notes a webhook's event; `false` if it was seen before.
    pub async fn note_webhook(&self, gateway: &str, event_id: &str, now: Moment) -> Result<bool, DbError> {
        Ok(self.execute(SEEN, binds![gateway, event_id, now.micros()]).await? > 0)
    }

    /// Whether a webhook's event was noted.
    pub async fn has_webhook(&self, gateway: &str, event_id: &str) -> Result<bool, DbError> {
        Ok(!self.fetch(SEEN_BEFORE, binds![gateway, event_id]).await?.is_empty())
    }

    /// Forgets webhooks from before, at most 1,000; how many they were. A replay that old fails by its time anyway.
    pub async fn forget_webhooks(&self, before: Moment) -> Result<u64, DbError> {
        self.execute(FORGET_SEEN, binds![before.micros()]).await
    }
}

impl Tx {
    /// Writes a payment before its gateway is called. The sweep will ask about it at `ask_at`, whatever happens.
    pub async fn insert_payment(
        &mut self,
        id: PaymentId,
        checkout: CheckoutId,
        gateway: &str,
        amount: Money,
        ask_at: Moment,
        now: Moment,
    ) -> Result<(), DbError> {
        let (id, checkout, currency) = (id.to_string(), checkout.to_string(), amount.currency().to_string());
        let binds = binds![&id, &checkout, gateway, amount.minor(), &currency, ask_at.micros(), now.micros()];
        self.execute(INSERT, binds).await.map(|_| ())
    }

    /// Changes a payment's state; a conflict if it is not in the state any more that it was read in.
    pub async fn change_payment(
        &mut self,
        id: PaymentId,
        change: PaymentChange<'_>,
        now: Moment,
    ) -> Result<(), DbError> {
        let ask_at = change.ask_at.map(Moment::micros);
        let id = id.to_string();
        let binds = binds![&id, change.from.name(), change.to.name(), change.reason, ask_at, now.micros()];
        if self.execute(SET_STATE, binds).await? == 0 { Err(DbError::Conflict) } else { Ok(()) }
    }

    /// Adds an entry to the ledger; `false` if one of its key is there already.
    pub async fn add_ledger(&mut self, checkout: CheckoutId, entry: &LedgerEntry, id: &str) -> Result<bool, DbError> {
        let (payment, checkout) = (entry.payment.to_string(), checkout.to_string());
        let currency = entry.amount.currency().to_string();
        let binds = [
            Bind::from(id),
            Bind::from(&payment),
            Bind::from(&checkout),
            Bind::from(entry.kind.name()),
            Bind::from(entry.amount.minor()),
            Bind::from(&currency),
            Bind::from(&entry.key),
            Bind::from(entry.at.micros()),
        ];
        if self.execute(ADD_LEDGER, &binds).await? == 0 {
            return Ok(false);
        }
        if let Some(card) = entry.card {
            self.execute(ADD_LEDGER_CARD, binds![id, &card.to_string()]).await?;
        }
        Ok(true)
    }

    /// Payments of a checkout, as of the transaction.
    pub async fn list_payments(&mut self, checkout: CheckoutId) -> Result<Vec<PaymentRow>, DbError> {
        self.fetch(BY_CHECKOUT, binds![&checkout.to_string()]).await?.iter().map(payment).collect()
    }

    /// The ledger of an order, as of the transaction.
    pub async fn load_ledger(&mut self, checkout: CheckoutId) -> Result<Vec<LedgerEntry>, DbError> {
        self.fetch(LEDGER, binds![&checkout.to_string()]).await?.iter().map(ledger_entry).collect()
    }
}
