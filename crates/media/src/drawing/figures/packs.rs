//! What things come in.

use crate::drawing::colour::{BRASS, Colour, DARK_WOOD, INK, PAPER, STEEL, WHITE, WOOD};
use crate::drawing::path::{Path, Point};
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, body, ground, light};

/// A printed label: paper, a frame, an emblem and lines that stand for words.
fn label(pen: &mut Pen, [x, y, width, height]: [f32; 4], coffee: bool) {
    let (paper, print) = printed(pen);
    pen.fill(&Path::round_rect(x, y, width, height, 8.0), paper);
    let (middle, inset) = (x + width / 2.0, 9.0);
    let frame = Path::round_rect(x + inset, y + inset, width - 2.0 * inset, height - 2.0 * inset, 4.0);
    pen.line(&frame, 1.8, print.alpha(0.55));
    emblem(pen, (middle, y + height * 0.37), height * 0.2, print, coffee);
    let mut words = Path::default();
    for (share, line) in [(0.3, 0.68), (0.18, 0.79), (0.22, 0.86)] {
        let line = y + height * line;
        words = words.and(&Path::round_rect(middle - width * share, line, width * share * 2.0, height * 0.032, 2.0));
    }
    pen.fill(&words, print.alpha(0.85));
}

/// The sign on a label, by variation: a sprig, a sun over waves, a mountain, a blossom, or a bean on what holds coffee.
fn emblem(pen: &mut Pen, (x, y): Point, size: f32, print: Colour, coffee: bool) {
    let choice = match (coffee, pen.look.variation % 3) {
        (true, 0) => 4,
        (true, other) => other,
        (false, _) => pen.look.variation % 4,
    };
    match choice {
        0 => {
            let foot = (x, y + size);
            let mut sprig = Path::leaf((x, y + size * 0.1), size * 1.15, -90.0, size * 0.34, 0.0);
            for angle in [-148.0, -32.0] {
                sprig = sprig.and(&Path::leaf((x, y + size * 0.62), size * 1.1, angle, size * 0.3, 0.0));
            }
            pen.fill(&sprig, print);
            pen.line(&Path::at(foot.0, foot.1).line(x, y), 2.6, print);
        }
        1 => {
            pen.fill(&Path::circle(x, y - size * 0.3, size * 0.5), print);
            for row in [0.45, 0.75, 1.05] {
                let level = y + size * row;
                let wave = Path::through(&[
                    (x - size, level),
                    (x - size * 0.5, level - size * 0.14),
                    (x, level),
                    (x + size * 0.5, level - size * 0.14),
                    (x + size, level),
                ]);
                pen.line(&wave, 3.0, print);
            }
        }
        2 => {
            let peak = |dx: f32, top: f32, half: f32| {
                Path::polygon(&[(x + dx - half, y + size), (x + dx, y + size - top), (x + dx + half, y + size)])
            };
            pen.fill(&peak(size * 0.45, size * 1.2, size * 0.75), print.alpha(0.55));
            pen.fill(&peak(-size * 0.25, size * 1.8, size * 0.95), print);
        }
        3 => {
            let mut petals = Path::default();
            for turn in [0.0, 72.0, 144.0, 216.0, 288.0] {
                petals = petals.and(&Path::leaf((x, y), size, turn - 90.0, size * 0.42, 0.0));
            }
            pen.fill(&petals, print);
            pen.fill(&Path::circle(x, y, size * 0.2), print.lighter(0.6));
        }
        _ => {
            pen.fill(&Path::ellipse(0.0, 0.0, size * 0.6, size * 0.95).turned(24.0).moved(x, y), print);
            let split = Path::at(0.0, -size * 0.9).curve(
                (size * 0.4, -size * 0.3),
                (-size * 0.4, size * 0.3),
                (0.0, size * 0.9),
            );
            pen.line(&split.turned(24.0).moved(x, y), 3.4, print.lighter(0.75));
        }
    }
}

fn printed(pen: &Pen) -> (Colour, Colour) {
    (PAPER, PAPER.contrast(pen.look.base, pen.look.accent).darker(0.1))
}

