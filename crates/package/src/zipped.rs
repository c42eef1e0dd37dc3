//! The zip: every entry in the order of its name, with one date and one of two modes.

use crate::program::{GLIBC_AL2023, Program, ProgramError};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Largest package that is uploaded in one call, in bytes; larger ones go through a bucket (Lambda's limit).
pub const UPLOAD_BYTES_MAX: u64 = 50 << 20;
/// Most bytes of all files of a package (Lambda's limit).
pub const UNZIPPED_BYTES_MAX: u64 = 250 << 20;
/// Most files.
const FILES_MAX: usize = 20_000;
/// Deepest folder below one that is added.
const DEPTH_MAX: usize = 32;
/// Largest text that is read out of a package, in bytes.
const TEXT_BYTES_MAX: u64 = 1 << 20;
/// Deflate's best.
const LEVEL: i64 = 9;
/// The program's name at the top of a package.
const BOOTSTRAP: &str = "bootstrap";
const MODE_PROGRAM: u32 = 0o755;
const MODE_FILE: u32 = 0o644;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The program cannot be a function's.
    #[error("{} cannot be a function's program", .path.display())]
    Program {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: ProgramError,
    },
    /// A file could not be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file's name cannot stand in a package.
    #[error("{} has a name that cannot stand in a package", .0.display())]
    Name(PathBuf),
    /// More than a package holds.
    #[error("the package would have more than {FILES_MAX} files, or folders deeper than {DEPTH_MAX}")]
    TooMany,
    /// Larger than a function may be.
    #[error("the package's files have {0} bytes together; a function has at most {UNZIPPED_BYTES_MAX}")]
    TooLarge(u64),
    /// It could not be written.
    #[error("the package could not be written")]
    Zip(#[from] ZipError),
    /// It could not be written.
    #[error("the package could not be written")]
    Io(#[from] std::io::Error),
}

/// The text of a file in a package; none where there is no such file, or none that is text of up to a megabyte.
pub fn text_in(zip: &[u8], name: &str) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).ok()?;
    let mut text = String::new();
    let read = archive.by_name(name).ok()?.take(TEXT_BYTES_MAX + 1).read_to_string(&mut text).ok()?;
    (u64::try_from(read).ok()? <= TEXT_BYTES_MAX).then_some(text)
}

/// A package that is being put together.
#[derive(Debug, Default)]
pub struct Package {
    files: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

/// A finished package.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The zip.
    pub zip: Vec<u8>,
    /// What its program is.
    pub program: Program,
    /// Bytes of all files together.
    pub unzipped_bytes: u64,
    /// How many files.
    pub files: usize,
}

