//! Tax by a store's own table.
//!
//! Lines whose rates are the same are worked out together: first the tax of all their rates at once (so that what is
//! charged is the price times the combined rate, as the Streamlined Sales and Use Tax Agreement, section 324, has it),
//! rounded a line or a total at a time; then that sum is split over the rates, and the two are made to meet.

use super::Taxed;
use super::answer::{TaxAnswer, TaxLine, TaxShare, TaxedLine};
use super::class::TaxClass;
use super::rate::TaxRate;
use super::request::{DeliveryTax, TaxError, TaxRequest, TaxableDelivery};
use super::rounding::in_proportion;
use super::rule::AppliedRate;
use super::table::TaxTable;
use crate::market::TaxDisplay;
use crate::money::{Money, MoneyError};

/// Whose an amount is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Line(usize),
    Delivery,
}

/// Amounts that have the same rates.
struct Bundle {
    rates: Vec<AppliedRate>,
    parts: Vec<(Owner, i64)>,
}

/// Works out the tax of a sale by a table.
///
/// For each line net + tax = gross, and the side that was given stays; the shares of the lines in a tax line sum to it.
/// Where one rate holds at a time and totals are rounded, a tax line is the rounded exact sum.
pub fn calculate(request: &TaxRequest, table: &TaxTable) -> Result<TaxAnswer, TaxError> {
    request.check()?;
    let mut answer = Draft::new(request);
    for bundle in bundles(request, table)? {
        answer.add(request, &bundle)?;
    }
    Ok(answer.finished(request)?)
}

/// The lines and the parts of delivery, by their rates.
fn bundles(request: &TaxRequest, table: &TaxTable) -> Result<Vec<Bundle>, TaxError> {
    let mut bundles: Vec<Bundle> = Vec::new();
    // A basket has few classes, and many lines of each.
    let mut known: Vec<(&TaxClass, usize)> = Vec::new();
    for (index, line) in request.lines.iter().enumerate() {
        let bundle = match known.iter().find(|(class, _)| **class == line.class) {
            Some((_, bundle)) => *bundle,
            None => {
                let bundle = bundle_of(&mut bundles, request, table, &line.class)?;
                known.push((&line.class, bundle));
                bundle
            }
        };
        bundles[bundle].parts.push((Owner::Line(index), line.amount.minor()));
    }
    if let Some(delivery) = &request.delivery {
        for (bundle, amount) in delivery_parts(&mut bundles, request, table, delivery)? {
            bundles[bundle].parts.push((Owner::Delivery, amount));
        }
    }
    Ok(bundles)
}

/// The bundle of a class, made if it is the first of its rates.
fn bundle_of(
    bundles: &mut Vec<Bundle>,
    request: &TaxRequest,
    table: &TaxTable,
    class: &TaxClass,
) -> Result<usize, TaxError> {
    let rates = match request.rates_at() {
        Some(place) => table.rates(class, place, request.day)?,
        None => Vec::new(),
    };
    if let Some(bundle) = bundles.iter().position(|bundle| bundle.rates == rates) {
        return Ok(bundle);
    }
    bundles.push(Bundle { rates, parts: Vec::new() });
    Ok(bundles.len() - 1)
}

/// What of delivery goes to which bundle.
///
/// Its price is split in proportion to what the goods cost in the base of the request. With tax included that is the same
/// as splitting the net price by net prices: both sides of the proportion are multiplied by one and the rate.
fn delivery_parts(
    bundles: &mut Vec<Bundle>,
    request: &TaxRequest,
    table: &TaxTable,
    delivery: &TaxableDelivery,
) -> Result<Vec<(usize, i64)>, TaxError> {
    let amount = delivery.amount.minor();
    let class = match &delivery.taxed {
        DeliveryTax::OwnClass(class) => class.clone(),
        DeliveryTax::InProportion => {
            // The sum of all amounts was found to fit.
            let sent = |bundle: &Bundle| -> Vec<i64> {
                let is_sent = |owner: &Owner| match owner {
                    Owner::Line(index) => request.lines.get(*index).is_some_and(|line| line.is_sent),
                    Owner::Delivery => false,
                };
                bundle.parts.iter().filter(|(owner, _)| is_sent(owner)).map(|(_, part)| *part).collect()
            };
            let weights: Vec<i64> = bundles.iter().map(|bundle| sent(bundle).into_iter().sum()).collect();
            if weights.iter().any(|weight| *weight > 0) {
                let parts = in_proportion(amount, &weights).into_iter().enumerate();
                return Ok(parts.filter(|(index, _)| weights[*index] > 0).collect());
            }
            let in_parcel = bundles.iter().enumerate().filter(|(_, bundle)| !sent(bundle).is_empty());
            let highest = in_parcel.max_by_key(|(index, bundle)| (bundle.rate(), std::cmp::Reverse(*index)));
            if let Some((bundle, _)) = highest {
                return Ok(vec![(bundle, amount)]);
            }
            TaxClass::standard()
        }
    };
    Ok(vec![(bundle_of(bundles, request, table, &class)?, amount)])
}

