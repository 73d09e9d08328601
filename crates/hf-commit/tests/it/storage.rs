//! What storage and the LFS batch API may ask for: headers, parts, URLs that expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::{World, bytes};
use hf_commit::{CommitOperation, CommitOperationAdd, CommitOptions, CreateCommit, UploadFile};
use hf_testhub::{CannedResponse, Fault, Listener};
use hf_transport::digest::Sha256Hasher;
use hf_transport::progress::ProgressEvent;
use hf_transport::{Request, Result};
use hf_types::CommitInfo;
use http::Method;
use serde_json::{Value, json};

const LARGE: usize = 2_000_000;

/// The response of the batch endpoint to an upload of [`LARGE`] bytes, before anybody else asks.
async fn batch(world: &World) -> Value {
    let request = Request::post("/user/repo.git/info/lfs/objects/batch").json(&json!({
        "operation": "upload", "transfers": ["basic", "multipart"], "hash_algo": "sha256",
        "objects": [{"oid": Sha256Hasher::digest(bytes(1, LARGE)), "size": LARGE}],
    }));
    let response = world.client.fetch(request).await.unwrap().json().unwrap();
    world.hub.clear_requests();
    response
}

/// Responds to every batch request like this.
fn answer_with(world: &World, response: Value) {
    let batch = Fault::on(Method::POST, "*/objects/batch").always();
    world
        .hub
        .fault(batch.script(move |_| CannedResponse::status(200).json(&response)));
}

async fn upload(world: &World) -> Result<CommitInfo> {
    let op = CommitOperationAdd::from_bytes("w.bin", bytes(1, LARGE)).unwrap();
    let upload = UploadFile::new(world.target.clone(), op).header("X-Of-The-Call", "secret");
    Ok(upload.run(&world.client).await?.into_info())
}

#[tokio::test]
async fn the_headers_that_a_server_wants_go_to_its_own_url_and_nothing_of_the_caller_does() {
    let world = World::new().await;
    let mut response = batch(&world).await;
    let actions = &mut response["objects"][0]["actions"];
    actions["upload"]["header"] = json!({
        "Authorization": "RemoteAuth signed", "X-Of-Storage": "1", "Transfer-Encoding": "chunked",
    });
    // The check is at storage, too: another origin than the Hub's.
    let storage = actions["upload"]["href"].as_str().unwrap().to_owned();
    actions["verify"] = json!({"href": storage, "header": {"Authorization": "RemoteAuth checked"}});
    answer_with(&world, response);
    let verify = Fault::on(Method::POST, "*").at(Listener::Storage);
    world.hub.fault(verify.status(200));
    upload(&world).await.unwrap();
    let requests = world.hub.requests();
    let put = requests.iter().find(|r| r.method == Method::PUT).unwrap();
    assert_eq!(put.header("authorization"), Some("RemoteAuth signed"));
    assert_eq!(put.header("x-of-storage"), Some("1"));
    assert_eq!(put.header("x-of-the-call"), None);
    assert_eq!(put.header("transfer-encoding"), None);
    let path = put.path.clone();
    let check = requests
        .iter()
        .find(|r| r.method == Method::POST && r.path == path)
        .unwrap();
    assert_eq!(check.header("authorization"), Some("RemoteAuth checked"));
    assert_eq!(check.header("x-of-the-call"), None);
}

#[tokio::test]
async fn parts_that_have_arrived_are_not_sent_again_when_the_urls_of_the_others_expire() {
    let world = World::new().await;
    world.hub.set_multipart(500_000, 600_000);
    // Fresh URLs of the same upload.
    let response = batch(&world).await;
    answer_with(&world, response);
    let part = Fault::on(Method::PUT, "*").at(Listener::Storage).skip(2);
    let expired = world.hub.fault(part.status(403));
    let reported = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&reported);
    let sink = move |event: &ProgressEvent<'_>| match event {
        ProgressEvent::Transferred { bytes, .. } => {
            seen.fetch_add(*bytes, Ordering::SeqCst);
        }
        ProgressEvent::Restarted { bytes, .. } => {
            seen.fetch_sub(*bytes, Ordering::SeqCst);
        }
        _ => {}
    };
    let op = CommitOperationAdd::from_bytes("w.bin", bytes(1, LARGE)).unwrap();
    UploadFile::new(world.target.clone(), op)
        .num_threads(1)
        .progress(Arc::new(sink))
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(expired.fired(), 1);
    assert_eq!(world.count("/objects/batch"), 2, "fresh URLs");
    let puts = world.hub.count_requests(|r| r.method == Method::PUT);
    assert_eq!(puts, 5, "four parts, one of them twice");
    assert_eq!(reported.load(Ordering::SeqCst), LARGE as u64);
    let there = world.hub.read(&world.repo, "main", "w.bin").unwrap();
    assert_eq!(there, bytes(1, LARGE));
}

