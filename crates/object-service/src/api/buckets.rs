//! Buckets.

use s3s::S3Response;
use s3s::S3Result;
use s3s::dto::*;

use super::{Answer, Api};
use crate::store::{StoreError, timestamp};

/// Whose everything is.
pub(super) fn owner() -> Owner {
    Owner { display_name: Some("object-service".to_owned()), id: Some("object-service".to_owned()) }
}

impl Api {
    /// All of them on one page: they are a person's folders.
    pub(super) async fn list_all_buckets(&self, input: ListBucketsInput) -> Answer<ListBucketsOutput> {
        let buckets = self.disk(|store| Ok(store.buckets().map_err(StoreError::from)?)).await?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let buckets = buckets.into_iter().filter(|(name, _)| name.starts_with(&prefix));
        let buckets = buckets.map(|(name, made)| Bucket {
            bucket_region: None,
            creation_date: Some(timestamp(made)),
            name: Some(name),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            owner: Some(owner()),
            prefix: input.prefix,
            ..ListBucketsOutput::default()
        }))
    }

    pub(super) async fn make_bucket(&self, input: CreateBucketInput) -> Answer<CreateBucketOutput> {
        let location = format!("/{}", input.bucket);
        self.disk(move |store| Ok(store.create_bucket(&input.bucket)?)).await?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(location) }))
    }

    pub(super) async fn remove_bucket(&self, input: DeleteBucketInput) -> Answer<DeleteBucketOutput> {
        self.disk(move |store| Ok(store.delete_bucket(&input.bucket)?)).await?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    /// Whether it is there.
    pub(super) async fn look_at_bucket(&self, bucket: String) -> S3Result<()> {
        self.disk(move |store| Ok(store.bucket(&bucket).map(drop)?)).await
    }
}
