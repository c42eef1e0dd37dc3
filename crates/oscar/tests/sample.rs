//! The sample store of a real django-oscar 4.2.1, compared with what is known to be in it.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod support;

use commerce::catalogue::{AttributeKind, AttributeValue, CategoryTree, Structure};
use commerce::decimal::Decimal;
use commerce::ids::{AttributeId, CategoryId, ChoiceId, ProductId};
use commerce::money::Money;
use oscar::{ImportedProduct, ShippingCharge};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use support::{Imported, block_on, gbp, import, options, sample, sample_expect};

fn products_of(imported: &Imported) -> HashMap<ProductId, &ImportedProduct> {
    imported.products.iter().map(|product| (product.entry.product.id, product)).collect()
}

fn text(texts: &commerce::language::Texts) -> &str {
    texts.get(&[commerce::language::Language::ENGLISH])
}

#[test]
fn rows_are_counted_table_by_table() {
    let expect = sample_expect();
    let counts = block_on(async {
        let mut source = oscar::Source::open(&sample()).await.unwrap();
        source.counts().await.unwrap()
    });
    for (table, rows) in &counts.rows {
        assert_eq!(json!(rows), expect["rows"][table], "{table}");
    }
    let ours = |table: &str| {
        ["catalogue_", "offer_", "partner_", "shipping_", "voucher_"].iter().any(|area| table.starts_with(area))
    };
    for table in expect["rows"].as_object().unwrap().keys().filter(|table| ours(table)) {
        assert!(counts.rows.contains_key(table.as_str()), "{table} is counted");
    }
    assert_eq!(counts.products(), 1_000);
}

#[test]
fn what_orders_were_charged_is_told_by_country_and_class() {
    let expect = sample_expect();
    let taxes = block_on(async {
        let mut source = oscar::Source::open(&sample()).await.unwrap();
        source.taxes_charged().await.unwrap()
    });
    let lines: u64 = taxes.iter().map(|tax| tax.lines).sum();
    assert_eq!(json!(lines), expect["rows"]["order_line"]);
    assert!(taxes.iter().all(|tax| tax.percent() == "0"), "its strategy has no tax: {taxes:?}");

    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("store.sqlite3");
    std::fs::copy(sample(), &changed).unwrap();
    let rates = "UPDATE order_line SET line_price_incl_tax = ROUND(line_price_excl_tax * 1.055, 2)";
    block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&changed);
        let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        sqlx::raw_sql(rates).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
        let mut source = oscar::Source::open(changed.to_str().unwrap()).await.unwrap();
        let taxes = source.taxes_charged().await.unwrap();
        assert!(!taxes.is_empty() && taxes.iter().all(|tax| tax.percent() == "5.5"), "{taxes:?}");
    });
}

#[test]
fn the_catalogue_matches() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let expect = &expect["catalogue"];
    let by_id = products_of(&imported);
    let (mut by_structure, mut public) = (BTreeMap::<&str, u64>::new(), BTreeMap::<&str, u64>::new());
    for product in imported.products.iter().map(|product| &product.entry.product) {
        *by_structure.entry(product.structure.name()).or_default() += 1;
        *public.entry(product.structure.name()).or_default() += u64::from(product.is_public);
    }
    assert_eq!(json!(by_structure), expect["products_by_structure"]);
    assert_eq!(json!(public), expect["public_by_structure"]);
    let count = |want: &dyn Fn(&ImportedProduct) -> bool| json!(imported.products.iter().filter(|p| want(p)).count());
    let is_child = |p: &ImportedProduct| matches!(p.entry.product.structure, Structure::Child(_));
    let is_parent = |p: &ImportedProduct| matches!(p.entry.product.structure, Structure::Parent(_));
    assert_eq!(count(&|p| !p.entry.product.is_discountable), expect["not_discountable"]);
    assert_eq!(count(&|p| !is_parent(p) && p.entry.product.upc.is_none()), expect["without_upc"]);
    assert_eq!(count(&|p| !is_parent(p) && p.entry.stock_records.is_empty()), expect["without_stockrecord"]);
    assert_eq!(count(&|p| !is_child(p) && p.entry.product.categories.is_empty()), expect["without_category"]);
    let has_child = |id: ProductId| by_id.values().any(|p| p.entry.product.structure.parent() == Some(id));
    assert_eq!(count(&|p| is_parent(p) && !has_child(p.entry.product.id)), expect["parents_without_children"]);
    assert_eq!(json!(imported.setup.options.len()), json!(expect["options"].as_array().unwrap().len()));
}

