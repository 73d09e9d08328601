//! `hf spaces`: how a Space runs, and what is set for it.

use hf_testhub::RepoType;
use serde_json::json;

use crate::support::Shell;

const SPACE: &str = "user/app";

fn with_space() -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Space, SPACE);
    shell
}

#[test]
fn a_space_is_paused_and_restarted() {
    let shell = with_space();
    assert_eq!(
        shell.prints("spaces pause user/app"),
        "✓ Space paused\n  space_id: user/app\n  stage: PAUSED\n"
    );
    let restarted = shell.json("spaces restart user/app --factory-reboot");
    assert_eq!(restarted["space_id"], SPACE);
    assert_eq!(restarted["factory_reboot"], true);
    let requests = shell.hub.requests();
    assert!(
        requests
            .iter()
            .any(|request| request.query.contains("factory=true"))
    );
    assert_eq!(shell.prints("spaces pause user/app -q"), "user/app\n");
}

#[test]
fn hardware_and_sleep_are_set() {
    let shell = with_space();
    let set = shell.json("spaces settings user/app --hardware t4-small --sleep-time 300");
    assert_eq!(set["hardware"], "t4-small");
    assert_eq!(
        shell.json("spaces settings user/app --sleep-time -1")["space_id"],
        SPACE
    );
    shell.refuses(&[
        "spaces settings user/app",
        "spaces settings user/app --sleep-time soon",
    ]);
}

#[test]
fn waiting_ends_when_the_space_runs_or_fails_to() {
    let shell = with_space();
    shell.hub.run_space(SPACE_REPO, &["hello", "world"]);
    let ready = shell.prints("spaces wait user/app --timeout 1m");
    assert_eq!(
        ready,
        "✓ Space ready\n  space_id: user/app\n  stage: RUNNING\n"
    );
    shell.prints("spaces pause user/app");
    let error = shell.fails(1, "spaces wait user/app");
    assert!(error.contains("PAUSED"), "{error}");
    shell.refuses(&["spaces wait user/app --timeout 1w"]);
}

const SPACE_REPO: (RepoType, &str) = (RepoType::Space, SPACE);

#[test]
fn logs_are_lines_or_json_lines() {
    let shell = with_space();
    shell.hub.run_space(SPACE_REPO, &["one", "two", "three"]);
    assert_eq!(shell.prints("spaces logs user/app"), "one\ntwo\nthree\n");
    assert_eq!(shell.prints("spaces logs user/app -n 2"), "two\nthree\n");
    assert_eq!(
        shell.prints("spaces logs user/app -n 1 --json"),
        "{\"line\": \"three\"}\n"
    );
    shell.refuses(&["spaces logs user/app -f -n 2"]);
}

#[test]
fn variables_are_set_listed_and_deleted() {
    let shell = with_space();
    shell.write(".env", "A=1\nexport B='two words' # c\nC\n");
    let added = shell.json("spaces variables add user/app --env-file .env -e A=2 -e D=4");
    assert_eq!(added, json!({"space_id": SPACE, "keys": ["A", "B", "D"]}));
    let listed = shell.json("spaces variables ls user/app");
    assert_eq!(listed[0]["key"], "A");
    assert_eq!(listed[0]["value"], "2");
    assert_eq!(listed[1]["value"], "two words");
    assert_eq!(shell.prints("spaces variables ls user/app -q"), "A\nB\nD\n");
    let error = shell.fails(1, "spaces variables delete user/app A");
    assert!(error.contains("--yes"), "{error}");
    shell.prints("spaces variables delete user/app A --yes");
    assert_eq!(shell.prints("spaces variables ls user/app -q"), "B\nD\n");
    shell.fails(2, "spaces variables add user/app");
}

#[test]
fn secrets_are_never_printed() {
    let shell = with_space();
    let ran = shell.run("spaces secrets add user/app -s KEY=hunter2 --json");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "{\"space_id\": \"user/app\", \"keys\": [\"KEY\"]}\n"
    );
    assert!(
        ran.stderr.contains("history of the shell"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hunter2"));
    // That of the login.
    shell.prints("spaces secrets add user/app -s HF_TOKEN");
    assert_eq!(
        shell.prints("spaces secrets ls user/app -q"),
        "HF_TOKEN\nKEY\n"
    );
    assert!(
        shell.json("spaces secrets ls user/app")[0]
            .get("value")
            .is_none()
    );
    let error = shell.fails(2, "spaces secrets add user/app -s ABSENT");
    assert!(error.contains("ABSENT"), "{error}");
    shell.prints("spaces secrets delete user/app KEY -y");
    assert_eq!(shell.prints("spaces secrets ls user/app -q"), "HF_TOKEN\n");
}

#[cfg(unix)]
#[test]
fn a_file_of_secrets_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = with_space();
    shell.write("secrets", "KEY=1\n");
    let mode = |mode| {
        std::fs::set_permissions(shell.work("secrets"), std::fs::Permissions::from_mode(mode))
            .unwrap();
    };
    mode(0o644);
    let ran = shell.run("spaces secrets add user/app --secrets-file secrets");
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    mode(0o600);
    let ran = shell.run("spaces secrets add user/app --secrets-file secrets");
    assert!(!ran.stderr.contains("chmod"), "{}", ran.stderr);
    let error = shell.fails(3, "spaces secrets add user/app --secrets-file absent");
    assert!(error.contains("`absent`"), "{error}");
}

