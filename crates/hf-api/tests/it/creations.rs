//! What is created may be there already, under way, or in the hands of somebody else.

use std::sync::{Arc, Mutex};

use hf_api::transport::RetryConfig;
use hf_api::transport::progress::ProgressEvent;
use hf_api::{ErrorKind, HfApi};
use hf_testhub::{CannedResponse, Fault, Mimic, RepoType, TestHub};
use http::Method;
use serde_json::json;

const BUSY: &str = "Another conflicting operation is in progress";

fn api(hub: &TestHub) -> HfApi {
    HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| client.retry(RetryConfig::quick()))
        .build()
        .unwrap()
}

fn refusal(status: u16, body: &serde_json::Value) -> CannedResponse {
    CannedResponse::status(status)
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// The real Hub sends 409 with the URL; mirrors leave it out, name a host of their own, or send 400.
#[tokio::test]
async fn a_repository_that_exists_is_recognized_in_every_server_s_words() {
    for (status, body) in [
        (409, json!({"error": "You already created this model repo"})),
        (
            409,
            json!({"error": "exists", "url": "http://inner.local:8080/user/name"}),
        ),
        (400, json!({"error": "Repository user/name already exists"})),
        (400, json!({"message": "Repo Already Exists"})),
    ] {
        let hub = TestHub::start().await;
        let refused = refusal(status, &body);
        let create = Fault::on(Method::POST, "/api/repos/create");
        hub.fault(create.respond(refused).always());
        let api = api(&hub);
        let made = api.create_repo("user/name").exist_ok(true).await;
        let made = made.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(made.to_string(), format!("{}/user/name", hub.endpoint()));
        let error = api.create_repo("user/name").await.unwrap_err();
        let expected = if status == 409 {
            ErrorKind::Conflict
        } else {
            ErrorKind::BadRequest
        };
        assert_eq!(error.kind(), expected, "{body}");
        let words = body["error"].as_str().or(body["message"].as_str()).unwrap();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn kohakuhub_says_400_of_a_repository_that_exists() {
    let hub = TestHub::start().await;
    hub.mimic(Mimic::KohakuHub);
    hub.create_repo(RepoType::Model, "user/name");
    let api = api(&hub);
    api.create_repo("user/name").exist_ok(true).await.unwrap();
    let error = api.create_repo("user/name").await.unwrap_err();
    assert_eq!(error.error_code(), Some("RepoExists"));
    // Any other 400 stays an error.
    let create = Fault::on(Method::POST, "/api/repos/create");
    hub.fault(create.respond(refusal(400, &json!({"error": "bad name"}))));
    let error = api.create_repo("user/other").exist_ok(true).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::BadRequest);
}

#[tokio::test]
async fn a_hub_busy_with_the_same_owner_is_asked_again_and_each_time_is_reported() {
    let hub = TestHub::start().await;
    let create = || Fault::on(Method::POST, "/api/repos/create");
    let busy = || refusal(409, &json!({"error": BUSY}));
    hub.fault(create().respond(busy()).times(2));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    let api = api(&hub).on_progress(move |event| {
        if let ProgressEvent::RequestRetry {
            operation,
            attempt,
            reason,
            ..
        } = event
        {
            assert!(reason.contains("409"), "{reason}");
            seen.lock().unwrap().push((*operation, *attempt));
        }
    });
    api.create_repo("user/name").await.unwrap();
    assert_eq!(
        *reports.lock().unwrap(),
        [("create_repo", 1), ("create_repo", 2)]
    );

    // It says that nothing was done, and never that the repository is there.
    hub.clear_requests();
    hub.fault(create().respond(busy()).always());
    let error = api
        .create_repo("user/other")
        .exist_ok(true)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains(BUSY), "{error}");
    assert_eq!(hub.count_requests(|r| r.method == Method::POST), 6);
}

/// Whatever is created, a busy Hub has not created it.
#[tokio::test]
async fn a_busy_hub_is_never_taken_for_one_that_has_it_already() {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, "user/name");
    let api = api(&hub);
    let slug = api.create_collection("Mine").await.unwrap().slug;
    hub.fault(
        Fault::on(Method::POST, "*")
            .respond(refusal(409, &json!({"error": BUSY})))
            .always(),
    );
    let branch = api.create_branch("user/name", "b").exist_ok(true).await;
    let tag = api.create_tag("user/name", "t").exist_ok(true).await;
    let bucket = api.create_bucket("user/bucket").exist_ok(true).await;
    let copy = api
        .duplicate_repo("user/name")
        .to_id("user/copy")
        .exist_ok(true)
        .await;
    let collection = api.create_collection("Mine").exists_ok(true).await;
    let item = api
        .add_collection_item(&slug, "user/name", "model")
        .exists_ok(true)
        .await;
    for (name, outcome) in [
        ("branch", branch.map(drop)),
        ("tag", tag.map(drop)),
        ("bucket", bucket.map(drop)),
        ("copy", copy.map(drop)),
        ("collection", collection.map(drop)),
        ("item", item.map(drop)),
    ] {
        let error = outcome
            .err()
            .unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!(error.kind(), ErrorKind::Conflict, "{name}: {error}");
        assert!(error.to_string().contains(BUSY), "{name}: {error}");
    }
}
