//! Hard bounds: whatever a function does, an error comes back, and the engine goes on.

use functions::{Bounds, Engine, LOG_BYTES_MAX, RequestOutcome, RunError};
use std::time::{Duration, Instant};

mod common;
use common::{PATIENT, ask, engine};

/// The engine looks at the clock every 10,000 steps, and a step may be a search in a long text.
const OVERSHOOT_MAX: Duration = Duration::from_secs(20);

/// Runs a handler that does `body` when the path is `/bad`.
fn bad(body: &str) -> Engine {
    engine(&format!(
        "async function never() {{ await new Promise(function () {{ }}); }}
         function loop() {{ Promise.resolve().then(loop); }}
         function chain() {{ return Promise.resolve().then(chain); }}
         async function handler(event) {{ if (event.request.uri === '/bad') {{ {body} }} return event.request; }}"
    ))
}

fn is_forwarded(engine: &mut Engine) -> bool {
    matches!(ask(engine, "/good", &[]).outcome, Ok(RequestOutcome::Forward(_)))
}

#[test]
fn loops_end_and_the_engine_goes_on() {
    let limit = Duration::from_millis(50);
    for (case, body) in [
        ("a loop", "for (;;) { }"),
        ("a loop that catches", "for (;;) { try { for (;;) { } } catch (e) { } finally { continue; } }"),
        ("a runaway regular expression", "/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab');"),
        ("jobs without end", "loop(); await never();"),
        ("jobs without end that nobody waits for", "loop();"),
        ("a getter of the result", "return {get statusCode() { for (;;) { } }};"),
        ("a getter of the error", "throw {get message() { for (;;) { } }};"),
        ("a text of an object", "console.log({toJSON: function () { for (;;) { } }});"),
        ("a sort", "for (;;) { [3, 1, 2].sort(function () { return Math.random() - 0.5; }); }"),
        ("a long text again and again", "var s = 'a'; for (;;) { s.repeat(100000).indexOf('b'); }"),
    ] {
        let mut engine = bad(body).with_bounds(Bounds { cpu_max: limit, ..PATIENT });
        // The realm is made before the clock runs; the first call shows that all is well.
        assert!(is_forwarded(&mut engine), "{case}");
        let began = Instant::now();
        let run = ask(&mut engine, "/bad", &[]);
        assert_eq!(run.outcome, Err(RunError::TimeLimit { limit }), "{case}");
        assert_eq!(run.utilisation.percent(), 100, "{case}");
        assert!(began.elapsed() < OVERSHOOT_MAX, "{case}: {:?}", began.elapsed());
        assert!(is_forwarded(&mut engine), "{case}");
    }
}

#[test]
fn memory_bombs_end_and_the_engine_goes_on() {
    for (case, body) in [
        ("a text", "var s = 'abc'; for (;;) { s += s + s; }"),
        ("an array", "var a = []; for (;;) { a.push([1, 2, 3]); }"),
        ("an object", "var o = {}; for (var i = 0; ; i++) { o['k' + i] = {v: i}; }"),
        ("a buffer", "Buffer.alloc(100000000);"),
        ("buffers", "var a = []; for (;;) { a.push(new Uint8Array(10000)); }"),
        ("closures", "var f = null; for (;;) { f = (function (g) { return function () { return g; }; })(f); }"),
        ("promises", "var a = []; for (;;) { a.push(Promise.resolve().then(never)); }"),
        ("a result", "var s = 'a'.repeat(300000); return {a: s, b: s, c: s, d: s, e: s, f: s, g: s, h: s, i: s};"),
        ("a log", "console.log('a'.repeat(1200000) + 'b');"),
        ("caught and thrown again", "try { var a = []; for (;;) { a.push({}); } } catch (e) { throw e; }"),
    ] {
        let mut engine = bad(body);
        for round in 0..3 {
            let outcome = ask(&mut engine, "/bad", &[]).outcome;
            assert_eq!(outcome, Err(RunError::MemoryLimit), "{case}, round {round}");
            assert!(is_forwarded(&mut engine), "{case}, round {round}");
        }
    }
}

