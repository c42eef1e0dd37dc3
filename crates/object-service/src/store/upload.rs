//! Uploads in parts: a folder each, with what the object will be and a file for each part.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use ring::rand::{SecureRandom as _, SystemRandom};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};

use crate::limits::{OBJECT_BYTES_MAX, PART_BYTES_MIN, PART_NUMBER_MAX};
use crate::store::draft::{Draft, Finished};
use crate::store::key::{HIDDEN, ObjectKey, hex};
use crate::store::record::{Headers, Stamp};
use crate::store::{Bucket, StoreError, is_folder, remove_if_there, to_json};

/// The form of what is written down. Another form counts as no upload.
const FORMAT: u32 = 1;
const ABOUT: &str = "upload.json";

/// An upload's name: 32 hexadecimal digits, so that it is nothing but a file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UploadId(String);

/// 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartNumber(u32);

/// An upload that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    format: u32,
    /// Of the object that it becomes.
    pub(crate) key: String,
    pub(crate) headers: Headers,
    /// When it began, in milliseconds since 1970.
    pub(crate) began_ms: u64,
    /// The checksum that the client means to send, by S3's name.
    pub(crate) checksum_algorithm: Option<String>,
}

/// A part that is there.
#[derive(Debug, Clone)]
pub(crate) struct PartFile {
    pub(crate) number: PartNumber,
    /// The hash of the part, in hexadecimal digits.
    pub(crate) e_tag: String,
    pub(crate) bytes: u64,
    pub(crate) modified: Duration,
    path: PathBuf,
}

impl UploadId {
    pub(crate) fn parse(raw: &str) -> Result<Self, StoreError> {
        let is_one = raw.len() == 32 && raw.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_one { Ok(Self(raw.to_owned())) } else { Err(StoreError::NoSuchUpload) }
    }

