//! What offers and vouchers did to a basket, in words, and the form for a voucher's code.

use super::Storefront;
use super::basket::{VoucherTyped, show_visit, visit_and_fields};
use super::respond::{coded, see_other};
use super::visit::put_cookies;
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::NameValue;
use crate::view::basket::VoucherView;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use commerce::basket::Basket;
use commerce::checkout::{LineDiscount, SoldDiscount};
use commerce::ids::OfferId;
use commerce::money::Money;
use commerce::offer::{Application, Decisions, Effect, Need, Taken, Upsell};
use commerce::voucher::{BASKET_VOUCHERS_MAX, VOUCHER_CODE_CHARS_MAX, VoucherCode, VoucherRefusal};
use http::StatusCode;
use http::header::HeaderMap;
use shop::basket::PriceError;
use shop::offered::{Offered, VoucherProblem};

/// Offers that are nearly reached and told.
const UPSELLS_SHOWN_MAX: usize = 3;

/// `−£2.00`.
pub(super) fn less(amount: Money, locale: &PageLocale) -> String {
    format!("−{}", locale.money(amount))
}

fn name_of(offered: &Offered, application: &Application, locale: &PageLocale) -> String {
    let name = offered.offer(application.offer).map_or("", |offer| locale.pick(offer.name()));
    with_code(name, application.voucher.as_ref(), locale)
}

/// The offer's name, with the voucher that it came by.
fn with_code(name: &str, code: Option<&VoucherCode>, locale: &PageLocale) -> String {
    match code {
        Some(code) => {
            let arguments = [("offer", Arg::Text(name)), ("code", Arg::Text(code.as_str()))];
            locale.text_with("say-discount-by-voucher", &arguments)
        }
        None => name.to_owned(),
    }
}

/// A row for every offer that took something off goods, or off delivery, in the order in which they applied.
pub(super) fn discount_rows(
    offered: &Offered,
    decisions: &Decisions,
    effect: Effect,
    locale: &PageLocale,
) -> Vec<NameValue> {
    let of_effect = decisions.applications.iter().filter(|application| application.effect == effect);
    let took = of_effect.filter(|application| !application.discount.is_zero());
    took.map(|application| NameValue {
        name: name_of(offered, application, locale),
        value: less(application.discount, locale),
    })
    .collect()
}

/// The same for an order as it was sold.
pub(super) fn sold_discount_rows(discounts: &[SoldDiscount], effect: Effect, locale: &PageLocale) -> Vec<NameValue> {
    let took = discounts.iter().filter(|discount| discount.effect == effect && !discount.amount.is_zero());
    took.map(|discount| NameValue {
        name: with_code(&discount.name, discount.voucher.as_ref().map(|(_, code)| code), locale),
        value: less(discount.amount, locale),
    })
    .collect()
}

/// What was taken off the line at this place, by offer.
pub(super) fn line_discounts(offered: &Offered, place: usize, locale: &PageLocale) -> Vec<NameValue> {
    let of_line = offered.decisions.taken.iter().filter(|taken| taken.line == place && !taken.amount.is_zero());
    let named = |taken: &Taken| NameValue {
        name: offered.offer(taken.offer).map_or("", |offer| locale.pick(offer.name())).to_owned(),
        value: less(taken.amount, locale),
    };
    of_line.map(named).collect()
}

/// The same for a line as it was sold.
pub(super) fn sold_line_discounts(
    taken: &[LineDiscount],
    discounts: &[SoldDiscount],
    locale: &PageLocale,
) -> Vec<NameValue> {
    let name = |taken: &LineDiscount| discounts.iter().find(|discount| discount.offer == taken.offer);
    let named = |taken: &LineDiscount| NameValue {
        name: name(taken).map(|discount| discount.name.clone()).unwrap_or_default(),
        value: less(taken.amount, locale),
    };
    taken.iter().map(named).collect()
}

/// What is missing for offers that the basket has begun to meet.
pub(super) fn upsells(offered: &Offered, locale: &PageLocale) -> Vec<String> {
    let begun = offered.decisions.upsells.iter().filter(|upsell| upsell.begun);
    begun.filter_map(|upsell| upsell_words(offered, upsell, locale)).take(UPSELLS_SHOWN_MAX).collect()
}

fn upsell_words(offered: &Offered, upsell: &Upsell, locale: &PageLocale) -> Option<String> {
    let offer = locale.pick(offered.offer(upsell.offer)?.name());
    let range = offered.rules().range(upsell.range).map_or("", |range| locale.pick(&range.name));
    let say = |key: &str, missing: Arg| {
        let arguments = [("missing", missing), ("range", Arg::Text(range)), ("offer", Arg::Text(offer))];
        locale.text_with(key, &arguments)
    };
    Some(match upsell.missing {
        Need::Units(units) => say("say-upsell-units", Arg::Number(i64::from(units.get()))),
        Need::Products(products) => say("say-upsell-products", Arg::Number(i64::from(products.get()))),
        Need::Amount(amount) => say("say-upsell-amount", Arg::Text(&locale.money(amount))),
    })
}

