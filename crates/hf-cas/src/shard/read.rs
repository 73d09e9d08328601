//! Reading shards.

use super::footer::FOOTER;
use super::{
    FileInfo, Footer, GLOBAL_DEDUP, HEADER_VERSION, RECORD, Shard, ShardChunk, TAG, Term,
    WITH_SHA256, WITH_VERIFICATION, XorbInfo, wrong,
};
use crate::xorb::{MAX_XORB_BYTES, MAX_XORB_CHUNKS};
use crate::{FormatError, Hash, MAX_CHUNK};

impl Shard {
    /// Reads a shard, with or without a footer.
    ///
    /// The tables in front of the footer are not needed and not read. What the shard says is consistent with itself
    /// afterwards: each xorb has at most as many chunks and bytes as a xorb can have, its chunks lie one behind the
    /// other, and each term has at least one chunk. Whether the store has all that is another question.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut records = Records { bytes, at: 0 };
        let header = records.next()?;
        if !header.starts_with(TAG) {
            return Err(wrong("it does not begin with the mark of a shard").at(0));
        }
        let (_, [low, high, footer_low, footer_high]) = split(header);
        let version = wide(low, high);
        if version != HEADER_VERSION {
            let message = format!("it has format version {version} instead of {HEADER_VERSION}");
            return Err(wrong(message).at(32));
        }
        let mut shard = Self::new();
        while let Some(record) = records.next_of_section()? {
            shard.files.push(read_file(&mut records, record)?);
        }
        while let Some(record) = records.next_of_section()? {
            shard.xorbs.push(read_xorb(&mut records, record)?);
        }
        shard.footer = read_footer(bytes, records.at, wide(footer_low, footer_high))?;
        Ok(shard)
    }
}

fn read_file(records: &mut Records<'_>, header: &[u8; RECORD]) -> Result<FileInfo, FormatError> {
    let (hash, [flags, terms, _, _]) = split(header);
    let with_verification = flags & WITH_VERIFICATION != 0;
    let with_sha256 = flags & WITH_SHA256 != 0;
    let each = if with_verification { 2 } else { 1 };
    let terms = records.expect(terms, each, "terms")?;
    let terms = (0..terms)
        .map(|_| read_term(records))
        .collect::<Result<Vec<_>, _>>()?;
    let verification = if with_verification {
        let hashes = terms.iter().map(|_| records.next().map(|r| split(r).0));
        Some(hashes.collect::<Result<_, _>>()?)
    } else {
        None
    };
    let sha256 = if with_sha256 {
        Some(split(records.next()?).0.to_sha256())
    } else {
        None
    };
    Ok(FileInfo {
        hash,
        terms,
        verification,
        sha256,
    })
}

fn read_term(records: &mut Records<'_>) -> Result<Term, FormatError> {
    let at = records.at as u64;
    let (xorb, [_, length, start, end]) = split(records.next()?);
    if start >= end || end as usize > MAX_XORB_CHUNKS {
        return Err(wrong(format!("a term has the chunks {start} to {end}")).at(at));
    }
    let longest = (end - start) as usize * MAX_CHUNK;
    if length == 0 || length as usize > longest.min(MAX_XORB_BYTES) {
        let count = end - start;
        return Err(wrong(format!("a term of {count} chunks has {length} bytes")).at(at));
    }
    Ok(Term {
        xorb,
        length,
        chunks: start..end,
    })
}

fn read_xorb(records: &mut Records<'_>, header: &[u8; RECORD]) -> Result<XorbInfo, FormatError> {
    let at = records.at as u64 - RECORD as u64;
    let (hash, [_, count, length, encoded_length]) = split(header);
    if count as usize > MAX_XORB_CHUNKS {
        return Err(wrong(format!("a xorb has {count} chunks")).at(at));
    }
    if length as usize > MAX_XORB_BYTES {
        return Err(wrong(format!("a xorb has {length} bytes")).at(at));
    }
    let count = records.expect(count, 1, "chunks")?;
    let mut chunks = Vec::with_capacity(count);
    let mut end = 0;
    for _ in 0..count {
        let at = records.at as u64;
        let (hash, [offset, length, flags, _]) = split(records.next()?);
        if offset != end || length == 0 || length as usize > MAX_CHUNK {
            let message = format!("a chunk of {length} bytes begins at {offset}, behind {end}");
            return Err(wrong(message).at(at));
        }
        end += length;
        chunks.push(ShardChunk {
            hash,
            offset,
            length,
            is_global_dedup_eligible: flags & GLOBAL_DEDUP != 0,
        });
    }
    if end != length {
        let message = format!("a xorb of {length} bytes has chunks of {end}");
        return Err(wrong(message).at(at));
    }
    Ok(XorbInfo {
        hash,
        length,
        encoded_length,
        chunks,
    })
}

fn read_footer(bytes: &[u8], sections: usize, length: u64) -> Result<Option<Footer>, FormatError> {
    if length == 0 {
        return Ok(None);
    }
    let rest = &bytes[sections..];
    if length != FOOTER as u64 {
        let message = format!("its footer has {length} bytes instead of {FOOTER}");
        return Err(wrong(message).at(40));
    }
    let Some(footer) = rest.last_chunk::<FOOTER>() else {
        return Err(wrong("its footer is cut off").at(bytes.len() as u64));
    };
    Footer::parse(footer, (bytes.len() - FOOTER) as u64).map(Some)
}

struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn next(&mut self) -> Result<&'a [u8; RECORD], FormatError> {
        let record = self.bytes[self.at..].first_chunk();
        self.at += record.map_or(0, |record: &[u8; RECORD]| record.len());
        record.ok_or_else(|| wrong("it ends within its records").at(self.bytes.len() as u64))
    }

    /// Returns the next record of a section, or nothing at the end of it.
    fn next_of_section(&mut self) -> Result<Option<&'a [u8; RECORD]>, FormatError> {
        let record = self.next()?;
        Ok((record[..32] != [0xff; 32]).then_some(record))
    }

    /// Checks that there are bytes for `count` times `each` records, before anything is allocated for them.
    fn expect(&self, count: u32, each: usize, what: &str) -> Result<usize, FormatError> {
        let left = (self.bytes.len() - self.at) / RECORD;
        if count as usize > left / each {
            let message = format!("it is too short for {count} {what}");
            return Err(wrong(message).at(self.at as u64 - RECORD as u64));
        }
        Ok(count as usize)
    }
}

/// A record is a hash and four numbers.
fn split(record: &[u8; RECORD]) -> (Hash, [u32; 4]) {
    let mut hash = [0; 32];
    hash.copy_from_slice(&record[..32]);
    let number = |i: usize| {
        let at = 32 + i * 4;
        u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
    };
    (
        Hash::from_bytes(hash),
        [number(0), number(1), number(2), number(3)],
    )
}

fn wide(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
