//! Results: every fact in Python's must be in ours.

use hf_api::types::Timestamp;
use serde_json::Value;

/// Stands for any time in a case.
const ANY_TIME: &str = "{now}";

/// The facts of `python` that `ours` does not have. Null and missing are the
/// same, names may be Python's or the Hub's, times may have any form.
pub(crate) fn differences(python: &Value, ours: &Value, any_order: bool) -> Vec<String> {
    let mut found = Vec::new();
    compare(
        python,
        ours,
        any_order,
        &mut "result".to_owned(),
        &mut found,
    );
    found
}

fn compare(
    python: &Value,
    ours: &Value,
    any_order: bool,
    at: &mut String,
    found: &mut Vec<String>,
) {
    match (python, ours) {
        (Value::Null, _) => {}
        (Value::Object(facts), Value::Object(own)) => {
            for (name, fact) in facts {
                if fact.is_null() {
                    continue;
                }
                let length = at.len();
                at.push('.');
                at.push_str(name);
                match named(own, name) {
                    Some(value) => compare(fact, value, any_order, at, found),
                    None => found.push(format!("{at}: Python {}, ours has none", short(fact))),
                }
                at.truncate(length);
            }
        }
        (Value::Array(facts), Value::Array(own)) if facts.len() == own.len() => {
            if any_order && all_found(facts, own) {
                return;
            }
            for (number, (fact, value)) in facts.iter().zip(own).enumerate() {
                let length = at.len();
                at.push('[');
                at.push_str(&number.to_string());
                at.push(']');
                compare(fact, value, any_order, at, found);
                at.truncate(length);
            }
        }
        (Value::String(fact), Value::String(value)) if same_text(fact, value) => {}
        (Value::String(fact), Value::Number(_)) if fact == ANY_TIME => {}
        (Value::Number(fact), Value::Number(value)) if same_number(fact, value) => {}
        (fact, value) if fact == value => {}
        (fact, value) => found.push(format!(
            "{at}: Python {}, ours {}",
            short(fact),
            short(value)
        )),
    }
}

/// Each fact has a value of its own, in any order.
fn all_found(facts: &[Value], own: &[Value]) -> bool {
    let mut left: Vec<&Value> = own.iter().collect();
    facts.iter().all(|fact| {
        let at = left
            .iter()
            .position(|value| differences(fact, value, true).is_empty());
        at.map(|at| left.remove(at)).is_some()
    })
}

/// The member of that name, or of the same name in the other convention.
fn named<'a>(own: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    own.get(name)
        .or_else(|| own.get(&snake_case(name)))
        .or_else(|| own.get(&camel_case(name)))
        .filter(|value| !value.is_null())
}

fn snake_case(name: &str) -> String {
    let mut made = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            made.push('_');
            made.push(c.to_ascii_lowercase());
        } else {
            made.push(if c == '-' { '_' } else { c });
        }
    }
    made
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut rest = part.chars();
        made.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        made.push_str(rest.as_str());
    }
    made
}

pub(crate) fn same_text(fact: &str, value: &str) -> bool {
    if fact == value || fact == ANY_TIME {
        return true;
    }
    if let Some((before, after)) = fact.split_once(ANY_TIME) {
        let rest = value.strip_prefix(before);
        return rest.is_some_and(|rest| {
            let tail = after.split(ANY_TIME).next().unwrap_or_default();
            rest.find(tail)
                .is_some_and(|at| same_text(after, &rest[at..]))
        });
    }
    let time = |text: &str| text.parse::<Timestamp>().ok();
    match (time(fact), time(value)) {
        (Some(fact), Some(value)) => fact.as_millisecond() == value.as_millisecond(),
        _ => false,
    }
}

fn same_number(fact: &serde_json::Number, value: &serde_json::Number) -> bool {
    if let (Some(fact), Some(value)) = (fact.as_i64(), value.as_i64()) {
        return fact == value;
    }
    if let (Some(fact), Some(value)) = (fact.as_u64(), value.as_u64()) {
        return fact == value;
    }
    fact.as_f64() == value.as_f64()
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 200 {
        text
    } else {
        text.chars().take(200).chain("...".chars()).collect()
    }
}
