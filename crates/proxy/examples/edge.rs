//! An edge in front of one server, for benchmarks and trials.
//!
//!     cargo run --release -p proxy --example edge -- --listen 127.0.0.1:8080 --origin http://127.0.0.1:8000

use clap::Parser;
use edge::{Description, Profile};
use mimalloc::MiMalloc;
use proxy::{AccessLog, Bounds, Certificate, Options, Proxy};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// An edge in front of one server.
#[derive(Parser)]
struct Arguments {
    /// Where viewers come in.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The server behind.
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    origin: String,
    /// A description as a JSON file, instead of --origin and --profile.
    #[arg(long)]
    description: Option<PathBuf>,
    /// Whose rules: cloudfront or rfc9111.
    #[arg(long, default_value = "cloudfront")]
    profile: String,
    /// Where purges come in, on loopback.
    #[arg(long)]
    admin: Option<SocketAddr>,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// An access log.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Megabytes of what is kept.
    #[arg(long, default_value_t = 256)]
    cache_mb: usize,
    /// TLS with a certificate of its own.
    #[arg(long)]
    tls: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut builder = if arguments.workers == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    builder.enable_all().worker_threads(arguments.workers).build()?.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let description = match &arguments.description {
        Some(path) => Description::from_json(&std::fs::read_to_string(path)?)?,
        None => {
            let profile: Profile = serde_json::from_value(arguments.profile.clone().into())?;
            Description::in_front_of(&arguments.origin, profile)
        }
    };
    let mut options = Options {
        listen: arguments.listen,
        admin: arguments.admin,
        bounds: Bounds { cache_bytes_max: arguments.cache_mb << 20, ..Bounds::default() },
        ..Options::default()
    };
    if arguments.tls {
        options.certificate = Some(Certificate::self_signed(vec!["localhost".to_owned()])?);
    }
    if let Some(path) = &arguments.log {
        options.observer = Arc::new(AccessLog::open(path)?);
    }
    let running = Proxy::start(description, options).await?;
    println!("listening on {}", running.address());
    if let Some(admin) = running.admin_address() {
        println!("purges on {admin}");
    }
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
