//! The store as an AWS Lambda function: one more front door to the router that the plain HTTP server has, and the
//! other events that a store gets, so that nothing of it needs a server.
//!
//! Knows nothing of command lines (a [`Commands`] is handed in) and nothing of how a function is deployed. Start at
//! [`run`], then [`event`].

mod after;
pub mod event;
mod function;
mod parameters;

pub use after::{REPORT_WORK, WORK_LINE};
pub use function::{Commands, INVOKE_MODE, Ran};
pub use parameters::{PARAMETERS, take_parameters};

use after::AfterLayer;
use function::Function;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use shop::Shop;
use std::sync::Arc;
use storefront::web::Storefront;

/// Name of the variable that is set inside an execution environment: where its Runtime API is.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// Name of the variable that says how many requests an environment takes at once.
pub const MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";

/// Whether this process is an execution environment of a function.
pub fn is_environment() -> bool {
    std::env::var_os(RUNTIME_API).is_some()
}

/// How many requests this environment may be given at once; 1 unless it says otherwise.
pub fn requests_at_once() -> usize {
    let said = std::env::var(MAX_CONCURRENCY).ok().and_then(|text| text.parse().ok());
    said.filter(|count| *count > 0).unwrap_or(1)
}

/// Answers events until the environment ends: requests of shoppers by the storefront, commands by `commands`, the
/// schedule by the store's background work. What a request left to be done is done before the environment is frozen.
///
/// # Errors
///
/// The Runtime API is gone; each event's own failure is told to whoever sent it.
pub async fn run(shop: Shop, storefront: Storefront, commands: Arc<dyn Commands>) -> anyhow::Result<()> {
    let function = Arc::new(Function::new(shop.clone(), storefront, commands));
    let handler = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let function = function.clone();
        async move { function.answer(event).await }
    });
    let runtime = Runtime::new(handler).layer(AfterLayer::new(shop));
    runtime.run_concurrent().await.map_err(|error| anyhow::anyhow!("the Runtime API: {error}"))
}
