//! Form fields: what was typed stays, and what is wrong stands at the field.

use serde::Serialize;

/// A text field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What was typed.
    pub value: String,
    /// What is wrong and how to mend it, in the page's language; empty if nothing is.
    pub error: String,
}

impl Field {
    /// A field with what was typed before.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: String::new() }
    }

    /// The same with what is wrong with it.
    pub fn with_error(self, error: impl Into<String>) -> Self {
        Self { error: error.into(), ..self }
    }
}

/// An entry of a list to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What shoppers read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// An entry of the summary above a form with mistakes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FormError {
    /// Id of the field, which the entry links to; empty where no single field is meant.
    pub field: String,
    /// What is wrong and how to mend it.
    pub text: String,
}

/// A line above a page's content: what happened or what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// `info`, `success`, `warning` or `error`.
    pub kind: &'static str,
    /// What to know.
    pub text: String,
}
