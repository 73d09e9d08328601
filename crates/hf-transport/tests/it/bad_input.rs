//! What comes in malformed, from the caller or from a server: each a typed, clear error.

use hf_transport::{Client, Config, Endpoint, Error, ErrorKind, Request, RetryConfig, Token};

use crate::support::{Script, Step, answer, settled};

fn refused(error: &Error, kind: ErrorKind, case: &str) {
    assert_eq!(error.kind(), kind, "{case}: {error}");
    assert!(
        !error.to_string().is_empty() && error.attempts() == 0,
        "{case}: {error}"
    );
}

#[test]
fn settings() {
    for endpoint in [
        "",
        " ",
        "huggingface.co",
        "ftp://hub",
        "https://",
        "https:///api",
        "http://user:pw@hub",
        "https://hub?x",
        "https://hub#x",
        "https://hu b",
        "https://hub/\n/x",
        "https://hub/..",
        "https://hub:0x1",
        "https://hub:70000",
        "//hub",
        "C:\\hub",
        "\\\\server\\hub",
        "https://[::1",
        "\u{202e}https://hub",
    ] {
        refused(
            &Endpoint::parse(endpoint).unwrap_err(),
            ErrorKind::Validation,
            endpoint,
        );
        let built = settled().endpoint(endpoint).build();
        refused(&built.unwrap_err(), ErrorKind::Validation, endpoint);
    }
    for token in [
        "",
        " \n",
        "hf_a\tb",
        "hf_\u{0}",
        "hf_\u{1b}[0m",
        "hf_\u{e4}",
        "hf_a\r\nX-Evil: 1 2",
    ] {
        refused(
            &Token::new(token).unwrap_err(),
            ErrorKind::Validation,
            token,
        );
        let error = settled().token(token).build().unwrap_err();
        refused(&error, ErrorKind::Validation, token);
        assert!(!format!("{error:?}").contains("hf_"));
    }
    for proxy in [
        "ftp://proxy",
        "http://",
        "socks4://proxy:1",
        "http://a b",
        "://",
    ] {
        refused(
            &settled().proxy(proxy).build().unwrap_err(),
            ErrorKind::Validation,
            proxy,
        );
    }
    for (name, value) in [
        ("HF_HUB_ETAG_TIMEOUT", "NaN"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "1e99"),
        ("HF_ENDPOINT", "x"),
    ] {
        let config = Config::from_lookup(|asked| match asked {
            "HF_HOME" => Some("/nonexistent"),
            _ => (asked == name).then_some(value),
        });
        refused(&config.unwrap_err(), ErrorKind::Validation, name);
    }
}

#[tokio::test]
async fn requests() {
    let script = Script::new([]);
    let client = script.client().build().unwrap();
    let long = format!("/{}", "x".repeat(70_000));
    for target in [
        "",
        "api",
        "api/models",
        "../api",
        "/../etc/passwd",
        "/a/./b",
        "/a/%2e%2e/b",
        "/a/.%2E",
        "//evil.test/x",
        "/a b",
        "/a\u{0}",
        "/a\nb",
        "/\u{e4}",
        "C:\\models",
        "\\\\server\\share",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "javascript:alert(1)",
        long.as_str(),
    ] {
        let error = client.execute(Request::get(target)).await.unwrap_err();
        refused(&error, ErrorKind::Validation, target);
    }
    for (name, value) in [
        ("a b", "c"),
        ("", "c"),
        ("a\n", "c"),
        ("a", "c\r\nx: y"),
        ("a", "\u{0}"),
    ] {
        let error = client
            .execute(Request::get("/x").header(name, value))
            .await
            .unwrap_err();
        refused(&error, ErrorKind::Validation, name);
    }
    assert_eq!(script.count(), 0);
}

async fn read(step: Step) -> Error {
    let client: Client = Script::new([step])
        .client()
        .retry(RetryConfig::none())
        .build()
        .unwrap();
    let sent = client.fetch(Request::get("/api/models/x")).await;
    match sent.and_then(|response| response.json::<Vec<std::collections::BTreeMap<String, u32>>>())
    {
        Ok(value) => panic!("{value:?}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn answers() {
    let page = "<!DOCTYPE html><html><body>Sign in to WiFi</body></html>";
    for (name, step, kind, words) in [
        (
            "html",
            answer(200, &[("content-type", "text/html")], page),
            ErrorKind::Decode,
            "HTML page",
        ),
        (
            "truncated",
            answer(200, &[], r#"[{"a":1},{"a"#),
            ErrorKind::Decode,
            "ends too early",
        ),
        (
            "type",
            answer(200, &[], r#"[{"a":1},{"b":"x"}]"#),
            ErrorKind::Decode,
            "field `[1].b`",
        ),
        (
            "number",
            answer(200, &[], r#"[{"a":-1}]"#),
            ErrorKind::Decode,
            "field `[0].a`",
        ),
        (
            "shape",
            answer(200, &[], "{}"),
            ErrorKind::Decode,
            "expected form",
        ),
        ("nothing", answer(200, &[], ""), ErrorKind::Decode, "empty"),
        (
            "trailing",
            answer(200, &[], "[] []"),
            ErrorKind::Decode,
            "trailing",
        ),
        (
            "utf-8",
            answer(200, &[], &b"[{\"\xff\":1}]"[..]),
            ErrorKind::Decode,
            "expected form",
        ),
        (
            "deep",
            answer(200, &[], "[".repeat(100_000)),
            ErrorKind::Decode,
            "",
        ),
        (
            "redirect loop",
            answer(302, &[("location", "/api/models/x")], ""),
            ErrorKind::Redirect,
            "visited before",
        ),
        (
            "bad location",
            answer(302, &[("location", "http://[::1")], ""),
            ErrorKind::Redirect,
            "not followed",
        ),
        (
            "error page",
            answer(500, &[("content-type", "text/html")], page),
            ErrorKind::Http,
            "500",
        ),
        (
            "error json",
            answer(400, &[], r#"{"error":"#),
            ErrorKind::BadRequest,
            "{\"error\":",
        ),
    ] {
        let error = read(step).await;
        assert_eq!(error.kind(), kind, "{name}: {error}");
        let text = error.to_string();
        assert!(
            text.contains(words) && !text.contains("WiFi"),
            "{name}: {text}"
        );
        assert!(error.url().is_some(), "{name}");
    }
}

#[tokio::test]
async fn an_error_answer_of_ten_megabytes_is_cut() {
    let json = format!(r#"{{"error":"{}"}}"#, "x".repeat(10 << 20));
    let error = read(answer(400, &[], json)).await;
    assert_eq!(
        (error.kind(), error.body().len()),
        (ErrorKind::BadRequest, 1 << 20)
    );
    assert!(error.to_string().len() < 5_000 && format!("{error:?}").len() < 10_000);
    let large = format!(r#"{{"error":"{}"}}"#, "\u{e4}".repeat(100_000));
    let error = read(answer(400, &[], large)).await;
    assert!(error.server_messages()[0].starts_with('\u{e4}') && error.to_string().len() < 10_000);
}

#[tokio::test]
async fn a_claimed_length_sets_nothing_aside() {
    let error = read(answer(200, &[("content-length", "999999999999")], "[]")).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}
