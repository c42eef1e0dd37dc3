//! A store in which every row is odd: each comes over sensibly or is reported, the same from both engines.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod support;

use commerce::catalogue::{AttributeKind, AttributeValue, Category, CategoryTree, Structure};
use commerce::language::{Language, Texts};
use commerce::money::Money;
use oscar::{Code, ImportedProduct, ShippingCharge, ids};
use support::{Imported, ODD, Store, gbp, import};

fn text(texts: &Texts) -> &str {
    texts.get(&[Language::ENGLISH])
}

fn product(imported: &Imported, key: i64) -> &ImportedProduct {
    imported.products.iter().find(|product| product.entry.product.oscar == Some(key)).unwrap()
}

/// Keys of the rows that were reported, by table.
fn reported(imported: &Imported, code: Code, table: &str) -> Vec<i64> {
    let entries = imported.report.find(code).map(|finding| finding.entries.as_slice()).unwrap_or_default();
    let mut keys: Vec<i64> = entries.iter().filter(|entry| entry.table == table).filter_map(|e| e.key).collect();
    keys.sort_unstable();
    keys
}

fn on_both_at(check: fn(&str)) {
    check(&Store::sqlite(ODD).address);
    #[cfg(feature = "postgres")]
    support::on_postgres(ODD, check);
}

fn on_both(check: fn(&Imported)) {
    check(&import(&Store::sqlite(ODD).address));
    #[cfg(feature = "postgres")]
    support::on_postgres(ODD, |address| check(&import(address)));
}

#[test]
fn odd_products_come_over_or_are_reported() {
    on_both(|imported| {
        let of = |key| &product(imported, key).entry.product;
        assert_eq!(imported.products.len(), 17);
        let slugs: Vec<(i64, &str)> =
            imported.products.iter().map(|p| (p.entry.product.oscar.unwrap(), p.entry.product.slug.as_str())).collect();
        let expected = [
            (1, "mug"),
            (2, "mug-2"),
            (3, "書籍"),
            (4, "product-4"),
            (5, "no-class"),
            (6, "unknown-class"),
            (10, "shirt"),
            (11, "shirt-2"),
            (12, "shirt-3"),
            (13, "cc"),
            (14, "product-14"),
            (15, "np"),
            (16, "mug-script-alert-1-script"),
            (17, "own"),
            (18, "no-children"),
            (19, "bundle"),
            (20, "red"),
        ];
        assert_eq!(slugs, expected);
        assert_eq!(text(&of(1).title), "Mug & <script>alert(1)</script>", "a title is text, not HTML");
        assert_eq!(text(&of(4).title), "Product 4");
        assert_eq!((of(1).upc.as_deref(), &of(2).upc, &of(3).upc), (Some("U1"), &None, &None));
        assert_eq!((of(1).rating_hundredths, of(1).rating_count, of(3).rating_hundredths), (Some(367), 3, None));
        assert_eq!(of(1).created_at.to_rfc3339(), "2026-01-02T03:04:05Z");
        assert_eq!(of(1).created_at.micros() % 1_000_000, 678_901);
        assert!(of(4).is_public && of(4).is_discountable, "NULL is Oscar's usual value");
        for (code, keys) in [
            (Code::NameMissing, vec![4, 14]),
            (Code::Duplicate, vec![2]),
            (Code::SlugMade, vec![3, 14, 16]),
            (Code::SlugChanged, vec![2, 4]),
            (Code::StructureUnknown, vec![19, 20]),
            (Code::ClassMissing, vec![5, 6, 14, 15, 17]),
            (Code::ParentMissing, vec![14, 15, 17]),
            (Code::ChildOfChild, vec![13]),
            (Code::ParentNotParent, vec![16]),
            (Code::ParentWithoutChildren, vec![18]),
            (Code::NotUsed, vec![10, 11, 11, 12]),
            (Code::ValueInvalid, vec![3]),
            (Code::ValueDefaulted, vec![4, 4, 4]),
            (Code::StockRecordMissing, vec![14, 15, 17, 19, 20]),
        ] {
            assert_eq!(reported(imported, code, "catalogue_product"), keys, "{code:?}");
        }
    });
}

