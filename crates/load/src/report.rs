//! What came of a run, for programs: stable names, whole numbers, units in the names.

mod text;

use crate::cache_status::CacheUse;
use crate::histogram::Histogram;
use crate::kind::{ErrorKind, Kind};
use crate::ledger::{Counts, Example, OfKind, OfSecond};
use crate::options::{Options, Shape};
use crate::world::World;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which form the names have: a later one may say more, and says it under other names only with another number.
const FORMAT: u32 = 1;

/// What the shoppers saw. [`std::fmt::Display`] tells it to people.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The form of these names: 1.
    pub format: u32,
    /// The shop.
    pub url: String,
    /// How the shoppers named themselves.
    pub user_agent: String,
    /// What all chance followed from.
    pub seed: u64,
    /// How arrivals were spread, in words.
    pub shape: String,
    /// How long shoppers arrived, after the warm-up.
    pub arrival_seconds: u32,
    /// How long they arrived before that. Of this time only sessions, seconds and errors are told.
    pub warm_up_seconds: u32,
    /// How long it took until the last had gone, in milliseconds.
    pub run_ms: u64,
    /// Think times were divided by this.
    pub pace: u32,
    /// What was found there.
    pub shop: ShopReport,
    /// Who came.
    pub sessions: Sessions,
    /// What they asked for.
    pub requests: Requests,
    /// What they bought.
    pub orders: Orders,
    /// What went wrong.
    pub errors: Errors,
    /// By what was asked for.
    pub kinds: BTreeMap<Kind, KindReport>,
    /// From when a page was due until its last file was there: what a shopper waited.
    pub whole_page: Latency,
    /// The second of the spike.
    pub spike: Option<SecondReport>,
    /// Each second of the run, by when requests were due; an hour at most, later ones count to the last.
    pub seconds: Vec<SecondReport>,
    /// What the edge answered by itself, where it says so (`Cache-Status`).
    pub cache: Option<CacheReport>,
    /// What the origin had to answer.
    pub origin: OriginReport,
    /// How well the generator kept up with itself.
    pub generator: Generator,
    /// What the region counted meanwhile.
    pub region: Option<RegionReport>,
}

/// What kind of shop was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopKind {
    /// One that can be shopped in.
    Tradewind,
    /// One whose pages are read only.
    Other,
}

/// What was found at the address.
#[derive(Clone, Debug, Serialize)]
pub struct ShopReport {
    /// Whether it could be shopped in.
    pub kind: ShopKind,
    /// Products in a locale.
    pub products: usize,
    /// Categories in a locale.
    pub categories: usize,
    /// Pages that the sitemap names, in all locales.
    pub pages: usize,
    /// Why it could not be shopped in, or what part of it was not seen.
    pub note: Option<String>,
}

/// Who came.
#[derive(Clone, Debug, Serialize)]
pub struct Sessions {
    /// Arrivals.
    pub due: u64,
    /// Of these, sessions that began.
    pub played: u64,
    /// Of these, sessions for whom there was no room. They saw nothing, good or bad.
    pub not_played: u64,
    /// Sessions that came to their end.
    pub finished: u64,
    /// Sessions that an error ended.
    pub gave_up: u64,
    /// Sessions that were still going when the run ended.
    pub cut_off: u64,
    /// Sessions that a fault of the generator's own ended.
    pub broken: u64,
    /// Most at once.
    pub at_once_max: usize,
}

/// What they asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Requests {
    /// Requests that were sent.
    pub sent: u64,
    /// Of these, those that were answered with what was asked for.
    pub right: u64,
    /// Right answers in a second, of those that were due while shoppers arrived: the goodput.
    pub right_per_second: f64,
    /// Answers that said that nothing had changed.
    pub not_modified: u64,
    /// Files and pages that a browser's cache spared a request.
    pub from_browser_cache: u64,
    /// Bytes of bodies, as they came.
    pub body_bytes: u64,
}

