//! What the tests need from the machine: looked for, installed where that can be done without asking, else named.

use std::path::Path;

use anyhow::bail;

use crate::process::{self, find_program};
use crate::{browser, emulator, postgres};

/// Something that must be on the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// What it is called.
    what: &'static str,
    /// The packages of Debian and Ubuntu that bring it.
    debian: &'static [&'static str],
    found: fn() -> bool,
}

/// For tests on PostgreSQL.
pub(crate) const POSTGRES: Need = Need {
    what: "PostgreSQL 15 or newer (initdb, postgres, pg_isready)",
    debian: &["postgresql"],
    found: || postgres::find_programs().is_some(),
};

/// For tests of the store as a function.
pub(crate) const PYTHON: Need = Need {
    what: "Python 3 with pip and venv (for AWS's Lambda emulator and its client)",
    debian: &["python3", "python3-pip", "python3-venv"],
    found: emulator::has_pip,
};

/// For tests of functions at the edge.
pub(crate) const NJS: Need =
    Need { what: "njs, nginx's JavaScript", debian: &["njs"], found: || find_program("njs").is_some() };

/// For tests in the browser.
pub(crate) const BROWSER: [Need; 3] = [
    Need { what: "Chromium", debian: &["chromium"], found: || browser::find_chromium().is_some() },
    Need { what: "ChromeDriver", debian: &["chromium-driver"], found: || find_program("chromedriver").is_some() },
    Need { what: "Node.js 20.19 or newer, with npm", debian: &["nodejs", "npm"], found: browser::has_node },
];

/// Makes sure that everything is there, or says exactly what to install.
pub(crate) fn make_sure(needs: &[Need]) -> anyhow::Result<()> {
    let absent = missing(needs);
    if absent.is_empty() {
        return Ok(());
    }
    let installed = match installer() {
        Some(installer) => install(&installer, &absent)?,
        None => false,
    };
    let absent = missing(needs);
    if absent.is_empty() {
        return Ok(());
    }
    bail!("{}", what_to_install(&absent, installed));
}

fn missing(needs: &[Need]) -> Vec<Need> {
    needs.iter().copied().filter(|need| !(need.found)()).collect()
}

/// The words that apt-get is started with, where this may install packages without a password.
fn installer() -> Option<Vec<&'static str>> {
    find_program("apt-get").filter(|_| Path::new("/etc/debian_version").exists())?;
    if process::is_superuser() {
        return Some(vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    find_program("sudo")?;
    process::output_of(process::command("sudo").args(["-n", "true"])).ok()?;
    Some(vec!["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
}

/// Runs apt-get; tells whether it said that all went well.
fn install(installer: &[&str], absent: &[Need]) -> anyhow::Result<bool> {
    let packages = packages(absent);
    println!("Installing {} with apt-get", packages.join(", "));
    let apt_get = |words: &[&str]| {
        let mut command = process::command(installer[0]);
        // Another installation that is going on is waited for, up to five minutes.
        command.args(&installer[1..]).args(["-o", "DPkg::Lock::Timeout=300"]).args(words);
        process::run_step(&command, |_| {})
    };
    let install = [&["install", "--yes", "--no-install-recommends"], &packages[..]].concat();
    Ok(apt_get(&["update"])? && apt_get(&install)?)
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().flat_map(|need| need.debian.iter().copied()).collect()
}

/// The next step for a person. Where apt-get has `installed` all of it, the distribution's version is too old.
fn what_to_install(absent: &[Need], installed: bool) -> String {
    let mut text = "the tests need what is not on this machine:\n".to_owned();
    for need in absent {
        text += &format!("  {}\n", need.what);
    }
    text += &match installed {
        true => "The packages of this distribution were installed and are not enough; install a newer version.".into(),
        false => format!(
            "On Debian or Ubuntu: sudo apt-get install {}\nElsewhere install them so that they are found on the PATH.",
            packages(absent).join(" ")
        ),
    };
    text + "\n`cargo xtask test --only fmt,dependencies,clippy,features,docs` needs none of them."
}

#[cfg(test)]
mod tests {
    use super::*;

    const THERE: Need = Need { what: "a shell", debian: &["dash"], found: || true };
    const ABSENT: Need = Need { what: "A Thing 2", debian: &["thing", "libthing"], found: || false };

    #[test]
    fn what_is_there_is_not_asked_for() {
        assert!(make_sure(&[]).is_ok());
        assert!(make_sure(&[THERE]).is_ok());
        assert_eq!(missing(&[THERE, ABSENT]).iter().map(|need| need.what).collect::<Vec<_>>(), ["A Thing 2"]);
    }

    #[test]
    fn a_person_is_told_what_to_install() {
        let words = what_to_install(&[ABSENT], false);
        assert!(words.contains("A Thing 2") && words.contains("apt-get install thing libthing"), "{words}");
        let words = what_to_install(&[ABSENT], true);
        assert!(words.contains("newer version") && !words.contains("apt-get install"), "{words}");
    }

    #[test]
    fn the_versions_named_are_those_that_are_checked() {
        assert!(POSTGRES.what.contains(&postgres::MAJOR_MIN.to_string()));
        let (major, minor) = browser::NODE_MIN;
        assert!(BROWSER[2].what.contains(&format!("{major}.{minor}")));
    }
}
