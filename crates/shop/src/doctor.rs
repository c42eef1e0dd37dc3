//! What is wrong with a store, and what to do about it: configuration, keys, schema, data, snapshot, tasks, files.
//!
//! Looks from outside, without opening the store as a shop: a store that does not open is the one that needs it.

mod advice;

use crate::counted::counted;
use crate::download_store::DownloadStore;
use crate::keys::{Keys, Purpose};
use crate::media_store::MediaStore;
use crate::new_pages::{MARKS, page_names};
use crate::pictures::is_inside;
use crate::place::Place;
use crate::settings::Settings;
use crate::shop::{db_settings, load_keys};
use advice::advice;
use catalog::{ReaderOptions, SnapshotError, SnapshotKeys, SnapshotReader};
use commerce::moment::Moment;
use db::{Db, DbError, SchemaState};
use std::path::Path;

/// Missing files that are told by name.
const MISSING_LISTED_MAX: usize = 5;
/// Pages that the law asks for nearly everywhere.
const ASKED_FOR: [&str; 4] = ["terms", "privacy", "imprint", "returns"];
/// A task that waits longer than this has nobody who does it, in milliseconds.
const TASK_WAIT_MS_MAX: i64 = 3_600_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Somebody should look.
    Warning,
    /// Something does not work, or is lost.
    Error,
}

impl Severity {
    /// Its name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Which check found it; a stable name.
    pub check: String,
    /// What was found, as a sentence.
    pub what: String,
    /// What to do.
    pub next: String,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// Names of the checks that were made.
    pub checked: Vec<&'static str>,
    /// Everything that is not as it should be.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Whether anything is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Takes the outcome of a check that was made elsewhere: every problem is an error.
    pub fn take(&mut self, check: &'static str, problems: impl IntoIterator<Item = String>, next: &str) {
        self.checked.push(check);
        problems.into_iter().for_each(|what| self.error(check, what, next));
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    fn add(&mut self, severity: Severity, check: &str, what: impl Into<String>, next: impl Into<String>) {
        self.findings.push(Finding { severity, check: check.to_owned(), what: what.into(), next: next.into() });
    }

    fn error(&mut self, check: &str, what: impl Into<String>, next: impl Into<String>) {
        self.add(Severity::Error, check, what, next);
    }
}

/// Looks at the store of a folder. What cannot be looked at because of an earlier finding is left out.
pub async fn examine(folder: &Path, env: impl Fn(&str) -> Option<String>, now: Moment) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    diagnosis.checked.push("settings");
    let settings = match Settings::load(folder, &env) {
        Ok(settings) => settings,
        Err(error) => {
            diagnosis.error("settings", format!("{error:#}"), "Mend tradewind.toml; docs/settings.md lists every key.");
            return diagnosis;
        }
    };
    look_at_settings(folder, &settings, &mut diagnosis);
    diagnosis.checked.push("letters");
    let own = Some(folder.join("theme/mail")).filter(|own| own.is_dir());
    if let Err(error) = mail::Writer::new(own.as_deref()) {
        let next = "Mend the file in theme/mail/, or take it away: the program has one of its own.";
        diagnosis.error("letters", error.to_string(), next);
    }
    diagnosis.checked.push("keys");
    let keys = look_at_keys(folder, &mut diagnosis);
    if let Some(keys) = &keys {
        diagnosis.checked.push("snapshot");
        look_at_snapshot(folder, &settings, &env, keys, now, &mut diagnosis).await;
    }
    diagnosis.checked.push("database");
    match open_database(folder, &settings).await {
        Ok(db) => {
            look_at_database(&db, folder, &settings, now, &mut diagnosis).await;
            db.close().await;
        }
        Err(what) => diagnosis.error("database", what, "Start the database, or mend its address in tradewind.toml."),
    }
    diagnosis.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    diagnosis
}

