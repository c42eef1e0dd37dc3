use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Whether a single wrong digit always shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Catches {
    /// Yes, whichever it is.
    Any,
    /// Only in the last digit: elsewhere two remainders share a check digit, or either of two is right.
    Last,
    /// No: there is no check digit, or any of three may be the right one.
    Nothing,
}
use Catches::{Any, Last, Nothing};

/// Numbers that tax offices give as examples, or that companies print on their invoices.
const GOOD: &[(&str, Catches)] = &[
    ("ATU13585627", Any),
    ("ATU14189108", Any),
    ("BE0403227515", Any),
    ("BE0417497106", Any),
    ("BG175074752", Last),
    ("BG831902088", Last),
    ("BG7523169263", Nothing),
    ("CHE116281710", Any),
    ("CHE105909036", Any),
    ("CY10259033P", Any),
    ("CZ25123891", Last),
    ("CZ45274649", Last),
    ("CZ640903926", Last),
    ("CZ7103192745", Any),
    ("CZ395601439", Nothing),
    ("DE136695976", Any),
    ("DE129273398", Any),
    ("DK13585628", Any),
    ("DK22756214", Any),
    ("EE100931558", Any),
    ("EE100594102", Any),
    ("EL094259216", Last),
    ("EL094019245", Last),
    ("ESA82018474", Any),
    ("ESX2482300W", Any),
    ("ES54362315K", Any),
    ("ESM1234567L", Any),
    ("ESJ99216582", Any),
    ("ESR5000274J", Any),
    ("FI20774740", Any),
    ("FI01120389", Any),
    ("FR40303265045", Any),
    ("FR03552081317", Any),
    ("FRK7399859412", Any),
    ("FR53000004605", Last),
    ("GB980780684", Last),
    ("GB220430231", Last),
    ("GBGD001", Nothing),
    ("GBHA500", Nothing),
    ("HR33392005961", Any),
    ("HR27759560625", Any),
    ("HU12892312", Any),
    ("HU10537914", Any),
    ("IE6433435F", Any),
    ("IE6433435OA", Any),
    ("IE8D79739I", Any),
    ("IE6388047V", Any),
    ("IT00743110157", Any),
    ("IT07973780013", Any),
    ("LT119511515", Last),
    ("LT100001919017", Last),
    ("LU15027442", Any),
    ("LU20260743", Any),
    ("LV40003521600", Any),
    ("LV16117519997", Last),
    ("MT11679112", Any),
    ("NL004495445B01", Last),
    ("NL002230884B01", Last),
    ("NO995525828MVA", Any),
    ("NO923609016MVA", Any),
    ("PL8567346215", Any),
    ("PL7342867148", Any),
    ("PT501964843", Last),
    ("PT500697256", Last),
    ("RO18547290", Last),
    ("RO1590082", Last),
    ("SE123456789701", Any),
    ("SE556703748501", Any),
    ("SI50223054", Last),
    ("SI80267432", Last),
    ("SK2022749619", Any),
    ("SK2020273893", Any),
    ("XI980780684", Last),
];

#[test]
fn numbers_that_tax_offices_gave_are_good() {
    for (raw, _) in GOOD {
        let parsed = VatNumber::parse_with_country(raw);
        assert_eq!(parsed.map(|number| number.to_string()).as_deref(), Ok(*raw), "{raw}");
    }
    let countries: BTreeSet<&str> = GOOD.iter().map(|(raw, _)| &raw[..2]).collect();
    assert_eq!(countries.len(), SCHEMES.len(), "every country is in the table");
}

#[test]
fn the_example_of_each_country_is_a_good_number() {
    for scheme in SCHEMES {
        let country = Country::parse(scheme.code).unwrap();
        let number = VatNumber::parse(country, scheme.example).unwrap();
        assert_eq!((number.country(), number.to_string().as_str()), (country, scheme.example));
    }
}

