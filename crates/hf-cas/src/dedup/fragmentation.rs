//! When a file would fall into too many pieces.

use std::collections::VecDeque;

/// Ranges that are looked back at. A file of fewer may have ranges of any length.
const WINDOW: usize = 128;

/// On average, the ranges of the window are to have this many chunks: 512 KiB.
const MIN_CHUNKS_PER_RANGE: f64 = 8.0;

/// Once short ranges are refused, they stay refused until the average is good again; until then, half of it will do.
const HYSTERESIS: f64 = 0.5;

/// Decides whether to deduplicate a range of chunks or to send them again.
///
/// A download asks for each range of a file on its own. A file that is deduplicated into thousands of ranges of a
/// chunk or two each costs little to store and much to read: then a few more bytes are sent, so that ranges stay
/// long. The rule and its numbers are those of the official client.
#[derive(Debug, Clone)]
pub struct Fragmentation {
    /// The numbers of chunks of the last ranges.
    ranges: VecDeque<usize>,
    chunks: usize,
    lenient: bool,
}

impl Fragmentation {
    /// Returns the state at the beginning of a file.
    pub fn new() -> Self {
        Self {
            ranges: VecDeque::new(),
            chunks: 0,
            lenient: true,
        }
    }

    /// Notes that a range of `chunks` begins.
    pub fn begin(&mut self, chunks: usize) {
        self.ranges.push_back(chunks);
        self.chunks += chunks;
        if self.ranges.len() > WINDOW {
            self.chunks -= self.ranges.pop_front().unwrap_or(0);
        }
    }

    /// Notes that the last range goes on for `chunks`.
    pub fn extend(&mut self, chunks: usize) {
        if let Some(last) = self.ranges.back_mut() {
            *last += chunks;
            self.chunks += chunks;
        }
    }

    /// Returns whether a new range of `chunks` may begin that refers to another xorb.
    #[allow(
        clippy::cast_precision_loss,
        reason = "numbers of a few thousand chunks"
    )]
    pub fn allows(&mut self, chunks: usize) -> bool {
        if self.ranges.len() < WINDOW {
            return true;
        }
        let average = self.chunks as f64 / self.ranges.len() as f64;
        let wanted = if self.lenient {
            MIN_CHUNKS_PER_RANGE * HYSTERESIS
        } else {
            MIN_CHUNKS_PER_RANGE
        };
        if average >= wanted {
            self.lenient = true;
        } else if (chunks as f64) < average {
            self.lenient = false;
            return false;
        }
        true
    }
}

impl Default for Fragmentation {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ranges_are_allowed_until_a_file_is_in_pieces_and_again_when_it_is_not() {
        let mut file = Fragmentation::new();
        for _ in 0..WINDOW {
            assert!(file.allows(1));
            file.begin(1);
        }
        file.begin(2);
        assert!(!file.allows(1), "an average of 1.01 chunks");
        assert!(file.allows(2), "a range longer than the average helps");
        for _ in 0..WINDOW {
            file.begin(1);
            file.extend(5);
        }
        assert!(!file.allows(1), "an average of 6 chunks, after a refusal");
        for _ in 0..WINDOW {
            file.begin(8);
        }
        assert!(file.allows(1));
        for _ in 0..WINDOW {
            file.begin(5);
        }
        assert!(file.allows(1), "an average of 5 chunks, without a refusal");
    }
}
