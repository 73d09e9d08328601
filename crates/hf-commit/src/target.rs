//! Which repository and revision a call writes to, and how.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Request, Result, TokenMode, path};
use hf_types::{RepoId, RepoType, Revision};

use crate::operation::parse;

/// The repository and revision that a call writes to.
///
/// ```
/// use hf_commit::RepoTarget;
/// let target = RepoTarget::dataset("user/data")?.revision("refs/pr/1")?;
/// assert_eq!(target.revision, *"refs/pr/1");
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoTarget {
    /// `namespace/name`.
    pub repo_id: RepoId,
    /// Model, dataset, space or kernel.
    pub repo_type: RepoType,
    /// The branch (or pull request reference) to commit to.
    pub revision: Revision,
}

impl RepoTarget {
    /// The `main` branch of a repository.
    pub fn new(repo_id: RepoId, repo_type: RepoType) -> Self {
        Self {
            repo_id,
            repo_type,
            revision: Revision::default(),
        }
    }

    /// The `main` branch of a model.
    pub fn model(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Model))
    }

    /// The `main` branch of a dataset.
    pub fn dataset(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Dataset))
    }

    /// The `main` branch of a Space.
    pub fn space(repo_id: &str) -> Result<Self> {
        Ok(Self::new(parse(repo_id)?, RepoType::Space))
    }

    /// The same repository at another revision.
    pub fn revision(mut self, revision: &str) -> Result<Self> {
        self.revision = parse(revision)?;
        Ok(self)
    }

    /// `/api/models/user/repo/ACTION`.
    pub(crate) fn api(&self, action: &str) -> String {
        format!(
            "/api/{}/{}/{action}",
            self.repo_type.api_plural(),
            self.repo_id
        )
    }

    /// `/api/models/user/repo/ACTION/REVISION`.
    pub(crate) fn api_at(&self, action: &str, revision: &str) -> String {
        format!("{}/{}", self.api(action), path::segment(revision))
    }

    /// `/datasets/user/repo`, the start of pages and files.
    pub(crate) fn page(&self) -> String {
        format!("/{}{}", self.repo_type.url_prefix(), self.repo_id)
    }
}

/// What every step of a call needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) target: RepoTarget,
    pub(crate) token: TokenMode,
    pub(crate) requests: RequestOptions,
    pub(crate) progress: Progress,
}

impl Context {
    /// A request of this call to the Hub, with its token and options.
    pub(crate) fn request(&self, request: Request) -> Request {
        let mut request = request.token(self.token.clone());
        if let Some(limit) = self.requests.timeout {
            request = request.timeout(limit);
        }
        for (name, value) in &self.requests.headers {
            request = request.header(name, value);
        }
        request
    }
}

/// What each request of a call to the Hub has; those to storage have none of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Vec<(String, String)>,
}

/// The sink of a call's events, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Progress(pub(crate) Option<Arc<dyn ProgressSink>>);

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "sink" } else { "none" })
    }
}

impl Progress {
    pub(crate) fn event(&self, event: &ProgressEvent<'_>) {
        if let Some(sink) = &self.0 {
            sink.on_event(event);
        }
    }

    pub(crate) fn file_begin(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::FileBegin {
            file,
            bytes: Some(bytes),
            already: 0,
        });
    }

    pub(crate) fn hashed(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::Hashed { file, bytes });
    }

    pub(crate) fn transferred(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::Transferred { file, bytes });
    }

    pub(crate) fn file_end(&self, file: &str, outcome: FileOutcome) {
        self.event(&ProgressEvent::FileEnd { file, outcome });
    }
}
