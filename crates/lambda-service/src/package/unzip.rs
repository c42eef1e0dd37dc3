//! Unpacking an archive that may be hostile.
//!
//! Nothing is written outside the folder: names are taken apart before use, files are made only where none was, and
//! symbolic links come last, once no more files follow that could go through them.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use crate::limits::{ENTRIES_MAX, UNZIPPED_BYTES_MAX};

/// Length of a path within a package, in bytes.
const PATH_BYTES_MAX: usize = 1_024;
/// Length of a link's target, in bytes.
const LINK_BYTES_MAX: u64 = 4_096;
/// Bits of a Unix mode that tell the type, and types.
const TYPE_BITS: u32 = 0o170_000;
const TYPE_FILE: u32 = 0o100_000;
const TYPE_FOLDER: u32 = 0o040_000;
const TYPE_LINK: u32 = 0o120_000;

/// Why an archive is not unpacked. Names the entry, so that its maker finds it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnzipError {
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again. ({0})")]
    Damaged(String),
    #[error("Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes (passed with entry '{0}')")]
    TooLarge(String),
    #[error("the package has more than {ENTRIES_MAX} entries")]
    TooManyEntries,
    #[error("entry '{entry}' of the package {reason}")]
    Entry { entry: String, reason: &'static str },
}

/// What an entry is.
enum Kind {
    File { executable: bool },
    Folder,
    Link,
}

/// Unpacks into `folder`, which must not exist.
pub(super) fn unzip(zip: &[u8], folder: &Path) -> Result<(), UnzipError> {
    unzip_within(zip, folder, UNZIPPED_BYTES_MAX)
}

fn unzip_within(zip: &[u8], folder: &Path, bytes_max: u64) -> Result<(), UnzipError> {
    let damaged = |cause: &dyn std::fmt::Display| UnzipError::Damaged(cause.to_string());
    // Before the reader makes a list of them.
    let announced = announced_entries(zip).ok_or_else(|| damaged(&"it is no zip archive"))?;
    if ENTRIES_MAX < announced {
        return Err(UnzipError::TooManyEntries);
    }
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|error| damaged(&error))?;
    if archive.is_empty() {
        return Err(damaged(&"it is empty"));
    }
    // The reader keeps one entry of each name; the archive's own count tells of the others.
    if announced != archive.len() {
        return Err(damaged(&"two entries have the same name"));
    }
    fs::create_dir(folder).map_err(|error| damaged(&error))?;
    let mut unpacking = Unpacking { folder, left: bytes_max, links: BTreeMap::new() };
    for index in 0..archive.len() {
        unpacking.entry(archive.by_index(index).map_err(|error| damaged(&error))?)?;
    }
    unpacking.make_links()?;
    lock_folders(folder).map_err(|error| damaged(&error))
}

struct Unpacking<'a> {
    folder: &'a Path,
    left: u64,
    links: BTreeMap<PathBuf, String>,
}

