//! The hint cookie: basket count and first name, for a script to paint. It grants nothing and is never read back.

use crate::urls;

/// Name of the cookie. It is readable by scripts on purpose.
pub const HINT_COOKIE: &str = "tw";
/// Bytes of its value.
pub const HINT_BYTES_MAX: usize = 64;
/// Largest count that is shown.
pub const HINT_COUNT_MAX: u32 = 999;

/// The cookie's value, `<count>.<percent-encoded first name>`: `3.Ann`. A long name is cut at a whole character.
pub fn hint_value(units: u32, first_name: &str) -> String {
    let mut value = format!("{}.", units.min(HINT_COUNT_MAX));
    for c in first_name.chars() {
        let encoded = urls::segment(c.encode_utf8(&mut [0; 4]));
        if value.len() + encoded.len() > HINT_BYTES_MAX {
            break;
        }
        value.push_str(&encoded);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_stays_small_and_safe_in_a_header() {
        assert_eq!(hint_value(3, "Ann"), "3.Ann");
        assert_eq!(hint_value(100_000, ""), "999.");
        assert_eq!(hint_value(1, "J\r\n; x"), "1.J%0D%0A%3B%20x");
        let long = hint_value(12, &"ä".repeat(100));
        assert!(long.len() <= HINT_BYTES_MAX && urls::decode(&long, false).ends_with('ä'), "{long}");
    }
}
