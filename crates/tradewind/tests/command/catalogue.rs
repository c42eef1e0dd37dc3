//! The catalogue as a file: out, in, and what is wrong with it by line.

use crate::support::{GOODS, TestStore, tradewind};
use serde_json::{Value, json};

#[test]
fn applying_what_was_exported_changes_nothing() {
    let store = TestStore::with_goods();
    let exported = store.export();
    let report = store.apply(&exported, &["--json"]).done().json();
    assert_eq!(
        (&report["new"], &report["changed"], &report["unchanged"]),
        (&json!(0), &json!(0), &json!(5)),
        "{report}"
    );
    // Spreadsheets write other line ends, semicolons and a mark at the beginning.
    let windows = format!("\u{feff}{}", exported.replace('\n', "\r\n"));
    assert_eq!(store.apply(&windows, &["--json"]).done().json()["unchanged"], 5);
    let semicolons = GOODS.replace(',', ";");
    assert_eq!(store.apply(&semicolons, &["--json"]).done().json()["unchanged"], 5);
}

#[test]
fn the_demo_comes_back_from_its_file_unchanged() {
    let store = TestStore { folder: tempfile::tempdir().unwrap() };
    tradewind(&["new", &store.dir(), "--demo"]).done();
    let report = store.apply(&store.export(), &["--json", "--dry-run"]).done().json();
    assert_eq!(
        (&report["new"], &report["changed"], &report["errors_total"]),
        (&json!(0), &json!(0), &json!(0)),
        "{report}"
    );
    assert!(report["unchanged"].as_u64().unwrap() > 150, "{report}");
}

#[test]
fn products_variants_prices_stock_and_texts_are_written_and_shown() {
    let store = TestStore::with_goods();
    let inventory = store.inventory();
    assert_eq!(inventory["catalogue"]["products_by_structure"], json!({ "child": 2, "parent": 1, "standalone": 2 }));
    assert_eq!(inventory["stock"]["by_partner"][0]["units"], 51);
    assert_eq!(inventory["stock"]["sum_price"], "44.50");
    assert_eq!(inventory["snapshot"]["products"], 3);
    let paths: Vec<&Value> = inventory["categories"].as_array().unwrap().iter().map(|c| &c["path"]).collect();
    assert_eq!(paths, ["Kitchen", "Kitchen > Mugs", "Clothing"]);
}

#[test]
fn an_empty_cell_leaves_a_hyphen_clears_and_a_dry_run_writes_nothing() {
    let store = TestStore::with_goods();
    let file = "sku,title_en,meta_title_en,price_GBP,on_hand\nMUG-1,,Mug of the harbour,12.50,41\n";
    let report = store.apply(file, &["--dry-run", "--json"]).done().json();
    let cells = &report["changes"][0]["cells"];
    assert_eq!(cells[1], json!({ "column": "price_GBP", "from": "10.00", "to": "12.50" }), "{report}");
    assert_eq!(store.inventory()["stock"]["sum_price"], "44.50", "nothing was written");
    store.apply(file, &[]).done();
    assert_eq!(store.inventory()["stock"]["sum_price"], "47.00");
    assert_eq!(store.inventory()["stock"]["by_partner"][0]["units"], 52);
    assert!(store.export().contains("Harbour mug"), "the title stayed");
    assert_eq!(store.apply(file, &["--json"]).done().json()["changed"], 0, "safe to run again");
    store.apply("sku,meta_title_en,price_GBP\nMUG-1,-,-\n", &[]).done();
    assert!(!store.export().contains("Mug of the harbour"));
    assert_eq!(store.inventory()["stock"]["without_price"], 1);
}

