//! Filtering, counting and sorting what was found, in one pass over each segment.

use crate::error::SnapshotError;
use crate::facet::{FACET_RATING, FACET_STOCK, FacetTable, place};
use crate::front::Counted;
use crate::index::segment::{CardIndex, Segment};
use crate::index::words::{Hit, union};
use crate::query::{
    ChosenFacet, FACET_VALUES_MAX, FACETS_CHOSEN_MAX, Facet, FacetValue, ListingQuery, PAGE_MAX, PAGE_SIZE, Sort,
};
use commerce::ids::CategoryId;
use commerce::language::Texts;
use commerce::money::Currency;
use std::cmp::Reverse;
use tantivy::columnar::Column;

/// Products that are counted at once.
const COUNTED_AT_ONCE: usize = 512;

/// Which products a listing starts from.
pub(crate) enum Candidates {
    All,
    /// A list for each segment; living products alone, in order.
    Hits(Vec<Vec<Hit>>),
}

/// What a listing narrows by, in numbers.
pub(crate) struct Filter<'a> {
    table: &'a FacetTable,
    /// By number of a value: 1 + place of its group, 0 if it is not chosen.
    chosen: Vec<u8>,
    /// By number of a facet: the same.
    groups: Vec<u8>,
    /// A bit for each group.
    full: u32,
    /// Place of the currency.
    currency: Option<usize>,
    price_min: Option<i64>,
    price_max: Option<i64>,
}

/// What one pass gives.
pub(crate) struct Pass {
    pub(crate) counts: Vec<u32>,
    pub(crate) total: usize,
    pub(crate) span: Option<(i64, i64)>,
    ranked: Vec<Ranked>,
}

/// A product with what it is sorted by; smaller stands earlier.
pub(crate) struct Ranked {
    key: (u64, u64),
    name: Option<String>,
    id: (u64, u64),
    pub(crate) segment: u32,
    pub(crate) doc: u32,
}

impl<'a> Filter<'a> {
    pub(crate) fn new(query: &ListingQuery, table: &'a FacetTable, currency: Option<usize>) -> Self {
        let mut filter = Self {
            table,
            chosen: vec![0; table.values.len()],
            groups: vec![0; table.facets.len()],
            full: 0,
            currency,
            price_min: query.price_min.filter(|min| min.currency() == query.currency).map(|min| min.minor()),
            price_max: query.price_max.filter(|max| max.currency() == query.currency).map(|max| max.minor()),
        };
        let mut codes: Vec<&str> = Vec::new();
        for choice in query.chosen.iter().take(FACETS_CHOSEN_MAX) {
            let group = codes.iter().position(|code| *code == choice.facet).unwrap_or_else(|| {
                codes.push(&choice.facet);
                codes.len() - 1
            });
            // An unknown value fills no group, so that nothing is found: that is what was asked for.
            filter.full |= 1 << group;
            let number = u8::try_from(group + 1).unwrap_or(u8::MAX);
            if let Some(facet) = table.facet(&choice.facet) {
                filter.groups[place(facet)] = number;
                if let Some(value) = table.value(facet, &choice.value) {
                    filter.chosen[place(value)] = number;
                }
            }
        }
        filter
    }

    /// A filter that lets everything through and counts.
    fn open(table: &'a FacetTable) -> Self {
        let (chosen, groups) = (vec![0; table.values.len()], vec![0; table.facets.len()]);
        Self { table, chosen, groups, full: 0, currency: None, price_min: None, price_max: None }
    }

    /// Whether it lets everything through.
    pub(crate) fn is_open(&self) -> bool {
        self.full == 0 && self.price_min.is_none() && self.price_max.is_none()
    }

    fn price_fits(&self, price: Option<i64>) -> bool {
        match price {
            Some(price) => {
                self.price_min.is_none_or(|min| min <= price) && self.price_max.is_none_or(|max| price <= max)
            }
            None => self.price_min.is_none() && self.price_max.is_none(),
        }
    }
}

/// Products directly in any of these categories, a list for each segment.
pub(crate) fn in_categories(index: &CardIndex, categories: &[CategoryId]) -> Result<Vec<Vec<Hit>>, SnapshotError> {
    let of_segment = |segment: &Segment| {
        let mut lists = Vec::new();
        for category in categories {
            let postings = segment.postings(index.fields.category, category.uuid().as_bytes())?;
            lists.extend(postings.map(|postings| (postings, 0)));
        }
        let mut hits = union(lists, None);
        if segment.reader.has_deletes() {
            hits.retain(|hit| segment.is_alive(hit.doc));
        }
        Ok(hits)
    };
    index.segments.iter().map(of_segment).collect()
}

