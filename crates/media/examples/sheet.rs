//! Draws contact sheets of the demo's pictures, to look at: `cargo run -p media --example sheet -- DIR`.

#![allow(clippy::unwrap_used, reason = "a developer's tool")]

use image::RgbImage;
use media::drawing::{Drawing, Kind};

const WAYS: [&str; 8] = ["celadon", "indigo", "terracotta", "oat", "charcoal", "saffron", "cherry", "sky"];

fn sheet(seeds: &[String], columns: u32, width: u32) -> RgbImage {
    let pictures: Vec<RgbImage> = seeds.iter().map(|seed| Drawing::from_seed(seed).rasterize(width).unwrap()).collect();
    let height = pictures[0].height();
    let rows = u32::try_from(pictures.len()).unwrap().div_ceil(columns);
    let mut sheet = RgbImage::from_pixel(columns * (width + 8), rows * (height + 8), image::Rgb([255, 255, 255]));
    for (place, picture) in (0_u32..).zip(&pictures) {
        let (x, y) = (place % columns * (width + 8), place / columns * (height + 8));
        image::imageops::replace(&mut sheet, picture, i64::from(x), i64::from(y));
    }
    sheet
}

fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let seeds = |view: &str| -> Vec<String> {
        (0..)
            .zip(Kind::ALL)
            .map(|(n, kind)| {
                format!(
                    "{}:{}:{}{view}",
                    kind.name(),
                    if matches!(kind, Kind::Beans) { "cocoa" } else { WAYS[n % 8] },
                    n
                )
            })
            .collect()
    };
    sheet(&seeds(""), 8, 300).save(dir.join("front.png")).unwrap();
    sheet(&seeds(":detail"), 8, 300).save(dir.join("detail.png")).unwrap();
    sheet(&seeds(":table"), 8, 300).save(dir.join("table.png")).unwrap();
    let mugs: Vec<String> =
        (0..24).map(|n| format!("{}:{}:{n}", ["mug", "teapot", "tin"][n / 8], WAYS[n % 8])).collect();
    sheet(&mugs, 8, 300).save(dir.join("variations.png")).unwrap();
    let banners: Vec<String> = [
        "banner:sage:0:tin+teapot+cup+leaves",
        "banner:terracotta:3:coffee+dripper+mug+beans",
        "banner:indigo:4:kettle+kyusu+beaker",
        "banner:oat:7:jar+powder+jar",
        "banner:plum:1",
        "banner:x:5",
    ]
    .iter()
    .map(|seed| (*seed).to_owned())
    .collect();
    sheet(&banners, 2, 1_000).save(dir.join("banners.png")).unwrap();
}
