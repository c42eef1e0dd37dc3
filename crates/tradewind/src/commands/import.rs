//! `import oscar`: catalogue, offers and vouchers of a django-oscar shop.

use super::progress::ProgressLine;
use super::{finish, open_folder, shown};
use crate::arguments::Prices;
use crate::failure::wrong_use;
use crate::output;
use anyhow::bail;
use commerce::event::Actor;
use commerce::language::Language;
use commerce::market::TaxDisplay;
use commerce::money::Currency;
use serde_json::{Value, json};
use shop::import::{
    DELIVERY_FILE, DeliveryState, ImportError, ImportProgress, ImportReport, ImportRequest, ImportedDelivery,
    TaxCharged, look_at_source, preview_oscar,
};
use shop::{Chance, Shop, counted};
use std::path::{Path, PathBuf};

/// Rows of the report that are shown of each kind.
const SHOWN_PER_CODE: usize = 3;

/// What was typed.
pub(super) struct Wanted {
    pub(super) source: String,
    pub(super) into: PathBuf,
    pub(super) dry_run: bool,
    pub(super) language: Option<String>,
    pub(super) prices: Option<Prices>,
    pub(super) currency: Option<String>,
}

/// `tradewind import oscar`
pub(super) async fn oscar(wanted: Wanted, as_json: bool) -> anyhow::Result<()> {
    let language = wanted.language.as_deref().map(Language::parse).transpose();
    let language = language.map_err(|error| wrong_use(error.to_string()))?;
    let currency = wanted.currency.as_deref().map(Currency::parse).transpose();
    let currency = currency.map_err(|error| wrong_use(error.to_string()))?;
    let is_store = shop::folder::is_store(&wanted.into);
    let shop = match (is_store, wanted.dry_run) {
        (true, _) => Some(open_folder(&wanted.into).await?),
        (false, true) => None,
        (false, false) => Some(make_store(&wanted, language, currency).await?),
    };
    if let (Some(shop), Some(prices)) = (&shop, wanted.prices) {
        check_tax(shop, prices, &wanted.into)?;
    }
    let (first_language, first_currency) = match &shop {
        Some(shop) => {
            let first = shop.settings().markets.first();
            (first.language, shop.settings().markets.market(first).currency)
        }
        None => {
            let usual = look_at_source(&wanted.source).await?;
            (Language::ENGLISH, usual.map_or_else(|| Currency::parse("GBP"), Ok)?)
        }
    };
    let request = ImportRequest {
        source: wanted.source.clone(),
        language: language.unwrap_or(first_language),
        currency: currency.unwrap_or(first_currency),
    };
    let mut progress = ProgressLine::new("products");
    let mut tell = |state: ImportProgress| progress.tell(state.done, state.total);
    let report = match &shop {
        Some(shop) => shop.import_oscar(&request, wanted.dry_run, &Actor::Operator, &mut tell).await,
        None => preview_oscar(&request, &mut tell).await,
    };
    progress.end();
    let report = report.map_err(told)?;
    output::result(as_json, &to_json(&report, wanted.dry_run), || print(&report, wanted.dry_run));
    match shop {
        Some(shop) => finish(shop).await,
        None => Ok(()),
    }
}

/// What ended an import, and whether running it again helps: where the source was not opened, nothing was begun.
fn told(error: ImportError) -> anyhow::Error {
    match error {
        ImportError::Open(_) => anyhow::Error::new(error),
        error => anyhow::Error::new(error).context("the import was broken off; run it again, and it goes on"),
    }
}

/// A store for what comes: whether prices hold tax must be known, because nothing in an Oscar database says it.
async fn make_store(wanted: &Wanted, language: Option<Language>, currency: Option<Currency>) -> anyhow::Result<Shop> {
    let prices = match wanted.prices {
        Some(prices) => prices,
        None => ask_tax()?,
    };
    // A source that cannot be read must not leave an empty store behind.
    let usual = look_at_source(&wanted.source).await?;
    let currency = currency.or(usual).map_or_else(|| Currency::parse("GBP"), Ok)?;
    let language = language.unwrap_or(Language::ENGLISH);
    let settings = shop::folder::new_settings(currency, language, display(prices));
    let pages = shop::new_pages::new_pages(language);
    shop::folder::create_with(&wanted.into, &settings, &pages, &Chance::system())?;
    let into = wanted.into.display();
    output::note(format!(
        "{into} is a new store: check name, countries, tax, time zone and delivery in {into}/tradewind.toml."
    ));
    open_folder(&wanted.into).await
}

fn display(prices: Prices) -> TaxDisplay {
    match prices {
        Prices::WithTax => TaxDisplay::Including,
        Prices::WithoutTax => TaxDisplay::Excluding,
    }
}

fn ask_tax() -> anyhow::Result<Prices> {
    let needed = || {
        wrong_use("nobody can tell from the source whether its prices hold tax; say --prices with-tax or without-tax")
    };
    match output::ask("Do the prices of the old shop hold tax? [y/n]").ok_or_else(needed)?.to_lowercase().as_str() {
        "y" | "yes" => Ok(Prices::WithTax),
        "n" | "no" => Ok(Prices::WithoutTax),
        _ => Err(needed()),
    }
}

