//! Everything that can go wrong on request.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Call, Calls, End, names, ndjson};
use hf_testhub::{Blob, CannedResponse, Fault, Listener, Op, RepoType, TestHub};
use http::Method;
use serde_json::json;

pub(crate) const FILE: &str = "/user/m/resolve/main/f.txt";
/// Enough to find that nothing comes.
const SHORT: Duration = Duration::from_millis(150);
/// Enough for everything to come that will, on a busy machine too.
pub(crate) const LONG: Duration = Duration::from_secs(3);

/// A Hub that serves `FILE` directly with 100,000 bytes.
pub(crate) fn hub() -> (TestHub, Vec<u8>) {
    let hub = TestHub::start_blocking();
    hub.set_resolve_cache(false);
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let blob = Blob::synthetic(1, 100_000);
    hub.add_file(&repo, "f.txt", &blob);
    hub.add_file(&repo, "f.bin", &blob);
    hub.clear_requests();
    (hub, blob.to_bytes().unwrap().to_vec())
}

pub(crate) fn large(hub: &TestHub) -> String {
    hub.head("/user/m/resolve/main/f.bin")
        .expect(302)
        .header("location")
        .unwrap()
        .to_owned()
}

#[test]
fn a_status_comes_as_often_as_asked_with_its_headers() {
    let (hub, _) = hub();
    let fault = hub.fault(
        Fault::on(Method::GET, "*/resolve/*")
            .skip(1)
            .times(2)
            .status(503)
            .retry_after(7),
    );
    hub.get(FILE).expect(200);
    for _ in 0..2 {
        let refused = hub.get(FILE).expect(503);
        assert_eq!(refused.header("retry-after"), Some("7"));
        assert_eq!(refused.text(), "Service Unavailable");
        hub.head(FILE).expect(200);
    }
    hub.get(FILE).expect(200);
    assert_eq!(fault.fired(), 2);

    let always = hub.fault(Fault::on_any("*").always().status(500));
    for _ in 0..3 {
        hub.get("/api/models").expect(500);
    }
    always.lift();
    hub.get("/api/models").expect(200);
    hub.fault(Fault::on_any("*").always().status(500));
    hub.clear_faults();
    hub.get("/api/models").expect(200);
}

#[test]
fn faults_are_told_apart_by_origin_and_query() {
    let (hub, _) = hub();
    let storage = hub.fault(Fault::on_any("*").at(Listener::Storage).status(500));
    let page = hub.fault(Fault::on_any("/api/models").query("cursor=").status(502));
    let at = large(&hub);
    hub.get("/api/models").expect(200);
    assert_eq!((storage.fired(), page.fired()), (0, 0));
    Call::new("GET", &at).send().expect(500);
    hub.get("/api/models?cursor=x").expect(502);
}

#[test]
fn rate_limits_speak_as_the_hub_does() {
    let (hub, _) = hub();
    hub.fault(Fault::on_any("/api/*").rate_limited(42));
    let limited = hub.get("/api/models").expect(429);
    assert_eq!(limited.header("ratelimit"), Some("\"api\";r=0;t=42"));
    assert_eq!(
        limited.header("ratelimit-policy"),
        Some("\"fixed window\";\"api\";q=500;w=300")
    );
    assert!(limited.header("retry-after").is_none());
}

