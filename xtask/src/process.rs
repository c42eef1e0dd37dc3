//! Starting other programs: cargo, and what looks up or installs what tests need.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::guard::Guard;

/// The longest that one step may take. A whole run is to take 25 minutes; past this something hangs.
const STEP_WAIT_MAX: Duration = Duration::from_secs(40 * 60);

/// How often a silent step is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Longest line of output that is kept whole, in bytes; the rest of it comes as further lines.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Lines that may wait between the reader and the printer.
const LINES_WAITING_MAX: usize = 1_024;

/// A program that is about to be started, in the project's folder and without what cargo told this one about itself:
/// build scripts would take those variables for a change and run again.
#[expect(clippy::disallowed_methods, reason = "chores are other programs; the store itself starts none")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(project_folder());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_this_package) {
            command.env_remove(name);
        }
    }
    if !io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "never");
    }
    command
}

/// The cargo that started this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The folder of the workspace.
pub(crate) fn project_folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Whether cargo sets this variable for a package that it runs.
fn is_about_this_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_CRATE_NAME"].contains(&name)
}

/// What a short-lived program prints; its errors go where ours go.
pub(crate) fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().with_context(|| format!("start {shown}"))?;
    ensure!(output.status.success(), "{shown} ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a program of that name is found, as a shell would find it.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether this is the superuser, whom PostgreSQL refuses and Chromium's sandbox too.
pub(crate) fn is_superuser() -> bool {
    output_of(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Runs a step to its end, shows what it prints and hands each line on. Tells whether it succeeded. Everything that it
/// started is ended with it: at its deadline, and when this program is interrupted or killed.
pub(crate) fn run_step(step: &Command, mut on_line: impl FnMut(&str)) -> anyhow::Result<bool> {
    let mut guard = Guard::over_step(step)?;
    let lines = lines_of(guard.take_output().context("the step's output was taken before")?);
    let deadline = Instant::now() + STEP_WAIT_MAX;
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                println!("{line}");
                on_line(&line);
            }
            // A process that outlives the step may hold its output open: that is not waited for.
            Err(RecvTimeoutError::Timeout) if guard.has_ended()? => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if deadline < Instant::now() {
            drop(guard);
            bail!("ended after {} minutes", STEP_WAIT_MAX.as_secs() / 60);
        }
    }
    guard.wait()
}

/// Reads lines in a thread of its own, so that waiting for one can end. Bytes that are not UTF-8 are replaced.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(LINES_WAITING_MAX);
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = Vec::new();
            let read = output.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            let text = String::from_utf8_lossy(&line);
            if !matches!(read, Ok(1..)) || sender.send(text.trim_end_matches('\n').to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn a_step_tells_its_lines_and_its_end() {
        for (case, script, want_lines, want) in [
            ("good", "echo one; echo two", &["one", "two"][..], true),
            ("bad", "echo one; exit 3", &["one"], false),
            ("silent", "exit 0", &[], true),
            ("no line end", "printf end", &["end"], true),
            ("nothing to read", "read line || echo none", &["none"], true),
            ("no text", r"printf '\377\n'", &["\u{fffd}"], true),
        ] {
            let mut lines = Vec::new();
            let success = run_step(&shell(script), |line| lines.push(line.to_owned())).unwrap();
            assert_eq!(lines, want_lines, "{case}");
            assert_eq!(success, want, "{case}");
        }
    }

    #[test]
    fn a_process_that_outlives_its_step_is_not_waited_for() {
        let started = Instant::now();
        assert!(run_step(&shell("sleep 20 & echo done"), |_| {}).unwrap());
        assert!(started.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_missing_program_fails_the_step() {
        assert!(!run_step(&command("/no/such/program"), |_| {}).unwrap());
        assert!(output_of(&mut command("/no/such/program")).is_err());
    }

    #[test]
    fn only_what_tells_of_this_package_is_kept_from_others() {
        for (name, want) in [
            ("CARGO_PKG_VERSION", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("PATH", false),
        ] {
            assert_eq!(is_about_this_package(name), want, "{name}");
        }
    }
}
