//! Ways of delivery in words: in the basket before anything is filled in, and as choices of the checkout.

use super::Storefront;
use super::basket::unread_visit_and_fields;
use super::checkout::address_lines;
use super::draft::Draft;
use super::respond::see_other;
use super::visit::put_cookies;
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::checkout::DeliveryMethodView;
use crate::view::form::{Choice, FormError};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use commerce::address::{Address, Country};
use commerce::checkout::SoldPoint;
use commerce::delivery::{Destination, NotOffered, PickupPoint};
use commerce::money::Money;
use http::header::HeaderMap;
use jiff::civil::Date;
use shop::basket::PricedBasket;
use shop::checkout::{CheckoutQuote, DeliveryChoice};
use shop::delivery::DeliveryWish;

impl Draft {
    /// How it is to be sent, as far as that is filled in.
    pub(super) fn wish(&self, page: &PageLocale) -> DeliveryWish<'_> {
        let filled = |text| Some(text).filter(|text: &&str| !text.is_empty());
        DeliveryWish { to: self.destination(page), method: filled(&self.method), point: filled(&self.point) }
    }

    /// Where it goes: the address once it is right, until then the country that was chosen.
    fn destination(&self, page: &PageLocale) -> Option<Destination> {
        let country = || Country::parse(&self.delivery.country).ok();
        let of_market = |country: &Country| page.market.countries.contains(country);
        match self.delivery.checked(page) {
            Ok(address) => Some(Destination::from(&address)),
            Err(_) => country().filter(of_market).map(Destination::from),
        }
    }

    /// The point that was sent for a method.
    pub(super) fn take_point(&mut self, fields: &super::forms::Fields) {
        self.point = fields.get(&format!("point-{}", self.method)).chars().take(60).collect();
    }
}

/// `POST /basket/country`: where it would go, so that the basket can tell what delivery costs.
pub(super) async fn take_country(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (visit, fields) = match unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let countries = &storefront.locale(visit.locale).market.countries;
    let mut response = see_other("/basket");
    if let Some(country) = Country::parse(fields.get("country")).ok().filter(|country| countries.contains(country)) {
        let mut draft = storefront.draft(&headers);
        draft.delivery.country = country.to_string();
        put_cookies(response.headers_mut(), vec![storefront.keep_draft(&draft)]);
    }
    response
}

/// What a basket says of delivery before anything is filled in; all of it empty for nothing to send.
#[derive(Default)]
pub(super) struct DeliveryEstimate {
    /// What it costs, among the figures.
    pub(super) cost: String,
    /// When it arrives.
    pub(super) arrives: String,
    /// What is missing for it to be free, or to be sent at all.
    pub(super) hint: String,
    /// Countries to choose from, where the market has several.
    pub(super) countries: Vec<Choice>,
}

/// What a basket says of delivery before the checkout; nothing for goods that are not sent.
pub(super) fn estimate(
    storefront: &Storefront,
    priced: &PricedBasket,
    draft: &Draft,
    page: &PageLocale,
) -> DeliveryEstimate {
    if !priced.requires_shipping() {
        return DeliveryEstimate::default();
    }
    let wish = DeliveryWish { method: None, point: None, ..draft.wish(page) };
    let quote = storefront.shop().checkout_quote(priced.clone(), &wish).ok();
    let chosen = wish.to.map_or(page.market.countries[0], |to| to.country);
    let countries = if page.market.countries.len() > 1 { countries(chosen, page) } else { Vec::new() };
    let later = || page.text("say-delivery-later");
    let Some(choice) = quote.as_ref().and_then(CheckoutQuote::choice) else {
        let hint = quote.and_then(|quote| least_total(&quote, page)).unwrap_or_default();
        return DeliveryEstimate { cost: later(), hint, countries, ..DeliveryEstimate::default() };
    };
    let charge = choice.quote.delivery.map(|charge| charge.shown(choice.quote.shown));
    let cost = match charge {
        Some(charge) if charge.is_zero() => page.text("say-free"),
        Some(charge) => page.text_with("say-delivery-from", &[("amount", Arg::Text(&page.money(charge)))]),
        None => later(),
    };
    let goods = priced.quote.goods.shown(priced.quote.shown);
    let hint = quote
        .as_ref()
        .and_then(|quote| missing_for_free(quote, goods))
        .map(|missing| page.text_with("say-delivery-free-hint", &[("amount", Arg::Text(&page.money(missing)))]));
    DeliveryEstimate { cost, arrives: promise(choice, page), hint: hint.unwrap_or_default(), countries }
}

fn countries(chosen: Country, page: &PageLocale) -> Vec<Choice> {
    let choice = |country: &Country| Choice {
        value: country.code().to_owned(),
        label: page.country(country.code()),
        chosen: *country == chosen,
    };
    page.market.countries.iter().map(choice).collect()
}

/// How much more of goods has one of the ways bring them for nothing; `None` if one does already, or none ever does.
fn missing_for_free(quote: &CheckoutQuote, goods: Money) -> Option<Money> {
    let brought = || quote.choices.iter().filter(|choice| !choice.method.is_pickup());
    if brought().any(|choice| choice.entered.is_zero()) {
        return None;
    }
    let missing = brought().filter_map(|choice| choice.free_from?.minus(goods).ok());
    missing.filter(|missing| missing.minor() > 0).min_by_key(|missing| missing.minor())
}

/// The least that goods must come to for any way to be offered, in words.
fn least_total(quote: &CheckoutQuote, page: &PageLocale) -> Option<String> {
    let least = quote.refused.iter().filter_map(|why| match why {
        NotOffered::TooLittle(least) => Some(*least),
        _ => None,
    });
    let least = page.money(least.min_by_key(|least| least.minor())?);
    Some(page.text_with("say-delivery-least", &[("amount", Arg::Text(&least))]))
}

