//! The store as a function behind an edge, in a region on this machine: cold starts, and a crowd that comes at once.

use crate::arguments::{Place, RegionPlan};
use crate::figures::{load_average, micros_since, ms, percentile};
use crate::server::{Core, Server, command, free_address, on_core};
use crate::store::{Plan, for_reading};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Products whose pages are asked for.
const ENTRIES: usize = 500;
/// Below a store: the buckets of its region.
const BUCKETS: &str = "data/region/buckets";
/// The setting that puts the snapshot into one of them.
const SNAPSHOT: (&str, &str) = ("TRADEWIND_SNAPSHOT", "s3://snapshots/shop");
/// How long an answer may take, in seconds.
const ANSWER_SECONDS_MAX: u64 = 60;
/// New environments that Lambda makes at once, and further ones a second (1,000 in ten seconds).
const SCALING_AT_ONCE: u64 = 1_000;
/// See [`SCALING_AT_ONCE`].
const SCALING_PER_SECOND: u64 = 100;
/// Invocations at once that an account has unless it asks for more.
const CONCURRENCY: u64 = 1_000;
/// Requests within one second of the crowds that are simulated.
const CROWDS: [u64; 2] = [500, 10_000];

/// A region that runs.
struct Region {
    server: Server,
    control: SocketAddr,
    lambda: SocketAddr,
}

impl Region {
    async fn start(place: &Place, store: &Path, plan: &RegionPlan) -> anyhow::Result<Self> {
        let (address, control) = (free_address()?, free_address()?);
        let mut command = on_core(Core::Any, place.program()?);
        command.arg("region").arg(store).args(["--listen", &address.to_string(), "--control", &control.to_string()]);
        command.env("TRADEWIND_LOG", "error").stderr(Stdio::null());
        if let Some(function) = &plan.function {
            command.arg("--program").arg(function);
        }
        let objects = free_address()?;
        if plan.far_objects {
            std::fs::create_dir_all(store.join(BUCKETS).join("snapshots"))?;
            command.args(["--far-objects", "--objects", &objects.to_string()]).env(SNAPSHOT.0, SNAPSHOT.1);
        }
        let server = Server::start(command, address).await?;
        if plan.far_objects {
            publish(place, store, objects)?;
        }
        let mut region = Self { server, control, lambda: control };
        let report = region.report()?;
        let lambda = report["region"]["lambda_url"].as_str().and_then(|url| url.strip_prefix("http://"));
        region.lambda = lambda.context("the region does not say where its function service is")?.parse()?;
        Ok(region)
    }

    fn report(&self) -> anyhow::Result<Value> {
        // What is shown is at most a second old.
        std::thread::sleep(Duration::from_millis(1_100));
        let (status, body) = ask(self.control, "GET", "/report.json", "")?;
        ensure!(status == 200, "/report.json: {status}");
        Ok(serde_json::from_slice(&body)?)
    }

