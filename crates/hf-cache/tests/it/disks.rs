//! Disks with limits of their own. These tests hold on whatever disk the temporary folder is on, and are run on FAT
//! too (`TMPDIR`); those about FIFOs and links need a disk that has them.

use std::fs;
use std::path::Path;

use hf_cache::scan_cache_dir;
use hf_testhub::Blob;
use hf_transport::{Client, ErrorKind, Result};

use crate::support::{LARGE, World, text};

/// Whether names that differ only in case are two files in the folder of `world`.
fn tells_case_apart(world: &World) -> bool {
    let folder = world.cache().with_file_name("probe");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a"), "").unwrap();
    !folder.join("A").exists()
}

async fn get_all_to_folder(world: &World, client: &Client) -> Result<()> {
    let call = world.snapshot().local_dir(world.local());
    call.run(client).await.map(drop)
}

#[tokio::test]
async fn a_cache_and_a_folder_live_through_all_that_is_done_to_them() {
    let world = World::with([
        ("a", text("one")),
        ("dir/same", text("one")),
        ("dir/large", Blob::synthetic(1, 5 * LARGE)),
    ])
    .await;
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.requests();
    world.get_all().await.unwrap();
    assert!(world.requests().len() <= 1, "all is there");
    get_all_to_folder(&world, &world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    world.commit([("a", text("two"))]);
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
    get_all_to_folder(&world, &world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    world.assert_sound();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert_eq!(info.warnings, []);
    assert_eq!(info.prune().execute().skipped, []);
    world.assert_snapshot(&folder, "main");
    let all: Vec<String> = scan_cache_dir(world.cache()).unwrap().repos[0]
        .revisions
        .iter()
        .map(|r| r.commit_hash.to_string())
        .collect();
    assert_eq!(all.len(), 1);
    let report = scan_cache_dir(world.cache())
        .unwrap()
        .delete_revisions(all)
        .execute();
    assert_eq!(report.skipped, []);
    assert!(!world.repo_folder().exists());
}

#[tokio::test]
async fn names_of_255_bytes_are_downloaded() {
    for len in [235, 244, 250, 255] {
        let (small, large) = ("s".repeat(len), format!("dir/{}", "l".repeat(len)));
        let world = World::with([
            (&*small, text("small")),
            (&*large, Blob::synthetic(1, LARGE)),
        ])
        .await;
        let folder = world.get_all().await.unwrap();
        world.assert_snapshot(&folder, "main");
        for client in [&world.client, &world.without_symlinks()] {
            get_all_to_folder(&world, client).await.unwrap();
            world.assert_snapshot(&world.local(), "main");
            // Once more from the cache, and once without it.
            fs::remove_dir_all(world.local()).unwrap();
            get_all_to_folder(&world, client).await.unwrap();
            world.assert_snapshot(&world.local(), "main");
            fs::remove_dir_all(world.cache()).unwrap();
            fs::remove_dir_all(world.local()).unwrap();
        }
        let snapshot = world.snapshot().run(&world.without_symlinks()).await;
        snapshot.unwrap();
        world.assert_snapshot(&world.snapshot_folder(), "main");
    }
}

#[tokio::test]
async fn names_that_differ_only_in_case_are_two_files_or_an_error() {
    let world = World::with([
        ("README.md", text("upper")),
        ("readme.md", text("lower")),
        ("dir/A", Blob::synthetic(1, LARGE)),
        ("dir/a", Blob::synthetic(2, LARGE)),
    ])
    .await;
    let apart = tells_case_apart(&world);
    for round in 0..3 {
        let to_cache = world.get_all().await.map(drop);
        let to_folder = get_all_to_folder(&world, &world.client).await;
        for done in [to_cache, to_folder] {
            match done {
                Ok(()) => assert!(apart, "round {round}"),
                Err(e) => {
                    assert!(!apart, "{e}");
                    assert_eq!(e.kind(), ErrorKind::Validation, "{e:?}");
                    assert!(e.to_string().contains("differ only in case"), "{e}");
                }
            }
        }
        if apart {
            world.assert_snapshot(&world.snapshot_folder(), "main");
            world.assert_snapshot(&world.local(), "main");
        }
    }
    for (name, content) in [("README.md", "upper"), ("readme.md", "lower")] {
        let call = world.download(name).local_dir(world.local());
        if call.run(&world.client).await.is_ok() {
            assert_eq!(
                fs::read_to_string(world.local().join(name)).unwrap(),
                content
            );
        } else {
            assert!(!apart);
        }
    }
}

#[cfg(unix)]
fn make_fifo(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_fifo_where_a_file_should_be_holds_nothing_up() {
    let world = World::with([("f", text("content"))]).await;
    make_fifo(&world.local().join("f"));
    get_all_to_folder(&world, &world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    // The same for the notes of a file, and for what the cache keeps.
    let note = world.local().join(".cache/huggingface/download/f.metadata");
    fs::remove_file(&note).unwrap();
    make_fifo(&note);
    get_all_to_folder(&world, &world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    world.get_all().await.unwrap();
    let reference = world.repo_folder().join("refs/main");
    fs::remove_file(&reference).unwrap();
    make_fifo(&reference);
    let folder = world.get_all().await.unwrap();
    world.assert_snapshot(&folder, "main");
}

#[cfg(unix)]
#[tokio::test]
async fn folders_that_the_user_has_moved_to_another_disk_are_followed() {
    let world = World::with([("sub/f", text("content")), ("g", text("g"))]).await;
    let elsewhere = world.cache().with_file_name("big");
    let link = |name: &str, at: &Path| {
        fs::create_dir_all(elsewhere.join(name)).unwrap();
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(elsewhere.join(name), at).unwrap();
    };
    link("sub", &world.local().join("sub"));
    link("notes", &world.local().join(".cache"));
    link("repo", &world.repo_folder());
    link("snapshots", &elsewhere.join("repo/snapshots"));
    get_all_to_folder(&world, &world.client).await.unwrap();
    world.assert_snapshot(&world.local(), "main");
    assert_eq!(fs::read(elsewhere.join("sub/f")).unwrap(), b"content");
    assert!(elsewhere.join("notes/huggingface/download").is_dir());
    let folder = world.get_all().await.unwrap();
    assert!(folder.join("g").exists());
    assert!(elsewhere.join("snapshots").read_dir().unwrap().count() > 0);
}

#[tokio::test]
async fn another_spelling_of_a_repository_uses_what_is_cached() {
    let world = World::with([("f", text("content"))]).await;
    let folder = world.get_all().await.unwrap();
    let call = world.download_from("User/Repo", "f").local_files_only(true);
    let path = call.run(&world.client).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"content");
    // On a disk that ignores case, the path may be spelt as the call does.
    let lower = |path: &Path| path.to_string_lossy().to_lowercase();
    assert_eq!(lower(&path), lower(&folder.join("f")));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn thirty_two_file_descriptors_are_enough() {
    let files: Vec<(String, Blob)> = (0..40)
        .map(|i| {
            (
                format!("{i}"),
                Blob::synthetic(i, if i < 6 { 6 * LARGE } else { 100 }),
            )
        })
        .collect();
    let world = World::with(files.iter().map(|(n, b)| (&**n, b.clone()))).await;
    let mut command = crate::processes::command(&world);
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut limited = std::process::Command::new("sh");
    limited
        .arg("-c")
        .arg("ulimit -n 32; exec \"$0\" \"$@\"")
        .arg(program)
        .args(args);
    for (name, value) in command.get_envs() {
        limited.env(name, value.unwrap());
    }
    command = limited;
    let outcome = tokio::task::spawn_blocking(move || crate::processes::outcome(&mut command));
    assert_eq!(outcome.await.unwrap(), "done");
    world.assert_snapshot(&world.snapshot_folder(), "main");
    world.assert_sound();
}
