//! What is known of one thing, in the order in which it is printed.

use std::fmt;

use hf_api::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Names and values, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts(Vec<(String, Value)>);

impl Facts {
    /// Returns the fields of an object of the library as Python prints them: in the order of their declaration,
    /// without those that are `None`, times with `+00:00`.
    ///
    /// # Errors
    /// `Decode` if the item is not an object.
    pub(crate) fn of(item: &impl Serialize) -> Result<Self> {
        // By way of text, as `Value` does not keep the order of fields.
        let facts: Self = serde_json::to_string(item)
            .and_then(|text| serde_json::from_str(&text))
            .map_err(|error| Error::decode(format!("the result is not an object: {error}")))?;
        let known = facts.0.into_iter().filter(|(_, value)| !value.is_null());
        Ok(Self(
            known
                .map(|(name, value)| (name, as_python(value)))
                .collect(),
        ))
    }

    /// Takes these fields of an object that a call by name returned, in this order and as Python prints them.
    pub(crate) fn fields(item: &Value, names: &[&str]) -> Self {
        let known = names.iter().filter_map(|name| {
            let value = item.get(name).filter(|value| !value.is_null())?;
            Some((*name, as_python(value.clone())))
        });
        known.collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find_map(|(found, value)| (found == name).then_some(value))
    }

    /// Sets a fact, at the end if it is new.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns only these facts, in this order; `null` for those that are not known.
    pub(super) fn only(&self, names: &[String]) -> Self {
        let value = |name: &String| self.get(name).cloned().unwrap_or_default();
        Self(
            names
                .iter()
                .map(|name| (name.clone(), value(name)))
                .collect(),
        )
    }
}

impl<N: Into<String>, const LENGTH: usize> From<[(N, Value); LENGTH]> for Facts {
    fn from(facts: [(N, Value); LENGTH]) -> Self {
        facts.into_iter().collect()
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for Facts {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(facts: I) -> Self {
        Self(
            facts
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Facts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Facts, A::Error> {
                let mut facts = Vec::new();
                while let Some(member) = map.next_entry()? {
                    facts.push(member);
                }
                Ok(Facts(facts))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

fn as_python(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(time_of_python(&text).unwrap_or(text)),
        Value::Array(items) => items.into_iter().map(as_python).collect(),
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, as_python(value)))
            .collect(),
        other => other,
    }
}

/// `2026-01-02T03:04:05.000Z` as `2026-01-02T03:04:05+00:00`: with microseconds, if they are not zero.
fn time_of_python(text: &str) -> Option<String> {
    let (seconds, fraction) = match text.strip_suffix('Z')?.split_once('.') {
        Some((seconds, fraction)) => (seconds, fraction),
        None => (text.strip_suffix('Z')?, ""),
    };
    let is_time = seconds.len() == 19
        && seconds.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_time {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(if micros == "000000" {
        format!("{seconds}+00:00")
    } else {
        format!("{seconds}.{micros}+00:00")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_printed_as_python_does() {
        #[derive(serde::Serialize)]
        struct Item {
            id: &'static str,
            created_at: &'static str,
            author: Option<()>,
            card_data: Value,
        }
        let item = Item {
            id: "user/m",
            created_at: "2026-01-02T03:04:05.120Z",
            author: None,
            card_data: json!({"license": null, "at": "2026-01-02T03:04:05.000Z", "note": "no timeZ"}),
        };
        let facts = Facts::of(&item).unwrap();
        assert_eq!(
            serde_json::to_string(&facts).unwrap(),
            r#"{"id":"user/m","created_at":"2026-01-02T03:04:05.120000+00:00","card_data":{"at":"2026-01-02T03:04:05+00:00","note":"no timeZ"}}"#
        );
        assert!(Facts::of(&1).is_err());
        let only = facts.only(&["b".to_owned(), "id".to_owned()]);
        assert_eq!(
            only,
            Facts::from([("b", json!(null)), ("id", json!("user/m"))])
        );
    }
}
