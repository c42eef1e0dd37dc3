//! Coming back from a payment page, and webhooks. Neither is believed: both only wake.

use super::Storefront;
use super::draft::Draft;
use super::forms::read_body;
use super::respond::{coded, error_page, own, see_other};
use super::visit::{Visit, put_cookies};
use crate::locale::PageLocale;
use crate::view::checkout::PaymentView;
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use commerce::basket::Basket;
use commerce::ids::{CheckoutId, OrderId};
use commerce::payment::PaymentState;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use shop::payment::{CheckoutState, SettleError, WebhookError, WebhookRefused};

/// After so many seconds a page that waits for a payment looks again by itself.
const LOOK_AGAIN_SECONDS: u32 = 4;
/// The review, which says that nothing was charged.
const CANCELLED: &str = "/checkout/review?cancelled=1";

/// `GET /pay/return/{checkout}`: asks the gateway how the payment stands and shows what that means.
pub(super) async fn come_back(
    State(storefront): State<Storefront>,
    Path(checkout): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Ok(id) = CheckoutId::parse(&checkout) else {
        return own(error_page(&storefront, StatusCode::NOT_FOUND, "not_found").await);
    };
    let back = Back { id, draft: storefront.draft(&headers), headers };
    let mut settled = storefront.shop().settle(id).await;
    if matches!(settled, Ok(CheckoutState::Unknown)) {
        return own(error_page(&storefront, StatusCode::NOT_FOUND, "not_found").await);
    }
    // Anybody else who knows the checkout's id is told nothing: the link is in the mail.
    if !back.draft.is_of(id) {
        return back.page(&storefront, "elsewhere", "/").await;
    }
    // Whoever gave up at the gateway buys something else, or nothing: that page must not be paid any more.
    let gave_up = uri.query().is_some_and(|query| query.contains("cancelled=1"));
    if gave_up && matches!(settled, Ok(CheckoutState::Waiting { .. })) {
        settled = storefront.shop().abandon(id).await.map_err(SettleError::from);
        if matches!(settled, Ok(CheckoutState::Waiting { .. } | CheckoutState::Failed { .. })) {
            return back.back_to_review(&storefront, CANCELLED);
        }
    }
    back.show(&storefront, settled).await
}

/// A visitor back from paying for a checkout of theirs.
struct Back {
    id: CheckoutId,
    draft: Draft,
    headers: HeaderMap,
}

impl Back {
    async fn show(self, storefront: &Storefront, settled: Result<CheckoutState, SettleError>) -> Response {
        match settled {
            Ok(CheckoutState::Placed(order)) => self.placed(storefront, order).await,
            Ok(CheckoutState::Failed { state: PaymentState::Declined, .. }) => {
                self.back_to_review(storefront, "/checkout/review?declined=1")
            }
            // By the shopper, or for them.
            Ok(CheckoutState::Failed { state: PaymentState::Cancelled, .. }) => {
                self.back_to_review(storefront, CANCELLED)
            }
            Ok(CheckoutState::Failed { .. }) => self.page(storefront, "expired", "/checkout/review").await,
            Ok(CheckoutState::GivenBack) => self.page(storefront, "given-back", "/basket").await,
            Ok(CheckoutState::InReview) => self.page(storefront, "review", "/").await,
            Ok(CheckoutState::Unknown) => self.waiting(storefront, None).await,
            Ok(CheckoutState::Waiting { next_url }) => self.waiting(storefront, next_url).await,
            Err(error) => {
                tracing::warn!(%error, checkout = %self.id, "a payment could not be asked about on return");
                self.waiting(storefront, None).await
            }
        }
    }

    /// Back to the review, which is to find out that this press has come to an end: the answer to it may be lost.
    fn back_to_review(mut self, storefront: &Storefront, path: &str) -> Response {
        let mut response = see_other(path);
        if self.draft.is_current(self.id) {
            self.draft.pressed = true;
            put_cookies(response.headers_mut(), vec![storefront.keep_draft(&self.draft)]);
        }
        response
    }

    /// The order's page; the bought lines are taken out of the basket, once.
    async fn placed(mut self, storefront: &Storefront, order: OrderId) -> Response {
        let token = match storefront.shop().find_order_link(order).await {
            Ok(Some(token)) => token,
            // The link was taken away meanwhile.
            Ok(None) => return self.waiting(storefront, None).await,
            Err(error) => {
                tracing::warn!(%error, checkout = %self.id, "an order's link could not be asked for");
                return self.waiting(storefront, None).await;
            }
        };
        let mut response = see_other(&format!("/order/{token}?new=1"));
        if self.draft.has_bought(self.id) {
            return response;
        }
        match self.take_out(storefront).await {
            Ok(cookies) => put_cookies(response.headers_mut(), cookies),
            Err(error) => tracing::warn!(%error, "the bought lines stay in the basket"),
        }
        response
    }

    async fn take_out(&mut self, storefront: &Storefront) -> Result<Vec<HeaderValue>, shop::DbError> {
        let mut visit = storefront.unread_visit(&self.headers);
        storefront.take_out(self.id, &mut visit, &mut self.draft).await?;
        let mut cookies = storefront.visit_cookies(&visit);
        cookies.push(storefront.keep_draft(&self.draft));
        Ok(cookies)
    }

