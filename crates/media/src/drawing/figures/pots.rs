//! What one pours from.

use crate::drawing::colour::{DARK_WOOD, INK, STEEL, TEA, WHITE, WOOD};
use crate::drawing::path::Path;
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, body, decorate, ground, light};

pub(super) fn teapot(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 390.0, 622.0, 215.0);
    if pen.look.variation % 3 == 1 {
        // A bail of cane over the top.
        let bail = Path::at(268.0, 402.0).curve((250.0, 170.0), (550.0, 170.0), (532.0, 402.0));
        bar(pen, &bail, 20.0, WOOD);
        let mut wraps = Path::default();
        for (x, y, dx, dy) in [(300.0, 282.0, 16.0, 12.0), (400.0, 216.0, 0.0, 18.0), (500.0, 282.0, -16.0, 12.0)] {
            wraps = wraps.jump(x - dx, y - dy).line(x + dx, y + dy);
        }
        pen.line(&wraps, 9.0, DARK_WOOD.alpha(0.7));
    } else {
        let handle = Path::at(538.0, 428.0).curve((690.0, 350.0), (725.0, 560.0), (540.0, 560.0));
        bar(pen, &handle, 27.0, colour);
    }
    let spout = Path::at(262.0, 575.0)
        .curve((178.0, 548.0), (190.0, 452.0), (132.0, 388.0))
        .curve((140.0, 374.0), (160.0, 372.0), (178.0, 380.0))
        .curve((222.0, 412.0), (222.0, 462.0), (272.0, 468.0))
        .close();
    pen.fill(&spout, colour.darker(0.04));
    let stops = vec![(0.0, WHITE.alpha(0.3)), (0.5, WHITE.alpha(0.0)), (0.5, INK.alpha(0.0)), (1.0, INK.alpha(0.3))];
    pen.fill(&spout, Paint::Linear { from: (160.0, 500.0), to: (262.0, 440.0), stops });
    pen.fill(&Path::ellipse(0.0, 0.0, 24.0, 9.0).turned(-14.0).moved(155.0, 382.0), colour.darker(0.4));
    let profile = [
        (386.0, 82.0),
        (402.0, 112.0),
        (440.0, 152.0),
        (500.0, 172.0),
        (556.0, 160.0),
        (598.0, 124.0),
        (612.0, 100.0),
        (612.0, 100.0),
        (624.0, 96.0),
    ];
    body(pen, 400.0, &profile, colour, Finish::Glaze, |pen| decorate(pen, [232.0, 396.0, 568.0, 612.0]));
    let lid = [(338.0, 20.0), (346.0, 46.0), (364.0, 72.0), (386.0, 88.0)];
    body(pen, 400.0, &lid, colour, Finish::Glaze, |pen| {
        pen.line(&Path::at(316.0, 380.0).bowl(400.0, 380.0, 84.0, 84.0 * TILT), 4.0, accent);
    });
    let knob = if pen.look.variation.is_multiple_of(2) { colour } else { WOOD };
    body(pen, 400.0, &[(302.0, 10.0), (308.0, 20.0), (322.0, 23.0), (338.0, 13.0)], knob, Finish::Glaze, |_| {});
}

pub(super) fn kyusu(pen: &mut Pen) {
    let colour = pen.look.base;
    ground(pen, 390.0, 622.0, 205.0);
    let spout = Path::at(268.0, 560.0)
        .curve((222.0, 530.0), (206.0, 470.0), (176.0, 432.0))
        .line(214.0, 420.0)
        .curve((240.0, 448.0), (256.0, 460.0), (284.0, 466.0))
        .close();
    pen.fill(&spout, colour.darker(0.06));
    pen.fill(&Path::ellipse(0.0, 0.0, 20.0, 7.0).turned(-17.0).moved(195.0, 426.0), colour.darker(0.42));
    let profile = [(420.0, 96.0), (440.0, 128.0), (490.0, 154.0), (550.0, 152.0), (600.0, 126.0), (622.0, 104.0)];
    body(pen, 400.0, &profile, colour, Finish::Matte, |pen| decorate(pen, [246.0, 430.0, 554.0, 616.0]));
    // The side handle, a hollow cone that points at us.
    let handle = Path::at(470.0, 478.0)
        .curve((540.0, 452.0), (600.0, 420.0), (652.0, 384.0))
        .curve((686.0, 388.0), (692.0, 428.0), (676.0, 446.0))
        .curve((620.0, 486.0), (560.0, 520.0), (488.0, 542.0))
        .close();
    pen.fill(&handle, colour);
    let stops =
        vec![(0.0, WHITE.alpha(0.24)), (0.45, WHITE.alpha(0.0)), (0.45, INK.alpha(0.0)), (1.0, INK.alpha(0.36))];
    pen.fill(&handle, Paint::Linear { from: (560.0, 420.0), to: (596.0, 500.0), stops });
    pen.fill(&Path::ellipse(0.0, 0.0, 17.0, 33.0).turned(-28.0).moved(666.0, 414.0), colour.darker(0.45));
    let lid = [(392.0, 22.0), (398.0, 60.0), (420.0, 98.0)];
    body(pen, 400.0, &lid, colour, Finish::Matte, |_| {});
    body(pen, 400.0, &[(366.0, 20.0), (374.0, 24.0), (392.0, 14.0)], colour, Finish::Matte, |_| {});
}

