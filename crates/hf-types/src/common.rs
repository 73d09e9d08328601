//! What several dataclasses share: card metadata, gating, and the decoding of small irregularities.

use std::collections::BTreeMap;
use std::fmt;

use serde_core::de::{Deserialize, Deserializer, Error, Visitor};
use serde_core::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::wire::{FromWire, Read};

/// The public Hub: `https://huggingface.co`.
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// Values that contain URLs of the Hub, and therefore need to know its endpoint.
///
/// A response does not contain it: the caller that decoded the value sets it. By default, it is the public Hub.
///
/// ```
/// use hf_types::{Collection, WithEndpoint};
/// # fn decoded() -> Collection { serde_json::from_str(r#"{"slug":"u/c-1","title":"c","owner":"u","items":[],
/// #   "lastUpdated":"2026-01-01T00:00:00Z","private":false,"theme":"green","upvotes":0}"#).unwrap() }
/// let collection = decoded().with_endpoint("https://hub.example.com");
/// assert_eq!(collection.url(), "https://hub.example.com/collections/u/c-1");
/// ```
pub trait WithEndpoint: Sized {
    /// Sets the endpoint: scheme, host, and possibly a path, without a trailing slash.
    fn set_endpoint(&mut self, endpoint: &str);

    /// Returns the value with its endpoint set.
    #[must_use]
    fn with_endpoint(mut self, endpoint: &str) -> Self {
        self.set_endpoint(endpoint);
        self
    }
}

impl<T: WithEndpoint> WithEndpoint for Vec<T> {
    fn set_endpoint(&mut self, endpoint: &str) {
        for value in self {
            value.set_endpoint(endpoint);
        }
    }
}

impl<T: WithEndpoint> WithEndpoint for Option<T> {
    fn set_endpoint(&mut self, endpoint: &str) {
        if let Some(value) = self {
            value.set_endpoint(endpoint);
        }
    }
}

pub(crate) fn default_endpoint() -> String {
    DEFAULT_ENDPOINT.to_owned()
}

/// The metadata of a repository's card (the YAML head of its README.md), as the Hub sent it.
///
/// ```
/// use hf_types::CardData;
/// let card: CardData = serde_json::from_str(r#"{"license": "mit", "language": "en", "tags": ["a"]}"#)?;
/// assert_eq!(card.text("license"), Some("mit"));
/// assert_eq!(card.list("language"), ["en"]);
/// assert_eq!(card.list("tags"), ["a"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CardData(pub Value);

/// The card of a model.
pub type ModelCardData = CardData;
/// The card of a dataset.
pub type DatasetCardData = CardData;
/// The card of a Space.
pub type SpaceCardData = CardData;

impl CardData {
    /// Returns the entry of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns the entry of this name if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Returns the texts of an entry that is a list or one text: cards write `language: en` as well as `language: [en,
    /// fr]`.
    pub fn list(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns all entries; `None` if the card is not a map.
    pub fn as_map(&self) -> Option<&Map<String, Value>> {
        self.0.as_object()
    }
}

impl Serialize for CardData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CardData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

/// Whether users have to request access, and who grants it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Gated {
    /// Open to everybody who can see it. `false` in JSON.
    #[default]
    No,
    /// Granted as soon as it is requested.
    Auto,
    /// Granted by the authors, one by one.
    Manual,
    /// A value that this version does not know.
    Other(Box<str>),
}

impl Gated {
    /// Returns whether users have to request access.
    pub fn is_gated(&self) -> bool {
        *self != Self::No
    }
}

impl From<&str> for Gated {
    fn from(text: &str) -> Self {
        match text {
            "auto" => Self::Auto,
            "manual" => Self::Manual,
            "false" => Self::No,
            other => Self::Other(other.into()),
        }
    }
}

/// `false` is [`Gated::No`]. `true` says nothing about who grants access: calls refuse it.
impl From<bool> for Gated {
    fn from(gated: bool) -> Self {
        if gated {
            Self::Other("true".into())
        } else {
            Self::No
        }
    }
}

impl fmt::Display for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::No => "false",
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Other(text) => text,
        })
    }
}

impl Serialize for Gated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::No => serializer.serialize_bool(false),
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for Gated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GatedVisitor;
        impl Visitor<'_> for GatedVisitor {
            type Value = Gated;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`false` or a string")
            }
            fn visit_bool<E: Error>(self, gated: bool) -> Result<Gated, E> {
                Ok(gated.into())
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Gated, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_any(GatedVisitor)
    }
}

/// An object of values by name, where each value repeats its name: Space secrets and variables.
///
/// The Hub leaves the name out of the values; it is filled in when decoding.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedMap<T>(pub BTreeMap<String, T>);

/// A value that carries its own name.
pub trait Named {
    /// Returns the field that holds the name.
    fn name_mut(&mut self) -> &mut String;
}

impl<T: Serialize> Serialize for NamedMap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Named> Deserialize<'de> for NamedMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = BTreeMap::<String, T>::deserialize(deserializer)?;
        for (name, value) in &mut map {
            name.clone_into(value.name_mut());
        }
        Ok(Self(map))
    }
}

/// The name of an account, given as an object with a `name`, as the name itself, or not at all once it is deleted.
pub(crate) fn account_name(sent: Value) -> Read<String> {
    match sent {
        Value::String(name) => Read::fits(name),
        Value::Object(mut account) => match account.remove("name") {
            Some(Value::String(name)) => Read::fits(name),
            _ => Read::nothing(),
        },
        Value::Null => Read::nothing(),
        other => Read::unfit(other),
    }
}

/// Python's name for the author of something whose account no longer exists.
pub(crate) fn deleted_account() -> String {
    "deleted".to_owned()
}

/// A plain text, given as it is or as the `text` of an object that has it as HTML too.
pub(crate) fn plain_text(sent: Value) -> Read<String> {
    match sent {
        Value::Object(mut note) => match note.remove("text") {
            Some(Value::String(text)) => Read::fits(text),
            _ => Read::nothing(),
        },
        other => String::read_value(other),
    }
}

/// A list that counts as absent when it has nothing in it.
pub(crate) fn some_items<T: FromWire>(sent: Value) -> Read<Vec<T>> {
    Vec::read_value(sent).filter(|list| !list.is_empty())
}

/// An object that counts as absent when it has nothing in it.
pub(crate) fn some_object<T: FromWire>(sent: Value) -> Read<T> {
    match sent {
        Value::Object(map) if map.is_empty() => Read::nothing(),
        value => T::read_value(value),
    }
}
