//! All environments: which one serves the next event, and how many there may be.
//!
//! Keeps account only. Starting and ending them is the environments' own affair; what is to be ended is given back to
//! the caller.

mod load;
mod pool;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};

use crate::api::Throttled;
use crate::clock::Clock;
use crate::environment::{Environment, Origin};
use crate::names::FunctionName;
use crate::observer::{Counters, Retired};
use crate::options::AccountLimits;
use crate::registry::{Revision, RevisionNumber};
use crate::sync::lock;
use load::{Bucket, Load};
use pool::{Member, Pool, Standing};

/// How long an event waits for an environment that has just answered and is about to ask for the next one: many times
/// what a runtime takes for that. One that works on after its answer is not waited for any longer.
const HOMECOMING_WAIT_MAX: Duration = Duration::from_millis(50);

/// A function's share of the account's concurrency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// What is reserved for it.
    pub(crate) reserved: Option<u32>,
    /// What all functions without a reservation have together.
    pub(crate) unreserved: u32,
}

/// The account of all environments.
#[derive(Debug)]
pub(crate) struct Fleet {
    clock: Clock,
    limits: AccountLimits,
    idle_ms_max: u64,
    age_ms_max: u64,
    state: Mutex<State>,
    /// Counts changes, for those who wait for one.
    changed: watch::Sender<u64>,
    /// An environment has become idle while none was.
    idle_again: Notify,
    /// Provisioned environments may be missing.
    short: Notify,
}

#[derive(Debug, Default)]
struct State {
    loads: HashMap<FunctionName, Load>,
    concurrency: u32,
    unreserved: u32,
    pools: HashMap<RevisionNumber, Pool>,
    members: HashMap<Arc<str>, Member>,
    queued: usize,
    throttled: u64,
    reaper_rests: bool,
    stopping: bool,
}

/// The right to run one invocation. Dropped when that has ended.
#[derive(Debug)]
pub(crate) struct Admission {
    fleet: Arc<Fleet>,
    function: FunctionName,
    is_unreserved: bool,
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.fleet.update(|state| {
            state.concurrency -= 1;
            state.unreserved -= u32::from(self.is_unreserved);
            if let Some(load) = state.loads.get_mut(&self.function) {
                load.concurrency -= 1;
                load.place_free.notify_one();
            }
        });
    }
}

impl Fleet {
    pub(crate) fn new(clock: Clock, limits: AccountLimits, idle_ms_max: u64, age_ms_max: u64) -> Self {
        Self {
            clock,
            limits,
            idle_ms_max,
            age_ms_max,
            state: Mutex::default(),
            changed: watch::channel(0).0,
            idle_again: Notify::new(),
            short: Notify::new(),
        }
    }

    /// A place among the invocations that run at once.
    pub(crate) fn admit(self: &Arc<Self>, function: &FunctionName, share: Share) -> Result<Admission, Throttled> {
        self.update(|state| {
            let load = state.load(function, &self.limits, &self.clock);
            let met = match share.reserved {
                Some(reserved) => (reserved <= load.concurrency).then_some(Throttled::ReservedConcurrency),
                None => (share.unreserved <= state.unreserved).then_some(Throttled::Concurrency),
            };
            if let Some(limit) = met {
                state.throttled += 1;
                return Err(limit);
            }
            state.load(function, &self.limits, &self.clock).concurrency += 1;
            state.concurrency += 1;
            let is_unreserved = share.reserved.is_none();
            state.unreserved += u32::from(is_unreserved);
            Ok(Admission { fleet: Arc::clone(self), function: function.clone(), is_unreserved })
        })
    }

    /// An environment that can take an event now, or none: then the caller may start one.
    pub(crate) async fn acquire(&self, revision: &Revision) -> Result<Option<Arc<Environment>>, Throttled> {
        let waiting = self.update(|state| match state.take_idle(revision.number) {
            Some(environment) => Err(environment),
            None => Ok(state.wait_for_homecoming(revision.number)),
        });
        match waiting {
            Err(environment) => return Ok(Some(environment)),
            Ok(Some(mut homecoming)) => {
                if let Ok(Ok(environment)) = tokio::time::timeout(HOMECOMING_WAIT_MAX, &mut homecoming).await {
                    return Ok(Some(environment));
                }
                // One may have come in the same moment.
                homecoming.close();
                if let Ok(environment) = homecoming.try_recv() {
                    return Ok(Some(environment));
                }
            }
            Ok(None) => {}
        }
        self.may_start(&revision.function).map(|()| None)
    }

