//! Folders, as a user uploads them.

use std::sync::{Arc, Mutex};

use crate::support::{World, bytes, write};
use hf_commit::UploadFolder;
use hf_testhub::Op;
use hf_transport::ErrorKind;
use hf_transport::progress::{FileOutcome, ProgressEvent};

pub(crate) fn folder(world: &World, dir: &tempfile::TempDir) -> UploadFolder {
    UploadFolder::new(world.target.clone(), dir.path()).state_dir(world.state.path())
}

#[tokio::test]
async fn a_folder_becomes_one_commit_without_what_is_git_or_cache() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "a.txt",
        "sub/b.txt",
        "sub/deep/c.json",
        ".git/config",
        ".cache/huggingface/x",
    ] {
        write(dir.path(), name, name);
    }
    let large = bytes(1, 2_500_000);
    write(dir.path(), "w.bin", &large);
    let info = folder(&world, &dir)
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [
            ".gitattributes",
            "a.txt",
            "sub/b.txt",
            "sub/deep/c.json",
            "w.bin"
        ]
    );
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
    assert_eq!(world.titles()[0], "Upload folder using huggingface_hub");
    assert_eq!(world.titles().len(), 2);
    assert_eq!(info.oid, world.hub.resolve(&world.repo, "main").unwrap());
    assert_eq!(
        world.hub.requests().len(),
        5,
        "preupload, batch, PUT, verify, commit"
    );

    world.hub.clear_requests();
    let again = folder(&world, &dir)
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(again.oid, info.oid);
    assert_eq!(world.hub.requests().len(), 2, "preupload and the head");
}

#[tokio::test]
async fn patterns_choose_and_delete() {
    let world = World::new().await;
    world.hub.commit(
        &world.repo,
        "Old",
        [
            "data/old.parquet",
            "data/kept.txt",
            "data/x/new.parquet",
            "old.parquet",
        ]
        .map(|p| Op::add(p, p)),
    );
    let dir = tempfile::tempdir().unwrap();
    for name in ["x/new.parquet", "x/a.tmp", "logs/b.parquet", "c.txt"] {
        write(dir.path(), name, "new");
    }
    let info = folder(&world, &dir)
        .path_in_repo("data")
        .allow_patterns(["*.parquet", "*.tmp"])
        .ignore_patterns(["*.tmp", "logs/"])
        .delete_patterns(["*.parquet"])
        .commit_message("Sync")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [
            ".gitattributes",
            "data/kept.txt",
            "data/x/new.parquet",
            "old.parquet"
        ]
    );
    assert_eq!(world.text("data/x/new.parquet").unwrap(), "new");
    assert_eq!(world.titles()[0], "Sync");
    assert_eq!(info.commit_message, "Sync");
    assert_eq!(world.titles().len(), 3, "one commit for all of it");
}

#[tokio::test]
async fn a_large_folder_becomes_several_commits_on_one_pull_request() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for i in 0..90 {
        write(dir.path(), &format!("f{i:03}"), i.to_string());
    }
    let info = folder(&world, &dir)
        .files_per_commit(40)
        .create_pr(true)
        .commit_message("Many")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    let num = info.pr_num().unwrap();
    let revision = format!("refs/pr/{num}");
    assert_eq!(world.hub.files(&world.repo, &revision).len(), 91);
    assert_eq!(world.hub.files(&world.repo, "main").len(), 1);
    let titles: Vec<String> = world
        .hub
        .commits(&world.repo, &revision)
        .into_iter()
        .map(|c| c.title)
        .collect();
    assert_eq!(titles[1..3], ["Many (part 2)", "Many"]);
    assert_eq!(titles[0], "Many (part 3)");
    assert_eq!(
        std::fs::read_dir(world.state.path()).unwrap().count(),
        0,
        "nothing is left over"
    );
}

/// The paths of a commit's files, in the order in which they were sent.
fn sent(body: &[u8]) -> Vec<String> {
    body.split(|b| *b == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter_map(|line| line["value"]["path"].as_str().map(ToOwned::to_owned))
        .collect()
}

#[tokio::test]
async fn commits_follow_the_order_of_the_walk_whatever_arrives_first() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for i in 0..120 {
        // Regular files are ready at once; large ones arrive later, and not in order.
        let name = format!(
            "{:02}/{}",
            i / 10,
            if i % 3 == 0 {
                format!("{i:03}.bin")
            } else {
                format!("{i:03}")
            }
        );
        let len = if i % 3 == 0 {
            1_000_000 + (i * 7919) % 40_000
        } else {
            3
        };
        write(dir.path(), &name, bytes(i as u64, len));
        expected.push(name);
    }
    for files_per_commit in [40, 7] {
        let repo = format!("user/by{files_per_commit}");
        world.hub.create_repo(hf_testhub::RepoType::Model, &repo);
        world.hub.clear_requests();
        UploadFolder::new(hf_commit::RepoTarget::model(&repo).unwrap(), dir.path())
            .state_dir(world.state.path())
            .files_per_commit(files_per_commit)
            .run(&world.client)
            .await
            .unwrap();
        let commits: Vec<Vec<String>> = world
            .hub
            .requests()
            .into_iter()
            .filter(|request| request.path.contains("/commit/"))
            .map(|request| sent(&request.body))
            .collect();
        assert!(commits.len() > 2);
        assert_eq!(commits[0].len(), files_per_commit);
        assert_eq!(commits.concat(), expected);
    }
}

