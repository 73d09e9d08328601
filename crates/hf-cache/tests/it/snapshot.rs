//! All files of a commit: `snapshot_download`.

use std::fs;
use std::time::Duration;

use hf_cache::{VerifyRepoChecksums, get_cached_repo_tree};
use hf_testhub::{Blob, Fault, Op};
use hf_transport::{Client, ErrorKind};
use hf_types::{RepoType, Revision};
use http::Method;

use crate::support::{LARGE, REPO, World, files, ranges, text};

fn mixed() -> [(&'static str, Blob); 5] {
    [
        ("README.md", text("# hello")),
        ("config.json", text("{}")),
        ("data/one.bin", Blob::synthetic(1, LARGE)),
        ("data/copy.bin", Blob::synthetic(1, LARGE)),
        ("empty", text("")),
    ]
}

#[tokio::test]
async fn all_files_of_a_commit_equal_contents_once() {
    let world = World::with(mixed()).await;
    world.hub.set_page_size(2);
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
    let gets = world
        .hub
        .count_requests(|r| r.path.starts_with("/objects/"));
    assert_eq!(gets, 1, "two files with one ETag are fetched once");
    let (commit, tree) = get_cached_repo_tree(
        world.cache(),
        RepoType::Model,
        &REPO.parse().unwrap(),
        &Revision::default(),
        None,
    )
    .unwrap();
    assert_eq!(commit, *world.hub.resolve(REPO, "main").unwrap());
    assert_eq!(tree.len(), world.hub.files(REPO, "main").len());
}

#[tokio::test]
async fn patterns_choose_as_python_does() {
    let world = World::with(mixed()).await;
    let mut call = world
        .snapshot()
        .allow_patterns(["data/", "*.json"])
        .ignore_patterns(["*copy*"]);
    let snapshot = call.run(&world.client).await.unwrap();
    let names: Vec<_> = files(&snapshot).into_keys().collect();
    assert_eq!(
        names,
        [
            std::path::Path::new("config.json"),
            std::path::Path::new("data/one.bin")
        ]
    );
    call = call.allow_patterns(["nothing"]);
    let snapshot = call.run(&world.client).await.unwrap();
    assert!(snapshot.is_dir());
}

#[tokio::test]
async fn a_branch_that_moves_meanwhile_changes_nothing() {
    let world = World::with([("a", text("old a")), ("b", text("old b"))]).await;
    let old = world.hub.resolve(REPO, "main").unwrap();
    world
        .hub
        .fault(Fault::on(Method::GET, "/user/repo/resolve/*").run(|hub| {
            hub.commit(
                REPO,
                "moved",
                [Op::add("a", "new a"), Op::add("b", "new b")],
            );
        }));
    let folder = world.get_all().await.unwrap();
    assert!(folder.ends_with(&old));
    world.assert_snapshot(&folder, &old);
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
}

#[tokio::test]
async fn an_incomplete_snapshot_is_refused_offline_and_names_what_is_missing() {
    let world = World::with(mixed()).await;
    let part = world.snapshot().ignore_patterns(["data/*"]);
    part.run(&world.client).await.unwrap();
    let offline = Client::builder()
        .endpoint(world.hub.endpoint())
        .no_token()
        .offline(true)
        .build()
        .unwrap();
    let err = world.snapshot().run(&offline).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::IncompleteSnapshot);
    assert!(
        err.to_string().contains("`data/copy.bin`, `data/one.bin`"),
        "{err}"
    );
    assert!(part.run(&offline).await.is_ok());
    world.hub.fault(Fault::on_any("*").reset().always());
    let err = world.snapshot().run(&world.client).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::IncompleteSnapshot);
    world.hub.clear_faults();
    let complete = world.get_all().await.unwrap();
    let found = world.snapshot().run(&offline).await.unwrap();
    assert_eq!(found, complete);
    let unknown = world
        .snapshot()
        .revision("other".parse().unwrap())
        .local_files_only(true);
    assert_eq!(
        unknown.run(&world.client).await.unwrap_err().kind(),
        ErrorKind::LocalEntryNotFound
    );
    assert_eq!(
        unknown.plan(&world.client).await.unwrap_err().kind(),
        ErrorKind::DryRun
    );
}

#[tokio::test]
async fn dry_run_tells_of_each_file() {
    let world = World::with(mixed()).await;
    world.get("config.json").await.unwrap();
    let call = world.snapshot();
    let infos = call.plan(&world.client).await.unwrap();
    let cached: Vec<_> = infos
        .iter()
        .filter(|i| i.is_cached)
        .map(|i| i.filename.as_str())
        .collect();
    assert_eq!(cached, ["config.json"]);
    assert!(infos.iter().all(|i| i.will_download != i.is_cached));
    assert!(!world.repo_folder().join("trees").exists());
}

