//! Forms: too long, too many, not text, half, out of range. Each is told, and nothing is kept.

use super::world::{FORM, TestShop, address, form};

#[test]
fn bodies_that_are_no_form_are_refused() {
    let shop = TestShop::open();
    let product = shop.shopper().find_product();
    let good = form(&[("product", &product)]);
    let fields: Vec<u8> = (0..10_000).flat_map(|n| format!("a{n}=&").into_bytes()).take(60_000).collect();
    let with = |rest: &str| [good.as_slice(), rest.as_bytes()].concat();
    for (case, kind, body, status) in [
        ("70,000 bytes", FORM.1, vec![b'a'; 70_000], 413),
        ("10,000 fields", FORM.1, fields, 413),
        ("not UTF-8, encoded", FORM.1, with("&token=%FF"), 400),
        ("not UTF-8, as it is", FORM.1, [good.as_slice(), b"&token=\xff"].concat(), 400),
        ("NUL", FORM.1, with("&token=%00"), 400),
        ("plain text", "text/plain", good.clone(), 415),
        ("several parts", "multipart/form-data; boundary=x", good.clone(), 415),
        ("JSON", "application/json", b"{}".to_vec(), 415),
        ("no kind", "", good.clone(), 415),
    ] {
        let answer = shop.ask("POST", "/basket/lines", &[("Content-Type", kind)], &body);
        assert_eq!((answer.status, answer.code()), (status, "body"), "{case}");
        assert_eq!(answer.header("set-cookie"), "", "{case}");
        assert!(!answer.body.contains("our fault"), "{case}");
    }
    assert_eq!(shop.ask("POST", "/basket/lines", &[FORM], &good).status, 200, "the good one");
}

#[test]
fn quantities_that_are_none_are_refused() {
    let shop = TestShop::open();
    let product = shop.shopper().find_product();
    let mut shopper = shop.shopper();
    shopper.post("/basket/lines", &[("product", &product), ("quantity", "2")]);
    let before = shopper.get("/basket").field("quantity");
    for quantity in ["-1", "1.5", "1e3", "10000", "99999999999999999999", "0x10", "１", "one", " ", "\u{202e}2"] {
        let added = shopper.post("/basket/lines", &[("product", &product), ("quantity", quantity)]);
        assert_eq!((added.status, added.code()), (422, "quantity"), "{quantity:?} is not added");
        let line = [("line", "0"), ("product", product.as_str()), ("quantity", quantity)];
        let changed = shopper.post("/basket/quantity", &line);
        assert_eq!((changed.status, changed.code()), (422, "quantity"), "{quantity:?} is not set");
        assert_eq!(shopper.get("/basket").field("quantity"), before, "{quantity:?}");
    }
    let full = [("product", product.as_str()), ("quantity", "9999")];
    assert_eq!(shopper.post("/basket/lines", &full).code(), "quantity", "a line has an end");
}

#[test]
fn unknown_products_and_lines_change_nothing() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    for (product, status, code) in [
        ("", 400, "unknown_product"),
        ("x", 400, "unknown_product"),
        ("' OR 1=1 --", 400, "unknown_product"),
        ("00000000-0000-4000-8000-000000000000", 410, "not_for_sale"),
    ] {
        let added = shopper.post("/basket/lines", &[("product", product)]);
        assert_eq!((added.status, added.code()), (status, code), "{product}");
    }
    let product = shopper.find_product();
    shopper.post("/basket/lines", &[("product", &product), ("quantity", "2")]);
    for (line, product) in
        [("1", product.as_str()), ("-1", &product), ("99999999999999999999", &product), ("0", "x"), ("", "")]
    {
        for path in ["/basket/quantity", "/basket/remove"] {
            let answer = shopper.post(path, &[("line", line), ("product", product), ("quantity", "7")]);
            assert_eq!((answer.status, answer.location()), (303, "/basket"), "{path} {line:?}");
            assert_eq!(shopper.get("/basket").field("quantity"), "2", "{path} {line:?}");
        }
    }
}

