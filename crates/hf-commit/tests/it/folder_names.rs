//! What a folder may hold besides files with plain names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use crate::support::{World, write};
use hf_commit::{LinksOutside, UploadFolder};
use hf_transport::ErrorKind;

fn folder(world: &World, dir: &tempfile::TempDir) -> UploadFolder {
    UploadFolder::new(world.target.clone(), dir.path()).state_dir(world.state.path())
}

#[tokio::test]
async fn a_name_that_is_not_utf8_stops_the_upload_with_its_name() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let bad = dir.path().join(OsStr::from_bytes(b"z\xff.bin"));
    std::fs::write(&bad, "x").unwrap();
    let error = folder(&world, &dir).run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains(r"z\xff.bin"), "{error}");
    assert_eq!(world.titles(), ["initial commit"]);
    folder(&world, &dir)
        .ignore_patterns(["z*"])
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", "a"]
    );
}

#[tokio::test]
async fn links_are_followed_within_the_folder_once() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "real/a", "1");
    write(dir.path(), "b", "2");
    symlink("real", dir.path().join("linked")).unwrap();
    symlink("../b", dir.path().join("real/c")).unwrap();
    symlink("..", dir.path().join("real/up")).unwrap();
    symlink(".", dir.path().join("self")).unwrap();
    folder(&world, &dir).run(&world.client).await.unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [
            ".gitattributes",
            "b",
            "linked/a",
            "linked/c",
            "real/a",
            "real/c"
        ]
    );
    assert_eq!(world.text("linked/c").unwrap(), "2");
}

#[tokio::test]
async fn a_link_that_leads_nowhere_or_to_itself_is_left_out() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    symlink("nowhere", dir.path().join("dangling")).unwrap();
    symlink("circle", dir.path().join("circle")).unwrap();
    folder(&world, &dir).run(&world.client).await.unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", "a"]
    );
}

/// A refused upload sends nothing of what a link leads to, in no request.
#[tokio::test]
async fn nothing_behind_a_refused_link_is_sent_whatever_the_name_of_the_link() {
    for name in ["README.md", ".gitignore", "weights.bin", "data"] {
        let world = World::new().await;
        let private = tempfile::tempdir().unwrap();
        write(private.path(), "key", "PRIVATE KEY");
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a", "1");
        let target = match name {
            "data" => private.path().to_owned(),
            _ => private.path().join("key"),
        };
        symlink(target, dir.path().join(name)).unwrap();
        let error = folder(&world, &dir).run(&world.client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{name}");
        assert!(error.to_string().contains(name), "{error}");
        assert!(error.hint().unwrap().contains("links_outside"), "{error}");
        for request in world.hub.requests() {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            // Encoded or not: `PRIVATE KEY` in base64 holds `UFJJVkFUR`.
            assert!(!body.contains("PRIVATE"), "{name}: {body}");
            assert!(!body.contains("UFJJVkFUR"), "{name}: {body}");
        }
        folder(&world, &dir)
            .links_outside(LinksOutside::Follow)
            .run(&world.client)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_belongs_to_git_or_the_cache_stays_at_any_depth() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for name in [
        ".git/config",
        "sub/.git/HEAD",
        "sub/deep/.git/objects/ab/cd",
        ".cache/huggingface/x",
        "sub/.cache/huggingface/download/y.lock",
        "sub/.github/workflow.yml",
        "sub/.gitignore",
        "git/config",
    ] {
        write(dir.path(), name, name);
    }
    // A submodule has a file where others have the folder.
    write(dir.path(), "module/.git", "gitdir: ../.git/modules/module");
    folder(&world, &dir).run(&world.client).await.unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [
            ".gitattributes",
            "git/config",
            "sub/.github/workflow.yml",
            "sub/.gitignore"
        ]
    );
}

#[tokio::test]
async fn the_order_of_a_commit_is_that_of_the_names() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut names: Vec<String> = (0..300).map(|i| format!("{:02}/f{i}", i % 7)).collect();
    fastrand::shuffle(&mut names);
    for name in &names {
        write(dir.path(), name, name);
    }
    folder(&world, &dir).run(&world.client).await.unwrap();
    let requests = world.hub.requests();
    let commit = requests
        .iter()
        .find(|r| r.path.contains("/commit/"))
        .unwrap();
    let sent: Vec<String> = commit
        .body
        .split(|b| *b == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter_map(|line| Some(line["value"]["path"].as_str()?.to_owned()))
        .collect();
    names.sort();
    assert_eq!(sent, names);
}
