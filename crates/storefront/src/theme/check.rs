//! Looks at a theme before it is used, so that a slip in an override is told at the start and not to a shopper.

use super::{Theme, ThemeError, ThemeFile};
use crate::messages;
use minijinja::Environment;

/// Checks every override: that it is text where text is wanted, that it parses, and that the messages, icons, assets,
/// inline files and templates that it names are there.
pub(super) fn check(theme: &Theme) -> Result<(), ThemeError> {
    for (name, file) in theme.list("").filter(|(_, file)| file.is_override) {
        if name.starts_with("assets/") {
            continue;
        }
        let text = text(name, file)?;
        if let Some(template) = name.strip_prefix("templates/") {
            check_template(theme, name, template, text)?;
        } else if name.starts_with("messages/") {
            messages::check(name, text)?;
        }
    }
    Ok(())
}

fn text<'f>(name: &str, file: &'f ThemeFile) -> Result<&'f str, ThemeError> {
    std::str::from_utf8(&file.bytes).map_err(|error| {
        let line = 1 + file.bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        broken(name, line, "is not UTF-8 text")
    })
}

fn check_template(theme: &Theme, file: &str, template: &str, text: &str) -> Result<(), ThemeError> {
    let mut environment = Environment::new();
    environment
        .add_template_owned(template.to_owned(), text.to_owned())
        .map_err(|error| broken(file, error.line().unwrap_or(1), &error.to_string()))?;
    for name in uses(text) {
        let there = match name.kind {
            "t(" => theme.list("messages/").any(|(_, file)| {
                std::str::from_utf8(&file.bytes).is_ok_and(|text| messages::defines(text, name.argument))
            }),
            "icon(" => theme.find_text(&format!("icons/{}.svg", name.argument)).is_some(),
            "asset(" => theme.list("assets/").any(|(asset, _)| asset == name.argument),
            "inline_script(" => theme.find_text(&format!("inline/{}", name.argument)).is_some(),
            _ => theme.find_text(&format!("templates/{}", name.argument)).is_some(),
        };
        if !there {
            let problem = format!("{}{:?} names something that the theme does not have", name.kind, name.argument);
            return Err(broken(file, name.line, &problem));
        }
    }
    Ok(())
}

/// A literal name in a template: `t("basket")` is kind `t(`, argument `basket`.
pub(crate) struct Use<'t> {
    pub(crate) kind: &'static str,
    pub(crate) argument: &'t str,
    line: usize,
}

/// Every literal name that a template gives to one of the engine's functions or tags.
pub(crate) fn uses(text: &str) -> impl Iterator<Item = Use<'_>> {
    const KINDS: [&str; 9] =
        ["t(", "icon(", "asset(", "inline_script(", "part(", "extends ", "include ", "from ", "import "];
    text.lines().enumerate().flat_map(|(place, line)| {
        KINDS.into_iter().flat_map(move |kind| {
            line.match_indices(kind).filter(move |(at, _)| is_in_tag(&line[..*at])).filter_map(move |(at, _)| {
                // `t(` must not be the end of another name, such as `sort(`.
                let before = line[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    return None;
                }
                let rest = line[at + kind.len()..].trim_start();
                let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                let (argument, after) = rest[1..].split_once(quote)?;
                // A name that is put together when the page is made cannot be checked here.
                let whole = !after.trim_start().starts_with('~');
                whole.then_some(Use { kind, argument, line: place + 1 })
            })
        })
    })
}

/// Whether a tag of the engine is still open behind this part of a line; all else is words for people.
fn is_in_tag(before: &str) -> bool {
    let last = |marks: [&str; 2]| marks.iter().filter_map(|mark| before.rfind(mark)).max();
    match (last(["{{", "{%"]), last(["}}", "%}"])) {
        (Some(opened), Some(closed)) => closed < opened,
        (opened, _) => opened.is_some(),
    }
}

fn broken(file: &str, line: usize, problem: &str) -> ThemeError {
    ThemeError::Broken { file: file.to_owned(), line, problem: problem.to_owned() }
}
