use super::*;
use crate::texts::languages;
use commerce::language::Language;
use std::collections::{HashMap, HashSet};

fn made() -> Assortment {
    assortment().unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

/// Fails if a text lacks one of the languages, or says the same in both where only names may.
fn check_texts(place: &str, texts: &Texts) {
    for language in languages() {
        let text = texts.exact(language).unwrap_or_default();
        assert!(!text.trim().is_empty(), "{place} has no text in {language}");
        assert_eq!(text.trim(), text, "{place}");
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    let Assortment { setup, products } = made();
    for category in &setup.categories {
        check_texts(category.slug.as_str(), &category.name);
        check_texts(category.slug.as_str(), &category.description);
    }
    setup.classes.iter().for_each(|class| check_texts(&class.code, &class.name));
    setup.attributes.iter().for_each(|attribute| check_texts(&attribute.code, &attribute.name));
    for group in &setup.groups {
        check_texts("group", &group.name);
        group.choices.iter().for_each(|choice| check_texts(&choice.code, &choice.name));
    }
    for option in &setup.options {
        check_texts(&option.code, &option.name);
        check_texts(&option.code, &option.help);
    }
    for ProductEntry { product, .. } in &products {
        let place = product.slug.as_str();
        if product.structure.parent().is_none() {
            for texts in [&product.title, &product.description, &product.meta_description] {
                check_texts(place, texts);
            }
        }
        product.images.iter().for_each(|image| check_texts(place, &image.alt));
        for (_, value) in &product.attributes {
            if let AttributeValue::Text(texts) | AttributeValue::RichText(texts) = value {
                check_texts(place, texts);
            }
        }
    }
}

#[test]
fn the_assortment_is_as_large_as_a_small_shop() {
    let Assortment { setup, products } = made();
    let count = |name| products.iter().filter(|entry| entry.product.structure.name() == name).count();
    let pages = count("standalone") + count("parent");
    assert!((145..=160).contains(&pages), "{pages} products with a page");
    assert!(count("child") > 200, "{} variants", count("child"));
    assert!(setup.categories.iter().any(|category| {
        let parent = |id| setup.categories.iter().find(|other| Some(other.id) == id);
        parent(category.parent).and_then(|above| parent(above.parent)).is_some()
    }));
    let filled: HashSet<CategoryId> = products.iter().flat_map(|entry| entry.product.categories.clone()).collect();
    for category in &setup.categories {
        let below = setup.categories.iter().any(|other| other.parent == Some(category.id));
        assert!(below || filled.contains(&category.id), "{:?} is empty", category.slug);
    }
    let records: Vec<&StockRecord> = products.iter().flat_map(|entry| &entry.stock_records).collect();
    let stock = |range: std::ops::RangeInclusive<i64>| {
        records.iter().filter(|record| record.on_hand.is_some_and(|units| range.contains(&units))).count()
    };
    assert!((5..40).contains(&stock(0..=0)), "{} sold out", stock(0..=0));
    assert!((10..60).contains(&stock(1..=4)), "{} low", stock(1..=4));
}

#[test]
fn every_kind_of_customer_option_and_nearly_every_kind_of_attribute_is_used() {
    let Assortment { setup, products } = made();
    let used: HashSet<OptionId> = (setup.classes.iter().flat_map(|class| class.options.clone()))
        .chain(products.iter().flat_map(|entry| entry.product.options.clone()))
        .collect();
    let kinds: HashSet<&str> =
        setup.options.iter().filter(|option| used.contains(&option.id)).map(|option| option.kind.name()).collect();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    let values = products.iter().flat_map(|entry| &entry.product.attributes);
    let kind = |id| setup.attributes.iter().find(|attribute| attribute.id == id).map(|attribute| attribute.kind.name());
    let kinds: HashSet<&str> = values.filter_map(|(id, _)| kind(*id)).collect();
    // A demo has no other store to point to and no files to hand out.
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

#[test]
fn names_are_unique() {
    let Assortment { setup, products } = made();
    let mut slugs = HashSet::new();
    let mut upcs = HashSet::new();
    let mut skus = HashSet::new();
    let mut ids = HashSet::new();
    for ProductEntry { product, stock_records } in &products {
        assert!(slugs.insert(product.slug.as_str()), "slug {}", product.slug);
        assert!(ids.insert(product.id.uuid()), "id of {}", product.slug);
        if let Some(upc) = &product.upc {
            assert!(upcs.insert(upc.as_str()), "UPC {upc}");
        }
        for record in stock_records {
            assert_eq!(record.product, product.id);
            assert!(skus.insert(record.sku.as_str()), "SKU {}", record.sku);
            assert!(ids.insert(record.id.uuid()));
            assert!(record.prices.iter().all(|price| ids.insert(price.id.uuid())), "prices of {}", record.sku);
        }
        assert!(product.images.iter().all(|image| ids.insert(image.id.uuid())), "pictures of {}", product.slug);
    }
    let categories: HashSet<&str> = setup.categories.iter().map(|category| category.slug.as_str()).collect();
    assert_eq!(categories.len(), setup.categories.len());
}

#[test]
fn check_digits_are_right() {
    for (digits, want) in [("400638133393", 1), ("978020137962", 4), ("501234567890", 0), ("000000000000", 0)] {
        assert_eq!(check_digit(digits), want, "{digits}");
    }
    for ProductEntry { product, stock_records } in &made().products {
        let sold_in_shops = !stock_records.is_empty() && product.weight_kg.is_some();
        assert_eq!(product.upc.is_some(), sold_in_shops, "{}", product.slug);
        if let Some(upc) = &product.upc {
            assert_eq!(upc.len(), 13, "{upc}");
            assert_eq!(Some(check_digit(&upc[..12])), upc.chars().last().and_then(|digit| digit.to_digit(10)), "{upc}");
        }
    }
}

#[test]
fn whatever_is_referred_to_is_there() {
    let Assortment { setup, products } = made();
    let by_id: HashMap<ProductId, &Product> = products.iter().map(|entry| (entry.product.id, &entry.product)).collect();
    let mut seen = HashSet::new();
    for ProductEntry { product, stock_records } in &products {
        let place = product.slug.as_str();
        if let Structure::Child(parent) = product.structure {
            assert!(seen.contains(&parent), "{place} comes behind its parent");
            assert!(matches!(by_id[&parent].structure, Structure::Parent(_)), "{place}");
            assert!(product.categories.is_empty() && !stock_records.is_empty(), "{place}");
        }
        seen.insert(product.id);
        for recommendation in &product.recommendations {
            let other = by_id.get(&recommendation.product).unwrap_or_else(|| panic!("{place} recommends nothing"));
            assert!(other.structure.parent().is_none() && other.id != product.id, "{place}");
        }
        for record in stock_records {
            assert!(setup.partners.iter().any(|partner| partner.id == record.partner), "{place}");
            let currencies: HashSet<String> =
                record.prices.iter().map(|price| price.amount.currency().to_string()).collect();
            assert_eq!(currencies.len(), 2, "{place} has a price in pounds and in euros");
            assert!(record.prices.iter().all(|price| price.amount.minor() >= 90), "{place}");
        }
        assert_eq!(matches!(product.structure, Structure::Parent(_)), stock_records.is_empty(), "{place}");
        assert!(product.maker.is_some(), "{place}");
    }
}

#[test]
fn attributes_fit_their_kind_and_variants_differ() {
    let Assortment { setup, products } = made();
    let mut forms = HashSet::new();
    for ProductEntry { product, .. } in &products {
        let place = product.slug.as_str();
        let parent = product.structure.parent();
        let class = product.structure.class().or_else(|| {
            products
                .iter()
                .find(|entry| Some(entry.product.id) == parent)
                .and_then(|entry| entry.product.structure.class())
        });
        for (id, value) in &product.attributes {
            let attribute = setup.attributes.iter().find(|attribute| attribute.id == *id).unwrap();
            assert_eq!(Some(attribute.class), class, "{place}: {}", attribute.code);
            assert!(value.fits(attribute.kind), "{place}: {}", attribute.code);
            let allowed = attribute.kind.group().and_then(|id| setup.groups.iter().find(|group| group.id == id));
            let known = |choice| allowed.is_some_and(|group| group.choices.iter().any(|known| known.id == choice));
            match value {
                AttributeValue::Option(choice) => assert!(known(*choice), "{place}: {}", attribute.code),
                AttributeValue::MultiOption(list) => assert!(list.iter().all(|choice| known(*choice)), "{place}"),
                _ => {}
            }
        }
        if parent.is_some() {
            assert!(!product.attributes.is_empty(), "{place} differs in nothing");
            assert!(forms.insert((parent, format!("{:?}", product.attributes))), "{place} has a twin");
        } else {
            let given = |id| product.attributes.iter().any(|(known, _)| *known == id);
            let needed =
                setup.attributes.iter().filter(|attribute| Some(attribute.class) == class && attribute.required);
            needed.for_each(|attribute| assert!(given(attribute.id), "{place} lacks {}", attribute.code));
        }
    }
}

#[test]
fn no_two_products_are_told_alike() {
    let mut seen: HashMap<String, String> = HashMap::new();
    for ProductEntry { product, .. } in &made().products {
        for (language, text) in product.description.iter() {
            let plain = text.trim_start_matches("<p>").trim_end_matches("</p>");
            assert!(plain.chars().count() > 50, "{} says little in {language}", product.slug);
            for sentence in plain.split_inclusive(['.', '!', '?', ';']) {
                let twin = seen.insert(sentence.trim().to_owned(), product.slug.to_string());
                assert_eq!(twin, None, "{} repeats: {sentence}", product.slug);
            }
        }
        let [english, german] = languages().map(|language: Language| product.description.exact(language));
        assert!(english.is_none() || english != german, "{} is not translated", product.slug);
    }
}

#[test]
fn every_picture_can_be_drawn() {
    let Assortment { setup, products } = made();
    let pictures = products.iter().flat_map(|entry| entry.product.images.iter().map(|image| image.source.as_str()));
    for source in pictures.chain(setup.categories.iter().filter_map(|category| category.image.as_deref())) {
        let seed = media::names::drawn_seed(source).unwrap();
        assert!(media::drawing::Drawing::understands(seed), "{seed}");
    }
    for ProductEntry { product, .. } in products {
        assert!(product.structure.parent().is_some() || product.images.len() >= 3, "{}", product.slug);
    }
}

#[test]
fn the_assortment_is_the_same_on_every_run() {
    let text = format!("{:?}", made());
    assert_eq!(text, format!("{:?}", made()));
    // When the data changes on purpose, put the new number here.
    assert_eq!(derived_uuid("test", &text).to_string(), "8a7f7d3d-91f1-826f-a03f-d2eb49e3eb4b");
}
