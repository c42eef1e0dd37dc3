//! Events in, outcomes out, and what is refused on the way.

use functions::{RequestOutcome, ResponseOutcome, Run, RunError};
use http::{HeaderMap, StatusCode};

mod common;
use common::{answer, ask, engine};

type Pairs = &'static [(&'static str, &'static str)];

const HEADERS: Pairs = &[
    ("host", "shop.example"),
    ("accept", "text/html"),
    ("accept", "text/plain"),
    ("x-forwarded-proto", "https"),
    ("cookie", "a=1; b=2"),
    ("cookie", "a=3"),
];

fn handler(body: &str) -> String {
    format!("function handler(event) {{ var request = event.request, response = event.response; {body} }}")
}

/// `name: value` lines in order of names.
fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))).collect();
    lines.sort();
    lines
}

fn on_request(body: &str) -> Run<RequestOutcome> {
    ask(&mut engine(&handler(body)), "/a?x=1&y=%C3%BC&x=2", HEADERS)
}

fn on_response(body: &str) -> Run<ResponseOutcome> {
    let headers: Pairs = &[
        ("content-type", "text/html"),
        ("via", "1.1 x"),
        ("x-cache", "Hit"),
        ("set-cookie", "s=1; Path=/; Secure"),
        ("set-cookie", "t=2"),
    ];
    answer(&mut engine(&handler(body)), 200, headers)
}

#[test]
fn an_event_has_cloudfronts_shape() {
    let log = on_request("console.log(event); return request;").log;
    assert_eq!(
        log,
        concat!(
            r#"{"version":"1.0","context":{"distributionDomainName":"d1.cloudfront.net","distributionId":"E1","#,
            r#""eventType":"viewer-request","requestId":"r1"},"viewer":{"ip":"127.0.0.1"},"#,
            r#""request":{"method":"GET","uri":"/a","querystring":{"x":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]},"#,
            r#""y":{"value":"%C3%BC"}},"headers":{"host":{"value":"shop.example"},"accept":{"value":"text/html","#,
            r#""multiValue":[{"value":"text/html"},{"value":"text/plain"}]}},"cookies":{"a":{"value":"1","#,
            r#""multiValue":[{"value":"1"},{"value":"3"}]},"b":{"value":"2"}}}}"#,
            "\n"
        )
    );
    let log = on_response(
        "console.log(event.response); console.log(event.context.eventType); console.log(request.uri); return response;",
    )
    .log;
    assert_eq!(
        log,
        concat!(
            r#"{"statusCode":200,"statusDescription":"OK","headers":{"content-type":{"value":"text/html"},"via":{"value":"1.1 x"}},"#,
            r#""cookies":{"s":{"value":"1","attributes":"Path=/; Secure"},"t":{"value":"2","attributes":""}}}"#,
            "\nviewer-response\n/a\n"
        )
    );
}

#[test]
fn raw_query_strings_are_those_that_were_sent() {
    for (target, want) in [("/a", "undefined"), ("/a?", ""), ("/a?&&b=%zz&b", "&&b=%zz&b")] {
        let mut engine = engine(&handler("console.log(request.rawQueryString()); return request;"));
        let run = ask(&mut engine, target, &[]);
        assert_eq!(run.log, format!("{want}\n"), "{target}");
        let Ok(RequestOutcome::Forward(request)) = run.outcome else { panic!("{target}") };
        assert_eq!(request.query.as_deref(), target.split_once('?').map(|(_, query)| query), "{target}");
    }
}

#[test]
fn requests_go_on_with_what_the_function_changed() {
    for (case, body, want) in [
        (
            "nothing",
            "",
            "/a ?x=1&y=%C3%BC&x=2 accept: text/html|accept: text/plain|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "path",
            "request.uri = '/b/c';",
            "/b/c ?x=1&y=%C3%BC&x=2 accept: text/html|accept: text/plain|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "query",
            "delete request.querystring.x; request.querystring.z = {value: '3'};",
            "/a ?y=%C3%BC&z=3 accept: text/html|accept: text/plain|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "first of several",
            "request.querystring.x.value = '9'; request.headers.accept.value = 'x';",
            "/a ?x=9&x=2&y=%C3%BC accept: text/plain|accept: x|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "several",
            "request.headers.accept.multiValue.pop(); request.headers.accept.value = 'x';",
            "/a ?x=1&y=%C3%BC&x=2 accept: text/html|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "nothing left",
            "request.querystring = {}; request.cookies = {}; delete request.headers.accept;",
            "/a - host: shop.example|x-forwarded-proto: https",
        ),
        (
            "a cookie",
            "request.cookies.b.value = '4'; request.cookies.c = {value: '5'};",
            "/a ?x=1&y=%C3%BC&x=2 accept: text/html|accept: text/plain|cookie: a=1; a=3; b=4; c=5|host: shop.example|x-forwarded-proto: https",
        ),
        (
            "a header",
            "request.headers['x-new'] = {value: 'ü'};",
            "/a ?x=1&y=%C3%BC&x=2 accept: text/html|accept: text/plain|cookie: a=1; b=2|cookie: a=3|host: shop.example|x-forwarded-proto: https|x-new: ü",
        ),
    ] {
        let run = on_request(&format!("{body} return request;"));
        let request = match run.outcome {
            Ok(RequestOutcome::Forward(request)) => request,
            other => panic!("{case}: {other:?}"),
        };
        let query = request.query.map_or("-".to_owned(), |query| format!("?{query}"));
        assert_eq!(format!("{} {query} {}", request.uri, lines(&request.headers).join("|")), want, "{case}");
    }
}

