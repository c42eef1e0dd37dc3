//! Messages to customers: what they say, and how they leave the house.
//!
//! Knows nothing of SQL, pages or the use cases of the shop: a [`Letter`] about an order (or a [`CardLetter`]) comes in, a [`Writer`] makes a
//! [`Message`] of it in the customer's language, a [`Transport`] sends it. Start at [`letter`], then [`writer`], then
//! [`transport`].

pub mod card;
mod format;
pub mod letter;
mod markdown;
pub mod message;
mod theme;
pub mod transport;
mod view;
mod words;
pub mod writer;

pub use card::{CARD_LETTER, CardLetter};
pub use letter::{Declaration, FileLink, Letter, Matter, Payment, Seller, Tracking, Withdrawal};
pub use message::{Message, Sender};
pub use theme::MailThemeError;
pub use transport::{Folder, InvalidMailUrl, Memory, SendError, Smtp, Transport};
pub use writer::{WriteError, Writer};
