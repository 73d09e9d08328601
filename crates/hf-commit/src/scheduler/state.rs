//! A record of what was pushed, kept on disk so that a restart does not push it again.

use std::collections::HashMap;
use std::path::PathBuf;

use hf_transport::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::folder::write_atomically;
use crate::source::Stamp;

/// What was pushed of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pushed {
    /// The state of the file when it was scanned.
    pub(super) stamp: Stamp,
    /// How many of its bytes were pushed.
    pub(super) bytes: u64,
}

/// The files of the folder that are on the Hub.
#[derive(Debug)]
pub(super) struct Uploaded {
    path: PathBuf,
    files: HashMap<String, Pushed>,
}

/// The file on disk: for each path the length, modification time, inode and number of bytes pushed.
#[derive(Serialize, Deserialize)]
struct Record {
    files: HashMap<String, (u64, i128, u64, u64)>,
}

impl Uploaded {
    /// Reads what an earlier scheduler has pushed. Empty if the repository is new or the file cannot be read.
    pub(super) fn open(path: PathBuf, fresh: bool) -> Self {
        let record = if fresh {
            None
        } else {
            std::fs::read(&path)
                .ok()
                .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok())
        };
        let files = record.into_iter().flat_map(|record| record.files);
        let files = files.map(|(path, (len, mtime, inode, bytes))| {
            let stamp = Stamp { len, mtime, inode };
            (path, Pushed { stamp, bytes })
        });
        Self {
            path,
            files: files.collect(),
        }
    }

    /// Returns what was pushed of the file at `relative`.
    pub(super) fn get(&self, relative: &str) -> Option<Pushed> {
        self.files.get(relative).copied()
    }

    /// Records what was pushed, in memory and then on disk.
    pub(super) fn add(&mut self, files: impl IntoIterator<Item = (String, Pushed)>) -> Result<()> {
        self.files.extend(files);
        let files = self.files.iter().map(|(path, pushed)| {
            let Stamp { len, mtime, inode } = pushed.stamp;
            (path.clone(), (len, mtime, inode, pushed.bytes))
        });
        let record = Record {
            files: files.collect(),
        };
        serde_json::to_vec(&record)
            .map_err(std::io::Error::from)
            .and_then(|bytes| write_atomically(&self.path, &bytes))
            .map_err(|e| {
                Error::io(
                    format!("cannot record what was pushed in {}", self.path.display()),
                    e,
                )
            })
    }
}
