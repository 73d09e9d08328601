//! Fault injection for tests: errors of single operations, short writes, names without case.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// An operation on the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Open,
    Write,
    SetLen,
    Sync,
    SyncDir,
    Rename,
    Symlink,
    HardLink,
    Copy,
    SetMode,
    CreateDir,
    Remove,
    Lock,
}

/// The faults below one folder, in force for the lifetime of this value.
#[derive(Debug)]
pub(crate) struct Faults(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    short_writes: Option<usize>,
    ignores_case: bool,
    log: Vec<(Op, PathBuf)>,
}

#[derive(Debug)]
struct Rule {
    op: Op,
    /// A substring that the path must contain.
    part: &'static str,
    code: i32,
    left: usize,
}

static PLANS: Mutex<Vec<Arc<Plan>>> = Mutex::new(Vec::new());

impl Faults {
    /// Creates a set without faults for the folder `root`. Operations below it are logged.
    pub(crate) fn below(root: &Path) -> Self {
        let plan = Arc::new(Plan {
            root: root.to_path_buf(),
            state: Mutex::default(),
        });
        lock(&PLANS).push(plan.clone());
        Self(plan)
    }

    /// Makes each `op` fail with this error number.
    pub(crate) fn fail(self, op: Op, code: rustix::io::Errno) -> Self {
        self.fail_times(op, "", code, usize::MAX)
    }

    /// Makes the next `times` of `op` fail on paths that contain `part`.
    pub(crate) fn fail_times(
        self,
        op: Op,
        part: &'static str,
        code: rustix::io::Errno,
        times: usize,
    ) -> Self {
        lock(&self.0.state).rules.push(Rule {
            op,
            part,
            code: code.raw_os_error(),
            left: times,
        });
        self
    }

    /// Makes each write accept at most `bytes`.
    pub(crate) fn short_writes(self, bytes: usize) -> Self {
        lock(&self.0.state).short_writes = Some(bytes);
        self
    }

    /// Reports that names are case-insensitive, although they remain distinct.
    pub(crate) fn ignoring_case(self) -> Self {
        lock(&self.0.state).ignores_case = true;
        self
    }

    /// Returns the operations so far, with paths relative to the folder.
    pub(crate) fn log(&self) -> Vec<(Op, PathBuf)> {
        lock(&self.0.state).log.clone()
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        lock(&PLANS).retain(|plan| !Arc::ptr_eq(plan, &self.0));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plan_of(path: &Path) -> Option<Arc<Plan>> {
    let plans = lock(&PLANS);
    plans.iter().find(|p| path.starts_with(&p.root)).cloned()
}

pub(super) fn check(op: Op, path: &Path) -> io::Result<()> {
    let Some(plan) = plan_of(path) else {
        return Ok(());
    };
    let mut state = lock(&plan.state);
    let relative = path.strip_prefix(&plan.root).unwrap_or(path);
    state.log.push((op, relative.to_path_buf()));
    let text = relative.to_string_lossy();
    let due = state
        .rules
        .iter_mut()
        .find(|r| r.op == op && r.left > 0 && text.contains(r.part));
    match due {
        Some(rule) => {
            rule.left = rule
                .left
                .saturating_sub(usize::from(rule.left < usize::MAX));
            Err(io::Error::from_raw_os_error(rule.code))
        }
        None => Ok(()),
    }
}

/// Returns the path of an open file, where the system provides it.
fn path_of(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd as _;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

pub(super) fn check_file(op: Op, file: &File) -> io::Result<()> {
    // Skips the lookup while there are no faults.
    if lock(&PLANS).is_empty() {
        return Ok(());
    }
    path_of(file).map_or(Ok(()), |path| check(op, &path))
}

pub(super) fn write_len(file: &File, len: usize) -> io::Result<usize> {
    if lock(&PLANS).is_empty() {
        return Ok(len);
    }
    let Some(path) = path_of(file) else {
        return Ok(len);
    };
    check(Op::Write, &path)?;
    let most = plan_of(&path).and_then(|plan| lock(&plan.state).short_writes);
    Ok(most.map_or(len, |most| len.min(most)))
}

pub(super) fn ignores_case(path: &Path) -> bool {
    plan_of(path).is_some_and(|plan| lock(&plan.state).ignores_case)
}
