//! What staff and files call offers, ranges and sets of vouchers: by name, or by id where names are alike.

use crate::shop::Shop;
use commerce::address::is_printable;
use commerce::ids::{OfferId, RangeId, VoucherSetId, derived_uuid};
use commerce::language::{Language, Texts};
use db::DbError;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::VoucherSet;
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use uuid::Uuid;

/// Longest name of an offer, a range or a set, in characters (Oscar's bound too).
pub const RULE_NAME_CHARS_MAX: usize = 128;

/// Something that is called by a name.
pub trait Labelled: Copy + Eq + Hash + Display {
    /// What it is, for people.
    const KIND: &'static str;

    /// Its id as it is written.
    fn parse_id(raw: &str) -> Option<Self>;

    /// Its id.
    fn of_uuid(id: Uuid) -> Self;
}

macro_rules! labelled {
    ($($id:ident $kind:literal)*) => {$(
        impl Labelled for $id {
            const KIND: &'static str = $kind;

            fn parse_id(raw: &str) -> Option<Self> {
                Self::parse(raw).ok()
            }

            fn of_uuid(id: Uuid) -> Self {
                Self::new(id)
            }
        }
    )*};
}

labelled! {
    OfferId "offer"
    RangeId "range"
    VoucherSetId "voucher set"
}

/// The id of something that is made under a name: the same each time, so that whoever makes it twice makes one.
pub fn id_of_name<Id: Labelled>(name: &str) -> Id {
    Id::of_uuid(derived_uuid(&format!("named {}", Id::KIND), name))
}

/// A name that a thing cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to {RULE_NAME_CHARS_MAX} characters on one line")]
pub struct InvalidName;

/// A name as it is kept.
pub(crate) fn parse_name(raw: &str) -> Result<&str, InvalidName> {
    let name = raw.trim();
    let is_long = RULE_NAME_CHARS_MAX < name.chars().count();
    if name.is_empty() || is_long || !is_printable(name) { Err(InvalidName) } else { Ok(name) }
}

/// Why a name leads to nothing.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// Nothing has it.
    #[error("there is no {kind} {name:?}")]
    Nobody {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Several have it.
    #[error("several are called {name:?}: say the id of one {kind}, which lists show")]
    Several {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The names of all things of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Labels<Id> {
    names: HashMap<Id, String>,
    by_name: HashMap<String, Vec<Id>>,
}

impl<Id: Labelled> Labels<Id> {
    pub(crate) fn new(named: impl IntoIterator<Item = (Id, String)>) -> Self {
        let mut labels = Self { names: HashMap::new(), by_name: HashMap::new() };
        named.into_iter().for_each(|(id, name)| labels.add(id, name));
        labels
    }

    /// One more; what is there keeps its name.
    pub(crate) fn add(&mut self, id: Id, name: String) {
        if !self.names.contains_key(&id) {
            self.by_name.entry(name.clone()).or_default().push(id);
            self.names.insert(id, name);
        }
    }

    /// What an id, the name under which a thing was made, or the name that it has now leads to.
    pub(crate) fn find(&self, raw: &str) -> Result<Option<Id>, NameError> {
        let own = [Id::parse_id(raw), Some(id_of_name(raw))];
        match own.into_iter().flatten().find(|id| self.names.contains_key(id)) {
            Some(id) => Ok(Some(id)),
            None => self.named(raw),
        }
    }

    /// What has this name now.
    pub(crate) fn named(&self, name: &str) -> Result<Option<Id>, NameError> {
        match self.by_name.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(*one)),
            Some(_) => Err(NameError::Several { kind: Id::KIND, name: name.to_owned() }),
        }
    }

    fn load(&self, raw: &str) -> Result<Id, NameError> {
        let nobody = || NameError::Nobody { kind: Id::KIND, name: raw.chars().take(RULE_NAME_CHARS_MAX).collect() };
        self.find(raw)?.ok_or_else(nobody)
    }

    /// What leads to a thing: its name, or its id where the name is another's as well.
    pub(crate) fn label(&self, id: Id) -> String {
        let name = self.names.get(&id).filter(|name| matches!(self.find(name), Ok(Some(found)) if found == id));
        name.cloned().unwrap_or_else(|| id.to_string())
    }
}

