//! Files that are sold: what they are called, how often and until when a buyer may fetch them, and why not.
//!
//! An order's line is given the files that its product has when it is paid. Each is counted by itself.

use crate::decimal::Decimal;
use crate::ids::{DownloadFileId, OrderId, ProductId};
use crate::moment::Moment;
use crate::order::{Order, OrderState};
use crate::payment::PaymentStatus;
use std::fmt;

/// Largest file, in bytes: 10 GiB.
pub const DOWNLOAD_BYTES_MAX: u64 = 10 << 30;
/// Files of one product.
pub const FILES_PER_PRODUCT_MAX: usize = 20;
/// Longest name of a file, in bytes: what every file system takes, with room for what browsers add.
pub const FILE_NAME_BYTES_MAX: usize = 200;
/// Longest title of a file, in characters.
pub const FILE_TITLE_CHARS_MAX: usize = 120;
/// Most downloads of one file that one line may have.
pub const DOWNLOADS_MAX: u32 = 1_000_000;

/// Endings of names, and the media types that they stand for. Nothing among them is run or shown as a page by a
/// browser; whatever else there is goes out as bytes.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("csv", "text/csv; charset=utf-8"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("m4a", "audio/mp4"),
    ("mobi", "application/x-mobipocket-ebook"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
];
/// Whatever a browser is not told more of.
const BYTES: &str = "application/octet-stream";

/// What a file is called on a buyer's disk: 1 to [`FILE_NAME_BYTES_MAX`] bytes that every system takes as one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName(String);

/// Not a name for a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be a file's name: 1 to {FILE_NAME_BYTES_MAX} bytes without / \\ : * ? \" < > | and control characters, \
     neither beginning nor ending with a full stop or a space"
)]
pub struct InvalidFileName(pub String);

impl FileName {
    /// Reads a name.
    pub fn parse(raw: &str) -> Result<Self, InvalidFileName> {
        let is_odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c) || is_invisible(c);
        let fits = !raw.is_empty() && raw.len() <= FILE_NAME_BYTES_MAX && !raw.chars().any(is_odd);
        let ends = |c: char| c == '.' || c.is_whitespace();
        if !fits || raw.starts_with(ends) || raw.ends_with(ends) {
            return Err(InvalidFileName(raw.chars().take(80).collect()));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The media type that its ending stands for; bytes for whatever a browser might run or show as a page.
    pub fn media_type(&self) -> &'static str {
        let ending = self.0.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        MEDIA_TYPES.iter().find(|(known, _)| *known == ending).map_or(BYTES, |(_, media_type)| media_type)
    }
}

impl FileName {
    /// The value of the header that has a browser save the file under this name (RFC 6266, with the name in the form of
    /// RFC 8187 for all that is not ASCII). Never more than one header: control characters and quotes are in no name.
    pub fn content_disposition(&self) -> String {
        let plain: String = self.0.chars().map(|c| if c.is_ascii() && c != '%' { c } else { '_' }).collect();
        let mut value = format!("attachment; filename=\"{plain}\"");
        if plain != self.0 {
            value.push_str("; filename*=UTF-8''");
            for byte in self.0.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => value.push(char::from(byte)),
                    _ => value.push_str(&format!("%{byte:02X}")),
                }
            }
        }
        value
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Marks that turn the direction of writing, so that `exe` reads as an ending of something else, and what has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A title as staff enter it: 1 to [`FILE_TITLE_CHARS_MAX`] characters on one line.
pub fn parse_file_title(raw: &str) -> Option<String> {
    let title = raw.trim();
    let fits = !title.is_empty() && title.chars().count() <= FILE_TITLE_CHARS_MAX;
    (fits && !title.chars().any(|c| c.is_control() || is_invisible(c))).then(|| title.to_owned())
}

/// A file of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadFile {
    /// Its id.
    pub id: DownloadFileId,
    /// The product that is sold: a variant, or a product without any.
    pub product: ProductId,
    /// What shoppers read.
    pub title: String,
    /// What it is called on their disk.
    pub name: FileName,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, in 64 hexadecimal digits.
    pub sha256: String,
    /// Name of what is stored.
    pub storage_key: String,
    /// When it was added.
    pub created_at: Moment,
    /// When it was taken out of sale: who bought before keeps it.
    pub removed_at: Option<Moment>,
}

