//! The layout of the cache folder.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hf_transport::Durability;
use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType, Revision};

use super::fs;

/// The paths of everything that the cache keeps for one repository.
///
/// ```text
/// <cache_dir>/models--org--name/
///   blobs/<etag>                     content, named after its ETag
///   refs/<revision>                  the commit that a branch or tag had when last seen
///   snapshots/<commit>/<path>        relative links to blobs
///   trees/<commit>.json              the file list of a commit
///   .no_exist/<commit>/<path>        files known not to exist
/// <cache_dir>/.locks/models--org--name/<etag>.lock
/// ```
///
/// Every name comes from a validated type, so no path can leave the folder.
///
/// ```
/// use hf_cache::RepoCacheDir;
/// use hf_types::RepoType;
/// let folder = RepoCacheDir::new("/cache", RepoType::Model, &"org/name".parse()?);
/// assert!(folder.path().ends_with("models--org--name"));
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoCacheDir {
    cache_dir: PathBuf,
    name: String,
    path: PathBuf,
    durability: Durability,
}

impl RepoCacheDir {
    /// Returns the folder of `repo_id` below `cache_dir`. Nothing is created.
    pub fn new(cache_dir: impl Into<PathBuf>, repo_type: RepoType, repo_id: &RepoId) -> Self {
        let cache_dir = cache_dir.into();
        let name = repo_folder_name(repo_type, repo_id);
        let path = cache_dir.join(&name);
        Self {
            cache_dir,
            name,
            path,
            durability: Durability::default(),
        }
    }

    /// Returns the folder of `repo_id` as it exists on disk: the same, or an existing one that differs only
    /// in case. The Hub treats both spellings as one repository.
    ///
    /// ```
    /// # let cache = tempfile::tempdir()?;
    /// use hf_cache::RepoCacheDir;
    /// use hf_types::RepoType;
    /// std::fs::create_dir(cache.path().join("models--Org--Name"))?;
    /// let folder = RepoCacheDir::find(cache.path(), RepoType::Model, &"org/name".parse()?);
    /// assert!(folder.path().ends_with("models--Org--Name"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find(cache_dir: impl Into<PathBuf>, repo_type: RepoType, repo_id: &RepoId) -> Self {
        let mut folder = Self::new(cache_dir, repo_type, repo_id);
        if fs::symlink_metadata(&folder.path).is_ok() {
            return folder;
        }
        let entries = fs::read_dir(&folder.cache_dir).into_iter().flatten();
        let names = entries.flatten().map(|e| e.file_name());
        let same = |name: &OsString| {
            name.to_str()
                .is_some_and(|n| n.eq_ignore_ascii_case(&folder.name))
        };
        if let Some(name) = names.filter(same).min() {
            folder.name = name.to_string_lossy().into_owned();
            folder.path = folder.cache_dir.join(&folder.name);
        }
        folder
    }

    /// Sets whether files written here are synced to disk.
    #[must_use]
    pub(crate) fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    /// Returns the folder of the repository: `<cache_dir>/models--org--name`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the cache folder that contains the repository.
    pub fn cache_dir(&self) -> &Path {
        &self.cache_dir
    }

    /// Returns the folder of the blobs.
    pub fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Returns the path of the blob with this ETag.
    pub fn blob(&self, etag: &Etag) -> PathBuf {
        below(&self.path, ["blobs", etag.as_str()].into_iter())
    }

    /// Returns the folder of the snapshots.
    pub fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    /// Returns the folder with the files of one commit.
    pub fn snapshot(&self, commit: &CommitHash) -> PathBuf {
        below(&self.path, ["snapshots", commit.as_str()].into_iter())
    }

    /// Returns the path of one file of one commit, which is a link to its blob.
    pub fn pointer(&self, commit: &CommitHash, file: &RepoPath) -> PathBuf {
        let folder = ["snapshots", commit.as_str()].into_iter();
        below(&self.path, folder.chain(file.as_str().split('/')))
    }

    /// Returns the path of the marker that a file does not exist at a commit.
    pub fn no_exist(&self, commit: &CommitHash, file: &RepoPath) -> PathBuf {
        let folder = [".no_exist", commit.as_str()].into_iter();
        below(&self.path, folder.chain(file.as_str().split('/')))
    }

    /// Returns the folder of the refs.
    pub fn refs(&self) -> PathBuf {
        self.path.join("refs")
    }

    /// Returns the path of the file that holds the commit of a branch or tag.
    pub fn reference(&self, revision: &Revision) -> PathBuf {
        let mut path = self.path.join("refs");
        path.extend(revision.as_str().split('/'));
        path
    }

    /// Returns the folder of the locks of this repository.
    pub fn locks(&self) -> PathBuf {
        below(&self.cache_dir, [".locks", &self.name].into_iter())
    }

    /// Returns the path of the lock that Python's client also takes while it downloads this blob.
    pub fn lock(&self, etag: &Etag) -> PathBuf {
        let file = format!("{}.lock", etag.as_str());
        below(&self.cache_dir, [".locks", &self.name, &file].into_iter())
    }

    /// Returns the path of the lock for the small files of a commit. Commits that start with the same digit
    /// share one, so that a repository has few of them.
    pub(crate) fn bulk_lock(&self, commit: &CommitHash) -> PathBuf {
        let digit = commit.as_str().get(..1).unwrap_or_default();
        self.locks().join(format!(".small-{digit}.lock"))
    }

    /// Returns the path of the lock that downloads hold shared and deletions hold exclusively.
    pub fn usage_lock(&self) -> PathBuf {
        self.locks().join(".usage.lock")
    }
}