#[test]
fn mistakes_are_told_by_line_and_one_stops_everything() {
    let store = TestStore::with_goods();
    let file = "sku,slug,structure,parent,class,title_en,categories,price_GBP,on_hand,public\n\
        MUG-1,,,,,,,9.00,,\n\
        NEW-1,,,,,A thing,,1.00,,\n\
        NEW-2,,,,gods,A thing,,1.00,,\n\
        NEW-3,new-3,child,nobody,,A thing,,1.00,,\n\
        TEE-S,,,,,,,9.999,,\n\
        TEE-M,,,,,,,free,,\n\
        BOOK-1,,,,,,shelf,,-3,perhaps\n\
        NEW-4,mug,,,goods,Another mug,,1.00,,\n\
        MUG-1,,,,,,,8.00,,\n";
    let run = store.apply(file, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    let told: Vec<&str> = run.out.lines().collect();
    let want = [
        "line 3: class: \"NEW-1\" is not in the store yet, and a new product needs a class",
        "line 4: class: \"gods\" is not a product class of this store (download, gift-card, goods)",
        "line 4: slug: \"a-thing\" stands further up in the file",
        "line 5: parent: \"nobody\" is neither in the store nor further up in the file",
        "line 6: price_GBP: \"9.999\" is no price: GBP has 2 digits behind the point",
        "line 7: price_GBP: \"free\" is not a number such as 12.50 (with a point, and not below nothing)",
        "line 8: public: \"perhaps\" is neither yes nor no",
        "line 8: categories: \"shelf\" is not the slug of a category of this store; `--new-categories` makes it",
        "line 8: on_hand: \"-3\" is neither a number of units from 0 to 1000000000 nor uncounted",
        "line 9: MUG-1 is in the file twice",
        "line 10: MUG-1 is in the file twice",
    ];
    assert_eq!(told, want);
    assert!(!run.out.contains("line 2:"), "{}", run.out);
    assert_eq!(store.inventory()["stock"]["sum_price"], "44.50", "nothing was written");
}

#[test]
fn every_wrong_cell_of_a_row_is_told_and_none_for_what_another_row_has_wrong() {
    let store = TestStore::with_goods();
    let file = "sku,slug,structure,parent,class,title_en,price_GBP,on_hand,weight_kg,images,image_alt_en,partner\n\
        MUG-1,,,,,,abc,-4,x,,,\n\
        ,cap,parent,,hats,Cap,,,,,,\n\
        CAP-S,cap-s,child,cap,,,12.00,3,,,,\n\
        CAP-M,cap-m,child,cap,,,dear,3,,,,\n\
        ,scarf,parent,,goods,Scarf,,,heavy,,,\n\
        SCARF-1,scarf-1,child,scarf,,,9.00,1,,,,\n\
        NEW-1,,,,,,1.00,1,,../x.jpg,A view,moon\n\
        ,lamp,,,goods,Lamp,5.00,1,,,,\n";
    let run = store.apply(file, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    let told: Vec<&str> = run.out.lines().map(|line| line.split(" \"").next().unwrap_or(line)).collect();
    let want = [
        "line 2: price_GBP:",
        "line 2: on_hand:",
        "line 2: weight_kg:",
        "line 3: class:",
        "line 5: price_GBP:",
        "line 6: weight_kg:",
        "line 8: class:",
        "line 8: partner:",
        "line 8: images:",
        "line 8: a new product needs a title: fill in a column such as title_en",
        "line 9: price_GBP: needs a stock record: fill in the column sku",
    ];
    assert_eq!(told, want, "{}", run.out);
    assert!(run.err.starts_with("11 mistakes, so nothing was written"), "{run:?}");
    let one = store.apply("sku,price_GBP\nMUG-1,abc\n", &[]);
    assert!(one.err.starts_with("1 mistake, so nothing was written; mend it"), "{one:?}");
}

#[test]
fn files_that_are_none_are_told_in_words() {
    let store = TestStore::with_goods();
    for (csv, want) in [
        ("", "empty"),
        ("sku,colour_of_the_sky\n", "colour_of_the_sky"),
        ("sku,title_tlh\n", "tlh"),
        ("sku,price_USD\n", "USD"),
        ("sku,sku\n", "twice"),
        ("title_en\nMug\n", "sku"),
        ("sku,attribute:depth\n", "depth"),
        ("sku,title_en\nMUG-1,a,b,c\n", "cells"),
        ("sku,title_en\nMUG-1,\"never closed\n", "never closed"),
    ] {
        let run = store.apply(csv, &["--json"]);
        assert_eq!(run.code, 1, "{csv:?}: {run:?}");
        assert!(run.out.contains(want), "{csv:?}: {run:?}");
    }
    std::fs::write(store.path("bytes.csv"), b"sku,title_en\nMUG-1,\xff\xfe\n").unwrap();
    let run = tradewind(&["catalogue", "apply", store.path("bytes.csv").to_str().unwrap(), &store.dir()]);
    assert!(run.code == 1 && run.out.contains("line 2: the text is not UTF-8"), "{run:?}");
    let endless = format!("sku,title_en\nMUG-1,\"{}", "x\n".repeat(4 << 20));
    let run = store.apply(&endless, &[]);
    assert!(run.code == 1 && run.out.contains("longer than 4 MiB"), "{}", run.out);
}

#[test]
fn lines_are_those_of_the_file_however_they_end() {
    let store = TestStore::with_goods();
    let rows = ["sku,description_en", "MUG-1,\"one\ntwo\"", "", "TEE-S,x,y", "TEE-M,\"never closed"];
    for end in ["\n", "\r\n"] {
        for mark in ["", "\u{feff}"] {
            let run = store.apply(&format!("{mark}{}{end}", rows.join(end)), &[]);
            let told: Vec<&str> = run.out.lines().filter_map(|line| line.split(':').next()).collect();
            assert_eq!(told, ["line 5", "line 6"], "{end:?}: {run:?}");
        }
    }
}

#[test]
fn stock_is_counted_and_corrected_with_a_reason() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let set = tradewind(&["stock", "set", "MUG-1", "12", "--reason", "counted", &dir, "--json"]).done().json();
    assert_eq!((&set["on_hand"], &set["free"]), (&json!(12), &json!(12)));
    let adjusted = tradewind(&["stock", "adjust", "MUG-1", "-2", "--reason", "broken", &dir, "--json"]).done().json();
    assert_eq!(adjusted["on_hand"], 10);
    let refused = tradewind(&["stock", "adjust", "MUG-1", "-11", "--reason", "all gone", &dir]).failed(1);
    assert!(refused.err.contains("there are 10, so it can change by -10 to 999999990, not by -11"), "{refused:?}");
    let refused = tradewind(&["stock", "set", "MUG-1", "-1", "--reason", "why", &dir]).failed(1);
    assert!(refused.err.contains("stock is between 0 and"), "{refused:?}");
    tradewind(&["stock", "set", "MUG-1", "1", "--reason", "", &dir]).failed(1);
    tradewind(&["stock", "set", "MUG-1", "x", "--reason", "why", &dir]).failed(2);
    tradewind(&["stock", "set", "MUG-1", "3", "--reason", "why", "--partner", "main", &dir]).done();
    assert_eq!(store.inventory()["stock"]["by_partner"][0]["units"], 14);
}

#[test]
fn texts_of_categories_pictures_and_what_stands_beside_come_by_the_file() {
    let store = TestStore::with_goods();
    let file = "structure,slug,parent,title_en,description_en,in_menu,images,image_alt_en,recommendations\n\
        category,mugs,kitchen,Mugs and cups,<p>All sorts</p>,no,cats/mugs.jpg,,\n\
        ,mug,,,,,mug/a.jpg|mug/b.jpg,A mug|Its handle,book|tee\n";
    let report = store.apply(file, &["--json"]).done().json();
    assert_eq!((&report["setup_changed"], &report["changed"]), (&json!(1), &json!(1)), "{report}");
    let exported = store.export();
    for want in ["category,", "Mugs and cups", "<p>All sorts</p>", "cats/mugs.jpg", "A mug|Its handle", "book|tee"] {
        assert!(exported.contains(want), "{want}: {exported}");
    }
    let inventory = store.inventory();
    let paths: Vec<&Value> = inventory["categories"].as_array().unwrap().iter().map(|c| &c["path"]).collect();
    assert_eq!(paths, ["Kitchen", "Kitchen > Mugs and cups", "Clothing"]);
    for again in [file, &exported] {
        let report = store.apply(again, &["--json"]).done().json();
        assert_eq!((&report["setup_changed"], &report["changed"]), (&json!(0), &json!(0)), "{report}");
    }
    let run = store.apply(
        "structure,slug,parent,title_en,price_GBP,recommendations\n\
        category,mugs,clothing,Mugs,,\ncategory,plates,,Plates,,\ncategory,kitchen,,-,,\n\
        category,clothing,,Clothes,1.00,\n,mug,,,,nobody\n",
        &[],
    );
    assert_eq!(run.code, 1);
    for want in [
        "line 2: slug: there is no category \"mugs\" below that parent; a category stays where it is",
        "line 3: slug: there is no category \"plates\"",
        "line 4: category kitchen needs a title",
        "line 5: price_GBP: category clothing has no such cell",
        "line 6: recommendations: \"nobody\" is neither in the store nor further up",
    ] {
        assert!(run.out.contains(want), "{want}: {}", run.out);
    }
}

#[test]
fn texts_of_attributes_choices_and_options_come_by_the_file() {
    let store = TestStore { folder: tempfile::tempdir().unwrap() };
    tradewind(&["new", &store.dir(), "--demo"]).done();
    let exported = store.export();
    let mut reader = csv::Reader::from_reader(exported.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut edited = csv::Writer::from_writer(Vec::new());
    edited.write_record(["structure", "slug", "class", "parent", "title_de", "facet"]).unwrap();
    for kind in ["attribute", "choice", "option"] {
        let row = rows.iter().find(|row| &row[place("structure")] == kind).unwrap();
        let found = ["structure", "slug", "class", "parent"].map(|name| &row[place(name)]);
        let facet = match (kind, &row[place("facet")]) {
            ("attribute", "yes") => "no",
            ("attribute", _) => "yes",
            _ => "",
        };
        let title = format!("Neu: {kind}");
        edited.write_record(found.into_iter().chain([title.as_str(), facet])).unwrap();
    }
    let edited = String::from_utf8(edited.into_inner().unwrap()).unwrap();
    let report = store.apply(&edited, &["--json"]).done().json();
    assert_eq!((&report["setup_changed"], &report["changed"]), (&json!(3), &json!(0)), "{report}");
    let now = store.export();
    for kind in ["attribute", "choice", "option"] {
        assert_eq!(now.matches(&format!("Neu: {kind}")).count(), 1, "{kind}");
    }
    assert_eq!(now.lines().count(), exported.lines().count(), "nothing was made or lost");
    assert_eq!(store.apply(&edited, &["--json"]).done().json()["setup_changed"], 0);
}
