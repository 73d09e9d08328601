//! Uploads folders, and deletes files by pattern.

mod batch;
mod batch_size;
mod batcher;
mod commits;
mod delete;
mod pipeline;
mod state;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, Result};
use hf_types::{DEFAULT_IGNORE_PATTERNS, PatternSet, Revision};

use crate::blocking::blocking;
use crate::content::KnownHashes;
use crate::context::Context;
use crate::index::HashIndex;
use crate::operation::{CommitOperationAdd, folder_prefix};
use crate::options::{CommitOptions, commit_setters};
use crate::outcome::CommitOutcome;
use crate::readme::validate_yaml;
use crate::target::RepoTarget;
use crate::walk::{Found, LinksOutside, Walk};
use commits::unfinished;
pub use delete::DeleteFiles;
use delete::deletions_without;
use pipeline::{Files, Pipeline};
use state::{PullRequestState, pull_request_key};
pub(crate) use state::{state_key, write_atomically};

/// Uploads a folder of any size (`upload_folder`).
///
/// Walking, hashing, preupload requests, uploads and commits overlap, in memory that does not grow with the
/// folder. A typical folder becomes one commit. A larger one becomes several ("... (part 2)"), with
/// `create_pr` on one pull request. After an interruption, the next run continues: whatever was committed or
/// uploaded is neither uploaded nor hashed again.
///
/// Files are committed folder by folder, in the order of their names; files overtake a large one only when it
/// is 8,192 files or five minutes behind. Hashes are kept, so that an unchanged folder is not read again
/// (except for a `.gitignore`, which is sent to the Hub each time).
///
/// `.git` and `.cache/huggingface` are excluded with everything in them. Links within the folder are
/// followed.
///
/// ```no_run
/// # async fn f(client: hf_transport::Client) -> hf_transport::Result<()> {
/// use hf_commit::{RepoTarget, UploadFolder};
/// let commit = UploadFolder::new(RepoTarget::dataset("user/data")?, "local/data")
///     .path_in_repo("data")
///     .ignore_patterns(["*.tmp", "logs/"])
///     .delete_patterns(["*.parquet"])
///     .run(&client)
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is run"]
pub struct UploadFolder {
    target: RepoTarget,
    folder: PathBuf,
    path_in_repo: String,
    allow: Option<Vec<String>>,
    ignore: Vec<String>,
    delete: Option<Vec<String>>,
    links: LinksOutside,
    files_per_commit: Option<usize>,
    state_dir: Option<PathBuf>,
    options: CommitOptions,
}

impl UploadFolder {
    /// Creates an upload of `folder` to the root of the repository.
    pub fn new(target: RepoTarget, folder: impl Into<PathBuf>) -> Self {
        Self {
            target,
            folder: folder.into(),
            path_in_repo: String::new(),
            allow: None,
            ignore: Vec::new(),
            delete: None,
            links: LinksOutside::default(),
            files_per_commit: None,
            state_dir: None,
            options: CommitOptions::default(),
        }
    }

    fn map(mut self, set: impl FnOnce(CommitOptions) -> CommitOptions) -> Self {
        self.options = set(self.options);
        self
    }

    /// Sets the folder in the repository to upload to (default: its root).
    pub fn path_in_repo(mut self, path: impl Into<String>) -> Self {
        self.path_in_repo = path.into();
        self
    }

    /// Uploads only files that match one of these patterns. Patterns are matched against the path relative to
    /// the folder, and `*` also matches `/`.
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

    /// Deletes files from the repository, below `path_in_repo`, that match one of these patterns and are not
    /// in the folder.
    pub fn delete_patterns(
        mut self,
        patterns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.delete = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how links that lead out of the folder are handled (default: refuse the upload).
    pub fn links_outside(mut self, links: LinksOutside) -> Self {
        self.links = links;
        self
    }

    /// Limits the number of files in the first commit. Later commits adapt to the speed of the Hub (default:
    /// 2,000).
    pub fn files_per_commit(mut self, files: usize) -> Self {
        self.files_per_commit = Some(files);
        self
    }

    /// Sets the folder where hashes and the state of an unfinished upload are kept (default:
    /// `HF_HOME/uploads`).
    pub fn state_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(dir.into());
        self
    }

