//! Names from a server that means harm: none leads out of its folder.

use std::path::PathBuf;

use hf_testhub::{Blob, CannedResponse, Fault};
use hf_transport::ErrorKind;
use http::Method;
use serde_json::{Value, json};

use crate::support::{LARGE, World, files, text};

const TREE: &str = "/api/models/user/repo/tree/*";

fn entry(path: &str) -> Value {
    json!({"type": "file", "path": path, "size": 4, "oid": text("evil").git_oid()})
}

/// Everything below the folder that holds the cache.
fn everything(world: &World) -> Vec<PathBuf> {
    files(world.cache().parent().unwrap()).into_keys().collect()
}

#[tokio::test]
async fn paths_that_lead_out_refuse_the_whole_list() {
    for path in [
        "../evil",
        "../../evil",
        "a/../../../../evil",
        "/tmp/evil",
        "//evil",
        "a/./evil",
        "a//evil",
        "evil/",
        "",
        "ev\u{0}il",
    ] {
        let world = World::with([("good", text("good"))]).await;
        world
            .hub
            .fault(Fault::on(Method::GET, TREE).inject([entry(path)]).always());
        for local in [false, true] {
            let mut call = world.snapshot();
            if local {
                call = call.local_dir(world.local());
            }
            let err = call.run(&world.client).await.unwrap_err();
            assert_eq!(err.kind(), ErrorKind::Validation, "{path:?}: {err:?}");
        }
        assert!(
            everything(&world)
                .iter()
                .all(|p| !p.to_string_lossy().contains("evil")),
            "{path:?}"
        );
        assert_eq!(
            world.hub.count_requests(|r| r.path.contains("/resolve/")),
            0
        );
        // Those who know what they want can leave it out.
        let call = world.snapshot().allow_patterns(["good"]);
        call.run(&world.client).await.unwrap();
        world.assert_sound();
    }
}

/// What only Windows takes for something else.
const ODD: [&str; 6] = [
    "C:/evil",
    "..\\evil",
    "a\tb",
    "a\nb",
    "\\\\host\\x",
    "dir/a\\b",
];

#[tokio::test]
async fn an_odd_name_does_not_take_the_snapshot_with_it() {
    let mut files = vec![("good", text("good"))];
    files.extend(ODD.map(|name| (name, text(name))));
    let world = World::with(files).await;
    for local in [false, true] {
        let mut call = world.snapshot();
        if local {
            call = call.local_dir(world.local());
        }
        let result = call.run(&world.client).await;
        if cfg!(windows) {
            // Two of them would lead out there.
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Validation);
        } else {
            world.assert_snapshot(&result.unwrap(), "main");
        }
    }
    world.assert_sound();
}

#[tokio::test]
async fn a_path_that_is_both_file_and_folder_is_an_error() {
    let world = World::with([("good", text("good"))]).await;
    world.hub.fault(
        Fault::on(Method::GET, TREE)
            .inject([entry("x"), entry("x/y")])
            .always(),
    );
    world.hub.fault(
        Fault::on(Method::GET, "*/resolve/*/x*")
            .body("evil")
            .status(200)
            .always(),
    );
    assert!(world.get_all().await.is_err());
    world.assert_sound();
}

#[tokio::test]
async fn hashes_that_are_none_refuse_the_list() {
    for (field, value) in [
        ("oid", json!("../../../evil")),
        ("oid", json!("")),
        ("oid", json!("A".repeat(40))),
        ("lfs", json!({"oid": "../../evil", "size": 4})),
    ] {
        let world = World::with([("good", text("good"))]).await;
        let mut bad = entry("bad");
        bad[field] = value.clone();
        world
            .hub
            .fault(Fault::on(Method::GET, TREE).inject([bad]).always());
        let err = world.get_all().await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Validation, "{value}: {err:?}");
        assert!(
            everything(&world)
                .iter()
                .all(|p| !p.to_string_lossy().contains("evil"))
        );
    }
}

#[tokio::test]
async fn etags_and_commits_are_checked_before_they_name_files() {
    let etags = [
        "\"../../../evil\"",
        "\"/tmp/evil\"",
        "\"\"",
        "\"a/b\"",
        "\"..\"",
        "\"a\\\\b\"",
        "\".\"",
        "\"con:aux\"",
    ];
    for etag in etags {
        let world = World::with([("a", text("a"))]).await;
        for name in ["etag", "x-linked-etag"] {
            world
                .hub
                .fault(Fault::on_any("*resolve*").header(name, etag).always());
            let err = world.get("a").await.unwrap_err();
            assert_eq!(err.kind(), ErrorKind::LocalEntryNotFound, "{etag}: {err:?}");
            assert!(err.to_string().contains("ETag"), "{err}");
            world.hub.clear_faults();
        }
        assert!(
            everything(&world)
                .iter()
                .all(|p| !p.to_string_lossy().contains("evil"))
        );
    }
    for commit in ["../../../evil", "main", "", "..", "a/b", ".hidden"] {
        let world = World::with([("a", text("a"))]).await;
        let revision = Fault::on(Method::GET, "/api/models/user/repo/revision/*");
        let body = json!({"sha": commit, "siblings": []});
        let response = CannedResponse::status(200).json(&body);
        world.hub.fault(revision.respond(response).always());
        let header = Fault::on_any("*resolve*").header("x-repo-commit", commit);
        world.hub.fault(header.always());
        for err in [
            world.get("a").await.unwrap_err(),
            world.get_all().await.unwrap_err(),
        ] {
            let kind = ErrorKind::LocalEntryNotFound;
            assert_eq!(err.kind(), kind, "{commit}: {err:?}");
        }
        assert!(
            everything(&world)
                .iter()
                .all(|p| !p.to_string_lossy().contains("evil"))
        );
    }
    // A mirror that repeats the name in the header, but knows the commit.
    let world = World::with([("a", text("a"))]).await;
    let header = Fault::on_any("*resolve*").header("x-repo-commit", "main");
    world.hub.fault(header.always());
    let path = world.get("a").await.unwrap();
    assert!(path.starts_with(world.snapshot_folder()));
    world.assert_sound();
}