#[tokio::test]
async fn into_a_local_folder_and_again() {
    let world = World::with(mixed()).await;
    let call = world.snapshot().local_dir(world.local());
    let folder = call.run(&world.client).await.unwrap();
    assert_eq!(folder, world.local());
    world.assert_snapshot(&folder, "main");
    assert!(
        !fs::symlink_metadata(folder.join("config.json"))
            .unwrap()
            .is_symlink()
    );
    let note = fs::read_to_string(folder.join(".cache/huggingface/download/data/one.bin.metadata"))
        .unwrap();
    let lines: Vec<_> = note.lines().collect();
    assert_eq!(lines[0], world.hub.resolve(REPO, "main").unwrap());
    assert_eq!(lines[1], Blob::synthetic(1, LARGE).sha256());
    assert!(lines[2].parse::<f64>().unwrap() > 1.7e9);
    world.requests();
    call.run(&world.client).await.unwrap();
    assert_eq!(
        world.requests(),
        ["GET /api/models/user/repo/revision/main"]
    );
    // What the user changed is fetched again, what another commit left alone is not.
    fs::write(folder.join("config.json"), "mine, and longer").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    fs::File::options()
        .write(true)
        .open(folder.join("config.json"))
        .unwrap()
        .set_modified(later)
        .unwrap();
    world.commit([("README.md", text("# new"))]);
    call.run(&world.client).await.unwrap();
    world.assert_snapshot(&folder, "main");
    let fetched = world.hub.count_requests(|r| r.path.contains("/resolve/"));
    assert_eq!(fetched, 2);
}

#[tokio::test]
async fn what_the_cache_has_is_copied_into_a_local_folder() {
    let world = World::with(mixed()).await;
    world.get_all().await.unwrap();
    world.requests();
    let call = world.snapshot().local_dir(world.local());
    call.run(&world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    assert_eq!(
        world.hub.count_requests(|r| r.path.contains("/resolve/")),
        0
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_a_local_folder_is_followed_if_the_user_made_it() {
    let world = World::with(mixed()).await;
    let outside = world.local().with_file_name("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(world.local()).unwrap();
    std::os::unix::fs::symlink(&outside, world.local().join("data")).unwrap();
    let call = world.snapshot().local_dir(world.local());
    call.run(&world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    assert!(fs::read_dir(&outside).unwrap().count() > 0);
    // The administrator can say that the link is somebody else's.
    let link = world.local().join("data");
    if std::os::unix::fs::lchown(&link, Some(12_345), None).is_ok() {
        world.commit([("data/new", text("new"))]);
        let err = call.run(&world.client).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Validation);
        assert!(err.to_string().contains("leads out"), "{err}");
        assert!(!outside.join("new").exists());
    }
}

#[tokio::test]
async fn checksums_of_a_snapshot_and_of_a_folder() {
    let world = World::with(mixed()).await;
    let folder = world.get_all().await.unwrap();
    let mut call = VerifyRepoChecksums::new(REPO.parse().unwrap()).cache_dir(world.cache());
    let report = call.run(&world.client).await.unwrap();
    assert_eq!(report.checked_count, files(&folder).len() as u64);
    assert!(
        report.mismatches.is_empty()
            && report.missing_paths.is_empty()
            && report.extra_paths.is_empty()
    );
    fs::write(fs::canonicalize(folder.join("config.json")).unwrap(), "[]").unwrap();
    fs::remove_file(folder.join("README.md")).unwrap();
    fs::write(folder.join("extra"), "").unwrap();
    let report = call.run(&world.client).await.unwrap();
    assert_eq!(report.mismatches[0].path, "config.json");
    assert_eq!(report.mismatches[0].algorithm, "git-sha1");
    assert_eq!(
        (report.missing_paths, report.extra_paths),
        (vec!["README.md".into()], vec!["extra".into()])
    );
    call = call.local_dir(world.local());
    assert_eq!(
        call.run(&world.client).await.unwrap_err().kind(),
        ErrorKind::Validation
    );
}

#[tokio::test]
async fn a_large_file_gets_the_connections_that_others_give_back() {
    const MIB: u64 = 1024 * 1024;
    let world = World::with([
        ("large.bin", Blob::synthetic(1, 64 * MIB)),
        ("small.txt", text("small")),
    ])
    .await;
    world.hub.set_bandwidth(32 * MIB);
    // Held by the small file, the second place is free only after the large one has begun alone.
    world
        .hub
        .fault(Fault::on_any("*small.txt").delay(Duration::from_millis(700)));
    let call = world.snapshot().max_workers(2);
    call.run(&world.client).await.unwrap();
    let ranges = ranges(&world.hub.requests());
    assert!(!ranges.is_empty(), "it stayed alone to the end");
    world.assert_sound();
}
