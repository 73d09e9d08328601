//! Plans of removal that are carried out when the cache is no longer what it was, and repairs.

use std::fs;
use std::path::Path;

use hf_cache::{HfCacheInfo, scan_cache_dir};
use hf_testhub::{Fault, Op};
use hf_transport::TokenMode;

use crate::support::{REPO, World, text};

fn scan(world: &World) -> HfCacheInfo {
    scan_cache_dir(world.cache()).unwrap()
}

fn head(world: &World) -> String {
    world.hub.resolve(REPO, "main").unwrap()
}

/// A cache with the snapshots of two commits, of which `main` is the second; `same` is in both.
async fn two_commits(symlinks: bool) -> (World, String, String) {
    let mut world = World::with([("f", text("one")), ("same", text("same"))]).await;
    if !symlinks {
        world.client = world.without_symlinks();
    }
    world.get_all().await.unwrap();
    let old = head(&world);
    world.commit([("f", text("two"))]);
    world.get_all().await.unwrap();
    let new = head(&world);
    (world, old, new)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&path).unwrap(), copy).unwrap();
        } else if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::copy(&path, copy).unwrap();
        }
    }
}

#[tokio::test]
async fn a_commit_that_a_branch_needs_stays_when_another_repository_has_it_detached() {
    let (world, _, new) = two_commits(true).await;
    let fork = world.cache().join("models--user--fork");
    copy_folder(&world.repo_folder(), &fork);
    fs::remove_dir_all(fork.join("refs")).unwrap();
    let size = scan(&world).size_on_disk;
    for report in [
        scan(&world).quota(size - 1).execute(),
        scan(&world).prune().execute(),
    ] {
        assert_eq!(report.skipped, []);
        let mine = world.repo_folder().join("snapshots").join(&new);
        world.assert_snapshot(&mine, "main");
        assert!(world.repo_folder().join("refs/main").is_file());
    }
    assert!(!fork.exists(), "nothing stands for it there");
    world.assert_sound();
}

#[tokio::test]
async fn an_old_plan_keeps_contents_that_were_linked_since() {
    for symlinks in [true, false] {
        an_old_plan_keeps_contents(symlinks).await;
    }
}

async fn an_old_plan_keeps_contents(symlinks: bool) {
    let (world, old, _) = two_commits(symlinks).await;
    let plan = scan(&world).delete_revisions([&old]);
    assert_eq!(plan.blobs.len(), 1);
    world.commit([("f", text("one"))]);
    let folder = world.get_all().await.unwrap();
    let report = plan.execute();
    let [(blob, why)] = &report.skipped[..] else {
        panic!("{report:?}")
    };
    assert!(plan.blobs.contains(blob) && why.contains("since"), "{why}");
    world.assert_snapshot(&folder, "main");
    assert_eq!(scan(&world).warnings, []);
    world.assert_sound();
}

#[tokio::test]
async fn an_old_plan_keeps_a_repository_that_got_a_revision_since() {
    let world = World::with([("f", text("one"))]).await;
    world.get_all().await.unwrap();
    let plan = scan(&world).delete_revisions([head(&world)]);
    assert_eq!(plan.repos.len(), 1);
    world.commit([("f", text("two"))]);
    let folder = world.get_all().await.unwrap();
    assert_eq!(plan.execute().skipped.len(), 1);
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
}

#[tokio::test]
async fn an_old_plan_keeps_a_branch_that_has_moved() {
    let (world, _, new) = two_commits(true).await;
    let plan = scan(&world).delete_revisions([&new]);
    assert_eq!(plan.refs.len(), 1);
    world.commit([("f", text("three"))]);
    let folder = world.get_all().await.unwrap();
    plan.execute();
    assert_eq!(
        fs::read_to_string(world.repo_folder().join("refs/main")).unwrap(),
        head(&world)
    );
    assert!(!world.repo_folder().join("snapshots").join(&new).exists());
    world.assert_snapshot(&folder, "main");
    assert_eq!(scan(&world).warnings, []);
    world.assert_sound();
}

#[tokio::test]
async fn an_old_prune_keeps_a_revision_that_a_branch_has_come_to_stand_for() {
    let (world, old, _) = two_commits(true).await;
    let plan = scan(&world).prune();
    fs::write(world.repo_folder().join("refs/v1"), &old).unwrap();
    let report = plan.execute();
    assert!(
        report.skipped.iter().any(|(_, why)| why.contains("`v1`")),
        "{report:?}"
    );
    let folder = world.repo_folder().join("snapshots").join(&old);
    assert_eq!(fs::read(folder.join("f")).unwrap(), b"one");
    assert_eq!(scan(&world).warnings, []);
}

