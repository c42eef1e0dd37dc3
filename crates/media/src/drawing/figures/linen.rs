//! Cloth.

use crate::drawing::colour::{Colour, INK, WHITE};
use crate::drawing::path::{Path, Point};
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, ground, light};

/// The weave by variation: checks, stripes, a border, dots. `area` is left, top, right, foot.
fn weave(pen: &mut Pen, [left, top, right, foot]: [f32; 4], colour: Colour) {
    let (width, height) = (right - left, foot - top);
    let across = |share: f32| Path::at(left, top + height * share).line(right, top + height * share);
    let down = |share: f32| Path::at(left + width * share, top).line(left + width * share, foot);
    match pen.look.variation % 4 {
        0 => {
            for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
                pen.line(&across(share), height * 0.08, colour.alpha(0.5));
                pen.line(&down(share), width * 0.08, colour.alpha(0.5));
            }
        }
        1 => {
            for share in [0.12, 0.2, 0.28, 0.72, 0.8, 0.88] {
                pen.line(&down(share), width * 0.03, colour);
            }
        }
        2 => {
            for (share, size) in [(0.08, 0.05), (0.15, 0.018), (0.85, 0.018), (0.92, 0.05)] {
                pen.line(&across(share), height * size, colour);
                pen.line(&down(share), width * size, colour);
            }
        }
        _ => {
            let mut dots = Path::default();
            for row in 0_u8..6 {
                for column in 0_u8..6 {
                    let shift = if row % 2 == 0 { 0.25 } else { 0.75 };
                    let x = left + width * (f32::from(column) + shift) / 6.0;
                    let y = top + height * (f32::from(row) + 0.5) / 6.0;
                    dots = dots.and(&Path::leaf((x - 9.0, y), 20.0, -35.0, 7.0, 0.0));
                }
            }
            pen.fill(&dots, colour);
        }
    }
}

/// A thread line a little inside an edge.
fn hem(pen: &mut Pen, path: &Path) {
    pen.line(path, 2.0, INK.alpha(0.16));
    pen.line(&path.moved(-1.5, -2.0), 1.6, WHITE.alpha(0.4));
}

/// Hung over a rail.
pub(super) fn towel(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    let shade = pen.look.backdrop.mix(INK, 0.7);
    let back = Path::at(252.0, 200.0).line(550.0, 200.0).line(556.0, 560.0).line(262.0, 560.0).close();
    pen.fill(&back, colour.darker(0.3));
    bar(pen, &Path::at(120.0, 196.0).line(680.0, 196.0), 17.0, Colour::of(0xc9_a0_5a));
    let front = Path::at(236.0, 190.0)
        .curve((320.0, 180.0), (440.0, 180.0), (532.0, 190.0))
        .curve((540.0, 330.0), (534.0, 470.0), (544.0, 618.0))
        .curve((480.0, 640.0), (420.0, 606.0), (362.0, 630.0))
        .curve((320.0, 646.0), (270.0, 612.0), (228.0, 624.0))
        .curve((240.0, 470.0), (230.0, 330.0), (236.0, 190.0))
        .close();
    pen.fill(&front.moved(13.0, 14.0), shade.alpha(0.22));
    pen.fill(&front, colour);
    pen.within(&front, |pen| {
        weave(pen, [226.0, 180.0, 548.0, 640.0], accent);
        for (x, width, tone) in [
            (310.0, 30.0, INK.alpha(0.14)),
            (344.0, 26.0, WHITE.alpha(0.3)),
            (458.0, 34.0, INK.alpha(0.17)),
            (496.0, 22.0, WHITE.alpha(0.22)),
        ] {
            let fold = Path::at(x, 250.0)
                .curve((x + width, 380.0), (x - 6.0, 500.0), (x + width * 0.6, 650.0))
                .line(x - width * 0.8, 650.0)
                .close();
            pen.fill(&fold, tone);
        }
        let stops = vec![(0.0, INK.alpha(0.26)), (1.0, INK.alpha(0.0))];
        pen.fill(&Path::rect(220.0, 180.0, 340.0, 60.0), Paint::Linear { from: (0.0, 196.0), to: (0.0, 240.0), stops });
    });
    light(pen, &front, (228.0, 546.0), Finish::Matte);
    hem(
        pen,
        &Path::at(240.0, 606.0).curve((280.0, 598.0), (320.0, 626.0), (362.0, 612.0)).curve(
            (420.0, 590.0),
            (480.0, 620.0),
            (536.0, 600.0),
        ),
    );
}

