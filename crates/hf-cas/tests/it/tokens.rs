//! Tokens of a store: asked for once, renewed in time, never shown to others.

use std::time::Duration;

use hf_cas::client::{Access, CasClient, TokenCache, TokenRoute};
use hf_cas::reconstruct::DownloadSession;
use hf_testhub::{Fault, Listener, RecordedRequest};
use hf_transport::{ErrorKind, RequestOptions, Token, TokenMode};
use http::Method;

use crate::downloading::{Setup, random, route};

fn asked(setup: &Setup) -> usize {
    let is_token = |r: &RecordedRequest| r.listener == Listener::Hub && r.path.contains("-token");
    setup.hub.count_requests(is_token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_store_refuses_in_the_middle_is_renewed() {
    let setup = Setup::new().await;
    let content = random(1, 500_000);
    let file = setup.add(&content);
    assert!(file.read(0..10).await.unwrap() == content[..10]);
    setup.hub.xet().revoke_tokens();
    let reads = (0..20).map(|i| file.read(i..i + 10));
    for (i, read) in futures_util::future::join_all(reads)
        .await
        .into_iter()
        .enumerate()
    {
        assert!(read.unwrap() == content[i..i + 10]);
    }
    assert_eq!(
        asked(&setup),
        2,
        "twenty needed a new one, one asked for it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_token_that_is_refused_too_is_an_error_that_says_so() {
    let setup = Setup::new().await;
    let file = setup.add(&random(1, 500_000));
    let fault = setup
        .hub
        .fault(Fault::on_any("/*").at(Listener::Cas).status(401).always());
    let error = file.read(0..10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("has just given"), "{error}");
    assert!(
        error.to_string().contains(&setup.hub.cas_endpoint()),
        "{error}"
    );
    assert_eq!((asked(&setup), fault.fired()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_kept_until_a_minute_before_their_end() {
    let setup = Setup::new().await;
    let file = setup.add(&random(1, 500_000));
    for _ in 0..3 {
        file.read(0..10).await.unwrap();
    }
    assert_eq!(asked(&setup), 1);
    // Half of a life shorter than two minutes.
    setup.hub.xet().set_token_lifetime(Duration::from_secs(2));
    setup.hub.xet().revoke_tokens();
    file.read(0..10).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    setup.hub.clear_requests();
    file.read(0..10).await.unwrap();
    assert_eq!(
        asked(&setup),
        1,
        "renewed before the store had to refuse it"
    );
    let refused = |r: &RecordedRequest| {
        r.listener == Listener::Cas && r.status == Some(http::StatusCode::UNAUTHORIZED)
    };
    assert_eq!(setup.hub.count_requests(refused), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_alone_and_headers_alone_are_enough() {
    let setup = Setup::new().await;
    let content = random(1, 500_000);
    let file = setup.add(&content);
    let json_only = Fault::on(Method::GET, "*xet-read-token")
        .without_header("x-xet-access-token")
        .without_header("x-xet-cas-url")
        .without_header("x-xet-token-expiration");
    let headers_only = Fault::on(Method::GET, "*xet-read-token").body("");
    for fault in [json_only, headers_only] {
        let fault = setup.hub.fault(fault.always());
        let store = CasClient::new(&setup.client, &TokenCache::new(), route(Access::Read));
        let file = DownloadSession::default().file(&store, *file.hash(), file.size());
        assert!(file.read(5..9).await.unwrap() == content[5..9]);
        assert_eq!(fault.fired(), 1);
        fault.lift();
    }
    let neither = Fault::on(Method::GET, "*xet-read-token")
        .body("{}")
        .without_header("x-xet-cas-url");
    setup.hub.fault(neither);
    let store = CasClient::new(&setup.client, &TokenCache::new(), route(Access::Read));
    let error = store.token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_wait_for_a_token_share_one_failure() {
    let setup = Setup::new().await;
    let fault = setup.hub.fault(
        Fault::on(Method::GET, "*xet-read-token")
            .delay(Duration::from_millis(100))
            .status(403)
            .always(),
    );
    let waits = (0..20).map(|_| setup.store.token());
    for token in futures_util::future::join_all(waits).await {
        let error = token.unwrap_err();
        assert_eq!(error.status().map(|s| s.as_u16()), Some(403), "{error}");
    }
    assert_eq!(fault.fired(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_have_tokens_of_their_own() {
    let setup = Setup::new().await;
    let tokens = TokenCache::new();
    let other = Token::new(setup.hub.create_user("other", hf_testhub::Role::Write)).unwrap();
    let modes = [
        TokenMode::Default,
        TokenMode::Explicit(other.clone()),
        TokenMode::Default,
        TokenMode::Explicit(other),
        TokenMode::None,
    ];
    let mut found = Vec::new();
    for mode in modes {
        let options = RequestOptions::new().with_token(mode);
        let store = CasClient::new(&setup.client, &tokens, route(Access::Read).options(options));
        found.push(store.token().await.unwrap());
    }
    assert_eq!(found[0], found[2]);
    assert_eq!(found[1], found[3]);
    assert_ne!(found[0], found[1]);
    assert_eq!(asked(&setup), 3);
    let shown = format!("{found:?} {tokens:?} {:?}", setup.store);
    assert!(!shown.contains(found[0].token().expose()), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_route_on_another_host_gets_nothing() {
    let setup = Setup::new().await;
    let elsewhere = format!("{}/api/x/xet-read-token", setup.hub.storage_endpoint());
    let error = TokenRoute::from_hub(&elsewhere, setup.client.endpoint()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(setup.hub.count_requests(|_| true), 0);
}
