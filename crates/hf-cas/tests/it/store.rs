//! A store in memory, which checks what it gets as strictly as a real one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hf_cas::Hash;
use hf_cas::shard::{Footer, Shard, XorbInfo};
use hf_cas::upload::{Store, Upload, UploadSource, Uploaded};
use hf_cas::xorb::{ChunkDecoder, Xorb};
use hf_transport::{BoxFuture, Error, ErrorKind, Result};

#[derive(Default)]
pub(crate) struct MemoryStore {
    pub(crate) state: Mutex<State>,
    pub(crate) queries: AtomicUsize,
    /// The chunks of responses are hashed under this key.
    pub(crate) key: Option<Hash>,
    /// So many xorbs are accepted, and no more.
    pub(crate) max_xorbs: Option<usize>,
    /// Responses name other xorbs than those that have the chunks.
    pub(crate) lies: bool,
    pub(crate) fails_queries: bool,
    pub(crate) refuses_shards: bool,
    /// Shards are refused in the response of the newer route, whose status is 200.
    pub(crate) refuses_by_line: bool,
}

#[derive(Default)]
pub(crate) struct State {
    xorbs: HashMap<Hash, Xorb>,
    /// The xorbs of each shard.
    infos: Vec<Vec<XorbInfo>>,
    files: HashMap<Hash, Vec<(Hash, std::ops::Range<u32>)>>,
    sha256: HashMap<Hash, [u8; 32]>,
    sent: usize,
    shards: usize,
}

fn refuse(message: String) -> Error {
    Error::new(ErrorKind::BadRequest, message).with_status(http::StatusCode::BAD_REQUEST)
}

impl MemoryStore {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of all xorbs that were sent.
    pub(crate) fn sent(&self) -> usize {
        self.state().sent
    }

    pub(crate) fn xorbs(&self) -> usize {
        self.state().xorbs.len()
    }

    pub(crate) fn shards(&self) -> usize {
        self.state().shards
    }

    pub(crate) fn sha256(&self, file: Hash) -> Option<[u8; 32]> {
        self.state().sha256.get(&file).copied()
    }

    pub(crate) fn read(&self, file: Hash) -> Option<Vec<u8>> {
        if file.is_zero() {
            return Some(Vec::new());
        }
        let state = self.state();
        let mut data = Vec::new();
        for (xorb, chunks) in state.files.get(&file)? {
            let xorb = &state.xorbs[xorb];
            let start = match chunks.start {
                0 => 0,
                n => xorb.chunks()[n as usize - 1].encoded_end as usize,
            };
            let mut input = xorb.data().slice(start..);
            let mut decoder = ChunkDecoder::new();
            for _ in chunks.clone() {
                decoder.decode(&mut input, &mut data).unwrap().unwrap();
            }
        }
        Some(data)
    }

    fn add_xorb(&self, hash: Hash, data: &Bytes) -> Result<()> {
        let xorb = Xorb::parse(data)?;
        if xorb.hash() != hash {
            return Err(refuse(format!("{hash} has the hash {}", xorb.hash())));
        }
        let mut state = self.state();
        state.sent += data.len();
        if self.max_xorbs.is_some_and(|max| state.xorbs.len() >= max) {
            return Err(Error::network("the store is gone"));
        }
        // The sender's buffer is to be used again.
        state
            .xorbs
            .insert(hash, Xorb::parse(&Bytes::copy_from_slice(data))?);
        Ok(())
    }

