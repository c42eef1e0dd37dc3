//! Round things in light: bodies turned about an upright axis, their shade, gloss, openings and patterns.
//!
//! The light comes from the upper left, everywhere.

use super::colour::{Colour, INK, WHITE};
use super::path::{Path, Point};
use super::pen::Pen;
use super::scene::{Paint, Stop};

/// How flat a circle looks from where we stand: height by width of a rim.
pub(super) const TILT: f32 = 0.17;

/// What a surface does with light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    Matte,
    Glaze,
    Metal,
}

/// Half of an upright section: pairs of height and radius, from the top down. A pair given twice makes an edge.
pub(super) type Profile<'p> = &'p [Point];

/// The outline of a turned body.
pub(super) fn outline(x: f32, profile: Profile) -> Path {
    let (Some(top), Some(foot)) = (profile.first(), profile.last()) else { return Path::default() };
    let left: Vec<Point> = profile.iter().map(|(y, radius)| (x - radius, *y)).collect();
    let right: Vec<Point> = profile.iter().rev().map(|(y, radius)| (x + radius, *y)).collect();
    let mut path = Path::at(x - top.1, top.0);
    path.smooth(&left);
    path = path.bowl(x, foot.0, foot.1, foot.1 * TILT);
    path.smooth(&right);
    path.dome(x, top.0, top.1, top.1 * TILT).close()
}

/// A turned body in one colour, with what is drawn on it, lit.
pub(super) fn body(
    pen: &mut Pen,
    x: f32,
    profile: Profile,
    colour: Colour,
    finish: Finish,
    on_it: impl FnOnce(&mut Pen),
) {
    let path = outline(x, profile);
    pen.fill(&path, colour);
    pen.within(&path, on_it);
    let (top, foot) = (profile[0].0, profile[profile.len() - 1].0);
    let radius = profile.iter().map(|(_, radius)| *radius).fold(0.0, f32::max);
    light(pen, &path, (x - radius, x + radius), finish);
    let low = foot + radius * TILT;
    let shade = vec![(0.0, INK.alpha(0.0)), (1.0, INK.mix(colour, 0.3).alpha(0.26))];
    pen.fill(&path, Paint::Linear { from: (x, low - (low - top) * 0.4), to: (x, low), stops: shade });
    if finish == Finish::Glaze {
        gloss(pen, x, profile);
    }
}

/// Light and shade across an outline that reaches from one x to the other.
pub(super) fn light(pen: &mut Pen, path: &Path, (left, right): Point, finish: Finish) {
    let stops: Vec<Stop> = match finish {
        Finish::Matte => vec![
            (0.0, INK.alpha(0.10)),
            (0.1, INK.alpha(0.0)),
            (0.1, WHITE.alpha(0.0)),
            (0.3, WHITE.alpha(0.16)),
            (0.52, WHITE.alpha(0.0)),
            (0.52, INK.alpha(0.0)),
            (0.93, INK.alpha(0.27)),
            (1.0, INK.alpha(0.18)),
        ],
        Finish::Glaze => vec![
            (0.0, INK.alpha(0.14)),
            (0.07, INK.alpha(0.0)),
            (0.07, WHITE.alpha(0.0)),
            (0.27, WHITE.alpha(0.26)),
            (0.5, WHITE.alpha(0.0)),
            (0.5, INK.alpha(0.0)),
            (0.92, INK.alpha(0.34)),
            (1.0, INK.alpha(0.2)),
        ],
        Finish::Metal => vec![
            (0.0, INK.alpha(0.38)),
            (0.1, INK.alpha(0.06)),
            (0.2, WHITE.alpha(0.72)),
            (0.3, WHITE.alpha(0.12)),
            (0.46, INK.alpha(0.14)),
            (0.62, INK.alpha(0.3)),
            (0.76, WHITE.alpha(0.16)),
            (0.88, INK.alpha(0.3)),
            (1.0, INK.alpha(0.12)),
        ],
    };
    pen.fill(path, Paint::Linear { from: (left, 0.0), to: (right, 0.0), stops });
}

