//! What picture files are called, and where they are reached.
//!
//! What is made of an upload is named by the upload's content, so a name never changes its meaning and may be kept for
//! a year. Everything below is a path under the media folder, reached under [`MEDIA_PATH`].

use crate::drawing::DRAWING_VERSION;

/// What the addresses of all media begin with.
pub const MEDIA_PATH: &str = "/media/";
/// Widths that are made of each picture, in pixels. Which of them there are follows from a picture's name, also from
/// one in an old order: other widths need another folder than the one these lie in.
pub const WIDTHS: [u32; 6] = [160, 320, 480, 800, 1_200, 1_600];
/// Width of a drawing's raster: what search engines, mail and social cards ask for.
pub const DRAWN_RASTER_WIDTH: u32 = 1_200;
/// Where the sizes of uploaded pictures are.
const SIZES_FOLDER: &str = "sizes/";
/// Where files to download are.
const FILES_FOLDER: &str = "files/";
/// Where drawn pictures are.
const DRAWN_FOLDER: &str = "drawn/";
/// Below the media folder: where pictures lie that shoppers get, and nothing else.
pub const PICTURE_FOLDERS: [&str; 2] = [SIZES_FOLDER, DRAWN_FOLDER];
/// Changes when the same upload comes to be made into other files.
const MAKING_VERSION: &str = "1";
/// Largest width and height that a name may tell, in pixels.
const PIXELS_MAX: u32 = 100_000;
/// Endings of the files that are given out to download, with their media types.
const FILE_TYPES: [(&str, &str); 8] = [
    ("pdf", "application/pdf"),
    ("txt", "text/plain; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("zip", "application/zip"),
    ("epub", "application/epub+zip"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
];
/// What the source of a drawn picture begins with.
const DRAWN_SCHEME: &str = "drawn:";
/// Bytes of the content's hash that stand in a name; 128 bits, so that no two pictures meet.
const STEM_BYTES: usize = 16;

/// What a picture is kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Small, with transparency.
    Webp,
    /// Read everywhere.
    Jpeg,
}

impl Format {
    /// The end of a file's name, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Jpeg => "jpg",
        }
    }

    /// For the `Content-Type` header.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// The stem that an upload's bytes give to what is made of them: 32 hexadecimal digits.
