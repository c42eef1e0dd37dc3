//! Prices a case as the store prices a basket: unit prices as shown, offers, the quote.

use crate::read::{Case, CaseShipping};
use commerce::address::Country;
use commerce::delivery::Parcel;
use commerce::money::Money;
use commerce::offer::{Decisions, Facts, OfferBook, OfferLine, apply};
use commerce::quote::{DeliveryInput, LineInput, Quote, quote, quote_with_offers};
use commerce::tax::shown_price;

/// A priced case.
pub(crate) struct Priced {
    /// The offers that can be made.
    pub(crate) book: OfferBook,
    /// The basket, as offers see it.
    pub(crate) lines: Vec<OfferLine>,
    /// What offers decide.
    pub(crate) decisions: Decisions,
    /// The goods without offers.
    pub(crate) before: Quote,
    /// The goods with offers.
    pub(crate) after: Quote,
    /// Delivery without and with offers; `None` if nothing is sent or no method is given.
    pub(crate) delivery: Option<(Quote, Quote)>,
}

/// Prices a case.
pub(crate) fn price(case: &Case) -> Priced {
    let offers = case.offers.iter().filter_map(|(_, offer)| offer.clone().ok()).collect();
    let book = OfferBook::new(offers).expect("ids and ranges of a case are unique");
    let lines: Vec<OfferLine> = case.basket.iter().map(|(product, quantity)| line(case, product, *quantity)).collect();
    let facts = Facts {
        currency: case.base.currency,
        lines: &lines,
        shipping: None,
        vouchers: &case.vouchers,
        shopper: &case.shopper,
        uses: &case.uses,
        now: case.now,
    };
    // The charge of delivery may depend on the price of the goods after offers, so they come first.
    let without_delivery = apply(&book, &facts).expect("a case is a basket");
    let none = vec![Money::zero(case.base.currency); lines.len()];
    let discounts: Vec<Money> = without_delivery.lines.iter().map(|line| line.discount).collect();
    let (before, after) = (quote_goods(case, &none), quote_goods(case, &discounts));
    let sent = lines.iter().any(|line| line.requires_shipping);
    let Some(shipping) = case.shipping.as_ref().filter(|_| sent) else {
        return Priced { book, lines, decisions: without_delivery, before, after, delivery: None };
    };
    let charge = charge(case, shipping, &after);
    let base = shipping.base;
    let shown = shown_price(charge, base.entered, base.shown, base.rate).expect("a charge fits");
    let decisions = apply(&book, &Facts { shipping: Some(shown), ..facts }).expect("a case is a basket");
    assert_eq!(decisions.lines, without_delivery.lines, "{}: delivery changes no price of goods", case.id);
    let discount = decisions.shipping_discount(base.currency);
    let with = quote_with_offers(base, &[], Some(DeliveryInput { charge, discount })).expect("not above the charge");
    let without = quote(base, &[], Some(charge)).expect("a charge fits");
    Priced { book, lines, decisions, before, after, delivery: Some((without, with)) }
}

fn line(case: &Case, name: &str, quantity: commerce::basket::Quantity) -> OfferLine {
    let product = &case.products[name];
    let price = product.price.expect("a product in a basket has a price");
    let base = case.base;
    OfferLine {
        product: product.ranged.clone(),
        unit_price: shown_price(price, base.entered, base.shown, base.rate).expect("a price fits"),
        quantity,
        discountable: product.discountable,
        requires_shipping: product.requires_shipping,
    }
}

fn quote_goods(case: &Case, discounts: &[Money]) -> Quote {
    let input = |((name, quantity), discount): (&(String, commerce::basket::Quantity), &Money)| LineInput {
        unit_price: case.products[name].price.expect("a product in a basket has a price"),
        quantity: quantity.get(),
        discount: *discount,
    };
    let inputs: Vec<LineInput> = case.basket.iter().zip(discounts).map(input).collect();
    quote(case.base, &inputs, None).expect("a discount is not above its line")
}

fn charge(case: &Case, shipping: &CaseShipping, goods: &Quote) -> Money {
    let sent = case.basket.iter().filter(|(name, _)| case.products[name].requires_shipping);
    let units = sent.map(|(name, quantity)| (case.products[name].weight, quantity.get())).collect();
    let parcel = Parcel { goods: goods.goods.gross(), units };
    let country = Country::parse("GB").expect("the United Kingdom");
    shipping.method.charge(&parcel, country).expect("the method is served").expect("a charge fits")
}
