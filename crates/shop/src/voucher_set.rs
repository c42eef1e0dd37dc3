//! Sets of vouchers: many codes for one campaign, drawn at random, one for each person.

use crate::labels::{InvalidName, NameError, id_of_name, parse_name};
use crate::shop::Shop;
use crate::vouchers::{VOUCHERS_PER_WRITE_MAX, VoucherError};
use commerce::event::{Actor, Subject};
use commerce::ids::{OfferId, VoucherId, VoucherSetId};
use commerce::moment::Moment;
use commerce::offer::OfferKind;
use commerce::voucher::{CodeLength, InvalidNewCode, InvalidVoucher, Voucher, VoucherCode, VoucherParts, VoucherUsage};
use db::DbError;
use db::vouchers::{StoredVoucher, VoucherSet};
use std::collections::HashSet;
use std::io::Write;

/// Most vouchers of one set.
pub const VOUCHERS_PER_SET_MAX: u32 = 100_000;
/// Vouchers that one transaction removes: each may have counters in many buckets and currencies.
const VOUCHERS_PER_REMOVAL_MAX: usize = 16;
/// Times that codes are drawn again where some are taken.
const DRAWS_MAX: usize = 8;

/// What the vouchers of a set, or a single one, open to whom and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherTerms {
    /// The offers.
    pub offers: Vec<OfferId>,
    /// How often each may be used.
    pub usage: VoucherUsage,
    /// First moment, inclusive.
    pub start: Option<Moment>,
    /// Last moment, inclusive.
    pub end: Option<Moment>,
}

/// A set that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedSet {
    /// What staff know it by.
    pub name: String,
    /// What its vouchers open.
    pub terms: VoucherTerms,
    /// How many.
    pub count: u32,
    /// Letters of each code.
    pub length: CodeLength,
}

/// A set as it is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeSet {
    /// The set.
    pub set: VoucherSet,
    /// Vouchers that were made now.
    pub made: u32,
    /// Vouchers that it had before.
    pub there: u32,
}

