//! The basket.

use super::Storefront;
use super::browse::{Again, product_again};
use super::cards::Cards;
use super::forms::Fields;
use super::respond::{coded, error_in, own, popular_cards, see_other};
use super::visit::{Visit, put_cookies};
use super::{lines, offers};
use crate::messages::Arg;
use crate::view::basket::{AddedView, BasketView};
use crate::view::form::{Field, Notice};
use crate::view::product::product_url;
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use catalog::View;
use commerce::basket::{ADD_TOKEN_BYTES_MAX, Basket, BasketError, InvalidQuantity, Quantity};
use commerce::ids::ProductId;
use commerce::market::Locale;
use http::header::{HeaderMap, SET_COOKIE};
use http::{StatusCode, Uri};
use shop::basket::{AddError, AddRequest};

/// Products beside the one that was added.
const BESIDE_MAX: usize = 4;

/// `GET /basket`: the basket, in the locale that its cookie or the link names.
pub(super) async fn show(State(storefront): State<Storefront>, uri: Uri, headers: HeaderMap) -> Response {
    let mut visit = match storefront.visit(&headers).await {
        Ok(visit) => visit,
        Err(error) => return storefront.unavailable(storefront.cookie_locale(&headers), &error).await,
    };
    let fields = Fields::parse(uri.query().unwrap_or_default());
    take_locale(&storefront, &mut visit, &fields);
    let mut draft = storefront.draft(&headers);
    let mut told = Vec::new();
    for id in storefront.placed_presses(&draft).await {
        match storefront.take_out(id, &mut visit, &mut draft).await {
            Ok(()) => told = vec![Notice { kind: "info", text: storefront.locale(visit.locale).text("say-bought") }],
            Err(error) => tracing::warn!(%error, "the bought lines stay in the basket"),
        }
    }
    let is_changed = !told.is_empty();
    let mut response = show_visit(&storefront, visit, told, VoucherTyped::default(), StatusCode::OK, &headers).await;
    // Noted only together with a basket that is without the lines.
    if is_changed && response.headers().contains_key(SET_COOKIE) {
        put_cookies(response.headers_mut(), vec![storefront.keep_draft(&draft)]);
    }
    response
}

/// Takes the locale that a form or link names.
pub(super) fn take_locale(storefront: &Storefront, visit: &mut Visit, fields: &Fields) {
    if fields.has("locale")
        && let Some(locale) = storefront.shop().settings().markets.locale_by_segment(fields.get("locale"))
    {
        visit.locale = locale;
    }
}

/// A voucher's code that was typed and not taken, and why.
#[derive(Default)]
pub(super) struct VoucherTyped {
    pub(super) typed: String,
    pub(super) error: String,
}

/// The basket's page.
pub(super) async fn show_visit(
    storefront: &Storefront,
    mut visit: Visit,
    told: Vec<Notice>,
    voucher: VoucherTyped,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let view = storefront.look().await.view;
    let page = storefront.locale(visit.locale);
    let buyer = storefront.draft(headers).buyer();
    let priced = storefront.shop().price_basket(&view, &visit.basket, visit.locale, buyer.known()).await;
    let priced = match priced {
        Ok(priced) => priced,
        Err(error) => return storefront.not_priced(visit.locale, &error).await,
    };
    let (lines, mut notices) = lines::lines(storefront, &priced, page);
    notices.splice(0..0, told);
    let removed = visit.basket.removed().and_then(|(_, line)| view.snapshot.product_by_id(line.product).ok().flatten());
    let delivery = super::delivery::estimate(storefront, &priced, &storefront.draft(headers), page);
    let basket_view = BasketView {
        notices,
        removed: removed.map(|document| page.pick(&document.title).to_owned()).unwrap_or_default(),
        units: lines::units_words(visit.basket.units(), page),
        totals: lines::totals(&priced, None, &delivery.cost, page),
        upsells: offers::upsells(&priced.offered, page),
        vouchers: offers::vouchers(&priced.offered, page),
        voucher: Field::of(&voucher.typed).with_error(voucher.error),
        delivery_estimate: delivery.arrives,
        delivery_hint: delivery.hint,
        delivery_countries: delivery.countries,
        can_check_out: priced.can_be_bought(),
        popular: if lines.is_empty() { popular_cards(storefront, &view, page) } else { Vec::new() },
        lines,
    };
    let meta = match basket_view.lines.is_empty() {
        true => PageMeta::own(page.text("basket-title")),
        false => PageMeta::with_goods(page.text("basket-title"), page.text("say-basket-about")),
    };
    let mut response = storefront.own_page(visit.locale, &meta, &basket_view, status, headers).await;
    match remember_prices(storefront, &mut visit, &priced).await {
        Ok(()) => put_cookies(response.headers_mut(), storefront.visit_cookies(&visit)),
        Err(error) => tracing::warn!(%error, "the prices on show are not remembered"),
    }
    response
}

