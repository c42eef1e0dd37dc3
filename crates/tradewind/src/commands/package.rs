//! `package`: a store as a zip that Lambda takes.

use super::{check_store, shown};
use crate::arguments::Store;
use crate::failure::wrong_use;
use crate::output;
use anyhow::{Context, bail};
use package::{GLIBC_AL2023, Package, PackageError, Packed, UNZIPPED_BYTES_MAX, UPLOAD_BYTES_MAX};
use serde_json::json;
use shop::settings::Settings;
use shop::{Place, counted};
use std::path::{Component, Path, PathBuf};

/// The store's folder in a package.
pub(super) const STORE: &str = "store";
/// Below the store's folder: what is the store's own and not a function's. Data, pictures, files and letters have their own
/// places on AWS.
const LEFT_OUT: [&str; 4] = ["data", "media", "downloads", "mail"];
/// The published catalogue, below the store's folder.
const SNAPSHOT: &str = "data/snapshot";
/// Largest snapshot that is packed in, in bytes: a larger one makes every new instance slower than fetching it does.
const SNAPSHOT_BYTES_MAX: u64 = 16 << 20;
const MB: f64 = 1_048_576.0;

/// `tradewind package`
pub(super) fn run(
    store: &Store,
    output: Option<PathBuf>,
    program: Option<PathBuf>,
    with_snapshot: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let folder = shown(&store.dir);
    let output = output.map_or_else(|| named_after(&folder), Ok)?;
    let program = program.map_or_else(own_program, Ok)?;
    let left_out = left_out(&folder, &output)?;
    let mut package = Package::default();
    package.add_folder(&folder, STORE, |below| left_out.iter().any(|path| below.starts_with(path)))?;
    if with_snapshot {
        add_snapshot(&mut package, &folder)?;
    }
    let packed = package.pack(&program).map_err(with_the_next_step)?;
    write_whole(&output, &packed.zip)?;
    tell(&output, &program, &packed, as_json);
    // What this shell's own variables say is not in the package.
    tell_what_is_missing(Settings::load(&folder, |_| None).ok().as_ref());
    Ok(())
}

/// Says what a function of a packed store wants before it can answer. Its folder can only be read.
pub(super) fn tell_what_is_missing(settings: Option<&Settings>) {
    if settings.is_some_and(Settings::database_is_file) {
        output::note(
            "A package has no database of its own: set TRADEWIND_DATABASE to that of a PostgreSQL server or of Aurora \
             DSQL, or the function answers every page with 502.",
        );
    }
}

/// Paths below the store's folder that stay out: data, pictures, files that are sold and letters, wherever the settings say that they are,
/// and the package itself, if it is written there.
fn left_out(folder: &Path, output: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let settings = Settings::load(folder, |name| std::env::var(name).ok())?;
    let mut paths: Vec<PathBuf> = LEFT_OUT.iter().map(PathBuf::from).collect();
    if settings.database_is_file() {
        let file = PathBuf::from(&settings.database);
        let beside = ["-wal", "-shm", "-journal"].map(|ending| {
            let mut name = file.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        });
        paths.extend(beside);
        paths.push(file);
    }
    for place in [&settings.snapshot, &settings.media, &settings.downloads] {
        if let Place::Folder(path) = place {
            paths.push(path.clone());
        }
    }
    let (folder, output) = (std::path::absolute(folder)?, std::path::absolute(output)?);
    for written in [output.clone(), part_of(&output)] {
        paths.extend(written.strip_prefix(&folder).ok().map(Path::to_path_buf));
    }
    // `./data` in a setting is `data` in a folder.
    let plain = |path: PathBuf| path.components().filter(|part| *part != Component::CurDir).collect();
    Ok(paths.into_iter().map(plain).collect())
}

fn part_of(output: &Path) -> PathBuf {
    output.with_added_extension("part")
}

