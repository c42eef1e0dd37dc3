//! What the disk can do: the row beside every figure that waits for it.

use crate::figures::{micros_since, per_second};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Bytes of one append.
const APPEND_BYTES: usize = 4_096;
/// Appends of one measurement.
const APPENDS: u64 = 500;

/// Appends of 4 KB that reach the disk in a second, one after the other.
pub(crate) fn synced_appends_per_second(folder: &Path) -> anyhow::Result<u64> {
    let name = folder.join("appends.tmp");
    let mut file = std::fs::File::create(&name)?;
    let bytes = [7_u8; APPEND_BYTES];
    let start = Instant::now();
    for _ in 0..APPENDS {
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    let took = micros_since(start);
    drop(file);
    std::fs::remove_file(&name)?;
    Ok(per_second(APPENDS, took))
}
