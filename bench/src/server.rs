//! Processes that are measured: started, waited for, looked at, and ended whatever happens.

use crate::figures::micros_since;
use anyhow::{Context, bail, ensure};
use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take until it listens, in milliseconds.
const START_WAIT_MS_MAX: u64 = 60_000;
/// Clock ticks of `/proc` in a second (`USER_HZ`, the same on every Linux).
const TICKS_PER_SECOND: u64 = 100;

/// A program that is about to be started.
#[expect(clippy::disallowed_methods, reason = "measuring is done on other processes; the store itself starts none")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// The core on which a process runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Core {
    /// That of what is measured.
    Measured,
    /// That of the load.
    Load,
    /// Wherever there is room.
    Any,
}

/// A program that ends with this one, even if this one is killed, and keeps to its core.
pub(crate) fn on_core(core: Core, program: impl AsRef<OsStr>) -> Command {
    let mut command = command("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match core {
        Core::Measured if cores > 1 => command.args(["taskset", "-c", "0"]),
        Core::Load if cores > 1 => command.args(["taskset", "-c", "1"]),
        _ => &mut command,
    };
    command.arg(program);
    command
}

/// A server in a process of its own; ended when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// How a store is served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Serving<'s> {
    /// The program.
    pub(crate) program: &'s Path,
    /// The store's folder.
    pub(crate) store: &'s Path,
    /// Where it runs.
    pub(crate) core: Core,
    /// Threads that serve; 0 for as many as there are cores.
    pub(crate) threads: u32,
    /// Settings from the environment.
    pub(crate) settings: &'s [(&'s str, &'s str)],
}

impl Server {
    /// Starts a store and waits until it listens.
    pub(crate) async fn store(serving: Serving<'_>) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = on_core(serving.core, serving.program);
        command.arg("serve").arg(serving.store).args(["--listen", &address.to_string()]);
        command.env("TRADEWIND_LOG", "error").envs(serving.settings.iter().copied());
        if serving.threads > 0 {
            command.env("TOKIO_WORKER_THREADS", serving.threads.to_string());
        }
        Self::start(command, address).await
    }

    /// Starts a command that will listen there, and waits until it does.
    pub(crate) async fn start(mut command: Command, address: SocketAddr) -> anyhow::Result<Self> {
        let name = format!("{command:?}");
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().with_context(|| format!("start {name}"))?;
        let mut server = Self { child, address };
        let start = Instant::now();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{name} ended with {status}");
            }
            ensure!(micros_since(start) < START_WAIT_MS_MAX * 1_000, "{name} does not listen on {address}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(server)
    }

    /// Its number. `setpriv` and `taskset` become the program they start, so it is the program's own.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it has used, in microseconds.
    pub(crate) fn cpu_micros(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap_or_default();
        // Fields after the name, which may hold spaces: user and system time are the 12th and 13th of them.
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        ticks * 1_000_000 / TICKS_PER_SECOND
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens on.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
