//! The files of a snapshot, into a folder of the user.

use std::sync::Arc;

use hf_transport::{Error, Result};
use hf_types::CommitHash;
use tokio::task::JoinSet;

use super::SnapshotDownload;
use crate::call::local::{self, LocalStore};
use crate::call::place::FileSpec;
use crate::fetch::context::Context;
use crate::fetch::metadata::resolve_target;
use crate::info::Snapshot;
use crate::store::local_dir::{LocalFile, prepare};
use crate::store::lock::{blocking, joined};
use crate::store::refs::write_ref;

impl SnapshotDownload {
    pub(super) async fn to_folder(
        &self,
        cx: &Context,
        local: LocalStore,
        commit: CommitHash,
        specs: Vec<FileSpec>,
        workers: usize,
    ) -> Result<Snapshot> {
        if self.dry_run {
            return blocking(move || {
                specs
                    .iter()
                    .map(|s| local::dry_run(&local, commit, s))
                    .collect::<Result<Vec<_>>>()
            })
            .await
            .map(Snapshot::DryRun);
        }
        let root = local.local_dir.clone();
        let missing = {
            let (cx, root, force) = (cx.clone(), root.clone(), self.force_download);
            blocking(move || {
                prepare(&root)?;
                let mut missing = Vec::new();
                for spec in specs {
                    let file = LocalFile::new(&root, &spec.path)?;
                    let current = !force
                        && file.file.is_file()
                        && file
                            .read_metadata()
                            .is_some_and(|m| m.commit == commit && m.etag == spec.etag);
                    if current {
                        cx.tell_present(spec.path.as_str(), spec.size);
                    } else {
                        missing.push(spec);
                    }
                }
                Ok::<_, Error>(missing)
            })
            .await?
        };
        let mut missing = missing.into_iter();
        let mut running = JoinSet::new();
        let local = Arc::new(local);
        loop {
            while running.len() < workers
                && let Some(spec) = missing.next()
            {
                let target =
                    resolve_target(self.repo_type, &self.repo_id, commit.as_str(), &spec.path);
                let (cx, local) = (cx.clone(), local.clone());
                running.spawn(async move { local.place(&cx, commit, spec, target, None).await });
            }
            match running.join_next().await {
                None => break,
                Some(done) => drop(joined(done)?),
            }
        }
        let (folder, revision) = (local.cache.clone(), self.revision.clone());
        blocking(move || {
            if let Err(e) = write_ref(&folder, &revision, &commit) {
                tracing::debug!(error = %e, "could not note the commit of the revision");
            }
            Ok(())
        })
        .await?;
        Ok(Snapshot::Folder(root))
    }
}
