//! What the Hub offers besides repositories.
use crate::support::{Calls, names, ndjson};
use hf_testhub::{Gated, RepoType, Role, TestHub};
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
fn a_collection_holds_items_in_order() {
    let hub = TestHub::start_blocking();
    for id in ["user/a", "user/b"] {
        hub.create_repo(RepoType::Model, id);
    }
    let made = hub
        .post("/api/collections", &json!({"title": "My List"}))
        .expect(200)
        .json();
    let slug = made["slug"].as_str().unwrap().to_owned();
    assert!(slug.starts_with("user/my-list-"));
    let again = hub
        .post("/api/collections", &json!({"title": "My List"}))
        .expect(409)
        .json();
    assert_eq!(again["slug"], slug.as_str());
    let at = format!("/api/collections/{slug}");
    for id in ["user/a", "user/b"] {
        let item = json!({"item": {"type": "model", "id": id}, "note": "n"});
        hub.post(&format!("{at}/items"), &item).expect(200);
        hub.post(&format!("{at}/items"), &item).expect(409);
    }
    hub.post(
        &format!("{at}/items"),
        &json!({"item": {"type": "model", "id": "user/x"}}),
    )
    .expect(404);
    let items = hub.get(&at).json()["items"].take();
    let first = items[0]["_id"].as_str().unwrap();
    let moved = json!({"position": 1});
    hub.call("PATCH", &format!("{at}/items/{first}"))
        .json(&moved)
        .send()
        .expect(200);
    let items = hub.get(&at).json()["items"].take();
    assert_eq!(names(&items, "id"), ["user/b", "user/a"]);
    let renamed = json!({"title": "Other", "private": true});
    let shown = hub
        .call("PATCH", &at)
        .json(&renamed)
        .send()
        .expect(200)
        .json();
    assert_eq!(shown["data"]["title"], "Other");
    hub.anonymous("GET", &at).send().expect(404);
    assert_eq!(
        names(
            &hub.get("/api/collections?item=models/user/a").json(),
            "slug"
        ),
        [slug]
    );
    hub.call("DELETE", &at).send().expect(200);
    assert_eq!(hub.get("/api/collections?owner=user").json(), json!([]));
}

#[test]
fn people_follow_like_and_own() {
    let hub = TestHub::start_blocking();
    hub.create_user("Other", Role::Read);
    hub.create_org("org", &["user"]);
    let repo = hub.create_repo(RepoType::Dataset, "org/d");
    hub.follow("Other", "user");
    hub.follow("Other", "org");
    hub.post("/api/datasets/org/d/like", &json!({})).expect(200);

    let followers = hub.get("/api/users/user/followers").expect(200).json();
    assert_eq!(names(&followers, "user"), ["Other"]);
    assert_eq!(
        names(&hub.get("/api/users/Other/following").json(), "user"),
        ["user"]
    );
    assert_eq!(
        names(&hub.get("/api/organizations/org/followers").json(), "user"),
        ["Other"]
    );
    assert_eq!(
        names(&hub.get("/api/organizations/org/members").json(), "user"),
        ["user"]
    );
    let org = hub.get("/api/organizations/org/overview").json();
    assert_eq!(
        (org["numDatasets"].as_u64(), org["numUsers"].as_u64()),
        (Some(1), Some(1))
    );
    let likes = hub.get("/api/users/user/likes").json();
    assert_eq!(
        likes[0]["repo"],
        json!({"name": repo.id, "type": "dataset"})
    );
    assert_eq!(
        hub.get("/api/users/user/overview").json()["orgs"][0]["name"],
        "org"
    );
    let owned = hub
        .get("/api/organizations/org/settings/repositories")
        .json();
    assert_eq!(names(&owned, "id"), ["org/d"]);
    assert_eq!(hub.get("/api/settings/repositories").json(), json!([]));
    let moved = hub.get("/api/users/other/overview").expect(307);
    assert_eq!(moved.header("location"), Some("/api/users/Other/overview"));
    hub.get("/api/users/nobody/overview").expect(404);
    hub.get("/api/organizations/nobody/overview").expect(404);
}

