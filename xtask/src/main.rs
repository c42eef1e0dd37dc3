//! The project's own chores: `cargo xtask test`.
//!
//! Knows nothing of the store: it starts cargo and the servers that tests need, and counts. Start at [`suite`].

mod arguments;
mod browser;
mod counts;
mod emulator;
mod guard;
mod house;
mod licences;
mod metadata;
mod needs;
mod postgres;
mod process;
mod report;
mod suite;
mod versions;

use std::process::ExitCode;

use arguments::{Chore, Chores};
use clap::{CommandFactory, Parser};

fn main() -> ExitCode {
    let outcome = match Chores::parse().chore {
        Some(Chore::Test(plan)) => suite::run(&plan),
        None => Chores::command().print_help().map(|()| true).map_err(Into::into),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
