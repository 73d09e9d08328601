//! From the bytes of a xorb to parts of a file, without I/O.

use std::ops::Range;

use bytes::{Buf as _, Bytes};

use super::plan::{Fetch, Term};
use crate::xorb::ChunkDecoder;
use crate::{Format, FormatError, Hash, MAX_CHUNK};

/// Chunks that follow each other in the file are handed on together, about this many bytes at a time.
const BATCH: usize = 256 * 1024;
/// With so many bytes ready, no more are taken before they are handed on: a few bytes of a response can be many of the
/// file.
const FULL: usize = 512 * 1024;

/// A chunk of a file: where it begins, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkAt {
    pub(crate) at: u64,
    pub(crate) hash: Hash,
    pub(crate) length: u32,
}

/// Whole chunks that follow each other in the file, but not in memory: of each that is not compressed, the bytes are those
/// of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) at: u64,
    pub(crate) parts: Vec<Bytes>,
    pub(crate) chunks: Vec<ChunkAt>,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Bytes::len).sum()
    }

    /// Returns the parts of a range of the file that lies in these chunks.
    pub(crate) fn slice(&self, range: &Range<u64>) -> Vec<Bytes> {
        let mut at = self.at;
        let mut slices = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let end = at + part.len() as u64;
            let within = |offset: u64| usize::try_from(offset.clamp(at, end) - at).unwrap_or(0);
            let slice = within(range.start)..within(range.end);
            if !slice.is_empty() {
                slices.push(part.slice(slice));
            }
            at = end;
        }
        slices
    }
}

/// Reads the response to one fetch: decompresses and hashes each chunk once, and puts it wherever the file has it.
#[derive(Debug)]
pub(crate) struct Assembler<'a> {
    fetch: &'a Fetch,
    /// The part that is being read.
    part: usize,
    /// Where in the xorb its next byte is.
    at: u64,
    decoder: ChunkDecoder,
    next_chunk: u32,
    /// The first term of the part that has not begun.
    next_term: usize,
    /// Terms that have begun, with where the next chunk belongs.
    active: Vec<(&'a Term, u64)>,
    /// Chunks of the file that follow each other.
    data: Vec<u8>,
    data_at: u64,
    chunks: Vec<ChunkAt>,
    ready: Ready,
}

/// Batches that may be handed on.
#[derive(Debug, Default)]
struct Ready {
    batches: Vec<Batch>,
    bytes: usize,
}

impl Ready {
    fn push(&mut self, at: u64, bytes: Bytes, chunks: impl IntoIterator<Item = ChunkAt>) {
        self.bytes += bytes.len();
        if let Some(last) = self.batches.last_mut()
            && last.at + last.len() as u64 == at
        {
            last.parts.push(bytes);
            last.chunks.extend(chunks);
            return;
        }
        self.batches.push(Batch {
            at,
            parts: vec![bytes],
            chunks: chunks.into_iter().collect(),
        });
    }

