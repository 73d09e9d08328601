//! What a scheduler does turn by turn.

use std::sync::mpsc;
use std::time::Duration;

use crate::support::scheduler::{LOGS, pushed, scheduler};
use crate::support::{World, bytes, write};
use hf_commit::{CommitScheduler, RepoTarget};
use hf_testhub::{Fault, RepoType};
use hf_transport::ErrorKind;
use http::Method;

fn commit() -> Fault {
    Fault::on(Method::POST, "/api/datasets/user/logs/commit/*")
}

#[tokio::test]
async fn a_push_that_fails_is_tried_again_at_the_next_turn_without_being_asked() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let refused = world.hub.fault(commit().status(403).times(3));
    let (tell, told) = mpsc::channel();
    let scheduler = scheduler(&world, &dir)
        .every(Duration::from_millis(10))
        .on_push(move |outcome| {
            let _ = tell.send(match outcome {
                Ok(commit) => Ok(commit.is_some()),
                Err(error) => Err(error.kind()),
            });
        })
        .start()
        .await
        .unwrap();
    let outcomes: Vec<_> = tokio::task::spawn_blocking(move || told.iter().take(5).collect())
        .await
        .unwrap();
    assert_eq!(refused.fired(), 3);
    let forbidden = Err(ErrorKind::Forbidden);
    assert_eq!(
        outcomes,
        [forbidden, forbidden, forbidden, Ok(true), Ok(false)]
    );
    assert_eq!(pushed(&world, "a").unwrap(), "1");
    scheduler.stop().await.unwrap();
    assert_eq!(world.hub.commits(LOGS, "main").len(), 2);
}

#[tokio::test]
async fn a_repository_that_is_made_is_private_if_told_so_and_else_as_the_namespace_has_it() {
    for private in [None, Some(true), Some(false)] {
        let world = World::new().await;
        let dir = tempfile::tempdir().unwrap();
        let mut builder = scheduler(&world, &dir);
        if let Some(private) = private {
            builder = builder.private(private);
        }
        builder.start().await.unwrap().stop().await.unwrap();
        let requests = world.hub.requests();
        let create = requests
            .iter()
            .find(|r| r.path == "/api/repos/create")
            .unwrap();
        let visibility = create.json().unwrap()["visibility"].clone();
        let wanted = private.map(|private| if private { "private" } else { "public" });
        assert_eq!(visibility.as_str(), wanted);
        let stranger = crate::support::client(
            &world.hub,
            &world.hub.create_user("stranger", hf_testhub::Role::Read),
        );
        let seen = stranger
            .fetch(hf_transport::Request::get("/api/datasets/user/logs"))
            .await;
        assert_eq!(seen.is_err(), private == Some(true), "{private:?}");
    }
}

#[tokio::test]
async fn a_branch_and_a_folder_of_it_are_pushed_to() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    world.hub.create_branch(LOGS, "night/run", "main");
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.jsonl", "sub/b.jsonl", "c.txt", "sub/skip.jsonl"] {
        write(dir.path(), name, name);
    }
    let target = RepoTarget::dataset("user/logs")
        .unwrap()
        .revision("night/run")
        .unwrap();
    let scheduler = CommitScheduler::builder(world.client.clone(), target, dir.path())
        .state_dir(world.state.path())
        .path_in_repo("/data/")
        .allow_patterns(["*.jsonl"])
        .ignore_patterns(["*skip*"])
        .squash_history(true)
        .start()
        .await
        .unwrap();
    scheduler.stop().await.unwrap();
    assert_eq!(
        world.hub.files(LOGS, "night/run"),
        [".gitattributes", "data/a.jsonl", "data/sub/b.jsonl"]
    );
    assert_eq!(world.hub.files(LOGS, "main").len(), 1);
    let commits = world.hub.commits(LOGS, "night/run");
    assert_eq!(commits.len(), 1, "its history is squashed, no other");
    assert!(
        commits[0]
            .title
            .starts_with("Super-squash branch 'night/run'")
    );
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_note_of_it_sends_nothing_again() {
    let world = World::new().await;
    world.hub.set_lfs_threshold(100_000);
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    write(dir.path(), "w.bin", bytes(1, 200_000));
    let first = scheduler(&world, &dir).start().await.unwrap();
    first.stop().await.unwrap();
    for note in std::fs::read_dir(world.state.path()).unwrap() {
        std::fs::remove_file(note.unwrap().path()).unwrap();
    }
    world.hub.clear_requests();
    let second = scheduler(&world, &dir).start().await.unwrap();
    second.stop().await.unwrap();
    assert_eq!(world.hub.commits(LOGS, "main").len(), 2);
    assert_eq!(world.count("/commit/"), 0);
    assert_eq!(world.hub.count_requests(|r| r.method == Method::PUT), 0);
}

#[tokio::test]
async fn a_damaged_note_is_no_note() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    scheduler(&world, &dir)
        .start()
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    for note in std::fs::read_dir(world.state.path()).unwrap() {
        std::fs::write(note.unwrap().path(), "{\"files\": {\"a\": [1").unwrap();
    }
    write(dir.path(), "a", "changed");
    let second = scheduler(&world, &dir).start().await.unwrap();
    second.stop().await.unwrap();
    assert_eq!(pushed(&world, "a").unwrap(), "changed");
}

