//! Commits, refs, history, discussions.
mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hf_testhub::{Op, RepoType, Role, TestHub};
use serde_json::{Value, json};
use support::{Calls, Response, names, ndjson};

fn header(summary: &str) -> Value {
    json!({"key": "header", "value": {"summary": summary, "description": "why"}})
}

fn file(path: &str, content: &str) -> Value {
    let content = STANDARD.encode(content);
    json!({"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}})
}

fn commit(hub: &TestHub, revision: &str, lines: &[Value]) -> Response {
    hub.call("POST", &format!("/api/models/user/m/commit/{revision}"))
        .header("content-type", "application/x-ndjson")
        .body(ndjson(lines))
        .send()
}

fn hub() -> TestHub {
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

#[test]
fn pull_requests_have_refs_of_their_own_and_merge() {
    let hub = hub();
    let head = hub.resolve("user/m", "main").unwrap();
    let stranger = hub.create_user("stranger", Role::Write);
    let lines = ndjson(&[header("Proposal"), file("p.txt", "p")]);
    let path = "/api/models/user/m/commit/main";
    hub.anonymous("POST", path)
        .token(&stranger)
        .body(lines.clone())
        .send()
        .expect(403);
    let answer = hub
        .anonymous("POST", &format!("{path}?create_pr=1"))
        .token(&stranger)
        .body(lines)
        .send()
        .expect(200)
        .json();
    assert_eq!(
        answer["pullRequestUrl"],
        format!("{}/user/m/discussions/1", hub.endpoint())
    );
    assert_eq!(hub.resolve("user/m", "main").unwrap(), head);
    for revision in ["refs%2Fpr%2F1", "refs/pr/1"] {
        commit(
            &hub,
            revision,
            &[
                header("more"),
                file(&format!("q{}.txt", revision.len()), "q"),
            ],
        )
        .expect(200);
    }
    let tree = hub
        .get("/api/models/user/m/tree/refs%2Fpr%2F1")
        .expect(200)
        .json();
    assert!(names(&tree, "path").contains(&"p.txt".to_owned()));

    let refs = hub
        .get("/api/models/user/m/refs?include_prs=1")
        .expect(200)
        .json();
    assert_eq!(names(&refs["pullRequests"], "ref"), ["refs/pr/1"]);
    assert!(
        hub.get("/api/models/user/m/refs")
            .json()
            .get("pullRequests")
            .is_none()
    );
    let details = hub
        .get("/api/models/user/m/discussions/1")
        .expect(200)
        .json();
    assert_eq!(
        (&details["isPullRequest"], &details["status"]),
        (&json!(true), &json!("open"))
    );
    assert_eq!(details["author"]["name"], "stranger");
    assert_eq!(
        details["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| e["type"] == "commit")
            .count(),
        3
    );

    hub.add_file("user/m", "meanwhile.txt", "m");
    hub.post("/api/models/user/m/discussions/1/merge", &json!({}))
        .expect(200);
    let files = hub.files("user/m", "main");
    assert!(files.contains(&"p.txt".to_owned()) && files.contains(&"meanwhile.txt".to_owned()));
    hub.post("/api/models/user/m/discussions/1/merge", &json!({}))
        .expect(400);
}

#[test]
fn discussions_are_led() {
    let hub = hub();
    let path = "/api/models/user/m/discussions";
    let made = hub
        .post(
            path,
            &json!({"title": "A question", "description": "why?", "pullRequest": false}),
        )
        .expect(200);
    assert_eq!(
        (&made.json()["num"], &made.json()["pullRequest"]),
        (&json!(1), &json!(false))
    );
    hub.post(path, &json!({"title": "Draft", "pullRequest": true}))
        .expect(200);
    hub.post(path, &json!({"title": "ab"})).expect(400);
    let comment = hub
        .post(&format!("{path}/1/comment"), &json!({"comment": "because"}))
        .expect(201)
        .json();
    assert_eq!(comment["newMessage"]["data"]["latest"]["raw"], "because");
    hub.post(&format!("{path}/1/title"), &json!({"title": "Answered"}))
        .expect(200);
    hub.post(&format!("{path}/1/status"), &json!({"status": "closed"}))
        .expect(200);
    hub.post(&format!("{path}/1/status"), &json!({"status": "odd"}))
        .expect(400);
    hub.post(&format!("{path}/9/comment"), &json!({"comment": "x"}))
        .expect(404);
    let all = hub.get(path).expect(200).json();
    assert_eq!(names(&all["discussions"], "title"), ["Draft", "Answered"]);
    assert_eq!(
        (&all["count"], &all["numClosedDiscussions"]),
        (&json!(2), &json!(1))
    );
    let open = hub
        .get(&format!("{path}?status=open&type=pull_request"))
        .json();
    assert_eq!(names(&open["discussions"], "status"), ["draft"]);
    let events = hub.get(&format!("{path}/1")).json();
    assert_eq!(
        names(&events["events"], "type"),
        ["comment", "comment", "title-change", "status-change"]
    );
}

#[test]
fn branches_and_tags() {
    let hub = hub();
    let base = "/api/models/user/m";
    hub.post(&format!("{base}/branch/dev"), &json!({}))
        .expect(200);
    let again = hub
        .post(&format!("{base}/branch/dev"), &json!({}))
        .expect(409);
    assert_eq!(
        again.json()["error"],
        "Reference already exists:refs/heads/dev"
    );
    hub.post(
        &format!("{base}/branch/feature%2Fx"),
        &json!({"startingPoint": "dev"}),
    )
    .expect(200);
    hub.post(&format!("{base}/branch/y"), &json!({"startingPoint": "no"}))
        .expect(404);
    hub.post(&format!("{base}/branch/a..b"), &json!({}))
        .expect(400);
    hub.post(&format!("{base}/tag/dev"), &json!({"tag": "v1"}))
        .expect(200);
    hub.post(&format!("{base}/tag/dev"), &json!({"tag": "v1"}))
        .expect(409);
    let refs = hub.get(&format!("{base}/refs")).json();
    assert_eq!(
        names(&refs["branches"], "name"),
        ["dev", "feature/x", "main"]
    );
    assert_eq!(names(&refs["tags"], "ref"), ["refs/tags/v1"]);
    hub.get(&format!("{base}/revision/v1")).expect(200);
    hub.get(&format!("{base}/revision/feature%2Fx")).expect(200);
    hub.call("DELETE", &format!("{base}/branch/feature%2Fx"))
        .send()
        .expect(200);
    hub.call("DELETE", &format!("{base}/branch/feature%2Fx"))
        .send()
        .expect(404);
    hub.call("DELETE", &format!("{base}/branch/main"))
        .send()
        .expect(403);
    hub.call("DELETE", &format!("{base}/tag/v1"))
        .send()
        .expect(200);
    hub.call("DELETE", &format!("{base}/tag/v1"))
        .send()
        .expect(404);
}

#[test]
fn history_is_paged_and_squashed() {
    let hub = hub();
    for i in 0..5 {
        hub.add_file("user/m", "n.txt", format!("{i}"));
    }
    let first = hub
        .get("/api/models/user/m/commits/main?limit=3")
        .expect(200);
    assert_eq!(first.header("x-total-count"), Some("7"));
    assert_eq!(first.json().as_array().unwrap().len(), 3);
    assert_eq!(first.json()[0]["title"], "Add n.txt");
    assert_eq!(first.json()[0]["authors"][0]["user"], "user");
    let next = first.next().unwrap();
    assert!(
        next.ends_with("/api/models/user/m/commits/main?p=1&limit=3"),
        "{next}"
    );
    let old = hub.resolve("user/m", "main").unwrap();
    let squashed = hub
        .post(
            "/api/models/user/m/super-squash/main",
            &json!({"message": "one"}),
        )
        .expect(200)
        .json();
    assert_eq!(squashed["commitId"], hub.resolve("user/m", "main").unwrap());
    assert_eq!(hub.commits("user/m", "main").len(), 1);
    assert_eq!(hub.files("user/m", "main"), hub.files("user/m", &old));
    hub.get("/api/models/user/m/commits/nope").expect(404);
}

#[test]
fn every_commit_of_a_long_line_keeps_its_files() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/long");
    let oids: Vec<String> = (0..30)
        .map(|i| {
            let mut operations = vec![
                Op::add("n.txt", format!("{i}")),
                Op::add(format!("f{i}.txt"), "x"),
            ];
            if i > 0 {
                operations.push(Op::delete(format!("f{}.txt", i - 1)));
            }
            hub.commit(&repo, &format!("{i}"), operations)
        })
        .collect();
    hub.create_branch(&repo, "side", &oids[10]);
    hub.commit_to(&repo, "side", "aside", [Op::add("aside.txt", "x")]);
    for i in [0, 29, 10, 11, 5, 28] {
        assert_eq!(hub.read(&repo, &oids[i], "n.txt").unwrap(), format!("{i}"));
        assert_eq!(
            hub.files(&repo, &oids[i]),
            [
                ".gitattributes".to_owned(),
                format!("f{i}.txt"),
                "n.txt".to_owned()
            ]
        );
    }
    assert_eq!(hub.files(&repo, "side").len(), 4);
    hub.create_tag(&repo, "v", "side");
    assert_eq!(hub.resolve(&repo, "v"), hub.resolve(&repo, "side"));
}
