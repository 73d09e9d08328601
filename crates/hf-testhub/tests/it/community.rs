//! Collections, follows, access requests, papers and computed listings.

use crate::support::{Calls, names};
use hf_testhub::{Gated, RepoType, Role, TestHub};
use serde_json::json;

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
