//! The management API: names, states, refusals.

use serde_json::{Value, json};

use crate::support::{TestLambda, names_in, zip};

const FUNCTIONS: &str = "/2015-03-31/functions";

#[tokio::test]
async fn a_function_is_pending_when_it_is_created_and_active_after_that() {
    let lambda = TestLambda::start().await;
    let created = lambda.create("shop", json!({"Description": "a shop", "Tags": {"team": "till"}})).await;
    assert_eq!((&created["State"], &created["Version"]), (&json!("Pending"), &json!("$LATEST")));
    let there = lambda.call("GET", &format!("{FUNCTIONS}/shop"), &[], "").await.json();
    let configuration = &there["Configuration"];
    for (field, want) in [
        ("State", json!("Active")),
        ("LastUpdateStatus", json!("Successful")),
        ("FunctionArn", json!("arn:aws:lambda:us-east-1:123456789012:function:shop")),
        ("MemorySize", json!(128)),
        ("Timeout", json!(3)),
        ("PackageType", json!("Zip")),
        ("EphemeralStorage", json!({"Size": 512})),
        ("LastModified", json!("2026-11-29T17:00:00.000+0000")),
        ("CodeSha256", created["CodeSha256"].clone()),
    ] {
        assert_eq!(configuration[field], want, "{field}");
    }
    assert_eq!(there["Tags"], json!({"team": "till"}));
    let location = there["Code"]["Location"].as_str().unwrap().to_owned();
    let path = location.strip_prefix(&format!("http://{}", lambda.running.address())).unwrap();
    let package = lambda.call("GET", path, &[], "").await;
    assert_eq!(json!(package.body.len()), configuration["CodeSize"]);
    lambda.stop().await;
}

