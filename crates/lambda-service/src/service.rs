//! A service as a whole: start, stop, and what a program that runs one can ask of it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::environment::{Environment, Origin, clear, users_of};
use crate::fleet::Fleet;
use crate::host::Host;
use crate::keeper::Keeper;
use crate::logs::{LogLine, LogStore};
use crate::names::{FunctionName, Place, Qualifier, Target};
use crate::observer::{Counters, Retired};
use crate::options::Options;
use crate::package::PackageStore;
use crate::registry::{Registry, Revision};
use crate::serve::serve_router;
use crate::sync::{lock, raised};

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {folder}: {cause}")]
    Data {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The launcher cannot be started.
    #[error("cannot start the launcher {program}: {cause}")]
    Launcher {
        /// The program.
        program: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        cause: io::Error,
    },
}

/// The Lambda service on one machine.
#[derive(Debug)]
pub struct LambdaService;

/// A service that runs. [`Self::stop`] ends it in order; dropped, it ends all the same, but nobody waits for it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    api: JoinHandle<()>,
}

/// What the faces work on.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) host: Arc<Host>,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) packages: PackageStore,
    pub(crate) buckets: Option<PathBuf>,
    pub(crate) url_listen: IpAddr,
    pub(crate) address: SocketAddr,
    pub(crate) stop: watch::Sender<bool>,
}

impl LambdaService {
    /// Starts a service: clears away what an earlier one left, starts the keeper, listens.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let data = |cause| StartError::Data { folder: options.data.clone(), cause };
        let environments = options.data.join("environments");
        clear(&environments);
        std::fs::create_dir_all(&environments).map_err(data)?;
        let packages = PackageStore::open(options.data.join("packages")).map_err(data)?;
        let keeper = Keeper::start(&options.launcher)
            .map_err(|cause| StartError::Launcher { program: options.launcher.clone(), cause })?;
        let listening = TcpListener::bind(options.listen).await.and_then(|listener| {
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) = listening.map_err(|cause| StartError::Listen { address: options.listen, cause })?;
        let (limits, clock) = (options.account_limits, options.clock.clone());
        let host = Arc::new(Host {
            fleet: Arc::new(Fleet::new(clock.clone(), limits, options.idle_ms_max, options.age_ms_max)),
            logs: LogStore::new(options.data.join("logs"), clock.clone()),
            clock,
            observer: options.observer,
            keeper: Arc::new(keeper),
            launcher: options.launcher,
            environments,
            users: users_of(&options.isolation),
            python: options.python,
            place: Place { region: options.region, account: options.account },
            variables: options.variables,
        });
        let service = Arc::new(Service {
            host,
            registry: Mutex::new(Registry::new(limits.concurrency)),
            packages,
            buckets: options.buckets,
            url_listen: options.url_listen,
            address,
            stop: watch::channel(false).0,
        });
        tokio::spawn(end_expired(Arc::clone(&service)));
        tokio::spawn(make_provisioned(Arc::clone(&service)));
        let router = crate::api::router(Arc::clone(&service));
        let api = tokio::spawn(serve_router(listener, service.stop.subscribe(), router));
        Ok(Running { address, service, api })
    }
}

impl Running {
    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How much is going on now.
    pub fn counters(&self) -> Counters {
        self.service.host.fleet.counters()
    }

    /// Comes back with the counters as soon as they are as `is_so` wants them.
    pub async fn wait_for(&self, mut is_so: impl FnMut(&Counters) -> bool) -> Counters {
        let mut changes = self.service.host.fleet.changes();
        loop {
            changes.borrow_and_update();
            let counters = self.counters();
            // The sender lives as long as the service.
            if is_so(&counters) || changes.changed().await.is_err() {
                return counters;
            }
        }
    }

    /// What a function's logs still hold in memory, all of it or of one request: 256 KiB an environment.
    pub fn logs(&self, function: &FunctionName, request_id: Option<&str>) -> Vec<LogLine> {
        self.service.host.logs.lines(function, request_id)
    }

    /// Every line of a function's logs from now on.
    pub fn follow_logs(&self, function: &FunctionName) -> broadcast::Receiver<LogLine> {
        self.service.host.logs.follow(function)
    }