/// What they bought.
#[derive(Clone, Debug, Serialize)]
pub struct Orders {
    /// Sessions that put something into the basket.
    pub baskets: u64,
    /// Sessions that began to check out in order to buy.
    pub checkouts: u64,
    /// Orders that were placed.
    pub placed: u64,
    /// Orders in a minute of the run.
    pub per_minute: f64,
    /// What was refused for a reason that shops have (sold out, a price that changed), by code. No errors.
    pub refused: BTreeMap<String, u64>,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Errors {
    /// All of them.
    pub total: u64,
    /// By what it was.
    pub by_kind: BTreeMap<ErrorKind, ErrorCount>,
}

/// Errors of a kind.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorCount {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<ErrorExample>,
}

/// An error as it was seen.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorExample {
    /// What was asked for.
    pub kind: Kind,
    /// Method and address, without what is secret.
    pub request: String,
    /// What was wrong.
    pub detail: String,
    /// When it was due, in seconds since the start.
    pub second: u64,
}

/// Latencies, in microseconds: until the last byte was there, from when the request was due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// The median, to 1.6 % as the others.
    pub p50_us: u64,
    /// 95 of 100 were not longer.
    pub p95_us: u64,
    /// 99 of 100 were not longer.
    pub p99_us: u64,
    /// The longest, exactly.
    pub max_us: u64,
}

/// Requests of a kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindReport {
    /// How long they took.
    pub latency: Latency,
    /// How many went wrong.
    pub errors: u64,
    /// What the edge did with them, where it says so.
    pub cache: Option<CacheCounts>,
}

/// A second of the run.
#[derive(Clone, Debug, Serialize)]
pub struct SecondReport {
    /// Since the start.
    pub second: usize,
    /// Sessions that arrived.
    pub sessions_due: u64,
    /// Of these, those for whom there was no room.
    pub not_played: u64,
    /// Requests that were due.
    pub requests: u64,
    /// Of these, those that went wrong.
    pub errors: u64,
    /// All pages of the shop together, without files and what scripts ask for.
    pub pages: Latency,
    /// By kind.
    pub kinds: BTreeMap<Kind, Latency>,
}

/// What the edge did, over all kinds.
#[derive(Clone, Debug, Serialize)]
pub struct CacheReport {
    /// All that the edge marked.
    pub counts: CacheCounts,
    /// Answers without a mark, which the edge makes by itself.
    pub unmarked: u64,
}

/// What the edge did with some requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CacheCounts {
    /// Answered from what it keeps.
    pub hits: u64,
    /// Answered with the answer to another's request.
    pub collapsed: u64,
    /// Kept, and asked about at the origin.
    pub revalidated: u64,
    /// Asked at the origin.
    pub misses: u64,
    /// Not for a cache.
    pub passed: u64,
    /// Hits and collapsed ones, in per cent of all.
    pub hit_percent: f64,
}

/// What the origin had to answer. Where no edge says anything, that is everything.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OriginReport {
    /// Requests that reached it.
    pub requests: u64,
    /// In per cent of all that were answered by the shop.
    pub percent: f64,
}

/// How well the generator kept up with itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Generator {
    /// Pages that it asked for later than they were due, by more than its timers' grain of 2 ms. Their latency counts
    /// from when they were due. Many of them mean that this machine is the bottleneck.
    pub late_starts: u64,
    /// The latest, in microseconds.
    pub lateness_max_us: u64,
}

/// What the region counted.
#[derive(Clone, Debug, Serialize)]
pub struct RegionReport {
    /// Its `report.json` before the first session.
    pub before: Value,
    /// The same after the last.
    pub after: Value,
    /// All numbers in it, after less before.
    pub difference: Value,
}

/// What only the run as a whole knows.
pub(crate) struct Outcome {
    pub(crate) took: Duration,
    pub(crate) region: Option<RegionReport>,
}

