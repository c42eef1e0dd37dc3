//! Uses of limited offers and vouchers. A counter is one row that those who want the last use fight over, by one
//! conditional statement each, as for units of stock. What a hold has taken stands beside its units.

use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::{ListSql, RowsSql, Statements};
use commerce::ids::{CheckoutId, HoldId};
use commerce::moment::Moment;
use commerce::offer::{LimitedUse, UseCount, UseSubject};
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::checkouts::{Hold, hold};

const TAKE: &str = "INSERT INTO use_counters (subject, times, discount) VALUES ($1, $2, $3) \
     ON CONFLICT (subject) DO UPDATE SET times = use_counters.times + excluded.times, \
     discount = use_counters.discount + excluded.discount \
     WHERE use_counters.times + excluded.times <= $4 AND use_counters.discount + excluded.discount <= $5";
pub(crate) const GIVE_BACK: &str =
    "UPDATE use_counters SET times = times - $2, discount = discount - $3 WHERE subject = $1";
const OF_CHECKOUT: &str = "SELECT u.subject, u.times, u.discount FROM hold_uses u JOIN holds h ON h.id = u.hold_id \
     WHERE h.checkout_id = $1 AND h.state IN ('held', 'releasing') ORDER BY u.subject LIMIT 1024";
const EXPIRED_OF: &str = "SELECT h.id, h.checkout_id, h.state, h.expires_at FROM hold_uses u JOIN holds h \
     ON h.id = u.hold_id WHERE u.subject = $1 AND h.state IN ('held', 'releasing') AND h.expires_at <= $2 \
     ORDER BY h.expires_at, h.id LIMIT 64";

const EXPIRED_USES: &str = "SELECT CAST(COALESCE(SUM(u.times), 0) AS BIGINT), \
     CAST(COALESCE(SUM(u.discount), 0) AS BIGINT) FROM hold_uses u JOIN holds h ON h.id = u.hold_id \
     WHERE u.subject = $1 AND h.state IN ('held', 'releasing') AND h.expires_at <= $2 LIMIT 1";

/// Counters of this store, and what was counted in another one before (bucket -1), in one answer.
static COUNTED: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT subject, 'here', times, discount FROM use_counters WHERE subject IN ({keys}) UNION ALL \
         SELECT offer_id, 'offer', CAST(SUM(applications) AS BIGINT), CAST(SUM(discount) AS BIGINT) FROM offer_uses \
         WHERE offer_id IN ({keys}) AND bucket < 0 GROUP BY offer_id UNION ALL \
         SELECT voucher_id, 'voucher', CAST(SUM(orders) AS BIGINT), CAST(SUM(discount) AS BIGINT) FROM voucher_uses \
         WHERE voucher_id IN ({keys}) AND bucket < 0 GROUP BY voucher_id ORDER BY 1, 2 LIMIT 1024",
    )
});
static INSERT_HOLD_USES: LazyLock<RowsSql> =
    LazyLock::new(|| RowsSql::new("hold_uses", "hold_id T, subject T, times I, discount I", &[1, 8, 64]));

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[TAKE, GIVE_BACK, OF_CHECKOUT, EXPIRED_OF, EXPIRED_USES],
    lists: &[&COUNTED],
    rows: &[&INSERT_HOLD_USES],
};

/// What was used of something limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// In this store: what is held and what is sold.
    pub here: UseCount,
    /// In another store before.
    pub brought: UseCount,
}

impl Counted {
    /// Both together.
    pub fn all(self) -> UseCount {
        let Self { here, brought } = self;
        UseCount {
            times: here.times.saturating_add(brought.times),
            discount_minor: here.discount_minor.saturating_add(brought.discount_minor),
        }
    }
}

/// The key of a counter. `person` is a keyed hash of the shopper's address; a counter of a shopper of whom nothing is
/// known has none.
fn key(subject: UseSubject, person: Option<&str>) -> Option<String> {
    Some(match subject {
        UseSubject::Offer(id) => id.to_string(),
        UseSubject::Voucher(id) => id.to_string(),
        UseSubject::OfferByShopper(id) => format!("{id} {}", person?),
        UseSubject::VoucherByShopper(id) => format!("{id} {}", person?),
    })
}

/// A counter is never below nothing; one that is was damaged, and counts as nothing.
fn count(row: &Row, times: usize) -> Result<UseCount, DbError> {
    let (used, discount) = (row.int(times)?.max(0), row.int(times + 1)?.max(0));
    Ok(UseCount { times: u32::try_from(used).unwrap_or(u32::MAX), discount_minor: discount })
}

