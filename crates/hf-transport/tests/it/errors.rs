use std::collections::BTreeMap;

use hf_transport::{ErrorKind, Request, RetryConfig};

use crate::support::{Script, answer};

/// Status, address, headers, body; then the class of the exception that `huggingface_hub` 2.4.0 raised
/// for it, its `server_message` and its `request_id`.
type Case = (
    u16,
    String,
    BTreeMap<String, String>,
    String,
    String,
    Option<String>,
    Option<String>,
);

#[tokio::test]
async fn kinds_and_messages_are_python_s() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("errors.json")).unwrap();
    assert!(cases.len() > 200);
    for (status, url, headers, body, class, message, id) in cases {
        let headers: Vec<_> = headers
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let script = Script::new([answer(status, &headers, body.clone())]);
        let client = script
            .client()
            .endpoint("https://huggingface.co")
            .retry(RetryConfig::none())
            .build()
            .unwrap();
        let error = client.execute(Request::get(&url)).await.unwrap_err();
        let case = format!("{status} {url} {headers:?} {body:?}: {error}");
        let expected = class
            .strip_suffix("Error")
            .map(|name| name.strip_prefix("Remote").unwrap_or(name))
            .map(|name| if name == "HfHubHTTP" { "Http" } else { name });
        // Python forgets kernels where it reads a bare 401 as "no such repository".
        let expected = match error.kind() {
            ErrorKind::RepositoryNotFound if status == 401 && url.contains("/api/kernels/") => {
                assert_eq!(expected, Some("Http"), "{case}");
                Some("RepositoryNotFound")
            }
            _ => expected,
        };
        assert_eq!(Some(error.kind().python_kind()), expected, "{case}");
        // Python shows `error` and `errors`; here the server's words are shown in other forms, too.
        let said = error.server_messages().join("\n");
        let more = said.strip_prefix(message.as_deref().unwrap_or_default());
        let more = more.unwrap_or_else(|| panic!("{case}"));
        assert!(more.lines().all(|line| body.contains(line)), "{case}");
        assert!(more.is_empty() || body.contains("\"message\""), "{case}");
        assert_eq!(error.request_id(), id.as_deref(), "{case}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    }
}

/// Where this client knows more than Python's one class for the rest, and what it advises.
#[tokio::test]
async fn finer_kinds_and_hints() {
    for (status, path, kind, auth, retryable, hint) in [
        (
            401,
            "/api/whoami-v2",
            ErrorKind::Unauthorized,
            true,
            false,
            "HF_TOKEN",
        ),
        (403, "/api/x", ErrorKind::Forbidden, true, false, "write"),
        (
            409,
            "/api/repos/create",
            ErrorKind::Conflict,
            false,
            false,
            "exists",
        ),
        (
            412,
            "/api/models/a/b/commit/main",
            ErrorKind::PreconditionFailed,
            false,
            false,
            "parent_commit",
        ),
        (429, "/api/x", ErrorKind::RateLimited, false, true, "later"),
        (500, "/api/x", ErrorKind::Http, false, true, "later"),
        (404, "/api/x", ErrorKind::Http, false, false, "HF_ENDPOINT"),
        (
            404,
            "/api/jobs/ns/id",
            ErrorKind::JobNotFound,
            false,
            false,
            "job id",
        ),
        (
            401,
            "/api/models/a/b",
            ErrorKind::RepositoryNotFound,
            true,
            false,
            "repo_id",
        ),
    ] {
        let script = Script::new([answer(status, &[], "")]);
        // Behind a prefix and over plain http the same rules hold.
        let client = script
            .client()
            .endpoint("http://mirror.test/p")
            .retry(RetryConfig::none());
        let error = client
            .build()
            .unwrap()
            .execute(Request::get(path))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{path}");
        assert_eq!(
            (error.is_auth(), error.is_retryable()),
            (auth, retryable),
            "{path}"
        );
        assert!(error.hint().unwrap().contains(hint), "{error}");
        assert_eq!(error.url().unwrap(), format!("http://mirror.test/p{path}"));
    }
}

#[tokio::test]
async fn a_rate_limit_is_explained() {
    let headers = [
        ("ratelimit", "\"api\";r=0;t=55"),
        ("ratelimit-policy", "\"fixed window\";\"api\";q=500;w=300"),
    ];
    let script = Script::new([answer(429, &headers, "")]);
    let client = script.client().retry(RetryConfig::none()).build().unwrap();
    let text = client
        .execute(Request::get("/api/x"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("'api'") && text.contains("55 s") && text.contains("500 requests per 300 s"),
        "{text}"
    );
}

#[tokio::test]
async fn any_status_is_an_answer_to_who_wants_it_raw() {
    let script = Script::new([answer(404, &[("x-error-code", "EntryNotFound")], "no")]);
    let client = script.client().build().unwrap();
    let response = client.send_raw(Request::get("/x")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.header("x-error-code")),
        (404, Some("EntryNotFound"))
    );
    assert_eq!(
        client.error_from(response).await.kind(),
        ErrorKind::EntryNotFound
    );
}
