//! Offers and vouchers: named in the basket, in the checkout, on the order and in the mail, with one total throughout.

use crate::driver::{DESKTOP, PHONE};
use crate::journey::{add_to_basket, buy, to_review};
use crate::visit::{Visit, Visitor, visit};

const SPICES_OFFER: &str = "Three spices for the price of two";
const WELCOME: &str = "A tenth off to say welcome (voucher WELCOME10)";

#[tokio::test]
async fn a_phone_without_script_buys_with_an_offer_and_a_voucher() {
    visit(Visitor { screen: PHONE, with_script: false }, three_spices_and_a_voucher).await;
}

#[tokio::test]
async fn a_desktop_with_script_buys_with_an_offer_and_a_voucher() {
    visit(Visitor { screen: DESKTOP, with_script: true }, three_spices_and_a_voucher).await;
}

async fn three_spices_and_a_voucher(visit: Visit) {
    for place in 1..=3 {
        visit.go("/category/spices").await;
        visit.press(&format!(".results .card:nth-child({place}) h3 a")).await;
        visit.arrive("/product/").await;
        assert_eq!(visit.words(".product-offers a").await, SPICES_OFFER);
        add_to_basket(&visit).await;
        match 3 - place {
            0 => assert!(!visit.sees(".upsells").await, "nothing is missing any more"),
            missing => {
                let told = format!("Add {missing} more from our spices for “{SPICES_OFFER}”.");
                assert_eq!(visit.words(".upsells").await, told);
            }
        }
    }
    let with_offer = visit.words(".totals").await;
    assert!(with_offer.contains(SPICES_OFFER) && with_offer.contains('−'), "{with_offer}");
    enter_voucher(&visit, "shore").await;
    let refused = visit.words("#code-error").await;
    assert_eq!(refused, "There is no voucher SHORE. Look again at how it is written.");
    assert_eq!(visit.value("#code").await, "shore", "what was typed is kept");
    visit.go("/basket").await;
    enter_voucher(&visit, "welcome10").await;
    visit.see(".vouchers").await;
    assert!(visit.words(".totals").await.contains(WELCOME));
    to_review(&visit, "SW1A 1AA").await;
    let asked = visit.words(".totals .total dd").await;
    let number = buy(&visit, "SW1A 1AA").await;
    let ordered = visit.words(".totals").await;
    assert!(ordered.contains(SPICES_OFFER) && ordered.contains(WELCOME), "{ordered}");
    assert_eq!(visit.words(".totals .total dd").await, asked, "one total, from the basket to the order");
    visit.until("the mail about the order", async || visit.store.order_link_in_mail(&number).is_some()).await;
    let mail = visit.store.mail_about(&number).expect("it was there a moment ago");
    assert!(mail.contains("WELCOME10") && mail.contains(SPICES_OFFER), "{mail}");
    visit.go("/basket").await;
    assert!(!visit.sees(".vouchers").await, "the voucher went with the order");
}

async fn enter_voucher(visit: &Visit, code: &str) {
    if !visit.sees("#code").await {
        visit.press(".voucher summary").await;
    }
    visit.fill("#code", code).await;
    visit.press("form[action='/basket/voucher'] button").await;
    visit.arrive("/basket").await;
}

#[tokio::test]
async fn offers_have_a_page_of_their_own() {
    visit(Visitor { screen: PHONE, with_script: false }, |visit| async move {
        visit.go("/").await;
        visit.press(".site-footer a[href='/offers']").await;
        visit.arrive("/offers").await;
        visit.press(".offer-tile a").await;
        visit.arrive("/offers/three-spices").await;
        assert_eq!(visit.words("h1").await, SPICES_OFFER);
        visit.press(".tile a[href='/category/spices']").await;
        visit.arrive("/category/spices").await;
    })
    .await;
}