/// What the pass has to bring besides the filter.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Order and how many from the front; none to count only.
    pub(crate) sort: Option<(Sort, usize)>,
    /// Whether the order is by score.
    pub(crate) by_score: bool,
    /// Place of the language that names are sorted in.
    pub(crate) language: usize,
    /// Whether facets are counted; not where the publisher has done so.
    pub(crate) count: bool,
}

/// Filters, counts and sorts.
pub(crate) fn pass(
    index: &CardIndex,
    candidates: &Candidates,
    filter: &Filter<'_>,
    wanted: Wanted,
) -> Result<Pass, SnapshotError> {
    let mut pass = Pass { counts: vec![0; filter.table.values.len()], total: 0, span: None, ranked: Vec::new() };
    for segment in &index.segments {
        let mut kept = Vec::new();
        match candidates {
            Candidates::All => {
                let hits = (0..segment.reader.max_doc()).filter(|doc| segment.is_alive(*doc));
                filter_segment(segment, hits.map(|doc| Hit { doc, score: 0 }), filter, wanted, &mut pass, &mut kept)?;
            }
            Candidates::Hits(lists) => {
                let hits = lists.get(place(segment.ordinal)).map_or(&[][..], Vec::as_slice).iter().copied();
                filter_segment(segment, hits, filter, wanted, &mut pass, &mut kept)?;
            }
        }
        if let Some((sort, most)) = wanted.sort {
            pass.ranked.extend(front_of(segment, &kept, sort, wanted, most, filter)?);
        }
    }
    pass.ranked.sort_unstable_by(|a, b| (a.key.0, &a.name, a.key.1, a.id).cmp(&(b.key.0, &b.name, b.key.1, b.id)));
    Ok(pass)
}

fn filter_segment(
    segment: &Segment,
    hits: impl Iterator<Item = Hit>,
    filter: &Filter<'_>,
    wanted: Wanted,
    pass: &mut Pass,
    kept: &mut Vec<Hit>,
) -> Result<(), SnapshotError> {
    let prices = filter.currency.map(|currency| segment.prices(currency)).transpose()?.flatten();
    if filter.is_open() {
        kept.extend(hits);
        pass.total += kept.len();
        if wanted.count {
            count_all(segment, prices, kept, pass);
        }
        return Ok(());
    }
    let mut numbers: Vec<usize> = Vec::new();
    for hit in hits {
        numbers.clear();
        let values = segment.facet.values_for_doc(hit.doc).filter_map(|number| usize::try_from(number).ok());
        numbers.extend(values.filter(|number| *number < pass.counts.len()));
        let met = numbers.iter().fold(0_u32, |met, number| met | (1 << filter.chosen[*number] >> 1));
        let missing = filter.full & !met;
        let price = prices.and_then(|column| column.first(hit.doc));
        if missing == 0 {
            pass.span = match (price, pass.span) {
                (Some(price), Some((low, high))) => Some((low.min(price), high.max(price))),
                (Some(price), None) => Some((price, price)),
                (None, span) => span,
            };
        }
        if !filter.price_fits(price) {
            continue;
        }
        if missing == 0 {
            pass.total += 1;
            kept.push(hit);
            numbers.iter().for_each(|number| pass.counts[*number] += 1);
        } else if missing.is_power_of_two() {
            // Only one facet's choice stands in its way, so choosing this value there would show it.
            let group = u8::try_from(missing.trailing_zeros() + 1).unwrap_or(u8::MAX);
            let of_group = |number: &&usize| filter.groups[place(filter.table.values[**number].facet)] == group;
            numbers.iter().filter(of_group).for_each(|number| pass.counts[*number] += 1);
        }
    }
    Ok(())
}

/// Counts where nothing is chosen: many products at a time, which is several times faster than one by one.
fn count_all(segment: &Segment, prices: Option<&Column<i64>>, hits: &[Hit], pass: &mut Pass) {
    let (mut docs, mut with_values, mut rows, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for chunk in hits.chunks(COUNTED_AT_ONCE) {
        docs.clear();
        docs.extend(chunk.iter().map(|hit| hit.doc));
        with_values.clear();
        rows.clear();
        segment.facet.row_ids_for_docs(&docs, &mut with_values, &mut rows);
        values.resize(rows.len(), 0);
        segment.facet.values.get_vals(&rows, &mut values);
        for number in values.iter().filter_map(|number| usize::try_from(*number).ok()) {
            if let Some(count) = pass.counts.get_mut(number) {
                *count += 1;
            }
        }
        for price in prices.map(|prices| firsts(prices, &docs)).into_iter().flatten().flatten() {
            pass.span = Some(pass.span.map_or((price, price), |(low, high)| (low.min(price), high.max(price))));
        }
    }
}

/// First values of many products.
fn firsts<T: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    docs: &[u32],
) -> Vec<Option<T>> {
    let mut values = vec![None; docs.len()];
    column.first_vals(docs, &mut values);
    values
}

