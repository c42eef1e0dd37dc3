//! Starting and stopping: function service, function, edge, schedule.

use crate::client::{CallError, Client, FUNCTION};
use crate::control::{self, Control};
use crate::edge_functions::NamedFunctions;
use crate::options::{BucketFiles, EdgePlan, Options};
use crate::schedule;
use crate::watch::Watch;
use bill::Content;
use edge::{
    AccessControl, Class, Description, HeaderSetting, Origin, OriginGroup, OriginKind, OriginRequestPolicy,
    ResponseHeadersPolicy, Selection, StoreOrigins,
};
use lambda_service::{FunctionName, LambdaService, LogLine};
use object_service::{Credentials, ObjectService, ReadCost};
use proxy::{Bounds, Certificate, Clock, Proxy, TlsError};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver};
use tokio::task::JoinHandle;

/// Header in which the edge proves itself to the function, as the function's own door looks for it.
const EDGE_SECRET: &str = "x-edge-secret";
/// Bytes of the secret.
const SECRET_BYTES: usize = 24;
/// Below the region's folder: what the function service writes its logs into.
const LOGS: &str = "logs";
/// Below the region's folder: buckets.
const BUCKETS: &str = "buckets";
/// Names of the object store and of the pair of it and the function.
const BUCKET_ORIGIN: &str = "bucket";
/// See [`BUCKET_ORIGIN`].
const FILES_GROUP: &str = "files";
/// Who opens the object store.
const KEY_ID: &str = "AKIATRADEWINDREGION0";
/// What a read of S3 costs in its own region.
const FAR: ReadCost = ReadCost { wait_ms: 15, bytes_per_second: NonZeroU64::new(75_000_000).unwrap() };
/// What the edge keeps at most, in bytes. One of AWS has room for all of a shop; 64 MB were too few for the listings, filters
/// and searches of a thousand products, which then went past it again and again.
const EDGE_BYTES_MAX: usize = 256 << 20;
/// Lines of programs that a slow reader may be behind before it loses some.
const LINES_MAX: usize = 1_024;
/// Name of the policy that tells the visitor's country.
const COUNTRY: &str = "country";
/// The host that the certificate is for.
const LOCALHOST: &str = "localhost";

