//! Responses of the Hub, decoded and compared with the attributes that Python's client shows, and encoded again.

use crate::support::decode;
use hf_types::Timestamp;
use serde_json::Value;

#[derive(serde::Deserialize)]
struct Line {
    sample: String,
    method: String,
    body: Value,
    expected: Value,
}

#[test]
fn the_attributes_that_python_shows() {
    let mut count = 0;
    let mut lacks = Vec::new();
    for line in include_str!("data/python_attributes.jsonl").lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        match decode(&line.method, &line.body) {
            Some(Ok(ours)) => compare(&line.sample, &line.expected, &ours, &line.body, &mut lacks),
            Some(Err(err)) => lacks.push(format!("{}: {err}", line.sample)),
            None => lacks.push(format!("{}: no type for {}", line.sample, line.method)),
        }
        count += 1;
    }
    assert!(
        lacks.is_empty(),
        "{} differences:\n{}",
        lacks.len(),
        lacks.join("\n")
    );
    assert!(count > 100, "the file was not read whole: {count} lines");
}

/// Runs over a folder of recorded responses, one JSON file each with `method`, `status` and `body`, where
/// `HF_HUB_RESPONSES` names one.
#[test]
fn all_recorded_answers_decode() {
    let Some(folder) = std::env::var_os("HF_HUB_RESPONSES") else {
        return;
    };
    let mut decoded = 0;
    let mut failed = Vec::new();
    let mut without_type = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ext| ext != "json") || path.ends_with("openapi.json") {
            continue;
        }
        let sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let (Some(method), Some(200 | 201)) =
            (sample["method"].as_str(), sample["status"].as_u64())
        else {
            continue;
        };
        match decode(method, &sample["body"]) {
            Some(Ok(_)) => decoded += 1,
            Some(Err(err)) => failed.push(format!("{}: {err}", path.display())),
            None => {
                without_type.insert(method.to_owned());
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{decoded} answers decoded; without a type: {without_type:?}");
    assert!(decoded > 150, "{decoded}");
}

/// Notes each fact of `expected` that `ours` lacks: null and absent are the same, and more is fine.
fn compare(at: &str, expected: &Value, ours: &Value, body: &Value, lacks: &mut Vec<String>) {
    match (expected, ours) {
        // A card, where Python has a class of its own: as sent.
        (Value::Object(card), _) if card.contains_key("__card__") => {
            if Some(ours) != body.get("cardData") {
                lacks.push(format!("{at}: not the card that was sent: {ours}"));
            }
        }
        (Value::Object(members), Value::Object(of_ours)) => {
            for (name, member) in members {
                let of_ours = of_ours.get(name).unwrap_or(&Value::Null);
                compare(&format!("{at}.{name}"), member, of_ours, body, lacks);
            }
        }
        (Value::Array(items), Value::Array(of_ours)) if items.len() == of_ours.len() => {
            for (i, (item, of_ours)) in items.iter().zip(of_ours).enumerate() {
                let body = body.get(i).unwrap_or(body);
                compare(&format!("{at}[{i}]"), item, of_ours, body, lacks);
            }
        }
        _ if expected == ours => {}
        // Python cuts times at microseconds.
        (Value::String(time), Value::String(of_ours)) if same_time(time, of_ours) => {}
        // Where Python drops what was sent.
        (Value::Null, _) if at.starts_with("list_repo_likers.") => {}
        _ => lacks.push(format!("{at}: expected {expected}, found {ours}")),
    }
}

fn same_time(one: &str, other: &str) -> bool {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one.as_millisecond() == other.as_millisecond(),
        _ => false,
    }
}