/// A file that a line of an order may fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadGrant {
    /// The order.
    pub order: OrderId,
    /// The line's place in it.
    pub line: usize,
    /// The file.
    pub file: DownloadFileId,
    /// Downloads that were begun.
    pub used: u32,
    /// Downloads that may be begun in all.
    pub most: u32,
    /// Until when.
    pub until: Moment,
    /// When staff closed it, if they did: the line was refunded.
    pub closed_at: Option<Moment>,
}

impl DownloadGrant {
    /// Downloads that are left.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.used)
    }

    /// What stands in the way of one more, as far as the grant itself says.
    pub fn refusal(&self, now: Moment) -> Option<DownloadRefusal> {
        if self.closed_at.is_some() {
            Some(DownloadRefusal::Closed)
        } else if self.until <= now {
            Some(DownloadRefusal::Expired)
        } else if self.left() == 0 {
            Some(DownloadRefusal::UsedUp)
        } else {
            None
        }
    }
}

/// Why a buyer gets no file. Each is something that they are told, with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DownloadRefusal {
    /// The order is not paid, or not in full.
    NotPaid,
    /// The order was called off.
    Cancelled,
    /// All its money went back.
    Refunded,
    /// The customer withdrew from the contract about this line.
    Withdrawn,
    /// The line was refunded, and its files were closed.
    Closed,
    /// The time is over.
    Expired,
    /// The file was downloaded as often as it may be.
    UsedUp,
}

impl DownloadRefusal {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::NotPaid, Self::Cancelled, Self::Refunded, Self::Withdrawn, Self::Closed, Self::Expired, Self::UsedUp];

    /// The short name in commands and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotPaid => "not-paid",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
            Self::Expired => "expired",
            Self::UsedUp => "used-up",
        }
    }
}

/// What stands in the way of all files of a line: how its order is paid, and what the customer withdrew from (lines with
/// units). Money that is set aside counts as paid: it is taken right after the order was placed.
pub fn refusal_of_line(order: &Order, line: usize, withdrawn: &[(usize, u32)]) -> Option<DownloadRefusal> {
    if order.state == OrderState::Cancelled {
        return Some(DownloadRefusal::Cancelled);
    }
    match order.payment_status() {
        PaymentStatus::Paid | PaymentStatus::Authorised => {}
        PaymentStatus::PartRefunded if order.sold.total.gross().minor() <= order.money.captured.minor() => {}
        PaymentStatus::Refunded | PaymentStatus::Voided => return Some(DownloadRefusal::Refunded),
        PaymentStatus::Due | PaymentStatus::PartPaid | PaymentStatus::PartRefunded => {
            return Some(DownloadRefusal::NotPaid);
        }
    }
    let is_withdrawn = order.withdrawn_at.is_some() && withdrawn.iter().any(|(place, _)| *place == line);
    is_withdrawn.then_some(DownloadRefusal::Withdrawn)
}

/// Whether an order is paid as far as files are concerned.
pub fn is_paid(order: &Order) -> bool {
    !matches!(refusal_of_line(order, usize::MAX, &[]), Some(DownloadRefusal::NotPaid))
}

/// Places of the lines that nothing is sent for.
pub fn digital_lines(order: &Order) -> impl Iterator<Item = usize> {
    order.sold.lines.iter().enumerate().filter(|(_, line)| !line.requires_shipping).map(|(place, _)| place)
}

/// A length for people: a number with at most one digit behind the point, and its unit (steps of 1,000, as disks are
/// sold): 3.2 MB.
pub fn shown_size(bytes: u64) -> (Decimal, &'static str) {
    let (mut step, mut units) = (1, ["B", "kB", "MB", "GB", "TB"].into_iter());
    let mut unit = units.next().unwrap_or_default();
    // 999.95 of one are 1.0 of the next.
    while bytes / step >= 1_000 || (step > 1 && (bytes + step / 20) / step >= 1_000) {
        let Some(next) = units.next() else { break };
        (step, unit) = (step * 1_000, next);
    }
    let tenths = if step == 1 { bytes.saturating_mul(10) } else { (bytes + step / 20) / (step / 10) };
    let number = i64::try_from(tenths).ok().and_then(|tenths| Decimal::new(tenths, 1));
    (number.unwrap_or(Decimal::ZERO), unit)
}

