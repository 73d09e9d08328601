//! HTTP/2 by hand: what a server says of streams that it did not process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use hf_transport::{ErrorKind, Request, RetryConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::support::{Make, Server, settled};
use crate::tls::{acceptor, certs, https};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// What is done with a request whose head has come.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// `RST_STREAM` with this code.
    Reset(u32),
    /// `GOAWAY` with this code, that no stream was processed, and the end of the connection.
    GoAway(u32),
    /// The end of the connection.
    Close,
}

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

type Steps = Arc<Mutex<VecDeque<Step>>>;

async fn write<S: AsyncWrite + Unpin>(
    io: &mut S,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    io.write_all(&frame).await?;
    io.flush().await
}

/// Takes the next step for each request, and responds with 204 after the last.
async fn speak<S>(io: &mut S, steps: Steps, count: Arc<Mutex<usize>>) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut preface = [0; 24];
    io.read_exact(&mut preface).await?;
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    write(io, SETTINGS, 0, 0, &[]).await?;
    loop {
        let mut head = [0; 9];
        io.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        io.read_exact(&mut payload).await?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        match head[3] {
            SETTINGS if head[4] == 0 => write(io, SETTINGS, 1, 0, &[]).await?,
            HEADERS => {
                *count.lock().unwrap() += 1;
                let step = steps.lock().unwrap().pop_front();
                match step {
                    Some(Step::Reset(code)) => {
                        write(io, RST_STREAM, 0, stream, &code.to_be_bytes()).await?;
                    }
                    Some(Step::GoAway(code)) => {
                        let mut payload = vec![0; 4];
                        payload.extend(code.to_be_bytes());
                        write(io, GOAWAY, 0, 0, &payload).await?;
                        return io.shutdown().await;
                    }
                    Some(Step::Close) => return io.shutdown().await,
                    // The static table's `:status: 204`, and with it the end of the stream.
                    None => write(io, HEADERS, 0x5, stream, &[0x89]).await?,
                }
            }
            _ => {}
        }
    }
}

async fn server(steps: &[Step]) -> (Server, Arc<Mutex<usize>>) {
    let count = Arc::new(Mutex::new(0));
    let steps: Steps = Arc::new(Mutex::new(steps.iter().copied().collect()));
    let (acceptor, asked) = (acceptor(&["h2"]), count.clone());
    let server = Server::raw(move |stream| {
        let (acceptor, steps, asked) = (acceptor.clone(), steps.clone(), asked.clone());
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                // A client that hangs up ends it.
                let _ = speak(&mut stream, steps, asked).await;
            }
        }
    })
    .await;
    (server, count)
}

#[tokio::test]
async fn what_a_server_did_not_process_is_sent_again_whatever_it_is() {
    let get: Make = || Request::get("/x");
    let post: Make = || Request::post("/x").body("{}");
    let cases: &[(&str, Make, &[Step], usize, bool)] = &[
        ("refused", post, &[Step::Reset(REFUSED_STREAM)], 2, true),
        (
            "refused twice",
            post,
            &[Step::Reset(REFUSED_STREAM); 2],
            3,
            true,
        ),
        ("going away", post, &[Step::GoAway(NO_ERROR)], 2, true),
        ("going away, GET", get, &[Step::GoAway(NO_ERROR)], 2, true),
        // After these it may have been processed.
        ("failed", post, &[Step::Reset(INTERNAL_ERROR)], 1, false),
        ("failed, GET", get, &[Step::Reset(INTERNAL_ERROR)], 2, true),
        ("cancelled", post, &[Step::Reset(CANCEL)], 1, false),
        (
            "too many",
            post,
            &[Step::GoAway(ENHANCE_YOUR_CALM)],
            1,
            false,
        ),
        ("closed", post, &[Step::Close], 1, false),
        ("closed, GET", get, &[Step::Close], 2, true),
    ];
    for (name, request, steps, requests, survives) in cases {
        let (server, count) = server(steps).await;
        let client = settled()
            .endpoint(https(&server))
            .ca_bundle(certs("ca.pem"))
            .retry(RetryConfig::quick())
            .build()
            .unwrap();
        match client.execute(request()).await {
            Ok(response) => assert!(*survives && response.status() == 204, "{name}"),
            Err(error) => assert!(
                !survives && error.kind() == ErrorKind::Network,
                "{name}: {error}"
            ),
        }
        assert_eq!(*count.lock().unwrap(), *requests, "{name}");
    }
}
