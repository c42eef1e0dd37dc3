//! The Lambda service on one machine: functions, versions, aliases, execution environments. Runs any custom-runtime
//! package; the AWS command line and SDKs talk to it unchanged.
//!
//! Knows nothing of the store, of what functions do, or of other services of AWS. Signatures of requests are accepted
//! and not checked: it listens on this machine, for its user. It is no prison for hostile code either; what keeps
//! environments apart is in [`Isolation`]. Functions live as long as the service: what it knows of them is in memory,
//! only packages and logs are in its folder.
//!
//! Where it is not as on AWS: a change shows as under way in its own answer only, and is done by the next call. A
//! time-out or a crash ends the environment, so the next call has a new `/tmp`; Lambda keeps the old one. Memory is
//! looked at every tenth of a second and at the end of each invocation, `/tmp` at the end of each invocation, so a
//! function may go over its limit for a moment; what one process can write to has a limit of its own, 2 GiB above the
//! function's memory. There are no layers, images, VPCs or snapshots, and destinations are functions only.
//!
//! ```no_run
//! # async fn run() -> Result<(), lambda_service::StartError> {
//! use lambda_service::{LambdaService, Options};
//!
//! // The launcher is a program that calls `lambda_service::launcher::run_if_asked()` first of all.
//! let options = Options::new("/var/lib/lambda".into(), "/usr/lib/lambda-launcher".into());
//! let running = LambdaService::start(options).await?;
//! println!("aws lambda list-functions --endpoint-url http://{}", running.address());
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Start at [`LambdaService::start`] and [`Options`]; inside, the way of an event is `invoke`, then `fleet`, then
//! `environment`.

mod api;
mod clock;
mod environment;
mod fleet;
mod host;
mod ids;
mod invoke;
mod keeper;
pub mod launcher;
mod limits;
mod logs;
mod names;
mod observer;
mod options;
mod package;
mod queue;
mod registry;
mod serve;
mod service;
mod settings;
mod stream;
mod sync;
mod url;

pub use api::Throttled;
pub use clock::Clock;
pub use logs::LogLine;
pub use names::{FunctionName, Version};
pub use observer::{Counters, EnvironmentEvent, InvocationRecord, NoObserver, Observer, Outcome, Retired, Start, Turn};
pub use options::{AccountLimits, Isolation, Options, Python};
pub use service::{LambdaService, Running, StartError};
pub use url::{AlbHeaders, alb_event, rest_event};
