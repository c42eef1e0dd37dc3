//! Viewers and functions that mean harm.

use functions::{Engine, RequestOutcome, RunError};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;

mod common;
use common::{NOW, ask, engine, request};

fn identity() -> Engine {
    engine("function handler(event) { return event.request; }")
}

fn forwarded(engine: &mut Engine, target: &str, headers: &HeaderMap) -> (String, Option<String>, HeaderMap) {
    match engine.on_request(&request(target, headers), NOW).outcome {
        Ok(RequestOutcome::Forward(request)) => (request.uri, request.query, request.headers),
        other => panic!("{target}: {other:?}"),
    }
}

#[test]
fn odd_requests_pass_as_they_came() {
    let mut engine = identity();
    for (case, target, pairs) in [
        ("bytes beyond ASCII", "/a", vec![("x-a", &b"\xff\xfe\xe4"[..]), ("x-b", "ä".as_bytes())]),
        ("tabs", "/a", vec![("x-a", b"a\tb")]),
        ("empty values", "/a", vec![("x-a", b""), ("cookie", b"")]),
        ("cookies that are twice there", "/a", vec![("cookie", b"a=1; a=2; a=1"), ("cookie", b"a=3")]),
        ("cookies without a name", "/a", vec![("cookie", b"=1; b; ;;; c==d=; \xff=\xff")]),
        ("invalid percent-encoding", "/%zz%?a=%&%=b&%ff", vec![]),
        ("unicode", "/ü?q=ü€😀&😀", vec![]),
        ("an endless query", "/?&&&&====&a", vec![]),
        (
            "names of prototypes",
            "/?__proto__=1&constructor=2&toString=3&__proto__=4",
            vec![
                ("cookie", b"__proto__=1; constructor=2; hasOwnProperty=3"),
                ("__proto__", b"1"),
                ("constructor", b"2"),
                ("tostring", b"3"),
            ],
        ),
        ("numbers as names", "/?2=a&1=b&0=c", vec![("2", b"a"), ("1", b"b"), ("cookie", b"2=a; 1=b")]),
        ("quotes and ends of scripts", "/\"'`</script>${1}?a=\"\\u0000", vec![("x-a", b"\"\\\xe2\x80\xa8")]),
    ] {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let (uri, query, got) = forwarded(&mut engine, target, &headers);
        let (path, sent) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.to_owned())));
        assert_eq!(query, sent, "{case}");
        assert_eq!((uri.as_str(), got), (path, headers), "{case}");
    }
}

#[test]
fn large_heads_pass() {
    let mut engine = identity();
    let mut headers = HeaderMap::new();
    for i in 0..100 {
        headers.append(
            HeaderName::from_bytes(format!("x-{i}").as_bytes()).unwrap(),
            HeaderValue::from_str(&"v".repeat(195)).unwrap(),
        );
    }
    let query = (0..2_000).map(|i| format!("k{i}=v")).collect::<Vec<_>>().join("&");
    let target = format!("/a?{}", &query[..8_000]);
    assert_eq!(forwarded(&mut engine, &target, &headers).2, headers);
    let cookies = (0..4_000).map(|i| format!("c{}=1", i % 7)).collect::<Vec<_>>().join("; ");
    let mut headers = HeaderMap::new();
    headers.append("cookie", HeaderValue::from_str(&cookies).unwrap());
    assert_eq!(forwarded(&mut engine, "/", &headers).2, headers);
}

#[test]
fn names_of_prototypes_are_plain_data() {
    let source = "function handler(event) { var r = event.request;
        console.log([r.querystring.__proto__.value, r.headers.__proto__.value, r.cookies.__proto__.value,
            r.headers.constructor.value, ({}).value, ({}).polluted, Object.keys(r.cookies)].join());
        return r; }";
    let pairs = [("__proto__", "h"), ("constructor", "k"), ("cookie", "__proto__=c; polluted=1")];
    let run = ask(&mut engine(source), "/?__proto__=q&polluted=1", &pairs);
    assert_eq!(run.log, "q,h,c,k,,,__proto__,polluted\n");
    // A function that sets one changes an object's prototype, of this call alone.
    let source = "function handler(event) { event.request.cookies['__proto__'] = {value: 'x'};
        console.log(({}).value); return event.request; }";
    let mut engine = engine(source);
    for _ in 0..2 {
        assert_eq!(ask(&mut engine, "/", &[]).log, "undefined\n");
    }
}

