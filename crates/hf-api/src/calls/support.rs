//! What the calls of several subjects share.

use futures_util::{StreamExt, TryStreamExt, stream};
use hf_transport::path;
use hf_types::{RepoId, RepoPath, RepoType, Revision};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Error, HfApi, ItemStream, Request, Result};

/// A repository named by the arguments of a call.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) id: RepoId,
    pub(crate) kind: RepoType,
}

impl Repo {
    /// `repo_type` is a model's where it is `None`.
    pub(crate) fn new(repo_id: &str, repo_type: Option<&str>) -> Result<Self> {
        Ok(Self {
            id: repo_id.parse()?,
            kind: repo_type.map_or(Ok(RepoType::Model), str::parse)?,
        })
    }

    /// `/api/models/user/name`.
    pub(crate) fn api(&self) -> String {
        format!("/api/{}/{}", self.kind.api_plural(), self.id)
    }

    /// `/api/models/user/name/<verb>/<revision>`, the default branch where
    /// there is no revision.
    pub(crate) fn api_at(&self, verb: &str, revision: Option<&str>) -> Result<String> {
        let revision: Revision = revision.unwrap_or("main").parse()?;
        Ok(format!(
            "{}/{verb}/{}",
            self.api(),
            path::segment(revision.as_str())
        ))
    }

    /// `/datasets/user/name/resolve/<revision>/<filename>`.
    pub(crate) fn resolve(&self, filename: &RepoPath, revision: Option<&str>) -> Result<String> {
        let revision: Revision = revision.unwrap_or("main").parse()?;
        Ok(format!(
            "/{}{}/resolve/{}/{}",
            self.kind.url_prefix(),
            self.id,
            path::segment(revision.as_str()),
            path::file(filename.as_str())
        ))
    }

    /// The namespace, where there is one, and the name.
    pub(crate) fn parts(&self) -> (Option<&str>, &str) {
        (self.id.owner(), self.id.name())
    }
}

/// The Hub's word for a sort key that Python names in snake_case.
pub(crate) fn sort_key(sort: &str) -> &str {
    match sort {
        "last_modified" => "lastModified",
        "trending_score" => "trendingScore",
        "created_at" => "createdAt",
        other => other,
    }
}

/// Refuses two parameters that exclude each other.
pub(crate) fn exclusive(both: bool, problem: &'static str) -> Result<()> {
    if both {
        Err(Error::validation(problem))
    } else {
        Ok(())
    }
}

/// Puts a value that is there into a body.
pub(crate) fn put(body: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), value.into());
    }
}

/// Refuses the types that some calls of repositories do not serve.
pub(crate) fn commit_repo_types(kind: RepoType) -> Result<()> {
    match kind {
        RepoType::Model | RepoType::Dataset | RepoType::Space => Ok(()),
        other @ RepoType::Kernel => Err(Error::validation(format!(
            "`repo_type` is model, dataset or space here, not {other}"
        ))),
    }
}

/// Where the Hub is, for the URLs that results make.
pub(crate) fn endpoint(api: &HfApi) -> String {
    api.client().endpoint().to_string()
}

/// The value of one member of an answer that is an object.
pub(crate) fn member<T: DeserializeOwned>(body: &[u8], name: &str) -> Result<T> {
    let wrong = |error| Error::decode(format!("the answer is not as expected: {error}"));
    let mut body: Map<String, Value> = serde_json::from_slice(body).map_err(wrong)?;
    let value = body
        .remove(name)
        .ok_or_else(|| Error::decode(format!("the answer has no `{name}`")))?;
    serde_json::from_value(value)
        .map_err(|error| Error::decode(format!("`{name}` of the answer: {error}")))
}

/// Whether the Hub answered with this status.
pub(crate) fn has_status(error: &Error, status: u16) -> bool {
    error.status().is_some_and(|found| found.as_u16() == status)
}

/// A name that is one part of a path.
pub(crate) fn name_in_path(what: &str, name: &str) -> Result<String> {
    if matches!(name, "" | "." | "..") {
        return Err(Error::validation(format!("`{what}` is no name: {name:?}")));
    }
    Ok(path::segment(name))
}

/// The name of the token's user, or of its organization.
pub(crate) async fn my_name(api: &HfApi) -> Result<String> {
    let me = api.whoami().await?;
    match me.get("name").and_then(Value::as_str) {
        Some(name) => Ok(name.to_owned()),
        None => Err(Error::decode("the Hub did not say whose token this is")),
    }
}

/// The name of the token's user, where the token is a user's; `instead` is
/// what to give otherwise.
pub(crate) async fn own_namespace(api: &HfApi, instead: &str) -> Result<String> {
    let me = api.whoami().await?;
    let text = |key: &str| me.get(key).and_then(Value::as_str);
    match (text("type"), text("name")) {
        (Some("user"), Some(name)) => Ok(name.to_owned()),
        _ => Err(Error::validation(format!(
            "the token is not a user's, so {instead} must be given"
        ))),
    }
}

/// The items of a list that the Hub does not page.
pub(crate) fn one_page<T: DeserializeOwned + Send + 'static>(
    api: &HfApi,
    request: Request,
) -> ItemStream<T> {
    let page = api.fetch(request);
    stream::once(async move { page.await?.json::<Vec<T>>() })
        .map_ok(|items| stream::iter(items.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// The URL in the answer to the creation of a repository or bucket.
pub(crate) fn created_url(body: &[u8]) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Created {
        url: String,
    }
    let created: Created = serde_json::from_slice(body)
        .map_err(|error| Error::decode(format!("the answer to the creation: {error}")))?;
    Ok(created.url)
}

/// A limit as a number of items in memory.
pub(crate) fn item_limit(limit: Option<u64>) -> Option<usize> {
    limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}
