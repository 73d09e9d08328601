//! Helpers that the calls of several subjects share.

use futures_util::{StreamExt, TryStreamExt, stream};
use hf_transport::path;
use hf_types::{Param, RepoId, RepoPath, RepoType, Revision};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::Arg;
use crate::{Error, HfApi, ItemStream, Request, Result};

/// A repository named by the arguments of a call.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) id: RepoId,
    pub(crate) kind: RepoType,
}

impl Repo {
    /// Returns the repository of this type; a model if no type is given.
    pub(crate) fn new(repo_id: &Param<RepoId>, repo_type: &Arg<RepoType>) -> Result<Self> {
        Self::of(repo_id, repo_type.or(RepoType::Model)?)
    }

    /// Returns the repository of a call that serves one type.
    pub(crate) fn of(repo_id: &Param<RepoId>, kind: RepoType) -> Result<Self> {
        Ok(Self {
            id: repo_id.value().map_err(Clone::clone)?.clone(),
            kind,
        })
    }

    /// `/api/models/user/name`.
    pub(crate) fn api(&self) -> String {
        format!("/api/{}/{}", self.kind.api_plural(), self.id)
    }

    /// `/api/models/user/name/<verb>/<revision>`, the default branch where
    /// there is no revision.
    pub(crate) fn api_at(&self, verb: &str, revision: &Arg<Revision>) -> Result<String> {
        Ok(self.api_named(verb, &revision.or(Revision::default())?))
    }

    /// `/api/models/user/name/<verb>/<name>`, for a branch or tag.
    pub(crate) fn api_named(&self, verb: &str, name: &Revision) -> String {
        let name = path::segment(name.as_str());
        format!("{}/{verb}/{name}", self.api())
    }

    /// `/datasets/user/name/resolve/<revision>/<filename>`.
    pub(crate) fn resolve(&self, filename: &RepoPath, revision: &Arg<Revision>) -> Result<String> {
        let revision = revision.or(Revision::default())?;
        Ok(format!(
            "/{}{}/resolve/{}/{}",
            self.kind.url_prefix(),
            self.id,
            path::segment(revision.as_str()),
            path::file(filename.as_str())
        ))
    }

    /// Returns the namespace, if there is one, and the name.
    pub(crate) fn parts(&self) -> (Option<&str>, &str) {
        (self.id.owner(), self.id.name())
    }
}

/// Returns the Hub's name of a sort key, which Python has in snake_case.
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

/// Puts a value into a body, if there is one.
pub(crate) fn put(body: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), value.into());
    }
}

/// Puts the text of a value into a body, if there is one.
pub(crate) fn put_text(
    body: &mut Map<String, Value>,
    key: &str,
    value: Option<&impl std::fmt::Display>,
) {
    put(body, key, value.map(ToString::to_string));
}

/// The texts as values of another type.
pub(crate) fn texts<T: From<String>>(texts: Option<Vec<String>>) -> Option<Vec<T>> {
    texts.map(|texts| texts.into_iter().map(T::from).collect())
}

/// Refuses the types of repositories that some calls do not serve.
pub(crate) fn commit_repo_types(kind: RepoType) -> Result<()> {
    match kind {
        RepoType::Model | RepoType::Dataset | RepoType::Space => Ok(()),
        other => Err(unsupported_type(other)),
    }
}

/// The error for a type of repository that a call does not serve.
pub(crate) fn unsupported_type(kind: RepoType) -> Error {
    Error::validation(format!("this call is not for repositories of type {kind}"))
        .with_hint("`repo_type` is `model`, `dataset` or `space` here.")
}

/// Returns the endpoint, for URLs in results.
pub(crate) fn endpoint(api: &HfApi) -> String {
    api.client().endpoint().to_string()
}

/// Reads one member of a response that is an object.
pub(crate) fn member<T: DeserializeOwned>(body: &[u8], name: &str) -> Result<T> {
    let wrong = |error| Error::decode(format!("malformed response: {error}"));
    let mut body: Map<String, Value> = hf_transport::json::from_slice(body).map_err(wrong)?;
    let value = body
        .remove(name)
        .ok_or_else(|| Error::decode(format!("the response has no `{name}`")))?;
    serde_json::from_value(value)
        .map_err(|error| Error::decode(format!("`{name}` in the response: {error}")))
}