#[test]
fn a_checkout_form_with_mistakes_goes_no_further_and_keeps_what_was_typed() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    let product = shopper.find_product();
    shopper.post("/basket/lines", &[("product", &product)]);
    let long = "ß".repeat(5_000);
    for (case, name, value) in [
        ("no address", "email", "ann"),
        ("a header", "email", "ann@example.org\r\nBcc: x@example.org"),
        ("no name", "name", ""),
        ("a very long name", "name", &long),
        ("a line break", "line1", "1 Quay\nPorthaven"),
        ("an unknown country", "country", "XX"),
        ("a country that is not sent to", "country", "US"),
        ("a postcode of elsewhere", "postcode", "12345"),
    ] {
        let mut fields = address("ann@example.org");
        fields.iter_mut().filter(|(known, _)| *known == name).for_each(|field| field.1 = value);
        let answer = shopper.post("/checkout/address", &fields);
        assert_eq!((answer.status, answer.code()), (422, "form"), "{case}");
        assert!(answer.body.contains("Porthaven"), "{case}: what was typed stays");
        assert!(answer.headers.iter().all(|(name, value)| name != "set-cookie" || value.len() < 4_096), "{case}");
        assert_eq!(shopper.get("/checkout/review").location(), "/checkout", "{case}");
    }
}

#[test]
fn an_address_that_no_cookie_holds_is_told() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    let product = shopper.find_product();
    shopper.post("/basket/lines", &[("product", &product)]);
    let long = "ß".repeat(120);
    let mut fields = address("ann@example.org").to_vec();
    for name in ["name", "line1", "city"] {
        fields.iter_mut().filter(|(known, _)| *known == name).for_each(|field| field.1 = &long);
    }
    fields.extend(["company", "line2", "region", "phone"].map(|name| (name, long.as_str())));
    assert_eq!(shopper.post("/checkout/address", &fields).location(), "/checkout/delivery", "seven long fields fit");
    let longest = "😀".repeat(120);
    fields.iter_mut().filter(|(_, value)| *value == long).for_each(|field| field.1 = &longest);
    let answer = shopper.post("/checkout/address", &fields);
    assert_eq!((answer.status, answer.code()), (422, "form"));
    assert!(answer.header("set-cookie").is_empty() && answer.body.contains(&longest));
}

#[test]
fn an_amount_that_is_not_the_total_is_never_charged() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    let pay = shopper.to_review("ann@example.org");
    let minor = pay.amount.split_once(' ').unwrap().1.to_owned();
    for amount in [
        "GBP 99999999999999999999",
        "GBP -1",
        "GBP 0",
        "GBP 1",
        "GBP",
        "",
        "0",
        &format!("EUR {minor}"),
        &format!("gbp  {minor}"),
        &format!("XXX {minor}"),
        &format!("GBP {minor}.00"),
        &format!("GBP {minor} "),
    ] {
        let form = [("token", pay.token.as_str()), ("amount", amount), ("payment", "invoice")];
        let answer = shopper.post("/checkout/pay", &form);
        let told = (answer.status, answer.code()) == (409, "total_changed");
        assert!(told || answer.location() == "/checkout/review", "{amount:?}: {} {}", answer.status, answer.code());
    }
    for gateway in ["", "paypal", "../demo", "INVOICE"] {
        let answer = shopper.press_pay(&pay, gateway);
        assert_eq!((answer.status, answer.code()), (422, "form"), "{gateway:?}");
    }
    assert_eq!(shop.orders(), Vec::<String>::new());
    let paid = shopper.press_pay(&pay, "invoice");
    assert!(paid.location().starts_with("/pay/return/"), "the right one goes through: {}", paid.status);
}

