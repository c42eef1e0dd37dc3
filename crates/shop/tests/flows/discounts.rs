//! Offers and vouchers from the basket to the order: what is taken off is what every page says, and the last use goes
//! to one.

use crate::statements::{HOLD, PLACE, SETTLE, START};
use crate::support::bank::Bank;
use crate::support::sold::staff;
use crate::support::{
    Engine, OpenShop, TestShop, basket, draft, gbp, locale, new_checkout, order, order_of, settle_down,
};
use crate::{on_both, on_both_and_in_conflict};
use commerce::basket::Basket;
use commerce::decimal::Decimal;
use commerce::ids::{OfferId, RangeId, VoucherId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, Effect, LimitsParts, Offer, OfferKind, OfferParts,
    UseSubject,
};
use commerce::range::RangeLists;
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherRefusal, VoucherUsage};
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::StoredVoucher;
use shop::Shop;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::delivery::DeliveryWish;
use shop::offered::{Buyer, VoucherProblem};
use shop::payment::CheckoutState;
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
/// Shoppers who want the same voucher at once.
const CROWD: usize = 100;
const MADE: Moment = Moment::from_micros(1);

/// All products.
fn everything() -> StoredRange {
    StoredRange {
        id: RangeId::new(derived_uuid("range", "all")),
        position: 1,
        name: Texts::single(Language::ENGLISH, "everything"),
        description: Texts::default(),
        is_public: false,
        lists: RangeLists { all: true, ..RangeLists::default() },
        created_at: MADE,
        oscar: None,
    }
}

/// So much per cent off everything from one unit on.
fn percent_off(key: &str, percent: &str, kind: OfferKind, limits: LimitsParts) -> StoredOffer {
    let benefit = BenefitParts {
        kind: BenefitKind::Percentage,
        range: Some(Arc::new(everything().range().unwrap())),
        value: Some(Decimal::parse(percent).unwrap()),
        max_affected_items: None,
    };
    offer(key, benefit, kind, limits)
}

fn offer(key: &str, benefit: BenefitParts, kind: OfferKind, limits: LimitsParts) -> StoredOffer {
    let condition = ConditionParts {
        kind: ConditionKind::Count,
        range: Some(Arc::new(everything().range().unwrap())),
        value: Decimal::parse("1").unwrap(),
    };
    let offer = Offer::new(OfferParts {
        id: OfferId::new(derived_uuid("offer", key)),
        name: Texts::single(Language::ENGLISH, key),
        kind,
        currency: Some(Currency::parse("GBP").unwrap()),
        condition,
        benefit,
        priority: 0,
        exclusive: false,
        combines_with: vec![],
        limits,
        start: None,
        end: None,
        suspended: false,
        actions: vec![],
    });
    StoredOffer { offer: offer.unwrap(), position: 1, description: Texts::default(), created_at: MADE, oscar: None }
}

fn code(raw: &str) -> VoucherCode {
    VoucherCode::parse(raw).unwrap()
}

fn voucher(raw: &str, usage: VoucherUsage, offers: &[&StoredOffer]) -> StoredVoucher {
    let offers = offers.iter().map(|stored| stored.offer.id()).collect();
    let parts = VoucherParts { code: code(raw), usage, offers, start: None, end: None };
    let id = VoucherId::new(derived_uuid("voucher", raw));
    StoredVoucher {
        id,
        voucher: Voucher::new(parts).unwrap(),
        name: raw.into(),
        set: None,
        created_at: MADE,
        oscar: None,
    }
}

/// A store with these offers, published, and its bank.
async fn with_offers(engine: Engine, offers: &[&StoredOffer], vouchers: &[StoredVoucher]) -> (OpenShop, Bank) {
    let bank = Bank::new();
    let gateways = vec![bank.gateway(), Arc::new(payments::Invoice) as Arc<dyn payments::Gateway>];
    let world = TestShop::new().product("mug", 1_000, Some(500)).product("jug", 2_500, None).gateways(gateways);
    let open = world.open(engine).await;
    save(&open.shop, offers).await;
    open.shop.save_vouchers(vouchers, &staff("ann")).await.unwrap();
    publish(&open.shop).await;
    (open, bank)
}

