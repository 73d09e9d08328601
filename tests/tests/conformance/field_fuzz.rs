//! Fields of responses that are null, missing, of another type or of a new variant: wherever Python's client still
//! returns its items, so do we.
//!
//! `tests/conformance/field_fuzz.json` names the changes after which Python returns; `cargo xtask field-fuzz` makes it
//! by running Python. Here each field is changed in one of those ways; with `FIELD_FUZZ=all`, in all of them.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::case::{self, Case, Reply};
use crate::replay;

/// Changes by case, reply and field (a JSON array of names and indexes): one letter each.
type Changes = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// Cases under way at a time.
const AT_A_TIME: usize = 16;

/// Where we refuse on purpose what Python takes: method, field, and why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "copy_files",
        r#"[0, "xetHash"]"#,
        "a copy into a bucket by bytes needs Xet",
    ),
    (
        "create_collection",
        r#"["name"]"#,
        "a namespace that is no text names no account",
    ),
    (
        "get_full_repo_name",
        r#"["name"]"#,
        "a namespace that is no text names no account",
    ),
    (
        "create_inference_endpoint_from_catalog",
        r#"["name"]"#,
        "a namespace that is no text names no account",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_odd_field_of_a_response_fails_no_call_that_python_completes() {
    let changes: BTreeMap<String, Changes> = case::field_fuzz();
    let all = std::env::var("FIELD_FUZZ").is_ok_and(|wanted| wanted == "all");
    let mut runs = Vec::new();
    for case in case::load_all() {
        let Some(replies) = changes
            .get(&case.method)
            .and_then(|of_method| of_method.get(&case.name))
        else {
            continue;
        };
        let case = std::sync::Arc::new(case);
        let mut turn = 0;
        for (reply, fields) in replies {
            for (field, letters) in fields {
                turn += 1;
                for (i, letter) in letters.chars().enumerate() {
                    if all || i == turn % letters.len() {
                        let reply: usize = reply.parse().expect("the number of a reply");
                        runs.push((std::sync::Arc::clone(&case), reply, field.clone(), letter));
                    }
                }
            }
        }
    }
    let total = runs.len();
    let failed: Vec<String> = futures_util::stream::iter(runs)
        .map(|(case, reply, field, letter)| {
            tokio::spawn(async move { run(&case, reply, &field, letter).await })
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(|joined| std::future::ready(joined.expect("a call does not panic")))
        .collect()
        .await;
    println!("{total} changes, {} fail", failed.len());
    assert!(total > 1_000, "the fixture was not read whole: {total}");
    assert!(
        failed.is_empty(),
        "{} of {total} changes fail here and not in Python:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

async fn run(case: &Case, reply: usize, field: &str, letter: char) -> Option<String> {
    let mut replies = case.replies.clone();
    change(&mut replies[reply], field, letter);
    let error = replay::outcome(case, &replies).await.err()?;
    let on_purpose = REFUSED
        .iter()
        .any(|(method, at, _)| *method == case.method && *at == field);
    if on_purpose {
        return None;
    }
    Some(format!("{} {field} {letter}: {error}", case.title()))
}

/// What a field is changed to, by the letter that `field_fuzz.py` gives the change.
fn change(reply: &mut Reply, field: &str, letter: char) {
    let path: Vec<Value> = serde_json::from_str(field).expect("the path of a field");
    let json = reply.response.json.take().expect("a body of JSON");
    let mut body: Value = serde_json::from_str(json.get()).expect("a body of JSON");
    let (last, above) = path.split_last().expect("a field below the root");
    let mut parent = &mut body;
    for part in above {
        parent = match part {
            Value::String(name) => &mut parent[name.as_str()],
            index => {
                &mut parent[usize::try_from(index.as_u64().unwrap_or_default()).expect("an index")]
            }
        };
    }
    let changed = match letter {
        'n' => Some(Value::Null),
        'm' => None,
        't' => Some(json!("fuzz")),
        'e' => Some(json!("")),
        'd' => Some(json!("10")),
        'i' => Some(json!(7)),
        'f' => Some(json!(10.0)),
        '-' => Some(json!(-1)),
        'b' => Some(json!(true)),
        'l' => Some(json!([])),
        'o' => Some(json!({})),
        'r' => Some(json!([null, 7, "fuzz", {"fuzz": 1}])),
        'v' => Some(json!(format!(
            "fuzz-{}",
            member(parent, last).as_str().unwrap_or_default()
        ))),
        other => panic!("no change is called {other:?}"),
    };
    match (changed, parent) {
        (Some(value), parent) => *member(parent, last) = value,
        (None, Value::Object(members)) => {
            members.remove(last.as_str().expect("a name"));
        }
        (None, Value::Array(items)) => {
            items.remove(0);
        }
        (None, _) => panic!("{field} is in no object or list"),
    }
    reply.response.json = Some(serde_json::value::to_raw_value(&body).expect("JSON"));
}

fn member<'v>(parent: &'v mut Value, name: &Value) -> &'v mut Value {
    match name {
        Value::String(name) => &mut parent[name.as_str()],
        _ => &mut parent[0],
    }
}
