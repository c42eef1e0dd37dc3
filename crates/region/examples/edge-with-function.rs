//! An edge in front of one server with a function that sees every request first, for `bench/peers/nginx.sh`.
//!
//!     cargo run --release -p region --example edge-with-function -- --function viewer-request.js

use clap::Parser;
use edge::{Description, Profile};
use functions::KeyValues;
use proxy::{AccessLog, Clock, Options, Proxy};
use region::{EdgeFunction, NamedFunctions};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// An edge in front of one server, with a function.
#[derive(Parser)]
struct Arguments {
    /// Where viewers come in.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The server behind.
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    origin: String,
    /// The function's source.
    #[arg(long)]
    function: PathBuf,
    /// An access log.
    #[arg(long)]
    log: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let function = EdgeFunction::new("viewer-request", &std::fs::read_to_string(&arguments.function)?)?;
    let function = function.with_key_values(KeyValues::default());
    let mut description = Description::in_front_of(&arguments.origin, Profile::CloudFront);
    for behaviour in &mut description.behaviours {
        behaviour.viewer_request = Some(function.name().to_owned());
    }
    let clock = Clock::system();
    let mut options = Options { listen: arguments.listen, clock: clock.clone(), ..Options::default() };
    options.functions = Arc::new(NamedFunctions::new([function], clock));
    if let Some(path) = &arguments.log {
        options.observer = Arc::new(AccessLog::open(path)?);
    }
    let running = Proxy::start(description, options).await?;
    println!("listening on {}", running.address());
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
