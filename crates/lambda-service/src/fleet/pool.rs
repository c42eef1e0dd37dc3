//! The environments of each revision: which are free, in which order they are taken, which have had their time.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::State;
use crate::environment::{Environment, Origin};
use crate::observer::{Counters, Retired};
use crate::registry::RevisionNumber;

/// The environments of a revision.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// With room for an event, the one used last at the end.
    pub(super) free: Vec<Arc<str>>,
    pub(super) waiters: VecDeque<oneshot::Sender<Arc<Environment>>>,
    /// How many are to be kept ready.
    pub(super) provisioned: u32,
    /// Gets no more events.
    pub(super) is_outdated: bool,
}

/// An environment and how it stands.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) environment: Arc<Environment>,
    pub(super) standing: Standing,
    /// Events in its hands, or on their way there.
    pub(super) busy: u32,
    pub(super) idle_since_ms: u64,
    pub(super) is_closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Starting,
    Busy,
    Finishing,
    Idle,
    Ending,
}

impl Member {
    /// One that starts: on demand with an event that waits for it.
    pub(super) fn new(environment: &Arc<Environment>) -> Self {
        Self {
            environment: Arc::clone(environment),
            standing: Standing::Starting,
            busy: u32::from(environment.origin == Origin::OnDemand),
            idle_since_ms: 0,
            is_closed: false,
        }
    }

    pub(super) fn of(&self, number: RevisionNumber) -> bool {
        self.environment.revision.number == number
    }

    pub(super) fn is_provisioned(&self, number: RevisionNumber) -> bool {
        self.of(number) && self.environment.origin == Origin::Provisioned && self.standing != Standing::Ending
    }

    fn has_room(&self) -> bool {
        !self.is_closed && self.busy < self.environment.revision.settings.parallel.get()
    }

    /// When it is to be ended if nobody needs it before.
    fn expiry_ms(&self, idle_ms_max: u64, age_ms_max: u64) -> u64 {
        let by_age_ms = self.environment.born_ms.saturating_add(age_ms_max);
        match self.environment.origin {
            Origin::OnDemand => by_age_ms.min(self.idle_since_ms.saturating_add(idle_ms_max)),
            Origin::Provisioned => by_age_ms,
        }
    }
}

impl State {
    pub(super) fn set(&mut self, environment: &Environment, standing: Standing) {
        if let Some(member) = self.members.get_mut(&environment.id) {
            member.standing = standing;
        }
    }

    /// Takes the environment that was used last, one that was started ahead before others.
    pub(super) fn take_idle(&mut self, number: RevisionNumber) -> Option<Arc<Environment>> {
        let pool = self.pools.get_mut(&number)?;
        let ahead = (0 < pool.provisioned).then(|| {
            let is_ahead = |id: &Arc<str>| self.members.get(id).is_some_and(|member| member.is_provisioned(number));
            pool.free.iter().rposition(is_ahead)
        });
        let at = ahead.flatten().or_else(|| pool.free.len().checked_sub(1))?;
        let id = Arc::clone(pool.free.get(at)?);
        let member = self.members.get_mut(&id)?;
        member.busy += 1;
        member.standing = Standing::Busy;
        if !member.has_room() {
            pool.free.remove(at);
        }
        Some(Arc::clone(&member.environment))
    }

    /// Gives an environment with room to those who wait, then to whoever comes next.
    pub(super) fn offer(&mut self, environment: &Environment) {
        let Some(member) = self.members.get_mut(&environment.id) else { return };
        let Some(pool) = self.pools.get_mut(&environment.revision.number) else { return };
        pool.free.retain(|id| *id != environment.id);
        member.standing = if member.busy == 0 { Standing::Idle } else { Standing::Busy };
        while member.has_room() {
            let Some(waiter) = pool.waiters.pop_front() else {
                pool.free.push(Arc::clone(&environment.id));
                return;
            };
            if waiter.send(Arc::clone(&member.environment)).is_ok() {
                (member.busy, member.standing) = (member.busy + 1, Standing::Busy);
            }
        }
    }

    pub(super) fn note_idle(&mut self, environment: &Environment, now_ms: u64) {
        if let Some(member) = self.members.get_mut(&environment.id) {
            member.idle_since_ms = now_ms;
        }
    }

    /// Takes an environment out of those that get events.
    pub(super) fn withdraw(&mut self, environment: &Environment) {
        if let Some(member) = self.members.get_mut(&environment.id) {
            member.is_closed = true;
        }
        if let Some(pool) = self.pools.get_mut(&environment.revision.number) {
            pool.free.retain(|id| *id != environment.id);
        }
    }

    /// When the next idle environment has had its time.
    pub(super) fn next_expiry_ms(&self, idle_ms_max: u64, age_ms_max: u64) -> Option<u64> {
        self.idle().map(|member| member.expiry_ms(idle_ms_max, age_ms_max)).min()
    }

    /// The idle environments that have had their time. They get no more events.
    pub(super) fn take_expired(
        &mut self,
        now_ms: u64,
        idle_ms_max: u64,
        age_ms_max: u64,
    ) -> Vec<(Arc<Environment>, Retired)> {
        let is_over = |member: &&Member| member.expiry_ms(idle_ms_max, age_ms_max) <= now_ms;
        let expired: Vec<_> = self.idle().filter(is_over).map(|member| Arc::clone(&member.environment)).collect();
        let why = |environment: &Environment| {
            let is_old = age_ms_max <= now_ms.saturating_sub(environment.born_ms);
            if is_old { Retired::Age } else { Retired::Idle }
        };
        for environment in &expired {
            self.withdraw(environment);
        }
        expired
            .into_iter()
            .map(|environment| {
                let why = why(&environment);
                (environment, why)
            })
            .collect()
    }

    fn idle(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.standing == Standing::Idle && !member.is_closed)
    }

    /// Provisioned environments beyond what is wanted, idle ones first.
    pub(super) fn surplus(&mut self, number: RevisionNumber) -> Vec<Arc<Environment>> {
        let wanted = self.pools.get(&number).map_or(0, |pool| pool.provisioned);
        let mut members: Vec<_> = self.members.values().filter(|member| member.is_provisioned(number)).collect();
        members.sort_by_key(|member| member.standing == Standing::Idle);
        let keep = usize::try_from(wanted).unwrap_or(usize::MAX);
        let surplus = members.into_iter().skip(keep).filter(|member| member.standing == Standing::Idle);
        surplus.map(|member| Arc::clone(&member.environment)).collect()
    }

    /// How many provisioned environments each revision lacks.
    pub(super) fn missing(&self) -> Vec<(RevisionNumber, u32)> {
        let lacking = self.pools.iter().filter(|(_, pool)| 0 < pool.provisioned).map(|(number, pool)| {
            let there = self.members.values().filter(|member| member.is_provisioned(*number)).count();
            (*number, pool.provisioned.saturating_sub(u32::try_from(there).unwrap_or(u32::MAX)))
        });
        lacking.filter(|(_, count)| 0 < *count).collect()
    }

    pub(super) fn counters(&self) -> Counters {
        let mut counters = Counters {
            concurrency: self.concurrency,
            queued: self.queued,
            throttled: self.throttled,
            ..Counters::default()
        };
        for member in self.members.values() {
            match member.standing {
                Standing::Starting => counters.starting += 1,
                Standing::Busy => counters.busy += 1,
                Standing::Finishing => counters.finishing += 1,
                Standing::Idle => counters.idle += 1,
                Standing::Ending => counters.ending += 1,
            }
        }
        counters
    }
}
