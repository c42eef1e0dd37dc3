//! How mail leaves the house: to a mail server, into a folder on a laptop, into memory for tests.
//!
//! A send may be repeated: Message-ID and file name follow from the task, so a mail that was sent twice can be
//! recognised by its reader's server, and a file is written over by itself.

mod folder;
mod memory;
mod smtp;

pub use folder::Folder;
pub use memory::Memory;
pub use smtp::{InvalidMailUrl, SEND_WAIT_MS_MAX, Smtp};

use crate::message::{Message, UnusableAddress};

/// Where a store's mail goes.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// Into a folder, one `.eml` file a message.
    Folder(Folder),
    /// Kept in memory, for tests.
    Memory(Memory),
}

/// Why a message was not sent. What it says of the cause holds no address and no word of the message, so it can be
/// logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Try again later: the network, a server that is busy or greylists, a full disk. It may have been sent after all.
    #[error("mail could not be sent now: {0}")]
    Passing(String),
    /// Final: this address or this message is not taken.
    #[error("mail was refused for good: {0}")]
    Refused(String),
    /// No mail can be sent until a person mends the settings; then try again.
    #[error("mail cannot be sent with these settings: {0}")]
    Misconfigured(String),
}

impl Transport {
    /// Sends a message, within [`SEND_WAIT_MS_MAX`] unless the transport says otherwise.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Folder(folder) => folder.send(message).await,
            Self::Memory(memory) => memory.send(message),
        }
    }
}

impl From<UnusableAddress> for SendError {
    fn from(unusable: UnusableAddress) -> Self {
        match unusable.field {
            "To" => Self::Refused(unusable.to_string()),
            _ => Self::Misconfigured(unusable.to_string()),
        }
    }
}
