//! Answers that every handler makes: redirects, pages of one's own, errors that look like the store.

use super::Storefront;
use super::cards::Cards;
use super::finished::Finished;
use crate::locale::PageLocale;
use crate::view::Link;
use crate::view::View;
use crate::view::card::CardMarkup;
use crate::view::pages::ErrorView;
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use commerce::market::Locale;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

pub(super) const HTML: &str = "text/html; charset=utf-8";
/// Of a visitor's own pages: nobody keeps them.
pub(super) const OWN: &str = "private, no-store";

/// Codes of everything that is refused: `docs/errors.md` tells what each means, and they stay.
const CODES: &[&str] = &[
    "address_too_long",
    "bad_address",
    "bad_host",
    "basket_full",
    "body",
    "card_short",
    "cross_site",
    "download_closed",
    "download_expired",
    "download_missing",
    "download_not_paid",
    "download_range",
    "download_too_large",
    "download_used_up",
    "fault",
    "form",
    "gateway",
    "gift_card",
    "in_a_checkout",
    "method",
    "no_gateway",
    "not_for_sale",
    "not_found",
    "not_genuine",
    "option",
    "order_too_large",
    "other_content",
    "out_of_stock",
    "price_changed",
    "prices_unknown",
    "quantity",
    "sold_out",
    "too_many_checkouts",
    "total_changed",
    "unavailable",
    "unknown_product",
    "used_up",
    "voucher",
];

/// A fault of ours, with a reference that the log has too.
pub(super) fn reference(storefront: &Storefront, error: &dyn std::fmt::Display) -> String {
    let reference = format!("{:012X}", storefront.shop().chance().number() & 0xffff_ffff_ffff);
    tracing::error!(reference, %error, "a page could not be made");
    reference
}

/// An error page in the store's first locale.
pub(super) async fn error_page(storefront: &Storefront, status: StatusCode, code: &'static str) -> Response {
    let first = storefront.shop().settings().markets.first();
    error_in(storefront, first, status, code, String::new(), String::new()).await
}

/// An error page in a locale, with words of its own where the theme's do not do, and a reference for our own faults.
pub(super) async fn error_in(
    storefront: &Storefront,
    locale: Locale,
    status: StatusCode,
    code: &'static str,
    text: String,
    reference: String,
) -> Response {
    let look = storefront.look().await;
    error_of(storefront, &look.view, locale, status, code, text, reference)
}

/// The same from one view of the catalogue. Where something is missing, it shows what others like instead.
pub(super) fn error_of(
    storefront: &Storefront,
    view: &catalog::View,
    locale: Locale,
    status: StatusCode,
    code: &'static str,
    text: String,
    reference: String,
) -> Response {
    let page = storefront.locale(locale);
    let links = vec![Link { name: page.text("search-label"), url: page.url("/search") }];
    let is_missing = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
    let cards = if is_missing { popular_cards(storefront, view, page) } else { Vec::new() };
    let error = ErrorView { status: status.as_u16(), text, reference, links, cards };
    let meta = PageMeta { indexed: false, ..PageMeta::default() };
    let body = storefront.pages().render(&storefront.shell(view, locale), &meta, &error);
    let body = body.unwrap_or_else(|error| {
        tracing::error!(%error, "the error page could not be made");
        Bytes::from(format!("{} {code}\n", status.as_u16()))
    });
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    coded(response, code)
}

/// What others like, for pages that have nothing of their own to show.
pub(super) fn popular_cards(storefront: &Storefront, view: &catalog::View, page: &PageLocale) -> Vec<CardMarkup> {
    let front = storefront.front(view);
    let cards = Cards::new(storefront, view, page).of(front.popular(view, page), 0);
    cards.unwrap_or_else(|error| {
        tracing::error!(%error, "the cards of popular products could not be made");
        Vec::new()
    })
}

