//! Against the embedded Hub, over sockets.

use futures_util::TryStreamExt;
use hf_testhub::{Fault, RepoType, TestHub};
use hf_transport::{Client, ErrorKind, RedirectMode, Request, RetryConfig, TokenMode};
use http::Method;

use crate::support::settled;

fn client(hub: &TestHub) -> Client {
    settled()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .retry(RetryConfig::quick())
        .build()
        .unwrap()
}

#[tokio::test]
async fn who_am_i() {
    let hub = TestHub::start().await;
    let client = client(&hub);
    let me: serde_json::Value = client
        .fetch(Request::get("/api/whoami-v2"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(me["name"], hub.user());
    let error = client
        .fetch(Request::get("/api/whoami-v2").token(TokenMode::None))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.is_auth() && error.request_id().is_some(), "{error:?}");
}

#[tokio::test]
async fn lists_come_whole_over_few_connections() {
    let hub = TestHub::start().await;
    hub.seed_models(250);
    hub.set_page_size(100);
    let models =
        client(&hub).pages::<serde_json::Value>(Request::get("/api/models").query("limit", 100));
    let models: Vec<_> = models.try_collect().await.unwrap();
    assert_eq!(models.len(), 250);
    assert_eq!(hub.requests().len(), 3);
    assert_eq!(hub.connections(), 1);
}

#[tokio::test]
async fn what_is_not_there_has_a_name() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/tiny");
    hub.add_file(&repo, "config.json", "{}");
    let client = client(&hub);
    for (path, kind) in [
        ("/api/models/user/none", ErrorKind::RepositoryNotFound),
        (
            "/api/models/user/tiny/revision/none",
            ErrorKind::RevisionNotFound,
        ),
        ("/user/tiny/resolve/main/none", ErrorKind::EntryNotFound),
        (
            "/user/tiny/resolve/none/config.json",
            ErrorKind::RevisionNotFound,
        ),
    ] {
        let error = client.fetch(Request::get(path)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error.hint().is_some() && !error.server_messages().is_empty(),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_token_never_reaches_the_storage() {
    let hub = TestHub::start().await;
    hub.set_lfs_threshold(1_000);
    let repo = hub.create_repo(RepoType::Model, "user/big");
    hub.add_file(&repo, "model.safetensors", vec![1u8; 5_000]);
    let client = client(&hub);
    let path = "/user/big/resolve/main/model.safetensors";
    let response = client
        .fetch(Request::get(path).accept_compressed(false))
        .await
        .unwrap();
    assert_eq!(response.body().len(), 5_000);
    assert!(
        response
            .url()
            .to_string()
            .starts_with(&hub.storage_endpoint())
    );
    // The metadata is on the redirect itself.
    let head = client
        .execute(Request::head(path).redirect(RedirectMode::SameOrigin))
        .await
        .unwrap();
    assert_eq!(
        (head.status().as_u16(), head.header("x-linked-size")),
        (302, Some("5000"))
    );
    assert_eq!(hub.tokens_seen_by_storage(), 0);
}

#[tokio::test]
async fn a_renamed_repository_is_found_by_any_method() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/old");
    hub.add_file(&repo, "config.json", "{}");
    hub.rename(&repo, "user/new");
    let client = client(&hub);
    let info: serde_json::Value = client
        .fetch(Request::get("/api/models/user/old"))
        .await
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(info["id"], "user/new");
    let body = serde_json::json!({"paths": ["config.json"]});
    let request = Request::post("/api/models/user/old/paths-info/main").json(&body);
    let paths: Vec<serde_json::Value> = client.fetch(request).await.unwrap().json().unwrap();
    assert_eq!(paths.len(), 1);
}

type Make = fn(&str) -> Fault;

#[tokio::test]
async fn faults_are_survived_or_named() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/tiny");
    hub.add_file(&repo, "config.json", "{}");
    let client = client(&hub);
    let info = "/api/models/user/tiny";
    let survived: &[(&str, Make)] = &[
        ("503", |path| {
            Fault::on(Method::GET, path).status(503).times(2)
        }),
        ("reset", |path| Fault::on(Method::GET, path).reset()),
        ("closed", |path| Fault::on(Method::GET, path).close()),
        ("cut", |path| Fault::on(Method::GET, path).cut_after(10)),
        ("reset in the body", |path| {
            Fault::on(Method::GET, path).reset_after(10)
        }),
        ("too long", |path| {
            Fault::on(Method::GET, path).content_length_off_by(5)
        }),
        ("retry-after", |path| {
            Fault::on(Method::GET, path).status(429).retry_after(1)
        }),
        ("gzip", |path| Fault::on(Method::GET, path).gzip()),
    ];
    for (name, fault) in survived {
        let fault = hub.fault(fault(info));
        let response = client.fetch(Request::get(info)).await;
        let model: serde_json::Value = response
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .json()
            .unwrap();
        assert_eq!(model["id"], "user/tiny", "{name}");
        assert!(fault.fired() > 0, "{name}");
        hub.clear_faults();
    }
    // A POST is not repeated when it may have had its effect.
    let create = || Request::post("/api/repos/create").json(&serde_json::json!({"name": "again"}));
    let lost = hub.fault(Fault::on(Method::POST, "/api/repos/create").lose_response());
    let error = client.fetch(create()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), lost.fired()),
        (ErrorKind::Network, 1, 1)
    );
    hub.clear_faults();
    assert_eq!(
        client.fetch(create()).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );

    let looped = hub.fault(Fault::on(Method::GET, info).redirect_to_self(307).always());
    assert_eq!(
        client.fetch(Request::get(info)).await.unwrap_err().kind(),
        ErrorKind::Redirect
    );
    assert_eq!(looped.fired(), 1);
}
