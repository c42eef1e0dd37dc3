//! Cards that were bought: made once their order is paid, blocked when it is called off or paid back.

use crate::gift_cards::{CardLetter, StoredCard};
use crate::order::MoveError;
use crate::shop::Shop;
use commerce::checkout::{SoldAnswer, SoldLine};
use commerce::event::{Actor, Subject};
use commerce::gift_card::{CardEntryKind, GiftCardKind, OPTION_FROM, OPTION_MESSAGE, OPTION_RECIPIENT};
use commerce::ids::{GiftCardId, OrderId, derived_uuid};
use commerce::language::Language;
use commerce::money::Money;
use commerce::order::{Order, OrderState};
use commerce::payment::NotAllowed;
use db::Tx;
use db::gift_cards::{NewCard, NewEntry};
use std::num::NonZeroU32;

/// Cards that one transaction makes: each is a card, an entry, an event and a task, and a transaction has a bound.
pub const CARDS_PER_TRANSACTION_MAX: usize = 128;
/// Who makes and blocks them.
const JOB: Actor = Actor::Job("gift_cards");

/// The card of a unit of a line: the same whoever makes it, so that it is made once.
fn card_id(order: OrderId, line: usize, unit: usize) -> GiftCardId {
    GiftCardId::new(derived_uuid("bought_gift_card", &format!("{order} {line} {unit}")))
}

/// What each unit of a line is worth: what was paid for it.
fn worth(line: &SoldLine) -> Vec<Money> {
    NonZeroU32::new(line.quantity).map(|units| line.total.gross().split(units)).unwrap_or_default()
}

