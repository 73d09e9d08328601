//! A content store that lies: responses that are well-formed but wrong, or malformed.
use hf_cas::Hash;
use hf_cas::shard::{Footer, Shard};
use hf_cas::xorb::{CHUNK_HEADER, ChunkDecoder, ChunkHeader, Compression, encode_chunk};
use http::Method;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::record::Listener;

/// A false statement in a response of the content store. [`Fault::lie`] makes a fault of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lie {
    /// The first term of a reconstruction claims to be one byte shorter than its chunks.
    ShortTerm,
    /// The first term claims to be one byte longer than its chunks.
    LongTerm,
    /// The last term is missing, which leaves a hole.
    MissingTerm,
    /// The last term occurs twice, so that terms overlap.
    RepeatedTerm,
    /// There are no terms.
    NoTerms,
    /// The first term ends a thousand chunks after the end of its xorb.
    TermBeyondXorb,
    /// The first term ends before it begins.
    ReversedTerm,
    /// The first term refers to the same number of other chunks in the xorb, if there are enough.
    ShiftedTerm,
    /// The location of the first term's xorb is missing.
    MissingXorb,
    /// The requested part claims to begin far after the first term.
    FarOffset,
    /// All data claims to be at this URL.
    DataAt(String),
    /// Byte ranges end before they begin.
    ReversedBytes,
    /// The first chunk that is sent has other content of the same length.
    WrongChunk,
    /// The first chunk that is sent uses a compression that does not exist.
    UnknownCompression,
    /// The first chunk that is sent is labelled with another compression than it uses.
    WrongCompression,
    /// The first chunk that is sent has a format version that does not exist.
    UnknownVersion,
    /// The first chunk that is sent unpacks to far more bytes than its header says.
    InflatingChunk,
    /// The first chunk that is sent announces more bytes than it has.
    EndlessChunk,
    /// The response to a deduplication query refers to xorbs that the store does not have.
    UnknownXorbs,
    /// The response to a deduplication query swaps the hashes of chunks.
    SwappedChunks,
    /// The response to a deduplication query contains wrong lengths.
    ChunkLengths,
    /// The response to a deduplication query is not a shard.
    NoShard,
}

impl Lie {
    fn place(&self) -> (Listener, &'static str) {
        match self {
            Self::WrongChunk
            | Self::UnknownCompression
            | Self::WrongCompression
            | Self::UnknownVersion
            | Self::InflatingChunk
            | Self::EndlessChunk => (Listener::Storage, "/xorbs/*"),
            Self::UnknownXorbs | Self::SwappedChunks | Self::ChunkLengths | Self::NoShard => {
                (Listener::Cas, "/v1/chunks/*")
            }
            _ => (Listener::Cas, "*/reconstructions/*"),
        }
    }

    fn tell(&self, body: &mut Vec<u8>) {
        match self.place() {
            (Listener::Storage, _) => self.tell_of_xorb(body),
            (_, "/v1/chunks/*") => self.tell_of_chunks(body),
            _ => {
                if let Ok(mut answer) = serde_json::from_slice(body) {
                    self.tell_of_file(&mut answer);
                    *body = answer.to_string().into_bytes();
                }
            }
        }
    }

    fn tell_of_file(&self, answer: &mut Value) {
        let sources = if answer.get("xorbs").is_some() {
            "xorbs"
        } else {
            "fetch_info"
        };
        match self {
            Self::ShortTerm => add(answer, "/terms/0/unpacked_length", -1),
            Self::LongTerm => add(answer, "/terms/0/unpacked_length", 1),
            Self::TermBeyondXorb => add(answer, "/terms/0/range/end", 1000),
            Self::FarOffset => add(answer, "/offset_into_first_range", 1 << 40),
            Self::ReversedTerm => {
                if let Some(range) = answer.pointer_mut("/terms/0/range") {
                    let (start, end) = (range["start"].take(), range["end"].take());
                    *range = json!({"start": end, "end": start});
                }
            }
            Self::ShiftedTerm => {
                add(answer, "/terms/0/range/start", 1);
                add(answer, "/terms/0/range/end", 1);
            }
            Self::MissingTerm | Self::RepeatedTerm | Self::NoTerms => {
                if let Some(terms) = answer["terms"].as_array_mut() {
                    match self {
                        Self::MissingTerm => drop(terms.pop()),
                        Self::NoTerms => terms.clear(),
                        _ => terms.extend(terms.last().cloned()),
                    }
                }
            }
            Self::MissingXorb => {
                let hash = answer.pointer("/terms/0/hash").cloned().unwrap_or_default();
                if let Some(sources) = answer[sources].as_object_mut() {
                    sources.remove(hash.as_str().unwrap_or_default());
                }
            }
            Self::DataAt(_) | Self::ReversedBytes => {
                let entries = answer[sources].as_object_mut().into_iter().flatten();
                for (_, entry) in entries {
                    for place in entry.as_array_mut().into_iter().flatten() {
                        self.tell_of_place(place);
                    }
                }
            }
            _ => {}
        }
    }

