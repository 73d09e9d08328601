//! Gzip as it arrives.

use std::io::{self, Write};

use bytes::{Buf, Bytes};
use flate2::write::GzDecoder;

/// How much is decoded at a time; it becomes at most a thousand times as much.
const STEP: usize = 16 << 10;

/// A decoder of one or several gzip members.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The member that is being decoded.
    member: GzDecoder<Vec<u8>>,
    input: Bytes,
    /// The member has taken a byte.
    started: bool,
    /// Whatever follows the last member is ignored, as by every other reader of gzip.
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

    /// Adds input, once [`decode`](Self::decode) has used up what was there.
    pub(super) fn push(&mut self, input: Bytes) {
        debug_assert!(self.input.is_empty());
        self.input = input;
    }

    /// Decodes some input; `None` if all of it was used up.
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

    /// Ends a member, of which it checks the sum, and begins another one if there is one.
    fn next_member(&mut self) -> io::Result<Vec<u8>> {
        let member = std::mem::replace(&mut self.member, GzDecoder::new(Vec::new()));
        self.done = self.input.first() != Some(&0x1f);
        self.started = false;
        member.finish()
    }

    /// Returns what is left at the end of the input; an error if that ends inside of a member.
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
