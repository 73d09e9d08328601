//! Accounts, repositories, listings.

use crate::support::{Calls, names};
use hf_testhub::{RepoType, Role, TestHub};
use serde_json::json;

#[tokio::test(flavor = "current_thread")]
async fn starts_with_one_line_and_says_who_asks() {
    let hub = TestHub::start().await;
    let me = hub.get("/api/whoami-v2").expect(200).json();
    assert_eq!(me["name"], "user");
    assert_eq!(me["type"], "user");
    assert_eq!(me["auth"]["accessToken"]["role"], "write");

    let read = hub
        .anonymous("GET", "/api/whoami-v2")
        .token(hub.read_token())
        .send()
        .expect(200);
    assert_eq!(read.json()["auth"]["accessToken"]["role"], "read");
}

#[test]
fn refuses_no_token_an_unknown_one_and_a_malformed_one_as_the_hub_does() {
    let hub = TestHub::start_blocking();
    let none = hub.anonymous("GET", "/api/whoami-v2").send().expect(401);
    assert_eq!(
        none.header("x-error-message"),
        Some("Invalid username or password.")
    );
    assert_eq!(none.error_code(), None);
    assert!(none.header("www-authenticate").is_some());
    let unknown = hub
        .anonymous("GET", "/api/models")
        .token("hf_nobody")
        .send()
        .expect(401);
    assert_eq!(unknown.json()["error"], "Invalid username or password.");
    let malformed = hub
        .anonymous("GET", "/api/models")
        .token("rubbish")
        .send()
        .expect(401);
    assert_eq!(
        malformed.json()["error"],
        "Invalid credentials in Authorization header"
    );
    hub.revoke_token(hub.token());
    hub.get("/api/whoami-v2").expect(401);
}

#[test]
fn organizations_are_told_and_their_members_may_write() {
    let hub = TestHub::start_blocking();
    let bob = hub.create_user("bob", Role::Write);
    hub.create_org("acme", &["user"]);
    assert_eq!(
        names(&hub.get("/api/whoami-v2").json()["orgs"], "name"),
        ["acme"]
    );
    let create = json!({"name": "m", "organization": "acme", "type": "model"});
    hub.post("/api/repos/create", &create).expect(200);
    let refused = hub
        .anonymous("POST", "/api/repos/create")
        .token(&bob)
        .json(&create)
        .send()
        .expect(403);
    assert!(
        refused.text().contains("under the namespace \\\"acme\\\""),
        "{}",
        refused.text()
    );
}

#[test]
fn creates_and_deletes_repositories() {
    let hub = TestHub::start_blocking();
    let made = hub
        .post(
            "/api/repos/create",
            &json!({"name": "m", "organization": null}),
        )
        .expect(200)
        .json();
    assert_eq!(made["name"], "user/m");
    assert_eq!(made["url"], format!("{}/user/m", hub.endpoint()));
    assert_eq!(made["id"].as_str().unwrap().len(), 24);
    let again = hub
        .post("/api/repos/create", &json!({"name": "m"}))
        .expect(409);
    assert_eq!(again.json()["error"], "You already created this model repo");
    assert_eq!(again.json()["url"], made["url"]);

    for (body, at) in [
        (json!({"name": "a b"}), "name"),
        (json!({"name": "-x"}), "name"),
        (json!({"name": "a--b"}), "name"),
        (json!({"type": "model"}), "name"),
        (json!({"name": "x", "type": "planet"}), "type"),
        (json!({"name": "x", "type": "space"}), "sdk"),
    ] {
        let refused = hub.post("/api/repos/create", &body).expect(400);
        assert!(
            refused.text().contains(&format!("at {at}")),
            "{body}: {}",
            refused.text()
        );
        assert!(refused.header("x-error-message").unwrap().is_ascii());
    }
    hub.call("POST", "/api/repos/create")
        .body("{no json")
        .send()
        .expect(400);

    hub.post(
        "/api/repos/create",
        &json!({"name": "s", "type": "space", "sdk": "docker", "private": true}),
    )
    .expect(200);
    let space = hub.get("/api/spaces/user/s").expect(200).json();
    assert_eq!(space["sdk"], "docker");
    assert_eq!(space["private"], true);

    let gone = hub
        .call("DELETE", "/api/repos/delete")
        .json(&json!({"name": "m", "organization": "user"}))
        .send();
    assert_eq!(gone.expect(200).text(), "OK");
    let missing = hub.get("/api/models/user/m").expect(404);
    assert_eq!(missing.error_code(), Some("RepoNotFound"));
    hub.call("DELETE", "/api/repos/delete")
        .json(&json!({"name": "m"}))
        .send()
        .expect(404);
}

