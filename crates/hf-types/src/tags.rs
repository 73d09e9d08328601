//! The tags that models and datasets can have.

use std::collections::BTreeMap;

use hf_macros::Dataclass;
use serde_json::{Map, Value};

/// The tags of models or datasets by kind (`license`, `language`, `library`, ...), as `get_model_tags` and
/// `get_dataset_tags` return them.
pub type TagsByType = BTreeMap<String, Vec<RepoTag>>;

/// A tag that a model or dataset can have.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct RepoTag {
    /// The tag, as in a repository's `tags`: `license:mit`.
    #[dataclass(default)]
    pub id: String,
    /// The display name.
    pub label: Option<String>,
    /// The kind, such as `license`.
    pub r#type: Option<String>,
    /// The group within the kind, such as `nlp`.
    pub sub_type: Option<String>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}
