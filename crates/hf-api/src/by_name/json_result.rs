//! The results of calls as JSON.

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;

use crate::{CallFuture, Error, ItemStream, Result};

/// The result of a call as JSON.
pub(crate) fn to_json<T: Serialize + Send + 'static>(future: CallFuture<T>) -> CallFuture<Value> {
    Box::pin(async move { json_value(&future.await?) })
}

/// The items of a call as JSON.
pub(crate) fn stream_to_json<T: Serialize + Send + 'static>(
    stream: ItemStream<T>,
) -> ItemStream<Value> {
    stream.map(|item| json_value(&item?)).boxed()
}

fn json_value<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::decode(format!("the result cannot be written as JSON: {error}")))
}
