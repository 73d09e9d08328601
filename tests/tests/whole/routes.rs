//! The embedded Hub offers what the client asks for.

use std::collections::BTreeSet;
use std::path::Path;

use hf_testhub::TestHub;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Every request that a recorded case of any method sends to the endpoint.
fn recorded() -> BTreeSet<(String, String)> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/cases");
    let mut requests = BTreeSet::new();
    for method in std::fs::read_dir(cases).unwrap() {
        for case in std::fs::read_dir(method.unwrap().path()).unwrap() {
            let text = std::fs::read(case.unwrap().path()).unwrap();
            let case: Value = serde_json::from_slice(&text).unwrap();
            let lists = [&case["requests"], &case["ours"]["requests"]];
            for request in lists.iter().filter_map(|list| list.as_array()).flatten() {
                // `/complete` is a URL that a case's own server made up.
                if request["host"].is_null() && request["path"] != "/complete" {
                    let text = |key: &str| request[key].as_str().unwrap().to_owned();
                    requests.insert((text("method"), text("path")));
                }
            }
        }
    }
    requests
}

async fn ask(hub: &TestHub, method: &str, path: &str) -> String {
    let address = hub.endpoint().replace("http://", "");
    let mut tcp = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}",
        hub.token()
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    tcp.read_to_end(&mut response).await.unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn every_route_that_a_method_calls_is_offered() {
    let hub = TestHub::start().await;
    let requests = recorded();
    assert!(requests.len() > 400, "{} requests", requests.len());
    let mut missing = Vec::new();
    for org in ["huggingface", "nobody", "openai-community"] {
        hub.create_org(org, &[]);
    }
    for (method, path) in &requests {
        // A Space without an owner is called like the routes of others.
        let path = path.replacen("/api/spaces/s/", "/api/spaces/user/s/", 1);
        let response = ask(&hub, method, &path).await;
        let is_route = !response.starts_with("HTTP/1.1 501")
            && !response.contains("find the page you are looking for");
        if !is_route {
            missing.push(format!("{method} {path}: {response:.60}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
