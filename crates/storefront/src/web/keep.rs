//! What the edge is told of a cached page: how long it may be kept, and by which tags it is dropped.

use super::finished::{CACHE_TAG, SNAPSHOT};
use catalog::View;
use catalog::query::PAGE_SIZE;
use commerce::moment::Moment;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, HeaderValue};
use shop::publish::STORE_TAG;
use std::collections::BTreeSet;

/// Tags that one page may carry (CloudFront counts the first 50).
const TAGS_MAX: usize = 50;
/// How long the edge keeps a page, in seconds.
const FRESH_SECONDS: i64 = 300;
/// How long it keeps a page that few will ask for, in seconds.
const FRESH_SECONDS_DEEP: i64 = 60;
/// How long it keeps that there is nothing, in seconds.
const FRESH_SECONDS_MISSING: i64 = 10;
/// How long it keeps what is said of stock, in seconds.
const FRESH_SECONDS_STOCK: i64 = 5;
/// How long it may show an old page with prices while it fetches a new one, in seconds.
const STALE_SECONDS_PRICED: i64 = 3_600;
/// The same for pages without prices, and for all while the store cannot be reached.
const STALE_SECONDS: i64 = 86_400;
/// Of what nobody may keep. A browser may for the way back: no `no-store`.
const NOT_KEPT: &str = "private, max-age=0, must-revalidate";

/// The largest page, a listing with its category and a row beside it, can name everything that it shows.
const _: () = assert!(PAGE_SIZE + super::browse::ROW_CARDS + 2 <= TAGS_MAX);

/// How long the edge keeps a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keep {
    /// With prices.
    Priced,
    /// Without.
    Plain,
    /// One that few will ask for.
    Deep,
    /// What is said of stock.
    Stock,
    /// A redirect.
    Moved,
    /// Nothing is there.
    Missing,
    /// Not at all.
    #[default]
    No,
}

impl Keep {
    /// The value of `Cache-Control`. Nothing is kept past the snapshot's next change.
    pub(super) fn control(self, next_change: Option<Moment>, now: Moment) -> String {
        let (fresh, stale) = match self {
            Self::Priced => (FRESH_SECONDS, STALE_SECONDS_PRICED),
            Self::Plain => (FRESH_SECONDS, STALE_SECONDS),
            Self::Deep => (FRESH_SECONDS_DEEP, STALE_SECONDS_PRICED),
            Self::Moved => (FRESH_SECONDS, 0),
            Self::Stock => (FRESH_SECONDS_STOCK, 0),
            Self::Missing => (FRESH_SECONDS_MISSING, 0),
            Self::No => return NOT_KEPT.to_owned(),
        };
        let until_change = next_change.map_or(i64::MAX, |change| change.ms_since(now) / 1_000).max(0);
        let fresh = fresh.min(until_change);
        let left = until_change - fresh;
        if stale == 0 {
            return format!("public, max-age=0, s-maxage={fresh}");
        }
        let (stale, stale_if_error) = (stale.min(left), STALE_SECONDS.min(left));
        format!("public, max-age=0, s-maxage={fresh}, stale-while-revalidate={stale}, stale-if-error={stale_if_error}")
    }
}

/// The tags of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags {
    /// Of the categories that it lists. A change of any product below them drops the page.
    pub(super) categories: BTreeSet<String>,
    /// Of the products that it shows.
    pub(super) products: BTreeSet<String>,
    /// Whether every product that it shows stands in those categories.
    pub(super) is_covered: bool,
}

impl Tags {
    /// The header's value: past [`TAGS_MAX`] the coarsest that still drop the page whenever something on it changes;
    /// `None` where there are none.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        // Ids and fixed words; what could not stand in a header is a page that no tag drops.
        HeaderValue::from_str(&self.joined()?).ok()
    }

    fn joined(&self) -> Option<String> {
        let coarse = std::iter::once(STORE_TAG).chain(self.categories.iter().map(String::as_str));
        let mut tags: Vec<&str> = coarse.collect();
        if tags.len() + self.products.len() <= TAGS_MAX {
            tags.extend(self.products.iter().map(String::as_str));
        } else if !self.is_covered || tags.len() > TAGS_MAX {
            return None;
        }
        Some(tags.join(","))
    }
}

