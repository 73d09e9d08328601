//! What a store sends of a reconstruction, in both versions.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Hash;

#[derive(Deserialize)]
pub(super) struct WireRange<T> {
    pub(super) start: T,
    pub(super) end: T,
}

#[derive(Deserialize)]
pub(super) struct WireTerm {
    pub(super) hash: Hash,
    pub(super) unpacked_length: u32,
    pub(super) range: WireRange<u32>,
}

#[derive(Deserialize)]
pub(super) struct WireV1 {
    #[serde(default)]
    pub(super) offset_into_first_range: u64,
    pub(super) terms: Vec<WireTerm>,
    pub(super) fetch_info: BTreeMap<Hash, Vec<WireFetchV1>>,
}

#[derive(Deserialize)]
pub(super) struct WireFetchV1 {
    pub(super) range: WireRange<u32>,
    pub(super) url: String,
    pub(super) url_range: WireRange<u64>,
}

#[derive(Deserialize)]
pub(super) struct WireV2 {
    #[serde(default)]
    pub(super) offset_into_first_range: u64,
    pub(super) terms: Vec<WireTerm>,
    pub(super) xorbs: BTreeMap<Hash, Vec<WireFetchV2>>,
}

#[derive(Deserialize)]
pub(super) struct WireFetchV2 {
    pub(super) url: String,
    pub(super) ranges: Vec<WirePart>,
}

#[derive(Deserialize)]
pub(super) struct WirePart {
    pub(super) chunks: WireRange<u32>,
    pub(super) bytes: WireRange<u64>,
}

impl From<WireV1> for WireV2 {
    fn from(old: WireV1) -> Self {
        let fetch = |old: WireFetchV1| WireFetchV2 {
            url: old.url,
            ranges: vec![WirePart {
                chunks: old.range,
                bytes: old.url_range,
            }],
        };
        let fetches = |(xorb, old): (Hash, Vec<_>)| (xorb, old.into_iter().map(fetch).collect());
        Self {
            offset_into_first_range: old.offset_into_first_range,
            terms: old.terms,
            xorbs: old.fetch_info.into_iter().map(fetches).collect(),
        }
    }
}
