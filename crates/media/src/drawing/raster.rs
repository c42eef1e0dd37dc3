//! A scene as pixels.

use super::RASTER_WIDTH_MAX;
use super::colour::Colour;
use super::path::{Path, Step};
use super::scene::{Paint, Scene, Stop};
use image::codecs::jpeg::JpegEncoder;
use tiny_skia::{
    FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, PathBuilder, Pixmap, Point, RadialGradient,
    Shader, SpreadMode, Stroke, Transform,
};

/// Quality of the JPEGs of drawings; they have large even areas, which show blocks early.
const JPEG_QUALITY: u8 = 88;

/// Why a drawing did not become pixels.
#[derive(Debug, thiserror::Error)]
pub enum DrawingError {
    /// No pixels, or too many.
    #[error("a raster is 1 to {RASTER_WIDTH_MAX} pixels wide, not {0}")]
    Width(u32),
    /// The encoder refused.
    #[error("the drawing could not be written as JPEG")]
    Encode(#[from] image::ImageError),
}

pub(super) fn jpeg(pixels: &image::RgbImage) -> Result<Vec<u8>, DrawingError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(pixels)?;
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are a few thousand at most")]
pub(super) fn draw(scene: &Scene, width: u32) -> Result<image::RgbImage, DrawingError> {
    let height = width.checked_mul(scene.height).map(|area| (area + scene.width / 2) / scene.width.max(1));
    let pixmap = height.and_then(|height| Pixmap::new(width, height.max(1)));
    let mut pixmap = pixmap.filter(|_| width <= RASTER_WIDTH_MAX).ok_or(DrawingError::Width(width))?;
    // Whole pixels both ways: the last row must not be half covered.
    let (across, down) = (pixmap.width() as f32 / scene.width as f32, pixmap.height() as f32 / scene.height as f32);
    let scale = Transform::from_scale(across, down);
    let mut masks: Vec<Option<Mask>> = vec![None; scene.clips.len()];
    for shape in &scene.shapes {
        let (Some(path), Some(shader)) = (outline(&shape.path), shader(&shape.paint)) else { continue };
        let mask = shape.clip.and_then(|place| {
            let slot = masks.get_mut(place)?;
            if slot.is_none() {
                *slot = mask(&scene.clips[place], &pixmap, scale);
            }
            slot.as_ref()
        });
        let paint = tiny_skia::Paint { shader, anti_alias: true, ..Default::default() };
        match shape.stroke {
            None => pixmap.fill_path(&path, &paint, FillRule::Winding, scale, mask),
            Some(width) => {
                let stroke =
                    Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Default::default() };
                pixmap.stroke_path(&path, &paint, &stroke, scale, mask);
            }
        }
    }
    // Every scene begins with a backdrop that covers it, so nothing shines through.
    let rgb = pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    image::RgbImage::from_raw(pixmap.width(), pixmap.height(), rgb).ok_or(DrawingError::Width(width))
}

fn mask(clip: &Path, pixmap: &Pixmap, scale: Transform) -> Option<Mask> {
    let mut mask = Mask::new(pixmap.width(), pixmap.height())?;
    mask.fill_path(&outline(clip)?, FillRule::Winding, true, scale);
    Some(mask)
}

fn outline(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for step in &path.steps {
        match *step {
            Step::Move((x, y)) => builder.move_to(x, y),
            Step::Line((x, y)) => builder.line_to(x, y),
            Step::Curve(a, b, end) => builder.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1),
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}

fn shader(paint: &Paint) -> Option<Shader<'static>> {
    match paint {
        Paint::Flat(flat) => Some(Shader::SolidColor(colour(*flat))),
        Paint::Linear { from, to, stops } => LinearGradient::new(
            Point::from_xy(from.0, from.1),
            Point::from_xy(to.0, to.1),
            gradient_stops(stops),
            SpreadMode::Pad,
            Transform::identity(),
        ),
        Paint::Radial { centre, radii, stops } => {
            let place = Transform::from_row(radii.0, 0.0, 0.0, radii.1, centre.0, centre.1);
            let origin = Point::from_xy(0.0, 0.0);
            RadialGradient::new(origin, 0.0, origin, 1.0, gradient_stops(stops), SpreadMode::Pad, place)
        }
    }
}

fn gradient_stops(stops: &[Stop]) -> Vec<GradientStop> {
    stops.iter().map(|(offset, shade)| GradientStop::new(*offset, colour(*shade))).collect()
}

fn colour(colour: Colour) -> tiny_skia::Color {
    let [r, g, b, a] = colour.channels();
    tiny_skia::Color::from_rgba8(r, g, b, a)
}