    /// Takes one from the allowance of new environments.
    pub(crate) fn may_start(&self, function: &FunctionName) -> Result<(), Throttled> {
        self.update(|state| {
            if state.load(function, &self.limits, &self.clock).scaling.take(self.clock.now_ms()) {
                return Ok(());
            }
            state.throttled += 1;
            Err(Throttled::ScalingRate)
        })
    }

    /// A new environment that starts, for an event or ahead. False once the service stops.
    pub(crate) fn add(&self, environment: &Arc<Environment>) -> bool {
        self.update(|state| {
            if state.stopping {
                return false;
            }
            state.members.insert(Arc::clone(&environment.id), Member::new(environment));
            state.pools.entry(environment.revision.number).or_default();
            true
        })
    }

    /// An environment has started for an event. One that takes several at once can have more.
    pub(crate) fn started(&self, environment: &Environment) {
        self.update(|state| state.offer(environment));
    }

    /// An environment has answered and will soon ask for the next event.
    pub(crate) fn finishing(&self, environment: &Environment) {
        self.update(|state| state.set(environment, Standing::Finishing));
    }

    /// One of the places of an environment that takes several events at once is free.
    pub(crate) fn freed(&self, environment: &Environment) {
        self.update(|state| {
            if let Some(member) = state.members.get_mut(&environment.id) {
                member.busy = member.busy.saturating_sub(1);
            }
            state.offer(environment);
            state.note_idle(environment, self.clock.now_ms());
        });
        self.wake_reaper();
    }

    /// An environment stands still: it goes to whoever waits, or is kept. Or is to be ended, for the reason given back.
    pub(crate) fn home(&self, environment: &Arc<Environment>) -> Option<Retired> {
        let now_ms = self.clock.now_ms();
        let why = self.update(|state| {
            if state.pools.get(&environment.revision.number).is_none_or(|pool| pool.is_outdated) {
                return Some(Retired::Outdated);
            }
            if self.age_ms_max <= now_ms.saturating_sub(environment.born_ms) {
                return Some(Retired::Age);
            }
            if let Some(member) = state.members.get_mut(&environment.id) {
                member.busy = 0;
            }
            state.offer(environment);
            state.note_idle(environment, now_ms);
            None
        });
        self.wake_reaper();
        why
    }

    /// An environment takes no more events.
    pub(crate) fn close(&self, environment: &Environment) {
        self.update(|state| state.withdraw(environment));
    }

    /// An environment is being ended.
    pub(crate) fn leave(&self, environment: &Environment) {
        self.update(|state| {
            state.withdraw(environment);
            state.set(environment, Standing::Ending);
        });
        if environment.origin == Origin::Provisioned {
            self.short.notify_one();
        }
    }

    /// Nothing is left of an environment.
    pub(crate) fn gone(&self, environment: &Environment) {
        self.update(|state| {
            state.members.remove(&environment.id);
            let number = environment.revision.number;
            let is_last = !state.members.values().any(|member| member.environment.revision.number == number);
            if is_last && state.pools.get(&number).is_some_and(|pool| pool.provisioned == 0) {
                state.pools.remove(&number);
            }
        });
    }

    /// A revision gets no more events. Gives back what can be ended at once; the rest ends when it has answered.
    pub(crate) fn outdate(&self, number: RevisionNumber) -> Vec<Arc<Environment>> {
        self.update(|state| {
            let pool = state.pools.entry(number).or_default();
            (pool.is_outdated, pool.provisioned) = (true, 0);
            let is_idle = |member: &&Member| member.standing == Standing::Idle && member.of(number);
            state.members.values().filter(is_idle).map(|member| Arc::clone(&member.environment)).collect()
        })
    }

