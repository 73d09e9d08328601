//! Git's credential helpers, with the git of this machine in a home of its own.

use std::path::Path;
use std::process::Command;

use hf_auth::git::{approve_credential, credential_helpers, reject_credential};
use hf_transport::Endpoint;

use crate::support::token;

/// What the worker does, in a process whose environment can be chosen.
const ACTION: &str = "HF_AUTH_TEST_GIT";

#[test]
fn helpers_of_a_repository() {
    let home = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let status = Command::new("git")
            .args(args)
            .current_dir(home.path())
            .status()
            .unwrap();
        assert!(status.success());
    };
    git(&["init", "-q"]);
    git(&["config", "credential.helper", "store --file x"]);
    let helpers = credential_helpers(Some(home.path())).unwrap();
    assert!(helpers.contains(&"store".to_owned()), "{helpers:?}");
    assert!(credential_helpers(Some(Path::new("/does/not/exist"))).is_err());
}

#[test]
fn a_token_is_kept_for_git_and_removed_again() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join(".gitconfig"),
        "[credential]\n\thelper = store\n",
    )
    .unwrap();
    let run = |action: &str| {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "git::worker"])
            .env(ACTION, action)
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read_to_string(home.path().join(".git-credentials")).unwrap()
    };
    assert_eq!(run("approve"), "https://hf_user:hf_secret@hub.test\n");
    assert_eq!(run("reject"), "");
}

/// Does nothing but as the process of the test above.
#[test]
fn worker() {
    let endpoint = Endpoint::parse("https://hub.test").unwrap();
    match std::env::var(ACTION).as_deref() {
        Ok("approve") => approve_credential(&endpoint, &token("hf_secret")).unwrap(),
        Ok("reject") => reject_credential(&endpoint).unwrap(),
        _ => {}
    }
}
