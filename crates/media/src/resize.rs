//! Uploads: read with care, made into the sizes that pages ask for, and never kept as they came.
//!
//! What somebody uploads is decoded and encoded anew, which takes off everything that is not picture (place, camera,
//! scripts, a second file behind the first). Vector pictures are refused: served inline they could run scripts.

use crate::names::{Format, SizedPicture};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, RgbaImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest upload, in bytes.
pub const UPLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Most pixels of an upload: what a camera of today takes.
pub const UPLOAD_PIXELS_MAX: u64 = 50_000_000;
/// Longest side of an upload, in pixels; WebP ends at 16,383.
pub const UPLOAD_SIDE_MAX: u32 = 16_000;
/// Memory that a decoder may take, in bytes: four channels of the most pixels, twice.
const DECODER_BYTES_MAX: u64 = 2 * 4 * UPLOAD_PIXELS_MAX;
/// Quality of the WebP files, 0 to 100; where more is seen only beside the original.
const WEBP_QUALITY: f32 = 80.0;
/// Quality of the JPEG files, 0 to 100.
const JPEG_QUALITY: u8 = 82;

/// Why an upload did not become a picture. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// More than [`UPLOAD_BYTES_MAX`].
    #[error("the file has {bytes} bytes; save it smaller, at most {UPLOAD_BYTES_MAX}")]
    TooManyBytes {
        /// Its size.
        bytes: usize,
    },
    /// More than [`UPLOAD_PIXELS_MAX`], or a side beyond [`UPLOAD_SIDE_MAX`].
    #[error(
        "the picture is {width} × {height} pixels; scale it down to at most {UPLOAD_SIDE_MAX} a side and {UPLOAD_PIXELS_MAX} in all"
    )]
    TooManyPixels {
        /// Across.
        width: u32,
        /// Down.
        height: u32,
    },
    /// A vector picture.
    #[error("SVG files are not taken, because they can carry scripts; export the picture as PNG, JPEG or WebP")]
    Vector,
    /// None of the formats that are read.
    #[error("the file is no JPEG, PNG or WebP picture{}; save it as one of these", looks_like(.0))]
    UnknownFormat(Option<&'static str>),
    /// Begins like a picture and goes on otherwise.
    #[error("the picture is damaged; open it in a picture program, save it again and upload that")]
    Damaged(#[source] Option<image::ImageError>),
    /// Our own encoders failed.
    #[error("the picture could not be written as {0:?}; save it again with fewer pixels and upload that")]
    Encode(Format),
}

fn looks_like(format: &Option<&'static str>) -> String {
    format.map(|name| format!(" but looks like {name}")).unwrap_or_default()
}

/// An upload in all its sizes.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What pages know it by.
    pub picture: SizedPicture,
    /// Every size in both formats, the smallest first.
    pub files: Vec<PictureFile>,
}

/// One file of an upload.
#[derive(Clone, Debug)]
pub struct PictureFile {
    /// Path under the media folder, as [`SizedPicture::file`] says.
    pub name: String,
    /// What it is written as.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Reads an upload and makes its files. The largest ones take a second or two and some hundred
/// megabytes, so it belongs into a task of its own, one at a time. The same bytes give the same files.
pub fn prepare(upload: &[u8]) -> Result<Prepared, UploadError> {
    // The decoders are other people's code that reads strangers' bytes; a panic there must cost one upload only.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(upload)));
    let picture = decoded.unwrap_or(Err(UploadError::Damaged(None)))?;
    let named = SizedPicture::of_upload(upload, picture.width(), picture.height());
    let widths = named.widths();
    let mut pixels = Pixels::new(picture);
    let mut files = Vec::new();
    for (place, width) in widths.iter().enumerate().rev() {
        let sized = pixels.resized(*width, height_at(*width, (pixels.width(), pixels.height())));
        for format in [Format::Jpeg, Format::Webp] {
            let bytes = sized.encode(format)?;
            files.push(PictureFile {
                name: named.file(*width, format),
                format,
                width: *width,
                height: sized.height(),
                bytes,
            });
        }
        // All smaller ones are made from the largest: they cost next to nothing and lose nothing that one could see.
        if place + 1 == widths.len() {
            pixels = sized;
        }
    }
    files.reverse();
    Ok(Prepared { picture: named, files })
}

fn decode(upload: &[u8]) -> Result<DynamicImage, UploadError> {
    if upload.len() > UPLOAD_BYTES_MAX {
        return Err(UploadError::TooManyBytes { bytes: upload.len() });
    }
    let format = sniff(upload)?;
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let too_long = width > UPLOAD_SIDE_MAX || height > UPLOAD_SIDE_MAX;
    if too_long || u64::from(width) * u64::from(height) > UPLOAD_PIXELS_MAX {
        return Err(UploadError::TooManyPixels { width, height });
    }
    // A camera that was held upright says so beside the picture; that note goes, so the pixels are turned.
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    if picture.width() == 0 || picture.height() == 0 { Err(UploadError::Damaged(None)) } else { Ok(picture) }
}

fn damaged(error: image::ImageError) -> UploadError {
    UploadError::Damaged(Some(error))
}

/// The format by the first bytes, whatever the file is called.
fn sniff(upload: &[u8]) -> Result<ImageFormat, UploadError> {
    match upload {
        [0xff, 0xd8, 0xff, ..] => Ok(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(ImageFormat::WebP),
        [b'G', b'I', b'F', b'8', ..] => Err(UploadError::UnknownFormat(Some("GIF"))),
        [b'%', b'P', b'D', b'F', ..] => Err(UploadError::UnknownFormat(Some("PDF"))),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Err(UploadError::UnknownFormat(Some("TIFF"))),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', ..] => Err(UploadError::UnknownFormat(Some("AVIF"))),
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => Err(UploadError::UnknownFormat(Some("HEIC"))),
        _ if is_markup(upload) => Err(UploadError::Vector),
        _ => Err(UploadError::UnknownFormat(None)),
    }
}

/// Whether it begins as SVG or any XML does, in UTF-8 or UTF-16, packed or not.
fn is_markup(upload: &[u8]) -> bool {
    let packed = upload.starts_with(&[0x1f, 0x8b]);
    let first =
        upload.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff));
    packed || first == Some(&b'<')
}

