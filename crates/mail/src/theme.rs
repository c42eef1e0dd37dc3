//! Templates and words of letters: those of the program, and a store's own, which win file by file.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Files that a store's own folder may have.
pub(crate) const OVERRIDES_MAX: usize = 100;
/// Bytes of one such file.
pub(crate) const OVERRIDE_BYTES_MAX: u64 = 500_000;

/// The program's own files.
pub(crate) const BUILT_IN: &[(&str, &str)] = &[
    ("cancelled.html", include_str!("../templates/cancelled.html")),
    ("cancelled.txt", include_str!("../templates/cancelled.txt")),
    ("downloads.html", include_str!("../templates/downloads.html")),
    ("downloads.txt", include_str!("../templates/downloads.txt")),
    ("files.html", include_str!("../templates/files.html")),
    ("files.txt", include_str!("../templates/files.txt")),
    ("gift-card.html", include_str!("../templates/gift-card.html")),
    ("gift-card.txt", include_str!("../templates/gift-card.txt")),
    ("form.html", include_str!("../templates/form.html")),
    ("form.txt", include_str!("../templates/form.txt")),
    ("layout.html", include_str!("../templates/layout.html")),
    ("layout.txt", include_str!("../templates/layout.txt")),
    ("link.html", include_str!("../templates/link.html")),
    ("link.txt", include_str!("../templates/link.txt")),
    ("macros.html", include_str!("../templates/macros.html")),
    ("delivery.html", include_str!("../templates/delivery.html")),
    ("lines.html", include_str!("../templates/lines.html")),
    ("delivery.txt", include_str!("../templates/delivery.txt")),
    ("lines.txt", include_str!("../templates/lines.txt")),
    ("placed.html", include_str!("../templates/placed.html")),
    ("placed.txt", include_str!("../templates/placed.txt")),
    ("given-back.html", include_str!("../templates/given-back.html")),
    ("given-back.txt", include_str!("../templates/given-back.txt")),
    ("refunded.html", include_str!("../templates/refunded.html")),
    ("refunded.txt", include_str!("../templates/refunded.txt")),
    ("sent.html", include_str!("../templates/sent.html")),
    ("sent.txt", include_str!("../templates/sent.txt")),
    ("units.html", include_str!("../templates/units.html")),
    ("units.txt", include_str!("../templates/units.txt")),
    ("withdrawn.html", include_str!("../templates/withdrawn.html")),
    ("withdrawn.txt", include_str!("../templates/withdrawn.txt")),
    // The pages of the shop name countries too: one list serves both.
    ("de.countries.ftl", include_str!("../../../themes/default/messages/de.countries.ftl")),
    ("de.ftl", include_str!("../templates/de.ftl")),
    ("en.countries.ftl", include_str!("../../../themes/default/messages/en.countries.ftl")),
    ("en.ftl", include_str!("../templates/en.ftl")),
];

/// Why a store's own templates of letters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailThemeError {
    /// A file cannot be read.
    #[error("mail template {file} cannot be read: {cause}")]
    Unreadable {
        /// Its name, or the folder.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// More or larger files than there may be.
    #[error("mail templates: {0}")]
    TooLarge(String),
    /// A file that says something that cannot be done.
    #[error("mail template {file}, line {line}: {problem}")]
    Broken {
        /// Its name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

/// Files of a store's folder by name: templates (`.html`, `.txt`) and catalogues (`.ftl`). None if there is no folder.
pub(crate) fn read_overrides(folder: &Path) -> Result<BTreeMap<String, String>, MailThemeError> {
    let unreadable = |file: &Path, cause| MailThemeError::Unreadable { file: file.display().to_string(), cause };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let known = ["html", "txt", "ftl"].iter().any(|known| path.extension().is_some_and(|own| own == *known));
        if name.starts_with('.') || !known {
            continue;
        }
        let bytes = fs::metadata(&path).map_err(|error| unreadable(&path, error))?.len();
        if bytes > OVERRIDE_BYTES_MAX {
            return Err(MailThemeError::TooLarge(format!("{name} has {bytes} bytes, {OVERRIDE_BYTES_MAX} may be")));
        }
        if files.len() >= OVERRIDES_MAX {
            return Err(MailThemeError::TooLarge(format!("more than {OVERRIDES_MAX} files")));
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        files.insert(name.to_owned(), text);
    }
    Ok(files)
}