pub(super) fn apron(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    let shade = pen.look.backdrop.mix(INK, 0.7);
    pen.fill(&Path::circle(400.0, 122.0, 9.0), Colour::of(0x8a_6a_44));
    let strap = Path::at(338.0, 262.0).curve((350.0, 170.0), (384.0, 132.0), (400.0, 126.0)).curve(
        (416.0, 132.0),
        (450.0, 170.0),
        (462.0, 262.0),
    );
    bar(pen, &strap, 11.0, accent.mix(colour, 0.3));
    let ties = Path::at(250.0, 400.0).curve((200.0, 430.0), (190.0, 500.0), (206.0, 560.0)).jump(550.0, 400.0).curve(
        (602.0, 430.0),
        (612.0, 490.0),
        (590.0, 570.0),
    );
    bar(pen, &ties, 10.0, accent.mix(colour, 0.3));
    let front = Path::at(324.0, 250.0)
        .curve((370.0, 262.0), (430.0, 262.0), (476.0, 250.0))
        .curve((484.0, 330.0), (510.0, 378.0), (556.0, 398.0))
        .curve((570.0, 480.0), (572.0, 560.0), (580.0, 650.0))
        .curve((460.0, 672.0), (340.0, 672.0), (220.0, 650.0))
        .curve((228.0, 560.0), (230.0, 480.0), (244.0, 398.0))
        .curve((290.0, 378.0), (316.0, 330.0), (324.0, 250.0))
        .close();
    pen.fill(&front.moved(22.0, 20.0), shade.alpha(0.22));
    pen.fill(&front, colour);
    pen.within(&front, |pen| {
        if pen.look.variation % 2 == 1 {
            weave(pen, [216.0, 240.0, 584.0, 670.0], accent.mix(colour, 0.35));
        }
        for (x, tone) in
            [(280.0, WHITE.alpha(0.2)), (330.0, INK.alpha(0.1)), (486.0, INK.alpha(0.14)), (530.0, WHITE.alpha(0.14))]
        {
            pen.fill(
                &Path::at(x + 20.0, 400.0)
                    .curve((x + 34.0, 500.0), (x, 560.0), (x + 26.0, 680.0))
                    .line(x - 16.0, 680.0)
                    .close(),
                tone,
            );
        }
    });
    light(pen, &front, (220.0, 580.0), Finish::Matte);
    let pocket = Path::at(312.0, 460.0)
        .line(488.0, 460.0)
        .line(484.0, 566.0)
        .curve((470.0, 582.0), (330.0, 582.0), (316.0, 566.0))
        .close();
    pen.fill(&pocket, colour.lighter(0.08));
    pen.line(&pocket, 2.6, accent.alpha(0.9));
    pen.line(&Path::at(400.0, 462.0).line(400.0, 576.0), 2.2, accent.alpha(0.7));
    pen.fill(&Path::round_rect(372.0, 300.0, 56.0, 26.0, 4.0), accent);
}

/// One folded cloth of a pile, its upper face and its edge.
fn folded(pen: &mut Pen, y: f32, height: f32, half: f32, colour: Colour, patterned: Colour) {
    let face = [
        (400.0 - half, y),
        (400.0 - half * 0.72, y - half * 0.3),
        (400.0 + half * 0.88, y - half * 0.3),
        (400.0 + half, y),
    ];
    let top = Path::polygon(&face);
    pen.fill(&top, colour.lighter(0.14));
    let edge = Path::at(400.0 - half, y)
        .line(400.0 + half, y)
        .curve(
            (400.0 + half + 14.0, y + height * 0.3),
            (400.0 + half + 10.0, y + height),
            (400.0 + half - 4.0, y + height),
        )
        .line(400.0 - half + 4.0, y + height)
        .curve((400.0 - half - 12.0, y + height), (400.0 - half - 14.0, y + height * 0.3), (400.0 - half, y))
        .close();
    pen.fill(&edge, colour);
    light(pen, &edge, (400.0 - half, 400.0 + half), Finish::Matte);
    let crease = Path::at(400.0 - half, y + height * 0.5).curve(
        (320.0, y + height * 0.62),
        (480.0, y + height * 0.4),
        (400.0 + half, y + height * 0.52),
    );
    pen.line(&crease, 2.4, colour.darker(0.4).alpha(0.55));
    let seam = Path::at(400.0 - half, y + height * 0.22).line(400.0 + half, y + height * 0.22);
    pen.line(&seam, 4.0, patterned.alpha(0.8));
}

