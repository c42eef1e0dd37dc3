//! AWS Signature Version 4, as far as a store needs it: a presigned address (a token for Aurora DSQL), a signed POST (a
//! call of a service with JSON), and any request (the edge's to a function). The rules are those of "Create a signed AWS API request" (AWS IAM user guide).
//!
//! Knows nothing of HTTP clients, the clock or the environment: callers bring credentials, names and the moment. Start
//! at [`presigned`], [`signed_post`] and [`signed_request`].

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::fmt;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What signs.
#[derive(Clone)]
pub struct Credentials {
    /// The id, such as `AKIA…`.
    pub key_id: String,
    /// The secret.
    pub secret: String,
    /// The session that they belong to, where they are those of a role.
    pub session: Option<String>,
}

/// There are no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
pub struct NoCredentials;

impl Credentials {
    /// Those of the environment, as Lambda gives them to a function.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, NoCredentials> {
        let find = |name: &str| env(name).filter(|value| !value.is_empty());
        match (find("AWS_ACCESS_KEY_ID"), find("AWS_SECRET_ACCESS_KEY")) {
            (Some(key_id), Some(secret)) => Ok(Self { key_id, secret, session: find("AWS_SESSION_TOKEN") }),
            _ => Err(NoCredentials),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials ***")
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'e> {
    /// The host, with its port if it is not the usual one.
    pub host: &'e str,
    /// The region, such as `eu-central-1`.
    pub region: &'e str,
    /// The service's signing name, such as `dsql`.
    pub service: &'e str,
}

/// A moment as signatures write it, and what a signature counts for.
struct Scope {
    time: String,
    day: String,
    text: String,
}

impl Scope {
    fn new(endpoint: Endpoint<'_>, now: Timestamp) -> Self {
        let day = now.strftime("%Y%m%d").to_string();
        let text = format!("{day}/{}/{}/aws4_request", endpoint.region, endpoint.service);
        Self { time: now.strftime("%Y%m%dT%H%M%SZ").to_string(), day, text }
    }
}

fn signature(credentials: &Credentials, endpoint: Endpoint<'_>, scope: &Scope, request: &str) -> String {
    let to_sign = format!("{ALGORITHM}\n{}\n{}\n{}", scope.time, scope.text, hash(request.as_bytes()));
    let first = format!("AWS4{}", credentials.secret).into_bytes();
    let parts = [scope.day.as_str(), endpoint.region, endpoint.service, "aws4_request"];
    let mac = |key: &[u8], text: &str| sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec();
    let key = parts.iter().fold(first, |key, part| mac(&key, part));
    hex(&mac(&key, &to_sign))
}

/// The address of a GET of `/` that is good for some seconds, without its scheme: `host/?…`.
pub fn presigned(
    credentials: &Credentials,
    endpoint: Endpoint<'_>,
    parameters: &[(&str, &str)],
    expires_seconds: u32,
    now: Timestamp,
) -> String {
    let scope = Scope::new(endpoint, now);
    let own = [
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", format!("{}/{}", credentials.key_id, scope.text)),
        ("X-Amz-Date", scope.time.clone()),
        ("X-Amz-Expires", expires_seconds.to_string()),
        ("X-Amz-SignedHeaders", "host".to_owned()),
    ];
    let session = credentials.session.iter().map(|session| ("X-Amz-Security-Token", session.clone()));
    let theirs = parameters.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let pairs = own.into_iter().chain(session).chain(theirs);
    let mut pairs: Vec<String> = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(&value))).collect();
    pairs.sort();
    let query = pairs.join("&");
    let host = endpoint.host;
    let request = format!("GET\n/\n{query}\nhost:{host}\n\nhost\n{}", hash(b""));
    let signature = signature(credentials, endpoint, &scope, &request);
    format!("{host}/?{query}&X-Amz-Signature={signature}")
}

