//! A folder that is uploaded again: what the index of hashes saves.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::support::{World, bytes, write};
use hf_commit::UploadFolder;
use hf_transport::Client;

const HOUR: Duration = Duration::from_secs(3600);

fn set_modified(path: &Path, time: SystemTime) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// A large file, one that is sent with the commit in pieces, small ones and an empty one; all old enough for their
/// hashes to be trusted.
fn fill(dir: &Path) -> Vec<String> {
    let mut files = vec![
        ("w.bin".to_owned(), bytes(1, 2_000_000)),
        ("middle.json".to_owned(), bytes(2, 300_000)),
        ("README.md".to_owned(), b"# A model\n".to_vec()),
        ("sub/empty".to_owned(), Vec::new()),
    ];
    for i in 0..300 {
        files.push((format!("sub/{i:03}.txt"), i.to_string().into_bytes()));
    }
    for (name, content) in &files {
        write(dir, name, content);
        set_modified(&dir.join(name), SystemTime::now() - HOUR);
    }
    files.into_iter().map(|(name, _)| name).collect()
}

async fn upload(world: &World, dir: &Path) -> String {
    world.hub.clear_requests();
    let upload = UploadFolder::new(world.target.clone(), dir).state_dir(world.state.path());
    let outcome = upload.run(&world.client).await.unwrap();
    outcome.into_info().oid
}

/// The samples that the Hub was shown, and how often it was asked.
fn samples(world: &World) -> (Vec<String>, usize) {
    let mut samples = Vec::new();
    let mut questions = 0;
    for request in world.hub.requests() {
        if request.path.contains("/preupload/") {
            questions += 1;
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            for file in body["files"].as_array().unwrap() {
                samples.push(file["sample"].as_str().unwrap().to_owned());
            }
        }
    }
    (samples, questions)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_unchanged_folder_is_uploaded_again_without_opening_a_file() {
    use rustix::fs::inotify;

    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let names = fill(dir.path());
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    for folder in [dir.path().to_owned(), dir.path().join("sub")] {
        inotify::add_watch(&watch, folder, inotify::WatchFlags::OPEN).unwrap();
    }
    let opened = || {
        let mut buffer = vec![const { std::mem::MaybeUninit::uninit() }; 64 * 1024];
        let mut reader = inotify::Reader::new(&watch, &mut buffer);
        let mut names = std::collections::BTreeSet::new();
        while let Ok(event) = reader.next() {
            if !event.events().contains(inotify::ReadFlags::ISDIR) {
                names.insert(event.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
        names.len()
    };
    let first = upload(&world, dir.path()).await;
    assert_eq!(opened(), names.len(), "what this counts");
    assert_eq!(upload(&world, dir.path()).await, first);
    assert_eq!(opened(), 0);
    assert_eq!(samples(&world).1, 2);
    assert_eq!(world.hub.requests().len(), 3, "two questions and the head");
}

#[tokio::test]
async fn what_has_changed_is_read_and_sent_and_nothing_else() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let names = fill(dir.path());
    upload(&world, dir.path()).await;
    write(dir.path(), "sub/007.txt", "new");
    upload(&world, dir.path()).await;
    assert_eq!(world.text("sub/007.txt").unwrap(), "new");
    let (samples, questions) = samples(&world);
    assert_eq!((samples.len(), questions), (names.len(), 2));
    let shown: Vec<&String> = samples.iter().filter(|sample| !sample.is_empty()).collect();
    assert_eq!(shown, ["bmV3"]);
    assert_eq!(world.count("/objects/batch"), 0);
}

#[tokio::test]
async fn what_the_hub_has_lost_is_sent_again() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    upload(&world, dir.path()).await;
    let gone = ["w.bin", "sub/007.txt", "middle.json"];
    let ops = gone.map(hf_testhub::Op::delete);
    world.hub.commit(&world.repo, "Others", ops);
    upload(&world, dir.path()).await;
    for name in gone {
        let content = std::fs::read(dir.path().join(name)).unwrap();
        assert_eq!(world.hub.read(&world.repo, "main", name).unwrap(), content);
    }
}

#[tokio::test]
async fn a_folder_that_goes_to_a_second_repository_is_shown_to_it() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let names = fill(dir.path());
    for i in 0..3000 {
        let name = format!("more/{i:04}");
        write(dir.path(), &name, i.to_string());
        set_modified(&dir.path().join(&name), SystemTime::now() - HOUR);
    }
    upload(&world, dir.path()).await;
    let other = world
        .hub
        .create_repo(hf_testhub::RepoType::Model, "user/other");
    world.hub.clear_requests();
    let target = hf_commit::RepoTarget::model("user/other").unwrap();
    let upload = UploadFolder::new(target, dir.path()).state_dir(world.state.path());
    // One that does not ask twice because this machine is slow.
    let patient = Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .build()
        .unwrap();
    upload.run(&patient).await.unwrap();
    let files = world.hub.files(&other, "main").len();
    assert_eq!(files, names.len() + 3000 + 1);
    let questions = samples(&world).1;
    let needed = (names.len() + 3000).div_ceil(256);
    assert!(questions <= needed + 4, "{questions} for {needed}");
}