fn look_at_settings(folder: &Path, settings: &Settings, diagnosis: &mut Diagnosis) {
    if settings.demo {
        return;
    }
    if settings.base_url.is_empty() {
        let what = "base_url is empty: links in mails lead to the address that the store listens on";
        diagnosis.add(Severity::Warning, "settings", what, "Set base_url in tradewind.toml before customers come.");
    }
    if settings.mail_to.is_empty() {
        let what = "mail_to is empty: mails go into files of the folder mail/";
        diagnosis.add(Severity::Warning, "settings", what, "Set mail_to to your mail server.");
    }
    look_at_contact(settings, diagnosis);
    for language in settings.markets.languages() {
        for page in page_names() {
            let file = format!("pages/{language}/{page}.md");
            let text = std::fs::read_to_string(folder.join(&file));
            if text.is_err() && ASKED_FOR.contains(&page) {
                let what = format!("{file} is not there: the law asks for such a page nearly everywhere");
                diagnosis.add(Severity::Note, "pages", what, format!("Write {file} in Markdown."));
            } else if text.is_ok_and(|text| MARKS.iter().any(|mark| text.contains(mark))) {
                let what = format!("{file} still has parts that are to be filled in");
                let next = format!("Replace what stands in brackets in {file}, or take the page away.");
                diagnosis.add(Severity::Warning, "pages", what, next);
            }
        }
    }
}

/// What a new store begins with reaches nobody.
fn look_at_contact(settings: &Settings, diagnosis: &mut Diagnosis) {
    let mut warn = |what: String, next| diagnosis.add(Severity::Warning, "settings", what, next);
    let contact = &settings.contact;
    let next = "Set email in [contact] of tradewind.toml to an address that somebody reads.";
    if contact.email.trim().is_empty() {
        warn("contact.email is empty: shoppers have no address for questions".to_owned(), next);
    } else if is_placeholder(&contact.email) {
        let what = format!("contact.email is {}, which reaches nobody; it stands on every page", contact.email);
        warn(what, next);
    }
    if contact.address.trim().is_empty() {
        let what = "contact.address is empty: the model withdrawal form in letters names nobody to send it to";
        let next = "Set address in [contact] of tradewind.toml: name and address, its lines parted by commas.";
        warn(what.to_owned(), next);
    }
}

/// Whether an address is of a domain that is kept for examples (RFC 2606).
fn is_placeholder(email: &str) -> bool {
    let domain = email.rsplit('@').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_below = |kept: &str| domain.strip_suffix(kept).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["example", "example.com", "example.net", "example.org"].iter().any(|kept| is_below(kept))
}

fn look_at_keys(folder: &Path, diagnosis: &mut Diagnosis) -> Option<Keys> {
    let keys = match load_keys(folder) {
        Ok(keys) => keys,
        Err(error) => {
            let next = "Put the keys file back from your backup; `tradewind keys rotate` makes new keys, but links in \
                        mails that were sent lead nowhere then.";
            diagnosis.error("keys", format!("{error:#}"), next);
            return None;
        }
    };
    #[cfg(unix)]
    if let Ok(absolute) = std::path::absolute(folder)
        && let Ok(known) = std::fs::metadata(Keys::path_beside(&absolute))
    {
        use std::os::unix::fs::PermissionsExt;
        if known.permissions().mode() & 0o077 != 0 {
            let file = Keys::path_beside(&absolute);
            let what = format!("{} can be read by others on this machine", file.display());
            diagnosis.error("keys", what, format!("Run: chmod 600 {}", file.display()));
        }
    }
    Some(keys)
}

