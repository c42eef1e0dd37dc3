//! Offers in plain words: what a basket must hold, what is taken off, how often.

use commerce::decimal::Decimal;
use commerce::money::{Currency, Money};
use commerce::offer::{BenefitKind, ConditionKind};
use offer_cases::FileOffer;
use shop::counted;

/// What a basket must hold.
pub(super) fn condition(offer: &FileOffer) -> String {
    let condition = &offer.condition;
    let (range, value) = (condition.range.as_deref().unwrap_or("?"), condition.value);
    let is_one = value == Decimal::new(1, 0).unwrap_or(Decimal::ZERO);
    match condition.kind {
        ConditionKind::Count if is_one => format!("1 unit of {range}"),
        ConditionKind::Count => format!("{value} units of {range}"),
        ConditionKind::Coverage if is_one => format!("1 product of {range}"),
        ConditionKind::Coverage => format!("{value} different products of {range}"),
        ConditionKind::Value => format!("goods of {range} for {}", amount(Some(value), offer.currency)),
    }
}

/// What is taken off.
pub(super) fn benefit(offer: &FileOffer) -> String {
    let benefit = &offer.benefit;
    let range = benefit.range.as_deref().unwrap_or("?");
    let percent = benefit.value.map_or(String::new(), |value| value.to_string());
    let amount = amount(benefit.value, offer.currency);
    let most = benefit.max_affected_items.map(|units| format!(", at most {}", counted(units, "unit", "units")));
    let most = most.unwrap_or_default();
    match benefit.kind {
        BenefitKind::Percentage => format!("{percent}% off {range}{most}"),
        BenefitKind::Absolute => format!("{amount} off {range} together{most}"),
        BenefitKind::FixedUnit => format!("{amount} off each unit of {range}{most}"),
        BenefitKind::Multibuy => format!("the cheapest unit of {range} is free"),
        BenefitKind::FixedPrice => format!("{amount} for all of that together"),
        BenefitKind::ShippingPercentage => format!("{percent}% off delivery"),
        BenefitKind::ShippingAbsolute => format!("{amount} off delivery"),
        BenefitKind::ShippingFixedPrice => format!("delivery for {amount}"),
        BenefitKind::AfterOrder => {
            let codes: Vec<&str> = offer.actions.iter().map(|action| action.code.as_str()).collect();
            format!("nothing off, but after the order: {}", codes.join(", "))
        }
    }
}

/// How often it may be used; none where nothing bounds it.
pub(super) fn limits(offer: &FileOffer) -> Option<String> {
    let limits = &offer.limits;
    let often = |count: Option<u32>, of: &str| count.map(|count| format!("{count} {of}"));
    let budget = limits.max_discount.map(|value| format!("{} in all", amount(Some(value), offer.currency)));
    let told = [
        often(limits.per_basket, "a basket"),
        often(limits.per_shopper, "a shopper"),
        often(limits.global, "times in all"),
        budget,
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn amount(value: Option<Decimal>, currency: Option<Currency>) -> String {
    let (Some(value), Some(currency)) = (value, currency) else {
        return value.map_or(String::new(), |value| value.to_string());
    };
    match Money::from_decimal(value, currency) {
        Ok(money) => format!("{} {currency}", money.to_decimal_string()),
        Err(_) => format!("{value} {currency}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::calendar::Calendar;

    fn words(rule: &str) -> [String; 3] {
        let file = format!(r#"{{"format":"tradewind-offers/1","offers":[{{"id":"o","currency":"GBP",{rule}}}]}}"#);
        let offer = offer_cases::read_rules(&file, &Calendar::utc()).unwrap().offers.remove(0);
        [condition(&offer), benefit(&offer), limits(&offer).unwrap_or_default()]
    }

    #[test]
    fn rules_are_told_in_plain_words() {
        let condition = |kind: &str, value: &str| {
            words(&format!(
                r#""condition":{{"type":"{kind}","range":"tea","value":"{value}"}},"benefit":{{"type":"multibuy","range":"tea"}}"#
            ))
        };
        for (kind, value, want) in [
            ("count", "1", "1 unit of tea"),
            ("count", "3", "3 units of tea"),
            ("coverage", "1", "1 product of tea"),
            ("coverage", "2", "2 different products of tea"),
            ("value", "12.5", "goods of tea for 12.50 GBP"),
        ] {
            assert_eq!(condition(kind, value)[0], want);
        }
        for (benefit, want) in [
            (r#""type":"percentage","range":"tea","value":"10""#, "10% off tea"),
            (
                r#""type":"fixed_unit","range":"tea","value":"1","max_affected_items":1"#,
                "1.00 GBP off each unit of tea, at most 1 unit",
            ),
            (r#""type":"absolute","range":"tea","value":"2.5""#, "2.50 GBP off tea together"),
            (r#""type":"multibuy","range":"tea""#, "the cheapest unit of tea is free"),
            (r#""type":"fixed_price","value":"20""#, "20.00 GBP for all of that together"),
            (r#""type":"shipping_percentage","value":"50""#, "50% off delivery"),
            (r#""type":"shipping_absolute","value":"1""#, "1.00 GBP off delivery"),
            (r#""type":"shipping_fixed_price","value":"0""#, "delivery for 0.00 GBP"),
        ] {
            let rule = format!(r#""condition":{{"type":"count","range":"tea","value":"1"}},"benefit":{{{benefit}}}"#);
            assert_eq!(words(&rule)[1..], [want.to_owned(), String::new()]);
            let limited =
                format!(r#"{rule},"max_basket_applications":1,"max_global_applications":500,"max_discount":"90""#);
            assert_eq!(words(&limited)[2], "1 a basket, 500 times in all, 90.00 GBP in all");
        }
    }
}
