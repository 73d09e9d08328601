//! `hf repos`.

use hf_testhub::{RepoName, RepoType};
use serde_json::{Value, json};

use crate::support::Shell;

#[test]
fn repositories_are_created_renamed_and_deleted() {
    let shell = Shell::logged_in();
    let url = |path: &str| format!("{}/{path}", shell.hub.endpoint());
    assert_eq!(
        shell.prints("repos create user/one"),
        format!(
            "✓ Repo created\n  repo_id: user/one\n  url: {}\n",
            url("user/one")
        )
    );
    assert_eq!(
        shell.prints("repos create data --type dataset --private --format agent"),
        format!("repo_id=user/data url={}\n", url("datasets/user/data"))
    );
    assert_eq!(
        shell.prints("repos create spaces/user/app --sdk gradio -q"),
        "user/app\n"
    );
    assert_eq!(
        shell.json("repos create user/one --exist-ok"),
        json!({"repo_id": "user/one", "url": url("user/one")})
    );
    let stderr = shell.fails(1, "repos create user/one");
    assert!(stderr.contains("409"), "{stderr}");
    assert_eq!(
        shell.json("repos move user/one user/two"),
        json!({"from_id": "user/one", "to_id": "user/two"})
    );
    assert_eq!(
        shell.prints("repos settings user/two --gated auto --private -q"),
        "user/two\n"
    );
    let info: Value = shell.json("call model_info {\"repo_id\":\"user/two\"}");
    assert_eq!(
        (&info["gated"], &info["private"]),
        (&json!("auto"), &json!(true))
    );
    let copied = shell.json("repos duplicate datasets/user/data user/copy");
    assert_eq!(
        copied,
        json!({"from_id": "user/data", "to_id": "user/copy", "url": url("datasets/user/copy")})
    );
    let stderr = shell.fails(1, "repos delete user/two");
    assert!(stderr.contains("--yes"), "{stderr}");
    assert_eq!(
        shell.prints("repos delete user/two --yes"),
        "✓ Repo deleted\n  repo_id: user/two\n"
    );
    shell.fails(3, "repos delete user/two -y");
    assert_eq!(
        shell.prints("repos delete user/two -y --missing-ok -q"),
        "user/two\n"
    );
}

#[test]
fn branches_and_tags() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/m");
    let commit = shell.hub.add_file("user/m", "a.txt", b"a".to_vec());
    assert_eq!(
        shell.prints("repos branch create user/m dev"),
        "✓ Branch created\n  branch: dev\n  repo_type: model\n  repo_id: user/m\n"
    );
    let stderr = shell.fails(1, "repos branch create user/m dev");
    assert!(stderr.contains("409"), "{stderr}");
    assert_eq!(
        shell.prints("repos branch create user/m dev --exist-ok -q"),
        "dev\n"
    );
    assert_eq!(
        shell.json("repos branch delete user/m dev"),
        json!({"branch": "dev", "repo_type": "model", "repo_id": "user/m"})
    );
    assert_eq!(shell.prints("repos tag ls user/m"), "No results found.\n");
    assert_eq!(
        shell.prints("repos tag create user/m v1.0 -m 'First release' --format agent"),
        "tag=v1.0 repo_type=model repo_id=user/m\n"
    );
    assert_eq!(
        shell.json("repos tag list user/m"),
        json!([{"name": "v1.0", "target_commit": commit, "ref": "refs/tags/v1.0"}])
    );
    assert_eq!(
        shell.prints("repos tag ls user/m"),
        format!(
            "NAME TARGET_COMMIT                            REF           \n\
             ---- ---------------------------------------- --------------\n\
             v1.0 {commit} refs/tags/v1.0\n"
        )
    );
    assert_eq!(shell.prints("repos tag ls user/m -q"), "v1.0\n");
    let stderr = shell.fails(1, "repos tag delete user/m v1.0");
    assert!(
        stderr.contains("--yes") && stderr.contains("v1.0"),
        "{stderr}"
    );
    assert_eq!(shell.prints("repos tag delete user/m v1.0 -y -q"), "v1.0\n");
    shell.fails(3, "repos tag delete user/m v1.0 -y");
    shell.fails(3, "repos tag ls user/nothing");
}

#[test]
fn files_are_deleted_by_pattern() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Dataset, "user/d");
    let name = RepoName::from((RepoType::Dataset, "user/d"));
    for path in ["a.json", "b.json", "data/c.csv", "keep.txt"] {
        shell.hub.add_file(name.clone(), path, b"x".to_vec());
    }
    let deleted =
        shell.json("repos delete-files datasets/user/d *.json data/ --commit-message Less");
    assert_eq!(deleted["repo_id"], "user/d");
    let commit = &shell.hub.commits(name.clone(), "main")[0];
    assert_eq!(commit.title, "Less");
    assert_eq!(
        deleted["commit_url"],
        format!(
            "{}/datasets/user/d/commit/{}",
            shell.hub.endpoint(),
            commit.oid
        )
    );
    let left = shell.hub.files(name, "main");
    assert!(
        left.contains(&"keep.txt".to_owned()) && !left.contains(&"a.json".to_owned()),
        "{left:?}"
    );
}

#[test]
fn what_is_missing_or_contradicts_is_wrong_usage() {
    let shell = Shell::logged_in();
    shell.refuses(&[
        "repos",
        "repos create",
        "repos create user/s --type space",
        "repos create user/m --private --public",
        "repos create user/m --region moon",
        "repos create hf://models/user/m@v1",
        "repos delete",
        "repos move user/a",
        "repos move datasets/user/a models/user/b",
        "repos settings user/m",
        "repos settings user/m --gated maybe",
        "repos branch",
        "repos branch create user/m",
        "repos tag create user/m",
        "repos tag delete user/m",
        "repos delete-files user/m",
        "repos ls --type kernel",
        "repos cp a b",
        "repos cp a hf://buckets/user/b/x",
    ]);
}
