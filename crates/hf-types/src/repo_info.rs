//! A repository of any type.

use serde_core::ser::{Serialize, Serializer};

use crate::{DatasetInfo, KernelInfo, ModelInfo, RepoSibling, SpaceInfo};

/// Information on a repository of any type, as `repo_info` gives it. It is
/// written as the information itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RepoInfo {
    /// Of a model.
    Model(Box<ModelInfo>),
    /// Of a dataset.
    Dataset(Box<DatasetInfo>),
    /// Of a Space.
    Space(Box<SpaceInfo>),
    /// Of a kernel.
    Kernel(Box<KernelInfo>),
}

impl RepoInfo {
    /// `user/name`.
    pub fn id(&self) -> &str {
        match self {
            Self::Model(info) => &info.id,
            Self::Dataset(info) => &info.id,
            Self::Space(info) => &info.id,
            Self::Kernel(info) => &info.id,
        }
    }

    /// The commit that the information is of.
    pub fn sha(&self) -> Option<&str> {
        match self {
            Self::Model(info) => info.sha.as_deref(),
            Self::Dataset(info) => info.sha.as_deref(),
            Self::Space(info) => info.sha.as_deref(),
            Self::Kernel(info) => info.sha.as_deref(),
        }
    }

    /// The files, where the type of repository tells them.
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