impl Db {
    /// What was used of these; what was never used is left out. One statement for every 64.
    pub async fn count_uses(
        &self,
        subjects: &[UseSubject],
        person: Option<&str>,
    ) -> Result<HashMap<UseSubject, Counted>, DbError> {
        let keyed = |subject: &UseSubject| Some((key(*subject, person)?, *subject));
        let by_key: HashMap<String, UseSubject> = subjects.iter().filter_map(keyed).collect();
        let mut keys: Vec<String> = by_key.keys().cloned().collect();
        keys.sort();
        let mut counted: HashMap<UseSubject, Counted> = HashMap::new();
        for row in self.fetch_list(&COUNTED, &keys).await? {
            let Some(subject) = by_key.get(&row.text(0)?) else { continue };
            let entry = counted.entry(*subject).or_default();
            match (row.text(1)?.as_str(), subject) {
                ("here", _) => entry.here = count(&row, 2)?,
                ("offer", UseSubject::Offer(_)) | ("voucher", UseSubject::Voucher(_)) => {
                    entry.brought = count(&row, 2)?;
                }
                _ => {}
            }
        }
        Ok(counted)
    }

    /// What a checkout holds of these, whose payment has not come yet.
    pub async fn uses_held_by(
        &self,
        checkout: CheckoutId,
        subjects: &[UseSubject],
        person: Option<&str>,
    ) -> Result<HashMap<UseSubject, UseCount>, DbError> {
        let keyed = |subject: &UseSubject| Some((key(*subject, person)?, *subject));
        let by_key: HashMap<String, UseSubject> = subjects.iter().filter_map(keyed).collect();
        let mut held = HashMap::new();
        for row in self.fetch(OF_CHECKOUT, binds![&checkout.to_string()]).await? {
            if let Some(subject) = by_key.get(&row.text(0)?) {
                held.insert(*subject, count(&row, 1)?);
            }
        }
        Ok(held)
    }

    /// What of a counter lies in holds whose time is over: whoever wants it takes it back.
    pub async fn expired_uses(
        &self,
        subject: UseSubject,
        person: Option<&str>,
        now: Moment,
    ) -> Result<UseCount, DbError> {
        let Some(key) = key(subject, person) else { return Ok(UseCount::default()) };
        let rows = self.fetch(EXPIRED_USES, binds![&key, now.micros()]).await?;
        rows.first().map_or(Ok(UseCount::default()), |row| count(row, 0))
    }

    /// Holds that have uses of it and whose time is over, the oldest first.
    pub async fn list_expired_holds_of_use(
        &self,
        subject: UseSubject,
        person: &str,
        now: Moment,
    ) -> Result<Vec<Hold>, DbError> {
        let key = key(subject, Some(person)).unwrap_or_default();
        self.fetch(EXPIRED_OF, binds![&key, now.micros()]).await?.iter().map(hold).collect()
    }
}

impl Tx {
    /// Takes a use, or nothing where the counter would pass its limit: one statement, so two checkouts cannot both
    /// have the last one.
    pub async fn take_use(&mut self, limited: &LimitedUse, person: &str) -> Result<bool, DbError> {
        let LimitedUse { subject, count, most } = limited;
        // The first use makes the row, whatever the statement's condition says.
        if most.times < count.times || most.discount_minor < count.discount_minor {
            return Ok(false);
        }
        let key = key(*subject, Some(person)).unwrap_or_default();
        let binds =
            binds![&key, i64::from(count.times), count.discount_minor, i64::from(most.times), most.discount_minor];
        Ok(self.execute(TAKE, binds).await? > 0)
    }

    /// Writes what a hold has taken, so that it can be given back; one statement whatever their number.
    pub async fn insert_hold_uses(&mut self, id: HoldId, uses: &[LimitedUse], person: &str) -> Result<(), DbError> {
        let id = id.to_string();
        let keys: Vec<String> =
            uses.iter().map(|limited| key(limited.subject, Some(person)).unwrap_or_default()).collect();
        let rows = keys.iter().zip(uses).map(|(key, limited)| {
            let LimitedUse { count, .. } = limited;
            vec![(&id).into(), key.into(), i64::from(count.times).into(), count.discount_minor.into()]
        });
        self.put_rows(LazyLock::force(&INSERT_HOLD_USES), rows.collect()).await
    }
}
