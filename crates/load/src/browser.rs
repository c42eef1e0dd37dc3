//! One session's browser: cookies, cache, redirects, and the files of a page. Notes every request.

use crate::cache_status::CacheUse;
use crate::client::{Answer, CONNECTIONS_MAX, Client, Failure, Want};
use crate::cookies::Jar;
use crate::fresh::{BrowserCache, Kept};
use crate::kind::{ErrorKind, Kind};
use crate::ledger::Exchange;
use crate::page::Page;
use crate::plan::Device;
use crate::world::World;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, LOCATION, ORIGIN, USER_AGENT,
};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use std::sync::Arc;
use std::time::Instant;
use url::Url;
use url::form_urlencoded::Serializer;

/// Redirects that are followed; browsers follow 20, and a shop needs 2.
const REDIRECTS_MAX: usize = 10;
/// Where the theme's script asks for stock as it is now.
const STOCK: &str = "/stock";
/// What it says where the whole is too much: the script asks for the records of its page.
const STOCK_BY_IDS: &str = r#"{"ask":"ids"}"#;
/// Names an error where the shop gives one a code.
const X_ERROR: &str = "x-error";

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// A page.
    Get(Url),
    /// A form.
    Post(Url, Vec<(String, String)>),
}

/// Where a browser got to.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) url: Url,
    pub(crate) page: Arc<Page>,
    /// The code of a no that is no error: sold out, a price that changed.
    pub(crate) refusal: Option<String>,
    /// The shop sent us to somebody whose page is not opened.
    pub(crate) is_elsewhere: bool,
}

/// Says what is wrong with a page.
pub(crate) type Check<'c> = dyn Fn(&Visit) -> Option<String> + Sync + 'c;

pub(crate) struct Browser<'w> {
    world: &'w World,
    client: Client,
    jar: Jar,
    cache: BrowserCache,
    device: Device,
    /// The page on show.
    shown: Option<Url>,
    /// Whether its order was counted.
    has_ordered: bool,
}

/// How a hop of a visit went on.
enum Hop {
    To(Ask),
    There(Visit),
}

impl<'w> Browser<'w> {
    pub(crate) fn new(world: &'w World, device: Device) -> Self {
        let (client, jar, cache) = (world.wire.client(), Jar::default(), BrowserCache::default());
        Self { world, client, jar, cache, device, shown: None, has_ordered: false }
    }

    /// Opens a page or sends a form, follows where it leads, and loads the files of the page.
    pub(crate) async fn visit(&mut self, ask: Ask, due: Instant, check: &Check<'_>) -> Result<Visit, Failure> {
        let (mut ask, mut hop_due) = (ask, due);
        for hop in 0..=REDIRECTS_MAX {
            match self.hop(ask, hop_due, hop == REDIRECTS_MAX, check).await? {
                Hop::To(next) => {
                    ask = next;
                    hop_due = Instant::now();
                }
                Hop::There(visit) => {
                    self.shown = Some(visit.url.clone());
                    self.load_files(&visit).await;
                    self.world.ledger.counts().whole_page.note(Instant::now().saturating_duration_since(due));
                    return Ok(visit);
                }
            }
        }
        Err(Failure::new(ErrorKind::Redirects, "the last hop led on"))
    }

