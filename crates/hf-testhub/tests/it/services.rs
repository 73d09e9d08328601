//! Buckets, Spaces, jobs, webhooks and inference endpoints.

use crate::support::{Calls, names, ndjson};
use hf_testhub::{RepoType, Role, TestHub};
use serde_json::{Value, json};

#[test]
fn a_bucket_is_filled_listed_and_emptied() {
    let hub = TestHub::start_blocking();
    let made = hub
        .post("/api/buckets/me/box", &json!({"private": true}))
        .expect(200)
        .json();
    assert_eq!(made["name"], "user/box");
    assert_eq!(made["url"], format!("{}/buckets/user/box", hub.endpoint()));
    let again = hub
        .post("/api/buckets/user/box", &json!({}))
        .expect(409)
        .json();
    assert_eq!(again["url"], made["url"]);
    hub.anonymous("GET", "/api/buckets/user/box")
        .send()
        .expect(401);

    let hash = hub.add_xet_file("content");
    let lines = [
        json!({"type": "addFile", "path": "a/b.txt", "xetHash": hash, "mtime": 1_700_000_000_000_u64}),
        json!({"type": "addFile", "path": "c.txt", "xetHash": hash, "contentType": "text/plain"}),
        json!({"type": "deleteFile", "path": "nothing"}),
        json!({"type": "addFile", "path": "../out", "xetHash": hash}),
    ];
    let batch = hub
        .call("POST", "/api/buckets/user/box/batch")
        .header("content-type", "application/x-ndjson")
        .body(ndjson(&lines))
        .send()
        .expect(200)
        .json();
    assert_eq!(batch["succeeded"], 2);
    assert_eq!(names(&batch["failed"], "path"), ["nothing", "../out"]);

    let tree = hub.get("/api/buckets/user/box/tree").expect(200).json();
    assert_eq!(names(&tree, "path"), ["a", "c.txt"]);
    let all = hub.get("/api/buckets/user/box/tree?recursive=true").json();
    assert_eq!(names(&all, "path"), ["a/b.txt", "c.txt"]);
    assert_eq!(all[0]["mtime"], "2023-11-14T22:13:20.000Z");
    let info = hub.get("/api/buckets/user/box").json();
    assert_eq!(
        (info["size"].as_u64(), info["totalFiles"].as_u64()),
        (Some(14), Some(2))
    );
    let some = hub.post(
        "/api/buckets/user/box/paths-info",
        &json!({"paths": ["c.txt", "x"]}),
    );
    assert_eq!(names(&some.json(), "path"), ["c.txt"]);

    let head = hub.head("/buckets/user/box/resolve/a%2Fb.txt").expect(302);
    assert_eq!(head.header("x-xet-hash"), Some(hash.as_str()));
    let content = crate::support::Call::new("GET", head.header("location").unwrap()).send();
    assert_eq!(content.expect(200).text(), "content");

    let renamed = json!({"fromRepo": "user/box", "toRepo": "user/chest", "type": "bucket"});
    hub.post("/api/repos/move", &renamed).expect(200);
    assert_eq!(hub.bucket_files("user/chest").unwrap().len(), 2);
    hub.call("DELETE", "/api/buckets/user/chest")
        .send()
        .expect(200);
    let gone = hub.get("/api/buckets/user/chest").expect(404);
    assert_eq!(gone.error_code(), Some("RepoNotFound"));
}

#[test]
fn xet_tokens_are_for_those_who_may_read_or_write() {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Model, "user/m");
    let path = "/api/models/user/m/xet-read-token/main";
    hub.get(path).expect(404);
    hub.set_xet(true);
    let token = hub.anonymous("GET", path).send().expect(200);
    let body = token.json();
    assert_eq!(
        body["accessToken"].as_str(),
        token.header("x-xet-access-token")
    );
    assert_eq!(body["casUrl"].as_str(), token.header("x-xet-cas-url"));
    assert!(body["exp"].as_i64().is_some());
    hub.anonymous("GET", "/api/models/user/m/xet-write-token/main")
        .send()
        .expect(401);
    hub.get("/api/models/user/m/xet-write-token/main")
        .expect(200);
    hub.get("/api/models/user/m/xet-write-token/None?create_pr=1")
        .expect(200);
    hub.get("/api/models/user/m/xet-read-token/nope")
        .expect(404);
}

