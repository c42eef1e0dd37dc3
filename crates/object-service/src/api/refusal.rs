//! How errors are told: S3's codes, and S3's words.

use s3s::{S3Error, S3ErrorCode, StdError};

use crate::store::{InvalidKey, ObjectKey, StoreError};

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let (code, words) = match error {
            StoreError::NoSuchBucket => (S3ErrorCode::NoSuchBucket, "The specified bucket does not exist"),
            StoreError::BucketExists => (
                S3ErrorCode::BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it.",
            ),
            StoreError::BucketNotEmpty => (S3ErrorCode::BucketNotEmpty, "The bucket you tried to delete is not empty"),
            StoreError::NoSuchKey => (S3ErrorCode::NoSuchKey, "The specified key does not exist."),
            StoreError::ConditionFailed => {
                (S3ErrorCode::PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
            }
            StoreError::NoSuchUpload => (
                S3ErrorCode::NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted \
                 or completed.",
            ),
            StoreError::NoSuchPart => (
                S3ErrorCode::InvalidPart,
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag.",
            ),
            StoreError::PartTooSmall => {
                (S3ErrorCode::EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size")
            }
            StoreError::TooLarge => {
                (S3ErrorCode::EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
            }
            StoreError::Busy => (S3ErrorCode::SlowDown, "Please reduce your request rate."),
            StoreError::Io(cause) => {
                tracing::error!(%cause, "the disk does not do what the object store asks of it");
                (S3ErrorCode::InternalError, "We encountered an internal error. Please try again.")
            }
        };
        Self::with_message(code, words)
    }
}

/// The key, or the refusal of a text that is none.
pub(super) fn parse_key(raw: &str) -> Result<ObjectKey, S3Error> {
    ObjectKey::parse(raw).map_err(|invalid| match invalid {
        InvalidKey::TooLong => S3Error::with_message(S3ErrorCode::KeyTooLongError, "Your key is too long"),
        InvalidKey::Unspeakable => S3Error::with_message(S3ErrorCode::InvalidURI, "Couldn't parse the specified URI."),
    })
}

/// An argument that cannot be.
pub(super) fn invalid_argument(words: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, words)
}

/// What S3 can do and this service cannot.
pub(super) fn not_implemented(words: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::NotImplemented, words)
}

/// A refusal whose code `s3s` does not know: a bad request.
pub(super) fn custom(code: &'static str, words: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), words);
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

/// Versions are not kept, so that there is none but `null`.
pub(super) fn refuse_versions(version: Option<&str>) -> Result<(), S3Error> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(S3Error::with_message(S3ErrorCode::NoSuchVersion, "The specified version does not exist.")),
    }
}

/// Why a body did not come whole. The types of `s3s` that know it are its own, so it is told from their words.
pub(super) fn broken_body(error: &StdError) -> S3Error {
    let words = error.to_string();
    let (code, words) = if words.contains("Sha256Mismatch") {
        return custom(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    } else if words.contains("SignatureMismatch") {
        (
            S3ErrorCode::SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided.",
        )
    } else if words.contains(crate::door::SILENCE) {
        (
            S3ErrorCode::RequestTimeout,
            "Your socket connection to the server was not read from or written to within the timeout period.",
        )
    } else {
        (
            S3ErrorCode::IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        )
    };
    S3Error::with_message(code, words)
}
