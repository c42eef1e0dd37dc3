//! Serves a folder until Ctrl-C: `cargo run -p object-service --example serve -- FOLDER`. Everybody on this machine may
//! use it.

use object_service::{ObjectService, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder")?;
    let running = ObjectService::start(Options::new(folder.into())).await?;
    println!("{}", running.endpoint());
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
