//! Attribute values, from the forms in which TOML writes them.

use crate::data::DataError;
use crate::texts::Pair;
use commerce::catalogue::{Attribute, AttributeKind, AttributeValue, CatalogueSetup};
use commerce::decimal::Decimal;
use commerce::ids::{ChoiceId, OptionGroupId, derived_uuid};
use commerce::moment::Moment;
use toml::Value;

/// The id of a choice, which follows from the codes of its group and its own.
pub(crate) fn choice_id(group: &str, code: &str) -> ChoiceId {
    ChoiceId::new(derived_uuid("demo/choice", &format!("{group}/{code}")))
}

/// What a product's entry says of an attribute.
pub(crate) fn value(
    setup: &CatalogueSetup,
    place: &str,
    attribute: &Attribute,
    raw: &Value,
) -> Result<AttributeValue, DataError> {
    let choice = |group: OptionGroupId, raw: &Value| {
        let choices = setup.groups.iter().find(|known| known.id == group).map(|group| &group.choices)?;
        choices
            .iter()
            .position(|choice| Some(choice.code.as_str()) == raw.as_str())
            .map(|place| (place, choices[place].id))
    };
    let value = match (attribute.kind, raw) {
        (AttributeKind::Text, raw) => pair(raw).map(|pair| AttributeValue::Text(pair.texts())),
        (AttributeKind::RichText, raw) => pair(raw).map(|pair| AttributeValue::RichText(pair.texts())),
        (AttributeKind::Integer, Value::Integer(number)) => Some(AttributeValue::Integer(*number)),
        (AttributeKind::Boolean, Value::Boolean(yes)) => Some(AttributeValue::Boolean(*yes)),
        // The shortest text of a float is what stands in the file.
        (AttributeKind::Float, Value::Float(number)) => {
            Decimal::parse(&number.to_string()).ok().map(AttributeValue::Float)
        }
        (AttributeKind::Date, Value::Datetime(date)) => date.to_string().parse().ok().map(AttributeValue::Date),
        (AttributeKind::DateTime, Value::String(moment)) => Moment::parse_rfc3339(moment).map(AttributeValue::DateTime),
        (AttributeKind::Option(group), raw) => choice(group, raw).map(|(_, id)| AttributeValue::Option(id)),
        (AttributeKind::MultiOption(group), Value::Array(list)) => {
            let found: Option<Vec<_>> = list.iter().map(|raw| choice(group, raw)).collect();
            found.map(|mut choices| {
                choices.sort_unstable();
                AttributeValue::MultiOption(choices.into_iter().map(|(_, id)| id).collect())
            })
        }
        _ => None,
    };
    value.ok_or_else(|| DataError::Misfit {
        place: place.to_owned(),
        attribute: attribute.code.clone(),
        value: raw.to_string(),
    })
}

fn pair(raw: &Value) -> Option<Pair> {
    match raw.as_array()?.as_slice() {
        [Value::String(english), Value::String(german)] => Some(Pair(english.clone(), german.clone())),
        _ => None,
    }
}
