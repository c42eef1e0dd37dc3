//! One shopper against another: cookies, order links, checkout ids, and pages of other sites.

use super::world::{FORM, TestShop, form};

#[test]
fn somebody_elses_checkout_is_neither_shown_nor_ended() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let hers = ann.to_review("ann@example.org");
    assert_eq!(ann.press_pay(&hers, "demo").status, 303);
    let mut mallory = shop.shopper();
    let his = mallory.to_review("mallory@example.org");
    for amount in [hers.amount.as_str(), "GBP 1", ""] {
        let form = [("token", hers.token.as_str()), ("amount", amount), ("payment", "invoice")];
        let pressed = mallory.post("/checkout/pay", &form);
        assert_eq!((pressed.status, pressed.location()), (303, "/checkout/review"), "{amount:?}");
    }
    for what in ["", "?cancelled=1"] {
        let back = mallory.get(&format!("/pay/return/{}{what}", hers.token));
        assert_eq!((back.status, back.location()), (200, ""));
        assert!(back.body.contains("This browser does not know the payment"), "{}", back.body);
    }
    let again = ann.press_pay(&hers, "demo");
    assert!(again.location().starts_with("http://localhost:"), "her payment stands: {}", again.location());
    // Once it is an order, its id still tells nobody else where it is.
    let pay = ann.to_review("ann@example.org");
    let paid = ann.press_pay(&pay, "invoice").location().to_owned();
    assert!(paid.starts_with("/pay/return/"), "{paid}");
    for mut other in [mallory, shop.shopper()] {
        let back = other.get(&paid);
        assert_eq!((back.status, back.location()), (200, ""));
        assert!(!back.body.contains("ann@example.org") && !back.body.contains("/order/"));
    }
    assert!(ann.get(&paid).location().starts_with("/order/"));
    assert!(his.token != hers.token);
}

#[test]
fn an_order_is_found_by_its_link_alone() {
    let shop = TestShop::open();
    let order = shop.shopper().buy("ann@example.org");
    assert_eq!(shop.get(&order).status, 200);
    let token = order.rsplit('/').next().unwrap().to_owned();
    let flipped = if token.starts_with('0') { format!("1{}", &token[1..]) } else { format!("0{}", &token[1..]) };
    let number = shop.orders().remove(0);
    for other in [flipped, token[1..].to_owned(), format!("{token}0"), token.to_uppercase(), number, "%00".into()] {
        for path in [format!("/order/{other}"), format!("/order/{other}/withdraw")] {
            let answer = shop.get(&path);
            assert!([400, 404].contains(&answer.status) || other == token, "{path}: {}", answer.status);
            assert!(!answer.body.contains("ann@example.org"), "{path}");
        }
        assert!([400, 404].contains(&shop.ask("POST", &format!("/order/{other}/cancel"), &[FORM], b"").status));
    }
    let page = shop.get(&order);
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("private, no-store", "same-origin"));
    assert!(page.body.contains("noindex"));
}

#[test]
fn writes_that_another_site_causes_are_refused() {
    let shop = TestShop::open();
    let order = shop.shopper().buy("ann@example.org");
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let (cookies, host) = (ann.cookie_header(), shop.host());
    let form = form(&[("token", &pay.token), ("amount", &pay.amount), ("payment", "invoice")]);
    let origin = |origin: &str| vec![("Origin", origin.to_owned())];
    let site = |site: &str| vec![("Sec-Fetch-Site", site.to_owned())];
    for from in [
        vec![],
        origin("null"),
        origin("http://evil.example"),
        origin(&format!("http://{host}.evil.example")),
        origin(&format!("http://evil.example/{host}")),
        origin(&format!("http://evil@{host}")),
        origin(""),
        site("cross-site"),
        site("same-site"),
        site("none"),
        site(""),
        [site("same-origin"), site("cross-site")].concat(),
        [origin(&format!("http://{host}")), site("cross-site")].concat(),
        [origin(&format!("http://{host}")), origin("http://evil.example")].concat(),
    ] {
        let mut headers = vec![FORM, ("Cookie", cookies.as_str())];
        headers.extend(from.iter().map(|(name, value)| (*name, value.as_str())));
        for path in ["/checkout/pay", "/basket/undo", "/basket/lines", "/checkout/address", &format!("{order}/cancel")]
        {
            let answer = shop.ask("POST", path, &headers, &form);
            assert_eq!((answer.status, answer.code()), (403, "cross_site"), "{path} {from:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path} {from:?}");
        }
    }
    assert_eq!(shop.orders().len(), 1);
    assert!(!shop.get(&order).body.contains("cancelled"));
}

