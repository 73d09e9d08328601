//! What a store says of a file, checked before anything is fetched.

use hf_cas::reconstruct::{Fetch, Reconstruction, Term, Version};
use hf_cas::{FormatError, Hash};
use proptest::prelude::*;
use serde_json::{Value, json};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SIZE: u64 = 600_000;

fn term(hash: &str, start: u32, end: u32, length: u32) -> Value {
    json!({"hash": hash, "unpacked_length": length, "range": {"start": start, "end": end}})
}

fn part(chunks: (u32, u32), bytes: (u64, u64)) -> Value {
    json!({
        "chunks": {"start": chunks.0, "end": chunks.1},
        "bytes": {"start": bytes.0, "end": bytes.1},
    })
}

/// A file of three terms: chunks of A, one of B, and some of those of A again.
fn whole() -> Value {
    json!({
        "offset_into_first_range": 0,
        "terms": [term(A, 0, 4, 300_000), term(B, 7, 8, 100_000), term(A, 1, 3, 200_000)],
        "xorbs": {
            A: [{"url": "http://a", "ranges": [part((0, 4), (0, 250_000))]}],
            B: [{"url": "http://b", "ranges": [part((2, 3), (50, 99)), part((7, 9), (1_000, 150_000))]}],
        },
    })
}

fn parse(value: &Value) -> Result<Reconstruction, FormatError> {
    Reconstruction::parse(Version::V2, value.to_string().as_bytes(), 0..SIZE, SIZE)
}

#[test]
fn both_versions_say_the_same() {
    let v2 = parse(&whole()).unwrap();
    let mut old = whole();
    let source = |url: &str, chunks: (u32, u32), bytes: (u64, u64)| {
        json!({
            "url": url,
            "range": {"start": chunks.0, "end": chunks.1},
            "url_range": {"start": bytes.0, "end": bytes.1},
        })
    };
    old["fetch_info"] = json!({
        A: [source("http://a", (0, 4), (0, 250_000))],
        B: [source("http://b", (2, 3), (50, 99)), source("http://b", (7, 9), (1_000, 150_000))],
    });
    let text = old.to_string();
    let v1 = Reconstruction::parse(Version::V1, text.as_bytes(), 0..SIZE, SIZE).unwrap();
    assert_eq!(v1.terms(), v2.terms());
    assert_eq!(v2.covered(), 0..SIZE);
    let headers = |plan: &Reconstruction| {
        let fetches = plan.fetches().iter();
        fetches.map(Fetch::range_header).collect::<Vec<_>>()
    };
    // One URL stands for all of its ranges, and may be signed for exactly these.
    assert_eq!(headers(&v2), ["bytes=0-250000", "bytes=50-99,1000-150000"]);
    assert_eq!(headers(&v1), ["bytes=0-250000", "bytes=1000-150000"]);
    let first = &v2.fetches()[0].parts()[0];
    let places: Vec<_> = first.terms().iter().map(Term::bytes).collect();
    assert_eq!(places, [0..300_000, 400_000..600_000]);
    assert_eq!(first.terms()[0].xorb(), &A.parse::<Hash>().unwrap());
}

#[test]
fn what_cannot_be_right_is_refused_with_what_is_wrong() {
    let changes: &[(&str, Value, &str)] = &[
        (
            "/terms/0/unpacked_length",
            json!(299_999),
            "terms end at byte 599999",
        ),
        (
            "/terms/0/unpacked_length",
            json!(300_001),
            "term 2 ends at byte 600001",
        ),
        (
            "/terms/0/unpacked_length",
            json!(500_000),
            "term 2 begins at byte 600000",
        ),
        (
            "/terms/0/unpacked_length",
            json!(3),
            "which 4 chunks cannot have",
        ),
        (
            "/terms/0/unpacked_length",
            json!(4_000_000_000_u32),
            "which 4 chunks cannot",
        ),
        ("/terms/0/unpacked_length", json!(-1), "-1"),
        ("/terms/0/unpacked_length", json!(1_u64 << 32), "4294967296"),
        ("/terms/0/range/start", json!(4), "chunks 4..4"),
        ("/terms/0/range/start", json!(5), "chunks 5..4"),
        ("/terms/0/range/end", json!(9_000), "at most 8192"),
        (
            "/terms/0/range/end",
            json!(5),
            "no range has the chunks 0..5",
        ),
        ("/terms/0/hash", json!("short"), "64"),
        ("/terms", json!([]), "terms end at byte 0"),
        ("/terms", json!(null), "null"),
        ("/xorbs", json!({}), "no range has the chunks"),
        (
            "/offset_into_first_range",
            json!(1),
            "first term begins 1 bytes before",
        ),
        (
            "/offset_into_first_range",
            json!(u64::MAX),
            "first term begins",
        ),
        ("/xorbs/A/0/ranges", json!([]), "no ranges"),
        (
            "/xorbs/A/0/ranges/0/chunks/end",
            json!(0),
            "the chunks 0..0",
        ),
        (
            "/xorbs/A/0/ranges/0/chunks/end",
            json!(10_000),
            "at most 8192",
        ),
        (
            "/xorbs/A/0/ranges/0/chunks/end",
            json!(3),
            "no range has the chunks 0..4",
        ),
        (
            "/xorbs/A/0/ranges/0/bytes/end",
            json!(10),
            "bytes 0-10 for 4 chunks",
        ),
        (
            "/xorbs/A/0/ranges/0/bytes/end",
            json!(u64::MAX),
            "for 4 chunks",
        ),
        (
            "/xorbs/A/0/ranges/0/bytes/start",
            json!(300_000),
            "bytes 300000-250000",
        ),
        (
            "/xorbs/B/0/ranges/1/chunks/start",
            json!(2),
            "overlap or are out of order",
        ),
        (
            "/xorbs/B/0/ranges/1/bytes/start",
            json!(99),
            "overlap or are out of order",
        ),
    ];
    for (place, value, why) in changes {
        let mut changed = whole();
        let place = place
            .replace("/A/", &format!("/{A}/"))
            .replace("/B/", &format!("/{B}/"));
        *changed.pointer_mut(&place).unwrap() = value.clone();
        let error = parse(&changed).unwrap_err().to_string();
        assert!(error.contains(why), "{place} = {value}: {error}");
        assert!(error.starts_with("invalid reconstruction"), "{error}");
    }
}

