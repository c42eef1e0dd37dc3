//! Lines and figures of a basket in words, the same on every page that shows them.

use super::Storefront;
use super::gift_cards;
use super::offers;
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::NameValue;
use crate::view::basket::{LineView, TotalsView};
use crate::view::checkout::SummaryView;
use crate::view::form::Notice;
use crate::view::image::{ImageView, image_view, placeholder, source_view};
use crate::view::price::unit_price;
use crate::view::product::product_url;
use commerce::availability::Availability;
use commerce::basket::QUANTITY_MAX;
use commerce::catalogue::CustomerOptionKind;
use commerce::checkout::{FrozenCheckout, SoldLine};
use commerce::gift_card::Tender;
use commerce::market::TaxDisplay;
use commerce::money::Money;
use commerce::offer::Effect;
use commerce::quote::Quote;
use commerce::tax::Taxed;
use commerce::tax::answer::TaxLine;
use commerce::tax::treatment::TaxTreatment;
use shop::basket::{PricedBasket, PricedLine, Sold, TICKED, answer_words, variant_words};
use shop::checkout::{CheckoutQuote, DeliveryChoice};

/// `3 items`.
pub(super) fn units_words(units: u32, locale: &PageLocale) -> String {
    locale.text_with("say-units", &[("count", Arg::Number(i64::from(units)))])
}

/// The lines of a basket, and what is to be told about them.
pub(super) fn lines(
    storefront: &Storefront,
    basket: &PricedBasket,
    locale: &PageLocale,
) -> (Vec<LineView>, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut figures = basket.quote.lines.iter().enumerate();
    let views = basket.lines.iter().enumerate().map(|(place, line)| match &line.sold {
        Some(sold) => {
            let figure = figures.next();
            // What the line costs before offers; what they take off stands under it.
            let total = figure.and_then(|(_, figure)| figure.unit_shown.times(figure.quantity).ok());
            let discounts = figure.map(|(place, _)| offers::line_discounts(&basket.offered, place, locale));
            if let Some((before, now)) = sold.price_change {
                notices.push(price_notice(sold, before, now, locale));
            }
            LineView {
                discounts: discounts.unwrap_or_default(),
                ..line_view(storefront, place, line, sold, total, locale)
            }
        }
        None => gone_line(place, line, locale),
    });
    (views.collect(), notices)
}

fn price_notice(sold: &Sold, before: Money, now: Money, locale: &PageLocale) -> Notice {
    let (title, before, now) = (locale.pick(&sold.document.title), locale.money(before), locale.money(now));
    let arguments = [("title", Arg::Text(title)), ("before", Arg::Text(&before)), ("now", Arg::Text(&now))];
    Notice { kind: "info", text: locale.text_with("say-price-changed", &arguments) }
}

fn line_view(
    storefront: &Storefront,
    place: usize,
    line: &PricedLine,
    sold: &Sold,
    total: Option<Money>,
    locale: &PageLocale,
) -> LineView {
    let variant = sold.variant();
    let title = locale.pick(&sold.document.title);
    let image = variant.images.first().or(sold.document.images.first());
    let problem = match sold.availability {
        Availability::SoldOut | Availability::NotForSale => {
            locale.text_with("say-sold-out", &[("title", Arg::Text(title))])
        }
        Availability::Available | Availability::FewLeft => String::new(),
    };
    LineView {
        place,
        product: line.line.product.to_string(),
        url: product_url(&sold.document.slug, locale),
        image: image.map_or_else(|| placeholder(title), |image| image_view(image, title, locale)),
        title: title.to_owned(),
        details: details(storefront, line, sold, locale),
        unit_price: locale.money(sold.unit_shown),
        unit_prior: sold.prior_shown.map(|prior| locale.money(prior)).unwrap_or_default(),
        unit_note: unit_price(variant.measure, sold.unit_shown, locale),
        quantity: line.line.quantity.get(),
        quantity_max: QUANTITY_MAX,
        total: total.map(|total| locale.money(total)).unwrap_or_default(),
        discounts: Vec::new(),
        problem,
    }
}

fn details(storefront: &Storefront, line: &PricedLine, sold: &Sold, locale: &PageLocale) -> Vec<NameValue> {
    let languages = storefront.shop().settings().markets.text_order(locale.locale);
    let mut details = Vec::new();
    let words = variant_words(sold.variant(), &languages);
    for part in words.split(" · ").filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once(": ").unwrap_or(("", part));
        details.push(NameValue { name: name.to_owned(), value: value.to_owned() });
    }
    for answer in &line.line.answers {
        let option = sold.document.options.iter().find(|option| option.code == answer.option);
        let (name, value) = match option {
            Some(option) => {
                let words = answer_words(option, &answer.value, &languages);
                (locale.pick(&option.name).to_owned(), written_answer(option.kind, words, locale))
            }
            None => (answer.option.clone(), answer.value.clone()),
        };
        details.push(NameValue { name, value });
    }
    details
}

