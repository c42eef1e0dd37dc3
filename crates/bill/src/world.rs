//! How long shoppers around the world wait for the first byte of a catalogue page.

use crate::counts::Counts;
use crate::distances::{Distances, Place, RoundTrip};

/// Round trips to the edge location before the first byte of a new connection: TCP, TLS 1.3, the request.
const EDGE_ROUND_TRIPS: u64 = 3;

/// Round-trip times between a shopper and the edge location nearby, in microseconds, each for a tenth of connections:
/// the middles of the tenths of a log-normal distribution with median 20 ms and p90 50 ms. A value is
/// 20 ms × exp(0.715 z), where z stands for 5 %, 15 % … 95 % of a normal distribution and 0.715 = ln(50 / 20) / 1.2816.
const LAST_MILE_US: [u64; 10] = [6_170, 9_530, 12_350, 15_180, 18_280, 21_880, 26_340, 32_390, 41_960, 64_830];

/// Of ten requests to an origin so many take the p50 of the distance, the rest its p90.
const USUAL_OF_TEN: u128 = 9;

/// What a [`WorldMap`] takes for granted, in words for its reader.
pub const ASSUMPTIONS: [&str; 9] = [
    "A shopper stands near one of the regions of the table, and each region weighs the same: how many shop where is not \
     in the data.",
    "The page is the first of a visit: a new connection, one round trip each for TCP, TLS 1.3 and the request. DNS is \
     left out.",
    "The edge location nearby is 20 ms away and back for half of the shoppers, 50 ms for one in ten (log-normal): a \
     usual line from home or phone, chosen, not measured. It is the same everywhere.",
    "What the edge does not keep costs one more round trip, over a connection that is kept open, from the shopper's \
     region to the shop's, and the function's time.",
    "Distances between regions are p50 and p90 of a year of pings (cloudping.co): nine of ten requests take p50, one \
     takes p90.",
    "With several regions, each request goes to the nearest.",
    "Functions' times, hits and cold starts are those measured here, on this machine. The time that AWS itself takes to \
     make an environment is not in them.",
    "One edge keeps the pages for all here. AWS has hundreds of locations, each of which fetches a page once: shops with \
     few visitors see fewer hits than are measured here.",
    "No packet is lost.",
];

/// Times to the first byte of a catalogue page, for shoppers near each region, with the shop in one region and in
/// several.
///
/// Nothing is drawn by chance: each place's distribution is enumerated, ten distances to the edge location × ten
/// measured times of a hit, or × p50 and p90 to the origin × ten measured times of a function, warm and cold. What is
/// taken for granted stands in [`ASSUMPTIONS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldMap {
    /// Where the shop is.
    pub origins: Origins,
    /// Every place, in the order of the distances.
    pub places: Vec<PlaceTimes>,
    /// All shoppers, the shop in one region.
    pub one: Ttfb,
    /// All shoppers, the shop in several.
    pub several: Ttfb,
}

/// The regions of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// The only one.
    pub one: String,
    /// To compare with.
    pub several: Vec<String>,
}

/// What shoppers near one region wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceTimes {
    /// Where they are.
    pub place: Place,
    /// With the shop in one region.
    pub one: Ttfb,
    /// With the shop in several.
    pub several: Ttfb,
    /// The region that then answers.
    pub nearest: String,
}

/// Times to the first byte, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Ttfb {
    /// Half of the pages are faster.
    pub p50_us: u64,
    /// 19 of 20 pages are faster.
    pub p95_us: u64,
    /// Half of the pages that the edge does not keep are faster; none if it keeps all.
    pub fetched_p50_us: Option<u64>,
}

/// How pages were answered, and how long servers took; times stand for equal shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Pages that the edge kept.
    pub hits: u64,
    /// Pages that it fetched.
    pub misses: u64,
    /// Invocations in an environment that was there.
    pub warm: u64,
    /// Invocations that waited for one.
    pub cold: u64,
    /// Times of the edge for what it keeps, in microseconds.
    pub hit_us: Vec<u64>,
    /// Times of warm functions.
    pub warm_us: Vec<u64>,
    /// Times of cold ones, init included.
    pub cold_us: Vec<u64>,
}

impl Default for Origins {
    /// North Virginia, whose prices are known; and with it one region each in Europe and Asia: on the average a place is
    /// 49 ms from the nearest of these three, and no other three would bring that below 47.
    fn default() -> Self {
        let several = ["us-east-1", "eu-central-1", "ap-southeast-1"];
        Self { one: "us-east-1".to_owned(), several: several.map(str::to_owned).to_vec() }
    }
}

