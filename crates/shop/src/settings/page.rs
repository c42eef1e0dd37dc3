//! The page of the documentation, made from the table of settings and from what is said here of the tables among them.

use super::{SETTINGS, Settings};

/// A field of a table among the settings.
struct Field {
    name: &'static str,
    kind: &'static str,
    /// What counts where it is left out; empty if it must be there.
    default: &'static str,
    help: &'static str,
}

const CONTACT: &[Field] = &[
    Field { name: "email", kind: "text", default: "\"\"", help: "Address for questions; letters name it too." },
    Field { name: "phone", kind: "text", default: "\"\"", help: "Number for questions." },
    Field {
        name: "address",
        kind: "text",
        default: "\"\"",
        help: "Name and address of the seller, its lines parted by commas. The model withdrawal form in letters is \
        addressed to it.",
    },
];

const MARKET: &[Field] = &[
    Field {
        name: "code",
        kind: "text",
        default: "",
        help: "2 to 12 lower-case letters, unique. Addresses of every market but the first begin with it.",
    },
    Field { name: "currency", kind: "text", default: "", help: "Code of ISO 4217, such as `\"EUR\"`." },
    Field {
        name: "languages",
        kind: "list of texts",
        default: "",
        help: "Codes of 2 or 3 letters, such as `[\"en\", \"de\"]`; the first has no part of its own in addresses.",
    },
    Field {
        name: "countries",
        kind: "list of texts",
        default: "",
        help: "Where orders are sent to, by codes of ISO 3166-1 such as `[\"GB\", \"IE\"]`; the first is chosen in the \
        form.",
    },
    Field {
        name: "tax_percent",
        kind: "number or text, per cent",
        default: "as `[tax]` says",
        help: "The one rate of tax on goods and delivery, at most 2 digits behind the point: `20`, `8.1`. Must be there \
        unless there is a table `[tax]`.",
    },
    Field {
        name: "shows_tax",
        kind: "`true` or `false`",
        default: "`true`",
        help: "Whether prices are shown with tax; `prices_include_tax` says how they are entered.",
    },
];

const TAX: &[Field] = &[
    Field { name: "country", kind: "text", default: "", help: "Where the store is, by ISO 3166-1: `\"DE\"`." },
    Field {
        name: "region",
        kind: "text",
        default: "`\"\"`",
        help: "Its state or province, where tax hangs on it: `\"NY\"`.",
    },
    Field { name: "postcode", kind: "text", default: "`\"\"`", help: "Its postcode, where tax hangs on it." },
    Field {
        name: "tables",
        kind: "list of texts",
        default: "",
        help: "The rates: `\"eu\"` and `\"us\"` come with the program, others are CSV files in the folder `tax/`: \
        `[\"eu\", \"own.csv\"]`. [More on them](tax.md#tables).",
    },
    Field {
        name: "vat_number",
        kind: "text",
        default: "`\"\"`",
        help: "The store's own. Without it no sale is reverse-charged.",
    },
    Field {
        name: "registrations",
        kind: "list of texts",
        default: "`[]`",
        help: "Countries and regions besides home where the store charges tax: `[\"FR\", \"US-NY\"]`.",
    },
    Field {
        name: "one_stop_shop",
        kind: "`true` or `false`",
        default: "`false`",
        help: "Whether the store reports to the EU's OSS: consumers in other states then pay their state's rates.",
    },
    Field {
        name: "rounding",
        kind: "text",
        default: "`\"line\"`",
        help: "What is rounded: `\"line\"` or `\"total\"`.",
    },
    Field {
        name: "halves",
        kind: "text",
        default: "`\"up\"`",
        help: "Where half a unit goes: `\"up\"` or `\"even\"`.",
    },
    Field {
        name: "delivery",
        kind: "text",
        default: "`\"in_proportion\"`",
        help: "How delivery is taxed: like the goods, in proportion to their prices, or by a class such as `\"standard\"`.",
    },
    Field {
        name: "same_price_abroad",
        kind: "`true` or `false`",
        default: "`true`",
        help: "Whether a price with tax stays the same where another rate is charged; else the price without tax does.",
    },
    Field {
        name: "same_price_untaxed",
        kind: "`true` or `false`",
        default: "`false`",
        help: "Whether it stays the same where no tax is charged; else the tax comes off.",
    },
    Field {
        name: "unchecked_numbers",
        kind: "text",
        default: "`\"charge\"`",
        help: "A VAT number of which the register said nothing: `\"charge\"` tax, or `\"believe\"` it.",
    },
];

