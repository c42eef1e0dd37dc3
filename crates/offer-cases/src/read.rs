//! Reads cases of the format `tradewind-offers/1` into the values of the domain.

use crate::fields::{Fields, Read, wrong};
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

/// The format of the files.
pub const FORMAT: &str = "tradewind-offers/1";
/// Most cases of a file.
pub const CASES_MAX: usize = 10_000;
/// The time of cases that name none.
const NOW: &str = "2026-06-01T12:00:00Z";

/// What cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ReadError {
    /// The case or the field in it.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

/// A product of a case.
#[derive(Clone, Debug)]
pub struct CaseProduct {
    /// What ranges know it by.
    pub ranged: RangedProduct,
    /// Unit price without tax; `None` of a parent.
    pub price: Option<Money>,
    /// Whether offers may touch it.
    pub discountable: bool,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// In kilograms.
    pub weight: Option<Decimal>,
}

/// A line of a case's basket.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// The product's name.
    pub name: String,
    /// The product.
    pub product: CaseProduct,
    /// Unit price without tax.
    pub price: Money,
    /// Units.
    pub quantity: Quantity,
}

/// A way to send things, with the tax on its charge.
#[derive(Clone, Debug)]
pub struct CaseShipping {
    /// How the charge is worked out, without tax.
    pub method: DeliveryMethod,
    /// How the charge is shown.
    pub base: PriceBase,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Why the answer of whoever made the case is a surprise.
    pub quirk: Option<String>,
    /// Whether the answer keeps more digits than the currency has.
    pub sub_minor: bool,
    /// Products by name.
    pub products: BTreeMap<String, CaseProduct>,
    /// Ranges by name.
    pub ranges: BTreeMap<String, Arc<Range>>,
    /// Offers by name, in the order of making, as far as they can be made.
    pub offers: Vec<(String, Result<Offer, InvalidOffer>)>,
    /// What was used before.
    pub uses: HashMap<OfferId, OfferUses>,
    /// Vouchers in the basket, the one made last first.
    pub vouchers: Vec<VoucherHeld>,
    /// The lines, in order.
    pub basket: Vec<CaseLine>,
    /// Who shops.
    pub shopper: Shopper,
    /// How prices are shown.
    pub base: PriceBase,
    /// The time.
    pub now: Moment,
    /// How the basket is sent.
    pub shipping: Option<CaseShipping>,
    /// What the file says that it comes to, if it says anything.
    pub expect: Option<Value>,
}

/// Reads a file of cases.
///
/// # Errors
///
/// The first field that is missing, unknown or of another kind, with its case.
pub fn read_cases(text: &str) -> Read<Vec<Case>> {
    let file: Value = serde_json::from_str(text).map_err(|error| wrong("the file", error.to_string()))?;
    let file = Fields::of(&file, "the file", &["format", "made_with", "currency", "cases"])?;
    if file.must("format")? != FORMAT {
        return Err(wrong("format", format!("is not {FORMAT}")));
    }
    let currency = Currency::parse(file.must("currency")?).map_err(|error| wrong("currency", error.to_string()))?;
    let cases = file.list("cases")?;
    if CASES_MAX < cases.len() {
        return Err(wrong("cases", format!("has {} entries; at most {CASES_MAX} are read", cases.len())));
    }
    let mut read: Vec<Case> = Vec::with_capacity(cases.len());
    for (place, case) in cases.iter().enumerate() {
        let named = case["id"].as_str().map_or_else(|| format!("case {place}"), str::to_owned);
        let case = read_case(case, currency);
        read.push(case.map_err(|error| ReadError { place: format!("{named}: {}", error.place), ..error })?);
    }
    Ok(read)
}

/// The id of an offer by its name in a case.
pub fn offer_id(name: &str) -> OfferId {
    OfferId::new(derived_uuid("offer", name))
}

/// Fields of a case; what is only told to people is not looked at.
const CASE: &[&str] = &[
    "id",
    "source",
    "note",
    "quirk",
    "precision",
    "checked_against_test",
    "products",
    "ranges",
    "offers",
    "vouchers",
    "basket",
    "user",
    "tax",
    "offers_incl_tax",
    "now",
    "shipping",
    "expect",
];
const PRODUCT: &[&str] =
    &["price", "structure", "parent", "class", "categories", "discountable", "requires_shipping", "weight"];
