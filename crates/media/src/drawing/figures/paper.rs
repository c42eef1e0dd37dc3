//! What one reads.

use crate::drawing::colour::{Colour, INK, PAPER, WHITE};
use crate::drawing::path::{Path, Point};
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::ground;

/// A cup with steam, flat as print has it, about 2 × `size` wide.
fn printed_cup(pen: &mut Pen, (x, y): Point, size: f32, ink: Colour) {
    let cup = Path::at(x - size * 0.8, y - size * 0.1)
        .line(x + size * 0.6, y - size * 0.1)
        .curve((x + size * 0.6, y + size * 0.7), (x + size * 0.2, y + size * 0.85), (x - size * 0.1, y + size * 0.85))
        .curve((x - size * 0.5, y + size * 0.85), (x - size * 0.8, y + size * 0.6), (x - size * 0.8, y - size * 0.1))
        .close();
    pen.fill(&cup, ink);
    let ear = Path::at(x + size * 0.58, y + size * 0.06).curve(
        (x + size * 1.1, y - size * 0.02),
        (x + size * 1.0, y + size * 0.6),
        (x + size * 0.42, y + size * 0.5),
    );
    pen.line(&ear, size * 0.15, ink);
    let mut steam = Path::default();
    for dx in [-0.42, -0.1, 0.22] {
        let foot = x + size * dx;
        steam = steam.jump(foot, y - size * 0.28).curve(
            (foot - size * 0.2, y - size * 0.5),
            (foot + size * 0.2, y - size * 0.7),
            (foot, y - size * 0.95),
        );
    }
    pen.line(&steam, size * 0.09, ink);
}

/// The picture on a cover or a page, by variation.
fn plate(pen: &mut Pen, centre: Point, size: f32, ink: Colour) {
    match pen.look.variation % 3 {
        0 => printed_cup(pen, centre, size, ink),
        1 => {
            let mut sprig = Path::default();
            for (rise, side) in [(0.7, -40.0), (0.7, 40.0), (0.2, -48.0), (0.2, 48.0), (-0.3, 0.0)] {
                let stalk = (centre.0, centre.1 + size * rise);
                sprig = sprig.and(&Path::leaf(stalk, size * 0.95, side - 90.0, size * 0.24, 0.0));
            }
            pen.fill(&sprig, ink);
            pen.line(
                &Path::at(centre.0, centre.1 + size * 1.1).line(centre.0, centre.1 - size * 0.4),
                size * 0.07,
                ink,
            );
        }
        _ => {
            pen.fill(&Path::circle(centre.0 + size * 0.3, centre.1 - size * 0.35, size * 0.38), ink.alpha(0.75));
            for (rise, strength) in [(0.0, 0.5), (0.35, 0.75), (0.7, 1.0)] {
                let y = centre.1 + size * rise;
                let hill = Path::through(&[
                    (centre.0 - size * 1.1, y + size * 0.15),
                    (centre.0 - size * 0.4, y - size * 0.12),
                    (centre.0 + size * 0.3, y + size * 0.16),
                    (centre.0 + size * 1.1, y - size * 0.08),
                ]);
                let hill =
                    hill.line(centre.0 + size * 1.1, centre.1 + size).line(centre.0 - size * 1.1, centre.1 + size);
                pen.fill(&hill.close(), ink.alpha(strength));
            }
        }
    }
}

/// Bars that stand for lines of words.
fn words(pen: &mut Pen, x: f32, lines: &[(f32, f32)], height: f32, ink: Colour) {
    let mut bars = Path::default();
    for (y, width) in lines {
        bars = bars.and(&Path::round_rect(x - width / 2.0, *y, *width, height, height / 2.0));
    }
    pen.fill(&bars, ink);
}

