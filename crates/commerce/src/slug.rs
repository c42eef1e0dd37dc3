//! Slugs: the words of a title as they stand in a URL.

use std::fmt;

/// Longest slug, in characters.
pub const SLUG_CHARS_MAX: usize = 80;

/// Lower-case letters and digits of any script, joined by single hyphens; never empty.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

/// Not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a slug: lower-case letters and digits, joined by single hyphens, at most {SLUG_CHARS_MAX}")]
pub struct InvalidSlug(pub String);

impl Slug {
    /// Takes a slug exactly as written.
    pub fn parse(raw: &str) -> Result<Self, InvalidSlug> {
        match Self::from_title(raw) {
            Some(slug) if slug.0 == raw => Ok(slug),
            _ => Err(InvalidSlug(raw.chars().take(100).collect())),
        }
    }

    /// Makes one from any text; `None` if no letter or digit is in it.
    ///
    /// Latin letters lose their accents (`Käse` is `kase`, `straße` is `strasse`); letters of other scripts stay.
    pub fn from_title(title: &str) -> Option<Self> {
        let mut slug = String::new();
        let mut chars = 0;
        let mut gap = false;
        for c in title.chars().flat_map(char::to_lowercase) {
            let plain = plain_latin(c);
            if plain.is_empty() && !c.is_alphanumeric() {
                // An apostrophe joins (`men's` is `mens`), an accent of its own vanishes; all else parts words.
                gap |= !matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
                continue;
            }
            let hyphen = gap && !slug.is_empty();
            gap = false;
            // A letter goes in whole or not at all: half of `ae` would be another slug the second time.
            let more = usize::from(hyphen) + plain.len().max(1);
            if chars + more > SLUG_CHARS_MAX {
                break;
            }
            chars += more;
            if hyphen {
                slug.push('-');
            }
            if plain.is_empty() {
                slug.push(c);
            } else {
                slug.push_str(plain);
            }
        }
        (!slug.is_empty()).then_some(Self(slug))
    }

    /// The same slug with a number behind it, for a second thing of that name.
    pub fn numbered(&self, number: u64) -> Self {
        let tail = format!("-{number}");
        let kept: String = self.0.chars().take(SLUG_CHARS_MAX - tail.len()).collect();
        Self(format!("{}{tail}", kept.trim_end_matches('-')))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ASCII letters for a Latin letter with an accent, or the letter itself; empty for all else.
fn plain_latin(c: char) -> &'static str {
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    if let Some(place) = ASCII.find(c) {
        return &ASCII[place..=place];
    }
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_slugs() {
        for (title, want) in [
            ("Quarry Gilet 100", Some("quarry-gilet-100")),
            ("Käse & Brot", Some("kase-brot")),
            ("  Men's – straße!  ", Some("mens-strasse")),
            ("書籍", Some("書籍")),
            ("<b>Bold</b>", Some("b-bold-b")),
            ("–", None),
            ("", None),
            ("../../etc", Some("etc")),
            // What does not fit is left out whole, with the hyphen before it.
            (&format!("{}Æ", "b".repeat(79)), Some(&"b".repeat(79))),
            (&format!("{}Æ", "b".repeat(78)), Some(&format!("{}ae", "b".repeat(78)))),
            (&format!("{} a", "b".repeat(79)), Some(&"b".repeat(79))),
        ] {
            assert_eq!(Slug::from_title(title).as_ref().map(Slug::as_str), want, "{title}");
        }
    }

    #[test]
    fn only_the_canonical_form_parses() {
        for raw in ["Mug", "a--b", "-a", "a-", "a/b", "", "a b", "a%20"] {
            assert!(Slug::parse(raw).is_err(), "{raw}");
        }
        assert!(Slug::parse("mug-2").is_ok());
    }

    proptest! {
        #[test]
        fn every_slug_that_is_made_parses(title in "[aÆß \\PC]{0,120}", number in 0_u64..100_000) {
            if let Some(slug) = Slug::from_title(&title) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                prop_assert!(slug.as_str().chars().count() <= SLUG_CHARS_MAX);
                let numbered = slug.numbered(number);
                prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered.clone()));
                prop_assert!(numbered.as_str().chars().count() <= SLUG_CHARS_MAX);
            }
        }
    }
}
