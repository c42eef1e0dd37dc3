//! What a request asks for, told from its line and headers, and how S3 bills it.

use http::{HeaderMap, Method, Uri};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are S3's own")]
pub enum Operation {
    ListBuckets,
    CreateBucket,
    DeleteBucket,
    HeadBucket,
    GetBucketLocation,
    ListObjects,
    ListMultipartUploads,
    ListParts,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    /// Anything else that reads.
    OtherRead,
    /// Anything else that writes.
    OtherWrite,
}

/// How S3 bills a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// PUT, COPY, POST or LIST: the dear ones.
    Put,
    /// GET, HEAD and all the rest.
    Get,
    /// DELETE and CANCEL cost nothing; deletions of many at once are counted here too.
    Free,
}

impl Operation {
    /// How S3 bills it.
    pub fn class(self) -> Class {
        match self {
            Self::DeleteBucket | Self::DeleteObject | Self::DeleteObjects | Self::AbortMultipartUpload => Class::Free,
            Self::HeadBucket | Self::GetBucketLocation | Self::GetObject | Self::HeadObject | Self::OtherRead => {
                Class::Get
            }
            Self::ListBuckets
            | Self::CreateBucket
            | Self::ListObjects
            | Self::ListMultipartUploads
            | Self::ListParts
            | Self::PutObject
            | Self::CopyObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload
            | Self::OtherWrite => Class::Put,
        }
    }
}

/// What the line and headers of a request name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) bucket: Option<String>,
    pub(crate) key_bytes: usize,
}

/// Query names that make a request on a bucket or an object something of its own.
const SUBRESOURCES: [&str; 18] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "metrics",
    "notification",
    "policy",
    "replication",
    "retention",
    "tagging",
    "versioning",
    "versions",
    "website",
];

impl Asked {
    pub(crate) fn parse(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let path = uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let names: Vec<_> =
            uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next()).collect();
        let has = |name: &str| names.contains(&name);
        let is_copy = headers.contains_key("x-amz-copy-source");
        let is_other = SUBRESOURCES.iter().any(|name| has(name));
        let level = (bucket.is_empty(), key.is_empty());
        let operation = match (method.as_str(), level) {
            ("GET", (false, _)) if is_other => Operation::OtherRead,
            ("PUT" | "POST" | "DELETE", (false, _)) if is_other => Operation::OtherWrite,
            ("GET", (true, _)) => Operation::ListBuckets,
            ("GET", (_, true)) if has("location") => Operation::GetBucketLocation,
            ("GET", (_, true)) if has("uploads") => Operation::ListMultipartUploads,
            ("GET", (_, true)) => Operation::ListObjects,
            ("HEAD", (false, true)) => Operation::HeadBucket,
            ("PUT", (false, true)) => Operation::CreateBucket,
            ("DELETE", (false, true)) => Operation::DeleteBucket,
            ("POST", (false, true)) if has("delete") => Operation::DeleteObjects,
            ("GET", (_, false)) if has("uploadId") => Operation::ListParts,
            ("GET", (_, false)) => Operation::GetObject,
            ("HEAD", (false, false)) => Operation::HeadObject,
            ("PUT", (false, false)) if has("uploadId") && is_copy => Operation::UploadPartCopy,
            ("PUT", (false, false)) if has("uploadId") => Operation::UploadPart,
            ("PUT", (false, false)) if is_copy => Operation::CopyObject,
            ("PUT", (false, false)) => Operation::PutObject,
            ("POST", (false, false)) if has("uploads") => Operation::CreateMultipartUpload,
            ("POST", (false, false)) if has("uploadId") => Operation::CompleteMultipartUpload,
            ("DELETE", (false, false)) if has("uploadId") => Operation::AbortMultipartUpload,
            ("DELETE", (false, false)) => Operation::DeleteObject,
            ("HEAD" | "OPTIONS", _) => Operation::OtherRead,
            _ => Operation::OtherWrite,
        };
        Self { operation, bucket: (!bucket.is_empty()).then(|| bucket.to_owned()), key_bytes: key.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_as_they_are_billed() {
        for (line, operation, class) in [
            ("GET /", Operation::ListBuckets, Class::Put),
            ("PUT /goods", Operation::CreateBucket, Class::Put),
            ("HEAD /goods", Operation::HeadBucket, Class::Get),
            ("GET /goods?location", Operation::GetBucketLocation, Class::Get),
            ("GET /goods?list-type=2&prefix=a", Operation::ListObjects, Class::Put),
            ("GET /goods/?uploads", Operation::ListMultipartUploads, Class::Put),
            ("GET /goods/a?uploadId=1", Operation::ListParts, Class::Put),
            ("GET /goods/a", Operation::GetObject, Class::Get),
            ("GET /goods/a?tagging", Operation::OtherRead, Class::Get),
            ("HEAD /goods/a", Operation::HeadObject, Class::Get),
            ("PUT /goods/a", Operation::PutObject, Class::Put),
            ("PUT /goods/a?tagging=", Operation::OtherWrite, Class::Put),
            ("PUT /goods/a?partNumber=1&uploadId=1", Operation::UploadPart, Class::Put),
            ("POST /goods/a?uploads=", Operation::CreateMultipartUpload, Class::Put),
            ("POST /goods/a?uploadId=1", Operation::CompleteMultipartUpload, Class::Put),
            ("DELETE /goods/a?uploadId=1", Operation::AbortMultipartUpload, Class::Free),
            ("DELETE /goods/a", Operation::DeleteObject, Class::Free),
            ("POST /goods?delete", Operation::DeleteObjects, Class::Free),
            ("DELETE /goods", Operation::DeleteBucket, Class::Free),
            ("PATCH /goods/a", Operation::OtherWrite, Class::Put),
        ] {
            let (method, uri) = line.split_once(' ').unwrap();
            let asked = Asked::parse(&method.parse().unwrap(), &uri.parse().unwrap(), &HeaderMap::new());
            assert_eq!((asked.operation, asked.operation.class()), (operation, class), "{line}");
        }
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amz-copy-source"),
            http::HeaderValue::from_static("goods/b"),
        )]);
        let asked = Asked::parse(&Method::PUT, &Uri::from_static("/goods/abc"), &headers);
        let want = Asked { operation: Operation::CopyObject, bucket: Some("goods".to_owned()), key_bytes: 3 };
        assert_eq!(asked, want);
    }
}