pub(super) fn book(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 420.0, 622.0, 170.0);
    // Pages and back cover, seen at the right edge.
    let back = Path::polygon(&[(296.0, 226.0), (560.0, 226.0), (574.0, 238.0), (574.0, 640.0), (296.0, 640.0)]);
    pen.fill(&back, colour.darker(0.4));
    pen.fill(&Path::polygon(&[(540.0, 228.0), (566.0, 240.0), (566.0, 634.0), (540.0, 634.0)]), PAPER);
    let mut leaves = Path::default();
    for x in [546.0, 551.0, 556.0, 561.0] {
        leaves = leaves.jump(x, 240.0).line(x, 632.0);
    }
    pen.line(&leaves, 1.3, INK.alpha(0.2));
    let cover = Path::round_rect(248.0, 220.0, 296.0, 420.0, 7.0);
    pen.fill(&cover, colour);
    pen.within(&cover, |pen| {
        let ink = colour.contrast(accent, PAPER);
        pen.line(&Path::round_rect(298.0, 244.0, 222.0, 372.0, 4.0), 3.0, ink.alpha(0.8));
        plate(pen, (409.0, 392.0), 66.0, ink);
        words(pen, 409.0, &[(276.0, 150.0), (298.0, 104.0)], 12.0, ink);
        words(pen, 409.0, &[(556.0, 90.0), (574.0, 60.0)], 7.0, ink.alpha(0.8));
    });
    let stops = vec![(0.0, WHITE.alpha(0.24)), (0.5, WHITE.alpha(0.0)), (0.5, INK.alpha(0.0)), (1.0, INK.alpha(0.2))];
    pen.fill(&cover, Paint::Linear { from: (248.0, 220.0), to: (544.0, 640.0), stops });
    let joint = vec![(0.0, INK.alpha(0.3)), (0.5, INK.alpha(0.04)), (0.75, INK.alpha(0.24)), (1.0, INK.alpha(0.0))];
    pen.fill(
        &Path::rect(248.0, 224.0, 36.0, 412.0),
        Paint::Linear { from: (248.0, 0.0), to: (284.0, 0.0), stops: joint },
    );
    if pen.look.variation % 2 == 1 {
        pen.fill(
            &Path::polygon(&[(470.0, 640.0), (488.0, 640.0), (488.0, 676.0), (479.0, 664.0), (470.0, 676.0)]),
            accent,
        );
    }
}

pub(super) fn guide(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 410.0, 622.0, 180.0);
    // A printed sheet leans behind the tablet.
    let sheet = Path::round_rect(330.0, 214.0, 250.0, 400.0, 4.0).turned_about(9.0, (455.0, 640.0));
    pen.fill(&sheet.moved(6.0, 8.0), INK.alpha(0.14));
    pen.fill(&sheet, PAPER);
    let mut lines = Path::default();
    for number in 0_u8..11 {
        let y = 300.0 + 26.0 * f32::from(number);
        lines = lines.jump(540.0, y).line(596.0, y + 9.0);
    }
    pen.line(&lines, 5.0, INK.alpha(0.16));
    let case = Path::round_rect(240.0, 236.0, 290.0, 404.0, 24.0);
    pen.fill(&case.moved(7.0, 3.0), INK.alpha(0.5));
    pen.fill(&case, INK.mix(WHITE, 0.1));
    let screen = Path::round_rect(256.0, 252.0, 258.0, 372.0, 12.0);
    pen.fill(&screen, PAPER);
    pen.within(&screen, |pen| {
        pen.fill(&Path::rect(256.0, 252.0, 258.0, 186.0), colour);
        let ink = colour.contrast(accent, PAPER);
        plate(pen, (385.0, 340.0), 58.0, ink);
        words(pen, 352.0, &[(462.0, 150.0)], 15.0, INK.alpha(0.8));
        words(pen, 385.0, &[(496.0, 216.0), (514.0, 216.0), (532.0, 216.0)], 7.0, INK.alpha(0.3));
        words(pen, 352.0, &[(550.0, 150.0)], 7.0, INK.alpha(0.3));
        pen.fill(&Path::round_rect(277.0, 576.0, 92.0, 28.0, 14.0), colour.darker(0.08));
        pen.fill(&Path::polygon(&[(420.0, 252.0), (520.0, 252.0), (400.0, 640.0), (300.0, 640.0)]), WHITE.alpha(0.16));
    });
    pen.line(&Path::round_rect(241.0, 237.0, 288.0, 402.0, 23.0), 2.0, WHITE.alpha(0.3));
}
