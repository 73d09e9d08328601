//! Any text as each of the ids: what parses shows the same, and stays in its folder.
#![no_main]

use std::path::{Component, Path};

use hf_types::{
    BucketId, CollectionSlug, CommitHash, Etag, RepoId, RepoPath, RepoType, Revision, Sha256,
    Timestamp,
};
use libfuzzer_sys::fuzz_target;

macro_rules! reads_as_it_shows {
    ($text:ident: $($ty:ty),*) => {$(
        if let Ok(value) = $text.parse::<$ty>() {
            assert_eq!(value.to_string().parse::<$ty>().as_ref(), Ok(&value));
        }
    )*};
}

fn stays_in_its_folder(name: &str) {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_));
    assert!(!name.is_empty() && Path::new(name).components().all(inside), "{name:?}");
}

fuzz_target!(|text: &str| {
    reads_as_it_shows!(text: BucketId, CollectionSlug, CommitHash, Etag, RepoId, RepoPath, RepoType, Revision,
        Sha256, Timestamp);
    if let Ok(path) = text.parse::<RepoPath>() {
        stays_in_its_folder(path.as_str());
        if path.local_safe().is_ok() {
            assert!(!path.as_str().contains(['\\', ':']));
        }
    }
    if let Ok(revision) = text.parse::<Revision>() {
        stays_in_its_folder(revision.as_str());
    }
    if let Ok(commit) = text.parse::<CommitHash>() {
        stays_in_its_folder(commit.as_str());
        assert!(!commit.as_str().contains('/'));
    }
    if let Ok(etag) = text.parse::<Etag>() {
        stays_in_its_folder(etag.as_str());
        assert!(!etag.as_str().contains('/'));
    }
});
