use serde_json::json;

use super::{Prepared, hub, random};
use crate::support::{Call, Calls};

#[test]
fn the_bridge_serves_whole_files_and_parts() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    hub.add_file("user/m", "a.bin", file.content.clone());
    let head = hub.head("/user/m/resolve/main/a.bin").expect(302);
    assert_eq!(
        head.header("x-linked-etag").unwrap(),
        format!("\"{}\"", file.sha256())
    );
    assert_eq!(head.header("x-linked-size"), Some("300000"));
    assert_eq!(head.header("x-xet-hash").unwrap(), file.hash.to_string());
    let link = head.header("link").unwrap();
    let store = format!(
        "<{}/v1/reconstructions/{}>; rel=\"xet-reconstruction-info\"",
        hub.cas_endpoint(),
        file.hash
    );
    assert!(link.ends_with(&store), "{link}");
    let url = head.header("location").unwrap();
    assert_eq!(Call::new("GET", url).send().expect(200).body, file.content);
    let part = Call::new("GET", url)
        .header("range", "bytes=1000-1009")
        .send();
    assert_eq!(part.expect(206).body, file.content[1000..1010]);
    hub.expire_storage_urls();
    Call::new("GET", url).send().expect(403);
    // The file that redirects is not changed by what the bridge thinks of it.
    hub.head("/user/m/resolve/main/a.bin").expect(302);
}

#[test]
fn a_client_can_ask_what_a_file_is_in_xet() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    hub.add_file("user/m", "a.bin", file.content.clone());
    let info = hub
        .call("GET", "/user/m/resolve/main/a.bin")
        .header("accept", "application/vnd.xet-fileinfo+json, */*")
        .send()
        .expect(200);
    assert_eq!(
        info.header("content-type"),
        Some("application/vnd.xet-fileinfo+json")
    );
    let body = info.json();
    assert_eq!(body["hash"], file.hash.to_string());
    assert_eq!(body["size"], 300_000);
    let refresh = body["refreshUrl"].as_str().unwrap();
    Call::new("GET", refresh)
        .token(hub.token())
        .send()
        .expect(200);
    // A small file is none of Xet's.
    hub.add_file("user/m", "small.txt", "small");
    hub.call("GET", "/user/m/resolve/main/small.txt")
        .header("accept", "application/vnd.xet-fileinfo+json")
        .send()
        .expect(307);
}

#[test]
fn the_hash_is_in_lists_and_for_those_who_may_read_alone() {
    let hub = hub();
    let file = Prepared::new(random(1, 300_000));
    hub.add_file("user/m", "a.bin", file.content.clone());
    let body = json!({"paths": ["a.bin"]});
    let infos = hub
        .post("/api/models/user/m/paths-info/main", &body)
        .expect(200)
        .json();
    assert_eq!(infos[0]["xetHash"], file.hash.to_string());
    hub.set_gated("user/m", hf_testhub::Gated::Manual);
    let other = hub.create_user("other", hf_testhub::Role::Write);
    let masked = hub
        .anonymous("GET", "/api/models/user/m/tree/main")
        .token(&other)
        .send()
        .expect(200)
        .json();
    assert_eq!(masked[1]["xetHash"], "*".repeat(64));
    hub.anonymous("GET", "/api/models/user/m/xet-read-token/main")
        .token(&other)
        .send()
        .expect(403);
}

#[test]
fn without_xet_nothing_is_said_of_it_and_buckets_have_it_all_the_same() {
    let hub = hub();
    hub.set_xet(false);
    hub.add_file("user/m", "a.bin", random(1, 300_000));
    let head = hub.head("/user/m/resolve/main/a.bin").expect(302);
    assert_eq!(
        (head.header("x-xet-hash"), head.header("link")),
        (None, None)
    );
    assert!(
        head.header("location")
            .unwrap()
            .starts_with(&hub.storage_endpoint())
    );
    for permission in ["read", "write"] {
        hub.get(&format!("/api/models/user/m/xet-{permission}-token/main"))
            .expect(404);
        hub.get(&format!("/api/buckets/user/b/xet-{permission}-token"))
            .expect(200);
    }
}
