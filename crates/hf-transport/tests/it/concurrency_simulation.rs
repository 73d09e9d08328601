//! A simulation of clients and servers without a network, to see where the limits of [`HostConcurrency`] lead. Time is
//! paused and the random numbers have a seed: each run takes the same steps.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use hf_transport::{ConcurrencyConfig, HostConcurrency};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

/// Calls of a client that want to send requests.
const WORKERS: usize = 128;

/// A server, and the way to it.
struct Server {
    latency: Duration,
    /// Requests that it works on at the same time, each for this long; the others wait.
    cores: (Semaphore, Duration),
    /// Its first requests cost this many times the work: those that open connections.
    slow_start: (usize, u32),
    /// It refuses more requests than these at once.
    max_in_flight: usize,
    in_flight: AtomicUsize,
    served: AtomicUsize,
    refused: AtomicUsize,
    random: Mutex<fastrand::Rng>,
}

impl Server {
    fn new(latency: u64) -> Self {
        Self {
            latency: Duration::from_millis(latency),
            cores: (Semaphore::new(Semaphore::MAX_PERMITS), Duration::ZERO),
            slow_start: (0, 1),
            max_in_flight: usize::MAX,
            in_flight: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            random: Mutex::new(fastrand::Rng::with_seed(7)),
        }
    }

    fn with_cores(mut self, cores: usize, milliseconds: u64) -> Self {
        self.cores = (Semaphore::new(cores), Duration::from_millis(milliseconds));
        self
    }

    fn with_slow_start(mut self, requests: usize, times: u32) -> Self {
        self.slow_start = (requests, times);
        self
    }