pub(super) fn tin(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 622.0, 136.0);
    let profile = [(306.0, 124.0), (606.0, 124.0), (606.0, 124.0), (618.0, 119.0)];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| {
        let accent = pen.look.accent;
        for y in [330.0, 588.0] {
            pen.line(&Path::at(276.0, y).bowl(400.0, y, 124.0, 124.0 * TILT), 4.0, accent);
        }
        label(pen, [322.0, 384.0, 146.0, 186.0], false);
    });
    let lid = [(246.0, 120.0), (256.0, 128.0), (256.0, 128.0), (312.0, 128.0)];
    let metal = if pen.look.variation.is_multiple_of(2) { colour.darker(0.18) } else { BRASS };
    body(pen, 400.0, &lid, metal, Finish::Glaze, |_| {});
    let top = Path::ellipse(400.0, 246.0, 120.0, 120.0 * TILT);
    let stops = vec![(0.0, metal.lighter(0.5)), (1.0, metal)];
    pen.fill(&top, Paint::Linear { from: (290.0, 230.0), to: (510.0, 262.0), stops });
    pen.line(&Path::ellipse(400.0, 246.0, 96.0, 96.0 * TILT), 2.5, metal.darker(0.25).alpha(0.6));
}

/// A bag with flat seams: its front, from the upper edge down.
fn bag(pen: &mut Pen, colour: Colour, top: f32, half: f32) -> Path {
    ground(pen, 400.0, 622.0, half * 1.05);
    let front = Path::at(400.0 - half * 0.93, top)
        .line(400.0 + half * 0.93, top)
        .curve((400.0 + half * 1.05, top + 120.0), (400.0 + half * 0.98, 560.0), (400.0 + half * 1.02, 628.0))
        .curve((400.0 + half * 0.5, 644.0), (400.0 - half * 0.5, 644.0), (400.0 - half * 1.02, 628.0))
        .curve((400.0 - half * 0.98, 560.0), (400.0 - half * 1.05, top + 120.0), (400.0 - half * 0.93, top))
        .close();
    pen.fill(&front, colour);
    front
}

/// Light over soft paper: folds to either side and a hollow at the foot.
fn creases(pen: &mut Pen, front: &Path, top: f32, half: f32) {
    light(pen, front, (400.0 - half, 400.0 + half), Finish::Matte);
    let fold = |side: f32| {
        let x = 400.0 + side * half;
        Path::at(x, top + 70.0).curve((x - side * 34.0, 400.0), (x - side * 30.0, 540.0), (x, 626.0)).close()
    };
    pen.fill(&fold(-1.0), WHITE.alpha(0.22));
    pen.fill(&fold(1.0), INK.alpha(0.16));
    let gusset = Path::at(400.0 - half, 626.0).curve((340.0, 576.0), (460.0, 576.0), (400.0 + half, 626.0)).close();
    pen.fill(&gusset, INK.alpha(0.1));
}

pub(super) fn pouch(pen: &mut Pen) {
    let colour = pen.look.base;
    let front = bag(pen, colour, 236.0, 150.0);
    pen.within(&front, |pen| {
        pen.fill(&Path::rect(230.0, 236.0, 340.0, 40.0), colour.darker(0.14));
        pouch_print(pen);
        if (pen.look.variation / 3).is_multiple_of(2) {
            label(pen, [312.0, 316.0, 176.0, 196.0], false);
        } else {
            seal(pen, (400.0, 408.0), 94.0);
        }
    });
    creases(pen, &front, 236.0, 150.0);
    pen.line(&Path::at(262.0, 276.0).line(538.0, 276.0), 2.0, INK.alpha(0.25));
    pen.line(&Path::at(262.0, 290.0).line(538.0, 290.0), 3.5, WHITE.alpha(0.4));
    pen.fill(&Path::polygon(&[(256.0, 258.0), (268.0, 264.0), (256.0, 270.0)]), pen.look.backdrop);
}

