//! The outbox at work: what must happen after a write, done later, at least once, each task harmless when repeated.

use crate::keys::Keys;
use crate::order::MoveError;
use crate::publish::{CROSSED, EdgeNotTold, STORE_TAG};
use crate::shop::Shop;
use anyhow::{Context, bail};
use commerce::ids::{CheckoutId, OrderId, ProductId, StockRecordId};
use commerce::moment::Moment;
use commerce::order::{Order, OrderState};
use db::DbError;
use db::outbox::OutboxTask;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;

/// How long a task may take before another program may try it, in milliseconds.
const TASK_LOCK_MS: i64 = 120_000;
/// Longest wait before a failed task is tried again, in milliseconds.
const RETRY_MS_MAX: i64 = 3_600_000;
/// How often the outbox is looked at when nothing rings, in milliseconds.
const LOOK_MS: u64 = 250;
/// How often somebody looks whether another is done with its tasks, in milliseconds.
const OTHERS_LOOK_MS: u64 = 20;
/// How often holds and payments are swept, in milliseconds.
const SWEEP_MS: i64 = 10_000;
/// How often old files, baskets and webhooks are cleared away, in milliseconds.
const CLEAR_MS: i64 = 3_600_000;
/// Batches that are cleared away at once, of each kind.
const CLEAR_ROUNDS_MAX: usize = 1_000;
/// How long a webhook's event is remembered, in days.
const WEBHOOKS_KEPT_DAYS: i64 = 30;
/// Fact that says when a schedule last had things cleared away, in microseconds.
const CLEARED: &str = "cleared_at";
const DAY_MS: i64 = 24 * 3_600_000;
/// Looks that [`Shop::drain_outbox`] takes at most.
const DRAIN_LOOKS_MAX: usize = 10_000;

impl Shop {
    /// Does everything that is due, once. Gives the number of tasks done, well or not.
    pub async fn work_outbox(&self) -> anyhow::Result<usize> {
        self.work_outbox_while(|| true).await
    }

    /// The same as long as something more may be begun, which is asked before each task; those of one kind that are done
    /// in one go are one. What was not begun is given back, as if nobody had taken it.
    pub async fn work_outbox_while(&self, may_begin: impl Fn() -> bool) -> anyhow::Result<usize> {
        let begun = self.now();
        let tasks = self.db().take_tasks(begun, TASK_LOCK_MS).await?;
        let count = tasks.len();
        // Products that changed are published together, and what is said of stock is said in one go.
        let (publish, others): (Vec<OutboxTask>, Vec<OutboxTask>) =
            tasks.into_iter().partition(|task| task.kind == "publish");
        let (stock, others): (Vec<OutboxTask>, Vec<OutboxTask>) =
            others.into_iter().partition(|task| matches!(task.kind.as_str(), "stock" | "stock_of_checkout"));
        // In the second half of their lock somebody else might have them before we come to them.
        let may_begin = || may_begin() && self.now().ms_since(begun) <= TASK_LOCK_MS / 2;
        let mut given_back = 0;
        if !publish.is_empty() && may_begin() {
            self.work_publish_tasks(&publish).await?;
        } else {
            given_back += self.untake(&publish).await?;
        }
        if !stock.is_empty() && may_begin() {
            self.work_stock_tasks(&stock).await?;
        } else {
            given_back += self.untake(&stock).await?;
        }
        for (place, task) in others.iter().enumerate() {
            if !may_begin() {
                given_back += self.untake(&others[place..]).await?;
                break;
            }
            let outcome = self.do_task(task).await;
            self.finish(task, outcome.map_err(|error| format!("{error:#}"))).await?;
        }
        Ok(count - given_back)
    }

    /// Gives tasks back that were not begun; tells how many.
    async fn untake(&self, tasks: &[OutboxTask]) -> anyhow::Result<usize> {
        for task in tasks {
            self.db().give_task_back(task).await?;
        }
        Ok(tasks.len())
    }

    async fn work_stock_tasks(&self, tasks: &[OutboxTask]) -> anyhow::Result<()> {
        let outcome = self.stock_tasks(tasks).await.map_err(|error| format!("{error:#}"));
        for task in tasks {
            self.finish(task, outcome.clone()).await?;
        }
        Ok(())
    }

    async fn work_publish_tasks(&self, tasks: &[OutboxTask]) -> anyhow::Result<()> {
        let together = self.publish_tasks(tasks).await;
        // Published, but not told to the edge: by now nothing differs any more.
        let again = together.as_ref().is_err_and(|error| error.is::<EdgeNotTold>());
        let together = together.map_err(|error| format!("{error:#}"));
        for task in tasks {
            let outcome = match &together {
                // One product that cannot be published keeps no other from it.
                Err(_) if tasks.len() > 1 => {
                    let task = OutboxTask { attempts: task.attempts + i64::from(again), ..task.clone() };
                    self.publish_tasks(&[task]).await.map_err(|error| format!("{error:#}"))
                }
                together => together.clone(),
            };
            self.finish(task, outcome).await?;
        }
        Ok(())
    }

