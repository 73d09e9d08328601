//! The layers without a [`Client`](hf_transport::Client), in a stack of somebody else's.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hf_transport::layers::{
    BandwidthLayer, BufferLayer, DecompressionLayer, HeaderTimeoutLayer, IdleTimeoutLayer,
    RateLimitLayer, RedirectLayer, RetryLayer, TotalTimeoutLayer, TraceLayer, auth, endpoint,
    hub_headers, offline, request_id, user_agent, user_agent_value,
};
use hf_transport::{
    Bandwidth, Body, Endpoint, Error, ErrorKind, RateLimits, ResponseInfo, RetryConfig, Token,
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

/// All of them, in another order than the client's, over a service that knows nothing of this crate
/// but the body of its requests.
#[tokio::test(start_paused = true)]
async fn all_layers_fit_into_a_foreign_stack() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let wire = service_fn(move |request: Request<Body>| {
        let log = log.clone();
        async move {
            let has = |name: &str| request.headers().contains_key(name);
            log.lock().unwrap().push(format!(
                "{} {} {}",
                request.uri(),
                has("authorization"),
                has("user-agent") && has("x-amzn-trace-id")
            ));
            let count = log.lock().unwrap().len();
            let response = Response::builder();
            let response = match count {
                1 => response.status(503),
                2 => response.status(307).header("location", "/b"),
                _ => response.status(200),
            };
            Ok::<_, Infallible>(response.body(Full::new(Bytes::from("done"))).unwrap())
        }
    });
    let hub = Endpoint::parse("https://hub.test/p").unwrap();
    let stack = ServiceBuilder::new()
        .layer(request_id())
        .layer(user_agent(user_agent_value(Some("somebody/1"), None)))
        .layer(offline(false))
        .layer(endpoint(hub.clone()))
        .layer(hub_headers(hub.origin().clone()))
        .layer(DecompressionLayer::new(1 << 20))
        .layer(TotalTimeoutLayer::new(Some(Duration::from_secs(60))))
        .layer(RetryLayer::new(RetryConfig::default()))
        .layer(BufferLayer)
        .layer(RateLimitLayer::new(
            RateLimits::default(),
            Duration::from_secs(60),
        ))
        .layer(auth(
            hub.origin().clone(),
            Some(Token::new("hf_x").unwrap()),
            true,
        ))
        .layer(RedirectLayer::new(hub))
        .layer(
            BandwidthLayer::new()
                .upload(Bandwidth::new(1))
                .download(Bandwidth::new(1)),
        )
        .layer(TraceLayer)
        .layer(IdleTimeoutLayer::new(Duration::from_secs(10)))
        .layer(HeaderTimeoutLayer::new(Duration::from_secs(10)))
        .service(wire);
    let request = Request::get("/a").body(Body::empty()).unwrap();
    let response = stack.oneshot(request).await.unwrap();
    let info = response.extensions().get::<ResponseInfo>().unwrap();
    assert_eq!(
        (info.attempts(), info.url().to_string().as_str()),
        (2, "https://hub.test/b")
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "done");
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "https://hub.test/p/a true true",
            "https://hub.test/p/a true true",
            "https://hub.test/b true true"
        ]
    );
}

/// Those that look at no request body take requests with any.
#[tokio::test]
async fn layers_that_never_repeat_take_any_body() {
    let wire = service_fn(|request: Request<&'static str>| async move {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(*request.body()))))
    });
    let hub = Endpoint::parse("https://hub.test").unwrap();
    let stack = ServiceBuilder::new()
        .layer(TotalTimeoutLayer::new(None))
        .layer(DecompressionLayer::new(1 << 20))
        .layer(endpoint(hub.clone()))
        .layer(hub_headers(hub.origin().clone()))
        .layer(request_id())
        .layer(offline(false))
        .layer(auth(hub.origin().clone(), None, true))
        .layer(TraceLayer)
        .layer(IdleTimeoutLayer::new(Duration::from_secs(10)))
        .service(wire);
    let request = Request::post("/a").body("mine").unwrap();
    let response = stack.oneshot(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "mine");
}

/// What each refuses comes out as this crate's error, whatever the service below.
#[tokio::test]
async fn refusals_are_typed() {
    let wire = service_fn(|_: Request<Body>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    let request = || {
        Request::get("https://hub.test/x")
            .body(Body::empty())
            .unwrap()
    };
    let error = offline(true).layer(wire).oneshot(request()).await;
    let error = Error::from(error.err().unwrap());
    assert_eq!(error.kind(), ErrorKind::OfflineMode);
    let endpoint = endpoint(Endpoint::parse("https://hub.test").unwrap());
    let error = endpoint
        .layer(wire)
        .oneshot(Request::get("*").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        Error::from(error.err().unwrap()).kind(),
        ErrorKind::Validation
    );
}
