//! Execution environments: a process that asks for events and answers them, from its start to its end.
//!
//! Start at [`Environment::create`] and [`Environment::launch`]; the way of an event is in `exchange`, the end in
//! `ending`.

mod ending;
mod exchange;
mod process;
mod report;
mod runtime_api;
mod scratch;
mod variables;

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use nix::sys::signal::Signal;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::host::Host;
use crate::launcher::{Apart, Orders, SCRATCH, TASK_ROOT};
use crate::limits::INIT_MS_MAX;
use crate::logs::LogStream;
use crate::observer::{EnvironmentEvent, Turn};
use crate::options::Isolation;
use crate::registry::Revision;
use crate::settings::Runtime;
use crate::sync::lock;
use process::{Process, words_of_exit};
use scratch::Scratch;

pub(crate) use exchange::{Ending, Handover, Job, Part, Reply};
pub(crate) use scratch::{Users, clear};
pub(crate) use variables::RESERVED as RESERVED_VARIABLES;

/// Writable private memory that a process may have besides its memory setting, in bytes: runtimes set room aside that
/// they never use. What is used is measured; this stops a process that grows faster than it is looked at.
const DATA_BYTES_SPARE: u64 = 2 * 1024 * 1024 * 1024;

/// Why an environment was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    OnDemand,
    Provisioned,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

/// An error as a function reports it, or as the service does for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionError {
    pub(crate) kind: String,
    pub(crate) body: Bytes,
}

/// How far a process has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Init {
    Starting,
    Ready,
    Failed(FunctionError),
}

/// An environment. It serves one version of one function.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) id: Arc<str>,
    pub(crate) revision: Arc<Revision>,
    pub(crate) origin: Origin,
    pub(crate) born_ms: u64,
    pub(crate) log: Arc<LogStream>,
    host: Arc<Host>,
    scratch: Scratch,
    runtime_api: SocketAddr,
    init: watch::Sender<Init>,
    /// True once nothing of it is left.
    gone: watch::Sender<bool>,
    state: Mutex<State>,
    /// What the first successful init took, in microseconds.
    init_us: OnceLock<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts processes: what an earlier one still had to say is not heard.
    generation: u32,
    process: Option<Process>,
    /// Calls of `next` that wait for an event.
    parked: VecDeque<oneshot::Sender<exchange::Delivery>>,
    /// Events that wait for a call of `next`.
    pending: VecDeque<exchange::Delivery>,
    active: HashMap<Arc<str>, exchange::Active>,
    frozen: bool,
    /// Has answered and not asked for the next event yet.
    finishing: bool,
    /// Is being ended, or has been.
    over: bool,
    /// Takes no more events, and ends with the last that it has.
    condemned: bool,
    out_of_memory: bool,
    has_extension: bool,
    memory_kib: u64,
}

impl Environment {
    /// Makes everything but the process: folder, user, log, and the listener of its Runtime API.
    pub(crate) async fn create(host: &Arc<Host>, revision: &Arc<Revision>, origin: Origin) -> io::Result<Arc<Self>> {
        let id: Arc<str> = crate::ids::long().into();
        let scratch = Scratch::create(host.environments.join(&*id), host.users.as_ref())?;
        let log = host.logs.open(&revision.function, revision.version, &id)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let environment = Arc::new(Self {
            id,
            revision: Arc::clone(revision),
            origin,
            born_ms: host.clock.now_ms(),
            log,
            host: Arc::clone(host),
            scratch,
            runtime_api: listener.local_addr()?,
            init: watch::channel(Init::Starting).0,
            gone: watch::channel(false).0,
            state: Mutex::default(),
            init_us: OnceLock::new(),
        });
        tokio::spawn(runtime_api::serve(listener, environment.gone.subscribe(), Arc::downgrade(&environment)));
        Ok(environment)
    }

