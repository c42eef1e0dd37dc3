//! Changes of cards. Every one of a balance is a conditional statement with an entry beside it, in one transaction.

use super::{CardLetter, StoredCard};
use crate::engine::{Bind, Db, Tx, binds};
use crate::error::DbError;
use crate::sql::{RowsSql, Statements};
use commerce::event::Actor;
use commerce::gift_card::{CardEntryKind, GIFT_CARD_MINOR_MAX, GiftCard, Tender};
use commerce::ids::{CheckoutId, GiftCardId, HoldId, OrderId, derived_uuid};
use commerce::moment::Moment;
use commerce::money::Money;
use std::sync::LazyLock;

const INSERT: &str = "INSERT INTO gift_cards (id, code_hash, last_four, kind, currency, initial, balance, state, \
     expires_at, order_id, line, recipient, giver, message, language, created_at, sent_at) VALUES ($1, $2, $3, $4, $5, \
     $6, $6, 'active', $7, $8, $9, $10, $11, $12, $13, $14, NULL) ON CONFLICT (id) DO NOTHING";
const TAKE: &str = "UPDATE gift_cards SET balance = balance - $2 WHERE id = $1 AND balance >= $2 AND currency = $3 \
     AND state = 'active' AND (expires_at IS NULL OR expires_at > $4)";
const GIVE: &str = "UPDATE gift_cards SET balance = balance + $2 WHERE id = $1";
const ADJUST: &str = "UPDATE gift_cards SET balance = balance + $2 WHERE id = $1 AND balance + $2 >= 0 \
     AND balance + $2 <= $3";
const SET_STATE: &str = "UPDATE gift_cards SET state = $2 WHERE id = $1 AND state <> $2";
const BLOCK_UNSPENT: &str =
    "UPDATE gift_cards SET state = 'blocked' WHERE id = $1 AND balance = $2 AND state = 'active'";
const SENT: &str = "UPDATE gift_cards SET sent_at = $2 WHERE id = $1";
const SET_RECIPIENT: &str = "UPDATE gift_cards SET recipient = $2 WHERE id = $1";
const FORGET_LETTERS: &str = "UPDATE gift_cards SET recipient = NULL, giver = NULL, message = NULL WHERE id IN \
     (SELECT id FROM gift_cards WHERE sent_at < $1 AND (recipient IS NOT NULL OR giver IS NOT NULL \
     OR message IS NOT NULL) ORDER BY sent_at LIMIT 1000)";

static INSERT_HOLD_CARDS: LazyLock<RowsSql> =
    LazyLock::new(|| RowsSql::new("hold_cards", "hold_id T, card_id T, amount I", &[1, 8]));
static INSERT_ENTRIES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns =
        "id T, card_id T, kind T, amount I, change I, checkout_id T, actor_kind T, actor_id T, reason T, at I";
    RowsSql::new("gift_card_entries", columns, &[1, 8])
});

pub(super) const STATEMENTS: Statements = Statements {
    plain: &[INSERT, TAKE, GIVE, ADJUST, SET_STATE, BLOCK_UNSPENT, SENT, SET_RECIPIENT, FORGET_LETTERS],
    lists: &[],
    rows: &[&INSERT_HOLD_CARDS, &INSERT_ENTRIES],
};

/// A card to be made.
#[derive(Clone, Debug)]
pub struct NewCard {
    /// What it pays; its balance is its worth.
    pub card: GiftCard,
    /// SHA-256 of its code's sixteen signs, as hex.
    pub code_hash: String,
    /// The order and the place of the line that it was bought with, if it was bought.
    pub bought: Option<(OrderId, usize)>,
    /// What its letter says.
    pub letter: CardLetter,
}

