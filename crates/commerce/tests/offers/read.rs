//! Reads cases of the format `tradewind-offers/1` into the values of the domain.

use commerce::basket::Quantity;
use commerce::decimal::Decimal;
use commerce::delivery::{Charge, DeliveryMethod, WeightBand};
use commerce::ids::{CategoryId, OfferId, ProductClassId, ProductId, RangeId, derived_uuid};
use commerce::language::Texts;
use commerce::market::TaxDisplay;
use commerce::moment::Moment;
use commerce::money::{BasisPoints, Currency, Money};
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, InvalidOffer, LimitsParts, Offer, OfferKind, OfferParts,
    OfferUses, Shopper, VoucherHeld,
};
use commerce::quote::PriceBase;
use commerce::range::{Range, RangeLists, RangedProduct};
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage, VoucherUses};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The time of cases that name none.
const NOW: &str = "2026-06-01T12:00:00Z";

/// What cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub(crate) struct ReadError {
    /// The case or the field in it.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) what: String,
}

/// A product of a case.
pub(crate) struct CaseProduct {
    /// What ranges know it by.
    pub(crate) ranged: RangedProduct,
    /// Unit price without tax; `None` of a parent.
    pub(crate) price: Option<Money>,
    /// Whether offers may touch it.
    pub(crate) discountable: bool,
    /// Whether it is sent.
    pub(crate) requires_shipping: bool,
    /// In kilograms.
    pub(crate) weight: Option<Decimal>,
}

/// A way to send things, with the tax on its charge.
pub(crate) struct CaseShipping {
    /// How the charge is worked out, without tax.
    pub(crate) method: DeliveryMethod,
    /// How the charge is shown.
    pub(crate) base: PriceBase,
}

/// A case.
pub(crate) struct Case {
    /// Its name.
    pub(crate) id: String,
    /// Why Oscar's answer is a surprise.
    pub(crate) quirk: Option<String>,
    /// Whether Oscar keeps more digits than the currency has.
    pub(crate) sub_minor: bool,
    /// Products by name.
    pub(crate) products: BTreeMap<String, CaseProduct>,
    /// Ranges by name.
    pub(crate) ranges: BTreeMap<String, Arc<Range>>,
    /// Offers by name, in the order of making, as far as they can be made.
    pub(crate) offers: Vec<(String, Result<Offer, InvalidOffer>)>,
    /// What was used before.
    pub(crate) uses: HashMap<OfferId, OfferUses>,
    /// Vouchers in the basket, the one made last first.
    pub(crate) vouchers: Vec<VoucherHeld>,
    /// Product and quantity of each line.
    pub(crate) basket: Vec<(String, Quantity)>,
    /// Who shops.
    pub(crate) shopper: Shopper,
    /// How prices are shown.
    pub(crate) base: PriceBase,
    /// The time.
    pub(crate) now: Moment,
    /// How the basket is sent.
    pub(crate) shipping: Option<CaseShipping>,
    /// Oscar's answer.
    pub(crate) expect: Value,
}

type Read<T> = Result<T, ReadError>;

/// Reads a file of cases.
pub(crate) fn read_cases(text: &str) -> Read<Vec<Case>> {
    let file: Value = serde_json::from_str(text).map_err(|error| wrong("file", &error.to_string()))?;
    if file["format"] != "tradewind-offers/1" {
        return Err(wrong("format", "is not tradewind-offers/1"));
    }
    let currency = text_of(&file, "currency")?;
    let currency = Currency::parse(currency).map_err(|error| wrong("currency", &error.to_string()))?;
    list(&file, "cases").iter().map(|case| read_case(case, currency)).collect()
}

/// The id of an offer by its name in a case.
pub(crate) fn offer_id(name: &str) -> OfferId {
    OfferId::new(derived_uuid("offer", name))
}

