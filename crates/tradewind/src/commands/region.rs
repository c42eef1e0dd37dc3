//! `region`: the store as a function behind an edge, on this machine.

mod scratch;

use super::check_store;
use super::package::{STORE, tell_what_is_missing};
use crate::arguments::RegionUp;
use crate::failure::wrong_use;
use crate::output;
use crate::serve::{self, Listen, payment_pages};
use anyhow::{Context, bail};
use functions::KeyValues;
use lambda_service::Isolation;
use package::{PackageError, Program, ProgramError, UPLOAD_BYTES_MAX, program_of_this_machine};
use region::{
    Addresses, BucketFiles, Door, EdgeFunction, EdgePlan, Options, ProgramLines, Region, Running, StartError,
};
use scratch::Scratch;
use serde_json::json;
use shop::pictures::{MEDIA_PATH, PICTURE_FOLDERS};
use shop::settings::Settings;
use shop::{Edge, Place, RegionLock};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storefront::web::routes::{QUERY_NAMES, RouteClass, edge_patterns};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The store's own function at the edge.
const VIEWER_REQUEST: &str = include_str!("../../../functions/functions/viewer-request.js");
/// A request header that says from which country somebody comes, since this machine cannot tell.
const COUNTRY_HEADER: &str = "x-viewer-country";
/// The bucket of pictures and files.
const MEDIA_BUCKET: &str = "media";
/// Below the store's folder: what a region writes.
const DATA: &str = "data/region";

/// `tradewind region up`
pub(super) async fn up(wanted: &RegionUp) -> anyhow::Result<()> {
    super::load::raise_file_limit();
    if wanted.what.extension().is_some_and(|ending| ending == "zip") {
        return up_package(wanted).await;
    }
    up_folder(wanted).await
}

/// A region of a store's folder: the program itself is the function, and works in the folder as it is.
async fn up_folder(wanted: &RegionUp) -> anyhow::Result<()> {
    check_store(&wanted.what)?;
    let folder = std::path::absolute(&wanted.what)?;
    // Before anything of another region's is touched.
    let mut lock = RegionLock::take(&folder)?;
    let settings = Settings::load(&folder, |name| std::env::var(name).ok())?;
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let (listen, was_taken) = free_address(wanted.listen).await?;
    serve::check_exposure(&settings, listen)?;
    let site = match serve::has_payment_site(&settings) {
        true => Some(payment_pages::bind(&folder).await?),
        false => None,
    };
    let payment_url = site.as_ref().map(|site| site.local_addr().map(serve::local_url)).transpose()?;
    if let Some(function) = &wanted.program {
        check_program(function)?;
    }
    let function = wanted.program.as_deref().unwrap_or(&program);
    let package = program_of_this_machine(&std::path::absolute(function)?)?;
    let mut options = options(wanted, package, folder.join(DATA), program, listen);
    // They work in the store's folder, which belongs to whoever runs this.
    options.isolation = Isolation::SameUser;
    options.edge = edge_plan(Some(&settings))?;
    if let Place::Folder(media) = &settings.media {
        options.objects.buckets.insert(MEDIA_BUCKET.to_owned(), folder.join(media));
    }
    options.variables.insert("TRADEWIND_STORE".to_owned(), text(&folder)?);
    if let Some(url) = &payment_url {
        options.variables.insert("TRADEWIND_DEMO_PAYMENT_URL".to_owned(), url.clone());
    }
    options.shop = settings.name.clone();
    let base_url = settings.base_url.clone();
    options.variables_of = Arc::new(move |addresses, secret| variables_of(addresses, secret, &base_url));
    let running = Region::start(options).await.map_err(with_its_option)?;
    let edge = Edge { purge_url: running.addresses().purge_url.clone(), secret: running.secret().to_owned() };
    if let Err(error) = lock.announce(&edge) {
        running.stop().await;
        return Err(error);
    }
    let (stop, stopped) = watch::channel(false);
    let pages = site.map(|site| {
        let edge = running.addresses().edge;
        tokio::spawn(payment_pages::serve(folder.clone(), site, edge, stopped))
    });
    let lines = tokio::spawn(pass_on(running.follow_programs()));
    tell(&running, payment_url.as_deref(), was_taken, wanted.json.json);
    serve::asked_to_end().await;
    output::note("The region closes.");
    running.stop().await;
    drop(lock);
    let _ = stop.send(true);
    if let Some(pages) = pages {
        let _ = pages.await;
    }
    lines.abort();
    Ok(())
}

