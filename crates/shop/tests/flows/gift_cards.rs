//! Gift cards and store credit: bought, sent, spent in part, paid back to; never spent twice, whatever runs at once.

use crate::support::bank::Bank;
use crate::support::crash::crash_after;
use crate::support::sold::staff;
use crate::support::{
    Engine, OpenShop, TestShop, assert_stock_adds_up, basket, draft, gbp, new_checkout, order, order_of,
    press_with_cards, settle_down,
};
use crate::{on_both, on_both_and_in_conflict};
use commerce::basket::{Answer, Basket, Line, Quantity};
use commerce::event::Actor;
use commerce::gift_card::{CardEntryKind, GiftCardCode, GiftCardKind, GiftCardRefusal, GiftCardState};
use commerce::ids::{CheckoutId, GiftCardId};
use commerce::money::{Currency, Money};
use commerce::order::OrderState;
use commerce::payment::{PaymentState, PaymentStatus};
use shop::checkout::{PayError, PayRequest, Paying};
use shop::gift_cards::{CardError, CardLetter, StoredCard, WantedCard};
use shop::order::{MoveError, RefundTo};
use shop::payment::CheckoutState;
use shop::{Keys, OpenOptions, Shop};
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
/// A task whose program died comes back after two minutes.
const LOCK_MS: i64 = 121_000;
/// No use case here has more steps.
const STEPS_MAX: u64 = 160;
/// What a mug and sending it cost.
const MUG_SENT: i64 = 1_395;
const MUG: &str = "mug";
const CARD_SKU: &str = "gift-card-20";

/// A store with mugs, and with gift cards of 20 pounds, beside a bank in memory.
async fn world(engine: Engine) -> (OpenShop, Bank) {
    let bank = Bank::new();
    let gateways = vec![bank.gateway(), Arc::new(payments::Invoice)];
    let store = TestShop::new().product(MUG, 1_000, Some(200)).product(CARD_SKU, 2_000, None);
    (store.gateways(gateways).open(engine).await, bank)
}

fn wanted(worth: Money) -> WantedCard {
    WantedCard { worth, kind: GiftCardKind::GiftCard, expires_at: None, letter: None, reason: "a present".into() }
}

async fn card_of(shop: &Shop, worth: Money) -> (StoredCard, GiftCardCode) {
    let made = shop.issue_gift_cards(&wanted(worth), 1, &Actor::Operator, &mut |_| {}).await.unwrap();
    let card = made.into_iter().next().unwrap();
    let code = shop.code_of(&card).unwrap();
    (card, code)
}

async fn card(shop: &Shop, pence: i64) -> (GiftCardId, GiftCardCode) {
    let (card, code) = card_of(shop, gbp(pence)).await;
    (card.card.id, code)
}

async fn left(shop: &Shop, id: GiftCardId) -> i64 {
    shop.db().find_gift_card(id).await.unwrap().unwrap().card.balance.minor()
}

async fn kinds(shop: &Shop, id: GiftCardId) -> Vec<&'static str> {
    let mut kinds: Vec<&str> =
        shop.db().list_card_entries(id).await.unwrap().iter().map(|entry| entry.kind.name()).collect();
    // Entries of one moment have no order.
    kinds.sort_unstable();
    kinds
}

/// Whether balances are what their entries say, and the orders' ledgers what the orders cost.
async fn assert_sound(shop: &Shop) {
    let findings = shop.db().check_data().await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_stock_adds_up(shop).await;
}

/// A mug for somebody, paid by these cards and the rest at the bank.
async fn mug(shop: &Shop, who: &str, gateway: &str, cards: &[GiftCardCode]) -> PayRequest {
    let draft = draft(&format!("{who}@example.org"), gateway);
    press_with_cards(shop, new_checkout(shop), &basket(&[(MUG, 1)]), &draft, cards).await
}

/// The order of a mug that cards and the bank have paid, all its tasks done.
async fn paid_mug(open: &OpenShop, bank: &Bank, who: &str, cards: &[GiftCardCode]) -> CheckoutId {
    let request = mug(&open.shop, who, "demo", cards).await;
    open.shop.pay(&request).await.unwrap();
    if !request.amount_shown.is_zero() {
        bank.approve(request.id);
    }
    assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Placed(order_of(request.id)));
    settle_down(&open.shop).await;
    request.id
}

