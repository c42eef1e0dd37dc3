//! The gate: what of JavaScript a function may be written in.
//!
//! Every node of the syntax tree is looked up; one that is not known is refused. Debian's `njs` is the oracle of
//! `tests/oracle.rs`: whatever it refuses, this refuses.

use crate::function::{FunctionError, Position};
use crate::refusal::{self, Refusal};
use tree_sitter::{Node, Parser, TreeCursor};

/// Turns an admitted source into an expression: a function of `cf` that gives `handler`.
pub(crate) fn admit(source: &str) -> Result<String, FunctionError> {
    let mut parser = Parser::new();
    let is_set = parser.set_language(&tree_sitter_javascript::LANGUAGE.into());
    is_set.map_err(|error| FunctionError::Machine(error.to_string()))?;
    let tree = parser.parse(source, None).ok_or_else(|| FunctionError::Machine("the parser gave up".to_owned()))?;
    let root = tree.root_node();
    let imports: Vec<Node<'_>> = children(root).into_iter().filter(|node| node.kind() == "import_statement").collect();
    let body = blanked(source, imports.first().copied());
    if root.has_error() {
        // The engine knows better what is wrong.
        crate::realm::compiles(&body)?;
        let at = Position::of(source, first_error(root).start_byte());
        return Err(FunctionError::Syntax { at, message: "this is no JavaScript that can be read".to_owned() });
    }
    if let Some((node, (what, instead))) = first_refused(source, root) {
        return Err(FunctionError::Unsupported { at: Position::of(source, node.start_byte()), what, instead });
    }
    if let Some(second) = imports.get(1) {
        let at = Position::of(source, second.start_byte());
        return Err(FunctionError::Unsupported { at, what: "cf is imported already", instead: "leave this line out" });
    }
    let text = |node: Node<'_>| &source[node.byte_range()];
    let is_handler = |node: Node<'_>| {
        node.kind() == "function_declaration" && node.child_by_field_name("name").map(text) == Some("handler")
    };
    if !children(root).into_iter().any(is_handler) {
        return Err(FunctionError::NoHandler);
    }
    crate::realm::compiles(&body)?;
    // The source stays on its own lines, so that messages name them.
    let parameter = if imports.is_empty() { "" } else { "cf" };
    Ok(format!("'use strict'; ({parameter}) => {{{body}\nreturn handler; }}"))
}

/// A source with blanks in place of its import, line by line.
fn blanked(source: &str, import: Option<Node<'_>>) -> String {
    let part = import.map_or(0..0, |import| import.byte_range());
    let is_kept = |byte: usize, c: char| c == '\n' || !part.contains(&byte);
    source.char_indices().map(|(byte, c)| if is_kept(byte, c) { c } else { ' ' }).collect()
}

