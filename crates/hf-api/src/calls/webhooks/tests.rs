use serde_json::json;

use super::*;

fn now() -> WebhookInfo {
    serde_json::from_value(json!({
        "id": "654bbbc16f2ec14d77f109cc", "url": "https://old", "disabled": false,
        "watched": [{"type": "org", "name": "HuggingFaceH4"}], "domains": ["repo"],
    }))
    .unwrap()
}

#[test]
fn what_is_not_changed_is_sent_as_it_is() {
    let call = UpdateWebhookCall::new("654bbbc16f2ec14d77f109cc").url("https://new");
    assert_eq!(
        Value::Object(call.body(Some(now())).unwrap()),
        json!({
            "watched": [{"type": "org", "name": "HuggingFaceH4"}],
            "domains": ["repo"],
            "url": "https://new",
        })
    );
    let call = UpdateWebhookCall::new("654bbbc16f2ec14d77f109cc").domains(["discussion"]);
    assert_eq!(
        call.body(Some(now())).unwrap()["domains"],
        json!(["discussion"])
    );
}

#[test]
fn a_webhook_has_one_target() {
    let mut body = Map::new();
    assert!(target(&mut body, Some("https://a"), Some("1"), None).is_err());
    let secrets = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
    assert!(target(&mut body, Some("https://a"), None, Some(&secrets)).is_err());
    let mut body = Map::new();
    target(&mut body, None, Some("1"), Some(&secrets)).unwrap();
    assert_eq!(
        Value::Object(body),
        json!({"jobSourceId": "1", "secrets": {"A": "b"}})
    );
}
