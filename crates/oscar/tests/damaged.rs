//! Sources that are damaged, are something else, or must not be touched.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod support;

use commerce::catalogue::AttributeValue;
use commerce::language::{Language, Texts};
use oscar::{Code, OpenError, Source, TEXT_CHARS_MAX, ids};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use support::{ODD, Store, block_on, import};

fn open(address: &str) -> Result<(), OpenError> {
    block_on(async { Source::open(address).await.map(|_| ()) })
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap())).collect()
}

#[test]
fn a_source_is_left_as_it_was() {
    for journal in ["", "PRAGMA journal_mode = WAL;"] {
        let store = Store::sqlite(&format!("{journal} {ODD}"));
        let before = files(store.folder());
        import(&store.address);
        assert!(files(store.folder()) == before, "{journal:?}: no byte changed, no file added");
    }
}

#[test]
fn a_store_that_goes_on_selling_is_seen_as_of_one_moment() {
    let store = Store::sqlite(&format!("PRAGMA journal_mode = WAL; {ODD}"));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&store.address);
    let products = block_on(async {
        use sqlx::{ConnectOptions as _, Executor as _};
        let mut shop = options.connect().await.unwrap();
        shop.execute("UPDATE catalogue_product SET title = 'in the log' WHERE id = 1").await.unwrap();
        let mut source = Source::open(&store.address).await.unwrap();
        let mut catalogue = source.catalogue(support::options()).await.unwrap();
        shop.execute("UPDATE catalogue_product SET title = 'too late' WHERE id = 1").await.unwrap();
        catalogue.products(None, 1).await.unwrap().products
    });
    assert_eq!(products[0].entry.product.title, Texts::single(Language::ENGLISH, "in the log"));
}

#[test]
fn what_is_no_oscar_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(matches!(open(&path("missing.sqlite3")), Err(OpenError::NotFound { .. })));
    assert!(!folder.path().join("missing.sqlite3").exists(), "opening makes no file");
    assert!(matches!(open(folder.path().to_str().unwrap()), Err(OpenError::NotADatabase { .. })), "a folder");
    for (name, bytes) in [("empty", b"".as_slice()), ("text", &[b'x'; 5_000]), ("short", b"SQLite format 3\0")] {
        std::fs::write(path(name), bytes).unwrap();
        assert!(matches!(open(&path(name)), Err(OpenError::NotADatabase { .. })), "{name}");
    }
    let other = Store::sqlite("CREATE TABLE posts (id INTEGER PRIMARY KEY)");
    let error = open(&other.address).unwrap_err();
    assert!(matches!(error, OpenError::NotOscar { table: "catalogue_product" }), "{error}");
    assert!(error.to_string().contains("catalogue_product"));
    let utf16 = Store::sqlite(&format!("PRAGMA encoding = 'UTF-16le'; {ODD}"));
    assert!(matches!(open(&utf16.address), Err(OpenError::Encoding { .. })));
    let keys = Store::sqlite(&ODD.replace("catalogue_product\n  (id BIGINT", "catalogue_product\n  (id TEXT"));
    assert!(matches!(open(&keys.address), Err(OpenError::OddKeys { table: "catalogue_product" })));
}

