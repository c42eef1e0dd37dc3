//! `load`: believable shoppers for a running shop.

use crate::arguments::{Load, LoadShape};
use crate::failure::{AlreadyTold, wrong_use};
use crate::output;
use crate::serve;
use anyhow::anyhow;
use load::{LoadError, Options, Shape, Url, play};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use std::str::FromStr;

/// A run's spike comes after so large a part of it.
const SPIKE_AFTER: u32 = 3;

/// `tradewind load`
pub(super) async fn run(wanted: &Load) -> anyhow::Result<()> {
    raise_file_limit();
    let options = options(wanted)?;
    options.check().map_err(|error| wrong_use(error.to_string()))?;
    output::note(format!(
        "A look around in {}, then shoppers come for {} s; Ctrl-C ends it with what was seen so far.",
        options.url,
        u64::from(options.warm_up) + u64::from(options.seconds)
    ));
    let report = play(&options, serve::asked_to_end(), |progress| {
        output::note(format!(
            "{:>4} s: {} at once, {} gone, {} requests, {} orders, {} errors",
            progress.second, progress.at_once, progress.ended, progress.requests, progress.orders, progress.errors
        ));
    });
    let report = report.await.map_err(with_the_next_step)?;
    let errors = report.errors.total;
    output::result(wanted.json.json, &json!(report), || output::line(report.to_string().trim_end()));
    if errors > 0 { Err(AlreadyTold.into()) } else { Ok(()) }
}

fn with_the_next_step(error: LoadError) -> anyhow::Error {
    match error {
        LoadError::Certificate { .. } => {
            anyhow!("{error}; if this is a shop of your own, --insecure believes its certificate")
        }
        LoadError::NoShop { .. } => {
            anyhow!("{error}; name the address that `tradewind serve` or `tradewind region` says its shop is open at")
        }
        _ => error.into(),
    }
}

fn options(wanted: &Load) -> anyhow::Result<Options> {
    let sessions_per_second = parsed("--sessions", &wanted.sessions)?;
    let shape = match wanted.shape {
        LoadShape::Steady => Shape::Steady { sessions_per_second },
        LoadShape::Daily => Shape::Daily { peak_sessions_per_second: sessions_per_second, day_seconds: wanted.seconds },
        LoadShape::Spike => Shape::Spike {
            before_per_second: sessions_per_second,
            factor: wanted.factor,
            at_second: wanted.warm_up.saturating_add(wanted.at.unwrap_or(wanted.seconds / SPIKE_AFTER)),
        },
    };
    let mut options = Options::new(parsed("the shop's address", &wanted.url)?, shape, wanted.seconds);
    options.warm_up = wanted.warm_up;
    options.seed = wanted.seed;
    options.shoppers_max = usize::try_from(wanted.shoppers)?;
    options.pace = wanted.pace;
    options.gateway.clone_from(&wanted.gateway);
    options.insecure = wanted.insecure;
    options.region = wanted.region.as_deref().map(|url| parsed::<Url>("--region", url)).transpose()?;
    if let Some(share) = &wanted.baskets {
        options.basket_share = parsed("--baskets", share)?;
    }
    if let Some(share) = &wanted.checkouts {
        options.checkout_share = parsed("--checkouts", share)?;
    }
    Ok(options)
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(what: &str, text: &str) -> anyhow::Result<T> {
    text.parse().map_err(|error| wrong_use(format!("{what}: {text:?}: {error}")))
}

/// As many open files as the system lets this program have: a shopper has six sockets, an environment eight.
pub(super) fn raise_file_limit() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Where it cannot be raised, running out is told when it happens.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
