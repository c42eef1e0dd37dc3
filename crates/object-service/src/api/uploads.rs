//! Uploads in parts.

use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::checks::{entries_max, expected_of, headers_of, set_checksums, write_condition};
use super::content_type::UNKNOWN;
use super::refusal::{invalid_argument, not_implemented, parse_key};
use super::{Answer, Api};
use crate::limits::{PART_NUMBER_MAX, PUT_BYTES_MAX};
use crate::store::{Checksums, New, PartNumber, StoreError, UploadId, hex, timestamp};

pub(super) fn parse_number(raw: i32) -> S3Result<PartNumber> {
    PartNumber::parse(raw)
        .ok_or_else(|| invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))
}

impl Api {
    pub(super) async fn begin_upload(
        &self,
        mut input: CreateMultipartUploadInput,
    ) -> Answer<CreateMultipartUploadOutput> {
        if input.sse_customer_algorithm.is_some() {
            return Err(not_implemented("Encryption with keys that the client brings is not implemented"));
        }
        if input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some() {
            return Err(not_implemented("Locks of objects are not implemented"));
        }
        let key = parse_key(&input.key)?;
        let mut headers = headers_of!(input)?;
        headers.content_type.get_or_insert_with(|| UNKNOWN.to_owned());
        let bucket = input.bucket.clone();
        let algorithm = input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
        let id = self.disk(move |store| Ok(store.bucket(&bucket)?.create_upload(&key, headers, algorithm)?)).await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            key: Some(input.key),
            upload_id: Some(id.as_str().to_owned()),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn write_part(&self, mut request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let expected = expected_of!(request);
        let mut input = request.input;
        let key = parse_key(&input.key)?;
        let number = parse_number(input.part_number)?;
        let id = UploadId::parse(&input.upload_id)?;
        if expected.bytes().is_some_and(|bytes| PUT_BYTES_MAX < bytes) {
            return Err(StoreError::TooLarge.into());
        }
        let arrival = self.receive(&input.bucket, input.body.take(), expected.hasher()).await?;
        let put = self.disk(move |store| {
            let bucket = store.bucket(&input.bucket)?;
            let (finished, sums) = arrival.finish(&bucket)?;
            let checksums = expected.check(&sums)?;
            let e_tag = hex(&sums.md5);
            bucket.put_part(&id, &key, number, &e_tag, finished)?;
            Ok((e_tag, checksums))
        });
        let (e_tag, checksums) = put.await?;
        let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(e_tag)), ..UploadPartOutput::default() };
        set_checksums!(output, checksums);
        Ok(S3Response::new(output))
    }

    pub(super) async fn complete_upload(
        &self,
        mut input: CompleteMultipartUploadInput,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let key = parse_key(&input.key)?;
        let id = UploadId::parse(&input.upload_id)?;
        let condition = write_condition(input.if_match.take(), input.if_none_match.take())?;
        let wanted = parse_parts(input.multipart_upload.take())?;
        let given = whole_checksums(&mut input);
        let bytes_said = input.mpu_object_size.and_then(|bytes| u64::try_from(bytes).ok());
        let bucket_name = input.bucket.clone();
        let complete = self.disk(move |store| {
            let bucket = store.bucket(&bucket_name)?;
            let upload = bucket.upload(&id, &key)?;
            let is_hashed = given != Checksums::default();
            let (draft, e_tag) = bucket.assemble(&id, &wanted, hasher_for(&given), is_hashed)?;
            let (finished, sums) = bucket.finish(draft)?;
            if bytes_said.is_some_and(|bytes| bytes != sums.bytes) || !are_as_found(&given, &sums.checksums) {
                return Err(S3ErrorCode::BadDigest.into());
            }
            let new = New { e_tag, headers: upload.headers, checksums: given };
            let record = bucket.put(&key, finished, new, &condition)?;
            bucket.remove_upload(&id)?;
            Ok(record)
        });
        let record = complete.await?;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(record.e_tag)),
            ..CompleteMultipartUploadOutput::default()
        };
        set_checksums!(output, record.checksums);
        Ok(S3Response::new(output))
    }

    pub(super) async fn abort_upload(&self, input: AbortMultipartUploadInput) -> Answer<AbortMultipartUploadOutput> {
        let key = parse_key(&input.key)?;
        let id = UploadId::parse(&input.upload_id)?;
        let abort = self.disk(move |store| {
            let bucket = store.bucket(&input.bucket)?;
            bucket.upload(&id, &key)?;
            Ok(bucket.remove_upload(&id)?)
        });
        abort.await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    pub(super) async fn list_uploads(&self, input: ListMultipartUploadsInput) -> Answer<ListMultipartUploadsOutput> {
        if input.delimiter.is_some() || input.encoding_type.as_ref().is_some_and(|it| it.as_str() != EncodingType::URL)
        {
            return Err(not_implemented("Uploads are listed without a delimiter"));
        }
        let max = entries_max(input.max_uploads)?;
        let (bucket, prefix) = (input.bucket.clone(), input.prefix.clone().unwrap_or_default());
        let marker = (input.key_marker.clone().unwrap_or_default(), input.upload_id_marker.clone());
        let uploads = self.disk(move |store| Ok(store.bucket(&bucket)?.uploads())).await?;
        let is_after = |key: &str, id: &str| match &marker {
            (after, Some(after_id)) => (after.as_str(), after_id.as_str()) < (key, id),
            (after, None) => after.as_str() < key,
        };
        let wanted = uploads
            .into_iter()
            .filter(|(id, upload)| upload.key.starts_with(&prefix) && is_after(&upload.key, id.as_str()));
        let mut uploads: Vec<_> = wanted.take(max + 1).collect();
        let is_truncated = max < uploads.len();
        uploads.truncate(max);
        let last = uploads.last().filter(|_| is_truncated);
        let (next_key_marker, next_upload_id_marker) =
            last.map(|(id, upload)| (upload.key.clone(), id.as_str().to_owned())).unzip();
        let uploads = uploads.into_iter().map(|(id, upload)| MultipartUpload {
            initiated: Some(timestamp(upload.began())),
            checksum_algorithm: upload.checksum_algorithm.map(ChecksumAlgorithm::from),
            key: Some(upload.key),
            owner: Some(super::buckets::owner()),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            upload_id: Some(id.as_str().to_owned()),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            uploads: Some(uploads.collect()),
            bucket: Some(input.bucket),
            is_truncated: Some(is_truncated),
            key_marker: input.key_marker,
            max_uploads: i32::try_from(max).ok(),
            next_key_marker,
            next_upload_id_marker,
            prefix: input.prefix,
            upload_id_marker: input.upload_id_marker,
            ..ListMultipartUploadsOutput::default()
        }))
    }

    pub(super) async fn list_upload_parts(&self, input: ListPartsInput) -> Answer<ListPartsOutput> {
        let key = parse_key(&input.key)?;
        let id = UploadId::parse(&input.upload_id)?;
        let max = entries_max(input.max_parts)?;
        let bucket = input.bucket.clone();
        let after = input.part_number_marker.as_ref().and_then(|marker| marker.to_string().parse().ok()).unwrap_or(0);
        let listed = self.disk(move |store| {
            let bucket = store.bucket(&bucket)?;
            let upload = bucket.upload(&id, &key)?;
            Ok((upload, bucket.parts(&id)?))
        });
        let (upload, parts) = listed.await?;
        let mut parts: Vec<_> = parts.into_iter().filter(|part| after < part.number.get()).take(max + 1).collect();
        let is_truncated = max < parts.len();
        parts.truncate(max);
        let next = parts.last().filter(|_| is_truncated).map(|part| part.number.get());
        let parts = parts.into_iter().map(|part| Part {
            e_tag: Some(ETag::Strong(part.e_tag)),
            last_modified: Some(timestamp(part.modified)),
            part_number: Some(part.number.get()),
            size: i64::try_from(part.bytes).ok(),
            ..Part::default()
        });
        Ok(S3Response::new(ListPartsOutput {
            parts: Some(parts.collect()),
            bucket: Some(input.bucket),
            checksum_algorithm: upload.checksum_algorithm.map(ChecksumAlgorithm::from),
            is_truncated: Some(is_truncated),
            key: Some(input.key),
            max_parts: i32::try_from(max).ok(),
            next_part_number_marker: next,
            owner: Some(super::buckets::owner()),
            part_number_marker: input.part_number_marker,
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            upload_id: Some(input.upload_id),
            ..ListPartsOutput::default()
        }))
    }
}

