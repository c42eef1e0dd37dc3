//! From the home page to the confirmation, as most people go, and the steps that the other tests share.

use crate::driver::{DESKTOP, PHONE};
use crate::visit::{Visit, Visitor, visit, visit_region};

/// What most people see.
pub(crate) const WITH_SCRIPT: Visitor = Visitor { screen: DESKTOP, with_script: true };

/// A product without variants that is always in stock in the demo.
pub(crate) const PLAIN_PRODUCT: &str = "/product/bamboo-whisk-hundred-tines";
/// One with variants.
pub(crate) const PRODUCT_WITH_VARIANTS: &str = "/product/night-watch";

/// The most text fields that a page of the checkout may show (UX: at most 8).
const FIELDS_SHOWN_MAX: u64 = 8;

/// Where somebody buys and what its words are.
#[derive(Clone, Copy)]
struct Market {
    prefix: &'static str,
    language: &'static str,
    sign: char,
    postcode: &'static str,
}

const UK: Market = Market { prefix: "", language: "en", sign: '£', postcode: "SW1A 1AA" };
const GERMANY: Market = Market { prefix: "/de", language: "de", sign: '€', postcode: "10115" };

#[tokio::test]
async fn a_phone_with_script_goes_from_home_to_a_cancelled_order() {
    visit(Visitor { screen: PHONE, with_script: true }, |visit| whole_way(visit, UK)).await;
}

#[tokio::test]
async fn a_phone_without_script_goes_from_home_to_a_cancelled_order_in_germany() {
    visit(Visitor { screen: PHONE, with_script: false }, |visit| whole_way(visit, GERMANY)).await;
}

#[tokio::test]
async fn a_desktop_with_script_goes_from_home_to_a_cancelled_order_in_germany() {
    visit(Visitor { screen: DESKTOP, with_script: true }, |visit| whole_way(visit, GERMANY)).await;
}

#[tokio::test]
async fn a_desktop_without_script_goes_from_home_to_a_cancelled_order() {
    visit(Visitor { screen: DESKTOP, with_script: false }, |visit| whole_way(visit, UK)).await;
}

#[tokio::test]
async fn a_phone_with_script_goes_the_same_way_through_a_region() {
    visit_region(Visitor { screen: PHONE, with_script: true }, |visit| whole_way(visit, UK)).await;
}

#[tokio::test]
async fn a_desktop_without_script_goes_the_same_way_through_a_region_in_germany() {
    visit_region(Visitor { screen: DESKTOP, with_script: false }, |visit| whole_way(visit, GERMANY)).await;
}

/// Home, category, filter, product, variant, basket, three pages of checkout, payment, confirmation, the link of the
/// mail, and the order cancelled.
async fn whole_way(visit: Visit, market: Market) {
    visit.go(&format!("{}/", market.prefix)).await;
    assert_eq!(visit.look("return document.documentElement.lang").await, market.language);
    visit.press(&format!(".tile a[href='{}/category/tea']", market.prefix)).await;
    visit.arrive(&format!("{}/category/tea", market.prefix)).await;
    filter_by_first_value(&visit).await;
    visit.press(".results .card h3 a").await;
    visit.arrive(&format!("{}/product/", market.prefix)).await;
    choose_second_variant(&visit).await;
    assert!(visit.words("[data-price]").await.contains(market.sign), "prices are in the market's currency");
    add_to_basket(&visit).await;
    change_remove_and_undo(&visit).await;
    let number = buy(&visit, market.postcode).await;
    visit.driver.client.refresh().await.expect("the confirmation can be loaded again");
    visit.arrive("/order/").await;
    assert!(visit.words("main").await.contains(&number), "a reload shows the same order");
    assert_eq!(visit.look("return document.documentElement.lang").await, market.language);
    from_the_mail_to_cancelled(&visit, &number).await;
    visit.stays_with_the_shop().await;
}

/// Ticks the first value of the first filter.
pub(crate) async fn filter_by_first_value(visit: &Visit) {
    if visit.sees(".filters > summary").await {
        visit.press(".filters > summary").await;
    }
    visit.press("[data-filter] input[name=f]").await;
    if !visit.visitor.with_script {
        visit.press("[data-filter] button[type=submit]").await;
    }
    visit.see(".chips .chip").await;
    let path = visit.path().await;
    assert!(path.contains("f="), "the filter is in the address: {path}");
}

