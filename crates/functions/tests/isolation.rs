//! What one call leaves behind is not there for the next.

use functions::RequestOutcome;

mod common;
use common::{ask, engine, evaluate};

/// What a handler says in its log when it is called twice, with paths `/1` and `/2`.
fn said(source: &str) -> [String; 2] {
    let mut engine = engine(source);
    ["/1", "/2"].map(|path| {
        let run = ask(&mut engine, path, &[]);
        match run.outcome {
            Ok(_) => run.log,
            Err(error) => format!("{}{error}", run.log),
        }
    })
}

#[test]
fn state_does_not_leak_into_the_next_call() {
    let handler =
        |top: &str, body: &str| format!("{top}\nasync function handler(event) {{ {body}; return event.request; }}");
    for (case, top, body) in [
        ("a counter", "var count = 0;", "console.log(++count)"),
        ("a let", "let seen = [];", "seen.push(event.request.uri.length); console.log(seen.length)"),
        ("a function's own property", "function f() { }", "f.count = (f.count || 0) + 1; console.log(f.count)"),
        ("a regular expression's place", "var r = /./g;", "r.exec('abc'); console.log(r.lastIndex)"),
        ("a literal in a function", "function r() { return /./g; }", "r().exec('abc'); console.log(r().lastIndex)"),
        ("the handler", "", "handler.x = (handler.x || 0) + 1; console.log(handler.x)"),
        ("a symbol", "", "console.log(Symbol.keyFor(Symbol.for('a')))"),
        (
            "a lost promise",
            "var late = '';",
            "Promise.resolve().then(() => { late += 'x'; }); await 1; console.log(late)",
        ),
    ] {
        let [first, second] = said(&handler(top, body));
        assert_eq!(first, second, "{case}");
        assert!(!first.is_empty() && !first.contains("threw"), "{case}: {first}");
    }
}

#[test]
fn a_job_that_is_left_over_does_not_run_in_the_next_call() {
    let source = "function handler(event) {
        Promise.resolve().then(() => 1).then(() => 2).then(() => { console.log('late ' + event.request.uri); });
        if (event.request.uri === '/1') { throw new Error('x'); } return event.request; }";
    assert_eq!(said(source), ["late /1\nthe function threw Error: x", "late /2\n"]);
}

#[test]
fn what_is_built_in_cannot_be_changed() {
    for body in [
        "String.prototype.x = 1",
        "Array.prototype.push = function () { }",
        "delete Array.prototype.push",
        "Object.prototype.polluted = 1",
        "Object.prototype.toString = function () { }",
        "({}).__proto__.polluted = 1",
        "Object.defineProperty(Object.prototype, 'x', {value: 1})",
        "Object.setPrototypeOf(Array.prototype, null)",
        "Object.setPrototypeOf(globalThis, {})",
        "globalThis.x = 1",
        "undeclared = 1",
        "Math.random = function () { return 4; }",
        "JSON.parse = null",
        "console.log = null",
        "Date.now = null",
        "require('crypto').createHash = null",
        "require('querystring').parse = null",
        "Buffer.from = null",
        "Buffer.prototype.x = 1",
        "(async function () { }).constructor.prototype.x = 1".replace("async ", "").as_str(),
        "handler.constructor.prototype.x = 1",
        "Object.getPrototypeOf(handler).x = 1",
        "Object.getPrototypeOf([].values()).next = null",
        "Object.getPrototypeOf(Object.getPrototypeOf([].values())).x = 1",
        "Object.getPrototypeOf(Uint8Array).from = null",
        "Promise.prototype.then = null",
        "Error.prototype.name = 'x'",
        "atob.x = 1",
    ] {
        let got = evaluate(body);
        assert!(
            got.as_ref().is_err_and(|error| error.contains("TypeError") || error.contains("ReferenceError")),
            "{body}: {got:?}"
        );
    }
}

#[test]
fn objects_of_the_functions_own_can_have_every_name() {
    for (body, want) in [
        ("var e = new Error('a'); e.name = 'Mine'; e.message = 'b'; out = e", "Mine: b"),
        ("var o = {}; o.toString = function () { return 'own'; }; out = o", "own"),
        (
            "var o = {}; o.constructor = 1; o.hasOwnProperty = 2; o.valueOf = 3; out = Object.keys(o).join()",
            "constructor,hasOwnProperty,valueOf",
        ),
        ("function Own() { } Own.prototype.toString = function () { return 'own'; }; out = new Own()", "own"),
        (
            "function Own() { } Own.prototype = Object.create(Error.prototype); Own.prototype.name = 'Own'; out = new Own()",
            "Own",
        ),
        ("var f = function () { }; f.toString = function () { return 'f'; }; out = f", "f"),
        ("out = ({}).constructor === Object && [].constructor === Array", "true"),
    ] {
        assert_eq!(evaluate(body).as_deref(), Ok(want), "{body}");
    }
}

#[test]
fn a_throw_keeps_the_engine_and_its_speed() {
    let mut engine =
        engine("function handler(event) { if (event.request.uri === '/1') { throw 1; } return event.request; }");
    for _ in 0..3 {
        assert!(ask(&mut engine, "/1", &[]).outcome.is_err());
        assert!(matches!(ask(&mut engine, "/2", &[]).outcome, Ok(RequestOutcome::Forward(_))));
    }
}
