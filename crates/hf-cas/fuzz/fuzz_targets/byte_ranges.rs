//! Any bytes as the body of a response to a request for byte ranges, in pieces of any size.
#![no_main]

use bytes::Bytes;
use hf_cas::reconstruct::RangeBody;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&head, data)) = data.split_first() else {
        return;
    };
    let line = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (value, body) = data.split_at(line);
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let name = if head & 1 == 0 { header::CONTENT_TYPE } else { header::CONTENT_RANGE };
    let headers = HeaderMap::from_iter([(name, value)]);
    let Ok(reader) = RangeBody::new(StatusCode::PARTIAL_CONTENT, &headers) else {
        return;
    };
    let read = |size: usize| {
        let (mut reader, mut found) = (reader.clone(), Vec::new());
        for piece in body.chunks(size) {
            let mut input = Bytes::copy_from_slice(piece);
            loop {
                match reader.next(&mut input) {
                    Ok(Some((at, bytes))) => {
                        found.extend(bytes.iter().zip(at..).map(|(byte, at)| (at, *byte)));
                    }
                    Ok(None) => break,
                    Err(_) => return (found, false),
                }
            }
            assert!(input.is_empty());
        }
        (found, reader.finish().is_ok())
    };
    let whole = read(body.len().max(1));
    assert!(whole.0.len() <= body.len());
    assert_eq!(whole, read(usize::from(head >> 1) + 1), "the size of the pieces matters");
});
