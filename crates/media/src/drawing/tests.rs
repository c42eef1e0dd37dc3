use super::colour::Colourway;
use super::*;
use proptest::prelude::*;
use std::io::Write;

/// A drawing as it travels, compressed; larger ones would be felt on a page that shows forty.
const SENT_BYTES_MAX: usize = 8 * 1024;

fn sent_bytes(svg: &str) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(svg.as_bytes()).unwrap();
    gzip.finish().unwrap().len()
}

fn all_seeds() -> impl Iterator<Item = String> {
    let views = ["", ":detail", ":table"];
    Kind::ALL.iter().enumerate().flat_map(move |(place, kind)| {
        (0..6).flat_map(move |variation| {
            let way = Colourway::ALL[(place + variation) % Colourway::ALL.len()].name();
            views.map(|view| format!("{}:{way}:{variation}{view}", kind.name()))
        })
    })
}

/// Balanced elements, known names, nothing from outside.
fn check_svg(seed: &str, svg: &str) {
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{seed}");
    assert!(sent_bytes(svg) <= SENT_BYTES_MAX, "{seed}: {} bytes", sent_bytes(svg));
    for word in ["script", "style", "onload", "foreignObject", "data:", "NaN", "inf"] {
        assert!(!svg.contains(word), "{seed}: {word}");
    }
    assert_eq!(svg.matches("http").count(), 1, "{seed}: the name space alone");
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let name = tag.split([' ', '>']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{seed}"),
            None if tag.ends_with("/>") => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{seed}: {open:?}");
    for reference in svg.split(['"', '(']).filter_map(|part| part.strip_prefix('#')) {
        let id = reference.split([')', '"']).next().unwrap_or_default();
        let colour = matches!(id.len(), 6 | 8) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(colour || svg.contains(&format!(r#"id="{id}""#)), "{seed}: {id} is not defined");
    }
}

#[test]
fn every_thing_is_a_small_self_contained_svg() {
    for seed in all_seeds() {
        check_svg(&seed, &Drawing::from_seed(&seed).to_svg());
    }
    for kinds in ["", ":tin+teapot+cup+leaves", ":coffee+dripper+mug+beans", ":jar+powder+jar+powder+jar"] {
        let seed = format!("banner:sage:1{kinds}");
        check_svg(&seed, &Drawing::from_seed(&seed).to_svg());
    }
}

#[test]
fn things_look_different() {
    let mut seen = std::collections::HashMap::new();
    for kind in Kind::ALL {
        for way in ["celadon", "rust"] {
            for view in ["", ":detail", ":table"] {
                let seed = format!("{}:{way}:0{view}", kind.name());
                let pixels = Drawing::from_seed(&seed).rasterize(40).unwrap().into_raw();
                let twin = seen.insert(pixels, seed.clone());
                assert_eq!(twin, None, "the twin of {seed}");
            }
        }
    }
}

#[test]
fn what_a_seed_leaves_to_chance_can_be_asked() {
    for (seed, want) in [
        ("mug:oat:1", true),
        ("mug:oat:1:table", true),
        ("banner:oat:1", true),
        ("banner:oat:1:mug+tin", true),
        ("mug:oat", false),
        ("mug:beige:1", false),
        ("goblet:oat:1", false),
        ("mug:oat:one", false),
        ("mug:oat:1:behind", false),
        ("banner:oat:1:mug+goblet", false),
    ] {
        assert_eq!(Drawing::understands(seed), want, "{seed}");
    }
}

#[test]
fn a_seed_gives_the_same_picture_for_ever() {
    // FNV-1a over all pictures. If this fails, drawings have changed: raise DRAWING_VERSION so that browsers and
    // search engines let go of the old ones, and put the new number here.
    let pictures: String =
        all_seeds().chain(["banner:oat:3".to_owned()]).map(|seed| Drawing::from_seed(&seed).to_svg()).collect();
    let hash = pictures
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!((DRAWING_VERSION, hash), (1, 0x5a4d_b922_3645_1ba8), "{hash:#x}");
}

#[test]
fn rasters_have_the_asked_width_and_cover_all() {
    for (seed, width, height) in [("mug:oat:1", 64, 64), ("banner:oat:1", 300, 100), ("banner:oat:1", 1, 1)] {
        let picture = Drawing::from_seed(seed).rasterize(width).unwrap();
        assert_eq!(picture.dimensions(), (width, height));
        let darkest = picture.pixels().map(|pixel| pixel.0.iter().map(|c| u16::from(*c)).sum::<u16>()).min();
        assert!(darkest > Some(30), "{seed}: a hole shows black");
    }
    for width in [0, RASTER_WIDTH_MAX + 1, u32::MAX] {
        assert!(Drawing::from_seed("mug").rasterize(width).is_err(), "{width}");
    }
    let jpeg = Drawing::from_seed("mug:sky:4").to_jpeg(120).unwrap();
    assert_eq!(image::guess_format(&jpeg).unwrap(), image::ImageFormat::Jpeg);
}

proptest! {
    #[test]
    fn any_text_is_a_seed(seed in "\\PC{0,200}") {
        check_svg(&seed, &Drawing::from_seed(&seed).to_svg());
    }

    #[test]
    fn half_known_seeds_are_drawn_too(kind in "(mug|banner|tin|)", way in "(sage|nothing|)", tail in "[0-9:+a-z]{0,30}") {
        let seed = format!("{kind}:{way}:{tail}");
        check_svg(&seed, &Drawing::from_seed(&seed).to_svg());
    }
}
