use std::ops::Range;

use bytes::Bytes;
use hf_cas::xorb::ChunkDecoder;
use hf_testhub::{Blob, TestHub};
use serde_json::Value;

use super::{Prepared, cas, hub, random, read_token};
use crate::support::{Call, Response};

const VERSIONS: [&str; 2] = ["v1", "v2"];

fn ask(hub: &TestHub, version: &str, hash: &str, range: Option<&str>) -> Response {
    let path = format!("/{version}/reconstructions/{hash}");
    let mut call = cas(hub, "GET", &path, &read_token(hub));
    if let Some(range) = range {
        call = call.header("range", range);
    }
    call.send()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn span(value: &Value) -> Range<usize> {
    number(&value["start"])..number(&value["end"])
}

fn unpack(data: &[u8]) -> Vec<Vec<u8>> {
    let mut input = Bytes::copy_from_slice(data);
    let mut decoder = ChunkDecoder::new();
    let mut chunks = Vec::new();
    loop {
        let mut chunk = Vec::new();
        if decoder.decode(&mut input, &mut chunk).unwrap().is_none() {
            decoder.finish().unwrap();
            return chunks;
        }
        chunks.push(chunk);
    }
}

/// The content that the response describes, fetched range by range.
fn assemble(answer: &Value) -> Vec<u8> {
    let mut content = Vec::new();
    for term in answer["terms"].as_array().unwrap() {
        let hash = term["hash"].as_str().unwrap();
        let wanted = span(&term["range"]);
        let mut found = Vec::new();
        if let Some(entries) = answer["fetch_info"][hash].as_array() {
            found.extend(
                entries
                    .iter()
                    .map(|e| (&e["url"], &e["range"], &e["url_range"])),
            );
        }
        for entry in answer["xorbs"][hash].as_array().into_iter().flatten() {
            let ranges = entry["ranges"].as_array().unwrap();
            found.extend(
                ranges
                    .iter()
                    .map(|r| (&entry["url"], &r["chunks"], &r["bytes"])),
            );
        }
        let (url, chunks, bytes) = found
            .into_iter()
            .find(|(_, chunks, _)| {
                span(chunks).start <= wanted.start && wanted.end <= span(chunks).end
            })
            .unwrap();
        let range = format!("bytes={}-{}", bytes["start"], bytes["end"]);
        let response = Call::new("GET", url.as_str().unwrap())
            .header("range", range)
            .send();
        let first = span(chunks).start;
        let all = unpack(&response.expect(206).body);
        let term_bytes = all[wanted.start - first..wanted.end - first].concat();
        assert_eq!(term_bytes.len(), number(&term["unpacked_length"]));
        content.extend(term_bytes);
    }
    content.split_off(number(&answer["offset_into_first_range"]))
}

#[test]
fn a_file_is_made_of_what_the_store_says() {
    let hub = hub();
    let text: Vec<u8> = (0..60_000)
        .flat_map(|i| format!("line {i}\n").into_bytes())
        .collect();
    for content in [random(1, 700_000), text, vec![0; 500_000], vec![7]] {
        let file = Prepared::new(content);
        file.upload(&hub);
        for version in VERSIONS {
            let answer = ask(&hub, version, &file.hash.to_string(), None)
                .expect(200)
                .json();
            assert!(assemble(&answer) == file.content, "{version}");
        }
    }
}

#[test]
fn what_was_added_without_xet_is_there_too() {
    let hub = hub();
    for (path, blob) in [
        ("synthetic.bin", Blob::synthetic(3, 3_000_000)),
        ("bytes.bin", Blob::from(random(2, 200_000))),
    ] {
        hub.add_file("user/m", path, &blob);
        let hash = crate::support::Calls::head(&hub, &format!("/user/m/resolve/main/{path}"))
            .expect(302)
            .header("x-xet-hash")
            .unwrap()
            .to_owned();
        let prepared = Prepared::new(blob.to_bytes().unwrap().to_vec());
        assert_eq!(hash, prepared.hash.to_string(), "{path}");
        for version in VERSIONS {
            let answer = ask(&hub, version, &hash, None).expect(200).json();
            assert!(assemble(&answer) == prepared.content, "{version} {path}");
        }
    }
}

#[test]
fn parts_of_a_file_need_the_chunks_they_lie_in_alone() {
    let hub = hub();
    let file = Prepared::new(random(1, 700_000));
    file.upload(&hub);
    let hash = file.hash.to_string();
    let chunks = file.xorb.chunks();
    let second = usize::try_from(chunks[0].length).unwrap();
    for (first, last) in [
        (0, 0),
        (second - 1, second),
        (second, second),
        (5, 699_999),
        (699_999, 699_999),
        (300_000, 2_000_000),
    ] {
        for version in VERSIONS {
            let range = format!("bytes={first}-{last}");
            let answer = ask(&hub, version, &hash, Some(&range)).expect(200).json();
            let wanted = &file.content[first..(last + 1).min(700_000)];
            let got = assemble(&answer);
            assert!(got.starts_with(wanted), "{version} {range}");
            assert!(
                got.len() < wanted.len() + hf_cas::MAX_CHUNK,
                "{version} {range}"
            );
        }
    }
    for range in [
        "bytes=700000-",
        "bytes=700000-800000",
        "bytes=9-3",
        "lines=1-2",
    ] {
        ask(&hub, "v2", &hash, Some(range)).expect(416);
    }
}

#[test]
fn unknown_files_and_the_second_version_are_missing() {
    let hub = hub();
    let file = Prepared::new(random(1, 100_000));
    file.upload(&hub);
    ask(&hub, "v2", &hf_cas::Hash::of_chunk(b"x").to_string(), None).expect(404);
    ask(&hub, "v2", "no-hash", None).expect(400);
    hub.xet().set_reconstructions_v2(false);
    ask(&hub, "v2", &file.hash.to_string(), None).expect(404);
    ask(&hub, "v1", &file.hash.to_string(), None).expect(200);
}

#[test]
fn data_is_fetched_by_signed_urls_that_expire() {
    let hub = hub();
    let file = Prepared::new(random(1, 400_000));
    file.upload(&hub);
    let answer = ask(&hub, "v1", &file.hash.to_string(), Some("bytes=0-10")).json();
    let entry = &answer["fetch_info"][file.xorb.hash().to_string()][0];
    let url = entry["url"].as_str().unwrap();
    assert!(url.starts_with(&hub.storage_endpoint()));
    let get = |url: &str, range: &str| Call::new("GET", url).header("range", range).send();
    let end = number(&entry["url_range"]["end"]);
    get(url, &format!("bytes=0-{end}")).expect(206);
    // Other bytes of the xorb, all of it, or a URL that was changed.
    get(url, &format!("bytes=0-{}", end + 1)).expect(403);
    Call::new("GET", url).send().expect(403);
    get(
        &url.replace("Signed-Range=0-", "Signed-Range=1-"),
        "bytes=1-2",
    )
    .expect(403);
    hub.expire_storage_urls();
    get(url, &format!("bytes=0-{end}")).expect(403);
}

#[test]
fn several_ranges_come_in_parts() {
    let hub = hub();
    let file = Prepared::new(random(1, 400_000));
    file.upload(&hub);
    let answer = ask(&hub, "v2", &file.hash.to_string(), None).json();
    let url = answer["xorbs"][file.xorb.hash().to_string()][0]["url"]
        .as_str()
        .unwrap();
    let parts = Call::new("GET", url)
        .header("range", "bytes=0-3,100-102")
        .send();
    let parts = parts.expect(206);
    let boundary = parts
        .header("content-type")
        .and_then(|kind| kind.strip_prefix("multipart/byteranges; boundary="))
        .unwrap();
    let data = file.xorb.data();
    let part = |range: Range<usize>| {
        let mut part = format!(
            "--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {}-{}/{}\r\n\r\n",
            range.start,
            range.end - 1,
            data.len()
        )
        .into_bytes();
        part.extend_from_slice(&data[range]);
        part.extend_from_slice(b"\r\n");
        part
    };
    let mut expected = part(0..4);
    expected.extend(part(100..103));
    expected.extend(format!("--{boundary}--\r\n").into_bytes());
    assert_eq!(parts.body, expected);
}
