//! The rules for a path inside a repository.

use hf_types::ValidationError;

const WHAT: &str = "path_in_repo";

/// Folders of git and of the local cache, which no commit may touch.
const FORBIDDEN_FOLDERS: [&str; 2] = [".git", ".cache"];

/// The path as the Hub wants it: without one leading `/` and `./`; refused where it could not name an entry.
///
/// A trailing `/` (a folder) is kept.
pub(crate) fn normalize_path_in_repo(path: &str) -> Result<&str, ValidationError> {
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
    if inner.chars().any(char::is_control) {
        return refuse("control characters are not allowed");
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

/// The same for a file, which has no `/` at its end.
pub(crate) fn normalize_file_path(path: &str) -> Result<&str, ValidationError> {
    let path = normalize_path_in_repo(path)?;
    if path.ends_with('/') {
        return Err(ValidationError::new(
            WHAT,
            path,
            "a file's path cannot end with `/`",
        ));
    }
    Ok(path)
}

/// `path` itself without a trailing slash, then each folder above it, from the inside out.
pub(crate) fn self_and_parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path.trim_end_matches('/')), |path| {
        path.rsplit_once('/').map(|(parent, _)| parent)
    })
}

/// What `path_in_repo` of a folder upload puts before each relative path: nothing, or `folder/`.
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
            assert_eq!(normalize_path_in_repo(given).unwrap(), wanted, "{given}");
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
            "a\nb",
            "a\0",
        ] {
            assert!(normalize_path_in_repo(bad).is_err(), "{bad:?}");
        }
        assert!(normalize_file_path("folder/").is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_stays_in_the_repository(path in "[./a-c \\\\é\n]{0,12}") {
            if let Ok(taken) = normalize_path_in_repo(&path) {
                assert!(path.ends_with(taken));
                assert!(!taken.starts_with('/') && !taken.contains("//"));
                assert!(taken.split('/').all(|part| !matches!(part, "." | ".." | ".git" | ".cache")));
                assert_eq!(normalize_path_in_repo(taken), Ok(taken));
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
