//! What a shopper has filled in at the checkout, and the presses of Pay: a sealed cookie until it is an order.

use super::Storefront;
use super::forms::Fields;
use crate::locale::PageLocale;
use commerce::address::{Address, AddressProblem, Country, EmailAddress};
use commerce::checkout::CheckoutDraft;
use commerce::gift_card::GiftCardCode;
use commerce::ids::{CheckoutId, derived_uuid};
use commerce::tax::place::TaxPlace;
use commerce::tax::treatment::NumberCheck;
use commerce::tax::vat_number::VatNumber;
use http::header::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use shop::Purpose;
use shop::offered::Buyer;

/// How long an unfinished checkout is remembered, in seconds.
const DRAFT_SECONDS: i64 = 2 * 3_600;
/// Largest draft that is kept, in bytes: sealed and in base64 it stays under the 4,096 bytes that browsers keep, with
/// the names of presses that come later.
const DRAFT_BYTES_MAX: usize = 2_600;
/// Presses of before that are remembered, of those that came to nothing and of those that became orders.
const PRESSES_MAX: usize = 3;
/// Words for what the register of VAT numbers said.
const CONFIRMED: &str = "yes";
const REFUSED: &str = "no";
/// The cookie that holds it.
const DRAFT_COOKIE: &str = "tw-checkout";

/// What a shopper has filled in, as it was typed, so that nothing is lost while it is not right yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    pub(super) email: String,
    pub(super) delivery: Typed,
    pub(super) billing: Option<Typed>,
    pub(super) method: String,
    pub(super) point: String,
    pub(super) gateway: String,
    /// Signs of the gift cards' codes, in the order in which they were typed.
    pub(super) cards: Vec<String>,
    /// VAT number of a business, as typed.
    pub(super) vat_number: String,
    /// What the register said of it; empty if nothing.
    vat_checked: String,
    /// Names the press of Pay; a new one when it has come to an end.
    pub(super) id: String,
    /// Whether Pay was pressed with this id.
    pub(super) pressed: bool,
    /// Presses of before, the newest last: they came to nothing, as far as is known.
    earlier: Vec<String>,
    /// Presses that became orders, the newest last: their lines are out of the basket.
    bought: Vec<String>,
    /// When it is forgotten, in microseconds: a copy of the cookie is worth nothing afterwards.
    until: i64,
}

/// A buyer as far as the draft tells.
pub(super) struct DraftBuyer {
    email: Option<EmailAddress>,
    /// The press whose units and uses are this visitor's own.
    checkout: Option<CheckoutId>,
    to: Option<TaxPlace>,
    vat_number: Option<(VatNumber, NumberCheck)>,
}

impl DraftBuyer {
    pub(super) fn known(&self) -> Buyer<'_> {
        Buyer {
            email: self.email.as_ref(),
            checkout: self.checkout,
            to: self.to.as_ref(),
            vat_number: self.vat_number.as_ref(),
        }
    }
}

/// An address as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) company: String,
    pub(super) line1: String,
    pub(super) line2: String,
    pub(super) city: String,
    pub(super) region: String,
    pub(super) postcode: String,
    pub(super) country: String,
    pub(super) phone: String,
}

impl Typed {
    pub(super) fn from_fields(fields: &Fields, prefix: &str) -> Self {
        // Far above any real address, and the cookie stays small.
        let get = |name: &str| fields.get(&format!("{prefix}{name}")).chars().take(200).collect::<String>();
        Self {
            name: get("name"),
            company: get("company"),
            line1: get("line1"),
            line2: get("line2"),
            city: get("city"),
            region: get("region"),
            postcode: get("postcode"),
            country: get("country"),
            phone: get("phone"),
        }
    }

    /// Where it is as far as tax is concerned; `None` while no country is chosen.
    fn place(&self) -> Option<TaxPlace> {
        Some(TaxPlace::new(Country::parse(&self.country).ok()?, &self.region, &self.postcode))
    }

    /// The address, or everything that is wrong with it. The country must be one of the market's.
    pub(super) fn checked(&self, page: &PageLocale) -> Result<Address, Vec<Problem>> {
        let country = Country::parse(&self.country).ok().filter(|country| page.market.countries.contains(country));
        let address = Address {
            name: self.name.clone(),
            company: self.company.clone(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            region: self.region.clone(),
            postcode: self.postcode.clone(),
            country: country.unwrap_or(page.market.countries[0]),
            phone: self.phone.clone(),
        };
        let (checked, mut problems) = match address.checked() {
            Ok(address) => (Some(address), Vec::new()),
            Err(problems) => (None, problems.into_iter().map(problem).collect::<Vec<Problem>>()),
        };
        if country.is_none() {
            problems.push(("country", "say-country-wrong"));
        }
        match checked {
            Some(address) if problems.is_empty() => Ok(address),
            _ => Err(problems),
        }
    }
}

/// Field and message of a mistake.
pub(super) type Problem = (&'static str, &'static str);

fn problem(problem: AddressProblem) -> Problem {
    match problem {
        AddressProblem::Missing("name") => ("name", "say-name-missing"),
        AddressProblem::Missing("line1") => ("line1", "say-line1-missing"),
        AddressProblem::Missing("city") => ("city", "say-city-missing"),
        AddressProblem::Missing(_) => ("postcode", "say-postcode-missing"),
        AddressProblem::Postcode => ("postcode", "say-postcode-wrong"),
        AddressProblem::Unprintable(field) => (field, "say-too-long"),
    }
}

impl Storefront {
    /// What the visitor has filled in so far.
    pub(super) fn draft(&self, headers: &HeaderMap) -> Draft {
        let plain = self.open_cookie(headers, Purpose::Checkout, DRAFT_COOKIE);
        let draft: Option<Draft> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        draft.filter(|draft| self.shop().now().micros() < draft.until).unwrap_or_default()
    }

