//! Large objects, by basic and multipart transfer.

use crate::support::{Call, Calls, Response, ndjson};
use hf_testhub::{Blob, Listener, RepoType, TestHub};
use serde_json::{Value, json};

fn hub() -> TestHub {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Dataset, "user/d");
    hub
}

fn batch(hub: &TestHub, blob: &Blob, transfers: &Value) -> Value {
    let body = json!({
        "operation": "upload", "transfers": transfers, "hash_algo": "sha256",
        "objects": [{"oid": blob.sha256(), "size": blob.len()}],
    });
    let answer = hub
        .post("/datasets/user/d.git/info/lfs/objects/batch", &body)
        .expect(200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/vnd.git-lfs+json")
    );
    answer.json()
}

fn put(url: &Value, body: &[u8]) -> Response {
    Call::new("PUT", url.as_str().unwrap()).body(body).send()
}

fn verify(hub: &TestHub, blob: &Blob) -> Response {
    let body = json!({"oid": blob.sha256(), "size": blob.len()});
    hub.post("/datasets/user/d.git/info/lfs/verify", &body)
}

fn commit(hub: &TestHub, path: &str, blob: &Blob) -> Response {
    let lines = ndjson(&[
        json!({"key": "header", "value": {"summary": "large"}}),
        json!({"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": blob.sha256(), "size": blob.len()}}),
    ]);
    hub.call("POST", "/api/datasets/user/d/commit/main")
        .body(lines)
        .send()
}

#[test]
fn an_object_goes_to_the_storage_in_one_piece() {
    let hub = hub();
    let blob = Blob::synthetic(5, 200_001);
    let bytes = blob.to_bytes().unwrap();
    let answer = batch(&hub, &blob, &json!(["basic"]));
    assert_eq!(answer["transfer"], "basic");
    let actions = &answer["objects"][0]["actions"];
    assert!(
        actions["upload"]["href"]
            .as_str()
            .unwrap()
            .starts_with(&hub.storage_endpoint())
    );
    assert_eq!(
        actions["verify"]["href"],
        format!("{}/datasets/user/d.git/info/lfs/verify", hub.endpoint())
    );

    verify(&hub, &blob).expect(404);
    commit(&hub, "x.bin", &blob).expect(400);
    let wrong = put(&actions["upload"]["href"], &bytes[1..]).expect(400);
    assert!(wrong.text().contains("BadDigest"));
    put(&actions["upload"]["href"], &bytes).expect(200);
    verify(&hub, &blob).expect(200);
    let other = json!({"oid": blob.sha256(), "size": 1});
    hub.post("/datasets/user/d.git/info/lfs/verify", &other)
        .expect(400);
    commit(&hub, "x.bin", &blob).expect(200);
    let served = hub
        .file((RepoType::Dataset, "user/d"), "main", "x.bin")
        .unwrap();
    assert_eq!(served.to_bytes().unwrap(), bytes);

    let again = batch(&hub, &blob, &json!(["basic"]));
    assert!(
        again["objects"][0].get("actions").is_none(),
        "the object is there already"
    );
    assert_eq!(hub.tokens_seen_by_storage(), 0);
    assert_eq!(hub.count_requests(|r| r.listener == Listener::Storage), 2);
}

#[test]
fn an_object_goes_to_the_storage_in_parts() {
    let hub = hub();
    hub.set_multipart(1000, 100_000);
    let blob = Blob::synthetic(6, 250_000);
    let bytes = blob.to_bytes().unwrap();
    assert_eq!(
        batch(&hub, &blob, &json!(["basic"]))["transfer"],
        "basic",
        "only where it is offered"
    );
    let answer = batch(&hub, &blob, &json!(["basic", "multipart"]));
    assert_eq!(answer["transfer"], "multipart");
    let upload = &answer["objects"][0]["actions"]["upload"];
    let header = upload["header"].as_object().unwrap();
    assert_eq!(header["chunk_size"], "100000");
    assert_eq!(header.len(), 4);

    let mut parts = Vec::new();
    for (i, piece) in bytes.chunks(100_000).enumerate() {
        let url = &header[&format!("{:05}", i + 1)];
        put(url, &piece[1..]).expect(400);
        let etag = put(url, piece)
            .expect(200)
            .header("etag")
            .unwrap()
            .to_owned();
        parts.push(json!({"partNumber": i + 1, "etag": etag}));
    }
    let complete = |oid: &str, parts: &[Value]| {
        let body = json!({"oid": oid, "parts": parts});
        Call::new("POST", upload["href"].as_str().unwrap())
            .json(&body)
            .send()
    };
    complete(blob.sha256(), &parts[..2]).expect(400);
    let mut swapped = parts.clone();
    swapped.swap(0, 1);
    complete(blob.sha256(), &swapped).expect(400);
    complete(&"0".repeat(64), &parts).expect(400);
    complete(blob.sha256(), &parts).expect(200);
    complete(blob.sha256(), &parts).expect(404);
    verify(&hub, &blob).expect(200);
    commit(&hub, "x.bin", &blob).expect(200);
    let served = hub
        .file((RepoType::Dataset, "user/d"), "main", "x.bin")
        .unwrap();
    assert_eq!(served.to_bytes().unwrap(), bytes);
}

