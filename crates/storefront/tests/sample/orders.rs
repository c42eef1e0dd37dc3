//! Baskets, checkouts and orders of the small shop, as the handlers make their views.

use super::{currency, goods};
use commerce::money::Money;
use commerce::tax::rate::TaxRate;
use storefront::locale::PageLocale;
use storefront::messages::Arg;
use storefront::view::NameValue;
use storefront::view::basket::{AddedView, BasketView, LineView, TotalsView, VoucherView};
use storefront::view::checkout::{
    AddressFields, AddressView, DeliveryMethodView, DeliveryView, PaymentChoice, PaymentView, ReviewView, SummaryView,
};
use storefront::view::download::{DownloadLinkView, DownloadView};
use storefront::view::form::{Choice, Field, FormError, Notice};
use storefront::view::image::image_view;
use storefront::view::order::{OrderStep, OrderView, ParcelView, WithdrawView};

pub fn amount(minor: i64, locale: &PageLocale) -> String {
    locale.money(Money::from_minor(minor, locale.market.currency))
}

fn row(name: String, value: String) -> NameValue {
    NameValue { name, value }
}

pub fn lines(locale: &PageLocale) -> Vec<LineView> {
    let german = locale.locale.language.code() == "de";
    let cards = goods::cards();
    let line = |place: usize, card: usize, quantity: u32, unit: i64, details: &[(&str, &str)]| {
        let card = &cards[card];
        let title = locale.pick(&card.title).to_owned();
        LineView {
            place,
            product: card.id.to_string(),
            url: locale.url(&format!("/product/{}", card.slug)),
            image: card.image.as_ref().map(|image| image_view(image, &title, locale)).unwrap_or_default(),
            title,
            details: details.iter().map(|(name, value)| row((*name).to_owned(), (*value).to_owned())).collect(),
            unit_price: amount(unit, locale),
            quantity,
            quantity_max: 9_999,
            total: amount(unit * i64::from(quantity), locale),
            ..LineView::default()
        }
    };
    let (size, lid, oak) = if german { ("Größe", "Deckel", "Eiche") } else { ("Size", "Lid", "Oak") };
    let mut tea = line(0, 0, 2, 890, &[(size, "100 g")]);
    tea.unit_note = format!("{} / kg", amount(8_900, locale));
    vec![tea, line(1, 1, 1, 4_800, &[(lid, oak), ("Engraving", "for Ann <3")]), line(2, 4, 1, 690, &[])]
}

/// The rate of the sample's markets.
fn sample_rate(locale: &PageLocale) -> TaxRate {
    let rules = locale.market.tax.table.rules();
    rules.first().map_or(TaxRate::ZERO, |rule| rule.rate)
}

pub fn totals(locale: &PageLocale, delivery: bool) -> TotalsView {
    let least = amount(350, locale);
    let from = || locale.text_with("say-delivery-from", &[("amount", Arg::Text(&least))]);
    let delivery_cost = if delivery { least.clone() } else { from() };
    let total = 7_270 + if delivery { 350 } else { 0 };
    let rate = locale.numbers().tax_rate(sample_rate(locale));
    let tax = amount(total / 6, locale);
    TotalsView {
        rows: vec![
            row(locale.text("say-goods"), amount(7_270, locale)),
            row(locale.text("say-delivery"), delivery_cost),
        ],
        total: amount(total, locale),
        without_delivery: !delivery,
        tax: locale.text_with("say-tax-in-total", &[("amount", Arg::Text(&tax)), ("rate", Arg::Text(&rate))]),
        ..TotalsView::default()
    }
}

fn units(count: i64, locale: &PageLocale) -> String {
    locale.text_with("say-units", &[("count", Arg::Number(count))])
}

pub fn arrives(locale: &PageLocale) -> String {
    let day = locale.weekday_date(jiff::civil::date(2026, 11, 26));
    locale.text_with("say-arrives-on", &[("day", Arg::Text(&day))])
}

