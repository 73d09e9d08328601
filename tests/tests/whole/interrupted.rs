//! Processes that are killed at random moments, and the plain run after them.
//!
//! The process is this test program itself, running [`worker`]. A short run is part of every test run; `cargo xtask
//! interrupted --runs 1000` makes a long one.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use hf_api::HfApi;
use hf_api::cache::scan_cache_dir;
use hf_api::commit::RepoTarget;
use hf_testhub::{Op, RepoType, TestHub};

/// How many runs are killed; [`FEW`] if it is not set.
const RUNS: &str = "HF_TESTS_INTERRUPTED_RUNS";
/// Where the random moments start from; printed with a failure.
const SEED: &str = "HF_TESTS_INTERRUPTED_SEED";
/// In a process to be killed: its task, and the folder that the task works on.
const TASK: &str = "HF_TESTS_INTERRUPTED_TASK";
const FOLDER: &str = "HF_TESTS_INTERRUPTED_FOLDER";

/// Twice for each task: enough to see that the machine works.
const FEW: usize = 12;

const SOURCE: (RepoType, &str) = (RepoType::Model, "user/source");
const UPLOADS: (RepoType, &str) = (RepoType::Dataset, "user/uploads");
const LOGS: (RepoType, &str) = (RepoType::Dataset, "user/logs");
const SMALL_FILES: usize = 60;
const LARGE_BYTES: usize = 9_000_000;

#[derive(Debug, Clone, Copy)]
enum Task {
    Download,
    Snapshot,
    LocalDir,
    UploadFolder,
    Scheduler,
    DeleteRevision,
}

const TASKS: [(&str, Task); 6] = [
    ("download", Task::Download),
    ("snapshot", Task::Snapshot),
    ("local_dir", Task::LocalDir),
    ("upload_folder", Task::UploadFolder),
    ("scheduler", Task::Scheduler),
    ("delete_revision", Task::DeleteRevision),
];

impl Task {
    /// What the process does.
    fn run(self, api: &HfApi, folder: &Path) -> hf_api::Result<()> {
        match self {
            Self::Download => api
                .hf_hub_download(SOURCE.1, "large-0.bin")
                .wait()
                .map(drop),
            Self::Snapshot => api.snapshot_download(SOURCE.1).wait().map(drop),
            Self::LocalDir => {
                let download = api
                    .snapshot_download(SOURCE.1)
                    .local_dir(folder.join("out"));
                download.wait().map(drop)
            }
            Self::UploadFolder => {
                let upload = api.upload_folder(UPLOADS.1, folder.join("in"));
                upload.repo_type("dataset").wait().map(drop)
            }
            Self::Scheduler => {
                let target = RepoTarget::dataset(LOGS.1)?;
                let scheduler = api
                    .commit_scheduler(target, folder.join("in"))
                    .blocking_start()?;
                scheduler.blocking_stop().map(drop)
            }
            Self::DeleteRevision => {
                let cache = &api.client().config().hub_cache;
                let info = scan_cache_dir(cache)?;
                let old = info.repos.iter().flat_map(|repo| &repo.revisions);
                let old = old.filter(|revision| revision.refs.is_empty());
                let old: Vec<String> = old.map(|r| r.commit_hash.to_string()).collect();
                let report = info.delete_revisions(old).execute();
                assert!(report.skipped.is_empty(), "{report:?}");
                Ok(())
            }
        }
    }
}

/// The process that is killed. By itself, each task once, to its end.
#[test]
fn worker() {
    if let (Ok(name), Some(folder)) = (std::env::var(TASK), std::env::var_os(FOLDER)) {
        let (_, task) = TASKS.into_iter().find(|(known, _)| *known == name).unwrap();
        task.run(&HfApi::new().unwrap(), folder.as_ref()).unwrap();
        return;
    }
    for (name, task) in TASKS {
        let world = World::new(task);
        world.start(name).finish();
        world.check(task);
    }
}

/// A Hub, and the folder that a task works on.
struct World {
    hub: TestHub,
    folder: tempfile::TempDir,
}