/// The ways to send it, as the form offers them.
pub(super) fn methods(quote: &CheckoutQuote, draft: &Draft, page: &PageLocale) -> Vec<DeliveryMethodView> {
    let method = |(place, choice): (usize, &DeliveryChoice)| {
        let charge = choice.quote.delivery.map(|charge| charge.shown(choice.quote.shown));
        let is_chosen = quote.chosen == Some(place);
        let has_choice = choice.points.len() > 1;
        let to_choose = |point: &PickupPoint| Choice {
            value: point.code.clone(),
            label: point_words(point, page),
            chosen: choice.point.as_ref().is_some_and(|chosen| chosen.code == point.code),
        };
        let is_missing = is_chosen && draft.method == choice.method.code && choice.method.is_pickup();
        DeliveryMethodView {
            code: choice.method.code.clone(),
            name: page.pick(&choice.method.name).to_owned(),
            arrives: promise(choice, page),
            cost: match charge {
                Some(charge) if !charge.is_zero() => page.money(charge),
                _ => page.text("say-free"),
            },
            chosen: is_chosen,
            place: choice
                .points
                .first()
                .filter(|_| !has_choice)
                .map(|point| point_words(point, page))
                .unwrap_or_default(),
            points: if has_choice { choice.points.iter().map(to_choose).collect() } else { Vec::new() },
            point_error: if is_missing && choice.point.is_none() {
                page.text("say-point-missing")
            } else {
                String::new()
            },
        }
    };
    quote.choices.iter().enumerate().map(method).collect()
}

/// `Harbour shop, 1 Quay, PH1 9XX Porthaven · Mon–Sat 9–18`.
fn point_words(point: &PickupPoint, page: &PageLocale) -> String {
    let town = format!("{} {}", point.postcode, point.city);
    let parts = [point.name.as_str(), &point.line1, &point.line2, town.trim()];
    let place = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
    match page.pick(&point.hours) {
        "" => place,
        hours => format!("{place} · {hours}"),
    }
}

/// The choice of a point that is missing. Its entry of the summary leads to the list.
pub(super) fn point_missing(methods: &[DeliveryMethodView]) -> Option<FormError> {
    let (place, method) = methods.iter().enumerate().find(|(_, method)| !method.point_error.is_empty())?;
    Some(FormError { field: format!("point-{place}"), text: method.point_error.clone() })
}

/// Whether one of the ways is to fetch it.
pub(super) fn can_fetch(quote: &CheckoutQuote) -> bool {
    quote.choices.iter().any(|choice| choice.method.is_pickup())
}

/// Whether a point has to be chosen before it goes on.
pub(super) fn needs_point(quote: &CheckoutQuote) -> bool {
    quote.choice().is_some_and(|choice| choice.method.is_pickup() && choice.point.is_none())
}

/// Where the chosen way leads, line by line: to a pick-up point with its opening hours, or to the address.
pub(super) fn where_it_goes(quote: &CheckoutQuote, person: &Address, page: &PageLocale) -> Vec<String> {
    match quote.choice().and_then(|choice| choice.point.as_ref()) {
        Some(point) => fetched_at(&point.address_for(person), page.pick(&point.hours), page),
        None => address_lines(person, page),
    }
}

/// The same of an order.
pub(super) fn where_it_went(address: &Address, point: Option<&SoldPoint>, page: &PageLocale) -> Vec<String> {
    match point {
        Some(point) => fetched_at(address, &point.hours, page),
        None => address_lines(address, page),
    }
}

fn fetched_at(address: &Address, hours: &str, page: &PageLocale) -> Vec<String> {
    let mut lines = address_lines(address, page);
    lines.extend(Some(hours.to_owned()).filter(|hours| !hours.is_empty()));
    lines
}

/// When it arrives, or can be fetched.
pub(super) fn promise(choice: &DeliveryChoice, page: &PageLocale) -> String {
    arrival_words(choice.arrives, choice.method.is_pickup(), page)
}

/// `Arrives between Thursday 26 November and Monday 30 November.`
pub(super) fn arrival_words((first, last): (Date, Date), is_fetched: bool, page: &PageLocale) -> String {
    let (first_words, last_words) = (page.weekday_date(first), page.weekday_date(last));
    if first == last {
        let key = if is_fetched { "say-ready-on" } else { "say-arrives-on" };
        return page.text_with(key, &[("day", Arg::Text(&first_words))]);
    }
    let key = if is_fetched { "say-ready-between" } else { "say-arrives-between" };
    page.text_with(key, &[("first", Arg::Text(&first_words)), ("last", Arg::Text(&last_words))])
}

/// What is said where nothing can be sent: nothing reaches the address, or takes what is in the basket.
pub(super) fn not_delivered(quote: &CheckoutQuote, draft: &Draft, page: &PageLocale) -> Option<FormError> {
    if !quote.basket.requires_shipping() || !quote.choices.is_empty() {
        return None;
    }
    let is_too_much =
        |why: &NotOffered| matches!(why, NotOffered::TooHeavy(_) | NotOffered::TooMany(_) | NotOffered::TooMuch(_));
    let text = match least_total(quote, page) {
        Some(text) => text,
        None if quote.refused.iter().any(is_too_much) => page.text("say-delivery-too-much"),
        None => {
            let country = page.country(&draft.delivery.country);
            page.text_with("say-not-delivered", &[("country", Arg::Text(&country))])
        }
    };
    Some(FormError { field: String::new(), text })
}
