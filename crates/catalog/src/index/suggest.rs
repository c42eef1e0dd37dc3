//! Completing and correcting words from the dictionary of words as they are written.

use crate::error::SnapshotError;
use crate::index::schema::sold_tiers;
use crate::index::segment::{CardIndex, Segment};
use crate::index::text::PLAIN_SEPARATOR;
use crate::index::words::{Hit, union};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use tantivy::Term;
use tantivy::postings::SegmentPostings;
use tantivy::query::FuzzyTermQuery;
use tantivy::termdict::{TermDictionary, TermStreamer};
use tantivy_fst::Automaton;

/// Most words of a dictionary that are looked at for one beginning.
const COMPLETIONS_SEEN_MAX: usize = 4_096;
/// Most words that are looked at for one mistake.
const CORRECTIONS_SEEN_MAX: usize = 2_000;
/// Closest words that are tried, the best first.
const CORRECTIONS_MAX: usize = 4;
/// Shortest word that is corrected, in characters.
const CORRECTED_CHARS_MIN: usize = 3;
/// Shortest word in which two mistakes are forgiven, in characters.
const TWO_MISTAKES_CHARS_MIN: usize = 7;
/// Products that are looked at for one suggestion.
const POPULAR_SEEN_MAX: u32 = 2_000;
/// Shortest part of a word that is taken for two.
const SPLIT_CHARS_MIN: usize = 3;

/// A word of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainWord {
    /// Without accents.
    pub(crate) folded: String,
    /// As it is written, in lower case.
    pub(crate) written: String,
    /// In how many products, about.
    pub(crate) products: u32,
}

impl PlainWord {
    /// Its key in the dictionary.
    pub(crate) fn term(&self) -> String {
        format!("{}{PLAIN_SEPARATOR}{}", self.folded, self.written)
    }
}

/// Words seen in several segments, added up.
#[derive(Default)]
struct Tally(HashMap<Vec<u8>, u32>);

impl Tally {
    fn add(&mut self, term: &[u8], products: u32) {
        match self.0.get_mut(term) {
            Some(sum) => *sum = sum.saturating_add(products),
            None => drop(self.0.insert(term.to_vec(), products)),
        }
    }

    fn into_words(self) -> Vec<PlainWord> {
        let word = |(term, products): (Vec<u8>, u32)| {
            let text = String::from_utf8(term).ok()?;
            let (folded, written) = text.split_once(PLAIN_SEPARATOR)?;
            Some(PlainWord { folded: folded.to_owned(), written: written.to_owned(), products })
        };
        self.0.into_iter().filter_map(word).collect()
    }
}

/// Words that begin like this, the most frequent first.
pub(crate) fn completions(
    index: &CardIndex,
    language: usize,
    folded: &str,
    most: usize,
) -> Result<Vec<PlainWord>, SnapshotError> {
    let Some(fields) = index.fields.languages.get(language) else { return Ok(Vec::new()) };
    let readers = index.segments.iter().map(|segment| segment.inverted(fields.plain));
    let readers = readers.collect::<Result<Vec<_>, _>>()?;
    let walks = readers.iter().map(|reader| Beginning::new(reader.terms(), folded.as_bytes()));
    let mut walks = walks.collect::<Result<Vec<_>, _>>()?;
    let mut best = Frequent { most, words: BinaryHeap::new() };
    let mut least = Vec::new();
    // Dictionaries are sorted, so a word is counted whole once every walk that stands on it has gone on. A short
    // beginning has thousands of words, of which nearly all are seen and let go without a copy.
    while let Some(term) = walks.iter().filter_map(Beginning::term).min() {
        least.clear();
        least.extend_from_slice(term);
        let mut products = 0_u32;
        for walk in &mut walks {
            if walk.term() == Some(&least) {
                products = products.saturating_add(walk.products());
                walk.go_on();
            }
        }
        best.offer(&least, products);
    }
    Ok(best.into_words())
}

/// A walk through the words of one dictionary that begin alike, in their order.
struct Beginning<'a> {
    terms: TermStreamer<'a>,
    beginning: &'a [u8],
    seen: usize,
    is_over: bool,
}

impl<'a> Beginning<'a> {
    fn new(dictionary: &'a TermDictionary, beginning: &'a [u8]) -> Result<Self, SnapshotError> {
        let terms = dictionary.range().ge(beginning).into_stream()?;
        let mut walk = Self { terms, beginning, seen: 0, is_over: false };
        walk.go_on();
        Ok(walk)
    }

    /// Where it stands.
    fn term(&self) -> Option<&[u8]> {
        (!self.is_over).then(|| self.terms.key())
    }

    fn products(&self) -> u32 {
        self.terms.value().doc_freq
    }

