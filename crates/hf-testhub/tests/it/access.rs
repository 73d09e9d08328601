//! Private, gated and disabled repositories.

use crate::support::{Calls, names};
use hf_testhub::{Gated, RepoType, Role, TestHub};

#[test]
fn private_repositories_hide_from_strangers() {
    let hub = TestHub::start_blocking();
    let stranger = hub.create_user("stranger", Role::Write);
    let repo = hub.create_repo(RepoType::Model, "user/secret");
    hub.add_file(&repo, "a.txt", "a");
    hub.set_private(&repo, true);
    for path in [
        "/api/models/user/secret",
        "/api/models/user/secret/tree/main",
        "/user/secret/resolve/main/a.txt",
    ] {
        let anonymous = hub.anonymous("GET", path).send().expect(401);
        assert_eq!(
            anonymous.header("x-error-message"),
            Some("Invalid username or password.")
        );
        assert_eq!(anonymous.error_code(), None, "no hint that it is there");
        let other = hub
            .anonymous("GET", path)
            .token(&stranger)
            .send()
            .expect(404);
        assert_eq!(other.error_code(), Some("RepoNotFound"));
        hub.get(path).expect(200);
    }
    let listed = hub
        .anonymous("GET", "/api/models")
        .send()
        .expect(200)
        .json();
    assert!(names(&listed, "id").is_empty());
    assert_eq!(names(&hub.get("/api/models").json(), "id"), ["user/secret"]);
}

#[test]
fn gated_repositories_show_their_list_and_keep_their_files() {
    let hub = TestHub::start_blocking();
    let stranger = hub.create_user("stranger", Role::Write);
    let repo = hub.create_repo(RepoType::Dataset, "user/gate");
    hub.add_file(&repo, "a.txt", "a");
    hub.add_file(&repo, "a.bin", "large");
    hub.set_gated(&repo, Gated::Manual);

    let file = "/datasets/user/gate/resolve/main/a.txt";
    let anonymous = hub.anonymous("GET", file).send().expect(401);
    assert_eq!(anonymous.error_code(), Some("GatedRepo"));
    assert!(
        anonymous.text().contains("Please log in"),
        "plain text on file routes"
    );
    let other = hub
        .anonymous("GET", file)
        .token(&stranger)
        .send()
        .expect(403);
    assert_eq!(other.error_code(), Some("GatedRepo"));
    assert!(other.text().contains("not in the authorized list"));
    let check = hub
        .anonymous("GET", "/api/datasets/user/gate/auth-check")
        .token(&stranger)
        .send()
        .expect(403);
    assert!(
        check.json()["error"]
            .as_str()
            .unwrap()
            .contains("dataset user/gate")
    );

    let tree = hub
        .anonymous("GET", "/api/datasets/user/gate/tree/main")
        .send()
        .expect(200)
        .json();
    let large = tree
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["path"] == "a.bin")
        .unwrap();
    assert_eq!(large["lfs"]["oid"], "*".repeat(64));
    assert_eq!(large["lfs"]["size"], 5);

    hub.grant_access(&repo, "stranger");
    hub.anonymous("GET", file)
        .token(&stranger)
        .send()
        .expect(200);
    assert_eq!(
        hub.get("/api/datasets/user/gate/auth-check")
            .expect(200)
            .text(),
        "OK"
    );
    // A gated file never goes by the public cache.
    hub.get(file).expect(200);
}

#[test]
fn disabled_repositories_answer_403_for_their_files() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/off");
    hub.set_disabled(&repo, true);
    let info = hub.get("/api/models/user/off").expect(200).json();
    assert_eq!(info["disabled"], true);
    let file = hub.get("/user/off/resolve/main/.gitattributes").expect(403);
    assert_eq!(
        file.header("x-error-message"),
        Some("Access to this resource is disabled.")
    );
    assert_eq!(file.error_code(), None);
}
