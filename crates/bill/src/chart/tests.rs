use super::*;
use crate::fixture::Shop;

#[test]
fn every_chart_is_told_in_words_and_drawn_in_whole_numbers() {
    for shop in [Shop::quiet(), Shop::small()] {
        let report = shop.report();
        for chart in Chart::ALL {
            let svg = report.chart(chart);
            let name = chart.name();
            assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{name}");
            for part in [format!("<title id=\"{name}-title\">"), format!("<desc id=\"{name}-desc\">")] {
                assert!(svg.contains(&part), "{name}: {part}");
            }
            assert!(!svg.contains("NaN") && !svg.contains("style="), "{name}");
            assert_eq!(Chart::parse(name), Some(chart));
        }
    }
}

#[test]
fn tables_have_a_cell_for_each_head() {
    for shop in [Shop::quiet(), Shop::small()] {
        let report = shop.report();
        for chart in Chart::ALL {
            let table = chart.table(&report);
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()), "{}", chart.name());
        }
    }
}

#[test]
fn the_map_tells_places_by_size_and_colour() {
    let shop = Shop::small();
    let svg = shop.report().chart(Chart::Map);
    assert!(svg.contains("class=\"c-band1\" cx=\"360\" cy=\"156\" r=\"5\""), "{svg}");
    assert!(svg.contains("<title>There: 19 of 20 pages within"), "{svg}");
}

#[test]
fn the_slowest_second_is_on_the_scale() {
    let shop = Shop::small();
    let svg = shop.report().chart(Chart::Latency).replace('\u{a0}', " ");
    // 12.5 ms lies below the line of 100 ms, 0.1 ms on that of 0.1 ms.
    assert!(svg.contains(">100 ms</text>") && svg.contains(">0.1 ms</text>") && !svg.contains(">1 s</text>"), "{svg}");
}