pub fn basket(locale: &PageLocale, troubled: bool) -> BasketView {
    let mut lines = lines(locale);
    let mut notices = Vec::new();
    let title = lines[2].title.clone();
    if troubled {
        let (before, now) = (amount(590, locale), amount(690, locale));
        let told = [("title", Arg::Text(&title)), ("before", Arg::Text(&before)), ("now", Arg::Text(&now))];
        notices.push(Notice { kind: "warning", text: locale.text_with("say-price-changed", &told) });
        let short = [("title", Arg::Text(lines[0].title.as_str())), ("count", Arg::Number(1))];
        lines[0].problem = locale.text_with("say-short", &short);
    }
    let nearly = [("missing", Arg::Number(1)), ("range", Arg::Text("our teas")), ("offer", Arg::Text("Three for two"))];
    let upsell = locale.text_with("say-upsell-units", &nearly);
    let problem = locale.text_with("say-voucher-other-goods", &[("code", Arg::Text("SEA10"))]);
    let unknown = locale.text_with("say-voucher-unknown", &[("code", Arg::Text("SHORE"))]);
    BasketView {
        notices,
        removed: if troubled { locale.pick(&goods::cards()[3].title).to_owned() } else { String::new() },
        lines,
        units: units(4, locale),
        totals: totals(locale, false),
        upsells: vec![upsell],
        vouchers: vec![VoucherView {
            code: "SEA10".to_owned(),
            problem: if troubled { problem } else { String::new() },
        }],
        voucher: if troubled { Field::of("SHORE").with_error(unknown) } else { Field::default() },
        delivery_estimate: arrives(locale),
        delivery_hint: locale.text_with("say-delivery-free-hint", &[("amount", Arg::Text(&amount(1_230, locale)))]),
        delivery_countries: countries(locale),
        can_check_out: !troubled,
        popular: Vec::new(),
    }
}

fn countries(locale: &PageLocale) -> Vec<Choice> {
    let countries = locale.market.countries.iter().enumerate().map(|(place, country)| Choice {
        value: country.code().to_owned(),
        label: locale.country(country.code()),
        chosen: place == 0,
    });
    countries.collect()
}

fn collected(locale: &PageLocale) -> DeliveryMethodView {
    let point = |code: &str, label: &str| Choice { value: code.to_owned(), label: label.to_owned(), chosen: false };
    DeliveryMethodView {
        code: "collect".to_owned(),
        name: "Collect".to_owned(),
        arrives: arrives(locale),
        cost: locale.text("say-free"),
        points: vec![point("quay", "Quay Street shop, 1 Quay Street"), point("mill", "Mill locker, 9 Mill Lane <3")],
        point_error: locale.text("say-point-missing"),
        ..DeliveryMethodView::default()
    }
}

pub fn added(locale: &PageLocale) -> AddedView {
    let line = lines(locale).remove(0);
    AddedView {
        back_url: line.url.clone(),
        line,
        units: units(4, locale),
        total: amount(7_270, locale),
        count: 4,
        recommendations: Vec::new(),
    }
}

fn summary(locale: &PageLocale, delivery: bool) -> SummaryView {
    SummaryView { lines: lines(locale), units: units(4, locale), totals: totals(locale, delivery) }
}

fn address_fields(locale: &PageLocale, wrong: bool) -> AddressFields {
    let mut fields = AddressFields { countries: countries(locale), ..AddressFields::default() };
    if wrong {
        fields.name = Field::of("Ann Porter");
        fields.line1 = Field::default().with_error(locale.text("say-line1-missing"));
        fields.postcode = Field::of("12").with_error(locale.text("say-postcode-wrong"));
        fields.city = Field::of("Porthaven");
    }
    fields
}

