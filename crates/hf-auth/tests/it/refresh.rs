//! Renewing tokens.

use std::fs;

use hf_auth::with_fresh_token;

use crate::support::{World, json, now, oauth_token, token};

const RENEWED: &str =
    r#"{"access_token": "hf_new", "refresh_token": "hf_refresh_2", "expires_in": 2592000}"#;

async fn due() -> World {
    let world = World::new().await;
    world
        .store
        .save(oauth_token(
            "oauth-user",
            "hf_old",
            "hf_refresh_1",
            now() + 3600,
        ))
        .unwrap();
    world.store.activate("oauth-user").unwrap();
    world
}

#[tokio::test]
async fn a_token_about_to_expire_is_renewed_in_both_files() {
    let world = due().await;
    world.oauth("/oauth/token", [json(200, RENEWED)]);
    let client = with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    assert_eq!(client.token(), Some(&token("hf_new")));
    assert_eq!(world.store.active().unwrap(), Some(token("hf_new")));
    let stored = world.store.get("oauth-user").unwrap().unwrap();
    assert_eq!(stored.token, token("hf_new"));
    assert_eq!(stored.refresh_token, Some(token("hf_refresh_2")));
    assert!(stored.expires_at.unwrap() > now() + 86_400);
    assert_eq!(
        world.bodies("/oauth/token"),
        [
            "grant_type=refresh_token&refresh_token=hf_refresh_1&client_id=26be6b09-91c5-47da-9861-d2d2bb7a7e36"
        ]
    );
    // It is valid for long now.
    let client = with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    assert_eq!(client.token(), Some(&token("hf_new")));
    assert_eq!(world.bodies("/oauth/token").len(), 1);
}

#[tokio::test]
async fn the_refresh_token_is_kept_where_none_comes_back() {
    let world = due().await;
    world.oauth("/oauth/token", [json(200, r#"{"access_token": "hf_new"}"#)]);
    with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    let stored = world.store.get("oauth-user").unwrap().unwrap();
    assert_eq!(
        (stored.refresh_token, stored.expires_at),
        (Some(token("hf_refresh_1")), None)
    );
}

#[tokio::test]
async fn many_at_once_renew_once() {
    let world = due().await;
    world.oauth("/oauth/token", [json(200, RENEWED)]);
    let (a, b) = (world.client(), world.client());
    let (a, b) = tokio::join!(
        with_fresh_token(&a, &world.store),
        with_fresh_token(&b, &world.store)
    );
    assert_eq!(a.unwrap().token(), Some(&token("hf_new")));
    assert_eq!(b.unwrap().token(), Some(&token("hf_new")));
    assert_eq!(world.bodies("/oauth/token").len(), 1);
}

#[tokio::test]
async fn a_failure_leaves_token_and_files_as_they_are() {
    for response in [
        json(400, r#"{"error": "invalid_grant"}"#),
        json(200, "{}"),
        json(400, "<html>"),
    ] {
        let world = due().await;
        let before = fs::read(world.store.stored_path()).unwrap();
        world.oauth("/oauth/token", [response]);
        let client = with_fresh_token(&world.client(), &world.store)
            .await
            .unwrap();
        assert_eq!(client.token(), Some(&token("hf_old")));
        assert_eq!(fs::read(world.store.stored_path()).unwrap(), before);
        assert_eq!(world.store.active().unwrap(), Some(token("hf_old")));
    }
}

#[tokio::test]
async fn other_tokens_are_left_alone() {
    // Valid for long, without a refresh token, not stored, or not from the file: no request is made for any of them.
    let world = World::new().await;
    world
        .store
        .save(oauth_token("a", "hf_a", "hf_r", now() + 9 * 86_400))
        .unwrap();
    world.store.activate("a").unwrap();
    with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    fs::write(world.store.token_path(), "hf_pasted").unwrap();
    let client = with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    assert_eq!(client.token(), Some(&token("hf_pasted")));
    world
        .store
        .save(oauth_token("b", "hf_b", "hf_r", 0))
        .unwrap();
    world.store.activate("b").unwrap();
    let explicit = world.client().with_token(token("hf_mine"));
    let explicit = with_fresh_token(&explicit, &world.store).await.unwrap();
    assert_eq!(explicit.token(), Some(&token("hf_mine")));
    fs::write(world.store.stored_path(), "broken").unwrap();
    with_fresh_token(&world.client(), &world.store)
        .await
        .unwrap();
    assert!(world.bodies("/oauth/token").is_empty());
}
