//! Things that tests sell.

use crate::support::{NOW, TestDb};
use commerce::address::{Address, Country, EmailAddress};
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::catalogue::{
    Attribute, AttributeKind, AttributeValue, CatalogueSetup, Category, Choice, CustomerOption, CustomerOptionKind,
    Image, OptionGroup, Partner, PriceRow, Product, ProductClass, ProductEntry, Recommendation, StockRecord, Structure,
};
use commerce::checkout::{
    FrozenCheckout, SoldAction, SoldAnswer, SoldDelivery, SoldDiscount, SoldLine, SoldPoint, SoldTax,
};
use commerce::decimal::Decimal;
use commerce::event::{Actor, Event, Subject};
use commerce::gift_card::{CardEntryKind, GiftCard, GiftCardKind, Tender};
use commerce::ids::*;
use commerce::language::{Language, Texts};
use commerce::market::{MarketCode, TaxDisplay};
use commerce::money::{Currency, Money};
use commerce::offer::{Effect, LimitedUse, UseCount, UseSubject};
use commerce::order::{OrderNumber, ParcelContent, ParcelStatus};
use commerce::payment::{LedgerEntry, LedgerKind};
use commerce::slug::Slug;
use commerce::stock::Take;
use commerce::tax::Taxed;
use commerce::tax::answer::{TaxLine, TaxShare};
use commerce::tax::class::TaxClass;
use commerce::tax::place::RegionCode;
use commerce::tax::rate::TaxRate;
use commerce::tax::rule::{AppliedRate, TaxLevel, TaxName};
use commerce::tax::treatment::{NumberCheck, RatesOf, TaxTreatment};
use commerce::tax::vat_number::VatNumber;
use commerce::voucher::VoucherCode;
use db::checkouts::{Hold, HoldState};
use db::gift_cards::{CardLetter, NewCard, NewEntry};
use db::outbox::OutboxTask;
use db::uploads::Upload;
use uuid::Uuid;

/// The id that follows from a number: every kind of thing counts for itself.
pub(crate) fn uuid(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) | 0x4000_8000_0000_0000_0000)
}

pub(crate) fn record_id(number: u64) -> StockRecordId {
    StockRecordId::new(uuid(number))
}

pub(crate) fn checkout_id(number: u64) -> CheckoutId {
    CheckoutId::new(uuid(number))
}

pub(crate) fn hold_id(number: u64) -> HoldId {
    HoldId::new(uuid(number))
}

pub(crate) fn payment_id(number: u64) -> PaymentId {
    PaymentId::new(uuid(number))
}

pub(crate) fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").unwrap())
}

fn both(en: &str, de: &str) -> Texts {
    let mut texts = Texts::single(Language::ENGLISH, en);
    texts.set(Language::parse("de").unwrap(), de);
    texts
}

/// Everything that products refer to, at least one of each kind.
pub(crate) fn setup() -> CatalogueSetup {
    let group = OptionGroupId::new(uuid(1));
    let class = ProductClassId::new(uuid(1));
    let kinds = [
        AttributeKind::Text,
        AttributeKind::Integer,
        AttributeKind::Boolean,
        AttributeKind::Float,
        AttributeKind::RichText,
        AttributeKind::Date,
        AttributeKind::DateTime,
        AttributeKind::Option(group),
        AttributeKind::MultiOption(group),
        AttributeKind::Entity,
        AttributeKind::File,
        AttributeKind::Image,
    ];
    let attribute = |(number, kind): (u64, AttributeKind)| Attribute {
        id: AttributeId::new(uuid(number)),
        class,
        code: format!("attribute_{number}"),
        name: both("Colour", "Farbe"),
        kind,
        required: number == 1,
        facet: number == 8,
        oscar: Some(i64::try_from(number).unwrap()),
    };
    let choice = |number: u64| Choice {
        id: ChoiceId::new(uuid(number)),
        code: format!("choice-{number}"),
        name: both("Navy", "Marine"),
        oscar: None,
    };
    let option = |(number, kind): (u64, CustomerOptionKind)| CustomerOption {
        id: OptionId::new(uuid(number)),
        code: format!("option-{number}"),
        name: both("Engraving", "Gravur"),
        help: Texts::default(),
        kind,
        required: false,
        position: i64::try_from(number).unwrap(),
        oscar: None,
    };
    CatalogueSetup {
        classes: vec![ProductClass {
            id: class,
            code: "mug".into(),
            name: both("Mug", "Becher"),
            requires_shipping: true,
            track_stock: true,
            options: vec![OptionId::new(uuid(1))],
            oscar: Some(7),
            tax_class: TaxClass::standard(),
            is_gift_card: false,
        }],
        attributes: (1..).zip(kinds).map(attribute).collect(),
        groups: vec![OptionGroup {
            id: group,
            name: both("Colours", "Farben"),
            code: Some("colours".into()),
            choices: vec![choice(1), choice(2)],
            oscar: Some(3),
        }],
        options: vec![option((1, CustomerOptionKind::Text)), option((2, CustomerOptionKind::Radio(group)))],
        categories: vec![category(1, None), category(2, Some(1))],
        partners: vec![Partner {
            id: PartnerId::new(uuid(1)),
            code: "harbour".into(),
            name: "Harbour Warehouse".into(),
            oscar: Some(1),
        }],
    }
}

