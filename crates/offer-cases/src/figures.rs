//! Lays two answers side by side: one name, one text a figure.

use commerce::decimal::Decimal;
use commerce::money::{Currency, Money};
use serde_json::Value;
use std::collections::BTreeMap;

/// Figures by name: `lines[0].discount`, `total_tax`.
pub type Figures = BTreeMap<String, String>;

/// A figure that is another one than was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// Its name.
    pub figure: String,
    /// What was expected; none of an application that nobody expected.
    pub expected: Option<String>,
    /// What it is; none of what does not exist.
    pub found: Option<String>,
}

/// The figures of an answer. Amounts are rounded half up to the currency's digits; whether that changed any comes with
/// them.
pub fn figures(answer: &Value, currency: Currency) -> (Figures, bool) {
    let mut reading = Reading { currency, figures: Figures::new(), is_rounded: false };
    for (key, value) in answer.as_object().into_iter().flatten() {
        reading.take(key, value);
    }
    (reading.figures, reading.is_rounded)
}

/// Where an answer differs from what was expected, by the figures that were. Offers that applied are always looked at.
pub fn differences(expected: &Figures, found: &Figures) -> Vec<Differs> {
    let more = found.keys().filter(|name| name.starts_with("applications[") && !expected.contains_key(*name));
    let more = more.filter(|_| expected.contains_key("applications"));
    let pairs = expected.keys().chain(more).map(|name| (name, expected.get(name), found.get(name)));
    pairs
        .filter(|(_, expected, found)| expected != found)
        .map(|(name, expected, found)| Differs {
            figure: name.clone(),
            expected: expected.cloned(),
            found: found.cloned(),
        })
        .collect()
}

struct Reading {
    currency: Currency,
    figures: Figures,
    is_rounded: bool,
}

impl Reading {
    fn take(&mut self, key: &str, value: &Value) {
        match key {
            "lines" => {
                for (place, line) in entries(value) {
                    for (name, value) in line.as_object().into_iter().flatten().filter(|(name, _)| *name != "product") {
                        let text = self.amount(value);
                        self.figures.insert(format!("lines[{place}].{name}"), text);
                    }
                }
            }
            "applications" => {
                for (place, application) in entries(value) {
                    let text = self.application(application);
                    self.figures.insert(format!("applications[{place}]"), text);
                }
                self.figures.insert("applications".to_owned(), entries(value).count().to_string());
            }
            "breakdown" => {
                for (place, prices) in entries(value) {
                    let text = self.breakdown(prices);
                    self.figures.insert(format!("breakdown[{place}]"), text);
                }
            }
            "in_range" => {
                for (range, products) in value.as_object().into_iter().flatten() {
                    let mut names: Vec<&str> = entries(products).filter_map(|(_, name)| name.as_str()).collect();
                    names.sort_unstable();
                    self.figures.insert(format!("in_range.{range}"), names.join(" "));
                }
            }
            _ if value.is_object() => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let text = self.amount(value);
                    self.figures.insert(format!("{key}.{name}"), text);
                }
            }
            _ => {
                let text = self.amount(value);
                self.figures.insert(key.to_owned(), text);
            }
        }
    }

    /// Decimal text as an amount of the currency's digits; other values as they are.
    fn amount(&mut self, value: &Value) -> String {
        let Some(text) = value.as_str() else { return value.to_string() };
        let Ok(decimal) = Decimal::parse(text) else { return text.to_owned() };
        self.is_rounded |= decimal.scaled(self.currency.digits()).is_err();
        let minor = decimal.scaled_half_up(self.currency.digits());
        minor.map_or(text.to_owned(), |minor| Money::from_minor(minor, self.currency).to_decimal_string())
    }

    fn application(&mut self, application: &Value) -> String {
        // A discount of an application is cut down where it has more digits, which the lines tell too.
        let is_rounded = self.is_rounded;
        let discount = self.amount(&application["discount"]);
        self.is_rounded = is_rounded;
        let text = |key: &str| application[key].as_str().unwrap_or("-").to_owned();
        format!("{} ×{} {discount} {} {}", text("offer"), application["times"], text("affects"), text("voucher"))
    }

    fn breakdown(&mut self, prices: &Value) -> String {
        let is_rounded = self.is_rounded;
        let price = |(_, price): (usize, &Value)| {
            let (net, gross) = (self.amount(&price["excl_tax"]), self.amount(&price["incl_tax"]));
            format!("{net} {gross} ×{}", price["qty"])
        };
        let text = entries(prices).map(price).collect::<Vec<_>>().join(", ");
        self.is_rounded = is_rounded;
        text
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}
