//! The demo payment site beside the store: a stranger to it, with its own port and its own memory.

use super::local_url;
use anyhow::Context;
use commerce::moment::Moment;
use payments::demo::{Site, SiteConfig};
use shop::{demo_secrets, load_keys, payment_site};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Listens on the port that the site had before, or on a free one if another program has that by now, and writes down
/// which: pages that somebody stands on, and commands, find it there.
pub(crate) async fn bind(folder: &Path) -> anyhow::Result<TcpListener> {
    let before = payment_site::port(folder);
    if let Some(port) = before
        && let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
    {
        return Ok(listener);
    }
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = bound.context("there is no free port for the demo's payment site")?;
    payment_site::remember_port(folder, listener.local_addr()?.port())?;
    Ok(listener)
}

/// Serves the site until the store ends.
pub(crate) async fn serve(
    folder: PathBuf,
    listener: TcpListener,
    shop_address: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) {
    let outcome = async {
        let (api, webhook) = demo_secrets(&load_keys(&folder)?);
        let public_url = local_url(listener.local_addr()?);
        let clock = std::sync::Arc::new(|| Moment::from_micros(shop::Clock::System.now().micros()));
        let mut config = SiteConfig::new(&public_url, api, webhook, clock);
        config.webhook_url = Some(format!("{}/webhooks/demo", local_url(shop_address)));
        config.file = Some(folder.join("data/demo-payments.jsonl"));
        Site::open(config)?
            .serve(listener, async move {
                let _ = stopped.changed().await;
            })
            .await?;
        anyhow::Ok(())
    };
    if let Err(error) = outcome.await {
        tracing::error!(error = format!("{error:#}"), "the demo payment site ended");
    }
}
