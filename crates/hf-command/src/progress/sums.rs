//! What was transferred, and what was there.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hf_api::transport::progress::{FileOutcome, ProgressEvent, ProgressSink};

use crate::text;

/// Adds up the events of a command.
#[derive(Debug, Default)]
pub(super) struct Sums(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    began: Option<Instant>,
    ended: Option<Instant>,
    sums: Counts,
    /// The sizes of files in flight.
    open: HashMap<Box<str>, u64>,
}

/// The sums so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// As announced.
    pub(super) files: Option<u64>,
    pub(super) bytes: Option<u64>,
    /// Transferred by this command.
    pub(super) files_done: u64,
    pub(super) bytes_transferred: u64,
    /// There before, in whole or in part.
    pub(super) files_present: u64,
    pub(super) bytes_present: u64,
    pub(super) files_failed: u64,
    pub(super) elapsed: Duration,
}

impl Counts {
    /// Bytes a second, of those that were transferred.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate to be read by people"
    )]
    pub(super) fn rate(&self) -> u64 {
        (self.bytes_transferred as f64 / self.elapsed.as_secs_f64().max(0.001)) as u64
    }
}

impl Sums {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> Counts {
        let state = self.state();
        let end = state.ended.unwrap_or_else(Instant::now);
        Counts {
            elapsed: state
                .began
                .map_or(Duration::ZERO, |began| end.duration_since(began)),
            ..state.sums
        }
    }

    pub(super) fn files(&self) -> Option<u64> {
        self.state().sums.files
    }

    /// `3 files, 2.1 MB downloaded in 0.4 s (5.2 MB/s); 2 files, 1.0 MB were there already`
    pub(super) fn sentence(&self, verb: &str) -> Option<String> {
        let counts = self.counts();
        if counts.files_done + counts.files_present + counts.bytes_transferred == 0 {
            return None;
        }
        let mut text = format!(
            "{}, {} {verb} in {:.1} s ({}/s)",
            text::count(counts.files_done, "file"),
            text::bytes(counts.bytes_transferred),
            counts.elapsed.as_secs_f64(),
            text::bytes(counts.rate())
        );
        if counts.files_present > 0 || counts.bytes_present > 0 {
            text = format!(
                "{text}; {}, {} were there already",
                text::count(counts.files_present, "file"),
                text::bytes(counts.bytes_present)
            );
        }
        Some(text)
    }
}

impl ProgressSink for Sums {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        let mut state = self.state();
        let State {
            began,
            ended,
            sums,
            open,
        } = &mut *state;
        // Numbers may come from a server: they saturate.
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        match *event {
            ProgressEvent::Begin { files, bytes, .. } => {
                began.get_or_insert_with(Instant::now);
                *ended = None;
                if let Some(files) = files {
                    add(sums.files.get_or_insert(0), files);
                }
                if let Some(bytes) = bytes {
                    add(sums.bytes.get_or_insert(0), bytes);
                }
            }
            ProgressEvent::FileBegin {
                file,
                bytes,
                already,
            } => {
                open.insert(file.into(), bytes.unwrap_or_default());
                add(&mut sums.bytes_present, already);
            }
            ProgressEvent::Transferred { bytes, .. } => add(&mut sums.bytes_transferred, bytes),
            ProgressEvent::Deduplicated { bytes, .. } => add(&mut sums.bytes_present, bytes),
            ProgressEvent::Restarted { bytes, .. } => {
                // First what was transferred in vain, then what an earlier attempt had left.
                let transferred = bytes.min(sums.bytes_transferred);
                sums.bytes_transferred -= transferred;
                sums.bytes_present = sums.bytes_present.saturating_sub(bytes - transferred);
            }
            ProgressEvent::FileEnd { file, outcome } => {
                open.remove(file);
                match outcome {
                    FileOutcome::Done => sums.files_done += 1,
                    FileOutcome::Present => sums.files_present += 1,
                    _ => sums.files_failed += 1,
                }
            }
            ProgressEvent::End { .. } => *ended = Some(Instant::now()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_not_counted_as_transferred() {
        let sums = Sums::default();
        let present = |file| {
            [
                ProgressEvent::FileBegin {
                    file,
                    bytes: Some(100),
                    already: 100,
                },
                ProgressEvent::FileEnd {
                    file,
                    outcome: FileOutcome::Present,
                },
            ]
        };
        let begin = ProgressEvent::Begin {
            operation: "x",
            files: Some(2),
            bytes: Some(300),
        };
        let resumed = [
            ProgressEvent::FileBegin {
                file: "b",
                bytes: Some(200),
                already: 50,
            },
            ProgressEvent::Transferred {
                file: "b",
                bytes: 100,
            },
            ProgressEvent::Restarted {
                file: "b",
                bytes: 150,
            },
            ProgressEvent::FileBegin {
                file: "b",
                bytes: Some(200),
                already: 0,
            },
            ProgressEvent::Transferred {
                file: "b",
                bytes: 200,
            },
            ProgressEvent::FileEnd {
                file: "b",
                outcome: FileOutcome::Done,
            },
            ProgressEvent::End { operation: "x" },
        ];
        assert_eq!(sums.sentence("downloaded"), None);
        for event in [begin].iter().chain(&present("a")).chain(&resumed) {
            sums.on_event(event);
        }
        let counts = sums.counts();
        assert_eq!((counts.bytes_transferred, counts.bytes_present), (200, 100));
        assert_eq!((counts.files_done, counts.files_present), (1, 1));
        let text = sums.sentence("downloaded").unwrap();
        assert!(text.starts_with("1 file, 200 B downloaded in "), "{text}");
        assert!(
            text.ends_with("; 1 file, 100 B were there already"),
            "{text}"
        );
    }
}
