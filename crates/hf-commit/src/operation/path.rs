//! The rules for paths in a repository.

use hf_types::ValidationError;

const WHAT: &str = "path_in_repo";

/// Folders of git and of the local cache, which no commit may change.
const FORBIDDEN_FOLDERS: [&str; 2] = [".git", ".cache"];

/// Normalizes the path of a file to be added: removes one leading `/` and `./`, and rejects control
/// characters.
pub(crate) fn normalize_file_path(path: &str) -> Result<&str, ValidationError> {
    let refuse = |path, rule| Err(ValidationError::new(WHAT, path, rule));
    let normal = normalize_existing_path(path)?;
    if normal.chars().any(char::is_control) {
        return refuse(path, "control characters are not allowed");
    }
    if normal.ends_with('/') {
        return refuse(normal, "the path of a file cannot end with `/`");
    }
    Ok(normal)
}

/// Normalizes the path of an entry that may already exist under a name that would not be allowed for a new
/// one.
///
/// A trailing `/` (a folder) is kept.
pub(crate) fn normalize_existing_path(path: &str) -> Result<&str, ValidationError> {
    let refuse = |rule: &'static str| Err(ValidationError::new(WHAT, path, rule));
    let inner = path.strip_prefix('/').unwrap_or(path);
    if inner == "." || inner.split('/').any(|part| part == "..") {
        return refuse("`.` and `..` cannot be a part of it");
    }
    let inner = inner.strip_prefix("./").unwrap_or(inner);
    let entry = inner.strip_suffix('/').unwrap_or(inner);
    if entry.is_empty() {
        return refuse("it must name a file or folder");
    }
    if inner.contains('\0') {
        return refuse("NUL characters are not allowed");
    }
    for part in entry.split('/') {
        match part {
            "" => return refuse("empty parts (`//`) are not allowed"),
            "." => return refuse("`.` and `..` cannot be a part of it"),
            part if FORBIDDEN_FOLDERS.contains(&part) => {
                return refuse("files under a `.git/` or `.cache/` folder cannot be committed");
            }
            _ => {}
        }
    }
    Ok(inner)
}

/// Returns whether git can have an entry at `path` at all.
pub(crate) fn is_entry_path(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Iterates over `path` without a trailing slash, and then over its parent folders, the innermost first.
pub(crate) fn self_and_parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path.trim_end_matches('/')), |path| {
        path.rsplit_once('/').map(|(parent, _)| parent)
    })
}

/// Returns the prefix that the `path_in_repo` of a folder upload adds to each relative path: nothing, or
/// `folder/`.
pub(crate) fn folder_prefix(path_in_repo: &str) -> String {
    match path_in_repo.trim_matches('/') {
        "" | "." => String::new(),
        folder => format!("{}/", folder.strip_prefix("./").unwrap_or(folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_how() {
        for (given, wanted) in [
            ("a.bin", "a.bin"),
            ("/a/b.bin", "a/b.bin"),
            ("./a/b", "a/b"),
            ("/./a", "a"),
            ("folder/", "folder/"),
            (".gitignore", ".gitignore"),
            ("a/.gitattributes", "a/.gitattributes"),
            ("..a/b..", "..a/b.."),
            ("café/ü b.txt", "café/ü b.txt"),
        ] {
            assert_eq!(normalize_existing_path(given).unwrap(), wanted, "{given}");
        }
    }

    #[test]
    fn what_is_refused() {
        for bad in [
            "",
            "/",
            ".",
            "./",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "/..",
            ".git/config",
            "a/.git/x",
            ".cache/huggingface/x",
            "a//b",
            "//a",
            "a/./b",
            "a\0",
        ] {
            assert!(normalize_existing_path(bad).is_err(), "{bad:?}");
            assert!(normalize_file_path(bad).is_err(), "{bad:?}");
        }
        assert!(normalize_file_path("folder/").is_err());
    }

    #[test]
    fn what_exists_may_have_names_that_no_new_file_may_have() {
        for odd in ["a\nb", "tab\there", "bell\u{7}/x"] {
            assert!(normalize_file_path(odd).is_err(), "{odd:?}");
            assert_eq!(normalize_existing_path(odd), Ok(odd));
            assert!(is_entry_path(odd));
        }
        // A backslash is an ordinary character on all systems except Windows.
        assert_eq!(normalize_file_path("a\\b.txt"), Ok("a\\b.txt"));
        assert!(is_entry_path(".cache/x"), "somebody has pushed it with git");
        for impossible in ["", "/a", "a//b", "../a", "a/.", "a\0b"] {
            assert!(!is_entry_path(impossible), "{impossible:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_stays_in_the_repository(path in "[./a-c \\\\é\n]{0,12}") {
            if let Ok(taken) = normalize_existing_path(&path) {
                assert!(path.ends_with(taken));
                assert!(!taken.starts_with('/') && !taken.contains("//"));
                assert!(taken.split('/').all(|part| !matches!(part, "." | ".." | ".git" | ".cache")));
                assert_eq!(normalize_existing_path(taken), Ok(taken));
                assert!(is_entry_path(taken.trim_end_matches('/')));
            }
        }
    }

    #[test]
    fn parents_of_a_path() {
        assert_eq!(
            self_and_parents("a/b/c").collect::<Vec<_>>(),
            ["a/b/c", "a/b", "a"]
        );
        assert_eq!(self_and_parents("a/").collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn prefixes() {
        for (given, wanted) in [
            ("", ""),
            (".", ""),
            ("./", ""),
            ("/a/b/", "a/b/"),
            ("./a", "a/"),
        ] {
            assert_eq!(folder_prefix(given), wanted, "{given}");
        }
    }
}
