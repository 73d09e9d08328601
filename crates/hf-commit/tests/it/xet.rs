//! Large files of commits go to Xet storage, where the Hub has it.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::stream;
use hf_cas::upload::UploadSource;
use hf_commit::{BucketUpload, CommitOperationAdd, HashIndex, UploadFile, UploadFolder};
use hf_testhub::{Fault, Lie, Listener, RecordedRequest};
use hf_transport::ErrorKind;
use hf_transport::progress::ProgressMeter;
use http::Method;

use crate::support::{World, bytes, write};

const MIB: usize = 1024 * 1024;

/// The requests to the Hub and its store, by method and route without hashes.
fn routes(world: &World) -> Vec<String> {
    let short = |request: &RecordedRequest| {
        let names = request.path.split('/').filter(|part| part.len() < 60);
        let names: Vec<&str> = names.collect();
        format!("{} {}", request.method, names.join("/"))
    };
    world.hub.requests().iter().map(short).collect()
}

fn upload(world: &World, path: &str, content: Vec<u8>) -> UploadFile {
    let add = CommitOperationAdd::from_bytes(path, content).unwrap();
    UploadFile::new(world.target.clone(), add)
}

#[tokio::test]
async fn a_large_file_goes_to_xet_before_the_commit_and_comes_back() {
    let world = World::with_xet().await;
    let content = bytes(1, 3 * MIB);
    upload(&world, "weights.bin", content.clone())
        .run(&world.client)
        .await
        .unwrap();
    let stored = world.hub.read(&world.repo, "main", "weights.bin").unwrap();
    assert!(stored == content);
    let routes = routes(&world);
    let place = |part: &str| {
        let at = routes.iter().position(|route| route.contains(part));
        at.unwrap_or_else(|| panic!("no {part} in {routes:#?}"))
    };
    let order = [
        "/preupload/",
        "/xet-write-token/",
        "/v1/chunks/",
        "/xorb-grants/",
        "/v2/shards",
        "/commit/",
    ];
    assert!(order.map(place).is_sorted(), "{routes:#?}");
    assert_eq!(world.count("info/lfs"), 0);
    assert_eq!(world.hub.leaked_tokens(), [""; 0]);
}

#[tokio::test]
async fn lfs_takes_over_where_the_hub_has_no_store_or_xet_is_disabled() {
    for (xet, disabled, asked) in [(false, false, 1), (true, true, 0)] {
        let world = World::with_xet().await;
        world.hub.set_xet(xet);
        let client = world.client_with(|config| config.disable_xet = disabled);
        let content = bytes(1, 2 * MIB);
        upload(&world, "weights.bin", content.clone())
            .run(&client)
            .await
            .unwrap();
        assert!(world.hub.read(&world.repo, "main", "weights.bin").unwrap() == content);
        assert_eq!(world.count("xet-write-token"), asked);
        assert_eq!(world.count("info/lfs/objects/batch"), 1);
    }
}

#[tokio::test]
async fn a_folder_shares_xorbs_and_an_unchanged_one_is_neither_read_nor_sent() {
    let world = World::with_xet().await;
    let folder = tempfile::tempdir().unwrap();
    let past = SystemTime::now() - Duration::from_secs(3600);
    for i in 0..12 {
        let name = format!("part-{i}.bin");
        write(folder.path(), &name, bytes(i, MIB + 100_000));
        // The index does not trust the time of a file that has just changed.
        let file = File::options()
            .write(true)
            .open(folder.path().join(&name))
            .unwrap();
        file.set_modified(past).unwrap();
    }
    let index = Arc::new(HashIndex::open(world.state.path().join("index")).unwrap());
    let upload =
        || UploadFolder::new(world.target.clone(), folder.path()).hash_index(Arc::clone(&index));
    upload().run(&world.client).await.unwrap();
    let stats = world.hub.xet().stats();
    assert_eq!((stats.new_xorbs, stats.shards, stats.files), (1, 1, 12));

    world.hub.xet().clear_stats();
    let meter = Arc::new(ProgressMeter::new());
    upload()
        .progress(meter.clone())
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.xet().stats(), hf_testhub::XetStats::default());
    assert_eq!(meter.summary().bytes_hashed, 0);
}

#[tokio::test]
async fn progress_counts_bytes_of_files_of_the_network_and_those_that_were_not_sent() {
    let world = World::with_xet().await;
    let content = bytes(1, 2 * MIB);
    for (name, sent) in [("a.bin", true), ("b.bin", false)] {
        let meter = Arc::new(ProgressMeter::new());
        upload(&world, name, content.clone())
            .progress(meter.clone())
            .run(&world.client)
            .await
            .unwrap();
        let sums = meter.summary();
        assert_eq!(
            (sums.bytes_done, sums.bytes_hashed),
            (2 * MIB as u64, 2 * MIB as u64)
        );
        assert_eq!(
            sums.bytes_deduplicated,
            if sent { 0 } else { 2 * MIB as u64 }
        );
        assert_eq!(sums.bytes_sent > MIB as u64, sent);
    }
}

