//! What holds for each of the calls, walked by name: options reach every
//! request, parameters survive as JSON, documentation and error kinds agree.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_api::by_name::{CallSpec, methods};
use hf_api::transport::layers::map_request;
use hf_api::{ErrorKind, RequestOptions};
use serde_json::{Map, Value, json};

use crate::walk::{Recorder, arguments, files};

/// `run_as_future` is the 167th method of Python's `HfApi`: every call is a
/// future already.
const CALLS: usize = 166;

/// Calls that make no request with the arguments below.
const WITHOUT_REQUEST: &[&str] = &[
    // It refuses what needs Xet storage.
    "sync_job_volume",
    // The name has a namespace, and the revision is a commit.
    "get_full_repo_name",
];

#[tokio::test]
async fn header_and_token_of_a_call_reach_each_of_its_requests() {
    let (server, dir) = (Recorder::start(true), files());
    let options = RequestOptions::new().with_header("x-walk", "yes");
    let api = server.api().with_options(options);
    let (mut silent, mut problems) = (BTreeSet::new(), Vec::new());
    for spec in methods() {
        let call = api.call(spec.name, arguments(spec, dir.path()));
        let Ok(outcome) = tokio::time::timeout(Duration::from_secs(60), call).await else {
            problems.push(format!("{} does not end", spec.name));
            continue;
        };
        let arrived = server.take();
        if arrived.is_empty() {
            if !WITHOUT_REQUEST.contains(&spec.name) {
                let error = outcome.err().map(|error| error.to_string());
                problems.push(format!("{} makes no request: {error:?}", spec.name));
            }
            silent.insert(spec.name);
        }
        for request in arrived {
            let (name, line) = (spec.name, request.line.trim_end());
            if request.header("x-walk") != Some("yes") {
                problems.push(format!("{name}: no header in {line}"));
            }
            // These are public, so that no token is sent.
            let public = ["-tags-by-type", "/-/datasets-server", "/papers/"]
                .iter()
                .any(|path| line.contains(path));
            if request.header("authorization").is_none() && !public {
                problems.push(format!("{name}: no token in {line}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(silent, WITHOUT_REQUEST.iter().copied().collect());
}

#[tokio::test]
async fn each_request_of_a_call_names_the_call_that_the_user_made() {
    let (server, dir) = (Recorder::start(true), files());
    let names = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&names);
    let watch = map_request(move |request| {
        let options = request.extensions.get::<RequestOptions>();
        let name = options.and_then(RequestOptions::root_operation);
        seen.lock().unwrap().push(name.unwrap_or("nothing"));
        Ok(())
    });
    let api = server.builder().client(|client| client.layer(watch));
    let api = api.build().unwrap();
    let mut problems = Vec::new();
    for spec in methods() {
        let _ = api.call(spec.name, arguments(spec, dir.path())).await;
        let names = std::mem::take(&mut *names.lock().unwrap());
        if let Some(other) = names.iter().find(|name| **name != spec.name) {
            problems.push(format!("{} is called {other}", spec.name));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn the_timeout_of_a_call_limits_each_of_its_requests() {
    let (server, dir) = (Recorder::start(false), files());
    let options = RequestOptions::new().with_timeout(Duration::from_millis(50));
    let api = server.api().with_options(options);
    // All at once: each waits for its own limit.
    let calls = methods().filter(|spec| !WITHOUT_REQUEST.contains(&spec.name));
    let calls = calls.map(|spec| {
        let call = api.call(spec.name, arguments(spec, dir.path()));
        async move {
            let outcome = tokio::time::timeout(Duration::from_secs(120), call).await;
            (spec.name, outcome)
        }
    });
    let mut problems = Vec::new();
    for (name, outcome) in futures_util::future::join_all(calls).await {
        match outcome {
            Err(_) => problems.push(format!("the limit has no effect on {name}")),
            // What existence checks return is a result of their own.
            Ok(Ok(_)) => {}
            Ok(Err(error)) if is_timeout(&error) => {}
            Ok(Err(error)) => problems.push(format!("{name}: {error}")),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Whether it is a timeout, or one is among its causes.
fn is_timeout(error: &hf_api::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<hf_api::Error>()
            .is_some_and(|error| error.kind() == ErrorKind::Timeout)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Words that have a better one in this field: response, URL, again, only, ...
const BANNED: &[&str] = &[
    "address", "alone", "anew", "answer", "answered", "answers", "asked", "asks", "look", "looks",
    "one's", "tell", "tells", "told", "wanted",
];

fn banned_word(text: &str) -> Option<&'static str> {
    let words: BTreeSet<String> = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .map(str::to_lowercase)
        .collect();
    BANNED.iter().copied().find(|word| words.contains(*word))
}

/// What is missing in the documentation of a call.
fn faults(spec: &CallSpec) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, fault: String| {
        if !holds {
            faults.push(format!("{}: {fault}", spec.name));
        }
    };
    let summary = spec.doc.split("\n\n").next().unwrap_or_default();
    let verb = summary.split(' ').next().unwrap_or_default();
    check(
        verb.ends_with('s') && verb.starts_with(char::is_uppercase),
        format!("the summary does not begin with a verb: {summary}"),
    );
    let sentence = summary.ends_with('.') && !summary.contains(". ");
    check(
        sentence,
        format!("the summary is not one sentence: {summary}"),
    );
    let requests = [
        "GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD` of",
    ];
    // A long URL is on a line of its own.
    let flat = spec.doc.replace('\n', " ");
    let names_request = requests
        .iter()
        .any(|request| flat.contains(&format!("`{request}")))
        || flat.contains("The request of [`")
        || flat.contains("ranged `GET`");
    check(names_request, "no HTTP request".to_owned());
    let example = spec.doc.split("```").nth(1).unwrap_or_default();
    let is_made = example
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| word == spec.name);
    check(is_made, "no example that makes the call".to_owned());
    check(spec.doc.contains("\n# Errors\n"), "no errors".to_owned());
    if let Some(word) = banned_word(spec.doc) {
        check(false, format!("`{word}` in the documentation"));
    }
    for param in spec.params {
        let (name, doc) = (param.name, param.doc);
        check(
            doc.starts_with("The ") || doc.starts_with("Whether "),
            format!("`{name}` is not described by a noun phrase: {doc}"),
        );
        check(
            doc.trim_end_matches(['`', ')']).ends_with('.'),
            format!("the description of `{name}` has no end: {doc}"),
        );
        if let Some(word) = banned_word(doc) {
            check(false, format!("`{word}` in the description of `{name}`"));
        }
    }
    faults
}

#[test]
fn every_call_has_a_summary_its_request_an_example_its_errors_and_described_parameters() {
    let faults: Vec<String> = methods().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(
        methods().count(),
        CALLS,
        "the number of methods of Python's `HfApi`"
    );
}

/// Words in the section on errors that look like a kind are one.
#[test]
fn the_kinds_of_errors_in_the_documentation_are_kinds() {
    let kinds: BTreeSet<&str> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    for spec in methods() {
        let Some((_, errors)) = spec.doc.split_once("# Errors") else {
            continue;
        };
        let quoted = errors.split('`').skip(1).step_by(2);
        for word in quoted.filter(|word| {
            word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric)
        }) {
            assert!(kinds.contains(word), "{}: {word}", spec.name);
        }
    }
}

#[tokio::test]
async fn a_string_is_a_list_of_one_wherever_a_list_of_names_is_expected() {
    let (server, dir) = (Recorder::start(true), files());
    let api = server.api();
    let (mut walked, mut problems) = (0, Vec::new());
    for spec in methods() {
        for param in spec.params.iter().filter(|param| param.kind == "[string]") {
            walked += 1;
            let mut given = arguments(spec, dir.path());
            given[param.name] = json!("name");
            let outcome = api.call(spec.name, given).await;
            if let Err(error) = outcome {
                let text = error.to_string();
                if text.contains("expected") {
                    problems.push(format!("{}: {text}", spec.name));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(walked > 10, "only {walked} parameters are lists of names");
}

#[test]
fn debug_of_a_call_shows_no_secret() {
    let server = Recorder::start(true);
    let api = server.api();
    let secret = "s3cr3t";
    let nothing = std::vec::Vec::<hf_api::types::WebhookWatchedItem>::new;
    let with = |map: &[(&str, &str)]| -> Map<String, Value> {
        map.iter()
            .map(|(k, v)| ((*k).to_owned(), json!(v)))
            .collect()
    };
    for shown in [
        format!("{:?}", api.add_space_secret("user/space", "KEY", secret)),
        format!(
            "{:?}",
            api.run_job("image", ["run"])
                .secrets(with(&[("KEY", secret)]))
        ),
        format!(
            "{:?}",
            api.run_uv_job("s.py").secrets(with(&[("KEY", secret)]))
        ),
        format!("{:?}", api.create_webhook(nothing()).secret(secret)),
        format!(
            "{:?}",
            api.create_webhook(nothing()).secrets([("KEY", secret)])
        ),
        format!(
            "{:?}",
            api.create_repo("user/space")
                .space_secrets([("KEY", secret)])
        ),
        format!("{:?}", api.model_info("gpt2").header("x-api-key", secret)),
        format!("{:?}", api.model_info("gpt2").token("hf_s3cr3t")),
        format!("{:?}", RequestOptions::new().with_header("cookie", secret)),
        format!("{api:?}"),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