#[test]
fn bodies_of_any_kind() {
    let (hub, _) = hub();
    hub.fault(
        Fault::on_any("/api/*").respond(CannedResponse::status(502).html("<h1>Bad Gateway</h1>")),
    );
    let html = hub.get("/api/models").expect(502);
    assert_eq!(
        html.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    hub.fault(
        Fault::on_any("/api/*")
            .respond(CannedResponse::status(500).body(Blob::synthetic(1, 10 << 20))),
    );
    assert_eq!(hub.get("/api/models").expect(500).body.len(), 10 << 20);
    hub.fault(
        Fault::on_any("/api/*")
            .respond(CannedResponse::status(403).hub_error(Some("GatedRepo"), "no")),
    );
    let gated = hub.get("/api/models").expect(403);
    assert_eq!(
        (gated.error_code(), gated.json()),
        (Some("GatedRepo"), json!({"error": "no"}))
    );

    let whole = hub.get("/api/models").expect(200);
    hub.fault(Fault::on_any("/api/*").truncate(10));
    let half = hub.get("/api/models").expect(200);
    assert_eq!((half.end, &half.body[..]), (End::Whole, &whole.body[..10]));
    hub.fault(Fault::on_any("/api/*").body("not JSON"));
    let other = hub.get("/api/models").expect(200);
    assert_eq!(
        (other.text().as_str(), other.header("content-type")),
        ("not JSON", whole.header("content-type"))
    );
    hub.fault(Fault::on_any("/api/*").respond(CannedResponse::raw("SSH-2.0-OpenSSH\r\n")));
    let raw = hub.get("/api/models");
    assert_eq!(
        (raw.status, raw.end, raw.text().as_str()),
        (0, End::Closed, "SSH-2.0-OpenSSH\r\n")
    );
}

#[test]
fn a_script_answers_what_it_likes() {
    let (hub, _) = hub();
    hub.fault(
        Fault::on(Method::POST, "/api/anything")
            .always()
            .script(|request| {
                CannedResponse::status(201)
                    .json(&json!({"got": request.json(), "query": request.query}))
            }),
    );
    let answer = hub
        .post("/api/anything?a=b", &json!({"x": 1}))
        .expect(201)
        .json();
    assert_eq!(answer, json!({"got": {"x": 1}, "query": "a=b"}));
}

#[test]
fn connections_end_before_the_head() {
    let (hub, _) = hub();
    hub.fault(Fault::on_any("*").reset());
    let reset = hub.get(FILE);
    assert_eq!((reset.status, reset.end), (0, End::Reset));
    hub.fault(Fault::on_any("*").close());
    let closed = hub.get(FILE);
    assert_eq!((closed.status, closed.end), (0, End::Closed));
    hub.fault(Fault::on_any("*").stall());
    let silent = hub.call("GET", FILE).patience(SHORT).send();
    assert_eq!((silent.status, silent.end), (0, End::Silence));
    hub.get(FILE).expect(200);
    let status: Vec<_> = hub
        .requests()
        .iter()
        .map(|r| r.status.map(|s| s.as_u16()))
        .collect();
    assert_eq!(status, [None, None, None, Some(200)]);
}

#[test]
fn redirects_lead_in_circles() {
    let (hub, _) = hub();
    hub.fault(Fault::on_any("*").times(3).redirect_to_self(302));
    for _ in 0..3 {
        let around = hub.get("/api/models?limit=1").expect(302);
        assert_eq!(around.header("location"), Some("/api/models?limit=1"));
    }
    hub.get("/api/models?limit=1").expect(200);
}

#[test]
fn the_answer_to_a_commit_is_lost_but_the_commit_is_made() {
    let (hub, _) = hub();
    let commit = || {
        let lines = [
            json!({"key": "header", "value": {"summary": "lost"}}),
            json!({"key": "file", "value": {"path": "x", "content": "eA==", "encoding": "base64"}}),
        ];
        hub.call("POST", "/api/models/user/m/commit/main")
            .body(ndjson(&lines))
            .send()
    };
    let before = hub.commits("user/m", "main").len();
    hub.fault(Fault::on(Method::POST, "*/commit/*").lose_response());
    assert_eq!(commit().end, End::Reset);
    assert_eq!(hub.commits("user/m", "main").len(), before + 1);
    assert_eq!(hub.read("user/m", "main", "x").unwrap(), "x");
    hub.fault(
        Fault::on(Method::POST, "*/commit/*")
            .after_processing()
            .status(504),
    );
    commit().expect(504);
    assert_eq!(hub.commits("user/m", "main").len(), before + 2);
    hub.fault(Fault::on(Method::POST, "*/commit/*").status(504));
    commit().expect(504);
    assert_eq!(
        hub.commits("user/m", "main").len(),
        before + 2,
        "refused before it was looked at"
    );
}

#[test]
fn uploads_break_in_the_middle() {
    let (hub, whole) = hub();
    let put = |patience| {
        let blob = Blob::from(whole.clone());
        let body =
            json!({"operation": "upload", "objects": [{"oid": blob.sha256(), "size": blob.len()}]});
        hub.create_repo(RepoType::Model, &format!("user/u{}", hub.requests().len()));
        let repo = format!("user/u{}", hub.requests().len());
        let batch = hub
            .post(&format!("/{repo}.git/info/lfs/objects/batch"), &body)
            .expect(200)
            .json();
        let url = batch["objects"][0]["actions"]["upload"]["href"]
            .as_str()
            .unwrap()
            .to_owned();
        Call::new("PUT", url)
            .body(whole.clone())
            .patience(patience)
            .send()
    };
    hub.fault(Fault::on(Method::PUT, "/uploads/*").reset_upload_after(1000));
    let reset = put(LONG);
    assert_eq!((reset.status, reset.end), (0, End::Reset));
    hub.fault(Fault::on(Method::PUT, "/uploads/*").stall_upload_after(1000));
    assert_eq!(put(SHORT).end, End::Silence);
    hub.fault(Fault::on(Method::PUT, "/uploads/*").expire_storage_urls());
    put(LONG).expect(403);
    put(LONG).expect(200);
}

#[test]
fn something_happens_just_before() {
    let (hub, _) = hub();
    hub.fault(Fault::on_any("*/tree/*").run(|hub| {
        hub.commit("user/m", "meanwhile", [Op::add("meanwhile.txt", "x")]);
    }));
    let tree = hub.get("/api/models/user/m/tree/main").expect(200).json();
    assert!(names(&tree, "path").contains(&"meanwhile.txt".to_owned()));
    hub.fault(Fault::on_any("*/tree/*").run(|hub| hub.delete_repo("user/m")));
    hub.get("/api/models/user/m/tree/main").expect(404);
}

#[test]
fn listings_turn_hostile() {
    let (hub, _) = hub();
    let evil = json!({"type": "file", "path": "../../etc/passwd", "size": 1, "oid": "0"});
    hub.fault(Fault::on_any("*/tree/*").inject([evil]));
    let tree = hub.get("/api/models/user/m/tree/main").expect(200).json();
    assert_eq!(names(&tree, "path").last().unwrap(), "../../etc/passwd");
}

#[test]
fn time_passes_as_asked() {
    let (hub, _) = hub();
    let took = |call: &dyn Fn()| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    hub.fault(Fault::on_any("*").delay(SHORT));
    assert!(took(&|| drop(hub.get(FILE))) >= SHORT);
    hub.set_latency(Duration::from_millis(40));
    assert!(took(&|| drop(hub.head(FILE))) >= Duration::from_millis(40));
    hub.set_latency(Duration::ZERO);
    // 100,000 bytes at 500,000 a second, down and up.
    hub.set_bandwidth(500_000);
    let down = took(&|| assert_eq!(hub.get(FILE).expect(200).body.len(), 100_000));
    assert!(down >= Duration::from_millis(60), "{down:?}");
    let up = took(&|| {
        drop(
            hub.call("POST", "/api/validate-yaml")
                .body(vec![b' '; 100_000])
                .send()
                .expect(400),
        );
    });
    assert!(up >= Duration::from_millis(60), "{up:?}");
}

#[test]
fn a_connection_serves_many_requests_and_survives_refusals() {
    let (hub, _) = hub();
    let address = hub.endpoint().trim_start_matches("http://").to_owned();
    let mut tcp = TcpStream::connect(&address).unwrap();
    hub.fault(Fault::on(Method::POST, "*").status(503));
    for (call, status) in [
        (hub.call("GET", FILE), 200),
        (
            hub.call("POST", "/api/models/user/m/commit/main")
                .body(vec![b'x'; 500_000]),
            503,
        ),
        (hub.call("GET", FILE).header("range", "bytes=0-0"), 206),
    ] {
        let path = if status == 503 {
            "/api/models/user/m/commit/main"
        } else {
            FILE
        };
        call.send_on(&mut tcp, &address, path).expect(status);
    }
    assert_eq!(hub.connections(), 1);
    let connections: Vec<_> = hub.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [connections[0]; 3]);
    tcp.flush().unwrap();
}