#[test]
fn a_reading_token_writes_nothing() {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Model, "user/m");
    for (method, path) in [
        ("POST", "/api/repos/create"),
        ("POST", "/api/models/user/m/commit/main"),
        ("POST", "/api/models/user/m/preupload/main"),
        ("POST", "/api/models/user/m/branch/dev"),
        ("PUT", "/api/models/user/m/settings"),
        ("POST", "/user/m.git/info/lfs/objects/batch"),
    ] {
        let call = hub.anonymous(method, path).token(hub.read_token());
        let body = json!({"name": "x", "files": [], "objects": []});
        let refused = call.json(&body).send().expect(403);
        assert_eq!(refused.error_code(), None, "{path}");
        hub.anonymous(method, path).json(&body).send().expect(401);
    }
}

#[test]
fn moves_repositories_and_redirects_from_the_old_name() {
    let hub = TestHub::start_blocking();
    let data = hub.create_repo(RepoType::Dataset, "user/old");
    hub.add_file(&data, "a b.txt", "text");
    let body = json!({"fromRepo": "user/old", "toRepo": "user/new", "type": "dataset"});
    hub.post("/api/repos/move", &body).expect(200);
    for (old, new) in [
        (
            "/api/datasets/user/old?blobs=true",
            "/api/datasets/user/new?blobs=true",
        ),
        (
            "/datasets/user/old/resolve/main/a%20b.txt",
            "/datasets/user/new/resolve/main/a%20b.txt",
        ),
        (
            "/api/datasets/user/old/tree/main",
            "/api/datasets/user/new/tree/main",
        ),
    ] {
        let moved = hub.get(old).expect(307);
        assert_eq!(moved.header("location"), Some(new));
    }
    let batch = hub
        .post(
            "/datasets/user/old.git/info/lfs/objects/batch",
            &json!({"objects": []}),
        )
        .expect(307);
    assert_eq!(
        batch.header("location"),
        Some("/datasets/user/new.git/info/lfs/objects/batch")
    );

    hub.create_repo(RepoType::Dataset, "user/taken");
    let body = json!({"fromRepo": "user/new", "toRepo": "user/taken", "type": "dataset"});
    hub.post("/api/repos/move", &body).expect(409);
    let body = json!({"fromRepo": "user/new", "toRepo": "stranger/new", "type": "dataset"});
    hub.post("/api/repos/move", &body).expect(403);
    let body = json!({"fromRepo": "user/none", "toRepo": "user/x", "type": "dataset"});
    hub.post("/api/repos/move", &body).expect(404);

    hub.rename((RepoType::Dataset, "user/new"), "user/newest");
    let twice = hub.get("/api/datasets/user/old").expect(307);
    assert_eq!(twice.header("location"), Some("/api/datasets/user/newest"));
}

#[test]
fn settings_likes_and_duplicates() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.add_file(&repo, "a.txt", "a");
    let put = |body| {
        hub.call("PUT", "/api/models/user/m/settings")
            .json(&body)
            .send()
    };
    assert_eq!(
        put(json!({"gated": "auto"})).expect(200).json(),
        json!({"gated": "auto"})
    );
    assert_eq!(hub.get("/api/models/user/m").json()["gated"], "auto");
    put(json!({"visibility": "private", "gated": false})).expect(200);
    assert_eq!(hub.get("/api/models/user/m").json()["private"], true);
    put(json!({"gated": "perhaps"})).expect(400);

    hub.call("POST", "/api/models/user/m/like")
        .send()
        .expect(200);
    assert_eq!(hub.get("/api/models/user/m").json()["likes"], 1);
    assert_eq!(
        names(&hub.get("/api/models/user/m/likers").json(), "user"),
        ["user"]
    );
    hub.call("DELETE", "/api/models/user/m/like")
        .send()
        .expect(200);
    assert_eq!(hub.get("/api/models/user/m").json()["likes"], 0);

    hub.post(
        "/api/models/user/m/duplicate",
        &json!({"repository": "user/copy"}),
    )
    .expect(200);
    assert_eq!(hub.files("user/copy", "main"), [".gitattributes", "a.txt"]);
    hub.post(
        "/api/models/user/m/duplicate",
        &json!({"repository": "user/copy"}),
    )
    .expect(409);
}
