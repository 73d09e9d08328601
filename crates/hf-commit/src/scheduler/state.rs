//! What was pushed: kept on disk, so that a restart does not push it again.

use std::collections::HashMap;
use std::path::PathBuf;

use hf_transport::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::folder::write_atomically;
use crate::source::Stamp;

#[derive(Debug)]
pub(super) struct Uploaded {
    path: PathBuf,
    files: HashMap<String, Stamp>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    files: HashMap<String, (u64, i128, u64)>,
}

impl Uploaded {
    /// What an earlier scheduler has pushed; nothing if the repository is new, or the file cannot be read.
    pub(super) fn open(path: PathBuf, fresh: bool) -> Self {
        let files = if fresh {
            HashMap::new()
        } else {
            std::fs::read(&path)
                .ok()
                .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok())
                .map(|record| {
                    record
                        .files
                        .into_iter()
                        .map(|(path, (len, mtime, inode))| (path, Stamp { len, mtime, inode }))
                        .collect()
                })
                .unwrap_or_default()
        };
        Self { path, files }
    }

    pub(super) fn has(&self, relative: &str, stamp: Stamp) -> bool {
        self.files.get(relative) == Some(&stamp)
    }

    /// Notes what was pushed, in memory and then on disk.
    pub(super) fn add(&mut self, files: impl IntoIterator<Item = (String, Stamp)>) -> Result<()> {
        self.files.extend(files);
        let record = Record {
            files: self
                .files
                .iter()
                .map(|(path, s)| (path.clone(), (s.len, s.mtime, s.inode)))
                .collect(),
        };
        serde_json::to_vec(&record)
            .map_err(std::io::Error::from)
            .and_then(|bytes| write_atomically(&self.path, &bytes))
            .map_err(|e| {
                Error::io(
                    format!("cannot note what was pushed in {}", self.path.display()),
                    e,
                )
            })
    }
}
