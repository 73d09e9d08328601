//! `hf auth`.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use hf_testhub::{CannedResponse, Fault};
use http::Method;
use serde_json::{Value, json};

use crate::support::{Shell, ran};

/// Git keeps credentials in a file.
fn shell() -> Shell {
    let shell = Shell::new();
    fs::write(shell.path(".gitconfig"), "[credential]\n\thelper = store\n").unwrap();
    shell
}

fn log_in(shell: &Shell) {
    shell.prints(&format!("auth login --token {}", shell.hub.token()));
}

fn oauth(shell: &Shell, path: &str, body: &Value) {
    let response = CannedResponse::status(200).json(body);
    shell
        .hub
        .fault(Fault::on(Method::POST, path).respond(response));
}

#[test]
fn a_token_is_checked_stored_and_used() {
    let shell = shell();
    let ran = shell.run(&format!("auth login --token {}", shell.hub.token()));
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ""));
    for line in [
        "Token is valid (permission: write).",
        "Login successful.",
        "The current active token is: `",
    ] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    assert_eq!(shell.file("token").as_deref(), Some(shell.hub.token()));
    assert!(!ran.stderr.contains(shell.hub.token()));
    assert_eq!(
        shell.prints("auth token"),
        format!("{}\n", shell.hub.token())
    );
    let user = shell.hub.user();
    assert_eq!(shell.prints("auth whoami -q"), format!("{user}\n"));
    let whoami = shell.prints("auth whoami");
    assert!(
        whoami.starts_with(&format!("✓ Logged in\n  user: {user}\n")),
        "{whoami}"
    );
    assert_eq!(shell.json("auth whoami")["user"], user);
    assert!(
        shell
            .prints("auth whoami --format agent")
            .starts_with(&format!("user={user} "))
    );
}

#[test]
fn a_token_on_stdin_is_in_no_list_of_processes() {
    let shell = shell();
    let mut child = shell
        .command("auth login --token - --json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(format!("{}\n", shell.hub.token()).as_bytes())
        .unwrap();
    drop(stdin);
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    let login: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(login["user"], shell.hub.user());
    assert_eq!(login["role"], "write");
}

#[test]
fn a_refused_token_is_not_stored() {
    let shell = shell();
    let ran = shell.run("auth login --token hf_wrong_token");
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(4), ""));
    assert!(
        ran.stderr.starts_with("Error: ") && !ran.stderr.contains("hf_wrong_token"),
        "{}",
        ran.stderr
    );
    let ran = shell.run("auth login --token hf_wrong_token --json");
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["status"], 401);
    assert_eq!(shell.file("token"), None);
    assert_eq!(shell.file("stored_tokens"), None);
}

#[test]
fn a_login_by_browser() {
    for (mode, expected) in [
        (
            "human",
            "\n    Open this URL in your browser:\n        https://hub.test/device?code=1\n\n    \
             And enter the code: ABCD-EFGH\n\n    Waiting for authorization\n",
        ),
        (
            "agent",
            "Ask the user to open https://hub.test/device?code=1 in a browser and enter the code ABCD-EFGH. The code \
             expires in 899 seconds. Waiting for authorization...\nLogin successful: logged in as user (token saved as ",
        ),
    ] {
        let shell = shell();
        let code = json!({"device_code": "d", "user_code": "ABCD-\u{1b}EFGH", "verification_uri": "https://hub.test/device",
            "verification_uri_complete": "https://hub.test/device?code=1", "interval": 0, "expires_in": 900});
        oauth(&shell, "/oauth/device", &code);
        oauth(
            &shell,
            "/oauth/token",
            &json!({"access_token": shell.hub.token(), "refresh_token": "hf_r", "expires_in": 9_999_999}),
        );
        let ran = shell.run(&format!("auth login --format {mode}"));
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
        assert!(
            shell
                .file("stored_tokens")
                .unwrap()
                .contains("refresh_token = hf_r\nexpires_at = ")
        );
    }
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let shell = shell();
    for mode in ["--json", "-q"] {
        let ran = shell.run(&format!("auth login {mode}"));
        assert_eq!(
            (ran.status, ran.stdout.as_str()),
            (Some(1), ""),
            "{}",
            ran.stderr
        );
    }
    log_in(&shell);
    let ran = shell.run("auth login");
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ""));
    assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
    let ran = shell.run("auth switch");
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("--token-name"), "{}", ran.stderr);
}

