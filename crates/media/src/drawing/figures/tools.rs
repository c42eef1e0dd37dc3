//! Small tools, and the tray they lie on.

use crate::drawing::colour::{DARK_WOOD, INK, STEEL, WHITE, WOOD};
use crate::drawing::path::Path;
use crate::drawing::pen::Pen;
use crate::drawing::scene::Paint;
use crate::drawing::solid::{Finish, TILT, bar, body, ground, light};

/// A basket of fine mesh with a lid that catches the drops.
pub(super) fn infuser(pen: &mut Pen) {
    let (colour, accent) = (pen.look.base, pen.look.accent);
    ground(pen, 400.0, 624.0, 110.0);
    let ear = |side: f32| {
        Path::at(400.0 + side * 110.0, 366.0).curve(
            (400.0 + side * 200.0, 352.0),
            (400.0 + side * 200.0, 412.0),
            (400.0 + side * 112.0, 396.0),
        )
    };
    bar(pen, &ear(-1.0).and(&ear(1.0)), 13.0, accent.mix(STEEL, 0.5));
    let metal = STEEL.mix(colour, 0.35);
    let profile = [(380.0, 112.0), (560.0, 104.0), (604.0, 94.0), (622.0, 78.0)];
    body(pen, 400.0, &profile, metal, Finish::Metal, |pen| {
        let mut mesh = Path::default();
        for number in 0_u8..22 {
            let shift = 30.0 * f32::from(number);
            mesh = mesh
                .jump(80.0 + shift, 400.0)
                .line(340.0 + shift, 660.0)
                .jump(60.0 + shift, 660.0)
                .line(320.0 + shift, 400.0);
        }
        pen.line(&mesh, 2.0, INK.alpha(0.34));
    });
    for y in [398.0, 590.0] {
        let half = if y < 400.0 { 112.0 } else { 98.0 };
        body(pen, 400.0, &[(y - 14.0, half + 2.0), (y, half + 2.0)], metal, Finish::Metal, |_| {});
    }
    pen.fill(&Path::ellipse(400.0, 374.0, 132.0, 132.0 * TILT), metal.darker(0.2));
    body(pen, 400.0, &[(344.0, 60.0), (352.0, 118.0), (368.0, 130.0)], colour, Finish::Glaze, |_| {});
    body(pen, 400.0, &[(304.0, 12.0), (310.0, 24.0), (328.0, 25.0), (346.0, 12.0)], accent, Finish::Glaze, |_| {});
}

/// Split from one piece of bamboo.
pub(super) fn whisk(pen: &mut Pen) {
    let accent = pen.look.accent;
    let bamboo = WOOD.lighter(0.32);
    ground(pen, 400.0, 624.0, 116.0);
    let inner = [(400.0, 46.0), (470.0, 96.0), (560.0, 112.0), (618.0, 96.0)];
    body(pen, 400.0, &inner, bamboo.darker(0.3), Finish::Matte, |_| {});
    let mut back = Path::default();
    let mut front = Path::default();
    for number in -10_i8..=10 {
        let spread = f32::from(number) / 10.0;
        let foot = 632.0 + (1.0 - spread * spread) * 12.0;
        let tine = Path::at(400.0 + spread * 46.0, 396.0).curve(
            (400.0 + spread * 92.0, 450.0),
            (400.0 + spread * 138.0, 560.0),
            (400.0 + spread * 100.0, foot),
        );
        if number % 2 == 0 { front = front.and(&tine) } else { back = back.and(&tine) }
    }
    pen.line(&back, 4.0, bamboo.darker(0.1));
    pen.line(&front, 4.6, bamboo.lighter(0.3));
    let thread = [(388.0, 50.0), (414.0, 60.0)];
    body(pen, 400.0, &thread, accent.mix(INK, 0.15), Finish::Matte, |_| {});
    let handle = [(226.0, 46.0), (300.0, 44.0), (308.0, 48.0), (316.0, 44.0), (392.0, 48.0)];
    body(pen, 400.0, &handle, bamboo, Finish::Glaze, |pen| {
        pen.line(&Path::at(352.0, 308.0).bowl(400.0, 308.0, 48.0, 8.0), 5.0, bamboo.darker(0.3));
    });
    pen.fill(&Path::ellipse(400.0, 226.0, 46.0, 46.0 * TILT), bamboo.lighter(0.4));
    pen.fill(&Path::ellipse(400.0, 226.0, 25.0, 25.0 * TILT), bamboo.darker(0.4));
}

