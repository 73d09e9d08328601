//! Proxies: everything that is between the client and a server's socket.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hf_transport::{Client, Config, ErrorKind, Proxies, Request, RetryConfig, Retryability};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use crate::support::{Server, settled, text};
use crate::tls::{acceptor, certs, https, secure};

type Told = Arc<Mutex<Vec<String>>>;

/// A proxy that knows `CONNECT`, and forwards whole addresses.
async fn http_proxy(told: Told) -> Server {
    Server::raw(move |stream| http_proxy_connection(stream, told.clone())).await
}

async fn http_proxy_connection<S>(mut stream: S, told: Told)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    let auth = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .starts_with("proxy-authorization: ")
            .then(|| line[21..].to_owned())
    });
    told.lock()
        .unwrap()
        .push(format!("{line} {}", auth.as_deref().unwrap_or("-")));
    let Some(target) = line.strip_prefix("CONNECT ") else {
        let token = head
            .to_ascii_lowercase()
            .contains("\r\nauthorization: bearer");
        let body = format!("forwarded {token}");
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        return;
    };
    if auth.as_deref() == Some("Basic bm86bm8=") {
        let _ = stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .await;
        return;
    }
    let port = target.split([':', ' ']).nth(1).unwrap();
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await;
    let _ = copy_bidirectional(&mut stream, &mut server).await;
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let told = Told::default();
    let hub = secure(&["h2", "http/1.1"]).await;
    let proxy = http_proxy(told.clone()).await;
    let client = settled()
        .endpoint(https(&hub))
        .token("hf_x")
        .ca_bundle(certs("ca.pem"))
        .proxy(format!("http://user:p%40ss@{}", proxy.address))
        .build()
        .unwrap();
    // The proxy's credentials do not reach the server, the token does not reach the proxy.
    assert_eq!(
        client.fetch(Request::get("/x")).await.unwrap().text(),
        "HTTP/2.0 true false"
    );
    let line = format!(
        "CONNECT localhost:{} HTTP/1.1 Basic dXNlcjpwQHNz",
        hub.address.port()
    );
    assert_eq!(*told.lock().unwrap(), [line]);
    assert!(!format!("{client:?} {:?}", client.config()).contains("p%40ss"));
}

#[tokio::test]
async fn a_proxy_behind_tls_works_too() {
    let told = Told::default();
    let hub = secure(&["http/1.1"]).await;
    let (acceptor, log) = (acceptor(&["http/1.1"]), told.clone());
    let proxy = Server::raw(move |stream| {
        let (acceptor, log) = (acceptor.clone(), log.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                http_proxy_connection(stream, log).await;
            }
        }
    })
    .await;
    let client = settled()
        .endpoint(https(&hub))
        .ca_bundle(certs("ca.pem"))
        .proxy(https(&proxy))
        .build()
        .unwrap();
    assert_eq!(
        client.fetch(Request::get("/x")).await.unwrap().text(),
        "HTTP/1.1 false false"
    );
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn plain_http_is_forwarded() {
    let told = Told::default();
    let proxy = http_proxy(told.clone()).await;
    let client = settled()
        .endpoint("http://hub.test")
        .token("hf_x")
        .proxy(format!("http://user:pass@{}", proxy.address))
        .build()
        .unwrap();
    assert_eq!(
        client.fetch(Request::get("/x?y")).await.unwrap().text(),
        "forwarded true"
    );
    assert_eq!(
        *told.lock().unwrap(),
        ["GET http://hub.test/x?y HTTP/1.1 Basic dXNlcjpwYXNz"]
    );
}

