//! Taking fields out of JSON: what is there must be of its kind, and what is not known is told.

use crate::read::ReadError;
use commerce::calendar::Calendar;
use commerce::decimal::Decimal;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use serde_json::{Map, Value};
use std::borrow::Cow;

pub(crate) type Read<T> = Result<T, ReadError>;

/// An object of a file with the place where it stands.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    place: Cow<'a, str>,
    object: &'a Map<String, Value>,
}

pub(crate) fn wrong(place: &str, what: impl Into<String>) -> ReadError {
    ReadError { place: place.to_owned(), what: what.into() }
}

impl<'a> Fields<'a> {
    /// The fields of an object, all of which must be known.
    pub(crate) fn of(value: &'a Value, place: impl Into<Cow<'a, str>>, known: &[&str]) -> Read<Self> {
        let place = place.into();
        let object = value.as_object().ok_or_else(|| wrong(&place, "is no object"))?;
        match object.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(wrong(&place, format!("has no field {key:?}; it has {}", known.join(", ")))),
            None => Ok(Self { place, object }),
        }
    }

    /// An object within this one.
    pub(crate) fn part(&self, key: &str, known: &[&str]) -> Read<Self> {
        let value = self.find(key).ok_or_else(|| self.wrong(key, "is missing"))?;
        Self::of(value, self.place_of(key), known)
    }

    pub(crate) fn place_of(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    pub(crate) fn wrong(&self, key: &str, what: impl Into<String>) -> ReadError {
        wrong(&self.place_of(key), what)
    }

    /// A field that is there; `null` is not.
    pub(crate) fn find(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Read<Option<&'a str>> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| self.wrong(key, "is no text"));
        self.find(key).map(text).transpose()
    }

    pub(crate) fn must(&self, key: &str) -> Read<&'a str> {
        self.text(key)?.ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// What a text of a few known ones stands for.
    pub(crate) fn one_of<K: Clone>(&self, key: &str, known: &[(K, &str)]) -> Read<Option<K>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let found = known.iter().find(|(_, name)| *name == text).map(|(kind, _)| kind.clone());
        found.map(Some).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
            self.wrong(key, format!("is {text}; {} are known", listed(&names)))
        })
    }

    pub(crate) fn find_flag(&self, key: &str) -> Read<Option<bool>> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| self.wrong(key, "is no true or false"));
        self.find(key).map(flag).transpose()
    }

    pub(crate) fn flag(&self, key: &str, otherwise: bool) -> Read<bool> {
        Ok(self.find_flag(key)?.unwrap_or(otherwise))
    }

    pub(crate) fn list(&self, key: &str) -> Read<&'a [Value]> {
        self.find(key).map_or(Ok(&[][..]), |value| {
            value.as_array().map(Vec::as_slice).ok_or_else(|| self.wrong(key, "is no list"))
        })
    }

    pub(crate) fn texts(&self, key: &str) -> Read<Vec<&'a str>> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| self.wrong(key, "holds what is no text"));
        self.list(key)?.iter().map(text).collect()
    }

    pub(crate) fn owned_texts(&self, key: &str) -> Read<Vec<String>> {
        Ok(self.texts(key)?.into_iter().map(str::to_owned).collect())
    }

    /// The entries of an object by their names.
    pub(crate) fn entries(&self, key: &str) -> Read<Vec<(&'a String, &'a Value)>> {
        self.find(key).map_or(Ok(Vec::new()), |value| {
            value.as_object().map(|object| object.iter().collect()).ok_or_else(|| self.wrong(key, "is no object"))
        })
    }

    pub(crate) fn count(&self, key: &str) -> Read<Option<u32>> {
        let count = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let must = |value| count(value).ok_or_else(|| self.wrong(key, "is no whole number from 0 on"));
        self.find(key).map(must).transpose()
    }

    pub(crate) fn whole(&self, key: &str) -> Read<Option<i32>> {
        let whole = |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
        self.find(key).map(|value| whole(value).ok_or_else(|| self.wrong(key, "is no whole number"))).transpose()
    }

    /// Decimal text; a number is taken by the digits that it is written with.
    pub(crate) fn decimal(&self, key: &str) -> Read<Option<Decimal>> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let parse = |value| {
            let text = text(value).ok_or_else(|| self.wrong(key, "is no number"))?;
            Decimal::parse(&text).map_err(|error| self.wrong(key, error.to_string()))
        };
        self.find(key).map(parse).transpose()
    }

    pub(crate) fn money(&self, key: &str, currency: Currency) -> Read<Option<Money>> {
        let parse = |amount| Money::from_decimal(amount, currency).map_err(|error| self.wrong(key, error.to_string()));
        self.decimal(key)?.map(parse).transpose()
    }

    pub(crate) fn currency(&self, key: &str) -> Read<Option<Currency>> {
        let parse = |code| Currency::parse(code).map_err(|error| self.wrong(key, error.to_string()));
        self.text(key)?.map(parse).transpose()
    }

    pub(crate) fn moment(&self, key: &str) -> Read<Option<Moment>> {
        let parse = |text: &str| {
            Moment::parse_rfc3339(text).ok_or_else(|| self.wrong(key, "is no moment such as 2026-06-01T12:00:00Z"))
        };
        self.text(key)?.map(parse).transpose()
    }

    /// The first and the last moment of a rule that may name days.
    pub(crate) fn span(&self, calendar: &Calendar) -> Read<(Option<Moment>, Option<Moment>)> {
        let parse = |key: &str, parse: fn(&Calendar, &str) -> Option<Moment>| {
            let what = "is no day such as 2026-06-01, and no moment such as 2026-06-01T12:00:00Z";
            let parse = |text: &str| parse(calendar, text).ok_or_else(|| self.wrong(key, what));
            self.text(key)?.map(parse).transpose()
        };
        Ok((parse("start", Calendar::parse_start)?, parse("end", Calendar::parse_end)?))
    }
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