fn read_case(case: &Value, currency: Currency) -> Read<Case> {
    let id = text_of(case, "id")?.to_owned();
    let within = |error: ReadError| ReadError { place: format!("{id}: {}", error.place), ..error };
    let ranges = read_ranges(case).map_err(within)?;
    let mut offers = Vec::new();
    let mut uses = HashMap::new();
    for value in list(case, "offers") {
        let (name, parts) = read_offer(value, &ranges, currency).map_err(within)?;
        uses.insert(parts.id, read_uses(value, currency).map_err(within)?);
        offers.push((name, Offer::new(parts)));
    }
    Ok(Case {
        quirk: case["quirk"].as_str().map(str::to_owned),
        sub_minor: case["precision"] == "sub-minor",
        products: read_products(case, currency).map_err(within)?,
        ranges,
        offers,
        uses,
        vouchers: read_vouchers(case).map_err(within)?,
        basket: read_basket(case).map_err(within)?,
        shopper: Shopper { signed_in: case["user"] == "signed-in", ..Shopper::default() },
        base: read_base(case, currency).map_err(within)?,
        now: moment(case, "now").map_err(within)?.or_else(|| Moment::parse_rfc3339(NOW)).unwrap_or_default(),
        shipping: read_shipping(&case["shipping"], currency).map_err(within)?,
        expect: case["expect"].clone(),
        id,
    })
}

fn read_products(case: &Value, currency: Currency) -> Read<BTreeMap<String, CaseProduct>> {
    let products = &case["products"];
    let mut read = BTreeMap::new();
    for (name, product) in products.as_object().into_iter().flatten() {
        let parent = product["parent"].as_str();
        // A child has no class and no categories of its own.
        let family = parent.map_or(product, |parent| &products[parent]);
        let ranged = RangedProduct {
            product: product_id(name),
            parent: parent.map(product_id),
            class: family["class"].as_str().map(class_id),
            categories: texts(family, "categories").flat_map(with_those_above).collect(),
        };
        read.insert(
            name.clone(),
            CaseProduct {
                ranged,
                price: money(product, "price", currency)?,
                discountable: product["discountable"].as_bool().unwrap_or(true),
                requires_shipping: product["requires_shipping"].as_bool().unwrap_or(true),
                weight: decimal(product, "weight")?,
            },
        );
    }
    Ok(read)
}

fn read_ranges(case: &Value) -> Read<BTreeMap<String, Arc<Range>>> {
    let mut read = BTreeMap::new();
    for (name, range) in case["ranges"].as_object().into_iter().flatten() {
        let lists = RangeLists {
            all: range["all"].as_bool().unwrap_or(false),
            products: texts(range, "products").map(product_id).collect(),
            classes: texts(range, "classes").map(class_id).collect(),
            categories: texts(range, "categories").map(category_id).collect(),
            excluded_products: texts(range, "excluded_products").map(product_id).collect(),
            excluded_categories: texts(range, "excluded_categories").map(category_id).collect(),
        };
        let made = Range::new(RangeId::new(derived_uuid("range", name)), lists);
        read.insert(name.clone(), Arc::new(made.map_err(|error| wrong(name, &error.to_string()))?));
    }
    Ok(read)
}

fn read_offer(value: &Value, ranges: &BTreeMap<String, Arc<Range>>, currency: Currency) -> Read<(String, OfferParts)> {
    let name = text_of(value, "id")?;
    let range = |part: &Value| part["range"].as_str().and_then(|range| ranges.get(range)).cloned();
    let (condition, benefit) = (&value["condition"], &value["benefit"]);
    let parts = OfferParts {
        id: offer_id(name),
        name: Texts::default(),
        kind: if value["type"] == "Voucher" { OfferKind::Voucher } else { OfferKind::Site },
        currency: Some(currency),
        condition: ConditionParts {
            kind: condition_kind(text_of(condition, "type")?)?,
            range: range(condition),
            value: decimal(condition, "value")?.unwrap_or(Decimal::ZERO),
        },
        benefit: BenefitParts {
            kind: benefit_kind(text_of(benefit, "type")?)?,
            range: range(benefit),
            value: decimal(benefit, "value")?,
            max_affected_items: count(benefit, "max_affected_items")?,
        },
        priority: value["priority"].as_i64().and_then(|priority| i32::try_from(priority).ok()).unwrap_or(0),
        exclusive: value["exclusive"].as_bool().unwrap_or(true),
        combines_with: texts(value, "combines_with").map(offer_id).collect(),
        limits: LimitsParts {
            per_basket: count(value, "max_basket_applications")?,
            per_shopper: count(value, "max_user_applications")?,
            global: count(value, "max_global_applications")?,
            max_discount: decimal(value, "max_discount")?,
        },
        start: moment(value, "start")?,
        end: moment(value, "end")?,
        suspended: value["status"] == "Suspended",
        actions: Vec::new(),
    };
    Ok((name.to_owned(), parts))
}

