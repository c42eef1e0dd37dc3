//! Texts for people, as files hold them.

use crate::fields::{Fields, Read};
use commerce::language::{Language, Texts};
use serde_json::{Map, Value};

/// A text for people: in the first language of whoever reads it, or by language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// In the first language; texts in others stay as they are.
    Plain(String),
    /// All that there is.
    ByLanguage(Texts),
}

impl Words {
    pub(crate) fn read(fields: &Fields<'_>, key: &str) -> Read<Option<Self>> {
        match fields.find(key) {
            Some(Value::Object(texts)) => {
                let mut by_language = Texts::default();
                for (code, text) in texts {
                    let language = Language::parse(code).map_err(|error| fields.wrong(key, error.to_string()))?;
                    let text = text.as_str().ok_or_else(|| fields.wrong(&format!("{key}.{code}"), "is no text"))?;
                    by_language.set(language, text);
                }
                Ok(Some(Self::ByLanguage(by_language)))
            }
            _ => Ok(fields.text(key)?.map(|text| Self::Plain(text.to_owned()))),
        }
    }

    /// The texts that come of it where these are there, for a reader of that language.
    pub fn onto(&self, known: &Texts, first: Language) -> Texts {
        match self {
            Self::Plain(text) => {
                let mut texts = known.clone();
                texts.set(first, text.as_str());
                texts
            }
            Self::ByLanguage(texts) => texts.clone(),
        }
    }

    /// The text under its field.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Plain(text) => Value::from(text.as_str()),
            Self::ByLanguage(texts) => by_language(texts),
        }
    }
}

fn by_language(texts: &Texts) -> Value {
    texts.iter().map(|(language, text)| (language.to_string(), Value::from(text))).collect::<Map<_, _>>().into()
}
