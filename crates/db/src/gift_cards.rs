//! Gift cards and store credit. What is left on a card is one number of one row: every payment takes it down by one
//! conditional statement, so that no two can spend the same money. Each change leaves an entry that is never touched
//! again; their sum is the balance.

mod write;

pub(crate) use write::give_back;
pub use write::{NewCard, NewEntry};

use crate::checkouts::{Hold, hold};
use crate::codec::Place;
use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::{ListSql, Statements};
use commerce::gift_card::{CardEntryKind, GiftCard, GiftCardKind};
use commerce::ids::{CheckoutId, GiftCardId, OrderId};
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Most cards of one page of a list.
pub const GIFT_CARDS_PER_PAGE_MAX: usize = 1_000;
/// Most entries of a card that are shown, the newest of them.
pub const CARD_ENTRIES_MAX: usize = 1_000;

const BY_ID: &str = "SELECT id, last_four, kind, currency, initial, balance, state, expires_at, order_id, line, recipient, \
     giver, message, language, created_at, sent_at, code_hash FROM gift_cards WHERE id = $1 LIMIT 1";
const PAGE: &str = "SELECT id, last_four, kind, currency, initial, balance, state, expires_at, order_id, line, recipient, \
     giver, message, language, created_at, sent_at, code_hash FROM gift_cards WHERE (created_at, id) < ($1, $2) \
     ORDER BY created_at DESC, id DESC LIMIT $3";
const OF_ORDER: &str = "SELECT id, last_four, kind, currency, initial, balance, state, expires_at, order_id, line, recipient, \
     giver, message, language, created_at, sent_at, code_hash FROM gift_cards WHERE order_id = $1 \
     ORDER BY line, id LIMIT 10000";
const ENTRIES: &str = "SELECT e.kind, e.amount, e.checkout_id, e.actor_kind, e.reason, e.at, c.currency, o.number, e.id \
     FROM gift_card_entries e JOIN gift_cards c ON c.id = e.card_id LEFT JOIN orders o ON o.id = e.checkout_id \
     WHERE e.card_id = $1 ORDER BY e.at DESC, e.id LIMIT 1000";
const EXPIRED_OF: &str = "SELECT h.id, h.checkout_id, h.state, h.expires_at FROM hold_cards c JOIN holds h \
     ON h.id = c.hold_id WHERE c.card_id = $1 AND h.state IN ('held', 'releasing') AND h.expires_at <= $2 \
     ORDER BY h.expires_at, h.id LIMIT 64";
const SUMS: &str = "SELECT currency, COUNT(*), CAST(SUM(balance) AS BIGINT) FROM gift_cards WHERE state = 'active' \
     AND balance > 0 AND (expires_at IS NULL OR expires_at > $1) GROUP BY currency ORDER BY currency LIMIT 200";

static BY_HASH: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT id, last_four, kind, currency, initial, balance, state, expires_at, order_id, line, recipient, giver, \
         message, language, created_at, sent_at, code_hash FROM gift_cards WHERE code_hash IN ({keys}) \
         ORDER BY code_hash LIMIT 64",
    )
});
/// What open holds have of cards: card, checkout, amount, end of the hold.
static HELD_OF: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT c.card_id, h.checkout_id, c.amount, h.expires_at FROM hold_cards c JOIN holds h ON h.id = c.hold_id \
         WHERE c.card_id IN ({keys}) AND h.state IN ('held', 'releasing') ORDER BY h.expires_at, h.id LIMIT 1024",
    )
});

pub(crate) const STATEMENTS: Statements =
    Statements { plain: &[BY_ID, PAGE, OF_ORDER, ENTRIES, EXPIRED_OF, SUMS], lists: &[&BY_HASH, &HELD_OF], rows: &[] };
pub(crate) const WRITE_STATEMENTS: Statements = write::STATEMENTS;

