//! Search: forgiving, and safe whatever is typed.

use crate::shop::*;
use catalog::document::*;
use catalog::query::*;
use catalog::*;
use commerce::language::Texts;
use proptest::prelude::*;
use std::sync::Arc;

fn named(number: u64, slug: &str, english: &str, german: &str, sold: u64) -> ProductDocument {
    let mut product = mug(number);
    product.slug = slug.into();
    product.title = texts(english, german);
    product.description = Texts::default();
    product.sold = sold;
    product
}

fn assortment() -> Vec<ProductDocument> {
    let mut teapot = named(1, "teapot", "Blue Teapot", "Blaue Teekanne", 50);
    teapot.variants[0].sku = "TEA-2026/1".into();
    teapot.upc = Some("4006381333931".into());
    teapot.attributes = vec![choice("material", "porcelain")];
    let mut cups = named(2, "cups", "Tea Cups", "Teetassen", 40);
    cups.description = texts("<p>A set of six, goes with the teapot.</p>", "<p>Sechs Stück für Gäste.</p>");
    cups.categories = vec![category_id(3)];
    vec![
        teapot,
        cups,
        named(3, "shoes", "Walking Shoes", "Wanderschuhe", 30),
        named(4, "sofa", "Sofa Nordic", "Sofa Nordic", 20),
        named(5, "cheese", "Cheese", "Käse", 10),
        named(6, "houses", "Bird House", "Häuser für Vögel", 5),
        named(7, "shirt", "T-Shirt Classic", "T-Shirt Klassik", 3),
        named(8, "chocolate", "Chocolate", "Schokolade", 90),
        named(9, "book", "書籍 Tokyo", "書籍 Tokio", 0),
    ]
}

async fn snapshot() -> Arc<Snapshot> {
    let shop = Shop::new();
    shop.publish(assortment()).await;
    shop.snapshot().await
}

#[tokio::test]
async fn search_forgives() {
    let snapshot = snapshot().await;
    let cases: &[(&str, &str, &str, &[&str], Option<&str>)] = &[
        ("a word", "en", "teapot", &["teapot", "cups"], None),
        ("case and order of words", "en", "TEAPOT blue", &["teapot"], None),
        ("all words must match", "en", "tea cups", &["cups"], None),
        ("as many as there are, where none has all", "en", "blue cups", &["teapot", "cups"], None),
        ("plural for singular", "en", "teapots", &["teapot", "cups"], None),
        ("singular for plural", "en", "walking shoe", &["shoes"], None),
        ("plural in German", "de", "haus", &["houses"], None),
        ("no accents typed", "de", "kase", &["cheese"], None),
        ("accents typed", "de", "Käse", &["cheese"], None),
        ("a letter wrong", "en", "teapit", &["teapot", "cups"], Some("teapot")),
        ("a letter too few", "en", "chocolte", &["chocolate"], Some("chocolate")),
        ("two letters swapped", "en", "wlaking shoes", &["shoes"], Some("walking shoes")),
        ("two mistakes in a long word", "en", "chokolatte", &["chocolate"], Some("chocolate")),
        ("a mistake, told with its accents", "de", "käsee", &["cheese"], Some("käse")),
        ("a word begun", "en", "choco", &["chocolate"], None),
        ("two words written as one", "en", "birdhouse", &["houses"], Some("bird house")),
        ("an unknown word beside a known one", "en", "sofa xyzzyq", &["sofa"], Some("sofa")),
        ("a synonym", "en", "couch", &["sofa"], None),
        ("a synonym's plural", "en", "couches", &["sofa"], None),
        ("a synonym of two words", "en", "tee", &["shirt"], None),
        ("a SKU", "en", "TEA-2026/1", &["teapot"], None),
        ("a SKU without its signs", "en", "tea20261", &["teapot"], None),
        ("a SKU begun", "en", "tea-2026", &["teapot"], None),
        ("a UPC", "en", "4006381333931", &["teapot"], None),
        ("a UPC with spaces", "en", "4006381 333931", &["teapot"], None),
        ("an attribute", "en", "porcelain", &["teapot"], None),
        ("a category", "en", "espresso", &["cups"], None),
        ("a category above", "en", "cups kitchen", &["cups"], None),
        ("the description, without tags", "en", "six", &["cups"], None),
        ("a script without spaces", "en", "書", &["book"], None),
        ("nothing like it", "en", "qqqqqqqqqqqq", &[], None),
        ("signs alone", "en", "\"'()[]{}^~*?:\\/+-!&&||", &[], None),
        ("query syntax is no syntax", "en", "title:teapot AND", &["teapot"], None),
        ("NUL", "en", "\0sofa\0", &["sofa"], None),
    ];
    for (case, language, words, want, corrected) in cases {
        let language = if *language == "de" { de() } else { en() };
        let query = ListingQuery { words: Some((*words).into()), language, ..listing() };
        let found = snapshot.listing(&query).unwrap();
        if *case == "query syntax is no syntax" {
            assert_eq!(slugs(&found)[0], "teapot", "{case}");
            continue;
        }
        assert_eq!(slugs(&found), *want, "{case}: {words}");
        assert_eq!(found.corrected.as_deref(), *corrected, "{case}: {words}");
    }
}

