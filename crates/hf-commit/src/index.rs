//! Hashes that were computed before, so that a second run reads nothing.
//!
//! One file, appended to: a line is a check sum, a space and a JSON record. A line that was cut by a crash has a wrong
//! check sum and is passed over; what is out of date loses to later lines, and is dropped when the file is rewritten.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hf_transport::{Error, Result};
use hf_types::Sha256;
use serde::{Deserialize, Serialize};

use crate::operation::CommitOperationAdd;
use crate::source::{Source, Stamp};

/// Rewritten when it has this many lines more than it has use for.
const MAX_STALE_LINES: usize = 4096;

/// The newest that are kept of a file that has grown for years: some 50 MB of memory.
const MAX_KNOWN: usize = 200_000;

/// A file modified more recently than this could still change without its stamp changing: not kept.
const SETTLE_NANOS: i128 = 2_000_000_000;

/// SHA-256 values of local files, kept in a file and keyed by path, size, modification time and inode.
///
/// Two processes may share one; each sees what the other wrote before it opened it. Losing it costs time, nothing else.
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

#[derive(Debug)]
struct Inner {
    known: HashMap<String, Record>,
    file: Option<File>,
    lines: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    path: String,
    len: u64,
    mtime: i128,
    inode: u64,
    sha256: Sha256,
    /// Its place in the file.
    #[serde(skip)]
    line: usize,
}

/// Keeps the newest.
fn forget_oldest(known: &mut HashMap<String, Record>) {
    if known.len() > MAX_KNOWN {
        let mut lines: Vec<usize> = known.values().map(|record| record.line).collect();
        let surplus = known.len() - MAX_KNOWN;
        let (_, oldest_kept, _) = lines.select_nth_unstable(surplus);
        let oldest_kept = *oldest_kept;
        known.retain(|_, record| record.line >= oldest_kept);
    }
}

impl Record {
    fn matches(&self, stamp: Stamp) -> bool {
        self.len == stamp.len && self.mtime == stamp.mtime && self.inode == stamp.inode
    }
}

