//! The names of repositories.
use std::fmt;

pub(crate) use hf_types::RepoType;

/// Returns the type with this name, which may be singular or plural.
pub(crate) fn repo_type_of(name: &str) -> Option<RepoType> {
    name.parse().ok().or_else(|| RepoType::from_plural(name))
}

/// The type and id of a repository on this Hub. A plain `&str` refers to a model.
///
/// ```
/// use hf_testhub::{RepoName, RepoType};
///
/// let model: RepoName = "user/name".into();
/// assert_eq!(model.repo_type, RepoType::Model);
/// let data = RepoName::from((RepoType::Dataset, "user/name"));
/// assert_eq!(data.to_string(), "datasets/user/name");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoName {
    /// The type of the repository.
    pub repo_type: RepoType,
    /// `namespace/name`, or just `name` for the old canonical models.
    pub id: String,
}

impl RepoName {
    pub(crate) fn new(repo_type: RepoType, id: impl Into<String>) -> Self {
        Self {
            repo_type,
            id: id.into(),
        }
    }

    pub(crate) fn owner(&self) -> &str {
        self.id.split_once('/').map_or("", |(owner, _)| owner)
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.repo_type.url_prefix(), self.id)
    }
}

impl From<&str> for RepoName {
    fn from(id: &str) -> Self {
        Self::new(RepoType::Model, id)
    }
}

impl From<&String> for RepoName {
    fn from(id: &String) -> Self {
        Self::new(RepoType::Model, id)
    }
}

impl From<(RepoType, &str)> for RepoName {
    fn from((repo_type, id): (RepoType, &str)) -> Self {
        Self::new(repo_type, id)
    }
}

impl From<&RepoName> for RepoName {
    fn from(name: &RepoName) -> Self {
        name.clone()
    }
}
