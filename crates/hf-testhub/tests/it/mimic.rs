//! The habits of other servers.
use crate::support::{Calls, names};
use hf_testhub::{Mimic, Op, RepoType, TestHub};
use serde_json::json;

fn hub(server: Mimic) -> (TestHub, String) {
    let hub = TestHub::start_blocking();
    hub.mimic(server);
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let first = hub.commit(
        &repo,
        "one",
        [Op::add("a.txt", "one"), Op::add("b.bin", "one")],
    );
    hub.create_tag(&repo, "v1", "main");
    hub.commit(
        &repo,
        "two",
        [Op::add("a.txt", "two"), Op::add("b.bin", "two")],
    );
    (hub, first)
}

#[test]
fn kohakuhub_has_long_commit_ids_and_mixes_versions_up() {
    let (hub, first) = hub(Mimic::KohakuHub);
    assert_eq!(first.len(), 64);
    let info = hub
        .get(&format!("/api/models/user/m/revision/{first}"))
        .expect(200);
    assert_eq!(info.json()["sha"], first.as_str());

    let tag = hub.head("/user/m/resolve/v1/a.txt").expect(200);
    assert_eq!(tag.header("x-repo-commit"), Some("v1"));
    let old = hub
        .get(&format!("/user/m/resolve/{first}/a.txt"))
        .expect(200);
    let new = hub.get("/user/m/resolve/main/a.txt").expect(200);
    assert_eq!((old.text().as_str(), new.text().as_str()), ("one", "two"));
    assert_eq!(old.header("etag"), new.header("etag"));
    assert_eq!(old.header("x-repo-commit"), Some(first.as_str()));
    let large = hub
        .head(&format!("/user/m/resolve/{first}/b.bin"))
        .expect(302);
    let newest = hub.head("/user/m/resolve/main/b.bin").expect(302);
    assert_eq!(
        large.header("x-linked-etag"),
        newest.header("x-linked-etag")
    );

    let again = hub
        .post("/api/repos/create", &json!({"name": "m"}))
        .expect(400);
    assert_eq!(again.error_code(), Some("RepoExists"));
}

#[test]
fn olah_invents_etags_and_leads_lists_to_the_hub() {
    let (hub, _) = hub(Mimic::Olah);
    let small = hub.get("/user/m/resolve/main/a.txt").expect(200);
    let etag = small.header("etag").unwrap();
    assert_eq!(etag.len(), 37, "{etag}");
    assert!(etag.ends_with("-10\""), "{etag}");
    let large = hub.head("/user/m/resolve/main/b.bin").expect(302);
    assert_eq!(large.header("x-linked-etag").unwrap().len(), 66);

    hub.seed_models(3);
    let next = hub.get("/api/models?limit=1").expect(200).next().unwrap();
    assert!(
        next.starts_with("https://huggingface.co/api/models?"),
        "{next}"
    );
}

#[test]
fn a_plain_mirror_names_the_hub_where_it_should_name_itself() {
    let (hub, _) = hub(Mimic::PlainMirror);
    let made = hub
        .post("/api/repos/create", &json!({"name": "new"}))
        .expect(200);
    assert_eq!(made.json()["url"], "https://huggingface.co/user/new");
    let first = hub.get("/api/models?limit=1").expect(200);
    let next = first.next().unwrap();
    let rest = hub
        .get(next.strip_prefix("https://huggingface.co").unwrap())
        .expect(200);
    assert_eq!(names(&first.json(), "id"), ["user/m"]);
    assert_eq!(names(&rest.json(), "id"), ["user/new"]);
}
