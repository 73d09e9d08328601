//! Behavior of the real Hub that is easy to get wrong.
use crate::support::{Calls, names, ndjson};
use hf_testhub::{Op, RepoType, TestHub};
use serde_json::{Value, json};

fn commit(hub: &TestHub, at: &str, lines: &[Value]) -> crate::support::Response {
    hub.call("POST", at)
        .header("content-type", "application/x-ndjson")
        .body(ndjson(lines))
        .send()
}

fn header() -> Value {
    json!({"key": "header", "value": {"summary": "s"}})
}

fn file(path: &str) -> Value {
    json!({"key": "file", "value": {"path": path, "content": "x"}})
}

#[test]
fn editing_a_comment_changes_it_and_adds_none() {
    let hub = TestHub::start_blocking();
    hub.create_repo(RepoType::Model, "user/m");
    let at = "/api/models/user/m/discussions";
    hub.post(at, &json!({"title": "A title", "description": "first"}))
        .expect(200);
    let events = hub.get(&format!("{at}/1")).json()["events"].take();
    let id = events[0]["id"].as_str().unwrap();
    let edited = hub
        .post(
            &format!("{at}/1/comment/{id}/edit"),
            &json!({"content": "second"}),
        )
        .expect(200)
        .json();
    assert_eq!(edited["updatedComment"]["id"], id);
    let events = hub.get(&format!("{at}/1")).json()["events"].take();
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!(events[0]["data"]["latest"]["raw"], "second");
    assert_eq!(events[0]["data"]["edited"], true);
    let hidden = hub
        .post(&format!("{at}/1/comment/{id}/hide"), &json!({}))
        .expect(200)
        .json();
    assert_eq!(hidden["updatedComment"]["data"]["hidden"], true);
    hub.post(
        &format!("{at}/1/comment/{id}/edit"),
        &json!({"content": "third"}),
    )
    .expect(400);
    hub.post(&format!("{at}/1/comment/0000/hide"), &json!({}))
        .expect(404);
    let other = hub.create_user("other", hf_testhub::Role::Write);
    hub.anonymous("POST", &format!("{at}/1/comment/{id}/hide"))
        .token(&other)
        .send()
        .expect(403);
}

#[test]
fn a_pull_request_is_squashed_and_opened_from_any_commit() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let first = hub.add_file(&repo, "a.txt", "a");
    hub.add_file(&repo, "b.txt", "b");
    let made = commit(
        &hub,
        &format!("/api/models/user/m/commit/{first}?create_pr=1"),
        &[header(), file("c.txt")],
    )
    .expect(200)
    .json();
    assert!(
        made["pullRequestUrl"]
            .as_str()
            .unwrap()
            .ends_with("/discussions/1")
    );
    assert_eq!(
        hub.files(&repo, "refs/pr/1"),
        [".gitattributes", "a.txt", "c.txt"]
    );
    commit(
        &hub,
        "/api/models/user/m/commit/refs%2Fpr%2F1",
        &[header(), file("d.txt")],
    )
    .expect(200);
    hub.post("/api/models/user/m/super-squash/refs%2Fpr%2F1", &json!({}))
        .expect(200);
    assert_eq!(hub.commits(&repo, "refs/pr/1").len(), 1);
    assert_eq!(hub.files(&repo, "refs/pr/1").len(), 4);
    // Only a pull request may start at a commit.
    commit(
        &hub,
        &format!("/api/models/user/m/commit/{first}"),
        &[header(), file("e.txt")],
    )
    .expect(400);
}

#[test]
fn a_folder_is_deleted_by_its_name_with_or_without_a_slash() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    for name in ["folder", "folder/"] {
        hub.commit(
            &repo,
            "fill",
            [Op::add("folder/a", "a"), Op::add("folder/b/c", "c")],
        );
        for key in ["deletedFile", "deletedFolder"] {
            if name == "folder/" && key == "deletedFile" {
                continue;
            }
            if !hub.files(&repo, "main").contains(&"folder/a".to_owned()) {
                hub.commit(
                    &repo,
                    "fill",
                    [Op::add("folder/a", "a"), Op::add("folder/b/c", "c")],
                );
            }
            let delete = json!({"key": key, "value": {"path": name}});
            commit(&hub, "/api/models/user/m/commit/main", &[header(), delete]).expect(200);
            assert_eq!(hub.files(&repo, "main"), [".gitattributes"], "{key} {name}");
        }
    }
}

