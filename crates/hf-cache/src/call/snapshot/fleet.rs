//! Getting all the files that a snapshot lacks into the cache.
//!
//! Large files go one by one through [`CacheStore::place`]. Small ones are many, and what is done for each of them counts:
//! they come in batches of contents whose hashes start alike, with one lock per batch instead of one per file. Processes
//! at the same snapshot take different batches and so share the work. The lock of a single content, which Python takes,
//! is looked at and respected, but not made.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_transport::{Error, ErrorKind, Result};
use hf_types::{CommitHash, RepoId, RepoType};
use tokio::task::JoinSet;

use super::shelf::{Finished, Shelf};
use crate::call::place::{CacheStore, FileSpec, Patient};
use crate::fetch::context::Context;
use crate::fetch::metadata::resolve_target;
use crate::fetch::small::{self, SMALL};
use crate::fetch::source::Source;
use crate::fetch::transfer::Job;
use crate::store::layout::{BATCHES, batch_of};
use crate::store::lock::{Attempt, FileLock, LocalLock, Mode, blocking, joined};

/// With fewer small files at hand than this, the next batch is looked at.
const LOW: usize = 32;

/// What is held until a small content is in its place.
type Held = (LocalLock, Arc<FileLock>, Arc<FileLock>);

/// A small content to fetch.
struct Ticket {
    /// The files that have it.
    files: Vec<FileSpec>,
    in_process: LocalLock,
    batch: Arc<FileLock>,
}

/// What a look at a batch found.
#[derive(Default)]
struct Look {
    tickets: Vec<Ticket>,
    present: Vec<FileSpec>,
    /// Another task or process is at these.
    later: Vec<FileSpec>,
}

#[derive(Default)]
struct Plan {
    /// Files that go one by one.
    single: VecDeque<FileSpec>,
    batches: VecDeque<(usize, Vec<FileSpec>)>,
    tickets: VecDeque<Ticket>,
    /// What others are at comes last: they may be through by then.
    busy: VecDeque<(usize, Vec<FileSpec>)>,
    later: VecDeque<FileSpec>,
}

/// The files of one commit on their way into one cache.
pub(super) struct Fleet {
    pub(super) cx: Context,
    pub(super) store: Arc<CacheStore>,
    pub(super) repo_type: RepoType,
    pub(super) repo_id: RepoId,
    pub(super) commit: CommitHash,
    /// Held until all is in its place, even if the caller has gone.
    pub(super) usage: Arc<FileLock>,
}

struct Work {
    fleet: Fleet,
    shelf: Shelf<Held>,
    plan: Mutex<Plan>,
    refill: tokio::sync::Mutex<()>,
}

impl Fleet {
    /// Fetches files over at most `workers` connections.
    pub(super) async fn run(self, specs: Vec<FileSpec>, workers: usize) -> Result<()> {
        let mut plan = Plan::default();
        let mut batches: [Vec<FileSpec>; BATCHES] = Default::default();
        let workers = workers.min(specs.len());
        for spec in specs {
            let small = spec.size.is_some_and(|size| size <= SMALL);
            if small && self.cx.choose(&self.commit, &spec).is_none() {
                batches[batch_of(&spec.etag)].push(spec);
            } else {
                plan.single.push_back(spec);
            }
        }
        plan.batches = batches
            .into_iter()
            .enumerate()
            .filter(|(_, specs)| !specs.is_empty())
            .collect();
        let work = Arc::new(Work {
            shelf: Shelf::new(&self.cx, &self.store, self.commit),
            fleet: self,
            plan: Mutex::new(plan),
            refill: tokio::sync::Mutex::default(),
        });
        let mut running = JoinSet::new();
        for _ in 0..workers {
            running.spawn(work.clone().worker());
        }
        let mut outcome = Ok(());
        while let Some(done) = running.join_next().await {
            if let Err(e) = joined(done) {
                outcome = Err(e);
                break;
            }
        }
        running.shutdown().await;
        match Arc::into_inner(work) {
            Some(work) => work.shelf.finish().await.and(outcome),
            None => outcome,
        }
    }
}

impl Work {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn worker(self: Arc<Self>) -> Result<()> {
        loop {
            let single = self.plan().single.pop_front();
            if let Some(spec) = single {
                self.single(spec, Patient::No).await?;
                continue;
            }
            if let Some(ticket) = self.ticket().await? {
                self.small(ticket).await?;
                continue;
            }
            let later = self.plan().later.pop_front();
            let Some(spec) = later else { return Ok(()) };
            self.single(spec, Patient::Yes).await?;
        }
    }

    fn target(&self, spec: &FileSpec) -> String {
        let Fleet {
            repo_type,
            repo_id,
            commit,
            ..
        } = &self.fleet;
        resolve_target(*repo_type, repo_id, commit.as_str(), &spec.path)
    }

    async fn single(&self, spec: FileSpec, patient: Patient) -> Result<()> {
        let Fleet {
            cx, store, commit, ..
        } = &self.fleet;
        let target = self.target(&spec);
        let placed = store
            .place(cx, *commit, spec.clone(), target, None, patient)
            .await?;
        if placed.is_none() {
            self.plan().later.push_back(spec);
        }
        Ok(())
    }

