//! Baskets: lines of products with quantities and the shopper's own wishes, in the order in which they came.
//!
//! A basket grants nothing: it names products, and prices, stock and discounts are looked up whenever it is shown.

use crate::ids::{OfferId, ProductId};
use crate::money::Money;
use crate::voucher::{BASKET_VOUCHERS_MAX, VoucherCode};

/// Most lines of a basket.
pub const BASKET_LINES_MAX: usize = 250;
/// Most units of one line.
pub const QUANTITY_MAX: u32 = 9_999;
/// Most answers to customer options on one line.
pub const ANSWERS_MAX: usize = 12;
/// Longest answer to a customer option, in characters.
pub const ANSWER_CHARS_MAX: usize = 200;
/// Presses of Add that are remembered, so that a double press counts once.
pub const ADD_TOKENS_MAX: usize = 4;
/// Longest token of a press, in bytes.
pub const ADD_TOKEN_BYTES_MAX: usize = 32;
/// Most offers that links have opened for one basket.
pub const OPENED_OFFERS_MAX: usize = 16;

/// A number of units: 1 to [`QUANTITY_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity(u32);

/// Not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is a whole number from 1 to {QUANTITY_MAX}")]
pub struct InvalidQuantity;

impl Quantity {
    /// One.
    pub const ONE: Self = Self(1);

    /// So many units.
    pub fn new(units: u32) -> Result<Self, InvalidQuantity> {
        if (1..=QUANTITY_MAX).contains(&units) { Ok(Self(units)) } else { Err(InvalidQuantity) }
    }

    /// As a form sends it.
    pub fn parse(raw: &str) -> Result<Self, InvalidQuantity> {
        raw.trim().parse().map_err(|_| InvalidQuantity).and_then(Self::new)
    }

    /// Units.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// A shopper's answer to a customer option: what is engraved, which wrapping.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Answer {
    /// The option's short name.
    pub option: String,
    /// What was filled in; choices by their short names, several parted by commas.
    pub value: String,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The variant that is bought.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
    /// Answers, sorted by option: they make a line of its own.
    pub answers: Vec<Answer>,
    /// Unit price that was shown when it was put in, only to tell a change by.
    pub seen_price: Option<Money>,
}

impl Line {
    /// Whether both are the same thing to buy.
    pub fn is_same(&self, other: &Self) -> bool {
        self.product == other.product && self.answers == other.answers
    }
}

/// Why a basket stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasketError {
    /// No room for another line.
    #[error("a basket holds at most {BASKET_LINES_MAX} lines")]
    Full,
    /// The line would pass [`QUANTITY_MAX`].
    #[error("at most {QUANTITY_MAX} of one thing can be bought at once")]
    TooMany,
    /// There is no such line (any more).
    #[error("that line is not in the basket any more")]
    NoSuchLine,
}

/// A basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    lines: Vec<Line>,
    /// The line that was taken out last with its place, for Undo.
    removed: Option<(usize, Line)>,
    /// Tokens of the last presses of Add, the newest last.
    tokens: Vec<String>,
    /// Codes of vouchers, in the order in which they were typed. Whether they give anything is looked up each time.
    vouchers: Vec<VoucherCode>,
    /// Offers that a link opened.
    opened: Vec<OfferId>,
}

/// A basket as it is kept somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasketParts {
    /// The lines, in order.
    pub lines: Vec<Line>,
    /// The line that was taken out last with its place.
    pub removed: Option<(usize, Line)>,
    /// Tokens of the last presses of Add, the newest last.
    pub tokens: Vec<String>,
    /// Codes of vouchers, in the order in which they were typed.
    pub vouchers: Vec<VoucherCode>,
    /// Offers that a link opened.
    pub opened: Vec<OfferId>,
}

