//! Starting, recording, stopping; HTTP/2.

use std::net::TcpStream;

use crate::support::{Call, Calls};
use bytes::Bytes;
use hf_testhub::{Blob, Listener, RepoType, TestHub};
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;

#[test]
fn requests_are_remembered_with_their_bodies() {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Model, "user/m");
    hub.post("/api/validate-yaml?a=1", &json!({"content": "# x"}));
    let seen = hub.requests();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line(), "POST /api/validate-yaml?a=1");
    assert_eq!(seen[0].listener, Listener::Hub);
    assert_eq!(seen[0].json().unwrap()["content"], "# x");
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].status.unwrap(), 200);

    hub.record_bodies(4);
    hub.call("POST", "/api/validate-yaml")
        .body("123456789")
        .send();
    let seen = &hub.requests()[1];
    assert_eq!((&seen.body[..], seen.body_len), (&b"1234"[..], 9));
    hub.clear_requests();
    assert!(hub.requests().is_empty());
    hub.get("/api/models");
    assert_eq!(hub.count_requests(|r| r.path == "/api/models"), 1);
    assert_eq!(hub.most_in_flight(Listener::Hub), 1);

    hub.record_at_most(2);
    for i in 0..5 {
        hub.get(&format!("/api/models?limit={}", i + 1));
    }
    let queries: Vec<_> = hub
        .requests()
        .into_iter()
        .map(|r| (r.number, r.query, r.status.is_some()))
        .collect();
    assert_eq!(
        queries,
        [
            (6, "limit=4".to_owned(), true),
            (7, "limit=5".to_owned(), true)
        ]
    );
}

#[test]
fn a_token_that_leaks_to_the_storage_is_counted() {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Model, "user/m");
    hub.add_file("user/m", "x.bin", "large");
    let at = hub
        .head("/user/m/resolve/main/x.bin")
        .header("location")
        .unwrap()
        .to_owned();
    Call::new("GET", &at).send().expect(200);
    assert_eq!(hub.tokens_seen_by_storage(), 0);
    Call::new("GET", &at).token("hf_any").send().expect(200);
    Call::new("GET", format!("{at}&token={}", hub.read_token())).send();
    Call::new("GET", &at)
        .header("cookie", format!("token={}", hub.token()))
        .send();
    assert_eq!(hub.tokens_seen_by_storage(), 3);
}

#[test]
fn two_hubs_live_side_by_side_and_end_when_dropped() {
    let (one, two) = (TestHub::start_blocking(), TestHub::start_blocking());
    one.create_repo(RepoType::Model, "user/m");
    one.get("/api/models/user/m").expect(200);
    two.get("/api/models/user/m").expect(404);
    let handle = one.handle();
    let address = one.endpoint().trim_start_matches("http://").to_owned();
    let mut open = TcpStream::connect(&address).unwrap();
    let call = Call::new("GET", "");
    call.send_on(&mut open, &address, "/api/models").expect(200);
    drop(one);
    let gone = call.send_on(&mut open, &address, "/api/models");
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!(handle.requests().len(), 2, "what it saw outlives it");
    two.get("/api/models").expect(200);
}

#[test]
fn a_taken_port_is_an_error() {
    let hub = TestHub::start_blocking();
    let port = hub.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    assert!(TestHub::start_on(port, 0).is_err());
}

#[tokio::test]
async fn http2_is_spoken_too() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.add_file(&repo, "f.txt", Blob::synthetic(1, 300_000));
    hub.set_resolve_cache(false);
    let tcp = tokio::net::TcpStream::connect(hub.endpoint().trim_start_matches("http://"))
        .await
        .unwrap();
    let (mut client, connection) = hyper::client::conn::http2::handshake::<_, _, Empty<Bytes>>(
        TokioExecutor::new(),
        TokioIo::new(tcp),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let request = || {
        let url = format!("{}/user/m/resolve/main/f.txt", hub.endpoint());
        Request::get(url).body(Empty::new()).unwrap()
    };
    let (one, two) = tokio::join!(client.send_request(request()), {
        let mut client = client.clone();
        async move { client.send_request(request()).await }
    });
    for response in [one.unwrap(), two.unwrap()] {
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            Blob::from(body).sha256(),
            Blob::synthetic(1, 300_000).sha256()
        );
    }
    assert_eq!(hub.connections(), 1);
}
