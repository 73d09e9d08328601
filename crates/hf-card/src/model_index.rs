//! The `model-index` of a model's card.

use std::slice::IterMut;

use crate::error::{CardErrorKind, Error, Result};
use crate::eval_result::EvalResult;
use crate::value::{Map, Value};

/// The key of the metadata.
pub(crate) const KEY: &str = "model-index";

/// Returns the `model-index` of metadata; `None` if it is absent or empty.
pub(crate) fn of(metadata: &Map) -> Option<&Value> {
    metadata.get(KEY).filter(|index| match index {
        Value::Null | Value::Bool(false) => false,
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    })
}

pub(crate) fn required_name(name: Option<&str>) -> Result<&str> {
    name.ok_or_else(|| {
        Error::new(
            CardErrorKind::ModelIndex,
            "evaluation results need a name of the model",
        )
        .with_hint("set `model_name`")
    })
}

/// Reads a `model-index`; returns the name of the model, and its results.
///
/// Of an index with several models, the results of all are returned, and the name of the last.
///
/// # Errors
/// `ModelIndex` if something that each result has to have is missing or of the wrong type.
pub fn model_index_to_eval_results(index: &Value) -> Result<(String, Vec<EvalResult>)> {
    let mut read = None;
    let mut results = Vec::new();
    for model in list(index, KEY)? {
        let name = text(model, "name", KEY)?;
        for (at, result) in list(entry(model, "results", KEY)?, "results")?
            .iter()
            .enumerate()
        {
            read_group(result, &format!("{KEY}: results[{at}]"), &mut results)?;
        }
        read = Some(name);
    }
    match read {
        Some(name) => Ok((name, results)),
        None => Err(Error::new(
            CardErrorKind::ModelIndex,
            "the model-index is empty",
        )),
    }
}

/// Reads the results that one metric each has of the same data.
fn read_group(group: &Value, at: &str, results: &mut Vec<EvalResult>) -> Result<()> {
    let task = entry(group, "task", at)?;
    let dataset = entry(group, "dataset", at)?;
    let optional = |value: &Value, key: &str| value.get(key).and_then(Value::scalar_text);
    let arguments = |value: &Value| value.get("args").filter(|args| !args.is_null()).cloned();
    let source = group.get("source");
    for metric in list(entry(group, "metrics", at)?, at)? {
        let result = EvalResult {
            task_type: text(task, "type", &format!("{at}.task"))?,
            dataset_type: text(dataset, "type", &format!("{at}.dataset"))?,
            dataset_name: text(dataset, "name", &format!("{at}.dataset"))?,
            metric_type: text(metric, "type", &format!("{at}.metrics"))?,
            metric_value: entry(metric, "value", &format!("{at}.metrics"))?.clone(),
            task_name: optional(task, "name"),
            dataset_config: optional(dataset, "config"),
            dataset_split: optional(dataset, "split"),
            dataset_revision: optional(dataset, "revision"),
            dataset_args: arguments(dataset),
            metric_name: optional(metric, "name"),
            metric_config: optional(metric, "config"),
            metric_args: arguments(metric),
            verified: match metric.get("verified") {
                Some(Value::Bool(verified)) => Some(*verified),
                _ => None,
            },
            verify_token: optional(metric, "verifyToken"),
            source_name: source.and_then(|source| optional(source, "name")),
            source_url: source.and_then(|source| optional(source, "url")),
        };
        result.check()?;
        results.push(result);
    }
    Ok(())
}

fn list<'a>(value: &'a Value, at: &str) -> Result<&'a [Value]> {
    value
        .as_list()
        .ok_or_else(|| malformed(at, &format!("is {}, but has to be a list", value.kind())))
}

fn entry<'a>(value: &'a Value, key: &str, at: &str) -> Result<&'a Value> {
    match value {
        Value::Map(entries) => entries
            .get(key)
            .ok_or_else(|| malformed(at, &format!("has no `{key}`"))),
        other => Err(malformed(
            at,
            &format!("is {}, but has to be a mapping", other.kind()),
        )),
    }
}

fn text(value: &Value, key: &str, at: &str) -> Result<String> {
    let value = entry(value, key, at)?;
    value.scalar_text().ok_or_else(|| {
        malformed(
            at,
            &format!("has a `{key}` that is {}, but has to be text", value.kind()),
        )
    })
}

fn malformed(at: &str, what: &str) -> Error {
    Error::new(CardErrorKind::ModelIndex, format!("{at} {what}"))
        .with_hint("see https://github.com/huggingface/hub-docs/blob/main/modelcard.md")
}

