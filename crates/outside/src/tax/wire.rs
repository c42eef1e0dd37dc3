//! Questions and answers about tax as JSON.

use crate::field::{Field, FieldError, FieldProblem};
use crate::outside::FORMAT;
use commerce::address::Country;
use commerce::market::TaxDisplay;
use commerce::money::{Currency, Money};
use commerce::tax::Taxed;
use commerce::tax::answer::{TaxAnswer, TaxLine, TaxShare, TaxedLine};
use commerce::tax::place::{RegionCode, TaxPlace};
use commerce::tax::rate::TaxRate;
use commerce::tax::request::{DeliveryTax, TaxRequest};
use commerce::tax::rounding::{RoundedPer, RoundingMode};
use commerce::tax::rule::{AppliedRate, TaxLevel, TaxName};
use commerce::tax::treatment::{RatesOf, TaxTreatment};
use serde::Serialize;
use serde_json::Value;

/// A question as it is sent.
#[derive(Serialize)]
pub(super) struct QuestionBody<'q> {
    format: u32,
    question: &'static str,
    currency: &'q str,
    tax_included: bool,
    day: String,
    home: PlaceBody<'q>,
    destination: PlaceBody<'q>,
    treatment: &'static str,
    rounding: RoundingBody,
    lines: Vec<AmountBody<'q>>,
    delivery: Option<AmountBody<'q>>,
}

#[derive(Serialize)]
struct PlaceBody<'q> {
    country: String,
    region: Option<&'q str>,
    postcode: &'q str,
}

#[derive(Serialize)]
struct RoundingBody {
    per: &'static str,
    halves: &'static str,
}

#[derive(Serialize)]
struct AmountBody<'q> {
    amount: String,
    /// None of delivery that is taxed like the goods.
    class: Option<&'q str>,
}

impl<'q> QuestionBody<'q> {
    pub(super) fn of(request: &'q TaxRequest) -> Self {
        let amount = |amount: Money, class| AmountBody { amount: amount.to_decimal_string(), class };
        Self {
            format: FORMAT,
            question: "tax",
            currency: request.currency.code(),
            tax_included: request.base == TaxDisplay::Including,
            day: request.day.to_string(),
            home: PlaceBody::of(&request.home),
            destination: PlaceBody::of(&request.destination),
            treatment: treatment(request.treatment),
            rounding: RoundingBody {
                per: match request.rounding.per {
                    RoundedPer::Line => "line",
                    RoundedPer::Total => "total",
                },
                halves: match request.rounding.mode {
                    RoundingMode::HalfUp => "up",
                    RoundingMode::HalfEven => "even",
                },
            },
            lines: request.lines.iter().map(|line| amount(line.amount, Some(line.class.as_str()))).collect(),
            delivery: request.delivery.as_ref().map(|delivery| match &delivery.taxed {
                DeliveryTax::OwnClass(class) => amount(delivery.amount, Some(class.as_str())),
                DeliveryTax::InProportion => amount(delivery.amount, None),
            }),
        }
    }
}

impl<'q> PlaceBody<'q> {
    fn of(place: &'q TaxPlace) -> Self {
        let region = place.region().map(RegionCode::as_str);
        Self { country: place.country().code().to_owned(), region, postcode: place.postcode() }
    }
}

fn treatment(treatment: TaxTreatment) -> &'static str {
    match treatment {
        TaxTreatment::Charged(RatesOf::Destination) => "charged_at_destination",
        TaxTreatment::Charged(RatesOf::Home) => "charged_at_home",
        TaxTreatment::ReverseCharged => "reverse_charged",
        TaxTreatment::Export => "export",
        TaxTreatment::ExemptBusiness => "exempt_business",
        TaxTreatment::NotRegistered => "not_registered",
    }
}

/// Reads an answer; whether it can be believed, [`TaxAnswer::check`] says.
pub(super) fn read_answer(answer: &Value, request: &TaxRequest) -> Result<TaxAnswer, FieldError> {
    let (whole, currency) = (Field::whole(answer), request.currency);
    let lines = whole.part("lines")?.lines(request.lines.len())?;
    let delivery = whole.part_if_told("delivery")?;
    Ok(TaxAnswer {
        lines: lines.iter().map(|line| read_line(line, currency)).collect::<Result<_, _>>()?,
        delivery: delivery.map(|delivery| read_line(&delivery, currency)).transpose()?,
        taxes: whole.part("taxes")?.list()?.iter().map(|tax| read_tax(tax, currency)).collect::<Result<_, _>>()?,
    })
}

fn read_line(line: &Field<'_>, currency: Currency) -> Result<TaxedLine, FieldError> {
    let total = Taxed::new(line.part("net")?.amount(currency)?, line.part("tax")?.amount(currency)?);
    let share = |share: &Field<'_>| {
        Ok(TaxShare {
            tax_line: share.part("tax_line")?.place()?,
            net: share.part("net")?.amount(currency)?,
            tax: share.part("tax")?.amount(currency)?,
        })
    };
    Ok(TaxedLine {
        total: total.map_err(|_| line.wrong(FieldProblem::TooLarge))?,
        shares: line.part("shares")?.list()?.iter().map(share).collect::<Result<_, _>>()?,
    })
}

fn read_tax(tax: &Field<'_>, currency: Currency) -> Result<TaxLine, FieldError> {
    let (name, level, rate) = (tax.part("name")?, tax.part("level")?, tax.part("rate")?);
    let name = TaxName::parse(name.text()?).map_err(|_| name.wrong(FieldProblem::Not("the name of a tax")))?;
    let level = TaxLevel::parse(level.text()?)
        .ok_or_else(|| level.wrong(FieldProblem::Not("country, region, county, city or district")))?;
    let percent = "a percentage in quotation marks such as \"8.875\"";
    // The shape first, so that a sign or an exponent is refused here as in an amount.
    rate.number(percent)?;
    let rate = TaxRate::parse_percent(rate.text()?).ok_or_else(|| rate.wrong(FieldProblem::Not(percent)))?;
    let country = tax.part_if_told("country")?.map(|country| {
        Country::parse(country.text()?).map_err(|_| country.wrong(FieldProblem::Not("a country such as US")))
    });
    let region = tax.part_if_told("region")?.map(|region| {
        RegionCode::parse(region.text()?).map_err(|_| region.wrong(FieldProblem::Not("a region such as NY")))
    });
    Ok(TaxLine {
        applied: AppliedRate { name, level, country: country.transpose()?, region: region.transpose()?, rate },
        net: tax.part("net")?.amount(currency)?,
        tax: tax.part("tax")?.amount(currency)?,
    })
}