#[test]
fn classes_and_attribute_values_match() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let expect = &expect["catalogue"];
    let classes: Vec<Value> = imported
        .setup
        .classes
        .iter()
        .map(|class| {
            let of_class = |p: &&ImportedProduct| p.entry.product.structure.class() == Some(class.id);
            json!({
                "name": text(&class.name),
                "requires_shipping": i32::from(class.requires_shipping),
                "track_stock": i32::from(class.track_stock),
                "attributes": imported.setup.attributes.iter().filter(|a| a.class == class.id).count(),
                "options": class.options.len(),
                "products": imported.products.iter().filter(of_class).count(),
            })
        })
        .collect();
    assert_eq!(json!(classes), expect["classes"]);
    let kinds: HashMap<AttributeId, AttributeKind> =
        imported.setup.attributes.iter().map(|attribute| (attribute.id, attribute.kind)).collect();
    let (mut by_type, mut sum, mut choices) = (BTreeMap::<&str, u64>::new(), 0, 0);
    for (id, value) in imported.products.iter().flat_map(|product| &product.entry.product.attributes) {
        assert!(value.fits(kinds[id]), "{value:?}");
        *by_type.entry(kinds[id].name()).or_default() += 1;
        match value {
            AttributeValue::Integer(number) => sum += number,
            AttributeValue::MultiOption(chosen) => choices += chosen.len(),
            _ => {}
        }
    }
    assert_eq!(json!(by_type), expect["attribute_values_by_type"]);
    assert_eq!(json!(sum), expect["sum_of_integer_attributes"]);
    assert_eq!(json!(choices), expect["multi_option_choices"]);
}

/// The names from the top down, as the expectations write them.
fn path_of(tree: &CategoryTree, id: CategoryId) -> String {
    tree.path(id).iter().map(|category| text(&category.name)).collect::<Vec<_>>().join(" > ")
}

#[test]
fn the_category_tree_matches_with_its_numbers_of_products() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let tree = CategoryTree::new(imported.setup.categories.clone());
    let (mut direct, mut below) = (HashMap::<CategoryId, u64>::new(), HashMap::<CategoryId, u64>::new());
    for product in imported.products.iter().map(|product| &product.entry.product) {
        for id in &product.categories {
            *direct.entry(*id).or_default() += 1;
        }
        for id in tree.with_ancestors(product.categories.iter().copied()) {
            *below.entry(id).or_default() += 1;
        }
    }
    let found: Vec<Value> = tree
        .iter()
        .map(|category| {
            json!({
                "path": path_of(&tree, category.id),
                "public": category.is_public,
                "in_menu": category.in_menu,
                "direct_products": direct.get(&category.id).copied().unwrap_or_default(),
                "products_with_descendants": below.get(&category.id).copied().unwrap_or_default(),
            })
        })
        .collect();
    assert_eq!(json!(found), expect["categories"]);
}

#[test]
fn stock_and_prices_match_to_the_penny() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let expect = &expect["stock"];
    let records: Vec<_> = imported.products.iter().flat_map(|product| &product.entry.stock_records).collect();
    let partner = &imported.setup.partners[0];
    assert!(records.iter().all(|record| record.partner == partner.id));
    let units: i64 = records.iter().filter_map(|record| record.on_hand).sum();
    let allocated: i64 = imported.products.iter().flat_map(|p| &p.allocated).map(|(_, units)| units).sum();
    let by_partner = json!([{
        "partner": partner.name, "code": partner.code, "records": records.len(), "units": units,
        "allocated": allocated,
    }]);
    assert_eq!(by_partner, expect["by_partner"]);
    let prices = records.iter().flat_map(|record| &record.prices).map(|price| price.amount);
    assert_eq!(Money::sum(gbp(), prices.clone()).unwrap().to_decimal_string(), expect["sum_price"]);
    let value = records
        .iter()
        .filter_map(|record| record.prices.first()?.amount.times(u32::try_from(record.on_hand?).unwrap()).ok());
    assert_eq!(Money::sum(gbp(), value).unwrap().to_decimal_string(), expect["value_in_stock"]);
    assert_eq!(json!(records.iter().filter(|record| record.prices.is_empty()).count()), expect["without_price"]);
    assert_eq!(json!(records.iter().filter(|record| record.on_hand.is_none()).count()), expect["untracked"]);
    let mut currencies = BTreeMap::<String, u64>::new();
    prices.for_each(|price| *currencies.entry(price.currency().to_string()).or_default() += 1);
    assert_eq!(json!(currencies), expect["currencies"]);
}

fn attribute_json(value: &AttributeValue, choices: &HashMap<ChoiceId, String>) -> Value {
    match value {
        AttributeValue::Text(texts) | AttributeValue::RichText(texts) => json!(text(texts)),
        AttributeValue::Integer(number) => json!(number),
        AttributeValue::Boolean(flag) => json!(flag),
        AttributeValue::Float(number) => json!(number.to_string().parse::<f64>().unwrap()),
        AttributeValue::Date(day) => json!(day.to_string()),
        AttributeValue::DateTime(moment) => json!(moment.to_rfc3339().replace('T', " ").trim_end_matches('Z')),
        AttributeValue::Option(choice) => json!(choices[choice]),
        AttributeValue::MultiOption(chosen) => {
            let mut names: Vec<&String> = chosen.iter().map(|choice| &choices[choice]).collect();
            names.sort_unstable();
            json!(names)
        }
        other => json!(format!("{other:?}")),
    }
}

