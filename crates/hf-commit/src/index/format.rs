//! The file format of a hash index: a header, followed by records of fixed length, each with a checksum.
//!
//! A truncated or overwritten record is skipped; the records after it are found by searching byte by byte.

use std::ffi::OsStr;
use std::io::{self, Read};

use hf_transport::digest::Sha256Hasher;

use crate::source::Stamp;

/// Identifies the format. A file that starts with anything else is replaced.
pub(super) const HEADER: [u8; 16] = *b"hf hash index 2\n";
pub(super) const RECORD_BYTES: usize = 64;
/// How many records are read at a time.
const READ_RECORDS: usize = 1024;

/// The kind of hash in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sha256 = 0,
    /// The hash of the file as a git blob.
    GitSha1 = 1,
}

/// A shortened hash of a path, with a [`Kind`] in its last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// Returns the keys of `path`: for its SHA-256 and for its git id.
    pub(super) fn pair(path: &OsStr) -> [Self; 2] {
        let digest = Sha256Hasher::digest(path.as_encoded_bytes()).to_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        [Kind::Sha256, Kind::GitSha1].map(|kind| {
            key[15] = key[15] & !1 | kind as u8;
            Self(key)
        })
    }
}

/// A shortened hash of size, modification time and inode.
pub(super) type StampHash = [u8; 8];

pub(super) fn stamp_hash(stamp: Stamp) -> StampHash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&stamp.len.to_le_bytes());
    bytes[8..24].copy_from_slice(&stamp.mtime.to_le_bytes());
    bytes[24..].copy_from_slice(&stamp.inode.to_le_bytes());
    let digest = Sha256Hasher::digest(bytes).to_bytes();
    let mut short = StampHash::default();
    short.copy_from_slice(&digest[..8]);
    short
}

/// What is known about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: Key,
    pub(super) stamp: StampHash,
    /// A git id occupies the first 20 bytes.
    pub(super) hash: [u8; 32],
}

impl Record {
    pub(super) fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[8..24].copy_from_slice(&self.key.0);
        bytes[24..32].copy_from_slice(&self.stamp);
        bytes[32..].copy_from_slice(&self.hash);
        let sum = check_sum(&bytes[8..]).to_le_bytes();
        bytes[..8].copy_from_slice(&sum);
        bytes
    }

    fn parse(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let (sum, rest) = bytes.split_first_chunk::<8>()?;
        if u64::from_le_bytes(*sum) != check_sum(rest) {
            return None;
        }
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (stamp, rest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            key: Key(*key),
            stamp: *stamp,
            hash: rest.try_into().ok()?,
        })
    }
}

/// FNV-1a, which is sufficient to detect a torn record.
fn check_sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Reads any bytes as an index: what is read makes an undamaged index, with the same records.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz(data: &[u8]) {
    // Most inputs are records without a header and with a wrong check sum: both are put right in a copy.
    let mut sound = HEADER.to_vec();
    for bytes in data.as_chunks::<RECORD_BYTES>().0 {
        let mut bytes = *bytes;
        let sum = check_sum(&bytes[8..]).to_le_bytes();
        bytes[..8].copy_from_slice(&sum);
        sound.extend_from_slice(&bytes);
    }
    let damaged = [&sound, data].concat();
    for (file, is_sound) in [(data, None), (&sound, Some(true)), (&damaged, None)] {
        let mut written = HEADER.to_vec();
        let found = read(file, |record| written.extend_from_slice(&record.to_bytes()));
        let found = found.expect("memory is always read");
        assert!(written.len() <= HEADER.len() + file.len());
        if found || is_sound == Some(true) {
            assert!(found && file == written);
        }
    }
}

/// Calls `each` for every whole record; says whether the file is one of this form and undamaged.
pub(super) fn read(mut file: impl Read, mut each: impl FnMut(Record)) -> io::Result<bool> {
    let mut header = Vec::with_capacity(HEADER.len());
    file.by_ref()
        .take(HEADER.len() as u64)
        .read_to_end(&mut header)?;
    if header != HEADER {
        return Ok(false);
    }
    let mut sound = true;
    let mut buffer = Vec::with_capacity(READ_RECORDS * RECORD_BYTES);
    loop {
        let room = (READ_RECORDS * RECORD_BYTES - buffer.len()) as u64;
        if file.by_ref().take(room).read_to_end(&mut buffer)? == 0 {
            return Ok(sound && buffer.is_empty());
        }
        let mut at = 0;
        while let Some(bytes) = buffer[at..].first_chunk::<RECORD_BYTES>() {
            if let Some(record) = Record::parse(bytes) {
                each(record);
                at += RECORD_BYTES;
            } else {
                sound = false;
                at += 1;
            }
        }
        buffer.drain(..at);
    }
}