/// What follows the order, if it is placed like this.
pub(super) fn actions(decisions: &Decisions, locale: &PageLocale) -> Vec<String> {
    let texts = decisions.actions.iter().map(|due| locale.pick(&due.text).to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

/// The vouchers in a basket, with what is wrong with those that give nothing.
pub(super) fn vouchers(offered: &Offered, locale: &PageLocale) -> Vec<VoucherView> {
    let view = |(code, problem): (&VoucherCode, Option<VoucherProblem>)| VoucherView {
        code: code.to_string(),
        problem: problem.map(|problem| problem_words(problem, code.as_str(), locale)).unwrap_or_default(),
    };
    offered.vouchers().into_iter().map(view).collect()
}

/// Why a voucher gives nothing, and what to do.
fn problem_words(problem: VoucherProblem, code: &str, locale: &PageLocale) -> String {
    let say = |key: &str| locale.text_with(key, &[("code", Arg::Text(code))]);
    let say_when = |key: &str, moment| {
        let date = locale.date(moment);
        locale.text_with(key, &[("code", Arg::Text(code)), ("date", Arg::Text(&date))])
    };
    match problem {
        VoucherProblem::Unknown => say("say-voucher-unknown"),
        VoucherProblem::Refused(refusal) => match refusal {
            VoucherRefusal::NotYet { start } => say_when("say-voucher-not-yet", start),
            VoucherRefusal::Expired { end } => say_when("say-voucher-expired", end),
            VoucherRefusal::UsedUp => say("say-voucher-used-up"),
            VoucherRefusal::SignInNeeded => say("say-voucher-sign-in"),
            VoucherRefusal::AlreadyUsedByYou => say("say-voucher-used-by-you"),
            VoucherRefusal::AlreadyInBasket => say("say-voucher-there"),
            VoucherRefusal::BasketFull => {
                let most = Arg::Number(i64::try_from(BASKET_VOUCHERS_MAX).unwrap_or(i64::MAX));
                locale.text_with("say-voucher-full", &[("max", most)])
            }
            VoucherRefusal::NotForTheseGoods => say("say-voucher-other-goods"),
            VoucherRefusal::NothingMore => say("say-voucher-nothing-more"),
        },
    }
}

/// `POST /basket/voucher`: puts a voucher into the basket, if it gives something.
pub(super) async fn enter_voucher(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (mut visit, fields) = match visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let page = storefront.locale(visit.locale);
    let typed: String = fields.get("code").trim().chars().take(VOUCHER_CODE_CHARS_MAX).collect();
    let Ok(code) = VoucherCode::parse(&typed) else {
        let key = if typed.is_empty() { "say-voucher-missing" } else { "say-voucher-unknown" };
        let error = page.text_with(key, &[("code", Arg::Text(&typed))]);
        return refused(&storefront, visit, VoucherTyped { typed, error }, &headers).await;
    };
    let buyer = storefront.draft(&headers).buyer();
    let view = storefront.look().await.view;
    let tried = storefront.shop().try_voucher(&view, &visit.basket, visit.locale, &code, buyer.known()).await;
    match tried {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => {
            let error = problem_words(problem, code.as_str(), page);
            return refused(&storefront, visit, VoucherTyped { typed, error }, &headers).await;
        }
        Err(error) => return storefront.not_priced(visit.locale, &error).await,
    }
    let enter = |basket: &mut Basket| Ok::<_, shop::DbError>(basket.add_voucher(code.clone()));
    let entered = storefront.change_basket(&mut visit, enter).await;
    back_to_basket(&storefront, visit, entered.map(|_| ())).await
}

async fn refused(
    storefront: &Storefront,
    visit: super::visit::Visit,
    typed: VoucherTyped,
    headers: &HeaderMap,
) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    coded(show_visit(storefront, visit, Vec::new(), typed, status, headers).await, "voucher")
}

/// `POST /basket/voucher/remove`: takes a voucher out.
pub(super) async fn remove_voucher(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (mut visit, fields) = match super::basket::unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    // A code that is none is not in the basket either.
    let Ok(code) = VoucherCode::parse(fields.get("code")) else { return see_other("/basket") };
    let remove = |basket: &mut Basket| Ok::<_, shop::DbError>(basket.remove_voucher(&code));
    let removed = storefront.change_basket(&mut visit, remove).await;
    back_to_basket(&storefront, visit, removed.map(|_| ())).await
}

async fn back_to_basket(
    storefront: &Storefront,
    visit: super::visit::Visit,
    changed: Result<(), shop::DbError>,
) -> Response {
    match changed {
        Ok(()) => {
            let mut response = see_other("/basket");
            put_cookies(response.headers_mut(), storefront.visit_cookies(&visit));
            response
        }
        Err(error) => storefront.unavailable(visit.locale, &error).await,
    }
}

/// `POST /basket/offer`: opens an offer that a link leads to.
pub(super) async fn open_offer(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (mut visit, fields) = match super::basket::unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    super::basket::take_locale(&storefront, &mut visit, &fields);
    // One that is none, or over, gives nothing wherever it stands.
    let Ok(offer) = OfferId::parse(fields.get("offer")) else { return see_other("/basket") };
    let open = |basket: &mut Basket| {
        basket.open_offer(offer);
        Ok::<_, shop::DbError>(())
    };
    let opened = storefront.change_basket(&mut visit, open).await;
    back_to_basket(&storefront, visit, opened).await
}

impl Storefront {
    /// The page for a basket that cannot be priced.
    pub(super) async fn not_priced(&self, locale: commerce::market::Locale, error: &PriceError) -> Response {
        match error {
            PriceError::Db(_) | PriceError::Rules(_) => self.unavailable(locale, error).await,
            _ => self.fault(locale, error).await,
        }
    }
}
