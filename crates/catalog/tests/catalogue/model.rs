//! The index against a naive model in memory: every filter, count and order, and small publishes against whole ones.

use crate::shop::*;
use catalog::document::*;
use catalog::query::*;
use catalog::*;
use commerce::availability::Availability;
use commerce::money::Money;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Few values of each kind, so that they meet often.
fn product(number: u64) -> impl Strategy<Value = ProductDocument> {
    let facets = (vec(0..3_u8, 0..3), vec(0..2_u8, 0..2));
    let numbers = (0..4_u64, -1..2_i64, 0..3_i64, prop::option::of((0..=500_u16, 1..9_u32)));
    (facets, numbers, 1..=4_u64, prop::option::of(1..6_i64), any::<bool>(), "(red|blue|green|small)( mug| cup| bowl)?")
        .prop_map(move |((colours, sizes), (sold, priority, created, rating), category, price, sold_out, title)| {
            let mut product = mug(number);
            product.title = texts(&title, &title);
            product.attributes = colours.iter().map(|colour| choice("colour", &format!("c{colour}"))).collect();
            product.variants[0].attributes = sizes.iter().map(|size| choice("size", &format!("s{size}"))).collect();
            (product.sold, product.priority, product.created_at, product.rating) =
                (sold, priority, moment(created), rating);
            product.categories = vec![category_id(category)];
            product.variants[0].prices.retain_mut(|price_row| {
                price_row.amount = Money::from_minor(price.unwrap_or(0), eur());
                price.is_some()
            });
            if sold_out {
                product.variants[0].availability = Availability::SoldOut;
            }
            product
        })
}

fn products(count: u64) -> impl Strategy<Value = Vec<ProductDocument>> {
    (0..count).map(product).collect::<Vec<_>>()
}

fn any_listing() -> impl Strategy<Value = ListingQuery> {
    let facets = prop::sample::select(vec![
        chosen("colour", "c0"),
        chosen("colour", "c1"),
        chosen("colour", "never"),
        chosen("size", "s0"),
        chosen("size", "s1"),
        chosen("stock", "in"),
        chosen("rating", "3"),
        chosen("rating", "4"),
    ]);
    let sorts = prop::sample::select(vec![
        Sort::Relevance,
        Sort::PriceUp,
        Sort::PriceDown,
        Sort::Newest,
        Sort::BestSelling,
        Sort::Name,
    ]);
    let price = || prop::option::weighted(0.3, 1..6_i64);
    (prop::option::of(1..=5_u64), vec(facets, 0..4), price(), price(), sorts, 1..3_usize).prop_map(
        |(category, chosen, min, max, sort, page)| ListingQuery {
            category: category.map(category_id),
            chosen,
            price_min: min.map(|minor| Money::from_minor(minor, eur())),
            price_max: max.map(|minor| Money::from_minor(minor, eur())),
            sort,
            page,
            ..listing()
        },
    )
}

/// Facet values of a product, as they stand in addresses.
fn values(product: &ProductDocument) -> BTreeSet<(String, String)> {
    let mut values = BTreeSet::new();
    for attribute in product.attributes.iter().chain(&product.variants[0].attributes) {
        if let DocumentValue::Choices(choices) = &attribute.value {
            values.extend(choices.iter().map(|(value, _)| (attribute.code.clone(), value.clone())));
        }
    }
    if product.variants[0].availability == Availability::Available {
        values.insert(("stock".into(), "in".into()));
    }
    for stars in 1..=4 {
        if product.rating.is_some_and(|(mean, _)| mean >= stars * 100) {
            values.insert(("rating".into(), stars.to_string()));
        }
    }
    values
}

fn price(product: &ProductDocument) -> Option<i64> {
    product.variants[0].prices.first().map(|price| price.amount.minor())
}

struct Expected {
    slugs: Vec<String>,
    total: usize,
    counts: BTreeMap<(String, String), usize>,
    span: Option<(i64, i64)>,
}

