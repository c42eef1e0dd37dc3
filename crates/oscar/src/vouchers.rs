//! Vouchers and the sets in which they were made. A store may have very many: they are read page by page.

use crate::catalogue::{Catalogue, Known};
use crate::ids;
use crate::offers::ImportedUse;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::{Filter, Select, Span, Whose};
use crate::source::Source;
use commerce::catalogue::OscarKey;
use commerce::ids::{OfferId, VoucherId, VoucherSetId};
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage};
use std::collections::{BTreeMap, HashSet};

/// Most vouchers of one page.
pub const VOUCHERS_PER_PAGE_MAX: usize = 500;

const SETS: Select = Select {
    table: "voucher_voucherset",
    joins: &[],
    columns: &["t.id", "t.name", "t.description", "t.start_datetime", "t.end_datetime", "t.date_created"],
};
const VOUCHERS: Select = Select {
    table: "voucher_voucher",
    joins: &[],
    columns: &[
        "t.id",
        "t.code",
        "t.name",
        "t.usage",
        "t.start_datetime",
        "t.end_datetime",
        "t.voucher_set_id",
        "t.num_orders",
        "t.total_discount",
        "t.date_created",
    ],
};
const OFFERS: Select =
    Select { table: "voucher_voucher_offers", joins: &[], columns: &["t.id", "t.voucher_id", "t.conditionaloffer_id"] };

/// A set of vouchers as it comes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedVoucherSet {
    /// Its id.
    pub id: VoucherSetId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// First moment of its vouchers, as they were made.
    pub start: Option<Moment>,
    /// Last moment of its vouchers, as they were made.
    pub end: Option<Moment>,
    /// When it was made.
    pub created_at: Option<Moment>,
    /// Its key.
    pub key: OscarKey,
}

/// A voucher as it comes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedVoucher {
    /// Its id.
    pub id: VoucherId,
    /// What it opens to whom and when.
    pub voucher: Voucher,
    /// Its name.
    pub name: String,
    /// The set in which it was made.
    pub set: Option<VoucherSetId>,
    /// When it was made.
    pub created_at: Option<Moment>,
    /// Its key.
    pub key: OscarKey,
    /// How much of it was used.
    pub used: ImportedUse,
}

/// Some vouchers, in order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoucherPage {
    /// The vouchers.
    pub vouchers: Vec<ImportedVoucher>,
    /// Where to go on; `None` at the end.
    pub next: Option<OscarKey>,
}

/// All sets, in order of their keys.
pub(crate) async fn voucher_sets(
    source: &mut Source,
    known: &Known,
    report: &mut Report,
) -> Result<Vec<ImportedVoucherSet>, ReadError> {
    let rows = source.all(&SETS, report).await?;
    let sets = rows.iter().filter_map(|row| {
        let key = row.key()?;
        let mut read = Read { row, options: &known.options, report };
        Some(ImportedVoucherSet {
            id: ids::voucher_set(key),
            name: read.name("t.name", "Voucher set"),
            description: row.filled("t.description").unwrap_or_default().to_owned(),
            start: read.moment("t.start_datetime"),
            end: read.moment("t.end_datetime"),
            created_at: read.moment("t.date_created"),
            key,
        })
    });
    Ok(sets.collect())
}

