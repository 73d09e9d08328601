//! The files of a folder, in a fixed order.

use std::ffi::{OsStr, OsString};
use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::{Error, Result};
use hf_types::PatternSet;

use crate::source::{Stamp, expand_home, read_failed};

/// What to do with a symbolic link in an uploaded folder that leads out of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinksOutside {
    /// Refuse the upload, and name the link.
    #[default]
    Refuse,
    /// Upload what they lead to, as `huggingface_hub` does for links to files.
    Follow,
}

/// A file that was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Relative to the folder, with `/` between the parts.
    pub(crate) relative: String,
    pub(crate) path: Arc<Path>,
    pub(crate) stamp: Stamp,
}

/// What a walk looks for.
pub(crate) struct Walk {
    /// The folder, absolute and free of links.
    root: PathBuf,
    patterns: PatternSet,
    links: LinksOutside,
}

/// Folders whose whole content the default patterns ignore; they are not even read.
const NEVER_ENTERED: [&str; 2] = [".git", ".cache/huggingface"];

impl Walk {
    /// A walk of `folder`, which must be one. `patterns` decide on relative paths.
    pub(crate) fn new(folder: &Path, patterns: PatternSet, links: LinksOutside) -> Result<Self> {
        let folder = expand_home(folder);
        let root = folder.canonicalize().map_err(|e| {
            if e.kind() == std::io::ErrorKind::NotFound {
                Error::validation(format!("there is no folder at {}", folder.display()))
                    .with_source(e)
            } else {
                read_failed(&folder, e)
            }
        })?;
        if !root.is_dir() {
            return Err(Error::validation(format!(
                "{} is not a folder; upload a file with upload_file",
                folder.display()
            )));
        }
        Ok(Self {
            root,
            patterns,
            links,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file at `relative`, if it is there and wanted.
    pub(crate) fn file(&self, relative: &str) -> Option<PathBuf> {
        let path = self.root.join(relative);
        (self.patterns.matches(relative) && path.is_file()).then_some(path)
    }

    /// Calls `each` for every wanted file, depth first, entries of a folder in the order of their names. `false` from
    /// it ends the walk. Blocking.
    pub(crate) fn run(&self, each: &mut dyn FnMut(Found) -> Result<bool>) -> Result<()> {
        let mut above = vec![self.root.clone()];
        self.folder(&self.root, "", &mut above, each).map(|_| ())
    }

    fn folder(
        &self,
        dir: &Path,
        prefix: &str,
        above: &mut Vec<PathBuf>,
        each: &mut dyn FnMut(Found) -> Result<bool>,
    ) -> Result<bool> {
        for (name, kind) in entries(dir).map_err(|e| read_failed(dir, e))? {
            let Some(text) = name.to_str() else {
                if self.ignores_lossy(prefix, &name) {
                    continue;
                }
                return Err(not_utf8(dir, &name));
            };
            let relative = format!("{prefix}{text}");
            if never_entered(&relative) {
                continue;
            }
            let path = dir.join(&name);
            let go_on = if kind.is_dir() {
                self.enter(&path, &relative, above, each)?
            } else if kind.is_file() {
                if self.patterns.matches(&relative) {
                    let meta = path.symlink_metadata().map_err(|e| read_failed(&path, e))?;
                    each(found(relative, path, &meta))?
                } else {
                    true
                }
            } else if kind.is_symlink() {
                self.link(&path, relative, above, each)?
            } else {
                if self.patterns.matches(&relative) {
                    tracing::warn!(path = %path.display(), "neither a file nor a folder: left out of the upload");
                }
                true
            };
            if !go_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn enter(
        &self,
        dir: &Path,
        relative: &str,
        above: &mut Vec<PathBuf>,
        each: &mut dyn FnMut(Found) -> Result<bool>,
    ) -> Result<bool> {
        // Where there are links, the real path is what a cycle comes back to.
        let real = dir.canonicalize().map_err(|e| read_failed(dir, e))?;
        above.push(real);
        let go_on = self.folder(dir, &format!("{relative}/"), above, each);
        above.pop();
        go_on
    }

    fn link(
        &self,
        link: &Path,
        relative: String,
        above: &mut Vec<PathBuf>,
        each: &mut dyn FnMut(Found) -> Result<bool>,
    ) -> Result<bool> {
        let wanted = self.patterns.matches(&relative);
        let refuse = |why: &str| {
            if wanted {
                Err(
                    Error::validation(format!("the link {} {why}", link.display()))
                        .with_hint("remove it, or leave it out with ignore_patterns"),
                )
            } else {
                Ok(true)
            }
        };
        let real = match link.canonicalize() {
            Ok(real) => real,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return refuse("leads to nothing");
            }
            Err(_) => return refuse("leads in circles, or to what cannot be read"),
        };
        let inside = real.starts_with(&self.root);
        if !inside && self.links == LinksOutside::Refuse {
            return refuse(&format!(
                "leads out of the folder, to {}; LinksOutside::Follow uploads such files",
                real.display()
            ));
        }
        let meta = std::fs::metadata(link).map_err(|e| read_failed(link, e))?;
        if meta.is_dir() {
            if above.contains(&real) {
                tracing::warn!(link = %link.display(), "leads to a folder that it is in: not followed");
                return Ok(true);
            }
            if real.strip_prefix(&self.root).is_ok_and(|inner| {
                inner.to_str().is_some_and(|inner| {
                    let inner = inner.replace('\\', "/");
                    NEVER_ENTERED
                        .iter()
                        .any(|never| inner == *never || inner.ends_with(&format!("/{never}")))
                })
            }) {
                return Ok(true);
            }
            above.push(real);
            let go_on = self.folder(link, &format!("{relative}/"), above, each);
            above.pop();
            return go_on;
        }
        if meta.is_file() && wanted {
            return each(found(relative, link.to_owned(), &meta));
        }
        Ok(true)
    }

    /// Whether a name that is not UTF-8 is ignored anyway, judged by its readable part.
    fn ignores_lossy(&self, prefix: &str, name: &OsStr) -> bool {
        !self
            .patterns
            .matches(&format!("{prefix}{}", name.to_string_lossy()))
    }
}

/// The entries of a folder by name.
fn entries(dir: &Path) -> std::io::Result<Vec<(OsString, FileType)>> {
    let mut entries = std::fs::read_dir(dir)?
        .map(|entry| {
            let entry = entry?;
            Ok((entry.file_name(), entry.file_type()?))
        })
        .collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

fn found(relative: String, path: PathBuf, meta: &Metadata) -> Found {
    Found {
        relative,
        path: path.into(),
        stamp: Stamp::of(meta),
    }
}

fn never_entered(relative: &str) -> bool {
    NEVER_ENTERED.iter().any(|never| {
        relative
            .strip_suffix(never)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })
}

fn not_utf8(dir: &Path, name: &OsStr) -> Error {
    Error::validation(format!(
        "the name {} in {} is not UTF-8, which a repository cannot hold",
        name.as_encoded_bytes().escape_ascii(),
        dir.display()
    ))
    .with_hint("rename it, or leave it out with ignore_patterns")
}

#[cfg(test)]
mod tests {
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
        fn links_to_nothing_are_refused_by_name() {
            let dir = tree(&["a"]);
            symlink("nowhere", dir.path().join("dangling")).unwrap();
            let error = list(dir.path()).unwrap_err();
            assert!(error.to_string().contains("leads to nothing"), "{error}");
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
}