pub(super) fn scoop(pen: &mut Pen) {
    let metal = pen.look.base.mix(STEEL, if pen.look.variation.is_multiple_of(2) { 0.6 } else { 0.0 });
    ground(pen, 380.0, 620.0, 200.0);
    let grip = Path::at(410.0, 586.0).line(632.0, 496.0);
    bar(pen, &grip, 23.0, if pen.look.variation.is_multiple_of(3) { DARK_WOOD } else { WOOD });
    bar(pen, &Path::at(400.0, 590.0).line(470.0, 562.0), 15.0, metal);
    let shell = Path::at(150.0, 566.0)
        .curve((170.0, 628.0), (330.0, 650.0), (404.0, 622.0))
        .curve((432.0, 606.0), (426.0, 566.0), (404.0, 552.0))
        .close();
    pen.fill(&shell, metal.darker(0.16));
    let stops = vec![(0.0, WHITE.alpha(0.36)), (0.5, WHITE.alpha(0.0)), (0.5, INK.alpha(0.0)), (1.0, INK.alpha(0.34))];
    pen.fill(&shell, Paint::Linear { from: (220.0, 570.0), to: (330.0, 650.0), stops });
    let rim = Path::at(150.0, 566.0)
        .curve((200.0, 530.0), (340.0, 524.0), (404.0, 552.0))
        .curve((420.0, 572.0), (400.0, 590.0), (372.0, 592.0))
        .curve((290.0, 600.0), (190.0, 590.0), (150.0, 566.0))
        .close();
    pen.fill(&rim, metal.darker(0.34));
    pen.within(&rim, |pen| {
        let tea = pen.look.accent.mix(DARK_WOOD, 0.55);
        pen.fill(&Path::ellipse(310.0, 578.0, 110.0, 26.0), tea.darker(0.3));
        for shade in [tea, tea.lighter(0.22), tea.darker(0.12)] {
            let mut leaves = Path::default();
            for _ in 0..12 {
                let place = (pen.look.between(206.0, 390.0), pen.look.between(560.0, 592.0));
                let turn = pen.look.between(-50.0, 50.0);
                leaves = leaves.and(&Path::leaf(place, 30.0, turn, 6.0, 3.0));
            }
            pen.fill(&leaves, shade);
        }
    });
    pen.line(&rim, 4.0, metal.lighter(0.4));
}

pub(super) fn tray(pen: &mut Pen) {
    let wood = if pen.look.variation.is_multiple_of(2) { WOOD } else { DARK_WOOD };
    let accent = pen.look.base;
    ground(pen, 400.0, 622.0, 268.0);
    let edge = [(552.0, 280.0), (590.0, 268.0), (612.0, 252.0)];
    body(pen, 400.0, &edge, wood, Finish::Matte, |_| {});
    pen.fill(&Path::ellipse(400.0, 552.0, 280.0, 62.0), wood.lighter(0.25));
    let floor = Path::ellipse(400.0, 560.0, 258.0, 50.0);
    let stops = vec![(0.0, wood.darker(0.2)), (0.5, wood), (1.0, wood.lighter(0.2))];
    pen.fill(&floor, Paint::Linear { from: (140.0, 540.0), to: (660.0, 580.0), stops });
    pen.within(&floor, |pen| {
        let mut grain = Path::default();
        for y in [530.0, 546.0, 560.0, 576.0, 592.0] {
            grain = grain.jump(130.0, y).curve((300.0, y - 9.0), (480.0, y + 10.0), (670.0, y - 3.0));
        }
        pen.line(&grain, 2.0, wood.darker(0.4).alpha(0.4));
    });
    for (x, half) in [(330.0, 66.0), (490.0, 50.0)] {
        let shade = Path::ellipse(x + 18.0, 572.0, half * 1.2, 17.0);
        pen.fill(&shade, INK.alpha(0.24));
        let profile = [(570.0 - half * 2.0, half), (548.0, half * 0.92), (566.0, half * 0.7)];
        body(pen, x, &profile, accent, Finish::Glaze, |_| {});
        crate::drawing::solid::opening(pen, x, 570.0 - half * 2.0, half, accent, Some(crate::drawing::colour::TEA));
    }
    for side in [-1.0_f32, 1.0] {
        let handle = Path::at(400.0 + side * 262.0, 556.0).curve(
            (400.0 + side * 320.0, 500.0),
            (400.0 + side * 322.0, 600.0),
            (400.0 + side * 268.0, 590.0),
        );
        pen.line(&handle, 13.0, wood.darker(0.35));
        light(pen, &handle, (100.0, 700.0), Finish::Matte);
    }
}
