//! The checkout's three pages, and what comes while a payment is on its way.

use crate::view::NameValue;
use crate::view::basket::{LineView, TotalsView};
use crate::view::form::{Choice, Field, FormError, Notice};
use serde::Serialize;

/// What stands beside every step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SummaryView {
    /// Lines.
    pub lines: Vec<LineView>,
    /// `3 items`.
    pub units: String,
    /// Figures.
    pub totals: TotalsView,
}

/// The fields of an address; names in forms are these with a prefix (none for delivery, `billing-`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddressFields {
    /// Full name.
    pub name: Field,
    /// Street and number.
    pub line1: Field,
    /// Town.
    pub city: Field,
    /// Postcode.
    pub postcode: Field,
    /// Countries, the chosen one marked.
    pub countries: Vec<Choice>,
    /// What is wrong with the country; empty if nothing is.
    pub country_error: String,
    /// Folded: flat, floor.
    pub line2: Field,
    /// Folded: company.
    pub company: Field,
    /// Folded: county, state.
    pub region: Field,
    /// Folded: telephone.
    pub phone: Field,
    /// Whether the folded fields stand open: one is filled in or wrong.
    pub more_open: bool,
}

/// Step 1: contact and address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddressView {
    /// Mistakes, summed up.
    pub errors: Vec<FormError>,
    /// What changed since last time.
    pub notices: Vec<Notice>,
    /// Mail address.
    pub email: Field,
    /// Where it goes. For a basket of downloads this is the billing address.
    pub address: AddressFields,
    /// VAT number of a business, where it would change anything.
    pub vat_number: Option<Field>,
    /// Whether anything is sent.
    pub requires_shipping: bool,
    /// Whether it could be fetched from a pick-up point, which the next page asks for.
    pub can_fetch: bool,
    /// Beside the form.
    pub summary: SummaryView,
}

/// Step 2: delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// Mistakes, summed up.
    pub errors: Vec<FormError>,
    /// What changed since last time.
    pub notices: Vec<Notice>,
    /// Where it goes, line by line.
    pub address_lines: Vec<String>,
    /// Whether anything is sent.
    pub requires_shipping: bool,
    /// Ways to send it, the cheapest first and chosen at first; empty for nothing to send, and where nothing can be
    /// sent.
    pub methods: Vec<DeliveryMethodView>,
    /// What is wrong with the choice; empty if nothing is.
    pub method_error: String,
    /// Whether one of them is a pick-up point, so that the address may be for the bill alone.
    pub can_fetch: bool,
    /// Whether the bill goes to the same address.
    pub billing_same: bool,
    /// Where it goes otherwise.
    pub billing: AddressFields,
    /// Beside the form.
    pub summary: SummaryView,
}

/// A way to send it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryMethodView {
    /// What the form sends as `method`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `arrives Thursday 26 November`.
    pub arrives: String,
    /// `£3.50`, `free`.
    pub cost: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// The one pick-up point that it has; else empty.
    pub place: String,
    /// Pick-up points to choose from, in a list that the form sends as `point-` and the method's code; empty where there
    /// is no choice.
    pub points: Vec<Choice>,
    /// What is wrong with the choice; empty if nothing is.
    pub point_error: String,
}

/// Step 3: review and pay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReviewView {
    /// Mistakes, summed up: a payment that was declined, a price that changed.
    pub errors: Vec<FormError>,
    /// What changed since last time.
    pub notices: Vec<Notice>,
    /// For the confirmation.
    pub email: String,
    /// Where it goes, line by line; of a pick-up point with its opening hours; empty for downloads.
    pub delivery_lines: Vec<String>,
    /// Whether it is fetched there.
    pub fetched: bool,
    /// How it is sent.
    pub method: String,
    /// When it arrives.
    pub arrives: String,
    /// Where the bill goes, line by line; empty for the delivery address.
    pub billing_lines: Vec<String>,
    /// VAT number of a business; may be empty.
    pub vat_number: String,
    /// Ways to pay; empty where there is nothing to pay.
    pub payments: Vec<PaymentChoice>,
    /// What is wrong with the choice; empty if nothing is.
    pub payment_error: String,
    /// Gift cards that were typed.
    pub cards: Vec<CardView>,
    /// What was typed as a gift card's code, if it was not taken.
    pub card: Field,
    /// `£23.50`, on the button: what is left to pay.
    pub amount: String,
    /// The same for the form: `GBP 2350`, minor units. Any difference brings the page back.
    pub amount_field: String,
    /// Names this press, so that a second one finds the first.
    pub token: String,
    /// Everything to be bought.
    pub summary: SummaryView,
}

/// A gift card at the checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CardView {
    /// Its place, from 0: with `last_four` it names the card in forms.
    pub place: usize,
    /// The last four signs of its code.
    pub last_four: String,
    /// `Gift card ••••1234`.
    pub name: String,
    /// `−£20.00`; empty if it pays nothing.
    pub pays: String,
    /// Why it pays nothing; empty if it does.
    pub problem: String,
}

/// A way to pay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PaymentChoice {
    /// What the form sends as `payment`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What happens after the press.
    pub help: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What a shopper reads while a payment is not settled, or after it was declined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// `pending`, `declined`, `expired`, `given-back`, `review`, `elsewhere`, `unavailable`.
    pub state: &'static str,
    /// What to know beside the theme's words; may be empty.
    pub text: String,
    /// `£23.50`.
    pub amount: String,
    /// Seconds after which the page asks again by itself; 0 for never.
    pub again_seconds: u32,
    /// Where to look again or go on.
    pub url: String,
    /// The gateway's page, if it can still be paid there; empty otherwise.
    pub pay_url: String,
    /// What is being paid.
    pub facts: Vec<NameValue>,
}