/// Gives a refusal its stable code (`docs/errors.md`); one that time mends says when to try again.
pub(super) fn coded(mut response: Response, code: &'static str) -> Response {
    debug_assert!(CODES.contains(&code), "{code} is not in the list of codes");
    response.headers_mut().insert("x-error", HeaderValue::from_static(code));
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}

/// Marks an answer as a visitor's own.
pub(super) fn own(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(OWN));
    response
}

/// Sends the browser on with a GET, after a form.
pub(super) fn see_other(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to, OWN)
}

/// Sends the browser on; an address that cannot stand in a header leads home.
pub(super) fn redirect(status: StatusCode, to: &str, cache_control: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    if let Ok(value) = HeaderValue::from_str(cache_control) {
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    response
}

impl Storefront {
    /// A page of the visitor's own.
    pub(super) async fn own_page<V: View>(
        &self,
        locale: Locale,
        meta: &PageMeta,
        view: &V,
        status: StatusCode,
        request: &HeaderMap,
    ) -> Response {
        let look = self.look().await;
        match self.pages().render(&self.shell(&look.view, locale), meta, view) {
            Ok(body) => own(Finished::new(status, HTML, body).respond(&without_validator(request), OWN)),
            Err(error) => own(self.fault(locale, &error).await),
        }
    }

    /// The page for a fault of ours.
    pub(super) async fn fault(&self, locale: Locale, error: &(dyn std::fmt::Display + Sync)) -> Response {
        let reference = reference(self, error);
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        own(error_in(self, locale, status, "fault", String::new(), reference).await)
    }

    /// The page for a database or gateway that cannot be reached: nothing is lost, and trying again helps.
    pub(super) async fn unavailable(&self, locale: Locale, error: &(dyn std::fmt::Display + Sync)) -> Response {
        let reference = reference(self, error);
        let status = StatusCode::SERVICE_UNAVAILABLE;
        own(error_in(self, locale, status, "unavailable", String::new(), reference).await)
    }
}

/// A page of one's own is always sent whole.
fn without_validator(request: &HeaderMap) -> HeaderMap {
    let mut headers = request.clone();
    headers.remove(http::header::IF_NONE_MATCH);
    headers
}

#[cfg(test)]
mod tests {
    use super::CODES;
    use std::collections::BTreeSet;

    /// Codes that a handler's source gives with a status, or to `coded`.
    fn codes_of(source: &str) -> BTreeSet<String> {
        let is_code = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let refused = source.split("StatusCode::").skip(1).filter(|rest| !rest.starts_with("OK"));
        let after_status = refused.filter_map(|rest| {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_uppercase() || c == '_');
            let rest = rest.strip_prefix(',')?.trim_start().strip_prefix('"')?;
            rest.split('"').next()
        });
        let of_coded = source.split("coded(").skip(1).filter_map(|rest| {
            let call = rest.split(';').next()?.split("\n}").next()?;
            call.rsplit_once(", \"")?.1.split('"').next()
        });
        after_status.chain(of_coded).filter(|text| is_code(text)).map(str::to_owned).collect()
    }

    #[test]
    fn every_code_of_a_refusal_is_listed_and_documented() {
        let web = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
        let mut used = BTreeSet::new();
        for folder in [web.to_owned(), format!("{web}/browse")] {
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            for file in files.filter(|path| path.is_file()) {
                used.extend(codes_of(&std::fs::read_to_string(file).unwrap()));
            }
        }
        assert!(used.len() > CODES.len() / 2, "the sources are read: {used:?}");
        let listed: BTreeSet<String> = CODES.iter().map(|code| (*code).to_owned()).collect();
        assert!(used.is_subset(&listed), "not listed: {:?}", used.difference(&listed));
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md")).unwrap();
        let table = page.split("## What the shop refuses").nth(1).unwrap().split("\n## ").next().unwrap();
        let row = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
        assert_eq!(table.lines().filter_map(row).collect::<BTreeSet<_>>(), listed);
    }
}