async fn choose_second_variant(visit: &Visit) {
    let before = visit.words("[data-price]").await;
    visit.press(".pills .pill:nth-child(2)").await;
    if visit.visitor.with_script {
        visit.until("the price of the other variant", async || visit.words("[data-price]").await != before).await;
    }
}

/// Presses Add on a product page and goes on to the basket.
pub(crate) async fn add_to_basket(visit: &Visit) {
    visit.press("[data-buy] button.add").await;
    if visit.visitor.with_script {
        visit.see("dialog[open] .added").await;
        let focus = visit.look("return document.activeElement.id").await;
        assert_eq!(focus, "added-title", "the focus goes to the answer");
    } else {
        visit.see("main .added").await;
    }
    visit.press(".added a[href='/basket']").await;
    visit.arrive("/basket").await;
}

/// Sets a quantity, takes the line out, and takes that back.
async fn change_remove_and_undo(visit: &Visit) {
    let quantity = ".line input[name=quantity]";
    if visit.visitor.with_script {
        visit.press(".line .stepper button:last-child").await;
    } else {
        visit.fill(quantity, "2").await;
        visit.press(".line .quantity button[type=submit]").await;
    }
    visit
        .until("two of it", async || {
            visit.look("return document.querySelector('.line input[name=quantity]')?.defaultValue").await == "2"
        })
        .await;
    visit.press("form[action='/basket/remove'] button").await;
    visit.press("form[action='/basket/undo'] button").await;
    visit.see(quantity).await;
    assert_eq!(visit.value(quantity).await, "2", "undo brings back what was there");
}

/// From a filled basket to the confirmation; the order's number.
pub(crate) async fn buy(visit: &Visit, postcode: &str) -> String {
    to_payment_site(visit, postcode).await;
    visit.press("button[value=approve]").await;
    confirmed(visit).await
}

/// From a filled basket to the payment site.
pub(crate) async fn to_payment_site(visit: &Visit, postcode: &str) {
    to_review(visit, postcode).await;
    visit.press("button.pay").await;
    visit.see("button[value=approve]").await;
}

/// From a filled basket to the page with the Pay button.
pub(crate) async fn to_review(visit: &Visit, postcode: &str) {
    visit.go("/checkout").await;
    few_fields(visit).await;
    fill_address(visit, postcode).await;
    visit.press("form[action='/checkout/address'] button[type=submit]").await;
    visit.arrive("/checkout/delivery").await;
    few_fields(visit).await;
    visit.press("form[action='/checkout/delivery'] button[type=submit]").await;
    visit.arrive("/checkout/review").await;
    let total = visit.words(".totals .total dd").await;
    let pay = visit.words("button.pay").await;
    assert!(pay.contains(&total), "the button names the amount: {pay}, {total}");
}

/// Fills the fields of the first page in.
pub(crate) async fn fill_address(visit: &Visit, postcode: &str) {
    for (field, value) in
        [("email", "ann@example.org"), ("name", "Ann Larsson"), ("line1", "1 Quay Street"), ("city", "Porthaven")]
    {
        visit.fill(&format!("#{field}"), value).await;
    }
    visit.fill("#postcode", postcode).await;
}

async fn few_fields(visit: &Visit) {
    let shown = "return [...document.querySelectorAll('main :is(input, textarea)')].filter(e => \
                 !['hidden', 'radio', 'checkbox'].includes(e.type) && e.checkVisibility()).length";
    let fields = visit.look(shown).await.as_u64().expect("a number");
    assert!(fields <= FIELDS_SHOWN_MAX, "{fields} text fields at {}", visit.path().await);
}

/// Waits for the confirmation; the order's number.
pub(crate) async fn confirmed(visit: &Visit) -> String {
    visit.arrive("/order/").await;
    visit.see(".state-mark.done").await;
    let number = visit.words(".order-facts dd").await;
    assert!(visit.words("h1 + .lead").await.contains(&number), "the confirmation names the order");
    number
}

async fn from_the_mail_to_cancelled(visit: &Visit, number: &str) {
    visit.until("the mail about the order", async || visit.store.order_link_in_mail(number).is_some()).await;
    let link = visit.store.order_link_in_mail(number).expect("it was there a moment ago");
    visit.go(&link).await;
    assert!(visit.words("h1").await.contains(number));
    visit.press(".order-actions .fold summary").await;
    visit.press(".order-actions form[action$='/cancel'] button").await;
    visit.arrive(&format!("{link}?cancelled")).await;
    assert_eq!(
        visit.count(".order-actions form[action$='/cancel']").await,
        0,
        "a cancelled order is not cancelled twice"
    );
}
