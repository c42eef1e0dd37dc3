//! Languages, and texts that exist in several of them.

use std::fmt;

/// A language by its ISO 639 code of two or three lower-case letters: `en`, `de`, `gsw`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language {
    code: [u8; 3],
}

/// Not a language code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language code such as en or de")]
pub struct InvalidLanguage(pub String);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self { code: *b"en\0" };

    /// Takes two or three ASCII letters, in any case.
    pub fn parse(raw: &str) -> Result<Self, InvalidLanguage> {
        let text = raw.trim().to_ascii_lowercase();
        match *text.as_bytes() {
            [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase() => Ok(Self { code: [a, b, 0] }),
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_lowercase) => Ok(Self { code: [a, b, c] }),
            _ => Err(InvalidLanguage(raw.chars().take(20).collect())),
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        let length = if self.code[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.code[..length]).unwrap_or_default()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One text in several languages.
///
/// A page in a language without a text shows the store's first language that has one; [`Texts::get`]
/// takes the languages in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Texts {
    /// Sorted by language, at most one text each, none empty.
    entries: Vec<(Language, String)>,
}

impl Texts {
    /// A text in one language; nothing if it is empty.
    pub fn single(language: Language, text: impl Into<String>) -> Self {
        let mut texts = Self::default();
        texts.set(language, text);
        texts
    }

    /// Puts in or replaces a language's text; an empty text takes it out.
    pub fn set(&mut self, language: Language, text: impl Into<String>) {
        let text = text.into();
        match (self.entries.binary_search_by_key(&language, |(known, _)| *known), text.is_empty()) {
            (Ok(place), true) => drop(self.entries.remove(place)),
            (Ok(place), false) => self.entries[place].1 = text,
            (Err(_), true) => {}
            (Err(place), false) => self.entries.insert(place, (language, text)),
        }
    }

    /// The text in exactly this language.
    pub fn exact(&self, language: Language) -> Option<&str> {
        let place = self.entries.binary_search_by_key(&language, |(known, _)| *known).ok()?;
        Some(&self.entries[place].1)
    }

    /// The first text that there is, in this order of languages, else any; empty if there is none at all.
    pub fn get(&self, order: &[Language]) -> &str {
        order
            .iter()
            .find_map(|language| self.exact(*language))
            .or_else(|| self.entries.first().map(|(_, text)| text.as_str()))
            .unwrap_or_default()
    }

    /// All of them, sorted by language.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.entries.iter().map(|(language, text)| (*language, text.as_str()))
    }

    /// Whether no language has a text.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(Language, String)> for Texts {
    fn from_iter<I: IntoIterator<Item = (Language, String)>>(entries: I) -> Self {
        let mut texts = Self::default();
        for (language, text) in entries {
            texts.set(language, text);
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_parsed_at_the_door() {
        for (raw, want) in
            [("EN", Some("en")), ("gsw", Some("gsw")), ("e", None), ("de-AT", None), ("d3", None), ("", None)]
        {
            assert_eq!(Language::parse(raw).ok().map(|l| l.code().to_owned()).as_deref(), want, "{raw}");
        }
    }

    #[test]
    fn a_missing_text_falls_back_in_the_stated_order() {
        let [en, de, fr] = ["en", "de", "fr"].map(|code| Language::parse(code).unwrap());
        let mut texts = Texts::single(en, "Mug");
        texts.set(de, "Becher");
        assert_eq!(texts.get(&[de, en]), "Becher");
        assert_eq!(texts.get(&[fr, en]), "Mug");
        assert_eq!(texts.get(&[fr]), "Becher", "any text is better than none");
        texts.set(de, "");
        assert_eq!(texts.exact(de), None);
        assert_eq!(Texts::default().get(&[en]), "");
    }
}
