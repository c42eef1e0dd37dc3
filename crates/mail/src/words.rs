//! The words of one language: Fluent catalogues, English beneath every other, a store's own on top.

use crate::theme::MailThemeError;
use commerce::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// All messages of a language.
pub(crate) struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads catalogues, the later ones winning message by message.
    pub(crate) fn new<'f>(
        language: Language,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<Self, MailThemeError> {
        let mut bundle = FluentBundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
        // Marks around variables are for texts of mixed direction; in a subject or an address of a page they do harm.
        bundle.set_use_isolating(false);
        for (name, text) in files {
            bundle.add_resource_overriding(parse(name, text)?);
        }
        Ok(Self { bundle })
    }

    /// A message without variables; nothing if there is none.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        self.format(key, &FluentArgs::new())
    }

    /// A message; its key if there is none, which shows in a letter but does not keep it from being sent.
    pub(crate) fn text(&self, key: &str, arguments: &[(&str, FluentValue)]) -> String {
        let arguments = arguments.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.format(key, &arguments).unwrap_or_else(|| {
            tracing::warn!(key, "no words for {key} in the catalogues of mail");
            key.to_owned()
        })
    }

    fn format(&self, key: &str, arguments: &FluentArgs) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        Some(self.bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned())
    }
}

fn parse(name: &str, text: &str) -> Result<FluentResource, MailThemeError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let first = errors.first();
        let at = first.map_or(0, |error| error.pos.start).min(text.len());
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let problem = first.map_or_else(|| "cannot be read".to_owned(), ToString::to_string);
        MailThemeError::Broken { file: name.to_owned(), line, problem }
    })
}
