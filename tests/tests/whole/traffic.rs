use std::sync::{Arc, Mutex};

use hf_api::HfApi;
use hf_api::transport::{Body, BoxService, Config};
use hf_testhub::TestHub;
use tower::{ServiceExt, layer::layer_fn};

/// Uploads and downloads, small and large, storage included, pass the same stack as every call: a
/// user's layer around attempts sees exactly the requests that the Hub and its storage see.
#[tokio::test]
async fn one_configuration_serves_all_traffic() {
    let hub = TestHub::start().await;
    hub.set_lfs_threshold(10_000);
    hub.set_multipart(50_000, 20_000);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), "{}").unwrap();
    std::fs::write(folder.path().join("weights.bin"), vec![1; 20_000]).unwrap();
    std::fs::write(folder.path().join("parts.bin"), vec![2; 90_000]).unwrap();

    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let watch = layer_fn(move |inner: BoxService| {
        let log = log.clone();
        inner.map_request(move |request: http::Request<Body>| {
            let agent = request.headers()["user-agent"].to_str().unwrap();
            assert!(agent.starts_with("watched/1"), "{agent}");
            let line = format!("{} {}", request.method(), request.uri().path());
            log.lock().unwrap().push(line);
            request
        })
    });
    let home = folder.path().join("home").display().to_string();
    let config = Config::from_lookup(|name| (name == "HF_HOME").then(|| home.clone()));
    let api = HfApi::builder()
        .client(|client| {
            client
                .config(config.unwrap())
                .endpoint(hub.endpoint())
                .token(hub.token())
                .user_agent("watched/1")
                .attempt_layer(watch)
        })
        .build()
        .unwrap();
    hub.clear_requests();

    api.create_repo("user/all").await.unwrap();
    api.upload_folder("user/all", folder.path())
        .ignore_patterns(["home/*"])
        .await
        .unwrap();
    assert_eq!(api.list_repo_files("user/all").await.unwrap().len(), 4);
    api.snapshot_download("user/all").await.unwrap();
    assert!(
        hub.requests()
            .iter()
            .any(|request| request.method == "GET" && request.path.contains("/resolve"))
    );

    let mut seen = seen.lock().unwrap().clone();
    let mut recorded: Vec<_> = hub
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    seen.sort();
    recorded.sort();
    assert_eq!(seen, recorded);
    let storage = recorded
        .iter()
        .filter(|line| line.starts_with("PUT "))
        .count();
    assert!(storage >= 6, "one object and five parts: {recorded:?}");
    assert_eq!(hub.tokens_seen_by_storage(), 0);
}
