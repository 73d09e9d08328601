//! Fields of responses that are null, missing, of another type or of a new variant: wherever Python's client still
//! returns its items, so do we.
//!
//! `tests/conformance/field_fuzz.json` names the changes after which Python fails; `cargo xtask field-fuzz` makes it by
//! running Python. Here each field is changed in one of the other ways; with `FIELD_FUZZ=all`, in all of them; with
//! `FIELD_FUZZ=METHOD,...`, those of these methods alone in all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::{self, Case, Reply};
use crate::replay;

/// A case whose responses are changed.
#[derive(Deserialize)]
struct Changed {
    case: String,
    /// By number of the reply and path of the field, the changes after which Python fails. Of other fields it takes
    /// all changes; replies that are not mentioned are not changed.
    fails: BTreeMap<usize, BTreeMap<String, String>>,
}

/// Cases under way at a time.
const AT_A_TIME: usize = 16;

/// Where we refuse on purpose what Python takes: method, field, and why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "copy_files",
        "0.xetHash",
        "a copy into a bucket by bytes needs Xet",
    ),
    ("create_collection", "name", NO_ACCOUNT),
    ("get_full_repo_name", "name", NO_ACCOUNT),
    ("create_inference_endpoint_from_catalog", "name", NO_ACCOUNT),
    ("create_scheduled_uv_job", "name", NO_ACCOUNT),
    ("run_uv_job", "name", NO_ACCOUNT),
    ("duplicate_repo", "name", NO_ACCOUNT),
    ("create_commit", "objects", NOT_UPLOADED),
    ("create_commit", "objects.0", NOT_UPLOADED),
    ("preupload_lfs_files", "objects", NOT_UPLOADED),
    ("preupload_lfs_files", "objects.0", NOT_UPLOADED),
    ("upload_file", "objects", NOT_UPLOADED),
    ("upload_file", "objects.0", NOT_UPLOADED),
    ("create_commit", "0.lfs.oid", NO_HASH),
    ("create_commit", "0.xetHash", NO_HASH),
    ("copy_files", "0.lfs.oid", NO_HASH),
    (
        "copy_files",
        "0.path",
        "a file without a name cannot be copied",
    ),
    (
        "download_bucket_files",
        "0.xetHash",
        "a file of a bucket is found and verified by its hash",
    ),
    ("snapshot_download", "0.oid", NO_CONTENT),
    ("verify_repo_checksums", "0.oid", NO_CONTENT),
    ("snapshot_download", "0.path", NO_CONTENT),
    ("verify_repo_checksums", "0.path", NO_CONTENT),
    (
        "snapshot_download",
        "0.size",
        "a file that has another size than the list says is another file",
    ),
    ("upload_folder", "sha", NO_COMMIT),
    ("upload_file", "sha", NO_COMMIT),
    ("delete_files", "sha", NO_COMMIT),
    (
        "resolve_revision",
        "sha",
        "a revision is resolved to a commit or not at all",
    ),
];

const NO_ACCOUNT: &str = "a namespace that is no text names no account";
const NO_HASH: &str = "a copy needs a hash that names its content";
const NO_COMMIT: &str = "a commit is made on a commit, not on what is none";

