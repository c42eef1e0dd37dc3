//! Addresses that the store may ask: over TLS, or on this machine.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

/// Longest address, in characters.
pub const ADDRESS_CHARS_MAX: usize = 2_000;

/// The address of a program outside: `https://`, or `http://` where it runs on this machine. Prints without its path and
/// query, since some hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is not an address to ask. None repeats the address, which may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Not an address at all, or longer than [`ADDRESS_CHARS_MAX`].
    #[error("this is no address such as https://prices.example.com/tradewind")]
    Unreadable,
    /// Neither TLS nor this machine: whoever reads along would see what shoppers buy.
    #[error("an address begins with https://; http:// is for this machine alone, such as http://127.0.0.1:9000")]
    Unprotected,
    /// A user or password in front of the host: questions are signed instead.
    #[error("an address has no user or password: questions are signed with the secret")]
    Credentials,
    /// A part behind `#`, which is never sent.
    #[error("an address has no part behind #")]
    Fragment,
}

impl Address {
    /// Reads an address as it stands in the settings.
    ///
    /// ```
    /// use outside::{Address, InvalidAddress};
    /// assert!(Address::parse("https://prices.example.com/tradewind").is_ok());
    /// assert_eq!(Address::parse("http://prices.example.com"), Err(InvalidAddress::Unprotected));
    /// ```
    pub fn parse(raw: &str) -> Result<Self, InvalidAddress> {
        let raw = raw.trim();
        if ADDRESS_CHARS_MAX < raw.chars().count() {
            return Err(InvalidAddress::Unreadable);
        }
        let url = Url::parse(raw).map_err(|_| InvalidAddress::Unreadable)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(InvalidAddress::Unprotected),
            _ => return Err(InvalidAddress::Unreadable),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidAddress::Credentials);
        }
        if url.fragment().is_some() {
            return Err(InvalidAddress::Fragment);
        }
        Ok(Self(url))
    }

    /// Whether it is on this machine, where no proxy stands between.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The same address without its path, for logs: `https://prices.example.com`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ***", self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_and_this_machine_are_asked() {
        use InvalidAddress::{Credentials, Fragment, Unprotected, Unreadable};
        let long = format!("https://a.example/{}", "x".repeat(ADDRESS_CHARS_MAX));
        for (raw, want) in [
            ("https://prices.example.com/tradewind?shop=1", Ok(false)),
            ("  https://prices.example.com ", Ok(false)),
            ("http://127.0.0.1:9000/prices", Ok(true)),
            ("http://127.9.9.9", Ok(true)),
            ("http://[::1]:9000/", Ok(true)),
            ("http://localhost:9000/", Ok(true)),
            ("https://localhost/", Ok(true)),
            ("http://0x7f000001/", Ok(true)),
            ("http://prices.example.com/", Err(Unprotected)),
            ("http://127.0.0.1.example.com/", Err(Unprotected)),
            ("http://localhost.example.com/", Err(Unprotected)),
            ("http://10.0.0.1/", Err(Unprotected)),
            ("http://0.0.0.0/", Err(Unprotected)),
            ("http://169.254.169.254/latest", Err(Unprotected)),
            ("http://127.0.0.1@prices.example.com/", Err(Unprotected)),
            ("https://ann:hush@prices.example.com/", Err(Credentials)),
            ("https://ann@prices.example.com/", Err(Credentials)),
            ("https://prices.example.com/#here", Err(Fragment)),
            ("ftp://127.0.0.1/", Err(Unreadable)),
            ("file:///etc/passwd", Err(Unreadable)),
            ("prices.example.com", Err(Unreadable)),
            ("https://", Err(Unreadable)),
            ("", Err(Unreadable)),
            (&long, Err(Unreadable)),
        ] {
            assert_eq!(Address::parse(raw).map(|address| address.is_loopback()), want, "{raw}");
        }
    }

    #[test]
    fn what_may_be_secret_in_an_address_is_not_printed() {
        let address = Address::parse("https://prices.example.com:8443/hooks/hush?token=hush").unwrap();
        assert_eq!(address.to_string(), "https://prices.example.com:8443");
        assert!(!format!("{address:?}").contains("hush"), "{address:?}");
    }
}
