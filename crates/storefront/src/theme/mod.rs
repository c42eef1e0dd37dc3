//! The theme: templates, styles, scripts, icons and messages.
//!
//! The default theme is part of the program. A store's own `theme/` folder wins file by file; it is read once, at
//! the start, and a file that cannot work is an error that names it and, where there is one, the line.

mod assets;
mod check;
mod embedded;

pub use assets::{Asset, Assets};

use embedded::EMBEDDED;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Files that a store's own theme may have.
pub const OVERRIDES_MAX: usize = 500;
/// Bytes of one such file.
pub const OVERRIDE_BYTES_MAX: u64 = 2_000_000;
/// Folders inside folders of a theme.
const FOLDER_DEPTH_MAX: usize = 8;

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// A file cannot be read.
    #[error("theme file {file} cannot be read: {cause}")]
    Unreadable {
        /// Path inside the theme, or the folder.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// More or larger files than a theme may have.
    #[error("theme folder: {what}")]
    TooLarge {
        /// Which bound was passed, with the number.
        what: String,
    },
    /// A file that says something that cannot be done.
    #[error("theme file {file}, line {line}: {problem}")]
    Broken {
        /// Path inside the theme.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

/// One file of a theme.
#[derive(Clone, Debug)]
pub(crate) struct ThemeFile {
    pub(crate) bytes: Cow<'static, [u8]>,
    /// Compressed forms that were made when the program was built; none for an override.
    pub(crate) gzip: Option<&'static [u8]>,
    pub(crate) brotli: Option<&'static [u8]>,
    pub(crate) is_override: bool,
}

/// All files of a theme, overrides put in.
#[derive(Clone, Debug)]
pub struct Theme {
    files: BTreeMap<String, ThemeFile>,
}

impl Theme {
    /// The default theme.
    pub fn embedded() -> Self {
        let files = EMBEDDED
            .iter()
            .map(|file| {
                let bytes = Cow::Borrowed(file.bytes);
                let entry = ThemeFile { bytes, gzip: file.gzip, brotli: file.brotli, is_override: false };
                (file.name.to_owned(), entry)
            })
            .collect();
        Self { files }
    }

    /// The default theme under a store's own files. A folder that is not there overrides nothing.
    pub fn load(folder: &Path) -> Result<Self, ThemeError> {
        let mut theme = Self::embedded();
        if folder.is_dir() {
            theme.read_overrides(folder, "", 0)?;
        }
        check::check(&theme)?;
        Ok(theme)
    }

    fn read_overrides(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), ThemeError> {
        let unreadable = |file: &str, cause| ThemeError::Unreadable { file: file.to_owned(), cause };
        let shown = if prefix.is_empty() { "theme/" } else { prefix };
        for entry in fs::read_dir(folder).map_err(|cause| unreadable(shown, cause))? {
            let entry = entry.map_err(|cause| unreadable(shown, cause))?;
            // A name that is not UTF-8 overrides nothing; a dot file is an editor's.
            let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let file = format!("{prefix}{name}");
            let facts = fs::metadata(entry.path()).map_err(|cause| unreadable(&file, cause))?;
            if facts.is_dir() {
                if depth >= FOLDER_DEPTH_MAX {
                    return Err(ThemeError::TooLarge { what: format!("{file} lies deeper than {FOLDER_DEPTH_MAX}") });
                }
                self.read_overrides(&entry.path(), &format!("{file}/"), depth + 1)?;
                continue;
            }
            if facts.len() > OVERRIDE_BYTES_MAX {
                return Err(ThemeError::TooLarge { what: format!("{file} has more than {OVERRIDE_BYTES_MAX} bytes") });
            }
            let bytes = fs::read(entry.path()).map_err(|cause| unreadable(&file, cause))?;
            let entry = ThemeFile { bytes: Cow::Owned(bytes), gzip: None, brotli: None, is_override: true };
            self.files.insert(file, entry);
            if self.files.values().filter(|file| file.is_override).count() > OVERRIDES_MAX {
                return Err(ThemeError::TooLarge { what: format!("more than {OVERRIDES_MAX} files") });
            }
        }
        Ok(())
    }

    /// Files under a folder such as `icons/`, by their names in it.
    pub(crate) fn list<'t>(&'t self, folder: &'t str) -> impl Iterator<Item = (&'t str, &'t ThemeFile)> {
        self.files.iter().filter_map(move |(name, file)| Some((name.strip_prefix(folder)?, file)))
    }

    /// The default theme's catalogues: what a store's own do not say is taken from them.
    pub(crate) fn embedded_messages() -> impl Iterator<Item = (String, &'static str)> {
        EMBEDDED.iter().filter_map(|file| {
            let name = file.name.strip_prefix("messages/")?;
            Some((name.to_owned(), std::str::from_utf8(file.bytes).ok()?))
        })
    }

    /// A text file; nothing if it is not there. [`Theme::load`] has made sure that overrides are UTF-8.
    pub(crate) fn find_text(&self, name: &str) -> Option<&str> {
        self.files.get(name).and_then(|file| std::str::from_utf8(&file.bytes).ok())
    }
}

#[cfg(test)]
mod tests;
