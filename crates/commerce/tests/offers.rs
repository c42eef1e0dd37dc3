//! The arithmetic of offers against django-oscar's, case by case and figure by figure.

#[path = "offers/compare.rs"]
mod compare;
#[path = "offers/differences.rs"]
mod differences;
#[path = "offers/price.rs"]
mod price;
#[path = "offers/read.rs"]
mod read;

use differences::DIFFERENCES;

/// Made with django-oscar 4.2.1; each case was run twice.
const CASES: &str = include_str!("cases/offers-oscar.json");

/// Cases of which we take another view of the rule, with the field that is refused.
const REFUSED: &[(&str, &str)] = &[("bundle-value-condition-gives-nothing", "o1 condition")];

#[test]
fn every_figure_is_oscars_or_differs_on_purpose() {
    let cases = read::read_cases(CASES).unwrap();
    assert_eq!(cases.len(), 120);
    let (mut found, mut figures) = (Vec::new(), 0);
    for case in &cases {
        let (oscar, rounded) = compare::of_oscar(case);
        let declared = case.sub_minor || case.quirk.is_some();
        assert!(!rounded || declared, "{}: more digits than the currency, and the case does not say so", case.id);
        let ours = compare::of_ours(case, &price::price(case));
        figures += oscar.len();
        let more = ours.keys().filter(|name| name.starts_with("applications[") && !oscar.contains_key(*name));
        for name in oscar.keys().chain(more) {
            let [oscar, ours] = [&oscar, &ours].map(|figures| figures.get(name).map_or("(none)", String::as_str));
            if oscar != ours {
                assert!(declared, "{} {name}: Oscar has {oscar}, we have {ours}", case.id);
                found.push(format!("{} {name}: {oscar} became {ours}", case.id));
            }
        }
    }
    let row = |case: &str, (name, oscar, ours): &(&str, &str, &str)| format!("{case} {name}: {oscar} became {ours}");
    let listed = DIFFERENCES.iter().flat_map(|entry| entry.figures.iter().map(move |figure| row(entry.case, figure)));
    let mut listed: Vec<String> = listed.collect();
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
    assert!(figures > 1_300, "{figures} figures were compared");
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
    let refused = read::read_cases(CASES).unwrap().into_iter().flat_map(|case| {
        let errors = case.offers.into_iter().filter_map(|(name, offer)| offer.err().map(|error| (name, error)));
        errors.map(move |(name, error)| (case.id.clone(), format!("{name} {}", error.field))).collect::<Vec<_>>()
    });
    let refused: Vec<(String, String)> = refused.collect();
    let refused: Vec<(&str, &str)> = refused.iter().map(|(case, what)| (case.as_str(), what.as_str())).collect();
    assert_eq!(refused, REFUSED);
}
