//! Stores that lie.

use hf_cas::client::{Access, CasClient, TokenCache};
use hf_cas::reconstruct::DownloadSession;
use hf_testhub::{Fault, Lie, Listener};
use hf_transport::ErrorKind;

use crate::downloading::{Memory, Setup, random, route};

/// Two xorbs, and a term that comes twice.
fn content() -> Vec<u8> {
    let first = random(1, 700_000);
    [&first[..], &random(2, 600_000), &first].concat()
}

fn lies_of_reconstructions() -> Vec<Lie> {
    vec![
        Lie::ShortTerm,
        Lie::LongTerm,
        Lie::MissingTerm,
        Lie::RepeatedTerm,
        Lie::NoTerms,
        Lie::TermBeyondXorb,
        Lie::ReversedTerm,
        Lie::ShiftedTerm,
        Lie::MissingXorb,
        Lie::FarOffset,
        Lie::ReversedBytes,
        Lie::DataAt("file:///etc/passwd".to_owned()),
        Lie::DataAt("http://user:secret@127.0.0.1:1/".to_owned()),
        Lie::DataAt("local:///tmp".to_owned()),
    ]
}

fn lies_of_xorbs() -> Vec<Lie> {
    vec![
        Lie::WrongChunk,
        Lie::UnknownCompression,
        Lie::WrongCompression,
        Lie::UnknownVersion,
        Lie::InflatingChunk,
        Lie::EndlessChunk,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_wrong_counts_as_the_file_whatever_the_store_says() {
    for v2 in [true, false] {
        let setup = Setup::new().await;
        setup.hub.xet().set_reconstructions_v2(v2);
        let file = setup.add(&content());
        for lie in lies_of_reconstructions().into_iter().chain(lies_of_xorbs()) {
            let fault = setup.hub.fault(Fault::lie(lie.clone()).always());
            let Err(error) = setup.download(&file).await else {
                panic!("{lie:?} was believed (v2: {v2})");
            };
            assert!(
                matches!(error.kind(), ErrorKind::Decode | ErrorKind::Checksum),
                "{lie:?}: {error}"
            );
            let shown = format!("{error:?}");
            assert!(!shown.contains("secret"), "{shown}");
            assert!(fault.fired() <= 12, "{lie:?}: {} requests", fault.fired());
            fault.lift();
        }
        assert!(
            setup.download(&file).await.unwrap() == content(),
            "honest again"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_response_is_asked_for_again_where_the_damage_shows() {
    let setup = Setup::new().await;
    let file = setup.add(&content());
    for lie in [
        Lie::UnknownCompression,
        Lie::WrongCompression,
        Lie::UnknownVersion,
        Lie::InflatingChunk,
        Lie::EndlessChunk,
    ] {
        let fault = setup.hub.fault(Fault::lie(lie.clone()));
        let found = setup.download(&file).await;
        assert!(found.is_ok_and(|found| found == content()), "{lie:?}");
        assert_eq!(fault.fired(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_whole_file_ends_with_an_error_if_a_chunk_was_another() {
    let setup = Setup::new().await;
    let file = setup.add(&content());
    setup.hub.fault(Fault::lie(Lie::WrongChunk).always());
    let error = file.read(0..file.size()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum);
    assert!(
        error.to_string().contains(&file.hash().to_string()),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconstruction_that_is_no_json_is_a_decode_error_with_its_url() {
    let setup = Setup::new().await;
    let file = setup.add(&content());
    for body in ["", "[]", "{}", "{\"terms\": 1}", "<html>"] {
        let fault = setup
            .hub
            .fault(Fault::on_any("/v2/reconstructions/*").body(body).always());
        let error = setup.download(&file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}");
        assert!(
            error.to_string().contains("/v2/reconstructions/"),
            "{error}"
        );
        fault.lift();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_at_a_strange_address_gets_no_request() {
    let setup = Setup::new().await;
    let file = setup.add(&content());
    for url in [
        "local:///tmp/store",
        "file:///tmp/store",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/?x=y",
        "",
        "store",
    ] {
        setup.hub.xet().set_cas_url(Some(url));
        let tokens = TokenCache::new();
        let store = CasClient::new(&setup.client, &tokens, route(Access::Read));
        let other = DownloadSession::default().file(&store, *file.hash(), file.size());
        let mut memory = Memory::new(file.size());
        let error = other.write_all(&mut memory).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{url}: {error}");
        let shown = format!("{error:?}");
        assert!(
            shown.contains("Xet store") && !shown.contains("secret"),
            "{shown}"
        );
    }
    assert_eq!(setup.hub.count_requests(|r| r.listener == Listener::Cas), 0);
}
