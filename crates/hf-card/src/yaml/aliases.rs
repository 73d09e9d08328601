//! Anchors and aliases, and merge keys.

use std::collections::HashMap;

use granit_parser::Span;

use crate::error::{CardErrorKind, Error, Result};
use crate::value::{Map, Value};
use crate::yaml::span::{MAX_DEPTH, at};

/// The most values that aliases may add up to: metadata of some hundred bytes can mean billions.
const MAX_VALUES: usize = 200_000;

/// The most bytes of text that aliases may add up to.
const MAX_BYTES: usize = 16 << 20;

/// What each anchor that is complete stands for.
#[derive(Default)]
pub(super) struct Aliases {
    anchors: HashMap<usize, Value>,
    values: usize,
    bytes: usize,
}

impl Aliases {
    pub(super) fn define(&mut self, anchor: usize, value: Value) {
        self.anchors.insert(anchor, value);
    }

    /// Returns what an alias stands for.
    pub(super) fn resolve(&mut self, anchor: usize, span: &Span) -> Result<Value> {
        let Some(value) = self.anchors.get(&anchor) else {
            return Err(at(
                span,
                CardErrorKind::Unsupported,
                "an alias refers to what it is part of",
            ));
        };
        let (values, bytes) = size(value);
        self.values = self.values.saturating_add(values);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.values > MAX_VALUES || self.bytes > MAX_BYTES {
            return Err(at(
                span,
                CardErrorKind::TooLarge,
                "the aliases of the metadata repeat too much",
            ));
        }
        if value.depth(MAX_DEPTH) >= MAX_DEPTH {
            return Err(at(
                span,
                CardErrorKind::TooLarge,
                "the aliases of the metadata are nested too deeply",
            ));
        }
        Ok(value.clone())
    }
}

/// Adds the entries of a merge key (`<<`) that a map does not have itself.
pub(super) fn merge(map: &mut Map, value: Value) -> Result<()> {
    match value {
        Value::Map(entries) => {
            for (key, value) in entries {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
            items.into_iter().try_for_each(|item| merge(map, item))
        }
        other => Err(Error::new(
            CardErrorKind::Unsupported,
            format!("`<<` merges mappings, not {}", other.kind()),
        )),
    }
}

/// Returns of how many values and bytes of text a value consists.
fn size(value: &Value) -> (usize, usize) {
    let sum = |(values, bytes), (more, text): (usize, usize)| (values + more, bytes + text);
    match value {
        Value::String(text) => (1, text.len()),
        Value::List(items) => items.iter().map(size).fold((1, 0), sum),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| sum(size(value), (0, key.len())))
            .fold((1, 0), sum),
        _ => (1, 0),
    }
}
