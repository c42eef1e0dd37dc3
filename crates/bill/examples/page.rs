//! Writes a page, its JSON and its charts with numbers that could be a shop's: `cargo run -p bill --example page -- FOLDER`.
//!
//! Twelve minutes of shopping with a rush in the middle. The numbers follow from a fixed rule, so that two runs write the
//! same files.

use std::fs;
use std::path::PathBuf;

use bill::{
    Architecture, Chart, Content, Delivery, Distances, EdgeRequest, EdgeResult, Facts, Invocation, Method, Origins,
    Outcome, PriceTable, Report, StoreOperation, Tally, Timeline, page, report_json,
};

const SECONDS: u64 = 725;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let (tally, timeline) = shopping();
    let counts = tally.counts();
    let (prices, distances, origins) = (PriceTable::us_east_1(), Distances::aws(), Origins::default());
    let report = Report::new(Facts {
        shop: "The Harbour Tea Company",
        span_ms: SECONDS * 1_000,
        counts: &counts,
        timeline: &timeline,
        prices: &prices,
        architecture: Architecture::Arm64,
        distances: &distances,
        origins: &origins,
    });
    fs::create_dir_all(folder.join("charts"))?;
    fs::write(folder.join("index.html"), page(&report, Delivery::Inline { nonce: "example" }))?;
    fs::write(folder.join("report.json"), format!("{:#}\n", report_json(&report)))?;
    for chart in Chart::ALL {
        fs::write(folder.join("charts").join(format!("{}.svg", chart.name())), report.chart(chart))?;
    }
    Ok(())
}

/// What happens from second to second.
fn shopping() -> (Tally, Timeline) {
    let (tally, mut timeline) = (Tally::default(), Timeline::default());
    let mut environments = 0;
    for second in 1..=SECONDS {
        let rush = (300..420).contains(&second);
        let wanted = if rush { 14 } else { 2 + second / 150 % 3 };
        while environments < wanted {
            environments += 1;
            tally.environment_started();
            tally.invocation(&invocation(Some(9_200 + second * 37 % 4_100), second));
        }
        if wanted < environments && second.is_multiple_of(20) {
            environments -= 1;
            tally.environment_retired();
        }
        let requests = if rush { 160 } else { 22 + second * 7 % 9 };
        (0..requests).for_each(|number| request(&tally, second, number));
        tally.edge_functions(requests, 0);
        timeline.push(second * 1_000, &tally.counts());
    }
    tally.throttled();
    tally.purged(0, 6);
    tally.store_holds(310 << 20);
    tally.database_holds(48 << 20);
    tally.letters(61);
    (tally, timeline)
}

/// One of a second's requests: most are kept at the edge.
fn request(tally: &Tally, second: u64, number: u64) {
    let dice = (second * 7_919 + number * 104_729) % 100;
    let (result, method, first_byte_us) = match dice {
        0..86 => (EdgeResult::Hit, Method::Read, 180 + dice * 9),
        86..89 => (EdgeResult::Stale, Method::Read, 240 + dice),
        89..91 => (EdgeResult::Revalidated, Method::Read, 2_900 + number * 11),
        91..96 => (EdgeResult::Miss, Method::Read, 3_800 + (second + number) % 60 * 140),
        96..99 => (EdgeResult::Passed, Method::Write, 9_000 + number * 90),
        _ => (EdgeResult::Refused, Method::Read, 90),
    };
    let content = if dice.is_multiple_of(3) { Content::File } else { Content::Page };
    let status = if result == EdgeResult::Refused { 403 } else { 200 };
    let bytes_out = 4_000 + dice * 310;
    let total_us = first_byte_us + 150;
    tally.edge_request(&EdgeRequest { content, method, result, status, bytes_out, first_byte_us, total_us });
    match (result, content) {
        (EdgeResult::Hit | EdgeResult::Stale | EdgeResult::Refused, _) => {}
        (EdgeResult::Miss | EdgeResult::Revalidated, Content::File) => {
            tally.store_operation(StoreOperation::Get { bytes: bytes_out });
        }
        _ => tally.invocation(&invocation(None, second + number)),
    }
    if result == EdgeResult::Passed {
        tally.database(5, 1);
    }
}

fn invocation(init_us: Option<u64>, varied: u64) -> Invocation {
    let outcome = if varied % 97 == 17 { Outcome::Failed } else { Outcome::Answered };
    Invocation { init_us, duration_us: 1_900 + varied * 131 % 7_300, memory_mb: 512, outcome }
}
