//! Offers, ranges and vouchers as files hold them: by names, the same for sample baskets and for a store.

use crate::fields::{Fields, Read, wrong};
use crate::read::{FORMAT, ReadError};
use crate::words::Words;
use commerce::calendar::Calendar;
use commerce::decimal::Decimal;
use commerce::ids::{CustomerGroupId, OfferId};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, OFFERS_MAX, OfferKind, OfferParts,
    OrderAction,
};
use commerce::range::Range;
use commerce::voucher::{VoucherCode, VoucherUsage, VoucherUses};
use serde_json::Value;
use std::sync::Arc;

/// Most ranges of a file: each offer may have two of its own.
pub const FILE_RANGES_MAX: usize = 2 * OFFERS_MAX;
/// Most vouchers of a file.
pub const FILE_VOUCHERS_MAX: usize = 100_000;

/// A range: products by their names, classes by their codes, categories by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRange {
    /// What the file calls it.
    pub id: String,
    /// What people read; the file's own name for it where there is none.
    pub name: Option<Words>,
    /// HTML; as it was where there is none.
    pub description: Option<Words>,
    /// Whether shoppers may look at its products; as it was where there is none.
    pub is_public: Option<bool>,
    /// Every product, but for what is excluded.
    pub all: bool,
    /// Products.
    pub products: Vec<String>,
    /// Codes of product classes.
    pub classes: Vec<String>,
    /// Paths of categories: `drinks/tea`.
    pub categories: Vec<String>,
    /// Products that are never in it.
    pub excluded_products: Vec<String>,
    /// Categories whose products are never in it.
    pub excluded_categories: Vec<String>,
}

/// An offer, with its ranges and partners by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOffer {
    /// What the file calls it.
    pub id: String,
    /// What shoppers read; the file's own name for it where there is none.
    pub name: Option<Words>,
    /// HTML; as it was where there is none.
    pub description: Option<Words>,
    /// To whom it is open.
    pub kind: OfferKind,
    /// The currency of its amounts, where it says one itself.
    pub currency: Option<Currency>,
    /// What a basket must hold.
    pub condition: FileCondition,
    /// What is taken off.
    pub benefit: FileBenefit,
    /// Higher ones apply first.
    pub priority: i32,
    /// Whether it shares no unit with another offer.
    pub exclusive: bool,
    /// The only offers that it shares a line with.
    pub combines_with: Vec<String>,
    /// How often it may be used.
    pub limits: LimitsParts,
    /// First moment, inclusive.
    pub start: Option<Moment>,
    /// Last moment, inclusive.
    pub end: Option<Moment>,
    /// Whether it rests; as it was where there is none.
    pub suspended: Option<bool>,
    /// What follows an order on which it applied.
    pub actions: Vec<FileAction>,
    /// What was used before, which only sample baskets say.
    pub uses: Option<FileUses>,
}

/// What was used of an offer before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileUses {
    /// Times that it applied.
    pub applications: u32,
    /// Of these, for the shopper.
    pub by_shopper: u32,
    /// What it has cost.
    pub discount: Decimal,
}

/// What a basket must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCondition {
    /// What it counts.
    pub kind: ConditionKind,
    /// Of which goods.
    pub range: Option<String>,
    /// How much.
    pub value: Decimal,
}

/// What is taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBenefit {
    /// Its kind.
    pub kind: BenefitKind,
    /// Off which goods.
    pub range: Option<String>,
    /// How much.
    pub value: Option<Decimal>,
    /// Most units that one application takes something off.
    pub max_affected_items: Option<u32>,
}

/// What follows an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAction {
    /// What programs know it by.
    pub code: String,
    /// What people read.
    pub text: Words,
}

/// A voucher, with the offers that it opens by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVoucher {
    /// What shoppers type.
    pub code: VoucherCode,
    /// What staff know it by; as it was, or the code, where there is none.
    pub name: Option<String>,
    /// The offers that it opens.
    pub offers: Vec<String>,
    /// How often it may be used.
    pub usage: VoucherUsage,
    /// First moment, inclusive.
    pub start: Option<Moment>,
    /// Last moment, inclusive.
    pub end: Option<Moment>,
    /// What was used before, which only sample baskets say.
    pub uses: Option<VoucherUses>,
    /// Whether it stands in the basket, which only sample baskets say.
    pub in_basket: Option<bool>,
}

