//! Bounds of the service. Those of S3, where it has one; the others keep a client from holding memory for ever.

use std::time::Duration;

/// Bytes of a key.
pub(crate) const KEY_BYTES_MAX: usize = 1_024;
/// Bytes of an object that is put or copied in one request, and of a part: 5 GiB.
pub(crate) const PUT_BYTES_MAX: u64 = 5 << 30;
/// Bytes of an object: 5 TiB.
pub(crate) const OBJECT_BYTES_MAX: u64 = 5 << 40;
/// Bytes of a part but the last: 5 MiB.
pub(crate) const PART_BYTES_MIN: u64 = 5 << 20;
/// The highest number of a part.
pub(crate) const PART_NUMBER_MAX: u32 = 10_000;
/// Bytes of an object's own metadata, names and values together.
pub(crate) const METADATA_BYTES_MAX: usize = 2_048;
/// Keys, uploads or parts on a page of a list, and keys of one deletion.
pub(crate) const LIST_ENTRIES_MAX: usize = 1_000;
/// Bytes of a body that is XML: 10,000 parts with their checksums, or a thousand keys, fit well.
pub(crate) const XML_BYTES_MAX: u64 = 8 << 20;
/// Bytes of a request's line and headers.
pub(crate) const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long a request's headers, and an idle connection, may take.
pub(crate) const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a request's body may bring nothing.
pub(crate) const BODY_WAIT_MAX: Duration = Duration::from_secs(60);
/// How long a client may read nothing of what is sent to it.
pub(crate) const SEND_WAIT_MAX: Duration = Duration::from_secs(60);
/// Connections at once; more wait at the door.
pub(crate) const CONNECTIONS_MAX: usize = 1_000;
/// How long a stop waits for answers on their way.
pub(crate) const STOP_WAIT_MAX: Duration = Duration::from_secs(5);
