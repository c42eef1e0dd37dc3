//! A service as a whole: start, stop, where it is.

use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::{Keys, Rights};
use crate::api::Api;
use crate::door::Door;
use crate::limits::XML_BYTES_MAX;
use crate::options::Options;
use crate::serve::serve;
use crate::store::Store;

/// Says that a service has the folder.
const LOCK: &str = ".object-service.lock";

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be used.
    #[error("cannot use the folder {folder}: {cause}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// Another service has the folder. Two would not know of each other's locks.
    #[error("another object service has the folder {folder}: stop it, or take another folder")]
    InUse {
        /// The folder.
        folder: PathBuf,
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

/// An S3-compatible object store on a folder.
#[derive(Debug)]
pub struct ObjectService;

/// A service that runs. [`Self::stop`] ends it in order; dropped, it ends all the same, but nobody waits for it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Held until the service has ended.
    _lock: File,
}

impl ObjectService {
    /// Starts a service on the running tokio runtime: takes the folder, clears away what an earlier service left half
    /// written, listens.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let failed = |cause| StartError::Folder { folder: options.folder.clone(), cause };
        std::fs::create_dir_all(&options.folder).map_err(failed)?;
        let lock = take(&options.folder)?;
        let store =
            Store::open(options.folder.clone(), options.elsewhere.clone(), options.clock.clone(), options.fsync)
                .map_err(failed)?;
        let listening = TcpListener::bind(options.listen).await.and_then(|listener| {
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) = listening.map_err(|cause| StartError::Listen { address: options.listen, cause })?;
        let observer = Arc::clone(&options.observer);
        let is_signed = options.credentials.is_some();
        let door = Arc::new(Door { s3: protocol(store, options), is_signed, observer });
        let stop = watch::channel(false).0;
        let serving = tokio::spawn(serve(listener, door, stop.subscribe()));
        Ok(Running { address, stop, serving, _lock: lock })
    }
}

/// Makes the folder this service's own, until the file is closed.
fn take(folder: &Path) -> Result<File, StartError> {
    let failed = |cause| StartError::Folder { folder: folder.to_owned(), cause };
    let lock = File::options().create(true).append(true).open(folder.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// The protocol in front of the store.
fn protocol(store: Store, options: Options) -> S3Service {
    let is_signed = options.credentials.is_some();
    let mut builder = S3ServiceBuilder::new(Api { store: Arc::new(store), read_cost: options.read_cost, is_signed });
    let mut config = S3Config::default();
    config.xml_max_body_size = usize::try_from(XML_BYTES_MAX).unwrap_or(usize::MAX);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    if let Some(credentials) = options.credentials {
        builder.set_auth(Keys(credentials));
        builder.set_access(Rights { public: options.public });
    }
    builder.build()
}

impl Running {
    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as clients want it, `http://127.0.0.1:9000`: as `AWS_ENDPOINT_URL` or `--endpoint-url`. Buckets are named
    /// in the path.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more connections and comes back when those that are there have had their answers, after 5 seconds at
    /// most. Then the folder is free.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // A panic in it has been told already.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