    /// The first start, which has ten seconds. Gives back its time in microseconds.
    pub(crate) async fn first_init(self: &Arc<Self>) -> Result<u64, FunctionError> {
        let runtime = &self.revision.settings.runtime;
        self.log.write(None, format!("INIT_START Runtime Version: {runtime}.local\tRuntime Version ARN: "));
        self.tell(Turn::Started);
        let begun = Instant::now();
        let ready = self.init(INIT_MS_MAX).await;
        let took_us = micros(begun);
        match &ready {
            Ok(()) => {
                let _ = self.init_us.set(took_us);
                self.tell(Turn::Ready);
            }
            Err(error) => self.log_init_failure(took_us, "init", error),
        }
        ready.map(|()| took_us)
    }

    /// The start that is made up for within an invocation, after the first has failed.
    pub(crate) async fn suppressed_init(self: &Arc<Self>, ms_max: u64) -> Result<(), FunctionError> {
        let begun = Instant::now();
        let ready = self.init(ms_max).await;
        match &ready {
            Ok(()) => self.tell(Turn::Ready),
            Err(error) => self.log_init_failure(micros(begun), "invoke", error),
        }
        ready
    }

    fn log_init_failure(&self, took_us: u64, phase: &str, error: &FunctionError) {
        self.log.settle();
        let status = match error.kind.as_str() {
            TIMED_OUT => "Status: timeout".to_owned(),
            kind => format!("Status: error\tError Type: {kind}"),
        };
        self.log.write(None, report::init_report(took_us, phase, &status));
    }

    async fn init(self: &Arc<Self>, ms_max: u64) -> Result<(), FunctionError> {
        let until_ms = self.host.clock.now_ms() + ms_max;
        let mut init = self.init.subscribe();
        self.launch()?;
        let ready = tokio::select! {
            state = init.wait_for(|state| *state != Init::Starting) => match state.as_deref() {
                Ok(Init::Failed(error)) => Err(error.clone()),
                _ => Ok(()),
            },
            () = self.host.clock.wait_until(until_ms) => Err(FunctionError {
                kind: TIMED_OUT.to_owned(),
                body: report::error_body(TIMED_OUT, "Error: Runtime did not ask for an event in time").into(),
            }),
        };
        if ready.is_err() {
            self.kill_process().await;
        }
        ready
    }

    /// Starts a process. What becomes of it shows in `init`, later in [`Self::process_ended`].
    fn launch(self: &Arc<Self>) -> Result<(), FunctionError> {
        let fault = |error: io::Error| report::error("Sandbox.Failure", &format!("Error: {error}"));
        if lock(&self.state).over {
            return Err(fault(io::Error::other("the environment is being ended")));
        }
        self.init.send_replace(Init::Starting);
        let orders = self.orders()?;
        let keeper = Arc::clone(&self.host.keeper);
        let (started, output) = process::start(&self.host.launcher, keeper, &orders).map_err(fault)?;
        self.log.attach(output);
        let mut state = lock(&self.state);
        if state.over {
            started.process.signal(Signal::SIGKILL);
        }
        state.generation += 1;
        let generation = state.generation;
        state.process = Some(started.process.clone());
        state.parked.clear();
        (state.frozen, state.has_extension) = (false, false);
        drop(state);
        let environment = Arc::clone(self);
        tokio::spawn(async move {
            let end = started.run().await;
            environment.process_ended(generation, &end);
        });
        Ok(())
    }

