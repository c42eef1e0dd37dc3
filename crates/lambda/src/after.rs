//! What a request left to be done is done after its answer was given and before the environment is frozen: nothing
//! unsent stays behind. What takes longer waits for the schedule.

use lambda_runtime::LambdaInvocation;
use serde_json::json;
use shop::{Shop, WorkDone};
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};

/// Name of the variable that has each invocation tell what it did: statements of the database, letters, purges.
pub const REPORT_WORK: &str = "TRADEWIND_REPORT_WORK";
/// What such a line of the log begins with; JSON follows.
pub const WORK_LINE: &str = "WORK ";
/// Longest that an environment works on what a request left, in milliseconds: it is billed, and takes no other request.
const AFTER_MS_MAX: u64 = 5_000;
/// What stays of the invocation's time, in milliseconds.
const SPARE_MS: u64 = 500;

/// How long an invocation that ends at `deadline` (in milliseconds since 1970) may still work, if `spare_ms` stay.
pub(crate) fn time_left(shop: &Shop, deadline: u64, spare_ms: u64) -> Duration {
    let now = u64::try_from(shop.now().micros() / 1_000).unwrap_or_default();
    Duration::from_millis(deadline.saturating_sub(now).saturating_sub(spare_ms))
}

/// Puts the work behind every invocation.
#[derive(Clone)]
pub(crate) struct AfterLayer {
    shop: Shop,
    /// One works, whatever is answered at once.
    working: Arc<tokio::sync::Mutex<()>>,
    /// Whether each invocation's work is told in the log.
    reports_work: bool,
}

impl AfterLayer {
    pub(crate) fn new(shop: Shop) -> Self {
        Self { shop, working: Arc::default(), reports_work: std::env::var_os(REPORT_WORK).is_some() }
    }
}

/// A line of the log: statements that the answer took, those of what followed from it, and what else a cloud bills for.
fn report_work(shop: &Shop, before: WorkDone, answered: WorkDone) {
    let now = shop.work_done();
    let work = json!({
        "statements": answered.statements - before.statements,
        "after": now.statements - answered.statements,
        "letters": now.letters - before.letters,
        "stock_purges": now.stock_purges - before.stock_purges,
        "stock_purges_monthly": shop.settings().stock_purges_monthly,
    });
    // Where nobody reads the log there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{WORK_LINE}{work}");
}

impl<S> Layer<S> for AfterLayer {
    type Service = After<S>;

    fn layer(&self, inner: S) -> After<S> {
        After { inner, layer: self.clone() }
    }
}

/// Invocations with the work behind them.
#[derive(Clone)]
pub(crate) struct After<S> {
    inner: S,
    layer: AfterLayer,
}

impl<S> Service<LambdaInvocation> for After<S>
where
    S: Service<LambdaInvocation, Response = ()>,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = ();
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let deadline = invocation.context.deadline;
        let layer = self.layer.clone();
        let before = self.layer.shop.work_done();
        let answer = self.inner.call(invocation);
        Box::pin(async move {
            answer.await?;
            let answered = layer.shop.work_done();
            // Whoever is at work already finds what was written meanwhile, or the next invocation does.
            if let Ok(_one) = layer.working.try_lock()
                && layer.shop.take_ring()
            {
                let left = time_left(&layer.shop, deadline, SPARE_MS);
                let most = left.min(Duration::from_millis(AFTER_MS_MAX));
                if let Err(error) = layer.shop.work_outbox_within(most).await {
                    tracing::warn!(error = format!("{error:#}"), "what follows from a request waits for the schedule");
                }
            }
            if layer.reports_work {
                report_work(&layer.shop, before, answered);
            }
            Ok(())
        })
    }
}