pub fn address(locale: &PageLocale, wrong: bool) -> AddressView {
    let error = |field: &str, key: &str| FormError { field: field.to_owned(), text: locale.text(key) };
    let errors = [("email", "say-email-wrong"), ("line1", "say-line1-missing"), ("postcode", "say-postcode-wrong")];
    AddressView {
        errors: errors.into_iter().filter(|_| wrong).map(|(field, key)| error(field, key)).collect(),
        email: if wrong { Field::of("ann@").with_error(locale.text("say-email-wrong")) } else { Field::default() },
        address: address_fields(locale, wrong),
        vat_number: wrong.then(|| Field::of("FR40303265046").with_error(locale.text("say-vat-number-digits"))),
        requires_shipping: true,
        can_fetch: wrong,
        summary: summary(locale, false),
        notices: Vec::new(),
    }
}

fn address_lines() -> Vec<String> {
    ["Ann Porter", "3 Quay Street", "Porthaven PH1 9XX", "United Kingdom"].map(str::to_owned).to_vec()
}

pub fn delivery(locale: &PageLocale, billing_open: bool) -> DeliveryView {
    let method = |code: &str, name: &str, cost: String, chosen| DeliveryMethodView {
        code: code.to_owned(),
        name: name.to_owned(),
        arrives: arrives(locale),
        cost,
        chosen,
        ..DeliveryMethodView::default()
    };
    let missing = FormError { field: "billing-line1".to_owned(), text: locale.text("say-line1-missing") };
    DeliveryView {
        errors: if billing_open { vec![missing] } else { Vec::new() },
        address_lines: address_lines(),
        requires_shipping: true,
        method_error: String::new(),
        can_fetch: true,
        methods: vec![
            method("standard", "Standard", amount(350, locale), true),
            method("express", "Express", amount(890, locale), false),
            collected(locale),
        ],
        billing_same: !billing_open,
        billing: address_fields(locale, billing_open),
        summary: summary(locale, true),
        notices: Vec::new(),
    }
}

pub fn review(locale: &PageLocale, declined: bool) -> ReviewView {
    let german = locale.locale.language.code() == "de";
    let payment = |code: &str, name: &str, help: &str, chosen| PaymentChoice {
        code: code.to_owned(),
        name: name.to_owned(),
        help: help.to_owned(),
        chosen,
    };
    let (card, card_help, invoice, invoice_help) = if german {
        ("Karte", "Sie bezahlen auf der Seite des Zahlungsdienstes.", "Rechnung", "Zahlbar in 14 Tagen.")
    } else {
        ("Card", "You pay on the payment provider’s page.", "Invoice", "Payable within 14 days.")
    };
    let told = FormError { field: "payment".to_owned(), text: locale.text("say-declined") };
    ReviewView {
        errors: if declined { vec![told] } else { Vec::new() },
        notices: Vec::new(),
        email: "ann@example.org".to_owned(),
        delivery_lines: address_lines(),
        fetched: false,
        method: "Standard".to_owned(),
        arrives: arrives(locale),
        billing_lines: Vec::new(),
        vat_number: if declined { "FR40303265045".to_owned() } else { String::new() },
        payments: vec![payment("demo", card, card_help, true), payment("invoice", invoice, invoice_help, false)],
        cards: Vec::new(),
        card: Field::of(if declined { "7KQ2" } else { "" }).with_error(if declined {
            locale.text("say-card-shape")
        } else {
            String::new()
        }),
        amount: amount(7_620, locale),
        amount_field: format!("{} 7620", locale.market.currency),
        payment_error: if declined { locale.text("say-declined") } else { String::new() },
        token: "5b1e".to_owned(),
        summary: summary(locale, true),
    }
}

pub fn payment(locale: &PageLocale, state: &'static str) -> PaymentView {
    PaymentView {
        state,
        text: String::new(),
        amount: amount(7_620, locale),
        again_seconds: if state == "pending" { 5 } else { 0 },
        url: "/pay/status/5b1e".to_owned(),
        pay_url: String::new(),
        facts: vec![row(locale.text("order-number"), "LTT-7K2M-94QD".to_owned())],
    }
}