#[tokio::test]
async fn nothing_is_committed_whose_shard_was_not_accepted() {
    for path in ["/v2/shards", "/v1/xorb*"] {
        let world = World::with_xet().await;
        let before = world.titles();
        let fault = Fault::on(Method::POST, path).at(Listener::Cas).status(400);
        world.hub.fault(fault);
        let error = upload(&world, "weights.bin", bytes(1, 2 * MIB))
            .run(&world.client)
            .await
            .unwrap_err();
        assert_eq!(
            error.status().map(|status| status.as_u16()),
            Some(400),
            "{error}"
        );
        assert_eq!(world.titles(), before);
    }
}

#[tokio::test]
async fn a_store_whose_answers_lie_gets_all_bytes_and_the_commit_is_right() {
    for lie in [
        Lie::UnknownXorbs,
        Lie::SwappedChunks,
        Lie::ChunkLengths,
        Lie::NoShard,
    ] {
        let world = World::with_xet().await;
        let content = bytes(1, 2 * MIB);
        let first = upload(&world, "a.bin", content.clone());
        first.run(&world.client).await.unwrap();
        world.hub.fault(Fault::lie(lie.clone()));
        // Another machine, which has no cache.
        let client =
            world.client_with(|config| config.xet_cache = world.state.path().join("other"));
        let changed = [&content[..], b"more"].concat();
        let second = upload(&world, "b.bin", changed.clone());
        second.run(&client).await.unwrap();
        let stored = world.hub.read(&world.repo, "main", "b.bin").unwrap();
        assert!(stored == changed, "{lie:?}");
    }
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_renewed() {
    let world = World::with_xet().await;
    upload(&world, "a.bin", bytes(9, 2 * MIB))
        .run(&world.client)
        .await
        .unwrap();
    world.hub.xet().revoke_tokens();
    upload(&world, "b.bin", bytes(9, 2 * MIB))
        .run(&world.client)
        .await
        .unwrap();
    assert!(world.hub.read(&world.repo, "main", "b.bin").is_some());
    assert_eq!(world.hub.leaked_tokens(), [""; 0]);
}

#[tokio::test]
async fn a_pull_request_is_opened_with_a_token_for_it() {
    let world = World::with_xet().await;
    upload(&world, "weights.bin", bytes(1, 2 * MIB))
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap();
    let asked = world.hub.requests();
    let asked = asked
        .iter()
        .find(|r| r.path.contains("xet-write-token"))
        .unwrap();
    assert!(asked.query.contains("create_pr=1"), "{}", asked.query);
}

#[tokio::test]
async fn older_stores_are_served_by_their_routes() {
    let world = World::with_xet().await;
    world.hub.xet().set_grants(false);
    world.hub.xet().set_shards_v2(false);
    let content = bytes(1, 2 * MIB);
    let upload = upload(&world, "weights.bin", content.clone());
    upload.run(&world.client).await.unwrap();
    assert!(world.hub.read(&world.repo, "main", "weights.bin").unwrap() == content);
    assert_eq!(
        (world.count("/v1/xorbs/"), world.count("/v1/shards")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_not_committed() {
    let world = World::with_xet().await;
    let path = world.state.path().join("weights.bin");
    std::fs::write(&path, bytes(1, 2 * MIB)).unwrap();
    let add = CommitOperationAdd::from_path("weights.bin", &path).unwrap();
    std::fs::write(&path, bytes(2, 2 * MIB + 1)).unwrap();
    let error = UploadFile::new(world.target.clone(), add)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upload, "{error}");
    assert!(world.hub.read(&world.repo, "main", "weights.bin").is_none());
}

#[tokio::test]
async fn contents_of_a_bucket_are_in_storage_when_they_are_reported() {
    let world = World::with_xet().await;
    world.hub.create_bucket("user/data");
    let path = world.state.path().join("model.bin");
    std::fs::write(&path, bytes(1, 2 * MIB)).unwrap();
    let empty = UploadSource::new("empty", 0, || Ok(Box::new(std::io::empty())));
    let files = stream::iter([UploadSource::from_path(&path).unwrap(), empty]);
    let mut hashes = Vec::new();
    BucketUpload::new("user/data".parse().unwrap())
        .run(&world.client, files, |file| {
            hashes.push(file.hash.to_string());
            assert_eq!(file.sha256, None);
            Ok(())
        })
        .await
        .unwrap();
    hashes.sort();
    assert_eq!(hashes[0], "0".repeat(64));
    assert_eq!(
        world.hub.xet().file(&hashes[1]).unwrap().len(),
        2 * MIB as u64
    );
}
