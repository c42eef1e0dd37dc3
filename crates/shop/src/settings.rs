//! A store's settings: `tradewind.toml`, every key of which can come from the environment.

mod delivery;
pub mod modules;
#[cfg(test)]
mod page;
pub(crate) mod tax;

use crate::place::Place;
use anyhow::{Context, anyhow, bail};
use commerce::address::{Country, EmailAddress};
use commerce::delivery::{Calendar, DeliveryMethod};
use commerce::language::Language;
use commerce::market::{Market, MarketCode, Markets, TaxDisplay};
use commerce::money::Currency;
use commerce::tax::policy::TaxPolicy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A setting as the documentation lists it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Key in `tradewind.toml`; its environment name is `TRADEWIND_` and the key in upper case.
    pub key: &'static str,
    /// What counts where it is left out, as TOML; empty if it must be there.
    pub default: &'static str,
    /// What it is, with its unit.
    pub help: &'static str,
}

/// Every setting, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    Setting { key: "name", default: "", help: "The shop's name, as it stands on every page." },
    Setting {
        key: "demo",
        default: "false",
        help: "Marks a store for trying things out: the demo gateway is allowed.",
    },
    Setting {
        key: "base_url",
        default: "\"\"",
        help: "Where shoppers reach the shop, such as https://shop.example.org. \
        Empty: the address it listens on.",
    },
    Setting {
        key: "database",
        default: "\"data/store.db\"",
        help: "A SQLite file in the store's folder, or \
        postgres://user:password@host/name; of a cluster of Aurora DSQL without a password: \
        postgres://admin@ID.dsql.REGION.on.aws/postgres, opened with AWS credentials of the environment.",
    },
    Setting { key: "database_connections", default: "16", help: "Most connections of one process to PostgreSQL." },
    Setting {
        key: "snapshot",
        default: "\"data/snapshot\"",
        help: "Folder of the catalogue snapshot, or \
        s3://bucket/prefix (a program built with the feature s3).",
    },
    Setting {
        key: "media",
        default: "\"media\"",
        help: "Folder of uploaded pictures and files and of what is made of them, or \
        s3://bucket/media (a program built with the feature s3), from which the edge reads them. A bucket is not in backups.",
    },
    Setting {
        key: "downloads",
        default: "\"downloads\"",
        help: "Folder of the files that buyers download, or s3://bucket/prefix (a program built with the feature s3). \
        Nobody but the program reads it. A bucket is not in backups.",
    },
    Setting { key: "download_days", default: "30", help: "How long after payment a file may be downloaded, in days." },
    Setting {
        key: "downloads_max",
        default: "5",
        help: "How often each file may be downloaded, for each unit that was bought.",
    },
    Setting {
        key: "download_redirect",
        default: "true",
        help: "Whether files of a bucket are handed on by addresses of the bucket that are good for some minutes. false: \
        they go through the shop, for a bucket that browsers do not reach.",
    },
    Setting { key: "time_zone", default: "\"UTC\"", help: "Time zone of rules by date (IANA name)." },
    Setting {
        key: "prices_include_tax",
        default: "true",
        help: "Whether prices and delivery charges are entered with tax.",
    },
    Setting { key: "few_left", default: "5", help: "Fewer free units than this read as few left." },
    Setting {
        key: "hold_minutes",
        default: "15",
        help: "How long units stay set aside while somebody pays, in minutes.",
    },
    Setting {
        key: "cancel_minutes",
        default: "30",
        help: "How long a customer may cancel an order by themselves, in minutes.",
    },
    Setting {
        key: "withdraw_days",
        default: "14",
        help: "How long after delivery a consumer may withdraw, in days \
        (Directive 2011/83/EU: at least 14).",
    },
    Setting {
        key: "snapshot_look_ms",
        default: "200",
        help: "How old a look at the newest snapshot may be when a page \
        is made, in milliseconds; 2000 on Lambda.",
    },
    Setting {
        key: "page_memory_mb",
        default: "24",
        help: "Memory of one process for finished pages, in MiB. 0: every page is \
        made anew.",
    },
    Setting {
        key: "stock_purge_ms",
        default: "60000",
        help: "A product that sells out or comes back purges its page at \
        most once in so many milliseconds.",
    },
    Setting {
        key: "stock_purges_monthly",
        default: "500",
        help: "Pages purged for stock in one month (UTC), for an edge \
        that counts them; past that, pages without script show it when their time is over, within minutes.",
    },
    Setting {
        key: "gateways",
        default: "[\"invoice\"]",
        help: "Ways to pay, in the order of the checkout: demo, invoice.",
    },
    Setting {
        key: "demo_payment_url",
        default: "\"\"",
        help: "Where the demo payment site is reached. Empty: started \
        beside the store on a port of its own.",
    },
    Setting { key: "payments_at_once", default: "8", help: "How many payments the sweep asks gateways about at once." },
    Setting {
        key: "pricing_url",
        default: "\"\"",
        help: "Where a module of your own is asked for the prices of a basket ([how](outside.md)). Empty: nowhere.",
    },
    Setting {
        key: "pricing_secret",
        default: "\"\"",
        help: "What questions to it are signed with, 16 to 256 characters. Better in the environment than here.",
    },
    Setting { key: "pricing_wait_ms", default: "800", help: "How long it has to answer, in milliseconds." },
    Setting {
        key: "pricing_without_answer",
        default: "\"store\"",
        help: "Without its answer a basket is sold at the store's own prices (store), or not at all just then (refuse).",
    },
    Setting {
        key: "tax_url",
        default: "\"\"",
        help: "Where a provider is asked for the tax of a sale, in markets that `[tax]` is for ([how](outside.md)). \
        Empty, and without its answer: the tables count.",
    },
    Setting { key: "tax_secret", default: "\"\"", help: "What questions to it are signed with, as `pricing_secret`." },
    Setting { key: "tax_wait_ms", default: "2000", help: "How long it has to answer, in milliseconds." },
    Setting {
        key: "vat_register_url",
        default: "\"\"",
        help: "Where VAT numbers are looked up: https://ec.europa.eu/taxation_customs/vies/rest-api for VIES, the EU's \
        register. Empty: they are not.",
    },
    Setting { key: "vat_register_wait_ms", default: "4000", help: "How long it has to answer, in milliseconds." },
    Setting { key: "mail_from", default: "\"shop@localhost\"", help: "Sender of the shop's mail." },
    Setting {
        key: "mail_to",
        default: "\"\"",
        help: "Where mail goes: smtp://user:password@host:587, smtps://…, or empty for \
        files in the folder mail/.",
    },
    Setting {
        key: "edge_purge_url",
        default: "\"\"",
        help: "Where cache tags are purged, by POST of {\"items\": [\"#p-1\"]}. Empty: there is no edge.",
    },
    Setting {
        key: "edge_secrets",
        default: "[]",
        help: "Values of the header that the edge sends to prove itself; two \
        while one is being changed. Empty: no header of the edge is believed.",
    },
    Setting {
        key: "contact",
        default: "{}",
        help: "How people reach the shop, at the foot of every page: [its fields](#contact).",
    },
    Setting {
        key: "market",
        default: "",
        help: "Where the shop sells, in which currency and languages, and with which tax: \
        [its fields](#markets).",
    },
    Setting {
        key: "tax",
        default: "{}",
        help: "Tax by place and kind of goods, for markets without `tax_percent`: [its fields](#tax).",
    },
    Setting {
        key: "delivery",
        default: "[]",
        help: "The ways to send a parcel, how long they take and what they cost: \
        [its fields](#delivery).",
    },
    Setting {
        key: "zone",
        default: "[]",
        help: "Parts of the world that a method goes to or costs something else in: [its fields](#zones).",
    },
    Setting {
        key: "cut_off",
        default: "\"\"",
        help: "What is ordered at this time of day or later, such as 14:00 in `time_zone`, counts for the next working \
        day. Empty: there is no such time.",
    },
    Setting {
        key: "working_days",
        default: "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]",
        help: "Days of the week on which orders are packed: mon, tue, wed, thu, fri, sat, sun.",
    },
    Setting {
        key: "holidays",
        default: "[]",
        help: "Days on which nobody packs and nothing is carried: a date such as \"2026-12-24\", or \"12-25\" for \
        that day of every year.",
    },
    Setting { key: "handling_days", default: "0", help: "Working days that packing an order takes, at most 60." },
    Setting { key: "synonyms", default: "{}", help: "Groups of words that mean the same, by language." },
    Setting {
        key: "conflicts_per_mille",
        default: "0",
        help: "Of a thousand commits, so many fail on purpose. For tests.",
    },
];

