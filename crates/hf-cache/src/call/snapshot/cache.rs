//! The files of a snapshot, into the cache.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use hf_transport::Result;
use hf_types::{CommitHash, DryRunFileInfo};

use super::SnapshotDownload;
use super::fleet::Fleet;
use crate::call::download::prepare_cache;
use crate::call::place::{CacheStore, FileSpec};
use crate::fetch::context::Context;
use crate::info::Snapshot;
use crate::store::disk::{create_dir_all, create_parents_inside};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::{FileLock, Mode, blocking};
use crate::store::refs::{read_ref, write_ref};

impl SnapshotDownload {
    pub(super) async fn to_cache(
        &self,
        cx: &Context,
        folder: RepoCacheDir,
        commit: CommitHash,
        specs: Vec<FileSpec>,
        workers: usize,
    ) -> Result<Snapshot> {
        let config = cx.client.config();
        let mut store = CacheStore {
            folder,
            symlinks: !config.disable_symlinks,
            shared_blobs: !config.disable_shared_blobs && !config.disable_xet,
            force: self.force_download,
            verify: self.verify,
        };
        let snapshot = store.folder.snapshot(&commit);
        if self.dry_run {
            return blocking(move || Ok(dry_run(&store, commit, specs))).await;
        }
        let (missing, present) = {
            let (store, call) = (store.clone(), self.clone());
            blocking(move || Ok(call.missing(&store, commit, specs))).await?
        };
        for spec in &present {
            cx.tell_present(spec.path.as_str(), spec.size);
        }
        if !missing.is_empty() {
            store.symlinks =
                prepare_cache(store.folder.cache_dir(), config.disable_symlinks).await?;
            let usage = FileLock::acquire(store.folder.usage_lock(), Mode::Shared).await?;
            let missing = {
                let (store, call) = (store.clone(), self.clone());
                blocking(move || call.prepare(&store, commit, &missing).map(|()| missing)).await?
            };
            let fleet = Fleet {
                cx: cx.clone(),
                store: Arc::new(store.clone()),
                repo_type: self.repo_type,
                repo_id: self.repo_id.clone(),
                commit,
                usage: Arc::new(usage),
            };
            fleet.run(missing, workers).await?;
        }
        let (folder, revision) = (store.folder.clone(), self.revision.clone());
        blocking(move || {
            // An empty snapshot is a folder too.
            let _ = fs::create_dir_all(folder.snapshot(&commit));
            if let Err(e) = write_ref(&folder, &revision, &commit) {
                tracing::warn!(error = %e, "could not note the commit of the revision");
            }
            Ok(())
        })
        .await?;
        Ok(Snapshot::Folder(snapshot))
    }

    /// Splits the files into those to fetch and those that are there.
    fn missing(
        &self,
        store: &CacheStore,
        commit: CommitHash,
        specs: Vec<FileSpec>,
    ) -> (Vec<FileSpec>, Vec<FileSpec>) {
        if self.force_download || !store.folder.snapshot(&commit).is_dir() {
            return (specs, Vec::new());
        }
        specs.into_iter().partition(|spec| {
            let there = fs::metadata(store.folder.pointer(&commit, &spec.path))
                .is_ok_and(|m| m.is_file() && spec.size.is_none_or(|size| size == m.len()));
            !there
        })
    }

    /// Creates the folders of the snapshot. A revision seen for the first time is noted before its files are there, so
    /// that what is there can be found; one that has moved is noted when all are.
    fn prepare(&self, store: &CacheStore, commit: CommitHash, specs: &[FileSpec]) -> Result<()> {
        let snapshot = store.folder.snapshot(&commit);
        create_dir_all(&snapshot)?;
        create_dir_all(&store.folder.blobs())?;
        let parents: BTreeSet<&str> = specs.iter().filter_map(|s| s.path.parent()).collect();
        for parent in parents {
            create_parents_inside(store.folder.path(), &snapshot.join(parent).join("x"))?;
        }
        if read_ref(&store.folder, &self.revision).is_none()
            && let Err(e) = write_ref(&store.folder, &self.revision, &commit)
        {
            tracing::warn!(error = %e, "could not note the commit of the revision");
        }
        Ok(())
    }
}

fn dry_run(store: &CacheStore, commit: CommitHash, specs: Vec<FileSpec>) -> Snapshot {
    let infos = specs.into_iter().map(|spec| {
        let pointer = store.folder.pointer(&commit, &spec.path);
        let is_cached = pointer.is_file() || store.has_blob(&spec);
        DryRunFileInfo {
            commit_hash: commit,
            file_size: spec.size,
            filename: spec.path.as_str().to_owned(),
            local_path: pointer,
            is_cached,
            will_download: store.force || !is_cached,
        }
    });
    Snapshot::DryRun(infos.collect())
}
