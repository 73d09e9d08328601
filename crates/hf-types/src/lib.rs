#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod ids;
pub mod patterns;
mod timestamp;
mod validation;

pub use ids::{
    BucketId, CollectionSlug, CommitHash, Etag, EtagKind, GitSha1, RepoId, RepoPath, RepoType,
    Revision, Sha256,
};
pub use patterns::{DEFAULT_IGNORE_PATTERNS, Pattern, PatternSet};
pub use timestamp::Timestamp;
pub use validation::ValidationError;