/// Most payments that the sweep asks about at once: so many calls of one process a gateway bears.
const PAYMENTS_AT_ONCE_MAX: i64 = 30;

/// How the shop is reached by people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// For questions.
    pub email: String,
    /// For questions.
    pub phone: String,
    /// Of the seller, on one line.
    pub address: String,
}

/// A store's settings, checked. Printed for a log, it tells no address that may hold a password.
#[derive(Clone)]
pub struct Settings {
    /// The shop's name.
    pub name: String,
    /// Whether it is for trying things out.
    pub demo: bool,
    /// Where shoppers reach it, without a slash at the end; empty for the address it listens on.
    pub base_url: String,
    /// The database's address or file.
    pub database: String,
    /// Most connections to PostgreSQL.
    pub database_connections: u32,
    /// Where the snapshot is.
    pub snapshot: Place,
    /// Where uploads and what was made of them are.
    pub media: Place,
    /// Where the files are that buyers download.
    pub downloads: Place,
    /// How long after payment a file may be downloaded, in days.
    pub download_days: i64,
    /// How often each file may be downloaded, for each unit.
    pub downloads_max: u32,
    /// Whether files of a bucket are handed on by addresses of the bucket.
    pub download_redirect: bool,
    /// Time zone of rules by date.
    pub time_zone: jiff::tz::TimeZone,
    /// Whether prices were entered with tax.
    pub prices_entered: TaxDisplay,
    /// Fewer free units than this read as *few left*.
    pub few_left: i64,
    /// How long units stay set aside, in milliseconds.
    pub hold_ms: i64,
    /// How long a customer may cancel by themselves, in milliseconds.
    pub cancel_ms: i64,
    /// How long a consumer may withdraw, in days.
    pub withdraw_days: i64,
    /// How old a look at the newest snapshot may be, in milliseconds.
    pub snapshot_look_ms: i64,
    /// Memory of one process for finished pages, in bytes.
    pub page_memory_bytes: u64,
    /// Least time between two purges of one product for its stock, in milliseconds.
    pub stock_purge_ms: i64,
    /// Most tags that are purged for stock alone in one month.
    pub stock_purges_monthly: usize,
    /// Codes of the gateways in order.
    pub gateways: Vec<String>,
    /// Where the demo payment site is, if not beside the store.
    pub demo_payment_url: String,
    /// Sender of mail.
    pub mail_from: EmailAddress,
    /// Where mail goes.
    pub mail_to: String,
    /// Where tags are purged.
    pub edge_purge_url: String,
    /// What the edge proves itself with.
    pub edge_secrets: Vec<String>,
    /// How the shop is reached.
    pub contact: Contact,
    /// Its markets.
    pub markets: Markets,
    /// How it delivers.
    pub delivery: Vec<DeliveryMethod>,
    /// When it works.
    pub calendar: Calendar,
    /// Words that mean the same, by language.
    pub synonyms: BTreeMap<Language, Vec<Vec<String>>>,
    /// How many payments the sweep asks gateways about at once.
    pub payments_at_once: usize,
    /// Programs outside that are asked while somebody shops.
    pub modules: modules::ModuleSettings,
    /// Commits that fail on purpose.
    pub conflicts_per_mille: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMarket {
    code: String,
    currency: String,
    languages: Vec<String>,
    countries: Vec<String>,
    tax_percent: Option<toml::Value>,
    #[serde(default = "yes")]
    shows_tax: bool,
}

fn yes() -> bool {
    true
}

impl Settings {
    /// Reads the file of a store's folder, and the environment through `env`.
    pub fn load(folder: &Path, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let file = folder.join("tradewind.toml");
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::read(&text, Some(folder), env).with_context(|| format!("in {}", file.display()))
    }

