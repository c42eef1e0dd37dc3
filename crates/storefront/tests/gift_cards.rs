//! Gift cards as a visitor meets them: typed at the checkout, refused with a reason, spent in part and in full.
#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::visitor::Visitor;
use cache_world::{World, header, text};
use commerce::event::Actor;
use commerce::gift_card::{GiftCardCode, GiftCardKind};
use commerce::money::{Currency, Money};
use shop::gift_cards::WantedCard;

/// A card of so many pence.
async fn card(world: &World, pence: i64) -> GiftCardCode {
    let worth = Money::from_minor(pence, Currency::parse("GBP").unwrap());
    let (kind, reason) = (GiftCardKind::GiftCard, "a test".to_owned());
    let wanted = WantedCard { worth, kind, expires_at: None, letter: None, reason };
    let made = world.shop.issue_gift_cards(&wanted, 1, &Actor::Operator, &mut |_| {}).await.unwrap();
    world.shop.code_of(&made[0]).unwrap()
}

/// Somebody on the last page of the checkout.
async fn at_the_review(world: &World) -> Visitor<'_> {
    let mut visitor = Visitor::with_goods(world, 1).await;
    visitor.give_address("BS1+4SP").await;
    let answer = visitor.post("/checkout/delivery", "method=standard&billing-same=1").await;
    assert_eq!(header(&answer, "location"), "/checkout/review", "{}", text(&answer));
    visitor
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_card_pays_a_part_and_is_taken_out_again() {
    let world = World::of(3, |_| {}, "").await;
    let code = card(&world, 100).await;
    let mut visitor = at_the_review(&world).await;
    let before = visitor.page("/checkout/review").await;
    let answer = visitor.post("/checkout/card", &format!("card={}", code.to_string().to_lowercase())).await;
    assert_eq!(header(&answer, "location"), "/checkout/review");
    let page = visitor.page("/checkout/review").await;
    let pence = |page: &str| field(page, "amount").trim_start_matches("GBP ").parse::<i64>().unwrap();
    assert_eq!(pence(&before) - pence(&page), 100);
    for part in [format!("Gift card ••••{}", code.last_four()), "−£1.00".to_owned(), "Left to pay".to_owned()]
    {
        assert!(page.contains(&part), "{part}: {page}");
    }
    assert!(!page.contains(&code.to_string()) && !page.contains(code.secret()), "the page gives no code away");
    let twice = visitor.post("/checkout/card", &format!("card={code}")).await;
    assert_eq!((twice.status().as_u16(), header(&twice, "x-error")), (422, "gift_card"));
    assert!(text(&twice).contains("is used for this order already"));
    let wrong = format!("place=0&last={}", if code.last_four() == "0000" { "1111" } else { "0000" });
    visitor.post("/checkout/card/remove", &wrong).await;
    assert_eq!(pence(&visitor.page("/checkout/review").await), pence(&page), "an old page removes no other card");
    visitor.post("/checkout/card/remove", &format!("place=0&last={}", code.last_four())).await;
    assert_eq!(pence(&visitor.page("/checkout/review").await), pence(&before));
}

#[tokio::test]
async fn what_is_typed_stays_and_the_page_says_what_is_wrong() {
    let world = World::of(3, |_| {}, "").await;
    let (good, unknown) = (card(&world, 100).await, GiftCardCode::from_bits(7));
    let mut mistyped: Vec<char> = good.to_string().chars().collect();
    mistyped[0] = if mistyped[0] == '7' { '8' } else { '7' };
    let mistyped: String = mistyped.into_iter().collect();
    let mut visitor = at_the_review(&world).await;
    for (typed, want) in [
        ("", "Type the code of your gift card."),
        ("TEA-2026", "A code has 16 letters and digits"),
        ("<script>alert(1)</script>", "A code has 16 letters and digits"),
        (mistyped.as_str(), "is mistyped"),
        (unknown.to_string().as_str(), "No gift card has this code"),
    ] {
        let encoded: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = visitor.post("/checkout/card", &format!("card={encoded}")).await;
        let page = text(&answer);
        assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (422, "gift_card"), "{typed}");
        assert!(page.contains(want), "{typed}: {page}");
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(typed.contains('<') || page.contains(&format!("value=\"{typed}\"")), "{typed} is kept");
    }
}

#[tokio::test]
async fn a_card_that_pays_everything_needs_no_payment_page() {
    let world = World::of(3, |_| {}, "").await;
    let code = card(&world, 100_000).await;
    let mut visitor = at_the_review(&world).await;
    visitor.post("/checkout/card", &format!("card={code}")).await;
    let page = visitor.page("/checkout/review").await;
    assert!(page.contains("GBP 0") && !page.contains("name=\"payment\""), "{page}");
    let form = format!("token={}&amount=GBP+0", field(&page, "token"));
    let answer = visitor.post("/checkout/pay", &form).await;
    let back = header(&answer, "location").to_owned();
    assert!(back.starts_with("/pay/return/"), "{}", text(&answer));
    let order = visitor.get(&back).await;
    let order = visitor.page(header(&order, "location")).await;
    for part in [format!("Gift card ••••{}", code.last_four()), "Left to pay".to_owned(), "£0.00".to_owned()] {
        assert!(order.contains(&part), "{part}: {order}");
    }
    assert!(!order.contains(&code.to_string()));
    // The next checkout does not remember the code.
    let mut again = visitor;
    let product = again.first_product().await;
    again.post("/basket/lines", &format!("product={product}&quantity=1")).await;
    again.give_address("BS1+4SP").await;
    again.post("/checkout/delivery", "method=standard&billing-same=1").await;
    assert!(!again.page("/checkout/review").await.contains("Left to pay"));
}
