//! What is served under `/static/`: the theme's `assets/`, under names that change with their bytes.

use super::{Theme, ThemeFile};
use bytes::Bytes;
use ring::digest;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// Hexadecimal digits of the hash in a name: 48 bits, plenty for the few assets of a few releases.
const HASH_DIGITS: usize = 12;
/// Quality for an override: its compression happens at the store's start, so it must be quick.
const OVERRIDE_BROTLI_QUALITY: i32 = 5;

/// A file that may be kept for ever, since other bytes have another name.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The file.
    pub plain: Bytes,
    /// The same through gzip, where that makes sense.
    pub gzip: Option<Bytes>,
    /// The same through brotli.
    pub brotli: Option<Bytes>,
}

/// All assets of a theme.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    by_path: HashMap<String, Asset>,
    urls: HashMap<String, String>,
}

impl Assets {
    /// Names and compresses what is in the theme's `assets/`.
    pub fn new(theme: &Theme) -> Self {
        let mut assets = Self::default();
        for (name, file) in theme.list("assets/") {
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
            let url = format!("/static/{stem}-{}.{ending}", short_hash(&file.bytes));
            assets.by_path.insert(url.clone(), Asset::new(ending, file));
            assets.urls.insert(name.to_owned(), url);
        }
        assets
    }

    /// The asset at a path such as `/static/app-0123456789ab.css`.
    pub fn find(&self, path: &str) -> Option<&Asset> {
        self.by_path.get(path)
    }

    /// The path of the asset that the theme calls `app.css`.
    pub fn url(&self, name: &str) -> Option<&str> {
        self.urls.get(name).map(String::as_str)
    }

    /// Every path with its asset, for a store that puts them into an object store.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Asset)> {
        self.by_path.iter().map(|(path, asset)| (path.as_str(), asset))
    }
}

impl Asset {
    fn new(ending: &str, file: &ThemeFile) -> Self {
        let content_type = content_type(ending);
        let packed = |ready: Option<&'static [u8]>, make: fn(&[u8]) -> Option<Vec<u8>>| match ready {
            Some(bytes) => Some(Bytes::from_static(bytes)),
            None if file.is_override && compresses(content_type) => make(&file.bytes).map(Bytes::from),
            None => None,
        };
        let plain = match &file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
        };
        Self { content_type, plain, gzip: packed(file.gzip, gzipped), brotli: packed(file.brotli, brotlied) }
    }
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn compresses(content_type: &str) -> bool {
    content_type.starts_with("text/") || matches!(content_type, "image/svg+xml" | "application/json")
}

fn short_hash(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest::digest(&digest::SHA256, bytes).as_ref() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(HASH_DIGITS);
    hex
}

fn gzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotlied(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: OVERRIDE_BROTLI_QUALITY, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut out, &params).ok()?;
    Some(out)
}