async fn save(shop: &Shop, offers: &[&StoredOffer]) {
    shop.save_range(&everything(), &staff("ann")).await.unwrap();
    for offer in offers {
        shop.save_offer(offer, &staff("ann")).await.unwrap();
    }
}

async fn publish(shop: &Shop) {
    shop.drain_outbox().await.unwrap();
    shop.clock().advance_ms(10);
    shop.snapshots().look(shop.now()).await;
}

fn with_voucher(lines: &[(&str, u32)], raw: &str) -> Basket {
    let mut basket = basket(lines);
    assert!(basket.add_voucher(code(raw)));
    basket
}

/// A press with the amount that this shopper's last page shows.
async fn wants(shop: &Shop, who: &str, basket: &Basket) -> PayRequest {
    let (id, draft) = (new_checkout(shop), draft(&format!("{who}@example.org"), "demo"));
    let view = shop.snapshots().look(shop.now()).await.view;
    let buyer = Buyer { email: draft.email.as_ref(), checkout: None, ..Buyer::default() };
    let priced = shop.price_basket(&view, basket, locale(), buyer).await.unwrap();
    let quote = shop.checkout_quote(priced, &DeliveryWish::from(&draft)).unwrap();
    let amount_shown = quote.quote().total.gross();
    PayRequest { id, basket: basket.clone(), locale: locale(), draft, amount_shown }
}

async fn pressed(shop: &Shop, who: &str, basket: &Basket) -> PayRequest {
    let request = wants(shop, who, basket).await;
    assert!(matches!(shop.pay(&request).await.unwrap(), Paying::Redirect(_)), "{who}");
    request
}

/// What a voucher's counter says.
async fn counted(shop: &Shop, raw: &str) -> u32 {
    let subject = UseSubject::Voucher(VoucherId::new(derived_uuid("voucher", raw)));
    let counted = shop.db().count_uses(&[subject], None).await.unwrap();
    counted.get(&subject).map_or(0, |counted| counted.here.times)
}

