//! The rule that rings once a minute.

use crate::client::Client;
use serde_json::json;
use std::time::Duration;

/// How often it rings: the shortest that EventBridge knows.
const RING: Duration = Duration::from_secs(60);

/// Rings until the task is dropped.
pub(crate) async fn ring(client: Client) {
    let mut rings = tokio::time::interval_at(tokio::time::Instant::now() + RING, RING);
    rings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rings.tick().await;
        if let Err(error) = client.send(&json!({ "schedule": true })).await {
            tracing::warn!(%error, "the schedule could not ring");
        }
    }
}
