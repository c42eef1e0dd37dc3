//! Calls a second of two functions, and what a start costs, in processor time: other programs on the machine count
//! little. `cargo bench -p functions`.

use functions::{Engine, Function, Ids, KeyValues, RunError, UnixMs, ViewerRequest};
use http::{HeaderMap, HeaderValue, Method};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// The store's own: asynchronous, with two look-ups in the key-value store.
const STORES: &str = include_str!("../functions/viewer-request.js");
/// What many a function does: a query cleaned by a regular expression, a path, a language, a cookie.
const SAMPLE: &str = r"
function handler(event) {
    var request = event.request;
    var query = request.querystring;
    Object.keys(query).forEach(function (name) {
        if (/^(utm_|gclid$|fbclid$)/.test(name)) {
            delete query[name];
        }
    });
    if (request.uri.endsWith('/')) {
        request.uri += 'index.html';
    }
    var languages = request.headers['accept-language'];
    var language = languages && /^(de|fr|it)\b/.exec(languages.value);
    request.headers['x-language'] = {value: language ? language[1] : 'en'};
    if (!request.cookies.session) {
        request.headers['x-visitor'] = {value: 'new'};
    }
    return request;
}";
const STARTS: u32 = 300;
const ROUND: Duration = Duration::from_secs(2);

fn main() {
    for (name, source) in [("sample", SAMPLE), ("store", STORES)] {
        measure(name, source);
    }
}

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("processor time is not negative")
}

fn measure(name: &str, source: &str) {
    let pairs = [("host", "shop.example"), ("market:DE", "/de/")];
    let store = KeyValues::new(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let store = Arc::new(store.expect("two short pairs fit"));
    let function = Function::new(name, source).expect("both functions are admitted");
    let headers = headers();
    let request = request(&headers);
    let each = |before: Duration| (cpu() - before).as_micros() / u128::from(STARTS);

    let before = cpu();
    for _ in 0..STARTS {
        Function::new(name, source).expect("both functions are admitted");
    }
    println!("{name}: gate {} µs", each(before));

    let before = cpu();
    for _ in 0..STARTS {
        call(&mut Engine::new(function.clone()).with_key_values(Arc::clone(&store)), &request);
    }
    println!("{name}: cold {} µs (new engine and first call)", each(before));

    let mut engine = Engine::new(function).with_key_values(store);
    let before = cpu();
    let (mut calls, mut late) = (0_u128, 0_u128);
    while cpu() - before < ROUND {
        calls += 1;
        late += u128::from(!call(&mut engine, &request));
    }
    let a_second = calls * 1_000 / ROUND.as_millis();
    println!("{name}: warm {a_second} calls/s ({late} of {calls} met a time limit)");
}

/// Whether the call came to its end; a busy machine may let one in thousands run into the time limit.
fn call(engine: &mut Engine, request: &ViewerRequest<'_>) -> bool {
    match engine.on_request(request, UnixMs(1_793_700_000_000)).outcome {
        Ok(_) => true,
        Err(RunError::TimeLimit { .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

fn request(headers: &HeaderMap) -> ViewerRequest<'_> {
    ViewerRequest {
        method: &Method::GET,
        uri: "/catalogue/mug_1",
        query: Some("q=tea&utm_source=letter&page=2&gclid=abc"),
        headers,
        viewer_ip: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
        ids: Ids { distribution_domain_name: "d1.cloudfront.net", distribution_id: "E1", request_id: "r1" },
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "shop.example"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "de,en;q=0.5"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("cookie", "basket=abc; tw_market=de; session=0123456789abcdef0123456789abcdef"),
        ("cloudfront-viewer-country", "DE"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}
