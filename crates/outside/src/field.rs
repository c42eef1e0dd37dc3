//! Walks through the JSON of an answer, and names the field that is wrong.

use commerce::decimal::Decimal;
use commerce::money::{Currency, Money};
use serde_json::Value;

/// Longest amount or rate, in characters.
const NUMBER_CHARS_MAX: usize = 30;

/// An answer that cannot be used, with the field that is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FieldError {
    /// Where it stands: `lines[3].unit_price`, counted from 0 as programs do; `the answer` for all of it.
    pub field: String,
    /// What is wrong with it.
    pub problem: FieldProblem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// It is something else.
    #[error("is not {0}")]
    Not(&'static str),
    /// An amount below nothing.
    #[error("is below nothing")]
    Negative,
    /// More digits behind the point than the currency has.
    #[error("has more than the {} digits behind the point that {} has", .0.digits(), .0)]
    TooPrecise(Currency),
    /// Beyond any amount that the store can keep.
    #[error("has more digits than the store keeps")]
    TooLarge,
    /// Another number of lines than were asked about.
    #[error("has {found} lines, {asked} were asked about")]
    Lines {
        /// Lines of the question.
        asked: usize,
        /// Lines of the answer.
        found: usize,
    },
    /// It belongs to another line or currency than the question.
    #[error("is not what was asked about")]
    Other,
}

/// A field of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Field<'v> {
    name: String,
    value: &'v Value,
}

impl<'v> Field<'v> {
    /// The answer itself.
    pub(crate) fn whole(value: &'v Value) -> Self {
        Self { name: String::new(), value }
    }

    /// A part of it, which must be there; `null` is.
    pub(crate) fn part(&self, name: &str) -> Result<Self, FieldError> {
        let parts = self.value.as_object().ok_or_else(|| self.wrong(FieldProblem::Not("an object")))?;
        let inner = if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        match parts.get(name) {
            Some(value) => Ok(Self { name: inner, value }),
            None => Err(FieldError { field: inner, problem: FieldProblem::Missing }),
        }
    }

