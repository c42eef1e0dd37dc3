//! `cargo xtask test`: every check of the project, one after the other, and a report.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

use crate::arguments::{Step, TestPlan};
use crate::browser::{self, Browser};
use crate::counts::Counts;
use crate::emulator;
use crate::metadata::Metadata;
use crate::needs::{self, Need};
use crate::postgres::Postgres;
use crate::process::{cargo, project_folder, run_step};
use crate::report::Report;
use crate::{house, licences};

/// The crate whose features are those of the program.
const PROGRAM: &str = "tradewind";

/// Runs the steps of a plan; tells whether nothing failed. What the steps need from the machine is there before the
/// first begins, so that a run of twenty minutes does not end with a missing package.
pub(crate) fn run(plan: &TestPlan) -> anyhow::Result<bool> {
    let steps = plan.steps();
    needs::make_sure(&needs_of(plan, &steps))?;
    let mut report = Report::default();
    for step in steps {
        println!("\n== {}", step.name());
        let started = Instant::now();
        let counts = run_one(step, plan).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts::of_check(false)
        });
        report.add(step, started.elapsed(), counts);
    }
    println!("\n{}", report.text());
    Ok(report.success())
}

fn needs_of(plan: &TestPlan, steps: &[Step]) -> Vec<Need> {
    let mut needs = Vec::new();
    if steps.contains(&Step::Tests) || steps.contains(&Step::Browser) {
        needs.extend([needs::POSTGRES, needs::PYTHON]);
    }
    if steps.contains(&Step::Tests) && plan.reaches_njs() {
        needs.push(needs::NJS);
    }
    if steps.contains(&Step::Browser) || (steps.contains(&Step::Tests) && plan.reaches_the_browser()) {
        needs.extend(needs::BROWSER);
    }
    needs
}

fn run_one(step: Step, plan: &TestPlan) -> anyhow::Result<Counts> {
    match step {
        Step::Fmt => check(cargo().arg("fmt").args(packages_or(plan, "--all")).arg("--check")),
        Step::Dependencies => dependencies(),
        Step::Clippy => {
            check(cargo().arg("clippy").args(packages_or(plan, "--workspace")).args(CLIPPY_TARGETS).args(NO_WARNING))
        }
        Step::Features => features(),
        Step::Docs => {
            let mut rustdoc = cargo();
            rustdoc.arg("doc").args(packages_or(plan, "--workspace")).args(["--no-deps", "--locked"]);
            check(rustdoc.env("RUSTDOCFLAGS", "-D warnings"))
        }
        Step::Tests => {
            let mut tests = cargo();
            tests.arg("test").args(packages_or(plan, "--workspace"));
            with_servers(tests, plan.reaches_the_browser(), &plan.filter)
        }
        Step::Browser => {
            let mut tests = cargo();
            // Over the whole workspace, so that dependencies have the features of the step before and are built once.
            tests.args(["test", "--workspace", "--test", "browser*"]);
            with_servers(tests, true, &plan.filter)
        }
    }
}

const CLIPPY_TARGETS: [&str; 2] = ["--all-targets", "--locked"];
const NO_WARNING: [&str; 3] = ["--", "-D", "warnings"];

/// The crates that the plan names, else all of them by cargo's word for that.
fn packages_or(plan: &TestPlan, all: &str) -> Vec<String> {
    match plan.packages.is_empty() {
        true => vec![all.to_owned()],
        false => plan.packages.iter().flat_map(|package| ["--package".to_owned(), package.clone()]).collect(),
    }
}

/// A step that holds or does not.
fn check(command: &Command) -> anyhow::Result<Counts> {
    run_step(command, |_| {}).map(Counts::of_check)
}

fn dependencies() -> anyhow::Result<Counts> {
    let metadata = Metadata::load()?;
    let house::Inspection { figures, mut faults } = house::inspect(&metadata);
    faults.extend(licences::faults(&metadata, &project_folder().join("deny.toml"))?);
    println!("{figures}");
    faults.iter().for_each(|fault| println!("fault: {fault}"));
    Ok(Counts::of_check(faults.is_empty()))
}

/// Builds the program without features, with each alone and with all; the default set is what clippy has looked at.
fn features() -> anyhow::Result<Counts> {
    let metadata = Metadata::load()?;
    let program = metadata.member(PROGRAM).context("the workspace holds no program")?;
    let mut counts = Counts::default();
    for set in feature_sets(&program.features) {
        println!("features: {}", set.join(" "));
        let mut clippy = cargo();
        clippy.args(["clippy", "--locked", "--package", PROGRAM]).args(set).args(NO_WARNING);
        counts += check(&clippy)?;
    }
    Ok(counts)
}

/// The sets of features that are not the default one, as cargo's arguments.
fn feature_sets(features: &BTreeMap<String, Vec<String>>) -> Vec<Vec<&str>> {
    let named: Vec<&str> = features.keys().map(String::as_str).filter(|name| *name != "default").collect();
    let default = features.get("default").map_or(0, Vec::len);
    let mut sets = vec![vec!["--no-default-features"]];
    if 1 < named.len() {
        sets.extend(named.iter().map(|name| vec!["--no-default-features", "--features", name]));
    }
    if default < named.len() {
        sets.push(vec!["--all-features"]);
    }
    sets
}

/// Runs tests with a PostgreSQL server, and a browser where they use one.
fn with_servers(mut tests: Command, with_browser: bool, filter: &[String]) -> anyhow::Result<Counts> {
    let postgres = Postgres::start()?;
    tests.env("TEST_POSTGRES_URL", &postgres.url);
    tests.env("TEST_LAMBDA_EMULATOR", emulator::install()?);
    let browser = if with_browser {
        browser::install_tools()?;
        Some(Browser::start()?)
    } else {
        None
    };
    tests.envs(browser.iter().flat_map(|browser| browser.environment.clone()));
    tests.args(["--locked", "--no-fail-fast", "--"]).args(filter);
    let mut counts = Counts::default();
    let success = run_step(&tests, |line| {
        if let Some(of_binary) = Counts::in_line(line) {
            counts += of_binary;
        }
    })?;
    Ok(counts.settled(success))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_features_is_built_once() {
        for (case, features, want) in [
            ("none", &[][..], &["--no-default-features"][..]),
            ("one, by default", &[("default", 1), ("postgres", 0)], &["--no-default-features"]),
            (
                "two, one by default",
                &[("default", 1), ("lambda", 0), ("postgres", 0)],
                &[
                    "--no-default-features",
                    "--no-default-features --features lambda",
                    "--no-default-features --features postgres",
                    "--all-features",
                ],
            ),
        ] {
            let features = features.iter().map(|(name, brings)| ((*name).to_owned(), vec![String::new(); *brings]));
            let features = features.collect();
            let sets: Vec<String> = feature_sets(&features).iter().map(|set| set.join(" ")).collect();
            assert_eq!(sets, want, "{case}");
        }
    }
}
