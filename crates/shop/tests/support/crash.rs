//! Stops a use case in the middle, as `kill -9` would: its future is dropped once so many statements were sent and calls
//! made. Whether the last of them was carried out is as open as it is after a real crash.

use super::bank::Bank;
use shop::Shop;
use std::pin::Pin;
use std::task::Poll;

/// Runs a use case until `steps` statements and calls were begun; `None` if it was stopped there.
pub async fn crash_after<T>(shop: &Shop, bank: &Bank, steps: u64, work: impl Future<Output = T>) -> Option<T> {
    let taken = || shop.db().statements() + bank.steps();
    let before = taken();
    let mut work = Box::pin(work);
    let done = std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if taken() - before >= steps => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await;
    drop(work);
    // What was on its way is over before anybody else goes on: on SQLite the next writer waits for the one before.
    if let Ok(tx) = shop.db().begin().await {
        tx.rollback().await;
    }
    done
}

/// Runs a use case until `steps` statements were begun, and leaves it there to go on later; `false` if it ended before.
pub async fn pause_after<T>(shop: &Shop, steps: u64, mut work: Pin<&mut impl Future<Output = T>>) -> bool {
    let before = shop.db().statements();
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(false),
        Poll::Pending if shop.db().statements() - before >= steps => Poll::Ready(true),
        Poll::Pending => Poll::Pending,
    })
    .await
}
