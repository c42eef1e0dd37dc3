//! A store's folder: made once, then opened again and again.

use crate::clock::Chance;
use crate::keys::Keys;
use anyhow::{Context, bail};
use commerce::address::Country;
use commerce::language::Language;
use commerce::market::TaxDisplay;
use commerce::money::Currency;
use std::io::Write;
use std::path::Path;

/// Settings of a new store.
const NEW_SETTINGS: &str = include_str!("new_store.toml");
/// Settings of a store to try things out with.
const DEMO_SETTINGS: &str = include_str!("demo_store.toml");

/// What a new store is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewStore {
    /// To sell.
    Empty,
    /// To try things out.
    Demo,
}

/// Whether a folder holds a store.
pub fn is_store(folder: &Path) -> bool {
    folder.join("tradewind.toml").is_file()
}

/// Makes a store's folder with its settings, and its keys beside it. What is there already is never touched.
pub fn create(folder: &Path, kind: NewStore, pages: &[(String, String)], chance: &Chance) -> anyhow::Result<()> {
    let settings = if kind == NewStore::Demo { DEMO_SETTINGS } else { NEW_SETTINGS };
    create_with(folder, settings, pages, chance)
}

/// Settings of a new store that sells in this currency and speaks this language.
pub fn new_settings(currency: Currency, language: Language, prices: TaxDisplay) -> String {
    // The first two letters of nearly all currencies name their country (ISO 4217).
    let country = if currency.code() == "EUR" { "DE" } else { &currency.code()[..2] };
    let country = Country::parse(country).map_or_else(|_| "GB".to_owned(), |country| country.to_string());
    NEW_SETTINGS
        .replace("\"GBP\"", &format!("\"{currency}\""))
        .replace("[\"en\"]", &format!("[\"{language}\"]"))
        .replace("[\"GB\"]", &format!("[\"{country}\"]"))
        .replace("\"Europe/London\"", &format!("\"{}\"", time_zone(&country)))
        .replace("code = \"uk\"", &format!("code = \"{}\"", market_code(&country)))
        .replace("prices_include_tax = true", &format!("prices_include_tax = {}", prices == TaxDisplay::Including))
}

/// The delivery of a new store with that currency, as its settings end with it.
pub(crate) fn sample_delivery(currency: Currency) -> String {
    let start = NEW_SETTINGS.find("[[delivery]]").unwrap_or(NEW_SETTINGS.len());
    NEW_SETTINGS[start..].replace("\"GBP\"", &format!("\"{currency}\""))
}

/// The zone of countries that have one; of all others nobody can tell.
fn time_zone(country: &str) -> &'static str {
    match country {
        "GB" => "Europe/London",
        "DE" => "Europe/Berlin",
        _ => "UTC",
    }
}

fn market_code(country: &str) -> String {
    if country == "GB" { "uk".to_owned() } else { country.to_ascii_lowercase() }
}

/// The same with a text of settings.
pub fn create_with(folder: &Path, settings: &str, pages: &[(String, String)], chance: &Chance) -> anyhow::Result<()> {
    if is_store(folder) {
        bail!("{} is a store already", folder.display());
    }
    let occupied = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        bail!("{} is not empty; name a new folder", folder.display());
    }
    for part in ["data", "media", "theme", "pages"] {
        let part = folder.join(part);
        std::fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
    }
    for (name, text) in pages {
        let file = folder.join("pages").join(name);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let absolute = std::path::absolute(folder)?;
    let keys = Keys::path_beside(&absolute);
    if !keys.exists() {
        write_secret(&keys, &Keys::rotated(None, chance)?)?;
    }
    // Written last: a folder with this file is a whole store.
    std::fs::write(folder.join("tradewind.toml"), settings)?;
    Ok(())
}

/// Puts other settings in the place of a store's, whole or not at all.
pub(crate) fn write_settings(folder: &Path, settings: &str) -> anyhow::Result<()> {
    let file = folder.join("tradewind.toml");
    // Where it is a link, the file that it leads to is written.
    let file = std::fs::canonicalize(&file).with_context(|| format!("cannot find {}", file.display()))?;
    replace_file(&file, settings)
}

/// Writes a file, whole or not at all; who may read it stays as it was.
pub(crate) fn replace_file(file: &Path, text: &str) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut out = std::fs::File::create(&new)?;
        if let Ok(before) = std::fs::metadata(file) {
            out.set_permissions(before.permissions())?;
        }
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&new, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

/// Puts a new key in front of a store's keys. Running programs go on with the old ones until they start anew.
pub fn rotate_keys(folder: &Path, chance: &Chance) -> anyhow::Result<()> {
    let absolute = std::path::absolute(folder)?;
    let file = Keys::path_beside(&absolute);
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let text = Keys::rotated(before.as_deref(), chance).with_context(|| format!("in {}", file.display()))?;
    write_secret(&file, &text)
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut out = options.open(&new).with_context(|| format!("cannot write {}", new.display()))?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&new, file).with_context(|| format!("cannot write {}", file.display()))
}