    /// Has every environment ended: the next request finds none.
    fn forget_environments(&self, number: u32) -> anyhow::Result<()> {
        let body = format!("{{\"Description\":\"run {number}\"}}");
        let (status, answer) = ask(self.lambda, "PUT", "/2015-03-31/functions/shop/configuration", &body)?;
        ensure!(status == 200, "{status} {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

/// The snapshot in the store's folder, put aside: an instance takes files that lie there instead of fetching them. It comes
/// back when this is dropped.
struct Aside {
    snapshot: PathBuf,
    aside: PathBuf,
}

impl Aside {
    fn put(store: &Path) -> anyhow::Result<Self> {
        let (snapshot, aside) = (store.join("data/snapshot"), store.join("data/snapshot.aside"));
        std::fs::rename(&snapshot, &aside).context("put the snapshot aside")?;
        Ok(Self { snapshot, aside })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.snapshot);
        let _ = std::fs::rename(&self.aside, &self.snapshot);
    }
}

/// Publishes the catalogue into the region's object store.
fn publish(place: &Place, store: &Path, objects: SocketAddr) -> anyhow::Result<()> {
    let credentials = std::fs::read_to_string(store.join("data/region/credentials"))?;
    let value = |name: &str| {
        let line = credentials.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.map(str::to_owned).with_context(|| format!("the credentials have no {name}"))
    };
    let mut publish = command(place.program()?);
    publish.arg("publish").arg(store).stdout(Stdio::null()).env(SNAPSHOT.0, SNAPSHOT.1);
    publish.env("AWS_ENDPOINT_URL_S3", format!("http://{objects}")).env("AWS_ALLOW_HTTP", "true");
    publish.env("AWS_ACCESS_KEY_ID", value("aws_access_key_id")?);
    publish.env("AWS_SECRET_ACCESS_KEY", value("aws_secret_access_key")?);
    publish.env("AWS_REGION", "us-east-1");
    let done = publish.status().context("start the program")?;
    ensure!(done.success(), "the catalogue could not be published into the bucket");
    Ok(())
}

/// `bench region`
pub(crate) async fn run(place: &Place, plan: &RegionPlan) -> anyhow::Result<()> {
    for products in &plan.products {
        let store = for_reading(&place.dir, *products).await?;
        let entries = Plan::of(*products).entries(ENTRIES);
        let slugs: Vec<String> = entries.iter().rev().map(|entry| entry.product.slug.to_string()).collect();
        let _aside = plan.far_objects.then(|| Aside::put(&store)).transpose()?;
        let times = cold_starts(place, &store, plan, *products, &slugs).await?;
        crowd(place, &store, plan, *products, &slugs).await?;
        simulated(times);
    }
    Ok(())
}

async fn cold_starts(
    place: &Place,
    store: &Path,
    plan: &RegionPlan,
    products: u64,
    slugs: &[String],
) -> anyhow::Result<Times> {
    let region = Region::start(place, store, plan).await?;
    let edge = region.server.address;
    for (what, path) in [
        ("product page", |run: usize, slugs: &[String]| format!("/product/{}", slugs[run % slugs.len()])),
        ("listing", |run: usize, _: &[String]| format!("/search?max={}", 1_000 + run)),
        ("search", |run: usize, _: &[String]| format!("/search?q=tea&max={}", 1_000 + run)),
    ] as [(&str, fn(usize, &[String]) -> String); 3]
    {
        let mut took = Vec::new();
        let mut warm = Vec::new();
        for run in 0..plan.runs {
            region.forget_environments(run)?;
            let place = usize::try_from(run)?;
            for (times, path) in [(&mut took, path(2 * place, slugs)), (&mut warm, path(2 * place + 1, slugs))] {
                let start = Instant::now();
                let (status, _) = ask(edge, "GET", &path, "")?;
                ensure!(status == 200, "{path}: {status}");
                times.push(micros_since(start));
            }
        }
        let [cold, warm] = [took, warm].map(|mut times| {
            times.sort_unstable();
            times
        });
        println!(
            "{products} products, {what} through the edge, nothing running: {} ms (median of {}; {} to {}); with a warm \
             environment {} ms; load average {}",
            ms(percentile(&cold, 50)),
            cold.len(),
            ms(percentile(&cold, 0)),
            ms(percentile(&cold, 100)),
            ms(percentile(&warm, 50)),
            load_average()
        );
    }
    let report = region.report()?;
    let time = |name: &str| report["times"][name]["percentiles"].clone();
    println!(
        "  by the function service: start {}; start and answer {}; warm {}",
        time("init"),
        time("invocations_cold"),
        time("invocations_warm")
    );
    let micros = |name: &str| report["times"][name]["percentiles"]["p50_us"].as_u64();
    let (cold, warm) = (micros("invocations_cold"), micros("invocations_warm"));
    Ok(Times { cold: cold.context("nothing was started")?, warm: warm.context("nothing ran twice")? })
}

/// So many at once where nothing runs, each for something that is not kept.
async fn crowd(place: &Place, store: &Path, plan: &RegionPlan, products: u64, slugs: &[String]) -> anyhow::Result<()> {
    let region = Region::start(place, store, plan).await?;
    let edge = region.server.address;
    let together = Barrier::new(plan.crowd);
    let answers: Vec<(u16, u64)> = std::thread::scope(|scope| {
        let asks: Vec<_> = (0..plan.crowd)
            .map(|number| {
                let (together, path) = (&together, format!("/product/{}", slugs[number % slugs.len()]));
                scope.spawn(move || {
                    together.wait();
                    let start = Instant::now();
                    let status = ask(edge, "GET", &path, "").map_or(0, |(status, _)| status);
                    (status, micros_since(start))
                })
            })
            .collect();
        asks.into_iter().map(|ask| ask.join().unwrap_or((0, 0))).collect()
    });
    let errors = answers.iter().filter(|(status, _)| *status != 200).count();
    let mut took: Vec<u64> = answers.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    let report = region.report()?;
    let most = report["counts"]["environments"]["most"].as_u64().unwrap_or_default();
    println!(
        "{products} products, {} at once, nothing running: {errors} errors, {most} environments, {} ms (median; p99 {}), \
         load average {}",
        plan.crowd,
        ms(percentile(&took, 50)),
        ms(percentile(&took, 99)),
        load_average()
    );
    Ok(())
}

/// What a request takes by the function service, in microseconds.
#[derive(Clone, Copy)]
struct Times {
    cold: u64,
    warm: u64,
}

/// Larger crowds, whose environments have processors of their own, as on Lambda.
fn simulated(Times { cold, warm }: Times) {
    for requests in CROWDS {
        let Simulated { throttled, environments, added } = simulate(requests, cold, warm);
        println!(
            "  simulated, {requests} requests in one second, a start and answer of {} ms: {throttled} turned away, \
             {environments} environments, a cold request waits {} ms longer",
            ms(cold),
            ms(added)
        );
    }
}

struct Simulated {
    throttled: u64,
    environments: u64,
    /// Of a cold request against a warm one, in microseconds.
    added: u64,
}

/// Requests that come evenly within one second and reach the function, each answered by an environment that is free or
/// by a new one, as far as Lambda makes new ones.
fn simulate(requests: u64, cold: u64, warm: u64) -> Simulated {
    let mut free_at: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    let (mut throttled, mut environments) = (0, 0_u64);
    for number in 0..requests {
        let now = number * 1_000_000 / requests;
        if free_at.peek().is_some_and(|Reverse(at)| *at <= now) {
            free_at.pop();
            free_at.push(Reverse(now + warm));
            continue;
        }
        let may_be_made = SCALING_AT_ONCE + SCALING_PER_SECOND * now / 1_000_000;
        if environments >= may_be_made.min(CONCURRENCY) {
            throttled += 1;
            continue;
        }
        environments += 1;
        free_at.push(Reverse(now + cold));
    }
    Simulated { throttled, environments, added: cold.saturating_sub(warm) }
}

/// One request on a connection of its own.
fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        address.port(),
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
    Ok((status, answer.split_off(end + 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_answered_by_as_many_environments_as_lambda_makes() {
        let few = simulate(500, 30_000, 5_000);
        assert_eq!(few.throttled, 0);
        // 500 a second are one every 2 ms: fifteen starts until the first is done, and few after.
        assert!((15..=20).contains(&few.environments), "{}", few.environments);
        assert_eq!(few.added, 25_000);
        let slow = simulate(10_000, 2_000_000, 5_000);
        assert!(slow.throttled > 0 && slow.environments == CONCURRENCY, "a slow start is turned away");
    }
}
