//! Backups: everything of a store in one file, taken while it sells, and brought back into a new folder.
//!
//! In it: the database as lines that every engine understands, `tradewind.toml`, `pages/`, `theme/`, `media/` and
//! `downloads/`. The database comes first and pictures are only ever added, so whatever its rows name is there; a file for
//! buyers that is taken away meanwhile is told by `doctor` after a restore. Not in it: the snapshot,
//! which is made from the database; letters that were written into `mail/`; payments at the demo's payment site; and
//! the keys, unless they are asked for.

mod archive;

use crate::clock::{Chance, Clock};
use crate::folder;
use crate::keys::Keys;
use crate::place::Place;
use crate::settings::Settings;
use crate::shop::db_settings;
use archive::{Reader, Writer, unreadable};
use commerce::event::{Actor, Event, Subject};
use commerce::ids::EventId;
use commerce::moment::Moment;
use db::{Db, DbError};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

/// The database in an archive.
const STORE: &str = "store.jsonl";
/// The settings, in a store's folder and in an archive.
const SETTINGS: &str = "tradewind.toml";
/// The keys in an archive.
const KEYS: &str = "keys.toml";
/// Folders whose files are backed up.
const FOLDERS: [&str; 5] = ["pages", "theme", "media", "downloads", crate::settings::tax::FOLDER];
/// Largest settings or keys file, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = 1 << 20;
/// Deepest folder that is walked.
const DEPTH_MAX: usize = 32;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file ends too early; nothing was written.
    #[error(
        "the backup is cut off: the file ends too early, so nothing was written; copy it again from where it was made, \
         or take another one"
    )]
    CutOff,
    /// The file cannot be used; nothing was written.
    #[error("the backup cannot be used: {0}; nothing was written")]
    Damaged(String),
    /// A file cannot be read or written.
    #[error("cannot read or write: {0}")]
    Io(#[from] io::Error),
    /// A named file cannot be read or written.
    #[error("cannot use {}: {source}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Something is in the way.
    #[error("{} is there already; name another one", .0.display())]
    InTheWay(PathBuf),
    /// The settings cannot be used.
    #[error("{0:#}")]
    Settings(anyhow::Error),
    /// The rows.
    #[error(transparent)]
    Rows(#[from] db::backup::BackupError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupReport {
    /// Rows of the database.
    pub rows: u64,
    /// Files of the store's folders.
    pub files: u64,
    /// Whether the keys are in it.
    pub has_keys: bool,
    /// When it was taken.
    pub taken_at: Moment,
    /// Links and other things in the folders that are no files; they were left out.
    pub left_out: Vec<String>,
    /// Files that lie elsewhere and are not in it, each by what it is and where: pictures, downloads.
    pub elsewhere: Vec<String>,
}

/// Writes a backup of a store into a new file that only its owner may read. The store goes on selling.
pub async fn create(
    store: &Path,
    to: &Path,
    with_keys: bool,
    clock: &Clock,
    chance: &Chance,
) -> Result<BackupReport, BackupError> {
    if to.exists() {
        return Err(BackupError::InTheWay(to.to_owned()));
    }
    let settings = Settings::load(store, |name| std::env::var(name).ok()).map_err(BackupError::Settings)?;
    if settings.database_is_file() && !store.join(&settings.database).is_file() {
        let source = io::Error::new(io::ErrorKind::NotFound, "there is no database");
        return Err(BackupError::File { path: store.join(&settings.database), source });
    }
    let db = Db::open(&db_settings(store, &settings)).await?;
    let part = with_ending(to, "part");
    let written = write(&db, store, &part, with_keys, clock.now()).await;
    let written = match written {
        Ok(mut report) => {
            report.elsewhere = elsewhere(&settings);
            std::fs::rename(&part, to).map_err(|source| BackupError::File { path: to.to_owned(), source })?;
            note(&db, "backup_made", clock.now(), chance).await?;
            Ok(report)
        }
        Err(error) => {
            // Half a backup is none.
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    };
    db.close().await;
    written
}

/// What is not in the folders that are backed up.
fn elsewhere(settings: &Settings) -> Vec<String> {
    let places = [("pictures", &settings.media, "media"), ("downloads", &settings.downloads, "downloads")];
    let is_elsewhere = |place: &Place, folder: &str| *place != Place::Folder(PathBuf::from(folder));
    let others = places.into_iter().filter(|(_, place, folder)| is_elsewhere(place, folder));
    others.map(|(what, place, _)| format!("{what} in {place}")).collect()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

async fn note(db: &Db, kind: &'static str, at: Moment, chance: &Chance) -> Result<(), DbError> {
    let id = EventId::new(chance.id());
    let (subject_id, detail) = (String::new(), String::new());
    let event = Event { id, at, actor: Actor::Operator, subject: Subject::Store, subject_id, kind, detail };
    db.note(&event).await
}

async fn write(db: &Db, store: &Path, part: &Path, with_keys: bool, now: Moment) -> Result<BackupReport, BackupError> {
    let in_part = |source| BackupError::File { path: part.to_owned(), source };
    let mut archive = Writer::new(BufWriter::new(private_file(part).map_err(in_part)?)).map_err(in_part)?;
    let mut rows = archive.begin(STORE)?;
    let dumped = db::backup::dump(db, &mut rows, now).await?;
    rows.finish()?;
    let mut report = BackupReport { rows: dumped.rows.values().sum(), taken_at: now, ..BackupReport::default() };
    add_file(&mut archive, SETTINGS, &store.join(SETTINGS))?;
    for folder in FOLDERS {
        add_folder(&mut archive, store, Path::new(folder), 0, &mut report)?;
    }
    if with_keys {
        let keys = Keys::path_beside(&std::path::absolute(store)?);
        add_file(&mut archive, KEYS, &keys)?;
        report.has_keys = true;
    }
    let mut out = archive.finish()?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(report)
}

/// A backup holds people's addresses.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn add_file<W: Write>(archive: &mut Writer<W>, name: &str, path: &Path) -> Result<(), BackupError> {
    let in_file = |source| BackupError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(in_file)?;
    let mut member = archive.begin(name)?;
    io::copy(&mut file, &mut member).map_err(in_file)?;
    Ok(member.finish()?)
}

fn add_folder<W: Write>(
    archive: &mut Writer<W>,
    store: &Path,
    inside: &Path,
    depth: usize,
    report: &mut BackupReport,
) -> Result<(), BackupError> {
    let folder = store.join(inside);
    let in_folder = |source| BackupError::File { path: folder.clone(), source };
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(in_folder(error)),
    };
    let mut names: Vec<std::ffi::OsString> = Vec::new();
    for entry in entries {
        names.push(entry.map_err(in_folder)?.file_name());
    }
    // The same store gives the same backup.
    names.sort();
    for name in names {
        let path = inside.join(&name);
        let text = path.to_str().map(str::to_owned);
        let kind = std::fs::symlink_metadata(store.join(&path)).map_err(in_folder)?.file_type();
        match text {
            Some(_) if kind.is_dir() && depth < DEPTH_MAX => add_folder(archive, store, &path, depth + 1, report)?,
            Some(text) if kind.is_file() => {
                add_file(archive, &text, &store.join(&path))?;
                report.files += 1;
            }
            _ => report.left_out.push(path.to_string_lossy().into_owned()),
        }
    }
    Ok(())
}

/// A backup that was read from end to end, and what it says of itself.
#[derive(Debug)]
pub struct Verified {
    file: PathBuf,
    report: BackupReport,
    settings: Settings,
}

impl Verified {
    /// What it holds.
    pub fn report(&self) -> &BackupReport {
        &self.report
    }

    /// The database that a restore writes into where that is no file of the new folder, without its password: the
    /// backup's settings or the environment name it, and others may live there.
    pub fn database_elsewhere(&self) -> Option<String> {
        let is_inside = self.settings.database_is_file()
            && Path::new(&self.settings.database).components().all(|part| matches!(part, Component::Normal(_)));
        (!is_inside).then(|| self.settings.database_shown())
    }

    /// The bucket that a restore publishes into: the store that was backed up may still sell from it.
    pub fn snapshot_elsewhere(&self) -> Option<&Place> {
        Some(&self.settings.snapshot).filter(|place| matches!(place, Place::Bucket(_)))
    }
}

/// Reads a backup from end to end, and writes nothing.
pub fn verify(file: &Path) -> Result<Verified, BackupError> {
    let opened = File::open(file).map_err(|source| BackupError::File { path: file.to_owned(), source })?;
    let mut archive = Reader::open(BufReader::new(opened))?;
    let mut report = BackupReport::default();
    let (mut settings, mut has_rows) = (None, false);
    while let Some(name) = archive.next()? {
        let mut content = archive.content();
        match name.as_str() {
            STORE => {
                let mut content = BufReader::new(content);
                let found = db::backup::verify(&mut content).map_err(in_rows)?;
                (has_rows, report.rows, report.taken_at) = (true, found.rows.values().sum(), found.created_at);
                drain(&mut content)?;
            }
            SETTINGS | KEYS => {
                let mut text = String::new();
                let read = content.by_ref().take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text);
                read.map_err(unreadable)?;
                drain(&mut content)?;
                match name.as_str() {
                    SETTINGS => settings = Some(text),
                    _ => report.has_keys = true,
                }
            }
            name if is_ours(name) => {
                drain(&mut content)?;
                report.files += 1;
            }
            _ => return Err(BackupError::Damaged(format!("{name:?} is no place of a store"))),
        }
    }
    let Some(settings) = settings.filter(|_| has_rows) else {
        return Err(BackupError::Damaged("the database or tradewind.toml is missing in it".to_owned()));
    };
    let settings = Settings::parse(&settings, |name| std::env::var(name).ok()).map_err(BackupError::Settings)?;
    Ok(Verified { file: file.to_owned(), report, settings })
}

