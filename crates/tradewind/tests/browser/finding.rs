//! Looking for things: suggestions, results, more of a list, and the way back.

use crate::driver::PHONE;
use crate::journey::{WITH_SCRIPT, filter_by_first_value};
use crate::visit::{Visitor, visit};
use fantoccini::key::Key;

#[tokio::test]
async fn suggestions_are_chosen_with_the_arrows() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go("/").await;
        visit.tab_to("#q").await;
        visit.type_text("night").await;
        visit.see("#suggestions [role=option]").await;
        visit.strike(Key::Down).await;
        let marked = "return document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))\
                      ?.getAttribute('aria-selected')";
        assert_eq!(visit.look(marked).await, "true", "the marked row is named to screen readers");
        visit.strike(Key::Escape).await;
        visit.until("the list to close", async || !visit.sees("#suggestions").await).await;
        visit.type_text(" w").await;
        visit.see("#suggestions [role=option]").await;
        // Words come first, products last.
        visit.strike(Key::Up).await;
        visit.strike(Key::Enter).await;
        visit.until("a page that was suggested", async || !visit.path().await.eq("/")).await;
        assert!(!visit.path().await.starts_with("/search"), "{}", visit.path().await);
    })
    .await;
}

#[tokio::test]
async fn enter_searches_for_what_was_typed_and_forgives() {
    visit(Visitor { screen: PHONE, with_script: false }, |visit| async move {
        visit.go("/").await;
        visit.fill("#q", "bambo wisk").await;
        visit.strike(Key::Enter).await;
        visit.arrive("/search?q=").await;
        assert_eq!(visit.value("#q").await, "bambo wisk", "the words stay in the field");
        visit.see(".card a[href='/product/bamboo-whisk-hundred-tines']").await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_result_helps_on() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go("/search?q=zzxxyq").await;
        assert!(visit.words("main").await.contains("zzxxyq"));
        assert!(visit.count(".tile a").await > 0 && visit.count(".card").await > 0);
    })
    .await;
}

#[tokio::test]
async fn back_finds_the_filtered_list_as_it_was_left() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go("/category/tea").await;
        filter_by_first_value(&visit).await;
        let (list, cards) = (visit.path().await, visit.count(".results .card").await);
        visit.press(".results .card h3 a").await;
        visit.arrive("/product/").await;
        visit.driver.client.back().await.expect("there is a page before");
        visit.arrive(&list).await;
        assert_eq!(visit.count(".results .card").await, cards);
        visit.press(".chips .clear").await;
        visit.until("the whole list", async || !visit.path().await.contains("f=")).await;
    })
    .await;
}

#[tokio::test]
async fn more_products_are_there_again_after_back() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go("/category/tea").await;
        // The driver may say that a page is there before anything of it is.
        visit.arrive("/category/tea").await;
        visit.until("products", async || visit.count(".results .card").await > 0).await;
        let first = visit.count(".results .card").await;
        visit.press("[data-more]").await;
        visit.until("more products", async || visit.count(".results .card").await > first).await;
        let more = visit.count(".results .card").await;
        visit.press(".results .card:last-child h3 a").await;
        visit.arrive("/product/").await;
        visit.driver.client.back().await.expect("there is a page before");
        visit.until("as many products", async || visit.count(".results .card").await == more).await;
        visit.until("the same spot", async || visit.look("return scrollY > innerHeight").await == true).await;
    })
    .await;
}
