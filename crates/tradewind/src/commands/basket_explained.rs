//! `offers explain`: what a basket of the shop costs now, and which offer took what from which line or did nothing, and why.

use super::open;
use super::outcome_words::OutcomeWords;
use crate::arguments::Explain;
use crate::failure::wrong_use;
use crate::output;
use commerce::address::Country;
use commerce::basket::{Basket, Line, Quantity};
use commerce::ids::OfferId;
use commerce::market::Locale;
use commerce::money::Money;
use commerce::offer::Effect;
use commerce::tax::place::TaxPlace;
use commerce::voucher::VoucherCode;
use serde_json::{Value, json};
use shop::Shop;
use shop::checkout::CheckoutQuote;
use shop::delivery::DeliveryWish;
use shop::offered::{Buyer, VoucherProblem};

/// A basket that is explained, with the article number of each of its lines.
struct Explained {
    quote: CheckoutQuote,
    skus: Vec<String>,
}

/// `tradewind offers explain`
pub(super) async fn run(wanted: &Explain) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let explained = explain(&shop, wanted).await;
    shop.close().await;
    let explained = explained?;
    output::result(wanted.json.json, &explained.json(), || explained.tell());
    Ok(())
}

async fn explain(shop: &Shop, wanted: &Explain) -> anyhow::Result<Explained> {
    let locale = locale(shop, wanted.market.as_deref())?;
    let (mut basket, mut skus) = (Basket::default(), Vec::new());
    for item in &wanted.items {
        let (sku, quantity) = item.rsplit_once('=').unwrap_or((item, "1"));
        let quantity = Quantity::parse(quantity).map_err(|error| wrong_use(format!("{item:?}: {error}")))?;
        let (product, _) = shop.find_stock_record(sku).await?;
        let place = basket.add(Line { product, quantity, answers: Vec::new(), seen_price: None }, None)?;
        if place == skus.len() {
            skus.push(sku.to_owned());
        }
    }
    for code in &wanted.vouchers {
        let code = VoucherCode::parse(code).map_err(|error| wrong_use(format!("{code:?}: {error}")))?;
        if !basket.add_voucher(code.clone()) {
            return Err(wrong_use(format!("{code}: it is there twice, or a basket takes no more vouchers")));
        }
    }
    let to = wanted.country.as_deref().map(Country::parse).transpose().map_err(|error| wrong_use(error.to_string()))?;
    let place = to.map(|country| TaxPlace::new(country, "", ""));
    let view = shop.snapshots().look(shop.now()).await.view;
    let buyer = Buyer { to: place.as_ref(), ..Buyer::default() };
    let priced = shop.price_basket(&view, &basket, locale, buyer).await?;
    if let Some(place) = priced.lines.iter().position(|line| line.sold.is_none()) {
        let sku = skus.get(place).map_or("", String::as_str);
        return Err(wrong_use(format!(
            "{sku} is not for sale in this market: it has no price there, or is not public"
        )));
    }
    let wish = DeliveryWish { to: to.map(Into::into), ..DeliveryWish::default() };
    Ok(Explained { quote: shop.checkout_quote(priced, &wish)?, skus })
}

fn locale(shop: &Shop, market: Option<&str>) -> anyhow::Result<Locale> {
    let markets = &shop.settings().markets;
    let Some(code) = market else { return Ok(markets.first()) };
    let found = markets.locales().find(|locale| markets.market(*locale).code.as_str() == code);
    found.ok_or_else(|| wrong_use(format!("{code:?} is no market of the store; tradewind.toml names them")))
}

impl Explained {
    fn name(&self, offer: OfferId) -> String {
        let found = self.quote.basket.offered.offer(offer);
        found
            .and_then(|offer| offer.name().iter().next())
            .map_or_else(|| offer.to_string(), |(_, name)| name.to_owned())
    }

    fn sku(&self, line: usize) -> &str {
        self.skus.get(line).map_or("?", String::as_str)
    }

    /// Offers that count, of those that applied.
    fn discount(&self) -> String {
        let effects = [Effect::Basket, Effect::Shipping];
        let decisions = self.quote.decisions();
        let counted = decisions.applications.iter().filter(|application| effects.contains(&application.effect));
        let sum = Money::sum(self.quote.quote().currency, counted.map(|application| application.discount));
        sum.map(Money::to_decimal_string).unwrap_or_default()
    }

