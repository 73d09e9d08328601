//! Any combination of habits that a storage may have: the right bytes or a clear error, within bounded requests and bytes.

use std::fs;
use std::time::Duration;

use hf_testhub::hostile::{
    Behavior, Cut, Encoding, Errors, EtagForm, Excess, RangeSupport, ResponseLimit, StopKind,
};
use hf_testhub::{Blob, Listener};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{World, client_without_retries};

const MIB: u64 = 1024 * 1024;

fn behaviors() -> impl Strategy<Value = Behavior> {
    let often = |strategy: BoxedStrategy<Behavior>| strategy;
    let range = prop_oneof![
        2 => Just(RangeSupport::Honored),
        5 => select(RangeSupport::ALL),
    ];
    let cut = proptest::option::weighted(
        0.4,
        (
            0..3 * MIB,
            1..4_usize,
            select(&[StopKind::Close, StopKind::Reset][..]),
        ),
    );
    let encoding = prop_oneof![4 => Just(Encoding::None), 1 => select(Encoding::ALL)];
    let etag = prop_oneof![3 => Just(EtagForm::Unchanged), 1 => select(EtagForm::ALL)];
    let refuse_whole = proptest::option::weighted(0.15, select(&[400_u16, 403, 413][..]));
    let refuse_head = proptest::option::weighted(0.2, select(&[405_u16, 501][..]));
    let errors = proptest::option::weighted(
        0.3,
        (
            1..4_u64,
            select(&[429_u16, 500, 502, 503][..]),
            any::<bool>(),
        ),
    );
    let limit = proptest::option::weighted(0.3, (1..3_usize, select(Excess::ALL)));
    let strategy = (
        range,
        cut,
        encoding,
        etag,
        refuse_whole,
        refuse_head,
        errors,
        limit,
        any::<bool>(),
    )
        .prop_map(
            |(range, cut, encoding, etag, refuse_whole, refuse_head, errors, limit, chunked)| {
                let mut behavior = Behavior::new().range(range).encoding(encoding).etag(etag);
                if let Some((after, times, how)) = cut {
                    behavior = behavior.cut(Cut::new(after, times, how));
                }
                if let Some(status) = refuse_whole {
                    behavior = behavior.refuse_whole(status);
                }
                if let Some(status) = refuse_head {
                    behavior = behavior.refuse_head(status);
                }
                if let Some((n, status, first)) = errors {
                    let errors = if first {
                        Errors::first(n, status)
                    } else {
                        Errors::every(n + 1, status)
                    };
                    behavior = behavior.errors(errors);
                }
                if let Some((most, excess)) = limit {
                    behavior = behavior.connections(ResponseLimit::new(most, excess));
                }
                if chunked {
                    behavior.chunked()
                } else {
                    behavior
                }
            },
        );
    often(strategy.boxed())
}

/// Downloads a file from a storage that is like this, twice: the second run goes on with what the first has left.
async fn download(behavior: Behavior, large: bool) -> Result<(), TestCaseError> {
    // A server that sends a thousand bytes at a time is asked as often as that takes; a small file shows it.
    let trickles = matches!(behavior.range, RangeSupport::AtMost(_));
    let large = large && !trickles;
    let most = if trickles { 6_000 } else { 600 };
    let size = if large { 36 * MIB } else { 2 * MIB + 77 };
    let content = Blob::synthetic(11, size);
    let world = World::with([("big", content.clone())]).await;
    world.hub.set_bandwidth(if large { 60 * MIB } else { 0 });
    world.hub.set_behavior(Listener::Storage, behavior);
    let client = client_without_retries(&world.hub);
    for _ in 0..2 {
        let call = world.download("big");
        let run = tokio::time::timeout(Duration::from_secs(300), call.run(&client));
        let done = run.await.expect("it does not end");
        world.assert_sound();
        match done {
            Ok(path) => {
                prop_assert!(fs::read(path).unwrap() == content.to_bytes().unwrap());
                prop_assert!(world.partials().is_empty());
            }
            Err(e) => prop_assert!(e.to_string().len() > 20, "{e}"),
        }
    }
    let requests = world.hub.requests().len();
    let sent = world.hub.bytes_sent(Listener::Storage);
    prop_assert!(requests < most, "{requests} requests");
    prop_assert!(sent < 14 * size, "{sent} bytes for {size}");
    Ok(())
}

proptest! {
    // By hand: PROPTEST_CASES=2000 cargo test -p hf-cache --test it hostile_servers
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_storage_ends_in_the_right_bytes_or_an_error(behavior in behaviors(), large in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(download(behavior, large))?;
    }
}
