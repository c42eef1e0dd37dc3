//! A tiny shop with forms, made by hand, and a bank beside it. It can be slow, and it can lie.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How the shop treats shoppers. Whoever only looks around is treated well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    #[default]
    Honest,
    /// Every answer takes so many milliseconds.
    Slow(u64),
    /// Product pages without the product's title.
    NoTitle,
    /// Product pages of another product.
    MixedUp,
    /// Pages that end in the midst, as if that was all.
    CutOff,
    /// Pages whose connection ends in the midst.
    Reset,
    /// Pages that do not come.
    Silent,
    /// Pages that lead to themselves.
    RoundAndRound,
    /// Pages without end.
    Endless,
    /// Heads without end.
    EndlessHead,
    /// Status 500.
    Broken,
    /// Status 409 with the code of a thing that is sold out, for whoever buys.
    SoldOut,
    /// A checkout that leads back to the basket.
    SoldMeanwhile,
    /// A basket that forgets what was put in.
    Forgetful,
    /// An order that costs more than was said.
    Dearer,
    /// Nothing has a form.
    NoForms,
    /// The same words at every address.
    NoShop,
}

/// What the shop saw of shoppers.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: BTreeMap<String, u64>,
    stock_by_ids: u64,
    pub(crate) begun: Vec<Instant>,
    pub(crate) emails: BTreeSet<String>,
    pub(crate) gateways: BTreeMap<String, u64>,
    pub(crate) orders: u64,
    pub(crate) not_modified: u64,
    pub(crate) strangers: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    bank: SocketAddr,
    manner: Manner,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

type Fields = Form<HashMap<String, String>>;

impl Shop {
    pub(crate) async fn open(manner: Manner) -> Self {
        let (listener, bank_listener) = (listen().await, listen().await);
        let (address, bank) = (listener.local_addr().unwrap(), bank_listener.local_addr().unwrap());
        let shop = Self { address, bank, manner, seen: Arc::default() };
        let pages = Router::new()
            .route("/", get(home))
            .route("/sitemap.xml", get(sitemap))
            .route("/report.json", get(report))
            .route("/category/tea", get(category))
            .route("/search", get(category))
            .route("/product/{slug}", get(product))
            .route("/static/{name}", get(file))
            .route("/media/{name}", get(file))
            .route("/stock", get(stock))
            .route("/basket", get(basket))
            .route("/basket/lines", post(add))
            .route("/basket/quantity", post(set_quantity))
            .route("/checkout", get(address_form))
            .route("/checkout/address", post(take_address))
            .route("/checkout/review", get(review))
            .route("/checkout/pay", post(pay))
            .route("/pay/return/{id}", get(come_back))
            .route("/order/{id}", get(order))
            .layer(from_fn_with_state(shop.clone(), treat))
            .with_state(shop.clone());
        let bank_pages = Router::new().route("/pay/{id}", get(bank_page).post(bank_pays)).with_state(shop.clone());
        tokio::spawn(async move { axum::serve(listener, pages).await });
        tokio::spawn(async move { axum::serve(bank_listener, bank_pages).await });
        shop
    }

    /// Questions for the stock of some records.
    pub(crate) fn stock_by_ids(&self) -> u64 {
        self.seen.lock().unwrap().stock_by_ids
    }

