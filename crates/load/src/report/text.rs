//! The report for people.

mod region;

use super::{CacheCounts, Errors, Latency, Report, SecondReport, ShopKind};
use crate::kind::Kind;
use std::fmt::{Display, Formatter, Result};

/// Seconds that are told to people: those around a spike, or the worst.
const SECONDS_MAX: usize = 5;
/// Late starts that are told to people: more than one page in so many, or one that was so late, in microseconds.
const LATE_ONE_IN: u64 = 20;
const LATE_US: u64 = 100_000;
/// Examples of each kind of error that are told to people.
const EXAMPLES_MAX: usize = 3;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}: {}; arrivals for {} s", self.url, self.shape, self.arrival_seconds)?;
        if self.warm_up_seconds != 0 {
            write!(f, " after a warm-up of {} s", self.warm_up_seconds)?;
        }
        writeln!(f, ", seed {}", self.seed)?;
        self.shop(f)?;
        self.people(f)?;
        writeln!(f)?;
        self.table(f)?;
        self.seconds(f)?;
        self.caches(f)?;
        errors(&self.errors, f)?;
        self.caveats(f)
    }
}

impl Report {
    fn shop(&self, f: &mut Formatter<'_>) -> Result {
        let shop = &self.shop;
        let note = shop.note.as_deref().unwrap_or_default();
        if shop.kind == ShopKind::Tradewind {
            write!(f, "{} in {}", Many(shop.products, "product"), Many(shop.categories, "category"))?;
            return if note.is_empty() { writeln!(f) } else { writeln!(f, "; {note}") };
        }
        writeln!(f, "Not a shop that can be shopped in: {note} ({})", Many(shop.pages, "page"))
    }

