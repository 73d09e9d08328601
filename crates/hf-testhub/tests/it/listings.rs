//! Listings and the descriptions of single repositories.

use hf_testhub::{RepoType, TestHub};
use serde_json::json;

use crate::support::{Call, Calls, names};

#[test]
fn lists_with_filters_orders_and_pages() {
    let hub = TestHub::start_blocking();
    hub.seed_models(250);
    hub.create_repo(RepoType::Space, "user/space");
    hub.create_repo(RepoType::Dataset, "user/data");
    let all = hub.get("/api/models").expect(200).json();
    assert_eq!(all.as_array().unwrap().len(), 250);
    assert_eq!(all[0]["id"], all[0]["modelId"]);
    assert!(all[0].get("sha").is_none(), "the short form has no commit");

    let full = hub
        .get("/api/models?full=true&cardData=true&limit=1")
        .expect(200)
        .json();
    assert_eq!(full[0]["siblings"][0]["rfilename"], ".gitattributes");
    assert_eq!(full[0]["cardData"]["license"], "apache-2.0");
    let lean = hub
        .get("/api/models?expand=sha&expand%5B%5D=gated&limit=1")
        .expect(200)
        .json();
    let mut members: Vec<_> = lean[0].as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(members, ["_id", "gated", "id", "sha"]);

    assert_eq!(
        names(&hub.get("/api/models?author=org-01").json(), "id").len(),
        3
    );
    assert_eq!(
        names(&hub.get("/api/models?search=MODEL-0004").json(), "id").len(),
        10
    );
    let tagged = hub
        .get("/api/models?filter=diffusers,license:apache-2.0&pipeline_tag=fill-mask")
        .json();
    assert!(!tagged.as_array().unwrap().is_empty());
    for model in tagged.as_array().unwrap() {
        assert_eq!(
            (&model["library_name"], &model["pipeline_tag"]),
            (&json!("diffusers"), &json!("fill-mask"))
        );
    }
    let by_downloads = hub.get("/api/models?sort=downloads&limit=50").json();
    let downloads: Vec<_> = by_downloads
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["downloads"].as_u64().unwrap())
        .collect();
    assert!(downloads.is_sorted_by(|a, b| a >= b), "{downloads:?}");
    let upwards = hub
        .get("/api/models?sort=downloads&direction=1&limit=1")
        .json();
    assert!(upwards[0]["downloads"].as_u64().unwrap() < downloads[49]);

    let mut seen = Vec::new();
    let mut next = Some(format!("{}/api/models?limit=60&author=", hub.endpoint()));
    next = next.map(|url| url.replace("&author=", ""));
    let mut pages = 0;
    while let Some(url) = next {
        let page = Call::new("GET", url).token(hub.token()).send().expect(200);
        seen.extend(names(&page.json(), "id"));
        next = page.next();
        pages += 1;
    }
    assert_eq!((pages, seen.len()), (5, 250));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 250, "no model comes twice");

    assert_eq!(names(&hub.get("/api/spaces").json(), "id"), ["user/space"]);
    assert_eq!(names(&hub.get("/api/datasets").json(), "id"), ["user/data"]);
    for query in [
        "sort=nonsense",
        "limit=0",
        "limit=x",
        "cursor=x",
        "expand=nothing",
        "gated=maybe",
    ] {
        hub.get(&format!("/api/models?{query}")).expect(400);
    }
}

#[test]
fn info_tells_files_revisions_and_unknown_ones() {
    let hub = TestHub::start_blocking();
    let repo = hub.create_repo(RepoType::Model, "user/m");
    let first = hub.add_file(&repo, "README.md", "---\nlicense: mit\ntags: [x]\n---\n");
    let second = hub.add_file(&repo, "m.safetensors", vec![0; 100]);
    let info = hub.get("/api/models/user/m").expect(200).json();
    assert_eq!(info["sha"], second.as_str());
    assert_eq!(info["cardData"], json!({"license": "mit", "tags": ["x"]}));
    assert_eq!(info["usedStorage"], 100);
    assert_eq!(
        names(&info["siblings"], "rfilename"),
        [".gitattributes", "README.md", "m.safetensors"]
    );
    assert!(info["siblings"][0].get("size").is_none());
    let blobs = hub.get("/api/models/user/m?blobs=true").json();
    assert_eq!(blobs["siblings"][2]["lfs"]["size"], 100);
    assert_eq!(
        blobs["siblings"][2]["lfs"]["sha256"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    let old = hub
        .get(&format!("/api/models/user/m/revision/{}", &first[..8]))
        .expect(200)
        .json();
    assert_eq!(old["sha"], first.as_str());
    assert_eq!(old["siblings"].as_array().unwrap().len(), 2);
    let unknown = hub.get("/api/models/user/m/revision/nope").expect(404);
    assert_eq!(unknown.error_code(), Some("RevisionNotFound"));
    assert_eq!(
        unknown.header("x-error-message"),
        Some("Invalid rev id: nope")
    );
    let page = hub.get("/api/planets/user/m").expect(501);
    assert_eq!(page.error_code(), None);
}

#[test]
fn cards_are_checked() {
    let hub = TestHub::start_blocking();
    let check = |content: &str| {
        hub.post(
            "/api/validate-yaml",
            &json!({"content": content, "repoType": "model"}),
        )
    };
    assert_eq!(
        check("---\nlicense: mit\n---\n").expect(200).json()["warnings"],
        json!([])
    );
    assert!(
        !check("# none").expect(200).json()["warnings"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let bad = check("---\nlicense mit\n---\n").expect(400).json();
    assert!(
        bad["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("line 2")
    );
}
