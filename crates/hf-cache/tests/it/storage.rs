//! A storage of our own, for servers that the embedded Hub does not play: a raw TCP server that deals with each request as
//! a test says, and counts what it sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_testhub::{Blob, CannedResponse, Fault};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{REPO, World};

/// A request that the storage has received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// Start and inclusive end of the requested range.
    pub(crate) range: Option<(u64, Option<u64>)>,
    /// Requests before this one.
    pub(crate) number: usize,
    /// Other connections that are being served.
    pub(crate) open: usize,
}

/// What the storage does about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// What was asked for.
    Right,
    /// The whole file, whatever was asked for.
    Whole,
    /// The whole file is announced, and the connection closed after this many bytes.
    Cut(u64),
    /// The requested range, cut off after this many bytes.
    RightCut(u64),
    /// A part without `Content-Range`.
    PartWithoutRange,
    /// A part that begins at the first byte of the file.
    PartFromStart,
    /// Other bytes than `Content-Range` says.
    OtherBytes,
    /// An error.
    Status(u16),
    /// The connection is closed without a word.
    Close,
    /// What was asked for, under a coding that it does not have.
    Coding(&'static str),
}

type Behaviour = dyn Fn(Seen) -> Reply + Send + Sync;

pub(crate) struct Storage {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    content: Vec<u8>,
    behaviour: Box<Behaviour>,
    /// Bytes per second and connection; 0: as fast as it goes.
    bandwidth: AtomicU64,
    requests: Mutex<Vec<Seen>>,
    open: AtomicUsize,
    sent: AtomicU64,
}

impl Storage {
    pub(crate) async fn start(
        content: &Blob,
        behaviour: impl Fn(Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            content: content.to_bytes().unwrap().to_vec(),
            behaviour: Box::new(behaviour),
            bandwidth: AtomicU64::new(0),
            requests: Mutex::default(),
            open: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn set_bandwidth(&self, bytes_per_second: u64) {
        let bandwidth = &self.shared.bandwidth;
        bandwidth.store(bytes_per_second, Ordering::Relaxed);
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The bytes of the file that were sent, counting those sent twice.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut head = Vec::new();
    loop {
        while !head.windows(4).any(|w| w == b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let range = text.lines().find_map(|line| {
            let (start, end) = line.strip_prefix("range: bytes=")?.split_once('-')?;
            Some((start.parse().ok()?, end.trim().parse().ok()))
        });
        head.clear();
        let seen = {
            let mut requests = shared.requests.lock().unwrap();
            let seen = Seen {
                range,
                number: requests.len(),
                open: shared.open.load(Ordering::Relaxed),
            };
            requests.push(seen);
            seen
        };
        shared.open.fetch_add(1, Ordering::Relaxed);
        let kept = reply(&mut stream, &shared, seen).await;
        shared.open.fetch_sub(1, Ordering::Relaxed);
        if !matches!(kept, Ok(true)) {
            return;
        }
    }
}

/// Responds, and returns whether the connection may be used again.
async fn reply(stream: &mut TcpStream, shared: &Shared, seen: Seen) -> std::io::Result<bool> {
    let size = shared.content.len() as u64;
    let reply = (shared.behaviour)(seen);
    let (start, last) = match (reply, seen.range) {
        (Reply::Whole | Reply::Cut(_), _) | (_, None) => (0, size - 1),
        (_, Some((start, last))) => (start, last.unwrap_or(size - 1).min(size - 1)),
    };
    let whole = seen.range.is_none() || matches!(reply, Reply::Whole | Reply::Cut(_));
    let mut headers = String::new();
    let mut limit = u64::MAX;
    let (mut from, mut status) = (start, if whole { 200 } else { 206 });
    if status == 206 && reply != Reply::PartWithoutRange {
        headers = format!("content-range: bytes {start}-{last}/{size}\r\n");
    }
    match reply {
        Reply::Close => return Ok(false),
        Reply::Status(code) => status = code,
        Reply::Cut(n) | Reply::RightCut(n) => limit = n,
        Reply::PartFromStart if !whole => {
            headers = format!("content-range: bytes 0-{}/{size}\r\n", last - start);
            from = 0;
        }
        Reply::OtherBytes if !whole => from = 0,
        Reply::Coding(name) => headers = format!("{headers}content-encoding: {name}\r\n"),
        _ => {}
    }
    let length = if status >= 400 { 0 } else { last + 1 - start };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let length = usize::try_from(length.min(limit)).unwrap();
    let from = usize::try_from(from).unwrap();
    for chunk in shared.content[from..from + length].chunks(64 * 1024) {
        stream.write_all(chunk).await?;
        shared.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        let bandwidth = shared.bandwidth.load(Ordering::Relaxed);
        if let Some(micros) = (chunk.len() as u64 * 1_000_000).checked_div(bandwidth) {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
    }
    stream.flush().await?;
    Ok(limit == u64::MAX)
}

impl World {
    /// The Hub sends all who want `name` to this storage.
    pub(crate) fn store_elsewhere(&self, name: &str, content: &Blob, storage: &Storage) {
        let commit = self.hub.resolve(REPO, "main").unwrap();
        let redirect = CannedResponse::status(302)
            .header("location", format!("http://{}/object", storage.address))
            .header("x-linked-etag", format!("\"{}\"", content.sha256()))
            .header("x-linked-size", content.len().to_string())
            .header("x-repo-commit", commit);
        let path = format!("*/resolve/*{name}");
        self.hub
            .fault(Fault::on_any(&path).respond(redirect).always());
    }
}