#[tokio::test]
async fn empty_searches_list_everything_and_long_ones_are_cut() {
    let snapshot = snapshot().await;
    for words in ["", "   "] {
        let query = ListingQuery { words: Some(words.into()), ..listing() };
        assert_eq!(snapshot.listing(&query).unwrap().total, 9);
    }
    let long = format!("sofa {}", "nordic ".repeat(2_000));
    let query = ListingQuery { words: Some(long), ..listing() };
    assert_eq!(slugs(&snapshot.listing(&query).unwrap()), ["sofa"]);
    let query = ListingQuery { words: Some("x".repeat(10_000)), ..listing() };
    assert_eq!(snapshot.listing(&query).unwrap().total, 0);
}

#[tokio::test]
async fn the_better_match_stands_first() {
    let shop = Shop::new();
    let mut named_tea = assortment();
    named_tea.truncate(2);
    named_tea.push(named(20, "tea", "Tea", "Tee", 0));
    named_tea.push(named(21, "green-tea", "Green Tea", "Grüner Tee", 7));
    named_tea.push(named(22, "black-tea", "Black Tea", "Schwarzer Tee", 9));
    let mut told = named(23, "kettle", "Kettle", "Kessel", 1_000);
    told.description = texts("For tea.", "Für Tee.");
    named_tea.push(told);
    shop.publish(named_tea).await;
    let query = ListingQuery { words: Some("tea".into()), ..listing() };
    let found = shop.snapshot().await.listing(&query).unwrap();
    assert_eq!(slugs(&found), ["tea", "cups", "black-tea", "green-tea", "kettle"]);
}

#[tokio::test]
async fn a_word_that_very_many_titles_have_is_not_looked_for_in_descriptions() {
    let shop = Shop::new();
    let mut described = named(9_000, "described", "Kettle", "Kessel", 0);
    described.description = texts("Goes with a mug. Rare.", "Passt zum Becher. Selten.");
    shop.publish((0..600).map(mug).chain([described]).collect()).await;
    let snapshot = shop.snapshot().await;
    let total = |words: &str| snapshot.listing(&ListingQuery { words: Some(words.into()), ..listing() }).unwrap().total;
    assert_eq!(total("mug"), 600);
    assert_eq!(total("mug rare"), 1, "unless nothing else has all words");
    assert_eq!(total("mug kettle"), 1);
}

#[tokio::test]
async fn facets_narrow_a_search_without_changing_what_it_means() {
    let snapshot = snapshot().await;
    let query =
        ListingQuery { words: Some("teapot".into()), chosen: vec![chosen("material", "porcelain")], ..listing() };
    assert_eq!(slugs(&snapshot.listing(&query).unwrap()), ["teapot"]);
    let query = ListingQuery { words: Some("teapot".into()), category: Some(category_id(4)), ..listing() };
    let found = snapshot.listing(&query).unwrap();
    assert_eq!((found.total, found.corrected), (0, None));
}

#[tokio::test]
async fn suggestions_complete_the_last_word() {
    let snapshot = snapshot().await;
    let told = |typed: &str, language| -> Vec<String> {
        let suggestions = snapshot.suggest(typed, language, eur()).unwrap();
        assert!(suggestions.len() <= SUGGESTIONS_MAX);
        let tell = |suggestion: &Suggestion| match suggestion {
            Suggestion::Words(words) => format!("words {words}"),
            Suggestion::Product(card) => format!("product {}", card.slug),
            Suggestion::Category(id) => format!("category {}", snapshot.category(*id).unwrap().slug),
        };
        suggestions.iter().map(tell).collect()
    };
    assert_eq!(told("choc", en()), ["words chocolate", "product chocolate"]);
    assert_eq!(told("blue teap", en()), ["words blue teapot", "product teapot"]);
    assert!(told("blue choc", en()).is_empty(), "no product is both: nothing would be found");
    assert_eq!(told("kas", de()), ["words käse", "product cheese"]);
    assert_eq!(told("esp", en()), ["words espresso", "category category-3", "product cups"]);
    assert_eq!(told("kitch", en())[..2], ["words kitchen", "category category-1"]);
    assert_eq!(told("kitch", en())[2..4], ["product chocolate", "product teapot"], "best sellers first");
    assert!(told("", en()).is_empty());
    assert!(told("zzzz", en()).is_empty());
    assert!(told(&"a".repeat(10_000), en()).is_empty());
}

#[test]
fn no_search_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let snapshot = runtime.block_on(snapshot());
    proptest!(ProptestConfig::with_cases(300), |(words in "(\\PC| |tea|sofa|\"|-|\u{0}){0,40}")| {
        let query = ListingQuery { words: Some(words.clone()), ..listing() };
        snapshot.listing(&query).unwrap();
        snapshot.suggest(&words, de(), eur()).unwrap();
    });
}
