//! Ending what was started, whatever happens to this program.
//!
//! Each step and server runs under a small shell that reads from a pipe which only this program holds. When the pipe
//! closes, because the guard is dropped or because this program was interrupted, killed or fell over, the shell ends
//! what it started. So Ctrl-C leaves nothing behind, and no signal handler is needed.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::process;

/// Runs a step in front and ends its whole process group when the pipe closes.
const STEP_SCRIPT: &str = r#"
exec 3<&0
{ cat <&3; kill -s TERM 0; } >/dev/null 2>&1 &
watcher=$!
"$@" </dev/null 3<&-
status=$?
kill "$watcher"
exit "$status"
"#;

/// Runs a server behind, with its output in `log`; when the pipe closes, sends it a signal, kills it if it takes
/// longer than 10 seconds, then ends what it left running (Chromium, when a test fell over before it closed its
/// window) and clears its folder away, once more if somebody was still writing there.
const SERVER_SCRIPT: &str = r#"
folder=$1; signal=$2; shift 2
exec 3<&0 >"$folder/log" 2>&1
"$@" </dev/null 3<&- &
server=$!
cat <&3 >/dev/null
kill -s "$signal" "$server"
{ sleep 10; kill -s KILL "$server"; } &
wait "$server"
trap '' TERM
kill -s TERM 0
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;

/// How long a server may take until it answers.
const START_WAIT_MAX: Duration = Duration::from_secs(30);

/// How often a starting server is asked.
const START_LOOK: Duration = Duration::from_millis(50);

/// How much of a server's log is shown when it does not start, in bytes.
const LOG_TAIL_BYTES: u64 = 4_000;

/// A step, or the shell over a server, that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
}

impl Guard {
    /// Starts a step with its output to be read. A program that is missing shows as a failed step.
    pub(crate) fn over_step(step: &Command) -> anyhow::Result<Self> {
        Self::start(under(STEP_SCRIPT, &[], step).stdout(Stdio::piped()))
    }

    fn start(shell: &mut Command) -> anyhow::Result<Self> {
        // In a process group of its own the terminal's Ctrl-C does not reach the shell before its work is done.
        let shell = shell.stdin(Stdio::piped()).process_group(0).spawn().context("start sh")?;
        Ok(Self { shell })
    }

    /// What the step prints; once.
    pub(crate) fn take_output(&mut self) -> Option<ChildStdout> {
        self.shell.stdout.take()
    }

    /// Whether it has come to its end.
    pub(crate) fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.shell.try_wait().context("ask for the end of a step")?.is_some())
    }

    /// Waits for its end and tells whether that was a success.
    pub(crate) fn wait(mut self) -> anyhow::Result<bool> {
        // Held open meanwhile: the standard library would close the pipe before it waits.
        let pipe = self.shell.stdin.take();
        let status = self.shell.wait().context("wait for a step")?;
        drop(pipe);
        Ok(status.success())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("could not wait for what was started: {error}");
        }
    }
}

/// A server that ends when this is dropped, and its folder with it.
#[derive(Debug)]
pub(crate) struct Server {
    // In this order: the server ends before its folder goes.
    _guard: Guard,
    folder: TempDir,
}

impl Server {
    /// Starts `server` and asks `answers` until it says yes. `server` runs as the given user and group, where one is
    /// given, and `folder` belongs to them already. `stop_signal` is the one that it ends at without waiting.
    pub(crate) fn start(
        server: &Command,
        account: Option<Account>,
        folder: TempDir,
        stop_signal: &str,
        mut answers: impl FnMut() -> bool,
    ) -> anyhow::Result<Self> {
        let mut shell = under(SERVER_SCRIPT, &[&folder.path().to_string_lossy(), stop_signal], server);
        shell.current_dir("/").stdout(Stdio::null());
        if let Some(account) = account {
            shell.uid(account.user).gid(account.group);
        }
        let server = Self { _guard: Guard::start(&mut shell)?, folder };
        let deadline = Instant::now() + START_WAIT_MAX;
        while !answers() {
            if deadline < Instant::now() {
                let log = tail(&server.folder.path().join("log"));
                bail!("no answer within {} seconds; its last words:\n{log}", START_WAIT_MAX.as_secs());
            }
            thread::sleep(START_LOOK);
        }
        Ok(server)
    }
}

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The number of the user.
    pub(crate) user: u32,
    /// The number of the user's group.
    pub(crate) group: u32,
}

/// A port of 127.0.0.1 that nobody listens on now. Somebody may take it before it is used; then the server does not
/// start, and says so.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port of 127.0.0.1")?;
    Ok(listener.local_addr().context("find a free port of 127.0.0.1")?.port())
}

/// The shell over a program, with the program's own environment and folder.
fn under(script: &str, words: &[&str], program: &Command) -> Command {
    let mut shell = process::command("/bin/sh");
    shell.args(["-c", script, "guard"]).args(words).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = program.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// The end of a log, as far as it can be read.
fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LOG_TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_or_else(|error| error.to_string(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = process::command("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn free_ports_can_be_listened_on() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }

    #[test]
    fn a_dropped_step_takes_along_what_it_started() {
        let mut guard = Guard::over_step(&shell("sleep 60 & echo started; wait")).unwrap();
        let mut output = BufReader::new(guard.take_output().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        drop(guard);
        // The `sleep` held the pipe open; it is at its end once the `sleep` is gone.
        let started = Instant::now();
        assert_eq!(output.read_line(&mut line).unwrap(), 0);
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_dropped_server_leaves_nothing_behind() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().to_owned();
        let child = path.join("child");
        // The server leaves a child behind that holds a named pipe open for as long as it lives.
        let script = format!("mkfifo {0} && (exec sleep 60 >{0}) & exec sleep 60", child.display());
        let server = Server::start(&shell(&script), None, folder, "TERM", || child.exists()).unwrap();
        assert!(path.join("log").exists());
        let mut pipe = File::open(&child).unwrap();
        drop(server);
        assert!(!path.exists());
        let started = Instant::now();
        assert_eq!(pipe.read(&mut [0]).unwrap(), 0);
        assert!(started.elapsed() < Duration::from_secs(30), "the child lives on");
    }
}