#[test]
fn forms_out_of_their_order_lead_to_where_it_goes_on() {
    let shop = TestShop::open();
    let paths = ["/checkout/address", "/checkout/delivery", "/checkout/pay"];
    for path in paths.into_iter().chain(["/basket/remove", "/basket/undo", "/basket/country"]) {
        let answer = shop.shopper().post(path, &[]);
        let to = answer.location();
        assert_eq!((answer.status, ["/basket", "/checkout/review"].contains(&to)), (303, true), "{path} {to}");
    }
    for path in ["/checkout", "/checkout/delivery", "/checkout/review"] {
        assert_eq!(shop.get(path).location(), "/basket", "{path}");
    }
    let mut shopper = shop.shopper();
    let product = shopper.find_product();
    shopper.post("/basket/lines", &[("product", &product)]);
    for path in ["/checkout/delivery", "/checkout/review"] {
        assert_eq!(shopper.get(path).location(), "/checkout", "{path}");
    }
    assert_eq!(shop.orders(), Vec::<String>::new());
}

#[test]
fn webhooks_that_are_not_genuine_change_nothing() {
    let shop = TestShop::open();
    let deep = "[".repeat(60_000);
    let many = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(10_000));
    let event = "{\"id\":\"e1\",\"kind\":\"payment.changed\",\"payment\":\"x\",\"at\":1}";
    let long = "a".repeat(70_000);
    for (case, path, signature, body, status, code) in [
        ("not signed", "/webhooks/demo", "", event, 400, "not_genuine"),
        ("signed by nobody", "/webhooks/demo", "t=1,v1=00", event, 400, "not_genuine"),
        (
            "a long signature",
            "/webhooks/demo",
            "t=1,v1=0000000000000000000000000000000000000000000000000000000000000000",
            event,
            400,
            "not_genuine",
        ),
        ("deep", "/webhooks/demo", "t=1,v1=00", &deep, 400, "not_genuine"),
        ("many keys", "/webhooks/demo", "t=1,v1=00", &many, 400, "not_genuine"),
        ("long", "/webhooks/demo", "t=1,v1=00", &long, 413, "body"),
        ("of a gateway that sends none", "/webhooks/invoice", "", event, 404, "no_gateway"),
        ("of an unknown gateway", "/webhooks/stripe", "", event, 404, "no_gateway"),
    ] {
        let answer = shop.ask("POST", path, &[("Demo-Signature", signature)], body.as_bytes());
        assert_eq!((answer.status, answer.code()), (status, code), "{case}");
    }
}

#[test]
fn a_withdrawal_with_a_mistake_keeps_what_was_chosen() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    let order = shopper.buy("ann@example.org");
    let path = format!("{order}/withdraw");
    let answer = shopper.post(&path, &[("name", "Ann Ash"), ("email", "no address"), ("line-0", "0")]);
    assert_eq!((answer.status, answer.code()), (422, "form"));
    assert!(
        answer.body.contains("name=\"line-0\" type=\"number\" inputmode=\"numeric\" min=\"0\" max=\"1\" value=\"0\"")
    );
    assert_eq!(answer.field("name"), "Ann Ash");
    let first = shopper.get(&path);
    assert!(first.body.contains("max=\"1\" value=\"1\""), "at first everything is chosen");
}

#[test]
fn an_order_on_invoice_says_how_it_is_paid_and_what_comes_next() {
    let shop = TestShop::open();
    let mut shopper = shop.shopper();
    let order = shopper.buy("ann@example.org");
    let page = shopper.get(&order).body;
    assert!(page.contains("The bill comes with the parcel; please pay it within 14 days."), "{page}");
    assert!(!page.contains("waiting for your payment") && page.contains("Arrives"));
    shopper.post(&format!("{order}/cancel"), &[]);
    let page = shopper.get(&order).body;
    assert!(
        page.contains("This order was cancelled.") && !page.contains("Arrives") && !page.contains("The bill comes")
    );
}
