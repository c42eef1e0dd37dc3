//! A scene as SVG, small: whole units, each repeated outline, gradient and row of colours once.

use super::colour::Colour;
use super::path::{Path, Point, Step};
use super::scene::{Paint, Scene, Shape, Stop};
use std::collections::HashMap;
use std::fmt::Write;

/// Outlines and rows of colours at least this long, in bytes, are worth sharing.
const SHARED_BYTES_MIN: usize = 45;

pub(super) fn write(scene: &Scene) -> String {
    let mut writer = Writer::default();
    for path in scene.shapes.iter().map(|shape| &shape.path).chain(&scene.clips) {
        *writer.uses.entry(outline(path).1).or_default() += 1;
    }
    for (place, clip) in scene.clips.iter().enumerate() {
        let shape = writer.element(clip, true);
        let _ = write!(writer.defs, r#"<clipPath id="c{place}">{shape}/></clipPath>"#);
    }
    let body: String = scene.shapes.iter().map(|shape| writer.shape(shape)).collect();
    let (width, height) = (scene.width, scene.height);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" stroke-linecap="round" stroke-linejoin="round"><defs>{}</defs>{body}</svg>"#,
        writer.defs
    )
}

/// What has been defined so far.
#[derive(Default)]
struct Writer {
    defs: String,
    /// How often each outline is needed, wherever it begins.
    uses: HashMap<String, usize>,
    /// Outlines by their steps: number, and where the defined one begins.
    outlines: HashMap<String, (usize, (i32, i32))>,
    gradients: HashMap<String, usize>,
    rows: HashMap<String, usize>,
}

