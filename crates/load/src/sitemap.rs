//! Sitemaps (sitemaps.org): the addresses that a shop names.

use url::Url;

/// A sitemap file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sitemap {
    /// Whether its addresses are those of further files.
    pub(crate) is_index: bool,
    pub(crate) locations: Vec<Url>,
}

impl Sitemap {
    /// Reads at most so many addresses. Whatever is no address is left out.
    pub(crate) fn parse(xml: &str, locations_max: usize) -> Self {
        let locations = xml.split("<loc>").skip(1).filter_map(|rest| {
            let raw = rest.split_once("</loc>")?.0.trim();
            let url = Url::parse(&unescape(raw)).ok()?;
            matches!(url.scheme(), "http" | "https").then_some(url)
        });
        Self { is_index: xml.contains("<sitemapindex"), locations: locations.take(locations_max).collect() }
    }
}

/// The five entities of XML. Addresses in sitemaps need no others.
fn unescape(raw: &str) -> String {
    let rest = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    rest.iter().fold(raw.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read() {
        let xml = "<?xml version='1.0'?><urlset><url><loc> http://a.example/x?a=1&amp;b=2 </loc><xhtml:link href='http://no/'/>\
                   </url><url><loc>ftp://a.example/</loc></url><url><loc>/y</loc></url><url><loc>http://a.example/z</loc>";
        let sitemap = Sitemap::parse(xml, 10);
        let urls: Vec<&str> = sitemap.locations.iter().map(Url::as_str).collect();
        assert_eq!(urls, ["http://a.example/x?a=1&b=2", "http://a.example/z"]);
        assert!(!sitemap.is_index);
        assert_eq!(Sitemap::parse(xml, 1).locations.len(), 1);
        assert!(Sitemap::parse("<sitemapindex><sitemap><loc>http://a.example/1.xml</loc>", 1).is_index);
    }

    proptest! {
        #[test]
        fn no_sitemap_makes_it_panic(xml in "(<loc>|</loc>|<sitemapindex>|http://|[a-z&;é]{0,3}){0,30}") {
            let _ = Sitemap::parse(&xml, 5);
        }
    }
}
