//! Another content store behind the Hub, which this one learns the files of by reading its shards.
use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use hf_cas::shard::{FileInfo, Shard};

use super::file::XetFile;
use crate::blob::{Blob, hex};
use crate::hub::Hub;
use crate::names::RepoName;
use crate::routes::store_object;

/// Where the other store keeps its shards, and which of them were read.
#[derive(Debug, Default)]
pub(crate) struct External {
    folder: PathBuf,
    read: HashSet<PathBuf>,
}

impl External {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            read: HashSet::new(),
        }
    }

    /// The files of shards that were not there before. One that cannot be read yet is tried again.
    fn new_files(&mut self) -> Vec<FileInfo> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if self.read.contains(&path) {
                continue;
            }
            if let Ok(bytes) = fs::read(&path)
                && let Ok(shard) = Shard::parse(&bytes)
            {
                files.extend(shard.files);
                self.read.insert(path);
            }
        }
        files
    }
}

/// Learns what clients sent to the other store, if there is one; large files are given to this repository.
pub(crate) fn learn(hub: &Hub, name: Option<&RepoName>) {
    let mut contents = Vec::new();
    {
        let mut state = hub.xet_state();
        let Some(mut external) = state.external.take() else {
            return;
        };
        for info in external.new_files() {
            let sha256 = info.sha256.map(|digest| hex(&digest));
            let blob = Blob::discarded(info.len(), sha256.clone().unwrap_or_default());
            if sha256.is_some() {
                contents.push(blob.clone());
            }
            state.insert_file(XetFile::elsewhere(info.hash, blob), sha256);
        }
        state.external = Some(external);
    }
    if let Some(name) = name {
        let mut state = hub.change();
        for blob in contents {
            store_object(&mut state, name, blob);
        }
    }
}