/// The parts that the object is to have, in their order.
fn parse_parts(upload: Option<CompletedMultipartUpload>) -> S3Result<Vec<(PartNumber, String)>> {
    let parts = upload.and_then(|upload| upload.parts).unwrap_or_default();
    if parts.is_empty() || usize::try_from(PART_NUMBER_MAX).is_ok_and(|max| max < parts.len()) {
        let words = "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(S3Error::with_message(S3ErrorCode::MalformedXML, words));
    }
    let mut wanted: Vec<(PartNumber, String)> = Vec::with_capacity(parts.len());
    for part in parts {
        let number = parse_number(part.part_number.unwrap_or_default())?;
        if wanted.last().is_some_and(|(last, _)| number <= *last) {
            let words = "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(S3Error::with_message(S3ErrorCode::InvalidPartOrder, words));
        }
        wanted.push((number, part.e_tag.map(|e_tag| e_tag.value().to_owned()).unwrap_or_default()));
    }
    Ok(wanted)
}

/// Checksums of the whole object. Those of the parts' checksums, `…-3`, are not kept: the parts' own were checked.
fn whole_checksums(input: &mut CompleteMultipartUploadInput) -> Checksums {
    let whole = |checksum: Option<String>| checksum.filter(|checksum| !checksum.contains('-'));
    Checksums {
        crc32: whole(input.checksum_crc32.take()),
        crc32c: whole(input.checksum_crc32c.take()),
        crc64nvme: whole(input.checksum_crc64nvme.take()),
        sha1: whole(input.checksum_sha1.take()),
        sha256: whole(input.checksum_sha256.take()),
    }
}

fn hasher_for(given: &Checksums) -> ChecksumHasher {
    ChecksumHasher {
        crc32: given.crc32.as_ref().map(|_| s3s::crypto::Crc32::new()),
        crc32c: given.crc32c.as_ref().map(|_| s3s::crypto::Crc32c::new()),
        sha1: given.sha1.as_ref().map(|_| s3s::crypto::Sha1::new()),
        sha256: given.sha256.as_ref().map(|_| s3s::crypto::Sha256::new()),
        crc64nvme: given.crc64nvme.as_ref().map(|_| s3s::crypto::Crc64Nvme::new()),
    }
}

fn are_as_found(given: &Checksums, found: &s3s::dto::Checksum) -> bool {
    let found = Checksums {
        crc32: found.checksum_crc32.clone(),
        crc32c: found.checksum_crc32c.clone(),
        crc64nvme: found.checksum_crc64nvme.clone(),
        sha1: found.checksum_sha1.clone(),
        sha256: found.checksum_sha256.clone(),
    };
    *given == found
}
