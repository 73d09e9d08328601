//! An index of hashes computed earlier, so that a second run reads no files.
//!
//! The index is one file that is appended to. Outdated records are superseded by later ones, and dropped when
//! the file is rewritten.

pub(crate) mod format;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hf_transport::{Error, Result};

use crate::content::{FileIdentity, KnownHashes};
use crate::source::Stamp;
use format::{HEADER, Key, RECORD_BYTES, Record, StampHash, stamp_hash};

/// The file is rewritten when it has this many unused records.
const MAX_STALE_RECORDS: usize = 4096;

/// The number of recently used hashes that are kept: about 30 MB of memory, and at most twice that on disk.
const MAX_KNOWN: usize = 450_000;

/// A file modified more recently than this could still change without a change of its stamp, so its hash is
/// not kept.
const STABLE_AFTER_NANOS: i128 = 2_000_000_000;

/// Hashes of local files, kept on disk under path, size, modification time and inode.
///
/// The index holds SHA-256 hashes of files for large file storage and git ids of other files. With it,
/// content that the Hub already has is recognised without reading the files. Two processes may share an
/// index; each sees what the other wrote before it was opened. The 450,000 most recently used hashes are
/// kept. Losing the index only costs time.
///
/// ```no_run
/// # async fn f(client: &hf_transport::Client) -> hf_transport::Result<()> {
/// use std::sync::Arc;
/// use hf_commit::{CommitOperationAdd, HashIndex, RepoTarget, UploadFile};
/// let index = Arc::new(HashIndex::open("hashes.index")?);
/// let file = CommitOperationAdd::from_path("model.bin", "out/model.bin")?;
/// UploadFile::new(RepoTarget::model("user/repo")?, file).hash_index(index).run(client).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct HashIndex {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    known: HashMap<Key, Known>,
    file: Option<File>,
    /// The number of records in the file, including outdated ones.
    records: usize,
    /// A counter of uses, which orders them by recency.
    clock: u32,
    /// Whether the file must be rewritten before anything is appended.
    damaged: bool,
    /// Whether a write has failed, after which nothing more is written.
    broken: bool,
}

#[derive(Debug)]
struct Known {
    stamp: StampHash,
    hash: [u8; 32],
    used: u32,
}

impl Inner {
    fn tick(&mut self) -> u32 {
        self.clock = self.clock.saturating_add(1);
        self.clock
    }

    fn insert(&mut self, record: &Record) {
        let known = Known {
            stamp: record.stamp,
            hash: record.hash,
            used: self.tick(),
        };
        self.known.insert(record.key, known);
    }

    fn find(&mut self, key: Key, stamp: StampHash) -> Option<[u8; 32]> {
        let used = self.tick();
        let known = self.known.get_mut(&key)?;
        known.used = used;
        (known.stamp == stamp).then_some(known.hash)
    }

    fn forget_oldest(&mut self, keep: usize) {
        if self.known.len() > keep {
            let mut uses: Vec<u32> = self.known.values().map(|known| known.used).collect();
            let surplus = uses.len() - keep;
            let (_, oldest_kept, _) = uses.select_nth_unstable(surplus);
            let oldest_kept = *oldest_kept;
            self.known.retain(|_, known| known.used >= oldest_kept);
        }
    }
}