#[tokio::test]
async fn progress_adds_up_when_urls_expire() {
    for multipart in [false, true] {
        let world = World::new().await;
        if multipart {
            world.hub.set_multipart(500_000, 600_000);
        }
        let put = Fault::on(Method::PUT, "*").at(Listener::Storage);
        let expired = world
            .hub
            .fault(put.skip(usize::from(multipart)).expire_storage_urls());
        let reported = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&reported);
        let sink = move |event: &ProgressEvent<'_>| match event {
            ProgressEvent::Transferred { bytes, .. } => {
                seen.fetch_add(*bytes, Ordering::SeqCst);
            }
            ProgressEvent::Restarted { bytes, .. } => {
                seen.fetch_sub(*bytes, Ordering::SeqCst);
            }
            _ => {}
        };
        let op = CommitOperationAdd::from_bytes("w.bin", bytes(1, LARGE)).unwrap();
        UploadFile::new(world.target.clone(), op)
            .progress(Arc::new(sink))
            .run(&world.client)
            .await
            .unwrap();
        assert!(expired.fired() > 0);
        assert_eq!(reported.load(Ordering::SeqCst), LARGE as u64, "{multipart}");
    }
}

#[tokio::test]
async fn parts_that_were_put_together_by_an_attempt_whose_response_was_lost_are_not_sent_again() {
    let world = World::new().await;
    world.hub.set_multipart(500_000, 600_000);
    let complete = Fault::on(Method::POST, "*complete*");
    let lost = world.hub.fault(complete.lose_response());
    upload(&world).await.unwrap();
    assert_eq!(lost.fired(), 1);
    let puts = world.hub.count_requests(|r| r.method == Method::PUT);
    assert_eq!(puts, 4, "each part once");
    let there = world.hub.read(&world.repo, "main", "w.bin").unwrap();
    assert_eq!(there, bytes(1, LARGE));
}

#[test]
fn the_options_of_a_call_do_not_show_what_its_headers_hold() {
    let options = CommitOptions::new().header("X-Api-Key", "very-secret");
    let shown = format!("{options:?}");
    assert!(shown.contains("x-api-key"), "{shown}");
    assert!(!shown.contains("very-secret"), "{shown}");
}

/// How many files were on their way at once to a distant storage.
async fn most_in_flight(latency: u64, num_threads: Option<usize>) -> usize {
    let world = World::new().await;
    world.hub.set_lfs_threshold(10);
    world.hub.set_latency(Duration::from_millis(latency));
    let operations = (0..500).map(|seed| {
        let op = CommitOperationAdd::from_bytes(&format!("{seed}.bin"), bytes(seed, 100));
        CommitOperation::from(op.unwrap())
    });
    let call = CreateCommit::new(world.target.clone(), operations, "Many");
    let call = match num_threads {
        Some(threads) => call.num_threads(threads),
        None => call,
    };
    call.run(&world.client).await.unwrap();
    world.hub.most_in_flight(Listener::Storage)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_files_are_uploaded_at_once_to_far_away_unless_the_caller_says_how_many() {
    // What a busy machine adds to each request hides a short distance, and not a long one.
    let mut most = 0;
    for latency in [30, 100, 300] {
        most = most_in_flight(latency, None).await;
        if most > 16 {
            break;
        }
    }
    assert!((17..=64).contains(&most), "{most}");
    assert_eq!(most_in_flight(30, Some(5)).await, 5);
}