#[test]
fn whatever_is_thrown_is_an_error_with_a_text() {
    for (thrown, want) in [
        ("new Error('x')", "Error: x"),
        ("new TypeError()", "TypeError"),
        ("'text'", "text"),
        ("7", "7"),
        ("undefined", "undefined"),
        ("false", "false"),
        ("Symbol('s')", "a value without a text"),
        ("{}", "an object that is no error"),
        ("[]", "an object that is no error"),
        ("{message: 'm'}", "m"),
        ("{name: 1, message: {}}", "an object that is no error"),
        ("{get message() { throw 1; }, name: 'n'}", "n"),
        ("{toString: null, valueOf: null}", "an object that is no error"),
        ("function () { }", "Function"),
        ("Object.create(null)", "an object that is no error"),
        ("'\\ud800'", "a value without a text"),
        ("Promise.reject(1)", "an object that is no error"),
    ] {
        for source in [
            format!("function handler(event) {{ throw {thrown}; }}"),
            format!("async function handler(event) {{ throw {thrown}; }}"),
            format!("function handler(event) {{ return Promise.reject({thrown}); }}"),
            format!("function handler(event) {{ return {{get uri() {{ throw {thrown}; }}}}; }}"),
            format!("throw {thrown};\nfunction handler(event) {{ }}"),
        ] {
            match ask(&mut engine(&source), "/", &[]).outcome {
                Err(error @ RunError::Threw { .. }) => {
                    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
                    let text = error.to_string();
                    let message = text.strip_prefix("the function threw ").unwrap();
                    let is_function = thrown.starts_with("function") && message == "an object that is no error";
                    assert!(message == want || is_function, "{source}: {message}");
                }
                other => panic!("{source}: {other:?}"),
            }
        }
    }
    let long = ask(&mut engine("function handler() { throw new Error('ä'.repeat(100000)); }"), "/", &[]);
    assert!(long.outcome.is_err_and(|error| error.to_string().chars().count() < 1_100));
}

#[test]
fn results_are_data_whatever_they_are_made_of() {
    for (result, is_right) in [
        ("request", true),
        ("Object.create(request)", false),
        ("Object.assign(Object.create(null), request)", true),
        ("{toJSON: function () { return request; }}", true),
        ("new (function Own() { Object.assign(this, request); })()", true),
        ("Promise.resolve(request)", true),
        ("Promise.resolve(Promise.resolve(request))", true),
        ("{then: function (f) { f(request); }}", false),
        ("[request]", false),
        ("Object.freeze(request)", true),
        ("Object.defineProperty(request, 'uri', {enumerable: false})", false),
        ("(function () { request.headers.host = Buffer.from('a'); return request; })()", false),
        ("(function () { request.headers = [request.headers]; return request; })()", false),
        ("(function () { request.querystring = new Date(); return request; })()", false),
    ] {
        let source = format!("function handler(event) {{ var request = event.request; return {result}; }}");
        let outcome = ask(&mut engine(&source), "/", &[("host", "a")]).outcome;
        assert_eq!(outcome.is_ok(), is_right, "{result}: {outcome:?}");
        assert!(is_right || matches!(outcome, Err(RunError::Invalid { .. })), "{result}: {outcome:?}");
    }
}

/// JSON-like values whose names are often those that mean something.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "method",
            "uri",
            "querystring",
            "headers",
            "cookies",
            "statusCode",
            "statusDescription",
            "body",
            "data",
            "encoding",
            "value",
            "multiValue",
            "attributes",
            "host",
            "via",
            "set-cookie",
            "__proto__",
            "a",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    let text = prop_oneof![
        prop::sample::select(vec!["GET", "/", "/a", "text", "base64", "YQ=="]).prop_map(str::to_owned),
        ".{0,9}"
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        (0_i32..700).prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

thread_local! {
    /// Gives back what the header `x-result` says.
    static MIRROR: std::cell::RefCell<[Engine; 2]> = std::cell::RefCell::new([
        engine("function handler(event) { return JSON.parse(event.request.querystring.r.value); }"),
        engine("function handler(event) { return Object.assign(event.response || event.request, JSON.parse(event.request.querystring.r.value)); }"),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_result_is_a_panic(result in json()) {
        let target = format!("/a?r={}", result.to_string().replace('&', " "));
        let headers = common::headers(&[("host", "a"), ("cookie", "a=1")]);
        MIRROR.with_borrow_mut(|mirrors| {
            for mirror in mirrors {
                let request = request(&target, &headers);
                let _ = mirror.on_request(&request, NOW);
                let response = functions::ViewerResponse { request, status: StatusCode::OK, headers: &headers };
                let _ = mirror.on_response(&response, NOW);
            }
        });
    }

    #[test]
    fn no_source_is_a_panic(source in "[a-z(){}\\[\\];,.='`$/\\\\*+?:<>!&|0-9 \n#@\"ü-]{0,80}") {
        let _ = functions::Function::new("test", &format!("{source}\nfunction handler(event) {{ return event.request; }}"));
    }

    #[test]
    fn no_request_is_a_panic_and_none_is_changed(path in "/[^? ]{0,20}", query in "[^# ]{0,40}", value in prop::collection::vec(32_u8..=255, 0..40)) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.append("x-a", value.clone());
            headers.append("cookie", value);
        }
        let target = format!("{path}?{query}");
        let run = identity().on_request(&request(&target, &headers), NOW);
        if let Ok(RequestOutcome::Forward(request)) = run.outcome {
            prop_assert_eq!((request.uri, &request.headers), (path, &headers));
        }
    }
}
