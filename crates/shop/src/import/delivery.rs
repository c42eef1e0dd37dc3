//! Delivery methods of the old shop, as text of `tradewind.toml`.
//!
//! That file is the owner's. An import writes into it where nobody has decided about delivery yet: there is no
//! `[[delivery]]` in it, or the one of a new store, untouched. Else the methods that are missing lie beside it, to be
//! copied.

use crate::folder::{sample_delivery, write_settings};
use crate::settings::Settings;
use crate::shop::Shop;
use commerce::address::is_printable;
use commerce::language::Language;
use commerce::money::Currency;
use oscar::{ShippingCharge, ShippingMethod};
use std::path::Path;

/// The file beside `tradewind.toml` that holds methods which are not in it.
pub const DELIVERY_FILE: &str = "delivery-from-oscar.toml";

/// Longest code of a method, in characters.
const CODE_CHARS_MAX: usize = 60;
/// Methods that one import writes down; more are the work of a program.
const METHODS_MAX: usize = 100;

const HEAD: &str = "# Delivery methods of the old shop, as its database has them. Oscar offers them only where its code says so,\n\
                    # charges them without tax, and keeps no days: check these, and prices_include_tax.\n";

/// What becomes of the delivery methods of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedDelivery {
    /// The methods that can be offered.
    pub methods: Vec<DeliveryMethodBrought>,
    /// Those of them that `tradewind.toml` does not have, as text for it; empty if there are none.
    pub toml: String,
    /// Why they could not be written; empty if they were, or there was nothing to write.
    pub not_written: String,
}

/// A delivery method of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMethodBrought {
    /// Its code here.
    pub code: String,
    /// What shoppers read.
    pub name: String,
    /// Where it stands.
    pub state: DeliveryState,
}

/// Where a delivery method of a source stands after an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// `tradewind.toml` has a method of that code, which stays as it is.
    Here,
    /// It is in `tradewind.toml` now.
    Written,
    /// It lies in [`DELIVERY_FILE`], to be copied.
    Beside,
}

impl DeliveryState {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Written => "written",
            Self::Beside => "beside",
        }
    }
}

/// Decides about the methods of a source, and writes them unless it is a dry run. Without a store it is told what
/// becomes of them in a new one.
pub(super) fn bring(
    shop: Option<&Shop>,
    dry_run: bool,
    methods: &[ShippingMethod],
    language: Language,
    currency: Currency,
) -> ImportedDelivery {
    let is_sample = shop.is_some_and(|shop| has_sample(shop.folder(), currency));
    let known = |code: &str| shop.is_some_and(|shop| shop.settings().delivery.iter().any(|method| method.code == code));
    let mut brought = ImportedDelivery::default();
    for method in methods.iter().filter(|method| has_charge(method)).take(METHODS_MAX) {
        let code = free_code(&method.code, &brought.methods);
        let state = if known(&code) && !is_sample { DeliveryState::Here } else { DeliveryState::Written };
        if state == DeliveryState::Written {
            brought.toml.push_str(&toml_of(method, &code, language));
        }
        brought.methods.push(DeliveryMethodBrought { code, name: method.name.clone(), state });
    }
    if brought.toml.is_empty() {
        return brought;
    }
    brought.toml.insert_str(0, HEAD);
    let Some(shop) = shop else { return brought };
    // They may come from the environment instead, and then nothing in the file would count.
    let is_undecided = is_sample || shop.settings().delivery.is_empty();
    let text = text_of(shop.folder()).filter(|_| is_undecided);
    let settings = text.and_then(|text| with_delivery(&text, currency, &brought.toml));
    if settings.is_none() {
        let new = brought.methods.iter_mut().filter(|method| method.state == DeliveryState::Written);
        new.for_each(|method| method.state = DeliveryState::Beside);
    }
    if !dry_run {
        let written = match settings {
            Some(settings) => write_settings(shop.folder(), &settings),
            None => write_beside(shop.folder(), &brought.toml),
        };
        brought.not_written = written.err().map(|error| format!("{error:#}")).unwrap_or_default();
    }
    brought
}

fn has_charge(method: &ShippingMethod) -> bool {
    !matches!(&method.charge, ShippingCharge::Weight { bands, .. } if bands.is_empty())
}

