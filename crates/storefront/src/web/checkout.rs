//! The checkout: address, delivery, review and pay. What is filled in lives in a sealed cookie until Pay is pressed.

use super::Storefront;
use super::basket::visit_and_fields;
use super::delivery::{self, needs_point, not_delivered, where_it_goes};
use super::draft::{Draft, Problem, Typed};
use super::forms::Fields;
use super::gift_cards::{self, CardTyped};
use super::lines;
use super::respond::{coded, see_other};
use super::visit::{Visit, put_cookies};
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::checkout::{AddressFields, AddressView, DeliveryView, PaymentChoice, PaymentView, ReviewView};
use crate::view::form::{Choice, Field, FormError, Notice};
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use catalog::View;
use commerce::address::{Address, EmailAddress};
use commerce::ids::CheckoutId;
use commerce::money::{Currency, Money};
use commerce::tax::sale::SaleTax;
use commerce::tax::territory::VatArea;
use commerce::tax::treatment::{Buyer, NumberCheck, TaxTreatment, UncheckedNumber};
use commerce::tax::vat_number::{InvalidVatNumber, VAT_NUMBER_CHARS_MAX, VatNumber};
use http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use shop::checkout::{CheckoutQuote, PayError, PayRequest, Paying};
use shop::modules::PricesFrom;
use shop::payment::CheckoutState;

/// A visitor at the checkout.
pub(super) struct AtCheckout {
    pub(super) visit: Visit,
    pub(super) draft: Draft,
    view: View,
}

impl AtCheckout {
    async fn of(storefront: &Storefront, headers: &HeaderMap) -> Result<Self, Response> {
        // What was paid for while the browser was away is not bought again.
        if let Some(id) = storefront.placed_presses(&storefront.draft(headers)).await.first() {
            return Err(see_other(&format!("/pay/return/{id}")));
        }
        let visit = match storefront.visit(headers).await {
            Ok(visit) => visit,
            Err(error) => return Err(storefront.unavailable(storefront.cookie_locale(headers), &error).await),
        };
        Self::with(storefront, visit, headers).await
    }

    pub(super) async fn with(storefront: &Storefront, visit: Visit, headers: &HeaderMap) -> Result<Self, Response> {
        if visit.basket.is_empty() {
            return Err(see_other("/basket"));
        }
        let view = storefront.look().await.view;
        let mut draft = storefront.draft(headers);
        if !asks_vat_number(storefront, storefront.locale(visit.locale)) {
            // It was given in another market: here no field could take it out again.
            draft.forget_vat_number();
        }
        Ok(Self { visit, draft, view })
    }

    pub(super) async fn quote(&self, storefront: &Storefront) -> Result<CheckoutQuote, Response> {
        let page = storefront.locale(self.visit.locale);
        let (shop, buyer) = (storefront.shop(), self.draft.buyer());
        let priced = shop.price_basket(&self.view, &self.visit.basket, self.visit.locale, buyer.known()).await;
        let quote = priced.and_then(|priced| shop.checkout_quote(priced, &self.draft.wish(page)));
        match quote {
            // A line that cannot be bought is mended in the basket, which says what is wrong.
            Ok(quote) if !quote.basket.can_be_bought() => Err(see_other("/basket")),
            Ok(quote) => Ok(quote),
            Err(error) => Err(storefront.not_priced(self.visit.locale, &error).await),
        }
    }

    /// The same with its tax as it will be charged.
    async fn settled_quote(&self, storefront: &Storefront) -> Result<CheckoutQuote, Response> {
        match storefront.shop().settle_tax(self.quote(storefront).await?).await {
            Ok(quote) => Ok(quote),
            Err(error) => Err(storefront.not_priced(self.visit.locale, &error).await),
        }
    }

