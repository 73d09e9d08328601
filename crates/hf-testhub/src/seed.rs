//! Fills a Hub without HTTP.
use std::sync::Arc;

use jiff::Timestamp;

use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::op::Op;
use crate::routes::{insert_bucket, legal_path, note_large_files, store_object, xet_hash};
use crate::store::{
    Attributes, BucketFile, Change, CommitRequest, Entry, Gated, Oid, apply_changes, existing,
    new_repo,
};

/// # Filling it without HTTP
///
/// These methods panic if a repository or revision does not exist, which is a mistake in the test.
impl Hub {
    /// Creates a repository with its first commit (`.gitattributes`), under any namespace. Spaces
    /// use gradio.
    ///
    /// # Panics
    /// Panics if it exists.
    pub fn create_repo(&self, repo_type: RepoType, id: &str) -> RepoName {
        let name = RepoName::new(repo_type, id);
        let mut state = self.change();
        assert!(!state.repos.contains_key(&name), "{name} exists already");
        let author = name.owner().to_owned();
        new_repo(&mut state, &name, &author);
        if repo_type == RepoType::Space
            && let Some(repo) = state.repos.get_mut(&name)
        {
            repo.sdk = Some("gradio".to_owned());
        }
        name
    }

    /// Commits one file to `main` and returns the commit id.
    pub fn add_file(
        &self,
        repo: impl Into<RepoName>,
        path: &str,
        content: impl Into<Blob>,
    ) -> String {
        self.commit(repo, &format!("Add {path}"), [Op::add(path, content)])
    }

    /// Commits to `main` and returns the commit id.
    pub fn commit(
        &self,
        repo: impl Into<RepoName>,
        title: &str,
        operations: impl IntoIterator<Item = Op>,
    ) -> String {
        self.commit_to(repo, "main", title, operations)
    }

    /// Commits to a branch or `refs/pr/N` and returns the commit id.
    ///
    /// # Panics
    /// Panics if the repository or the revision does not exist, a path is invalid, or a file to
    /// delete does not exist.
    pub fn commit_to(
        &self,
        repo: impl Into<RepoName>,
        revision: &str,
        title: &str,
        operations: impl IntoIterator<Item = Op>,
    ) -> String {
        let name = repo.into();
        let operations: Vec<Op> = operations.into_iter().collect();
        // Hashing may take long, so it is done without holding the lock.
        for blob in operations.iter().filter_map(|op| op.content.as_ref()) {
            let _ = blob.sha256();
        }
        let mut state = self.change();
        let number = state.next_number();
        let threshold = state.settings.lfs_threshold;
        let repo = existing(&mut state, &name);
        let reference = repo
            .full_ref(revision)
            .unwrap_or_else(|| panic!("{name} has no branch {revision}"));
        let head = repo.refs[&reference].clone();
        let tree = repo.tree(&head).unwrap_or_default();
        let attributes = tree
            .get(".gitattributes")
            .and_then(|entry| entry.blob.to_bytes())
            .map_or_else(
                || Attributes::parse(""),
                |text| Attributes::parse(&String::from_utf8_lossy(&text)),
            );
        let mut changes: Vec<Change> = Vec::with_capacity(operations.len());
        let mut large = Vec::new();
        for operation in operations {
            let path =
                legal_path(&operation.path).unwrap_or_else(|error| panic!("{}", error.message));
            let entry = operation.content.map(|blob| {
                let nowhere: Oid = Arc::from("");
                if !blob.is_empty() && (attributes.is_lfs(path) || blob.len() >= threshold) {
                    large.push(blob.clone());
                    Entry::large(blob, nowhere)
                } else {
                    Entry::regular(blob, nowhere)
                }
            });
            assert!(
                entry.is_some() || tree.contains_key(path),
                "{name} has no file {path} to delete"
            );
            changes.push((Arc::from(path), entry));
        }
        drop(tree);
        for blob in large {
            store_object(&mut state, &name, blob);
        }
        let repo = existing(&mut state, &name);
        note_large_files(repo, &changes, &reference, name.owner());
        let request = CommitRequest {
            title: title.to_owned(),
            message: String::new(),
            author: name.owner().to_owned(),
            changes,
            number,
        };
        apply_changes(repo, &reference, Some(&head), request).to_string()
    }

    /// Creates a branch at a revision. A name below `refs/` is taken as it is: `refs/convert/parquet`.
    pub fn create_branch(&self, repo: impl Into<RepoName>, branch: &str, revision: &str) {
        let (name, oid) = self.oid(repo.into(), revision);
        let mut state = self.change();
        existing(&mut state, &name)
            .refs
            .insert(name_of_branch(branch), oid);
    }

    /// Creates a tag at a revision.
    pub fn create_tag(&self, repo: impl Into<RepoName>, tag: &str, revision: &str) {
        let (name, oid) = self.oid(repo.into(), revision);
        let mut state = self.change();
        existing(&mut state, &name)
            .refs
            .insert(format!("refs/tags/{tag}"), oid);
    }

