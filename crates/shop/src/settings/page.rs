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
        default: "",
        help: "The one rate of tax on goods and delivery, at most 2 digits behind the point: `20`, `8.1`.",
    },
    Field {
        name: "shows_tax",
        kind: "`true` or `false`",
        default: "`true`",
        help: "Whether prices are shown with tax; `prices_include_tax` says how they are entered.",
    },
];

const DELIVERY: &[Field] = &[
    Field { name: "code", kind: "text", default: "", help: "Short name that orders keep, unique." },
    Field {
        name: "name",
        kind: "texts by language",
        default: "",
        help: "What shoppers read: `{ en = \"Standard delivery\", de = \"Standardversand\" }`.",
    },
    Field {
        name: "countries",
        kind: "list of texts",
        default: "`[]`",
        help: "Countries that it reaches; empty for all of a market's. A market's own list counts as well.",
    },
    Field {
        name: "days",
        kind: "two whole numbers, working days",
        default: "",
        help: "Monday to Friday until it arrives, at best and at worst, at most 120: `[2, 4]`.",
    },
    Field {
        name: "charges",
        kind: "list of tables",
        default: "",
        help: "What it costs, one table a currency. It is not offered in a currency that has none.",
    },
];

const CHARGE: &[Field] = &[
    Field { name: "currency", kind: "text", default: "", help: "Code of ISO 4217." },
    Field { name: "per_order", kind: "text, amount", default: "`\"0\"`", help: "For each order: `\"3.95\"`." },
    Field { name: "per_item", kind: "text, amount", default: "`\"0\"`", help: "For each unit that is sent, on top." },
    Field {
        name: "free_from",
        kind: "text, amount",
        default: "never free",
        help: "From this total of goods on, itself included, delivery costs nothing. It is the total that shoppers see.",
    },
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

/// A charge in GBP with what it is for; a test works out what each says.
const CHARGES: &[(&str, &str)] = &[
    ("the same for every order", r#"charges = [{ currency = "GBP", per_order = "3.95" }]"#),
    ("2.00 and 0.50 for each unit", r#"charges = [{ currency = "GBP", per_order = "2.00", per_item = "0.50" }]"#),
    ("free from 45.00 on", r#"charges = [{ currency = "GBP", per_order = "3.95", free_from = "45" }]"#),
    ("always free", r#"charges = [{ currency = "GBP" }]"#),
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
        "\n## Delivery\n\nOne table `[[delivery]]` a method. The checkout offers those that reach the address and have \
         a charge in the market's\ncurrency, the cheapest first. Changes count from the next start of the shop.\n\n",
    );
    fields(&mut page, DELIVERY);
    page.push_str(&format!("\n```toml\n{DELIVERY_EXAMPLE}```\n"));
    page.push_str(
        "\n### Charges\n\nAmounts and weights are texts with a point, such as `\"3.95\"`. Amounts are in the charge's \
         currency, and with or without\ntax as `prices_include_tax` says; the market's rate is that of the goods. What \
         a charge names adds up:\n`per_order` + `per_item` for each unit + the band of the whole weight; `free_from` \
         takes all of it away.\n\n",
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
         without, goods that must be sent cannot be bought.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::address::Country;
    use commerce::decimal::Decimal;
    use commerce::delivery::Parcel;
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
            ("delivery", format!("{UK}[[delivery]]\nnothing_known = 1"), DELIVERY),
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

    #[test]
    fn the_examples_say_what_the_page_says() {
        Settings::parse(&format!("{BEFORE}{MARKET_EXAMPLE}{DELIVERY_EXAMPLE}"), |_| None).unwrap();
        let gbp = Currency::parse("GBP").unwrap();
        let charge_of = |example: usize, goods: i64, kg: Option<&str>, units: u32| {
            let text = format!("{BEFORE}{UK}{POST}{}", CHARGES[example].1);
            let settings = Settings::parse(&text, |_| None).unwrap();
            let weight = kg.map(|kg| Decimal::parse(kg).unwrap());
            let parcel = Parcel { goods: Money::from_minor(goods, gbp), units: vec![(weight, units)] };
            settings.delivery[0].charge(&parcel, Country::parse("GB").unwrap()).unwrap().unwrap().minor()
        };
        for (example, goods, kg, units, want) in [
            (0, 9_000, None, 3, 395),
            (1, 9_000, None, 3, 350),
            (2, 4_499, None, 3, 395),
            (2, 4_500, None, 3, 0),
            (3, 1, None, 1, 0),
            (4, 1, None, 4, 460),
            (4, 1, Some("3"), 1, 720),
            (4, 1, Some("12"), 1, 1_900),
            (5, 1, Some("2"), 1, 560),
        ] {
            let (what, _) = CHARGES[example];
            assert_eq!(charge_of(example, goods, kg, units), want, "{what}: {goods} {kg:?} {units}");
        }
    }
}
