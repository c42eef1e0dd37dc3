//! A number with its noun, as people write it.

use std::fmt::Display;

/// `1 mistake`, `2 mistakes`.
pub fn counted<N: Display + From<u8> + PartialEq>(number: N, one: &str, several: &str) -> String {
    let noun = if number == N::from(1) { one } else { several };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_alone_is_singular() {
        for (number, want) in [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (101, "101 rows")] {
            assert_eq!(counted(number, "row", "rows"), want);
        }
    }
}
