//! The words of the gate: what is refused, as the start of a sentence, and what to write instead.

/// Both halves of a message.
pub(crate) type Refusal = (&'static str, &'static str);

pub(crate) const ASYNC_WITHIN: Refusal =
    ("async functions are declarations at the top level", "write async function name() { … } outside of others");
pub(crate) const AWAIT_IN_ARGUMENTS: Refusal =
    ("there is no await within arguments", "write const value = await …; first");
pub(crate) const AWAIT_OUTSIDE: Refusal =
    ("await stands in async functions only", "move it into async function handler(event) { … }");
pub(crate) const BARE_CATCH: Refusal = ("catch names its error", "write catch (error) { … }");
pub(crate) const BIG_INT: Refusal = ("there is no BigInt", "use numbers");
pub(crate) const COALESCING: Refusal = ("there is no ??", "write a === undefined || a === null ? b : a");
pub(crate) const CODE: Refusal = ("code cannot be made from text", "write it as a function");
pub(crate) const ESCAPE: Refusal = ("escapes have the form \\uXXXX", "write a pair of them, or the character itself");
pub(crate) const ESCAPED_NAME: Refusal = ("names have no escapes", "write the characters themselves");
pub(crate) const FLAGS: Refusal =
    ("regular expressions have the flags g, i, m and y only", "write it without other flags");
pub(crate) const FOR_OF: Refusal = ("there is no for-of", "use forEach, or for with an index");
pub(crate) const GENERATOR: Refusal = ("there are no generators", "fill an array");
pub(crate) const IMPORT: Refusal = ("only one module can be imported", "write import cf from 'cloudfront';");
pub(crate) const LOG: Refusal = ("console.log takes one argument", "write console.log('a' + ' ' + 'b')");
pub(crate) const LOGICAL_ASSIGNMENT: Refusal = ("there is no logical assignment", "write if (!a) { a = b; }");
pub(crate) const METHOD: Refusal = ("objects have no methods of their own syntax", "write {name: function () { … }}");
pub(crate) const NUMBER: Refusal = ("there are no 0b and 0o numbers", "write it in decimal or as 0x");
pub(crate) const REQUIRE: Refusal = (
    "only require('crypto'), require('querystring') and require('buffer') can be called",
    "write one of them with its name as a literal",
);
pub(crate) const TAGGED: Refusal = ("there are no tagged templates", "call the function with arguments");

/// The words for a node that is refused for being one.
pub(crate) fn of_kind(kind: &str) -> Refusal {
    match kind {
        "class" | "class_declaration" => ("there are no classes", "write functions and plain objects"),
        "spread_element" => ("there is no spread", "use concat, apply or Object.assign"),
        "object_pattern" | "array_pattern" => ("there is no destructuring", "write const x = object.x;"),
        "assignment_pattern" => {
            ("there are no default parameters", "set the value in the body: if (x === undefined) { x = … }")
        }
        "generator_function" | "generator_function_declaration" | "yield_expression" => GENERATOR,
        "optional_chain" => ("there is no ?.", "write a && a.b"),
        "shorthand_property_identifier" => ("properties have a name and a value", "write {name: name}"),
        "computed_property_name" => ("names of properties are not computed", "write object[name] = value afterwards"),
        "import" => IMPORT,
        "meta_property" => ("there is no new.target and no import.meta", "pass what is needed as an argument"),
        "export_statement" => ("nothing is exported", "declare function handler(event) { … } alone"),
        "with_statement" => ("there is no with", "write the object's name each time"),
        "debugger_statement" => ("there is no debugger", "use console.log"),
        "hash_bang_line" => ("there is no #! line", "leave it out"),
        _ => ("this is not on the list of runtime 2.0", "write it in ECMAScript 5.1"),
    }
}
