//! A frozen checkout as one JSON document, in the rows of checkouts and orders.

use crate::codec::{Place, to_json};
use crate::error::DbError;
use commerce::address::{Address, Country, EmailAddress};
use commerce::checkout::{
    FrozenCheckout, LineDiscount, SoldAction, SoldAnswer, SoldDelivery, SoldDiscount, SoldLine, SoldPoint, SoldTax,
};
use commerce::gift_card::{GiftCardKind, Tender};
use commerce::ids::{CheckoutId, GiftCardId, OfferId, PartnerId, ProductId, StockRecordId, VoucherId};
use commerce::language::Language;
use commerce::market::{MarketCode, TaxDisplay};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::offer::{Effect, LimitedUse, UseCount, UseSubject};
use commerce::order::OrderNumber;
use commerce::tax::Taxed;
use commerce::tax::answer::{TaxLine, TaxShare};
use commerce::tax::class::TaxClass;
use commerce::tax::place::RegionCode;
use commerce::tax::rate::TaxRate;
use commerce::tax::rule::{AppliedRate, TaxLevel, TaxName};
use commerce::tax::treatment::{NumberCheck, TaxTreatment};
use commerce::tax::vat_number::VatNumber;
use commerce::voucher::VoucherCode;
use serde::{Deserialize, Serialize};

/// Number of the format; a release reads its own and the one before.
const FORMAT: u32 = 1;
/// Millionths in a hundredth of a per cent.
const MILLIONTHS_PER_POINT: u32 = 100;

#[derive(Serialize, Deserialize)]
struct StoredCheckout {
    format: u32,
    id: String,
    number: String,
    frozen_at: i64,
    snapshot_version: u64,
    market: String,
    language: String,
    with_tax: bool,
    currency: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    delivery_address: Option<StoredAddress>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    billing_address: Option<StoredAddress>,
    lines: Vec<StoredLine>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    delivery: Option<StoredDelivery>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    discounts: Vec<StoredDiscount>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    actions: Vec<StoredAction>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    uses: Vec<StoredUse>,
    /// How the sale is treated; missing in what a release before taxes by place has written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    treatment: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    taxes: Vec<StoredTax>,
    /// A VAT number, and what the register said of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    vat_number: Option<(String, String)>,
    net: i64,
    tax: i64,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    tenders: Vec<StoredTender>,
    gateway: String,
}

