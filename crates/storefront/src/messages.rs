//! The catalogues of messages: Fluent files of the theme, one set a language.
//!
//! A message without variables is worked out once, when the catalogue is made. A key that a language lacks is taken
//! from English, so that a half-translated catalogue shows words and not keys.

use crate::format::Numbers;
use crate::theme::{Theme, ThemeError};
use commerce::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::value::Value;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What a message says of a variable.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// Put in as it is.
    Text(&'a str),
    /// Picks the plural; `NUMBER($n)` in the catalogue prints it with the language's grouping.
    Number(i64),
}

/// All messages of one language. They are read when the first of them is asked for, so that a store is open before
/// all of its languages are; a store's own files were checked when the theme was loaded.
pub struct Catalogue {
    theme: Arc<Theme>,
    language: Language,
    read: OnceLock<Messages>,
}

struct Messages {
    bundle: FluentBundle<FluentResource>,
    /// Messages without variables: the words, and the same escaped for a page.
    fixed: HashMap<String, (String, Value)>,
}

impl Messages {
    /// Reads the theme's files of a language: English first, then the default theme's, then the store's own.
    fn of(theme: &Theme, language: Language) -> Self {
        let locale = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Marks around variables are for texts of mixed direction; in a title or an attribute they do harm.
        bundle.set_use_isolating(false);
        let numbers = Numbers::of(language);
        // A fresh bundle has no function yet, so this cannot be refused.
        let _ = bundle.add_function("NUMBER", move |arguments, _| match arguments.first() {
            Some(FluentValue::Number(number)) => FluentValue::from(numbers.plain(&number.as_string())),
            Some(other) => other.clone(),
            None => FluentValue::Error,
        });
        let mut ids = Vec::new();
        for (name, text) in layers(theme, language) {
            ids.extend(defined_ids(text).map(str::to_owned));
            match parse(&name, text) {
                Ok(resource) => bundle.add_resource_overriding(resource),
                // Checked before: by a test, or when the theme was loaded. The words below it are there.
                Err(error) => tracing::error!(%error, "a file of messages is passed over"),
            }
        }
        let mut messages = Self { bundle, fixed: HashMap::new() };
        for id in ids {
            if let Some(words) = messages.format_whole(&id) {
                let escaped = Value::from_safe_string(escape(&words));
                messages.fixed.insert(id, (words, escaped));
            }
        }
        messages
    }

    fn format(&self, key: &str, arguments: &[(&str, Arg)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut args = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            match value {
                Arg::Text(text) => args.set(*name, FluentValue::from(*text)),
                Arg::Number(number) => args.set(*name, FluentValue::from(*number)),
            }
        }
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned())
    }

    /// The words, if the message needs no variable.
    fn format_whole(&self, key: &str) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let words = self.bundle.format_pattern(pattern, None, &mut errors).into_owned();
        errors.is_empty().then_some(words)
    }
}

impl Catalogue {
    /// The messages of a language, in a theme whose own files were checked.
    pub fn new(theme: &Arc<Theme>, language: Language) -> Self {
        Self { theme: Arc::clone(theme), language, read: OnceLock::new() }
    }

    fn messages(&self) -> &Messages {
        self.read.get_or_init(|| Messages::of(&self.theme, self.language))
    }

    /// The words of a message; the key itself where there is none, which tests rule out for the default theme.
    pub fn text(&self, key: &str, arguments: &[(&str, Arg)]) -> String {
        let messages = self.messages();
        match messages.fixed.get(key) {
            Some((words, _)) => words.clone(),
            None => messages.format(key, arguments).unwrap_or_else(|| key.to_owned()),
        }
    }

    /// Whether there is such a message.
    pub fn has(&self, key: &str) -> bool {
        self.messages().bundle.has_message(key)
    }

    /// The words of a message without variables, escaped; nothing for any other.
    pub(crate) fn fixed(&self, key: &str) -> Option<&Value> {
        self.messages().fixed.get(key).map(|(_, escaped)| escaped)
    }
}