#[test]
fn a_space_keeps_its_secrets_and_shows_its_variables() {
    let hub = TestHub::start_blocking();
    let body = json!({
        "name": "s", "type": "space", "sdk": "gradio", "hardware": "t4-small",
        "secrets": [{"key": "A", "value": "hidden"}],
    });
    hub.post("/api/repos/create", &body).expect(200);
    let at = |what: &str| format!("/api/spaces/user/s/{what}");
    let runtime = hub.get(&at("runtime")).expect(200).json();
    assert_eq!(runtime["hardware"]["requested"], "t4-small");

    hub.post(
        &at("secrets"),
        &json!({"key": "B", "value": "hidden", "description": "d"}),
    )
    .expect(200);
    let secrets = hub.get(&at("secrets")).expect(200);
    assert!(!secrets.text().contains("hidden"));
    assert_eq!(secrets.json()["B"]["description"], "d");
    hub.call("DELETE", &at("secrets"))
        .json(&json!({"key": "A"}))
        .send()
        .expect(200);
    assert!(hub.get(&at("secrets")).json().get("A").is_none());
    let variables = hub
        .post(&at("variables"), &json!({"key": "V", "value": "1"}))
        .expect(200);
    assert_eq!(variables.json()["V"]["value"], "1");
    hub.post(&at("variables"), &json!({"key": "no good", "value": "1"}))
        .expect(400);

    hub.post(
        &at("hardware"),
        &json!({"flavor": "a10g-small", "sleepTimeSeconds": 60}),
    )
    .expect(200);
    hub.post(&at("hardware"), &json!({"flavor": "abacus"}))
        .expect(400);
    let volumes = json!({"volumes": [{"type": "model", "source": "user/m", "mountPath": "/m"}]});
    hub.call("PUT", &at("volumes"))
        .json(&volumes)
        .send()
        .expect(200);
    let runtime = hub.post(&at("dev-mode"), &json!({"enabled": true})).json();
    assert_eq!(runtime["devMode"], true);
    assert_eq!(runtime["gcTimeout"], 60);
    assert_eq!(runtime["volumes"][0]["mountPath"], "/m");
    assert_eq!(hub.post(&at("pause"), &json!({})).json()["stage"], "PAUSED");

    hub.run_space((RepoType::Space, "user/s"), &["hello"]);
    let log = hub.get(&at("logs/run")).expect(200);
    assert_eq!(log.header("content-type"), Some("text/event-stream"));
    assert!(
        log.text().starts_with("data: {\"data\":\"hello\""),
        "{}",
        log.text()
    );
    let found = hub.get("/api/spaces/semantic-search?q=user").json();
    assert_eq!(names(&found, "id"), ["user/s"]);
    // Somebody else sees the Space, and not its settings.
    let other = hub.create_user("other", Role::Write);
    hub.anonymous("GET", &at("secrets"))
        .token(&other)
        .send()
        .expect(403);
}

#[test]
fn a_job_runs_ends_and_is_scheduled() {
    let hub = TestHub::start_blocking();
    let spec = json!({
        "dockerImage": "python:3.12", "command": ["python", "-V"], "labels": {"k": "v"},
        "secrets": {"S": "hidden"},
    });
    let made = hub.post("/api/jobs/user", &spec).expect(200);
    assert!(!made.text().contains("hidden"));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let at = |what: &str| format!("/api/jobs/user/{id}{what}");
    assert_eq!(hub.get(&at("")).json()["status"]["stage"], "RUNNING");
    let ended = hub.get(&at("")).json();
    assert_eq!(ended["status"]["stage"], "COMPLETED");
    assert!(
        hub.get(&at("/logs"))
            .expect(200)
            .text()
            .contains("Job started")
    );
    hub.set_job(&id, "ERROR", &["one", "two", "three"]);
    let tail = hub.get(&at("/logs?tail=2")).text();
    assert!(!tail.contains("one") && tail.contains("two") && tail.contains("three"));
    assert!(hub.get(&at("/metrics")).text().starts_with("event: metric"));
    assert_eq!(
        names(
            &hub.get("/api/jobs/user?stage=ERROR&label=k%3Dv").json(),
            "id"
        ),
        std::slice::from_ref(&id)
    );
    assert_eq!(hub.get("/api/jobs/user?label=k%3Dw").json(), json!([]));
    let again = hub.post(&at("/duplicate"), &json!({})).expect(200).json();
    assert_ne!(again["id"], id.as_str());
    let labelled = hub
        .call("PUT", &at("/labels"))
        .json(&json!({"labels": {}}))
        .send();
    assert_eq!(labelled.expect(200).json()["labels"], json!({}));
    hub.get("/api/jobs/user/687f911eaea852de79c4a50a")
        .expect(404);
    hub.get("/api/jobs/other").expect(403);

    let scheduled = json!({"schedule": "@hourly", "jobSpec": spec});
    let scheduled = hub
        .post("/api/scheduled-jobs/user", &scheduled)
        .expect(200)
        .json();
    let at = format!(
        "/api/scheduled-jobs/user/{}",
        scheduled["id"].as_str().unwrap()
    );
    let run = hub
        .post(&format!("{at}/run"), &json!({}))
        .expect(200)
        .json();
    assert_eq!(run["labels"], json!({"k": "v"}));
    let known = hub.get(&at).json();
    assert_eq!(known["status"]["lastJob"]["id"], run["id"]);
    hub.post(&format!("{at}/suspend"), &json!({})).expect(200);
    assert_eq!(hub.get(&at).json()["suspend"], true);
    hub.post(&format!("{at}/schedule"), &json!({"schedule": "soon"}))
        .expect(400);
    hub.call("DELETE", &at).send().expect(200);
    assert_eq!(hub.get("/api/scheduled-jobs/user").json(), json!([]));
}

