//! What keeps warm on the way.

use crate::drawing::colour::{INK, STEEL, WHITE, WOOD};
use crate::drawing::path::Path;
use crate::drawing::pen::Pen;
use crate::drawing::solid::{Finish, TILT, bar, body, gloss, ground};

pub(super) fn flask(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 400.0, 624.0, 104.0);
    let profile = [(300.0, 56.0), (322.0, 62.0), (366.0, 92.0), (400.0, 96.0), (606.0, 96.0), (622.0, 90.0)];
    body(pen, 400.0, &profile, colour, Finish::Matte, |pen| match pen.look.variation % 3 {
        0 => {
            pen.fill(&Path::rect(290.0, 560.0, 220.0, 90.0), STEEL.darker(0.08));
            pen.line(&Path::at(304.0, 560.0).bowl(400.0, 560.0, 96.0, 96.0 * TILT), 4.0, WHITE.alpha(0.5));
        }
        1 => {
            for (x, y, turn) in
                [(352.0, 560.0, -68.0), (352.0, 560.0, -112.0), (352.0, 520.0, -50.0), (352.0, 520.0, -130.0)]
            {
                pen.fill(&Path::leaf((x, y), 84.0, turn, 20.0, 0.0), accent);
            }
            pen.line(&Path::at(352.0, 596.0).line(352.0, 470.0), 4.0, accent);
        }
        _ => {
            for y in [452.0, 474.0] {
                pen.line(&Path::at(304.0, y).bowl(400.0, y, 96.0, 96.0 * TILT), 8.0, accent);
            }
        }
    });
    gloss(pen, 400.0, &profile[2..]);
    body(pen, 400.0, &[(286.0, 58.0), (304.0, 58.0)], STEEL, Finish::Metal, |_| {});
    let lid = if pen.look.variation.is_multiple_of(2) { WOOD } else { INK.mix(colour, 0.3) };
    body(pen, 400.0, &[(206.0, 50.0), (218.0, 60.0), (286.0, 62.0)], lid, Finish::Matte, |_| {});
    pen.fill(&Path::ellipse(400.0, 206.0, 50.0, 50.0 * TILT), lid.lighter(0.28));
    let cord = Path::at(442.0, 236.0).curve((520.0, 226.0), (530.0, 320.0), (470.0, 318.0));
    bar(pen, &cord, 10.0, accent);
}

pub(super) fn tumbler(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 400.0, 624.0, 106.0);
    let profile = [(300.0, 122.0), (470.0, 108.0), (600.0, 92.0), (622.0, 84.0)];
    body(pen, 400.0, &profile, colour, Finish::Matte, |_| {});
    let sleeve = [(402.0, 117.0), (520.0, 106.0)];
    let band = if pen.look.variation.is_multiple_of(2) { accent } else { WOOD.lighter(0.1) };
    body(pen, 400.0, &sleeve, band, Finish::Matte, |pen| {
        let mut ribs = Path::default();
        for number in 0_u8..14 {
            let x = 290.0 + 17.0 * f32::from(number);
            ribs = ribs.jump(x, 390.0).line(x - (x - 400.0) * 0.08, 560.0);
        }
        pen.line(&ribs, 3.0, band.darker(0.3).alpha(0.5));
    });
    gloss(pen, 400.0, &profile);
    let lid = INK.mix(colour, 0.35);
    body(pen, 400.0, &[(268.0, 116.0), (276.0, 128.0), (300.0, 130.0), (308.0, 126.0)], lid, Finish::Glaze, |_| {});
    pen.fill(&Path::ellipse(400.0, 268.0, 116.0, 116.0 * TILT), lid.lighter(0.24));
    pen.fill(&Path::ellipse(400.0, 271.0, 102.0, 14.0), lid.lighter(0.08));
    pen.fill(&Path::round_rect(316.0, 264.0, 34.0, 12.0, 6.0), lid.darker(0.6));
    pen.line(&Path::at(330.0, 257.0).line(368.0, 254.0), 3.0, WHITE.alpha(0.5));
}