/// The files of a language, those that win last.
fn layers<'t>(theme: &'t Theme, language: Language) -> Vec<(String, &'t str)> {
    let embedded = Theme::embedded_messages().map(|(name, text)| (name, text as &'t str));
    let own = theme.list("messages/").filter(|(_, file)| file.is_override);
    let own = own.filter_map(|(name, file)| Some((name.to_owned(), std::str::from_utf8(&file.bytes).ok()?)));
    let all: Vec<(String, &str)> = embedded.chain(own).collect();
    let mut codes = vec![Language::ENGLISH.code().to_owned()];
    if language != Language::ENGLISH {
        codes.push(language.code().to_owned());
    }
    let of = |code: &String| {
        let code = code.clone();
        all.iter().filter(move |(name, _)| name.split('.').next() == Some(&code)).cloned()
    };
    codes.iter().flat_map(of).collect()
}

fn parse(name: &str, text: &str) -> Result<FluentResource, ThemeError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let first = errors.first();
        let at = first.map_or(0, |error| error.pos.start).min(text.len());
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let problem = first.map_or_else(|| "cannot be read".to_owned(), ToString::to_string);
        ThemeError::Broken { file: format!("messages/{name}"), line, problem }
    })
}

/// Whether a store's own catalogue can be read.
pub(crate) fn check(name: &str, text: &str) -> Result<(), ThemeError> {
    parse(name.trim_start_matches("messages/"), text).map(drop)
}

/// Whether the file defines this message.
pub(crate) fn defines(text: &str, key: &str) -> bool {
    defined_ids(text).any(|id| id == key)
}

/// Keys of all messages of a file: a message begins at the start of a line, all else is indented.
pub(crate) fn defined_ids(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('=').map(|(id, _)| id.trim_end()))
}

/// Escaped for a text or a quoted attribute of HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// For snapshots of a message's shape: its key and the variables that it takes, in order.
#[cfg(test)]
pub(crate) fn shape(text: &str) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
    let mut shapes: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = Default::default();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            key = line.split('=').next().unwrap_or_default().trim().to_owned();
            shapes.entry(key.clone()).or_default();
        }
        for (at, _) in line.match_indices('$') {
            let name: String = line[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            shapes.entry(key.clone()).or_default().insert(name);
        }
    }
    shapes
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalogue({})", self.language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(code: &str) -> Catalogue {
        Catalogue::new(&Arc::new(Theme::embedded()), Language::parse(code).unwrap())
    }

    #[test]
    fn both_languages_say_everything_with_the_same_variables() {
        let theme = Theme::embedded();
        for (english, german) in [("en.ftl", "de.ftl"), ("en.countries.ftl", "de.countries.ftl")] {
            let text = |name: &str| theme.find_text(&format!("messages/{name}")).unwrap();
            assert_eq!(shape(text(english)), shape(text(german)), "{german}");
            assert_eq!(defined_ids(text(english)).count(), shape(text(english)).len(), "no key twice in {english}");
        }
    }

    #[test]
    fn plurals_and_numbers_follow_the_language() {
        let count = |number| [("count", Arg::Number(number))];
        for (code, number, want) in [
            ("en", 0, "No products"),
            ("en", 1, "1 product"),
            ("en", 1_234, "1,234 products"),
            ("de", 1, "1 Produkt"),
            ("de", 1_234, "1.234 Produkte"),
        ] {
            assert_eq!(catalogue(code).text("listing-total", &count(number)), want, "{code} {number}");
        }
    }

    #[test]
    fn a_language_without_a_catalogue_speaks_english_and_a_lost_key_is_shown() {
        assert_eq!(catalogue("fr").text("basket", &[]), "Basket");
        assert_eq!(catalogue("en").text("no-such-key", &[]), "no-such-key");
        assert!(catalogue("en").fixed("listing-total").is_none(), "a message with variables is not fixed");
    }
}