/// Returns the name of a repository's folder: `models--org--name`.
///
/// ```
/// use hf_types::RepoType;
/// let name = hf_cache::repo_folder_name(RepoType::Dataset, &"org/data".parse()?);
/// assert_eq!(name, "datasets--org--data");
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
pub fn repo_folder_name(repo_type: RepoType, repo_id: &RepoId) -> String {
    let mut name = String::with_capacity(repo_id.as_str().len() + 16);
    name.push_str(repo_type.api_plural());
    for part in repo_id.as_str().split('/') {
        name.push_str("--");
        name.push_str(part);
    }
    name
}

/// Parses a folder name back into a repository; the inverse of [`repo_folder_name`].
pub(crate) fn parse_repo_folder_name(name: &str) -> Result<(RepoType, RepoId), String> {
    let Some((prefix, rest)) = name.split_once("--") else {
        return Err("its name is not `<type>s--<namespace>--<name>`".to_owned());
    };
    let Some(repo_type) = RepoType::from_plural(prefix) else {
        return Err(format!(
            "`{prefix}` is not one of models, datasets, spaces, kernels"
        ));
    };
    if rest.contains('/') {
        return Err("a slash is part of no name of a folder".to_owned());
    }
    let repo_id = rest
        .replace("--", "/")
        .parse::<RepoId>()
        .map_err(|e| e.to_string())?;
    Ok((repo_type, repo_id))
}

/// Joins names to a path, in one allocation: paths are made several times for each file of a snapshot.
fn below<'a>(base: &Path, names: impl Iterator<Item = &'a str> + Clone) -> PathBuf {
    let len = names.clone().map(|name| name.len() + 1).sum::<usize>();
    let mut path = PathBuf::with_capacity(base.as_os_str().len() + len);
    path.push(base);
    path.extend(names);
    path
}

pub(crate) fn join_path(mut base: PathBuf, file: &RepoPath) -> PathBuf {
    base.extend(file.segments());
    base
}

/// Returns the relative target of a link at `<repo>/snapshots/<commit>/<file>` to `<repo>/blobs/<etag>`.
pub(crate) fn pointer_target(file: &RepoPath, etag: &Etag) -> PathBuf {
    let depth = file.segments().count() + 1;
    let mut target = String::with_capacity(depth * 3 + 80);
    for _ in 0..depth {
        target.push_str("../");
    }
    let _ = write!(target, "blobs/{etag}");
    PathBuf::from(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_pythons() {
        let id: RepoId = "org/name".parse().unwrap();
        let f = RepoCacheDir::new("/c", RepoType::Model, &id);
        let commit: CommitHash = "a".repeat(40).parse().unwrap();
        let etag: Etag = "\"abc\"".parse().unwrap();
        let file: RepoPath = "a/b.txt".parse().unwrap();
        let refs: Revision = "refs/pr/1".parse().unwrap();
        let show = |p: PathBuf| p.to_string_lossy().replace('\\', "/");
        assert_eq!(show(f.blob(&etag)), "/c/models--org--name/blobs/abc");
        assert_eq!(
            show(f.pointer(&commit, &file)),
            format!("/c/models--org--name/snapshots/{commit}/a/b.txt")
        );
        assert_eq!(
            show(f.reference(&refs)),
            "/c/models--org--name/refs/refs/pr/1"
        );
        assert_eq!(show(f.lock(&etag)), "/c/.locks/models--org--name/abc.lock");
        assert_eq!(
            show(f.bulk_lock(&commit)),
            "/c/.locks/models--org--name/.small-a.lock"
        );
        assert_eq!(show(pointer_target(&file, &etag)), "../../../blobs/abc");
        assert_eq!(
            show(f.no_exist(&commit, &file)),
            format!("/c/models--org--name/.no_exist/{commit}/a/b.txt")
        );
    }

    #[test]
    fn another_spelling_of_a_repository_finds_its_folder() {
        let cache = tempfile::tempdir().unwrap();
        let find = |id: &str| {
            let folder = RepoCacheDir::find(cache.path(), RepoType::Model, &id.parse().unwrap());
            folder
                .path()
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(find("Org/Name"), "models--Org--Name");
        std::fs::create_dir(cache.path().join("models--org--name")).unwrap();
        std::fs::create_dir(cache.path().join("datasets--Org--Name")).unwrap();
        // A file system that ignores case finds it under either name.
        let ignores_case = cache.path().join("MODELS--org--name").exists();
        let found = if ignores_case {
            "models--Org--Name"
        } else {
            "models--org--name"
        };
        assert_eq!(find("Org/Name"), found);
        assert_eq!(find("org/other"), "models--org--other");
        let upper = cache.path().join("models--Org--Name");
        if std::fs::create_dir(upper).is_ok() {
            assert_eq!(find("Org/Name"), "models--Org--Name", "its own comes first");
        }
    }

    #[test]
    fn folder_names_go_both_ways() {
        for (repo_type, id) in [
            (RepoType::Model, "gpt2"),
            (RepoType::Dataset, "org/data"),
            (RepoType::Space, "a/b.c"),
            (RepoType::Kernel, "k/k"),
        ] {
            let id: RepoId = id.parse().unwrap();
            let name = repo_folder_name(repo_type, &id);
            assert_eq!(parse_repo_folder_name(&name), Ok((repo_type, id)));
        }
        for bad in [
            "models",
            "blobs--x",
            "models--a--b--c",
            "models--a/b",
            "models--..",
            "models--",
        ] {
            assert!(parse_repo_folder_name(bad).is_err(), "{bad}");
        }
    }
}
