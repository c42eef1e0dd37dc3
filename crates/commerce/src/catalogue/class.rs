//! Product classes, and the options that shoppers fill in.

use super::OscarKey;
use crate::ids::{OptionGroupId, OptionId, ProductClassId};
use crate::language::Texts;
use crate::tax::class::TaxClass;

/// What a kind of product has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductClass {
    /// Its id.
    pub id: ProductClassId,
    /// Short name, unique.
    pub code: String,
    /// What staff read.
    pub name: Texts,
    /// Whether it is sent; a download is not.
    pub requires_shipping: bool,
    /// Whether units are counted.
    pub track_stock: bool,
    /// Options of every product of the class.
    pub options: Vec<OptionId>,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
    /// How its goods are taxed.
    pub tax_class: TaxClass,
    /// Whether its goods are gift cards: money in another form, issued once they are paid for.
    pub is_gift_card: bool,
}

/// The nine types of django-oscar's customer options (`Option.TYPE_CHOICES`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CustomerOptionKind {
    /// A line of text.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// One choice from a list.
    Select(OptionGroupId),
    /// One choice, all on show.
    Radio(OptionGroupId),
    /// Several choices from a list.
    MultiSelect(OptionGroupId),
    /// Several choices, all on show.
    Checkbox(OptionGroupId),
}

impl CustomerOptionKind {
    /// Oscar's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Select(_) => "select",
            Self::Radio(_) => "radio",
            Self::MultiSelect(_) => "multi_select",
            Self::Checkbox(_) => "checkbox",
        }
    }

    /// The kind of that name; the four with choices need their group.
    pub fn from_name(name: &str, group: Option<OptionGroupId>) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "integer" => Self::Integer,
            "float" => Self::Float,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "select" => Self::Select(group?),
            "radio" => Self::Radio(group?),
            "multi_select" => Self::MultiSelect(group?),
            "checkbox" => Self::Checkbox(group?),
            _ => return None,
        })
    }

    /// The group whose choices are offered.
    pub fn group(self) -> Option<OptionGroupId> {
        match self {
            Self::Select(group) | Self::Radio(group) | Self::MultiSelect(group) | Self::Checkbox(group) => Some(group),
            _ => None,
        }
    }

    /// Whether several choices may be given.
    pub fn takes_several(self) -> bool {
        matches!(self, Self::MultiSelect(_) | Self::Checkbox(_))
    }
}

/// What a shopper fills in when buying: an engraving, a gift wrap. A value makes a basket line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerOption {
    /// Its id.
    pub id: OptionId,
    /// Short name for forms, unique.
    pub code: String,
    /// The label.
    pub name: Texts,
    /// A line under the field.
    pub help: Texts,
    /// What may be filled in.
    pub kind: CustomerOptionKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Order in the form.
    pub position: i64,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}
