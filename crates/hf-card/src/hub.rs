//! Cards on the Hub: read, validated, pushed, and their metadata updated.
//!
//! ```no_run
//! use hf_api::HfApi;
//! use hf_card::{Map, ModelCard, hub::MetadataUpdate};
//!
//! # async fn example() -> hf_api::Result<()> {
//! let api = HfApi::new()?;
//! let mut card = ModelCard::from_hub(&api, "user/model").await?;
//! card.set("license", "apache-2.0")?;
//! card.push_to_hub(&api, "user/model").commit_message("Say what may be done").await?;
//!
//! let metadata = Map::from_iter([("pipeline_tag".to_owned(), "text-generation".into())]);
//! MetadataUpdate::new(&api, "user/model", metadata).overwrite(true).create_pr(true).await?;
//! # Ok(()) }
//! ```

use std::future::{Future, IntoFuture};
use std::path::Path;
use std::pin::Pin;

use hf_api::commit::CommitOutcome;
use hf_api::transport::Request;
use hf_api::types::RepoType;
use hf_api::{ErrorKind, HfApi, Result};

use crate::card::{Card, DatasetCard, ModelCard};
use crate::data::{DatasetMetadata, Metadata, ModelMetadata, SpaceMetadata};
use crate::value::Map;

/// The name of a card in its repository.
const FILE: &str = "README.md";

/// The title of a commit that updates metadata: the same as of Python's client.
const UPDATE_MESSAGE: &str = "Update metadata with huggingface_hub";

/// How often an update starts anew because the card changed between its reading and the commit.
const MAX_ATTEMPTS: usize = 4;

/// The future of a call.
type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

impl From<crate::Error> for hf_api::Error {
    fn from(error: crate::Error) -> Self {
        let kind = match error.kind() {
            crate::CardErrorKind::Io => ErrorKind::Io,
            _ => ErrorKind::Validation,
        };
        Self::new(kind, format!("{FILE}: {error}")).with_source(error)
    }
}

impl<D: Metadata> Card<D> {
    /// Reads the card of a repository, from its `main` branch. It comes from the cache if it has not changed.
    ///
    /// # Errors
    /// `EntryNotFound` if the repository has no README.md; else those of `HfApi::hf_hub_download`, and `Validation` if
    /// its metadata cannot be read.
    pub async fn from_hub(api: &HfApi, repo_id: &str) -> Result<Self> {
        let (card, _) = download(api, repo_id, D::REPO_TYPE, None).await?;
        Ok(card)
    }

    /// Lets the Hub validate the metadata; returns its warnings.
    ///
    /// `POST /api/validate-yaml`. It is validated before it is pushed anyway.
    ///
    /// # Errors
    /// `Validation` with what the Hub found.
    pub async fn validate(&self, api: &HfApi) -> Result<Vec<String>> {
        let request = Request::post("/api/validate-yaml")
            .operation("validate_yaml")
            .idempotent(true)
            .with_defaults(api.options())
            .json(&serde_json::json!({"content": self.content(), "repoType": D::REPO_TYPE}));
        match api.client().fetch(request).await {
            Ok(response) => {
                let report = response.json().unwrap_or_default();
                Ok(messages(&report, "warnings"))
            }
            Err(error) if error.kind() == ErrorKind::BadRequest => {
                let report = serde_json::from_slice(error.body()).unwrap_or_default();
                let problems = messages(&report, "errors").join("; ");
                Err(
                    hf_api::Error::validation(format!("invalid metadata in {FILE}: {problems}"))
                        .with_hint("correct the YAML block at the top of the file")
                        .with_source(error),
                )
            }
            Err(error) => Err(error),
        }
    }

    /// Commits the card to a repository, which the Hub validates first. The call is awaited.
    pub fn push_to_hub(&self, api: &HfApi, repo_id: &str) -> PushToHub {
        PushToHub {
            api: api.clone(),
            repo_id: repo_id.to_owned(),
            repo_type: D::REPO_TYPE,
            content: self.content().to_owned(),
            commit: Commit::default(),
        }
    }
}