    /// The page on which something is missing or wrong that the last one needs.
    pub(super) fn gap(&self, storefront: &Storefront) -> Option<&'static str> {
        let page = storefront.locale(self.visit.locale);
        let has_contact = EmailAddress::parse(&self.draft.email).is_ok() && self.draft.delivery.checked(page).is_ok();
        let is_open = || storefront.shop().sale_tax(self.visit.locale, self.draft.buyer().known()).is_open();
        let is_refused = || asks_vat_number(storefront, page) && vat_number_problem(&self.draft).is_some();
        if !has_contact || is_open() || is_refused() {
            return Some("/checkout");
        }
        (!self.billing_problems(page).is_empty()).then_some("/checkout/delivery")
    }

    /// What is wrong with a billing address of its own.
    fn billing_problems(&self, page: &PageLocale) -> Vec<Problem> {
        self.draft.billing.as_ref().and_then(|billing| billing.checked(page).err()).unwrap_or_default()
    }

    /// Names the press that the page's button sends: the last one, until it has come to an end. Gives the way to the
    /// order if it became one.
    async fn name_press(&mut self, storefront: &Storefront) -> Option<Response> {
        let Some(id) = self.draft.id() else {
            self.draft.id = CheckoutId::new(storefront.shop().chance().id()).to_string();
            self.draft.pressed = false;
            return None;
        };
        if !self.draft.pressed {
            return None;
        }
        match storefront.shop().checkout_state(id).await {
            Ok(CheckoutState::Placed(_)) => return Some(see_other(&format!("/pay/return/{id}"))),
            Ok(CheckoutState::Failed { .. } | CheckoutState::GivenBack) => {
                self.draft.begin_anew();
            }
            // It can still be paid, or somebody looks at it: whoever presses again goes on with the same payment.
            Ok(CheckoutState::Unknown | CheckoutState::Waiting { .. } | CheckoutState::InReview) => {}
            Err(error) => tracing::warn!(%error, checkout = %id, "how a checkout stands could not be read"),
        }
        None
    }
}

