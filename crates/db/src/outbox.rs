//! The outbox: what must happen after a write, written with it; and leases, for what only one program may do.

use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::event::{Actor, Event, Subject};
use commerce::moment::Moment;

/// Tasks that one look takes.
pub const OUTBOX_BATCH_MAX: usize = 32;
/// Events that are shown of one subject.
pub const EVENTS_MAX: usize = 500;

const INSERT: &str = "INSERT INTO outbox (id, kind, subject, payload, due_at, attempts, locked_until, failure, created_at) \
     VALUES ($1, $2, $3, $4, $5, 0, 0, NULL, $6) ON CONFLICT (id) DO NOTHING";
const DUE: &str = "SELECT id, kind, subject, payload, attempts FROM outbox WHERE due_at <= $1 AND locked_until <= $1 \
     AND kind <> 'image' ORDER BY due_at, id LIMIT 32";
const DUE_SLOW: &str = "SELECT id, kind, subject, payload, attempts FROM outbox WHERE due_at <= $1 \
     AND locked_until <= $1 AND kind = 'image' ORDER BY due_at, id LIMIT 1";
const LOCK: &str = "UPDATE outbox SET locked_until = $2, attempts = attempts + 1 \
     WHERE id = $1 AND locked_until <= $3 AND attempts = $4";
const DONE: &str = "DELETE FROM outbox WHERE id = $1";
const FAILED: &str = "UPDATE outbox SET locked_until = 0, due_at = $2, failure = $3 WHERE id = $1";
/// Nobody began it: it is as if it had never been taken.
const UNTAKE: &str = "UPDATE outbox SET locked_until = 0, attempts = attempts - 1 WHERE id = $1 AND attempts = $2";
const WAITING: &str = "SELECT kind, COUNT(*), CAST(COALESCE(SUM(CASE WHEN attempts > 2 THEN 1 ELSE 0 END), 0) AS BIGINT), \
     MIN(created_at) FROM outbox GROUP BY kind ORDER BY kind LIMIT 100";
const NEXT_DUE_UNLOCKED: &str = "SELECT MIN(due_at) FROM outbox WHERE locked_until <= $1 AND kind <> 'image'";
const AT_WORK: &str = "SELECT COUNT(*) FROM outbox WHERE locked_until > $1 AND kind <> 'image'";
const NEXT_DUE: &str = "SELECT MIN(due_at) FROM outbox";

const TAKE_LEASE: &str = "INSERT INTO leases (name, holder, fence, until) VALUES ($1, $2, 1, $3) \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = leases.fence + 1, until = excluded.until \
     WHERE leases.until < $4 OR leases.holder = excluded.holder RETURNING fence";
const KEEP_LEASE: &str = "UPDATE leases SET until = $3 WHERE name = $1 AND holder = $2 AND fence = $4";
const GIVE_LEASE_BACK: &str = "UPDATE leases SET until = 0 WHERE name = $1 AND holder = $2 AND fence = $3";

const INSERT_EVENT: &str = "INSERT INTO events (id, at, actor_kind, actor_id, subject, subject_id, kind, detail) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const EVENTS: &str = "SELECT at, actor_kind, actor_id, kind, detail FROM events WHERE subject = $1 AND subject_id = $2 \
     ORDER BY at, id LIMIT 500";

const SET_FACT: &str = "INSERT INTO store_facts (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const FACT: &str = "SELECT value FROM store_facts WHERE name = $1 LIMIT 1";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[
    INSERT,
    DUE,
    DUE_SLOW,
    LOCK,
    DONE,
    FAILED,
    UNTAKE,
    WAITING,
    NEXT_DUE,
    NEXT_DUE_UNLOCKED,
    AT_WORK,
    TAKE_LEASE,
    KEEP_LEASE,
    GIVE_LEASE_BACK,
    INSERT_EVENT,
    EVENTS,
    SET_FACT,
    FACT,
]);

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxTask {
    /// Its id.
    pub id: String,
    /// What to do.
    pub kind: String,
    /// Id of what it is about.
    pub subject: String,
    /// More, as the kind needs it; never personal data.
    pub payload: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// Tasks of a kind that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingTasks {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// How many of them failed at least twice.
    pub failing: i64,
    /// Since when the oldest waits.
    pub oldest: Moment,
}

