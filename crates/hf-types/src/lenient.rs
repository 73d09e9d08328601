//! Reading single fields of a response without failing, for structs that are not dataclasses:
//! `#[serde(default, deserialize_with = "hf_types::lenient::text")]`.
//!
//! What is null or of another type counts as absent. Counters may be written as `10.0` and `"10"`.

use std::fmt;
use std::marker::PhantomData;

use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::wire::{FromWire, raw_object};

/// Reads text; a number is none.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Reads a number that counts something.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(u64::read(deserializer)?.value)
}

/// Reads true or false.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(bool::read(deserializer)?.value)
}

/// Reads a list; null and what is empty, of whatever type, count as an empty one.
///
/// # Errors
/// If it is neither a list nor empty, or an item is no `T`.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        Err(E::invalid_type(
            serde_core::de::Unexpected::Str(text),
            &self,
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        match raw_object(map)? {
            Value::Object(members) if members.is_empty() => Ok(Vec::new()),
            _ => Err(A::Error::invalid_type(
                serde_core::de::Unexpected::Map,
                &self,
            )),
        }
    }
}
