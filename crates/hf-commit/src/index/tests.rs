use std::time::{Duration, SystemTime};

use super::*;
use crate::hash::{git_blob, git_blob_of, sha256, sha256_of};
use crate::operation::CommitOperationAdd;

fn old_file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60))
        .unwrap();
    path
}

fn add(path: &Path) -> CommitOperationAdd {
    CommitOperationAdd::from_path("x", path).unwrap()
}

fn file(path: &Path) -> FileIdentity {
    add(path).content().identity().unwrap()
}

fn hashed(path: &Path) -> (FileIdentity, KnownHashes) {
    let hashes = KnownHashes {
        sha256: Some(sha256_of(add(path).content(), &mut |_| true).unwrap()),
        git_sha1: None,
    };
    (file(path), hashes)
}

fn remember(index: &HashIndex, known: &(FileIdentity, KnownHashes)) {
    index.remember([(&known.0, known.1)]);
}

fn record(n: u32) -> Record {
    let [key, _] = Key::pair(n.to_string().as_ref());
    Record {
        key,
        stamp: [0; 8],
        hash: [0; 32],
    }
}

#[test]
fn what_was_hashed_is_known_in_the_next_run_until_the_file_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (
        old_file(dir.path(), "a", "one"),
        old_file(dir.path(), "b", "two"),
    );
    let index = dir.path().join("i/index");
    let regular = KnownHashes {
        sha256: None,
        git_sha1: Some(git_blob_of(add(&b).content()).unwrap()),
    };
    let large = hashed(&a);
    HashIndex::open(&index)
        .unwrap()
        .remember([(&large.0, large.1), (&file(&b), regular)]);

    let again = HashIndex::open(&index).unwrap();
    assert_eq!(again.len(), 2);
    let (large, regular) = (again.recall(&file(&a)), again.recall(&file(&b)));
    assert_eq!(large.sha256, Some(sha256(b"one")));
    assert_eq!(large.git_sha1, None);
    assert_eq!(regular.sha256, None);
    assert_eq!(regular.git_sha1, Some(git_blob(b"two")));

    std::fs::write(&a, "two").unwrap();
    assert_eq!(again.recall(&file(&a)), KnownHashes::default());
}

#[test]
fn a_file_has_one_place_in_it_whatever_it_was_before() {
    let dir = tempfile::tempdir().unwrap();
    let index = HashIndex::open(dir.path().join("index")).unwrap();
    for text in ["one", "three", "seven"] {
        remember(&index, &hashed(&old_file(dir.path(), "a", text)));
    }
    assert_eq!(index.len(), 1);
    let known = index.recall(&file(&dir.path().join("a")));
    assert_eq!(known.sha256, Some(sha256(b"seven")));
}

#[test]
fn a_file_written_a_moment_ago_is_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fresh");
    std::fs::write(&path, "x").unwrap();
    let index = HashIndex::open(dir.path().join("index")).unwrap();
    remember(&index, &hashed(&path));
    assert!(index.is_empty());
}

#[test]
fn a_file_cut_anywhere_keeps_the_records_before_the_cut_and_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let files: Vec<_> = (0..3)
        .map(|i| old_file(dir.path(), &format!("f{i}"), &"x".repeat(i)))
        .collect();
    let first = HashIndex::open(&path).unwrap();
    for path in &files {
        remember(&first, &hashed(path));
    }
    drop(first);
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(whole.len(), HEADER.len() + 3 * RECORD_BYTES);
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let survivor = HashIndex::open(&path).unwrap();
        let complete = cut.saturating_sub(HEADER.len()) / RECORD_BYTES;
        assert_eq!(survivor.len(), complete, "{cut}");
        remember(&survivor, &hashed(&files[2]));
        let mended = HashIndex::open(&path).unwrap();
        assert_ne!(
            mended.recall(&file(&files[2])),
            KnownHashes::default(),
            "{cut}"
        );
        assert_eq!(mended.len(), complete + 1, "{cut}");
        assert!(!mended.lock().damaged, "{cut}");
    }
}

#[test]
fn damage_in_the_middle_costs_one_record() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let mut whole = HEADER.to_vec();
    for n in 0..3000 {
        whole.extend_from_slice(&record(n).to_bytes());
    }
    for (at, cut) in [(HEADER.len() + 1000 * RECORD_BYTES + 5, 0), (70_000, 7)] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        damaged.drain(at..at + cut);
        std::fs::write(&path, &damaged).unwrap();
        let index = HashIndex::open(&path).unwrap();
        assert_eq!(index.len(), 2999);
        assert!(index.lock().damaged);
    }
}

#[test]
fn a_file_of_another_form_is_started_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (a, path) = (old_file(dir.path(), "a", "one"), dir.path().join("index"));
    std::fs::write(&path, "0123456789abcdef {\"path\": \"/a\"}\n".repeat(9)).unwrap();
    let index = HashIndex::open(&path).unwrap();
    assert!(index.is_empty());
    remember(&index, &hashed(&a));
    assert_ne!(
        HashIndex::open(&path).unwrap().recall(&file(&a)),
        KnownHashes::default()
    );
}

#[test]
fn only_the_last_used_are_kept() {
    let mut inner = Inner::default();
    for n in 0..100 {
        inner.insert(&record(n));
    }
    let first = record(0);
    assert!(inner.find(first.key, first.stamp).is_some());
    inner.forget_oldest(10);
    assert_eq!(inner.known.len(), 10);
    for (n, kept) in [(0, true), (1, false), (90, false), (91, true)] {
        assert_eq!(inner.known.contains_key(&record(n).key), kept, "{n}");
    }
}

#[test]
fn rewriting_drops_what_is_out_of_date() {
    let dir = tempfile::tempdir().unwrap();
    let (a, path) = (old_file(dir.path(), "a", "one"), dir.path().join("index"));
    let index = HashIndex::open(&path).unwrap();
    for n in 0..u64::try_from(MAX_STALE_RECORDS).unwrap() + 3 {
        let mut known = hashed(&a);
        known.1.sha256 = Some([u8::try_from(n % 2).unwrap(); 32].into());
        remember(&index, &known);
    }
    let records = std::fs::metadata(&path).unwrap().len() / RECORD_BYTES as u64;
    assert!(records < 10, "{records}");
    assert_eq!(HashIndex::open(&path).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_written_is_not_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let a = old_file(dir.path(), "a", "one");
    let index = HashIndex::open(dir.path().join("folder")).unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    remember(&index, &hashed(&a));
    assert_ne!(index.recall(&file(&a)), KnownHashes::default());
}