/// Why vouchers were not made or removed.
#[derive(Debug, thiserror::Error)]
pub enum VoucherSetError {
    /// The name is none.
    #[error(transparent)]
    InvalidName(#[from] InvalidName),
    /// Not a number of vouchers.
    #[error("a set has 1 to {VOUCHERS_PER_SET_MAX} vouchers")]
    Count,
    /// The code is none that can be made.
    #[error(transparent)]
    InvalidCode(#[from] InvalidNewCode),
    /// They would make no sense.
    #[error(transparent)]
    Invalid(#[from] InvalidVoucher),
    /// Everybody has the offer.
    #[error("offer {0:?} needs no voucher: only offers of type Voucher are opened by one")]
    NeedsNoVoucher(String),
    /// There is one of that name whose vouchers are others.
    #[error(
        "there is a set {0:?} whose vouchers open other offers, or at other times: choose another name, or remove it first"
    )]
    OtherTerms(String),
    /// There is a voucher of that code with other terms.
    #[error("there is a voucher {0} already, for other offers or times: remove it first, or choose another code")]
    OtherVoucher(VoucherCode),
    /// So many draws met codes that are taken.
    #[error("too many codes of that length are taken: say a greater --length")]
    CodesTaken,
    /// A row of the set cannot be removed, because it is damaged.
    #[error("the set has a row that is damaged: `tradewind doctor` names it")]
    Damaged,
    /// The name leads to nothing.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The vouchers cannot be written.
    #[error(transparent)]
    Voucher(#[from] VoucherError),
    /// The codes cannot be written out.
    #[error("the codes cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<std::io::Error> for VoucherSetError {
    fn from(error: std::io::Error) -> Self {
        Self::Csv(error.into())
    }
}

impl VoucherTerms {
    fn voucher(&self, code: VoucherCode) -> Result<Voucher, InvalidVoucher> {
        let Self { offers, usage, start, end } = self;
        Voucher::new(VoucherParts { code, usage: *usage, offers: offers.clone(), start: *start, end: *end })
    }

    fn are_those_of(&self, voucher: &Voucher) -> bool {
        let Self { offers, usage, start, end } = self;
        voucher.offers() == offers && voucher.usage() == *usage && voucher.start() == *start && voucher.end() == *end
    }
}

impl Shop {
    /// Makes a voucher of a code. `false` where it is there already, just like that.
    pub async fn make_voucher(
        &self,
        code: &VoucherCode,
        name: &str,
        terms: &VoucherTerms,
        actor: &Actor,
    ) -> Result<bool, VoucherSetError> {
        let voucher = terms.voucher(code.clone())?;
        let name = parse_name(name)?.to_owned();
        self.refuse_open_offers(&terms.offers).await?;
        if let Some(known) = self.find_voucher(code).await? {
            let is_same = terms.are_those_of(&known.voucher) && known.name == name;
            return if is_same { Ok(false) } else { Err(VoucherSetError::OtherVoucher(code.clone())) };
        }
        if !code.is_easily_typed() {
            return Err(InvalidNewCode.into());
        }
        let stored = self.new_voucher(voucher, name, None);
        self.save_vouchers(std::slice::from_ref(&stored), actor).await?;
        Ok(true)
    }

    fn new_voucher(&self, voucher: Voucher, name: String, set: Option<VoucherSetId>) -> StoredVoucher {
        let (now, oscar) = (self.now(), None);
        let id = VoucherId::new(self.chance().staff_id(now));
        StoredVoucher { id, voucher, name, set, created_at: now, oscar }
    }

    async fn refuse_open_offers(&self, opened: &[OfferId]) -> Result<(), VoucherSetError> {
        let offers = self.list_offers().await?.entries;
        let open = offers
            .iter()
            .find(|stored| opened.contains(&stored.offer.id()) && *stored.offer.kind() != OfferKind::Voucher);
        match open {
            Some(stored) => Err(VoucherSetError::NeedsNoVoucher(self.staff_name(stored.offer.name()).to_owned())),
            None => Ok(()),
        }
    }

    /// Makes a set of vouchers with codes that are drawn, or the rest of one that was broken off: run again, it finds
    /// as many as are wanted. Tells how many there are as it goes on.
    pub async fn make_voucher_set(
        &self,
        wanted: &WantedSet,
        actor: &Actor,
        progress: &mut (dyn FnMut(u32) + Send),
    ) -> Result<MadeSet, VoucherSetError> {
        if !(1..=VOUCHERS_PER_SET_MAX).contains(&wanted.count) {
            return Err(VoucherSetError::Count);
        }
        let name = parse_name(&wanted.name)?;
        let terms = &wanted.terms;
        // Before anything is written: whether such vouchers can be.
        terms.voucher(self.draw(wanted.length))?;
        self.refuse_open_offers(&terms.offers).await?;
        let (set, there) = self.set_to_fill(name, terms, actor).await?;
        let mut total = there;
        while total < wanted.count {
            let chunk = usize::try_from(wanted.count - total).unwrap_or(usize::MAX).min(VOUCHERS_PER_WRITE_MAX);
            self.fill_set(&set, terms, (chunk, wanted.length), actor).await?;
            total += u32::try_from(chunk).unwrap_or(u32::MAX);
            progress(total);
        }
        Ok(MadeSet { set, made: total - there, there })
    }

    /// The set of that name and how many vouchers it has; a new one where there is none.
    async fn set_to_fill(
        &self,
        name: &str,
        terms: &VoucherTerms,
        actor: &Actor,
    ) -> Result<(VoucherSet, u32), VoucherSetError> {
        match self.load_voucher_set_named(name).await {
            Err(NameError::Nobody { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(set) => {
                let (first, _) = self.db().list_vouchers_of_set(set.id, "").await?;
                if !first.entries.iter().all(|stored| terms.are_those_of(&stored.voucher)) {
                    return Err(VoucherSetError::OtherTerms(name.to_owned()));
                }
                let count = self.db().count_vouchers_by_set().await?.get(&set.id).copied().unwrap_or_default();
                return Ok((set, u32::try_from(count).unwrap_or(u32::MAX)));
            }
        }
        let set = VoucherSet {
            id: id_of_name(name),
            name: name.to_owned(),
            description: String::new(),
            start: terms.start,
            end: terms.end,
            created_at: self.now(),
            oscar: None,
        };
        self.save_voucher_set(&set, actor).await?;
        Ok((set, 0))
    }

    fn draw(&self, length: CodeLength) -> VoucherCode {
        VoucherCode::drawn(length, || self.chance().number())
    }

    /// So many vouchers more, in one transaction.
    async fn fill_set(
        &self,
        set: &VoucherSet,
        terms: &VoucherTerms,
        (count, length): (usize, CodeLength),
        actor: &Actor,
    ) -> Result<(), VoucherSetError> {
        for _ in 0..DRAWS_MAX {
            let codes: HashSet<VoucherCode> = (0..count).map(|_| self.draw(length)).collect();
            if codes.len() < count {
                continue;
            }
            let vouchers = codes.into_iter().map(|code| terms.voucher(code));
            let vouchers = vouchers.collect::<Result<Vec<Voucher>, _>>()?;
            let stored: Vec<StoredVoucher> =
                vouchers.into_iter().map(|voucher| self.new_voucher(voucher, set.name.clone(), Some(set.id))).collect();
            match self.save_vouchers(&stored, actor).await {
                Err(VoucherError::CodeTaken) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(()),
            }
        }
        Err(VoucherSetError::CodesTaken)
    }

    /// Writes the codes of a set as CSV, with what was used of each; how many there are. Memory does not grow with them.
    pub async fn export_voucher_set<W: Write + Send>(&self, set: &VoucherSet, out: W) -> Result<u64, VoucherSetError> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(["code", "state", "orders", "start", "end"])?;
        let (calendar, mut rows, mut after) = (self.calendar(), 0, Some(String::new()));
        while let Some(code) = after {
            let (page, next) = self.db().list_vouchers_of_set(set.id, &code).await?;
            for now in self.vouchers_now(page.entries).await? {
                let voucher = &now.stored.voucher;
                let orders: i64 = now.used.iter().map(|used| used.orders).fold(0, i64::saturating_add);
                let start = voucher.start().map_or(String::new(), |start| calendar.show_start(start));
                let end = voucher.end().map_or(String::new(), |end| calendar.show_end(end));
                let code = voucher.code().as_str();
                writer.write_record([code, now.state.name(), &orders.to_string(), &start, &end])?;
                rows += 1;
            }
            after = next;
        }
        writer.flush()?;
        Ok(rows)
    }

    /// Removes a set with all its vouchers, some at once; how many they were. Orders keep their copies.
    pub async fn remove_voucher_set_whole(&self, set: VoucherSetId, actor: &Actor) -> Result<u64, VoucherSetError> {
        let mut removed = 0;
        loop {
            let (page, _) = self.db().list_vouchers_of_set(set, "").await?;
            let damaged = page.damaged.iter().filter_map(|row| VoucherId::parse(&row.key).ok());
            let ids: Vec<VoucherId> = page.entries.iter().map(|stored| stored.id).chain(damaged).collect();
            if ids.is_empty() && page.damaged.is_empty() {
                break;
            }
            let before = removed;
            for chunk in ids.chunks(VOUCHERS_PER_REMOVAL_MAX) {
                removed += self.remove_vouchers(chunk, actor).await?;
            }
            // Whatever is left would be met for ever.
            if removed == before {
                return Err(VoucherSetError::Damaged);
            }
        }
        self.remove_voucher_set(set, actor).await?;
        Ok(removed)
    }

    async fn remove_vouchers(&self, ids: &[VoucherId], actor: &Actor) -> Result<u64, DbError> {
        self.db()
            .retry(|| async {
                let (mut tx, mut removed) = (self.db().begin().await?, 0);
                for id in ids {
                    if tx.remove_voucher(*id).await? {
                        let event = self.event(actor, Subject::Voucher, id, "voucher_removed", String::new());
                        tx.insert_event(&event).await?;
                        removed += 1;
                    }
                }
                tx.commit().await?;
                Ok(removed)
            })
            .await
    }
}
