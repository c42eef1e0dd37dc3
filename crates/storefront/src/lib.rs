//! Pages for shoppers: the theme, the words, and how a view becomes a page.
//!
//! Knows nothing of SQL, of the database's rows or of how an order is placed. Start at [`render::Pages`], which holds
//! the theme and makes pages; [`view`] has one struct a page; [`listing_address`] reads and writes the addresses of
//! listings.

pub mod csp;
pub mod format;
pub mod hint;
pub mod listing_address;
pub mod locale;
pub mod messages;
pub mod render;
pub mod site_files;
pub mod text_page;
pub mod theme;
pub mod urls;
pub mod view;
pub mod web;
