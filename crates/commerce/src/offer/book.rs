//! The offers of a store, made ready to be applied to many baskets.

use super::board::LineSet;
use super::facts::OfferLine;
use super::rule::Offer;
use crate::ids::{OfferId, RangeId};
use crate::range::{Mark, Range};
use std::collections::HashMap;
use std::sync::Arc;

/// Most offers of a book.
pub const OFFERS_MAX: usize = 1_000;

/// Why offers make no book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBook {
    /// More than [`OFFERS_MAX`].
    #[error("at most {OFFERS_MAX} offers can be active at once")]
    TooMany,
    /// Two offers of one id.
    #[error("offer {0} is there twice")]
    Twice(OfferId),
    /// Two ranges of one id that hold different products.
    #[error("range {0} is there twice, with different products")]
    RangeTwice(RangeId),
}

/// The offers of a store with an index of their ranges. Made once for many baskets: its cost grows with the entries of
/// all ranges.
#[derive(Clone, Debug, Default)]
pub struct OfferBook {
    offers: Vec<Entry>,
    places: HashMap<OfferId, usize>,
    ranges: Vec<Arc<Range>>,
    included: HashMap<Mark, Vec<usize>>,
    excluded: HashMap<Mark, Vec<usize>>,
}

/// An offer with what is looked up often.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) offer: Offer,
    /// Places of its ranges in the book.
    pub(super) condition_range: usize,
    pub(super) benefit_range: usize,
    /// Whether it names partners itself.
    pub(super) restricts: bool,
    /// Places of the offers that it names and of those that name it, sorted.
    pub(super) partners: Vec<usize>,
}

impl OfferBook {
    /// Makes a book of offers in the order in which they were made; that order breaks ties.
    pub fn new(offers: Vec<Offer>) -> Result<Self, InvalidBook> {
        if OFFERS_MAX < offers.len() {
            return Err(InvalidBook::TooMany);
        }
        let mut book = Self::default();
        let mut range_places = HashMap::new();
        for (place, offer) in offers.into_iter().enumerate() {
            if book.places.insert(offer.id(), place).is_some() {
                return Err(InvalidBook::Twice(offer.id()));
            }
            let condition_range = book.range_place(offer.condition().range(), &mut range_places)?;
            let benefit_range = match offer.benefit().range() {
                Some(range) => book.range_place(range, &mut range_places)?,
                None => condition_range,
            };
            let restricts = !offer.combines_with().is_empty();
            book.offers.push(Entry { offer, condition_range, benefit_range, restricts, partners: Vec::new() });
        }
        book.link_partners();
        Ok(book)
    }

    /// The offers, in order of making.
    pub fn offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().map(|entry| &entry.offer)
    }

    /// An offer by its id.
    pub fn find(&self, offer: OfferId) -> Option<&Offer> {
        self.places.get(&offer).and_then(|place| self.offers.get(*place)).map(|entry| &entry.offer)
    }

    /// Whether lines that no offer has touched meet an offer's condition: whether its voucher is for these goods.
    pub fn is_met(&self, offer: OfferId, lines: &[OfferLine]) -> bool {
        let Some(offer) = self.find(offer) else { return false };
        let condition = offer.condition();
        let counted = lines.iter().filter(|line| line.discountable && condition.range().contains(&line.product));
        let facts = |line: &OfferLine| (line.product.product, line.unit_price.minor(), line.quantity.get());
        condition.need().is_met_by(counted.map(facts))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.offers
    }

    pub(super) fn place_of(&self, offer: OfferId) -> Option<usize> {
        self.places.get(&offer).copied()
    }

    /// Which lines each range holds: a few look-ups a line, however many offers there are.
    pub(super) fn members(&self, lines: &[OfferLine]) -> Vec<LineSet> {
        let start = |range: &Arc<Range>| if range.takes_all() { LineSet::first(lines.len()) } else { LineSet::EMPTY };
        let mut members: Vec<LineSet> = self.ranges.iter().map(start).collect();
        for (place, line) in lines.iter().enumerate() {
            for mark in line.product.marks() {
                for range in self.included.get(&mark).into_iter().flatten() {
                    members[*range].insert(place);
                }
            }
        }
        for (place, line) in lines.iter().enumerate() {
            for mark in line.product.marks() {
                for range in self.excluded.get(&mark).into_iter().flatten() {
                    members[*range].remove(place);
                }
            }
        }
        members
    }

    fn range_place(&mut self, range: &Arc<Range>, places: &mut HashMap<RangeId, usize>) -> Result<usize, InvalidBook> {
        if let Some(place) = places.get(&range.id()) {
            let known = &self.ranges[*place];
            let same = Arc::ptr_eq(known, range) || known == range;
            return if same { Ok(*place) } else { Err(InvalidBook::RangeTwice(range.id())) };
        }
        let place = self.ranges.len();
        places.insert(range.id(), place);
        self.ranges.push(Arc::clone(range));
        for mark in range.included() {
            self.included.entry(mark).or_default().push(place);
        }
        for mark in range.excluded() {
            self.excluded.entry(mark).or_default().push(place);
        }
        Ok(place)
    }

    fn link_partners(&mut self) {
        for place in 0..self.offers.len() {
            let named = self.offers[place].offer.combines_with().to_vec();
            // An offer that is not in the book cannot stand in a basket either.
            for partner in named.iter().filter_map(|id| self.places.get(id).copied()).collect::<Vec<_>>() {
                self.offers[place].partners.push(partner);
                self.offers[partner].partners.push(place);
            }
        }
        for entry in &mut self.offers {
            entry.partners.sort_unstable();
            entry.partners.dedup();
        }
    }
}
