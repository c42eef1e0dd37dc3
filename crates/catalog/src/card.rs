//! From a document to the card that listings show.

use crate::document::{CARD_STOCK_RECORDS_MAX, Card, CardPrice, ProductDocument, Variant, VariantPrice};
use commerce::availability::Availability;
use commerce::catalogue::product::Measure;
use commerce::market::MarketCode;
use commerce::money::Currency;

impl Card {
    /// The card of a document.
    pub fn of(document: &ProductDocument) -> Self {
        let variants = &document.variants;
        let (lowest, prices_differ) = lowest_prices(variants);
        let (prices, measures) = lowest.into_iter().unzip();
        let market_prices = market_prices(variants);
        let stock_records: Vec<_> = variants.iter().filter_map(|variant| variant.stock_record).collect();
        let quick_add = match variants.as_slice() {
            [only] if !document.options.iter().any(|option| option.required) => Some(only.id),
            _ => None,
        };
        Self {
            id: document.id,
            slug: document.slug.clone(),
            title: document.title.clone(),
            image: document.images.first().or_else(|| variants.iter().find_map(|v| v.images.first())).cloned(),
            prices,
            measures,
            market_prices,
            prices_differ,
            variants: u32::try_from(variants.len()).unwrap_or(u32::MAX),
            quick_add,
            stock_records: if stock_records.len() <= CARD_STOCK_RECORDS_MAX { stock_records } else { Vec::new() },
            availability: Availability::best(variants.iter().map(|variant| variant.availability)),
            rating: document.rating,
            tax_class: document.tax_class.clone(),
        }
    }

    /// What it says of the price in a market.
    pub fn market_price(&self, market: &MarketCode, currency: Currency) -> CardPrice {
        if let Some(own) = self.market_prices.iter().find(|own| own.market == *market) {
            return own.clone();
        }
        let place = self.prices.iter().position(|price| price.amount.currency() == currency);
        CardPrice {
            market: market.clone(),
            price: place.map(|place| self.prices[place]),
            measure: place.and_then(|place| self.measures.get(place).copied().flatten()),
            differs: self.prices_differ,
        }
    }

    /// The lowest price in this currency, in its first market.
    pub fn price(&self, currency: Currency) -> Option<&VariantPrice> {
        self.prices.iter().find(|price| price.amount.currency() == currency)
    }
}

/// What the card says in markets of which a variant has a price of its own.
fn market_prices(variants: &[Variant]) -> Vec<CardPrice> {
    let mut found: Vec<CardPrice> = Vec::new();
    for ladder in variants.iter().flat_map(|variant| &variant.ladders) {
        let Some(market) = ladder.market.as_ref().filter(|market| found.iter().all(|own| own.market != **market))
        else {
            continue;
        };
        let in_market: Vec<Variant> = variants
            .iter()
            .map(|variant| Variant {
                prices: variant.price(market, ladder.currency).into_iter().collect(),
                ladders: Vec::new(),
                ..variant.clone()
            })
            .collect();
        let (lowest, differs) = lowest_prices(&in_market);
        let (price, measure) = lowest.into_iter().next().unzip();
        found.push(CardPrice { market: market.clone(), price, measure: measure.flatten(), differs });
    }
    found
}

/// The lowest price a currency among variants that can be bought, each with what its unit price is worked out from, and
/// whether they differ. A product that is sold out
/// still shows what it costs, so then all variants count.
fn lowest_prices(variants: &[Variant]) -> (Vec<(VariantPrice, Option<Measure>)>, bool) {
    let any_can = variants.iter().any(|variant| variant.availability.can_be_bought() && !variant.prices.is_empty());
    let counted = variants.iter().filter(|variant| !any_can || variant.availability.can_be_bought());
    let mut lowest: Vec<(VariantPrice, Option<Measure>)> = Vec::new();
    let mut differ = false;
    for (price, measure) in counted.flat_map(|variant| variant.prices.iter().map(|price| (*price, variant.measure))) {
        match lowest.iter_mut().find(|(known, _)| known.amount.currency() == price.amount.currency()) {
            None => lowest.push((price, measure)),
            Some(known) => {
                differ |= known.0.amount.minor() != price.amount.minor();
                if price.amount.minor() < known.0.amount.minor() {
                    *known = (price, measure);
                }
            }
        }
    }
    (lowest, differ)
}
