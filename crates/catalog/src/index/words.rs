//! Finding products by words.
//!
//! Scores are whole numbers that do not depend on the rest of the catalogue: what a word hits (title, attributes,
//! description, code), summed over the words. So a snapshot made of many small parts gives the same order as one made
//! anew, and a product's place does not move because others changed.

use crate::error::SnapshotError;
use crate::front::FrontPart;
use crate::index::schema::Fields;
use crate::index::segment::{CardIndex, Segment, postings_of};
use crate::index::suggest::{PlainWord, closest, completions, split_in_two};
use crate::index::text::{SYNONYM_WORDS_MAX, Word, code_key};
use crate::query::{QUERY_CHARS_MAX, QUERY_WORDS_MAX};
use tantivy::postings::SegmentPostings;
use tantivy::{DocSet, TERMINATED};

/// What a word is worth by where it stands.
const TITLE_SCORE: u32 = 16;
const WORDS_SCORE: u32 = 8;
const TEXT_SCORE: u32 = 2;
const CODE_SCORE: u32 = 64;
/// A word that only begins with what was typed.
const COMPLETED_SCORE: u32 = 6;
/// What is added where the title has all the words and no others.
const WHOLE_TITLE_SCORE: u32 = 32;
/// A word more that matches outweighs every place where words may stand.
const WORD_MATCHED_SCORE: u32 = 10_000;
/// A word that so many products have in title or attributes is not looked for in descriptions.
const COMMON_WORD_PRODUCTS: u32 = 500;
/// Shortest word that is completed, in characters.
const COMPLETED_CHARS_MIN: usize = 3;
/// Most words that one typed beginning stands for.
const COMPLETIONS_MAX: usize = 24;
/// Shortest beginning of a code that is looked for.
const CODE_CHARS_MIN: usize = 4;
/// Most codes that begin alike.
const CODES_MAX: usize = 50;

/// A product and its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) doc: u32,
    pub(crate) score: u32,
}

/// One word to look for.
#[derive(Clone, Debug)]
enum Lookup {
    Word {
        word: Word,
        /// Whether it counts in a description too.
        descriptions: bool,
    },
    /// Words as they are written that begin with what was typed.
    Completed(Vec<PlainWord>),
}

/// What stands for a word or phrase of the search: any of these, each with all its words.
type Unit = Vec<Vec<Lookup>>;

/// What was found, a list for each segment.
pub(crate) struct Found {
    pub(crate) hits: Vec<Vec<Hit>>,
    /// What was searched instead.
    pub(crate) corrected: Option<String>,
}

/// A search whose unknown words were completed, corrected or left out.
struct Mended {
    /// Words that are left.
    kept: Vec<Word>,
    units: Vec<Unit>,
    /// The search in words, if it changed.
    corrected: Option<String>,
}

/// A search in one language.
pub(crate) struct WordSearch<'a> {
    pub(crate) index: &'a CardIndex,
    pub(crate) part: &'a FrontPart,
    pub(crate) language: usize,
}

/// What is looked at of a search as typed.
pub(crate) fn bounded(raw: &str) -> &str {
    raw.char_indices().nth(QUERY_CHARS_MAX).map_or(raw, |(end, _)| &raw[..end])
}

