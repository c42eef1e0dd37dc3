//! What a store holds, counted.

use crate::sample::{category, fill, gbp, plain_product, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::catalogue::Structure;
use commerce::ids::ProductId;
use commerce::order::OrderState;
use db::inventory::{Inventory, OrderCount, PartnerCount};

on_both![an_empty_store_has_nothing, a_store_is_counted, a_category_counts_each_product_once];

async fn an_empty_store_has_nothing(test: TestDb) {
    let found = test.db.load_inventory(NOW).await.unwrap();
    assert!(found.tables.values().chain(found.rows.values()).all(|count| *count == 0));
    let Inventory { categories, orders, .. } = found;
    assert!(categories.is_empty() && orders.is_empty());
}

async fn a_store_is_counted(test: TestDb) {
    fill(&test).await;
    let before = test.db.statements();
    let found = test.db.load_inventory(NOW).await.unwrap();
    assert!(test.db.statements() - before < 80, "the number of statements does not grow with the store");
    assert_eq!((found.tables["products"], found.rows["catalogue_product"]), (301, 301));
    assert_eq!(found.tables["webhook_events"], 600);
    let catalogue = &found.catalogue;
    assert_eq!(catalogue.products_by_structure.clone().into_iter().collect::<Vec<_>>(), [("standalone".into(), 301)]);
    assert_eq!(catalogue.public_by_structure, catalogue.products_by_structure);
    assert_eq!((catalogue.not_discountable, catalogue.without_upc, catalogue.without_category), (301, 0, 0));
    assert_eq!((catalogue.without_stockrecord, catalogue.parents_without_children), (0, 0));
    assert!(catalogue.attribute_values_by_type.values().all(|count| *count == 1));
    assert_eq!(catalogue.attribute_values_by_type.len(), 12);
    assert_eq!((catalogue.multi_option_choices, catalogue.sum_of_integer_attributes), (2, -5));
    let class = &catalogue.classes[0];
    assert_eq!((class.products, class.attributes, class.options), (301, 12, 1));
    assert_eq!(catalogue.options.len(), 2);
    let names = ["catalogue_productattributevalue", "catalogue_productcategory", "catalogue_productimage"];
    assert_eq!(names.map(|name| found.rows[name]), [12, 602, 2]);
    let partner = PartnerCount {
        partner: "Harbour Warehouse".into(),
        code: "harbour".into(),
        records: 301,
        units: 300 * 200 + 80 - 20,
        allocated: 40 + 3,
    };
    assert_eq!(found.stock.by_partner, [partner]);
    let pounds = &found.stock.by_currency[0];
    assert_eq!((pounds.records, pounds.sum_price), (301, gbp(301 * 1_250)));
    assert_eq!(pounds.value_in_stock, gbp(1_250 * (300 * 200 + 80 - 20)));
    assert_eq!((found.stock.without_price, found.stock.untracked), (0, 0));
    let order = OrderCount { state: OrderState::Open, count: 1, units: 60, total: gbp(60 * 1_200 + 360) };
    assert_eq!(found.orders, [order]);
    let [offer] = &found.offers[..] else { panic!("{:?}", found.offers) };
    assert_eq!((offer.offer.position, offer.used.as_slice()), (1, &[crate::rules::used(3, 300)][..]));
    let [voucher] = &found.vouchers[..] else { panic!("{:?}", found.vouchers) };
    assert_eq!((voucher.voucher.name.as_str(), voucher.used[0].applications), ("Voucher 1", 2));
    let names = ["offer_range", "offer_rangeproduct", "offer_range_included_categories", "voucher_voucher_offers"];
    assert_eq!(names.map(|name| found.rows[name]), [1, 3, 2, 1]);
}

async fn a_category_counts_each_product_once(test: TestDb) {
    let mut tx = test.db.begin().await.unwrap();
    let setup = crate::sample::setup();
    tx.put_catalogue_setup(&setup).await.unwrap();
    tx.put_category(&category(3, Some(1))).await.unwrap();
    // One product in both categories, one child in none, one parent without children and category.
    let both = plain_product(1, Some(5));
    let mut child = plain_product(2, None);
    child.product.structure = Structure::Child(ProductId::new(uuid(1)));
    child.product.categories.clear();
    child.stock_records.clear();
    let mut parent = plain_product(3, None);
    parent.product.structure = Structure::Parent(setup.classes[0].id);
    parent.product.categories.clear();
    parent.product.is_public = false;
    parent.stock_records.clear();
    tx.put_products(&[(both, 0), (child, 0), (parent, 0)]).await.unwrap();
    tx.commit().await.unwrap();
    let found = test.db.load_inventory(NOW).await.unwrap();
    let counts: Vec<_> = found
        .categories
        .iter()
        .map(|category| (category.path.len(), category.direct_products, category.products_with_descendants))
        .collect();
    assert_eq!(counts, [(1, 1, 1), (2, 1, 1), (2, 0, 0)]);
    let catalogue = found.catalogue;
    assert_eq!((catalogue.without_category, catalogue.parents_without_children), (1, 1));
    assert_eq!((catalogue.without_stockrecord, catalogue.public_by_structure["parent"]), (1, 0));
}
