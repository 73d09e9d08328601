//! Hashes that were computed before, so that a second run reads nothing.
//!
//! One file, appended to. What is out of date loses to later records, and is dropped when the file is rewritten.

mod format;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hf_transport::{Error, Result};

use crate::content::{FileIdentity, KnownHashes};
use crate::source::Stamp;
use format::{HEADER, Key, RECORD_BYTES, Record, StampHash, stamp_hash};

/// Rewritten when it has this many records more than it has use for.
const MAX_STALE_RECORDS: usize = 4096;

/// The last used that are kept: some 30 MB of memory, and twice that on disk at most.
const MAX_KNOWN: usize = 450_000;

/// A file modified more recently than this could still change without its stamp changing: not kept.
const SETTLE_NANOS: i128 = 2_000_000_000;

/// Hashes of local files, kept in a file and keyed by path, size, modification time and inode.
///
/// The SHA-256 of files for large file storage and the git ids of others: with them, what is on the Hub already is
/// recognized without a look at its bytes. Two processes may share one; each sees what the other wrote before it
/// opened it. It keeps the 450,000 that were used last. Losing it costs time, nothing else.
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
    /// How many the file holds, with those that are out of date.
    records: usize,
    /// Counts uses, to know the last.
    clock: u32,
    /// The file must be written anew before anything is appended.
    damaged: bool,
    /// Writing has failed: nothing more is written.
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
    /// Opens the index at `path`; a missing file is an empty index, damaged records are passed over.
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

    /// How many hashes it knows.
    pub fn len(&self) -> usize {
        self.lock().known.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the hashes that are known of `file`, unchanged since.
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

    /// Remembers the hashes of files, on disk too. A disk that cannot be written to is only logged.
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
            tracing::warn!(path = %self.path.display(), %error, "hashes are not kept: the index cannot be written");
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
        // One write: records of two processes do not mix.
        file.write_all(fresh)
    }

    /// Writes what is known, so that after a crash the file is the old one or the new one, whole.
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
        fresh.persist(&self.path)?;
        inner.records = inner.known.len();
        inner.damaged = false;
        inner.file = None;
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
    let file = settled(file.stamp)
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

fn settled(stamp: Stamp) -> bool {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos().cast_signed());
    now - stamp.mtime > SETTLE_NANOS
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