    fn go_on(&mut self) {
        self.seen += 1;
        self.is_over =
            !self.terms.advance() || self.seen > COMPLETIONS_SEEN_MAX || !self.terms.key().starts_with(self.beginning);
    }
}

/// The most frequent of the words that are offered.
struct Frequent {
    most: usize,
    /// The least of them on top.
    words: BinaryHeap<Reverse<Rank>>,
}

/// How a word stands among others: by its products, then the first in the alphabet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    products: u32,
    written: Reverse<String>,
    folded: String,
}

impl Frequent {
    fn offer(&mut self, term: &[u8], products: u32) {
        let is_full = self.words.len() >= self.most;
        if is_full && self.words.peek().is_none_or(|Reverse(least)| products < least.products) {
            return;
        }
        let Some((folded, written)) = str::from_utf8(term).ok().and_then(|term| term.split_once(PLAIN_SEPARATOR))
        else {
            return;
        };
        self.words.push(Reverse(Rank { products, written: Reverse(written.to_owned()), folded: folded.to_owned() }));
        if is_full {
            self.words.pop();
        }
    }

    fn into_words(self) -> Vec<PlainWord> {
        let word = |Reverse(rank): Reverse<Rank>| {
            let Rank { products, written: Reverse(written), folded } = rank;
            PlainWord { folded, written, products }
        };
        self.words.into_sorted_vec().into_iter().map(word).collect()
    }
}

/// The words that differ least, the best first: one mistake rather than two, the same first letter rather than
/// another, then the more frequent one. A mistake is a letter too many, too few or wrong, or two swapped.
pub(crate) fn closest(index: &CardIndex, language: usize, folded: &str) -> Result<Vec<PlainWord>, SnapshotError> {
    let chars = folded.chars().count();
    if chars < CORRECTED_CHARS_MIN {
        return Ok(Vec::new());
    }
    let one = within(index, language, folded, 1)?;
    if !one.is_empty() || chars < TWO_MISTAKES_CHARS_MIN {
        return Ok(one);
    }
    within(index, language, folded, 2)
}

fn within(index: &CardIndex, language: usize, folded: &str, mistakes: u8) -> Result<Vec<PlainWord>, SnapshotError> {
    let Some(fields) = index.fields.languages.get(language) else { return Ok(Vec::new()) };
    let query = FuzzyTermQuery::new(Term::from_field_text(fields.plain, folded), mistakes, true);
    let mut tally = Tally::default();
    for segment in &index.segments {
        let inverted = segment.inverted(fields.plain)?;
        let mut terms = inverted.terms().search(FoldedPart(query.automaton()?)).into_stream()?;
        let mut seen = 0;
        while let Some((term, info)) = terms.next() {
            seen += 1;
            if seen > CORRECTIONS_SEEN_MAX {
                break;
            }
            tally.add(term, info.doc_freq);
        }
    }
    let first = folded.chars().next();
    let mut words = tally.into_words();
    words.sort_unstable_by_key(|word| (word.folded.chars().next() != first, Reverse(word.products), word.term()));
    words.truncate(CORRECTIONS_MAX);
    Ok(words)
}

/// Two known words that were written as one, the split with the rarer half most frequent.
pub(crate) fn split_in_two(index: &CardIndex, language: usize, folded: &str) -> Result<Vec<PlainWord>, SnapshotError> {
    let mut best: Option<(u32, Vec<PlainWord>)> = None;
    let places: Vec<_> = folded.char_indices().map(|(place, _)| place).collect();
    let last = places.len().saturating_sub(SPLIT_CHARS_MIN);
    for place in places.get(SPLIT_CHARS_MIN..=last).unwrap_or_default() {
        let (left, right) = folded.split_at(*place);
        if let (Some(left), Some(right)) = (exactly(index, language, left)?, exactly(index, language, right)?) {
            let products = left.products.min(right.products);
            if best.as_ref().is_none_or(|(most, _)| products > *most) {
                best = Some((products, vec![left, right]));
            }
        }
    }
    Ok(best.map(|(_, words)| words).unwrap_or_default())
}

fn exactly(index: &CardIndex, language: usize, folded: &str) -> Result<Option<PlainWord>, SnapshotError> {
    let beginning = format!("{folded}{PLAIN_SEPARATOR}");
    Ok(completions(index, language, &beginning, 1)?.into_iter().next())
}

/// Best sellers among the products that have all words and one that completes the last.
pub(crate) struct Popular<'a> {
    pub(crate) index: &'a CardIndex,
    pub(crate) language: usize,
    /// Of the words before the last.
    pub(crate) stems: &'a [String],
    pub(crate) completed: &'a [PlainWord],
    /// Place of the currency that they must have a price in.
    pub(crate) currency: Option<usize>,
}

