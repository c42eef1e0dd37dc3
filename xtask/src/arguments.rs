//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Chores of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Chores {
    /// What to do; help where it is left out.
    #[command(subcommand)]
    pub(crate) chore: Option<Chore>,
}

/// One chore.
#[derive(Debug, Subcommand)]
pub(crate) enum Chore {
    /// Check everything, as CI does: formatting, lints, documentation, dependencies, all tests, the browser
    Test(TestPlan),
}

/// Which checks to run, and on what.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask test\n  \
    cargo xtask test --only fmt,clippy\n  \
    cargo xtask test --only tests -p db\n  \
    cargo xtask test --only tests -p tradewind -- a_repeated_checkout")]
pub(crate) struct TestPlan {
    /// Only these steps, in the order of this list [default: all of them]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP,…")]
    only: Vec<Step>,

    /// Only this crate; may be given several times
    #[arg(short, long = "package", value_name = "CRATE")]
    pub(crate) packages: Vec<String>,

    /// For the tests themselves: part of a name, or options of the test harness
    #[arg(last = true, value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
}

/// A part of the whole check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// `rustfmt` would change nothing
    Fmt,
    /// Arrows between crates, licences, the number of locked packages
    Dependencies,
    /// `clippy` has no warning, tests included
    Clippy,
    /// Every set of features builds without warning
    Features,
    /// `rustdoc` has no warning
    Docs,
    /// Every test, with PostgreSQL and the browser
    Tests,
    /// The browser tests alone; `tests` has them too
    Browser,
}

impl Step {
    /// The steps of a whole run: `browser` is a part of `tests`.
    const WHOLE: [Self; 6] = [Self::Fmt, Self::Dependencies, Self::Clippy, Self::Features, Self::Docs, Self::Tests];

    /// The name on the command line and in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Dependencies => "dependencies",
            Self::Clippy => "clippy",
            Self::Features => "features",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Browser => "browser",
        }
    }
}

impl TestPlan {
    /// The steps to run, each once, cheapest first.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = if self.only.is_empty() { Step::WHOLE.to_vec() } else { self.only.clone() };
        steps.sort();
        steps.dedup();
        if steps.contains(&Step::Tests) && self.reaches_the_browser() {
            steps.retain(|step| *step != Step::Browser);
        }
        steps
    }

    /// Whether the chosen crates hold browser tests: they are those of the program.
    pub(crate) fn reaches_the_browser(&self) -> bool {
        self.reaches("tradewind")
    }

    /// Whether the chosen crates hold tests that ask njs: they are those of the functions at the edge.
    pub(crate) fn reaches_njs(&self) -> bool {
        self.reaches("functions")
    }

    fn reaches(&self, name: &str) -> bool {
        self.packages.is_empty() || self.packages.iter().any(|package| package == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(words: &[&str]) -> Result<TestPlan, String> {
        let words = ["cargo xtask"].iter().chain(words);
        match Chores::try_parse_from(words).map_err(|error| error.to_string())?.chore {
            Some(Chore::Test(plan)) => Ok(plan),
            None => Err("no chore".to_owned()),
        }
    }

    #[test]
    fn steps_run_once_and_the_cheap_ones_first() {
        for (case, words, want) in [
            ("all", &["test"][..], &Step::WHOLE[..]),
            ("some, in any order", &["test", "--only", "tests,fmt"], &[Step::Fmt, Step::Tests]),
            ("twice", &["test", "--only", "fmt,fmt", "--only", "fmt"], &[Step::Fmt]),
            ("the browser is a part of the tests", &["test", "--only", "browser,tests"], &[Step::Tests]),
            (
                "but not of another crate's",
                &["test", "--only", "browser,tests", "-p", "db"],
                &[Step::Tests, Step::Browser],
            ),
            ("the browser alone", &["test", "--only", "browser"], &[Step::Browser]),
        ] {
            assert_eq!(plan(words).unwrap().steps(), want, "{case}");
        }
    }

    #[test]
    fn crates_and_filters_are_handed_on() {
        let plan = plan(&["test", "-p", "db", "--package", "shop", "--", "hold", "--exact"]).unwrap();
        assert_eq!(plan.packages, ["db", "shop"]);
        assert_eq!(plan.filter, ["hold", "--exact"]);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in [&["test", "--only", "unit"][..], &["test", "--only", ""], &["tests"], &["test", "hold"]] {
            assert!(plan(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for step in Step::value_variants() {
            assert_eq!(Step::from_str(step.name(), false), Ok(*step));
        }
    }
}
