//! Gift cards: what is left on them, who has it, and what happened.

use crate::sample::{checkout_id, frozen, gbp, gift_card, hold_id, hold_of, issued, payment_id, tender, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::event::Actor;
use commerce::gift_card::{CardEntryKind, GiftCard, Tender};
use commerce::ids::{GiftCardId, OrderId};
use commerce::money::{Currency, Money};
use commerce::payment::{LedgerEntry, LedgerKind};
use db::gift_cards::{CardLetter, HeldOfCard, NewCard, NewEntry};

on_both![
    a_card_is_made_once_and_found_by_its_code,
    money_is_taken_once_whoever_wants_it,
    a_card_that_does_not_pay_gives_nothing,
    a_hold_gives_its_money_back_once,
    what_has_paid_for_an_order_does_not_come_back_with_its_units,
    what_holds_have_of_a_card_is_told,
    a_change_by_hand_stays_within_the_bounds,
    a_card_is_blocked_as_it_was_read,
    letters_are_forgotten_after_their_time,
    cards_are_paged_from_the_newest,
    an_order_says_which_card_paid,
];

async fn make(test: &TestDb, new: &NewCard) -> bool {
    let mut tx = test.db.begin().await.unwrap();
    let made = tx.insert_gift_card(new, issued(new, &Actor::Operator)).await.unwrap();
    tx.commit().await.unwrap();
    made
}

/// Sets money of a card aside for a checkout.
async fn hold(db: &db::Db, checkout: u64, tender: &Tender) -> Result<bool, db::DbError> {
    let mut tx = db.begin().await?;
    tx.insert_hold(&hold_of(checkout, checkout), "person", &[], NOW).await?;
    tx.insert_hold_cards(hold_id(checkout), checkout_id(checkout), std::slice::from_ref(tender), NOW).await?;
    if !tx.take_from_card(tender, NOW).await? {
        tx.rollback().await;
        return Ok(false);
    }
    tx.commit().await.map(|()| true)
}

async fn left(test: &TestDb, new: &NewCard) -> i64 {
    test.db.find_gift_card(new.card.id).await.unwrap().unwrap().card.balance.minor()
}

async fn assert_sound(test: &TestDb) {
    let findings = test.db.check_data().await.unwrap();
    let of_cards: Vec<_> = findings.iter().filter(|finding| finding.check.starts_with("card")).collect();
    assert!(of_cards.is_empty(), "{of_cards:?}");
}

async fn a_card_is_made_once_and_found_by_its_code(test: TestDb) {
    let new = gift_card(1, 5_000);
    assert!(make(&test, &new).await);
    let again = NewCard { card: GiftCard { balance: gbp(9), initial: gbp(9), ..new.card.clone() }, ..new.clone() };
    assert!(!make(&test, &again).await, "the first stands");
    let found = test.db.find_gift_cards_by_hash(&["hash 1".into(), "hash 2".into()]).await.unwrap();
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&found.card, &found.letter, found.sent_at), (&new.card, &new.letter, None));
    let entries = test.db.list_card_entries(new.card.id).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].kind, entries[0].amount), (CardEntryKind::Issued, gbp(5_000)));
    assert_eq!((entries[0].actor.as_str(), entries[0].reason.as_str()), ("operator", "a present"));
    let columns = test.raw_rows("SELECT code_hash FROM gift_cards").await;
    assert_eq!(columns, [["hash 1"]], "the code stands nowhere");
    assert_sound(&test).await;
}

async fn money_is_taken_once_whoever_wants_it(test: TestDb) {
    let new = gift_card(1, 2_000);
    make(&test, &new).await;
    let other = test.open_again().await;
    let of = |number: u64| if number.is_multiple_of(2) { test.db.clone() } else { other.clone() };
    let tries = (1..=100_u64).map(|number| {
        let (db, tender) = (of(number), tender(&new, 300));
        tokio::spawn(async move { db.retry(|| hold(&db, number, &tender)).await })
    });
    let mut taken = 0;
    for attempt in tries.collect::<Vec<_>>() {
        taken += i64::from(attempt.await.unwrap().unwrap());
    }
    assert_eq!((taken, left(&test, &new).await), (6, 200), "six times three pounds, and what is left is too little");
    assert_sound(&test).await;
}