    /// Does one task that keeps a core busy, if any is due.
    pub async fn work_slow_task(&self) -> anyhow::Result<bool> {
        let Some(task) = self.db().take_slow_task(self.now(), TASK_LOCK_MS).await? else { return Ok(false) };
        let outcome = self.do_task(&task).await;
        self.finish(&task, outcome.map_err(|error| format!("{error:#}"))).await?;
        Ok(true)
    }

    /// Does what is due until nothing is left that is due now; for commands, which have no server beside them.
    pub async fn drain_outbox(&self) -> anyhow::Result<()> {
        for _ in 0..DRAIN_LOOKS_MAX {
            if self.work_outbox().await? == 0 && !self.work_slow_task().await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Does what is due until nothing is left that is due or soon will be, or the time is over, whichever comes first;
    /// a task that was begun is finished. Gives the number of tasks done.
    pub async fn work_outbox_within(&self, most: Duration) -> anyhow::Result<usize> {
        let begun = Instant::now();
        let mut tasks = 0;
        while begun.elapsed() < most {
            let done = self.work_outbox_while(|| begun.elapsed() < most).await?;
            tasks += done;
            if done == 0
                && (begun.elapsed() >= most
                    || !(self.work_slow_task().await?
                        || self.wait_for_purge(most.saturating_sub(begun.elapsed())).await?))
            {
                break;
            }
        }
        Ok(tasks)
    }

    /// Does what is due and quick, as a command does that has no server beside it, until nothing is left that is due or
    /// soon will be. Tells whether that came before the time was over.
    pub async fn work_quick_tasks_within(&self, most: Duration) -> anyhow::Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < most {
            if self.work_outbox().await? > 0 || self.wait_for_purge(most.saturating_sub(begun.elapsed())).await? {
                continue;
            }
            // A server beside may have been faster: what it is at is not done yet.
            if self.db().count_quick_tasks_at_work(self.now()).await? == 0 {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(OTHERS_LOOK_MS)).await;
        }
        Ok(false)
    }

    /// Waits for the next task if it is due as soon as a purge that was just decided, and within `most`. Tells whether
    /// one is due now. Nobody may work after this program: in a minute the next schedule rings, and until then an edge
    /// would show what has changed.
    async fn wait_for_purge(&self, most: Duration) -> anyhow::Result<bool> {
        if self.edge().is_none() {
            return Ok(false);
        }
        let Some(due) = self.db().next_quick_task_due(self.now()).await? else { return Ok(false) };
        let wait = due.ms_since(self.now()).max(0);
        if wait > self.until_purge_ms() || u128::from(wait.unsigned_abs()) > most.as_millis() {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        Ok(true)
    }

    /// Everything that [`Shop::work`] does beside a server, once: for a program that a schedule wakes. Gives the number
    /// of tasks done.
    pub async fn keep_house(&self, most: Duration) -> anyhow::Result<usize> {
        let begun = Instant::now();
        self.publish_due_prices().await?;
        self.sweep().await?;
        let tasks = self.work_outbox_within(most.saturating_sub(begun.elapsed())).await?;
        let now = self.now();
        let cleared = self.db().find_fact(CLEARED).await?.and_then(|micros| micros.parse().ok());
        // A clock that was set back makes it due.
        let is_due = cleared.is_none_or(|at| !(0..CLEAR_MS).contains(&now.ms_since(Moment::from_micros(at))));
        if is_due && begun.elapsed() < most {
            self.db().set_fact(CLEARED, &now.micros().to_string()).await?;
            self.clear_away().await?;
        }
        Ok(tasks)
    }

    async fn finish(&self, task: &OutboxTask, outcome: Result<(), String>) -> anyhow::Result<()> {
        match outcome {
            Ok(()) => self.db().finish_task(&task.id).await?,
            Err(failure) => {
                let wait = 1_000_i64.saturating_mul(1 << task.attempts.clamp(0, 12)).min(RETRY_MS_MAX);
                tracing::warn!(task = task.kind, attempts = task.attempts, failure, "a task failed and is put off");
                self.db().postpone_task(&task.id, self.now().plus_ms(wait), &failure).await?;
            }
        }
        Ok(())
    }

    async fn publish_tasks(&self, tasks: &[OutboxTask]) -> anyhow::Result<()> {
        if tasks.iter().any(|task| task.subject.is_empty()) {
            return self.publish_all().await.map(|_| ());
        }
        let parse = |task: &OutboxTask| ProductId::parse(&task.subject).ok();
        let ids: BTreeSet<ProductId> = tasks.iter().filter_map(parse).collect();
        let crossed = tasks.iter().filter(|task| task.payload == CROSSED).filter_map(parse).collect();
        self.publish_crossed(&ids.into_iter().collect::<Vec<_>>(), &crossed).await?;
        if tasks.iter().any(|task| task.attempts > 1) {
            // The attempt before may have published and died before it said what to purge; by now nothing differs.
            self.enqueue_purge_of(vec![STORE_TAG.to_owned()]).await?;
        }
        Ok(())
    }

    async fn stock_tasks(&self, tasks: &[OutboxTask]) -> anyhow::Result<()> {
        let mut changed = BTreeSet::new();
        for task in tasks {
            if task.kind == "stock" {
                changed.extend(products(&task.payload));
            } else if let Some(checkout) = self.db().find_checkout(CheckoutId::parse(&task.subject)?).await? {
                changed.extend(checkout.lines.iter().map(|line| line.product));
            }
        }
        self.refresh_stock(&changed.into_iter().collect::<Vec<_>>()).await
    }

    async fn do_task(&self, task: &OutboxTask) -> anyhow::Result<()> {
        match task.kind.as_str() {
            "purge" => self.purge_edge(task).await,
            "order_placed" => self.after_placing(task).await,
            "capture" => match self.capture_after_placing(OrderId::parse(&task.subject)?).await {
                // Somebody captured, cancelled or refunded meanwhile.
                Ok(()) | Err(MoveError::NotAllowed(_) | MoveError::NoOrder) => Ok(()),
                Err(error) => Err(error.into()),
            },
            "undo_payment" => match self.undo_payment(OrderId::parse(&task.subject)?).await {
                Ok(()) | Err(MoveError::NotAllowed(_) | MoveError::NoOrder) => Ok(()),
                Err(error) => Err(error.into()),
            },
            "gift_cards" => match self.issue_bought_cards(OrderId::parse(&task.subject)?).await {
                Ok(()) | Err(MoveError::NoOrder) => Ok(()),
                Err(error) => Err(error.into()),
            },
            "mail_gift_card" => self.mail_gift_card(task).await,
            "image" => self.make_upload(&task.subject, &task.payload).await,
            kind if kind.starts_with("mail_") => self.send_mail(task).await,
            kind => bail!("this release does not know tasks of kind {kind}"),
        }
    }

    /// What follows from an order: its mail, the capture of its payment, what its products sold. Written as tasks of
    /// their own, so that one that fails repeats no other; this one is crossed off with them, so that it happens once.
    async fn after_placing(&self, task: &OutboxTask) -> anyhow::Result<()> {
        let id = OrderId::parse(&task.subject)?;
        let order = self.db().find_order(id).await?.context("the order is gone")?;
        // What was held is sold now: where nothing else is left, that is the moment from which it is sold out.
        let records: Vec<StockRecordId> =
            order.sold.units_by_stock_record().iter().map(|(record, _)| *record).collect();
        let levels = self.db().free_and_held(&records).await?;
        // What was bought as files is promised as it is now.
        self.open_downloads(&order).await?;
        let is_scarce = levels.values().any(|(free, _)| *free < self.settings().few_left.max(1));
        self.db().retry(|| self.try_after_placing(task, &order, is_scarce)).await?;
        Ok(())
    }

    async fn try_after_placing(&self, task: &OutboxTask, order: &Order, is_scarce: bool) -> Result<(), DbError> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        if !tx.finish_task(&task.id).await? {
            return Ok(());
        }
        tx.enqueue(&self.task("mail_order_placed", order.id, ""), now, now).await?;
        if order.state != OrderState::Cancelled {
            tx.enqueue(&self.task("capture", order.id, ""), now, now).await?;
        }
        if order.sold.lines.iter().any(|line| line.is_gift_card) {
            tx.enqueue(&self.task("gift_cards", order.id, ""), now, now).await?;
        }
        if is_scarce {
            tx.enqueue(&self.task("stock_of_checkout", order.id, ""), now, now).await?;
        }
        // Rows are touched in one order, whoever sells.
        let mut sold: BTreeMap<ProductId, u32> = BTreeMap::new();
        for line in &order.sold.lines {
            let units = sold.entry(line.product).or_default();
            *units = units.saturating_add(line.quantity);
        }
        for (product, units) in sold {
            tx.add_sold(product, units).await?;
        }
        tx.commit().await
    }

    /// Works beside the server until `stop`, and finishes what it has begun: the outbox whenever it rings, holds and
    /// payments every few seconds. A gateway that does not answer keeps no publish waiting.
    pub async fn work(&self, stop: impl Future<Output = ()>) {
        let (stopped, stopping) = watch::channel(false);
        let stop = async move {
            stop.await;
            // Both workers may have ended already.
            let _ = stopped.send(true);
        };
        tokio::join!(stop, self.work_on_tasks(stopping.clone()), self.work_on_holds(stopping));
    }

    async fn work_on_tasks(&self, mut stopping: watch::Receiver<bool>) {
        let mut prices_from = self.now();
        loop {
            if let Err(error) = self.work_on_tasks_once(&mut prices_from, &stopping).await {
                tracing::warn!(error = format!("{error:#}"), "the store's background work was put off");
                tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
            }
            // One at a time, and then a look at what is more urgent.
            let more = self.work_slow_task().await.unwrap_or(false);
            let look = Duration::from_millis(if more { 0 } else { LOOK_MS });
            tokio::select! {
                _ = stopping.changed() => return,
                () = self.0.outbox_bell.notified() => {}
                () = tokio::time::sleep(look) => {}
            }
        }
    }

    /// `prices_from` is when prices are looked at next: a publish that fails is not tried at every look.
    async fn work_on_tasks_once(
        &self,
        prices_from: &mut Moment,
        stopping: &watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        while !*stopping.borrow() && self.work_outbox().await? > 0 {}
        let now = self.now();
        if *prices_from <= now || prices_from.ms_since(now) > SWEEP_MS {
            *prices_from = now.plus_ms(SWEEP_MS);
            self.publish_due_prices().await?;
            *prices_from = now;
        }
        Ok(())
    }

    async fn work_on_holds(&self, mut stopping: watch::Receiver<bool>) {
        let (mut swept, mut cleared) = (self.now(), self.now());
        let mut keys_changed = self.keys_changed_at();
        loop {
            let changed = self.keys_changed_at();
            if changed != keys_changed {
                keys_changed = changed;
                match self.renew_keys() {
                    Ok(true) => tracing::info!("the store's keys were changed and are taken up"),
                    Ok(false) => {}
                    Err(error) => tracing::warn!(error = format!("{error:#}"), "changed keys cannot be taken up"),
                }
            }
            if let Err(error) = self.work_on_holds_once(&mut swept, &mut cleared).await {
                tracing::warn!(error = format!("{error:#}"), "the sweep of holds and payments was put off");
            }
            tokio::select! {
                _ = stopping.changed() => return,
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
            }
        }
    }

    async fn work_on_holds_once(&self, swept: &mut Moment, cleared: &mut Moment) -> anyhow::Result<()> {
        let now = self.now();
        // A clock that was set back makes everything due.
        let is_due = |since: Moment, every_ms: i64| !(0..every_ms).contains(&now.ms_since(since));
        if is_due(*swept, SWEEP_MS) {
            *swept = now;
            self.sweep().await?;
        }
        if is_due(*cleared, CLEAR_MS) {
            *cleared = now;
            self.clear_away().await?;
        }
        Ok(())
    }

    /// Clears away what is not needed any more: old snapshot files, webhooks of 30 days ago, and, after the time that
    /// their tables declare, baskets that nobody touched and unfinished checkouts.
    pub async fn clear_away(&self) -> anyhow::Result<()> {
        let now = self.now();
        self.collect_snapshots().await?;
        let db = self.db();
        let before = now.plus_ms(-WEBHOOKS_KEPT_DAYS * DAY_MS);
        clear(|| db.forget_webhooks(before)).await?;
        if let Some(before) = kept_since("baskets", "body", now) {
            clear(|| db.delete_old_baskets(before)).await?;
        }
        if let Some(before) = kept_since("gift_cards", "message", now) {
            clear(|| db.forget_card_letters(before)).await?;
        }
        if let Some(before) = kept_since("checkouts", "body", now) {
            clear(|| db.delete_old_checkouts(before)).await?;
        }
        Ok(())
    }
}

impl Shop {
    /// When the file of the keys was last changed; none where there is no such file.
    fn keys_changed_at(&self) -> Option<SystemTime> {
        let folder = std::path::absolute(self.folder()).ok()?;
        std::fs::metadata(Keys::path_beside(&folder)).and_then(|about| about.modified()).ok()
    }
}

/// Clears away batch by batch, since one transaction has a bound; what is left comes next time.
async fn clear<F>(mut batch: impl FnMut() -> F) -> Result<(), DbError>
where
    F: Future<Output = Result<u64, DbError>>,
{
    for _ in 0..CLEAR_ROUNDS_MAX {
        if batch().await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Since when personal data in a column of a table is kept, as its declaration says; none if they go only by hand.
fn kept_since(table: &str, column: &str, now: Moment) -> Option<Moment> {
    let days = db::schema::retention(table, column)?.days?;
    Some(now.plus_ms(-i64::from(days) * DAY_MS))
}

fn products(payload: &str) -> Vec<ProductId> {
    payload.split(',').filter_map(|id| ProductId::parse(id).ok()).collect()
}
