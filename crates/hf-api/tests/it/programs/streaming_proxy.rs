//! Serves files of the Hub to clients of its own, and holds none of them in
//! memory.

use hf_api::transport::{Request, ResponseBody};
use hf_api::{HfApi, Result};
use hf_testhub::{RepoType, TestHub};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::api;

/// Fetches a path of the Hub, for one client.
async fn forward(
    api: &HfApi,
    path: &str,
    range: Option<&str>,
) -> Result<http::Response<ResponseBody>> {
    let mut request = Request::get(path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    Ok(api.client().execute(request).await?.into())
}

async fn serve(api: HfApi, listener: TcpListener) {
    while let Ok((socket, _)) = listener.accept().await {
        let mut socket = BufReader::new(socket);
        let (path, range) = read_request(&mut socket).await;
        let response = forward(&api, &path, range.as_deref()).await.unwrap();
        let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", response.status());
        for name in ["content-length", "content-range", "etag"] {
            if let Some(value) = response.headers().get(name) {
                head.extend([name, ": ", value.to_str().unwrap(), "\r\n"]);
            }
        }
        socket
            .write_all(format!("{head}\r\n").as_bytes())
            .await
            .unwrap();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.unwrap().into_data() {
                socket.write_all(&data).await.unwrap();
            }
        }
        socket.shutdown().await.unwrap();
    }
}

/// Reads the path and the range of a request.
async fn read_request(socket: &mut BufReader<TcpStream>) -> (String, Option<String>) {
    let (mut path, mut range) = (String::new(), None);
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.unwrap();
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("GET ") {
            path = rest.split(' ').next().unwrap().to_owned();
        } else if let Some(wanted) = line.to_lowercase().strip_prefix("range: ") {
            range = Some(wanted.to_owned());
        } else if line.is_empty() {
            return (path, range);
        }
    }
}

#[tokio::test]
async fn files_are_passed_on_whole_and_in_parts() {
    let hub = TestHub::start().await;
    let repo = hub.create_repo(RepoType::Model, "user/served");
    let content: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 251) as u8).collect();
    hub.add_file(&repo, "weights.bin", content.clone());

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(api(&hub), listener));
    // Another client, which knows the proxy alone and has no token.
    let client = HfApi::builder()
        .endpoint(&proxy)
        .no_token()
        .build()
        .unwrap();
    let url = "/user/served/resolve/main/weights.bin";
    let whole = client.client().execute(Request::get(url)).await.unwrap();
    assert!(whole.bytes().await.unwrap() == content);
    let part = Request::get(url).header("range", "bytes=1000000-1000099");
    let part = client.client().execute(part).await.unwrap();
    assert_eq!(part.status(), http::StatusCode::PARTIAL_CONTENT);
    assert!(part.bytes().await.unwrap() == content[1_000_000..1_000_100]);
    server.abort();
}
