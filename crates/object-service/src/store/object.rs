//! Objects of a bucket: looking, putting, deleting.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, UNIX_EPOCH};

use s3s::crypto::{Checksum as _, Md5};

use crate::store::draft::Finished;
use crate::store::key::{ObjectKey, hex};
use crate::store::record::{Checksums, Headers, Record, Sheet, Stamp};
use crate::store::{Bucket, StoreError, remove_if_there};

/// How often a put begins anew because others changed the folders that it needs.
const TRIES_MAX: usize = 16;

/// An object to read from. What happens to its key from now on does not matter.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) record: Record,
}

/// What a write demands of what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    /// No object.
    Absent,
    /// Any object.
    Present,
    /// The object with this ETag.
    Matches(String),
}

/// What a put makes known besides bytes.
pub(crate) struct New {
    pub(crate) e_tag: String,
    pub(crate) headers: Headers,
    pub(crate) checksums: Checksums,
}

/// Where an object's file goes.
enum Place {
    /// At the path that the key is.
    Plain(PathBuf),
    Apart(PathBuf),
    /// Another object's file is where a folder is needed.
    Occupied,
}

impl Condition {
    fn judge(&self, e_tag: Option<&str>) -> Result<(), StoreError> {
        match (self, e_tag) {
            (Self::Always, _) | (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Matches(wanted), Some(e_tag)) if wanted == e_tag => Ok(()),
            (Self::Present | Self::Matches(_), None) => Err(StoreError::NoSuchKey),
            (Self::Absent | Self::Matches(_), Some(_)) => Err(StoreError::ConditionFailed),
        }
    }
}

