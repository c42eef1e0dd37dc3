//! Where a viewer request's function sends the request.

use crate::json::Json;
use http::StatusCode;

/// Name-value pairs that `customHeaders` may hold here.
const CUSTOM_HEADERS_MAX: usize = 30;

/// An origin that the function chose. The last call counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `cf.selectRequestOriginById(id)`: another origin of the distribution.
    Selected {
        /// Its id.
        id: String,
    },
    /// `cf.updateRequestOrigin({…})`: the assigned origin with changes. `None` keeps what it has.
    Updated {
        /// Host name.
        domain_name: Option<String>,
        /// Path before every request's own.
        origin_path: Option<String>,
        /// Headers that the origin gets.
        custom_headers: Option<Vec<(String, String)>>,
        /// Names of settings that are there as well and that this crate does not read: `timeouts`, `originShield` …
        others: Vec<String>,
    },
    /// `cf.createRequestOriginGroup({…})`: a first origin, and a second one for when it fails.
    Group {
        /// Ids of the two.
        ids: [String; 2],
        /// Answers of the first after which the second is asked.
        status_codes: Vec<StatusCode>,
        /// Whether `selectionCriteria` is `media-quality-score`.
        by_media_quality: bool,
    },
}

/// What is wrong with an argument.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub(crate) struct InvalidOrigin {
    field: &'static str,
    problem: &'static str,
}

impl Origin {
    /// Reads the argument of one of the three methods.
    pub(crate) fn parse(kind: &str, argument: &str) -> Result<Self, InvalidOrigin> {
        let argument =
            Json::parse(argument).map_err(|_| InvalidOrigin { field: "the argument", problem: "is no JSON" })?;
        match kind {
            "select" => match argument {
                Json::Text(id) if !id.is_empty() => Ok(Self::Selected { id }),
                _ => Err(InvalidOrigin { field: "originId", problem: "must be a string" }),
            },
            "update" => updated(&argument),
            _ => group(&argument),
        }
    }
}

fn updated(argument: &Json) -> Result<Origin, InvalidOrigin> {
    let Json::Object(members) = argument else {
        return Err(InvalidOrigin { field: "the argument", problem: "must be an object" });
    };
    let text = |field| match argument.member(field) {
        None => Ok(None),
        Some(Json::Text(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(InvalidOrigin { field, problem: "must be a string" }),
    };
    let domain_name = text("domainName")?;
    let origin_path = text("originPath")?;
    if origin_path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        return Err(InvalidOrigin { field: "originPath", problem: "must begin with /" });
    }
    let custom_headers = argument.member("customHeaders").map(custom_headers).transpose()?;
    let read = ["domainName", "originPath", "customHeaders"];
    let others = members.iter().map(|(name, _)| name).filter(|name| !read.contains(&name.as_str()));
    Ok(Origin::Updated { domain_name, origin_path, custom_headers, others: others.cloned().collect() })
}

fn custom_headers(headers: &Json) -> Result<Vec<(String, String)>, InvalidOrigin> {
    let invalid = |problem| InvalidOrigin { field: "customHeaders", problem };
    let Json::Object(headers) = headers else { return Err(invalid("must be an object")) };
    if CUSTOM_HEADERS_MAX < headers.len() {
        return Err(invalid("has too many headers"));
    }
    let pair = |(name, value): &(String, Json)| match value {
        Json::Text(value) => Ok((name.clone(), value.clone())),
        _ => Err(invalid("must hold strings")),
    };
    headers.iter().map(pair).collect()
}

fn group(argument: &Json) -> Result<Origin, InvalidOrigin> {
    let ids = match argument.member("originIds") {
        Some(Json::List(ids)) => ids.as_slice(),
        _ => &[],
    };
    let ids = match ids {
        [Json::Text(first), Json::Text(second)] if first != second => [first.clone(), second.clone()],
        _ => return Err(InvalidOrigin { field: "originIds", problem: "must be an array of two ids" }),
    };
    let codes = match argument.member("failoverCriteria").and_then(|criteria| criteria.member("statusCodes")) {
        Some(Json::List(codes)) if !codes.is_empty() => codes.as_slice(),
        _ => {
            return Err(InvalidOrigin {
                field: "failoverCriteria.statusCodes",
                problem: "must be an array of numbers",
            });
        }
    };
    let code = |code: &Json| match code {
        Json::Whole(code) => u16::try_from(*code).ok().and_then(|code| StatusCode::from_u16(code).ok()),
        _ => None,
    };
    let status_codes: Option<Vec<StatusCode>> = codes.iter().map(code).collect();
    let status_codes = status_codes
        .ok_or(InvalidOrigin { field: "failoverCriteria.statusCodes", problem: "must hold HTTP status codes" })?;
    let by_media_quality = match argument.member("selectionCriteria") {
        None => false,
        Some(Json::Text(by)) if by == "default" => false,
        Some(Json::Text(by)) if by == "media-quality-score" => true,
        Some(_) => {
            return Err(InvalidOrigin { field: "selectionCriteria", problem: "is default or media-quality-score" });
        }
    };
    Ok(Origin::Group { ids, status_codes, by_media_quality })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused_by_name() {
        for (kind, argument, field) in [
            ("select", "\"b\"", None),
            ("select", "\"\"", Some("originId")),
            ("select", "null", Some("originId")),
            ("update", "{}", None),
            ("update", r#"{"domainName":"a.example","originPath":"/x","timeouts":{"readTimeout":3}}"#, None),
            ("update", "7", Some("the argument")),
            ("update", r#"{"domainName":7}"#, Some("domainName")),
            ("update", r#"{"originPath":"x"}"#, Some("originPath")),
            ("update", r#"{"customHeaders":{"x-a":"1"}}"#, None),
            ("update", r#"{"customHeaders":{"x-a":1}}"#, Some("customHeaders")),
            ("group", r#"{"originIds":["a","b"],"failoverCriteria":{"statusCodes":[500]}}"#, None),
            ("group", r#"{"originIds":["a"],"failoverCriteria":{"statusCodes":[500]}}"#, Some("originIds")),
            ("group", r#"{"originIds":["a","b"]}"#, Some("failoverCriteria.statusCodes")),
            (
                "group",
                r#"{"originIds":["a","b"],"failoverCriteria":{"statusCodes":[99]}}"#,
                Some("failoverCriteria.statusCodes"),
            ),
        ] {
            let got = Origin::parse(kind, argument).err().map(|error| error.field);
            assert_eq!(got, field, "{kind} {argument}");
        }
    }
}
