//! Tells the program which commit and machine it was built for.

use std::path::{Path, PathBuf};

fn main() {
    let git = git_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git"));
    println!("cargo::rerun-if-changed={}", git.join("HEAD").display());
    let commit = commit(&git).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TRADEWIND_COMMIT={}", commit.chars().take(12).collect::<String>());
    let target = std::env::var("TARGET").unwrap_or_else(|_| "unknown".to_owned());
    println!("cargo::rustc-env=TRADEWIND_TARGET={target}");
    if target.ends_with("linux-gnu") {
        // A function starts by the thousand: at a fixed address nothing of it is relocated, which is 50,000 places on
        // 260 pages. Each environment is a machine of its own with one tenant; the server stays relocatable.
        println!("cargo::rustc-link-arg-bin=bootstrap=-no-pie");
    }
}

/// In a second work tree `.git` is a file that names the folder.
fn git_folder(git: &Path) -> PathBuf {
    let named = std::fs::read_to_string(git).ok();
    let named = named.as_deref().and_then(|text| text.strip_prefix("gitdir: ")).map(str::trim);
    named.map_or_else(|| git.to_owned(), |named| git.with_file_name(named))
}

/// Reads what is checked out, without running git: an archive of the sources has none.
fn commit(git: &Path) -> Option<String> {
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    // Branches are those of the first work tree.
    let common = std::fs::read_to_string(git.join("commondir")).unwrap_or_default();
    let git = git.join(common.trim());
    let file = git.join(name);
    println!("cargo::rerun-if-changed={}", file.display());
    if let Ok(commit) = std::fs::read_to_string(file) {
        return Some(commit.trim().to_owned());
    }
    let packed = std::fs::read_to_string(git.join("packed-refs")).ok()?;
    let line = packed.lines().find(|line| line.ends_with(&format!(" {name}")))?;
    line.split(' ').next().map(str::to_owned)
}
