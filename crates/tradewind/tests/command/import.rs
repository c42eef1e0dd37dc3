//! Moving in from django-oscar, as often as one likes, on both databases.

use crate::support::{Run, block_on, text, tradewind_with};
use serde_json::{Value, json};
use std::path::Path;

fn sample(name: &str) -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../oscar/tests/data").join(name))
}

fn import(dir: &str, more: &[&str], variables: &[(&str, &str)]) -> Run {
    let source = sample("oscar-store.sqlite3");
    let arguments = ["import", "oscar", &source, "--into", dir, "--json"];
    tradewind_with(&[&arguments, more].concat(), variables)
}

/// Every key of `wanted` that `found` has too must have the same value there.
fn assert_same_where_known(found: &Value, wanted: &Value, place: &str) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for (key, wanted) in wanted {
                if let Some(found) = found.get(key) {
                    assert_same_where_known(found, wanted, &format!("{place}/{key}"));
                }
            }
        }
        _ => assert_eq!(found, wanted, "{place}"),
    }
}

fn check_twice(dir: &str, variables: &[(&str, &str)]) {
    let first = import(dir, &["--prices", "without-tax"], variables).done().json();
    assert_eq!((&first["new"], &first["refused_total"]), (&json!(1_000), &json!(0)), "{first}");
    let inventory = || tradewind_with(&["inventory", dir, "--json"], variables).done().json();
    let mut expect: Value =
        serde_json::from_str(&std::fs::read_to_string(sample("oscar-store.expect.json")).unwrap()).unwrap();
    let found = inventory();
    let by_name = |document: &Value| {
        let mut classes = document["catalogue"]["classes"].as_array().cloned().unwrap_or_default();
        classes.sort_by_key(|class| class["name"].to_string());
        classes
    };
    assert_eq!(by_name(&found), by_name(&expect));
    // Orders are brought by later work, so their numbers are none yet.
    for area in ["catalogue", "categories", "stock", "offers", "vouchers"] {
        if let Some(area) = expect[area].as_object_mut() {
            area.remove("classes");
        }
        assert_same_where_known(&found[area], &expect[area], area);
    }
    for (table, rows) in expect["rows"].as_object().unwrap() {
        let no_row_of_ours = ["offer_rangeproductfileupload", "voucher_voucherapplication"];
        let areas = ["catalogue_", "offer_", "voucher_", "shipping_", "partner_stockrecord", "partner_partner"];
        let ours = areas.iter().any(|area| table.starts_with(area)) && !table.starts_with("partner_partner_");
        if ours && table != "partner_partneraddress" && !no_row_of_ours.contains(&table.as_str()) {
            assert_eq!(&found["rows"][table], rows, "{table}");
        }
    }
    assert_eq!(first["rules_changed"], json!({ "ranges": 3, "offers": 5, "voucher_sets": 0, "vouchers": 2 }));
    // 1,000 products less 300 children and 10 hidden ones have pages.
    assert_eq!(found["snapshot"]["products"], 690);
    let second = import(dir, &[], variables).done().json();
    assert_eq!(
        (&second["new"], &second["changed"], &second["unchanged"], &second["setup_changed"]),
        (&json!(0), &json!(0), &json!(1_000), &json!(0)),
        "a second run changes nothing: {second}"
    );
    assert_eq!(second["rules_changed"], json!({ "ranges": 0, "offers": 0, "voucher_sets": 0, "vouchers": 0 }));
    assert_eq!(inventory()["snapshot"]["version"], found["snapshot"]["version"]);
    let doctor = tradewind_with(&["doctor", dir, "--json"], variables).done().json();
    assert_eq!(doctor["healthy"], true, "{doctor}");
}

#[test]
fn the_sample_comes_over_and_a_second_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    check_twice(&text(&folder.path().join("shop")), &[]);
}

#[test]
fn the_same_on_postgresql() {
    let Ok(base) = std::env::var("TEST_POSTGRES_URL") else {
        panic!("TEST_POSTGRES_URL names no PostgreSQL server for the tests; `cargo xtask test` starts one and sets it");
    };
    let database = crate::support::block_on(new_database(&base));
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("shop"));
    let variables = [("TRADEWIND_DATABASE", database.as_str())];
    let unready = import(&dir, &["--prices", "without-tax"], &variables);
    assert!(unready.code == 1 && unready.err.contains("tradewind migrate"), "{unready:?}");
    tradewind_with(&["migrate", &dir], &variables).done();
    check_twice(&dir, &variables);
    crate::support::block_on(drop_database(&base, &database));
}

