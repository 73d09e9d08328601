//! Arguments from and to named JSON values.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{CallOptions, CallSpec, Context};
use crate::{HfApi, Token, TokenMode};

/// The named JSON arguments of a call, taken one by one.
#[derive(Debug)]
pub struct Args {
    api: HfApi,
    spec: &'static CallSpec,
    map: Map<String, Value>,
}

impl Args {
    pub(crate) fn new(api: HfApi, spec: &'static CallSpec, map: Map<String, Value>) -> Self {
        Self { api, spec, map }
    }

    /// Refuses names the call does not know, and takes the options that every
    /// call has: `token`, and `timeout` where the method has it.
    pub fn context(&mut self, spec: &CallSpec) -> crate::Result<Context> {
        let known = |name: &String| spec.argument_names().any(|known| known == name);
        if let Some(unknown) = self.map.keys().find(|name| !known(name)) {
            return Err(spec.unknown_argument(unknown));
        }
        let mut context = Context::on(&self.api);
        let options: &mut CallOptions = &mut context.options;
        match self.map.remove("token") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(true)) => options.token = TokenMode::Required,
            Some(Value::Bool(false)) => options.token = TokenMode::None,
            Some(Value::String(token)) => {
                options.token = TokenMode::Explicit(Token::new(&token)?);
            }
            Some(other) => {
                return spec.wrong_type("token", "a string or a boolean", kind_of(&other));
            }
        }
        if spec.timeout
            && let Some(value) = self.map.remove("timeout")
            && !value.is_null()
        {
            let seconds = value
                .as_f64()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match seconds {
                Some(seconds) => options.timeout = Some(seconds),
                None => {
                    return spec.wrong_type("timeout", "a number of seconds", kind_of(&value));
                }
            }
        }
        Ok(context)
    }

    /// Takes an argument that must be there.
    pub fn required<T: JsonArg>(&mut self, name: &str) -> crate::Result<T> {
        match self.map.remove(name) {
            Some(value) => self.read(name, value),
            None => Err(self
                .spec
                .refuse(&format!("the argument `{name}` is missing"))),
        }
    }

    /// Takes an argument, or its default where it is left out or null.
    pub fn optional<T: JsonArg>(
        &mut self,
        name: &str,
        default: impl FnOnce() -> T,
    ) -> crate::Result<T> {
        match self.map.remove(name) {
            None | Some(Value::Null) => Ok(default()),
            Some(value) => self.read(name, value),
        }
    }

    fn read<T: JsonArg>(&self, name: &str, value: Value) -> crate::Result<T> {
        T::from_json(value).map_err(|problem| self.spec.refuse(&format!("`{name}`: {problem}")))
    }
}

/// Writes a parameter into named arguments; null is left out.
pub fn put<T: JsonArg>(map: &mut Map<String, Value>, name: &str, value: &T) {
    let value = value.to_json();
    if !value.is_null() {
        map.insert(name.to_owned(), value);
    }
}

/// A type that a parameter may have.
pub trait JsonArg: Sized {
    /// Reads it; the error says what was expected.
    fn from_json(value: Value) -> Result<Self, String>;

    /// Writes it.
    fn to_json(&self) -> Value;
}

fn expected<T>(what: &str, found: &Value) -> Result<T, String> {
    Err(format!("expected {what}, found {}", kind_of(found)))
}

fn kind_of(value: &Value) -> &'static str {
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
        let Value::Array(items) = value else {
            return expected("an array", &value);
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

/// One value or several, as many of Python's parameters take.
#[derive(Debug, Clone, PartialEq)]
pub enum OneOrMany<T> {
    /// A single value, which some calls send in another form than a list.
    One(T),
    /// A list.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }

    /// The values, owned.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(item) => vec![item],
            Self::Many(items) => items,
        }
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

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(item) => item.serialize(serializer),
            Self::Many(items) => items.serialize(serializer),
        }
    }
}

impl From<&str> for OneOrMany<String> {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<String> for OneOrMany<String> {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl<S: Into<String>> From<Vec<S>> for OneOrMany<String> {
    fn from(items: Vec<S>) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for OneOrMany<String> {
    fn from(items: [S; N]) -> Self {
        Self::Many(items.into_iter().map(Into::into).collect())
    }
}

/// A parameter type that serde reads and writes.
macro_rules! serde_arg {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::call::JsonArg for $ty {
            fn from_json(value: ::serde_json::Value) -> ::core::result::Result<Self, ::std::string::String> {
                ::serde_json::from_value(value).map_err(|error| error.to_string())
            }

            fn to_json(&self) -> ::serde_json::Value {
                ::serde_json::to_value(self).unwrap_or_default()
            }
        }
    )*};
}
pub(crate) use serde_arg;
