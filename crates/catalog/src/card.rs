//! From a document to the card that listings show.

use crate::document::{CARD_STOCK_RECORDS_MAX, Card, ProductDocument, Variant, VariantPrice};
use commerce::availability::Availability;
use commerce::catalogue::product::Measure;
use commerce::money::Currency;

impl Card {
    /// The card of a document.
    pub fn of(document: &ProductDocument) -> Self {
        let variants = &document.variants;
        let (lowest, prices_differ) = lowest_prices(variants);
        let (prices, measures) = lowest.into_iter().unzip();
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
            prices_differ,
            variants: u32::try_from(variants.len()).unwrap_or(u32::MAX),
            quick_add,
            stock_records: if stock_records.len() <= CARD_STOCK_RECORDS_MAX { stock_records } else { Vec::new() },
            availability: Availability::best(variants.iter().map(|variant| variant.availability)),
            rating: document.rating,
        }
    }

    /// What the unit price of a price of this card is worked out from.
    pub fn measure(&self, currency: Currency) -> Option<Measure> {
        let place = self.prices.iter().position(|price| price.amount.currency() == currency)?;
        self.measures.get(place).copied().flatten()
    }

    /// The lowest price in this currency.
    pub fn price(&self, currency: Currency) -> Option<&VariantPrice> {
        self.prices.iter().find(|price| price.amount.currency() == currency)
    }
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
