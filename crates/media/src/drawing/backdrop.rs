//! Where things stand: a wall, light from a window, a table, and who keeps them company.

use super::colour::{INK, Look, WHITE};
use super::figures;
use super::path::{Path, Point};
use super::pen::Pen;
use super::scene::{Paint, Scene};
use super::seed::{Kind, Seed, Subject, View};

/// Where the table meets the wall in a square picture.
const HORIZON: f32 = 560.0;

/// Draws the whole picture of a seed.
pub(super) fn compose(scene: &mut Scene, seed: &Seed) {
    match seed.subject() {
        Subject::One(kind, view) => {
            room(scene, seed.look(), 800.0, 800.0, HORIZON);
            match view {
                View::Front => {
                    let foot = (400.0, figures::foot(*kind));
                    figures::draw(*kind, &mut Pen::new(scene, seed.look(), foot, figures::scale(*kind)));
                }
                View::Detail => detail(scene, seed, *kind),
                View::Table => table(scene, seed, *kind),
            }
        }
        Subject::Banner(kinds) => banner(scene, seed, kinds),
    }
}

/// The thing from near by: its most telling place comes to the middle.
fn detail(scene: &mut Scene, seed: &Seed, kind: Kind) {
    let (x, y) = figures::focus(kind);
    let scale = 1.95;
    let foot = (400.0 + (400.0 - x) * scale, 400.0 + (640.0 - y) * scale);
    figures::draw(kind, &mut Pen::new(scene, seed.look(), foot, scale));
}

/// The thing with others around it, those behind first.
fn table(scene: &mut Scene, seed: &Seed, kind: Kind) {
    let [behind, before] = figures::company(kind);
    let side = if seed.look().variation.is_multiple_of(2) { 1.0 } else { -1.0 };
    let place = |x: f32, y: f32| (400.0 + side * x, y);
    if let Some(behind) = behind {
        figures::draw(behind, &mut Pen::new(scene, seed.companion(1, behind), place(212.0, 622.0), 0.74));
    }
    figures::draw(kind, &mut Pen::new(scene, seed.look(), place(-92.0, 694.0), figures::scale(kind) * 0.78));
    if let Some(before) = before {
        figures::draw(before, &mut Pen::new(scene, seed.companion(2, before), place(196.0, 748.0), 0.52));
    }
}

/// Things in a row to the right; the left stays calm for words.
fn banner(scene: &mut Scene, seed: &Seed, kinds: &[Kind]) {
    room(scene, seed.look(), 1_500.0, 500.0, 350.0);
    let count = f32::from(u8::try_from(kinds.len()).unwrap_or(1)).max(1.0);
    let (left, right) = (720.0, 1_410.0);
    let step = (right - left) / count;
    // Those further back first, so that they never stand on those before them.
    for row in [0, 1] {
        for (number, kind) in (0_u8..).zip(kinds).filter(|(number, _)| number % 2 == row) {
            let x = left + step * (f32::from(number) + 0.5);
            let (y, scale): (f32, f32) = if row == 0 { (414.0, 0.78) } else { (456.0, 0.64) };
            let look = seed.companion(u32::from(number), *kind);
            figures::draw(*kind, &mut Pen::new(scene, look, (x, y), scale.min(0.34 + 1.2 / count)));
        }
    }
}

/// An empty room with light from the upper left.
fn room(scene: &mut Scene, look: Look, width: f32, height: f32, horizon: f32) {
    let tint = look.backdrop;
    let variation = look.variation;
    let mut pen = Pen::new(scene, look, (400.0, 640.0), 1.0);
    let wall = vec![(0.0, tint.lighter(0.5)), (0.6, tint), (1.0, tint.darker(0.07))];
    pen.fill(
        &Path::rect(0.0, 0.0, width, height),
        Paint::Linear { from: (0.0, 0.0), to: (width, height), stops: wall },
    );
    match (variation / 2) % 4 {
        0 => sun(&mut pen, (width * 0.52, horizon * 0.5), horizon * 0.4),
        1 => window(&mut pen, width, horizon),
        2 => arch(&mut pen, width * 0.5, horizon),
        _ => {}
    }
    let cloth = vec![(0.0, tint.darker(0.1)), (0.35, tint.darker(0.045)), (1.0, tint.lighter(0.12))];
    pen.fill(
        &Path::rect(0.0, horizon, width, height - horizon),
        Paint::Linear { from: (0.0, horizon), to: (0.0, height), stops: cloth },
    );
    pen.fill(&Path::rect(0.0, horizon, width, 3.0), WHITE.alpha(0.4));
    let (centre, radii) =
        ((width * 0.34, horizon + (height - horizon) * 0.4), (width * 0.46, (height - horizon) * 0.55));
    let pool = vec![(0.0, WHITE.alpha(0.5)), (1.0, WHITE.alpha(0.0))];
    pen.fill(&Path::ellipse(centre.0, centre.1, radii.0, radii.1), Paint::Radial { centre, radii, stops: pool });
}

fn sun(pen: &mut Pen, (x, y): Point, radius: f32) {
    let tint = pen.look.backdrop.mix(pen.look.base, 0.17);
    let stops = vec![(0.0, tint.lighter(0.25)), (1.0, tint)];
    pen.fill(
        &Path::circle(x, y, radius),
        Paint::Linear { from: (x - radius, y - radius), to: (x + radius, y + radius), stops },
    );
}

/// Sunlight that falls through four panes.
fn window(pen: &mut Pen, width: f32, horizon: f32) {
    let lean = horizon * 0.3;
    let (pane_width, pane_height) = (horizon * 0.3, horizon * 0.34);
    let mut panes = Path::default();
    for (column, row) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let slant = |y: f32| width * 0.2 + (y / horizon) * lean + column * (pane_width + 14.0);
        let top = horizon * 0.1 + row * (pane_height + 14.0);
        let foot = top + pane_height;
        panes = panes.and(&Path::polygon(&[
            (slant(top), top),
            (slant(top) + pane_width, top),
            (slant(foot) + pane_width, foot),
            (slant(foot), foot),
        ]));
    }
    pen.fill(&panes, WHITE.alpha(0.42));
}

fn arch(pen: &mut Pen, x: f32, horizon: f32) {
    let half = horizon * 0.42;
    let top = horizon * 0.18 + half;
    let tint = pen.look.backdrop;
    let niche = |half: f32| {
        Path::at(x + half, horizon).line(x + half, top).dome(x, top, half, half).line(x - half, horizon).close()
    };
    let stops = vec![(0.0, tint.darker(0.13)), (0.3, tint.darker(0.03)), (1.0, tint.lighter(0.3))];
    pen.fill(&niche(half), Paint::Linear { from: (x - half, 0.0), to: (x + half, 0.0), stops });
    pen.line(&niche(half), 2.5, INK.alpha(0.06));
}
