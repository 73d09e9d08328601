//! How long responses take to decode, beside what serde's own derive takes for the same members and what it takes to
//! just skip the text. Run with `cargo bench -p hf-types`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use hf_types::{ModelInfo, RepoTreeEntry};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

/// The members of a listed model that the responses below have, read by serde's derive; others are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by serde alone")]
struct DerivedModel {
    id: String,
    likes: Option<u64>,
    trending_score: Option<f64>,
    private: Option<bool>,
    downloads: Option<u64>,
    tags: Option<Vec<String>>,
    #[serde(rename = "pipeline_tag")]
    pipeline_tag: Option<String>,
    #[serde(rename = "library_name")]
    library_name: Option<String>,
    created_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by serde alone")]
struct DerivedEntry {
    r#type: String,
    path: String,
    oid: String,
    size: u64,
    lfs: Option<DerivedLfs>,
    xet_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by serde alone")]
struct DerivedLfs {
    oid: String,
    size: u64,
    pointer_size: u64,
}

const MODELS: usize = 10_000;
const ENTRIES: usize = 10_000;

fn models() -> String {
    let models: Vec<_> = (0..MODELS)
        .map(|i| {
            json!({
                "_id": format!("{i:024x}"), "id": format!("user/model-{i}"), "likes": i, "trendingScore": i % 7,
                "private": false, "downloads": i * 31, "pipeline_tag": "text-generation",
                "library_name": "transformers", "createdAt": "2026-04-22T06:04:45.000Z",
                "modelId": format!("user/model-{i}"),
                "tags": ["transformers", "safetensors", "gpt2", "text-generation", "license:mit", "region:us"],
            })
        })
        .collect();
    serde_json::to_string(&models).unwrap_or_default()
}

fn entries() -> String {
    let entries: Vec<_> = (0..ENTRIES)
        .map(|i| {
            json!({
                "type": "file", "oid": format!("{i:040x}"), "size": i * 1000, "path": format!("data/part-{i}.parquet"),
                "lfs": {"oid": format!("{i:064x}"), "size": i * 1000, "pointerSize": 131},
                "xetHash": format!("{i:064x}"),
            })
        })
        .collect();
    serde_json::to_string(&entries).unwrap_or_default()
}

/// The best of some runs: what the work takes when nothing disturbs it.
fn best(mut run: impl FnMut()) -> Duration {
    (0..20)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn report<'a, Ours, Derived>(what: &str, text: &'a str)
where
    Ours: Deserialize<'a>,
    Derived: Deserialize<'a>,
{
    let ours = best(|| drop(black_box(serde_json::from_str::<Vec<Ours>>(text))));
    let derived = best(|| drop(black_box(serde_json::from_str::<Vec<Derived>>(text))));
    let skipped = best(|| drop(black_box(serde_json::from_str::<IgnoredAny>(text))));
    println!(
        "{what}: {} bytes; ours {ours:.2?}, serde's derive {derived:.2?}, skipped {skipped:.2?}",
        text.len()
    );
}

fn main() {
    report::<ModelInfo, DerivedModel>("10,000 listed models", &models());
    report::<RepoTreeEntry, DerivedEntry>("10,000 entries of a tree", &entries());
}
