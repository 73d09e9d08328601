//! How a file is put together: what a store says of it, checked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use super::wire::{WireFetchV2, WirePart, WireV1, WireV2};
use crate::xorb::{CHUNK_HEADER, MAX_XORB_BYTES, MAX_XORB_CHUNKS};
use crate::{Format, FormatError, Hash, MAX_CHUNK};

/// The form of a reconstruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// A URL for each range of a xorb.
    V1,
    /// A URL for many ranges of a xorb.
    V2,
}

impl Version {
    /// Returns the version as a segment of a path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// How a range of a file is put together of ranges of xorbs.
///
/// What a store says is checked as a whole before anything is fetched: the terms fill the range without a gap and without
/// anything beyond it, no term is longer than its chunks can be, chunks and bytes are within what a xorb can have, and each
/// term is found within one range that can be fetched. What the bytes then are is checked as they arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconstruction {
    range: Range<u64>,
    terms: Vec<Term>,
    fetches: Vec<Fetch>,
}

/// A part of a file: some chunks of a xorb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    xorb: Hash,
    chunks: Range<u32>,
    length: u32,
    at: u64,
}

impl Term {
    /// Returns the xorb.
    pub fn xorb(&self) -> &Hash {
        &self.xorb
    }

    /// Returns the chunks of the xorb, by number.
    pub fn chunks(&self) -> Range<u32> {
        self.chunks.clone()
    }

    /// Returns which bytes of the file they are. Those of the first and of the last term may reach beyond the range that was
    /// asked for, to the border of a chunk.
    pub fn bytes(&self) -> Range<u64> {
        self.at..self.at + u64::from(self.length)
    }
}

/// Ranges of a xorb that are fetched by one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    xorb: Hash,
    url: String,
    parts: Vec<Part>,
}

impl Fetch {
    /// Returns the xorb.
    pub fn xorb(&self) -> &Hash {
        &self.xorb
    }

    /// Returns the URL. It is signed, and as good as a password while it lasts.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the ranges of bytes, in order, with those that nothing needs: a signature may cover exactly these.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the value of the `Range` header.
    pub fn range_header(&self) -> String {
        let mut header = String::from("bytes=");
        for (i, part) in self.parts.iter().enumerate() {
            let (first, last) = (part.bytes.start, part.bytes.end - 1);
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(header, "{comma}{first}-{last}");
        }
        header
    }
}

/// A range of a xorb: chunks, their bytes, and the terms that are made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    chunks: Range<u32>,
    bytes: Range<u64>,
    /// By their first chunk.
    terms: Vec<Term>,
}

impl Part {
    /// Returns the chunks, by number.
    pub fn chunks(&self) -> Range<u32> {
        self.chunks.clone()
    }

    /// Returns where in the xorb the chunks are.
    pub fn bytes(&self) -> Range<u64> {
        self.bytes.clone()
    }

    /// Returns the terms that are made of them, by their first chunk.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> FormatError {
    FormatError::new(Format::Reconstruction, message)
}

impl Reconstruction {
    /// Reads what a store says of `range` of a file of `size` bytes.
    ///
    /// # Errors
    /// What cannot be right, and of which term.
    pub fn parse(
        version: Version,
        json: &[u8],
        range: Range<u64>,
        size: u64,
    ) -> Result<Self, FormatError> {
        let not_json = |error: serde_json::Error| wrong(error.to_string());
        let wire = match version {
            Version::V1 => serde_json::from_slice::<WireV1>(json)
                .map_err(not_json)?
                .into(),
            Version::V2 => serde_json::from_slice(json).map_err(not_json)?,
        };
        Self::check(wire, range, size)
    }

    fn check(wire: WireV2, range: Range<u64>, size: u64) -> Result<Self, FormatError> {
        if range.start >= range.end || range.end > size {
            return Err(wrong(format!(
                "bytes {}..{} are not a part of a file of {size} bytes",
                range.start, range.end
            )));
        }
        let offset = wire.offset_into_first_range;
        let mut at = range.start.checked_sub(offset).ok_or_else(|| {
            wrong(format!(
                "its first term begins {offset} bytes before byte {} of the file",
                range.start
            ))
        })?;
        let mut terms = Vec::with_capacity(wire.terms.len());
        for (i, term) in wire.terms.into_iter().enumerate() {
            let term = Term {
                xorb: term.hash,
                chunks: term.range.start..term.range.end,
                length: term.unpacked_length,
                at,
            };
            term.check(i)?;
            let end = term.bytes().end;
            if i == 0 && end <= range.start {
                return Err(wrong(format!(
                    "its first term ends at byte {end} of the file, in front of the range, which begins at {}",
                    range.start
                )));
            }
            if at >= range.end {
                return Err(wrong(format!(
                    "term {i} begins at byte {at} of the file, behind the range, which ends at {}",
                    range.end
                )));
            }
            if end > size {
                return Err(wrong(format!(
                    "term {i} ends at byte {end} of a file of {size} bytes"
                )));
            }
            at = end;
            terms.push(term);
        }
        if at < range.end {
            return Err(wrong(format!(
                "its terms end at byte {at} of the file, and the range ends at {}",
                range.end
            )));
        }
        let fetches = fetches(wire.xorbs, &terms)?;
        Ok(Self {
            range,
            terms,
            fetches,
        })
    }

    /// Returns the bytes of the file that it is for.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Returns the bytes of all its terms, to the borders of chunks.
    pub fn covered(&self) -> Range<u64> {
        let start = self.terms.first().map_or(self.range.start, |term| term.at);
        let end = self.terms.last().map_or(start, |term| term.bytes().end);
        start..end
    }

