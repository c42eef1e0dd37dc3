//! The things themselves. Each stands on y = 640 about x = 400 and is some 300 to 400 units high.

mod coffee;
mod cups;
mod linen;
mod loose;
mod packs;
mod paper;
mod pots;
mod tools;
mod travel;

use super::path::Point;
use super::pen::Pen;
use super::seed::Kind;

/// Draws a thing with its shadow.
pub(super) fn draw(kind: Kind, pen: &mut Pen) {
    match kind {
        Kind::Mug => cups::mug(pen),
        Kind::Beaker => cups::beaker(pen),
        Kind::Cup => cups::cup(pen),
        Kind::Gaiwan => cups::gaiwan(pen),
        Kind::Teapot => pots::teapot(pen),
        Kind::Kyusu => pots::kyusu(pen),
        Kind::Server => pots::server(pen),
        Kind::Kettle => pots::kettle(pen),
        Kind::Cafetiere => coffee::cafetiere(pen),
        Kind::Moka => coffee::moka(pen),
        Kind::Dripper => coffee::dripper(pen),
        Kind::Grinder => coffee::grinder(pen),
        Kind::Tin => packs::tin(pen),
        Kind::Pouch => packs::pouch(pen),
        Kind::CoffeeBag => packs::coffee_bag(pen),
        Kind::Jar => packs::jar(pen),
        Kind::Gift => packs::gift(pen),
        Kind::Leaves => loose::leaves(pen),
        Kind::Beans => loose::beans(pen),
        Kind::Powder => loose::powder(pen),
        Kind::Towel => linen::towel(pen),
        Kind::Apron => linen::apron(pen),
        Kind::Napkins => linen::napkins(pen),
        Kind::Runner => linen::runner(pen),
        Kind::Flask => travel::flask(pen),
        Kind::Tumbler => travel::tumbler(pen),
        Kind::Infuser => tools::infuser(pen),
        Kind::Whisk => tools::whisk(pen),
        Kind::Scoop => tools::scoop(pen),
        Kind::Tray => tools::tray(pen),
        Kind::Book => paper::book(pen),
        Kind::Guide => paper::guide(pen),
    }
}

/// How large a thing stands in a picture of its own.
pub(super) fn scale(kind: Kind) -> f32 {
    match kind {
        Kind::Tray => 1.08,
        Kind::Runner | Kind::Apron | Kind::Kettle => 1.14,
        Kind::Teapot | Kind::Kyusu | Kind::Cafetiere | Kind::Towel | Kind::Scoop => 1.2,
        Kind::Beaker | Kind::Infuser | Kind::Jar | Kind::Tumbler => 1.42,
        _ => 1.3,
    }
}

/// How low it stands there: what hangs, hangs in the middle.
pub(super) fn foot(kind: Kind) -> f32 {
    match kind {
        Kind::Towel | Kind::Apron => 690.0,
        Kind::Scoop | Kind::Tray => 660.0,
        _ => 700.0,
    }
}

/// Where to look from near by.
pub(super) fn focus(kind: Kind) -> Point {
    match kind {
        Kind::Mug | Kind::Beaker | Kind::Cup => (385.0, 420.0),
        Kind::Teapot | Kind::Kyusu => (330.0, 440.0),
        Kind::Kettle => (330.0, 420.0),
        Kind::Leaves | Kind::Beans | Kind::Powder => (400.0, 500.0),
        Kind::Towel | Kind::Napkins | Kind::Runner => (390.0, 520.0),
        Kind::Tray | Kind::Scoop => (400.0, 550.0),
        _ => (395.0, 430.0),
    }
}

/// What stands behind a thing on a laid table, and what before it.
pub(super) fn company(kind: Kind) -> [Option<Kind>; 2] {
    let [behind, before] = match kind {
        Kind::Mug | Kind::Beaker => [Kind::Teapot, Kind::Leaves],
        Kind::Cup => [Kind::Cafetiere, Kind::Beans],
        Kind::Gaiwan | Kind::Kyusu => [Kind::Tin, Kind::Beaker],
        Kind::Teapot | Kind::Infuser => [Kind::Tin, Kind::Cup],
        Kind::Server | Kind::Dripper => [Kind::CoffeeBag, Kind::Mug],
        Kind::Kettle => [Kind::Dripper, Kind::Beaker],
        Kind::Cafetiere | Kind::Moka => [Kind::CoffeeBag, Kind::Cup],
        Kind::Grinder => [Kind::CoffeeBag, Kind::Beans],
        Kind::CoffeeBag => [Kind::Dripper, Kind::Beans],
        Kind::Beans => [Kind::CoffeeBag, Kind::Scoop],
        Kind::Tin => [Kind::Teapot, Kind::Scoop],
        Kind::Pouch => [Kind::Teapot, Kind::Leaves],
        Kind::Leaves => [Kind::Pouch, Kind::Scoop],
        Kind::Jar => [Kind::Tin, Kind::Powder],
        Kind::Powder => [Kind::Jar, Kind::Scoop],
        Kind::Towel | Kind::Apron | Kind::Napkins | Kind::Runner => [Kind::Teapot, Kind::Cup],
        Kind::Flask | Kind::Tumbler => [Kind::Pouch, Kind::Beaker],
        Kind::Whisk => [Kind::Tin, Kind::Beaker],
        Kind::Scoop => [Kind::Tin, Kind::Leaves],
        Kind::Tray => [Kind::Teapot, Kind::Beaker],
        Kind::Book | Kind::Guide => [Kind::Teapot, Kind::Mug],
        Kind::Gift => [Kind::Tin, Kind::Leaves],
    };
    [Some(behind), Some(before)]
}
