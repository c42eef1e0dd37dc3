//! Locks that are held for a few lines, never across an await, and flags that are waited for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Takes the lock. What it guards is changed in one go, so a panic elsewhere leaves nothing half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Comes back once the flag is up, or nobody is left to raise it.
pub(crate) async fn raised(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|is_up| *is_up).await;
}
