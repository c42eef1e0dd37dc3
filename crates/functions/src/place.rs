//! Where a function runs, and for which distribution.

use serde_json::json;

/// The distribution and the request, as a function sees them in `event.context`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids<'r> {
    /// Such as `d111111abcdef8.cloudfront.net`.
    pub distribution_domain_name: &'r str,
    /// Such as `EDFDVBD6EXAMPLE`.
    pub distribution_id: &'r str,
    /// Of this request alone.
    pub request_id: &'r str,
}

/// What `cf.edgeLocation` says. CloudFront gives it to viewer requests only; here viewer responses read it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeLocation {
    /// The three letters of the airport nearby (IATA).
    pub name: String,
    /// The address that the viewer is connected to.
    pub server_ip: String,
    /// The regional edge cache behind it.
    pub region: String,
}

impl EdgeLocation {
    pub(crate) fn to_json(&self) -> String {
        json!({ "name": self.name, "serverIp": self.server_ip, "region": self.region }).to_string()
    }
}

impl Default for EdgeLocation {
    /// A machine at home.
    fn default() -> Self {
        Self { name: "LOC".to_owned(), server_ip: "127.0.0.1".to_owned(), region: "local".to_owned() }
    }
}
