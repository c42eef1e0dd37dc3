//! Offers of a file.

use super::{Plan, check_length, mistake, new_description, new_name, resolve};
use crate::labels::parse_name;
use crate::offer_file::RuleKind;
use crate::offer_file::document::{Documents, differing_fields};
use commerce::ids::{OfferId, RangeId};
use commerce::money::Currency;
use commerce::offer::{OFFERS_MAX, Offer, PartnerNames};
use commerce::range::Range;
use db::offers::StoredOffer;
use offer_cases::{FileOffer, Names, ReadError};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Plan<'_> {
    /// Works out what becomes of each offer, once all of them are known by their names: they may name each other.
    pub(in crate::offer_file) fn offers(&mut self) {
        let (file, language) = (self.file, self.language());
        let entries = file.offers.iter().map(|offer| (offer.id.as_str(), offer.name.as_ref()));
        let resolved = resolve(&self.known.offer_labels, &mut self.offers, entries, language);
        let mut position = self.known.offers.iter().map(|stored| stored.position).max().unwrap_or_default();
        let mut total = self.known.offers.len();
        for (offer, id) in file.offers.iter().zip(resolved) {
            if self.speaks_of_broken(offer) {
                self.offers.is_broken(&offer.id);
                continue;
            }
            let id = id.map_err(|what| mistake(RuleKind::Offer, &offer.id, Some("id"), what));
            match id.and_then(|id| self.offer(offer, id, position.saturating_add(1))) {
                Ok(is_new) => {
                    position = position.saturating_add(i64::from(is_new));
                    total += usize::from(is_new);
                }
                Err(error) => {
                    self.offers.is_broken(&offer.id);
                    self.report.add_error(error);
                }
            }
        }
        if OFFERS_MAX < total {
            let what = format!("a store has at most {OFFERS_MAX}, and this would make {total}");
            self.report.add_error(ReadError { place: "offers".to_owned(), what });
        }
        self.tell_contradictions();
    }

    /// Of each offer that is written: what contradicts another one, as the two will stand.
    fn tell_contradictions(&mut self) {
        let written = self.planned.offers.iter().map(|(_, stored)| stored);
        let standing: BTreeMap<OfferId, &Offer> =
            self.known.offers.iter().chain(written).map(|stored| (stored.offer.id(), &stored.offer)).collect();
        let besides: Vec<(&Offer, PartnerNames)> =
            standing.into_values().map(|offer| (offer, offer.partner_names())).collect();
        for (called, StoredOffer { offer, .. }) in &self.planned.offers {
            let mut others = besides.iter().filter(|(other, _)| other.id() != offer.id());
            let told = others.find_map(|(other, beside)| Some((other, offer.check_beside(beside).err()?)));
            if let Some((other, problem)) = told {
                let what = format!("{problem}: {:?}", other.name().get(&self.known.languages));
                self.report.add_error(mistake(RuleKind::Offer, called, None, what));
            }
        }
    }

    /// Whether a range that it names may be one that could not be read: that has been told.
    fn speaks_of_broken(&self, offer: &FileOffer) -> bool {
        let ranges = [&offer.condition.range, &offer.benefit.range];
        self.ranges.has_broken && ranges.into_iter().flatten().any(|name| self.range_id(name).is_err())
    }

    fn range_id(&self, name: &str) -> Result<RangeId, String> {
        if let Some(id) = self.ranges.ids.get(name) {
            return Ok(*id);
        }
        let found = self.known.range_labels.find(name).map_err(|error| error.to_string())?;
        found.ok_or_else(|| format!("there is no range {name:?}, neither in the file nor in the store"))
    }

    pub(super) fn offer_id(&self, name: &str) -> Result<OfferId, String> {
        if let Some(id) = self.offers.ids.get(name) {
            return Ok(*id);
        }
        let found = self.known.offer_labels.find(name).map_err(|error| error.to_string())?;
        found.ok_or_else(|| format!("there is no offer {name:?}, neither in the file nor in the store"))
    }

    /// Whether it is a new one.
    fn offer(&mut self, offer: &FileOffer, id: OfferId, position: i64) -> Result<bool, ReadError> {
        let (language, called) = (self.language(), offer.id.as_str());
        let wrong = |field: Option<&str>, what: String| mistake(RuleKind::Offer, called, field, what);
        if offer.uses.is_some() {
            let what =
                "num_applications, user_applications and total_discount are for `offers try`: a store counts itself";
            return Err(wrong(None, what.to_owned()));
        }
        let before = self.known.offer(id).cloned();
        let (words, known) = (offer.name.as_ref(), before.as_ref().map(|before| before.offer.name()));
        let name =
            new_name(&self.known.offer_labels, &mut self.offers, (id, called), words, known, &self.known.languages);
        let name = name.map_err(|what| wrong(Some("name"), what))?;
        let label = name.get(&self.known.languages).to_owned();
        let currency = self.currency(offer, before.as_ref()).map_err(|what| wrong(Some("currency"), what))?;
        let parts = offer.parts((id, name), currency, language, &InFile(self));
        let mut parts = parts.map_err(|error| ReadError { place: format!("offer {}", error.place), ..error })?;
        let rested = before.as_ref().is_some_and(|before| before.offer.is_suspended());
        parts.suspended = offer.suspended.unwrap_or(rested);
        let known = before.as_ref().map(|before| &before.description);
        let description = new_description(offer.description.as_ref(), known, language);
        for action in &parts.actions {
            parse_name(&action.code).map_err(|_| wrong(Some("actions"), "a code is 1 to 128 characters".to_owned()))?;
            check_length(&action.text).map_err(|what| wrong(Some("actions"), what))?;
        }
        let stored = StoredOffer {
            offer: Offer::new(parts).map_err(|error| wrong(None, error.to_string()))?,
            position: before.as_ref().map_or(position, |before| before.position),
            description: description.map_err(|what| wrong(Some("description"), what))?,
            created_at: before.as_ref().map_or_else(|| self.shop.now(), |before| before.created_at),
            oscar: before.as_ref().and_then(|before| before.oscar),
        };
        self.known.offer_labels.add(id, label);
        let fields = before.as_ref().map(|before| self.differing(before, &stored));
        if fields.as_ref().is_none_or(|fields| !fields.is_empty()) {
            self.planned.offers.push((called.to_owned(), stored));
        }
        self.count(RuleKind::Offer, called, fields);
        Ok(before.is_none())
    }

    /// The currency of its amounts: its own, else that of the file, else that of the store's first market. One without
    /// amounts holds in every currency.
    fn currency(&self, offer: &FileOffer, before: Option<&StoredOffer>) -> Result<Option<Currency>, String> {
        let otherwise = || self.file.currency.or(self.known.currencies.first().copied());
        let currency = offer.currency.or_else(|| offer.holds_amounts().then(otherwise).flatten());
        let was = before.and_then(|before| before.offer.currency());
        match currency {
            Some(currency) if was != Some(currency) && !self.known.currencies.contains(&currency) => {
                let known: Vec<&str> = self.known.currencies.iter().map(Currency::code).collect();
                Err(format!("no market of this store has {currency} ({})", known.join(", ")))
            }
            currency => Ok(currency),
        }
    }

    /// As files say it: a range counts by its name, not by what is in it.
    fn differing(&self, before: &StoredOffer, after: &StoredOffer) -> Vec<String> {
        let documents = Documents { known: self.known, slugs: &BTreeMap::new() };
        let [old, new] = [before, after].map(|stored| documents.offer(stored).to_json(&self.known.calendar));
        differing_fields(&old, &new)
    }
}

/// Names stand for what the file has under them, else for what the store has.
struct InFile<'a, 'p>(&'a Plan<'p>);

impl Names for InFile<'_, '_> {
    fn offer(&self, name: &str) -> Result<OfferId, String> {
        self.0.offer_id(name)
    }

    fn range(&self, name: &str) -> Result<Arc<Range>, String> {
        let id = self.0.range_id(name)?;
        let rule = self.0.new_rules.get(&id).or_else(|| self.0.known.rules.get(&id));
        rule.cloned().ok_or_else(|| format!("there is no range {name:?}, neither in the file nor in the store"))
    }
}
