//! What a local region says of a run: costs, cold starts, and whatever else its report counts.

use serde_json::{Map, Number, Value};

/// Deepest part of a report that is compared.
const DEPTH_MAX: usize = 32;

/// What changed between two reports: their shape, with the differences of all numbers and nothing else. A number that
/// was not there before counts from 0. Lists are compared place by place where they are equally long.
pub(crate) fn difference(before: &Value, after: &Value) -> Value {
    change(before, after, 0).unwrap_or_else(|| Value::Object(Map::new()))
}

fn change(before: &Value, after: &Value, depth: usize) -> Option<Value> {
    if DEPTH_MAX < depth {
        return None;
    }
    match (before, after) {
        (Value::Number(before), Value::Number(after)) => minus(after, before).map(Value::Number),
        (Value::Null, Value::Number(after)) => Some(Value::Number(after.clone())),
        (before, Value::Object(after)) => {
            let empty = Map::new();
            let before = before.as_object().unwrap_or(&empty);
            let of = |(name, value): (&String, &Value)| {
                Some((name.clone(), change(before.get(name).unwrap_or(&Value::Null), value, depth + 1)?))
            };
            let fields: Map<String, Value> = after.iter().filter_map(of).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let pairs = before.iter().zip(after);
            let places: Option<Vec<Value>> = pairs.map(|(before, after)| change(before, after, depth + 1)).collect();
            places.filter(|places| !places.is_empty()).map(Value::Array)
        }
        _ => None,
    }
}

/// Exact for whole numbers.
#[expect(clippy::float_arithmetic, reason = "the region's own floating numbers")]
fn minus(after: &Number, before: &Number) -> Option<Number> {
    let whole = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    if let (Some(after), Some(before)) = (whole(after), whole(before)) {
        return Number::from_i128(after - before);
    }
    Number::from_f64(after.as_f64()? - before.as_f64()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_subtracted_and_the_rest_is_left() {
        let before = json!({"starts": 3, "cost": 0.5, "name": "a", "by": {"x": 1}, "list": [1, 2], "more": [1], "big": u64::MAX});
        let after = json!({
            "starts": 10, "cost": 0.75, "name": "b", "by": {"x": 1, "y": 4}, "list": [2, 2], "more": [1, 2], "big": u64::MAX,
            "new": {"z": 2}, "was": null
        });
        let want = json!({
            "starts": 7, "cost": 0.25, "by": {"x": 0, "y": 4}, "list": [1, 0], "big": 0, "new": {"z": 2}
        });
        assert_eq!(difference(&before, &after), want);
        assert_eq!(difference(&json!(null), &json!("text")), json!({}));
    }
}
