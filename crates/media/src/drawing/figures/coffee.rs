//! What coffee is made with.

use crate::drawing::colour::{COFFEE, DARK_WOOD, INK, PAPER, STEEL, WHITE, WOOD};
use crate::drawing::path::Path;
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, body, gloss, ground, light, outline};

pub(super) fn cafetiere(pen: &mut Pen) {
    let colour = pen.look.base;
    let metal = if pen.look.variation.is_multiple_of(2) { STEEL } else { pen.look.accent.mix(STEEL, 0.3) };
    ground(pen, 400.0, 624.0, 150.0);
    let handle = Path::at(505.0, 330.0).curve((655.0, 310.0), (655.0, 575.0), (508.0, 560.0));
    bar(pen, &handle, 25.0, colour);
    let beaker = [(310.0, 112.0), (610.0, 112.0)];
    let path = outline(400.0, &beaker);
    pen.fill(&path, WHITE.alpha(0.3));
    pen.within(&path, |pen| {
        pen.line(&Path::at(400.0, 260.0).line(400.0, 420.0), 6.0, STEEL.darker(0.3));
        let stops = vec![(0.0, COFFEE.lighter(0.24)), (0.35, COFFEE.lighter(0.08)), (1.0, COFFEE.darker(0.3))];
        pen.fill(
            &outline(400.0, &[(398.0, 118.0), (640.0, 118.0)]),
            Paint::Linear { from: (288.0, 0.0), to: (512.0, 0.0), stops },
        );
        pen.fill(&Path::ellipse(400.0, 398.0, 114.0, 19.0), COFFEE.lighter(0.42));
        pen.fill(&Path::ellipse(400.0, 400.0, 100.0, 14.0), COFFEE.lighter(0.24));
    });
    light(pen, &path, (288.0, 512.0), Finish::Glaze);
    gloss(pen, 400.0, &beaker);
    pen.line(&path, 3.0, INK.alpha(0.28));
    for y in [356.0, 588.0] {
        let band = [(y, 115.0), (y + 26.0, 115.0)];
        body(pen, 400.0, &band, metal, Finish::Metal, |_| {});
    }
    let mut struts = Path::default();
    for x in [306.0, 494.0] {
        struts = struts.jump(x, 370.0).line(x, 604.0);
    }
    pen.line(&struts, 11.0, metal.darker(0.2));
    pen.line(&struts.moved(-2.0, 0.0), 4.0, WHITE.alpha(0.6));
    body(pen, 400.0, &[(268.0, 62.0), (276.0, 96.0), (302.0, 118.0), (314.0, 118.0)], metal, Finish::Metal, |_| {});
    pen.line(&Path::at(400.0, 262.0).line(400.0, 212.0), 7.0, STEEL.darker(0.25));
    body(pen, 400.0, &[(176.0, 12.0), (184.0, 23.0), (204.0, 24.0), (214.0, 14.0)], colour, Finish::Glaze, |_| {});
}

pub(super) fn moka(pen: &mut Pen) {
    let colour = pen.look.base;
    let metal = colour.mix(STEEL, if pen.look.variation.is_multiple_of(2) { 0.0 } else { 0.75 });
    ground(pen, 400.0, 624.0, 150.0);
    let handle = Path::at(500.0, 312.0).curve((566.0, 288.0), (640.0, 300.0), (634.0, 352.0)).curve(
        (630.0, 400.0),
        (612.0, 440.0),
        (600.0, 470.0),
    );
    bar(pen, &handle, 29.0, INK.mix(DARK_WOOD, 0.3));
    // Eight-sided boiler and top: planes instead of a round shade.
    facets(pen, [(452.0, 96.0), (612.0, 138.0)], metal);
    body(pen, 400.0, &[(428.0, 112.0), (458.0, 112.0)], metal.darker(0.1), Finish::Metal, |_| {});
    let spout = Path::polygon(&[(306.0, 290.0), (248.0, 276.0), (262.0, 300.0), (306.0, 352.0)]);
    pen.fill(&spout, metal.darker(0.1));
    facets(pen, [(282.0, 112.0), (430.0, 88.0)], metal);
    let lid = [(238.0, 26.0), (246.0, 66.0), (276.0, 114.0), (284.0, 116.0)];
    body(pen, 400.0, &lid, metal, Finish::Metal, |_| {});
    body(
        pen,
        400.0,
        &[(198.0, 12.0), (206.0, 22.0), (222.0, 22.0), (240.0, 13.0)],
        INK.mix(DARK_WOOD, 0.3),
        Finish::Glaze,
        |_| {},
    );
    pen.fill(&Path::circle(430.0, 560.0, 10.0), metal.darker(0.45));
    pen.fill(&Path::circle(428.0, 558.0, 5.0), metal.lighter(0.5));
}

