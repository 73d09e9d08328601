use hf_transport::{Error, ErrorKind, RedirectMode, Request, TokenMode};

use crate::support::{Make, Script, Step, answer};

fn to(status: u16, location: &str) -> Step {
    answer(status, &[("location", location)], "")
}

async fn run(
    endpoint: &str,
    request: Request,
    steps: Vec<Step>,
) -> (Vec<String>, Result<u16, Error>) {
    let script = Script::new(steps);
    let client = script.client().endpoint(endpoint).build().unwrap();
    let sent = client.send_raw(request).await;
    let lines = script
        .seen()
        .iter()
        .map(|seen| {
            let token = if seen.header("authorization").is_some() {
                " token"
            } else {
                ""
            };
            format!(
                "{} {} {}{token}",
                seen.method,
                seen.url,
                String::from_utf8_lossy(&seen.body)
            )
        })
        .collect();
    (lines, sent.map(|response| response.status().as_u16()))
}

#[tokio::test]
async fn where_redirects_lead_and_what_they_carry() {
    let get: Make = || Request::get("/a");
    let post: Make = || Request::post("/a").body("x");
    let head: Make = || Request::head("/a");
    let hub = "https://hub.test";
    let prefixed = "https://hub.test/p";
    let cases: &[(&str, Make, u16, &str, &str)] = &[
        (hub, get, 301, "/b", "GET https://hub.test/b  token"),
        (hub, get, 302, "b?c", "GET https://hub.test/b?c  token"),
        (
            hub,
            get,
            307,
            "https://hub.test:443/b",
            "GET https://hub.test:443/b  token",
        ),
        (
            hub,
            get,
            308,
            "//hub.test/b",
            "GET https://hub.test/b  token",
        ),
        (
            hub,
            get,
            302,
            "https://huggingface.co/b",
            "GET https://hub.test/b  token",
        ),
        (
            hub,
            get,
            302,
            "https://hf.co/b",
            "GET https://hub.test/b  token",
        ),
        (
            prefixed,
            get,
            307,
            "https://huggingface.co/b",
            "GET https://hub.test/p/b  token",
        ),
        (
            prefixed,
            get,
            307,
            "/api/resolve-cache/b",
            "GET https://hub.test/p/api/resolve-cache/b  token",
        ),
        (
            hub,
            get,
            302,
            "https://cdn.test/b?sig=1",
            "GET https://cdn.test/b?sig=1 ",
        ),
        (hub, get, 302, "http://hub.test/b", "GET http://hub.test/b "),
        (
            hub,
            get,
            302,
            "https://hub.test:8443/b",
            "GET https://hub.test:8443/b ",
        ),
        (
            hub,
            get,
            302,
            "https://hub.test.evil/b",
            "GET https://hub.test.evil/b ",
        ),
        (hub, head, 307, "/b", "HEAD https://hub.test/b  token"),
        (hub, head, 303, "/b", "HEAD https://hub.test/b  token"),
        (hub, post, 307, "/b", "POST https://hub.test/b x token"),
        (hub, post, 308, "/b", "POST https://hub.test/b x token"),
    ];
    for (endpoint, request, status, location, expected) in cases {
        let (lines, end) = run(endpoint, request(), vec![to(*status, location)]).await;
        assert_eq!(end.unwrap(), 200);
        assert_eq!(lines[1..], [(*expected).to_owned()], "{status} {location}");
    }
}

#[tokio::test]
async fn a_token_that_stayed_behind_does_not_come_back() {
    let steps = vec![to(302, "https://cdn.test/b"), to(302, "https://hub.test/c")];
    let explicit = Request::get("/a").header("cookie", "c=1");
    let (lines, _) = run("https://hub.test", explicit, steps).await;
    assert_eq!(
        lines[1..],
        ["GET https://cdn.test/b ", "GET https://hub.test/c "]
    );
}

