use bytes::Bytes;
use hf_cas::shard::Shard;
use hf_cas::xorb::ChunkDecoder;
use hf_testhub::{Fault, Lie, TestHub};
use serde_json::Value;

use super::{Prepared, cas, hub, random, read_token};
use crate::support::Call;

/// A store with a file of two terms, the second of which is the beginning of the first again.
fn store() -> (TestHub, Prepared) {
    let hub = hub();
    let mut file = Prepared::new(random(1, 500_000));
    let mut tree = hf_cas::HashTree::new();
    let all = file.xorb.chunks().to_vec();
    let mut again = file.info.terms[0].clone();
    again.chunks = 0..1;
    again.length = all[0].length;
    file.info.terms.push(again);
    for chunk in all.iter().chain([&all[0]]) {
        tree.push(chunk.hash, chunk.length.into());
    }
    file.info.hash = tree.file_hash();
    file.hash = tree.file_hash();
    let first = file.content[..all[0].length as usize].to_vec();
    file.content.extend(first);
    file.info.sha256 = Some(super::sha256(&file.content));
    let proofs = file.info.verification.as_mut().unwrap();
    proofs.push(hf_cas::Hash::of_range([&all[0].hash]));
    file.upload(&hub);
    (hub, file)
}

fn reconstruction(hub: &TestHub, version: &str, file: &Prepared) -> Value {
    let path = format!("/{version}/reconstructions/{}", file.hash);
    cas(hub, "GET", &path, &read_token(hub))
        .send()
        .expect(200)
        .json()
}

#[test]
fn lies_of_a_reconstruction() {
    let (hub, file) = store();
    let xorb = file.xorb.hash().to_string();
    let first = |answer: &Value, key: &str| answer.pointer(&format!("/terms/0/{key}")).cloned();
    for version in ["v1", "v2"] {
        let honest = reconstruction(&hub, version, &file);
        assert_eq!(honest["terms"].as_array().unwrap().len(), 2);
        let told = |lie: Lie| {
            let fault = hub.fault(Fault::lie(lie));
            let answer = reconstruction(&hub, version, &file);
            assert_eq!(fault.fired(), 1);
            answer
        };
        let length = honest["terms"][0]["unpacked_length"].as_u64().unwrap();
        let end = honest["terms"][0]["range"]["end"].as_u64().unwrap();
        let unpacked = |lie| first(&told(lie), "unpacked_length").unwrap();
        assert_eq!(unpacked(Lie::ShortTerm), length - 1);
        assert_eq!(unpacked(Lie::LongTerm), length + 1);
        assert_eq!(
            told(Lie::TermBeyondXorb)["terms"][0]["range"]["end"],
            end + 1000
        );
        assert_eq!(told(Lie::ReversedTerm)["terms"][0]["range"]["start"], end);
        assert_eq!(told(Lie::ShiftedTerm)["terms"][0]["range"]["start"], 1);
        assert_eq!(told(Lie::FarOffset)["offset_into_first_range"], 1_u64 << 40);
        let terms = |lie| told(lie)["terms"].as_array().unwrap().len();
        assert_eq!(terms(Lie::MissingTerm), 1);
        assert_eq!(terms(Lie::RepeatedTerm), 3);
        assert_eq!(terms(Lie::NoTerms), 0);
        let place = match version {
            "v1" => format!("/fetch_info/{xorb}"),
            _ => format!("/xorbs/{xorb}"),
        };
        assert!(told(Lie::MissingXorb).pointer(&place).is_none());
        let elsewhere = told(Lie::DataAt("file:///etc/passwd".to_owned()));
        assert_eq!(
            elsewhere.pointer(&format!("{place}/0/url")).unwrap(),
            "file:///etc/passwd"
        );
        let bytes = match version {
            "v1" => format!("{place}/0/url_range"),
            _ => format!("{place}/0/ranges/0/bytes"),
        };
        let reversed = told(Lie::ReversedBytes);
        assert_eq!(
            reversed.pointer(&format!("{bytes}/start")),
            honest.pointer(&format!("{bytes}/end"))
        );
    }
}

/// The first chunk of a xorb that is sent under a fault, or what is wrong with it.
fn first_chunk(hub: &TestHub, file: &Prepared, lie: Lie) -> Result<Vec<u8>, String> {
    let answer = reconstruction(hub, "v2", file);
    let entry = &answer["xorbs"][file.xorb.hash().to_string()][0];
    let bytes = &entry["ranges"][0]["bytes"];
    let range = format!("bytes={}-{}", bytes["start"], bytes["end"]);
    let fault = hub.fault(Fault::lie(lie));
    let response = Call::new("GET", entry["url"].as_str().unwrap())
        .header("range", range)
        .send();
    assert_eq!(fault.fired(), 1);
    let mut input = Bytes::from(response.expect(206).body);
    let mut content = Vec::new();
    let mut decoder = ChunkDecoder::new();
    let found = decoder.decode(&mut input, &mut content);
    match found.map_err(|error| error.to_string())? {
        Some(_) => Ok(content),
        None => Err("it ends within the chunk".to_owned()),
    }
}

#[test]
fn lies_of_a_xorb() {
    let (hub, file) = store();
    let length = file.xorb.chunks()[0].length as usize;
    let wrong = first_chunk(&hub, &file, Lie::WrongChunk).unwrap();
    assert_eq!(wrong.len(), length);
    assert_ne!(wrong, file.content[..length]);
    for lie in [
        Lie::UnknownCompression,
        Lie::WrongCompression,
        Lie::UnknownVersion,
        Lie::InflatingChunk,
        Lie::EndlessChunk,
    ] {
        let found = first_chunk(&hub, &file, lie.clone());
        assert!(found.is_err(), "{lie:?}");
    }
}

#[test]
fn lies_of_known_chunks() {
    let (hub, file) = store();
    let chunk = file.xorb.chunks()[0].hash;
    let ask = |lie: Lie| {
        let fault = hub.fault(Fault::lie(lie));
        let path = format!("/v1/chunks/default/{chunk}");
        let answer = cas(&hub, "GET", &path, &read_token(&hub))
            .send()
            .expect(200);
        assert_eq!(fault.fired(), 1);
        Shard::parse(&answer.body)
    };
    let named = ask(Lie::UnknownXorbs).unwrap();
    assert_ne!(named.xorbs[0].hash, file.xorb.hash());
    let swapped = ask(Lie::SwappedChunks).unwrap();
    let footer = swapped.footer.unwrap();
    let last = swapped.xorbs[0].chunks.last().unwrap();
    assert_eq!(last.hash, footer.key_chunk(&chunk));
    let shorter = ask(Lie::ChunkLengths).unwrap();
    assert!(shorter.xorbs[0].chunks[0].length < file.xorb.chunks()[0].length);
    assert!(ask(Lie::NoShard).is_err());
}