    /// How many environments of a revision are to be kept ready. Gives back those that are too many.
    pub(crate) fn provision(&self, number: RevisionNumber, wanted: u32) -> Vec<Arc<Environment>> {
        let surplus = self.update(|state| {
            state.pools.entry(number).or_default().provisioned = wanted;
            state.surplus(number)
        });
        self.short.notify_one();
        surplus
    }

    /// How many environments were started ahead for a revision: all of them, and those that are ready.
    pub(crate) fn provisioned(&self, number: RevisionNumber) -> (u32, u32) {
        let state = lock(&self.state);
        let mut counts = (0, 0);
        for member in state.members.values().filter(|member| member.is_provisioned(number)) {
            counts.0 += u32::from(member.standing != Standing::Starting);
            counts.1 += u32::from(member.standing == Standing::Idle);
        }
        counts
    }

    /// Waits until provisioned environments may be missing, and gives the revisions with how many are.
    pub(crate) async fn missing(&self) -> Vec<(RevisionNumber, u32)> {
        self.short.notified().await;
        lock(&self.state).missing()
    }

    /// Waits until environments are to be ended for their age or because nobody needs them, and gives them back.
    pub(crate) async fn expired(&self) -> Vec<(Arc<Environment>, Retired)> {
        loop {
            let next_ms = self.update(|state| {
                let next_ms = state.next_expiry_ms(self.idle_ms_max, self.age_ms_max);
                state.reaper_rests = next_ms.is_none();
                next_ms
            });
            match next_ms {
                Some(at_ms) => self.clock.wait_until(at_ms).await,
                None => self.idle_again.notified().await,
            }
            let now_ms = self.clock.now_ms();
            let expired = self.update(|state| state.take_expired(now_ms, self.idle_ms_max, self.age_ms_max));
            if !expired.is_empty() {
                return expired;
            }
        }
    }

    fn wake_reaper(&self) {
        if std::mem::take(&mut lock(&self.state).reaper_rests) {
            self.idle_again.notify_one();
        }
    }

    /// Waits until an invocation of the function has ended.
    pub(crate) async fn place_free(&self, function: &FunctionName) {
        let place_free = self.update(|state| Arc::clone(&state.load(function, &self.limits, &self.clock).place_free));
        place_free.notified().await;
    }

    /// Counts an asynchronous event in, if there is room.
    pub(crate) fn queue(&self) -> Result<(), Throttled> {
        self.update(|state| {
            if self.limits.queued_events <= state.queued {
                state.throttled += 1;
                return Err(Throttled::Queue);
            }
            state.queued += 1;
            Ok(())
        })
    }

    /// Counts an asynchronous event out.
    pub(crate) fn unqueue(&self) {
        self.update(|state| state.queued -= 1);
    }

    /// Every environment there is; none is added from now on.
    pub(crate) fn stop(&self) -> Vec<Arc<Environment>> {
        self.update(|state| {
            state.stopping = true;
            state.members.values().map(|member| Arc::clone(&member.environment)).collect()
        })
    }

    pub(crate) fn counters(&self) -> Counters {
        lock(&self.state).counters()
    }

    /// Tells of each change of the counters.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut lock(&self.state));
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        result
    }
}

impl State {
    fn load(&mut self, function: &FunctionName, limits: &AccountLimits, clock: &Clock) -> &mut Load {
        let new = || Load {
            concurrency: 0,
            scaling: Bucket::new(limits.scaling_per_10_s, clock.now_ms()),
            place_free: Arc::default(),
        };
        self.loads.entry(function.clone()).or_insert_with(new)
    }

    fn wait_for_homecoming(&mut self, number: RevisionNumber) -> Option<oneshot::Receiver<Arc<Environment>>> {
        let is_finishing = |member: &&Member| member.standing == Standing::Finishing && member.of(number);
        let finishing = self.members.values().filter(is_finishing).count();
        let pool = self.pools.get_mut(&number)?;
        pool.waiters.retain(|waiter| !waiter.is_closed());
        if finishing <= pool.waiters.len() {
            return None;
        }
        let (waiter, homecoming) = oneshot::channel();
        pool.waiters.push_back(waiter);
        Some(homecoming)
    }
}