#[test]
fn access_to_a_gated_repository_is_asked_for_and_decided_on() {
    let hub = TestHub::start_blocking();
    let other = hub.create_user("other", Role::Read);
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.set_gated(&repo, Gated::Manual);
    let at = |what: &str| format!("/api/models/user/m/user-access-request/{what}");
    let check = || {
        hub.anonymous("GET", "/api/models/user/m/auth-check")
            .token(&other)
            .send()
    };
    let refused = check().expect(403);
    assert!(
        refused
            .header("x-error-message")
            .unwrap()
            .contains("Visit https://huggingface.co/user/m to ask")
    );
    hub.anonymous("POST", "/user/m/ask-access")
        .token(&other)
        .json(&json!({"Company": "HF"}))
        .send()
        .expect(303);
    let waiting = check().expect(403);
    assert!(
        waiting
            .header("x-error-message")
            .unwrap()
            .contains("awaiting a review")
    );
    let pending = hub.get(&at("pending")).expect(200).json();
    assert_eq!(pending[0]["user"]["user"], "other");
    assert_eq!(pending[0]["fields"], json!({"Company": "HF"}));

    hub.post(
        &at("handle"),
        &json!({"user": "other", "status": "accepted"}),
    )
    .expect(200);
    check().expect(200);
    let id = hub.get(&at("accepted")).json()[0]["requestId"].clone();
    hub.post(
        &at("handle"),
        &json!({"requestId": id, "status": "rejected"}),
    )
    .expect(200);
    check().expect(403);
    hub.post(&at("grant"), &json!({"user": "other"}))
        .expect(200);
    hub.post(&at("grant"), &json!({"user": "other"}))
        .expect(400);
    hub.post(
        &at("handle"),
        &json!({"user": "nobody", "status": "accepted"}),
    )
    .expect(404);
    hub.post(&at("handle"), &json!({"user": "other", "status": "bogus"}))
        .expect(400);
    hub.anonymous("GET", &at("pending"))
        .token(&other)
        .send()
        .expect(403);
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

#[test]
fn papers_leaderboards_and_parquet_files_are_those_that_were_set() {
    let hub = TestHub::start_blocking();
    hub.add_paper(
        "2401.00001",
        "On Tests",
        "They are good.",
        json!({"upvotes": 3}),
    );
    hub.add_paper("2401.00002", "On Bugs", "They are not.", json!({}));
    let daily = hub.get("/api/daily_papers?limit=1&p=1").json();
    assert_eq!(daily[0]["paper"]["id"], "2401.00002");
    assert_eq!(
        hub.get("/api/papers/search?q=good").json()[0]["title"],
        "On Tests"
    );
    assert_eq!(hub.get("/api/papers/2401.00001").json()["upvotes"], 3);
    let text = hub.get("/papers/2401.00001.md").expect(200);
    assert!(text.text().starts_with("# On Tests\n"));
    hub.get("/api/papers/9999.99999").expect(404);

    let data = hub.create_repo(RepoType::Dataset, "user/d");
    hub.get("/api/datasets/user/d/leaderboard").expect(404);
    hub.set_leaderboard(
        &data,
        vec![json!({"rank": 1, "modelId": "user/m", "value": 0.5})],
    );
    assert_eq!(
        hub.get("/api/datasets/user/d/leaderboard").json()[0]["rank"],
        1
    );
    let none = hub
        .get("/-/datasets-server/parquet?dataset=user/d")
        .expect(200)
        .json();
    assert_eq!(none["parquet_files"], json!([]));
}

#[test]
fn the_headers_of_all_shards_come_at_once() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let shard = |tensor: &str| {
        let header =
            json!({tensor: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).to_string();
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(&[0; 4]);
        file
    };
    let index = json!({"metadata": {"total_size": 8}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}});
    hub.add_file(&repo, "sub/model.safetensors.index.json", index.to_string());
    hub.add_file(&repo, "sub/1.safetensors", shard("a"));
    let path = "/api/models/user/m/safetensors-metadata/sub/model.safetensors.index.json";
    hub.get(path).expect(404);
    hub.add_file(&repo, "sub/2.safetensors", shard("b"));
    let body = hub.get(path).expect(200).json();
    assert_eq!(body["index"]["metadata"]["total_size"], 8);
    assert_eq!(body["headers"]["2.safetensors"]["b"]["dtype"], "F32");
    hub.add_file(&repo, "sub/2.safetensors", "no header");
    hub.get(path).expect(400);
}

#[test]
fn lists_are_filtered_by_what_the_hub_computes() {
    let hub = TestHub::start_blocking();
    let small = hub.create_repo(RepoType::Model, "user/small");
    let large = hub.create_repo(RepoType::Model, "user/large");
    hub.create_repo(RepoType::Model, "user/plain");
    hub.set_members(&small, json!({
        "safetensors": {"parameters": {"F32": 1_000_000}, "total": 1_000_000}, "apps": ["ollama"],
    }));
    hub.set_members(&large, json!({
        "safetensors": {"parameters": {"BF16": 7_000_000_000_u64}, "total": 7_000_000_000_u64},
        "inference": "warm", "inferenceProviderMapping": [{"provider": "groq", "status": "live"}],
    }));
    let ids = |query: &str| {
        names(
            &hub.get(&format!("/api/models?{query}")).expect(200).json(),
            "id",
        )
    };
    assert_eq!(ids("apps=ollama"), ["user/small"]);
    assert_eq!(ids("inference=warm"), ["user/large"]);
    assert_eq!(ids("inference_provider=groq"), ["user/large"]);
    assert_eq!(ids("inference_provider=all"), ["user/large"]);
    assert_eq!(ids("num_parameters=min:6B,max:128B"), ["user/large"]);
    assert_eq!(ids("num_parameters=max:6B"), ["user/small"]);
    hub.get("/api/models?num_parameters=many").expect(400);
    let shown = hub.get("/api/models?expand=safetensors&apps=ollama").json();
    assert_eq!(shown[0]["safetensors"]["total"], 1_000_000);
}
