//! The process that outlives the service by a moment: it ends what the service leaves behind.
//!
//! It reads process groups from a pipe that only the service holds, `+4711` when one starts and `-4711` when one is
//! gone. When the pipe closes, be it because the service was killed, it kills every group that is left. A process that
//! dies with its parent (`PR_SET_PDEATHSIG`) would be less: that signal follows the thread that started it, reaches no
//! children, and is forgotten when the user changes.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg, sigprocmask};
use nix::unistd::Pid;

use crate::launcher::BECOME_KEEPER;
use crate::sync::lock;

/// The service's end of the pipe.
#[derive(Debug)]
pub(crate) struct Keeper {
    process: Mutex<Child>,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Keeper {
    /// Starts it, in a process group of its own so that Ctrl-C does not end it before its work is done.
    pub(crate) fn start(launcher: &Path) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "this service is there to start processes")]
        let mut process = Command::new(launcher)
            .arg(BECOME_KEEPER)
            .process_group(0)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = process.stdin.take();
        Ok(Self { process: Mutex::new(process), pipe: Mutex::new(pipe) })
    }

    /// To be killed if the service goes.
    pub(crate) fn watch(&self, group: Pid) -> io::Result<()> {
        self.tell(format!("+{group}\n"))
    }

    /// Gone by itself.
    pub(crate) fn forget(&self, group: Pid) {
        // A keeper that has gone has nobody to forget.
        let _ = self.tell(format!("-{group}\n"));
    }

    fn tell(&self, line: String) -> io::Result<()> {
        match lock(&self.pipe).as_mut() {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(lock(&self.pipe).take());
        let _ = lock(&self.process).wait();
    }
}

/// The keeper's work. Comes back when all is done.
pub(crate) fn keep() -> i32 {
    // Nothing but the end of the pipe ends it: a terminal's or a service manager's signals go to everybody at once.
    let mut deaf_to = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        deaf_to.add(signal);
    }
    let _ = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&deaf_to), None);
    let mut groups = BTreeSet::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let Some((sign, group)) = line.split_at_checked(1) else { continue };
        let Some(group) = group.parse().ok().filter(|group| 1 < *group) else { continue };
        match sign {
            "+" => groups.insert(group),
            _ => groups.remove(&group),
        };
    }
    for group in groups {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    0
}
