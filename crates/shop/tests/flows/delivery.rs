//! Where orders go, what that costs and when they arrive: zones, limits, pick-up points, the store's calendar.

use crate::on_both;
use crate::support::{
    Engine, OpenShop, TestShop, basket, catalogue, draft, gbp, locale, new_checkout, order, press, settle_down,
};
use commerce::checkout::CheckoutDraft;
use commerce::delivery::NotOffered;
use commerce::event::Actor;
use commerce::ids::{CheckoutId, PartnerId, derived_uuid};
use shop::catalogue::Showing;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;

const ZONES: &str = r#"[{ code = "north", postcodes = { GB = ["PH*"] } }]"#;
const POINT: &str = r#"line1 = "1 Mill Lane", city = "Bristol", postcode = "BS1 4SP", country = "GB""#;

/// Post that costs more in the north and takes 20 kg, and two points to collect from.
fn delivery() -> String {
    let post = r#"{ code = "post", name = { en = "Post" }, days = [2, 3], max_weight_kg = "20", charges = [
        { currency = "GBP", per_order = "3.95", min_total = "5" },
        { currency = "GBP", zone = "north", per_order = "9.50", min_total = "5" }] }"#;
    let mill = format!(r#"{{ code = "mill", name = "Mill locker", hours = {{ en = "always open" }}, {POINT} }}"#);
    let quay = format!(r#"{{ code = "quay", name = "Quay shop", {POINT} }}"#);
    let collect = r#"code = "collect", name = { en = "Collect" }, days = [0, 1], charges = [{ currency = "GBP" }]"#;
    format!("[{post}, {{ {collect}, points = [{mill}, {quay}] }}]")
}

async fn open(engine: Engine) -> OpenShop {
    let shop = TestShop::new().product("mug", 1_000, Some(90)).product("pin", 100, Some(90));
    shop.setting("zone", ZONES).setting("delivery", &delivery()).open(engine).await
}

fn collecting(point: Option<&str>) -> CheckoutDraft {
    let mut draft = draft("ann@example.org", "invoice");
    (draft.method, draft.point) = (Some("collect".to_owned()), point.map(str::to_owned));
    if let Some(address) = &mut draft.delivery {
        address.phone = "01632 960 000".to_owned();
    }
    draft
}

fn mugs(open: &OpenShop, id: CheckoutId, draft: &CheckoutDraft) -> PayRequest {
    press(&open.shop, id, &basket(&[("mug", 2)]), draft)
}

on_both! {
    async fn each_partner_sends_a_parcel_of_its_own(engine: Engine) {
        let post = r#"[{ code = "post", name = { en = "Post" }, days = [2, 3], per_parcel = true, charges = [
            { currency = "GBP", per_order = "3.95" }] }]"#;
        let shop = TestShop::new().product("mug", 1_000, Some(90)).product("pin", 100, Some(90));
        let open = shop.setting("delivery", post).open(engine).await;
        let draft = draft("ann@example.org", "invoice");
        let total = || press(&open.shop, new_checkout(&open.shop), &basket(&[("mug", 1), ("pin", 2)]), &draft).amount_shown;
        assert_eq!(total(), gbp(1_595), "one partner, one parcel");
        let goods = [("mug".to_owned(), 1_000, Some(90)), ("pin".to_owned(), 100, Some(90))];
        let (mut setup, mut entries) = catalogue(&goods);
        let mut other = setup.partners[0].clone();
        other.id = PartnerId::new(derived_uuid("partner", "smithy"));
        (other.code, other.name) = ("smithy".to_owned(), "Smithy".to_owned());
        entries[1].0.stock_records[0].partner = other.id;
        setup.partners.push(other);
        open.shop.put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        open.shop.put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        open.shop.publish_all().await.unwrap();
        open.shop.clock().advance_ms(1);
        open.shop.snapshots().look(open.shop.now().plus_ms(1)).await;
        assert_eq!(total(), gbp(1_990), "two partners, two parcels");
        let request = press(&open.shop, new_checkout(&open.shop), &basket(&[("mug", 1), ("pin", 2)]), &draft);
        open.shop.pay(&request).await.unwrap();
        settle_down(&open.shop).await;
        let sold = order(&open.shop, request.id).await.sold;
        let partners: Vec<&str> = sold.lines.iter().map(|line| line.partner_name.as_str()).collect();
        assert_eq!((partners[1], sold.total.gross()), ("Smithy", gbp(1_990)));
        open.close().await;
    }

    async fn a_collected_order_goes_to_its_point_in_the_shoppers_name(engine: Engine) {
        let open = open(engine).await;
        let id = new_checkout(&open.shop);
        let request = mugs(&open, id, &collecting(Some("mill")));
        for _ in 0..2 {
            assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(id), "once, however often it is pressed");
        }
        settle_down(&open.shop).await;
        let sold = order(&open.shop, id).await.sold;
        assert_eq!((sold.total.gross(), sold.billing_address), (gbp(2_000), request.draft.delivery));
        let delivery = sold.delivery.unwrap();
        let point = delivery.point.unwrap();
        assert_eq!((delivery.method.as_str(), point.code.as_str(), point.hours.as_str()), ("collect", "mill", "always open"));
        let address = sold.delivery_address.unwrap();
        let lines = [&address.name, &address.company, &address.line1, &address.postcode, &address.phone].map(String::as_str);
        assert_eq!(lines, ["Ann Ash", "Mill locker", "1 Mill Lane", "BS1 4SP", "01632 960 000"]);
        let letters = open.letters();
        let letter = letters.first().unwrap();
        for words in ["Collect from", "Mill locker", "always open", "Ready to collect"] {
            assert!(letter.contains(words), "{words}: {letter}");
        }
        open.close().await;
    }

    async fn a_point_must_be_chosen_and_another_one_is_another_checkout(engine: Engine) {
        let open = open(engine).await;
        for point in [None, Some("no such point")] {
            let request = mugs(&open, new_checkout(&open.shop), &collecting(point));
            assert!(matches!(open.shop.pay(&request).await, Err(PayError::Incomplete("point"))), "{point:?}");
        }
        let id = new_checkout(&open.shop);
        open.shop.pay(&mugs(&open, id, &collecting(Some("mill")))).await.unwrap();
        let other = open.shop.pay(&mugs(&open, id, &collecting(Some("quay")))).await;
        assert!(matches!(other, Err(PayError::OtherContent)), "{other:?}");
        open.close().await;
    }

    async fn a_press_is_known_again_after_its_prices_are_gone(engine: Engine) {
        let open = open(engine).await;
        let id = new_checkout(&open.shop);
        let request = mugs(&open, id, &collecting(Some("mill")));
        open.shop.pay(&request).await.unwrap();
        let (_, mut entries) = crate::support::catalogue(&[("mug".to_owned(), 1_100, Some(90))]);
        entries[0].0.product.version = 2;
        open.shop.put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        open.shop.publish_all().await.unwrap();
        open.shop.clock().advance_ms(1);
        assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(id));
        let mut elsewhere = request.clone();
        elsewhere.draft.point = Some("quay".to_owned());
        assert!(open.shop.pay(&elsewhere).await.is_err(), "it goes somewhere else");
        open.close().await;
    }

    async fn the_postcode_decides_what_the_post_costs(engine: Engine) {
        let open = open(engine).await;
        for (postcode, want) in [("PH1 9XX", 2_950), ("ph19xx", 2_950), ("BS1 4SP", 2_395)] {
            let mut draft = draft("ann@example.org", "invoice");
            if let Some(address) = &mut draft.delivery {
                address.postcode = postcode.to_owned();
            }
            let id = new_checkout(&open.shop);
            open.shop.pay(&mugs(&open, id, &draft)).await.unwrap();
            settle_down(&open.shop).await;
            assert_eq!(order(&open.shop, id).await.sold.total.gross(), gbp(want), "{postcode}");
            // One person holds few checkouts at once.
            open.shop.cancel(crate::support::order_of(id), &Actor::Operator, "").await.unwrap();
        }
        open.close().await;
    }

    async fn what_nobody_takes_is_not_sent_and_why_is_known(engine: Engine) {
        let open = open(engine).await;
        let view = open.shop.snapshots().current();
        let draft = draft("ann@example.org", "invoice");
        for (case, lines, method, refused) in [
            ("light and dear enough", [("mug", 40)], "post", None),
            ("half a kilogram each, 41 of them", [("mug", 41)], "collect", Some("it takes 20 kg at most")),
            ("four pounds", [("pin", 4)], "collect", Some("it is for orders from 5.00 GBP on")),
        ] {
            let priced = open.shop.price_basket(&view, &basket(&lines), locale(), Buyer::default()).await.unwrap();
            let quote = open.shop.checkout_quote(priced, &DeliveryWish::from(&draft)).unwrap();
            assert_eq!(quote.choice().unwrap().method.code, method, "{case}");
            let why: Vec<String> = quote.refused.iter().map(NotOffered::to_string).collect();
            assert_eq!(why.first().map(String::as_str), refused, "{case}");
        }
        open.close().await;
    }

    async fn orders_after_the_cut_off_time_arrive_a_day_later(engine: Engine) {
        // NOON is Monday, 21 September 2026, 14:13 UTC, and 16:13 in Berlin.
        for (cut_off, zone, holidays, first) in [
            ("", "UTC", "[]", "2026-09-23"),
            ("15:00", "UTC", "[]", "2026-09-23"),
            ("15:00", "Europe/Berlin", "[]", "2026-09-24"),
            ("15:00", "Europe/Berlin", "[\"09-23\", \"2026-09-24\"]", "2026-09-28"),
        ] {
            let shop = TestShop::new().product("mug", 1_000, Some(5)).setting("cut_off", cut_off);
            let open = shop.setting("time_zone", zone).setting("holidays", holidays).open(engine).await;
            let id = new_checkout(&open.shop);
            open.shop.pay(&mugs(&open, id, &draft("ann@example.org", "invoice"))).await.unwrap();
            settle_down(&open.shop).await;
            let arrives = order(&open.shop, id).await.sold.delivery.unwrap().arrives;
            assert_eq!(arrives.0.to_string(), first, "{cut_off} {zone} {holidays}");
            open.close().await;
        }
    }
}
