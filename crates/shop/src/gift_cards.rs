//! Gift cards and store credit: what they pay of a checkout, how they are made, and what staff do with them.
//!
//! A card's code is derived from the store's keys and the card's random id, as the links of orders are
//! (`docs/decisions/0007-gift-card-codes.md`): the database holds its hash alone, and every letter can tell it.

mod bought;

pub use bought::CARDS_PER_TRANSACTION_MAX;

use crate::checkout::{CheckoutQuote, sha256_hex};
use crate::keys::Purpose;
use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::gift_card::{
    CardEntryKind, GIFT_CARD_MINOR_MAX, GIFT_CARD_REASON_CHARS_MAX, GIFT_CARDS_PER_CHECKOUT_MAX, GiftCard,
    GiftCardCode, GiftCardKind, GiftCardRefusal, Tender, payable, split,
};
use commerce::ids::{CheckoutId, GiftCardId, OrderId};
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::Money;
pub use db::gift_cards::{CardEntry, CardLetter, StoredCard};
use db::gift_cards::{NewCard, NewEntry};
use db::{DbError, MaybeConflict, Tx};
use std::io::Write;

/// Most cards that one command makes.
pub const GIFT_CARDS_AT_ONCE_MAX: u32 = 10_000;

/// A code that a shopper has typed, and whether it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedCard {
    /// The last four signs of the code.
    pub last_four: String,
    /// What the card pays; nothing is a card that is not needed. Else why it does not pay.
    pub outcome: Result<Money, GiftCardRefusal>,
}

/// What cards pay of a checkout, and what is left to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidByCards {
    /// Every code that was typed, in order.
    pub typed: Vec<TypedCard>,
    /// What pays.
    pub tenders: Vec<Tender>,
    /// What is left for the payment.
    pub to_pay: Money,
}

/// Why nothing was done with a card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// There is none of that id or code.
    #[error("there is no such gift card")]
    NoCard,
    /// It is worth nothing, or more than a card may be.
    #[error("a gift card is worth more than nothing, and at most {0}")]
    Amount(Money),
    /// More would go off it than there is, or more on it than a card holds.
    #[error("{left} is left on this gift card, and a card holds at most {most}: a change by {change} does not fit")]
    Change {
        /// What is left.
        left: Money,
        /// What a card holds at most.
        most: Money,
        /// What was asked for.
        change: Money,
    },
    /// It would pay no more as soon as it is made.
    #[error("the card would expire before it is used")]
    ExpiresAtOnce,
    /// A reason is missing or too long.
    #[error("a reason has 1 to {GIFT_CARD_REASON_CHARS_MAX} characters that can be printed")]
    Reason,
    /// Nobody is known to send it to.
    #[error("nobody is known to send this card to; name an address")]
    NoRecipient,
    /// Its code was derived from a key that is not kept any more.
    #[error("the code of this card cannot be told any more: the key that it came from is not kept")]
    CodeIsLost,
    /// It is blocked, used up or over, and such a card is not sent.
    #[error("this card does not pay any more")]
    DoesNotPay,
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for CardError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// A card to be made by staff.
#[derive(Clone, Debug)]
pub struct WantedCard {
    /// What it is worth.
    pub worth: Money,
    /// A gift, or credit of a customer.
    pub kind: GiftCardKind,
    /// The first moment at which it pays no more.
    pub expires_at: Option<Moment>,
    /// Whom it is sent to; none for a card whose code is handed over otherwise.
    pub letter: Option<CardLetter>,
    /// Why.
    pub reason: String,
}

impl CheckoutQuote {
    /// What its gift cards cost, which are not paid for with gift cards.
    pub fn gift_cards_gross(&self) -> Money {
        let sold = self.basket.lines.iter().filter_map(|line| line.sold.as_ref()).zip(&self.quote().lines);
        let cards = sold.filter(|(sold, _)| sold.document.is_gift_card).map(|(_, figure)| figure.total.gross());
        Money::sum(self.quote().total.gross().currency(), cards).unwrap_or(self.quote().total.gross())
    }
}

/// What finds a card by its code.
fn code_hash(code: &GiftCardCode) -> String {
    sha256_hex(code.secret().as_bytes())
}

impl Shop {
    /// The codes that a card of this id has by each of the keys, the newest first: one of them was the newest when it
    /// was made.
    fn codes_of(&self, id: GiftCardId) -> impl Iterator<Item = GiftCardCode> {
        let hashes = self.keys().keyed_hashes(Purpose::GiftCard, &id.to_string());
        hashes
            .into_iter()
            .map(|hash| GiftCardCode::from_bits(u128::from_str_radix(&hash[..32], 16).unwrap_or_default()))
    }