impl Unpacking<'_> {
    fn entry<R: io::Read>(&mut self, mut entry: ZipFile<'_, R>) -> Result<(), UnzipError> {
        let name = entry.name().map_err(|error| UnzipError::Damaged(error.to_string()))?.into_owned();
        let refuse = |reason| UnzipError::Entry { entry: shown(&name), reason };
        let path = inner_path(&name).map_err(refuse)?;
        if entry.encrypted() {
            return Err(refuse("is encrypted"));
        }
        // What is declared is checked first, so that an honest giant is refused before it is written.
        if self.left < entry.size() {
            return Err(UnzipError::TooLarge(shown(&name)));
        }
        match kind_of(&entry).map_err(refuse)? {
            Kind::Folder => fs::create_dir_all(self.folder.join(&path)).map_err(|_| refuse("is a file elsewhere")),
            Kind::File { executable } => self.file(&mut entry, &name, &path, executable),
            Kind::Link => {
                let mut target = String::new();
                let read = entry.by_ref().take(LINK_BYTES_MAX).read_to_string(&mut target);
                read.map_err(|_| refuse("is a symbolic link whose target cannot be read"))?;
                match self.links.insert(path, target) {
                    None => Ok(()),
                    Some(_) => Err(refuse("is there twice")),
                }
            }
        }
    }

    fn file<R: io::Read>(
        &mut self,
        entry: &mut ZipFile<'_, R>,
        name: &str,
        path: &Path,
        executable: bool,
    ) -> Result<(), UnzipError> {
        let refuse = |reason| UnzipError::Entry { entry: shown(name), reason };
        let place = self.folder.join(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|_| refuse("lies in something that is no folder"))?;
        }
        let mode = if executable { 0o555 } else { 0o444 };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&place).map_err(|error| {
            refuse(if error.kind() == io::ErrorKind::AlreadyExists { "is there twice" } else { "cannot be written" })
        })?;
        // What is declared may be a lie: one byte more than fits is read, never more.
        let written = io::copy(&mut entry.by_ref().take(self.left + 1), &mut file)
            .map_err(|error| UnzipError::Damaged(format!("entry '{}': {error}", shown(name))))?;
        self.left = self.left.checked_sub(written).ok_or_else(|| UnzipError::TooLarge(shown(name)))?;
        // Once more after the process's mask.
        file.set_permissions(fs::Permissions::from_mode(mode)).map_err(|_| refuse("cannot be written"))
    }

    /// Makes the links and follows each to its end: only together do they show whether one leaves the package.
    fn make_links(&self) -> Result<(), UnzipError> {
        let refuse = |path: &Path, reason| UnzipError::Entry { entry: shown(&path.to_string_lossy()), reason };
        for (path, target) in &self.links {
            if Path::new(target).is_absolute() {
                return Err(refuse(path, "is a symbolic link to an absolute path"));
            }
            let place = self.folder.join(path);
            let parent = place.parent().unwrap_or(self.folder);
            // A parent that is a link would lead the next one astray.
            if !is_plainly_within(self.folder, path) || fs::create_dir_all(parent).is_err() {
                return Err(refuse(path, "lies in something that is no folder"));
            }
            symlink(target, &place).map_err(|_| refuse(path, "is there twice"))?;
        }
        let root = self.folder.canonicalize().map_err(|error| UnzipError::Damaged(error.to_string()))?;
        for path in self.links.keys() {
            match self.folder.join(path).canonicalize() {
                Ok(end) if end.starts_with(&root) => {}
                Ok(_) => return Err(refuse(path, "is a symbolic link that leaves the package")),
                Err(_) => return Err(refuse(path, "is a symbolic link that leads nowhere")),
            }
        }
        Ok(())
    }
}

/// Whether no folder above `path` is a symbolic link.
fn is_plainly_within(folder: &Path, path: &Path) -> bool {
    path.ancestors().skip(1).all(|above| !folder.join(above).is_symlink() || above.as_os_str().is_empty())
}

/// The path within the package, or what is wrong with it.
fn inner_path(name: &str) -> Result<PathBuf, &'static str> {
    if name.is_empty() || PATH_BYTES_MAX < name.len() {
        return Err("has a name that is empty or too long");
    }
    if name.contains('\0') || name.contains('\\') {
        return Err("has a character in its name that paths do not have");
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err("leaves the package by '..'"),
            Component::RootDir | Component::Prefix(_) => return Err("has an absolute path"),
        }
    }
    Ok(path)
}

fn kind_of<R: io::Read>(entry: &ZipFile<'_, R>) -> Result<Kind, &'static str> {
    let mode = entry.unix_mode().unwrap_or(0);
    match mode & TYPE_BITS {
        _ if entry.is_dir() => Ok(Kind::Folder),
        TYPE_FOLDER => Ok(Kind::Folder),
        TYPE_LINK => Ok(Kind::Link),
        0 | TYPE_FILE => Ok(Kind::File { executable: mode & 0o111 != 0 }),
        _ => Err("is a special file"),
    }
}

/// How many entries the archive says it has, in the record at its end. One with more than the field can hold says the
/// most that it can.
fn announced_entries(zip: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    const RECORD_BYTES: usize = 22;
    const COMMENT_BYTES_MAX: usize = 65_535;
    let from = zip.len().saturating_sub(RECORD_BYTES + COMMENT_BYTES_MAX);
    let tail = zip.get(from..)?;
    let at = tail.windows(SIGNATURE.len()).rposition(|window| window == SIGNATURE)?;
    let field = tail.get(at + 10..at + 12)?;
    Some(usize::from(u16::from_le_bytes(field.try_into().ok()?)))
}

/// Takes the write permission off all folders.
fn lock_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            lock_folders(&entry.path())?;
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555))
}

/// An entry's name as it may stand in a message.
fn shown(name: &str) -> String {
    const CHARS_MAX: usize = 200;
    name.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
