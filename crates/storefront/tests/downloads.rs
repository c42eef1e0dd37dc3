//! Files that are sold, as a shopper meets them: bought, waited for, fetched whole and in parts, counted and refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use axum::body::Body;
use bytes::Bytes;
use cache_world::{World, header, quoted, read, text};
use commerce::event::Actor;
use commerce::ids::OrderId;
use commerce::order::OrderNumber;
use http::{Request, Response};
use shop::Shop;
use shop::downloads::{DOWNLOAD_LASTS_MS, NewFile};
use std::collections::BTreeMap;
use std::time::Duration;
use tower::ServiceExt;

const DAY_MS: i64 = 24 * 3_600_000;
/// A file whose bytes tell where they stand.
fn content() -> Vec<u8> {
    (0..300_000_u32).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

/// The demo's shop, in which a guide has a file.
async fn world() -> World {
    let world = World::demo().await;
    let sku = guide_sku(&world.shop).await;
    let new = NewFile { sku: &sku, name: "Kälte & Eis.pdf", title: Some("Cold <and> iced"), replaces: false };
    world.shop.add_download_file(&new, &mut content().as_slice(), &mut |_| {}, &Actor::Operator).await.unwrap();
    world
}

async fn guide_sku(shop: &Shop) -> String {
    let slug = commerce::slug::Slug::from_title("guide-cold-and-iced").unwrap();
    let product = shop.db().find_product_by_slug(&slug).await.unwrap().unwrap();
    shop.db().load_families(&[product]).await.unwrap()[0].head.entry.stock_records[0].sku.clone()
}

/// Does what follows from an order; pictures of the demo can wait.
async fn work(shop: &Shop) {
    assert!(shop.work_quick_tasks_within(Duration::from_secs(60)).await.unwrap());
}

/// Somebody with a browser.
struct Visitor<'w> {
    world: &'w World,
    cookies: BTreeMap<String, String>,
}

impl<'w> Visitor<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, cookies: BTreeMap::new() }
    }

    async fn send(&mut self, request: http::request::Builder, body: String) -> Response<Bytes> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("host", "shop.example").header("cookie", cookies.join("; "));
        let answer =
            read(self.world.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()).await;
        for set in answer.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    async fn page(&mut self, path: &str) -> String {
        let answer = self.send(Request::get(path), String::new()).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        text(&answer)
    }

    async fn post(&mut self, path: &str, form: &str) -> Response<Bytes> {
        let request = Request::post(path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request, form.to_owned()).await
    }

    /// Buys a guide by a bill; gives the path of the order's page.
    async fn buy(&mut self) -> String {
        let page = self.page("/product/guide-cold-and-iced").await;
        let (_, rest) = page.split_once("name=\"product\" value=\"").unwrap();
        let product = rest.split('"').next().unwrap().to_owned();
        self.post("/basket/lines", &format!("product={product}")).await;
        let address = "email=ann%40example.org&name=Ann+Ash&line1=1+Hill&city=Porthaven&postcode=BS1+1AA&country=GB";
        self.post("/checkout/address", address).await;
        self.post("/checkout/delivery", "").await;
        let review = self.page("/checkout/review").await;
        assert!(!review.contains("Deliver to"), "{review}");
        let field = |name: &str| {
            let (_, rest) = review.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
            rest.split('"').next().unwrap().replace(' ', "+")
        };
        let pay = format!("payment=invoice&token={}&amount={}", field("token"), field("amount"));
        let paid = header(&self.post("/checkout/pay", &pay).await, "location").to_owned();
        let back = self.send(Request::get(&paid), String::new()).await;
        header(&back, "location").to_owned()
    }

    async fn order_of(&mut self, path: &str) -> OrderId {
        let page = self.page(path).await;
        let (_, rest) = page.split_once("Order number</dt><dd>").unwrap();
        let number = OrderNumber::parse(rest.split('<').next().unwrap()).unwrap();
        self.world.shop.db().find_order_by_number(&number).await.unwrap().unwrap()
    }

    /// Buys a guide and has it paid; gives its order and the path of its file's page.
    async fn paid(&mut self) -> (OrderId, String, String) {
        let page = self.buy().await;
        let order = self.order_of(&page).await;
        self.world.shop.capture(order, None, &Actor::Operator).await.unwrap();
        work(&self.world.shop).await;
        let file = quoted(&self.page(&page).await, "/download/");
        (order, page, file)
    }

    /// Presses the button of a file's page; gives the path of the file.
    async fn begin(&mut self, file: &str) -> String {
        let press = press_of(&self.page(file).await);
        let answer = self.post(file, &format!("press={press}")).await;
        assert_eq!(answer.status().as_u16(), 303);
        header(&answer, "location").strip_suffix("/started").unwrap().to_owned()
    }
}

