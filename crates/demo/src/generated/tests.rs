use super::*;
use std::collections::{HashMap, HashSet};

#[test]
fn the_same_seed_makes_the_same_catalogue() {
    let text = |seed| products(1_000, seed).map(|entry| format!("{entry:?}")).collect::<String>();
    let first = text(7);
    assert_eq!(first, text(7));
    assert_ne!(first, text(8));
    // A longer run begins with the shorter one.
    assert!(products(2_000, 7).take(1_000).eq(products(1_000, 7)));
    // When the grammar changes on purpose, put the new number here; figures measured before no longer compare.
    assert_eq!(derived_uuid("test", &first).to_string(), "62a36208-4328-8dd3-b5a6-e1883f4557c1");
}

#[test]
fn names_are_unique_and_codes_right() {
    let (mut slugs, mut skus, mut upcs) = (HashSet::new(), HashSet::new(), HashSet::new());
    for ProductEntry { product, stock_records } in products(5_000, 1) {
        let upc = product.upc.unwrap();
        assert_eq!(upc.len(), 13);
        assert!(upc.ends_with(&check_digit(&upc[..12]).to_string()), "{upc}");
        assert!(upcs.insert(upc) && skus.insert(stock_records[0].sku.clone()), "{}", product.slug);
        assert_eq!(stock_records[0].prices.iter().filter(|price| price.from.is_none()).count(), 2);
        assert!(slugs.insert(product.slug));
    }
}

#[test]
fn values_fit_and_categories_fill_evenly() {
    let setup = setup();
    let mut slugs = HashSet::new();
    assert!(setup.categories.iter().all(|category| slugs.insert(category.slug.clone())));
    let mut codes = HashSet::new();
    assert!(setup.groups.iter().flat_map(|group| &group.choices).all(|choice| codes.insert(choice.id)));
    assert_eq!(setup.attributes.iter().filter(|attribute| attribute.facet).count(), 5);
    let mut filled: HashMap<CategoryId, usize> = HashMap::new();
    for ProductEntry { product, .. } in products(24_000, 3) {
        for (id, value) in &product.attributes {
            let attribute = setup.attributes.iter().find(|attribute| attribute.id == *id).unwrap();
            assert!(value.fits(attribute.kind), "{}", attribute.code);
        }
        *filled.entry(product.categories[0]).or_default() += 1;
    }
    assert!(filled.len() >= 200 && filled.values().all(|count| *count == 100), "4,167 each of a million");
    assert!(filled.keys().all(|id| setup.categories.iter().any(|category| category.id == *id)));
}

#[test]
fn few_words_are_common_and_most_are_rare() {
    let words: HashSet<String> = (0..VOCABULARY_WORDS).map(word).collect();
    assert_eq!(words.len(), VOCABULARY_WORDS, "each rank has its own word");
    let mut counts: HashMap<String, usize> = HashMap::new();
    for entry in products(4_000, 5) {
        for word in entry.product.description.get(&[]).split_whitespace() {
            *counts.entry(word.trim_matches('.').to_lowercase()).or_default() += 1;
        }
    }
    let total: usize = counts.values().sum();
    let mut sorted: Vec<usize> = counts.into_values().collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let top: usize = sorted.iter().take(100).sum();
    assert!(top * 100 / total > 35 && sorted.len() > 10_000, "{top} of {total}, {} words", sorted.len());
}
