//! Values of the domain as they stand in TEXT columns: ids, texts by language, lists, numbers.

use crate::error::DbError;
use commerce::catalogue::AttributeValue;
use commerce::decimal::Decimal;
use commerce::ids::{AttributeId, ChoiceId};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a value stands, for the error that names it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) table: &'static str,
    pub(crate) key: &'p str,
}

impl Place<'_> {
    pub(crate) fn damaged(self, what: impl ToString) -> DbError {
        DbError::damaged(self.table, self.key, what)
    }

    /// An id of any kind.
    pub(crate) fn id<T>(
        self,
        parse: impl Fn(&str) -> Result<T, commerce::ids::InvalidId>,
        raw: &str,
    ) -> Result<T, DbError> {
        parse(raw).map_err(|error| self.damaged(error))
    }

    pub(crate) fn texts(self, raw: &str) -> Result<Texts, DbError> {
        if raw.is_empty() {
            return Ok(Texts::default());
        }
        let entries: BTreeMap<String, String> = self.json(raw)?;
        entries
            .into_iter()
            .map(|(code, text)| Ok((Language::parse(&code).map_err(|error| self.damaged(error))?, text)))
            .collect()
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(self, raw: &str) -> Result<T, DbError> {
        serde_json::from_str(raw).map_err(|error| self.damaged(error))
    }

    pub(crate) fn decimal(self, raw: Option<&str>) -> Result<Option<Decimal>, DbError> {
        raw.map(|raw| Decimal::parse(raw).map_err(|error| self.damaged(error))).transpose()
    }

    /// A list of ids as JSON.
    pub(crate) fn ids<T>(
        self,
        parse: impl Fn(&str) -> Result<T, commerce::ids::InvalidId>,
        raw: &str,
    ) -> Result<Vec<T>, DbError> {
        let list: Vec<String> = self.json(raw)?;
        list.iter().map(|id| parse(id).map_err(|error| self.damaged(error))).collect()
    }

    pub(crate) fn attributes(self, raw: &str) -> Result<Vec<(AttributeId, AttributeValue)>, DbError> {
        let list: Vec<(String, StoredValue)> = self.json(raw)?;
        list.into_iter().map(|(id, value)| Ok((self.id(AttributeId::parse, &id)?, value.into_value(self)?))).collect()
    }
}

/// JSON text of anything that serde knows; such values always have one.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Texts as `{"en":"Mug","de":"Becher"}`; nothing as the empty text.
pub(crate) fn texts_column(texts: &Texts) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let entries: BTreeMap<String, &str> = texts.iter().map(|(language, text)| (language.to_string(), text)).collect();
    to_json(&entries)
}

/// Ids as `["…","…"]`.
pub(crate) fn ids_column<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
    to_json(&ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>())
}

/// Attribute values as `[["<id>",{"text":{"en":"…"}}],…]`.
pub(crate) fn attributes_column(values: &[(AttributeId, AttributeValue)]) -> String {
    to_json(&values.iter().map(|(id, value)| (id.to_string(), StoredValue::from(value))).collect::<Vec<_>>())
}

/// An attribute's value as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredValue {
    Text(BTreeMap<String, String>),
    Integer(i64),
    Boolean(bool),
    Float(String),
    Richtext(BTreeMap<String, String>),
    Date(String),
    Datetime(i64),
    Option(String),
    MultiOption(Vec<String>),
    Entity { kind: String, key: i64 },
    File(String),
    Image(String),
}

fn plain(texts: &Texts) -> BTreeMap<String, String> {
    texts.iter().map(|(language, text)| (language.to_string(), text.to_owned())).collect()
}

impl From<&AttributeValue> for StoredValue {
    fn from(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Text(texts) => Self::Text(plain(texts)),
            AttributeValue::Integer(number) => Self::Integer(*number),
            AttributeValue::Boolean(flag) => Self::Boolean(*flag),
            AttributeValue::Float(number) => Self::Float(number.to_string()),
            AttributeValue::RichText(texts) => Self::Richtext(plain(texts)),
            AttributeValue::Date(date) => Self::Date(date.to_string()),
            AttributeValue::DateTime(moment) => Self::Datetime(moment.micros()),
            AttributeValue::Option(choice) => Self::Option(choice.to_string()),
            AttributeValue::MultiOption(choices) => {
                Self::MultiOption(choices.iter().map(ToString::to_string).collect())
            }
            AttributeValue::Entity { kind, key } => Self::Entity { kind: kind.clone(), key: *key },
            AttributeValue::File(path) => Self::File(path.clone()),
            AttributeValue::Image(path) => Self::Image(path.clone()),
        }
    }
}

impl StoredValue {
    fn into_value(self, place: Place<'_>) -> Result<AttributeValue, DbError> {
        let texts = |entries: BTreeMap<String, String>| place.texts(&to_json(&entries));
        Ok(match self {
            Self::Text(entries) => AttributeValue::Text(texts(entries)?),
            Self::Integer(number) => AttributeValue::Integer(number),
            Self::Boolean(flag) => AttributeValue::Boolean(flag),
            Self::Float(number) => AttributeValue::Float(Decimal::parse(&number).map_err(|e| place.damaged(e))?),
            Self::Richtext(entries) => AttributeValue::RichText(texts(entries)?),
            Self::Date(date) => AttributeValue::Date(date.parse().map_err(|e| place.damaged(e))?),
            Self::Datetime(micros) => AttributeValue::DateTime(Moment::from_micros(micros)),
            Self::Option(choice) => AttributeValue::Option(place.id(ChoiceId::parse, &choice)?),
            Self::MultiOption(choices) => AttributeValue::MultiOption(
                choices.iter().map(|choice| place.id(ChoiceId::parse, choice)).collect::<Result<_, _>>()?,
            ),
            Self::Entity { kind, key } => AttributeValue::Entity { kind, key },
            Self::File(path) => AttributeValue::File(path),
            Self::Image(path) => AttributeValue::Image(path),
        })
    }
}
