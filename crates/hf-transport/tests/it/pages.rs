use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use hf_transport::{Error, ErrorKind, Request};
use tokio::sync::Notify;

use crate::support::{Script, Server, Step, answer, settled, status, text};

fn page(body: &str, next: Option<&str>) -> Step {
    match next {
        Some(next) => {
            let link = format!("<{next}>; rel=\"next\"");
            answer(200, &[("link", &link)], body.to_owned())
        }
        None => answer(200, &[], body.to_owned()),
    }
}

async fn read(script: &Script, endpoint: &str) -> (Vec<u32>, Option<Error>) {
    let client = script.client().endpoint(endpoint).build().unwrap();
    let mut items = Vec::new();
    let mut pages = client.pages::<u32>(Request::get("/api/models").query("limit", 2));
    while let Some(item) = pages.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => {
                assert!(pages.next().await.is_none(), "nothing comes after an error");
                return (items, Some(error));
            }
        }
    }
    (items, None)
}

#[tokio::test]
async fn links_are_followed_at_the_endpoint() {
    for (endpoint, next, second) in [
        (
            "https://hub.test",
            "https://hub.test/api/models?cursor=a%3D",
            "https://hub.test/api/models?cursor=a%3D",
        ),
        (
            "https://hub.test",
            "/api/models?cursor=a",
            "https://hub.test/api/models?cursor=a",
        ),
        (
            "https://hub.test",
            "?cursor=a",
            "https://hub.test/api/models?cursor=a",
        ),
        (
            "https://hub.test",
            "https://huggingface.co/api/models?cursor=a",
            "https://hub.test/api/models?cursor=a",
        ),
        (
            "https://hub.test/p",
            "https://huggingface.co/api/models?cursor=a",
            "https://hub.test/p/api/models?cursor=a",
        ),
        (
            "https://hub.test/p",
            "/api/models?cursor=a",
            "https://hub.test/p/api/models?cursor=a",
        ),
    ] {
        let script = Script::new([page("[1,2]", Some(next)), page("[3]", None)]);
        let (items, error) = read(&script, endpoint).await;
        assert_eq!(
            (items, error.map(|e| e.to_string())),
            (vec![1, 2, 3], None),
            "{next}"
        );
        assert_eq!(script.seen()[1].url, second);
        assert!(
            script
                .seen()
                .iter()
                .all(|seen| seen.header("authorization") == Some("Bearer hf_test"))
        );
    }
}

#[tokio::test]
async fn an_empty_page_is_not_the_end() {
    let script = Script::new([
        page("[]", Some("?c=1")),
        page("[]", Some("?c=2")),
        page("[1]", None),
    ]);
    let (items, error) = read(&script, "https://hub.test").await;
    assert_eq!((items, error.is_none(), script.count()), (vec![1], true, 3));
}

#[tokio::test]
async fn links_that_lead_astray_are_refused() {
    for (next, words) in [
        (
            "https://evil.test/api/datasets?cursor=a",
            "not a page of this list",
        ),
        (
            "https://evil.test/?cursor=/api/models",
            "not a page of this list",
        ),
        (
            "https://hub.test:8443/api/models",
            "not a page of this list",
        ),
        (
            "https://hub.test@evil.test/api/models",
            "not a page of this list",
        ),
        ("https://evil.test/api/models?limit=2", "read before"),
        ("https://hub.test/api/models?limit=2", "read before"),
        ("ftp://hub.test/", "ftp"),
    ] {
        let script = Script::new([page("[1]", Some(next)), page("[2]", None)]);
        let (items, error) = read(&script, "https://hub.test").await;
        let error = error.unwrap();
        assert_eq!(
            (items, error.kind(), script.count()),
            (vec![1], ErrorKind::Pagination, 1),
            "{next}"
        );
        assert!(error.to_string().contains(words), "{error}");
    }
    // A circle of two.
    let script = Script::new([
        page("[1]", Some("?c=1")),
        page("[2]", Some("?limit=2")),
        page("[3]", None),
    ]);
    let (items, error) = read(&script, "https://hub.test").await;
    assert_eq!(
        (items, error.unwrap().kind(), script.count()),
        (vec![1, 2], ErrorKind::Pagination, 2)
    );
}