#[test]
fn tokens_are_listed_switched_and_forgotten() {
    let shell = shell();
    let empty = shell.run("auth list");
    assert_eq!((empty.status, empty.stdout.as_str()), (Some(0), ""));
    assert_eq!(shell.prints("auth list --json"), "[]\n");
    fs::write(
        shell.path("stored_tokens"),
        "[a]\nhf_token = hf_aaaaaaaaaa1234\n\n[b]\nhf_token = hf_bbbbbbbbbb5678\nrefresh_token = hf_r\nexpires_at = 4102444800\n\n",
    )
    .unwrap();
    shell.prints("auth switch --token-name b");
    assert_eq!(shell.file("token").as_deref(), Some("hf_bbbbbbbbbb5678"));
    assert_eq!(
        shell.prints("auth ls"),
        "  name token       expires   \n- ---- ----------- ----------\n  a    hf_****1234           \n* b    hf_****5678 2100-01-01\n"
    );
    assert_eq!(shell.prints("auth list -q"), "a\nb\n");
    assert_eq!(
        shell.json("auth list")[1],
        json!({"name": "b", "token": "hf_****5678", "active": true, "expires_at": "2100-01-01T00:00:00Z"})
    );
    let unknown = shell.run("auth switch --token-name c");
    assert_eq!(unknown.status, Some(1));
    assert!(unknown.stderr.contains("a, b"), "{}", unknown.stderr);
    assert_eq!(shell.run("auth logout --token-name c").status, Some(3));
    shell.prints("auth logout --token-name b");
    assert_eq!(shell.file("token"), None);
    assert_eq!(shell.prints("auth list -q"), "a\n");
    assert_eq!(shell.json("auth logout"), json!({"removed": ["a"]}));
    assert_eq!(shell.file("stored_tokens"), None);
    let again = shell.run("auth logout");
    assert_eq!(again.status, Some(0));
    assert!(
        again.stderr.contains("Warning: nobody is logged in"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_broken_file_of_tokens_is_reported_and_left_alone() {
    let shell = shell();
    fs::write(shell.path("stored_tokens"), "hf_token = x\n").unwrap();
    for line in ["auth list", "auth switch --token-name a", "auth logout"] {
        let ran = shell.run(line);
        assert_eq!(ran.status, Some(1), "{line}");
        assert!(
            ran.stderr.contains("stored_tokens") && ran.stderr.contains("line 1"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(
        shell.file("stored_tokens").as_deref(),
        Some("hf_token = x\n")
    );
}

#[test]
fn the_environment_overrules_and_is_named() {
    let shell = shell();
    log_in(&shell);
    let with = |line: &str| {
        ran(&shell
            .command(line)
            .env("HF_TOKEN", "hf_of_the_environment")
            .output()
            .unwrap())
    };
    assert_eq!(with("auth token").stdout, "hf_of_the_environment\n");
    for line in ["auth list", "auth logout"] {
        let ran = with(line);
        assert_eq!(ran.status, Some(0));
        assert!(ran.stderr.contains("HF_TOKEN"), "{}", ran.stderr);
    }
    assert_eq!(shell.file("token"), None);
}

#[test]
fn nobody_logged_in_has_a_status_of_its_own() {
    let shell = shell();
    for line in ["auth whoami", "auth token"] {
        let ran = shell.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(4), ""));
        assert!(ran.stderr.contains("hf auth login"), "{}", ran.stderr);
    }
    let unreachable = ran(&shell
        .command("auth whoami")
        .env("HF_TOKEN", "hf_x")
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap());
    assert_eq!(unreachable.status, Some(5), "{}", unreachable.stderr);
}

#[test]
fn wrong_usage_sends_nothing() {
    let shell = shell();
    for line in [
        "auth",
        "auth login --no-such-option",
        "auth list extra",
        "auth whoami --json -q",
        "auth list --format xml",
    ] {
        let ran = shell.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{line}");
    }
    assert!(shell.hub.requests().is_empty());
}

#[test]
fn git_learns_and_forgets_the_token() {
    let shell = shell();
    let line = format!(
        "auth login --add-to-git-credential --token {}",
        shell.hub.token()
    );
    let ran = shell.run(&line);
    assert!(
        ran.stderr.contains("kept for git (store)"),
        "{}",
        ran.stderr
    );
    assert!(
        shell
            .file(".git-credentials")
            .unwrap()
            .contains(shell.hub.token())
    );
    shell.prints("auth logout");
    assert_eq!(shell.file(".git-credentials").as_deref(), Some(""));
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let shell = shell();
    assert_eq!(
        shell.prints("version"),
        format!("✓ hf version\n  version: {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(
        shell
            .prints("version --color always")
            .starts_with("\u{1b}[32m✓ hf version\u{1b}[0m\n")
    );
    assert_eq!(
        shell.json("version"),
        json!({"version": env!("CARGO_PKG_VERSION")})
    );
    assert!(shell.hub.requests().is_empty());
}