    /// Returns how many bytes are to be fetched.
    pub fn encoded_len(&self) -> u64 {
        let parts = self.fetches.iter().flat_map(|fetch| &fetch.parts);
        parts.map(|part| part.bytes.end - part.bytes.start).sum()
    }

    /// Returns the parts of the file, in order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Returns what is to be fetched, by the first byte of the file that it is for.
    pub fn fetches(&self) -> &[Fetch] {
        &self.fetches
    }

    pub(crate) fn into_fetches(self) -> Vec<Fetch> {
        self.fetches
    }

    pub(crate) fn urls_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.fetches.iter_mut().map(|fetch| &mut fetch.url)
    }
}

impl Term {
    fn check(&self, i: usize) -> Result<(), FormatError> {
        let Range { start, end } = self.chunks;
        if start >= end || end as usize > MAX_XORB_CHUNKS {
            return Err(wrong(format!(
                "term {i} is of the chunks {start}..{end}, and a xorb has at most {MAX_XORB_CHUNKS}"
            )));
        }
        let chunks = (end - start) as usize;
        let length = self.length as usize;
        if length < chunks || length > chunks * MAX_CHUNK {
            return Err(wrong(format!(
                "term {i} has {length} bytes, which {chunks} chunks cannot have"
            )));
        }
        Ok(())
    }
}

/// What is to be fetched for the terms.
fn fetches(
    xorbs: BTreeMap<Hash, Vec<WireFetchV2>>,
    terms: &[Term],
) -> Result<Vec<Fetch>, FormatError> {
    // By xorb and first chunk: where a term's chunks are is found by search.
    let mut places: BTreeMap<Hash, Vec<(Range<u32>, usize, usize)>> = BTreeMap::new();
    let mut fetches = Vec::new();
    for (xorb, wire) in xorbs {
        for wire in wire {
            let fetch = Fetch {
                xorb,
                parts: parts(&xorb, wire.ranges)?,
                url: wire.url,
            };
            let of_xorb = places.entry(xorb).or_default();
            for (i, part) in fetch.parts.iter().enumerate() {
                of_xorb.push((part.chunks.clone(), fetches.len(), i));
            }
            fetches.push(fetch);
        }
    }
    for of_xorb in places.values_mut() {
        of_xorb.sort_unstable_by_key(|(chunks, ..)| (chunks.start, std::cmp::Reverse(chunks.end)));
    }
    for (i, term) in terms.iter().enumerate() {
        let of_xorb = places.get(&term.xorb).map_or(&[][..], Vec::as_slice);
        let candidates = of_xorb.partition_point(|(chunks, ..)| chunks.start <= term.chunks.start);
        // Nearly always the last of them; ranges of different URLs may overlap.
        let place = of_xorb[..candidates]
            .iter()
            .rev()
            .take(MAX_OVERLAPS)
            .find(|(chunks, ..)| chunks.end >= term.chunks.end);
        let Some(&(_, fetch, part)) = place else {
            return Err(wrong(format!(
                "no range has the chunks {}..{} of the xorb {}, which are term {i}",
                term.chunks.start, term.chunks.end, term.xorb
            )));
        };
        fetches[fetch].parts[part].terms.push(term.clone());
    }
    for part in fetches.iter_mut().flat_map(|fetch| &mut fetch.parts) {
        part.terms.sort_by_key(|term| (term.chunks.start, term.at));
    }
    fetches.retain(|fetch| fetch.first_byte().is_some());
    fetches.sort_by_key(Fetch::first_byte);
    Ok(fetches)
}

/// A xorb without its footer has no more bytes, whether its headers count or not.
const MAX_BYTES: u64 = (MAX_XORB_BYTES + MAX_XORB_CHUNKS * CHUNK_HEADER) as u64;

/// Ranges of one xorb in which a term is looked for. A store sends each chunk once, or a few times.
const MAX_OVERLAPS: usize = 64;

impl Fetch {
    /// The first byte of the file that it is for.
    fn first_byte(&self) -> Option<u64> {
        let terms = self.parts.iter().flat_map(|part| &part.terms);
        terms.map(|term| term.at).min()
    }
}

/// The ranges of one URL, which must follow each other in chunks as in bytes.
fn parts(xorb: &Hash, ranges: Vec<WirePart>) -> Result<Vec<Part>, FormatError> {
    let wrong = |what: String| wrong(format!("a URL for the xorb {xorb} has {what}"));
    if ranges.is_empty() {
        return Err(wrong("no ranges".to_owned()));
    }
    let (mut next_chunk, mut next_byte) = (0, 0);
    let mut parts = Vec::with_capacity(ranges.len());
    for range in ranges {
        let chunks = range.chunks.start..range.chunks.end;
        let (first, last) = (range.bytes.start, range.bytes.end);
        if chunks.is_empty() || chunks.end as usize > MAX_XORB_CHUNKS {
            return Err(wrong(format!(
                "the chunks {}..{}, and a xorb has at most {MAX_XORB_CHUNKS}",
                chunks.start, chunks.end
            )));
        }
        let bytes = first..last.saturating_add(1);
        let smallest = chunks.len() as u64 * (CHUNK_HEADER as u64 + 1);
        if first > last || last >= MAX_BYTES || bytes.end - first < smallest {
            return Err(wrong(format!(
                "bytes {first}-{last} for {} chunks",
                chunks.len()
            )));
        }
        if chunks.start < next_chunk || first < next_byte {
            return Err(wrong(format!(
                "ranges that overlap or are out of order at chunk {}",
                chunks.start
            )));
        }
        (next_chunk, next_byte) = (chunks.end, bytes.end);
        parts.push(Part {
            chunks,
            bytes,
            terms: Vec::new(),
        });
    }
    Ok(parts)
}