async fn look_at_snapshot(
    folder: &Path,
    settings: &Settings,
    env: impl Fn(&str) -> Option<String>,
    keys: &Keys,
    now: Moment,
    diagnosis: &mut Diagnosis,
) {
    const NEXT: &str = "Run `tradewind publish`: it writes the snapshot anew from the database.";
    const UNREACHED: &str = "Look at the network, the bucket's name and region, and the AWS_… variables.";
    let place = &settings.snapshot;
    if place.folder_in(folder).is_some_and(|folder| !folder.is_dir()) {
        diagnosis.error("snapshot", "nothing has been published yet", NEXT);
        return;
    }
    let signing = keys.secrets(Purpose::Snapshot);
    let older: Vec<&[u8]> = signing[1..].iter().map(<[u8; 32]>::as_slice).collect();
    let store = match place.open(folder, env) {
        Ok(store) => store,
        Err(error) if matches!(place, Place::Folder(_)) => {
            return diagnosis.error("snapshot", format!("{error:#}"), NEXT);
        }
        Err(error) => {
            let next = "Mend snapshot in tradewind.toml or the AWS_… variables; docs/guide.md has a section on S3.";
            return diagnosis.error("snapshot", format!("{error:#}"), next);
        }
    };
    let opened =
        SnapshotReader::open(store, SnapshotKeys::new(&signing[0], &older), ReaderOptions::default(), now).await;
    let verified = match opened {
        Ok(reader) => {
            let snapshot = reader.current().snapshot;
            match tokio::task::spawn_blocking(move || snapshot.verify_all()).await {
                Ok(verified) => verified,
                Err(_) => return diagnosis.error("snapshot", "the snapshot could not be read to its end", NEXT),
            }
        }
        Err(error) => Err(error),
    };
    match (verified, place) {
        (Ok(()), _) => {}
        (Err(SnapshotError::Nothing), _) => diagnosis.error("snapshot", "nothing has been published yet", NEXT),
        // What the server says is needed: a wrong region, a missing right and a dead network look alike without.
        (Err(error @ SnapshotError::Store(_)), Place::Bucket(_)) => {
            diagnosis.error("snapshot", format!("{place}: {:#}", anyhow::Error::from(error)), UNREACHED);
        }
        (Err(error), _) => diagnosis.error("snapshot", error.to_string(), NEXT),
    }
}

async fn open_database(folder: &Path, settings: &Settings) -> Result<Db, String> {
    // Looking makes nothing: a file that is gone stays gone.
    if settings.database_is_file() && !folder.join(&settings.database).is_file() {
        return Err(format!("{} is not there", folder.join(&settings.database).display()));
    }
    Db::open(&db_settings(folder, settings)).await.map_err(|error| error.to_string())
}

async fn look_at_columns(db: &Db, diagnosis: &mut Diagnosis) -> Result<(), DbError> {
    for what in db.schema_differences().await? {
        diagnosis.error("schema", what, "Somebody changed the schema by hand: undo it, or restore a backup.");
    }
    for column in db.unclassified_columns().await? {
        let what = format!("the column {column} is not declared, so nobody knows whether it holds personal data");
        diagnosis.error("columns", what, "Remove the column, or use the release that knows it.");
    }
    Ok(())
}

async fn look_at_database(db: &Db, folder: &Path, settings: &Settings, now: Moment, diagnosis: &mut Diagnosis) {
    const UNREACHED: &str = "Look at the database server or at the disk.";
    let state = match db.schema_state().await {
        Ok(state @ SchemaState::Current) => state,
        Ok(state @ SchemaState::OneAhead(step)) => {
            let what = format!("the schema is at step {step}; this release knows step {} and works", db::SCHEMA_NUMBER);
            diagnosis.add(Severity::Warning, "schema", what, "Go on to the newer release when it suits you.");
            state
        }
        Ok(SchemaState::Behind(step)) => {
            let what = format!("the schema is at step {step}, this release needs {}", db::SCHEMA_NUMBER);
            return diagnosis.error("schema", what, "Run `tradewind migrate`.");
        }
        Ok(SchemaState::Ahead(step)) => {
            let what = format!("the schema is at step {step}, newer than this release ({})", db::SCHEMA_NUMBER);
            return diagnosis.error("schema", what, "Use the newer release.");
        }
        Err(error) => return diagnosis.error("database", error.to_string(), UNREACHED),
    };
    diagnosis.checked.extend(["schema", "columns", "data", "tasks", "media", "downloads"]);
    let looked = async {
        // What the release after this one added is known to that one.
        if state == SchemaState::Current {
            look_at_columns(db, diagnosis).await?;
        }
        look_at_data(db, diagnosis).await?;
        look_at_tasks(db, now, diagnosis).await?;
        look_at_media(db, folder, settings, diagnosis).await?;
        look_at_downloads(db, folder, settings, diagnosis).await
    };
    if let Err(error) = looked.await {
        diagnosis.error("database", error.to_string(), UNREACHED);
    }
}

