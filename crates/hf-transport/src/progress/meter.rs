//! Adds up the events of a transfer and measures its speed.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{FileOutcome, ProgressEvent, ProgressSink};

/// The period over which the speed is measured.
const WINDOW: Duration = Duration::from_secs(5);
/// Bytes that arrive within this period are counted together.
const BUCKET: Duration = Duration::from_millis(100);

/// Adds up the events of one call, or of all calls of a client: what is done, what is left, and how fast it
/// goes.
///
/// A program that shows progress need not count itself: it forwards the events to a meter and reads the
/// [`summary`](Self::summary).
///
/// ```
/// use hf_transport::progress::{ProgressEvent, ProgressMeter, ProgressSink as _};
/// let meter = ProgressMeter::default();
/// meter.on_event(&ProgressEvent::Begin { operation: "snapshot_download", files: Some(2), bytes: Some(100) });
/// meter.on_event(&ProgressEvent::FileBegin { file: "config.json", bytes: Some(60), already: 20 });
/// meter.on_event(&ProgressEvent::Transferred { file: "config.json", bytes: 30 });
/// let summary = meter.summary();
/// assert_eq!((summary.bytes_done, summary.bytes), (50, Some(100)));
/// assert!(summary.bytes_per_second > 0.0);
/// ```
#[derive(Debug, Default)]
pub struct ProgressMeter(Mutex<State>);

/// The state of a [`ProgressMeter`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct ProgressSummary {
    /// Calls that have started and not ended.
    pub calls: u64,
    /// The total number of files; `None` while a call has not reported its number.
    pub files: Option<u64>,
    /// Files that are complete, whether they were transferred or already existed.
    pub files_done: u64,
    /// Files that failed.
    pub files_failed: u64,
    /// The total size of the files in bytes, as far as reported; `None` if no size was reported.
    pub bytes: Option<u64>,
    /// Bytes that are complete, including those that earlier attempts left.
    pub bytes_done: u64,
    /// Bytes that were read from disk and hashed.
    pub bytes_hashed: u64,
    /// Bytes, among those that are complete, that were not transferred because the storage has them.
    pub bytes_deduplicated: u64,
    /// Bytes of objects that files share, as they went to the storage, after compression.
    pub bytes_sent: u64,
    /// Transfers and requests that failed and were tried again.
    pub retries: u64,
    /// Bytes transferred per second, measured over the last five seconds.
    pub bytes_per_second: f64,
    /// Time since the first call started.
    pub elapsed: Duration,
}

impl ProgressSummary {
    /// Returns the estimated time for the remaining bytes, if size and speed are known.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.bytes?.saturating_sub(self.bytes_done) as f64;
        Duration::try_from_secs_f64(left / self.bytes_per_second).ok()
    }
}

impl ProgressMeter {
    /// Creates a meter with all sums at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the sums and the current speed.
    pub fn summary(&self) -> ProgressSummary {
        self.state().summary(Instant::now())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProgressSink for ProgressMeter {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        self.state().on_event(event, Instant::now());
    }
}

/// Adds a number that may come from a server; saturates, so that a sum neither panics nor wraps.
fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

#[derive(Debug, Default)]
struct State {
    began: Option<Instant>,
    sums: ProgressSummary,
    files: u64,
    /// Calls that did not report their number of files or bytes.
    without_files: u64,
    without_bytes: u64,
    /// Files in flight.
    open: HashSet<Box<str>>,
    /// When bytes arrived, and how many.
    recent: VecDeque<(Instant, u64)>,
}

impl State {
    fn on_event(&mut self, event: &ProgressEvent<'_>, now: Instant) {
        let sums = &mut self.sums;
        match *event {
            ProgressEvent::Begin { files, bytes, .. } => {
                self.began.get_or_insert(now);
                sums.calls += 1;
                match files {
                    Some(files) => add(&mut self.files, files),
                    None => self.without_files += 1,
                }
                match bytes {
                    Some(bytes) => add(sums.bytes.get_or_insert(0), bytes),
                    None => self.without_bytes += 1,
                }
            }
            ProgressEvent::FileBegin {
                file,
                bytes,
                already,
            } => {
                // A file that begins again is not counted twice.
                if self.open.insert(file.into())
                    && self.without_bytes > 0
                    && let Some(bytes) = bytes
                {
                    add(sums.bytes.get_or_insert(0), bytes);
                }
                add(&mut sums.bytes_done, already);
            }
            ProgressEvent::Hashed { bytes, .. } => add(&mut sums.bytes_hashed, bytes),
            ProgressEvent::Transferred { bytes, .. } => {
                add(&mut sums.bytes_done, bytes);
                self.arrived(bytes, now);
            }
            ProgressEvent::Deduplicated { bytes, .. } => {
                add(&mut sums.bytes_done, bytes);
                add(&mut sums.bytes_deduplicated, bytes);
            }
            ProgressEvent::Sent { bytes } => add(&mut sums.bytes_sent, bytes),
            ProgressEvent::Restarted { bytes, .. } => {
                sums.bytes_done = sums.bytes_done.saturating_sub(bytes);
            }
            ProgressEvent::Retry { .. } | ProgressEvent::RequestRetry { .. } => {
                sums.retries = sums.retries.saturating_add(1);
            }
            ProgressEvent::FileEnd { file, outcome } => {
                self.open.remove(file);
                match outcome {
                    FileOutcome::Failed => sums.files_failed += 1,
                    FileOutcome::Done | FileOutcome::Present => sums.files_done += 1,
                }
            }
            ProgressEvent::End { .. } => sums.calls = sums.calls.saturating_sub(1),
        }
    }

