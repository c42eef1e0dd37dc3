//! Which addresses are the shop's.

use url::{Host, Origin, Url};

/// A shop, under the address that was given, and under the one that it says it has.
///
/// A shop on this machine or in a region writes its public address into its sitemap and sends shoppers back to it from
/// the payment page. All that goes to the given address instead, so that the run stays where its owner wants it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    home: Url,
    alias: Option<Origin>,
}

impl Site {
    pub(crate) fn new(url: &Url) -> Self {
        let mut home = url.clone();
        home.set_path("/");
        home.set_query(None);
        home.set_fragment(None);
        Self { home, alias: None }
    }

    pub(crate) fn home(&self) -> &Url {
        &self.home
    }

    /// Says that the shop calls itself so as well.
    pub(crate) fn set_alias(&mut self, url: &Url) {
        self.alias = Some(url.origin()).filter(|origin| *origin != self.home.origin());
    }

    /// A path of the shop.
    pub(crate) fn here_at(&self, path: &str) -> Url {
        let mut here = self.home.clone();
        here.set_path(path);
        here.set_query(None);
        here
    }

    /// The same address, at the place that was given if it is the shop's; without the part behind `#`.
    pub(crate) fn here(&self, mut url: Url) -> Url {
        url.set_fragment(None);
        if self.alias.as_ref() != Some(&url.origin()) {
            return url;
        }
        let mut here = self.here_at(url.path());
        here.set_query(url.query());
        here
    }

    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.home.origin() || self.alias.as_ref() == Some(&url.origin())
    }

    /// Whether a payment page there may be pressed: on this machine, or on the shop's host under another port. The page
    /// of a real bank is nobody's to play with.
    pub(crate) fn is_practice_bank(&self, url: &Url) -> bool {
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let alias_host = match &self.alias {
            Some(Origin::Tuple(_, host, _)) => Some(host.to_string()),
            _ => None,
        };
        is_loopback
            || (url.host_str().is_some()
                && (url.host_str() == self.home.host_str() || url.host_str() == alias_host.as_deref()))
    }

    /// An address for examples: whoever reads the report need not be able to open an order or a payment.
    pub(crate) fn shown(&self, url: &Url) -> String {
        if !self.is_own(url) {
            return format!("{}/…", url.origin().ascii_serialization());
        }
        match url.path().split('/').nth(1) {
            Some("order") => "/order/…".to_owned(),
            Some("pay") => "/pay/…".to_owned(),
            _ => url[url::Position::BeforePath..].chars().take(200).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_shop_is_played_where_it_was_said_to_be() {
        let mut site = Site::new(&url("https://127.0.0.1:8443/some?thing"));
        site.set_alias(&url("https://shop.example/de"));
        for (case, from, want) in [
            (
                "its public address",
                "https://shop.example/product/a%20b?x=1#top",
                "https://127.0.0.1:8443/product/a%20b?x=1",
            ),
            ("as given", "https://127.0.0.1:8443/", "https://127.0.0.1:8443/"),
            ("another port", "http://127.0.0.1:9000/pay", "http://127.0.0.1:9000/pay"),
            ("another host", "https://bank.example/pay", "https://bank.example/pay"),
        ] {
            assert_eq!(site.here(url(from)).as_str(), want, "{case}");
        }
        for (page, may) in [
            ("http://localhost:9000/pay/1", true),
            ("http://[::1]:9000/", true),
            ("https://shop.example:9000/", true),
            ("https://bank.example/pay", false),
            ("https://localhost.example/", false),
        ] {
            assert_eq!(site.is_practice_bank(&url(page)), may, "{page}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let site = Site::new(&url("http://localhost:1/"));
        for (page, want) in [
            ("http://localhost:1/order/secret?new=1", "/order/…"),
            ("http://localhost:1/pay/return/secret", "/pay/…"),
            ("http://localhost:2/pay/secret", "http://localhost:2/…"),
            ("http://localhost:1/search?q=tea", "/search?q=tea"),
        ] {
            assert_eq!(site.shown(&url(page)), want);
        }
    }
}
