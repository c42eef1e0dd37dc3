//! The region's own page: what it has cost, and how fast it is around the world. On loopback unless told otherwise.

use crate::region::Addresses;
use crate::watch::Watch;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bill::{
    Architecture, Chart, Counts, Delivery, Distances, Facts, Origins, PriceTable, REGION_CSS, REGION_JS, Report,
    Timeline, page, report_json,
};
use proxy::Figures;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How often a sample is taken, and how old what is shown may be.
const SAMPLE: Duration = Duration::from_secs(1);
/// What the page may load: what this server itself gives it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'",
);

/// Gives the edge's figures.
pub(crate) type EdgeFigures = Arc<dyn Fn() -> Figures + Send + Sync>;

/// What the page is made from.
pub(crate) struct Control {
    shop: String,
    watch: Arc<Watch>,
    edge: EdgeFigures,
    addresses: Addresses,
    prices: PriceTable,
    distances: Distances,
    origins: Origins,
    begun: Instant,
    state: Mutex<Shown>,
}

/// Samples so far, and what was shown last.
#[derive(Default)]
struct Shown {
    timeline: Timeline,
    last: Option<(Instant, Arc<Rendered>)>,
}

/// Everything that is shown, as it was at one moment.
struct Rendered {
    page: String,
    json: String,
    charts: BTreeMap<&'static str, String>,
}

impl Control {
    pub(crate) fn new(shop: String, watch: Arc<Watch>, edge: EdgeFigures, addresses: Addresses) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            shop,
            watch,
            edge,
            addresses,
            prices: PriceTable::us_east_1(),
            distances: Distances::aws(),
            origins: Origins {
                one: "us-east-1".to_owned(),
                several: names(&["us-east-1", "eu-central-1", "ap-southeast-1"]),
            },
            begun: Instant::now(),
            state: Mutex::default(),
        }
    }

    fn span_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn counts(&self) -> (Counts, Figures) {
        let figures = (self.edge)();
        (self.watch.counts(&figures), figures)
    }

    /// What is shown now, at most a second old. Takes milliseconds where it is made.
    fn rendered(&self) -> Arc<Rendered> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, rendered)) = &state.last
            && at.elapsed() < SAMPLE
        {
            return Arc::clone(rendered);
        }
        let (counts, figures) = self.counts();
        let report = Report::new(Facts {
            shop: &self.shop,
            span_ms: self.span_ms(),
            counts: &counts,
            timeline: &state.timeline,
            prices: &self.prices,
            architecture: Architecture::X86,
            distances: &self.distances,
            origins: &self.origins,
        });
        let mut json = report_json(&report);
        json["region"] = json!({
            "shop_url": self.addresses.shop_url,
            "function_url": self.addresses.function_url,
            "lambda_url": format!("http://{}", self.addresses.lambda),
            "edge": figures,
            "invocations_that_reached_the_database": self.watch.reached_database(),
        });
        let rendered = Arc::new(Rendered {
            page: page(&report, Delivery::Linked),
            json: json.to_string(),
            charts: Chart::ALL.map(|chart| (chart.name(), report.chart(chart))).into(),
        });
        state.last = Some((Instant::now(), Arc::clone(&rendered)));
        rendered
    }
}

/// Takes a sample each second, until the task is dropped.
pub(crate) async fn sample(control: Arc<Control>) {
    let mut ticks = tokio::time::interval(SAMPLE);
    loop {
        ticks.tick().await;
        let (counts, _) = control.counts();
        let at_ms = control.span_ms();
        control.state.lock().unwrap_or_else(PoisonError::into_inner).timeline.push(at_ms, &counts);
    }
}

/// Serves the page, until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, control: Arc<Control>) {
    let router = Router::new()
        .route("/", get(show_page))
        .route("/report.json", get(show_json))
        .route("/charts/{file}", get(show_chart))
        .route("/region.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], REGION_CSS)))
        .route("/region.js", get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], REGION_JS)))
        .layer(middleware::from_fn(guard))
        .with_state(control);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the region's page ended");
    }
}

async fn show_page(State(control): State<Arc<Control>>) -> Response {
    respond(control, "text/html; charset=utf-8", |rendered| Some(rendered.page.clone())).await
}

async fn show_json(State(control): State<Arc<Control>>) -> Response {
    respond(control, "application/json", |rendered| Some(rendered.json.clone())).await
}

async fn show_chart(State(control): State<Arc<Control>>, Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".svg").unwrap_or_default().to_owned();
    respond(control, "image/svg+xml", move |rendered| rendered.charts.get(name.as_str()).cloned()).await
}

async fn respond(
    control: Arc<Control>,
    kind: &'static str,
    part: impl FnOnce(&Rendered) -> Option<String> + Send + 'static,
) -> Response {
    // Working it out takes milliseconds, and whoever comes meanwhile waits for a lock.
    let made = tokio::task::spawn_blocking(move || part(&control.rendered())).await;
    match made {
        Ok(Some(body)) => ([(header::CONTENT_TYPE, kind)], body).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A page of somebody else in the same browser must not read what a shop costs, under whatever name it reaches this
/// machine.
async fn guard(request: Request, next: Next) -> Response {
    if !is_named_by_address(request.headers()) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn is_named_by_address(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}
