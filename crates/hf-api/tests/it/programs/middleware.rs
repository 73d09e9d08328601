//! Five kinds of middleware: metrics of each call, a header on each attempt, a
//! guard that refuses requests, a retry policy, and a Hub in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_api::transport::{Body, BoxError, BoxService, RequestOptions, RetryConfig, Retryability};
use hf_api::{ErrorKind, HfApi};
use hf_testhub::{Fault, RepoType, TestHub};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower::util::MapRequestLayer;
use tower::{Service as _, ServiceExt as _};

/// Short pauses, as tests want them.
fn quick() -> RetryConfig {
    RetryConfig::default().with_initial_backoff(Duration::from_millis(1))
}

#[tokio::test]
async fn metrics_count_requests_by_operation() {
    let hub = TestHub::start().await;
    hub.seed_models(3);
    let counts: Arc<Mutex<BTreeMap<&str, u32>>> = Arc::default();
    let metrics = {
        let counts = Arc::clone(&counts);
        MapRequestLayer::new(move |request: Request<Body>| {
            let options = request.extensions().get::<RequestOptions>();
            let operation = options.and_then(RequestOptions::operation);
            *counts
                .lock()
                .unwrap()
                .entry(operation.unwrap_or("?"))
                .or_default() += 1;
            request
        })
    };
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| client.layer(metrics))
        .build()
        .unwrap();
    api.whoami().await.unwrap();
    api.list_models().await.unwrap();
    api.list_models().await.unwrap();
    let expected = BTreeMap::from([("list_models", 2), ("whoami", 1)]);
    assert_eq!(*counts.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_header_is_added_to_each_attempt() {
    let hub = TestHub::start().await;
    hub.fault(Fault::on_any("/api/whoami-v2").status(503).times(1));
    let attempts = Arc::new(AtomicU32::new(0));
    let number = MapRequestLayer::new(move |mut request: Request<Body>| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed);
        request
            .headers_mut()
            .insert("x-attempt", HeaderValue::from(attempt));
        request
    });
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| client.retry(quick()).attempt_layer(number))
        .build()
        .unwrap();
    api.whoami().await.unwrap();
    let sent = hub.requests();
    let numbers: Vec<_> = sent
        .iter()
        .map(|request| request.header("x-attempt"))
        .collect();
    assert_eq!(numbers, [Some("0"), Some("1")]);
}

#[tokio::test]
async fn a_guard_refuses_writes_with_its_own_error_and_without_retries() {
    let hub = TestHub::start().await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let read_only = tower::layer::layer_fn(move |inner: BoxService| {
        let count = Arc::clone(&count);
        tower::service_fn(move |request: Request<Body>| {
            count.fetch_add(1, Ordering::Relaxed);
            let mut inner = inner.clone();
            async move {
                if request.method() != Method::GET {
                    return Err(BoxError::from("this program is read-only"));
                }
                inner.ready().await?.call(request).await
            }
        })
    });
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| client.layer(read_only))
        .build()
        .unwrap();
    assert!(api.whoami().await.is_ok());
    asked.store(0, Ordering::Relaxed);
    let error = api.delete_repo("user/precious").await.unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it is not retried");
}

#[tokio::test]
async fn a_retry_policy_waits_for_a_repository_that_is_not_there_yet() {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, "user/new");
    hub.fault(Fault::on_any("/api/models/user/new").status(404).times(2));
    let api = HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .client(|client| {
            client
                .retry(quick())
                .retry_classifier(|failed| match failed.status() {
                    Some(StatusCode::NOT_FOUND) => Retryability::Always,
                    _ => failed.retryability(),
                })
        })
        .build()
        .unwrap();
    assert_eq!(api.model_info("user/new").await.unwrap().id, "user/new");
    assert_eq!(hub.requests().len(), 3);
}

#[tokio::test]
async fn a_hub_in_memory_replaces_the_network() {
    let memory = tower::service_fn(|request: Request<Body>| async move {
        let (status, body) = match request.uri().path() {
            "/api/models/user/a" => (200, r#"{"id": "user/a", "downloads": 3}"#),
            _ => (404, r#"{"error": "not in memory"}"#),
        };
        let body = http_body_util::Full::new(bytes::Bytes::from(body));
        Ok::<_, BoxError>(Response::builder().status(status).body(body)?)
    });
    let api = HfApi::builder()
        .endpoint("http://hub.invalid")
        .no_token()
        .client(|client| client.service(memory))
        .build()
        .unwrap();
    let info = api.model_info("user/a").await.unwrap();
    assert_eq!(info.downloads, Some(3));
    let error = api.model_info("user/b").await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    assert_ne!(error.kind(), ErrorKind::Network);
}
