//! Paying, and what goes wrong with it: declined, asked again, pressed twice, gone back from, reloaded.

use crate::driver::PHONE;
use crate::journey::{PLAIN_PRODUCT, WITH_SCRIPT, add_to_basket, buy, confirmed, to_payment_site, to_review};
use crate::visit::{Visit, Visitor, visit};

const POSTCODE: &str = "SW1A 1AA";
const WITHOUT_SCRIPT: Visitor = Visitor { screen: PHONE, with_script: false };

async fn fill_basket(visit: &Visit) {
    visit.go(PLAIN_PRODUCT).await;
    add_to_basket(visit).await;
}

#[tokio::test]
async fn a_declined_payment_keeps_everything_and_can_be_tried_again() {
    visit(WITHOUT_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        to_payment_site(&visit, POSTCODE).await;
        visit.press("button[value=decline]").await;
        visit.arrive("/checkout/review").await;
        assert!(visit.sees(".notice, .errors").await, "a person is told what happened");
        visit.press("button.pay").await;
        visit.press("button[value=approve]").await;
        confirmed(&visit).await;
        assert_eq!(visit.store.orders(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_bank_may_ask_who_it_is() {
    visit(WITHOUT_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        to_payment_site(&visit, POSTCODE).await;
        visit.press("button[value=three_d_secure]").await;
        visit.until("the bank's question", async || visit.count("button[value=three_d_secure]").await == 0).await;
        visit.press("button[value=approve]").await;
        confirmed(&visit).await;
    })
    .await;
}

#[tokio::test]
async fn giving_up_at_the_payment_site_leads_back_with_everything_kept() {
    visit(WITHOUT_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        to_payment_site(&visit, POSTCODE).await;
        visit.press("button[value=cancel]").await;
        visit.arrive("/checkout/review").await;
        visit.press("button.pay").await;
        visit.press("button[value=approve]").await;
        confirmed(&visit).await;
        assert_eq!(visit.store.orders(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_takes_time_is_waited_for_by_the_page_itself() {
    visit(WITH_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        to_payment_site(&visit, POSTCODE).await;
        visit.press("details summary").await;
        visit.press("button[value=late]").await;
        visit.arrive("/pay/return/").await;
        visit.see(".state-mark.pending").await;
        confirmed(&visit).await;
    })
    .await;
}

#[tokio::test]
async fn pressing_pay_twice_makes_one_order() {
    for visitor in [WITH_SCRIPT, WITHOUT_SCRIPT] {
        visit(visitor, |visit| async move {
            fill_basket(&visit).await;
            to_review(&visit, POSTCODE).await;
            // Two presses before the first can be answered.
            visit.look("const pay = document.querySelector('button.pay'); pay.click(); pay.click()").await;
            visit.press("button[value=approve]").await;
            confirmed(&visit).await;
            assert_eq!(visit.store.orders(), 1);
        })
        .await;
    }
}

#[tokio::test]
async fn back_after_paying_and_pay_again_makes_one_order() {
    visit(WITH_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        let number = buy(&visit, POSTCODE).await;
        let confirmation = visit.path().await;
        for _ in 0..3 {
            visit.driver.client.back().await.expect("there is a page before");
            if visit.path().await.starts_with("/checkout/review") && visit.sees("button.pay").await {
                visit.press("button.pay").await;
                visit.until("an answer to the second Pay", async || !visit.sees("button.pay").await).await;
            }
        }
        assert_eq!(visit.store.orders(), 1, "one basket was bought");
        visit.go(&confirmation).await;
        assert!(visit.words("main").await.contains(&number));
    })
    .await;
}

#[tokio::test]
async fn the_basket_is_empty_after_paying_and_the_confirmation_can_be_loaded_again() {
    visit(WITH_SCRIPT, |visit| async move {
        fill_basket(&visit).await;
        let number = buy(&visit, POSTCODE).await;
        assert_eq!(visit.words("[data-count]").await, "", "the count in the header is gone");
        for _ in 0..2 {
            visit.driver.client.refresh().await.expect("the confirmation can be loaded again");
            assert!(visit.words("main").await.contains(&number));
        }
        assert_eq!(visit.store.orders(), 1);
        visit.go("/basket").await;
        assert_eq!(visit.count(".line").await, 0);
    })
    .await;
}