/// An answer as this language writes its kind.
fn written_answer(kind: CustomerOptionKind, words: String, locale: &PageLocale) -> String {
    match kind {
        CustomerOptionKind::Boolean => locale.text("yes"),
        CustomerOptionKind::Date | CustomerOptionKind::Float => locale.plain_value(&words),
        _ => words,
    }
}

/// A line of something that is not sold any more: nobody knows its name or page now.
fn gone_line(place: usize, line: &PricedLine, locale: &PageLocale) -> LineView {
    let title = locale.text("say-gone-title");
    LineView {
        place,
        product: line.line.product.to_string(),
        image: placeholder(&title),
        title,
        quantity: line.line.quantity.get(),
        quantity_max: QUANTITY_MAX,
        problem: locale.text("say-line-gone"),
        ..LineView::default()
    }
}

/// The figures of a basket with a delivery: goods and delivery before discounts, each discount, what is left. `later`
/// stands where no delivery is chosen; empty for goods that are not sent.
pub(super) fn totals(
    basket: &PricedBasket,
    delivery: Option<&DeliveryChoice>,
    later: &str,
    locale: &PageLocale,
) -> TotalsView {
    let quote = delivery.map_or(&basket.quote, |choice| &choice.quote);
    let decisions = delivery.map_or(&basket.offered.decisions, |choice| &choice.decisions);
    let shown = quote.shown;
    let mut rows = vec![NameValue { name: locale.text("say-goods"), value: locale.money(goods_before(quote)) }];
    rows.extend(offers::discount_rows(&basket.offered, decisions, Effect::Basket, locale));
    match quote.delivery {
        Some(charge) => {
            let discount = decisions.shipping_discount(quote.currency);
            rows.push(delivery_row(charge.shown(shown), discount, locale));
        }
        None if !later.is_empty() => {
            rows.push(NameValue { name: locale.text("say-delivery"), value: later.to_owned() });
        }
        None => {}
    }
    rows.extend(offers::discount_rows(&basket.offered, decisions, Effect::Shipping, locale));
    let without_delivery = quote.delivery.is_none() && !later.is_empty();
    let extras = offers::actions(decisions, locale);
    TotalsView { without_delivery, extras, ..finish_totals(rows, quote.total, shown, &told_tax(quote), locale) }
}

/// What the goods cost before offers, as the market shows it.
fn goods_before(quote: &Quote) -> Money {
    let lines = quote.lines.iter().filter_map(|line| line.unit_shown.times(line.quantity).ok());
    Money::sum(quote.currency, lines).unwrap_or_else(|_| quote.goods.shown(quote.shown))
}

/// Delivery before its discount, which has a row of its own.
fn delivery_row(after: Money, discount: Money, locale: &PageLocale) -> NameValue {
    let amount = after.plus(discount).unwrap_or(after);
    let value = if amount.is_zero() { locale.text("say-free") } else { locale.money(amount) };
    NameValue { name: locale.text("say-delivery"), value }
}

/// What is told of the tax of figures.
struct ToldTax<'t> {
    lines: &'t [TaxLine],
    treatment: TaxTreatment,
    is_open: bool,
}

fn told_tax(quote: &Quote) -> ToldTax<'_> {
    ToldTax { lines: &quote.taxes, treatment: quote.treatment, is_open: quote.is_tax_open }
}

fn finish_totals(
    mut rows: Vec<NameValue>,
    total: Taxed,
    shown: TaxDisplay,
    tax: &ToldTax<'_>,
    locale: &PageLocale,
) -> TotalsView {
    let charged = tax.lines.iter().filter(|line| !line.tax.is_zero());
    let mut notes: Vec<String> = Vec::new();
    match shown {
        TaxDisplay::Including => notes.extend(charged.map(|line| tax_in_total(line, locale))),
        TaxDisplay::Excluding => rows.extend(charged.map(|line| tax_added(line, locale))),
    }
    notes.extend(treatment_note(tax, locale));
    let tax = notes.join(" · ");
    TotalsView { rows, total: locale.money(total.gross()), tax, ..TotalsView::default() }
}

/// `incl. £3.33 VAT (20%)`, with the tax's own name where it has one.
fn tax_in_total(line: &TaxLine, locale: &PageLocale) -> String {
    let (amount, rate) = (locale.money(line.tax), locale.numbers().tax_rate(line.applied.rate));
    let mut arguments = vec![("amount", Arg::Text(&amount)), ("rate", Arg::Text(&rate))];
    let name = &line.applied.name;
    if name.is_unnamed() {
        return locale.text_with("say-tax-in-total", &arguments);
    }
    arguments.push(("name", Arg::Text(name.as_str())));
    locale.text_with("say-named-tax-in-total", &arguments)
}

