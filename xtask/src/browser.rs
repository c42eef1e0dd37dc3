//! Chromium, its driver, and what the browser tests bring along from npm.

use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::guard::{Server, free_port};
use crate::process;
use crate::versions::version_in;

/// The oldest Node.js that the packages of `tests/browser` run on.
pub(crate) const NODE_MIN: (u32, u32) = (20, 19);

/// Names under which Chromium is installed.
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How tests start Chromium: without a window, and without asking the network for anything of its own.
const CHROMIUM_ARGS: [&str; 8] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// A running ChromeDriver, with what tests need beside it.
#[derive(Debug)]
pub(crate) struct Browser {
    /// Names and values that tests find in their environment.
    pub(crate) environment: Vec<(&'static str, String)>,
    _driver: Server,
}

impl Browser {
    /// Starts ChromeDriver; it starts Chromium when a test asks for a window.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let chromium = find_chromium().context("Chromium was not found")?;
        let driver = process::find_program("chromedriver").context("chromedriver was not found")?;
        let port = free_port()?;
        let folder = TempDir::with_prefix("tradewind-driver-").context("make a folder for ChromeDriver")?;
        let mut command = process::command(driver);
        command.arg(format!("--port={port}")).arg("--log-level=WARNING");
        // The profiles of its browsers go with its folder, however they end.
        command.env("TMPDIR", folder.path());
        let answers = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        let driver = Server::start(&command, None, folder, "TERM", answers).context("start ChromeDriver")?;
        let chromium = chromium.to_string_lossy().into_owned();
        let environment = vec![
            ("TEST_WEBDRIVER_URL", format!("http://127.0.0.1:{port}")),
            ("TEST_CHROMIUM", chromium.clone()),
            ("TEST_CHROMIUM_ARGS", chromium_args(process::is_superuser()).join(" ")),
            ("TEST_BROWSER_TOOLS", tools_folder().to_string_lossy().into_owned()),
            // Lighthouse looks here for the browser.
            ("CHROME_PATH", chromium),
        ];
        Ok(Self { environment, _driver: driver })
    }
}

/// Where Chromium is.
pub(crate) fn find_chromium() -> Option<PathBuf> {
    CHROMIUM_NAMES.iter().find_map(|name| process::find_program(name))
}

/// Whether Node.js is there and new enough, and npm too.
pub(crate) fn has_node() -> bool {
    let Some(node) = process::find_program("node") else { return false };
    let version = process::output_of(process::command(node).arg("--version")).ok();
    let new_enough = version.and_then(|said| version_in(&said)).is_some_and(|version| NODE_MIN <= version);
    new_enough && process::find_program("npm").is_some()
}

/// Installs axe-core, html-validate and Lighthouse as the lock file says, unless that was done since it changed.
pub(crate) fn install_tools() -> anyhow::Result<()> {
    let folder = tools_folder();
    let changed = |name: &str| folder.join(name).metadata().and_then(|file| file.modified());
    let wanted = changed("package-lock.json").context("find tests/browser/package-lock.json")?;
    // npm writes this file when it is done.
    if changed("node_modules/.package-lock.json").is_ok_and(|installed| wanted <= installed) {
        return Ok(());
    }
    println!("Installing the tools of the browser tests (npm ci in tests/browser)");
    let success = process::run_step(process::command("npm").arg("ci").current_dir(&folder), |_| {})?;
    ensure!(success, "npm ci failed in {}: look above for its reason", folder.display());
    Ok(())
}

fn tools_folder() -> PathBuf {
    process::project_folder().join("tests/browser")
}

/// The arguments of Chromium. Its sandbox does not work for the superuser, who runs it in containers.
fn chromium_args(superuser: bool) -> Vec<&'static str> {
    let sandbox = superuser.then_some("--no-sandbox");
    CHROMIUM_ARGS.into_iter().chain(sandbox).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_answers_while_it_is_wanted() {
        if find_chromium().is_none() || process::find_program("chromedriver").is_none() {
            return; // `cargo xtask test` installs them before this test runs
        }
        let browser = Browser::start().unwrap();
        let url = browser.environment.iter().find(|(name, _)| *name == "TEST_WEBDRIVER_URL").unwrap().1.clone();
        let address = url.strip_prefix("http://").unwrap();
        assert!(TcpStream::connect(address).is_ok());
        drop(browser);
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn the_sandbox_is_kept_where_it_works() {
        assert!(chromium_args(true).contains(&"--no-sandbox"));
        assert!(!chromium_args(false).contains(&"--no-sandbox"));
    }

    #[test]
    fn arguments_can_be_parted_at_spaces() {
        assert!(chromium_args(true).iter().all(|argument| argument.starts_with("--") && !argument.contains(' ')));
    }
}
