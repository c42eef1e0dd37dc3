//! What a client says of a body and of what is there: checksums, conditions, headers.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::dto::{ETag, ETagCondition, Metadata, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders};

use super::refusal::{custom, invalid_argument, not_implemented};
use crate::limits::METADATA_BYTES_MAX;
use crate::store::{Checksums, Condition, Record, StoreError, Sums};

/// The headers of an object as a request has them. Three types of `s3s` have the same fields.
macro_rules! headers_of {
    ($input:expr) => {
        crate::api::checks::checked_headers(
            crate::store::Headers {
                content_type: $input.content_type.take(),
                cache_control: $input.cache_control.take(),
                content_disposition: $input.content_disposition.take(),
                content_encoding: $input.content_encoding.take(),
                content_language: $input.content_language.take(),
                expires: $input.expires.take(),
                own: std::collections::BTreeMap::new(),
            },
            $input.metadata.take(),
        )
    };
}
pub(super) use headers_of;

/// What a request says of its body. Two types of `s3s` have the same fields.
macro_rules! expected_of {
    ($request:expr) => {
        crate::api::checks::Expected::new(
            crate::store::Checksums {
                crc32: $request.input.checksum_crc32.take(),
                crc32c: $request.input.checksum_crc32c.take(),
                crc64nvme: $request.input.checksum_crc64nvme.take(),
                sha1: $request.input.checksum_sha1.take(),
                sha256: $request.input.checksum_sha256.take(),
            },
            $request.input.content_md5.take(),
            $request.input.content_length,
            &$request.headers,
            $request.trailing_headers.take(),
        )
    };
}
pub(super) use expected_of;

/// Puts checksums into an answer. Four types of `s3s` have the same fields.
macro_rules! set_checksums {
    ($output:expr, $checksums:expr) => {{
        let checksums: crate::store::Checksums = $checksums;
        $output.checksum_crc32 = checksums.crc32;
        $output.checksum_crc32c = checksums.crc32c;
        $output.checksum_crc64nvme = checksums.crc64nvme;
        $output.checksum_sha1 = checksums.sha1;
        $output.checksum_sha256 = checksums.sha256;
    }};
}
pub(super) use set_checksums;

/// Puts headers into an answer but for the type, which an object has in any case. Two types of `s3s` have the same fields.
macro_rules! set_headers {
    ($output:expr, $headers:expr) => {{
        let headers: crate::store::Headers = $headers;
        $output.cache_control = headers.cache_control;
        $output.content_disposition = headers.content_disposition;
        $output.content_encoding = headers.content_encoding;
        $output.content_language = headers.content_language;
        $output.expires = headers.expires;
        $output.metadata = Some(headers.own.into_iter().collect());
    }};
}
pub(super) use set_headers;

