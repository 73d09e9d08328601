use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hf_api::transport::{Body, BoxError, Config, ErrorKind, RetryConfig};
use hf_api::{Error, HfApi};
use serde_json::{Value, json};

/// A client whose transport responds to everything with this, and counts.
fn answering(status: u16, kind: &'static str, body: &'static str) -> (HfApi, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let home = tempfile::tempdir().unwrap().keep();
    let config =
        Config::from_lookup(|name| (name == "HF_HOME").then(|| home.display().to_string()));
    let service = tower::service_fn(move |_: http::Request<Body>| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            let response = http::Response::builder().status(status);
            let response = response.header("content-type", kind);
            Ok::<_, BoxError>(response.body(Body::from(body))?)
        }
    });
    let api = HfApi::builder()
        .client(|client| {
            client
                .config(config.unwrap())
                .token("hf_x")
                .retry(RetryConfig::none())
                .service(service)
        })
        .build()
        .unwrap();
    (api, asked)
}

const REPO_IDS: &[&str] = &[
    "",
    " ",
    "..",
    "../etc",
    "a/..",
    "a/b/c",
    "/etc/passwd",
    "a/",
    "/b",
    "a b",
    "a/b?c",
    "a/b#c",
    "a/b%2f..",
    "a\u{0}b",
    "a/b\n",
    "a\\b",
    "C:\\models",
    "\\\\server\\share",
    "a--b",
    "a/b.git",
    "-a/b",
    "\u{e4}/b",
    "\u{202e}a/b",
];

const REVISIONS: &[&str] = &[
    "..",
    "../main",
    "a/../../b",
    "/main",
    "a//b",
    "main\n",
    "a\u{0}",
    "a\u{1b}[0m",
];

/// Names that no file has. A backslash, a colon and control characters are ordinary characters of names that are read,
/// but on Windows.
const PATHS: &[&str] = &[
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "//server/share",
    "a\u{0}b",
    "./a",
    "a/./b",
    "a//b",
];

