//! Path patterns of behaviours.

/// Most characters of a pattern (CloudFront's limit).
const PATTERN_CHARS_MAX: usize = 255;

/// A path pattern as CloudFront reads it: `*` stands for any number of characters, slashes too, `?` for exactly one;
/// case counts; a leading slash may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathPattern(String);

/// Not a path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path pattern: 1 to {PATTERN_CHARS_MAX} visible ASCII characters without a query string")]
pub struct InvalidPattern(pub String);

impl PathPattern {
    /// Takes a pattern as it is written in a list of behaviours.
    pub fn parse(raw: &str) -> Result<Self, InvalidPattern> {
        let visible = raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if raw.is_empty() || raw.len() > PATTERN_CHARS_MAX || !visible {
            return Err(InvalidPattern(raw.chars().take(PATTERN_CHARS_MAX).collect()));
        }
        let rooted = raw.starts_with(['/', '*']);
        Ok(Self(if rooted { raw.to_owned() } else { format!("/{raw}") }))
    }

    /// The text, rooted.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path falls under it. In time of at most pattern × path, whatever stands in either.
    pub fn matches(&self, path: &str) -> bool {
        let (pattern, path) = (self.0.as_bytes(), path.as_bytes());
        let (mut at, mut read) = (0, 0);
        // Where the last `*` stands, and how much of the path it was left to take.
        let mut star: Option<(usize, usize)> = None;
        while read < path.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(byte) if *byte == b'?' || *byte == path[read] => {
                    at += 1;
                    read += 1;
                }
                _ => match star.as_mut() {
                    Some((place, taken)) => {
                        *taken += 1;
                        (at, read) = (*place + 1, *taken);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_cloudfront_documents() {
        for (pattern, path, want) in [
            ("*", "/", true),
            ("/basket", "/basket", true),
            ("/basket", "/basket/", false),
            ("/basket", "/Basket", false),
            ("/basket/*", "/basket", false),
            ("/basket/*", "/basket/", true),
            ("/basket/*", "/basket/lines/1", true),
            ("basket/*", "/basket/lines", true),
            ("/static/*", "/de/static/x", false),
            ("/*.jpg", "/a/b.jpg", true),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("/a*b*c", "/aXbYbZc", true),
            ("/a*b*c", "/aXbYbZ", false),
        ] {
            assert_eq!(PathPattern::parse(pattern).unwrap().matches(path), want, "{pattern} on {path}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        for raw in ["", "/a b", "/ä", "/a#b", &"/".repeat(256)] {
            assert!(PathPattern::parse(raw).is_err(), "{raw}");
        }
    }

    /// The definition, by trying everything.
    fn plainly(pattern: &[u8], path: &[u8]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => plainly(rest, path) || (!path.is_empty() && plainly(pattern, &path[1..])),
            (Some((b'?', rest)), Some((_, left))) => plainly(rest, left),
            (Some((byte, rest)), Some((first, left))) => byte == first && plainly(rest, left),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_is_the_definition(pattern in "/[ab*?/]{0,8}", path in "/[ab/]{0,10}") {
            let parsed = PathPattern::parse(&pattern).unwrap();
            prop_assert_eq!(parsed.matches(&path), plainly(pattern.as_bytes(), path.as_bytes()));
        }
    }
}