/// Oscar's code, made such that forms can send it, with a number where a method before has it too: the two kinds may
/// share one.
fn free_code(wanted: &str, taken: &[DeliveryMethodBrought]) -> String {
    let clean: String = wanted.chars().filter(|c| is_printable(&c.to_string())).take(CODE_CHARS_MAX - 4).collect();
    let clean = if clean.trim().is_empty() { "delivery" } else { clean.trim() };
    let is_free = |code: &String| taken.iter().all(|method| method.code != *code);
    let numbered = (2..=METHODS_MAX + 1).map(|number| format!("{clean}-{number}"));
    std::iter::once(clean.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| clean.to_owned())
}

/// One `[[delivery]]`.
fn toml_of(method: &ShippingMethod, code: &str, language: Language) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text =
        format!("\n[[delivery]]\ncode = {}\nname = {{ {language} = {} }}\n", quoted(code), quoted(&method.name));
    if !method.countries.is_empty() {
        let countries: Vec<String> = method.countries.iter().map(|code| quoted(code)).collect();
        text.push_str(&format!("countries = [{}]\n", countries.join(", ")));
    }
    let charge = match &method.charge {
        ShippingCharge::OrderAndItem { per_order, per_item, free_from } => {
            let free = free_from.map(|from| format!(", free_from = \"{}\"", from.to_decimal_string()));
            format!(
                "currency = \"{}\", per_order = \"{}\", per_item = \"{}\"{}",
                per_order.currency(),
                per_order.to_decimal_string(),
                per_item.to_decimal_string(),
                free.unwrap_or_default()
            )
        }
        ShippingCharge::Weight { default_weight_kg, bands } => {
            let currency = bands.first().map(|band| band.charge.currency().to_string()).unwrap_or_default();
            let band =
                |band: &oscar::WeightBand| format!("[\"{}\", \"{}\"]", band.up_to_kg, band.charge.to_decimal_string());
            let bands: Vec<String> = bands.iter().map(band).collect();
            let bands = bands.join(", ");
            format!("currency = \"{currency}\", default_weight_kg = \"{default_weight_kg}\", bands = [{bands}]")
        }
    };
    text.push_str(&format!("days = [2, 4]\ncharges = [{{ {charge} }}]\n"));
    text
}

fn text_of(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("tradewind.toml")).ok()
}

/// Whether the settings still have the delivery of a new store, as it was written.
fn has_sample(folder: &Path, currency: Currency) -> bool {
    text_of(folder).is_some_and(|text| text.ends_with(&sample_delivery(currency)))
}

/// The settings with these methods, where nobody has decided about delivery yet and all of it is sound.
fn with_delivery(text: &str, currency: Currency, methods: &str) -> Option<String> {
    let before = text.strip_suffix(&sample_delivery(currency)).unwrap_or(text);
    if before.parse::<toml::Table>().ok()?.contains_key("delivery") {
        return None;
    }
    let with = format!("{}\n\n{methods}", before.trim_end());
    Settings::parse(&with, |_| None).ok().map(|_| with)
}

