//! `tradewind serve`: the storefront on a port, with the store's background work and, in a demo store, a payment site
//! beside it.

#[path = "serve/payment_pages.rs"]
pub(crate) mod payment_pages;

use anyhow::{Context, bail};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use patience::Patience;
use shop::{OpenOptions, Shop};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use storefront::web::{Storefront, routes};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Port where nothing else is said.
pub(crate) const PORT_DEFAULT: u16 = 8_000;
/// Ports that are tried after one that is taken.
const PORTS_TRIED_MAX: u16 = 50;
/// How long request headers may take to arrive, in milliseconds.
const HEADERS_WAIT_MS_MAX: u64 = 10_000;
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// Most headers of a request.
const HEADERS_MAX: usize = 100;
/// How long nothing of an answer may be taken: it would be kept in memory, and its place taken, for ever.
const SEND_WAIT_MAX: Duration = Duration::from_secs(20);
/// Connections at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 4_096;
/// How long running requests may take after Ctrl-C, in milliseconds.
const FINISH_WAIT_MS_MAX: u64 = 10_000;
/// How long what is done beside them may take after that, in milliseconds. What is left is a task of the outbox: the
/// next program goes on with it.
const WORK_WAIT_MS_MAX: u64 = 5_000;

/// Where to listen: an address that was asked for, or the default.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listen {
    /// Exactly there.
    At(SocketAddr),
    /// On the default port of this machine, or the next free one.
    NearDefault,
}

/// What is said once the shop is open.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// Where shoppers reach it.
    pub(crate) url: String,
    /// Where this program listens.
    pub(crate) address: SocketAddr,
    /// Whether the default port was taken.
    pub(crate) port_was_taken: bool,
    /// Where the demo payment site is.
    pub(crate) payment_url: Option<String>,
}

/// Opens the store of a folder and serves it until Ctrl-C. `tell` is called once it answers.
pub(crate) async fn run(folder: &Path, listen: Listen, tell: impl FnOnce(&Opened)) -> anyhow::Result<()> {
    let (listener, port_was_taken) = bind(listen).await?;
    let address = listener.local_addr()?;
    let settings = shop::settings::Settings::load(folder, |name| std::env::var(name).ok())?;
    check_exposure(&settings, address)?;
    let url = if settings.base_url.is_empty() { local_url(address) } else { settings.base_url.clone() };
    let payment_site = if has_payment_site(&settings) { Some(payment_pages::bind(folder).await?) } else { None };
    let payment_url = payment_site.as_ref().map(|site| site.local_addr().map(local_url)).transpose()?;
    let options = OpenOptions { demo_payment_url: payment_url.clone(), ..OpenOptions::default() };
    let shop = Shop::open(folder, options).await?;
    shop.set_base_url(&url);
    shop.check_letters().await?;
    let storefront = Storefront::open(shop.clone())?;
    let (stop, stopped) = watch::channel(false);
    let mut work = tokio::task::JoinSet::new();
    work.spawn(background_work(shop.clone(), stopped.clone()));
    if let Some(listener) = payment_site {
        work.spawn(payment_pages::serve(folder.to_owned(), listener, address, stopped.clone()));
    }
    tell(&Opened { url, address, port_was_taken, payment_url });
    accept(listener, storefront).await;
    // Nothing more comes in: the background work ends after what it is doing.
    let _ = stop.send(true);
    let ended = async {
        while work.join_next().await.is_some() {}
        shop.close().await;
    };
    if tokio::time::timeout(Duration::from_millis(WORK_WAIT_MS_MAX), ended).await.is_err() {
        tracing::warn!("something takes longer than the end of the program; it is begun anew by the next one");
    }
    Ok(())
}

/// Whether the demo's payment site runs beside the store.
pub(crate) fn has_payment_site(settings: &shop::settings::Settings) -> bool {
    settings.demo_payment_url.is_empty() && settings.gateways.iter().any(|code| code == "demo")
}

async fn background_work(shop: Shop, mut stopped: watch::Receiver<bool>) {
    shop.work(async move {
        let _ = stopped.changed().await;
    })
    .await;
}

pub(crate) async fn bind(listen: Listen) -> anyhow::Result<(TcpListener, bool)> {
    if let Listen::At(address) = listen {
        let bound = TcpListener::bind(address).await;
        let listener =
            bound.with_context(|| format!("cannot listen on {address}; name another address with --listen"))?;
        return Ok((listener, false));
    }
    for port in PORT_DEFAULT..=PORT_DEFAULT + PORTS_TRIED_MAX {
        // `localhost` is both: browsers that try IPv6 first must not find another program there.
        if is_taken(&TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await) {
            continue;
        }
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        if !is_taken(&bound) {
            let listener =
                bound.with_context(|| format!("cannot listen on port {port}; name an address with --listen"))?;
            return Ok((listener, port != PORT_DEFAULT));
        }
    }
    bail!("ports {PORT_DEFAULT} to {} are taken; name another with --listen", PORT_DEFAULT + PORTS_TRIED_MAX)
}

fn is_taken<T>(bound: &std::io::Result<T>) -> bool {
    bound.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}

/// What other machines can reach must not be a toy.
pub(crate) fn check_exposure(settings: &shop::settings::Settings, address: SocketAddr) -> anyhow::Result<()> {
    if !address.ip().is_loopback() && settings.base_url.is_empty() {
        bail!("{address} can be reached from outside: set base_url in tradewind.toml to the address that shoppers use");
    }
    if !address.ip().is_loopback() && has_payment_site(settings) {
        bail!(
            "{address} can be reached from outside, and the demo's payment site cannot: set demo_payment_url, or take \
             demo out of gateways"
        );
    }
    Ok(())
}

pub(crate) fn local_url(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => format!("http://localhost:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

/// Serves until Ctrl-C or a request to end, then finishes what is running.
async fn accept(listener: TcpListener, storefront: Storefront) {
    let router = routes::router(storefront);
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(HEADERS_WAIT_MS_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .keep_alive(true);
    let graceful = GracefulShutdown::new();
    let room = std::sync::Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        let place = tokio::select! {
            place = room.clone().acquire_owned() => place,
            () = &mut end => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, mostly: those that end make room.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut end => break,
        };
        let _ = stream.set_nodelay(true);
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        let connection =
            graceful.watch(server.serve_connection(TokioIo::new(Patience::new(stream, SEND_WAIT_MAX)), service));
        tokio::spawn(async move {
            // A browser that hangs up is nobody's fault.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(Duration::from_millis(FINISH_WAIT_MS_MAX), graceful.shutdown()).await;
}

/// Ctrl-C, or SIGTERM where there is one.
pub(crate) async fn asked_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
                return;
            }
            Err(error) => tracing::warn!(%error, "SIGTERM cannot be waited for"),
        }
    }
    let _ = interrupt.await;
}
