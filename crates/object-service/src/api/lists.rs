//! Lists of objects.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::buckets::owner;
use super::checks::{e_tag, entries_max};
use super::refusal::invalid_argument;
use super::{Answer, Api};
use crate::store::{Query, Record, StoreError, Walked};

/// What names keep where they are asked for as parts of addresses.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*').remove(b'/');

/// A page, its objects looked at.
struct Listed {
    objects: Vec<(String, Record)>,
    prefixes: Vec<String>,
    /// The last entry, where more come after it.
    last: Option<String>,
}

/// How names are written into an answer: as they are, or so that XML can hold every letter.
struct Spelling(Option<EncodingType>);

impl Spelling {
    fn new(asked: Option<EncodingType>) -> S3Result<Self> {
        match &asked {
            Some(encoding) if encoding.as_str() != EncodingType::URL => {
                Err(invalid_argument("Invalid Encoding Method specified in Request"))
            }
            _ => Ok(Self(asked)),
        }
    }

    fn write(&self, name: String) -> String {
        if self.0.is_some() { utf8_percent_encode(&name, ESCAPED).to_string() } else { name }
    }

    fn prefixes(&self, prefixes: Vec<String>) -> Vec<CommonPrefix> {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.write(prefix)) }).collect()
    }

    fn objects(&self, objects: Vec<(String, Record)>, owner: Option<&Owner>) -> Vec<Object> {
        let object = |(key, record): (String, Record)| Object {
            e_tag: Some(e_tag(&record)),
            key: Some(self.write(key)),
            last_modified: Some(record.modified()),
            owner: owner.cloned(),
            size: i64::try_from(record.stamp.bytes).ok(),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        };
        objects.into_iter().map(object).collect()
    }
}

impl Api {
    pub(super) async fn list_by_marker(&self, input: ListObjectsInput) -> Answer<ListObjectsOutput> {
        let spelling = Spelling::new(input.encoding_type)?;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().unwrap_or_default(),
            after: input.marker.clone().unwrap_or_default(),
            entries_max: entries_max(input.max_keys)?,
        };
        let max_keys = i32::try_from(query.entries_max).ok();
        let listed = self.list(input.bucket.clone(), query).await?;
        // Without a delimiter the last key is the marker, and S3 does not say it again.
        let next_marker = listed.last.clone().filter(|_| input.delimiter.is_some());
        Ok(S3Response::new(ListObjectsOutput {
            common_prefixes: Some(spelling.prefixes(listed.prefixes)),
            contents: Some(spelling.objects(listed.objects, Some(&owner()))),
            delimiter: input.delimiter.map(|delimiter| spelling.write(delimiter)),
            is_truncated: Some(listed.last.is_some()),
            marker: Some(spelling.write(input.marker.unwrap_or_default())),
            max_keys,
            name: Some(input.bucket),
            next_marker: next_marker.map(|marker| spelling.write(marker)),
            prefix: Some(spelling.write(input.prefix.unwrap_or_default())),
            encoding_type: spelling.0,
            ..ListObjectsOutput::default()
        }))
    }

    pub(super) async fn list_by_token(&self, input: ListObjectsV2Input) -> Answer<ListObjectsV2Output> {
        let spelling = Spelling::new(input.encoding_type)?;
        let after = match &input.continuation_token {
            Some(token) => read_token(token)?,
            None => input.start_after.clone().unwrap_or_default(),
        };
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().unwrap_or_default(),
            after,
            entries_max: entries_max(input.max_keys)?,
        };
        let max_keys = i32::try_from(query.entries_max).ok();
        let listed = self.list(input.bucket.clone(), query).await?;
        let owner = (input.fetch_owner == Some(true)).then(owner);
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: i32::try_from(listed.objects.len() + listed.prefixes.len()).ok(),
            common_prefixes: Some(spelling.prefixes(listed.prefixes)),
            contents: Some(spelling.objects(listed.objects, owner.as_ref())),
            continuation_token: input.continuation_token,
            delimiter: input.delimiter.map(|delimiter| spelling.write(delimiter)),
            is_truncated: Some(listed.last.is_some()),
            max_keys,
            name: Some(input.bucket),
            next_continuation_token: listed.last.map(|last| BASE64_URL_SAFE_NO_PAD.encode(last)),
            prefix: Some(spelling.write(input.prefix.unwrap_or_default())),
            start_after: input.start_after.map(|key| spelling.write(key)),
            encoding_type: spelling.0,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn list(&self, bucket: String, query: Query) -> S3Result<Listed> {
        self.disk(move |store| {
            let bucket = store.bucket(&bucket)?;
            let page = bucket.walk(&query)?;
            let last = page.entries.last().filter(|_| page.is_cut).map(|entry| entry.text().to_owned());
            let mut listed = Listed { objects: Vec::new(), prefixes: Vec::new(), last };
            for entry in page.entries {
                match entry {
                    Walked::Prefix(prefix) => listed.prefixes.push(prefix),
                    Walked::Object(key) => match bucket.open(&key) {
                        Ok(opened) => listed.objects.push((key.as_str().to_owned(), opened.record)),
                        // Deleted since.
                        Err(StoreError::NoSuchKey) => {}
                        Err(error) => return Err(error.into()),
                    },
                }
            }
            Ok(listed)
        })
        .await
    }
}

/// A token is the last entry of the page before.
fn read_token(token: &str) -> S3Result<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let last = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    last.ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))
}