    fn arrived(&mut self, bytes: u64, now: Instant) {
        match self.recent.back_mut() {
            Some((at, sum)) if now.duration_since(*at) < BUCKET => add(sum, bytes),
            _ => self.recent.push_back((now, bytes)),
        }
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, _)) = self.recent.front()
            && now.duration_since(*at) > WINDOW
        {
            self.recent.pop_front();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn summary(&mut self, now: Instant) -> ProgressSummary {
        self.forget(now);
        let bytes = self
            .recent
            .iter()
            .fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
        let over = self
            .recent
            .front()
            .map_or(BUCKET, |(at, _)| now.duration_since(*at).max(BUCKET));
        ProgressSummary {
            files: (self.without_files == 0).then_some(self.files),
            bytes_per_second: bytes as f64 / over.as_secs_f64(),
            elapsed: self
                .began
                .map_or(Duration::ZERO, |at| now.duration_since(at)),
            ..self.sums
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "a";

    fn begin(files: Option<u64>, bytes: Option<u64>) -> ProgressEvent<'static> {
        ProgressEvent::Begin {
            operation: "x",
            files,
            bytes,
        }
    }

    fn file(bytes: u64, already: u64) -> ProgressEvent<'static> {
        ProgressEvent::FileBegin {
            file: FILE,
            bytes: Some(bytes),
            already,
        }
    }

    fn moved(bytes: u64) -> ProgressEvent<'static> {
        ProgressEvent::Transferred { file: FILE, bytes }
    }

    #[test]
    fn sums_of_a_transfer_that_starts_over() {
        let (mut state, now) = (State::default(), Instant::now());
        let events = [
            begin(Some(1), None),
            file(100, 40),
            moved(30),
            ProgressEvent::Retry {
                file: FILE,
                attempt: 1,
                reason: "cut",
            },
            ProgressEvent::Restarted {
                file: FILE,
                bytes: 70,
            },
            file(100, 0),
            moved(100),
            ProgressEvent::Hashed {
                file: FILE,
                bytes: 40,
            },
            ProgressEvent::FileEnd {
                file: FILE,
                outcome: FileOutcome::Done,
            },
            ProgressEvent::End { operation: "x" },
        ];
        for event in &events {
            state.on_event(event, now);
        }
        let sums = state.summary(now);
        assert_eq!((sums.bytes, sums.bytes_done), (Some(100), 100));
        assert_eq!((sums.files, sums.files_done), (Some(1), 1));
        assert_eq!((sums.retries, sums.bytes_hashed), (1, 40));
        assert_eq!((sums.calls, sums.files_failed), (0, 0));
    }

    #[test]
    fn sizes_that_a_server_made_up_do_not_overflow() {
        let (mut state, now) = (State::default(), Instant::now());
        for _ in 0..3 {
            state.on_event(&begin(Some(u64::MAX), Some(u64::MAX)), now);
            state.on_event(&file(u64::MAX, u64::MAX), now);
            state.on_event(&moved(u64::MAX), now);
        }
        assert_eq!(state.summary(now).bytes_done, u64::MAX);
    }

    #[test]
    fn the_speed_is_that_of_the_last_seconds() {
        let (mut state, start) = (State::default(), Instant::now());
        assert_eq!(state.summary(start).remaining(), None);
        state.on_event(&begin(None, Some(30_000)), start);
        for second in 0..20 {
            let now = start + Duration::from_secs(second);
            state.on_event(&moved(1000), now);
        }
        let now = start + Duration::from_secs(20);
        let sums = state.summary(now);
        assert!((sums.bytes_per_second - 1000.0).abs() < 1.0, "{sums:?}");
        assert_eq!(sums.remaining(), Some(Duration::from_secs(10)));
        assert_eq!((sums.files, sums.elapsed), (None, now - start));
        let later = state.summary(now + Duration::from_secs(60));
        assert!(later.bytes_per_second.abs() < f64::EPSILON);
        assert_eq!(later.remaining(), None);
    }
}
