//! Vouchers of a file.

use super::{Plan, mistake};
use crate::labels::parse_name;
use crate::offer_file::RuleKind;
use crate::offer_file::document::{Documents, differing_fields};
use commerce::ids::{OfferId, VoucherId};
use commerce::offer::OfferKind;
use commerce::voucher::{InvalidNewCode, Voucher, VoucherCode, VoucherParts};
use db::DbError;
use db::vouchers::{StoredVoucher, VOUCHERS_PER_PAGE_MAX};
use offer_cases::{FileVoucher, ReadError};
use std::collections::{BTreeMap, HashMap, HashSet};

impl Plan<'_> {
    /// Works out what becomes of each voucher.
    pub(in crate::offer_file) async fn vouchers(&mut self) -> Result<(), DbError> {
        let (file, mut seen) = (self.file, HashSet::new());
        for chunk in file.vouchers.chunks(VOUCHERS_PER_PAGE_MAX) {
            let codes: Vec<VoucherCode> = chunk.iter().map(|voucher| voucher.code.clone()).collect();
            let found = self.shop.db().find_vouchers(&codes).await?.entries.into_iter();
            let before: HashMap<VoucherCode, StoredVoucher> =
                found.map(|stored| (stored.voucher.code().clone(), stored)).collect();
            for voucher in chunk {
                let planned = if seen.insert(voucher.code.clone()) {
                    self.voucher(voucher, before.get(&voucher.code))
                } else {
                    Err(mistake(RuleKind::Voucher, voucher.code.as_str(), None, "is in the file twice"))
                };
                if let Err(error) = planned {
                    self.report.add_error(error);
                }
            }
        }
        Ok(())
    }

    fn voucher(&mut self, voucher: &FileVoucher, before: Option<&StoredVoucher>) -> Result<(), ReadError> {
        let called = voucher.code.as_str();
        let wrong = |field: Option<&str>, what: String| mistake(RuleKind::Voucher, called, field, what);
        if voucher.uses.is_some() || voucher.in_basket.is_some() {
            let what = "times_used_… and in_basket are for `offers try`: a store counts itself";
            return Err(wrong(None, what.to_owned()));
        }
        if before.is_none() && !voucher.code.is_easily_typed() {
            return Err(wrong(Some("code"), InvalidNewCode.to_string()));
        }
        // One whose offers may be among those that could not be read: that has been told.
        if self.offers.has_broken && voucher.offers.iter().any(|name| self.offer_id(name).is_err()) {
            return Ok(());
        }
        let opened = voucher.offers.iter().map(|name| self.offer_id(name)).collect::<Result<Vec<OfferId>, _>>();
        let opened = opened.map_err(|what| wrong(Some("offers"), what))?;
        if before.is_none_or(|before| before.voucher.offers() != opened) {
            self.refuse_open_offers(&opened).map_err(|what| wrong(Some("offers"), what))?;
        }
        let name = match (&voucher.name, before) {
            (Some(name), _) => name.trim().to_owned(),
            (None, Some(before)) => before.name.clone(),
            (None, None) => called.to_owned(),
        };
        if before.is_none_or(|before| before.name != name) {
            parse_name(&name).map_err(|error| wrong(Some("name"), error.to_string()))?;
        }
        let FileVoucher { code, usage, start, end, .. } = voucher;
        let parts = VoucherParts { code: code.clone(), usage: *usage, offers: opened, start: *start, end: *end };
        let new_id = || VoucherId::new(self.shop.chance().staff_id(self.shop.now()));
        let stored = StoredVoucher {
            id: before.map_or_else(new_id, |before| before.id),
            voucher: Voucher::new(parts).map_err(|error| wrong(None, error.to_string()))?,
            name,
            set: before.and_then(|before| before.set),
            created_at: before.map_or_else(|| self.shop.now(), |before| before.created_at),
            oscar: before.and_then(|before| before.oscar),
        };
        let documents = Documents { known: self.known, slugs: &BTreeMap::new() };
        let document = |stored: &StoredVoucher| documents.voucher(stored).to_json(&self.known.calendar);
        let fields = before.map(|before| differing_fields(&document(before), &document(&stored)));
        if fields.as_ref().is_none_or(|fields| !fields.is_empty()) {
            self.planned.vouchers.push(stored);
        }
        self.count(RuleKind::Voucher, called, fields);
        Ok(())
    }

    /// A voucher for an offer that everybody has would change nothing.
    fn refuse_open_offers(&self, opened: &[OfferId]) -> Result<(), String> {
        let planned = |id: OfferId| {
            let planned = self.planned.offers.iter().map(|(_, stored)| stored).find(|stored| stored.offer.id() == id);
            planned.or_else(|| self.known.offer(id))
        };
        let open =
            opened.iter().find_map(|id| planned(*id).filter(|stored| *stored.offer.kind() != OfferKind::Voucher));
        match open {
            Some(stored) => {
                let name = self.known.offer_labels.label(stored.offer.id());
                Err(format!("{name:?} needs no voucher; only offers of type Voucher are opened by one"))
            }
            None => Ok(()),
        }
    }
}
