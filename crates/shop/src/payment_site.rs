//! Where the demo payment site beside a store is: the port that `serve` gave it, which it keeps.
//!
//! Somebody may stand on one of its pages while the shop is started anew, and a command that gives money back must reach
//! it too. So the port stands in a file of the store. The port of a site that is gone answers nobody.

use anyhow::Context;
use std::path::{Path, PathBuf};

fn file(folder: &Path) -> PathBuf {
    folder.join("data/demo-payments.port")
}

/// The port that the payment site had last; none if it never ran, or the file holds none.
pub fn port(folder: &Path) -> Option<u16> {
    std::fs::read_to_string(file(folder)).ok()?.trim().parse().ok().filter(|port| *port > 0)
}

/// Writes the port down.
pub fn remember_port(folder: &Path, port: u16) -> anyhow::Result<()> {
    let file = file(folder);
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    std::fs::write(&file, format!("{port}\n")).with_context(|| format!("cannot write {}", file.display()))
}

/// The address of a payment site on this machine.
pub fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}
