//! What is accepted and what is refused, and that nothing panics on text from outside.

use hf_types::{
    BucketId, CollectionSlug, CommitHash, Etag, EtagKind, GitSha1, RepoId, RepoPath, RepoType,
    Revision, Sha256, Timestamp, ValidationError,
};
use proptest::prelude::*;

#[test]
fn repo_ids_as_python_judges_them() {
    let table: Vec<(String, bool)> =
        serde_json::from_str(include_str!("data/repo_ids.json")).unwrap();
    for (id, legal) in table {
        assert_eq!(id.parse::<RepoId>().is_ok(), legal, "{id:?}");
    }
}

#[test]
fn every_refusal_says_what_and_why() {
    let refusals: Vec<(ValidationError, &str)> = vec![
        ("a/b/c".parse::<RepoId>().unwrap_err(), "repo_type"),
        ("".parse::<RepoId>().unwrap_err(), "empty"),
        ("a b".parse::<RepoId>().unwrap_err(), "letters"),
        ("foo--bar".parse::<RepoId>().unwrap_err(), "--"),
        ("foo.git".parse::<RepoId>().unwrap_err(), ".git"),
        ("models".parse::<RepoType>().unwrap_err(), "`dataset`"),
        ("".parse::<Revision>().unwrap_err(), "empty"),
        ("a\nb".parse::<Revision>().unwrap_err(), "control"),
        ("a/../b".parse::<Revision>().unwrap_err(), "`..`"),
        ("/a".parse::<Revision>().unwrap_err(), "leading"),
        (r"a\b".parse::<Revision>().unwrap_err(), "backslashes"),
        ("a\nb".parse::<Revision>().unwrap_err(), "control"),
        ("//server/share".parse::<RepoPath>().unwrap_err(), "leading"),
        ("a/".parse::<RepoPath>().unwrap_err(), "empty parts"),
        ("a\0".parse::<RepoPath>().unwrap_err(), "NUL"),
        ("./a".parse::<RepoPath>().unwrap_err(), "`.`"),
        ("a/b".parse::<CommitHash>().unwrap_err(), "letters"),
        ("a".repeat(65).parse::<CommitHash>().unwrap_err(), "1 to 64"),
        ("g".repeat(64).parse::<Sha256>().unwrap_err(), "64 hex"),
        ("é".repeat(20).parse::<GitSha1>().unwrap_err(), "40 hex"),
        ("\"\"".parse::<Etag>().unwrap_err(), "empty"),
        ("\"..\"".parse::<Etag>().unwrap_err(), "dot"),
        ("a/b".parse::<Etag>().unwrap_err(), "names a file"),
        ("x".repeat(201).parse::<Etag>().unwrap_err(), "200"),
        ("name".parse::<BucketId>().unwrap_err(), "namespace/name"),
        (
            "a/b/c".parse::<CollectionSlug>().unwrap_err(),
            "namespace/title",
        ),
        ("a/b?c".parse::<CollectionSlug>().unwrap_err(), "`?`"),
        ("yesterday".parse::<Timestamp>().unwrap_err(), "ISO-8601"),
    ];
    for (err, hint) in refusals {
        let text = err.to_string();
        assert!(text.contains(hint), "{text}");
        assert!(text.contains(err.what()), "{text}");
    }
}

#[test]
fn a_backslash_or_tab_is_an_ordinary_character_of_a_name_but_on_windows() {
    for name in [
        r"a\b.txt",
        "a\tb",
        "a\nb",
        r"..\x",
        "C:/x",
        r"\\server\share",
        "café",
        "a\u{7f}",
    ] {
        let path: RepoPath = name.parse().unwrap();
        assert_eq!(path.as_str(), name);
        assert_eq!(path.local_safe().is_ok(), name == "café", "{name:?}");
    }
}

#[test]
fn revisions() {
    for text in [
        "main",
        "v1.0",
        "feature/x",
        "refs/pr/1",
        "refs/convert/parquet",
        "a b",
        "ü#?%",
        "v..1",
    ] {
        assert_eq!(text.parse::<Revision>().unwrap(), text);
    }
    let special = |text: &str| text.parse::<Revision>().unwrap().is_special_ref();
    assert!(special("refs/pr/12") && special("refs/convert/parquet-v2.1"));
    assert!(!special("refs/pr/12/x") && !special("feature/x") && !special("refs/pr/x"));
    assert_eq!(Revision::pull_request(7).pr_number(), Some(7));
    let hash = "607a30d783dfa663caf39e06633721c8d4cfcd7e";
    assert!(hash.parse::<Revision>().unwrap().is_commit_hash());
    assert_eq!(
        hash.parse::<Revision>().unwrap().commit_hash().unwrap(),
        hash
    );
    assert!(!"main".parse::<Revision>().unwrap().is_commit_hash());
}

