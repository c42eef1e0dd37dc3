//! Everything of one moment, worked out once and shown in several ways.

use crate::bill::{Architecture, Bill, Sum};
use crate::chart::Chart;
use crate::counts::Counts;
use crate::distances::Distances;
use crate::histogram::{Histogram, Percentiles};
use crate::item::{Item, Service};
use crate::plans::Comparison;
use crate::prices::PriceTable;
use crate::timeline::{Sample, Timeline};
use crate::world::{Origins, Traffic, WorldMap};

/// Points of a line in a chart: about one in three units of its width.
const CHART_SAMPLES_MAX: usize = 120;

/// What a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The shop's name.
    pub shop: &'a str,
    /// How long it has been counted, in milliseconds.
    pub span_ms: u64,
    /// What was counted.
    pub counts: &'a Counts,
    /// How it came about.
    pub timeline: &'a Timeline,
    /// What things cost.
    pub prices: &'a PriceTable,
    /// What functions run on.
    pub architecture: Architecture,
    /// How far regions are from one another.
    pub distances: &'a Distances,
    /// Where the shop is.
    pub origins: &'a Origins,
}

/// A shop's costs and times at one moment.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub(crate) facts: Facts<'a>,
    /// The bill.
    pub bill: Bill,
    /// A month in different ways; none while a month cannot be told.
    pub comparison: Option<Comparison>,
    /// Shoppers around the world; none before the first page.
    pub world: Option<WorldMap>,
    pub(crate) samples: Vec<Sample>,
}

/// A row of measured times.
pub(crate) struct Times {
    /// Its name in JSON.
    pub(crate) key: &'static str,
    /// For people.
    pub(crate) name: &'static str,
    pub(crate) count: u64,
    pub(crate) times: Option<Percentiles>,
}

impl<'a> Report<'a> {
    /// Works it out: some 6 ms, most of it the map.
    pub fn new(facts: Facts<'a>) -> Self {
        let bill = Bill::new(facts.counts, facts.span_ms, facts.prices, facts.architecture);
        let comparison = Comparison::new(&bill, facts.prices);
        let world = WorldMap::new(facts.distances, facts.origins, &Traffic::of(facts.counts));
        let samples = facts.timeline.thinned(CHART_SAMPLES_MAX);
        Self { facts, bill, comparison, world, samples }
    }

    /// A chart, as an SVG document.
    pub fn chart(&self, chart: Chart) -> String {
        chart.svg(self)
    }

    pub(crate) fn counts(&self) -> &Counts {
        self.facts.counts
    }

    pub(crate) fn span_ms(&self) -> u64 {
        self.facts.span_ms
    }

    /// All times that are measured; those of all requests at the edge last.
    pub(crate) fn times(&self) -> [Times; 8] {
        let Counts { edge, invocations, .. } = self.counts();
        let row = |key, name, histogram: &Histogram| Times {
            key,
            name,
            count: histogram.count(),
            times: histogram.percentiles(),
        };
        [
            row("edge_hits", "Edge, kept there", &edge.hit_times),
            row("edge_misses", "Edge, fetched from the shop", &edge.miss_times),
            row("edge_passed", "Edge, handed through", &edge.passed_times),
            row("invocations_warm", "Function, warm", &invocations.warm_times),
            row("invocations_cold", "Function, cold (start and answer)", &invocations.cold_times),
            row("init", "Start of an environment", &invocations.init_times),
            row("edge_all", "Edge, all requests", &edge.answer_times),
            row("edge_total", "Edge, all, to the last byte", &edge.total_times),
        ]
    }

    /// A sum for people: what lacks a price is not told as nothing.
    pub(crate) fn amount(&self, sum: &Sum) -> String {
        match (sum.is_complete(), sum.amount == crate::Usd::ZERO) {
            (true, _) => sum.amount.shown(),
            (false, true) => "price not known".to_owned(),
            (false, false) => format!("{} + what is not known", sum.amount.shown()),
        }
    }

    /// Which items a sum lacks, in a sentence; empty where it lacks none.
    pub(crate) fn lacks(&self, sum: &Sum) -> String {
        if sum.is_complete() {
            return String::new();
        }
        format!("Not in it, as no price is known: {}.", in_words(&sum.not_known))
    }
}

/// `Amazon S3 (reads, storage); Amazon SES (letters)`.
pub(crate) fn in_words(items: &[Item]) -> String {
    let of_service = |service: Service| {
        let labels = items.iter().filter(|item| item.service() == service).map(|item| item.label().to_lowercase());
        let labels: Vec<String> = labels.collect();
        (!labels.is_empty()).then(|| format!("{} ({})", service.name(), labels.join(", ")))
    };
    Service::ALL.into_iter().filter_map(of_service).collect::<Vec<_>>().join("; ")
}