/// Calls that take a repository, with whatever else they must have.
const WITH_REPO: &[(&str, &str)] = &[
    ("model_info", "{}"),
    ("dataset_info", "{}"),
    ("space_info", "{}"),
    ("repo_info", "{}"),
    ("list_repo_tree", "{}"),
    ("list_repo_files", "{}"),
    ("list_repo_refs", "{}"),
    ("list_repo_commits", "{}"),
    ("delete_repo", "{}"),
    ("create_branch", r#"{"branch":"b"}"#),
    ("create_tag", r#"{"tag":"t"}"#),
    ("get_paths_info", r#"{"paths":["a"]}"#),
    ("hf_hub_download", r#"{"filename":"a"}"#),
    ("snapshot_download", "{}"),
    ("delete_file", r#"{"path_in_repo":"a"}"#),
    ("get_safetensors_metadata", "{}"),
];

/// Those of them that take a revision.
const WITH_REVISION: &[(&str, &str)] = &[
    ("model_info", "{}"),
    ("dataset_info", "{}"),
    ("space_info", "{}"),
    ("list_repo_tree", "{}"),
    ("list_repo_files", "{}"),
    ("list_repo_commits", "{}"),
    ("get_paths_info", r#"{"paths":["a"]}"#),
    ("hf_hub_download", r#"{"filename":"a"}"#),
    ("snapshot_download", "{}"),
    ("delete_file", r#"{"path_in_repo":"a"}"#),
];

/// Calls that take a path in a repository, its name, and whether they take any name that stays in the
/// repository: so that a file of a bad name can be deleted.
const WITH_PATH: &[(&str, &str, bool)] = &[
    ("hf_hub_download", "filename", false),
    ("file_exists", "filename", false),
    ("list_repo_tree", "path_in_repo", false),
    ("delete_file", "path_in_repo", true),
    ("delete_folder", "path_in_repo", true),
];

/// What leaves the repository, or is no name at all.
fn leaves(path: &str) -> bool {
    path.split('/').any(|part| part == "..") || path.contains('\0')
}

/// What is wrong with how a call refuses its arguments, if anything.
async fn refusal(api: &HfApi, method: &str, arguments: Value) -> Option<String> {
    let case = format!("{method} {arguments}");
    match api.call(method, arguments).await {
        Ok(value) => Some(format!("{case} answers {value}")),
        Err(error) if error.kind() != ErrorKind::Validation || error.attempts() > 0 => {
            Some(format!("{case}: {:?} {error}", error.kind()))
        }
        Err(error) if error.to_string().len() < 10 => Some(format!("{case} says {error}")),
        Err(_) => None,
    }
}

fn with(rest: &str, name: &str, value: &str) -> Value {
    let mut arguments: Value = serde_json::from_str(rest).unwrap();
    arguments[name] = json!(value);
    arguments
}

#[tokio::test]
async fn malformed_names_are_refused_before_anything_is_sent() {
    let (api, asked) = answering(200, "application/json", "{}");
    let mut wrong = Vec::new();
    for (method, rest) in WITH_REPO {
        for id in REPO_IDS {
            wrong.extend(refusal(&api, method, with(rest, "repo_id", id)).await);
        }
    }
    for (method, rest) in WITH_REVISION {
        for revision in REVISIONS {
            let mut arguments = with(rest, "revision", revision);
            arguments["repo_id"] = json!("user/model");
            wrong.extend(refusal(&api, method, arguments).await);
        }
    }
    for (method, name, any_name) in WITH_PATH {
        for path in PATHS.iter().filter(|path| !any_name || leaves(path)) {
            let arguments = json!({"repo_id": "user/model", *name: path});
            wrong.extend(refusal(&api, method, arguments).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(asked.load(Ordering::SeqCst), 0, "something was sent");
}

#[tokio::test]
async fn tokens_and_wrong_arguments_are_refused() {
    let (api, asked) = answering(200, "application/json", "{}");
    for token in ["", " ", "hf_a\nX: y", "hf_\u{0}", "hf_\u{e4}"] {
        let error = HfApi::builder().token(token).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{token:?}");
        assert!(!format!("{error} {error:?}").contains("hf_"));
    }
    for arguments in [
        json!({}),
        json!({"repo_id": 5}),
        json!({"repo_id": ["a/b"]}),
        json!({"repo_id": "a/b", "no_such": 1}),
        json!({"repo_id": "a/b", "timeout": "soon"}),
        json!([]),
        json!("a/b"),
    ] {
        assert_eq!(refusal(&api, "model_info", arguments).await, None);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

async fn asked(status: u16, kind: &'static str, body: &'static str, list: bool) -> Error {
    let (api, _) = answering(status, kind, body);
    if list {
        api.list_models().await.map(|_| ()).unwrap_err()
    } else {
        api.model_info("user/model").await.map(|_| ()).unwrap_err()
    }
}

#[tokio::test]
async fn answers_that_are_not_the_hub_s_are_typed_errors() {
    const JSON: &str = "application/json";
    let page = "<!doctype html><title>Sign in</title>";
    for (name, status, kind, body, list, expected, words) in [
        (
            "html",
            200,
            "text/html",
            page,
            false,
            ErrorKind::Decode,
            "HTML",
        ),
        (
            "html list",
            200,
            "text/html",
            page,
            true,
            ErrorKind::Decode,
            "HTML",
        ),
        (
            "html error",
            502,
            "text/html",
            page,
            false,
            ErrorKind::Http,
            "502",
        ),
        (
            "truncated",
            200,
            JSON,
            r#"{"id":"user/mo"#,
            false,
            ErrorKind::Decode,
            "early",
        ),
        (
            "truncated list",
            200,
            JSON,
            r#"[{"id":"a/b"},{"#,
            true,
            ErrorKind::Decode,
            "early",
        ),
        ("empty", 200, JSON, "", false, ErrorKind::Decode, "empty"),
        ("shape", 200, JSON, "[]", false, ErrorKind::Decode, ""),
        ("list shape", 200, JSON, "{}", true, ErrorKind::Decode, ""),
        (
            "type",
            200,
            JSON,
            r#"{"likes":5}"#,
            false,
            ErrorKind::Decode,
            "id",
        ),
        (
            "list type",
            200,
            JSON,
            r#"[{"id":"a/b"},{"likes":1}]"#,
            true,
            ErrorKind::Decode,
            "[1]",
        ),
    ] {
        let error = asked(status, kind, body, list).await;
        assert_eq!(error.kind(), expected, "{name}: {error}");
        let text = error.to_string();
        assert!(
            text.contains(words) && !text.contains('<'),
            "{name}: {text}"
        );
        assert!(error.url().is_some(), "{name}");
    }
}
