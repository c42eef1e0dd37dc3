//! What a variant costs, by market and number of units.

use crate::document::{PriceLadder, Variant, VariantPrice};
use commerce::basket::Quantity;
use commerce::market::MarketCode;
use commerce::money::{Currency, Money};
use commerce::price_list::Tier;

impl Variant {
    /// The ladder of a market: its own, else that of its currency.
    fn ladder(&self, market: &MarketCode, currency: Currency) -> Option<&PriceLadder> {
        let own = self.ladders.iter().find(|ladder| ladder.market.as_ref() == Some(market));
        let of_currency = || {
            let mut of_all = self.ladders.iter().filter(|ladder| ladder.market.is_none());
            of_all.find(|ladder| ladder.currency == currency)
        };
        own.or_else(of_currency)
    }

    /// What one unit costs in a market; none where it is not for sale there.
    pub fn price(&self, market: &MarketCode, currency: Currency) -> Option<VariantPrice> {
        match self.ladder(market, currency) {
            Some(ladder) => ladder.price,
            None => self.prices.iter().copied().find(|price| price.amount.currency() == currency),
        }
    }

    /// Lower prices from more units on, in a market.
    pub fn tiers(&self, market: &MarketCode, currency: Currency) -> &[Tier] {
        self.ladder(market, currency).map_or(&[], |ladder| &ladder.tiers)
    }

    /// What each of so many units costs in a market.
    pub fn unit_price(&self, market: &MarketCode, currency: Currency, units: Quantity) -> Option<Money> {
        let one = self.price(market, currency)?.amount;
        let reached = self.tiers(market, currency).iter().rev().find(|tier| tier.minimum <= units);
        Some(reached.map_or(one, |tier| tier.amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Card;
    use commerce::availability::Availability;
    use commerce::ids::{ProductId, StockRecordId};
    use commerce::language::Texts;
    use commerce::tax::class::TaxClass;
    use uuid::Uuid;

    fn euros(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap())
    }

    fn price(minor: i64) -> VariantPrice {
        VariantPrice { amount: euros(minor), prior: None }
    }

    fn ladder(market: Option<&str>, one: Option<i64>, tiers: &[(u32, i64)]) -> PriceLadder {
        let tier =
            |(units, minor): &(u32, i64)| Tier { minimum: Quantity::new(*units).unwrap(), amount: euros(*minor) };
        PriceLadder {
            market: market.map(|code| MarketCode::parse(code).unwrap()),
            currency: euros(0).currency(),
            price: one.map(price),
            tiers: tiers.iter().map(tier).collect(),
        }
    }

    fn variant(number: u128, minor: i64, ladders: Vec<PriceLadder>) -> Variant {
        Variant {
            id: ProductId::new(Uuid::from_u128(number)),
            title: Texts::default(),
            slug: String::new(),
            upc: None,
            sku: String::new(),
            stock_record: Some(StockRecordId::new(Uuid::from_u128(number))),
            prices: vec![price(minor)],
            attributes: vec![],
            images: vec![],
            availability: Availability::Available,
            is_discountable: true,
            weight_kg: None,
            measure: None,
            ladders,
            partner: None,
        }
    }

    #[test]
    fn a_market_has_its_own_price_or_that_of_its_currency_by_the_number_of_units() {
        let plain = variant(1, 1_000, vec![]);
        let tiered = variant(2, 1_000, vec![ladder(None, Some(1_000), &[(6, 900), (12, 800)])]);
        let french = vec![ladder(None, Some(1_000), &[(6, 900)]), ladder(Some("fr"), Some(950), &[])];
        let french = variant(3, 1_000, french);
        let not_swiss = variant(4, 1_000, vec![ladder(Some("ch"), None, &[])]);
        for (case, variant, market, currency, units, want) in [
            ("one price", &plain, "de", "EUR", 50, Some(1_000)),
            ("no price in that currency", &plain, "uk", "GBP", 1, None),
            ("below the first tier", &tiered, "de", "EUR", 5, Some(1_000)),
            ("the first tier", &tiered, "de", "EUR", 6, Some(900)),
            ("between tiers", &tiered, "de", "EUR", 11, Some(900)),
            ("past the last tier", &tiered, "de", "EUR", 9_999, Some(800)),
            ("a market with a price of its own has no other tiers", &french, "fr", "EUR", 6, Some(950)),
            ("its neighbour has them", &french, "de", "EUR", 6, Some(900)),
            ("not for sale in one market", &not_swiss, "ch", "EUR", 1, None),
            ("but in others", &not_swiss, "de", "EUR", 1, Some(1_000)),
        ] {
            let market = MarketCode::parse(market).unwrap();
            let (currency, units) = (Currency::parse(currency).unwrap(), Quantity::new(units).unwrap());
            assert_eq!(variant.unit_price(&market, currency, units).map(Money::minor), want, "{case}");
        }
    }

    #[test]
    fn a_card_says_the_market_s_price_of_one_unit() {
        let mut document = crate::document::ProductDocument {
            id: ProductId::new(Uuid::from_u128(9)),
            slug: String::new(),
            upc: None,
            title: Texts::default(),
            description: Texts::default(),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            categories: vec![],
            attributes: vec![],
            options: vec![],
            images: vec![],
            variants: vec![
                variant(1, 1_000, vec![ladder(None, Some(1_000), &[(6, 100)])]),
                variant(2, 1_100, vec![ladder(Some("fr"), Some(950), &[(6, 200)])]),
                variant(3, 1_200, vec![]),
            ],
            recommendations: vec![],
            rating: None,
            sold: 0,
            priority: 0,
            created_at: commerce::moment::Moment::default(),
            updated_at: commerce::moment::Moment::default(),
            requires_shipping: true,
            tax_class: TaxClass::standard(),
            is_gift_card: false,
            maker: None,
            eu_contact: None,
            oscar_keys: vec![],
            old_slugs: vec![],
            marks: crate::document::RangeMarks::default(),
        };
        let said = |card: &Card, market: &str| {
            let said = card.market_price(&MarketCode::parse(market).unwrap(), euros(0).currency());
            (said.price.map(|price| price.amount.minor()), said.differs)
        };
        let card = Card::of(&document);
        assert_eq!((said(&card, "de"), said(&card, "fr")), ((Some(1_000), true), (Some(950), true)));
        document.variants.truncate(2);
        document.variants.remove(0);
        let card = Card::of(&document);
        assert_eq!((said(&card, "de"), said(&card, "fr")), ((Some(1_100), false), (Some(950), false)));
        document.variants[0].ladders[0].price = None;
        assert_eq!(said(&Card::of(&document), "fr"), (None, false));
    }
}
