//! How many tests passed, read from what `cargo test` prints.

use std::ops::AddAssign;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Held.
    pub(crate) passed: u64,
    /// Did not hold.
    pub(crate) failed: u64,
    /// Were not run.
    pub(crate) skipped: u64,
}

impl Counts {
    /// Reads the closing line of a test binary; every other line is nothing.
    pub(crate) fn in_line(line: &str) -> Option<Self> {
        let (_, figures) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = Self::default();
        for figure in figures.split(';') {
            match figure.trim().split_once(' ') {
                Some((number, "passed")) => counts.passed = number.parse().ok()?,
                Some((number, "failed")) => counts.failed = number.parse().ok()?,
                Some((number, "ignored")) => counts.skipped = number.parse().ok()?,
                _ => {}
            }
        }
        Some(counts)
    }

    /// What a check without tests of its own counts as.
    pub(crate) fn of_check(success: bool) -> Self {
        Self { passed: u64::from(success), failed: u64::from(!success), skipped: 0 }
    }

    /// The counts of a run that ended with `success`: a run can fail without a failed test, when something does not
    /// compile or a test takes its process down.
    pub(crate) fn settled(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }

    /// The line that people and machines read: `12 passed, 0 failed`.
    pub(crate) fn line(self) -> String {
        let Self { passed, failed, skipped } = self;
        match skipped {
            0 => format!("{passed} passed, {failed} failed"),
            _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_others_are_not() {
        let counts = |passed, failed, skipped| Some(Counts { passed, failed, skipped });
        for (case, line, want) in [
            (
                "passed",
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
                counts(12, 0, 1),
            ),
            (
                "failed",
                "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
                counts(2, 3, 0),
            ),
            ("an older harness", "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured", counts(1, 0, 0)),
            ("one test", "test money::tests::splits ... ok", None),
            ("said by a test", "expected test result: ok. 9 passed; 0 failed", None),
            ("a number that is none", "test result: ok. many passed; 0 failed", None),
            ("nothing", "", None),
        ] {
            assert_eq!(Counts::in_line(line), want, "{case}");
        }
    }

    #[test]
    fn a_run_that_failed_never_reads_as_passed() {
        let passed = Counts { passed: 5, failed: 0, skipped: 0 };
        assert_eq!(passed.settled(false).line(), "5 passed, 1 failed");
        assert_eq!(passed.settled(true).line(), "5 passed, 0 failed");
        assert_eq!(Counts { failed: 2, ..passed }.settled(false).line(), "5 passed, 2 failed");
    }

    #[test]
    fn skipped_tests_are_told() {
        let mut sum = Counts { passed: 1, failed: 0, skipped: 2 };
        sum += Counts { passed: 3, failed: 1, skipped: 0 };
        assert_eq!(sum.line(), "4 passed, 1 failed, 2 skipped");
    }
}