    fn orders(&self) -> Result<Orders, FunctionError> {
        let package = &self.revision.package.folder;
        let apart =
            self.scratch.uid().map(|uid| Apart { uid, package: package.clone(), scratch: self.scratch.folder.clone() });
        let task_root = if apart.is_some() { PathBuf::from(TASK_ROOT) } else { package.clone() };
        let python = self.host.python.as_ref();
        let (program, arguments) = match &self.revision.settings.runtime {
            Runtime::Provided(_) => {
                check_bootstrap(package)?;
                (task_root.join(BOOTSTRAP), Vec::new())
            }
            Runtime::Python(_) => match python {
                Some(python) => {
                    let handler = self.revision.settings.handler.clone();
                    (python.interpreter.clone(), vec!["-m".to_owned(), "awslambdaric".to_owned(), handler])
                }
                None => return Err(entrypoint_error("no Python was named when the service was started")),
            },
        };
        let variables = variables::variables(&variables::Facts {
            revision: &self.revision,
            origin: self.origin,
            runtime_api: self.runtime_api,
            region: &self.host.place.region,
            log_stream: &self.log.name,
            task_root: &task_root,
            scratch: apart.is_none().then_some(self.scratch.folder.as_path()),
            python,
            additions: &self.host.variables,
        });
        let memory_bytes = u64::from(self.revision.settings.memory_mb) * 1_024 * 1_024;
        let data_bytes_max = memory_bytes + DATA_BYTES_SPARE;
        Ok(Orders { program, arguments, variables, folder: task_root, data_bytes_max, apart })
    }

    /// The room under `/tmp`, as the program sees it.
    pub(crate) fn shown_scratch(&self) -> &Path {
        if self.scratch.uid().is_some() { Path::new(SCRATCH) } else { &self.scratch.folder }
    }

    /// Measures, and gives back the most used so far, in KiB.
    fn measure(&self, state: &mut State) -> u64 {
        let now_kib = state.process.as_ref().map_or(0, Process::memory_kib);
        state.memory_kib = state.memory_kib.max(now_kib);
        state.memory_kib
    }

    fn memory_kib_max(&self) -> u64 {
        u64::from(self.revision.settings.memory_mb) * 1_024
    }

    fn tell(&self, turn: Turn) {
        self.host.observer.environment(&EnvironmentEvent {
            function: self.revision.function.clone(),
            version: self.revision.version,
            environment: Some(self.id.to_string()),
            turn,
        });
    }
}

const BOOTSTRAP: &str = "bootstrap";
/// The type of an init or an invocation whose time was over.
pub(crate) const TIMED_OUT: &str = "Sandbox.Timeout";

/// Looks whether the package has something to start, for a message that says what is missing.
fn check_bootstrap(package: &Path) -> Result<(), FunctionError> {
    match fs::metadata(package.join(BOOTSTRAP)) {
        Ok(data) if !data.is_file() => Err(entrypoint_error(&format!("{TASK_ROOT}/{BOOTSTRAP} is no file"))),
        Ok(data) if data.permissions().mode() & 0o111 == 0 => {
            Err(entrypoint_error(&format!("fork/exec {TASK_ROOT}/{BOOTSTRAP}: permission denied")))
        }
        Ok(_) => Ok(()),
        Err(_) => Err(entrypoint_error(&format!("Couldn't find valid bootstrap(s): [{TASK_ROOT}/{BOOTSTRAP}]"))),
    }
}

fn entrypoint_error(words: &str) -> FunctionError {
    const KIND: &str = "Runtime.InvalidEntrypoint";
    FunctionError { kind: KIND.to_owned(), body: report::error_body(KIND, &format!("Error: {words}")).into() }
}

/// The error of a process that ended before it answered.
fn exit_error(end: &process::End, out_of_memory: bool, request_id: Option<&str>) -> FunctionError {
    if !end.refusal.is_empty() {
        return entrypoint_error(&end.refusal);
    }
    let kind = if out_of_memory { "Runtime.OutOfMemory" } else { "Runtime.ExitError" };
    let words = match words_of_exit(end.status) {
        Some(words) => format!("Runtime exited with error: {words}"),
        None => "Runtime exited without providing a reason".to_owned(),
    };
    let request = request_id.map(|id| format!("RequestId: {id} ")).unwrap_or_default();
    let body = report::error_body(kind, &format!("{request}Error: {words}"));
    FunctionError { kind: kind.to_owned(), body: body.into() }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Whether environments are kept apart as users.
pub(crate) fn users_of(isolation: &Isolation) -> Option<Users> {
    match isolation {
        Isolation::Users { uids } => Some(Users::new(uids.clone())),
        Isolation::SameUser => None,
    }
}
