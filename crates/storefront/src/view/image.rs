//! Pictures: where they are, in which widths, and how large they stand.

use crate::locale::PageLocale;
use crate::urls;
use catalog::document::DocumentImage;
use serde::Serialize;
use shop::pictures::{Format, MEDIA_PATH, SizedPicture};

/// Width and height of a drawn picture.
const DRAWN_PIXELS: u32 = 800;
/// Shape that is kept free for a picture whose size is not known.
const UNKNOWN_PIXELS: u32 = 800;
/// Width that a browser without `srcset` gets.
const PLAIN_WIDTH: u32 = 800;

/// A picture as `<picture>` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageView {
    /// Address for browsers that know nothing better; empty for the theme's placeholder.
    pub src: String,
    /// `srcset` of WebP files; empty where there is just `src`.
    pub webp: String,
    /// `srcset` of JPEG files; empty where there is just `src`.
    pub jpeg: String,
    /// Width in pixels, so that nothing jumps.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Text for who cannot see it.
    pub alt: String,
}

/// A document's picture, with `title` standing in for a text that is missing.
pub fn image_view(image: &DocumentImage, title: &str, locale: &PageLocale) -> ImageView {
    let alt = match locale.pick(&image.alt) {
        "" => title,
        alt => alt,
    };
    let mut view = source_view(&image.source);
    if image.width > 0 && image.height > 0 {
        (view.width, view.height) = (image.width, image.height);
    }
    view.alt = alt.to_owned();
    view
}

/// The theme's placeholder, for a product without a picture.
pub fn placeholder(title: &str) -> ImageView {
    ImageView { width: UNKNOWN_PIXELS, height: UNKNOWN_PIXELS, alt: title.to_owned(), ..ImageView::default() }
}

/// A picture by its name alone, as a category and the line of an order have it.
pub fn source_view(source: &str) -> ImageView {
    let mut view = placeholder("");
    if let Some(seed) = source.strip_prefix("drawn:") {
        view.src = format!("{MEDIA_PATH}drawn/{}.svg", urls::segment(seed));
        (view.width, view.height) = (DRAWN_PIXELS, DRAWN_PIXELS);
    } else if let Some(picture) = SizedPicture::parse(source) {
        let widths = picture.widths();
        let plain = widths.iter().find(|width| **width >= PLAIN_WIDTH).or(widths.last());
        view.src = plain.map(|width| url(&picture, *width, Format::Jpeg)).unwrap_or_default();
        (view.webp, view.jpeg) = (srcset(&picture, Format::Webp), srcset(&picture, Format::Jpeg));
        (view.width, view.height) = (picture.width, picture.height);
    }
    view
}

fn url(picture: &SizedPicture, width: u32, format: Format) -> String {
    format!("{MEDIA_PATH}{}", picture.file(width, format))
}

fn srcset(picture: &SizedPicture, format: Format) -> String {
    let widths = picture.widths().into_iter();
    widths.map(|width| format!("{} {width}w", url(picture, width, format))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_get_their_addresses() {
        let stem = "0123456789abcdef0123456789abcdef";
        let file = |width: u32, ending: &str| format!("/media/sizes/{stem}-{width}.{ending}");
        let all = |ending: &str| {
            let listed = [160, 320, 480, 800].map(|width| format!("{} {width}w", file(width, ending)));
            listed.join(", ")
        };
        for (source, src, webp, pixels) in [
            ("drawn:tea pot/1", "/media/drawn/tea%20pot%2F1.svg".to_owned(), String::new(), (800, 800)),
            (&format!("sizes/{stem}-1000x750"), file(800, "jpg"), all("webp"), (1_000, 750)),
            (&format!("sizes/{stem}-90x60"), file(90, "jpg"), format!("{} 90w", file(90, "webp")), (90, 60)),
            ("images/new.png", String::new(), String::new(), (UNKNOWN_PIXELS, UNKNOWN_PIXELS)),
        ] {
            let view = source_view(source);
            assert_eq!((view.src, view.webp, (view.width, view.height)), (src, webp, pixels), "{source}");
        }
        assert_eq!(source_view(&format!("sizes/{stem}-1000x750")).jpeg, all("jpg"));
    }
}