impl Writer {
    fn shape(&mut self, shape: &Shape) -> String {
        // A gradient or a clip would move along with an outline that is used in another place.
        let fixed = shape.clip.is_some() || !matches!(shape.paint, Paint::Flat(_));
        let mut text = self.element(&shape.path, fixed);
        let paint = self.paint(&shape.paint);
        let _ = match shape.stroke {
            None => write!(text, r#" fill="{paint}""#),
            Some(width) => write!(text, r#" fill="none" stroke="{paint}" stroke-width="{}""#, Tenths(width)),
        };
        if let Some(clip) = shape.clip {
            let _ = write!(text, r#" clip-path="url(#c{clip})""#);
        }
        text + "/>"
    }

    /// An element for an outline, without its end, so that more can be said of it.
    fn element(&mut self, path: &Path, fixed: bool) -> String {
        let ((x, y), steps) = outline(path);
        let shared = steps.len() >= SHARED_BYTES_MIN && self.uses.get(&steps).is_some_and(|count| *count > 1);
        if !shared {
            return format!(r#"<path d="m{x}{}{steps}""#, After(y));
        }
        let next = self.outlines.len();
        let (number, first) = *self.outlines.entry(steps.clone()).or_insert((next, (x, y)));
        if number == next {
            let _ = write!(self.defs, r#"<path id="p{number}" d="m{x}{}{steps}"/>"#, After(y));
        }
        match (x - first.0, y - first.1) {
            (0, 0) => format!(r##"<use href="#p{number}""##),
            _ if fixed => format!(r#"<path d="m{x}{}{steps}""#, After(y)),
            (dx, dy) => format!(r##"<use href="#p{number}" x="{dx}" y="{dy}""##),
        }
    }

    fn paint(&mut self, paint: &Paint) -> String {
        let (name, place, stops) = match paint {
            Paint::Flat(colour) => return hex(*colour),
            Paint::Linear { from, to, stops } => {
                let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(whole);
                ("linearGradient", format!(r#"x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}""#), stops)
            }
            Paint::Radial { centre, radii, stops } => {
                let [x, y, rx, ry] = [centre.0, centre.1, radii.0, radii.1].map(whole);
                let place = format!(r#"cx="0" cy="0" r="1" gradientTransform="matrix({rx} 0 0 {ry} {x} {y})""#);
                ("radialGradient", place, stops)
            }
        };
        // Half of all gradients are the same light on another body.
        let row = stop_elements(stops);
        let next = self.rows.len();
        let number = *self.rows.entry(row.clone()).or_insert(next);
        if number == next {
            let _ = write!(self.defs, r#"<linearGradient id="s{number}">{row}</linearGradient>"#);
        }
        let key = format!(r##"{name} {place} href="#s{number}" gradientUnits="userSpaceOnUse""##);
        let next = self.gradients.len();
        let number = *self.gradients.entry(key.clone()).or_insert(next);
        if number == next {
            let _ = write!(self.defs, r#"<{key} id="g{number}"/>"#);
        }
        format!("url(#g{number})")
    }
}

fn stop_elements(stops: &[Stop]) -> String {
    let mut text = String::new();
    for (offset, colour) in stops {
        let colour = hex(*colour);
        let _ = match whole(offset * 100.0).clamp(0, 100) {
            0 => write!(text, r#"<stop stop-color="{colour}"/>"#),
            100 => write!(text, r#"<stop offset="1" stop-color="{colour}"/>"#),
            hundredths => write!(text, r#"<stop offset=".{hundredths:02}" stop-color="{colour}"/>"#),
        };
    }
    text
}

/// Where an outline begins, and its steps from there, which are the same wherever it begins. Each step is worked out
/// from where rounding has left the last one, so errors do not add up.
fn outline(path: &Path) -> ((i32, i32), String) {
    let Some(Step::Move(origin)) = path.steps.first().copied() else { return ((0, 0), String::new()) };
    let round = |(x, y): Point| (whole(x - origin.0), whole(y - origin.1));
    let mut text = String::new();
    let (mut here, mut start, mut last) = ((0, 0), (0, 0), ' ');
    let mut steps = &path.steps[..];
    while let [step, rest @ ..] = steps {
        if let Some((radii, rest)) = ellipse(steps) {
            let Step::Move(left) = step else { break };
            move_to(&mut text, &mut here, round(*left));
            let [rx, ry] = [radii.0, radii.1].map(|radius| whole(radius).max(1));
            let _ = write!(text, "a{rx} {ry} 0 1 0 {} 0 {rx} {ry} 0 1 0 {} 0z", 2 * rx, -2 * rx);
            (steps, start, last) = (rest, here, 'z');
            continue;
        }
        steps = rest;
        let (letter, points): (char, &[Point]) = match step {
            Step::Move(point) => {
                move_to(&mut text, &mut here, round(*point));
                (start, last) = (here, 'm');
                continue;
            }
            Step::Line(point) => ('l', std::slice::from_ref(point)),
            Step::Curve(a, b, end) => ('c', &[*a, *b, *end]),
            Step::Close => {
                text.push('z');
                (here, last) = (start, 'z');
                continue;
            }
        };
        let mut first = letter != last;
        if first {
            text.push(letter);
        }
        last = letter;
        let from = here;
        for point in points {
            here = round(*point);
            let (dx, dy) = (here.0 - from.0, here.1 - from.1);
            let _ = if first { write!(text, "{dx}{}", After(dy)) } else { write!(text, "{}{}", After(dx), After(dy)) };
            first = false;
        }
    }
    ((whole(origin.0), whole(origin.1)), text)
}

/// Says so where an outline goes on elsewhere; its beginning is said by whoever uses it.
fn move_to(text: &mut String, here: &mut (i32, i32), to: (i32, i32)) {
    if *here != to {
        let _ = write!(text, "m{}{}", to.0 - here.0, After(to.1 - here.1));
    }
    *here = to;
}

/// The radii of an upright ellipse that these steps begin with, and the steps behind it: two arcs are half as long as
/// four curves.
fn ellipse(steps: &[Step]) -> Option<(Point, &[Step])> {
    use Step::{Close, Curve, Move};
    let [Move(left), Curve(_, _, top), Curve(_, _, right), Curve(_, _, foot), Curve(..), Close, rest @ ..] = steps
    else {
        return None;
    };
    let radii = ((right.0 - left.0) / 2.0, (foot.1 - top.1) / 2.0);
    let alike = steps.iter().zip(Path::ellipse(top.0, left.1, radii.0, radii.1).steps).all(close);
    (alike && radii.0 > 0.0 && radii.1 > 0.0).then_some((radii, rest))
}

fn close((one, other): (&Step, Step)) -> bool {
    let near = |a: Point, b: Point| (a.0 - b.0).abs() < 0.1 && (a.1 - b.1).abs() < 0.1;
    match (*one, other) {
        (Step::Curve(a, b, c), Step::Curve(d, e, f)) => near(a, d) && near(b, e) && near(c, f),
        (Step::Move(a), Step::Move(b)) | (Step::Line(a), Step::Line(b)) => near(a, b),
        (Step::Close, Step::Close) => true,
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "coordinates stay within a few thousand")]
fn whole(value: f32) -> i32 {
    value.round() as i32
}

/// A number behind another: a minus parts them as well as a space.
struct After(i32);

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 < 0 { write!(f, "{}", self.0) } else { write!(f, " {}", self.0) }
    }
}

/// With one digit behind the point, if it is not zero.
struct Tenths(f32);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match whole(self.0 * 10.0) {
            tenths if tenths % 10 == 0 => write!(f, "{}", tenths / 10),
            tenths => write!(f, "{}.{}", tenths / 10, tenths % 10),
        }
    }
}

/// `#rrggbb`, or `#rrggbbaa` where it lets through what is below.
fn hex(colour: Colour) -> String {
    let [r, g, b, a] = colour.channels();
    if a == 255 { format!("#{r:02x}{g:02x}{b:02x}") } else { format!("#{r:02x}{g:02x}{b:02x}{a:02x}") }
}
