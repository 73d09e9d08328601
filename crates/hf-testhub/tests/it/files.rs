//! Listing and reading files.

use crate::support::{Call, Calls, names};
use hf_testhub::{Blob, Op, RepoType, TestHub};
use serde_json::json;

fn hub_with_files() -> TestHub {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let files = [
        Op::add("a.txt", "alpha"),
        Op::add("dir/b.txt", "beta"),
        Op::add("dir/sub/c d.txt", "gamma"),
        Op::add("model.safetensors", Blob::synthetic(1, 300_000)),
    ];
    hub.commit(repo, "files", files);
    hub
}

#[test]
fn trees_are_listed_flat_deep_and_below_a_folder() {
    let hub = hub_with_files();
    let flat = hub.get("/api/models/user/m/tree/main").expect(200);
    assert_eq!(
        names(&flat.json(), "path"),
        ["dir", ".gitattributes", "a.txt", "model.safetensors"]
    );
    assert_eq!(flat.json()[0]["type"], "directory");
    assert_eq!(flat.json()[0]["size"], 0);
    assert_eq!(flat.json()[2]["oid"], Blob::from("alpha").git_oid());
    assert!(flat.json()[2].get("lfs").is_none());
    let large = &flat.json()[3];
    assert_eq!(large["lfs"]["oid"], Blob::synthetic(1, 300_000).sha256());
    assert_eq!(large["lfs"]["pointerSize"], 131);
    assert_eq!(large["size"], 300_000);
    assert_ne!(large["oid"], large["lfs"]["oid"]);

    let deep = hub
        .get("/api/models/user/m/tree/main?recursive=true")
        .json();
    assert_eq!(
        names(&deep, "path"),
        [
            "dir",
            "dir/sub",
            ".gitattributes",
            "a.txt",
            "dir/b.txt",
            "dir/sub/c d.txt",
            "model.safetensors"
        ]
    );
    let below = hub.get("/api/models/user/m/tree/main/dir/sub").json();
    assert_eq!(names(&below, "path"), ["dir/sub/c d.txt"]);
    let missing = hub.get("/api/models/user/m/tree/main/nope").expect(404);
    assert_eq!(missing.error_code(), Some("EntryNotFound"));
    assert_eq!(missing.json()["error"], "nope does not exist on \"main\"");
    assert_eq!(
        hub.get("/api/models/user/m/tree/nope")
            .expect(404)
            .error_code(),
        Some("RevisionNotFound")
    );

    let expanded = hub.get("/api/models/user/m/tree/main?expand=true").json();
    assert_eq!(expanded[0]["lastCommit"]["title"], "files");
    assert_eq!(expanded[1]["lastCommit"]["title"], "initial commit");
    assert_eq!(expanded[2]["securityFileStatus"]["status"], "safe");
}

#[test]
fn trees_come_in_pages() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/many");
    hub.seed_files(&repo, 2_345, 10);
    let mut next = Some(format!(
        "{}/api/models/user/many/tree/main?recursive=true",
        hub.endpoint()
    ));
    let mut sizes = Vec::new();
    let mut paths = Vec::new();
    while let Some(url) = next {
        let page = Call::new("GET", url).send().expect(200);
        let these = names(&page.json(), "path");
        sizes.push(these.len());
        paths.extend(these);
        next = page.next();
        assert!(
            next.as_ref().is_none_or(|n| n.contains("recursive=true")),
            "{next:?}"
        );
    }
    // 2,345 files, .gitattributes, data/ and five folders below it.
    assert_eq!(sizes, [1000, 1000, 352]);
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 2_352);
    let small = hub
        .get("/api/models/user/many/tree/main?recursive=true&expand=true")
        .json();
    assert_eq!(
        small.as_array().unwrap().len(),
        100,
        "with last commits, pages are smaller"
    );
}

