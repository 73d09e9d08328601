//! Writing shards.

use super::footer::{FOOTER, Layout};
use super::{
    FileInfo, Footer, GLOBAL_DEDUP, HEADER_VERSION, RECORD, Shard, TAG, WITH_SHA256,
    WITH_VERIFICATION, XorbInfo,
};
use crate::{Hash, number};

impl Shard {
    /// Returns the bytes to be sent to a store: without a footer.
    pub fn to_upload(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.upload_len());
        write_header(&mut out, 0);
        self.write_files(&mut out);
        self.write_xorbs(&mut out, |hash| hash);
        out
    }

    /// Returns the length of [`Shard::to_upload`].
    pub fn upload_len(&self) -> usize {
        let files: usize = self.files.iter().map(FileInfo::records).sum();
        let xorbs: usize = self.xorbs.iter().map(XorbInfo::records).sum();
        // The header has the length of a record, and each section ends with one.
        RECORD * (files + xorbs + 3)
    }

    /// Returns the bytes of the shard with the tables and the footer that a store sends and a cache keeps.
    ///
    /// The hashes of chunks are written under the key of `footer`, if it has one; those of `self` are plain.
    pub fn to_bytes(&self, footer: &Footer) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.upload_len() * 3 / 2 + FOOTER);
        let mut layout = Layout::default();
        write_header(&mut out, FOOTER as u64);
        layout.offsets[0] = out.len() as u64;
        let mut files = self.write_files(&mut out);
        layout.offsets[1] = out.len() as u64;
        let (mut xorbs, mut chunks) = self.write_xorbs(&mut out, |hash| footer.key_chunk(&hash));

        files.sort_unstable();
        layout.offsets[2] = out.len() as u64;
        layout.offsets[3] = files.len() as u64;
        write_table(&mut out, &files);
        xorbs.sort_unstable();
        layout.offsets[4] = out.len() as u64;
        layout.offsets[5] = xorbs.len() as u64;
        write_table(&mut out, &xorbs);
        chunks.sort_unstable();
        layout.offsets[6] = out.len() as u64;
        layout.offsets[7] = chunks.len() as u64;
        for (hash, xorb, chunk) in chunks {
            out.extend_from_slice(&hash.to_le_bytes());
            out.extend_from_slice(&xorb.to_le_bytes());
            out.extend_from_slice(&chunk.to_le_bytes());
        }
        layout.sizes = [
            self.xorbs.iter().map(|x| u64::from(x.encoded_length)).sum(),
            self.files.iter().map(FileInfo::len).sum(),
            self.xorbs.iter().map(|x| u64::from(x.length)).sum(),
        ];
        layout.footer = out.len() as u64;
        out.extend_from_slice(&footer.to_bytes(&layout));
        out
    }

    /// Writes the section of files. Returns, for each, the first word of its hash and the number of its record.
    fn write_files(&self, out: &mut Vec<u8>) -> Vec<(u64, u32)> {
        let start = out.len();
        let mut table = Vec::with_capacity(self.files.len());
        for file in &self.files {
            table.push((file.hash.words()[0], number((out.len() - start) / RECORD)));
            let verification = file.verification.as_deref();
            let flags = if verification.is_some() {
                WITH_VERIFICATION
            } else {
                0
            } | if file.sha256.is_some() {
                WITH_SHA256
            } else {
                0
            };
            write_record(out, &file.hash, [flags, number(file.terms.len()), 0, 0]);
            for term in &file.terms {
                let chunks = &term.chunks;
                write_record(out, &term.xorb, [0, term.length, chunks.start, chunks.end]);
            }
            for hash in verification.into_iter().flatten() {
                write_record(out, hash, [0; 4]);
            }
            if let Some(digest) = file.sha256 {
                write_record(out, &Hash::from_sha256(digest), [0; 4]);
            }
        }
        write_end(out);
        table
    }

    /// Writes the section of xorbs. Returns, for each and for each chunk, the first word of its hash, and where it is.
    #[allow(
        clippy::type_complexity,
        reason = "rows of tables that are only written"
    )]
    fn write_xorbs(
        &self,
        out: &mut Vec<u8>,
        key: impl Fn(Hash) -> Hash,
    ) -> (Vec<(u64, u32)>, Vec<(u64, u32, u32)>) {
        let start = out.len();
        let (mut xorbs, mut chunks) = (Vec::new(), Vec::new());
        for xorb in &self.xorbs {
            let at = number((out.len() - start) / RECORD);
            xorbs.push((xorb.hash.words()[0], at));
            let count = number(xorb.chunks.len());
            write_record(
                out,
                &xorb.hash,
                [0, count, xorb.length, xorb.encoded_length],
            );
            for (i, chunk) in xorb.chunks.iter().enumerate() {
                let hash = key(chunk.hash);
                chunks.push((hash.words()[0], at, number(i)));
                let flags = if chunk.is_global_dedup_eligible {
                    GLOBAL_DEDUP
                } else {
                    0
                };
                write_record(out, &hash, [chunk.offset, chunk.length, flags, 0]);
            }
        }
        write_end(out);
        (xorbs, chunks)
    }
}

impl FileInfo {
    pub(crate) fn records(&self) -> usize {
        let verification = self.verification.as_ref().map_or(0, Vec::len);
        1 + self.terms.len() + verification + usize::from(self.sha256.is_some())
    }
}

impl XorbInfo {
    pub(crate) fn records(&self) -> usize {
        1 + self.chunks.len()
    }
}

fn write_header(out: &mut Vec<u8>, footer: u64) {
    out.extend_from_slice(TAG);
    out.extend_from_slice(&HEADER_VERSION.to_le_bytes());
    out.extend_from_slice(&footer.to_le_bytes());
}

fn write_record(out: &mut Vec<u8>, hash: &Hash, numbers: [u32; 4]) {
    out.extend_from_slice(hash.as_bytes());
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn write_end(out: &mut Vec<u8>) {
    write_record(out, &Hash::from_bytes([0xff; 32]), [0; 4]);
}

fn write_table(out: &mut Vec<u8>, rows: &[(u64, u32)]) {
    for (hash, record) in rows {
        out.extend_from_slice(&hash.to_le_bytes());
        out.extend_from_slice(&record.to_le_bytes());
    }
}