/// A plain mirror passes on the Hub's own links, and TLS may end at a proxy.
#[tokio::test]
async fn a_link_to_the_same_list_at_another_host_is_followed_at_home() {
    for (endpoint, next, second) in [
        (
            "https://hub.test",
            "http://hub.test/api/models?cursor=a",
            "https://hub.test/api/models?cursor=a",
        ),
        (
            "https://hub.test",
            "https://inner.test:8080/api/models?cursor=a%3D",
            "https://hub.test/api/models?cursor=a%3D",
        ),
        (
            "https://hub.test/p",
            "https://inner.test/api/models?cursor=a",
            "https://hub.test/p/api/models?cursor=a",
        ),
        (
            "https://hub.test",
            "https://inner.test/root/api/models?cursor=a",
            "https://hub.test/api/models?cursor=a",
        ),
    ] {
        let script = Script::new([page("[1]", Some(next)), page("[2]", None)]);
        let (items, error) = read(&script, endpoint).await;
        assert!(error.is_none(), "{next}: {error:?}");
        assert_eq!(items, [1, 2]);
        let seen = script.seen();
        assert_eq!(seen[1].url, second);
        assert_eq!(seen[1].header("authorization"), Some("Bearer hf_test"));
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_page_end_the_list() {
    let script = Script::new([page("[1]", Some("?c=1")), page("{}", None)]);
    let (items, error) = read(&script, "https://hub.test").await;
    assert_eq!((items, error.unwrap().kind()), (vec![1], ErrorKind::Decode));
    let script = Script::new([page("[1]", Some("?c=1")), status(404)]);
    let (items, error) = read(&script, "https://hub.test").await;
    assert_eq!((items, error.unwrap().kind()), (vec![1], ErrorKind::Http));
    // A page is tried again like any other request.
    let script = Script::new([page("[1]", Some("?c=1")), status(502), page("[2]", None)]);
    assert_eq!(read(&script, "https://hub.test").await.0, [1, 2]);
}

#[tokio::test]
async fn a_limit_asks_for_no_page_in_vain() {
    for (limit, requests, items) in [(0, 0, 0), (1, 1, 1), (2, 1, 2), (3, 2, 3), (9, 2, 4)] {
        for at_once in [false, true] {
            let script = Script::new([page("[1,2]", Some("?c=1")), page("[3,4]", None)]);
            let client = script.client().build().unwrap();
            let pages = client
                .pages::<u32>(Request::get("/api/models"))
                .limit(limit);
            let all = if at_once {
                pages.collect().await
            } else {
                pages.try_collect().await
            };
            assert_eq!(all.unwrap().len(), items);
            assert_eq!(script.count(), requests, "limit {limit}");
        }
    }
}

#[tokio::test]
async fn what_is_left_out_counts_for_the_limit() {
    for (limit, expected) in [(2, vec![2]), (3, vec![2]), (9, vec![2, 4, 6])] {
        for streamed in [0, 1, 9] {
            let script = Script::new([
                page("[1,2]", Some("?c=1")),
                page("[3]", Some("?c=2")),
                page("[4,6]", None),
            ]);
            let client = script.client().build().unwrap();
            let mut pages = client
                .pages::<u32>(Request::get("/api/models"))
                .limit(limit)
                .keep(|item| item % 2 == 0);
            let mut items = Vec::new();
            while items.len() < streamed
                && let Some(item) = pages.try_next().await.unwrap()
            {
                items.push(item);
            }
            items.extend(pages.collect().await.unwrap());
            assert_eq!(items, expected, "limit {limit}, {streamed} streamed");
        }
    }
}

#[tokio::test]
async fn a_list_at_once_fails_as_a_stream_does() {
    let script = Script::new([page("[1]", Some("?c=1")), status(404)]);
    let client = script.client().build().unwrap();
    let pages = client.pages::<u32>(Request::get("/api/models"));
    assert_eq!(pages.collect().await.unwrap_err().kind(), ErrorKind::Http);
}

#[tokio::test]
async fn pages_of_another_shape() {
    let script = Script::new([
        page(r#"{"items":[1]}"#, Some("?c=1")),
        page(r#"{"items":[2]}"#, None),
    ]);
    let client = script.client().build().unwrap();
    let pages = client.pages_with(Request::get("/api/x"), |response, items| {
        let page: serde_json::Value = response.json()?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        Ok(())
    });
    assert_eq!(pages.try_collect::<Vec<_>>().await.unwrap(), [1, 2]);
}

/// Over a socket, on one thread: the second page is requested, and its response has arrived, while the reader
/// holds the first and does not look at the stream.
#[tokio::test]
async fn the_next_page_comes_while_this_one_is_read() {
    let asked = Arc::new(Notify::new());
    let notify = asked.clone();
    let server = Server::http(move |request| {
        if request.uri().query().is_some() {
            notify.notify_one();
            return text("[3]");
        }
        let mut response = text("[1,2]");
        response
            .headers_mut()
            .insert("link", "<?c=1>; rel=next".parse().unwrap());
        response
    })
    .await;
    let client = settled().endpoint(server.url()).build().unwrap();
    let mut pages = client.pages::<u32>(Request::get("/api/models"));
    assert_eq!(pages.next().await.unwrap().unwrap(), 1);
    tokio::time::timeout(Duration::from_secs(20), asked.notified())
        .await
        .expect("no request for the next page");
    assert_eq!(pages.try_collect::<Vec<_>>().await.unwrap(), [2, 3]);
}
