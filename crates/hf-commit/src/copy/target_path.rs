//! Computes the destination of each file of a copied folder.

use hf_transport::{Error, Result};

/// The destination of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyDestination {
    /// The path, without leading and trailing slashes; empty for the root.
    pub path: String,
    /// Whether the path refers to a folder: it is an existing one, or was written with a trailing `/`.
    pub is_folder: bool,
    /// Whether the folder exists.
    pub exists_as_folder: bool,
}

/// Returns the destination path of one file.
///
/// A file is copied into a folder, or to the given name. A folder is copied into an existing folder (like `cp
/// -r`), unless `merge_contents` is set (its source was written with a trailing `/`); if the destination does
/// not exist, the folder is copied under the new name.
///
/// `src_root` is the folder that is copied, or `None` for a single file or the root of the source.
pub fn resolve_copy_target_path(
    src_path: &str,
    src_root: Option<&str>,
    is_single_file: bool,
    destination: &CopyDestination,
    merge_contents: bool,
) -> Result<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let folder = destination.path.trim_end_matches('/');
    if is_single_file {
        return Ok(match folder {
            "" => name(src_path),
            folder if destination.is_folder => format!("{folder}/{}", name(src_path)),
            file => file.to_owned(),
        });
    }
    let mut relative = match src_root {
        None => src_path.to_owned(),
        Some(root) if src_path == root => name(src_path),
        Some(root) => match src_path
            .strip_prefix(root)
            .and_then(|r| r.strip_prefix('/'))
        {
            Some(inner) if !inner.is_empty() => inner.to_owned(),
            _ => {
                return Err(Error::validation(format!(
                    "`{src_path}` is not below the folder `{root}` that is copied"
                )));
            }
        },
    };
    if let Some(root) = src_root
        && destination.exists_as_folder
        && !merge_contents
    {
        relative = format!("{}/{relative}", name(root));
    }
    Ok(if folder.is_empty() {
        relative
    } else {
        format!("{folder}/{relative}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(path: &str, is_folder: bool, exists: bool) -> CopyDestination {
        CopyDestination {
            path: path.into(),
            is_folder,
            exists_as_folder: exists,
        }
    }

    #[test]
    fn like_cp_and_rsync() {
        for (src, root, single, dest, merge, wanted) in [
            ("a/f.bin", None, true, to("", true, true), false, "f.bin"),
            ("a/f.bin", None, true, to("d", true, true), false, "d/f.bin"),
            (
                "a/f.bin",
                None,
                true,
                to("g.bin", false, false),
                false,
                "g.bin",
            ),
            (
                "a/b/f",
                Some("a"),
                false,
                to("d", true, true),
                false,
                "d/a/b/f",
            ),
            (
                "a/b/f",
                Some("a"),
                false,
                to("d", true, true),
                true,
                "d/b/f",
            ),
            (
                "a/b/f",
                Some("a"),
                false,
                to("new", false, false),
                false,
                "new/b/f",
            ),
            (
                "x/a/f",
                Some("x/a"),
                false,
                to("", true, true),
                false,
                "a/f",
            ),
            ("a/f", None, false, to("d", true, true), false, "d/a/f"),
            ("a", Some("a"), false, to("d", true, true), true, "d/a"),
        ] {
            let got = resolve_copy_target_path(src, root, single, &dest, merge).unwrap();
            assert_eq!(got, wanted, "{src} {root:?} {dest:?} {merge}");
        }
        assert!(
            resolve_copy_target_path("ab/f", Some("a"), false, &to("", true, true), true).is_err()
        );
    }
}