/// An entry to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'e> {
    /// The card.
    pub card: GiftCardId,
    /// What happened.
    pub kind: CardEntryKind,
    /// How much it is about.
    pub amount: Money,
    /// The checkout that it belongs to, if to one.
    pub checkout: Option<CheckoutId>,
    /// Who did it.
    pub actor: &'e Actor,
    /// Why; may be empty.
    pub reason: &'e str,
    /// Names the movement: one of this name is written once.
    pub key: &'e str,
    /// When.
    pub at: Moment,
}

/// The id of an entry, so that no movement is written twice.
pub(crate) fn entry_id(card: GiftCardId, kind: CardEntryKind, key: &str) -> String {
    derived_uuid("gift_card_entry", &format!("{card} {} {key}", kind.name())).hyphenated().to_string()
}

/// Puts back what a hold has of a card.
pub(crate) async fn give_back(
    tx: &mut Tx,
    (hold, checkout): (HoldId, &str),
    card: &str,
    minor: i64,
    now: Moment,
) -> Result<(), DbError> {
    tx.execute(GIVE, binds![card, minor]).await?;
    let kind = CardEntryKind::GivenBack;
    let key = derived_uuid("gift_card_entry", &format!("{card} {} {hold}", kind.name())).hyphenated().to_string();
    let row = vec![
        (&key).into(),
        card.into(),
        kind.name().into(),
        minor.into(),
        minor.into(),
        checkout.into(),
        "job".into(),
        "release".into(),
        "".into(),
        now.micros().into(),
    ];
    tx.put_rows(&INSERT_ENTRIES, vec![row]).await
}

impl Db {
    /// Forgets whom cards were sent to and with which words, of letters from before; at most 1,000. How many they were.
    pub async fn forget_card_letters(&self, before: Moment) -> Result<u64, DbError> {
        self.execute(FORGET_LETTERS, binds![before.micros()]).await
    }

    /// Notes that a card's letter went out.
    pub async fn card_was_sent(&self, id: GiftCardId, now: Moment) -> Result<(), DbError> {
        self.execute(SENT, binds![&id.to_string(), now.micros()]).await.map(|_| ())
    }
}

impl Tx {
    /// Makes a card; `false`, and nothing written, if there is one of its id.
    pub async fn insert_gift_card(&mut self, new: &NewCard, entry: NewEntry<'_>) -> Result<bool, DbError> {
        let NewCard { card, code_hash, bought, letter } = new;
        let (id, currency, language) =
            (card.id.to_string(), card.initial.currency().to_string(), letter.language.to_string());
        let order = bought.map(|(order, _)| order.to_string());
        let line = bought.map(|(_, line)| i64::try_from(line).unwrap_or_default());
        let binds = binds![
            &id,
            code_hash,
            &card.last_four,
            card.kind.name(),
            &currency,
            card.initial.minor(),
            card.expires_at.map(Moment::micros),
            order.as_deref(),
            line,
            letter.recipient.as_deref(),
            letter.giver.as_deref(),
            letter.message.as_deref(),
            &language,
            entry.at.micros()
        ];
        if self.execute(INSERT, binds).await? == 0 {
            return Ok(false);
        }
        self.write_card_entries(&[entry]).await.map(|()| true)
    }

    /// Writes what a hold has of cards, with an entry each; two statements whatever their number. The money itself
    /// leaves the cards by [`Tx::take_from_card`].
    pub async fn insert_hold_cards(
        &mut self,
        hold: HoldId,
        checkout: CheckoutId,
        tenders: &[Tender],
        now: Moment,
    ) -> Result<(), DbError> {
        if tenders.is_empty() {
            return Ok(());
        }
        let (hold, cards) = (hold.to_string(), tenders.iter().map(|tender| tender.card.to_string()));
        let cards: Vec<String> = cards.collect();
        let rows = cards.iter().zip(tenders);
        let rows = rows.map(|(card, tender)| vec![(&hold).into(), card.into(), tender.amount.minor().into()]);
        self.put_rows(LazyLock::force(&INSERT_HOLD_CARDS), rows.collect()).await?;
        let entry = |tender: &Tender| NewEntry {
            card: tender.card,
            kind: CardEntryKind::Held,
            amount: tender.amount,
            checkout: Some(checkout),
            actor: &Actor::Visitor,
            reason: "",
            key: &hold,
            at: now,
        };
        let entries: Vec<NewEntry<'_>> = tenders.iter().map(entry).collect();
        self.write_card_entries(&entries).await
    }