impl Basket {
    /// Puts a basket together again from where it was kept; what is over a bound is left out.
    pub fn from_parts(parts: BasketParts) -> Self {
        let mut basket = Self { removed: parts.removed, ..Self::default() };
        for line in parts.lines {
            let _ = basket.merge_line(line);
        }
        basket.tokens = parts.tokens.into_iter().filter(|token| token.len() <= ADD_TOKEN_BYTES_MAX).collect();
        let surplus = basket.tokens.len().saturating_sub(ADD_TOKENS_MAX);
        basket.tokens.drain(..surplus);
        for code in parts.vouchers {
            basket.add_voucher(code);
        }
        parts.opened.into_iter().for_each(|offer| basket.open_offer(offer));
        basket
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line that Undo would bring back, with its place.
    pub fn removed(&self) -> Option<&(usize, Line)> {
        self.removed.as_ref()
    }

    /// Tokens of the last presses of Add.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Codes of the vouchers in it, in the order in which they were typed.
    pub fn vouchers(&self) -> &[VoucherCode] {
        &self.vouchers
    }

    /// Puts a voucher in; `false` if it is there, or if there are as many as a basket takes.
    pub fn add_voucher(&mut self, code: VoucherCode) -> bool {
        let fits = self.vouchers.len() < BASKET_VOUCHERS_MAX && !self.vouchers.contains(&code);
        if fits {
            self.vouchers.push(code);
        }
        fits
    }

    /// Takes a voucher out; `false` if it is not there.
    pub fn remove_voucher(&mut self, code: &VoucherCode) -> bool {
        let before = self.vouchers.len();
        self.vouchers.retain(|known| known != code);
        self.vouchers.len() < before
    }

    /// Offers that links have opened, the latest last.
    pub fn opened(&self) -> &[OfferId] {
        &self.opened
    }

    /// Opens an offer that a link leads to; past [`OPENED_OFFERS_MAX`] the one that was opened first is forgotten.
    pub fn open_offer(&mut self, offer: OfferId) {
        if self.opened.contains(&offer) {
            return;
        }
        if self.opened.len() == OPENED_OFFERS_MAX {
            self.opened.remove(0);
        }
        self.opened.push(offer);
    }

    /// Units of all lines.
    pub fn units(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity.get()).sum()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Puts something in: more of a line that is there, or a new last line. A second press with the same token
    /// changes nothing. Gives back the line's place.
    pub fn add(&mut self, line: Line, token: Option<&str>) -> Result<usize, BasketError> {
        if let Some(token) = token.filter(|token| !token.is_empty() && token.len() <= ADD_TOKEN_BYTES_MAX) {
            if self.tokens.iter().any(|known| known == token) {
                let place = self.lines.iter().position(|known| known.is_same(&line));
                return Ok(place.unwrap_or_default());
            }
            let place = self.merge_line(line)?;
            if self.tokens.len() == ADD_TOKENS_MAX {
                self.tokens.remove(0);
            }
            self.tokens.push(token.to_owned());
            return Ok(place);
        }
        self.merge_line(line)
    }

    fn merge_line(&mut self, line: Line) -> Result<usize, BasketError> {
        if let Some(place) = self.lines.iter().position(|known| known.is_same(&line)) {
            let known = &mut self.lines[place];
            let sum = known.quantity.get().saturating_add(line.quantity.get());
            known.quantity = Quantity::new(sum).map_err(|_| BasketError::TooMany)?;
            known.seen_price = line.seen_price.or(known.seen_price);
            return Ok(place);
        }
        if self.lines.len() >= BASKET_LINES_MAX {
            return Err(BasketError::Full);
        }
        self.lines.push(line);
        Ok(self.lines.len() - 1)
    }

    /// Sets a line's quantity; nothing takes it out. The line is named by its place and its product, so that a form
    /// from before another change meets the right line or none.
    pub fn set_quantity(
        &mut self,
        place: usize,
        product: ProductId,
        quantity: Option<Quantity>,
    ) -> Result<(), BasketError> {
        let line = self.lines.get_mut(place).filter(|line| line.product == product).ok_or(BasketError::NoSuchLine)?;
        match quantity {
            Some(quantity) => line.quantity = quantity,
            None => self.removed = Some((place, self.lines.remove(place))),
        }
        Ok(())
    }

    /// Brings the line that was taken out last back to its place.
    pub fn undo_removal(&mut self) -> Result<(), BasketError> {
        let (place, line) = self.removed.take().ok_or(BasketError::NoSuchLine)?;
        if self.lines.iter().any(|known| known.is_same(&line)) {
            return self.merge_line(line).map(|_| ());
        }
        if self.lines.len() >= BASKET_LINES_MAX {
            return Err(BasketError::Full);
        }
        self.lines.insert(place.min(self.lines.len()), line);
        Ok(())
    }

    /// Takes out what has been bought, and the vouchers that were used for it; what was added since stays.
    pub fn take_out(&mut self, bought: &[Line], used: &[VoucherCode]) {
        self.vouchers.retain(|code| !used.contains(code));
        for line in bought {
            if let Some(place) = self.lines.iter().position(|known| known.is_same(line)) {
                let left = self.lines[place].quantity.get().saturating_sub(line.quantity.get());
                match Quantity::new(left) {
                    Ok(quantity) => self.lines[place].quantity = quantity,
                    Err(InvalidQuantity) => drop(self.lines.remove(place)),
                }
            }
        }
        self.removed = None;
    }

    /// Remembers the prices that are being shown, so that the next change is told against them.
    pub fn remember_prices(&mut self, price_of: impl Fn(ProductId) -> Option<Money>) {
        for line in &mut self.lines {
            line.seen_price = price_of(line.product).or(line.seen_price);
        }
    }

    /// Takes another basket's lines in (after sign-in): the larger quantity of a shared line wins, as in Oscar, so
    /// that signing in twice doubles nothing. Lines past the bounds are left out; gives back how many. Vouchers and
    /// opened offers come along as far as there is room.
    pub fn merge(&mut self, other: Self) -> usize {
        let mut left_out = 0;
        for code in other.vouchers {
            self.add_voucher(code);
        }
        other.opened.into_iter().for_each(|offer| self.open_offer(offer));
        for line in other.lines {
            match self.lines.iter_mut().find(|known| known.is_same(&line)) {
                Some(known) => known.quantity = known.quantity.max(line.quantity),
                None => left_out += usize::from(self.merge_line(line).is_err()),
            }
        }
        left_out
    }
}

#[cfg(test)]
mod tests;
