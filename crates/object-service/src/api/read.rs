//! Reading objects.

use std::io::{Seek as _, SeekFrom};

use http::HeaderMap;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Response, S3Result};

use super::body::ObjectBody;
use super::checks::{ReadCondition, Verdict, e_tag, read_condition_of, set_checksums, set_headers};
use super::content_type::content_type_of;
use super::refusal::{not_implemented, parse_key, refuse_versions};
use super::{Answer, Api};
use crate::store::{Record, StoreError};

impl Api {
    pub(super) async fn read_object(&self, mut input: GetObjectInput, is_stranger: bool) -> Answer<GetObjectOutput> {
        refuse_versions(input.version_id.as_deref())?;
        refuse_keys_and_parts(input.sse_customer_algorithm.is_some(), input.part_number)?;
        if is_stranger && overrides_headers(&input) {
            // A link that makes a page of any object is for somebody who may sign it.
            let words = "Request specific response headers cannot be used for anonymous GET requests.";
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, words));
        }
        let key = parse_key(&input.key)?;
        let condition = read_condition_of!(input);
        let (bucket, range) = (input.bucket, input.range);
        let read = self.disk(move |store| {
            let mut opened = store.bucket(&bucket)?.open(&key)?;
            judge(&condition, &opened.record)?;
            let whole = opened.record.stamp.bytes;
            let wanted = range.map(|range| range.check(whole)).transpose()?.unwrap_or(0..whole);
            if range.is_some() && wanted.is_empty() {
                return Err(S3ErrorCode::InvalidRange.into());
            }
            opened.file.seek(SeekFrom::Start(wanted.start)).map_err(StoreError::from)?;
            let bytes = wanted.end - wanted.start;
            let body = ObjectBody::read(opened.file, bytes).map_err(StoreError::from)?;
            Ok((opened.record, wanted, body))
        });
        let (record, wanted, body) = read.await?;
        let whole = record.stamp.bytes;
        let mut output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::new(body.paced(self.read_cost))),
            content_length: i64::try_from(wanted.end - wanted.start).ok(),
            content_range: range.map(|_| format!("bytes {}-{}/{whole}", wanted.start, wanted.end - 1)),
            content_type: Some(content_type(&record, &input.key)),
            e_tag: Some(e_tag(&record)),
            last_modified: Some(record.modified()),
            ..GetObjectOutput::default()
        };
        if wants_checksums(input.checksum_mode.as_ref()) && range.is_none() {
            output.checksum_type = checksum_type(&record);
            set_checksums!(output, record.checksums);
        }
        set_headers!(output, record.headers);
        Ok(S3Response::new(output))
    }

    pub(super) async fn describe_object(&self, mut input: HeadObjectInput) -> Answer<HeadObjectOutput> {
        refuse_versions(input.version_id.as_deref())?;
        refuse_keys_and_parts(input.sse_customer_algorithm.is_some(), input.part_number)?;
        let key = parse_key(&input.key)?;
        let condition = read_condition_of!(input);
        let bucket = input.bucket;
        let record = self.disk(move |store| {
            let opened = store.bucket(&bucket)?.open(&key)?;
            judge(&condition, &opened.record)?;
            Ok(opened.record)
        });
        let record = record.await?;
        let mut output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(record.stamp.bytes).ok(),
            content_type: Some(content_type(&record, &input.key)),
            e_tag: Some(e_tag(&record)),
            last_modified: Some(record.modified()),
            ..HeadObjectOutput::default()
        };
        if wants_checksums(input.checksum_mode.as_ref()) {
            output.checksum_type = checksum_type(&record);
            set_checksums!(output, record.checksums);
        }
        set_headers!(output, record.headers);
        Ok(S3Response::new(output))
    }

    /// Tags are not kept. The question is asked before an object is copied in parts.
    pub(super) async fn list_no_tags(&self, input: GetObjectTaggingInput) -> Answer<GetObjectTaggingOutput> {
        refuse_versions(input.version_id.as_deref())?;
        let key = parse_key(&input.key)?;
        self.disk(move |store| Ok(store.bucket(&input.bucket)?.open(&key).map(drop)?)).await?;
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set: TagSet::new(), version_id: None }))
    }
}

fn judge(condition: &ReadCondition, record: &Record) -> S3Result<()> {
    match condition.judge(record) {
        Verdict::Read => Ok(()),
        Verdict::Failed => Err(StoreError::ConditionFailed.into()),
        Verdict::NotModified => {
            let mut error = S3Error::new(S3ErrorCode::NotModified);
            error.set_headers(validators(record));
            Err(error)
        }
    }
}

/// What an answer without a body still tells, so that a cache can go on.
fn validators(record: &Record) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = e_tag(record).to_http_header() {
        headers.insert(http::header::ETAG, value);
    }
    let mut modified = Vec::new();
    if record.modified().format(TimestampFormat::HttpDate, &mut modified).is_ok()
        && let Ok(value) = modified.try_into()
    {
        headers.insert(http::header::LAST_MODIFIED, value);
    }
    if let Some(value) = record.headers.cache_control.as_ref().and_then(|value| value.parse().ok()) {
        headers.insert(http::header::CACHE_CONTROL, value);
    }
    headers
}

fn content_type(record: &Record, key: &str) -> String {
    record.headers.content_type.clone().unwrap_or_else(|| content_type_of(key).to_owned())
}

fn wants_checksums(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn checksum_type(record: &Record) -> Option<ChecksumType> {
    let has_any = record.checksums != crate::store::Checksums::default();
    has_any.then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT))
}

fn refuse_keys_and_parts(has_key: bool, part_number: Option<i32>) -> S3Result<()> {
    if has_key {
        return Err(not_implemented("Encryption with keys that the client brings is not implemented"));
    }
    match part_number {
        // What was uploaded in parts is one file.
        None | Some(1) => Ok(()),
        Some(_) => Err(not_implemented("Reading by part number is not implemented")),
    }
}

fn overrides_headers(input: &GetObjectInput) -> bool {
    input.response_cache_control.is_some()
        || input.response_content_disposition.is_some()
        || input.response_content_encoding.is_some()
        || input.response_content_language.is_some()
        || input.response_content_type.is_some()
        || input.response_expires.is_some()
}