    /// The code of a card; none if the key that it was derived from is not kept any more.
    pub fn code_of(&self, stored: &StoredCard) -> Option<GiftCardCode> {
        self.codes_of(stored.card.id).find(|code| code_hash(code) == stored.code_hash)
    }

    /// What the cards of these codes pay of a checkout. No statement is sent where there are none.
    ///
    /// What this checkout's own open press holds counts as there, and so does what lies in checkouts whose time is over:
    /// the press takes it back.
    pub async fn paid_by_cards(
        &self,
        quote: &CheckoutQuote,
        codes: &[GiftCardCode],
        checkout: Option<CheckoutId>,
    ) -> Result<PaidByCards, DbError> {
        let total = quote.quote().total.gross();
        let most = payable(total, quote.gift_cards_gross());
        let cards = self.cards_of_codes(codes, checkout).await?;
        let known: Vec<GiftCard> = cards.iter().flatten().cloned().collect();
        let now = self.now();
        let tenders = split(most, &known, now);
        let typed = codes.iter().zip(&cards).map(|(code, card)| TypedCard {
            last_four: code.last_four().to_owned(),
            outcome: outcome(card.as_ref(), &tenders, most, now),
        });
        let paid = Money::sum(total.currency(), tenders.iter().map(|tender| tender.amount));
        let to_pay = paid.and_then(|paid| total.minus(paid)).unwrap_or(total);
        Ok(PaidByCards { typed: typed.collect(), tenders, to_pay })
    }