    /// The gateway's answer is waited for; whoever has not paid yet finds the way back to its page.
    async fn waiting(&self, storefront: &Storefront, next_url: Option<String>) -> Response {
        let url = format!("/pay/return/{}", self.id);
        let pay_url = next_url.filter(|url| url.starts_with("https://")).unwrap_or_default();
        let again_seconds = LOOK_AGAIN_SECONDS;
        let view = PaymentView { state: "pending", url, pay_url, again_seconds, ..PaymentView::default() };
        self.show_view(storefront, view).await
    }

    async fn page(&self, storefront: &Storefront, state: &'static str, url: &str) -> Response {
        self.show_view(storefront, PaymentView { state, url: url.to_owned(), ..PaymentView::default() }).await
    }

    async fn show_view(&self, storefront: &Storefront, view: PaymentView) -> Response {
        let locale = storefront.cookie_locale(&self.headers);
        let page = storefront.locale(locale);
        let view = PaymentView { amount: self.amount(storefront, page).await, ..view };
        let meta = PageMeta::own(page.text(&format!("payment-{}-title", view.state)));
        let mut response = storefront.own_page(locale, &meta, &view, StatusCode::OK, &self.headers).await;
        if self.draft.is_current(self.id) && !self.draft.pressed {
            let mut draft = self.draft.clone();
            draft.pressed = true;
            put_cookies(response.headers_mut(), vec![storefront.keep_draft(&draft)]);
        }
        response
    }

    /// What this visitor's checkout costs, in words.
    async fn amount(&self, storefront: &Storefront, page: &PageLocale) -> String {
        let total = match self.draft.is_of(self.id) {
            true => storefront.shop().checkout_to_pay(self.id).await.ok().flatten(),
            false => None,
        };
        total.map_or_else(|| "–".to_owned(), |total| page.money(total))
    }
}

impl Storefront {
    /// Presses of a visitor that became orders without their browser being told: the page was closed, and a webhook or
    /// the sweep placed the order. Asks nobody where Pay was not pressed.
    pub(super) async fn placed_presses(&self, draft: &Draft) -> Vec<CheckoutId> {
        let mut placed = Vec::new();
        for id in draft.open_presses() {
            match self.shop().checkout_state(id).await {
                Ok(CheckoutState::Placed(_)) => placed.push(id),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, checkout = %id, "how a checkout stands could not be read");
                    break;
                }
            }
        }
        placed
    }

    /// Takes what was bought with a press out of the basket; what was added since stays.
    pub(super) async fn take_out(
        &self,
        id: CheckoutId,
        visit: &mut Visit,
        draft: &mut Draft,
    ) -> Result<(), shop::DbError> {
        let (bought, used) = self.shop().bought(OrderId::new(id.uuid())).await?;
        let take = |basket: &mut Basket| {
            basket.take_out(&bought, &used);
            Ok::<_, shop::DbError>(())
        };
        self.change_basket(visit, take).await?;
        draft.note_bought(id);
        Ok(())
    }
}

/// `POST /pay/return/{checkout}`: some gateways come back by a form, which arrives without our cookie. Changes
/// nothing, and asks the browser to come again by GET, with it.
pub(super) async fn come_back_by_post(State(storefront): State<Storefront>, Path(checkout): Path<String>) -> Response {
    match CheckoutId::parse(&checkout) {
        Ok(id) => see_other(&format!("/pay/return/{id}")),
        Err(_) => own(error_page(&storefront, StatusCode::NOT_FOUND, "not_found").await),
    }
}

/// `POST /webhooks/{gateway}`: a gateway says that something happened.
pub(super) async fn webhook(
    State(storefront): State<Storefront>,
    Path(gateway): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(error) => return refused(error.status(), "body", "not read"),
    };
    match storefront.shop().webhook(&gateway, &headers, &body).await {
        Ok(()) => plain(StatusCode::OK, "ok"),
        Err(WebhookRefused::NoGateway) => refused(StatusCode::NOT_FOUND, "no_gateway", "no such gateway"),
        Err(WebhookRefused::Webhook(WebhookError::NoneExpected)) => {
            refused(StatusCode::NOT_FOUND, "no_gateway", "no webhooks are expected")
        }
        Err(WebhookRefused::Webhook(error @ WebhookError::Unreachable(_))) => {
            tracing::warn!(%error, gateway, "a webhook could not be checked");
            refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "try again")
        }
        Err(WebhookRefused::Webhook(error)) => {
            tracing::info!(%error, "a webhook was refused");
            refused(StatusCode::BAD_REQUEST, "not_genuine", "not genuine")
        }
        Err(WebhookRefused::Settle(error)) => {
            tracing::warn!(%error, gateway, "a webhook could not be acted on");
            refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "try again")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    own(response)
}

fn refused(status: StatusCode, code: &'static str, text: &'static str) -> Response {
    coded(plain(status, text), code)
}
