//! The basket, and the answer to Add.

use crate::view::NameValue;
use crate::view::card::CardMarkup;
use crate::view::form::{Choice, Field, Notice};
use crate::view::image::ImageView;
use serde::Serialize;

/// The basket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BasketView {
    /// What happened, what changed since last time.
    pub notices: Vec<Notice>,
    /// Title of the line that was just taken out, which Undo brings back; else empty.
    pub removed: String,
    /// Lines in their order.
    pub lines: Vec<LineView>,
    /// `3 items`.
    pub units: String,
    /// Figures.
    pub totals: TotalsView,
    /// What is missing for offers that are nearly reached.
    pub upsells: Vec<String>,
    /// Vouchers in the basket.
    pub vouchers: Vec<VoucherView>,
    /// What was typed as a voucher's code, if it was not taken.
    pub voucher: Field,
    /// When it arrives; empty for nothing to send.
    pub delivery_estimate: String,
    /// `£4.20 more for free delivery`, or from which total on it is sent; may be empty.
    pub delivery_hint: String,
    /// Countries to choose from, for what delivery costs; empty for nothing to send, and where the market has one.
    pub delivery_countries: Vec<Choice>,
    /// Whether nothing stands in the way of the checkout.
    pub can_check_out: bool,
    /// Products to look at, where the basket is empty.
    pub popular: Vec<CardMarkup>,
}

/// A voucher in the basket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VoucherView {
    /// Its code.
    pub code: String,
    /// Why it gives nothing; empty if it does.
    pub problem: String,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Its place, from 0: with `product` it names the line in forms.
    pub place: usize,
    /// The variant's id.
    pub product: String,
    /// Product page; empty for what is not sold any more, which has none.
    pub url: String,
    /// Picture.
    pub image: ImageView,
    /// Title of the product.
    pub title: String,
    /// Variant and answers to options.
    pub details: Vec<NameValue>,
    /// Unit price.
    pub unit_price: String,
    /// Lowest price of the 30 days before a reduction; else empty.
    pub unit_prior: String,
    /// `£12.40 / kg`; may be empty.
    pub unit_note: String,
    /// Units.
    pub quantity: u32,
    /// Most units of one line.
    pub quantity_max: u32,
    /// Line total before discounts of the basket.
    pub total: String,
    /// What was taken off, by name.
    pub discounts: Vec<NameValue>,
    /// What stands in the way or has changed; empty if nothing.
    pub problem: String,
}

/// Figures, top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TotalsView {
    /// Goods, discounts, delivery, tax on top.
    pub rows: Vec<NameValue>,
    /// What is to be paid.
    pub total: String,
    /// Whether delivery comes on top of it: it is not chosen yet.
    pub without_delivery: bool,
    /// `incl. £3.92 VAT (20%)`; may be empty.
    pub tax: String,
    /// What comes along with the order.
    pub extras: Vec<String>,
    /// What each gift card pays of the total.
    pub tenders: Vec<NameValue>,
    /// What is left to pay; empty where no gift card pays.
    pub to_pay: String,
}

/// The answer to Add: as a page, and as the fragment that the script shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddedView {
    /// What was put in; its quantity is what the press added.
    pub line: LineView,
    /// `4 items`.
    pub units: String,
    /// Basket total.
    pub total: String,
    /// Basket count for the header.
    pub count: u32,
    /// Back to the product.
    pub back_url: String,
    /// Products beside it.
    pub recommendations: Vec<CardMarkup>,
}
