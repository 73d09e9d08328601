//! What the expansion of `#[derive(Dataclass)]` stands on.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde_core::de::value::StrDeserializer;
pub(crate) use serde_core::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
pub(crate) use serde_core::ser::SerializeMap;
pub(crate) use serde_core::{Deserialize, Serialize, Serializer};
pub(crate) use serde_json::{Map, Value};

use crate::extra::{self, Name};
pub(crate) use crate::wire::{FromWire, Read, Seed};
use crate::wire::{raw_array, visit_scalars};

/// What a level of a response has beside the known names, in the order of the response.
pub(crate) type Rest = Vec<(Name, Value)>;

/// Keeps one more. Most responses have one or two of them: no room is made for four.
pub(crate) fn keep(rest: &mut Rest, name: Name, value: Value) {
    if rest.is_empty() {
        rest.reserve_exact(2);
    }
    rest.push((name, value));
}

/// Keeps what does not fit a field: under the field's name, or under `name[]` where it is a part of a list or map
/// whose rest is the field's value.
pub(crate) fn keep_unfit(rest: &mut Rest, name: &'static str, raw: Value, is_part: bool) {
    let name = if is_part {
        Name::Owned(format!("{name}[]"))
    } else {
        Name::Borrowed(name)
    };
    keep(rest, name, raw);
}

/// The rest of an object below the root, as it is kept there.
pub(crate) fn object(rest: Rest) -> Value {
    Value::Object(
        rest.into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect(),
    )
}

/// Puts a field back into the object that it was read from.
pub(crate) fn put_back<T: Serialize>(map: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value
        && let Ok(value) = serde_json::to_value(value)
    {
        map.insert(name.to_owned(), value);
    }
}

/// A dataclass, as its derive reads it from the members of an object.
pub(crate) trait Class: Sized {
    /// What the class is read from, for error messages.
    const EXPECTED: &'static str;

    /// Reads the members. An error means that they are no JSON; otherwise they make a value, or do not.
    fn from_members<'de, A: MapAccess<'de>>(map: A) -> Result<Result<Self, Misfit>, A::Error>;
}

/// Members that do not make a value of the class.
pub(crate) struct Misfit {
    why: Cow<'static, str>,
    raw: Value,
}

impl Misfit {
    pub(crate) fn new(why: impl Into<Cow<'static, str>>, raw: Value) -> Self {
        Self {
            why: why.into(),
            raw,
        }
    }

    /// A required field is not among the members, or does not fit.
    pub(crate) fn lacks(name: &'static str, raw: Value) -> Self {
        let sent = name
            .split('.')
            .try_fold(&raw, |value, part| value.get(part));
        let why = match sent {
            None => format!("missing field `{name}`"),
            Some(sent) => format!("field `{name}`: unexpected value {}", shorten(sent)),
        };
        Self::new(why, raw)
    }

    /// A field of something made here does not fit; such values are not guessed at.
    pub(crate) fn field(name: &'static str, unfit: &Value) -> Self {
        Self::new(
            format!("field `{name}`: unexpected value {}", shorten(unfit)),
            Value::Null,
        )
    }
}

/// How much of an unexpected value an error shows, in characters.
const SHOWN_CHARS: usize = 80;

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

struct ClassVisitor<T>(PhantomData<T>);

impl<'de, T: Class> Visitor<'de> for ClassVisitor<T> {
    type Value = Result<T, Misfit>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    visit_scalars!(|_, raw| Err(not_an_object::<T>(raw)));

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(Err(not_an_object::<T>(raw_array(list)?)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_members(map)
    }
}

fn not_an_object<T: Class>(raw: Value) -> Misfit {
    let why = format!("expected {}, found {}", T::EXPECTED, shorten(&raw));
    Misfit::new(why, raw)
}

/// Reads a whole response, or an item of a list: here a misfit is an error.
pub(crate) fn deserialize<'de, T: Class, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer
        .deserialize_any(ClassVisitor::<T>(PhantomData))?
        .map_err(|misfit| D::Error::custom(misfit.why))
}

/// Reads a field that holds a dataclass: here a misfit leaves the field without a value.
pub(crate) fn read<'de, T: Class, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Read<T>, D::Error> {
    let read = deserializer.deserialize_any(ClassVisitor::<T>(PhantomData))?;
    Ok(match read {
        Ok(value) => Read::fits(value),
        Err(Misfit {
            raw: Value::Null, ..
        }) => Read::nothing(),
        Err(misfit) => Read::unfit(misfit.raw),
    })
}

/// An object below the root whose members are fields of the class.
pub(crate) trait Node: Sized {
    /// Reads the members into the fields, and returns those that belong to none.
    fn fill<'de, A: MapAccess<'de>>(self, map: A) -> Result<Rest, A::Error>;

    /// Reads what stands there instead of the object, and returns what does not fit.
    fn other(self, value: Value) -> Option<Value> {
        (!value.is_null()).then_some(value)
    }
}

/// What an object below the root left over.
pub(crate) enum Left {
    Members(Rest),
    Other(Option<Value>),
}

/// Reads an object below the root, or whatever stands there.
pub(crate) struct NodeSeed<N>(pub(crate) N);

impl<'de, N: Node> DeserializeSeed<'de> for NodeSeed<N> {
    type Value = Left;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Left, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: Node> Visitor<'de> for NodeSeed<N> {
    type Value = Left;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(|this: Self, value| Left::Other(this.0.other(value)));

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Left, A::Error> {
        let list = raw_array(list)?;
        Ok(Left::Other(self.0.other(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Left, A::Error> {
        self.0.fill(map).map(Left::Members)
    }
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
