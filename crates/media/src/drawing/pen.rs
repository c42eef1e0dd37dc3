//! The pen that figures are drawn with: it places and scales what it draws.

use super::colour::Look;
use super::path::{Path, Point};
use super::scene::{Paint, Scene, Shape};

/// Draws into a scene, at a place and a scale.
pub(super) struct Pen<'s> {
    scene: &'s mut Scene,
    scale: f32,
    dx: f32,
    dy: f32,
    clip: Option<usize>,
    /// Colours and chance of the figure that is drawn.
    pub(super) look: Look,
}

impl<'s> Pen<'s> {
    /// Figures are drawn about (400, 640), the middle of the ground they stand on; that point comes to `foot`.
    pub(super) fn new(scene: &'s mut Scene, look: Look, foot: Point, scale: f32) -> Self {
        Self { scene, scale, dx: foot.0 - 400.0 * scale, dy: foot.1 - 640.0 * scale, clip: None, look }
    }

    pub(super) fn fill(&mut self, path: &Path, paint: impl Into<Paint>) {
        self.push(path, paint.into(), None);
    }

    pub(super) fn line(&mut self, path: &Path, width: f32, paint: impl Into<Paint>) {
        self.push(path, paint.into(), Some(width * self.scale));
    }

    /// What is drawn inside shows only within the outline. Not to be nested.
    pub(super) fn within(&mut self, outline: &Path, draw: impl FnOnce(&mut Self)) {
        let place = self.scene.clips.len();
        let outline = self.placed(outline);
        self.scene.clips.push(outline);
        self.clip = Some(place);
        draw(self);
        self.clip = None;
    }

    fn push(&mut self, path: &Path, paint: Paint, stroke: Option<f32>) {
        let shape = Shape { path: self.placed(path), paint: self.placed_paint(paint), stroke, clip: self.clip };
        self.scene.shapes.push(shape);
    }

    fn place(&self, (x, y): Point) -> Point {
        (x * self.scale + self.dx, y * self.scale + self.dy)
    }

    fn placed(&self, path: &Path) -> Path {
        path.map(|point| self.place(point))
    }

    fn placed_paint(&self, paint: Paint) -> Paint {
        match paint {
            Paint::Flat(colour) => Paint::Flat(colour),
            Paint::Linear { from, to, stops } => Paint::Linear { from: self.place(from), to: self.place(to), stops },
            Paint::Radial { centre, radii, stops } => {
                Paint::Radial { centre: self.place(centre), radii: (radii.0 * self.scale, radii.1 * self.scale), stops }
            }
        }
    }
}