#[test]
fn a_path_cannot_leave_the_repository() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.add_file(&repo, "a.txt", "a");
    for path in [
        "../out",
        "a/../../b",
        "/abs",
        "a//b",
        "./a",
        ".git/config",
        "",
    ] {
        commit(
            &hub,
            "/api/models/user/m/commit/main",
            &[header(), file(path)],
        )
        .expect(400);
        let ask = json!({"files": [{"path": path, "size": 1, "sample": ""}]});
        hub.post("/api/models/user/m/preupload/main", &ask)
            .expect(400);
        let copy = json!({"key": "copyFile", "value": {"path": path, "srcPath": "a.txt"}});
        commit(&hub, "/api/models/user/m/commit/main", &[header(), copy]).expect(400);
    }
}

#[test]
fn an_id_in_another_case_leads_to_the_repository() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/Model-A");
    hub.add_file(&repo, "a.txt", "a");
    let moved = hub.get("/api/models/USER/model-a?blobs=1").expect(307);
    assert_eq!(
        moved.header("location"),
        Some("/api/models/user/Model-A?blobs=1")
    );
    let moved = hub.get("/user/model-a/resolve/main/a.txt").expect(307);
    assert_eq!(
        moved.header("location"),
        Some("/user/Model-A/resolve/main/a.txt")
    );
    hub.delete_repo(&repo);
    hub.get("/api/models/user/model-a").expect(404);
}

#[test]
fn a_moved_repository_is_not_deleted_by_its_old_name() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/old");
    hub.rename(&repo, "user/new");
    let refused = hub
        .call("DELETE", "/api/repos/delete")
        .json(&json!({"name": "old", "organization": "user"}))
        .send()
        .expect(404);
    assert_eq!(refused.error_code(), Some("RepoNotFound"));
    assert!(hub.repo_exists("user/new"));
}

#[test]
fn a_bad_model_index_is_refused_by_name() {
    let hub = TestHub::start_blocking();
    let content = "---\nmodel-index:\n- name: m\n  results:\n  - task:\n      type: t\n    dataset:\n      name: D\n    metrics: []\n---\n";
    let body = json!({"content": content, "repoType": "model"});
    let refused = hub.post("/api/validate-yaml", &body).expect(400).json();
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "\"model-index[0].results[0].dataset.type\" is required"
    );
}

#[test]
fn a_page_begins_where_the_last_one_ended_though_others_create_and_delete() {
    let hub = TestHub::start_blocking();
    hub.seed_models(6);
    let first = hub.get("/api/models?limit=2").expect(200);
    let seen = names(&first.json(), "id");
    hub.delete_repo(seen[0].as_str());
    hub.create_repo(RepoType::Model, "user/new");
    let mut next = first.next();
    let mut all = seen;
    while let Some(url) = next {
        let page = hub
            .get(url.strip_prefix(&hub.endpoint()).unwrap())
            .expect(200);
        all.extend(names(&page.json(), "id"));
        next = page.next();
    }
    let unique: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), unique.len()), (7, 7));
    for sort in ["downloads", "likes", "createdAt", "lastModified"] {
        let whole = names(
            &hub.get(&format!("/api/models?sort={sort}&direction=-1"))
                .json(),
            "id",
        );
        let mut paged = Vec::new();
        let mut next = Some(format!(
            "{}/api/models?sort={sort}&direction=-1&limit=4",
            hub.endpoint()
        ));
        while let Some(url) = next {
            let page = hub
                .get(url.strip_prefix(&hub.endpoint()).unwrap())
                .expect(200);
            paged.extend(names(&page.json(), "id"));
            next = page.next();
        }
        assert_eq!(paged, whole, "{sort}");
    }
}

#[test]
fn part_of_a_cached_file_is_given_after_the_whole_was() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.add_file(&repo, "a.txt", "0123456789");
    let moved = hub.get("/user/m/resolve/main/a.txt").expect(307);
    let path = moved.header("location").unwrap();
    assert_eq!(hub.get(path).expect(200).text(), "0123456789");
    let part = hub
        .call("GET", path)
        .header("range", "bytes=2-4")
        .send()
        .expect(206);
    assert_eq!(part.text(), "234");
    let etag = hub.get(path).header("etag").unwrap().to_owned();
    hub.call("GET", path)
        .header("if-none-match", etag)
        .send()
        .expect(304);
}
