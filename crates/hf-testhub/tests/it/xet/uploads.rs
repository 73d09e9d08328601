use hf_cas::Hash;
use hf_testhub::TestHub;
use serde_json::{Value, json};

use super::{Prepared, cas, hub, random, token_of, write_token};
use crate::support::{Call, Calls, Response, ndjson};

fn commit(hub: &TestHub, file: &Prepared) -> Response {
    let lines = [
        json!({"key": "header", "value": {"summary": "Add a.bin"}}),
        json!({"key": "lfsFile", "value": {
            "path": "a.bin", "algo": "sha256", "oid": file.sha256(), "size": file.content.len(),
        }}),
    ];
    hub.call("POST", "/api/models/user/m/commit/main")
        .header("content-type", "application/x-ndjson")
        .body(ndjson(&lines))
        .send()
}

#[test]
fn a_commit_finds_what_its_shard_told() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    let token = write_token(&hub);
    let put = file.put_xorb(&hub, &token).expect(200);
    assert_eq!(put.json()["was_inserted"], true);
    // The xorb alone is no file.
    commit(&hub, &file).expect(400);
    assert_eq!(file.put_shard(&hub, &token).expect(200).json()["result"], 1);
    commit(&hub, &file).expect(200);
    assert_eq!(hub.read("user/m", "main", "a.bin").unwrap(), file.content);
    let tree = hub.get("/api/models/user/m/tree/main").json();
    assert_eq!(tree[1]["xetHash"], file.hash.to_string());
    assert_eq!(
        hub.xet().hash_of(&file.sha256()),
        Some(file.hash.to_string())
    );
    // All of it again is no mistake.
    assert_eq!(file.put_xorb(&hub, &token).json()["was_inserted"], false);
    assert_eq!(file.put_shard(&hub, &token).json()["result"], 0);
    let stats = hub.xet().stats();
    assert_eq!(
        (stats.new_xorbs, stats.known_xorbs, stats.shards),
        (1, 1, 2)
    );
}

#[test]
fn a_bucket_takes_what_was_uploaded_for_it() {
    let hub = hub();
    let mut file = Prepared::new(random(1, 300_000));
    // Buckets do not ask for the SHA-256.
    file.info.sha256 = None;
    let token = token_of(&hub, "/api/buckets/user/b/xet-write-token");
    file.put_xorb(&hub, &token).expect(200);
    file.put_shard(&hub, &token).expect(200);
    let line =
        json!({"type": "addFile", "path": "a.bin", "xetHash": file.hash.to_string(), "mtime": 0});
    let batch = hub
        .call("POST", "/api/buckets/user/b/batch")
        .body(ndjson(&[line]))
        .send()
        .expect(200);
    assert_eq!(batch.json()["succeeded"], 1);
    let head = hub.head("/buckets/user/b/resolve/a.bin").expect(302);
    let content = Call::new("GET", head.header("location").unwrap()).send();
    assert_eq!(content.expect(200).body, file.content);
}

#[test]
fn wrong_xorbs_are_refused() {
    let hub = hub();
    let token = write_token(&hub);
    let file = Prepared::new(random(1, 100_000));
    let put = |hash: Hash, body: &[u8]| {
        let path = format!("/v1/xorbs/default/{hash}");
        cas(&hub, "POST", &path, &token).body(body).send()
    };
    let data = file.xorb.data();
    put(Hash::of_chunk(b"other"), data).expect(400);
    put(file.xorb.hash(), &data[..data.len() - 1]).expect(400);
    put(file.xorb.hash(), b"").expect(400);
    assert_eq!(hub.xet().xorbs(), 0);
    put(file.xorb.hash(), data).expect(200);
}

