//! Delivery methods of the inventory: they stand in the settings, and are counted under the names of Oscar's tables.

use commerce::delivery::{DeliveryMethod, ZonePlace};

/// Methods, bands of their first charge and countries, by Oscar's two kinds. Pick-up points are in no table of Oscar's.
pub(super) fn rows(methods: &[DeliveryMethod]) -> [(&'static str, i64); 5] {
    let (mut by_item, mut by_weight) = ((0, 0), (0, 0));
    let mut bands = 0;
    for method in methods.iter().filter(|method| !method.is_pickup()) {
        let of_first = method.charges.first().map_or(0, |charge| charge.bands.len());
        let kind = if of_first > 0 { &mut by_weight } else { &mut by_item };
        let places = method.zones.iter().flat_map(|zone| &zone.places);
        kind.0 += 1;
        kind.1 += places.filter(|place| matches!(place, ZonePlace::Country(_))).count();
        bands += of_first;
    }
    let rows = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    [
        ("shipping_orderanditemcharges", rows(by_item.0)),
        ("shipping_orderanditemcharges_countries", rows(by_item.1)),
        ("shipping_weightband", rows(bands)),
        ("shipping_weightbased", rows(by_weight.0)),
        ("shipping_weightbased_countries", rows(by_weight.1)),
    ]
}
