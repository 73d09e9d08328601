//! Settings of a store.

use std::path::PathBuf;
use std::time::Duration;

/// When what is written to a repository becomes a commit. Buckets have no commits.
///
/// | | a write returns | commits |
/// |---|---|---|
/// | [`gathered`](Self::gathered), the default | when its commit is made | writes that are under way at the same time share one |
/// | [`per_object`](Self::per_object) | when its commit is made | one for each write |
/// | [`on_flush`](Self::on_flush) | at once | one when [`flush`](crate::HubStore::flush) is called, or a limit is reached |
///
/// ```
/// use std::time::Duration;
/// use hf_object_store::CommitPolicy;
/// let policy = CommitPolicy::gathered().max_files(500).delay(Duration::from_secs(1));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a policy does nothing until a store has it"]
pub struct CommitPolicy {
    pub(crate) max_files: usize,
    pub(crate) max_bytes: u64,
    pub(crate) delay: Duration,
    pub(crate) deferred: bool,
}

impl CommitPolicy {
    /// Gathers the writes that are under way at the same time into commits of at most 1,000 files and 1 GiB. A commit is
    /// made when no write has joined for 10 ms, and at the latest 100 ms after the first of them; those that come while
    /// the one before is being made share the next. Each write returns when its commit is made.
    pub fn gathered() -> Self {
        Self {
            max_files: 1_000,
            max_bytes: 1 << 30,
            delay: Duration::from_millis(100),
            deferred: false,
        }
    }

    /// Makes one commit for each write.
    pub fn per_object() -> Self {
        Self {
            max_files: 1,
            delay: Duration::ZERO,
            ..Self::gathered()
        }
    }

    /// Returns from writes before they are committed, and commits when [`flush`](crate::HubStore::flush) is called, at
    /// 1,000 files or 256 MiB, or after a minute.
    ///
    /// Contents wait in memory, those of multipart uploads on disk. Reading, listing, and writing with a condition commit
    /// first what is waiting. A write whose commit fails is reported by the next `flush`; what was not flushed when the
    /// program ends is lost.
    pub fn on_flush() -> Self {
        Self {
            max_files: 1_000,
            max_bytes: 256 << 20,
            delay: Duration::from_secs(60),
            deferred: true,
        }
    }

    /// Sets the number of files of a commit, at most 25,000 of which the Hub takes at once.
    pub fn max_files(mut self, files: usize) -> Self {
        self.max_files = files.clamp(1, 25_000);
        self
    }

    /// Sets the number of bytes after which a commit is made.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how long the first write of a commit waits for others at most. Unless writes are deferred
    /// ([`on_flush`](Self::on_flush)), it waits no longer than a tenth of this once no other joins.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Default for CommitPolicy {
    fn default() -> Self {
        Self::gathered()
    }
}

/// The settings of a store.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) commits: CommitPolicy,
    pub(crate) commit_message: Option<String>,
    /// The folder of the cache to read small files from.
    pub(crate) cache_dir: Option<PathBuf>,
    /// Ranges with a smaller gap between them are read by one request.
    pub(crate) coalesce: u64,
    /// How long the list of a bucket may be out of date.
    pub(crate) bucket_ttl: Duration,
    /// Whether conditional writes to a bucket look first and write then.
    pub(crate) check_then_write: bool,
    pub(crate) temp_dir: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            commits: CommitPolicy::default(),
            commit_message: None,
            cache_dir: None,
            coalesce: 256 * 1024,
            bucket_ttl: Duration::from_secs(10),
            check_then_write: false,
            temp_dir: None,
        }
    }
}
