//! The world, coloured by how long shoppers wait.

use super::Table;
use super::svg::{Ink, Svg, tenths};
use crate::distances::Place;
use crate::report::Report;
use crate::shown;
use crate::world::{PlaceTimes, Ttfb};

/// Land on a grid of three degrees; `data/README.md` says where it is from.
const LAND: &str = include_str!("../../data/land.txt");
/// Two units a degree: 360 degrees, and those from 78 north to 57 south.
const SIZE: (i64, i64) = (720, 270);
/// Upper ends of all bands but the last, in microseconds of p95.
pub(crate) const BANDS_US: [u64; 4] = [200_000, 300_000, 400_000, 600_000];

/// Where the shop is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shop {
    OneRegion,
    SeveralRegions,
}

impl Shop {
    fn ttfb(self, place: &PlaceTimes) -> &Ttfb {
        match self {
            Self::OneRegion => &place.one,
            Self::SeveralRegions => &place.several,
        }
    }
}

pub(super) fn svg(report: &Report<'_>, shop: Shop) -> String {
    let (name, title) = match shop {
        Shop::OneRegion => ("map", "The shop in one region"),
        Shop::SeveralRegions => ("map-several", "The shop in several regions"),
    };
    let description = report.world.as_ref().map_or("No page yet.".to_owned(), |world| {
        let all = if shop == Shop::OneRegion { &world.one } else { &world.several };
        format!(
            "A dot for each of {} places; larger and redder is slower. 19 of 20 pages come within {}.",
            world.places.len(),
            shown::about(all.p95_us)
        )
    });
    let mut svg = Svg::new(name, SIZE, title, &description);
    // A stroke for each run of land; round ends make dots of its dashes.
    svg.stroke(&land(), Ink::LAND, "stroke-width=\"3.4\" stroke-linecap=\"round\" stroke-dasharray=\"0 6\"");
    if let Some(world) = &report.world {
        let origins: &[String] = match shop {
            Shop::OneRegion => std::slice::from_ref(&world.origins.one),
            Shop::SeveralRegions => &world.origins.several,
        };
        for place in &world.places {
            let p95_us = shop.ttfb(place).p95_us;
            let band = BANDS_US.iter().position(|end| p95_us <= *end).unwrap_or(BANDS_US.len());
            let radius = 50 + 10 * i64::try_from(band).unwrap_or(0);
            let words = format!("{}: 19 of 20 pages within {}", place.place.name, shown::about(p95_us));
            svg.dot(at(&place.place), radius, Ink::BANDS[band], &words);
            if origins.contains(&place.place.region) {
                let (x, y) = at(&place.place);
                let ring = format!("M{} {}a10 10 0 1 0 20 0a10 10 0 1 0-20 0", tenths(x - 100), tenths(y));
                svg.stroke(&ring, Ink::SHOP, "stroke-width=\"2\"");
            }
        }
    }
    svg.end()
}

pub(super) fn table(report: &Report<'_>) -> Table {
    let row = |place: &PlaceTimes| {
        let fetched = |ttfb: &Ttfb| ttfb.fetched_p50_us.map_or("–".to_owned(), shown::about);
        let PlaceTimes { place, one, several, .. } = place;
        let times = [shown::about(one.p50_us), shown::about(one.p95_us), shown::about(several.p95_us)];
        let fetched = [fetched(one), fetched(several)];
        [place.name.clone()].into_iter().chain(times).chain(fetched).collect()
    };
    Table {
        head: vec!["Near", "p50", "p95, one region", "p95, several", "fetched, one region", "fetched, several"],
        rows: report.world.iter().flat_map(|world| &world.places).map(row).collect(),
    }
}

fn at(place: &Place) -> (i64, i64) {
    (2 * (1_800 + i64::from(place.longitude_tenths)), 2 * (780 - i64::from(place.latitude_tenths)))
}

fn land() -> String {
    let mut path = String::new();
    for (row, cells) in LAND.lines().enumerate() {
        let mut column = 0;
        for run in cells.split_inclusive('.') {
            let land = run.bytes().filter(|cell| *cell == b'#').count();
            if 0 < land {
                path += &format!("M{} {}h{}", column * 6 + 3, row * 6 + 3, (land - 1) * 6 + 1);
            }
            column += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn land_fits_the_drawing() {
        assert_eq!(LAND.lines().count(), 45);
        assert!(LAND.lines().all(|row| row.len() == 120));
        assert!(land().starts_with("M117 3h7"), "{}", &land()[..40]);
    }
}
