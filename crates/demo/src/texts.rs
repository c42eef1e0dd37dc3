//! Texts in the demo's two languages.

use commerce::language::{Language, Texts};
use serde::Deserialize;

/// The demo's languages, in the order in which its data holds texts.
pub(crate) fn languages() -> [Language; 2] {
    [Language::ENGLISH, Language::parse("de").expect("de is a language code")]
}

/// A text in English and in German.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Pair(pub(crate) String, pub(crate) String);

impl Pair {
    pub(crate) fn texts(&self) -> Texts {
        self.map(str::to_owned)
    }

    /// Both, each changed in the same way.
    pub(crate) fn map(&self, change: impl Fn(&str) -> String) -> Texts {
        languages().into_iter().zip([change(&self.0), change(&self.1)]).collect()
    }

    /// As a paragraph of HTML.
    pub(crate) fn paragraph(&self) -> Texts {
        self.map(|text| format!("<p>{}</p>", escaped(text)))
    }

    /// As many whole sentences as a search engine shows.
    pub(crate) fn summary(&self) -> Texts {
        self.map(summary)
    }
}

/// Longest summary, in characters.
const SUMMARY_CHARS_MAX: usize = 155;

fn summary(text: &str) -> String {
    if text.chars().count() <= SUMMARY_CHARS_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(SUMMARY_CHARS_MAX).collect();
    match cut.rfind(". ") {
        Some(end) => cut[..=end].to_owned(),
        None => cut.rfind(' ').map(|end| format!("{}…", cut[..end].trim_end_matches([',', ';', ':']))).unwrap_or(cut),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
