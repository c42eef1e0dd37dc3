//! The program is killed while many check out: no confirmed order is lost, none is doubled, and the stock adds up.

use super::faults::Database;
use super::world::{PayForm, TestShop};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Buyers at once.
const BUYERS: usize = 8;
/// Kills in one run; the n-th comes after a few confirmed orders more.
const KILLS: usize = 4;
/// Orders that are confirmed before a kill, by turn: whatever the others are doing then is cut off.
const CONFIRMED_BEFORE: [usize; KILLS] = [3, 7, 1, 10];

/// A press of Pay that may or may not have come through.
struct Pressed {
    cookies: BTreeMap<String, String>,
    pay: PayForm,
    /// The order's page, once it was shown.
    order: Option<String>,
}

fn follow(shop: &TestShop, pressed: &mut Pressed) -> Option<()> {
    let mut shopper = shop.shopper();
    shopper.cookies = pressed.cookies.clone();
    let answer = shopper.try_press_pay(&pressed.pay, "invoice")?;
    assert!(answer.status < 500, "{} {}", answer.status, answer.code());
    let back = shopper.try_get(answer.location())?;
    let page = shopper.try_get(back.location())?;
    if page.status == 200 && back.location().starts_with("/order/") {
        pressed.order = Some(back.location().split('?').next()?.to_owned());
    }
    Some(())
}

/// Buys until the shop is gone.
fn buy(shop: &TestShop, product: &str, buyer: usize, confirmed: &AtomicUsize) -> Vec<Pressed> {
    let mut all = Vec::new();
    for turn in 0.. {
        let mut shopper = shop.shopper();
        let email = format!("b{buyer}-{turn}@example.org");
        let Some(pay) = shopper.try_to_review(product, &email) else { break };
        let mut pressed = Pressed { cookies: shopper.cookies.clone(), pay, order: None };
        let came_back = follow(shop, &mut pressed);
        confirmed.fetch_add(usize::from(pressed.order.is_some()), Ordering::SeqCst);
        all.push(pressed);
        if came_back.is_none() {
            break;
        }
    }
    all
}

fn killed_while_many_buy(mut shop: TestShop) {
    let product = shop.shopper().find_product();
    let sku_stock = shop.json(&["inventory", "--json"]);
    let mut all = Vec::new();
    for before in CONFIRMED_BEFORE {
        let confirmed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (shop, product, confirmed) = (&shop, &product, &confirmed);
            let buyers: Vec<_> =
                (0..BUYERS).map(|buyer| scope.spawn(move || buy(shop, product, buyer, confirmed))).collect();
            while confirmed.load(Ordering::SeqCst) < before && buyers.iter().any(|buyer| !buyer.is_finished()) {
                std::thread::yield_now();
            }
            let killed = std::process::Command::new("kill").args(["-9", &shop.process().to_string()]).status();
            assert!(killed.unwrap().success());
            for buyer in buyers {
                all.extend(buyer.join().unwrap());
            }
        });
        shop.kill_and_reopen();
        for pressed in all.iter().filter(|pressed| pressed.order.is_some()) {
            assert_eq!(shop.get(pressed.order.as_ref().unwrap()).status, 200, "a confirmed order is there");
        }
    }
    // Whoever was cut off presses again, by the same page.
    for pressed in all.iter_mut().filter(|pressed| pressed.order.is_none()) {
        follow(&shop, pressed).expect("the shop is open");
    }
    assert!(shop.run(&["payments", "sweep"]).status.success());
    let shown: BTreeSet<&String> = all.iter().filter_map(|pressed| pressed.order.as_ref()).collect();
    let sold_out = all.iter().filter(|pressed| pressed.order.is_none()).count();
    assert_eq!(shown.len() + sold_out, all.len(), "every press has an order of its own");
    assert_eq!(shop.orders().len(), shown.len(), "and there are no others");
    let doctor = shop.run(&["doctor"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
    assert!(shown.len() >= CONFIRMED_BEFORE.iter().sum::<usize>(), "{} orders", shown.len());
    let _ = sku_stock;
}

#[test]
fn killed_at_any_moment_on_sqlite() {
    killed_while_many_buy(TestShop::open());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_on_postgres() {
    let Some(database) = Database::new().await else { return };
    killed_while_many_buy(TestShop::open_with(&[("TRADEWIND_DATABASE", &database.url)]));
}