/// Written again only where it differs.
fn write_beside(folder: &Path, methods: &str) -> anyhow::Result<()> {
    let file = folder.join(DELIVERY_FILE);
    if std::fs::read_to_string(&file).is_ok_and(|known| known == methods) {
        return Ok(());
    }
    crate::folder::replace_file(&file, methods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::new_settings;
    use commerce::address::Country;
    use commerce::decimal::Decimal;
    use commerce::delivery::{Consignment, SentLine};
    use commerce::market::TaxDisplay;
    use commerce::money::Money;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn money(minor: i64) -> Money {
        Money::from_minor(minor, gbp())
    }

    fn by_item(code: &str, name: &str) -> ShippingMethod {
        let charge =
            ShippingCharge::OrderAndItem { per_order: money(200), per_item: money(50), free_from: Some(money(9_000)) };
        ShippingMethod {
            key: 1,
            code: code.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            countries: Vec::new(),
            charge,
        }
    }

    fn by_weight(code: &str) -> ShippingMethod {
        let kg = |text| Decimal::parse(text).unwrap();
        let bands = [("1", 320), ("5", 680), ("20", 1_400)];
        let bands = bands.map(|(to, charge)| oscar::WeightBand { up_to_kg: kg(to), charge: money(charge) }).to_vec();
        ShippingMethod {
            countries: vec!["GB".to_owned(), "IE".to_owned()],
            charge: ShippingCharge::Weight { default_weight_kg: kg("0.5"), bands },
            ..by_item(code, "By weight")
        }
    }

    #[test]
    fn methods_cost_what_they_cost_in_the_old_shop() {
        let methods = [by_item("post", "Post \"fast\" \\ näher"), by_weight("post")];
        let brought = bring(None, true, &methods, Language::ENGLISH, gbp());
        let codes: Vec<&str> = brought.methods.iter().map(|method| method.code.as_str()).collect();
        assert_eq!(codes, ["post", "post-2"]);
        let new = new_settings(gbp(), Language::ENGLISH, TaxDisplay::Including);
        let settings = Settings::parse(&with_delivery(&new, gbp(), &brought.toml).unwrap(), |_| None).unwrap();
        assert_eq!(settings.delivery[0].name.get(&[Language::ENGLISH]), "Post \"fast\" \\ näher");
        for (case, method, goods, kg, units, country, want) in [
            ("by order and item", 0, 8_999, None, 3, "FR", Some(350)),
            ("free from, inclusive", 0, 9_000, None, 3, "GB", Some(0)),
            ("second band by default weight", 1, 1, None, 3, "IE", Some(680)),
            ("over the top band", 1, 1, Some("21"), 1, "GB", Some(1_720)),
            ("another country", 1, 1, None, 1, "FR", None),
        ] {
            let weight_kg = kg.map(|kg| Decimal::parse(kg).unwrap());
            let lines = vec![SentLine { partner: None, weight_kg, units }];
            let to = Country::parse(country).unwrap().into();
            let got = settings.delivery[method].charge(&Consignment { goods: money(goods), lines }, &to);
            assert_eq!(got.ok().map(Money::minor), want, "{case}");
        }
    }

    #[test]
    fn only_undecided_settings_are_written_into() {
        let methods = bring(None, true, &[by_weight("by-weight")], Language::ENGLISH, gbp()).toml;
        let new = new_settings(gbp(), Language::ENGLISH, TaxDisplay::Including);
        let none = new.strip_suffix(&sample_delivery(gbp())).unwrap().to_owned();
        let codes = |text: &str| -> Vec<String> {
            let settings = Settings::parse(text, |_| None).unwrap();
            settings.delivery.iter().map(|method| method.code.clone()).collect()
        };
        for (case, text, written) in [
            ("the delivery of a new store", new.clone(), true),
            ("no delivery", none.clone(), true),
            ("another charge", new.replace("3.95", "4.95"), false),
            ("something behind it", format!("{new}\n[synonyms]\nen = []\n"), false),
            ("none on purpose", none.replace("time_zone", "delivery = []\ntime_zone"), false),
            ("not TOML", format!("{none}\n[[["), false),
        ] {
            let with = with_delivery(&text, gbp(), &methods);
            assert_eq!(with.is_some(), written, "{case}");
            assert!(with.is_none_or(|with| codes(&with) == ["by-weight"] && with.contains("Europe/London")), "{case}");
        }
    }

    #[test]
    fn odd_methods_get_usable_codes_or_stay_out() {
        let without_bands = ShippingMethod {
            charge: ShippingCharge::Weight { default_weight_kg: Decimal::ZERO, bands: Vec::new() },
            ..by_weight("empty")
        };
        let methods = [without_bands, by_item("", "A"), by_item("a\u{0}b", "B"), by_item(&"x".repeat(128), "C")];
        let brought = bring(None, true, &methods, Language::ENGLISH, gbp());
        let codes: Vec<String> = brought.methods.iter().map(|method| method.code.clone()).collect();
        assert_eq!(codes, ["delivery".to_owned(), "ab".to_owned(), "x".repeat(56)]);
        let many = vec![by_item("post", "Post"); METHODS_MAX + 1];
        let brought = bring(None, true, &many, Language::ENGLISH, gbp());
        let new = new_settings(gbp(), Language::ENGLISH, TaxDisplay::Including);
        assert_eq!((brought.methods.len(), with_delivery(&new, gbp(), &brought.toml).is_some()), (METHODS_MAX, true));
    }
}