impl Bucket<'_> {
    /// The object. A file that was put by hand is read once for its ETag.
    pub(crate) fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        if let Some((file, stamp)) = self.find_file(key)?
            && let Some(record) = self.find_sheet(key).and_then(|sheet| sheet.find(stamp))
        {
            return Ok(Opened { file, record });
        }
        // Not there, put by hand, or it has been replaced or moved since: nothing moves while the key is locked.
        let _held = self.lock(key);
        self.open_locked(key)?.ok_or(StoreError::NoSuchKey)
    }

    /// Makes a finished draft the object, if what is there is as the condition wants it.
    pub(crate) fn put(
        &self,
        key: &ObjectKey,
        mut finished: Finished,
        new: New,
        condition: &Condition,
    ) -> Result<Record, StoreError> {
        for _ in 0..TRIES_MAX {
            self.make_way(key)?;
            let _held = self.lock(key);
            let there = match condition {
                // Then nobody needs the ETag of a file that was put by hand.
                Condition::Always => self.find_file(key)?.map(|(_, stamp)| stamp),
                condition => {
                    let there = self.open_locked(key)?;
                    condition.judge(there.as_ref().map(|there| there.record.e_tag.as_str()))?;
                    there.map(|there| there.record.stamp)
                }
            };
            let place = self.place_of(key)?;
            if matches!(place, Place::Occupied) {
                continue;
            }
            let record = self.write_down(key, &finished, &new, there)?;
            if self.settle(key, place, &mut finished)? {
                return Ok(record);
            }
        }
        Err(StoreError::Busy)
    }

    /// Takes the object away, if it is as the condition wants it. What is not there is gone as well.
    pub(crate) fn delete(&self, key: &ObjectKey, condition: &Condition) -> Result<(), StoreError> {
        let _held = self.lock(key);
        if *condition != Condition::Always {
            let there = self.open_locked(key)?;
            condition.judge(there.as_ref().map(|there| there.record.e_tag.as_str()))?;
        }
        // What lies apart first: if a crash has left both, the other one is newer and is the object until it goes.
        remove_if_there(fs::remove_file(self.apart(key)))?;
        let path = key.path().filter(|path| self.is_free_of_links(path)).map(|path| self.folder.join(path));
        if let Some(path) = path.filter(|path| is_file(path)) {
            remove_if_there(fs::remove_file(&path))?;
            self.remove_empty_above(&path);
        }
        Ok(remove_if_there(fs::remove_file(self.sheet_path(key)))?)
    }

    /// The same while the key is locked, so that a file without a record is one that was put by hand.
    fn open_locked(&self, key: &ObjectKey) -> Result<Option<Opened>, StoreError> {
        let Some((mut file, stamp)) = self.find_file(key)? else { return Ok(None) };
        if let Some(record) = self.find_sheet(key).and_then(|sheet| sheet.find(stamp)) {
            return Ok(Some(Opened { file, record }));
        }
        let e_tag = md5_of(&mut file)?;
        let record = Record { stamp, e_tag, headers: Headers::default(), checksums: Checksums::default() };
        // In a folder that cannot be written to it is worked out each time.
        let _ = self.write_sheet(key, vec![record.clone()]);
        Ok(Some(Opened { file, record }))
    }

    /// The object's file, at its path or apart. Of one that moves meanwhile nothing may be found.
    fn find_file(&self, key: &ObjectKey) -> Result<Option<(File, Stamp)>, StoreError> {
        let plain = key.path().filter(|path| self.is_free_of_links(path)).map(|path| self.folder.join(path));
        for path in plain.into_iter().chain([self.apart(key)]) {
            // Anything else, such as a pipe, is not opened at all.
            if !is_file(&path) {
                continue;
            }
            match File::open(&path) {
                Ok(file) => {
                    let stamp = Stamp::of(&file.metadata()?);
                    return Ok(Some((file, stamp)));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Whether the folders on the way to a path are folders, none a link to elsewhere.
    fn is_free_of_links(&self, path: &Path) -> bool {
        path.parent().is_none_or(|parent| self.has_folder(parent))
    }

    /// Whether a folder is there, and it and those above it are no links.
    pub(super) fn has_folder(&self, path: &Path) -> bool {
        let mut folders = path.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        folders.all(|folder| is_folder(&self.folder.join(folder)))
    }

    /// Moves objects apart whose files are where this key needs folders.
    fn make_way(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if key.path().is_none() {
            return Ok(());
        }
        for above in key.above() {
            let path = self.folder.join(above.as_str());
            match fs::symlink_metadata(&path) {
                Ok(there) if there.is_dir() => continue,
                Ok(there) if there.is_file() => {}
                // A link or another such thing: the key itself goes apart.
                _ => return Ok(()),
            }
            let _held = self.lock(&above);
            if let Some(opened) = self.open_locked(&above)?.filter(|_| is_file(&path)) {
                // Without its sheet nobody would know its key.
                self.write_sheet(&above, vec![opened.record])?;
                self.hidden_folder(&["apart"])?;
                fs::rename(&path, self.apart(&above))?;
                self.store.moves.fetch_add(1, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    fn place_of(&self, key: &ObjectKey) -> Result<Place, StoreError> {
        let apart = Place::Apart(self.apart(key));
        let Some(path) = key.path() else { return Ok(apart) };
        let mut above: Vec<_> = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()).collect();
        above.reverse();
        for above in above {
            match fs::symlink_metadata(self.folder.join(above)) {
                Ok(there) if there.is_dir() => {}
                Ok(there) if there.is_file() => return Ok(Place::Occupied),
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                // A link, or a path that is too long for this file system.
                _ => return Ok(apart),
            }
        }
        let path = self.folder.join(path);
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_file() => Ok(Place::Plain(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Place::Plain(path)),
            _ => Ok(apart),
        }
    }

    /// Dates the draft and writes its record down, above that of the file which is there.
    fn write_down(
        &self,
        key: &ObjectKey,
        finished: &Finished,
        new: &New,
        there: Option<Stamp>,
    ) -> Result<Record, StoreError> {
        let mut now = self.now();
        if there.is_some_and(|there| Duration::from_nanos(there.modified_ns) == now) {
            // Two contents of one length that are put at one moment must not be taken for each other.
            now += Duration::from_micros(1);
        }
        finished.date(UNIX_EPOCH + now)?;
        let stamp = Stamp::of(&finished.file().metadata()?);
        let New { e_tag, headers, checksums } = new;
        let record = Record { stamp, e_tag: e_tag.clone(), headers: headers.clone(), checksums: checksums.clone() };
        let old = there.and_then(|there| self.find_sheet(key)?.find(there));
        self.write_sheet(key, [record.clone()].into_iter().chain(old).collect())?;
        Ok(record)
    }

    /// Gives the draft its place. False where somebody changed the folders meanwhile.
    fn settle(&self, key: &ObjectKey, place: Place, finished: &mut Finished) -> Result<bool, StoreError> {
        let placed = match place {
            Place::Plain(path) => {
                let placed = self.make_folders_above(key).and_then(|()| finished.place(&path));
                // It has been apart, and comes back.
                if placed.is_ok() && is_file(&self.apart(key)) {
                    self.store.moves.fetch_add(1, Ordering::SeqCst);
                    remove_if_there(fs::remove_file(self.apart(key)))?;
                }
                placed
            }
            Place::Apart(path) => {
                self.hidden_folder(&["apart"])?;
                finished.place(&path)
            }
            Place::Occupied => return Ok(false),
        };
        match placed.map_err(|error| (error.kind(), error)) {
            Ok(()) => Ok(true),
            Err((io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory, _)) => {
                self.store.bucket(&self.name()).map(|_| false)
            }
            Err((_, error)) => Err(error.into()),
        }
    }

    fn make_folders_above(&self, key: &ObjectKey) -> io::Result<()> {
        key.above().try_for_each(|above| self.store.make_folder(&self.folder.join(above.as_str())))
    }

    /// Takes folders away that hold nothing any more, up to the bucket's own: a folder is there for its objects.
    fn remove_empty_above(&self, path: &Path) {
        let above = path.ancestors().skip(1).take_while(|above| *above != self.folder);
        for above in above {
            if fs::remove_dir(above).is_err() {
                return;
            }
        }
    }

    fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(crate) fn apart(&self, key: &ObjectKey) -> PathBuf {
        self.folder.join(super::HIDDEN).join("apart").join(key.digest())
    }

    fn sheet_path(&self, key: &ObjectKey) -> PathBuf {
        self.folder.join(super::HIDDEN).join("meta").join(key.digest())
    }

    /// What is written down of a key. A sheet that cannot be read is none.
    fn find_sheet(&self, key: &ObjectKey) -> Option<Sheet> {
        let sheet = Sheet::parse(&fs::read(self.sheet_path(key)).ok()?)?;
        (sheet.key == key.as_str()).then_some(sheet)
    }

    fn write_sheet(&self, key: &ObjectKey, records: Vec<Record>) -> Result<(), StoreError> {
        self.hidden_folder(&["meta"])?;
        self.write_hidden(&self.sheet_path(key), &Sheet::new(key.as_str(), records).to_bytes())
    }

    /// Keys of the objects that lie apart, in order. Each is read from its sheet: there are few.
    pub(crate) fn keys_apart(&self) -> Vec<ObjectKey> {
        let hidden = self.folder.join(super::HIDDEN);
        let Ok(entries) = fs::read_dir(hidden.join("apart")) else { return Vec::new() };
        let sheets = entries
            .flatten()
            .filter_map(|entry| Sheet::parse(&fs::read(hidden.join("meta").join(entry.file_name())).ok()?));
        let mut keys: Vec<_> = sheets.filter_map(|sheet| ObjectKey::parse(&sheet.key).ok()).collect();
        keys.sort();
        keys
    }
}

pub(super) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_dir())
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// The hash of a file's content as ETags have it. The next reader begins at its beginning again.
fn md5_of(file: &mut File) -> io::Result<String> {
    struct Hashing(Md5);
    impl io::Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(Md5::new());
    io::copy(file, &mut hashing)?;
    io::Seek::rewind(file)?;
    Ok(hex(&hashing.0.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::{Query, Store};
    use s3s::checksum::ChecksumHasher;

    struct World {
        store: Store,
        folder: tempfile::TempDir,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store =
                Store::open(folder.path().to_owned(), Default::default(), Clock::held_at(1_000), false).unwrap();
            store.create_bucket("goods").unwrap();
            Self { store, folder }
        }

        fn bucket(&self) -> Bucket<'_> {
            self.store.bucket("goods").unwrap()
        }

        fn path(&self, path: &str) -> PathBuf {
            self.folder.path().join("goods").join(path)
        }

        fn put(&self, key: &str, content: &str) {
            self.put_if(key, content, &Condition::Always).unwrap();
        }

        fn put_if(&self, key: &str, content: &str, condition: &Condition) -> Result<Record, StoreError> {
            let bucket = self.bucket();
            let mut draft = bucket.draft(100, ChecksumHasher::default())?;
            draft.write(content.as_bytes())?;
            let (finished, sums) = bucket.finish(draft)?;
            let headers = Headers { content_type: Some(format!("test/{content}")), ..Headers::default() };
            let new = New { e_tag: hex(&sums.md5), headers, checksums: Checksums::default() };
            bucket.put(&ObjectKey::parse(key).unwrap(), finished, new, condition)
        }

        fn get(&self, key: &str) -> Option<(String, Option<String>)> {
            let opened = self.bucket().open(&ObjectKey::parse(key).unwrap()).ok()?;
            let content = io::read_to_string(opened.file).unwrap();
            Some((content, opened.record.headers.content_type))
        }

        fn keys(&self) -> Vec<String> {
            let query = Query { entries_max: 100, ..Query::default() };
            let page = self.bucket().walk(&query).unwrap();
            page.entries.into_iter().map(|entry| entry.text().to_owned()).collect()
        }
    }

    fn as_put(content: &str) -> Option<(String, Option<String>)> {
        Some((content.to_owned(), Some(format!("test/{content}"))))
    }

    #[test]
    fn an_object_and_objects_below_its_key_live_side_by_side() {
        for (case, first, second) in [("the folder first", "a/b/c", "a"), ("the file first", "a", "a/b/c")] {
            let world = World::new();
            world.put(first, "1");
            world.put(second, "2");
            assert_eq!(world.get(first), as_put("1"), "{case}");
            assert_eq!(world.get(second), as_put("2"), "{case}");
            assert_eq!(world.keys(), ["a", "a/b/c"], "{case}");
            world.put("a", "3");
            assert_eq!(world.get("a"), as_put("3"), "{case}");
            world.bucket().delete(&ObjectKey::parse("a/b/c").unwrap(), &Condition::Always).unwrap();
            assert_eq!(world.get("a"), as_put("3"), "{case}");
            world.put("a", "4");
            assert_eq!(world.get("a"), as_put("4"), "{case}");
            assert!(world.path("a").is_file(), "{case}: back at its place");
            assert_eq!(world.keys(), ["a"], "{case}");
        }
    }

    #[test]
    fn whoever_works_at_one_place_at_once_loses_nothing() {
        let world = World::new();
        // Folders come and go under those who need them, and objects move apart and back.
        std::thread::scope(|scope| {
            for (number, key) in ["a", "a/b", "a/b/c", "a/d", "a/b/e", "a//f"].into_iter().enumerate() {
                let world = &world;
                scope.spawn(move || {
                    for turn in 0..40 {
                        let content = format!("{number}.{turn}");
                        world.put(key, &content);
                        assert_eq!(world.get(key), as_put(&content), "{key}");
                        assert!(world.keys().iter().any(|listed| listed == key), "{key}");
                        if turn % 3 == 2 {
                            world.bucket().delete(&ObjectKey::parse(key).unwrap(), &Condition::Always).unwrap();
                            assert_eq!(world.get(key), None, "{key}");
                        }
                    }
                });
            }
        });
        assert_eq!(world.keys(), ["a", "a//f", "a/b", "a/b/c", "a/b/e", "a/d"]);
    }

    #[test]
    fn a_file_that_was_put_by_hand_makes_way_too() {
        let world = World::new();
        fs::write(world.path("a"), "by hand").unwrap();
        world.put("a/b", "1");
        assert_eq!(world.get("a"), Some(("by hand".to_owned(), None)));
        assert_eq!(world.keys(), ["a", "a/b"]);
    }

    #[test]
    fn keys_that_are_no_paths_are_kept_and_listed() {
        let world = World::new();
        let long = "x".repeat(300);
        let keys = ["../up", "./here", "/root", ".object-service/meta/0", "a//b", "a/", "a/../../b", long.as_str()];
        for key in keys {
            world.put(key, "1");
        }
        for key in keys {
            assert_eq!(world.get(key), as_put("1"), "{key}");
        }
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        assert_eq!(world.keys(), sorted);
        assert_eq!(fs::read_dir(world.folder.path()).unwrap().count(), 1, "nothing beside the bucket");
        for key in keys {
            world.bucket().delete(&ObjectKey::parse(key).unwrap(), &Condition::Always).unwrap();
        }
        assert!(world.keys().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let world = World::new();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink(outside.path(), world.path("folder")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), world.path("file")).unwrap();
        std::os::unix::fs::symlink(outside.path(), world.folder.path().join("linked")).unwrap();
        assert_eq!(world.get("folder/secret"), None);
        assert_eq!(world.get("file"), None);
        assert!(world.keys().is_empty());
        assert!(world.store.bucket("linked").is_err());
        // Nor in the hidden folder, which may have been copied there from somewhere as well.
        std::os::unix::fs::symlink(outside.path(), world.path(".object-service")).unwrap();
        assert!(world.store.bucket("goods").is_err());
        fs::remove_file(world.path(".object-service")).unwrap();
        for key in ["folder/secret", "folder/new", "file"] {
            world.put(key, "1");
            assert_eq!(world.get(key), as_put("1"), "{key}");
            world.bucket().delete(&ObjectKey::parse(key).unwrap(), &Condition::Always).unwrap();
        }
        assert_eq!(fs::read_to_string(outside.path().join("secret")).unwrap(), "secret");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_crash_between_two_steps_leaves_one_of_both() {
        let world = World::new();
        world.put("key", "old");
        let old_file = fs::File::open(world.path("key")).unwrap();
        let modified = old_file.metadata().unwrap().modified().unwrap();
        let old = world.get("key");
        world.put("key", "new");
        assert_eq!(world.get("key"), as_put("new"));
        // As if the record had been written and the file had not been placed.
        fs::write(world.path("key"), "old").unwrap();
        fs::File::options().write(true).open(world.path("key")).unwrap().set_modified(modified).unwrap();
        assert_eq!(world.get("key"), old);
        // Sheets that are damaged or of another time cost the headers, not the object.
        for (case, sheet) in [("damaged", "{"), ("of another form", r#"{"format":2,"key":"key","records":[]}"#)] {
            let path = world.bucket().sheet_path(&ObjectKey::parse("key").unwrap());
            fs::write(path, sheet).unwrap();
            assert_eq!(world.get("key"), Some(("old".to_owned(), None)), "{case}");
        }
    }

    #[test]
    fn conditions_are_judged_by_what_is_there() {
        let world = World::new();
        let tag = |content: &str| Condition::Matches(hex(&Md5::checksum(content.as_bytes())));
        for (case, condition, want) in [
            ("on nothing", tag("1"), Err("no such object")),
            ("any on nothing", Condition::Present, Err("no such object")),
            ("none on nothing", Condition::Absent, Ok(())),
            ("none on something", Condition::Absent, Err("the condition does not hold")),
            ("another", tag("2"), Err("the condition does not hold")),
            ("this", tag("1"), Ok(())),
            ("any", Condition::Present, Ok(())),
        ] {
            let put = world.put_if("key", "1", &condition).map(drop).map_err(|error| error.to_string());
            assert_eq!(put, want.map_err(str::to_owned), "{case}");
        }
        fs::write(world.path("hand"), "2").unwrap();
        world.put_if("hand", "3", &tag("2")).unwrap();
        assert_eq!(world.get("hand"), as_put("3"));
    }

    #[test]
    fn a_file_that_is_changed_by_hand_is_a_new_object() {
        let world = World::new();
        world.put("key", "old");
        fs::write(world.path("key"), "by hand").unwrap();
        assert_eq!(world.get("key"), Some(("by hand".to_owned(), None)));
    }

    #[test]
    fn a_bucket_goes_only_when_it_is_empty() {
        let world = World::new();
        world.put("a/b", "1");
        world.put("c/", "1");
        assert!(matches!(world.store.delete_bucket("goods"), Err(StoreError::BucketNotEmpty)));
        assert_eq!(world.get("a/b"), as_put("1"));
        for key in ["a/b", "c/"] {
            world.bucket().delete(&ObjectKey::parse(key).unwrap(), &Condition::Always).unwrap();
        }
        fs::create_dir_all(world.path("empty/folders")).unwrap();
        world.store.delete_bucket("goods").unwrap();
        assert!(matches!(world.store.bucket("goods"), Err(StoreError::NoSuchBucket)));
    }
}