#[test]
fn commits_of_other_servers_have_ids_of_their_own_shape() {
    let sha256 = "0b6f".repeat(16);
    for (id, is_hash) in [
        ("607a30d783dfa663caf39e06633721c8d4cfcd7e", true),
        (sha256.as_str(), true),
        ("v1.0", false),
        ("main", false),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", false),
        ("607A30D783DFA663CAF39E06633721C8D4CFCD7E", false),
    ] {
        let commit: CommitHash = id.parse().unwrap();
        assert_eq!((commit.as_str(), commit.is_hash()), (id, is_hash));
        let revision: Revision = id.parse().unwrap();
        assert_eq!(revision.commit_hash().is_some(), is_hash, "{id}");
    }
    assert_eq!(CommitHash::from([0xab; 20]), *"ab".repeat(20));
    assert_eq!(CommitHash::from([0xab; 32]), *"ab".repeat(32));
}

#[test]
fn a_commit_id_can_never_leave_the_cache_folder() {
    for id in [
        "", ".", "..", ".a", "a.", "a/b", r"a\b", "..%2f", "a b", "a:b", "C:", "é", "a\0", "a\n",
        "nul", "COM1", "aux.x", "~",
    ] {
        assert!(id.parse::<CommitHash>().is_err(), "{id:?}");
    }
}

#[test]
fn etags_lose_their_wrapping() {
    let sha256 = "ab".repeat(32);
    for raw in [
        format!("\"{sha256}\""),
        format!("W/\"{sha256}\""),
        sha256.clone(),
        format!(" \"{sha256}\" "),
    ] {
        let etag: Etag = raw.parse().unwrap();
        assert_eq!(etag.as_str(), sha256);
        assert_eq!(etag.kind(), EtagKind::Sha256(sha256.parse().unwrap()));
        assert_eq!(Etag::try_from(raw).unwrap(), etag);
    }
    assert_eq!(
        "\"5f4dcc3b-17\"".parse::<Etag>().unwrap().kind(),
        EtagKind::Other
    );
}

#[test]
fn serde_checks_too() {
    assert_eq!(serde_json::from_str::<RepoId>("\"a/b\"").unwrap(), "a/b");
    let err = serde_json::from_str::<RepoId>("\"../b\"").unwrap_err();
    assert!(err.to_string().contains("invalid repo id"), "{err}");
    assert!(serde_json::from_str::<RepoPath>("\"a/../b\"").is_err());
    assert!(serde_json::from_str::<RepoType>("7").is_err());
    let hash: CommitHash =
        serde_json::from_str("\"607a30d783dfa663caf39e06633721c8d4cfcd7e\"").unwrap();
    assert_eq!(hash, *"607a30d783dfa663caf39e06633721c8d4cfcd7e");
    assert_eq!(serde_json::to_value(RepoType::Space).unwrap(), "space");
}

proptest! {
    #[test]
    fn nothing_panics_and_what_parses_shows_the_same(text in "(?s).{0,40}") {
        macro_rules! check {
            ($($name:ty),*) => {$(
                if let Ok(value) = text.parse::<$name>() {
                    prop_assert_eq!(value.to_string().parse::<$name>().unwrap(), value);
                }
            )*};
        }
        check!(RepoId, RepoType, Revision, RepoPath, BucketId, CollectionSlug, Etag, CommitHash, Sha256, Timestamp);
    }

    #[test]
    fn a_path_never_leaves_its_folder(text in r"[./\\a:C\x00-\x02~ ]{0,12}") {
        if let Ok(path) = text.parse::<RepoPath>() {
            let joined = std::path::Path::new("/root").join(path.as_str());
            prop_assert!(joined.starts_with("/root"));
            prop_assert!(joined.components().all(|c| c != std::path::Component::ParentDir));
            if path.local_safe().is_ok() {
                prop_assert!(!path.as_str().contains(['\\', ':', '\x01']));
            }
        }
        if let Ok(revision) = text.parse::<Revision>() {
            prop_assert!(revision.as_str().split('/').all(|s| !s.is_empty() && s != ".." && s != "."));
        }
        if let Ok(commit) = text.parse::<CommitHash>() {
            prop_assert_eq!(std::path::Path::new(commit.as_str()).components().count(), 1);
        }
    }

    #[test]
    fn hashes_and_bytes(bytes: [u8; 32]) {
        let hash = Sha256::from(bytes);
        prop_assert_eq!(hash.to_bytes(), bytes);
        prop_assert_eq!(hash.as_str().parse::<Sha256>().unwrap(), hash);
    }
}
