use super::*;
use crate::tax::place::TaxPlace;
use proptest::prelude::*;

const HEADER: &str = "country,region,postcodes,class,level,name,rate,from,until,source,checked";

#[test]
fn a_table_is_read_from_its_file() {
    let text = format!(
        "\u{feff}# A note, with commas, \"marks\" and all.\r\n{HEADER}\r\n\r\n\
         PT,,,standard,,IVA,23,,,\"TEDB, \"\"live\"\"\",2026-09-29\r\n\
         pt , , 9500..9999 | 9000 ,standard, country , IVA ,16 %,2021-07-01,2026-12-31,,\r\n\
         \"# a note that a spreadsheet put marks around\",,,,,,,,,,\r\n\
         ,,,,,,,,,,\r\n\
         US,NY,,standard,region,New York State sales tax,4,,,,\r\n\
         *,,,zero,,untaxed,0,,,,"
    );
    let table = TaxTable::parse(&text).unwrap();
    assert_eq!(table.rules().len(), 4);
    let azores = &table.rules()[1];
    assert_eq!(azores.zone.postcodes().len(), 2);
    assert_eq!((azores.level, azores.rate.to_string().as_str()), (TaxLevel::Country, "16%"));
    assert_eq!(azores.validity, Validity { from: "2021-07-01".parse().ok(), until: "2026-12-31".parse().ok() });
    assert_eq!(table.rules()[0].source, "TEDB, \"live\"");
    assert_eq!(table.rules()[0].checked, "2026-09-29".parse().ok());
    assert_eq!(table.rules()[3].zone, TaxZone::everywhere());
    let place = TaxPlace::new(Country::parse("PT").unwrap(), "", "9500-001");
    let rate = table.combined_rate(&TaxClass::standard(), &place, "2026-11-30".parse().unwrap());
    assert_eq!(rate.unwrap().to_string(), "16%");
}

#[test]
fn columns_may_be_fewer_in_another_order_and_parted_by_semicolons() {
    let table = TaxTable::parse("Rate;Class;Country;Name\n19;standard;DE;\"MwSt; 19\"\n").unwrap();
    assert_eq!(table.rules()[0].name.as_str(), "MwSt; 19");
}

#[test]
fn what_is_wrong_is_told_by_line_and_field() {
    for (case, line, want) in [
        (
            "a country",
            "Germany,,,standard,,VAT,19,,,,",
            "line 2, country: \"Germany\" is not a country code such as GB, or * for all",
        ),
        (
            "no country",
            ",,,standard,,VAT,19,,,,",
            "line 2, country: \"\" is not a country code such as GB, or * for all",
        ),
        (
            "a region",
            "US,New York,,standard,,tax,4,,,,",
            "line 2, region: \"New York\" is not the code of a region such as NY: one to three letters or digits",
        ),
        ("a zone", "*,NY,,standard,,tax,4,,,,", "line 2, postcodes: a region or postcodes need their country"),
        (
            "a class",
            "DE,,,Standard,,VAT,19,,,,",
            "line 2, class: \"Standard\" is not a tax class: lower-case letters, digits and hyphens such as books, at most 32",
        ),
        (
            "a level",
            "DE,,,standard,state,VAT,19,,,,",
            "line 2, level: a level is country, region, county, city or district",
        ),
        ("a name", "DE,,,standard,,,19,,,,", "line 2, name: the name of a tax has 1 to 60 printable characters"),
        (
            "a rate",
            "DE,,,standard,,VAT,nineteen,,,,",
            "line 2, rate: a rate is a percentage of at most four digits behind the point, such as 20 or 8.875",
        ),
        (
            "a high rate",
            "DE,,,standard,,VAT,1900,,,,",
            "line 2, rate: a rate is a percentage of at most four digits behind the point, such as 20 or 8.875",
        ),
        ("a rate past that of a rule", "DE,,,standard,,VAT,201,,,,", "line 2, rate: a rate is at most 200 %"),
        ("a day", "DE,,,standard,,VAT,19,1.1.2026,,,", "line 2, from: a day is written like 2026-11-30"),
        ("a moment", "DE,,,standard,,VAT,19,,2026-01-01T00:00,,", "line 2, until: a day is written like 2026-11-30"),
        ("days", "DE,,,standard,,VAT,19,2026-01-02,2026-01-01,,", "line 2, until: the last day comes before the first"),
        ("fields", "DE,,,standard,,VAT,19", "line 2, line: there are 7 fields for 11 columns"),
        (
            "quotes",
            "DE,,,standard,,\"VAT,19,,,,",
            "line 2, line: a quotation mark is not closed on the same line, or stands inside a field without quotation marks",
        ),
        (
            "quotes inside",
            "DE,,,standard,,V\"A\"T,19,,,,",
            "line 2, line: a quotation mark is not closed on the same line, or stands inside a field without quotation marks",
        ),
        (
            "quotes and more",
            "DE,,,standard,,\"V\"AT,19,,,,",
            "line 2, line: a quotation mark is not closed on the same line, or stands inside a field without quotation marks",
        ),
    ] {
        let errors = TaxTable::parse(&format!("{HEADER}\n{line}\nFR,,,standard,,TVA,20,,,,\n")).unwrap_err();
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told, [want], "{case}");
    }
    let postcodes = TaxTable::parse(&format!("{HEADER}\nDE,,10*|,standard,,VAT,19,,,,")).unwrap_err();
    assert_eq!((postcodes[0].line, postcodes[0].field), (2, "postcodes"));
}