/// The prices on show are the ones that the next change is told against.
async fn remember_prices(
    storefront: &Storefront,
    visit: &mut Visit,
    priced: &shop::basket::PricedBasket,
) -> Result<(), shop::DbError> {
    let remember = |basket: &mut Basket| {
        basket.remember_prices(|product| {
            let sold = priced.lines.iter().find(|line| line.line.product == product)?.sold.as_ref()?;
            Some(sold.one_shown)
        });
        Ok(())
    };
    let mut after = visit.basket.clone();
    let () = remember(&mut after)?;
    // A stored basket is written again only where a price is another one.
    if after == visit.basket { Ok(()) } else { storefront.change_basket(visit, remember).await }
}

/// What a form with a line names.
struct LineForm {
    place: usize,
    product: ProductId,
}

impl LineForm {
    fn parse(fields: &Fields) -> Option<Self> {
        let place = fields.get("line").parse().ok()?;
        Some(Self { place, product: ProductId::parse(fields.get("product")).ok()? })
    }
}

/// `POST /basket/lines`: puts a product into the shopper's basket.
pub(super) async fn add_line(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (mut visit, fields) = match unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    take_locale(&storefront, &mut visit, &fields);
    let Ok(product) = ProductId::parse(fields.get("product")) else {
        return refused(&storefront, visit.locale, StatusCode::BAD_REQUEST, "unknown_product", String::new()).await;
    };
    let quantity = match fields.get("quantity") {
        "" => Ok(Quantity::ONE),
        raw => Quantity::parse(raw),
    };
    let token = Some(fields.get("token")).filter(|token| !token.is_empty() && token.len() <= ADD_TOKEN_BYTES_MAX);
    let answers = fields.with_prefix("option-");
    let view = storefront.look().await.view;
    let placed = match quantity {
        Ok(quantity) => {
            let add = AddRequest { product, quantity, answers, token: token.map(str::to_owned) };
            let locale = visit.locale;
            let put = |basket: &mut Basket| storefront.shop().add_to_basket(&view, basket, locale, &add);
            let place = storefront.change_basket(&mut visit, put).await;
            place.map(|place| (place, quantity)).map_err(NotAdded::Refused)
        }
        Err(InvalidQuantity) => Err(NotAdded::Quantity),
    };
    match placed {
        Ok((place, quantity)) => added(&storefront, &view, visit, place, quantity, &headers).await,
        Err(error) => not_added(&storefront, &view, (visit.locale, product), &fields, error, &headers).await,
    }
}

/// Why nothing was put into the basket.
enum NotAdded {
    /// The quantity is none.
    Quantity,
    /// The shop refuses it.
    Refused(AddError),
}

