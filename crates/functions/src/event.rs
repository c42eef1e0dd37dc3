//! The event that a function is called with (page functions-event-structure, version 1.0).

use crate::fields::Fields;
use crate::headers::Phase;
use crate::request::ViewerRequest;
use crate::response::ViewerResponse;
use http::HeaderMap;
use serde::Serialize;

/// A message's fields as the function gets them; what comes back is compared with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) querystring: Option<Fields>,
    pub(crate) headers: Fields,
    pub(crate) cookies: Fields,
}

impl Sent {
    pub(crate) fn of_request(request: &ViewerRequest<'_>) -> Self {
        Self {
            querystring: Some(Fields::of_query(request.query.unwrap_or_default())),
            headers: Fields::of_headers(request.headers),
            cookies: Fields::of_cookies(request.headers),
        }
    }

    pub(crate) fn of_response(headers: &HeaderMap) -> Self {
        Self { querystring: None, headers: Fields::of_headers(headers), cookies: Fields::of_set_cookies(headers) }
    }
}

#[derive(Serialize)]
struct Event<'e> {
    version: &'static str,
    context: ContextPart<'e>,
    viewer: ViewerPart,
    request: RequestPart<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponsePart<'e>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextPart<'e> {
    distribution_domain_name: &'e str,
    distribution_id: &'e str,
    event_type: &'static str,
    request_id: &'e str,
}

#[derive(Serialize)]
struct ViewerPart {
    ip: String,
}

#[derive(Serialize)]
struct RequestPart<'e> {
    method: &'e str,
    uri: &'e str,
    #[serde(flatten)]
    sent: &'e Sent,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponsePart<'e> {
    status_code: u16,
    status_description: &'e str,
    #[serde(flatten)]
    sent: &'e Sent,
}

/// The event of a viewer request as JSON.
pub(crate) fn of_request(request: &ViewerRequest<'_>, sent: &Sent) -> String {
    event(Phase::Request, request, sent, None)
}

/// The event of a viewer response as JSON.
pub(crate) fn of_response(response: &ViewerResponse<'_>, sent: &Sent) -> String {
    let part = ResponsePart {
        status_code: response.status.as_u16(),
        status_description: response.status.canonical_reason().unwrap_or_default(),
        sent,
    };
    event(Phase::Response, &response.request, &Sent::of_request(&response.request), Some(part))
}

fn event(phase: Phase, request: &ViewerRequest<'_>, sent: &Sent, response: Option<ResponsePart<'_>>) -> String {
    let event = Event {
        version: "1.0",
        context: ContextPart {
            distribution_domain_name: request.ids.distribution_domain_name,
            distribution_id: request.ids.distribution_id,
            event_type: phase.event_type(),
            request_id: request.ids.request_id,
        },
        viewer: ViewerPart { ip: request.viewer_ip.to_string() },
        request: RequestPart { method: request.method.as_str(), uri: request.uri, sent },
        response,
    };
    serde_json::to_string(&event).expect("names are texts and nothing here can fail")
}
