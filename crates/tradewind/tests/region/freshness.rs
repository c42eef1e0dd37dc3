//! What changes shows at once, and what does not stays kept.

use super::world::TestShop;
use super::{OTHER, PRODUCT, SKU, cache, kept, run};
use std::sync::Barrier;

/// Environments that stand frozen while something changes.
const ENVIRONMENTS: usize = 8;

fn set_price(shop: &TestShop, price: &str) {
    let file = shop.store().join("price.csv");
    std::fs::write(&file, format!("sku,price_GBP\n{SKU},{price}\n")).unwrap();
    run(shop, &["catalogue", "apply", file.to_str().unwrap()]);
}

/// A region with nothing left to do: what a new store's first publish wants purged is purged.
fn quiet_region(environment: &[(&str, &str)]) -> TestShop {
    let shop = TestShop::open_region(environment, &[]);
    run(&shop, &["stock", "set", SKU, "39", "--reason", "counted"]);
    shop
}

#[test]
fn a_changed_price_drops_the_pages_that_show_it_and_no_others() {
    let shop = quiet_region(&[]);
    let before = kept(&shop, PRODUCT);
    kept(&shop, OTHER);
    kept(&shop, "/category/tools");
    assert!(!before.body.contains("£33.33"));
    set_price(&shop, "33.33");
    // The command ends once the edge knows.
    for path in [PRODUCT, "/category/tools"] {
        let after = shop.get(path);
        assert!(cache(&after).starts_with("fwd=uri-miss"), "{path}: {}", cache(&after));
        assert!(after.body.contains("£33.33"), "{path}");
    }
    assert!(cache(&shop.get(OTHER)).starts_with("hit"), "nothing on it has changed");
}

#[test]
fn a_quantity_drops_nothing_and_the_last_unit_the_pages_of_its_product() {
    // What is sold out is dropped at once, and not once a minute.
    let shop = quiet_region(&[("TRADEWIND_STOCK_PURGE_MS", "0")]);
    kept(&shop, PRODUCT);
    kept(&shop, OTHER);
    run(&shop, &["stock", "set", SKU, "17", "--reason", "counted"]);
    assert!(cache(&shop.get(PRODUCT)).starts_with("hit"), "a quantity is on no page that is kept");
    run(&shop, &["stock", "set", SKU, "0", "--reason", "counted"]);
    let sold_out = shop.get(PRODUCT);
    assert!(cache(&sold_out).starts_with("fwd=uri-miss"), "{}", cache(&sold_out));
    assert!(sold_out.body.contains("Sold out"), "the page says it");
    assert!(cache(&shop.get(OTHER)).starts_with("hit"), "nothing of another product is dropped");
}

#[test]
fn environments_that_were_frozen_over_a_change_never_show_what_was_before() {
    let shop = TestShop::open_region(&[], &[]);
    // Pages differ by a name that the key knows, so each is asked of the function, all of them at once.
    let ask_all = |round: usize| {
        let together = Barrier::new(ENVIRONMENTS);
        std::thread::scope(|scope| {
            let asks: Vec<_> = (0..ENVIRONMENTS)
                .map(|number| {
                    let (shop, together) = (&shop, &together);
                    scope.spawn(move || {
                        together.wait();
                        shop.get(&format!("/search?q=bamboo&max={}", 100 + round * ENVIRONMENTS + number))
                    })
                })
                .collect();
            asks.into_iter().map(|ask| ask.join().unwrap().body).collect::<Vec<_>>()
        })
    };
    assert!(ask_all(0).iter().all(|page| page.contains("£29.00")));
    for (round, price) in [(1, "31.00"), (2, "32.00"), (3, "30.00")] {
        set_price(&shop, price);
        let shown = format!("£{price}");
        assert!(ask_all(round).iter().all(|page| page.contains(&shown)), "every environment shows {shown}");
    }
}
