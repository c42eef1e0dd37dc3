//! Files that were bought. A link leads to a page with a button, so that nobody's mail scanner or preview uses it up;
//! pressing the button counts, and leads to the file itself, which can be asked for in parts.

use super::Storefront;
use super::forms::Fields;
use super::order::locale_of;
use super::respond::{OWN, coded, error_in, error_page, own, redirect, reference, see_other};
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::download::{DownloadLinkView, DownloadView};
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use commerce::download::{DownloadFile, DownloadRefusal, shown_size};
use commerce::market::Locale;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE,
};
use http::{Method, StatusCode};
use shop::downloads::{DOWNLOAD_LASTS_MS, Download, DownloadError, FoundDownload};
use std::ops::Range;

/// Opened in the shop's own name a file can do nothing.
const NOTHING_RUNS: &str = "default-src 'none'; sandbox";
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const HOUR_MS: i64 = 3_600_000;

/// `GET /download/{token}`: the page of a file, or, by the link that its button gives, the file.
pub(super) async fn show(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = match storefront.shop().find_download(&token).await {
        Ok(Some(found)) => page(&storefront, &found, &token, &headers).await,
        Ok(None) => match storefront.shop().find_begun_download(&token).await {
            Ok(found) => give(&storefront, &found, &method, &headers).await,
            Err(error) => refused(&storefront, error, &headers).await,
        },
        Err(error) => storefront.unavailable(storefront.cookie_locale(&headers), &error).await,
    };
    for_nobody_else(answer)
}

/// `POST /download/{token}`: the button was pressed. Counts, and sends the browser to the page on which it begins.
pub(super) async fn begin(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let fields = match Fields::read(&headers, body).await {
        Ok(fields) => fields,
        Err(error) => return for_nobody_else(own(error_page(&storefront, error.status(), "body").await)),
    };
    let shop = storefront.shop();
    // Before anything is counted that could not be sent.
    if let Ok(Some(found)) = shop.find_download(&token).await
        && storefront.is_too_large(found.download.file.bytes)
    {
        return for_nobody_else(
            too_large(&storefront, &found.download.file, locale_of(&storefront, &found.order)).await,
        );
    }
    let answer = match shop.begin_download(&token, fields.get("press")).await {
        Ok(begun) => see_other(&format!("/download/{begun}/started")),
        Err(error) => refused(&storefront, error, &headers).await,
    };
    for_nobody_else(answer)
}

/// `GET /download/{token}/started`: a download begins by itself, without a script.
pub(super) async fn started(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = match storefront.shop().find_begun_download(&token).await {
        Ok(found) => found,
        Err(error) => return for_nobody_else(refused(&storefront, error, &headers).await),
    };
    let page = storefront.locale(locale_of(&storefront, &found.order));
    let file_url = format!("/download/{token}");
    let meta = PageMeta { refresh: file_url.clone(), ..PageMeta::own(page.text("download-begun-title")) };
    let view = DownloadView { file_url, ..file_view(&found.download, page) };
    for_nobody_else(storefront.own_page(page.locale, &meta, &view, StatusCode::OK, &headers).await)
}

/// Search engines keep none of these addresses, whoever shows them one.
fn for_nobody_else(mut response: Response) -> Response {
    response.headers_mut().insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    own(response)
}

/// Files of an order as its page lists them.
pub(super) fn links(downloads: &[Download], page: &PageLocale) -> Vec<DownloadLinkView> {
    let link = |download: &Download| DownloadLinkView {
        title: download.file.title.clone(),
        size: size(&download.file, page),
        url: download.path(),
        state: state(download, page),
    };
    downloads.iter().map(link).collect()
}

fn size(file: &DownloadFile, page: &PageLocale) -> String {
    let (number, unit) = shown_size(file.bytes);
    format!("{}\u{a0}{unit}", page.numbers().decimal(number))
}

/// `3 of 5 downloads left, until 30 December 2026`, or why there are none and what to do.
fn state(download: &Download, page: &PageLocale) -> String {
    let until = page.date(download.until);
    let (left, most) = (i64::from(download.left()), i64::from(download.most));
    let facts = [("left", Arg::Number(left)), ("most", Arg::Number(most)), ("until", Arg::Text(&until))];
    match download.refusal {
        None => page.text_with("say-download-left", &facts),
        Some(refusal) => page.text_with(&format!("say-download-{}", refusal.name()), &facts),
    }
}

fn file_view(download: &Download, page: &PageLocale) -> DownloadView {
    DownloadView {
        title: download.file.title.clone(),
        name: download.file.name.to_string(),
        size: size(&download.file, page),
        state: state(download, page),
        hours: DOWNLOAD_LASTS_MS / HOUR_MS,
        ..DownloadView::default()
    }
}

