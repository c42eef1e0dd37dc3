//! What can go wrong with a snapshot, by what the caller can do about it.

/// Why a snapshot could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Nothing has been published yet.
    #[error("nothing has been published yet")]
    Nothing,
    /// A file is not what was written; publish anew or restore the file.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// Name of the file in the store.
        file: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Written by a release that this one does not know.
    #[error("{file} has format {found}; this release reads format {known}: publish anew with this release")]
    Format {
        /// Name of the file in the store.
        file: String,
        /// Number in the file.
        found: u32,
        /// Newest number that this release reads.
        known: u32,
    },
    /// No key that was given made the signature.
    #[error("{file} is signed with none of this store's keys")]
    Signature {
        /// Name of the file in the store.
        file: String,
    },
    /// The object store did not answer as it should.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    /// It did not answer in time.
    #[error("the object store did not answer within {0} ms")]
    Slow(u64),
    /// The index could not be read or written.
    #[error("the index failed")]
    Index(#[from] tantivy::TantivyError),
    /// A file of this machine could not be read or written.
    #[error("a file of this machine failed")]
    Io(#[from] std::io::Error),
    /// A task of our own ended before it was done.
    #[error("a task ended early")]
    Task(#[from] tokio::task::JoinError),
}

impl SnapshotError {
    /// Damage in `file`.
    pub(crate) fn damaged(file: &str, what: &'static str) -> Self {
        Self::Damaged { file: file.to_owned(), what }
    }
}

/// Why nothing was published. What shoppers see has not changed, except where [`PublishError::Snapshot`] came from
/// the last step: then it may have, and the next publish finds out.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody with a newer lease publishes: stop.
    #[error("lease {ours} is over, lease {theirs} publishes now")]
    Fenced {
        /// Our fencing number.
        ours: u64,
        /// Theirs.
        theirs: u64,
    },
    /// Somebody published in between: try again from what is there now.
    #[error("another publisher was faster")]
    Overtaken,
    /// Small changes do not do: publish everything.
    #[error("the whole catalogue must be published: {0}")]
    NeedsFull(&'static str),
    /// Two products share an address, an id or a variant.
    #[error("{0} is there twice")]
    Duplicate(String),
    /// Too much of something; the message names the bound.
    #[error("{what}: more than {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        most: usize,
    },
    /// What was written could not be opened quickly by an instance with nothing at hand. A fault of the program's own.
    #[error("an instance would need {reads} reads beyond the hot part; what is published stays as it was")]
    Cold {
        /// How many.
        reads: usize,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl PublishError {
    /// Whether publishing everything helps: it needs nothing of what is there and writes damaged files anew.
    pub fn is_mended_by_all(&self) -> bool {
        matches!(self, Self::NeedsFull(_) | Self::Snapshot(SnapshotError::Damaged { .. }))
    }
}

macro_rules! publish_errors_from {
    ($($source:ty),*) => {$(
        impl From<$source> for PublishError {
            fn from(source: $source) -> Self {
                Self::Snapshot(source.into())
            }
        }
    )*};
}
publish_errors_from!(object_store::Error, tantivy::TantivyError, std::io::Error, tokio::task::JoinError);
