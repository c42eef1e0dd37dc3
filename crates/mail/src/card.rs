//! The letter that hands a gift card over: to whoever it is a present for, or to a customer as credit.

use crate::letter::Seller;
use commerce::address::EmailAddress;
use commerce::gift_card::{GiftCardCode, GiftCardKind};
use commerce::ids::TaskId;
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::Money;
use std::fmt;

/// The short name of the letter: `gift-card.html` and `gift-card.txt` are its templates.
pub const CARD_LETTER: &str = "gift-card";

/// A gift card for whoever reads.
#[derive(Clone, Copy)]
pub struct CardLetter<'a> {
    /// The task that it belongs to; a letter written again for the same task is the same message.
    pub id: TaskId,
    /// When the card was made.
    pub at: Moment,
    /// Who writes.
    pub seller: &'a Seller,
    /// Who reads.
    pub to: &'a EmailAddress,
    /// The letter's language.
    pub language: Language,
    /// A gift, or credit.
    pub kind: GiftCardKind,
    /// What is on it.
    pub amount: Money,
    /// What the reader types at the checkout.
    pub code: &'a GiftCardCode,
    /// Who gives it; may be empty.
    pub giver: &'a str,
    /// What they write; may be empty.
    pub message: &'a str,
    /// The number of the order that it is a refund of; may be empty.
    pub order_number: &'a str,
    /// The moment from which it pays no more.
    pub expires_at: Option<Moment>,
}

impl fmt::Debug for CardLetter<'_> {
    /// Never the code, or what somebody wrote: they would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardLetter({})", self.id)
    }
}