/// Whoever named an address that cannot be had wants to know where to name another.
fn with_its_option(error: StartError) -> anyhow::Error {
    let option = match error.door() {
        Some(Door::Edge) => "--listen",
        Some(Door::Control) => "--control",
        Some(Door::Objects) => "--objects",
        None => return error.into(),
    };
    anyhow::Error::new(error).context(format!("name another address with {option}"))
}

/// Refuses what could not be started here. Which C library it needs does not matter: it is this machine's.
fn check_program(path: &Path) -> anyhow::Result<()> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    match Program::read(&file) {
        Err(source @ (ProgramError::NoExecutable(_) | ProgramError::Machine(_))) => {
            Err(PackageError::Program { path: path.to_owned(), source }.into())
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A region of any function's package.
async fn up_package(wanted: &RegionUp) -> anyhow::Result<()> {
    let size = std::fs::metadata(&wanted.what).with_context(|| format!("cannot read {}", wanted.what.display()))?.len();
    if size > UPLOAD_BYTES_MAX {
        bail!("{} has {size} bytes; a package has at most {UPLOAD_BYTES_MAX}", wanted.what.display());
    }
    let package = std::fs::read(&wanted.what).with_context(|| format!("cannot read {}", wanted.what.display()))?;
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let (listen, was_taken) = free_address(wanted.listen).await?;
    tell_what_is_missing(settings_in(&package).as_ref());
    let data = Scratch::make(&std::env::temp_dir())?;
    let mut options = options(wanted, package, data.path().to_owned(), program, listen);
    options.edge = edge_plan(None)?;
    options.variables_of = Arc::new(|addresses, secret| variables_of(addresses, secret, ""));
    let running = Region::start(options).await.map_err(with_its_option)?;
    let lines = tokio::spawn(pass_on(running.follow_programs()));
    tell(&running, None, was_taken, wanted.json.json);
    serve::asked_to_end().await;
    output::note("The region closes.");
    running.stop().await;
    lines.abort();
    data.close()
}

/// The settings of the store in a package, with what the function will be told by variables; none where there is no
/// store in it, or one that the function itself complains about.
fn settings_in(package: &[u8]) -> Option<Settings> {
    let text = package::text_in(package, &format!("{STORE}/tradewind.toml"))?;
    Settings::parse(&text, |name| own_variables().remove(name)).ok()
}

fn options(wanted: &RegionUp, package: Vec<u8>, data: PathBuf, program: PathBuf, listen: SocketAddr) -> Options {
    let mut options = Options::new(package, data, program);
    options.listen = listen;
    options.https = wanted.https;
    options.memory_mb = wanted.memory;
    options.work_line = Some(lambda::WORK_LINE);
    options.control = wanted.control.unwrap_or(options.control);
    options.objects.listen = wanted.objects.unwrap_or(options.objects.listen);
    options.objects.is_far = wanted.far_objects;
    options.concurrency = wanted.concurrency;
    options.streams = wanted.stream;
    options.signed_only = wanted.origin_access_control;
    options.variables = own_variables();
    if wanted.stream {
        options.variables.insert(lambda::INVOKE_MODE.to_owned(), "RESPONSE_STREAM".to_owned());
    }
    options
}

/// What goes wrong in an environment is told here, as a server tells it.
async fn pass_on(mut lines: ProgramLines) {
    while let Some(line) = lines.next().await {
        output::note(line);
    }
}

/// Where shoppers come in. The edge listens by itself, so a free port is found by listening on it for a moment.
async fn free_address(wanted: Option<SocketAddr>) -> anyhow::Result<(SocketAddr, bool)> {
    let (listener, was_taken): (TcpListener, bool) =
        serve::bind(wanted.map_or(Listen::NearDefault, Listen::At)).await?;
    Ok((listener.local_addr()?, was_taken))
}

/// What this program was told by its own variables counts for the function, too, but for where the edge of another
/// deployment is: a trial must neither purge that one nor expect its secret.
fn own_variables() -> BTreeMap<String, String> {
    let texts =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let of_others = ["TRADEWIND_EDGE_PURGE_URL", "TRADEWIND_EDGE_SECRETS"];
    texts.filter(|(name, _)| name.starts_with("TRADEWIND_") && !of_others.contains(&name.as_str())).collect()
}

fn variables_of(addresses: &Addresses, secret: &str, base_url: &str) -> BTreeMap<String, String> {
    let base_url = if base_url.is_empty() { &addresses.shop_url } else { base_url };
    [
        ("TRADEWIND_BASE_URL", base_url.to_owned()),
        ("TRADEWIND_EDGE_PURGE_URL", addresses.purge_url.clone()),
        ("TRADEWIND_EDGE_SECRETS", json!([secret]).to_string()),
        (lambda::REPORT_WORK, "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What the edge does with the store's addresses: the table of routes says it.
fn edge_plan(settings: Option<&Settings>) -> anyhow::Result<EdgePlan> {
    let class = |class| match class {
        RouteClass::Cached => edge::Class::Cached,
        RouteClass::Own => edge::Class::Own,
        RouteClass::Asset => edge::Class::Asset,
    };
    let function = EdgeFunction::new("viewer-request", VIEWER_REQUEST)?;
    let key_values = KeyValues::new(settings.map(markets_by_country).unwrap_or_default())?;
    Ok(EdgePlan {
        patterns: edge_patterns().into_iter().map(|(pattern, of)| (pattern, class(of))).collect(),
        query_names: QUERY_NAMES.iter().map(|name| (*name).to_owned()).collect(),
        viewer_request: Some(function.with_key_values(key_values)),
        country_header: Some(COUNTRY_HEADER.to_owned()),
        files: Some(BucketFiles {
            bucket: MEDIA_BUCKET.to_owned(),
            patterns: PICTURE_FOLDERS.iter().map(|folder| format!("{MEDIA_PATH}{folder}*")).collect(),
        }),
    })
}

/// The front page of each country's market.
fn markets_by_country(settings: &Settings) -> BTreeMap<String, String> {
    let markets = &settings.markets;
    let mut found = BTreeMap::new();
    for locale in markets.locales() {
        for country in &markets.market(locale).countries {
            // The first market of a country, in its first language.
            let front = format!("{}/", markets.prefix(locale));
            found.entry(format!("market:{}", country.code())).or_insert(front);
        }
    }
    found
}

fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| wrong_use(format!("{} is no text", path.display())))
}

fn tell(running: &Running, payment_url: Option<&str>, was_taken: bool, as_json: bool) {
    let addresses = running.addresses();
    let result = json!({
        "url": addresses.shop_url,
        "payment_url": payment_url,
        "objects_url": addresses.objects_url,
        "credentials_file": addresses.credentials_file.display().to_string(),
        "control_url": addresses.control_url,
        "lambda_url": format!("http://{}", addresses.lambda),
        "function_url": addresses.function_url,
        "purge_url": addresses.purge_url,
    });
    if was_taken {
        output::note(format!("Port {} is taken; this is the next free one.", serve::PORT_DEFAULT));
    }
    output::result(as_json, &result, || output::line(format!("The region is open at {}", addresses.shop_url)));
    if let Some(url) = payment_url {
        output::note(format!("Payments are tried out at {url}: you choose there what happens."));
    }
    output::note(format!(
        "For the AWS command line: `export AWS_SHARED_CREDENTIALS_FILE={}`. Buckets: `aws s3 ls --endpoint-url {}`",
        addresses.credentials_file.display(),
        addresses.objects_url
    ));
    output::note(format!("What it costs, and how fast it is around the world: {}", addresses.control_url));
    output::note(format!(
        "Nothing runs until somebody comes. `aws lambda list-functions --endpoint-url http://{}` shows the function; \
         Ctrl-C closes the region.",
        addresses.lambda
    ));
}
