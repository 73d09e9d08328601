//! Which headers go where.

use hf_transport::{Request, RequestOptions, Token, TokenMode};
use http::{HeaderMap, HeaderValue};

use crate::support::{Script, answer, status};

fn defaults() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_static("session=s3cr3t"));
    headers.insert("x-team", HeaderValue::from_static("search"));
    headers.append("x-role", HeaderValue::from_static("a"));
    headers.append("x-role", HeaderValue::from_static("b"));
    headers
}

/// A company's mirror wants a cookie; the storage behind it must not get it.
#[tokio::test]
async fn default_headers_go_to_the_hub_and_to_nobody_else() {
    let script = Script::new([
        status(200),
        answer(302, &[("location", "https://cdn.test/f?sig=1")], ""),
        status(200),
        status(200),
        status(200),
    ]);
    let client = script.client().default_headers(defaults()).build().unwrap();
    for target in [
        "/api/x",
        "/x/resolve/main/f",
        "https://s3.test/f?sig=1",
        "https://huggingface.co/api/x",
    ] {
        client.execute(Request::get(target)).await.unwrap();
    }
    let seen = script.seen();
    let has: Vec<_> = seen
        .iter()
        .map(|seen| {
            let roles: Vec<_> = seen.headers.get_all("x-role").iter().collect();
            let both = seen.header("cookie").is_some() && seen.header("x-team").is_some();
            assert!(!both || roles == ["a", "b"], "{roles:?}");
            assert_eq!(roles.is_empty(), !both);
            // The user agent and the request id go everywhere.
            assert!(
                seen.header("user-agent").is_some() && seen.header("x-amzn-trace-id").is_some()
            );
            (seen.url.as_str(), both)
        })
        .collect();
    assert_eq!(
        has,
        [
            ("https://hub.test/api/x", true),
            ("https://hub.test/x/resolve/main/f", true),
            ("https://cdn.test/f?sig=1", false),
            ("https://s3.test/f?sig=1", false),
            ("https://hub.test/api/x", true),
        ]
    );
}

#[tokio::test]
async fn the_headers_of_a_call_go_to_the_hub_and_those_of_a_request_with_the_request() {
    let script = Script::new([]);
    let client = script.client().default_headers(defaults()).build().unwrap();
    let call = RequestOptions::new()
        .with_header("x-team", "mine")
        .with_header("x-hf-bill-to", "org");
    for target in ["/api/x", "https://s3.test/f"] {
        let request = Request::put(target)
            .header("x-amz-meta", "1")
            .header("authorization", "Basic action")
            .with_defaults(&call);
        client.execute(request).await.unwrap();
    }
    let seen = script.seen();
    let value = |at: usize, name: &str| seen[at].header(name);
    assert_eq!(value(0, "x-team"), Some("mine"));
    assert_eq!(value(0, "x-hf-bill-to"), Some("org"));
    assert_eq!(value(0, "x-role"), Some("a"));
    for name in ["x-team", "x-hf-bill-to", "x-role", "cookie"] {
        assert_eq!(value(1, name), None, "{name}");
    }
    for at in 0..2 {
        assert_eq!(value(at, "x-amz-meta"), Some("1"));
        assert_eq!(value(at, "authorization"), Some("Basic action"));
    }
}

#[tokio::test]
async fn a_client_s_defaults_are_those_of_each_request() {
    let script = Script::new([]);
    let client = script.client().build().unwrap().with_defaults(
        RequestOptions::new()
            .with_token(TokenMode::Explicit(Token::new("hf_call").unwrap()))
            .with_header("x-team", "search")
            .with_root_operation("upload_folder"),
    );
    client
        .fetch(Request::get("/a").operation("preupload"))
        .await
        .unwrap();
    let required = Request::get("/b").token(TokenMode::Required);
    client.fetch(required).await.unwrap();
    let none = Request::get("/c").token(TokenMode::None);
    client.fetch(none).await.unwrap();
    let seen = script.seen();
    let tokens: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("authorization"))
        .collect();
    assert_eq!(
        tokens,
        [Some("Bearer hf_call"), Some("Bearer hf_call"), None]
    );
    assert!(
        seen.iter()
            .all(|seen| seen.header("x-team") == Some("search"))
    );
    // The user's call is known to every layer, whatever the request is part of.
    assert_eq!(
        seen[0].operations,
        (Some("preupload"), Some("upload_folder"))
    );
    let malformed = RequestOptions::new().with_header("x", "a\nb");
    let error = client
        .fetch(Request::get("/d").with_defaults(&malformed))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("header `x`"), "{error}");
}