/// Four planes of an eight-sided body that we see, from a height and half width to another.
fn facets(pen: &mut Pen, [(top, above), (foot, below)]: [(f32, f32); 2], colour: crate::drawing::colour::Colour) {
    let shades = [colour.lighter(0.18), colour.lighter(0.55), colour.darker(0.1), colour.darker(0.42)];
    let edges = [-1.0_f32, -0.62, 0.06, 0.68, 1.0];
    // Edges nearer to us reach lower.
    let drop = |edge: f32, half: f32| half * TILT * (1.0 - edge * edge);
    for (pair, shade) in edges.windows(2).zip(shades) {
        let corner = |y: f32, half: f32, edge: f32| (400.0 + edge * half, y + drop(edge, half));
        let plane = Path::polygon(&[
            corner(top, above, pair[0]),
            corner(top, above, pair[1]),
            corner(foot, below, pair[1]),
            corner(foot, below, pair[0]),
        ]);
        let stops = vec![(0.0, shade.lighter(0.14)), (1.0, shade.darker(0.14))];
        pen.fill(&plane, Paint::Linear { from: (400.0, top), to: (400.0, foot), stops });
        pen.line(&plane, 1.5, shade.lighter(0.2));
    }
}

pub(super) fn dripper(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 624.0, 140.0);
    let jug_handle = Path::at(500.0, 500.0).curve((590.0, 480.0), (590.0, 606.0), (496.0, 600.0));
    bar(pen, &jug_handle, 15.0, INK.mix(WHITE, 0.75));
    let jug = [(446.0, 84.0), (480.0, 104.0), (560.0, 122.0), (606.0, 118.0), (622.0, 104.0)];
    let path = outline(400.0, &jug);
    pen.fill(&path, WHITE.alpha(0.3));
    pen.within(&path, |pen| {
        pen.fill(&outline(400.0, &[(560.0, 130.0), (640.0, 130.0)]), COFFEE.lighter(0.1));
        pen.fill(&Path::ellipse(400.0, 560.0, 121.0, 17.0), COFFEE.lighter(0.36));
        pen.line(&Path::at(400.0, 440.0).line(400.0, 560.0), 3.5, COFFEE.lighter(0.2));
    });
    light(pen, &path, (278.0, 522.0), Finish::Glaze);
    gloss(pen, 400.0, &jug);
    pen.line(&path, 3.0, INK.alpha(0.25));
    let foot = [(428.0, 118.0), (444.0, 122.0)];
    body(pen, 400.0, &foot, colour, Finish::Glaze, |_| {});
    let ear = Path::at(516.0, 320.0).curve((610.0, 300.0), (596.0, 400.0), (486.0, 392.0));
    bar(pen, &ear, 17.0, colour);
    let paper =
        Path::at(250.0, 268.0).line(400.0, 400.0).line(550.0, 268.0).line(536.0, 246.0).line(264.0, 246.0).close();
    pen.fill(&paper, PAPER);
    pen.fill(&Path::ellipse(400.0, 262.0, 146.0, 22.0), PAPER.darker(0.14));
    pen.fill(&Path::ellipse(400.0, 270.0, 124.0, 15.0), COFFEE.lighter(0.12));
    let cone = [(284.0, 150.0), (296.0, 146.0), (404.0, 58.0), (424.0, 44.0), (430.0, 44.0)];
    // The cone's front hides the paper below the rim.
    let front = outline(400.0, &cone);
    let rim =
        Path::at(250.0, 284.0).bowl(400.0, 284.0, 150.0, 150.0 * TILT).line(550.0, 480.0).line(250.0, 480.0).close();
    pen.within(&rim, |pen| {
        pen.fill(&front, colour);
        light(pen, &front, (250.0, 550.0), Finish::Glaze);
    });
    pen.line(&Path::at(250.0, 284.0).bowl(400.0, 284.0, 150.0, 150.0 * TILT), 7.0, colour.lighter(0.45));
    if pen.look.variation % 2 == 1 {
        let band = Path::at(308.0, 366.0).bowl(400.0, 366.0, 92.0, 92.0 * TILT);
        pen.line(&band, 10.0, pen.look.accent);
    }
}

pub(super) fn grinder(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 400.0, 624.0, 110.0);
    let arm = Path::at(400.0, 262.0).line(400.0, 240.0).line(560.0, 222.0);
    bar(pen, &arm, 14.0, STEEL);
    body(pen, 566.0, &[(150.0, 14.0), (160.0, 22.0), (190.0, 24.0), (216.0, 14.0)], DARK_WOOD, Finish::Glaze, |_| {});
    body(pen, 400.0, &[(268.0, 62.0), (280.0, 84.0), (300.0, 88.0)], STEEL, Finish::Metal, |_| {});
    let chamber = [(300.0, 88.0), (450.0, 88.0)];
    body(pen, 400.0, &chamber, colour, Finish::Glaze, |pen| {
        let accent = pen.look.accent;
        pen.line(&Path::at(312.0, 330.0).bowl(400.0, 330.0, 88.0, 15.0), 5.0, accent);
    });
    body(pen, 400.0, &[(452.0, 92.0), (480.0, 92.0)], STEEL, Finish::Metal, |_| {});
    let wood = if pen.look.variation.is_multiple_of(2) { WOOD } else { DARK_WOOD };
    body(pen, 400.0, &[(482.0, 88.0), (600.0, 88.0), (624.0, 80.0)], wood, Finish::Matte, |pen| {
        let mut grain = Path::default();
        for x in [336.0, 362.0, 404.0, 446.0] {
            grain = grain.jump(x, 480.0).curve((x + 10.0, 530.0), (x - 8.0, 590.0), (x + 4.0, 640.0));
        }
        pen.line(&grain, 2.5, wood.darker(0.35).alpha(0.5));
    });
}