#[tokio::test]
async fn modes() {
    let request = |mode| Request::head("/a").redirect(mode);
    for (mode, location, hops, status) in [
        (RedirectMode::SameOrigin, "/b", 2, 200),
        (RedirectMode::SameOrigin, "https://huggingface.co/b", 2, 200),
        (RedirectMode::SameOrigin, "https://cdn.test/b", 1, 302),
        (RedirectMode::None, "/b", 1, 302),
        (RedirectMode::Follow, "https://cdn.test/b", 2, 200),
    ] {
        let (lines, end) = run("https://hub.test", request(mode), vec![to(302, location)]).await;
        assert_eq!(
            (lines.len(), end.unwrap()),
            (hops, status),
            "{mode:?} {location}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_said() {
    let many = (0..30).map(|n| to(307, &format!("/{n}"))).collect();
    for (name, request, steps, hops, words) in [
        (
            "self",
            Request::get("/a"),
            vec![to(302, "/a")],
            1,
            "visited before",
        ),
        (
            "circle",
            Request::get("/a"),
            vec![to(302, "/b"), to(302, "/a")],
            2,
            "visited before",
        ),
        ("long", Request::get("/a"), many, 21, "20 in a row"),
        (
            "scheme",
            Request::get("/a"),
            vec![to(302, "ftp://h/x")],
            1,
            "ftp",
        ),
        (
            "host",
            Request::get("/a"),
            vec![to(302, "https://")],
            1,
            "not a usable URL",
        ),
    ] {
        let (lines, end) = run("https://hub.test", request, steps).await;
        let error = end.unwrap_err();
        assert_eq!(
            (error.kind(), lines.len()),
            (ErrorKind::Redirect, hops),
            "{name}"
        );
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert!(error.url().is_some());
    }
    let stream = futures_util::stream::iter([Ok::<_, hf_transport::BoxError>("x".into())]);
    let once = Request::post("/a").body(hf_transport::Body::once(stream, Some(1)));
    let (_, end) = run("https://hub.test", once, vec![to(307, "/b")]).await;
    assert!(end.unwrap_err().to_string().contains("second time"));
}

#[tokio::test]
async fn a_write_is_never_turned_into_a_get() {
    let post: Make = || Request::post("/api/spaces/u/s/secrets").body("x");
    let put: Make = || Request::put("/api/x").body("x");
    let delete: Make = || Request::delete("/api/x");
    for (request, status, location, words) in [
        (
            post,
            301,
            "https://www.hub.test/api/spaces/u/s/secrets",
            "(HF_ENDPOINT) to https://www.hub.test",
        ),
        (
            post,
            302,
            "/login",
            "the URL at which the Hub itself responds",
        ),
        (post, 303, "/login?token=s3cr3t", "token=[redacted]"),
        (put, 303, "/b", "303 would turn this PUT"),
        (delete, 303, "/b", "303 would turn this DELETE"),
    ] {
        let (lines, end) = run("https://hub.test", request(), vec![to(status, location)]).await;
        let error = end.unwrap_err();
        assert_eq!((error.kind(), lines.len()), (ErrorKind::Redirect, 1));
        assert!(!error.is_retryable());
        assert!(error.to_string().contains(words), "{error}");
    }
    // Others keep their method.
    for status in [301, 302, 307, 308] {
        let (lines, end) = run("https://hub.test", put(), vec![to(status, "/b")]).await;
        assert_eq!(
            (end.unwrap(), lines[1].as_str()),
            (200, "PUT https://hub.test/b x token")
        );
    }
}

#[tokio::test]
async fn a_redirect_without_a_location_is_the_answer() {
    for step in [answer(302, &[], ""), answer(304, &[("location", "/b")], "")] {
        let (lines, end) = run("https://hub.test", Request::get("/a"), vec![step]).await;
        assert_eq!(lines.len(), 1);
        assert!(matches!(end.unwrap(), 302 | 304));
    }
}

#[tokio::test]
async fn the_final_address_is_known() {
    let script = Script::new([to(302, "https://cdn.test/b?sig=1")]);
    let client = script.client().build().unwrap();
    let response = client
        .execute(Request::get("/a").token(TokenMode::None))
        .await
        .unwrap();
    assert_eq!(response.url(), "https://cdn.test/b?sig=1");
    assert_eq!(script.seen()[0].header("authorization"), None);
}