#[test]
fn a_bad_first_line_is_told() {
    for (text, want) in [
        ("", TableProblem::NoHeader),
        ("# nothing but a note\n\n", TableProblem::NoHeader),
        ("country,class,name", TableProblem::MissingColumn("rate")),
        ("country,class,name,rate,colour", TableProblem::UnknownColumn("colour".into())),
        ("country,class,name,rate,rate", TableProblem::ColumnTwice("rate")),
        ("\"country", TableProblem::Quotes),
    ] {
        let errors = TaxTable::parse(text).unwrap_err();
        assert_eq!(errors.into_iter().map(|error| error.problem).collect::<Vec<_>>(), [want], "{text:?}");
    }
}

#[test]
fn every_bad_line_is_told_up_to_a_bound() {
    let bad = "DE,,,standard,,VAT,x,,,,\n";
    let errors = TaxTable::parse(&format!("{HEADER}\n{bad}FR,,,standard,,TVA,20,,,,\n{bad}")).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 4]);
    let many = TaxTable::parse(&format!("{HEADER}\n{}", bad.repeat(TAX_FILE_ERRORS_MAX + 1))).unwrap_err();
    assert_eq!(many.len(), TAX_FILE_ERRORS_MAX);
}

#[test]
fn two_rules_for_one_day_are_told_with_both_lines() {
    let text = format!("{HEADER}\nDE,,,standard,,VAT,19,2021-01-01,,,\n\nDE,,,standard,,VAT,16,,2021-01-01,,\n");
    let told: Vec<String> = TaxTable::parse(&text).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 4, line: line 2 has the same class, level and zone for the same day: end it with until, or take one out"
        ]
    );
}

#[test]
fn files_past_the_bounds_are_refused() {
    let problems =
        |text: &str| TaxTable::parse(text).unwrap_err().into_iter().map(|error| error.problem).collect::<Vec<_>>();
    assert_eq!(problems(&" ".repeat(TAX_FILE_BYTES_MAX + 1)), [TableProblem::TooLarge]);
    let rules = "country,class,name,rate\n".to_owned() + &"DE,standard,VAT,19\n".repeat(TAX_RULES_MAX + 1);
    assert_eq!(problems(&rules), [TableProblem::TooManyRules]);
    let wide = format!("{HEADER}\n{}", ",".repeat(1_000) + "x");
    assert_eq!(problems(&wide), [TableProblem::Fields { fields: FIELDS_MAX + 1, columns: 11 }]);
}

proptest! {
    #[test]
    fn no_file_panics(lines in prop::collection::vec("[-A-Z,;\"#*.|0-9a-z \\r]{0,60}", 0..6)) {
        let _ = TaxTable::parse(&format!("{HEADER}\n{}", lines.join("\n")));
        let _ = TaxTable::parse(&lines.join("\n"));
    }

    #[test]
    fn a_field_in_quotation_marks_is_read_as_it_was(field in "[^\r\n\"]{1,20}|[a\", ]{1,20}") {
        let line = format!("x,\"{}\",y", field.replace('"', "\"\""));
        prop_assert_eq!(fields(&line, ','), Some(vec!["x".to_owned(), field, "y".to_owned()]));
    }
}
