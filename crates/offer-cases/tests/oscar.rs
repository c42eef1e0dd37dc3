//! The arithmetic of offers against django-oscar's, case by case and figure by figure.

#[path = "oscar/differences.rs"]
mod differences;

use differences::DIFFERENCES;
use offer_cases::{Case, answer, figures, price, read_cases};
use proptest::prelude::*;

/// Made with django-oscar 4.2.1; each case was run twice.
const CASES: &str = include_str!("cases/offers-oscar.json");

/// Cases of which we take another view of the rule, with the field that is refused.
const REFUSED: &[(&str, &str)] = &[("bundle-value-condition-gives-nothing", "o1 condition")];

fn cases() -> Vec<Case> {
    read_cases(CASES).expect("the cases can be read")
}

#[test]
fn every_figure_is_oscars_or_differs_on_purpose() {
    let (mut found, mut compared) = (Vec::new(), 0);
    assert_eq!(cases().len(), 120);
    for case in &cases() {
        let (oscar, is_rounded) = figures(case.expect.as_ref().unwrap(), case.sale.terms().currency);
        let is_declared = case.sub_minor || case.quirk.is_some();
        assert!(!is_rounded || is_declared, "{}: more digits than the currency, and the case does not say so", case.id);
        let ours = answer(case, &price(case).unwrap());
        compared += oscar.len();
        for differs in offer_cases::differences(&oscar, &figures(&ours, case.sale.terms().currency).0) {
            let [oscar, ours] = [&differs.expected, &differs.found].map(|text| text.as_deref().unwrap_or("(none)"));
            assert!(is_declared, "{} {}: Oscar has {oscar}, we have {ours}", case.id, differs.figure);
            found.push(format!("{} {}: {oscar} became {ours}", case.id, differs.figure));
        }
    }
    let row = |case: &str, (name, oscar, ours): &(&str, &str, &str)| format!("{case} {name}: {oscar} became {ours}");
    let listed = DIFFERENCES.iter().flat_map(|entry| entry.figures.iter().map(move |figure| row(entry.case, figure)));
    let mut listed: Vec<String> = listed.collect();
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
    assert!(compared > 1_300, "{compared} figures were compared");
}

#[test]
fn each_difference_is_told_to_people() {
    let page = include_str!("../../../docs/from-oscar.md");
    for difference in DIFFERENCES {
        assert!(page.contains(&format!("`{}`", difference.case)), "{}", difference.case);
        assert!(difference.why.ends_with('.'), "{}", difference.case);
    }
}

#[test]
fn rules_that_mean_nothing_are_refused_with_their_field() {
    let refused = cases().into_iter().flat_map(|case| {
        let errors = case.offers.into_iter().filter_map(|(name, offer)| offer.err().map(|error| (name, error)));
        errors.map(move |(name, error)| (case.id.clone(), format!("{name} {}", error.field))).collect::<Vec<_>>()
    });
    let refused: Vec<(String, String)> = refused.collect();
    let refused: Vec<(&str, &str)> = refused.iter().map(|(case, what)| (case.as_str(), what.as_str())).collect();
    assert_eq!(refused, REFUSED);
}

#[test]
fn an_offer_that_names_an_exclusive_one_is_refused() {
    let offer = |id: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","condition":{{"type":"count","range":"all","value":1}},"benefit":{{"type":"percentage","range":"all","value":"10"}}{more}}}"#
        )
    };
    let file = |first: &str, second: &str| {
        let offers = [offer("first", first), offer("second", second)].join(",");
        format!(
            r#"{{"format":"tradewind-offers/1","currency":"GBP","cases":[{{"id":"a","ranges":{{"all":{{"all":true}}}},"offers":[{offers}]}}]}}"#
        )
    };
    let names = r#","exclusive":false,"combines_with":["second"]"#;
    let refusal = "combines_with must not name an exclusive offer, for that one shares with nobody";
    for (second, want) in [("", Some(refusal)), (r#","exclusive":false"#, None)] {
        let cases = read_cases(&file(names, second)).unwrap();
        let refused: Vec<Option<String>> =
            cases[0].offers.iter().map(|(_, offer)| offer.as_ref().err().map(ToString::to_string)).collect();
        assert_eq!(refused, [want.map(str::to_owned), None], "{second}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_where() {
    let file = |case: &str| format!(r#"{{"format":"tradewind-offers/1","currency":"GBP","cases":[{case}]}}"#);
    let offer = |more: &str| {
        file(&format!(
            r#"{{"id":"a","products":{{"tea":{{"price":"3.00"}}}},"ranges":{{"all":{{"all":true}}}},"basket":[{{"product":"tea","qty":2}}],
            "offers":[{{"id":"o","condition":{{"type":"count","range":"all","value":2}},"benefit":{{"type":"percentage","range":"all","value":"10"}}{more}}}]}}"#
        ))
    };
    assert_eq!(read_cases(&offer("")).map(|cases| cases.len()), Ok(1));
    for (text, want) in [
        ("{".to_owned(), "the file: "),
        (
            r#"{"format":"tradewind-offers/2","currency":"GBP","cases":[]}"#.to_owned(),
            "format: is not tradewind-offers/1",
        ),
        (file(r#"{"id":"a","baskets":[]}"#), r#"a: the case: has no field "baskets"; it has id, "#),
        (
            file(r#"{"id":"a","basket":[{"product":"tea","qty":1}]}"#),
            "a: tea: is in the basket and no product of the case",
        ),
        (
            file(r#"{"id":"a","products":{"tea":{}},"basket":[{"product":"tea","qty":1}]}"#),
            "a: tea: is in the basket and has no price",
        ),
        (file(r#"{"id":"a","products":{"tea":{"price":"3.999"}}}"#), "a: tea.price: "),
        (
            file(r#"{"id":"a","products":{"tea":{"parent":"pot"}}}"#),
            "a: tea: has a parent that is no product of the case",
        ),
        (offer(r#","max_basket_applications":"3""#), "a: o.max_basket_applications: is no whole number from 0 on"),
        (offer(r#","type":"Usr""#), "a: o.type: is Usr; Site, Voucher, User and Session are known"),
        (offer(r#","start":"yesterday""#), "a: o.start: is no day such as 2026-06-01, and no moment such as "),
    ] {
        let error = read_cases(&text).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    }
}

proptest! {
    /// Whatever is done to a file: it is read and priced, or refused.
    #[test]
    fn no_file_makes_it_panic(place in 0_usize..120, cut in any::<prop::sample::Index>(), with in "[\"{}:,a-z0-9.\\[\\]-]{0,6}") {
        let file: serde_json::Value = serde_json::from_str(CASES).unwrap();
        let text = file["cases"][place].to_string();
        let at = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let end = text.char_indices().map(|(at, _)| at).find(|end| *end > at).unwrap_or(text.len());
        let text = format!(r#"{{"format":"tradewind-offers/1","currency":"GBP","cases":[{}{with}{}]}}"#, &text[..at], &text[end..]);
        for case in read_cases(&text).into_iter().flatten() {
            if let Ok(priced) = price(&case) {
                prop_assert!(answer(&case, &priced).is_object());
            }
        }
    }
}
