//! Words of others on our pages: whatever they hold, it is read and does not run.

use super::world::{Answer, TestShop};

/// Leaves a text, an attribute, a script or a comment if it can.
const NASTY: &str =
    "x'\"><img src=x onerror=alert(1)></script><script>alert(2)</script><!-- {{ 7919*7919 }} {% x %} ${7}";

fn assert_harmless(page: &Answer, what: &str) {
    if page.header("content-type") == "application/json" {
        // No browser takes it for a page, and the script puts it in as text.
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
        return;
    }
    for bad in [
        "<img src=x",
        "<script>alert",
        "<!-- {{",
        "62710561",
        "\" onmouseover",
        "href=\"javascript:",
        "src=\"javascript:",
    ] {
        assert!(!page.body.contains(bad), "{what}: {bad} stands in {}", page.body);
    }
}

#[test]
fn what_shoppers_type_is_shown_as_text() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let encoded: String = NASTY.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in [
        "/search?q=",
        "/suggest?q=",
        "/search?f=",
        "/category/teapots?q=",
        "/basket?locale=",
        "/checkout/review?declined=",
        "/order/x?new=",
        "/",
    ] {
        let found = ann.get(&format!("{path}{encoded}"));
        let page = if found.location().is_empty() { found } else { ann.get(&found.location().to_owned()) };
        assert!(page.status < 500, "{path}");
        assert_harmless(&page, path);
    }
    let product = ann.get("/product/tea-measure").field("product");
    let long = [("product", product.as_str()), ("option-engraving", NASTY)];
    let added = ann.post("/basket/lines", &long);
    assert_eq!(added.status, 200);
    assert_harmless(&added, "added");
    assert_harmless(&ann.get("/basket"), "basket");
    let fields = [
        ("email", "ann@example.org"),
        ("name", NASTY),
        ("line1", NASTY),
        ("line2", "javascript:alert(1)"),
        ("city", NASTY),
        ("postcode", "PH1 9XX"),
        ("country", "GB"),
    ];
    assert_eq!(ann.post("/checkout/address", &fields).location(), "/checkout/delivery");
    let wrong: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, if *name == "email" { NASTY } else { *value })).collect();
    assert_harmless(&ann.post("/checkout/address", &wrong), "address with mistakes");
    ann.post("/checkout/address", &fields);
    assert_harmless(&ann.get("/checkout"), "address");
    let delivery = ann.get("/checkout/delivery");
    assert_harmless(&delivery, "delivery");
    ann.post("/checkout/delivery", &[("method", &delivery.field("method")), ("billing-same", "1")]);
    let review = ann.get("/checkout/review");
    assert_harmless(&review, "review");
    let form =
        [("token", review.field("token")), ("amount", review.field("amount")), ("payment", "invoice".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let pressed = ann.post("/checkout/pay", &form);
    let back = ann.get(&pressed.location().to_owned());
    let order = ann.get(&back.location().to_owned());
    assert!(order.body.contains("onerror=alert(1)"), "the name is shown, as text");
    assert_harmless(&order, "order");
    let path = back.location().split('?').next().unwrap().to_owned();
    assert_harmless(&ann.get(&format!("{path}/withdraw")), "withdrawal");
    let wrong = ann.post(&format!("{path}/withdraw"), &[("name", NASTY), ("email", NASTY)]);
    assert_eq!((wrong.status, wrong.code()), (422, "form"));
    assert_harmless(&wrong, "withdrawal with mistakes");
}

#[test]
fn markup_in_the_catalogue_is_shown_as_text_or_cleaned() {
    let shop = TestShop::open();
    let file = shop.store().join("goods.csv");
    let named = file.to_str().unwrap();
    assert!(shop.run(&["catalogue", "export", named]).status.success());
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let heads = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_path(shop.store().join("nasty.csv")).unwrap();
    writer.write_record(&heads).unwrap();
    for row in reader.records().map(Result::unwrap) {
        let is_it = row.iter().any(|cell| cell == "tea-measure");
        let cells = heads.iter().zip(&row).map(|(head, cell)| match head {
            "title_en" | "meta_title_en" | "meta_description_en" | "maker" if is_it && !cell.is_empty() => NASTY,
            "description_en" if is_it && !cell.is_empty() => NASTY,
            _ => cell,
        });
        writer.write_record(cells).unwrap();
    }
    writer.flush().unwrap();
    let nasty = shop.store().join("nasty.csv");
    let applied = shop.run(&["catalogue", "apply", nasty.to_str().unwrap()]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let published = shop.run(&["publish"]);
    assert!(published.status.success(), "{}", String::from_utf8_lossy(&published.stderr));
    let mut ann = shop.shopper();
    let page = ann.get("/product/tea-measure");
    assert!(page.body.contains("onerror"), "the title has come through");
    assert_harmless(&page, "product");
    let product = page.field("product");
    for path in ["/search?q=onerror", "/suggest?q=onerror", "/category/tea-making", "/"] {
        assert_harmless(&ann.get(path), path);
    }
    let added = ann.post("/basket/lines", &[("product", &product), ("option-engraving", "A")]);
    assert_eq!(added.status, 200);
    assert_harmless(&added, "added");
    assert_harmless(&ann.get("/basket"), "basket");
}