pub fn stem(bytes: &[u8]) -> String {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    hash.update(MAKING_VERSION.as_bytes());
    hash.update(b"\0");
    hash.update(bytes);
    hash.finish().as_ref().iter().take(STEM_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The widths that there are of a picture that wide: those of [`WIDTHS`] that do not exceed it, or its own if all do.
pub fn widths(original: u32) -> Vec<u32> {
    let mut widths: Vec<u32> = WIDTHS.into_iter().filter(|width| *width <= original).collect();
    if widths.is_empty() && original > 0 {
        widths.push(original);
    }
    widths
}

/// An uploaded picture in its sizes. All that a page needs stands in its one name, so that whatever names a picture
/// (a document, a category, the line of an order) can show it: `sizes/<stem>-<width>x<height>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizedPicture {
    stem: String,
    /// Width of the upload as it is looked at, in pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

impl SizedPicture {
    /// The picture that is made of an upload.
    pub fn of_upload(upload: &[u8], width: u32, height: u32) -> Self {
        Self { stem: stem(upload), width, height }
    }

    /// The picture of that name; none if it is no such name.
    pub fn parse(name: &str) -> Option<Self> {
        let (stem, pixels) = name.strip_prefix(SIZES_FOLDER)?.split_once('-')?;
        let (width, height) = pixels.split_once('x')?;
        let number = |digits: &str| {
            let number = digits.parse().ok().filter(|number| (1..=PIXELS_MAX).contains(number))?;
            (digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
        };
        let picture = Self { stem: stem.to_owned(), width: number(width)?, height: number(height)? };
        is_stem(stem).then_some(picture)
    }

    /// The name that stands for it.
    pub fn name(&self) -> String {
        format!("{SIZES_FOLDER}{}-{}x{}", self.stem, self.width, self.height)
    }

    /// The widths that there are, the smallest first; never empty.
    pub fn widths(&self) -> Vec<u32> {
        widths(self.width)
    }

    /// The file in one of its widths.
    pub fn file(&self, width: u32, format: Format) -> String {
        format!("{SIZES_FOLDER}{}-{width}.{}", self.stem, format.extension())
    }
}

fn is_stem(stem: &str) -> bool {
    stem.len() == 2 * STEM_BYTES && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Where a file to download goes: `files/<stem>/<its own name>`; none if its ending is not one that is given out.
pub fn download(source: &str, upload: &[u8]) -> Option<String> {
    let name = source.rsplit('/').next()?;
    file_type(name).map(|_| format!("{FILES_FOLDER}{}/{name}", stem(upload)))
}

fn file_type(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    FILE_TYPES.iter().find(|(known, _)| *known == ending).map(|(_, media_type)| *media_type)
}

/// How a file of the media folder is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// For the `Content-Type` header.
    pub media_type: &'static str,
    /// Whether it is saved and not opened.
    pub is_download: bool,
}

/// Whether a path under the media folder is one that the program made, and how it is given out. Whatever else is in the
/// folder (uploads as they came, above all) is nobody's business.
pub fn served(path: &str) -> Option<Served> {
    if let Some((stem, name)) = path.strip_prefix(FILES_FOLDER).and_then(|rest| rest.split_once('/')) {
        let is_made = is_stem(stem) && !name.contains(['/', '\\']);
        return file_type(name).filter(|_| is_made).map(|media_type| Served { media_type, is_download: true });
    }
    let file = path.strip_prefix(SIZES_FOLDER).or_else(|| path.strip_prefix(DRAWN_FOLDER))?;
    let (stem, rest) = file.split_once('-')?;
    let (width, ending) = rest.split_once('.')?;
    let format = [Format::Webp, Format::Jpeg].into_iter().find(|format| format.extension() == ending)?;
    let is_made = is_stem(stem) && !width.is_empty() && width.bytes().all(|byte| byte.is_ascii_digit());
    is_made.then_some(Served { media_type: format.media_type(), is_download: false })
}

/// The seed of a drawn picture's source (`drawn:teapot:celadon:2`); none for a file.
pub fn drawn_seed(source: &str) -> Option<&str> {
    source.strip_prefix(DRAWN_SCHEME)
}

/// The source that stands in a product's picture for a seed.
pub fn drawn_source(seed: &str) -> String {
    format!("{DRAWN_SCHEME}{seed}")
}

/// Where a drawing is served as SVG: `drawn/<seed>.svg`, the seed percent-encoded.
pub fn drawn_svg(seed: &str) -> String {
    let mut name = String::from(DRAWN_FOLDER);
    for byte in seed.bytes() {
        // RFC 3986's unreserved characters, and those of the grammar that a path segment may hold.
        if byte.is_ascii_alphanumeric() || b"-_~:+".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name + ".svg"
}

/// The seed that an address such as `teapot:celadon:2.svg` asks for: the last segment, as it stands in the request.
/// None if it is no name that [`drawn_svg`] makes.
pub fn seed_of_svg(segment: &str) -> Option<String> {
    let mut seed = Vec::new();
    let mut bytes = segment.strip_suffix(".svg")?.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            seed.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            seed.push(byte);
        }
    }
    String::from_utf8(seed).ok()
}

/// The file of a drawing's raster, which a background task makes with [`crate::drawing::Drawing::to_jpeg`]. The name
/// changes when drawings come to look different.
pub fn drawn_raster(seed: &str) -> String {
    let hash = stem(format!("{DRAWING_VERSION}\0{seed}").as_bytes());
    format!("{DRAWN_FOLDER}{hash}-{DRAWN_RASTER_WIDTH}.{}", Format::Jpeg.extension())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_picture_is_known_by_its_name_alone() {
        let picture = SizedPicture::of_upload(b"mug", 900, 600);
        assert_eq!(SizedPicture::parse(&picture.name()), Some(picture.clone()));
        assert_eq!(picture.widths(), [160, 320, 480, 800]);
        let file = picture.file(320, Format::Webp);
        assert_eq!(file, format!("sizes/{}-320.webp", stem(b"mug")));
        assert_ne!(picture.name(), SizedPicture::of_upload(b"mug, later", 900, 600).name());
        for bad in ["images/mug.jpg", "sizes/mug-9x9", &picture.name().replace("900", "0"), &format!("{}1", file)] {
            assert_eq!(SizedPicture::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_what_the_program_made_is_given_out() {
        let (hash, picture) = (stem(b"x"), SizedPicture::of_upload(b"x", 500, 400));
        let served_as = |path: &str| served(path).map(|served| (served.media_type, served.is_download));
        for (path, want) in [
            (picture.file(320, Format::Webp), Some(("image/webp", false))),
            (picture.file(320, Format::Jpeg), Some(("image/jpeg", false))),
            (drawn_raster("mug:oat:1"), Some(("image/jpeg", false))),
            (download("manuals/Mug care.PDF", b"x").unwrap(), Some(("application/pdf", true))),
            ("images/mug.jpg".to_owned(), None),
            ("sizes/mug.jpg".to_owned(), None),
            (format!("sizes/{hash}-320.png"), None),
            (format!("sizes/{hash}-320.svg"), None),
            (format!("sizes/../{hash}-320.jpg"), None),
            (format!("files/{hash}/../manual.pdf"), None),
            (format!("files/{hash}/page.html"), None),
            ("files/manual.pdf".to_owned(), None),
        ] {
            assert_eq!(served_as(&path), want, "{path}");
        }
        for source in ["page.html", "logo.svg", "pdf", "run.exe"] {
            assert_eq!(download(source, b"x"), None, "{source}");
        }
    }

    #[test]
    fn no_width_exceeds_the_original() {
        assert_eq!(widths(900), [160, 320, 480, 800]);
        assert_eq!(widths(90), [90]);
        assert_eq!(widths(0), [0_u32; 0]);
        assert_eq!(widths(5_000), WIDTHS);
    }

    #[test]
    fn a_drawing_has_a_readable_address() {
        assert_eq!(drawn_svg("banner:sage:1:teapot+mug"), "drawn/banner:sage:1:teapot+mug.svg");
        assert_eq!(drawn_svg("../x?<"), "drawn/%2E%2E%2Fx%3F%3C.svg");
        assert_eq!(drawn_seed(&drawn_source("mug:oat:1")), Some("mug:oat:1"));
        assert_eq!(drawn_seed("mug.jpg"), None);
        for bad in ["mug", "mug.svg.png", "%2.svg", "%zz.svg", "%ff.svg"] {
            assert_eq!(seed_of_svg(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_seed_comes_back_from_its_address(seed in "\\PC{0,60}") {
            let address = drawn_svg(&seed);
            let segment = address.strip_prefix("drawn/").unwrap();
            prop_assert!(!segment.contains('/'));
            prop_assert_eq!(seed_of_svg(segment), Some(seed));
        }
    }
}