#[tokio::test]
async fn a_small_folder_opens_its_pull_request_with_the_commit() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let info = folder(&world, &dir)
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(world.hub.requests().len(), 2);
    let revision = format!("refs/pr/{}", info.pr_num().unwrap());
    assert_eq!(world.hub.read(&world.repo, &revision, "a").unwrap(), "1");
    let target = world.target.clone().revision("dev").unwrap();
    let error = UploadFolder::new(target, dir.path())
        .create_pr(true)
        .run(&world.client)
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_second_run_neither_hashes_nor_sends() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        let name = format!("w{i}.bin");
        write(dir.path(), &name, bytes(i, 1_500_000));
        let file = std::fs::File::options()
            .write(true)
            .open(dir.path().join(&name))
            .unwrap();
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        file.set_modified(hour_ago).unwrap();
    }
    folder(&world, &dir).run(&world.client).await.unwrap();
    world.hub.clear_requests();
    let hashed = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&hashed);
    let sink = move |event: &ProgressEvent<'_>| {
        if let ProgressEvent::Hashed { bytes, .. } = event {
            *seen.lock().unwrap() += bytes;
        }
    };
    folder(&world, &dir)
        .progress(Arc::new(sink))
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(*hashed.lock().unwrap(), 0, "its hashes were kept");
    assert_eq!(world.hub.requests().len(), 2, "preupload and the head");
}

#[tokio::test]
async fn events_add_up() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "small.txt", "small");
    write(dir.path(), "w.bin", bytes(7, 2_000_000));
    let log = Arc::new(Mutex::new((0, 0, Vec::new())));
    let seen = Arc::clone(&log);
    let sink = move |event: &ProgressEvent<'_>| {
        let mut log = seen.lock().unwrap();
        match event {
            ProgressEvent::Hashed { bytes, .. } => log.0 += bytes,
            ProgressEvent::Transferred { bytes, .. } => log.1 += bytes,
            ProgressEvent::FileEnd { file, outcome } => log.2.push((file.to_string(), *outcome)),
            _ => {}
        }
    };
    folder(&world, &dir)
        .progress(Arc::new(sink))
        .run(&world.client)
        .await
        .unwrap();
    let mut log = log.lock().unwrap();
    log.2.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!((log.0, log.1), (2_000_000, 2_000_000));
    assert_eq!(
        log.2,
        [
            ("small.txt".to_owned(), FileOutcome::Done),
            ("w.bin".to_owned(), FileOutcome::Done)
        ]
    );
}

#[tokio::test]
async fn the_rules_of_the_folder_reach_the_hub() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        (".gitignore", "*.log\n"),
        ("!first", "x"),
        ("a.log", "y"),
        ("w.txt", "z"),
    ] {
        write(dir.path(), name, text);
    }
    folder(&world, &dir).run(&world.client).await.unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        ["!first", ".gitattributes", ".gitignore", "w.txt"]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_out_stop_the_upload_before_the_commit() {
    let world = World::new().await;
    let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(dir.path(), "a", "1");
    write(outside.path(), "secret", "s");
    std::os::unix::fs::symlink(outside.path().join("secret"), dir.path().join("z")).unwrap();
    let error = folder(&world, &dir).run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("leads out"), "{error}");
    assert_eq!(world.count("/commit/"), 0);
    folder(&world, &dir)
        .links_outside(hf_commit::LinksOutside::Follow)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.text("z").unwrap(), "s");
}

#[tokio::test]
async fn a_folder_with_a_file_for_git_is_refused_by_name() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), ".cache/other", "x");
    let error = folder(&world, &dir).run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains(".cache/other"), "{error}");
    let none = UploadFolder::new(world.target.clone(), dir.path().join("none"));
    let error = none.run(&world.client).await.unwrap_err();
    assert!(error.to_string().contains("no folder"), "{error}");
}

#[test]
fn one_thread_for_blocking_work_is_enough_for_any_folder() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        world.hub.set_lfs_threshold(100_000);
        let dir = tempfile::tempdir().unwrap();
        for i in 0..600 {
            write(dir.path(), &format!("s/{i:03}"), i.to_string());
        }
        for i in 0..20 {
            write(dir.path(), &format!("w{i:02}.bin"), bytes(i, 120_000));
        }
        folder(&world, &dir).run(&world.client).await.unwrap();
        assert_eq!(world.hub.files(&world.repo, "main").len(), 621);
    });
}
