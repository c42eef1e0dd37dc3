//! The life of an environment: start, freeze, reuse, crash, end.

use std::time::Duration;

use lambda_service::{Outcome, Retired, Start, Turn};
use serde_json::json;

use crate::support::{Gate, TestLambda, is_alive, is_root, names_in, stands_still, zip};

#[tokio::test]
async fn a_second_call_finds_the_same_environment_frozen() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let first = lambda.invoke("shop", json!({"basket": 1})).await.said();
    assert_eq!((&first["event"], &first["served"]), (&json!({"basket": 1}), &json!(1)));
    lambda.rest().await;
    let pid = first["pid"].as_u64().unwrap();
    stands_still(pid).await;
    let second = lambda.invoke("shop", json!({})).await.said();
    assert_eq!((&second["pid"], &second["served"]), (&first["pid"], &json!(2)));
    lambda.rest().await;
    let records = lambda.notes.invocations.lock().unwrap().clone();
    assert_eq!(records.iter().map(|record| record.start).collect::<Vec<_>>(), [Start::Cold, Start::Warm]);
    assert!(0 < records[0].init_us && records[1].init_us == 0);
    assert!(records.iter().all(|record| record.outcome == Outcome::Answered && 0 < record.memory_used_mb));
    assert_eq!(records[0].billed_ms, (records[0].init_us + records[0].duration_us).div_ceil(1_000));
    let frozen = lambda.turns().iter().filter(|turn| **turn == Turn::Frozen).count();
    assert_eq!(frozen, 2);
    lambda.stop().await;
}

#[tokio::test]
async fn a_function_sees_lambdas_variables_and_nothing_of_the_service() {
    let lambda = TestLambda::start_with(|options| {
        options.variables.insert("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned());
        options.region = "eu-central-1".to_owned();
    })
    .await;
    lambda.create("shop", json!({"Environment": {"Variables": {"STAGE": "test"}}, "MemorySize": 256})).await;
    let context = ("x-amz-client-context", "eyJhIjogMX0=");
    let said = lambda.invoke_with("shop", json!({}), &[context]).await.said();
    let variables = said["variables"].as_object().unwrap();
    for (name, want) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "shop"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/shop"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("_HANDLER", "shop"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("TZ", ":UTC"),
        ("LANG", "en_US.UTF-8"),
        ("STAGE", "test"),
    ] {
        assert_eq!(variables[name], want, "{name}");
    }
    for name in ["HOME", "USER", "CARGO_MANIFEST_DIR", "AWS_EXECUTION_ENV", "AWS_LAMBDA_MAX_CONCURRENCY"] {
        assert!(!variables.contains_key(name), "{name}");
    }
    assert_eq!(said["folder"], variables["LAMBDA_TASK_ROOT"]);
    assert_eq!(said["headers"]["lambda-runtime-client-context"], r#"{"a":1}"#);
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:shop";
    assert_eq!(said["headers"]["lambda-runtime-invoked-function-arn"], arn);
    assert_eq!(said["headers"]["lambda-runtime-deadline-ms"], (lambda.clock.now_ms() + 3_000).to_string());
    if is_root() {
        assert_eq!((&said["folder"], &said["task is writable"]), (&json!("/var/task"), &json!(false)));
        assert!(210_000 <= said["uid"].as_u64().unwrap());
        assert!(!variables.contains_key("TMPDIR"));
    }
    lambda.stop().await;
}

#[tokio::test]
async fn environments_see_each_a_room_of_their_own() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    lambda.create("till", json!({})).await;
    lambda.invoke("shop", json!({"do": "fill", "mb": 1})).await.said();
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["in scratch"], 1);
    assert_eq!(lambda.invoke("till", json!({})).await.said()["in scratch"], 0);
    lambda.stop().await;
}

