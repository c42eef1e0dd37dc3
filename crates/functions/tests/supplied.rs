//! What a function finds in its realm, and what it does not.

use functions::{EdgeLocation, Origin, RequestOutcome};
use http::StatusCode;

mod common;
use common::{answer, ask, engine, evaluate, store};

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (body, want) in cases {
        assert_eq!(evaluate(&format!("out = {body}")).as_deref(), Ok(*want), "{body}");
    }
}

#[test]
fn what_is_not_on_the_list_is_not_there() {
    for name in [
        "setTimeout",
        "setImmediate",
        "clearTimeout",
        "queueMicrotask",
        "Map",
        "Set",
        "WeakMap",
        "WeakSet",
        "WeakRef",
        "FinalizationRegistry",
        "Proxy",
        "Reflect",
        "BigInt",
        "BigInt64Array",
        "Intl",
        "SharedArrayBuffer",
        "Atomics",
        "Iterator",
        "performance",
        "process",
        "fetch",
        "DOMException",
        "escape",
        "unescape",
        "crypto",
        "cf",
        "host",
        "program",
        "DisposableStack",
        "Float16Array",
        "navigator",
        "self",
        "window",
        "global",
        "print",
        "njs",
    ] {
        assert_eq!(evaluate(&format!("out = typeof {name}")).as_deref(), Ok("undefined"), "{name}");
    }
    for member in [
        "Object.fromEntries",
        "Object.groupBy",
        "Object.hasOwn",
        "Array.from",
        "[].flat",
        "[].flatMap",
        "[].at",
        "[].toSorted",
        "''.at",
        "''.matchAll",
        "''.bytesFrom",
        "String.bytesFrom",
        "String.raw",
        "''.toUTF8",
        "''.toWellFormed",
        "''.localeCompare",
        "''.anchor",
        "Promise.withResolvers",
        "Math.sumPrecise",
        "new Uint8Array(1).toBase64",
        "Uint8Array.fromHex",
        "JSON.rawJSON",
        "RegExp.escape",
        "Error.captureStackTrace",
        "Error.isError",
        "new ArrayBuffer(1).resize",
        "Date.prototype.getYear",
        "(function () { }).toSource",
    ] {
        assert_eq!(evaluate(&format!("out = typeof {member}")).as_deref(), Ok("undefined"), "{member}");
    }
}

#[test]
fn code_cannot_be_made_from_text() {
    for body in [
        "globalThis.eval('1')",
        "globalThis['ev' + 'al']('1')",
        "(function () { }).constructor('return 1')",
        "new ((function () { }).constructor)('return 1')",
        "(() => 1).constructor('return 1')",
        "handler.constructor('return 1')",
        "Object.getPrototypeOf(handler).constructor('return 1')",
        "globalThis.Function('return 1')",
        "[].map.constructor('return 1')",
    ] {
        let got = evaluate(body);
        assert!(got.as_ref().is_err_and(|error| error.contains("code cannot be made from text")), "{body}: {got:?}");
    }
}

#[test]
fn time_stands_still_at_the_time_given() {
    check(&[
        ("new Date().toISOString()", "2026-11-03T10:00:00.000Z"),
        ("Date.now() === new Date().getTime()", "true"),
        ("new Date(0).getFullYear()", "1970"),
        ("new Date(2026, 0, 2, 3).toISOString()", "2026-01-02T03:00:00.000Z"),
        ("new Date('2026-01-02T03:04:05Z').getHours()", "3"),
        ("new Date(Date.UTC(2026, 0, 31)).getTimezoneOffset()", "0"),
        ("new Date() instanceof Date && typeof Date() === 'string'", "true"),
        ("new Date().constructor.now()", "1793700000000"),
        ("Object.prototype.toString.call(new Date())", "[object Date]"),
    ]);
    let source = "function handler(event) { console.log(Date.now()); return event.request; }";
    let mut engine = engine(source);
    for now in [0, 1, u64::from(u32::MAX) * 2] {
        let headers = common::headers(&[]);
        let run = engine.on_request(&common::request("/", &headers), functions::UnixMs(now));
        assert_eq!(run.log, format!("{now}\n"));
    }
}

