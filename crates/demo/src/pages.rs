//! Texts of the demo's static pages, in Markdown: headings, paragraphs, lists, emphasis, links.

/// A page of the demo store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its address and, with the language and `.md` behind it, its file's name: `about`.
    pub name: &'static str,
    /// Language code: `en` or `de`.
    pub language: &'static str,
    /// The text; its first line is the title as a heading.
    pub text: &'static str,
}

macro_rules! pages {
    ($($name:literal)*) => {
        &[$(
            Page { name: $name, language: "en", text: include_str!(concat!("../data/pages/", $name, ".en.md")) },
            Page { name: $name, language: "de", text: include_str!(concat!("../data/pages/", $name, ".de.md")) },
        )*]
    };
}

/// All of them: the words at the head of the home page, then what the foot of a page lists, in its order.
pub const PAGES: &[Page] = pages! { "home" "about" "delivery" "returns" "privacy" "terms" "imprint" "accessibility" };

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_page_has_a_title_and_is_marked_as_a_demo_where_law_matters() {
        let mut titles = HashSet::new();
        for page in PAGES {
            let title = page.text.lines().next().and_then(|line| line.strip_prefix("# "));
            assert!(title.is_some_and(|title| titles.insert(title)), "{page:?}");
            assert!(!page.text.contains('<'), "{} in {}: Markdown only", page.name, page.language);
            if page.name == "home" {
                continue;
            }
            assert!(page.text.len() > 600, "{} in {} is short", page.name, page.language);
            if page.name != "about" {
                assert!(page.text.contains("Demo") || page.text.contains("demo"), "{} in {}", page.name, page.language);
            }
        }
        assert_eq!(PAGES.len(), 16);
    }
}