/// The first place that is an error in itself or for what it lacks.
fn first_error(root: Node<'_>) -> Node<'_> {
    let mut node = root;
    while let Some(child) =
        (!node.is_error()).then(|| children(node).into_iter().find(|child| child.has_error())).flatten()
    {
        node = child;
    }
    node
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

/// Walks the tree in order of the text. Does not recurse: a source may nest ten thousand deep.
fn first_refused<'t>(source: &str, root: Node<'t>) -> Option<(Node<'t>, Refusal)> {
    let mut cursor: TreeCursor<'t> = root.walk();
    let mut gate = Gate { source, around: Vec::new() };
    loop {
        let node = cursor.node();
        if let Some(refusal) = gate.judge(node) {
            return Some((node, refusal));
        }
        if cursor.goto_first_child() {
            gate.around.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
            gate.around.pop();
        }
    }
}

struct Gate<'s, 't> {
    source: &'s str,
    /// The nodes around the one that is judged, the outermost first.
    around: Vec<Node<'t>>,
}

impl<'s> Gate<'s, '_> {
    fn text(&self, node: Node<'_>) -> &'s str {
        &self.source[node.byte_range()]
    }

    fn field(&self, node: Node<'_>, name: &str) -> Option<&'s str> {
        node.child_by_field_name(name).map(|child| self.text(child))
    }

    fn parent_kind(&self) -> &str {
        self.around.last().map_or("", |parent| parent.kind())
    }

    /// Why a node is refused. A node without an arm of its own is not on the list.
    fn judge(&self, node: Node<'_>) -> Option<Refusal> {
        if !node.is_named() {
            return self.judge_token(node.kind());
        }
        match node.kind() {
            "identifier" | "property_identifier" | "statement_identifier" => self.judge_name(node),
            "import_statement" => self.judge_import(node),
            "call_expression" => self.judge_call(node),
            "await_expression" => self.judge_await(),
            "method_definition" => {
                // Getters and setters are of ES 5.1.
                let is_accessor = node.child(0).is_some_and(|first| matches!(first.kind(), "get" | "set"));
                (!is_accessor).then_some(refusal::METHOD)
            }
            "catch_clause" => node.child_by_field_name("parameter").is_none().then_some(refusal::BARE_CATCH),
            "number" => {
                let number = self.text(node).to_ascii_lowercase();
                let is_odd = number.starts_with("0b") || number.starts_with("0o");
                if number.ends_with('n') { Some(refusal::BIG_INT) } else { is_odd.then_some(refusal::NUMBER) }
            }
            "regex_flags" => self.text(node).contains(|flag| !"gimy".contains(flag)).then_some(refusal::FLAGS),
            "escape_sequence" => self.text(node).starts_with("\\u{").then_some(refusal::ESCAPE),
            kind => (!LISTED.contains(&kind)).then(|| refusal::of_kind(kind)),
        }
    }

    fn judge_token(&self, token: &str) -> Option<Refusal> {
        match token {
            "??" => Some(refusal::COALESCING),
            "??=" | "||=" | "&&=" => Some(refusal::LOGICAL_ASSIGNMENT),
            "of" if self.parent_kind() == "for_in_statement" => Some(refusal::FOR_OF),
            "await" if self.parent_kind() == "for_in_statement" => Some(refusal::FOR_OF),
            "*" if self.parent_kind() == "method_definition" => Some(refusal::GENERATOR),
            "async" => {
                let is_top = self.around.len() == 2 && self.parent_kind() == "function_declaration";
                (!is_top).then_some(refusal::ASYNC_WITHIN)
            }
            _ => None,
        }
    }

    fn judge_name(&self, node: Node<'_>) -> Option<Refusal> {
        let name = self.text(node);
        if name.contains('\\') {
            return Some(refusal::ESCAPED_NAME);
        }
        if node.kind() != "identifier" {
            return None;
        }
        match name {
            "eval" => Some(refusal::CODE),
            // `x instanceof Function` and `Function.prototype` are harmless.
            "Function" if !matches!(self.parent_kind(), "binary_expression" | "member_expression") => {
                Some(refusal::CODE)
            }
            "require" => {
                let call = self.around.last().filter(|parent| parent.kind() == "call_expression");
                let is_called = call.is_some_and(|call| call.child_by_field_name("function") == Some(node));
                (!is_called).then_some(refusal::REQUIRE)
            }
            _ => None,
        }
    }

    fn judge_import(&self, node: Node<'_>) -> Option<Refusal> {
        let clause = node.named_child(0).filter(|clause| clause.kind() == "import_clause");
        let is_cf = clause.map(|clause| self.text(clause)) == Some("cf");
        let is_cloudfront = matches!(self.field(node, "source"), Some("'cloudfront'" | "\"cloudfront\""));
        (!is_cf || !is_cloudfront || node.named_child_count() != 2).then_some(refusal::IMPORT)
    }

    fn judge_call(&self, node: Node<'_>) -> Option<Refusal> {
        let arguments = node.child_by_field_name("arguments").filter(|arguments| arguments.kind() == "arguments");
        let Some(arguments) = arguments else { return Some(refusal::TAGGED) };
        match self.field(node, "function") {
            Some("require") => {
                let name = arguments.named_child(0).map(|name| self.text(name).trim_matches(['\'', '"']));
                let is_known = matches!(name, Some("crypto" | "querystring" | "buffer"));
                (!is_known || arguments.named_child_count() != 1).then_some(refusal::REQUIRE)
            }
            Some("console.log") => (arguments.named_child_count() > 1).then_some(refusal::LOG),
            _ => None,
        }
    }

    fn judge_await(&self) -> Option<Refusal> {
        let within = self.around.iter().rev().map(|node| node.kind());
        let mut within = within.take_while(|kind| !FUNCTIONS.contains(kind));
        if within.any(|kind| kind == "arguments") {
            return Some(refusal::AWAIT_IN_ARGUMENTS);
        }
        let is_in_function = self.around.iter().any(|node| FUNCTIONS.contains(&node.kind()));
        (!is_in_function).then_some(refusal::AWAIT_OUTSIDE)
    }
}

const FUNCTIONS: &[&str] = &["function_declaration", "function_expression", "arrow_function", "method_definition"];

/// Nodes with nothing more to ask.
const LISTED: &[&str] = &[
    "arguments",
    "array",
    "arrow_function",
    "assignment_expression",
    "augmented_assignment_expression",
    "binary_expression",
    "break_statement",
    "comment",
    "continue_statement",
    "do_statement",
    "else_clause",
    "empty_statement",
    "expression_statement",
    "false",
    "finally_clause",
    "for_in_statement",
    "for_statement",
    "formal_parameters",
    "function_declaration",
    "function_expression",
    "if_statement",
    "import_clause",
    "labeled_statement",
    "lexical_declaration",
    "member_expression",
    "new_expression",
    "null",
    "object",
    "pair",
    "parenthesized_expression",
    "program",
    "regex",
    "regex_pattern",
    "rest_pattern",
    "return_statement",
    "sequence_expression",
    "statement_block",
    "string",
    "string_fragment",
    "subscript_expression",
    "switch_body",
    "switch_case",
    "switch_default",
    "switch_statement",
    "template_string",
    "template_substitution",
    "ternary_expression",
    "this",
    "throw_statement",
    "true",
    "try_statement",
    "unary_expression",
    "undefined",
    "update_expression",
    "variable_declaration",
    "variable_declarator",
    "while_statement",
];