impl Traffic {
    /// As counted; functions' times are those of all invocations.
    pub fn of(counts: &Counts) -> Self {
        let (edge, invocations) = (&counts.edge, &counts.invocations);
        Self {
            hits: edge.page_hits,
            misses: edge.page_misses,
            warm: invocations.warm_times.count(),
            cold: invocations.cold_times.count(),
            hit_us: edge.hit_times.tenths_us(),
            warm_us: invocations.warm_times.tenths_us(),
            cold_us: invocations.cold_times.tenths_us(),
        }
    }
}

impl WorldMap {
    /// Works it out; none before the first page, or where a region is not in the matrix.
    pub fn new(distances: &Distances, origins: &Origins, traffic: &Traffic) -> Option<Self> {
        let mut all = (Vec::new(), Vec::new());
        let mut places = Vec::new();
        for place in distances.places() {
            let to_one = distances.round_trip(&place.region, &origins.one)?;
            let (to_nearest, nearest) = nearest(distances, place, &origins.several)?;
            let (one, several) = (points(traffic, to_one)?, points(traffic, to_nearest)?);
            all.0.extend_from_slice(&one);
            all.1.extend_from_slice(&several);
            let nearest = nearest.to_owned();
            places.push(PlaceTimes { place: place.clone(), one: ttfb(one)?, several: ttfb(several)?, nearest });
        }
        Some(Self { origins: origins.clone(), places, one: ttfb(all.0)?, several: ttfb(all.1)? })
    }
}

/// The region that answers first from here: by p50, then as they are listed.
fn nearest<'a>(distances: &Distances, from: &Place, regions: &'a [String]) -> Option<(RoundTrip, &'a str)> {
    let reached = regions.iter().filter_map(|to| Some((distances.round_trip(&from.region, to)?, to.as_str())));
    reached.min_by_key(|(time, _)| time.p50_us)
}

/// One possible wait of one place, and how often it comes about.
#[derive(Clone, Copy)]
struct Point {
    ttfb_us: u64,
    weight: u128,
    fetched: bool,
}

/// Every possible wait. Weights of a place add up to pages × invocations × the product of the numbers of points, the
/// same for each place, so that places weigh the same together.
fn points(traffic: &Traffic, to_origin: RoundTrip) -> Option<Vec<Point>> {
    let Traffic { hits, misses, warm, cold, hit_us, warm_us, cold_us } = traffic;
    let [hits, misses, warm, cold] = [hits, misses, warm, cold].map(|count| u128::from(*count));
    // A class without measured times cannot have happened; without any invocation, misses cannot be told.
    let unmeasured =
        (0 < hits && hit_us.is_empty()) || (0 < warm && warm_us.is_empty()) || (0 < cold && cold_us.is_empty());
    if hits + misses == 0 || unmeasured || (0 < misses && warm + cold == 0) {
        return None;
    }
    let invocations = (warm + cold).max(1);
    let [of_hit, of_warm, of_cold] = [hit_us, warm_us, cold_us].map(|times| (times.len() as u128).max(1));
    let mut points = Vec::new();
    for last_mile_us in LAST_MILE_US {
        let edge_us = EDGE_ROUND_TRIPS * last_mile_us;
        let hit = hits * invocations * of_warm * of_cold * 10;
        points.extend(hit_us.iter().map(|time| Point { ttfb_us: edge_us + time, weight: hit, fetched: false }));
        for (distance_us, of_ten) in [(to_origin.p50_us, USUAL_OF_TEN), (to_origin.p90_us, 10 - USUAL_OF_TEN)] {
            let fetched = |time: &u64, weight| Point { ttfb_us: edge_us + distance_us + time, weight, fetched: true };
            let warm = misses * warm * of_hit * of_cold * of_ten;
            points.extend(warm_us.iter().map(|time| fetched(time, warm)));
            let cold = misses * cold * of_hit * of_warm * of_ten;
            points.extend(cold_us.iter().map(|time| fetched(time, cold)));
        }
    }
    points.retain(|point| 0 < point.weight);
    Some(points)
}

fn ttfb(mut points: Vec<Point>) -> Option<Ttfb> {
    points.sort_unstable_by_key(|point| point.ttfb_us);
    let fetched: Vec<Point> = points.iter().filter(|point| point.fetched).copied().collect();
    Some(Ttfb {
        p50_us: quantile(&points, 50)?,
        p95_us: quantile(&points, 95)?,
        fetched_p50_us: quantile(&fetched, 50),
    })
}