/// The tax in a row of its own.
fn tax_added(line: &TaxLine, locale: &PageLocale) -> NameValue {
    let rate = locale.numbers().tax_rate(line.applied.rate);
    let name = match &line.applied.name {
        name if name.is_unnamed() => locale.text_with("say-tax-added", &[("rate", Arg::Text(&rate))]),
        name => format!("{name} ({rate})"),
    };
    NameValue { name, value: locale.money(line.tax) }
}

/// What gift cards pay, and what is left; nothing where none pays.
pub(super) fn add_tenders(totals: &mut TotalsView, tenders: &[Tender], to_pay: Money, locale: &PageLocale) {
    if !tenders.is_empty() {
        totals.tenders = gift_cards::tender_rows(tenders, locale);
        totals.to_pay = locale.money(to_pay);
    }
}

/// Why no tax is charged, where somebody must know.
fn treatment_note(tax: &ToldTax<'_>, locale: &PageLocale) -> Option<String> {
    let key = match tax.treatment {
        _ if tax.is_open => "say-tax-later",
        TaxTreatment::ReverseCharged => "say-tax-reverse-charged",
        TaxTreatment::Export => "say-tax-export",
        TaxTreatment::ExemptBusiness => "say-tax-exempt",
        TaxTreatment::Charged(_) | TaxTreatment::NotRegistered => return None,
    };
    Some(locale.text(key))
}

/// What stands beside every step of the checkout.
pub(super) fn summary(storefront: &Storefront, quote: &CheckoutQuote, locale: &PageLocale) -> SummaryView {
    let (lines, _) = lines(storefront, &quote.basket, locale);
    let later = if quote.basket.requires_shipping() { locale.text("say-delivery-later") } else { String::new() };
    let units = quote.basket.lines.iter().map(|line| line.line.quantity.get()).sum();
    let totals = totals(&quote.basket, quote.choice(), &later, locale);
    SummaryView { lines, units: units_words(units, locale), totals }
}

/// A line as it was sold.
pub(super) fn sold_line(place: usize, line: &SoldLine, sold: &FrozenCheckout, locale: &PageLocale) -> LineView {
    let mut details: Vec<NameValue> = Vec::new();
    for part in line.variant.split(" · ").filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once(": ").unwrap_or(("", part));
        details.push(NameValue { name: name.to_owned(), value: value.to_owned() });
    }
    let answer = |answer: &commerce::checkout::SoldAnswer| {
        let value = if answer.words == TICKED { locale.text("yes") } else { answer.words.clone() };
        NameValue { name: answer.label.clone(), value }
    };
    details.extend(line.answers.iter().map(answer));
    LineView {
        place,
        product: line.product.to_string(),
        url: product_url(&line.slug, locale),
        image: line.image.as_ref().map_or_else(
            || placeholder(&line.title),
            |source| ImageView { alt: line.title.clone(), ..source_view(source) },
        ),
        title: line.title.clone(),
        details,
        unit_price: locale.money(line.unit_shown),
        unit_prior: String::new(),
        unit_note: String::new(),
        quantity: line.quantity,
        quantity_max: line.quantity,
        total: locale.money(before_discount(line, sold.tax_display)),
        discounts: offers::sold_line_discounts(&line.discounts, &sold.discounts, locale),
        problem: String::new(),
    }
}

/// What a sold line cost before offers.
fn before_discount(line: &SoldLine, shown: TaxDisplay) -> Money {
    let after = line.total.shown(shown);
    after.plus(line.discount).unwrap_or(after)
}

/// The figures of an order as it was sold.
pub(super) fn sold_totals(sold: &FrozenCheckout, locale: &PageLocale) -> TotalsView {
    let shown = sold.tax_display;
    let lines = sold.lines.iter().map(|line| before_discount(line, shown));
    let goods = Money::sum(sold.currency(), lines).unwrap_or(Money::zero(sold.currency()));
    let mut rows = vec![NameValue { name: locale.text("say-goods"), value: locale.money(goods) }];
    rows.extend(offers::sold_discount_rows(&sold.discounts, Effect::Basket, locale));
    if let Some(delivery) = &sold.delivery {
        rows.push(delivery_row(delivery.charge.shown(shown), delivery.discount, locale));
    }
    rows.extend(offers::sold_discount_rows(&sold.discounts, Effect::Shipping, locale));
    let tax = ToldTax { lines: &sold.tax.lines, treatment: sold.tax.treatment, is_open: false };
    let extras = sold.actions.iter().map(|action| action.text.clone()).filter(|text| !text.is_empty()).collect();
    let mut totals = TotalsView { extras, ..finish_totals(rows, sold.total, shown, &tax, locale) };
    add_tenders(&mut totals, &sold.tenders, sold.to_pay(), locale);
    totals
}
