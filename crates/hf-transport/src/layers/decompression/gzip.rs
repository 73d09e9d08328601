//! A streaming gzip decoder.

use std::io::{self, Write};

use bytes::{Buf, Bytes};
use flate2::write::GzDecoder;

/// How many compressed bytes are decoded at a time; they expand at most a thousandfold.
const STEP: usize = 16 << 10;

/// Decodes one or several concatenated gzip members.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The member being decoded.
    member: GzDecoder<Vec<u8>>,
    input: Bytes,
    /// Whether the current member has received any bytes.
    started: bool,
    /// Whether the last member has ended. Bytes after it are ignored, as in other gzip readers.
    done: bool,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            member: GzDecoder::new(Vec::new()),
            input: Bytes::new(),
            started: false,
            done: false,
        }
    }

    /// Adds input. Call this once [`decode`](Self::decode) has consumed the previous input.
    pub(super) fn push(&mut self, input: Bytes) {
        debug_assert!(self.input.is_empty());
        self.input = input;
    }

    /// Decodes some input. Returns `None` once all of it is consumed.
    pub(super) fn decode(&mut self) -> io::Result<Option<Bytes>> {
        while !self.input.is_empty() && !self.done {
            let step = &self.input[..self.input.len().min(STEP)];
            let used = self.member.write(step)?;
            self.started |= used > 0;
            self.input.advance(used);
            let output = if used == 0 {
                self.next_member()?
            } else {
                self.member.flush()?;
                std::mem::take(self.member.get_mut())
            };
            if !output.is_empty() {
                return Ok(Some(output.into()));
            }
        }
        self.input.clear();
        Ok(None)
    }

    /// Verifies the checksum of the current member, and starts the next one if there is one.
    fn next_member(&mut self) -> io::Result<Vec<u8>> {
        let member = std::mem::replace(&mut self.member, GzDecoder::new(Vec::new()));
        self.done = self.input.first() != Some(&0x1f);
        self.started = false;
        member.finish()
    }

    /// Returns the remaining output at the end of the input, or an error if the input ends inside a member.
    pub(super) fn finish(&mut self) -> io::Result<Bytes> {
        if !self.started {
            return Ok(Bytes::new());
        }
        self.started = false;
        std::mem::replace(&mut self.member, GzDecoder::new(Vec::new()))
            .finish()
            .map(Bytes::from)
    }
}
