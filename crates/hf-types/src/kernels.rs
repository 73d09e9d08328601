//! Kernels.

use hf_macros::Dataclass;

use crate::{Extra, Gated, Timestamp};

/// A kernel repository, as `kernel_info` gives it.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct KernelInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization it belongs to.
    pub author: Option<String>,
    /// Downloads in the last 30 days.
    pub downloads: Option<u64>,
    /// Whether one must ask for access.
    pub gated: Option<Gated>,
    /// When the last commit was made.
    pub last_modified: Option<Timestamp>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// Whether only its owner sees it.
    pub private: Option<bool>,
    /// The commit that this describes.
    pub sha: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
