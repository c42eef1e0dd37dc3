//! Runs a description of [`edge`]: accepts connections, asks origins, keeps answers.
//!
//! Knows nothing of the store: pages, orders and products are bytes with headers. What is kept and for how long is
//! decided in `edge`; here are sockets, time-outs and memory. Many can run in one process. Start at [`Proxy::start`],
//! then `handle.rs`, the way of one request.

mod admin;
mod body;
mod cache_status;
mod clock;
mod compress;
mod connection;
mod door;
mod fetch;
mod fill;
mod flight;
mod functions;
mod handle;
mod log;
mod observe;
mod options;
mod origin;
mod pass;
mod proxy;
mod refusal;
mod signer;
mod store;
mod tls;

pub use body::EdgeBody;
pub use cache_status::{CacheResult, Reason};
pub use clock::Clock;
pub use functions::{EdgeFunctions, FunctionFailed, NoFunctions};
pub use log::{AccessLog, LogError};
pub use observe::{NoObserver, Observer, Record};
pub use options::{Bounds, Options};
pub use proxy::{Proxy, Running, StartError};
pub use store::Figures;
pub use tls::{Certificate, TlsError};