#[test]
fn any_small_memory_gives_an_error_or_a_result() {
    let source = "var kept = []; async function handler(event) {
        for (var i = 0; i < 200; i++) { kept.push({a: 'x' + i, b: /a/.exec('a'), c: Buffer.from('abc')}); }
        await Promise.all([1, 2, 3]); return event.request; }";
    for kilobytes in (16..1_200).step_by(16) {
        let bounds = Bounds { memory_bytes_max: kilobytes * 1_024, ..PATIENT };
        let mut engine = engine(source).with_bounds(bounds);
        for _ in 0..2 {
            match ask(&mut engine, "/a", &[("cookie", "a=1")]).outcome {
                Ok(_) | Err(RunError::MemoryLimit | RunError::Machine(_) | RunError::Threw { .. }) => {}
                other => panic!("{kilobytes} KB: {other:?}"),
            }
        }
    }
}

#[test]
fn deep_calls_end_and_the_engine_goes_on() {
    for (case, body) in [
        ("a function of its own", "(function f() { return f() + 1; })();"),
        ("a text of an object", "var o = {}; for (var i = 0; i < 20000; i++) { o = {o: o}; } JSON.stringify(o);"),
        ("a text that nests", "JSON.parse('['.repeat(100000));"),
    ] {
        let mut engine = bad(body);
        match ask(&mut engine, "/bad", &[]).outcome {
            Err(RunError::StackLimit | RunError::MemoryLimit) => {}
            Err(RunError::Threw { message }) if message.starts_with("SyntaxError") => {}
            other => panic!("{case}: {other:?}"),
        }
        assert!(is_forwarded(&mut engine), "{case}");
    }
}

#[test]
fn a_chain_of_promises_without_end_is_an_error() {
    let mut engine = bad("await chain();");
    assert!(ask(&mut engine, "/bad", &[]).outcome.is_err());
    assert!(is_forwarded(&mut engine));
}

#[test]
fn a_promise_that_nothing_settles_is_an_error() {
    let mut engine = bad("await never();");
    assert_eq!(ask(&mut engine, "/bad", &[]).outcome, Err(RunError::NeverSettled));
    assert!(is_forwarded(&mut engine));
}

#[test]
fn garbage_of_many_calls_is_no_memory_bomb() {
    let mut engine = engine(
        "function handler(event) { var a = {}; for (var i = 0; i < 100; i++) { a = {b: a, c: [a], d: 'x'.repeat(100)};
         a.self = a; } return event.request; }",
    );
    for round in 0..2_000 {
        assert!(is_forwarded(&mut engine), "{round}");
    }
}

#[test]
fn a_log_is_cut_at_its_bound() {
    let mut engine = engine(
        "function handler(event) { for (var i = 0; i < 3000; i++) { console.log('ää' + i); } return event.request; }",
    );
    for _ in 0..2 {
        let log = ask(&mut engine, "/", &[]).log;
        assert!((LOG_BYTES_MAX - 3..=LOG_BYTES_MAX).contains(&log.len()), "{}", log.len());
        assert!(log.starts_with("ää0\nää1\n"));
    }
}

#[test]
fn wall_time_ends_a_call_too() {
    let mut engine = bad("for (;;) { }").with_bounds(Bounds { wall_max: Duration::from_millis(50), ..PATIENT });
    assert!(is_forwarded(&mut engine));
    assert!(matches!(ask(&mut engine, "/bad", &[]).outcome, Err(RunError::TimeLimit { .. })));
}

#[test]
fn the_default_limit_is_met_in_about_its_time() {
    let source = "function handler(event) { if (event.request.uri === '/bad') { for (;;) { } } return event.request; }";
    let mut engine = engine(source).with_bounds(Bounds::default());
    let _ = ask(&mut engine, "/good", &[]);
    let began = Instant::now();
    assert!(matches!(ask(&mut engine, "/bad", &[]).outcome, Err(RunError::TimeLimit { .. })));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
