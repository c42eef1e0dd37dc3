//! Invocations: from a call to an environment and back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::api::{ApiError, Throttled};
use crate::environment::{Ending, Environment, FunctionError, Handover, Job, Origin, Reply, TIMED_OUT};
use crate::host::Host;
use crate::observer::{EnvironmentEvent, Retired, Start, Turn};
use crate::registry::{Resolved, Revision};

/// How often an environment's memory is looked at while it works.
const MEMORY_LOOK: Duration = Duration::from_millis(100);
/// Environments that may turn out to be dead, one after the other, before an event is given up.
const ATTEMPTS_MAX: usize = 8;

/// Why an event did not reach a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvokeError {
    Throttled(Throttled),
    /// The service itself could not.
    Fault(String),
}

impl From<InvokeError> for ApiError {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::Throttled(limit) => Self::TooManyRequests(limit),
            InvokeError::Fault(cause) => Self::Service(cause),
        }
    }
}

/// Invokes a function. The invocation runs on if whoever called does not wait.
pub(crate) async fn invoke(host: &Arc<Host>, resolved: Resolved, job: Job) -> Result<Reply, InvokeError> {
    let (reply, replied) = oneshot::channel();
    let invocation = Invocation { host: Arc::clone(host), revision: resolved.revision, job: Arc::new(job) };
    let admission = match host.fleet.admit(&invocation.revision.function, resolved.share) {
        Ok(admission) => admission,
        Err(limit) => return Err(invocation.throttled(limit)),
    };
    let refused = tokio::spawn(async move { invocation.run(admission, reply).await });
    match replied.await {
        Ok(reply) => Ok(reply),
        Err(_) => Err(match refused.await {
            Ok(Err(error)) => error,
            _ => InvokeError::Fault("the invocation ended without an answer".to_owned()),
        }),
    }
}

struct Invocation {
    host: Arc<Host>,
    revision: Arc<Revision>,
    job: Arc<Job>,
}

impl Invocation {
    async fn run(
        self,
        mut admission: crate::fleet::Admission,
        mut reply: oneshot::Sender<Reply>,
    ) -> Result<(), InvokeError> {
        for _ in 0..ATTEMPTS_MAX {
            let warm = self.host.fleet.acquire(&self.revision).await.map_err(|limit| self.throttled(limit))?;
            let (environment, started) = match warm {
                Some(environment) => (environment, None),
                None => {
                    let environment = self.add_environment().await?;
                    let ready = environment.first_init().await;
                    (environment, Some(ready))
                }
            };
            let mut handover = Handover {
                job: Arc::clone(&self.job),
                deadline_ms: self.host.clock.now_ms() + self.revision.settings.timeout_ms(),
                start: if started.is_some() { Start::Cold } else { Start::Warm },
                init_us: None,
                begun: Instant::now(),
                admission,
                reply,
            };
            match started {
                None => {}
                Some(Ok(init_us)) => handover.init_us = Some(init_us),
                Some(Err(_)) => {
                    if let Err(error) = environment.suppressed_init(self.revision.settings.timeout_ms()).await {
                        give_up(&environment, handover, error);
                        return Ok(());
                    }
                }
            }
            if handover.start == Start::Cold {
                self.host.fleet.started(&environment);
            }
            let deadline_ms = handover.deadline_ms;
            match environment.deliver(handover) {
                Ok(done) => {
                    self.supervise(&environment, deadline_ms, done).await;
                    return Ok(());
                }
                // It has died since it was last seen: another one.
                Err(handover) => (admission, reply) = (handover.admission, handover.reply),
            }
        }
        Err(InvokeError::Fault(format!("{ATTEMPTS_MAX} environments ended before they took the event")))
    }

    async fn add_environment(&self) -> Result<Arc<Environment>, InvokeError> {
        let fault = |words: String| InvokeError::Fault(format!("could not make an environment: {words}"));
        let environment = Environment::create(&self.host, &self.revision, Origin::OnDemand).await;
        let environment = environment.map_err(|error| fault(error.to_string()))?;
        if self.host.fleet.add(&environment) { Ok(environment) } else { Err(fault("the service stops".to_owned())) }
    }

    /// Watches over time and memory until the invocation has ended.
    async fn supervise(&self, environment: &Arc<Environment>, deadline_ms: u64, mut done: oneshot::Receiver<()>) {
        let mut look = interval_at(tokio::time::Instant::now() + MEMORY_LOOK, MEMORY_LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let late = self.host.clock.wait_until(deadline_ms);
        tokio::pin!(late);
        loop {
            tokio::select! {
                _ = &mut done => return,
                () = &mut late => return environment.time_out(&self.job.request_id),
                _ = look.tick() => environment.check_memory(),
            }
        }
    }

    fn throttled(&self, limit: Throttled) -> InvokeError {
        self.host.observer.environment(&EnvironmentEvent {
            function: self.revision.function.clone(),
            version: self.revision.version,
            environment: None,
            turn: Turn::Throttled(limit),
        });
        InvokeError::Throttled(limit)
    }
}

/// Answers an event for which no process could be started, not even at the second attempt.
fn give_up(environment: &Arc<Environment>, handover: Handover, error: FunctionError) {
    let ending = if error.kind == TIMED_OUT { Ending::TimedOut } else { Ending::Crashed(error) };
    environment.end_without_process(handover, ending);
    environment.retire(Retired::Broken);
}
