//! A store and an order for tests.
#![allow(dead_code, reason = "each test file uses its part")]

use commerce::address::{Address, Country, EmailAddress};
use commerce::checkout::{FrozenCheckout, LineDiscount, SoldAnswer, SoldDelivery, SoldDiscount, SoldLine, SoldTax};
use commerce::ids::{CheckoutId, OfferId, ParcelId, PartnerId, PaymentId, ProductId, StockRecordId, TaskId, VoucherId};
use commerce::language::Language;
use commerce::market::{MarketCode, TaxDisplay};
use commerce::moment::Moment;
use commerce::money::{BasisPoints, Currency, Money};
use commerce::offer::Effect;
use commerce::order::{Order, OrderNumber, ParcelContent, ParcelStatus};
use commerce::payment::{LedgerEntry, LedgerKind, LedgerSums};
use commerce::tax::Taxed;
use commerce::tax::class::TaxClass;
use commerce::voucher::VoucherCode;
use mail::{Letter, Matter, Message, Seller, Sender, Writer};
use uuid::Uuid;

pub(crate) fn email(raw: &str) -> EmailAddress {
    EmailAddress::parse(raw).unwrap()
}

pub(crate) fn moment(raw: &str) -> Moment {
    Moment::parse_rfc3339(raw).unwrap()
}

pub(crate) fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").unwrap())
}

pub(crate) fn task(number: u128) -> TaskId {
    TaskId::new(Uuid::from_u128(number))
}

pub(crate) fn seller() -> Seller {
    Seller {
        sender: Sender { name: "Hafen & Söhne".to_owned(), address: email("shop@hafen.example") },
        address_lines: ["Hafen & Söhne GmbH", "Kai 1", "20457 Hamburg", "Germany"].map(str::to_owned).to_vec(),
        contact: email("help@hafen.example"),
        phone: "+49 40 123456".to_owned(),
        url: "https://hafen.example".to_owned(),
        zone: jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
    }
}

pub(crate) fn line(title: &str, quantity: u32, unit: i64) -> SoldLine {
    let rate = BasisPoints::new(1_900).unwrap();
    let shown = eur(unit);
    SoldLine {
        product: ProductId::new(Uuid::from_u128(1)),
        stock_record: StockRecordId::new(Uuid::from_u128(2)),
        partner: PartnerId::new(Uuid::from_u128(3)),
        partner_name: "Hafen".to_owned(),
        sku: "MUG-1".to_owned(),
        upc: None,
        title: title.to_owned(),
        variant: String::new(),
        answers: vec![],
        quantity,
        unit_entered: shown,
        unit_shown: shown,
        discount: eur(0),
        discounts: Vec::new(),
        total: Taxed::from_base(shown.times(quantity).unwrap(), TaxDisplay::Including, rate).unwrap(),
        tax_class: TaxClass::standard(),
        tax_rate: rate.into(),
        taxes: Vec::new(),
        is_priced_outside: false,
        requires_shipping: true,
        tracks_stock: true,
        is_gift_card: false,
        weight_kg: None,
        image: None,
        slug: "mug".to_owned(),
    }
}

/// Two lines, delivery, another billing address; paid by card.
pub(crate) fn order(language: &str) -> Order {
    let rate = BasisPoints::new(1_900).unwrap();
    let mut mug = line("Enamel mug <b>\"large\"</b>", 2, 1_250);
    mug.variant = "Colour: Navy".to_owned();
    mug.discount = eur(250);
    mug.discounts = vec![LineDiscount { offer: OfferId::new(Uuid::from_u128(5)), units: 2, amount: eur(250) }];
    mug.total = Taxed::from_base(eur(2_250), TaxDisplay::Including, rate).unwrap();
    let words = "For Ann & Bo".to_owned();
    mug.answers = vec![SoldAnswer { option: "e".into(), value: words.clone(), label: "Engraving".into(), words }];
    let lines = vec![mug, line("Sea chest", 1, 123_400)];
    let charge = Taxed::from_base(eur(490), TaxDisplay::Including, rate).unwrap();
    let total = lines.iter().try_fold(charge, |sum, line| sum.plus(line.total)).unwrap();
    let ann = |city: &str, postcode: &str, country: &str| Address {
        name: "Ann Müller".to_owned(),
        company: String::new(),
        line1: "Quay 7".to_owned(),
        line2: "Flat 2".to_owned(),
        city: city.to_owned(),
        region: String::new(),
        postcode: postcode.to_owned(),
        country: Country::parse(country).unwrap(),
        phone: String::new(),
    };
    let date = |day| jiff::civil::Date::new(2026, 11, day).unwrap();
    let sold = FrozenCheckout {
        id: CheckoutId::new(Uuid::from_u128(9)),
        number: OrderNumber::from_random(123_456_789),
        frozen_at: moment("2026-11-24T03:01:00Z"),
        snapshot_version: 1,
        market: MarketCode::parse("eu").unwrap(),
        language: Language::parse(language).unwrap(),
        tax_display: TaxDisplay::Including,
        email: email("ann@example.org"),
        delivery_address: Some(ann("Porthaven", "PH1 9XX", "GB")),
        billing_address: Some(ann("Hamburg", "20457", "DE")),
        lines,
        delivery: Some(SoldDelivery {
            method: "post".to_owned(),
            name: "Post".to_owned(),
            charge,
            taxes: Vec::new(),
            discount: eur(0),
            arrives: (date(26), date(27)),
            point: None,
        }),
        discounts: vec![SoldDiscount {
            offer: OfferId::new(Uuid::from_u128(5)),
            name: "Autumn <b>at sea</b>".to_owned(),
            voucher: Some((VoucherId::new(Uuid::from_u128(6)), VoucherCode::parse("AUTUMN").unwrap())),
            effect: Effect::Basket,
            times: 1,
            amount: eur(250),
        }],
        actions: Vec::new(),
        uses: Vec::new(),
        tax: SoldTax::at_one_rate(total, rate.into()),
        total,
        tenders: Vec::new(),
        gateway: "demo".to_owned(),
    };
    let captured = LedgerEntry {
        card: None,
        payment: PaymentId::new(Uuid::from_u128(4)),
        kind: LedgerKind::Captured,
        amount: total.gross(),
        key: "c".to_owned(),
        at: moment("2026-11-24T03:02:00Z"),
    };
    let money = LedgerSums::of(total.gross().currency(), [&captured]).unwrap();
    Order::place(sold, money, moment("2026-11-24T03:02:01Z"))
}

pub(crate) fn parcel() -> ParcelContent {
    ParcelContent {
        id: ParcelId::new(Uuid::from_u128(5)),
        status: ParcelStatus::Sent,
        tracking: "AB 12\r\n34".to_owned(),
        units: vec![(0, 2), (7, 1)],
        packed_at: moment("2026-11-24T09:00:00Z"),
    }
}

pub(crate) fn letter<'a>(seller: &'a Seller, order: &'a Order, matter: Matter<'a>) -> Letter<'a> {
    let order_url = "https://hafen.example/order/4KT?key=a&b=c";
    Letter {
        id: task(7),
        at: moment("2026-11-24T03:02:01Z"),
        seller,
        to: &order.sold.email,
        order,
        order_url,
        downloads: &[],
        matter,
    }
}

/// A short message.
pub(crate) fn message(id: u128) -> Message {
    let (seller, order) = (seller(), order("en"));
    let mut letter = letter(&seller, &order, Matter::Link { valid_until: None });
    letter.id = task(id);
    Writer::new(None).unwrap().write(&letter).unwrap()
}
