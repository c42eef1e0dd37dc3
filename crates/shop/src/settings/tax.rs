//! Tax among the settings: the tables of rates, where the store is registered, and what it declares.

use anyhow::{Context, anyhow, bail};
use commerce::address::Country;
use commerce::delivery::DeliveryMethod;
use commerce::market::{Market, TaxDisplay};
use commerce::tax::class::TaxClass;
use commerce::tax::data::{EU_VAT, US_STATES};
use commerce::tax::file::{TAX_FILE_BYTES_MAX, TaxTableError, parse_rules};
use commerce::tax::place::{RegionCode, TaxPlace};
use commerce::tax::policy::TaxPolicy;
use commerce::tax::price::{PriceKept, PricesAbroad};
use commerce::tax::request::DeliveryTax;
use commerce::tax::rounding::{RoundedPer, RoundingMode, RoundingRule};
use commerce::tax::rule::TaxRule;
use commerce::tax::sale::SaleTerms;
use commerce::tax::table::TaxTable;
use commerce::tax::treatment::{Buyer, REGISTRATIONS_MAX, Registration, Seller, UncheckedNumber};
use commerce::tax::vat_number::VatNumber;
use jiff::civil::Date;
use serde::Deserialize;
use std::io::Read;
use std::path::{Component, Path};
use std::sync::Arc;

/// Folder of a store's own tables.
pub(crate) const FOLDER: &str = "tax";
/// Most tables that a store names.
const TABLES_MAX: usize = 20;
/// Mistakes of a table that are told at once.
const MISTAKES_TOLD_MAX: usize = 10;
/// Tables that come with the program.
const SHIPPED: [(&str, &str); 2] = [("eu", EU_VAT), ("us", US_STATES)];
/// How delivery is taxed like the goods.
const IN_PROPORTION: &str = "in_proportion";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTax {
    country: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    postcode: String,
    tables: Vec<String>,
    #[serde(default)]
    vat_number: String,
    #[serde(default)]
    registrations: Vec<String>,
    #[serde(default)]
    one_stop_shop: bool,
    #[serde(default = "line")]
    rounding: String,
    #[serde(default = "up")]
    halves: String,
    #[serde(default = "in_proportion")]
    delivery: String,
    #[serde(default = "yes")]
    same_price_abroad: bool,
    #[serde(default)]
    same_price_untaxed: bool,
    #[serde(default = "charge")]
    unchecked_numbers: String,
}

fn line() -> String {
    "line".to_owned()
}

fn up() -> String {
    "up".to_owned()
}

fn in_proportion() -> String {
    IN_PROPORTION.to_owned()
}

fn yes() -> bool {
    true
}

fn charge() -> String {
    "charge".to_owned()
}