    /// A part of it that may be missing or `null`.
    pub(crate) fn part_if_told(&self, name: &str) -> Result<Option<Self>, FieldError> {
        match self.part(name) {
            Ok(part) => Ok((!part.is_null()).then_some(part)),
            Err(FieldError { problem: FieldProblem::Missing, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Its members; as many as the bound on an answer's bytes lets through.
    pub(crate) fn list(&self) -> Result<Vec<Self>, FieldError> {
        let members = self.value.as_array().ok_or_else(|| self.wrong(FieldProblem::Not("a list")))?;
        let member = |(index, value)| Self { name: format!("{}[{index}]", self.name), value };
        Ok(members.iter().enumerate().map(member).collect())
    }

    /// Its members, which must be as many as the lines that were asked about.
    pub(crate) fn lines(&self, asked: usize) -> Result<Vec<Self>, FieldError> {
        let found = self.value.as_array().map_or(asked, Vec::len);
        if found == asked { self.list() } else { Err(self.wrong(FieldProblem::Lines { asked, found })) }
    }

    /// Its text.
    pub(crate) fn text(&self) -> Result<&'v str, FieldError> {
        self.value.as_str().ok_or_else(|| self.wrong(FieldProblem::Not("a text")))
    }

    /// Yes or no.
    pub(crate) fn flag(&self) -> Result<bool, FieldError> {
        self.value.as_bool().ok_or_else(|| self.wrong(FieldProblem::Not("true or false")))
    }

    /// A place in a list, from 0 on.
    pub(crate) fn place(&self) -> Result<usize, FieldError> {
        let place = self.value.as_u64().and_then(|place| usize::try_from(place).ok());
        place.ok_or_else(|| self.wrong(FieldProblem::Not("a place in a list, counted from 0")))
    }

    /// An amount that is not below nothing: a text such as `"12.50"`. A JSON number is refused, since many programs make a
    /// binary fraction of it. Noughts at the end carry nothing and are not counted.
    pub(crate) fn amount(&self, currency: Currency) -> Result<Money, FieldError> {
        let number = self.number("an amount in quotation marks such as \"12.50\"")?;
        let money = Money::from_decimal(number, currency);
        let precise = number.scaled_half_up(currency.digits()).and_then(|minor| Decimal::new(minor, currency.digits()));
        money.map_err(|_| match precise {
            Some(rounded) if rounded != number => self.wrong(FieldProblem::TooPrecise(currency)),
            _ => self.wrong(FieldProblem::TooLarge),
        })
    }

    /// A number of digits with at most one point among them, as a text.
    pub(crate) fn number(&self, what: &'static str) -> Result<Decimal, FieldError> {
        let wrong = || self.wrong(FieldProblem::Not(what));
        let text = self.value.as_str().ok_or_else(wrong)?;
        let (digits, negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
        // Exponents, signs and the like have no place in an amount.
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let bounded = digits.starts_with(|first: char| first.is_ascii_digit()) && !digits.ends_with('.');
        if !plain || !bounded || NUMBER_CHARS_MAX < text.len() || 1 < digits.matches('.').count() {
            return Err(wrong());
        }
        if negative {
            return Err(self.wrong(FieldProblem::Negative));
        }
        Decimal::parse(digits).map_err(|_| self.wrong(FieldProblem::TooLarge))
    }

    /// An error that names this field.
    pub(crate) fn wrong(&self, problem: FieldProblem) -> FieldError {
        let field = if self.name.is_empty() { "the answer" } else { &self.name };
        FieldError { field: field.to_owned(), problem }
    }
}

/// Any JSON, for tests: shallow, with texts that look like amounts and names that answers have.
#[cfg(test)]
pub(crate) fn arbitrary_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "-?[0-9]{0,20}(\\.[0-9]{0,5})?(e[0-9]{1,3})?".prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        "lines",
        "unit_price",
        "currency",
        "delivery",
        "taxes",
        "shares",
        "net",
        "tax",
        "isValid",
        ".{0,9}"
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|parts| parts.into_iter().collect::<Value>()),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn amount(value: &Value, code: &str) -> String {
        let amount = Field::whole(value).amount(Currency::parse(code).unwrap());
        amount.map_or_else(|error| error.to_string(), |money| money.to_string())
    }

    #[test]
    fn amounts_are_plain_decimal_texts_of_their_currency() {
        let not = "the answer is not an amount in quotation marks such as \"12.50\"";
        let negative = "the answer is below nothing";
        for (text, code, want) in [
            ("12.50", "EUR", "12.50 EUR"),
            ("12.5", "EUR", "12.50 EUR"),
            ("12", "EUR", "12.00 EUR"),
            ("12.5000", "EUR", "12.50 EUR"),
            ("0", "EUR", "0.00 EUR"),
            ("007.10", "EUR", "7.10 EUR"),
            ("0.005", "KWD", "0.005 KWD"),
            ("500", "JPY", "500 JPY"),
            ("500.0", "JPY", "500 JPY"),
            ("92233720368547758.07", "EUR", "92233720368547758.07 EUR"),
            ("12.505", "EUR", "the answer has more than the 2 digits behind the point that EUR has"),
            ("0.5", "JPY", "the answer has more than the 0 digits behind the point that JPY has"),
            ("92233720368547758.08", "EUR", "the answer has more digits than the store keeps"),
            ("9223372036854775807", "EUR", "the answer has more digits than the store keeps"),
            ("99999999999999999999999", "JPY", "the answer has more digits than the store keeps"),
            ("-0.01", "EUR", negative),
            ("-0", "EUR", negative),
            ("+1", "EUR", not),
            ("--1", "EUR", not),
            ("1e3", "EUR", not),
            ("1,50", "EUR", not),
            ("1.2.3", "EUR", not),
            (".5", "EUR", not),
            ("5.", "EUR", not),
            (" 5", "EUR", not),
            ("", "EUR", not),
            ("NaN", "EUR", not),
            ("\u{0665}", "EUR", not),
            ("1111111111111111111111111111111", "EUR", not),
        ] {
            assert_eq!(amount(&json!(text), code), want, "{text:?}");
        }
        for other in [json!(12.5), json!(12), json!(null), json!(["1"]), json!({}), json!(true)] {
            assert_eq!(amount(&other, "EUR"), not, "{other}");
        }
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let answer = json!({"lines": [{"tax": "1"}, {"tax": 1}], "none": null});
        let whole = Field::whole(&answer);
        let lines = whole.part("lines").and_then(|lines| lines.list()).unwrap();
        for (got, want) in [
            (whole.part("total").err(), "total is missing"),
            (lines[0].part("net").err(), "lines[0].net is missing"),
            (lines[1].part("tax").and_then(|tax| tax.text()).err(), "lines[1].tax is not a text"),
            (whole.part("none").and_then(|none| none.list()).err(), "none is not a list"),
            (whole.list().err(), "the answer is not a list"),
            (whole.part("lines").and_then(|lines| lines.lines(3)).err(), "lines has 2 lines, 3 were asked about"),
        ] {
            assert_eq!(got.map(|error| error.to_string()).as_deref(), Some(want));
        }
        assert!(whole.part_if_told("none").unwrap().is_none() && whole.part_if_told("more").unwrap().is_none());
    }

    proptest! {
        #[test]
        fn no_text_panics_or_gives_less_than_nothing(
            text in "[-+]?[0-9]{0,22}[.,]?[0-9]{0,6}|.{0,40}", code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
        ) {
            let value = Value::String(text.clone());
            if let Ok(money) = Field::whole(&value).amount(Currency::parse(code).unwrap()) {
                prop_assert!(!money.is_negative());
                let same = Decimal::parse(&money.to_decimal_string()) == Decimal::parse(&text);
                prop_assert!(same, "{text} became {money}");
            }
        }
    }
}