async fn new_database(base: &str) -> String {
    let name = format!("command_{}", shop::Chance::system().number());
    run_sql(base, &format!("CREATE DATABASE {name}")).await;
    let (start, _) = base.rsplit_once('/').unwrap();
    format!("{start}/{name}")
}

async fn drop_database(base: &str, url: &str) {
    let (_, name) = url.rsplit_once('/').unwrap();
    run_sql(base, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

async fn run_sql(url: &str, statement: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
}

#[test]
fn a_dry_run_writes_nothing_and_the_tax_must_be_known() {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("shop"));
    let dry = import(&dir, &["--dry-run"], &[]).done().json();
    assert_eq!((&dry["new"], &dry["dry_run"]), (&json!(1_000), &json!(true)));
    assert!(!folder.path().join("shop").exists());
    let unknown = tradewind_with(&["import", "oscar", &sample("oscar-store.sqlite3"), "--into", &dir], &[]).failed(2);
    assert!(unknown.err.contains("--prices"), "{unknown:?}");
    assert!(!folder.path().join("shop").exists());
}

#[test]
fn what_this_store_added_stays() {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("shop"));
    import(&dir, &["--prices", "without-tax"], &[]).done();
    let settings = folder.path().join("shop/tradewind.toml");
    let text_of = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text_of.replace("languages = [\"en\"]", "languages = [\"en\", \"de\"]")).unwrap();
    let csv = folder.path().join("german.csv");
    std::fs::write(&csv, "slug,title_de,public\nlantern-pullover-104,Pullover Laterne,no\n").unwrap();
    tradewind_with(&["catalogue", "apply", &text(&csv), &dir], &[]).done();
    let otherwise = import(&dir, &["--prices", "with-tax"], &[]).failed(1);
    assert!(otherwise.err.contains("prices_include_tax"), "{otherwise:?}");
    let again = import(&dir, &[], &[]).done().json();
    assert_eq!(again["changed"], 1, "what Oscar knows comes back: it is public there");
    let exported = tradewind_with(&["catalogue", "export", "-", &dir], &[]).done().out;
    assert!(exported.contains("Pullover Laterne"), "what Oscar has no word for stays");
}

#[test]
fn a_new_store_has_the_currency_of_most_prices() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("oscar.sqlite3");
    std::fs::copy(sample("oscar-store.sqlite3"), &source).unwrap();
    block_on(async {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&source);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let euros = "UPDATE partner_stockrecord SET price_currency = 'EUR' WHERE id > 3";
        sqlx::raw_sql(euros).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let dir = text(&folder.path().join("shop"));
    let arguments = ["import", "oscar", &text(&source), "--into", &dir, "--prices", "with-tax"];
    tradewind_with(&arguments, &[]).done();
    let settings = std::fs::read_to_string(folder.path().join("shop/tradewind.toml")).unwrap();
    assert!(settings.contains("currency = \"EUR\"") && settings.contains("Europe/Berlin"), "{settings}");
    let nowhere = tradewind_with(&["import", "oscar", "no-such-file", "--into", &dir], &[]).failed(1);
    assert!(!nowhere.err.contains("broken off"), "nothing was begun: {nowhere:?}");
}

#[test]
fn delivery_methods_come_into_a_new_store_and_never_over_the_owners_own() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, settings) = (text(&folder.path().join("shop")), folder.path().join("shop/tradewind.toml"));
    let beside = folder.path().join("shop/delivery-from-oscar.toml");
    let states = |run: &Value| -> Vec<(String, String)> {
        let methods = run["delivery"]["methods"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        methods.iter().map(|method| (text(&method["code"]), text(&method["state"]))).collect()
    };
    let all = |state: &str| ["order-and-item", "by-weight"].map(|code| (code.to_owned(), state.to_owned())).to_vec();
    let first = import(&dir, &["--prices", "without-tax"], &[]).done().json();
    assert_eq!(states(&first), all("written"), "{first}");
    let written = std::fs::read_to_string(&settings).unwrap();
    for line in [
        r#"charges = [{ currency = "GBP", per_order = "2.00", per_item = "0.50", free_from = "90.00" }]"#,
        r#"countries = ["GB", "IE"]"#,
        r#"default_weight_kg = "0.5", bands = [["1", "3.20"], ["5", "6.80"], ["20", "14.00"]] }]"#,
    ] {
        assert!(written.contains(line), "{line}: {written}");
    }
    assert!(!written.contains("Standard delivery"), "the invented one of a new store is gone: {written}");
    assert_eq!(states(&import(&dir, &[], &[]).done().json()), all("here"));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), written);

    let own = written
        .replace("code = \"by-weight\"", "code = \"own\"")
        .replace("per_order = \"2.00\"", "per_order = \"2.50\"");
    std::fs::write(&settings, &own).unwrap();
    let dry = import(&dir, &["--dry-run"], &[]).done().json();
    let want =
        [("order-and-item", "here"), ("by-weight", "beside")].map(|(code, state)| (code.to_owned(), state.to_owned()));
    assert_eq!((states(&dry), beside.exists()), (want.to_vec(), false));
    assert_eq!(states(&import(&dir, &[], &[]).done().json()), want);
    let lying = std::fs::read_to_string(&beside).unwrap();
    assert!(lying.contains("code = \"by-weight\"") && !lying.contains("order-and-item"), "{lying}");
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), own, "the owner's file stays as it is");
}