/// Changes of a shard that make it wrong, by what they are.
type Change = (&'static str, fn(&mut Prepared));

#[test]
fn wrong_shards_are_refused_by_both_routes() {
    let changes: [Change; 7] = [
        ("a file that is not that of its chunks", |file| {
            file.info.hash = Hash::of_chunk(b"other");
        }),
        ("a term beyond the xorb", |file| {
            file.info.terms[0].chunks.end += 1;
        }),
        ("a term of another length", |file| {
            file.info.terms[0].length -= 1;
        }),
        ("a term of an unknown xorb", |file| {
            file.info.terms[0].xorb = Hash::of_chunk(b"other");
        }),
        ("no verification", |file| file.info.verification = None),
        ("another verification", |file| {
            file.info.verification = Some(vec![Hash::ZERO]);
        }),
        ("another SHA-256", |file| file.info.sha256 = Some([7; 32])),
    ];
    for (what, change) in changes {
        let hub = hub();
        let token = write_token(&hub);
        let mut file = Prepared::new(random(1, 300_000));
        file.put_xorb(&hub, &token).expect(200);
        change(&mut file);
        let refused = file.put_shard(&hub, &token);
        assert_eq!(refused.status, 400, "{what}");
        let body = file.shard().to_upload();
        let told = cas(&hub, "POST", "/v2/shards", &token).body(body).send();
        let last = told.expect(200).text();
        let last: Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
        assert_eq!(last["type"], "error", "{what}");
        assert_eq!(hub.xet().stats().files, 0, "{what}");
    }
}

#[test]
fn a_shard_without_its_xorb_is_refused() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    let refused = file.put_shard(&hub, &write_token(&hub)).expect(400);
    assert!(
        refused.text().contains("was not uploaded"),
        "{}",
        refused.text()
    );
}

#[test]
fn the_second_route_of_shards_tells_its_events() {
    let hub = hub();
    let token = write_token(&hub);
    let file = Prepared::new(random(1, 300_000));
    file.put_xorb(&hub, &token).expect(200);
    let body = file.shard().to_upload();
    let told = cas(&hub, "POST", "/v2/shards", &token)
        .body(body.clone())
        .send();
    let told = told.expect(200);
    assert_eq!(told.header("content-type"), Some("application/x-ndjson"));
    let last = told.text();
    assert_eq!(last.lines().last(), Some(r#"{"type":"result"}"#));
    hub.xet().set_shards_v2(false);
    cas(&hub, "POST", "/v2/shards", &token)
        .body(body)
        .send()
        .expect(404);
}

#[test]
fn xorbs_are_put_by_grant() {
    let hub = hub();
    let token = write_token(&hub);
    let file = Prepared::new(random(1, 100_000));
    let data = file.xorb.data().to_vec();
    let hash = file.xorb.hash();
    let ask = |length: usize, checksum: u64| {
        let checksum = json!({"algo": "crc64nvme", "value": checksum.to_string()});
        cas(
            &hub,
            "POST",
            &format!("/v1/xorb-grants/default/{hash}"),
            &token,
        )
        .json(&json!({"length": length, "checksum": checksum}))
        .send()
    };
    let put = |grant: &Value, body: &[u8]| {
        let mut call = Call::new("PUT", grant["url"].as_str().unwrap());
        for (name, value) in grant["headers"].as_object().unwrap() {
            call = call.header(name, value.as_str().unwrap());
        }
        call.body(body).send()
    };
    let commit = |grant: &Value| {
        let id = grant["id"].as_str().unwrap();
        let path = format!("/v1/xorb-commits/default/{hash}/grant/{id}");
        cas(&hub, "POST", &path, &token).send()
    };
    let grant = ask(data.len(), crc64(&data)).expect(201).json();
    assert!(
        grant["url"]
            .as_str()
            .unwrap()
            .starts_with(&hub.storage_endpoint())
    );
    // Nothing was put: nothing to commit.
    commit(&grant).expect(404);
    put(&grant, &data[1..]).expect(400);
    Call::new("PUT", grant["url"].as_str().unwrap())
        .body(data.clone())
        .send()
        .expect(403);
    put(&grant, &data).expect(200);
    put(&grant, &data).expect(412);
    commit(&grant).expect(200);
    assert_eq!(hub.xet().xorbs(), 1);
    // It is there: another grant is not needed.
    ask(data.len(), crc64(&data)).expect(200);
    assert_eq!(hub.leaked_tokens(), [""; 0]);
    hub.xet().set_grants(false);
    ask(data.len(), crc64(&data)).expect(404);
}

#[test]
fn a_grant_expires() {
    let hub = hub();
    let token = write_token(&hub);
    let hash = Hash::of_chunk(b"any");
    let grant = cas(
        &hub,
        "POST",
        &format!("/v1/xorb-grants/default/{hash}"),
        &token,
    )
    .json(&json!({"length": 1, "checksum": {"algo": "crc64nvme", "value": "1"}}))
    .send()
    .expect(201)
    .json();
    hub.expire_storage_urls();
    Call::new("PUT", grant["url"].as_str().unwrap())
        .body("x")
        .send()
        .expect(403);
}

/// Bit by bit, as its definition says.
fn crc64(data: &[u8]) -> u64 {
    !data.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc: u64, _| {
            let next = crc >> 1;
            if crc & 1 == 1 {
                next ^ 0x9a6c_9329_ac4b_c9b5
            } else {
                next
            }
        })
    })
}

