//! Files from a store, whole and in parts.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hf_cas::reconstruct::{DownloadSession, DownloadSettings, FileDownload, Verified};
use hf_testhub::{Fault, Listener};
use hf_transport::{AdaptiveConcurrency, ConcurrencyConfig, Error, ErrorKind, Result};

use crate::downloading::{Memory, Setup, random, text};

fn places(range: &std::ops::Range<u64>) -> std::ops::Range<usize> {
    usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
}

async fn stream(file: &FileDownload, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
    let parts: Vec<Bytes> = file.stream(range).try_collect().await?;
    Ok(parts.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_every_kind_arrive_byte_for_byte() {
    let setup = Setup::new().await;
    let floats: Vec<u8> = (0..200_000_u32)
        .flat_map(|i| {
            (1.0 + f32::from(u16::try_from(i % 5_000).unwrap()).sin() / 10.0).to_le_bytes()
        })
        .collect();
    let mut edited = random(1, 3_000_000);
    edited.splice(1_000_000..1_000_000, *b"in between");
    for content in [
        Vec::new(),
        vec![7],
        random(1, 8_191),
        random(2, 3_000_000),
        edited,
        text(2_000_000),
        floats,
        vec![0; 5_000_000],
        [vec![0; 300_000], random(3, 400_000), vec![0; 500_000]].concat(),
    ] {
        let file = setup.add(&content);
        assert!(setup.download(&file).await.unwrap() == content);
        assert!(stream(&file, 0..file.size()).await.unwrap() == content);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_form_of_a_reconstruction_is_asked_for_once_the_newer_is_not_known() {
    let setup = Setup::new().await;
    setup.hub.xet().set_reconstructions_v2(false);
    let content = random(1, 1_000_000);
    let file = setup.add(&content);
    assert!(setup.download(&file).await.unwrap() == content);
    assert!(file.read(10..20).await.unwrap() == content[10..20]);
    let v2 = |r: &hf_testhub::RecordedRequest| r.path.starts_with("/v2/reconstructions");
    assert_eq!(setup.hub.count_requests(v2), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_a_file_are_read_without_the_rest() {
    let setup = Setup::new().await;
    let content = random(4, 20_000_000);
    let file = setup.add(&content);
    setup.hub.clear_requests();
    for range in [
        0..1,
        0..100_000,
        9_999_999..10_000_001,
        19_999_999..20_000_000,
        5..5,
    ] {
        let found = file.read(range.clone()).await.unwrap();
        let range = places(&range);
        assert!(found == content[range.clone()], "{range:?}");
    }
    let sent = setup.hub.bytes_sent(Listener::Storage);
    assert!(sent < 1_500_000, "{sent} bytes for 100,000");
    assert!(stream(&file, 1..19_999_999).await.unwrap() == content[1..19_999_999]);
    for range in [0..20_000_001, 20_000_001..20_000_002] {
        let error = file.read(range).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_is_not_fetched_again_and_what_was_not_verified_is_said_to_be() {
    let setup = Setup::new().await;
    let content = random(5, 6_000_000);
    let file = setup.add(&content);
    let mut memory = Memory::new(file.size());
    let parts = [100..1_000_000, 3_000_000..3_000_001, 5_999_000..6_000_000];
    let verified = file.write_ranges(parts.clone(), &mut memory).await.unwrap();
    assert_eq!(verified, Verified::No);
    let bytes: u64 = parts.iter().map(|part| part.end - part.start).sum();
    assert_eq!(memory.written() as u64, bytes);
    for part in parts {
        let part = places(&part);
        assert!(memory.bytes(part.clone()) == content[part]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_files_of_one_session_arrive_at_once_with_one_token() {
    let setup = Setup::new().await;
    let session = DownloadSession::new(DownloadSettings::default());
    let contents: Vec<_> = (0..40).map(|i| random(i, 200_000)).collect();
    let downloads = contents.iter().enumerate().map(|(i, content)| {
        let hash = setup
            .hub
            .add_bucket_file("user/b", &i.to_string(), content.clone());
        let file = session.file(&setup.store, hash.parse().unwrap(), content.len() as u64);
        async move {
            let mut memory = Memory::new(file.size());
            let verified = file.write_all(&mut memory).await.unwrap();
            assert_eq!(verified, Verified::File);
            assert!(memory.complete() == *content);
        }
    });
    futures_util::future::join_all(downloads).await;
    let tokens = |r: &hf_testhub::RecordedRequest| r.path.contains("xet-read-token");
    assert_eq!(setup.hub.count_requests(tokens), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_at_any_place_costs_only_what_was_cut() {
    let setup = Setup::new().await;
    let content = [random(6, 150_000), text(150_000)].concat();
    let file = setup.add(&content);
    for at in [0, 1, 7, 8, 9, 60_000, 64_000, 100_000, 149_999, 155_000] {
        setup.hub.clear_requests();
        let fault = setup.hub.fault(
            Fault::on_any("/xorbs/*")
                .at(Listener::Storage)
                .cut_after(at),
        );
        assert!(
            setup.download(&file).await.unwrap() == content,
            "cut at {at}"
        );
        assert_eq!(fault.fired(), 1, "cut at {at}");
        let sent = setup.hub.bytes_sent(Listener::Storage);
        // All once, and at most the chunk that was under way again.
        assert!(sent < 300_000 + 140_000, "{sent} bytes for a cut at {at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_expire_in_the_middle_are_asked_for_again() {
    let setup = Setup::new().await;
    let content = random(7, 2_000_000);
    let file = setup.add(&content);
    let fault = setup.hub.fault(
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .times(2)
            .status(403),
    );
    assert!(setup.download(&file).await.unwrap() == content);
    assert!(fault.fired() >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storage_that_is_silent_or_refuses_for_ever_is_an_error_and_not_a_wait() {
    let setup = Setup::new().await;
    let file = setup.add(&random(8, 1_000_000));
    for fault in [
        Fault::on_any("/xorbs/*").stall_after(1_000).always(),
        Fault::on_any("/xorbs/*").status(403).always(),
        Fault::on_any("/xorbs/*").status(404).always(),
        Fault::on_any("/xorbs/*").status(416).always(),
        Fault::on_any("/xorbs/*").status(503).always(),
        Fault::on_any("/xorbs/*").reset().always(),
    ] {
        let shown = format!("{fault:?}");
        let fault = setup.hub.fault(fault.at(Listener::Storage));
        let error = setup.download(&file).await.unwrap_err();
        let storage = setup.hub.storage_endpoint();
        assert!(
            error.to_string().contains(&storage),
            "the error names the host: {error}"
        );
        assert!(fault.fired() <= 40, "{} requests: {shown}", fault.fired());
        fault.lift();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_beyond_the_end_is_an_error_and_not_the_end() {
    let setup = Setup::new().await;
    let content = random(9, 500_000);
    let hash = setup.add(&content).hash().to_string();
    let longer = setup.file(&hash, 400_000_000);
    let error = setup.download(&longer).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Checksum | ErrorKind::Decode),
        "{error}"
    );
    let error = longer.read(600_000..700_000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum, "{error}");
    assert!(error.to_string().contains("600000..700000"), "{error}");
    let shorter = setup.file(&hash, 400_000);
    let error = setup.download(&shorter).await.unwrap_err();
    assert!(error.to_string().contains("400000"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_store_does_not_have_is_a_404_that_names_it() {
    let setup = Setup::new().await;
    let unknown = "0123456789abcdef".repeat(4);
    let error = setup.download(&setup.file(&unknown, 10)).await.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(404));
    assert!(error.to_string().contains(&unknown), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_ends_the_download_with_its_own_error() {
    let setup = Setup::new().await;
    let file = setup.add(&random(10, 3_000_000));
    let mut left = 1_000_000_usize;
    let mut disk = |_: u64, bytes: Bytes| {
        let room = left.checked_sub(bytes.len());
        left = room.unwrap_or(0);
        std::future::ready(
            room.map(|_| ())
                .ok_or_else(|| Error::io("write", std::io::ErrorKind::StorageFull.into())),
        )
    };
    let error = file.write_all(&mut disk).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_is_dropped_ends_its_requests() {
    let setup = Setup::new().await;
    let file = setup.add(&random(11, 1_000_000));
    setup.hub.fault(
        Fault::on_any("/xorbs/*")
            .at(Listener::Storage)
            .stall_after(100)
            .always(),
    );
    let mut memory = Memory::new(file.size());
    {
        let download = file.write_all(&mut memory);
        let cut = tokio::time::timeout(std::time::Duration::from_millis(100), download).await;
        assert!(cut.is_err());
    }
    let url = setup.hub.storage_endpoint().parse().unwrap();
    let host = setup.client.concurrency().host(&url);
    // The tasks are aborted, and each gives its permit back when it is.
    while host.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_thread_is_enough() {
    let setup = Setup::new().await;
    let content = random(12, 10_000_000);
    let file = setup.add(&content);
    assert!(setup.download(&file).await.unwrap() == content);
    assert!(stream(&file, 0..file.size()).await.unwrap() == content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_holds_up_no_other_download() {
    let limits = AdaptiveConcurrency::new(ConcurrencyConfig::fixed(2));
    let setup = Setup::with(|builder| builder.concurrency(limits)).await;
    let session = DownloadSession::default();
    let (slow, other) = (random(13, 80_000_000), random(14, 1_000_000));
    let open = |content: &[u8]| {
        let size = content.len() as u64;
        let hash = *setup.add(content).hash();
        session.file(&setup.store, hash, size)
    };
    let (slow, other_file) = (open(&slow), open(&other));
    let mut unread = Box::pin(slow.stream(0..slow.size()));
    assert!(unread.try_next().await.unwrap().is_some());
    // Now it is left alone, with more under way than two requests and the memory of the session.
    let limit = std::time::Duration::from_secs(60);
    let downloaded = tokio::time::timeout(limit, setup.download(&other_file)).await;
    assert!(downloaded.expect("it waits for the stream").unwrap() == other);
    let rest: Vec<Bytes> = unread.try_collect().await.unwrap();
    assert!(!rest.is_empty());
}
