//! Any JSON as an index, against a header of the names it knows.
#![no_main]

use std::path::{Component, Path};

use hf_safetensors::Options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    let strict = Options::strict().parse_index(json);
    let Ok(index) = Options::compatible().parse_index(json) else {
        assert!(strict.is_err());
        return;
    };
    for shard in index.shards() {
        let path = shard.below(Path::new("folder"));
        assert!(path.starts_with("folder"));
        assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
    }
    let _ = index.total_size();
    for (tensor, shard) in index.weight_map() {
        assert_eq!(index.shard_of(tensor), Some(shard));
    }
    // Headers of empty tensors with the names of the index, the first one missing.
    let header = |shard: &str| {
        let names = index.weight_map().filter(|(_, of)| of.as_str() == shard).skip(1);
        let tensors: Vec<_> = names
            .map(|(name, _)| format!("{name:?}:{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
            .collect();
        let json = format!("{{{}}}", tensors.join(","));
        Options::compatible().parse_json(json.as_bytes()).map(hf_safetensors::Header::into_owned)
    };
    let headers: Vec<_> = index
        .shards()
        .iter()
        .filter_map(|shard| Some((shard.as_str(), header(shard.as_str()).ok()?)))
        .collect();
    let problems = index.check(headers.iter().map(|(name, header)| (*name, header)));
    assert!(problems.iter().any(|problem| problem.is_fatal()) || index.shards().is_empty());
});
