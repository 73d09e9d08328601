//! What the calls of several subjects share.

use std::fmt::Display;

use hf_transport::path;
use hf_types::{RepoId, RepoPath, RepoType, Revision};
use serde_json::{Map, Value};

use crate::{Error, Request, Result};

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

/// Adds `key=value` where the text is there and not empty.
pub(crate) fn query_text(request: Request, key: &str, value: Option<&str>) -> Request {
    match value {
        Some(value) if !value.is_empty() => request.query(key, value),
        _ => request,
    }
}

/// Adds `key=true` where the flag is set.
pub(crate) fn query_flag(request: Request, key: &str, flag: bool) -> Request {
    if flag {
        request.query(key, "true")
    } else {
        request
    }
}

/// Adds `key=item` for each item.
pub(crate) fn query_list<T: Display>(request: Request, key: &str, items: Option<&[T]>) -> Request {
    request.query_all(key, items.unwrap_or_default())
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
