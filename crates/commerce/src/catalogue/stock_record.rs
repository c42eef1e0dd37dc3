//! Partners, and their offers of products: SKU, prices, stock.

use super::OscarKey;
use crate::ids::{PartnerId, PriceId, ProductId, StockRecordId};
use crate::moment::Moment;
use crate::money::{Currency, Money};

/// How long a price is looked back on before a reduction, and how long one that simply became lower is told as a
/// reduction, in milliseconds: 30 days (Directive 98/6/EC, art. 6a).
pub const PRIOR_PRICE_MS: i64 = 30 * 24 * 3_600_000;
/// Prices that a stock record keeps at most; of those that are over, the oldest go.
pub const PRICES_KEPT_MAX: usize = 200;

/// Who keeps and sends the goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Short name, unique.
    pub code: String,
    /// May be blank, as in Oscar.
    pub name: String,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A partner's offer of one product. A store sells a product's first one (Oscar's default strategy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRecord {
    /// Its id.
    pub id: StockRecordId,
    /// What is offered.
    pub product: ProductId,
    /// Who offers it.
    pub partner: PartnerId,
    /// The partner's article number, unique with them.
    pub sku: String,
    /// Units in the house, those of unfinished orders included; `None` where nobody counts.
    pub on_hand: Option<i64>,
    /// Staff are warned below this.
    pub low_stock_threshold: Option<i64>,
    /// Prices; empty means not for sale.
    pub prices: Vec<PriceRow>,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A price with its time. The lowest that is in force is the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// Its id.
    pub id: PriceId,
    /// The amount, with or without tax as the store's settings say.
    pub amount: Money,
    /// First moment of its time; always, if none.
    pub from: Option<Moment>,
    /// First moment after its time; for ever, if none.
    pub until: Option<Moment>,
}

impl PriceRow {
    /// Whether it is in force.
    pub fn is_valid(&self, now: Moment) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Changes the amount from now on. Gives the row that it was until now, under an id of its own, so that what was
    /// charged before is known; none if it had not been in force.
    pub fn change(&mut self, amount: Money, now: Moment, before: PriceId) -> Option<Self> {
        let ended = Self { id: before, until: Some(now), ..*self };
        (self.amount, self.from, self.until) = (amount, Some(now), None);
        ended.from.is_none_or(|from| from < now).then_some(ended)
    }
}

/// The price in a currency: the lowest that is in force, the earlier row of two equal ones. 0.00 is a price.
pub fn price_in_force(prices: &[PriceRow], currency: Currency, now: Moment) -> Option<&PriceRow> {
    prices
        .iter()
        .filter(|price| price.amount.currency() == currency && price.is_valid(now) && !price.amount.is_negative())
        .min_by_key(|price| (price.amount.minor(), price.id))
}

/// What stands beside a reduced price: the lowest one of the 30 days before the reduction, if it was higher
/// (Directive 98/6/EC, art. 6a). While a dearer price is in force beside it the reduced one is a sale, however long it
/// lasts; a price that simply became lower is told as a reduction for [`PRIOR_PRICE_MS`].
pub fn prior_price(prices: &[PriceRow], currency: Currency, now: Moment) -> Option<Money> {
    let amount = price_in_force(prices, currency, now)?.amount;
    let of_currency = prices.iter().filter(|price| price.amount.currency() == currency);
    let is_sale = of_currency.clone().any(|price| price.is_valid(now) && amount.minor() < price.amount.minor());
    let changes: Vec<Moment> = of_currency.flat_map(|price| [price.from, price.until]).flatten().collect();
    prior_of(&changes, |at| price_in_force(prices, currency, at).map(|price| price.amount), is_sale, now)
}