    pub(crate) fn oid(&self, name: RepoName, revision: &str) -> (RepoName, Oid) {
        let mut state = self.state();
        let oid = existing(&mut state, &name).resolve(revision);
        let oid = oid.unwrap_or_else(|| panic!("{name} has no revision {revision}"));
        (name, oid)
    }

    /// Sets whether the repository is visible only to its owner.
    pub fn set_private(&self, repo: impl Into<RepoName>, private: bool) {
        existing(&mut self.change(), &repo.into()).private = private;
    }

    /// Sets whether others must request access.
    pub fn set_gated(&self, repo: impl Into<RepoName>, gated: Gated) {
        existing(&mut self.change(), &repo.into()).gated = gated;
    }

    /// Grants a user access to a gated repository.
    pub fn grant_access(&self, repo: impl Into<RepoName>, user: &str) {
        existing(&mut self.change(), &repo.into())
            .granted
            .insert(user.to_owned());
    }

    /// Sets whether requests for its files are refused with 403.
    pub fn set_disabled(&self, repo: impl Into<RepoName>, disabled: bool) {
        existing(&mut self.change(), &repo.into()).disabled = disabled;
    }

    /// Renames a repository. The old name redirects to the new one.
    pub fn rename(&self, from: impl Into<RepoName>, to: &str) -> RepoName {
        let from = from.into();
        let to = RepoName::new(from.repo_type, to);
        let mut state = self.change();
        existing(&mut state, &from);
        state.rename_repo(&from, &to);
        to
    }

    /// Deletes a repository.
    pub fn delete_repo(&self, repo: impl Into<RepoName>) {
        let name = repo.into();
        assert!(
            self.change().remove_repo(&name).is_some(),
            "there is no {name}"
        );
    }

    /// Sets members that the real Hub computes (`safetensors`, `inference`, `apps`, ...). `expand`
    /// returns them, and lists can be filtered by them.
    ///
    /// # Panics
    /// Panics if the repository does not exist, or if `members` is not an object.
    pub fn set_members(&self, repo: impl Into<RepoName>, members: serde_json::Value) {
        let serde_json::Value::Object(members) = members else {
            panic!("members are an object, not {members}");
        };
        existing(&mut self.change(), &repo.into())
            .members
            .extend(members);
    }

    /// Starts a Space, with these lines in its log.
    ///
    /// # Panics
    /// Panics if the repository does not exist.
    pub fn run_space(&self, repo: impl Into<RepoName>, log: &[&str]) {
        let mut state = self.change();
        let space = &mut existing(&mut state, &repo.into()).space;
        space.stage = "RUNNING";
        space.hardware = Some(space.requested.clone());
        space.build_log = vec!["===== Build Queued =====".to_owned()];
        space.run_log = log.iter().map(ToString::to_string).collect();
    }

    /// Creates an empty bucket.
    pub fn create_bucket(&self, id: &str) {
        let mut state = self.change();
        let object_id = state.object_id();
        insert_bucket(&mut state, id, object_id, false);
    }

    /// Adds a file to a bucket and its content to the storage. Returns its Xet hash.
    ///
    /// # Panics
    /// Panics if the bucket does not exist.
    pub fn add_bucket_file(&self, bucket: &str, path: &str, content: impl Into<Blob>) -> String {
        let hash = self.add_xet_file(content);
        let size = self.xet().file(&hash).map_or(0, |blob| blob.len());
        let mut state = self.change();
        let bucket = state
            .services
            .buckets
            .get_mut(bucket)
            .unwrap_or_else(|| panic!("there is no bucket {bucket}"));
        let file = BucketFile {
            size,
            xet_hash: hash.clone(),
            mtime: None,
            uploaded: Timestamp::now(),
            content_type: None,
        };
        bucket.insert(path.to_owned(), file);
        hash
    }

    /// Adds content to the content store, to which bucket operations can then refer. Returns its Xet hash.
    ///
    /// # Panics
    /// Panics if the content was discarded after an upload.
    pub fn add_xet_file(&self, content: impl Into<Blob>) -> String {
        let hash = xet_hash(self, &content.into());
        hash.expect("a content that is there has a hash")
    }

    /// Returns the paths of all files in a bucket, sorted, or `None` if the bucket does not exist.
    pub fn bucket_files(&self, bucket: &str) -> Option<Vec<String>> {
        let state = self.state();
        let bucket = state.services.buckets.get(bucket)?;
        Some(bucket.files.keys().cloned().collect())
    }
}

/// Returns the full name of a branch; a name below `refs/` is one already.
fn name_of_branch(branch: &str) -> String {
    if branch.starts_with("refs/") {
        branch.to_owned()
    } else {
        format!("refs/heads/{branch}")
    }
}
