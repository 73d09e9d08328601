//! How many requests a host gets at once. Time is paused: each test takes the same steps every time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hf_transport::{
    AdaptiveConcurrency, Client, ConcurrencyConfig, Error, ErrorKind, HostConcurrency,
};
use http::{StatusCode, Uri};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const LATENCY: Duration = Duration::from_millis(20);

fn host() -> HostConcurrency {
    AdaptiveConcurrency::default().host(&Uri::from_static("https://storage.test/x"))
}

/// Sends requests that take [`LATENCY`] to a host that serves `capacity` of them at once, and returns the time.
async fn send(host: &HostConcurrency, requests: usize, capacity: usize) -> Duration {
    let began = Instant::now();
    let served = Arc::new(Semaphore::new(capacity));
    join_all((0..requests).map(|_| async {
        let permit = host.acquire().await;
        let _place = served.acquire().await.unwrap();
        sleep(LATENCY).await;
        permit.succeeded();
    }))
    .await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_host_that_takes_everything_gets_64_requests_at_once_after_three_round_trips() {
    let host = host();
    assert_eq!(host.limit(), 8);
    let took = send(&host, 2_000, 1_000).await;
    assert_eq!(host.limit(), 64);
    assert_eq!(host.in_flight(), 0);
    let at_once = LATENCY * 2_000_u32.div_ceil(64);
    assert!(took <= at_once.mul_f64(1.1), "{took:?} of {at_once:?}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_serves_only_so_many_at_once_is_not_flooded() {
    for capacity in [3, 12, 20] {
        let host = host();
        let took = send(&host, 3_000, capacity).await;
        assert!(
            host.limit() <= (2 * capacity).max(12),
            "{host:?} for {capacity}"
        );
        assert!(host.limit() >= capacity, "{host:?} for {capacity}");
        let best = LATENCY * 3_000_u32.div_ceil(u32::try_from(capacity).unwrap());
        assert!(
            took <= best.mul_f64(1.1),
            "{took:?} of {best:?} for {capacity}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_gets_half_as_many_and_later_more_again() {
    for error in [
        Error::new(ErrorKind::RateLimited, "slow down").with_status(StatusCode::TOO_MANY_REQUESTS),
        Error::new(ErrorKind::Http, "busy").with_status(StatusCode::SERVICE_UNAVAILABLE),
        Error::network("the connection broke"),
        Error::timeout("nothing came"),
    ] {
        let host = host();
        send(&host, 2_000, 1_000).await;
        let mut flying = Vec::new();
        for _ in 0..64 {
            flying.push(host.acquire().await);
        }
        sleep(LATENCY).await;
        for permit in flying.drain(..) {
            permit.finish(&Err::<(), _>(error.clone()));
        }
        assert_eq!(host.limit(), 32, "once for all that were in flight");
        assert_eq!(host.in_flight(), 0);
        let mut flying = Vec::new();
        while let Some(permit) = host.try_acquire() {
            flying.push(permit);
        }
        assert_eq!(flying.len(), 32);
        sleep(LATENCY).await;
        for permit in flying {
            permit.finish(&Err::<(), _>(error.clone()));
        }
        assert_eq!(host.limit(), 16);
        send(&host, 4_000, 1_000).await;
        assert_eq!(host.limit(), 64, "it has recovered");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_only_refuses_still_gets_one_request_at_a_time() {
    let host = host();
    for _ in 0..10 {
        let permit = host.acquire().await;
        sleep(LATENCY).await;
        permit.overloaded();
    }
    assert_eq!(host.limit(), 1);
    let permit = host.acquire().await;
    assert!(host.try_acquire().is_none());
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn errors_that_say_nothing_about_the_load_do_not_slow_down() {
    let host = host();
    let missing = Error::new(ErrorKind::EntryNotFound, "no").with_status(StatusCode::NOT_FOUND);
    for _ in 0..20 {
        let permit = host.acquire().await;
        sleep(LATENCY).await;
        permit.finish(&Err::<(), _>(missing.clone()));
    }
    assert_eq!(host.limit(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_nobody_reaches_is_not_raised() {
    let host = host();
    for _ in 0..100 {
        send(&host, 4, 100).await;
    }
    assert_eq!(host.limit(), 8);
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_cancelled_give_their_places_back() {
    let host = host();
    let permits: Vec<_> = std::iter::from_fn(|| host.try_acquire()).collect();
    assert_eq!(permits.len(), 8);
    let waiting = tokio::time::timeout(LATENCY, host.acquire()).await;
    assert!(waiting.is_err(), "nothing is free");
    drop(permits);
    assert_eq!((host.in_flight(), host.limit()), (0, 8));
    drop(host.acquire().await);
    assert_eq!(host.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn large_bodies_count_while_they_arrive() {
    let host = host();
    // Each transfer has a rate of its own and takes minutes: none has ended when more are started.
    let transfers = join_all((0..64).map(|_| async {
        let permit = host.acquire().await;
        for _ in 0..1_200 {
            sleep(Duration::from_millis(50)).await;
            permit.progress(500_000);
        }
        permit.succeeded();
    }));
    let watch = async {
        sleep(Duration::from_secs(3)).await;
        assert_eq!(host.in_flight(), 64);
    };
    tokio::join!(transfers, watch);
}

#[tokio::test(start_paused = true)]
async fn each_host_has_a_limit_of_its_own_and_clones_of_a_client_share_it() {
    let client = Client::builder()
        .config(hf_transport::Config::in_folder("/nowhere"))
        .concurrency(AdaptiveConcurrency::new(
            ConcurrencyConfig::default().with_initial(2).with_max(2),
        ))
        .build()
        .unwrap();
    let a = Uri::from_static("https://a.test/1");
    let permits = [
        client.concurrency().acquire(&a).await,
        client.clone().concurrency().acquire(&a).await,
    ];
    let a_elsewhere = Uri::from_static("https://A.test:443/2?x=y");
    assert!(
        client
            .concurrency()
            .host(&a_elsewhere)
            .try_acquire()
            .is_none()
    );
    let b = Uri::from_static("http://a.test/1");
    assert!(client.concurrency().host(&b).try_acquire().is_some());
    drop(permits);
}

#[test]
fn bounds_that_make_no_sense_are_read_as_the_nearest_that_do() {
    let config = ConcurrencyConfig::default()
        .with_min(0)
        .with_max(0)
        .with_initial(7);
    assert_eq!((config.min(), config.initial(), config.max()), (1, 1, 1));
    let config = ConcurrencyConfig::fixed(usize::MAX);
    assert_eq!(config.min(), config.max());
}

#[tokio::test]
async fn a_response_keeps_its_permit_until_its_body_ends() {
    use bytes::Bytes;
    use hf_transport::{Request, ResponseBody};
    use http_body_util::{BodyExt as _, StreamBody};

    let service = tower::service_fn(|_: http::Request<hf_transport::Body>| async {
        let frames =
            ["one", "two"].map(|part| Ok::<_, Error>(http_body::Frame::data(Bytes::from(part))));
        let body = StreamBody::new(futures_util::stream::iter(frames));
        Ok::<_, Error>(http::Response::new(ResponseBody::new(body)))
    });
    let client = Client::builder()
        .config(hf_transport::Config::in_folder("/nowhere"))
        .service(service)
        .build()
        .unwrap();
    let host = client
        .concurrency()
        .host(&Uri::from_static("https://storage.test/x"));
    let open = async || {
        let permit = host.acquire().await;
        let response = client.execute(Request::get("https://storage.test/x")).await;
        permit.attach(response.unwrap())
    };
    let (read, dropped) = (open().await, open().await);
    assert_eq!(host.in_flight(), 2);
    let body = read.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "onetwo");
    assert_eq!(host.in_flight(), 1);
    drop(dropped);
    assert_eq!(host.in_flight(), 0);
}
