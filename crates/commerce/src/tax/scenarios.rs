//! Whole sales by the shipped table, as a quote goes through them: treatment, unit price, tax.

use super::calculate;
use super::class::TaxClass;
use super::data::EU_VAT;
use super::place::TaxPlace;
use super::price::{PriceKept, PriceTerms, PricesAbroad, price_shown};
use super::rate::TaxRate;
use super::request::{DeliveryTax, TaxRequest, TaxableDelivery, TaxableLine};
use super::rounding::RoundingRule;
use super::table::TaxTable;
use super::treatment::{Buyer, NumberCheck, RatesOf, Seller, TaxTreatment, UncheckedNumber};
use super::vat_number::VatNumber;
use crate::address::Country;
use crate::market::TaxDisplay;
use crate::money::{Currency, Money};

const DAY: &str = "2026-11-30";

fn place(country: &str, postcode: &str) -> TaxPlace {
    TaxPlace::new(Country::parse(country).unwrap(), "", postcode)
}

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").unwrap())
}

/// Two of something that was entered as 11.90 with German tax, and delivery that was entered as 4.76: goods and delivery
/// without tax, all tax, and what is paid.
fn sale(one_stop_shop: bool, kept: PriceKept, to: &TaxPlace, number: &str) -> (TaxTreatment, [i64; 4]) {
    let table = TaxTable::parse(EU_VAT).unwrap();
    let seller = Seller {
        home: place("DE", "10115"),
        vat_number: VatNumber::parse_with_country("DE136695976").ok(),
        registrations: Vec::new(),
        one_stop_shop,
        unchecked_number: UncheckedNumber::Charge,
    };
    let number = VatNumber::parse_with_country(number).ok();
    let buyer = Buyer { vat_number: number.as_ref().map(|number| (number, NumberCheck::Confirmed)), exempt: false };
    let treatment = seller.treatment(to, buyer).unwrap();
    let rate = |place: &TaxPlace| table.combined_rate(&TaxClass::standard(), place, DAY.parse().unwrap()).unwrap();
    let charged = match treatment.rates_of() {
        Some(RatesOf::Destination) => rate(to),
        Some(RatesOf::Home) => rate(&seller.home),
        None => TaxRate::ZERO,
    };
    let terms = PriceTerms {
        entered: TaxDisplay::Including,
        shown: TaxDisplay::Including,
        home: rate(&seller.home),
        charged,
        kept: PricesAbroad { taxed: kept, ..PricesAbroad::default() }.kept(treatment),
        mode: RoundingRule::default().mode,
    };
    let shown = |minor| price_shown(eur(minor), terms).unwrap();
    let request = TaxRequest {
        currency: Currency::parse("EUR").unwrap(),
        base: TaxDisplay::Including,
        day: DAY.parse().unwrap(),
        home: seller.home,
        destination: to.clone(),
        treatment,
        rounding: RoundingRule::default(),
        lines: vec![TaxableLine { amount: shown(1_190).times(2).unwrap(), class: TaxClass::standard(), is_sent: true }],
        delivery: Some(TaxableDelivery { amount: shown(476), taxed: DeliveryTax::InProportion }),
    };
    let answer = calculate(&request, &table).unwrap();
    let (line, delivery) = (answer.lines[0].total, answer.delivery.as_ref().unwrap().total);
    let total = answer.total(&request).unwrap();
    (treatment, [line.net(), delivery.net(), total.tax(), total.gross()].map(Money::minor))
}

#[test]
fn a_german_store_sells_its_mugs() {
    use TaxTreatment::{Charged, Export, ReverseCharged};
    let (home, destination) = (Charged(RatesOf::Home), Charged(RatesOf::Destination));
    for (case, one_stop_shop, kept, country, postcode, number, treatment, figures) in [
        ("at home", true, PriceKept::Gross, "DE", "20095", "", home, [2_000, 400, 456, 2_856]),
        ("France, one price", true, PriceKept::Gross, "FR", "75001", "", destination, [1_983, 397, 476, 2_856]),
        ("France, one net price", true, PriceKept::Net, "FR", "75001", "", destination, [2_000, 400, 480, 2_880]),
        ("France, no OSS", false, PriceKept::Net, "FR", "75001", "", home, [2_000, 400, 456, 2_856]),
        ("a business", true, PriceKept::Gross, "FR", "75001", "FR40303265045", ReverseCharged, [2_000, 400, 0, 2_400]),
        ("Switzerland", true, PriceKept::Gross, "CH", "8001", "", Export, [2_000, 400, 0, 2_400]),
        ("Belfast", true, PriceKept::Net, "GB", "BT1 1AA", "", destination, [2_000, 400, 480, 2_880]),
        ("Tenerife", true, PriceKept::Gross, "ES", "38001", "", Export, [2_000, 400, 0, 2_400]),
    ] {
        let got = sale(one_stop_shop, kept, &place(country, postcode), number);
        assert_eq!(got, (treatment, figures), "{case}");
    }
}