fn read_uses(offer: &Value, currency: Currency) -> Read<OfferUses> {
    Ok(OfferUses {
        applications: count(offer, "num_applications")?.unwrap_or(0),
        by_shopper: count(offer, "user_applications")?.unwrap_or(0),
        discount_minor: money(offer, "total_discount", currency)?.map_or(0, Money::minor),
    })
}

fn condition_kind(name: &str) -> Read<ConditionKind> {
    match name {
        "count" => Ok(ConditionKind::Count),
        "value" => Ok(ConditionKind::Value),
        "coverage" => Ok(ConditionKind::Coverage),
        _ => Err(wrong(name, "is no condition")),
    }
}

fn benefit_kind(name: &str) -> Read<BenefitKind> {
    match name {
        "percentage" => Ok(BenefitKind::Percentage),
        "absolute" => Ok(BenefitKind::Absolute),
        "fixed_unit" => Ok(BenefitKind::FixedUnit),
        "multibuy" => Ok(BenefitKind::Multibuy),
        "fixed_price" => Ok(BenefitKind::FixedPrice),
        "shipping_percentage" => Ok(BenefitKind::ShippingPercentage),
        "shipping_absolute" => Ok(BenefitKind::ShippingAbsolute),
        "shipping_fixed_price" => Ok(BenefitKind::ShippingFixedPrice),
        _ => Err(wrong(name, "is no benefit")),
    }
}

fn read_vouchers(case: &Value) -> Read<Vec<VoucherHeld>> {
    let mut held = Vec::new();
    for voucher in list(case, "vouchers").iter().rev() {
        if voucher["in_basket"] == false {
            continue;
        }
        let code = text_of(voucher, "code")?;
        let parts = VoucherParts {
            code: VoucherCode::parse(code).map_err(|error| wrong(code, &error.to_string()))?,
            usage: match voucher["usage"].as_str().unwrap_or("Multi-use") {
                "Single use" => VoucherUsage::Single,
                "Multi-use" => VoucherUsage::Multi,
                "Once per customer" => VoucherUsage::OncePerCustomer,
                usage => return Err(wrong(usage, "is no usage")),
            },
            offers: texts(voucher, "offers").map(offer_id).collect(),
            start: moment(voucher, "start")?,
            end: moment(voucher, "end")?,
        };
        let by_shopper = count(voucher, "times_used_by_this_user")?.unwrap_or(0);
        let by_others = count(voucher, "times_used_by_others")?.unwrap_or(0);
        held.push(VoucherHeld {
            voucher: Voucher::new(parts).map_err(|error| wrong(code, &error.to_string()))?,
            uses: VoucherUses { total: by_shopper.saturating_add(by_others), by_shopper },
        });
    }
    Ok(held)
}

fn read_basket(case: &Value) -> Read<Vec<(String, Quantity)>> {
    let line = |line: &Value| {
        let product = text_of(line, "product")?;
        let quantity = count(line, "qty")?.and_then(|units| Quantity::new(units).ok());
        Ok((product.to_owned(), quantity.ok_or_else(|| wrong(product, "has no quantity"))?))
    };
    list(case, "basket").iter().map(line).collect()
}