/// What a gift card pays.
#[derive(Serialize, Deserialize)]
struct StoredTender {
    card: String,
    last_four: String,
    kind: String,
    amount: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredTax {
    name: String,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    region: Option<String>,
    /// In millionths.
    rate: u32,
    net: i64,
    tax: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredDiscount {
    offer: String,
    name: String,
    /// Id and code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    voucher: Option<(String, String)>,
    effect: String,
    times: u32,
    amount: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredAction {
    offer: String,
    times: u32,
    code: String,
    text: String,
}

/// A limit that is none stands as the largest number.
#[derive(Serialize, Deserialize)]
struct StoredUse {
    kind: String,
    id: String,
    times: u32,
    discount: i64,
    times_max: u32,
    discount_max: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredAddress {
    name: String,
    company: String,
    line1: String,
    line2: String,
    city: String,
    region: String,
    postcode: String,
    country: String,
    phone: String,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    product: String,
    stock_record: String,
    partner: String,
    partner_name: String,
    sku: String,
    upc: Option<String>,
    title: String,
    variant: String,
    answers: Vec<[String; 4]>,
    quantity: u32,
    unit_entered: i64,
    unit_shown: i64,
    discount: i64,
    /// Offer, units, amount.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    discounts: Vec<(String, u32, i64)>,
    net: i64,
    tax: i64,
    /// In hundredths of a per cent, as releases before read it.
    tax_rate: u32,
    /// In millionths, where that says more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tax_millionths: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tax_class: Option<String>,
    /// Place among the taxes, net, tax.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    taxes: Vec<(usize, i64, i64)>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    priced_outside: bool,
    requires_shipping: bool,
    tracks_stock: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    is_gift_card: bool,
    weight_kg: Option<String>,
    image: Option<String>,
    slug: String,
}

#[derive(Serialize, Deserialize)]
struct StoredDelivery {
    method: String,
    name: String,
    net: i64,
    tax: i64,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    taxes: Vec<(usize, i64, i64)>,
    #[serde(default)]
    discount: i64,
    first_day: String,
    last_day: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    point: Option<StoredPoint>,
}

#[derive(Serialize, Deserialize)]
struct StoredPoint {
    code: String,
    name: String,
    hours: String,
}

/// The document of a checkout.
pub(crate) fn write(checkout: &FrozenCheckout) -> String {
    to_json(&StoredCheckout {
        format: FORMAT,
        id: checkout.id.to_string(),
        number: checkout.number.as_str().to_owned(),
        frozen_at: checkout.frozen_at.micros(),
        snapshot_version: checkout.snapshot_version,
        market: checkout.market.to_string(),
        language: checkout.language.to_string(),
        with_tax: checkout.tax_display == TaxDisplay::Including,
        currency: checkout.currency().to_string(),
        email: checkout.email.as_str().to_owned(),
        delivery_address: checkout.delivery_address.as_ref().map(store_address),
        billing_address: checkout.billing_address.as_ref().map(store_address),
        lines: checkout.lines.iter().map(store_line).collect(),
        delivery: checkout.delivery.as_ref().map(|delivery| StoredDelivery {
            method: delivery.method.clone(),
            name: delivery.name.clone(),
            net: delivery.charge.net().minor(),
            tax: delivery.charge.tax().minor(),
            taxes: store_shares(&delivery.taxes),
            discount: delivery.discount.minor(),
            first_day: delivery.arrives.0.to_string(),
            last_day: delivery.arrives.1.to_string(),
            point: delivery.point.clone().map(|SoldPoint { code, name, hours }| StoredPoint { code, name, hours }),
        }),
        discounts: checkout.discounts.iter().map(store_discount).collect(),
        actions: checkout.actions.iter().map(store_action).collect(),
        uses: checkout.uses.iter().map(store_use).collect(),
        treatment: Some(checkout.tax.treatment.name().to_owned()),
        taxes: checkout.tax.lines.iter().map(store_tax).collect(),
        vat_number: checkout
            .tax
            .vat_number
            .as_ref()
            .map(|(number, check)| (number.to_string(), check.name().to_owned())),
        net: checkout.total.net().minor(),
        tax: checkout.total.tax().minor(),
        tenders: checkout.tenders.iter().map(store_tender).collect(),
        gateway: checkout.gateway.clone(),
    })
}

fn store_tax(line: &TaxLine) -> StoredTax {
    let AppliedRate { name, level, country, region, rate } = &line.applied;
    StoredTax {
        name: name.to_string(),
        level: level.word().to_owned(),
        country: country.map(|country| country.to_string()),
        region: region.as_ref().map(ToString::to_string),
        rate: rate.millionths(),
        net: line.net.minor(),
        tax: line.tax.minor(),
    }
}

fn store_shares(shares: &[TaxShare]) -> Vec<(usize, i64, i64)> {
    shares.iter().map(|share| (share.tax_line, share.net.minor(), share.tax.minor())).collect()
}

fn store_tender(tender: &Tender) -> StoredTender {
    StoredTender {
        card: tender.card.to_string(),
        last_four: tender.last_four.clone(),
        kind: tender.kind.name().to_owned(),
        amount: tender.amount.minor(),
    }
}

const EFFECTS: [(Effect, &str); 3] =
    [(Effect::Basket, "basket"), (Effect::Shipping, "shipping"), (Effect::AfterOrder, "after_order")];

/// The short name of what a discount changes.
pub(crate) fn effect_name(effect: Effect) -> &'static str {
    EFFECTS.iter().find(|(known, _)| *known == effect).map_or("", |(_, name)| name)
}

fn store_discount(discount: &SoldDiscount) -> StoredDiscount {
    StoredDiscount {
        offer: discount.offer.to_string(),
        name: discount.name.clone(),
        voucher: discount.voucher.as_ref().map(|(id, code)| (id.to_string(), code.to_string())),
        effect: effect_name(discount.effect).to_owned(),
        times: discount.times,
        amount: discount.amount.minor(),
    }
}

fn store_action(action: &SoldAction) -> StoredAction {
    let SoldAction { offer, times, code, text } = action;
    StoredAction { offer: offer.to_string(), times: *times, code: code.clone(), text: text.clone() }
}

fn store_use(limited: &LimitedUse) -> StoredUse {
    let (kind, id) = match limited.subject {
        UseSubject::Offer(id) => ("offer", id.to_string()),
        UseSubject::OfferByShopper(id) => ("offer_by_shopper", id.to_string()),
        UseSubject::Voucher(id) => ("voucher", id.to_string()),
        UseSubject::VoucherByShopper(id) => ("voucher_by_shopper", id.to_string()),
    };
    StoredUse {
        kind: kind.to_owned(),
        id,
        times: limited.count.times,
        discount: limited.count.discount_minor,
        times_max: limited.most.times,
        discount_max: limited.most.discount_minor,
    }
}

fn store_address(address: &Address) -> StoredAddress {
    let a = address.clone();
    StoredAddress {
        name: a.name,
        company: a.company,
        line1: a.line1,
        line2: a.line2,
        city: a.city,
        region: a.region,
        postcode: a.postcode,
        country: a.country.to_string(),
        phone: a.phone,
    }
}

fn store_line(line: &SoldLine) -> StoredLine {
    let answer = |a: &SoldAnswer| [a.option.clone(), a.value.clone(), a.label.clone(), a.words.clone()];
    StoredLine {
        product: line.product.to_string(),
        stock_record: line.stock_record.to_string(),
        partner: line.partner.to_string(),
        partner_name: line.partner_name.clone(),
        sku: line.sku.clone(),
        upc: line.upc.clone(),
        title: line.title.clone(),
        variant: line.variant.clone(),
        answers: line.answers.iter().map(answer).collect(),
        quantity: line.quantity,
        unit_entered: line.unit_entered.minor(),
        unit_shown: line.unit_shown.minor(),
        discount: line.discount.minor(),
        discounts: line.discounts.iter().map(|d| (d.offer.to_string(), d.units, d.amount.minor())).collect(),
        net: line.total.net().minor(),
        tax: line.total.tax().minor(),
        tax_rate: line.tax_rate.millionths() / MILLIONTHS_PER_POINT,
        tax_millionths: Some(line.tax_rate.millionths()).filter(|rate| rate % MILLIONTHS_PER_POINT != 0),
        tax_class: Some(&line.tax_class).filter(|class| !class.is_standard()).map(ToString::to_string),
        taxes: store_shares(&line.taxes),
        priced_outside: line.is_priced_outside,
        requires_shipping: line.requires_shipping,
        tracks_stock: line.tracks_stock,
        is_gift_card: line.is_gift_card,
        weight_kg: line.weight_kg.map(|weight| weight.to_string()),
        image: line.image.clone(),
        slug: line.slug.clone(),
    }
}

/// Reads the document; damage is an error that names the row.
pub(crate) fn read(place: Place<'_>, raw: &str) -> Result<FrozenCheckout, DbError> {
    let stored: StoredCheckout = place.json(raw)?;
    if stored.format != FORMAT {
        return Err(place.damaged(format!("format {} is not known to this release", stored.format)));
    }
    let currency = Currency::parse(&stored.currency).map_err(|error| place.damaged(error))?;
    let address = |stored: Option<StoredAddress>| stored.map(|stored| read_address(place, stored)).transpose();
    let lines: Vec<SoldLine> =
        stored.lines.into_iter().map(|line| read_line(place, currency, line)).collect::<Result<_, _>>()?;
    let total = taxed(place, currency, stored.net, stored.tax)?;
    let tax = match &stored.treatment {
        Some(name) => SoldTax {
            treatment: TaxTreatment::from_name(name).ok_or_else(|| place.damaged(format!("treatment {name}")))?,
            lines: stored.taxes.into_iter().map(|tax| read_tax(place, currency, tax)).collect::<Result<_, _>>()?,
            vat_number: stored.vat_number.map(|number| read_vat_number(place, &number)).transpose()?,
        },
        // It had one rate for everything.
        None => SoldTax::at_one_rate(total, lines.first().map_or(TaxRate::ZERO, |line| line.tax_rate)),
    };
    let checkout = FrozenCheckout {
        id: place.id(CheckoutId::parse, &stored.id)?,
        number: OrderNumber::parse(&stored.number).map_err(|error| place.damaged(error))?,
        frozen_at: Moment::from_micros(stored.frozen_at),
        snapshot_version: stored.snapshot_version,
        market: MarketCode::parse(&stored.market).map_err(|error| place.damaged(error))?,
        language: Language::parse(&stored.language).map_err(|error| place.damaged(error))?,
        tax_display: if stored.with_tax { TaxDisplay::Including } else { TaxDisplay::Excluding },
        email: EmailAddress::parse(&stored.email).map_err(|error| place.damaged(error))?,
        delivery_address: address(stored.delivery_address)?,
        billing_address: address(stored.billing_address)?,
        lines,
        delivery: stored.delivery.map(|delivery| read_delivery(place, currency, delivery)).transpose()?,
        discounts: stored.discounts.into_iter().map(|d| read_discount(place, currency, d)).collect::<Result<_, _>>()?,
        actions: stored.actions.into_iter().map(|action| read_action(place, action)).collect::<Result<_, _>>()?,
        uses: stored.uses.iter().map(|limited| read_use(place, limited)).collect::<Result<_, _>>()?,
        tax,
        total,
        tenders: stored.tenders.into_iter().map(|t| read_tender(place, currency, t)).collect::<Result<_, _>>()?,
        gateway: stored.gateway,
    };
    if checkout.adds_up() { Ok(checkout) } else { Err(place.damaged("the lines do not add up to the total")) }
}

fn read_tax(place: Place<'_>, currency: Currency, stored: StoredTax) -> Result<TaxLine, DbError> {
    let country = stored.country.map(|raw| Country::parse(&raw).map_err(|error| place.damaged(error)));
    let region = stored.region.map(|raw| RegionCode::parse(&raw).map_err(|error| place.damaged(error)));
    let applied = AppliedRate {
        name: TaxName::parse(&stored.name).map_err(|error| place.damaged(error))?,
        level: TaxLevel::parse(&stored.level).ok_or_else(|| place.damaged("level of a tax"))?,
        country: country.transpose()?,
        region: region.transpose()?,
        rate: TaxRate::from_millionths(stored.rate).ok_or_else(|| place.damaged("tax rate"))?,
    };
    let money = |minor| Money::from_minor(minor, currency);
    Ok(TaxLine { applied, net: money(stored.net), tax: money(stored.tax) })
}

fn read_shares(currency: Currency, stored: Vec<(usize, i64, i64)>) -> Vec<TaxShare> {
    let money = |minor| Money::from_minor(minor, currency);
    stored.into_iter().map(|(tax_line, net, tax)| TaxShare { tax_line, net: money(net), tax: money(tax) }).collect()
}

fn read_vat_number(place: Place<'_>, (number, check): &(String, String)) -> Result<(VatNumber, NumberCheck), DbError> {
    let number = VatNumber::parse_with_country(number).map_err(|_| place.damaged("VAT number"))?;
    Ok((number, NumberCheck::from_name(check).ok_or_else(|| place.damaged(format!("a VAT number that is {check}")))?))
}

fn taxed(place: Place<'_>, currency: Currency, net: i64, tax: i64) -> Result<Taxed, DbError> {
    let money = |minor| Money::from_minor(minor, currency);
    Taxed::new(money(net), money(tax)).map_err(|error| place.damaged(error))
}

fn read_discount(place: Place<'_>, currency: Currency, stored: StoredDiscount) -> Result<SoldDiscount, DbError> {
    let voucher = |(id, code): (String, String)| -> Result<_, DbError> {
        let code = VoucherCode::parse(&code).map_err(|error| place.damaged(error))?;
        Ok((place.id(VoucherId::parse, &id)?, code))
    };
    let effect = EFFECTS.iter().find(|(_, name)| *name == stored.effect).map(|(effect, _)| *effect);
    Ok(SoldDiscount {
        offer: place.id(OfferId::parse, &stored.offer)?,
        name: stored.name,
        voucher: stored.voucher.map(voucher).transpose()?,
        effect: effect.ok_or_else(|| place.damaged(format!("a discount on {}", stored.effect)))?,
        times: stored.times,
        amount: Money::from_minor(stored.amount, currency),
    })
}

fn read_tender(place: Place<'_>, currency: Currency, stored: StoredTender) -> Result<Tender, DbError> {
    let StoredTender { card, last_four, kind, amount } = stored;
    let kind = GiftCardKind::from_name(&kind).ok_or_else(|| place.damaged(format!("a tender of kind {kind}")))?;
    Ok(Tender {
        card: place.id(GiftCardId::parse, &card)?,
        last_four,
        kind,
        amount: Money::from_minor(amount, currency),
    })
}

fn read_action(place: Place<'_>, stored: StoredAction) -> Result<SoldAction, DbError> {
    let StoredAction { offer, times, code, text } = stored;
    Ok(SoldAction { offer: place.id(OfferId::parse, &offer)?, times, code, text })
}

fn read_use(place: Place<'_>, stored: &StoredUse) -> Result<LimitedUse, DbError> {
    let offer = || place.id(OfferId::parse, &stored.id);
    let voucher = || place.id(VoucherId::parse, &stored.id);
    let subject = match stored.kind.as_str() {
        "offer" => UseSubject::Offer(offer()?),
        "offer_by_shopper" => UseSubject::OfferByShopper(offer()?),
        "voucher" => UseSubject::Voucher(voucher()?),
        "voucher_by_shopper" => UseSubject::VoucherByShopper(voucher()?),
        other => return Err(place.damaged(format!("a use of {other}"))),
    };
    Ok(LimitedUse {
        subject,
        count: UseCount { times: stored.times, discount_minor: stored.discount },
        most: UseCount { times: stored.times_max, discount_minor: stored.discount_max },
    })
}

fn read_address(place: Place<'_>, stored: StoredAddress) -> Result<Address, DbError> {
    Ok(Address {
        name: stored.name,
        company: stored.company,
        line1: stored.line1,
        line2: stored.line2,
        city: stored.city,
        region: stored.region,
        postcode: stored.postcode,
        country: Country::parse(&stored.country).map_err(|error| place.damaged(error))?,
        phone: stored.phone,
    })
}

fn read_line(place: Place<'_>, currency: Currency, stored: StoredLine) -> Result<SoldLine, DbError> {
    let money = |minor| Money::from_minor(minor, currency);
    let answer = |[option, value, label, words]: [String; 4]| SoldAnswer { option, value, label, words };
    let discount = |(offer, units, amount): (String, u32, i64)| -> Result<LineDiscount, DbError> {
        Ok(LineDiscount { offer: place.id(OfferId::parse, &offer)?, units, amount: money(amount) })
    };
    Ok(SoldLine {
        product: place.id(ProductId::parse, &stored.product)?,
        stock_record: place.id(StockRecordId::parse, &stored.stock_record)?,
        partner: place.id(PartnerId::parse, &stored.partner)?,
        partner_name: stored.partner_name,
        sku: stored.sku,
        upc: stored.upc,
        title: stored.title,
        variant: stored.variant,
        answers: stored.answers.into_iter().map(answer).collect(),
        quantity: stored.quantity,
        unit_entered: money(stored.unit_entered),
        unit_shown: money(stored.unit_shown),
        discount: money(stored.discount),
        discounts: stored.discounts.into_iter().map(discount).collect::<Result<_, _>>()?,
        total: taxed(place, currency, stored.net, stored.tax)?,
        tax_class: match &stored.tax_class {
            Some(raw) => TaxClass::parse(raw).map_err(|error| place.damaged(error))?,
            None => TaxClass::standard(),
        },
        tax_rate: stored
            .tax_millionths
            .or_else(|| stored.tax_rate.checked_mul(MILLIONTHS_PER_POINT))
            .and_then(TaxRate::from_millionths)
            .ok_or_else(|| place.damaged("tax rate"))?,
        taxes: read_shares(currency, stored.taxes),
        is_priced_outside: stored.priced_outside,
        requires_shipping: stored.requires_shipping,
        tracks_stock: stored.tracks_stock,
        is_gift_card: stored.is_gift_card,
        weight_kg: place.decimal(stored.weight_kg.as_deref())?,
        image: stored.image,
        slug: stored.slug,
    })
}

fn read_delivery(place: Place<'_>, currency: Currency, stored: StoredDelivery) -> Result<SoldDelivery, DbError> {
    let day = |raw: &str| raw.parse().map_err(|error| place.damaged(error));
    Ok(SoldDelivery {
        method: stored.method,
        name: stored.name,
        charge: taxed(place, currency, stored.net, stored.tax)?,
        taxes: read_shares(currency, stored.taxes),
        discount: Money::from_minor(stored.discount, currency),
        arrives: (day(&stored.first_day)?, day(&stored.last_day)?),
        point: stored.point.map(|StoredPoint { code, name, hours }| SoldPoint { code, name, hours }),
    })
}
