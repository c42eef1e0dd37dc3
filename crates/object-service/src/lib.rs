//! An object store on a folder that speaks S3's protocol: the AWS command line, boto3 and other SDKs talk to it
//! unchanged. Each folder is a bucket, each file an object at the path that its key is, so that a person can look at
//! objects and put some there by hand.
//!
//! Knows nothing of shops, snapshots or other services of AWS. `s3s` has the protocol: requests, XML, signatures,
//! `aws-chunked` bodies. Start at [`ObjectService::start`] and [`Options`]; inside, the way of a request is `door`, then
//! `api`, then `store`, which says how a bucket lies on the disk.
//!
//! ```no_run
//! # async fn run() -> Result<(), object_service::StartError> {
//! use object_service::{ObjectService, Options};
//!
//! let running = ObjectService::start(Options::new("/var/lib/objects".into())).await?;
//! println!("aws s3 ls --endpoint-url {}", running.endpoint());
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What always holds
//!
//! - A reader gets an object as it was before a put or after it, bytes and headers, never a part of each; so does who
//!   looks after a crash.
//! - Of several conditional puts of one key at once, one wins.
//! - No key leads out of its bucket, no link is followed, and nothing in a bucket's hidden folder is an object.
//! - A put is done when the system has the file. Whether the disk has it too is [`Options::fsync`], off by default.
//!
//! # Bounds
//!
//! Those of S3: keys of 1,024 bytes, 5 GiB a put, copy or part, 10,000 parts of 5 MiB or more but the last, 5 TiB an
//! object, 2 KiB of metadata, 1,000 entries a page or deletion. Besides: 8 MiB of XML, 64 KiB of headers, 1,000
//! connections at once; a body may bring nothing, and a client read nothing, for 60 seconds. A body that comes has at
//! most some 600 KiB in memory, one that goes 256 KiB.
//!
//! # Where it is not as on AWS
//!
//! - There is one access key, which may do everything, and strangers read buckets that [`Options::public`] names. Without
//!   [`Options::credentials`] everybody may do everything, and bodies in signed chunks (`aws-chunked`) are refused.
//! - Buckets are named in the path, not in the host name. Every region that a signature names is right; a bucket says
//!   that it is in `us-east-1`. Signatures are held against the machine's clock.
//! - There are no versions, tags, ACLs, policies, locks, encryption, storage classes or events. What asks for them is
//!   refused where leaving it out would lose something (keys of one's own, locks, versions), and is ignored otherwise.
//! - Uploads by HTML forms and reading by part number are refused. Conditions name one ETag, no list of them.
//! - The ETag of a copy is the hash of its content, also where the source was uploaded in parts. Checksums are checked as
//!   they come, and kept if they are of the whole object; none is made up for who sent none. A completion that is sent
//!   twice finds no upload the second time.
//! - A key with `..` in it is a name like any other. One that is no path, or whose place is taken, lies apart in the
//!   hidden folder, where each list reads it by itself: thousands of such keys make lists slow.
//! - On a file system that does not tell `A` from `a`, keys that differ by that only are one object.
//! - Uploads that were begun and never ended stay until they are aborted.
//!
//! `s3s` tells every refusal, a key that is not there among them, as an error under the target `s3s`: who shows logs
//! turns that one off.

mod access;
mod api;
mod clock;
mod door;
mod limits;
mod observer;
mod operation;
mod options;
mod serve;
mod service;
mod store;
mod sync;

pub use clock::Clock;
pub use observer::{NoObserver, Observer, RequestRecord};
pub use operation::{Class, Operation};
pub use options::{Credentials, Options, ReadCost};
pub use service::{ObjectService, Running, StartError};
