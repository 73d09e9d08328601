//! The names of repositories.
use std::fmt;

/// The types of repositories that this Hub supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RepoType {
    /// `/user/name`
    Model,
    /// `/datasets/user/name`
    Dataset,
    /// `/spaces/user/name`
    Space,
    /// `/kernels/user/name`
    Kernel,
}

impl RepoType {
    pub(crate) const ALL: &[Self] = &[Self::Model, Self::Dataset, Self::Space, Self::Kernel];

    /// Returns the name in JSON: `model`, `dataset`, `space` or `kernel`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Space => "space",
            Self::Kernel => "kernel",
        }
    }

    /// Returns the name in API paths: `models`, `datasets`, `spaces` or `kernels`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
            Self::Space => "spaces",
            Self::Kernel => "kernels",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "model" | "models" => Self::Model,
            "dataset" | "datasets" => Self::Dataset,
            "space" | "spaces" => Self::Space,
            "kernel" | "kernels" => Self::Kernel,
            _ => return None,
        })
    }

    /// Returns the prefix of the id in URLs of pages and files: nothing, `datasets/`, `spaces/` or
    /// `kernels/`.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Model => "",
            Self::Dataset => "datasets/",
            Self::Space => "spaces/",
            Self::Kernel => "kernels/",
        }
    }
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
        write!(f, "{}{}", self.repo_type.prefix(), self.id)
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
