//! Requests in every shape, the schedule, uploads, commands, and what is none of them.

use crate::emulator::Emulator;
use serde_json::{Value, json};

const HOST: &str = "shop.example";

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

#[test]
fn one_page_is_the_same_from_every_front() {
    let store = Emulator::start(&[]);
    let url = store.request("GET", "/", json!({ "host": HOST }), "");
    let rest = store.invoke(&json!({
        "resource": "/{proxy+}", "path": "/", "httpMethod": "GET",
        "headers": { "host": HOST }, "multiValueHeaders": { "host": [HOST] },
        "requestContext": { "stage": "$default", "httpMethod": "GET", "path": "/", "identity": { "sourceIp": "192.0.2.1" } },
        "isBase64Encoded": false,
    }));
    let balancer = store.invoke(&json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/t/1" } },
        "httpMethod": "GET", "path": "/", "queryStringParameters": {},
        "headers": { "host": HOST }, "body": "", "isBase64Encoded": false,
    }));
    for (front, answer) in [("URL", &url), ("REST", &rest), ("load balancer", &balancer)] {
        assert_eq!(answer["statusCode"], 200, "{front}: {answer}");
        assert_eq!(text(answer, "/body"), text(&url, "/body"), "{front}");
        assert!(text(answer, "/body").contains("</html>"), "{front}");
    }
    assert!(text(&url, "/headers/cache-tag").starts_with("store,"));
    assert_eq!(text(&balancer, "/statusDescription"), "200 OK");
}

#[test]
fn forms_cookies_and_packed_bodies_pass() {
    let store = Emulator::start(&[]);
    let page = store.request("GET", "/search?q=mug", json!({ "host": HOST }), "");
    let product = text(&page, "/body").split("/product/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let page = store.request("GET", &format!("/product/{product}"), json!({ "host": HOST }), "");
    assert_eq!(page["statusCode"], 200, "{page}");

    let packed = store.request("GET", "/", json!({ "host": HOST, "accept-encoding": "br" }), "");
    assert_eq!((text(&packed, "/headers/content-encoding"), &packed["isBase64Encoded"]), ("br", &json!(true)));

    let form =
        json!({ "host": HOST, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" });
    let added = store.request("POST", "/basket/lines", form, &format!("product={product}&quantity=1"));
    assert!((300..500).contains(&added["statusCode"].as_u64().unwrap()), "{added}");

    let foreign = json!({ "host": HOST, "sec-fetch-site": "cross-site" });
    let refused = store.request("POST", "/basket/lines", foreign, "product=x");
    assert_eq!(refused["statusCode"], 403, "{refused}");
}

#[test]
fn commands_run_by_invoking() {
    let store = Emulator::start(&[]);
    let run = |words: &[&str]| store.invoke(&json!({ "command": words }));
    let doctor = run(&["doctor", "--json"]);
    assert_eq!(doctor["exit"], 0, "{doctor}");
    let found: Value = serde_json::from_str(text(&doctor, "/stdout")).unwrap();
    assert_eq!(found["healthy"], true);

    for (words, exit, says) in [
        (&["migrate", "--yes"][..], 0, "nothing is to be done"),
        (&["serve"], 2, "not in a function"),
        (&["new", "/tmp/other"], 2, "not in a function"),
        (&["keys", "rotate"], 2, "nobody is there to ask"),
        (&["orders", "show", "XXX-XXX-XXX"], 2, "not an order number"),
        (&["payments", "show", "x"], 1, "not a payment's id"),
        (&["dance"], 2, "dance"),
        (&[], 2, "no command"),
        (&["--help"], 0, "Examples"),
    ] {
        let ran = run(words);
        assert_eq!(ran["exit"], exit, "{words:?}: {ran}");
        let said = format!("{}{}", text(&ran, "/stdout"), text(&ran, "/stderr"));
        assert!(said.contains(says), "{words:?}: {said}");
    }
}

#[test]
fn what_a_command_changed_is_published_when_it_answers() {
    // Every page looks whether there is something newer.
    let store = Emulator::start(&[("TRADEWIND_SNAPSHOT_LOOK_MS", "0")]);
    let goods = store.store().join("goods.csv");
    std::fs::write(&goods, "sku,slug,structure,class,title_en,partner,price_GBP,on_hand\nLAMBDA-1,sea-lantern,standalone,ware,Sea lantern,bristol,12.00,5\n").unwrap();
    let applied = store.invoke(&json!({ "command": ["catalogue", "apply", goods.to_str().unwrap()] }));
    assert_eq!(applied["exit"], 0, "{applied}");
    let page = store.request("GET", "/product/sea-lantern", json!({ "host": HOST }), "");
    assert_eq!(page["statusCode"], 200, "{page}");
    let exported = store.invoke(&json!({ "command": ["catalogue", "export", "-"] }));
    let out = text(&exported, "/stdout");
    assert!(out.starts_with("sku,") && out.contains("\nLAMBDA-1,"), "{exported}");
    assert!(text(&exported, "/stderr").contains("written"), "{exported}");
}

#[test]
fn the_schedule_and_uploads_are_worked_on() {
    let store = Emulator::start(&[]);
    for (case, event) in [
        ("the scheduler", json!({ "schedule": true })),
        ("a rule", json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} })),
    ] {
        let worked = store.invoke(&event);
        assert!(worked["tasks"].is_u64(), "{case}: {worked}");
    }
    let object =
        json!({ "Records": [{ "eventSource": "aws:s3", "s3": { "object": { "key": "media/nobody/names+it.jpg" } } }] });
    let queue = json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "1", "body": object.to_string() }] });
    for (case, event) in [("a bucket", object), ("a queue", queue)] {
        assert_eq!(store.invoke(&event), json!({ "batchItemFailures": [] }), "{case}");
    }
}