#[test]
fn volumes_are_replaced_listed_and_deleted() {
    let shell = with_space();
    shell.hub.create_bucket("user/bucket");
    shell.hub.create_repo(RepoType::Model, "user/model");
    let set = shell.json("spaces volumes set user/app -v hf://buckets/user/bucket/sub:/data:ro -v hf://user/model:/m");
    assert_eq!(set["volumes"][0], "hf://buckets/user/bucket/sub:/data:ro");
    let listed = shell.json("spaces volumes ls user/app");
    assert_eq!(
        listed[0],
        json!({"type": "bucket", "source": "user/bucket", "mount_path": "/data", "read_only": true, "path": "sub"})
    );
    assert_eq!(listed[1]["type"], "model");
    shell.prints("spaces volumes delete user/app --yes");
    assert_eq!(shell.json("spaces volumes ls user/app"), json!([]));
    shell.refuses(&[
        "spaces volumes set user/app",
        "spaces volumes set user/app -v user/model:/m",
        "spaces volumes set user/app -v hf://user/model",
    ]);
}

#[test]
fn a_shell_in_the_dev_mode_asks_before_it_is_turned_on() {
    let shell = with_space();
    shell.hub.run_space(SPACE_REPO, &[]);
    let error = shell.fails(1, "spaces ssh user/app --dry-run");
    assert!(error.contains("--auto"), "{error}");
    let printed = shell.prints("spaces ssh user/app --dry-run --auto -i 'my key'");
    assert_eq!(printed, "ssh -i 'my key' user-app@ssh.hf.space\n");
    // It is on now.
    assert_eq!(
        shell.json("spaces ssh user/app --dry-run"),
        json!({"command": "ssh user-app@ssh.hf.space"})
    );
    let links = shell.json("spaces dev-mode user/app");
    assert_eq!(links["ssh"], "user-app@ssh.hf.space");
    assert!(
        shell
            .prints("spaces dev-mode user/app")
            .starts_with("Connect to dev environment:\n")
    );
    assert_eq!(
        shell.json("spaces dev-mode user/app --stop")["dev_mode"],
        false
    );
}

#[test]
fn hardware_templates_search_and_quota_are_listed() {
    let shell = with_space();
    let hardware = shell.json("spaces hardware");
    let keys: Vec<_> = hardware[0].as_object().unwrap().keys().cloned().collect();
    assert!(
        keys.contains(&"pretty name".to_owned()) && keys.contains(&"cost/min".to_owned()),
        "{keys:?}"
    );
    assert!(shell.prints("spaces hardware").starts_with("NAME "));
    assert!(
        !shell
            .json("spaces templates")
            .as_array()
            .unwrap()
            .is_empty()
    );
    let found = shell.json("spaces search app");
    assert!(found.is_array(), "{found}");
    let quota = shell.json("spaces zero-gpu quota");
    assert!(quota["remaining"].is_number(), "{quota}");
    assert_eq!(
        shell.prints("spaces zero-gpu quota -q").trim(),
        quota["remaining"].to_string()
    );
}

#[test]
fn a_space_that_cannot_reload_is_left_alone() {
    let shell = with_space();
    shell.write("app.py", "print(1)\n");
    let error = shell.fails(1, "spaces hot-reload user/app -f app.py");
    assert!(error.contains("Gradio 6.1"), "{error}");
    let done = shell.json("spaces hot-reload user/app -f app.py --skip-checks --skip-summary");
    assert_eq!(done["commit"].as_str().unwrap().len(), 40);
    assert_eq!(
        shell.hub.read(SPACE_REPO, "main", "app.py").unwrap(),
        "print(1)\n"
    );
    let error = shell.fails(1, "spaces hot-reload user/app app.py --skip-checks");
    assert!(error.contains("--local-file"), "{error}");
    shell.refuses(&["spaces hot-reload user/app"]);
}
