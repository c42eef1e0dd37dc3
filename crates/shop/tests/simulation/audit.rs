//! What holds at every moment, whatever happens.

use crate::books::{Books, Sums};
use crate::shoppers::Checkout;
use crate::support::record_id;
use crate::world::{GOODS, World};
use std::collections::{BTreeMap, BTreeSet};

/// What was seen before.
#[derive(Default)]
pub(crate) struct Memory {
    /// Orders as they were sold.
    sold: BTreeMap<String, String>,
    /// Stock records that were not counted for a while: what left the house meanwhile is not known.
    uncounted: BTreeSet<String>,
}

/// Checks everything that holds at every moment.
pub(crate) async fn audit(world: &World, books: &Books, checkouts: &[Checkout], memory: &mut Memory) {
    check_stock(books, memory);
    check_conservation(books, memory);
    check_orders(books, memory);
    check_money(world, books, checkouts);
    check_truths(books, checkouts);
    let findings = world.office.shop.db().check_data().await.unwrap();
    let mistaken = checkouts.iter().any(|checkout| checkout.is_mistaken);
    let is_known = |check: &str| check == "task_that_fails" || (check == "payment_to_look_at" && mistaken);
    let unexpected: Vec<_> = findings.iter().filter(|finding| !is_known(finding.check)).collect();
    assert!(unexpected.is_empty(), "doctor finds {unexpected:?}");
}

/// For every stock record free + held + claimed = on hand, and nothing is negative.
fn check_stock(books: &Books, memory: &mut Memory) {
    let mut taken: BTreeMap<&str, i64> = BTreeMap::new();
    for held in &books.held {
        assert!(0 <= held.shipped && held.shipped <= held.units, "{held:?}");
        if held.state != "released" {
            *taken.entry(&held.record).or_default() += held.units - held.shipped;
        }
    }
    for (id, record) in &books.records {
        assert!(record.free.iter().all(|free| *free >= 0), "{record:?}");
        let Some(on_hand) = record.on_hand else {
            memory.uncounted.insert(id.clone());
            continue;
        };
        let (free, taken) = (record.free.iter().sum::<i64>(), taken.get(id.as_str()).copied().unwrap_or_default());
        assert_eq!(free + taken, on_hand, "{}: {free} free, {taken} held and claimed, {on_hand} on hand", record.sku);
    }
}

/// What is on hand is what was there, and was brought, less what was sent.
fn check_conservation(books: &Books, memory: &Memory) {
    for (sku, _, units) in GOODS {
        let id = record_id(sku).to_string();
        if memory.uncounted.contains(&id) {
            continue;
        }
        let changes = books.events.iter().filter(|(kind, subject, _)| kind == "stock_changed" && *subject == id);
        let brought: i64 = changes.map(|(_, _, detail)| units_changed(detail)).sum();
        let lines_of = |order: &String| &books.orders[order].lines;
        let parcels = books.parcels.iter().flat_map(|(order, units)| units.iter().map(move |unit| (order, unit)));
        let sent: i64 = parcels.filter(|(order, (line, _))| lines_of(order)[*line].0 == id).map(|(_, (_, n))| n).sum();
        let on_hand = books.records[&id].on_hand.unwrap_or_default();
        assert_eq!(on_hand, units + brought - sent, "{sku}: {units} at first, {brought} brought, {sent} sent");
        let orders = books.orders.values().filter(|order| order.state != "cancelled");
        let sold: i64 = orders.flat_map(|order| &order.lines).filter(|(record, _)| *record == id).map(|(_, n)| n).sum();
        assert!(sold <= units + brought, "{sku}: {sold} were sold of {}", units + brought);
    }
}

/// `from=5 to=7 …` is 2.
fn units_changed(detail: &str) -> i64 {
    let word = |name: &str| detail.split(' ').find_map(|word| word.strip_prefix(name)?.parse::<i64>().ok());
    word("to=").unwrap_or_default() - word("from=").unwrap_or_default()
}

