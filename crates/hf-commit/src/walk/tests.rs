//! Tests of which files of a folder are found.

use hf_types::DEFAULT_IGNORE_PATTERNS;

use super::*;

fn patterns(allow: Option<&[&str]>, ignore: &[&str]) -> PatternSet {
    PatternSet::new(allow, Some(ignore)).also_ignoring(DEFAULT_IGNORE_PATTERNS)
}

fn tree(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file).unwrap();
    }
    dir
}

fn list_with(dir: &Path, patterns: PatternSet, links: LinksOutside) -> Result<Vec<String>> {
    let mut names = Vec::new();
    Walk::new(dir, patterns, links)?.run(&mut |file| {
        names.push(file.relative);
        Ok(true)
    })?;
    Ok(names)
}

fn list(dir: &Path) -> Result<Vec<String>> {
    list_with(dir, patterns(None, &[]), LinksOutside::Refuse)
}

#[test]
fn order_and_what_is_never_uploaded() {
    let dir = tree(&[
        "b.txt",
        "a/z",
        "a/b/c",
        "a.txt",
        ".git/config",
        "sub/.git/HEAD",
        ".cache/huggingface/x",
        "sub/.cache/huggingface/y",
        ".cache/other",
        ".gitignore",
    ]);
    let names = list(dir.path()).unwrap();
    assert_eq!(
        names,
        [
            ".cache/other",
            ".gitignore",
            "a/b/c",
            "a/z",
            "a.txt",
            "b.txt"
        ]
    );
}

