//! The settings of a scheduler.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_transport::{Client, Error, RequestOptions, Result, TokenMode};
use hf_types::{CommitInfo, DEFAULT_IGNORE_PATTERNS, PatternSet};
use tokio::sync::{mpsc, oneshot};

use super::CommitScheduler;
use super::handle::{SharedStatus, died};
use super::lines::LINE_FILES;
use super::repo::ensure_repo;
use super::state::Uploaded;
use super::turn::{Push, PushChanged, PushTurn};
use super::wait::block_on;
use super::worker::{OnPush, Worker};
use crate::context::Context;
use crate::folder::state_key;
use crate::operation::folder_prefix;
use crate::source::expand_home;
use crate::target::RepoTarget;
use crate::walk::{LinksOutside, Walk};

/// Five minutes, as in `huggingface_hub`.
const DEFAULT_EVERY: Duration = Duration::from_secs(300);

/// Configures and starts a [`CommitScheduler`].
pub struct CommitSchedulerBuilder {
    client: Client,
    target: RepoTarget,
    folder: PathBuf,
    every: Duration,
    path_in_repo: String,
    private: Option<bool>,
    requests: RequestOptions,
    allow: Option<Vec<String>>,
    ignore: Vec<String>,
    links: LinksOutside,
    whole_lines: Vec<String>,
    squash_history: bool,
    state_dir: Option<PathBuf>,
    push: Arc<dyn Push>,
    on_push: Option<OnPush>,
}

impl CommitSchedulerBuilder {
    pub(super) fn new(client: Client, target: RepoTarget, folder: PathBuf) -> Self {
        Self {
            client,
            target,
            folder,
            every: DEFAULT_EVERY,
            path_in_repo: String::new(),
            private: None,
            requests: RequestOptions::default(),
            allow: None,
            ignore: Vec::new(),
            links: LinksOutside::default(),
            whole_lines: LINE_FILES.map(str::to_owned).to_vec(),
            squash_history: false,
            state_dir: None,
            push: Arc::new(PushChanged),
            on_push: None,
        }
    }

    /// Sets the time between two pushes (default: five minutes).
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// Sets the folder in the repository to push to (default: its root).
    pub fn path_in_repo(mut self, path: impl Into<String>) -> Self {
        self.path_in_repo = path.into();
        self
    }

    /// Sets whether a newly created repository is private (default: the setting of the namespace).
    pub fn private(mut self, private: bool) -> Self {
        self.private = Some(private);
        self
    }

    /// Sets the token to send.
    pub fn token(mut self, token: TokenMode) -> Self {
        self.requests = self.requests.with_token(token);
        self
    }

    /// Sets the options of each request to the Hub: token, headers, limits, progress sink.
    pub fn requests(mut self, requests: RequestOptions) -> Self {
        self.requests = requests;
        self
    }

