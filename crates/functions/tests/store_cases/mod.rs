//! What the store's own function does, case by case.

/// The function.
pub(crate) const SOURCE: &str = include_str!("../../functions/viewer-request.js");

/// One request and what becomes of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// Path and query string.
    pub(crate) target: &'static str,
    /// Headers, cookies among them.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// The key-value store.
    pub(crate) store: &'static [(&'static str, &'static str)],
    /// `status location` of a redirect, or `target [cookies]` of a request that goes on.
    pub(crate) want: &'static str,
}

type Pairs = &'static [(&'static str, &'static str)];

const NO_STORE: Pairs = &[];
const HOST: Pairs = &[("host", "shop.example")];
const MARKETS: Pairs =
    &[("market:DE", "/de/"), ("market:FR", "/fr"), ("market:XX", "//evil.example/"), ("market:YY", "/")];
const COOKIES: Pairs = &[("host", "shop.example"), ("cookie", "a=1; b=2")];
const PLAIN: Pairs = &[("host", "shop.example")];
const FOREIGN: Pairs = &[("host", "www.shop.example"), ("cookie", "a=1")];
const GERMAN: Pairs =
    &[("host", "shop.example"), ("cloudfront-viewer-country", "DE"), ("accept-language", "de"), ("cookie", "a=1")];

const fn get(name: &'static str, target: &'static str, headers: Pairs, store: Pairs, want: &'static str) -> Case {
    Case { name, method: "GET", target, headers, store, want }
}

pub(crate) const ALL: &[Case] = &[
    get("a page loses its cookies", "/catalogue/mug", COOKIES, NO_STORE, "/catalogue/mug []"),
    get("the front page too", "/", COOKIES, NO_STORE, "/ []"),
    get("the basket keeps them", "/basket", COOKIES, NO_STORE, "/basket [a=1; b=2]"),
    get("a page of the checkout keeps them", "/checkout/pay?x=1", COOKIES, NO_STORE, "/checkout/pay?x=1 [a=1; b=2]"),
    get("a path that begins like a reserved one is a page", "/orders", COOKIES, NO_STORE, "/orders []"),
    get("a reserved segment further on is a page", "/de/basket", COOKIES, NO_STORE, "/de/basket []"),
    get("files keep what they were sent", "/static/a.css?v=1", COOKIES, NO_STORE, "/static/a.css?v=1 [a=1; b=2]"),
    // host
    get("the canonical host stays", "/a", PLAIN, HOST, "/a []"),
    get(
        "another host moves, path and query with it",
        "/a?b=c&b=d",
        FOREIGN,
        HOST,
        "301 https://shop.example/a?b=c&b=d",
    ),
    get("in one step with the slash", "/a/?b=%20", FOREIGN, HOST, "301 https://shop.example/a?b=%20"),
    get("reserved paths move too", "/basket/", FOREIGN, HOST, "301 https://shop.example/basket/"),
    get("without a key any host will do", "/a", FOREIGN, NO_STORE, "/a []"),
    get(
        "a path of two slashes stays on the host",
        "//evil.example/a",
        FOREIGN,
        HOST,
        "301 https://shop.example//evil.example/a",
    ),
    Case {
        name: "a POST is not moved",
        method: "POST",
        target: "/webhooks/pay/",
        headers: FOREIGN,
        store: HOST,
        want: "/webhooks/pay/ [a=1]",
    },
    Case {
        name: "a HEAD is",
        method: "HEAD",
        target: "/a",
        headers: FOREIGN,
        store: HOST,
        want: "301 https://shop.example/a",
    },
    // slash
    get("a trailing slash goes", "/a/b/", PLAIN, NO_STORE, "301 /a/b"),
    get("all of them", "/a///?q=1", PLAIN, NO_STORE, "301 /a?q=1"),
    get("an empty query is no query", "/a/?", PLAIN, NO_STORE, "301 /a"),
    get("the front page keeps its own", "/", PLAIN, NO_STORE, "/ []"),
    get("slashes alone are the front page", "//", PLAIN, NO_STORE, "301 /"),
    get("reserved paths keep theirs", "/dashboard/", COOKIES, NO_STORE, "/dashboard/ [a=1; b=2]"),
    get("no Location names a host", "//evil.example/", PLAIN, NO_STORE, "301 /evil.example"),
    get("nor with more slashes", "////evil.example//", PLAIN, NO_STORE, "301 /evil.example"),
    get("nor with backslashes", "/\\evil.example/", PLAIN, NO_STORE, "301 /evil.example"),
    get("nor with both", "\\/\\/evil.example/", PLAIN, NO_STORE, "301 /evil.example"),
    get("encoded slashes name no host", "/%2F%2Fevil.example/", PLAIN, NO_STORE, "301 /%2F%2Fevil.example"),
    // tracking
    get("tracking parameters go", "/a?utm_source=x&q=tea&gclid=1&fbclid=2", PLAIN, NO_STORE, "/a?q=tea []"),
    get("all of them", "/a?msclkid=1&mc_cid=2&mc_eid=3&_ga=4&utm_=5", PLAIN, NO_STORE, "/a []"),
    get("from reserved paths too", "/checkout?gclid=1&step=2", COOKIES, NO_STORE, "/checkout?step=2 [a=1; b=2]"),
    get(
        "names that are like them stay",
        "/a?ref=1&xutm_a=2&gclid2=3&UTM_SOURCE=4",
        PLAIN,
        NO_STORE,
        "/a?ref=1&xutm_a=2&gclid2=3&UTM_SOURCE=4 []",
    ),
    get("an odd query stays as it was", "/a?&&q&%zz=%&__proto__=1&ü", PLAIN, NO_STORE, "/a?&&q&%zz=%&__proto__=1&ü []"),
    get("parameters that are there twice", "/a?f=1&utm_x=2&f=3", PLAIN, NO_STORE, "/a?f=1&f=3 []"),
    // market
    get("the front page leads to the market", "/?q=1", GERMAN, MARKETS, "302 /de?q=1"),
    get("other pages do not", "/a", GERMAN, MARKETS, "/a []"),
    get("nor without the market's key", "/", GERMAN, HOST, "/ []"),
    get(
        "who has chosen stays",
        "/",
        &[("cloudfront-viewer-country", "DE"), ("accept-language", "de"), ("cookie", "tw_market=fr")],
        MARKETS,
        "/ []",
    ),
    get(
        "crawlers, which send no languages, see the front page",
        "/",
        &[("cloudfront-viewer-country", "DE")],
        MARKETS,
        "/ []",
    ),
    get("a country is not needed", "/", &[("accept-language", "de")], MARKETS, "/ []"),
    get(
        "a path without a slash",
        "/",
        &[("cloudfront-viewer-country", "FR"), ("accept-language", "fr")],
        MARKETS,
        "302 /fr",
    ),
    get(
        "a store that names a host leads nowhere else",
        "/",
        &[("cloudfront-viewer-country", "XX"), ("accept-language", "fr")],
        MARKETS,
        "302 /evil.example",
    ),
    get(
        "the front page does not lead to itself",
        "/",
        &[("cloudfront-viewer-country", "YY"), ("accept-language", "fr")],
        MARKETS,
        "/ []",
    ),
    get(
        "a country that is no word",
        "/",
        &[("cloudfront-viewer-country", "__proto__"), ("accept-language", "fr")],
        MARKETS,
        "/ []",
    ),
    Case { name: "a HEAD does not move", method: "HEAD", target: "/", headers: GERMAN, store: MARKETS, want: "/ []" },
];
