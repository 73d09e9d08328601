//! Another content store behind the Hub, which this one learns the files of by reading its shards.
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hf_cas::Hash;
use hf_cas::shard::{FileInfo, Shard};

use super::content::Assembled;
use super::file::XetFile;
use super::xorb::Xorb;
use crate::blob::{Blob, Pieces, hex};
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

    /// The content of a file: the xorbs are in a folder beside that of the shards.
    fn content(&self, info: FileInfo) -> Elsewhere {
        Elsewhere {
            xorbs: self.folder.with_file_name("xorbs"),
            info,
            content: OnceLock::new(),
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

/// The content of a file of the other store, out of the xorbs in its folder, which are read when the bridge or a test
/// first asks for it.
struct Elsewhere {
    xorbs: PathBuf,
    info: FileInfo,
    content: OnceLock<Option<Assembled>>,
}

impl Elsewhere {
    fn content(&self) -> Option<&Assembled> {
        self.content.get_or_init(|| self.assemble()).as_ref()
    }

    fn assemble(&self) -> Option<Assembled> {
        let mut xorbs: HashMap<Hash, Arc<Xorb>> = HashMap::new();
        let mut chunks = Vec::new();
        for term in &self.info.terms {
            let xorb = if let Some(xorb) = xorbs.get(&term.xorb) {
                Arc::clone(xorb)
            } else {
                let path = self.xorbs.join(format!("default.{}", term.xorb));
                let xorb = Arc::new(Xorb::uploaded(&fs::read(path).ok()?.into(), true).ok()?);
                xorbs.insert(term.xorb, Arc::clone(&xorb));
                xorb
            };
            for number in term.chunks.clone() {
                let number = usize::try_from(number).ok()?;
                xorb.chunks.get(number)?;
                chunks.push((Arc::clone(&xorb), number));
            }
        }
        Some(Assembled::new(chunks)).filter(|assembled| assembled.len() == self.info.len())
    }
}

impl Pieces for Elsewhere {
    fn len(&self) -> u64 {
        self.info.len()
    }

    fn piece(&self, at: u64, end: u64) -> Option<Bytes> {
        self.content()?.piece(at, end)
    }

    fn is_discarded(&self) -> bool {
        self.content().is_none()
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
            let hash = info.hash;
            let blob = Blob::made(external.content(info), sha256.clone());
            if sha256.is_some() {
                contents.push(blob.clone());
            }
            state.insert_file(XetFile::elsewhere(hash, blob), sha256);
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