fn height_at(width: u32, (original_width, original_height): (u32, u32)) -> u32 {
    let scaled = (u64::from(width) * u64::from(original_height) + u64::from(original_width) / 2)
        / u64::from(original_width.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// A picture on its way. Colours of see-through pixels are multiplied with their opacity while it is scaled, or what
/// nobody sees would bleed into the edges.
enum Pixels {
    Opaque(RgbImage),
    Alpha(RgbaImage),
}

impl Pixels {
    fn new(picture: DynamicImage) -> Self {
        if !picture.color().has_alpha() {
            return Self::Opaque(picture.into_rgb8());
        }
        let rgba = picture.into_rgba8();
        if rgba.pixels().all(|pixel| pixel[3] == u8::MAX) {
            return Self::Opaque(DynamicImage::ImageRgba8(rgba).into_rgb8());
        }
        Self::Alpha(premultiplied(rgba))
    }

    fn width(&self) -> u32 {
        match self {
            Self::Opaque(rgb) => rgb.width(),
            Self::Alpha(rgba) => rgba.width(),
        }
    }

    fn height(&self) -> u32 {
        match self {
            Self::Opaque(rgb) => rgb.height(),
            Self::Alpha(rgba) => rgba.height(),
        }
    }

    fn resized(&self, width: u32, height: u32) -> Self {
        match self {
            Self::Opaque(rgb) => Self::Opaque(image::imageops::resize(rgb, width, height, FilterType::Lanczos3)),
            Self::Alpha(rgba) => Self::Alpha(image::imageops::resize(rgba, width, height, FilterType::Lanczos3)),
        }
    }

    fn encode(&self, format: Format) -> Result<Vec<u8>, UploadError> {
        match (format, self) {
            (Format::Jpeg, Self::Opaque(rgb)) => jpeg(rgb),
            (Format::Jpeg, Self::Alpha(rgba)) => jpeg(&on_white(rgba)),
            (Format::Webp, Self::Opaque(rgb)) => webp(&webp::Encoder::from_rgb(rgb, rgb.width(), rgb.height())),
            (Format::Webp, Self::Alpha(rgba)) => {
                let plain = unmultiplied(rgba);
                webp(&webp::Encoder::from_rgba(&plain, plain.width(), plain.height()))
            }
        }
    }
}

fn jpeg(rgb: &RgbImage) -> Result<Vec<u8>, UploadError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    rgb.write_with_encoder(encoder).map_err(|_| UploadError::Encode(Format::Jpeg))?;
    Ok(bytes)
}

fn webp(encoder: &webp::Encoder) -> Result<Vec<u8>, UploadError> {
    let memory = encoder.encode_simple(false, WEBP_QUALITY).map_err(|_| UploadError::Encode(Format::Webp))?;
    Ok(memory.to_vec())
}

fn premultiplied(mut rgba: RgbaImage) -> RgbaImage {
    for pixel in rgba.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = low_byte((u16::from(*channel) * alpha + 127) / 255);
        }
    }
    rgba
}

fn unmultiplied(rgba: &RgbaImage) -> RgbaImage {
    let mut plain = rgba.clone();
    for pixel in plain.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = low_byte((u16::from(*channel) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0).min(255));
        }
    }
    plain
}

/// What shows through is white, as the page of a shop is.
fn on_white(rgba: &RgbaImage) -> RgbImage {
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let white = 255 - from[3];
        *to = Rgb([0, 1, 2].map(|channel| from[channel].saturating_add(white)));
    }
    rgb
}

/// A number that is known to fit a byte.
fn low_byte(number: u16) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