#[test]
fn a_wrong_digit_shows() {
    for (raw, catches) in GOOD {
        let digits: Vec<usize> = (2..raw.len()).filter(|at| raw.as_bytes()[*at].is_ascii_digit()).collect();
        // The digits behind a Dutch B or at the end of a Swedish number count establishments.
        let counted = if raw.starts_with("NL") || raw.starts_with("SE") { 2 } else { 0 };
        let checked = &digits[..digits.len() - counted];
        let places = match catches {
            Any => checked,
            Last => &checked[checked.len() - 1..],
            Nothing => &[],
        };
        for at in places {
            for digit in "0123456789".chars().filter(|digit| !raw[*at..].starts_with(*digit)) {
                let mutated = format!("{}{digit}{}", &raw[..*at], &raw[at + 1..]);
                let got = VatNumber::parse_with_country(&mutated);
                assert!(got.is_err(), "{mutated}, made from {raw}, is taken for good");
            }
        }
    }
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (case, country, raw, want) in [
        ("with its letters", "DE", "DE 136 695 976", Some("DE136695976")),
        ("without", "DE", "136695976", Some("DE136695976")),
        ("in small letters, with points", "BE", "be 0403.227.515", Some("BE0403227515")),
        ("of nine digits in Belgium", "BE", "403.227.515", Some("BE0403227515")),
        ("Greece by its letters", "GR", "EL 094259216", Some("EL094259216")),
        ("Greece by its country", "GR", "GR094259216", Some("EL094259216")),
        ("of eight digits in Greece", "GR", "94259216", Some("EL094259216")),
        ("French signs that look like the country", "FR", "FR 40 303 265 045", Some("FR40303265045")),
        ("Switzerland in German", "CH", "CHE-116.281.710 MWST", Some("CHE116281710")),
        ("Switzerland in French", "CH", "CHE-116.281.710 TVA", Some("CHE116281710")),
        ("Norway without its ending", "NO", "NO 995 525 828", Some("NO995525828MVA")),
        ("Northern Ireland", "XI", "XI980780684", Some("XI980780684")),
        ("Northern Ireland, old letters", "XI", "GB 980 7806 84", Some("XI980780684")),
        ("a branch in the United Kingdom", "GB", "GB980780684001", Some("GB980780684001")),
        ("a sole trader in the Netherlands", "NL", "NL000099998B57", Some("NL000099998B57")),
        ("another country's letters", "DE", "FR40303265045", None),
        ("letters in other scripts", "DE", "DE１３６６９５９７６", None),
        ("nothing", "DE", "", None),
        ("noughts", "HU", "HU00000000", None),
        ("an establishment that is none", "NL", "NL004495445B00", None),
        ("a department that is none", "GB", "GBGD500", None),
        ("a day of birth that is none", "CZ", "CZ7113192745", None),
        ("far too long", "DE", "DE136695976                                          ", None),
    ] {
        let country = Country::parse(country).unwrap();
        let got = VatNumber::parse(country, raw).ok().map(|number| number.to_string());
        assert_eq!(got.as_deref(), want, "{case}");
    }
}

#[test]
fn what_is_wrong_is_told_with_the_next_step() {
    let country = |code: &str| Country::parse(code).unwrap();
    for (raw, want, words) in [
        (
            "DE12345",
            InvalidVatNumber::Shape { country: country("DE"), example: "DE136695976" },
            "a VAT number of DE looks like DE136695976",
        ),
        (
            "DE136695975",
            InvalidVatNumber::CheckDigits,
            "a digit of this VAT number is wrong: please compare it with your papers",
        ),
        ("US123456789", InvalidVatNumber::Country(country("US")), "VAT numbers of US are not known here"),
        ("136695976", InvalidVatNumber::NoCountry, "a VAT number begins with its country, such as ATU13585627"),
        ("", InvalidVatNumber::NoCountry, "a VAT number begins with its country, such as ATU13585627"),
    ] {
        let got = VatNumber::parse_with_country(raw).unwrap_err();
        assert_eq!((got.to_string().as_str(), got), (words, want), "{raw:?}");
    }
}

#[test]
fn numbers_stay_out_of_logs() {
    let number = VatNumber::parse_with_country("DE136695976").unwrap();
    assert_eq!(format!("{number:?}"), "VatNumber(DE ***)");
    assert_eq!(number.number(), "136695976");
}

proptest! {
    #[test]
    fn no_text_panics(raw in "\\PC{0,45}", code in prop::sample::select(SCHEMES.iter().map(|s| s.code).collect::<Vec<_>>())) {
        let _ = VatNumber::parse(Country::parse(code).unwrap(), &raw);
        let _ = VatNumber::parse_with_country(&raw);
    }

    #[test]
    fn a_printed_number_is_read_back(
        raw in "[A-Z0-9+*]{0,2}[0-9]{5,11}[A-Z]{0,2}[0-9]{0,2}",
        code in prop::sample::select(SCHEMES.iter().map(|s| s.code).collect::<Vec<_>>()),
    ) {
        if let Ok(number) = VatNumber::parse(Country::parse(code).unwrap(), &raw) {
            prop_assert_eq!(VatNumber::parse_with_country(&number.to_string()), Ok(number));
        }
    }
}
