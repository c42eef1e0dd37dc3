//! Draws all products of the demo on one sheet, to look at: `cargo run -p demo --example wall -- FILE.png`.

#![allow(clippy::unwrap_used, reason = "a developer's tool")]

use image::RgbImage;
use media::drawing::Drawing;

fn main() {
    let assortment = demo::assortment().unwrap();
    let pages = assortment.products.iter().filter(|entry| entry.product.structure.parent().is_none());
    let seeds: Vec<&str> =
        pages.filter_map(|entry| entry.product.images.first()?.source.strip_prefix("drawn:")).collect();
    let mut wall =
        RgbImage::from_pixel(16 * 150, u32::try_from(seeds.len()).unwrap().div_ceil(16) * 150, image::Rgb([255; 3]));
    for (place, seed) in (0_u32..).zip(seeds) {
        let picture = Drawing::from_seed(seed).rasterize(146).unwrap();
        image::imageops::replace(&mut wall, &picture, i64::from(place % 16 * 150), i64::from(place / 16 * 150));
    }
    wall.save(std::env::args().nth(1).unwrap_or_else(|| "wall.png".to_owned())).unwrap();
}