pub fn order(locale: &PageLocale, is_new: bool) -> OrderView {
    let keys = ["say-step-placed", "say-step-paid", "say-step-sent", "say-step-delivered"];
    let next = if is_new { 1 } else { 2 };
    let step = |(place, key): (usize, &str)| OrderStep {
        name: locale.text(key),
        state: match place.cmp(&next) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "next",
            std::cmp::Ordering::Greater => "later",
        },
        current: place + 1 == next,
    };
    let parcel = ParcelView {
        state: locale.text("say-parcel-sent"),
        tracking: "JD0002 1146 77".to_owned(),
        tracking_url: "https://carrier.example/track".to_owned(),
        lines: Vec::new(),
    };
    OrderView {
        is_new,
        number: "LTT-7K2M-94QD".to_owned(),
        placed: locale.civil_date(jiff::civil::date(2026, 11, 24)),
        email: "ann@example.org".to_owned(),
        steps: keys.into_iter().enumerate().map(step).collect(),
        state: locale.text(if is_new { "say-state-open" } else { "say-state-sent" }),
        payment_state: locale.text("say-paid"),
        next: locale.text(if is_new { "say-next-sent" } else { "say-next-rest" }),
        arrives: arrives(locale),
        parcels: if is_new { Vec::new() } else { vec![parcel] },
        downloads: if is_new { downloads(locale) } else { Vec::new() },
        lines: lines(locale),
        totals: totals(locale, true),
        delivery_lines: address_lines(),
        method: "Standard".to_owned(),
        payment_method: "Visa •••• 4242".to_owned(),
        cancel_url: if is_new { "/order/abc/cancel".to_owned() } else { String::new() },
        withdraw_url: "/order/abc/withdraw".to_owned(),
        withdraw_until: locale.civil_date(jiff::civil::date(2026, 12, 8)),
        ..OrderView::default()
    }
}

fn downloads(locale: &PageLocale) -> Vec<DownloadLinkView> {
    let until = locale.civil_date(jiff::civil::date(2026, 12, 30));
    let facts = [("left", Arg::Number(3)), ("most", Arg::Number(5)), ("until", Arg::Text(&until))];
    let file = |title: &str, url: &str, key: &str| DownloadLinkView {
        title: title.to_owned(),
        size: "3.2 MB".to_owned(),
        url: url.to_owned(),
        state: locale.text_with(key, &facts),
    };
    vec![
        file("The first good pot <3", "/download/abc", "say-download-left"),
        file("Gongfu at the kitchen table", "", "say-download-used-up"),
    ]
}

pub fn download(locale: &PageLocale, step: &str) -> DownloadView {
    let until = locale.civil_date(jiff::civil::date(2026, 12, 30));
    let facts = [("left", Arg::Number(3)), ("most", Arg::Number(5)), ("until", Arg::Text(&until))];
    let begins = |wanted: &str, url: &str| if step == wanted { url.to_owned() } else { String::new() };
    DownloadView {
        title: "The first good pot".to_owned(),
        name: "the-first-good-pot.pdf".to_owned(),
        size: "3.2 MB".to_owned(),
        state: locale.text_with(if step == "expired" { "say-download-expired" } else { "say-download-left" }, &facts),
        action: begins("ready", "/download/abc"),
        press: "5b1e".to_owned(),
        file_url: begins("begun", "/download/abd"),
        hours: 4,
    }
}

pub fn withdraw(locale: &PageLocale, received: bool) -> WithdrawView {
    WithdrawView {
        number: "LTT-7K2M-94QD".to_owned(),
        order_url: "/order/abc".to_owned(),
        action: "/order/abc/withdraw".to_owned(),
        name: Field::of("Ann Porter"),
        email: Field::of("ann@example.org"),
        lines: lines(locale),
        until: locale.civil_date(jiff::civil::date(2026, 12, 8)),
        received: if received { locale.civil_date(jiff::civil::date(2026, 12, 1)) } else { String::new() },
        errors: Vec::new(),
    }
}

pub fn money(minor: i64) -> Money {
    Money::from_minor(minor, currency("GBP"))
}
