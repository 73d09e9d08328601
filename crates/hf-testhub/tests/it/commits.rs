//! Commits.

use crate::support::{Calls, Response, ndjson};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hf_testhub::{Op, RepoType, TestHub};
use serde_json::{Value, json};

pub(crate) fn header(summary: &str) -> Value {
    json!({"key": "header", "value": {"summary": summary, "description": "why"}})
}

pub(crate) fn file(path: &str, content: &str) -> Value {
    let content = STANDARD.encode(content);
    json!({"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}})
}

pub(crate) fn commit(hub: &TestHub, revision: &str, lines: &[Value]) -> Response {
    hub.call("POST", &format!("/api/models/user/m/commit/{revision}"))
        .header("content-type", "application/x-ndjson")
        .body(ndjson(lines))
        .send()
}

pub(crate) fn hub() -> TestHub {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    hub.commit(
        repo,
        "files",
        [
            Op::add("a.txt", "a"),
            Op::add("dir/b.txt", "b"),
            Op::add("dir/c.bin", "c"),
        ],
    );
    hub
}

#[test]
fn preupload_chooses_the_way_of_each_file() {
    let hub = hub();
    hub.add_file("user/m", ".gitignore", "*.tmp\n");
    hub.set_lfs_threshold(1000);
    let ask = |files: Value| {
        hub.post(
            "/api/models/user/m/preupload/main",
            &json!({"files": files}),
        )
    };
    let answer = ask(json!([
        {"path": "a.txt", "size": 1, "sample": "YQ=="},
        {"path": "new.txt", "size": 999, "sample": ""},
        {"path": "new.safetensors", "size": 1, "sample": ""},
        {"path": "long.txt", "size": 1000, "sample": ""},
        {"path": "x.tmp", "size": 1, "sample": ""},
        {"path": "dir/c.bin", "size": 1, "sample": ""},
    ]))
    .expect(200)
    .json();
    let rows = answer["files"].as_array().unwrap();
    let modes: Vec<_> = rows
        .iter()
        .map(|row| row["uploadMode"].as_str().unwrap())
        .collect();
    assert_eq!(
        modes,
        ["regular", "regular", "lfs", "lfs", "regular", "lfs"]
    );
    assert_eq!(rows[0]["oid"], hf_testhub::Blob::from("a").git_oid());
    assert_eq!(rows[5]["oid"], hf_testhub::Blob::from("c").sha256());
    assert!(rows[1].get("oid").is_none());
    assert_eq!(rows[4]["shouldIgnore"], true);
    assert_eq!(answer["commitOid"], hub.resolve("user/m", "main").unwrap());
    let own_rules = json!({"files": [{"path": "x.tmp", "size": 1}], "gitIgnore": ""});
    let answer = hub
        .post("/api/models/user/m/preupload/main", &own_rules)
        .json();
    assert_eq!(answer["files"][0]["shouldIgnore"], false);

    let many: Vec<_> = (0..257)
        .map(|i| json!({"path": format!("{i}"), "size": 1}))
        .collect();
    ask(many.into()).expect(400);
    ask(json!([{"path": "a"}])).expect(400);
}

#[test]
fn a_commit_does_everything_at_once() {
    let hub = hub();
    let before = hub.resolve("user/m", "main").unwrap();
    let lines = [
        header("Many things"),
        file("new.txt", "new"),
        json!({"key": "deletedFile", "value": {"path": "a.txt"}}),
        json!({"key": "copyFile", "value": {"path": "copy.bin", "srcPath": "dir/c.bin"}}),
        json!({"key": "copyFile", "value": {"path": "old.txt", "srcPath": "a.txt", "srcRev": before}}),
        json!({"key": "deletedFolder", "value": {"path": "dir"}}),
    ];
    let answer = commit(&hub, "main", &lines).expect(200).json();
    let oid = answer["commitOid"].as_str().unwrap();
    assert_eq!(
        answer["commitUrl"],
        format!("{}/user/m/commit/{oid}", hub.endpoint())
    );
    assert_eq!(hub.resolve("user/m", "main").unwrap(), oid);
    assert_eq!(
        hub.files("user/m", "main"),
        [".gitattributes", "copy.bin", "new.txt", "old.txt"]
    );
    assert_eq!(hub.read("user/m", "main", "old.txt").unwrap(), "a");
    assert_eq!(hub.is_lfs("user/m", "main", "copy.bin"), Some(true));
    assert_eq!(
        hub.files("user/m", &before),
        [".gitattributes", "a.txt", "dir/b.txt", "dir/c.bin"]
    );
    let newest = &hub.commits("user/m", "main")[0];
    assert_eq!(
        (newest.title.as_str(), newest.message.as_str()),
        ("Many things", "why")
    );
    assert_eq!(newest.parent.as_deref(), Some(before.as_str()));
}

#[test]
fn a_commit_that_cannot_be_made_changes_nothing() {
    let hub = hub();
    let head = hub.resolve("user/m", "main").unwrap();
    let value = |key: &str, value: Value| json!({"key": key, "value": value});
    for (lines, status, code, says) in [
        (vec![file("x", "x")], 400, None, "no header"),
        (vec![header("a"), header("b")], 400, None, "second header"),
        (
            vec![value("header", json!({"summary": ""}))],
            400,
            None,
            "summary",
        ),
        (vec![header("a"), json!({"value": {}})], 400, None, "key"),
        (
            vec![header("a"), value("odd", json!({"path": "x"}))],
            400,
            None,
            "odd",
        ),
        (
            vec![header("a"), file("../x", "x")],
            400,
            None,
            "Invalid path",
        ),
        (
            vec![header("a"), file("/x", "x")],
            400,
            None,
            "Invalid path",
        ),
        (
            vec![header("a"), file("a/.git/x", "x")],
            400,
            None,
            "Invalid path",
        ),
        (
            vec![header("a"), file("a.txt/x", "x")],
            400,
            None,
            "a.txt is a file",
        ),
        (
            vec![
                header("a"),
                value(
                    "file",
                    json!({"path": "x", "content": "%", "encoding": "base64"}),
                ),
            ],
            400,
            None,
            "base64",
        ),
        (
            vec![header("a"), value("deletedFile", json!({"path": "no"}))],
            404,
            Some("EntryNotFound"),
            "A file with this name doesn't exist",
        ),
        (
            vec![header("a"), value("deletedFolder", json!({"path": "no"}))],
            404,
            Some("EntryNotFound"),
            "A folder with this name",
        ),
        (
            vec![
                header("a"),
                value("copyFile", json!({"path": "x", "srcPath": "no"})),
            ],
            404,
            Some("EntryNotFound"),
            "no",
        ),
        (
            vec![
                header("a"),
                value(
                    "lfsFile",
                    json!({"path": "x", "oid": "0".repeat(64), "size": 1}),
                ),
            ],
            400,
            None,
            "LFS pointer",
        ),
    ] {
        let refused = commit(&hub, "main", &lines).expect(status);
        assert_eq!(refused.error_code(), code, "{lines:?}");
        assert!(refused.text().contains(says), "{says}: {}", refused.text());
    }
    hub.call("POST", "/api/models/user/m/commit/main")
        .body("{half")
        .send()
        .expect(400);
    assert_eq!(
        commit(&hub, "nope", &[header("a")])
            .expect(404)
            .error_code(),
        Some("RevisionNotFound")
    );
    commit(&hub, &head, &[header("a")]).expect(400);
    hub.set_lfs_threshold(10);
    let large = commit(
        &hub,
        "main",
        &[header("a"), file("x", "more than ten bytes")],
    )
    .expect(400);
    assert!(large.text().contains("Offending files: x"));
    assert_eq!(hub.resolve("user/m", "main").unwrap(), head);
}

#[test]
fn of_two_writers_the_later_one_is_told() {
    let hub = hub();
    let head = hub.resolve("user/m", "main").unwrap();
    let on =
        |parent: &str| json!({"key": "header", "value": {"summary": "s", "parentCommit": parent}});
    commit(&hub, "main", &[on(&head), file("x", "1")]).expect(200);
    let late = commit(&hub, "main", &[on(&head), file("x", "2")]).expect(412);
    assert_eq!(
        late.json()["error"],
        "A commit has happened since. Please refresh and try again."
    );
    let now = hub.resolve("user/m", "main").unwrap();
    commit(&hub, "main", &[on(&now[..7]), file("x", "3")]).expect(200);
    commit(&hub, "main", &[on("0123456789"), file("x", "4")]).expect(400);
    assert_eq!(hub.read("user/m", "main", "x").unwrap(), "3");
}