/// Why a region did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The function service did not.
    #[error("the function service cannot start")]
    Service(#[from] lambda_service::StartError),
    /// The object store did not.
    #[error("the object store cannot start")]
    Objects(#[from] object_service::StartError),
    /// Its key could not be written down.
    #[error("cannot write {}", .file.display())]
    Credentials {
        /// Where.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The function could not be made.
    #[error("the function cannot be made")]
    Function(#[from] CallError),
    /// The edge did not start.
    #[error("the edge cannot start")]
    Edge(#[from] proxy::StartError),
    /// The region's own page has no place.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// There is no certificate for it.
    #[error("there is no certificate for the edge")]
    Certificate(#[from] TlsError),
    /// The machine gives no random numbers.
    #[error("this machine gives no random numbers")]
    Random,
    /// The name of the header with the country is none.
    #[error("the header with the viewer's country has a name that is none")]
    CountryHeader,
}

/// Where a region is come to, each at an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Shoppers'.
    Edge,
    /// The region's own page.
    Control,
    /// The object store.
    Objects,
}

impl StartError {
    /// The door whose address could not be listened on, if it is that.
    pub fn door(&self) -> Option<Door> {
        match self {
            Self::Edge(proxy::StartError::Listen { .. }) => Some(Door::Edge),
            Self::Listen { .. } => Some(Door::Control),
            Self::Objects(object_service::StartError::Listen { .. }) => Some(Door::Objects),
            _ => None,
        }
    }
}

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where shoppers come in.
    pub edge: SocketAddr,
    /// The same as an address for browsers.
    pub shop_url: String,
    /// The object store, for the AWS command line.
    pub objects_url: String,
    /// A file with what opens it, as AWS's tools read it (`AWS_SHARED_CREDENTIALS_FILE`).
    pub credentials_file: PathBuf,
    /// The region's own page: its bill and its map.
    pub control_url: String,
    /// Where tags are purged.
    pub purge_url: String,
    /// The Lambda API, for the AWS command line.
    pub lambda: SocketAddr,
    /// The function's own address.
    pub function_url: String,
}

/// Runs regions.
#[derive(Clone, Copy, Debug)]
pub struct Region;

/// A region that runs. [`Self::stop`] ends it in order and leaves no process behind; dropped, it ends all the same, but
/// nobody waits for it.
pub struct Running {
    addresses: Addresses,
    secret: String,
    /// Until it is stopped.
    service: Option<lambda_service::Running>,
    /// Until it is stopped.
    edge: Option<proxy::Running>,
    /// Until it is stopped.
    objects: Option<object_service::Running>,
    lines: broadcast::Sender<String>,
    /// The schedule, the samples, the page, the reader of the log.
    tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Region {
    /// Starts a region on the running tokio runtime.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let secret = new_secret()?;
        // Those of the region before; where they cannot be removed they stay.
        let _ = std::fs::remove_dir_all(options.data.join(LOGS));
        let control = TcpListener::bind(options.control).await;
        let control = control.map_err(|source| StartError::Listen { address: options.control, source })?;
        let control_url = control.local_addr().map(|address| format!("http://{address}"));
        let control_url = control_url.map_err(|source| StartError::Listen { address: options.control, source })?;
        let watch = Arc::new(Watch::new(watched(&options.edge)));
        let objects = ObjectService::start(object_options(&options, &secret, Arc::clone(&watch))).await?;
        let credentials_file = write_credentials(&options.data, &secret)?;
        let service = service_options(&options, objects.endpoint(), &secret, Arc::clone(&watch));
        let service = LambdaService::start(service).await?;
        let client = Client::new(service.address())?;
        client.create(&options.package, options.memory_mb, options.timeout_seconds).await?;
        if let Some(concurrency) = options.concurrency {
            client.reserve(concurrency).await?;
        }
        let function_url = client.create_url(options.streams, options.signed_only).await?;
        let edge = start_edge(&options, &function_url, &objects.endpoint(), &secret, Arc::clone(&watch)).await?;
        let scheme = if options.https { "https" } else { "http" };
        let address = edge.address();
        let host =
            if address.ip().is_loopback() { format!("{LOCALHOST}:{}", address.port()) } else { address.to_string() };
        let purges = edge.admin_address().map(|admin| format!("http://{admin}/purge"));
        let addresses = Addresses {
            edge: address,
            shop_url: format!("{scheme}://{host}"),
            objects_url: objects.endpoint(),
            credentials_file,
            control_url,
            purge_url: purges.unwrap_or_default(),
            lambda: service.address(),
            function_url,
        };
        let mut variables = (options.variables_of)(&addresses, &secret);
        // What was asked for explicitly counts more.
        variables.extend(options.variables);
        client.set_variables(&variables).await?;
        let page = Control::new(options.shop, Arc::clone(&watch), edge.figures_reader(), addresses.clone());
        let page = Arc::new(page);
        let lines = broadcast::channel(LINES_MAX).0;
        let mut tasks = vec![
            tokio::spawn(schedule::ring(client)),
            tokio::spawn(control::sample(Arc::clone(&page))),
            tokio::spawn(control::serve(control, page)),
        ];
        if let Some(function) = FunctionName::parse(FUNCTION) {
            let log = service.follow_logs(&function);
            tasks.push(tokio::spawn(read_log(log, options.work_line, watch, lines.clone())));
        }
        Ok(Running {
            addresses,
            secret,
            service: Some(service),
            edge: Some(edge),
            objects: Some(objects),
            lines,
            tasks,
        })
    }
}

fn new_secret() -> Result<String, StartError> {
    let mut bytes = [0; SECRET_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StartError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn object_options(options: &Options, secret: &str, watch: Arc<Watch>) -> object_service::Options {
    let mut objects = object_service::Options::new(options.data.join(BUCKETS));
    objects.listen = options.objects.listen;
    objects.elsewhere = options.objects.buckets.clone();
    objects.credentials = Some(Credentials { key_id: KEY_ID.to_owned(), secret: secret.to_owned() });
    // As CloudFront may read a bucket that is nobody else's; here whoever is on this machine may.
    objects.public = options.edge.files.iter().map(|files| files.bucket.clone()).collect();
    objects.read_cost = options.objects.is_far.then_some(FAR);
    objects.observer = watch;
    objects
}

/// For whoever runs this alone: with it everything in the buckets can be changed.
fn write_credentials(data: &Path, secret: &str) -> Result<PathBuf, StartError> {
    let file = data.join("credentials");
    let text =
        format!("[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {secret}\nregion = us-east-1\n");
    let written = || {
        let _ = std::fs::remove_file(&file);
        let mut opened = File::options().create_new(true).write(true).mode(0o600).open(&file)?;
        opened.write_all(text.as_bytes())
    };
    written().map_err(|source| StartError::Credentials { file: file.clone(), source })?;
    Ok(file)
}

fn service_options(options: &Options, objects: String, secret: &str, watch: Arc<Watch>) -> lambda_service::Options {
    let mut service = lambda_service::Options::new(options.data.clone(), options.launcher.clone());
    service.isolation = options.isolation.clone();
    service.account_limits = options.account_limits;
    service.idle_ms_max = options.idle_ms_max;
    service.observer = watch;
    // As a role of the function's own gives it on AWS.
    service.variables = [
        ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ("AWS_ENDPOINT_URL_S3", objects),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    service
}

async fn start_edge(
    options: &Options,
    function_url: &str,
    objects_url: &str,
    secret: &str,
    watch: Arc<Watch>,
) -> Result<proxy::Running, StartError> {
    let mut plan = description(&options.edge, function_url, objects_url, secret);
    if options.signed_only
        && let Some(store) = plan.origins.first_mut()
    {
        store.access_control = Some(AccessControl::SignedRequests);
    }
    let clock = Clock::system();
    let functions = NamedFunctions::new(options.edge.viewer_request.clone(), clock.clone());
    let country_header = options.edge.country_header.as_deref().map(str::parse).transpose();
    let options = proxy::Options {
        listen: options.listen,
        admin_secret: Some(secret.to_owned()),
        bounds: Bounds { cache_bytes_max: EDGE_BYTES_MAX, ..Bounds::default() },
        certificate: options.https.then(|| Certificate::self_signed(vec![LOCALHOST.to_owned()])).transpose()?,
        clock,
        functions: Arc::new(functions),
        observer: watch,
        signing: Some(sigv4::Credentials { key_id: KEY_ID.to_owned(), secret: secret.to_owned(), session: None }),
        country_header: country_header.map_err(|_| StartError::CountryHeader)?,
        ..proxy::Options::default()
    };
    Ok(Proxy::start(plan, options).await?)
}

/// The edge in front of a function.
pub(crate) fn description(plan: &EdgePlan, function_url: &str, objects_url: &str, secret: &str) -> Description {
    let mut store = Origin::new("store", OriginKind::FunctionUrl, function_url);
    store.headers.insert(EDGE_SECRET.to_owned(), secret.to_owned());
    let patterns = plan.patterns.iter().map(|(pattern, class)| (pattern.as_str(), *class));
    let names: Vec<&str> = plan.query_names.iter().map(String::as_str).collect();
    let mut description = Description::for_store(patterns, &names, StoreOrigins { store, media: None });
    if let Some(files) = &plan.files {
        read_from_bucket(&mut description, files, objects_url);
    }
    if let Some(function) = &plan.viewer_request {
        show_country(&mut description);
        for behaviour in description.behaviours.iter_mut().filter(|behaviour| behaviour.class != Class::Asset) {
            behaviour.viewer_request = Some(function.name().to_owned());
        }
    }
    description
}

/// Lines of the function's programs.
#[derive(Debug)]
pub struct ProgramLines(Receiver<String>);

impl ProgramLines {
    /// The next line; none once the region has ended. Who reads too slowly misses some.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            match self.0.recv().await {
                Ok(line) => return Some(line),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Reads the function's log: what programs say of their work is counted, what else they say is handed on. Under a flood
/// some lines are missed, and the work that they tell of is not counted.
async fn read_log(
    mut log: Receiver<LogLine>,
    work_line: Option<&'static str>,
    watch: Arc<Watch>,
    lines: broadcast::Sender<String>,
) {
    loop {
        let line = match log.recv().await {
            Ok(line) => line.text,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        match work_line.and_then(|mark| line.strip_prefix(mark)) {
            Some(work) => watch.take_work(work),
            // Nobody need listen.
            None if !is_of_the_service(&line) => drop(lines.send(line)),
            None => {}
        }
    }
}

/// What each behaviour of the edge is for, in the order of the description, and whether a function sees its requests.
fn watched(plan: &EdgePlan) -> Vec<(Content, bool)> {
    let behaviours = description(plan, "http://localhost", "http://localhost", "").behaviours;
    let content = |class| if class == Class::Asset { Content::File } else { Content::Page };
    behaviours.iter().map(|behaviour| (content(behaviour.class), behaviour.viewer_request.is_some())).collect()
}

/// Whether Lambda itself writes such lines into a function's log.
fn is_of_the_service(line: &str) -> bool {
    ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "RequestId: ", "INIT_START ", "INIT_REPORT "]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Files come out of their bucket without the function; what is not there the function may still make.
fn read_from_bucket(description: &mut Description, files: &BucketFiles, objects_url: &str) {
    let Some(store) = description.origins.first().map(|origin| origin.name.clone()) else { return };
    description.origins.push(Origin::new(BUCKET_ORIGIN, OriginKind::ObjectStore, objects_url));
    description.origin_groups.push(OriginGroup {
        name: FILES_GROUP.to_owned(),
        origins: [BUCKET_ORIGIN.to_owned(), store],
        failover_statuses: vec![403, 404, 500, 502, 503, 504],
    });
    let setting =
        |name: &str, value: &str| HeaderSetting { name: name.to_owned(), value: value.to_owned(), overrides: false };
    description.response_headers_policies.push(ResponseHeadersPolicy {
        name: FILES_GROUP.to_owned(),
        // How long a picture may be kept says the object itself: a failure must not be kept for a year.
        set: vec![setting("x-content-type-options", "nosniff")],
        remove: Vec::new(),
    });
    let like = description.behaviours.iter().position(|behaviour| behaviour.class == Class::Asset).unwrap_or(0);
    for pattern in &files.patterns {
        let mut behaviour = description.behaviours[like].clone();
        behaviour.pattern.clone_from(pattern);
        behaviour.origin = FILES_GROUP.to_owned();
        behaviour.response_headers_policy = Some(FILES_GROUP.to_owned());
        description.behaviours.insert(0, behaviour);
    }
}

/// The front page alone hears the visitor's country, as its function does: whatever hears it is asked of the function
/// more often, unless it answers from the edge.
fn show_country(description: &mut Description) {
    let Some(mut front) = description.behaviours.last().cloned() else { return };
    front.pattern = "/".to_owned();
    front.origin_request_policy = Some(COUNTRY.to_owned());
    description.behaviours.insert(0, front);
    description.origin_request_policies.push(OriginRequestPolicy {
        name: COUNTRY.to_owned(),
        query: Selection::None,
        headers: Selection::Listed(vec!["cloudfront-viewer-country".to_owned()]),
        cookies: Selection::None,
    });
}

impl Running {
    /// Where things are.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What edge and function prove themselves with to each other.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// What the function's programs write from now on, without the lines that the service adds.
    pub fn follow_programs(&self) -> ProgramLines {
        ProgramLines(self.lines.subscribe())
    }

    /// Lets nobody in any more, finishes what is on its way, and ends every environment.
    pub async fn stop(mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
        if let Some(edge) = self.edge.take() {
            edge.stop().await;
        }
        if let Some(service) = self.service.take() {
            service.stop().await;
        }
        if let Some(objects) = self.objects.take() {
            objects.stop().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
