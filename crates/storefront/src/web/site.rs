//! Files: the theme's assets, pictures, and what machines ask for.

use super::Storefront;
use super::finished::{Finished, accepts};
use super::respond::error_page;
use crate::locale::PageLocale;
use crate::site_files::{SitemapUrl, manifest, places_per_sitemap, robots, security, sitemap, sitemap_index};
use crate::theme::Assets;
use crate::urls;
use crate::view::product::product_url;
use crate::view::shell::category_url;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use catalog::{SLUGS_MAX, SnapshotError, View};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap,
    HeaderValue, VARY,
};
use std::sync::Arc;

/// How long what `security.txt` says holds; RFC 9116 advises less than a year. It is made anew with every publish and
/// every start.
const SECURITY_DAYS: i64 = 300;
/// A file under a name of its content never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// `GET /static/{name}`: a file of the theme, under a name of its content.
pub(super) async fn asset(
    State(storefront): State<Storefront>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Response {
    match asset_response(storefront.pages().assets(), &name, &request) {
        Some(response) => response,
        None => error_page(&storefront, StatusCode::NOT_FOUND, "not_found").await,
    }
}

fn asset_response(assets: &Assets, name: &str, request: &HeaderMap) -> Option<Response> {
    let asset = assets.find(&format!("/static/{name}"))?;
    let (body, encoding) = match (&asset.brotli, &asset.gzip) {
        (Some(body), _) if accepts(request, "br") => (body.clone(), Some("br")),
        (_, Some(body)) if accepts(request, "gzip") => (body.clone(), Some("gzip")),
        _ => (asset.plain.clone(), None),
    };
    let mut response = file_response(asset.content_type, body);
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    Some(response)
}

fn file_response(content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    response
}

/// `GET /media/{*path}`: a drawn picture, made when it is asked for, or a file that was made of an upload.
pub(super) async fn media(
    State(storefront): State<Storefront>,
    Path(path): Path<String>,
    request: HeaderMap,
) -> Response {
    if let Some(seed) = path.strip_prefix("drawn/").and_then(|name| name.strip_suffix(".svg"))
        && let Some(drawn) = drawn_picture(&storefront, seed)
    {
        return drawn.respond(&request, FOR_EVER);
    }
    let Some(file) = storefront.shop().read_media(&path).await else {
        return error_page(&storefront, StatusCode::NOT_FOUND, "not_found").await;
    };
    let mut response = file_response(file.media_type, file.body);
    if file.is_download {
        // Opened in the shop's own name it might do what a page of the shop may.
        response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}

fn drawn_picture(storefront: &Storefront, seed: &str) -> Option<Arc<Finished>> {
    let key = format!("drawn {seed}");
    if let Some(known) = storefront.find_finished(&key) {
        return Some(known);
    }
    let svg = storefront.shop().draw_picture(seed)?;
    // Opened by itself it is still a picture and nothing else.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    let picture =
        Finished::new(StatusCode::OK, "image/svg+xml", Bytes::from(svg)).with(CONTENT_SECURITY_POLICY, policy);
    let picture = Arc::new(picture);
    storefront.keep_finished(key, &picture);
    Some(picture)
}

/// A file for machines at the top of the host; `None` if there is none of that name.
pub(super) fn file(
    storefront: &Storefront,
    view: &View,
    name: &str,
) -> Result<Option<(&'static str, Bytes)>, SnapshotError> {
    let origin = storefront.shop().base_url();
    let assets = storefront.pages().assets();
    let first = &storefront.pages().locales()[0];
    let text = |content_type, text: String| Ok(Some((content_type, Bytes::from(text))));
    match name {
        "robots.txt" => text("text/plain; charset=utf-8", robots(origin)),
        ".well-known/security.txt" => {
            let email = &storefront.shop().settings().contact.email;
            let until = storefront.shop().now().plus_ms(SECURITY_DAYS * 24 * 3_600_000);
            let file = || ("text/plain; charset=utf-8", Bytes::from(security(origin, email, until)));
            Ok((!email.is_empty()).then(file))
        }
        "manifest.webmanifest" => {
            let (name, lang) = (&storefront.shop().settings().name, first.locale.language);
            text("application/manifest+json", manifest(name, "/", lang.code(), assets))
        }
        "favicon.ico" => {
            let icon = assets.url("favicon.ico").and_then(|url| assets.find(url));
            Ok(icon.map(|icon| (icon.content_type, icon.plain.clone())))
        }
        "sitemap.xml" => {
            let products = usize::try_from(view.snapshot.products()).unwrap_or(usize::MAX);
            let pages = front_pages(storefront, view) + products.div_ceil(places(storefront));
            text("application/xml", sitemap_index(origin, pages))
        }
        _ => match name.strip_prefix("sitemap/").and_then(|rest| rest.strip_suffix(".xml")).map(str::parse::<usize>) {
            Some(Ok(page)) if page >= 1 => {
                let front = front_pages(storefront, view);
                let urls = if page <= front {
                    Some(front_urls(storefront, view, page - 1))
                } else {
                    product_urls(storefront, view, page - front - 1)?
                };
                Ok(urls.map(|urls| ("application/xml", Bytes::from(sitemap(&urls)))))
            }
            _ => Ok(None),
        },
    }
}

/// An address of every locale, each with all its alternates.
fn in_all_locales(storefront: &Storefront, changed: &str, url: impl Fn(&PageLocale) -> String) -> Vec<SitemapUrl> {
    let origin = storefront.shop().base_url();
    let locales = storefront.pages().locales();
    let alternates: Vec<(String, String)> =
        locales.iter().map(|locale| (locale.tag(), format!("{origin}{}", url(locale)))).collect();
    let entry = |locale: &PageLocale| SitemapUrl {
        url: format!("{origin}{}", url(locale)),
        changed: changed.to_owned(),
        alternates: alternates.clone(),
    };
    locales.iter().map(entry).collect()
}

/// Pages, each in all locales, that one sitemap of this store lists.
fn places(storefront: &Storefront) -> usize {
    places_per_sitemap(storefront.pages().locales().len())
}

/// Sitemaps of what is not a product: home, categories, static pages.
fn front_pages(storefront: &Storefront, view: &View) -> usize {
    let count = 1 + view.snapshot.categories().len() + storefront.0.text_order.len();
    count.div_ceil(places(storefront))
}

fn front_urls(storefront: &Storefront, view: &View, page: usize) -> Vec<SitemapUrl> {
    let places = places(storefront);
    let locales = storefront.pages().locales().len();
    let entries = all_front_urls(storefront, view).into_iter();
    entries.skip(page.saturating_mul(places * locales)).take(places * locales).collect()
}

fn all_front_urls(storefront: &Storefront, view: &View) -> Vec<SitemapUrl> {
    let changed = day(view.snapshot.created());
    let mut entries = in_all_locales(storefront, &changed, |locale| locale.url("/"));
    for category in view.snapshot.categories() {
        entries.extend(in_all_locales(storefront, &changed, |locale| category_url(category, locale)));
    }
    for name in &storefront.0.text_order {
        entries.extend(in_all_locales(storefront, "", |locale| locale.url(&format!("/{}", urls::segment(name)))));
    }
    entries
}

/// Products of a sitemap; `None` past the last.
fn product_urls(storefront: &Storefront, view: &View, page: usize) -> Result<Option<Vec<SitemapUrl>>, SnapshotError> {
    let mut from = None;
    for _ in 0..page {
        match skip(view, from, places(storefront))? {
            Some(next) => from = Some(next),
            None => return Ok(None),
        }
    }
    let mut entries = Vec::new();
    let mut left = places(storefront);
    while left > 0 {
        let slugs = view.snapshot.slugs(from, left.min(SLUGS_MAX))?;
        left -= slugs.entries.len().min(left);
        for entry in &slugs.entries {
            let changed = day(entry.updated_at);
            entries.extend(in_all_locales(storefront, &changed, |locale| product_url(&entry.slug, locale)));
        }
        match slugs.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    Ok((!entries.is_empty()).then_some(entries))
}

/// Passes over one sitemap's products.
fn skip(view: &View, mut from: Option<u64>, places: usize) -> Result<Option<u64>, SnapshotError> {
    let mut left = places;
    while left > 0 {
        let slugs = view.snapshot.slugs(from, left.min(SLUGS_MAX))?;
        left -= slugs.entries.len().min(left);
        match slugs.next {
            Some(next) => from = Some(next),
            None => return Ok(None),
        }
    }
    Ok(from)
}

fn day(moment: commerce::moment::Moment) -> String {
    moment.to_rfc3339().chars().take(10).collect()
}