    fn new() -> Self {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
        Self(hex(&bytes))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartNumber {
    pub(crate) fn parse(raw: i32) -> Option<Self> {
        u32::try_from(raw).ok().filter(|number| (1..=PART_NUMBER_MAX).contains(number)).map(Self)
    }

    /// At most 10,000, which fits.
    pub(crate) fn get(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }
}

impl Upload {
    pub(crate) fn began(&self) -> Duration {
        Duration::from_millis(self.began_ms)
    }
}

impl Bucket<'_> {
    pub(crate) fn create_upload(
        &self,
        key: &ObjectKey,
        headers: Headers,
        checksum_algorithm: Option<String>,
    ) -> Result<UploadId, StoreError> {
        let id = UploadId::new();
        let folder = self.hidden_folder(&["uploads", id.as_str()])?;
        let began_ms = self.store.clock.now_ms();
        let upload = Upload { format: FORMAT, key: key.as_str().to_owned(), headers, began_ms, checksum_algorithm };
        self.write_hidden(&folder.join(ABOUT), &to_json(&upload))?;
        Ok(id)
    }

    /// The upload of that name, if it is for that object.
    pub(crate) fn upload(&self, id: &UploadId, key: &ObjectKey) -> Result<Upload, StoreError> {
        let upload = self.find_upload(id).ok_or(StoreError::NoSuchUpload)?;
        if upload.key == key.as_str() { Ok(upload) } else { Err(StoreError::NoSuchUpload) }
    }

    /// All uploads that are under way, by key and name.
    pub(crate) fn uploads(&self) -> Vec<(UploadId, Upload)> {
        let Ok(entries) = fs::read_dir(self.folder.join(HIDDEN).join("uploads")) else { return Vec::new() };
        let ids = entries.flatten().filter_map(|entry| UploadId::parse(entry.file_name().to_str()?).ok());
        let mut uploads: Vec<_> = ids.filter_map(|id| self.find_upload(&id).map(|upload| (id, upload))).collect();
        uploads.sort_by(|(a_id, a), (b_id, b)| (&a.key, a_id).cmp(&(&b.key, b_id)));
        uploads
    }

    fn find_upload(&self, id: &UploadId) -> Option<Upload> {
        let folder = Some(self.upload_folder(id)).filter(|folder| is_folder(folder))?;
        let about = fs::read(folder.join(ABOUT)).ok()?;
        serde_json::from_slice(&about).ok().filter(|upload: &Upload| upload.format == FORMAT)
    }

    fn upload_folder(&self, id: &UploadId) -> PathBuf {
        self.folder.join(HIDDEN).join("uploads").join(id.as_str())
    }

    /// Makes a finished draft a part, in place of one that had its number. The time that it was put comes back.
    pub(crate) fn put_part(
        &self,
        id: &UploadId,
        key: &ObjectKey,
        number: PartNumber,
        e_tag: &str,
        mut finished: Finished,
    ) -> Result<Duration, StoreError> {
        let _held = self.lock(key);
        self.upload(id, key)?;
        let now = self.now();
        finished.date(UNIX_EPOCH + now)?;
        let target = self.upload_folder(id).join(format!("{:05}.{e_tag}", number.0));
        finished.place(&target)?;
        let others = self.parts(id)?.into_iter().filter(|part| part.number == number && part.path != target);
        for other in others {
            remove_if_there(fs::remove_file(other.path))?;
        }
        Ok(now)
    }

    /// The parts of an upload by number.
    pub(crate) fn parts(&self, id: &UploadId) -> Result<Vec<PartFile>, StoreError> {
        let entries = fs::read_dir(self.upload_folder(id)).map_err(gone)?;
        let mut parts = Vec::new();
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some((number, e_tag)) = name.split_once('.') else { continue };
            let (Some(number), Ok(metadata)) = (number.parse().ok().and_then(PartNumber::parse), entry.metadata())
            else {
                continue;
            };
            if !metadata.is_file() {
                continue;
            }
            let Stamp { bytes, modified_ns } = Stamp::of(&metadata);
            let modified = Duration::from_nanos(modified_ns);
            parts.push(PartFile { number, e_tag: e_tag.to_owned(), bytes, modified, path: entry.path() });
        }
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }

    /// Puts the named parts together, each with the ETag that was given for it. Comes back with the object's ETag too:
    /// the hash of the parts' hashes, and how many they are.
    pub(crate) fn assemble(
        &self,
        id: &UploadId,
        wanted: &[(PartNumber, String)],
        checksums: ChecksumHasher,
        is_hashed: bool,
    ) -> Result<(Draft, String), StoreError> {
        let there = self.parts(id)?;
        let mut parts = Vec::with_capacity(wanted.len());
        for (number, e_tag) in wanted {
            let part = there.iter().find(|part| part.number == *number && part.e_tag == *e_tag);
            parts.push(part.ok_or(StoreError::NoSuchPart)?);
        }
        if parts.iter().rev().skip(1).any(|part| part.bytes < PART_BYTES_MIN) {
            return Err(StoreError::PartTooSmall);
        }
        let mut draft = self.draft(OBJECT_BYTES_MAX, checksums)?;
        let mut hashes = Md5::new();
        for part in &parts {
            let mut file = File::open(&part.path).map_err(gone)?;
            match is_hashed {
                true => draft.copy_from(&mut file, part.bytes)?,
                false => draft.append_unhashed(&mut file, part.bytes)?,
            }
            hashes.update(&unhex(&part.e_tag));
        }
        let e_tag = format!("{}-{}", hex(&hashes.finalize()), parts.len());
        Ok((draft, e_tag))
    }

    /// Ends an upload and takes its parts away.
    pub(crate) fn remove_upload(&self, id: &UploadId) -> Result<(), StoreError> {
        fs::remove_dir_all(self.upload_folder(id)).map_err(gone)
    }
}

/// What an upload that somebody has ended meanwhile looks like.
fn gone(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::NoSuchUpload,
        _ => error.into(),
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
