//! Mail kept in memory, for tests: what was sent can be looked at, and the next sends can be made to fail.

use super::SendError;
use crate::message::Message;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Messages that are kept; the oldest go first.
const MEMORY_MESSAGES_MAX: usize = 1_000;

/// Messages in the order in which they were sent. Copies share one box.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: VecDeque<Message>,
    failures: VecDeque<SendError>,
}

impl Memory {
    /// What was sent, a message that was sent again once.
    pub fn sent(&self) -> Vec<Message> {
        self.lock().sent.iter().cloned().collect()
    }

    /// Makes the next send fail; several are used up in order.
    pub fn fail_next(&self, error: SendError) {
        self.lock().failures.push_back(error);
    }

    pub(super) fn send(&self, message: &Message) -> Result<(), SendError> {
        message.build()?;
        let mut inner = self.lock();
        if let Some(error) = inner.failures.pop_front() {
            return Err(error);
        }
        inner.sent.retain(|earlier| earlier.message_id != message.message_id);
        if inner.sent.len() >= MEMORY_MESSAGES_MAX {
            inner.sent.pop_front();
        }
        inner.sent.push_back(message.clone());
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // The lists are whole after every step, so a panic elsewhere spoils nothing.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
