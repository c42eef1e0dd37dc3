//! Packages of functions.

use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The program's path holds what a shell script cannot.
    #[error("the path of the program is no text: {0:?}")]
    Path(std::path::PathBuf),
    /// It could not be written.
    #[error("the package could not be written")]
    Zip(#[from] ZipError),
    /// It could not be written.
    #[error("the package could not be written")]
    Io(#[from] std::io::Error),
}

/// A package whose `bootstrap` becomes a program of this machine: for trying a store out without packing it up.
pub fn program_package(program: &Path) -> Result<Vec<u8>, PackageError> {
    let path = program.to_str().ok_or_else(|| PackageError::Path(program.to_path_buf()))?;
    let script = format!("#!/bin/sh\nexec '{}'\n", path.replace('\'', r"'\''"));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    writer.write_all(script.as_bytes())?;
    Ok(writer.finish()?.into_inner())
}
