//! A repository of any type.

use serde_core::ser::{Serialize, Serializer};

use crate::{DatasetInfo, KernelInfo, ModelInfo, RepoSibling, SpaceInfo};

/// Information about a repository of any type, as `repo_info` returns it. It is
/// written as the information itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RepoInfo {
    /// The information about a model.
    Model(Box<ModelInfo>),
    /// The information about a dataset.
    Dataset(Box<DatasetInfo>),
    /// The information about a Space.
    Space(Box<SpaceInfo>),
    /// The information about a kernel.
    Kernel(Box<KernelInfo>),
}

impl RepoInfo {
    /// Returns the id: `user/name`.
    pub fn id(&self) -> &str {
        match self {
            Self::Model(info) => &info.id,
            Self::Dataset(info) => &info.id,
            Self::Space(info) => &info.id,
            Self::Kernel(info) => &info.id,
        }
    }

    /// Returns the commit that the information belongs to.
    pub fn sha(&self) -> Option<&str> {
        match self {
            Self::Model(info) => info.sha.as_deref(),
            Self::Dataset(info) => info.sha.as_deref(),
            Self::Space(info) => info.sha.as_deref(),
            Self::Kernel(info) => info.sha.as_deref(),
        }
    }

    /// Returns the files, which the Hub does not list for kernels.
    pub fn siblings(&self) -> Option<&[RepoSibling]> {
        match self {
            Self::Model(info) => info.siblings.as_deref(),
            Self::Dataset(info) => info.siblings.as_deref(),
            Self::Space(info) => info.siblings.as_deref(),
            Self::Kernel(_) => None,
        }
    }
}

impl Serialize for RepoInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Model(info) => info.serialize(serializer),
            Self::Dataset(info) => info.serialize(serializer),
            Self::Space(info) => info.serialize(serializer),
            Self::Kernel(info) => info.serialize(serializer),
        }
    }
}