/// The right to do what only one program may do, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What for.
    pub name: &'static str,
    /// Who has it.
    pub holder: String,
    /// Rises with every holder: what an older one writes is refused.
    pub fence: i64,
}

/// An event as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// When.
    pub at: Moment,
    /// Kind of who did it.
    pub actor_kind: String,
    /// Their id.
    pub actor_id: String,
    /// What happened.
    pub kind: String,
    /// More.
    pub detail: String,
}

impl Db {
    /// Takes tasks that are due and locks each for `lock_ms`, so that another program does not do them as well. A
    /// task whose program dies comes back when its lock ends. Pictures are left to [`Db::take_slow_task`].
    pub async fn take_tasks(&self, now: Moment, lock_ms: i64) -> Result<Vec<OutboxTask>, DbError> {
        self.take(DUE, now, lock_ms).await
    }

    /// Takes one task that keeps a core busy, so that nothing else waits behind many of them.
    pub async fn take_slow_task(&self, now: Moment, lock_ms: i64) -> Result<Option<OutboxTask>, DbError> {
        Ok(self.take(DUE_SLOW, now, lock_ms).await?.pop())
    }

    async fn take(&self, due: &'static str, now: Moment, lock_ms: i64) -> Result<Vec<OutboxTask>, DbError> {
        let mut taken = Vec::new();
        for row in self.fetch(due, binds![now.micros()]).await? {
            let (id, attempts) = (row.text(0)?, row.int(4)?);
            // Whoever had it in between counted an attempt, even if the task is free again.
            let binds = binds![&id, now.plus_ms(lock_ms).micros(), now.micros(), attempts];
            match self.execute(LOCK, binds).await {
                Ok(0) | Err(DbError::Conflict) => {}
                Ok(_) => taken.push(OutboxTask {
                    id,
                    kind: row.text(1)?,
                    subject: row.text(2)?,
                    payload: row.text(3)?,
                    attempts: attempts + 1,
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    /// Crosses a task off.
    pub async fn finish_task(&self, id: &str) -> Result<(), DbError> {
        self.execute(DONE, binds![id]).await.map(|_| ())
    }

    /// Puts a task off after a failure.
    pub async fn postpone_task(&self, id: &str, due: Moment, failure: &str) -> Result<(), DbError> {
        let failure: String = failure.chars().take(500).collect();
        self.execute(FAILED, binds![id, due.micros(), &failure]).await.map(|_| ())
    }

    /// Gives a task back that was taken and not begun: another may take it at once. One that was taken by somebody else
    /// meanwhile stays theirs.
    pub async fn give_task_back(&self, task: &OutboxTask) -> Result<(), DbError> {
        self.execute(UNTAKE, binds![&task.id, task.attempts]).await.map(|_| ())
    }

    /// What waits, by kind.
    pub async fn list_waiting_tasks(&self) -> Result<Vec<WaitingTasks>, DbError> {
        let rows = self.fetch(WAITING, &[]).await?;
        let read = |row: &Row| {
            let oldest = Moment::from_micros(row.int(3)?);
            Ok(WaitingTasks { kind: row.text(0)?, count: row.int(1)?, failing: row.int(2)?, oldest })
        };
        rows.iter().map(read).collect()
    }

    /// When the next task is due.
    pub async fn next_task_due(&self) -> Result<Option<Moment>, DbError> {
        let rows = self.fetch(NEXT_DUE, &[]).await?;
        Ok(rows.first().map(|row| row.opt_int(0)).transpose()?.flatten().map(Moment::from_micros))
    }

    /// When the next task is due that keeps no core busy and that nobody works on.
    pub async fn next_quick_task_due(&self, now: Moment) -> Result<Option<Moment>, DbError> {
        let rows = self.fetch(NEXT_DUE_UNLOCKED, binds![now.micros()]).await?;
        Ok(rows.first().map(|row| row.opt_int(0)).transpose()?.flatten().map(Moment::from_micros))
    }

    /// How many tasks that keep no core busy somebody is at work on.
    pub async fn count_quick_tasks_at_work(&self, now: Moment) -> Result<i64, DbError> {
        let rows = self.fetch(AT_WORK, binds![now.micros()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Takes a lease, if nobody has it; whoever has it takes it anew with a higher fence.
    pub async fn take_lease(
        &self,
        name: &'static str,
        holder: &str,
        now: Moment,
        ms: i64,
    ) -> Result<Option<Lease>, DbError> {
        self.retry(|| self.try_take_lease(name, holder, now, ms)).await
    }

    async fn try_take_lease(
        &self,
        name: &'static str,
        holder: &str,
        now: Moment,
        ms: i64,
    ) -> Result<Option<Lease>, DbError> {
        let mut tx = self.begin().await?;
        let rows = tx.fetch(TAKE_LEASE, binds![name, holder, now.plus_ms(ms).micros(), now.micros()]).await?;
        let fence = rows.first().map(|row| row.int(0)).transpose()?;
        tx.commit().await?;
        Ok(fence.map(|fence| Lease { name, holder: holder.to_owned(), fence }))
    }

    /// Keeps a lease longer; `false` if it was lost.
    pub async fn keep_lease(&self, lease: &Lease, now: Moment, ms: i64) -> Result<bool, DbError> {
        let binds = binds![lease.name, &lease.holder, now.plus_ms(ms).micros(), lease.fence];
        Ok(self.execute(KEEP_LEASE, binds).await? > 0)
    }

    /// Gives a lease back early.
    pub async fn give_lease_back(&self, lease: &Lease) -> Result<(), DbError> {
        self.execute(GIVE_LEASE_BACK, binds![lease.name, &lease.holder, lease.fence]).await.map(|_| ())
    }

    /// Writes an entry of the history that stands alone.
    pub async fn note(&self, event: &Event) -> Result<(), DbError> {
        self.retry(async || {
            let mut tx = self.begin().await?;
            tx.insert_event(event).await?;
            tx.commit().await
        })
        .await
    }

    /// The history of a subject.
    pub async fn list_events(&self, subject: Subject, id: &str) -> Result<Vec<EventRow>, DbError> {
        let rows = self.fetch(EVENTS, binds![subject.name(), id]).await?;
        let read = |row: &Row| {
            Ok(EventRow {
                at: Moment::from_micros(row.int(0)?),
                actor_kind: row.text(1)?,
                actor_id: row.text(2)?,
                kind: row.text(3)?,
                detail: row.text(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// A fact that the store keeps about itself.
    pub async fn find_fact(&self, name: &str) -> Result<Option<String>, DbError> {
        self.fetch(FACT, binds![name]).await?.first().map(|row| row.text(0)).transpose()
    }

    /// Keeps a fact.
    pub async fn set_fact(&self, name: &str, value: &str) -> Result<(), DbError> {
        self.execute(SET_FACT, binds![name, value]).await.map(|_| ())
    }
}

impl Tx {
    /// Writes a task to be done at `due`; one that waits under the same id is the same task.
    pub async fn enqueue(&mut self, task: &OutboxTask, due: Moment, now: Moment) -> Result<(), DbError> {
        let binds = binds![&task.id, &task.kind, &task.subject, &task.payload, due.micros(), now.micros()];
        self.execute(INSERT, binds).await.map(|_| ())
    }

    /// Crosses a task off together with what it wrote; `false` if it was crossed off before.
    pub async fn finish_task(&mut self, id: &str) -> Result<bool, DbError> {
        Ok(self.execute(DONE, binds![id]).await? > 0)
    }

    /// Writes an entry of the history.
    pub async fn insert_event(&mut self, event: &Event) -> Result<(), DbError> {
        let (kind, actor_id) = match &event.actor {
            Actor::Operator => ("operator", String::new()),
            actor => actor.columns(),
        };
        let (id, at) = (event.id.to_string(), event.at.micros());
        let subject = event.subject.name();
        let binds = binds![&id, at, kind, &actor_id, subject, &event.subject_id, event.kind, &event.detail];
        self.execute(INSERT_EVENT, binds).await.map(|_| ())
    }
}