async fn page(storefront: &Storefront, found: &FoundDownload, token: &str, headers: &HeaderMap) -> Response {
    let page = storefront.locale(locale_of(storefront, &found.order));
    let mut view = file_view(&found.download, page);
    let refusal = found.download.refusal;
    if refusal.is_none() {
        view.action = format!("/download/{token}");
        view.press = format!("{:016x}", storefront.shop().chance().number());
    }
    let meta = PageMeta::own(view.title.clone());
    let status = refusal.map_or(StatusCode::OK, status_of);
    let response = storefront.own_page(page.locale, &meta, &view, status, headers).await;
    match refusal {
        Some(refusal) => coded(response, code_of(refusal)),
        None => response,
    }
}

fn status_of(refusal: DownloadRefusal) -> StatusCode {
    match refusal {
        DownloadRefusal::NotPaid => StatusCode::FORBIDDEN,
        _ => StatusCode::GONE,
    }
}

fn code_of(refusal: DownloadRefusal) -> &'static str {
    match refusal {
        DownloadRefusal::NotPaid => "download_not_paid",
        DownloadRefusal::Cancelled
        | DownloadRefusal::Refunded
        | DownloadRefusal::Withdrawn
        | DownloadRefusal::Closed => "download_closed",
        DownloadRefusal::Expired => "download_expired",
        DownloadRefusal::UsedUp => "download_used_up",
    }
}

/// What stands in the way, as a page.
async fn refused(storefront: &Storefront, error: DownloadError, headers: &HeaderMap) -> Response {
    let here = storefront.cookie_locale(headers);
    match error {
        DownloadError::Refused(found, _) => page(storefront, &found, "", headers).await,
        DownloadError::NotGenuine => {
            let text = storefront.locale(here).text("say-download-unknown");
            own(error_in(storefront, here, StatusCode::NOT_FOUND, "not_found", text, String::new()).await)
        }
        DownloadError::Missing(_) => missing(storefront, &error, here).await,
        DownloadError::Place(_) | DownloadError::Db(_) => storefront.unavailable(here, &error).await,
    }
}

/// A fault of ours: the file is not there. Nothing was counted.
async fn missing(storefront: &Storefront, error: &DownloadError, locale: Locale) -> Response {
    let reference = reference(storefront, error);
    let (text, status) = (storefront.locale(locale).text("say-download-missing"), StatusCode::SERVICE_UNAVAILABLE);
    own(error_in(storefront, locale, status, "download_missing", text, reference).await)
}

/// Longer than whatever answers for the store can send (a function that gives whole answers).
async fn too_large(storefront: &Storefront, file: &DownloadFile, locale: Locale) -> Response {
    let what = format!(
        "file {} of {} bytes is more than this function can answer with; keep files in a bucket (the setting downloads), or \
         have the function stream",
        file.id, file.bytes
    );
    let reference = reference(storefront, &what);
    let (text, status) = (storefront.locale(locale).text("say-download-missing"), StatusCode::SERVICE_UNAVAILABLE);
    own(error_in(storefront, locale, status, "download_too_large", text, reference).await)
}

impl Storefront {
    /// Whether so many bytes are more than an answer may have. What comes from a bucket is no answer of ours.
    fn is_too_large(&self, bytes: u64) -> bool {
        let most = self.0.answer_bytes_max.get();
        most.is_some_and(|most| *most < bytes) && self.shop().serves_downloads()
    }
}

/// The file: all of it, the part that is asked for, or the address of the bucket at which it is read.
async fn give(storefront: &Storefront, found: &FoundDownload, method: &Method, headers: &HeaderMap) -> Response {
    let (shop, file) = (storefront.shop(), &found.download.file);
    let locale = locale_of(storefront, &found.order);
    if let Err(error) = shop.check_stored(file).await {
        return missing(storefront, &error, locale).await;
    }
    let asked = asked_for(headers, file);
    let Asked::Part(range) = asked else { return no_such_part(file) };
    if *method == Method::HEAD {
        return file_response(file, &range, Body::empty());
    }
    match shop.download_address(file).await {
        Ok(Some(address)) => return redirect(StatusCode::FOUND, &address, OWN),
        Ok(None) => {}
        Err(error) => return storefront.unavailable(locale, &error).await,
    }
    if storefront.is_too_large(range.end - range.start) {
        return too_large(storefront, file, locale).await;
    }
    match shop.read_download(file, range.clone()).await {
        Ok(blocks) => file_response(file, &range, Body::from_stream(blocks)),
        Err(error @ DownloadError::Missing(_)) => missing(storefront, &error, locale).await,
        Err(error) => storefront.unavailable(locale, &error).await,
    }
}

/// What a request asks for of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// Bytes that it has; all of them where no part is named.
    Part(Range<u64>),
    /// Bytes behind its end.
    Nothing,
}