    fn add_shard(&self, data: &[u8]) -> Result<()> {
        let shard = Shard::parse(data)?;
        if self.refuses_shards {
            return Err(refuse("no shards today".into()));
        }
        let mut state = self.state();
        for info in &shard.xorbs {
            let xorb = state.xorbs.get(&info.hash);
            let xorb = xorb.ok_or_else(|| refuse(format!("there is no xorb {}", info.hash)))?;
            assert_eq!(XorbInfo::from(xorb), *info);
        }
        for file in &shard.files {
            let verification = file.verification.as_ref().expect("always sent");
            assert_eq!(verification.len(), file.terms.len());
            for (term, verification) in file.terms.iter().zip(verification) {
                let range = term.chunks.start as usize..term.chunks.end as usize;
                let xorb = state.xorbs.get(&term.xorb);
                let chunks = xorb.and_then(|xorb| xorb.chunks().get(range));
                let chunks = chunks.ok_or_else(|| refuse("a term names no chunks".into()))?;
                let hashes: Vec<Hash> = chunks.iter().map(|chunk| chunk.hash).collect();
                if Hash::of_range(&hashes) != *verification {
                    return Err(refuse("a term does not have the chunks it claims".into()));
                }
                assert_eq!(chunks.iter().map(|c| c.length).sum::<u32>(), term.length);
            }
            let terms = file.terms.iter().map(|t| (t.xorb, t.chunks.clone()));
            state.files.insert(file.hash, terms.collect());
            if let Some(digest) = file.sha256 {
                state.sha256.insert(file.hash, digest);
            }
        }
        state.infos.push(shard.xorbs);
        state.shards += 1;
        Ok(())
    }

    fn answer(&self, chunk: Hash) -> Result<Option<Bytes>> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        if self.fails_queries {
            return Err(Error::network("silence"));
        }
        let state = self.state();
        let has = |info: &XorbInfo| info.chunks.iter().any(|c| c.hash == chunk);
        // As the official store does: the whole shard, with all that was uploaded together.
        let known = state.infos.iter().filter(|infos| infos.iter().any(has));
        let mut shard = Shard::new();
        shard.xorbs = known.flatten().cloned().collect();
        if shard.xorbs.is_empty() {
            return Ok(None);
        }
        if self.lies {
            for xorb in &mut shard.xorbs {
                xorb.hash = Hash::of_chunk(xorb.hash.as_bytes());
            }
        }
        let footer = Footer::new().with_key(self.key.unwrap_or(Hash::ZERO));
        Ok(Some(shard.to_bytes(&footer).into()))
    }
}

impl Store for MemoryStore {
    fn put_xorb(&self, hash: Hash, data: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.add_xorb(hash, &data)
        })
    }

    fn put_shard(&self, data: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.add_shard(&data).map_err(|error| {
                if self.refuses_by_line {
                    Error::new(ErrorKind::Upload, error.message().to_owned())
                } else {
                    error
                }
            })
        })
    }

    fn query_dedup(&self, chunk: Hash) -> BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(async move { self.answer(chunk) })
    }
}

pub(crate) fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut data = vec![0; length];
    fastrand::Rng::with_seed(seed).fill(&mut data);
    data
}

pub(crate) fn source(name: impl Into<String>, data: Vec<u8>) -> UploadSource {
    let data: Arc<[u8]> = data.into();
    UploadSource::new(name.into(), data.len() as u64, move || {
        Ok(Box::new(std::io::Cursor::new(Arc::clone(&data))))
    })
}

/// Uploads files, and checks that the store then has them.
pub(crate) async fn upload(
    upload: &Upload,
    store: &MemoryStore,
    files: &[Vec<u8>],
) -> Vec<Uploaded> {
    let mut done = run(upload, files).await.unwrap();
    done.sort_by_key(|file| file.id);
    assert_eq!(done.len(), files.len());
    for (file, data) in done.iter().zip(files) {
        assert!(
            store.read(file.hash).as_ref() == Some(data),
            "{}",
            file.name
        );
        let digest = hf_transport::digest::Sha256Hasher::digest(data);
        assert_eq!(file.sha256, Some(digest));
        if !data.is_empty() {
            assert_eq!(store.sha256(file.hash), Some(digest.to_bytes()));
        }
    }
    done
}

pub(crate) async fn run(upload: &Upload, files: &[Vec<u8>]) -> Result<Vec<Uploaded>> {
    let sources = files.iter().enumerate();
    let sources =
        sources.map(|(i, data)| source(format!("file {i}"), data.clone()).with_id(i as u64));
    let mut done = Vec::new();
    upload
        .run(futures_util::stream::iter(sources), |file| {
            done.push(file);
            Ok(())
        })
        .await?;
    Ok(done)
}
