//! How everything comes to rest: faults end, webhooks arrive, a person settles what only a person can, and the jobs do
//! what is left. Then nothing is left over, and the books agree.

use crate::books::Books;
use crate::shoppers::Checkout;
use crate::support::{gbp, locale, product_id, record_id};
use crate::till::webhook_body;
use crate::world::{GOODS, LEASE_OVER_MS, World};
use commerce::availability::Availability;
use commerce::money::Money;
use http::HeaderMap;
use payments::ProviderStatus;
use shop::offered::Buyer;
use std::collections::BTreeMap;

/// Days that it takes: whatever waits for an answer is asked daily.
const DAYS: usize = 4;
const DAY_MS: i64 = 25 * 3_600_000;
/// Shortly after which a task that was put off comes again.
const SOON_MS: i64 = 61_000;

/// Lets everything come to rest.
pub(crate) async fn come_to_rest(world: &World, checkouts: &[Checkout]) {
    world.set_mail(true);
    world.pass(LEASE_OVER_MS);
    for checkout in checkouts.iter().filter(|checkout| !checkout.is_old) {
        mend_amount(world, checkout);
        deliver_webhook(world, checkout).await;
    }
    for day in 0..DAYS {
        for instance in &world.instances {
            instance.shop.drain_outbox().await.unwrap();
            instance.shop.sweep().await.unwrap();
            world.pass(SOON_MS);
        }
        if day + 1 < DAYS {
            world.pass(DAY_MS);
        }
    }
    for instance in world.instances.iter().chain(&world.instances) {
        instance.shop.drain_outbox().await.unwrap();
        world.pass(SOON_MS);
    }
}

/// A person at the bank sets an amount right that the bank mistook; one penny too many goes back there.
fn mend_amount(world: &World, checkout: &Checkout) {
    let Some((_, bank)) = world.bank(&checkout.gateway).filter(|_| checkout.is_mistaken) else { return };
    let Some(taken) = checkout.requests.first().map(|request| request.amount_shown) else { return };
    let asked = checkout.taken.map_or(taken, |place| checkout.requests[place].amount_shown);
    bank.change(checkout.id, |payment| {
        let less = |money: Money| Money::from_minor(money.minor().min(asked.minor()), money.currency());
        payment.amount = asked;
        payment.authorised = less(payment.authorised);
        payment.captured = less(payment.captured);
        payment.refunded = less(payment.refunded);
    });
}

/// A bank does not give up: in the end a webhook arrives about whatever was paid.
async fn deliver_webhook(world: &World, checkout: &Checkout) {
    let is_paid = world.payments_at_banks(checkout.id).iter().any(payments::ProviderPayment::is_paid);
    if is_paid {
        let body = webhook_body(&format!("last-{}-{}", checkout.id, checkout.events.len()), checkout.id, true);
        let shop = &world.instances[0].shop;
        shop.webhook(&checkout.gateway, &HeaderMap::new(), body.as_bytes()).await.unwrap();
    }
}

/// Nothing is left over.
pub(crate) async fn check_rest(world: &World, books: &Books, checkouts: &[Checkout]) {
    assert_eq!(books.tasks, [], "tasks are left");
    let held: Vec<_> = books.held.iter().filter(|held| matches!(held.state.as_str(), "held" | "releasing")).collect();
    assert!(held.is_empty(), "holds are left: {held:?}");
    for (checkout, payments) in &books.payments {
        let open = |state: &str| matches!(state, "created" | "pending" | "authorised" | "review");
        let left = payments.iter().any(|payment| payment.is_asked || open(&payment.state));
        assert!(!left, "the payment of {checkout} is left: {payments:?}");
    }
    for checkout in checkouts {
        check_bank(world, books, checkout);
    }
    check_sold(books);
    check_letters(world, books);
    check_pages(world, books).await;
    let findings = world.office.shop.db().check_data().await.unwrap();
    assert_eq!(findings, [], "doctor");
}

