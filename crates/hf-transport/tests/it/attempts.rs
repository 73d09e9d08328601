//! One retry loop: what counts as an attempt, who decides, and what is reported.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hf_transport::progress::{ProgressEvent, ProgressMeter};
use hf_transport::{
    Body, BoxError, BoxService, Client, Error, ErrorKind, Request, RequestOptions, ResponseBody,
    Retryability, try_clone_request,
};
use http_body::Frame;
use http_body_util::StreamBody;
use tower::layer::layer_fn;
use tower::{ServiceExt, service_fn};

use crate::support::{Script, Step, answer, fail, status};

fn cut() -> Step {
    let frames = [
        Ok(Frame::data(Bytes::from_static(b"["))),
        Err(BoxError::from(Error::network("the connection was reset"))),
    ];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    Step::Answer(http::Response::new(ResponseBody::new(body)))
}

/// Five bodies that break and then servers that fail: six requests, not eleven.
#[tokio::test(start_paused = true)]
async fn a_call_is_sent_at_most_six_times_whatever_fails() {
    type Steps = fn(usize) -> Step;
    let kinds: [Steps; 4] = [
        |_| cut(),
        |at| if at < 5 { cut() } else { status(500) },
        |at| {
            if at % 2 == 0 {
                cut()
            } else {
                fail(Error::network("refused"))
            }
        },
        |at| if at % 2 == 0 { status(503) } else { cut() },
    ];
    for steps in kinds {
        let script = Script::new((0..30).map(steps));
        let client = script.client().build().unwrap();
        let error = client.fetch(Request::get("/api/x")).await.unwrap_err();
        assert_eq!((script.count(), error.attempts()), (6, 6), "{error}");
        assert!(error.to_string().contains("sent 6 times"), "{error}");
        let numbers: Vec<_> = script.seen().iter().map(|seen| seen.attempt).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }
    // A write whose response breaks off may have been done.
    let script = Script::new([cut(), cut()]);
    let client = script.client().build().unwrap();
    let error = client.fetch(Request::post("/api/x")).await.unwrap_err();
    assert_eq!((script.count(), error.kind()), (1, ErrorKind::Network));
    // And success says how often it took.
    let script = Script::new([cut(), status(502), answer(200, &[], "[1]")]);
    let client = script.client().build().unwrap();
    let response = client.fetch(Request::get("/api/x")).await.unwrap();
    assert_eq!(
        (response.attempts(), response.json::<Vec<u8>>().unwrap()),
        (3, vec![1])
    );
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_the_whole_request_covers_the_body_and_its_retries() {
    let script = Script::new((0..30).map(|_| cut()));
    let client = script.client().build().unwrap();
    let start = tokio::time::Instant::now();
    let request = Request::get("/api/x").timeout(Duration::from_secs(3));
    let error = client.fetch(request).await.unwrap_err();
    assert!(start.elapsed() <= Duration::from_secs(3));
    assert!(
        matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout),
        "{error}"
    );
}

/// The user's layer fails on its own account: it is asked once, and its words are shown.
#[tokio::test(start_paused = true)]
async fn an_error_of_the_user_s_layer_is_not_retried_unless_it_says_so() {
    for (retryability, attempts) in [(None, 1), (Some(Retryability::Always), 6)] {
        let calls = Arc::new(AtomicU32::new(0));
        let count = calls.clone();
        let layer = layer_fn(move |_: BoxService| {
            let count = count.clone();
            service_fn(move |_: http::Request<Body>| {
                count.fetch_add(1, Ordering::Relaxed);
                let error: BoxError = match retryability {
                    None => "my signing service is locked".into(),
                    Some(retryability) => {
                        Error::new(ErrorKind::Layer, "my signing service is busy")
                            .with_retryability(retryability)
                            .into()
                    }
                };
                std::future::ready(Err::<http::Response<ResponseBody>, _>(error))
            })
        });
        let client = Script::new([])
            .client()
            .attempt_layer(layer)
            .build()
            .unwrap();
        let error = client.fetch(Request::get("/x")).await.unwrap_err();
        assert_eq!(calls.load(Ordering::Relaxed), attempts);
        assert_eq!(error.kind(), ErrorKind::Layer);
        assert!(error.to_string().contains("my signing service"), "{error}");
    }
    // A timeout layer of tower's is a timeout.
    let slow = tower::timeout::TimeoutLayer::new(Duration::from_secs(1));
    let hangs = Script::new((0..9).map(|_| Step::Hang));
    let client = hangs.client().attempt_layer(slow).build().unwrap();
    let error = client.fetch(Request::get("/x")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 6));
    assert!(error.is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_classifier_of_the_user_s_decides() {
    let script = Script::new([status(404), status(404), status(500), status(500)]);
    let client = script
        .client()
        .retry_classifier(|failed| {
            assert!(failed.url().path().starts_with('/') && failed.number() > 0);
            match failed.status().map(|status| status.as_u16()) {
                Some(404) => Retryability::Always,
                _ => Retryability::Never,
            }
        })
        .build()
        .unwrap();
    let error = client.fetch(Request::post("/x")).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), script.count()), (500, 3));
}