    /// The cards of these codes in order, each with what this checkout could take off it.
    async fn cards_of_codes(
        &self,
        codes: &[GiftCardCode],
        checkout: Option<CheckoutId>,
    ) -> Result<Vec<Option<GiftCard>>, DbError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let hashes: Vec<String> = codes.iter().take(GIFT_CARDS_PER_CHECKOUT_MAX + 1).map(code_hash).collect();
        let found = self.db().find_gift_cards_by_hash(&hashes).await?;
        let ids: Vec<GiftCardId> = found.iter().map(|stored| stored.card.id).collect();
        let held = self.db().held_of_cards(&ids, checkout, self.now()).await?;
        let with_held = |stored: &StoredCard| {
            let (card, held) = (&stored.card, held.get(&stored.card.id).copied().unwrap_or_default());
            let minor = card.balance.minor().saturating_add(held.own_minor).saturating_add(held.expired_minor);
            GiftCard { balance: Money::from_minor(minor, card.balance.currency()), ..card.clone() }
        };
        let card = |hash: &String| found.iter().find(|stored| stored.code_hash == *hash).map(with_held);
        Ok(hashes.iter().map(card).collect())
    }

    /// Whether a card would pay something of a checkout beside those that do.
    pub async fn try_gift_card(
        &self,
        quote: &CheckoutQuote,
        codes: &[GiftCardCode],
        code: &GiftCardCode,
        checkout: Option<CheckoutId>,
    ) -> Result<Result<(), GiftCardRefusal>, DbError> {
        if codes.contains(code) {
            return Ok(Err(GiftCardRefusal::AlreadyThere));
        }
        if GIFT_CARDS_PER_CHECKOUT_MAX <= codes.len() {
            return Ok(Err(GiftCardRefusal::TooMany));
        }
        let with: Vec<GiftCardCode> = codes.iter().chain([code]).cloned().collect();
        let paid = self.paid_by_cards(quote, &with, checkout).await?;
        Ok(match paid.typed.last().map(|typed| typed.outcome) {
            Some(Ok(pays)) if pays.is_zero() => Err(GiftCardRefusal::NothingToPay),
            Some(Ok(_)) => Ok(()),
            Some(Err(refusal)) => Err(refusal),
            None => Err(GiftCardRefusal::Unknown),
        })
    }

    /// Makes cards as staff want them, each with a code of its own, and has their letters sent. Gives back the cards in
    /// order.
    pub async fn issue_gift_cards(
        &self,
        wanted: &WantedCard,
        count: u32,
        actor: &Actor,
        told: &mut impl FnMut(u32),
    ) -> Result<Vec<StoredCard>, CardError> {
        let most = Money::from_minor(GIFT_CARD_MINOR_MAX, wanted.worth.currency());
        if wanted.worth.minor() <= 0 || most.minor() < wanted.worth.minor() {
            return Err(CardError::Amount(most));
        }
        if wanted.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(CardError::ExpiresAtOnce);
        }
        let reason = checked_reason(&wanted.reason)?;
        let ids: Vec<GiftCardId> =
            (0..count.min(GIFT_CARDS_AT_ONCE_MAX)).map(|_| GiftCardId::new(self.chance().id())).collect();
        let mut made = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CARDS_PER_TRANSACTION_MAX) {
            let cards: Vec<NewCard> = chunk.iter().map(|id| self.new_card(*id, wanted)).collect();
            self.db().retry(|| self.try_issue(&cards, &reason, actor)).await?;
            for new in &cards {
                made.push(self.db().find_gift_card(new.card.id).await?.ok_or(CardError::NoCard)?);
            }
            told(u32::try_from(made.len()).unwrap_or(u32::MAX));
        }
        self.ring_outbox();
        Ok(made)
    }

    fn new_card(&self, id: GiftCardId, wanted: &WantedCard) -> NewCard {
        let english = || CardLetter { recipient: None, giver: None, message: None, language: Language::ENGLISH };
        let letter = wanted.letter.clone().unwrap_or_else(english);
        let (worth, expires_at) = (wanted.worth, wanted.expires_at);
        self.card_with_code(id, wanted.kind, worth, expires_at, None, letter)
    }

    /// A card with the code that the newest key gives it.
    pub(crate) fn card_with_code(
        &self,
        id: GiftCardId,
        kind: GiftCardKind,
        worth: Money,
        expires_at: Option<Moment>,
        bought: Option<(OrderId, usize)>,
        letter: CardLetter,
    ) -> NewCard {
        let code = self.codes_of(id).next().expect("a store has a key, or it does not open");
        let card = GiftCard {
            id,
            last_four: code.last_four().to_owned(),
            kind,
            initial: worth,
            balance: worth,
            is_blocked: false,
            expires_at,
        };
        NewCard { card, code_hash: code_hash(&code), bought, letter }
    }

    async fn try_issue(&self, cards: &[NewCard], reason: &str, actor: &Actor) -> Result<(), CardError> {
        let mut tx = self.db().begin().await?;
        for new in cards {
            self.write_card(&mut tx, new, reason, actor).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Writes a card with its entry, its event and its letter's task; `false` if it is there.
    pub(crate) async fn write_card(
        &self,
        tx: &mut Tx,
        new: &NewCard,
        reason: &str,
        actor: &Actor,
    ) -> Result<bool, DbError> {
        let (id, worth, now) = (new.card.id, new.card.initial, self.now());
        let checkout = new.bought.map(|(order, _)| CheckoutId::new(order.uuid()));
        let entry = NewEntry {
            card: id,
            kind: CardEntryKind::Issued,
            amount: worth,
            checkout,
            actor,
            reason,
            key: "",
            at: now,
        };
        if !tx.insert_gift_card(new, entry).await? {
            return Ok(false);
        }
        let detail = format!("kind={} amount={worth}", new.card.kind.name());
        tx.insert_event(&self.event(actor, Subject::GiftCard, id, "gift_card_issued", detail)).await?;
        if new.letter.recipient.is_some() || new.bought.is_some() {
            tx.enqueue(&self.task("mail_gift_card", id, ""), now, now).await?;
        }
        Ok(true)
    }

    /// Writes the codes of cards as CSV, for whoever prints them. Whoever has the file can spend them.
    pub fn write_gift_cards(&self, cards: &[StoredCard], out: impl Write) -> Result<(), csv::Error> {
        let (calendar, mut writer) = (self.calendar(), csv::Writer::from_writer(out));
        writer.write_record(["code", "amount", "currency", "expires", "id"])?;
        for stored in cards {
            let card = &stored.card;
            let code = self.code_of(stored).map(|code| code.to_string()).unwrap_or_default();
            let expires = card.last_moment().map(|end| calendar.show_end(end)).unwrap_or_default();
            let (amount, id) = (card.initial.to_decimal_string(), card.id.to_string());
            writer.write_record([&code, &amount, card.initial.currency().code(), &expires, &id])?;
        }
        Ok(writer.flush()?)
    }

    /// A card by its id or its code.
    pub async fn find_gift_card(&self, id_or_code: &str) -> Result<Option<StoredCard>, DbError> {
        if let Ok(id) = GiftCardId::parse(id_or_code.trim()) {
            return self.db().find_gift_card(id).await;
        }
        let Ok(code) = GiftCardCode::parse(id_or_code) else { return Ok(None) };
        Ok(self.db().find_gift_cards_by_hash(&[code_hash(&code)]).await?.into_iter().next())
    }

    /// Blocks a card, or lets it pay again. What is on it stays.
    pub async fn block_gift_card(
        &self,
        id: GiftCardId,
        is_blocked: bool,
        reason: &str,
        actor: &Actor,
    ) -> Result<StoredCard, CardError> {
        let (reason, key) = (checked_reason(reason)?, self.chance().id().to_string());
        let (kind, event) = if is_blocked {
            (CardEntryKind::Blocked, "gift_card_blocked")
        } else {
            (CardEntryKind::Unblocked, "gift_card_unblocked")
        };
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                let changed = tx.block_card(id, is_blocked).await?;
                let card = tx.find_gift_card(id).await?.ok_or(CardError::NoCard)?;
                if changed {
                    let (amount, checkout, at) = (card.card.balance, None, self.now());
                    let entry = NewEntry { card: id, kind, amount, checkout, actor, reason: &reason, key: &key, at };
                    tx.write_card_entries(&[entry]).await?;
                    tx.insert_event(&self.event(actor, Subject::GiftCard, id, event, String::new())).await?;
                }
                tx.commit().await?;
                Ok(card)
            })
            .await
    }

    /// Puts money on a card, or takes it off where the change is below nothing.
    pub async fn adjust_gift_card(
        &self,
        id: GiftCardId,
        change: Money,
        reason: &str,
        actor: &Actor,
    ) -> Result<StoredCard, CardError> {
        let reason = checked_reason(reason)?;
        let key = self.chance().id().to_string();
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                let card = tx.find_gift_card(id).await?.ok_or(CardError::NoCard)?.card;
                let most = Money::from_minor(GIFT_CARD_MINOR_MAX, card.balance.currency());
                let refused = CardError::Change { left: card.balance, most, change };
                if change.currency() != card.balance.currency() || change.is_zero() || change.minor() == i64::MIN {
                    return Err(refused);
                }
                let kind = if change.is_negative() { CardEntryKind::TakenOff } else { CardEntryKind::Added };
                let amount = Money::from_minor(change.minor().abs(), change.currency());
                let (checkout, at) = (None, self.now());
                let entry = NewEntry { card: id, kind, amount, checkout, actor, reason: &reason, key: &key, at };
                if !tx.adjust_card(entry).await? {
                    return Err(refused);
                }
                let detail = format!("change={change}");
                tx.insert_event(&self.event(actor, Subject::GiftCard, id, "gift_card_adjusted", detail)).await?;
                let card = tx.find_gift_card(id).await?.ok_or(CardError::NoCard)?;
                tx.commit().await?;
                Ok(card)
            })
            .await
    }

    /// Has a card's letter sent again, to this address if one is named.
    pub async fn send_gift_card(&self, id: GiftCardId, to: Option<&str>, actor: &Actor) -> Result<(), CardError> {
        let stored = self.db().find_gift_card(id).await?.ok_or(CardError::NoCard)?;
        if stored.card.admit(stored.card.balance.currency(), self.now()).is_err() {
            return Err(CardError::DoesNotPay);
        }
        if self.code_of(&stored).is_none() {
            return Err(CardError::CodeIsLost);
        }
        if to.is_none() && stored.letter.recipient.is_none() && stored.bought.is_none() {
            return Err(CardError::NoRecipient);
        }
        self.db()
            .retry(|| async {
                let (mut tx, now) = (self.db().begin().await?, self.now());
                if let Some(to) = to {
                    tx.set_card_recipient(id, to).await?;
                }
                tx.enqueue(&self.task("mail_gift_card", id, "again"), now, now).await?;
                let event = self.event(actor, Subject::GiftCard, id, "gift_card_sent_again", String::new());
                tx.insert_event(&event).await?;
                tx.commit().await
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }
}

/// What a code comes to at a checkout.
fn outcome(card: Option<&GiftCard>, tenders: &[Tender], most: Money, now: Moment) -> Result<Money, GiftCardRefusal> {
    let card = card.ok_or(GiftCardRefusal::Unknown)?;
    card.admit(most.currency(), now)?;
    let tender = tenders.iter().find(|tender| tender.card == card.id);
    Ok(tender.map_or(Money::zero(most.currency()), |tender| tender.amount))
}

fn checked_reason(reason: &str) -> Result<String, CardError> {
    let reason = reason.trim();
    let fits = (1..=GIFT_CARD_REASON_CHARS_MAX).contains(&reason.chars().count());
    if !fits || reason.chars().any(char::is_control) {
        return Err(CardError::Reason);
    }
    Ok(reason.to_owned())
}
