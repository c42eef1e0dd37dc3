//! The calls that a deployment makes: a function, its URL, its settings, events. As the AWS command line makes them,
//! over the service's own address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// The function of a region.
pub(crate) const FUNCTION: &str = "shop";
/// How long a call may take: a package of 50 MB is unpacked within it.
const CALL_WAIT: Duration = Duration::from_secs(60);

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service did not answer.
    #[error("the function service does not answer")]
    Unreachable(#[from] reqwest::Error),
    /// It refused, in its own words.
    #[error("the function service refuses: {0}")]
    Refused(String),
}

/// Calls the function service.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(crate) fn new(service: SocketAddr) -> Result<Self, CallError> {
        let http = reqwest::Client::builder().timeout(CALL_WAIT).no_proxy().build()?;
        Ok(Self { http, base: format!("http://{service}") })
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, CallError> {
        let request = self.http.request(method, format!("{}{path}", self.base)).json(body);
        let answer = request.send().await?;
        let (is_done, body) = (answer.status().is_success(), answer.bytes().await?);
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if is_done {
            return Ok(body);
        }
        let words = ["Message", "message"].iter().find_map(|name| body[*name].as_str());
        Err(CallError::Refused(words.map_or_else(|| body.to_string(), str::to_owned)))
    }

    /// Makes the function.
    pub(crate) async fn create(&self, package: &[u8], memory_mb: u32, timeout_seconds: u32) -> Result<(), CallError> {
        let function = json!({
            "FunctionName": FUNCTION,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": "arn:aws:iam::123456789012:role/shop",
            "Code": { "ZipFile": BASE64.encode(package) },
            "MemorySize": memory_mb,
            "Timeout": timeout_seconds,
        });
        self.call(Method::POST, "/2015-03-31/functions", &function).await.map(drop)
    }

    /// Gives the function an address of its own, without its slash at the end.
    pub(crate) async fn create_url(&self, streams: bool, signed_only: bool) -> Result<String, CallError> {
        let mode = if streams { "RESPONSE_STREAM" } else { "BUFFERED" };
        let who = if signed_only { "AWS_IAM" } else { "NONE" };
        let path = format!("/2021-10-31/functions/{FUNCTION}/url");
        let made = self.call(Method::POST, &path, &json!({ "AuthType": who, "InvokeMode": mode })).await?;
        let url = made["FunctionUrl"].as_str().ok_or_else(|| CallError::Refused(made.to_string()))?;
        Ok(url.trim_end_matches('/').to_owned())
    }

    /// Sets how many requests the function takes at once.
    pub(crate) async fn reserve(&self, concurrency: u32) -> Result<(), CallError> {
        let path = format!("/2017-10-31/functions/{FUNCTION}/concurrency");
        self.call(Method::PUT, &path, &json!({ "ReservedConcurrentExecutions": concurrency })).await.map(drop)
    }

    /// Sets the function's variables.
    pub(crate) async fn set_variables(&self, variables: &BTreeMap<String, String>) -> Result<(), CallError> {
        let settings = json!({ "Environment": { "Variables": variables } });
        self.call(Method::PUT, &format!("/2015-03-31/functions/{FUNCTION}/configuration"), &settings).await.map(drop)
    }

    /// Hands the function an event that nobody waits for.
    pub(crate) async fn send(&self, event: &Value) -> Result<(), CallError> {
        let url = format!("{}/2015-03-31/functions/{FUNCTION}/invocations", self.base);
        let sent = self.http.post(url).header("x-amz-invocation-type", "Event").json(event).send().await?;
        if sent.status().is_success() { Ok(()) } else { Err(CallError::Refused(sent.status().to_string())) }
    }
}
