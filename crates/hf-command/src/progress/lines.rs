//! Progress as lines, for logs and programs.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hf_api::transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use serde_json::{Value, json};

use super::sums::{Counts, Sums};
use crate::output;
use crate::text;

/// A person who reads a log sees that it goes on, and the log stays short.
const PLAIN_PERIOD: Duration = Duration::from_secs(10);
/// A program that draws its own bar wants more.
const JSON_PERIOD: Duration = Duration::from_secs(1);

/// Prints a line for each file that ends, and one with the sums now and then, whether anything happens or not.
pub(super) struct Lines {
    json: bool,
    sums: Arc<Sums>,
    ticker: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Lines {
    pub(super) fn start(json: bool, sums: Arc<Sums>) -> Arc<Self> {
        let (stop, stopped) = mpsc::channel();
        let period = if json { JSON_PERIOD } else { PLAIN_PERIOD };
        let of_ticker = sums.clone();
        let ticker = std::thread::spawn(move || {
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                print(
                    json,
                    || sums_as_json(&of_ticker.counts()),
                    || sums_as_text(&of_ticker.counts()),
                );
            }
        });
        Arc::new(Self {
            json,
            sums,
            ticker: Mutex::new(Some((stop, ticker))),
        })
    }

    /// Prints the sums for the last time.
    pub(super) fn stop(&self) {
        let ticker = self
            .ticker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, ticker)) = ticker {
            drop(stop);
            let _panicked = ticker.join();
            let counts = self.sums.counts();
            print(
                self.json,
                || sums_as_json(&counts),
                || sums_as_text(&counts),
            );
        }
    }
}

impl ProgressSink for Lines {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        match *event {
            ProgressEvent::FileEnd { file, outcome } => {
                let outcome = match outcome {
                    FileOutcome::Done => "done",
                    FileOutcome::Present => "present",
                    _ => "failed",
                };
                print(
                    self.json,
                    || json!({"event": "file", "file": file, "outcome": outcome}),
                    || format!("{}: {outcome}", printable(file)),
                );
            }
            ProgressEvent::Retry {
                file,
                attempt,
                reason,
            } => print(
                self.json,
                || json!({"event": "retry", "file": file, "attempt": attempt, "reason": reason}),
                || {
                    format!(
                        "{}: attempt {attempt} failed ({reason}); trying again",
                        printable(file)
                    )
                },
            ),
            _ => {}
        }
    }
}

fn sums_as_json(counts: &Counts) -> Value {
    json!({
        "event": "progress",
        "files": counts.files,
        "files_done": counts.files_done,
        "files_present": counts.files_present,
        "files_failed": counts.files_failed,
        "bytes": counts.bytes,
        "bytes_transferred": counts.bytes_transferred,
        "bytes_present": counts.bytes_present,
        "bytes_per_second": counts.rate(),
        "seconds": counts.elapsed.as_secs_f64(),
    })
}

fn sums_as_text(counts: &Counts) -> String {
    let of = |total: Option<String>| total.map(|total| format!("/{total}")).unwrap_or_default();
    format!(
        "{}{} files, {}{}, {}/s",
        counts.files_done + counts.files_present,
        of(counts.files.map(|files| files.to_string())),
        text::bytes(
            counts
                .bytes_transferred
                .saturating_add(counts.bytes_present)
        ),
        of(counts.bytes.map(text::bytes)),
        text::bytes(counts.rate())
    )
}

/// A name from the Hub must not move the cursor.
fn printable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn print(json: bool, as_json: impl FnOnce() -> Value, as_text: impl FnOnce() -> String) {
    let line = if json {
        output::line_of_json(&as_json())
    } else {
        as_text()
    };
    output::say(&line);
}
