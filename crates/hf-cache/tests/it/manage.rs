//! Looking after the cache.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use hf_cache::scan_cache_dir;
use hf_testhub::{Blob, Op};
use hf_transport::{ErrorKind, TokenMode};

use crate::support::{LARGE, REPO, World, text};

/// Two revisions: `a` changed, `same` did not.
async fn two_revisions() -> (World, String, String) {
    let world = World::with([
        ("a", text("one")),
        ("same", text("same")),
        ("big", Blob::synthetic(1, LARGE)),
    ])
    .await;
    let old = world.hub.resolve(REPO, "main").unwrap();
    world.get_all().await.unwrap();
    let new = world.hub.commit(
        REPO,
        "change",
        [Op::add("a", "two, longer"), Op::delete("big")],
    );
    world.get_all().await.unwrap();
    (world, old, new)
}

fn age(path: &Path, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(fs::FileTimes::new().set_accessed(then).set_modified(then))
        .unwrap();
}

#[tokio::test]
async fn a_scan_tells_what_is_there() {
    let (world, old, new) = two_revisions().await;
    fs::write(
        world.repo_folder().join("blobs/x.0123abcd.incomplete"),
        "part",
    )
    .unwrap();
    fs::create_dir(world.cache().join("junk")).unwrap();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(info.warnings.len(), 1);
    assert_eq!(info.incomplete_size_on_disk(), 4);
    let [repo] = &info.repos[..] else {
        panic!("one repository")
    };
    assert_eq!(
        (repo.cache_id().as_str(), repo.revisions.len()),
        ("model/user/repo", 2)
    );
    let revision = |commit: &str| {
        repo.revisions
            .iter()
            .find(|r| r.commit_hash == *commit)
            .unwrap()
    };
    assert_eq!(revision(&new).refs, ["main"]);
    assert!(revision(&old).refs.is_empty());
    assert_eq!(revision(&old).nb_files(), revision(&new).nb_files() + 1);
    assert_eq!(info.size_on_disk, repo.size_on_disk);
    let err = scan_cache_dir(world.local()).unwrap_err();
    assert_eq!(err.kind(), ErrorKind::FileNotFound);
    // Broken links are reported, not fatal.
    #[cfg(unix)]
    {
        fs::remove_file(&revision(&new).files[0].blob_path).unwrap();
        let info = scan_cache_dir(world.cache()).unwrap();
        let missing = |w: &hf_cache::CorruptedCache| w.message.contains("is missing");
        assert!(info.repos.is_empty() && info.warnings.iter().any(missing));
    }
}