/// The first products of a segment in this order.
fn front_of(
    segment: &Segment,
    hits: &[Hit],
    sort: Sort,
    wanted: Wanted,
    most: usize,
    filter: &Filter<'_>,
) -> Result<Vec<Ranked>, SnapshotError> {
    let keys = sort_keys(segment, hits, sort, wanted, filter)?;
    let mut keyed: Vec<_> = keys.into_iter().zip(hits.iter().map(|hit| hit.doc)).collect();
    keep_first(&mut keyed, most);
    // Units sold are read only of those that are still in question.
    let docs: Vec<u32> = keyed.iter().map(|(_, doc)| *doc).collect();
    let sold = if sort == Sort::Relevance { firsts(&segment.sold, &docs) } else { vec![None; docs.len()] };
    let sold = sold.into_iter().map(|sold| !sold.unwrap_or_default());
    let mut keyed: Vec<_> = keyed.into_iter().zip(sold).map(|((key, doc), sold)| ((key, sold), doc)).collect();
    keep_first(&mut keyed, most);
    let mut ranked: Vec<_> = keyed
        .into_iter()
        .map(|(key, doc)| Ranked { key, name: None, id: segment.id(doc), segment: segment.ordinal, doc })
        .collect();
    ranked.sort_unstable_by_key(|ranked| (ranked.key, ranked.id));
    ranked.truncate(most);
    if sort == Sort::Name {
        put_names_in(segment, wanted.language, &mut ranked)?;
    }
    Ok(ranked)
}

/// Keeps the first so many, and all that tie with the last of them: what comes next decides between those.
fn keep_first<K: Ord + Copy>(keyed: &mut Vec<(K, u32)>, most: usize) {
    if most > 0 && keyed.len() > most {
        let (_, (last, _), _) = keyed.select_nth_unstable_by_key(most - 1, |(key, _)| *key);
        let last = *last;
        keyed.retain(|(key, _)| *key <= last);
    }
}

/// Numbers of names hold within a segment only; between segments the names themselves are compared.
fn put_names_in(segment: &Segment, language: usize, ranked: &mut [Ranked]) -> Result<(), SnapshotError> {
    let Some(names) = segment.names(language)? else { return Ok(()) };
    for ranked in ranked {
        let mut name = String::new();
        if ranked.key.0 != u64::MAX && names.ord_to_str(ranked.key.0, &mut name)? {
            ranked.name = Some(name);
        }
        // What has no name stands last, as its number said.
        ranked.key.0 = u64::from(ranked.name.is_none());
    }
    Ok(())
}

/// What each product is sorted by first.
fn sort_keys(
    segment: &Segment,
    hits: &[Hit],
    sort: Sort,
    wanted: Wanted,
    filter: &Filter<'_>,
) -> Result<Vec<u64>, SnapshotError> {
    let docs: Vec<u32> = hits.iter().map(|hit| hit.doc).collect();
    let up = |number: i64| number.cast_unsigned() ^ (1 << 63);
    let down = |column| firsts(column, &docs).into_iter().map(move |number| !up(number.unwrap_or_default()));
    let prices = filter.currency.map(|currency| segment.prices(currency)).transpose()?.flatten();
    // A product without a price in this currency stands last, whichever way the prices go.
    let price = |key: fn(u64) -> u64| -> Vec<u64> {
        let prices = prices.map_or_else(|| vec![None; docs.len()], |prices| firsts(prices, &docs));
        prices.into_iter().map(|price| price.map_or(u64::MAX, |price| key(up(price)))).collect()
    };
    Ok(match sort {
        Sort::Relevance if wanted.by_score => hits.iter().map(|hit| u64::from(!hit.score)).collect(),
        Sort::Relevance => down(&segment.priority).collect(),
        Sort::PriceUp => price(|price| price),
        Sort::PriceDown => price(|price| !price),
        Sort::Newest => down(&segment.created).collect(),
        Sort::BestSelling => firsts(&segment.sold, &docs).into_iter().map(|sold| !sold.unwrap_or_default()).collect(),
        Sort::Name => {
            let names = segment.names(wanted.language)?;
            let numbers = names.map_or_else(|| vec![None; docs.len()], |names| firsts(names.ords(), &docs));
            numbers.into_iter().map(|number| number.unwrap_or(u64::MAX)).collect()
        }
    })
}

/// What stands on a page.
pub(crate) fn on_page(pass: &Pass, page: usize) -> &[Ranked] {
    let first = (page - 1) * PAGE_SIZE;
    let rest = pass.ranked.get(first..).unwrap_or_default();
    &rest[..rest.len().min(PAGE_SIZE)]
}

/// The page as it is served.
pub(crate) fn served_page(page: usize) -> usize {
    page.clamp(1, PAGE_MAX)
}