impl Report {
    pub(crate) fn new(options: &Options, world: &World, outcome: Outcome) -> Self {
        let counts = world.ledger.counts().clone();
        let run_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX);
        let (products, categories, pages) = world.catalogue.sizes();
        let (kind, note) = (world.catalogue.kind, world.catalogue.note.clone());
        let seconds: Vec<SecondReport> = counts.seconds.iter().enumerate().map(second).collect();
        let spike = options.shape.spike_second().and_then(|at| seconds.get(usize::try_from(at).ok()?).cloned());
        let cache = cache(&counts);
        Self {
            format: FORMAT,
            url: world.site.home().to_string(),
            user_agent: crate::USER_AGENT.to_owned(),
            seed: options.seed,
            shape: words(options.shape),
            arrival_seconds: options.seconds,
            warm_up_seconds: options.warm_up,
            run_ms,
            pace: options.pace,
            shop: ShopReport { kind, products, categories, pages, note },
            sessions: sessions(&counts),
            requests: requests(&counts, options, run_ms),
            orders: Orders {
                baskets: counts.baskets,
                checkouts: counts.checkouts,
                placed: counts.orders,
                per_minute: rate(counts.orders, 60_000, counted_ms(options, run_ms)),
                refused: counts.refusals.clone(),
            },
            errors: errors(&counts),
            kinds: counts.kinds.iter().map(|(kind, of)| (*kind, of_kind(of))).collect(),
            whole_page: Latency::of(&counts.whole_page),
            spike,
            seconds,
            origin: origin(&counts, cache.as_ref()),
            cache,
            generator: Generator {
                late_starts: counts.late_starts,
                lateness_max_us: u64::try_from(counts.lateness_max.as_micros()).unwrap_or(u64::MAX),
            },
            region: outcome.region,
        }
    }
}

impl Latency {
    fn of(histogram: &Histogram) -> Self {
        Self {
            count: histogram.count(),
            p50_us: histogram.per_mille(500),
            p95_us: histogram.per_mille(950),
            p99_us: histogram.per_mille(990),
            max_us: histogram.max_micros(),
        }
    }
}

impl CacheCounts {
    fn of(uses: &BTreeMap<CacheUse, u64>) -> Self {
        let of = |one| uses.get(&one).copied().unwrap_or_default();
        let (hits, collapsed) = (of(CacheUse::Hit), of(CacheUse::Collapsed));
        let hit_percent = rate(hits + collapsed, 100, uses.values().sum());
        let (revalidated, misses, passed) = (of(CacheUse::Revalidated), of(CacheUse::Miss), of(CacheUse::Passed));
        Self { hits, collapsed, revalidated, misses, passed, hit_percent }
    }
}

fn words(shape: Shape) -> String {
    match shape {
        Shape::Steady { sessions_per_second } => format!("steady, {sessions_per_second} sessions a second"),
        Shape::Daily { peak_sessions_per_second, day_seconds } => {
            format!("a day in {day_seconds} s, {peak_sessions_per_second} sessions a second in the evening")
        }
        Shape::Spike { before_per_second, factor, at_second } => {
            format!("{before_per_second} sessions a second, {factor} times as many from second {at_second} on")
        }
    }
}

fn sessions(counts: &Counts) -> Sessions {
    Sessions {
        due: counts.began + counts.not_played,
        played: counts.began,
        not_played: counts.not_played,
        finished: counts.finished,
        gave_up: counts.gave_up,
        cut_off: counts.cut_off,
        broken: counts.broken,
        at_once_max: counts.at_once_max,
    }
}

/// How long answers were counted.
fn counted_ms(options: &Options, run_ms: u64) -> u64 {
    run_ms.saturating_sub(u64::from(options.warm_up) * 1_000)
}

