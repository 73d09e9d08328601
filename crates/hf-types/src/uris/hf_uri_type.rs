//! Types of places on the Hub.

use std::fmt;
use std::str::FromStr;

use crate::{RepoType, ValidationError};

/// What an [`HfUri`](crate::HfUri) points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HfUriType {
    /// A model repository.
    Model,
    /// A dataset repository.
    Dataset,
    /// A Space.
    Space,
    /// A kernel repository.
    Kernel,
    /// A bucket.
    Bucket,
}

impl HfUriType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Model,
        Self::Dataset,
        Self::Space,
        Self::Kernel,
        Self::Bucket,
    ];

    /// Returns the singular: `model`, ..., `bucket`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Model => RepoType::Model.as_str(),
            Self::Dataset => RepoType::Dataset.as_str(),
            Self::Space => RepoType::Space.as_str(),
            Self::Kernel => RepoType::Kernel.as_str(),
        }
    }

    /// Returns the plural, as in `hf://datasets/...`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Bucket => "buckets",
            Self::Model => RepoType::Model.api_plural(),
            Self::Dataset => RepoType::Dataset.api_plural(),
            Self::Space => RepoType::Space.api_plural(),
            Self::Kernel => RepoType::Kernel.api_plural(),
        }
    }

    /// Returns the type of this plural; `None` for an unknown one.
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.prefix() == prefix)
    }

    /// Returns the type of repository; `None` for buckets.
    pub const fn repo_type(self) -> Option<RepoType> {
        match self {
            Self::Model => Some(RepoType::Model),
            Self::Dataset => Some(RepoType::Dataset),
            Self::Space => Some(RepoType::Space),
            Self::Kernel => Some(RepoType::Kernel),
            Self::Bucket => None,
        }
    }
}

impl From<RepoType> for HfUriType {
    fn from(repo_type: RepoType) -> Self {
        match repo_type {
            RepoType::Model => Self::Model,
            RepoType::Dataset => Self::Dataset,
            RepoType::Space => Self::Space,
            RepoType::Kernel => Self::Kernel,
        }
    }
}

impl FromStr for HfUriType {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|t| t.as_str() == text)
            .ok_or_else(|| {
                ValidationError::new(
                    "type of place",
                    text,
                    "expected one of `model`, `dataset`, `space`, `kernel`, `bucket`",
                )
            })
    }
}

impl fmt::Display for HfUriType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

crate::ids::string_serde!(HfUriType);