/// What is wrong with the archive stands in the way of its rows too.
fn in_rows(error: db::backup::BackupError) -> BackupError {
    match error {
        db::backup::BackupError::Io(error) => unreadable(error),
        error => BackupError::Rows(error),
    }
}

fn drain(content: &mut impl Read) -> Result<(), BackupError> {
    io::copy(content, &mut io::sink()).map(|_| ()).map_err(unreadable)
}

/// A path into one of the folders, and nowhere else.
fn is_ours(name: &str) -> bool {
    let path = Path::new(name);
    let mut parts = path.components();
    let begins = parts.next().is_some_and(|first| FOLDERS.iter().any(|folder| first.as_os_str() == *folder));
    begins
        && !name.contains(['\\', '\0'])
        && parts.clone().count() > 0
        && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Brings a backup back into a new folder. A database that anybody lives in is refused untouched; where something fails
/// later, the folder is taken away again. Without keys in the backup, new ones are made.
pub async fn restore(backup: &Verified, into: &Path, clock: &Clock, chance: &Chance) -> Result<(), BackupError> {
    if into.exists() {
        return Err(BackupError::InTheWay(into.to_owned()));
    }
    let keys = Keys::path_beside(&std::path::absolute(into)?);
    if backup.report.has_keys && keys.exists() {
        return Err(BackupError::InTheWay(keys));
    }
    match bring_back(&backup.file, into, &keys, &backup.settings, clock, chance).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = std::fs::remove_dir_all(into);
            Err(error)
        }
    }
}