on_both! {
    async fn what_the_page_says_is_what_the_order_says(engine: Engine) {
        let tenth = percent_off("a tenth off", "10", OfferKind::Site, LimitsParts::default());
        let free = BenefitParts {
            kind: BenefitKind::ShippingPercentage,
            range: None,
            value: Some(Decimal::parse("100").unwrap()),
            max_affected_items: None,
        };
        let free = offer("free delivery", free, OfferKind::Voucher, LimitsParts::default());
        let (open, bank) = with_offers(engine, &[&tenth, &free], &[voucher("SEA", VoucherUsage::Multi, &[&free])]).await;
        let shop = &open.shop;
        // Three mugs of 10.00 and a jug of 25.00 are 55.00, less 5.50; delivery of 3.95 is free from 50.00 on.
        let request = pressed(shop, "ann", &with_voucher(&[("mug", 1), ("jug", 1)], "sea")).await;
        assert_eq!(request.amount_shown, gbp(3_150), "35.00 less a tenth, and delivery of 3.95 for nothing");
        bank.approve(request.id);
        shop.settle(request.id).await.unwrap();
        let sold = order(shop, request.id).await.sold;
        assert!(sold.adds_up());
        let said: Vec<_> = sold.discounts.iter().map(|d| (d.name.as_str(), d.effect, d.amount.minor())).collect();
        assert_eq!(said, [("free delivery", Effect::Shipping, 395), ("a tenth off", Effect::Basket, 350)]);
        assert_eq!(sold.vouchers_used(), [code("SEA")]);
        assert_eq!(sold.delivery.as_ref().map(|delivery| delivery.discount), Some(gbp(395)));
        let by_line: Vec<i64> = sold.lines.iter().map(|line| line.discount.minor()).collect();
        assert_eq!(by_line, [100, 250]);
        // What was used is told by the orders that stand.
        let uses = shop.db().load_offer_uses().await.unwrap();
        let used = |stored: &StoredOffer| uses.get(&stored.offer.id()).map(|used| (used[0].orders, used[0].discount));
        assert_eq!((used(&tenth), used(&free)), (Some((1, gbp(350))), Some((1, gbp(395)))));
        shop.cancel(order_of(request.id), &staff("ann"), "").await.unwrap();
        assert!(shop.db().load_offer_uses().await.unwrap().is_empty(), "a cancelled order used nothing");
        open.close().await;
    }

    async fn a_basket_without_a_voucher_is_priced_without_a_statement(engine: Engine) {
        let tenth = percent_off("a tenth off", "10", OfferKind::Site, LimitsParts::default());
        let (open, _) = with_offers(engine, &[&tenth], &[]).await;
        let shop = &open.shop;
        let view = shop.snapshots().look(shop.now()).await.view;
        let before = shop.db().statements();
        let priced = shop.price_basket(&view, &basket(&[("mug", 3)]), locale(), Buyer::default()).await.unwrap();
        assert_eq!((priced.quote.total.gross(), shop.db().statements() - before), (gbp(2_700), 0));
        open.close().await;
    }

    async fn an_offer_costs_a_statement_and_a_limit_three_more(engine: Engine) {
        let limits = LimitsParts { global: Some(100), ..LimitsParts::default() };
        for (limits, more) in [(LimitsParts::default(), 0), (limits, 3)] {
            let tenth = percent_off("a tenth off", "10", OfferKind::Site, limits);
            let (open, bank) = with_offers(engine, &[&tenth], &[]).await;
            let shop = &open.shop;
            let request = wants(shop, "ann", &basket(&[("mug", 1)])).await;
            let before = shop.db().statements();
            shop.pay(&request).await.unwrap();
            // What was used is looked up, taken, and noted beside the hold.
            assert_eq!(shop.db().statements() - before, HOLD + 1 + START + more);
            bank.approve(request.id);
            let before = shop.db().statements();
            shop.settle(request.id).await.unwrap();
            assert_eq!(shop.db().statements() - before, SETTLE + PLACE + 1);
            open.close().await;
        }
    }

    async fn offers_that_changed_since_the_page_are_told_before_money_moves(engine: Engine) {
        let tenth = percent_off("a tenth off", "10", OfferKind::Site, LimitsParts::default());
        let (open, _) = with_offers(engine, &[&tenth], &[]).await;
        let shop = &open.shop;
        let request = wants(shop, "ann", &basket(&[("mug", 1)])).await;
        let fifth = percent_off("a tenth off", "20", OfferKind::Site, LimitsParts::default());
        shop.save_offer(&fifth, &staff("ann")).await.unwrap();
        // Nothing is published yet, and the page was right when it was made.
        let now = gbp(800 + 395);
        let refused = shop.pay(&request).await;
        assert!(matches!(refused, Err(PayError::Changed { now: told }) if told == now), "{refused:?}");
        let again = PayRequest { amount_shown: now, ..request };
        assert!(matches!(shop.pay(&again).await, Ok(Paying::Redirect(_))));
        assert_eq!(wants(shop, "ben", &basket(&[("mug", 1)])).await.amount_shown, now, "this process knows by now");
        publish(shop).await;
        assert_eq!(wants(shop, "ben", &basket(&[("mug", 1)])).await.amount_shown, now);
        open.close().await;
    }

    async fn a_voucher_that_gives_nothing_is_refused_in_words(engine: Engine) {
        let tenth = percent_off("a tenth off", "10", OfferKind::Voucher, LimitsParts::default());
        let once = voucher("ONCE", VoucherUsage::OncePerCustomer, &[&tenth]);
        let (open, _) = with_offers(engine, &[&tenth], &[voucher("SEA", VoucherUsage::Multi, &[&tenth]), once]).await;
        let shop = &open.shop;
        let view = shop.snapshots().look(shop.now()).await.view;
        let with = with_voucher(&[("mug", 1)], "sea");
        let there = VoucherProblem::Refused(VoucherRefusal::AlreadyInBasket);
        let sign_in = VoucherProblem::Refused(VoucherRefusal::SignInNeeded);
        let nothing_more = VoucherProblem::Refused(VoucherRefusal::NotForTheseGoods);
        for (case, basket, raw, want) in [
            ("it gives something", &basket(&[("mug", 1)]), "sea", Ok(())),
            ("nobody's", &basket(&[("mug", 1)]), "shore", Err(VoucherProblem::Unknown)),
            ("twice", &with, "SEA", Err(there)),
            ("for customers", &basket(&[("mug", 1)]), "once", Err(sign_in)),
            ("an empty basket", &Basket::default(), "sea", Err(nothing_more)),
        ] {
            let got = shop.try_voucher(&view, basket, locale(), &code(raw), Buyer::default()).await.unwrap();
            assert_eq!(got, want, "{case}");
        }
        open.close().await;
    }
}