/// Downloads of each file that a line of so many units may have.
pub fn downloads_of(units: u32, per_unit: u32) -> u32 {
    units.saturating_mul(per_unit).min(DOWNLOADS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn names_of_files_are_parsed_at_the_door() {
        for (raw, want) in [
            ("guide.pdf", true),
            ("Ratgeber für Anfänger (2. Auflage).pdf", true),
            ("no ending", true),
            ("", false),
            (".profile", false),
            ("guide.pdf.", false),
            (" guide.pdf", false),
            ("../guide.pdf", false),
            ("a/b.pdf", false),
            ("a\\b.pdf", false),
            ("a\"b.pdf", false),
            ("a\r\nSet-Cookie: x", false),
            ("guide\u{202e}fdp.exe", false),
        ] {
            assert_eq!(FileName::parse(raw).is_ok(), want, "{raw:?}");
        }
        assert!(FileName::parse(&"a".repeat(FILE_NAME_BYTES_MAX)).is_ok());
        assert!(FileName::parse(&"a".repeat(FILE_NAME_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn nothing_that_a_browser_runs_keeps_its_media_type() {
        for (name, want) in [
            ("a.pdf", "application/pdf"),
            ("A.PDF", "application/pdf"),
            ("a.epub", "application/epub+zip"),
            ("a.html", BYTES),
            ("a.svg", BYTES),
            ("a.xhtml", BYTES),
            ("a.xml", BYTES),
            ("a.js", BYTES),
            ("a.exe", BYTES),
            ("pdf", BYTES),
        ] {
            assert_eq!(FileName::parse(name).unwrap().media_type(), want, "{name}");
        }
    }

    #[test]
    fn a_name_stands_in_one_header_whatever_it_is() {
        for (name, want) in [
            ("guide.pdf", "attachment; filename=\"guide.pdf\""),
            ("Two; parts, one.pdf", "attachment; filename=\"Two; parts, one.pdf\""),
            ("100%.pdf", "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
            ("für 茶.pdf", "attachment; filename=\"f_r _.pdf\"; filename*=UTF-8''f%C3%BCr%20%E8%8C%B6.pdf"),
        ] {
            assert_eq!(FileName::parse(name).unwrap().content_disposition(), want, "{name}");
        }
    }

    #[test]
    fn sizes_are_shown_with_three_digits_or_so() {
        for (bytes, want) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (3_249_999, "3.2 MB"),
            (999_949_999, "999.9 MB"),
            (999_950_000, "1 GB"),
            (DOWNLOAD_BYTES_MAX, "10.7 GB"),
            (u64::MAX / 20, "922337.2 TB"),
        ] {
            let (number, unit) = shown_size(bytes);
            assert_eq!(format!("{number} {unit}"), want, "{bytes}");
        }
    }

    #[test]
    fn a_grant_ends_by_its_number_its_time_and_by_hand() {
        let at = Moment::from_micros;
        let grant = |used, closed: Option<i64>| DownloadGrant {
            order: OrderId::new(Uuid::nil()),
            line: 0,
            file: DownloadFileId::new(Uuid::nil()),
            used,
            most: 3,
            until: at(100),
            closed_at: closed.map(at),
        };
        for (case, grant, now, want) in [
            ("fresh", grant(0, None), 0, None),
            ("the last", grant(2, None), 99, None),
            ("used up", grant(3, None), 99, Some(DownloadRefusal::UsedUp)),
            ("used more often than it now may be", grant(9, None), 0, Some(DownloadRefusal::UsedUp)),
            ("its very end", grant(0, None), 100, Some(DownloadRefusal::Expired)),
            ("closed", grant(0, Some(1)), 2, Some(DownloadRefusal::Closed)),
        ] {
            assert_eq!(grant.refusal(at(now)), want, "{case}");
        }
        assert_eq!(downloads_of(3, 5), 15);
        assert_eq!(downloads_of(u32::MAX, 5), DOWNLOADS_MAX);
    }
}