/// Writes evaluation results as a `model-index`. Results of the same task and data are grouped.
///
/// # Errors
/// `ModelIndex` if a result has the name of a source, but no URL.
pub fn eval_results_to_model_index(model_name: &str, results: &[EvalResult]) -> Result<Value> {
    let mut groups: Vec<Vec<&EvalResult>> = Vec::new();
    for result in results {
        result.check()?;
        match groups
            .iter_mut()
            .find(|group| group[0].is_of_same_group(result))
        {
            Some(group) => group.push(result),
            None => groups.push(vec![result]),
        }
    }
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            group_value(
                group[0],
                group.iter().map(|result| metric_value(result)).collect(),
            )
        })
        .collect();
    Ok(Value::from([map([
        ("name", Value::from(model_name)),
        ("results", Value::List(groups)),
    ])]))
}

fn group_value(result: &EvalResult, metrics: Vec<Value>) -> Value {
    let mut group = vec![
        (
            "task",
            map([
                ("type", Value::from(result.task_type.as_str())),
                ("name", Value::from(result.task_name.clone())),
            ]),
        ),
        (
            "dataset",
            map([
                ("name", Value::from(result.dataset_name.as_str())),
                ("type", Value::from(result.dataset_type.as_str())),
                ("config", Value::from(result.dataset_config.clone())),
                ("split", Value::from(result.dataset_split.clone())),
                ("revision", Value::from(result.dataset_revision.clone())),
                ("args", Value::from(result.dataset_args.clone())),
            ]),
        ),
        ("metrics", Value::List(metrics)),
    ];
    if let Some(url) = &result.source_url {
        let source = map([
            ("url", Value::from(url.as_str())),
            ("name", Value::from(result.source_name.clone())),
        ]);
        group.push(("source", source));
    }
    map(group)
}

fn metric_value(result: &EvalResult) -> Value {
    map([
        ("type", Value::from(result.metric_type.as_str())),
        ("value", result.metric_value.clone()),
        ("name", Value::from(result.metric_name.clone())),
        ("config", Value::from(result.metric_config.clone())),
        ("args", Value::from(result.metric_args.clone())),
        ("verified", Value::from(result.verified)),
        ("verifyToken", Value::from(result.verify_token.clone())),
    ])
}

/// A map of the entries that are not null.
fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
    Value::Map(
        entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

/// Returns the `model-index` for `after`, by changing `current`, which says `before`, as little as possible.
///
/// A current index may have entries that no [`EvalResult`] has, and groups that writing it anew would join.
pub(crate) fn updated(
    current: Option<&Value>,
    name: &str,
    before: &[EvalResult],
    after: &[EvalResult],
) -> Result<Value> {
    let in_place = after.len() >= before.len()
        && before
            .iter()
            .zip(after)
            .all(|(before, after)| before.is_equal_except_value(after));
    let (Some(current), true) = (current, in_place) else {
        return eval_results_to_model_index(name, after);
    };
    let mut index = current.clone();
    let (values, added) = after.split_at(before.len());
    let mut values = before.iter().zip(values);
    for model in items_mut(&mut index) {
        for group in items_mut(get_mut(model, "results")) {
            for metric in items_mut(get_mut(group, "metrics")) {
                if let (Value::Map(metric), Some((before, after))) = (metric, values.next()) {
                    if before.metric_value != after.metric_value {
                        metric.insert("value".to_owned(), after.metric_value.clone());
                    }
                    if before.verify_token != after.verify_token {
                        match &after.verify_token {
                            Some(token) => {
                                metric.insert("verifyToken".to_owned(), Value::from(token.as_str()))
                            }
                            None => metric.shift_remove("verifyToken"),
                        };
                    }
                }
            }
        }
    }
    let Some(model) = items_mut(&mut index).last() else {
        return eval_results_to_model_index(name, after);
    };
    if let Value::Map(model) = &mut *model
        && model.get("name").and_then(Value::scalar_text).as_deref() != Some(name)
    {
        model.insert("name".to_owned(), Value::from(name));
    }
    let Some(Value::List(groups)) = get_mut(model, "results") else {
        return eval_results_to_model_index(name, after);
    };
    for result in added {
        result.check()?;
        let fitting = groups.iter_mut().find(|group| {
            let mut first = Vec::new();
            read_group(group, KEY, &mut first).is_ok()
                && first.first().is_some_and(|first| {
                    first.is_of_same_group(result) && first.says_the_same_of_group(result)
                })
        });
        match fitting.and_then(|group| get_mut(group, "metrics")) {
            Some(Value::List(metrics)) => metrics.push(metric_value(result)),
            _ => groups.push(group_value(result, vec![metric_value(result)])),
        }
    }
    Ok(index)
}

fn get_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Map(entries) => entries.get_mut(key),
        _ => None,
    }
}

fn items_mut<'a>(value: impl Into<Option<&'a mut Value>>) -> IterMut<'a, Value> {
    match value.into() {
        Some(Value::List(items)) => items.iter_mut(),
        _ => IterMut::default(),
    }
}
