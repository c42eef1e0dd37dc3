//! The way of an event: handed to a process that asks for it, answered, reported.
//!
//! Whoever takes an event out of `State::active` ends it, so it ends once, whether by an answer, the clock or a crash.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use nix::sys::signal::Signal;
use tokio::sync::{mpsc, oneshot};

use super::{Environment, FunctionError, Init, State, micros, report};
use crate::fleet::Admission;
use crate::observer::{Retired, Start, Turn};
use crate::sync::lock;

/// Parts of a streamed answer that wait for a slow caller.
const PARTS_MAX: usize = 16;

/// An event with what the function is told of it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) request_id: Arc<str>,
    pub(crate) payload: Bytes,
    /// The ARN by which the function was called.
    pub(crate) arn: String,
    pub(crate) trace_id: String,
    /// JSON.
    pub(crate) client_context: Option<String>,
    pub(crate) tenant_id: Option<String>,
    /// Whether the caller wants the end of the log.
    pub(crate) wants_tail: bool,
}

/// An event as it goes to a process.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) job: Arc<Job>,
    pub(crate) deadline_ms: u64,
}

/// What the caller gets.
#[derive(Debug)]
pub(crate) enum Reply {
    Answered { body: Bytes, tail: Option<Vec<u8>> },
    Failed { error: FunctionError, tail: Option<Vec<u8>> },
    Streamed { content_type: Option<String>, parts: mpsc::Receiver<Part> },
}

/// A piece of a streamed answer. The last one is an end.
#[derive(Debug)]
pub(crate) enum Part {
    Data(Bytes),
    End { error: Option<FunctionError>, tail: Option<Vec<u8>> },
}

/// An event that is to be served, with all that hangs on it.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) job: Arc<Job>,
    pub(crate) deadline_ms: u64,
    pub(crate) start: Start,
    /// What the environment's start took that this event has waited for, in microseconds.
    pub(crate) init_us: Option<u64>,
    pub(crate) begun: Instant,
    pub(crate) admission: Admission,
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// An event in the hands of a process.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) job: Arc<Job>,
    pub(super) begun: Instant,
    pub(super) start: Start,
    pub(super) init_us: Option<u64>,
    pub(super) admission: Admission,
    pub(super) reply: Option<oneshot::Sender<Reply>>,
    pub(super) stream: Option<mpsc::Sender<Part>>,
    pub(super) streamed_bytes: usize,
    /// Dropped at the end of the invocation.
    done: oneshot::Sender<()>,
}

impl Active {
    fn new(handover: Handover) -> (Self, oneshot::Receiver<()>) {
        let (done, was_done) = oneshot::channel();
        let active = Self {
            job: handover.job,
            begun: handover.begun,
            start: handover.start,
            init_us: handover.init_us,
            admission: handover.admission,
            reply: Some(handover.reply),
            stream: None,
            streamed_bytes: 0,
            done,
        };
        (active, was_done)
    }
}

/// How an invocation ends.
#[derive(Debug)]
pub(crate) enum Ending {
    Answered(Bytes),
    /// All parts but the last have gone out.
    Streamed(Option<FunctionError>),
    Failed(FunctionError),
    TimedOut,
    /// The process is gone.
    Crashed(FunctionError),
}

impl State {
    /// Lets everything in the environment run on.
    fn thaw(&mut self) {
        if std::mem::take(&mut self.frozen) {
            self.signal(Signal::SIGCONT);
        }
    }

    /// Stops everything in the environment, unless an event has come meanwhile.
    fn freeze(&mut self) {
        if self.active.is_empty() && !self.over {
            self.frozen = true;
            self.signal(Signal::SIGSTOP);
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }
}

impl Environment {
    /// Writes the first line of an invocation into the log.
    fn log_start(&self, job: &Job) {
        let id = &job.request_id;
        if !self.revision.settings.is_parallel() {
            self.log.set_request(Some(Arc::clone(id)));
        }
        self.log.write(Some(id), format!("START RequestId: {id} Version: {}", self.revision.version));
    }

