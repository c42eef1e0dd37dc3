//! Shoppers in a tiny shop: what they do there, and what they find out.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod shop;

use load::{ErrorKind, Kind, Options, Progress, Rate, Report, Shape, Share, ShopKind, Url, play};
use shop::{Manner, Shop};
use std::time::Duration;

fn options(shop: &Shop, per_second: u32, seconds: u32) -> Options {
    let shape = Shape::Steady { sessions_per_second: Rate::per_second(per_second) };
    let url = Url::parse(&format!("http://{}/", shop.address)).unwrap();
    Options { pace: 2_000, ..Options::new(url, shape, seconds) }
}

fn buyers(shop: &Shop, per_second: u32, seconds: u32) -> Options {
    let all = Share::percent(100);
    Options { basket_share: all, checkout_share: all, ..options(shop, per_second, seconds) }
}

async fn played(options: &Options) -> Report {
    play(options, std::future::pending(), |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_buy_through_the_forms() {
    let shop = Shop::open(Manner::Honest).await;
    let report = played(&buyers(&shop, 20, 2)).await;
    let seen = shop.seen.lock().unwrap();
    assert_eq!(report.errors.total, 0, "{report}");
    assert_eq!(report.shop.kind, ShopKind::Tradewind);
    assert_eq!((report.shop.products, report.shop.categories), (3, 1));
    assert!(20 < report.sessions.due && report.sessions.finished == report.sessions.due, "{report}");
    assert_eq!((report.orders.placed, report.orders.checkouts), (report.sessions.due, report.sessions.due));
    assert_eq!(seen.orders, report.orders.placed);
    assert_eq!(u64::try_from(seen.emails.len()).unwrap(), seen.orders);
    assert_eq!(seen.gateways.len(), 2, "{:?}", seen.gateways);
    assert_eq!(seen.strangers, Vec::<String>::new());
    // Every request was noted once; those of the bank are its own.
    let at_shop: u64 = seen.requests.values().sum();
    assert_eq!(at_shop + report.kinds[&Kind::Payment].latency.count, report.requests.sent);
    assert_eq!(report.kinds[&Kind::Order].latency.count, seen.orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_keep_what_they_may() {
    let shop = Shop::open(Manner::Honest).await;
    let report = played(&options(&shop, 30, 2)).await;
    assert_eq!(shop.count("/static/app.css"), report.sessions.played, "once a session");
    let by_ids = shop.stock_by_ids();
    assert_eq!((by_ids > 0, by_ids * 2), (true, shop.count("/stock")), "as the script does: all, then its own");
    assert!(report.requests.not_modified != 0 && report.requests.from_browser_cache != 0, "{report}");
    assert_eq!(shop.seen.lock().unwrap().not_modified, report.requests.not_modified);
    let cache = report.cache.as_ref().unwrap();
    let listing = report.kinds[&Kind::Listing].cache.unwrap();
    assert_eq!((listing.hits, listing.misses), (report.kinds[&Kind::Listing].latency.count, 0));
    assert!(cache.unmarked != 0 && cache.counts.passed == report.origin.requests, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_shop_does_not_slow_the_arrivals() {
    let shop = Shop::open(Manner::Slow(1_500)).await;
    let options = Options { drain: Duration::from_millis(100), ..options(&shop, 50, 2) };
    let want: Vec<Duration> = load::plan(&options).map(|session| session.at).collect();
    let report = played(&options).await;
    assert_eq!(report.sessions.due, u64::try_from(want.len()).unwrap());
    let (first, second) = (&report.seconds[0], &report.seconds[1]);
    let within = |from: u64, to: u64| want.iter().filter(|at| (from..to).contains(&at.as_secs())).count();
    assert_eq!((first.sessions_due, second.sessions_due), (within(0, 1) as u64, within(1, 2) as u64));
    // All of the first second landed before the first answer came.
    let begun = shop.seen.lock().unwrap().begun.clone();
    let landed = begun.iter().filter(|at| **at < begun[0] + Duration::from_millis(1_450)).count();
    assert!(within(0, 1) <= landed, "{landed} landed, {} arrived", within(0, 1));
    assert!(1_500_000 <= first.pages.p50_us && report.sessions.cut_off != 0, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_room_is_counted() {
    let shop = Shop::open(Manner::Slow(300)).await;
    let options = Options { shoppers_max: 5, drain: Duration::from_millis(100), ..options(&shop, 50, 2) };
    let report = played(&options).await;
    let sessions = &report.sessions;
    assert_eq!(sessions.due, u64::try_from(load::plan(&options).count()).unwrap());
    assert_eq!(sessions.played + sessions.not_played, sessions.due);
    assert!(sessions.not_played != 0 && sessions.at_once_max == 5, "{report}");
    assert_eq!(report.seconds.iter().map(|second| second.not_played).sum::<u64>(), sessions.not_played);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_lies_is_found_out() {
    let lies = [
        (Manner::NoTitle, ErrorKind::WrongPage, "without the product's title"),
        (Manner::MixedUp, ErrorKind::WrongPage, "the page of /product/other instead"),
        (Manner::CutOff, ErrorKind::WrongPage, "cut off"),
        (Manner::Forgetful, ErrorKind::WrongPage, "were put in"),
        (Manner::Dearer, ErrorKind::WrongPage, "was shown before"),
        (Manner::Broken, ErrorKind::Status, "500 Internal Server Error (fault)"),
        (Manner::Reset, ErrorKind::Reset, ""),
        (Manner::Silent, ErrorKind::Timeout, "not within 2000 ms"),
        (Manner::RoundAndRound, ErrorKind::Redirects, "more than 10"),
        (Manner::Endless, ErrorKind::TooLarge, "more than 4 MiB"),
        (Manner::EndlessHead, ErrorKind::TooLarge, ""),
    ];
    let found = lies.map(|(manner, kind, words)| async move {
        let shop = Shop::open(manner).await;
        let timeout = Duration::from_secs(if manner == Manner::Silent { 2 } else { 30 });
        let options = Options { timeout, ..buyers(&shop, 10, 1) };
        let report = played(&options).await;
        let errors = report.errors.by_kind.get(&kind);
        let errors = errors.unwrap_or_else(|| panic!("{manner:?} was not seen: {report}"));
        assert!(errors.count != 0 && errors.examples.len() <= 5, "{manner:?}");
        assert!(errors.examples.iter().any(|example| example.detail.contains(words)), "{manner:?}: {errors:?}");
        assert_eq!(report.errors.by_kind.len(), 1, "{manner:?}: {report}");
        assert!(report.sessions.gave_up != 0 && report.errors.total <= report.requests.sent, "{manner:?}: {report}");
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains("secret") && !report.to_string().contains("secret"), "an order's address is its key");
    });
    futures_util::future::join_all(found).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_warm_up_only_sessions_and_errors_are_told() {
    let shop = Shop::open(Manner::Honest).await;
    let warmed = Options { warm_up: 1, ..options(&shop, 40, 1) };
    let report = played(&warmed).await;
    let seen: u64 = shop.seen.lock().unwrap().requests.values().sum();
    assert!(0 < report.requests.sent && report.requests.sent < seen, "{report}");
    assert_eq!(report.sessions.due, u64::try_from(load::plan(&warmed).count()).unwrap());
    assert!(report.to_string().contains("arrivals for 1 s after a warm-up of 1 s"), "{report}");
    let shop = Shop::open(Manner::Broken).await;
    let report = played(&Options { warm_up: 1, ..buyers(&shop, 10, 1) }).await;
    assert!(report.errors.total != 0 && report.errors.total <= report.requests.sent, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_out_is_no_error() {
    let shop = Shop::open(Manner::SoldMeanwhile).await;
    let report = played(&buyers(&shop, 20, 1)).await;
    assert_eq!((report.errors.total, report.orders.placed), (0, 0), "{report}");
    assert_eq!(report.orders.refused["basket_blocked"], report.orders.checkouts, "{report}");
    let shop = Shop::open(Manner::SoldOut).await;
    let report = played(&buyers(&shop, 20, 1)).await;
    assert_eq!((report.errors.total, report.orders.placed), (0, 0), "{report}");
    assert!(report.orders.refused["sold_out"] == shop.count("/basket/lines"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_another_kind_is_only_read() {
    let shop = Shop::open(Manner::NoForms).await;
    let report = played(&buyers(&shop, 20, 1)).await;
    assert_eq!((report.shop.kind, report.orders.baskets, report.errors.total), (ShopKind::Other, 0, 0), "{report}");
    assert!(report.shop.note.as_deref().unwrap().contains("pages of the sitemap are read only"));
    assert!(report.kinds[&Kind::Page].latency.count != 0 && report.to_string().contains("Not a shop"), "{report}");
    assert_eq!(shop.count("/basket"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_asked_before_and_after() {
    let shop = Shop::open(Manner::Honest).await;
    let region = Url::parse(&format!("http://{}/some/page", shop.address)).unwrap();
    // Nobody goes to the bank, whose requests the region does not see.
    let options = Options { region: Some(region), basket_share: Share::percent(0), ..options(&shop, 20, 1) };
    let report = played(&options).await;
    let counted = report.region.as_ref().unwrap();
    assert_eq!(counted.difference, serde_json::json!({"starts": report.requests.sent}));
    assert_eq!((&counted.before["starts"], &counted.after["name"]), (&0.into(), &"local".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_tells_what_was() {
    let shop = Shop::open(Manner::Honest).await;
    let told = std::sync::Mutex::new(Vec::new());
    let is_busy = tokio::sync::Notify::new();
    let tell = |progress: Progress| {
        told.lock().unwrap().push(progress.second);
        if progress.at_once != 0 && progress.requests != 0 {
            is_busy.notify_one();
        }
    };
    let options = Options { pace: 1, ..options(&shop, 20, 3_000) };
    let report = play(&options, is_busy.notified(), tell).await.unwrap();
    assert!(report.sessions.due < u64::try_from(load::plan(&options).count()).unwrap(), "{report}");
    assert!(report.sessions.cut_off != 0 && report.requests.sent != 0, "{report}");
    let told = told.into_inner().unwrap();
    assert!(told.first() == Some(&0) && told.is_sorted(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_played_is_said() {
    let shop = Shop::open(Manner::Honest).await;
    let steady = options(&shop, 1, 1);
    let nobody = Options { url: Url::parse("http://127.0.0.1:9").unwrap(), ..steady.clone() };
    let no_shop = options(&Shop::open(Manner::NoShop).await, 1, 1);
    let no_region = Options { region: Some(Url::parse("http://127.0.0.1:9").unwrap()), ..steady.clone() };
    for (case, options, words) in [
        ("no time", Options { seconds: 0, ..steady }, "a run of 0 s"),
        ("nobody there", nobody, "http://127.0.0.1:9/ cannot be shopped at: no connection"),
        ("no shop", no_shop, "answers, but there is no shop to play on"),
        ("no region", no_region, "is not the report of a region"),
    ] {
        let error = play(&options, std::future::pending(), |_| {}).await.unwrap_err().to_string();
        assert!(error.contains(words), "{case}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reports_names_are_stable() {
    let shop = Shop::open(Manner::Honest).await;
    let region = Url::parse(&format!("http://{}/", shop.address)).unwrap();
    let spike = Shape::Spike { before_per_second: Rate::per_second(1), factor: 40, at_second: 0 };
    let options = Options { region: Some(region), shape: spike, ..buyers(&shop, 1, 1) };
    let report = serde_json::to_value(played(&options).await).unwrap();
    let names = |path: &str| {
        let fields = report.pointer(path).and_then(|value| value.as_object()).unwrap_or_else(|| panic!("no {path}"));
        fields.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    for (path, want) in [
        (
            "",
            "arrival_seconds cache errors format generator kinds orders origin pace region requests run_ms seconds seed \
             sessions shape shop spike url user_agent warm_up_seconds whole_page",
        ),
        ("/shop", "categories kind note pages products"),
        ("/sessions", "at_once_max broken cut_off due finished gave_up not_played played"),
        ("/requests", "body_bytes from_browser_cache not_modified right right_per_second sent"),
        ("/orders", "baskets checkouts per_minute placed refused"),
        ("/errors", "by_kind total"),
        ("/kinds", "asset basket checkout home listing order payment product script search"),
        ("/kinds/order", "cache errors latency"),
        ("/kinds/order/latency", "count max_us p50_us p95_us p99_us"),
        ("/kinds/order/cache", "collapsed hit_percent hits misses passed revalidated"),
        ("/spike", "errors kinds not_played pages requests second sessions_due"),
        ("/seconds/0/kinds/home", "count max_us p50_us p95_us p99_us"),
        ("/cache", "counts unmarked"),
        ("/origin", "percent requests"),
        ("/generator", "late_starts lateness_max_us"),
        ("/region", "after before difference"),
    ] {
        let got = names(path);
        let mut got: Vec<&str> = got.split(' ').collect();
        got.sort_unstable();
        assert_eq!(got.join(" "), want, "{path}");
    }
    assert_eq!(report["spike"]["second"], 0);
}
