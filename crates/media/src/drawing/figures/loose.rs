//! Loose goods in bowls and heaps.

use crate::drawing::colour::{Colour, INK, WHITE};
use crate::drawing::path::{Path, Point};
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, body, ground, opening};

/// The bowl that the goods lie in: light for dark goods, dark for light ones.
fn bowl(pen: &mut Pen) {
    let goods = pen.look.base;
    let clay = if goods.luminance() < 0.5 { Colour::of(0xf1_e9_da) } else { Colour::of(0x5d_62_68) };
    ground(pen, 400.0, 622.0, 170.0);
    let profile = [(470.0, 206.0), (520.0, 190.0), (580.0, 138.0), (604.0, 96.0), (604.0, 96.0), (622.0, 92.0)];
    body(pen, 400.0, &profile, clay, Finish::Glaze, |pen| {
        crate::drawing::solid::speckles(pen, [200.0, 480.0, 600.0, 620.0], clay.contrast(INK, WHITE).alpha(0.35), 24);
    });
    opening(pen, 400.0, 470.0, 206.0, clay, None);
}

/// A place on the heap: across, and how near to us; those near stand lower.
fn heap(pen: &mut Pen, row: f32) -> Point {
    let reach = 186.0 * (1.0 - (row - 0.62).powi(2) * 1.3).max(0.1).sqrt() * (0.4 + 0.6 * row);
    let x = pen.look.between(-1.0, 1.0);
    (400.0 + x * reach, 388.0 + row * 96.0 - (1.0 - x * x) * 12.0 * row)
}

/// The filled heap below single pieces.
fn mound(pen: &mut Pen, colour: Colour) {
    let path = Path::at(212.0, 474.0)
        .curve((290.0, 430.0), (330.0, 374.0), (402.0, 370.0))
        .curve((470.0, 374.0), (516.0, 432.0), (588.0, 474.0))
        .curve((540.0, 500.0), (260.0, 500.0), (212.0, 474.0))
        .close();
    pen.fill(&path, colour);
}

pub(super) fn leaves(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    bowl(pen);
    mound(pen, colour.darker(0.45));
    let rolled = pen.look.variation % 3 == 1;
    let petals = pen.look.variation % 3 == 2;
    for (row, shade) in [
        (0.1, colour.darker(0.3)),
        (0.3, colour.lighter(0.06)),
        (0.46, colour.darker(0.16)),
        (0.62, colour.lighter(0.2)),
        (0.78, colour),
        (0.95, colour.lighter(0.12)),
    ] {
        let mut pieces = Path::default();
        for _ in 0..9 {
            let place = heap(pen, row);
            let angle = pen.look.between(-70.0, 70.0) + if pen.look.between(0.0, 1.0) < 0.5 { 180.0 } else { 0.0 };
            let (length, width) = if rolled { (17.0, 11.0) } else { (pen.look.between(28.0, 46.0), 6.5) };
            let sway = pen.look.between(-7.0, 7.0);
            pieces = pieces.and(&Path::leaf(place, length, angle, width, sway));
        }
        pen.fill(&pieces, shade);
    }
    if petals {
        let mut blossoms = Path::default();
        for row in [0.3, 0.5, 0.6, 0.75, 0.85, 0.9, 0.95] {
            let place = heap(pen, row);
            let turn = pen.look.between(0.0, 360.0);
            blossoms = blossoms.and(&Path::leaf(place, 22.0, turn, 9.0, 0.0));
        }
        pen.fill(&blossoms, accent.lighter(0.1));
    }
    let mut fallen = Path::default();
    for (x, y, turn) in [(182.0, 640.0, 20.0), (598.0, 652.0, -24.0), (640.0, 630.0, 12.0), (230.0, 664.0, -8.0)] {
        fallen = fallen.and(&Path::leaf((x, y), 34.0, turn, 7.0, 4.0));
    }
    pen.fill(&fallen.moved(3.0, 4.0), INK.alpha(0.2));
    pen.fill(&fallen, colour.darker(0.08));
}

pub(super) fn beans(pen: &mut Pen) {
    let colour = pen.look.base;
    bowl(pen);
    mound(pen, colour.darker(0.6));
    for row in [0.06, 0.26, 0.44, 0.6, 0.78, 0.94] {
        let (mut shells, mut lights, mut splits) = (Path::default(), Path::default(), Path::default());
        for number in 0_u8..5 {
            let (_, y) = heap(pen, row);
            let spread = 60.0 + row * 115.0;
            let x = 400.0 + (f32::from(number) / 4.0 - 0.5) * 2.0 * spread + pen.look.between(-14.0, 14.0);
            let turn = pen.look.between(-60.0, 60.0);
            let put = |path: Path| path.turned(turn).moved(x, y);
            shells = shells.and(&put(Path::leaf((-27.0, 0.0), 54.0, 0.0, 24.0, 0.0)));
            lights = lights.and(&put(Path::leaf((-19.0, -6.0), 38.0, 0.0, 7.0, -3.0)));
            splits = splits.and(&put(Path::at(-22.0, 1.0).curve((-8.0, -7.0), (8.0, 9.0), (22.0, 0.0))));
        }
        let shade = colour.mix(colour.lighter(0.22), row * 0.6);
        pen.fill(&shells.moved(2.0, 5.0), INK.alpha(0.35));
        pen.fill(&shells, shade);
        pen.fill(&lights, shade.lighter(0.26));
        pen.line(&splits, 3.6, shade.darker(0.6));
    }
}

pub(super) fn powder(pen: &mut Pen) {
    let colour = pen.look.base;
    bowl(pen);
    let peak = Path::at(216.0, 476.0)
        .curve((300.0, 440.0), (352.0, 372.0), (404.0, 356.0))
        .curve((452.0, 374.0), (512.0, 440.0), (584.0, 476.0))
        .curve((540.0, 502.0), (260.0, 502.0), (216.0, 476.0))
        .close();
    let stops =
        vec![(0.0, colour.lighter(0.1)), (0.3, colour.lighter(0.26)), (0.55, colour), (1.0, colour.darker(0.34))];
    pen.fill(&peak, Paint::Linear { from: (230.0, 470.0), to: (560.0, 500.0), stops });
    let slide = Path::at(404.0, 358.0)
        .curve((430.0, 400.0), (420.0, 440.0), (452.0, 494.0))
        .curve((430.0, 496.0), (400.0, 496.0), (384.0, 496.0))
        .curve((400.0, 450.0), (392.0, 400.0), (404.0, 358.0))
        .close();
    pen.fill(&slide, colour.darker(0.16).alpha(0.45));
    crate::drawing::solid::speckles(pen, [270.0, 440.0, 530.0, 490.0], colour.darker(0.4).alpha(0.6), 22);
    crate::drawing::solid::speckles(pen, [350.0, 390.0, 450.0, 480.0], colour.lighter(0.5).alpha(0.7), 14);
    let mut spilt = Path::default();
    for (x, y, rx) in [(620.0, 648.0, 46.0), (598.0, 656.0, 30.0), (196.0, 656.0, 22.0)] {
        spilt = spilt.and(&Path::ellipse(x, y, rx, rx * 0.2));
    }
    pen.fill(&spilt, colour.alpha(0.8));
}
