//! Load from `wrk`, and what came of it.

use crate::figures::per_second;
use crate::server::{Core, Server, on_core};
use anyhow::{Context, ensure};
use std::net::SocketAddr;
use std::path::PathBuf;

/// One kind of request, again and again.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Who answers.
    pub(crate) address: SocketAddr,
    /// What is asked for.
    pub(crate) path: String,
    /// A form that is sent instead, with further headers.
    pub(crate) form: Option<Form>,
}

/// A form, the same each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// As it is sent.
    pub(crate) body: String,
    /// Names and values.
    pub(crate) headers: Vec<(String, String)>,
}

/// How hard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pressure {
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    /// Good answers in a second.
    pub(crate) per_second: u64,
    /// Good answers in a hundred seconds: of something slow a second holds too few.
    pub(crate) per_hundred_seconds: u64,
    /// Answers in all, good and bad.
    pub(crate) answers: u64,
    /// Answers that were neither 2xx nor 3xx or took longer than the 2 s of wrk, and connections that failed. Those
    /// that were only slow count among the good ones too.
    pub(crate) bad: u64,
    /// Processor time of the server for one answer, in nanoseconds; 0 if nobody looked.
    pub(crate) cpu_nanos: u64,
}

/// Puts load on a target and measures; `server` is looked at, if it is one process.
pub(crate) fn press(target: &Target, pressure: Pressure, server: Option<&Server>) -> anyhow::Result<Load> {
    let mut wrk = on_core(Core::Load, "wrk");
    wrk.args(["-t1", &format!("-c{}", pressure.connections), &format!("-d{}s", pressure.seconds)]);
    let script = target.form.as_ref().map(Script::write).transpose()?;
    if let Some(script) = &script {
        wrk.arg("-s").arg(&script.0);
    }
    wrk.arg(format!("http://{}{}", target.address, target.path));
    let before = server.map_or(0, Server::cpu_micros);
    let output = wrk.output().context("start wrk (Debian package wrk)")?;
    let cpu = server.map_or(0, Server::cpu_micros) - before;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    let mut load = read(&text).with_context(|| format!("what wrk said: {text}"))?;
    load.cpu_nanos = cpu * 1_000 / load.answers.max(1);
    Ok(load)
}

/// The best of two.
pub(crate) fn better(one: Load, other: Load) -> Load {
    if one.per_hundred_seconds < other.per_hundred_seconds { other } else { one }
}

/// Reads wrk's report: `48301 requests in 3.00s, …`, `Socket errors: connect 0, …`, `Non-2xx or 3xx responses: 4`.
fn read(report: &str) -> Option<Load> {
    let summary = report.lines().find(|line| line.contains(" requests in "))?;
    let (answers, rest) = summary.trim().split_once(" requests in ")?;
    let answers: u64 = answers.parse().ok()?;
    let micros = seconds(rest.split(',').next()?)?;
    let after = |marker: &str| report.lines().find_map(|line| line.trim().strip_prefix(marker).map(str::to_owned));
    let refused = after("Non-2xx or 3xx responses:").and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    let broken: u64 = after("Socket errors:")
        .map_or(0, |counts| counts.split(',').filter_map(|count| count.rsplit(' ').next()?.parse::<u64>().ok()).sum());
    let good = answers - refused;
    Some(Load {
        per_second: per_second(good, micros),
        per_hundred_seconds: per_second(good * 100, micros),
        answers,
        bad: refused + broken,
        cpu_nanos: 0,
    })
}

/// `3.00s` or `1.02m` in microseconds.
fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = if let Some(number) = text.strip_suffix('s') {
        (number, 1_000_000)
    } else {
        (text.strip_suffix('m')?, 60_000_000)
    };
    let (whole, hundredths) = number.split_once('.')?;
    Some((whole.parse::<u64>().ok()? * 100 + hundredths.parse::<u64>().ok()?) * unit / 100)
}

/// A script of wrk that sends a form; its file goes when dropped.
struct Script(PathBuf);

impl Script {
    fn write(form: &Form) -> anyhow::Result<Self> {
        let mut lua = format!("wrk.method = \"POST\"\nwrk.body = {:?}\n", form.body);
        lua.push_str("wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n");
        for (name, value) in &form.headers {
            lua.push_str(&format!("wrk.headers[{name:?}] = {value:?}\n"));
        }
        let file = std::env::temp_dir().join(format!("tradewind-bench-{}.lua", std::process::id()));
        std::fs::write(&file, lua)?;
        Ok(Self(file))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read() {
        let report = "Running 3s test @ http://127.0.0.1/\n  300 requests in 3.00s, 9.00MB read\n  \
                      Socket errors: connect 0, read 2, write 0, timeout 1\n  Non-2xx or 3xx responses: 30\n\
                      Requests/sec:    100.00\n";
        let load = read(report).unwrap();
        assert_eq!((load.per_second, load.per_hundred_seconds, load.answers, load.bad), (90, 9_000, 300, 33));
        assert!(read("nothing").is_none());
        assert_eq!(seconds("1.02m"), Some(61_200_000));
    }
}