    /// Hands an event over. What comes back ends with the invocation; an environment that is gone gives the event back.
    pub(crate) fn deliver(&self, handover: Handover) -> Result<oneshot::Receiver<()>, Box<Handover>> {
        let mut state = lock(&self.state);
        if state.over || state.condemned || *self.init.borrow() != Init::Ready {
            return Err(Box::new(handover));
        }
        self.log_start(&handover.job);
        let mut delivery = Delivery { job: Arc::clone(&handover.job), deadline_ms: handover.deadline_ms };
        let (active, was_done) = Active::new(handover);
        state.active.insert(Arc::clone(&delivery.job.request_id), active);
        state.thaw();
        while let Some(parked) = state.parked.pop_front() {
            match parked.send(delivery) {
                Ok(()) => return Ok(was_done),
                Err(returned) => delivery = returned,
            }
        }
        state.pending.push_back(delivery);
        Ok(was_done)
    }

    /// A process asks for an event. None while it still owes an answer.
    pub(super) fn next(self: &Arc<Self>) -> Option<oneshot::Receiver<Delivery>> {
        let mut state = lock(&self.state);
        let owes = !state.active.is_empty() && state.pending.is_empty();
        if owes && !self.revision.settings.is_parallel() {
            return None;
        }
        let (park, parked) = oneshot::channel();
        match state.pending.pop_front() {
            // The other end is at hand, two lines above.
            Some(delivery) => drop(park.send(delivery)),
            None => state.parked.push_back(park),
        }
        let is_home = std::mem::take(&mut state.finishing);
        drop(state);
        if is_home {
            self.come_home();
        } else {
            self.init.send_if_modified(|init| {
                let was_starting = *init == Init::Starting;
                if was_starting {
                    *init = Init::Ready;
                }
                was_starting
            });
        }
        Some(parked)
    }

    /// Stands still until the next event, and is there for it.
    pub(crate) fn come_home(self: &Arc<Self>) {
        if let Some(words) = self.over_storage() {
            self.log.write(None, words);
            self.retire(Retired::Storage);
            return;
        }
        if !self.revision.settings.is_parallel() {
            lock(&self.state).freeze();
            self.tell(Turn::Frozen);
        }
        if let Some(why) = self.host.fleet.home(self) {
            self.retire(why);
        }
    }

    fn over_storage(&self) -> Option<String> {
        let storage_mb = self.revision.settings.storage_mb;
        self.scratch.is_over(storage_mb).then(|| {
            let shown = self.shown_scratch().display();
            format!("[lambda-service] {shown} holds more than {storage_mb} MB: the environment ends")
        })
    }

    /// Ends an invocation; false if the request is unknown or has ended.
    pub(super) fn end(self: &Arc<Self>, request_id: &str, ending: Ending) -> bool {
        let mut state = lock(&self.state);
        match state.active.remove(request_id) {
            Some(active) => {
                self.finish(&mut state, active, ending);
                true
            }
            None => false,
        }
    }

    /// The time of an invocation is over. The process ends with it; where it serves others too, after the last of them.
    pub(crate) fn time_out(self: &Arc<Self>, request_id: &str) {
        let mut state = lock(&self.state);
        if let Some(active) = state.active.remove(request_id) {
            state.condemned = true;
            self.host.fleet.close(self);
            self.finish(&mut state, active, Ending::TimedOut);
        }
    }

    /// An event that no process could be started for.
    pub(crate) fn end_without_process(self: &Arc<Self>, handover: Handover, ending: Ending) {
        self.log_start(&handover.job);
        let (active, _) = Active::new(handover);
        let mut state = lock(&self.state);
        state.condemned = true;
        self.finish(&mut state, active, ending);
    }