async fn added(
    storefront: &Storefront,
    view: &View,
    visit: Visit,
    place: usize,
    quantity: Quantity,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(visit.locale);
    let buyer = storefront.draft(headers).buyer();
    let priced = match storefront.shop().price_basket(view, &visit.basket, visit.locale, buyer.known()).await {
        Ok(priced) => priced,
        Err(error) => return storefront.not_priced(visit.locale, &error).await,
    };
    let document = priced.lines.get(place).and_then(|line| line.sold.as_ref()).map(|sold| sold.document.clone());
    let (mut lines, _) = lines::lines(storefront, &priced, page);
    let mut line = if place < lines.len() { lines.swap_remove(place) } else { Default::default() };
    line.quantity = quantity.get();
    let beside = document.as_ref().map(|document| &document.recommendations[..]).unwrap_or_default();
    let recommended = Cards::new(storefront, view, page).find(beside, BESIDE_MAX).unwrap_or_else(|error| {
        tracing::error!(%error, "the cards beside what was added could not be made");
        Vec::new()
    });
    let added = AddedView {
        line,
        units: lines::units_words(visit.basket.units(), page),
        total: page.money(priced.quote.goods.shown(priced.quote.shown)),
        count: visit.basket.units(),
        back_url: document.map(|document| product_url(&document.slug, page)).unwrap_or_else(|| page.url("/")),
        recommendations: recommended.into_iter().map(|(_, card)| card).collect(),
    };
    let wants_part = headers.contains_key("tradewind-fragment");
    let mut response = if wants_part {
        match storefront.pages().render_added_fragment(&storefront.shell(view, visit.locale), &added) {
            Ok(body) => {
                let page = super::finished::Finished::new(StatusCode::OK, super::respond::HTML, body);
                own(page.respond(&HeaderMap::new(), super::respond::OWN))
            }
            Err(error) => return storefront.fault(visit.locale, &error).await,
        }
    } else {
        let meta = PageMeta::own(page.text("added-title"));
        storefront.own_page(visit.locale, &meta, &added, StatusCode::OK, headers).await
    };
    put_cookies(response.headers_mut(), storefront.visit_cookies(&visit));
    response
}

/// The product's page again, with everything that was filled in and what is wrong with it; an error page where there
/// is no such product.
async fn not_added(
    storefront: &Storefront,
    view: &View,
    (locale, product): (Locale, ProductId),
    fields: &Fields,
    error: NotAdded,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(locale);
    let max = Arg::Number(i64::from(commerce::basket::QUANTITY_MAX));
    let quantity = || page.text_with("say-quantity-wrong", &[("max", max)]);
    let (wrong, gone) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::GONE);
    let told = |status, code, key: &str| Again { status, code, notice: page.text(key), ..Again::default() };
    let mut again = match error {
        NotAdded::Quantity | NotAdded::Refused(AddError::Basket(BasketError::TooMany | BasketError::NoSuchLine)) => {
            Again { status: wrong, code: "quantity", quantity: quantity(), ..Again::default() }
        }
        NotAdded::Refused(AddError::Options(mistakes)) => {
            Again { status: wrong, code: "option", mistakes, ..Again::default() }
        }
        NotAdded::Refused(AddError::NotForSale) => told(gone, "not_for_sale", "availability-not_for_sale"),
        NotAdded::Refused(AddError::SoldOut) => told(StatusCode::CONFLICT, "sold_out", "say-sold-out-now"),
        NotAdded::Refused(AddError::Basket(BasketError::Full)) => {
            told(StatusCode::CONFLICT, "basket_full", "say-basket-full")
        }
        NotAdded::Refused(AddError::Snapshot(error)) => return storefront.fault(locale, &error).await,
        NotAdded::Refused(AddError::Db(error)) => return storefront.unavailable(locale, &error).await,
    };
    let document = match view.snapshot.product_by_id(product) {
        Ok(Some(document)) => document,
        Ok(None) => {
            let text = if again.notice.is_empty() { again.quantity } else { again.notice };
            return refused(storefront, locale, again.status, again.code, text).await;
        }
        Err(error) => return storefront.fault(locale, &error).await,
    };
    if again.code == "quantity" {
        // Everything that is wrong is told at once.
        again.mistakes = storefront.shop().option_mistakes(&document, &fields.with_prefix("option-"), locale);
    }
    product_again(storefront, view, (locale, &document), fields, again, headers).await
}