#[test]
fn families_are_put_together_as_far_as_they_go() {
    on_both(|imported| {
        let of = |key| &product(imported, key).entry.product;
        let (mug, unclassified) = (ids::class(1), ids::unclassified());
        for (key, structure, is_public) in [
            (1, Structure::Standalone(mug), true),
            (5, Structure::Standalone(unclassified), true),
            (6, Structure::Standalone(unclassified), true),
            (10, Structure::Parent(mug), true),
            (11, Structure::Child(ids::product(10)), true),
            (13, Structure::Child(ids::product(10)), true),
            (14, Structure::Standalone(unclassified), false),
            (15, Structure::Standalone(unclassified), false),
            (16, Structure::Standalone(mug), true),
            (17, Structure::Standalone(unclassified), false),
            (18, Structure::Parent(mug), true),
            (19, Structure::Standalone(mug), true),
            (20, Structure::Child(ids::product(10)), true),
        ] {
            assert_eq!((of(key).structure, of(key).is_public), (structure, is_public), "product {key}");
        }
        assert!(imported.setup.classes.iter().any(|class| class.id == unclassified));
        assert!(of(11).title.is_empty(), "a child without a title shows its parent's");
        assert!(!of(11).is_discountable, "a child's own flag");
        assert_eq!(text(&of(16).title), "Mug & <script>alert(1)</script>", "what it showed as a child");
        let kg = |key| of(key).weight_kg.map(|weight| weight.to_string());
        assert_eq!(
            [1, 2, 10, 11, 12].map(kg),
            [Some("0.3"), None, Some("1.5"), Some("1.5"), Some("2.25")].map(|kg| kg.map(str::to_owned))
        );
        assert_eq!(of(1).categories, [ids::category(1), ids::category(2)]);
        assert!(of(11).categories.is_empty() && of(11).options.is_empty(), "a child has its parent's");
        assert_eq!(of(1).options, [ids::option(6), ids::option(1)], "in the order of the form");
        assert_eq!(reported(imported, Code::ReferenceMissing, "catalogue_productcategory"), [3, 6, 7]);
        assert_eq!(reported(imported, Code::ReferenceMissing, "catalogue_product_product_options"), [3]);
    });
}

#[test]
fn pictures_and_recommendations_keep_their_order() {
    on_both(|imported| {
        let mug = &product(imported, 1).entry.product;
        let sources: Vec<&str> = mug.images.iter().map(|image| image.source.as_str()).collect();
        assert_eq!(sources, ["images/c.jpg", "images/a.jpg", "images/b.jpg"]);
        assert_eq!(text(&mug.images[2].alt), "B");
        assert_eq!(reported(imported, Code::PathInvalid, "catalogue_productimage"), [3, 4, 5]);
        let recommended: Vec<_> = mug.recommendations.iter().map(|other| (other.product, other.ranking)).collect();
        assert_eq!(recommended, [(ids::product(3), 9), (ids::product(2), 1)]);
        assert_eq!(reported(imported, Code::Duplicate, "catalogue_productrecommendation"), [3, 5]);
        assert_eq!(reported(imported, Code::ReferenceMissing, "catalogue_productrecommendation"), [4, 6]);
    });
}

#[test]
fn categories_come_to_the_nearest_place_there_is() {
    on_both(|imported| {
        let of = |key: i64| -> &Category {
            imported.setup.categories.iter().find(|category| category.oscar == Some(key)).unwrap()
        };
        for (key, parent, slug) in [
            (1, None, "top"),
            (2, Some(1), "category-2"),
            (3, Some(1), "top-2"),
            (4, None, "lost-things"),
            (5, None, "double"),
            (6, Some(1), "half"),
            (7, None, "category-7"),
            (8, Some(2), "u66f8u7c4d"),
        ] {
            assert_eq!((of(key).parent, of(key).slug.as_str()), (parent.map(ids::category), slug), "category {key}");
        }
        assert_eq!(CategoryTree::new(imported.setup.categories.clone()).iter().count(), 8, "nothing is lost");
        assert_eq!(text(&of(1).description), "<p>Short</p>\n<p>Long</p>");
        assert_eq!((of(1).image.as_deref(), of(1).code.as_deref()), (Some("cat/top.jpg"), Some("TOP")));
        assert!(!of(1).in_menu && of(2).in_menu && !of(2).is_public && of(7).is_public);
        assert_eq!(text(&of(7).name), "Category 7");
        for (code, keys) in [
            (Code::CategoryOrphan, vec![3, 4]),
            (Code::CategoryPath, vec![5, 6, 7]),
            (Code::SlugMade, vec![2, 7]),
            (Code::SlugChanged, vec![3, 4]),
            (Code::PathInvalid, vec![5]),
        ] {
            assert_eq!(reported(imported, code, "catalogue_category"), keys, "{code:?}");
        }
    });
}

