//! Rules as JSON: what is read back is what was written.

use crate::read::FORMAT;
use crate::rules::{
    BENEFITS, CONDITIONS, FileAction, FileOffer, FileRange, FileVoucher, KINDS, RulesFile, STATUSES, USAGES,
};
use crate::words::Words;
use commerce::calendar::Calendar;
use commerce::offer::OfferKind;
use serde_json::{Map, Value, json};

impl RulesFile {
    /// The file, with days as a calendar has them.
    pub fn to_json(&self, calendar: &Calendar) -> Value {
        let mut file = Object::default();
        file.put("format", FORMAT);
        file.put_some("currency", self.currency.map(|currency| currency.to_string()));
        let ranges = self.ranges.iter().map(|range| (range.id.clone(), range.to_json()));
        file.put("ranges", Value::Object(ranges.collect()));
        file.put("offers", self.offers.iter().map(|offer| offer.to_json(calendar)).collect::<Vec<_>>());
        file.put("vouchers", self.vouchers.iter().map(|voucher| voucher.to_json(calendar)).collect::<Vec<_>>());
        file.into_value()
    }
}

/// An object of which nothing is written that goes without saying.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn put_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn put_list(&mut self, key: &str, list: &[String]) {
        self.put_some(key, (!list.is_empty()).then(|| list.to_vec()));
    }

    fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