fn requests(counts: &Counts, options: &Options, run_ms: u64) -> Requests {
    let right = counts.requests.saturating_sub(counts.failed);
    // A run that was stopped is shorter than it was to be; and the last session may go on long after the last arrival.
    let window = u64::from(options.seconds).min(counted_ms(options, run_ms).div_ceil(1_000));
    let place = |second: u64| usize::try_from(second).unwrap_or(usize::MAX);
    let within = counts.seconds.iter().skip(place(options.warm_up.into())).take(place(window));
    let right_within = within.map(|second| second.requests.saturating_sub(second.errors)).sum();
    Requests {
        sent: counts.requests,
        right,
        right_per_second: rate(right_within, 1, window),
        not_modified: counts.not_modified,
        from_browser_cache: counts.from_browser_cache,
        body_bytes: counts.bytes,
    }
}

fn errors(counts: &Counts) -> Errors {
    let example = |example: &Example| ErrorExample {
        kind: example.kind,
        request: example.what.clone(),
        detail: example.detail.clone(),
        second: example.second,
    };
    let of = |(count, examples): &(u64, Vec<Example>)| ErrorCount {
        count: *count,
        examples: examples.iter().map(example).collect(),
    };
    Errors { total: counts.failed, by_kind: counts.errors.iter().map(|(kind, errors)| (*kind, of(errors))).collect() }
}

fn of_kind(of: &OfKind) -> KindReport {
    let cache = (!of.cache.is_empty()).then(|| CacheCounts::of(&of.cache));
    KindReport { latency: Latency::of(&of.latency), errors: of.errors, cache }
}

fn second((second, of): (usize, &OfSecond)) -> SecondReport {
    let mut pages = Histogram::default();
    let is_page = |kind: &Kind| !matches!(kind, Kind::Asset | Kind::Script | Kind::Payment);
    for (_, histogram) in of.latency.iter().filter(|(kind, _)| is_page(kind)) {
        pages.add(histogram);
    }
    SecondReport {
        second,
        sessions_due: of.due,
        not_played: of.not_played,
        requests: of.requests,
        errors: of.errors,
        pages: Latency::of(&pages),
        kinds: of.latency.iter().map(|(kind, histogram)| (*kind, Latency::of(histogram))).collect(),
    }
}

/// Requests to the shop that came to an answer; the payment page is somebody else's.
fn answered(counts: &Counts) -> u64 {
    let payment = counts.kinds.get(&Kind::Payment).map_or(0, |of| of.latency.count());
    let lost = [ErrorKind::Timeout, ErrorKind::Connect, ErrorKind::Reset, ErrorKind::Protocol, ErrorKind::Generator];
    let lost = lost.iter().filter_map(|kind| counts.errors.get(kind)).map(|(count, _)| count).sum();
    counts.requests.saturating_sub(payment).saturating_sub(lost)
}

fn cache(counts: &Counts) -> Option<CacheReport> {
    let mut uses: BTreeMap<CacheUse, u64> = BTreeMap::new();
    for (one, count) in counts.kinds.values().flat_map(|of| &of.cache) {
        *uses.entry(*one).or_default() += count;
    }
    let unmarked = answered(counts).saturating_sub(uses.values().sum());
    (!uses.is_empty()).then(|| CacheReport { counts: CacheCounts::of(&uses), unmarked })
}

fn origin(counts: &Counts, cache: Option<&CacheReport>) -> OriginReport {
    let all = answered(counts);
    let requests = cache.map_or(all, |_| {
        let uses = counts.kinds.values().flat_map(|of| &of.cache);
        uses.filter(|(one, _)| one.reached_origin()).map(|(_, count)| count).sum()
    });
    OriginReport { requests, percent: rate(requests, 100, all) }
}

/// `part` times `unit` of `whole`, to a hundredth; 0 of nothing.
#[expect(clippy::float_arithmetic, reason = "figures for people, no money")]
fn rate(part: u64, unit: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let hundredths = u128::from(part) * u128::from(unit) * 100 / u128::from(whole);
    f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
}
