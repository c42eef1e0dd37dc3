//! Mail into a folder, for a laptop: each message is an `.eml` file that mail programs open.

use super::SendError;
use crate::message::Message;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A folder of `.eml` files. Names begin with the message's time, so that they sort by it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder; it is made when the first message comes.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file that a message has, whether or not it was sent: `20261124T030201Z-<task>.eml`.
    pub fn file_of(&self, message: &Message) -> PathBuf {
        let time: String = message.at.to_rfc3339().chars().filter(char::is_ascii_alphanumeric).collect();
        self.path.join(format!("{time}-{}.eml", message.id))
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let bytes = message.to_eml()?;
        let target = self.file_of(message);
        let folder = self.path.clone();
        let written = tokio::task::spawn_blocking(move || write_whole(&folder, &target, &bytes)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(SendError::Passing("the program is stopping".to_owned())),
        }
    }
}

/// Whoever looks sees the whole file or none: it is written under another name first.
fn write_whole(folder: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = target.with_extension("part");
    let mut file = create_private(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, target)
}

/// A file that only its owner may read: it holds somebody's address.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn failure(error: &io::Error) -> SendError {
    use io::ErrorKind::{AlreadyExists, NotADirectory, PermissionDenied, ReadOnlyFilesystem};
    let what = format!("the folder for mail: {error}");
    match error.kind() {
        PermissionDenied | NotADirectory | ReadOnlyFilesystem | AlreadyExists => SendError::Misconfigured(what),
        _ => SendError::Passing(what),
    }
}
