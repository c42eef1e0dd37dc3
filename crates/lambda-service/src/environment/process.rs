//! The process of an environment and all that it starts: one process group, and one user where there are users.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::keeper::Keeper;
use crate::launcher::{BECOME_ENVIRONMENT, Orders};
use crate::sync::raised;

/// Processes and threads of an environment that are looked at for their memory.
const LOOKED_AT_MAX: usize = 256;

/// A running process group.
#[derive(Debug, Clone)]
pub(super) struct Process {
    group: Pid,
    ended: watch::Receiver<bool>,
}

/// How a process came to its end.
#[derive(Debug)]
pub(super) struct End {
    pub(super) status: Option<ExitStatus>,
    /// Why the program was not started at all, in words; empty if it was.
    pub(super) refusal: String,
}

/// A process whose end is still to be waited for.
pub(super) struct Started {
    pub(super) process: Process,
    child: Child,
    socket: UnixStream,
    ended: watch::Sender<bool>,
    keeper: Arc<Keeper>,
    orders: Vec<u8>,
}

/// Starts the launcher; the program follows once [`Started::run`] has sent the orders. Also gives what they write.
pub(super) fn start(launcher: &Path, keeper: Arc<Keeper>, orders: &Orders) -> io::Result<(Started, pipe::Receiver)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = theirs.into_std()?;
    theirs.set_nonblocking(false)?;
    let (writer, output) = pipe::pipe()?;
    let writer = writer.into_blocking_fd()?;
    let child = Command::new(launcher)
        .arg(BECOME_ENVIRONMENT)
        .process_group(0)
        .env_clear()
        .stdin(OwnedFd::from(theirs))
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).ok_or(io::ErrorKind::NotFound)?;
    let group = Pid::from_raw(id);
    keeper.watch(group)?;
    let (ended, was_ended) = watch::channel(false);
    let process = Process { group, ended: was_ended };
    Ok((Started { process, child, socket: ours, ended, keeper, orders: serde_json::to_vec(orders)? }, output))
}

impl Started {
    /// Lets the program run and comes back when it has ended and its group with it.
    pub(super) async fn run(mut self) -> End {
        let mut refusal = Vec::new();
        // A launcher that has gone says so by its status.
        let _ = self.socket.write_all(&self.orders).await;
        let _ = self.socket.shutdown().await;
        let _ = self.socket.read_to_end(&mut refusal).await;
        let status = self.child.wait().await.ok();
        // What it started and left behind. The number of the group is not given to others before the next wrap of
        // all numbers, even if nobody is left in it.
        let _ = killpg(self.process.group, Signal::SIGKILL);
        self.keeper.forget(self.process.group);
        self.ended.send_replace(true);
        End { status, refusal: String::from_utf8_lossy(&refusal).into_owned() }
    }
}

impl Process {
    /// Sends a signal to all; those that are gone are no failure.
    pub(super) fn signal(&self, signal: Signal) {
        if !*self.ended.borrow() {
            let _ = killpg(self.group, signal);
        }
    }

    /// Comes back once it has ended.
    pub(super) async fn wait(&mut self) {
        raised(&mut self.ended).await;
    }

    /// The most that the first process has used and what all use now, whichever is more, in KiB. 0 once it is gone.
    pub(super) fn memory_kib(&self) -> u64 {
        let mut to_see = vec![self.group.as_raw()];
        let (mut sum, mut peak, mut seen) = (0_u64, 0, 0);
        while let Some(pid) = to_see.pop() {
            seen += 1;
            let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
            peak = peak.max(field_kib(&status, "VmHWM:"));
            sum += field_kib(&status, "VmRSS:");
            if seen < LOOKED_AT_MAX {
                to_see.extend(children(pid));
            }
        }
        sum.max(peak)
    }
}

/// Children of all threads of a process.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().take(LOOKED_AT_MAX).flat_map(|thread| fs::read_to_string(thread.path().join("children")));
    lists.flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect()
}

fn field_kib(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// Kills every process of a user that only one environment has had: those that left the group. Blocks until none is
/// left, but not for ever.
pub(super) fn kill_user(uid: u32) {
    const ROUNDS_MAX: u32 = 500;
    const PAUSE: Duration = Duration::from_millis(2);
    for _ in 0..ROUNDS_MAX {
        let left = processes_of(uid);
        if left.is_empty() {
            return;
        }
        // Those that were made meanwhile are met in the next round.
        for pid in left {
            let _ = kill(pid, Signal::SIGKILL);
        }
        std::thread::sleep(PAUSE);
    }
}

fn processes_of(uid: u32) -> Vec<Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let theirs = all.filter(|process| process.metadata().is_ok_and(|data| data.uid() == uid));
    theirs.filter_map(|process| process.file_name().to_str()?.parse().ok()).map(Pid::from_raw).collect()
}

/// How an exit reads in Lambda's messages: `exit status 1`, `signal: killed`; none for a clean one.
pub(super) fn words_of_exit(status: Option<ExitStatus>) -> Option<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let status = status?;
    if let Some(signal) = status.signal() {
        let name = match Signal::try_from(signal) {
            Ok(Signal::SIGKILL) => "killed".to_owned(),
            Ok(Signal::SIGABRT) => "aborted".to_owned(),
            Ok(Signal::SIGSEGV) => "segmentation fault".to_owned(),
            Ok(Signal::SIGTERM) => "terminated".to_owned(),
            Ok(other) => other.as_str().to_owned(),
            Err(_) => signal.to_string(),
        };
        return Some(format!("signal: {name}"));
    }
    status.code().filter(|code| *code != 0).map(|code| format!("exit status {code}"))
}
