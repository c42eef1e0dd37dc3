//! What templates are given: one struct a page, every text in it ready to be shown.
//!
//! Amounts, dates and words are formatted here, so a template only places them. A view never holds markup but in the
//! fields named `html`, which hold HTML that was cleaned when it came into the store.

pub mod basket;
pub mod card;
pub mod checkout;
pub mod download;
pub mod form;
pub mod image;
pub mod json_ld;
pub mod listing;
pub mod offers;
pub mod order;
pub mod pages;
pub mod price;
pub mod product;
pub mod shell;
pub mod suggest;

use serde::Serialize;

/// The struct of a page; it knows which template shows it.
pub trait View: Serialize {
    /// File under the theme's `templates/`.
    const TEMPLATE: &'static str;
}

macro_rules! views {
    ($($view:ty => $template:literal),* $(,)?) => {$(
        impl View for $view {
            const TEMPLATE: &'static str = $template;
        }
    )*};
}

views! {
    pages::HomeView => "home.html",
    pages::CategoryView => "category.html",
    pages::SearchView => "search.html",
    pages::TextView => "text.html",
    pages::ErrorView => "error.html",
    product::ProductView => "product.html",
    offers::OffersView => "offers.html",
    offers::OfferView => "offer.html",
    basket::BasketView => "basket.html",
    basket::AddedView => "added.html",
    checkout::AddressView => "checkout_address.html",
    checkout::DeliveryView => "checkout_delivery.html",
    checkout::ReviewView => "checkout_review.html",
    checkout::PaymentView => "payment.html",
    order::OrderView => "order.html",
    order::WithdrawView => "withdraw.html",
    download::DownloadView => "download.html",
}

/// Every template that a view names, for checks.
pub const TEMPLATES: [&str; 17] = [
    "home.html",
    "category.html",
    "search.html",
    "text.html",
    "error.html",
    "product.html",
    "offers.html",
    "offer.html",
    "basket.html",
    "added.html",
    "checkout_address.html",
    "checkout_delivery.html",
    "checkout_review.html",
    "payment.html",
    "order.html",
    "withdraw.html",
    "download.html",
];

/// Words with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub name: String,
    /// Where it leads.
    pub url: String,
}

/// A name with its value, such as an option that was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NameValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}
