//! Listings: pages, facets and cards.

use crate::shop::*;
use catalog::document::*;
use catalog::query::*;
use commerce::availability::Availability;
use commerce::language::Texts;
use commerce::money::{Currency, Money};
use std::collections::BTreeSet;

#[tokio::test]
async fn pages_neither_repeat_nor_skip() {
    let shop = Shop::new();
    // All alike, so that only the tie-break orders them.
    shop.publish((0..100).map(mug).collect()).await;
    shop.change((100..130).map(mug).collect(), vec![product_id(3)]).await;
    let snapshot = shop.snapshot().await;
    for sort in [Sort::Relevance, Sort::PriceUp, Sort::PriceDown, Sort::Newest, Sort::BestSelling, Sort::Name] {
        let mut seen = BTreeSet::new();
        let mut shown = 0;
        for page in 1..=6 {
            let listing = snapshot.listing(&ListingQuery { sort, page, ..listing() }).unwrap();
            assert_eq!(listing.total, 129);
            shown += listing.cards.len();
            seen.extend(listing.cards.into_iter().map(|card| card.slug));
        }
        assert_eq!((shown, seen.len()), (129, 129), "{sort:?}");
    }
    let far = snapshot.listing(&ListingQuery { page: usize::MAX, ..listing() }).unwrap();
    assert_eq!((far.cards.len(), far.total), (0, 129));
    assert_eq!(snapshot.listing(&ListingQuery { page: 0, ..listing() }).unwrap().cards.len(), PAGE_SIZE);
}

#[tokio::test]
async fn facets_come_from_attributes_of_product_and_variants() {
    let shop = Shop::new();
    let mut shirt = mug(1);
    shirt.variants = vec![variant(11, 11, 1_000), variant(12, 12, 1_500)];
    shirt.variants[0].attributes = vec![choice("colour", "red")];
    shirt.variants[1].attributes = vec![choice("colour", "blue")];
    let plain =
        |code: &str, value| DocumentAttribute { code: code.into(), name: texts(code, code), facet: true, value };
    shirt.attributes = vec![
        plain("brand", DocumentValue::Text(texts("Café Müller", "Café Müller"))),
        plain("pockets", DocumentValue::Integer(2)),
        plain("washable", DocumentValue::Boolean(true)),
        plain("story", DocumentValue::Html(texts("<p>long</p>", "<p>lang</p>"))),
        plain("stock", DocumentValue::Integer(9)),
        DocumentAttribute { facet: false, ..choice("hidden", "x") },
    ];
    let mut red = mug(2);
    red.attributes = vec![choice("colour", "red")];
    shop.publish(vec![shirt, red]).await;
    let snapshot = shop.snapshot().await;
    let all = snapshot.listing(&listing()).unwrap();
    let told = |facets: &[Facet]| -> Vec<String> {
        let facet = |facet: &Facet| {
            let value =
                |value: &FacetValue| format!("{}{}={}", if value.chosen { "*" } else { "" }, value.value, value.count);
            format!("{}: {}", facet.code, facet.values.iter().map(value).collect::<Vec<_>>().join(" "))
        };
        facets.iter().map(facet).collect()
    };
    let want = ["brand: cafe-muller=1", "colour: red=2 blue=1", "pockets: 2=1", "washable: yes=1", "stock: in=2"];
    assert_eq!(told(&all.facets), want);
    assert_eq!(all.facets, snapshot.facets());
    assert_eq!(all.facets[0].values[0].label, texts("Café Müller", "Café Müller"));
    let chosen = vec![chosen("colour", "blue"), chosen("colour", "gone"), chosen("unheard", "of")];
    let query = ListingQuery { chosen, ..listing() };
    assert_eq!(snapshot.listing(&query).unwrap().total, 0, "a facet that nothing has lets nothing through");
    let query = ListingQuery { chosen: query.chosen[..2].to_vec(), ..query };
    let some = snapshot.listing(&query).unwrap();
    assert_eq!(some.total, 1);
    let want =
        ["brand: cafe-muller=1", "colour: red=2 *blue=1 *gone=0", "pockets: 2=1", "washable: yes=1", "stock: in=1"];
    assert_eq!(told(&some.facets), want);
}

