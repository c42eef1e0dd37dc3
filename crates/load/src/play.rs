//! The run: shoppers as they are due, then the report.

use crate::catalogue::Catalogue;
use crate::client::{Client, Failure, Want, Wire};
use crate::kind::ErrorKind;
use crate::options::{Options, OptionsError};
use crate::plan::{SessionPlan, plan};
use crate::region::difference;
use crate::report::{Outcome, RegionReport, Report};
use crate::session::{GaveUp, shop};
use crate::site::Site;
use crate::world::World;
use bytes::Bytes;
use http::Request;
use http::header::USER_AGENT;
use http_body_util::Full;
use serde_json::Value;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, JoinSet};
use url::Url;

/// How often it tells how far it is.
const TELL: Duration = Duration::from_secs(1);

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The options cannot be played.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// No TLS.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The shop's home page did not come.
    #[error("{url} cannot be shopped at: {why}")]
    Shop {
        /// The shop.
        url: String,
        /// What came instead.
        why: String,
    },
    /// The shop's certificate is not believed: see [`Options::insecure`].
    #[error("{url} cannot be shopped at: {why}")]
    Certificate {
        /// The shop.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something answers that is no shop.
    #[error(
        "{url} answers, but there is no shop to play on: it has neither a sitemap.xml nor a product that can be put into a basket"
    )]
    NoShop {
        /// What was to be a shop.
        url: String,
    },
    /// The region's report did not come.
    #[error("{url} is not the report of a region: {why}")]
    Region {
        /// Its address.
        url: String,
        /// What came instead.
        why: String,
    },
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whole seconds since the start.
    pub second: u64,
    /// Sessions at this moment.
    pub at_once: usize,
    /// Sessions that have come to their end, good or bad.
    pub ended: u64,
    /// Requests so far.
    pub requests: u64,
    /// Errors so far.
    pub errors: u64,
    /// Orders so far.
    pub orders: u64,
}

/// Plays shoppers against a shop and tells what they saw.
///
/// Looks around first: the home page, the sitemap, some listings; that is not part of the report. Runs until the last
/// arrival and then until all sessions have ended, [`Options::drain`] at most. When `stop` is ready, nobody else arrives,
/// whoever shops is cut off, and the report is of what was until then. `tell` is called each second.
///
/// Needs a Tokio runtime with timers and I/O. A session takes up to six sockets.
///
/// # Errors
///
/// Only before the first session: what happens in the run is the report's.
pub async fn play(
    options: &Options,
    stop: impl Future<Output = ()>,
    tell: impl Fn(Progress),
) -> Result<Report, LoadError> {
    options.check()?;
    let wire = Wire::new(options)?;
    let client = wire.client();
    let mut site = Site::new(&options.url);
    let catalogue = Catalogue::learn(&client, &mut site, options.seed).await;
    let catalogue = catalogue.map_err(|why| no_shop(options, &why))?;
    let catalogue = catalogue.ok_or_else(|| LoadError::NoShop { url: options.url.to_string() })?;
    let mut before = region(&client, options).await?;
    let world = Arc::new(World::new(options, site, catalogue, wire));
    let mut crowd = Crowd { world: world.clone(), sessions: JoinSet::new() };
    {
        let mut stop = pin!(stop);
        let playing =
            async { tokio::join!(crowd.play(options, &tell), warm_up(&world, &client, options, &mut before)) };
        tokio::select! {
            _ = playing => {}
            () = stop.as_mut() => {}
        }
    }
    crowd.cut_off().await;
    let took = world.start.elapsed();
    let region = match before {
        // A region that fell over in the run takes no report with it: what it counted is `null` then.
        Some(before) => {
            let after = region(&client, options).await.ok().flatten().unwrap_or_default();
            Some(RegionReport { difference: difference(&before, &after), before, after })
        }
        None => None,
    };
    Ok(Report::new(options, &world, Outcome { took, region }))
}

fn no_shop(options: &Options, failure: &Failure) -> LoadError {
    let (url, why) = (options.url.to_string(), failure.to_string());
    if failure.kind == ErrorKind::Certificate {
        LoadError::Certificate { url, why }
    } else {
        LoadError::Shop { url, why }
    }
}