fn name_of<K: PartialEq>(known: &[(K, &'static str)], kind: &K) -> Option<&'static str> {
    known.iter().find(|(known, _)| known == kind).map(|(_, name)| *name)
}

impl FileRange {
    /// The range under its name.
    pub fn to_json(&self) -> Value {
        let mut range = Object::default();
        range.put_some("name", self.name.as_ref().map(Words::to_json));
        range.put_some("description", self.description.as_ref().map(Words::to_json));
        range.put_some("public", self.is_public);
        range.put_some("all", self.all.then_some(true));
        for (key, list) in [
            ("products", &self.products),
            ("classes", &self.classes),
            ("categories", &self.categories),
            ("excluded_products", &self.excluded_products),
            ("excluded_categories", &self.excluded_categories),
        ] {
            range.put_list(key, list);
        }
        range.into_value()
    }
}

impl FileOffer {
    /// The offer.
    pub fn to_json(&self, calendar: &Calendar) -> Value {
        let mut offer = Object::default();
        offer.put("id", self.id.as_str());
        offer.put_some("name", self.name.as_ref().map(Words::to_json));
        offer.put_some("description", self.description.as_ref().map(Words::to_json));
        match &self.kind {
            OfferKind::Group(groups) => {
                offer.put_some("type", name_of(&KINDS, &OfferKind::Group(Vec::new())));
                offer.put("groups", groups.iter().map(ToString::to_string).collect::<Vec<_>>());
            }
            kind => offer.put_some("type", name_of(&KINDS, kind)),
        }
        offer.put_some("currency", self.currency.map(|currency| currency.to_string()));
        offer.put_some("priority", Some(self.priority).filter(|priority| *priority != 0));
        offer.put("exclusive", self.exclusive);
        offer.put_list("combines_with", &self.combines_with);
        offer.put("condition", self.condition());
        offer.put("benefit", self.benefit());
        offer.put_some("max_basket_applications", self.limits.per_basket);
        offer.put_some("max_user_applications", self.limits.per_shopper);
        offer.put_some("max_global_applications", self.limits.global);
        offer.put_some("max_discount", self.limits.max_discount.map(|amount| amount.to_string()));
        if let Some(uses) = self.uses {
            offer.put("num_applications", uses.applications);
            offer.put("user_applications", uses.by_shopper);
            offer.put("total_discount", uses.discount.to_string());
        }
        offer.put_some("status", self.suspended.and_then(|suspended| name_of(&STATUSES, &suspended)));
        offer.put_some("start", self.start.map(|start| calendar.show_start(start)));
        offer.put_some("end", self.end.map(|end| calendar.show_end(end)));
        let action = |action: &FileAction| json!({ "code": action.code, "text": action.text.to_json() });
        let actions: Vec<Value> = self.actions.iter().map(action).collect();
        offer.put_some("actions", (!actions.is_empty()).then_some(actions));
        offer.into_value()
    }

    fn condition(&self) -> Value {
        let mut condition = Object::default();
        condition.put_some("type", name_of(&CONDITIONS, &self.condition.kind));
        condition.put_some("range", self.condition.range.as_deref());
        condition.put("value", self.condition.value.to_string());
        condition.into_value()
    }

    fn benefit(&self) -> Value {
        let mut benefit = Object::default();
        benefit.put_some("type", name_of(&BENEFITS, &self.benefit.kind));
        benefit.put_some("range", self.benefit.range.as_deref());
        benefit.put_some("value", self.benefit.value.map(|value| value.to_string()));
        benefit.put_some("max_affected_items", self.benefit.max_affected_items);
        benefit.into_value()
    }
}

impl FileVoucher {
    /// The voucher.
    pub fn to_json(&self, calendar: &Calendar) -> Value {
        let mut voucher = Object::default();
        voucher.put("code", self.code.as_str());
        voucher.put_some("name", self.name.as_deref());
        voucher.put("offers", self.offers.clone());
        voucher.put_some("usage", name_of(&USAGES, &self.usage));
        voucher.put_some("start", self.start.map(|start| calendar.show_start(start)));
        voucher.put_some("end", self.end.map(|end| calendar.show_end(end)));
        if let Some(uses) = self.uses {
            voucher.put("times_used_by_this_user", uses.by_shopper);
            voucher.put("times_used_by_others", uses.total.saturating_sub(uses.by_shopper));
        }
        voucher.put_some("in_basket", self.in_basket);
        voucher.into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::read_rules;

    /// Every field that a store's file may have.
    const FULL: &str = r#"{
        "format": "tradewind-offers/1", "currency": "EUR",
        "ranges": {
            "teas": { "name": { "de": "Tees", "en": "teas" }, "description": "<p>All</p>", "public": true, "all": true,
                      "products": ["tea"], "classes": ["food"], "categories": ["drinks/tea"],
                      "excluded_products": ["mug"], "excluded_categories": ["sale"] },
            "few": { "products": ["tea", "mug"] }
        },
        "offers": [
            { "id": "a-tenth", "name": "A tenth", "description": { "en": "<p>Off</p>" }, "type": "User",
              "groups": ["01890a5d-ac96-774b-bcce-b302099a8057"], "currency": "GBP", "priority": -3, "exclusive": false,
              "combines_with": ["b"], "condition": { "type": "value", "range": "teas", "value": "12.5" },
              "benefit": { "type": "percentage", "range": "few", "value": "10", "max_affected_items": 2 },
              "max_basket_applications": 1, "max_user_applications": 2, "max_global_applications": 3,
              "max_discount": "100", "num_applications": 1, "user_applications": 1, "total_discount": "0.5",
              "status": "Suspended", "start": "2026-05-01", "end": "2026-05-31",
              "actions": [{ "code": "points", "text": { "en": "Points" } }] },
            { "id": "b", "type": "Voucher", "exclusive": true, "condition": { "type": "count", "value": "1" },
              "benefit": { "type": "multibuy" }, "start": "2026-05-01T10:00:00Z" }
        ],
        "vouchers": [
            { "code": "TEA", "name": "Tea", "offers": ["b"], "usage": "Once per customer", "start": "2026-05-01",
              "end": "2026-05-31T10:00:00.000001Z", "times_used_by_this_user": 1, "times_used_by_others": 2,
              "in_basket": false }
        ]
    }"#;

    #[test]
    fn what_is_read_is_written_with_every_field() {
        let calendar = Calendar::utc();
        let rules = read_rules(FULL, &calendar).unwrap();
        assert_eq!(rules.errors, []);
        let written = rules.to_json(&calendar);
        assert_eq!(written, serde_json::from_str::<Value>(FULL).unwrap());
        assert_eq!(read_rules(&written.to_string(), &calendar), Ok(rules));
    }

    #[test]
    fn every_rule_that_cannot_be_read_is_told_with_its_field() {
        let offer = |more: &str| {
            format!(
                r#"{{"id":"o","condition":{{"type":"count","range":"r","value":2}},"benefit":{{"type":"multibuy"}}{more}}}"#
            )
        };
        let offers = [
            offer(r#","type":"Usr""#),
            offer(r#","type":"User""#),
            offer(r#","groups":["x"]"#),
            offer(r#","start":"1 May""#),
            offer(r#","status":"Consumed""#),
            offer(r#","name":{"english":"O"}"#),
            r#"{"id":"o","condition":{"type":"hats"}}"#.to_owned(),
            r#"{"id":"o","benefit":{}}"#.to_owned(),
            r#"{"benefit":{}}"#.to_owned(),
        ];
        let text = format!(
            r#"{{"format":"tradewind-offers/1","ranges":{{"r":{{"products":"tea"}}}},"offers":[{}],
            "vouchers":[{{"code":"A B"}},{{"code":"TEA","usage":"twice"}}]}}"#,
            offers.join(",")
        );
        let errors = read_rules(&text, &Calendar::utc()).unwrap().errors;
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let want = [
            "range r.products: is no list",
            "offer o.type: is Usr; Site, Voucher, User and Session are known",
            "offer o.groups: must name the groups that an offer of type User is for",
            "offer o.groups: \"x\" is not an id",
            "offer o.start: is no day such as 2026-06-01, and no moment such as 2026-06-01T12:00:00Z",
            "offer o.status: is Consumed; Open and Suspended are known",
            "offer o.name: \"english\" is not a language code such as en or de",
            "offer o.benefit: is missing",
            "offer o.condition: is missing",
            "offer 9.condition: is missing",
            "voucher A B: a voucher code is 1 to 128 characters without spaces",
            "voucher TEA.usage: is twice; Single use, Multi-use and Once per customer are known",
        ];
        assert_eq!(errors, want);
        for (text, want) in [
            ("[]", "the file: is no object"),
            (r#"{"format":"tradewind-offers/2"}"#, "format: is not tradewind-offers/1"),
            (r#"{"format":"tradewind-offers/1","cases":[]}"#, "cases: are for `offers try`"),
            (r#"{"format":"tradewind-offers/1","offer":[]}"#, r#"the file: has no field "offer""#),
        ] {
            let error = read_rules(text, &Calendar::utc()).unwrap_err().to_string();
            assert!(error.starts_with(want), "{error}");
        }
    }
}
