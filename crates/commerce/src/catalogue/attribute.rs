//! Typed attributes of products, and groups of choices.

use super::OscarKey;
use crate::decimal::Decimal;
use crate::ids::{AttributeId, ChoiceId, OptionGroupId, ProductClassId};
use crate::language::Texts;
use crate::moment::Moment;

/// The twelve types of django-oscar (`ProductAttribute.TYPE_CHOICES`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeKind {
    /// A line of text.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A number with a fraction, kept exactly.
    Float,
    /// HTML, cleaned.
    RichText,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// One choice of a group.
    Option(OptionGroupId),
    /// Several choices of a group.
    MultiOption(OptionGroupId),
    /// Something else of the old store, by its type and key.
    Entity,
    /// A file under the media folder.
    File,
    /// A picture under the media folder.
    Image,
}

impl AttributeKind {
    /// Oscar's word for it, used in tables, CSV and the inventory.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Float => "float",
            Self::RichText => "richtext",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Option(_) => "option",
            Self::MultiOption(_) => "multi_option",
            Self::Entity => "entity",
            Self::File => "file",
            Self::Image => "image",
        }
    }

    /// The kind of that name; the two with choices need their group.
    pub fn from_name(name: &str, group: Option<OptionGroupId>) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "float" => Self::Float,
            "richtext" => Self::RichText,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "option" => Self::Option(group?),
            "multi_option" => Self::MultiOption(group?),
            "entity" => Self::Entity,
            "file" => Self::File,
            "image" => Self::Image,
            _ => return None,
        })
    }

    /// The group whose choices are allowed, for the two kinds that have one.
    pub fn group(self) -> Option<OptionGroupId> {
        match self {
            Self::Option(group) | Self::MultiOption(group) => Some(group),
            _ => None,
        }
    }
}

/// An attribute that products of a class have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its id.
    pub id: AttributeId,
    /// The class that has it.
    pub class: ProductClassId,
    /// Short name for URLs and CSV, unique in its class: letters, digits, `_` and `-`.
    pub code: String,
    /// What shoppers read.
    pub name: Texts,
    /// The type of its values.
    pub kind: AttributeKind,
    /// Whether each product must have a value.
    pub required: bool,
    /// Whether listings offer it as a filter.
    pub facet: bool,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A group of choices, shared by attributes and customer options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionGroup {
    /// Its id.
    pub id: OptionGroupId,
    /// What staff read.
    pub name: Texts,
    /// Short name, unique where given.
    pub code: Option<String>,
    /// Its choices, in order.
    pub choices: Vec<Choice>,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// One choice of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id.
    pub id: ChoiceId,
    /// Short name for URLs and CSV, unique in its group.
    pub code: String,
    /// What shoppers read.
    pub name: Texts,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A product's value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// For [`AttributeKind::Text`].
    Text(Texts),
    /// For [`AttributeKind::Integer`].
    Integer(i64),
    /// For [`AttributeKind::Boolean`].
    Boolean(bool),
    /// For [`AttributeKind::Float`].
    Float(Decimal),
    /// For [`AttributeKind::RichText`]: HTML.
    RichText(Texts),
    /// For [`AttributeKind::Date`].
    Date(jiff::civil::Date),
    /// For [`AttributeKind::DateTime`].
    DateTime(Moment),
    /// For [`AttributeKind::Option`].
    Option(ChoiceId),
    /// For [`AttributeKind::MultiOption`], in the group's order.
    MultiOption(Vec<ChoiceId>),
    /// For [`AttributeKind::Entity`]: type and key, such as `sites.site` and 1.
    Entity {
        /// `app.model` of the old store.
        kind: String,
        /// Primary key there.
        key: i64,
    },
    /// For [`AttributeKind::File`]: path under the media folder.
    File(String),
    /// For [`AttributeKind::Image`]: path under the media folder.
    Image(String),
}

impl AttributeValue {
    /// Whether it is a value of this kind.
    pub fn fits(&self, kind: AttributeKind) -> bool {
        matches!(
            (self, kind),
            (Self::Text(_), AttributeKind::Text)
                | (Self::Integer(_), AttributeKind::Integer)
                | (Self::Boolean(_), AttributeKind::Boolean)
                | (Self::Float(_), AttributeKind::Float)
                | (Self::RichText(_), AttributeKind::RichText)
                | (Self::Date(_), AttributeKind::Date)
                | (Self::DateTime(_), AttributeKind::DateTime)
                | (Self::Option(_), AttributeKind::Option(_))
                | (Self::MultiOption(_), AttributeKind::MultiOption(_))
                | (Self::Entity { .. }, AttributeKind::Entity)
                | (Self::File(_), AttributeKind::File)
                | (Self::Image(_), AttributeKind::Image)
        )
    }
}