/// The texts of a list of messages.
fn messages(report: &serde_json::Value, key: &str) -> Vec<String> {
    let messages = report[key].as_array().into_iter().flatten();
    messages
        .filter_map(|message| message["message"].as_str().map(str::to_owned))
        .collect()
}

/// Downloads a card; returns it with the commit that it is of, if the cache knows it.
async fn download<D: Metadata>(
    api: &HfApi,
    repo_id: &str,
    repo_type: &str,
    revision: Option<&str>,
) -> Result<(Card<D>, Option<String>)> {
    let mut call = api.hf_hub_download(repo_id, FILE).repo_type(repo_type);
    if let Some(revision) = revision {
        call = call.revision(revision);
    }
    let path = call.await?;
    // .../snapshots/COMMIT/README.md
    let commit = path
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .map(str::to_owned);
    Ok((Card::load(&path)?, commit))
}

/// What a commit of a card may say.
#[derive(Debug, Clone, Default)]
struct Commit {
    message: Option<String>,
    description: Option<String>,
    revision: Option<String>,
    parent: Option<String>,
    create_pr: bool,
}

macro_rules! commit_setters {
    ($call:ident) => {
        impl $call {
            /// Sets the title of the commit.
            pub fn commit_message(mut self, message: impl Into<String>) -> Self {
                self.commit.message = Some(message.into());
                self
            }

            /// Sets the description of the commit.
            pub fn commit_description(mut self, description: impl Into<String>) -> Self {
                self.commit.description = Some(description.into());
                self
            }

            /// Sets the branch. By default, `main`.
            pub fn revision(mut self, revision: impl Into<String>) -> Self {
                self.commit.revision = Some(revision.into());
                self
            }

            /// Sets the commit that must still be the head of the branch.
            pub fn parent_commit(mut self, commit: impl Into<String>) -> Self {
                self.commit.parent = Some(commit.into());
                self
            }

            /// Sets whether to open a pull request with the commit.
            pub fn create_pr(mut self, create_pr: bool) -> Self {
                self.commit.create_pr = create_pr;
                self
            }
        }
    };
}

/// Commits a card; see [`Card::push_to_hub`].
#[derive(Debug, Clone)]
#[must_use = "a call does nothing unless it is awaited"]
pub struct PushToHub {
    api: HfApi,
    repo_id: String,
    repo_type: &'static str,
    content: String,
    commit: Commit,
}

commit_setters!(PushToHub);

impl IntoFuture for PushToHub {
    type Output = Result<CommitOutcome>;
    type IntoFuture = CallFuture<CommitOutcome>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self {
                api,
                repo_id,
                repo_type,
                content,
                commit,
            } = self;
            push(&api, &repo_id, repo_type, content, &commit, false).await
        })
    }
}

async fn push(
    api: &HfApi,
    repo_id: &str,
    repo_type: &str,
    content: String,
    commit: &Commit,
    rebase: bool,
) -> Result<CommitOutcome> {
    let mut call = api
        .upload_file(content.into_bytes(), FILE, repo_id)
        .repo_type(repo_type)
        .create_pr(commit.create_pr)
        .rebase(rebase);
    if let Some(revision) = &commit.revision {
        call = call.revision(revision.as_str());
    }
    if let Some(message) = &commit.message {
        call = call.commit_message(message.as_str());
    }
    if let Some(description) = &commit.description {
        call = call.commit_description(description.as_str());
    }
    if let Some(parent) = &commit.parent {
        call = call.parent_commit(parent.as_str());
    }
    call.await
}

/// Merges metadata into the card of a repository, by the rules of [`Card::merge`], and commits it. The call is awaited.
///
/// A repository without a card gets one from the default template; a Space has to have one. If somebody else changes
/// the card between its reading and the commit, the metadata is merged into the new one: no change is lost. No commit
/// is made if the card says all of it already.
///
/// # Errors
/// `Validation` if a value would be overwritten and that is not allowed, if the card cannot be read, or if the Hub
/// rejects the result; else those of `HfApi::hf_hub_download` and `HfApi::upload_file`.
#[derive(Debug, Clone)]
#[must_use = "a call does nothing unless it is awaited"]
pub struct MetadataUpdate {
    api: HfApi,
    repo_id: String,
    repo_type: RepoType,
    metadata: Map,
    overwrite: bool,
    commit: Commit,
}