#[test]
fn patterns_cross_folders() {
    let dir = tree(&["a.json", "x/b.json", "x/c.txt", "logs/d.json"]);
    let names = list_with(
        dir.path(),
        patterns(Some(&["*.json"]), &["logs/"]),
        LinksOutside::Refuse,
    );
    assert_eq!(names.unwrap(), ["a.json", "x/b.json"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_within_the_folder_are_followed_and_cycles_are_not() {
        let dir = tree(&["real/a", "b"]);
        symlink("real", dir.path().join("linked")).unwrap();
        symlink("b", dir.path().join("c")).unwrap();
        symlink("..", dir.path().join("real/up")).unwrap();
        assert_eq!(list(dir.path()).unwrap(), ["b", "c", "linked/a", "real/a"]);
    }

    #[test]
    fn links_that_lead_out_are_refused_by_name_unless_wanted() {
        let outside = tree(&["secret", "more/x"]);
        let dir = tree(&["a"]);
        symlink(outside.path().join("secret"), dir.path().join("link")).unwrap();
        let error = list(dir.path()).unwrap_err();
        assert!(error.to_string().contains("/link leads out"), "{error}");
        let ignoring = list_with(dir.path(), patterns(None, &["link"]), LinksOutside::Refuse);
        assert_eq!(ignoring.unwrap(), ["a"]);
        symlink(outside.path().join("more"), dir.path().join("more")).unwrap();
        let all = list_with(dir.path(), patterns(None, &[]), LinksOutside::Follow);
        assert_eq!(all.unwrap(), ["a", "link", "more/x"]);
    }

    #[test]
    fn links_to_nothing_and_circles_of_links_are_left_out() {
        let dir = tree(&["a"]);
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        symlink("a/b", dir.path().join("below_a_file")).unwrap();
        symlink("circle", dir.path().join("circle")).unwrap();
        assert_eq!(list(dir.path()).unwrap(), ["a"]);
    }

    #[test]
    fn a_folder_outside_is_refused_for_what_it_holds_whatever_the_name_of_its_link() {
        let outside = tree(&["deep/x.json", "y.bin"]);
        let dir = tree(&["a.json"]);
        symlink(outside.path(), dir.path().join("data")).unwrap();
        let only = |allow| list_with(dir.path(), patterns(Some(allow), &[]), LinksOutside::Refuse);
        let error = only(&["*.json"]).unwrap_err();
        assert!(error.to_string().contains("/data leads out"), "{error}");
        assert!(error.hint().unwrap().contains("links_outside"), "{error}");
        // Nothing behind the link is selected, so nothing is missing.
        assert!(only(&["*.txt"]).unwrap().is_empty());
        let ignoring = list_with(dir.path(), patterns(None, &["data/"]), LinksOutside::Refuse);
        assert_eq!(ignoring.unwrap(), ["a.json"]);
    }

    #[test]
    fn a_single_file_is_under_the_rules_of_the_walk() {
        let outside = tree(&["secret"]);
        let dir = tree(&["inner.md", ".gitignore"]);
        let readme = dir.path().join("README.md");
        symlink(outside.path().join("secret"), &readme).unwrap();
        let walk = |links| Walk::new(dir.path(), patterns(None, &["*.tmp"]), links).unwrap();
        let refused = walk(LinksOutside::Refuse).file("README.md").unwrap_err();
        assert!(refused.to_string().contains("leads out"), "{refused}");
        let followed = walk(LinksOutside::Follow).file("README.md").unwrap();
        assert!(followed.is_some());

        std::fs::remove_file(&readme).unwrap();
        symlink("inner.md", &readme).unwrap();
        let refusing = walk(LinksOutside::Refuse);
        let inner = dir.path().canonicalize().unwrap().join("inner.md");
        assert_eq!(refusing.file("README.md").unwrap(), Some(inner));
        assert!(refusing.file(".gitignore").unwrap().is_some());
        assert_eq!(refusing.file("none").unwrap(), None);
        assert_eq!(refusing.file("x.tmp").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_uploaded_can_be_left_out_while_the_rest_goes_on() {
        let outside = tree(&["secret"]);
        let dir = tree(&["a", "z"]);
        symlink(outside.path().join("secret"), dir.path().join("link")).unwrap();
        std::fs::write(dir.path().join(OsStr::from_bytes(b"bad\xff")), "x").unwrap();
        let walk = Walk::new(dir.path(), patterns(None, &[]), LinksOutside::Refuse).unwrap();
        let (mut names, mut problems) = (Vec::new(), Vec::new());
        walk.run_tolerant(
            &mut |file| {
                names.push(file.relative);
                Ok(true)
            },
            &mut |problem| {
                problems.push(problem.to_string());
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(names, ["a", "z"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    /// Creates a cache with one snapshot of `a.bin`, and returns the path of the snapshot.
    fn cached(cache: &Path) -> PathBuf {
        let repo = cache.join("models--user--repo");
        let snapshot = repo.join("snapshots").join("c".repeat(40));
        std::fs::create_dir_all(snapshot.join("sub")).unwrap();
        std::fs::create_dir_all(repo.join("blobs")).unwrap();
        std::fs::write(repo.join("blobs/etag-of-a-mirror"), "a").unwrap();
        symlink("../../blobs/etag-of-a-mirror", snapshot.join("a.bin")).unwrap();
        snapshot
    }

    #[test]
    fn a_folder_that_snapshot_download_returned_is_its_files() {
        let cache = tempfile::tempdir().unwrap();
        let snapshot = cached(cache.path());
        let hash = "b".repeat(64);
        // One blob in the store that repositories share, and a link in a subfolder of the snapshot.
        let shared = cache.path().join("blobs/bb");
        std::fs::create_dir_all(&shared).unwrap();
        std::fs::write(shared.join(&hash), "b").unwrap();
        let blobs = cache.path().join("models--user--repo/blobs");
        symlink(format!("../../blobs/bb/{hash}"), blobs.join(&hash)).unwrap();
        let deep = snapshot.join("sub/b.bin");
        symlink(format!("../../../blobs/{hash}"), deep).unwrap();
        assert_eq!(list(&snapshot).unwrap(), ["a.bin", "sub/b.bin"]);
        assert_eq!(list(&snapshot.join("sub")).unwrap(), ["b.bin"]);
    }

    #[test]
    fn a_folder_that_imitates_a_cache_opens_nothing_else() {
        let private = tree(&["id_rsa"]);
        let cache = tempfile::tempdir().unwrap();
        let snapshot = cached(cache.path());
        let blobs = cache.path().join("models--user--repo/blobs");
        // A blob that is a link to another location.
        symlink(private.path().join("id_rsa"), blobs.join("stolen")).unwrap();
        symlink("../../blobs/stolen", snapshot.join("b")).unwrap();
        assert!(list(&snapshot).is_err());
        std::fs::remove_file(snapshot.join("b")).unwrap();
        // All blobs are in another location.
        std::fs::remove_dir_all(&blobs).unwrap();
        symlink(private.path(), &blobs).unwrap();
        symlink("../../blobs/id_rsa", snapshot.join("b")).unwrap();
        assert!(list(&snapshot).is_err());
    }

    #[test]
    fn a_name_that_is_not_utf8_is_refused_by_name() {
        let dir = tree(&["a"]);
        let name = OsStr::from_bytes(b"bad\xff.bin");
        std::fs::write(dir.path().join(name), "x").unwrap();
        let error = list(dir.path()).unwrap_err();
        assert!(error.to_string().contains(r"bad\xff.bin"), "{error}");
        let ignoring = list_with(dir.path(), patterns(None, &["bad*"]), LinksOutside::Refuse);
        assert_eq!(ignoring.unwrap(), ["a"]);
    }
}

#[test]
fn not_a_folder() {
    let dir = tree(&["a"]);
    assert!(list(&dir.path().join("a")).is_err());
    assert!(list(&dir.path().join("none")).is_err());
}