    /// Checks the file's text, with what the environment says instead. Without its folder, what the store's own tables of
    /// tax say stays unread.
    pub fn parse(text: &str, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        Self::read(text, None, env)
    }

    fn read(text: &str, folder: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut table: toml::Table = text.parse().context("it is not TOML")?;
        if let Some(unknown) = table.keys().find(|key| SETTINGS.iter().all(|setting| setting.key != key.as_str())) {
            bail!("{unknown} is not a setting; docs/settings.md lists them");
        }
        for setting in SETTINGS {
            let name = format!("TRADEWIND_{}", setting.key.to_uppercase());
            if let Some(value) = env(&name) {
                table.insert(setting.key.to_owned(), from_env(&value));
            } else if !table.contains_key(setting.key) && !setting.default.is_empty() {
                table.insert(setting.key.to_owned(), from_env(setting.default));
            }
        }
        Self::from_table(&Reader(table), folder)
    }

    fn from_table(table: &Reader, folder: Option<&Path>) -> anyhow::Result<Self> {
        let minutes = |key| table.number(key, 1, 60 * 24 * 14).map(|minutes| minutes * 60_000);
        let zone = table.text("time_zone")?;
        let markets: Vec<RawMarket> = table.get("market")?;
        let synonyms: BTreeMap<String, Vec<Vec<String>>> = table.get("synonyms")?;
        let language = |code: &str| Language::parse(code).map_err(anyhow::Error::from);
        let mail_from = table.text("mail_from")?;
        let has_none = table.get::<toml::Table>("tax")?.is_empty();
        let tax = if has_none { None } else { Some(table.get("tax")?) };
        let tax = tax.map(|raw| tax::policy(raw, folder).context("tax")).transpose()?.map(Arc::new);
        let settings = Self {
            name: table.text("name")?,
            demo: table.get("demo")?,
            base_url: table.text("base_url")?.trim_end_matches('/').to_owned(),
            database: table.text("database")?,
            database_connections: u32::try_from(table.number("database_connections", 1, 1_000)?).unwrap_or(1),
            snapshot: Place::parse("snapshot", &table.text("snapshot")?)?,
            media: Place::parse("media", &table.text("media")?)?,
            downloads: Place::parse("downloads", &table.text("downloads")?)?,
            download_days: table.number("download_days", 1, 3_650)?,
            downloads_max: u32::try_from(table.number("downloads_max", 1, 1_000)?).unwrap_or(1),
            download_redirect: table.get("download_redirect")?,
            time_zone: jiff::tz::TimeZone::get(&zone).map_err(|_| anyhow!("time_zone: {zone:?} is not known"))?,
            prices_entered: if table.get("prices_include_tax")? {
                TaxDisplay::Including
            } else {
                TaxDisplay::Excluding
            },
            few_left: table.number("few_left", 0, 1_000_000)?,
            hold_ms: minutes("hold_minutes")?,
            cancel_ms: minutes("cancel_minutes")?,
            withdraw_days: table.number("withdraw_days", 14, 3_650)?,
            snapshot_look_ms: table.number("snapshot_look_ms", 0, 60_000)?,
            page_memory_bytes: u64::try_from(table.number("page_memory_mb", 0, 1 << 20)? << 20).unwrap_or_default(),
            stock_purge_ms: table.number("stock_purge_ms", 0, 86_400_000)?,
            stock_purges_monthly: usize::try_from(table.number("stock_purges_monthly", 0, 1_000_000_000)?)?,
            gateways: table.get("gateways")?,
            demo_payment_url: table.text("demo_payment_url")?.trim_end_matches('/').to_owned(),
            mail_from: sender(&mail_from)?,
            mail_to: table.text("mail_to")?,
            edge_purge_url: table.text("edge_purge_url")?,
            edge_secrets: table.get("edge_secrets")?,
            contact: table.get("contact")?,
            markets: Markets::new(markets.into_iter().map(|raw| market(raw, tax.as_ref())).collect::<Result<_, _>>()?)?,
            delivery: delivery::methods(table.get("delivery")?, &delivery::zones(table.get("zone")?)?)?,
            calendar: delivery::calendar(table)?,
            synonyms: synonyms
                .into_iter()
                .map(|(code, groups)| Ok((language(&code)?, groups)))
                .collect::<anyhow::Result<_>>()?,
            payments_at_once: usize::try_from(table.number("payments_at_once", 1, PAYMENTS_AT_ONCE_MAX)?).unwrap_or(1),
            modules: modules::read(table)?,
            conflicts_per_mille: u64::try_from(table.number("conflicts_per_mille", 0, 900)?).unwrap_or_default(),
        };
        settings.check()?;
        if folder.is_some() {
            settings.check_rates()?;
        }
        Ok(settings)
    }

