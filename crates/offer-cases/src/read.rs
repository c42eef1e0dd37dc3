//! Reads cases of the format `tradewind-offers/1` into the values of the domain.

use crate::fields::{Fields, Read, wrong};
use crate::rules::{FileOffer, FileRange, FileUses, FileVoucher, Names};
use commerce::address::Country;
use commerce::basket::Quantity;
use commerce::calendar::Calendar;
use commerce::decimal::Decimal;
use commerce::delivery::{Charge, DeliveryMethod, WeightBand};
use commerce::ids::{CategoryId, OfferId, ProductClassId, ProductId, RangeId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::market::TaxDisplay;
use commerce::moment::Moment;
use commerce::money::{BasisPoints, Currency, Money};
use commerce::offer::{InvalidOffer, Offer, OfferUses, Shopper, VoucherHeld};
use commerce::range::{Range, RangeLists, RangedProduct};
use commerce::tax::policy::TaxPolicy;
use commerce::tax::sale::{SaleTax, SaleTerms};
use commerce::voucher::{Voucher, VoucherParts};
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
    /// How the charge is shown and taxed.
    pub sale: SaleTax,
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
    /// How prices are shown and taxed.
    pub sale: SaleTax,
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
const SHIPPING: &[&str] = &["method", "excl_tax", "incl_tax", "per_order", "per_item", "free_threshold", "bands"];

fn read_case(case: &Value, currency: Currency) -> Read<Case> {
    let fields = Fields::of(case, "the case", CASE)?;
    let ranges = read_ranges(&fields)?;
    let products = read_products(&fields, currency)?;
    let mut offers: Vec<(String, Result<Offer, InvalidOffer>)> = Vec::new();
    let mut uses = HashMap::new();
    for value in fields.list("offers")? {
        let offer = FileOffer::read(value, "offers", &Calendar::utc())?;
        let (id, own) = (offer_id(&offer.id), offer.currency.or(Some(currency)));
        if uses.insert(id, read_uses(&offer, currency)?).is_some() {
            return Err(wrong("offers", format!("names {} twice", offer.id)));
        }
        let parts = offer.parts((id, Texts::default()), own, Language::ENGLISH, &CaseNames(&ranges))?;
        offers.push((offer.id, Offer::new(parts)));
    }
    refuse_contradictions(&mut offers);
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
        sale: read_sale(&fields, currency)?,
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
    fn ids<T>(names: &[String], id: fn(&str) -> T) -> Vec<T> {
        names.iter().map(|name| id(name)).collect()
    }
    let mut read = BTreeMap::new();
    for (name, range) in case.entries("ranges")? {
        let range = FileRange::read(name, range)?;
        let lists = RangeLists {
            all: range.all,
            products: ids(&range.products, product_id),
            classes: ids(&range.classes, class_id),
            categories: ids(&range.categories, category_id),
            excluded_products: ids(&range.excluded_products, product_id),
            excluded_categories: ids(&range.excluded_categories, category_id),
        };
        let made = Range::new(RangeId::new(derived_uuid("range", name)), lists);
        read.insert(name.clone(), Arc::new(made.map_err(|error| wrong(name, error.to_string()))?));
    }
    Ok(read)
}

/// A case knows its ranges; offers that it names need not be in it.
struct CaseNames<'a>(&'a BTreeMap<String, Arc<Range>>);

impl Names for CaseNames<'_> {
    fn offer(&self, name: &str) -> Result<OfferId, String> {
        Ok(offer_id(name))
    }

    fn range(&self, name: &str) -> Result<Arc<Range>, String> {
        self.0.get(name).cloned().ok_or_else(|| format!("names the range {name}, of which the case knows nothing"))
    }
}

/// Refuses each offer that names an exclusive one as its partner.
fn refuse_contradictions(offers: &mut [(String, Result<Offer, InvalidOffer>)]) {
    let made = offers.iter().filter_map(|(_, offer)| offer.as_ref().ok());
    let exclusive: HashMap<OfferId, Offer> =
        made.filter(|offer| offer.is_exclusive()).map(|offer| (offer.id(), offer.clone())).collect();
    for (_, offer) in offers {
        let named = offer.iter().flat_map(Offer::combines_with).filter_map(|partner| exclusive.get(partner));
        let contradiction =
            named.filter_map(|partner| offer.as_ref().ok()?.check_beside(&partner.partner_names()).err()).next();
        if let Some(error) = contradiction {
            *offer = Err(error);
        }
    }
}

fn read_uses(offer: &FileOffer, currency: Currency) -> Read<OfferUses> {
    let Some(uses) = offer.uses else { return Ok(OfferUses::default()) };
    let discount = Money::from_decimal(uses.discount, currency);
    let discount = discount.map_err(|error| wrong(&format!("{}.total_discount", offer.id), error.to_string()))?;
    let FileUses { applications, by_shopper, .. } = uses;
    Ok(OfferUses { applications, by_shopper, discount_minor: discount.minor() })
}

fn read_vouchers(case: &Fields<'_>, offers: &HashMap<OfferId, OfferUses>) -> Read<Vec<VoucherHeld>> {
    let mut held = Vec::new();
    for voucher in case.list("vouchers")?.iter().rev() {
        let FileVoucher { code, offers: opened, usage, start, end, uses, in_basket, .. } =
            FileVoucher::read(voucher, "vouchers", &Calendar::utc())?;
        let opened: Vec<OfferId> = opened.iter().map(|name| offer_id(name)).collect();
        if opened.iter().any(|offer| !offers.contains_key(offer)) {
            return Err(wrong(code.as_str(), "opens an offer of which the case knows nothing"));
        }
        if in_basket.unwrap_or(true) {
            let voucher = Voucher::new(VoucherParts { code: code.clone(), usage, offers: opened, start, end });
            held.push(VoucherHeld {
                voucher: voucher.map_err(|error| wrong(code.as_str(), error.to_string()))?,
                uses: uses.unwrap_or_default(),
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
fn read_sale(case: &Fields<'_>, currency: Currency) -> Read<SaleTax> {
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
    sale_at(rate, currency, shown)
}

/// A sale at one rate. The day and the place of a case play no part.
fn sale_at(rate: BasisPoints, currency: Currency, shown: TaxDisplay) -> Read<SaleTax> {
    let home = Country::parse("GB").map_err(|error| wrong("tax", error.to_string()))?;
    let terms = SaleTerms { currency, entered: TaxDisplay::Excluding, shown, day: jiff::civil::Date::MIN };
    Ok(Arc::new(TaxPolicy::flat(rate.into(), home)).usual_sale(terms, home))
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
    let sale = sale_at(rate, currency, shown)?;
    let method = DeliveryMethod::new(name, vec![charge], (1, 1));
    Ok(CaseShipping { method, sale })
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