/// Oscar's setting says which base a discount is taken off: the one that a market shows.
fn read_base(case: &Value, currency: Currency) -> Read<PriceBase> {
    let (entered, tax) = (TaxDisplay::Excluding, &case["tax"]);
    let rate = decimal(tax, "rate")?.filter(|_| tax["mode"] == "rate").unwrap_or(Decimal::ZERO);
    let rate = rate.scaled(4).ok().and_then(|points| u32::try_from(points).ok()).and_then(BasisPoints::new);
    let shown = if case["offers_incl_tax"] == true { TaxDisplay::Including } else { TaxDisplay::Excluding };
    Ok(PriceBase { currency, entered, shown, rate: rate.ok_or_else(|| wrong("tax", "is no rate"))? })
}

fn read_shipping(value: &Value, currency: Currency) -> Read<Option<CaseShipping>> {
    let Some(name) = value["method"].as_str() else { return Ok(None) };
    let zero = Money::zero(currency);
    let amount = |key| Ok(money(value, key, currency)?.unwrap_or(zero));
    let bands = list(value, "bands").iter().map(|band| {
        let up_to_kg = decimal(band, "up_to")?.unwrap_or(Decimal::ZERO);
        Ok(WeightBand { up_to_kg, charge: money(band, "charge", currency)?.unwrap_or(zero) })
    });
    let charge = Charge {
        per_order: amount(if name == "fixed" { "excl_tax" } else { "per_order" })?,
        per_item: amount("per_item")?,
        bands: bands.collect::<Read<Vec<_>>>()?,
        default_weight_kg: Decimal::ZERO,
        free_from: money(value, "free_threshold", currency)?,
    };
    // The charge has its own rate: what it is with tax over what it is without.
    let (net, gross) = (amount("excl_tax")?.minor(), money(value, "incl_tax", currency)?.map(Money::minor));
    let points = gross.map_or(0, |gross| (gross - net) * 10_000 / net.max(1));
    let rate = u32::try_from(points).ok().and_then(BasisPoints::new).ok_or_else(|| wrong("shipping", "is no rate"))?;
    let shown = if gross.is_some() { TaxDisplay::Including } else { TaxDisplay::Excluding };
    let base = PriceBase { currency, entered: TaxDisplay::Excluding, shown, rate };
    let method = DeliveryMethod {
        code: name.to_owned(),
        name: Texts::default(),
        countries: Vec::new(),
        charges: vec![charge],
        days: (1, 1),
    };
    Ok(Some(CaseShipping { method, base }))
}

fn product_id(name: &str) -> ProductId {
    ProductId::new(derived_uuid("product", name))
}

fn class_id(name: &str) -> ProductClassId {
    ProductClassId::new(derived_uuid("class", name))
}

fn category_id(path: &str) -> CategoryId {
    CategoryId::new(derived_uuid("category", path))
}

/// `root/child` lies in `root` and in `root/child`.
fn with_those_above(path: &str) -> impl Iterator<Item = CategoryId> {
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    ends.map(|end| category_id(&path[..end]))
}

fn wrong(place: &str, what: &str) -> ReadError {
    ReadError { place: place.to_owned(), what: what.to_owned() }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn texts<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    list(value, key).iter().filter_map(Value::as_str)
}

fn text_of<'a>(value: &'a Value, key: &str) -> Read<&'a str> {
    value[key].as_str().ok_or_else(|| wrong(key, "is missing"))
}

fn count(value: &Value, key: &str) -> Read<Option<u32>> {
    let count = |number: u64| u32::try_from(number).map_err(|_| wrong(key, "is too large"));
    value[key].as_u64().map(count).transpose()
}

fn decimal(value: &Value, key: &str) -> Read<Option<Decimal>> {
    let parse = |text: &str| Decimal::parse(text).map_err(|error| wrong(key, &error.to_string()));
    value[key].as_str().map(parse).transpose()
}

fn money(value: &Value, key: &str, currency: Currency) -> Read<Option<Money>> {
    let parse = |amount| Money::from_decimal(amount, currency).map_err(|error| wrong(key, &error.to_string()));
    decimal(value, key)?.map(parse).transpose()
}

fn moment(value: &Value, key: &str) -> Read<Option<Moment>> {
    let parse = |text: &str| Moment::parse_rfc3339(text).ok_or_else(|| wrong(key, "is no moment"));
    value[key].as_str().map(parse).transpose()
}
