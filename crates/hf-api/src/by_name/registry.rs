//! Every call by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::spec::nearest;
use super::{Args, CallSpec};
use crate::call::failed;
use crate::{CallFuture, Error, HfApi, ItemStream, Result};

/// One row of the registry; the derive adds it.
pub(crate) struct Entry {
    pub(crate) spec: &'static CallSpec,
    /// Makes the call; the result is JSON.
    pub(crate) run: fn(Args) -> CallFuture<Value>,
    /// Makes the call and streams its items, for lists.
    pub(crate) stream: Option<StreamByName>,
    /// The size of the future of an operation before it is boxed.
    #[cfg(test)]
    pub(crate) future_size: fn() -> usize,
}

/// Makes a call by name and streams its items as JSON.
type StreamByName = fn(Args) -> Result<ItemStream<Value>>;

inventory::collect!(Entry);

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Entry>> = LazyLock::new(|| {
    inventory::iter::<Entry>
        .into_iter()
        .map(|entry| (entry.spec.name, entry))
        .collect()
});

/// Lists every method that can be called by name, in alphabetical order.
pub fn methods() -> impl Iterator<Item = &'static CallSpec> {
    BY_NAME.values().map(|entry| entry.spec)
}

/// Describes the method of this name.
///
/// # Errors
/// `Validation` for a name that no call has; the hint has the nearest one.
pub fn find(method: &str) -> Result<&'static CallSpec> {
    entry(method).map(|entry| entry.spec)
}

fn entry(method: &str) -> Result<&'static Entry> {
    if let Some(entry) = BY_NAME.get(method) {
        return Ok(entry);
    }
    let error = Error::validation(format!("there is no method `{method}`"));
    Err(match nearest(method, BY_NAME.keys().copied()) {
        Some(near) => error.with_hint(format!("Did you mean `{near}`?")),
        None => error.with_hint("`hf call --list` names all methods."),
    })
}

/// # Calls by name
impl HfApi {
    /// Makes any call by its name, with JSON arguments under Python's names;
    /// the result is JSON with the attributes Python's objects have.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let info = api
    ///     .call("model_info", serde_json::json!({"repo_id": "gpt2"}))
    ///     .await?;
    /// println!("{}", info["sha"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `Validation` for an unknown method or argument or a wrong type, and
    /// whatever the call itself may meet.
    pub fn call(&self, method: &str, arguments: Value) -> CallFuture<Value> {
        match self.args(method, arguments) {
            Ok((entry, args)) => (entry.run)(args),
            Err(error) => failed(error),
        }
    }

    /// Like [`call`](Self::call), for methods that return lists: the items
    /// as they come.
    pub fn call_stream(&self, method: &str, arguments: Value) -> Result<ItemStream<Value>> {
        let (entry, args) = self.args(method, arguments)?;
        match entry.stream {
            Some(stream) => stream(args),
            None => Err(entry.spec.refuse("its result is not a list")),
        }
    }

    fn args(&self, method: &str, arguments: Value) -> Result<(&'static Entry, Args)> {
        let entry = entry(method)?;
        let map = match arguments {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            _ => return Err(entry.spec.refuse("arguments are one JSON object")),
        };
        Ok((entry, Args::new(self.clone(), entry.spec, map)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls are made of calls: a future that grows grows all of them. Each is
    /// boxed once, so its size is what one allocation costs.
    #[test]
    fn the_futures_of_operations_stay_small() {
        const LARGEST: usize = 16 << 10;
        let sizes: Vec<(usize, &str)> = BY_NAME
            .values()
            .map(|entry| ((entry.future_size)(), entry.spec.name))
            .collect();
        let measured = sizes.iter().filter(|(size, _)| *size > 0).count();
        assert!(measured > 60, "only {measured} operations were measured");
        for (size, name) in sizes {
            assert!(size <= LARGEST, "the future of `{name}` has {size} bytes");
        }
    }
}
