//! What safetensors files hold, read from afar: few requests, side by side, and never more than is needed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hf_api::{ErrorKind, HfApi};
use hf_testhub::{Blob, Fault, Listener, Op, RepoType, TestHub};
use http::Method;
use serde_json::json;

const SHARDS: usize = 20;
const REPO: &str = "user/model";

/// A file with one tensor of bytes, and `padding` bytes of notes in its header.
fn file(tensor: &str, bytes: usize, padding: usize) -> Blob {
    let header = json!({
        "__metadata__": {"notes": "x".repeat(padding)},
        tensor: {"dtype": "U8", "shape": [bytes], "data_offsets": [0, bytes]},
    })
    .to_string();
    let mut content = (header.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(header.as_bytes());
    content.resize(content.len() + bytes, 0);
    Blob::from(content)
}

async fn hub() -> (TestHub, HfApi) {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, REPO);
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    (hub, api)
}

fn gets(hub: &TestHub, name: &str) -> usize {
    hub.count_requests(|r| r.method == Method::GET && r.path.ends_with(name))
}

#[tokio::test]
async fn shards_side_by_side_one_request_each() {
    let (hub, api) = hub().await;
    let shard = |i: usize| format!("model-{i:05}.safetensors");
    let weights: serde_json::Map<_, _> = (0..SHARDS)
        .map(|i| (format!("tensor-{i}"), json!(shard(i))))
        .collect();
    let index = json!({"metadata": {"total_size": 10 * SHARDS}, "weight_map": weights});
    let shards = (0..SHARDS).map(|i| Op::add(shard(i), file(&format!("tensor-{i}"), 10, 0)));
    let index = Op::add("model.safetensors.index.json", index.to_string());
    hub.commit(REPO, "shards", shards.chain([index]));
    hub.set_resolve_cache(false);
    hub.set_latency(Duration::from_millis(50));
    hub.clear_requests();
    let metadata = api.get_safetensors_metadata(REPO).await.unwrap();
    assert_eq!(metadata.files_metadata.len(), SHARDS);
    for i in 0..SHARDS {
        assert_eq!(gets(&hub, &shard(i)), 1, "{i}");
    }
    // Besides the shards, each of which is in the storage: the single file that is not there, and the index.
    assert_eq!(hub.requests().len(), 2 * SHARDS + 2);
    assert!(hub.most_in_flight(Listener::Hub) > SHARDS / 2);
}

#[tokio::test]
async fn a_long_header_costs_a_second_request() {
    let (hub, api) = hub().await;
    hub.set_resolve_cache(false);
    hub.add_file(REPO, "short.safetensors", file("a", 10, 90_000));
    hub.add_file(REPO, "long.safetensors", file("a", 10, 110_000));
    for (name, count) in [("short.safetensors", 1), ("long.safetensors", 2)] {
        hub.clear_requests();
        let metadata = api.parse_safetensors_file_metadata(REPO, name).await;
        assert!(metadata.unwrap().tensors.contains_key("a"));
        assert_eq!(gets(&hub, name), count, "{name}");
    }
}

#[tokio::test]
async fn no_more_is_read_from_a_server_that_ignores_the_range() {
    let (hub, api) = hub().await;
    hub.set_resolve_cache(false);
    hub.add_file(REPO, "model.safetensors", file("a", 3_000_000, 0));
    // The whole file is on its way, and stops for ever not far behind what was asked for.
    let fault = hub.fault(
        Fault::on(Method::GET, "/objects/*")
            .at(Listener::Storage)
            .ignore_range()
            .stall_after(400_000)
            .always(),
    );
    let metadata = api.get_safetensors_metadata(REPO).await.unwrap();
    assert_eq!(fault.fired(), 1);
    assert!(
        metadata.files_metadata["model.safetensors"]
            .tensors
            .contains_key("a")
    );
}

/// A Hub of a model with `shards`, whose headers are said to have `length` bytes. What lies beyond the first part of a
/// header is never sent; how often it was asked for at the same time is counted.
fn hub_of_long_headers(shards: usize, length: u64) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let most = Arc::new(Mutex::new(0));
    let open = Arc::new((Mutex::new(0), Condvar::new()));
    let counted = Arc::clone(&most);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (most, open) = (Arc::clone(&counted), Arc::clone(&open));
            std::thread::spawn(move || long_headers(socket, shards, length, &most, &open));
        }
    });
    (url, most)
}

fn long_headers(
    socket: TcpStream,
    shards: usize,
    length: u64,
    most: &Mutex<usize>,
    open: &(Mutex<usize>, Condvar),
) {
    let mut writer = socket.try_clone().unwrap();
    let mut lines = BufReader::new(socket).lines();
    while let Some(Ok(line)) = lines.next() {
        let head: Vec<_> = lines
            .by_ref()
            .map_while(Result::ok)
            .take_while(|l| !l.is_empty())
            .collect();
        let is_first = head
            .iter()
            .any(|line| line.to_ascii_lowercase().starts_with("range: bytes=0-"));
        let (status, headers, body) = if line.contains("model.safetensors.index.json") {
            let names: serde_json::Map<_, _> = (0..shards)
                .map(|i| (format!("t{i}"), json!(format!("model-{i}.safetensors"))))
                .collect();
            let index = json!({"metadata": {}, "weight_map": names}).to_string();
            ("200 OK", String::new(), index.into_bytes())
        } else if line.contains("/model.safetensors ") {
            (
                "404 Not Found",
                "x-error-code: EntryNotFound\r\n".to_owned(),
                Vec::new(),
            )
        } else if is_first {
            let mut body = length.to_le_bytes().to_vec();
            body.push(b'{');
            body.resize(100_001, b' ');
            let range = format!("content-range: bytes 0-100000/{}\r\n", length + 8);
            ("206 Partial Content", range, body)
        } else {
            let (count, changed) = open;
            let mut now = count.lock().unwrap();
            *now += 1;
            let mut highest = most.lock().unwrap();
            *highest = (*highest).max(*now);
            drop(highest);
            // All that are going to come at the same time are here by then.
            let (mut now, _) = changed
                .wait_timeout(now, Duration::from_millis(300))
                .unwrap();
            *now -= 1;
            (
                "404 Not Found",
                "x-error-code: EntryNotFound\r\n".to_owned(),
                Vec::new(),
            )
        };
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        if writer
            .write_all(head.as_bytes())
            .and_then(|()| writer.write_all(&body))
            .is_err()
        {
            return;
        }
    }
}

/// The owner of a repository chooses how long its headers are.
#[tokio::test]
async fn long_headers_of_many_shards_are_not_all_in_memory_at_once() {
    for (megabytes, at_once) in [(64, 2), (40, 3), (95, 1)] {
        let (url, most) = hub_of_long_headers(12, megabytes << 20);
        let api = HfApi::builder().endpoint(&url).no_token().build().unwrap();
        let error = api.get_safetensors_metadata(REPO).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EntryNotFound, "{error}");
        assert_eq!(*most.lock().unwrap(), at_once, "{megabytes} MB each");
    }
}
