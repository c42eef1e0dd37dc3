//! What a guest can do with an order.

use crate::driver::PHONE;
use crate::journey::{PLAIN_PRODUCT, add_to_basket, buy};
use crate::visit::{Visitor, visit};

#[tokio::test]
async fn a_guest_withdraws_in_two_steps_and_gets_a_receipt() {
    visit(Visitor { screen: PHONE, with_script: false }, |visit| async move {
        visit.go(&format!("/de{PLAIN_PRODUCT}")).await;
        add_to_basket(&visit).await;
        let number = buy(&visit, "10115").await;
        let mails = async || visit.store.mails_about(&number);
        visit.until("the mail about the order", async || mails().await == 1).await;
        visit.press(".order-actions a[href$='/withdraw']").await;
        visit.until("the statement", async || visit.path().await.ends_with("/withdraw")).await;
        assert_eq!(visit.value("#email").await, "ann@example.org", "nothing is asked for twice");
        visit.press("form[action$='/withdraw'] button[type=submit]").await;
        visit.see("main [role=status]").await;
        assert!(visit.words("main").await.contains(&number));
        visit.until("the receipt", async || mails().await == 2).await;
    })
    .await;
}

#[tokio::test]
async fn a_withdrawal_without_a_name_says_what_is_missing() {
    visit(Visitor { screen: PHONE, with_script: true }, |visit| async move {
        visit.go(PLAIN_PRODUCT).await;
        add_to_basket(&visit).await;
        buy(&visit, "SW1A 1AA").await;
        visit.press(".order-actions a[href$='/withdraw']").await;
        visit.fill("#name", "").await;
        visit.press("form[action$='/withdraw'] button[type=submit]").await;
        visit.see(".errors").await;
        assert_eq!(
            visit.look("return document.activeElement.className").await,
            "errors",
            "the focus is on the mistakes"
        );
        assert_eq!(visit.value("#email").await, "ann@example.org", "what was typed stays");
    })
    .await;
}
