//! Fills a Hub with many models or files at once.
use serde_json::{Map, Value, json};

use crate::blob::mix;
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::op::Op;
use crate::store::new_repo;

/// The tensors of each file that [`Hub::seed_shards`] makes, and their size in bytes.
const TENSORS: usize = 12;
const TENSOR_BYTES: usize = 16 * 1024;

impl Hub {
    /// Creates `n` public models called `org-<i mod 97>/model-<i>`, with various tags, downloads
    /// and likes.
    pub fn seed_models(&self, n: usize) {
        const TASKS: [&str; 4] = [
            "text-generation",
            "fill-mask",
            "image-classification",
            "translation",
        ];
        const LIBRARIES: [&str; 3] = ["transformers", "diffusers", "sentence-transformers"];
        let mut state = self.change();
        for i in 0..n {
            let name = RepoName::new(RepoType::Model, format!("org-{:02}/model-{i:05}", i % 97));
            if state.repos.contains_key(&name) {
                continue;
            }
            let author = name.owner().to_owned();
            new_repo(&mut state, &name, &author);
            let chance = mix(i as u64);
            if let Some(repo) = state.repos.get_mut(&name) {
                repo.downloads = chance % 1_000_000;
                repo.base_likes = (chance >> 32) % 1000;
                repo.card
                    .insert("pipeline_tag".to_owned(), TASKS[i % TASKS.len()].into());
                repo.card.insert(
                    "library_name".to_owned(),
                    LIBRARIES[i % LIBRARIES.len()].into(),
                );
                repo.card.insert("license".to_owned(), "apache-2.0".into());
                repo.tags = vec!["safetensors".to_owned(), "endpoints_compatible".to_owned()];
            }
        }
    }

    /// Adds `n` different files of `size` bytes in one commit: `data/<i / 500>/file-<i>.txt`.
    pub fn seed_files(&self, repo: impl Into<RepoName>, n: usize, size: usize) -> String {
        let operations = (0..n).map(|i| {
            let mut text = format!("{i}\n").into_bytes();
            text.resize(size.max(text.len()), b'.');
            Op::add(format!("data/{:03}/file-{i:05}.txt", i / 500), text)
        });
        self.commit(repo, &format!("Add {n} files"), operations)
    }

    /// Creates a model in `n` safetensors files with 12 tensors each, and their index, in one commit.
    pub fn seed_shards(&self, repo: impl Into<RepoName>, n: usize) -> String {
        let name = |shard: usize| format!("model-{:05}-of-{n:05}.safetensors", shard + 1);
        let mut weight_map = Map::new();
        let mut operations = Vec::with_capacity(n + 1);
        for shard in 0..n {
            let mut header = Map::new();
            for tensor in 0..TENSORS {
                let key = format!("model.layers.{shard}.{tensor}.weight");
                let offsets = [tensor * TENSOR_BYTES, (tensor + 1) * TENSOR_BYTES];
                let info = json!({"dtype": "U8", "shape": [TENSOR_BYTES], "data_offsets": offsets});
                header.insert(key.clone(), info);
                weight_map.insert(key, name(shard).into());
            }
            let header = Value::Object(header).to_string();
            let mut file = (header.len() as u64).to_le_bytes().to_vec();
            file.extend_from_slice(header.as_bytes());
            file.resize(file.len() + TENSORS * TENSOR_BYTES, 0);
            operations.push(Op::add(name(shard), file));
        }
        let index = json!({"metadata": {}, "weight_map": weight_map}).to_string();
        operations.push(Op::add("model.safetensors.index.json", index));
        self.commit(repo, &format!("Add {n} shards"), operations)
    }
}
