use super::*;
use RatesOf::{Destination, Home};
use TaxTreatment::{Charged, ExemptBusiness, Export, NotRegistered, ReverseCharged};

/// `country`, `country-region` or `country/postcode`.
fn place(text: &str) -> TaxPlace {
    let (country, region, postcode) = match (text.split_once('-'), text.split_once('/')) {
        (Some((country, region)), _) => (country, region, ""),
        (_, Some((country, postcode))) => (country, "", postcode),
        _ => (text, "", ""),
    };
    TaxPlace::new(Country::parse(country).unwrap(), region, postcode)
}

fn seller(home: &str, vat_number: &str, registrations: &str) -> Seller {
    let registration = |text: &str| {
        let place = place(text);
        Registration { country: place.country(), region: place.region().cloned() }
    };
    Seller {
        home: place(home),
        vat_number: VatNumber::parse_with_country(vat_number).ok(),
        registrations: registrations.split_whitespace().map(registration).collect(),
        one_stop_shop: false,
        unchecked_number: UncheckedNumber::Charge,
    }
}

fn german(one_stop_shop: bool, registrations: &str) -> Seller {
    Seller { one_stop_shop, ..seller("DE/10115", "DE136695976", registrations) }
}

fn consumer() -> Buyer<'static> {
    Buyer { vat_number: None, exempt: false }
}

#[test]
fn a_german_store_sells_to_consumers() {
    for (case, one_stop_shop, registrations, to, want) in [
        ("at home", true, "", "DE/20095", Charged(Home)),
        ("France, OSS", true, "", "FR/75001", Charged(Destination)),
        ("France, below the threshold", false, "", "FR/75001", Charged(Home)),
        ("France, registered there", false, "FR", "FR/75001", Charged(Destination)),
        ("Austria, registered in France", false, "FR", "AT/1010", Charged(Home)),
        ("Monaco, OSS", true, "", "MC/98000", Charged(Destination)),
        ("Monaco, registered in France", false, "FR", "MC/98000", Charged(Destination)),
        ("Northern Ireland, OSS", true, "", "GB/BT1 1AA", Charged(Destination)),
        ("Northern Ireland, below the threshold", false, "", "GB/BT1 1AA", Charged(Home)),
        ("Northern Ireland, registered in the UK", false, "GB", "GB/BT1 1AA", Charged(Destination)),
        ("Great Britain", true, "", "GB/SW1A 1AA", Export),
        ("Great Britain, registered there", true, "GB", "GB/SW1A 1AA", Charged(Destination)),
        ("the Isle of Man, registered in the UK", true, "GB", "IM/IM1 1AA", Charged(Destination)),
        ("Switzerland", true, "", "CH/8001", Export),
        ("Büsingen is Germany, but not its tax", true, "", "DE/78266", Export),
        ("the Canary Islands, OSS", true, "", "ES/35001", Export),
        ("the Canary Islands, registered in Spain", true, "ES", "ES/35001", Export),
        ("the USA", true, "", "US-NY", Export),
        ("the USA, registered in another state", true, "US-CA", "US-NY", Export),
        ("the USA, registered in that state", true, "US-NY", "US-NY", Charged(Destination)),
    ] {
        let got = german(one_stop_shop, registrations).treatment(&place(to), consumer());
        assert_eq!(got, Ok(want), "{case}");
    }
}

