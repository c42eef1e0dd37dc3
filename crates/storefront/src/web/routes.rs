//! The one table of addresses: what each is, and what the edge may do with it. The edge's description is made from it.

use super::{Storefront, basket, browse, checkout, delivery, download, gift_cards, guard, offers, order, pay, site};
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

/// What the edge may do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteClass {
    /// The same for every visitor of a market: kept, and dropped by tag.
    Cached,
    /// A visitor's own: never kept, all cookies and query strings pass.
    Own,
    /// A file under a name of its content: kept for a year.
    Asset,
}

/// An address of the storefront.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its pattern; a cached one stands behind the prefix of each locale.
    pub path: &'static str,
    /// What the edge may do with it.
    pub class: RouteClass,
    /// Methods that it answers.
    pub methods: &'static [&'static str],
}

const fn cached(path: &'static str) -> Route {
    Route { path, class: RouteClass::Cached, methods: &["GET", "HEAD"] }
}

const fn own(path: &'static str, methods: &'static [&'static str]) -> Route {
    Route { path, class: RouteClass::Own, methods }
}

/// Every address. A test asks each of them and holds the answer against its class.
pub const ROUTES: &[Route] = &[
    Route { path: "/static/{name}", class: RouteClass::Asset, methods: &["GET", "HEAD"] },
    Route { path: "/media/{*path}", class: RouteClass::Asset, methods: &["GET", "HEAD"] },
    own("/basket", &["GET", "HEAD"]),
    own("/basket/lines", &["POST"]),
    own("/basket/quantity", &["POST"]),
    own("/basket/remove", &["POST"]),
    own("/basket/undo", &["POST"]),
    own("/basket/offer", &["POST"]),
    own("/basket/voucher", &["POST"]),
    own("/basket/voucher/remove", &["POST"]),
    own("/basket/country", &["POST"]),
    own("/checkout", &["GET", "HEAD"]),
    own("/checkout/address", &["POST"]),
    own("/checkout/delivery", &["GET", "HEAD", "POST"]),
    own("/checkout/review", &["GET", "HEAD"]),
    own("/checkout/card", &["POST"]),
    own("/checkout/card/remove", &["POST"]),
    own("/checkout/pay", &["POST"]),
    own("/pay/return/{checkout}", &["GET", "HEAD", "POST"]),
    own("/order/{token}", &["GET", "HEAD"]),
    own("/order/{token}/cancel", &["POST"]),
    own("/order/{token}/withdraw", &["GET", "HEAD", "POST"]),
    own("/download/{token}", &["GET", "HEAD", "POST"]),
    own("/download/{token}/started", &["GET", "HEAD"]),
    own("/webhooks/{gateway}", &["POST"]),
    cached("/"),
    cached("/category/{slug}"),
    cached("/product/{slug}"),
    cached("/offers"),
    cached("/offers/{slug}"),
    cached("/search"),
    cached("/suggest"),
    cached("/stock"),
    cached("/catalogue/{*old}"),
    cached("/robots.txt"),
    cached("/.well-known/security.txt"),
    cached("/sitemap.xml"),
    cached("/sitemap/{page}.xml"),
    cached("/manifest.webmanifest"),
    cached("/favicon.ico"),
    cached("/{page}"),
];

/// First segments of pages that other faces of the store serve: a visitor's own, each by itself or with all below it.
const OTHER_FACES: &[&str] = &["/account", "/account/*", "/dashboard", "/dashboard/*", "/api/*"];

/// Query names that cached pages know, [`crate::listing_address`] and the stock of a page; an edge knows ten at most.
pub const QUERY_NAMES: &[&str] = &["q", "f", "min", "max", "sort", "page", "ids"];

/// The edge's description: path patterns in order, each with what the edge may do; all else is cached.
pub fn edge_patterns() -> Vec<(String, RouteClass)> {
    let mut patterns: Vec<(String, RouteClass)> = Vec::new();
    let declared = ROUTES.iter().filter(|route| route.class != RouteClass::Cached).map(|route| {
        let first = route.path[1..].split('/').next().unwrap_or_default();
        let is_alone = route.path.len() == 1 + first.len();
        (if is_alone { route.path.to_owned() } else { format!("/{first}/*") }, route.class)
    });
    let others = OTHER_FACES.iter().map(|pattern| ((*pattern).to_owned(), RouteClass::Own));
    for pattern in declared.chain(others) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    patterns
}

/// The storefront as a service.
pub fn router(storefront: Storefront) -> Router {
    let own = Router::new()
        .route("/basket", get(basket::show))
        .route("/basket/lines", post(basket::add_line))
        .route("/basket/quantity", post(basket::set_quantity))
        .route("/basket/remove", post(basket::remove_line))
        .route("/basket/undo", post(basket::undo_removal))
        .route("/basket/offer", post(offers::open_offer))
        .route("/basket/voucher", post(offers::enter_voucher))
        .route("/basket/voucher/remove", post(offers::remove_voucher))
        .route("/basket/country", post(delivery::take_country))
        .route("/checkout", get(checkout::show_address))
        .route("/checkout/address", post(checkout::take_address))
        .route("/checkout/delivery", get(checkout::show_delivery).post(checkout::take_delivery))
        .route("/checkout/review", get(checkout::show_review))
        .route("/checkout/card", post(gift_cards::enter_card))
        .route("/checkout/card/remove", post(gift_cards::remove_card))
        .route("/checkout/pay", post(checkout::pay))
        .route("/order/{token}", get(order::show))
        .route("/order/{token}/cancel", post(order::cancel))
        .route("/order/{token}/withdraw", get(order::show_withdrawal).post(order::withdraw))
        .route("/download/{token}", get(download::show).post(download::begin))
        .route("/download/{token}/started", get(download::started))
        .route_layer(middleware::from_fn_with_state(storefront.clone(), guard::refuse_cross_site));
    let outside = Router::new()
        .route("/pay/return/{checkout}", get(pay::come_back).post(pay::come_back_by_post))
        .route("/webhooks/{gateway}", post(pay::webhook));
    let files = Router::new().route("/static/{name}", get(site::asset)).route("/media/{*path}", get(site::media));
    guarded(files.merge(own).merge(outside), storefront)
}

/// What holds for every address.
fn guarded(routes: Router<Storefront>, storefront: Storefront) -> Router {
    routes
        .fallback(browse::page)
        .method_not_allowed_fallback(guard::method_not_allowed)
        .layer(middleware::from_fn_with_state(storefront.clone(), guard::every_answer))
        .with_state(storefront)
}

#[cfg(test)]
mod tests {
    use super::{Storefront, guarded};
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use shop::folder::{NewStore, create};
    use shop::{Chance, OpenOptions, Shop};
    use tower::ServiceExt;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_answered_with_a_reference_and_stops_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("store");
        create(&folder, NewStore::Empty, &[], &Chance::system()).unwrap();
        let shop = Shop::open(&folder, OpenOptions::default()).await.unwrap();
        let broken = Router::new().route("/broken", get(async || std::hint::black_box(None::<String>).expect("ours")));
        let router = guarded(broken, Storefront::open(shop).unwrap());
        for (path, status) in [("/broken", StatusCode::INTERNAL_SERVER_ERROR), ("/", StatusCode::OK)] {
            let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            let is_fault = answer.headers().get("x-error").is_some_and(|code| code == "fault");
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let page = String::from_utf8_lossy(&body).into_owned();
            assert_eq!(is_fault, status == StatusCode::INTERNAL_SERVER_ERROR, "{page}");
            assert!(page.contains("<html") && !page.contains("ours"), "{page}");
        }
    }
}