#[test]
fn the_hub_names_what_an_lfs_client_uploads_by_xet() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    let batch = |transfers: &[&str]| {
        let object = json!({"oid": file.sha256(), "size": file.content.len()});
        let body = json!({"operation": "upload", "transfers": transfers, "objects": [object]});
        hub.post("/user/m.git/info/lfs/objects/batch", &body)
            .expect(200)
            .json()
    };
    assert_eq!(batch(&["basic", "multipart"])["transfer"], "basic");
    let answer = batch(&["basic", "xet"]);
    assert_eq!(answer["transfer"], "xet");
    let action = &answer["objects"][0]["actions"]["upload"];
    let token = action["header"]["X-Xet-Access-Token"].as_str().unwrap();
    assert_eq!(action["header"]["X-Xet-Cas-Url"], hub.cas_endpoint());
    file.put_xorb(&hub, token).expect(200);
    file.put_shard(&hub, token).expect(200);
    assert!(batch(&["xet"])["objects"][0]["actions"].is_null());
    let href = action["href"].as_str().unwrap();
    Call::new("GET", href).token(hub.token()).send().expect(200);
    hub.set_xet(false);
    assert_eq!(batch(&["basic", "xet"])["transfer"], "basic");
}

#[test]
fn the_hub_learns_from_another_store_what_was_sent_there() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    hub.xet()
        .set_external_store("http://127.0.0.1:1", folder.path());
    let file = Prepared::new(random(1, 300_000));
    let token = hub.get("/api/models/user/m/xet-write-token/main").json();
    assert_eq!(token["casUrl"], "http://127.0.0.1:1");
    commit(&hub, &file).expect(400);
    let shard = file.shard().to_bytes(&hf_cas::shard::Footer::new());
    std::fs::write(folder.path().join("one.mdb"), &shard[..shard.len() / 2]).unwrap();
    commit(&hub, &file).expect(400);
    std::fs::write(folder.path().join("one.mdb"), shard).unwrap();
    commit(&hub, &file).expect(200);
    let head = hub.head("/user/m/resolve/main/a.bin").expect(302);
    assert_eq!(head.header("x-xet-hash").unwrap(), file.hash.to_string());
    assert_eq!(head.header("x-linked-size"), Some("300000"));
    let line = json!({"type": "addFile", "path": "a.bin", "xetHash": file.hash.to_string()});
    hub.call("POST", "/api/buckets/user/b/batch")
        .body(ndjson(&[line]))
        .send()
        .expect(200);
}

#[test]
fn another_process_is_told_what_the_store_received() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    file.upload(&hub);
    let stats = hub.get("/-/testhub/xet").expect(200).json();
    assert_eq!(
        (&stats["new_xorbs"], &stats["shards"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(stats["xorb_bytes"], file.xorb.data().len());
    assert_eq!(stats["leaked_tokens"], json!([]));
    cas(&hub, "GET", "/", hub.token()).send();
    let stats = hub.get("/-/testhub/xet").json();
    assert_eq!(stats["leaked_tokens"], json!(["Cas: GET /"]));
}
