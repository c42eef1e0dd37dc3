//! Price lists: kept by staff; what everybody pays by them stands on pages a moment later.

use crate::shop::Shop;
use commerce::basket::Quantity;
use commerce::event::{Actor, Subject};
use commerce::ids::{PriceId, PriceListId, ProductId, StockRecordId};
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::price_list::{
    EntryChange, InvalidPriceList, LIST_KEPT_MS, ListEntry, ListRefused, ListedPrice, PRICE_LISTS_MAX, PriceList,
    PriceListParts, TIERS_MAX, set_listed_price,
};
use db::{DbError, Listed, MaybeConflict, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Prices that one transaction writes.
pub const PRICES_PER_WRITE_MAX: usize = 64;

/// Why a list or its prices stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum PriceListError {
    /// It is none.
    #[error(transparent)]
    Invalid(#[from] InvalidPriceList),
    /// What was charged must stay known.
    #[error(transparent)]
    Refused(#[from] ListRefused),
    /// The store has no such market.
    #[error("the store has no market {0}: tradewind.toml names them")]
    NoSuchMarket(MarketCode),
    /// No market pays in it.
    #[error("{market} does not pay in {currency}: take the currency of the market")]
    OtherCurrency {
        /// The market, or all of them.
        market: String,
        /// The list's currency.
        currency: Currency,
    },
    /// Another list has the name.
    #[error("another price list has that name: choose another one")]
    NameTaken,
    /// The store has as many as it may have.
    #[error("a store has at most {PRICE_LISTS_MAX} price lists: remove one that is long over")]
    TooMany,
    /// There is none.
    #[error("there is no price list {0}")]
    NoSuchList(PriceListId),
    /// A price that is none.
    #[error("a price must not be negative, and must be in the currency of the list")]
    Amount,
    /// Two changes are about one price.
    #[error("a price is given twice: give it once")]
    Twice,
    /// A stock record has prices from too many quantities on.
    #[error("a list has at most {TIERS_MAX} prices of one product by quantity: leave some out")]
    TooManyTiers,
    /// The database cannot be used.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for PriceListError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Taken { .. } => Self::NameTaken,
            error => Self::Db(error),
        }
    }
}

impl MaybeConflict for PriceListError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// What became of a list that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedList {
    /// Nobody paid by it, or nobody must know any more: it is gone.
    Gone,
    /// It ends now. What it charged stays known for the lowest price of 30 days.
    Ended,
    /// It is over, and kept until this moment.
    KeptUntil(Moment),
}

/// Another price of a stock record in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// What it is a price of.
    pub record: StockRecordId,
    /// The product that is offered.
    pub product: ProductId,
    /// From so many units on.
    pub minimum: Quantity,
    /// The amount as entered; none takes the price out.
    pub amount: Option<Money>,
}

/// How many prices a change is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PricesChanged {
    /// Prices that become others, new ones and those that go included.
    pub changed: u64,
    /// Prices that are so already.
    pub unchanged: u64,
}

/// What is to be written for some changes.
struct Plan {
    entries: EntryChange,
    products: BTreeSet<ProductId>,
    counts: PricesChanged,
}

impl Shop {
    /// All price lists in the order in which they were made, and the rows that make none.
    pub async fn list_price_lists(&self) -> Result<Listed<PriceList>, DbError> {
        self.db().list_price_lists().await
    }