impl WordSearch<'_> {
    /// All words must match; where that gives nothing, words are completed, corrected or left out.
    pub(crate) fn run(&self, raw: &str) -> Result<Found, SnapshotError> {
        let raw = bounded(raw);
        let mut words = self.part.analyzers.words(raw, self.language);
        words.truncate(QUERY_WORDS_MAX);
        let codes = self.code_hits(raw)?;
        let units = self.units(&words);
        let found = self.all_at_best(&units)?;
        if found.iter().chain(&codes).any(|hits| !hits.is_empty()) {
            return Ok(Found { hits: unite(found, codes), corrected: None });
        }
        if words.is_empty() {
            return Ok(Found { hits: found, corrected: None });
        }
        let Mended { kept, units, corrected } = self.mend(&words)?;
        let found = self.all_at_best(&units)?;
        if found.iter().any(|hits| !hits.is_empty()) {
            return Ok(Found { hits: found, corrected });
        }
        Ok(Found { hits: self.most(&self.units(&kept))?, corrected })
    }

    /// Products that have what is typed, whole, as a code or as its beginning.
    fn code_hits(&self, raw: &str) -> Result<Vec<Vec<Hit>>, SnapshotError> {
        let code = code_key(raw);
        let prefix = code.chars().count() >= CODE_CHARS_MIN && code.chars().any(|c| c.is_ascii_digit());
        self.per_segment(|segment| {
            let inverted = segment.inverted(self.index.fields.code)?;
            let mut lists = Vec::new();
            if prefix {
                let mut codes = inverted.terms().range().ge(code.as_bytes()).into_stream()?;
                while let Some((term, info)) = codes.next() {
                    if !term.starts_with(code.as_bytes()) || lists.len() >= CODES_MAX {
                        break;
                    }
                    let score = if term.len() == code.len() { 2 * CODE_SCORE } else { CODE_SCORE };
                    lists.push((postings_of(&inverted, info)?, score));
                }
            } else if !code.is_empty() {
                let exact = segment.postings(self.index.fields.code, code.as_bytes())?;
                lists.extend(exact.map(|postings| (postings, 2 * CODE_SCORE)));
            }
            let mut hits = union(lists, None);
            hits.retain(|hit| segment.is_alive(hit.doc));
            Ok(hits)
        })
    }

    /// Products that have all units, in descriptions only where that is needed.
    fn all_at_best(&self, units: &[Unit]) -> Result<Vec<Vec<Hit>>, SnapshotError> {
        let found = self.all(&self.without_descriptions(units)?)?;
        if found.iter().all(Vec::is_empty) { self.all(units) } else { Ok(found) }
    }

    /// The same units, where words that very many products have in title or attributes are not looked for in
    /// descriptions: nobody pages that far, and counting them all is what would make such a search slow.
    fn without_descriptions(&self, units: &[Unit]) -> Result<Vec<Unit>, SnapshotError> {
        let Some(fields) = self.index.fields.languages.get(self.language) else { return Ok(units.to_vec()) };
        let mut narrowed = units.to_vec();
        for lookup in narrowed.iter_mut().flatten().flatten() {
            let Lookup::Word { word, descriptions } = lookup else { continue };
            let mut products = 0_u32;
            for segment in &self.index.segments {
                for field in [fields.title, fields.words] {
                    let postings = segment.postings(field, word.stem.as_bytes())?;
                    products = products.saturating_add(postings.map_or(0, |postings| postings.doc_freq()));
                }
            }
            *descriptions = products < COMMON_WORD_PRODUCTS;
        }
        Ok(narrowed)
    }

    /// Words and phrases with what means the same.
    fn units(&self, words: &[Word]) -> Vec<Unit> {
        let lookup = |word: &Word| Lookup::Word { word: word.clone(), descriptions: true };
        let plain = |words: &[Word]| words.iter().map(lookup).collect::<Vec<_>>();
        let mut units = Vec::new();
        let mut rest = words;
        while !rest.is_empty() {
            // The longest phrase that has synonyms, else the word alone.
            let longest = rest.len().min(SYNONYM_WORDS_MAX);
            let phrase =
                (1..=longest).rev().find(|n| !self.part.analyzers.synonyms(self.language, &rest[..*n]).is_empty());
            let (this, after) = rest.split_at(phrase.unwrap_or(1));
            let others = self.part.analyzers.synonyms(self.language, this);
            units.push(std::iter::once(this).chain(others.iter().map(Vec::as_slice)).map(plain).collect());
            rest = after;
        }
        units
    }

    /// For words that nothing has: what begins with them, else the closest word, else two words that were written as
    /// one, else nothing.
    fn mend(&self, words: &[Word]) -> Result<Mended, SnapshotError> {
        let mut kept = Vec::new();
        let mut units = Vec::new();
        let mut written: Vec<String> = Vec::new();
        let mut changed = false;
        for word in words {
            let unit = self.units(std::slice::from_ref(word));
            if self.any(&unit)? {
                kept.push(word.clone());
                written.push(word.folded.clone());
                units.extend(unit);
                continue;
            }
            if word.folded.chars().count() >= COMPLETED_CHARS_MIN {
                let completed = completions(self.index, self.language, &word.folded, COMPLETIONS_MAX)?;
                let unit = vec![vec![vec![Lookup::Completed(completed)]]];
                if self.any(&unit)? {
                    written.push(word.folded.clone());
                    units.extend(unit);
                    continue;
                }
            }
            changed = true;
            for mended in self.corrected(word)? {
                let words = self.part.analyzers.words(&mended.folded, self.language);
                units.extend(self.units(&words));
                kept.extend(words);
                written.push(mended.written);
            }
        }
        let corrected = (changed && !written.is_empty()).then(|| written.join(" "));
        Ok(Mended { kept, units, corrected })
    }

    /// The closest word that some living product has, or two that were written as one; else none.
    fn corrected(&self, word: &Word) -> Result<Vec<PlainWord>, SnapshotError> {
        for candidate in closest(self.index, self.language, &word.folded)? {
            if self.any(&self.units(&self.part.analyzers.words(&candidate.folded, self.language)))? {
                return Ok(vec![candidate]);
            }
        }
        split_in_two(self.index, self.language, &word.folded)
    }

    /// Whether any living product has all units.
    fn any(&self, units: &[Unit]) -> Result<bool, SnapshotError> {
        // More products with a word than products that are gone: one of them lives. That spares looking at all.
        if let [unit] = units {
            for segment in &self.index.segments {
                for words in unit.iter().filter(|words| words.len() == 1) {
                    let lists = self.lists(segment, &words[0])?;
                    let gone = segment.reader.num_deleted_docs();
                    if lists.iter().any(|(postings, _)| postings.doc_freq() > gone) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(self.all(units)?.iter().any(|hits| !hits.is_empty()))
    }

    fn per_segment(
        &self,
        hits: impl Fn(&Segment) -> Result<Vec<Hit>, SnapshotError>,
    ) -> Result<Vec<Vec<Hit>>, SnapshotError> {
        self.index.segments.iter().map(hits).collect()
    }

    /// Living products that have all units.
    fn all(&self, units: &[Unit]) -> Result<Vec<Vec<Hit>>, SnapshotError> {
        let title = self.index.fields.languages.get(self.language).map(|fields| fields.title);
        self.per_segment(|segment| {
            let mut rarest = units.iter().map(|unit| Ok((self.weight(segment, unit)?, unit)));
            let mut rarest = rarest.by_ref().collect::<Result<Vec<_>, SnapshotError>>()?;
            rarest.sort_by_key(|(weight, _)| *weight);
            let mut found: Option<Vec<Hit>> = None;
            for (_, unit) in rarest {
                let hits = self.unit_hits(segment, unit, found.as_deref())?;
                found = Some(match found {
                    Some(before) => add_scores(&before, &hits),
                    None => hits,
                });
            }
            let mut found = found.unwrap_or_default();
            if segment.reader.has_deletes() {
                found.retain(|hit| segment.is_alive(hit.doc));
            }
            let whole = TITLE_SCORE * u32::try_from(units.len()).unwrap_or(u32::MAX);
            if let Some(norms) = title.and_then(|field| segment.reader.get_fieldnorms_reader(field).ok()) {
                let words = units.len();
                for hit in found.iter_mut().filter(|hit| hit.score >= whole) {
                    if usize::try_from(norms.fieldnorm(hit.doc)) == Ok(words) {
                        hit.score += WHOLE_TITLE_SCORE;
                    }
                }
            }
            Ok(found)
        })
    }

    /// Living products that have as many units as any product has.
    fn most(&self, units: &[Unit]) -> Result<Vec<Vec<Hit>>, SnapshotError> {
        let mut found = self.per_segment(|segment| {
            let mut sum: Vec<Hit> = Vec::new();
            for unit in units {
                let mut hits = self.unit_hits(segment, unit, None)?;
                hits.iter_mut().for_each(|hit| hit.score += WORD_MATCHED_SCORE);
                sum = merge(sum, hits, |a, b| a + b);
            }
            sum.retain(|hit| segment.is_alive(hit.doc));
            Ok(sum)
        })?;
        let best = found.iter().flatten().map(|hit| hit.score / WORD_MATCHED_SCORE).max().unwrap_or(0);
        found.iter_mut().for_each(|hits| hits.retain(|hit| hit.score / WORD_MATCHED_SCORE == best));
        Ok(found)
    }

    /// About how many products a unit gives.
    fn weight(&self, segment: &Segment, unit: &Unit) -> Result<u32, SnapshotError> {
        let mut sum = 0_u32;
        for words in unit {
            let mut least = u32::MAX;
            for word in words {
                let lists = self.lists(segment, word)?;
                least = least.min(lists.iter().map(|(postings, _)| postings.doc_freq()).sum());
            }
            sum = sum.saturating_add(least);
        }
        Ok(sum)
    }

    /// Products that have any phrase of the unit, among those given.
    fn unit_hits(&self, segment: &Segment, unit: &Unit, within: Option<&[Hit]>) -> Result<Vec<Hit>, SnapshotError> {
        let mut any: Vec<Hit> = Vec::new();
        for words in unit {
            let mut all: Option<Vec<Hit>> = None;
            for word in words {
                let lists = self.lists(segment, word)?;
                let hits = union(lists, all.as_deref().or(within));
                all = Some(match all {
                    // A phrase counts as one word.
                    Some(before) => merge_common(&before, &hits, u32::min),
                    None => hits,
                });
            }
            any = merge(any, all.unwrap_or_default(), u32::max);
        }
        Ok(any)
    }

    /// Postings of a word with what they are worth.
    fn lists(&self, segment: &Segment, word: &Lookup) -> Result<Vec<(SegmentPostings, u32)>, SnapshotError> {
        let Fields { languages, code, .. } = &self.index.fields;
        let Some(fields) = languages.get(self.language) else { return Ok(Vec::new()) };
        let mut lists = Vec::new();
        match word {
            Lookup::Word { word, descriptions } => {
                let places = [
                    (fields.title, &word.stem, TITLE_SCORE),
                    (fields.words, &word.stem, WORDS_SCORE),
                    (*code, &word.folded, CODE_SCORE),
                    (fields.text, &word.stem, TEXT_SCORE),
                ];
                for (field, term, score) in places.into_iter().take(if *descriptions { 4 } else { 3 }) {
                    lists.extend(segment.postings(field, term.as_bytes())?.map(|postings| (postings, score)));
                }
            }
            Lookup::Completed(words) => {
                for word in words {
                    let postings = segment.postings(fields.plain, word.term().as_bytes())?;
                    lists.extend(postings.map(|postings| (postings, COMPLETED_SCORE)));
                }
            }
        }
        Ok(lists)
    }
}

/// Products in any list, among those given, with the best score of each.
pub(crate) fn union(lists: Vec<(SegmentPostings, u32)>, within: Option<&[Hit]>) -> Vec<Hit> {
    let mut lists: Vec<_> = lists.into_iter().map(|(postings, score)| hits_of(postings, score, within)).collect();
    // Halving keeps this linear in the number of products for few lists and harmless for many.
    while lists.len() > 1 {
        let mut pairs = lists.into_iter();
        let mut merged = Vec::new();
        while let Some(first) = pairs.next() {
            merged.push(merge(first, pairs.next().unwrap_or_default(), u32::max));
        }
        lists = merged;
    }
    lists.pop().unwrap_or_default()
}

fn hits_of(mut postings: SegmentPostings, score: u32, within: Option<&[Hit]>) -> Vec<Hit> {
    let mut hits = Vec::new();
    match within {
        None => {
            hits.reserve(usize::try_from(postings.doc_freq()).unwrap_or(0));
            let mut doc = postings.doc();
            while doc != TERMINATED {
                hits.push(Hit { doc, score });
                doc = postings.advance();
            }
        }
        Some(candidates) => {
            for Hit { doc, .. } in candidates {
                let at = if postings.doc() < *doc { postings.seek(*doc) } else { postings.doc() };
                if at == *doc {
                    hits.push(Hit { doc: *doc, score });
                } else if at == TERMINATED {
                    break;
                }
            }
        }
    }
    hits
}

/// Products of either list.
fn merge(a: Vec<Hit>, b: Vec<Hit>, both: impl Fn(u32, u32) -> u32) -> Vec<Hit> {
    if a.is_empty() || b.is_empty() {
        return if a.is_empty() { b } else { a };
    }
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut at_a, mut at_b) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(at_a), b.get(at_b)) {
        merged.push(match x.doc.cmp(&y.doc) {
            std::cmp::Ordering::Less => *x,
            std::cmp::Ordering::Greater => *y,
            std::cmp::Ordering::Equal => Hit { doc: x.doc, score: both(x.score, y.score) },
        });
        // Without branches: which list goes on is hard to foresee.
        at_a += usize::from(x.doc <= y.doc);
        at_b += usize::from(y.doc <= x.doc);
    }
    merged.extend_from_slice(&a[at_a..]);
    merged.extend_from_slice(&b[at_b..]);
    merged
}

/// Products of both lists.
pub(crate) fn merge_common(a: &[Hit], b: &[Hit], both: impl Fn(u32, u32) -> u32) -> Vec<Hit> {
    let mut b = b.iter().peekable();
    let mut common = Vec::new();
    for x in a {
        while b.next_if(|y| y.doc < x.doc).is_some() {}
        if let Some(y) = b.peek().filter(|y| y.doc == x.doc) {
            common.push(Hit { doc: x.doc, score: both(x.score, y.score) });
        }
    }
    common
}

fn add_scores(a: &[Hit], b: &[Hit]) -> Vec<Hit> {
    merge_common(a, b, u32::saturating_add)
}

fn unite(a: Vec<Vec<Hit>>, b: Vec<Vec<Hit>>) -> Vec<Vec<Hit>> {
    a.into_iter().zip(b).map(|(a, b)| merge(a, b, u32::saturating_add)).collect()
}
