//! Decides which symbolic links in an uploaded folder may be followed.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use hf_transport::{Error, Result};

use crate::source::read_failed;

/// How symbolic links in an uploaded folder that lead out of it are handled.
///
/// A folder returned by `snapshot_download` consists of links into the cache folder of its repository. These
/// belong to the folder and are always followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinksOutside {
    /// Refuses the upload with an error that names the link. Nothing behind it is read or sent.
    #[default]
    Refuse,
    /// Uploads the targets of the links, as `huggingface_hub` does for links to files.
    Follow,
}

impl LinksOutside {
    /// Returns the name of the policy: `refuse` or `follow`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Follow => "follow",
        }
    }
}

/// Parses the name of a policy.
///
/// ```
/// use hf_commit::LinksOutside;
/// assert_eq!("follow".parse::<LinksOutside>()?, LinksOutside::Follow);
/// # Ok::<(), hf_transport::Error>(())
/// ```
impl FromStr for LinksOutside {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Refuse, Self::Follow]
            .into_iter()
            .find(|policy| policy.as_str() == name)
            .ok_or_else(|| {
                Error::validation(format!(
                    "links_outside is `refuse` or `follow`, not `{name}`"
                ))
            })
    }
}

/// The target of a link.
pub(super) enum Target {
    /// Something that may be uploaded, at this path without links.
    Inside(PathBuf),
    /// Something outside of the folder, which the policy refuses.
    Outside(PathBuf),
    /// Nothing, or a cycle of links.
    Nothing,
}

/// Decides about the links below one folder.
#[derive(Debug)]
pub(super) struct LinkPolicy {
    /// The absolute path of the folder, without links.
    root: PathBuf,
    links: LinksOutside,
    snapshot: Option<Snapshot>,
}

impl LinkPolicy {
    pub(super) fn new(root: PathBuf, links: LinksOutside) -> Self {
        let snapshot = Snapshot::around(&root);
        Self {
            root,
            links,
            snapshot,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Resolves `link` completely.
    pub(super) fn target(&self, link: &Path) -> Result<Target> {
        let real = match link.canonicalize() {
            Ok(real) => real,
            Err(error) if leads_nowhere(&error) => return Ok(Target::Nothing),
            Err(error) => return Err(read_failed(link, error)),
        };
        let allowed = self.links == LinksOutside::Follow
            || real.starts_with(&self.root)
            || self.snapshot.as_ref().is_some_and(|s| s.holds(&real));
        Ok(if allowed {
            Target::Inside(real)
        } else {
            Target::Outside(real)
        })
    }
}

/// Returns whether a link could not be resolved because it has no target.
fn leads_nowhere(error: &io::Error) -> bool {
    // `ErrorKind::FilesystemLoop` is not stable.
    #[cfg(unix)]
    const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };
    #[cfg(unix)]
    if error.raw_os_error() == Some(ELOOP) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns the error for a link that leads out of the folder.
pub(super) fn leads_out(link: &Path, real: &Path) -> Error {
    Error::validation(format!(
        "the link {} leads out of the folder, to {}",
        link.display(),
        real.display()
    ))
    .with_hint(
        "set links_outside to `follow` to upload what it leads to, or leave it out with ignore_patterns",
    )
}

/// A snapshot in the Hub cache that is, or contains, the uploaded folder.
///
/// Its files are links to `../../blobs/<etag>` in the folder of the same repository, and these may in turn be
/// links into the store that the repositories of one cache share. The layout alone does not make a path
/// trustworthy, because a folder received from someone else can imitate it: the target of a link must be in a
/// real folder of that layout, or have a hash as its name, which no private file has.
#[derive(Debug)]
struct Snapshot {
    /// `<cache>/models--user--repo/blobs`, with links resolved.
    blobs: PathBuf,
    /// Whether the folder of the repository itself contains `blobs`, as opposed to a link to another
    /// location.
    blobs_in_repo: bool,
    /// `<cache>/blobs`, the store shared by repositories.
    shared: PathBuf,
}

impl Snapshot {
    fn around(root: &Path) -> Option<Self> {
        let snapshots = root
            .ancestors()
            .find(|folder| folder.file_name().is_some_and(|name| name == "snapshots"))?;
        let repo = snapshots.parent()?;
        let name = repo.file_name()?.to_str()?;
        let is_repo = ["models--", "datasets--", "spaces--", "kernels--"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        // At least the snapshot itself: `snapshots` alone contains several revisions.
        if !is_repo || snapshots == root {
            return None;
        }
        let unresolved = repo.join("blobs");
        let blobs = unresolved.canonicalize().ok()?;
        Some(Self {
            blobs_in_repo: blobs == unresolved,
            blobs,
            shared: repo.parent()?.join("blobs"),
        })
    }

    /// Returns whether `real`, a path without links, is a blob of this cache.
    fn holds(&self, real: &Path) -> bool {
        let hash = real
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| {
                matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit())
            });
        let folder = real.parent();
        (folder == Some(&self.blobs) && (self.blobs_in_repo || hash))
            || (hash && folder.and_then(Path::parent) == Some(&self.shared))
    }
}
