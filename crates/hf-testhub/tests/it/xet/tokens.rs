use std::time::Duration;

use hf_testhub::{Listener, RepoType};

use super::{Prepared, cas, hub, random, read_token, token_of, write_token};
use crate::support::{Call, Calls};

#[test]
fn a_reading_token_may_not_write() {
    let hub = hub();
    let file = Prepared::new(random(1, 100_000));
    let token = read_token(&hub);
    file.put_xorb(&hub, &token).expect(403);
    file.put_shard(&hub, &token).expect(403);
    assert_eq!(hub.xet().xorbs(), 0);
    // A writing token may read.
    file.upload(&hub);
    let path = format!("/v2/reconstructions/{}", file.hash);
    cas(&hub, "GET", &path, &write_token(&hub))
        .send()
        .expect(200);
}

#[test]
fn tokens_expire_and_are_revoked() {
    let hub = hub();
    let file = Prepared::new(random(1, 100_000));
    file.upload(&hub);
    let path = format!("/v2/reconstructions/{}", file.hash);
    let ask = |token: &str| cas(&hub, "GET", &path, token).send();
    let token = read_token(&hub);
    ask(&token).expect(200);
    hub.xet().revoke_tokens();
    ask(&token).expect(401);
    ask(&read_token(&hub)).expect(200);
    hub.xet().set_token_lifetime(Duration::ZERO);
    let expired = ask(&read_token(&hub)).expect(401);
    assert!(expired.text().contains("expired"), "{}", expired.text());
    ask("xet_of_nobody").expect(401);
    let url = format!("{}{path}", hub.cas_endpoint());
    Call::new("GET", url).send().expect(401);
    // The Hub's own token is none of the store's.
    ask(hub.token()).expect(401);
}

#[test]
fn a_token_is_for_its_repository_alone() {
    let hub = hub();
    hub.create_repo(RepoType::Dataset, "user/other");
    let file = Prepared::new(random(1, 100_000));
    file.upload(&hub);
    let path = format!("/v1/reconstructions/{}", file.hash);
    for (route, status) in [
        ("/api/models/user/m/xet-read-token/main", 200),
        ("/api/datasets/user/other/xet-read-token/main", 404),
        ("/api/buckets/user/b/xet-read-token", 404),
    ] {
        let token = token_of(&hub, route);
        cas(&hub, "GET", &path, &token).send().expect(status);
    }
}

#[test]
fn what_a_token_calls_the_store_can_be_anything() {
    let hub = hub();
    let route = "/api/models/user/m/xet-read-token/main";
    for url in ["local:///tmp/store", "http://user:secret@127.0.0.1:1"] {
        hub.xet().set_cas_url(Some(url));
        let token = hub.get(route).expect(200);
        assert_eq!(token.json()["casUrl"], url);
        assert_eq!(token.header("x-xet-cas-url"), Some(url));
    }
    hub.xet().set_cas_url(None);
    assert_eq!(hub.get(route).json()["casUrl"], hub.cas_endpoint());
    hub.add_file("user/m", "a.bin", random(1, 5000));
    hub.xet()
        .set_refresh_route(Some("http://127.0.0.1:1/token"));
    let head = hub.head("/user/m/resolve/main/a.bin").expect(302);
    let link = head.header("link").unwrap();
    assert!(
        link.starts_with("<http://127.0.0.1:1/token>; rel=\"xet-auth\""),
        "{link}"
    );
}

#[test]
fn tokens_at_the_wrong_place_are_leaks() {
    let hub = hub();
    let token = read_token(&hub);
    cas(&hub, "GET", "/v1/chunks/default/x", &token).send();
    assert_eq!(hub.leaked_tokens(), [""; 0]);
    assert_eq!(hub.tokens_seen(Listener::Cas).store, 1);
    cas(&hub, "GET", "/to-the-store", hub.token()).send();
    hub.anonymous("GET", "/to-the-hub").token(&token).send();
    let storage = format!("{}/to-the-storage?token={token}", hub.storage_endpoint());
    Call::new("GET", storage).send();
    let bridge = format!("{}/to-the-bridge", hub.bridge_endpoint());
    Call::new("GET", bridge).token("of somebody").send();
    let leaks = hub.leaked_tokens();
    assert_eq!(leaks.len(), 4, "{leaks:?}");
    for (leak, path) in leaks.iter().zip(["store", "hub", "storage", "bridge"]) {
        assert!(leak.contains(&format!("/to-the-{path}")), "{leak}");
    }
    assert_eq!(hub.tokens_seen(Listener::Cas).hub, 1);
    assert_eq!(hub.tokens_seen(Listener::Bridge).other, 1);
}