#[tokio::test]
async fn settings_out_of_bounds_are_refused_by_name() {
    let lambda = TestLambda::start().await;
    let package = zip(&[("bootstrap", b"#!/bin/sh\n")]);
    let long = "x".repeat(5_000);
    for (case, settings, word) in [
        ("memory too small", json!({"MemorySize": 127}), "memorySize"),
        ("memory too large", json!({"MemorySize": 10_241}), "memorySize"),
        ("no time", json!({"Timeout": 0}), "timeout"),
        ("too much time", json!({"Timeout": 901}), "timeout"),
        ("too much room", json!({"EphemeralStorage": {"Size": 10_241}}), "ephemeralStorage"),
        ("another runtime", json!({"Runtime": "nodejs26.x"}), "runtime"),
        ("a role that is none", json!({"Role": "me"}), "role"),
        ("a handler with spaces", json!({"Handler": "a b"}), "handler"),
        ("a name that is none", json!({"FunctionName": "a/b"}), "functionName"),
        ("a name too long", json!({"FunctionName": "x".repeat(65)}), "functionName"),
        ("a long description", json!({"Description": "x".repeat(257)}), "description"),
        ("two architectures", json!({"Architectures": ["x86_64", "arm64"]}), "architectures"),
        ("reserved variable", json!({"Environment": {"Variables": {"AWS_REGION": "x"}}}), "AWS_REGION"),
        ("variables too large", json!({"Environment": {"Variables": {"A1": long}}}), "4KB"),
        ("an image", json!({"PackageType": "Image"}), "Zip"),
        ("a layer", json!({"Layers": ["arn:aws:lambda:us-east-1:1:layer:a:1"]}), "layers"),
        ("no code", json!({"Code": {}}), "S3Bucket"),
        ("no such bucket", json!({"Code": {"S3Bucket": "none", "S3Key": "a"}}), "NoSuchBucket"),
        ("no such key", json!({"Code": {"S3Bucket": "packages", "S3Key": "a"}}), "NoSuchKey"),
        ("a key out of the bucket", json!({"Code": {"S3Bucket": "packages", "S3Key": "../../x"}}), "NoSuchKey"),
        ("no zip", json!({"Code": {"ZipFile": "aGVsbG8="}}), "unzip"),
    ] {
        let answer = lambda.try_create("shop", &package, settings).await;
        assert_eq!((answer.status, answer.error_type()), (400, Some("InvalidParameterValueException")), "{case}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(word), "{case}: {message}");
    }
    assert_eq!(lambda.create_from("shop", &package, json!({})).await["State"], "Pending");
    let again = lambda.try_create("shop", &package, json!({})).await;
    assert_eq!((again.status, again.error_type()), (409, Some("ResourceConflictException")));
    lambda.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    for (method, path) in [
        ("GET", format!("{FUNCTIONS}/none")),
        ("GET", format!("{FUNCTIONS}/shop?Qualifier=7")),
        ("GET", format!("{FUNCTIONS}/shop?Qualifier=live")),
        ("DELETE", format!("{FUNCTIONS}/none")),
        ("GET", format!("{FUNCTIONS}/shop/aliases/live")),
        ("GET", format!("{FUNCTIONS}/shop/policy")),
        ("POST", format!("{FUNCTIONS}/none/invocations")),
        ("GET", "/2021-10-31/functions/shop/url".to_owned()),
        ("GET", "/2019-09-25/functions/shop/event-invoke-config".to_owned()),
    ] {
        let answer = lambda.call(method, &path, &[], "").await;
        assert_eq!((answer.status, answer.error_type()), (404, Some("ResourceNotFoundException")), "{method} {path}");
    }
    let path = "/2019-09-30/functions/shop/provisioned-concurrency?Qualifier=1";
    let answer = lambda.call("GET", path, &[], "").await;
    assert_eq!(answer.error_type(), Some("ProvisionedConcurrencyConfigNotFoundException"));
    assert_eq!(lambda.call("GET", "/2015-03-31/layers", &[], "").await.error_type(), Some("UnknownOperationException"));
    lambda.stop().await;
}

#[tokio::test]
async fn a_change_names_the_revision_it_was_made_from() {
    let lambda = TestLambda::start().await;
    let first = lambda.create("shop", json!({})).await["RevisionId"].clone();
    let change = |revision: Value| json!({"Timeout": 9, "RevisionId": revision});
    let path = format!("{FUNCTIONS}/shop/configuration");
    let changed = lambda.put(&path, change(first.clone())).await;
    assert_eq!((changed.status, &changed.json()["LastUpdateStatus"]), (200, &json!("InProgress")));
    let late = lambda.put(&path, change(first)).await;
    assert_eq!((late.status, late.error_type()), (412, Some("PreconditionFailedException")));
    lambda.stop().await;
}

#[tokio::test]
async fn versions_stay_as_they_were_published() {
    let lambda = TestLambda::start().await;
    let set = |value: &str| json!({"Environment": {"Variables": {"STAGE": value}}});
    lambda.create("shop", set("one")).await;
    let publish = || lambda.call("POST", "/2015-03-31/functions/shop/versions", &[], "{}");
    let first = publish().await;
    assert_eq!((first.status, first.json()["Version"].clone()), (201, json!("1")));
    assert_eq!(publish().await.json()["Version"], "1", "nothing has changed since");
    lambda.put(&format!("{FUNCTIONS}/shop/configuration"), set("two")).await;
    assert_eq!(publish().await.json()["Version"], "2");
    for (target, stage, version) in [("shop:1", "one", "1"), ("shop:2", "two", "2"), ("shop", "two", "$LATEST")] {
        let answer = lambda.invoke(target, json!({})).await;
        assert_eq!(answer.said()["variables"]["STAGE"], stage, "{target}");
        assert_eq!(answer.header("x-amz-executed-version"), Some(version), "{target}");
    }
    let wrong = json!({"CodeSha256": "other"}).to_string();
    let refused = lambda.call("POST", "/2015-03-31/functions/shop/versions", &[], wrong).await;
    assert_eq!(refused.error_type(), Some("InvalidParameterValueException"));
    let page = lambda.call("GET", &format!("{FUNCTIONS}/shop/versions?MaxItems=2"), &[], "").await.json();
    let versions: Vec<_> = page["Versions"].as_array().unwrap().iter().map(|version| &version["Version"]).collect();
    assert_eq!(versions, ["$LATEST", "1"]);
    let marker = page["NextMarker"].as_str().unwrap();
    let rest = lambda.call("GET", &format!("{FUNCTIONS}/shop/versions?Marker={marker}"), &[], "").await.json();
    assert_eq!((&rest["Versions"][0]["Version"], &rest["NextMarker"]), (&json!("2"), &Value::Null));
    lambda.stop().await;
}

#[tokio::test]
async fn an_alias_with_a_weight_leads_to_both_versions() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Publish": true, "Description": "first"})).await;
    lambda.put(&format!("{FUNCTIONS}/shop/configuration"), json!({"MemorySize": 256})).await;
    lambda.call("POST", &format!("{FUNCTIONS}/shop/versions"), &[], "{}").await;
    let aliases = format!("{FUNCTIONS}/shop/aliases");
    let live =
        json!({"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}});
    let made = lambda.call("POST", &aliases, &[], live.to_string()).await;
    assert_eq!((made.status, &made.json()["RoutingConfig"]), (201, &live["RoutingConfig"]));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let answer = lambda.invoke("shop:live", json!({})).await;
        seen.insert(answer.header("x-amz-executed-version").unwrap().to_owned());
        if seen.len() == 2 {
            break;
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "2"]);
    for (case, form, kind) in [
        ("twice", live.clone(), "ResourceConflictException"),
        ("digits", json!({"Name": "12", "FunctionVersion": "1"}), "InvalidParameterValueException"),
        ("no such version", json!({"Name": "next", "FunctionVersion": "9"}), "ResourceNotFoundException"),
        (
            "a weight above one",
            json!({"Name": "n", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}),
            "InvalidParameterValueException",
        ),
    ] {
        assert_eq!(lambda.call("POST", &aliases, &[], form.to_string()).await.error_type(), Some(kind), "{case}");
    }
    let in_use = lambda.call("DELETE", &format!("{FUNCTIONS}/shop?Qualifier=2"), &[], "").await;
    assert_eq!(in_use.error_type(), Some("ResourceConflictException"));
    let all_new = json!({"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {}}});
    let moved = lambda.put(&format!("{aliases}/live"), all_new).await.json();
    assert_eq!((&moved["FunctionVersion"], &moved["RoutingConfig"]), (&json!("2"), &Value::Null));
    assert_eq!(lambda.call("DELETE", &format!("{FUNCTIONS}/shop?Qualifier=1"), &[], "").await.status, 204);
    assert_eq!(lambda.call("DELETE", &format!("{aliases}/live"), &[], "").await.status, 204);
    lambda.stop().await;
}

#[tokio::test]
async fn new_code_is_served_at_once_and_the_old_is_gone() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let before = lambda.invoke("shop", json!({})).await.said()["pid"].clone();
    lambda.rest().await;
    let form = json!({"S3Bucket": "packages", "S3Key": "bootstrap.zip", "Publish": true});
    let updated = lambda.put(&format!("{FUNCTIONS}/shop/code"), form).await;
    assert_eq!((updated.status, &updated.json()["Version"]), (200, &json!("1")));
    lambda.running.wait_for(|counters| counters.idle + counters.ending == 0).await;
    assert_ne!(lambda.invoke("shop", json!({})).await.said()["pid"], before);
    // One package, stored once, whatever runs it.
    let stored = names_in(&lambda.folder.path().join("data/packages"));
    assert_eq!(stored.len(), 2, "{stored:?}");
    lambda.stop().await;
}

#[tokio::test]
async fn policies_and_tags_are_kept() {
    let lambda = TestLambda::start().await;
    let arn = lambda.create("shop", json!({})).await["FunctionArn"].as_str().unwrap().to_owned();
    let policy = format!("{FUNCTIONS}/shop/policy");
    let form = json!({
        "StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE",
    });
    assert_eq!(lambda.call("POST", &policy, &[], form.to_string()).await.status, 201);
    let again = lambda.call("POST", &policy, &[], form.to_string()).await;
    assert_eq!(again.error_type(), Some("ResourceConflictException"));
    let shown = lambda.call("GET", &policy, &[], "").await.json();
    let document: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(document["Statement"][0]["Condition"]["StringEquals"]["lambda:FunctionUrlAuthType"], "NONE");
    assert_eq!(lambda.call("DELETE", &format!("{policy}/url"), &[], "").await.status, 204);
    assert_eq!(lambda.call("GET", &policy, &[], "").await.status, 404);

    let tags = format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"));
    let form = json!({"Tags": {"team": "till", "a b": "c"}}).to_string();
    assert_eq!(lambda.call("POST", &tags, &[], form).await.status, 204);
    assert_eq!(lambda.call("DELETE", &format!("{tags}?tagKeys=a%20b"), &[], "").await.status, 204);
    assert_eq!(lambda.call("GET", &tags, &[], "").await.json(), json!({"Tags": {"team": "till"}}));
    lambda.stop().await;
}

#[tokio::test]
async fn functions_are_listed_page_by_page() {
    let lambda = TestLambda::start().await;
    for name in ["c", "a", "b"] {
        lambda.create(name, json!({"Publish": true})).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let rows = page["Functions"].as_array().unwrap().iter();
        rows.map(|row| row["FunctionName"].as_str().unwrap().to_owned()).collect()
    };
    let first = lambda.call("GET", &format!("{FUNCTIONS}/?MaxItems=2"), &[], "").await.json();
    assert_eq!(names(&first), ["a", "b"]);
    let marker = first["NextMarker"].as_str().unwrap();
    let second = lambda.call("GET", &format!("{FUNCTIONS}/?MaxItems=2&Marker={marker}"), &[], "").await.json();
    assert_eq!((names(&second), &second["NextMarker"]), (vec!["c".to_owned()], &Value::Null));
    let all = lambda.call("GET", &format!("{FUNCTIONS}/?FunctionVersion=ALL"), &[], "").await.json();
    assert_eq!(names(&all), ["a", "a", "b", "b", "c", "c"]);
    lambda.stop().await;
}

#[tokio::test]
async fn a_call_is_answered_as_lambda_answers_it() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let tried = lambda.invoke_with("shop", json!({}), &[("x-amz-invocation-type", "DryRun")]).await;
    assert_eq!((tried.status, tried.body.len()), (204, 0));
    assert_eq!(lambda.running.counters().idle, 0, "nothing was started");
    let tail = [("x-amz-log-type", "Tail")];
    let answer = lambda.invoke_with("shop", json!({"do": "log", "lines": 2}), &tail).await;
    let id = answer.header("x-amzn-requestid").unwrap().to_owned();
    let log = answer.log_tail();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[0], format!("START RequestId: {id} Version: $LATEST"));
    assert_eq!(lines[1..3], [format!("line 0 of {id}"), format!("line 1 of {id}")]);
    assert_eq!(lines[3], format!("END RequestId: {id}"));
    assert!(lines[4].starts_with(&format!("REPORT RequestId: {id}\tDuration: ")), "{log}");
    assert!(lines[4].contains("\tMemory Size: 128 MB\tMax Memory Used: "), "{log}");
    assert!(lines[4].contains("\tInit Duration: "), "{log}");
    let name = lambda_service::FunctionName::parse("shop").unwrap();
    assert_eq!(lambda.running.logs(&name, Some(&id)).len(), 5);
    let warm = lambda.invoke_with("shop", json!({"do": "log", "lines": 1_000}), &tail).await.log_tail();
    assert_eq!((warm.len(), warm.contains("Init Duration")), (4_096, false));
    let files = names_in(&lambda.folder.path().join("data/logs/shop"));
    assert!(files.len() == 1 && files[0].starts_with("2026-11-29-[$LATEST]"), "{files:?}");
    lambda.stop().await;
}
