//! Programs outside of the store among the settings: where they are, what they are asked with, how long they have.

use super::Reader;
use anyhow::{anyhow, bail};
use outside::line::{DEADLINE_MS_MAX, Deadline};
use outside::{Address, Secret};

/// Programs that are asked while somebody shops.
#[derive(Clone, Debug, Default)]
pub struct ModuleSettings {
    /// Prices of baskets.
    pub pricing: Option<ModuleSetting>,
    /// Whether a basket is sold at the store's own prices where the pricing module does not answer; else it waits.
    pub sells_at_own_prices: bool,
    /// Tax.
    pub tax: Option<ModuleSetting>,
    /// The register of VAT numbers, and how long it has.
    pub register: Option<(Address, Deadline)>,
}

/// A program of one's own.
#[derive(Clone, Debug)]
pub struct ModuleSetting {
    /// Where it is.
    pub address: Address,
    /// What questions are signed with.
    pub secret: Secret,
    /// How long it has.
    pub deadline: Deadline,
}

pub(super) fn read(table: &Reader) -> anyhow::Result<ModuleSettings> {
    let sells_at_own_prices = match table.text("pricing_without_answer")?.as_str() {
        "store" => true,
        "refuse" => false,
        other => bail!("pricing_without_answer: {other:?} is neither \"store\" nor \"refuse\""),
    };
    Ok(ModuleSettings {
        pricing: module(table, "pricing_url", "pricing_secret", "pricing_wait_ms")?,
        sells_at_own_prices,
        tax: module(table, "tax_url", "tax_secret", "tax_wait_ms")?,
        register: match table.text("vat_register_url")?.as_str() {
            "" => None,
            raw => Some((address("vat_register_url", raw)?, deadline(table, "vat_register_wait_ms")?)),
        },
    })
}

fn module(table: &Reader, url: &str, secret: &str, wait: &str) -> anyhow::Result<Option<ModuleSetting>> {
    let raw = table.text(url)?;
    if raw.is_empty() {
        return Ok(None);
    }
    let parsed = Secret::parse(&table.text(secret)?).map_err(|error| anyhow!("{secret}: {error}"))?;
    Ok(Some(ModuleSetting { address: address(url, &raw)?, secret: parsed, deadline: deadline(table, wait)? }))
}

fn address(key: &str, raw: &str) -> anyhow::Result<Address> {
    Address::parse(raw).map_err(|error| anyhow!("{key}: {error}"))
}

fn deadline(table: &Reader, key: &str) -> anyhow::Result<Deadline> {
    let most = i64::try_from(DEADLINE_MS_MAX).unwrap_or(i64::MAX);
    let ms = u64::try_from(table.number(key, 1, most)?).ok();
    ms.and_then(Deadline::from_ms).ok_or_else(|| anyhow!("{key}: not a time"))
}
