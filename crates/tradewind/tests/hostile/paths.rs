//! Addresses: one spelling each, none that leads out of the shop or into its folder.

use super::world::TestShop;

#[test]
fn addresses_that_cannot_be_read_are_refused() {
    let shop = TestShop::open();
    let deep = "/a".repeat(8_000);
    let long = |start: &str| format!("{start}{}", "a".repeat(9_000));
    for (path, status, code) in [
        ("/product/%00", 400, "bad_address"),
        ("/product/%ff", 400, "bad_address"),
        ("/product/%C3%28", 400, "bad_address"),
        ("/product/%ED%A0%80", 400, "bad_address"),
        ("/order/%ff", 400, "bad_address"),
        ("/pay/return/%0d%0aSet-Cookie:x=y", 400, "bad_address"),
        ("/a%0d%0aSet-Cookie:x=y/", 400, "bad_address"),
        ("/media/%00.png", 400, "bad_address"),
        ("/media/%ff.png", 400, "bad_address"),
        ("/static/%ff", 400, "bad_address"),
        ("/webhooks/%ff", 400, "bad_address"),
        (&deep, 414, "address_too_long"),
        (&long("/product/"), 414, "address_too_long"),
        (&long("/search?q="), 414, "address_too_long"),
        (&long("/basket?locale="), 414, "address_too_long"),
        (&format!("/search?q={}", "a".repeat(5_000)), 400, "bad_address"),
        ("/search?q=<script>alert(1)</script>", 400, ""),
        ("/%", 301, ""),
        ("/%zz", 301, ""),
    ] {
        let answer = shop.get(path);
        let shown = &path[..path.len().min(60)];
        assert_eq!((answer.status, answer.code()), (status, code), "{shown}");
        assert_eq!(answer.header("set-cookie"), "", "{shown}");
    }
}

#[test]
fn no_address_leads_into_the_folder() {
    let shop = TestShop::open();
    std::fs::write(shop.store().join("secret.png"), "secret").unwrap();
    for path in [
        "/media/../secret.png",
        "/media/..%2fsecret.png",
        "/media/%2e%2e/secret.png",
        "/media/%2e%2e%2fsecret.png",
        "/media/..%5csecret.png",
        "/media/.%2e/.%2e/secret.png",
        "/media//secret.png",
        "/media/x/../../secret.png",
        "/media/%2fetc%2fpasswd.png",
        "/media/..%252fsecret.png",
        "/media/drawn/../../secret.png",
        "/media/drawn/..%2f..%2ftradewind.toml.svg",
        "/static/..%2ftradewind.toml",
        "/static/..%2f..%2fstore.keys.toml",
        "/../tradewind.toml",
        "/%2e%2e/tradewind.toml",
        "/./about",
        "/about/../basket",
        "/.git/config",
        "/data/store.db",
        "/tradewind.toml",
    ] {
        let answer = shop.get(path);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
        assert!(!answer.body.contains("secret") || !answer.body.contains("currency"), "{path}");
    }
}

#[test]
fn every_redirect_stays_in_the_shop() {
    let shop = TestShop::open();
    let slug = "/product/rookhope-teapot";
    for path in [
        "/\\evil.example/",
        "/\\evil.example",
        "//evil.example/",
        "//evil.example",
        "///evil.example//",
        "/%5cevil.example/",
        "/%2f%2fevil.example/",
        "//about?x=1",
        "//product/rookhope-teapot?x",
        "//product/catalogue?x",
        "//product/..?x",
        "//category/./?x",
        "/de//evil.example/",
        "/de/\\evil.example/",
        "//evil.example/catalogue/x_1/",
        "//evil.example/%2e%2e/",
        "/about/?next=//evil.example",
        "/search?next=//evil.example",
        "/basket?next=//evil.example",
        "/;@evil.example/",
        "/@evil.example/",
        "/https://evil.example/",
        "http://evil.example/about/",
        "http://evil.example//evil.example/",
    ] {
        let answer = shop.get(path);
        let to = answer.location().to_owned();
        if answer.status < 400 && !to.is_empty() {
            let inside = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
            assert!(inside, "{path} leads to {to}");
            assert_eq!(shop.get(&to).location(), "", "{path}: one step, not a walk");
        }
    }
    for (path, want) in [
        (format!("/{slug}"), slug),
        (format!("{slug}/"), slug),
        ("/product/rookhope%2Dteapot".to_owned(), slug),
        ("/de//about/".to_owned(), "/de/about"),
        ("///".to_owned(), "/"),
    ] {
        let answer = shop.get(&path);
        assert_eq!((answer.status, answer.location()), (301, want), "{path}");
    }
}

#[test]
fn guessed_names_and_numbers_find_nothing() {
    let shop = TestShop::open();
    for path in [
        "/product/x",
        "/category/x",
        "/sitemap/0.xml",
        "/sitemap/18446744073709551615.xml",
        "/sitemap/99999999999999999999.xml",
        "/catalogue/x_9999999999999999999/",
        "/catalogue/x_-1/",
        "/catalogue/category/x_0/",
        "/order/00000000000000000000000000000000",
        "/order/x",
        "/order/x/withdraw",
        "/pay/return/x",
        "/pay/return/00000000-0000-4000-8000-000000000000",
        "/dashboard",
        "/api/v1/orders",
        "/account",
    ] {
        let answer = shop.get(path);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
    }
}

#[test]
fn addresses_by_the_thousand_take_no_memory_for_ever() {
    let shop = TestShop::open_with(&[("TRADEWIND_PAGE_MEMORY_MB", "2")]);
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", shop.process())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let filler = "a".repeat(7_000);
    let ask = |n: u32| assert!(shop.get(&format!("/stock?ids=&x={n}{filler}")).status < 500);
    // What is made once (threads, buffers, the pages that fit) is there by then.
    (0..500).for_each(ask);
    let before = memory();
    (500..3_000).for_each(ask);
    let grown = memory().saturating_sub(before);
    assert!(grown < 30_000, "{grown} KB more");
}