/// RFC 9110, 14: one range of bytes, of the file that the asker has a part of. Several ranges, and whatever makes no
/// sense, are the whole file.
fn asked_for(headers: &HeaderMap, file: &DownloadFile) -> Asked {
    let all = Asked::Part(0..file.bytes);
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(&IF_RANGE).is_some_and(|tag| tag.trim() != etag(file)) {
        return all;
    }
    let Some((from, to)) = text(&RANGE).and_then(|range| range.strip_prefix("bytes=")?.trim().split_once('-')) else {
        return all;
    };
    let (from, to) = (from.trim(), to.trim());
    let number = |digits: &str| digits.parse::<u64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let range = match (from, number(from), to, number(to)) {
        // The last so many bytes.
        ("", _, _, Some(last)) => file.bytes.saturating_sub(last)..if last == 0 { 0 } else { file.bytes },
        (_, Some(from), "", _) => from..file.bytes,
        (_, Some(from), _, Some(to)) if from <= to => from..to.saturating_add(1).min(file.bytes),
        _ => return all,
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Part(range) }
}

/// The same content has the same tag, whenever and wherever it is asked for.
fn etag(file: &DownloadFile) -> String {
    format!("\"{}\"", file.sha256.get(..32).unwrap_or(&file.sha256))
}

fn file_response(file: &DownloadFile, range: &Range<u64>, body: Body) -> Response {
    let length = range.end - range.start;
    let is_part = length < file.bytes;
    let mut response = Response::new(body);
    *response.status_mut() = if is_part { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let headers = response.headers_mut();
    let disposition = HeaderValue::from_str(&file.name.content_disposition());
    headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.name.media_type()));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING_RUNS));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(OWN));
    if let Ok(tag) = HeaderValue::from_str(&etag(file)) {
        headers.insert(ETAG, tag);
    }
    if is_part {
        put_range(headers, format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), file.bytes));
    }
    response
}

fn no_such_part(file: &DownloadFile) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    put_range(response.headers_mut(), format!("bytes */{}", file.bytes));
    coded(response, "download_range")
}

fn put_range(headers: &mut HeaderMap, range: String) {
    if let Ok(range) = HeaderValue::from_str(&range) {
        headers.insert(CONTENT_RANGE, range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::download::FileName;
    use commerce::ids::{DownloadFileId, ProductId};
    use commerce::moment::Moment;
    use uuid::Uuid;

    fn file(bytes: u64) -> DownloadFile {
        DownloadFile {
            id: DownloadFileId::new(Uuid::nil()),
            product: ProductId::new(Uuid::nil()),
            title: "Guide".to_owned(),
            name: FileName::parse("guide.pdf").unwrap(),
            bytes,
            sha256: "ab".repeat(32),
            storage_key: "key".to_owned(),
            created_at: Moment::default(),
            removed_at: None,
        }
    }

    #[test]
    fn parts_are_asked_for_as_the_standard_says() {
        let all = Asked::Part(0..100);
        for (range, want) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-500", all.clone()),
            ("bytes=0-99", all.clone()),
            ("bytes=99-500", Asked::Part(99..100)),
            ("bytes=0-18446744073709551615", all.clone()),
            ("bytes=100-", Asked::Nothing),
            ("bytes=500-600", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-0", all.clone()),
            ("bytes=0-1,5-6", all.clone()),
            ("bytes=+1-2", all.clone()),
            ("bytes=-", all.clone()),
            ("bytes=99999999999999999999-", all.clone()),
            ("pages=1-2", all.clone()),
            ("", all.clone()),
        ] {
            let headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_str(range).unwrap())]);
            assert_eq!(asked_for(&headers, &file(100)), want, "{range}");
        }
        let nothing = HeaderMap::from_iter([(RANGE, HeaderValue::from_static("bytes=0-"))]);
        assert_eq!(asked_for(&nothing, &file(0)), Asked::Nothing);
        assert_eq!(asked_for(&HeaderMap::new(), &file(0)), Asked::Part(0..0));
    }

    #[test]
    fn a_part_is_given_of_the_same_file_only() {
        let tag = etag(&file(100));
        for (if_range, want) in [
            (tag.as_str(), 5..10),
            ("\"other\"", 0..100),
            (&format!("W/{tag}"), 0..100),
            ("Tue, 24 Nov 2026 12:00:00 GMT", 0..100),
        ] {
            let range = (RANGE, HeaderValue::from_static("bytes=5-9"));
            let headers = HeaderMap::from_iter([range, (IF_RANGE, HeaderValue::from_str(if_range).unwrap())]);
            assert_eq!(asked_for(&headers, &file(100)), Asked::Part(want), "{if_range}");
        }
    }
}
