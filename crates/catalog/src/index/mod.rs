//! The index: Tantivy behind plain functions. It finds and counts products and holds their cards; documents are in the
//! products file.
//!
//! [`schema`] says what is in it, [`segment`] reads one segment, [`words`] finds products by words, [`listing`] filters,
//! counts and sorts, [`suggest`] completes and corrects.

pub(crate) mod directory;
pub(crate) mod listing;
pub(crate) mod schema;
pub(crate) mod segment;
pub(crate) mod suggest;
pub(crate) mod text;
pub(crate) mod words;