#[test]
fn paths_are_told_by_form_and_by_json() {
    let hub = hub_with_files();
    let path = "/api/models/user/m/paths-info/main";
    let json = hub
        .post(
            path,
            &json!({"paths": ["a.txt", "dir", "nope"], "expand": true}),
        )
        .expect(200)
        .json();
    assert_eq!(names(&json, "path"), ["a.txt", "dir"]);
    assert_eq!(json[1]["type"], "directory");
    assert_eq!(json[0]["lastCommit"]["title"], "files");
    let form = hub
        .call("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("paths=dir%2Fsub%2Fc+d.txt&paths=model.safetensors&expand=false")
        .send()
        .expect(200)
        .json();
    assert_eq!(
        names(&form, "path"),
        ["dir/sub/c d.txt", "model.safetensors"]
    );
    assert!(form[0].get("lastCommit").is_none());
    hub.post(path, &json!({})).expect(400);
}

#[test]
fn small_files_go_by_the_resolve_cache_and_large_ones_by_the_storage() {
    let hub = hub_with_files();
    let head = hub.resolve("user/m", "main").unwrap();
    for method in ["HEAD", "GET"] {
        let first = hub
            .call(method, "/user/m/resolve/main/dir/sub/c%20d.txt")
            .send()
            .expect(307);
        let etag = format!("\"{}\"", Blob::from("gamma").git_oid());
        assert_eq!(first.header("x-repo-commit"), Some(head.as_str()));
        assert_eq!(first.header("x-linked-etag"), Some(etag.as_str()));
        let location = first.header("location").unwrap();
        assert!(
            location.starts_with(&format!(
                "/api/resolve-cache/models/user/m/{head}/dir/sub/c%20d.txt?"
            )),
            "{location}"
        );
        let file = hub.call(method, location).send().expect(200);
        assert_eq!(file.header("etag"), Some(etag.as_str()));
        assert_eq!(file.header("content-length"), Some("5"));
        assert_eq!(file.header("accept-ranges"), Some("bytes"));
        assert_eq!(file.header("x-repo-commit"), Some(head.as_str()));
        assert_eq!(file.text(), if method == "GET" { "gamma" } else { "" });

        let large = hub
            .call(method, "/user/m/resolve/main/model.safetensors")
            .send()
            .expect(302);
        let blob = Blob::synthetic(1, 300_000);
        assert_eq!(large.header("x-linked-size"), Some("300000"));
        assert_eq!(
            large.header("x-linked-etag"),
            Some(format!("\"{}\"", blob.sha256()).as_str())
        );
        let location = large.header("location").unwrap();
        assert!(
            location.starts_with(&hub.storage_endpoint()),
            "another origin: {location}"
        );
        let bytes = Call::new(method, location).send().expect(200);
        assert_eq!(bytes.header("content-length"), Some("300000"));
        if method == "GET" {
            assert_eq!(Blob::from(bytes.body).sha256(), blob.sha256());
        }
    }
    assert_eq!(hub.tokens_seen_by_storage(), 0);
    hub.set_resolve_cache(false);
    assert_eq!(
        hub.get("/user/m/resolve/main/a.txt").expect(200).text(),
        "alpha"
    );

    let missing = hub.head("/user/m/resolve/main/nope").expect(404);
    assert_eq!(missing.error_code(), Some("EntryNotFound"));
    assert_eq!(missing.header("x-repo-commit"), Some(head.as_str()));
    assert_eq!(
        hub.get("/user/m/resolve/nope/a.txt")
            .expect(404)
            .error_code(),
        Some("RevisionNotFound")
    );
    assert_eq!(
        hub.get("/user/none/resolve/main/a.txt")
            .expect(404)
            .error_code(),
        Some("RepoNotFound")
    );

    let raw = hub
        .get("/user/m/raw/main/model.safetensors")
        .expect(200)
        .text();
    assert!(raw.starts_with("version https://git-lfs.github.com/spec/v1\noid sha256:"));
}

#[test]
fn files_in_xet_say_so() {
    let hub = hub_with_files();
    assert!(
        hub.head("/user/m/resolve/main/model.safetensors")
            .header("x-xet-hash")
            .is_none()
    );
    hub.set_xet(true);
    let large = hub
        .head("/user/m/resolve/main/model.safetensors")
        .expect(302);
    assert_eq!(large.header("x-xet-hash").unwrap().len(), 64);
    let tokens = format!("<{}/api/models/user/m/xet-read-token/", hub.endpoint());
    assert!(large.header("link").unwrap().starts_with(&tokens));
    let location = large.header("location").unwrap();
    assert!(location.starts_with(&hub.bridge_endpoint()), "{location}");
    let tree = hub.get("/api/models/user/m/tree/main").json();
    assert_eq!(tree[3]["xetHash"], large.header("x-xet-hash").unwrap());
}

#[test]
fn ranges_work_on_both_origins() {
    let hub = hub_with_files();
    hub.set_resolve_cache(false);
    let large = hub
        .head("/user/m/resolve/main/model.safetensors")
        .header("location")
        .unwrap()
        .to_owned();
    let whole = Call::new("GET", &large).send().body;
    let part = Call::new("GET", &large)
        .header("range", "bytes=65530-65549")
        .send()
        .expect(206);
    assert_eq!(
        part.header("content-range"),
        Some("bytes 65530-65549/300000")
    );
    assert_eq!(part.body, whole[65530..65550]);
    let etag = part.header("etag").unwrap().to_owned();
    let same = Call::new("GET", &large)
        .header("range", "bytes=10-")
        .header("if-range", &etag)
        .send()
        .expect(206);
    assert_eq!(same.body, whole[10..]);
    let changed = Call::new("GET", &large)
        .header("range", "bytes=10-")
        .header("if-range", "\"other\"")
        .send();
    assert_eq!(changed.expect(200).body.len(), 300_000);
    let beyond = Call::new("GET", &large)
        .header("range", "bytes=300000-")
        .send()
        .expect(416);
    assert_eq!(beyond.header("content-range"), Some("bytes */300000"));

    let small = "/user/m/resolve/main/a.txt";
    assert_eq!(
        hub.call("GET", small)
            .header("range", "bytes=-2")
            .send()
            .expect(206)
            .text(),
        "ha"
    );
    let etag = hub.head(small).header("etag").unwrap().to_owned();
    hub.call("GET", small)
        .header("if-none-match", etag)
        .send()
        .expect(304);
}

#[test]
fn storage_addresses_are_signed_and_expire() {
    let hub = hub_with_files();
    let url = hub
        .head("/user/m/resolve/main/model.safetensors")
        .header("location")
        .unwrap()
        .to_owned();
    Call::new("HEAD", &url).send().expect(200);
    let forged = Call::new("GET", url.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
        .send()
        .expect(403);
    assert!(forged.text().contains("<Code>AccessDenied</Code>"));
    hub.expire_storage_urls();
    Call::new("HEAD", &url).send().expect(403);
    let fresh = hub
        .head("/user/m/resolve/main/model.safetensors")
        .header("location")
        .unwrap()
        .to_owned();
    Call::new("HEAD", &fresh).send().expect(200);
}

#[test]
fn canonical_models_have_one_name() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "gpt2");
    hub.add_file(&repo, "config.json", "{}");
    assert_eq!(hub.get("/api/models/gpt2").expect(200).json()["id"], "gpt2");
    assert_eq!(
        hub.get("/api/models/gpt2/tree/main")
            .expect(200)
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let first = hub.get("/gpt2/resolve/main/config.json").expect(307);
    assert_eq!(
        hub.get(first.header("location").unwrap())
            .expect(200)
            .text(),
        "{}"
    );
    hub.rename("gpt2", "openai-community/gpt2");
    let moved = hub.get("/api/models/gpt2").expect(307);
    assert_eq!(
        moved.header("location"),
        Some("/api/models/openai-community/gpt2")
    );
}

#[test]
fn answers_to_reads_follow_every_change() {
    let hub = hub_with_files();
    let count = || {
        hub.get("/api/models/user/m/tree/main")
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((count(), count()), (4, 4));
    hub.add_file("user/m", "later.txt", "x");
    assert_eq!(count(), 5);
    let etag = hub
        .get("/api/models/user/m/tree/main")
        .header("etag")
        .unwrap()
        .to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    assert_eq!(
        etag,
        hub.get("/api/models/user/m/tree/main")
            .header("etag")
            .unwrap()
    );
}