impl Shop {
    /// What staff call something: its text in the store's first language.
    pub fn staff_name<'t>(&self, texts: &'t Texts) -> &'t str {
        texts.get(&self.staff_languages())
    }

    pub(crate) fn staff_languages(&self) -> Vec<Language> {
        self.settings().markets.languages()
    }

    /// An offer by its name or its id; a damaged one is none.
    pub async fn load_offer_named(&self, raw: &str) -> Result<StoredOffer, NameError> {
        let mut offers = self.list_offers().await?.entries;
        let named = offers.iter().map(|stored| (stored.offer.id(), self.staff_name(stored.offer.name()).to_owned()));
        let id = Labels::new(named).load(raw)?;
        let place = offers.iter().position(|stored| stored.offer.id() == id);
        place
            .map(|place| offers.swap_remove(place))
            .ok_or(NameError::Nobody { kind: OfferId::KIND, name: raw.to_owned() })
    }

    /// A range by its name or its id; a damaged one is none.
    pub async fn load_range_named(&self, raw: &str) -> Result<StoredRange, NameError> {
        let mut ranges = self.list_ranges().await?.entries;
        let named = ranges.iter().map(|range| (range.id, self.staff_name(&range.name).to_owned()));
        let id = Labels::new(named).load(raw)?;
        let place = ranges.iter().position(|range| range.id == id);
        place
            .map(|place| ranges.swap_remove(place))
            .ok_or(NameError::Nobody { kind: RangeId::KIND, name: raw.to_owned() })
    }

    /// A set of vouchers by its name or its id; a damaged one is none.
    pub async fn load_voucher_set_named(&self, raw: &str) -> Result<VoucherSet, NameError> {
        let mut sets = self.list_voucher_sets().await?.entries;
        let id = Labels::new(sets.iter().map(|set| (set.id, set.name.clone()))).load(raw)?;
        let place = sets.iter().position(|set| set.id == id);
        place
            .map(|place| sets.swap_remove(place))
            .ok_or(NameError::Nobody { kind: VoucherSetId::KIND, name: raw.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_an_id_leads_to_one() {
        let (old, a, b): (OfferId, OfferId, OfferId) = (id_of_name("a-tenth"), id_of_name("x"), id_of_name("y"));
        let stranger: OfferId = id_of_name("z");
        let labels = Labels::new([(old, "A tenth off".to_owned()), (a, "Twins".to_owned()), (b, "Twins".to_owned())]);
        for (case, raw, want) in [
            ("the name that it has", "A tenth off", Some(old)),
            ("the name under which it was made", "a-tenth", Some(old)),
            ("its id", &a.to_string(), Some(a)),
            ("an id of nobody's", &stranger.to_string(), None),
            ("a name of nobody's", "A fifth off", None),
        ] {
            assert_eq!(labels.find(raw).unwrap(), want, "{case}");
        }
        assert!(matches!(labels.find("Twins"), Err(NameError::Several { kind: "offer", .. })));
        assert_eq!([old, a].map(|id| labels.label(id)), ["A tenth off".to_owned(), a.to_string()]);
    }

    #[test]
    fn what_an_offer_is_called_leads_back_to_it() {
        // One is called by the name under which another was made.
        let (first, second): (RangeId, RangeId) = (id_of_name("teas"), id_of_name("other"));
        let labels = Labels::new([(first, "Black teas".to_owned()), (second, "teas".to_owned())]);
        assert_eq!(labels.find("teas").unwrap(), Some(first));
        assert_eq!([first, second].map(|id| labels.label(id)), ["Black teas".to_owned(), second.to_string()]);
        for id in [first, second] {
            assert_eq!(labels.find(&labels.label(id)).unwrap(), Some(id));
        }
    }

    #[test]
    fn names_are_parsed_at_the_door() {
        let long = "x".repeat(RULE_NAME_CHARS_MAX + 1);
        for (raw, want) in [(" Tea ", Some("Tea")), ("", None), ("a\nb", None), ("a\u{202e}b", None), (&long, None)] {
            assert_eq!(parse_name(raw).ok(), want, "{raw}");
        }
    }
}
