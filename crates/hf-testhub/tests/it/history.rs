//! Refs, history, discussions.

use hf_testhub::{Op, RepoType, Role, TestHub};
use serde_json::json;

use crate::commits::{commit, file, header, hub};
use crate::support::{Calls, names, ndjson};

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