async fn bring_back(
    file: &Path,
    into: &Path,
    keys: &Path,
    settings: &Settings,
    clock: &Clock,
    chance: &Chance,
) -> Result<(), BackupError> {
    for part in ["data", "media", "theme", "pages"] {
        // `downloads` is made private with its first file.
        std::fs::create_dir_all(into.join(part))?;
    }
    let rows = into.join("data").join(STORE);
    let (settings_text, keys_text) = unpack(file, into, &rows)?;
    if settings.database_is_file()
        && let Some(parent) = into.join(&settings.database).parent()
    {
        std::fs::create_dir_all(parent)?;
    }
    let db = Db::open(&db_settings(into, settings)).await?;
    let loaded = load(&db, &rows, clock.now()).await;
    if loaded.is_ok() {
        note(&db, "restored", clock.now(), chance).await?;
    }
    db.close().await;
    loaded?;
    std::fs::remove_file(&rows)?;
    match keys_text {
        Some(text) => folder::write_secret(keys, &text).map_err(BackupError::Settings)?,
        None if !keys.exists() => {
            let text = Keys::rotated(None, chance).map_err(BackupError::Settings)?;
            folder::write_secret(keys, &text).map_err(BackupError::Settings)?;
        }
        None => {}
    }
    // Written last: a folder with this file is a whole store.
    Ok(std::fs::write(into.join(SETTINGS), settings_text)?)
}