/// Carries out statements on a store's database, as damage or somebody's own work would.
fn on_database(dir: &str, statements: &str) {
    block_on(async {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(Path::new(dir).join("data/store.db"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn damaged_rules_are_told_and_another_import_mends_them() {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("shop"));
    import(&dir, &["--prices", "without-tax"], &[]).done();
    on_database(
        &dir,
        "UPDATE offers SET rule = 'x' WHERE oscar = 1; UPDATE offers SET status = 'suspended' WHERE oscar = 2; \
         UPDATE vouchers SET usage = 'x' WHERE code = 'AUTUMN15'; \
         UPDATE offer_uses SET applications = 1 WHERE offer_id = (SELECT id FROM offers WHERE oscar = 3);",
    );
    let doctor = tradewind_with(&["doctor", &dir, "--json"], &[]).done().json();
    let findings = doctor["findings"].as_array().unwrap();
    let told: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["check"] == "damaged_rule")
        .map(|finding| finding["next"].as_str().unwrap())
        .collect();
    assert!(told.len() == 2 && told.iter().all(|next| next.contains("import")), "{doctor}");
    let listed = tradewind_with(&["inventory", &dir, "--json"], &[]).done().json();
    assert_eq!((listed["offers"].as_array().unwrap().len(), &listed["rows"]["offer_conditionaloffer"]), (4, &json!(5)));
    let dry = import(&dir, &["--dry-run"], &[]).done().json();
    assert_eq!((&dry["rules_changed"]["offers"], &dry["rules_changed"]["vouchers"]), (&json!(2), &json!(1)));
    let again = import(&dir, &[], &[]).done().json();
    assert_eq!((&again["rules_changed"]["offers"], &again["rules_changed"]["vouchers"]), (&json!(3), &json!(1)));
    let doctor = tradewind_with(&["doctor", &dir, "--json"], &[]).done().json();
    assert!(!doctor.to_string().contains("damaged_rule"), "{doctor}");
    let third = import(&dir, &[], &[]).done().json();
    assert_eq!((&third["rules_changed"]["offers"], &third["rules_changed"]["vouchers"]), (&json!(0), &json!(0)));
}

#[test]
fn a_code_of_this_stores_own_is_refused_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("shop"));
    import(&dir, &["--prices", "without-tax"], &[]).done();
    let own = "'40008000-0000-4000-8000-000000000001'";
    on_database(
        &dir,
        &format!(
            "UPDATE voucher_offers SET voucher_id = {own} WHERE voucher_id = \
             (SELECT id FROM vouchers WHERE code = 'WELCOME20'); \
             UPDATE voucher_uses SET voucher_id = {own} WHERE voucher_id = \
             (SELECT id FROM vouchers WHERE code = 'WELCOME20'); \
             UPDATE vouchers SET id = {own}, oscar = NULL WHERE code = 'WELCOME20';"
        ),
    );
    let again = import(&dir, &[], &[]).done().json();
    assert_eq!((&again["refused_total"], &again["rules_changed"]["vouchers"]), (&json!(1), &json!(0)), "{again}");
    assert!(again["refused"][0].as_str().unwrap().starts_with("WELCOME20: another voucher has that code"), "{again}");
    let doctor = tradewind_with(&["doctor", &dir, "--json"], &[]).done().json();
    assert_eq!(doctor["healthy"], true, "{doctor}");
}
