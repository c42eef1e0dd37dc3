//! What a run ends with: a line for each step, and the counts.

use std::time::Duration;

use crate::arguments::Step;
use crate::counts::Counts;

/// What came of the steps so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    step: Step,
    took: Duration,
    counts: Counts,
}

impl Report {
    /// Adds a step.
    pub(crate) fn add(&mut self, step: Step, took: Duration, counts: Counts) {
        self.lines.push(Line { step, took, counts });
    }

    /// Whether nothing failed.
    pub(crate) fn success(&self) -> bool {
        self.counts().failed == 0
    }

    /// All of it. The last line holds the counts alone.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for Line { step, took, counts } in &self.lines {
            let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
            text += &format!("{:<13} {:>9}  {verdict:<6}  {}\n", step.name(), shown(*took), counts.line());
        }
        let took = self.lines.iter().map(|line| line.took).sum();
        text + &format!("{:<13} {:>9}\n{}", "all", shown(took), self.counts().line())
    }

    fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.lines.iter().for_each(|line| sum += line.counts);
        sum
    }
}

/// A time for people: `4.2 s`, `12 min 5 s`.
fn shown(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_ends_with_the_counts_alone() {
        let mut report = Report::default();
        report.add(Step::Fmt, Duration::from_millis(1_290), Counts::of_check(true));
        report.add(Step::Tests, Duration::from_secs(725), Counts { passed: 40, failed: 0, skipped: 1 });
        assert!(report.success());
        let want = "fmt               1.2 s  ok      1 passed, 0 failed\n\
                    tests         12 min 5 s  ok      40 passed, 0 failed, 1 skipped\n\
                    all           12 min 6 s\n\
                    41 passed, 0 failed, 1 skipped";
        assert_eq!(report.text(), want);
    }

    #[test]
    fn one_failure_fails_the_run() {
        let mut report = Report::default();
        report.add(Step::Clippy, Duration::ZERO, Counts::of_check(false));
        report.add(Step::Docs, Duration::ZERO, Counts::of_check(true));
        assert!(!report.success());
        assert!(report.text().contains("clippy            0.0 s  FAILED"), "{}", report.text());
        assert!(report.text().ends_with("\n1 passed, 1 failed"));
    }
}