    /// Makes a list, or writes it over.
    pub async fn save_price_list(&self, list: &PriceList, actor: &Actor) -> Result<(), PriceListError> {
        self.check_market(list)?;
        let saved = self
            .db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if let Some(before) = tx.find_price_list(list.id()).await? {
                    before.may_become(list, self.now())?;
                }
                if !tx.put_price_list(list).await? {
                    return Err(PriceListError::TooMany);
                }
                self.publish_list(&mut tx, list).await?;
                let event = self.event(actor, Subject::PriceList, list.id(), "price_list_saved", String::new());
                tx.insert_event(&event).await?;
                Ok(tx.commit().await?)
            })
            .await;
        self.ring_outbox();
        saved
    }

    fn check_market(&self, list: &PriceList) -> Result<(), PriceListError> {
        let markets = &self.settings().markets;
        let of_list = |market: &MarketCode| list.market().is_none_or(|wanted| wanted == market);
        if let Some(market) = list.market().filter(|wanted| markets.iter().all(|market| market.code != **wanted)) {
            return Err(PriceListError::NoSuchMarket(market.clone()));
        }
        if markets.iter().any(|market| of_list(&market.code) && market.currency == list.currency()) {
            return Ok(());
        }
        let market = list.market().map_or("any market".to_owned(), |market| format!("market {market}"));
        Err(PriceListError::OtherCurrency { market, currency: list.currency() })
    }

    /// Has the products of a list published, one by one or, where they are many, all at once.
    async fn publish_list(&self, tx: &mut Tx, list: &PriceList) -> Result<(), DbError> {
        // No page says what a group pays.
        if list.group().is_some() {
            return Ok(());
        }
        match tx.products_of_price_list(list.id()).await? {
            Some(products) => self.publish_each(tx, &products.into_iter().collect()).await,
            None => tx.enqueue(&self.task("publish", "", ""), self.now(), self.now()).await,
        }
    }

    async fn publish_each(&self, tx: &mut Tx, products: &BTreeSet<ProductId>) -> Result<(), DbError> {
        for product in products {
            self.enqueue_publish(tx, *product).await?;
        }
        Ok(())
    }

    /// Removes a list, or ends it where somebody may have paid by it.
    pub async fn remove_price_list(&self, id: PriceListId, actor: &Actor) -> Result<RemovedList, PriceListError> {
        let outcome = self.db().retry(|| self.try_end_price_list(id, actor)).await?;
        if outcome == RemovedList::Gone {
            // Its prices may be more than one transaction takes; nobody pays by them.
            while !self.db().retry(|| self.try_clear_price_list(id, actor)).await? {}
        }
        self.ring_outbox();
        Ok(outcome)
    }

    async fn try_end_price_list(&self, id: PriceListId, actor: &Actor) -> Result<RemovedList, PriceListError> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let list = tx.find_price_list(id).await?.ok_or(PriceListError::NoSuchList(id))?;
        if let Some(until) = list.until().filter(|until| *until <= now && list.has_begun(now)) {
            let kept = until.plus_ms(LIST_KEPT_MS);
            tx.rollback().await;
            return Ok(if kept <= now { RemovedList::Gone } else { RemovedList::KeptUntil(kept) });
        }
        if list.from().is_some_and(|from| now <= from) {
            tx.rollback().await;
            return Ok(RemovedList::Gone);
        }
        let ended = PriceList::new(PriceListParts { until: Some(now), ..list.parts().clone() })?;
        tx.put_price_list(&ended).await?;
        self.publish_list(&mut tx, &ended).await?;
        let event = self.event(actor, Subject::PriceList, id, "price_list_ended", String::new());
        tx.insert_event(&event).await?;
        tx.commit().await?;
        Ok(RemovedList::Ended)
    }

    /// Removes some of a list's prices, and the list with the last of them.
    async fn try_clear_price_list(&self, id: PriceListId, actor: &Actor) -> Result<bool, DbError> {
        let mut tx = self.db().begin().await?;
        let is_empty = tx.clear_price_list(id).await?;
        if is_empty && tx.remove_price_list(id).await? {
            let event = self.event(actor, Subject::PriceList, id, "price_list_removed", String::new());
            tx.insert_event(&event).await?;
        }
        tx.commit().await?;
        Ok(is_empty)
    }

    /// Gives stock records other prices in a list from now on; in several transactions where they are many, which can
    /// all be repeated. What was charged before stays known.
    pub async fn change_listed_prices(
        &self,
        id: PriceListId,
        changes: &[PriceChange],
        actor: &Actor,
    ) -> Result<PricesChanged, PriceListError> {
        let mut done = PricesChanged::default();
        for chunk in changes.chunks(PRICES_PER_WRITE_MAX) {
            let counts = self.db().retry(|| self.try_change_listed_prices(id, chunk, actor)).await?;
            done.add(counts);
        }
        self.ring_outbox();
        Ok(done)
    }

    async fn try_change_listed_prices(
        &self,
        id: PriceListId,
        changes: &[PriceChange],
        actor: &Actor,
    ) -> Result<PricesChanged, PriceListError> {
        let mut tx = self.db().begin().await?;
        let list = tx.find_price_list(id).await?.ok_or(PriceListError::NoSuchList(id))?;
        let known = tx.listed_prices(&records_of(changes)).await?;
        let plan = self.plan_prices(&list, &known, changes)?;
        if plan.entries.is_empty() {
            tx.rollback().await;
            return Ok(plan.counts);
        }
        // Two who change one list at the same moment meet in its row.
        tx.put_price_list(&list).await?;
        tx.remove_list_entries(&plan.entries.gone).await?;
        tx.put_list_entries(&plan.entries.put).await?;
        if list.group().is_none() {
            self.publish_each(&mut tx, &plan.products).await?;
        }
        let detail = format!("prices={}", plan.counts.changed);
        tx.insert_event(&self.event(actor, Subject::PriceList, id, "listed_prices_changed", detail)).await?;
        tx.commit().await?;
        Ok(plan.counts)
    }

    /// What these changes would do, without doing them.
    pub async fn try_listed_prices(
        &self,
        list: &PriceList,
        changes: &[PriceChange],
    ) -> Result<PricesChanged, PriceListError> {
        let mut counted = PricesChanged::default();
        for chunk in changes.chunks(PRICES_PER_WRITE_MAX) {
            let known = self.db().listed_prices(&records_of(chunk)).await?;
            counted.add(self.plan_prices(list, &known, chunk)?.counts);
        }
        Ok(counted)
    }

    fn plan_prices(
        &self,
        list: &PriceList,
        known: &BTreeMap<StockRecordId, Vec<ListedPrice>>,
        changes: &[PriceChange],
    ) -> Result<Plan, PriceListError> {
        let now = self.now();
        if list.is_over(now) {
            return Err(ListRefused::Over.into());
        }
        check_changes(list, changes)?;
        let (mut entries, mut products, mut counts) =
            (EntryChange::default(), BTreeSet::new(), PricesChanged::default());
        let mut quantities = open_quantities(list, known);
        for change in changes {
            let of_record = known.get(&change.record).map_or(&[][..], Vec::as_slice);
            let of_list = of_record.iter().map(|price| price.entry).filter(|entry| entry.list == list.id());
            let of_quantity: Vec<ListEntry> = of_list.filter(|entry| entry.minimum == change.minimum).collect();
            let id = PriceId::new(self.chance().staff_id(now));
            let key = (change.record, change.minimum);
            let planned = set_listed_price(list, &of_quantity, key, change.amount, now, id);
            if planned.is_empty() {
                counts.unchanged += 1;
                continue;
            }
            counts.changed += 1;
            products.insert(change.product);
            entries.put.extend(planned.put);
            entries.gone.extend(planned.gone);
            let open = quantities.entry(change.record).or_default();
            if change.amount.is_some() {
                open.insert(change.minimum)
            } else {
                open.remove(&change.minimum)
            };
        }
        if quantities.values().any(|open| TIERS_MAX < open.len()) {
            return Err(PriceListError::TooManyTiers);
        }
        Ok(Plan { entries, products, counts })
    }
}