#[tokio::test]
async fn facets_stand_in_the_shops_order_and_are_bounded() {
    let shop = Shop::new();
    let documents = (0..100).map(|number| {
        let mut mug = mug(number);
        mug.attributes = vec![choice("brand", &format!("b{number:03}")), choice("age", "new")];
        mug
    });
    let mut front = front();
    front.facet_order = vec!["stock".into(), "brand".into()];
    let draft = shop.draft(front, documents.collect()).unwrap();
    shop.publisher.publish_full(draft, stamp(1)).await.unwrap();
    let snapshot = shop.snapshot().await;
    let query = ListingQuery { chosen: vec![chosen("brand", "b099")], ..listing() };
    let found = snapshot.listing(&query).unwrap();
    assert_eq!(found.facets.iter().map(|facet| facet.code.as_str()).collect::<Vec<_>>(), ["stock", "brand", "age"]);
    let brands = &found.facets[1].values;
    assert_eq!(brands.len(), FACET_VALUES_MAX);
    assert!(brands.iter().any(|value| value.chosen && value.value == "b099"));
}

#[tokio::test]
async fn counts_of_large_categories_are_the_counted_ones() {
    let shop = Shop::new();
    let coloured = |number: u64| {
        let mut mug = mug(number);
        mug.attributes = vec![choice("colour", if number.is_multiple_of(3) { "red" } else { "blue" })];
        mug.categories = vec![category_id(2)];
        mug
    };
    shop.publish((0..2_100).map(coloured).collect()).await;
    let mut repainted = coloured(0);
    repainted.attributes = vec![choice("colour", "green")];
    repainted.variants[0].prices[0].amount = Money::from_minor(7, eur());
    shop.change(vec![repainted], vec![product_id(1)]).await;
    let snapshot = shop.snapshot().await;
    // A price range that excludes nothing is counted anew, without it the publisher's counts are used.
    let counted = ListingQuery { category: Some(category_id(1)), ..listing() };
    let anew = ListingQuery { price_min: Some(Money::from_minor(1, eur())), ..counted.clone() };
    let (counted, anew) = (snapshot.listing(&counted).unwrap(), snapshot.listing(&anew).unwrap());
    assert_eq!(counted, anew);
    assert_eq!(counted.total, 2_099);
    assert_eq!(counted.price_span.map(|(low, _)| low.minor()), Some(7));
}

#[tokio::test]
async fn cards_show_the_lowest_price_that_can_be_had() {
    let usd = Currency::parse("USD").unwrap();
    let cases: [(&str, &[(i64, Availability)], i64, bool); 4] = [
        ("one", &[(500, Availability::Available)], 500, false),
        ("the cheapest is sold out", &[(500, Availability::SoldOut), (900, Availability::FewLeft)], 900, false),
        ("all sold out", &[(500, Availability::SoldOut), (900, Availability::SoldOut)], 500, true),
        ("differ", &[(900, Availability::Available), (500, Availability::Available)], 500, true),
    ];
    for (case, variants, want, differ) in cases {
        let mut document = mug(1);
        document.variants = variants
            .iter()
            .zip(10..)
            .map(|((price, availability), number)| Variant {
                availability: *availability,
                ..variant(number, number, *price)
            })
            .collect();
        let card = Card::of(&document);
        assert_eq!(card.price(eur()).map(|price| price.amount.minor()), Some(want), "{case}");
        assert_eq!(card.prices_differ, differ, "{case}");
        assert_eq!(card.price(usd), None);
        assert_eq!(card.quick_add.is_some(), variants.len() == 1, "{case}");
    }
    let mut engraved = mug(1);
    engraved.options = vec![DocumentOption {
        code: "engraving".into(),
        name: Texts::default(),
        help: Texts::default(),
        kind: commerce::catalogue::CustomerOptionKind::Text,
        required: true,
        choices: Vec::new(),
    }];
    assert_eq!(Card::of(&engraved).quick_add, None, "a form must be filled in first");
}