const RANGE: &[&str] = &["all", "products", "excluded_products", "classes", "categories", "excluded_categories"];
const OFFER: &[&str] = &[
    "id",
    "type",
    "priority",
    "exclusive",
    "combines_with",
    "condition",
    "benefit",
    "max_basket_applications",
    "max_user_applications",
    "max_global_applications",
    "max_discount",
    "num_applications",
    "total_discount",
    "user_applications",
    "status",
    "start",
    "end",
];
const VOUCHER: &[&str] =
    &["code", "offers", "usage", "start", "end", "times_used_by_this_user", "times_used_by_others", "in_basket"];
const SHIPPING: &[&str] = &["method", "excl_tax", "incl_tax", "per_order", "per_item", "free_threshold", "bands"];

fn read_case(case: &Value, currency: Currency) -> Read<Case> {
    let fields = Fields::of(case, "the case", CASE)?;
    let ranges = read_ranges(&fields)?;
    let products = read_products(&fields, currency)?;
    let mut offers: Vec<(String, Result<Offer, InvalidOffer>)> = Vec::new();
    let mut uses = HashMap::new();
    for value in fields.list("offers")? {
        let offer = Fields::of(value, "offers", OFFER)?;
        let (name, parts) = read_offer(&offer, &ranges, currency)?;
        if uses.insert(parts.id, read_uses(&offer, currency)?).is_some() {
            return Err(wrong("offers", format!("names {name} twice")));
        }
        offers.push((name, Offer::new(parts)));
    }
    Ok(Case {
        id: fields.must("id")?.to_owned(),
        quirk: fields.text("quirk")?.map(str::to_owned),
        sub_minor: fields.text("precision")? == Some("sub-minor"),
        vouchers: read_vouchers(&fields, &uses)?,
        basket: read_basket(&fields, &products)?,
        products,
        ranges,
        offers,
        uses,
        shopper: Shopper { signed_in: fields.text("user")? == Some("signed-in"), ..Shopper::default() },
        base: read_base(&fields, currency)?,
        now: fields.moment("now")?.or_else(|| Moment::parse_rfc3339(NOW)).unwrap_or_default(),
        shipping: fields.find("shipping").map(|shipping| read_shipping(shipping, currency)).transpose()?,
        expect: fields.find("expect").cloned(),
    })
}

fn read_products(case: &Fields<'_>, currency: Currency) -> Read<BTreeMap<String, CaseProduct>> {
    let mut all = BTreeMap::new();
    for (name, product) in case.entries("products")? {
        all.insert(name, Fields::of(product, name, PRODUCT)?);
    }
    let mut read = BTreeMap::new();
    for (name, product) in &all {
        let parent = product.text("parent")?;
        // A child has no class and no categories of its own.
        let family = match parent {
            Some(parent) => all.iter().find(|(known, _)| known.as_str() == parent).map(|(_, family)| family),
            None => Some(product),
        };
        let family = family.ok_or_else(|| wrong(name, "has a parent that is no product of the case"))?;
        let ranged = RangedProduct {
            product: product_id(name),
            parent: parent.map(product_id),
            class: family.text("class")?.map(class_id),
            categories: family.texts("categories")?.into_iter().flat_map(with_those_above).collect(),
        };
        read.insert(
            (*name).clone(),
            CaseProduct {
                ranged,
                price: product.money("price", currency)?,
                discountable: product.flag("discountable", true)?,
                requires_shipping: product.flag("requires_shipping", true)?,
                weight: product.decimal("weight")?,
            },
        );
    }
    Ok(read)
}

fn read_ranges(case: &Fields<'_>) -> Read<BTreeMap<String, Arc<Range>>> {
    let mut read = BTreeMap::new();
    for (name, range) in case.entries("ranges")? {
        let range = Fields::of(range, name, RANGE)?;
        let lists = RangeLists {
            all: range.flag("all", false)?,
            products: range.texts("products")?.into_iter().map(product_id).collect(),
            classes: range.texts("classes")?.into_iter().map(class_id).collect(),
            categories: range.texts("categories")?.into_iter().map(category_id).collect(),
            excluded_products: range.texts("excluded_products")?.into_iter().map(product_id).collect(),
            excluded_categories: range.texts("excluded_categories")?.into_iter().map(category_id).collect(),
        };
        let made = Range::new(RangeId::new(derived_uuid("range", name)), lists);
        read.insert(name.clone(), Arc::new(made.map_err(|error| wrong(name, error.to_string()))?));
    }
    Ok(read)
}