const TAX_EXAMPLE: &str = r#"[tax]
country = "DE"
tables = ["eu"]
vat_number = "DE136695976"
one_stop_shop = true
"#;

const ZONE: &[Field] = &[
    Field { name: "code", kind: "text", default: "", help: "Short name that methods and charges use, unique." },
    Field { name: "countries", kind: "list of texts", default: "`[]`", help: "Whole countries: `[\"GB\", \"IE\"]`." },
    Field {
        name: "regions",
        kind: "lists of texts by country",
        default: "`{}`",
        help: "States or regions as shoppers type them; case, spaces and full stops make no difference: \
        `{ US = [\"AK\", \"Alaska\"] }`.",
    },
    Field {
        name: "postcodes",
        kind: "lists of texts by country",
        default: "`{}`",
        help: "`\"27498\"` is one, `\"BT*\"` all that begin so, `\"20095...21149\"` a range of beginnings. In British ones \
        a space ends the district (`\"KW1 *\"` is not KW15) and a range is one of districts: `\"PA20...PA49\"`.",
    },
    Field {
        name: "except_regions",
        kind: "lists of texts by country",
        default: "`{}`",
        help: "What does not belong to it, written like `regions`.",
    },
    Field {
        name: "except_postcodes",
        kind: "lists of texts by country",
        default: "`{}`",
        help: "What does not belong to it, written like `postcodes`: islands.",
    },
];

const DELIVERY: &[Field] = &[
    Field {
        name: "code",
        kind: "text",
        default: "",
        help: "Short name that orders keep, unique, at most 60 characters.",
    },
    Field {
        name: "name",
        kind: "texts by language",
        default: "",
        help: "What shoppers read: `{ en = \"Standard delivery\", de = \"Standardversand\" }`.",
    },
    Field { name: "countries", kind: "list of texts", default: "`[]`", help: "Countries that it reaches." },
    Field {
        name: "zones",
        kind: "list of texts",
        default: "`[]`",
        help: "Codes of zones that it reaches, beside `countries`. With neither it reaches all of a market's countries. A \
        market's own list counts as well.",
    },
    Field {
        name: "days",
        kind: "two whole numbers, working days",
        default: "",
        help: "Days from the parcel's leaving the house until it arrives, at best and at worst, at most 120: `[2, 4]`.",
    },
    Field {
        name: "weekdays",
        kind: "list of texts",
        default: "Monday to Friday",
        help: "Days of the week on which it is carried and handed over: `[\"mon\", \"tue\", \"sat\"]`.",
    },
    Field {
        name: "max_weight_kg",
        kind: "text, kilograms",
        default: "any weight",
        help: "Not offered for heavier parcels.",
    },
    Field {
        name: "max_items",
        kind: "whole number",
        default: "any number",
        help: "Not offered for parcels of more units.",
    },
    Field {
        name: "per_parcel",
        kind: "`true` or `false`",
        default: "`false`",
        help: "Whether what each partner sends counts as a parcel of its own, with a charge and limits of its own.",
    },
    Field {
        name: "charges",
        kind: "list of tables",
        default: "",
        help: "[What it costs](#charges), one table for each currency and zone. It is not offered in a currency that has \
        none.",
    },
    Field {
        name: "points",
        kind: "list of tables",
        default: "`[]`",
        help: "[Pick-up points](#pick-up-points) at which shoppers fetch it, at most 200. With some, it is brought nowhere.",
    },
];

