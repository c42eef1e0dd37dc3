//! Functions: made, shown, changed, deleted.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path as PathParts;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::forms::{CodeForm, CodeUpdateForm, CreateForm, SettingsForm, parse_architecture};
use super::show::{Moment, configuration};
use super::{Answer, ApiError, Query, State, check_revision, function, page, read_json, target};
use crate::limits::{BUCKET_ZIP_BYTES_MAX, ZIP_BYTES_MAX};
use crate::names::{FunctionName, Qualifier, Version};
use crate::package::{Package, StoreError};
use crate::registry::{Revision, not_found};
use crate::service::Service;
use crate::sync::lock;

/// `POST /2015-03-31/functions`.
pub(super) async fn create(state: State, body: Body) -> Answer {
    let form: CreateForm = read_json(body).await?;
    let name = form.function_name.as_deref().unwrap_or("");
    let target = target(name, &HashMap::new())?;
    if form.package_type.as_deref().is_some_and(|kind| kind != "Zip") || form.code.image_uri.is_some() {
        return Err(ApiError::InvalidParameterValue("this service runs packages of type Zip only".to_owned()));
    }
    let mut settings = form.settings.create()?;
    if let Some(named) = &form.architectures {
        settings.architecture = parse_architecture(named)?;
    }
    let tags = super::tags::parse(form.tags)?;
    if lock(&state.registry).functions.contains_key(&target.function) {
        return Err(ApiError::ResourceConflict(format!("Function already exist: {}", target.function)));
    }
    let package = store(&state, &form.code).await?;
    let now_ms = state.host.clock.now_ms();
    let latest = Revision::new(target.function.clone(), Version::Latest, settings, package, now_ms);
    let mut registry = lock(&state.registry);
    registry.create(Arc::clone(&latest), tags)?;
    let shown = if form.publish { registry.load_mut(&target.function)?.publish(None, now_ms) } else { latest };
    Ok(super::json(StatusCode::CREATED, &configuration(&state.host.place, &shown, false, Moment::Creating)))
}

/// `GET /2015-03-31/functions`.
pub(super) async fn list(state: State, query: Query) -> Answer {
    let registry = lock(&state.registry);
    let all = query.get("FunctionVersion").is_some_and(|which| which == "ALL");
    let revisions = registry.functions.values().flat_map(|function| {
        let count = if all { usize::MAX } else { 1 };
        function.revisions().take(count)
    });
    let (rows, next) = page(revisions, &query)?;
    let shown = |revision: &Arc<Revision>| configuration(&state.host.place, revision, all, Moment::Settled);
    Ok(super::list("Functions", rows.into_iter().map(shown).collect(), next))
}

