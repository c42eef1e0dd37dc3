//! Home, category, search, static texts, errors.

use crate::text_page::TextPage;
use crate::view::Link;
use crate::view::card::CardMarkup;
use crate::view::image::ImageView;
use crate::view::listing::ListingView;
use serde::Serialize;

/// The home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HomeView {
    /// Headline; the theme greets where it is empty.
    pub headline: String,
    /// What is under it, clean HTML from the store's `pages/<lang>/home.md`; may be empty.
    pub lead_html: String,
    /// Where its button leads: usually the first category; none for no button.
    pub action: Option<Link>,
    /// Pictures beside it, at most three.
    pub pictures: Vec<ImageView>,
    /// Top categories.
    pub categories: Vec<CategoryTile>,
    /// Rows of products, each under its heading.
    pub rows: Vec<CardRow>,
}

/// A category with its picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CategoryTile {
    /// Name.
    pub name: String,
    /// Address.
    pub url: String,
    /// Picture; none for words alone.
    pub image: Option<ImageView>,
}

/// Products under a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CardRow {
    /// Heading.
    pub title: String,
    /// Where to see all of them; may be empty.
    pub url: String,
    /// Products.
    pub cards: Vec<CardMarkup>,
}

/// A category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CategoryView {
    /// Name.
    pub title: String,
    /// From the home page down to the category above.
    pub breadcrumbs: Vec<Link>,
    /// Clean HTML; only on the first page.
    pub description_html: String,
    /// Categories below.
    pub children: Vec<CategoryTile>,
    /// Products.
    pub listing: ListingView,
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SearchView {
    /// What was searched for; empty for the search page itself.
    pub words: String,
    /// What is shown instead, since the words as typed gave nothing; else empty.
    pub corrected: String,
    /// Products.
    pub listing: ListingView,
    /// Near spellings to try, for an empty result.
    pub near: Vec<Link>,
    /// Categories to look into, for an empty result.
    pub categories: Vec<CategoryTile>,
    /// Products that others like, for an empty result.
    pub popular: Vec<CardMarkup>,
}

/// A static page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TextView {
    /// Title.
    pub title: String,
    /// HTML that [`TextPage`] made.
    pub html: String,
    /// Other static pages.
    pub pages: Vec<Link>,
}

impl TextView {
    /// A static page beside its sisters.
    pub fn new(page: &TextPage, pages: Vec<Link>) -> Self {
        Self { title: page.title.clone(), html: page.html.clone(), pages }
    }
}

/// A page that cannot be shown. It looks like the store and keeps the search field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErrorView {
    /// HTTP status: 400, 404, 410, 429, 500, 503. Others read as 500.
    pub status: u16,
    /// What happened, in words for a person; empty for the theme's words for the status.
    pub text: String,
    /// What the log has too; empty for what is not our fault.
    pub reference: String,
    /// Where to go on beside the home page.
    pub links: Vec<Link>,
    /// Products to look at instead, on 404 and 410.
    pub cards: Vec<CardMarkup>,
}
