//! The JSON of `docs/outside.md`, for tests that hold the page against the program.

use serde_json::Value;

/// The page.
pub(crate) const PAGE: &str = include_str!("../../../docs/outside.md");

/// The JSON below a heading: each indented block that begins with a brace.
pub(crate) fn json_below(heading: &str) -> Vec<Value> {
    let section = PAGE.split("\n### ").find(|section| section.starts_with(heading)).unwrap();
    let blocks = section.split("\n\n").filter(|block| block.starts_with("    {"));
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}