async fn a_card_that_does_not_pay_gives_nothing(test: TestDb) {
    let expired = |new: NewCard| NewCard { card: GiftCard { expires_at: Some(NOW), ..new.card.clone() }, ..new };
    let euros = Currency::parse("EUR").unwrap();
    let cards = [gift_card(1, 1_000), expired(gift_card(2, 1_000)), gift_card(3, 1_000), gift_card(4, 1_000)];
    for new in &cards {
        make(&test, new).await;
    }
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.block_card(cards[0].card.id, true).await.unwrap());
    tx.commit().await.unwrap();
    let other = Tender { amount: Money::from_minor(1, euros), ..tender(&cards[2], 1) };
    let nobodys = Tender { card: GiftCardId::new(uuid(99)), ..tender(&cards[3], 1) };
    for (case, tender, want) in [
        ("blocked", tender(&cards[0], 1), false),
        ("expired", tender(&cards[1], 1), false),
        ("another currency", other, false),
        ("more than there is", tender(&cards[3], 1_001), false),
        ("no such card", nobodys, false),
        ("all there is", tender(&cards[3], 1_000), true),
    ] {
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(tx.take_from_card(&tender, NOW).await.unwrap(), want, "{case}");
        tx.rollback().await;
    }
}

async fn a_hold_gives_its_money_back_once(test: TestDb) {
    let new = gift_card(1, 2_000);
    make(&test, &new).await;
    assert!(hold(&test.db, 1, &tender(&new, 1_500)).await.unwrap());
    assert_eq!(left(&test, &new).await, 500);
    for want in [true, false] {
        let mut tx = test.db.begin().await.unwrap();
        tx.begin_release(hold_id(1)).await.unwrap();
        assert_eq!(tx.end_release(hold_id(1), NOW).await.unwrap(), want);
        tx.commit().await.unwrap();
        assert_eq!(left(&test, &new).await, 2_000);
    }
    let kinds: Vec<CardEntryKind> =
        test.db.list_card_entries(new.card.id).await.unwrap().iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(kinds.contains(&CardEntryKind::GivenBack), "{kinds:?}");
    assert_sound(&test).await;
}

async fn what_has_paid_for_an_order_does_not_come_back_with_its_units(test: TestDb) {
    let new = gift_card(1, 2_000);
    make(&test, &new).await;
    assert!(hold(&test.db, 1, &tender(&new, 1_500)).await.unwrap());
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_order(&frozen(1, 1, 1), "person", "link", NOW).await.unwrap();
    assert!(tx.claim_hold(checkout_id(1)).await.unwrap());
    assert!(tx.release_claimed(hold_id(1)).await.unwrap(), "the order was cancelled");
    tx.commit().await.unwrap();
    assert_eq!(left(&test, &new).await, 500, "money goes back by the ledger");
    assert_sound(&test).await;
}

