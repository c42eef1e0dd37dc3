//! Faults on purpose: a test is asked before every statement what becomes of it, and the statement waits for its word.
//!
//! Nobody asks for it outside of tests. What `conflicts_per_mille` does by chance, a test does here where it wants to,
//! and so that it can be repeated.

use crate::engine::Db;
use crate::error::DbError;
use std::pin::Pin;
use std::sync::Arc;

/// What is about to be sent to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The begin of a transaction that may write.
    Begin,
    /// The begin of one that only reads.
    BeginRead,
    /// A statement of a transaction.
    Inside(&'static str),
    /// The end of a transaction.
    Commit,
    /// A statement that reads, outside of a transaction.
    Read(&'static str),
    /// A statement that writes, in a transaction of its own.
    Write(&'static str),
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepFate {
    /// It is carried out, and answered.
    Works,
    /// It meets another transaction.
    Conflicts,
    /// It never arrives.
    Lost,
    /// It is carried out, but nobody hears of it; what only reads or is not committed yet is lost.
    AnswerLost,
}

/// A word to come.
pub type Decision<'f> = Pin<Box<dyn Future<Output = StepFate> + Send + 'f>>;

/// Says what becomes of each statement.
pub trait Faults: Send + Sync {
    /// Decides about a statement. A use case whose decision never comes stands still there, and may be dropped, as by
    /// the end of its program.
    fn decide(&self, step: Step) -> Decision<'_>;
}

impl Db {
    /// Asks about every statement from now on; whoever was set first is asked.
    pub fn set_faults(&self, faults: Arc<dyn Faults>) {
        // A second one is a mistake of the test, which its own figures show.
        let _ = self.faults.set(faults);
    }
}

/// Whether an answer arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Heard,
    Lost,
}

impl StepFate {
    pub(crate) fn answer(self, step: Step) -> Result<Answer, DbError> {
        match self {
            Self::Works => Ok(Answer::Heard),
            Self::Conflicts => Err(DbError::Conflict),
            Self::AnswerLost if matches!(step, Step::Commit | Step::Write(_)) => Ok(Answer::Lost),
            Self::Lost | Self::AnswerLost => Err(lost()),
        }
    }
}

impl Answer {
    /// The answer, if it arrives.
    pub(crate) fn heard<T>(self, answer: T) -> Result<T, DbError> {
        if self == Self::Heard { Ok(answer) } else { Err(lost()) }
    }
}

fn lost() -> DbError {
    DbError::Unavailable("a test took the connection away".to_owned())
}
