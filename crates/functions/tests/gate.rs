//! What the gate admits, and what it says about the rest.

use functions::{Function, FunctionError, Position, SOURCE_BYTES_MAX};

mod snippets;

const HANDLER: &str = "\nfunction handler(event) { return event.request; }\n";

fn admit(source: &str) -> Result<Function, FunctionError> {
    Function::new("test", source)
}

#[test]
fn the_list_of_runtime_2_0_is_kept() {
    for snippet in snippets::ALL {
        let got = admit(&format!("{}{HANDLER}", snippet.source));
        assert_eq!(got.is_ok(), snippet.is_admitted, "{}: {got:?}", snippet.source);
    }
}

#[test]
fn a_refusal_says_where_what_and_what_to_write_instead() {
    let source = format!("var a = 1;\n\n  var ä = 2, b = [...a];{HANDLER}");
    let refusal = admit(&source).unwrap_err();
    let FunctionError::Unsupported { at, what, instead } = &refusal else { panic!("{refusal:?}") };
    assert_eq!(*at, Position { line: 3, column: 19 });
    assert_eq!((*what, *instead), ("there is no spread", "use concat, apply or Object.assign"));
    assert_eq!(
        refusal.to_string(),
        "line 3, column 19: there is no spread in CloudFront Functions; use concat, apply or Object.assign"
    );
    // The first in the text, not in the tree.
    let source = format!("class A {{ a() {{ return [...b]; }} }}{HANDLER}");
    assert!(admit(&source).unwrap_err().to_string().starts_with("line 1, column 1: there are no classes"));
}

#[test]
fn broken_text_is_refused_with_its_place() {
    for (case, source, line, column) in [
        ("seen by the parser", "var a = ;", 1, 9),
        ("on a later line", "var a = 1;\nvar b = );", 2, 9),
        ("seen by the engine, which points behind it", "let a = 1;\nlet a = 2;", 2, 7),
        ("on the first line", "let a = 1; let a = 2;", 1, 18),
        ("beside the import", "import cf from 'cloudfront'; let a = 1; let a = 2;", 1, 47),
        ("a regular expression", "var a = /[/;", 1, 9),
        ("an end of the wrapper", "} ); (() => {", 1, 1),
    ] {
        match admit(&format!("{source}{HANDLER}")) {
            Err(FunctionError::Syntax { at, message }) => {
                assert!(!message.is_empty(), "{case}");
                assert_eq!(at, Position { line, column }, "{case}: {message}");
            }
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[test]
fn a_handler_is_a_declaration_at_the_top_level() {
    for (source, is_admitted) in [
        ("function handler(event) { return event.request; }", true),
        ("async function handler(event) { return event.request; }", true),
        ("function handler() { } // a comment at the end", true),
        ("", false),
        ("var handler = function (event) { return event.request; };", false),
        ("const handler = (event) => event.request;", false),
        ("{ function handler(event) { } }", false),
        ("function other() { function handler(event) { } }", false),
    ] {
        let got = admit(source);
        assert_eq!(got.is_ok(), is_admitted, "{source}: {got:?}");
        assert!(is_admitted || got == Err(FunctionError::NoHandler), "{source}");
    }
}

#[test]
fn names_and_sizes_are_cloudfronts() {
    for (name, is_admitted) in
        [("a", true), ("Viewer-request_2", true), ("", false), ("a b", false), ("ä", false), (&"n".repeat(65), false)]
    {
        assert_eq!(Function::new(name, HANDLER).is_ok(), is_admitted, "{name}");
    }
    let padded = |bytes: usize| format!("{}{HANDLER}", " ".repeat(bytes - HANDLER.len()));
    assert!(admit(&padded(SOURCE_BYTES_MAX)).is_ok());
    assert_eq!(admit(&padded(SOURCE_BYTES_MAX + 1)), Err(FunctionError::TooLong { bytes: SOURCE_BYTES_MAX + 1 }));
}

#[test]
fn sources_that_nest_without_end_are_refused_not_a_crash() {
    for unit in [
        "(",
        "[",
        "{",
        "`${",
        "!",
        "- ",
        "a=>",
        "x=",
        "a?",
        "new ",
        "if(1)",
        "(function(){",
        "f(",
        "/",
        "\\",
        "a.",
        "[a,",
    ] {
        let source = unit.repeat(SOURCE_BYTES_MAX / unit.len());
        assert!(admit(&source).is_err(), "{unit}");
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("(function(){", "})"), ("f(", ")"), ("a[", "]")] {
        let depth = (SOURCE_BYTES_MAX - HANDLER.len()) / (open.len() + close.len() + 1);
        let source = format!("{}1{}{HANDLER}", open.repeat(depth), close.repeat(depth));
        // Admitted or not: an answer comes.
        let _ = admit(&source);
    }
}
