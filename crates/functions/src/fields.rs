//! Query parameters, headers and cookies as an event has them: `{"name": {"value": …, "multiValue": […]}}`.

use crate::error::RunError;
use crate::headers::is_disallowed;
use crate::json::Json;
use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::borrow::Cow;
use std::collections::HashMap;

/// One value of a field; attributes are those of a `Set-Cookie` header, as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldValue {
    pub(crate) value: String,
    pub(crate) attributes: Option<String>,
}

/// Names with their values, in the order in which a name came first. No name is twice, no list is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, Vec<FieldValue>)>);

impl Fields {
    /// Parameters as they were written: nothing is decoded, and a name alone has an empty value.
    pub(crate) fn of_query(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(plain).collect()
    }

    /// What functions see of a message's headers.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        let seen = headers.iter().filter(|(name, _)| is_seen(name));
        seen.map(|(name, value)| plain((name.as_str(), &text_of(value)))).collect()
    }

    /// The cookies of a request.
    pub(crate) fn of_cookies(headers: &HeaderMap) -> Self {
        let mut found = Vec::new();
        for header in headers.get_all(COOKIE) {
            let text = text_of(header);
            let pairs = text.split(';').map(str::trim).filter(|pair| !pair.is_empty());
            found.extend(pairs.map(|pair| plain(pair.split_once('=').unwrap_or((pair, "")))));
        }
        found.into_iter().collect()
    }

    /// The cookies that a response sets.
    pub(crate) fn of_set_cookies(headers: &HeaderMap) -> Self {
        let cookie = |header: &HeaderValue| {
            let text = text_of(header);
            let (pair, attributes) = text.split_once(';').unwrap_or((&text, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let attributes = Some(attributes.trim().to_owned());
            (name.trim().to_owned(), FieldValue { value: value.trim().to_owned(), attributes })
        };
        headers.get_all(SET_COOKIE).iter().map(cookie).collect()
    }

    /// Reads what a function returned under `at`. Of a field that had several values before, a changed `multiValue`
    /// counts; else the first value is the new `value` (page functions-event-structure).
    pub(crate) fn returned(json: &Json, at: &str, before: &Self) -> Result<Self, RunError> {
        let Json::Object(members) = json else {
            return Err(RunError::invalid(at, format!("must be an object, not {}", json.kind())));
        };
        let sent: HashMap<&str, &[FieldValue]> = before.iter().collect();
        let mut fields = Vec::with_capacity(members.len());
        for (name, json) in members {
            let at = format!("{at}[{name:?}]");
            let first = returned_value(json, &at)?;
            let several = match json.member("multiValue") {
                None => None,
                Some(Json::List(values)) if !values.is_empty() => {
                    let values = values.iter().map(|value| returned_value(value, &format!("{at}.multiValue")));
                    Some(values.collect::<Result<Vec<_>, _>>()?)
                }
                Some(_) => return Err(RunError::invalid(format!("{at}.multiValue"), "must be an array of values")),
            };
            let values = match several {
                None => vec![first],
                Some(values) if sent.get(name.as_str()).is_some_and(|sent| *sent == values.as_slice()) => {
                    std::iter::once(first).chain(values.into_iter().skip(1)).collect()
                }
                Some(values) => values,
            };
            fields.push((name.clone(), values));
        }
        Ok(Self(fields))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[FieldValue])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Whether both have the same names with the same values. Order is no difference: JavaScript sorts names that are
    /// numbers.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let others: HashMap<_, _> = other.iter().collect();
        self.0.len() == other.0.len() && self.iter().all(|(name, values)| others.get(name) == Some(&values))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `a=1&b=2&b=3`, the order being that of the names.
    pub(crate) fn to_query(&self) -> String {
        self.joined("&")
    }

    /// The value of a `Cookie` header.
    pub(crate) fn to_cookies(&self) -> String {
        self.joined("; ")
    }

    fn joined(&self, separator: &str) -> String {
        let pairs = self.iter().flat_map(|(name, values)| values.iter().map(move |it| format!("{name}={}", it.value)));
        pairs.collect::<Vec<_>>().join(separator)
    }
}

fn returned_value(json: &Json, at: &str) -> Result<FieldValue, RunError> {
    let value = match json.member("value") {
        Some(Json::Text(value)) => value.clone(),
        Some(other) => {
            return Err(RunError::invalid(format!("{at}.value"), format!("must be a string, not {}", other.kind())));
        }
        None => return Err(RunError::invalid(at, "must be an object with a value: {value: '…'}")),
    };
    let attributes = match json.member("attributes") {
        None => None,
        Some(Json::Text(attributes)) => Some(attributes.clone()),
        Some(_) => return Err(RunError::invalid(format!("{at}.attributes"), "must be a string")),
    };
    Ok(FieldValue { value, attributes })
}

fn plain((name, value): (&str, &str)) -> (String, FieldValue) {
    (name.to_owned(), FieldValue { value: value.to_owned(), attributes: None })
}

/// Whether a header is in the event's `headers`; cookies have an object of their own.
pub(crate) fn is_seen(name: &HeaderName) -> bool {
    name != COOKIE && name != SET_COOKIE && !is_disallowed(name.as_str())
}

/// A header's value as text. What is not UTF-8 is taken for ISO 8859-1, as CloudFront does.
pub(crate) fn text_of(value: &HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), Cow::Borrowed)
}

impl FromIterator<(String, FieldValue)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, FieldValue)>>(pairs: I) -> Self {
        let mut fields: Vec<(String, Vec<FieldValue>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (name, value) in pairs {
            match places.get(&name) {
                Some(place) => fields[*place].1.push(value),
                None => {
                    places.insert(name.clone(), fields.len());
                    fields.push((name, vec![value]));
                }
            }
        }
        Self(fields)
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Field(std::slice::from_ref(self)).serialize(serializer)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, values)| (name, Field(values))))
    }
}

/// The values of one name.
struct Field<'v>(&'v [FieldValue]);

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(first) = self.0.first() {
            map.serialize_entry("value", &first.value)?;
            if let Some(attributes) = &first.attributes {
                map.serialize_entry("attributes", attributes)?;
            }
        }
        if self.0.len() > 1 {
            map.serialize_entry("multiValue", self.0)?;
        }
        map.end()
    }
}