/// The vouchers after a key. `offers` and `sets` are those that came over.
pub(crate) async fn page(
    catalogue: &mut Catalogue<'_>,
    after: Option<OscarKey>,
    limit: usize,
    offers: &HashSet<OfferId>,
    sets: &HashSet<VoucherSetId>,
) -> Result<VoucherPage, ReadError> {
    let Catalogue { source, known, report, voucher_codes, .. } = catalogue;
    let rows = source.rows(&VOUCHERS, Filter::After(after, limit), report).await?;
    let next = rows.last().and_then(Row::key).filter(|_| rows.len() == limit);
    let span = Span { after, until: next };
    let mut opened: BTreeMap<OscarKey, Vec<OscarKey>> = BTreeMap::new();
    for row in source.rows(&OFFERS, Filter::Of("t.voucher_id", Whose::Products, span), report).await? {
        if let (Some(voucher), Some(offer)) = (row.integer("t.voucher_id"), row.integer("t.conditionaloffer_id")) {
            opened.entry(voucher).or_default().push(offer);
        }
    }
    let applications = source.count_by("voucher_voucherapplication", "voucher_id", None, span).await?;
    let mut page = VoucherPage { vouchers: Vec::new(), next };
    for row in &rows {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options: &known.options, report };
        let offers = brought(&mut read, opened.get(&key).map_or(&[][..], Vec::as_slice), offers);
        let Some(voucher) = voucher(&mut read, offers) else { continue };
        if voucher_codes.claim_code(0, voucher.code().to_string()).is_changed {
            read.note(Code::Duplicate, format!("another voucher has the code {}; left out", voucher.code()));
            continue;
        }
        let applications = applications.get(&key).copied().unwrap_or_default();
        page.vouchers.push(imported(key, voucher, &mut read, sets, i64::try_from(applications).unwrap_or(i64::MAX)));
    }
    Ok(page)
}

/// The offers of a voucher that came over.
fn brought(read: &mut Read<'_>, named: &[OscarKey], offers: &HashSet<OfferId>) -> Vec<OfferId> {
    let mut found = Vec::new();
    for key in named {
        let id = ids::offer(*key);
        if !offers.contains(&id) {
            read.note(Code::ReferenceMissing, format!("it opens offer {key}, which did not come; left out"));
        } else if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn voucher(read: &mut Read<'_>, offers: Vec<OfferId>) -> Option<Voucher> {
    let raw = read.row.text("t.code").unwrap_or_default();
    let Ok(code) = VoucherCode::parse(raw) else {
        let what = format!("{} is no code that shoppers can type; left out", quote(raw));
        read.note(Code::VoucherInvalid, what);
        return None;
    };
    let usage = match read.row.text("t.usage").unwrap_or_default() {
        "Single use" => VoucherUsage::Single,
        "Multi-use" => VoucherUsage::Multi,
        "Once per customer" => VoucherUsage::OncePerCustomer,
        other => {
            let what = format!("usage is {}; it may be used once", quote(other));
            read.note(Code::ValueDefaulted, what);
            VoucherUsage::Single
        }
    };
    // Oscar's always has both; without them it would hold for ever.
    let dates = [read.moment("t.start_datetime"), read.moment("t.end_datetime")];
    let [Some(start), Some(end)] = dates else {
        read.note(Code::VoucherInvalid, "it has no first or no last day; left out");
        return None;
    };
    let voucher = Voucher::new(VoucherParts { code, usage, offers, start: Some(start), end: Some(end) });
    voucher.map_err(|error| read.note(Code::VoucherInvalid, format!("{error}; left out"))).ok()
}

fn imported(
    key: OscarKey,
    voucher: Voucher,
    read: &mut Read<'_>,
    sets: &HashSet<VoucherSetId>,
    applications: i64,
) -> ImportedVoucher {
    let set = read.row.integer("t.voucher_set_id").map(ids::voucher_set).filter(|set| sets.contains(set));
    if set.is_none() && read.row.filled("t.voucher_set_id").is_some() {
        read.note_missing("t.voucher_set_id", "came without a set");
    }
    if 0 < applications && voucher.usage() == VoucherUsage::OncePerCustomer {
        let uses = format!("{applications} uses by customers: each of them may use {} once more", voucher.code());
        read.note(Code::NotBrought, uses);
    }
    let currency = read.options.currency;
    ImportedVoucher {
        id: ids::voucher(key),
        name: read.line("t.name").unwrap_or_else(|| voucher.code().to_string()),
        voucher,
        set,
        created_at: read.moment("t.date_created"),
        key,
        used: ImportedUse {
            applications,
            orders: read.count("t.num_orders", 0).max(0),
            discount: read.money("t.total_discount", currency).unwrap_or(Money::zero(currency)),
        },
    }
}
