//! From text to words: split, lower-cased, without accents, and stemmed by the language's rules.

use commerce::language::Language;
use std::collections::HashMap;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language as StemmerLanguage, LowerCaser, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream,
    WhitespaceTokenizer,
};

/// Longest word that is indexed, in bytes; longer ones are no words.
pub(crate) const WORD_BYTES_MAX: usize = 60;
/// Most words of a synonym.
pub(crate) const SYNONYM_WORDS_MAX: usize = 4;
/// Between a word without accents and the word as it is written, in the dictionary of plain words.
pub(crate) const PLAIN_SEPARATOR: char = '\0';

/// Words of texts and searches, for each of the store's languages.
pub(crate) struct Analyzers {
    split: TextAnalyzer,
    fold: TextAnalyzer,
    stemmers: Vec<Option<TextAnalyzer>>,
    /// For each language: stemmed phrase to the phrases that mean the same.
    synonyms: Vec<HashMap<String, Vec<Vec<Word>>>>,
}

/// A word of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case, no accents.
    pub(crate) folded: String,
    /// Its stem.
    pub(crate) stem: String,
}

impl Analyzers {
    pub(crate) fn new(languages: &[Language], synonyms: &[Vec<String>]) -> Self {
        let mut analyzers = Self {
            split: TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).build(),
            fold: TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(LowerCaser)
                .filter(AsciiFoldingFilter)
                .build(),
            stemmers: languages.iter().map(|language| stemmer(*language)).collect(),
            synonyms: Vec::new(),
        };
        analyzers.synonyms = (0..languages.len()).map(|place| analyzers.synonyms_in(place, synonyms)).collect();
        analyzers
    }

    fn synonyms_in(&self, language: usize, groups: &[Vec<String>]) -> HashMap<String, Vec<Vec<Word>>> {
        let mut found: HashMap<String, Vec<Vec<Word>>> = HashMap::new();
        for group in groups {
            let phrases: Vec<_> = group.iter().map(|phrase| self.words(phrase, language)).collect();
            let usable = |words: &Vec<Word>| (1..=SYNONYM_WORDS_MAX).contains(&words.len());
            for phrase in phrases.iter().filter(|words| usable(words)) {
                let others = phrases.iter().filter(|other| *other != phrase && usable(other)).cloned();
                found.entry(phrase_key(phrase)).or_default().extend(others);
            }
        }
        found
    }

    /// What else may stand for a phrase.
    pub(crate) fn synonyms(&self, language: usize, phrase: &[Word]) -> &[Vec<Word>] {
        self.synonyms.get(language).and_then(|map| map.get(&phrase_key(phrase))).map_or(&[], Vec::as_slice)
    }

    /// Lower case, no accents.
    pub(crate) fn folded_words(&self, text: &str) -> Vec<String> {
        run(&mut self.fold.clone(), &prepared(text))
    }

    /// Words without accents beside the words as they are written, in lower case.
    pub(crate) fn plain_words(&self, text: &str) -> Vec<(String, String)> {
        let text = prepared(text);
        let folded = run(&mut self.fold.clone(), &text);
        let written = run(&mut self.split.clone(), &text);
        // Folding changes letters, never where words begin, so both have the same words.
        folded.into_iter().zip(written).collect()
    }

    /// Stems of words that are folded already.
    pub(crate) fn stems(&self, folded: &[String], language: usize) -> Vec<String> {
        match self.stemmers.get(language) {
            Some(Some(stemmer)) => run(&mut stemmer.clone(), &folded.join(" ")),
            _ => folded.to_vec(),
        }
    }

    /// Words of a search or a phrase.
    pub(crate) fn words(&self, text: &str, language: usize) -> Vec<Word> {
        let folded = self.folded_words(text);
        let stems = self.stems(&folded, language);
        folded.into_iter().zip(stems).map(|(folded, stem)| Word { folded, stem }).collect()
    }
}

fn phrase_key(words: &[Word]) -> String {
    words.iter().map(|word| word.stem.as_str()).collect::<Vec<_>>().join(" ")
}

/// A code (SKU, UPC) as it is compared: letters and digits alone, lower case.
pub(crate) fn code_key(code: &str) -> String {
    code.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(WORD_BYTES_MAX).collect()
}

/// Text of a page without its tags.
pub(crate) fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            // A tag parts words: `<li>Tea</li><li>Milk</li>`.
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    for (entity, plain) in [("&amp;", "&"), ("&nbsp;", " "), ("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<")] {
        if text.contains(entity) {
            text = text.replace(entity, plain);
        }
    }
    text
}

fn run(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        let word = &mut stream.token_mut().text;
        if word.len() > WORD_BYTES_MAX {
            word.truncate(word.floor_char_boundary(WORD_BYTES_MAX));
        }
        words.push(std::mem::take(word));
    }
    words
}

/// Accents that stand alone vanish; signs of scripts that write no spaces become words of their own.
fn prepared(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{300}'..='\u{36f}' | '\u{ad}' => {}
            '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => out.extend([' ', c, ' ']),
            c => out.push(c),
        }
    }
    out.into()
}

/// The stemmer of a language; none where there are no rules for it.
fn stemmer(language: Language) -> Option<TextAnalyzer> {
    let rules = match language.code() {
        "ar" => StemmerLanguage::Arabic,
        "da" => StemmerLanguage::Danish,
        "nl" => StemmerLanguage::Dutch,
        "en" => StemmerLanguage::English,
        "fi" => StemmerLanguage::Finnish,
        "fr" => StemmerLanguage::French,
        "de" => StemmerLanguage::German,
        "el" => StemmerLanguage::Greek,
        "hu" => StemmerLanguage::Hungarian,
        "it" => StemmerLanguage::Italian,
        "no" | "nb" | "nn" => StemmerLanguage::Norwegian,
        "pt" => StemmerLanguage::Portuguese,
        "ro" => StemmerLanguage::Romanian,
        "ru" => StemmerLanguage::Russian,
        "es" => StemmerLanguage::Spanish,
        "sv" => StemmerLanguage::Swedish,
        "ta" => StemmerLanguage::Tamil,
        "tr" => StemmerLanguage::Turkish,
        _ => return None,
    };
    Some(TextAnalyzer::builder(WhitespaceTokenizer::default()).filter(Stemmer::new(rules)).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_folded_and_stemmed() {
        let languages = ["en", "de", "ja"].map(|code| Language::parse(code).unwrap());
        let analyzers = Analyzers::new(&languages, &[]);
        for (language, text, want) in [
            (0, "Walking Shoes", "walk shoe"),
            (0, "men's T-Shirts", "men s t shirt"),
            (1, "Häuser, Straße", "haus strass"),
            (1, "Ka\u{308}se", "kas"),
            (2, "書籍 tea", "書 籍 tea"),
            (0, "\0 ; \" ( AND", "and"),
            (0, "", ""),
        ] {
            let stems: Vec<_> = analyzers.words(text, language).into_iter().map(|word| word.stem).collect();
            assert_eq!(stems.join(" "), want, "{text}");
        }
        assert_eq!(analyzers.plain_words("Käse"), [("kase".to_owned(), "käse".to_owned())]);
        assert_eq!(
            text_of_html("<p>Tea &amp; <b>Milk</b></p>").split_whitespace().collect::<Vec<_>>().join(" "),
            "Tea & Milk"
        );
        assert_eq!(code_key("Tea-2026/1"), "tea20261");
    }
}