const CHARGE: &[Field] = &[
    Field { name: "currency", kind: "text", default: "", help: "Code of ISO 4217." },
    Field {
        name: "zone",
        kind: "text",
        default: "wherever the method goes",
        help: "Code of the zone in which it counts; the method goes there too.",
    },
    Field { name: "per_order", kind: "text, amount", default: "`\"0\"`", help: "For each order: `\"3.95\"`." },
    Field { name: "per_item", kind: "text, amount", default: "`\"0\"`", help: "For each unit that is sent, on top." },
    Field {
        name: "bands",
        kind: "list of pairs of texts: kilograms, amount",
        default: "`[]`",
        help: "By weight, on top: up to so many kilograms, those included, this charge. At most 64. What is heavier \
        than the last counts as several parcels.",
    },
    Field {
        name: "default_weight_kg",
        kind: "text, kilograms",
        default: "`\"0\"`",
        help: "What a product weighs that has no weight of its own.",
    },
    Field {
        name: "price_bands",
        kind: "list of pairs of texts: amount, amount",
        default: "`[]`",
        help: "By the total of goods, on top: from this total on, itself included, this charge. The first is from \
        `\"0\"`. At most 64.",
    },
    Field {
        name: "free_from",
        kind: "text, amount",
        default: "never free",
        help: "From this total of goods on, itself included, delivery costs nothing.",
    },
    Field { name: "min_total", kind: "text, amount", default: "none", help: "Not offered below this total of goods." },
    Field { name: "max_total", kind: "text, amount", default: "none", help: "Not offered above this total of goods." },
];

const POINT: &[Field] = &[
    Field { name: "code", kind: "text", default: "", help: "Short name that orders keep, unique in the method." },
    Field { name: "name", kind: "text", default: "", help: "What it is called: `\"Harbour shop\"`." },
    Field { name: "line1", kind: "text", default: "", help: "Street and number." },
    Field { name: "line2", kind: "text", default: "`\"\"`", help: "Floor, entrance." },
    Field { name: "city", kind: "text", default: "", help: "Town." },
    Field { name: "region", kind: "text", default: "`\"\"`", help: "State, county or region, where used." },
    Field { name: "postcode", kind: "text", default: "`\"\"`", help: "Needed where the country has postcodes." },
    Field {
        name: "country",
        kind: "text",
        default: "",
        help: "Code of ISO 3166-1; the point is offered in markets that have it.",
    },
    Field {
        name: "hours",
        kind: "texts by language",
        default: "`{}`",
        help: "When it is open: `{ en = \"Mon–Sat 9–18\" }`.",
    },
];

const MARKET_EXAMPLE: &str = r#"[[market]]
code = "de"
currency = "EUR"
languages = ["de", "en"]
countries = ["DE", "AT"]
tax_percent = 19
"#;

const DELIVERY_EXAMPLE: &str = r#"[[delivery]]
code = "standard"
name = { en = "Standard delivery", de = "Standardversand" }
countries = ["GB", "DE"]
days = [2, 4]
charges = [
  { currency = "GBP", per_order = "3.95", free_from = "45" },
  { currency = "EUR", per_order = "4.90", free_from = "50" },
]
"#;

const ZONES_EXAMPLE: &str = r#"[[zone]]
code = "highlands"
postcodes = { GB = ["BT*", "HS*", "IV*", "KW*", "PA20...PA49", "ZE*"] }

[[zone]]
code = "europe"
countries = ["DE", "ES", "FR"]
except_postcodes = { DE = ["27498"], ES = ["35*", "38*"], FR = ["20*"] }

[[delivery]]
code = "courier"
name = { en = "Courier" }
countries = ["GB"]
days = [1, 2]
charges = [
  { currency = "GBP", per_order = "4.95" },
  { currency = "GBP", zone = "highlands", per_order = "11.50" },
  { currency = "GBP", zone = "europe", per_order = "14.00" },
]
"#;

const POINTS_EXAMPLE: &str = r#"[[delivery]]
code = "collect"
name = { en = "Collect it yourself" }
days = [0, 1]
charges = [{ currency = "GBP" }]

[[delivery.points]]
code = "harbour"
name = "Harbour shop"
line1 = "1 Quay Street"
city = "Bristol"
postcode = "BS1 4SP"
country = "GB"
hours = { en = "Mon–Sat 9–18" }
"#;

const CALENDAR_EXAMPLE: &str = r#"time_zone = "Europe/London"
cut_off = "14:00"
working_days = ["mon", "tue", "wed", "thu", "fri"]
holidays = ["12-25", "12-26", "01-01", "2027-03-26"]
handling_days = 1
"#;

