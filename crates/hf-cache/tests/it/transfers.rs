//! Ways beside plain HTTP: chosen per file, with HTTP to fall back on.

use std::fs;
use std::sync::{Arc, Mutex};

use hf_cache::{DownloadFile, DownloadJob, DownloadTransfer};
use hf_testhub::Blob;
use hf_transport::progress::{ProgressEvent, ProgressSink};
use hf_transport::{BoxFuture, Error, ErrorKind, Result};

use crate::support::{LARGE, REPO, World, ranges, text};

const SIZE: u64 = LARGE + 500_000;
const HALF: usize = 750_000;

fn big() -> Blob {
    Blob::synthetic(5, SIZE)
}

/// What a scripted transfer does with a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Bring,
    /// Brings half of it and fails.
    Half,
    /// Brings half, of which a byte is wrong, and fails.
    WrongHalf,
    /// Brings all, of which a byte is wrong.
    Wrong,
    /// Says that half was all.
    Short,
    /// Brings more than there is.
    Long,
    /// Begins again after half of it.
    Again,
    /// Fails before the first byte.
    Fail,
}

/// Brings large files that it knows, as the script says.
#[derive(Debug)]
struct Scripted {
    act: Act,
    content: Vec<u8>,
    /// Where each file was when it was asked for.
    log: Mutex<Vec<(String, u64)>>,
}

impl Scripted {
    fn new(act: Act) -> Arc<Self> {
        Arc::new(Self {
            act,
            content: big().to_bytes().unwrap().to_vec(),
            log: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<(String, u64)> {
        self.log.lock().unwrap().clone()
    }
}

impl DownloadTransfer for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn accepts(&self, file: &DownloadFile) -> bool {
        assert_eq!(file.repo_id().as_str(), REPO);
        assert_eq!(file.commit().as_str().len(), 40);
        file.size() == Some(SIZE) && *file.etag() == *big().sha256()
    }

    fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>> {
        let entry = (job.file().path().to_string(), job.position());
        self.log.lock().unwrap().push(entry);
        Box::pin(async move {
            let mut content = self.content.clone();
            if matches!(self.act, Act::Wrong | Act::WrongHalf) {
                content[1000] ^= 1;
            }
            let at = usize::try_from(job.position()).unwrap();
            match self.act {
                Act::Fail => {}
                Act::Half | Act::WrongHalf | Act::Short => {
                    job.write(content[at..HALF.max(at)].to_vec().into()).await?;
                }
                Act::Again => {
                    job.write(content[at..HALF.max(at)].to_vec().into()).await?;
                    job.restart().await?;
                    assert_eq!(job.position(), 0);
                    job.write(content.into()).await?;
                }
                Act::Bring | Act::Wrong | Act::Long => {
                    for part in content[at..].chunks(70_000) {
                        job.write(part.to_vec().into()).await?;
                    }
                    if self.act == Act::Long {
                        job.write("more".into()).await?;
                    }
                }
            }
            match self.act {
                Act::Half | Act::WrongHalf | Act::Fail => Err(Error::network("out of script")),
                _ => Ok(()),
            }
        })
    }
}

/// Brings half of a file and never ends.
#[derive(Debug)]
struct Endless(Vec<u8>);
impl DownloadTransfer for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }
    fn accepts(&self, _: &DownloadFile) -> bool {
        true
    }
    fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            job.write(self.0[..HALF].to_vec().into()).await?;
            std::future::pending().await
        })
    }
}

/// Adds up what counts.
#[derive(Default)]
struct Sum(Mutex<i128>);

impl ProgressSink for Sum {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        let by = match event {
            ProgressEvent::FileBegin { already: n, .. }
            | ProgressEvent::Transferred { bytes: n, .. } => i128::from(*n),
            ProgressEvent::Restarted { bytes, .. } => -i128::from(*bytes),
            _ => 0,
        };
        *self.0.lock().unwrap() += by;
    }
}

async fn world() -> World {
    World::with([("big", big()), ("small", text("small content"))]).await
}

fn fetched(world: &World) -> usize {
    world
        .hub
        .count_requests(|r| r.path.starts_with("/objects/"))
}

