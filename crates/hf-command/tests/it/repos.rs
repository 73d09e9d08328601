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

/// What the command has asked the Hub to create.
fn created(shell: &Shell) -> Value {
    let requests = shell.hub.requests();
    let mut creations = requests
        .iter()
        .filter(|request| request.path == "/api/repos/create");
    creations.next_back().unwrap().json().unwrap()
}

#[test]
fn a_space_is_created_with_its_hardware_variables_secrets_and_volumes() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    shell.write("vars.env", "# comment\nA=of the file\nB='x y'\n");
    shell.write("secrets.env", "\u{feff}export KEY=hidden1\n");
    let line = "repos create user/app --type space --sdk docker --flavor t4-small --sleep-time 300 --private \
                --env-file vars.env -e A=1 --env HOME_OF_TEST --secrets-file secrets.env -s HF_TOKEN --secrets OTHER=hidden2 \
                --volume hf://datasets/user/data:/data:ro --json";
    let output = shell
        .command(line)
        .env("HOME_OF_TEST", "here")
        .output()
        .unwrap();
    let ran = crate::support::ran(&output);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        printed,
        json!({"repo_id": "user/app", "url": format!("{}/spaces/user/app", shell.hub.endpoint())})
    );
    // Only what was on the command line is warned of, and no value is shown.
    assert!(
        ran.stderr.contains("--secrets OTHER") && !ran.stderr.contains("hidden"),
        "{}",
        ran.stderr
    );
    let pair = |key: &str, value: &str| json!({"key": key, "value": value});
    assert_eq!(
        created(&shell),
        json!({
            "name": "app", "organization": "user", "type": "space", "sdk": "docker",
            "visibility": "private", "hardware": "t4-small", "sleepTimeSeconds": 300,
            "variables": [pair("A", "1"), pair("B", "x y"), pair("HOME_OF_TEST", "here")],
            "secrets": [
                pair("KEY", "hidden1"),
                pair("HF_TOKEN", shell.hub.token()),
                pair("OTHER", "hidden2"),
            ],
            "volumes": [{
                "type": "dataset", "source": "user/data", "mountPath": "/data", "readOnly": true,
            }],
        })
    );
    let variables = shell.json("spaces variables ls user/app");
    let names: Vec<&Value> = variables
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["key"])
        .collect();
    assert_eq!(names, ["A", "B", "HOME_OF_TEST"]);
    let secrets = shell.prints("spaces secrets ls user/app");
    assert!(
        secrets.contains("KEY") && !secrets.contains("hidden"),
        "{secrets}"
    );
}

#[test]
fn what_a_space_lacks_is_said_before_it_is_created() {
    let shell = Shell::logged_in();
    let stderr = shell.fails(
        2,
        "repos create user/app --type space --sdk static -s NO_SUCH_SECRET",
    );
    assert!(stderr.contains("NO_SUCH_SECRET"), "{stderr}");
    for volume in [
        "data",
        "hf://datasets/user/data",
        "hf://datasets/user/data:relative",
    ] {
        shell.refuses(&[&format!(
            "repos create user/app --type space --sdk static -v {volume}"
        )]);
    }
    let stderr = shell.fails(
        3,
        "repos create user/app --type space --sdk static --env-file none.env",
    );
    assert!(stderr.contains("none.env"), "{stderr}");
    assert!(!shell.hub.repo_exists((RepoType::Space, "user/app")));
    // They mean nothing for a model.
    let ran = shell.run("repos create user/m -e A=1");
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.stderr.contains("`space_variables` is ignored"),
        "{}",
        ran.stderr
    );
}

#[test]
fn repositories_are_listed_in_every_form() {
    let shell = Shell::logged_in();
    assert_eq!(shell.prints("repos ls"), "No results found.\n");
    shell.hub.create_repo(RepoType::Model, "user/first");
    shell.hub.create_repo(RepoType::Dataset, "user/second");
    shell
        .hub
        .set_private(RepoName::from((RepoType::Dataset, "user/second")), true);
    shell.hub.add_file("user/first", "a.bin", vec![0; 2500]);
    shell.hub.create_org("team", &["user"]);
    shell.hub.create_repo(RepoType::Model, "team/other");
    let rows = shell.json("repos list");
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["type"], &rows[0]["visibility"]),
        (&json!("user/first"), &json!("model"), &json!("public"))
    );
    assert!(rows[0]["storage_bytes"].as_u64().unwrap() >= 2500 && rows[0]["storage"].is_string());
    assert!(
        rows[0]["updated_at"]
            .as_str()
            .unwrap()
            .starts_with(rows[0]["updated"].as_str().unwrap())
    );
    assert_eq!(rows[1]["visibility"], "private");
    let table = shell.prints("repos ls");
    let head: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        head,
        [
            "ID",
            "TYPE",
            "UPDATED",
            "VISIBILITY",
            "STORAGE",
            "%_OF_TOTAL"
        ]
    );
    assert_eq!(shell.prints("repos ls -q"), "user/first\nuser/second\n");
    let agent = shell.prints("repos ls --format agent");
    assert!(
        agent.starts_with("id\ttype\tupdated\t") && agent.lines().count() == 3,
        "{agent}"
    );
    assert_eq!(shell.prints("repos ls --type dataset -q"), "user/second\n");
    assert_eq!(shell.prints("repos ls --search FIRST -q"), "user/first\n");
    assert_eq!(shell.prints("repos ls --namespace team -q"), "team/other\n");
    assert_eq!(
        serde_json::from_str::<Value>(&shell.prints("repos ls --json=id --limit 1")).unwrap(),
        json!([{"id": "user/first"}])
    );
    let ran = shell.run("repos ls --limit 1");
    assert!(ran.stderr.contains("Showing 1 of 2"), "{}", ran.stderr);
    assert_eq!(shell.prints("repos ls --limit 0 -q").lines().count(), 2);
    std::fs::remove_file(shell.path("token")).unwrap();
    shell.fails(4, "repos ls");
}