impl Popular<'_> {
    /// Words that complete the last one and stand in a product with all the others, the most frequent first.
    pub(crate) fn words_that_lead_somewhere(&self, most: usize) -> Result<Vec<&PlainWord>, SnapshotError> {
        if self.stems.is_empty() {
            return Ok(self.completed.iter().take(most).collect());
        }
        let mut words = Vec::new();
        for word in self.completed {
            if words.len() == most {
                break;
            }
            let with_it = Popular { completed: std::slice::from_ref(word), ..*self };
            if !with_it.first(1)?.is_empty() {
                words.push(word);
            }
        }
        Ok(words)
    }

    /// The first `most`, as segment and number. Few products that match are all looked at; where many do, best sellers
    /// are looked at from the top, tier by tier, until there are enough.
    pub(crate) fn first(&self, most: usize) -> Result<Vec<(u32, u32)>, SnapshotError> {
        if self.completed.is_empty() || most == 0 {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        if self.completed.iter().map(|word| word.products).fold(0, u32::saturating_add) <= POPULAR_SEEN_MAX {
            for segment in &self.index.segments {
                let hits = union(self.completed_lists(segment)?, None);
                self.keep(segment, hits, &mut found)?;
            }
        } else {
            let mut seen = 0;
            for tier in sold_tiers() {
                for segment in &self.index.segments {
                    let tier = segment.postings(self.index.fields.tier, &[tier])?;
                    seen += tier.as_ref().map_or(0, SegmentPostings::doc_freq);
                    let tier = union(tier.into_iter().map(|postings| (postings, 0)).collect(), None);
                    if !tier.is_empty() {
                        let hits = union(self.completed_lists(segment)?, Some(&tier));
                        self.keep(segment, hits, &mut found)?;
                    }
                }
                if found.len() >= most || seen > POPULAR_SEEN_MAX {
                    break;
                }
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().take(most).map(|(_, _, segment, doc)| (segment, doc)).collect())
    }

    fn completed_lists(&self, segment: &Segment) -> Result<Vec<(SegmentPostings, u32)>, SnapshotError> {
        let Some(fields) = self.index.fields.languages.get(self.language) else { return Ok(Vec::new()) };
        let mut lists = Vec::new();
        for word in self.completed {
            let postings = segment.postings(fields.plain, word.term().as_bytes())?;
            lists.extend(postings.map(|postings| (postings, 0)));
        }
        Ok(lists)
    }

    /// Those that live, have the other words too, and a price.
    fn keep(&self, segment: &Segment, mut hits: Vec<Hit>, found: &mut Vec<Ranked>) -> Result<(), SnapshotError> {
        let Some(fields) = self.index.fields.languages.get(self.language) else { return Ok(()) };
        for stem in self.stems {
            let mut lists = Vec::new();
            for field in [fields.title, fields.words] {
                lists.extend(segment.postings(field, stem.as_bytes())?.map(|postings| (postings, 0)));
            }
            hits = union(lists, Some(&hits));
        }
        let prices = self.currency.map(|place| segment.prices(place)).transpose()?.flatten();
        for Hit { doc, .. } in hits {
            if segment.is_alive(doc) && prices.is_none_or(|prices| prices.first(doc).is_some()) {
                let sold = Reverse(segment.sold.first(doc).unwrap_or_default());
                found.push((sold, segment.id(doc), segment.ordinal, doc));
            }
        }
        Ok(())
    }
}

/// Units sold, id, segment and number of a product: the order of suggestions.
type Ranked = (Reverse<u64>, (u64, u64), u32, u32);

/// Looks at a dictionary's words up to the separator: accents are no mistakes.
struct FoldedPart<A>(A);

/// Where [`FoldedPart`] is in a word.
#[derive(Clone, Copy)]
enum Walk {
    Folded(u32),
    /// Past the separator, and whether what stood before it is close enough.
    Written(bool),
}

impl<A: Automaton<State = u32>> Automaton for FoldedPart<A> {
    type State = Walk;

    fn start(&self) -> Walk {
        Walk::Folded(self.0.start())
    }

    fn is_match(&self, state: &Walk) -> bool {
        matches!(state, Walk::Written(true))
    }

    fn can_match(&self, state: &Walk) -> bool {
        match state {
            Walk::Folded(state) => self.0.can_match(state),
            Walk::Written(close) => *close,
        }
    }

    fn accept(&self, state: &Walk, byte: u8) -> Walk {
        match *state {
            // The separator is the one byte that no word has.
            Walk::Folded(state) if byte == 0 => Walk::Written(self.0.is_match(&state)),
            Walk::Folded(state) => Walk::Folded(self.0.accept(&state, byte)),
            written @ Walk::Written(_) => written,
        }
    }
}
