//! Links to files: whoever has one may fetch one file of one line of one order, until a moment.
//!
//! A link says all that by itself and is signed, so that nobody can make one for somebody else's order, and none is
//! stored. It also names the order's own link as it was then: a new one, or none, ends the links to files of letters
//! before.

use crate::keys::{Keys, Purpose};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use commerce::ids::{DownloadFileId, OrderId};
use commerce::moment::Moment;
use ring::hmac;
use uuid::Uuid;

/// Format, what it is for, order, line, file, the order's link, expiry.
const CONTENT_BYTES: usize = 1 + 1 + 16 + 2 + 16 + LINK_BYTES + 8;
/// Of the hash of the order's link.
const LINK_BYTES: usize = 8;
/// Of HMAC-SHA256.
const TAG_BYTES: usize = 32;
/// Number of the format.
const FORMAT: u8 = 1;
/// Longest text that is looked at, in bytes: one token, without padding.
const TOKEN_BYTES_MAX: usize = (CONTENT_BYTES + TAG_BYTES) * 4 / 3 + 2;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DownloadStep {
    /// The page of a file, as mails and the order's page link to it. Whoever opens it has begun nothing.
    Page,
    /// A download that was begun, and counted.
    Begun,
}

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DownloadToken {
    pub(crate) step: DownloadStep,
    pub(crate) order: OrderId,
    /// The line's place in the order.
    pub(crate) line: u16,
    pub(crate) file: DownloadFileId,
    pub(crate) link: LinkMark,
    pub(crate) expires: Moment,
}

/// Which of an order's links it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkMark([u8; LINK_BYTES]);

impl LinkMark {
    /// Of the stored hash of an order's link.
    pub(crate) fn of(link_hash: &str) -> Self {
        let mut mark = [0; LINK_BYTES];
        let digest = ring::digest::digest(&ring::digest::SHA256, link_hash.as_bytes());
        mark.copy_from_slice(&digest.as_ref()[..LINK_BYTES]);
        Self(mark)
    }
}

impl DownloadToken {
    /// The token as it stands in an address.
    pub(crate) fn sign(&self, keys: &Keys) -> String {
        let mut bytes = self.content();
        let tag = keys.secrets(Purpose::Download).first().map(|secret| hmac::sign(&key(secret), &bytes));
        bytes.extend_from_slice(tag.as_ref().map_or(&[], hmac::Tag::as_ref));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that was signed with any of the listed keys; nothing if it was made by anybody else.
    pub(crate) fn open(keys: &Keys, raw: &str) -> Option<Self> {
        if raw.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(raw).ok()?;
        let (content, tag) = bytes.split_at_checked(CONTENT_BYTES)?;
        let secrets = keys.secrets(Purpose::Download);
        if !secrets.iter().any(|secret| hmac::verify(&key(secret), content, tag).is_ok()) {
            return None;
        }
        Self::read(content)
    }

    fn content(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CONTENT_BYTES + TAG_BYTES);
        bytes.push(FORMAT);
        bytes.push(match self.step {
            DownloadStep::Page => 1,
            DownloadStep::Begun => 2,
        });
        bytes.extend_from_slice(self.order.uuid().as_bytes());
        bytes.extend_from_slice(&self.line.to_be_bytes());
        bytes.extend_from_slice(self.file.uuid().as_bytes());
        bytes.extend_from_slice(&self.link.0);
        bytes.extend_from_slice(&self.expires.micros().to_be_bytes());
        bytes
    }

    fn read(content: &[u8]) -> Option<Self> {
        let mut rest = content;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at_checked(count)?;
            rest = left;
            Some(taken)
        };
        let [FORMAT, step] = *take(2)? else { return None };
        let order = Uuid::from_slice(take(16)?).ok()?;
        let line = u16::from_be_bytes(take(2)?.try_into().ok()?);
        let file = Uuid::from_slice(take(16)?).ok()?;
        let link = take(LINK_BYTES)?.try_into().ok()?;
        let expires = i64::from_be_bytes(take(8)?.try_into().ok()?);
        Some(Self {
            step: match step {
                1 => DownloadStep::Page,
                2 => DownloadStep::Begun,
                _ => return None,
            },
            order: OrderId::new(order),
            line,
            file: DownloadFileId::new(file),
            link: LinkMark(link),
            expires: Moment::from_micros(expires),
        })
    }
}

fn key(secret: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Chance;

    fn token() -> DownloadToken {
        DownloadToken {
            step: DownloadStep::Page,
            order: OrderId::new(Uuid::from_u128(7)),
            line: 3,
            file: DownloadFileId::new(Uuid::from_u128(9)),
            link: LinkMark::of("hash"),
            expires: Moment::from_micros(1_795_489_200_000_000),
        }
    }

    #[test]
    fn a_token_comes_back_and_no_bit_of_it_can_be_changed() {
        let keys = Keys::from_roots(&[(1, [7; 32])]);
        let signed = token().sign(&keys);
        assert!(
            signed.len() <= TOKEN_BYTES_MAX && signed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        assert_eq!(DownloadToken::open(&keys, &signed), Some(token()));
        let bytes = URL_SAFE_NO_PAD.decode(&signed).unwrap();
        for place in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[place / 8] ^= 1 << (place % 8);
            assert_eq!(DownloadToken::open(&keys, &URL_SAFE_NO_PAD.encode(forged)), None, "bit {place}");
        }
        for odd in
            ["", "x", "=", &signed[1..], &signed[..signed.len() - 1], &format!("{signed}A"), "ä", &"A".repeat(10_000)]
        {
            assert_eq!(DownloadToken::open(&keys, odd), None, "{odd}");
        }
        assert_eq!(DownloadToken::open(&Keys::from_roots(&[(1, [8; 32])]), &signed), None, "another store's");
    }

    #[test]
    fn a_begun_download_is_another_token_than_its_page() {
        let keys = Keys::from_roots(&[(1, [7; 32])]);
        let begun = DownloadToken { step: DownloadStep::Begun, ..token() };
        assert_ne!(begun.sign(&keys), token().sign(&keys));
        assert_eq!(DownloadToken::open(&keys, &begun.sign(&keys)), Some(begun));
    }

    #[test]
    fn a_rotation_of_keys_leaves_links_as_they_are() {
        let chance = Chance::seeded(1);
        let first = Keys::rotated(None, &chance).unwrap();
        let signed = token().sign(&Keys::parse(&first).unwrap());
        let second = Keys::parse(&Keys::rotated(Some(&first), &chance).unwrap()).unwrap();
        assert_eq!(DownloadToken::open(&second, &signed), Some(token()));
    }
}