/// `GET /2015-03-31/functions/{name}`.
pub(super) async fn load(state: State, PathParts(name): PathParts<String>, query: Query) -> Answer {
    let target = target(&name, &query)?;
    let registry = lock(&state.registry);
    let function = registry.load(&target.function)?;
    let revision = function.load_revision(target.qualifier.as_ref(), u32::MAX)?;
    let is_qualified = target.qualifier.is_some();
    let mut shown = json!({
        "Configuration": configuration(&state.host.place, revision, is_qualified, Moment::Settled),
        "Code": {
            "RepositoryType": "S3",
            "Location": format!("http://{}/packages/{}.zip", state.address, revision.package.name),
        },
    });
    if !function.tags.is_empty() {
        shown["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved {
        shown["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
    }
    Ok(super::json(StatusCode::OK, &shown))
}

/// `GET /2015-03-31/functions/{name}/configuration`.
pub(super) async fn load_settings(state: State, PathParts(name): PathParts<String>, query: Query) -> Answer {
    let target = target(&name, &query)?;
    let registry = lock(&state.registry);
    let revision = registry.load(&target.function)?.load_revision(target.qualifier.as_ref(), u32::MAX)?;
    let shown = configuration(&state.host.place, revision, target.qualifier.is_some(), Moment::Settled);
    Ok(super::json(StatusCode::OK, &shown))
}

/// `PUT /2015-03-31/functions/{name}/code`.
pub(super) async fn update_code(state: State, PathParts(name): PathParts<String>, body: Body) -> Answer {
    let name = function(&name)?;
    let form: CodeUpdateForm = read_json(body).await?;
    let revision_id = lock(&state.registry).load(&name)?.latest.revision_id.clone();
    check_revision(form.revision_id.as_ref(), &revision_id)?;
    let package = store(&state, &form.code).await?;
    let architecture = form.architectures.as_deref().map(parse_architecture).transpose()?;
    let now_ms = state.host.clock.now_ms();
    let (old, shown) = {
        let mut registry = lock(&state.registry);
        let function = registry.load_mut(&name)?;
        check_revision(form.revision_id.as_ref(), &function.latest.revision_id)?;
        let mut settings = function.latest.settings.clone();
        settings.architecture = architecture.unwrap_or(settings.architecture);
        if form.dry_run {
            let would_be = Revision::new(name, Version::Latest, settings, package, now_ms);
            return Ok(super::json(
                StatusCode::OK,
                &configuration(&state.host.place, &would_be, false, Moment::Settled),
            ));
        }
        let old = function.replace_latest(settings, package, now_ms)?;
        let shown = if form.publish { function.publish(None, now_ms) } else { Arc::clone(&function.latest) };
        (old, shown)
    };
    state.outdate(&old);
    Ok(super::json(StatusCode::OK, &configuration(&state.host.place, &shown, false, Moment::Updating)))
}

/// `PUT /2015-03-31/functions/{name}/configuration`.
pub(super) async fn update_settings(state: State, PathParts(name): PathParts<String>, body: Body) -> Answer {
    let name = function(&name)?;
    let form: SettingsForm = read_json(body).await?;
    let now_ms = state.host.clock.now_ms();
    let (old, shown) = {
        let mut registry = lock(&state.registry);
        let function = registry.load_mut(&name)?;
        check_revision(form.revision_id.as_ref(), &function.latest.revision_id)?;
        let settings = form.apply(function.latest.settings.clone())?;
        let package = Arc::clone(&function.latest.package);
        (function.replace_latest(settings, package, now_ms)?, Arc::clone(&function.latest))
    };
    state.outdate(&old);
    Ok(super::json(StatusCode::OK, &configuration(&state.host.place, &shown, false, Moment::Updating)))
}

/// `DELETE /2015-03-31/functions/{name}`: one version, or the function with everything.
pub(super) async fn delete(state: State, PathParts(name): PathParts<String>, query: Query) -> Answer {
    let target = target(&name, &query)?;
    let gone = {
        let mut registry = lock(&state.registry);
        match target.qualifier {
            None => delete_function(&mut registry.functions, &target.function)?,
            Some(Qualifier::Version(Version::Number(number))) => {
                vec![registry.load_mut(&target.function)?.delete_version(number)?]
            }
            Some(_) => {
                let words = "$LATEST version cannot be deleted without deleting the function.";
                return Err(ApiError::InvalidParameterValue(words.to_owned()));
            }
        }
    };
    for revision in gone {
        state.outdate(&revision);
    }
    Ok(super::no_content())
}

fn delete_function(
    functions: &mut std::collections::BTreeMap<FunctionName, crate::registry::Function>,
    name: &FunctionName,
) -> Result<Vec<Arc<Revision>>, ApiError> {
    // Its listeners close with what held them.
    let function = functions.remove(name).ok_or_else(|| not_found(name, None))?;
    Ok(function.revisions().cloned().collect())
}

/// `GET /packages/{sha256}.zip`: what `GetFunction` gives as the place of the code.
pub(super) async fn package(state: State, PathParts(file): PathParts<String>) -> Response {
    let name = file.strip_suffix(".zip").filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let path = name.map(|name| state.packages.zip_path(name));
    let read = tokio::task::spawn_blocking(move || path.and_then(|path| fs::read(path).ok())).await;
    match read.ok().flatten() {
        Some(zip) => ([(CONTENT_TYPE, "application/zip")], zip).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Unpacks the package that a call brings or points to.
async fn store(service: &Arc<Service>, code: &CodeForm) -> Result<Arc<Package>, ApiError> {
    let zip = match (&code.zip_file, &code.bucket, &code.key) {
        (Some(zip), None, None) => {
            let decoded = BASE64.decode(zip);
            decoded.map_err(|_| ApiError::InvalidRequestContent("ZipFile is not base64".to_owned()))?
        }
        (None, Some(bucket), Some(key)) => {
            let (service, bucket, key) = (Arc::clone(service), bucket.clone(), key.clone());
            blocking(move || from_bucket(service.buckets.as_deref(), &bucket, &key)).await??
        }
        _ => {
            let words = "Please do not provide other FunctionCode parameters when providing a ZipFile, and name both \
                         S3Bucket and S3Key otherwise.";
            return Err(ApiError::InvalidParameterValue(words.to_owned()));
        }
    };
    if code.zip_file.is_some() && ZIP_BYTES_MAX < zip.len() {
        return Err(ApiError::RequestEntityTooLarge(format!("the package is larger than {ZIP_BYTES_MAX} bytes")));
    }
    let service = Arc::clone(service);
    let stored = blocking(move || service.packages.store(&zip)).await?;
    stored.map(Arc::new).map_err(|error| match error {
        StoreError::Refused(refusal) => ApiError::InvalidParameterValue(refusal.to_string()),
        StoreError::Io(_) => ApiError::Service(error.to_string()),
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::Service(error.to_string()))
}

/// Reads an object of a bucket, which is a file of a folder.
fn from_bucket(buckets: Option<&Path>, bucket: &str, key: &str) -> Result<Vec<u8>, ApiError> {
    let is_plain = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    let missing = |what: &str| {
        ApiError::InvalidParameterValue(format!(
            "Error occurred while GetObject. S3 Error Code: {what}. S3 Error Message: {bucket}/{key} is not there"
        ))
    };
    let (bucket_path, key_path) = (Path::new(bucket), Path::new(key));
    let folder = buckets.filter(|_| is_plain(bucket_path) && bucket_path.components().count() == 1);
    let folder = folder.map(|buckets| buckets.join(bucket)).filter(|folder| folder.is_dir());
    let folder = folder.ok_or_else(|| missing("NoSuchBucket"))?;
    let file = Some(folder.join(key)).filter(|_| is_plain(key_path)).and_then(|path| fs::File::open(path).ok());
    let mut zip = Vec::new();
    let mut limited = file.ok_or_else(|| missing("NoSuchKey"))?.take(BUCKET_ZIP_BYTES_MAX + 1);
    limited.read_to_end(&mut zip).map_err(|error| ApiError::Service(error.to_string()))?;
    if BUCKET_ZIP_BYTES_MAX < zip.len().try_into().unwrap_or(u64::MAX) {
        return Err(ApiError::InvalidParameterValue(format!(
            "Unzipped size must be smaller than {BUCKET_ZIP_BYTES_MAX} bytes"
        )));
    }
    Ok(zip)
}
