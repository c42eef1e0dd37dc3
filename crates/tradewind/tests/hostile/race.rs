//! The last units: 200 buyers at once for 50 of them, three submits each, at two processes of one shop. Exactly 50
//! orders, everybody else is told, and nobody sees a fault.

use super::faults::Database;
use super::world::{Answer, PayForm, Shopper, TestShop};
use std::collections::BTreeSet;
use std::sync::Barrier;

const BUYERS: usize = 200;
const UNITS: usize = 50;
const SUBMITS: usize = 3;
/// Buyers that get ready at once.
const READY_AT_ONCE: usize = 8;
/// How often somebody who hears that the last units are in another checkout tries again.
const TRIES_MAX: usize = 400;
/// One commit of ten is refused, as a busy database does.
const CONFLICTS: (&str, &str) = ("TRADEWIND_CONFLICTS_PER_MILLE", "100");

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Bought(String),
    SoldOut,
}

/// Presses Pay until it is told how it ended.
fn press_until_told(mut shopper: Shopper, pay: &PayForm) -> End {
    for _ in 0..TRIES_MAX {
        let pressed = shopper.press_pay(pay, "invoice");
        let said = |answer: &Answer| answer.body.to_lowercase().contains("sold out");
        match (pressed.status, pressed.location()) {
            (303, to) if to.starts_with("/pay/return/") => {
                let back = shopper.get(to);
                assert!(back.location().starts_with("/order/"), "{} {}", back.status, back.body);
                return End::Bought(back.location().split('?').next().unwrap_or_default().to_owned());
            }
            // The page knows by now, and says it at the line.
            (303, "/basket") => {
                let basket = shopper.get("/basket");
                assert!(said(&basket), "{} {}", basket.status, basket.body);
                return End::SoldOut;
            }
            (409, _) if pressed.body.contains("somebody’s checkout") => std::thread::yield_now(),
            (409, _) if said(&pressed) => return End::SoldOut,
            (status, to) => panic!("{status} {to} {}", pressed.body),
        }
    }
    panic!("nothing to be had, and not sold out, after {TRIES_MAX} tries");
}

fn the_last_units_go_once(shop: &TestShop) {
    let other = shop.another_process();
    let process = |number: usize| if number.is_multiple_of(2) { shop.address } else { other.address };
    let product = shop.shopper().find_product();
    let stocked = shop.run(&["stock", "set", &sku_of(shop), &UNITS.to_string(), "--reason", "the last ones"]);
    assert!(stocked.status.success(), "{}", String::from_utf8_lossy(&stocked.stderr));
    let buyers: Vec<usize> = (0..BUYERS).collect();
    let ready: Vec<(Shopper, PayForm)> = std::thread::scope(|scope| {
        let getting_ready = buyers.chunks(BUYERS / READY_AT_ONCE).map(|some| {
            let product = &product;
            scope.spawn(move || {
                let ready = some.iter().map(|buyer| {
                    let mut shopper = shop.shopper_at(process(*buyer));
                    let pay = shopper.try_to_review(product, &format!("b{buyer}@example.org")).unwrap();
                    (shopper, pay)
                });
                ready.collect::<Vec<_>>()
            })
        });
        getting_ready.collect::<Vec<_>>().into_iter().flat_map(|ready| ready.join().unwrap()).collect()
    });
    let start = Barrier::new(BUYERS * SUBMITS);
    let ends: Vec<Vec<End>> = std::thread::scope(|scope| {
        let pressing = ready.iter().enumerate().map(|(buyer, (shopper, pay))| {
            let submits = (0..SUBMITS).map(|submit| {
                let mut window = shopper.clone();
                window.address = process(buyer + submit);
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    press_until_told(window, pay)
                })
            });
            submits.collect::<Vec<_>>()
        });
        let pressing: Vec<_> = pressing.collect();
        pressing.into_iter().map(|of_buyer| of_buyer.into_iter().map(|press| press.join().unwrap()).collect()).collect()
    });
    let mut orders = BTreeSet::new();
    for of_buyer in &ends {
        let said: BTreeSet<&End> = of_buyer.iter().collect();
        assert_eq!(said.len(), 1, "every submit of one buyer ends alike: {of_buyer:?}");
        orders.extend(said.into_iter().filter(|end| **end != End::SoldOut).cloned());
    }
    assert_eq!((orders.len(), shop.orders().len()), (UNITS, UNITS));
    assert_eq!(ends.iter().filter(|of_buyer| of_buyer[0] == End::SoldOut).count(), BUYERS - UNITS);
    let healthy = shop.run(&["doctor"]);
    assert!(healthy.status.success(), "{}", String::from_utf8_lossy(&healthy.stdout));
}

/// The SKU of what [`Shopper::find_product`] finds.
fn sku_of(shop: &TestShop) -> String {
    let page = shop.get("/product/bamboo-whisk-hundred-tines");
    let rest = page.body.split_once("\"sku\":\"").expect("the page tells its SKU to search engines").1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn on_sqlite() {
    the_last_units_go_once(&TestShop::open_with(&[CONFLICTS]));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let Some(database) = Database::new().await else { return };
    the_last_units_go_once(&TestShop::open_with(&[CONFLICTS, ("TRADEWIND_DATABASE", &database.url)]));
}