#[tokio::test]
async fn a_process_that_ends_is_reported_and_replaced() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    for (case, event, kind, words) in [
        ("abort", json!({"do": "abort"}), "Runtime.ExitError", "Runtime exited with error: signal: aborted"),
        ("exit 3", json!({"do": "exit", "code": 3}), "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("exit 0", json!({"do": "exit", "code": 0}), "Runtime.ExitError", "Runtime exited without providing a reason"),
    ] {
        let answer = lambda.invoke("shop", event).await;
        assert_eq!(answer.failed(), kind, "{case}");
        let message = answer.json()["errorMessage"].as_str().unwrap().to_owned();
        assert!(message.starts_with("RequestId: ") && message.ends_with(words), "{case}: {message}");
        assert_eq!(lambda.invoke("shop", json!({})).await.said()["served"], 1, "{case}: a new environment");
    }
    assert!(lambda.log("shop").iter().any(|line| line.ends_with("Status: error\tError Type: Runtime.ExitError")));
    lambda.stop().await;
}

#[tokio::test]
async fn an_error_that_the_function_reports_leaves_the_environment_as_it_is() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let pid = lambda.invoke("shop", json!({})).await.said()["pid"].clone();
    let answer = lambda.invoke("shop", json!({"do": "error"})).await;
    assert_eq!(answer.failed(), "Shop.Closed");
    assert_eq!(answer.json()["errorMessage"], "we are closed");
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["pid"], pid);
    lambda.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    assert_eq!(lambda.invoke("shop", json!({"do": "break off"})).await.failed(), "Runtime.TruncatedResponse");
    lambda.stop().await;
}

#[tokio::test]
async fn a_runtime_that_asks_again_before_it_has_answered_is_told_so() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let said = lambda.invoke("shop", json!({"do": "ask again"})).await.said();
    assert_eq!(said["status"], "HTTP/1.1 403 Forbidden");
    lambda.stop().await;
}

#[tokio::test]
async fn a_function_that_hangs_ends_at_its_time() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 7})).await;
    let pid = lambda.invoke("shop", json!({})).await.said()["pid"].as_u64().unwrap();
    let mut log = lambda.running.follow_logs(&lambda_service::FunctionName::parse("shop").unwrap());
    let calling = lambda.invoke("shop", json!({"do": "hang"}));
    let watching = async {
        while log.recv().await.unwrap().text != "hanging" {}
        lambda.clock.advance(Duration::from_secs(7));
    };
    let (answer, ()) = tokio::join!(calling, watching);
    assert_eq!(answer.failed(), "Sandbox.Timeout");
    let message = answer.json()["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.ends_with("Error: Task timed out after 7.00 seconds"), "{message}");
    lambda.running.wait_for(|counters| counters.busy + counters.ending == 0).await;
    assert!(!is_alive(pid));
    let log = lambda.log("shop");
    assert!(log.iter().any(|line| line.ends_with(" Task timed out after 7.00 seconds")), "{log:?}");
    let is_report = |line: &String| line.contains("\tDuration: 7000.00 ms\tBilled Duration: 7000 ms\t");
    assert!(log.iter().any(|line| is_report(line) && line.ends_with("Status: timeout")), "{log:?}");
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["served"], 1);
    lambda.stop().await;
}

#[tokio::test]
async fn a_start_that_fails_is_tried_again_within_the_first_call() {
    let lambda = TestLambda::start().await;
    for (case, init, want) in [
        ("exit", "exit", Some(("Runtime.ExitError", "Error: Runtime exited with error: exit status 3"))),
        ("clean exit", "clean exit", Some(("Runtime.ExitError", "Error: Runtime exited without providing a reason"))),
        ("reported", "error", Some(("Config.Missing", "no settings"))),
        ("only once", "second time", None),
    ] {
        let name = case.replace(' ', "-");
        lambda.create(&name, json!({"Environment": {"Variables": {"INIT": init}}})).await;
        let answer = lambda.invoke(&name, json!({})).await;
        match want {
            Some((kind, message)) => {
                assert_eq!(answer.failed(), kind, "{case}");
                assert_eq!(answer.json()["errorMessage"], message, "{case}");
            }
            None => assert_eq!(answer.said()["served"], 1, "{case}"),
        }
        let log = lambda.log(&name);
        let phases = |phase: &str| log.iter().filter(|line| line.contains(&format!("\tPhase: {phase}\t"))).count();
        assert_eq!((phases("init"), phases("invoke")), (1, usize::from(want.is_some())), "{case}: {log:?}");
        let starts = log.iter().filter(|line| line.starts_with("init in process")).count();
        assert_eq!(starts, 2, "{case}");
    }
    lambda.rest().await;
    lambda.stop().await;
}