#[test]
fn functions_answer_themselves() {
    let body =
        "return {statusCode: 404, statusDescription: 'Gone away', headers: {'content-type': {value: 'text/plain'},
        'link': {value: 'a', multiValue: [{value: 'a'}, {value: 'b'}]}},
        cookies: {s: {value: '1', attributes: 'Secure'}, t: {value: '2'}}, body: 'ü'};";
    let Ok(RequestOutcome::Respond(answer)) = on_request(body).outcome else { panic!() };
    assert_eq!((answer.status, answer.description.as_deref()), (StatusCode::NOT_FOUND, Some("Gone away")));
    assert_eq!(
        lines(&answer.headers),
        ["content-type: text/plain", "link: a", "link: b", "set-cookie: s=1; Secure", "set-cookie: t=2"]
    );
    assert_eq!(answer.body, "ü".as_bytes());
    let Ok(RequestOutcome::Respond(answer)) = on_request("return {statusCode: 204};").outcome else { panic!() };
    assert!(answer.body.is_empty() && answer.headers.is_empty() && answer.description.is_none());
}

#[test]
fn answers_go_on_with_what_the_function_changed() {
    let all = "content-type: text/html|set-cookie: s=1; Path=/; Secure|set-cookie: t=2|via: 1.1 x|x-cache: Hit";
    for (case, body, status, headers, want) in [
        ("nothing", "", 200, all, None),
        (
            "status and body",
            "response.statusCode = 302; response.body = {encoding: 'base64', data: 'YQ=='};",
            302,
            all,
            Some("a"),
        ),
        ("no body", "response.body = '';", 200, all, Some("")),
        ("text", "response.body = {encoding: 'text', data: 'b'};", 200, all, Some("b")),
        (
            "headers and cookies",
            "response.headers = {via: response.headers.via, 'x-a': {value: '1'}, 'content-length': {value: '1'}}; response.cookies.t.attributes = 'Path=/'; delete response.cookies.s;",
            200,
            "content-length: 1|set-cookie: t=2; Path=/|via: 1.1 x|x-a: 1|x-cache: Hit",
            None,
        ),
    ] {
        let outcome =
            on_response(&format!("{body} return response;")).outcome.unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(
            (outcome.status.as_u16(), lines(&outcome.headers).join("|")),
            (status, headers.to_owned()),
            "{case}"
        );
        assert_eq!(outcome.body.as_deref(), want.map(str::as_bytes), "{case}");
    }
}

#[test]
fn answers_of_400_and_more_pass_by() {
    let mut engine = engine(&handler("throw new Error('not called');"));
    let outcome = answer(&mut engine, 404, &[("x-a", "1")]).outcome.unwrap();
    assert_eq!((outcome.status, lines(&outcome.headers)), (StatusCode::NOT_FOUND, vec!["x-a: 1".to_owned()]));
    assert!(answer(&mut engine, 399, &[]).outcome.is_err());
}

