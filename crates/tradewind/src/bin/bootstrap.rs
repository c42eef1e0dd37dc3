//! `bootstrap`: the store as an AWS Lambda function.

use std::process::ExitCode;

fn main() -> ExitCode {
    tradewind::bootstrap()
}