async fn what_holds_have_of_a_card_is_told(test: TestDb) {
    let new = gift_card(1, 2_000);
    make(&test, &new).await;
    for (checkout, minor) in [(1, 100), (2, 300)] {
        assert!(hold(&test.db, checkout, &tender(&new, minor)).await.unwrap());
    }
    let (id, early, late) = (new.card.id, NOW, NOW.plus_ms(i64::from(u32::MAX)));
    let ids = [id];
    let seen = |own, now| test.db.held_of_cards(&ids, own, now);
    let of = |own_minor, expired_minor, others_minor| HeldOfCard { own_minor, expired_minor, others_minor };
    assert_eq!(seen(None, early).await.unwrap()[&id], of(0, 0, 400));
    assert_eq!(seen(Some(checkout_id(2)), early).await.unwrap()[&id], of(300, 0, 100));
    assert_eq!(seen(Some(checkout_id(2)), late).await.unwrap()[&id], of(300, 100, 0));
    assert_eq!(test.db.list_expired_holds_of_card(id, early).await.unwrap(), []);
    assert_eq!(test.db.list_expired_holds_of_card(id, late).await.unwrap().len(), 2);
    let mut tx = test.db.begin().await.unwrap();
    tx.claim_hold(checkout_id(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen(None, late).await.unwrap()[&id], of(0, 300, 0), "what has paid is held by nobody");
}

async fn a_change_by_hand_stays_within_the_bounds(test: TestDb) {
    let new = gift_card(1, 1_000);
    make(&test, &new).await;
    for (case, kind, minor, want) in [
        ("more than there is", CardEntryKind::TakenOff, 1_001, false),
        ("all there is", CardEntryKind::TakenOff, 1_000, true),
        ("some", CardEntryKind::Added, 250, true),
        ("more than a card holds", CardEntryKind::Added, 100_000_000, false),
    ] {
        let (actor, key) = (Actor::Operator, case);
        let entry = NewEntry { kind, amount: gbp(minor), key, ..issued(&new, &actor) };
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(tx.adjust_card(entry).await.unwrap(), want, "{case}");
        tx.commit().await.unwrap();
    }
    assert_eq!(left(&test, &new).await, 250);
    assert_sound(&test).await;
}

async fn a_card_is_blocked_as_it_was_read(test: TestDb) {
    let new = gift_card(1, 1_000);
    make(&test, &new).await;
    let read = test.db.find_gift_card(new.card.id).await.unwrap().unwrap();
    assert!(hold(&test.db, 1, &tender(&new, 1)).await.unwrap());
    for (case, read, want) in [
        ("somebody spent of it meanwhile", read, false),
        ("as it is now", test.db.find_gift_card(new.card.id).await.unwrap().unwrap(), true),
    ] {
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(tx.block_card_as_read(&read).await.unwrap(), want, "{case}");
        tx.commit().await.unwrap();
    }
    assert!(test.db.find_gift_card(new.card.id).await.unwrap().unwrap().card.is_blocked);
    assert_eq!(test.db.sum_gift_cards(NOW).await.unwrap(), [], "nothing is owed by cards that are blocked");
}

async fn letters_are_forgotten_after_their_time(test: TestDb) {
    for number in 1..=2 {
        make(&test, &gift_card(number, 1_000)).await;
    }
    let (sent, waiting) = (GiftCardId::new(uuid(1)), GiftCardId::new(uuid(2)));
    test.db.card_was_sent(sent, NOW).await.unwrap();
    assert_eq!(test.db.forget_card_letters(NOW).await.unwrap(), 0, "not before");
    assert_eq!(test.db.forget_card_letters(NOW.plus_ms(1)).await.unwrap(), 1);
    assert_eq!(test.db.forget_card_letters(NOW.plus_ms(1)).await.unwrap(), 0);
    let letter = |card: db::gift_cards::StoredCard| card.letter;
    let forgotten = CardLetter { recipient: None, giver: None, message: None, ..gift_card(1, 1).letter };
    assert_eq!(test.db.find_gift_card(sent).await.unwrap().map(letter), Some(forgotten));
    let kept = test.db.find_gift_card(waiting).await.unwrap().map(letter);
    assert_eq!(kept, Some(gift_card(2, 1).letter), "what has not gone out is still to be sent");
}

async fn cards_are_paged_from_the_newest(test: TestDb) {
    let order = OrderId::new(uuid(7));
    for number in 1..=5 {
        let new = NewCard { bought: Some((order, 0)), ..gift_card(number, 100) };
        let mut tx = test.db.begin().await.unwrap();
        let at = NOW.plus_ms(i64::try_from(number / 2).unwrap());
        tx.insert_gift_card(&new, NewEntry { at, ..issued(&new, &Actor::Operator) }).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = test.db.list_gift_cards(before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.card.id));
        seen.extend(page.iter().map(|card| card.card.id.uuid()));
    }
    assert_eq!(seen, [5, 4, 3, 2, 1].map(uuid));
    assert_eq!(test.db.list_gift_cards_of(order).await.unwrap().len(), 5);
    assert_eq!(test.db.sum_gift_cards(NOW).await.unwrap(), [(5, gbp(500))]);
}

async fn an_order_says_which_card_paid(test: TestDb) {
    let new = gift_card(1, 2_000);
    let mut sold = frozen(1, 1, 2);
    sold.tenders = vec![tender(&new, 700)];
    sold.lines[0].is_gift_card = false;
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.insert_order(&sold, "person", "link", NOW).await.unwrap());
    for (card, kind, amount, key) in [
        (None, LedgerKind::Authorised, sold.to_pay(), "payment"),
        (Some(new.card.id), LedgerKind::Authorised, gbp(700), "card set aside"),
        (Some(new.card.id), LedgerKind::Captured, gbp(700), "card"),
    ] {
        let entry = LedgerEntry { payment: payment_id(1), card, kind, amount, key: key.into(), at: NOW };
        assert!(tx.add_ledger(sold.id, &entry, key).await.unwrap());
    }
    tx.commit().await.unwrap();
    let order = test.db.find_order(OrderId::new(sold.id.uuid())).await.unwrap().unwrap();
    assert_eq!(order.sold, sold);
    assert_eq!((order.money.captured, order.gateway_money().captured), (gbp(700), gbp(0)));
    assert_eq!(order.gateway_money().capturable(), sold.to_pay());
    let back: Vec<(Option<GiftCardId>, i64)> = order.paid_by().iter().map(|way| (way.card, way.left.minor())).collect();
    assert_eq!(back, [(None, 0), (Some(new.card.id), 700)]);
    sold.tenders[0].amount = gbp(100_000);
    assert!(!sold.adds_up(), "a card pays no more than the total");
}