#[test]
fn expired_addresses_need_a_new_batch() {
    let hub = hub();
    let blob = Blob::from("large");
    let old = batch(&hub, &blob, &json!(["basic"]));
    hub.expire_storage_urls();
    let refused = put(&old["objects"][0]["actions"]["upload"]["href"], b"large").expect(403);
    assert!(refused.text().contains("expired"));
    let new = batch(&hub, &blob, &json!(["basic"]));
    put(&new["objects"][0]["actions"]["upload"]["href"], b"large").expect(200);

    hub.set_multipart(1, 3);
    let blob = Blob::from("in parts");
    let parts = batch(&hub, &blob, &json!(["multipart"]));
    hub.expire_storage_urls();
    let upload = &parts["objects"][0]["actions"]["upload"];
    put(&upload["header"]["00001"], b"in ").expect(403);
    let body = json!({"oid": blob.sha256(), "parts": []});
    Call::new("POST", upload["href"].as_str().unwrap())
        .json(&body)
        .send()
        .expect(403);
}

#[test]
fn uploads_can_be_hashed_without_being_kept() {
    let hub = hub();
    hub.keep_uploads(false);
    let blob = Blob::synthetic(7, 100_000);
    let answer = batch(&hub, &blob, &json!(["basic"]));
    let url = &answer["objects"][0]["actions"]["upload"]["href"];
    put(url, &vec![0; 100_000]).expect(400);
    put(url, &blob.to_bytes().unwrap()).expect(200);
    commit(&hub, "x.bin", &blob).expect(200);
    let kept = hub
        .file((RepoType::Dataset, "user/d"), "main", "x.bin")
        .unwrap();
    assert_eq!((kept.len(), kept.sha256()), (100_000, blob.sha256()));
    assert!(kept.to_bytes().is_none());
    let at = hub
        .head("/datasets/user/d/resolve/main/x.bin")
        .expect(302)
        .header("location")
        .unwrap()
        .to_owned();
    Call::new("GET", at).send().expect(410);
    assert_eq!(hub.stored_objects(), 1);
}

#[test]
fn batches_refuse_what_is_no_object_and_serve_downloads() {
    let hub = hub();
    let url = "/datasets/user/d.git/info/lfs/objects/batch";
    let odd = hub
        .post(
            url,
            &json!({"operation": "upload", "objects": [{"oid": "xyz", "size": 1}]}),
        )
        .expect(200)
        .json();
    assert_eq!(odd["objects"][0]["error"]["code"], 422);
    hub.post(url, &json!({"operation": "upload"})).expect(400);
    hub.add_file((RepoType::Dataset, "user/d"), "x.bin", "large");
    let known = Blob::from("large");
    let body = json!({"operation": "download", "objects": [{"oid": known.sha256(), "size": 5}, {"oid": "0".repeat(64), "size": 5}]});
    let answer = hub.post(url, &body).expect(200).json();
    let at = answer["objects"][0]["actions"]["download"]["href"]
        .as_str()
        .unwrap();
    assert_eq!(Call::new("GET", at).send().expect(200).text(), "large");
    assert_eq!(answer["objects"][1]["error"]["code"], 404);
}

#[test]
fn objects_are_listed_duplicated_and_deleted_for_good() {
    let hub = hub();
    hub.create_repo(RepoType::Model, "user/m");
    let data = (RepoType::Dataset, "user/d");
    hub.add_file(data, "x.bin", "large");
    hub.add_file(data, "y.bin", "larger");
    hub.set_xet(true);
    let listed = hub.get("/api/datasets/user/d/lfs-files").expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let large = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["filename"] == "x.bin")
        .unwrap()
        .clone();
    assert_eq!(
        (&large["size"], &large["ref"]),
        (&json!(5), &json!("refs/heads/main"))
    );

    let file = json!({"xetHash": large["xetHash"], "sha256": large["fileOid"]});
    let unknown = json!({"xetHash": "0".repeat(64), "sha256": "0".repeat(64)});
    let body = json!({"target": {"type": "model", "name": "user/m"}, "files": [file, unknown]});
    let done = hub
        .post("/api/datasets/user/d/lfs-files/duplicate", &body)
        .expect(200)
        .json();
    assert_eq!(
        (&done["processed"], &done["succeeded"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(done["failed"][0]["sha256"], "0".repeat(64));
    assert_eq!(
        hub.get("/api/models/user/m/lfs-files")
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let body = json!({"deletions": {"sha": [large["fileOid"]], "rewriteHistory": true}});
    hub.post("/api/datasets/user/d/lfs-files/batch", &body)
        .expect(200);
    assert_eq!(hub.files(data, "main"), [".gitattributes", "y.bin"]);
    hub.post(
        "/api/datasets/user/d/lfs-files/batch",
        &json!({"deletions": {"sha": []}}),
    )
    .expect(400);
}