impl Bundle {
    /// All rates together.
    fn rate(&self) -> TaxRate {
        TaxRate::sum(self.rates.iter().map(|applied| applied.rate))
    }

    /// The tax of each part under each rate: rows that sum to the taxes of the parts, columns to those of the rates.
    fn shares(&self, taxes: &[i64]) -> Vec<Vec<i64>> {
        let weights: Vec<i64> = self.rates.iter().map(|applied| i64::from(applied.rate.millionths())).collect();
        let mut left = in_proportion(taxes.iter().sum(), &weights);
        let row = |tax: &i64| {
            // What is left for a rate is a whole number, so no part of a row is more than it, and the last row takes all.
            let row = in_proportion(*tax, &left);
            left = left.iter().zip(&row).map(|(left, part)| left - part).collect();
            row
        };
        taxes.iter().map(row).collect()
    }
}

/// An answer in the making, in minor units.
struct Draft {
    lines: Vec<DraftLine>,
    delivery: DraftLine,
    taxes: Vec<TaxLine>,
}

#[derive(Clone, Default)]
struct DraftLine {
    tax: i64,
    shares: Vec<TaxShare>,
}

impl DraftLine {
    /// Two parts of delivery may have a rate in common.
    fn add(&mut self, share: TaxShare) -> Result<(), MoneyError> {
        match self.shares.iter_mut().find(|known| known.tax_line == share.tax_line) {
            Some(known) => (known.net, known.tax) = (known.net.plus(share.net)?, known.tax.plus(share.tax)?),
            None => self.shares.push(share),
        }
        Ok(())
    }
}

impl Draft {
    fn new(request: &TaxRequest) -> Self {
        let lines = vec![DraftLine::default(); request.lines.len()];
        Self { lines, delivery: DraftLine::default(), taxes: Vec::new() }
    }

    /// Works a bundle out and writes it down.
    fn add(&mut self, request: &TaxRequest, bundle: &Bundle) -> Result<(), TaxError> {
        let amounts: Vec<i64> = bundle.parts.iter().map(|(_, amount)| *amount).collect();
        let taxes = request.rounding.taxes(&amounts, request.base, bundle.rate())?;
        // Sums of taxes must fit too: the answer adds them up.
        let money = |minor: i64| Money::from_minor(minor, request.currency);
        Money::sum(request.currency, taxes.iter().map(|tax| money(*tax)))?;
        let tax_lines: Vec<usize> =
            bundle.rates.iter().map(|applied| self.tax_line(applied, Money::zero(request.currency))).collect();
        for (((owner, amount), tax), row) in bundle.parts.iter().zip(&taxes).zip(bundle.shares(&taxes)) {
            let net = match request.base {
                TaxDisplay::Including => money(*amount).minus(money(*tax))?,
                TaxDisplay::Excluding => money(*amount),
            };
            for (tax_line, share) in tax_lines.iter().zip(row) {
                let line = &mut self.taxes[*tax_line];
                (line.net, line.tax) = (line.net.plus(net)?, line.tax.plus(money(share))?);
                self.of(*owner).add(TaxShare { tax_line: *tax_line, net, tax: money(share) })?;
            }
            let draft = self.of(*owner);
            draft.tax = draft.tax.checked_add(*tax).ok_or(MoneyError::TooLarge)?;
        }
        Ok(())
    }

    fn of(&mut self, owner: Owner) -> &mut DraftLine {
        match owner {
            Owner::Line(index) => &mut self.lines[index],
            Owner::Delivery => &mut self.delivery,
        }
    }

    /// Place of the tax line of a rate, made if it is the first of it.
    fn tax_line(&mut self, applied: &AppliedRate, zero: Money) -> usize {
        if let Some(index) = self.taxes.iter().position(|line| line.applied == *applied) {
            return index;
        }
        self.taxes.push(TaxLine { applied: applied.clone(), net: zero, tax: zero });
        self.taxes.len() - 1
    }

    fn finished(self, request: &TaxRequest) -> Result<TaxAnswer, MoneyError> {
        let finished = |amount: Money, draft: DraftLine| {
            let tax = Money::from_minor(draft.tax, request.currency);
            let net = match request.base {
                TaxDisplay::Including => amount.minus(tax)?,
                TaxDisplay::Excluding => amount,
            };
            Ok(TaxedLine { total: Taxed::new(net, tax)?, shares: draft.shares })
        };
        let lines = request.lines.iter().zip(self.lines).map(|(line, draft)| finished(line.amount, draft));
        let lines = lines.collect::<Result<Vec<_>, MoneyError>>()?;
        let delivery =
            request.delivery.as_ref().map(|delivery| finished(delivery.amount, self.delivery)).transpose()?;
        let answer = TaxAnswer { lines, delivery, taxes: self.taxes };
        answer.total(request)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
