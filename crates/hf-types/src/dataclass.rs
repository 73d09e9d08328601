//! What the expansion of `#[derive(Dataclass)]` stands on.

use std::fmt;

pub(crate) use serde_core::de::value::{SeqAccessDeserializer, StrDeserializer};
pub(crate) use serde_core::de::{
    DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
pub(crate) use serde_core::ser::SerializeMap;
pub(crate) use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
pub(crate) use serde_json::{Map, Value};

use crate::extra::{self, Name};

/// What a level of an answer had beside the known names, in the order of the answer.
pub(crate) type Rest = Vec<(Name, Value)>;

/// Keeps one more. Most answers have one or two of them: no room is made for four.
pub(crate) fn keep(rest: &mut Rest, name: Name, value: Value) {
    if rest.is_empty() {
        rest.reserve_exact(2);
    }
    rest.push((name, value));
}

/// The rest of an object below the root, as it is kept there.
pub(crate) fn object(rest: Rest) -> Value {
    Value::Object(
        rest.into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect(),
    )
}

/// A key of an object: the number of a known one, or the text of another.
pub(crate) enum Key {
    Known(usize),
    Other(Name),
}

/// Reads a key through the function that numbers the known ones; only unknown ones are copied.
pub(crate) struct KeySeed<F>(pub(crate) F);

impl<'de, F: FnOnce(&str) -> Option<usize>> DeserializeSeed<'de> for KeySeed<F> {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<F: FnOnce(&str) -> Option<usize>> Visitor<'_> for KeySeed<F> {
    type Value = Key;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(match self.0(name) {
            Some(number) => Key::Known(number),
            None => Key::Other(extra::name(name)),
        })
    }
}

/// Hands the entries of an object on, and keeps a copy of each.
pub(crate) struct Tee<'a, A> {
    map: A,
    seen: &'a mut Map<String, Value>,
    key: String,
}

impl<'a, A> Tee<'a, A> {
    pub(crate) fn new(map: A, seen: &'a mut Map<String, Value>) -> Self {
        Self {
            map,
            seen,
            key: String::new(),
        }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tee<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.map.next_key::<String>()? else {
            return Ok(None);
        };
        self.key = key;
        seed.deserialize(StrDeserializer::new(&self.key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let value: Value = self.map.next_value()?;
        let key = std::mem::take(&mut self.key);
        let read = seed
            .deserialize(value.clone())
            .map_err(|err| A::Error::custom(format_args!("field `{key}`: {err}")))?;
        self.seen.insert(key, value);
        Ok(read)
    }
}
