//! Secrets out of AWS Systems Manager's Parameter Store, as variables of the process.
//!
//! The process is started once more with them: whatever reads a variable, in a command too, reads them like any other, and
//! nothing has to know where they came from. That takes a few milliseconds beside the call itself.

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sigv4::{Credentials, Endpoint, signed_post};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::time::Duration;

/// Name of the variable with the path of the parameters.
pub const PARAMETERS: &str = "TRADEWIND_PARAMETERS";
/// Set in the process that has them.
const TAKEN: &str = "TRADEWIND_PARAMETERS_TAKEN";
/// Names another address of the service, for trying out.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_SSM";
/// What a variable's name begins with.
const PREFIX: &str = "TRADEWIND_";
/// Most pages of parameters, ten a page (the service's limit).
const PAGES_MAX: usize = 20;
/// How long a call may take, in milliseconds: a shopper waits for it.
const CALL_MS_MAX: u64 = 5_000;
/// Largest answer, in bytes: ten parameters of 8 KB with what is said of each.
const ANSWER_BYTES_MAX: usize = 256 << 10;

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "Parameters", default)]
    parameters: Vec<Parameter>,
    #[serde(rename = "NextToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Value")]
    value: String,
}

/// Starts the process anew with the parameters as its variables, where a path of parameters is named and they have not
/// been taken yet. Variables that are set already stay as they are.
///
/// # Errors
///
/// They could not be read, or the process could not be started anew; else it comes back only where nothing is to be done.
pub async fn take_parameters() -> anyhow::Result<()> {
    let Ok(path) = std::env::var(PARAMETERS) else { return Ok(()) };
    if path.is_empty() || std::env::var_os(TAKEN).is_some() {
        return Ok(());
    }
    let found = read(&path).await.with_context(|| format!("cannot read the parameters below {path}"))?;
    let program = std::env::current_exe()?;
    #[expect(clippy::disallowed_methods, reason = "the process becomes itself with more variables")]
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1)).env(TAKEN, "1");
    again.envs(found.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()));
    Err(again.exec()).context("cannot start the program anew")
}

/// The variable of a parameter: the last part of its name in capitals.
fn variable(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{PREFIX}{}", last.chars().map(letter).collect::<String>())
}

async fn read(path: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let credentials = Credentials::from_env(|name| std::env::var(name).ok())?;
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    let region = region.context("AWS_REGION is not set")?;
    let base = std::env::var(ENDPOINT).unwrap_or_else(|_| format!("https://ssm.{region}.amazonaws.com"));
    let base = base.trim_end_matches('/');
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    let endpoint = Endpoint { host, region: &region, service: "ssm" };
    let client = reqwest::Client::builder().timeout(Duration::from_millis(CALL_MS_MAX)).build()?;
    let (mut found, mut next) = (BTreeMap::new(), None::<String>);
    for _ in 0..PAGES_MAX {
        let mut asked = json!({ "Path": path, "WithDecryption": true, "MaxResults": 10 });
        if let Some(next) = &next {
            asked["NextToken"] = json!(next);
        }
        let body = serde_json::to_vec(&asked)?;
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParametersByPath")];
        let signed = signed_post(&credentials, endpoint, &headers, &body, Timestamp::now());
        let request = client.post(format!("{base}/")).body(body);
        let request = signed.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send().await.context("Parameter Store does not answer")?;
        let status = answer.status();
        let body = read_within_bounds(answer).await?;
        if !status.is_success() {
            bail!("Parameter Store answers {status}: {}", refusal(&body));
        }
        let page: Page = serde_json::from_slice(&body).context("Parameter Store answers with something else")?;
        found.extend(page.parameters.into_iter().map(|parameter| (variable(&parameter.name), parameter.value)));
        next = page.next;
        if next.is_none() {
            return Ok(found);
        }
    }
    bail!("there are more than {} parameters", PAGES_MAX * 10)
}

/// What is larger is not read to its end.
async fn read_within_bounds(mut answer: reqwest::Response) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.context("the answer of Parameter Store breaks off")? {
        if ANSWER_BYTES_MAX - body.len() < chunk.len() {
            bail!("Parameter Store answers with more than {ANSWER_BYTES_MAX} bytes");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The kind of a refusal, without its text: that may hold what was asked for.
fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    serde_json::from_slice(body).map_or_else(|_| "unknown".to_owned(), |refusal: Refusal| refusal.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body::Frame;
    use http_body_util::StreamBody;

    #[test]
    fn parameters_are_variables_by_the_last_part_of_their_names() {
        for (name, want) in [
            ("/shop/keys", "TRADEWIND_KEYS"),
            ("/a/b/mail-to", "TRADEWIND_MAIL_TO"),
            ("database", "TRADEWIND_DATABASE"),
            ("/shop/edge_secrets", "TRADEWIND_EDGE_SECRETS"),
        ] {
            assert_eq!(variable(name), want, "{name}");
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_read_to_its_end() {
        let whole = http::Response::new(reqwest::Body::from(vec![b'x'; ANSWER_BYTES_MAX]));
        assert_eq!(read_within_bounds(whole.into()).await.unwrap().len(), ANSWER_BYTES_MAX);
        let piece = || Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(&[b'x'; 1_000])));
        let endless = reqwest::Body::wrap(StreamBody::new(futures_util::stream::repeat_with(piece)));
        let refused = read_within_bounds(http::Response::new(endless).into()).await.unwrap_err();
        assert!(refused.to_string().contains("more than 262144 bytes"), "{refused}");
    }

    #[test]
    fn a_refusal_is_told_by_its_kind_alone() {
        let body = br#"{"__type":"AccessDeniedException","message":"arn:aws:ssm:secret"}"#;
        assert_eq!(refusal(body), "AccessDeniedException");
        assert_eq!(refusal(b"<html>"), "unknown");
    }
}
