//! Starting and stopping: function service, function, edge, schedule.

use crate::client::{CallError, Client, FUNCTION};
use crate::edge_functions::NamedFunctions;
use crate::options::{EdgePlan, Options};
use crate::schedule;
use edge::{Class, Description, Origin, OriginKind, OriginRequestPolicy, Selection, StoreOrigins};
use lambda_service::{FunctionName, LambdaService, LogLine};
use proxy::{Certificate, Clock, Proxy, TlsError};
use ring::rand::{SecureRandom, SystemRandom};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

/// Header in which the edge proves itself to the function, as the function's own door looks for it.
const EDGE_SECRET: &str = "x-edge-secret";
/// Bytes of the secret.
const SECRET_BYTES: usize = 24;
/// Below the region's folder: what the function service writes its logs into.
const LOGS: &str = "logs";
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
    /// The function could not be made.
    #[error("the function cannot be made")]
    Function(#[from] CallError),
    /// The edge did not start.
    #[error("the edge cannot start")]
    Edge(#[from] proxy::StartError),
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

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where shoppers come in.
    pub edge: SocketAddr,
    /// The same as an address for browsers.
    pub shop_url: String,
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
    service: lambda_service::Running,
    edge: proxy::Running,
    schedule: JoinHandle<()>,
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
        let service = LambdaService::start(service_options(&options)).await?;
        let client = Client::new(service.address())?;
        client.create(&options.package, options.memory_mb, options.timeout_seconds).await?;
        if let Some(concurrency) = options.concurrency {
            client.reserve(concurrency).await?;
        }
        let function_url = client.create_url(options.streams).await?;
        let edge = start_edge(&options, &function_url, &secret).await?;
        let scheme = if options.https { "https" } else { "http" };
        let address = edge.address();
        let host = if address.ip().is_loopback() { LOCALHOST.to_owned() } else { address.ip().to_string() };
        let purges = edge.admin_address().map(|admin| format!("http://{admin}/purge"));
        let addresses = Addresses {
            edge: address,
            shop_url: format!("{scheme}://{host}:{}", address.port()),
            purge_url: purges.unwrap_or_default(),
            lambda: service.address(),
            function_url,
        };
        let mut variables = (options.variables_of)(&addresses, &secret);
        // What was asked for explicitly counts more.
        variables.extend(options.variables);
        client.set_variables(&variables).await?;
        let schedule = tokio::spawn(schedule::ring(client));
        Ok(Running { addresses, secret, service, edge, schedule })
    }
}

fn new_secret() -> Result<String, StartError> {
    let mut bytes = [0; SECRET_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StartError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn service_options(options: &Options) -> lambda_service::Options {
    let mut service = lambda_service::Options::new(options.data.clone(), options.launcher.clone());
    service.isolation = options.isolation.clone();
    service.account_limits = options.account_limits;
    service.idle_ms_max = options.idle_ms_max;
    service
}

async fn start_edge(options: &Options, function_url: &str, secret: &str) -> Result<proxy::Running, StartError> {
    let plan = description(&options.edge, function_url, secret);
    let clock = Clock::system();
    let functions = NamedFunctions::new(options.edge.viewer_request.clone(), clock.clone());
    let country_header = options.edge.country_header.as_deref().map(str::parse).transpose();
    let options = proxy::Options {
        listen: options.listen,
        admin_secret: Some(secret.to_owned()),
        certificate: options.https.then(|| Certificate::self_signed(vec![LOCALHOST.to_owned()])).transpose()?,
        clock,
        functions: Arc::new(functions),
        country_header: country_header.map_err(|_| StartError::CountryHeader)?,
        ..proxy::Options::default()
    };
    Ok(Proxy::start(plan, options).await?)
}

/// The edge in front of a function.
pub(crate) fn description(plan: &EdgePlan, function_url: &str, secret: &str) -> Description {
    let mut store = Origin::new("store", OriginKind::FunctionUrl, function_url);
    store.headers.insert(EDGE_SECRET.to_owned(), secret.to_owned());
    let patterns = plan.patterns.iter().map(|(pattern, class)| (pattern.as_str(), *class));
    let names: Vec<&str> = plan.query_names.iter().map(String::as_str).collect();
    let mut description = Description::for_store(patterns, &names, StoreOrigins { store, media: None });
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
pub struct ProgramLines(Option<Receiver<LogLine>>);

impl ProgramLines {
    /// The next line; none once the region has ended. Who reads too slowly misses some.
    pub async fn next(&mut self) -> Option<String> {
        let lines = self.0.as_mut()?;
        loop {
            match lines.recv().await {
                Ok(line) if is_of_the_service(&line.text) => {}
                Ok(line) => return Some(line.text),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Whether Lambda itself writes such lines into a function's log.
fn is_of_the_service(line: &str) -> bool {
    ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "RequestId: ", "INIT_START ", "INIT_REPORT "]
        .iter()
        .any(|start| line.starts_with(start))
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

    /// How much the function service does now.
    pub fn counters(&self) -> lambda_service::Counters {
        self.service.counters()
    }

    /// How much the edge keeps, and how often it was of use.
    pub fn edge_figures(&self) -> proxy::Figures {
        self.edge.figures()
    }

    /// What the function's programs write from now on, without the lines that the service adds.
    pub fn follow_programs(&self) -> ProgramLines {
        let function = FunctionName::parse(FUNCTION).map(|function| self.service.follow_logs(&function));
        ProgramLines(function)
    }

    /// Lets nobody in any more, finishes what is on its way, and ends every environment.
    pub async fn stop(self) {
        self.schedule.abort();
        self.edge.stop().await;
        self.service.stop().await;
    }
}
