use super::*;
use std::fs;

fn cache() -> (tempfile::TempDir, PathBuf, Sha256) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_path_buf();
    let hash: Sha256 = "ab".repeat(32).parse().unwrap();
    fs::create_dir_all(root.join("blobs/ab")).unwrap();
    fs::write(root.join("blobs").join(MARKER), LAYOUT).unwrap();
    fs::write(store_path(&root, &hash), "shared").unwrap();
    for repo in ["models--a--b", "datasets--c"] {
        fs::create_dir_all(root.join(repo).join("blobs")).unwrap();
    }
    (dir, root, hash)
}

#[test]
fn content_is_linked_counted_and_swept_with_its_last_link() {
    let (_dir, root, hash) = cache();
    let (one, two) = (
        root.join("models--a--b/blobs/e"),
        root.join("datasets--c/blobs/e"),
    );
    assert!(try_link(&root, &one, &hash, 6));
    assert!(try_link(&root, &two, &hash, 6));
    assert_eq!(fs::read(&one).unwrap(), b"shared");
    let store = store_path(&root, &hash);
    assert_eq!(link_target(&root, &one).as_deref(), Some(&*store));
    assert_eq!(freed_with(&root, &store, &BTreeSet::from([one.clone()])), 0);
    assert_eq!(
        freed_with(&root, &store, &BTreeSet::from([one.clone(), two.clone()])),
        6
    );
    fs::remove_file(&one).unwrap();
    assert_eq!(sweep(&root, &store), 0);
    assert_eq!(
        fs::read_to_string(beside(&store, ".refs")).unwrap(),
        "datasets--c/blobs/e\n"
    );
    fs::remove_file(&two).unwrap();
    assert_eq!(unreferenced(&root), [(store.clone(), 6)]);
    assert_eq!(sweep(&root, &store), 6);
    assert!(!store.exists());
}

#[test]
fn nothing_unknown_is_used_or_removed() {
    let (_dir, root, hash) = cache();
    let store = store_path(&root, &hash);
    assert!(
        !try_link(&root, &root.join("models--a--b/blobs/e"), &hash, 7),
        "another size"
    );
    assert!(
        !try_link(&root, &root.join("elsewhere/e"), &hash, 6),
        "no blob of a repository"
    );
    assert_eq!(unreferenced(&root), [], "no manifest");
    assert_eq!(sweep(&root, &store), 0);
    fs::write(
        beside(&store, ".refs"),
        "../../etc/passwd\n/etc/passwd\nmodels--a--b/blobs/gone\n",
    )
    .unwrap();
    assert_eq!(references(&root, &store), Some(BTreeSet::new()));
    fs::write(root.join("blobs").join(MARKER), "2\n").unwrap();
    assert!(!has(&root, &hash, 6) && contents(&root).is_empty());
}

#[test]
fn content_in_use_survives_a_manifest_that_somebody_emptied() {
    let (_dir, root, hash) = cache();
    let one = root.join("models--a--b/blobs/e");
    assert!(try_link(&root, &one, &hash, 6));
    let store = store_path(&root, &hash);
    let manifest = beside(&store, ".refs");
    fs::write(&manifest, "").unwrap();
    assert_eq!(unreferenced(&root), []);
    assert_eq!(sweep(&root, &store), 0);
    assert_eq!(fs::read(&one).unwrap(), b"shared");
    assert_eq!(
        fs::read_to_string(&manifest).unwrap(),
        "models--a--b/blobs/e\n",
        "repaired"
    );
}

#[test]
fn only_those_who_can_write_to_the_store_can_write_to_its_manifests() {
    use std::os::unix::fs::PermissionsExt as _;
    for (folder, expected) in [
        (0o755, 0o644),
        (0o775, 0o664),
        (0o777, 0o666),
        (0o700, 0o644),
    ] {
        let (_dir, root, hash) = cache();
        let store = store_path(&root, &hash);
        let modes = fs::Permissions::from_mode(folder);
        fs::set_permissions(store.parent().unwrap(), modes).unwrap();
        assert!(try_link(
            &root,
            &root.join("models--a--b/blobs/e"),
            &hash,
            6
        ));
        for file in [".refs", ".lock"] {
            let meta = fs::metadata(beside(&store, file)).unwrap();
            assert_eq!(
                meta.permissions().mode() & 0o777,
                expected,
                "{file} {folder:o}"
            );
        }
    }
}