    fn is_full(&self) -> bool {
        self.bytes >= FULL
    }
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> FormatError {
    FormatError::new(Format::Xorb, message)
}

/// Describes a chunk of a term that belongs at `at`.
fn chunk_at(term: &Term, at: u64, hash: Hash, length: u64) -> Result<ChunkAt, FormatError> {
    let end = term.bytes().end;
    if at + length > end {
        return Err(wrong(format!(
            "the chunks {}..{} have more than the {} bytes that are said to be there",
            term.chunks().start,
            term.chunks().end,
            end - term.bytes().start
        )));
    }
    Ok(ChunkAt {
        at,
        hash,
        length: u32::try_from(length).unwrap_or(u32::MAX),
    })
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(fetch: &'a Fetch) -> Self {
        let mut assembler = Self {
            fetch,
            part: 0,
            at: 0,
            decoder: ChunkDecoder::new(),
            next_chunk: 0,
            next_term: 0,
            active: Vec::new(),
            data: Vec::new(),
            data_at: 0,
            chunks: Vec::new(),
            ready: Ready::default(),
        };
        assembler.begin_part();
        assembler
    }

    fn begin_part(&mut self) {
        if let Some(part) = self.fetch.parts().get(self.part) {
            self.at = part.bytes().start;
            self.next_chunk = part.chunks().start;
            self.next_term = 0;
            self.decoder = ChunkDecoder::new();
        }
    }

    /// Takes bytes from `bytes`, which begin at `at` in the xorb. Those that are in no part are skipped. It leaves some, and
    /// `at` where they begin, if [`take_ready`](Self::take_ready) is to be called first.
    pub(crate) fn push(&mut self, at: &mut u64, bytes: &mut Bytes) -> Result<(), FormatError> {
        while !self.ready.is_full()
            && let Some(part) = self.fetch.parts().get(self.part)
        {
            let end = part.bytes().end;
            if *at > self.at {
                return Err(wrong(format!(
                    "bytes {}..{at} of the xorb are missing",
                    self.at
                )));
            }
            let skip = usize::try_from(self.at - *at).map_or(bytes.len(), |n| n.min(bytes.len()));
            bytes.advance(skip);
            *at += skip as u64;
            if bytes.is_empty() {
                return Ok(());
            }
            let here = usize::try_from(end - self.at).map_or(bytes.len(), |n| n.min(bytes.len()));
            let mut input = bytes.slice(..here);
            let decoded = self.decode(&mut input);
            let taken = here - input.len();
            bytes.advance(taken);
            *at += taken as u64;
            self.at = *at;
            decoded?;
            if *at == end {
                self.end_part()?;
            }
        }
        if self.is_complete() {
            bytes.clear();
        }
        Ok(())
    }

    /// Decodes `input` to its end, or until enough is ready.
    fn decode(&mut self, input: &mut Bytes) -> Result<(), FormatError> {
        let part = &self.fetch.parts()[self.part];
        while !input.is_empty() && !self.ready.is_full() {
            if self.next_chunk < part.chunks().end {
                self.begin_terms(part.terms());
                if self.active.first().is_some_and(|&(_, at)| {
                    at != self.data_at + self.data.len() as u64 || self.data.len() >= BATCH
                }) {
                    self.flush();
                }
            }
            if self.next_chunk < part.chunks().end
                && let Some(chunk) = self.decoder.stored(input)?
            {
                self.flush();
                self.place_stored(&chunk)?;
                self.next_chunk += 1;
                self.end_terms()?;
                continue;
            }
            if self.data.capacity() == 0 {
                self.data.reserve(BATCH + MAX_CHUNK);
            }
            let start = self.data.len();
            if self.decoder.decode(input, &mut self.data)?.is_none() {
                break;
            }
            if self.next_chunk >= part.chunks().end {
                return Err(wrong(format!(
                    "the bytes {}..{} have more than the {} chunks that are said to be there",
                    part.bytes().start,
                    part.bytes().end,
                    part.chunks().len()
                )));
            }
            self.place(start)?;
            self.next_chunk += 1;
            self.end_terms()?;
        }
        Ok(())
    }

    /// Terms that begin at the next chunk.
    fn begin_terms(&mut self, terms: &'a [Term]) {
        while let Some(term) = terms.get(self.next_term)
            && term.chunks().start <= self.next_chunk
        {
            self.active.push((term, term.bytes().start));
            self.next_term += 1;
        }
    }

    /// Puts the chunk that begins at `start` of the data where the file has it.
    fn place(&mut self, start: usize) -> Result<(), FormatError> {
        let data = &self.data[start..];
        if self.active.is_empty() {
            self.data.truncate(start);
            return Ok(());
        }
        let length = data.len() as u64;
        let hash = Hash::of_chunk(data);
        for (i, (term, at)) in self.active.iter_mut().enumerate() {
            let chunk = chunk_at(term, *at, hash, length)?;
            if i == 0 {
                if start == 0 {
                    self.data_at = *at;
                }
                self.chunks.push(chunk);
            } else {
                self.ready.push(*at, Bytes::copy_from_slice(data), [chunk]);
            }
            *at += length;
        }
        Ok(())
    }

    /// Puts a chunk that lies in a response where the file has it.
    fn place_stored(&mut self, data: &Bytes) -> Result<(), FormatError> {
        if self.active.is_empty() {
            return Ok(());
        }
        let length = data.len() as u64;
        let hash = Hash::of_chunk(data);
        for (term, at) in &mut self.active {
            let chunk = chunk_at(term, *at, hash, length)?;
            self.ready.push(*at, data.clone(), [chunk]);
            *at += length;
        }
        Ok(())
    }

    /// Terms that end in front of the next chunk must be complete.
    fn end_terms(&mut self) -> Result<(), FormatError> {
        let next = self.next_chunk;
        for (term, at) in self.active.iter().filter(|(t, _)| t.chunks().end <= next) {
            if *at != term.bytes().end {
                return Err(wrong(format!(
                    "the chunks {}..{} have {} bytes instead of {}",
                    term.chunks().start,
                    term.chunks().end,
                    at - term.bytes().start,
                    term.bytes().end - term.bytes().start
                )));
            }
        }
        let before = self.active.first().map(|(term, _)| *term);
        self.active.retain(|(term, _)| term.chunks().end > next);
        // The data follow the first of the terms: another one is somewhere else.
        if before != self.active.first().map(|(term, _)| *term) {
            self.flush();
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<(), FormatError> {
        self.decoder.finish()?;
        let part = &self.fetch.parts()[self.part];
        if self.next_chunk != part.chunks().end {
            return Err(wrong(format!(
                "the bytes {}..{} have {} chunks instead of {}",
                part.bytes().start,
                part.bytes().end,
                self.next_chunk - part.chunks().start,
                part.chunks().len()
            )));
        }
        self.active.clear();
        self.flush();
        self.part += 1;
        self.begin_part();
        Ok(())
    }

    fn flush(&mut self) {
        if !self.data.is_empty() {
            let data = std::mem::take(&mut self.data).into();
            self.ready.push(self.data_at, data, self.chunks.drain(..));
        }
    }

    /// Returns what is complete.
    pub(crate) fn take_ready(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.ready).batches
    }

    /// Returns whether all parts have been read: what follows is of no interest.
    pub(crate) fn is_complete(&self) -> bool {
        self.part == self.fetch.parts().len()
    }

    /// Says that the bytes have ended, and returns what is complete. After an error in the middle, too, whole chunks are
    /// what they are.
    pub(crate) fn finish(&mut self) -> Result<(), FormatError> {
        if self.is_complete() {
            return Ok(());
        }
        self.decoder.finish()?;
        Err(wrong(format!(
            "it ends at byte {}, in front of chunk {}",
            self.at, self.next_chunk
        )))
    }

    /// Hands on the whole chunks that have arrived, before the rest is given up.
    pub(crate) fn give_up(mut self) -> Vec<Batch> {
        let whole: usize = self.chunks.iter().map(|chunk| chunk.length as usize).sum();
        self.data.truncate(whole);
        self.flush();
        self.ready.batches
    }
}

#[cfg(test)]
mod tests;
