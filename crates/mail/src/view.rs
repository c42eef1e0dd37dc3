//! What a template sees of a letter: words and amounts that only have to be put in their place.

use crate::card::CardLetter;
use crate::format;
use crate::letter::{Declaration, FileLink, Letter, Matter, Seller};
use crate::markdown;
use crate::words::Words;
use commerce::address::Address;
use commerce::checkout::{FrozenCheckout, LineDiscount, SoldDiscount, SoldLine};
use commerce::download::shown_size;
use commerce::gift_card::{GiftCardKind, Tender};
use commerce::language::Language;
use commerce::market::TaxDisplay;
use commerce::money::Money;
use commerce::offer::Effect;
use commerce::order::Order;
use commerce::tax::answer::TaxLine;
use commerce::tax::treatment::TaxTreatment;
use fluent_bundle::FluentValue;
use serde::Serialize;

/// Everything that a template may use. What a kind of letter does not have is empty.
#[derive(Debug, Default, Serialize)]
pub(crate) struct View {
    language: String,
    direction: &'static str,
    pub(crate) subject: String,
    store: StoreView,
    order: OrderView,
    /// Units of a parcel or a withdrawal.
    units: Vec<UnitsView>,
    payment: String,
    payment_instructions: StoreText,
    terms: StoreText,
    withdrawal: Option<WithdrawalView>,
    declaration: Option<DeclarationView>,
    refund: String,
    reason: String,
    carrier: String,
    tracking: String,
    tracking_url: String,
    more_to_come: bool,
    downloads: Vec<DownloadView>,
    valid_until: String,
    card: CardView,
}

/// A gift card that is handed over.
#[derive(Debug, Default, Serialize)]
struct CardView {
    /// `gift_card` or `credit`.
    kind: &'static str,
    amount: String,
    code: String,
    giver: String,
    /// What the giver wrote, line by line.
    message: Vec<String>,
    order_number: String,
    /// The last day on which it pays; empty for ever.
    last_day: String,
}

#[derive(Debug, Default, Serialize)]
struct StoreView {
    name: String,
    address: Vec<String>,
    email: String,
    phone: String,
    url: String,
}

#[derive(Debug, Default, Serialize)]
struct OrderView {
    number: String,
    url: String,
    placed: String,
    lines: Vec<LineView>,
    totals: Vec<TotalView>,
    /// Why no tax is charged, and the buyer's VAT number.
    tax_notes: Vec<String>,
    /// What comes along with the order.
    extras: Vec<String>,
    delivery: String,
    /// First and last day of arrival; the last is empty if it is the first.
    arrives: (String, String),
    /// Of a pick-up point with its opening hours.
    delivery_address: Vec<String>,
    /// Whether it is fetched there.
    fetched: bool,
    billing_address: Vec<String>,
    payment_state: &'static str,
    ships: bool,
}

#[derive(Debug, Serialize)]
struct LineView {
    title: String,
    /// Variant, answers to options, article number.
    details: Vec<String>,
    quantity: u32,
    unit: String,
    /// Name and amount of each offer that took something off.
    discounts: Vec<String>,
    /// Before offers.
    total: String,
}

#[derive(Debug, Serialize)]
struct TotalView {
    label: String,
    amount: String,
    strong: bool,
}

#[derive(Debug, Serialize)]
struct DownloadView {
    title: String,
    /// `3.2 MB`
    size: String,
    url: String,
    most: u32,
    until: String,
}

#[derive(Debug, Serialize)]
struct UnitsView {
    quantity: u32,
    title: String,
}

/// A text of the store in both forms.
#[derive(Debug, Default, Serialize)]
struct StoreText {
    text: String,
    /// Made from Markdown and harmless; templates put it in as it is.
    html: String,
}

#[derive(Debug, Serialize)]
struct WithdrawalView {
    days: u32,
    instruction: StoreText,
}

#[derive(Debug, Serialize)]
struct DeclarationView {
    name: String,
    email: String,
    words: Vec<String>,
    received: String,
    returns: StoreText,
}

