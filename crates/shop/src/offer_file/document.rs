//! Rules of the store as a file holds them, and which fields of two of them differ.

use super::known::Known;
use commerce::decimal::Decimal;
use commerce::ids::ProductId;
use commerce::language::Texts;
use commerce::money::{BasisPoints, Money};
use commerce::offer::{
    Benefit, BenefitKind, ConditionKind, Limits, LimitsParts, Need, Offer, OrderAction, ShippingBenefit,
};
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::StoredVoucher;
use offer_cases::{FileAction, FileBenefit, FileCondition, FileOffer, FileRange, FileVoucher, Words};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// What is needed to call things by their names.
pub(super) struct Documents<'k> {
    pub(super) known: &'k Known,
    pub(super) slugs: &'k BTreeMap<ProductId, String>,
}

/// A document without what goes without saying.
pub(super) trait Shortened {
    /// Leaves out the name where it is what the document is called.
    fn shortened(self, known: &Known) -> Self;
}

fn shorten(id: &str, name: &mut Option<Words>, known: &Known) {
    let plain = Words::ByLanguage(Texts::single(known.language(), id));
    if *name == Some(plain) {
        *name = None;
    }
}

impl Shortened for FileRange {
    fn shortened(mut self, known: &Known) -> Self {
        shorten(&self.id, &mut self.name, known);
        self
    }
}

impl Shortened for FileOffer {
    fn shortened(mut self, known: &Known) -> Self {
        shorten(&self.id, &mut self.name, known);
        self
    }
}

/// Texts in all their languages; nothing where there are none.
fn words(texts: &Texts) -> Option<Words> {
    (!texts.is_empty()).then(|| Words::ByLanguage(texts.clone()))
}

impl Documents<'_> {
    /// A range.
    pub(super) fn range(&self, range: &StoredRange) -> FileRange {
        let lists = &range.lists;
        let products = |ids: &[ProductId]| {
            let name = |id: &ProductId| self.slugs.get(id).cloned().unwrap_or_else(|| id.to_string());
            ids.iter().map(name).collect()
        };
        let categories = |ids: &[commerce::ids::CategoryId]| {
            ids.iter().map(|id| self.known.category_path(*id).unwrap_or_else(|| id.to_string())).collect()
        };
        let class = |id: &commerce::ids::ProductClassId| {
            self.known.class_code(*id).map_or_else(|| id.to_string(), str::to_owned)
        };
        FileRange {
            id: self.known.range_labels.label(range.id),
            name: words(&range.name),
            description: words(&range.description),
            is_public: Some(range.is_public),
            all: lists.all,
            products: products(&lists.products),
            classes: lists.classes.iter().map(class).collect(),
            categories: categories(&lists.categories),
            excluded_products: products(&lists.excluded_products),
            excluded_categories: categories(&lists.excluded_categories),
        }
    }

    /// An offer.
    pub(super) fn offer(&self, stored: &StoredOffer) -> FileOffer {
        let offer = &stored.offer;
        let labels = &self.known.offer_labels;
        let action = |action: &OrderAction| FileAction {
            code: action.code.clone(),
            text: Words::ByLanguage(action.text.clone()),
        };
        FileOffer {
            id: labels.label(offer.id()),
            name: words(offer.name()),
            description: words(&stored.description),
            kind: offer.kind().clone(),
            currency: offer.currency(),
            condition: self.condition(offer),
            benefit: self.benefit(offer),
            priority: offer.priority(),
            exclusive: offer.is_exclusive(),
            combines_with: offer.combines_with().iter().map(|id| labels.label(*id)).collect(),
            limits: limits(offer.limits()),
            start: offer.start(),
            end: offer.end(),
            suspended: Some(offer.is_suspended()),
            actions: offer.actions().iter().map(action).collect(),
            uses: None,
        }
    }

    fn condition(&self, offer: &Offer) -> FileCondition {
        let condition = offer.condition();
        let count = |count: NonZeroU32| Decimal::new(i64::from(count.get()), 0).unwrap_or(Decimal::ZERO);
        let (kind, value) = match condition.need() {
            Need::Units(units) => (ConditionKind::Count, count(units)),
            Need::Products(products) => (ConditionKind::Coverage, count(products)),
            Need::Amount(money) => (ConditionKind::Value, amount(money).unwrap_or(Decimal::ZERO)),
        };
        FileCondition { kind, range: Some(self.known.range_labels.label(condition.range().id())), value }
    }

    fn benefit(&self, offer: &Offer) -> FileBenefit {
        let percent = |points: &BasisPoints| Decimal::new(i64::from(points.get()), 2);
        let (kind, value, units_max) = match offer.benefit() {
            Benefit::Percentage { percent: points, units_max, .. } => {
                (BenefitKind::Percentage, percent(points), *units_max)
            }
            Benefit::Absolute { amount: off, units_max, .. } => (BenefitKind::Absolute, amount(*off), *units_max),
            Benefit::FixedUnit { amount: off, units_max, .. } => (BenefitKind::FixedUnit, amount(*off), *units_max),
            Benefit::Multibuy { .. } => (BenefitKind::Multibuy, None, None),
            Benefit::FixedPrice { price } => (BenefitKind::FixedPrice, amount(*price), None),
            Benefit::Shipping(ShippingBenefit::Percentage(points)) => {
                (BenefitKind::ShippingPercentage, percent(points), None)
            }
            Benefit::Shipping(ShippingBenefit::Absolute(off)) => (BenefitKind::ShippingAbsolute, amount(*off), None),
            Benefit::Shipping(ShippingBenefit::FixedPrice(price)) => {
                (BenefitKind::ShippingFixedPrice, amount(*price), None)
            }
            Benefit::AfterOrder => (BenefitKind::AfterOrder, None, None),
        };
        let range = offer.benefit().range().map(|range| self.known.range_labels.label(range.id()));
        FileBenefit { kind, range, value, max_affected_items: units_max.map(NonZeroU32::get) }
    }

    /// A voucher.
    pub(super) fn voucher(&self, stored: &StoredVoucher) -> FileVoucher {
        let voucher = &stored.voucher;
        FileVoucher {
            code: voucher.code().clone(),
            name: Some(stored.name.clone()),
            offers: voucher.offers().iter().map(|id| self.known.offer_labels.label(*id)).collect(),
            usage: voucher.usage(),
            start: voucher.start(),
            end: voucher.end(),
            uses: None,
            in_basket: None,
        }
    }
}

fn amount(money: Money) -> Option<Decimal> {
    Decimal::new(money.minor(), money.currency().digits())
}

fn limits(limits: &Limits) -> LimitsParts {
    LimitsParts {
        per_basket: limits.per_basket.map(NonZeroU32::get),
        per_shopper: limits.per_shopper.map(NonZeroU32::get),
        global: limits.global.map(NonZeroU32::get),
        max_discount: limits.max_discount.and_then(amount),
    }
}

/// The fields in which two documents differ, those of their parts as `benefit.value`.
pub(super) fn differing_fields(before: &Value, after: &Value) -> Vec<String> {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return Vec::new() };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut fields = Vec::new();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (old, new) if old == new => {}
            (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                fields.extend(differing_fields(old, new).into_iter().map(|field| format!("{key}.{field}")));
            }
            _ => fields.push(key.clone()),
        }
    }
    fields
}
