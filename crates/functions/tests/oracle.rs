//! njs, the engine that CloudFront's runtime seems to be made of, as an oracle of syntax: what it refuses, the gate
//! refuses. Debian has 0.7.9, which is older than runtime 2.0; the table names what came since.

use std::path::Path;
use std::process::{Command, Output};

mod common;
mod snippets;
mod store_cases;

/// Runs njs, or says how to come by it.
#[expect(clippy::disallowed_methods, reason = "the oracle is a program; it runs in tests only")]
fn njs(arguments: &[&str], file: &Path) -> Output {
    Command::new("njs").args(arguments).arg(file).output().unwrap_or_else(|error| {
        panic!("njs cannot be started ({error}). Install it: sudo apt-get install njs. The other tests do without.")
    })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn what_njs_refuses_the_gate_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snippet.js");
    for snippet in snippets::ALL {
        // In a function that nobody calls, only syntax counts. What must stand at the top stays there.
        std::fs::write(&file, snippet.source).unwrap();
        let said = said(&njs(&["-q"], &file));
        let is_refused = said.contains("SyntaxError") || said.contains("Thrown");
        match snippet.newer_than_njs {
            Some(reason) => {
                assert!(is_refused, "njs takes this now, so it is no exception ({reason}): {}", snippet.source)
            }
            None => assert!(!is_refused || !snippet.is_admitted, "{}\n{said}", snippet.source),
        }
    }
}

#[test]
fn the_store_function_does_the_same_in_njs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.js");
    let source = store_cases::SOURCE.replace("import cf from 'cloudfront';", "");
    let events = store_cases::ALL.iter().map(event).collect::<Vec<_>>();
    std::fs::write(
        &file,
        format!(
            "{SHIM}\n{source}\n{RUN}\nrun(JSON.parse({}));",
            serde_json::json!(serde_json::json!(events).to_string())
        ),
    )
    .unwrap();
    let output = njs(&["-q"], &file);
    let said = said(&output);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), store_cases::ALL.len(), "{said}");
    for (case, line) in store_cases::ALL.iter().zip(lines) {
        assert_eq!(line, case.want, "{}", case.name);
    }
}

/// Stands in for CloudFront's module.
const SHIM: &str = "
var store = {};
var cf = {kvs: function () {
  return {get: function (key) {
    return store.hasOwnProperty(key) ? Promise.resolve(store[key]) : Promise.reject(new Error('KeyNotFound'));
  }};
}};";

/// Runs the handler on one event after the other and prints what became of each, as the table has it.
const RUN: &str = "
function pairs(fields) {
  return Object.keys(fields).map((name) => {
    return (fields[name].multiValue || [fields[name]]).map((it) => name + '=' + it.value);
  }).reduce((all, some) => all.concat(some), []);
}
function summary(result, it) {
  if (result.statusCode) return result.statusCode + ' ' + result.headers.location.value;
  var query = pairs(result.querystring).join('&');
  // As CloudFront does: parameters that are as they were go on as they were.
  if (query === it.query) query = it.raw === undefined ? '' : it.raw;
  return result.uri + (query ? '?' + query : '') + ' [' + pairs(result.cookies).join('; ') + ']';
}
async function run(events) {
  for (var i = 0; i < events.length; i++) {
    var it = events[i];
    store = it.store;
    it.query = pairs(it.event.request.querystring).join('&');
    it.event.request.rawQueryString = () => it.raw;
    var result = await handler(it.event);
    console.log(summary(result, it));
  }
}";

/// A case as the script takes it.
fn event(case: &store_cases::Case) -> serde_json::Value {
    let (uri, raw) = case.target.split_once('?').map_or((case.target, None), |(uri, raw)| (uri, Some(raw)));
    let query = raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let query = query.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let headers = case.headers.iter().copied().filter(|(name, _)| *name != "cookie");
    let cookies = case.headers.iter().filter(|(name, _)| *name == "cookie").flat_map(|(_, line)| line.split("; "));
    let cookies = cookies.filter_map(|pair| pair.split_once('='));
    let request = serde_json::json!({
        "method": case.method, "uri": uri, "querystring": fields(query), "headers": fields(headers), "cookies": fields(cookies),
    });
    let store: serde_json::Map<_, _> =
        case.store.iter().map(|(key, value)| ((*key).to_owned(), serde_json::json!(value))).collect();
    serde_json::json!({ "event": { "version": "1.0", "request": request }, "raw": raw, "store": store })
}

fn fields<'c>(pairs: impl Iterator<Item = (&'c str, &'c str)>) -> serde_json::Map<String, serde_json::Value> {
    let mut fields = serde_json::Map::new();
    for (name, value) in pairs {
        let one = serde_json::json!({ "value": value });
        match fields.get_mut(name).and_then(serde_json::Value::as_object_mut) {
            None => drop(fields.insert(name.to_owned(), one)),
            Some(field) => {
                let first = serde_json::json!({ "value": field["value"] });
                let several = field.entry("multiValue").or_insert_with(|| serde_json::json!([first]));
                several.as_array_mut().expect("made as an array").push(one);
            }
        }
    }
    fields
}
