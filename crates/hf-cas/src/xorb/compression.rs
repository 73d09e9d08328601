//! How a chunk is compressed.

use super::{CHUNK_HEADER, ChunkHeader, bytes_grouped, lz4, wrong};
use crate::{FormatError, number};

/// How a chunk of a xorb is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// An LZ4 frame.
    Lz4,
    /// An LZ4 frame of the bytes grouped by their place in words of 4 bytes, for tensors.
    ByteGroupedLz4,
}

impl Compression {
    pub(super) fn from_byte(byte: u8) -> Result<Self, FormatError> {
        match byte {
            0 => Ok(Self::None),
            1 => Ok(Self::Lz4),
            2 => Ok(Self::ByteGroupedLz4),
            _ => Err(wrong(format!(
                "a chunk has compression scheme {byte}, which is not known"
            ))),
        }
    }

    pub(super) const fn to_byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Lz4 => 1,
            Self::ByteGroupedLz4 => 2,
        }
    }

    /// Returns the compression that makes `data` smallest: up to 16 KiB by trying, and beyond that probably, from a sample
    /// of it.
    ///
    /// Bytes are grouped where their bit counts differ much between the four places in a word, as in the official
    /// client.
    pub fn choose(data: &[u8]) -> Self {
        if data.len() <= TRIED_TO {
            return Self::smallest(data);
        }
        let mut counts = [[0_u32; 9]; 4];
        for sample in samples(data) {
            for word in sample.chunks_exact(4) {
                for (counts, byte) in counts.iter_mut().zip(word) {
                    counts[byte.count_ones() as usize] += 1;
                }
            }
        }
        if divergence(&counts) > MIN_DIVERGENCE {
            Self::ByteGroupedLz4
        } else {
            Self::Lz4
        }
    }

    fn smallest(data: &[u8]) -> Self {
        let (mut plain, mut grouped, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
        bytes_grouped::group(data, &mut scratch);
        let plain = lz4::compress(data, &mut plain).then_some((plain.len(), Self::Lz4));
        let grouped =
            lz4::compress(&scratch, &mut grouped).then_some((grouped.len(), Self::ByteGroupedLz4));
        let smallest = plain.into_iter().chain(grouped).min_by_key(|(len, _)| *len);
        smallest.map_or(Self::None, |(_, compression)| compression)
    }
}

/// Chunks up to this length are compressed in each way. What a sample of so few bytes says is often wrong.
const TRIED_TO: usize = 16 * 1024;

/// From this divergence on, grouping helps; the number is that of the official client, who found it by experiment.
const MIN_DIVERGENCE: f64 = 0.02;

/// Four parts of this length say enough about a chunk.
const SAMPLE: usize = 2048;

fn samples(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    // The beginnings are multiples of 4, so that all samples have the same places of words.
    let step = (data.len() / 4).max(SAMPLE) & !3;
    data.chunks(step)
        .map(|part| &part[..part.len().min(SAMPLE)])
}

/// The largest Kullback-Leibler divergence of the bit counts of one place from those of all.
fn divergence(counts: &[[u32; 9]; 4]) -> f64 {
    // One more of each, so that none is zero.
    let mut all = [1_u32; 9];
    for place in counts {
        for (all, count) in all.iter_mut().zip(place) {
            *all += count;
        }
    }
    let total = |counts: &[u32; 9]| f64::from(counts.iter().sum::<u32>());
    let all_total = total(&all);
    let mut largest = 0.0_f64;
    for place in counts {
        let place_total = total(place);
        if place_total == 0.0 {
            continue;
        }
        let mut sum = 0.0;
        for (count, all) in place.iter().zip(&all) {
            let (p, q) = (f64::from(*count) / place_total, f64::from(*all) / all_total);
            if p > 0.0 {
                sum += p * (p / q).ln();
            }
        }
        largest = largest.max(sum);
    }
    largest
}

/// Appends the header and the body of a chunk of at most [`MAX_CHUNK`](crate::MAX_CHUNK) bytes to `out`.
///
/// A chunk that `compression` does not make smaller is stored as it is. `scratch` is a buffer to be reused.
pub fn encode_chunk(
    data: &[u8],
    compression: Compression,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    debug_assert!(data.len() <= crate::MAX_CHUNK);
    let start = out.len();
    out.extend_from_slice(&[0; CHUNK_HEADER]);
    let body = out.len();
    let compressed = match compression {
        Compression::None => false,
        Compression::Lz4 => lz4::compress(data, out),
        Compression::ByteGroupedLz4 => {
            bytes_grouped::group(data, scratch);
            lz4::compress(scratch, out)
        }
    };
    if !compressed {
        out.extend_from_slice(data);
    }
    let header = ChunkHeader {
        compression: if compressed {
            compression
        } else {
            Compression::None
        },
        encoded_length: number(out.len() - body),
        length: number(data.len()),
    };
    out[start..body].copy_from_slice(&header.to_bytes());
}

/// Appends the data of a chunk to `out`; at an error, `out` is as it was.
pub(super) fn decode_chunk(
    header: ChunkHeader,
    body: &[u8],
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let start = out.len();
    let end = start + header.length as usize;
    match header.compression {
        Compression::None => out.extend_from_slice(body),
        Compression::Lz4 => {
            out.resize(end, 0);
            lz4::decompress(body, &mut out[start..]).inspect_err(|_| out.truncate(start))?;
        }
        Compression::ByteGroupedLz4 => {
            scratch.clear();
            scratch.resize(header.length as usize, 0);
            lz4::decompress(body, scratch)?;
            out.resize(end, 0);
            bytes_grouped::ungroup(scratch, &mut out[start..]);
        }
    }
    Ok(())
}
