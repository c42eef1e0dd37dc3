//! The link that a guest's order is reached by: found again for a letter, made anew, taken away.
//!
//! Every link is derived from the store's keys, the order's id and how many links the order had before, so that every
//! process can tell it and none is stored: the database holds the hash of the one that counts, or none
//! (`docs/decisions/0002-order-links-are-derived.md`).

use crate::checkout::sha256_hex;
use crate::keys::Purpose;
use crate::order::MoveError;
use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::ids::OrderId;
use db::DbError;

/// Links that one order can have one after another.
pub const LINKS_MAX: usize = 32;
/// Hex digits of a token: 128 bits that nobody without the store's keys can guess.
pub(crate) const TOKEN_CHARS: usize = 32;
/// The event of a new link.
const RENEWED: &str = "order_link_new";

impl Shop {
    /// The token of the link that an order begins with; [`Shop::find_order_link`] knows the one that counts. Only its
    /// hash is stored, so a stolen database opens no order.
    pub fn order_link_token(&self, order: OrderId) -> String {
        self.link_tokens(order, 0).next().expect("a store has a key, or it does not open")
    }

    /// An order's link of that number by each of the keys, the newest first: one of them was the newest when it was
    /// made.
    fn link_tokens(&self, order: OrderId, number: usize) -> impl Iterator<Item = String> {
        let text = if number == 0 { order.to_string() } else { format!("{order}/{number}") };
        let hashes = self.keys().keyed_hashes(Purpose::OrderLink, &text);
        hashes.into_iter().map(|hash| hash[..TOKEN_CHARS].to_owned())
    }

    /// The token of the link that leads to an order now; none if it was taken away, if its key is no longer kept, or if
    /// there is no such order.
    pub async fn find_order_link(&self, order: OrderId) -> Result<Option<String>, DbError> {
        let Some(hash) = self.db().find_order_link(order).await? else { return Ok(None) };
        let mut tokens = (0..=LINKS_MAX).flat_map(|number| self.link_tokens(order, number));
        Ok(tokens.find(|token| sha256_hex(token.as_bytes()) == hash))
    }

    /// Gives an order another link, which goes to the customer by mail; the one before leads nowhere any more.
    pub async fn renew_order_link(&self, order: OrderId, actor: &Actor) -> Result<(), MoveError> {
        self.order(order).await?;
        let events = self.db().list_events(Subject::Order, &order.to_string()).await?;
        let number = 1 + events.iter().filter(|event| event.kind == RENEWED).count();
        if number > LINKS_MAX {
            return Err(MoveError::Text(format!("an order has {LINKS_MAX} new links at most; revoke the one it has")));
        }
        let token = self.link_tokens(order, number).next().unwrap_or_default();
        self.change_link(order, Some(&sha256_hex(token.as_bytes())), actor).await?;
        self.ring_outbox();
        Ok(())
    }

    /// Takes an order's link away: it leads nowhere any more, and later letters have none.
    pub async fn revoke_order_link(&self, order: OrderId, actor: &Actor) -> Result<(), MoveError> {
        self.order(order).await?;
        Ok(self.change_link(order, None, actor).await?)
    }

    async fn change_link(&self, order: OrderId, hash: Option<&str>, actor: &Actor) -> Result<(), DbError> {
        let kind = if hash.is_some() { RENEWED } else { "order_link_revoked" };
        self.db()
            .retry(|| async {
                let (mut tx, now) = (self.db().begin().await?, self.now());
                tx.set_order_link(order, hash).await?;
                tx.insert_event(&self.event(actor, Subject::Order, order, kind, String::new())).await?;
                if hash.is_some() {
                    tx.enqueue(&self.task("mail_order_link", order, ""), now, now).await?;
                }
                tx.commit().await
            })
            .await
    }
}
