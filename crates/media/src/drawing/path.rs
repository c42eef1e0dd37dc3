//! Outlines: lines and curves, and the few shapes that everything is made of.

use std::f32::consts::TAU;

/// How far a control point lies from its end, in radii, for a quarter of a circle.
const QUARTER: f32 = 0.552_3;

/// A point; x to the right, y down.
pub(super) type Point = (f32, f32);

/// A step of an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Move(Point),
    Line(Point),
    Curve(Point, Point, Point),
    Close,
}

/// One outline or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
}

impl Path {
    /// Begins at a point.
    pub(super) fn at(x: f32, y: f32) -> Self {
        Self { steps: vec![Step::Move((x, y))] }
    }

    pub(super) fn jump(mut self, x: f32, y: f32) -> Self {
        self.steps.push(Step::Move((x, y)));
        self
    }

    pub(super) fn line(mut self, x: f32, y: f32) -> Self {
        self.steps.push(Step::Line((x, y)));
        self
    }

    pub(super) fn curve(mut self, a: Point, b: Point, end: Point) -> Self {
        self.steps.push(Step::Curve(a, b, end));
        self
    }

    pub(super) fn close(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }

    /// Both outlines as one.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.steps.extend_from_slice(&other.steps);
        self
    }

    pub(super) fn polygon(points: &[Point]) -> Self {
        let mut path = Self::default();
        for (place, point) in points.iter().enumerate() {
            path.steps.push(if place == 0 { Step::Move(*point) } else { Step::Line(*point) });
        }
        path.close()
    }

    pub(super) fn ellipse(x: f32, y: f32, rx: f32, ry: f32) -> Self {
        let (kx, ky) = (rx * QUARTER, ry * QUARTER);
        Self::at(x - rx, y)
            .curve((x - rx, y - ky), (x - kx, y - ry), (x, y - ry))
            .curve((x + kx, y - ry), (x + rx, y - ky), (x + rx, y))
            .curve((x + rx, y + ky), (x + kx, y + ry), (x, y + ry))
            .curve((x - kx, y + ry), (x - rx, y + ky), (x - rx, y))
            .close()
    }

    pub(super) fn circle(x: f32, y: f32, radius: f32) -> Self {
        Self::ellipse(x, y, radius, radius)
    }

    pub(super) fn rect(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self::polygon(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    }

    pub(super) fn round_rect(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Self {
        let (r, k) = (radius, radius * (1.0 - QUARTER));
        let (right, foot) = (x + width, y + height);
        Self::at(x + r, y)
            .line(right - r, y)
            .curve((right - k, y), (right, y + k), (right, y + r))
            .line(right, foot - r)
            .curve((right, foot - k), (right - k, foot), (right - r, foot))
            .line(x + r, foot)
            .curve((x + k, foot), (x, foot - k), (x, foot - r))
            .line(x, y + r)
            .curve((x, y + k), (x + k, y), (x + r, y))
            .close()
    }

    /// A leaf from stalk to tip: `bend` is its width to either side, `sway` moves the middle off the straight line.
    pub(super) fn leaf(stalk: Point, length: f32, angle: f32, bend: f32, sway: f32) -> Self {
        let middle = length * 0.5;
        Self::at(0.0, 0.0)
            .curve((middle * 0.5, -bend + sway), (middle * 1.4, -bend + sway), (length, 0.0))
            .curve((middle * 1.4, bend + sway), (middle * 0.5, bend + sway), (0.0, 0.0))
            .close()
            .turned(angle)
            .moved(stalk.0, stalk.1)
    }

    /// A smooth line through points; a point given twice makes a corner.
    pub(super) fn through(points: &[Point]) -> Self {
        let mut path = Self::default();
        if let Some(first) = points.first() {
            path.steps.push(Step::Move(*first));
            path.smooth(points);
        }
        path
    }

    /// Goes on from the first of these points, where the outline is, through the others.
    pub(super) fn smooth(&mut self, points: &[Point]) {
        let heading = |place: usize| {
            let before = points[place.saturating_sub(1)];
            let after = points[(place + 1).min(points.len() - 1)];
            let (x, y) = (after.0 - before.0, after.1 - before.1);
            let far = length(x, y).max(0.001);
            (x / far, y / far)
        };
        for place in 1..points.len() {
            let (from, to) = (points[place - 1], points[place]);
            let reach = length(to.0 - from.0, to.1 - from.1) / 3.0;
            if reach < 0.01 {
                continue;
            }
            let (out, back) = (heading(place - 1), heading(place));
            self.steps.push(Step::Curve(
                (from.0 + out.0 * reach, from.1 + out.1 * reach),
                (to.0 - back.0 * reach, to.1 - back.1 * reach),
                to,
            ));
        }
    }

    /// The lower half of an ellipse from where the outline is, on the left, to the right.
    pub(super) fn bowl(self, x: f32, y: f32, rx: f32, ry: f32) -> Self {
        let (kx, ky) = (rx * QUARTER, ry * QUARTER);
        self.curve((x - rx, y + ky), (x - kx, y + ry), (x, y + ry)).curve(
            (x + kx, y + ry),
            (x + rx, y + ky),
            (x + rx, y),
        )
    }

    /// The upper half from where the outline is, on the right, to the left.
    pub(super) fn dome(self, x: f32, y: f32, rx: f32, ry: f32) -> Self {
        let (kx, ky) = (rx * QUARTER, ry * QUARTER);
        self.curve((x + rx, y - ky), (x + kx, y - ry), (x, y - ry)).curve(
            (x - kx, y - ry),
            (x - rx, y - ky),
            (x - rx, y),
        )
    }

    pub(super) fn map(&self, change: impl Fn(Point) -> Point) -> Self {
        let steps = self.steps.iter().map(|step| match *step {
            Step::Move(point) => Step::Move(change(point)),
            Step::Line(point) => Step::Line(change(point)),
            Step::Curve(a, b, end) => Step::Curve(change(a), change(b), change(end)),
            Step::Close => Step::Close,
        });
        Self { steps: steps.collect() }
    }

    pub(super) fn moved(&self, dx: f32, dy: f32) -> Self {
        self.map(|(x, y)| (x + dx, y + dy))
    }

    /// Turned about the origin by so many degrees, clockwise.
    pub(super) fn turned(&self, degrees: f32) -> Self {
        let (sin, cos) = (degrees / 360.0 * TAU).sin_cos();
        self.map(|(x, y)| (x * cos - y * sin, x * sin + y * cos))
    }

    pub(super) fn turned_about(&self, degrees: f32, centre: Point) -> Self {
        self.moved(-centre.0, -centre.1).turned(degrees).moved(centre.0, centre.1)
    }
}

/// Length of an arrow. By hand: `hypot` of the C library is newer than the systems that functions run on.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}