/// Lets the warm-up pass, and begins to count.
async fn warm_up(world: &World, client: &Client, options: &Options, before: &mut Option<Value>) {
    if options.warm_up == 0 {
        return;
    }
    tokio::time::sleep_until((world.start + Duration::from_secs(options.warm_up.into())).into()).await;
    // A region that does not answer now is compared with what it said at the start.
    if let Ok(Some(now)) = region(client, options).await {
        *before = Some(now);
    }
    world.ledger.counts().begin_anew();
}

/// Everybody who is in the shop.
struct Crowd {
    world: Arc<World>,
    sessions: JoinSet<Result<(), GaveUp>>,
}

impl Crowd {
    async fn play(&mut self, options: &Options, tell: &impl Fn(Progress)) {
        let mut ticks = tokio::time::interval(TELL);
        let mut arrivals = plan(options);
        let mut next = arrivals.next();
        let end = self.world.start + Duration::from_secs(u64::from(options.whole_seconds()));
        while next.is_some() || Instant::now() < end {
            let due = next.as_ref().map_or(end, |session| self.world.start + session.at);
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(due.into()) => {
                    if let Some(session) = next.take() {
                        self.arrive(session, options.shoppers_max);
                        next = arrivals.next();
                    }
                }
                Some(ended) = self.sessions.join_next() => self.note(ended),
                _ = ticks.tick() => self.tell(tell),
            }
        }
        let patience = tokio::time::sleep_until((Instant::now() + options.drain).into());
        let mut patience = pin!(patience);
        loop {
            tokio::select! {
                ended = self.sessions.join_next() => match ended {
                    Some(ended) => self.note(ended),
                    None => return,
                },
                () = patience.as_mut() => return,
                _ = ticks.tick() => self.tell(tell),
            }
        }
    }

    /// Lets somebody in, if there is room.
    fn arrive(&mut self, session: SessionPlan, at_once_max: usize) {
        while let Some(ended) = self.sessions.try_join_next() {
            self.note(ended);
        }
        let has_room = self.sessions.len() < at_once_max;
        let at = session.at;
        if has_room {
            let world = self.world.clone();
            self.sessions.spawn(async move { shop(&world, &session).await });
        }
        self.world.ledger.counts().arrive(at, has_room, self.sessions.len());
    }

    fn note(&self, ended: Result<Result<(), GaveUp>, JoinError>) {
        let mut counts = self.world.ledger.counts();
        match ended {
            Ok(Ok(())) => counts.finished += 1,
            Ok(Err(GaveUp)) => counts.gave_up += 1,
            Err(error) if error.is_panic() => counts.broken += 1,
            Err(_) => counts.cut_off += 1,
        }
    }

    fn tell(&self, tell: &impl Fn(Progress)) {
        let progress = {
            let counts = self.world.ledger.counts();
            Progress {
                second: self.world.start.elapsed().as_secs(),
                at_once: self.sessions.len(),
                ended: counts.finished + counts.gave_up + counts.broken,
                requests: counts.requests,
                errors: counts.failed,
                orders: counts.orders,
            }
        };
        tell(progress);
    }

    /// Ends whoever is still there.
    async fn cut_off(&mut self) {
        self.sessions.abort_all();
        while let Some(ended) = self.sessions.join_next().await {
            self.note(ended);
        }
    }
}

/// The report of the region, if the options name one.
async fn region(client: &Client, options: &Options) -> Result<Option<Value>, LoadError> {
    let Some(region) = &options.region else { return Ok(None) };
    let error = |why: String| LoadError::Region { url: region.to_string(), why };
    let url = region.join("/report.json").map_err(|why| error(why.to_string()))?;
    let json = read_json(client, &url).await.map_err(|why| error(why.to_string()))?;
    serde_json::from_str(&json).map(Some).map_err(|why| error(why.to_string()))
}

async fn read_json(client: &Client, url: &Url) -> Result<String, Failure> {
    let request = Request::get(url.as_str()).header(USER_AGENT, crate::USER_AGENT).body(Full::<Bytes>::default());
    let request = request.map_err(|error| Failure::new(ErrorKind::Protocol, error.to_string()))?;
    let answer = client.send(request, Want::Text).await?;
    if answer.status.is_success() {
        Ok(answer.text)
    } else {
        Err(Failure::new(ErrorKind::Status, answer.status.to_string()))
    }
}