/// Counts of a set with nothing chosen, for the front part.
pub(crate) fn counted(
    index: &CardIndex,
    candidates: &Candidates,
    table: &FacetTable,
    currencies: &[Currency],
) -> Result<Counted, SnapshotError> {
    let wanted = Wanted { sort: None, by_score: false, language: 0, count: true };
    let pass = pass(index, candidates, &Filter::open(table), wanted)?;
    let numbers = (0_u32..).zip(pass.counts);
    let mut counted =
        Counted { total: pass.total, values: numbers.filter(|(_, count)| *count > 0).collect(), spans: Vec::new() };
    for (place, currency) in currencies.iter().enumerate() {
        if let Some((low, high)) = price_span(index, candidates, place)? {
            counted.spans.push((*currency, low, high));
        }
    }
    Ok(counted)
}

/// Cheapest and dearest.
fn price_span(index: &CardIndex, among: &Candidates, currency: usize) -> Result<Option<(i64, i64)>, SnapshotError> {
    let mut span: Option<(i64, i64)> = None;
    for segment in &index.segments {
        let Some(prices) = segment.prices(currency)? else { continue };
        let mut widen = |doc: u32| {
            if let Some(price) = prices.first(doc) {
                span = Some(span.map_or((price, price), |(low, high)| (low.min(price), high.max(price))));
            }
        };
        match among {
            Candidates::All => {
                (0..segment.reader.max_doc()).filter(|doc| segment.is_alive(*doc)).for_each(widen);
            }
            Candidates::Hits(lists) => {
                lists.get(place(segment.ordinal)).into_iter().flatten().for_each(|hit| widen(hit.doc));
            }
        }
    }
    Ok(span)
}

/// Facets as pages show them.
pub(crate) fn facets(
    table: &FacetTable,
    counts: &[(u32, u32)],
    chosen: &[ChosenFacet],
    order: &[String],
) -> Vec<Facet> {
    let chosen = &chosen[..chosen.len().min(FACETS_CHOSEN_MAX)];
    let is_chosen = |code: &str, value: &str| chosen.iter().any(|c| c.facet == code && c.value == value);
    let mut values: Vec<Vec<FacetValue>> = vec![Vec::new(); table.facets.len()];
    for (number, count) in counts {
        let entry = &table.values[place(*number)];
        let code = &table.facets[place(entry.facet)].code;
        let chosen = is_chosen(code, &entry.value);
        let count = place(*count);
        values[place(entry.facet)].push(FacetValue {
            value: entry.value.clone(),
            label: entry.label.clone(),
            count,
            chosen,
        });
    }
    let named = table.facets.iter().zip(values);
    let mut facets: Vec<_> =
        named.map(|(entry, values)| Facet { code: entry.code.clone(), name: entry.name.clone(), values }).collect();
    for choice in chosen {
        put_chosen_in(&mut facets, table, choice);
    }
    for facet in &mut facets {
        facet.values.sort_by(|a, b| match facet.code.as_str() {
            FACET_RATING => b.value.cmp(&a.value),
            _ => (Reverse(a.count), &a.value).cmp(&(Reverse(b.count), &b.value)),
        });
        let mut room = FACET_VALUES_MAX.saturating_sub(facet.values.iter().filter(|value| value.chosen).count());
        facet.values.retain(|value| {
            let fits = value.chosen || room > 0;
            room = room.saturating_sub(usize::from(!value.chosen));
            fits
        });
    }
    facets.retain(|facet| !facet.values.is_empty());
    let rank = |code: &str| order.iter().position(|known| known == code).unwrap_or(usize::MAX);
    let own = |code: &str| code == FACET_STOCK || code == FACET_RATING;
    facets.sort_by(|a, b| (rank(&a.code), own(&a.code), &a.code).cmp(&(rank(&b.code), own(&b.code), &b.code)));
    facets
}

/// What is chosen is always there, so that it can be taken back.
fn put_chosen_in(facets: &mut Vec<Facet>, table: &FacetTable, choice: &ChosenFacet) {
    let facet = match facets.iter().position(|facet| facet.code == choice.facet) {
        Some(place) => &mut facets[place],
        None => {
            let fresh = Facet { code: choice.facet.clone(), name: Texts::default(), values: Vec::new() };
            facets.push(fresh);
            let last = facets.len() - 1;
            &mut facets[last]
        }
    };
    if !facet.values.iter().any(|value| value.value == choice.value) {
        let number = table.facet(&choice.facet).and_then(|facet| table.value(facet, &choice.value));
        let label = number.map(|number| table.values[place(number)].label.clone()).unwrap_or_default();
        facet.values.push(FacetValue { value: choice.value.clone(), label, count: 0, chosen: true });
    }
}
