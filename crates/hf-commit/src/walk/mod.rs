//! Finds the files of a folder, in a fixed order.

mod links;

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::{Error, Result};
use hf_types::PatternSet;

pub use links::LinksOutside;
use links::{LinkPolicy, Target, leads_out};

use crate::source::{Stamp, expand_home, read_failed};

/// A file found by a walk.
#[derive(Debug)]
pub(crate) struct Found {
    /// The path relative to the folder, with `/` between the parts.
    pub(crate) relative: String,
    pub(crate) path: Arc<Path>,
    pub(crate) stamp: Stamp,
}

/// Receives the files of a walk. Returning `false` ends it.
type OnFile<'a> = &'a mut dyn FnMut(Found) -> Result<bool>;

/// Receives the error about an entry that cannot be uploaded. Returning the error ends the walk; `Ok` skips
/// the entry.
type OnUnusable<'a> = &'a mut dyn FnMut(Error) -> Result<()>;

/// The settings of a walk.
#[derive(Debug)]
pub(crate) struct Walk {
    policy: LinkPolicy,
    patterns: PatternSet,
}

/// Folders that the default patterns exclude completely, so that they are not even read.
const NEVER_ENTERED: [&str; 2] = [".git", ".cache/huggingface"];

impl Walk {
    /// Creates a walk of `folder`, which must be a folder. `patterns` are matched against relative paths.
    /// Blocking.
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
            policy: LinkPolicy::new(root, links),
            patterns,
        })
    }

    /// Returns the absolute path of the folder, without links.
    pub(crate) fn root(&self) -> &Path {
        self.policy.root()
    }

    /// Returns the file at `relative`, if the walk would find it too. Blocking.
    ///
    /// # Errors
    /// Returns an error if the walk would refuse the file, because it is a link that leads out of the folder.
    pub(crate) fn file(&self, relative: &str) -> Result<Option<PathBuf>> {
        let path = self.root().join(relative);
        let Ok(meta) = path.symlink_metadata() else {
            return Ok(None);
        };
        if !self.patterns.matches(relative) {
            return Ok(None);
        }
        if !meta.is_symlink() {
            return Ok(meta.is_file().then_some(path));
        }
        match self.policy.target(&path)? {
            // Returns the path that was checked, because the link may change.
            Target::Inside(real) => Ok(real.is_file().then_some(real)),
            Target::Outside(real) => Err(leads_out(&path, &real)),
            Target::Nothing => Ok(None),
        }
    }

    /// Calls `each` for every selected file, depth first, with the entries of a folder sorted by name. If it
    /// returns `false`, the walk ends. Blocking.
    ///
    /// # Errors
    /// Returns the error of the first entry that cannot be uploaded, or the error of `each`.
    pub(crate) fn run(&self, each: OnFile<'_>) -> Result<()> {
        self.run_tolerant(each, &mut Err)
    }

    /// The same as [`run`](Self::run), but passes entries that cannot be uploaded to `unusable`, which
    /// decides whether to continue.
    pub(crate) fn run_tolerant(&self, each: OnFile<'_>, unusable: OnUnusable<'_>) -> Result<()> {
        let mut above = vec![self.root().to_owned()];
        self.folder(self.root(), "", &mut above, each, unusable)
            .map(drop)
    }

    fn folder(
        &self,
        dir: &Path,
        prefix: &str,
        above: &mut Vec<PathBuf>,
        each: OnFile<'_>,
        unusable: OnUnusable<'_>,
    ) -> Result<bool> {
        let entries = match entries(dir) {
            Ok(entries) => entries,
            Err(error) => {
                unusable(read_failed(dir, error))?;
                return Ok(true);
            }
        };
        for (name, kind) in entries {
            let Some(text) = name.to_str() else {
                if !self.ignores_lossy(prefix, &name) {
                    unusable(not_utf8(dir, &name))?;
                }
                continue;
            };
            let relative = format!("{prefix}{text}");
            if never_entered(&relative) {
                continue;
            }
            let path = dir.join(&name);
            let go_on = if kind.is_dir() {
                match path.canonicalize() {
                    // Behind links, a cycle is detected by its real path.
                    Ok(real) => self.enter(&path, real, &relative, above, each, unusable)?,
                    Err(error) => {
                        unusable(read_failed(&path, error))?;
                        true
                    }
                }
            } else if kind.is_file() {
                self.take(path, relative, each, unusable)?
            } else if kind.is_symlink() {
                self.link(&path, relative, above, each, unusable)?
            } else {
                if self.patterns.matches(&relative) {
                    tracing::warn!(path = %path.display(), "skipping an entry that is neither a file nor a folder");
                }
                true
            };
            if !go_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Walks the folder at `dir`, whose path without links is `real`.
    fn enter(
        &self,
        dir: &Path,
        real: PathBuf,
        relative: &str,
        above: &mut Vec<PathBuf>,
        each: OnFile<'_>,
        unusable: OnUnusable<'_>,
    ) -> Result<bool> {
        above.push(real);
        let go_on = self.folder(dir, &format!("{relative}/"), above, each, unusable);
        above.pop();
        go_on
    }

    /// Reports the file at `path`, or the target of the link there, if it is selected.
    fn take(
        &self,
        path: PathBuf,
        relative: String,
        each: OnFile<'_>,
        unusable: OnUnusable<'_>,
    ) -> Result<bool> {
        if !self.patterns.matches(&relative) {
            return Ok(true);
        }
        match path.metadata() {
            Ok(meta) if meta.is_file() => each(found(relative, path, &meta)),
            // A device or a socket behind a link.
            Ok(_) => {
                tracing::warn!(path = %path.display(), "skipping an entry that is neither a file nor a folder");
                Ok(true)
            }
            Err(error) => {
                unusable(read_failed(&path, error))?;
                Ok(true)
            }
        }
    }

    fn link(
        &self,
        link: &Path,
        relative: String,
        above: &mut Vec<PathBuf>,
        each: OnFile<'_>,
        unusable: OnUnusable<'_>,
    ) -> Result<bool> {
        let (real, outside) = match self.policy.target(link) {
            Ok(Target::Inside(real)) => (real, false),
            Ok(Target::Outside(real)) => (real, true),
            Ok(Target::Nothing) => {
                if self.patterns.matches(&relative) {
                    tracing::warn!(link = %link.display(), "skipping a link whose target does not exist");
                }
                return Ok(true);
            }
            Err(error) => {
                if self.patterns.matches(&relative) {
                    unusable(error)?;
                }
                return Ok(true);
            }
        };
        if !real.is_dir() {
            if outside {
                if self.patterns.matches(&relative) {
                    unusable(leads_out(link, &real))?;
                }
                return Ok(true);
            }
            return self.take(link.to_owned(), relative, each, unusable);
        }
        if above.contains(&real) {
            tracing::warn!(link = %link.display(), "not following a link to one of its parent folders");
            return Ok(true);
        }
        if self.is_never_entered(&real) {
            return Ok(true);
        }
        if !outside {
            return self.enter(link, real, &relative, above, each, unusable);
        }
        // The names behind the link show whether anything there is selected. The first selected one refuses
        // the link; no content is read.
        let wanted = Cell::new(false);
        let mut at_first = |_| {
            wanted.set(true);
            Ok(false)
        };
        // A nested link that leads further out, or an unreadable folder, is treated like a selected file.
        let mut unclear = |_| {
            wanted.set(true);
            Ok(())
        };
        let behind = real.clone();
        self.enter(link, behind, &relative, above, &mut at_first, &mut unclear)?;
        if wanted.get() {
            unusable(leads_out(link, &real))?;
        }
        Ok(true)
    }

    /// Returns whether `real` is a folder inside the uploaded one that is never entered under its own name.
    fn is_never_entered(&self, real: &Path) -> bool {
        let inner = real.strip_prefix(self.root()).ok().and_then(Path::to_str);
        inner.is_some_and(|inner| never_entered(&inner.replace('\\', "/")))
    }

    /// Returns whether a name that is not UTF-8 is excluded anyway, judged by its readable part.
    fn ignores_lossy(&self, prefix: &str, name: &OsStr) -> bool {
        !self
            .patterns
            .matches(&format!("{prefix}{}", name.to_string_lossy()))
    }
}

/// Returns the entries of a folder, sorted by name.
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
mod tests;