/// Takes the condition of a read out of a request, or that of the source of a copy. Two types of `s3s` each have the same
/// fields.
macro_rules! read_condition_of {
    ($input:expr) => {
        crate::api::checks::ReadCondition {
            if_match: $input.if_match.take(),
            if_none_match: $input.if_none_match.take(),
            if_modified_since: $input.if_modified_since.take(),
            if_unmodified_since: $input.if_unmodified_since.take(),
        }
    };
    (source of $input:expr) => {
        crate::api::checks::ReadCondition {
            if_match: $input.copy_source_if_match.take(),
            if_none_match: $input.copy_source_if_none_match.take(),
            if_modified_since: $input.copy_source_if_modified_since.take(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.take(),
        }
    };
}
pub(super) use read_condition_of;

/// Headers as they are kept: `aws-chunked` is how a body came, not what it is.
pub(super) fn checked_headers(
    mut headers: crate::store::Headers,
    own: Option<Metadata>,
) -> S3Result<crate::store::Headers> {
    headers.own = own.unwrap_or_default().into_iter().collect();
    let own_bytes: usize = headers.own.iter().map(|(name, value)| name.len() + value.len()).sum();
    if METADATA_BYTES_MAX < own_bytes {
        let words = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(S3Error::with_message(S3ErrorCode::MetadataTooLarge, words));
    }
    if let Some(encoding) = headers.content_encoding.take() {
        let kept: Vec<_> = encoding.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
        headers.content_encoding = Some(kept.join(", ")).filter(|kept| !kept.is_empty());
    }
    Ok(headers)
}

/// What a body must turn out to be.
pub(super) struct Expected {
    given: Checksums,
    content_md5: Option<String>,
    bytes: Option<u64>,
    /// Names of checksums that come behind the body.
    trailing: Vec<String>,
    trailers: Option<TrailingHeaders>,
}

impl Expected {
    pub(super) fn new(
        given: Checksums,
        content_md5: Option<String>,
        content_length: Option<i64>,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> Self {
        let named = headers.get("x-amz-trailer").and_then(|names| names.to_str().ok()).unwrap_or_default();
        let trailing = named.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        let bytes = content_length.and_then(|bytes| u64::try_from(bytes).ok());
        Self { given, content_md5, bytes, trailing, trailers }
    }

    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Computes what will be compared.
    pub(super) fn hasher(&self) -> ChecksumHasher {
        let wants =
            |name: &str, given: &Option<String>| given.is_some() || self.trailing.iter().any(|said| said == name);
        ChecksumHasher {
            crc32: wants("x-amz-checksum-crc32", &self.given.crc32).then(s3s::crypto::Crc32::new),
            crc32c: wants("x-amz-checksum-crc32c", &self.given.crc32c).then(s3s::crypto::Crc32c::new),
            sha1: wants("x-amz-checksum-sha1", &self.given.sha1).then(s3s::crypto::Sha1::new),
            sha256: wants("x-amz-checksum-sha256", &self.given.sha256).then(s3s::crypto::Sha256::new),
            crc64nvme: wants("x-amz-checksum-crc64nvme", &self.given.crc64nvme).then(s3s::crypto::Crc64Nvme::new),
        }
    }

    /// Compares, once the body is here whole. The checksums that were found right come back.
    pub(super) fn check(mut self, sums: &Sums) -> S3Result<Checksums> {
        if self.bytes.is_some_and(|bytes| bytes != sums.bytes) {
            let words = "You did not provide the number of bytes specified by the Content-Length HTTP header";
            return Err(S3Error::with_message(S3ErrorCode::IncompleteBody, words));
        }
        if let Some(content_md5) = &self.content_md5 {
            match BASE64_STANDARD.decode(content_md5) {
                Ok(md5) if md5 == sums.md5 => {}
                Ok(md5) if md5.len() == sums.md5.len() => return Err(bad_digest()),
                _ => {
                    let words = "The Content-MD5 you specified is not valid.";
                    return Err(S3Error::with_message(S3ErrorCode::InvalidDigest, words));
                }
            }
        }
        self.take_trailers()?;
        let found = &sums.checksums;
        for (given, found) in [
            (&self.given.crc32, &found.checksum_crc32),
            (&self.given.crc32c, &found.checksum_crc32c),
            (&self.given.crc64nvme, &found.checksum_crc64nvme),
            (&self.given.sha1, &found.checksum_sha1),
            (&self.given.sha256, &found.checksum_sha256),
        ] {
            if given.is_some() && given != found {
                return Err(bad_digest());
            }
        }
        Ok(self.given)
    }

    /// Takes what came behind the body for what could have come before it.
    fn take_trailers(&mut self) -> S3Result<()> {
        let trailers = self.trailers.take().and_then(|trailers| trailers.take()).unwrap_or_default();
        for name in &self.trailing {
            let place = match name.as_str() {
                "x-amz-checksum-crc32" => &mut self.given.crc32,
                "x-amz-checksum-crc32c" => &mut self.given.crc32c,
                "x-amz-checksum-crc64nvme" => &mut self.given.crc64nvme,
                "x-amz-checksum-sha1" => &mut self.given.sha1,
                "x-amz-checksum-sha256" => &mut self.given.sha256,
                _ => continue,
            };
            let value = trailers.get(name).and_then(|value| value.to_str().ok());
            let value = value.ok_or_else(|| {
                custom("MalformedTrailerError", "The request contained trailing data that was not well-formed.")
            })?;
            *place = Some(value.trim().to_owned());
        }
        Ok(())
    }
}

fn bad_digest() -> S3Error {
    S3Error::with_message(S3ErrorCode::BadDigest, "The digest you specified did not match what we received.")
}

/// What a write demands. Of `If-None-Match` S3 knows `*` alone.
pub(super) fn write_condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<Condition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::Always),
        (None, Some(ETagCondition::Any)) => Ok(Condition::Absent),
        (Some(ETagCondition::Any), None) => Ok(Condition::Present),
        (Some(ETagCondition::ETag(e_tag)), None) => Ok(Condition::Matches(e_tag.value().to_owned())),
        _ => Err(not_implemented("A header you provided implies functionality that is not implemented")),
    }
}

/// What a reader has, or demands.
#[derive(Debug, Default)]
pub(super) struct ReadCondition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Read,
    NotModified,
    Failed,
}

