//! Offers that are open to everybody, and one of them with its goods.

use crate::view::Link;
use crate::view::card::CardMarkup;
use crate::view::pages::CategoryTile;
use serde::Serialize;

/// All offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OffersView {
    /// Title.
    pub title: String,
    /// The offers, in the order in which they apply.
    pub offers: Vec<OfferTile>,
}

/// An offer in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfferTile {
    /// What it is called.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Clean HTML; may be empty.
    pub description_html: String,
    /// `Until 24 December 2026`; empty if it has no end.
    pub until: String,
}

/// One offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfferView {
    /// What it is called.
    pub title: String,
    /// From the home page down to the list of offers.
    pub breadcrumbs: Vec<Link>,
    /// Clean HTML; may be empty.
    pub description_html: String,
    /// `Until 24 December 2026`; empty if it has no end.
    pub until: String,
    /// Products that it asks for, as far as it names them.
    pub cards: Vec<CardMarkup>,
    /// Categories that it asks for.
    pub categories: Vec<CategoryTile>,
    /// The whole shop, for an offer on everything; empty otherwise.
    pub all_url: String,
    /// Its id, where a press of the button opens it; empty where it is open anyway.
    pub opens: String,
}
