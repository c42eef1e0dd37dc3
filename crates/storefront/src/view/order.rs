//! The order page: confirmation at first, then what a guest comes back to. Works on reload and from the mail.

use crate::view::NameValue;
use crate::view::basket::{LineView, TotalsView};
use crate::view::download::DownloadLinkView;
use crate::view::form::{Field, FormError, Notice};
use serde::Serialize;

/// An order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// Whether it was placed just now: the page thanks.
    pub is_new: bool,
    /// What happened.
    pub notices: Vec<Notice>,
    /// Number, as people read it.
    pub number: String,
    /// When it was placed.
    pub placed: String,
    /// Where the confirmation goes.
    pub email: String,
    /// Where the order stands, step by step.
    pub steps: Vec<OrderStep>,
    /// Where it stands, in a sentence.
    pub state: String,
    /// Of the payment, in a few words.
    pub payment_state: String,
    /// What to do next, for example how to pay an invoice; may be empty.
    pub next: String,
    /// When it arrives; may be empty.
    pub arrives: String,
    /// Parcels with their tracking.
    pub parcels: Vec<ParcelView>,
    /// Files that were bought.
    pub downloads: Vec<DownloadLinkView>,
    /// Lines.
    pub lines: Vec<LineView>,
    /// Figures.
    pub totals: TotalsView,
    /// Where it goes, line by line; of a pick-up point with its opening hours.
    pub delivery_lines: Vec<String>,
    /// Whether it is fetched there.
    pub fetched: bool,
    /// How it is sent.
    pub method: String,
    /// Where the bill goes, line by line.
    pub billing_lines: Vec<String>,
    /// VAT number of the business that bought; may be empty.
    pub vat_number: String,
    /// How it is paid.
    pub payment_method: String,
    /// Where Cancel leads; empty when it is too late.
    pub cancel_url: String,
    /// Where Withdraw leads; empty when it is too late.
    pub withdraw_url: String,
    /// Last day to withdraw; may be empty.
    pub withdraw_until: String,
}

/// A step of an order's way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrderStep {
    /// What it is called.
    pub name: String,
    /// `done`, `next` for the first that is not, `later` for those behind it.
    pub state: &'static str,
    /// Whether the order stands here: the last of the steps that are done one after another.
    pub current: bool,
}

/// A parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ParcelView {
    /// Where it stands.
    pub state: String,
    /// Tracking number; may be empty.
    pub tracking: String,
    /// The carrier's page; may be empty.
    pub tracking_url: String,
    /// What is in it.
    pub lines: Vec<NameValue>,
}

/// Withdrawal in the two steps that Directive (EU) 2023/2673 asks for: a statement, then its confirmation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WithdrawView {
    /// Mistakes, summed up.
    pub errors: Vec<FormError>,
    /// The order.
    pub number: String,
    /// Its page.
    pub order_url: String,
    /// Where the form leads.
    pub action: String,
    /// Who withdraws.
    pub name: Field,
    /// Where the receipt goes.
    pub email: Field,
    /// Lines that can be withdrawn from, with the quantity that was bought.
    pub lines: Vec<LineView>,
    /// Last day.
    pub until: String,
    /// When it was received: set after the confirmation, the page is the receipt then.
    pub received: String,
}