impl ReadCondition {
    /// In the order of RFC 9110, 13.2.2: ETags count more than times.
    pub(super) fn judge(&self, record: &Record) -> Verdict {
        let is_same = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(e_tag) => e_tag.value() == record.e_tag,
        };
        let modified = record.modified_second();
        let holds = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => is_same(condition),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        let is_known = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => is_same(condition),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        match (holds, is_known) {
            (false, _) => Verdict::Failed,
            (true, true) => Verdict::NotModified,
            (true, false) => Verdict::Read,
        }
    }

    /// The same for the source of a copy, where anything but reading is a failure.
    pub(super) fn demand(&self, record: &Record) -> Result<(), StoreError> {
        if self.judge(record) == Verdict::Read { Ok(()) } else { Err(StoreError::ConditionFailed) }
    }
}

pub(super) fn e_tag(record: &Record) -> ETag {
    ETag::Strong(record.e_tag.clone())
}

/// How many entries a page may have.
pub(super) fn entries_max(asked: Option<i32>) -> S3Result<usize> {
    let max = crate::limits::LIST_ENTRIES_MAX;
    let asked = asked.map_or(Ok(max), usize::try_from);
    Ok(asked.map_err(|_| invalid_argument("Argument max-keys must be an integer between 0 and 2147483647"))?.min(max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Headers, Stamp};

    fn record() -> Record {
        // 10.5 seconds after the beginning of 1970.
        let stamp = Stamp { bytes: 1, modified_ns: 10_500_000_000 };
        let (headers, checksums) = Default::default();
        Record { stamp, e_tag: "tag".to_owned(), headers, checksums }
    }

    fn tag(value: &str) -> Option<ETagCondition> {
        Some(ETagCondition::ETag(ETag::Strong(value.to_owned())))
    }

    fn at(second: u64) -> Option<Timestamp> {
        Some(crate::store::timestamp(std::time::Duration::from_secs(second)))
    }

    #[test]
    fn readers_conditions_count_in_the_order_of_rfc_9110() {
        let none = ReadCondition::default;
        for (case, condition, want) in [
            ("none", none(), Verdict::Read),
            ("any", ReadCondition { if_match: Some(ETagCondition::Any), ..none() }, Verdict::Read),
            ("known", ReadCondition { if_none_match: tag("tag"), ..none() }, Verdict::NotModified),
            (
                "known in any form",
                ReadCondition { if_none_match: Some(ETagCondition::Any), ..none() },
                Verdict::NotModified,
            ),
            ("since its second", ReadCondition { if_modified_since: at(10), ..none() }, Verdict::NotModified),
            ("since the one before", ReadCondition { if_modified_since: at(9), ..none() }, Verdict::Read),
            ("unchanged since its second", ReadCondition { if_unmodified_since: at(10), ..none() }, Verdict::Read),
            ("changed since", ReadCondition { if_unmodified_since: at(9), ..none() }, Verdict::Failed),
            (
                "a tag before a time",
                ReadCondition { if_match: tag("tag"), if_unmodified_since: at(9), ..none() },
                Verdict::Read,
            ),
            (
                "another tag before a time",
                ReadCondition { if_none_match: tag("other"), if_modified_since: at(10), ..none() },
                Verdict::Read,
            ),
            (
                "a failure before what is known",
                ReadCondition { if_match: tag("other"), if_none_match: tag("tag"), ..none() },
                Verdict::Failed,
            ),
        ] {
            assert_eq!(condition.judge(&record()), want, "{case}");
        }
    }

    #[test]
    fn how_a_body_came_is_not_kept() {
        for (case, encoding, want) in [
            ("none", None, None),
            ("chunks alone", Some("aws-chunked"), None),
            ("chunks of something", Some("gzip,aws-chunked"), Some("gzip")),
            ("two", Some("gzip, br"), Some("gzip, br")),
        ] {
            let headers = Headers { content_encoding: encoding.map(str::to_owned), ..Headers::default() };
            let kept = checked_headers(headers, None).unwrap().content_encoding;
            assert_eq!(kept.as_deref(), want, "{case}");
        }
    }

    #[test]
    fn metadata_has_a_bound() {
        for (case, bytes, is_taken) in [("the most", 2_044, true), ("more", 2_045, false)] {
            let own = Metadata::from([("name".to_owned(), "x".repeat(bytes))]);
            assert_eq!(checked_headers(Headers::default(), Some(own)).is_ok(), is_taken, "{case}");
        }
    }
}
