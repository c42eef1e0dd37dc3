//! Printing: the result to standard output, everything else to standard error, and nothing breaks when the reader is
//! gone.

use serde_json::Value;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    /// Where a command prints instead that was not started on a terminal.
    static CAPTURED: Captured;
}

/// Longest text that is kept of each stream, in bytes: with both, an answer stays below what a function may give.
const CAPTURED_BYTES_MAX: usize = 2 * 1_024 * 1_024;

/// What a command prints, kept for whoever invoked it.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Streams>>);

#[derive(Default)]
struct Streams {
    out: Vec<u8>,
    notes: Vec<u8>,
    is_cut: bool,
}

impl Captured {
    /// Runs a command that prints here.
    pub(crate) async fn of<T>(&self, command: impl Future<Output = T>) -> T {
        CAPTURED.scope(self.clone(), command).await
    }

    /// Its result and everything else that it said.
    pub(crate) fn taken(&self) -> (String, String) {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Streams { out, notes, is_cut } = std::mem::take(&mut *streams);
        let [out, mut notes] = [out, notes].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if is_cut {
            notes.push_str(&format!("only the first {CAPTURED_BYTES_MAX} bytes are given; let it write to a file\n"));
        }
        (out, notes)
    }

    fn put(&self, stream: fn(&mut Streams) -> &mut Vec<u8>, bytes: &[u8]) {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = stream(&mut streams);
        let room = CAPTURED_BYTES_MAX.saturating_sub(stream.len());
        stream.extend(bytes.iter().take(room));
        streams.is_cut |= room < bytes.len();
    }
}

/// The result as bytes, for what is written piece by piece.
pub(crate) struct ResultWriter;

impl Write for ResultWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        write_or_end(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Prints a line of the result. A reader that has enough ends the program quietly, as `head` expects.
pub(crate) fn line(text: impl std::fmt::Display) {
    write_or_end(format!("{text}\n").as_bytes());
}

/// Prints the result as JSON, indented for people.
pub(crate) fn json(value: &Value) {
    write_or_end(format!("{value:#}\n").as_bytes());
}

/// Prints something that is not the result: what happens, what to do next.
pub(crate) fn note(text: impl std::fmt::Display) {
    if CAPTURED.try_with(|captured| captured.put(|streams| &mut streams.notes, format!("{text}\n").as_bytes())).is_ok()
    {
        return;
    }
    // Who closed standard error does not want to hear it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn write_or_end(bytes: &[u8]) {
    if CAPTURED.try_with(|captured| captured.put(|streams| &mut streams.out, bytes)).is_ok() {
        return;
    }
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        if error.kind() != ErrorKind::BrokenPipe {
            note(format!("tradewind: cannot write the result: {error}"));
        }
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

/// Either a result for programs or one for people.
pub(crate) fn result(as_json: bool, value: &Value, people: impl FnOnce()) {
    if as_json {
        json(value);
    } else {
        people();
    }
}

/// Whether somebody sits in front of the program and can answer.
pub(crate) fn can_ask() -> bool {
    CAPTURED.try_with(|_| ()).is_err() && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for an answer on a line of its own; nothing where nobody can answer.
pub(crate) fn ask(question: &str) -> Option<String> {
    if !can_ask() {
        return None;
    }
    let mut out = std::io::stderr();
    let _ = write!(out, "{question} ").and_then(|()| out.flush());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    Some(answer.trim().to_owned())
}

/// A table whose columns are as wide as they must be.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
