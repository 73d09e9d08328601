//! Where skills are installed.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hf_api::{Error, Result};

use super::PlaceArgs;
use super::market::is_name;

/// The skill of this command.
pub(super) const HF_CLI: &str = "hf-cli";
/// Marks what this command has installed, as in Python.
const MARK: &str = ".hf-skill-manifest.json";

/// The folder of skills, and that of links to them, which some assistants read alone.
pub(super) struct Places {
    root: PathBuf,
    links: Option<PathBuf>,
}

fn home() -> Result<PathBuf> {
    std::env::home_dir().ok_or_else(|| Error::validation("there is no home folder"))
}

/// The folder for links of the home.
fn claude_home() -> Result<PathBuf> {
    let folder = std::env::var_os("CLAUDE_CONFIG_DIR").filter(|folder| !folder.is_empty());
    Ok(match folder {
        Some(folder) => PathBuf::from(folder).join("skills"),
        None => home()?.join(".claude/skills"),
    })
}

/// All folders of skills, by their names in lists.
pub(super) fn roots() -> Result<[(&'static str, PathBuf); 4]> {
    Ok([
        ("project", PathBuf::from(".agents/skills")),
        ("project (claude)", PathBuf::from(".claude/skills")),
        ("global", home()?.join(".agents/skills")),
        ("global (claude)", claude_home()?),
    ])
}

impl Places {
    pub(super) fn of(args: &PlaceArgs) -> Result<Self> {
        let [
            (_, project),
            (_, project_links),
            (_, global),
            (_, global_links),
        ] = roots()?;
        let (root, links) = match (&args.dest, args.global) {
            (Some(folder), _) => (folder.clone(), None),
            (None, true) => (global, Some(global_links)),
            (None, false) => (project, Some(project_links)),
        };
        let absolute = |folder: PathBuf| {
            std::path::absolute(&folder)
                .map_err(|error| Error::io(format_args!("finding `{}`", folder.display()), error))
        };
        Ok(Self {
            root: absolute(root)?,
            links: links.map(absolute).transpose()?,
        })
    }

    /// Fills a new folder, and then puts it in the place of the old one, which stays if filling fails.
    pub(super) fn install(
        &self,
        name: &str,
        force: bool,
        fill: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<PathBuf> {
        if !is_name(name) {
            return Err(Error::validation(format!(
                "`{name}` is not the name of a skill"
            )));
        }
        let folder = self.root.join(name);
        if folder.exists() && !force {
            return Err(Error::validation(format!(
                "the skill is installed: `{}`",
                folder.display()
            ))
            .with_hint("--force replaces it"));
        }
        let writing = |error| Error::io(format_args!("installing `{}`", folder.display()), error);
        fs::create_dir_all(&self.root).map_err(writing)?;
        let staged = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .tempdir_in(&self.root)
            .map_err(writing)?;
        let new = staged.path().join("new");
        fs::create_dir(&new).map_err(writing)?;
        fill(&new).map_err(writing)?;
        fs::write(new.join(MARK), "").map_err(writing)?;
        if folder.exists() {
            // Dropped with the staging folder.
            let old = staged.path().join("old");
            fs::rename(&folder, &old).map_err(writing)?;
            if let Err(error) = fs::rename(&new, &folder) {
                fs::rename(&old, &folder).map_err(writing)?;
                return Err(writing(error));
            }
        } else {
            fs::rename(&new, &folder).map_err(writing)?;
        }
        Ok(folder)
    }

    /// Links to an installed skill, or copies it where links are not allowed.
    pub(super) fn link(&self, name: &str, folder: &Path, force: bool) -> Result<Option<PathBuf>> {
        let Some(links) = &self.links else {
            return Ok(None);
        };
        let link = links.join(name);
        let writing = |error| Error::io(format_args!("linking `{}`", link.display()), error);
        fs::create_dir_all(links).map_err(writing)?;
        if let Ok(known) = fs::symlink_metadata(&link) {
            if known.is_symlink() && fs::canonicalize(&link).ok() == fs::canonicalize(folder).ok() {
                return Ok(Some(link));
            }
            if !force {
                return Err(Error::validation(format!("`{}` exists", link.display()))
                    .with_hint("--force replaces it"));
            }
            let removed = if known.is_dir() {
                fs::remove_dir_all(&link)
            } else {
                fs::remove_file(&link)
            };
            removed.map_err(writing)?;
        }
        // Relative, so that a project can be moved.
        let target = relative(folder, links);
        if symlink(&target, &link).is_err() {
            fs::create_dir_all(&link)
                .and_then(|()| copy(folder, &link))
                .map_err(writing)?;
        }
        Ok(Some(link))
    }

    /// The installed skills, and whether this command has installed them.
    pub(super) fn installed(&self, only: Option<&str>) -> Result<Vec<(String, bool)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.root)
            .into_iter()
            .flatten()
            .filter_map(io::Result::ok)
        {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if !name.starts_with('.') && entry.path().is_dir() {
                let is_ours = entry.path().join(MARK).exists();
                found.push((name, is_ours));
            }
        }
        found.sort();
        if let Some(only) = only {
            found.retain(|(name, _)| name.eq_ignore_ascii_case(only));
            if found.is_empty() {
                return Err(
                    Error::validation(format!("the skill '{only}' is not installed"))
                        .with_hint(format!("`hf skills add {only}` installs it")),
                );
            }
        }
        Ok(found)
    }
}

/// The path of a folder as seen from another; both are absolute.
fn relative(folder: &Path, from: &Path) -> PathBuf {
    let shared = folder
        .components()
        .zip(from.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(shared).map(|_| OsStr::new(".."));
    let down = folder
        .components()
        .skip(shared)
        .map(std::path::Component::as_os_str);
    up.chain(down).collect()
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn write_page(folder: &Path, page: &str) -> io::Result<()> {
    fs::write(folder.join("SKILL.md"), page)
}

/// Copies the contents of a folder.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