/// A basket with so many gift cards for Ben.
fn cards_for_ben(count: u32) -> Basket {
    let mut basket = Basket::default();
    let answer = |option: &str, value: &str| Answer { option: option.into(), value: value.into() };
    let answers =
        vec![answer("from", "Ann"), answer("message", "Happy birthday,\nBen!"), answer("recipient", "ben@example.org")];
    let (product, quantity) = (crate::support::product_id(CARD_SKU), Quantity::new(count).unwrap());
    basket.add(Line { product, quantity, answers, seen_price: None }, None).unwrap();
    basket
}

/// Bought gift cards, set aside at the bank; their tasks wait.
async fn bought(open: &OpenShop, bank: &Bank, count: u32, who: &str) -> CheckoutId {
    bought_of(open, bank, &cards_for_ben(count), who).await
}

/// The same beside a mug, so that the order is not done as soon as it is paid.
async fn bought_with_mug(open: &OpenShop, bank: &Bank, who: &str) -> CheckoutId {
    let mut both = cards_for_ben(1);
    both.add(basket(&[(MUG, 1)]).lines()[0].clone(), None).unwrap();
    bought_of(open, bank, &both, who).await
}

async fn bought_of(open: &OpenShop, bank: &Bank, basket: &Basket, who: &str) -> CheckoutId {
    let draft = draft(&format!("{who}@example.org"), "demo");
    let request = press_with_cards(&open.shop, new_checkout(&open.shop), basket, &draft, &[]).await;
    open.shop.pay(&request).await.unwrap();
    bank.approve(request.id);
    assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Placed(order_of(request.id)));
    request.id
}

async fn cards_of(shop: &Shop, id: CheckoutId) -> Vec<StoredCard> {
    shop.db().list_gift_cards_of(order_of(id)).await.unwrap()
}

/// The code in the letters that hand cards over.
fn codes_in_letters(open: &OpenShop) -> Vec<GiftCardCode> {
    let words = |letter: String| letter.lines().filter_map(|line| GiftCardCode::parse(line).ok()).collect::<Vec<_>>();
    open.letters().into_iter().flat_map(words).collect()
}

async fn refusal(shop: &Shop, codes: &[GiftCardCode], code: &GiftCardCode) -> Result<(), GiftCardRefusal> {
    let request = mug(shop, "looker", "demo", &[]).await;
    let view = shop.snapshots().current();
    let buyer = shop::offered::Buyer::default();
    let priced = shop.price_basket(&view, &request.basket, request.locale, buyer).await.unwrap();
    let quote = shop.checkout_quote(priced, &shop::delivery::DeliveryWish::from(&request.draft)).unwrap();
    shop.try_gift_card(&quote, codes, code, None).await.unwrap()
}