/// Returns whether the Hub responded with this status.
pub(crate) fn has_status(error: &Error, status: u16) -> bool {
    error.status().is_some_and(|found| found.as_u16() == status)
}

/// Encodes a name as one segment of a path.
pub(crate) fn name_in_path(what: &str, name: &str) -> Result<String> {
    if matches!(name, "" | "." | "..") {
        return Err(Error::validation(format!(
            "`{what}` must be a name, not {name:?}"
        )));
    }
    Ok(path::segment(name))
}

/// Returns the name of the token's user or organization.
pub(crate) async fn my_name(api: &HfApi) -> Result<String> {
    match api.whoami().await?.name {
        name if name.is_empty() => Err(Error::decode("the Hub did not say whose token this is")),
        name => Ok(name),
    }
}

/// Returns the name of the token's user; if the token is not a user's, the
/// error names the parameter to give `instead`.
pub(crate) async fn own_namespace(api: &HfApi, instead: &str) -> Result<String> {
    let me = api.whoami().await?;
    match me.r#type.as_deref() {
        Some("user") if !me.name.is_empty() => Ok(me.name),
        _ => Err(Error::validation(format!(
            "the token does not belong to a user: give {instead}"
        ))),
    }
}

/// Streams the items of a list that the Hub sends in one page.
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

/// The response to a creation.
#[derive(serde::Deserialize)]
struct Created {
    url: Option<String>,
    name: Option<String>,
}

impl Created {
    fn parse(body: &[u8]) -> Option<Self> {
        hf_transport::json::from_slice(body).ok()
    }
}

/// Returns the URL in the response to a creation, as it was sent.
pub(crate) fn created_url(body: &[u8]) -> Option<String> {
    Created::parse(body)?.url
}

/// Returns the owner and the name in the response to a creation: the end of
/// its URL's path.
///
/// The URL's host is ignored, as a mirror may send the inner name of its own
/// server, and the response to a conflict need not have a URL at all.
pub(crate) fn created_id(body: &[u8]) -> Option<(String, String)> {
    let created = Created::parse(body)?;
    let last_two = |path: &str| {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let (name, owner) = (parts.next()?, parts.next()?);
        let is_id = !name.is_empty() && !owner.is_empty() && !owner.contains(':');
        is_id.then(|| (owner.to_owned(), name.to_owned()))
    };
    let from_url = created.url.as_deref().and_then(|url| {
        let (_, rest) = url.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        last_two(path)
    });
    from_url.or_else(|| last_two(created.name.as_deref()?))
}

/// Returns whether an error says that the repository or bucket exists already:
/// 409 on the Hub, on mirrors also 400 with a code or text that says so. A Hub
/// that is busy with another operation says nothing about it.
pub(crate) fn is_there_already(error: &Error) -> bool {
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("already exist") || text.contains("already created")
    };
    match error.status().map(|status| status.as_u16()) {
        Some(409) => !is_busy(error),
        Some(400) => {
            error.error_code() == Some("RepoExists")
                || error.server_messages().iter().any(|text| says(text))
                || says(&String::from_utf8_lossy(error.body()))
        }
        _ => false,
    }
}

/// Returns whether the Hub is busy with another operation of the same owner:
/// then nothing was done.
pub(crate) fn is_busy(error: &Error) -> bool {
    const BUSY: &str = "another conflicting operation is in progress";
    let says = || String::from_utf8_lossy(error.body()).to_ascii_lowercase();
    has_status(error, 409) && says().contains(BUSY)
}

/// Converts a limit to a number of items in memory.
pub(crate) fn item_limit(limit: Option<u64>) -> Option<usize> {
    limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_created_repository_is_found_in_the_response_whatever_its_host() {
        let id = |body: &str| created_id(body.as_bytes());
        let created = Some(("user".to_owned(), "name".to_owned()));
        for body in [
            r#"{"url": "https://huggingface.co/user/name"}"#,
            r#"{"url": "http://inner.local:8080/datasets/user/name/"}"#,
            r#"{"url": "https://mirror.example/hf/spaces/user/name", "id": 1}"#,
            r#"{"name": "user/name"}"#,
        ] {
            assert_eq!(id(body), created, "{body}");
        }
        for body in [
            "",
            "[]",
            "{}",
            r#"{"url": "https://huggingface.co"}"#,
            r#"{"url": 1}"#,
        ] {
            assert_eq!(id(body), None, "{body}");
        }
    }
}