    fn tell_of_place(&self, place: &mut Value) {
        if let Self::DataAt(url) = self {
            place["url"] = url.as_str().into();
            return;
        }
        let mut ranges: Vec<&mut Value> = Vec::new();
        match place.as_object_mut() {
            Some(place) if place.contains_key("url_range") => {
                ranges.extend(place.get_mut("url_range"));
            }
            Some(place) => {
                let listed = place.get_mut("ranges").and_then(Value::as_array_mut);
                ranges.extend(
                    listed
                        .into_iter()
                        .flatten()
                        .filter_map(|r| r.get_mut("bytes")),
                );
            }
            None => {}
        }
        for range in ranges {
            let (start, end) = (range["start"].take(), range["end"].take());
            *range = json!({"start": end, "end": start});
        }
    }

    fn tell_of_xorb(&self, body: &mut Vec<u8>) {
        match self {
            Self::UnknownVersion => set(body, 0, |_| 0x7f),
            Self::UnknownCompression => set(body, 4, |_| 9),
            Self::WrongCompression => set(body, 4, |scheme| u8::from(scheme == 0)),
            Self::EndlessChunk => {
                for at in 1..4 {
                    set(body, at, |_| 0xff);
                }
            }
            Self::WrongChunk | Self::InflatingChunk => {
                if let Some((header, content)) = first_chunk(body) {
                    let end = CHUNK_HEADER + header.encoded_length as usize;
                    let chunk = if *self == Self::WrongChunk {
                        other_content(&header, content)
                    } else {
                        inflating(&header)
                    };
                    body.splice(..end, chunk);
                }
            }
            _ => {}
        }
    }

    fn tell_of_chunks(&self, body: &mut Vec<u8>) {
        if *self == Self::NoShard {
            *body = b"no shard at all".to_vec();
            return;
        }
        let Ok(mut shard) = Shard::parse(body) else {
            return;
        };
        for xorb in &mut shard.xorbs {
            match self {
                Self::UnknownXorbs => xorb.hash = Hash::of_chunk(xorb.hash.as_bytes()),
                Self::SwappedChunks => {
                    let mut hashes: Vec<Hash> = xorb.chunks.iter().map(|c| c.hash).collect();
                    hashes.rotate_left(1);
                    for (chunk, hash) in xorb.chunks.iter_mut().zip(hashes) {
                        chunk.hash = hash;
                    }
                }
                _ => {
                    let mut end = 0;
                    for chunk in &mut xorb.chunks {
                        chunk.length = (chunk.length / 2).max(1);
                        chunk.offset = end;
                        end += chunk.length;
                    }
                    xorb.length = end;
                }
            }
        }
        // The hashes are keyed already: they are written as they are, and the key is put back.
        let footer = shard.footer.unwrap_or_default();
        let mut plain = Footer::new();
        plain.created = footer.created;
        plain.expires = footer.expires;
        let mut bytes = shard.to_bytes(&plain);
        if let Some(key) = footer.key {
            let at = bytes.len() - FOOTER + KEY_IN_FOOTER;
            bytes[at..at + 32].copy_from_slice(key.as_bytes());
        }
        *body = bytes;
    }
}

/// Length of the footer of a shard, and where its key is.
const FOOTER: usize = 200;
const KEY_IN_FOOTER: usize = 72;

fn add(answer: &mut Value, pointer: &str, more: i64) {
    if let Some(number) = answer.pointer_mut(pointer) {
        *number = (number.as_i64().unwrap_or_default() + more).into();
    }
}

fn set(body: &mut [u8], at: usize, change: impl FnOnce(u8) -> u8) {
    if let Some(byte) = body.get_mut(at) {
        *byte = change(*byte);
    }
}

/// The header and the content of the first chunk.
fn first_chunk(body: &[u8]) -> Option<(ChunkHeader, Vec<u8>)> {
    let header = ChunkHeader::parse(*body.first_chunk()?).ok()?;
    let mut content = Vec::new();
    let mut input = bytes::Bytes::copy_from_slice(body);
    ChunkDecoder::new()
        .decode(&mut input, &mut content)
        .ok()??;
    Some((header, content))
}

/// A chunk of the same length with other content; it takes as many bytes as before where it was not compressed.
fn other_content(header: &ChunkHeader, mut content: Vec<u8>) -> Vec<u8> {
    for byte in &mut content {
        *byte ^= 0x55;
    }
    let mut chunk = Vec::new();
    encode_chunk(&content, header.compression, &mut Vec::new(), &mut chunk);
    chunk
}

/// A chunk of zeros that says it has half of its length.
fn inflating(header: &ChunkHeader) -> Vec<u8> {
    let zeros = vec![0; header.length as usize];
    let mut chunk = Vec::new();
    encode_chunk(&zeros, Compression::Lz4, &mut Vec::new(), &mut chunk);
    let half = (header.length / 2).max(1).to_le_bytes();
    chunk[5..8].copy_from_slice(&half[..3]);
    chunk
}

/// # A content store that lies
impl Fault {
    /// Lies in the responses to all requests that this lie concerns: for a file, a xorb or known chunks.
    pub fn lie(lie: Lie) -> Self {
        let (origin, path) = lie.place();
        Self::on(Method::GET, path)
            .at(origin)
            .rewrite(move |body| lie.tell(body))
    }
}
