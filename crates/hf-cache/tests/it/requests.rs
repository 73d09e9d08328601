//! How many requests each case costs: the tables in the documentation of the calls.

use hf_testhub::Blob;

use crate::support::{LARGE, REPO, World, text};

const SMALL: &str = "GET /user/repo/resolve/";
const CACHED: &str = "GET /api/resolve-cache/";
const OBJECT: &str = "GET /objects/";

/// The requests as kinds, so that commits and hashes need not be spelled out.
fn kinds(world: &World) -> Vec<String> {
    let known = [
        SMALL,
        CACHED,
        OBJECT,
        "HEAD /user/repo/resolve/",
        "HEAD /api/resolve-cache/",
    ];
    let mut kinds: Vec<String> = world
        .requests()
        .into_iter()
        .map(|line| {
            let kind = known.iter().find(|k| line.starts_with(**k));
            kind.map_or(line, |k| (*k).to_owned())
        })
        .collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn of_a_single_file() {
    let world = World::with([("small", text("1")), ("large", Blob::synthetic(1, LARGE))]).await;
    world.get("small").await.unwrap();
    assert_eq!(
        kinds(&world),
        [CACHED, SMALL],
        "nothing is cached, a small file"
    );
    world.get("large").await.unwrap();
    assert_eq!(
        kinds(&world),
        [OBJECT, SMALL],
        "nothing is cached, a large file"
    );
    world.get("small").await.unwrap();
    assert_eq!(
        kinds(&world),
        ["HEAD /api/resolve-cache/", "HEAD /user/repo/resolve/"],
        "the file is cached and current"
    );
    world.get("large").await.unwrap();
    assert_eq!(
        kinds(&world),
        ["HEAD /user/repo/resolve/"],
        "the same, a large file"
    );
    let pinned = world
        .download("small")
        .revision(world.hub.resolve(REPO, "main").unwrap().parse().unwrap());
    pinned.run(&world.client).await.unwrap();
    assert_eq!(kinds(&world), [""; 0], "the file of a commit is cached");
    world.commit([("large", Blob::synthetic(2, LARGE))]);
    world.get("large").await.unwrap();
    assert_eq!(
        kinds(&world),
        [OBJECT, SMALL, "HEAD /user/repo/resolve/"],
        "an older version is cached"
    );
    world.get("small").await.unwrap();
    assert_eq!(
        kinds(&world),
        [CACHED, SMALL],
        "the content is cached, the commit is new"
    );
    world.hub.create_branch(REPO, "other", "main");
    let mut other = world.download("large").revision("other".parse().unwrap());
    other.run(&world.client).await.unwrap();
    assert_eq!(
        kinds(&world),
        [SMALL],
        "the content of a large file is cached, the revision is new"
    );
    other = other.force_download(true);
    other.run(&world.client).await.unwrap();
    assert_eq!(
        kinds(&world),
        [OBJECT, SMALL, "HEAD /user/repo/resolve/"],
        "forced"
    );
}

#[tokio::test]
async fn of_a_snapshot() {
    let world = World::with([
        ("a", text("1")),
        ("b", text("2")),
        ("large", Blob::synthetic(1, LARGE)),
    ])
    .await;
    let extra = world.hub.files(REPO, "main").len() - 3;
    let commit = world.hub.resolve(REPO, "main").unwrap();
    let revision = "GET /api/models/user/repo/revision/main".to_owned();
    let tree = format!("GET /api/models/user/repo/tree/{commit}");
    world.get_all().await.unwrap();
    let mut expected = vec![revision.clone(), tree, OBJECT.to_owned(), SMALL.to_owned()];
    for _ in 0..2 + extra {
        expected.extend([CACHED.to_owned(), SMALL.to_owned()]);
    }
    expected.sort();
    assert_eq!(kinds(&world), expected, "nothing is cached");
    world.get_all().await.unwrap();
    assert_eq!(
        kinds(&world),
        std::slice::from_ref(&revision),
        "all is cached, of a branch"
    );
    let pinned = world.snapshot().revision(commit.parse().unwrap());
    pinned.run(&world.client).await.unwrap();
    assert_eq!(kinds(&world), [""; 0], "all is cached, of a commit");
    world.commit([("b", text("1"))]);
    let moved = world.hub.resolve(REPO, "main").unwrap();
    world.get_all().await.unwrap();
    assert_eq!(
        kinds(&world),
        [revision, format!("GET /api/models/user/repo/tree/{moved}")],
        "all contents are cached, the branch has moved"
    );
    let single = world
        .download("a")
        .revision(moved.parse().unwrap())
        .force_download(true);
    single.run(&world.client).await.unwrap();
    assert_eq!(
        kinds(&world),
        [CACHED, SMALL],
        "the file list of the commit is known"
    );
}

#[tokio::test]
async fn of_a_long_list() {
    let world = World::empty().await;
    world.hub.create_repo(hf_testhub::RepoType::Model, REPO);
    let names: Vec<String> = (0..25).map(|i| format!("file-{i:02}")).collect();
    world.commit(names.iter().map(|name| (name.as_str(), text(name))));
    world.hub.set_page_size(10);
    world.requests();
    world.get_all().await.unwrap();
    let files = world.hub.files(REPO, "main").len();
    let kinds = kinds(&world);
    let count = |kind: &str| kinds.iter().filter(|k| k.starts_with(kind)).count();
    assert_eq!(count("GET /api/models/user/repo/revision/"), 1);
    assert_eq!(count("GET /api/models/user/repo/tree/"), files.div_ceil(10));
    assert_eq!((count(SMALL), count(CACHED)), (files, files));
    assert_eq!(kinds.len(), 1 + files.div_ceil(10) + 2 * files);
}
