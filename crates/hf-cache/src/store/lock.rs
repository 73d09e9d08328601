//! Advisory locks that avoid duplicate work. Correctness never depends on them: where they do not work or
//! cannot be created, two processes may download the same bytes, each into its own file.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Runs work on a thread that may block.
pub(crate) use hf_transport::spawn_blocking as blocking;
use hf_transport::{Error, ErrorKind, Result};
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinError;

use super::fs::{self, File, OpenOptions, TryLockError};

/// The interval at which a lock held by another process is tried again.
const POLL: Duration = Duration::from_millis(50);
/// The interval at which a wait is logged.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// By the bytes of a path: to hash a `Path`, it is taken apart.
type Registry = HashMap<OsString, Weak<tokio::sync::Mutex<()>>>;

static IN_PROCESS: Mutex<Option<Registry>> = Mutex::new(None);

/// An in-process lock on `path`. Waiting tasks are woken in turn.
#[derive(Debug)]
pub(crate) struct LocalLock {
    path: PathBuf,
    guard: Option<OwnedMutexGuard<()>>,
}

impl LocalLock {
    pub(crate) async fn acquire(path: &Path) -> Self {
        let mutex = Self::mutex(path);
        Self {
            path: path.to_path_buf(),
            guard: Some(mutex.lock_owned().await),
        }
    }

    /// Acquires the lock, or returns `None` if another task holds it.
    pub(crate) fn try_acquire(path: &Path) -> Option<Self> {
        let guard = Self::mutex(path).try_lock_owned().ok()?;
        Some(Self {
            path: path.to_path_buf(),
            guard: Some(guard),
        })
    }

    fn mutex(path: &Path) -> Arc<tokio::sync::Mutex<()>> {
        let mut registry = IN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let registry = registry.get_or_insert_default();
        if let Some(mutex) = registry.get(path.as_os_str()).and_then(Weak::upgrade) {
            return mutex;
        }
        let mutex = Arc::default();
        registry.insert(path.into(), Arc::downgrade(&mutex));
        mutex
    }
}

impl Drop for LocalLock {
    fn drop(&mut self) {
        let mut registry = IN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        if let Some(registry) = registry.as_mut()
            && registry
                .get(self.path.as_os_str())
                .is_some_and(|m| m.strong_count() == 0)
        {
            registry.remove(self.path.as_os_str());
        }
    }
}

/// A system-wide lock on a file. The kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FileLock(#[expect(dead_code, reason = "held for its lock")] Option<File>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Exclusive,
    Shared,
}

/// The result of one attempt to lock.
pub(crate) enum Attempt {
    Held(FileLock),
    Busy(File),
}

impl FileLock {
    /// Returns a guard that holds nothing.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Returns whether the lock is currently held. Nothing is created.
    pub(crate) fn is_held(path: &Path) -> bool {
        let Ok(file) = fs::open(OpenOptions::new().read(true).write(true), path) else {
            return false;
        };
        matches!(Self::try_on(file, path, Mode::Exclusive), Attempt::Busy(_))
    }

    /// Tries once. A lock that cannot be created (a read-only folder, a file system without locks) counts as
    /// acquired.
    pub(crate) fn try_acquire(path: &Path, mode: Mode) -> Attempt {
        match open_lock_file(path) {
            Ok(file) => Self::try_on(file, path, mode),
            Err(e) => {
                tracing::debug!(path = %path.display(), error = %e, "continuing without a lock");
                Attempt::Held(Self(None))
            }
        }
    }

    fn try_on(file: File, path: &Path, mode: Mode) -> Attempt {
        let tried = match mode {
            Mode::Exclusive => fs::try_lock(&file),
            Mode::Shared => fs::try_lock_shared(&file),
        };
        match tried {
            Ok(()) => Attempt::Held(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Attempt::Busy(file),
            Err(TryLockError::Error(e)) => {
                tracing::debug!(path = %path.display(), error = %e, "continuing without a lock");
                Attempt::Held(Self(None))
            }
        }
    }

    /// Waits for the lock for as long as necessary, and logs the wait periodically. Taking the lock away from
    /// a healthy download would only download the same bytes twice.
    pub(crate) async fn acquire(path: PathBuf, mode: Mode) -> Result<Self> {
        let began = Instant::now();
        let mut last_logged = began;
        let mut next = {
            let path = path.clone();
            blocking(move || Ok(Self::try_acquire(&path, mode))).await?
        };
        loop {
            match next {
                Attempt::Held(lock) => return Ok(lock),
                Attempt::Busy(file) => {
                    if last_logged.elapsed() >= LOG_EVERY {
                        last_logged = Instant::now();
                        tracing::info!(
                            path = %path.display(),
                            waited_s = began.elapsed().as_secs(),
                            "waiting for another process that downloads the same file"
                        );
                    }
                    tokio::time::sleep(POLL).await;
                    next = Self::try_on(file, &path, mode);
                }
            }
        }
    }
}

fn open_lock_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o664);
    match fs::open(&options, path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::open(&options, path)
        }
        other => other,
    }
}

