//! Publishes a folder at the end of a CI run, without async code.

use std::path::Path;

use hf_api::{HfApi, Result};
use hf_testhub::TestHub;

use super::api;

/// Opens a pull request with what has changed, and returns its number.
fn publish(api: &HfApi, repo_id: &str, folder: &Path) -> Result<Option<u64>> {
    api.create_repo(repo_id).exist_ok(true).wait()?;
    let outcome = api
        .upload_folder(repo_id, folder)
        .commit_message("Built by CI")
        .create_pr(true)
        .wait()?;
    Ok(outcome.into_created().and_then(|commit| commit.pr_num()))
}

#[test]
fn a_second_run_with_nothing_new_opens_no_pull_request() {
    let hub = TestHub::start_blocking();
    let api = api(&hub);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a").unwrap();
    let number = publish(&api, "user/built", folder.path()).unwrap();
    let number = number.expect("the first run opens one");
    api.change_discussion_status("user/built", number, "open")
        .wait()
        .unwrap();
    api.merge_pull_request("user/built", number).wait().unwrap();
    assert_eq!(publish(&api, "user/built", folder.path()).unwrap(), None);

    std::fs::write(folder.path().join("a.txt"), "b").unwrap();
    let next = publish(&api, "user/built", folder.path()).unwrap();
    assert!(next.expect("a change opens another one") > number);
}