/// A card as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCard {
    /// What it pays.
    pub card: GiftCard,
    /// SHA-256 of its code's sixteen signs, as hex.
    pub code_hash: String,
    /// The order and the place of the line that it was bought with, if it was bought.
    pub bought: Option<(OrderId, usize)>,
    /// What its letter says.
    pub letter: CardLetter,
    /// When it was made.
    pub created_at: Moment,
    /// When its letter last went out.
    pub sent_at: Option<Moment>,
}

/// Whom a card goes to, and with which words. Empty where nobody said, and after its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLetter {
    /// Mail address of whoever gets it.
    pub recipient: Option<String>,
    /// Who gives it.
    pub giver: Option<String>,
    /// What they write.
    pub message: Option<String>,
    /// The language of the letter.
    pub language: Language,
}

/// An entry of a card's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardEntry {
    /// What happened.
    pub kind: CardEntryKind,
    /// How much it is about.
    pub amount: Money,
    /// The checkout that it belongs to, if to one.
    pub checkout: Option<CheckoutId>,
    /// The number of the order that this checkout became, as it is kept.
    pub order_number: Option<String>,
    /// Kind of who did it.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Moment,
}

/// What open holds have of a card, as far as it can be spent all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldOfCard {
    /// By the checkout that asks.
    pub own_minor: i64,
    /// By others, whose time is over.
    pub expired_minor: i64,
    /// By others, who may still pay.
    pub others_minor: i64,
}

fn card(row: &Row) -> Result<StoredCard, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "gift_cards", key: &key };
    let kind = row.text(2)?;
    let currency = Currency::parse(&row.text(3)?).map_err(|error| place.damaged(error))?;
    let state = row.text(6)?;
    if !["active", "blocked"].contains(&state.as_str()) {
        return Err(place.damaged(format!("state {state}")));
    }
    let order = row.opt_text(8)?.map(|id| place.id(OrderId::parse, &id)).transpose()?;
    let line = row.opt_int(9)?.map(usize::try_from).transpose().map_err(|error| place.damaged(error))?;
    Ok(StoredCard {
        card: GiftCard {
            id: place.id(GiftCardId::parse, &key)?,
            last_four: row.text(1)?,
            kind: GiftCardKind::from_name(&kind).ok_or_else(|| place.damaged(format!("kind {kind}")))?,
            initial: Money::from_minor(row.int(4)?, currency),
            balance: Money::from_minor(row.int(5)?, currency),
            is_blocked: state == "blocked",
            expires_at: row.opt_int(7)?.map(Moment::from_micros),
        },
        bought: order.zip(line),
        letter: CardLetter {
            recipient: row.opt_text(10)?,
            giver: row.opt_text(11)?,
            message: row.opt_text(12)?,
            language: Language::parse(&row.text(13)?).map_err(|error| place.damaged(error))?,
        },
        created_at: Moment::from_micros(row.int(14)?),
        sent_at: row.opt_int(15)?.map(Moment::from_micros),
        code_hash: row.text(16)?,
    })
}

fn card_entry(row: &Row) -> Result<CardEntry, DbError> {
    let key = row.text(8)?;
    let place = Place { table: "gift_card_entries", key: &key };
    let kind = row.text(0)?;
    let currency = Currency::parse(&row.text(6)?).map_err(|error| place.damaged(error))?;
    Ok(CardEntry {
        kind: CardEntryKind::from_name(&kind).ok_or_else(|| place.damaged(format!("kind {kind}")))?,
        amount: Money::from_minor(row.int(1)?, currency),
        checkout: row.opt_text(2)?.map(|id| place.id(CheckoutId::parse, &id)).transpose()?,
        order_number: row.opt_text(7)?,
        actor: row.text(3)?,
        reason: row.text(4)?,
        at: Moment::from_micros(row.int(5)?),
    })
}

impl Db {
    /// A card.
    pub async fn find_gift_card(&self, id: GiftCardId) -> Result<Option<StoredCard>, DbError> {
        self.fetch(BY_ID, binds![&id.to_string()]).await?.first().map(card).transpose()
    }

    /// The cards that have codes of these hashes, in no order; one statement for every 64.
    pub async fn find_gift_cards_by_hash(&self, hashes: &[String]) -> Result<Vec<StoredCard>, DbError> {
        self.fetch_list(&BY_HASH, hashes).await?.iter().map(card).collect()
    }

