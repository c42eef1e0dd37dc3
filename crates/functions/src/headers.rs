//! Which headers a function sees, and which it may write (page edge-function-restrictions-all).

/// Never seen and never written; `*` ends the start of a name.
const DISALLOWED: &[&str] = &[
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "upgrade",
    "x-accel-buffering",
    "x-accel-charset",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-amz-cf-*",
    "x-amzn-auth",
    "x-amzn-cf-billing",
    "x-amzn-cf-id",
    "x-amzn-cf-xff",
    "x-amzn-errortype",
    "x-amzn-fle-profile",
    "x-amzn-header-count",
    "x-amzn-header-order",
    "x-amzn-lambda-integration-tag",
    "x-amzn-requestid",
    "x-cache",
    "x-edge-*",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Which event a function runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Request,
    Response,
}

impl Phase {
    /// What `event.context.eventType` says.
    pub(crate) fn event_type(self) -> &'static str {
        match self {
            Self::Request => "viewer-request",
            Self::Response => "viewer-response",
        }
    }

    /// Read, but not added, changed or taken away. `content-length`, `content-encoding` and `transfer-encoding` of a
    /// viewer response are read-only for Lambda@Edge alone: a function that replaces the body must mend them.
    pub(crate) fn is_read_only(self, name: &str) -> bool {
        match self {
            Self::Request => matches!(name, "cdn-loop" | "content-length" | "host" | "transfer-encoding" | "via"),
            Self::Response => matches!(name, "via" | "warning"),
        }
    }
}

/// Whether functions neither see nor write a header (its name in lower case).
pub(crate) fn is_disallowed(name: &str) -> bool {
    // Asked for every header of every event: most begin with another letter than any of these.
    if !matches!(name.as_bytes().first(), Some(b'c' | b'e' | b'k' | b'p' | b't' | b'u' | b'x')) {
        return false;
    }
    DISALLOWED.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}