#[test]
fn a_range_begins_and_ends_within_chunks() {
    let answer = json!({
        "offset_into_first_range": 30,
        "terms": [term(A, 0, 1, 100)],
        "xorbs": {A: [{"url": "u", "ranges": [part((0, 1), (0, 99))]}]},
    });
    let text = answer.to_string();
    let parse = |range, size| Reconstruction::parse(Version::V2, text.as_bytes(), range, size);
    let plan = parse(1_030..1_050, 2_000).unwrap();
    assert_eq!((plan.range(), plan.covered()), (1_030..1_050, 1_000..1_100));
    for (range, size, why) in [
        (1_030..1_101, 2_000, "terms end at byte 1100"),
        (1_030..1_050, 1_060, "ends at byte 1100 of a file of 1060"),
        (20..30, 2_000, "begins 30 bytes before byte 20"),
        (1_030..1_030, 2_000, "not a part of a file"),
        (1_990..2_001, 2_000, "not a part of a file"),
    ] {
        let error = parse(range.clone(), size).unwrap_err().to_string();
        assert!(error.contains(why), "{range:?} of {size}: {error}");
    }
    let mut far = answer.clone();
    far["offset_into_first_range"] = json!(100);
    let text = far.to_string();
    let error = Reconstruction::parse(Version::V2, text.as_bytes(), 1_030..1_031, 2_000);
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("in front of the range")
    );
}

proptest! {
    #[test]
    fn any_numbers_give_a_plan_that_fills_the_range_or_an_error(
        terms in proptest::collection::vec((0..3_u32, 0..9_u32, 0..9_u32, 0..400_000_u32), 0..6),
        parts in proptest::collection::vec((0..9_u32, 0..9_u32, 0..99_u64, 0..99_999_u64), 0..6),
        offset in 0..3_u64,
        start in 0..3_u64,
    ) {
        let terms: Vec<_> = terms
            .iter()
            .map(|(hash, start, end, length)| term(if *hash == 0 { B } else { A }, *start, *end, *length))
            .collect();
        let ranges: Vec<_> = parts.iter().map(|(a, b, c, d)| part((*a, *b), (*c, *d))).collect();
        let answer = json!({
            "offset_into_first_range": offset,
            "terms": terms,
            "xorbs": {A: [{"url": "u", "ranges": ranges}], B: [{"url": "v", "ranges": ranges}]},
        });
        let text = answer.to_string();
        let range = start..300_000;
        if let Ok(plan) = Reconstruction::parse(Version::V2, text.as_bytes(), range.clone(), SIZE) {
            let covered = plan.covered();
            prop_assert!(covered.start <= range.start && covered.end >= range.end && covered.end <= SIZE);
            let mut places: Vec<_> = plan
                .fetches()
                .iter()
                .flat_map(Fetch::parts)
                .flat_map(|part| {
                    part.terms().iter().for_each(|term| {
                        assert!(part.chunks().start <= term.chunks().start);
                        assert!(part.chunks().end >= term.chunks().end);
                    });
                    part.terms()
                })
                .map(Term::bytes)
                .collect();
            places.sort_by_key(|place| place.start);
            let mut at = covered.start;
            for place in places {
                prop_assert_eq!(place.start, at);
                at = place.end;
            }
            prop_assert_eq!(at, covered.end);
        }
    }
}
