//! What a picture consists of before it becomes SVG or pixels: painted outlines, the lowest first.

use super::colour::Colour;
use super::path::{Path, Point};

/// A colour at a place of a gradient, 0 to 1.
pub(super) type Stop = (f32, Colour);

/// What an outline is painted with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Paint {
    Flat(Colour),
    /// Along a line from one point to the other.
    Linear {
        from: Point,
        to: Point,
        stops: Vec<Stop>,
    },
    /// From the centre of an ellipse to its edge.
    Radial {
        centre: Point,
        radii: Point,
        stops: Vec<Stop>,
    },
}

impl From<Colour> for Paint {
    fn from(colour: Colour) -> Self {
        Self::Flat(colour)
    }
}

/// A painted outline.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) path: Path,
    pub(super) paint: Paint,
    /// Width of the line; none to fill.
    pub(super) stroke: Option<f32>,
    /// Place of the outline in [`Scene::clips`] that it shows through.
    pub(super) clip: Option<usize>,
}

/// A picture.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) clips: Vec<Path>,
    pub(super) shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, clips: Vec::new(), shapes: Vec::new() }
    }
}
