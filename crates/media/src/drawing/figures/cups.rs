//! What one drinks from.

use crate::drawing::colour::{BRASS, COFFEE, Colour, INK, TEA, WHITE};
use crate::drawing::path::Path;
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, body, decorate, ground, light, opening};

/// Coffee in a cup, tea in the next.
fn drink(pen: &Pen) -> Colour {
    if pen.look.variation.is_multiple_of(3) { COFFEE } else { TEA }
}

pub(super) fn mug(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 622.0, 170.0);
    let handle = Path::at(500.0, 385.0).curve((640.0, 350.0), (640.0, 560.0), (498.0, 545.0));
    bar(pen, &handle, 32.0, colour);
    let profile = [(330.0, 130.0), (450.0, 133.0), (560.0, 127.0), (604.0, 112.0), (618.0, 94.0)];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| decorate(pen, [268.0, 330.0, 532.0, 620.0]));
    let drink = drink(pen);
    opening(pen, 400.0, 330.0, 130.0, colour, Some(drink));
    steam(pen, 400.0, 290.0);
}

/// Two wisps.
fn steam(pen: &mut Pen, x: f32, y: f32) {
    let wisp = |dx: f32, height: f32| {
        Path::at(x + dx, y)
            .curve((x + dx - 26.0, y - height * 0.3), (x + dx + 30.0, y - height * 0.55), (x + dx + 4.0, y - height))
            .curve((x + dx + 22.0, y - height * 0.55), (x + dx - 8.0, y - height * 0.3), (x + dx, y))
            .close()
    };
    for (dx, height) in [(-22.0, 120.0), (26.0, 150.0)] {
        let stops = vec![(0.0, WHITE.alpha(0.0)), (0.4, WHITE.alpha(0.6)), (1.0, WHITE.alpha(0.0))];
        pen.fill(&wisp(dx, height), Paint::Linear { from: (x, y), to: (x, y - height), stops });
    }
}

pub(super) fn beaker(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 624.0, 130.0);
    let profile = [(400.0, 118.0), (500.0, 112.0), (585.0, 94.0), (612.0, 74.0), (612.0, 74.0), (626.0, 72.0)];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| decorate(pen, [282.0, 400.0, 518.0, 620.0]));
    opening(pen, 400.0, 400.0, 118.0, colour, Some(Colour::of(0xa9_ab_3f)));
}

/// A saucer seen from the side, its rim at this height.
fn saucer(pen: &mut Pen, y: f32, half: f32) {
    let colour = pen.look.base;
    ground(pen, 400.0, y + 16.0, half);
    let profile = [(y, half), (y + 14.0, half * 0.72), (y + 22.0, half * 0.48)];
    body(pen, 400.0, &profile, colour, Finish::Matte, |_| {});
    pen.fill(&Path::ellipse(400.0, y, half, half * TILT), colour.lighter(0.3));
    let inner = Path::ellipse(400.0, y + 2.0, half * 0.94, half * TILT * 0.9);
    let stops = vec![(0.0, colour.darker(0.12)), (0.5, colour), (1.0, colour.lighter(0.22))];
    pen.fill(&inner, Paint::Linear { from: (400.0 - half, y), to: (400.0 + half, y), stops });
    pen.line(&Path::ellipse(400.0, y + 2.0, half * 0.86, half * TILT * 0.8), 3.0, pen.look.accent.alpha(0.75));
    let shade = Path::ellipse(424.0, y + 6.0, half * 0.56, half * TILT * 0.54);
    let stops = vec![(0.0, INK.alpha(0.42)), (0.7, INK.alpha(0.2)), (1.0, INK.alpha(0.0))];
    pen.fill(&shade, Paint::Radial { centre: (424.0, y + 6.0), radii: (half * 0.56, half * TILT * 0.54), stops });
}

pub(super) fn cup(pen: &mut Pen) {
    let colour = pen.look.base;
    saucer(pen, 598.0, 208.0);
    let handle = Path::at(515.0, 450.0).curve((625.0, 420.0), (610.0, 555.0), (492.0, 540.0));
    bar(pen, &handle, 20.0, colour);
    let profile =
        [(410.0, 140.0), (470.0, 134.0), (535.0, 104.0), (572.0, 68.0), (578.0, 58.0), (578.0, 58.0), (592.0, 62.0)];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| decorate(pen, [260.0, 410.0, 540.0, 590.0]));
    let drink = drink(pen);
    opening(pen, 400.0, 410.0, 140.0, colour, Some(drink));
    steam(pen, 400.0, 370.0);
}

pub(super) fn gaiwan(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    saucer(pen, 602.0, 176.0);
    let profile =
        [(424.0, 158.0), (440.0, 146.0), (490.0, 128.0), (550.0, 92.0), (580.0, 62.0), (580.0, 62.0), (596.0, 60.0)];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| decorate(pen, [250.0, 424.0, 550.0, 590.0]));
    opening(pen, 400.0, 424.0, 158.0, colour, None);
    let lid = [(340.0, 34.0), (352.0, 74.0), (384.0, 116.0), (420.0, 138.0)];
    body(pen, 400.0, &lid, colour, Finish::Glaze, |pen| {
        let ring = Path::at(284.0, 384.0).bowl(400.0, 384.0, 116.0, 116.0 * TILT);
        pen.line(&ring, 5.0, accent);
    });
    let knob = [(312.0, 36.0), (322.0, 34.0), (338.0, 24.0), (346.0, 26.0)];
    body(pen, 400.0, &knob, colour, Finish::Matte, |_| {});
    let top = Path::ellipse(400.0, 312.0, 36.0, 36.0 * TILT);
    pen.fill(&top, colour.lighter(0.35));
    light(pen, &top, (364.0, 436.0), Finish::Matte);
    if pen.look.variation.is_multiple_of(2) {
        pen.line(&Path::ellipse(400.0, 312.0, 33.0, 5.0), 2.5, BRASS);
    }
}