#[test]
fn a_webhook_lives_and_keeps_its_secret() {
    let hub = TestHub::start_blocking();
    let path = "/api/settings/webhooks";
    let body = json!({
        "url": "https://example.com/hook", "secret": "s", "domains": ["repo"],
        "watched": [{"type": "user", "name": "user"}],
    });
    let made = hub.post(path, &body).expect(200).json()["webhook"].take();
    let at = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(made["disabled"], false);
    assert!(!hub.get(path).expect(200).text().contains("\"secret\""));
    let off = hub.post(&format!("{at}/disable"), &json!({})).json();
    assert_eq!(off["webhook"]["disabled"], true);
    let mut changed = body.clone();
    changed["url"] = "https://example.com/other".into();
    let changed = hub.post(&at, &changed).expect(200).json();
    assert_eq!(changed["webhook"]["url"], "https://example.com/other");
    let none: Value = json!({"url": "https://example.com", "watched": []});
    hub.post(path, &none).expect(400);
    hub.call("DELETE", &at).send().expect(200);
    hub.get(&at).expect(404);
}

#[test]
fn an_inference_endpoint_starts_pauses_and_ends() {
    let hub = TestHub::start_blocking();
    let at = "/-/endpoints/v2/endpoint/user";
    assert_eq!(
        hub.inference_endpoints_url(),
        format!("{}/-/endpoints/v2", hub.endpoint())
    );
    let body = json!({
        "name": "e", "type": "protected", "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {"accelerator": "cpu", "scaling": {"minReplica": 0, "maxReplica": 1}},
        "model": {"repository": "gpt2", "framework": "pytorch", "task": "text-generation"},
    });
    let made = hub.post(at, &body).expect(200).json();
    assert_eq!(made["status"]["state"], "pending");
    hub.post(at, &body).expect(409);
    let one = format!("{at}/e");
    hub.get(&one).expect(200);
    let running = hub.get(&one).json();
    assert_eq!(running["status"]["state"], "running");
    assert!(
        running["status"]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let refused = hub.post(&format!("{one}/resume"), &json!({})).expect(400);
    assert!(refused.text().contains("already running"));
    assert_eq!(
        hub.post(&format!("{one}/pause"), &json!({})).json()["status"]["state"],
        "paused"
    );
    let changed = hub
        .call("PUT", &one)
        .json(&json!({"compute": {"scaling": {"maxReplica": 3}}}))
        .send();
    let scaling = changed.expect(200).json()["compute"]["scaling"].take();
    assert_eq!(scaling, json!({"minReplica": 0, "maxReplica": 3}));
    hub.call("DELETE", &one).send().expect(200);
    hub.get(&one).expect(404);
    hub.get("/-/endpoints/v2/endpoint/other").expect(403);

    let model = hub.get("/-/catalog/list").json()["items"][0]["repoId"].clone();
    let deploy = format!("/-/catalog/model/{}/deploy", model.as_str().unwrap());
    let made = hub
        .post(&deploy, &json!({"namespace": "user"}))
        .expect(200)
        .json();
    assert_eq!(made["endpoint"]["model"]["repository"], model);
}
