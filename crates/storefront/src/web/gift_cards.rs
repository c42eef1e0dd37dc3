//! Gift cards and store credit at the checkout: the form for a code, what each card pays, and why one does not.

use super::Storefront;
use super::basket::visit_and_fields;
use super::checkout::{AtCheckout, review_page};
use super::respond::{coded, see_other};
use super::visit::put_cookies;
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::NameValue;
use crate::view::checkout::CardView;
use crate::view::form::{Field, FormError};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use commerce::gift_card::{
    GIFT_CARDS_PER_CHECKOUT_MAX, GiftCardCode, GiftCardKind, GiftCardRefusal, InvalidGiftCardCode, Tender,
};
use http::StatusCode;
use http::header::HeaderMap;
use shop::gift_cards::PaidByCards;

/// Characters of a code that are looked at: sixteen signs, and whatever people put between them.
const TYPED_CHARS_MAX: usize = 64;

/// A code that was typed and not taken, and why.
#[derive(Default)]
pub(super) struct CardTyped {
    pub(super) typed: String,
    pub(super) error: String,
}

impl CardTyped {
    pub(super) fn field(&self) -> Field {
        Field::of(&self.typed).with_error(&self.error)
    }

    /// The entry of the summary above the page.
    pub(super) fn summed_up(&self) -> Option<FormError> {
        let text = self.error.clone();
        (!text.is_empty()).then(|| FormError { field: "card".to_owned(), text })
    }
}

/// What such a card is called as a means of payment.
pub(super) fn means(kind: GiftCardKind, locale: &PageLocale) -> String {
    locale.text(match kind {
        GiftCardKind::GiftCard => "say-paid-by-card",
        GiftCardKind::Credit => "say-paid-by-credit",
    })
}

/// `Gift card ••••1234`.
fn name(kind: GiftCardKind, last_four: &str, locale: &PageLocale) -> String {
    let key = match kind {
        GiftCardKind::GiftCard => "say-card-named",
        GiftCardKind::Credit => "say-credit-named",
    };
    locale.text_with(key, &[("last", Arg::Text(last_four))])
}

/// What each card pays, for the figures under the total.
pub(super) fn tender_rows(tenders: &[Tender], locale: &PageLocale) -> Vec<NameValue> {
    let row = |tender: &Tender| NameValue {
        name: name(tender.kind, &tender.last_four, locale),
        value: format!("−{}", locale.money(tender.amount)),
    };
    tenders.iter().map(row).collect()
}

/// The codes that were typed, each with what it pays or why it does not.
pub(super) fn views(paid: &PaidByCards, locale: &PageLocale) -> Vec<CardView> {
    let view = |(place, typed): (usize, &shop::gift_cards::TypedCard)| {
        let tender = paid.tenders.iter().find(|tender| tender.last_four == typed.last_four);
        let kind = tender.map_or(GiftCardKind::GiftCard, |tender| tender.kind);
        let (pays, problem) = match typed.outcome {
            Ok(pays) if pays.is_zero() => (String::new(), locale.text("say-card-not-needed")),
            Ok(pays) => (format!("−{}", locale.money(pays)), String::new()),
            Err(refusal) => (String::new(), refusal_words(refusal, locale)),
        };
        let (name, last_four) = (name(kind, &typed.last_four, locale), typed.last_four.clone());
        CardView { place, last_four, name, pays, problem }
    };
    paid.typed.iter().enumerate().map(view).collect()
}

/// Why a card does not pay, and what to do.
fn refusal_words(refusal: GiftCardRefusal, locale: &PageLocale) -> String {
    match refusal {
        GiftCardRefusal::Unknown => locale.text("say-card-unknown"),
        GiftCardRefusal::UsedUp => locale.text("say-card-used-up"),
        GiftCardRefusal::Expired { end } => {
            // It pays until the moment before.
            let date = locale.date(end.plus_ms(-1));
            locale.text_with("say-card-expired", &[("date", Arg::Text(&date))])
        }
        GiftCardRefusal::Blocked => locale.text("say-card-blocked"),
        GiftCardRefusal::OtherCurrency(currency) => {
            let arguments =
                [("currency", Arg::Text(currency.code())), ("here", Arg::Text(locale.market.currency.code()))];
            locale.text_with("say-card-currency", &arguments)
        }
        GiftCardRefusal::AlreadyThere => locale.text("say-card-there"),
        GiftCardRefusal::TooMany => {
            let most = Arg::Number(i64::try_from(GIFT_CARDS_PER_CHECKOUT_MAX).unwrap_or(i64::MAX));
            locale.text_with("say-card-full", &[("max", most)])
        }
        GiftCardRefusal::NothingToPay => locale.text("say-card-nothing-to-pay"),
    }
}

/// `POST /checkout/card`: takes a gift card's code, if the card pays something.
pub(super) async fn enter_card(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (visit, fields) = match visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mut at = match AtCheckout::with(&storefront, visit, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    if let Some(gap) = at.gap(&storefront) {
        return see_other(gap);
    }
    let page = storefront.locale(at.visit.locale);
    let typed: String = fields.get("card").trim().chars().take(TYPED_CHARS_MAX).collect();
    let code = match GiftCardCode::parse(&typed) {
        Ok(code) => code,
        Err(_) if typed.is_empty() => {
            return refused(&storefront, at, typed, page.text("say-card-missing"), &headers).await;
        }
        Err(InvalidGiftCardCode::Shape) => {
            return refused(&storefront, at, typed, page.text("say-card-shape"), &headers).await;
        }
        Err(InvalidGiftCardCode::Mistyped) => {
            return refused(&storefront, at, typed, page.text("say-card-mistyped"), &headers).await;
        }
    };
    let quote = match at.quote(&storefront).await {
        Ok(quote) => quote,
        Err(response) => return response,
    };
    let (codes, checkout) = (at.draft.codes(), at.draft.buyer().known().checkout);
    match storefront.shop().try_gift_card(&quote, &codes, &code, checkout).await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => {
            return refused(&storefront, at, typed, refusal_words(refusal, page), &headers).await;
        }
        Err(error) => return storefront.unavailable(at.visit.locale, &error).await,
    }
    at.draft.cards.push(code.secret().to_owned());
    if at.draft.is_too_large() {
        return refused(&storefront, at, typed, page.text("say-too-long"), &headers).await;
    }
    let mut response = see_other("/checkout/review");
    put_cookies(response.headers_mut(), vec![storefront.keep_draft(&at.draft)]);
    response
}

async fn refused(
    storefront: &Storefront,
    mut at: AtCheckout,
    typed: String,
    error: String,
    headers: &HeaderMap,
) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let card = CardTyped { typed, error };
    coded(review_page(storefront, &mut at, Vec::new(), Vec::new(), card, status, headers).await, "gift_card")
}

/// `POST /checkout/card/remove`: takes a card out of the checkout.
pub(super) async fn remove_card(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let fields = match visit_and_fields(&storefront, &headers, body).await {
        Ok((_, fields)) => fields,
        Err(response) => return response,
    };
    let mut draft = storefront.draft(&headers);
    let place = fields.get("place").parse::<usize>().ok();
    // The page may be old: only the card that it names.
    let is_it = |code: &GiftCardCode| code.last_four() == fields.get("last");
    if let Some(place) = place
        && draft.codes().get(place).is_some_and(is_it)
    {
        draft.cards.remove(place);
    }
    let mut response = see_other("/checkout/review");
    put_cookies(response.headers_mut(), vec![storefront.keep_draft(&draft)]);
    response
}