/// What is printed over the foot of a pouch, by variation: hills, a hedge of leaves, slanting lines.
fn pouch_print(pen: &mut Pen) {
    let accent = pen.look.accent.alpha(0.9);
    match pen.look.variation % 3 {
        0 => {
            let hill = Path::through(&[(230.0, 560.0), (320.0, 528.0), (410.0, 556.0), (500.0, 520.0), (580.0, 548.0)]);
            pen.fill(&hill.line(580.0, 700.0).line(230.0, 700.0).close(), accent);
        }
        1 => {
            let mut leaves = Path::default();
            for (x, height) in [
                (262.0, 84.0),
                (308.0, 112.0),
                (354.0, 92.0),
                (400.0, 122.0),
                (446.0, 92.0),
                (492.0, 112.0),
                (538.0, 84.0),
            ] {
                leaves = leaves.and(&Path::leaf((x, 650.0), height, -90.0, 24.0, 0.0));
            }
            pen.fill(&leaves, accent);
        }
        _ => {
            let mut lines = Path::default();
            for x in [240.0, 280.0, 320.0, 360.0, 400.0, 440.0, 480.0, 520.0, 560.0] {
                lines = lines.jump(x - 30.0, 660.0).line(x + 20.0, 540.0);
            }
            pen.line(&lines, 11.0, accent);
        }
    }
}

/// A round label.
fn seal(pen: &mut Pen, (x, y): Point, radius: f32) {
    let (paper, print) = printed(pen);
    pen.fill(&Path::circle(x, y, radius), paper);
    pen.line(&Path::circle(x, y, radius * 0.88), 1.8, print.alpha(0.55));
    emblem(pen, (x, y - radius * 0.2), radius * 0.4, print, false);
    let mut words = Path::default();
    for (row, half) in [(0.36, 0.5), (0.52, 0.32)] {
        words = words.and(&Path::round_rect(x - radius * half, y + radius * row, radius * half * 2.0, 7.0, 3.0));
    }
    pen.fill(&words, print.alpha(0.85));
}

pub(super) fn coffee_bag(pen: &mut Pen) {
    let colour = pen.look.base;
    let front = bag(pen, colour, 270.0, 146.0);
    pen.within(&front, |pen| {
        let accent = pen.look.accent;
        pen.fill(&Path::rect(240.0, 356.0, 330.0, 8.0), accent);
        pen.fill(&Path::rect(240.0, 588.0, 330.0, 8.0), accent);
        label(pen, [306.0, 384.0, 188.0, 184.0], true);
    });
    creases(pen, &front, 270.0, 146.0);
    // The rolled top with its tin tie.
    let roll = Path::round_rect(256.0, 222.0, 288.0, 62.0, 14.0);
    pen.fill(&roll, colour.darker(0.1));
    light(pen, &roll, (256.0, 544.0), Finish::Matte);
    pen.fill(&Path::rect(262.0, 276.0, 276.0, 12.0), INK.alpha(0.16));
    pen.fill(&Path::round_rect(246.0, 244.0, 308.0, 15.0, 7.0), pen.look.accent.mix(BRASS, 0.4));
    pen.line(&Path::at(258.0, 248.0).line(540.0, 248.0), 3.0, WHITE.alpha(0.45));
    // The valve that lets the roast breathe.
    pen.fill(&Path::circle(400.0, 324.0, 11.0), colour.lighter(0.3));
    pen.fill(&Path::circle(400.0, 325.0, 7.0), colour.darker(0.4));
}

