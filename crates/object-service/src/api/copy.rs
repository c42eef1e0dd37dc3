//! Copies within the store.

use std::io::{Seek as _, SeekFrom};

use s3s::checksum::ChecksumHasher;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Response, S3Result};

use super::checks::{headers_of, read_condition_of};
use super::content_type::{UNKNOWN, content_type_of};
use super::refusal::{invalid_argument, not_implemented, parse_key, refuse_versions};
use super::{Answer, Api};
use crate::limits::PUT_BYTES_MAX;
use crate::store::{Condition, New, ObjectKey, PartNumber, StoreError, UploadId, hex};

impl Api {
    pub(super) async fn copy(&self, mut input: CopyObjectInput) -> Answer<CopyObjectOutput> {
        if input.sse_customer_algorithm.is_some() || input.copy_source_sse_customer_algorithm.is_some() {
            return Err(not_implemented("Encryption with keys that the client brings is not implemented"));
        }
        let (source_bucket, source_key) = parse_source(&input.copy_source)?;
        let key = parse_key(&input.key)?;
        let replaces = input.metadata_directive.as_ref().is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        if !replaces && source_bucket == input.bucket && source_key == key {
            let words = "This copy request is illegal because it is trying to copy an object to itself without \
                         changing the object's metadata, storage class, website redirect location or encryption \
                         attributes.";
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, words));
        }
        let mut new_headers = headers_of!(input)?;
        new_headers.content_type.get_or_insert_with(|| UNKNOWN.to_owned());
        let condition = read_condition_of!(source of input);
        let copy = self.disk(move |store| {
            let mut source = store.bucket(&source_bucket)?.open(&source_key)?;
            condition.demand(&source.record)?;
            let bucket = store.bucket(&input.bucket)?;
            let mut draft = bucket.draft(PUT_BYTES_MAX, ChecksumHasher::default())?;
            draft.copy_from(&mut source.file, source.record.stamp.bytes)?;
            let (finished, sums) = bucket.finish(draft)?;
            let mut headers = if replaces { new_headers } else { source.record.headers };
            headers.content_type.get_or_insert_with(|| content_type_of(source_key.as_str()).to_owned());
            let new = New { e_tag: hex(&sums.md5), headers, checksums: source.record.checksums };
            Ok(bucket.put(&key, finished, new, &Condition::Always)?)
        });
        let record = copy.await?;
        let result = CopyObjectResult {
            last_modified: Some(record.modified()),
            e_tag: Some(ETag::Strong(record.e_tag)),
            ..CopyObjectResult::default()
        };
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() }))
    }

    pub(super) async fn copy_part(&self, mut input: UploadPartCopyInput) -> Answer<UploadPartCopyOutput> {
        if input.sse_customer_algorithm.is_some() || input.copy_source_sse_customer_algorithm.is_some() {
            return Err(not_implemented("Encryption with keys that the client brings is not implemented"));
        }
        let (source_bucket, source_key) = parse_source(&input.copy_source)?;
        let key = parse_key(&input.key)?;
        let id = UploadId::parse(&input.upload_id)?;
        let number = super::uploads::parse_number(input.part_number)?;
        let range = input.copy_source_range.as_deref().map(s3s::dto::Range::parse).transpose();
        let range = range
            .map_err(|_| invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last"))?;
        let condition = read_condition_of!(source of input);
        let copy = self.disk(move |store| {
            let mut source = store.bucket(&source_bucket)?.open(&source_key)?;
            condition.demand(&source.record)?;
            let whole = source.record.stamp.bytes;
            let wanted = range.map(|range| range.check(whole)).transpose()?.unwrap_or(0..whole);
            source.file.seek(SeekFrom::Start(wanted.start)).map_err(StoreError::from)?;
            let bucket = store.bucket(&input.bucket)?;
            bucket.upload(&id, &key)?;
            let mut draft = bucket.draft(PUT_BYTES_MAX, ChecksumHasher::default())?;
            draft.copy_from(&mut source.file, wanted.end - wanted.start)?;
            place_part(&bucket, &id, &key, number, draft)
        });
        let (e_tag, modified) = copy.await?;
        let result = CopyPartResult {
            e_tag: Some(ETag::Strong(e_tag)),
            last_modified: Some(modified),
            ..CopyPartResult::default()
        };
        Ok(S3Response::new(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() }))
    }
}

fn place_part(
    bucket: &crate::store::Bucket<'_>,
    id: &UploadId,
    key: &ObjectKey,
    number: PartNumber,
    draft: crate::store::Draft,
) -> S3Result<(String, Timestamp)> {
    let (finished, sums) = bucket.finish(draft)?;
    let e_tag = hex(&sums.md5);
    let modified = bucket.put_part(id, key, number, &e_tag, finished)?;
    Ok((e_tag, crate::store::timestamp(modified)))
}

fn parse_source(source: &CopySource) -> S3Result<(String, ObjectKey)> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(not_implemented("Access points are not implemented"));
    };
    refuse_versions(version_id.as_deref())?;
    Ok((bucket.to_string(), parse_key(key)?))
}