    /// What open holds have of these cards, seen by one checkout.
    pub async fn held_of_cards(
        &self,
        cards: &[GiftCardId],
        checkout: Option<CheckoutId>,
        now: Moment,
    ) -> Result<HashMap<GiftCardId, HeldOfCard>, DbError> {
        let keys: Vec<String> = cards.iter().map(ToString::to_string).collect();
        let mut found: HashMap<GiftCardId, HeldOfCard> = HashMap::new();
        for row in self.fetch_list(&HELD_OF, &keys).await? {
            let key = row.text(0)?;
            let place = Place { table: "hold_cards", key: &key };
            let of_card = found.entry(place.id(GiftCardId::parse, &key)?).or_default();
            let is_own = checkout.is_some_and(|own| row.text(1).is_ok_and(|id| id == own.to_string()));
            let minor = if is_own {
                &mut of_card.own_minor
            } else if row.int(3)? <= now.micros() {
                &mut of_card.expired_minor
            } else {
                &mut of_card.others_minor
            };
            *minor = minor.saturating_add(row.int(2)?);
        }
        Ok(found)
    }

    /// Cards, the newest first, from before one; at most [`GIFT_CARDS_PER_PAGE_MAX`].
    pub async fn list_gift_cards(
        &self,
        before: Option<(Moment, GiftCardId)>,
        limit: usize,
    ) -> Result<Vec<StoredCard>, DbError> {
        let (moment, id) = before.map_or((i64::MAX, "~".to_owned()), |(at, id)| (at.micros(), id.to_string()));
        let limit = i64::try_from(limit.min(GIFT_CARDS_PER_PAGE_MAX)).unwrap_or(1);
        self.fetch(PAGE, binds![moment, &id, limit]).await?.iter().map(card).collect()
    }

    /// The cards that were bought with an order, in the order of its lines.
    pub async fn list_gift_cards_of(&self, order: OrderId) -> Result<Vec<StoredCard>, DbError> {
        self.fetch(OF_ORDER, binds![&order.to_string()]).await?.iter().map(card).collect()
    }

    /// Entries of a card, the newest first; at most [`CARD_ENTRIES_MAX`].
    pub async fn list_card_entries(&self, id: GiftCardId) -> Result<Vec<CardEntry>, DbError> {
        self.fetch(ENTRIES, binds![&id.to_string()]).await?.iter().map(card_entry).collect()
    }

    /// Holds that have money of a card and whose time is over, the oldest first.
    pub async fn list_expired_holds_of_card(&self, id: GiftCardId, now: Moment) -> Result<Vec<Hold>, DbError> {
        self.fetch(EXPIRED_OF, binds![&id.to_string(), now.micros()]).await?.iter().map(hold).collect()
    }

    /// What the store owes by cards that pay: how many they are, and what is left on them, by currency.
    pub async fn sum_gift_cards(&self, now: Moment) -> Result<Vec<(i64, Money)>, DbError> {
        let rows = self.fetch(SUMS, binds![now.micros()]).await?;
        let sum = |row: &Row| {
            let code = row.text(0)?;
            let place = Place { table: "gift_cards", key: &code };
            let currency = Currency::parse(&code).map_err(|error| place.damaged(error))?;
            Ok((row.int(1)?, Money::from_minor(row.int(2)?, currency)))
        };
        rows.iter().map(sum).collect()
    }
}

impl Tx {
    /// A card, as of the transaction.
    pub async fn find_gift_card(&mut self, id: GiftCardId) -> Result<Option<StoredCard>, DbError> {
        self.fetch(BY_ID, binds![&id.to_string()]).await?.first().map(card).transpose()
    }

    /// The cards that were bought with an order, as of the transaction.
    pub async fn list_gift_cards_of(&mut self, order: OrderId) -> Result<Vec<StoredCard>, DbError> {
        self.fetch(OF_ORDER, binds![&order.to_string()]).await?.iter().map(card).collect()
    }
}