pub(super) fn jar(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 622.0, 118.0);
    let profile = [(346.0, 84.0), (366.0, 86.0), (396.0, 106.0), (430.0, 112.0), (596.0, 112.0), (618.0, 102.0)];
    let path = crate::drawing::solid::outline(400.0, &profile);
    pen.fill(&path, WHITE.alpha(0.45));
    pen.within(&path, |pen| {
        let spice =
            crate::drawing::solid::outline(400.0, &[(414.0, 104.0), (430.0, 106.0), (600.0, 106.0), (612.0, 98.0)]);
        pen.fill(&spice, colour);
        pen.fill(&Path::ellipse(400.0, 414.0, 104.0, 16.0), colour.lighter(0.24));
        crate::drawing::solid::speckles(pen, [296.0, 420.0, 504.0, 616.0], colour.darker(0.35).alpha(0.5), 24);
        crate::drawing::solid::speckles(pen, [296.0, 420.0, 504.0, 616.0], colour.lighter(0.45).alpha(0.6), 16);
    });
    label(pen, [326.0, 452.0, 148.0, 134.0], false);
    light(pen, &path, (288.0, 512.0), Finish::Glaze);
    crate::drawing::solid::gloss(pen, 400.0, &profile[2..]);
    pen.line(&path, 2.5, INK.alpha(0.2));
    let (lid, finish) = match pen.look.variation % 3 {
        0 => (WOOD, Finish::Matte),
        1 => (STEEL, Finish::Metal),
        _ => (DARK_WOOD, Finish::Matte),
    };
    body(pen, 400.0, &[(296.0, 88.0), (304.0, 94.0), (304.0, 94.0), (352.0, 94.0)], lid, finish, |_| {});
    pen.fill(&Path::ellipse(400.0, 296.0, 88.0, 88.0 * TILT), lid.lighter(0.3));
}

pub(super) fn gift(pen: &mut Pen) {
    let (colour, ribbon) = (pen.look.base, pen.look.accent);
    ground(pen, 410.0, 618.0, 190.0);
    // Two sides and the lid of a box that is turned a little.
    let side = |pen: &mut Pen, points: &[Point], colour: Colour| pen.fill(&Path::polygon(points), colour);
    side(pen, &[(236.0, 400.0), (470.0, 432.0), (470.0, 640.0), (236.0, 600.0)], colour);
    side(pen, &[(470.0, 432.0), (574.0, 398.0), (574.0, 596.0), (470.0, 640.0)], colour.darker(0.26));
    side(pen, &[(322.0, 412.0), (376.0, 419.0), (376.0, 624.0), (322.0, 615.0)], ribbon);
    side(pen, &[(508.0, 419.0), (536.0, 410.0), (536.0, 612.0), (508.0, 624.0)], ribbon.darker(0.22));
    side(pen, &[(236.0, 440.0), (470.0, 474.0), (470.0, 486.0), (236.0, 450.0)], INK.alpha(0.16));
    side(pen, &[(222.0, 372.0), (474.0, 404.0), (474.0, 466.0), (222.0, 430.0)], colour.lighter(0.07));
    side(pen, &[(474.0, 404.0), (588.0, 368.0), (588.0, 424.0), (474.0, 466.0)], colour.darker(0.2));
    side(pen, &[(222.0, 372.0), (344.0, 338.0), (588.0, 368.0), (474.0, 404.0)], colour.lighter(0.26));
    side(pen, &[(316.0, 384.0), (374.0, 391.0), (374.0, 452.0), (316.0, 444.0)], ribbon.lighter(0.06));
    side(pen, &[(512.0, 392.0), (542.0, 382.0), (542.0, 441.0), (512.0, 452.0)], ribbon.darker(0.15));
    side(pen, &[(316.0, 384.0), (436.0, 349.0), (490.0, 356.0), (374.0, 391.0)], ribbon.lighter(0.2));
    side(pen, &[(512.0, 392.0), (254.0, 363.0), (292.0, 352.0), (542.0, 382.0)], ribbon.lighter(0.12));
    for turn in [-160.0, -124.0, -52.0, -18.0] {
        let loop_of_ribbon = Path::leaf((400.0, 366.0), 118.0, turn, 44.0, 0.0);
        let shade = if turn < -90.0 { ribbon.lighter(0.16) } else { ribbon.darker(0.06) };
        pen.fill(&loop_of_ribbon, shade);
        pen.fill(&Path::leaf((400.0, 366.0), 84.0, turn, 17.0, 0.0), shade.darker(0.24));
    }
    bar(pen, &Path::at(392.0, 362.0).line(410.0, 364.0), 27.0, ribbon);
}