/// What the table `tax` says. Without the store's folder its own tables stay unread.
pub(super) fn policy(raw: RawTax, folder: Option<&Path>) -> anyhow::Result<TaxPolicy> {
    let country = Country::parse(&raw.country).map_err(|error| anyhow!("country: {error}"))?;
    let home = TaxPlace::new(country, &raw.region, &raw.postcode);
    if !raw.region.is_empty() && home.region().is_none() {
        bail!("region: {:?} is not a region such as \"NY\"", raw.region);
    }
    let vat_number = match raw.vat_number.trim() {
        "" => None,
        number => Some(VatNumber::parse(country, number).map_err(|error| anyhow!("vat_number: {error}"))?),
    };
    if raw.registrations.len() > REGISTRATIONS_MAX {
        bail!("registrations: there are {}; at most {REGISTRATIONS_MAX} are kept", raw.registrations.len());
    }
    let registrations = raw.registrations.iter().map(|text| registration(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let one_of = |field: &str, value: &str, known: [&str; 2]| match known.iter().position(|known| *known == value) {
        Some(place) => Ok(place == 0),
        None => Err(anyhow!("{field}: {value:?} is neither {:?} nor {:?}", known[0], known[1])),
    };
    let kept = |same: bool| if same { PriceKept::Gross } else { PriceKept::Net };
    let seller = Seller {
        home,
        vat_number,
        registrations,
        one_stop_shop: raw.one_stop_shop,
        unchecked_number: match one_of("unchecked_numbers", &raw.unchecked_numbers, ["charge", "believe"])? {
            true => UncheckedNumber::Charge,
            false => UncheckedNumber::Believe,
        },
    };
    let rounding = RoundingRule {
        per: if one_of("rounding", &raw.rounding, ["line", "total"])? { RoundedPer::Line } else { RoundedPer::Total },
        mode: if one_of("halves", &raw.halves, ["up", "even"])? {
            RoundingMode::HalfUp
        } else {
            RoundingMode::HalfEven
        },
    };
    let delivery = match raw.delivery.as_str() {
        IN_PROPORTION => DeliveryTax::InProportion,
        class => DeliveryTax::OwnClass(
            TaxClass::parse(class).map_err(|error| anyhow!("delivery: {IN_PROPORTION:?}, or a class: {error}"))?,
        ),
    };
    let abroad = PricesAbroad { taxed: kept(raw.same_price_abroad), untaxed: kept(raw.same_price_untaxed) };
    Ok(TaxPolicy::by_place(seller, table(&raw.tables, folder)?, rounding, delivery, abroad))
}

/// `FR`, or `US-NY`.
fn registration(text: &str) -> anyhow::Result<Registration> {
    let (country, region) = text.split_once('-').map_or((text, None), |(country, region)| (country, Some(region)));
    let wrong = |what: String| anyhow!("registrations: {text:?}: {what}");
    Ok(Registration {
        country: Country::parse(country).map_err(|error| wrong(error.to_string()))?,
        region: region.map(RegionCode::parse).transpose().map_err(|error| wrong(error.to_string()))?,
    })
}

/// All tables together.
fn table(names: &[String], folder: Option<&Path>) -> anyhow::Result<TaxTable> {
    if names.is_empty() || names.len() > TABLES_MAX {
        bail!("tables: name 1 to {TABLES_MAX}: \"eu\", \"us\", or files of your own in the folder {FOLDER}/");
    }
    let mut rules: Vec<(TaxRule, String)> = Vec::new();
    for name in names {
        let text = match SHIPPED.iter().find(|(shipped, _)| shipped == name) {
            Some((_, text)) => (*text).to_owned(),
            None => match folder {
                Some(folder) => own_table(folder, name)?,
                None => continue,
            },
        };
        let parsed = parse_rules(&text).map_err(|errors| anyhow!("tables: {name}: {}", told(&errors)))?;
        rules.extend(parsed.into_iter().map(|(line, rule)| (rule, format!("line {line} of {name}"))));
    }
    let places: Vec<String> = rules.iter().map(|(_, place)| place.clone()).collect();
    TaxTable::new(rules.into_iter().map(|(rule, _)| rule).collect()).map_err(|error| match error {
        commerce::tax::table::InvalidTaxTable::Twice { first, second } => {
            let place = |index: usize| places.get(index).map_or("", String::as_str);
            anyhow!(
                "tables: {} and {} are for the same class, level and zone on the same day: end one of them with `until`",
                place(first),
                place(second)
            )
        }
        error => anyhow!("tables: {error}"),
    })
}

fn own_table(folder: &Path, name: &str) -> anyhow::Result<String> {
    let path = Path::new(name);
    let is_plain = matches!(path.components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
    if !is_plain || !name.ends_with(".csv") {
        bail!("tables: {name:?} is neither \"eu\" nor \"us\" nor a file such as \"own.csv\" in the folder {FOLDER}/");
    }
    let path = folder.join(FOLDER).join(path);
    let mut text = String::new();
    let bytes = u64::try_from(TAX_FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let file = std::fs::File::open(&path).with_context(|| format!("tables: cannot read {}", path.display()))?;
    file.take(bytes).read_to_string(&mut text).with_context(|| format!("tables: cannot read {}", path.display()))?;
    Ok(text)
}

fn told(errors: &[TaxTableError]) -> String {
    let mut told: Vec<String> = errors.iter().take(MISTAKES_TOLD_MAX).map(ToString::to_string).collect();
    if errors.len() > MISTAKES_TOLD_MAX {
        told.push(format!("and {} more", errors.len() - MISTAKES_TOLD_MAX));
    }
    told.join("; ")
}

/// Whether a market can be sold in: every country has a rate today, and so has every region that the store is registered
/// in; prices with tax can be told before the address is, and pick-up points tell their region where tax hangs on it.
pub(super) fn check_market(
    market: &Market,
    delivery: &[DeliveryMethod],
    entered: TaxDisplay,
    day: Date,
) -> anyhow::Result<()> {
    let terms = SaleTerms { currency: market.currency, entered, shown: market.tax_display, day };
    let standard = TaxClass::standard();
    for country in &market.countries {
        let sale = market.tax.usual_sale(terms, *country);
        if !sale.is_open() {
            sale.rate(&standard)?;
            continue;
        }
        if market.tax_display == TaxDisplay::Including {
            bail!("the tax of {country} hangs on the region, so prices cannot be shown with it: set shows_tax = false");
        }
        for registration in market.tax.seller.registrations.iter().filter(|known| known.country == *country) {
            let region = registration.region.as_ref().map_or("", RegionCode::as_str);
            market.tax.table.combined_rate(&standard, &TaxPlace::new(*country, region, ""), day)?;
        }
    }
    for (method, point) in delivery.iter().flat_map(|method| method.points.iter().map(move |point| (method, point))) {
        let place = TaxPlace::new(point.country, &point.region, &point.postcode);
        let nobody = Buyer { vat_number: None, exempt: false };
        if market.countries.contains(&point.country) && market.tax.sale(terms, place, nobody).is_open() {
            bail!("delivery {}, point {}: its tax hangs on the region; name it", method.code, point.code);
        }
    }
    if entered == TaxDisplay::Including && !market.tax.is_flat() {
        market.tax.table.combined_rate(&standard, &market.tax.seller.home, day).context("prices_include_tax")?;
    }
    Ok(())
}

/// The policy of a market: its own one rate, or else the store's.
pub(super) fn of_market(
    percent: Option<&toml::Value>,
    home: Country,
    store: Option<&Arc<TaxPolicy>>,
) -> anyhow::Result<Arc<TaxPolicy>> {
    let Some(percent) = percent else {
        return store
            .cloned()
            .ok_or_else(|| anyhow!("tax_percent is missing, and there is no table [tax] to take the rates from"));
    };
    let percent = match percent {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rate = commerce::money::BasisPoints::parse_percent(&percent);
    let rate = rate.ok_or_else(|| anyhow!("tax_percent: {percent:?} is not a rate"))?;
    Ok(Arc::new(TaxPolicy::flat(rate.into(), home)))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    const EU: &str = r#"
name = "Test"
[[market]]
code = "de"
currency = "EUR"
languages = ["de"]
countries = ["DE", "FR", "CH"]
[tax]
country = "DE"
tables = ["eu", "own.csv"]
vat_number = "DE136695976"
one_stop_shop = true
"#;
    const OWN: &str = "country,class,name,rate\nDE,tea,USt,7\nFR,tea,TVA,5.5\n";

    fn folder(own: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join(FOLDER).join("own.csv"), own).unwrap();
        folder
    }

    fn load(settings: &str, own: &str) -> anyhow::Result<Settings> {
        let folder = folder(own);
        std::fs::write(folder.path().join("tradewind.toml"), settings).unwrap();
        Settings::load(folder.path(), |_| None)
    }

    #[test]
    fn rates_come_from_the_shipped_table_and_the_stores_own() {
        let settings = load(EU, OWN).unwrap();
        let market = settings.markets.iter().next().unwrap();
        let terms = SaleTerms {
            currency: market.currency,
            entered: TaxDisplay::Including,
            shown: TaxDisplay::Including,
            day: "2026-11-30".parse().unwrap(),
        };
        for (country, class, want) in
            [("DE", "tea", "7%"), ("FR", "tea", "5.5%"), ("FR", "standard", "20%"), ("CH", "tea", "0%")]
        {
            let to = TaxPlace::new(Country::parse(country).unwrap(), "", "");
            let sale = market.tax.sale(terms, to, Buyer { vat_number: None, exempt: false });
            assert_eq!(sale.rate(&TaxClass::parse(class).unwrap()).unwrap().to_string(), want, "{country} {class}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, want) in [
            ("country = \"DE\"", "country = \"XX1\"", "country"),
            ("DE136695976", "DE136695977", "vat_number"),
            ("tables = [\"eu\", \"own.csv\"]", "tables = []", "tables"),
            ("own.csv", "../own.csv", "own.csv"),
            ("own.csv", "other.csv", "other.csv"),
            ("one_stop_shop = true", "rounding = \"cent\"", "rounding"),
            ("one_stop_shop = true", "delivery = \"By Post\"", "delivery"),
            ("one_stop_shop = true", "registrations = [\"US-NEWYORK\"]", "registrations"),
            ("one_stop_shop = true", "oss = true", "oss"),
            ("[tax]", "[taxes]", "taxes"),
            ("\"FR\", \"CH\"", "\"FR\", \"GB\"", ""),
        ] {
            let result = load(&EU.replace(from, to), OWN);
            let told = result.err().map(|error| format!("{error:#}"));
            match want {
                "" => assert_eq!(told, None, "{to}"),
                want => assert!(told.as_ref().is_some_and(|told| told.contains(want)), "{to}: {told:?}"),
            }
        }
        let twice = load(EU, "country,class,name,rate\nDE,standard,USt,19\n").unwrap_err();
        assert!(format!("{twice:#}").contains("line 2 of own.csv"), "{twice:#}");
        let without = EU.replace("[tax]", "[contact]").replace("country = \"DE\"", "");
        assert!(format!("{:#}", load(&without, OWN).unwrap_err()).contains("contact"));
    }

    #[test]
    fn a_market_whose_tax_hangs_on_the_region_shows_prices_without_it() {
        let us = EU
            .replace("[\"DE\", \"FR\", \"CH\"]", "[\"US\"]\nshows_tax = false")
            .replace("country = \"DE\"", "country = \"US\"\nregion = \"NY\"\nregistrations = [\"US-NY\"]")
            .replace("vat_number = \"DE136695976\"\n", "")
            .replace("\"eu\", \"own.csv\"", "\"us\"");
        assert!(load(&us, OWN).is_ok(), "{:?}", load(&us, OWN).map(|_| ()));
        let shown = load(&us.replace("shows_tax = false", "shows_tax = true"), OWN).unwrap_err();
        assert!(format!("{shown:#}").contains("shows_tax"), "{shown:#}");
        let unknown = load(&us.replace("US-NY\"]", "US-NY\", \"US-PR\"]"), OWN).unwrap_err();
        assert!(format!("{unknown:#}").contains("US-PR"), "{unknown:#}");
    }
}