/// The smallest wait that at least `percent` of the weight does not exceed; `points` are sorted.
fn quantile(points: &[Point], percent: u128) -> Option<u64> {
    let whole: u128 = points.iter().map(|point| point.weight).sum();
    let mut seen = 0;
    let found = points.iter().find(|point| {
        seen += point.weight;
        whole * percent <= seen * 100
    });
    found.map(|point| point.ttfb_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two regions 100 ms (p90 200 ms) apart, 1 ms (2 ms) within.
    fn two() -> Distances {
        let regions = "region,place,latitude_tenths,longitude_tenths\nhere,Here,0,0\nthere,There,10,10\n";
        let rtt = "f,t,50,90\nhere,here,1,2\nhere,there,100,200\nthere,here,100,200\nthere,there,1,2\n";
        Distances::parse(regions, rtt).unwrap()
    }

    fn origins() -> Origins {
        Origins { one: "here".to_owned(), several: vec!["here".to_owned(), "there".to_owned()] }
    }

    fn traffic(hits: u64, misses: u64) -> Traffic {
        Traffic { hits, misses, warm: 9, cold: 1, hit_us: vec![500], warm_us: vec![5_000], cold_us: vec![50_000] }
    }

    fn map(traffic: &Traffic) -> WorldMap {
        WorldMap::new(&two(), &origins(), traffic).unwrap()
    }

    #[test]
    fn hits_wait_for_three_round_trips_to_the_edge() {
        let map = map(&traffic(10, 0));
        // Fifth tenth: 3 × 18.28 + 0.5 = 55.34 ms; tenth tenth: 3 × 64.83 + 0.5 = 194.99 ms.
        let all = Ttfb { p50_us: 55_340, p95_us: 194_990, fetched_p50_us: None };
        assert_eq!((map.one, map.several), (all, all));
        assert!(map.places.iter().all(|place| place.one == all));
    }

    #[test]
    fn misses_wait_for_the_nearest_region_too() {
        let map = map(&traffic(0, 10));
        let [here, there] = &map.places[..] else { panic!("two places") };
        // Here, each tenth of the last mile has four waits, in ms after its three round trips: 1 + 5 (warm, usual
        // distance) in 81 %, 2 + 5 in 9 %, 1 + 50 (cold) in 9 %, 2 + 50 in 1 %. The warm ones of tenths 1 to 5 end with
        // 3 × 18.28 + 7 = 61.84: 5 × 9 % = 45 %. Then come the cold ones of tenth 1, 18.51 + 51 and + 52 = 69.51 and
        // 70.51: 46 %. Then tenth 6, warm, 3 × 21.88 + 6 = 71.64: with its 8.1 %, half is passed.
        assert_eq!(here.one.p50_us, 71_640);
        assert_eq!(here.one.fetched_p50_us, Some(71_640));
        // There 99 ms more at p50, 198 ms more at p90; with a region there, the same as here.
        assert_eq!(there.several, here.several);
        assert_eq!((here.nearest.as_str(), there.nearest.as_str()), ("here", "there"));
        assert!(here.one.p50_us + 99_000 <= there.one.p50_us);
        assert_eq!(map.several.p50_us, 71_640);
    }

    #[test]
    fn half_hits_and_half_misses_meet_in_the_middle() {
        // One point each, so that all can be told: hits 50 %, misses 50 %, 100 ms away. Every hit is below 195 ms.
        let traffic = Traffic { warm: 1, cold: 0, cold_us: Vec::new(), ..traffic(1, 1) };
        let there = &map(&traffic).places[1];
        // 45 % are hits of tenths 1 to 9 (3 × 41.96 + 0.5 = 126.38); a miss of the first tenth waits 18.51 + 105 =
        // 123.51 (4.5 %): together 49.5 %, and the next, 28.59 + 105 = 133.59 (4.5 %), passes half.
        assert_eq!(there.one.p50_us, 133_590);
        // The slowest: misses at p90 of tenths 10, 9 and 8 (399.49, 330.88, 302.17), 0.5 % each; then the miss at p50
        // of tenth 10, 194.49 + 105 = 299.49, 4.5 %. So 94 % lie below 299.49, and 98.5 % at or below it.
        assert_eq!(there.one.p95_us, 299_490);
    }

    #[test]
    fn without_pages_or_with_an_unknown_region_there_is_no_map() {
        assert_eq!(WorldMap::new(&two(), &origins(), &traffic(0, 0)), None);
        let elsewhere = Origins { one: "elsewhere".to_owned(), several: Vec::new() };
        assert_eq!(WorldMap::new(&two(), &elsewhere, &traffic(1, 1)), None);
        let unmeasured = Traffic { hit_us: Vec::new(), ..traffic(1, 1) };
        assert_eq!(WorldMap::new(&two(), &origins(), &unmeasured), None);
    }

    #[test]
    fn more_regions_and_more_hits_are_never_slower() {
        let aws = Distances::aws();
        let few = WorldMap::new(&aws, &Origins::default(), &traffic(80, 20)).unwrap();
        let many = WorldMap::new(&aws, &Origins::default(), &traffic(95, 5)).unwrap();
        assert!(few.several.p95_us < few.one.p95_us);
        assert!(many.one.p95_us < few.one.p95_us);
        assert!(few.places.iter().all(|place| place.several.p50_us <= place.one.p50_us));
    }
}
