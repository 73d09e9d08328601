//! Chunks that are kept on disk.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hf_cas::reconstruct::{DownloadSession, DownloadSettings, FileDownload};
use hf_testhub::{Fault, Lie, Listener};
use hf_transport::ErrorKind;

use crate::downloading::{Memory, Setup, random, text};

struct World {
    setup: Setup,
    cache: tempfile::TempDir,
    max_bytes: u64,
}

impl World {
    async fn new(max_bytes: u64) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let config = hf_transport::Config::in_folder(cache.path());
        let setup = Setup::with(|builder| builder.config(config)).await;
        Self {
            setup,
            cache,
            max_bytes,
        }
    }

    /// A file in a session of its own, as in another process.
    fn open(&self, content: &[u8]) -> FileDownload {
        let settings = DownloadSettings::default().with_chunk_cache_bytes(self.max_bytes);
        let hash = *self.setup.add(content).hash();
        let session = DownloadSession::new(settings);
        session.file(&self.setup.store, hash, content.len() as u64)
    }

    /// Bytes that the storage has sent for what `read` does.
    async fn sent<T>(&self, read: impl Future<Output = T>) -> (T, u64) {
        let before = self.setup.hub.bytes_sent(Listener::Storage);
        let read = read.await;
        let after = self.setup.hub.bytes_sent(Listener::Storage);
        (read, after - before)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(self.cache.path(), &mut files);
        files
    }

    fn bytes(&self) -> u64 {
        let length = |path: &PathBuf| fs::metadata(path).unwrap().len();
        self.files().iter().map(length).sum()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_once_is_read_from_the_disk_the_next_time() {
    let world = World::new(1 << 30).await;
    let content = [random(1, 3_000_000), text(3_000_000)].concat();
    let file = world.open(&content);
    let (downloaded, sent) = world.sent(world.setup.download(&file)).await;
    assert!(downloaded.unwrap() == content && sent > 3_000_000);
    let file = world.open(&content);
    let (downloaded, sent) = world.sent(world.setup.download(&file)).await;
    assert!(downloaded.unwrap() == content);
    assert_eq!(sent, 0);
    let (part, sent) = world.sent(file.read(1_234_567..4_321_000)).await;
    assert!(part.unwrap() == content[1_234_567..4_321_000]);
    assert_eq!(sent, 0);
    let parts: Vec<Bytes> = file.stream(0..file.size()).try_collect().await.unwrap();
    assert!(parts.concat() == content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_that_were_read_make_up_larger_ones() {
    let world = World::new(1 << 30).await;
    let content = random(2, 4_000_000);
    let file = world.open(&content);
    for start in (0..4_000_000).step_by(500_000) {
        let (part, _) = world
            .sent(file.read(start as u64..start as u64 + 500_000))
            .await;
        assert!(part.unwrap() == content[start..start + 500_000]);
    }
    let (whole, sent) = world
        .sent(world.setup.download(&world.open(&content)))
        .await;
    assert!(whole.unwrap() == content);
    assert_eq!(sent, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_kept_unless_it_is_asked_for() {
    let world = World::new(0).await;
    let content = random(4, 1_000_000);
    for _ in 0..2 {
        let (whole, sent) = world
            .sent(world.setup.download(&world.open(&content)))
            .await;
        assert!(whole.unwrap() == content && sent >= 1_000_000);
    }
    assert_eq!(world.files(), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_holds_however_much_is_downloaded() {
    let world = World::new(5_000_000).await;
    for seed in 5..9 {
        let content = random(seed, 6_000_000);
        assert!(world.setup.download(&world.open(&content)).await.unwrap() == content);
        assert!(world.bytes() <= 5_000_000, "{}", world.bytes());
    }
    assert!(world.bytes() >= 2_000_000, "{}", world.bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_is_damaged_or_cannot_be_written_costs_requests_and_nothing_else() {
    let world = World::new(1 << 30).await;
    let content = random(9, 3_000_000);
    world.setup.download(&world.open(&content)).await.unwrap();
    for (i, path) in world.files().into_iter().enumerate() {
        let mut bytes = fs::read(&path).unwrap();
        match i % 2 {
            0 => bytes[12_345] ^= 1,
            _ => bytes.truncate(12_345),
        }
        fs::write(&path, bytes).unwrap();
    }
    let (whole, sent) = world
        .sent(world.setup.download(&world.open(&content)))
        .await;
    assert!(whole.unwrap() == content && sent > 0);
    let (whole, sent) = world
        .sent(world.setup.download(&world.open(&content)))
        .await;
    assert!(whole.unwrap() == content);
    assert_eq!(sent, 0, "the damage is repaired");
    let folder = Path::new("hf-cas-1");
    let cache = world.cache.path().join("xet");
    fs::remove_dir_all(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join(folder), "in the way").unwrap();
    assert!(world.setup.download(&world.open(&content)).await.unwrap() == content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_lied_once_is_not_believed_for_ever() {
    let world = World::new(1 << 30).await;
    let content = random(10, 2_000_000);
    world.setup.hub.fault(Fault::lie(Lie::WrongChunk).times(1));
    let file = world.open(&content);
    let mut memory = Memory::new(file.size());
    let error = file.write_all(&mut memory).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum, "{error}");
    let again = world.setup.download(&world.open(&content)).await;
    assert!(again.unwrap() == content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrived_before_a_connection_broke_is_kept() {
    let world = World::new(1 << 30).await;
    let content = random(11, 4_000_000);
    let cut = Fault::on_any("/xorbs/*")
        .at(Listener::Storage)
        .cut_after(2_000_000);
    world.setup.hub.fault(cut);
    let gone = Fault::on_any("/xorbs/*")
        .at(Listener::Storage)
        .status(404)
        .always();
    let gone = world.setup.hub.fault(gone);
    let file = world.open(&content);
    let mut memory = Memory::new(file.size());
    file.write_all(&mut memory).await.unwrap_err();
    gone.lift();
    let (head, sent) = world.sent(world.open(&content).read(0..1_500_000)).await;
    assert!(head.unwrap() == content[..1_500_000]);
    assert_eq!(sent, 0);
}
