//! The errors that the documentation of a call names are the ones it returns, by the same name in Rust and in JSON.

use hf_api::ErrorKind;
use hf_api::by_name::{CallSpec, methods};

use crate::walk::{Recorder, arguments, files};

/// How a server says something, and the kind of error that a call makes of it.
struct Refusal {
    kind: ErrorKind,
    status: u16,
    /// `X-Error-Code`.
    code: Option<&'static str>,
}

const REFUSALS: &[Refusal] = &[
    refusal(ErrorKind::RepositoryNotFound, 404, Some("RepoNotFound")),
    refusal(ErrorKind::BucketNotFound, 404, Some("RepoNotFound")),
    refusal(ErrorKind::RevisionNotFound, 404, Some("RevisionNotFound")),
    refusal(ErrorKind::EntryNotFound, 404, Some("EntryNotFound")),
    refusal(ErrorKind::GatedRepo, 403, Some("GatedRepo")),
    refusal(ErrorKind::JobNotFound, 404, None),
    refusal(ErrorKind::Unauthorized, 401, None),
    refusal(ErrorKind::Forbidden, 403, None),
    refusal(ErrorKind::Conflict, 409, None),
    refusal(ErrorKind::PreconditionFailed, 412, None),
    refusal(ErrorKind::BadRequest, 400, None),
];

const fn refusal(kind: ErrorKind, status: u16, code: Option<&'static str>) -> Refusal {
    Refusal { kind, status, code }
}

/// Calls that do something else about a refusal, with the kind and the reason.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "download_bucket_files",
        "EntryNotFound",
        "without `raise_on_missing_files` it is left out",
    ),
    ("repo_exists", "RepositoryNotFound", "named as an exception"),
    ("repo_exists", "GatedRepo", "named as an exception"),
    (
        "revision_exists",
        "RepositoryNotFound",
        "named as an exception",
    ),
    ("revision_exists", "GatedRepo", "named as an exception"),
    (
        "revision_exists",
        "RevisionNotFound",
        "named as an exception",
    ),
];

/// The errors that the documentation of a call names and that a server can provoke.
fn documented(spec: &CallSpec) -> Vec<(ErrorKind, u16, Option<&'static str>)> {
    let Some((_, errors)) = spec.doc.split_once("# Errors") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut rest = errors;
    while let Some((_, after)) = rest.split_once('`') {
        let Some((word, after)) = after.split_once('`') else {
            break;
        };
        rest = after;
        if word == "Http" {
            let status = after
                .trim_start()
                .strip_prefix('(')
                .and_then(|text| text.get(..3)?.parse().ok());
            found.extend(status.map(|status| (ErrorKind::Http, status, None)));
        }
        let refusal = REFUSALS
            .iter()
            .find(|refusal| refusal.kind.as_str() == word);
        found.extend(refusal.map(|refusal| (refusal.kind, refusal.status, refusal.code)));
    }
    found
}

#[tokio::test]
async fn a_refusal_is_the_error_that_the_documentation_names() {
    let dir = files();
    let (mut walked, mut problems) = (0, Vec::new());
    for spec in methods() {
        for (kind, status, code) in documented(spec) {
            if ELSEWHERE
                .iter()
                .any(|(name, of, _)| *name == spec.name && *of == kind.as_str())
            {
                continue;
            }
            walked += 1;
            let server = Recorder::refusing(status, code);
            let mut given = arguments(spec, dir.path());
            // Otherwise the Hub is asked for it first, and refuses that.
            if spec.params.iter().any(|param| param.name == "namespace") {
                given["namespace"] = "user".into();
            }
            let outcome = server.api().call(spec.name, given).await;
            let found = match outcome {
                Ok(value) => format!("the result {value}"),
                Err(error) if error.kind() == kind => continue,
                Err(error) => format!("{}: {error}", error.kind()),
            };
            let name = spec.name;
            problems.push(format!(
                "{name} should fail with {kind} at {status} {code:?}, but: {found}"
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(walked > 150, "only {walked} documented errors");
}
