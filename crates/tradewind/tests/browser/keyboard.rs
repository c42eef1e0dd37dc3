//! Buying with the keyboard alone: Tab, Enter, Space, arrows; the focus can always be seen.

use crate::driver::DESKTOP;
use crate::journey::{PRODUCT_WITH_VARIANTS, confirmed};
use crate::visit::{Visit, Visitor, visit};
use fantoccini::key::Key;

#[tokio::test]
async fn the_keyboard_alone_buys_with_script() {
    visit(Visitor { screen: DESKTOP, with_script: true }, by_keyboard).await;
}

#[tokio::test]
async fn the_keyboard_alone_buys_without_script() {
    visit(Visitor { screen: DESKTOP, with_script: false }, by_keyboard).await;
}

async fn by_keyboard(visit: Visit) {
    visit.go("/").await;
    visit.strike(Key::Tab).await;
    visit.tab_to(".skip").await;
    visit.strike(Key::Enter).await;
    follow(&visit, &format!(".card a[href='{PRODUCT_WITH_VARIANTS}']"), PRODUCT_WITH_VARIANTS).await;
    visit.tab_to(".pill input").await;
    let before = visit.look("return new FormData(document.querySelector('[data-buy]')).get('product')").await;
    visit.strike(Key::Right).await;
    let after = visit.look("return new FormData(document.querySelector('[data-buy]')).get('product')").await;
    assert_ne!(before, after, "an arrow chooses the next variant");
    visit.tab_to("button.add").await;
    visit.strike(Key::Space).await;
    visit.see(".added").await;
    follow(&visit, ".added a[href='/basket']", "/basket").await;
    follow(&visit, "main a[href='/checkout']", "/checkout").await;
    for (field, value) in [
        ("#email", "ann@example.org"),
        ("#name", "Ann Larsson"),
        ("#line1", "1 Quay Street"),
        ("#postcode", "SW1A 1AA"),
        ("#city", "Porthaven"),
    ] {
        visit.tab_to(field).await;
        visit.type_text(value).await;
    }
    visit.strike(Key::Enter).await;
    visit.arrive("/checkout/delivery").await;
    visit.tab_to("input[name=method]").await;
    visit.strike(Key::Down).await;
    follow(&visit, "form[action='/checkout/delivery'] button[type=submit]", "/checkout/review").await;
    visit.tab_to("button.pay").await;
    visit.strike(Key::Enter).await;
    visit.see("button[value=approve]").await;
    visit.tab_to("button[value=approve]").await;
    visit.strike(Key::Enter).await;
    confirmed(&visit).await;
}

/// Goes to a link or button and on to the page behind it.
async fn follow(visit: &Visit, css: &str, page: &str) {
    visit.tab_to(css).await;
    visit.strike(Key::Enter).await;
    visit.arrive(page).await;
}
