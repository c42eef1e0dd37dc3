//! Names that are unique: the first comes as it is, later ones get a number.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The names that are taken. Keeps hashes only: two names of one hash cost a needless number, never a double name.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Number to try next, by hash of the name.
    next: HashMap<u64, u64>,
}

impl Taken {
    /// Takes the name, or the first free one that `numbered` makes of it, counting from 2.
    pub(crate) fn claim<T: Hash>(&mut self, wanted: T, numbered: impl Fn(&T, u64) -> T) -> Claimed<T> {
        let hash = hash_of(&wanted);
        let Some(mut number) = self.next.get(&hash).copied() else {
            self.next.insert(hash, 2);
            return Claimed { name: wanted, is_changed: false };
        };
        // Ends: each round tries another name, and only finitely many are taken.
        loop {
            let name = numbered(&wanted, number);
            number += 1;
            if let std::collections::hash_map::Entry::Vacant(free) = self.next.entry(hash_of(&name)) {
                free.insert(2);
                self.next.insert(hash, number);
                return Claimed { name, is_changed: true };
            }
        }
    }

    /// The same for codes: `code`, `code-2`, `code-3`. `scope` parts those that may be equal to each other.
    pub(crate) fn claim_code(&mut self, scope: i64, wanted: String) -> Claimed<String> {
        let Claimed { name: (_, name), is_changed } =
            self.claim((scope, wanted), |(scope, code), number| (*scope, format!("{code}-{number}")));
        Claimed { name, is_changed }
    }
}

/// A name, and whether it had to be changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claimed<T> {
    pub(crate) name: T,
    pub(crate) is_changed: bool,
}

fn hash_of(name: &impl Hash) -> u64 {
    // Fixed keys: the same names on every run.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_keeps_its_name_and_later_ones_are_numbered() {
        let mut taken = Taken::default();
        let names: Vec<String> =
            ["mug", "mug-2", "mug", "mug", "cup"].map(|code| taken.claim_code(0, code.to_owned()).name).to_vec();
        assert_eq!(names, ["mug", "mug-2", "mug-3", "mug-4", "cup"]);
        assert_eq!(taken.claim_code(1, "mug".to_owned()).name, "mug", "another scope");
    }

    proptest! {
        #[test]
        fn no_name_is_given_twice(names in prop::collection::vec("[ab]{0,2}(-[23]){0,2}", 0..60)) {
            let mut taken = Taken::default();
            let given: Vec<String> = names.into_iter().map(|name| taken.claim_code(0, name).name).collect();
            let distinct: std::collections::HashSet<&String> = given.iter().collect();
            prop_assert_eq!(distinct.len(), given.len());
        }
    }
}