impl View {
    /// `language` is the one that the words are in, which need not be the order's.
    pub(crate) fn new(letter: &Letter, language: Language, words: &Words) -> Self {
        let (seller, sold) = (letter.seller, &letter.order.sold);
        let mut view = Self {
            language: language.to_string(),
            direction: direction(language),
            store: store(seller),
            order: order(letter, language, words),
            downloads: letter.downloads.iter().map(|file| download(file, language, words, seller)).collect(),
            ..Self::default()
        };
        let text = |raw: &str| store_text(raw, seller);
        match letter.matter {
            Matter::Placed { payment, terms, withdrawal } => {
                view.payment = gateway(payment.name, words);
                // No parcel brings the bill of what is not sent.
                let of_files = format!("gateway-{}-next-files", payment.name);
                let of_files = words.find(&of_files).filter(|_| !view.order.ships);
                view.payment_instructions = match (payment.instructions, of_files) {
                    ("", Some(words)) => text(&words),
                    ("", None) => text(&words.find(&format!("gateway-{}-next", payment.name)).unwrap_or_default()),
                    (instructions, _) => text(instructions),
                };
                view.terms = text(terms);
                view.withdrawal =
                    withdrawal.map(|right| WithdrawalView { days: right.days, instruction: text(right.instruction) });
            }
            Matter::Downloads => {}
            Matter::Withdrawn(declaration) => {
                view.units = units(letter.order, declaration.units);
                view.declaration = Some(declared(&declaration, seller, words));
            }
            Matter::Cancelled { refund, reason } => {
                view.refund = refund.map(|refund| format::money(language, refund)).unwrap_or_default();
                view.reason = one_line(reason);
            }
            Matter::Sent { parcel, tracking } => {
                view.units = units(letter.order, &parcel.units);
                view.carrier = one_line(tracking.carrier);
                view.tracking = one_line(&parcel.tracking);
                view.tracking_url = web_address(tracking.url);
                view.more_to_come = !letter.order.units_to_send().is_empty();
            }
            Matter::Refunded { amount, payment } => {
                view.refund = format::money(language, amount);
                view.payment = gateway(payment, words);
            }
            Matter::GivenBack { amount } => view.refund = format::money(language, amount),
            Matter::Link { valid_until } => {
                let until = valid_until.map(|until| format::day_and_time(words, &seller.zone, until));
                view.valid_until = until.unwrap_or_default();
            }
        }
        let about = [("store", seller.sender.name.as_str().into()), ("number", sold.number.to_string().into())];
        view.subject = words.text(&format!("subject-{}", letter.matter.name()), &about);
        view
    }
}

impl View {
    /// Of a letter that hands a gift card over; there is no order in it.
    pub(crate) fn of_card(letter: &CardLetter, language: Language, words: &Words) -> Self {
        let seller = letter.seller;
        let amount = format::money(language, letter.amount);
        // It pays until the moment before.
        let last_day = letter.expires_at.map(|end| format::day_of(words, &seller.zone, end.plus_ms(-1)));
        let kind = letter.kind.name();
        let giver = one_line(letter.giver);
        let about = [
            ("store", one_line(&seller.sender.name).into()),
            ("amount", amount.clone().into()),
            ("giver", giver.clone().into()),
        ];
        let subject = match letter.kind {
            GiftCardKind::Credit => "subject-credit",
            GiftCardKind::GiftCard if giver.is_empty() => "subject-gift-card",
            GiftCardKind::GiftCard => "subject-gift-card-from",
        };
        let lines = letter.message.lines().map(one_line).filter(|line| !line.is_empty());
        Self {
            language: language.to_string(),
            direction: direction(language),
            subject: words.text(subject, &about),
            store: store(seller),
            card: CardView {
                kind,
                amount,
                code: letter.code.to_string(),
                giver,
                message: lines.collect(),
                order_number: one_line(letter.order_number),
                last_day: last_day.unwrap_or_default(),
            },
            ..Self::default()
        }
    }
}

/// A means of payment in words; as it is called where the catalogues have none for it. What follows a space, such as the
/// last signs of a card, stays as it is.
fn gateway(name: &str, words: &Words) -> String {
    let (means, rest) = name.split_once(' ').map_or((name, String::new()), |(means, rest)| (means, format!(" {rest}")));
    words.find(&format!("gateway-{means}")).map_or_else(|| one_line(name), |found| one_line(&format!("{found}{rest}")))
}

