//! `hf call`, run as a command against an embedded Hub.

use std::io::Write;
use std::process::Stdio;

use hf_testhub::{Fault, RepoType};
use serde_json::Value;

use crate::support::Calls;

#[test]
fn a_result_is_one_line_of_json() {
    let shell = Calls::new();
    let text = shell.prints(&["whoami"]);
    assert_eq!(text.lines().count(), 1);
    let me: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(me["name"], shell.hub.user());
}

#[test]
fn a_list_is_an_array_or_a_line_an_item() {
    let shell = Calls::new();
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
    let shell = Calls::new();
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
    let shell = Calls::new();
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
    let shell = Calls::new();
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
    let shell = Calls::new();
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
    let shell = Calls::new();
    let list = shell.prints(&["--list"]);
    assert!(list.lines().count() > 150);
    let help = shell.prints(&["create_repo", "--help"]);
    for words in ["repo_id: ", "required", "exist_ok: ", "token: "] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[test]
fn help_names_the_kinds_of_errors_that_are_printed() {
    let shell = Calls::new();
    shell.hub.create_repo(RepoType::Model, "user/there");
    let error = shell.fails(&["create_repo", r#"{"repo_id": "user/there"}"#]);
    assert_eq!(error["kind"], "Http");
    let help = shell.prints(&["create_repo", "--help"]);
    assert!(help.contains("`Http` (409)"), "{help}");
    assert!(!help.contains("`Conflict`"), "{help}");
}
