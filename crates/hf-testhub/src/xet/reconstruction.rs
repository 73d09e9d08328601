//! Reconstructions: the terms that make up a file.
use std::collections::BTreeMap;
use std::ops::Range;

use hf_cas::Hash;
use serde_json::{Map, Value, json};

use super::Xorb;
use super::file::{Term, XetFile};

/// The two versions of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// One URL for each range.
    V1,
    /// One URL for all ranges of a xorb.
    V2,
}

/// Ranges of chunks that are fetched from a xorb: those of its terms, joined where they touch.
fn fetched(terms: &[Term]) -> BTreeMap<Hash, (&Xorb, Vec<Range<usize>>)> {
    let mut all: BTreeMap<Hash, (&Xorb, Vec<Range<usize>>)> = BTreeMap::new();
    for term in terms {
        let entry = all.entry(term.xorb.hash);
        let (_, ranges) = entry.or_insert_with(|| (&term.xorb, Vec::new()));
        ranges.push(term.chunks.clone());
    }
    for (_, ranges) in all.values_mut() {
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in ranges.drain(..) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        *ranges = joined;
    }
    all
}

fn chunks(range: &Range<usize>) -> Value {
    json!({"start": range.start, "end": range.end})
}

/// Ranges of bytes name their last byte.
fn bytes(range: &Range<u64>) -> Value {
    json!({"start": range.start, "end": range.end.saturating_sub(1)})
}

/// Returns the reconstruction of a part of a file. `sign` creates the URL of byte ranges of a xorb.
pub(crate) fn answer(
    file: &XetFile,
    part: Range<u64>,
    version: Version,
    sign: impl Fn(&Hash, &[Range<u64>]) -> String,
) -> Value {
    let (skip, terms) = file.part(part);
    let listed: Vec<Value> = terms
        .iter()
        .map(|term| {
            json!({
                "hash": term.xorb.hash.to_string(),
                "unpacked_length": term.len(),
                "range": chunks(&term.chunks),
            })
        })
        .collect();
    let mut sources = Map::new();
    for (hash, (xorb, ranges)) in fetched(&terms) {
        let places: Vec<Range<u64>> = ranges.iter().map(|r| xorb.serialized(r.clone())).collect();
        let entry = match version {
            Version::V1 => ranges
                .iter()
                .zip(&places)
                .map(|(range, place)| {
                    json!({
                        "range": chunks(range),
                        "url": sign(&hash, std::slice::from_ref(place)),
                        "url_range": bytes(place),
                    })
                })
                .collect::<Vec<Value>>(),
            Version::V2 => {
                let described: Vec<Value> = ranges
                    .iter()
                    .zip(&places)
                    .map(|(range, place)| json!({"chunks": chunks(range), "bytes": bytes(place)}))
                    .collect();
                vec![json!({"url": sign(&hash, &places), "ranges": described})]
            }
        };
        sources.insert(hash.to_string(), entry.into());
    }
    let mut answer = json!({"offset_into_first_range": skip, "terms": listed});
    let key = match version {
        Version::V1 => "fetch_info",
        Version::V2 => "xorbs",
    };
    answer[key] = sources.into();
    answer
}