fn read_offer(
    offer: &Fields<'_>,
    ranges: &BTreeMap<String, Arc<Range>>,
    currency: Currency,
) -> Read<(String, OfferParts)> {
    let name = offer.must("id")?;
    let part = |key: &str, known: &[&str]| match offer.find(key) {
        Some(value) => Fields::of(value, name, known),
        None => Err(wrong(name, format!("has no {key}"))),
    };
    let range = |part: &Fields<'_>| match part.text("range")? {
        Some(range) => ranges
            .get(range)
            .cloned()
            .map(Some)
            .ok_or_else(|| wrong(name, format!("names the range {range}, of which the case knows nothing"))),
        None => Ok(None),
    };
    let condition = part("condition", &["type", "range", "value"])?;
    let benefit = part("benefit", &["type", "range", "value", "max_affected_items"])?;
    let parts = OfferParts {
        id: offer_id(name),
        name: Texts::default(),
        kind: match offer.text("type")? {
            None | Some("Site") => OfferKind::Site,
            Some("Voucher") => OfferKind::Voucher,
            Some(other) => return Err(wrong(name, format!("has the type {other}; Site and Voucher are known"))),
        },
        currency: Some(currency),
        condition: ConditionParts {
            kind: condition_kind(condition.must("type")?)?,
            range: range(&condition)?,
            value: condition.decimal("value")?.unwrap_or(Decimal::ZERO),
        },
        benefit: BenefitParts {
            kind: benefit_kind(benefit.must("type")?)?,
            range: range(&benefit)?,
            value: benefit.decimal("value")?,
            max_affected_items: benefit.count("max_affected_items")?,
        },
        priority: offer.whole("priority")?.unwrap_or(0),
        exclusive: offer.flag("exclusive", true)?,
        combines_with: offer.texts("combines_with")?.into_iter().map(offer_id).collect(),
        limits: LimitsParts {
            per_basket: offer.count("max_basket_applications")?,
            per_shopper: offer.count("max_user_applications")?,
            global: offer.count("max_global_applications")?,
            max_discount: offer.decimal("max_discount")?,
        },
        start: offer.moment("start")?,
        end: offer.moment("end")?,
        suspended: offer.text("status")? == Some("Suspended"),
        actions: Vec::new(),
    };
    Ok((name.to_owned(), parts))
}

fn read_uses(offer: &Fields<'_>, currency: Currency) -> Read<OfferUses> {
    Ok(OfferUses {
        applications: offer.count("num_applications")?.unwrap_or(0),
        by_shopper: offer.count("user_applications")?.unwrap_or(0),
        discount_minor: offer.money("total_discount", currency)?.map_or(0, Money::minor),
    })
}

fn condition_kind(name: &str) -> Read<ConditionKind> {
    match name {
        "count" => Ok(ConditionKind::Count),
        "value" => Ok(ConditionKind::Value),
        "coverage" => Ok(ConditionKind::Coverage),
        _ => Err(wrong(name, "is no condition; count, value and coverage are")),
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
        _ => Err(wrong(
            name,
            "is no benefit; percentage, absolute, fixed_unit, multibuy, fixed_price, shipping_percentage, \
             shipping_absolute and shipping_fixed_price are",
        )),
    }
}

fn read_vouchers(case: &Fields<'_>, offers: &HashMap<OfferId, OfferUses>) -> Read<Vec<VoucherHeld>> {
    let mut held = Vec::new();
    for voucher in case.list("vouchers")?.iter().rev() {
        let voucher = Fields::of(voucher, "vouchers", VOUCHER)?;
        let code = voucher.must("code")?;
        let opened: Vec<OfferId> = voucher.texts("offers")?.into_iter().map(offer_id).collect();
        if opened.iter().any(|offer| !offers.contains_key(offer)) {
            return Err(wrong(code, "opens an offer of which the case knows nothing"));
        }
        let parts = VoucherParts {
            code: VoucherCode::parse(code).map_err(|error| wrong(code, error.to_string()))?,
            usage: match voucher.text("usage")?.unwrap_or("Multi-use") {
                "Single use" => VoucherUsage::Single,
                "Multi-use" => VoucherUsage::Multi,
                "Once per customer" => VoucherUsage::OncePerCustomer,
                usage => {
                    let known = "Single use, Multi-use and Once per customer are known";
                    return Err(wrong(code, format!("has the usage {usage}; {known}")));
                }
            },
            offers: opened,
            start: voucher.moment("start")?,
            end: voucher.moment("end")?,
        };
        let by_shopper = voucher.count("times_used_by_this_user")?.unwrap_or(0);
        let by_others = voucher.count("times_used_by_others")?.unwrap_or(0);
        if voucher.flag("in_basket", true)? {
            held.push(VoucherHeld {
                voucher: Voucher::new(parts).map_err(|error| wrong(code, error.to_string()))?,
                uses: VoucherUses { total: by_shopper.saturating_add(by_others), by_shopper },
            });
        }
    }
    Ok(held)
}

