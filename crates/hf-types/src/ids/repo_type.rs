//! Types of repositories.

use std::fmt;
use std::str::FromStr;

use crate::ValidationError;

/// What a repository holds.
///
/// ```
/// use hf_types::RepoType;
/// assert_eq!("dataset".parse::<RepoType>()?, RepoType::Dataset);
/// assert_eq!(RepoType::Dataset.api_plural(), "datasets");
/// assert_eq!(RepoType::Model.url_prefix(), "");
/// assert!("datasets".parse::<RepoType>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RepoType {
    /// Weights and their configuration: the default everywhere.
    #[default]
    Model,
    /// Data files.
    Dataset,
    /// An app.
    Space,
    /// Compute kernels; only some calls take them.
    Kernel,
}

impl RepoType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Model, Self::Dataset, Self::Space, Self::Kernel];

    /// Returns the singular: `model`, `dataset`, `space`, `kernel`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Space => "space",
            Self::Kernel => "kernel",
        }
    }

    /// Returns the plural, as in `/api/models/...`.
    pub const fn api_plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
            Self::Space => "spaces",
            Self::Kernel => "kernels",
        }
    }

    /// Returns the prefix of the id in the URLs of pages and files: empty for models, `datasets/` and so on for the
    /// rest.
    pub const fn url_prefix(self) -> &'static str {
        match self {
            Self::Model => "",
            Self::Dataset => "datasets/",
            Self::Space => "spaces/",
            Self::Kernel => "kernels/",
        }
    }

    /// Returns the type of this plural; `None` for an unknown one.
    pub fn from_plural(plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.api_plural() == plural)
    }
}

impl FromStr for RepoType {
    type Err = ValidationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|t| t.as_str() == text)
            .ok_or_else(|| {
                ValidationError::new(
                    "repo type",
                    text,
                    "expected one of `model`, `dataset`, `space`, `kernel`",
                )
            })
    }
}

impl TryFrom<&str> for RepoType {
    type Error = ValidationError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for RepoType {
    type Error = ValidationError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl AsRef<str> for RepoType {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for RepoType {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for RepoType {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for RepoType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

super::string_serde!(RepoType);