    /// The cookie that keeps it.
    pub(super) fn keep_draft(&self, draft: &Draft) -> HeaderValue {
        let until = self.shop().now().plus_ms(DRAFT_SECONDS * 1_000).micros();
        let plain = serde_json::to_vec(&Draft { until, ..draft.clone() }).unwrap_or_default();
        self.sealed_cookie(Purpose::Checkout, DRAFT_COOKIE, &plain, DRAFT_SECONDS)
    }
}

impl Draft {
    /// Whether it is larger than browsers keep: they would drop it, and everything typed with it.
    pub(super) fn is_too_large(&self) -> bool {
        let typed = Self { earlier: Vec::new(), bought: Vec::new(), ..self.clone() };
        serde_json::to_vec(&typed).map_or(0, |plain| plain.len()) > DRAFT_BYTES_MAX
    }

    /// The checkout that this visitor pressed Pay for last, or is about to.
    pub(super) fn id(&self) -> Option<CheckoutId> {
        CheckoutId::parse(&self.id).ok()
    }

    /// Codes of the gift cards that pay.
    pub(super) fn codes(&self) -> Vec<GiftCardCode> {
        self.cards.iter().filter_map(|code| GiftCardCode::parse(code).ok()).collect()
    }

    /// Who buys, as far as limits of offers hang on it.
    pub(super) fn buyer(&self) -> DraftBuyer {
        DraftBuyer {
            email: EmailAddress::parse(&self.email).ok(),
            checkout: self.id().filter(|_| self.pressed),
            to: self.delivery.place(),
            vat_number: self.checked_vat_number(),
        }
    }

    /// The VAT number that was typed, and what the register said of it.
    pub(super) fn checked_vat_number(&self) -> Option<(VatNumber, NumberCheck)> {
        let number = VatNumber::parse_with_country(&self.vat_number).ok()?;
        let check = match self.vat_checked.as_str() {
            CONFIRMED => NumberCheck::Confirmed,
            REFUSED => NumberCheck::Refused,
            _ => NumberCheck::Unknown,
        };
        Some((number, check))
    }

    /// Leaves the VAT number out.
    pub(super) fn forget_vat_number(&mut self) {
        self.vat_number.clear();
        self.vat_checked.clear();
    }

    /// Keeps what the register said of the VAT number.
    pub(super) fn note_vat_check(&mut self, check: NumberCheck) {
        let word = match check {
            NumberCheck::Confirmed => CONFIRMED,
            NumberCheck::Refused => REFUSED,
            NumberCheck::Unknown => "",
        };
        self.vat_checked = word.to_owned();
    }

    /// Whether the button carries this name now.
    pub(super) fn is_current(&self, id: CheckoutId) -> bool {
        self.id == id.to_string()
    }

    /// Whether this visitor pressed Pay for that checkout: only they are shown its order without its link.
    pub(super) fn is_of(&self, id: CheckoutId) -> bool {
        self.is_current(id) || self.has_bought(id) || self.earlier.contains(&id.to_string())
    }

    /// Whether that checkout became an order and its lines were taken out of the basket.
    pub(super) fn has_bought(&self, id: CheckoutId) -> bool {
        self.bought.contains(&id.to_string())
    }

    /// Checkouts that may have become orders without this visitor's browser being told.
    pub(super) fn open_presses(&self) -> Vec<CheckoutId> {
        let current = Some(&self.id).filter(|_| self.pressed);
        self.earlier.iter().chain(current).filter_map(|id| CheckoutId::parse(id).ok()).collect()
    }

    /// The next press is another checkout. Its name follows from the one before, so that whoever presses twice, or in
    /// two tabs, begins one.
    pub(super) fn begin_anew(&mut self) -> CheckoutId {
        let next = CheckoutId::new(derived_uuid("press", &self.id));
        remember(&mut self.earlier, std::mem::replace(&mut self.id, next.to_string()));
        self.pressed = false;
        next
    }

    /// That checkout is an order and its lines are out of the basket. What was filled in for it is forgotten.
    pub(super) fn note_bought(&mut self, id: CheckoutId) {
        if self.is_current(id) {
            let (earlier, bought) = (std::mem::take(&mut self.earlier), std::mem::take(&mut self.bought));
            *self = Self { earlier, bought, ..Self::default() };
        }
        let id = id.to_string();
        self.earlier.retain(|known| *known != id);
        remember(&mut self.bought, id);
    }

    /// As the shop takes it, with everything checked again.
    pub(super) fn checked(&self, page: &PageLocale) -> CheckoutDraft {
        CheckoutDraft {
            email: EmailAddress::parse(&self.email).ok(),
            delivery: self.delivery.checked(page).ok(),
            billing: self.billing.as_ref().and_then(|billing| billing.checked(page).ok()),
            method: Some(self.method.clone()).filter(|method| !method.is_empty()),
            point: Some(self.point.clone()).filter(|point| !point.is_empty()),
            gateway: Some(self.gateway.clone()),
            vat_number: self.checked_vat_number(),
            cards: self.codes(),
        }
    }
}

fn remember(presses: &mut Vec<String>, id: String) {
    presses.push(id);
    let surplus = presses.len().saturating_sub(PRESSES_MAX);
    presses.drain(..surplus);
}
