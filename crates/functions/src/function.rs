//! A function that may run: its source has passed the gate.

use crate::gate;
use std::fmt;
use std::sync::Arc;

/// Bytes of a function's source (CloudFront's quota).
pub const SOURCE_BYTES_MAX: usize = 10_240;
/// Characters of a function's name (CloudFront's limit).
pub const NAME_CHARS_MAX: usize = 64;

/// A CloudFront Function (JavaScript runtime 2.0): a name, and a source with nothing that CloudFront would refuse.
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    name: Arc<str>,
    program: Arc<str>,
}

/// A place in a source, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Why a source is no function. Each variant is something that its author can mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// A name that CloudFront does not take.
    #[error("{0:?} is no function name: write 1 to {NAME_CHARS_MAX} letters, digits, - or _")]
    Name(String),
    /// More source than CloudFront takes.
    #[error(
        "the source has {bytes} bytes; a function takes {SOURCE_BYTES_MAX}: shorten it, or move data to a key-value store"
    )]
    TooLong {
        /// How much it is.
        bytes: usize,
    },
    /// Text that is no JavaScript.
    #[error("{at}: {message}")]
    Syntax {
        /// Where.
        at: Position,
        /// What is wrong there.
        message: String,
    },
    /// JavaScript that runtime 2.0 does not list.
    #[error("{at}: {what} in CloudFront Functions; {instead}")]
    Unsupported {
        /// Where.
        at: Position,
        /// What it is, as the start of a sentence: `there are no classes`.
        what: &'static str,
        /// What to write instead.
        instead: &'static str,
    },
    /// Nothing to call.
    #[error("there is no handler: write function handler(event) {{ … }} at the top level")]
    NoHandler,
    /// This machine could not read it.
    #[error("the source could not be read: {0}")]
    Machine(String),
}

impl Function {
    /// Admits a source, or says where and why CloudFront would not and what to write instead. What is wrong first in
    /// the text is said first.
    ///
    /// The rule is AWS's list of features of runtime 2.0 (page functions-javascript-runtime-20): what is not on it is
    /// refused, even where the real runtime may take it. Two things that need no node of their own pass unlisted:
    /// commas after the last argument and look-behind in regular expressions.
    pub fn new(name: &str, source: &str) -> Result<Self, FunctionError> {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || NAME_CHARS_MAX < name.len() || !name.chars().all(known) {
            return Err(FunctionError::Name(name.chars().take(NAME_CHARS_MAX).collect()));
        }
        if SOURCE_BYTES_MAX < source.len() {
            return Err(FunctionError::TooLong { bytes: source.len() });
        }
        let program = gate::admit(source)?;
        Ok(Self { name: name.into(), program: program.into() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An expression whose value is called once before every event, with `cf`, and gives a fresh `handler`.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }
}

impl Position {
    /// The place of a byte.
    pub(crate) fn of(source: &str, byte: usize) -> Self {
        let before = source.get(..byte).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
