//! Pictures: drawn ones for the demo store, and uploads made into the sizes that pages ask for.
//!
//! Knows nothing of products, pages, databases or where files are kept: bytes in, bytes and names out.
//! Start at [`drawing::Drawing`] for pictures from a seed, at [`resize::prepare`] for uploads, at [`names`] for what
//! files are called.

pub mod drawing;
pub mod names;
pub mod resize;