/// A pile of folded cloths, the top one tied.
pub(super) fn napkins(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 400.0, 624.0, 210.0);
    for (number, tone) in [colour.darker(0.12), colour.lighter(0.3), colour].into_iter().enumerate() {
        let y = 590.0 - 46.0 * f32::from(u8::try_from(number).unwrap_or_default());
        let half = 208.0 - 6.0 * f32::from(u8::try_from(number).unwrap_or_default());
        folded(pen, y, 42.0, half, tone, tone.contrast(accent, colour.darker(0.3)));
    }
    let ring: [Point; 2] = [(372.0, 60.0), (484.0, 60.0)];
    // A rolled napkin in a ring lies on top.
    let roll = Path::at(252.0, 412.0)
        .curve((330.0, 396.0), (470.0, 396.0), (548.0, 412.0))
        .curve((560.0, 430.0), (560.0, 456.0), (548.0, 474.0))
        .curve((470.0, 486.0), (330.0, 486.0), (252.0, 474.0))
        .curve((240.0, 456.0), (240.0, 430.0), (252.0, 412.0))
        .close();
    pen.fill(&roll.moved(4.0, 12.0), INK.alpha(0.2));
    pen.fill(&roll, colour.lighter(0.2));
    let stops = vec![(0.0, WHITE.alpha(0.3)), (0.45, WHITE.alpha(0.0)), (0.45, INK.alpha(0.0)), (1.0, INK.alpha(0.34))];
    pen.fill(&roll, Paint::Linear { from: (400.0, 398.0), to: (400.0, 486.0), stops: stops.clone() });
    let wood = Path::round_rect(ring[0].0, 392.0, ring[0].1, 100.0, 16.0);
    pen.fill(&wood, Colour::of(0xc0_95_66));
    pen.fill(&wood, Paint::Linear { from: (400.0, 392.0), to: (400.0, 492.0), stops });
    pen.fill(&Path::ellipse(249.0, 443.0, 9.0, 31.0), colour.darker(0.2));
}

/// A runner that hangs over a table's edge.
pub(super) fn runner(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    let wood = Colour::of(0xb9_8a_5c);
    ground(pen, 400.0, 640.0, 260.0);
    for x in [176.0, 576.0] {
        let leg = Path::round_rect(x, 470.0, 48.0, 186.0, 8.0);
        pen.fill(&leg, wood.darker(0.3));
        light(pen, &leg, (x, x + 48.0), Finish::Matte);
    }
    pen.fill(&Path::ellipse(400.0, 420.0, 300.0, 300.0 * TILT * 1.6), wood);
    let edge = Path::at(100.0, 420.0)
        .bowl(400.0, 420.0, 300.0, 81.6)
        .line(700.0, 440.0)
        .curve((640.0, 530.0), (160.0, 530.0), (100.0, 440.0))
        .close();
    pen.fill(&edge, wood.darker(0.3));
    let top = Path::at(286.0, 346.0).line(514.0, 346.0).line(548.0, 494.0).line(252.0, 494.0).close();
    pen.fill(&top, colour.lighter(0.14));
    pen.within(&top, |pen| weave(pen, [250.0, 346.0, 550.0, 500.0], accent));
    let fall = Path::at(252.0, 494.0)
        .line(548.0, 494.0)
        .curve((554.0, 540.0), (552.0, 590.0), (556.0, 640.0))
        .curve((460.0, 654.0), (340.0, 654.0), (244.0, 640.0))
        .curve((248.0, 590.0), (246.0, 540.0), (252.0, 494.0))
        .close();
    pen.fill(&fall, colour);
    pen.within(&fall, |pen| weave(pen, [244.0, 494.0, 556.0, 650.0], accent));
    light(pen, &fall, (244.0, 556.0), Finish::Matte);
    pen.line(&Path::at(252.0, 495.0).line(548.0, 495.0), 3.0, WHITE.alpha(0.45));
    let mut fringe = Path::default();
    for number in 0_u8..26 {
        let x = 248.0 + 12.2 * f32::from(number);
        fringe = fringe.jump(x, 644.0).line(x, 668.0);
    }
    pen.line(&fringe, 3.6, colour.lighter(0.2));
}
