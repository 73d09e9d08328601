//! Tests a program against a Hub that fails: as a user tests their own.

use std::time::Duration;

use hf_api::transport::RetryConfig;
use hf_api::{ErrorKind, HfApi, Result};
use hf_testhub::{Fault, RepoType, TestHub};

/// The function under test: the size of a repository in bytes.
async fn size_of(api: &HfApi, repo_id: &str) -> Result<u64> {
    let info = api.model_info(repo_id).files_metadata(true).await?;
    let files = info.siblings.unwrap_or_default();
    Ok(files.iter().filter_map(|file| file.size).sum())
}

/// A client with pauses of a millisecond.
fn impatient(hub: &TestHub) -> HfApi {
    let retry = RetryConfig::default().with_initial_backoff(Duration::from_millis(1));
    HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| client.retry(retry))
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_outage_of_two_requests_is_not_noticed() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/sized");
    hub.add_file(&repo, "a.bin", vec![0; 1234]);
    let outage = hub.fault(Fault::on_any("/api/models/*").status(503).times(2));
    let size = size_of(&impatient(&hub), "user/sized").await.unwrap();
    assert!(size >= 1234, "{size}");
    assert_eq!(outage.fired(), 2);
}

#[tokio::test]
async fn a_longer_outage_is_an_error_that_says_how_often_it_was_tried() {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, "user/sized");
    let outage = hub.fault(Fault::on_any("/api/models/*").always().status(503));
    let error = size_of(&impatient(&hub), "user/sized").await.unwrap_err();
    assert_eq!(error.status(), Some(http::StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(u64::from(error.attempts()), outage.fired() as u64);
    assert!(error.attempts() > 1);
    // `main` prints an error with `Debug`: it has the message.
    let printed = format!("{error:?}");
    let times = format!("sent {} times", error.attempts());
    assert!(printed.contains(&times), "{printed}");
}

#[tokio::test]
async fn a_private_repository_is_hidden_from_others() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/private");
    hub.set_private(&repo, true);
    let api = impatient(&hub);
    assert!(size_of(&api, "user/private").await.is_ok());
    let error = api
        .model_info("user/private")
        .anonymous()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RepositoryNotFound);
}
