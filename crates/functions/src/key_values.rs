//! A key-value store as `cf.kvs()` reads it.

use serde::Deserialize;
use std::collections::HashMap;

/// Bytes of all keys and values together (CloudFront's quota).
pub const STORE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Bytes of a key (CloudFront's quota).
pub const KEY_BYTES_MAX: usize = 512;
/// Bytes of a value (CloudFront's quota).
pub const VALUE_BYTES_MAX: usize = 1_024;

/// Keys and values, within what CloudFront stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValues {
    values: HashMap<String, String>,
}

/// Why a store is refused. Each names the entry by its place, from 0, as a JSON path does.
#[derive(Debug, thiserror::Error)]
pub enum KeyValuesError {
    /// Text of another shape.
    #[error("a key-value store is {{\"data\":[{{\"key\":\"…\",\"value\":\"…\"}}]}}")]
    Json(#[from] serde_json::Error),
    /// A key of no or too many bytes.
    #[error("data[{index}].key has {bytes} bytes; a key has 1 to {KEY_BYTES_MAX}")]
    Key {
        /// Which entry.
        index: usize,
        /// How long it is.
        bytes: usize,
    },
    /// A value of too many bytes.
    #[error("data[{index}].value has {bytes} bytes; a value has at most {VALUE_BYTES_MAX}")]
    Value {
        /// Which entry.
        index: usize,
        /// How long it is.
        bytes: usize,
    },
    /// A key that an earlier entry has.
    #[error("data[{index}].key is {key:?}, as an earlier one")]
    Twice {
        /// Which entry.
        index: usize,
        /// The key.
        key: String,
    },
    /// All together are too many bytes.
    #[error("data has more than {STORE_BYTES_MAX} bytes in keys and values")]
    TooLarge,
}

/// The file that `aws cloudfront-keyvaluestore` imports.
#[derive(Deserialize)]
struct StoreFile {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key: String,
    value: String,
}

impl KeyValues {
    /// Takes pairs of key and value.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, KeyValuesError> {
        let mut values = HashMap::new();
        let mut bytes_left = STORE_BYTES_MAX;
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            if key.is_empty() || KEY_BYTES_MAX < key.len() {
                return Err(KeyValuesError::Key { index, bytes: key.len() });
            }
            if VALUE_BYTES_MAX < value.len() {
                return Err(KeyValuesError::Value { index, bytes: value.len() });
            }
            let left = bytes_left.checked_sub(key.len() + value.len());
            bytes_left = left.ok_or(KeyValuesError::TooLarge)?;
            if values.contains_key(&key) {
                return Err(KeyValuesError::Twice { index, key });
            }
            values.insert(key, value);
        }
        Ok(Self { values })
    }

    /// Reads the text of a file that CloudFront imports: `{"data":[{"key":"…","value":"…"}]}`.
    pub fn parse(json: &str) -> Result<Self, KeyValuesError> {
        let file: StoreFile = serde_json::from_str(json)?;
        Self::new(file.data.into_iter().map(|entry| (entry.key, entry.value)))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_beyond_the_quotas_are_refused_by_name() {
        let entry = |key: String, value: String| {
            KeyValues::parse(&serde_json::json!({ "data": [{ "key": key, "value": value }] }).to_string())
        };
        assert_eq!(entry("k".repeat(512), "v".repeat(1_024)).unwrap().len(), 1);
        let refusal = |store: Result<KeyValues, KeyValuesError>| store.unwrap_err().to_string();
        assert!(refusal(entry(String::new(), String::new())).starts_with("data[0].key has 0 bytes"));
        assert!(refusal(entry("ä".repeat(257), String::new())).starts_with("data[0].key has 514 bytes"));
        assert!(refusal(entry("k".into(), "v".repeat(1_025))).starts_with("data[0].value has 1025 bytes"));
        let pairs = |count: usize| (0..count).map(|i| (format!("{i:024}"), "v".repeat(1_000)));
        assert_eq!(KeyValues::new(pairs(5_120)).unwrap().len(), 5_120);
        assert!(matches!(KeyValues::new(pairs(5_121)), Err(KeyValuesError::TooLarge)));
        let twice = ["a", "b", "a"].map(|key| (key.to_owned(), String::new()));
        assert!(matches!(KeyValues::new(twice), Err(KeyValuesError::Twice { index: 2, .. })));
        for text in ["", "[]", "{}", r#"{"data":[{"key":1,"value":""}]}"#, r#"{"data":{"a":"b"}}"#] {
            assert!(matches!(KeyValues::parse(text), Err(KeyValuesError::Json(_))), "{text}");
        }
    }
}