/// The bank's books are the ledger, and no money is kept for a checkout without an order.
fn check_bank(world: &World, books: &Books, checkout: &Checkout) {
    let at_banks = world.payments_at_banks(checkout.id);
    let Some(bank) = at_banks.first() else { return };
    let id = checkout.id.to_string();
    let (captured, refunded) = (bank.captured.minor(), bank.refunded.minor());
    let set_aside = matches!(bank.status, ProviderStatus::Authorised | ProviderStatus::PartCaptured);
    assert!(bank.status != ProviderStatus::Open, "a payment can still be made: {bank:?}");
    let Some(order) = books.orders.get(&id) else {
        assert!(captured == refunded && !set_aside, "money is kept for nothing: {bank:?} {checkout:?}");
        return;
    };
    let sums = books.ledger[&id];
    assert_eq!((sums.captured, sums.refunded), (captured, refunded), "{order:?} {sums:?} {bank:?}");
    let open = sums.promised - sums.captured - sums.voided;
    assert_eq!(open > 0, set_aside, "{order:?} {sums:?} {bank:?}");
    if order.state == "cancelled" {
        assert!(captured == refunded && !set_aside, "money is kept for a cancelled order: {bank:?}");
    } else {
        assert!(captured > 0, "an order that is not paid: {order:?} {bank:?}");
    }
}

/// What products sold is counted once.
fn check_sold(books: &Books) {
    for (sku, _, _) in GOODS {
        let record = record_id(sku).to_string();
        let lines = books.orders.values().flat_map(|order| &order.lines);
        let sold: i64 = lines.filter(|(of, _)| *of == record).map(|(_, units)| units).sum();
        assert_eq!(books.sold[&product_id(sku).to_string()], sold, "{sku}");
    }
}

/// One confirmation an order, and one letter for each checkout whose money went back.
fn check_letters(world: &World, books: &Books) {
    let (confirmed, cancelled) =
        (letters(world, "Your order ", " at "), letters(world, "Your order ", " is cancelled"));
    for order in books.orders.values() {
        let number = commerce::order::OrderNumber::parse(&order.number).unwrap().to_string();
        assert_eq!(confirmed.get(&number), Some(&1), "confirmations of {number}");
        let told = usize::from(order.state == "cancelled");
        assert_eq!(cancelled.get(&number).copied().unwrap_or_default(), told, "cancellations of {number}");
    }
    assert_eq!(confirmed.len(), books.orders.len(), "a confirmation of no order");
    let back = books.events.iter().filter(|(kind, _, _)| kind == "given_back").count();
    let orders = books.orders.values().filter(|order| order.state == "cancelled").count();
    assert_eq!(cancelled.values().sum::<usize>(), orders, "letters about orders that are none");
    let told: usize = letters(world, "Your payment at ", " is on its way back").values().sum();
    assert_eq!(told, back, "letters about money that went back");
}

/// Letters by the number of the order that stands between two texts of their subject.
fn letters(world: &World, before: &str, after: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for letter in world.office.letters() {
        let subject = letter.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a letter has a subject");
        let Some((number, _)) = subject.strip_prefix(before).and_then(|rest| rest.split_once(after)) else { continue };
        *found.entry(number.to_owned()).or_default() += 1;
    }
    found
}

/// What pages say is so.
async fn check_pages(world: &World, books: &Books) {
    for instance in &world.instances {
        let shop = &instance.shop;
        let view = shop.snapshots().look(shop.now()).await.view;
        for (sku, _, _) in GOODS {
            let basket = crate::support::basket(&[(sku, 1)]);
            let priced = shop.price_basket(&view, &basket, locale(), Buyer::default()).await.unwrap();
            let sold = priced.lines[0].sold.as_ref().expect("it is for sale");
            let record = &books.records[&record_id(sku).to_string()];
            let free = record.on_hand.map(|_| record.free.iter().sum());
            let now = Availability::from_free(free, 0, shop.settings().few_left);
            assert_eq!(sold.availability, now, "{sku}: {free:?} free");
            let row = shop.db().load_families(&[product_id(sku)]).await.unwrap();
            let price = row[0].head.entry.stock_records[0].prices[0].amount;
            assert_eq!((sold.entered, price.currency()), (price, gbp(0).currency()), "{sku}");
        }
    }
}