/// Returns the result of a task. A panic of the task is resumed.
pub(crate) fn joined<T>(ended: Result<Result<T>, JoinError>) -> Result<T> {
    match ended {
        Ok(outcome) => outcome,
        Err(e) => match e.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(e) => Err(Error::new(ErrorKind::Io, "the download was stopped").with_source(e)),
        },
    }
}

/// Returns whether a lock on a file in this folder excludes every other process that can see it.
///
/// This is known for local file systems. Network and cluster file systems may grant a lock to everyone, or
/// per node.
pub(crate) fn locks_are_reliable(folder: &Path) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        #[expect(clippy::cast_sign_loss, reason = "a bit pattern")]
        rustix::fs::statfs(folder).is_ok_and(|s| is_local_type(s.f_type as u64 & 0xffff_ffff))
    }
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "dragonfly"
    ))]
    {
        rustix::fs::statfs(folder).is_ok_and(|s| {
            let name = s.f_fstypename.iter().map(|c| *c as u8);
            is_local_name(&name.take_while(|c| *c != 0).collect::<Vec<_>>())
        })
    }
    #[cfg(windows)]
    {
        let _ = folder;
        true
    }
    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "dragonfly",
        windows
    )))]
    {
        let _ = folder;
        false
    }
}

/// The `statfs` types of local file systems on Linux.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    expect(dead_code)
)]
fn is_local_type(magic: u64) -> bool {
    const LOCAL: [u64; 15] = [
        0xef53,      // ext2, ext3, ext4
        0x5846_5342, // xfs
        0x9123_683e, // btrfs
        0x0102_1994, // tmpfs
        0x794c_7630, // overlayfs
        0x2fc1_2fc1, // zfs
        0xf2f5_2010, // f2fs
        0xca45_1a4e, // bcachefs
        0x8584_58f6, // ramfs
        0x4d44,      // vfat
        0x2011_bab0, // exfat
        0x7366_746e, // ntfs3
        0x3153_464a, // jfs
        0x5265_4973, // reiserfs
        0xf15f,      // ecryptfs
    ];
    LOCAL.contains(&magic)
}

/// The names of local file systems on macOS and the BSDs, where the kernel implements `flock`.
#[cfg_attr(
    not(any(
        test,
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "dragonfly"
    )),
    expect(dead_code)
)]
fn is_local_name(name: &[u8]) -> bool {
    const LOCAL: [&[u8]; 12] = [
        b"apfs", b"hfs", b"ufs", b"zfs", b"ffs", b"tmpfs", b"hammer2", b"msdos", b"msdosfs",
        b"exfat", b"ext2fs", b"mfs",
    ];
    LOCAL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_task_at_a_time_and_nothing_is_left_behind() {
        let path = PathBuf::from("/in-process/only");
        let first = LocalLock::acquire(&path).await;
        let second = tokio::spawn({
            let path = path.clone();
            async move { LocalLock::acquire(&path).await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        assert!(LocalLock::try_acquire(&path).is_none());
        drop(first);
        drop(second.await.unwrap());
        drop(LocalLock::try_acquire(&path).unwrap());
        assert!(
            !IN_PROCESS
                .lock()
                .unwrap()
                .as_ref()
                .unwrap()
                .contains_key(path.as_os_str())
        );
    }

    #[tokio::test]
    async fn a_held_lock_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("locks/x.lock");
        let Attempt::Held(held) = FileLock::try_acquire(&path, Mode::Exclusive) else {
            panic!("a new lock is free");
        };
        assert!(matches!(
            FileLock::try_acquire(&path, Mode::Shared),
            Attempt::Busy(_)
        ));
        assert!(FileLock::is_held(&path));
        let waiting = tokio::spawn(FileLock::acquire(path.clone(), Mode::Exclusive));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        drop(waiting.await.unwrap().unwrap());
        assert!(!FileLock::is_held(&path));
        assert!(!FileLock::is_held(&dir.path().join("locks/none.lock")));
        assert!(matches!(
            FileLock::try_acquire(&path, Mode::Shared),
            Attempt::Held(_)
        ));
    }

    #[test]
    fn locks_are_relied_on_where_the_kernel_of_this_machine_keeps_them() {
        for local in ["apfs", "hfs", "ufs", "zfs", "exfat"] {
            assert!(is_local_name(local.as_bytes()), "{local}");
        }
        for remote in ["nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse", ""] {
            assert!(!is_local_name(remote.as_bytes()), "{remote}");
        }
        #[cfg(target_os = "linux")]
        for (magic, local) in [
            (0xef53, true),
            (0x6969, false),
            (0xff53_4d42, false),
            (0x6573_5546, false),
        ] {
            assert_eq!(is_local_type(magic), local, "{magic:x}");
        }
    }

    #[tokio::test]
    async fn where_no_lock_can_be_made_the_work_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let lock = FileLock::acquire(dir.path().join("file/x.lock"), Mode::Exclusive).await;
        assert!(lock.is_ok());
    }
}
