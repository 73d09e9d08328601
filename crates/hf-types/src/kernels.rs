//! Kernels.

use hf_macros::Dataclass;

use crate::{Extra, Gated, Timestamp};

/// A kernel repository, as `kernel_info` returns it.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct KernelInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization that owns it.
    pub author: Option<String>,
    /// Downloads in the last 30 days.
    pub downloads: Option<u64>,
    /// Whether users have to request access.
    pub gated: Option<Gated>,
    /// The time of the last commit.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// The commit that the information belongs to.
    pub sha: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
