use super::*;
use commerce::ids::PriceListId;
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::price_list::{PriceEffect, PriceListParts};
use uuid::Uuid;

const NOW: Moment = Moment::from_micros(1_000_000);

fn list(number: u128, name: &str, currency: &str, until: Option<Moment>) -> PriceList {
    let parts = PriceListParts {
        id: PriceListId::new(Uuid::from_u128(number)),
        name: name.to_owned(),
        currency: Currency::parse(currency).unwrap(),
        market: None,
        group: None,
        from: None,
        until,
        effect: PriceEffect::Lowers,
        created_at: NOW,
    };
    PriceList::new(parts).unwrap()
}

/// What a file gives: its prices, or its mistakes with their lines.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let lists = [list(1, "Trade", "EUR", None), list(2, "Japan", "JPY", None), list(3, "Old", "EUR", Some(NOW))];
    let mut report = PriceFileReport::default();
    let rows = read_rows(file.path(), &lists, NOW, &mut report).unwrap();
    let row = |row: &Row| {
        let amount = row.amount.map_or("none".to_owned(), |amount| amount.to_decimal_string());
        format!("{} {} {} {amount}", lists[row.list].name(), row.sku, row.minimum.get())
    };
    let error = |error: &LineError| format!("{}: {}", error.line, error.what);
    (rows.iter().map(row).collect(), report.errors.iter().map(error).collect())
}

#[test]
fn rows_are_read_whatever_the_order_of_the_columns() {
    for (case, text, want) in [
        ("as written", "list,sku,min_quantity,amount\nTrade,MUG,6,8.5\n", &["Trade MUG 6 8.50"][..]),
        ("from a spreadsheet", "\u{feff}SKU;Amount;List;Min_quantity\r\n MUG ;8;Trade;\r\n", &["Trade MUG 1 8.00"]),
        ("an empty amount", "list,sku,min_quantity,amount\nTrade,MUG,1,\n\n", &["Trade MUG 1 none"]),
        ("no digits", "list,sku,min_quantity,amount\nJapan,MUG,1,850\n", &["Japan MUG 1 850"]),
        ("quoted", "list,sku,min_quantity,amount\nTrade,\"MUG, red\",2,0\n", &["Trade MUG, red 2 0.00"]),
    ] {
        assert_eq!(read(text), (want.iter().map(|row| (*row).to_owned()).collect(), vec![]), "{case}");
    }
}

#[test]
fn mistakes_are_told_by_line_and_column() {
    let header = "list,sku,min_quantity,amount\n";
    for (case, text, line, words) in [
        ("an empty file", String::new(), 1, "must name the columns: list,sku,min_quantity,amount"),
        ("a missing column", "list,sku,amount\nTrade,MUG,1\n".into(), 1, "column min_quantity is missing"),
        ("another column", "list,sku,min_quantity,amount,price\n".into(), 1, "no column \"price\""),
        ("a column twice", "list,sku,sku,min_quantity,amount\n".into(), 1, "column sku is there twice"),
        ("no such list", format!("{header}Trade,A,1,1\nTrad,MUG,1,5\n"), 3, "no price list \"Trad\""),
        ("a list that is over", format!("{header}Old,MUG,1,5\n"), 2, "\"Old\" is over"),
        ("no article", format!("{header}Trade,,1,5\n"), 2, "sku: name the article"),
        ("no units", format!("{header}Trade,MUG,0,5\n"), 2, "min_quantity: \"0\""),
        ("too many units", format!("{header}Trade,MUG,10000,5\n"), 2, "from 1 to 9999"),
        ("no number", format!("{header}Trade,MUG,1,five\n"), 2, "amount: \"five\" is no price in EUR, such as 12.50"),
        ("too many digits", format!("{header}Japan,MUG,1,8.5\n"), 2, "no price in JPY, such as 1250"),
        ("below nothing", format!("{header}Trade,MUG,1,-1\n"), 2, "amount: \"-1\""),
        ("twice", format!("{header}Trade,MUG,,5\nTrade,MUG,1,6\n"), 3, "line 2 gives that price already"),
        ("a quotation mark", format!("{header}Trade,\"MUG,1,5\n"), 2, "never closed"),
    ] {
        let (_, errors) = read(&text);
        let [error] = &errors[..] else { panic!("{case}: {errors:?}") };
        assert!(error.starts_with(&format!("{line}: ")) && error.contains(words), "{case}: {error}");
    }
}
