//! The last units through fifty execution environments: each is sold once.

use super::world::{PayForm, Shopper, TestShop};
use super::{SKU, run};
use std::collections::BTreeSet;
use std::sync::Barrier;

const ENVIRONMENTS: &str = "50";
const BUYERS: usize = 100;
const UNITS: usize = 20;
/// Buyers that get ready at once.
const READY_AT_ONCE: usize = 8;
/// How often somebody tries again who hears that all environments are busy, or that the units are in another checkout.
const TRIES_MAX: usize = 2_000;

/// Presses Pay until it is told how it ended: the order's page, or nothing.
fn press_until_told(shopper: &mut Shopper, pay: &PayForm) -> Option<String> {
    for _ in 0..TRIES_MAX {
        let pressed = shopper.press_pay(pay, "invoice");
        match (pressed.status, pressed.location()) {
            (303, to) if to.starts_with("/pay/return/") => {
                let to = to.to_owned();
                for _ in 0..TRIES_MAX {
                    let back = shopper.get(&to);
                    if back.status != 429 {
                        assert!(back.location().starts_with("/order/"), "{} {}", back.status, back.body);
                        return Some(back.location().split('?').next().unwrap_or_default().to_owned());
                    }
                }
            }
            (303, "/basket") => return None,
            (409, _) if pressed.body.to_lowercase().contains("sold out") => return None,
            (409 | 429, _) => std::thread::yield_now(),
            (status, to) => panic!("{status} {to} {}", pressed.body),
        }
    }
    panic!("nothing to be had, and not sold out, after {TRIES_MAX} tries");
}

#[test]
fn the_last_units_go_once_through_many_environments() {
    let shop = TestShop::open_region(&[], &["--concurrency", ENVIRONMENTS]);
    let product = shop.shopper().find_product();
    run(&shop, &["stock", "set", SKU, &UNITS.to_string(), "--reason", "counted"]);
    let buyers: Vec<usize> = (0..BUYERS).collect();
    let mut ready: Vec<(Shopper, PayForm)> = std::thread::scope(|scope| {
        let getting_ready = buyers.chunks(BUYERS.div_ceil(READY_AT_ONCE)).map(|some| {
            let (shop, product) = (&shop, &product);
            scope.spawn(move || {
                let ready = some.iter().map(|buyer| {
                    let mut shopper = shop.shopper();
                    let pay = shopper.try_to_review(product, &format!("b{buyer}@example.org")).unwrap();
                    (shopper, pay)
                });
                ready.collect::<Vec<_>>()
            })
        });
        getting_ready.collect::<Vec<_>>().into_iter().flat_map(|ready| ready.join().unwrap()).collect()
    });
    let start = Barrier::new(BUYERS);
    let orders: Vec<Option<String>> = std::thread::scope(|scope| {
        let pressing = ready.iter_mut().map(|(shopper, pay)| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                press_until_told(shopper, pay)
            })
        });
        pressing.collect::<Vec<_>>().into_iter().map(|press| press.join().unwrap()).collect()
    });
    let bought: BTreeSet<String> = orders.iter().flatten().cloned().collect();
    assert_eq!((bought.len(), shop.orders().len()), (UNITS, UNITS));
    let healthy = shop.run(&["doctor"]);
    assert!(healthy.status.success(), "{}", String::from_utf8_lossy(&healthy.stdout));
}