#[test]
fn cookies_that_were_not_made_here_are_nothing() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    ann.to_review("ann@example.org");
    let (basket, draft) = (ann.cookies["tw-basket"].clone(), ann.cookies["tw-checkout"].clone());
    let sees = |cookie: &str| {
        let page = shop.ask("GET", "/checkout", &[("Cookie", cookie)], b"");
        (page.location() != "/basket", page.body.contains("ann@example.org"))
    };
    assert_eq!(sees(&format!("tw-basket={basket}; tw-checkout={draft}")), (true, true));
    let middle = basket.len() / 2;
    let swapped = if basket.as_bytes()[middle] == b'A' { 'B' } else { 'A' };
    let forged = format!("{}{swapped}{}", &basket[..middle], &basket[middle + 1..]);
    for (case, cookie, want) in [
        ("forged", format!("tw-basket={forged}"), (false, false)),
        ("cut short", format!("tw-basket={}", &basket[..basket.len() - 4]), (false, false)),
        ("empty", "tw-basket=".to_owned(), (false, false)),
        ("not base64", "tw-basket=%00\"<script>".to_owned(), (false, false)),
        ("the other cookie's value", format!("tw-basket={draft}"), (false, false)),
        ("the basket as a draft", format!("tw-basket={basket}; tw-checkout={basket}"), (true, false)),
        ("60 KB of junk names", format!("{}tw-basket={basket}", "a=b; ".repeat(2_000)), (true, false)),
        ("a stranger's of that name first", format!("tw-basket=x; tw-basket={basket}"), (true, false)),
        ("the secure name without https", format!("__Host-tw-basket={basket}"), (false, false)),
        ("in capitals", format!("TW-BASKET={basket}"), (false, false)),
    ] {
        assert_eq!(sees(&cookie), want, "{case}");
    }
    assert_eq!(shop.ask("GET", "/basket", &[("Cookie", "tw=99.<script>alert(1)</script>")], b"").status, 200);
}

#[test]
fn a_copied_basket_carries_goods_and_no_person() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    ann.to_review("ann@example.org");
    let mut thief = shop.shopper();
    thief.cookies.insert("tw-basket".to_owned(), ann.cookies["tw-basket"].clone());
    assert!(!thief.get("/checkout").body.contains("ann@example.org"));
    assert_eq!(thief.get("/checkout/review").location(), "/checkout");
}

#[test]
fn replayed_forms_make_one_order() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let before = ann.clone();
    for _ in 0..3 {
        assert_eq!(before.clone().press_pay(&pay, "invoice").status, 303);
    }
    ann.press_pay(&pay, "invoice");
    ann.get(&format!("/pay/return/{}", pay.token));
    let order = ann.press_pay(&pay, "invoice").location().to_owned();
    assert!(ann.get(&order).location().starts_with("/order/"), "after Back: {order}");
    assert_eq!(shop.orders().len(), 1);
    let stock = shop.run(&["doctor"]);
    assert!(stock.status.success(), "{}", String::from_utf8_lossy(&stock.stderr));
}

#[test]
fn few_checkouts_at_once_for_one_person() {
    let shop = TestShop::open();
    let mut last = (0, String::new());
    for _ in 0..4 {
        let mut mallory = shop.shopper();
        let pay = mallory.to_review("mallory@example.org");
        let answer = mallory.press_pay(&pay, "demo");
        last = (answer.status, answer.code().to_owned());
    }
    assert_eq!(last, (429, "too_many_checkouts".to_owned()));
}

#[test]
fn the_log_names_nobody_and_holds_no_secret() {
    let shop = TestShop::open_with(&[("TRADEWIND_LOG", "debug")]);
    let mut ann = shop.shopper();
    let order = ann.buy("ann.secret@example.org");
    let token = order.rsplit('/').next().unwrap().to_owned();
    shop.get(&order);
    shop.ask("POST", &format!("{order}/cancel"), &[("Origin", "http://evil.example"), FORM], b"");
    shop.ask("PUT", &order, &[], b"");
    shop.ask("POST", "/webhooks/demo", &[("Demo-Signature", "t=1,v1=00")], b"ann.secret@example.org");
    ann.post(&format!("{order}/cancel"), &[]);
    let basket = ann.cookies["tw-basket"].clone();
    let log = shop.log();
    assert!(log.contains("another site"), "{log}");
    for (what, secret) in [
        ("the address", "ann.secret@example.org"),
        ("the name", "Ann Ash"),
        ("the street", "1 Quay"),
        ("the order's link", token.as_str()),
        ("a cookie", basket.as_str()),
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{what} is in the log");
    }
}
