//! The programs: `tradewind`, the command that wires everything together, and `bootstrap`, the store as a Lambda
//! function.
//!
//! Parses what was typed, calls use cases of `shop`, prints. Start at `arguments`, then `commands`.

mod arguments;
mod commands;
mod failure;
mod function;
mod output;
mod overview;
mod serve;

use arguments::Cli;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::ffi::OsStr;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Name of the variable that filters the log: `warn`, `info`, `shop=debug`.
const LOG: &str = "TRADEWIND_LOG";
/// What is logged where nothing is said. The object store of a region calls every refusal an error.
const QUIET: &str = "warn,s3s=off";
/// Name of the variable that makes the log JSON.
const LOG_FORMAT: &str = "TRADEWIND_LOG_FORMAT";

/// The program `tradewind`: what was typed is done. In an execution environment of a function it is the function, so
/// that a package may be made of this very program.
pub fn command() -> ExitCode {
    #[cfg(feature = "region")]
    lambda_service::launcher::run_if_asked();
    if lambda::is_environment() {
        return bootstrap();
    }
    ExitCode::from(std::panic::catch_unwind(run_command).unwrap_or(failure::FAILED))
}

/// The program `bootstrap`: the store as a function, until its environment ends.
pub fn bootstrap() -> ExitCode {
    ExitCode::from(std::panic::catch_unwind(run_function).unwrap_or(failure::FAILED))
}

fn run_function() -> u8 {
    begin();
    // An environment has a part of one core, and takes one request at a time unless it says otherwise.
    let mut runtime = match lambda::requests_at_once() {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    finish(runtime.enable_all().build(), function::run())
}

fn run_command() -> u8 {
    std::panic::set_hook(Box::new(tell_of_panic));
    let typed: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => return wrong_use_words(&error, &typed),
    };
    begin();
    finish(tokio::runtime::Builder::new_multi_thread().enable_all().build(), commands::run(cli.command))
}

/// What both programs do first.
fn begin() {
    std::panic::set_hook(Box::new(tell_of_panic));
    start_log();
    // One provider of cryptography for the whole program; a second call would find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn finish(runtime: std::io::Result<tokio::runtime::Runtime>, work: impl Future<Output = anyhow::Result<()>>) -> u8 {
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failure::tell(&anyhow::Error::new(error).context("cannot start the program's threads")),
    };
    match runtime.block_on(work) {
        Ok(()) => failure::DONE,
        Err(error) => failure::tell(&error),
    }
}

/// A fault of ours stops what it happened in, and is told in one line like any other.
fn tell_of_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let what = panic.payload_as_str().unwrap_or("unknown");
    let what = failure::one_line(what);
    output::note(format!("tradewind: a fault of the program itself at {place}: {what}; please report it"));
}

/// Help and version are results; anything else is told in one line.
pub(crate) fn wrong_use_words<T: AsRef<OsStr>>(error: &clap::Error, typed: &[T]) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        output::line(error.render().to_string().trim_end());
        return failure::DONE;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        output::note(error.render().to_string().trim_end());
        return failure::WRONG_USE;
    }
    let text = error.render().to_string();
    let text = text.split("\nUsage:").next().unwrap_or_default().trim_start_matches("error: ");
    let text = text.split("\nFor more information").next().unwrap_or_default();
    output::note(format!("tradewind: {}; see `{} --help`", failure::one_line(text), named_command(typed)));
    failure::WRONG_USE
}

/// The command that was meant, as far as what was typed names one: its own help says what is missing.
fn named_command<T: AsRef<OsStr>>(typed: &[T]) -> String {
    let mut command = Cli::command();
    let mut name = command.get_name().to_owned();
    for word in typed.iter().skip(1).map(AsRef::as_ref) {
        let Some(found) = command.find_subcommand(word).cloned() else { break };
        name = format!("{name} {}", found.get_name());
        command = found;
    }
    name
}

fn start_log() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_env(LOG).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(QUIET));
    let has_colour = std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(has_colour);
    // What cannot be written (a full disk under the log) would be told on the same stream, by a panic.
    let log = log.log_internal_errors(false);
    if std::env::var(LOG_FORMAT).is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.init();
    }
}
