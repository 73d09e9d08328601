//! Downloads the files of a snapshot over several connections.

use std::sync::Arc;

use hf_transport::Result;
use hf_types::CommitHash;
use tokio::task::JoinSet;

use super::bulk::Bulk;
use super::files::Files;
use crate::call::destination::Destination;
use crate::call::ensure::{Found, WhenLocked, ensure};
use crate::call::session::Session;
use crate::fetch::small::SMALL;
use crate::store::lock::joined;
use crate::store::spec::FileSpec;

/// The number of small files from which on they are downloaded in bulk. Fewer files each take the ordinary
/// path, with a lock per file that other processes respect.
const BULK_FROM: usize = 64;

struct Work<D> {
    session: Session,
    destination: D,
    commit: CommitHash,
    files: Files,
    bulk: Option<Bulk<D>>,
    /// Files that another task or process is downloading. They are tried last, because they may exist by
    /// then.
    deferred: Arc<Files>,
}

/// Ensures that all files exist. The first failure stops the others.
pub(super) async fn run<D: Destination>(
    session: &Session,
    destination: &D,
    commit: CommitHash,
    specs: Vec<FileSpec>,
) -> Result<()> {
    let workers = session.workers.min(specs.len());
    let most = session.cx.max_connections().min(specs.len());
    let deferred = Arc::new(Files::default());
    let (mut small, mut files): (Vec<_>, Vec<_>) = specs.into_iter().partition(|spec| {
        spec.size.is_some_and(|size| size <= SMALL) && session.accepted(commit, spec).is_none()
    });
    let bulk = match destination.bulk_lock(&commit) {
        Some(lock) if small.len() >= BULK_FROM => Some(Bulk::new(
            session,
            destination,
            commit,
            lock,
            small,
            deferred.clone(),
        )?),
        _ => {
            files.append(&mut small);
            None
        }
    };
    let work = Arc::new(Work {
        session: session.clone(),
        destination: destination.clone(),
        commit,
        files: Files::new(files),
        bulk,
        deferred,
    });
    let mut running = JoinSet::new();
    for _ in 0..workers {
        running.spawn(work.clone().worker());
    }
    if work.bulk.is_some() {
        // They wait until more connections are worth it.
        for _ in workers..most {
            running.spawn(work.clone().bulk_worker());
        }
    }
    let mut outcome = Ok(());
    while let Some(ended) = running.join_next().await {
        if let Err(e) = joined(ended) {
            outcome = Err(e);
            break;
        }
    }
    running.shutdown().await;
    match Arc::into_inner(work).and_then(|work| work.bulk) {
        // A write failure is the cause of the errors that the workers report.
        Some(bulk) => bulk.finish().await.and(outcome),
        None => outcome,
    }
}

impl<D: Destination> Work<D> {
    async fn worker(self: Arc<Self>) -> Result<()> {
        loop {
            if let Some(spec) = self.files.next() {
                self.ensure(spec, WhenLocked::Skip).await?;
            } else if self.fetch_in_bulk().await? {
            } else if let Some(spec) = self.deferred.next() {
                self.ensure(spec, WhenLocked::Wait).await?;
            } else {
                return Ok(());
            }
        }
    }

    async fn bulk_worker(self: Arc<Self>) -> Result<()> {
        while self.fetch_in_bulk().await? {}
        Ok(())
    }

    async fn ensure(&self, spec: FileSpec, when_locked: WhenLocked) -> Result<()> {
        let Self {
            session,
            destination,
            commit,
            ..
        } = self;
        let found = Found::default();
        let ensured = ensure(
            session,
            destination,
            *commit,
            spec.clone(),
            found,
            when_locked,
        )
        .await?;
        if ensured.is_none() {
            self.deferred.push([spec]);
        }
        Ok(())
    }

    /// Downloads the next small file. Returns `false` if there are no more.
    async fn fetch_in_bulk(&self) -> Result<bool> {
        match &self.bulk {
            Some(bulk) => bulk.fetch_next().await,
            None => Ok(false),
        }
    }
}
