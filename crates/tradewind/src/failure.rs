//! How a command ends that could not do what it was asked for: one line and an exit code.

use std::fmt;

/// Done.
pub(crate) const DONE: u8 = 0;
/// It could not be done, or something was found to be wrong.
pub(crate) const FAILED: u8 = 1;
/// The command was called in a way that it does not know.
pub(crate) const WRONG_USE: u8 = 2;

/// Wrong use that no argument parser can see, such as a question that nobody is there to answer.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// The command has told what is wrong; only the exit code is left to say it.
#[derive(Debug)]
pub(crate) struct AlreadyTold;

impl fmt::Display for AlreadyTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something is wrong, as told above")
    }
}

impl std::error::Error for AlreadyTold {}

/// An error that ends a command for its way of being called.
pub(crate) fn wrong_use(what: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(WrongUse(what.into()))
}

/// Tells an error in one line and gives the exit code.
pub(crate) fn tell(error: &anyhow::Error) -> u8 {
    if error.is::<AlreadyTold>() {
        return FAILED;
    }
    crate::output::note(format!("tradewind: {}", one_line(&with_causes(error))));
    if error.is::<WrongUse>() { WRONG_USE } else { FAILED }
}

/// An error with its causes. Some errors end with the words of their cause: those are not said twice.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A text on one line, whatever it was.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let cause = || anyhow::anyhow!("shop.db does not exist");
        for (case, error, want) in [
            ("alone", cause(), "shop.db does not exist"),
            ("beside", cause().context("cannot open"), "cannot open: shop.db does not exist"),
            ("within", cause().context("cannot open: shop.db does not exist"), "cannot open: shop.db does not exist"),
        ] {
            assert_eq!(with_causes(&error), want, "{case}");
        }
    }
}
