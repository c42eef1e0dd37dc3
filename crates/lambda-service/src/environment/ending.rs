//! The end of an environment, of its own accord or not, and what is reported of an invocation.

use std::sync::Arc;

use nix::sys::signal::Signal;

use super::exchange::{Active, Ending};
use super::report::{Failure, Report, timed_out_line};
use super::{Environment, FunctionError, Init, exit_error, process, report};
use crate::limits::SHUTDOWN_MS_MAX;
use crate::observer::{InvocationRecord, Outcome, Retired, Turn};
use crate::sync::{lock, raised};

impl Environment {
    /// A process has ended. Events in its hands end with it, and the environment too, unless it was only starting.
    pub(super) fn process_ended(self: &Arc<Self>, generation: u32, end: &process::End) {
        self.log.settle();
        let mut state = lock(&self.state);
        if state.generation != generation {
            return;
        }
        state.process = None;
        let out_of_memory = state.out_of_memory;
        let mut was_starting = false;
        self.init.send_if_modified(|init| {
            was_starting = *init != Init::Ready;
            if *init == Init::Starting {
                *init = Init::Failed(exit_error(end, out_of_memory, None));
            }
            was_starting
        });
        if was_starting || state.over {
            return;
        }
        self.host.fleet.close(self);
        let active: Vec<_> = state.active.drain().map(|(_, active)| active).collect();
        for active in active {
            let error = exit_error(end, out_of_memory, Some(&active.job.request_id));
            self.finish(&mut state, active, Ending::Crashed(error));
        }
        drop(state);
        self.retire(Retired::Broken);
    }

    /// The process says that it cannot start.
    pub(super) fn init_error(&self, error: FunctionError) {
        self.init.send_if_modified(|init| {
            let is_starting = *init == Init::Starting;
            if is_starting {
                *init = Init::Failed(error);
            }
            is_starting
        });
    }

    /// Kills the process that runs, if one does, and waits for its end.
    pub(super) async fn kill_process(&self) {
        let process = lock(&self.state).process.clone();
        if let Some(mut process) = process {
            process.signal(Signal::SIGKILL);
            process.wait().await;
        }
    }

    /// Ends the environment. Comes back at once; [`Self::wait_gone`] tells when nothing is left of it.
    pub(crate) fn retire(self: &Arc<Self>, why: Retired) {
        let mut state = lock(&self.state);
        if state.over {
            return;
        }
        state.over = true;
        self.host.fleet.leave(self);
        let active: Vec<_> = state.active.drain().map(|(_, active)| active).collect();
        for active in active {
            let error = report::sandbox_failure(&active.job.request_id);
            self.finish(&mut state, active, Ending::Crashed(error));
        }
        let gently = state.has_extension && !matches!(why, Retired::Broken);
        drop(state);
        let environment = Arc::clone(self);
        tokio::spawn(async move {
            if gently {
                environment.ask_to_end().await;
            }
            environment.kill_process().await;
            if let Some(uid) = environment.scratch.uid() {
                // A look at every process of the machine: not on a thread that serves others.
                let _ = tokio::task::spawn_blocking(move || process::kill_user(uid)).await;
            }
            environment.log.settle();
            environment.tell(Turn::Retired(why));
            environment.host.fleet.gone(&environment);
            environment.gone.send_replace(true);
        });
    }

    /// SIGTERM, and time to follow it. Only environments with an extension get it, as on Lambda.
    async fn ask_to_end(&self) {
        let process = lock(&self.state).process.clone();
        if let Some(mut process) = process {
            process.signal(Signal::SIGTERM);
            process.signal(Signal::SIGCONT);
            tokio::select! {
                () = process.wait() => {}
                () = self.host.clock.wait_ms(SHUTDOWN_MS_MAX) => {}
            }
        }
    }

    /// Comes back once nothing is left of it.
    pub(crate) async fn wait_gone(&self) {
        raised(&mut self.gone.subscribe()).await;
    }

    /// Writes the last lines of an invocation and tells the observer.
    pub(super) fn report(&self, active: &Active, ending: &Ending, duration_us: u64, used_kib: u64) {
        let settings = &self.revision.settings;
        let (outcome, failure, response_bytes) = match ending {
            Ending::Answered(body) => (Outcome::Answered, None, body.len()),
            Ending::Streamed(None) => (Outcome::Answered, None, active.streamed_bytes),
            Ending::Streamed(Some(error)) => {
                (Outcome::Failed(error.kind.clone()), Some(Failure::Error(&error.kind)), active.streamed_bytes)
            }
            Ending::Failed(error) => (Outcome::Failed(error.kind.clone()), None, error.body.len()),
            Ending::TimedOut => (Outcome::TimedOut, Some(Failure::TimedOut), 0),
            Ending::Crashed(error) => {
                (Outcome::Crashed(error.kind.clone()), Some(Failure::Error(&error.kind)), error.body.len())
            }
        };
        let report = Report {
            request_id: &active.job.request_id,
            // A time-out is what was set, not what the machine took to notice.
            duration_us: if outcome == Outcome::TimedOut { settings.timeout_ms() * 1_000 } else { duration_us },
            init_us: active.init_us,
            memory_mb: settings.memory_mb,
            memory_used_mb: u32::try_from(used_kib.div_ceil(1_024)).unwrap_or(u32::MAX),
            failure,
        };
        let id = &active.job.request_id;
        self.log.settle();
        if outcome == Outcome::TimedOut {
            self.log.write(Some(id), timed_out_line(self.host.clock.now_ms(), id, settings.timeout_s));
        }
        self.log.write(Some(id), format!("END RequestId: {id}"));
        self.log.write(Some(id), report.line());
        if let Ending::Crashed(error) = ending {
            self.log.write(Some(id), format!("RequestId: {id} Error: {}", error.kind));
        }
        self.host.observer.invocation(&InvocationRecord {
            function: self.revision.function.clone(),
            version: self.revision.version,
            environment: self.id.to_string(),
            request_id: id.to_string(),
            start: active.start,
            init_us: report.init_us.unwrap_or(0),
            duration_us: report.duration_us,
            billed_ms: report.billed_ms(),
            memory_mb: report.memory_mb,
            memory_used_mb: report.memory_used_mb,
            outcome,
            request_bytes: active.job.payload.len(),
            response_bytes,
        });
    }
}
