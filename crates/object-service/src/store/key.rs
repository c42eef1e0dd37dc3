//! Keys of objects, and which of them can be paths.

use std::path::{Component, Path, PathBuf};

use s3s::crypto::{Checksum as _, Sha256};

use crate::limits::KEY_BYTES_MAX;

/// The folder of a bucket that holds what files cannot: its objects' headers, objects whose keys are no paths, uploads.
pub(crate) const HIDDEN: &str = ".object-service";
/// Bytes of a file's name: what ext4, XFS, APFS and NTFS take.
const NAME_BYTES_MAX: usize = 255;

/// An object's key: 1 to 1,024 bytes of UTF-8, none of them NUL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidKey {
    TooLong,
    /// Nothing, or NUL, which neither XML nor a path can say.
    Unspeakable,
}

impl ObjectKey {
    pub(crate) fn parse(raw: &str) -> Result<Self, InvalidKey> {
        if KEY_BYTES_MAX < raw.len() {
            return Err(InvalidKey::TooLong);
        }
        if raw.is_empty() || raw.contains('\0') {
            return Err(InvalidKey::Unspeakable);
        }
        Ok(Self(raw.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below the bucket's folder that is the key letter for letter; none where no path is: an empty segment
    /// (also at the end), `.` and `..`, a name that is too long for a file, the hidden folder.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let first = self.0.split('/').next().unwrap_or_default();
        // Some file systems do not tell capitals from small letters.
        let is_hidden = first.eq_ignore_ascii_case(HIDDEN);
        (!is_hidden && self.0.split('/').all(is_name)).then(|| PathBuf::from(&self.0))
    }

    /// The key as 64 hexadecimal digits, for what lies beside the objects.
    pub(crate) fn digest(&self) -> String {
        hex(&Sha256::checksum(self.0.as_bytes()))
    }

    /// The keys whose files would be in the way of this one's folders: `a` and `a/b` for `a/b/c`.
    pub(crate) fn above(&self) -> impl Iterator<Item = ObjectKey> {
        self.0.match_indices('/').map(|(end, _)| Self(self.0[..end].to_owned()))
    }
}

fn is_name(segment: &str) -> bool {
    let mut components = Path::new(segment).components();
    let is_plain = matches!(components.next(), Some(Component::Normal(name)) if name == segment);
    is_plain && components.next().is_none() && segment.len() <= NAME_BYTES_MAX
}

/// Bytes as two hexadecimal digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0x0f)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_where_a_path_can_say_it() {
        let long = "x".repeat(255);
        for (case, key, is_path) in [
            ("a name", "a", true),
            ("folders", "a/b/c.txt", true),
            ("odd letters", "a b/ü+%2F\\?.txt", true),
            ("dots in names", "..a/b...", true),
            ("the longest name", long.as_str(), true),
            ("a name too long", &format!("a/{long}x"), false),
            ("up", "../a", false),
            ("up inside", "a/../b", false),
            ("here", "./a", false),
            ("from the root", "/etc/passwd", false),
            ("an empty segment", "a//b", false),
            ("a folder", "a/", false),
            ("the hidden folder", ".object-service/meta/x", false),
            ("the hidden folder in capitals", ".Object-Service", false),
            ("the same name further down", "a/.object-service", true),
        ] {
            assert_eq!(ObjectKey::parse(key).unwrap().path().is_some(), is_path, "{case}");
        }
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        for (case, raw, want) in [
            ("nothing", String::new(), Err(InvalidKey::Unspeakable)),
            ("NUL", "a\0b".to_owned(), Err(InvalidKey::Unspeakable)),
            ("the longest", "x".repeat(1_024), Ok(())),
            ("too long", "x".repeat(1_025), Err(InvalidKey::TooLong)),
            ("too long in bytes", "ü".repeat(513), Err(InvalidKey::TooLong)),
        ] {
            assert_eq!(ObjectKey::parse(&raw).map(drop), want, "{case}");
        }
    }

    #[test]
    fn what_stands_in_the_way_is_told_from_the_top() {
        let above: Vec<_> = ObjectKey::parse("a/b/c").unwrap().above().map(|key| key.0).collect();
        assert_eq!(above, ["a", "a/b"]);
    }
}