impl PricesChanged {
    fn add(&mut self, more: Self) {
        self.changed += more.changed;
        self.unchanged += more.unchanged;
    }
}

/// Whether each is a price in the list's currency, and none is there twice.
fn check_changes(list: &PriceList, changes: &[PriceChange]) -> Result<(), PriceListError> {
    let mut seen = BTreeSet::new();
    for change in changes {
        let is_price = |amount: Money| amount.currency() == list.currency() && !amount.is_negative();
        if !change.amount.is_none_or(is_price) {
            return Err(PriceListError::Amount);
        }
        if !seen.insert((change.record, change.minimum)) {
            return Err(PriceListError::Twice);
        }
    }
    Ok(())
}

fn records_of(changes: &[PriceChange]) -> Vec<StockRecordId> {
    let records: BTreeSet<StockRecordId> = changes.iter().map(|change| change.record).collect();
    records.into_iter().collect()
}

/// From which quantities on a list has prices of each stock record that are not over.
fn open_quantities(
    list: &PriceList,
    known: &BTreeMap<StockRecordId, Vec<ListedPrice>>,
) -> BTreeMap<StockRecordId, BTreeSet<Quantity>> {
    let is_open = |price: &&ListedPrice| price.entry.list == list.id() && price.entry.row.until.is_none();
    let open = |prices: &Vec<ListedPrice>| prices.iter().filter(is_open).map(|price| price.entry.minimum).collect();
    known.iter().map(|(record, prices)| (*record, open(prices))).collect()
}