/// A charge in GBP with what it is for; a test works out what each says.
const CHARGES: &[(&str, &str)] = &[
    ("the same for every order", r#"charges = [{ currency = "GBP", per_order = "3.95" }]"#),
    ("2.00 and 0.50 for each unit", r#"charges = [{ currency = "GBP", per_order = "2.00", per_item = "0.50" }]"#),
    ("free from 45.00 on", r#"charges = [{ currency = "GBP", per_order = "3.95", free_from = "45" }]"#),
    ("always free", r#"charges = [{ currency = "GBP" }]"#),
    (
        "by the total of goods: 4.95, 2.95 from 25.00 on, free from 50.00 on",
        r#"charges = [{ currency = "GBP", price_bands = [["0", "4.95"], ["25", "2.95"], ["50", "0"]] }]"#,
    ),
    (
        "by weight, 0.5 kg where a product names none",
        r#"charges = [{ currency = "GBP", default_weight_kg = "0.5", bands = [["2", "4.60"], ["5", "7.20"]] }]"#,
    ),
    (
        "1.00 for the box, and by weight",
        r#"charges = [{ currency = "GBP", per_order = "1.00", bands = [["2", "4.60"], ["5", "7.20"]] }]"#,
    ),
];

fn fields(page: &mut String, fields: &[Field]) {
    page.push_str("| field | what it holds | default | what it is |\n| --- | --- | --- | --- |\n");
    for Field { name, kind, default, help } in fields {
        let default = match *default {
            "" => "must be there".to_owned(),
            "\"\"" => "`\"\"`".to_owned(),
            default => default.to_owned(),
        };
        page.push_str(&format!("| `{name}` | {kind} | {default} | {help} |\n"));
    }
}

fn settings_page() -> String {
    let mut page = String::from(
        "# Settings\n\nThey stand in `tradewind.toml` in the store's folder. Each can come from the environment \
         instead: `TRADEWIND_` and its\nname in upper case, such as `TRADEWIND_DATABASE`; lists and tables as TOML. \
         Secrets belong there, or in the keys file beside\nthe folder, never into a shared file.\n\n\
         | setting | default | what it is |\n| --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let default =
            if setting.default.is_empty() { "must be there".to_owned() } else { format!("`{}`", setting.default) };
        let help = setting.help.split_whitespace().collect::<Vec<_>>().join(" ");
        page.push_str(&format!("| `{}` | {default} | {help} |\n", setting.key));
    }
    page.push_str("\nTables stand behind everything else in the file, each under its own head.\n\n## Contact\n\n");
    page.push_str("One table, `[contact]`.\n\n");
    fields(&mut page, CONTACT);
    page.push_str("\n## Markets\n\nOne table `[[market]]` each; the first is what shoppers come to.\n\n");
    fields(&mut page, MARKET);
    page.push_str(&format!("\n```toml\n{MARKET_EXAMPLE}```\n"));
    page.push_str(
        "\n## Tax\n\nOne table, `[tax]`, for markets without a `tax_percent` of their own: [what it does](tax.md).\n\n",
    );
    fields(&mut page, TAX);
    page.push_str(&format!("\n```toml\n{TAX_EXAMPLE}```\n"));
    page.push_str(
        "\n## Zones\n\nOne table `[[zone]]` each, at most 200: a part of the world that methods go to, or that costs \
         something else. It holds what\n`countries`, `regions` and `postcodes` name, less what `except_regions` and \
         `except_postcodes` name.\n\n",
    );
    fields(&mut page, ZONE);
    page.push_str(&format!("\n```toml\n{ZONES_EXAMPLE}```\n"));
    page.push_str(
        "\nWhere several charges of a method count, that of the narrowest zone does: one that names the postcode before \
         one that names\nthe region before one that names the country; a charge with a zone before one without; of two \
         alike, the first. The courier\nabove costs 11.50 to Belfast, 4.95 to London, 14.00 to Berlin, and does not go \
         to Heligoland (27498). While only the\ncountry is known, as in the basket, no region and no postcode of it \
         counts.\n",
    );
    page.push_str(
        "\n## Delivery\n\nOne table `[[delivery]]` a method, at most 100. The checkout offers those that reach the \
         address, take the goods and have a\ncharge in the market's currency, the cheapest first. Changes count from \
         the next start of the shop.\n\n",
    );
    fields(&mut page, DELIVERY);
    page.push_str(&format!("\n```toml\n{DELIVERY_EXAMPLE}```\n"));
    page.push_str(
        "\n### Charges\n\nAmounts and weights are texts with a point, such as `\"3.95\"`. Amounts are in the charge's \
         currency, and with or without\ntax as `prices_include_tax` says; how they are taxed, [Tax](#tax) tells. What \
         a charge names adds up:\n`per_order` + `per_item` for each unit + the band of the whole weight + the band of \
         the goods' total; `free_from` takes all of\nit away. The total of goods is that which shoppers see, after \
         discounts.\n\n",
    );
    fields(&mut page, CHARGE);
    page.push_str("\n```toml\n");
    for (what, charge) in CHARGES {
        page.push_str(&format!("# {what}\n{charge}\n"));
    }
    page.push_str(
        "```\n\nIn the last but one, 3 kg cost 7.20, and 12 kg cost 7.20 + 7.20 + 4.60: two parcels of 5 kg and one of \
         2 kg.\n\n### Nothing to ship\n\nProducts of a class that is not shipped, such as `download`, are sold without \
         a delivery method: an order of nothing else\nis asked for none and is charged none, and beside other goods \
         they count neither as units nor by weight. A shop that sends\nnothing needs no `[[delivery]]` at all; in one \
         without, goods that must be sent cannot be bought.\nTheir files: [downloads.md](downloads.md).\n",
    );
    page.push_str(
        "\n### Pick-up points\n\nA method with `[[delivery.points]]` behind it is one that shoppers fetch at a point \
         that they choose in the checkout. The order\ngoes to the point's address in their name, its charge is that of \
         the point's place, and the bill goes to their own address.\n\n",
    );
    fields(&mut page, POINT);
    page.push_str(&format!("\n```toml\n{POINTS_EXAMPLE}```\n"));
    page.push_str(&format!(
        "\n### Days\n\nThese settings stand in front of all tables:\n\n```toml\n{CALENDAR_EXAMPLE}```\n\nAn order counts \
         for the day on which it comes, if that is a working day and the cut-off time has not come; else for the \
         next\nworking day. From then on `handling_days` working days pass until it is packed, and the method's `days` \
         until it arrives; both\npass over holidays. With the lines above and `days = [2, 4]`, what is ordered on \
         Thursday, 24 December 2026 at 15:00 counts\nfor Monday, is packed on Tuesday, and arrives between Thursday and \
         Tuesday, 5 January. Without `cut_off` an order counts for\nits day until midnight. Pages of products tell \
         working days, since they are kept for hours; basket and checkout tell dates.\n",
    ));
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::address::Country;
    use commerce::decimal::Decimal;
    use commerce::delivery::{Consignment, DeliveryMethod, Destination, SentLine};
    use commerce::money::{Currency, Money};

    const BEFORE: &str = "name = \"Test\"\n";
    const UK: &str = "[[market]]\ncode = \"uk\"\ncurrency = \"GBP\"\nlanguages = [\"en\"]\ncountries = [\"GB\"]\n\
                      tax_percent = 20\n";
    const POST: &str = "[[delivery]]\ncode = \"post\"\nname = { en = \"Post\" }\ndays = [2, 3]\n";

    #[test]
    fn the_documentation_lists_every_setting() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, settings_page()).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(written, settings_page(), "run the tests once with UPDATE_DOCS=1");
    }

    /// The reader of the settings itself names the fields that it knows.
    #[test]
    fn every_field_of_a_table_is_listed() {
        let charge = format!("{UK}{POST}charges = [{{ nothing_known = 1 }}]");
        for (table, text, fields) in [
            ("contact", format!("[contact]\nnothing_known = 1\n{UK}"), CONTACT),
            ("market", "[[market]]\nnothing_known = 1".to_owned(), MARKET),
            ("zone", format!("{UK}[[zone]]\nnothing_known = 1"), ZONE),
            ("delivery", format!("{UK}[[delivery]]\nnothing_known = 1"), DELIVERY),
            ("point", format!("{UK}{POST}charges = []\npoints = [{{ nothing_known = 1 }}]"), POINT),
            ("charge", charge, CHARGE),
        ] {
            let error = Settings::parse(&format!("{BEFORE}{text}"), |_| None).unwrap_err();
            let error = format!("{error:#}");
            let known = error.split_once("expected one of ").map(|(_, known)| known.trim()).unwrap_or_default();
            let listed: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            let mut known: Vec<&str> = known.split(", ").collect();
            known.sort_unstable();
            let mut listed: Vec<&str> = listed.iter().map(String::as_str).collect();
            listed.sort_unstable();
            assert_eq!(known, listed, "{table}: {error}");
        }
    }

    fn gbp(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("GBP").unwrap())
    }

    fn sent(goods: i64, kg: Option<&str>, units: u32) -> Consignment {
        let weight_kg = kg.map(|kg| Decimal::parse(kg).unwrap());
        Consignment { goods: gbp(goods), lines: vec![SentLine { partner: None, weight_kg, units }] }
    }

    #[test]
    fn the_examples_say_what_the_page_says() {
        Settings::parse(&format!("{BEFORE}{MARKET_EXAMPLE}{DELIVERY_EXAMPLE}"), |_| None).unwrap();
        let charge_of = |example: usize, goods: i64, kg: Option<&str>, units: u32| {
            let text = format!("{BEFORE}{UK}{POST}{}", CHARGES[example].1);
            let settings = Settings::parse(&text, |_| None).unwrap();
            let to = Country::parse("GB").unwrap().into();
            settings.delivery[0].charge(&sent(goods, kg, units), &to).unwrap().minor()
        };
        for (example, goods, kg, units, want) in [
            (0, 9_000, None, 3, 395),
            (1, 9_000, None, 3, 350),
            (2, 4_499, None, 3, 395),
            (2, 4_500, None, 3, 0),
            (3, 1, None, 1, 0),
            (4, 2_499, None, 3, 495),
            (4, 2_500, None, 3, 295),
            (4, 5_000, None, 3, 0),
            (5, 1, None, 4, 460),
            (5, 1, Some("3"), 1, 720),
            (5, 1, Some("12"), 1, 1_900),
            (6, 1, Some("2"), 1, 560),
        ] {
            let (what, _) = CHARGES[example];
            assert_eq!(charge_of(example, goods, kg, units), want, "{what}: {goods} {kg:?} {units}");
        }
    }

    #[test]
    fn zones_points_and_days_are_what_the_page_says() {
        let courier = Settings::parse(&format!("{BEFORE}{UK}{ZONES_EXAMPLE}"), |_| None).unwrap();
        for (country, postcode, want) in [
            ("GB", "BT1 1AA", Some(1_150)),
            ("GB", "N1 9GU", Some(495)),
            ("GB", "", Some(495)),
            ("DE", "10115", Some(1_400)),
            ("DE", "27498", None),
            ("US", "10001", None),
        ] {
            let (country, postcode) = (Country::parse(country).unwrap(), postcode.to_owned());
            let to = Destination { country, region: String::new(), postcode };
            let got = courier.delivery[0].charge(&sent(1, None, 1), &to).ok().map(Money::minor);
            assert_eq!(got, want, "{to:?}");
        }
        let collect = Settings::parse(&format!("{BEFORE}{UK}{POINTS_EXAMPLE}"), |_| None).unwrap();
        assert_eq!(collect.delivery[0].point("harbour").map(|point| point.city.as_str()), Some("Bristol"));
        let days = Settings::parse(&format!("{BEFORE}{CALENDAR_EXAMPLE}{UK}"), |_| None).unwrap().calendar;
        let method = DeliveryMethod::new("post", Vec::new(), (2, 4));
        let arrives = days.arrival("2026-12-24T15:00".parse().unwrap(), &method);
        assert_eq!(arrives, ("2026-12-31".parse().unwrap(), "2027-01-05".parse().unwrap()));
    }
}
