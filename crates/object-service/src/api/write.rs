//! Putting objects.

use s3s::dto::*;
use s3s::{S3Request, S3Response};

use super::checks::{expected_of, headers_of, set_checksums, write_condition};
use super::content_type::UNKNOWN;
use super::refusal::{not_implemented, parse_key};
use super::{Answer, Api};
use crate::limits::PUT_BYTES_MAX;
use crate::store::{New, StoreError, hex};

impl Api {
    pub(super) async fn write_object(&self, mut request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let expected = expected_of!(request);
        let mut input = request.input;
        if input.sse_customer_algorithm.is_some() {
            return Err(not_implemented("Encryption with keys that the client brings is not implemented"));
        }
        if input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some() {
            return Err(not_implemented("Locks of objects are not implemented"));
        }
        if input.write_offset_bytes.is_some() {
            return Err(not_implemented("Appending is not implemented"));
        }
        if expected.bytes().is_some_and(|bytes| PUT_BYTES_MAX < bytes) {
            return Err(StoreError::TooLarge.into());
        }
        let key = parse_key(&input.key)?;
        let condition = write_condition(input.if_match.take(), input.if_none_match.take())?;
        let mut headers = headers_of!(input)?;
        headers.content_type.get_or_insert_with(|| UNKNOWN.to_owned());
        let arrival = self.receive(&input.bucket, input.body.take(), expected.hasher()).await?;
        let put = self.disk(move |store| {
            let bucket = store.bucket(&input.bucket)?;
            let (finished, sums) = arrival.finish(&bucket)?;
            let checksums = expected.check(&sums)?;
            let new = New { e_tag: hex(&sums.md5), headers, checksums };
            Ok(bucket.put(&key, finished, new, &condition)?)
        });
        let record = put.await?;
        let mut output = PutObjectOutput { e_tag: Some(ETag::Strong(record.e_tag)), ..PutObjectOutput::default() };
        set_checksums!(output, record.checksums);
        Ok(S3Response::new(output))
    }
}
