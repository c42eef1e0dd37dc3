//! An offer's rule as the document of its row. Kinds are named as files name them; amounts and percentages are decimal
//! text. What lists of offers show (kind, status, priority, dates, ranges) stands in columns of its own.

use crate::codec::{Place, texts_column, to_json};
use crate::error::DbError;
use commerce::decimal::Decimal;
use commerce::ids::{CustomerGroupId, OfferId};
use commerce::language::Texts;
use commerce::money::{BasisPoints, Currency};
use commerce::offer::{
    Benefit, BenefitKind, BenefitParts, ConditionKind, ConditionParts, Limits, LimitsParts, Need, Offer, OfferKind,
    OfferParts, OrderAction, PartnerNames, ShippingBenefit,
};
use commerce::range::Range;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Number of the document's form.
const RULE_FORMAT: u32 = 1;

/// The document.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredRule {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    currency: Option<String>,
    condition: StoredCondition,
    benefit: StoredBenefit,
    #[serde(default)]
    exclusive: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    combines_with: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    groups: Vec<String>,
    #[serde(default)]
    limits: StoredLimits,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    actions: Vec<StoredAction>,
}

#[derive(Serialize, Deserialize)]
struct StoredCondition {
    kind: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct StoredBenefit {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    max_affected_items: Option<u32>,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredLimits {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    per_basket: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    per_shopper: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    global: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    max_discount: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredAction {
    code: String,
    text: String,
}

/// What stands in columns beside the document.
pub(crate) struct Columns {
    pub(crate) id: OfferId,
    pub(crate) name: Texts,
    pub(crate) kind: String,
    pub(crate) suspended: bool,
    pub(crate) priority: i32,
    pub(crate) start: Option<commerce::moment::Moment>,
    pub(crate) end: Option<commerce::moment::Moment>,
    pub(crate) condition_range: Arc<Range>,
    pub(crate) benefit_range: Option<Arc<Range>>,
}

const CONDITIONS: [(ConditionKind, &str); 3] =
    [(ConditionKind::Count, "count"), (ConditionKind::Value, "value"), (ConditionKind::Coverage, "coverage")];

const BENEFITS: [(BenefitKind, &str); 9] = [
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

fn name_of<K: PartialEq>(names: &[(K, &'static str)], kind: &K) -> &'static str {
    names.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| name)
}

fn of_name<K: Copy>(names: &[(K, &'static str)], name: &str) -> Option<K> {
    names.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}

/// The short name of an offer's kind.
pub(crate) fn kind_name(kind: &OfferKind) -> &'static str {
    match kind {
        OfferKind::Link => "link",
        OfferKind::Voucher => "voucher",
        OfferKind::Group(_) => "group",
        OfferKind::Site => "site",
    }
}

/// The document of an offer.
pub(crate) fn rule_column(offer: &Offer) -> String {
    let groups: &[CustomerGroupId] = if let OfferKind::Group(groups) = offer.kind() { groups } else { &[] };
    let action = |action: &OrderAction| StoredAction { code: action.code.clone(), text: texts_column(&action.text) };
    to_json(&StoredRule {
        format: RULE_FORMAT,
        currency: offer.currency().map(|currency| currency.to_string()),
        condition: condition(offer.condition().need()),
        benefit: benefit(offer.benefit()),
        exclusive: offer.is_exclusive(),
        combines_with: offer.combines_with().iter().map(ToString::to_string).collect(),
        groups: groups.iter().map(ToString::to_string).collect(),
        limits: limits(offer.limits()),
        actions: offer.actions().iter().map(action).collect(),
    })
}

fn condition(need: Need) -> StoredCondition {
    let (kind, value) = match need {
        Need::Units(units) => (ConditionKind::Count, units.to_string()),
        Need::Products(products) => (ConditionKind::Coverage, products.to_string()),
        Need::Amount(amount) => (ConditionKind::Value, amount.to_decimal_string()),
    };
    StoredCondition { kind: name_of(&CONDITIONS, &kind).to_owned(), value }
}

fn benefit(benefit: &Benefit) -> StoredBenefit {
    let percent = |points: BasisPoints| Decimal::new(i64::from(points.get()), 2).map(|percent| percent.to_string());
    let (kind, value, units_max) = match benefit {
        Benefit::Percentage { percent: points, units_max, .. } => {
            (BenefitKind::Percentage, percent(*points), *units_max)
        }
        Benefit::Absolute { amount, units_max, .. } => {
            (BenefitKind::Absolute, Some(amount.to_decimal_string()), *units_max)
        }
        Benefit::FixedUnit { amount, units_max, .. } => {
            (BenefitKind::FixedUnit, Some(amount.to_decimal_string()), *units_max)
        }
        Benefit::Multibuy { .. } => (BenefitKind::Multibuy, None, None),
        Benefit::FixedPrice { price } => (BenefitKind::FixedPrice, Some(price.to_decimal_string()), None),
        Benefit::Shipping(ShippingBenefit::Percentage(points)) => {
            (BenefitKind::ShippingPercentage, percent(*points), None)
        }
        Benefit::Shipping(ShippingBenefit::Absolute(amount)) => {
            (BenefitKind::ShippingAbsolute, Some(amount.to_decimal_string()), None)
        }
        Benefit::Shipping(ShippingBenefit::FixedPrice(price)) => {
            (BenefitKind::ShippingFixedPrice, Some(price.to_decimal_string()), None)
        }
        Benefit::AfterOrder => (BenefitKind::AfterOrder, None, None),
    };
    let max_affected_items = units_max.map(NonZeroU32::get);
    StoredBenefit { kind: name_of(&BENEFITS, &kind).to_owned(), value, max_affected_items }
}

fn limits(limits: &Limits) -> StoredLimits {
    StoredLimits {
        per_basket: limits.per_basket.map(NonZeroU32::get),
        per_shopper: limits.per_shopper.map(NonZeroU32::get),
        global: limits.global.map(NonZeroU32::get),
        max_discount: limits.max_discount.map(commerce::money::Money::to_decimal_string),
    }
}

impl StoredRule {
    /// Reads a document of a form that this release knows.
    pub(crate) fn read(place: Place<'_>, raw: &str) -> Result<Self, DbError> {
        let rule: Self = place.json(raw)?;
        if rule.format != RULE_FORMAT {
            return Err(place.damaged(format!("its rule has format {}", rule.format)));
        }
        Ok(rule)
    }

    /// With whom the offer of this row says that it shares lines.
    pub(crate) fn partner_names(&self, place: Place<'_>) -> Result<PartnerNames, DbError> {
        let ids = self.combines_with.iter().map(|id| place.id(OfferId::parse, id));
        let combines_with = ids.collect::<Result<_, _>>()?;
        Ok(PartnerNames { offer: place.id(OfferId::parse, place.key)?, exclusive: self.exclusive, combines_with })
    }

    /// The offer that document and columns make together.
    pub(crate) fn into_offer(self, place: Place<'_>, columns: Columns) -> Result<Offer, DbError> {
        let currency = self.currency.as_deref().map(Currency::parse).transpose();
        let kind = self.condition.kind;
        let condition = ConditionParts {
            kind: of_name(&CONDITIONS, &kind).ok_or_else(|| place.damaged(format!("condition {kind}")))?,
            range: Some(columns.condition_range),
            value: Decimal::parse(&self.condition.value).map_err(|error| place.damaged(error))?,
        };
        let kind = self.benefit.kind;
        let benefit = BenefitParts {
            kind: of_name(&BENEFITS, &kind).ok_or_else(|| place.damaged(format!("benefit {kind}")))?,
            range: columns.benefit_range,
            value: place.decimal(self.benefit.value.as_deref())?,
            max_affected_items: self.benefit.max_affected_items,
        };
        let ids = |raw: &[String]| raw.iter().map(|id| place.id(OfferId::parse, id)).collect::<Result<Vec<_>, _>>();
        let groups = self.groups.iter().map(|id| place.id(CustomerGroupId::parse, id));
        let kind = match columns.kind.as_str() {
            "link" => OfferKind::Link,
            "voucher" => OfferKind::Voucher,
            "group" => OfferKind::Group(groups.collect::<Result<_, _>>()?),
            "site" => OfferKind::Site,
            other => return Err(place.damaged(format!("kind {other}"))),
        };
        let action = |action: StoredAction| -> Result<OrderAction, DbError> {
            Ok(OrderAction { text: place.texts(&action.text)?, code: action.code })
        };
        let parts = OfferParts {
            id: columns.id,
            name: columns.name,
            kind,
            currency: currency.map_err(|error| place.damaged(error))?,
            condition,
            benefit,
            priority: columns.priority,
            exclusive: self.exclusive,
            combines_with: ids(&self.combines_with)?,
            limits: LimitsParts {
                per_basket: self.limits.per_basket,
                per_shopper: self.limits.per_shopper,
                global: self.limits.global,
                max_discount: place.decimal(self.limits.max_discount.as_deref())?,
            },
            start: columns.start,
            end: columns.end,
            suspended: columns.suspended,
            actions: self.actions.into_iter().map(action).collect::<Result<_, _>>()?,
        };
        Offer::new(parts).map_err(|error| place.damaged(error))
    }
}