async fn look_at_data(db: &Db, diagnosis: &mut Diagnosis) -> Result<(), DbError> {
    match db.check_data().await {
        Ok(found) => {
            for finding in found {
                let (severity, next) = advice(finding.check);
                let examples = finding.examples.join(", ");
                let what = format!("{} of {}: {examples}", counted(finding.count, "row", "rows"), finding.table);
                diagnosis.add(severity, finding.check, what, next);
            }
        }
        Err(error @ DbError::Damaged { .. }) => {
            diagnosis.error("damaged_row", error.to_string(), advice("damaged_row").1);
        }
        Err(error) => return Err(error),
    }
    if db.find_fact("publish_owed").await?.is_some_and(|value| !value.is_empty()) {
        let what = "an import or a catalogue file was broken off: shoppers do not see all of what was written";
        diagnosis.add(Severity::Warning, "publish_owed", what, "Run it again, or `tradewind publish`.");
    }
    Ok(())
}

async fn look_at_tasks(db: &Db, now: Moment, diagnosis: &mut Diagnosis) -> Result<(), DbError> {
    for waiting in db.list_waiting_tasks().await? {
        if now.ms_since(waiting.oldest) > TASK_WAIT_MS_MAX && waiting.failing == 0 {
            let since = waiting.oldest.to_rfc3339();
            let tasks = counted(waiting.count, "task waits", "tasks wait");
            let what = format!("{tasks} since {since}, of the kind {}", waiting.kind);
            diagnosis.add(Severity::Warning, "tasks", what, "Let `tradewind serve` run: it does them.");
        }
    }
    Ok(())
}

fn place_of(settings: &Settings) -> String {
    match &settings.media {
        Place::Folder(folder) => format!("the folder {}/", folder.display()),
        Place::Bucket(_) => settings.media.to_string(),
    }
}