/// `GET /checkout`: contact and address.
pub(super) async fn show_address(State(storefront): State<Storefront>, headers: HeaderMap) -> Response {
    let at = match AtCheckout::of(&storefront, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    let asks = asks_vat_number(&storefront, storefront.locale(at.visit.locale));
    let problem = vat_number_problem(&at.draft).filter(|_| asks);
    address_page(&storefront, &at, problem.as_slice(), StatusCode::OK, &headers).await
}

async fn address_page(
    storefront: &Storefront,
    at: &AtCheckout,
    problems: &[Problem],
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(at.visit.locale);
    let quote = match at.quote(storefront).await {
        Ok(quote) => quote,
        Err(response) => return response,
    };
    let view = AddressView {
        errors: form_errors(problems, "", page),
        notices: Vec::new(),
        email: field(&at.draft.email, "email", problems, page),
        address: address_fields(&at.draft.delivery, problems, page),
        vat_number: asks_vat_number(storefront, page)
            .then(|| field(&at.draft.vat_number, "vat-number", problems, page)),
        requires_shipping: quote.basket.requires_shipping(),
        can_fetch: delivery::can_fetch(&quote),
        summary: lines::summary(storefront, &quote, page),
    };
    let meta = PageMeta::with_goods(page.text("checkout-step-address"), page.text("say-checkout-about"));
    storefront.own_page(at.visit.locale, &meta, &view, status, headers).await
}

/// `POST /checkout/address`: takes contact and address, and goes on to delivery.
pub(super) async fn take_address(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (visit, fields) = match visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mut at = match AtCheckout::with(&storefront, visit, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    at.draft.email = fields.get("email").trim().chars().take(300).collect();
    at.draft.delivery = Typed::from_fields(&fields, "");
    let page = storefront.locale(at.visit.locale);
    let mut problems = Vec::new();
    if EmailAddress::parse(&at.draft.email).is_err() {
        problems.push(("email", "say-email-wrong"));
    }
    problems.extend(at.draft.delivery.checked(page).err().unwrap_or_default());
    let buyer = at.draft.buyer();
    if problems.is_empty() && storefront.shop().sale_tax(at.visit.locale, buyer.known()).is_open() {
        problems.push(("region", "say-region-missing"));
    }
    if asks_vat_number(&storefront, page) {
        problems.extend(take_vat_number(&storefront, &mut at.draft, fields.get("vat-number")).await);
    }
    if at.draft.is_too_large() {
        problems.push(("line1", "say-too-long"));
    }
    let cookie = storefront.keep_draft(&at.draft);
    let mut response = if problems.is_empty() {
        see_other("/checkout/delivery")
    } else {
        coded(address_page(&storefront, &at, &problems, StatusCode::UNPROCESSABLE_ENTITY, &headers).await, "form")
    };
    // One that is too large stays on the page alone.
    if !at.draft.is_too_large() {
        put_cookies(response.headers_mut(), vec![cookie]);
    }
    response
}

/// Whether a VAT number would change anything here: there is somebody to ask about it, or it is believed.
fn asks_vat_number(storefront: &Storefront, page: &PageLocale) -> bool {
    let (tax, modules) = (&page.market.tax, &storefront.shop().settings().modules);
    let counts = modules.register.is_some() || tax.seller.unchecked_number == UncheckedNumber::Believe;
    let reverses = !tax.is_flat() && tax.seller.vat_number.is_some() && VatArea::of(&tax.seller.home).is_inside();
    counts && reverses
}

/// Keeps a VAT number as typed, and has the register asked about one that it was not asked about before. Gives back what is
/// wrong with it.
async fn take_vat_number(storefront: &Storefront, draft: &mut Draft, typed: &str) -> Option<Problem> {
    let typed: String = typed.trim().chars().take(VAT_NUMBER_CHARS_MAX).collect();
    let is_new = draft.vat_number != typed;
    draft.vat_number = typed;
    let parsed = VatNumber::parse_with_country(&draft.vat_number);
    let known = draft.checked_vat_number().map(|(_, check)| check).filter(|_| !is_new);
    let check = match (parsed, known) {
        (Err(_), _) => NumberCheck::Unknown,
        (_, Some(check @ (NumberCheck::Confirmed | NumberCheck::Refused))) => check,
        (Ok(number), _) => storefront.shop().check_vat_number(&number).await,
    };
    draft.note_vat_check(check);
    vat_number_problem(draft)
}

/// What is wrong with the VAT number that was typed; an empty one is none.
fn vat_number_problem(draft: &Draft) -> Option<Problem> {
    let parsed = VatNumber::parse_with_country(&draft.vat_number);
    let refused = || draft.checked_vat_number().is_some_and(|(_, check)| check == NumberCheck::Refused);
    let key = match parsed {
        _ if draft.vat_number.is_empty() => return None,
        Ok(_) if refused() => "say-vat-number-refused",
        Ok(_) => return None,
        Err(InvalidVatNumber::NoCountry) => "say-vat-number-no-country",
        Err(InvalidVatNumber::Country(_)) => "say-vat-number-country",
        Err(InvalidVatNumber::Shape { .. }) => "say-vat-number-shape",
        Err(InvalidVatNumber::CheckDigits) => "say-vat-number-digits",
    };
    Some(("vat-number", key))
}

/// What is to be told of a VAT number that nobody could check, where it would save the tax that is charged.
fn vat_number_notice(sale: &SaleTax, draft: &Draft, page: &PageLocale) -> Option<Notice> {
    let (number, check) = draft.checked_vat_number()?;
    let confirmed = Buyer { vat_number: Some((&number, NumberCheck::Confirmed)), exempt: false };
    let would_be = sale.policy().sale(sale.terms(), sale.destination().clone(), confirmed).treatment();
    let is_charged = matches!(sale.treatment(), TaxTreatment::Charged(_));
    let told = check == NumberCheck::Unknown && is_charged && would_be == TaxTreatment::ReverseCharged;
    told.then(|| Notice { kind: "info", text: page.text("say-vat-number-unchecked") })
}

/// `GET /checkout/delivery`: how it is sent, and where the bill goes.
pub(super) async fn show_delivery(State(storefront): State<Storefront>, headers: HeaderMap) -> Response {
    let at = match AtCheckout::of(&storefront, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    if at.gap(&storefront) == Some("/checkout") {
        return see_other("/checkout");
    }
    let problems = at.billing_problems(storefront.locale(at.visit.locale));
    delivery_page(&storefront, &at, &problems, Vec::new(), StatusCode::OK, &headers).await
}

async fn delivery_page(
    storefront: &Storefront,
    at: &AtCheckout,
    problems: &[Problem],
    mut errors: Vec<FormError>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(at.visit.locale);
    let quote = match at.quote(storefront).await {
        Ok(quote) => quote,
        Err(response) => return response,
    };
    errors.extend(not_delivered(&quote, &at.draft, page));
    let methods = delivery::methods(&quote, &at.draft, page);
    errors.extend(delivery::point_missing(&methods));
    let billing = at.draft.billing.clone().unwrap_or_default();
    let view = DeliveryView {
        method_error: error_at("method", &errors),
        errors: errors.into_iter().chain(form_errors(problems, "billing-", page)).collect(),
        notices: Vec::new(),
        address_lines: if quote.basket.requires_shipping() {
            typed_lines(&at.draft.delivery, page)
        } else {
            Vec::new()
        },
        can_fetch: delivery::can_fetch(&quote),
        methods,
        requires_shipping: quote.basket.requires_shipping(),
        billing_same: at.draft.billing.is_none(),
        billing: address_fields(&billing, problems, page),
        summary: lines::summary(storefront, &quote, page),
    };
    let meta = PageMeta::with_goods(page.text("checkout-step-delivery"), page.text("say-checkout-about"));
    storefront.own_page(at.visit.locale, &meta, &view, status, headers).await
}

/// `POST /checkout/delivery`: takes method and billing address, and goes on to the review.
pub(super) async fn take_delivery(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (visit, fields) = match visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mut at = match AtCheckout::with(&storefront, visit, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    let page = storefront.locale(at.visit.locale);
    at.draft.method = fields.get("method").chars().take(60).collect();
    at.draft.take_point(&fields);
    let quote = match at.quote(&storefront).await {
        Ok(quote) => quote,
        Err(response) => return response,
    };
    // For goods that are not sent the billing address stands on the first page.
    let of_its_own = quote.basket.requires_shipping() && !fields.has("billing-same");
    at.draft.billing = of_its_own.then(|| Typed::from_fields(&fields, "billing-"));
    let mut problems = at.billing_problems(page);
    if at.draft.is_too_large() {
        problems.push(("line1", "say-too-long"));
    }
    let is_chosen = quote.choices.iter().any(|choice| choice.method.code == at.draft.method);
    let mut errors = Vec::new();
    if !quote.choices.is_empty() && !is_chosen {
        errors.push(FormError { field: "method".to_owned(), text: page.text("say-method-missing") });
    }
    let cookie = storefront.keep_draft(&at.draft);
    let can_be_sent = not_delivered(&quote, &at.draft, page).is_none() && !needs_point(&quote);
    let is_right = problems.is_empty() && errors.is_empty() && can_be_sent;
    let mut response = if is_right {
        see_other("/checkout/review")
    } else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        coded(delivery_page(&storefront, &at, &problems, errors, status, &headers).await, "form")
    };
    if !at.draft.is_too_large() {
        put_cookies(response.headers_mut(), vec![cookie]);
    }
    response
}

/// `GET /checkout/review`: everything once more, and the button that names the amount.
pub(super) async fn show_review(State(storefront): State<Storefront>, uri: Uri, headers: HeaderMap) -> Response {
    let mut at = match AtCheckout::of(&storefront, &headers).await {
        Ok(at) => at,
        Err(response) => return response,
    };
    if let Some(gap) = at.gap(&storefront) {
        return see_other(gap);
    }
    let page = storefront.locale(at.visit.locale);
    let query = Fields::parse(uri.query().unwrap_or_default());
    let (declined, cancelled) = (query.has("declined"), query.has("cancelled"));
    let errors =
        if declined { vec![FormError { field: String::new(), text: page.text("say-declined") }] } else { Vec::new() };
    let told = |text: &str| Notice { kind: "info", text: page.text(text) };
    let notices = if cancelled { vec![told("say-payment-cancelled")] } else { Vec::new() };
    review_page(&storefront, &mut at, errors, notices, CardTyped::default(), StatusCode::OK, &headers).await
}

pub(super) async fn review_page(
    storefront: &Storefront,
    at: &mut AtCheckout,
    mut errors: Vec<FormError>,
    mut notices: Vec<Notice>,
    card: CardTyped,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(at.visit.locale);
    // First: what the press of before held is the shopper's own only as long as it has not come to an end.
    if let Some(to_the_order) = at.name_press(storefront).await {
        return to_the_order;
    }
    let quote = match at.settled_quote(storefront).await {
        Ok(quote) => quote,
        Err(response) => return response,
    };
    if not_delivered(&quote, &at.draft, page).is_some() || needs_point(&quote) {
        return see_other("/checkout/delivery");
    }
    let checkout = at.draft.buyer().known().checkout;
    let paid = match storefront.shop().paid_by_cards(&quote, &at.draft.codes(), checkout).await {
        Ok(paid) => paid,
        Err(error) => return checkout_unavailable(storefront, at, &error, headers).await,
    };
    let to_pay = paid.to_pay;
    let choice = quote.choice();
    let ships = quote.basket.requires_shipping();
    let fetched = choice.is_some_and(|choice| choice.method.is_pickup());
    // What costs nothing is not paid for anywhere.
    let gateways = if to_pay.is_zero() { &[] } else { storefront.shop().gateways() };
    let payments = gateways.iter().enumerate().map(|(place, gateway)| PaymentChoice {
        code: gateway.code().to_owned(),
        name: page.text(&format!("say-gateway-{}", gateway.code())),
        help: page.text(&format!("say-gateway-{}-help", gateway.code())),
        chosen: if at.draft.gateway.is_empty() { place == 0 } else { at.draft.gateway == gateway.code() },
    });
    let billing = at.draft.billing.as_ref().or((!ships || fetched).then_some(&at.draft.delivery));
    let person = at.draft.delivery.checked(page).ok().filter(|_| ships);
    notices.extend(vat_number_notice(&quote.basket.sale, &at.draft, page));
    let modules = &storefront.shop().settings().modules;
    if quote.basket.prices_from == PricesFrom::StoreInstead && !modules.sells_at_own_prices {
        notices.push(Notice { kind: "warning", text: page.text("say-prices-unknown") });
    }
    errors.extend(card.summed_up());
    let mut summary = lines::summary(storefront, &quote, page);
    lines::add_tenders(&mut summary.totals, &paid.tenders, to_pay, page);
    let view = ReviewView {
        payment_error: error_at("payment", &errors),
        errors,
        notices,
        email: at.draft.email.clone(),
        delivery_lines: person.map(|person| where_it_goes(&quote, &person, page)).unwrap_or_default(),
        fetched,
        method: choice.map(|choice| page.pick(&choice.method.name).to_owned()).unwrap_or_default(),
        arrives: choice.map(|choice| delivery::promise(choice, page)).unwrap_or_default(),
        billing_lines: billing.map(|billing| typed_lines(billing, page)).unwrap_or_default(),
        vat_number: at.draft.checked_vat_number().map(|(number, _)| number.to_string()).unwrap_or_default(),
        payments: payments.collect(),
        cards: gift_cards::views(&paid, page),
        card: card.field(),
        amount: page.money(to_pay),
        amount_field: format!("{} {}", to_pay.currency(), to_pay.minor()),
        token: at.draft.id.clone(),
        summary,
    };
    let meta = PageMeta::with_goods(page.text("checkout-step-pay"), page.text("say-checkout-about"));
    let mut response = storefront.own_page(at.visit.locale, &meta, &view, status, headers).await;
    allow_gateways(storefront, &mut response);
    put_cookies(response.headers_mut(), vec![storefront.keep_draft(&at.draft)]);
    response
}

/// Browsers hold the redirect after the form against the policy: it may lead to the gateways' pages.
fn allow_gateways(storefront: &Storefront, response: &mut Response) {
    let origins: Vec<String> =
        storefront.shop().gateways().iter().flat_map(|gateway| gateway.form_action_origins()).collect();
    let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
    if let Ok(policy) = HeaderValue::from_str(&storefront.pages().csp().header(&origins)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
}

/// `POST /checkout/pay`: freezes the checkout, sets its units aside and hands the shopper on to pay.
pub(super) async fn pay(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (visit, fields) = match visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Ok(id) = CheckoutId::parse(fields.get("token")) else { return see_other("/checkout/review") };
    let draft = storefront.draft(&headers);
    if draft.has_bought(id) {
        // Pressed again after it became an order.
        return see_other(&format!("/pay/return/{id}"));
    }
    // Only a name that was given to this visitor: with somebody else's they would end that checkout, or be shown its
    // order. One of before has come to an end.
    if !draft.is_current(id) {
        return see_other("/checkout/review");
    }
    let mut at = match AtCheckout::with(&storefront, visit, &headers).await {
        Ok(at) => at,
        Err(_) if draft.pressed => return see_other(&format!("/pay/return/{id}")),
        Err(response) => return response,
    };
    if let Some(gap) = at.gap(&storefront) {
        return see_other(gap);
    }
    let page = storefront.locale(at.visit.locale);
    at.draft.gateway = fields.get("payment").chars().take(40).collect();
    let Some(amount_shown) = amount(fields.get("amount")) else { return see_other("/checkout/review") };
    if !amount_shown.is_zero() && storefront.shop().offered_gateway(&at.draft.gateway).is_none() {
        let error = FormError { field: "payment".to_owned(), text: page.text("say-payment-missing") };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return coded(
            review_page(&storefront, &mut at, vec![error], Vec::new(), CardTyped::default(), status, &headers).await,
            "form",
        );
    }
    let request = PayRequest {
        id,
        basket: at.visit.basket.clone(),
        locale: at.visit.locale,
        draft: at.draft.checked(page),
        amount_shown,
    };
    // Whatever comes of it, it is asked about before another press has another name.
    at.draft.pressed = true;
    let outcome = match storefront.shop().pay(&request).await {
        Err(PayError::OtherContent) => match pay_instead(&storefront, &mut at, request, &headers).await {
            Ok(outcome) => outcome,
            Err(response) => return response,
        },
        outcome => outcome,
    };
    match outcome {
        Ok(paying) => {
            let mut response = match paying {
                Paying::Redirect(url) => see_other(&url),
                Paying::Settled(id) => see_other(&format!("/pay/return/{id}")),
            };
            allow_gateways(&storefront, &mut response);
            put_cookies(response.headers_mut(), vec![storefront.keep_draft(&at.draft)]);
            response
        }
        Err(error) => pay_refused(&storefront, &mut at, amount_shown, error, &headers).await,
    }
}

/// Pay was pressed before, with other content. That checkout ends before this one begins: two pages that can both be
/// paid would be two orders. Answers by itself where the one of before cannot end.
async fn pay_instead(
    storefront: &Storefront,
    at: &mut AtCheckout,
    request: PayRequest,
    headers: &HeaderMap,
) -> Result<Result<Paying, PayError>, Response> {
    match storefront.shop().abandon(request.id).await {
        Ok(CheckoutState::Placed(_)) => Err(see_other(&format!("/pay/return/{}", request.id))),
        // The gateway is silent, and its page can still be paid.
        Ok(CheckoutState::Waiting { next_url: Some(_) }) => Ok(Err(PayError::Gateway)),
        Ok(_) => {
            let id = at.draft.begin_anew();
            at.draft.pressed = true;
            Ok(storefront.shop().pay(&PayRequest { id, ..request }).await)
        }
        Err(error) => Err(checkout_unavailable(storefront, at, &error, headers).await),
    }
}

/// `GBP 2350`.
fn amount(raw: &str) -> Option<Money> {
    let (code, minor) = raw.split_once(' ')?;
    Some(Money::from_minor(minor.parse().ok()?, Currency::parse(code).ok()?))
}

async fn pay_refused(
    storefront: &Storefront,
    at: &mut AtCheckout,
    before: Money,
    error: PayError,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(at.visit.locale);
    let say = |key: &str, arguments: &[(&str, Arg)]| page.text_with(key, arguments);
    let (status, code, text) = match error {
        PayError::EmptyBasket => return see_other("/basket"),
        PayError::Incomplete("point") | PayError::NotDelivered => return see_other("/checkout/delivery"),
        PayError::Incomplete(_) => return see_other("/checkout"),
        // Two pages of theirs press Pay by turns.
        PayError::OtherContent => (StatusCode::CONFLICT, "other_content", page.text("say-other-content")),
        PayError::Changed { now } => {
            let (before, now) = (page.money(before), page.money(now));
            let arguments = [("before", Arg::Text(&before)), ("now", Arg::Text(&now))];
            (StatusCode::CONFLICT, "total_changed", say("say-total-changed", &arguments))
        }
        PayError::PriceChanged { title, class, before, now } => {
            let (before, now) = (page.money(page.shown(before, &class)), page.money(page.shown(now, &class)));
            let arguments = [("title", Arg::Text(&title)), ("before", Arg::Text(&before)), ("now", Arg::Text(&now))];
            (StatusCode::CONFLICT, "price_changed", say("say-price-changed", &arguments))
        }
        PayError::NotForSale { title } => {
            (StatusCode::CONFLICT, "not_for_sale", say("say-gone", &[("title", Arg::Text(&title))]))
        }
        PayError::OutOfStock { title, free, .. } if free > 0 => (
            StatusCode::CONFLICT,
            "out_of_stock",
            say("say-short", &[("count", Arg::Number(free)), ("title", Arg::Text(&title))]),
        ),
        PayError::OutOfStock { title, .. } => {
            (StatusCode::CONFLICT, "sold_out", say("say-sold-out", &[("title", Arg::Text(&title))]))
        }
        PayError::InSomebodysCheckout { title, minutes } => (
            StatusCode::CONFLICT,
            "in_a_checkout",
            say("say-held", &[("minutes", Arg::Number(minutes)), ("title", Arg::Text(&title))]),
        ),
        PayError::UsedUp { what } => {
            (StatusCode::CONFLICT, "used_up", say("say-offer-used-up", &[("what", Arg::Text(&what))]))
        }
        PayError::CardShort { last_four } => {
            let arguments = [("last", Arg::Text(&last_four))];
            (StatusCode::CONFLICT, "card_short", say("say-card-short", &arguments))
        }
        PayError::RulesChanged => (StatusCode::CONFLICT, "other_content", page.text("say-offers-changed")),
        PayError::TooManyHolds => {
            let minutes = storefront.shop().settings().hold_ms / 60_000;
            let text = say("say-too-many-checkouts", &[("minutes", Arg::Number(minutes.max(1)))]);
            (StatusCode::TOO_MANY_REQUESTS, "too_many_checkouts", text)
        }
        PayError::PricesUnknown => (StatusCode::SERVICE_UNAVAILABLE, "prices_unknown", page.text("say-prices-unknown")),
        PayError::Gateway => (StatusCode::SERVICE_UNAVAILABLE, "gateway", page.text("payment-unavailable-text")),
        PayError::Price(error) => return storefront.not_priced(at.visit.locale, &error).await,
        PayError::Db(error) => return checkout_unavailable(storefront, at, &error, headers).await,
    };
    let error = FormError { field: String::new(), text };
    // A gateway that did not answer is asked again under the same name.
    coded(review_page(storefront, at, vec![error], Vec::new(), CardTyped::default(), status, headers).await, code)
}

/// The database cannot be used: said plainly, with the basket kept.
async fn checkout_unavailable(
    storefront: &Storefront,
    at: &AtCheckout,
    error: &shop::DbError,
    headers: &HeaderMap,
) -> Response {
    tracing::error!(%error, "a checkout could not go on");
    let page = storefront.locale(at.visit.locale);
    let view = PaymentView { state: "unavailable", url: "/checkout/review".to_owned(), ..PaymentView::default() };
    let meta = PageMeta::own(page.text("payment-unavailable-title"));
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut response = storefront.own_page(at.visit.locale, &meta, &view, status, headers).await;
    // Nobody knows whether the press was written down.
    put_cookies(response.headers_mut(), vec![storefront.keep_draft(&at.draft)]);
    coded(response, "unavailable")
}

fn field(value: &str, name: &str, problems: &[Problem], page: &PageLocale) -> Field {
    let field = Field::of(value);
    match problems.iter().find(|(field, _)| *field == name) {
        Some((_, key)) => field.with_error(page.text(key)),
        None => field,
    }
}

/// What an entry of the summary says of a group of choices.
fn error_at(field: &str, errors: &[FormError]) -> String {
    errors.iter().find(|error| error.field == field).map(|error| error.text.clone()).unwrap_or_default()
}

fn form_errors(problems: &[Problem], prefix: &str, page: &PageLocale) -> Vec<FormError> {
    problems.iter().map(|(field, key)| FormError { field: format!("{prefix}{field}"), text: page.text(key) }).collect()
}

fn address_fields(typed: &Typed, problems: &[Problem], page: &PageLocale) -> AddressFields {
    let countries = page.market.countries.iter().enumerate().map(|(place, country)| {
        let chosen = if typed.country.is_empty() { place == 0 } else { typed.country == country.code() };
        Choice { value: country.code().to_owned(), label: page.country(country.code()), chosen }
    });
    let get = |value: &str, name: &str| field(value, name, problems, page);
    let folded =
        [(&typed.line2, "line2"), (&typed.company, "company"), (&typed.region, "region"), (&typed.phone, "phone")];
    let more_open =
        folded.iter().any(|(value, name)| !value.is_empty() || problems.iter().any(|(field, _)| field == name));
    AddressFields {
        name: get(&typed.name, "name"),
        line1: get(&typed.line1, "line1"),
        city: get(&typed.city, "city"),
        postcode: get(&typed.postcode, "postcode"),
        countries: countries.collect(),
        country_error: get("", "country").error,
        line2: get(&typed.line2, "line2"),
        company: get(&typed.company, "company"),
        region: get(&typed.region, "region"),
        phone: get(&typed.phone, "phone"),
        more_open,
    }
}

fn typed_lines(typed: &Typed, page: &PageLocale) -> Vec<String> {
    match typed.checked(page) {
        Ok(address) => address_lines(&address, page),
        Err(_) => Vec::new(),
    }
}

/// An address line by line, as it is written in its country.
pub(super) fn address_lines(address: &Address, page: &PageLocale) -> Vec<String> {
    let town = match address.country.code() {
        "GB" | "IE" | "US" | "CA" | "AU" | "NZ" => format!("{} {} {}", address.city, address.region, address.postcode),
        _ => format!("{} {}", address.postcode, address.city),
    };
    let country = page.country(address.country.code());
    let lines = [&address.name, &address.company, &address.line1, &address.line2, &town, &country];
    let tidy = |line: &&String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.iter().map(tidy).filter(|line| !line.is_empty()).collect()
}