#[tokio::test]
async fn no_proxy_is_honoured_and_a_dead_proxy_is_named() {
    let hub = Server::http(|_| text("direct")).await;
    let proxies = |no: Option<&str>| {
        let proxies = Proxies::default().with_all("http://127.0.0.1:1");
        match no {
            Some(hosts) => proxies.with_no_proxy(hosts),
            None => proxies,
        }
    };
    let builder = || settled().endpoint(hub.url()).retry(RetryConfig::none());
    let client = builder()
        .proxies(proxies(Some("127.0.0.1")))
        .build()
        .unwrap();
    assert_eq!(
        client.fetch(Request::get("/x")).await.unwrap().text(),
        "direct"
    );
    let client = builder().proxies(proxies(None)).build().unwrap();
    let error = client.fetch(Request::get("/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retryability()),
        (ErrorKind::Network, Retryability::Always)
    );
    assert!(
        error
            .to_string()
            .contains("cannot connect to proxy http://127.0.0.1:1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_said_to() {
    let proxy = http_proxy(Told::default()).await;
    let client = settled()
        .endpoint("https://hub.test")
        .proxy(format!("http://no:no@{}", proxy.address))
        .retry(RetryConfig::none())
        .build()
        .unwrap();
    let text = client
        .fetch(Request::get("/x"))
        .await
        .unwrap_err()
        .to_string();
    assert!(text.contains("proxy") && !text.contains("no:no"), "{text}");
}

/// A SOCKS5 proxy that wants a password and connects to loopback whatever the target.
async fn socks_proxy(told: Told) -> Server {
    Server::raw(move |stream| {
        let told = told.clone();
        async move {
            let _ = socks_connection(stream, told).await;
        }
    })
    .await
}

async fn socks_connection(mut stream: TcpStream, told: Told) -> std::io::Result<()> {
    async fn take(stream: &mut TcpStream, count: usize) -> std::io::Result<Bytes> {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).await?;
        Ok(bytes.into())
    }
    let greeting = take(&mut stream, 2).await?;
    take(&mut stream, greeting[1].into()).await?;
    stream.write_all(&[5, 2]).await?;
    let user = take(&mut stream, 2).await?[1];
    let user = take(&mut stream, user.into()).await?;
    let password = stream.read_u8().await?;
    let password = take(&mut stream, password.into()).await?;
    stream.write_all(&[1, 0]).await?;
    let host = match take(&mut stream, 4).await?[3] {
        1 => format!("{:?}", &take(&mut stream, 4).await?[..]),
        4 => format!("{:?}", &take(&mut stream, 16).await?[..]),
        _ => {
            let length = stream.read_u8().await?;
            String::from_utf8_lossy(&take(&mut stream, length.into()).await?).into_owned()
        }
    };
    let port = stream.read_u16().await?;
    told.lock().unwrap().push(format!(
        "{}:{} {host}:{port}",
        String::from_utf8_lossy(&user),
        String::from_utf8_lossy(&password)
    ));
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

#[tokio::test]
async fn socks5_carries_both_schemes() {
    let told = Told::default();
    let proxy = socks_proxy(told.clone()).await;
    let plain = Server::http(|_| text("plain")).await;
    let hub = secure(&["http/1.1"]).await;
    let client = |url: String, scheme: &str| {
        settled()
            .endpoint(url)
            .ca_bundle(certs("ca.pem"))
            .proxy(format!("{scheme}://user:pass@{}", proxy.address))
            .build()
            .unwrap()
    };
    let (plain_port, hub_port) = (plain.address.port(), hub.address.port());
    let response = client(format!("http://hub.test:{plain_port}"), "socks5h")
        .fetch(Request::get("/x"))
        .await;
    assert_eq!(response.unwrap().text(), "plain");
    let response = client(format!("https://hub.test:{hub_port}"), "socks5h")
        .fetch(Request::get("/x"))
        .await;
    assert_eq!(response.unwrap().text(), "HTTP/1.1 false false");
    let response = client(format!("http://127.0.0.1:{plain_port}"), "socks5")
        .fetch(Request::get("/x"))
        .await;
    assert_eq!(response.unwrap().text(), "plain");
    assert_eq!(
        *told.lock().unwrap(),
        [
            format!("user:pass hub.test:{plain_port}"),
            format!("user:pass hub.test:{hub_port}"),
            format!("user:pass [127, 0, 0, 1]:{plain_port}"),
        ]
    );
}

/// The variables, in both cases, lead both schemes through their proxies, and around them.
#[tokio::test]
async fn the_environment_names_the_proxies() {
    let told = Told::default();
    let proxy = http_proxy(told.clone()).await;
    let hub = secure(&["http/1.1"]).await;
    let plain = Server::http(|_| text("direct")).await;
    let url = format!("http://{}", proxy.address);
    let (direct, tunnelled) = (plain.url(), https(&hub));
    let cases = [
        (
            &direct,
            vec![("HTTP_PROXY", url.as_str())],
            "forwarded false",
            1,
        ),
        (
            &direct,
            vec![("http_proxy", url.as_str())],
            "forwarded false",
            1,
        ),
        (&direct, vec![("HTTPS_PROXY", url.as_str())], "direct", 0),
        (
            &direct,
            vec![("ALL_PROXY", url.as_str())],
            "forwarded false",
            1,
        ),
        (
            &direct,
            vec![("all_proxy", url.as_str()), ("no_proxy", "127.0.0.0/8")],
            "direct",
            0,
        ),
        (
            &tunnelled,
            vec![("HTTPS_PROXY", url.as_str())],
            "HTTP/1.1 false false",
            1,
        ),
        (
            &tunnelled,
            vec![("ALL_PROXY", url.as_str()), ("NO_PROXY", "localhost")],
            "HTTP/1.1 false false",
            0,
        ),
    ];
    for (endpoint, variables, answer, through) in cases {
        told.lock().unwrap().clear();
        let config = Config::from_lookup(|name| match name {
            "HF_HOME" => Some("/nonexistent".to_owned()),
            "SSL_CERT_FILE" => Some(certs("ca.pem").display().to_string()),
            _ => variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned()),
        });
        let client = Client::builder().config(config.unwrap()).endpoint(endpoint);
        let response = client.build().unwrap().fetch(Request::get("/x")).await;
        assert_eq!(response.unwrap().text(), answer, "{variables:?}");
        assert_eq!(told.lock().unwrap().len(), through, "{variables:?}");
    }
}
