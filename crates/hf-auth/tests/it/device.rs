//! Logging in by browser.

use hf_auth::DeviceCode;
use hf_testhub::CannedResponse;
use hf_transport::ErrorKind;

use crate::support::{World, json};

const CODE: &str = r#"{"device_code": "secret-device", "user_code": "ABCD-EFGH", "verification_uri": "https://hub.test/device",
    "interval": 0, "expires_in": 900}"#;
const TOKEN: &str = r#"{"access_token": "hf_oauth_a", "refresh_token": "hf_oauth_r", "expires_in": 3600, "token_type": "bearer"}"#;

fn error(code: &str) -> CannedResponse {
    json(
        400,
        &format!(r#"{{"error": "{code}", "error_description": "why"}}"#),
    )
}

#[tokio::test]
async fn the_code_is_shown_and_the_token_awaited() {
    let world = World::new().await;
    let client = world.client();
    world.oauth("/oauth/device", [json(200, CODE)]);
    let page = CannedResponse::status(502).html("<h1>Bad gateway</h1>");
    let no_oauth = json(200, r#"{"message": "of a proxy"}"#);
    let pending = || error("authorization_pending");
    world.oauth(
        "/oauth/token",
        [pending(), page, no_oauth, pending(), json(200, TOKEN)],
    );

    let code = DeviceCode::request(&client).await.unwrap();
    assert_eq!(code.user_code(), "ABCD-EFGH");
    assert_eq!(code.verification_uri(), "https://hub.test/device");
    assert!(!format!("{code:?}").contains("secret"));
    let mut dots = 0;
    let token = code.wait(&client, || dots += 1).await.unwrap();
    assert_eq!(dots, 2);
    assert_eq!(token.access_token.expose(), "hf_oauth_a");
    assert_eq!(token.refresh_token.unwrap().expose(), "hf_oauth_r");
    assert_eq!(token.expires_in.unwrap().as_secs(), 3600);
    assert_eq!(
        world.bodies("/oauth/device"),
        ["client_id=26be6b09-91c5-47da-9861-d2d2bb7a7e36"]
    );
    assert_eq!(
        world.bodies("/oauth/token")[0],
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=secret-device&\
         client_id=26be6b09-91c5-47da-9861-d2d2bb7a7e36"
    );
}

#[tokio::test]
async fn refusals_end_the_wait() {
    for (code, part) in [
        ("access_denied", "refused in the browser"),
        ("expired_token", "expired"),
        ("invalid_client", "invalid_client (why)"),
    ] {
        let world = World::new().await;
        let client = world.client();
        world.oauth("/oauth/device", [json(200, CODE)]);
        world.oauth("/oauth/token", [error(code)]);
        let device = DeviceCode::request(&client).await.unwrap();
        let error = device.wait(&client, || ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_code_that_nobody_enters_expires() {
    let world = World::new().await;
    let client = world.client();
    world.oauth("/oauth/device", [json(200, &CODE.replace("900", "0.3"))]);
    world.oauth(
        "/oauth/token",
        (0..9).map(|_| error("authorization_pending")),
    );
    let device = DeviceCode::request(&client).await.unwrap();
    let error = device.wait(&client, || ()).await.unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");
}

#[tokio::test]
async fn a_hub_without_the_flow_says_so() {
    let world = World::new().await;
    world.oauth("/oauth/device", [json(404, r#"{"error": "not found"}"#)]);
    let error = DeviceCode::request(&world.client()).await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    world.oauth("/oauth/device", [json(200, r#"{"device_code": "x"}"#)]);
    let error = DeviceCode::request(&world.client()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}