    /// Fetches a small content and hands it over.
    async fn small(&self, ticket: Ticket) -> Result<()> {
        let Ticket {
            files,
            in_process,
            batch,
        } = ticket;
        let Fleet {
            cx, store, usage, ..
        } = &self.fleet;
        let Some(first) = files.first() else {
            return Ok(());
        };
        let blob = store.folder.blob(&first.etag);
        let size = first.size.unwrap_or_default();
        let job = Job {
            name: first.path.as_str().to_owned(),
            source: Source::new(self.target(first)),
            etag: first.etag.clone(),
            size: first.size,
            verify: store.verify,
            resume: false,
            stem: blob.clone(),
            destination: blob,
            chosen: None,
            told: AtomicU64::new(0),
        };
        let content = match small::fetch(cx, &job, size, None).await {
            Ok(content) => content,
            Err(e) => {
                cx.tell(ProgressEvent::FileEnd {
                    file: first.path.as_str(),
                    outcome: FileOutcome::Failed,
                });
                return Err(e);
            }
        };
        let budget = cx.room(content.len()).await?;
        let guards = (in_process, batch, usage.clone());
        let finished = Finished {
            files,
            content,
            budget,
            guards,
        };
        if self.shelf.put(finished).await {
            return Ok(());
        }
        // What ended it is the error that counts; this one only ends the worker.
        Err(Error::new(
            ErrorKind::Io,
            "a file could not be put in place",
        ))
    }

    /// The next small content to fetch; `None` when there are no more.
    async fn ticket(&self) -> Result<Option<Ticket>> {
        loop {
            let (ticket, left) = {
                let mut plan = self.plan();
                (plan.tickets.pop_front(), plan.tickets.len())
            };
            if let Some(ticket) = ticket {
                // Whoever finds few left looks at the next batch while the others go on.
                if left < LOW
                    && let Ok(_refilling) = self.refill.try_lock()
                {
                    self.refill().await?;
                }
                return Ok(Some(ticket));
            }
            let _refilling = self.refill.lock().await;
            if self.plan().tickets.is_empty() && !self.refill().await? && !self.wait().await? {
                return Ok(None);
            }
        }
    }

    /// Looks at batches that nobody is at until there is something to fetch; `false` if there are no more.
    async fn refill(&self) -> Result<bool> {
        loop {
            let next = self.plan().batches.pop_front();
            let Some((batch, specs)) = next else {
                return Ok(false);
            };
            let path = self.fleet.store.folder.batch_lock(batch);
            match blocking(move || Ok(FileLock::try_acquire(&path, Mode::Exclusive))).await? {
                Attempt::Held(lock) => {
                    if self.look(lock, specs).await? {
                        return Ok(true);
                    }
                }
                Attempt::Busy(_) => self.plan().busy.push_back((batch, specs)),
            }
        }
    }

    /// Waits for a batch that another process is at; `false` if there is none.
    async fn wait(&self) -> Result<bool> {
        loop {
            let next = self.plan().busy.pop_front();
            let Some((batch, specs)) = next else {
                return Ok(false);
            };
            let path = self.fleet.store.folder.batch_lock(batch);
            let lock = FileLock::acquire(path, Mode::Exclusive).await?;
            if self.look(lock, specs).await? {
                return Ok(true);
            }
        }
    }
}

impl Work {
    /// Looks at a batch whose lock is held; whether there is something to fetch.
    async fn look(&self, lock: FileLock, specs: Vec<FileSpec>) -> Result<bool> {
        let (store, commit) = (self.fleet.store.clone(), self.fleet.commit);
        let look = blocking(move || look(&store, &commit, lock, specs)).await?;
        for spec in &look.present {
            self.fleet.cx.tell_present(spec.path.as_str(), spec.size);
        }
        let mut plan = self.plan();
        plan.later.extend(look.later);
        let found = !look.tickets.is_empty();
        plan.tickets.extend(look.tickets);
        Ok(found)
    }
}

/// What there is to do for the files of a batch. Contents that are there are linked right away.
fn look(
    store: &CacheStore,
    commit: &CommitHash,
    lock: FileLock,
    mut specs: Vec<FileSpec>,
) -> Result<Look> {
    fn content(spec: &FileSpec) -> (&str, Option<u64>) {
        (spec.etag.as_str(), spec.size)
    }
    let batch = Arc::new(lock);
    let mut look = Look::default();
    specs.sort_by(|a, b| content(a).cmp(&content(b)));
    let mut specs = specs.into_iter().peekable();
    while let Some(first) = specs.next() {
        let mut files = vec![first];
        while let Some(same) = specs.next_if(|spec| content(spec) == content(&files[0])) {
            files.push(same);
        }
        let etag = &files[0].etag;
        let in_process = LocalLock::try_acquire(&store.folder.blob(etag));
        let (Some(in_process), false) = (in_process, FileLock::is_held(&store.folder.lock(etag)))
        else {
            look.later.extend(files);
            continue;
        };
        if store.is_there(&files[0]) {
            for file in &files {
                store.link_prepared(commit, file)?;
            }
            look.present.extend(files);
        } else {
            look.tickets.push(Ticket {
                files,
                in_process,
                batch: batch.clone(),
            });
        }
    }
    Ok(look)
}
