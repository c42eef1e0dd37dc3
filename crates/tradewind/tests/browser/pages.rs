//! Every kind of page, on a phone and a desktop, light and dark, also with errors on show.

use crate::audit::Audit;
use crate::driver::{DESKTOP, PHONE, Scheme, Screen};
use crate::journey::{PLAIN_PRODUCT, PRODUCT_WITH_VARIANTS, confirmed, fill_address};
use crate::visit::{Visit, Visitor, visit};

const SCHEMES: &[Scheme] = &[Scheme::Light, Scheme::Dark];

/// What everybody sees alike: kind, and path.
const BROWSING: [(&str, &str); 15] = [
    ("home", "/"),
    ("home-german", "/de"),
    ("category", "/category/tea"),
    ("category-filtered", "/category/tea?f=organic:yes"),
    ("search", "/search?q=mug"),
    ("search-page", "/search"),
    ("search-empty", "/search?q=zzxxyq"),
    ("product", PLAIN_PRODUCT),
    ("product-variants", PRODUCT_WITH_VARIANTS),
    ("product-options", PRODUCT_WITH_OPTIONS),
    ("text", "/about"),
    ("offers", "/offers"),
    ("offer", "/offers/three-spices-for-the-price-of-two"),
    ("not-found", "/no-such-page"),
    ("basket-empty", "/basket"),
];
/// A product that asks for words, a date and choices.
const PRODUCT_WITH_OPTIONS: &str = "/product/box-a-quiet-evening";

#[tokio::test]
async fn pages_for_browsing_are_sound_on_a_phone() {
    visit(Visitor { screen: PHONE, with_script: true }, browsing).await;
}

#[tokio::test]
async fn pages_for_browsing_are_sound_on_a_desktop() {
    visit(Visitor { screen: DESKTOP, with_script: true }, browsing).await;
}

#[tokio::test]
async fn pages_for_buying_are_sound_on_a_phone() {
    visit(Visitor { screen: PHONE, with_script: true }, buying).await;
}

#[tokio::test]
async fn pages_for_buying_are_sound_on_a_desktop() {
    visit(Visitor { screen: DESKTOP, with_script: true }, buying).await;
}

#[tokio::test]
async fn pages_for_buying_are_sound_without_script() {
    visit(Visitor { screen: Screen { name: "plain", ..PHONE }, with_script: false }, |visit| async move {
        let mut audit = Audit::new(&[Scheme::Light]);
        visit.go(PLAIN_PRODUCT).await;
        visit.press("button.add").await;
        visit.see("main .added").await;
        audit.look_at(&visit, "added").await;
        visit.go("/basket").await;
        audit.look_at(&visit, "basket").await;
        visit.go("/checkout").await;
        audit.look_at(&visit, "checkout-address").await;
        audit.end();
    })
    .await;
}

async fn browsing(visit: Visit) {
    let mut audit = Audit::new(SCHEMES);
    for (kind, path) in BROWSING {
        visit.go(path).await;
        audit.look_at(&visit, kind).await;
    }
    visit.stays_with_the_shop().await;
    audit.end();
}

async fn buying(visit: Visit) {
    let mut audit = Audit::new(SCHEMES);
    fill_basket(&visit, &mut audit).await;
    checkout(&visit, &mut audit).await;
    payment(&visit, &mut audit).await;
    order(&visit, &mut audit).await;
    visit.stays_with_the_shop().await;
    audit.end();
}

async fn fill_basket(visit: &Visit, audit: &mut Audit) {
    for product in [PRODUCT_WITH_VARIANTS, PLAIN_PRODUCT] {
        visit.go(product).await;
        visit.press("button.add").await;
        visit.see("dialog[open] .added").await;
    }
    audit.look_at(visit, "added-dialog").await;
    visit.go("/basket").await;
    audit.look_at(visit, "basket").await;
    visit.press(".voucher summary").await;
    visit.see("#code").await;
    audit.look_at(visit, "basket-voucher").await;
    visit.press(".line:last-child form[action='/basket/remove'] button").await;
    visit.see("form[action='/basket/undo']").await;
    audit.look_at(visit, "basket-removed").await;
}

async fn checkout(visit: &Visit, audit: &mut Audit) {
    visit.go("/checkout").await;
    audit.look_at(visit, "checkout-address").await;
    visit.press("form[action='/checkout/address'] button[type=submit]").await;
    visit.see(".errors").await;
    assert_eq!(visit.look("return document.activeElement.className").await, "errors", "the focus is on the mistakes");
    audit.look_at(visit, "checkout-address-errors").await;
    fill_address(visit, "SW1A 1AA").await;
    visit.press("form[action='/checkout/address'] button[type=submit]").await;
    visit.arrive("/checkout/delivery").await;
    audit.look_at(visit, "checkout-delivery").await;
    visit.press("[name=billing-same]").await;
    visit.press("form[action='/checkout/delivery'] button[type=submit]").await;
    visit.see(".errors").await;
    audit.look_at(visit, "checkout-delivery-errors").await;
    visit.press("[name=billing-same]").await;
    visit.press("form[action='/checkout/delivery'] button[type=submit]").await;
    visit.arrive("/checkout/review").await;
    audit.look_at(visit, "checkout-review").await;
}

async fn payment(visit: &Visit, audit: &mut Audit) {
    visit.press("button.pay").await;
    visit.press("button[value=decline]").await;
    visit.arrive("/checkout/review").await;
    audit.look_at(visit, "checkout-declined").await;
    visit.press("button.pay").await;
    visit.press("details summary").await;
    visit.press("button[value=late]").await;
    visit.arrive("/pay/return/").await;
    visit.see(".state-mark.pending").await;
    audit.look_at(visit, "payment-pending").await;
    confirmed(visit).await;
}

async fn order(visit: &Visit, audit: &mut Audit) {
    audit.look_at(visit, "order-new").await;
    let order = visit.path().await.replace("?new=1", "");
    visit.go(&order).await;
    visit.press(".order-actions .fold summary").await;
    audit.look_at(visit, "order").await;
    visit.go(&format!("{order}/withdraw")).await;
    audit.look_at(visit, "withdraw").await;
    visit.fill("#name", "").await;
    visit.press("form[action$='/withdraw'] button[type=submit]").await;
    visit.see(".errors").await;
    audit.look_at(visit, "withdraw-errors").await;
    visit.fill("#name", "Ann Larsson").await;
    visit.press("form[action$='/withdraw'] button[type=submit]").await;
    visit.see("main .lead[role=status]").await;
    audit.look_at(visit, "withdraw-received").await;
}