/// Headers that a POST of these bytes to `/` carries beside `host`: those that were given, in small letters, and the
/// signature over all.
pub fn signed_post(
    credentials: &Credentials,
    endpoint: Endpoint<'_>,
    headers: &[(&'static str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let asked = Asked { method: "POST", path: "/", query: "", body_hash: &hash(body) };
    signed_request(credentials, endpoint, asked, headers, now)
}

/// A request that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// The path as it is sent, its escapes included.
    pub path: &'a str,
    /// The query as it is sent, without its question mark.
    pub query: &'a str,
    /// SHA-256 of the body, in hexadecimal digits; [`NO_BODY_HASH`] where there is none.
    pub body_hash: &'a str,
}

/// SHA-256 of nothing.
pub const NO_BODY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Headers that a request carries beside `host`: those that were given, in small letters, and the signature over all.
pub fn signed_request(
    credentials: &Credentials,
    endpoint: Endpoint<'_>,
    asked: Asked<'_>,
    headers: &[(&'static str, &str)],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let scope = Scope::new(endpoint, now);
    let mut sent: Vec<(&'static str, String)> =
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    sent.push(("x-amz-date", scope.time.clone()));
    sent.extend(credentials.session.iter().map(|session| ("x-amz-security-token", session.clone())));
    let mut signed = sent.clone();
    signed.push(("host", endpoint.host.to_owned()));
    signed.sort();
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let mut pairs: Vec<String> = asked.query.split('&').filter(|pair| !pair.is_empty()).map(with_equals).collect();
    pairs.sort();
    // Every service but S3 has the path escaped once more.
    let path = asked.path.split('/').map(encoded).collect::<Vec<_>>().join("/");
    let request = format!("{}\n{path}\n{}\n{lines}\n{names}\n{}", asked.method, pairs.join("&"), asked.body_hash);
    let signature = signature(credentials, endpoint, &scope, &request);
    sent.push((
        "authorization",
        format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            credentials.key_id, scope.text
        ),
    ));
    sent
}

/// A name without a value counts as one with an empty value.
fn with_equals(pair: &str) -> String {
    if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") }
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const HOST: &str = "abcdefghijklmnopqrstuvwxyz.dsql.eu-central-1.on.aws";
    const SESSION: &str = "FQoGZXIvYXdz/EXAMPLE+TOKEN==";

    fn credentials(session: Option<&str>) -> Credentials {
        Credentials {
            key_id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session: session.map(str::to_owned),
        }
    }

    fn moment() -> Timestamp {
        "2026-11-29T22:30:00Z".parse().unwrap()
    }

    /// What boto3 1.44.8 gives at the same moment (`generate_db_connect_auth_token` and its sister for `admin`), which
    /// names its parameters in another order.
    #[test]
    fn presigned_addresses_are_those_of_awss_own_library() {
        const BOTO3: [(&str, Option<&str>, &str); 4] = [
            ("DbConnect", None, "ef312194f29d69607889091b63e886ae349eba5712272ea2a60b703e997c981c"),
            ("DbConnectAdmin", None, "829c24bc90ec5d1da4b2c4e0adb96d595bdb8669855bdc19aa925376d7cadd12"),
            ("DbConnect", Some(SESSION), "182abba5e5df87fcf135b404a0c08d286f935a91cd440e6fc1965c4ef462a4e0"),
            ("DbConnectAdmin", Some(SESSION), "c46134d74950757d78bc65882e4278a32e53ce894c759a834364894d70c2971c"),
        ];
        let endpoint = Endpoint { host: HOST, region: "eu-central-1", service: "dsql" };
        for (action, session, signature) in BOTO3 {
            let made = presigned(&credentials(session), endpoint, &[("Action", action)], 900, moment());
            let (host, query) = made.split_once("/?").unwrap();
            assert_eq!(host, HOST);
            let mut want: BTreeSet<String> = [
                format!("Action={action}"),
                "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned(),
                "X-Amz-Credential=AKIDEXAMPLE%2F20261129%2Feu-central-1%2Fdsql%2Faws4_request".to_owned(),
                "X-Amz-Date=20261129T223000Z".to_owned(),
                "X-Amz-Expires=900".to_owned(),
                "X-Amz-SignedHeaders=host".to_owned(),
                format!("X-Amz-Signature={signature}"),
            ]
            .into();
            want.extend(session.map(|_| "X-Amz-Security-Token=FQoGZXIvYXdz%2FEXAMPLE%2BTOKEN%3D%3D".to_owned()));
            assert_eq!(query.split('&').map(str::to_owned).collect::<BTreeSet<_>>(), want, "{action}");
        }
    }

    /// What botocore's own signer gives for the same request at the same moment.
    #[test]
    fn signed_calls_are_those_of_awss_own_library() {
        let endpoint = Endpoint { host: "ssm.eu-central-1.amazonaws.com", region: "eu-central-1", service: "ssm" };
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParametersByPath")];
        for (session, names, signature) in [
            (
                None,
                "content-type;host;x-amz-date;x-amz-target",
                "a3a7c740d4645930ce73348f989c228bf69560f6dea5bbcce2bb8b65c674311a",
            ),
            (
                Some(SESSION),
                "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
                "1005f91af41f1b3920f18caf2a3b1e85a120a99be2196efc38ec6c87d81ba046",
            ),
        ] {
            let sent = signed_post(&credentials(session), endpoint, &headers, br#"{"Path":"/shop/"}"#, moment());
            let find = |name: &str| sent.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            assert_eq!(find("x-amz-date"), Some("20261129T223000Z"));
            assert_eq!(find("x-amz-security-token"), session);
            let scope = "AKIDEXAMPLE/20261129/eu-central-1/ssm/aws4_request";
            let want = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}");
            assert_eq!(find("authorization"), Some(want.as_str()));
        }
    }

    /// What botocore's own signer gives for the same request at the same moment.
    #[test]
    fn requests_to_a_function_are_signed_as_awss_own_library_does() {
        const FORM: &str = "42144f3939c3ffbbf0bf8b1f12affb5c23a4c5bd41e0ff672d54a5754f062058";
        let endpoint =
            Endpoint { host: "abc.lambda-url.eu-central-1.on.aws", region: "eu-central-1", service: "lambda" };
        let page = Asked {
            method: "GET",
            path: "/de/product/gr%C3%BCn-tee",
            query: "page=2&f=colour%3Ared&sort",
            body_hash: NO_BODY_HASH,
        };
        let form = Asked { method: "POST", path: "/basket/lines", query: "", body_hash: FORM };
        for (asked, headers, names, signature) in [
            (page, vec![], "host;x-amz-date", "772ded473028d32c041a4c006b574b362c9673ed134c3390dadca959e5a50068"),
            (
                form,
                vec![("x-amz-content-sha256", FORM)],
                "host;x-amz-content-sha256;x-amz-date",
                "b2ad89562ef9c4b755af068c40bef34d408550e7160f01e92b66398d0250d083",
            ),
        ] {
            let sent = signed_request(&credentials(None), endpoint, asked, &headers, moment());
            let scope = "AKIDEXAMPLE/20261129/eu-central-1/lambda/aws4_request";
            let want = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}");
            assert_eq!(sent.last(), Some(&("authorization", want)), "{}", asked.method);
        }
    }

    #[test]
    fn no_credentials_are_said_so_and_none_are_shown() {
        let variables = |name: &str| (name == "AWS_ACCESS_KEY_ID").then(|| "AKIDEXAMPLE".to_owned());
        assert_eq!(Credentials::from_env(variables).unwrap_err(), NoCredentials);
        assert!(Credentials::from_env(|_| Some(String::new())).is_err());
        assert_eq!(format!("{:?}", credentials(Some(SESSION))), "Credentials ***");
    }
}