    /// Limits the duration of each request to the Hub, including the response. The upload of large file
    /// content is not limited by it.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.requests = self.requests.with_timeout(limit);
        self
    }

    /// Adds a header to each request to the Hub. It is not sent to storage.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.requests = self.requests.with_header(name, value);
        self
    }

    /// Pushes only files that match one of these patterns.
    pub fn allow_patterns(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allow = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Excludes files that match one of these patterns.
    pub fn ignore_patterns(
        mut self,
        patterns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.ignore = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how links that lead out of the folder are handled (default: skip them and report them).
    pub fn links_outside(mut self, links: LinksOutside) -> Self {
        self.links = links;
        self
    }

    /// Sets which files consist of lines (default: `*.jsonl`, `*.ndjson`, `*.csv`, `*.tsv` and `*.log`).
    ///
    /// A push uploads such a file up to the end of its last complete line, so that readers of the repository
    /// never see a record that is still being written. The last push, when the scheduler is stopped, uploads
    /// the whole file. With an empty list, every file is pushed as it is.
    pub fn whole_lines(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.whole_lines = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether the history of the branch is squashed after each push, because a repository with
    /// thousands of commits is slow.
    pub fn squash_history(mut self, squash: bool) -> Self {
        self.squash_history = squash;
        self
    }

    /// Sets the folder that records what was pushed, for a scheduler after a restart (default:
    /// `HF_HOME/uploads`).
    pub fn state_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(dir.into());
        self
    }

    /// Replaces the push with another implementation, for example one that packs files into an archive.
    pub fn push(mut self, push: impl Push) -> Self {
        self.push = Arc::new(push);
        self
    }

    /// Sets a function that is called after each push with its result.
    pub fn on_push(
        mut self,
        report: impl Fn(&Result<Option<CommitInfo>>) + Send + Sync + 'static,
    ) -> Self {
        self.on_push = Some(Arc::new(report));
        self
    }

    /// Creates the repository if it does not exist, and starts the scheduler. The first push happens
    /// immediately.
    pub async fn start(self) -> Result<CommitScheduler> {
        if self.every.is_zero() {
            return Err(Error::validation("`every` must be longer than zero"));
        }
        let (started, starting) = oneshot::channel();
        let (commands, receiver) = mpsc::unbounded_channel();
        let (status, lock) = (SharedStatus::default(), Arc::default());
        let shared = (status.clone(), Arc::clone(&lock));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::io("cannot start the runtime of the scheduler", e))?;
        let work = async move {
            match self.prepare(shared).await {
                Ok(worker) => {
                    let ready = (
                        worker.turn.target().clone(),
                        worker.turn.folder().to_owned(),
                    );
                    // If the caller no longer waits for the scheduler, there is nothing to run.
                    if started.send(Ok(ready)).is_ok() {
                        worker.run(receiver).await;
                    }
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("hf-commit-scheduler".to_owned())
            .spawn(move || runtime.block_on(work))
            .map_err(|e| Error::io("cannot start the thread of the scheduler", e))?;
        let (target, folder) = starting.await.unwrap_or_else(|_| Err(died()))?;
        Ok(CommitScheduler {
            commands,
            status,
            lock,
            folder,
            target,
            worker: thread.thread().id(),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Creates the folder and the repository if necessary. Runs on the scheduler's own thread, which may
    /// block.
    async fn prepare(
        self,
        (status, lock): (SharedStatus, Arc<tokio::sync::Mutex<()>>),
    ) -> Result<Worker> {
        let folder = expand_home(&self.folder);
        if folder.is_file() {
            return Err(Error::validation(format!(
                "{} is a file; a scheduler takes a folder",
                folder.display()
            )));
        }
        std::fs::create_dir_all(&folder)
            .map_err(|e| Error::io(format!("cannot create the folder {}", folder.display()), e))?;
        let patterns = PatternSet::new(self.allow.as_ref(), Some(&self.ignore))
            .also_ignoring(DEFAULT_IGNORE_PATTERNS);
        let walk = Walk::new(&folder, patterns, self.links)?;
        let mut cx = Context::new(&self.client, self.target, self.requests);
        let fresh = ensure_repo(&mut cx, self.private).await?;
        let state_dir = self
            .state_dir
            .unwrap_or_else(|| cx.client.config().hf_home.join("uploads"));
        let key = state_key(&cx, walk.root(), &self.path_in_repo);
        let uploaded = Uploaded::open(state_dir.join(format!("{key}.pushed.json")), fresh);
        let turn = PushTurn {
            cx,
            walk: Arc::new(walk),
            prefix: folder_prefix(&self.path_in_repo),
            whole_lines: Arc::new(PatternSet::new(
                Some(&self.whole_lines),
                None::<&Vec<String>>,
            )),
            lock,
            uploaded: Arc::new(Mutex::new(uploaded)),
            status,
            is_last: false,
        };
        Ok(Worker {
            turn,
            push: self.push,
            every: self.every,
            squash_history: self.squash_history,
            on_push: self.on_push,
        })
    }

    /// Starts the scheduler from code that is not async; see [`start`](Self::start).
    pub fn blocking_start(self) -> Result<CommitScheduler> {
        block_on(self.start())
    }
}

impl std::fmt::Debug for CommitSchedulerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitSchedulerBuilder")
            .field("target", &self.target)
            .field("folder", &self.folder)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}