/// Glass: what is behind shines through, what is in it has its colour.
fn glass(pen: &mut Pen, path: &Path, (left, right): (f32, f32)) {
    pen.fill(path, WHITE.alpha(0.22));
    light(pen, path, (left, right), Finish::Glaze);
    pen.line(path, 3.0, INK.mix(pen.look.backdrop, 0.35).alpha(0.4));
}

pub(super) fn server(pen: &mut Pen) {
    let accent = pen.look.base;
    ground(pen, 400.0, 624.0, 150.0);
    let handle = Path::at(478.0, 350.0).curve((640.0, 330.0), (630.0, 560.0), (512.0, 552.0));
    bar(pen, &handle, 19.0, INK.mix(WHITE, 0.78));
    let profile =
        [(318.0, 92.0), (340.0, 80.0), (380.0, 78.0), (440.0, 108.0), (510.0, 138.0), (585.0, 142.0), (618.0, 122.0)];
    let path = crate::drawing::solid::outline(400.0, &profile);
    pen.within(&path, |pen| {
        let tea = [(480.0, 160.0), (620.0, 160.0)];
        let stops = vec![(0.0, TEA.lighter(0.25)), (0.5, TEA), (1.0, TEA.darker(0.25))];
        let liquid = crate::drawing::solid::outline(400.0, &tea);
        pen.fill(&liquid, Paint::Linear { from: (262.0, 0.0), to: (542.0, 0.0), stops });
        pen.fill(&Path::ellipse(400.0, 480.0, 128.0, 19.0), TEA.lighter(0.35));
    });
    glass(pen, &path, (258.0, 542.0));
    crate::drawing::solid::gloss(pen, 400.0, &profile[2..]);
    let collar = [(352.0, 84.0), (392.0, 86.0)];
    body(pen, 400.0, &collar, accent, Finish::Matte, |_| {});
    pen.line(&Path::ellipse(400.0, 318.0, 92.0, 92.0 * TILT), 4.0, WHITE.alpha(0.85));
}

pub(super) fn kettle(pen: &mut Pen) {
    let colour = pen.look.base;
    let finish = if pen.look.variation.is_multiple_of(2) { Finish::Metal } else { Finish::Matte };
    ground(pen, 400.0, 624.0, 180.0);
    // The handle stands off the body like a question mark.
    let arm = Path::at(520.0, 398.0).curve((600.0, 372.0), (668.0, 396.0), (660.0, 452.0));
    bar(pen, &arm, 18.0, INK.mix(STEEL, 0.3));
    let grip = Path::at(660.0, 448.0).curve((656.0, 500.0), (640.0, 540.0), (622.0, 574.0));
    bar(pen, &grip, 34.0, if pen.look.variation % 3 == 2 { INK.mix(STEEL, 0.2) } else { DARK_WOOD });
    let spout = Path::at(282.0, 576.0).curve((170.0, 580.0), (250.0, 372.0), (142.0, 350.0));
    bar(pen, &spout, 19.0, colour);
    pen.fill(&Path::ellipse(0.0, 0.0, 6.0, 10.0).turned(12.0).moved(136.0, 349.0), colour.darker(0.5));
    let profile =
        [(382.0, 92.0), (392.0, 104.0), (480.0, 124.0), (570.0, 142.0), (604.0, 146.0), (604.0, 146.0), (622.0, 146.0)];
    body(pen, 400.0, &profile, colour, finish, |pen| {
        pen.fill(&Path::rect(240.0, 604.0, 320.0, 60.0), INK.alpha(0.35));
    });
    if finish == Finish::Matte {
        crate::drawing::solid::gloss(pen, 400.0, &profile[1..4]);
    }
    let lid = [(350.0, 40.0), (356.0, 70.0), (382.0, 94.0)];
    body(pen, 400.0, &lid, colour, finish, |_| {});
    body(pen, 400.0, &[(318.0, 20.0), (324.0, 24.0), (342.0, 16.0), (352.0, 18.0)], DARK_WOOD, Finish::Matte, |_| {});
}