    /// Finds gaps in the tables of tax.
    fn check_rates(&self) -> anyhow::Result<()> {
        let day = self.time_zone.to_datetime(jiff::Timestamp::now()).date();
        let check = |market: &Market| {
            let checked = tax::check_market(market, &self.delivery, self.prices_entered, day);
            checked.with_context(|| format!("market {}", market.code))
        };
        self.markets.iter().try_for_each(check)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.name.trim().is_empty() {
            bail!("name is empty");
        }
        if !self.base_url.is_empty() && !["http://", "https://"].iter().any(|start| self.base_url.starts_with(start)) {
            bail!("base_url: {:?} begins with neither http:// nor https://", self.base_url);
        }
        if self.gateways.is_empty() {
            bail!("gateways is empty: nobody could pay");
        }
        for (place, code) in self.gateways.iter().enumerate() {
            if !["demo", "invoice"].contains(&code.as_str()) || self.gateways[..place].contains(code) {
                bail!("gateways: {code:?} is not a gateway, or is there twice; there are demo and invoice");
            }
        }
        if !self.demo && self.gateways.iter().any(|code| code == "demo") {
            bail!("gateways: demo takes no real money and is for a store with demo = true only");
        }
        Ok(())
    }

    /// Whether the database is a file in the store's folder.
    pub fn database_is_file(&self) -> bool {
        !self.database.starts_with("postgres://") && !self.database.starts_with("postgresql://")
    }