fn press_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"press\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_bought_waited_for_and_fetched() {
    let world = world().await;
    let mut ann = Visitor::new(&world);
    let order_page = ann.buy().await;
    let waiting = ann.page(&order_page).await;
    assert!(
        waiting.contains("Cold &lt;and&gt; iced") && waiting.contains("Ready as soon as the order is paid"),
        "{waiting}"
    );
    assert!(waiting.contains("We send you the bill") && !waiting.contains("/download/"), "{waiting}");
    let order = ann.order_of(&order_page).await;
    world.shop.capture(order, None, &Actor::Operator).await.unwrap();
    work(&world.shop).await;
    let ready = ann.page(&order_page).await;
    assert!(ready.contains("5 of 5 downloads left, until 24 December 2026"), "{ready}");
    assert!(ready.contains("300\u{a0}kB") && ready.contains("Your order is complete."), "{ready}");
    let file = quoted(&ready, "/download/");
    // Whoever has the link of a mail is not in our cookies.
    let mut mailed = Visitor::new(&world);
    let answer = mailed.send(Request::get(&file), String::new()).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (200, "private, no-store"));
    assert_eq!(
        (header(&answer, "x-robots-tag"), header(&answer, "referrer-policy")),
        ("noindex, nofollow", "same-origin")
    );
    let page = text(&answer);
    assert!(page.contains("Cold &lt;and&gt; iced") && page.contains("Kälte &amp; Eis.pdf"), "{page}");
    assert!(!page.contains("Ann Ash") && !page.contains(&order_page), "the link opens nothing but the file");
    let answer = mailed.post(&file, &format!("press={}", press_of(&page))).await;
    assert_eq!(answer.status().as_u16(), 303);
    let started = header(&answer, "location").to_owned();
    let begins = mailed.page(&started).await;
    let path = started.strip_suffix("/started").unwrap();
    assert!(begins.contains(&format!("<meta http-equiv=\"refresh\" content=\"0; url={path}\">")), "{begins}");
    assert!(begins.contains("4 of 5 downloads left") && begins.contains(&format!("href=\"{path}\"")), "{begins}");
    let answer = mailed.send(Request::get(path), String::new()).await;
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, content().as_slice()));
    for (name, want) in [
        ("content-type", "application/pdf"),
        ("content-length", "300000"),
        (
            "content-disposition",
            "attachment; filename=\"K_lte & Eis.pdf\"; filename*=UTF-8''K%C3%A4lte%20%26%20Eis.pdf",
        ),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("accept-ranges", "bytes"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(header(&answer, name), want, "{name}");
    }
    assert!(ann.page(&order_page).await.contains("4 of 5 downloads left"));
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_counts_nothing_and_neither_do_parts_of_what_was_begun() {
    let world = world().await;
    let mut ann = Visitor::new(&world);
    let (_, order_page, file) = ann.paid().await;
    for _ in 0..10 {
        for method in ["GET", "HEAD"] {
            let answer = ann.send(Request::builder().method(method).uri(&file), String::new()).await;
            assert_eq!(answer.status().as_u16(), 200, "{method}");
        }
    }
    assert!(ann.page(&order_page).await.contains("5 of 5 downloads left"), "a mail scanner uses nothing up");
    let path = ann.begin(&file).await;
    let whole = content();
    let head = ann.send(Request::head(&path), String::new()).await;
    assert_eq!((header(&head, "content-length"), head.body().len()), ("300000", 0));
    let tag = header(&head, "etag").to_owned();
    for (range, places) in
        [("bytes=0-99999", 0..100_000), ("bytes=100000-", 100_000..300_000), ("bytes=-1", 299_999..300_000)]
    {
        let request = Request::get(&path).header("range", range).header("if-range", &tag);
        let part = ann.send(request, String::new()).await;
        let told = format!("bytes {}-{}/300000", places.start, places.end - 1);
        assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, told.as_str()), "{range}");
        assert_eq!(part.body().as_ref(), &whole[places], "{range}");
    }
    let other = Request::get(&path).header("range", "bytes=5-9").header("if-range", "\"other\"");
    assert_eq!(ann.send(other, String::new()).await.status().as_u16(), 200);
    let behind = ann.send(Request::get(&path).header("range", "bytes=300000-"), String::new()).await;
    assert_eq!((behind.status().as_u16(), header(&behind, "content-range")), (416, "bytes */300000"));
    for _ in 0..3 {
        assert_eq!(ann.send(Request::get(&path), String::new()).await.body().len(), whole.len());
    }
    assert!(ann.page(&order_page).await.contains("4 of 5 downloads left"), "all of it was one");
    world.clock.advance_ms(DOWNLOAD_LASTS_MS);
    let late = ann.send(Request::get(&path), String::new()).await;
    assert_eq!((late.status().as_u16(), header(&late, "x-error")), (410, "download_expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_press_is_one_and_the_last_is_followed_by_a_refusal() {
    let world = world().await;
    let mut ann = Visitor::new(&world);
    let (_, order_page, file) = ann.paid().await;
    let press = press_of(&ann.page(&file).await);
    let first = header(&ann.post(&file, &format!("press={press}")).await, "location").to_owned();
    let second = header(&ann.post(&file, &format!("press={press}")).await, "location").to_owned();
    assert_eq!(first, second);
    for _ in 1..5 {
        ann.begin(&file).await;
    }
    for (method, form) in [("GET", ""), ("POST", "press=new"), ("POST", "")] {
        let answer = match method {
            "GET" => ann.send(Request::get(&file), String::new()).await,
            _ => ann.post(&file, form).await,
        };
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "x-error")),
            (410, "download_used_up"),
            "{method} {form}"
        );
        let page = text(&answer);
        assert!(page.contains("All 5 downloads are used.") && page.contains("hello@leeward.example"), "{page}");
        assert!(!page.contains("<button class=\"button\" type=\"submit\">"), "{page}");
    }
    assert!(ann.page(&order_page).await.contains("All 5 downloads are used."));
    let cross = Request::post(&file).header("sec-fetch-site", "cross-site");
    assert_eq!(header(&ann.send(cross, String::new()).await, "x-error"), "cross_site", "no other site presses it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_refunded_forged_or_lost_is_refused_with_the_next_step() {
    let world = world().await;
    let mut ann = Visitor::new(&world);
    let (order, _, file) = ann.paid().await;
    let begun = ann.begin(&file).await;
    let mut ben = Visitor::new(&world);
    let (_, _, other) = ben.paid().await;
    assert_ne!(file, other);
    // One letter changed, the order of one in the link of the other, nothing, and something else.
    let swapped = format!("{}{}", &file[..40], &other[40..]);
    let mut changed = file.clone().into_bytes();
    let place = changed.len() - 20;
    changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
    for forged in [swapped, String::from_utf8(changed).unwrap(), format!("{file}x"), "/download/x".to_owned()] {
        for path in [forged.clone(), format!("{forged}/started")] {
            let answer = ann.send(Request::get(&path), String::new()).await;
            assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (404, "not_found"), "{path}");
            assert_eq!(header(&answer, "cache-control"), "private, no-store", "{path}");
        }
        assert_eq!(ann.post(&forged, "press=a").await.status().as_u16(), 404, "{forged}");
    }
    let stored = std::fs::read_dir(world.shop.folder().join("downloads")).unwrap().next().unwrap().unwrap().path();
    let aside = stored.with_extension("aside");
    std::fs::rename(&stored, &aside).unwrap();
    for answer in [ann.post(&file, "press=b").await, ann.send(Request::get(&begun), String::new()).await] {
        assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (503, "download_missing"));
        assert!(text(&answer).contains("No download was counted."));
    }
    std::fs::rename(&aside, &stored).unwrap();
    world.shop.refund(order, None, &Actor::Operator).await.unwrap();
    for answer in [
        ann.send(Request::get(&file), String::new()).await,
        ann.post(&file, "press=c").await,
        ann.send(Request::get(&begun), String::new()).await,
        ann.send(Request::get(format!("{begun}/started")), String::new()).await,
    ] {
        assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (410, "download_closed"));
        assert!(text(&answer).contains("The order was refunded, so its files are closed."));
    }
    world.clock.advance_ms(31 * DAY_MS);
    let late = ben.send(Request::get(&other), String::new()).await;
    assert_eq!((late.status().as_u16(), header(&late, "x-error")), (410, "download_expired"));
    assert!(text(&late).contains("The time for this link is over."));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_would_be_too_long_is_refused_before_anything_is_counted() {
    let world = world().await;
    let mut ann = Visitor::new(&world);
    let (_, order_page, file) = ann.paid().await;
    let begun = ann.begin(&file).await;
    // As a function that gives whole answers does.
    let bounded = storefront::web::Storefront::open(world.shop.clone()).unwrap();
    bounded.bound_answers(200_000);
    let router = storefront::web::routes::router(bounded);
    let ask = async |request: http::request::Builder| {
        let request = request.header("host", "shop.example").body(Body::empty()).unwrap();
        read(router.clone().oneshot(request).await.unwrap()).await
    };
    let refused = ask(Request::post(&file)).await;
    assert_eq!((refused.status().as_u16(), header(&refused, "x-error")), (503, "download_too_large"));
    assert_eq!(header(&ask(Request::get(&begun)).await, "x-error"), "download_too_large");
    let part = ask(Request::get(&begun).header("range", "bytes=0-199999")).await;
    assert_eq!((part.status().as_u16(), part.body().len()), (206, 200_000), "a part that fits is given");
    assert!(ann.page(&order_page).await.contains("4 of 5 downloads left"));
}
