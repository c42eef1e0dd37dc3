//! Starting and stopping.

use crate::admin;
use crate::connection::{serve_clear, serve_tls};
use crate::fill::Coming;
use crate::flight::Flights;
use crate::handle::State;
use crate::options::Options;
use crate::origin::Origins;
use crate::signer::Signer;
use crate::store::{Figures, Store};
use crate::tls::Certificate;
use edge::{Description, DescriptionError, Edge, InvalidPurge, Purge};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

/// How long nobody is let in after the machine had no more room for a connection.
const FULL_WAIT: Duration = Duration::from_millis(100);

/// Why an edge did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The description cannot be used.
    #[error("the edge's description cannot be used")]
    Description(#[from] DescriptionError),
    /// An address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Purges would be taken from other machines.
    #[error("the door for purges must be on loopback, not on {0}")]
    AdminNotLoopback(SocketAddr),
    /// An origin takes signed requests only.
    #[error("an origin has access control, and the edge has no credentials to sign with")]
    NothingSigns,
}

/// Runs edges.
#[derive(Clone, Copy, Debug)]
pub struct Proxy;

impl Proxy {
    /// Starts an edge on the running tokio runtime. It runs until it is stopped or dropped.
    pub async fn start(description: Description, options: Options) -> Result<Running, StartError> {
        if let Some(address) = options.admin.filter(|address| !address.ip().is_loopback()) {
            return Err(StartError::AdminNotLoopback(address));
        }
        let edge = Edge::new(description)?;
        let signer = options.signing.map(|credentials| Signer::new(credentials, options.clock.clone()));
        if signer.is_none() && edge.description().origins.iter().any(|origin| origin.access_control.is_some()) {
            return Err(StartError::NothingSigns);
        }
        let origins = Origins::new(&edge.description().origins, options.bounds, signer.as_ref());
        let origins = origins.ok_or_else(|| DescriptionError {
            field: "origins".to_owned(),
            reason: "an address or a header that cannot be used".to_owned(),
        })?;
        let (listener, address) = listen(options.listen).await?;
        let admin = match options.admin {
            Some(admin) => Some(listen(admin).await?),
            None => None,
        };
        let state = Arc::new(State {
            store: Store::new(options.bounds.cache_bytes_max),
            flights: Flights::new(options.bounds.flights_max),
            coming: Coming::new(options.bounds.coming_bytes_max),
            origins,
            edge,
            bounds: options.bounds,
            clock: options.clock,
            functions: options.functions,
            observer: options.observer,
            country_header: options.country_header,
        });
        let (stop, stopped) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(options.bounds.connections_max));
        let viewers = accept(state.clone(), listener, options.certificate, connections.clone(), stopped.clone());
        let mut tasks = vec![tokio::spawn(viewers)];
        let admin_address = admin.as_ref().map(|(_, address)| *address);
        if let Some((listener, _)) = admin {
            tasks.push(tokio::spawn(admin::accept(state.clone(), listener, options.admin_secret, stopped)));
        }
        Ok(Running { address, admin_address, state, connections, stop, tasks })
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// An edge that runs. Dropping it lets nobody in any more and leaves answers on their way alone.
pub struct Running {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    state: Arc<State>,
    connections: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Where viewers come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where purges come in.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Drops what items name, `#p123` or `/de/*`, and whatever of it is on its way. Gives how many addresses that were.
    pub fn purge<'i>(&self, items: impl IntoIterator<Item = &'i str>) -> Result<usize, InvalidPurge> {
        Ok(self.state.store.purge(&Purge::parse(items)?).1)
    }

    /// How much is kept, and how often it was of use.
    pub fn figures(&self) -> Figures {
        self.state.store.figures()
    }

    /// Gives the same as [`Self::figures`] at any time, also to who does not hold the edge.
    pub fn figures_reader(&self) -> Arc<dyn Fn() -> Figures + Send + Sync> {
        let state = Arc::clone(&self.state);
        Arc::new(move || state.store.figures())
    }

    /// Lets nobody in any more and waits until answers on their way are out, up to `Bounds::stop_wait`.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        // Who waits for the next viewer has a place for it in hand.
        for task in self.tasks.iter_mut() {
            task.abort();
            let _ = task.await;
        }
        let all = u32::try_from(self.state.bounds.connections_max).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(self.state.bounds.stop_wait, self.connections.acquire_many(all)).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn accept(
    state: Arc<State>,
    listener: TcpListener,
    certificate: Option<Certificate>,
    connections: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
) {
    let acceptor = certificate.map(|certificate| certificate.acceptor());
    while let Some((stream, viewer, place)) = next(&listener, &connections).await {
        let (state, stop) = (state.clone(), stop.clone());
        match acceptor.clone() {
            Some(acceptor) => tokio::spawn(async move {
                serve_tls(state, acceptor, stream, viewer, stop).await;
                drop(place);
            }),
            None => tokio::spawn(async move {
                serve_clear(state, stream, viewer, stop).await;
                drop(place);
            }),
        };
    }
}

/// The next connection, once there is room for it.
pub(crate) async fn next(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = connections.clone().acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, viewer)) => return Some((stream, viewer, place)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(FULL_WAIT).await;
            }
        }
    }
}
