//! `doctor`: what is wrong, and what to do.

use super::check_store;
use crate::arguments::Store;
use crate::failure::AlreadyTold;
use crate::output;
use serde_json::json;

/// `tradewind doctor`
pub(super) async fn run(store: &Store, as_json: bool) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let now = shop::Clock::System.now();
    let mut diagnosis = shop::doctor::examine(&store.dir, |name| std::env::var(name).ok(), now).await;
    if let Ok(settings) = shop::settings::Settings::load(&store.dir, |name| std::env::var(name).ok()) {
        let problems = storefront::web::check(&store.dir, &settings).into_iter().map(|error| format!("{error:#}"));
        diagnosis.take("theme", problems, "Mend the file in theme/ or pages/; the shop does not open with it.");
    }
    let findings = diagnosis.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.name(),
            "check": finding.check,
            "what": finding.what,
            "next": finding.next,
        })
    });
    let result = json!({
        "healthy": !diagnosis.has_errors(),
        "checked": diagnosis.checked,
        "findings": findings.collect::<Vec<_>>(),
    });
    output::result(as_json, &result, || {
        for finding in &diagnosis.findings {
            output::line(format!("{}: {}: {}", finding.severity.name(), finding.check, finding.what));
            output::line(format!("  {}", finding.next));
        }
        let checked = diagnosis.checked.join(", ");
        let verdict = if diagnosis.findings.is_empty() { "Everything is as it should be" } else { "That is all" };
        output::line(format!("{verdict}. Looked at: {checked}."));
    });
    if diagnosis.has_errors() { Err(AlreadyTold.into()) } else { Ok(()) }
}