/// `my-shop.zip` here, for a store in `…/my-shop`.
fn named_after(folder: &Path) -> anyhow::Result<PathBuf> {
    let name = std::path::absolute(folder)?.file_name().map(|name| name.to_owned());
    let name = name.ok_or_else(|| wrong_use("the store's folder has no name: say --output"))?;
    Ok(PathBuf::from(name).with_added_extension("zip"))
}

/// The program `bootstrap` where it lies beside this one, since it is smaller; else this one, which is a function too
/// where it finds itself in one.
fn own_program() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    let beside = this.with_file_name("bootstrap");
    Ok(if beside.is_file() { beside } else { this })
}

fn add_snapshot(package: &mut Package, folder: &Path) -> anyhow::Result<()> {
    let snapshot = folder.join(SNAPSHOT);
    let entries = std::fs::read_dir(&snapshot);
    let entries = entries.with_context(|| format!("there is no snapshot in {}", snapshot.display()))?;
    let sizes = entries.map(|entry| entry?.metadata().map(|about| about.len()));
    let bytes: u64 = sizes.sum::<std::io::Result<u64>>()?;
    if bytes > SNAPSHOT_BYTES_MAX {
        bail!(
            "the snapshot has {bytes} bytes; one of more than {SNAPSHOT_BYTES_MAX} is fetched faster than it is started \
             with: leave --with-snapshot out"
        );
    }
    package.add_folder(&snapshot, &format!("{STORE}/{SNAPSHOT}"), |_| false)?;
    Ok(())
}

/// Whoever has a program that cannot be used wants to know how to get one that can.
fn with_the_next_step(error: PackageError) -> anyhow::Error {
    let is_program = matches!(error, PackageError::Program { .. });
    let error = anyhow::Error::new(error);
    if !is_program {
        return error;
    }
    error.context(
        "build the function's program on a system that is no newer than Amazon Linux 2023 or Debian 12 with `cargo build \
         --release -p tradewind --bin bootstrap --no-default-features --features postgres,s3`; for arm64 add `--target \
         aarch64-unknown-linux-gnu` (it wants gcc-aarch64-linux-gnu and `rustup target add`), and name it with --program",
    )
}

/// Whole or not at all.
fn write_whole(output: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = part_of(output);
    std::fs::write(&part, bytes).with_context(|| format!("cannot write {}", part.display()))?;
    std::fs::rename(&part, output).with_context(|| format!("cannot write {}", output.display()))
}

#[expect(clippy::float_arithmetic, clippy::as_conversions, reason = "sizes for people")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / MB)
}

fn tell(output: &Path, program: &Path, packed: &Packed, as_json: bool) {
    let zip_bytes = u64::try_from(packed.zip.len()).unwrap_or(u64::MAX);
    let newest = packed.program.needs.first().map(|needed| needed.version.to_string());
    let result = json!({
        "file": output.display().to_string(),
        "program": program.display().to_string(),
        "architecture": packed.program.architecture.name(),
        "glibc": newest,
        "files": packed.files,
        "zip_bytes": zip_bytes,
        "unzipped_bytes": packed.unzipped_bytes,
    });
    output::result(as_json, &result, || {
        output::line(format!(
            "{}: {}, {} for {}",
            output.display(),
            megabytes(zip_bytes),
            counted(u64::try_from(packed.files).unwrap_or(u64::MAX), "file", "files"),
            packed.program.architecture.name(),
        ));
        output::line(format!(
            "unzipped {} of {} that a function may have",
            megabytes(packed.unzipped_bytes),
            megabytes(UNZIPPED_BYTES_MAX)
        ));
        let newest = newest.map_or_else(|| "needs no C library".to_owned(), |newest| format!("needs glibc {newest}"));
        output::line(format!("{newest}; provided.al2023 has {GLIBC_AL2023}"));
    });
    if zip_bytes > UPLOAD_BYTES_MAX {
        output::note(format!(
            "It is larger than {}: upload it to a bucket, and have Lambda fetch it there.",
            megabytes(UPLOAD_BYTES_MAX)
        ));
    }
}
