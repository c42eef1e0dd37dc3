//! Reading a version out of what a program says of itself.

/// The first `major.minor` in a text; a missing minor part is 0.
pub(crate) fn version_in(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = leading_digits(&text[text.find(|c: char| c.is_ascii_digit())?..]);
    let minor = rest.strip_prefix('.').map_or("", |rest| leading_digits(rest).0);
    Some((major.parse().ok()?, minor.parse().unwrap_or(0)))
}

/// Splits a text behind the digits that it begins with.
fn leading_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (text, want) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some((15, 18))),
            ("postgres (PostgreSQL) 17beta1", Some((17, 0))),
            ("v20.20.2\n", Some((20, 20))),
            ("Chromium 156.0.8078.73 built on Debian", Some((156, 0))),
            ("ChromeDriver 9", Some((9, 0))),
            ("18 (2026.11)", Some((18, 0))),
            ("99999999999999.1", None),
            ("no number", None),
            ("", None),
        ] {
            assert_eq!(version_in(text), want, "{text}");
        }
    }
}
