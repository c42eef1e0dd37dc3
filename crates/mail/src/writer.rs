//! Writes letters: facts, templates and words make a message.

use crate::card::{CARD_LETTER, CardLetter};
use crate::letter::{Letter, Seller};
use crate::message::{Message, header_text};
use crate::theme::{BUILT_IN, MailThemeError, read_overrides};
use crate::view::{View, argument};
use crate::words::Words;
use commerce::address::EmailAddress;
use commerce::ids::TaskId;
use commerce::language::Language;
use commerce::moment::Moment;
use fluent_bundle::FluentValue;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Longest part of a message, in bytes.
const PART_BYTES_MAX: usize = 2_000_000;

/// Why a letter could not be written: the fault of our own templates, since a store's own are replaced by them.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A template failed.
    #[error("mail template {template}: {cause}")]
    Template {
        /// Its name.
        template: String,
        /// What went wrong, with the line.
        cause: Error,
    },
    /// Longer than a mail may be.
    #[error("mail template {0} made more than {PART_BYTES_MAX} bytes")]
    TooLong(String),
}

/// Templates and words, ready to write letters in every language that there is a catalogue for, others in English.
pub struct Writer {
    /// Without English.
    voices: BTreeMap<Language, Voice>,
    english: Voice,
}

fn message(
    (id, at): (TaskId, Moment),
    seller: &Seller,
    to: &EmailAddress,
    view: &View,
    (text, html): (String, String),
) -> Message {
    let (from, to) = (seller.sender.clone(), to.clone());
    let subject = header_text(&view.subject);
    let message_id = Message::message_id_of(id, &from.address);
    let reply_to = (seller.contact != from.address).then(|| seller.contact.clone());
    Message { id, at, from, to, reply_to, subject, text, html, message_id }
}

/// One language.
struct Voice {
    words: Arc<Words>,
    /// With a store's own templates.
    own: Environment<'static>,
    /// Without: what is used when a store's own fail. None if it has none.
    built_in: Option<Environment<'static>>,
}

impl Writer {
    /// Reads the program's templates and those of a store, `theme/mail` in its folder: files of the same name win, the
    /// messages in `<language>.ftl` one by one. A file that cannot be read is told with its line.
    pub fn new(overrides: Option<&Path>) -> Result<Self, MailThemeError> {
        let own = overrides.map(read_overrides).transpose()?.unwrap_or_default();
        let all = BUILT_IN.iter().copied().chain(own.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let languages: BTreeSet<Language> = all.filter_map(|(name, _)| catalogue_language(name)).collect();
        let mut voices = BTreeMap::new();
        for language in languages.into_iter().filter(|language| *language != Language::ENGLISH) {
            voices.insert(language, Voice::new(language, &own)?);
        }
        Ok(Self { voices, english: Voice::new(Language::ENGLISH, &own)? })
    }

    /// Writes a letter in the order's language. The same letter is the same message, byte by byte.
    pub fn write(&self, letter: &Letter) -> Result<Message, WriteError> {
        let wanted = letter.order.sold.language;
        let (language, voice) =
            self.voices.get(&wanted).map_or((Language::ENGLISH, &self.english), |voice| (wanted, voice));
        let view = View::new(letter, language, &voice.words);
        let parts = voice.render(letter.matter.name(), &view)?;
        Ok(message((letter.id, letter.at), letter.seller, letter.to, &view, parts))
    }

    /// Writes the letter that hands a gift card over, in the card's language.
    pub fn write_card(&self, letter: &CardLetter) -> Result<Message, WriteError> {
        let wanted = letter.language;
        let (language, voice) =
            self.voices.get(&wanted).map_or((Language::ENGLISH, &self.english), |voice| (wanted, voice));
        let view = View::of_card(letter, language, &voice.words);
        let parts = voice.render(CARD_LETTER, &view)?;
        Ok(message((letter.id, letter.at), letter.seller, letter.to, &view, parts))
    }
}

impl Voice {
    fn new(language: Language, own: &BTreeMap<String, String>) -> Result<Self, MailThemeError> {
        let own_files = || own.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let layer = |language| move |(name, _): &(&str, &str)| catalogue_language(name) == Some(language);
        let english = || BUILT_IN.iter().copied().chain(own_files()).filter(layer(Language::ENGLISH));
        let native = BUILT_IN.iter().copied().chain(own_files()).filter(layer(language));
        let words = Arc::new(Words::new(language, english().chain(native))?);
        Ok(Self {
            own: environment(&words, BUILT_IN.iter().copied().chain(own_files()))?,
            built_in: (!own.is_empty()).then(|| environment(&words, BUILT_IN.iter().copied())).transpose()?,
            words,
        })
    }

    /// Text and page. A store's own template that fails is told in the log and replaced: the customer has a right to
    /// the letter.
    fn render(&self, name: &str, view: &View) -> Result<(String, String), WriteError> {
        let part = |environment: &Environment, kind: &str| part(environment, &format!("{name}.{kind}"), view);
        let both = |environment| Ok((part(environment, "txt")?, part(environment, "html")?));
        match (both(&self.own), &self.built_in) {
            (Err(error), Some(built_in)) => {
                tracing::error!(%error, "a template of mail failed, the built-in one takes its place");
                both(built_in)
            }
            (result, _) => result,
        }
    }
}

/// The templates of one language. The last file of a name wins.
fn environment<'f>(
    words: &Arc<Words>,
    files: impl Iterator<Item = (&'f str, &'f str)>,
) -> Result<Environment<'static>, MailThemeError> {
    let mut environment = Environment::new();
    // Otherwise an error repeats the variables, and so the customer's address, in the log.
    environment.set_debug(false);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Lines of a text part follow the template's lines.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    let words = Arc::clone(words);
    environment.add_function("t", move |key: &str, arguments: Kwargs| translate(&words, key, &arguments));
    for (name, text) in files.filter(|(name, _)| catalogue_language(name).is_none()) {
        environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(|error| MailThemeError::Broken {
            file: name.to_owned(),
            line: error.line().unwrap_or_default(),
            problem: error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        })?;
    }
    Ok(environment)
}

/// `t("key", name=value)`: the words of a message.
fn translate(words: &Words, key: &str, arguments: &Kwargs) -> Result<String, Error> {
    let mut values: Vec<(&str, FluentValue)> = Vec::new();
    for name in arguments.args() {
        values.push((name, argument(&arguments.get::<Value>(name)?)));
    }
    Ok(words.text(key, &values))
}

fn part(environment: &Environment, template: &str, view: &View) -> Result<String, WriteError> {
    let failed = |cause| WriteError::Template { template: template.to_owned(), cause };
    let made = environment.get_template(template).and_then(|found| found.render(Value::from(Serde(view))));
    let made = made.map_err(failed)?;
    if made.len() > PART_BYTES_MAX {
        return Err(WriteError::TooLong(template.to_owned()));
    }
    if made.trim().is_empty() {
        return Err(failed(Error::new(ErrorKind::BadSerialization, "it makes an empty letter")));
    }
    Ok(if template.ends_with(".txt") { tidy(&made) } else { made })
}

/// No spaces at the end of a line, one empty line at most, none at the ends.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('\n');
            gap = false;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The language of a catalogue, from its name: `de.ftl`, `de.countries.ftl`. None for a template.
fn catalogue_language(name: &str) -> Option<Language> {
    let (code, rest) = name.split_once('.')?;
    rest.ends_with("ftl").then(|| Language::parse(code).ok()).flatten()
}