async fn refused(
    storefront: &Storefront,
    locale: Locale,
    status: StatusCode,
    code: &'static str,
    text: String,
) -> Response {
    own(error_in(storefront, locale, status, code, text, String::new()).await)
}

/// `POST /basket/quantity`: sets a line's quantity; 0 takes it out.
pub(super) async fn set_quantity(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    change_line(&storefront, &headers, body, |fields| match fields.get("quantity").trim() {
        "0" => Ok(None),
        raw => Quantity::parse(raw).map(Some).map_err(|_| ()),
    })
    .await
}

/// `POST /basket/remove`: takes a line out; Undo brings it back.
pub(super) async fn remove_line(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    change_line(&storefront, &headers, body, |_| Ok(None)).await
}

async fn change_line(
    storefront: &Storefront,
    headers: &HeaderMap,
    body: Body,
    quantity: impl Fn(&Fields) -> Result<Option<Quantity>, ()>,
) -> Response {
    let (mut visit, fields) = match unread_visit_and_fields(storefront, headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Ok(quantity) = quantity(&fields) else { return quantity_refused(storefront, visit, headers).await };
    // A line that is not there any more was changed from another page: the basket as it is says so best.
    let Some(line) = LineForm::parse(&fields) else { return see_other("/basket") };
    let set = |basket: &mut Basket| {
        let _ = basket.set_quantity(line.place, line.product, quantity);
        Ok(())
    };
    change_and_go(storefront, &mut visit, set).await
}

/// The basket as it is, and why the quantity is none.
async fn quantity_refused(storefront: &Storefront, mut visit: Visit, headers: &HeaderMap) -> Response {
    if let Err(error) = storefront.read_basket(&mut visit).await {
        return storefront.unavailable(visit.locale, &error).await;
    }
    let max = Arg::Number(i64::from(commerce::basket::QUANTITY_MAX));
    let text = storefront.locale(visit.locale).text_with("say-quantity-wrong", &[("max", max)]);
    let told = vec![Notice { kind: "error", text }];
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    coded(show_visit(storefront, visit, told, VoucherTyped::default(), status, headers).await, "quantity")
}

/// `POST /basket/undo`: brings back the line that was taken out last.
pub(super) async fn undo_removal(State(storefront): State<Storefront>, headers: HeaderMap, body: Body) -> Response {
    let (mut visit, _) = match unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let undo = |basket: &mut Basket| {
        let _ = basket.undo_removal();
        Ok(())
    };
    change_and_go(&storefront, &mut visit, undo).await
}

async fn change_and_go(
    storefront: &Storefront,
    visit: &mut Visit,
    change: impl Fn(&mut Basket) -> Result<(), shop::DbError>,
) -> Response {
    match storefront.change_basket(visit, change).await {
        Ok(()) => {
            let mut response = see_other("/basket");
            put_cookies(response.headers_mut(), storefront.visit_cookies(visit));
            response
        }
        Err(error) => storefront.unavailable(visit.locale, &error).await,
    }
}

/// The visitor's basket and the form that they sent; an answer where either cannot be had.
pub(super) async fn visit_and_fields(
    storefront: &Storefront,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Visit, Fields), Response> {
    let (mut visit, fields) = unread_visit_and_fields(storefront, headers, body).await?;
    match storefront.read_basket(&mut visit).await {
        Ok(()) => Ok((visit, fields)),
        Err(error) => Err(storefront.unavailable(visit.locale, &error).await),
    }
}

/// The same with a stored basket unread.
pub(super) async fn unread_visit_and_fields(
    storefront: &Storefront,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Visit, Fields), Response> {
    let visit = storefront.unread_visit(headers);
    match Fields::read(headers, body).await {
        Ok(fields) => Ok((visit, fields)),
        Err(error) => Err(refused(storefront, visit.locale, error.status(), "body", String::new()).await),
    }
}