/// Lines of products that the case knows and that have a price.
fn read_basket(case: &Fields<'_>, products: &BTreeMap<String, CaseProduct>) -> Read<Vec<CaseLine>> {
    let line = |line: &Value| {
        let line = Fields::of(line, "basket", &["product", "qty"])?;
        let name = line.must("product")?;
        let product = products.get(name).ok_or_else(|| wrong(name, "is in the basket and no product of the case"))?;
        let price = product.price.ok_or_else(|| wrong(name, "is in the basket and has no price"))?;
        let quantity = line.count("qty")?.ok_or_else(|| wrong(name, "has no qty"))?;
        let quantity = Quantity::new(quantity).map_err(|error| wrong(name, error.to_string()))?;
        Ok(CaseLine { name: name.to_owned(), product: product.clone(), price, quantity })
    };
    case.list("basket")?.iter().map(line).collect()
}

/// Oscar's setting says which base a discount is taken off: the one that a market shows.
fn read_base(case: &Fields<'_>, currency: Currency) -> Read<PriceBase> {
    let shown = if case.flag("offers_incl_tax", false)? { TaxDisplay::Including } else { TaxDisplay::Excluding };
    let rate = match case.find("tax") {
        None => Decimal::ZERO,
        Some(tax) => {
            let tax = Fields::of(tax, "tax", &["mode", "rate"])?;
            match tax.must("mode")? {
                "rate" => tax.decimal("rate")?.ok_or_else(|| wrong("tax.rate", "is missing"))?,
                "none" | "unknown" => Decimal::ZERO,
                mode => return Err(wrong("tax.mode", format!("is {mode}; none, unknown and rate are known"))),
            }
        }
    };
    let rate = rate.scaled(4).ok().and_then(|points| u32::try_from(points).ok()).and_then(BasisPoints::new);
    let rate = rate.ok_or_else(|| wrong("tax.rate", "is no rate such as 0.20"))?;
    Ok(PriceBase { currency, entered: TaxDisplay::Excluding, shown, rate })
}

fn read_shipping(value: &Value, currency: Currency) -> Read<CaseShipping> {
    let shipping = Fields::of(value, "shipping", SHIPPING)?;
    let name = shipping.must("method")?;
    let zero = Money::zero(currency);
    let amount = |key| Ok(shipping.money(key, currency)?.unwrap_or(zero));
    let per_order = match name {
        "fixed" => "excl_tax",
        "free" | "order_and_item" | "weight" => "per_order",
        _ => {
            return Err(wrong(
                "shipping.method",
                format!("is {name}; fixed, free, order_and_item and weight are known"),
            ));
        }
    };
    let bands = shipping.list("bands")?.iter().map(|band| {
        let band = Fields::of(band, "bands", &["up_to", "charge"])?;
        let up_to_kg = band.decimal("up_to")?.unwrap_or(Decimal::ZERO);
        Ok(WeightBand { up_to_kg, charge: band.money("charge", currency)?.unwrap_or(zero) })
    });
    let charge = Charge {
        per_item: amount("per_item")?,
        bands: bands.collect::<Read<Vec<_>>>()?,
        free_from: shipping.money("free_threshold", currency)?,
        ..Charge::flat(amount(per_order)?)
    };
    // The charge has its own rate: what it is with tax over what it is without.
    let (net, gross) = (amount("excl_tax")?.minor(), shipping.money("incl_tax", currency)?.map(Money::minor));
    let points = gross.map_or(Some(0), |gross| gross.checked_sub(net)?.checked_mul(10_000)?.checked_div(net.max(1)));
    let rate = points.and_then(|points| u32::try_from(points).ok()).and_then(BasisPoints::new);
    let rate = rate.ok_or_else(|| wrong("shipping.incl_tax", "is no charge with tax"))?;
    let shown = if gross.is_some() { TaxDisplay::Including } else { TaxDisplay::Excluding };
    let base = PriceBase { currency, entered: TaxDisplay::Excluding, shown, rate };
    let method = DeliveryMethod::new(name, vec![charge], (1, 1));
    Ok(CaseShipping { method, base })
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
