//! Rules from files, lists of products and sets of codes, on both databases and where commits meet.

use crate::on_both_and_in_conflict;
use crate::support::sold::staff;
use crate::support::{Engine, TestShop, product_id};
use commerce::voucher::{CodeLength, VoucherUsage};
use shop::Shop;
use shop::offer_file::{OfferFileOptions, OfferFileReport};
use shop::range_upload::{UploadInto, UploadOptions};
use shop::voucher_set::{VoucherTerms, WantedSet};

const FILE: &str = r#"{
    "format": "tradewind-offers/1",
    "ranges": { "mugs": { "products": ["mug"] }, "all but jugs": { "all": true, "excluded_products": ["jug"] } },
    "offers": [
        { "id": "letter", "type": "Voucher", "condition": { "type": "value", "range": "mugs", "value": "20" },
          "benefit": { "type": "absolute", "range": "all but jugs", "value": "2.50" } },
        { "id": "for all", "condition": { "type": "count", "range": "mugs", "value": 3 },
          "benefit": { "type": "multibuy", "range": "mugs" } }
    ],
    "vouchers": [{ "code": "TEA", "offers": ["letter"] }]
}"#;

async fn apply(shop: &Shop, text: &str) -> OfferFileReport {
    shop.apply_offer_file(text, OfferFileOptions::default(), &staff("ann")).await.unwrap()
}

on_both_and_in_conflict! {
    async fn a_file_is_taken_once_and_what_it_made_works(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, None).product("jug", 900, None).open(engine).await;
        let (shop, ann) = (&open.shop, staff("ann"));
        let first = apply(shop, FILE).await;
        assert_eq!((first.errors, first.changes.len(), first.unchanged), (vec![], 5, 0));
        assert_eq!(apply(shop, FILE).await.unchanged, 5);
        let exported = shop.export_offers().await.unwrap();
        assert_eq!((exported.offers, exported.damaged, exported.in_sets), (2, 0, 0));
        assert_eq!(apply(shop, &exported.file.to_string()).await.unchanged, 5);
        assert_eq!(shop.load_rules().await.unwrap().book.offers().count(), 2);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skus.txt");
        std::fs::write(&file, "jug\nnone\n").unwrap();
        let into = UploadOptions { into: UploadInto::Included, ..UploadOptions::default() };
        let report = shop.upload_range("mugs", &file, into, &ann).await.unwrap();
        assert_eq!((report.added, report.not_found_total), (1, 1));
        assert_eq!(report.range.lists.products, ["mug", "jug"].map(product_id));
        let ranges = [report.range.range().unwrap()];
        assert_eq!(shop.count_products_of_ranges(&ranges).await.unwrap(), [2]);

        let offer = shop.load_offer_named("letter").await.unwrap().offer.id();
        let terms = VoucherTerms { offers: vec![offer], usage: VoucherUsage::Single, start: None, end: None };
        let name = "Letter".to_owned();
        let wanted = WantedSet { name, terms, count: 70, length: CodeLength::default() };
        let mut told = Vec::new();
        let made = shop.make_voucher_set(&wanted, &ann, &mut |done| told.push(done)).await.unwrap();
        assert_eq!((made.made, made.there, told), (70, 0, vec![64, 70]));
        let again = shop.make_voucher_set(&wanted, &ann, &mut |_| {}).await.unwrap();
        assert_eq!((again.made, again.there), (0, 70), "run again, it finds them");
        let mut codes = Vec::new();
        assert_eq!(shop.export_voucher_set(&made.set, &mut codes).await.unwrap(), 70);
        assert_eq!(shop.remove_voucher_set_whole(made.set.id, &ann).await.unwrap(), 70);
        assert_eq!(shop.db().check_data().await.unwrap(), []);
        open.close().await;
    }
}
