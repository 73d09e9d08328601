//! What an interrupted upload of a folder leaves for the next one.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use hf_transport::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::hash::sha256;
use crate::target::Context;

/// Writes a file so that after a crash it is the old one or the new one, whole.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}

/// The name of the state of one upload: the same folder to the same place.
pub(crate) fn state_key(cx: &Context, folder: &Path, path_in_repo: &str) -> String {
    let target = &cx.target;
    let what = format!(
        "{}\0{}\0{}\0{}\0{path_in_repo}\0{}",
        cx.client.endpoint(),
        target.repo_type,
        target.repo_id,
        target.revision,
        folder.display()
    );
    sha256(what.as_bytes()).as_str()[..32].to_owned()
}

/// The pull request that an upload has opened, until the upload is complete.
#[derive(Debug)]
pub(super) struct OpenPullRequest {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Record {
    pull_request: u64,
}

impl OpenPullRequest {
    pub(super) fn new(folder: &Path, key: &str) -> Self {
        Self {
            path: folder.join(format!("{key}.pr.json")),
        }
    }

    /// The one that was opened by a run that did not end.
    pub(super) fn load(&self) -> Option<u64> {
        let bytes = std::fs::read(&self.path).ok()?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        Some(record.pull_request)
    }

    pub(super) fn store(&self, num: u64) -> Result<()> {
        let record = serde_json::json!({"pull_request": num}).to_string();
        write_atomically(&self.path, record.as_bytes()).map_err(|e| {
            Error::io(
                format!("cannot note the pull request in {}", self.path.display()),
                e,
            )
        })
    }

    pub(super) fn clear(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot be removed");
        }
    }
}
