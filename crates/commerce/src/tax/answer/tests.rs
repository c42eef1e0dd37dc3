use super::*;
use crate::address::Country;
use crate::market::TaxDisplay;
use crate::money::Currency;
use crate::tax::calculate;
use crate::tax::class::TaxClass;
use crate::tax::place::TaxPlace;
use crate::tax::request::{DeliveryTax, TaxableDelivery, TaxableLine};
use crate::tax::rounding::RoundingRule;
use crate::tax::table::TaxTable;
use crate::tax::treatment::{RatesOf, TaxTreatment};

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").unwrap())
}

/// A mug for 10.00 and 1.90, a book for 10.00 and 0.70, delivery for 5.00 and 0.95.
fn request() -> TaxRequest {
    let line = |class: &str| TaxableLine { amount: eur(1_000), class: TaxClass::parse(class).unwrap(), is_sent: true };
    let place = TaxPlace::new(Country::parse("DE").unwrap(), "", "10115");
    TaxRequest {
        currency: Currency::parse("EUR").unwrap(),
        base: TaxDisplay::Excluding,
        day: "2026-11-30".parse().unwrap(),
        home: place.clone(),
        destination: place,
        treatment: TaxTreatment::Charged(RatesOf::Destination),
        rounding: RoundingRule::default(),
        lines: vec![line("standard"), line("books")],
        delivery: Some(TaxableDelivery { amount: eur(500), taxed: DeliveryTax::OwnClass(TaxClass::standard()) }),
    }
}

fn good() -> TaxAnswer {
    let table = TaxTable::parse("country,class,name,rate\nDE,standard,MwSt,19\nDE,books,MwSt,7\n").unwrap();
    calculate(&request(), &table).unwrap()
}

#[test]
fn an_answer_that_cannot_be_believed_is_refused() {
    let (request, good) = (request(), good());
    let taxed = |net, tax| Taxed::new(eur(net), eur(tax)).unwrap();
    type Change<'c> = &'c dyn Fn(&mut TaxAnswer);
    let changes: [(&str, Change<'_>, &str); 12] = [
        ("a line less", &|answer| drop(answer.lines.pop()), "the answer has other lines than the question"),
        ("no delivery", &|answer| answer.delivery = None, "the answer has other lines than the question"),
        ("another price", &|answer| answer.lines[1].total = taxed(999, 71), "the answer changes the price of line 2"),
        (
            "another price of delivery",
            &|answer| answer.delivery.as_mut().unwrap().total = taxed(501, 95),
            "the answer changes the price of delivery",
        ),
        (
            "a tax below nothing",
            &|answer| answer.lines[0].total = taxed(1_000, -190),
            "the answer has an amount below nothing for line 1",
        ),
        (
            "more tax than shares",
            &|answer| answer.lines[0].total = taxed(1_000, 191),
            "the taxes of line 1 do not add up",
        ),
        ("a share of nothing", &|answer| answer.lines[0].shares[0].tax_line = 2, "the taxes of line 1 do not add up"),
        (
            "a share below nothing",
            &|answer| answer.lines[0].shares[0].tax = eur(-1),
            "the answer has an amount below nothing for line 1",
        ),
        (
            "more net than the line",
            &|answer| answer.lines[0].shares[0].net = eur(1_001),
            "the taxes of line 1 do not add up",
        ),
        ("a tax line that is more", &|answer| answer.taxes[1].tax = eur(71), "tax line 2 is not the sum of its parts"),
        (
            "too many tax lines",
            &|answer| answer.taxes = vec![answer.taxes[0].clone(); 101],
            "the answer has too many tax lines",
        ),
        (
            "one share twice",
            &|answer| answer.lines[0].shares = vec![answer.lines[0].shares[0]; 3],
            "the answer has too many tax lines",
        ),
    ];
    assert_eq!(good.check(&request), Ok(()));
    for (case, change, want) in changes {
        let mut answer = good.clone();
        change(&mut answer);
        assert_eq!(answer.check(&request).map_err(|problem| problem.to_string()), Err(want.to_owned()), "{case}");
    }
    let untaxed = TaxRequest { treatment: TaxTreatment::Export, ..request.clone() };
    assert_eq!(good.check(&untaxed), Err(AnswerProblem::Untaxed));
    let mut of_lines = calculate(&untaxed, &TaxTable::default()).unwrap();
    assert_eq!(of_lines.check(&untaxed), Ok(()));
    of_lines.taxes = good.taxes.clone();
    assert_eq!(of_lines.check(&untaxed), Err(AnswerProblem::Untaxed), "tax lines that no line has");
    let mut dollars = good.clone();
    dollars.taxes[0].tax = Money::from_minor(285, Currency::parse("USD").unwrap());
    assert_eq!(dollars.check(&request), Err(AnswerProblem::TaxLine(0)));
}
