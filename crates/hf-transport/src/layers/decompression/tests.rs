#![cfg(feature = "gzip")]

use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, Full, StreamBody};
use tower::ServiceExt;

use super::*;

fn gzip(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

async fn send(
    limit: u64,
    request: Request<()>,
    response: Response<Vec<u8>>,
    chunk: usize,
) -> Result<Response<Bytes>, Error> {
    let (parts, body) = response.into_parts();
    let wire = tower::service_fn(move |_: Request<()>| {
        let chunks: Vec<_> = body
            .chunks(chunk)
            .map(|chunk| Ok::<_, BoxError>(http_body::Frame::data(Bytes::copy_from_slice(chunk))))
            .collect();
        let body = StreamBody::new(futures_util::stream::iter(chunks));
        std::future::ready(Ok::<_, BoxError>(Response::from_parts(parts.clone(), body)))
    });
    let response = DecompressionLayer::new(limit)
        .layer(wire)
        .oneshot(request)
        .await
        .map_err(Error::from)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::from)?.to_bytes();
    Ok(Response::from_parts(parts, body))
}

fn encoded(coding: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder()
        .header(CONTENT_TYPE, "text/plain")
        .header(CONTENT_ENCODING, coding)
        .header(CONTENT_LENGTH, body.len())
        .body(body)
        .unwrap()
}

async fn read(limit: u64, coding: &str, body: Vec<u8>) -> Result<Bytes, Error> {
    send(limit, Request::new(()), encoded(coding, body), usize::MAX)
        .await
        .map(Response::into_body)
}

#[tokio::test]
async fn responses_are_decompressed_up_to_a_limit() {
    let data = vec![b'x'; 100_000];
    let packed = gzip(&data);
    assert!(packed.len() < 1_000);
    assert_eq!(read(100_000, "gzip", packed.clone()).await.unwrap(), data);
    let bomb = read(99_999, "gzip", packed).await.unwrap_err();
    assert_eq!(bomb.kind(), ErrorKind::TooLarge);
    // The limit applies to decompression only; a plain body may have any size.
    assert_eq!(read(10, "identity", data.clone()).await.unwrap(), data);
}

#[tokio::test]
async fn names_of_gzip_and_several_members_are_read() {
    let mut members = gzip(b"one, ");
    members.extend(gzip(b""));
    members.extend(gzip(&vec![b'x'; 100_000]));
    let mut expected = b"one, ".to_vec();
    expected.extend(vec![b'x'; 100_000]);
    for coding in [
        "gzip",
        "GZIP",
        "x-gzip",
        "X-GZip",
        "identity, gzip",
        " gzip ",
    ] {
        for chunk in [1, 7, usize::MAX] {
            let response = encoded(coding, members.clone());
            let response = send(1 << 20, Request::new(()), response, chunk)
                .await
                .unwrap();
            assert_eq!(response.body(), &expected, "{coding} {chunk}");
            assert!(!response.headers().contains_key(CONTENT_ENCODING));
            assert!(!response.headers().contains_key(CONTENT_LENGTH));
        }
    }
    // Bytes after the last member are not a member.
    let mut padded = gzip(b"abc");
    padded.extend([0; 512]);
    assert_eq!(read(1 << 20, "gzip", padded).await.unwrap(), "abc");
    assert_eq!(read(1 << 20, "gzip", Vec::new()).await.unwrap(), "");
}

#[tokio::test]
async fn a_damaged_response_may_be_asked_for_again() {
    let packed = gzip(&[b'x'; 1_000]);
    let mut wrong_sum = packed.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    let mut second_cut = packed.clone();
    second_cut.extend(&packed[..packed.len() - 9]);
    for bytes in [
        packed[..packed.len() - 9].to_vec(),
        packed[..packed.len() - 1].to_vec(),
        packed[..5].to_vec(),
        b"\x1f\x8b\x08\0rubbish rubbish".to_vec(),
        b"rubbish".to_vec(),
        wrong_sum,
        second_cut,
    ] {
        let error = read(1 << 20, "gzip", bytes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.is_retryable(), "{error:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_no_coding_changes_nothing() {
    for coding in [
        "aws-chunked",
        "none",
        "UTF-8",
        "",
        "binary",
        "identity, utf-8",
    ] {
        let response = encoded(coding, b"abc".to_vec());
        let response = send(1, Request::new(()), response, 2).await.unwrap();
        assert_eq!(response.body(), "abc", "{coding}");
        assert!(
            !response.headers().contains_key(CONTENT_ENCODING),
            "{coding}"
        );
        assert_eq!(response.headers()[CONTENT_LENGTH], "3");
    }
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_named_at_once() {
    for coding in ["deflate", "br", "ZSTD", "compress", "gzip, br"] {
        let error = read(1 << 20, coding, b"abc".to_vec()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{coding}");
        assert!(
            error.to_string().contains(&coding.to_ascii_lowercase()),
            "{error}"
        );
        assert!(!error.is_retryable());
    }
    let ranged = Request::get("/")
        .header(RANGE, "bytes=0-1")
        .body(())
        .unwrap();
    let mut part = encoded("gzip", b"abc".to_vec());
    *part.status_mut() = StatusCode::PARTIAL_CONTENT;
    let error = send(1, ranged, part, 9).await.unwrap_err();
    assert!(
        error.to_string().contains("range") && error.to_string().contains("gzip"),
        "{error}"
    );
    // A server's message must not be lost because of its encoding, nor the headers of a response without a
    // body.
    let mut failed = encoded("br", b"abc".to_vec());
    *failed.status_mut() = StatusCode::BAD_GATEWAY;
    assert!(send(1, Request::new(()), failed, 9).await.is_ok());
    let head = Request::head("/").body(()).unwrap();
    let response = send(1, head, encoded("br", Vec::new()), 9).await.unwrap();
    assert_eq!(response.headers()[CONTENT_ENCODING], "br");
    // A request that asks for a coding decodes it itself.
    let asks = Request::get("/")
        .header(ACCEPT_ENCODING, "zstd, br;q=0.5")
        .body(())
        .unwrap();
    let response = send(1, asks, encoded("br", b"abc".to_vec()), 9)
        .await
        .unwrap();
    assert_eq!(response.body(), "abc");
}

#[tokio::test]
async fn bytes_that_matter_are_asked_for_as_they_are() {
    let asked = |request: Request<()>| async {
        let wire = tower::service_fn(|request: Request<()>| {
            let asked = request.headers()[ACCEPT_ENCODING].as_bytes().to_vec();
            std::future::ready(Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(
                asked,
            )))))
        });
        let layer = DecompressionLayer::new(1);
        let response = layer.layer(wire).oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let request = || Request::get("/");
    assert_eq!(asked(request().body(()).unwrap()).await, "gzip");
    let ranged = request().header(RANGE, "bytes=0-1").body(()).unwrap();
    assert_eq!(asked(ranged).await, "identity");
    assert_eq!(
        asked(request().method("HEAD").body(()).unwrap()).await,
        "identity"
    );
    let own = request().header(ACCEPT_ENCODING, "br").body(()).unwrap();
    assert_eq!(asked(own).await, "br");
}