/// The rules of a file, as far as they can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesFile {
    /// The currency of amounts whose offer says none.
    pub currency: Option<Currency>,
    /// Ranges.
    pub ranges: Vec<FileRange>,
    /// Offers, in the order of making.
    pub offers: Vec<FileOffer>,
    /// Vouchers.
    pub vouchers: Vec<FileVoucher>,
    /// The first thing that is wrong with each of the others.
    pub errors: Vec<ReadError>,
}

/// What the names in an offer stand for.
pub trait Names {
    /// An offer, or why the name is none's.
    fn offer(&self, name: &str) -> Result<OfferId, String>;
    /// A range, or why the name is none's.
    fn range(&self, name: &str) -> Result<Arc<Range>, String>;
}

const FILE: &[&str] = &["format", "made_with", "currency", "ranges", "offers", "vouchers"];
const RANGE: &[&str] = &[
    "name",
    "description",
    "public",
    "all",
    "products",
    "excluded_products",
    "classes",
    "categories",
    "excluded_categories",
];
const OFFER: &[&str] = &[
    "id",
    "name",
    "description",
    "type",
    "groups",
    "currency",
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
    "actions",
];
const VOUCHER: &[&str] = &[
    "code",
    "name",
    "offers",
    "usage",
    "start",
    "end",
    "times_used_by_this_user",
    "times_used_by_others",
    "in_basket",
];

pub(crate) const CONDITIONS: [(ConditionKind, &str); 3] =
    [(ConditionKind::Count, "count"), (ConditionKind::Value, "value"), (ConditionKind::Coverage, "coverage")];
pub(crate) const BENEFITS: [(BenefitKind, &str); 9] = [
    (BenefitKind::Percentage, "percentage"),
    (BenefitKind::Absolute, "absolute"),
    (BenefitKind::FixedUnit, "fixed_unit"),
    (BenefitKind::Multibuy, "multibuy"),
    (BenefitKind::FixedPrice, "fixed_price"),
    (BenefitKind::ShippingPercentage, "shipping_percentage"),
    (BenefitKind::ShippingAbsolute, "shipping_absolute"),
    (BenefitKind::ShippingFixedPrice, "shipping_fixed_price"),
    (BenefitKind::AfterOrder, "after_order"),
];
/// Oscar's words. Groups are named beside the type.
pub(crate) const KINDS: [(OfferKind, &str); 4] = [
    (OfferKind::Site, "Site"),
    (OfferKind::Voucher, "Voucher"),
    (OfferKind::Group(Vec::new()), "User"),
    (OfferKind::Link, "Session"),
];
pub(crate) const USAGES: [(VoucherUsage, &str); 3] = [
    (VoucherUsage::Single, "Single use"),
    (VoucherUsage::Multi, "Multi-use"),
    (VoucherUsage::OncePerCustomer, "Once per customer"),
];
/// Whether an offer rests.
pub(crate) const STATUSES: [(bool, &str); 2] = [(false, "Open"), (true, "Suspended")];

/// Reads the rules of a file, with days as a calendar has them. Each rule that cannot be read is told, with its field.
///
/// # Errors
///
/// What is wrong with the file as a whole.
pub fn read_rules(text: &str, calendar: &Calendar) -> Read<RulesFile> {
    let file: Value = serde_json::from_str(text).map_err(|error| wrong("the file", error.to_string()))?;
    if file.get("cases").is_some() {
        return Err(wrong("cases", "are for `offers try`; here ranges, offers and vouchers stand at the top"));
    }
    let file = Fields::of(&file, "the file", FILE)?;
    if file.must("format")? != FORMAT {
        return Err(wrong("format", format!("is not {FORMAT}")));
    }
    let currency = file.currency("currency")?;
    let (ranges, offers, vouchers) = (file.entries("ranges")?, file.list("offers")?, file.list("vouchers")?);
    for (key, length, most) in [
        ("ranges", ranges.len(), FILE_RANGES_MAX),
        ("offers", offers.len(), OFFERS_MAX),
        ("vouchers", vouchers.len(), FILE_VOUCHERS_MAX),
    ] {
        if most < length {
            return Err(wrong(key, format!("has {length} entries; at most {most} are read")));
        }
    }
    let mut rules = RulesFile { currency, ..RulesFile::default() };
    let mut told = |kind: &str, error: ReadError| {
        rules.errors.push(ReadError { place: format!("{kind} {}", error.place), what: error.what });
    };
    for (name, range) in ranges {
        FileRange::read(name, range).map_or_else(|error| told("range", error), |range| rules.ranges.push(range));
    }
    for (place, offer) in (1..).zip(offers) {
        FileOffer::read(offer, &place.to_string(), calendar)
            .map_or_else(|error| told("offer", error), |offer| rules.offers.push(offer));
    }
    for (place, voucher) in (1..).zip(vouchers) {
        FileVoucher::read(voucher, &place.to_string(), calendar)
            .map_or_else(|error| told("voucher", error), |voucher| rules.vouchers.push(voucher));
    }
    Ok(rules)
}

