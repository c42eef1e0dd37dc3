//! The lines that Lambda itself writes into a log, and the bodies of errors that it answers.

use serde_json::json;

use super::{FunctionError, TIMED_OUT};
use crate::clock::log_time;

/// The type of an error of a process that was ended over its memory.
pub(super) const OUT_OF_MEMORY: &str = "Runtime.OutOfMemory";

/// What a report says of an invocation.
pub(super) struct Report<'a> {
    pub(super) request_id: &'a str,
    pub(super) duration_us: u64,
    /// Only of the invocation that an environment was started for.
    pub(super) init_us: Option<u64>,
    pub(super) memory_mb: u32,
    pub(super) memory_used_mb: u32,
    pub(super) failure: Option<Failure<'a>>,
}

/// How an invocation failed, for its report.
#[derive(Clone, Copy)]
pub(super) enum Failure<'a> {
    TimedOut,
    Error(&'a str),
}

impl Report<'_> {
    /// Init and duration together, rounded up.
    pub(super) fn billed_ms(&self) -> u64 {
        (self.duration_us + self.init_us.unwrap_or(0)).div_ceil(1_000)
    }

    pub(super) fn line(&self) -> String {
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id,
            ms(self.duration_us),
            self.billed_ms(),
            self.memory_mb,
            self.memory_used_mb
        );
        if let Some(init_us) = self.init_us {
            line += &format!("Init Duration: {} ms\t", ms(init_us));
        }
        match self.failure {
            None => {}
            Some(Failure::TimedOut) => line += "Status: timeout",
            Some(Failure::Error(kind)) => line += &format!("Status: error\tError Type: {kind}"),
        }
        line
    }
}

/// `INIT_REPORT …`, for an init that did not succeed.
pub(super) fn init_report(init_us: u64, phase: &str, status: &str) -> String {
    format!("INIT_REPORT Init Duration: {} ms\tPhase: {phase}\t{status}", ms(init_us))
}

/// `2026-11-29T17:00:00.000Z 6f0c… Task timed out after 3.00 seconds`.
pub(super) fn timed_out_line(now_ms: u64, request_id: &str, timeout_s: u32) -> String {
    format!("{} {request_id} Task timed out after {timeout_s}.00 seconds", log_time(now_ms))
}

/// The error of an invocation whose time was over.
pub(super) fn timed_out(request_id: &str, timeout_s: u32) -> FunctionError {
    let words = format!("RequestId: {request_id} Error: Task timed out after {timeout_s}.00 seconds");
    error(TIMED_OUT, &words)
}

/// The error of an invocation that used more memory than it may.
pub(super) fn out_of_memory(request_id: &str) -> FunctionError {
    error(OUT_OF_MEMORY, &format!("RequestId: {request_id} Error: Runtime exited with error: signal: killed"))
}

/// The error of an invocation whose environment the service has ended.
pub(super) fn sandbox_failure(request_id: &str) -> FunctionError {
    error("Sandbox.Failure", &format!("RequestId: {request_id} Error: the environment was ended"))
}

/// An error with the type also in its body.
pub(super) fn error(kind: &str, message: &str) -> FunctionError {
    FunctionError { kind: kind.to_owned(), body: error_body(kind, message).into() }
}

/// The body of an error that the function itself did not report.
pub(super) fn error_body(kind: &str, message: &str) -> Vec<u8> {
    json!({"errorType": kind, "errorMessage": message}).to_string().into_bytes()
}

/// Milliseconds with two decimals.
fn ms(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_read_as_lambda_writes_them() {
        let report = Report {
            request_id: "r",
            duration_us: 1_230,
            init_us: Some(48_115),
            memory_mb: 128,
            memory_used_mb: 20,
            failure: None,
        };
        assert_eq!(
            report.line(),
            "REPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 50 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 20 MB\tInit Duration: 48.11 ms\t"
        );
        let late = Report { init_us: None, failure: Some(Failure::TimedOut), ..report };
        assert!(late.line().ends_with("Max Memory Used: 20 MB\tStatus: timeout"));
        assert_eq!(late.billed_ms(), 2);
    }
}