    /// One request, or none where the cache has the page.
    async fn hop(&mut self, ask: Ask, due: Instant, is_last: bool, check: &Check<'_>) -> Result<Hop, Failure> {
        let (url, fields) = match ask {
            Ask::Get(url) => (self.world.site.here(url), None),
            Ask::Post(url, fields) => (self.world.site.here(url), Some(fields)),
        };
        let there = |page| Visit { url: url.clone(), page, refusal: None, is_elsewhere: false };
        if !self.world.site.is_own(&url) && !self.world.site.is_practice_bank(&url) {
            return Ok(Hop::There(Visit { is_elsewhere: true, ..there(Arc::default()) }));
        }
        let kept = if fields.is_none() { self.cache.find(&url, Instant::now()) } else { Kept::Nothing };
        let (validator, kept_page) = match kept {
            Kept::Fresh(Some(page)) => {
                self.world.ledger.counts().from_browser_cache += 1;
                return Ok(Hop::There(there(page)));
            }
            Kept::Stale(validator, Some(page)) => (Some(validator), Some(page)),
            // A file that is opened as a page: its content is not there any more.
            Kept::Fresh(None) | Kept::Stale(_, None) | Kept::Nothing => (None, None),
        };
        let method = if fields.is_some() { Method::POST } else { Method::GET };
        let mut exchange = self.exchange(&method, &url, due);
        let request = self.request(&method, &url, fields.as_deref(), validator);
        let begun = self.world.begin(due);
        let answer = match request {
            Ok(request) => self.client.send(request, Want::Text).await,
            Err(failure) => Err(failure),
        };
        let came = answer.as_ref().map_or_else(|_| Instant::now(), |answer| answer.came);
        exchange.took = came.saturating_duration_since(begun);
        let outcome = match answer {
            Ok(answer) => {
                describe(&mut exchange, &answer);
                self.jar.take(&url, &answer.headers);
                let ask = (method, fields.unwrap_or_default());
                self.take_answer(answer, there(kept_page.unwrap_or_default()), ask, &mut exchange, check)
            }
            Err(failure) => Err(failure),
        };
        let outcome = match outcome {
            Ok(Hop::To(_)) if is_last => {
                Err(Failure::new(ErrorKind::Redirects, format!("more than {REDIRECTS_MAX} one after the other")))
            }
            outcome => outcome,
        };
        exchange.failure = outcome.as_ref().err().cloned();
        self.world.ledger.note(exchange);
        outcome
    }

