//! What a response has beside the fields of a dataclass.

use std::borrow::Cow;
use std::fmt;
use std::ops::Index;

use serde_core::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The members of a response that a dataclass has no field for, and the raw values that did not fit a field, by name.
///
/// A field whose value was of another type is `None` (or its default), and the value stands here under the field's name.
/// Where only some items of a list or map did not fit, they stand here under `name[]`.
///
/// Entries are kept in a small sorted list: it takes half the memory of a map for the one or two that most responses
/// have.
///
/// ```
/// use hf_types::ModelInfo;
/// let info: ModelInfo = serde_json::from_str(r#"{"id": "gpt2", "modelId": "gpt2", "new": {"a": [1]}}"#)?;
/// assert_eq!(info.extra.get("modelId").and_then(|id| id.as_str()), Some("gpt2"));
/// assert_eq!(info.extra["new"]["a"][0], 1);
/// assert!(info.extra["absent"].is_null());
/// assert_eq!(info.extra.names().collect::<Vec<_>>(), ["modelId", "new"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Extra {
    /// Sorted by name, each name once.
    entries: Vec<(Name, Value)>,
}

/// The name of an entry; the most frequent ones are not copied for each of the items of a list.
pub(crate) type Name = Cow<'static, str>;

/// The name, kept.
pub(crate) fn name(text: &str) -> Name {
    match text {
        "_id" => Name::Borrowed("_id"),
        "modelId" => Name::Borrowed("modelId"),
        "key" => Name::Borrowed("key"),
        "type" => Name::Borrowed("type"),
        _ => Name::Owned(text.into()),
    }
}

impl Extra {
    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).ok().map(|at| &self.entries[at].1)
    }

    /// Returns the value of that name for changing it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.find(name).ok().map(|at| &mut self.entries[at].1)
    }

    /// Sets the value of a name, and returns the one before.
    pub fn insert(&mut self, name: &str, value: Value) -> Option<Value> {
        match self.find(name) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            Err(at) => {
                self.entries.insert(at, (self::name(name), value));
                None
            }
        }
    }

    /// Removes a name, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.find(name).ok().map(|at| self.entries.remove(at).1)
    }

    /// Returns names and values, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(name, _)| &**name)
    }

    /// How many of these names have an entry.
    pub(crate) fn count_of(&self, names: &[&str]) -> usize {
        if self.is_empty() {
            return 0;
        }
        names.iter().filter(|name| self.get(name).is_some()).count()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|(other, _)| (**other).cmp(name))
    }
}

/// Entries in the order that they were read; of the same name, the last counts.
impl From<Vec<(Name, Value)>> for Extra {
    fn from(mut entries: Vec<(Name, Value)>) -> Self {
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1.take();
            }
            same
        });
        Self { entries }
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(map: Map<String, Value>) -> Self {
        let entries: Vec<_> = map
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        entries.into()
    }
}

impl From<Extra> for Map<String, Value> {
    fn from(extra: Extra) -> Self {
        extra
            .entries
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect()
    }
}

impl Index<&str> for Extra {
    type Output = Value;

    /// Returns the value of this name; null if there is none.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