on_both_and_in_conflict! {
    async fn a_card_pays_a_part_and_the_bank_the_rest(engine: Engine) {
        let (open, bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let request = mug(&open.shop, "ann", "demo", std::slice::from_ref(&code)).await;
        assert_eq!(request.amount_shown, gbp(MUG_SENT - 500));
        for _ in 0..2 {
            assert!(matches!(open.shop.pay(&request).await.unwrap(), Paying::Redirect(_)), "pressing again changes nothing");
            assert_eq!(left(&open.shop, id).await, 0, "set aside");
        }
        assert_eq!(bank.payments(request.id)[0].amount, gbp(MUG_SENT - 500), "the bank is asked for the rest alone");
        bank.approve(request.id);
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Placed(order_of(request.id)));
        settle_down(&open.shop).await;
        let order = order(&open.shop, request.id).await;
        assert_eq!((order.payment_status(), order.money.captured), (PaymentStatus::Paid, gbp(MUG_SENT)));
        assert_eq!(order.gateway_money().captured, gbp(MUG_SENT - 500));
        assert_eq!(kinds(&open.shop, id).await, ["held", "issued", "redeemed"]);
        assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(request.id), "pressed again after it is paid");
        let letter = open.letters().into_iter().find(|letter| letter.contains(order.sold.number.to_string().as_str()));
        let letter = letter.unwrap();
        assert!(letter.contains(code.last_four()), "the confirmation names the card");
        assert!(!letter.contains(&code.to_string()), "and does not give it away");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn cards_that_pay_everything_need_no_payment(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let (one, first) = card(&open.shop, 1_000).await;
        let (two, second) = card(&open.shop, 1_000).await;
        let request = mug(&open.shop, "ann", "", &[first, second]).await;
        assert!(request.amount_shown.is_zero());
        assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(request.id));
        settle_down(&open.shop).await;
        let order = order(&open.shop, request.id).await;
        assert_eq!((order.payment_status(), order.sold.to_pay()), (PaymentStatus::Paid, gbp(0)));
        assert_eq!((left(&open.shop, one).await, left(&open.shop, two).await), (0, 2_000 - MUG_SENT), "as they were typed");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn a_payment_that_fails_gives_the_card_its_money_back(engine: Engine) {
        let (open, bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let request = mug(&open.shop, "ann", "demo", std::slice::from_ref(&code)).await;
        open.shop.pay(&request).await.unwrap();
        bank.decline(request.id);
        for _ in 0..2 {
            let state = open.shop.settle(request.id).await.unwrap();
            assert!(matches!(state, CheckoutState::Failed { state: PaymentState::Declined, .. }), "{state:?}");
            assert_eq!(left(&open.shop, id).await, 500);
        }
        let again = mug(&open.shop, "ann", "demo", &[code]).await;
        open.shop.pay(&again).await.unwrap();
        assert_eq!(left(&open.shop, id).await, 0);
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(left(&open.shop, id).await, 500, "nobody came back");
        assert_eq!(kinds(&open.shop, id).await, ["given_back", "given_back", "held", "held", "issued"]);
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn money_in_a_checkout_whose_time_is_over_can_be_had(engine: Engine) {
        let (open, bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let codes = std::slice::from_ref(&code);
        open.shop.pay(&mug(&open.shop, "ann", "demo", codes).await).await.unwrap();
        assert_eq!(refusal(&open.shop, &[], &code).await, Err(GiftCardRefusal::UsedUp), "it is in her checkout");
        open.shop.clock().advance_ms(HOLD_MS);
        assert_eq!(refusal(&open.shop, &[], &code).await, Ok(()));
        let request = mug(&open.shop, "ben", "demo", codes).await;
        assert_eq!(request.amount_shown, gbp(MUG_SENT - 500));
        open.shop.pay(&request).await.unwrap();
        bank.approve(request.id);
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Placed(order_of(request.id)));
        assert_eq!(left(&open.shop, id).await, 0);
        settle_down(&open.shop).await;
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn a_late_payment_takes_the_money_afresh_or_goes_back(engine: Engine) {
        let (open, bank) = world(engine).await;
        for (case, spent_meanwhile) in [("still there", false), ("spent meanwhile", true)] {
            let (id, code) = card(&open.shop, 500).await;
            let codes = std::slice::from_ref(&code);
            let request = mug(&open.shop, "ann", "demo", codes).await;
            open.shop.pay(&request).await.unwrap();
            open.shop.clock().advance_ms(HOLD_MS);
            settle_down(&open.shop).await;
            assert_eq!(left(&open.shop, id).await, 500, "{case}");
            if spent_meanwhile {
                paid_mug(&open, &bank, "ben", codes).await;
            }
            bank.approve_late(request.id);
            let state = open.shop.settle(request.id).await.unwrap();
            settle_down(&open.shop).await;
            if spent_meanwhile {
                assert_eq!(state, CheckoutState::GivenBack, "{case}");
                let (_, _, captured, refunded) = bank.sums(request.id);
                assert_eq!(captured, refunded, "{case}");
            } else {
                assert_eq!(state, CheckoutState::Placed(order_of(request.id)), "{case}");
                assert_eq!(order(&open.shop, request.id).await.payment_status(), PaymentStatus::Paid, "{case}");
            }
            assert_eq!(left(&open.shop, id).await, 0, "{case}");
            assert_sound(&open.shop).await;
        }
        open.close().await;
    }
}

on_both! {
    async fn a_hundred_at_once_spend_exactly_what_is_there(engine: Engine) {
        let bank = Bank::new();
        let store = TestShop::new().product(MUG, 1_000, Some(200)).gateways(vec![bank.gateway()]);
        let open = store.open(engine).await;
        let (id, code) = card(&open.shop, 2_000).await;
        let mut presses = Vec::new();
        for number in 0..100 {
            presses.push(mug(&open.shop, &format!("b{number}"), "demo", std::slice::from_ref(&code)).await);
        }
        let other = open.second_instance().await;
        let buy = |request: PayRequest, shop: Shop, bank: Bank| async move {
            let mut request = request;
            loop {
                match shop.pay(&request).await {
                    Ok(_) => break,
                    // The page comes back with what is left to pay, and the shopper presses again.
                    Err(PayError::Changed { now }) => request.amount_shown = now,
                    Err(PayError::CardShort { .. } | PayError::RulesChanged) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            if !request.amount_shown.is_zero() {
                bank.approve(request.id);
            }
            shop.settle(request.id).await.unwrap();
            request.id
        };
        let at_once = presses.into_iter().enumerate().map(|(number, request)| {
            let shop = if number % 2 == 0 { open.shop.clone() } else { other.clone() };
            tokio::spawn(buy(request, shop, bank.clone()))
        });
        let mut spent = 0;
        for sale in at_once.collect::<Vec<_>>() {
            let sold = order(&open.shop, sale.await.unwrap()).await;
            spent += sold.sold.paid_by_cards().minor();
            assert_eq!(sold.money.capturable().plus(sold.money.captured).unwrap(), gbp(MUG_SENT), "all of it is paid");
        }
        assert_eq!((spent, left(&open.shop, id).await), (2_000, 0));
        settle_down(&open.shop).await;
        assert_sound(&open.shop).await;
        other.close().await;
        open.close().await;
    }

    async fn each_refusal_says_why(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let shop = &open.shop;
        let (_, good) = card(shop, 500).await;
        let (blocked, blocked_code) = card(shop, 500).await;
        shop.block_gift_card(blocked, true, "lost", &Actor::Operator).await.unwrap();
        let euros = Money::from_minor(500, Currency::parse("EUR").unwrap());
        let (_, euro_code) = card_of(shop, euros).await;
        let end = shop.now().plus_ms(1_000);
        let ending = WantedCard { expires_at: Some(end), ..wanted(gbp(500)) };
        let ending = shop.issue_gift_cards(&ending, 1, &Actor::Operator, &mut |_| {}).await.unwrap();
        let ending = shop.code_of(&ending[0]).unwrap();
        assert_eq!(refusal(shop, &[], &ending).await, Ok(()));
        shop.clock().advance_ms(1_000);
        let (_, large) = card(shop, 100_000).await;
        let nobodys = GiftCardCode::from_bits(7);
        let four: Vec<GiftCardCode> = (10..14).map(GiftCardCode::from_bits).collect();
        for (case, there, code, want) in [
            ("fit", &[][..], &good, Ok(())),
            ("unknown", &[][..], &nobodys, Err(GiftCardRefusal::Unknown)),
            ("blocked", &[][..], &blocked_code, Err(GiftCardRefusal::Blocked)),
            ("another currency", &[][..], &euro_code, Err(GiftCardRefusal::OtherCurrency(euros.currency()))),
            ("over", &[][..], &ending, Err(GiftCardRefusal::Expired { end })),
            ("there already", std::slice::from_ref(&good), &good, Err(GiftCardRefusal::AlreadyThere)),
            ("too many", &four[..], &good, Err(GiftCardRefusal::TooMany)),
            ("not needed", std::slice::from_ref(&large), &good, Err(GiftCardRefusal::NothingToPay)),
        ] {
            assert_eq!(refusal(shop, there, code).await, want, "{case}");
        }
        let (_, spent) = card(shop, 500).await;
        shop.pay(&mug(shop, "ann", "demo", std::slice::from_ref(&spent)).await).await.unwrap();
        assert_eq!(refusal(shop, &[], &spent).await, Err(GiftCardRefusal::UsedUp));
        open.close().await;
    }

    async fn a_card_that_changes_meanwhile_changes_the_amount(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let request = mug(&open.shop, "ann", "demo", &[code]).await;
        open.shop.adjust_gift_card(id, gbp(-200), "typed wrong", &staff("ann")).await.unwrap();
        let refused = open.shop.pay(&request).await.unwrap_err();
        assert!(matches!(refused, PayError::Changed { now } if now == gbp(MUG_SENT - 300)), "{refused}");
        open.shop.block_gift_card(id, true, "lost", &staff("ann")).await.unwrap();
        let refused = open.shop.pay(&request).await.unwrap_err();
        assert!(matches!(refused, PayError::Changed { now } if now == gbp(MUG_SENT)), "{refused}");
        assert_eq!(left(&open.shop, id).await, 300, "nothing was taken");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn a_refund_goes_back_to_how_it_was_paid(engine: Engine) {
        let (open, bank) = world(engine).await;
        let ann = staff("ann");
        let (id, code) = card(&open.shop, 500).await;
        let sold = paid_mug(&open, &bank, "ann", &[code]).await;
        let refund = |pence: Option<i64>, to| open.shop.refund_to(order_of(sold), pence.map(gbp), to, &ann);
        refund(Some(200), RefundTo::Cards).await.unwrap();
        assert_eq!((left(&open.shop, id).await, bank.sums(sold).3), (200, 0));
        let refused = refund(Some(301), RefundTo::Cards).await;
        assert!(matches!(refused, Err(MoveError::Amount { most, .. }) if most == gbp(300)), "{refused:?}");
        refund(Some(895 + 100), RefundTo::AsPaid).await.unwrap();
        assert_eq!((left(&open.shop, id).await, bank.sums(sold).3), (300, 895), "the bank first, then the card");
        let all = refund(None, RefundTo::AsPaid).await.unwrap();
        assert_eq!(all.payment_status(), PaymentStatus::Refunded);
        assert_eq!((left(&open.shop, id).await, bank.sums(sold).3), (500, 895));
        assert!(matches!(refund(Some(1), RefundTo::AsPaid).await, Err(MoveError::NotAllowed(_))));
        settle_down(&open.shop).await;
        let told = |words: &str| open.letters().iter().filter(|letter| letter.contains(words)).count();
        assert_eq!(told("Subject: A refund"), 4, "each part is told, with where it went");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn a_refund_as_credit_is_a_new_card_for_the_customer(engine: Engine) {
        let (open, bank) = world(engine).await;
        let sold = paid_mug(&open, &bank, "ann", &[]).await;
        open.shop.refund_to(order_of(sold), Some(gbp(400)), RefundTo::Credit, &staff("ann")).await.unwrap();
        settle_down(&open.shop).await;
        let [code] = &codes_in_letters(&open)[..] else { panic!("one letter hands it over: {:?}", open.letters()) };
        let credit = open.shop.find_gift_card(&code.to_string()).await.unwrap().unwrap();
        assert_eq!((credit.card.kind, credit.card.balance), (GiftCardKind::Credit, gbp(400)));
        assert_eq!(bank.sums(sold).3, 0, "the bank gave nothing back");
        let rest = open.shop.refund(order_of(sold), None, &staff("ann")).await.unwrap();
        assert_eq!((rest.payment_status(), bank.sums(sold).3), (PaymentStatus::Refunded, MUG_SENT - 400));
        paid_mug(&open, &bank, "ann", std::slice::from_ref(code)).await;
        assert_eq!(left(&open.shop, credit.card.id).await, 0, "it pays as any other");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn two_refunds_at_once_never_give_back_more_than_was_paid(engine: Engine) {
        let (open, bank) = world(engine).await;
        let other = open.second_instance().await;
        for _ in 0..4 {
            let sold = paid_mug(&open, &bank, "ann", &[]).await;
            let (ann, ben) = (staff("ann"), staff("ben"));
            let (one, two) = tokio::join!(
                open.shop.refund_to(order_of(sold), None, RefundTo::Credit, &ann),
                other.refund_to(order_of(sold), Some(gbp(MUG_SENT - 1)), RefundTo::Credit, &ben),
            );
            assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
            let sums = order(&open.shop, sold).await.money;
            assert!(sums.is_sound() && !sums.refunded.is_zero(), "{sums:?}");
        }
        settle_down(&open.shop).await;
        assert_sound(&open.shop).await;
        other.close().await;
        open.close().await;
    }

    async fn a_cancelled_order_gives_each_its_own_back(engine: Engine) {
        let (open, bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let (whole, large) = card(&open.shop, 5_000).await;
        for (card, code, left_then) in [(id, code, 500), (whole, large, 5_000)] {
            let sold = paid_mug(&open, &bank, "ann", &[code]).await;
            open.shop.cancel(order_of(sold), &staff("ann"), "").await.unwrap();
            settle_down(&open.shop).await;
            let order = order(&open.shop, sold).await;
            assert_eq!((order.state, order.payment_status()), (OrderState::Cancelled, PaymentStatus::Refunded));
            assert_eq!(left(&open.shop, card).await, left_then);
            let (captured, refunded) = if order.sold.to_pay().is_zero() { (0, 0) } else { (bank.sums(sold).2, bank.sums(sold).3) };
            assert_eq!(captured, refunded);
        }
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn bought_cards_are_made_once_they_are_paid_and_sent(engine: Engine) {
        let (open, bank) = world(engine).await;
        let sold = bought(&open, &bank, 2, "ann").await;
        assert!(cards_of(&open.shop, sold).await.is_empty(), "not before the money is there");
        settle_down(&open.shop).await;
        let cards = cards_of(&open.shop, sold).await;
        assert_eq!(cards.iter().map(|card| card.card.balance).collect::<Vec<_>>(), [gbp(2_000), gbp(2_000)]);
        let codes = codes_in_letters(&open);
        assert_eq!(codes.len(), 2, "{:?}", open.letters());
        let letters: Vec<String> = open.letters().into_iter().filter(|letter| letter.contains("To: ben@example.org")).collect();
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|letter| letter.contains("Ann gives you") && letter.contains("Happy birthday,")));
        for code in &codes {
            let found = open.shop.find_gift_card(&code.to_string()).await.unwrap().unwrap();
            assert!(found.sent_at.is_some() && cards.iter().any(|card| card.card.id == found.card.id));
        }
        open.shop.db().check_data().await.unwrap();
        // Whatever is repeated, no third card comes of it.
        let task = format!("INSERT INTO outbox (id, kind, subject, payload, due_at, attempts, locked_until, created_at) \
                            VALUES ('again', 'gift_cards', '{}', '', 0, 0, 0, 0)", order_of(sold));
        open.meddle(&task).await;
        settle_down(&open.shop).await;
        assert_eq!((cards_of(&open.shop, sold).await.len(), codes_in_letters(&open).len()), (2, 2));
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn cards_that_are_paid_later_are_made_later(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let draft = draft("ann@example.org", "invoice");
        let request = press_with_cards(&open.shop, new_checkout(&open.shop), &cards_for_ben(1), &draft, &[]).await;
        open.shop.pay(&request).await.unwrap();
        settle_down(&open.shop).await;
        assert!(cards_of(&open.shop, request.id).await.is_empty());
        for (pence, want) in [(1_999, 0), (1, 1)] {
            open.shop.capture(order_of(request.id), Some(gbp(pence)), &staff("ann")).await.unwrap();
            settle_down(&open.shop).await;
            assert_eq!(cards_of(&open.shop, request.id).await.len(), want, "after {pence}");
        }
        open.close().await;
    }

    async fn making_cards_that_crashed_makes_each_once(engine: Engine) {
        let (open, bank) = world(engine).await;
        let other = open.second_instance().await;
        for step in 1.. {
            assert!(step < STEPS_MAX, "it never ends");
            let before = codes_in_letters(&open).len();
            let sold = bought(&open, &bank, 2, &format!("b{step}")).await;
            let through = crash_after(&open.shop, &bank, step, open.shop.drain_outbox()).await.is_some();
            // A task that met the end of the crashed one's transaction is tried again a little later.
            for _ in 0..2 {
                open.shop.clock().advance_ms(LOCK_MS);
                settle_down(&other).await;
            }
            let cards = cards_of(&other, sold).await;
            assert_eq!(cards.len(), 2, "step {step}");
            for card in &cards {
                assert_eq!(kinds(&other, card.card.id).await, ["issued"], "step {step}");
                assert!(card.sent_at.is_some(), "step {step}");
            }
            // A letter that was written before the crash is the same message.
            assert_eq!(codes_in_letters(&open).len() - before, 2, "step {step}");
            if through {
                break;
            }
        }
        assert_sound(&other).await;
        other.close().await;
        open.close().await;
    }

    async fn gift_cards_are_not_bought_with_gift_cards(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let (id, code) = card(&open.shop, 10_000).await;
        let draft = draft("ann@example.org", "invoice");
        let mut both = cards_for_ben(1);
        both.add(basket(&[(MUG, 1)]).lines()[0].clone(), None).unwrap();
        let request = press_with_cards(&open.shop, new_checkout(&open.shop), &both, &draft, std::slice::from_ref(&code)).await;
        assert_eq!(request.amount_shown, gbp(2_000), "the mug and its delivery are paid by the card");
        open.shop.pay(&request).await.unwrap();
        let alone = cards_for_ben(1);
        let request = press_with_cards(&open.shop, new_checkout(&open.shop), &alone, &draft, &[code]).await;
        assert_eq!(request.amount_shown, gbp(2_000));
        open.shop.pay(&request).await.unwrap();
        assert_eq!(left(&open.shop, id).await, 10_000 - MUG_SENT);
        settle_down(&open.shop).await;
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn an_order_that_ends_blocks_its_cards(engine: Engine) {
        let (open, bank) = world(engine).await;
        let ann = staff("ann");
        let state = |card: &StoredCard| card.card.state(open.shop.now());
        let cancelled = bought_with_mug(&open, &bank, "ann").await;
        settle_down(&open.shop).await;
        open.shop.cancel(order_of(cancelled), &ann, "").await.unwrap();
        settle_down(&open.shop).await;
        assert_eq!(cards_of(&open.shop, cancelled).await.iter().map(state).collect::<Vec<_>>(), [GiftCardState::Blocked]);
        assert_eq!(bank.sums(cancelled).3, 2_000 + MUG_SENT, "the money went back");
        let refunded = bought(&open, &bank, 2, "ann").await;
        settle_down(&open.shop).await;
        open.shop.refund(order_of(refunded), Some(gbp(1)), &ann).await.unwrap();
        let cards = cards_of(&open.shop, refunded).await;
        assert_eq!(cards.iter().map(state).collect::<Vec<_>>(), [GiftCardState::Blocked; 2], "what stays paid does not cover them");
        let early = bought_with_mug(&open, &bank, "ann").await;
        open.shop.cancel(order_of(early), &ann, "").await.unwrap();
        settle_down(&open.shop).await;
        assert!(cards_of(&open.shop, early).await.is_empty(), "cancelled before they were made");
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn what_was_spent_of_a_bought_card_does_not_go_back(engine: Engine) {
        let (open, bank) = world(engine).await;
        let ann = staff("ann");
        let sold = bought_with_mug(&open, &bank, "ann").await;
        settle_down(&open.shop).await;
        let code = codes_in_letters(&open).remove(0);
        paid_mug(&open, &bank, "ben", std::slice::from_ref(&code)).await;
        let refused = open.shop.cancel(order_of(sold), &ann, "").await;
        assert_eq!(refused.unwrap_err().to_string(), "cancelling is not possible while it is used (a gift card of it has paid)");
        let refused = open.shop.refund(order_of(sold), Some(gbp(2_001)), &ann).await;
        assert!(matches!(refused, Err(MoveError::Amount { most, .. }) if most == gbp(2_000)), "{refused:?}");
        assert_eq!(cards_of(&open.shop, sold).await[0].card.state(open.shop.now()), GiftCardState::Active, "refused as a whole");
        open.shop.refund(order_of(sold), None, &ann).await.unwrap();
        assert_eq!(bank.sums(sold).3, 2_000, "all but what was spent of the card");
        let card = cards_of(&open.shop, sold).await.remove(0);
        assert_eq!(card.card.state(open.shop.now()), GiftCardState::Blocked, "its rest was paid back");
        assert_eq!(refusal(&open.shop, &[], &code).await, Err(GiftCardRefusal::Blocked));
        assert_sound(&open.shop).await;
        open.close().await;
    }

    async fn staff_make_change_and_send_cards(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let (shop, ann) = (&open.shop, staff("ann"));
        let letter = CardLetter {
            recipient: Some("ben@example.org".into()),
            giver: None,
            message: None,
            language: commerce::language::Language::ENGLISH,
        };
        let credit = WantedCard { kind: GiftCardKind::Credit, letter: Some(letter), ..wanted(gbp(500)) };
        let mut told = Vec::new();
        let made = shop.issue_gift_cards(&credit, 300, &ann, &mut |done| told.push(done)).await.unwrap();
        assert_eq!((made.len(), told), (300, vec![128, 256, 300]));
        let id = made[0].card.id;
        for (case, change, want) in [
            ("more", gbp(100), Some(600)),
            ("less", gbp(-600), Some(0)),
            ("less than nothing", gbp(-1), None),
            ("nothing", gbp(0), None),
            ("too much", gbp(100_000_001), None),
            ("another currency", Money::from_minor(1, Currency::parse("EUR").unwrap()), None),
            ("the least there is", gbp(i64::MIN), None),
        ] {
            let changed = shop.adjust_gift_card(id, change, "counted again", &ann).await;
            assert_eq!(changed.as_ref().ok().map(|card| card.card.balance.minor()), want, "{case}: {changed:?}");
        }
        assert!(matches!(shop.send_gift_card(id, None, &ann).await, Err(CardError::DoesNotPay)));
        shop.send_gift_card(made[1].card.id, Some("cleo@example.org"), &ann).await.unwrap();
        settle_down(shop).await;
        assert_eq!(open.letters().iter().filter(|letter| letter.contains("To: cleo@example.org")).count(), 2, "its first letter, and again");
        let entries = shop.db().list_card_entries(id).await.unwrap();
        assert!(entries.iter().any(|entry| entry.kind == CardEntryKind::TakenOff && entry.reason == "counted again"));
        for (case, wanted) in [
            ("nothing", wanted(gbp(0))),
            ("less than nothing", wanted(gbp(-5))),
            ("too much", wanted(gbp(100_000_001))),
            ("no reason", WantedCard { reason: " ".into(), ..wanted(gbp(5)) }),
            ("over at once", WantedCard { expires_at: Some(shop.now()), ..wanted(gbp(5)) }),
        ] {
            assert!(shop.issue_gift_cards(&wanted, 1, &ann, &mut |_| {}).await.is_err(), "{case}");
        }
        assert_sound(shop).await;
        open.close().await;
    }

    async fn a_code_outlives_the_keys_and_stands_in_no_table(engine: Engine) {
        let (open, _bank) = world(engine).await;
        let (id, code) = card(&open.shop, 500).await;
        let with_keys = |roots: Vec<(u8, [u8; 32])>| {
            let options = OpenOptions {
                clock: open.shop.clock().clone(),
                chance: open.shop.chance().clone(),
                gateways: Some(open.shop.gateways().to_vec()),
                demo_payment_url: None,
                schema_check: shop::SchemaCheck::First,
            };
            Shop::open_with(open.path(), open.shop.settings().clone(), Keys::from_roots(&roots), options)
        };
        let rotated = with_keys(vec![(2, [8; 32]), (1, [7; 32])]).await.unwrap();
        let stored = rotated.db().find_gift_card(id).await.unwrap().unwrap();
        assert_eq!(rotated.code_of(&stored), Some(code.clone()), "told by the key that is kept");
        // The catalogue is signed by the key that goes.
        rotated.publish_all().await.unwrap();
        let without = with_keys(vec![(2, [8; 32])]).await.unwrap();
        assert_eq!(without.code_of(&stored), None);
        assert!(matches!(without.send_gift_card(id, Some("ben@example.org"), &Actor::Operator).await, Err(CardError::CodeIsLost)));
        assert_eq!(refusal(&without, &[], &code).await, Ok(()), "who has the code can still spend it");
        let mut backup = Vec::new();
        db::backup::dump(open.shop.db(), &mut backup, open.shop.now()).await.unwrap();
        let backup = String::from_utf8(backup).unwrap();
        assert!(backup.contains(&id.to_string()), "the card is in a backup");
        assert!(!backup.contains(code.secret()) && !backup.contains(&code.to_string()), "its code is not");
        rotated.close().await;
        without.close().await;
        open.close().await;
    }
}
