//! Delivery among the settings: zones, methods with their charges and pick-up points, and the store's calendar.

use super::Reader;
use anyhow::{anyhow, bail};
use commerce::address::{Address, Country, is_printable};
use commerce::decimal::Decimal;
use commerce::delivery::{
    CHARGES_MAX, Calendar, Charge, DELIVERY_DAYS_MAX, DeliveryMethod, HANDLING_DAYS_MAX, Holidays, PICKUP_POINTS_MAX,
    PRICE_BANDS_MAX, PickupPoint, PostcodePattern, PriceBand, WEIGHT_BANDS_MAX, Weekdays, WeightBand, ZONE_PLACES_MAX,
    ZONES_MAX, Zone, ZonePlace,
};
use commerce::language::{Language, Texts};
use commerce::money::{Currency, Money};
use jiff::civil::Time;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most methods of a store.
pub(super) const DELIVERY_METHODS_MAX: usize = 100;
/// Longest code of a method, zone or point, in characters: forms send it.
const CODE_CHARS_MAX: usize = 60;
/// Heaviest weight that makes sense, in kilograms.
const WEIGHT_KG_MAX: i64 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawZone {
    code: String,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    regions: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    postcodes: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    except_regions: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    except_postcodes: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDelivery {
    code: String,
    name: BTreeMap<String, String>,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    zones: Vec<String>,
    days: (u32, u32),
    weekdays: Option<Vec<String>>,
    max_weight_kg: Option<String>,
    max_items: Option<u32>,
    #[serde(default)]
    per_parcel: bool,
    charges: Vec<RawCharge>,
    #[serde(default)]
    points: Vec<RawPoint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCharge {
    currency: String,
    zone: Option<String>,
    #[serde(default = "nothing")]
    per_order: String,
    #[serde(default = "nothing")]
    per_item: String,
    #[serde(default)]
    bands: Vec<(String, String)>,
    #[serde(default)]
    price_bands: Vec<(String, String)>,
    #[serde(default = "nothing")]
    default_weight_kg: String,
    free_from: Option<String>,
    min_total: Option<String>,
    max_total: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoint {
    code: String,
    name: String,
    line1: String,
    #[serde(default)]
    line2: String,
    city: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    postcode: String,
    country: String,
    #[serde(default)]
    hours: BTreeMap<String, String>,
}

fn nothing() -> String {
    "0".to_owned()
}

/// When the store works.
pub(super) fn calendar(table: &Reader) -> anyhow::Result<Calendar> {
    let cut_off = plain(table.get("cut_off")?);
    let time =
        |text: &str| text.parse::<Time>().ok().filter(|_| ["14:00", "14:00:00"].map(str::len).contains(&text.len()));
    let cut_off = match cut_off.trim() {
        "" => None,
        text => Some(time(text).ok_or_else(|| anyhow!("cut_off: {text:?} is not a time of day such as \"14:00\""))?),
    };
    let (weekdays, holidays): (Vec<String>, Vec<toml::Value>) = (table.get("working_days")?, table.get("holidays")?);
    let holidays: Vec<String> = holidays.into_iter().map(plain).collect();
    Ok(Calendar {
        weekdays: Weekdays::parse(&weekdays).map_err(|error| anyhow!("working_days: {error}"))?,
        holidays: Holidays::parse(&holidays).map_err(|error| anyhow!("holidays: {error}"))?,
        cut_off,
        handling_days: u32::try_from(table.number("handling_days", 0, i64::from(HANDLING_DAYS_MAX))?)?,
    })
}

/// TOML has times and dates of its own; written without quotation marks they mean the same.
fn plain(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The zones by their codes.
pub(super) fn zones(raw: Vec<RawZone>) -> anyhow::Result<BTreeMap<String, Arc<Zone>>> {
    if raw.len() > ZONES_MAX {
        bail!("zone: there are {}; at most {ZONES_MAX} are kept", raw.len());
    }
    let mut zones = BTreeMap::new();
    for raw in raw {
        let code = code("zone", &raw.code)?;
        let zone = zone(raw).map_err(|error| error.context(format!("zone {code}")))?;
        if zones.insert(code.clone(), Arc::new(zone)).is_some() {
            bail!("zone {code} is there twice; give one of them another code");
        }
    }
    Ok(zones)
}

fn zone(raw: RawZone) -> anyhow::Result<Zone> {
    let mut places = countries("countries", &raw.countries)?;
    places.extend(regions("regions", &raw.regions)?);
    places.extend(postcodes("postcodes", &raw.postcodes)?);
    let mut except = regions("except_regions", &raw.except_regions)?;
    except.extend(postcodes("except_postcodes", &raw.except_postcodes)?);
    if places.is_empty() {
        bail!("it names no place; give it countries, regions or postcodes");
    }
    if places.len() + except.len() > ZONE_PLACES_MAX {
        bail!("it names {} places; at most {ZONE_PLACES_MAX} are kept", places.len() + except.len());
    }
    Ok(Zone { code: raw.code, places, except })
}

fn countries(field: &str, codes: &[String]) -> anyhow::Result<Vec<ZonePlace>> {
    codes.iter().map(|code| Ok(ZonePlace::Country(country(field, code)?))).collect()
}

fn country(field: &str, code: &str) -> anyhow::Result<Country> {
    Country::parse(code).map_err(|error| anyhow!("{field}: {error}"))
}

fn regions(field: &str, by_country: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Vec<ZonePlace>> {
    each(field, by_country, |country, name| match ZonePlace::region(country, name) {
        ZonePlace::Region(_, key) if key.is_empty() => bail!("{field}: {name:?} is no region"),
        region => Ok(region),
    })
}

fn postcodes(field: &str, by_country: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Vec<ZonePlace>> {
    each(field, by_country, |country, pattern| {
        let pattern = PostcodePattern::parse(country, pattern).map_err(|error| anyhow!("{field}: {error}"))?;
        Ok(ZonePlace::Postcodes(country, pattern))
    })
}

fn each(
    field: &str,
    by_country: &BTreeMap<String, Vec<String>>,
    place: impl Fn(Country, &str) -> anyhow::Result<ZonePlace>,
) -> anyhow::Result<Vec<ZonePlace>> {
    let mut places = Vec::new();
    for (code, names) in by_country {
        let country = country(field, code)?;
        for name in names {
            places.push(place(country, name)?);
        }
    }
    Ok(places)
}

/// The methods in order.
pub(super) fn methods(
    raw: Vec<RawDelivery>,
    zones: &BTreeMap<String, Arc<Zone>>,
) -> anyhow::Result<Vec<DeliveryMethod>> {
    if raw.len() > DELIVERY_METHODS_MAX {
        bail!("delivery: there are {} methods; at most {DELIVERY_METHODS_MAX} are kept", raw.len());
    }
    let mut methods: Vec<DeliveryMethod> = Vec::with_capacity(raw.len());
    for raw in raw {
        let code = code("delivery", &raw.code)?;
        if methods.iter().any(|known| known.code == code) {
            bail!("delivery {code} is there twice; give one of them another code");
        }
        methods.push(method(raw, zones).map_err(|error| error.context(format!("delivery {code}")))?);
    }
    Ok(methods)
}

fn method(raw: RawDelivery, zones: &BTreeMap<String, Arc<Zone>>) -> anyhow::Result<DeliveryMethod> {
    if raw.days.0 > raw.days.1 || raw.days.1 > DELIVERY_DAYS_MAX {
        bail!("days are [at best, at worst], at most {DELIVERY_DAYS_MAX}");
    }
    if raw.max_items == Some(0) {
        bail!("max_items: 0 would send nothing; leave it out for any number");
    }
    let mut within = raw.zones.iter().map(|code| known_zone(zones, code)).collect::<Result<Vec<_>, _>>()?;
    let whole = countries("countries", &raw.countries)?;
    if !whole.is_empty() {
        within.push(Arc::new(Zone { code: String::new(), places: whole, except: Vec::new() }));
    }
    let weekdays = raw.weekdays.as_deref().map(Weekdays::parse).transpose();
    let weight = |text: &str| weight("max_weight_kg", text, false);
    Ok(DeliveryMethod {
        name: texts(raw.name)?,
        zones: within,
        max_weight_kg: raw.max_weight_kg.as_deref().map(weight).transpose()?,
        max_items: raw.max_items,
        per_parcel: raw.per_parcel,
        weekdays: weekdays.map_err(|error| anyhow!("weekdays: {error}"))?.unwrap_or(Weekdays::MONDAY_TO_FRIDAY),
        points: points(raw.points)?.into(),
        ..DeliveryMethod::new(raw.code, charges(raw.charges, zones)?, raw.days)
    })
}

fn known_zone(zones: &BTreeMap<String, Arc<Zone>>, code: &str) -> anyhow::Result<Arc<Zone>> {
    zones.get(code).cloned().ok_or_else(|| anyhow!("zone {code:?} is not there; add a [[zone]] with that code"))
}

fn charges(raw: Vec<RawCharge>, zones: &BTreeMap<String, Arc<Zone>>) -> anyhow::Result<Vec<Charge>> {
    if raw.len() > CHARGES_MAX {
        bail!("charges: there are {}; at most {CHARGES_MAX} are kept", raw.len());
    }
    let mut charges: Vec<Charge> = Vec::with_capacity(raw.len());
    for raw in raw {
        let charge = charge(raw, zones)?;
        if charges.iter().any(|known| known.currency() == charge.currency() && known.zone == charge.zone) {
            let place = charge.zone.as_ref().map(|zone| format!(" in zone {}", zone.code)).unwrap_or_default();
            bail!("charges: there are two in {}{place}, and the second would never count", charge.currency());
        }
        charges.push(charge);
    }
    Ok(charges)
}

fn charge(raw: RawCharge, zones: &BTreeMap<String, Arc<Zone>>) -> anyhow::Result<Charge> {
    let currency = Currency::parse(&raw.currency)?;
    let money = |field: &'static str| move |text: &str| money(field, text, currency);
    let (min_total, max_total) = (raw.min_total.as_deref(), raw.max_total.as_deref());
    let charge = Charge {
        zone: raw.zone.as_deref().map(|code| known_zone(zones, code)).transpose()?,
        per_item: money("per_item")(&raw.per_item)?,
        bands: weight_bands(&raw.bands, currency)?,
        price_bands: price_bands(&raw.price_bands, currency)?,
        default_weight_kg: weight("default_weight_kg", &raw.default_weight_kg, true)?,
        free_from: raw.free_from.as_deref().map(money("free_from")).transpose()?,
        min_total: min_total.map(money("min_total")).transpose()?,
        max_total: max_total.map(money("max_total")).transpose()?,
        ..Charge::flat(money("per_order")(&raw.per_order)?)
    };
    match (charge.min_total, charge.max_total) {
        (Some(least), Some(most)) if least.minor() > most.minor() => {
            bail!("min_total is above max_total: no order could be sent")
        }
        _ => Ok(charge),
    }
}

fn weight_bands(raw: &[(String, String)], currency: Currency) -> anyhow::Result<Vec<WeightBand>> {
    bounded("bands", raw.len(), WEIGHT_BANDS_MAX)?;
    let band = |(up_to, price): &(String, String)| {
        let charge = money("bands", price, currency)?;
        anyhow::Ok(WeightBand { up_to_kg: weight("bands", up_to, false)?, charge })
    };
    let mut bands = raw.iter().map(band).collect::<Result<Vec<_>, _>>()?;
    bands.sort_by_key(|band| band.up_to_kg);
    match bands.windows(2).find(|pair| pair[0].up_to_kg == pair[1].up_to_kg) {
        Some(pair) => bail!("bands: there are two up to {} kg", pair[0].up_to_kg),
        None => Ok(bands),
    }
}

fn price_bands(raw: &[(String, String)], currency: Currency) -> anyhow::Result<Vec<PriceBand>> {
    bounded("price_bands", raw.len(), PRICE_BANDS_MAX)?;
    let money = |text: &str| money("price_bands", text, currency);
    let band = |(from, price): &(String, String)| anyhow::Ok(PriceBand { from: money(from)?, charge: money(price)? });
    let mut bands = raw.iter().map(band).collect::<Result<Vec<_>, _>>()?;
    bands.sort_by_key(|band| band.from.minor());
    if bands.first().is_some_and(|band| !band.from.is_zero()) {
        bail!("price_bands: nothing says what orders below {} cost; add a band from \"0\"", bands[0].from);
    }
    match bands.windows(2).find(|pair| pair[0].from == pair[1].from) {
        Some(pair) => bail!("price_bands: there are two from {}", pair[0].from),
        None => Ok(bands),
    }
}

fn bounded(field: &str, length: usize, most: usize) -> anyhow::Result<()> {
    if length > most { bail!("{field}: there are {length}; at most {most} are kept") } else { Ok(()) }
}

fn points(raw: Vec<RawPoint>) -> anyhow::Result<Vec<PickupPoint>> {
    bounded("points", raw.len(), PICKUP_POINTS_MAX)?;
    let mut points: Vec<PickupPoint> = Vec::with_capacity(raw.len());
    for raw in raw {
        let code = code("points", &raw.code)?;
        if points.iter().any(|known| known.code == code) {
            bail!("point {code} is there twice; give one of them another code");
        }
        points.push(point(raw).map_err(|error| error.context(format!("point {code}")))?);
    }
    Ok(points)
}

/// A point has an address that an order can have.
fn point(raw: RawPoint) -> anyhow::Result<PickupPoint> {
    let address = Address {
        name: raw.name,
        company: String::new(),
        line1: raw.line1,
        line2: raw.line2,
        city: raw.city,
        region: raw.region,
        postcode: raw.postcode,
        country: country("country", &raw.country)?,
        phone: String::new(),
    };
    let address = address.checked().map_err(|problems| match problems.first() {
        Some(problem) => anyhow!("{problem}"),
        None => anyhow!("its address cannot be used"),
    })?;
    Ok(PickupPoint {
        code: raw.code,
        name: address.name,
        line1: address.line1,
        line2: address.line2,
        city: address.city,
        region: address.region,
        postcode: address.postcode,
        country: address.country,
        hours: texts(raw.hours)?,
    })
}

fn texts(raw: BTreeMap<String, String>) -> anyhow::Result<Texts> {
    let text = |(language, text): (String, String)| Ok((Language::parse(&language)?, text));
    raw.into_iter().map(text).collect()
}

fn code(what: &str, raw: &str) -> anyhow::Result<String> {
    if raw.trim().is_empty() || raw.chars().count() > CODE_CHARS_MAX || !is_printable(raw) {
        bail!(
            "{what}: code {raw:?} is empty, has more than {CODE_CHARS_MAX} characters, or some that cannot be printed"
        );
    }
    Ok(raw.to_owned())
}

fn money(field: &str, text: &str, currency: Currency) -> anyhow::Result<Money> {
    let amount = Decimal::parse(text).map_err(|error| anyhow!("{field}: {error}"))?;
    let money = Money::from_decimal(amount, currency).map_err(|error| anyhow!("{field}: {text}: {error}"))?;
    if money.is_negative() { bail!("{field}: {text} is below nothing") } else { Ok(money) }
}

fn weight(field: &str, text: &str, may_be_nothing: bool) -> anyhow::Result<Decimal> {
    let weight = Decimal::parse(text).map_err(|error| anyhow!("{field}: {error}"))?;
    let most = Decimal::new(WEIGHT_KG_MAX, 0).unwrap_or(Decimal::ZERO);
    if weight.is_negative() || weight > most || (weight == Decimal::ZERO && !may_be_nothing) {
        bail!("{field}: {text} kg is no weight that a parcel can have");
    }
    Ok(weight)
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;
    use commerce::address::Country;
    use commerce::delivery::Destination;
    use commerce::money::Currency;

    const HEAD: &str = "name = \"Test\"\n";
    const UK: &str = "[[market]]\ncode = \"uk\"\ncurrency = \"GBP\"\nlanguages = [\"en\"]\ncountries = [\"GB\"]\n\
                      tax_percent = 20\n[[zone]]\ncode = \"north\"\npostcodes = { GB = [\"KW*\"] }\n";
    const POST: &str = "code = \"post\"\nname = { en = \"Post\" }\ndays = [2, 3]\n";
    const POINT: &str = "code = \"quay\", name = \"Quay\", line1 = \"1 Quay\", city = \"Bristol\"";

    fn told(text: &str) -> String {
        match Settings::parse(text, |_| None) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn what_is_wrong_with_a_method_is_named() {
        let charge = |fields: &str| format!("charges = [{{ currency = \"GBP\", {fields} }}]");
        let twice = "charges = [{ currency = \"GBP\", zone = \"north\" }, { currency = \"GBP\", zone = \"north\" }]";
        for (fields, want) in [
            (charge("per_order = \"-1\""), "delivery post: per_order: -1 is below nothing"),
            (charge("per_order = \"free\""), "per_order: \"free\""),
            (charge("free_from = \"1.005\""), "free_from: 1.005"),
            (charge("zone = \"south\""), "zone \"south\" is not there; add a [[zone]]"),
            (charge("bands = [[\"0\", \"1\"]]"), "bands: 0 kg"),
            (charge("bands = [[\"2\", \"1\"], [\"2.0\", \"3\"]]"), "two up to 2 kg"),
            (charge("bands = [[\"2000000\", \"1\"]]"), "no weight that a parcel can have"),
            (charge("price_bands = [[\"5\", \"1\"]]"), "add a band from \"0\""),
            (charge("price_bands = [[\"0\", \"1\"], [\"0.00\", \"2\"]]"), "two from"),
            (charge("min_total = \"20\", max_total = \"10\""), "min_total is above max_total"),
            (charge("default_weight_kg = \"-1\""), "default_weight_kg: -1"),
            (twice.to_owned(), "there are two in GBP in zone north"),
            ("charges = []\nzones = [\"south\"]".to_owned(), "add a [[zone]] with that code"),
            ("charges = []\ncountries = [\"Britain\"]".to_owned(), "countries: \"Britain\""),
            ("charges = []\nweekdays = [\"monday\"]".to_owned(), "weekdays: \"monday\" is not a weekday"),
            ("charges = []\nmax_items = 0".to_owned(), "max_items: 0"),
            ("charges = []\nmax_weight_kg = \"0\"".to_owned(), "max_weight_kg: 0 kg"),
            (format!("charges = []\npoints = [{{ {POINT}, country = \"GB\" }}]"), "point quay: postcode is missing"),
            (
                format!("charges = []\npoints = [{{ {POINT}, country = \"GB\", postcode = \"1\" }}]"),
                "point quay: that is not",
            ),
            (
                format!("charges = []\npoints = [{{ {POINT}, country = \"HK\" }}, {{ {POINT}, country = \"HK\" }}]"),
                "point quay is there twice",
            ),
            (format!("charges = []\n[[delivery]]\n{POST}charges = []"), "delivery post is there twice"),
        ] {
            let error = told(&format!("{HEAD}{UK}[[delivery]]\n{POST}{fields}"));
            assert!(error.contains(want), "{fields}: {error:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_zones_and_days_is_named() {
        for (line, zone, want) in [
            ("cut_off = \"2 pm\"", "", "cut_off: \"2 pm\" is not a time of day such as \"14:00\""),
            ("cut_off = \"25:00\"", "", "cut_off: \"25:00\""),
            ("working_days = []", "", "working_days: there is no weekday in it"),
            ("holidays = [\"25.12.\"]", "", "holidays: \"25.12.\" is neither a date"),
            ("handling_days = 61", "", "handling_days: 61 is not between 0 and 60"),
            ("", "code = \"x\"", "zone x: it names no place"),
            ("", "code = \" \"\ncountries = [\"GB\"]", "zone: code"),
            (
                "",
                "code = \"x\"\npostcodes = { GB = [\"BT\"] }",
                "zone x: postcodes: \"BT\" is no whole postcode of GB; write BT*",
            ),
            ("", "code = \"x\"\nregions = { US = [\"…\"] }", "zone x: regions"),
            ("", "code = \"north\"\ncountries = [\"GB\"]", "zone north is there twice"),
        ] {
            let zone = if zone.is_empty() { String::new() } else { format!("[[zone]]\n{zone}") };
            let error = told(&format!("{HEAD}{line}\n{UK}{zone}"));
            assert!(error.contains(want), "{line} {zone}: {error:?}");
        }
    }

    #[test]
    fn times_and_dates_may_stand_without_quotation_marks_and_zones_come_from_the_environment() {
        let text = format!("{HEAD}cut_off = 14:00:00\nholidays = [2026-12-25]\n{UK}");
        let settings = Settings::parse(&text, |_| None).unwrap();
        assert_eq!(settings.calendar.cut_off, Some("14:00".parse().unwrap()));
        assert!(settings.calendar.holidays.contains("2026-12-25".parse().unwrap()));
        let env = |name: &str| match name {
            "TRADEWIND_CUT_OFF" => Some("15:30".to_owned()),
            "TRADEWIND_ZONE" => Some("[{ code = \"all\", countries = [\"GB\"] }]".to_owned()),
            "TRADEWIND_DELIVERY" => Some(
                "[{ code = \"post\", name = { en = \"Post\" }, days = [1, 2], zones = [\"all\"], \
                 charges = [{ currency = \"GBP\" }] }]"
                    .to_owned(),
            ),
            _ => None,
        };
        let settings = Settings::parse(&text, env).unwrap();
        assert_eq!(settings.calendar.cut_off, Some("15:30".parse().unwrap()));
        let to = Destination::from(Country::parse("GB").unwrap());
        assert!(settings.delivery[0].charge_to(Currency::parse("GBP").unwrap(), &to).is_some());
    }
}