impl HashIndex {
    /// Opens the index at `path`. A missing file is an empty index, and damaged records are skipped.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let mut inner = Inner::default();
        match File::open(&path) {
            Ok(file) => {
                let sound = format::read(file, |record| {
                    inner.records += 1;
                    inner.insert(&record);
                    if inner.known.len() >= 2 * MAX_KNOWN {
                        inner.forget_oldest(MAX_KNOWN);
                    }
                });
                inner.damaged = !sound.map_err(|e| failed("read", &path, e))?;
                inner.forget_oldest(MAX_KNOWN);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("read", &path, e)),
        }
        Ok(Self {
            path,
            inner: Mutex::new(inner),
        })
    }

    /// Returns the number of known hashes.
    pub fn len(&self) -> usize {
        self.lock().known.len()
    }

    /// Returns whether no hashes are known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the known hashes of `file`, if it has not changed since.
    pub(crate) fn recall(&self, file: &FileIdentity) -> KnownHashes {
        let Some(path) = file.path() else {
            return KnownHashes::default();
        };
        let stamp = stamp_hash(file.stamp);
        let keys = Key::pair(&path);
        let [sha256, git_sha1] = {
            let mut inner = self.lock();
            keys.map(|key| inner.find(key, stamp))
        };
        KnownHashes {
            sha256: sha256.map(Into::into),
            git_sha1: git_sha1
                .as_ref()
                .and_then(|hash| hash.first_chunk::<20>())
                .map(|hash| (*hash).into()),
        }
    }

    /// Records the hashes of files, in memory and on disk. A write failure is only logged.
    pub(crate) fn remember<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a FileIdentity, KnownHashes)>,
    ) {
        let records: Vec<Record> = files
            .into_iter()
            .flat_map(|(file, hashes)| records_of(file, hashes))
            .collect();
        let mut inner = self.lock();
        let inner = &mut *inner;
        let mut fresh = Vec::new();
        for record in &records {
            if inner.find(record.key, record.stamp) != Some(record.hash) {
                fresh.extend_from_slice(&record.to_bytes());
                inner.insert(record);
            }
        }
        if fresh.is_empty() || inner.broken {
            return;
        }
        if let Err(error) = self.write(inner, &fresh) {
            tracing::warn!(path = %self.path.display(), %error, "hashes are no longer kept, because the index cannot be written");
            inner.broken = true;
        }
    }

    fn write(&self, inner: &mut Inner, fresh: &[u8]) -> io::Result<()> {
        inner.records += fresh.len() / RECORD_BYTES;
        if inner.damaged
            || inner.known.len() > MAX_KNOWN + MAX_STALE_RECORDS
            || inner.records > 2 * inner.known.len() + MAX_STALE_RECORDS
        {
            return self.rewrite(inner);
        }
        let file = match &mut inner.file {
            Some(file) => file,
            none => none.insert(open_append(&self.path)?),
        };
        // A single write, so that the records of two processes are not interleaved.
        file.write_all(fresh)
    }

    /// Writes all known hashes so that after a crash the file has either the old or the new content.
    fn rewrite(&self, inner: &mut Inner) -> io::Result<()> {
        inner.forget_oldest(MAX_KNOWN);
        let mut known: Vec<(&Key, &Known)> = inner.known.iter().collect();
        known.sort_unstable_by_key(|(_, known)| known.used);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
        let mut out = io::BufWriter::new(fresh.as_file_mut());
        out.write_all(&HEADER)?;
        for (key, known) in known {
            let record = Record {
                key: *key,
                stamp: known.stamp,
                hash: known.hash,
            };
            out.write_all(&record.to_bytes())?;
        }
        out.flush()?;
        drop(out);
        fresh.as_file().sync_data()?;
        // Windows does not replace a file that is open.
        inner.file = None;
        fresh.persist(&self.path)?;
        inner.records = inner.known.len();
        inner.damaged = false;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn records_of(file: &FileIdentity, hashes: KnownHashes) -> impl Iterator<Item = Record> + use<> {
    let sha256 = hashes.sha256.map(hf_types::Sha256::to_bytes);
    let git_sha1 = hashes.git_sha1.map(|id| {
        let mut hash = [0; 32];
        hash[..20].copy_from_slice(&id.to_bytes());
        hash
    });
    let file = is_stable(file.stamp)
        .then(|| Some((file.path()?, file.stamp)))
        .flatten();
    file.into_iter().flat_map(move |(path, stamp)| {
        let stamp = stamp_hash(stamp);
        Key::pair(&path)
            .into_iter()
            .zip([sha256, git_sha1])
            .filter_map(move |(key, hash)| {
                Some(Record {
                    key,
                    stamp,
                    hash: hash?,
                })
            })
    })
}

fn is_stable(stamp: Stamp) -> bool {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos().cast_signed());
    now - stamp.mtime > STABLE_AFTER_NANOS
}

fn open_append(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    if file.metadata()?.len() == 0 {
        file.write_all(&HEADER)?;
    }
    Ok(file)
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::io(
        format!("cannot {what} the hash index {}", path.display()),
        error,
    )
}

#[cfg(test)]
mod tests;