#[test]
fn all_twelve_attribute_types_come_over() {
    on_both(|imported| {
        let english = |text: &str| Texts::single(Language::ENGLISH, text);
        let mug = &product(imported, 1).entry.product;
        let date = "2024-02-29".parse().unwrap();
        let moment = commerce::moment::Moment::parse_rfc3339("2026-08-03T09:30:00Z").unwrap();
        let expected = [
            AttributeValue::Text(english("A <b> & more")),
            AttributeValue::Integer(-7),
            AttributeValue::Boolean(false),
            AttributeValue::Float(commerce::decimal::Decimal::parse("0.3").unwrap()),
            AttributeValue::RichText(english("<i>Wipe</i>")),
            AttributeValue::Date(date),
            AttributeValue::DateTime(moment),
            AttributeValue::Option(ids::choice(2)),
            AttributeValue::MultiOption(vec![ids::choice(1), ids::choice(3)]),
            AttributeValue::Entity { kind: "sites.site".to_owned(), key: 42 },
            AttributeValue::File("files/a.pdf".to_owned()),
            AttributeValue::Image("images/i.png".to_owned()),
        ];
        let found: Vec<_> = mug.attributes.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(found, expected);
        let kept: Vec<_> = product(imported, 2).entry.product.attributes.clone();
        let expected = [
            (ids::attribute(14), AttributeValue::Text(english("odd kept"))),
            (ids::attribute(16), AttributeValue::Text(english("homeless"))),
            (ids::attribute(4), AttributeValue::Float(commerce::decimal::Decimal::parse("-1").unwrap())),
            (ids::attribute(15), AttributeValue::Text(english("Red"))),
        ];
        assert_eq!(kept, expected);
        let values = "catalogue_productattributevalue";
        assert_eq!(reported(imported, Code::ValueInvalid, values), [20, 28, 29, 31, 32, 33]);
        assert_eq!(reported(imported, Code::ChoiceMissing, values), [10, 28, 29, 31]);
        assert_eq!(reported(imported, Code::Duplicate, values), [2]);
        assert_eq!(reported(imported, Code::ReferenceMissing, values), [21, 24]);
        let chosen = "catalogue_productattributevalue_value_multi_option";
        assert_eq!(reported(imported, Code::ReferenceMissing, chosen), [6]);
    });
}

#[test]
fn attributes_options_and_choices_get_usable_codes_and_types() {
    on_both(|imported| {
        let codes: Vec<&str> = imported.setup.attributes.iter().map(|attribute| attribute.code.as_str()).collect();
        let expected = [
            "text",
            "integer",
            "boolean",
            "weight",
            "rich",
            "date",
            "moment",
            "colour",
            "colours",
            "entity",
            "file",
            "image",
            "colour",
            "odd-type",
            "nogroup",
            "text",
            "attribute-17",
            "text-2",
        ];
        assert_eq!(codes, expected);
        assert_eq!(imported.setup.attributes[13].kind, AttributeKind::Text);
        assert_eq!(reported(imported, Code::TypeUnknown, "catalogue_productattribute"), [14, 15]);
        assert_eq!(reported(imported, Code::ClassMissing, "catalogue_productattribute"), [16]);
        let kinds: Vec<&str> = imported.setup.options.iter().map(|option| option.kind.name()).collect();
        let expected = [
            "text",
            "integer",
            "float",
            "boolean",
            "date",
            "select",
            "radio",
            "multi_select",
            "checkbox",
            "text",
            "text",
            "text",
            "text",
        ];
        assert_eq!(kinds, expected);
        assert!(imported.setup.options[11].required, "Oscar 2 kept it in the type");
        assert_eq!(imported.setup.options[12].code, "option-13");
        assert_eq!(reported(imported, Code::TypeUnknown, "catalogue_option"), [10, 11]);
        let choices: Vec<(&str, &str)> =
            imported.setup.groups[0].choices.iter().map(|c| (c.code.as_str(), text(&c.name))).collect();
        let expected = [
            ("grun-b-blau-b", "Grün & <b>Blau</b>"),
            ("red", "Red"),
            ("red-2", "Rot"),
            ("choice-6", "Choice 6"),
            ("sea_green", "Sea green"),
        ];
        assert_eq!(choices, expected);
        for (table, key) in [("catalogue_attributeoption", 7), ("catalogue_productattribute", 8)] {
            assert!(reported(imported, Code::CodeChanged, table).contains(&key), "capitals are told: {table} {key}");
        }
        let codes: Vec<&str> = imported.setup.classes.iter().map(|class| class.code.as_str()).collect();
        assert_eq!(codes, ["mug", "mug-2", "class-3", "unclassified"]);
        assert_eq!(imported.setup.classes[0].options, [ids::option(5), ids::option(1)]);
    });
}