/// Pictures that products and categories name must be there, and be pictures.
async fn look_at_media(db: &Db, folder: &Path, settings: &Settings, diagnosis: &mut Diagnosis) -> Result<(), DbError> {
    let opened = MediaStore::open(&settings.media, folder, |name| std::env::var(name).ok());
    let known = match opened {
        Ok(store) => store.known().await,
        Err(error) => Err(error),
    };
    let media = match known {
        Ok(media) => media,
        Err(error) => {
            let what = format!("the pictures in {} cannot be looked at: {error:#}", settings.media);
            diagnosis.add(Severity::Error, "media", what, "Look at the network and the AWS_… variables.");
            return Ok(());
        }
    };
    let (mut missing, mut examples, mut drawn, mut after) = (0_u64, Vec::new(), 0_u64, None);
    let mut look_for = |source: &str| {
        if !is_inside(source) || !media.has(source) {
            missing += 1;
            if examples.len() < MISSING_LISTED_MAX {
                examples.push(source.to_owned());
            }
        }
    };
    match db.load_catalogue_setup().await {
        Ok(setup) => {
            let pictures = setup.categories.into_iter().filter_map(|category| category.image);
            pictures.filter(|source| !source.starts_with("drawn:")).for_each(|source| look_for(&source));
        }
        Err(DbError::Damaged { .. }) => {}
        Err(error) => return Err(error),
    }
    loop {
        let ids = db.list_family_ids(after).await?;
        let Some(last) = ids.last().copied() else { break };
        after = Some(last);
        let families = match db.load_families(&ids).await {
            Ok(families) => families,
            // The check of the data has told it.
            Err(DbError::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        let products = families.iter().flat_map(|family| std::iter::once(&family.head).chain(&family.children));
        for image in products.flat_map(|stored| &stored.entry.product.images) {
            if image.source.starts_with("drawn:") {
                drawn += 1;
            } else {
                look_for(&image.source);
            }
        }
    }
    if missing > 0 {
        let pictures = counted(missing, "picture is", "pictures are");
        let what = format!("{pictures} not in {}: {}", place_of(settings), examples.join(", "));
        diagnosis.add(
            Severity::Warning,
            "media",
            what,
            "Copy what is missing there under its name; then run `tradewind publish`.",
        );
    }
    for upload in db.list_unusable_uploads().await? {
        let what = format!("{}/{} is shown to nobody: {}", settings.media, upload.source, upload.problem);
        diagnosis.add(Severity::Warning, "media", what, "Put a usable file there; then run `tradewind publish`.");
    }
    if drawn > 0 && !settings.demo {
        let pictures = counted(drawn, "picture is a drawn one", "pictures are drawn ones");
        let what = format!("{pictures} of the demo, which this store does not show");
        diagnosis.add(Severity::Warning, "media", what, "Give the products pictures of their own.");
    }
    Ok(())
}

/// What buyers were promised must be there, as long as it was when it was added.
async fn look_at_downloads(
    db: &Db,
    folder: &Path,
    settings: &Settings,
    diagnosis: &mut Diagnosis,
) -> Result<(), DbError> {
    let mut page = db.list_download_files(None).await?;
    if page.is_empty() {
        return Ok(());
    }
    let opened = DownloadStore::open(&settings.downloads, folder, false, |name| std::env::var(name).ok());
    let lengths = match opened {
        Ok(store) => store.lengths().await,
        Err(error) => Err(error),
    };
    let lengths = match lengths {
        Ok(lengths) => lengths,
        Err(error) => {
            let what = format!("the files in {} cannot be looked at: {error:#}", settings.downloads);
            diagnosis.error("downloads", what, "Look at the network and the AWS_… variables.");
            return Ok(());
        }
    };
    let (mut missing, mut differing) = (Vec::new(), Vec::new());
    while let Some(last) = page.last() {
        let after = last.id;
        for file in &page {
            match lengths.get(&file.storage_key) {
                None => missing.push(format!("{} ({})", file.id, file.name)),
                Some(bytes) if *bytes != file.bytes => {
                    differing.push(format!("{} ({}: {bytes} bytes, not {})", file.id, file.name, file.bytes));
                }
                Some(_) => {}
            }
        }
        page = db.list_download_files(Some(after)).await?;
    }
    let next = "Buyers do not get them. Put them back from a backup, or add each again with `tradewind downloads add SKU \
                FILE --replace`.";
    for (mut found, are) in [(missing, "missing"), (differing, "of another length than when they were added")] {
        if found.is_empty() {
            continue;
        }
        let files = counted(u64::try_from(found.len()).unwrap_or(u64::MAX), "file is", "files are");
        found.truncate(MISSING_LISTED_MAX);
        let what = format!("{files} {are} in {}: {}", settings.downloads, found.join(", "));
        diagnosis.error("downloads", what, next);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn addresses_of_example_domains_reach_nobody() {
        for (email, want) in [
            ("hello@shop.example.org", true),
            ("hello@EXAMPLE.com", true),
            ("hello@leeward.example", true),
            ("hello@myexample.org", false),
            ("hello@example.org.uk", false),
            ("hello@leeward.shop", false),
        ] {
            assert_eq!(is_placeholder(email), want, "{email}");
        }
    }
}