/// A window's reflection that follows the form.
pub(super) fn gloss(pen: &mut Pen, x: f32, profile: Profile) {
    let (top, foot) = (profile[0].0, profile[profile.len() - 1].0);
    let (high, low) = (top + (foot - top) * 0.1, top + (foot - top) * 0.72);
    let along = |share: f32| {
        [0.0_f32, 0.2, 0.4, 0.6, 0.8, 1.0].map(|step| {
            let y = high + (low - high) * step;
            // Narrow at both ends, so that it looks bent around the form.
            let taper = (step - 0.5).abs() * 0.1;
            (x - radius_at(profile, y) * (share + if share > 0.7 { -taper } else { taper }), y)
        })
    };
    let (outer, mut back) = (along(0.8), along(0.64));
    back.reverse();
    let mut path = Path::through(&outer).line(back[0].0, back[0].1);
    path.smooth(&back);
    let stops = vec![(0.0, WHITE.alpha(0.6)), (0.5, WHITE.alpha(0.3)), (1.0, WHITE.alpha(0.0))];
    pen.fill(&path.close(), Paint::Linear { from: (x, high), to: (x, low), stops });
}

/// The radius at a height, on the straight line between the two pairs around it.
fn radius_at(profile: Profile, y: f32) -> f32 {
    let after = profile.iter().position(|(height, _)| y <= *height).unwrap_or(profile.len() - 1);
    let ((low, from), (high, to)) = (profile[after.saturating_sub(1)], profile[after]);
    if high - low < 0.01 { to } else { from + (to - from) * (y - low) / (high - low) }
}

/// A soft shadow on the ground, longer to the right.
pub(super) fn ground(pen: &mut Pen, x: f32, y: f32, half: f32) {
    let shade = pen.look.backdrop.mix(INK, 0.82);
    let soft = |centre: Point, radii: Point, strength: f32| Paint::Radial {
        centre,
        radii,
        stops: vec![(0.0, shade.alpha(strength)), (0.55, shade.alpha(strength * 0.45)), (1.0, shade.alpha(0.0))],
    };
    let wide = (x + half * 0.34, y + half * 0.05);
    let radii = (half * 1.55, half * 0.34);
    pen.fill(&Path::ellipse(wide.0, wide.1, radii.0, radii.1), soft(wide, radii, 0.34));
    let near = (x + half * 0.05, y + half * 0.06);
    let radii = (half * 1.12, half * 0.22);
    pen.fill(&Path::ellipse(near.0, near.1, radii.0, radii.1), soft(near, radii, 0.5));
}

/// The opening of a body: lip, dark inside, and what is in it, a share of the radius below the lip.
pub(super) fn opening(pen: &mut Pen, x: f32, y: f32, radius: f32, colour: Colour, filling: Option<Colour>) {
    let flat = radius * TILT;
    pen.fill(&Path::ellipse(x, y, radius, flat), colour.lighter(0.42));
    let inner = Path::ellipse(x, y + radius * 0.012, radius * 0.94, flat * 0.86);
    let dim = colour.darker(0.32);
    let stops = vec![(0.0, dim), (0.6, colour.darker(0.12)), (1.0, colour.lighter(0.12))];
    pen.fill(&inner, Paint::Linear { from: (x - radius, y), to: (x + radius, y), stops });
    if let Some(liquid) = filling {
        pen.within(&inner, |pen| {
            let surface = Path::ellipse(x, y + flat * 0.34, radius * 0.9, flat * 0.82);
            let centre = (x - radius * 0.25, y + flat * 0.2);
            let stops = vec![(0.0, liquid.lighter(0.2)), (0.7, liquid), (1.0, liquid.darker(0.25))];
            pen.fill(&surface, Paint::Radial { centre, radii: (radius * 1.1, flat * 1.1), stops });
            let glint = Path::ellipse(x - radius * 0.36, y + flat * 0.3, radius * 0.26, flat * 0.14);
            pen.fill(&glint, WHITE.alpha(0.4));
        });
    }
}

/// A round bar along a path: handles, wires, cords.
pub(super) fn bar(pen: &mut Pen, path: &Path, width: f32, colour: Colour) {
    pen.line(path, width, colour.darker(0.34));
    pen.line(&path.moved(-width * 0.06, -width * 0.07), width * 0.8, colour);
    pen.line(&path.moved(-width * 0.16, -width * 0.18), width * 0.26, colour.lighter(0.42).alpha(0.75));
}

