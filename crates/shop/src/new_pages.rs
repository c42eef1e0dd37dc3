//! Pages that a new store begins with: short, and marked where its owner has to fill something in.

use commerce::language::Language;

/// What the marks begin with, in each language that there are pages in.
pub(crate) const MARKS: [&str; 2] = ["[Fill in", "[Ausfüllen"];

macro_rules! pages {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("new_pages/", $name, ".en.md")), include_str!(concat!("new_pages/", $name, ".de.md")))),*]
    };
}

/// Name, English and German text of each.
const PAGES: &[(&str, &str, &str)] =
    pages! { "about" "delivery" "returns" "privacy" "terms" "imprint" "accessibility" };

/// Names of all of them.
pub(crate) fn page_names() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(name, ..)| *name)
}

/// Files below `pages/` for a store of this language, with their texts; English where there are none in it.
pub fn new_pages(language: Language) -> Vec<(String, String)> {
    let page = |(name, english, german): &(&str, &str, &str)| {
        let text = if language.code() == "de" { german } else { english };
        (format!("{language}/{name}.md"), (*text).to_owned())
    };
    PAGES.iter().map(page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_new_page_has_a_title_and_says_where_to_fill_in() {
        for code in ["en", "de"] {
            let pages = new_pages(Language::parse(code).unwrap());
            assert_eq!(pages.len(), 7);
            for (file, text) in pages {
                assert!(file.starts_with(code) && text.starts_with("# "), "{file}");
                assert!(MARKS.iter().any(|mark| text.contains(mark)), "{file}");
            }
        }
    }
}