commit_setters!(MetadataUpdate);

impl MetadataUpdate {
    /// Returns an update of a model's card.
    pub fn new(api: &HfApi, repo_id: &str, metadata: Map) -> Self {
        Self {
            api: api.clone(),
            repo_id: repo_id.to_owned(),
            repo_type: RepoType::Model,
            metadata,
            overwrite: false,
            commit: Commit::default(),
        }
    }

    /// Sets the type of the repository: model, dataset or Space.
    pub fn repo_type(mut self, repo_type: RepoType) -> Self {
        self.repo_type = repo_type;
        self
    }

    /// Sets whether values may be overwritten.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    async fn run<D: Metadata>(self, template: Option<&str>) -> Result<CommitOutcome> {
        let mut attempt = 1;
        loop {
            let (mut card, read_at) = self.card::<D>(template).await?;
            card.merge(&self.metadata, self.overwrite, &self.repo_id)?;
            let mut commit = self.commit.clone();
            commit
                .message
                .get_or_insert_with(|| UPDATE_MESSAGE.to_owned());
            // Commits of other files in between do no harm, unless the caller forbids them.
            let rebase = commit.parent.is_none();
            commit.parent = commit.parent.or(read_at);
            let content = card.into_content();
            match push(
                &self.api,
                &self.repo_id,
                D::REPO_TYPE,
                content,
                &commit,
                rebase,
            )
            .await
            {
                Err(error)
                    if rebase
                        && attempt < MAX_ATTEMPTS
                        && matches!(
                            error.kind(),
                            ErrorKind::PreconditionFailed | ErrorKind::Conflict
                        ) =>
                {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Returns the card, and the commit that it is of.
    async fn card<D: Metadata>(&self, template: Option<&str>) -> Result<(Card<D>, Option<String>)> {
        let (api, repo_id) = (&self.api, self.repo_id.as_str());
        let missing =
            match download(api, repo_id, D::REPO_TYPE, self.commit.revision.as_deref()).await {
                Err(error) if error.kind() == ErrorKind::EntryNotFound => error,
                card => return card,
            };
        let Some(template) = template else {
            return Err(hf_api::Error::validation(format!(
                "the Space `{repo_id}` has no {FILE} to update"
            ))
            .with_hint("a Space is configured by the metadata of its README.md: create it first")
            .with_source(missing));
        };
        // There is none at this commit; one that somebody adds later is not overwritten.
        let mut call = api.repo_info(repo_id).repo_type(D::REPO_TYPE);
        if let Some(revision) = &self.commit.revision {
            call = call.revision(revision.as_str());
        }
        let head = call.await?.sha().map(ToString::to_string);
        match download(api, repo_id, D::REPO_TYPE, head.as_deref()).await {
            Err(error) if error.kind() == ErrorKind::EntryNotFound => {
                let empty = D::from_metadata(&Map::new())?;
                Ok((Card::from_template(&empty, template, &Map::new())?, head))
            }
            card => card,
        }
    }
}

impl IntoFuture for MetadataUpdate {
    type Output = Result<CommitOutcome>;
    type IntoFuture = CallFuture<CommitOutcome>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            match self.repo_type {
                RepoType::Model => {
                    self.run::<ModelMetadata>(Some(ModelCard::DEFAULT_TEMPLATE))
                        .await
                }
                RepoType::Dataset => {
                    self.run::<DatasetMetadata>(Some(DatasetCard::DEFAULT_TEMPLATE))
                        .await
                }
                RepoType::Space => self.run::<SpaceMetadata>(None).await,
                other => Err(hf_api::Error::validation(format!(
                    "repositories of type `{other}` have no card"
                ))),
            }
        })
    }
}