/// Puts on what the edge needs to know. `is_fresh` says whether the view was compared with the newest snapshot
/// recently enough; a page that cannot be dropped by its tags is kept by nobody either.
pub(super) fn tell_edge(
    headers: &mut HeaderMap,
    keep: Keep,
    tags: Option<HeaderValue>,
    view: &View,
    now: Moment,
    is_fresh: bool,
) {
    let keep = if is_fresh && tags.is_some() { keep } else { Keep::No };
    // What cannot stand in a header says nothing, and every answer without `Cache-Control` is private.
    if let Ok(control) = HeaderValue::try_from(keep.control(view.snapshot.next_change(), now)) {
        headers.insert(CACHE_CONTROL, control);
    }
    if let Some(tags) = tags {
        headers.insert(CACHE_TAG, tags);
    }
    headers.insert(SNAPSHOT, HeaderValue::from(view.snapshot.version()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Moment = Moment::from_micros(1_790_000_000_000_000);
    const KEEPS: [Keep; 7] = [Keep::Priced, Keep::Plain, Keep::Deep, Keep::Stock, Keep::Moved, Keep::Missing, Keep::No];

    #[test]
    fn pages_are_kept_as_documented() {
        for (keep, want) in [
            (Keep::Priced, "public, max-age=0, s-maxage=300, stale-while-revalidate=3600, stale-if-error=86400"),
            (Keep::Plain, "public, max-age=0, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"),
            (Keep::Deep, "public, max-age=0, s-maxage=60, stale-while-revalidate=3600, stale-if-error=86400"),
            (Keep::Stock, "public, max-age=0, s-maxage=5"),
            (Keep::Moved, "public, max-age=0, s-maxage=300"),
            (Keep::Missing, "public, max-age=0, s-maxage=10"),
            (Keep::No, "private, max-age=0, must-revalidate"),
        ] {
            assert_eq!(keep.control(None, NOON), want, "{keep:?}");
        }
    }

    #[test]
    fn past_fifty_tags_a_page_carries_the_coarsest_that_cover_it() {
        let names = |letter: char, count: usize| (0..count).map(|number| format!("{letter}{number:02}")).collect();
        for (case, categories, products, is_covered, want) in [
            ("nothing but the store", 0, 0, false, Some(1)),
            ("just fits", 1, 48, false, Some(50)),
            ("one too many, covered by its category", 1, 49, true, Some(2)),
            ("one too many, covered by nothing", 0, 50, false, None),
            ("too many categories", 50, 0, true, None),
        ] {
            let tags = Tags { categories: names('c', categories), products: names('p', products), is_covered };
            let header = tags.joined();
            assert_eq!(header.as_ref().map(|header| header.split(',').count()), want, "{case}");
            assert!(header.is_none_or(|header| header.starts_with("store")), "{case}");
        }
    }

    fn seconds(control: &str) -> i64 {
        let named = control.split(", ").filter_map(|part| part.split_once('='));
        let of = |wanted: &str| {
            named.clone().find(|(name, _)| *name == wanted).map_or(0, |(_, value)| value.parse().unwrap())
        };
        of("s-maxage") + of("stale-while-revalidate").max(of("stale-if-error"))
    }

    proptest! {
        #[test]
        fn no_page_is_kept_past_the_next_change(until_ms in -10_000_i64..200_000_000, which in 0..KEEPS.len()) {
            let control = KEEPS[which].control(Some(NOON.plus_ms(until_ms)), NOON);
            prop_assert!(seconds(&control) * 1_000 <= until_ms.max(0), "{}", control);
        }
    }
}