#[tokio::test]
async fn each_failure_falls_back_and_nothing_wrong_is_kept() {
    // What it does, how often the storage is asked then, and from where.
    let cases: [(Act, usize, Option<usize>); 8] = [
        (Act::Bring, 0, None),
        (Act::Again, 0, None),
        (Act::Half, 1, Some(HALF)),
        (Act::Short, 1, Some(HALF)),
        (Act::Fail, 1, None),
        (Act::Wrong, 1, None),
        // The rest, and when the whole turned out to be wrong, all of it.
        (Act::WrongHalf, 2, Some(HALF)),
        // The file was whole, and one byte more was refused.
        (Act::Long, 0, None),
    ];
    for (act, gets, from) in cases {
        for force in [false, true] {
            let world = world().await;
            let scripted = Scripted::new(act);
            let sum = Arc::new(Sum::default());
            let call = world
                .download("big")
                .force_download(force)
                .transfer(scripted.clone())
                .progress(sum.clone());
            let path = call.run(&world.client).await.unwrap();
            assert!(fs::read(path).unwrap() == scripted.content, "{act:?}");
            assert_eq!(scripted.asked(), [("big".to_owned(), 0)], "{act:?}");
            assert_eq!(*sum.0.lock().unwrap(), i128::from(SIZE), "{act:?}");
            world.assert_sound();
            assert!(world.partials().is_empty(), "{act:?} {force}");
            // Who forces trusts nothing that was there before.
            let (gets, from) = match (force, act) {
                (true, Act::Half | Act::Short | Act::WrongHalf | Act::Long) => (1, None),
                _ => (gets, from),
            };
            assert_eq!(fetched(&world), gets, "{act:?} {force}");
            let first = ranges(&world.hub.requests()).into_iter().next();
            assert_eq!(first, from.map(|at| format!("bytes={at}-")), "{act:?}");
        }
    }
}

#[tokio::test]
async fn chosen_per_file_and_in_order_in_a_snapshot() {
    let world = world().await;
    world.commit([("other", Blob::synthetic(6, LARGE))]);
    world.requests();
    let (first, second) = (Scripted::new(Act::Half), Scripted::new(Act::Bring));
    let call = world
        .snapshot()
        .transfer(second.clone())
        .transfer(first.clone());
    let folder = call.run(&world.client).await.unwrap();
    world.assert_snapshot(&folder, "main");
    world.assert_sound();
    assert_eq!(first.asked(), [("big".to_owned(), 0)]);
    assert_eq!(second.asked(), [("big".to_owned(), HALF as u64)]);
    assert_eq!(fetched(&world), 1, "`other`, which neither of them takes");
}

#[tokio::test]
async fn a_small_file_and_a_local_folder_have_the_choice_too() {
    /// Brings `small` alone.
    #[derive(Debug)]
    struct Small;

    impl DownloadTransfer for Small {
        fn name(&self) -> &'static str {
            "small"
        }
        fn accepts(&self, file: &DownloadFile) -> bool {
            file.path().as_str() == "small"
        }
        fn download<'a>(&'a self, job: &'a DownloadJob<'_>) -> BoxFuture<'a, Result<()>> {
            Box::pin(job.write("small content".into()))
        }
    }

    let world = world().await;
    for local in [false, true] {
        let mut call = world
            .snapshot()
            .allow_patterns(["small", "big"])
            .cache_dir(world.local().with_file_name(format!("cache-{local}")))
            .transfer(Scripted::new(Act::Bring))
            .transfer(Arc::new(Small));
        if local {
            call = call.local_dir(world.local());
        }
        let folder = call.run(&world.client).await.unwrap();
        assert_eq!(fs::read(folder.join("small")).unwrap(), b"small content");
        assert!(fs::read(folder.join("big")).unwrap() == big().to_bytes().unwrap());
    }
    assert_eq!(
        world.hub.count_requests(|r| r.path.contains("/resolve")),
        0,
        "no file came from the Hub"
    );
}

#[tokio::test]
async fn what_one_process_left_another_way_goes_on_with() {
    let world = world().await;
    let mut call = world.download("big");
    // A first call is dropped in the middle.
    call = call.transfer(Arc::new(Endless(big().to_bytes().unwrap().to_vec())));
    let arrived = Arc::new(tokio::sync::Notify::new());
    let (notify, so_far) = (arrived.clone(), Mutex::new(0));
    call = call.on_progress(move |event| {
        if let ProgressEvent::Transferred { bytes, .. } = event {
            let mut so_far = so_far.lock().unwrap();
            *so_far += bytes;
            if *so_far == HALF as u64 {
                notify.notify_one();
            }
        }
    });
    tokio::select! {
        done = call.run(&world.client) => panic!("it ended: {done:?}"),
        () = arrived.notified() => {}
    }
    let scripted = Scripted::new(Act::Bring);
    let call = world.download("big").transfer(scripted.clone());
    call.run(&world.client).await.unwrap();
    assert_eq!(scripted.asked(), [("big".to_owned(), HALF as u64)]);
    assert_eq!(fetched(&world), 0);
    world.assert_sound();
    assert!(world.partials().is_empty());
}

#[tokio::test]
async fn what_the_disk_refuses_no_other_way_is_tried_for() {
    let world = world().await;
    // A folder where the file should be: it cannot get its name.
    fs::create_dir_all(world.local().join("big/in the way")).unwrap();
    let call = world
        .download("big")
        .local_dir(world.local())
        .transfer(Scripted::new(Act::Bring));
    let err = call.run(&world.client).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Io, "{err:?}");
    assert_eq!(fetched(&world), 0);
}