/// What potters do to a surface, by variation. `area` is left, top, right, foot.
pub(super) fn decorate(pen: &mut Pen, area: [f32; 4]) {
    let [left, top, right, foot] = area;
    let (base, accent) = (pen.look.base, pen.look.accent);
    match pen.look.variation % 7 {
        0 => speckles(pen, area, base.contrast(accent, INK).alpha(0.55), 26),
        1 => dipped(pen, area, accent),
        2 => bands(pen, area, accent),
        3 => sprigs(pen, area, base.contrast(accent, WHITE)),
        4 => brush(pen, area, accent),
        5 => {
            dipped(pen, area, base.lighter(0.55));
            speckles(pen, area, base.darker(0.5).alpha(0.5), 18);
        }
        _ => {
            let mut ribs = Path::default();
            let step = (right - left) / 13.0;
            for number in 1_u8..13 {
                let x = left + step * f32::from(number);
                ribs = ribs.jump(x, top).line(x, foot + 60.0);
            }
            pen.line(&ribs, 5.0, base.darker(0.22).alpha(0.4));
            pen.line(&ribs.moved(-5.0, 0.0), 4.0, WHITE.alpha(0.2));
        }
    }
}

/// Small dots, as iron in the clay makes them.
pub(super) fn speckles(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour, count: usize) {
    let mut dots = Path::default();
    for _ in 0..count {
        let (x, y) = (pen.look.between(left, right), pen.look.between(top, foot));
        let size = pen.look.between(1.4, 3.6);
        // A drop of four short lines is a third of a circle's bytes.
        dots = dots.and(&Path::polygon(&[(x - size, y), (x, y - size * 0.8), (x + size, y), (x, y + size * 0.8)]));
    }
    pen.fill(&dots, colour);
}

/// The lower part in another glaze, with the edge where it ran.
fn dipped(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour) {
    let line = top + (foot - top) * pen.look.between(0.5, 0.62);
    let width = right - left;
    let mut edge: Vec<Point> = Vec::new();
    for number in 0_u8..=6 {
        edge.push((left + width * f32::from(number) / 6.0, line + pen.look.between(-13.0, 13.0)));
    }
    let path = Path::through(&edge).line(right, foot + 90.0).line(left, foot + 90.0).close();
    pen.fill(&path, colour);
    pen.line(&Path::through(&edge), 4.0, colour.lighter(0.4).alpha(0.8));
}

fn bands(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour) {
    let (height, middle, half) = (foot - top, (left + right) / 2.0, (right - left) / 2.0);
    for (share, width) in [(0.18, 5.0), (0.24, 12.0), (0.72, 5.0)] {
        let y = top + height * share;
        pen.line(&Path::at(middle - half, y).bowl(middle, y, half, half * TILT), width, colour);
    }
}

/// Twigs with leaves, painted with a soft brush.
fn sprigs(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour) {
    let (width, height) = (right - left, foot - top);
    for (x, y, lean) in [(0.34, 0.86, -12.0), (0.56, 0.92, 8.0), (0.78, 0.84, 20.0)] {
        let root = (left + width * x, top + height * y);
        let length = height * pen.look.between(0.44, 0.58);
        let (sin, cos) = f32::to_radians(lean).sin_cos();
        let along = |share: f32| (root.0 + sin * length * share, root.1 - cos * length * share);
        let tip = along(1.0);
        pen.line(&Path::at(root.0, root.1).line(tip.0, tip.1), 3.2, colour.alpha(0.9));
        let mut leaves = Path::leaf(tip, length * 0.2, lean - 90.0, length * 0.07, 0.0);
        for share in [0.34, 0.56, 0.78] {
            for side in [-42.0, 42.0] {
                leaves = leaves.and(&Path::leaf(along(share), length * 0.26, lean - 90.0 + side, length * 0.08, 0.0));
            }
        }
        pen.fill(&leaves, colour.alpha(0.88));
    }
}

/// One broad stroke around the body.
fn brush(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour) {
    let (width, height) = (right - left, foot - top);
    let at = |x: f32, y: f32| (left + width * x, top + height * y);
    let path = Path::through(&[at(-0.05, 0.62), at(0.2, 0.48), at(0.5, 0.6), at(0.78, 0.44), at(1.06, 0.52)]);
    pen.line(&path, height * 0.15, colour.alpha(0.92));
    pen.line(&path.moved(0.0, -height * 0.045), height * 0.02, pen.look.base.alpha(0.55));
    pen.line(&path.moved(0.0, height * 0.13), height * 0.028, colour.alpha(0.6));
}