    /// Ends all environments and listeners, and comes back when nothing is left of them.
    pub async fn stop(self) {
        self.service.stop.send_replace(true);
        let environments = self.service.host.fleet.stop();
        for environment in &environments {
            environment.retire(Retired::Stop);
        }
        for environment in &environments {
            environment.wait_gone().await;
        }
        // With their URLs, whose listeners close.
        lock(&self.service.registry).functions.clear();
        self.api.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.service.stop.send_replace(true);
        if tokio::runtime::Handle::try_current().is_ok() {
            for environment in self.service.host.fleet.stop() {
                environment.retire(Retired::Stop);
            }
        }
        // Outside a runtime the keeper ends what is left, once the last of the service's tasks has gone.
    }
}

impl Service {
    /// The ARN of a function as it was called.
    pub(crate) fn arn(&self, target: &Target) -> String {
        match &target.qualifier {
            Some(qualifier) => self.host.place.qualified_arn(&target.function, qualifier),
            None => self.host.place.function_arn(&target.function),
        }
    }

    /// Ends the environments of a revision that gets no more events.
    pub(crate) fn outdate(&self, revision: &Revision) {
        for environment in self.host.fleet.outdate(revision.number) {
            environment.retire(Retired::Outdated);
        }
    }

    /// Makes the number of environments that are kept ready what the function's settings say.
    pub(crate) fn provision(&self, function: &FunctionName) {
        let wanted: Vec<_> = match lock(&self.registry).functions.get(function) {
            Some(function) => {
                let revisions = function.versions.values();
                revisions.map(|revision| (revision.number, function.provisioned_for(revision.version))).collect()
            }
            None => Vec::new(),
        };
        for (number, wanted) in wanted {
            for environment in self.host.fleet.provision(number, wanted) {
                environment.retire(Retired::Outdated);
            }
        }
    }
}

/// Ends environments that have had their time, until the service stops.
async fn end_expired(service: Arc<Service>) {
    let mut stop = service.stop.subscribe();
    loop {
        tokio::select! {
            expired = service.host.fleet.expired() => {
                for (environment, why) in expired {
                    environment.retire(why);
                }
            }
            () = raised(&mut stop) => return,
        }
    }
}

/// Starts environments that are to be kept ready, until the service stops.
async fn make_provisioned(service: Arc<Service>) {
    let mut stop = service.stop.subscribe();
    loop {
        let missing = tokio::select! {
            missing = service.host.fleet.missing() => missing,
            () = raised(&mut stop) => return,
        };
        for (number, count) in missing {
            let Some(revision) = lock(&service.registry).find_by_number(number) else { continue };
            for _ in 0..count {
                let Ok(environment) = Environment::create(&service.host, &revision, Origin::Provisioned).await else {
                    fail_provisioned(&service, &revision, "could not make an environment");
                    break;
                };
                if service.host.fleet.add(&environment) {
                    tokio::spawn(start_ahead(Arc::clone(&service), environment));
                }
            }
        }
    }
}

async fn start_ahead(service: Arc<Service>, environment: Arc<Environment>) {
    match environment.first_init().await {
        Ok(_) => environment.come_home(),
        Err(error) => {
            // Not again and again: whoever asked for it sees why, and asks again after mending it.
            fail_provisioned(&service, &environment.revision, &error.kind);
            environment.retire(Retired::Broken);
        }
    }
}

fn fail_provisioned(service: &Service, revision: &Revision, words: &str) {
    if let Some(function) = lock(&service.registry).functions.get_mut(&revision.function) {
        let leads_there = |qualifier: &Qualifier| {
            function.load_revision(Some(qualifier), u32::MAX).is_ok_and(|meant| meant.number == revision.number)
        };
        let meant: Vec<_> = function.provisioned.keys().filter(|qualifier| leads_there(qualifier)).cloned().collect();
        for (_, provisioned) in function.provisioned.iter_mut().filter(|(qualifier, _)| meant.contains(qualifier)) {
            provisioned.failure = Some(format!("FUNCTION_ERROR_INIT_FAILURE: {words}"));
        }
    }
    service.provision(&revision.function);
}