impl Package {
    /// Adds all files below a folder under a name, in folders of the same names. Names that begin with a dot, and what
    /// `leaves_out` names by its path below the folder, stay out; so do symbolic links.
    pub fn add_folder(
        &mut self,
        folder: &Path,
        name: &str,
        leaves_out: impl Fn(&Path) -> bool,
    ) -> Result<(), PackageError> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            if below.components().count() > DEPTH_MAX {
                return Err(PackageError::TooMany);
            }
            let path = folder.join(&below);
            let failed = |source| PackageError::Read { path: path.clone(), source };
            for entry in std::fs::read_dir(&path).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let below = below.join(entry.file_name());
                let kind = entry.file_type().map_err(failed)?;
                if entry.file_name().as_encoded_bytes().starts_with(b".") || leaves_out(&below) {
                    continue;
                }
                if kind.is_dir() {
                    waiting.push(below);
                } else if kind.is_file() {
                    let text = below.to_str().ok_or_else(|| PackageError::Name(entry.path()))?;
                    self.add_file(&format!("{name}/{text}"), &entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Adds one file under a name.
    pub fn add_file(&mut self, name: &str, path: &Path) -> Result<(), PackageError> {
        let failed = |source| PackageError::Read { path: path.to_path_buf(), source };
        // Before it is read: a file of many gigabytes must not be.
        let length = std::fs::metadata(path).map_err(failed)?.len();
        self.count(length)?;
        self.files.insert(name.to_owned(), std::fs::read(path).map_err(failed)?);
        Ok(())
    }

    fn count(&mut self, length: u64) -> Result<(), PackageError> {
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > UNZIPPED_BYTES_MAX {
            return Err(PackageError::TooLarge(self.bytes));
        }
        if self.files.len() >= FILES_MAX {
            return Err(PackageError::TooMany);
        }
        Ok(())
    }

    /// Puts the program in as `bootstrap`, if a function's system can start it, and writes the zip.
    pub fn pack(mut self, program: &Path) -> Result<Packed, PackageError> {
        self.add_file(BOOTSTRAP, program)?;
        let checked = |file: &[u8]| {
            let program = Program::read(file)?;
            program.check(GLIBC_AL2023)?;
            Ok(program)
        };
        let read = checked(&self.files[BOOTSTRAP]);
        let read = read.map_err(|source| PackageError::Program { path: program.to_path_buf(), source })?;
        let (unzipped_bytes, files) = (self.bytes, self.files.len());
        Ok(Packed { zip: zip_of(&self.files)?, program: read, unzipped_bytes, files })
    }
}

fn zip_of(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, PackageError> {
    // Without a date of its own an entry has that of 1980, and nothing tells who packed it when.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let options = options.compression_level(Some(LEVEL));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let mode = if name == BOOTSTRAP { MODE_PROGRAM } else { MODE_FILE };
        writer.start_file(name.as_str(), options.unix_permissions(mode))?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// A package whose `bootstrap` becomes a program of this machine, for trying a store out without packing it up.
pub fn program_of_this_machine(program: &Path) -> Result<Vec<u8>, PackageError> {
    let path = program.to_str().ok_or_else(|| PackageError::Name(program.to_path_buf()))?;
    let script = format!("#!/bin/sh\nexec '{}'\n", path.replace('\'', r"'\''"));
    zip_of(&BTreeMap::from([(BOOTSTRAP.to_owned(), script.into_bytes())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn store(folder: &Path) {
        for (name, text) in [
            ("tradewind.toml", "name = \"Shop\""),
            ("theme/base.html", "<html>"),
            ("pages/en/about.md", "# About"),
            ("data/store.db", "secret"),
            (".git/config", "x"),
        ] {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.join("theme/link")).unwrap();
    }

    fn packed(folder: &Path) -> Result<Packed, PackageError> {
        let mut package = Package::default();
        package.add_folder(folder, "store", |below| below.starts_with("data"))?;
        // Whatever this machine's C library is: the test is about the zip.
        let mut files = package.files.clone();
        files.insert(BOOTSTRAP.to_owned(), b"program".to_vec());
        let program = Program { architecture: crate::Architecture::X86_64, needs: Vec::new() };
        Ok(Packed { zip: zip_of(&files)?, program, unzipped_bytes: package.bytes, files: files.len() })
    }

    #[test]
    fn the_same_files_give_the_same_bytes_wherever_and_whenever_they_lie() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        store(one.path());
        store(two.path());
        let old = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
        std::fs::File::options().write(true).open(two.path().join("tradewind.toml")).unwrap().set_times(old).unwrap();
        std::fs::set_permissions(
            two.path().join("theme/base.html"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        let (first, second) = (packed(one.path()).unwrap(), packed(two.path()).unwrap());
        assert_eq!(first.zip, second.zip);
        let mut archive = zip::ZipArchive::new(Cursor::new(first.zip)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["bootstrap", "store/pages/en/about.md", "store/theme/base.html", "store/tradewind.toml"]);
        assert_eq!(text_in(&second.zip, "bootstrap").as_deref(), Some("program"));
        assert_eq!((text_in(&second.zip, "store/none"), text_in(b"no zip", "bootstrap")), (None, None));
        for (name, mode) in [("bootstrap", 0o755), ("store/tradewind.toml", 0o644)] {
            let mut entry = archive.by_name(name).unwrap();
            assert_eq!(entry.unix_mode().unwrap() & 0o777, mode, "{name}");
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert!(!text.is_empty());
        }
    }

    #[test]
    fn what_is_too_large_or_no_program_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        std::fs::File::create(&large).unwrap().set_len(UNZIPPED_BYTES_MAX + 1).unwrap();
        assert!(matches!(Package::default().add_file("x", &large), Err(PackageError::TooLarge(_))));
        let script = folder.path().join("script");
        std::fs::write(&script, "#!/bin/sh\n").unwrap();
        assert!(matches!(Package::default().pack(&script), Err(PackageError::Program { .. })));
        let nothing = Package::default().pack(&folder.path().join("nothing"));
        assert!(nothing.unwrap_err().to_string().contains("nothing"));
    }
}