#[test]
fn what_is_no_event_is_told_and_the_next_is_answered() {
    let store = Emulator::start(&[]);
    for event in [json!({}), json!([1]), json!("doctor"), json!({ "Records": [{ "eventSource": "aws:kinesis" }] })] {
        let answer = store.invoke(&event);
        assert_eq!(answer["errorType"], "UnknownEvent", "{event}: {answer}");
    }
    let torn = store.invoke(&json!({ "version": "2.0", "requestContext": { "http": 7 } }));
    assert_eq!(torn["errorType"], "UnknownEvent", "{torn}");
    assert_eq!(store.request("GET", "/", json!({ "host": HOST }), "")["statusCode"], 200);
}

#[test]
fn who_comes_past_the_edge_is_refused_and_both_secrets_count() {
    let store = Emulator::start(&[("TRADEWIND_EDGE_SECRETS", "[\"new-secret\", \"old-secret\"]")]);
    for (case, headers, want) in [
        ("no secret", json!({ "host": HOST }), 403),
        ("a wrong one", json!({ "host": HOST, "x-edge-secret": "new-secre" }), 403),
        ("two in one", json!({ "host": HOST, "x-edge-secret": "new-secret,old-secret" }), 403),
        ("the new one", json!({ "host": HOST, "x-edge-secret": "new-secret" }), 200),
        ("the old one", json!({ "host": HOST, "x-edge-secret": "old-secret" }), 200),
    ] {
        let answer = store.request("GET", "/", headers, "");
        assert_eq!(answer["statusCode"], want, "{case}: {answer}");
    }
    let balancer = store.invoke(&json!({
        "requestContext": { "elb": { "targetGroupArn": "arn" } },
        "httpMethod": "GET", "path": "/", "queryStringParameters": {}, "headers": { "host": HOST },
    }));
    assert_eq!(balancer["statusCode"], 403, "{balancer}");
    // Whoever may invoke the function is somebody else.
    assert_eq!(store.invoke(&json!({ "command": ["doctor"] }))["exit"], 0);
}

#[test]
fn the_function_can_be_the_command_itself() {
    // A package may be made of the program that is at hand; it knows from its environment what it is.
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_tradewind"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && said.contains("cannot open ./store"), "{said}");
}

/// A Parameter Store on loopback: two pages of parameters below one path, for requests that are signed.
fn parameter_store() -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let pages = [
        json!({ "Parameters": [{ "Name": "/shop/name", "Value": "Shop of parameters" }], "NextToken": "two" }),
        json!({ "Parameters": [{ "Name": "/shop/demo_note", "Value": "nobody reads this" }] }),
    ];
    let answering = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for page in pages {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4_096];
            while !String::from_utf8_lossy(&request).ends_with('}') {
                let read = std::io::Read::read(&mut stream, &mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            asked.push(String::from_utf8_lossy(&request).into_owned());
            let body = page.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        }
        asked
    });
    (url, answering)
}

#[test]
fn secrets_come_out_of_the_parameter_store_before_the_store_opens() {
    let (url, answering) = parameter_store();
    let store = Emulator::start(&[
        ("TRADEWIND_PARAMETERS", "/shop/"),
        ("AWS_ENDPOINT_URL_SSM", &url),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "a secret that nobody prints"),
    ]);
    let page = store.request("GET", "/", json!({ "host": HOST }), "");
    assert!(text(&page, "/body").contains("Shop of parameters"), "{page}");
    let asked = answering.join().unwrap();
    for request in &asked {
        for part in ["AmazonSSM.GetParametersByPath", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", "\"/shop/\""] {
            assert!(request.contains(part), "{part}: {request}");
        }
        assert!(!request.contains("a secret"), "{request}");
    }
    assert!(asked[1].contains("\"NextToken\":\"two\""), "{}", asked[1]);
}
