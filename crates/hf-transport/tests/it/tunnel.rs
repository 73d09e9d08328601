//! What proxies say to `CONNECT`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hf_transport::{Error, ErrorKind, Request, Retryability};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use crate::support::{Server, settled};
use crate::tls::{certs, https, secure};

/// A proxy that responds to each `CONNECT` with `response`, and is a tunnel after it if that is a success.
async fn proxy(response: String, asked: Arc<AtomicU32>) -> Server {
    Server::raw(move |mut stream| {
        let (response, asked) = (response.clone(), asked.clone());
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => return,
                }
            }
            asked.fetch_add(1, Ordering::Relaxed);
            let head = String::from_utf8(head).unwrap();
            let target = head.strip_prefix("CONNECT ").unwrap();
            let port = target.split([':', ' ']).nth(1).unwrap();
            let mut server = TcpStream::connect(format!("127.0.0.1:{port}"))
                .await
                .unwrap();
            let _ = stream.write_all(response.as_bytes()).await;
            let last = response.rsplit("HTTP/1.").next().unwrap();
            if last.starts_with("1 2") || last.starts_with("0 2") {
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            }
        }
    })
    .await
}

async fn through(response: &str) -> (Result<String, Error>, u32) {
    let asked = Arc::new(AtomicU32::new(0));
    let hub = secure(&["http/1.1"]).await;
    let proxy = proxy(response.to_owned(), asked.clone()).await;
    let client = settled()
        .endpoint(https(&hub))
        .ca_bundle(certs("ca.pem"))
        .retry(crate::support::quick_retry())
        .proxy(format!("http://user:secret@{}", proxy.address))
        .build()
        .unwrap();
    let response = client.fetch(Request::get("/x")).await;
    (
        response.map(|response| response.text()),
        asked.load(Ordering::Relaxed),
    )
}

#[tokio::test]
async fn every_success_of_a_proxy_opens_the_tunnel() {
    let large = format!(
        "HTTP/1.1 200 OK\r\nx-trace: {}\r\n\r\n",
        "x".repeat(9 << 10)
    );
    for response in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 201 Created\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\n\r\n",
        &large,
    ] {
        let (text, asked) = through(response).await;
        assert_eq!(
            text.ok().as_deref(),
            Some("HTTP/1.1 false false"),
            "{response}"
        );
        assert_eq!(asked, 1);
    }
}

/// A wrong password must not be repeated: that locks accounts.
#[tokio::test]
async fn a_proxy_that_refuses_is_asked_once_and_its_status_is_told() {
    for (status, hint) in [
        ("407 Proxy Authentication Required", "user:password"),
        ("403 Forbidden", "NO_PROXY"),
        ("401 Unauthorized", "NO_PROXY"),
        ("404 Not Found", "NO_PROXY"),
        ("302 Found", "NO_PROXY"),
    ] {
        let body = "content-length: 6\r\n\r\ndenied";
        let (text, asked) = through(&format!("HTTP/1.1 {status}\r\n{body}")).await;
        let error = text.unwrap_err();
        assert_eq!((error.kind(), asked), (ErrorKind::Network, 1), "{error}");
        assert_eq!(error.retryability(), Retryability::Never);
        let text = format!("{error} {error:?}");
        assert!(
            text.contains(status) && text.contains("refused the tunnel"),
            "{text}"
        );
        assert!(error.hint().unwrap().contains(hint), "{error}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_proxy_in_trouble_is_asked_again() {
    for response in [
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
        "",
    ] {
        let (text, asked) = through(response).await;
        let error = text.unwrap_err();
        assert_eq!(error.retryability(), Retryability::Always, "{error}");
        assert_eq!(asked, 3, "{error}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    for response in [
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nwelcome to the proxy",
    ] {
        let (text, _) = through(response).await;
        let error = text.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert!(
            error.to_string().contains("proxy http://127.0.0.1"),
            "{error}"
        );
    }
}