#[test]
fn crypto_hashes() {
    let hash = |call: &str| evaluate(&format!("out = require('crypto').{call}"));
    for (call, want) in [
        ("createHash('md5').update('').digest('hex')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("createHash('sha1').update('a').update('bc').digest('hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("createHash('sha256').update('ü').digest('base64')", "YHR0ykdalyTXNgq6caVtXfd+YTUOP3JM+h9G6Ffi2F8="),
        // RFC 2202 and RFC 4231, case 2
        (
            "createHmac('md5', 'Jefe').update('what do ya want for nothing?').digest('hex')",
            "750c783e6ab0b503eaa86e310a5db738",
        ),
        (
            "createHmac('sha1', 'Jefe').update('what do ya want for nothing?').digest('hex')",
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
        (
            "createHmac('sha256', Buffer.from('Jefe')).update('what do ya want for nothing?').digest('hex')",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        // RFC 2202, case 6: a key longer than a block
        (
            "createHmac('md5', Buffer.alloc(80, 0xaa)).update('Test Using Larger Than Block-Size Key - Hash Key First').digest('hex')",
            "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
        ),
        ("createHash('sha1').update(Buffer.from([0, 255])).digest().length", "20"),
        ("createHash('md5').update('a').digest('base64url')", "DMF1ucDxtqgxw5niaXcmYQ"),
    ] {
        assert_eq!(hash(call).as_deref(), Ok(want), "{call}");
    }
    for call in [
        "createHash('sha512')",
        "createHash()",
        "createHash('md5').update('a').digest('utf8')",
        "createHash('md5').update(7)",
        "createHmac('md5')",
        "randomBytes(1)",
    ] {
        assert!(hash(call).is_err_and(|error| error.contains("TypeError")), "{call}");
    }
    let twice = "var h = require('crypto').createHash('md5'); h.digest(); h.digest()";
    assert!(evaluate(twice).is_err_and(|error| error.contains("Digest already called")));
}

#[test]
fn querystring_parses_and_writes() {
    check(&[
        (
            "JSON.stringify(require('querystring').parse('a=1&b=%C3%BC&a=2&c&=d&&e=x+y'))",
            r#"{"a":["1","2"],"b":"ü","c":"","":"d","e":"x y"}"#,
        ),
        ("require('querystring').parse('a=%zz%ff&b=%').a.length", "4"),
        ("require('querystring').parse('__proto__=1').polluted", "undefined"),
        ("require('querystring').parse('a:1;b:2', ';', ':').b", "2"),
        ("Object.keys(require('querystring').parse('a&b&c', null, null, {maxKeys: 2})).length", "2"),
        (
            "require('querystring').stringify({name: 'value', abc: ['xyz', '123'], other: '', n: 1, o: {}})",
            "name=value&abc=xyz&abc=123&other=&n=1&o=",
        ),
        ("require('querystring').stringify({'a b': 'ü&='})", "a%20b=%C3%BC%26%3D"),
        ("require('querystring').escape('a\\ud800')", "a%EF%BF%BD"),
        ("require('querystring').unescape('%41%zz+')", "A%zz+"),
        ("require('querystring').decode('a=b').a + require('querystring').encode({a: 'b'})", "ba=b"),
    ]);
}

#[test]
fn buffers_and_texts() {
    check(&[
        ("Buffer.from('hä').toString('hex')", "68c3a4"),
        ("Buffer.from('aGk', 'base64').toString() + Buffer.from('-_8', 'base64url').toString('hex')", "hifbff"),
        ("Buffer.from('00ffzz', 'hex').length", "2"),
        ("Buffer.from([1, 256, -1]).toString('hex')", "0100ff"),
        ("Buffer.from({type: 'Buffer', data: [65]}).toString()", "A"),
        ("Buffer.from(Buffer.from('ab').buffer, 1).toString()", "b"),
        ("Buffer.alloc(5, 'ab').toString() + Buffer.alloc(2).join()", "ababa0,0"),
        ("Buffer.concat([Buffer.from('ab'), Buffer.from('cd')], 3).toString()", "abc"),
        ("Buffer.concat([]).length + Buffer.byteLength('ü') + Buffer.byteLength('YQ==', 'base64')", "3"),
        ("Buffer.compare(Buffer.from('a'), Buffer.from('b')) + Buffer.from('b').compare(Buffer.from('a'))", "0"),
        ("Buffer.from('abc').slice(1).toString() + Buffer.from('abc').subarray(0, -1).toString()", "bcab"),
        (
            "Buffer.from('abcabc').indexOf('ca') + ',' + Buffer.from('abcabc').lastIndexOf('a') + Buffer.from('a').includes('b')",
            "2,3false",
        ),
        (
            "Buffer.from('abc').equals(Buffer.from('abc')) && Buffer.isBuffer(Buffer.alloc(1)) && !Buffer.isBuffer([])",
            "true",
        ),
        ("JSON.stringify(Buffer.from('a'))", r#"{"type":"Buffer","data":[97]}"#),
        ("Buffer.from([1, 2, 3, 4]).readUInt32BE(0) + ' ' + Buffer.from([255, 254]).readInt16LE(0)", "16909060 -257"),
        ("Buffer.from([1, 2, 3]).readUIntBE(0, 3) + ' ' + Buffer.from([255, 255, 255]).readIntLE(0, 3)", "66051 -1"),
        (
            "(function (b) { b.writeUInt16BE(258, 1); b.writeIntLE(-2, 3, 3); b.writeInt8(-1, 0); return b; })(Buffer.alloc(6)).toString('hex')",
            "ff0102feffff",
        ),
        ("(function (b) { b.writeDoubleLE(1.5, 0); return b.readDoubleLE(0); })(Buffer.alloc(8))", "1.5"),
        ("(function (b) { return b.write('xyz', 1) + b.toString(); })(Buffer.from('abc'))", "2axy"),
        ("Buffer.from('0102', 'hex').swap16().toString('hex') + Buffer.isEncoding('latin1')", "0201false"),
        ("Buffer.from([0xf0, 0x9f, 0x92, 0x61, 0xff]).toString() === '\\ufffda\\ufffd'", "true"),
        ("require('buffer').Buffer === Buffer", "true"),
        (
            "new TextDecoder().decode(new TextEncoder().encode('a\\u00fc\\ud83d\\ude00')) === 'a\\u00fc\\ud83d\\ude00'",
            "true",
        ),
        ("JSON.stringify(new TextEncoder().encodeInto('a\\u00fc', new Uint8Array(2)))", r#"{"read":1,"written":1}"#),
        ("btoa('a\\xff') + atob(' Yf8 ').charCodeAt(1)", "Yf8=255"),
    ]);
    for body in [
        "Buffer.from('a', 'latin1')",
        "Buffer.from(1)",
        "Buffer.alloc(-1)",
        "Buffer.alloc('1')",
        "Buffer.from('a').readInt16LE(0)",
        "Buffer.from('a').readInt8(-1)",
        "Buffer.from('abc').readIntLE(0, 7)",
        "Buffer.from('abc').swap16()",
        "Buffer.concat('a')",
        "new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([255]))",
        "new TextDecoder('latin1')",
        "btoa('\\u0100')",
        "atob('a')",
        "atob('*')",
        "require('fs' + '')".replace("require(", "globalThis.require(").as_str(),
    ] {
        assert!(evaluate(body).is_err(), "{body}");
    }
}

#[test]
fn the_log_takes_what_it_is_given() {
    let source =
        "function handler(event) { console.log('a'); console.log({b: [1]}); console.log(undefined); console.log(null);
        console.log(new Error('c')); console.log('\\ud800'); console.log(); return event.request; }";
    let log = ask(&mut engine(source), "/", &[]).log;
    assert_eq!(log, "a\n{\"b\":[1]}\nundefined\nnull\nError: c\n\u{fffd}\nundefined\n");
}

#[test]
fn the_key_value_store_answers() {
    let values = store(&[("text", "ü"), ("json", "{\"a\":[1]}"), ("__proto__", "p")]);
    for (call, want) in [
        ("cf.kvs().get('text')", Ok("ü")),
        ("cf.kvs('any-id').get('text', {format: 'string'})", Ok("ü")),
        ("cf.kvs().get('text', {format: 'bytes'}).then((b) => b.join())", Ok("195,188")),
        ("cf.kvs().get('json', {format: 'json'}).then((v) => v.a[0])", Ok("1")),
        ("cf.kvs().get('__proto__')", Ok("p")),
        ("cf.kvs().exists('text')", Ok("true")),
        ("cf.kvs().exists('toString')", Ok("false")),
        ("cf.kvs().meta().then((m) => m.keyCount + m.creationDateTime)", Ok("31970-01-01T00:00:00.000Z")),
        ("cf.kvs().get('absent')", Err("Error: KeyNotFound: absent")),
        ("cf.kvs().get('text', {format: 'json'})", Err("SyntaxError")),
        ("cf.kvs().get('text', {format: 'xml'})", Err("TypeError")),
        ("cf.kvs().get(1)", Err("TypeError")),
    ] {
        let source = format!(
            "import cf from 'cloudfront';\nasync function handler(event) {{ const out = await {call}; console.log(out); return event.request; }}"
        );
        let run = ask(&mut engine(&source).with_key_values(values.clone()), "/", &[]);
        match want {
            Ok(text) => assert_eq!((run.outcome.is_ok(), run.log), (true, format!("{text}\n")), "{call}"),
            Err(start) => {
                assert!(run.outcome.clone().is_err_and(|error| error.to_string().contains(start)), "{call}: {run:?}")
            }
        }
    }
    let source = "import cf from 'cloudfront';\nfunction handler(event) { cf.kvs(); return event.request; }";
    assert!(
        ask(&mut engine(source), "/", &[]).outcome.is_err_and(|error| error.to_string().contains("no key-value store"))
    );
}

#[test]
fn origins_are_chosen_in_viewer_requests() {
    let source = |call: &str| {
        format!(
            "import cf from 'cloudfront';\nfunction handler(event) {{ {call}; return event.response || event.request; }}"
        )
    };
    let group = "cf.createRequestOriginGroup({originIds: ['a', 'b'], failoverCriteria: {statusCodes: [500, 503]}})";
    for (call, want) in [
        ("1", None),
        ("cf.selectRequestOriginById('b')", Some(Origin::Selected { id: "b".into() })),
        (
            "cf.selectRequestOriginById('b'); cf.updateRequestOrigin({domainName: 'c.example', customHeaders: {'x-a': '1'}, timeouts: {}})",
            Some(Origin::Updated {
                domain_name: Some("c.example".into()),
                origin_path: None,
                custom_headers: Some(vec![("x-a".into(), "1".into())]),
                others: vec!["timeouts".into()],
            }),
        ),
        (
            group,
            Some(Origin::Group {
                ids: ["a".into(), "b".into()],
                status_codes: vec![StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE],
                by_media_quality: false,
            }),
        ),
    ] {
        let mut engine = engine(&source(call));
        match ask(&mut engine, "/", &[]).outcome {
            Ok(RequestOutcome::Forward(request)) => assert_eq!(request.origin, want, "{call}"),
            other => panic!("{call}: {other:?}"),
        }
    }
    for call in [
        "cf.selectRequestOriginById()",
        "cf.updateRequestOrigin(1)",
        "cf.createRequestOriginGroup({})",
        "cf.x = 1",
        "cf.edgeLocation.name = 'x'",
    ] {
        let outcome = ask(&mut engine(&source(call)), "/", &[]).outcome;
        assert!(outcome.is_err_and(|error| error.to_string().contains("TypeError")), "{call}");
    }
    let run = answer(&mut engine(&source("cf.selectRequestOriginById('b')")), 200, &[]);
    assert!(run.outcome.is_err_and(|error| error.to_string().contains("viewer request only")));
}

#[test]
fn the_place_is_what_the_caller_says() {
    let source =
        "import cf from 'cloudfront';\nfunction handler(event) { console.log(cf.edgeLocation); return event.request; }";
    let place = EdgeLocation { name: "FRA".into(), server_ip: "192.0.2.1".into(), region: "eu-central-1".into() };
    let log = ask(&mut engine(source).with_place(place), "/", &[]).log;
    assert_eq!(log, "{\"name\":\"FRA\",\"region\":\"eu-central-1\",\"serverIp\":\"192.0.2.1\"}\n");
}