/// A server that responds to a commit with 500 must not leave the user without a word.
#[tokio::test(start_paused = true)]
async fn retries_are_reported_to_the_sink_of_the_request() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = events.clone();
    let sink = move |event: &ProgressEvent<'_>| {
        if let ProgressEvent::RequestRetry {
            operation,
            attempt,
            delay,
            reason,
        } = event
        {
            assert!(*delay <= Duration::from_secs(8));
            log.lock()
                .unwrap()
                .push(format!("{operation} {attempt} {reason}"));
        }
    };
    let script = Script::new([status(500), fail(Error::network("it broke")), status(200)]);
    let client = script.client().build().unwrap();
    let options = RequestOptions::new().with_progress(Arc::new(sink));
    let request = Request::get("/x")
        .operation("model_info")
        .with_defaults(&options);
    client.fetch(request).await.unwrap();
    assert_eq!(
        *events.lock().unwrap(),
        [
            "model_info 1 the server responded with 500 Internal Server Error",
            "model_info 2 it broke",
        ]
    );
    let meter = Arc::new(ProgressMeter::new());
    let script = Script::new([status(500)]);
    let client: Client = script.client().build().unwrap();
    let client = client.with_defaults(RequestOptions::new().with_progress(meter.clone()));
    client.fetch(Request::get("/x")).await.unwrap();
    assert_eq!(meter.summary().retries, 1);
}

/// The source of a body is the program's: its panic is not a broken connection.
#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_an_error_and_is_not_sent_again() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for body in [
        Body::replay(3, || -> Body { panic!("out of disk {}", 7) }),
        Body::replay(3, || {
            StreamBody::new(futures_util::stream::poll_fn(
                |_| -> std::task::Poll<Option<Result<Frame<Bytes>, BoxError>>> {
                    panic!("out of disk 7")
                },
            ))
        }),
    ] {
        let script = Script::new([]);
        let client = script.client().build().unwrap();
        let error = client
            .execute(Request::put("/x").body(body))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Io, 1),
            "{error}"
        );
        assert!(
            error.to_string().contains("panicked: out of disk 7"),
            "{error}"
        );
    }
    std::panic::set_hook(hook);
}

/// A per-call layer that hedges: it needs a copy of the request.
#[tokio::test]
async fn a_layer_of_the_user_s_can_send_a_request_twice() {
    let script = Script::new([status(404), answer(200, &[], "second")]);
    let hedge = layer_fn(|inner: BoxService| {
        service_fn(move |request: http::Request<Body>| {
            let inner = inner.clone();
            async move {
                let again = try_clone_request(&request).expect("bytes can be sent again");
                let response = inner.clone().oneshot(request).await?;
                if response.status() != 404 {
                    return Ok::<_, BoxError>(response);
                }
                inner.oneshot(again).await
            }
        })
    });
    let client = script.client().layer(hedge).build().unwrap();
    let response = client.fetch(Request::put("/x").body("abc")).await.unwrap();
    assert_eq!(response.text(), "second");
    let seen = script.seen();
    assert!(
        seen.iter()
            .all(|seen| seen.body == "abc" && seen.header("authorization").is_some())
    );
}
