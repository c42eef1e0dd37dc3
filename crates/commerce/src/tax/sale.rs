//! The tax of one sale: where it goes, who buys, on which day; everything but its lines.

use super::answer::TaxAnswer;
use super::calculate;
use super::class::TaxClass;
use super::place::TaxPlace;
use super::policy::TaxPolicy;
use super::price::{PriceKept, PriceTerms, price_shown};
use super::rate::TaxRate;
use super::request::{DeliveryTax, TaxError, TaxRequest, TaxableDelivery, TaxableLine};
use super::table::NoTaxRule;
use super::treatment::{Buyer, NumberCheck, RatesOf, RegionMissing, TaxTreatment};
use super::vat_number::VatNumber;
use crate::market::TaxDisplay;
use crate::money::{Currency, Money};
use jiff::civil::Date;
use std::sync::Arc;

/// How amounts of a sale are read, and when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleTerms {
    /// What they are in.
    pub currency: Currency,
    /// Whether prices were entered with tax.
    pub entered: TaxDisplay,
    /// Whether the market shows them with tax.
    pub shown: TaxDisplay,
    /// The day, in the store's time zone.
    pub day: Date,
}

/// The tax of a sale, before its lines are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleTax {
    policy: Arc<TaxPolicy>,
    terms: SaleTerms,
    destination: TaxPlace,
    vat_number: Option<(VatNumber, NumberCheck)>,
    is_exempt: bool,
    treatment: TaxTreatment,
    is_open: bool,
}

impl SaleTax {
    pub(super) fn new(
        policy: Arc<TaxPolicy>,
        terms: SaleTerms,
        destination: TaxPlace,
        buyer: Buyer<'_>,
        treatment: Result<TaxTreatment, RegionMissing>,
    ) -> Self {
        Self {
            policy,
            terms,
            destination,
            vat_number: buyer.vat_number.map(|(number, check)| (number.clone(), check)),
            is_exempt: buyer.exempt,
            is_open: treatment.is_err(),
            treatment: treatment.unwrap_or(TaxTreatment::NotRegistered),
        }
    }

    /// The same sale to the same buyer, sent to another place.
    pub fn sent_to(&self, destination: TaxPlace) -> Self {
        let vat_number = self.vat_number.as_ref().map(|(number, check)| (number, *check));
        self.policy.sale(self.terms, destination, Buyer { vat_number, exempt: self.is_exempt })
    }

    /// The same sale on another day.
    pub fn on(self, day: Date) -> Self {
        Self { terms: SaleTerms { day, ..self.terms }, ..self }
    }

    /// How its amounts are read.
    pub fn terms(&self) -> SaleTerms {
        self.terms
    }

    /// How the store taxes.
    pub fn policy(&self) -> &Arc<TaxPolicy> {
        &self.policy
    }

    /// Where it goes.
    pub fn destination(&self) -> &TaxPlace {
        &self.destination
    }

    /// How it is treated.
    pub fn treatment(&self) -> TaxTreatment {
        self.treatment
    }

    /// Whether tax cannot be told before the region is known: none is charged so far, and nothing may be sold so.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// The rate that is charged for a class, of all levels together; 0 where no tax is.
    pub fn rate(&self, class: &TaxClass) -> Result<TaxRate, NoTaxRule> {
        let place = match self.treatment.rates_of() {
            None => return Ok(TaxRate::ZERO),
            Some(RatesOf::Home) => &self.policy.seller.home,
            Some(RatesOf::Destination) => &self.destination,
        };
        self.policy.table.combined_rate(class, place, self.terms.day)
    }

    /// An entered price as this sale shows it, rounded once.
    pub fn price_shown(&self, entered: Money, class: &TaxClass) -> Result<Money, TaxError> {
        use TaxDisplay::{Excluding, Including};
        let kept = self.policy.abroad.kept(self.treatment);
        match (self.terms.entered, self.terms.shown, kept) {
            // No rate plays a part, and most sales end here.
            (Excluding, Excluding, _) | (Including, Including, PriceKept::Gross) => return Ok(entered),
            _ => {}
        }
        let home = match self.terms.entered {
            Including => self.policy.home_rate(class, self.terms.day)?,
            Excluding => TaxRate::ZERO,
        };
        Ok(price_shown(
            entered,
            PriceTerms {
                entered: self.terms.entered,
                shown: self.terms.shown,
                home,
                charged: self.rate(class)?,
                kept,
                mode: self.policy.rounding.mode,
            },
        )?)
    }

    /// A charge for delivery as this sale shows it. Where it is taxed like the goods, and its other side is needed before
    /// these are known, the rate of the class `standard` stands for theirs.
    pub fn delivery_shown(&self, entered: Money) -> Result<Money, TaxError> {
        self.price_shown(entered, &self.delivery_class())
    }

    fn delivery_class(&self) -> TaxClass {
        match &self.policy.delivery {
            DeliveryTax::OwnClass(class) => class.clone(),
            DeliveryTax::InProportion => TaxClass::standard(),
        }
    }

    /// What is asked of whoever works out the tax of lines and delivery; amounts after discounts, as the sale shows them.
    pub fn request(&self, lines: Vec<TaxableLine>, delivery: Option<Money>) -> TaxRequest {
        TaxRequest {
            currency: self.terms.currency,
            base: self.terms.shown,
            day: self.terms.day,
            home: self.policy.seller.home.clone(),
            destination: self.destination.clone(),
            treatment: self.treatment,
            rounding: self.policy.rounding,
            lines,
            delivery: delivery.map(|amount| TaxableDelivery { amount, taxed: self.policy.delivery.clone() }),
        }
    }

    /// The answer of the store's own table.
    pub fn answer(&self, request: &TaxRequest) -> Result<TaxAnswer, TaxError> {
        calculate(request, &self.policy.table)
    }
}
