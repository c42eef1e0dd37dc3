//! Deleting objects.

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Response, S3Result};

use super::checks::write_condition;
use super::refusal::{not_implemented, parse_key, refuse_versions};
use super::{Answer, Api};
use crate::limits::LIST_ENTRIES_MAX;
use crate::store::{Bucket, Condition, ObjectKey};

impl Api {
    pub(super) async fn delete_one(&self, input: DeleteObjectInput) -> Answer<DeleteObjectOutput> {
        refuse_versions(input.version_id.as_deref())?;
        if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
            return Err(not_implemented("Conditions on size and time are for directory buckets"));
        }
        let key = parse_key(&input.key)?;
        let condition = write_condition(input.if_match, None)?;
        self.disk(move |store| Ok(store.bucket(&input.bucket)?.delete(&key, &condition)?)).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    /// Each of the keys stands for itself: what cannot be deleted is named in the answer.
    pub(super) async fn delete_many(&self, input: DeleteObjectsInput) -> Answer<DeleteObjectsOutput> {
        let Delete { objects, quiet } = input.delete;
        if objects.is_empty() || LIST_ENTRIES_MAX < objects.len() {
            let words = "The XML you provided was not well-formed or did not validate against our published schema";
            return Err(S3Error::with_message(S3ErrorCode::MalformedXML, words));
        }
        let deleted = self.disk(move |store| {
            let bucket = store.bucket(&input.bucket)?;
            Ok(objects.into_iter().map(|object| delete_each(&bucket, object)).collect::<Vec<_>>())
        });
        let (mut deleted_objects, mut errors) = (Vec::new(), Vec::new());
        for deleted in deleted.await? {
            match deleted {
                Ok(key) => deleted_objects.push(DeletedObject { key: Some(key), ..DeletedObject::default() }),
                Err((key, error)) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(key),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        let deleted = Some(deleted_objects).filter(|_| quiet != Some(true));
        Ok(S3Response::new(DeleteObjectsOutput { deleted, errors: Some(errors), ..DeleteObjectsOutput::default() }))
    }
}

fn delete_each(bucket: &Bucket<'_>, object: ObjectIdentifier) -> Result<String, (String, S3Error)> {
    let parsed = refuse_versions(object.version_id.as_deref()).and_then(|()| parse_key(&object.key));
    let delete = |key: ObjectKey| -> S3Result<()> {
        let matches = |e_tag: ETag| Condition::Matches(e_tag.value().to_owned());
        Ok(bucket.delete(&key, &object.e_tag.map_or(Condition::Always, matches))?)
    };
    match parsed.and_then(delete) {
        Ok(()) => Ok(object.key),
        Err(error) => Err((object.key, error)),
    }
}