    /// The database for people: its address without user, password and parameters, which may be secrets too.
    pub fn database_shown(&self) -> String {
        let Some((scheme, rest)) = self.database.split_once("://") else { return self.database.clone() };
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        format!("{scheme}://{}", place.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Settings");
        shown.field("name", &self.name).field("demo", &self.demo).field("base_url", &self.base_url);
        shown.field("database", &self.database_shown()).field("gateways", &self.gateways).finish_non_exhaustive()
    }
}

/// What the environment says is TOML if it can be, else a text.
fn from_env(value: &str) -> toml::Value {
    let wrapped: Result<toml::Table, _> = format!("value = {value}").parse();
    let parsed = wrapped.ok().and_then(|mut table| table.remove("value"));
    parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

/// A sender may be a machine without a domain, such as shop@localhost.
fn sender(raw: &str) -> anyhow::Result<EmailAddress> {
    EmailAddress::parse(raw)
        .or_else(|_| EmailAddress::parse(&format!("{raw}.localdomain")))
        .map_err(|error| anyhow!("mail_from: {error}"))
}

struct Reader(toml::Table);

impl Reader {
    fn get<T: serde::de::DeserializeOwned>(&self, key: &str) -> anyhow::Result<T> {
        let value = self.0.get(key).ok_or_else(|| anyhow!("{key} is missing"))?;
        value.clone().try_into().map_err(|error: toml::de::Error| anyhow!("{key}: {}", error.message()))
    }

    fn text(&self, key: &str) -> anyhow::Result<String> {
        self.get(key)
    }

    fn number(&self, key: &str, least: i64, most: i64) -> anyhow::Result<i64> {
        let number: i64 = self.get(key)?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            bail!("{key}: {number} is not between {least} and {most}")
        }
    }
}

fn market(raw: RawMarket, tax: Option<&Arc<TaxPolicy>>) -> anyhow::Result<Market> {
    let countries: Vec<Country> = raw.countries.iter().map(|code| Country::parse(code)).collect::<Result<_, _>>()?;
    let code = MarketCode::parse(&raw.code)?;
    let home = *countries.first().ok_or_else(|| anyhow!("market {code} needs at least one country"))?;
    let tax = tax::of_market(raw.tax_percent.as_ref(), home, tax).with_context(|| format!("market {code}"))?;
    Ok(Market {
        code,
        currency: Currency::parse(&raw.currency)?,
        languages: raw.languages.iter().map(|code| Language::parse(code)).collect::<Result<_, _>>()?,
        countries,
        tax,
        tax_display: if raw.shows_tax { TaxDisplay::Including } else { TaxDisplay::Excluding },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
name = "Test"
[[market]]
code = "uk"
currency = "GBP"
languages = ["en"]
countries = ["GB"]
tax_percent = 20
[[delivery]]
code = "post"
name = { en = "Post" }
days = [2, 3]
charges = [{ currency = "GBP", per_order = "3.95", free_from = "40", bands = [["5", "6.80"], ["1", "3.20"]] }]
"#;

    #[test]
    fn a_small_file_is_enough_and_the_environment_wins() {
        let settings = Settings::parse(SMALL, |_| None).unwrap();
        assert_eq!((settings.hold_ms, settings.gateways.len()), (900_000, 1));
        assert_eq!(settings.delivery[0].charges[0].bands[0].charge.minor(), 320, "bands are sorted");
        let env = |name: &str| match name {
            "TRADEWIND_HOLD_MINUTES" => Some("2".to_owned()),
            "TRADEWIND_DATABASE" => Some("postgres://shop@db/shop".to_owned()),
            _ => None,
        };
        let settings = Settings::parse(SMALL, env).unwrap();
        assert_eq!(settings.hold_ms, 120_000);
        assert!(!settings.database_is_file());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (change, want) in [
            ("nmae = \"x\"", "nmae"),
            ("hold_minutes = 0", "hold_minutes"),
            ("hold_minutes = \"long\"", "hold_minutes"),
            ("time_zone = \"Mars/Base\"", "time_zone"),
            ("gateways = [\"demo\"]", "demo"),
            ("gateways = [\"gold\"]", "gold"),
            ("base_url = \"shop.example\"", "base_url"),
        ] {
            let error = Settings::parse(&format!("{change}\n{SMALL}"), |_| None).unwrap_err();
            assert!(format!("{error:#}").contains(want), "{change}: {error:#}");
        }
    }

    #[test]
    fn secrets_of_the_settings_are_not_printed() {
        let secrets = "database = \"postgres://shop:s3cret@db.example:5432/shop?sslkey=s3cret\"\n\
                       mail_to = \"smtp://shop:s3cret@mail.example\"\nedge_secrets = [\"s3cret\"]";
        let settings = Settings::parse(&format!("{secrets}\n{SMALL}"), |_| None).unwrap();
        let printed = format!("{settings:?}");
        assert!(!printed.contains("s3cret") && printed.contains("postgres://db.example:5432/shop"), "{printed}");
    }
}