    /// What an answer means: the way on, a page, a no, or an error.
    fn take_answer(
        &mut self,
        answer: Answer,
        mut visit: Visit,
        (method, fields): (Method, Vec<(String, String)>),
        exchange: &mut Exchange,
        check: &Check<'_>,
    ) -> Result<Hop, Failure> {
        if answer.status == StatusCode::NOT_MODIFIED {
            self.cache.refresh(&visit.url, &answer.headers, Instant::now());
        } else if answer.status.is_redirection() {
            let next = target(&visit.url, &answer)?;
            let is_again = matches!(answer.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            let next = if is_again && method == Method::POST { Ask::Post(next, fields) } else { Ask::Get(next) };
            return Ok(Hop::To(next));
        } else if !answer.status.is_success() {
            visit.refusal = Some(refusal(&answer)?);
            exchange.refusal.clone_from(&visit.refusal);
            return Ok(Hop::There(visit));
        } else {
            if exchange.kind == Kind::Order && !self.has_ordered {
                self.has_ordered = true;
                self.world.ledger.counts().orders += 1;
            }
            visit.page = Arc::new(Page::read(&answer.text, &visit.url, self.device));
        }
        if let Some(wrong) = check(&visit) {
            return Err(Failure::new(ErrorKind::WrongPage, wrong));
        }
        // A wrong page is not kept: whoever reloads gets what there is now.
        if method == Method::GET && answer.status == StatusCode::OK {
            self.cache.keep(&visit.url, &answer.headers, Some(visit.page.clone()), Instant::now());
        }
        Ok(Hop::There(visit))
    }

    /// What a browser loads for a page: whatever is the shop's and not fresh in its cache, over few connections.
    async fn load_files(&mut self, visit: &Visit) {
        let site = &self.world.site;
        let files = visit.page.files.iter().map(|url| site.here(url.clone())).filter(|url| site.is_own(url));
        let mut wanted: Vec<Url> = files.collect();
        if self.world.is_tradewind() && !visit.page.stock_ids.is_empty() {
            wanted.push(site.here_at(STOCK));
        }
        let loaded = self.load_all(wanted).await;
        if loaded.iter().any(|(url, answer)| url.path() == STOCK && answer.text == STOCK_BY_IDS) {
            let mut stock = self.world.site.here_at(STOCK);
            stock.set_query(Some(&format!("ids={}", visit.page.stock_ids.join(","))));
            self.load_all(vec![stock]).await;
        }
    }

    async fn load_all(&mut self, wanted: Vec<Url>) -> Vec<(Url, Answer)> {
        let now = Instant::now();
        let mut asks = Vec::new();
        for url in wanted {
            let validator = match self.cache.find(&url, now) {
                Kept::Fresh(_) => {
                    self.world.ledger.counts().from_browser_cache += 1;
                    continue;
                }
                Kept::Stale(validator, _) => Some(validator),
                Kept::Nothing => None,
            };
            if let Ok(request) = self.request(&Method::GET, &url, None, validator) {
                asks.push((url, request));
            }
        }
        let browser = &*self;
        let loading = asks.into_iter().map(|(url, request)| browser.load_file(url, request));
        let loaded: Vec<(Url, Answer)> =
            stream::iter(loading).buffer_unordered(CONNECTIONS_MAX).filter_map(std::future::ready).collect().await;
        for (url, answer) in &loaded {
            self.jar.take(url, &answer.headers);
            match answer.status {
                StatusCode::OK => self.cache.keep(url, &answer.headers, None, Instant::now()),
                StatusCode::NOT_MODIFIED => self.cache.refresh(url, &answer.headers, Instant::now()),
                _ => {}
            }
        }
        loaded
    }

    /// One file. Its time counts from its turn on: what it waited for before were other files of this page.
    async fn load_file(&self, url: Url, request: Request<Full<Bytes>>) -> Option<(Url, Answer)> {
        let begun = Instant::now();
        let mut exchange = self.exchange(&Method::GET, &url, begun);
        if exchange.kind == Kind::Page {
            exchange.kind = Kind::Asset;
        }
        let want = if url.path() == STOCK { Want::Text } else { Want::Arrival };
        let answer = self.client.send(request, want).await;
        exchange.took = begun.elapsed();
        let loaded = match answer {
            Ok(answer) => {
                describe(&mut exchange, &answer);
                let is_good = answer.status.is_success() || answer.status.is_redirection();
                exchange.failure = (!is_good).then(|| bad_status(&answer));
                Some((url, answer))
            }
            Err(failure) => {
                exchange.failure = Some(failure);
                None
            }
        };
        self.world.ledger.note(exchange);
        loaded
    }

    fn exchange(&self, method: &Method, url: &Url, due: Instant) -> Exchange {
        Exchange {
            kind: self.world.kind_of(url),
            what: format!("{method} {}", self.world.site.shown(url)),
            due: self.world.since_start(due),
            took: std::time::Duration::ZERO,
            bytes: 0,
            is_not_modified: false,
            cache: None,
            failure: None,
            refusal: None,
        }
    }

    fn request(
        &self,
        method: &Method,
        url: &Url,
        fields: Option<&[(String, String)]>,
        validator: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let from = match &self.shown {
            None => "none",
            Some(shown) if shown.origin() == url.origin() => "same-origin",
            Some(_) => "cross-site",
        };
        let mut request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(USER_AGENT, crate::USER_AGENT)
            .header(ACCEPT, "text/html,image/webp,*/*;q=0.8")
            .header(ACCEPT_ENCODING, "gzip, br")
            .header("sec-fetch-site", from);
        if let Some(cookies) = self.jar.header(url) {
            request = request.header(COOKIE, cookies);
        }
        if let Some((name, value)) = validator {
            request = request.header(name, value);
        }
        let mut body = Bytes::new();
        if let Some(fields) = fields {
            let origin = self.shown.as_ref().unwrap_or(url).origin().ascii_serialization();
            request = request.header(ORIGIN, origin).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            body = Bytes::from(Serializer::new(String::new()).extend_pairs(fields).finish());
        }
        request.body(Full::new(body)).map_err(|error| Failure::new(ErrorKind::Redirects, format!("{url}: {error}")))
    }
}

fn describe(exchange: &mut Exchange, answer: &Answer) {
    exchange.bytes = answer.bytes;
    exchange.is_not_modified = answer.status == StatusCode::NOT_MODIFIED;
    exchange.cache = CacheUse::of(&answer.headers);
}

/// Where a redirect leads.
fn target(url: &Url, answer: &Answer) -> Result<Url, Failure> {
    let location = answer.headers.get(LOCATION).and_then(|location| url.join(location.to_str().ok()?).ok());
    let target = location.filter(|target| matches!(target.scheme(), "http" | "https"));
    target.ok_or_else(|| Failure::new(ErrorKind::Redirects, format!("{} leads nowhere", answer.status)))
}

/// The code of an answer that says no for a reason that shops have: what is wanted is gone, or has changed.
fn refusal(answer: &Answer) -> Result<String, Failure> {
    let code = answer.headers.get(X_ERROR).and_then(|code| code.to_str().ok()).map(str::to_owned);
    let is_no = matches!(answer.status, StatusCode::CONFLICT | StatusCode::GONE);
    code.filter(|_| is_no).ok_or_else(|| bad_status(answer))
}

fn bad_status(answer: &Answer) -> Failure {
    let code = answer.headers.get(X_ERROR).and_then(|code| code.to_str().ok());
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    Failure::new(ErrorKind::Status, format!("{}{code}", answer.status))
}
