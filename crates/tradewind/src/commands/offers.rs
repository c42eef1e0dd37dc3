//! `offers`: what offers would do to sample baskets, before they are live.

use crate::failure::AlreadyTold;
use crate::output;
use anyhow::{Context, bail};
use commerce::money::Money;
use commerce::offer::{Application, Effect, Need, Reason};
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
        for application in &priced.decisions.applications {
            output::line(format!("  {}", self.application(application)));
        }
        if explain {
            self.explain(priced);
        }
    }

    fn application(&self, application: &Application) -> String {
        let times = if application.times == 1 { "once".to_owned() } else { format!("{} times", application.times) };
        let off = match application.effect {
            Effect::Basket => "off the goods",
            Effect::Shipping => "off the delivery",
            Effect::AfterOrder => "and something after the order",
        };
        let voucher = application.voucher.as_ref().map_or(String::new(), |code| format!(", by {code}"));
        format!("{} {times}: {} {off}{voucher}", self.name(application.offer), application.discount.to_decimal_string())
    }

    fn name(&self, offer: commerce::ids::OfferId) -> &str {
        self.case.offers.iter().find(|(name, _)| offer_id(name) == offer).map_or("?", |(name, _)| name)
    }

    fn explain(&self, priced: &Priced) {
        for taken in &priced.decisions.taken {
            let line = self.case.basket.get(taken.line).map_or("?", |line| line.name.as_str());
            output::line(format!(
                "    {} takes {} off {} of {line} (line {})",
                self.name(taken.offer),
                taken.amount.to_decimal_string(),
                units(taken.units),
                taken.line + 1
            ));
        }
        for left in &priced.decisions.not_applied {
            output::line(format!("    {} does not apply: {}", self.name(left.offer), self.why_not(&left.reason)));
        }
    }

    fn why_not(&self, reason: &Reason) -> String {
        match reason {
            Reason::Suspended => "it is suspended".to_owned(),
            Reason::NotYet { start } => format!("it starts on {}", start.to_rfc3339()),
            Reason::Ended { end } => format!("it ended on {}", end.to_rfc3339()),
            Reason::OtherCurrency { offer, basket } => format!("its amounts are in {offer}, the basket in {basket}"),
            Reason::UsedUp { limit, used } => format!("used {used} times, of {limit}"),
            Reason::UsedUpByShopper { limit, used } => format!("this shopper used it {used} times, of {limit}"),
            Reason::BudgetSpent { budget } => format!("its budget of {} is spent", shown(*budget)),
            Reason::NeedsVoucher => "it needs a voucher".to_owned(),
            Reason::NeedsGroup { .. } => "it is for other customers".to_owned(),
            Reason::NeedsLink => "it is opened by a link".to_owned(),
            Reason::ConditionNotMet { missing } => format!("{} missing", need(*missing)),
            Reason::UnitsTaken { by, missing } => {
                let missing =
                    missing.map_or(String::new(), |missing| format!(", without which {} missing", need(missing)));
                format!("{} has taken units{missing}", self.name(*by))
            }
            Reason::NothingToTakeOff => "there is nothing to take it off".to_owned(),
            Reason::RoundsToNothing => "it comes to less than the smallest unit".to_owned(),
            Reason::NothingToSend => "nothing is sent".to_owned(),
            Reason::DeliveryTaken { by } => format!("{} has changed the delivery already", self.name(*by)),
        }
    }
}

fn units(count: u32) -> String {
    if count == 1 { "1 unit".to_owned() } else { format!("{count} units") }
}

fn need(missing: Need) -> String {
    match missing {
        Need::Amount(amount) => format!("goods for {} are", shown(amount)),
        Need::Units(count) if count.get() == 1 => "1 unit is".to_owned(),
        Need::Units(count) => format!("{count} units are"),
        Need::Products(count) if count.get() == 1 => "1 product is".to_owned(),
        Need::Products(count) => format!("{count} products are"),
    }
}

fn shown(amount: Money) -> String {
    format!("{} {}", amount.to_decimal_string(), amount.currency())
}
