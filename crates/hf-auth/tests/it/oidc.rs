//! Trusted publishers.

use std::ffi::OsString;

use hf_auth::TrustedPublisher;
use hf_testhub::Fault;
use hf_transport::{ErrorKind, Result};
use http::Method;

use crate::support::{World, json};

fn publisher(variables: &[(&str, &str)]) -> Result<Option<TrustedPublisher>> {
    TrustedPublisher::from_lookup(&|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

#[tokio::test]
async fn a_given_identity_token_is_exchanged() {
    let world = World::new().await;
    world.oauth(
        "/oauth/token",
        [json(
            200,
            r#"{"access_token": "hf_short", "expires_in": 3600}"#,
        )],
    );
    let publisher = publisher(&[
        ("HF_OIDC_RESOURCE", "user/repo"),
        ("HF_OIDC_ID_TOKEN", "eyJ.secret"),
    ])
    .unwrap()
    .unwrap();
    assert!(!format!("{publisher:?}").contains("secret"));
    let token = publisher.exchange(&world.client()).await.unwrap();
    assert_eq!(token.access_token.expose(), "hf_short");
    let body: serde_json::Value = serde_json::from_str(&world.bodies("/oauth/token")[0]).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "subject_token": "eyJ.secret",
            "resource": "user/repo",
        })
    );
}

#[tokio::test]
async fn on_github_the_identity_token_is_requested_first() {
    // Another Hub stands for GitHub: it has another origin.
    let (world, github) = (World::new().await, World::new().await);
    github
        .hub
        .fault(Fault::on(Method::GET, "/token").respond(json(200, r#"{"value": "eyJ.github"}"#)));
    world.oauth(
        "/oauth/token",
        [json(200, r#"{"access_token": "hf_short"}"#)],
    );
    let url = format!("{}/token?api-version=2", github.hub.endpoint());
    let publisher = publisher(&[
        ("HF_OIDC_RESOURCE", "user/repo"),
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "github-secret"),
    ]);
    let client = world
        .client()
        .with_token(crate::support::token("hf_of_the_user"));
    let token = publisher.unwrap().unwrap().exchange(&client).await.unwrap();
    assert_eq!(token.access_token.expose(), "hf_short");
    let asked = &github.hub.requests()[0];
    assert_eq!(asked.headers["authorization"], "Bearer github-secret");
    assert!(
        asked.query.contains("api-version=2")
            && asked.query.contains("audience=http%3A%2F%2F127.0.0.1"),
        "{}",
        asked.query
    );
    // Neither token goes to the other host.
    for request in world.hub.requests() {
        assert!(!request.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn refusals_are_errors_and_name_the_resource() {
    let world = World::new().await;
    let refused = r#"{"error": "invalid_grant", "error_description": "not a publisher"}"#;
    world.oauth("/oauth/token", [json(403, refused)]);
    let publisher = publisher(&[
        ("HF_OIDC_RESOURCE", "user/repo"),
        ("HF_OIDC_ID_TOKEN", "eyJ.secret"),
    ])
    .unwrap()
    .unwrap();
    let error = publisher.exchange(&world.client()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("user/repo")
            && shown.contains("not a publisher")
            && !shown.contains("secret"),
        "{shown}"
    );
}

#[test]
fn without_an_identity_it_is_an_error_and_without_a_resource_nothing() {
    assert!(publisher(&[("HF_OIDC_ID_TOKEN", "x")]).unwrap().is_none());
    let error = publisher(&[("HF_OIDC_RESOURCE", "user/repo")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let github = [
        ("HF_OIDC_RESOURCE", "user/repo"),
        ("GITHUB_ACTIONS", "true"),
    ];
    let error = publisher(&github).unwrap_err();
    assert!(
        error.to_string().contains("ACTIONS_ID_TOKEN_REQUEST"),
        "{error}"
    );
}