#[tokio::test]
async fn a_redirect_to_another_host_does_not_see_the_token() {
    let world = World::with([("a", text("a")), ("big", Blob::synthetic(1, LARGE))]).await;
    let client = hf_transport::Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .build()
        .unwrap();
    let elsewhere = format!(
        "{}/objects/{}",
        world.hub.storage_endpoint(),
        "0".repeat(64)
    );
    let redirect = CannedResponse::status(307).header("location", elsewhere);
    world.hub.fault(
        Fault::on_any("/user/repo/resolve/*")
            .respond(redirect)
            .always(),
    );
    assert!(world.download("a").run(&client).await.is_err());
    assert!(world.snapshot().run(&client).await.is_err());
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn links_in_the_cache_that_lead_out_are_not_followed() {
    // Planted by another user of the cache, or by a hostile archive of one.
    for planted in ["snapshots/COMMIT/dir", "snapshots/COMMIT"] {
        for name in ["dir/small", "dir/large"] {
            let world = World::with([
                ("dir/small", text("evil")),
                ("dir/large", Blob::synthetic(3, LARGE)),
            ])
            .await;
            let commit = world.hub.resolve(crate::support::REPO, "main").unwrap();
            let outside = world.cache().with_file_name("outside");
            std::fs::create_dir_all(&outside).unwrap();
            let at = world.repo_folder().join(planted.replace("COMMIT", &commit));
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&outside, &at).unwrap();
            let all = world.snapshot().allow_patterns([name]);
            for done in [
                world.get(name).await.map(drop),
                all.run(&world.client).await.map(drop),
            ] {
                let err = done.unwrap_err();
                assert_eq!(
                    err.kind(),
                    ErrorKind::Validation,
                    "{planted} {name}: {err:?}"
                );
                assert!(err.to_string().contains("leads out"), "{err}");
            }
            assert_eq!(files(&outside).len(), 0, "{planted} {name}");
        }
    }
}

#[tokio::test]
async fn files_with_names_that_windows_reserves_are_skipped_there() {
    for name in [
        "con",
        "a/NUL.txt",
        "aux.json",
        "COM1",
        "name.",
        "name ",
        "a:b",
        "a<b",
        "a?b",
    ] {
        let path: hf_types::RepoPath = match name.parse() {
            Ok(path) => path,
            // Refused everywhere.
            Err(_) => continue,
        };
        assert!(path.local_safe().is_err(), "{name}");
        let world = World::with([("good", text("good"))]).await;
        world
            .hub
            .fault(Fault::on(Method::GET, TREE).inject([entry(name)]).always());
        let got = world.get_all().await;
        if cfg!(windows) {
            // A name that may lead to another drive or stream refuses the whole list.
            match got {
                Ok(folder) => assert!(folder.join("good").is_file(), "{name}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Validation, "{name}"),
            }
            let alone = world.get(name).await;
            assert_eq!(alone.unwrap_err().kind(), ErrorKind::Validation, "{name}");
        } else {
            // A name like any other, of a file that this Hub does not have.
            assert_ne!(got.unwrap_err().kind(), ErrorKind::Validation, "{name}");
        }
        world.assert_sound();
    }
}

#[tokio::test]
async fn one_bad_name_among_a_hundred_thousand_refuses_them_all() {
    let world = World::with([("good", text("good"))]).await;
    let many = (0..100_000).map(|i| {
        entry(&if i == 77_777 {
            "data/../../../evil".to_owned()
        } else {
            format!("data/{:03}/file-{i:06}", i / 500)
        })
    });
    let list = Fault::on(Method::GET, TREE).inject(many);
    world.hub.fault(list.always());
    let err = world.get_all().await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Validation, "{err:?}");
    assert_eq!(
        world.hub.count_requests(|r| r.path.contains("/resolve/")),
        0,
        "not one file was asked for"
    );
    assert!(
        everything(&world)
            .iter()
            .all(|p| !p.to_string_lossy().contains("evil"))
    );
}

#[tokio::test]
async fn a_list_of_a_hundred_thousand_files() {
    let world = World::with([("good", text("good"))]).await;
    let many = (0..100_000).map(|i| entry(&format!("data/{:03}/file-{i:06}", i / 500)));
    let list = Fault::on(Method::GET, TREE).inject(many);
    world.hub.fault(list.always());
    let mut call = world.snapshot().allow_patterns(["good"]);
    call.run(&world.client).await.unwrap();
    // The list is kept: what is asked of it later needs no request.
    world.hub.clear_requests();
    call = call.revision(
        world
            .hub
            .resolve(crate::support::REPO, "main")
            .unwrap()
            .parse()
            .unwrap(),
    );
    call.run(&world.client).await.unwrap();
    assert!(world.requests().is_empty());
    world.assert_sound();
}