#[test]
fn what_is_no_request_is_refused_by_field() {
    for (body, at) in [
        ("", "the result"),
        ("return null;", "the result"),
        ("return 'x';", "the result"),
        ("return [];", "the result"),
        ("return function () { };", "the result"),
        ("return event;", "request.method"),
        ("return {};", "request.method"),
        ("request.method = 'POST'; return request;", "request.method"),
        ("request.method = 1; return request;", "request.method"),
        ("delete request.uri; return request;", "request.uri"),
        ("request.uri = 1; return request;", "request.uri"),
        ("request.uri = ''; return request;", "request.uri"),
        ("request.uri = 'b'; return request;", "request.uri"),
        ("request.uri = 'https://evil.example/'; return request;", "request.uri"),
        ("request.uri = '/a b'; return request;", "request.uri"),
        ("request.uri = '/a?b=c'; return request;", "request.uri"),
        ("request.uri = '/a#b'; return request;", "request.uri"),
        ("request.uri = '/a\\r\\nb'; return request;", "request.uri"),
        ("request.uri = '/' + 'a'.repeat(8192); return request;", "request.uri"),
        ("delete request.querystring; return request;", "request.querystring"),
        ("request.querystring = 'a=b'; return request;", "request.querystring"),
        ("request.querystring.z = 'a'; return request;", r#"request.querystring["z"]"#),
        ("request.querystring.z = {value: 1}; return request;", r#"request.querystring["z"].value"#),
        ("request.querystring.z = {value: 'a b'}; return request;", "request.querystring"),
        ("request.querystring['z#'] = {value: 'a'}; return request;", "request.querystring"),
        (
            "request.querystring.z = {value: 'a', multiValue: 'a'}; return request;",
            r#"request.querystring["z"].multiValue"#,
        ),
        (
            "request.querystring.z = {value: 'a', multiValue: [1]}; return request;",
            r#"request.querystring["z"].multiValue"#,
        ),
        ("request.headers[''] = {value: 'a'}; return request;", r#"request.headers[""]"#),
        ("delete request.headers; return request;", "request.headers"),
        ("request.headers = {}; return request;", "request.headers"),
        ("delete request.headers.host; return request;", "request.headers"),
        ("request.headers.host.value = 'evil.example'; return request;", r#"request.headers["host"]"#),
        ("request.headers.via = {value: 'x'}; return request;", r#"request.headers["via"]"#),
        ("request.headers['content-length'] = {value: '1'}; return request;", r#"request.headers["content-length"]"#),
        ("request.headers['cdn-loop'] = {value: 'x'}; return request;", r#"request.headers["cdn-loop"]"#),
        ("request.headers.connection = {value: 'close'}; return request;", r#"request.headers["connection"]"#),
        (
            "request.headers['x-forwarded-proto'] = {value: 'x'}; return request;",
            r#"request.headers["x-forwarded-proto"]"#,
        ),
        ("request.headers['x-amz-cf-a'] = {value: 'x'}; return request;", r#"request.headers["x-amz-cf-a"]"#),
        ("request.headers['x-edge-a'] = {value: 'x'}; return request;", r#"request.headers["x-edge-a"]"#),
        (
            "request.headers['x-amzn-requestid'] = {value: 'x'}; return request;",
            r#"request.headers["x-amzn-requestid"]"#,
        ),
        ("request.headers['X-A'] = {value: 'x'}; return request;", r#"request.headers["X-A"]"#),
        ("request.headers['x a'] = {value: 'x'}; return request;", r#"request.headers["x a"]"#),
        ("request.headers.cookie = {value: 'x'}; return request;", r#"request.headers["cookie"]"#),
        ("request.headers['x-a'] = {value: 'x\\r\\ny: z'}; return request;", r#"request.headers["x-a"]"#),
        ("request.headers['x-a'] = {value: 'x'.repeat(20480)}; return request;", "request.headers"),
        ("request.headers['x-a'] = null; return request;", r#"request.headers["x-a"]"#),
        ("request.cookies.c = {value: 'a\\nb'}; return request;", "request.cookies"),
        ("delete request.cookies; return request;", "request.cookies"),
        ("request.self = request; return request;", "the result"),
        ("request.uri = '/\\ud800'; return request;", "the result"),
        ("var o = request; for (var i = 0; i < 200; i++) { o.o = {}; o = o.o; } return request;", "the result"),
    ] {
        let outcome = on_request(body).outcome;
        match &outcome {
            Err(error @ RunError::Invalid { at: got, .. }) => {
                assert_eq!(got, at, "{body}: {error}");
                assert_eq!(error.status(), StatusCode::BAD_GATEWAY, "{body}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn what_is_no_answer_is_refused_by_field() {
    for (change, at) in [
        ("response.statusCode = '200'", "response.statusCode"),
        ("response.statusCode = 200.5", "response.statusCode"),
        ("response.statusCode = 199", "response.statusCode"),
        ("response.statusCode = 600", "response.statusCode"),
        ("response.statusCode = 1e300", "response.statusCode"),
        ("response.statusCode = NaN", "response.statusCode"),
        ("delete response.statusCode", "response.statusCode"),
        ("response.statusDescription = 1", "response.statusDescription"),
        ("response.statusDescription = 'a\\nb'", "response.statusDescription"),
        ("response.headers.via.value = 'x'", r#"response.headers["via"]"#),
        ("delete response.headers.via", "response.headers"),
        ("response.headers.warning = {value: 'x'}", r#"response.headers["warning"]"#),
        ("response.headers['x-cache'] = {value: 'x'}", r#"response.headers["x-cache"]"#),
        ("response.headers['set-cookie'] = {value: 'x'}", r#"response.headers["set-cookie"]"#),
        ("delete response.headers", "response.headers"),
        ("response.cookies.s.attributes = 1", r#"response.cookies["s"].attributes"#),
        ("response.cookies.s.value = 'a\\nb'", r#"response.cookies["s"]"#),
        ("response.body = 1", "response.body"),
        ("response.body = {data: 'a'}", "response.body.encoding"),
        ("response.body = {encoding: 'text'}", "response.body.data"),
        ("response.body = {encoding: 'gzip', data: 'a'}", "response.body.encoding"),
        ("response.body = {encoding: 'base64', data: '*'}", "response.body.data"),
        ("response.body = 'x'.repeat(40961)", "response.body"),
    ] {
        let outcome = on_response(&format!("{change}; return response;")).outcome;
        assert!(matches!(&outcome, Err(RunError::Invalid { at: got, .. }) if got == at), "{change}: {outcome:?}");
    }
}
