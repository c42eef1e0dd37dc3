//! Attribute values: one column a type, choices beside them.

use crate::catalogue::Known;
use crate::choices::KnownAttribute;
use crate::read::Read;
use crate::report::{Code, quote};
use crate::rows::Row;
use crate::select::{Join, Select};
use crate::value;
use commerce::catalogue::{AttributeKind, AttributeValue, OscarKey};
use commerce::decimal::Decimal;
use commerce::ids::{AttributeId, ChoiceId};
use commerce::language::Texts;
use std::collections::HashSet;

pub(crate) const VALUES: Select = Select {
    table: "catalogue_productattributevalue",
    joins: &[],
    columns: &[
        "t.id",
        "t.product_id",
        "t.attribute_id",
        "t.value_text",
        "t.value_integer",
        "t.value_boolean",
        "t.value_float",
        "t.value_richtext",
        "t.value_date",
        "t.value_datetime",
        "t.value_file",
        "t.value_image",
        "t.value_option_id",
        "t.entity_object_id",
        "t.entity_content_type_id",
    ],
};

/// Read beside the product's own values: what a child inherits of its parent's weight.
pub(crate) const PARENT_VALUES: Select = Select {
    table: "catalogue_productattributevalue",
    joins: &[],
    columns: &["t.id", "t.product_id", "t.attribute_id", "t.value_float"],
};

pub(crate) const CHOSEN: Select = Select {
    table: "catalogue_productattributevalue_value_multi_option",
    joins: &[Join { alias: "v", table: "catalogue_productattributevalue", on: "t.productattributevalue_id" }],
    columns: &["t.id", "t.productattributevalue_id", "t.attributeoption_id", "v.product_id"],
};

/// Columns of a value whose attribute has a type that nobody knows; the first that is filled is kept as text.
const AS_TEXT: [&str; 9] = [
    "t.value_text",
    "t.value_richtext",
    "t.value_integer",
    "t.value_float",
    "t.value_date",
    "t.value_datetime",
    "t.value_boolean",
    "t.value_file",
    "t.value_image",
];

/// Reads the values of one product. `chosen` are the choices of its multi options.
pub(crate) fn values(
    rows: &[Row],
    chosen: &[Row],
    known: &Known,
    report: &mut crate::report::Report,
) -> Vec<(AttributeId, AttributeValue)> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for row in rows {
        let mut read = Read { row, options: &known.options, report };
        let attribute = row.integer("t.attribute_id").and_then(|key| known.attributes.get(&key));
        let Some(attribute) = attribute else {
            read.note_missing("t.attribute_id", "the value was left out");
            continue;
        };
        let code = quote(&attribute.attribute.code);
        if !seen.insert(attribute.attribute.id) {
            read.note(Code::Duplicate, format!("a second value of {code}; left out"));
            continue;
        }
        match value(attribute, &mut read, chosen, known) {
            Some(value) => found.push((attribute.attribute.id, value)),
            None => read.note(Code::ValueInvalid, format!("no usable value of {code}; left out")),
        }
    }
    found
}

fn value(attribute: &KnownAttribute, read: &mut Read<'_>, chosen: &[Row], known: &Known) -> Option<AttributeValue> {
    let row = read.row;
    Some(match attribute.attribute.kind {
        AttributeKind::Text => AttributeValue::Text(text(attribute, read, chosen, known)?),
        AttributeKind::Integer => AttributeValue::Integer(row.integer("t.value_integer")?),
        AttributeKind::Boolean => AttributeValue::Boolean(value::flag(row.text("t.value_boolean")?)?),
        AttributeKind::Float => AttributeValue::Float(read.measured("t.value_float")?),
        AttributeKind::RichText => {
            AttributeValue::RichText(Some(read.html("t.value_richtext")).filter(|texts| !texts.is_empty())?)
        }
        AttributeKind::Date => AttributeValue::Date(value::date(row.text("t.value_date")?)?),
        AttributeKind::DateTime => AttributeValue::DateTime(value::moment(row.text("t.value_datetime")?)?),
        AttributeKind::Option(_) => {
            let choice = row.filled("t.value_option_id")?.to_owned();
            AttributeValue::Option(choice_of(attribute, &choice, read, known)?.1)
        }
        AttributeKind::MultiOption(_) => {
            let mut choices: Vec<(usize, ChoiceId)> =
                chosen_of(row.key(), chosen).filter_map(|choice| choice_of(attribute, choice, read, known)).collect();
            choices.sort_unstable();
            choices.dedup();
            let choices: Vec<ChoiceId> = choices.into_iter().map(|(_, id)| id).collect();
            AttributeValue::MultiOption(Some(choices).filter(|choices| !choices.is_empty())?)
        }
        AttributeKind::Entity => {
            let kind = row.integer("t.entity_content_type_id").and_then(|kind| known.content_types.get(&kind))?;
            AttributeValue::Entity { kind: kind.clone(), key: row.integer("t.entity_object_id")? }
        }
        AttributeKind::File => AttributeValue::File(read.path("t.value_file")?),
        AttributeKind::Image => AttributeValue::Image(read.path("t.value_image")?),
    })
}

fn text(attribute: &KnownAttribute, read: &Read<'_>, chosen: &[Row], known: &Known) -> Option<Texts> {
    if !attribute.is_forced_text {
        return Some(read.texts("t.value_text")).filter(|texts| !texts.is_empty());
    }
    let row = read.row;
    let written = AS_TEXT.into_iter().find_map(|column| row.filled(column).map(str::to_owned));
    let text = written.or_else(|| {
        let keys = row.filled("t.value_option_id").into_iter().chain(chosen_of(row.key(), chosen));
        let names: Vec<&str> = keys
            .filter_map(|key| known.choices.find(value::integer(key)?))
            .map(|choice| choice.name.as_str())
            .collect();
        Some(names.join(", ")).filter(|names| !names.is_empty())
    });
    text.map(|text| read.in_language(text))
}

fn chosen_of(value: Option<OscarKey>, chosen: &[Row]) -> impl Iterator<Item = &str> {
    chosen
        .iter()
        .filter(move |row| row.integer("t.productattributevalue_id") == value)
        .filter_map(|row| row.filled("t.attributeoption_id"))
}

fn choice_of(attribute: &KnownAttribute, key: &str, read: &mut Read<'_>, known: &Known) -> Option<(usize, ChoiceId)> {
    let choice = value::integer(key).and_then(|key| known.choices.find(key));
    match choice.filter(|choice| Some(choice.group) == attribute.group) {
        Some(choice) => Some((choice.position, choice.id)),
        None => {
            let what = format!("choice {} of {} is gone", quote(key), quote(&attribute.attribute.code));
            read.note(Code::ChoiceMissing, what);
            None
        }
    }
}

/// The weight among a product's values, in kilograms.
pub(crate) fn weight(rows: &[Row], known: &Known) -> Option<Decimal> {
    let is_weight = |row: &&Row| {
        let attribute = row.integer("t.attribute_id").and_then(|key| known.attributes.get(&key));
        attribute.is_some_and(|attribute| attribute.is_weight)
    };
    let weight = rows.iter().filter(is_weight).find_map(|row| value::measured(row.filled("t.value_float")?));
    weight.map(|number| number.value).filter(|weight| !weight.is_negative())
}
