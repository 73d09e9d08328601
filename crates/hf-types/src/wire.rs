//! Reading fields from what servers send, without failing.
//!
//! A field that is null, of another type, or only partly readable must not take the whole response with it: one odd
//! row of a list is no reason to refuse the other ninety-nine. So a field reads into a [`Read`]: the value, if there is
//! one, and the raw JSON of what did not fit, which the dataclass keeps in its `extra`. Only broken JSON is an error.
//!
//! Nothing is buffered on the way: each visitor accepts every JSON type and copies only what does not fit.

mod scalar;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde_core::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde_core::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What a field was read as.
pub(crate) struct Read<T> {
    /// The value; `None` for null and for what does not fit.
    pub(crate) value: Option<T>,
    /// What does not fit: all of it where there is no value, else the items of a list or map that do not.
    pub(crate) raw: Option<Value>,
}

impl<T> Read<T> {
    pub(crate) fn fits(value: T) -> Self {
        Self {
            value: Some(value),
            raw: None,
        }
    }

    pub(crate) fn unfit(raw: Value) -> Self {
        Self {
            value: None,
            raw: Some(raw),
        }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            value: None,
            raw: None,
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read {
            value: self.value.map(change),
            raw: self.raw,
        }
    }

    /// Drops a value that counts as absent.
    pub(crate) fn filter(self, keep: impl FnOnce(&T) -> bool) -> Self {
        Self {
            value: self.value.filter(keep),
            raw: self.raw,
        }
    }
}

/// A type that a field can have.
pub(crate) trait FromWire: Sized {
    /// Reads any JSON value; an error means that it is no JSON at all.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error>;

    /// Stands in for null and for what does not fit, where a field of this type must have a value.
    ///
    /// Text and lists have a neutral value. Numbers, booleans and times have none that would not be a lie.
    fn fallback() -> Option<Self> {
        None
    }

    /// Reads a value that was buffered.
    fn read_value(value: Value) -> Read<Self> {
        // A `Value` is sound JSON, so that reading it cannot fail.
        Self::read(value).unwrap_or_else(|_| Read::nothing())
    }
}

/// [`FromWire::read`] as serde wants it.
pub(crate) struct Seed<T>(PhantomData<T>);

impl<T> Seed<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: FromWire> DeserializeSeed<'de> for Seed<T> {
    type Value = Read<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read<T>, D::Error> {
        T::read(deserializer)
    }
}

/// The rest of an array, as it was sent.
pub(crate) fn raw_array<'de, A: SeqAccess<'de>>(list: A) -> Result<Value, A::Error> {
    Value::deserialize(SeqAccessDeserializer::new(list))
}

/// The rest of an object, as it was sent.
pub(crate) fn raw_object<'de, A: MapAccess<'de>>(map: A) -> Result<Value, A::Error> {
    Value::deserialize(MapAccessDeserializer::new(map))
}

/// The methods of a visitor that takes every scalar as a JSON value: `$of(value)`.
macro_rules! visit_scalars {
    ($of:expr) => {
        crate::wire::visit_scalars!($of, bool: visit_bool(bool), u64: visit_u64(u64), i64: visit_i64(i64),
            f64: visit_f64(f64), str: visit_str(&str));

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($of(self, serde_json::Value::Null))
        }
    };
    ($of:expr, $($name:ident: $method:ident($ty:ty)),*) => {$(
        fn $method<E>(self, value: $ty) -> Result<Self::Value, E> {
            Ok($of(self, serde_json::Value::from(value)))
        }
    )*};
}

pub(crate) use visit_scalars;

/// What an enum that keeps unknown values makes of text.
pub(crate) struct TextVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: for<'a> From<&'a str>> Visitor<'de> for TextVisitor<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(|_, value: Value| match value {
        Value::String(text) => Read::fits(T::from(&text)),
        Value::Null => Read::nothing(),
        other => Read::fits(T::from(&other.to_string())),
    });

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Read<T>, A::Error> {
        raw_array(list).map(Read::unfit)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Read<T>, A::Error> {
        raw_object(map).map(Read::unfit)
    }
}

/// What was sent, whatever it is.
impl FromWire for Value {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(match Self::deserialize(deserializer)? {
            Self::Null => Read::nothing(),
            value => Read::fits(value),
        })
    }

    fn fallback() -> Option<Self> {
        Some(Self::Null)
    }
}

impl FromWire for Map<String, Value> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Read::nothing(),
            Value::Object(map) => Read::fits(map),
            other => Read::unfit(other),
        })
    }

    fn fallback() -> Option<Self> {
        Some(Self::new())
    }
}

impl FromWire for crate::CardData {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(Value::read(deserializer)?.map(Self))
    }
}

impl<T: FromWire> FromWire for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(T::read(deserializer)?.map(Box::new))
    }

    fn fallback() -> Option<Self> {
        T::fallback().map(Box::new)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: FromWire> Visitor<'de> for ListVisitor<T> {
    type Value = Read<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(|_, value: Value| if value.is_null() {
        Read::nothing()
    } else {
        Read::unfit(value)
    });

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        let mut unfit = Vec::new();
        while let Some(item) = list.next_element_seed(Seed::<T>::new())? {
            if item.value.is_none() || item.raw.is_some() {
                unfit.push(item.raw.unwrap_or_default());
            }
            items.extend(item.value);
        }
        Ok(Read {
            value: Some(items),
            raw: (!unfit.is_empty()).then_some(Value::Array(unfit)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        raw_object(map).map(Read::unfit)
    }
}

/// The items that fit; the others are what does not fit.
impl<T: FromWire> FromWire for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }

    fn fallback() -> Option<Self> {
        Some(Self::new())
    }
}

struct ByNameVisitor<T>(PhantomData<T>);

impl<'de, T: FromWire> Visitor<'de> for ByNameVisitor<T> {
    type Value = Read<BTreeMap<String, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(|_, value: Value| if value.is_null() {
        Read::nothing()
    } else {
        Read::unfit(value)
    });

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        raw_array(list).map(Read::unfit)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        let mut unfit = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let entry = map.next_value_seed(Seed::<T>::new())?;
            if entry.value.is_none() || entry.raw.is_some() {
                unfit.insert(name.clone(), entry.raw.unwrap_or_default());
            }
            if let Some(value) = entry.value {
                entries.insert(name, value);
            }
        }
        Ok(Read {
            value: Some(entries),
            raw: (!unfit.is_empty()).then_some(Value::Object(unfit)),
        })
    }
}

/// The entries that fit; the others are what does not fit.
impl<T: FromWire> FromWire for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        deserializer.deserialize_any(ByNameVisitor(PhantomData))
    }

    fn fallback() -> Option<Self> {
        Some(Self::new())
    }
}

/// Types that check what they read by themselves: one value that fits or does not.
macro_rules! by_deserialize {
    ($($ty:ty),*) => {$(
        impl FromWire for $ty {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
                Ok(match Value::deserialize(deserializer)? {
                    Value::Null => Read::nothing(),
                    raw => match Self::deserialize(&raw) {
                        Ok(value) => Read::fits(value),
                        Err(_) => Read::unfit(raw),
                    },
                })
            }
        }
    )*};
}

by_deserialize!(
    std::path::PathBuf,
    crate::CommitHash,
    crate::Etag,
    crate::HfUri,
    crate::HfUriType,
    crate::RepoId,
    crate::RepoType,
    crate::Revision,
    crate::LeaderboardAuthor,
    crate::DiscussionEvent,
    crate::WebhookDisabled
);
