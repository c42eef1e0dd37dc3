//! What runs: a shell script, Python, and what the service leaves when it is killed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use lambda_service::{Isolation, LambdaService, Options, Python};
use serde_json::json;

use crate::support::{Gate, LAUNCHER, TestLambda, call, is_alive, zip};

/// A whole runtime in a few lines.
const SCRIPT: &[u8] = br#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    event=$(curl -sS -D /tmp/head.$$ "$api/next")
    id=$(sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *\([^[:space:]]*\).*/\1/p' /tmp/head.$$)
    echo "shell has $id" >&2
    curl -sS -X POST "$api/$id/response" -d "{\"heard\":$event}" >/dev/null
done
"#;

#[tokio::test]
async fn a_shell_script_is_a_runtime() {
    let lambda = TestLambda::start().await;
    lambda.create_from("shop", &zip(&[("bootstrap", SCRIPT)]), json!({"Timeout": 30})).await;
    for number in 0..3 {
        let answer = lambda.invoke("shop", json!({"number": number})).await;
        assert_eq!(answer.said(), json!({"heard": {"number": number}}));
        let id = answer.header("x-amzn-requestid").unwrap();
        assert!(lambda.log("shop").contains(&format!("shell has {id}")));
    }
    lambda.rest().await;
    lambda.stop().await;
}

const HANDLER: &[u8] = b"
import os
print('loaded')
def handle(event, context):
    print('asked for', event)
    if event.get('fail'):
        raise ValueError('no such tea')
    return {'id': context.aws_request_id, 'name': context.function_name, 'left': context.get_remaining_time_in_millis(),
            'root': os.environ['LAMBDA_TASK_ROOT'], 'env': os.environ['AWS_EXECUTION_ENV']}
";

#[tokio::test]
async fn a_function_in_python_runs_through_awss_own_client() {
    let Some(python) = crate::support::python() else { return };
    let lambda = TestLambda::start_with(|options| {
        options.python =
            Some(Python { interpreter: python.interpreter.clone(), packages: Some(python.packages.clone()) });
        options.clock = lambda_service::Clock::machine();
    })
    .await;
    let settings = json!({"Runtime": "python3.13", "Handler": "shop.handle", "Timeout": 30});
    lambda.create_from("shop", &zip(&[("shop.py", HANDLER)]), settings).await;
    let answer = lambda.invoke_with("shop", json!({}), &[("x-amz-log-type", "Tail")]).await;
    let said = answer.said();
    assert_eq!((&said["name"], &said["env"]), (&json!("shop"), &json!("AWS_Lambda_python3.13")));
    assert_eq!(said["id"], answer.header("x-amzn-requestid").unwrap());
    assert!((20_000..=30_000).contains(&said["left"].as_u64().unwrap()), "{said}");
    assert!(answer.log_tail().contains("asked for {}"), "{}", answer.log_tail());
    assert!(lambda.log("shop").contains(&"loaded".to_owned()));
    let failed = lambda.invoke("shop", json!({"fail": true})).await;
    assert_eq!((failed.failed().as_str(), &failed.json()["errorMessage"]), ("ValueError", &json!("no such tea")));
    lambda.stop().await;
}

#[tokio::test]
async fn python_without_an_interpreter_is_refused() {
    let lambda = TestLambda::start().await;
    let settings = json!({"Runtime": "python3.13", "Handler": "shop.handle"});
    lambda.create_from("shop", &zip(&[("shop.py", HANDLER)]), settings).await;
    let answer = lambda.invoke("shop", json!({})).await;
    assert_eq!((answer.status, answer.error_type()), (502, Some("InvalidRuntimeException")));
    lambda.stop().await;
}

#[tokio::test]
async fn environments_of_one_user_still_have_their_own_room() {
    let lambda = TestLambda::start_with(|options| options.isolation = Isolation::SameUser).await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    lambda.create("till", json!({})).await;
    lambda.invoke("shop", json!({"do": "fill", "mb": 1})).await.said();
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["in scratch"], 1);
    let till = lambda.invoke("till", json!({})).await.said();
    assert_eq!((&till["in scratch"], &till["uid"]), (&json!(0), &json!(nix::unistd::geteuid().as_raw())));
    assert!(till["variables"]["TMPDIR"].is_string());
    assert_eq!(till["folder"], till["variables"]["LAMBDA_TASK_ROOT"]);
    lambda.invoke("shop", json!({"do": "exit", "code": 2})).await.failed();
    lambda.stop().await;
}

#[tokio::test]
async fn a_service_that_is_killed_leaves_nothing_behind() {
    let (gate, folder) = (Gate::new().await, tempfile::tempdir().unwrap());
    #[expect(clippy::disallowed_methods, reason = "a service that can be killed is a process of its own")]
    let mut host = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "packages::a_service_to_be_killed"])
        .env("GATE", &gate.address)
        .env("FOLDER", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let waiting = gate.arrival().await;
    let output = BufReader::new(host.stdout.take().unwrap());
    let child = output.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("child ")?.parse().ok());
    let child = child.expect("the service tells of the process that its function left");
    assert!(is_alive(child));
    host.kill().unwrap();
    host.wait().unwrap();
    // The function's end closes its connection.
    let mut waiting = waiting.into_std().unwrap();
    waiting.set_nonblocking(false).unwrap();
    let _ = waiting.read(&mut [0]);
    while is_alive(child) {
        tokio::task::yield_now().await;
    }
    crate::support::unlock(folder.path());
}

#[tokio::test]
#[ignore = "a part of the test above, in a process of its own"]
async fn a_service_to_be_killed() {
    let Ok(gate) = std::env::var("GATE") else { return };
    let folder = std::path::PathBuf::from(std::env::var("FOLDER").unwrap());
    let mut options = Options::new(folder.join("data"), LAUNCHER.into());
    let bucket = folder.join("buckets/b");
    std::fs::create_dir_all(&bucket).unwrap();
    std::fs::write(bucket.join("k.zip"), zip(&[("bootstrap", crate::support::BOOTSTRAP_FILE)])).unwrap();
    options.buckets = Some(folder.join("buckets"));
    let running = LambdaService::start(options).await.unwrap();
    let form = json!({
        "FunctionName": "shop", "Runtime": "provided.al2023", "Handler": "h", "Role": crate::support::ROLE,
        "Code": {"S3Bucket": "b", "S3Key": "k.zip"}, "Timeout": 900,
    });
    let address = running.address();
    call(address, "POST", "/2015-03-31/functions", &[], form.to_string().as_bytes()).await;
    let path = "/2015-03-31/functions/shop/invocations";
    let fork = call(address, "POST", path, &[], json!({"do": "fork", "program": "env"}).to_string().as_bytes()).await;
    println!("\nchild {}", fork.said()["pid"]);
    call(address, "POST", path, &[], json!({"do": "gate", "gate": gate}).to_string().as_bytes()).await;
}
