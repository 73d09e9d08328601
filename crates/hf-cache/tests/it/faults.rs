//! What goes wrong on the way, and that nothing of it reaches the cache.

use std::fs;

use hf_testhub::{Blob, Fault, Listener};
use hf_transport::ErrorKind;
use http::Method;

use crate::support::{LARGE, World, ranges, text};

const SIZE: u64 = LARGE + 500_000;

fn big() -> Blob {
    Blob::synthetic(5, SIZE)
}

async fn world() -> World {
    World::with([("big", big()), ("small", text("small content"))]).await
}

#[tokio::test]
async fn cut_or_reset_at_many_places_and_resumed_there() {
    for at in [0, 1, 100, 65_535, 65_536, 300_000, 1_000_000, SIZE - 1] {
        for reset in [false, true] {
            let world = world().await;
            let fault = Fault::on(Method::GET, "/objects/*").at(Listener::Storage);
            let placed = world.hub.fault(if reset {
                fault.reset_after(at)
            } else {
                fault.cut_after(at)
            });
            let path = world.get("big").await.unwrap();
            assert_eq!(placed.fired(), 1);
            assert!(
                fs::read(path).unwrap() == big().to_bytes().unwrap(),
                "cut after {at}"
            );
            let asked = ranges(&world.hub.requests());
            // A reset may swallow bytes that were on their way, a cut does not.
            if at > 0 && !reset {
                assert_eq!(asked, [format!("bytes={at}-")]);
            }
            world.assert_sound();
            assert!(world.partials().is_empty());
        }
    }
}

#[tokio::test]
async fn a_stall_ends_and_the_rest_is_fetched() {
    let world = world().await;
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").stall_after(400_000));
    world.get("big").await.unwrap();
    assert_eq!(ranges(&world.hub.requests()), ["bytes=400000-"]);
    world
        .hub
        .fault(Fault::on(Method::GET, "/api/resolve-cache/*").stall_after(3));
    world.get("small").await.unwrap();
    world.assert_sound();
}

#[tokio::test]
async fn an_error_after_a_good_head_stores_nothing() {
    for (status, kind) in [
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::EntryNotFound),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Http),
    ] {
        for (file, route) in [("big", "/objects/*"), ("small", "/api/resolve-cache/*")] {
            let world = world().await;
            let retry = Fault::on(Method::GET, route)
                .status(status)
                .header("retry-after", "0")
                .always();
            world.hub.fault(retry);
            let err = world.get(file).await.unwrap_err();
            let root = std::iter::successors(Some(&err as &dyn std::error::Error), |e| e.source());
            let kinds: Vec<_> = root
                .filter_map(|e| e.downcast_ref::<hf_transport::Error>())
                .map(hf_transport::Error::kind)
                .collect();
            assert!(
                kinds.contains(&kind) || kinds.contains(&ErrorKind::Http),
                "{status} {file}: {err:?}"
            );
            world.assert_sound();
            world.hub.clear_faults();
            world.get(file).await.unwrap();
            world.assert_sound();
        }
    }
}

#[tokio::test]
async fn wrong_bodies_are_errors_and_discarded() {
    type Spoil = fn(Fault) -> Fault;
    let spoilers: [(&str, Spoil); 5] = [
        ("corrupt", |f| f.corrupt(7)),
        ("long", |f| f.append("and more")),
        ("long and chunked", |f| f.append("and more").chunked()),
        ("short", |f| f.truncate(5)),
        ("other", |f| f.body("<html>log in first</html>")),
    ];
    for (name, spoil) in spoilers {
        for (file, route) in [("big", "/objects/*"), ("small", "/api/resolve-cache/*")] {
            let world = world().await;
            world
                .hub
                .fault(spoil(Fault::on(Method::GET, route)).always());
            let got = world.get_all().await;
            let err = got
                .err()
                .unwrap_or_else(|| panic!("{name} {file} was accepted"));
            assert!(
                matches!(err.kind(), ErrorKind::Checksum | ErrorKind::Network),
                "{name} {file}: {err:?}"
            );
            world.assert_sound();
            world.hub.clear_faults();
            let folder = world.get_all().await.unwrap();
            world.assert_snapshot(&folder, "main");
            world.assert_sound();
        }
    }
}

#[tokio::test]
async fn once_wrong_is_repeated() {
    type Spoil = fn(Fault) -> Fault;
    let spoilers: [(&str, Spoil); 5] = [
        ("promises more", |f| f.content_length_off_by(10)),
        ("chunked", Fault::chunked),
        ("chunked and cut", |f| f.chunked().cut_after(5)),
        ("gzip", Fault::gzip),
        ("no length", |f| f.without_header("content-length")),
    ];
    for (name, spoil) in spoilers {
        for (file, route) in [("big", "/objects/*"), ("small", "/api/resolve-cache/*")] {
            let world = world().await;
            world.hub.fault(spoil(Fault::on(Method::GET, route)));
            let path = world.get(file).await;
            if let Err(e) = path {
                assert_eq!(
                    (name, e.kind()),
                    ("promises more", ErrorKind::Checksum),
                    "{name} {file}: {e:?}"
                );
            }
            world.assert_sound();
            world.get(file).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_resume_that_the_server_answers_wrongly_starts_over() {
    type Spoil = fn(Fault) -> Fault;
    let spoilers: [(&str, Spoil); 4] = [
        ("range ignored", Fault::ignore_range),
        ("wrong place", |f| {
            f.content_range(&format!("bytes 5-{}/{SIZE}", SIZE - 1))
        }),
        ("senseless place", |f| f.content_range("bytes what")),
        ("416", |f| f.status(416)),
    ];
    for (name, spoil) in spoilers {
        let world = world().await;
        world
            .hub
            .fault(Fault::on(Method::GET, "/objects/*").cut_after(700_000));
        let spoiled = world.hub.fault(spoil(Fault::on(Method::GET, "/objects/*")));
        let path = world
            .get("big")
            .await
            .unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(spoiled.fired(), 1);
        assert!(
            fs::read(path).unwrap() == big().to_bytes().unwrap(),
            "{name}"
        );
        world.assert_sound();
    }
}

#[tokio::test]
async fn a_content_that_changes_between_attempts_is_not_mixed() {
    let world = World::with([("plain", Blob::synthetic(4, LARGE - 1))]).await;
    world
        .hub
        .fault(Fault::on(Method::GET, "/api/resolve-cache/*").cut_after(500_000));
    world.hub.fault(
        Fault::on(Method::GET, "/api/resolve-cache/*")
            .etag(&"0".repeat(40))
            .always(),
    );
    let err = world.get("plain").await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Checksum, "{err:?}");
    assert!(err.to_string().contains("another content"), "{err}");
    world.assert_sound();
    world.hub.clear_faults();
    world.get("plain").await.unwrap();
    world.assert_sound();
}

#[tokio::test]
async fn a_signed_address_that_has_ended_is_asked_for_again() {
    let world = world().await;
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").cut_after(300_000));
    world
        .hub
        .fault(Fault::on(Method::GET, "/objects/*").expire_storage_urls());
    world.get("big").await.unwrap();
    assert_eq!(
        world.hub.count_requests(|r| r.path.contains("/resolve/")),
        2
    );
    world.assert_sound();
}