/// An order is a fact: nothing of it changes, it has its units, and it was placed once.
fn check_orders(books: &Books, memory: &mut Memory) {
    for (id, sold) in &memory.sold {
        assert!(books.orders.contains_key(id), "the order {id} is gone: {sold}");
    }
    let mut placed: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, subject, _) in books.events.iter().filter(|(kind, _, _)| kind == "order_placed") {
        *placed.entry(subject).or_default() += 1;
    }
    assert_eq!(placed.len(), books.orders.len(), "orders that were not placed");
    for (id, order) in &books.orders {
        assert_eq!(placed.get(id.as_str()), Some(&1), "{} was placed so often", order.number);
        let before = memory.sold.entry(id.clone()).or_insert_with(|| order.body.clone());
        assert_eq!(before, &order.body, "an order has changed");
        let claimed: i64 = books.held.iter().filter(|held| held.checkout == *id).map(|held| held.units_claimed()).sum();
        let counted: i64 = counted_units(order.lines.as_slice(), memory);
        let wanted = if order.state == "cancelled" { 0 } else { counted };
        let any_uncounted = order.lines.iter().any(|(record, _)| memory.uncounted.contains(record));
        assert!(any_uncounted || claimed == wanted, "{} has {claimed} of {wanted} units: {order:?}", order.number);
    }
}

fn counted_units(lines: &[(String, i64)], memory: &Memory) -> i64 {
    lines.iter().filter(|(record, _)| !memory.uncounted.contains(record)).map(|(_, units)| units).sum()
}

/// Ledger and bank: refunded ≤ captured ≤ promised, the bank is ahead of the ledger or where it is, and every order has
/// a payment that carries it.
fn check_money(world: &World, books: &Books, checkouts: &[Checkout]) {
    for (checkout, sums) in &books.ledger {
        assert!(books.orders.contains_key(checkout), "a ledger of no order: {sums:?}");
        let Sums { promised, captured, refunded, voided } = *sums;
        assert!(refunded <= captured && captured + voided <= promised, "{checkout}: {sums:?}");
    }
    for (id, order) in &books.orders {
        let payments = books.payments.get(id).map_or(&[][..], Vec::as_slice);
        let carried = payments.iter().any(|payment| match payment.state.as_str() {
            "due" | "authorised" | "captured" => true,
            "voided" | "cancelled" => order.state == "cancelled",
            _ => false,
        });
        assert!(carried && payments.len() == 1, "{order:?} on {payments:?}");
        let sums = books.ledger.get(id).copied().unwrap_or_default();
        assert_eq!((sums.promised, payments[0].amount), (order.total, order.total), "{order:?} {sums:?}");
    }
    for checkout in checkouts {
        let at_banks = world.payments_at_banks(checkout.id);
        assert!(at_banks.len() <= 1, "two payments of one checkout: {at_banks:?}");
        let Some(bank) = at_banks.first() else { continue };
        let sums = books.ledger.get(&checkout.id.to_string()).copied().unwrap_or_default();
        let [amount, authorised, captured, refunded] =
            [bank.amount, bank.authorised, bank.captured, bank.refunded].map(|money| money.minor());
        assert!(refunded <= captured && captured <= authorised && authorised <= amount, "{bank:?}");
        assert!(sums.captured <= captured && sums.refunded <= refunded, "{sums:?} {bank:?}");
    }
}

/// What shoppers were told is so.
fn check_truths(books: &Books, checkouts: &[Checkout]) {
    for checkout in checkouts {
        let id = checkout.id.to_string();
        let order = books.orders.get(&id);
        assert!(!checkout.is_placed || order.is_some(), "an order that was confirmed is gone: {checkout:?}");
        assert!(!checkout.goes_back || order.is_none(), "an order on money that goes back: {checkout:?}");
        let Some(taken) = checkout.taken.filter(|_| !checkout.is_old) else { continue };
        let shown = checkout.requests[taken].amount_shown.minor();
        let payments = books.payments.get(&id).map_or(&[][..], Vec::as_slice);
        let amounts: Vec<i64> = payments.iter().map(|payment| payment.amount).collect();
        assert_eq!(amounts, [shown], "what stood on the button is charged: {checkout:?}");
        assert!(books.checkouts.contains(&id), "a checkout was forgotten: {checkout:?}");
        assert!(payments.iter().all(|payment| payment.gateway == checkout.gateway));
    }
}

impl crate::books::Held {
    fn units_claimed(&self) -> i64 {
        if self.state == "claimed" { self.units } else { 0 }
    }
}