async fn load(db: &Db, rows: &Path, now: Moment) -> Result<(), BackupError> {
    // Before the migration: the database may be that of a store which sells.
    db::backup::check_free(db).await?;
    db.migrate(now.micros()).await?;
    let mut input = BufReader::new(File::open(rows)?);
    db::backup::load(db, &mut input).await?;
    Ok(())
}

/// Writes the files of an archive; gives the texts of settings and keys.
fn unpack(file: &Path, into: &Path, rows: &Path) -> Result<(String, Option<String>), BackupError> {
    let mut opened = File::open(file)?;
    opened.seek(SeekFrom::Start(0))?;
    let mut archive = Reader::open(BufReader::new(opened))?;
    let (mut settings, mut keys) = (String::new(), None);
    while let Some(name) = archive.next()? {
        let mut content = archive.content();
        match name.as_str() {
            SETTINGS => drop(content.read_to_string(&mut settings)?),
            KEYS => drop(content.read_to_string(keys.insert(String::new()))?),
            STORE => drop(io::copy(&mut content, &mut private_file(rows)?)?),
            name if is_ours(name) => {
                let path = into.join(name);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                let mut out = File::create(&path).map_err(|source| BackupError::File { path: path.clone(), source })?;
                io::copy(&mut content, &mut out)?;
            }
            name => return Err(BackupError::Damaged(format!("{name:?} is no place of a store"))),
        }
    }
    Ok((settings, keys))
}

/// Copies a SQLite database into `data/backups/` before a migration changes it; says where.
pub async fn before_migration(db: &Db, store: &Path, step: i64, now: Moment) -> anyhow::Result<Option<PathBuf>> {
    use anyhow::Context;
    // Nothing was ever written into a database without a schema.
    if step == 0 || !db.is_lite() {
        return Ok(None);
    }
    let folder = store.join("data/backups");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let stamp = now.to_rfc3339().replace(':', "-");
    let copy = folder.join(format!("before-step-{}-{stamp}.db", step + 1));
    db.copy_file(&copy).await.with_context(|| format!("cannot back the database up into {}", copy.display()))?;
    Ok(Some(copy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_into_the_stores_folders_only() {
        for (name, want) in [
            ("media/mug.jpg", true),
            ("pages/en/terms.md", true),
            ("media", false),
            ("media/../tradewind.toml", false),
            ("../media/x", false),
            ("/media/x", false),
            ("data/store.db", false),
            ("media\\x", false),
            ("", false),
        ] {
            assert_eq!(is_ours(name), want, "{name:?}");
        }
    }

    #[tokio::test]
    async fn a_database_is_copied_before_a_migration() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let db = Db::open(&db::DbSettings::Lite { file, conflicts_per_mille: 0 }).await.unwrap();
        db.migrate(0).await.unwrap();
        db.set_fact("name", "before").await.unwrap();
        let now = Moment::from_micros(1_790_000_000_000_000);
        assert_eq!(before_migration(&db, folder.path(), 0, now).await.unwrap(), None, "there was nothing yet");
        let copy = before_migration(&db, folder.path(), 1, now).await.unwrap().unwrap();
        db.set_fact("name", "after").await.unwrap();
        let copied = Db::open(&db::DbSettings::Lite { file: copy, conflicts_per_mille: 0 }).await.unwrap();
        assert_eq!(copied.find_fact("name").await.unwrap().as_deref(), Some("before"));
        assert!(before_migration(&db, folder.path(), 1, now).await.is_err(), "a backup is never overwritten");
    }
}
