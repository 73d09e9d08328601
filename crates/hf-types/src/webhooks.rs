//! Webhooks.

use std::fmt;

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer};
use serde_core::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::{Extra, JobSpec};

/// A webhook: what it watches, and the URL it calls or the job it starts.
#[derive(Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct WebhookInfo {
    /// The id.
    pub id: String,
    /// The URL that it calls.
    pub url: Option<String>,
    /// The job that it runs instead.
    #[dataclass(decode = crate::common::some_object)]
    pub job: Option<JobSpec>,
    /// The items that it watches.
    pub watched: Vec<WebhookWatchedItem>,
    /// The kinds of events that trigger it.
    #[dataclass(default)]
    pub domains: Vec<WebhookDomain>,
    /// The secret that its calls carry; the Hub sends it only after it was set. Not shown by `Debug`.
    pub secret: Option<String>,
    /// Whether it is disabled.
    #[dataclass(default)]
    pub disabled: WebhookDisabled,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl fmt::Debug for WebhookInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookInfo")
            .field("id", &self.id)
            .field("url", &self.url)
            .field("job", &self.job)
            .field("watched", &self.watched)
            .field("domains", &self.domains)
            .field("secret", &self.secret.as_ref().map(|_| "[redacted]"))
            .field("disabled", &self.disabled)
            .field("extra", &self.extra)
            .finish()
    }
}

/// Whether a webhook is disabled.
///
/// ```
/// use hf_types::WebhookDisabled;
/// let disabled: WebhookDisabled = serde_json::from_str("\"suspended-after-failure\"")?;
/// assert!(disabled.is_disabled());
/// assert_eq!(serde_json::to_string(&WebhookDisabled::No)?, "false");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum WebhookDisabled {
    /// It is enabled. `false` in JSON.
    #[default]
    No,
    /// It was disabled. `true` in JSON.
    Yes,
    /// The Hub disabled it, for this reason.
    Because(Box<str>),
}

impl WebhookDisabled {
    /// Returns whether it is disabled, for whatever reason.
    pub fn is_disabled(&self) -> bool {
        *self != Self::No
    }
}

impl Serialize for WebhookDisabled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::No => serializer.serialize_bool(false),
            Self::Yes => serializer.serialize_bool(true),
            Self::Because(reason) => serializer.serialize_str(reason),
        }
    }
}

impl<'de> Deserialize<'de> for WebhookDisabled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Bool(false) | Value::Null => Self::No,
            Value::String(reason) => Self::Because(reason.into()),
            _ => Self::Yes,
        })
    }
}

/// An item that a webhook watches.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(strict)]
#[non_exhaustive]
pub struct WebhookWatchedItem {
    /// The type.
    pub r#type: WatchedType,
    /// The name or id.
    pub name: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl WebhookWatchedItem {
    /// Creates an item to watch.
    pub fn new(r#type: WatchedType, name: impl Into<String>) -> Self {
        Self {
            r#type,
            name: name.into(),
            extra: Extra::default(),
        }
    }
}

open_enum! {
    /// The type of a [`WebhookWatchedItem`].
    pub enum WatchedType {
        /// A bucket.
        Bucket = "bucket",
        /// A dataset.
        Dataset = "dataset",
        /// A model.
        Model = "model",
        /// An organization and all its repositories.
        Org = "org",
        /// A Space.
        Space = "space",
        /// A user and all their repositories.
        User = "user",
    }
}

open_enum! {
    /// A kind of events.
    pub enum WebhookDomain {
        /// Changes of repositories.
        Repo = "repo",
        /// Discussions and comments.
        Discussion = "discussion",
    }
}