/// So many that several threads scan them.
#[test]
fn a_scan_of_many_repositories_lists_each_once_in_order() {
    const COMMIT: &str = "0123456789012345678901234567890123456789";
    let dir = tempfile::tempdir().unwrap();
    for n in 0..100_usize {
        let repo = dir.path().join(format!("models--user--repo-{n:02}"));
        let snapshot = repo.join("snapshots").join(COMMIT);
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir(repo.join("blobs")).unwrap();
        fs::write(snapshot.join("file"), "x".repeat(n)).unwrap();
        if n % 10 == 3 {
            fs::write(repo.join("blobs/x.0123abcd.incomplete"), "part").unwrap();
        }
        if n % 10 == 7 {
            fs::remove_dir_all(repo.join("snapshots")).unwrap();
        }
    }
    let info = scan_cache_dir(dir.path()).unwrap();
    let ids: Vec<_> = info.repos.iter().map(|r| r.repo_id.to_string()).collect();
    let whole = (0..100).filter(|n| n % 10 != 7);
    let expected: Vec<_> = whole.clone().map(|n| format!("user/repo-{n:02}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(info.size_on_disk, whole.sum::<u64>());
    assert_eq!(info.incomplete_files.len(), 10);
    assert_eq!(info.warnings.len(), 10);
    assert!(
        info.incomplete_files
            .is_sorted_by(|a, b| a.file_path < b.file_path)
    );
    assert!(info.warnings.is_sorted_by(|a, b| a.path < b.path));
}

#[cfg(unix)]
#[test]
fn a_scan_says_what_is_no_repository_and_passes_links_to_folders() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let repo = |name: &str| {
        let repo = dir.path().join(format!("models--org--{name}"));
        fs::create_dir_all(repo.join("refs")).unwrap();
        repo
    };
    let commit = "a".repeat(40);
    let good = repo("good");
    fs::create_dir_all(good.join("snapshots").join(&commit)).unwrap();
    fs::write(good.join("refs/main"), &commit).unwrap();
    symlink(dir.path(), good.join("refs/elsewhere")).unwrap();
    fs::write(dir.path().join("models--org--file"), "").unwrap();
    repo("empty");
    let file = repo("snapshot");
    fs::create_dir(file.join("snapshots")).unwrap();
    fs::write(file.join("snapshots").join(&commit), "").unwrap();
    let dangling = repo("dangling");
    fs::create_dir(dangling.join("snapshots")).unwrap();
    symlink("nowhere", dangling.join("snapshots").join(&commit)).unwrap();
    let info = scan_cache_dir(dir.path()).unwrap();
    assert_eq!(info.repos.len(), 1, "{info:?}");
    assert_eq!(info.repos[0].revisions[0].refs, ["main"]);
    let warnings: Vec<&str> = info.warnings.iter().map(|w| w.message.as_str()).collect();
    let expected = [
        "No such file",
        "it has no folder `snapshots`",
        "it is not the folder of a repository",
        "it is a file where the folder of a commit should be",
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(warning.starts_with(expected), "{warnings:?}");
    }
}

#[tokio::test]
async fn revisions_go_with_what_only_they_need() {
    let (world, old, new) = two_revisions().await;
    let info = scan_cache_dir(world.cache()).unwrap();
    let strategy = info.delete_revisions([&old, "0123456789012345678901234567890123456789"]);
    assert_eq!(strategy.not_found.len(), 1);
    assert_eq!(strategy.blobs.len(), 2, "the old `a` and `big`");
    assert_eq!(strategy.expected_freed_size, LARGE + 3);
    let report = strategy.execute();
    assert!(report.skipped.is_empty(), "{report:?}");
    let after = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(after.size_on_disk, info.size_on_disk - LARGE - 3);
    world.assert_sound();
    let all = after.delete_revisions([&new]);
    assert_eq!(all.expected_freed_size, after.size_on_disk);
    all.execute();
    assert!(!world.repo_folder().exists());
    assert_eq!(all.execute().deleted, 0);
}

#[tokio::test]
async fn single_files_go_alone() {
    let (world, _, new) = two_revisions().await;
    let info = scan_cache_dir(world.cache()).unwrap();
    let revision = info.repos[0]
        .revisions
        .iter()
        .find(|r| r.commit_hash == *new)
        .unwrap();
    let pick = |name: &str| revision.files.iter().find(|f| f.file_name == name).unwrap();
    let strategy = info.delete_files([pick("a"), pick("same")]);
    assert_eq!(
        strategy.expected_freed_size,
        "two, longer".len() as u64,
        "`same` is needed elsewhere"
    );
    strategy.execute();
    assert!(!pick("a").blob_path.exists() && pick("same").blob_path.exists());
    assert!(!pick("same").file_path.exists());
    world.assert_sound();
}

#[tokio::test]
async fn what_another_process_uses_is_left_alone() {
    let (world, old, _) = two_revisions().await;
    let locks = world.cache().join(".locks/models--user--repo");
    let info = scan_cache_dir(world.cache()).unwrap();
    for name in [".usage.lock", "anything.lock"] {
        let held = File::create(locks.join(name)).unwrap();
        held.lock_shared().unwrap();
        let report = info.delete_revisions([&old]).execute();
        assert_eq!(report.deleted, 0, "{name}");
        assert!(!report.skipped.is_empty());
        world.assert_sound();
    }
    assert!(info.delete_revisions([&old]).execute().deleted > 0);
}

#[tokio::test]
async fn pruning_takes_what_nobody_needs() {
    let (world, old, new) = two_revisions().await;
    let blobs = world.repo_folder().join("blobs");
    let orphan = blobs.join(text("orphan").git_oid());
    fs::write(&orphan, "orphan").unwrap();
    let left = blobs.join("etag.0123456789abcdef.incomplete");
    fs::write(&left, "left").unwrap();
    let under_way = blobs.join("etag.fedcba9876543210.incomplete");
    fs::write(&under_way, "under way").unwrap();
    let held = File::options().write(true).open(&under_way).unwrap();
    held.lock().unwrap();
    let python = blobs.join("etag.0123abcd.incomplete");
    fs::write(&python, "just written by another client").unwrap();
    let prune = scan_cache_dir(world.cache()).unwrap().prune();
    assert!(prune.expected_freed_size() > LARGE);
    let report = prune.execute();
    assert_eq!(report.skipped.len(), 2, "{report:?}");
    assert!(!left.exists() && !orphan.exists() && under_way.exists() && python.exists());
    drop(held);
    age(&python, 3600);
    scan_cache_dir(world.cache()).unwrap().prune().execute();
    assert!(!under_way.exists() && !python.exists());
    let snapshots = world.repo_folder().join("snapshots");
    assert!(snapshots.join(new).is_dir() && !snapshots.join(old).exists());
    world.assert_sound();
}

#[tokio::test]
async fn a_quota_takes_what_was_not_used_for_longest() {
    let world = World::empty().await;
    for (i, name) in ["user/oldest", "user/middle", "user/newest"]
        .into_iter()
        .enumerate()
    {
        world.hub.create_repo(hf_testhub::RepoType::Model, name);
        world
            .hub
            .add_file(name, "f", Blob::synthetic(i as u64, LARGE));
        let call = world.download_from(name, "f");
        let path = call.run(&world.client).await.unwrap();
        age(&fs::canonicalize(path).unwrap(), 1000 * (3 - i as u64));
    }
    let info = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(info.quota(3 * LARGE).repos.len(), 0);
    let strategy = info.quota(2 * LARGE + 1);
    assert_eq!(
        strategy.repos.iter().collect::<Vec<_>>(),
        [&world.cache().join("models--user--oldest")]
    );
    assert_eq!(info.quota(LARGE - 1).repos.len(), 3);
    strategy.execute();
    assert!(scan_cache_dir(world.cache()).unwrap().size_on_disk <= 2 * LARGE + 1);
}

#[tokio::test]
async fn damage_is_found_and_repaired() {
    let (world, _, new) = two_revisions().await;
    let info = scan_cache_dir(world.cache()).unwrap();
    let report = info.verify();
    assert_eq!(report.corrupted, []);
    assert!(report.checked >= 4);
    let snapshot = world.repo_folder().join("snapshots").join(&new);
    fs::write(fs::canonicalize(snapshot.join("a")).unwrap(), "two, lOnger").unwrap();
    let report = info.verify();
    let [bad] = &report.corrupted[..] else {
        panic!("{report:?}")
    };
    assert_eq!((bad.path.as_str(), bad.commit_hash.as_str()), ("a", &*new));
    assert!(bad.reason.contains("git SHA-1"), "{}", bad.reason);
    let report = info
        .verify_and_repair(&world.client, TokenMode::Default)
        .await
        .unwrap();
    assert_eq!((report.corrupted.len(), report.skipped.len()), (1, 0));
    assert_eq!(fs::read(snapshot.join("a")).unwrap(), b"two, longer");
    world.assert_sound();
    // A blob of the wrong size, as a client without checks leaves it, is not taken for the file.
    fs::write(
        fs::canonicalize(snapshot.join("same")).unwrap(),
        "<html>error</html>",
    )
    .unwrap();
    fs::remove_file(snapshot.join("same")).unwrap();
    assert_eq!(fs::read(world.get("same").await.unwrap()).unwrap(), b"same");
    world.assert_sound();
}

#[tokio::test]
async fn where_files_are_second_names_all_of_it_holds() {
    let world = World::with([
        ("a", text("one")),
        ("same", text("same")),
        ("big", Blob::synthetic(1, LARGE)),
    ])
    .await;
    let config = hf_transport::Config::from_lookup(|name| match name {
        "HF_HOME" => Some("/nowhere"),
        "HF_HUB_DISABLE_SYMLINKS" => Some("1"),
        _ => None,
    });
    let client = hf_transport::Client::builder()
        .config(config.unwrap())
        .endpoint(world.hub.endpoint())
        .no_token()
        .build()
        .unwrap();
    world.snapshot().run(&client).await.unwrap();
    let old = world.hub.resolve(REPO, "main").unwrap();
    let new = world.hub.commit(
        REPO,
        "change",
        [Op::add("a", "two, longer"), Op::delete("big")],
    );
    world.snapshot().run(&client).await.unwrap();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(info.warnings, []);
    let report = info.verify();
    assert_eq!((report.unknown, report.corrupted.len()), (0, 0));
    assert_eq!(report.checked, info.repos[0].nb_files);
    // What the old revision alone has goes, and its bytes with it.
    let strategy = info.delete_revisions([&old]);
    assert_eq!(strategy.blobs.len(), 2, "the old `a` and `big`");
    assert_eq!(strategy.expected_freed_size, LARGE + 3);
    assert!(strategy.execute().skipped.is_empty());
    let after = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(after.size_on_disk, info.size_on_disk - LARGE - 3);
    assert!(after.prune().unreferenced_blobs.is_empty());
    // Damage under one name is damage under all.
    let snapshot = world.repo_folder().join("snapshots").join(&new);
    fs::write(snapshot.join("a"), "two, lOnger").unwrap();
    let report = after
        .verify_and_repair(&client, TokenMode::Default)
        .await
        .unwrap();
    assert_eq!(report.corrupted.len(), 1);
    assert_eq!(fs::read(snapshot.join("a")).unwrap(), b"two, longer");
    world.assert_sound();
}