#[tokio::test]
async fn what_a_killed_process_left_is_no_file_of_a_snapshot_and_is_pruned() {
    let (world, _, new) = two_commits(true).await;
    let repo = world.repo_folder();
    let count = |info: &HfCacheInfo| -> usize {
        info.repos[0].revisions.iter().map(|r| r.files.len()).sum()
    };
    let files = count(&scan(&world));
    let name = ".hf-0123456789abcdef.tmp";
    let left = [
        repo.join("snapshots").join(&new).join(name),
        repo.join("refs").join(name),
        repo.join("trees").join(name),
        repo.join("blobs").join(name),
    ];
    for path in &left {
        fs::write(path, "half").unwrap();
    }
    let info = scan(&world);
    assert_eq!(info.warnings, []);
    assert_eq!(
        info.incomplete_files.len(),
        4,
        "{:?}",
        info.incomplete_files
    );
    assert_eq!(count(&info), files);
    info.prune().execute();
    assert!(
        left.iter().all(|path| path.exists()),
        "written a moment ago"
    );
    for path in &left {
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(4000);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(old).unwrap();
    }
    assert_eq!(scan(&world).prune().execute().skipped, []);
    assert!(left.iter().all(|path| !path.exists()));
    world.assert_sound();
}

/// Writes other bytes of the same length to the content of a file.
fn damage(path: &Path) {
    let content = fs::canonicalize(path).unwrap();
    let other: Vec<u8> = fs::read(&content).unwrap().iter().map(|b| b ^ 1).collect();
    fs::write(content, other).unwrap();
}

#[tokio::test]
async fn a_wrong_content_with_several_names_is_fetched_once() {
    for symlinks in [true, false] {
        a_wrong_content_is_fetched_once(symlinks).await;
    }
}

async fn a_wrong_content_is_fetched_once(symlinks: bool) {
    let mut world = World::with([
        ("a", text("same")),
        ("b", text("same")),
        ("c/d", text("same")),
    ])
    .await;
    if !symlinks {
        world.client = world.without_symlinks();
    }
    let folder = world.get_all().await.unwrap();
    damage(&folder.join("a"));
    world.requests();
    let report = scan(&world)
        .verify_and_repair(&world.client, TokenMode::Default)
        .await
        .unwrap();
    assert_eq!((report.corrupted.len(), report.skipped.len()), (3, 0));
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
}

#[tokio::test]
async fn a_repair_that_fails_leaves_what_was_repaired_and_nothing_wrong() {
    let world = World::with([("a", text("one")), ("b", text("two"))]).await;
    let folder = world.get_all().await.unwrap();
    damage(&folder.join("a"));
    damage(&folder.join("b"));
    world
        .hub
        .fault(Fault::on_any("*resolve*/b").status(404).always());
    let repaired = scan(&world)
        .verify_and_repair(&world.client, TokenMode::Default)
        .await;
    assert!(repaired.is_err());
    assert!(!folder.join("b").exists());
    world.assert_sound();
    world.hub.clear_faults();
    world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
}

#[cfg(unix)]
#[tokio::test]
async fn a_repair_never_removes_what_a_planted_link_leads_to() {
    let world = World::with([("a", text("one"))]).await;
    let folder = world.get_all().await.unwrap();
    let outside = world.cache().with_file_name("a".repeat(40));
    fs::write(&outside, "the user's own").unwrap();
    fs::remove_file(folder.join("a")).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("a")).unwrap();
    for broken in [true, false] {
        if broken {
            world
                .hub
                .fault(Fault::on_any("*resolve*").status(404).always());
        }
        let repaired = scan(&world)
            .verify_and_repair(&world.client, TokenMode::Default)
            .await;
        assert_eq!(repaired.is_err(), broken);
        assert_eq!(fs::read(&outside).unwrap(), b"the user's own");
        world.hub.clear_faults();
        if broken {
            fs::create_dir_all(&folder).unwrap();
            std::os::unix::fs::symlink(&outside, folder.join("a")).unwrap();
        }
    }
    world.assert_snapshot(&folder, "main");
}

#[tokio::test]
async fn deleting_is_undone_by_the_next_download_wherever_it_was_interrupted() {
    let (world, old, new) = two_commits(true).await;
    let repo = world.repo_folder();
    // Each state that a removal of everything passes through.
    for gone in ["refs", "snapshots", "blobs"] {
        if repo.join(gone).exists() {
            fs::remove_dir_all(repo.join(gone)).unwrap();
        }
        let folder = world.get_all().await.unwrap();
        world.assert_snapshot(&folder, "main");
        assert_eq!(scan(&world).warnings, []);
        world.assert_sound();
    }
    let report = scan(&world).delete_revisions([&old, &new]).execute();
    assert_eq!(report.skipped, []);
    assert!(!repo.exists());
    world.hub.commit(REPO, "more", [Op::add("g", "x")]);
    world.get_all().await.unwrap();
    world.assert_sound();
}
