//! The store's own function in the engine. `oracle.rs` runs the same cases in njs.

use functions::{Engine, Function, RequestOutcome, SOURCE_BYTES_MAX, ViewerRequest};
use http::{HeaderValue, Method};
use std::borrow::Cow;

mod common;
mod store_cases;

fn text(value: Option<&HeaderValue>) -> Cow<'_, str> {
    value.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default()
}

/// `status location`, or `target [cookies]`.
fn summary(outcome: &RequestOutcome) -> String {
    match outcome {
        RequestOutcome::Respond(answer) => {
            format!("{} {}", answer.status.as_u16(), text(answer.headers.get("location")))
        }
        RequestOutcome::Forward(request) => {
            let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{}{query} [{}]", request.uri, text(request.headers.get("cookie")))
        }
    }
}

#[test]
fn the_store_function_does_what_its_table_says() {
    let function = Function::new("viewer-request", store_cases::SOURCE).unwrap();
    for case in store_cases::ALL {
        let engine = Engine::new(function.clone()).with_key_values(common::store(case.store));
        let mut engine = engine.with_bounds(common::PATIENT);
        let headers = common::headers(case.headers);
        let method: Method = case.method.parse().unwrap();
        let request = ViewerRequest { method: &method, ..common::request(case.target, &headers) };
        let run = engine.on_request(&request, common::NOW);
        let outcome = run.outcome.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(summary(&outcome), case.want, "{}", case.name);
        assert_eq!(run.log, "", "{}", case.name);
        if let RequestOutcome::Respond(answer) = outcome {
            let is_permanent = answer.status == 301;
            let control = if is_permanent { "public, max-age=3600" } else { "private, no-store" };
            assert_eq!(answer.headers["cache-control"], control, "{}", case.name);
        }
    }
}

#[test]
fn without_a_key_value_store_nothing_moves() {
    let mut engine = common::engine(store_cases::SOURCE);
    let outcome = common::ask(&mut engine, "/a?gclid=1", &[("host", "any.example")]).outcome.unwrap();
    assert_eq!(summary(&outcome), "/a []");
}

#[test]
fn the_store_function_is_small() {
    assert!(store_cases::SOURCE.len() < SOURCE_BYTES_MAX / 3, "{} bytes", store_cases::SOURCE.len());
}