on_both_and_in_conflict! {
    async fn the_last_use_of_a_voucher_is_won_by_one_of_a_hundred(engine: Engine) {
        let half = percent_off("half", "50", OfferKind::Voucher, LimitsParts::default());
        let (open, bank) = with_offers(engine, &[&half], &[voucher("LAST", VoucherUsage::Single, &[&half])]).await;
        let shop = &open.shop;
        let mut requests = Vec::new();
        for number in 0..CROWD {
            requests.push(wants(shop, &format!("b{number}"), &with_voucher(&[("mug", 1)], "last")).await);
        }
        let pressing = requests.iter().map(|request| shop.pay(request));
        let outcomes = futures_util::future::join_all(pressing).await;
        let mut won = Vec::new();
        for (request, outcome) in requests.iter().zip(outcomes) {
            match outcome {
                Ok(Paying::Redirect(_)) => won.push(request.clone()),
                Err(PayError::UsedUp { what }) => assert_eq!(what, "LAST"),
                // Whoever froze after the winner saw the voucher used up, and another total.
                Err(PayError::Changed { now }) => assert_eq!(now, gbp(1_000 + 395)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((won.len(), counted(shop, "LAST").await), (1, 1));
        // The payment comes to nothing: the voucher is there again, for the next one.
        bank.decline(won[0].id);
        assert!(matches!(shop.settle(won[0].id).await.unwrap(), CheckoutState::Failed { .. }));
        assert_eq!(counted(shop, "LAST").await, 0);
        let next = pressed(shop, "next", &with_voucher(&[("mug", 1)], "last")).await;
        assert_eq!(next.amount_shown, gbp(500 + 395));
        bank.approve(next.id);
        shop.settle(next.id).await.unwrap();
        settle_down(shop).await;
        assert_eq!(counted(shop, "LAST").await, 1);
        shop.cancel(order_of(next.id), &staff("ann"), "").await.unwrap();
        assert_eq!(counted(shop, "LAST").await, 0, "a cancelled order gives it back");
        open.close().await;
    }

    async fn what_is_held_for_a_press_is_the_shoppers_own(engine: Engine) {
        let half = percent_off("half", "50", OfferKind::Voucher, LimitsParts::default());
        let (open, _) = with_offers(engine, &[&half], &[voucher("LAST", VoucherUsage::Single, &[&half])]).await;
        let shop = &open.shop;
        let basket = with_voucher(&[("mug", 1)], "last");
        let first = pressed(shop, "ann", &basket).await;
        // Pressed again, the answer is the same.
        assert!(matches!(shop.pay(&first).await.unwrap(), Paying::Redirect(_)));
        let view = shop.snapshots().look(shop.now()).await.view;
        let own = Buyer { email: None, checkout: Some(first.id), ..Buyer::default() };
        let priced = shop.price_basket(&view, &basket, locale(), own).await.unwrap();
        assert_eq!(priced.quote.total.gross(), gbp(500), "back in the basket it still counts");
        let others = shop.price_basket(&view, &basket, locale(), Buyer::default()).await.unwrap();
        let used_up = VoucherProblem::Refused(VoucherRefusal::UsedUp);
        assert_eq!(others.offered.vouchers(), [(&code("LAST"), Some(used_up))]);
        // Left alone, it is anybody's when its time is over, whether somebody swept or not.
        shop.clock().advance_ms(HOLD_MS);
        let next = pressed(shop, "ben", &basket).await;
        assert_eq!(next.amount_shown, gbp(500 + 395));
        open.close().await;
    }

    async fn limits_of_an_offer_are_never_passed(engine: Engine) {
        let limits = LimitsParts { global: Some(3), ..LimitsParts::default() };
        let thrice = percent_off("thrice", "50", OfferKind::Site, LimitsParts { per_basket: Some(1), ..limits });
        let (open, bank) = with_offers(engine, &[&thrice], &[]).await;
        let shop = &open.shop;
        let mut halved = 0;
        for number in 0..5 {
            let request = pressed(shop, &format!("b{number}"), &basket(&[("mug", 1)])).await;
            bank.approve(request.id);
            shop.settle(request.id).await.unwrap();
            halved += usize::from(request.amount_shown == gbp(500 + 395));
        }
        assert_eq!(halved, 3);
        open.close().await;
    }

    async fn a_budget_is_never_passed(engine: Engine) {
        let limits =
            LimitsParts { max_discount: Some(Decimal::parse("12").unwrap()), ..LimitsParts::default() };
        let half = percent_off("half", "50", OfferKind::Site, limits);
        let (open, bank) = with_offers(engine, &[&half], &[]).await;
        let shop = &open.shop;
        let mut taken = Vec::new();
        for number in 0..4 {
            let request = pressed(shop, &format!("b{number}"), &basket(&[("mug", 1)])).await;
            bank.approve(request.id);
            shop.settle(request.id).await.unwrap();
            taken.push(gbp(1_395).minus(request.amount_shown).unwrap().minor());
        }
        assert_eq!(taken, [500, 500, 200, 0], "12.00 in all");
        open.close().await;
    }

    async fn one_shopper_has_an_offer_as_often_as_it_says(engine: Engine) {
        let limits = LimitsParts { per_shopper: Some(1), ..LimitsParts::default() };
        let half = percent_off("half", "50", OfferKind::Site, limits);
        let (open, bank) = with_offers(engine, &[&half], &[]).await;
        let shop = &open.shop;
        for (who, want) in [("ann", 895), ("ben", 895), ("ann", 1_395)] {
            let request = pressed(shop, who, &basket(&[("mug", 1)])).await;
            bank.approve(request.id);
            shop.settle(request.id).await.unwrap();
            assert_eq!(request.amount_shown, gbp(want), "{who}");
        }
        open.close().await;
    }

    async fn a_late_payment_takes_the_use_afresh_or_goes_back(engine: Engine) {
        let half = percent_off("half", "50", OfferKind::Voucher, LimitsParts::default());
        let vouchers = ["ONE", "TWO"].map(|raw| voucher(raw, VoucherUsage::Single, &[&half]));
        let (open, bank) = with_offers(engine, &[&half], &vouchers).await;
        let shop = &open.shop;
        for (raw, is_taken) in [("ONE", false), ("TWO", true)] {
            let basket = with_voucher(&[("mug", 1)], raw);
            let late = pressed(shop, &format!("ann{raw}"), &basket).await;
            shop.clock().advance_ms(HOLD_MS);
            shop.sweep().await.unwrap();
            assert_eq!(counted(shop, raw).await, 0, "it is back");
            if is_taken {
                let other = pressed(shop, &format!("ben{raw}"), &basket).await;
                bank.approve(other.id);
                shop.settle(other.id).await.unwrap();
            }
            bank.approve_late(late.id);
            let want = if is_taken { CheckoutState::GivenBack } else { CheckoutState::Placed(order_of(late.id)) };
            assert_eq!(shop.settle(late.id).await.unwrap(), want, "{raw}");
            assert_eq!(counted(shop, raw).await, 1, "{raw}");
        }
        open.close().await;
    }
}