    pub(crate) fn count(&self, path: &str) -> u64 {
        self.seen.lock().unwrap().requests.get(path).copied().unwrap_or_default()
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Counts shoppers' requests, and treats them as the manner says.
/// More than one answer holds: the script must ask for the records of its page.
async fn stock(Query(query): Query<HashMap<String, String>>) -> Response {
    let text = if query.contains_key("ids") { "{}" } else { r#"{"ask":"ids"}"# };
    ([(CACHE_CONTROL, "max-age=0")], text).into_response()
}

async fn treat(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    if shop.manner == Manner::NoShop {
        return "It works!".into_response();
    }
    // Whoever looks around before the run says nothing of where it comes from.
    let Some(from) = request.headers().get("sec-fetch-site").cloned() else { return next.run(request).await };
    let path = request.uri().path().to_owned();
    {
        let mut seen = shop.seen.lock().unwrap();
        *seen.requests.entry(path.clone()).or_default() += 1;
        let has_ids = request.uri().query().is_some_and(|query| query.starts_with("ids="));
        seen.stock_by_ids += u64::from(path == "/stock" && has_ids);
        seen.begun.push(Instant::now());
        let agent = request.headers().get(USER_AGENT).map(|agent| agent.to_str().unwrap().to_owned());
        let is_own = request.method() == "GET" || from == "same-origin";
        if !is_own || agent.as_deref() != Some(load::USER_AGENT) {
            seen.strangers.push(format!("{path}: {agent:?} from {from:?}"));
        }
    }
    let is_product = path.starts_with("/product/");
    match shop.manner {
        Manner::Slow(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Manner::Silent if is_product => std::future::pending().await,
        Manner::Broken if is_product => {
            return (StatusCode::INTERNAL_SERVER_ERROR, [("x-error", "fault")]).into_response();
        }
        Manner::SoldOut if path == "/basket/lines" => {
            return (StatusCode::CONFLICT, [("x-error", "sold_out")], "Sold out").into_response();
        }
        Manner::RoundAndRound if is_product => return see_other(&path),
        Manner::EndlessHead if is_product => return ([("x-long", "x".repeat(200_000))], "").into_response(),
        Manner::Endless if is_product => return Body::from(vec![b'<'; 5_000_000]).into_response(),
        Manner::Reset if is_product => {
            let parts = [Ok(Bytes::from_static(b"<html>")), Err(std::io::Error::other("gone"))];
            return Body::from_stream(stream::iter(parts)).into_response();
        }
        _ => {}
    }
    next.run(request).await
}

fn see_other(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

fn page(title: &str, path: &str, content: &str) -> Response {
    let html = format!(
        "<!doctype html><html><head><title>{title} – Shop</title><link rel=canonical href='http://shop.example{path}'>\
         <link rel=stylesheet href=/static/app.css></head><body><form action=/search><input name=q></form>\
         <a href='/basket?locale='>Basket</a><a href=/category/tea>Tea</a>{content}<img src=/media/m.svg></body></html>"
    );
    let headers = [(CONTENT_TYPE, "text/html"), (CACHE_CONTROL, "public, max-age=0, s-maxage=300")];
    (headers, [("cache-status", "edge; hit; ttl=9")], html).into_response()
}

/// A visitor's own.
fn own(title: &str, content: &str) -> Response {
    let mut response = page(title, "/", content);
    response.headers_mut().insert(CACHE_CONTROL, "private, no-store".parse().unwrap());
    response.headers_mut().insert("cache-status", "edge; fwd=bypass".parse().unwrap());
    response
}

async fn home() -> Response {
    page("Home", "/", "<h1>Home</h1>")
}

/// Written for another address, as a shop behind an edge has it.
async fn sitemap() -> String {
    let paths = ["/", "/category/tea", "/product/mug", "/product/cup", "/product/pot"];
    paths.map(|path| format!("<url><loc>http://shop.example{path}</loc></url>")).concat()
}

async fn report(State(shop): State<Shop>) -> String {
    format!("{{\"starts\": {}, \"name\": \"local\"}}", shop.seen.lock().unwrap().begun.len())
}

async fn category(uri: axum::http::Uri) -> Response {
    let cards = ["mug", "cup", "pot"]
        .map(|slug| format!("<li data-stock={slug}><h3><a href=/product/{slug}>The {slug}</a></h3>"))
        .concat();
    let filters = "<form id=filters action='/category/tea#results'><select name=sort><option value=relevance selected>\
                   <option value=price></select><input type=checkbox name=f value='colour:Red'><input name=min></form>";
    page("Tea", uri.path(), &format!("<h1>Tea</h1>{filters}<ul>{cards}</ul><a rel=next href='?page=2'>Next</a>"))
}

async fn product(State(shop): State<Shop>, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    let manner = if headers.contains_key("sec-fetch-site") || shop.manner == Manner::NoForms {
        shop.manner
    } else {
        Manner::Honest
    };
    let heading = if manner == Manner::NoTitle { String::new() } else { format!("<h1>The {slug}</h1>") };
    let path = if manner == Manner::MixedUp { "/product/other".to_owned() } else { format!("/product/{slug}") };
    let form = format!(
        "<form method=post action=/basket/lines><input type=hidden name=locale value=''>\
         <input type=radio name=product value={slug} checked><input type=radio name=product value=other>\
         <select name=option-ink required><option value=''>Choose<option value=red>Red</select>\
         <input name=quantity type=number value=1><button>Add</button></form>"
    );
    let form = if manner == Manner::NoForms { String::new() } else { form };
    let mut response = page(&slug, &path, &format!("{heading}{form}"));
    if manner == Manner::CutOff {
        *response.body_mut() = Body::from("<html><title>Mug</title><h1>The mug</h1><p>And th");
    }
    response
}

/// The stylesheet is fresh for ever, pictures are asked about each time.
async fn file(State(shop): State<Shop>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if name == "app.css" {
        return ([(CACHE_CONTROL, "public, max-age=31536000, immutable")], "p {}").into_response();
    }
    let cache = [(CACHE_CONTROL, "max-age=0"), (ETAG, "\"1\"")];
    if headers.get(IF_NONE_MATCH).is_some_and(|etag| etag == "\"1\"") {
        shop.seen.lock().unwrap().not_modified += 1;
        return (StatusCode::NOT_MODIFIED, cache).into_response();
    }
    (cache, [(CONTENT_TYPE, "image/svg+xml")], "<svg/>").into_response()
}

/// `basket=mug:2`
fn basket_of(headers: &HeaderMap) -> BTreeMap<String, u32> {
    let cookies = headers.get(COOKIE).map(|cookies| cookies.to_str().unwrap()).unwrap_or_default();
    let basket = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("basket=")).unwrap_or_default();
    basket
        .split('.')
        .filter_map(|line| line.split_once(':'))
        .map(|(id, n)| (id.to_owned(), n.parse().unwrap()))
        .collect()
}

fn keep(mut response: Response, basket: &BTreeMap<String, u32>) -> Response {
    let lines: Vec<String> = basket.iter().map(|(product, units)| format!("{product}:{units}")).collect();
    let cookie = format!("basket={}; Path=/; HttpOnly", lines.join("."));
    response.headers_mut().append(SET_COOKIE, cookie.parse().unwrap());
    response
}

async fn add(State(shop): State<Shop>, headers: HeaderMap, Form(fields): Fields) -> Response {
    assert_eq!(fields["option-ink"], "red");
    let mut basket = basket_of(&headers);
    if shop.manner != Manner::Forgetful {
        *basket.entry(fields["product"].clone()).or_default() += fields["quantity"].parse::<u32>().unwrap();
    }
    keep(own("Added", "<h1>Added</h1>"), &basket)
}

async fn set_quantity(headers: HeaderMap, Form(fields): Fields) -> Response {
    let mut basket = basket_of(&headers);
    basket.insert(fields["product"].clone(), fields["quantity"].parse().unwrap());
    keep(see_other("/basket"), &basket)
}

async fn basket(headers: HeaderMap) -> Response {
    let lines = basket_of(&headers).into_iter().map(|(product, units)| {
        format!(
            "<form method=post action=/basket/quantity><input type=hidden name=product value={product}>\
             <input name=quantity value={units}><button>Change</button></form>"
        )
    });
    own("Basket", &format!("{}<a href=/checkout>Check out</a>", lines.collect::<String>()))
}

async fn address_form(State(shop): State<Shop>) -> Response {
    if shop.manner == Manner::SoldMeanwhile {
        return see_other("/basket");
    }
    own(
        "Address",
        "<form method=post action=/checkout/address><input name=mail autocomplete=email required>\
         <input name=zip autocomplete='shipping postal-code' required>\
         <select name=land autocomplete='shipping country'><option value=DE>Germany</select><button>Go on</button></form>",
    )
}

async fn take_address(State(shop): State<Shop>, Form(fields): Fields) -> Response {
    assert_eq!((fields["zip"].as_str(), fields["land"].as_str()), ("28195", "DE"));
    assert!(shop.seen.lock().unwrap().emails.insert(fields["mail"].clone()), "everybody is somebody else");
    see_other("/checkout/review")
}

fn total(headers: &HeaderMap) -> u32 {
    basket_of(headers).values().sum::<u32>() * 5
}

async fn review(headers: HeaderMap) -> Response {
    let total = total(&headers);
    own(
        "Review",
        &format!(
            "<dl><div class=total><dt>Total<dd>£{total}</div></dl><form method=post action=/checkout/pay>\
             <input type=hidden name=amount value={total}><input type=radio name=payment value=invoice checked>\
             <input type=radio name=payment value=bank><button>Pay</button></form>"
        ),
    )
}

async fn pay(State(shop): State<Shop>, headers: HeaderMap, Form(fields): Fields) -> Response {
    assert_eq!(fields["amount"], total(&headers).to_string());
    *shop.seen.lock().unwrap().gateways.entry(fields["payment"].clone()).or_default() += 1;
    let to_bank = format!("http://{}/pay/1", shop.bank);
    see_other(if fields["payment"] == "bank" { &to_bank } else { "/pay/return/1" })
}

async fn bank_page() -> Response {
    let html = "<title>Bank</title><form method=post><button name=choice value=yes>Yes</button><button name=choice value=no>No</button></form>";
    ([(CONTENT_TYPE, "text/html")], html).into_response()
}

/// Sends back to the shop's public address.
async fn bank_pays(Form(fields): Fields) -> Response {
    assert_eq!(fields["choice"], "yes");
    see_other("http://shop.example/pay/return/1")
}

/// Not settled at the first look.
async fn come_back(headers: HeaderMap) -> Response {
    let has_waited = headers.get(COOKIE).is_some_and(|cookies| cookies.to_str().unwrap().contains("waited"));
    if has_waited {
        return see_other("/order/secret?new=1");
    }
    let mut response = own("Wait", "<h1>Wait</h1>");
    response.headers_mut().append(SET_COOKIE, "waited=1; Path=/".parse().unwrap());
    response
}

async fn order(State(shop): State<Shop>, headers: HeaderMap) -> Response {
    shop.seen.lock().unwrap().orders += 1;
    let total = total(&headers) + u32::from(shop.manner == Manner::Dearer);
    own("Order", &format!("<h1>Thank you</h1><dl><div class=total><dt>Total<dd>£{total}</div></dl>"))
}
