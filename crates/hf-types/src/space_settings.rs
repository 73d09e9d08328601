//! Secrets and variables of Spaces.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

use crate::common::Named;
use crate::{Extra, Timestamp};

/// A secret of a Space. Its value can be set, never read.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceSecret {
    /// The name.
    #[dataclass(default)]
    pub key: String,
    /// The description.
    pub description: Option<String>,
    /// When it was last set.
    pub updated_at: Option<Timestamp>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A variable of a Space.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct SpaceVariable {
    /// The name.
    #[dataclass(default)]
    pub key: String,
    /// Its value.
    pub value: String,
    /// The description.
    pub description: Option<String>,
    /// When it was last set.
    pub updated_at: Option<Timestamp>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl Named for SpaceSecret {
    fn name_mut(&mut self) -> &mut String {
        &mut self.key
    }
}

impl Named for SpaceVariable {
    fn name_mut(&mut self) -> &mut String {
        &mut self.key
    }
}

/// A secret or variable to set for a Space, as `create_repo` and `duplicate_repo` take them.
///
/// ```
/// use hf_types::SpaceKeyValue;
/// let secret = SpaceKeyValue::new("API_KEY", "hf_secret");
/// assert_eq!(secret.to_payload(), serde_json::json!({"key": "API_KEY", "value": "hf_secret"}));
/// assert!(!format!("{secret:?}").contains("hf_secret"));
/// ```
#[derive(Clone, PartialEq, Eq, Dataclass)]
#[dataclass(strict)]
#[non_exhaustive]
pub struct SpaceKeyValue {
    /// The name.
    pub key: String,
    /// Its value. Not shown by `Debug`, as it may be secret.
    pub value: String,
    /// The description.
    pub description: Option<String>,
    /// Further members, which are sent along.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl SpaceKeyValue {
    /// Creates a secret or variable without a description.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            description: None,
            extra: Extra::default(),
        }
    }

    /// Returns the JSON that requests carry: only what is set.
    pub fn to_payload(&self) -> Value {
        let mut payload = Map::from(self.extra.clone());
        payload.insert("key".to_owned(), self.key.as_str().into());
        payload.insert("value".to_owned(), self.value.as_str().into());
        if let Some(description) = &self.description {
            payload.insert("description".to_owned(), description.as_str().into());
        }
        Value::Object(payload)
    }
}

impl<K: Into<String>, V: Into<String>> From<(K, V)> for SpaceKeyValue {
    fn from((key, value): (K, V)) -> Self {
        Self::new(key, value)
    }
}

impl std::fmt::Debug for SpaceKeyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpaceKeyValue")
            .field("key", &self.key)
            .field("value", &"[redacted]")
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

open_enum! {
    /// The software that a Space runs on.
    pub enum SpaceSdk {
        /// Gradio, a Python library for demos.
        Gradio = "gradio",
        /// Streamlit, a Python library for data apps.
        Streamlit = "streamlit",
        /// A container built from the repository's Dockerfile.
        Docker = "docker",
        /// Files served as they are.
        Static = "static",
    }
}
