//! Xorbs and shards on their way to a store.

use bytes::Bytes;
use hf_cas::Hash;
use hf_cas::client::{Access, CasClient, TokenCache, XorbSent};
use hf_cas::reconstruct::{DownloadSession, FileDownload};
use hf_cas::shard::{FileInfo, Shard, Term, XorbInfo};
use hf_cas::xorb::{Xorb, XorbBuilder};
use hf_testhub::{Fault, Listener, RecordedRequest};
use hf_transport::ErrorKind;

use crate::downloading::{Setup, random, route};

fn writer(setup: &Setup) -> CasClient {
    CasClient::new(&setup.client, &TokenCache::new(), route(Access::Write))
}

fn xorb(content: &[u8]) -> Xorb {
    let mut builder = XorbBuilder::new();
    for chunk in hf_cas::chunks(content) {
        builder.push(Hash::of_chunk(chunk), chunk);
    }
    builder.finish()
}

/// A file of all chunks of a xorb.
fn shard(xorb: &Xorb) -> Shard {
    let chunks = xorb.chunks();
    let mut shard = Shard::new();
    shard.files.push(FileInfo {
        hash: xorb.hash().keyed(&Hash::ZERO),
        terms: vec![Term {
            xorb: xorb.hash(),
            length: xorb.length(),
            chunks: 0..u32::try_from(chunks.len()).unwrap(),
        }],
        verification: Some(vec![Hash::of_range(chunks.iter().map(|chunk| &chunk.hash))]),
        sha256: None,
    });
    shard.xorbs.push(XorbInfo::from(xorb));
    shard
}

fn file_of(store: &CasClient, shard: &Shard) -> FileDownload {
    let file = &shard.files[0];
    DownloadSession::default().file(store, file.hash, file.len())
}

fn requests(setup: &Setup, path: &str) -> usize {
    setup
        .hub
        .count_requests(|r: &RecordedRequest| r.path.contains(path))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_xorb_goes_by_grant_to_the_storage_and_a_second_time_not_at_all() {
    let setup = Setup::new().await;
    let store = writer(&setup);
    let content = random(1, 1_000_000);
    let xorb = xorb(&content);
    let (hash, data) = (xorb.hash(), xorb.data().clone());
    let sent = store.put_xorb(&hash, data.clone()).await.unwrap();
    assert_eq!(sent, XorbSent::Inserted);
    assert_eq!(requests(&setup, "/v1/xorbs/"), 0);
    let before = setup.hub.xet().stats().xorb_bytes;
    let sent = store.put_xorb(&hash, data).await.unwrap();
    assert_eq!(sent, XorbSent::Existed);
    assert_eq!(setup.hub.xet().stats().xorb_bytes, before);
    // It is no file until a shard says so.
    let shard = shard(&xorb);
    let file = file_of(&store, &shard);
    let error = setup.download(&file).await.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(404), "{error}");
    for _ in 0..2 {
        store.post_shard(shard.to_upload().into()).await.unwrap();
    }
    assert!(setup.download(&file).await.unwrap() == content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_stores_take_xorbs_and_shards_by_their_routes_and_are_asked_once() {
    let setup = Setup::new().await;
    setup.hub.xet().set_grants(false);
    setup.hub.xet().set_shards_v2(false);
    let store = writer(&setup);
    for seed in 2..5 {
        let content = random(seed, 200_000);
        let xorb = xorb(&content);
        let hash = xorb.hash();
        let put = || store.put_xorb(&hash, xorb.data().clone());
        assert_eq!(put().await.unwrap(), XorbSent::Inserted);
        assert_eq!(put().await.unwrap(), XorbSent::Existed);
        let shard = shard(&xorb);
        store.post_shard(shard.to_upload().into()).await.unwrap();
        assert!(setup.download(&file_of(&store, &shard)).await.unwrap() == content);
    }
    assert_eq!(requests(&setup, "/v1/xorb-grants/"), 1);
    assert_eq!(requests(&setup, "/v2/shards"), 1);
    assert_eq!(requests(&setup, "/v1/xorbs/"), 6);
    assert_eq!(requests(&setup, "/v1/shards"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_storage_takes_nothing_the_store_itself_does() {
    for fault in [
        Fault::on_any("*").status(403),
        Fault::on_any("*").status(503),
        Fault::on_any("*").reset(),
    ] {
        let setup = Setup::new().await;
        let shown = format!("{fault:?}");
        setup.hub.fault(fault.at(Listener::Storage).always());
        let store = writer(&setup);
        let xorb = xorb(&random(5, 300_000));
        let sent = store.put_xorb(&xorb.hash(), xorb.data().clone()).await;
        assert_eq!(sent.unwrap(), XorbSent::Inserted, "{shown}");
        assert_eq!(requests(&setup, "/v1/xorbs/"), 1, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_of_another_hash_are_refused_and_nothing_is_stored() {
    let setup = Setup::new().await;
    let store = writer(&setup);
    let (good, other) = (xorb(&random(6, 100_000)), xorb(&random(7, 100_000)));
    for grants in [true, false] {
        setup.hub.xet().set_grants(grants);
        let sent = store.put_xorb(&good.hash(), other.data().clone()).await;
        let error = sent.unwrap_err();
        assert_eq!(error.status().map(|s| s.as_u16()), Some(400), "{error}");
        assert!(!error.is_retryable(), "{error}");
    }
    let no_xorb = Bytes::from(vec![9; 1_000]);
    store.put_xorb(&good.hash(), no_xorb).await.unwrap_err();
    assert_eq!(setup.hub.xet().xorbs(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_that_the_store_cannot_prove_is_refused_with_its_words() {
    let setup = Setup::new().await;
    let xorb = xorb(&random(8, 300_000));
    let right = shard(&xorb);
    for v2 in [true, false] {
        setup.hub.xet().set_shards_v2(v2);
        let store = writer(&setup);
        // Of a xorb that is not there.
        let unknown = store.post_shard(right.to_upload().into()).await;
        let error = unknown.unwrap_err();
        if v2 {
            assert_eq!(error.kind(), ErrorKind::Upload, "{error}");
        } else {
            assert_eq!(error.status().map(|s| s.as_u16()), Some(400), "{error}");
        }
    }
    let store = writer(&setup);
    setup.hub.xet().set_shards_v2(true);
    store
        .put_xorb(&xorb.hash(), xorb.data().clone())
        .await
        .unwrap();
    let mut wrong = right.clone();
    wrong.files[0].verification = Some(vec![Hash::of_chunk(b"not this")]);
    let error = store
        .post_shard(wrong.to_upload().into())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upload, "{error}");
    let mut longer = right.clone();
    longer.files[0].terms[0].length += 1;
    store
        .post_shard(longer.to_upload().into())
        .await
        .unwrap_err();
    store
        .post_shard(Bytes::from_static(b"no shard"))
        .await
        .unwrap_err();
    assert_eq!(setup.hub.xet().stats().files, 0);
    store.post_shard(right.to_upload().into()).await.unwrap();
    assert_eq!(setup.hub.xet().stats().files, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_only_read_sends_nothing() {
    let setup = Setup::new().await;
    let xorb = xorb(&random(9, 100_000));
    let sent = setup
        .store
        .put_xorb(&xorb.hash(), xorb.data().clone())
        .await;
    let error = sent.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(403), "{error}");
    let shard = shard(&xorb).to_upload();
    let error = setup.store.post_shard(shard.into()).await.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(403), "{error}");
    assert_eq!(setup.hub.xet().xorbs(), 0);
}
