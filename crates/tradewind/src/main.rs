//! `tradewind`: the command that wires everything together.

use std::process::ExitCode;

fn main() -> ExitCode {
    tradewind::command()
}
