use super::*;
use crate::error::ErrorKind;

#[test]
fn a_request_is_readable_before_it_is_sent() {
    let request = Request::get("/api/models?x=1")
        .query("search", "a b&c")
        .query_some("limit", Some(5))
        .query_some("sort", None::<&str>)
        .query_all("expand", ["sha", "tags"])
        .header("Range", "bytes=0-1");
    assert_eq!(
        request.path_and_query(),
        "/api/models?x=1&search=a+b%26c&limit=5&expand=sha&expand=tags"
    );
    let pairs: Vec<_> = request.query_pairs().collect();
    assert_eq!(pairs[0], ("search".into(), "a b&c".into()));
    assert_eq!(pairs.len(), 4);
    assert_eq!(request.headers()["range"], "bytes=0-1");
    assert!(request.is_retryable());
    assert!(!Request::post("/x").is_retryable());
    assert!(Request::post("/x").idempotent(true).is_retryable());
}

#[test]
fn malformed_parts_come_out_when_it_is_sent() {
    let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
    for (request, word) in [
        (Request::get("/x").header("a b", "c"), "header name"),
        (Request::get("/x").header("a", "c\nd"), "invalid characters"),
        (Request::get("/x").json(&unwritable), "JSON"),
        (Request::get("api/models"), "neither"),
        (Request::get("//evil.test/x"), "two slashes"),
        (Request::get("/a b"), "not allowed"),
        (Request::get("/a/../b"), "`..`"),
        (Request::get("/a/%2e%2E/b"), "`..`"),
        (Request::get("/a\u{7}"), "not allowed"),
        (Request::get("/\u{e4}"), "not allowed"),
        (Request::get("ftp://h/x"), "neither"),
        (Request::get("https://"), "not allowed"),
        (Request::get("C:\\x"), "neither"),
        (Request::get("\\\\server\\share"), "neither"),
    ] {
        let shown = format!("{request:?}");
        let error = request.into_http().map(|_| shown).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn bodies_bring_their_type() {
    let request = Request::post("/x").json(&serde_json::json!({"a": 1}));
    assert_eq!(request.body_ref().as_bytes().unwrap(), b"{\"a\":1}");
    assert_eq!(request.headers()["content-type"], "application/json");
    let request = Request::post("/x").form([("paths", "a b"), ("paths", "c")]);
    assert_eq!(request.body_ref().as_bytes().unwrap(), b"paths=a+b&paths=c");
}
