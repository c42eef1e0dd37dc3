//! What holds for every request and answer: addresses and heads that are read in one way only, security headers, and
//! writes that come from the shop's own pages only.

use super::Storefront;
use super::respond::{error_page, own};
use crate::urls;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::uri::Authority;
use http::{Method, StatusCode, Version};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Longest path and query string together, in bytes.
const ADDRESS_BYTES_MAX: usize = 8_192;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What of a request's head can be read in two ways, or not at all: its status and stable code.
fn refusal(request: &Request) -> Option<(StatusCode, &'static str)> {
    let (uri, headers) = (request.uri(), request.headers());
    if uri.path().len() + uri.query().map_or(0, str::len) > ADDRESS_BYTES_MAX {
        return Some((StatusCode::URI_TOO_LONG, "address_too_long"));
    }
    if !is_readable(uri.path()) {
        return Some((StatusCode::BAD_REQUEST, "bad_address"));
    }
    // RFC 9112, 3.2: exactly one, which names a host. What it names decides nothing here.
    let mut hosts = headers.get_all(HOST).iter();
    let is_host = |value: &HeaderValue| Authority::try_from(value.as_bytes()).is_ok();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host) => {}
        (None, None) if request.version() < Version::HTTP_11 => {}
        _ => return Some((StatusCode::BAD_REQUEST, "bad_host")),
    }
    None
}

/// A path of printable UTF-8 once it is decoded.
fn is_readable(path: &str) -> bool {
    if !path.contains('%') {
        return !path.chars().any(char::is_control);
    }
    urls::decode_strictly(path).is_some_and(|path| !path.chars().any(char::is_control))
}

/// Refuses a write that another site's page caused. Browsers say where a request comes from; one that says nothing
/// and carries a cookie is refused as well.
pub(super) async fn refuse_cross_site(State(storefront): State<Storefront>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) || is_our_own(&storefront, request.headers()) {
        return next.run(request).await;
    }
    // The pattern and not the path: the path of an order's page is its secret.
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    tracing::info!(route, "a write from another site was refused");
    own(error_page(&storefront, StatusCode::FORBIDDEN, "cross_site").await)
}

fn is_our_own(storefront: &Storefront, headers: &HeaderMap) -> bool {
    // One that stands there twice is nobody's.
    let text = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_some() { "?" } else { first.to_str().unwrap_or("?") })
    };
    if let Some(site) = text(&SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    match text(&ORIGIN) {
        Some(origin) => {
            let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
            let base = storefront.shop().base_url().split_once("://").map_or("", |(_, authority)| authority);
            !authority.is_empty() && (authority == base || Some(authority) == text(&HOST))
        }
        // A program, not a browser: harmless as long as it acts for nobody.
        None => !headers.contains_key(COOKIE),
    }
}

/// Refuses what cannot be read in one way only, and puts on the headers that every answer carries unless it has its
/// own.
pub(super) async fn every_answer(State(storefront): State<Storefront>, request: Request, next: Next) -> Response {
    // Whose address is the key to it: nobody else is told where a visitor came from.
    let is_order = ["/order/", "/download/"].iter().any(|start| request.uri().path().starts_with(start));
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let refused = refusal(&request);
    let mut response = match refused {
        Some((status, code)) => own(error_page(&storefront, status, code).await),
        None => match caught(next.run(request)).await {
            Ok(response) => response,
            Err(what) => storefront.fault(storefront.shop().settings().markets.first(), &what).await,
        },
    };
    let headers = response.headers_mut();
    // No browser sends a form in chunks. What stood in front may have believed a length instead: whatever is left on
    // this connection is not taken for a request.
    if is_chunked || refused.is_some() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let referrer = if is_order { "same-origin" } else { "strict-origin-when-cross-origin" };
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if storefront.0.is_secure {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| storefront.pages().csp().plain().clone());
    // Whatever forgot to say is nobody else's.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}

/// The outcome of a future, or what it panicked with: a broken invariant of ours stops the request, which is answered
/// all the same, and no other.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    let polled =
        std::future::poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => {
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                Poll::Ready(Err(format!("a panic: {}", text.unwrap_or_default())))
            }
        });
    polled.await
}

/// A method that an address does not have.
pub(super) async fn method_not_allowed(State(storefront): State<Storefront>) -> Response {
    own(error_page(&storefront, StatusCode::METHOD_NOT_ALLOWED, "method").await)
}

/// The same for pages, which are only ever read.
pub(super) async fn read_only(storefront: Storefront) -> Response {
    let mut response = method_not_allowed(State(storefront)).await;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[tokio::test]
    async fn a_panic_becomes_words_and_anything_else_passes() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let broken = caught(async {
            tokio::task::yield_now().await;
            std::hint::black_box(None::<u32>).expect("a broken invariant")
        });
        assert_eq!(broken.await, Err("a panic: a broken invariant".to_owned()));
    }
}