/// What a listing is, said as plainly as possible.
fn expected(products: &[ProductDocument], query: &ListingQuery) -> Expected {
    let below = |id| match (1..=4).find(|number| category_id(*number) == id) {
        Some(1) => vec![1, 2, 3],
        Some(2) => vec![2, 3],
        Some(other) => vec![other],
        None => Vec::new(),
    };
    let in_category = |product: &&ProductDocument| {
        query.category.is_none_or(|id| below(id).iter().any(|number| product.categories == [category_id(*number)]))
    };
    let matches = |product: &ProductDocument, without: Option<&str>| {
        let values = values(product);
        query.chosen.iter().filter(|choice| without != Some(choice.facet.as_str())).all(|choice| {
            let same = query.chosen.iter().filter(|other| other.facet == choice.facet);
            same.into_iter().any(|other| values.contains(&(other.facet.clone(), other.value.clone())))
        })
    };
    let fits = |product: &ProductDocument| match price(product) {
        None => query.price_min.is_none() && query.price_max.is_none(),
        Some(price) => {
            query.price_min.is_none_or(|min| min.minor() <= price)
                && query.price_max.is_none_or(|max| price <= max.minor())
        }
    };
    let candidates: Vec<_> = products.iter().filter(in_category).collect();
    let mut found: Vec<_> = candidates.iter().filter(|product| matches(product, None) && fits(product)).collect();
    found.sort_by_key(|product| {
        let price = price(product);
        let key = match query.sort {
            Sort::Relevance => (-product.priority, -i64::try_from(product.sold).unwrap()),
            Sort::PriceUp => (i64::from(price.is_none()), price.unwrap_or(0)),
            Sort::PriceDown => (i64::from(price.is_none()), -price.unwrap_or(0)),
            Sort::Newest => (-product.created_at.micros(), 0),
            Sort::BestSelling => (-i64::try_from(product.sold).unwrap(), 0),
            Sort::Name => (0, 0),
        };
        let name = if query.sort == Sort::Name { product.title.get(&[en()]).to_owned() } else { String::new() };
        (key, name, product.id)
    });
    let mut counts: BTreeMap<_, usize> =
        query.chosen.iter().map(|choice| ((choice.facet.clone(), choice.value.clone()), 0)).collect();
    for product in &candidates {
        for value in values(product) {
            if fits(product) && matches(product, Some(&value.0)) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    let prices: Vec<_> = candidates.iter().filter(|product| matches(product, None)).filter_map(|p| price(p)).collect();
    Expected {
        total: found.len(),
        slugs: found.iter().map(|product| product.slug.clone()).collect(),
        counts,
        span: prices.iter().min().copied().zip(prices.iter().max().copied()),
    }
}

fn check(snapshot: &Snapshot, products: &[ProductDocument], query: &ListingQuery) -> Result<(), TestCaseError> {
    let want = expected(products, query);
    let got = snapshot.listing(query).unwrap();
    let first = (query.page - 1) * PAGE_SIZE;
    let page: Vec<_> = want.slugs.iter().skip(first).take(PAGE_SIZE).map(String::as_str).collect();
    prop_assert_eq!(slugs(&got), page);
    prop_assert_eq!(got.total, want.total);
    let counts: BTreeMap<_, _> = got
        .facets
        .iter()
        .flat_map(|facet| facet.values.iter().map(|value| ((facet.code.clone(), value.value.clone()), value.count)))
        .collect();
    prop_assert_eq!(counts, want.counts);
    prop_assert_eq!(got.price_span.map(|(low, high)| (low.minor(), high.minor())), want.span);
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn listings_are_what_a_naive_model_says(products in products(40), queries in vec(any_listing(), 40)) {
        let snapshot = runtime().block_on(async {
            let shop = Shop::new();
            shop.publish(products.clone()).await;
            shop.snapshot().await
        });
        for query in &queries {
            check(&snapshot, &products, query)?;
        }
    }

    #[test]
    fn small_publishes_give_what_a_whole_one_gives(
        base in products(20),
        edits in vec(vec((0..30_u64, prop::option::weighted(0.8, product(0))), 1..4), 1..26),
        queries in vec(any_listing(), 20),
        words in vec("(red|blue|green|small|mug|bowl)( mug| cup)?", 5),
    ) {
        let mut state: BTreeMap<u64, ProductDocument> = (0..).zip(base.clone()).collect();
        let (small, whole) = runtime().block_on(async {
            let shop = Shop::new();
            shop.publish(base).await;
            for edit in edits {
                let (mut upserts, mut removals) = (BTreeMap::new(), BTreeSet::new());
                for (number, edited) in edit {
                    upserts.remove(&number);
                    removals.remove(&product_id(number));
                    match edited {
                        Some(mut product) => {
                            let plain = mug(number);
                            // The address changes with what is in it, now and then.
                            product.slug = format!("{}-{}", plain.slug, product.sold % 2);
                            (product.id, product.oscar_keys) = (plain.id, plain.oscar_keys);
                            product.variants[0].id = plain.variants[0].id;
                            state.insert(number, product.clone());
                            upserts.insert(number, product);
                        }
                        None => {
                            state.remove(&number);
                            removals.insert(product_id(number));
                        }
                    }
                }
                shop.change(upserts.into_values().collect(), removals.into_iter().collect()).await;
            }
            let fresh = Shop::new();
            fresh.publish(state.values().cloned().collect()).await;
            (shop.snapshot().await, fresh.snapshot().await)
        });
        let products: Vec<_> = state.values().cloned().collect();
        prop_assert_eq!(small.products(), whole.products());
        for number in 0..30 {
            prop_assert_eq!(&small.product_by_id(product_id(number)).unwrap(), &state.get(&number).cloned());
            let key = i64::try_from(number).unwrap();
            prop_assert_eq!(small.slug_by_oscar_key(key).unwrap(), whole.slug_by_oscar_key(key).unwrap());
            for slug in [format!("mug-{number}"), format!("mug-{number}-0"), format!("mug-{number}-1")] {
                prop_assert_eq!(small.product(&slug).unwrap(), whole.product(&slug).unwrap());
            }
        }
        for query in &queries {
            check(&small, &products, query)?;
            check(&whole, &products, query)?;
        }
        for words in &words {
            let query = ListingQuery { words: Some(words.clone()), ..listing() };
            prop_assert_eq!(small.listing(&query).unwrap(), whole.listing(&query).unwrap(), "{}", words);
            let suggested = (small.suggest(words, en(), eur()).unwrap(), whole.suggest(words, en(), eur()).unwrap());
            let products = |list: &[Suggestion]| {
                list.iter().filter(|one| matches!(one, Suggestion::Product(_))).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(products(&suggested.0), products(&suggested.1));
        }
        let all = |snapshot: &Snapshot| {
            snapshot.slugs(None, 100).unwrap().entries.into_iter().map(|entry| entry.slug).collect::<Vec<_>>()
        };
        prop_assert_eq!(all(&small), all(&whole));
        for number in 1..=4 {
            prop_assert_eq!(small.products_in(category_id(number)), whole.products_in(category_id(number)));
        }
    }
}
