//! Pictures drawn from a seed: the goods of a tea shop in one illustrated style.
//!
//! A seed such as `teapot:celadon:2` names a thing, a colourway and a variation; a fourth part asks for another view
//! (`detail`, `table`). `banner:sage:1:teapot+mug` is a wide picture with several things. The same seed gives the same
//! picture for ever, as SVG and as pixels, and any text at all is a seed: what is not understood is chosen by its hash.

#![expect(clippy::float_arithmetic, reason = "pictures are made of coordinates")]

mod backdrop;
mod colour;
mod figures;
mod path;
mod pen;
mod raster;
mod scene;
mod seed;
mod solid;
mod svg;

pub use raster::DrawingError;
pub use seed::{Kind, SEED_CHARS_MAX, View};

use scene::Scene;
use seed::Seed;

/// Rises when drawings come to look different, so that files made of the old ones get other names.
pub const DRAWING_VERSION: u32 = 1;
/// Side of a square picture in the units it is drawn in; a browser may show it at any size.
pub const SIDE: u32 = 800;
/// Width of a banner in the same units.
pub const BANNER_WIDTH: u32 = 1_500;
/// Height of a banner.
pub const BANNER_HEIGHT: u32 = 500;
/// Widest raster that is made, in pixels.
pub const RASTER_WIDTH_MAX: u32 = 2_400;

/// A picture that a seed stands for.
#[derive(Clone, Debug)]
pub struct Drawing {
    seed: Seed,
}

impl Drawing {
    /// Reads a seed: `kind:colourway:variation[:view]` or `banner:colourway:variation[:kind+kind+…]`. Never fails; what
    /// lies past [`SEED_CHARS_MAX`] is not read.
    pub fn from_seed(seed: &str) -> Self {
        Self { seed: Seed::read(seed) }
    }

    /// Whether kind and colourway of a seed are known, so that nothing is left to its hash.
    pub fn understands(seed: &str) -> bool {
        Seed::is_known(seed)
    }

    /// What it shows; `None` for a banner.
    pub fn kind(&self) -> Option<Kind> {
        self.seed.kind()
    }

    /// Width and height in the units it is drawn in.
    pub fn size(&self) -> (u32, u32) {
        if self.kind().is_some() { (SIDE, SIDE) } else { (BANNER_WIDTH, BANNER_HEIGHT) }
    }

    /// A self-contained SVG: no script, no style, no reference to anything outside.
    pub fn to_svg(&self) -> String {
        svg::write(&self.scene())
    }

    /// The same picture in pixels, opaque, `width` of them across (1 to [`RASTER_WIDTH_MAX`]).
    pub fn rasterize(&self, width: u32) -> Result<image::RgbImage, DrawingError> {
        raster::draw(&self.scene(), width)
    }

    /// The same as a JPEG file, for readers that know no SVG: structured data, mail, social cards.
    pub fn to_jpeg(&self, width: u32) -> Result<Vec<u8>, DrawingError> {
        raster::jpeg(&self.rasterize(width)?)
    }

    fn scene(&self) -> Scene {
        let (width, height) = self.size();
        let mut scene = Scene::new(width, height);
        backdrop::compose(&mut scene, &self.seed);
        scene
    }
}

#[cfg(test)]
mod tests;