pub(crate) fn category(number: u64, parent: Option<u64>) -> Category {
    Category {
        id: CategoryId::new(uuid(number)),
        parent: parent.map(|parent| CategoryId::new(uuid(parent))),
        position: i64::try_from(number).unwrap(),
        slug: Slug::parse(&format!("category-{number}")).unwrap(),
        name: both(&format!("Category {number}"), "Kategorie"),
        description: both("All of it", "Alles"),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        is_public: true,
        in_menu: number == 1,
        code: Some(format!("c{number}")),
        oscar: None,
    }
}

/// A value of each of the twelve kinds.
pub(crate) fn attribute_values() -> Vec<(AttributeId, AttributeValue)> {
    let choice = |number| ChoiceId::new(uuid(number));
    let values = [
        AttributeValue::Text(both("Stoneware", "Steingut")),
        AttributeValue::Integer(-5),
        AttributeValue::Boolean(true),
        AttributeValue::Float(Decimal::parse("0.30").unwrap()),
        AttributeValue::RichText(both("<p>Fired</p>", "<p>Gebrannt</p>")),
        AttributeValue::Date("2026-02-28".parse().unwrap()),
        AttributeValue::DateTime(NOW),
        AttributeValue::Option(choice(1)),
        AttributeValue::MultiOption(vec![choice(2), choice(1)]),
        AttributeValue::Entity { kind: "app.model".into(), key: 12 },
        AttributeValue::File("manuals/mug.pdf".into()),
        AttributeValue::Image("swatches/navy.png".into()),
    ];
    (1..).map(|number| AttributeId::new(uuid(number))).zip(values).collect()
}

/// A product with everything that a product can have.
pub(crate) fn full_product(number: u64, on_hand: i64) -> ProductEntry {
    let id = ProductId::new(uuid(number));
    let image = |place: u64| Image {
        id: ImageId::new(uuid(number * 100 + place)),
        source: format!("images/{number}-{place}.jpg"),
        alt: both("A mug", "Ein Becher"),
        width: 1_200,
        height: 900,
        oscar: Some(9),
    };
    let product = Product {
        id,
        structure: Structure::Standalone(ProductClassId::new(uuid(1))),
        upc: Some(format!("50000000{number}")),
        code: Some(format!("p{number}")),
        slug: Slug::parse(&format!("mug-{number}")).unwrap(),
        title: both("Mug", "Becher"),
        description: both("<p>A mug.</p>", "<p>Ein Becher.</p>"),
        meta_title: both("Buy a mug", "Becher kaufen"),
        meta_description: Texts::default(),
        is_public: true,
        is_discountable: false,
        priority: 3,
        rating_hundredths: Some(450),
        rating_count: 12,
        weight_kg: Some(Decimal::parse("0.350").unwrap()),
        measure: Some(Measure { amount: Decimal::parse("0.3").unwrap(), unit: MeasureUnit::Litre }),
        maker: Some("Potters Ltd, 1 Kiln Road".into()),
        eu_contact: Some("Potters BV, Delft".into()),
        categories: vec![CategoryId::new(uuid(2)), CategoryId::new(uuid(1))],
        attributes: attribute_values(),
        options: vec![OptionId::new(uuid(2))],
        images: vec![image(1), image(2)],
        recommendations: vec![Recommendation { product: ProductId::new(uuid(number)), ranking: 2 }],
        created_at: NOW,
        updated_at: NOW.plus_ms(5),
        version: 4,
        oscar: Some(11),
    };
    ProductEntry { product, stock_records: vec![stock_record(number, id, Some(on_hand))] }
}

