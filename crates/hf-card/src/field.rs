//! Types of the fields of metadata.

use crate::value::Value;

/// A text or a list of texts: cards write `language: en` as well as `language: [en, fr]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringOrList {
    /// One text.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl StringOrList {
    /// Returns the texts.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }

    /// Returns whether one of the texts is this.
    pub fn contains(&self, text: &str) -> bool {
        self.as_slice().iter().any(|one| one == text)
    }

    /// Adds a text, unless it is there already. One text becomes a list.
    pub fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.contains(&text) {
            let mut texts = self.as_slice().to_vec();
            texts.push(text);
            *self = Self::Many(texts);
        }
    }
}

impl From<&str> for StringOrList {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<String> for StringOrList {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl<T: Into<String>> From<Vec<T>> for StringOrList {
    fn from(texts: Vec<T>) -> Self {
        Self::Many(texts.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for StringOrList {
    fn from(texts: [T; N]) -> Self {
        Self::Many(texts.into_iter().map(Into::into).collect())
    }
}

/// A type of a field.
pub(crate) trait Field: Sized {
    /// Reads a value; `None` if it is of another type.
    fn read(value: &Value) -> Option<Self>;

    fn write(&self) -> Value;
}

impl Field for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Field for i64 {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    fn write(&self) -> Value {
        Value::Int(*self)
    }
}

impl Field for Value {
    fn read(value: &Value) -> Option<Self> {
        (!value.is_null()).then(|| value.clone())
    }

    fn write(&self) -> Value {
        self.clone()
    }
}

impl Field for StringOrList {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::One(text.clone())),
            Value::List(items) => {
                let texts: Option<Vec<String>> = items.iter().map(String::read).collect();
                texts.map(Self::Many)
            }
            _ => None,
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::One(text) => Value::from(text.as_str()),
            Self::Many(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}