fn check_tax(shop: &Shop, prices: Prices, into: &Path) -> anyhow::Result<()> {
    if shop.settings().prices_entered == display(prices) {
        return Ok(());
    }
    let has = shop.settings().prices_entered == TaxDisplay::Including;
    bail!(
        "{} takes its prices {} tax (prices_include_tax = {has}), and --prices says otherwise; change one of the two",
        shown(into).display(),
        if has { "with" } else { "without" }
    )
}

fn to_json(report: &ImportReport, dry_run: bool) -> Value {
    let methods = report
        .delivery
        .methods
        .iter()
        .map(|method| json!({ "code": method.code, "name": method.name, "state": method.state.name() }));
    json!({
        "dry_run": dry_run,
        "setup_changed": report.setup_changed,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "rules_changed": {
            "ranges": report.rules_changed.ranges,
            "offers": report.rules_changed.offers,
            "voucher_sets": report.rules_changed.voucher_sets,
            "vouchers": report.rules_changed.vouchers,
        },
        "refused": report.refused,
        "refused_total": report.refused_total,
        "delivery": {
            "methods": methods.collect::<Vec<_>>(),
            "toml": report.delivery.toml,
            "not_written": report.delivery.not_written,
        },
        "taxes": report.taxes.iter().map(tax_json).collect::<Vec<_>>(),
        "report": report.source,
    })
}

fn tax_json(tax: &TaxCharged) -> Value {
    json!({ "country": tax.country, "class": tax.class, "lines": tax.lines, "percent": tax.percent() })
}

/// What the orders of the old shop tell of its tax.
fn print_taxes(taxes: &[TaxCharged]) {
    if taxes.is_empty() {
        output::line(
            "No orders tell what tax was charged: set tax_percent, or [tax], in tradewind.toml (docs/tax.md).",
        );
        return;
    }
    output::line("Oscar keeps no rates of tax; these were charged on orders, on average:");
    for tax in taxes.iter().take(SHOWN_PER_CODE) {
        let or = |text: &str, instead: &str| if text.is_empty() { instead.to_owned() } else { text.to_owned() };
        let (country, class) = (or(&tax.country, "nowhere"), or(&tax.class, "products that are gone"));
        let lines = counted(tax.lines, "line", "lines");
        output::line(format!("  {} % on {class} to {country} ({lines})", tax.percent()));
    }
    let more = taxes.len().saturating_sub(SHOWN_PER_CODE);
    if more > 0 {
        output::line(format!("  … and {more} more; --json lists them"));
    }
    output::line("Set tax_percent of the markets to match, or [tax] for rates by place and class (docs/tax.md).");
}

fn print(report: &ImportReport, dry_run: bool) {
    for finding in report.source.findings() {
        let rows = counted(finding.total, "row", "rows");
        output::line(format!("{}: {rows}. {}", finding.code.as_str(), finding.advice));
        for entry in finding.entries.iter().take(SHOWN_PER_CODE) {
            let key = entry.key.map(|key| format!(" {key}")).unwrap_or_default();
            output::line(format!("  {}{key}: {}", entry.table, entry.what));
        }
        let more = finding.total.saturating_sub(SHOWN_PER_CODE as u64);
        if more > 0 {
            output::line(format!("  … and {more} more; --json lists a hundred of each kind"));
        }
    }
    for refused in &report.refused {
        output::line(format!("taken here: {refused}"));
    }
    print_delivery(&report.delivery, dry_run);
    print_taxes(&report.taxes);
    let done = if dry_run { "Would write" } else { "Wrote" };
    output::line(format!(
        "{done} {} new and {}; {} the same. {} of classes, attributes, categories and partners.",
        report.new,
        counted(report.changed, "changed product", "changed products"),
        counted(report.unchanged, "is", "are"),
        report.setup_changed
    ));
    let rules = report.rules_changed;
    output::line(format!(
        "{done} {}, {}, {} and {}.",
        counted(rules.ranges, "range", "ranges"),
        counted(rules.offers, "offer", "offers"),
        counted(rules.voucher_sets, "voucher set", "voucher sets"),
        counted(rules.vouchers, "voucher", "vouchers"),
    ));
}

/// Where the delivery methods of the old shop are, and what is to be looked at.
fn print_delivery(delivery: &ImportedDelivery, dry_run: bool) {
    let names = |state: DeliveryState| {
        let of_state = delivery.methods.iter().filter(|method| method.state == state);
        of_state.map(|method| method.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (written, beside) = (names(DeliveryState::Written), names(DeliveryState::Beside));
    let come = if dry_run { "would come" } else { "came" };
    if !delivery.not_written.is_empty() {
        output::line(format!("Delivery methods were not written ({}); --json has their text.", delivery.not_written));
    } else if !written.is_empty() {
        output::line(format!(
            "Delivery methods {come} into tradewind.toml ({written}): check their charges, tax and days; whether Oscar \
             offered them stands in its code alone."
        ));
    } else if !beside.is_empty() {
        output::line(format!(
            "Delivery methods {come} into {DELIVERY_FILE} ({beside}): tradewind.toml has its own. Copy from there what \
             you want to offer."
        ));
    }
}
