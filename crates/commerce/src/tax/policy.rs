//! How a store taxes what it sells: who it is, by which table, and what it declares of rounding and prices.

use super::class::TaxClass;
use super::place::TaxPlace;
use super::price::PricesAbroad;
use super::rate::TaxRate;
use super::request::DeliveryTax;
use super::rounding::RoundingRule;
use super::rule::{TaxLevel, TaxName, TaxRule, Validity};
use super::sale::{SaleTax, SaleTerms};
use super::table::{NoTaxRule, TaxTable};
use super::treatment::{Buyer, RatesOf, Seller, TaxTreatment, UncheckedNumber};
use super::zone::TaxZone;
use crate::address::Country;
use jiff::civil::Date;
use std::sync::Arc;

/// How a store taxes its sales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxPolicy {
    /// Who sells.
    pub seller: Seller,
    /// The rates.
    pub table: TaxTable,
    /// How tax is rounded.
    pub rounding: RoundingRule,
    /// How delivery is taxed.
    pub delivery: DeliveryTax,
    /// What stays of a price where the tax is another.
    pub abroad: PricesAbroad,
    /// Whether every sale is charged at the rates of home, wherever it goes and whoever buys.
    is_flat: bool,
}

impl TaxPolicy {
    /// Taxes by place: a sale is treated by where it goes and who buys.
    pub fn by_place(
        seller: Seller,
        table: TaxTable,
        rounding: RoundingRule,
        delivery: DeliveryTax,
        abroad: PricesAbroad,
    ) -> Self {
        Self { seller, table, rounding, delivery, abroad, is_flat: false }
    }

    /// One rate for everything that is taxed at all, wherever it goes: what a market's `tax_percent` says. Goods of the
    /// class `zero` have none. The tax has no name of its own.
    pub fn flat(rate: TaxRate, home: Country) -> Self {
        let rule = TaxRule {
            class: TaxClass::standard(),
            zone: TaxZone::everywhere(),
            level: TaxLevel::Country,
            name: TaxName::unnamed(),
            rate,
            validity: Validity::default(),
            source: String::new(),
            checked: None,
        };
        let seller = Seller {
            home: TaxPlace::new(home, "", ""),
            vat_number: None,
            registrations: Vec::new(),
            one_stop_shop: false,
            unchecked_number: UncheckedNumber::Charge,
        };
        Self {
            seller,
            table: TaxTable::of_one(rule),
            rounding: RoundingRule::default(),
            delivery: DeliveryTax::OwnClass(TaxClass::standard()),
            abroad: PricesAbroad::default(),
            is_flat: true,
        }
    }

    /// Whether every sale is charged at one rate, so that no place and no number changes anything.
    pub fn is_flat(&self) -> bool {
        self.is_flat
    }

    /// The tax of a sale that goes to a place: an [open](SaleTax::is_open) one where it hangs on the region, and the place
    /// does not tell it.
    pub fn sale(self: &Arc<Self>, terms: SaleTerms, destination: TaxPlace, buyer: Buyer<'_>) -> SaleTax {
        let treatment = match self.is_flat {
            true => Ok(TaxTreatment::Charged(RatesOf::Home)),
            false => self.seller.treatment(&destination, buyer),
        };
        SaleTax::new(self.clone(), terms, destination, buyer, treatment)
    }

    /// The tax of a sale to a consumer of whom no more is known than the country.
    pub fn usual_sale(self: &Arc<Self>, terms: SaleTerms, country: Country) -> SaleTax {
        self.sale(terms, TaxPlace::new(country, "", ""), Buyer { vat_number: None, exempt: false })
    }

    /// The rate of a class at home, which is what prices with tax were entered with.
    pub(super) fn home_rate(&self, class: &TaxClass, day: Date) -> Result<TaxRate, NoTaxRule> {
        self.table.combined_rate(class, &self.seller.home, day)
    }
}