impl World {
    fn new(task: Task) -> Self {
        let hub = TestHub::start_blocking();
        hub.set_lfs_threshold(1_000_000);
        for (repo_type, name) in [SOURCE, UPLOADS, LOGS] {
            hub.create_repo(repo_type, name);
        }
        let folder = tempfile::tempdir().unwrap();
        let world = Self { hub, folder };
        match task {
            Task::UploadFolder | Task::Scheduler => fill(&world.path("in")),
            Task::Download | Task::Snapshot | Task::LocalDir => world.commit_files("First"),
            Task::DeleteRevision => {
                world.commit_files("First");
                world.start("snapshot").finish();
                let more = [Op::add("small-0.txt", "changed"), Op::add("new.txt", "new")];
                world.hub.commit(SOURCE, "Second", more);
                world.start("snapshot").finish();
            }
        }
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn commit_files(&self, title: &str) {
        let files = files()
            .iter()
            .map(|(name, bytes)| Op::add(name.clone(), bytes.clone()));
        self.hub.commit(SOURCE, title, files.collect::<Vec<_>>());
    }

    fn start(&self, task: &str) -> Running {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "interrupted::worker", "--nocapture"])
            .env(TASK, task)
            .env(FOLDER, self.folder.path())
            .env("HF_ENDPOINT", self.hub.endpoint())
            .env("HF_TOKEN", self.hub.token())
            .env("HF_HOME", self.path("home"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running::new(child)
    }

    /// What must hold after a run that came to its end.
    fn check(&self, task: Task) {
        match task {
            Task::Download | Task::Snapshot | Task::DeleteRevision => self.check_cache(task),
            Task::LocalDir => {
                let out = self.path("out");
                for name in self.hub.files(SOURCE, "main") {
                    let expected = self.hub.read(SOURCE, "main", &name).unwrap();
                    assert!(
                        std::fs::read(out.join(&name)).unwrap() == expected,
                        "{name}"
                    );
                }
            }
            Task::UploadFolder => self.check_repo(UPLOADS),
            Task::Scheduler => self.check_repo(LOGS),
        }
    }

    fn check_cache(&self, task: Task) {
        let info = scan_cache_dir(self.path("home/hub")).unwrap();
        assert!(info.warnings.is_empty(), "{:?}", info.warnings);
        let report = info.verify();
        assert!(report.corrupted.is_empty(), "{report:?}");
        let [repo] = &*info.repos else {
            panic!("one repository, not {:?}", info.repos)
        };
        let revision = repo.revisions.iter().find(|r| !r.refs.is_empty());
        let revision = revision.expect("main is there");
        if matches!(task, Task::DeleteRevision) {
            assert_eq!(repo.revisions.len(), 1, "the old revision is gone");
        }
        let wanted = if matches!(task, Task::Download) {
            vec!["large-0.bin".to_owned()]
        } else {
            self.hub.files(SOURCE, "main")
        };
        for name in wanted {
            let expected = self.hub.read(SOURCE, "main", &name).unwrap();
            let path = revision.snapshot_path.join(&name);
            assert!(std::fs::read(path).unwrap() == expected, "{name}");
        }
    }

    fn check_repo(&self, repo: (RepoType, &str)) {
        for (name, bytes) in files() {
            let found = self.hub.read(repo, "main", name);
            assert!(found.is_some_and(|found| found == *bytes), "{name}");
        }
    }
}

/// Writes the files of every task.
fn fill(folder: &Path) {
    for (name, bytes) in files() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// The files of every task: many small ones in folders, three large ones, two of them equal.
fn files() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(make_files)
}

fn make_files() -> Vec<(String, Vec<u8>)> {
    let small = (0..SMALL_FILES).map(|n| {
        let folder = if n % 3 == 0 { "" } else { "sub/" };
        (
            format!("{folder}small-{n}.txt"),
            format!("{n}\n").into_bytes(),
        )
    });
    let large = [0_u8, 1, 1].iter().enumerate().map(|(n, pattern)| {
        let block: Vec<u8> = (0..=250).map(|byte: u8| byte ^ pattern).collect();
        let mut bytes = block.repeat(LARGE_BYTES.div_ceil(block.len()));
        bytes.truncate(LARGE_BYTES);
        (format!("large-{n}.bin"), bytes)
    });
    small.chain(large).collect()
}

/// A process under way. Its output is read on threads, so that it never waits for a reader.
struct Running {
    child: Child,
    ended: mpsc::Receiver<String>,
}

impl Running {
    fn new(mut child: Child) -> Self {
        let (end, ended) = mpsc::channel();
        let mut stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let drain = std::thread::spawn(move || {
                let mut text = String::new();
                let _ = stdout.read_to_string(&mut text);
                text
            });
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text.push_str(&drain.join().unwrap_or_default());
            let _ = end.send(text);
        });
        Self { child, ended }
    }

    /// Waits for a successful end.
    fn finish(mut self) {
        let output = self.ended.recv().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}\n{output}");
    }

    /// Kills it after `delay`, as SIGKILL does: nothing is tidied up. Returns whether it was still running.
    fn kill_after(mut self, delay: Duration) -> bool {
        let ended = self.ended.recv_timeout(delay);
        let running = matches!(ended, Err(RecvTimeoutError::Timeout));
        if running {
            self.child.kill().unwrap();
        }
        self.child.wait().unwrap();
        running
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_was_killed_at_any_moment_a_plain_run_completes() {
    let runs = number(RUNS).map_or(FEW, |runs| usize::try_from(runs).unwrap());
    let seed = number(SEED).unwrap_or_else(|| {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        since.as_secs()
    });
    println!("{SEED}={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    // How long each task takes when nobody disturbs it.
    let usual = TASKS.map(|(name, task)| {
        let world = World::new(task);
        let before = Instant::now();
        world.start(name).finish();
        world.check(task);
        before.elapsed()
    });
    let mut killed = 0;
    for run in 0..runs {
        let (name, task) = TASKS[run % TASKS.len()];
        let world = World::new(task);
        for _ in 0..random.usize(1..=3) {
            let moment = usual[run % TASKS.len()].mul_f64(random.f64() * 1.1);
            killed += usize::from(world.start(name).kill_after(moment));
        }
        world.start(name).finish();
        world.check(task);
        if (run + 1) % 100 == 0 {
            println!("{} of {runs} runs, killed {killed} times", run + 1);
        }
    }
    println!("{runs} runs, killed {killed} times");
    assert!(killed > 0, "no process was ever killed");
}
