use super::*;
use crate::error::ErrorKind;
use crate::token::Token;

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

#[test]
fn the_request_wins_over_its_call_and_the_call_over_the_client() {
    let second = Duration::from_secs(1);
    let token = |text| TokenMode::Explicit(Token::new(text).unwrap());
    let client = RequestOptions::new()
        .with_token(token("client"))
        .with_timeout(9 * second)
        .with_idle_timeout(8 * second)
        .with_header("a", "client")
        .with_header("b", "1")
        .with_header("b", "2");
    let call = RequestOptions::new()
        .with_timeout(5 * second)
        .with_root_operation("upload_folder")
        .with_header("a", "call");
    let request = RequestOptions::new()
        .with_token(TokenMode::Required)
        .with_operation("preupload");
    let merged = request.with_defaults(&call).with_defaults(&client);
    assert_eq!(merged.token(), &token("client"));
    assert_eq!(merged.timeout(), Some(5 * second));
    assert_eq!(merged.idle_timeout(), Some(8 * second));
    assert_eq!(merged.headers()["a"], "call");
    let all: Vec<_> = merged.headers().get_all("b").iter().collect();
    assert_eq!(all, ["1", "2"]);
    assert_eq!(merged.operation(), Some("preupload"));
    assert_eq!(merged.root_operation(), Some("upload_folder"));
    let anonymous = RequestOptions::new().with_token(TokenMode::None);
    assert_eq!(anonymous.with_defaults(&client).token(), &TokenMode::None);
}

#[test]
fn a_secret_header_never_shows_in_debug() {
    for name in [
        "Authorization",
        "cookie",
        "X-Api-Key",
        "x-my-token",
        "proxy-authorization",
        "x-innocent",
    ] {
        let options = RequestOptions::new().with_header(name, "s3cr3t");
        let request = Request::get("/x")
            .header(name, "s3cr3t")
            .with_defaults(&options);
        for shown in [
            format!("{options:?}"),
            format!("{request:?}"),
            format!("{request:#?}"),
        ] {
            assert!(!shown.contains("s3cr3t"), "{name}: {shown}");
        }
    }
}

#[test]
fn what_a_storage_sees_is_neither_token_nor_header() {
    let second = Duration::from_secs(1);
    let options = RequestOptions::new()
        .with_root_operation("upload_folder")
        .with_token(TokenMode::Required)
        .with_header("x-key", "1")
        .with_timeout(second)
        .with_header_timeout(second)
        .with_max_retries(2);
    let storage = options.for_storage();
    assert_eq!(storage.token(), &TokenMode::None);
    assert!(storage.headers().is_empty());
    assert_eq!(storage.timeout(), None);
    assert_eq!(storage.header_timeout(), Some(second));
    assert_eq!(storage.max_retries(), Some(2));
    assert_eq!(storage.root_operation(), Some("upload_folder"));
    assert_eq!(options.without_timeout().timeout(), None);
}