#[test]
fn prices_are_exact_and_stock_is_never_below_nought() {
    on_both(|imported| {
        let records = |key| product(imported, key).entry.stock_records.as_slice();
        let minor = |key: i64| records(key).first().and_then(|record| record.prices.first()).map(|price| price.amount);
        let pounds = |minor| Some(Money::from_minor(minor, gbp()));
        assert_eq!(minor(1), pounds(1_999));
        assert_eq!(minor(3), None, "no price: not for sale");
        assert_eq!(minor(4), pounds(0), "0.00 is a price");
        assert_eq!(minor(5), pounds(1_235), "12.345, half up");
        assert_eq!([minor(6), minor(12)], [None, None], "negative; unknown currency");
        assert_eq!(minor(11).map(|price| (price.minor(), price.currency().to_string())), Some((121, "JPY".to_owned())));
        assert_eq!(minor(13), pounds(400), "no currency is the store's");
        let skus: Vec<&str> = [1, 2, 3].iter().flat_map(|key| records(*key)).map(|r| r.sku.as_str()).collect();
        assert_eq!(skus, ["A", "A", "A-2", "oscar-4"], "unique with a partner; the first record comes first");
        let units = |key: i64| records(key)[0].on_hand;
        assert_eq!([1, 3, 4, 5].map(units), [Some(10), None, Some(0), Some(0)]);
        assert_eq!(product(imported, 1).allocated, [(ids::stock_record(1), 3)]);
        assert_eq!((records(1)[0].low_stock_threshold, records(2)[0].low_stock_threshold), (Some(2), None));
        assert_eq!(records(13)[0].partner, ids::unknown_partner());
        assert!(records(10).is_empty(), "a parent has none");
        for (code, keys) in [
            (Code::PriceMissing, vec![4]),
            (Code::AmountRounded, vec![6, 9]),
            (Code::AmountInvalid, vec![7]),
            (Code::CurrencyOther, vec![9]),
            (Code::CurrencyUnknown, vec![10]),
            (Code::StockUnknown, vec![5, 6, 6]),
            (Code::StockOversold, vec![3]),
            (Code::CodeChanged, vec![3, 4]),
            (Code::ReferenceMissing, vec![11, 12]),
        ] {
            assert_eq!(reported(imported, code, "partner_stockrecord"), keys, "{code:?}");
        }
        let partners: Vec<(&str, &str)> =
            imported.setup.partners.iter().map(|partner| (partner.code.as_str(), partner.name.as_str())).collect();
        assert_eq!(partners, [("house", ""), ("house-2", "Second"), ("third-co", "Third & Co"), ("unknown", "")]);
    });
}

#[test]
fn odd_delivery_methods_are_completed_or_reported() {
    on_both(|imported| {
        let [flat, weight, empty] = imported.shipping.as_slice() else { panic!("{:?}", imported.shipping) };
        let money = |minor| Money::from_minor(minor, gbp());
        let want = ShippingCharge::OrderAndItem { per_order: money(201), per_item: money(0), free_from: None };
        assert_eq!(flat.charge, want);
        assert_eq!((weight.name.as_str(), weight.countries.as_slice()), ("Delivery 1", ["GB".to_owned()].as_slice()));
        let ShippingCharge::Weight { bands, .. } = &weight.charge else { panic!("{weight:?}") };
        assert_eq!(bands.iter().map(|band| band.charge.minor()).collect::<Vec<_>>(), [320, 680]);
        assert_eq!(reported(imported, Code::DeliveryIncomplete, "shipping_weightband"), [3, 4]);
        assert_eq!(reported(imported, Code::DeliveryIncomplete, "shipping_weightbased"), [2]);
        assert_eq!(empty.code, "empty");
    });
}

#[test]
fn pages_of_any_size_hold_the_same_odd_rows() {
    on_both_at(|address| {
        let whole = import(address);
        for limit in 1..=20 {
            let paged = support::import_by(address, support::options(), limit);
            assert!(paged.products == whole.products, "{limit} a page");
            assert!(paged.setup == whole.setup, "{limit} a page");
            let totals = |report: &oscar::Report| -> Vec<(Code, u64)> {
                report.findings().map(|finding| (finding.code, finding.total)).collect()
            };
            assert_eq!(totals(&paged.report), totals(&whole.report), "{limit} a page");
        }
    });
}