/// Python's client commits a file whose bytes nobody has asked for.
const NOT_UPLOADED: &str = "a file that the store does not mention is not uploaded";
/// Python's client trusts what it gets afterwards.
const NO_CONTENT: &str = "what a list does not name, by path and id, cannot be compared with it";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_odd_field_of_a_response_fails_no_call_that_python_completes() {
    let wanted = std::env::var("FIELD_FUZZ").ok();
    let mut fixture: BTreeMap<String, Vec<Changed>> = case::field_fuzz();
    let methods = fixture.len();
    if let Some(methods) = wanted.as_deref().filter(|wanted| *wanted != "all") {
        let methods: Vec<&str> = methods.split(',').collect();
        fixture.retain(|method, _| methods.contains(&method.as_str()));
    }
    let mut cases: BTreeMap<(String, String), Arc<Case>> = BTreeMap::new();
    for case in case::load_all() {
        let key = (case.method.clone(), case.name.clone());
        cases.insert(key, Arc::new(case));
    }
    let mut runs = Vec::new();
    for (method, changed) in fixture {
        let mut seen = BTreeSet::new();
        let mut turn = 0;
        for Changed { case: name, fails } in changed {
            let case = cases.get(&(method.clone(), name.clone()));
            let case = case.unwrap_or_else(|| panic!("{method} has no case {name}"));
            let mut fields = BTreeSet::new();
            for (reply, failing) in fails {
                for (at, value) in places(&body(&case.replies[reply])) {
                    let field = dotted(&at);
                    if seen.contains(&field) {
                        continue;
                    }
                    let failing = failing.get(&field).map_or("", String::as_str);
                    let mut changes = changes(&value);
                    changes.retain(|(letter, _)| !failing.contains(*letter));
                    turn += 1;
                    if wanted.is_none() && !changes.is_empty() {
                        changes = vec![changes.swap_remove(turn % changes.len())];
                    }
                    for (letter, value) in changes {
                        runs.push((Arc::clone(case), reply, at.clone(), letter, value));
                    }
                    fields.insert(field);
                }
            }
            seen.append(&mut fields);
        }
    }
    let total = runs.len();
    let failed: Vec<String> = futures_util::stream::iter(runs)
        .map(|(case, reply, at, letter, value)| {
            tokio::spawn(async move { run(&case, reply, &at, letter, value).await })
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(|joined| std::future::ready(joined.expect("a call does not panic")))
        .collect()
        .await;
    println!("{total} changes, {} fail", failed.len());
    assert!(
        methods > 130 && total > 0,
        "the fixture is not whole: {methods} methods, {total} changes"
    );
    assert!(
        failed.is_empty(),
        "{} of {total} changes fail here and not in Python:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

async fn run(
    case: &Case,
    reply: usize,
    at: &[Value],
    letter: char,
    value: Option<Value>,
) -> Option<String> {
    let mut replies = case.replies.clone();
    let mut changed = body(&replies[reply]);
    put(&mut changed, at, value);
    replies[reply].response.json = Some(serde_json::value::to_raw_value(&changed).expect("JSON"));
    let error = replay::outcome(case, &replies).await.err()?;
    let field = dotted(at);
    let on_purpose = REFUSED
        .iter()
        .any(|(method, refused, _)| *method == case.method && *refused == field);
    (!on_purpose).then(|| format!("{} {field} {letter}: {error}", case.title()))
}

fn body(reply: &Reply) -> Value {
    let json = reply.response.json.as_ref().expect("a body of JSON");
    serde_json::from_str(json.get()).expect("a body of JSON")
}

/// Every place below the root, with its value. Of a list, the first item alone: the others are alike.
fn places(body: &Value) -> Vec<(Vec<Value>, Value)> {
    let mut found = Vec::new();
    let mut left = vec![(Vec::new(), body)];
    while let Some((at, value)) = left.pop() {
        let below = |part: Value| [at.as_slice(), &[part]].concat();
        match value {
            Value::Object(members) => {
                left.extend(members.iter().map(|(k, v)| (below(k.as_str().into()), v)));
            }
            Value::Array(items) => left.extend(items.first().map(|v| (below(0.into()), v))),
            _ => {}
        }
        if !at.is_empty() {
            found.push((at, value.clone()));
        }
    }
    found
}

/// How `field_fuzz.json` writes a place.
fn dotted(at: &[Value]) -> String {
    let parts = at.iter().map(|part| match part {
        Value::String(name) => name.clone(),
        index => index.to_string(),
    });
    parts.collect::<Vec<_>>().join(".")
}

/// What a value is changed to, with the letter of each change; the same changes as in `field_fuzz.py`.
fn changes(value: &Value) -> Vec<(char, Option<Value>)> {
    let others = [
        ('t', json!("fuzz")),
        ('e', json!("")),
        ('d', json!("10")),
        ('i', json!(7)),
        ('f', json!(10.0)),
        ('-', json!(-1)),
        ('b', json!(true)),
        ('l', json!([])),
        ('o', json!({})),
        ('r', json!([null, 7, "fuzz", {"fuzz": 1}])),
    ];
    let others = others.into_iter().filter(|(letter, other)| {
        let another_type = kind(other) != kind(value) || "ed-r".contains(*letter);
        another_type && !equal(other, value)
    });
    let mut changes = vec![('n', Some(Value::Null)), ('m', None)];
    changes.extend(others.map(|(letter, other)| (letter, Some(other))));
    if let Value::String(text) = value {
        changes.push(('v', Some(json!(format!("fuzz-{text}")))));
    }
    changes
}

/// The types that Python tells apart.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Equality as Python has it: 10 is 10.0, and true is 1.
fn equal(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        other => other.as_f64(),
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

/// Puts a value in a place, or removes what is there.
fn put(body: &mut Value, at: &[Value], value: Option<Value>) {
    let (last, above) = at.split_last().expect("a place below the root");
    let parent = above.iter().fold(body, |parent, part| match part {
        Value::String(name) => &mut parent[name.as_str()],
        _ => &mut parent[0],
    });
    match (parent, last, value) {
        (Value::Object(members), Value::String(name), Some(value)) => {
            members.insert(name.clone(), value);
        }
        (Value::Object(members), Value::String(name), None) => {
            members.remove(name);
        }
        (Value::Array(items), _, Some(value)) => items[0] = value,
        (Value::Array(items), _, None) => {
            items.remove(0);
        }
        (other, ..) => panic!("{} is in no object or list: {other}", dotted(at)),
    }
}