#[test]
fn sample_products_match_field_by_field() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let tree = CategoryTree::new(imported.setup.categories.clone());
    let codes: HashMap<AttributeId, &str> =
        imported.setup.attributes.iter().map(|attribute| (attribute.id, attribute.code.as_str())).collect();
    let all_choices = imported.setup.groups.iter().flat_map(|group| &group.choices);
    let choices: HashMap<ChoiceId, String> =
        all_choices.map(|choice| (choice.id, text(&choice.name).to_owned())).collect();
    for want in expect["samples"].as_array().unwrap() {
        let upc = want["upc"].as_str();
        let found = imported.products.iter().find(|product| product.entry.product.upc.as_deref() == upc).unwrap();
        let product = &found.entry.product;
        let is_child_of = |p: &&ImportedProduct| p.entry.product.structure.parent() == Some(product.id);
        let mut categories: Vec<String> = product.categories.iter().map(|id| path_of(&tree, *id)).collect();
        categories.sort_unstable();
        let prices = found.entry.stock_records.iter().flat_map(|record| &record.prices);
        let attributes: BTreeMap<&str, Value> =
            product.attributes.iter().map(|(id, value)| (codes[id], attribute_json(value, &choices))).collect();
        let got = json!({
            "title": text(&product.title),
            "slug": product.slug.as_str(),
            "upc": product.upc,
            "structure": product.structure.name(),
            "categories": categories,
            "prices": prices.map(|price| price.amount.to_decimal_string()).collect::<Vec<_>>(),
            "children": imported.products.iter().filter(is_child_of).count(),
            "attributes": attributes,
        });
        assert_eq!(&got, want);
    }
}

#[test]
fn ratings_reviews_pictures_and_recommendations_come_along() {
    let (expect, imported) = (sample_expect(), import(&sample()));
    let products = || imported.products.iter().map(|product| &product.entry.product);
    let rows = |table: &str| expect["rows"][table].clone();
    assert_eq!(
        json!(products().filter(|p| p.rating_hundredths.is_some()).count()),
        expect["reviews"]["rated_products"]
    );
    let hundredths: i64 = products().filter_map(|p| p.rating_hundredths).map(i64::from).sum();
    let exact = expect["reviews"]["sum_of_ratings_x1000"].as_i64().unwrap();
    assert!((hundredths * 10 - exact).abs() <= 20 * 5, "{hundredths}: each is rounded by half a hundredth at most");
    assert_eq!(json!(products().map(|p| p.rating_count).sum::<u32>()), expect["reviews"]["by_status"]["1"]);
    assert_eq!(json!(products().map(|p| p.images.len()).sum::<usize>()), rows("catalogue_productimage"));
    assert_eq!(
        json!(products().map(|p| p.recommendations.len()).sum::<usize>()),
        rows("catalogue_productrecommendation")
    );
    let weights = products().filter(|p| p.weight_kg.is_some()).count();
    assert_eq!(json!(weights), expect["catalogue"]["attribute_values_by_type"]["float"]);
    let slugs: std::collections::HashSet<_> = products().map(|p| &p.slug).collect();
    assert_eq!(slugs.len(), imported.products.len(), "each slug once");
}

#[test]
fn nothing_of_the_sample_is_left_out_but_the_partners_address() {
    let imported = import(&sample());
    let codes: Vec<&str> = imported.report.findings().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["not_brought"]);
}

#[test]
fn delivery_methods_come_over_exactly() {
    let imported = import(&sample());
    let gbp = |minor| Money::from_minor(minor, gbp());
    let kg = |text| Decimal::parse(text).unwrap();
    let [item, weight] = imported.shipping.as_slice() else { panic!("{:?}", imported.shipping) };
    assert_eq!((item.code.as_str(), item.name.as_str()), ("order-and-item", "Order and item"));
    assert!(item.countries.is_empty(), "everywhere");
    let want = ShippingCharge::OrderAndItem { per_order: gbp(200), per_item: gbp(50), free_from: Some(gbp(9_000)) };
    assert_eq!(item.charge, want);
    assert_eq!(weight.countries, ["GB", "IE"]);
    let bands = [("1", 320), ("5", 680), ("20", 1_400)];
    let bands = bands.map(|(to, charge)| oscar::WeightBand { up_to_kg: kg(to), charge: gbp(charge) }).to_vec();
    assert_eq!(weight.charge, ShippingCharge::Weight { default_weight_kg: kg("0.5"), bands });
}

#[test]
fn pages_of_any_size_hold_the_same() {
    let whole = import(&sample());
    for limit in [1, 7, 333, 10_000] {
        let paged = support::import_by(&sample(), options(), limit);
        assert!(paged.products == whole.products, "{limit} a page");
        assert_eq!(paged.report, whole.report, "{limit} a page");
    }
}