#[test]
fn an_address_with_a_password_is_not_part_of_the_error() {
    let error = open("postgres://me:secret@127.0.0.1:1/shop").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[test]
fn damaged_cells_are_mended_and_reported() {
    let store = Store::sqlite(&format!(
        "{ODD}
        UPDATE catalogue_product SET title = CAST(x'4D75FF67' AS TEXT), description = x'3C703E' WHERE id = 1;
        UPDATE catalogue_product SET title = 'a' || char(0) || 'b', priority = 'high', is_public = 'perhaps' WHERE id = 2;
        UPDATE catalogue_product SET date_created = 'soon' WHERE id = 3;
        UPDATE catalogue_product SET description = replace(hex(zeroblob({long})), '0', 'é') WHERE id = 4;
        UPDATE catalogue_product SET title = replace(hex(zeroblob(2000)), '0', 't') WHERE id = 5;
        UPDATE partner_stockrecord SET price = 'cheap', num_in_stock = 'many' WHERE id = 1;
        UPDATE partner_stockrecord SET price = 1e300 WHERE id = 3;
        UPDATE catalogue_productattributevalue SET value_integer = 'seven' WHERE id = 3;
        UPDATE catalogue_productattributevalue SET value_date = '2024-02-31' WHERE id = 7;
        UPDATE catalogue_productcategory SET product_id = 'mug' WHERE id = 1;",
        long = TEXT_CHARS_MAX,
    ));
    let imported = import(&store.address);
    let of = |key: i64| &imported.products.iter().find(|p| p.entry.product.oscar == Some(key)).unwrap().entry;
    let english = |text: &str| Texts::single(Language::ENGLISH, text);
    assert_eq!(of(1).product.title, english("Mu\u{fffd}g"));
    assert_eq!(of(1).product.description, english("<p>"));
    assert_eq!(of(2).product.title, english("ab"));
    assert_eq!((of(2).product.priority, of(2).product.is_public), (0, true));
    let length = |key: i64| of(key).product.description.get(&[]).chars().count();
    assert_eq!(length(4), TEXT_CHARS_MAX);
    assert!(of(5).product.title.get(&[]).chars().count() <= 500);
    assert!(of(1).stock_records[0].prices.is_empty() && of(2).stock_records[0].prices.is_empty());
    assert_eq!(of(1).stock_records[0].on_hand, Some(0));
    assert!(of(1).product.attributes.iter().all(|(_, value)| !matches!(value, AttributeValue::Date(_))));
    for (code, table, keys) in [
        (Code::TextDamaged, "catalogue_product", vec![1, 1, 2]),
        (Code::TextCut, "catalogue_product", vec![4, 5]),
        (Code::DateInvalid, "catalogue_product", vec![3]),
        (Code::AmountInvalid, "partner_stockrecord", vec![1, 3, 7]),
    ] {
        let entries = &imported.report.find(code).unwrap_or_else(|| panic!("{code:?}")).entries;
        let mut found: Vec<i64> = entries.iter().filter(|e| e.table == table).filter_map(|e| e.key).collect();
        found.sort_unstable();
        assert_eq!(found, keys, "{code:?}");
    }
}

#[test]
fn columns_and_tables_that_an_oscar_does_not_have_are_done_without() {
    let store = Store::sqlite(&format!(
        "{ODD}
        ALTER TABLE partner_stockrecord RENAME COLUMN price TO price_excl_tax;
        ALTER TABLE catalogue_product DROP COLUMN priority;
        ALTER TABLE catalogue_product DROP COLUMN is_public;
        ALTER TABLE catalogue_product DROP COLUMN code;
        ALTER TABLE catalogue_category DROP COLUMN exclude_from_menu;
        ALTER TABLE catalogue_category DROP COLUMN long_description;
        ALTER TABLE catalogue_attributeoption DROP COLUMN code;
        ALTER TABLE catalogue_option DROP COLUMN option_group_id;
        DROP TABLE reviews_productreview; DROP TABLE shipping_weightbased; DROP TABLE shipping_weightband;
        DROP TABLE catalogue_productrecommendation; DROP TABLE catalogue_productattributevalue_value_multi_option;",
    ));
    let imported = import(&store.address);
    let mug = &imported.products[0].entry;
    assert_eq!(mug.stock_records[0].prices[0].amount.minor(), 1_999, "the price without tax of Oscar 2");
    assert!(mug.product.is_public && imported.setup.categories.iter().all(|category| category.in_menu));
    assert_eq!(mug.product.rating_count, 0);
    assert_eq!(imported.setup.groups[0].choices[1].code, "red");
    assert_eq!(imported.shipping.len(), 1);
}

#[test]
fn an_empty_store_is_no_error() {
    let tables: String =
        ODD.split(';').filter(|sql| sql.contains("CREATE TABLE")).map(|sql| format!("{sql};")).collect();
    let imported = import(&Store::sqlite(&tables).address);
    assert!(imported.products.is_empty() && imported.report.is_empty() && imported.setup.classes.is_empty());
}

#[test]
fn one_product_with_too_many_rows_does_not_take_all_memory() {
    let store = Store::sqlite(&format!(
        "{ODD} WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO catalogue_productimage SELECT i, 'images/' || i || '.jpg', '', i, NULL, 5 FROM n",
    ));
    let imported = import(&store.address);
    let product = imported.products.iter().find(|p| p.entry.product.id == ids::product(5)).unwrap();
    assert_eq!(product.entry.product.images.len(), oscar::RELATED_ROWS_MAX);
    assert_eq!(imported.report.find(Code::TooManyRows).unwrap().total, 2_901 - oscar::RELATED_ROWS_MAX as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_with_any_bytes_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..200)
    ) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| std::fs::read(Store::sqlite(ODD).address).unwrap());
        let mut bytes = WHOLE.clone();
        for (place, byte) in changes {
            // The header's first bytes say what the file is; without them nothing behind is reached.
            let place = place.index(bytes.len());
            bytes[place.max(100)] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.sqlite3");
        std::fs::write(&path, bytes).unwrap();
        block_on(async {
            let Ok(mut source) = Source::open(path.to_str().unwrap()).await else { return };
            let Ok(mut catalogue) = source.catalogue(support::options()).await else { return };
            let mut after = None;
            while let Ok(page) = catalogue.products(after, 5).await {
                match page.next {
                    Some(next) if after.is_none_or(|after| after < next) => after = Some(next),
                    Some(_) => panic!("pages go forward"),
                    None => break,
                }
            }
            let mut after = None;
            while let Ok(page) = catalogue.vouchers(after, 2).await {
                match page.next {
                    Some(next) if after.is_none_or(|after| after < next) => after = Some(next),
                    Some(_) => panic!("pages go forward"),
                    None => break,
                }
            }
        });
    }
}
