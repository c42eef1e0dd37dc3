//! `offers`: what offers would do to sample baskets, before they are live.

use super::outcome_words::OutcomeWords;
use crate::failure::AlreadyTold;
use crate::output;
use anyhow::{Context, bail};
use offer_cases::{Case, Differs, FORMAT, Priced, answer, differences, figures, offer_id, price, read_cases};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest file of cases, in bytes.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// What became of a case.
struct Tried<'a> {
    case: &'a Case,
    outcome: Result<(Priced, Value), String>,
    differs: Vec<Differs>,
}

/// `tradewind offers try`
pub(super) fn try_file(file: &Path, explain: bool, as_json: bool) -> anyhow::Result<()> {
    let cases =
        read_cases(&read(file, FILE_BYTES_MAX)?).with_context(|| format!("{} cannot be tried", file.display()))?;
    let tried: Vec<Tried<'_>> = cases.iter().map(try_case).collect();
    let wrong = tried.iter().filter(|tried| tried.is_wrong()).count();
    let result = json!({
        "format": FORMAT,
        "cases": tried.iter().map(Tried::json).collect::<Vec<_>>(),
        "wrong": wrong,
    });
    output::result(as_json, &result, || {
        tried.iter().for_each(|tried| tried.tell(explain));
        output::line(match (wrong, tried.len()) {
            (0, 1) => "One case, and nothing is otherwise than the file expects.".to_owned(),
            (0, all) => format!("{all} cases, and nothing is otherwise than the file expects."),
            (wrong, all) => format!("{wrong} of {all} cases differ, or cannot be tried."),
        });
    });
    if wrong > 0 { Err(AlreadyTold.into()) } else { Ok(()) }
}

/// The text of a file that is not too large.
pub(super) fn read(file: &Path, bytes_max: u64) -> anyhow::Result<String> {
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut text = String::new();
    let read = opened.take(bytes_max + 1).read_to_string(&mut text);
    read.with_context(|| format!("cannot read {}", file.display()))?;
    if text.len() as u64 > bytes_max {
        bail!("{} is larger than {} MB: part it into several files", file.display(), bytes_max >> 20);
    }
    Ok(text)
}

fn try_case(case: &Case) -> Tried<'_> {
    let outcome = price(case).map(|priced| (answer(case, &priced), priced)).map_err(|error| error.to_string());
    let currency = case.sale.terms().currency;
    let differs = match (&outcome, &case.expect) {
        (Ok((answer, _)), Some(expect)) => differences(&figures(expect, currency).0, &figures(answer, currency).0),
        _ => Vec::new(),
    };
    Tried { case, outcome: outcome.map(|(answer, priced)| (priced, answer)), differs }
}

impl Tried<'_> {
    /// Offers that are refused, with what is wrong with them.
    fn refused(&self) -> impl Iterator<Item = (&str, String)> {
        self.case.offers.iter().filter_map(|(name, offer)| Some((name.as_str(), offer.as_ref().err()?.to_string())))
    }

    /// Whether it differs, or could not be tried as it stands. A rule that is refused is what a file may expect.
    fn is_wrong(&self) -> bool {
        let is_unexpected = self.case.expect.is_none() && self.refused().next().is_some();
        self.outcome.is_err() || !self.differs.is_empty() || is_unexpected
    }

    fn json(&self) -> Value {
        let differs = self
            .differs
            .iter()
            .map(|differs| json!({ "figure": differs.figure, "expected": differs.expected, "found": differs.found }));
        let refused = self.refused().map(|(offer, why)| json!({ "offer": offer, "problem": why }));
        let (answer, error) = match &self.outcome {
            Ok((_, answer)) => (Some(answer), None),
            Err(error) => (None, Some(error)),
        };
        json!({
            "id": self.case.id,
            "expect": answer,
            "error": error,
            "refused": refused.collect::<Vec<_>>(),
            "differs": differs.collect::<Vec<_>>(),
        })
    }

    fn tell(&self, explain: bool) {
        match &self.outcome {
            Ok((priced, _)) => self.tell_figures(priced, explain),
            Err(error) => output::line(format!("{}: {error}", self.case.id)),
        }
        for (offer, why) in self.refused() {
            output::line(format!("  {offer} is refused: {why}"));
        }
        for differs in &self.differs {
            let [expected, found] =
                [&differs.expected, &differs.found].map(|text| text.as_deref().unwrap_or("nothing"));
            output::line(format!("  differs: {}: expected {expected}, found {found}", differs.figure));
        }
    }

    fn tell_figures(&self, priced: &Priced, explain: bool) {
        let shown = priced.before.shown;
        let (before, after) = (priced.before.goods.shown(shown), priced.after.goods.shown(shown));
        let code = before.currency();
        let delivery = priced.delivery.as_ref().map_or(String::new(), |(before, after)| {
            let (before, after) = (before.total.shown(before.shown), after.total.shown(after.shown));
            format!("; delivery {} to {}", before.to_decimal_string(), after.to_decimal_string())
        });
        output::line(format!(
            "{}: {} to {} {}{delivery}",
            self.case.id,
            before.to_decimal_string(),
            after.to_decimal_string(),
            code.code()
        ));
        let name = |offer| self.name(offer).to_owned();
        let words = OutcomeWords { name: &name };
        for application in &priced.decisions.applications {
            output::line(format!("  {}", words.application(application)));
        }
        if explain {
            self.explain(priced, &words);
        }
    }

    fn name(&self, offer: commerce::ids::OfferId) -> &str {
        self.case.offers.iter().find(|(name, _)| offer_id(name) == offer).map_or("?", |(name, _)| name)
    }

    fn explain(&self, priced: &Priced, words: &OutcomeWords<'_>) {
        for taken in &priced.decisions.taken {
            let line = self.case.basket.get(taken.line).map_or("?", |line| line.name.as_str());
            output::line(format!("    {}", words.taken(taken, line)));
        }
        for left in &priced.decisions.not_applied {
            output::line(format!("    {} does not apply: {}", self.name(left.offer), words.why_not(&left.reason)));
        }
    }
}
