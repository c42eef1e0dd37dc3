//! A small shop for tests of what is shown: all numbers can be told by hand.

use crate::bill::Architecture;
use crate::counts::Counts;
use crate::distances::Distances;
use crate::prices::PriceTable;
use crate::report::{Facts, Report};
use crate::tally::{Content, EdgeRequest, EdgeResult, Invocation, Method, Outcome, StoreOperation, Tally};
use crate::timeline::Timeline;
use crate::world::Origins;

pub(crate) struct Shop {
    pub(crate) name: &'static str,
    pub(crate) span_ms: u64,
    counts: Counts,
    timeline: Timeline,
    prices: PriceTable,
    distances: Distances,
    origins: Origins,
}

impl Shop {
    /// Nobody has come yet.
    pub(crate) fn quiet() -> Self {
        Self::of(Counts::default(), Timeline::default(), 0)
    }

    /// 20 seconds: 18 hits, one miss, one cold start.
    pub(crate) fn small() -> Self {
        let (tally, mut timeline) = (Tally::default(), Timeline::default());
        let hit = EdgeRequest {
            content: Content::Page,
            method: Method::Read,
            result: EdgeResult::Hit,
            status: 200,
            bytes_out: 1_000,
            first_byte_us: 100,
            total_us: 120,
        };
        for second in 1..=20 {
            match second {
                1 => {
                    tally.environment_started();
                    let cold = Invocation { init_us: Some(10_000), duration_us: 2_000, ..INVOCATION };
                    tally.invocation(&cold);
                    tally.edge_request(&EdgeRequest { result: EdgeResult::Miss, first_byte_us: 12_500, ..hit });
                }
                2 => tally.invocation(&INVOCATION),
                _ => tally.edge_request(&hit),
            }
            timeline.push(second * 1_000, &tally.counts());
        }
        tally.database(10, 2);
        tally.purged(0, 1);
        tally.letters(1);
        tally.store_operation(StoreOperation::Get { bytes: 5_000 });
        Self::of(tally.counts(), timeline, 20_000)
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report::new(Facts {
            shop: self.name,
            span_ms: self.span_ms,
            counts: &self.counts,
            timeline: &self.timeline,
            prices: &self.prices,
            architecture: Architecture::X86,
            distances: &self.distances,
            origins: &self.origins,
        })
    }

    fn of(counts: Counts, timeline: Timeline, span_ms: u64) -> Self {
        let regions = "region,place,latitude_tenths,longitude_tenths\nhere,Here,0,0\nthere,There,10,10\n";
        let rtt = "f,t,50,90\nhere,here,1,2\nhere,there,100,200\nthere,here,100,200\nthere,there,1,2\n";
        Self {
            name: "Tea & <Co>",
            span_ms,
            counts,
            timeline,
            prices: PriceTable::us_east_1(),
            distances: Distances::parse(regions, rtt).unwrap(),
            origins: Origins { one: "here".to_owned(), several: vec!["here".to_owned(), "there".to_owned()] },
        }
    }
}

const INVOCATION: Invocation =
    Invocation { init_us: None, duration_us: 3_000, memory_mb: 512, outcome: Outcome::Answered };