#[tokio::test]
async fn a_start_that_hangs_has_ten_seconds_and_then_the_functions_own_time() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 5, "Environment": {"Variables": {"INIT": "hang"}}})).await;
    let mut log = lambda.running.follow_logs(&lambda_service::FunctionName::parse("shop").unwrap());
    let calling = lambda.invoke("shop", json!({}));
    let watching = async {
        for seconds in [10, 5] {
            while !log.recv().await.unwrap().text.starts_with("init in process") {}
            lambda.clock.advance(Duration::from_secs(seconds));
        }
    };
    let (answer, ()) = tokio::join!(calling, watching);
    assert_eq!(answer.failed(), "Sandbox.Timeout");
    let log = lambda.log("shop");
    assert!(log.iter().any(|line| line.ends_with("\tPhase: init\tStatus: timeout")), "{log:?}");
    assert!(log.iter().any(|line| line.ends_with("\tPhase: invoke\tStatus: timeout")), "{log:?}");
    lambda.stop().await;
}

#[tokio::test]
async fn a_package_that_cannot_be_started_says_why() {
    let lambda = TestLambda::start().await;
    let none = zip(&[("readme.txt", b"nothing to run")]);
    let garbled = zip(&[("bootstrap", b"\x7fELF but not really")]);
    let missing_interpreter = zip(&[("bootstrap", b"#!/no/such/shell\n")]);
    for (name, package, words) in [
        ("none", none, "Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap]"),
        ("garbled", garbled, "bootstrap: exec format error"),
        ("no-shell", missing_interpreter, "bootstrap: no such file or directory"),
    ] {
        lambda.create_from(name, &package, json!({})).await;
        let answer = lambda.invoke(name, json!({})).await;
        assert_eq!(answer.failed(), "Runtime.InvalidEntrypoint", "{name}");
        let message = answer.json()["errorMessage"].as_str().unwrap().to_owned();
        assert!(message.ends_with(words), "{name}: {message}");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn an_environment_that_is_killed_between_calls_is_replaced() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let pid = lambda.invoke("shop", json!({})).await.said()["pid"].as_u64().unwrap();
    lambda.rest().await;
    kill(pid);
    lambda.running.wait_for(|counters| counters.idle + counters.ending == 0).await;
    let said = lambda.invoke("shop", json!({})).await.said();
    assert_eq!(said["served"], 1);
    assert!(lambda.turns().contains(&Turn::Retired(Retired::Broken)));
    lambda.stop().await;
}

#[tokio::test]
async fn an_environment_that_is_killed_in_the_moment_of_a_call_is_replaced() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    for _ in 0..20 {
        let pid = lambda.invoke("shop", json!({})).await.said()["pid"].as_u64().unwrap();
        kill(pid);
        let answer = lambda.invoke("shop", json!({})).await;
        // The event may have gone to the process that was dying: Lambda does not try twice either.
        assert!(answer.header("x-amz-function-error").is_none() || answer.failed() == "Runtime.ExitError");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn what_a_function_leaves_behind_ends_with_its_environment() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    // `setsid` leaves the process group; only users of their own hold such a process.
    let programs = if is_root() { &["env", "setsid"][..] } else { &["env"] };
    for program in programs {
        let fork = lambda.invoke("shop", json!({"do": "fork", "program": program})).await.said();
        let child = fork["pid"].as_u64().unwrap();
        assert!(is_alive(child), "{program}");
        lambda.rest().await;
        if *program == "env" {
            stands_still(child).await;
        }
        lambda.invoke("shop", json!({"do": "exit", "code": 1})).await.failed();
        lambda.running.wait_for(|counters| counters.busy + counters.idle + counters.ending == 0).await;
        assert!(!is_alive(child), "{program}");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn idle_environments_end_after_a_while_and_old_ones_at_once() {
    let lambda = TestLambda::start_with(|options| {
        options.idle_ms_max = 60_000;
        options.age_ms_max = 100_000;
    })
    .await;
    lambda.create("shop", json!({})).await;
    let first = lambda.invoke("shop", json!({})).await.said()["pid"].clone();
    lambda.rest().await;
    lambda.clock.advance(Duration::from_millis(59_999));
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["pid"], first);
    lambda.rest().await;
    lambda.clock.advance(Duration::from_millis(40_001));
    lambda.running.wait_for(|counters| counters.idle + counters.ending == 0).await;
    let second = lambda.invoke("shop", json!({})).await.said()["pid"].clone();
    assert_ne!(first, second);
    lambda.rest().await;
    lambda.clock.advance(Duration::from_millis(60_000));
    lambda.running.wait_for(|counters| counters.idle + counters.ending == 0).await;
    let ends: Vec<_> = lambda.turns().into_iter().filter(|turn| matches!(turn, Turn::Retired(_))).collect();
    assert_eq!(ends, [Turn::Retired(Retired::Age), Turn::Retired(Retired::Idle)]);
    assert_eq!(names_in(&lambda.folder.path().join("data/environments")), [""; 0]);
    lambda.stop().await;
}

#[tokio::test]
async fn only_environments_with_an_extension_are_asked_to_end() {
    let lambda = TestLambda::start().await;
    for (name, init) in [("plain", "none"), ("polite", "extension"), ("stubborn", "stubborn extension")] {
        lambda.create(name, json!({"Environment": {"Variables": {"INIT": init}}})).await;
        let pid = lambda.invoke(name, json!({})).await.said()["pid"].as_u64().unwrap();
        lambda.rest().await;
        assert_eq!(lambda.call("DELETE", &format!("/2015-03-31/functions/{name}"), &[], "").await.status, 204);
        if name == "stubborn" {
            // Half a second, which does not pass by itself here.
            lambda.running.wait_for(|counters| counters.ending == 1).await;
            assert!(is_alive(pid));
            lambda.clock.advance(Duration::from_millis(500));
        }
        lambda.running.wait_for(|counters| counters.ending + counters.idle == 0).await;
        assert!(!is_alive(pid), "{name}");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn stopping_leaves_nothing_behind() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let gate = Gate::new().await;
    let pid = lambda.invoke("shop", json!({})).await.said()["pid"].as_u64().unwrap();
    let address = lambda.running.address();
    let event = gate.event().to_string();
    let path = "/2015-03-31/functions/shop/invocations";
    let calling = tokio::spawn(async move { crate::support::call(address, "POST", path, &[], event.as_bytes()).await });
    let arrival = gate.arrival().await;
    let folder = lambda.stop().await;
    assert!(!is_alive(pid));
    assert_eq!(calling.await.unwrap().failed(), "Sandbox.Failure");
    assert_eq!(names_in(&folder.path().join("data/environments")), [""; 0]);
    drop(arrival);
}

#[expect(clippy::cast_possible_truncation, reason = "a process number")]
fn kill(pid: u64) {
    let pid = nix::unistd::Pid::from_raw(pid as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_start_that_hangs() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Environment": {"Variables": {"INIT": "hang"}}})).await;
    let address = lambda.running.address();
    let path = "/2015-03-31/functions/shop/invocations";
    let calling = tokio::spawn(async move { crate::support::call(address, "POST", path, &[], b"{}").await });
    lambda.running.wait_for(|counters| counters.starting == 1).await;
    lambda.stop().await;
    assert_eq!(calling.await.unwrap().failed(), "Sandbox.Failure");
}
