//! What a stock record costs in each market, as documents carry it: for everybody, never for a group.

use catalog::document::{PriceLadder, VariantPrice};
use commerce::basket::Quantity;
use commerce::catalogue::PriceRow;
use commerce::market::{MarketCode, Markets};
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::price_list::{ListedPrice, PriceFacts, listed_prior_price, price_tiers};

/// The markets of a store at one moment.
pub(crate) struct MarketPrices {
    markets: Vec<(MarketCode, Currency)>,
    now: Moment,
}

impl MarketPrices {
    pub(crate) fn new(markets: &Markets, now: Moment) -> Self {
        Self { markets: markets.iter().map(|market| (market.code.clone(), market.currency)).collect(), now }
    }

    /// What one unit costs, one price a currency, and where that is not all: other prices in other markets, or lower
    /// ones from more units on.
    pub(crate) fn of(&self, base: &[PriceRow], listed: &[ListedPrice]) -> (Vec<VariantPrice>, Vec<PriceLadder>) {
        let (mut prices, mut ladders) = (Vec::new(), Vec::new());
        let mut first: Vec<PriceLadder> = Vec::new();
        for (market, currency) in &self.markets {
            let ladder = self.ladder(base, listed, market, *currency);
            // Listings filter and sort by the price in the first market of a currency.
            match first.iter().find(|known| known.currency == *currency) {
                Some(known) if (known.price, &known.tiers) == (ladder.price, &ladder.tiers) => {}
                Some(_) => ladders.push(PriceLadder { market: Some(market.clone()), ..ladder }),
                None => {
                    prices.extend(ladder.price);
                    if !ladder.tiers.is_empty() {
                        ladders.push(ladder.clone());
                    }
                    first.push(ladder);
                }
            }
        }
        (prices, ladders)
    }

    fn ladder(
        &self,
        base: &[PriceRow],
        listed: &[ListedPrice],
        market: &MarketCode,
        currency: Currency,
    ) -> PriceLadder {
        let facts = PriceFacts { currency, market: Some(market), groups: &[], quantity: Quantity::ONE, now: self.now };
        let mut tiers = price_tiers(base, listed, &facts).into_iter();
        let prior = || listed_prior_price(base, listed, &facts);
        let price = tiers.next().map(|one| VariantPrice { amount: one.amount, prior: prior() });
        PriceLadder { market: None, currency, price, tiers: tiers.collect() }
    }
}

#[cfg(test)]
mod tests;