/// Whom the cards of a line go to, as the options of the line say.
fn letter(line: &SoldLine, language: Language) -> CardLetter {
    let answer = |option: &str| {
        let found: Option<&SoldAnswer> = line.answers.iter().find(|answer| answer.option == option);
        found.map(|answer| answer.value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    CardLetter {
        recipient: answer(OPTION_RECIPIENT),
        giver: answer(OPTION_FROM),
        message: answer(OPTION_MESSAGE),
        language,
    }
}

/// Whether cards may be made of an order: it stands, and all of it is paid.
fn is_due(order: &Order) -> bool {
    let (captured, total) = (order.money.captured.minor(), order.sold.total.gross().minor());
    order.state != OrderState::Cancelled && total <= captured && order.money.refunded.is_zero()
}

impl Shop {
    /// Makes the cards that were bought with an order, if it is paid. Running it again makes what is missing.
    pub(crate) async fn issue_bought_cards(&self, id: OrderId) -> Result<(), MoveError> {
        let order = self.order(id).await?;
        if !is_due(&order) {
            return Ok(());
        }
        let mut cards: Vec<NewCard> = Vec::new();
        for (place, line) in order.sold.lines.iter().enumerate().filter(|(_, line)| line.is_gift_card) {
            for (unit, worth) in worth(line).into_iter().enumerate().filter(|(_, worth)| !worth.is_zero()) {
                let (card, letter) = (card_id(id, place, unit), letter(line, order.sold.language));
                let bought = Some((id, place));
                cards.push(self.card_with_code(card, GiftCardKind::GiftCard, worth, None, bought, letter));
            }
        }
        for some in cards.chunks(CARDS_PER_TRANSACTION_MAX) {
            self.db().retry(|| self.try_issue_bought(id, some)).await?;
        }
        self.ring_outbox();
        Ok(())
    }

    async fn try_issue_bought(&self, id: OrderId, cards: &[NewCard]) -> Result<(), MoveError> {
        let mut tx = self.db().begin().await?;
        let order = tx.find_order(id).await?.ok_or(MoveError::NoOrder)?;
        if !is_due(&order) {
            tx.rollback().await;
            return Ok(());
        }
        let mut any = false;
        for new in cards {
            any |= self.write_card(&mut tx, new, "", &JOB).await?;
        }
        if any {
            // Whoever cancels the order at this moment must see its cards, or they would stay good.
            tx.update_order(&order).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Blocks the cards of an order that is called off; refused where one of them was used, since its money is spent.
    pub(crate) async fn block_bought_cards(&self, tx: &mut Tx, id: OrderId, actor: &Actor) -> Result<(), MoveError> {
        for stored in tx.list_gift_cards_of(id).await? {
            if !used(&stored).is_zero() {
                return Err(NotAllowed { what: "cancelling", state: "used (a gift card of it has paid)" }.into());
            }
            self.block_as_read(tx, &stored, actor).await?;
        }
        Ok(())
    }

    /// What was spent of the cards of an order; such money does not go back.
    pub(crate) async fn spent_of_bought_cards(&self, order: &Order) -> Result<Money, MoveError> {
        let mut spent = Money::zero(order.sold.currency());
        if order.sold.lines.iter().any(|line| line.is_gift_card) {
            for stored in self.db().list_gift_cards_of(order.id).await? {
                spent = plus(spent, used(&stored));
            }
        }
        Ok(spent)
    }

    /// Before money of an order goes back: where what stays paid does not cover its cards any more, they are blocked,
    /// and what was spent of them must stay paid.
    pub(crate) async fn block_before_refund(
        &self,
        order: &Order,
        amount: Money,
        actor: &Actor,
    ) -> Result<(), MoveError> {
        if !order.sold.lines.iter().any(|line| line.is_gift_card) {
            return Ok(());
        }
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                let order = tx.find_order(order.id).await?.ok_or(MoveError::NoOrder)?;
                let stays = order.money.refundable().minor().saturating_sub(amount.minor());
                let cards = tx.list_gift_cards_of(order.id).await?;
                let mut worth = Money::zero(order.sold.currency());
                let mut spent = worth;
                for stored in &cards {
                    spent = plus(spent, used(stored));
                    worth = plus(worth, used(stored));
                    if !stored.card.is_blocked {
                        worth = plus(worth, stored.card.balance);
                    }
                }
                if stays < spent.minor() {
                    let most = order.money.refundable().minor().saturating_sub(spent.minor()).max(0);
                    return Err(MoveError::Amount { wanted: amount, most: Money::from_minor(most, amount.currency()) });
                }
                if stays < worth.minor() {
                    for stored in &cards {
                        self.block_as_read(&mut tx, stored, actor).await?;
                    }
                }
                // Cards that are made at this moment must see that the order is paid back.
                tx.update_order(&order).await?;
                tx.commit().await?;
                Ok(())
            })
            .await
    }

    async fn block_as_read(&self, tx: &mut Tx, stored: &StoredCard, actor: &Actor) -> Result<(), MoveError> {
        if stored.card.is_blocked {
            return Ok(());
        }
        if !tx.block_card_as_read(stored).await? {
            // Somebody spends of it at this moment: the next attempt sees what is left.
            return Err(db::DbError::Conflict.into());
        }
        let id = stored.card.id;
        let key = self.chance().id().to_string();
        let entry = NewEntry {
            card: id,
            kind: CardEntryKind::Blocked,
            amount: stored.card.balance,
            checkout: stored.bought.map(|(order, _)| commerce::ids::CheckoutId::new(order.uuid())),
            actor,
            reason: "",
            key: &key,
            at: self.now(),
        };
        tx.write_card_entries(&[entry]).await?;
        tx.insert_event(&self.event(actor, Subject::GiftCard, id, "gift_card_blocked", String::new())).await?;
        Ok(())
    }
}

/// What has gone off a card since it was made.
fn used(stored: &StoredCard) -> Money {
    let used = stored.card.initial.minor().saturating_sub(stored.card.balance.minor());
    Money::from_minor(used.max(0), stored.card.initial.currency())
}

fn plus(sum: Money, more: Money) -> Money {
    sum.plus(more).unwrap_or(sum)
}
