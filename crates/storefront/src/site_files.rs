//! Files for machines: robots.txt, sitemaps, the web manifest.

use crate::theme::Assets;
use commerce::moment::Moment;
use serde_json::json;
use std::fmt::Write as _;

/// Addresses in one sitemap (sitemaps.org allows 50,000).
pub const SITEMAP_URLS_MAX: usize = 20_000;

/// Pages, each in all locales, that one sitemap lists at most.
const SITEMAP_PLACES_MAX: usize = 5_000;
/// Links to other locales in one sitemap, so that it stays far under the 50 MB that sitemaps.org allows.
const SITEMAP_LINKS_MAX: usize = 80_000;

/// Pages that a sitemap of a store with so many locales lists: every one stands there once a locale, each time with all
/// of its locales.
pub fn places_per_sitemap(locales: usize) -> usize {
    let links = locales.saturating_mul(locales).max(1);
    (SITEMAP_LINKS_MAX / links).clamp(1, SITEMAP_PLACES_MAX)
}

/// An address for search engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapUrl {
    /// Absolute address.
    pub url: String,
    /// Day of the last change, `2026-11-24`; may be empty.
    pub changed: String,
    /// The same page elsewhere: `en-GB` and absolute address.
    pub alternates: Vec<(String, String)>,
}

/// `robots.txt`: everything may be read but a visitor's own pages and searches. The empty basket says itself that it is
/// not to be kept, which a crawler must be able to read; a checkout without a basket leads there.
pub fn robots(origin: &str) -> String {
    format!(
        "User-agent: *\nDisallow: /order/\nDisallow: /pay/\nDisallow: /account\n\
         Disallow: /dashboard\nDisallow: /download/\nDisallow: /*/search?\nDisallow: /search?\n\nSitemap: {origin}/sitemap.xml\n"
    )
}

/// `/.well-known/security.txt` (RFC 9116): where a weakness is reported, and until when that holds.
pub fn security(origin: &str, email: &str, until: Moment) -> String {
    format!("Contact: mailto:{email}\nExpires: {}\nCanonical: {origin}/.well-known/security.txt\n", until.to_rfc3339())
}

/// The list of sitemaps; `pages` of them.
pub fn sitemap_index(origin: &str, pages: usize) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for page in 1..=pages {
        // Writing to a string cannot fail.
        let _ = writeln!(xml, "<sitemap><loc>{}/sitemap/{page}.xml</loc></sitemap>", escaped(origin));
    }
    xml.push_str("</sitemapindex>\n");
    xml
}

/// One sitemap; addresses past [`SITEMAP_URLS_MAX`] are left out.
pub fn sitemap(urls: &[SitemapUrl]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for entry in urls.iter().take(SITEMAP_URLS_MAX) {
        let _ = write!(xml, "<url><loc>{}</loc>", escaped(&entry.url));
        if !entry.changed.is_empty() {
            let _ = write!(xml, "<lastmod>{}</lastmod>", escaped(&entry.changed));
        }
        for (tag, url) in &entry.alternates {
            let (tag, url) = (escaped(tag), escaped(url));
            let _ = write!(xml, "<xhtml:link rel=\"alternate\" hreflang=\"{tag}\" href=\"{url}\"/>");
        }
        xml.push_str("</url>\n");
    }
    xml.push_str("</urlset>\n");
    xml
}

/// The web manifest: name and icons for a phone's home screen.
pub fn manifest(store_name: &str, start_url: &str, lang: &str, assets: &Assets) -> String {
    let icon = |name: &str, kind: &str, sizes: &str| {
        assets.url(name).map(|url| json!({"src": url, "type": kind, "sizes": sizes}))
    };
    let icons: Vec<_> = [icon("favicon.svg", "image/svg+xml", "any"), icon("icon-192.png", "image/png", "192x192")]
        .into_iter()
        .flatten()
        .collect();
    json!({
        "name": store_name, "short_name": store_name, "start_url": start_url, "lang": lang, "display": "browser",
        "background_color": "#faf7f1", "theme_color": "#faf7f1", "icons": icons,
    })
    .to_string()
}

/// For XML: markup escaped, characters that XML 1.0 does not allow left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sitemap_has_room_for_every_address_of_its_pages() {
        for (locales, places) in [(0, 5_000), (1, 5_000), (4, 5_000), (5, 3_200), (6, 2_222), (50, 32), (1_000, 1)] {
            assert_eq!(places_per_sitemap(locales), places, "{locales} locales");
            assert!(places * locales <= SITEMAP_URLS_MAX, "{locales} locales: none is left out");
        }
    }

    #[test]
    fn sitemaps_escape_what_they_name() {
        let url = |path: &str| SitemapUrl {
            url: format!("https://shop.example{path}"),
            changed: "2026-11-24".to_owned(),
            alternates: vec![("de-DE".to_owned(), "https://shop.example/de/a&b".to_owned())],
        };
        let xml = sitemap(&[url("/product/a&b<\u{0}>")]);
        assert!(xml.contains("<loc>https://shop.example/product/a&amp;b&lt;&gt;</loc><lastmod>2026-11-24</lastmod>"));
        assert!(xml.contains("hreflang=\"de-DE\" href=\"https://shop.example/de/a&amp;b\""));
        assert_eq!(sitemap_index("https://shop.example", 2).matches("<sitemap>").count(), 2);
        let file = security("https://shop.example", "hello@shop.example", Moment::from_micros(1_795_521_600_000_000));
        let want = "Contact: mailto:hello@shop.example\nExpires: 2026-11-24T12:00:00Z\n\
                    Canonical: https://shop.example/.well-known/security.txt\n";
        assert_eq!(file, want);
        assert!(robots("https://shop.example").ends_with("Sitemap: https://shop.example/sitemap.xml\n"));
    }
}