/// One line: spaces for line breaks and control characters, so that no name can pretend to be a paragraph.
pub(crate) fn one_line(raw: &str) -> String {
    raw.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn download(file: &FileLink, language: Language, words: &Words, seller: &Seller) -> DownloadView {
    let (number, unit) = shown_size(file.bytes);
    DownloadView {
        title: one_line(&file.title),
        size: format!("{}\u{a0}{unit}", format::decimal(language, number)),
        url: web_address(&file.url),
        most: file.most,
        until: format::day_of(words, &seller.zone, file.until),
    }
}

fn store(seller: &Seller) -> StoreView {
    StoreView {
        name: one_line(&seller.sender.name),
        address: seller.address_lines.iter().map(|line| one_line(line)).filter(|line| !line.is_empty()).collect(),
        email: seller.contact.as_str().to_owned(),
        phone: one_line(&seller.phone),
        url: web_address(&seller.url),
    }
}

fn order(letter: &Letter, language: Language, words: &Words) -> OrderView {
    let (order, sold) = (letter.order, &letter.order.sold);
    let address =
        |address: &Option<Address>| address.as_ref().map(|address| format::address(words, address)).unwrap_or_default();
    let arrives = sold.delivery.as_ref().map(|delivery| {
        let (first, last) = delivery.arrives;
        let last = if last == first { String::new() } else { format::weekday(words, last) };
        (format::weekday(words, first), last)
    });
    let point = sold.delivery.as_ref().and_then(|delivery| delivery.point.as_ref());
    let hours = point.map(|point| one_line(&point.hours)).filter(|hours| !hours.is_empty());
    OrderView {
        number: sold.number.to_string(),
        url: web_address(letter.order_url),
        placed: format::day_of(words, &letter.seller.zone, order.placed_at),
        lines: sold.lines.iter().map(|line| line_view(line, sold, language, words)).collect(),
        totals: totals(sold, language, words),
        tax_notes: tax_notes(sold, words),
        extras: sold.actions.iter().map(|action| one_line(&action.text)).filter(|text| !text.is_empty()).collect(),
        delivery: sold.delivery.as_ref().map(|delivery| one_line(&delivery.name)).unwrap_or_default(),
        arrives: arrives.unwrap_or_default(),
        delivery_address: address(&sold.delivery_address).into_iter().chain(hours).collect(),
        fetched: point.is_some(),
        billing_address: address(&sold.billing_address),
        payment_state: order.payment_status().name(),
        ships: sold.lines.iter().any(|line| line.requires_shipping),
    }
}

fn line_view(line: &SoldLine, sold: &FrozenCheckout, language: Language, words: &Words) -> LineView {
    let money = |amount| format::money(language, amount);
    let answers = line.answers.iter().map(|answer| one_line(&format!("{}: {}", answer.label, answer.words)));
    let sku = words.text("sku", &[("sku", one_line(&line.sku).into())]);
    let details = std::iter::once(one_line(&line.variant)).chain(answers).chain([sku]);
    let discount = |taken: &LineDiscount| {
        let offer = sold.discounts.iter().find(|discount| discount.offer == taken.offer);
        let name = offer.map(|offer| one_line(&offer.name)).unwrap_or_default();
        words.text("discount", &[("offer", name.into()), ("amount", money(taken.amount).into())])
    };
    LineView {
        title: one_line(&line.title),
        details: details.filter(|detail| !detail.is_empty()).collect(),
        quantity: line.quantity,
        unit: money(line.unit_shown),
        discounts: line.discounts.iter().map(discount).collect(),
        total: money(before_discount(line, sold.tax_display)),
    }
}

/// What a line cost before offers.
fn before_discount(line: &SoldLine, display: TaxDisplay) -> Money {
    let after = line.total.shown(display);
    after.plus(line.discount).unwrap_or(after)
}

/// A row for every offer that took something off goods, or off delivery.
fn discount_rows(sold: &FrozenCheckout, effect: Effect, language: Language, words: &Words) -> Vec<TotalView> {
    let took = sold.discounts.iter().filter(|discount| discount.effect == effect && !discount.amount.is_zero());
    let row = |discount: &SoldDiscount| {
        let name = one_line(&discount.name);
        let label = match &discount.voucher {
            Some((_, code)) => {
                words.text("discount-by-voucher", &[("offer", name.into()), ("code", code.as_str().to_owned().into())])
            }
            None => name,
        };
        TotalView { label, amount: format!("−{}", format::money(language, discount.amount)), strong: false }
    };
    took.map(row).collect()
}

/// Goods and delivery as the market shows them before offers, what each offer took off, the tax, and what is paid in all.
fn totals(sold: &FrozenCheckout, language: Language, words: &Words) -> Vec<TotalView> {
    let money = |amount: Money| format::money(language, amount);
    let total = |key, amount: String, strong| TotalView { label: words.text(key, &[]), amount, strong };
    let shown = sold.lines.iter().map(|line| before_discount(line, sold.tax_display));
    // A frozen checkout adds up, so the sum is there.
    let goods = Money::sum(sold.currency(), shown).map(money).unwrap_or_default();
    let mut totals = vec![total("goods", goods, false)];
    totals.extend(discount_rows(sold, Effect::Basket, language, words));
    if let Some(delivery) = &sold.delivery {
        let after = delivery.charge.shown(sold.tax_display);
        let charge = after.plus(delivery.discount).unwrap_or(after);
        let charge = if charge.is_zero() { words.text("free", &[]) } else { money(charge) };
        totals.push(total("delivery", charge, false));
    }
    totals.extend(discount_rows(sold, Effect::Shipping, language, words));
    let gross = total("total", money(sold.total.gross()), true);
    let taxes = sold.tax.lines.iter().filter(|line| !line.tax.is_zero());
    let taxes = taxes.map(|line| tax_total(line, sold.tax_display, language, words));
    match sold.tax_display {
        TaxDisplay::Including => {
            totals.push(gross);
            totals.extend(taxes);
        }
        TaxDisplay::Excluding => {
            totals.extend(taxes);
            totals.push(gross);
        }
    }
    totals.extend(tender_rows(sold, language, words));
    totals
}

/// What one rate comes to, by the tax's own name where it has one.
fn tax_total(line: &TaxLine, shown: TaxDisplay, language: Language, words: &Words) -> TotalView {
    let name = &line.applied.name;
    let name = if name.is_unnamed() { words.text("tax-added", &[]) } else { one_line(name.as_str()) };
    let arguments = [("name", name.into()), ("rate", format::rate(language, line.applied.rate).into())];
    let key = match shown {
        TaxDisplay::Including => "tax-included",
        TaxDisplay::Excluding => "tax-on-top",
    };
    TotalView { label: words.text(key, &arguments), amount: format::money(language, line.tax), strong: false }
}

/// What a business must read of how it was taxed.
fn tax_notes(sold: &FrozenCheckout, words: &Words) -> Vec<String> {
    let key = match sold.tax.treatment {
        TaxTreatment::ReverseCharged => Some("tax-reverse-charged"),
        TaxTreatment::Export => Some("tax-export"),
        TaxTreatment::ExemptBusiness => Some("tax-exempt"),
        TaxTreatment::Charged(_) | TaxTreatment::NotRegistered => None,
    };
    let number = sold.tax.vat_number.as_ref();
    let number = number.map(|(number, _)| words.text("your-vat-number", &[("number", number.to_string().into())]));
    key.map(|key| words.text(key, &[])).into_iter().chain(number).collect()
}

/// What each gift card pays, and what is left for the payment; nothing where none pays.
fn tender_rows(sold: &FrozenCheckout, language: Language, words: &Words) -> Vec<TotalView> {
    let row = |tender: &Tender| TotalView {
        label: words.text(&format!("paid-by-{}", tender.kind.name()), &[("last", tender.last_four.clone().into())]),
        amount: format!("−{}", format::money(language, tender.amount)),
        strong: false,
    };
    let mut rows: Vec<TotalView> = sold.tenders.iter().map(row).collect();
    if !rows.is_empty() {
        let amount = format::money(language, sold.to_pay());
        rows.push(TotalView { label: words.text("left-to-pay", &[]), amount, strong: true });
    }
    rows
}

/// Units with the lines' names; a place that the order does not have is left out.
fn units(order: &Order, units: &[(usize, u32)]) -> Vec<UnitsView> {
    let view = |(place, quantity): &(usize, u32)| {
        let line = order.sold.lines.get(*place)?;
        let parts = [one_line(&line.title), one_line(&line.variant)];
        let title = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        Some(UnitsView { quantity: *quantity, title })
    };
    units.iter().filter_map(view).collect()
}

fn declared(declaration: &Declaration, seller: &Seller, words: &Words) -> DeclarationView {
    let own = markdown::to_text(declaration.words);
    DeclarationView {
        name: one_line(declaration.name),
        email: declaration.email.as_str().to_owned(),
        words: own.lines().map(one_line).filter(|line| !line.is_empty()).collect(),
        received: format::day_and_time(words, &seller.zone, declaration.received_at),
        returns: store_text(declaration.returns, seller),
    }
}

fn store_text(raw: &str, seller: &Seller) -> StoreText {
    StoreText { text: markdown::to_text(raw), html: markdown::to_html(raw, &seller.url) }
}

/// An address that may stand in a link; empty for anything but the web's.
fn web_address(raw: &str) -> String {
    let raw = one_line(raw);
    if raw.starts_with("https://") || raw.starts_with("http://") { raw } else { String::new() }
}

fn direction(language: Language) -> &'static str {
    if matches!(language.code(), "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "dv" | "sd") { "rtl" } else { "ltr" }
}

/// A variable of a template as a message takes it: whole numbers pick a plural, all else is put in.
pub(crate) fn argument(value: &minijinja::Value) -> FluentValue<'static> {
    match value.as_i64() {
        Some(number) if value.is_integer() => FluentValue::from(number),
        _ => FluentValue::from(value.to_string()),
    }
}
