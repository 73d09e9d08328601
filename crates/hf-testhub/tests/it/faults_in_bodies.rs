//! Bodies that are not what they should be.

use std::io::Read;

use flate2::read::GzDecoder;
use hf_testhub::{Fault, Listener};
use http::Method;

use crate::faults::{FILE, LONG, hub, large};
use crate::support::{Call, Calls, End};

#[test]
fn bodies_break_at_the_very_byte() {
    let (hub, whole) = hub();
    let storage = large(&hub);
    for n in [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 99_999] {
        for origin in [Listener::Hub, Listener::Storage] {
            let url = match origin {
                Listener::Hub => format!("{}{FILE}", hub.endpoint()),
                _ => storage.clone(),
            };
            hub.fault(Fault::on(Method::GET, "*").cut_after(n));
            let cut = Call::new("GET", &url).send().expect(200);
            assert_eq!(cut.header("content-length"), Some("100000"));
            assert_eq!(cut.end, End::Closed, "{n}");
            assert_eq!(cut.body, whole[..usize::try_from(n).unwrap()]);
        }
    }
    hub.fault(Fault::on_any("*").stall_after(70_000));
    let silent = hub.call("GET", FILE).patience(LONG).send();
    assert_eq!((silent.end, silent.body.len()), (End::Silence, 70_000));
    hub.fault(Fault::on_any("*").reset_after(70_000));
    let reset = hub.get(FILE);
    assert_eq!(reset.end, End::Reset);
    // What arrived but was not read yet is lost with a reset.
    assert!(reset.body.len() <= 70_000 && whole.starts_with(&reset.body));
    // A part of a range breaks too.
    hub.fault(Fault::on_any("*").cut_after(5));
    let part = hub
        .call("GET", FILE)
        .header("range", "bytes=50000-")
        .send()
        .expect(206);
    assert_eq!(
        (part.end, &part.body[..]),
        (End::Closed, &whole[50_000..50_005])
    );
}

#[test]
fn lengths_lie_both_ways() {
    let (hub, whole) = hub();
    hub.fault(Fault::on_any("*").content_length_off_by(10));
    let short = hub.get(FILE).expect(200);
    assert_eq!(short.header("content-length"), Some("100010"));
    assert_eq!((short.end, short.body.len()), (End::Closed, 100_000));
    hub.fault(Fault::on_any("*").content_length_off_by(-10));
    let long = hub.get(FILE).expect(200);
    assert_eq!((long.end, &long.body[..]), (End::Whole, &whole[..99_990]));
    hub.fault(Fault::on_any("*").append("tail"));
    let longer = hub.get(FILE).expect(200);
    assert_eq!((longer.end, longer.body.len()), (End::Whole, 100_004));
    hub.fault(Fault::on_any("*").chunked());
    let chunked = hub.get(FILE).expect(200);
    assert!(chunked.header("content-length").is_none());
    assert_eq!((chunked.end, chunked.body.len()), (End::Whole, 100_000));
}

#[test]
fn ranges_are_ignored_or_answered_wrongly() {
    let (hub, whole) = hub();
    let ranged = || hub.call("GET", FILE).header("range", "bytes=10-19").send();
    hub.fault(Fault::on_any("*").ignore_range());
    let all = ranged().expect(200);
    assert_eq!(all.body.len(), 100_000);
    hub.fault(Fault::on_any("*").content_range("bytes 0-9/100000"));
    let wrong = ranged().expect(206);
    assert_eq!(
        (wrong.header("content-range"), &wrong.body[..]),
        (Some("bytes 0-9/100000"), &whole[10..20])
    );
    assert_eq!(
        ranged().expect(206).header("content-range"),
        Some("bytes 10-19/100000")
    );
}

#[test]
fn etags_change_bytes_rot_and_gzip_comes_unasked() {
    let (hub, whole) = hub();
    hub.fault(Fault::on_any("*").etag("other"));
    assert_eq!(hub.get(FILE).header("etag"), Some("\"other\""));
    hub.fault(Fault::on_any("*").etag("other"));
    assert_eq!(
        hub.head("/user/m/resolve/main/f.bin")
            .header("x-linked-etag"),
        Some("\"other\"")
    );
    hub.fault(
        Fault::on_any("*")
            .without_header("etag")
            .header("x-odd", "yes"),
    );
    let odd = hub.get(FILE);
    assert_eq!(
        (odd.header("etag"), odd.header("x-odd")),
        (None, Some("yes"))
    );

    hub.fault(Fault::on_any("*").corrupt(66_000));
    let rotten = hub.get(FILE).expect(200).body;
    let differing: Vec<_> = (0..whole.len())
        .filter(|&i| rotten[i] != whole[i])
        .collect();
    assert_eq!(differing, [66_000]);

    hub.fault(Fault::on_any("*").gzip());
    let zipped = hub.get(FILE).expect(200);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    let mut plain = Vec::new();
    GzDecoder::new(&zipped.body[..])
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, whole);
}