    fn with_max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests;
        self
    }

    /// Returns whether a request is served.
    async fn request(&self) -> bool {
        // Up to a quarter more or less than the latency, as on real lines.
        let share = self.random.lock().unwrap().f64() / 2.0 + 0.75;
        sleep(self.latency.mul_f64(share)).await;
        let taken = self.in_flight.fetch_add(1, Ordering::Relaxed) < self.max_in_flight;
        if taken {
            let (cores, work) = &self.cores;
            let _core = cores.acquire().await.unwrap();
            let (first, times) = self.slow_start;
            let slow = self.served.load(Ordering::Relaxed) < first;
            sleep(*work * if slow { times } else { 1 }).await;
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let counter = if taken { &self.served } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        taken
    }

    fn refused_share(&self) -> f64 {
        let refused = count(&self.refused);
        refused / (refused + count(&self.served))
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn count(counter: &AtomicUsize) -> f64 {
    counter.load(Ordering::Relaxed) as f64
}

/// Sends one request, again until it is served.
async fn send(host: &HostConcurrency, server: &Server) {
    loop {
        let permit = host.acquire().await;
        if server.request().await {
            permit.succeeded();
            return;
        }
        permit.overloaded();
        sleep(Duration::from_millis(100)).await;
    }
}

/// Sends requests and returns how long that took.
async fn send_all(host: &HostConcurrency, server: &Server, requests: usize) -> Duration {
    let began = Instant::now();
    let left = AtomicUsize::new(requests);
    let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    join_all((0..WORKERS).map(|_| async {
        while next().is_ok() {
            send(host, server).await;
        }
    }))
    .await;
    began.elapsed()
}

fn adaptive() -> HostConcurrency {
    HostConcurrency::new(ConcurrencyConfig::default())
}

fn fixed(requests: usize) -> HostConcurrency {
    HostConcurrency::new(ConcurrencyConfig::fixed(requests))
}

#[tokio::test(start_paused = true)]
async fn a_host_that_serves_all_gets_64_requests_at_once_at_any_distance() {
    for latency in [5, 20, 80, 200] {
        let best = send_all(&fixed(64), &Server::new(latency), 3_000).await;
        let host = adaptive();
        let took = send_all(&host, &Server::new(latency), 3_000).await;
        assert_eq!(host.limit(), 64, "{latency} ms");
        assert!(
            took <= best.mul_f64(1.15),
            "{took:?} of {best:?} at {latency} ms"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_near_host_with_few_cores_is_busy_all_the_time_and_its_queue_is_short() {
    for cores in [2, 4] {
        let server = || Server::new(0).with_cores(cores, 2);
        let best = send_all(&fixed(64), &server(), 3_000).await;
        let host = adaptive();
        let took = send_all(&host, &server(), 3_000).await;
        assert!(
            took <= best.mul_f64(1.02),
            "{took:?} of {best:?} with {cores} cores"
        );
        assert!(host.limit() <= 16, "{host:?} with {cores} cores");
    }
}

#[tokio::test(start_paused = true)]
async fn a_near_host_that_gets_faster_by_itself_does_not_get_more_requests() {
    let server = Server::new(0).with_cores(2, 1).with_slow_start(32, 4);
    let host = HostConcurrency::new(ConcurrencyConfig::fixed(32).with_max(64));
    send_all(&host, &server, 3_000).await;
    assert!(host.limit() <= 32, "{host:?}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_more_than_so_many_is_used_and_seldom_refuses() {
    for (latency, max) in [(20, 20), (80, 20), (20, 48), (200, 48)] {
        let server = || {
            Server::new(latency)
                .with_cores(max, latency)
                .with_max_in_flight(max)
        };
        let best = send_all(&fixed(max), &server(), 6_000).await;
        let refusing = server();
        let took = send_all(&adaptive(), &refusing, 6_000).await;
        let refused = refusing.refused_share();
        assert!(refused <= 0.02, "{refused} at {latency} ms with {max}");
        assert!(
            took <= best.mul_f64(1.35),
            "{took:?} of {best:?} at {latency} ms with {max}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_disk_is_busy_all_the_time_and_does_not_get_all_requests_at_once() {
    let host = adaptive();
    let server = Server::new(20);
    let disk = Semaphore::new(1);
    let began = Instant::now();
    let left = AtomicUsize::new(2_000);
    let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    join_all((0..WORKERS).map(|_| async {
        while next().is_ok() {
            let permit = host.acquire().await;
            assert!(server.request().await);
            // 1 MB at 200 MB/s. The permit is for the whole body.
            let _turn = disk.acquire().await.unwrap();
            sleep(Duration::from_millis(5)).await;
            permit.progress(1_000_000);
            permit.succeeded();
        }
    }))
    .await;
    let (took, best) = (began.elapsed(), Duration::from_millis(2_000 * 5));
    assert!(took <= best.mul_f64(1.02), "{took:?} of {best:?}");
    assert!(host.limit() <= 32, "{host:?}");
}

#[tokio::test(start_paused = true)]
async fn more_than_the_fixed_number_is_never_slower_than_that() {
    let mut servers: Vec<(String, Box<dyn Fn() -> Server>)> = Vec::new();
    for latency in [0, 20, 80, 200] {
        for cores in [2, 20, 1_000] {
            let work = if cores < 20 { 2 } else { 20 };
            let server = move || Server::new(latency).with_cores(cores, work);
            servers.push((format!("{latency} ms, {cores} cores"), Box::new(server)));
            let server = move || server().with_max_in_flight(48);
            let name = format!("{latency} ms, {cores} cores, refuses more than 48");
            servers.push((name, Box::new(server)));
        }
    }
    for (name, server) in servers {
        let before = send_all(&fixed(32), &server(), 3_000).await;
        let host = HostConcurrency::new(ConcurrencyConfig::fixed(32).with_max(64));
        let took = send_all(&host, &server(), 3_000).await;
        assert!(took <= before.mul_f64(1.05), "{took:?}, {before:?}: {name}");
    }
}

/// Returns how evenly clients that begin one after the other are served in the end: 1 if all get the same, 1/n if one gets
/// everything (the index of Jain). And how much is served in a second.
async fn shares(server: &Server, clients: u32) -> (f64, f64) {
    let began = Instant::now();
    let measured_from = began + Duration::from_secs(1) * clients + Duration::from_secs(20);
    let ends = measured_from + Duration::from_secs(20);
    let shares = join_all((0..clients).map(|client| async move {
        sleep(Duration::from_secs(1) * client).await;
        let host = adaptive();
        let served = AtomicUsize::new(0);
        let work = join_all((0..WORKERS).map(|_| async {
            loop {
                send(&host, server).await;
                if Instant::now() >= measured_from {
                    served.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
        tokio::select! {
            biased;
            () = sleep_until(ends) => {}
            _ = work => {}
        }
        count(&served)
    }))
    .await;
    let (sum, squares) = shares
        .iter()
        .fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    (sum * sum / (f64::from(clients) * squares), sum / 20.0)
}

#[tokio::test(start_paused = true)]
async fn clients_share_a_server_fairly_whether_it_refuses_or_queues() {
    let servers = [
        (
            "refuses",
            Server::new(20).with_cores(100, 20).with_max_in_flight(100),
        ),
        ("queues", Server::new(20).with_cores(20, 5)),
    ];
    // 100 at once for 20 ms each, and 20 at once for 5 ms each.
    let capacities = [5_000.0, 4_000.0];
    for ((name, server), capacity) in servers.into_iter().zip(capacities) {
        let (fairness, rate) = shares(&server, 6).await;
        let refused = server.refused_share();
        assert!(fairness >= 0.9, "{fairness}: {name}");
        assert!(rate >= 0.6 * capacity, "{rate} of {capacity}: {name}");
        assert!(refused <= 0.05, "{refused}: {name}");
    }
}
