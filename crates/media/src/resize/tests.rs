use super::*;
use image::{ColorType, ImageEncoder, Rgba};
use proptest::prelude::*;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Left half red, right half blue.
fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
}

fn reread(file: &PictureFile) -> DynamicImage {
    let picture = image::load_from_memory(&file.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (file.width, file.height), "{}", file.name);
    picture
}

#[test]
fn an_upload_becomes_both_formats_in_every_width_that_it_fills() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let upload = encoded(&flag(1_000, 500).into(), format);
        let prepared = prepare(&upload).unwrap();
        assert_eq!((prepared.picture.width, prepared.picture.height), (1_000, 500));
        let names: Vec<&str> = prepared.files.iter().map(|file| file.name.as_str()).collect();
        let want: Vec<String> = [160, 320, 480, 800]
            .iter()
            .flat_map(|width| ["webp", "jpg"].map(|end| format!("sizes/{}-{width}.{end}", crate::names::stem(&upload))))
            .collect();
        assert_eq!(names, want, "{format:?}");
        for file in &prepared.files {
            let picture = reread(file).into_rgb8();
            assert_eq!(picture.height(), picture.width() / 2);
            let left = picture.get_pixel(picture.width() / 4, 10);
            assert!(left[0] > 180 && left[2] < 60, "{}: {left:?}", file.name);
        }
        let again = prepare(&upload).unwrap();
        assert!(again.files.iter().zip(&prepared.files).all(|(a, b)| a.bytes == b.bytes), "same bytes, same files");
    }
}

#[test]
fn small_pictures_are_not_blown_up() {
    let prepared = prepare(&encoded(&flag(90, 30).into(), ImageFormat::Png)).unwrap();
    assert_eq!(prepared.files.iter().map(|file| (file.width, file.height)).collect::<Vec<_>>(), [(90, 30); 2]);
}

#[test]
fn the_narrowest_pictures_are_taken_too() {
    for (width, height) in [(1, 1), (1, 16_000), (16_000, 1)] {
        let prepared = prepare(&encoded(&flag(width, height).into(), ImageFormat::Png)).unwrap();
        assert!(prepared.files.iter().all(|file| file.width <= width && file.height >= 1), "{width} × {height}");
    }
}

#[test]
fn a_picture_held_upright_is_turned_and_its_note_is_taken_off() {
    // EXIF with one entry: orientation 6, a quarter to the right.
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    let mut upload = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut upload, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(flag(400, 200).as_raw(), 400, 200, ColorType::Rgb8.into()).unwrap();
    let prepared = prepare(&upload).unwrap();
    assert_eq!((prepared.picture.width, prepared.picture.height), (200, 400));
    for file in &prepared.files {
        let picture = reread(file).into_rgb8();
        assert!(picture.get_pixel(80, 20)[0] > 180, "{}: left has come to the top", file.name);
        assert!(!file.bytes.windows(4).any(|window| window == b"Exif"), "{}", file.name);
    }
}

#[test]
fn see_through_pictures_stay_so_in_webp_and_turn_white_in_jpeg() {
    let upload = RgbaImage::from_fn(320, 320, |x, _| if x < 160 { Rgba([0, 0, 0, 0]) } else { Rgba([200, 0, 0, 255]) });
    let prepared = prepare(&encoded(&upload.into(), ImageFormat::Png)).unwrap();
    for file in &prepared.files {
        let pixel = *reread(file).into_rgba8().get_pixel(10, 10);
        match file.format {
            Format::Webp => assert_eq!(pixel[3], 0),
            Format::Jpeg => assert!(pixel.0.iter().all(|channel| *channel > 250), "{pixel:?}"),
        }
    }
}

#[test]
fn what_is_no_picture_is_refused_with_the_next_step() {
    let big = vec![0xff; UPLOAD_BYTES_MAX + 1];
    for (case, upload, want) in [
        ("SVG", &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "export"),
        ("SVG behind a mark", b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", "export"),
        ("SVG in UTF-16", b"\xff\xfe<\0s\0v\0g\0", "export"),
        ("GIF", b"GIF89a....", "looks like GIF; save"),
        ("HEIC", b"\0\0\0\x18ftypheic", "looks like HEIC; save"),
        ("nothing", b"", "save it as"),
        ("cut off", b"\x89PNG\r\n\x1a\n\0\0", "save it again"),
        ("too long", &big, "save it smaller"),
    ] {
        let error = prepare(upload).unwrap_err().to_string();
        assert!(error.contains(want), "{case}: {error}");
    }
}

/// A PNG that says it is so large, and is not.
fn boasting_png(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()).chain([8, 2, 0, 0, 0]));
    let crc = !header.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(header);
    png.extend(crc.to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    png
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    for (width, height) in [(60_000, 60_000), (16_001, 10), (8_000, 7_000)] {
        let error = prepare(&boasting_png(width, height)).unwrap_err();
        assert!(matches!(error, UploadError::TooManyPixels { .. }), "{width} × {height}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0_usize..4) {
        const MAGIC: [&[u8]; 4] = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 ", b""];
        let _ = prepare(&[MAGIC[kind], &bytes].concat());
    }

    #[test]
    fn damaged_pictures_do_not_panic(
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        kept in any::<prop::sample::Index>(),
    ) {
        let mut upload = encoded(&flag(40, 30).into(), format);
        for (place, byte) in damage {
            let place = place.index(upload.len());
            upload[place] = byte;
        }
        upload.truncate(kept.index(upload.len()) + 1);
        let _ = prepare(&upload);
    }
}
