//! From process start to the first product page, with all files in the page cache.

use crate::arguments::{Place, StartPlan};
use crate::figures::{load_average, median, micros_since, ms};
use crate::server::{command, free_address};
use crate::store::{Plan, for_reading};
use anyhow::{Context, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a start may take, in seconds.
const START_SECONDS_MAX: u64 = 30;
/// Wait between two attempts to connect, in microseconds.
const CONNECT_WAIT_MICROS: u64 = 50;
/// Starts before the first that counts: they bring the files into the page cache.
const WARM_UPS: u32 = 3;

/// Ended when dropped.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `bench start`
pub(crate) async fn run(place: &Place, plan: &StartPlan) -> anyhow::Result<()> {
    let program = place.program()?;
    let answer = place.dir.join("start.answer");
    std::fs::create_dir_all(&place.dir)?;
    std::fs::write(&answer, "content-type: text/plain\r\n\r\nbare")?;
    let bench = std::env::current_exe()?;
    let bare = |address: SocketAddr| {
        let mut serve = command(&bench);
        serve.arg("bare").arg(&answer).arg(address.to_string());
        serve
    };
    tell("bare hyper, to its first answer", &several(plan.runs, &bare, "/")?);
    for products in &plan.products {
        let store = for_reading(&place.dir, *products).await?;
        let entry = Plan::of(*products).entries(500).pop().context("a store without products")?;
        let path = format!("/product/{}", entry.product.slug);
        let shop = |address: SocketAddr| {
            let mut serve = command(&program);
            serve.arg("serve").arg(&store).args(["--listen", &address.to_string()]).env("TRADEWIND_LOG", "error");
            serve
        };
        tell(&format!("{products} products, to the first product page"), &several(plan.runs, &shop, &path)?);
    }
    Ok(())
}

fn tell(what: &str, took: &[u64]) {
    let least = took.iter().copied().min().unwrap_or_default();
    let most = took.iter().copied().max().unwrap_or_default();
    println!(
        "{what}: {} ms (median of {}; {} to {}), load average {}",
        ms(median(took)),
        took.len(),
        ms(least),
        ms(most),
        load_average()
    );
}

/// Starts that count, in microseconds each.
fn several(runs: u32, serve: &dyn Fn(SocketAddr) -> Command, path: &str) -> anyhow::Result<Vec<u64>> {
    let starts = (0..runs + WARM_UPS).map(|_| once(serve, path));
    let took: Vec<u64> = starts.collect::<anyhow::Result<_>>()?;
    Ok(took.into_iter().skip(usize::try_from(WARM_UPS)?).collect())
}

/// One start, in microseconds.
fn once(serve: &dyn Fn(SocketAddr) -> Command, path: &str) -> anyhow::Result<u64> {
    let address = free_address()?;
    let mut serve = serve(address);
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let _server = Ends(serve.spawn().context("start the program")?);
    let end = start + Duration::from_secs(START_SECONDS_MAX);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < end => std::thread::sleep(Duration::from_micros(CONNECT_WAIT_MICROS)),
            Err(error) => return Err(error).context("the store does not listen"),
        }
    };
    stream.set_read_timeout(Some(Duration::from_secs(START_SECONDS_MAX)))?;
    let page = ask(&mut stream, address, path)?;
    let micros = micros_since(start);
    ensure!(page.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&page[..page.len().min(80)]));
    Ok(micros)
}

fn ask(stream: &mut TcpStream, address: SocketAddr, path: &str) -> anyhow::Result<Vec<u8>> {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", address.port())?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page)?;
    Ok(page)
}
