//! `hf call`, run as a command against an embedded Hub.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use hf_testhub::{Fault, RepoType, TestHub};
use serde_json::Value;

struct Shell {
    hub: TestHub,
    home: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        Self {
            hub: TestHub::start_blocking(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hf"));
        command
            .arg("call")
            .args(arguments)
            .env_clear()
            .env("HF_ENDPOINT", self.hub.endpoint())
            .env("HF_TOKEN", self.hub.token())
            .env("HF_HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a call prints that succeeds.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The error of a call that fails: one line on stderr, nothing on stdout.
    fn fails(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let mut told: Value = serde_json::from_str(&stderr).unwrap();
        told["error"].take()
    }
}

#[test]
fn a_result_is_one_line_of_json() {
    let shell = Shell::new();
    let text = shell.prints(&["whoami"]);
    assert_eq!(text.lines().count(), 1);
    let me: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(me["name"], shell.hub.user());
}

#[test]
fn a_list_is_an_array_or_a_line_an_item() {
    let shell = Shell::new();
    shell.hub.seed_models(3);
    shell.hub.set_page_size(2);
    let text = shell.prints(&["list_models"]);
    assert_eq!(text.lines().count(), 1);
    let models: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(models.len(), 3);
    let lines = shell.prints(&["list_models", "--jsonl"]);
    let items: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(items, models);
    assert_eq!(
        shell.prints(&["list_models", r#"{"author": "nobody"}"#]),
        "[]\n"
    );
}

#[test]
fn arguments_come_from_stdin_too() {
    let shell = Shell::new();
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    let mut child = shell
        .command(&["repo_exists", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(br#"{"repo_id": "user/data", "repo_type": "dataset"}"#)
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"true\n");
}

#[test]
fn failures_say_what_and_why() {
    let shell = Shell::new();
    let error = shell.fails(&["model_info", r#"{"repo_id": "user/absent"}"#]);
    assert_eq!(
        (&error["kind"], &error["status"]),
        (&"RepositoryNotFound".into(), &404.into())
    );
    for (arguments, words) in [
        (&["model_inf"][..], "model_info"),
        (&[][..], "name of the method"),
        (&["model_info"][..], "repo_id"),
        (&["model_info", "{"][..], "not valid JSON"),
        (&["model_info", r#"{"repo": "a/b"}"#][..], "repo"),
        (&["whoami", "--jsonl"][..], "whoami"),
    ] {
        let error = shell.fails(arguments);
        assert_eq!(error["kind"], "Validation", "{arguments:?}");
        assert!(error["status"].is_null());
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}

#[test]
fn a_list_that_breaks_off_prints_no_half_array() {
    let shell = Shell::new();
    shell.hub.seed_models(4);
    shell.hub.set_page_size(2);
    let broken = shell
        .hub
        .fault(Fault::on_any("/api/models").query("cursor=").status(404));
    let error = shell.fails(&["list_models"]);
    assert!(broken.fired() > 0);
    assert_eq!(error["status"], 404);
}

#[test]
fn a_reader_who_has_read_enough_is_no_failure() {
    let shell = Shell::new();
    shell.hub.seed_models(5_000);
    let mut child = shell
        .command(&["list_models", "--jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}

#[test]
fn every_method_is_named_and_explained() {
    let shell = Shell::new();
    let list = shell.prints(&["--list"]);
    assert!(list.lines().count() > 150);
    let help = shell.prints(&["create_repo", "--help"]);
    for words in ["repo_id: ", "required", "exist_ok: ", "token: "] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[test]
fn help_names_the_kinds_of_errors_that_are_printed() {
    let shell = Shell::new();
    shell.hub.create_repo(RepoType::Model, "user/there");
    let error = shell.fails(&["create_repo", r#"{"repo_id": "user/there"}"#]);
    assert_eq!(error["kind"], "Http");
    let help = shell.prints(&["create_repo", "--help"]);
    assert!(help.contains("`Http` (409)"), "{help}");
    assert!(!help.contains("`Conflict`"), "{help}");
}

#[test]
fn warnings_are_one_plain_line_each_by_default() {
    let shell = Shell::new();
    shell.hub.create_repo(RepoType::Model, "user/model");
    let upload = r#"{"repo_id": "user/model", "path_in_repo": "a.txt", "path_or_fileobj": {"content": "a"}}"#;
    shell.prints(&["upload_file", upload]);
    for (arguments, says) in [
        (
            [
                "create_repo",
                r#"{"repo_id": "user/m", "space_hardware": "t4-small"}"#,
            ],
            "`space_hardware` is ignored",
        ),
        (
            [
                "create_repo",
                r#"{"repo_id": "user/s", "repo_type": "space", "space_sdk": "gradio",
                    "space_hardware": "cpu-basic", "space_sleep_time": 60}"#,
            ],
            "cpu-basic",
        ),
        (["upload_file", upload], "no file has changed"),
    ] {
        let output = shell.run(&arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{arguments:?}: {stderr}");
        let plain = ["warning: ", "note: "]
            .iter()
            .any(|word| lines[0].starts_with(word));
        assert!(plain, "{stderr}");
        assert!(lines[0].contains(says), "{stderr}");
        assert!(!stderr.contains('\u{1b}'), "no colours: {stderr}");
    }
    // Asked to be quiet, it is.
    let quiet = shell
        .command(&["upload_file", upload])
        .env("HF_LOG", "off")
        .output()
        .unwrap();
    assert!(quiet.status.success() && quiet.stderr.is_empty());
}

#[test]
fn a_request_that_is_retried_says_so() {
    let shell = Shell::new();
    let fault = shell
        .hub
        .fault(Fault::on_any("/api/whoami-v2").status(500).times(1));
    let output = shell.run(&["whoami"]);
    assert!(output.status.success() && fault.fired() == 1);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("note: "), "{stderr}");
}
