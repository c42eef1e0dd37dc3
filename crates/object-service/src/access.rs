//! Who may do what: the one access key everything, strangers read public buckets.

use std::collections::BTreeSet;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::options::Credentials;

/// The one access key that signatures are checked with.
pub(crate) struct Keys(pub(crate) Credentials);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.0.key_id {
            return Ok(self.0.secret.as_str().into());
        }
        let words = "The AWS Access Key Id you provided does not exist in our records.";
        Err(S3Error::with_message(S3ErrorCode::InvalidAccessKeyId, words))
    }
}

/// What strangers may do.
pub(crate) struct Rights {
    pub(crate) public: BTreeSet<String>,
}

#[async_trait::async_trait]
impl S3Access for Rights {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let is_read = matches!(context.s3_op().name(), "GetObject" | "HeadObject");
        let is_public = context.s3_path().get_bucket_name().is_some_and(|bucket| self.public.contains(bucket));
        if context.credentials().is_some() || (is_read && is_public) {
            return Ok(());
        }
        Err(S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied"))
    }
}