    /// Takes money off a card, all of it or none: one statement, so two checkouts cannot both have it. `false` where
    /// less is left, or the card pays no more.
    pub async fn take_from_card(&mut self, tender: &Tender, now: Moment) -> Result<bool, DbError> {
        let (id, currency) = (tender.card.to_string(), tender.amount.currency().to_string());
        Ok(self.execute(TAKE, binds![&id, tender.amount.minor(), &currency, now.micros()]).await? > 0)
    }

    /// Puts money on a card; what was blocked or has expired stays so. The entry says why.
    pub async fn put_on_card(&mut self, entry: NewEntry<'_>) -> Result<(), DbError> {
        self.execute(GIVE, binds![&entry.card.to_string(), entry.amount.minor()]).await?;
        self.write_card_entries(&[entry]).await
    }

    /// Changes what is left on a card by hand, up or down; `false` if it would be less than nothing, or more than a card
    /// holds.
    pub async fn adjust_card(&mut self, entry: NewEntry<'_>) -> Result<bool, DbError> {
        let change = entry.kind.change(entry.amount).minor();
        if self.execute(ADJUST, binds![&entry.card.to_string(), change, GIFT_CARD_MINOR_MAX]).await? == 0 {
            return Ok(false);
        }
        self.write_card_entries(&[entry]).await.map(|()| true)
    }

    /// Blocks a card, or lets it pay again; `false` if it was so.
    pub async fn block_card(&mut self, id: GiftCardId, is_blocked: bool) -> Result<bool, DbError> {
        let state = if is_blocked { "blocked" } else { "active" };
        Ok(self.execute(SET_STATE, binds![&id.to_string(), state]).await? > 0)
    }

    /// Blocks a card that has as much left as when it was read; `false` if somebody spends of it at this moment.
    pub async fn block_card_as_read(&mut self, read: &StoredCard) -> Result<bool, DbError> {
        let id = read.card.id.to_string();
        Ok(self.execute(BLOCK_UNSPENT, binds![&id, read.card.balance.minor()]).await? > 0)
    }

    /// Gives a card another recipient.
    pub async fn set_card_recipient(&mut self, id: GiftCardId, recipient: &str) -> Result<(), DbError> {
        self.execute(SET_RECIPIENT, binds![&id.to_string(), recipient]).await.map(|_| ())
    }

    /// Writes entries that change no balance by themselves; one statement for every eight.
    pub async fn write_card_entries(&mut self, entries: &[NewEntry<'_>]) -> Result<(), DbError> {
        type Texts = (String, String, Option<String>, (&'static str, String));
        let texts = |entry: &NewEntry<'_>| -> Texts {
            let checkout = entry.checkout.map(|checkout| checkout.to_string());
            (entry_id(entry.card, entry.kind, entry.key), entry.card.to_string(), checkout, entry.actor.columns())
        };
        let texts: Vec<Texts> = entries.iter().map(texts).collect();
        let rows = entries.iter().zip(&texts).map(|(entry, (id, card, checkout, (actor, actor_id)))| {
            let row: Vec<Bind<'_>> = vec![
                id.into(),
                card.into(),
                entry.kind.name().into(),
                entry.amount.minor().into(),
                entry.kind.change(entry.amount).minor().into(),
                checkout.as_deref().into(),
                (*actor).into(),
                actor_id.into(),
                entry.reason.into(),
                entry.at.micros().into(),
            ];
            row
        });
        self.put_rows(LazyLock::force(&INSERT_ENTRIES), rows.collect()).await
    }
}