impl FileRange {
    pub(crate) fn read(name: &str, value: &Value) -> Read<Self> {
        let fields = Fields::of(value, name, RANGE)?;
        Ok(Self {
            id: name.to_owned(),
            name: Words::read(&fields, "name")?,
            description: Words::read(&fields, "description")?,
            is_public: fields.find_flag("public")?,
            all: fields.flag("all", false)?,
            products: fields.owned_texts("products")?,
            classes: fields.owned_texts("classes")?,
            categories: fields.owned_texts("categories")?,
            excluded_products: fields.owned_texts("excluded_products")?,
            excluded_categories: fields.owned_texts("excluded_categories")?,
        })
    }
}

impl FileOffer {
    /// `place` is what it is called where it does not say so itself.
    pub(crate) fn read(value: &Value, place: &str, calendar: &Calendar) -> Read<Self> {
        let place = value["id"].as_str().unwrap_or(place);
        let fields = Fields::of(value, place, OFFER)?;
        let condition = fields.part("condition", &["type", "range", "value"])?;
        let benefit = fields.part("benefit", &["type", "range", "value", "max_affected_items"])?;
        let (start, end) = fields.span(calendar)?;
        let currency = fields.currency("currency")?;
        Ok(Self {
            id: fields.must("id")?.to_owned(),
            name: Words::read(&fields, "name")?,
            description: Words::read(&fields, "description")?,
            kind: read_kind(&fields)?,
            currency,
            condition: FileCondition {
                kind: condition.one_of("type", &CONDITIONS)?.ok_or_else(|| condition.wrong("type", "is missing"))?,
                range: condition.text("range")?.map(str::to_owned),
                value: condition.decimal("value")?.unwrap_or(Decimal::ZERO),
            },
            benefit: FileBenefit {
                kind: benefit.one_of("type", &BENEFITS)?.ok_or_else(|| benefit.wrong("type", "is missing"))?,
                range: benefit.text("range")?.map(str::to_owned),
                value: benefit.decimal("value")?,
                max_affected_items: benefit.count("max_affected_items")?,
            },
            priority: fields.whole("priority")?.unwrap_or(0),
            exclusive: fields.flag("exclusive", true)?,
            combines_with: fields.owned_texts("combines_with")?,
            limits: LimitsParts {
                per_basket: fields.count("max_basket_applications")?,
                per_shopper: fields.count("max_user_applications")?,
                global: fields.count("max_global_applications")?,
                max_discount: fields.decimal("max_discount")?,
            },
            start,
            end,
            suspended: fields.one_of("status", &STATUSES)?,
            actions: read_actions(&fields)?,
            uses: read_uses(&fields)?,
        })
    }

    /// Whether it speaks of amounts, which are of a currency.
    pub fn holds_amounts(&self) -> bool {
        use BenefitKind::{Absolute, FixedPrice, FixedUnit, ShippingAbsolute, ShippingFixedPrice};
        let benefit =
            matches!(self.benefit.kind, Absolute | FixedUnit | FixedPrice | ShippingAbsolute | ShippingFixedPrice);
        benefit || self.condition.kind == ConditionKind::Value || self.limits.max_discount.is_some()
    }