#[test]
fn a_german_store_sells_to_businesses() {
    use NumberCheck::{Confirmed, Refused, Unknown};
    use UncheckedNumber::{Believe, Charge};
    for (case, number, check, unchecked, to, want) in [
        ("in their own state", "FR40303265045", Confirmed, Charge, "FR/75001", ReverseCharged),
        ("in a third state", "FR40303265045", Confirmed, Charge, "AT/1010", ReverseCharged),
        ("in Northern Ireland", "XI980780684", Confirmed, Charge, "GB/BT1 1AA", ReverseCharged),
        ("a Greek number", "EL094259216", Confirmed, Charge, "GR/10431", ReverseCharged),
        ("refused by the register", "FR40303265045", Refused, Believe, "FR/75001", Charged(Destination)),
        ("no answer, charged", "FR40303265045", Unknown, Charge, "FR/75001", Charged(Destination)),
        ("no answer, believed", "FR40303265045", Unknown, Believe, "FR/75001", ReverseCharged),
        ("a number of the store's own state", "DE129273398", Confirmed, Charge, "FR/75001", Charged(Home)),
        ("a number from outside", "CHE116281710", Confirmed, Charge, "FR/75001", Charged(Destination)),
        ("a British number, which is from outside", "GB980780684", Confirmed, Charge, "FR/75001", Charged(Destination)),
        ("at home", "DE129273398", Confirmed, Charge, "DE/20095", Charged(Home)),
        ("at home, with a foreign number", "FR40303265045", Confirmed, Charge, "DE/20095", Charged(Home)),
        ("outside", "CHE116281710", Confirmed, Charge, "CH/8001", Export),
    ] {
        let seller = Seller { unchecked_number: unchecked, ..german(true, "") };
        let number = VatNumber::parse_with_country(number).unwrap();
        let buyer = Buyer { vat_number: Some((&number, check)), exempt: false };
        assert_eq!(seller.treatment(&place(to), buyer), Ok(want), "{case}");
    }
}

#[test]
fn a_store_without_a_number_of_its_own_reverses_nothing() {
    let number = VatNumber::parse_with_country("FR40303265045").unwrap();
    let buyer = Buyer { vat_number: Some((&number, NumberCheck::Confirmed)), exempt: true };
    let store = seller("DE/10115", "", "");
    assert_eq!(store.treatment(&place("FR/75001"), buyer), Ok(Charged(Home)));
}

#[test]
fn stores_outside_the_union_charge_where_they_are_registered() {
    for (case, home, registrations, to, exempt, want) in [
        ("Britain at home", "GB/SW1A 1AA", "", "GB/EH1 1AA", false, Ok(Charged(Destination))),
        ("Britain to Northern Ireland", "GB/SW1A 1AA", "", "GB/BT1 1AA", false, Ok(Charged(Destination))),
        ("Northern Ireland to Britain", "GB/BT1 1AA", "", "GB/SW1A 1AA", false, Ok(Charged(Destination))),
        ("Britain to Germany", "GB/SW1A 1AA", "", "DE/10115", false, Ok(Export)),
        ("Britain, registered in Germany", "GB/SW1A 1AA", "DE", "DE/10115", false, Ok(Charged(Destination))),
        ("but not in Heligoland", "GB/SW1A 1AA", "DE", "DE/27498", false, Ok(Export)),
        ("Northern Ireland at home", "GB/BT1 1AA", "", "GB/BT9 5AA", false, Ok(Charged(Home))),
        ("Northern Ireland to Germany", "GB/BT1 1AA", "", "DE/10115", false, Ok(Charged(Home))),
        ("Switzerland at home", "CH/8001", "", "CH/1200", false, Ok(Charged(Destination))),
        ("the Canary Islands at home", "ES/35001", "", "ES/38001", false, Ok(Charged(Destination))),
        ("the Canary Islands to Madrid", "ES/35001", "", "ES/28001", false, Ok(Export)),
        ("a state with a registration", "US-NY", "US-NY US-TX", "US-TX", false, Ok(Charged(Destination))),
        ("a state without", "US-NY", "US-NY US-TX", "US-CA", false, Ok(NotRegistered)),
        ("an exempt buyer", "US-NY", "US-NY", "US-NY", true, Ok(ExemptBusiness)),
        ("an exempt buyer where nothing is due", "US-NY", "US-NY", "US-CA", true, Ok(NotRegistered)),
        ("no state in the address", "US-NY", "US-NY", "US", false, Err(RegionMissing(Country::parse("US").unwrap()))),
        ("from the USA to Germany", "US-NY", "US-NY", "DE/10115", false, Ok(Export)),
        ("from the USA to Canada", "US-NY", "US-NY", "CA-ON", false, Ok(Export)),
    ] {
        let buyer = Buyer { vat_number: None, exempt };
        let got = seller(home, "", registrations).treatment(&place(to), buyer);
        assert_eq!(got, want, "{case}");
    }
    assert!(RegionMissing(Country::parse("US").unwrap()).to_string().contains("needs its state"));
}
