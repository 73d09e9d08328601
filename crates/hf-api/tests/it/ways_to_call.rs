//! The ways to make a call, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use hf_api::transport::progress::ProgressMeter;
use hf_api::{ErrorKind, HfApi, TokenMode};
use hf_testhub::{RepoType, TestHub};
use serde_json::json;

fn api(hub: &TestHub) -> HfApi {
    HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_call_is_awaited() {
    let hub = TestHub::start().await;
    let api = api(&hub);
    let url = api.create_repo("named").private(true).await.unwrap();
    assert_eq!(url.repo_id().as_str(), "user/named");
    let info = api.model_info("user/named").revision("main").await.unwrap();
    assert_eq!(info.private, Some(true));
    let error = api.create_repo("user/named").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    api.create_repo("user/named").exist_ok(true).await.unwrap();
    api.delete_repo("user/named").await.unwrap();
    let error = api.delete_repo("user/named").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RepositoryNotFound);
    api.delete_repo("user/named")
        .missing_ok(true)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_list_collects_and_streams() {
    let hub = TestHub::start().await;
    hub.seed_models(25);
    hub.set_page_size(10);
    let api = api(&hub);
    assert_eq!(api.list_models().await.unwrap().len(), 25);

    hub.clear_requests();
    let some = api.list_models().limit(7).await.unwrap();
    assert_eq!(some.len(), 7);
    assert_eq!(hub.requests().len(), 1, "seven are on the first page");

    let mut names = Vec::new();
    let mut models = api.list_models().stream();
    while let Some(model) = models.try_next().await.unwrap() {
        names.push(model.id);
    }
    names.dedup();
    assert_eq!(names.len(), 25);
    assert!(api.list_models().limit(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn by_name_with_json() {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Dataset, "user/data");
    let api = api(&hub);
    let info = api
        .call(
            "repo_info",
            json!({"repo_id": "user/data", "repo_type": "dataset"}),
        )
        .await
        .unwrap();
    assert_eq!(info["id"], "user/data");

    let items: Vec<_> = api
        .call_stream("list_datasets", json!({"author": "user"}))
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(items.len(), 1);

    for (method, arguments, says) in [
        ("model_inf", json!({}), "Did you mean `model_info`?"),
        (
            "model_info",
            json!({"repoid": "a/b"}),
            "Did you mean `repo_id`?",
        ),
        ("model_info", json!({}), "`repo_id` is missing"),
        (
            "model_info",
            json!({"repo_id": 3}),
            "expected a string, found a number",
        ),
        (
            "model_info",
            json!({"repo_id": "a/b", "token": 1}),
            "`token` must be",
        ),
        (
            "model_info",
            json!({"repo_id": "a/b", "timeout": "x"}),
            "`timeout` must be",
        ),
        ("model_info", json!([]), "one JSON object"),
        ("model_info", json!({"repo_id": "a//b"}), "a//b"),
        ("list_models", json!({"limit": -1}), "expected an integer"),
    ] {
        let error = api.call(method, arguments).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{method}: {error}");
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    assert!(api.call_stream("whoami", json!({})).is_err());
}

#[tokio::test]
async fn options_of_every_call() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/secret");
    hub.set_private(repo, true);
    let api = api(&hub);
    assert!(api.model_info("user/secret").await.is_ok());

    let error = api.model_info("user/secret").anonymous().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RepositoryNotFound);
    assert!(
        api.model_info("user/secret")
            .token(TokenMode::Required)
            .await
            .is_ok()
    );

    hub.clear_requests();
    api.model_info("user/secret")
        .header("x-of-mine", "yes")
        .await
        .unwrap();
    assert_eq!(hub.requests()[0].header("x-of-mine"), Some("yes"));

    hub.set_latency(Duration::from_secs(30));
    let error = api
        .model_info("user/secret")
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn whoami_needs_a_token() {
    let hub = TestHub::start().await;
    let anonymous = HfApi::builder()
        .endpoint(hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    let error = anonymous.whoami().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LocalTokenNotFound);
    let error = api(&hub).whoami().anonymous().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(hub.requests().is_empty(), "nothing was sent");

    let api = api(&hub);
    api.whoami().cache(true).await.unwrap();
    api.whoami().cache(true).await.unwrap();
    assert_eq!(hub.requests().len(), 1, "the second answer was kept");
}

#[tokio::test]
async fn progress_of_a_call_and_of_all_calls() {
    let hub = TestHub::start().await;
    let dir = tempfile::tempdir().unwrap();
    let (all, one) = (
        Arc::new(ProgressMeter::new()),
        Arc::new(ProgressMeter::new()),
    );
    let api = api(&hub).with_progress(all.clone());
    api.create_repo("moved").await.unwrap();
    let large = vec![7; 12_000_000];
    api.upload_file(large, "large.bin", "user/moved")
        .await
        .unwrap();
    let sums = all.summary();
    assert_eq!((sums.calls, sums.bytes_done), (0, 12_000_000));
    assert!(sums.bytes_hashed >= 12_000_000, "{sums:?}");
    // The call's own sink goes before the client's.
    api.hf_hub_download("user/moved", "large.bin")
        .cache_dir(dir.path().to_path_buf())
        .progress(one.clone())
        .await
        .unwrap();
    assert_eq!(all.summary().bytes_done, 12_000_000);
    let sums = one.summary();
    assert_eq!((sums.files, sums.files_done), (Some(1), 1));
    assert_eq!(
        (sums.bytes, sums.bytes_done),
        (Some(12_000_000), 12_000_000)
    );
    assert!(sums.bytes_per_second > 0.0);
    // By name, and what is there already counts as done.
    let arguments = json!({"repo_id": "user/moved", "cache_dir": dir.path()});
    api.call("snapshot_download", arguments).await.unwrap();
    let (before, after) = (sums, all.summary());
    let files = hub.files("user/moved", "main").len() as u64;
    assert_eq!(after.files_done - 1, files);
    assert!(after.bytes_done > 24_000_000 && before.files_failed == 0);
    api.verify_repo_checksums("user/moved")
        .cache_dir(dir.path().to_path_buf())
        .progress(one.clone())
        .await
        .unwrap();
    assert_eq!(one.summary().files_done - 1, files);
    assert!(one.summary().bytes_hashed >= 12_000_000);
}