    /// Uploads the folder and commits it. Returns the last commit.
    ///
    /// # Errors
    /// The same as [`CreateCommit::run`](crate::CreateCommit::run). Earlier commits of the same call remain.
    pub async fn run(mut self, client: &Client) -> Result<CommitOutcome> {
        self.options.check()?;
        if self.options.create_pr && self.target.revision != Revision::default() {
            return Err(Error::validation(format!(
                "create_pr and revision {:?} exclude each other: a pull request of upload_folder is opened against main",
                self.target.revision.as_str()
            )));
        }
        let mut cx = self.options.context(client, self.target.clone());
        let prefix = folder_prefix(&self.path_in_repo);
        let walk = self.walk().await?;
        let state_dir = match &self.state_dir {
            Some(dir) => dir.clone(),
            None => client.config().hf_home.join("uploads"),
        };
        if self.options.hash_index.is_none() {
            self.options.hash_index = default_index(&state_dir).await;
        }
        cx.progress.event(&ProgressEvent::Begin {
            operation: "upload_folder",
            files: None,
            bytes: None,
        });
        let message = self.options.message.take();
        let message = message.unwrap_or_else(|| "Upload folder using huggingface_hub".to_owned());
        let mut pr_state = PullRequestState::default();
        let mut pull_request = None;
        if self.options.create_pr {
            let upload = state_key(&cx, walk.root(), &self.path_in_repo);
            let key = pull_request_key(&upload, &message, &self.options.description);
            pr_state = PullRequestState::open(state_dir, key).await?;
            pull_request = unfinished(&cx, &pr_state).await?;
        }
        if let Some(num) = pull_request {
            // From here on, this is an upload to the branch of that pull request: its content counts, not
            // that of `main`, and neither does the commit that it started from.
            cx.target.revision = Revision::pull_request(num);
            self.options.create_pr = false;
            self.options.parent_commit = None;
        }
        let deletions = match &self.delete {
            Some(patterns) => deletions_without(&cx, &prefix, patterns, &walk).await?,
            None => Vec::new(),
        };
        if prefix.is_empty() {
            validate_card(&cx, &walk, self.options.hash_index.as_deref()).await?;
        }
        let git_ignore = match walk.file(".gitignore")? {
            Some(path) if prefix.is_empty() => Some(read_text(path).await?),
            _ => None,
        };
        let outcome = Pipeline {
            message,
            pr_state,
            pull_request,
            files_per_commit: self.files_per_commit,
            options: self.options,
            cx: cx.clone(),
            git_ignore,
            files: Files::Walk { walk, prefix },
            deletions,
        }
        .run()
        .await?;
        cx.progress.event(&ProgressEvent::End {
            operation: "upload_folder",
        });
        Ok(outcome)
    }

    async fn walk(&self) -> Result<Arc<Walk>> {
        let patterns = PatternSet::new(self.allow.as_ref(), Some(&self.ignore))
            .also_ignoring(DEFAULT_IGNORE_PATTERNS);
        let (folder, links) = (self.folder.clone(), self.links);
        blocking(move || Walk::new(&folder, patterns, links).map(Arc::new)).await
    }
}

commit_setters!(UploadFolder);

/// Uploads a given list of files in as many commits as necessary, as [`UploadFolder`] does.
pub(crate) async fn upload_files(
    cx: Context,
    files: Vec<CommitOperationAdd>,
    message: &str,
    options: CommitOptions,
) -> Result<CommitOutcome> {
    Pipeline {
        cx,
        files: Files::List(files),
        message: message.to_owned(),
        options,
        pr_state: PullRequestState::default(),
        pull_request: None,
        files_per_commit: None,
        git_ignore: None,
        deletions: Vec::new(),
    }
    .run()
    .await
}

/// Opens the index with the hashes of earlier uploads. If it cannot be opened, the upload continues without.
async fn default_index(state_dir: &Path) -> Option<Arc<HashIndex>> {
    let path = state_dir.join("hashes.index");
    match blocking(move || HashIndex::open(path)).await {
        Ok(index) => Some(Arc::new(index)),
        Err(error) => {
            tracing::warn!(%error, "hashes of files will not be kept");
            None
        }
    }
}

/// Lets the Hub validate the metadata in README.md, unless an earlier upload did so for the same content.
async fn validate_card(cx: &Context, walk: &Walk, index: Option<&HashIndex>) -> Result<()> {
    let Some(path) = walk.file("README.md")? else {
        return Ok(());
    };
    let add = CommitOperationAdd::from_path("README.md", &path)?;
    let known = add
        .content()
        .identity()
        .zip(index)
        .map(|(file, index)| index.recall(&file));
    if known.is_some_and(|known| known != KnownHashes::default()) {
        return Ok(());
    }
    validate_yaml(cx, read_text(path).await?).await
}

async fn read_text(path: PathBuf) -> Result<String> {
    blocking(move || {
        std::fs::read_to_string(&path)
            .map_err(|e| Error::io(format!("cannot read {} as text", path.display()), e))
    })
    .await
}

pub(crate) fn addition(prefix: &str, found: Found) -> Result<CommitOperationAdd> {
    let path_in_repo = format!("{prefix}{}", found.relative);
    CommitOperationAdd::from_stamped(&path_in_repo, found.path, found.stamp)
}
