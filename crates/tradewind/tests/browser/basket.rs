//! The basket: what counts once, what is shown before the page is painted, what this browser remembers.

use crate::driver::PHONE;
use crate::journey::{PLAIN_PRODUCT, PRODUCT_WITH_VARIANTS, WITH_SCRIPT, add_to_basket};
use crate::visit::{Visitor, visit};

/// How much of the window may move by itself (Core Web Vitals calls 0.1 good; here nothing should).
const SHIFT_MAX: f64 = 0.01;

#[tokio::test]
async fn pressing_add_twice_counts_once() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go(PLAIN_PRODUCT).await;
        visit.look("const add = document.querySelector('button.add'); add.click(); add.click()").await;
        visit.see("dialog[open] .added").await;
        assert_eq!(visit.words("[data-count]").await, "1");
        visit.go("/basket").await;
        assert_eq!(visit.value(".line input[name=quantity]").await, "1");
    })
    .await;
}

#[tokio::test]
async fn the_count_in_the_header_is_there_at_once_and_moves_nothing() {
    for screen in [PHONE, WITH_SCRIPT.screen] {
        visit(Visitor { screen, ..WITH_SCRIPT }, |visit| async move {
            visit.go(PLAIN_PRODUCT).await;
            add_to_basket(&visit).await;
            for path in ["/", "/category/tea", PRODUCT_WITH_VARIANTS, "/basket"] {
                visit.go(path).await;
                assert_eq!(visit.words("[data-count]").await, "1", "{path}");
                let shift = visit.layout_shift().await;
                assert!(shift < SHIFT_MAX, "{path} moves by {shift}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn closing_the_answer_leads_back_to_where_one_was() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go(PLAIN_PRODUCT).await;
        visit.press("button.add").await;
        visit.press("dialog[open] [data-close]").await;
        visit.until("the dialog to be gone", async || visit.count("dialog[open]").await == 0).await;
        let focus = visit.look("return document.activeElement.classList.contains('add')").await;
        assert_eq!(focus, true, "the focus is on the button again");
    })
    .await;
}

#[tokio::test]
async fn quick_add_on_a_list_fills_the_basket() {
    visit(Visitor { screen: PHONE, with_script: false }, |visit| async move {
        visit.go("/").await;
        visit.press(".quick-add button").await;
        visit.see("main .added").await;
        visit.go("/basket").await;
        assert_eq!(visit.count(".line").await, 1);
    })
    .await;
}

#[tokio::test]
async fn products_seen_before_are_remembered_in_this_browser() {
    visit(WITH_SCRIPT, |visit| async move {
        visit.go(PLAIN_PRODUCT).await;
        visit
            .until("the product to be noted", async || {
                visit.look("return Object.keys(localStorage).some((key) => key.startsWith('tw-seen-'))").await == true
            })
            .await;
        visit.go(PRODUCT_WITH_VARIANTS).await;
        visit.see(&format!("[data-recent] a[href='{PLAIN_PRODUCT}']")).await;
        assert_eq!(visit.count(&format!("[data-recent] a[href='{PRODUCT_WITH_VARIANTS}']")).await, 0);
    })
    .await;
}
