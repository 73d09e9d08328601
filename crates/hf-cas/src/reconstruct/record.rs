//! The chunks of a response as they were sent, to be kept on disk; without I/O.

use std::ops::Range;

use super::plan::{Fetch, Part};
use crate::xorb::{CHUNK_HEADER, ChunkHeader};

/// Chunks that follow each other are kept together, about this many bytes at a time.
const SEGMENT: usize = 1 << 20;

/// Chunks of a xorb that follow each other, as a store sends them: compressed, each behind its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) chunks: Range<u32>,
    pub(crate) bytes: Vec<u8>,
}

/// Collects the chunks of a response. It holds one segment and one chunk at most.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    parts: &'a [Part],
    /// Where in the xorb its next byte is.
    at: u64,
    /// The first chunk in `bytes`, and how many of them are whole.
    first: u32,
    whole: u32,
    /// The bytes of the whole chunks.
    whole_bytes: usize,
    bytes: Vec<u8>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(fetch: &'a Fetch) -> Self {
        let mut recorder = Self {
            parts: fetch.parts(),
            at: 0,
            first: 0,
            whole: 0,
            whole_bytes: 0,
            bytes: Vec::new(),
        };
        recorder.begin_part();
        recorder
    }

    fn begin_part(&mut self) {
        if let Some(part) = self.parts.first() {
            (self.at, self.first) = (part.bytes().start, part.chunks().start);
        }
        (self.whole, self.whole_bytes) = (0, 0);
        self.bytes.clear();
    }

    /// Takes bytes that begin at `at` in the xorb, and returns the segments that they complete. What makes no sense ends
    /// the record; that it is an error is for others to say.
    pub(super) fn push(&mut self, at: u64, mut bytes: &[u8]) -> Vec<Segment> {
        let mut complete = Vec::new();
        let mut from = at;
        while let Some(part) = self.parts.first() {
            if from > self.at {
                self.parts = &[];
                break;
            }
            let skip = usize::try_from(self.at - from).map_or(bytes.len(), |n| n.min(bytes.len()));
            let end = part.bytes().end;
            let here = usize::try_from(end - self.at).unwrap_or(usize::MAX);
            let here = &bytes[skip..bytes.len().min(skip.saturating_add(here))];
            if here.is_empty() {
                break;
            }
            from += (skip + here.len()) as u64;
            self.at = from;
            self.bytes.extend_from_slice(here);
            bytes = &bytes[skip + here.len()..];
            if !self.find_chunks(part.chunks().end) {
                self.parts = &[];
                break;
            }
            if from == end {
                complete.extend(self.cut());
                self.parts = &self.parts[1..];
                self.begin_part();
            } else if self.whole_bytes >= SEGMENT {
                complete.extend(self.cut());
            }
        }
        complete
    }

    /// Finds where the chunks in the bytes end. Returns whether they are as they should be.
    fn find_chunks(&mut self, end: u32) -> bool {
        while let Some(header) = self.bytes[self.whole_bytes..].first_chunk::<CHUNK_HEADER>() {
            let Ok(header) = ChunkHeader::parse(*header) else {
                return false;
            };
            let chunk_end = self.whole_bytes + CHUNK_HEADER + header.encoded_length as usize;
            if chunk_end > self.bytes.len() {
                break;
            }
            if self.first + self.whole == end {
                return false;
            }
            self.whole += 1;
            self.whole_bytes = chunk_end;
        }
        true
    }

    /// Returns the whole chunks that there are.
    pub(super) fn cut(&mut self) -> Option<Segment> {
        if self.whole == 0 {
            return None;
        }
        let rest = self.bytes.split_off(self.whole_bytes);
        let segment = Segment {
            chunks: self.first..self.first + self.whole,
            bytes: std::mem::replace(&mut self.bytes, rest),
        };
        self.first += self.whole;
        (self.whole, self.whole_bytes) = (0, 0);
        Some(segment)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Hash;
    use crate::reconstruct::{Reconstruction, Version};
    use crate::xorb::{Xorb, XorbBuilder};

    /// A xorb of 40 chunks of 60,000 bytes that do not compress.
    fn xorb() -> Xorb {
        let mut state = 7_u64;
        let mut builder = XorbBuilder::new();
        for _ in 0..40 {
            let chunk: Vec<u8> = std::iter::repeat_with(|| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .take(60_000)
            .collect();
            builder.push(Hash::of_chunk(&chunk), &chunk);
        }
        builder.finish()
    }

    fn at(xorb: &Xorb, chunk: usize) -> usize {
        let before = chunk
            .checked_sub(1)
            .map(|last| xorb.chunks()[last].encoded_end);
        before.unwrap_or(0) as usize
    }

    /// A file of the chunks 0..30 and 32..40.
    fn fetch(xorb: &Xorb) -> Fetch {
        let hash = xorb.hash();
        let term = |start: usize, end: usize| json!({"hash": hash, "unpacked_length": (end - start) * 60_000, "range": {"start": start, "end": end}});
        let range = |start: usize, end: usize| json!({"chunks": {"start": start, "end": end}, "bytes": {"start": at(xorb, start), "end": at(xorb, end) - 1}});
        let json = json!({
            "terms": [term(0, 30), term(32, 40)],
            "xorbs": {hash.to_string(): [{"url": "https://storage.test/x", "ranges": [range(0, 30), range(32, 40)]}]},
        });
        let size = 38 * 60_000;
        let json = serde_json::to_vec(&json).unwrap();
        let plan = Reconstruction::parse(Version::V2, &json, 0..size, size).unwrap();
        plan.fetches()[0].clone()
    }

    #[test]
    fn chunks_are_kept_whole_however_the_response_arrives() {
        let xorb = xorb();
        let fetch = fetch(&xorb);
        for piece in [1_000, 65_536, 10_000_000] {
            let mut recorder = Recorder::new(&fetch);
            let mut kept = Vec::new();
            // All of the xorb, of which two chunks are in no part.
            for (i, bytes) in xorb.data().chunks(piece).enumerate() {
                kept.extend(recorder.push((i * piece) as u64, bytes));
            }
            assert_eq!(recorder.cut(), None);
            let chunks: Vec<u32> = kept.iter().flat_map(|s| s.chunks.clone()).collect();
            assert_eq!(chunks, (0..30).chain(32..40).collect::<Vec<_>>());
            for segment in &kept {
                let (start, end) = (segment.chunks.start as usize, segment.chunks.end as usize);
                assert!(segment.bytes == xorb.data()[at(&xorb, start)..at(&xorb, end)]);
            }
            assert!(piece > SEGMENT || kept.iter().all(|s| s.bytes.len() < SEGMENT + 200_000));
        }
    }

    #[test]
    fn what_was_cut_off_leaves_the_chunks_before_it() {
        let xorb = xorb();
        let fetch = fetch(&xorb);
        let mut recorder = Recorder::new(&fetch);
        let cut = at(&xorb, 5) + 100;
        assert_eq!(recorder.push(0, &xorb.data()[..cut]), []);
        let kept = recorder.cut().unwrap();
        assert_eq!(kept.chunks, 0..5);
        assert!(kept.bytes == xorb.data()[..at(&xorb, 5)]);
        assert_eq!(recorder.cut(), None);
    }

    #[test]
    fn bytes_that_are_no_chunks_are_not_kept() {
        let xorb = xorb();
        let fetch = fetch(&xorb);
        let mut recorder = Recorder::new(&fetch);
        assert_eq!(recorder.push(0, &vec![9; 3_000_000]), []);
        assert_eq!(recorder.cut(), None);
        let mut recorder = Recorder::new(&fetch);
        assert_eq!(
            recorder.push(1, xorb.data()),
            [],
            "the first byte is missing"
        );
        assert_eq!(recorder.cut(), None);
    }
}