    fn people(&self, f: &mut Formatter<'_>) -> Result {
        let (sessions, requests, orders) = (&self.sessions, &self.requests, &self.orders);
        write!(
            f,
            "{} came, {} at once at most: {} finished",
            Many(sessions.due, "shopper"),
            sessions.at_once_max,
            sessions.finished
        )?;
        for (count, what) in [
            (sessions.gave_up, "gave up after an error"),
            (sessions.not_played, "not played, as no more may be at once"),
            (sessions.cut_off, "cut off at the end"),
            (sessions.broken, "ended by a fault of the generator"),
        ] {
            if count != 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        writeln!(f)?;
        writeln!(
            f,
            "{}, {} answered right ({:.1} a second while shoppers came), {}; browsers' own caches spared {}",
            Many(requests.sent, "request"),
            requests.right,
            requests.right_per_second,
            Bytes(requests.body_bytes),
            requests.from_browser_cache
        )?;
        write!(
            f,
            "{}, {}, {} ({:.1} a minute)",
            Many(orders.baskets, "basket"),
            Many(orders.checkouts, "checkout"),
            Many(orders.placed, "order"),
            orders.per_minute
        )?;
        for (code, count) in &orders.refused {
            write!(f, "; refused {}: {code}", Many(*count, "time"))?;
        }
        writeln!(f)
    }

    fn table(&self, f: &mut Formatter<'_>) -> Result {
        let has_edge = self.cache.is_some();
        let edge = if has_edge { "   from edge" } else { "" };
        writeln!(
            f,
            "{:<14}{:>9}{:>10}{:>10}{:>10}{:>10}{:>8}{edge}",
            "", "requests", "p50", "p95", "p99", "max", "errors"
        )?;
        for (kind, of) in &self.kinds {
            row(f, kind.words(), &of.latency)?;
            write!(f, "{:>8}", of.errors)?;
            match of.cache {
                Some(CacheCounts { hit_percent, .. }) => writeln!(f, "{hit_percent:>10.1} %")?,
                None if has_edge => writeln!(f, "{:>12}", "–")?,
                None => writeln!(f)?,
            }
        }
        row(f, "page and files", &self.whole_page)?;
        writeln!(f)
    }

    fn seconds(&self, f: &mut Formatter<'_>) -> Result {
        let told: Vec<&SecondReport> = match &self.spike {
            Some(spike) => self.seconds.iter().skip(spike.second.saturating_sub(1)).take(SECONDS_MAX).collect(),
            None => {
                let mut worst: Vec<&SecondReport> = self.seconds.iter().collect();
                worst.sort_by_key(|second| std::cmp::Reverse((second.errors, second.pages.p99_us)));
                worst.truncate(SECONDS_MAX);
                worst.sort_by_key(|second| second.second);
                worst
            }
        };
        if told.is_empty() {
            return Ok(());
        }
        let title = if self.spike.is_some() { "Pages around the spike" } else { "Pages in the worst seconds" };
        writeln!(f, "\n{title}")?;
        writeln!(
            f,
            "{:<14}{:>9}{:>10}{:>10}{:>10}{:>10}{:>8}{:>10}",
            "second", "requests", "p50", "p95", "p99", "max", "errors", "shoppers"
        )?;
        for second in told {
            let mark =
                if self.spike.as_ref().is_some_and(|spike| spike.second == second.second) { " spike" } else { "" };
            row(f, &format!("{}{mark}", second.second), &second.pages)?;
            writeln!(f, "{:>8}{:>10}", second.errors, second.sessions_due)?;
        }
        Ok(())
    }

    fn caches(&self, f: &mut Formatter<'_>) -> Result {
        let Some(cache) = &self.cache else {
            return writeln!(
                f,
                "\nNo edge in front of the shop says what it did: all requests count as answered by the shop itself."
            );
        };
        let counts = cache.counts;
        writeln!(
            f,
            "\nThe edge answered {:.1} % by itself: {} kept, {} shared an answer; {} asked about, {} missed, {} not for a cache, \
             {} made by the edge.",
            counts.hit_percent,
            counts.hits,
            counts.collapsed,
            counts.revalidated,
            counts.misses,
            counts.passed,
            cache.unmarked
        )?;
        writeln!(f, "{} reached the shop: {:.1} % of all.", Many(self.origin.requests, "request"), self.origin.percent)
    }

    fn caveats(&self, f: &mut Formatter<'_>) -> Result {
        let late = &self.generator;
        if self.whole_page.count < late.late_starts.saturating_mul(LATE_ONE_IN) || LATE_US < late.lateness_max_us {
            writeln!(
                f,
                "\nThis machine was late {}, by {} at most; the times above hold that. Many mean that it is too small \
                 for so many shoppers.",
                Many(late.late_starts, "time"),
                Time(late.lateness_max_us)
            )?;
        }
        self.region.as_ref().map_or(Ok(()), |region| region.fmt(f))
    }
}

fn row(f: &mut Formatter<'_>, name: &str, latency: &Latency) -> Result {
    if latency.count == 0 {
        return write!(f, "{name:<14}{:>9}{:>10}{:>10}{:>10}{:>10}", 0, "–", "–", "–", "–");
    }
    let [p50, p95, p99, max] =
        [latency.p50_us, latency.p95_us, latency.p99_us, latency.max_us].map(|us| Time(us).to_string());
    write!(f, "{name:<14}{:>9}{p50:>10}{p95:>10}{p99:>10}{max:>10}", latency.count)
}

fn errors(errors: &Errors, f: &mut Formatter<'_>) -> Result {
    if errors.total == 0 {
        return writeln!(f, "\nNo errors.");
    }
    writeln!(f, "\n{}", Many(errors.total, "error"))?;
    for (kind, of) in &errors.by_kind {
        writeln!(f, "{}: {}", kind.words(), of.count)?;
        for example in of.examples.iter().take(EXAMPLES_MAX) {
            let of = if example.kind == Kind::Page { "" } else { example.kind.words() };
            writeln!(f, "    second {}, {of} {}: {}", example.second, example.request, example.detail)?;
        }
    }
    Ok(())
}

/// A number of things.
struct Many<N>(N, &'static str);

impl<N: Display + PartialEq + From<u8>> Display for Many<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(count, thing) = self;
        match thing.strip_suffix('y') {
            _ if *count == N::from(1) => write!(f, "{count} {thing}"),
            Some(stem) => write!(f, "{count} {stem}ies"),
            None => write!(f, "{count} {thing}s"),
        }
    }
}

/// Microseconds for people.
struct Time(u64);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            us @ 0..10_000 => write!(f, "{}.{:02} ms", us / 1_000, us % 1_000 / 10),
            us @ 10_000..1_000_000 => write!(f, "{}.{} ms", us / 1_000, us % 1_000 / 100),
            us => write!(f, "{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
        }
    }
}

/// Bytes for people.
struct Bytes(u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            bytes @ 0..1_000_000 => write!(f, "{} kB", bytes / 1_000),
            bytes => write!(f, "{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_at_a_glance() {
        for (us, want) in [(0, "0.00 ms"), (1_234, "1.23 ms"), (12_345, "12.3 ms"), (1_234_567, "1.23 s")] {
            assert_eq!(Time(us).to_string(), want);
        }
        for (count, thing, want) in
            [(1_u64, "order", "1 order"), (0, "order", "0 orders"), (2, "category", "2 categories")]
        {
            assert_eq!(Many(count, thing).to_string(), want);
        }
        assert_eq!((Bytes(1_999).to_string(), Bytes(1_960_000).to_string()), ("1 kB".to_owned(), "1.9 MB".to_owned()));
    }
}
