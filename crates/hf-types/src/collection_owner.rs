//! The owners of collections.

use serde_core::de::{Deserialize, Deserializer};
use serde_core::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{FromWire, Read};

/// The account that owns a collection: an object, or its name, as some servers send it.
///
/// It is written as the Hub sent it.
///
/// ```
/// use hf_types::CollectionOwner;
/// let owner: CollectionOwner = serde_json::from_str(r#"{"name": "google", "type": "org", "followerCount": 3}"#)?;
/// assert_eq!((owner.name(), owner.kind()), (Some("google"), Some("org")));
/// assert_eq!(owner.raw()["followerCount"], 3);
/// let owner: CollectionOwner = serde_json::from_str(r#""google""#)?;
/// assert_eq!(owner.name(), Some("google"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectionOwner(Value);

impl CollectionOwner {
    /// Returns the name on the Hub.
    pub fn name(&self) -> Option<&str> {
        self.0.as_str().or_else(|| self.text("name"))
    }

    /// Returns the full name.
    pub fn fullname(&self) -> Option<&str> {
        self.text("fullname")
    }

    /// Returns the kind of account: `user` or `org`.
    pub fn kind(&self) -> Option<&str> {
        self.text("type")
    }

    /// Returns the URL of the picture.
    pub fn avatar_url(&self) -> Option<&str> {
        self.text("avatarUrl")
    }

    /// Returns the account as it was sent.
    pub fn raw(&self) -> &Value {
        &self.0
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member)?.as_str()
    }
}

impl Serialize for CollectionOwner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CollectionOwner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

impl FromWire for CollectionOwner {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(Value::read(deserializer)?.map(Self))
    }

    fn fallback() -> Option<Self> {
        Some(Self::default())
    }
}