    /// The parts of the rule, with the id and the name that the offer is to have. Plain texts are of the language that
    /// is given.
    ///
    /// # Errors
    ///
    /// A name that is none's, with its field.
    pub fn parts(
        &self,
        (id, name): (OfferId, Texts),
        currency: Option<Currency>,
        language: Language,
        names: &impl Names,
    ) -> Read<OfferParts> {
        let at = |key: &str, what: String| wrong(&format!("{}.{key}", self.id), what);
        let range = |key: &str, name: &Option<String>| {
            name.as_deref().map(|name| names.range(name).map_err(|what| at(key, what))).transpose()
        };
        let partners = self.combines_with.iter().map(|name| names.offer(name));
        let action = |action: &FileAction| OrderAction {
            code: action.code.clone(),
            text: action.text.onto(&Texts::default(), language),
        };
        Ok(OfferParts {
            id,
            name,
            kind: self.kind.clone(),
            currency,
            condition: ConditionParts {
                kind: self.condition.kind,
                range: range("condition.range", &self.condition.range)?,
                value: self.condition.value,
            },
            benefit: BenefitParts {
                kind: self.benefit.kind,
                range: range("benefit.range", &self.benefit.range)?,
                value: self.benefit.value,
                max_affected_items: self.benefit.max_affected_items,
            },
            priority: self.priority,
            exclusive: self.exclusive,
            combines_with: partners.collect::<Result<_, _>>().map_err(|what| at("combines_with", what))?,
            limits: self.limits.clone(),
            start: self.start,
            end: self.end,
            suspended: self.suspended.unwrap_or(false),
            actions: self.actions.iter().map(action).collect(),
        })
    }
}

fn read_kind(fields: &Fields<'_>) -> Read<OfferKind> {
    let kind = fields.one_of("type", &KINDS)?.unwrap_or(OfferKind::Site);
    let group = |id: &str| CustomerGroupId::parse(id).map_err(|error| fields.wrong("groups", error.to_string()));
    let groups = fields.texts("groups")?.into_iter().map(group).collect::<Read<Vec<_>>>()?;
    match (kind, groups.is_empty()) {
        (OfferKind::Group(_), true) => {
            Err(fields.wrong("groups", "must name the groups that an offer of type User is for"))
        }
        (OfferKind::Group(_), false) => Ok(OfferKind::Group(groups)),
        (_, false) => Err(fields.wrong("groups", "are for offers of type User")),
        (kind, true) => Ok(kind),
    }
}

fn read_uses(fields: &Fields<'_>) -> Read<Option<FileUses>> {
    let (applications, by_shopper) = (fields.count("num_applications")?, fields.count("user_applications")?);
    let discount = fields.decimal("total_discount")?;
    let is_said = applications.is_some() || by_shopper.is_some() || discount.is_some();
    Ok(is_said.then_some(FileUses {
        applications: applications.unwrap_or(0),
        by_shopper: by_shopper.unwrap_or(0),
        discount: discount.unwrap_or(Decimal::ZERO),
    }))
}

fn read_actions(fields: &Fields<'_>) -> Read<Vec<FileAction>> {
    let place = fields.place_of("actions");
    let action = |value| {
        let action = Fields::of(value, place.as_str(), &["code", "text"])?;
        let text = Words::read(&action, "text")?.unwrap_or(Words::ByLanguage(Texts::default()));
        Ok(FileAction { code: action.must("code")?.to_owned(), text })
    };
    fields.list("actions")?.iter().map(action).collect()
}

impl FileVoucher {
    /// `place` is what it is called where it has no code.
    pub(crate) fn read(value: &Value, place: &str, calendar: &Calendar) -> Read<Self> {
        let place = value["code"].as_str().unwrap_or(place);
        let fields = Fields::of(value, place, VOUCHER)?;
        let code = VoucherCode::parse(fields.must("code")?).map_err(|error| wrong(place, error.to_string()))?;
        let (start, end) = fields.span(calendar)?;
        let (by_shopper, by_others) = (fields.count("times_used_by_this_user")?, fields.count("times_used_by_others")?);
        let total = by_shopper.unwrap_or(0).saturating_add(by_others.unwrap_or(0));
        let is_said = by_shopper.is_some() || by_others.is_some();
        Ok(Self {
            code,
            name: fields.text("name")?.map(str::to_owned),
            offers: fields.owned_texts("offers")?,
            usage: fields.one_of("usage", &USAGES)?.unwrap_or(VoucherUsage::Multi),
            start,
            end,
            uses: is_said.then_some(VoucherUses { total, by_shopper: by_shopper.unwrap_or(0) }),
            in_basket: fields.find_flag("in_basket")?,
        })
    }
}