#[tokio::test]
async fn a_file_that_is_rotated_away_under_way_comes_with_the_next_push_under_its_name() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    let dir = tempfile::tempdir().unwrap();
    let content = "x".repeat(1_500_000);
    write(dir.path(), "log", &content);
    let (from, to) = (dir.path().join("log"), dir.path().join("log.1"));
    let asked = Fault::on_any("*/objects/batch");
    world
        .hub
        .fault(asked.run(move |_| std::fs::rename(&from, &to).unwrap()));
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    let rotated = scheduler.trigger().await;
    // The first push of the scheduler was hit, or this one.
    if rotated.is_ok() {
        assert_eq!(pushed(&world, "log.1").unwrap(), content);
    }
    scheduler.stop().await.unwrap();
    assert_eq!(pushed(&world, "log"), None);
    assert_eq!(pushed(&world, "log.1").unwrap(), content);
}

#[tokio::test]
async fn a_handle_need_not_be_waited_for() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    write(dir.path(), "a", "1");
    drop(scheduler.trigger());
    // Those that come after it wait for it.
    scheduler.trigger().await.unwrap();
    assert_eq!(pushed(&world, "a").unwrap(), "1");
    scheduler.stop().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_uploaded_is_reported_and_the_rest_is_pushed() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new().await;
    let private = tempfile::tempdir().unwrap();
    write(private.path(), "key", "secret");
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let bad = std::ffi::OsStr::from_bytes(b"bad\xff.txt");
    std::fs::write(dir.path().join(bad), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling")).unwrap();
    std::os::unix::fs::symlink(private.path().join("key"), dir.path().join("link")).unwrap();
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    assert_eq!(world.hub.files(LOGS, "main"), [".gitattributes", "a"]);
    let skipped = scheduler.skipped();
    let named = |part: &str| skipped.iter().any(|e| e.to_string().contains(part));
    assert!(named(r"bad\xff.txt") && named("/link"), "{skipped:?}");
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    scheduler.stop().await.unwrap();

    let following = crate::support::scheduler::scheduler(&world, &dir)
        .links_outside(hf_commit::LinksOutside::Follow)
        .start()
        .await
        .unwrap();
    following.stop().await.unwrap();
    assert_eq!(pushed(&world, "link").unwrap(), "secret");
}

#[tokio::test]
async fn half_a_line_is_never_pushed_until_the_end() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.jsonl", "{\"a\": 1}\n{\"b\"");
    write(dir.path(), "only.csv", "no newline yet");
    write(dir.path(), "notes.txt", "taken as it is");
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    assert_eq!(pushed(&world, "log.jsonl").unwrap(), "{\"a\": 1}\n");
    assert_eq!(pushed(&world, "only.csv"), None);
    assert_eq!(pushed(&world, "notes.txt").unwrap(), "taken as it is");
    assert!(scheduler.trigger().await.unwrap().is_none());

    write(dir.path(), "log.jsonl", "{\"a\": 1}\n{\"b\": 2}\n{\"c");
    scheduler.trigger().await.unwrap().unwrap();
    assert_eq!(
        pushed(&world, "log.jsonl").unwrap(),
        "{\"a\": 1}\n{\"b\": 2}\n"
    );
    scheduler.stop().await.unwrap();
    assert_eq!(
        pushed(&world, "log.jsonl").unwrap(),
        "{\"a\": 1}\n{\"b\": 2}\n{\"c"
    );
    assert_eq!(pushed(&world, "only.csv").unwrap(), "no newline yet");
}

#[cfg(unix)]
#[tokio::test]
async fn a_log_rotated_under_way_never_mixes_with_the_longer_file_that_takes_its_name() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = ("x".repeat(1_500_000), "y".repeat(1_600_000));
    write(dir.path(), "log", &old);
    let (from, to) = (dir.path().join("log"), dir.path().join("log.1"));
    let replacement = new.clone();
    // Between hashing and sending.
    let rotating = Fault::on_any("*/objects/batch").run(move |_| {
        std::fs::rename(&from, &to).unwrap();
        std::fs::write(&from, &replacement).unwrap();
    });
    world.hub.fault(rotating);
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    // The first push of the scheduler was hit, or this one: nothing that is wrong has a name.
    if scheduler.trigger().await.is_err() {
        assert_eq!(pushed(&world, "log"), None);
    }
    scheduler.stop().await.unwrap();
    assert_eq!(pushed(&world, "log.1").unwrap(), old);
    assert_eq!(pushed(&world, "log").unwrap(), new);
    for object in world.hub.commits(LOGS, "main") {
        let log = world.hub.read(LOGS, &object.oid, "log");
        assert!(log.is_none_or(|log| log == new || log == old));
    }
}

#[tokio::test]
async fn the_first_push_of_a_large_folder_is_several_commits() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for n in 0..2_100 {
        write(dir.path(), &format!("{:02}/{n}.txt", n % 50), n.to_string());
    }
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.stop().await.unwrap();
    assert_eq!(world.hub.files(LOGS, "main").len(), 2_101);
    let commits = world.hub.commits(LOGS, "main");
    let pushes = commits.iter().filter(|c| c.title.contains("Scheduled"));
    assert!(pushes.count() >= 2, "{commits:?}");
}