/// The lowest of what was charged in the 30 days before the price of now began, if it was higher. `changes` are the
/// moments, in any order, between which nothing changes in what is `charged`.
pub(crate) fn prior_of(
    changes: &[Moment],
    charged: impl Fn(Moment) -> Option<Money>,
    is_sale: bool,
    now: Moment,
) -> Option<Money> {
    let amount = charged(now)?;
    let began = began(changes, &charged, amount, now)?;
    if !is_sale && began.plus_ms(PRIOR_PRICE_MS) <= now {
        return None;
    }
    let first = began.plus_ms(-PRIOR_PRICE_MS);
    let looked_at = changes.iter().copied().filter(|at| (first..began).contains(at)).chain([first]);
    let lowest = looked_at.filter_map(charged).min_by_key(|price| price.minor());
    lowest.filter(|lowest| amount.minor() < lowest.minor())
}

/// Since when the price is this amount; `None` if it always was.
fn began(changes: &[Moment], charged: impl Fn(Moment) -> Option<Money>, amount: Money, now: Moment) -> Option<Moment> {
    let mut changes: Vec<Moment> = changes.iter().copied().filter(|at| *at <= now).collect();
    changes.sort_unstable();
    changes.into_iter().rev().find(|at| {
        let before = Moment::from_micros(at.micros().saturating_sub(1));
        charged(before) != Some(amount)
    })
}

/// The price that holds where nothing is reduced: the dearest of those that have begun and have no end.
pub fn regular_price(prices: &[PriceRow], currency: Currency, now: Moment) -> Option<&PriceRow> {
    let open = prices.iter().filter(|price| price.amount.currency() == currency && is_open(price, now));
    open.max_by_key(|price| (price.amount.minor(), std::cmp::Reverse(price.id)))
}

fn is_open(price: &PriceRow, now: Moment) -> bool {
    price.until.is_none() && price.is_valid(now)
}

/// Gives a stock record another regular price from now on, or none. The price before is kept as one that is over;
/// prices with a time of their own stay as they are. `id` is for the row that is new.
pub fn set_regular_price(
    prices: &mut Vec<PriceRow>,
    currency: Currency,
    amount: Option<Money>,
    now: Moment,
    id: PriceId,
) {
    let regular = regular_price(prices, currency, now).map(|price| price.id);
    let is_first = !prices.iter().any(|price| price.amount.currency() == currency);
    let mut news = None;
    for price in prices.iter_mut().filter(|price| price.amount.currency() == currency && is_open(price, now)) {
        match amount.filter(|_| Some(price.id) == regular) {
            Some(amount) => news = price.change(amount, now, id),
            // Several that always hold come from older programs: the lowest would go on being charged.
            None if Some(price.id) == regular || price.from.is_none() => price.until = Some(now),
            None => {}
        }
    }
    if let Some(amount) = amount.filter(|_| regular.is_none()) {
        news = Some(PriceRow { id, amount, from: (!is_first).then_some(now), until: None });
    }
    prices.extend(news);
    prices.retain(|price| price.until.is_none_or(|until| price.from.is_none_or(|from| from < until)));
    forget_oldest(prices, now);
    prices.sort_by_key(|price| price.id);
}

fn forget_oldest(prices: &mut Vec<PriceRow>, now: Moment) {
    let mut ended: Vec<Moment> = prices.iter().filter_map(|price| price.until).filter(|until| *until <= now).collect();
    ended.sort_unstable();
    let excess = prices.len().saturating_sub(PRICES_KEPT_MAX);
    if let Some(last) = excess.checked_sub(1).and_then(|place| ended.get(place).or(ended.last()).copied()) {
        prices.retain(|price| price.until.is_none_or(|until| until > last));
    }
}

/// The earliest moment after `now` at which a price begins, ends, or is told as a reduction no longer.
pub fn next_price_change(prices: &[PriceRow], now: Moment) -> Option<Moment> {
    let told_until = |price: &PriceRow| price.from.map(|from| from.plus_ms(PRIOR_PRICE_MS));
    let moments = prices.iter().flat_map(|price| [price.from, price.until, told_until(price)]);
    moments.flatten().filter(|moment| now < *moment).min()
}

#[cfg(test)]
mod tests;
