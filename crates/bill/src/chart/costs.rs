//! Costs by service: of a month at this rate, or so far while that cannot be told.

use super::Table;
use super::svg::{Anchor, Ink, Svg, share};
use crate::bill::{Charge, Line, Total};
use crate::item::Service;
use crate::report::Report;

const WIDTH: i64 = 380;
/// Height of a row, in tenths.
const ROW: i64 = 390;
const TOP: i64 = 330;
const LEFT: i64 = 40;
const RIGHT: i64 = 3_760;

pub(super) fn svg(report: &Report<'_>) -> String {
    let totals = totals(report);
    let title = match report.bill.month {
        Some(_) => "A month at this rate, by service",
        None => "So far, by service",
    };
    let words: Vec<String> = totals
        .iter()
        .map(|(service, total)| format!("{}: {} to pay.", service.name(), report.amount(&total.after_free)))
        .collect();
    let height = (TOP + ROW * 5) / 10;
    let mut svg = Svg::new("costs", (WIDTH, height), title, &words.join(" "));
    svg.bar((LEFT, 50), (100, 80), Ink::SERIES[0]);
    svg.text((LEFT + 160, 130), Anchor::Start, Ink::TEXT, "to pay");
    svg.bar((LEFT + 700, 50), (100, 80), Ink::FREE);
    svg.text((LEFT + 860, 130), Anchor::Start, Ink::TEXT, "if nothing were free");
    let most = totals.iter().map(|(_, total)| total.before_free.amount.pico()).max().unwrap_or(0);
    for (index, (service, total)) in totals.iter().enumerate() {
        let y = TOP + ROW * i64::try_from(index).unwrap_or(0);
        svg.text((LEFT, y + 90), Anchor::Start, Ink::TEXT, service.name());
        svg.text((RIGHT, y + 90), Anchor::End, Ink::TEXT, &report.amount(&total.after_free));
        let width = |total: u128| share(total, most, RIGHT - LEFT);
        svg.bar((LEFT, y + 150), (RIGHT - LEFT, 10), Ink::GRID);
        svg.bar((LEFT, y + 130), (width(total.before_free.amount.pico()), 60), Ink::FREE);
        svg.bar((LEFT, y + 130), (width(total.after_free.amount.pico()), 60), Ink::SERIES[0]);
    }
    svg.end()
}

pub(super) fn table(report: &Report<'_>) -> Table {
    let row = |(service, total): &(Service, Total)| {
        let role = format!("{}: {}", service.name(), service.role());
        vec![role, report.amount(&total.before_free), report.amount(&total.after_free)]
    };
    Table { head: vec!["Service", "If nothing were free", "To pay"], rows: totals(report).iter().map(row).collect() }
}

fn totals(report: &Report<'_>) -> Vec<(Service, Total)> {
    let charge = |line: &Line| -> Charge { line.month.unwrap_or(line.so_far) };
    let total = |service| report.bill.of_service(service).map(|line| (line.item, charge(line))).collect();
    Service::ALL.map(|service| (service, total(service))).to_vec()
}