pub(crate) fn stock_record(number: u64, product: ProductId, on_hand: Option<i64>) -> StockRecord {
    let price = |place: u64, amount, from, until| PriceRow {
        id: PriceId::new(uuid(number * 100 + place)),
        amount,
        from,
        until,
    };
    let yen = Money::from_minor(2_500, Currency::parse("JPY").unwrap());
    StockRecord {
        id: record_id(number),
        product,
        partner: PartnerId::new(uuid(1)),
        sku: format!("SKU-{number}"),
        on_hand,
        low_stock_threshold: Some(2),
        prices: vec![
            price(1, gbp(1_250), None, None),
            price(2, gbp(990), Some(NOW.plus_ms(1_000)), Some(NOW.plus_ms(9_000))),
            price(3, yen, None, None),
        ],
        oscar: Some(13),
    }
}

/// The least that can be sold.
pub(crate) fn plain_product(number: u64, on_hand: Option<i64>) -> ProductEntry {
    let mut entry = full_product(number, 0);
    entry.product.images.clear();
    entry.product.attributes.clear();
    entry.product.recommendations.clear();
    entry.stock_records[0].on_hand = on_hand;
    entry
}

/// Writes the setup and so many plain products, numbered from 1, each with these units.
pub(crate) async fn stocked(test: &TestDb, products: u64, units: i64) {
    let mut tx = test.db.begin().await.unwrap();
    tx.put_catalogue_setup(&setup()).await.unwrap();
    tx.commit().await.unwrap();
    let entries: Vec<_> = (1..=products).map(|number| (plain_product(number, Some(units)), 0)).collect();
    // All of them would be more than one transaction takes.
    for some in entries.chunks(64) {
        let mut tx = test.db.begin().await.unwrap();
        tx.put_products(some).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Puts something into every table: products of all kinds, a basket, a checkout of each fate, an order on its way.
pub(crate) async fn fill(test: &TestDb) {
    let db = &test.db;
    stocked(test, 300, 200).await;
    hold_units(db, 1, 60).await.unwrap();
    hold_units(db, 2, 3).await.unwrap();
    let sold = discounted(frozen(1, 1, 60));
    let order = OrderId::new(sold.id.uuid());
    let mut tx = db.begin().await.unwrap();
    tx.put_products(&[(full_product(999, 80), 0)]).await.unwrap();
    let mut basket = commerce::basket::Basket::default();
    let quantity = commerce::basket::Quantity::ONE;
    let line = commerce::basket::Line { product: sold.lines[0].product, quantity, answers: vec![], seen_price: None };
    basket.add(line, None).unwrap();
    tx.insert_basket(BasketId::new(uuid(1)), &basket, NOW).await.unwrap();
    tx.insert_payment(payment_id(1), sold.id, "demo", sold.total.gross(), NOW, NOW).await.unwrap();
    for kind in [LedgerKind::Authorised, LedgerKind::Captured] {
        let (payment, amount, key) = (payment_id(1), sold.total.gross(), format!("{kind:?}"));
        let entry = LedgerEntry { card: None, payment, kind, amount, key: key.clone(), at: NOW };
        tx.add_ledger(sold.id, &entry, &key).await.unwrap();
    }
    assert!(tx.insert_order(&sold, "person", "link", NOW).await.unwrap());
    for limited in &sold.uses {
        assert!(tx.take_use(limited, "person").await.unwrap());
    }
    tx.insert_hold_uses(hold_id(1), &sold.uses, "person").await.unwrap();
    let card = gift_card(1, 5_000);
    assert!(tx.insert_gift_card(&card, issued(&card, &Actor::Operator)).await.unwrap());
    let tender = tender(&card, 500);
    let (kind, amount, key) = (LedgerKind::Refunded, gbp(1), "refund-card".to_owned());
    let entry = LedgerEntry { payment: payment_id(1), card: Some(card.card.id), kind, amount, key, at: NOW };
    tx.add_ledger(sold.id, &entry, "refund-card").await.unwrap();
    tx.insert_hold_cards(hold_id(1), sold.id, std::slice::from_ref(&tender), NOW).await.unwrap();
    assert!(tx.take_from_card(&tender, NOW).await.unwrap());
    assert!(tx.claim_hold(sold.id).await.unwrap());
    let parcel = ParcelContent {
        id: ParcelId::new(uuid(1)),
        status: ParcelStatus::Sent,
        tracking: "T \"1\" ☕".into(),
        units: vec![(0, 20)],
        packed_at: NOW,
    };
    tx.insert_parcel(order, &parcel).await.unwrap();
    tx.ship_units(order, record_id(1), 20).await.unwrap();
    tx.insert_note("n", order, &Actor::Operator, "line one\nline two", NOW).await.unwrap();
    let id = uuid(1).to_string();
    let task = OutboxTask { id, kind: "mail".into(), subject: "s".into(), payload: "{}".into(), attempts: 0 };
    tx.enqueue(&task, NOW, NOW).await.unwrap();
    let event = Event {
        id: EventId::new(uuid(1)),
        at: NOW,
        actor: Actor::Visitor,
        subject: Subject::Order,
        subject_id: order.to_string(),
        kind: "placed",
        detail: String::new(),
    };
    tx.insert_event(&event).await.unwrap();
    tx.commit().await.unwrap();
    db.take_lease("publish", "a", NOW, 1).await.unwrap();
    db.set_fact("demo", "yes").await.unwrap();
    // Keys that languages sort otherwise than bytes.
    for number in 0..300 {
        for letter in ["a", "B"] {
            db.note_webhook(if number % 2 == 0 { "demo" } else { "De-mo" }, &format!("{letter}_{number}"), NOW)
                .await
                .unwrap();
        }
    }
    let mut tx = db.begin().await.unwrap();
    let made = |source: &str| Upload {
        source: source.into(),
        made: "sizes/a".into(),
        problem: String::new(),
        bytes: 1,
        changed_at: 2,
    };
    for source in ["images/a.jpg", "images/B.jpg"] {
        tx.put_upload(&made(source)).await.unwrap();
    }
    tx.commit().await.unwrap();
    crate::rules::fill_rules(test).await;
    crate::price_lists::fill_lists(test).await;
    crate::downloads::fill_downloads(test, order).await;
    for slug in ["old-mug", "old_mug", "Old", "older"] {
        test.raw(&format!("INSERT INTO old_slugs (slug, product_id) VALUES ('{slug}', '{}')", uuid(1))).await;
    }
}

pub(crate) fn number(number: u64) -> OrderNumber {
    OrderNumber::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A card of so many pence, with a letter to Ben.
pub(crate) fn gift_card(number: u64, minor: i64) -> NewCard {
    let card = GiftCard {
        id: GiftCardId::new(uuid(number)),
        last_four: format!("{number:04}"),
        kind: GiftCardKind::GiftCard,
        initial: gbp(minor),
        balance: gbp(minor),
        is_blocked: false,
        expires_at: None,
    };
    let letter = CardLetter {
        recipient: Some("ben@mail.example".into()),
        giver: Some("Ada".into()),
        message: Some("Happy birthday".into()),
        language: Language::ENGLISH,
    };
    NewCard { card, code_hash: format!("hash {number}"), bought: None, letter }
}

/// The entry that a card begins with.
pub(crate) fn issued<'e>(new: &NewCard, actor: &'e Actor) -> NewEntry<'e> {
    NewEntry {
        card: new.card.id,
        kind: CardEntryKind::Issued,
        amount: new.card.initial,
        checkout: None,
        actor,
        reason: "a present",
        key: "",
        at: NOW,
    }
}

/// What a card pays of an order.
pub(crate) fn tender(new: &NewCard, minor: i64) -> Tender {
    let GiftCard { id, last_four, kind, .. } = new.card.clone();
    Tender { card: id, last_four, kind, amount: gbp(minor) }
}

/// A checkout of lines that each sell `quantity` of one of the plain products.
pub(crate) fn frozen(id: u64, lines: u64, quantity: u32) -> FrozenCheckout {
    let address = Address {
        name: "Ada Ash".into(),
        company: String::new(),
        line1: "1 Quay".into(),
        line2: String::new(),
        city: "Port".into(),
        region: String::new(),
        postcode: "PO1 1AA".into(),
        country: Country::parse("GB").unwrap(),
        phone: String::new(),
    };
    let charge = Taxed::new(gbp(300), gbp(60)).unwrap();
    let lines: Vec<SoldLine> = (1..=lines).map(|number| line(number, quantity)).collect();
    let total = lines.iter().try_fold(charge, |sum, line| sum.plus(line.total)).unwrap();
    FrozenCheckout {
        id: checkout_id(id),
        number: number(id),
        frozen_at: NOW,
        snapshot_version: 9,
        market: MarketCode::parse("uk").unwrap(),
        language: Language::ENGLISH,
        tax_display: TaxDisplay::Including,
        email: EmailAddress::parse("ada@mail.example").unwrap(),
        delivery_address: Some(address.clone()),
        billing_address: Some(address),
        lines,
        delivery: Some(SoldDelivery {
            method: "standard".into(),
            name: "Standard".into(),
            charge,
            taxes: vec![TaxShare { tax_line: 0, net: charge.net(), tax: charge.tax() }],
            discount: Money::zero(charge.net().currency()),
            arrives: ("2026-11-26".parse().unwrap(), "2026-11-28".parse().unwrap()),
            point: Some(SoldPoint { code: "quay".into(), name: "Quay shop".into(), hours: "Mon–Sat".into() }),
        }),
        discounts: Vec::new(),
        actions: Vec::new(),
        uses: Vec::new(),
        tax: SoldTax {
            treatment: TaxTreatment::Charged(RatesOf::Destination),
            lines: vec![TaxLine { applied: applied(), net: total.net(), tax: total.tax() }],
            vat_number: Some((VatNumber::parse_with_country("FR40303265045").unwrap(), NumberCheck::Refused)),
        },
        total,
        tenders: Vec::new(),
        gateway: "demo".into(),
    }
}

/// A rate with everything that one can have.
fn applied() -> AppliedRate {
    AppliedRate {
        name: TaxName::parse("New York State sales tax").unwrap(),
        level: TaxLevel::Region,
        country: Country::parse("US").ok(),
        region: RegionCode::parse("NY").ok(),
        rate: TaxRate::parse_percent("20.0125").unwrap(),
    }
}

/// The same with an offer that applied after the order, which one shopper may have twice.
pub(crate) fn discounted(sold: FrozenCheckout) -> FrozenCheckout {
    let offer = OfferId::new(uuid(1));
    let count = UseCount { times: 1, discount_minor: 0 };
    let discount = SoldDiscount {
        offer,
        name: "Points".into(),
        voucher: Some((VoucherId::new(uuid(1)), VoucherCode::parse("TEA").unwrap())),
        effect: Effect::AfterOrder,
        times: 1,
        amount: Money::zero(sold.currency()),
    };
    let action = SoldAction { offer, times: 1, code: "points".into(), text: "10 points".into() };
    let most = UseCount { times: 2, ..UseCount::UNLIMITED };
    let limited = LimitedUse { subject: UseSubject::OfferByShopper(offer), count, most };
    FrozenCheckout { discounts: vec![discount], actions: vec![action], uses: vec![limited], ..sold }
}

fn line(number: u64, quantity: u32) -> SoldLine {
    SoldLine {
        product: ProductId::new(uuid(number)),
        stock_record: record_id(number),
        partner: PartnerId::new(uuid(1)),
        partner_name: "Harbour Warehouse".into(),
        sku: format!("SKU-{number}"),
        upc: None,
        title: "Mug".into(),
        variant: "Colour: Navy".into(),
        answers: vec![SoldAnswer {
            option: "engraving".into(),
            value: "Ada".into(),
            label: "Engraving".into(),
            words: "Ada".into(),
        }],
        quantity,
        unit_entered: gbp(1_200),
        unit_shown: gbp(1_200),
        discount: gbp(0),
        discounts: Vec::new(),
        total: Taxed::new(gbp(1_000).times(quantity).unwrap(), gbp(200).times(quantity).unwrap()).unwrap(),
        tax_class: TaxClass::parse("books").unwrap(),
        tax_rate: applied().rate,
        taxes: vec![TaxShare { tax_line: 0, net: gbp(1_000), tax: gbp(200) }],
        is_priced_outside: true,
        requires_shipping: true,
        tracks_stock: true,
        is_gift_card: false,
        weight_kg: Some(Decimal::parse("0.35").unwrap()),
        image: None,
        slug: format!("mug-{number}"),
    }
}

pub(crate) fn hold_of(id: u64, checkout: u64) -> Hold {
    let expires_at = NOW.plus_ms(900_000);
    Hold { id: hold_id(id), checkout: checkout_id(checkout), state: HoldState::Held, expires_at }
}

/// Freezes a checkout of that number with a hold of the same number, one unit of stock record 1 for each of `units`.
pub(crate) async fn hold_units(db: &db::Db, id: u64, units: i64) -> Result<(), db::DbError> {
    let mut tx = db.begin().await?;
    let record = record_id(1);
    let on_sale = tx.on_sale(&[record]).await?;
    let takes = commerce::stock::plan(&on_sale[&record].buckets, units, id);
    let Some(takes) = takes else { return Err(db::DbError::Refused("sold out".into())) };
    tx.insert_checkout(&frozen(id, 1, u32::try_from(units).unwrap()), "hash", "person").await?;
    let units: Vec<(StockRecordId, Take)> = takes.iter().map(|take| (record, *take)).collect();
    tx.insert_hold(&hold_of(id, id), "person", &units, NOW).await?;
    for take in takes {
        tx.take_units(record, take).await?;
    }
    tx.commit().await
}