    /// A streamed answer begins. Its parts go into what comes back.
    pub(super) fn begin_stream(&self, request_id: &str, content_type: Option<String>) -> Option<mpsc::Sender<Part>> {
        let mut state = lock(&self.state);
        let active = state.active.get_mut(request_id)?;
        let reply = active.reply.take()?;
        let (sender, parts) = mpsc::channel(PARTS_MAX);
        active.stream = Some(sender.clone());
        // A caller that has left is no reason to stop: the function runs on, as on Lambda.
        let _ = reply.send(Reply::Streamed { content_type, parts });
        Some(sender)
    }

    /// Counts what was streamed so far; none once the invocation has ended.
    pub(super) fn count_streamed(&self, request_id: &str, bytes: usize) -> Option<usize> {
        let mut state = lock(&self.state);
        let active = state.active.get_mut(request_id)?;
        active.streamed_bytes += bytes;
        Some(active.streamed_bytes)
    }

    /// Looks at the memory in the middle of an invocation.
    pub(crate) fn check_memory(&self) {
        let mut state = lock(&self.state);
        if self.memory_kib_max() < self.measure(&mut state) {
            state.out_of_memory = true;
            state.signal(Signal::SIGKILL);
        }
    }

    /// The end of every invocation: log, report, and then the answer, so that whoever has the answer finds the rest.
    pub(super) fn finish(self: &Arc<Self>, state: &mut State, active: Active, mut ending: Ending) {
        let duration_us = micros(active.begun);
        let survives = matches!(ending, Ending::Answered(_) | Ending::Streamed(_) | Ending::Failed(_));
        let used_kib = self.measure(state);
        if survives && self.memory_kib_max() < used_kib {
            state.out_of_memory = true;
            state.condemned = true;
            ending = Ending::Crashed(report::out_of_memory(&active.job.request_id));
        }
        self.report(&active, &ending, duration_us, used_kib);
        let parallel = self.revision.settings.is_parallel();
        if !parallel {
            self.log.set_request(None);
        }
        if parallel
            && state.active.is_empty()
            && !state.condemned
            && let Some(words) = self.over_storage()
        {
            self.log.write(None, words);
            state.condemned = true;
        }
        if state.condemned {
            self.host.fleet.close(self);
            if state.active.is_empty() {
                state.signal(Signal::SIGKILL); // its end is noticed, and the environment ends with it
            }
        } else if survives && parallel {
            self.host.fleet.freed(self);
        } else if survives {
            state.finishing = true;
            self.host.fleet.finishing(self);
        }
        let tail = active.job.wants_tail.then(|| self.log.tail(&active.job.request_id));
        // Before the answer: the caller may use the freed place at once.
        drop(active.admission);
        send(active.reply, active.stream, ending, tail, &active.job.request_id, self.revision.settings.timeout_s);
        drop(active.done);
    }
}

/// Sends the answer, or the last part of one.
fn send(
    reply: Option<oneshot::Sender<Reply>>,
    stream: Option<mpsc::Sender<Part>>,
    ending: Ending,
    tail: Option<Vec<u8>>,
    request_id: &str,
    timeout_s: u32,
) {
    let error = match ending {
        Ending::Answered(body) => {
            // A caller that has left misses it.
            let _ = reply.map(|reply| reply.send(Reply::Answered { body, tail }));
            return;
        }
        Ending::Streamed(error) => error,
        Ending::Failed(error) | Ending::Crashed(error) => Some(error),
        Ending::TimedOut => Some(report::timed_out(request_id, timeout_s)),
    };
    match (reply, stream, error) {
        (Some(reply), _, Some(error)) => drop(reply.send(Reply::Failed { error, tail })),
        (_, Some(stream), error) => {
            // The channel may be full of parts that a slow caller has not taken.
            tokio::spawn(async move { stream.send(Part::End { error, tail }).await });
        }
        (_, None, _) => {}
    }
}
