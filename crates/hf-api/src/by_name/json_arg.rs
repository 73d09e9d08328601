//! The JSON forms of parameters.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hf_types::{BucketId, CollectionSlug, Param, RepoId, RepoType, Revision};
use serde_json::{Map, Value};

use crate::call::{Arg, JobTimeout, OneOrMany, Seconds, Secret, SleepTime};

/// A type that a parameter may have, read from and written to JSON.
pub(crate) trait JsonArg: Sized {
    /// Reads it; the error says what was expected.
    fn from_json(value: Value) -> Result<Self, String>;

    /// Writes it.
    fn to_json(&self) -> Value;
}

fn expected<T>(what: &str, found: &Value) -> Result<T, String> {
    Err(format!("expected {what}, found {}", kind_of(found)))
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl JsonArg for String {
    fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text),
            other => expected("a string", &other),
        }
    }

    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
}

impl JsonArg for bool {
    fn from_json(value: Value) -> Result<Self, String> {
        value
            .as_bool()
            .map_or_else(|| expected("a boolean", &value), Ok)
    }

    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl JsonArg for f64 {
    fn from_json(value: Value) -> Result<Self, String> {
        value
            .as_f64()
            .map_or_else(|| expected("a number", &value), Ok)
    }

    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

macro_rules! integer {
    ($($ty:ty),*) => {$(
        impl JsonArg for $ty {
            fn from_json(value: Value) -> Result<Self, String> {
                let number = value
                    .as_i64()
                    .and_then(|number| Self::try_from(number).ok())
                    .or_else(|| value.as_u64().and_then(|number| Self::try_from(number).ok()));
                number.map_or_else(
                    || Err(format!("expected an integer from {} to {}, found {value}", Self::MIN, Self::MAX)),
                    Ok,
                )
            }

            fn to_json(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

integer!(u16, u32, u64, usize, i64);

impl JsonArg for Seconds {
    fn from_json(value: Value) -> Result<Self, String> {
        match value.as_f64() {
            Some(seconds) => Ok(seconds.into()),
            None => expected("a number of seconds", &value),
        }
    }

    fn to_json(&self) -> Value {
        Value::from(self.as_f64())
    }
}

impl JsonArg for JobTimeout {
    fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text.into()),
            other => match other.as_f64() {
                Some(seconds) => Ok(seconds.into()),
                None => expected("a number of seconds or a text such as \"1.5h\"", &other),
            },
        }
    }

    fn to_json(&self) -> Value {
        match self.given() {
            Ok(seconds) => seconds.into(),
            Err(text) => text.into(),
        }
    }
}

impl JsonArg for SleepTime {
    fn from_json(value: Value) -> Result<Self, String> {
        i64::from_json(value).map(Self::from)
    }

    fn to_json(&self) -> Value {
        self.as_secs().into()
    }
}

/// Typed text. A malformed value is not written.
macro_rules! text_arg {
    ($($ty:ty),* $(,)?) => {$(
        impl JsonArg for Param<$ty> {
            fn from_json(value: Value) -> Result<Self, String> {
                match String::from_json(value)?.parse::<$ty>() {
                    Ok(value) => Ok(Self::from(value)),
                    Err(error) => Err(error.to_string()),
                }
            }

            fn to_json(&self) -> Value {
                self.value().map_or(Value::Null, |value| value.to_string().into())
            }
        }

        impl JsonArg for Arg<$ty> {
            fn from_json(value: Value) -> Result<Self, String> {
                match value {
                    Value::Null => Ok(Self::default()),
                    text => Param::from_json(text).map(Self::from),
                }
            }

            fn to_json(&self) -> Value {
                match self.get() {
                    Ok(Some(value)) => value.to_string().into(),
                    _ => Value::Null,
                }
            }
        }
    )*};
}

text_arg!(BucketId, CollectionSlug, RepoId, RepoType, Revision);

/// Read, never written.
impl<T: JsonArg> JsonArg for Secret<T> {
    fn from_json(value: Value) -> Result<Self, String> {
        T::from_json(value).map(Self::new)
    }

    fn to_json(&self) -> Value {
        Value::Null
    }
}

impl JsonArg for PathBuf {
    fn from_json(value: Value) -> Result<Self, String> {
        String::from_json(value).map(Self::from)
    }

    fn to_json(&self) -> Value {
        Value::String(self.to_string_lossy().into_owned())
    }
}

impl JsonArg for Value {
    fn from_json(value: Value) -> Result<Self, String> {
        Ok(value)
    }

    fn to_json(&self) -> Value {
        self.clone()
    }
}

impl JsonArg for Map<String, Value> {
    fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(map),
            other => expected("an object", &other),
        }
    }

    fn to_json(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl<T: JsonArg> JsonArg for Option<T> {
    fn from_json(value: Value) -> Result<Self, String> {
        if value.is_null() {
            Ok(None)
        } else {
            T::from_json(value).map(Some)
        }
    }

    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}

impl<T: JsonArg> JsonArg for Vec<T> {
    fn from_json(value: Value) -> Result<Self, String> {
        let items = match value {
            Value::Array(items) => items,
            // A string is a list of one, as in Python.
            text @ Value::String(_) => return T::from_json(text).map(|item| vec![item]),
            other => return expected("an array", &other),
        };
        items
            .into_iter()
            .enumerate()
            .map(|(at, item)| T::from_json(item).map_err(|problem| format!("[{at}]: {problem}")))
            .collect()
    }

    fn to_json(&self) -> Value {
        self.iter().map(T::to_json).collect()
    }
}

impl<T: JsonArg> JsonArg for BTreeMap<String, T> {
    fn from_json(value: Value) -> Result<Self, String> {
        let Value::Object(map) = value else {
            return expected("an object", &value);
        };
        map.into_iter()
            .map(|(key, item)| match T::from_json(item) {
                Ok(item) => Ok((key, item)),
                Err(problem) => Err(format!("`{key}`: {problem}")),
            })
            .collect()
    }

    fn to_json(&self) -> Value {
        self.iter()
            .map(|(key, item)| (key.clone(), item.to_json()))
            .collect::<Map<_, _>>()
            .into()
    }
}

impl<T: JsonArg> JsonArg for OneOrMany<T> {
    fn from_json(value: Value) -> Result<Self, String> {
        if value.is_array() {
            Vec::from_json(value).map(Self::Many)
        } else {
            T::from_json(value).map(Self::One)
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::One(item) => item.to_json(),
            Self::Many(items) => items.to_json(),
        }
    }
}

/// A parameter type that serde reads and writes.
macro_rules! serde_arg {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::by_name::JsonArg for $ty {
            fn from_json(value: ::serde_json::Value) -> ::core::result::Result<Self, ::std::string::String> {
                ::serde_json::from_value(value).map_err(|error| error.to_string())
            }

            fn to_json(&self) -> ::serde_json::Value {
                ::serde_json::to_value(self).unwrap_or_default()
            }
        }
    )*};
}
pub(super) use serde_arg;