impl HashIndex {
    /// Opens the index at `path`; a missing file is an empty index, damaged lines are passed over.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let mut known: HashMap<String, Record> = HashMap::new();
        let mut lines = 0;
        match File::open(&path) {
            Ok(file) => {
                for line in BufReader::new(file).split(b'\n') {
                    let line = line.map_err(|e| failed("read", &path, e))?;
                    lines += 1;
                    if let Some(mut record) = parse_line(&line) {
                        record.line = lines;
                        known.insert(record.path.clone(), record);
                    }
                    if known.len() > 2 * MAX_KNOWN {
                        forget_oldest(&mut known);
                    }
                }
                forget_oldest(&mut known);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("read", &path, e)),
        }
        Ok(Self {
            path,
            inner: Mutex::new(Inner {
                known,
                file: None,
                lines,
            }),
        })
    }

    /// How many files it knows.
    pub fn len(&self) -> usize {
        self.lock().known.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives `op` its hash, if its file is unchanged since that was computed.
    pub(crate) fn recall(&self, op: &CommitOperationAdd) -> bool {
        let mut state = op.state();
        let (Source::File { path, limit: None }, Some(stamp)) = (&state.source, state.stamp) else {
            return false;
        };
        let Some(key) = path.to_str() else {
            return false;
        };
        let found = match self.lock().known.get(key) {
            Some(record) if record.matches(stamp) => record.sha256,
            _ => return false,
        };
        state.sha256.get_or_insert(found);
        true
    }

    /// Remembers the hash of `op`, on disk too.
    pub(crate) fn remember(&self, op: &CommitOperationAdd) -> Result<()> {
        let record = {
            let state = op.state();
            let (Source::File { path, limit: None }, Some(stamp), Some(sha256)) =
                (&state.source, state.stamp, state.sha256)
            else {
                return Ok(());
            };
            let Some(path) = path.to_str() else {
                return Ok(());
            };
            if !settled(stamp) {
                return Ok(());
            }
            Record {
                path: path.to_owned(),
                len: stamp.len,
                mtime: stamp.mtime,
                inode: stamp.inode,
                sha256,
                line: usize::MAX,
            }
        };
        let mut inner = self.lock();
        if inner.file.is_none() {
            inner.file = Some(open_append(&self.path).map_err(|e| failed("open", &self.path, e))?);
        }
        let line = line_of(&record);
        if let Some(file) = &mut inner.file {
            // One write: lines of two processes do not mix.
            file.write_all(&line)
                .map_err(|e| failed("write", &self.path, e))?;
        }
        inner.lines += 1;
        inner.known.insert(record.path.clone(), record);
        if inner.lines > 2 * inner.known.len() + MAX_STALE_LINES {
            self.rewrite(&mut inner)
                .map_err(|e| failed("rewrite", &self.path, e))?;
        }
        Ok(())
    }

    fn rewrite(&self, inner: &mut Inner) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
        let mut out = io::BufWriter::new(fresh.as_file_mut());
        for record in inner.known.values() {
            out.write_all(&line_of(record))?;
        }
        out.flush()?;
        drop(out);
        fresh.as_file().sync_data()?;
        fresh.persist(&self.path)?;
        inner.lines = inner.known.len();
        inner.file = None;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .open(path)?;
    // A line that a crash cut short must not swallow the next one.
    if file.metadata()?.len() > 0 {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

fn line_of(record: &Record) -> Vec<u8> {
    let json = serde_json::to_string(record).unwrap_or_default();
    format!("{:016x} {json}\n", check_sum(json.as_bytes())).into_bytes()
}

fn parse_line(line: &[u8]) -> Option<Record> {
    let line = str::from_utf8(line).ok()?;
    let (sum, json) = line.split_once(' ')?;
    if u64::from_str_radix(sum, 16).ok()? != check_sum(json.as_bytes()) {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// FNV-1a: enough against a torn line.
fn check_sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::io(
        format!("cannot {what} the hash index {}", path.display()),
        error,
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::hash::sha256_of;

    fn old_file(dir: &Path, name: &str, text: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_mins(1))
            .unwrap();
        path
    }

    fn hashed(path: &Path) -> CommitOperationAdd {
        let op = CommitOperationAdd::from_path("x", path).unwrap();
        sha256_of(&op, &mut |_| true).unwrap();
        op
    }

    #[test]
    fn what_was_hashed_is_known_in_the_next_run_until_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (a, index) = (old_file(dir.path(), "a", "one"), dir.path().join("i/index"));
        HashIndex::open(&index)
            .unwrap()
            .remember(&hashed(&a))
            .unwrap();

        let again = HashIndex::open(&index).unwrap();
        let op = CommitOperationAdd::from_path("x", &a).unwrap();
        assert!(again.recall(&op));
        assert_eq!(op.sha256(), Some(crate::hash::sha256(b"one")));

        std::fs::write(&a, "two").unwrap();
        assert!(!again.recall(&CommitOperationAdd::from_path("x", &a).unwrap()));
    }

    #[test]
    fn a_file_written_a_moment_ago_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fresh");
        std::fs::write(&path, "x").unwrap();
        let index = HashIndex::open(dir.path().join("index")).unwrap();
        index.remember(&hashed(&path)).unwrap();
        assert!(index.is_empty());
    }

    #[test]
    fn a_file_cut_anywhere_keeps_the_lines_before_the_cut() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("index");
        let files: Vec<_> = (0..3)
            .map(|i| old_file(dir.path(), &format!("f{i}"), &"x".repeat(i)))
            .collect();
        let first = HashIndex::open(&index).unwrap();
        for file in &files {
            first.remember(&hashed(file)).unwrap();
        }
        let whole = std::fs::read(&index).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&index, &whole[..cut]).unwrap();
            let survivor = HashIndex::open(&index).unwrap();
            let complete = whole[..cut].split(|b| *b == b'\n').count() - 1;
            assert!(survivor.len() >= complete, "{cut}");
            survivor.remember(&hashed(&files[2])).unwrap();
            let op = CommitOperationAdd::from_path("x", &files[2]).unwrap();
            assert!(HashIndex::open(&index).unwrap().recall(&op), "{cut}");
        }
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut known: HashMap<String, Record> = (0..MAX_KNOWN + 10)
            .map(|line| {
                let path = line.to_string();
                let sha256 = Sha256::from([0; 32]);
                let record = Record {
                    path: path.clone(),
                    len: 0,
                    mtime: 0,
                    inode: 0,
                    sha256,
                    line,
                };
                (path, record)
            })
            .collect();
        forget_oldest(&mut known);
        assert_eq!(known.len(), MAX_KNOWN);
        assert!(!known.contains_key("9") && known.contains_key("10"));
    }

    #[test]
    fn rewriting_drops_what_is_out_of_date() {
        let dir = tempfile::tempdir().unwrap();
        let (a, path) = (old_file(dir.path(), "a", "one"), dir.path().join("index"));
        let index = HashIndex::open(&path).unwrap();
        let op = hashed(&a);
        for _ in 0..MAX_STALE_LINES + 3 {
            index.remember(&op).unwrap();
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 10, "{lines}");
        index.remember(&op).unwrap();
        assert_eq!(HashIndex::open(&path).unwrap().len(), 1);
    }
}