    fn json(&self) -> Value {
        let (quote, decisions) = (self.quote.quote(), self.quote.decisions());
        let name = |offer| self.name(offer);
        let words = OutcomeWords { name: &name };
        let lines = quote.lines.iter().enumerate().map(|(place, line)| {
            let taken = decisions.taken.iter().filter(|taken| taken.line == place).map(|taken| {
                let amount = taken.amount.to_decimal_string();
                json!({ "offer": self.name(taken.offer), "units": taken.units, "amount": amount })
            });
            json!({
                "sku": self.sku(place),
                "quantity": line.quantity,
                "unit": line.unit_shown.to_decimal_string(),
                "discount": line.discount.to_decimal_string(),
                "gross": line.total.gross().to_decimal_string(),
                "taken": taken.collect::<Vec<_>>(),
            })
        });
        let applied = decisions.applications.iter().map(|application| {
            json!({
                "offer": self.name(application.offer),
                "times": application.times,
                "amount": application.discount.to_decimal_string(),
                "voucher": application.voucher.as_ref().map(ToString::to_string),
            })
        });
        let not_applied = decisions.not_applied.iter();
        let not_applied =
            not_applied.map(|left| json!({ "offer": self.name(left.offer), "why": words.why_not(&left.reason) }));
        let vouchers = self.quote.basket.offered.vouchers().into_iter();
        let vouchers =
            vouchers.map(|(code, problem)| json!({ "code": code.to_string(), "problem": problem.map(told) }));
        let taxes = quote.taxes.iter().map(|line| {
            json!({ "name": line.applied.name.as_str(), "rate": line.applied.rate.to_string(), "tax": line.tax.to_decimal_string() })
        });
        json!({
            "currency": quote.currency.code(),
            "lines": lines.collect::<Vec<_>>(),
            "applied": applied.collect::<Vec<_>>(),
            "not_applied": not_applied.collect::<Vec<_>>(),
            "vouchers": vouchers.collect::<Vec<_>>(),
            "delivery": self.quote.choice().map(|choice| json!({
                "method": choice.method.code,
                "gross": quote.delivery.map(|charge| charge.gross().to_decimal_string()),
            })),
            "discount": self.discount(),
            "taxes": taxes.collect::<Vec<_>>(),
            "total": quote.total.gross().to_decimal_string(),
        })
    }

    fn tell(&self) {
        let (quote, decisions) = (self.quote.quote(), self.quote.decisions());
        let name = |offer| self.name(offer);
        let words = OutcomeWords { name: &name };
        for (place, line) in quote.lines.iter().enumerate() {
            let (number, sku) = (place + 1, self.sku(place));
            output::line(format!(
                "  {number}: {} × {sku} at {}, {}",
                line.quantity,
                line.unit_shown,
                line.total.gross()
            ));
        }
        if let (Some(choice), Some(charge)) = (self.quote.choice(), quote.delivery) {
            output::line(format!("  {}: {}", choice.method.code, charge.gross()));
        }
        for line in &quote.taxes {
            output::line(format!("  {} {}: {}", line.applied.name, line.applied.rate, line.tax));
        }
        output::line(format!("Total: {}, {} taken off", quote.total.gross(), self.discount()));
        decisions
            .applications
            .iter()
            .for_each(|application| output::line(format!("  {}", words.application(application))));
        decisions
            .taken
            .iter()
            .for_each(|taken| output::line(format!("    {}", words.taken(taken, self.sku(taken.line)))));
        for left in &decisions.not_applied {
            output::line(format!("  {} does not apply: {}", self.name(left.offer), words.why_not(&left.reason)));
        }
        for (code, problem) in self.quote.basket.offered.vouchers() {
            if let Some(problem) = problem {
                output::line(format!("  {code}: {}", told(problem)));
            }
        }
    }
}

fn told(problem: VoucherProblem) -> String {
    match problem {
        VoucherProblem::Unknown => "no voucher has this code".to_owned(),
        VoucherProblem::Refused(refusal) => refusal.to_string(),
    }
}
