//! Downloads from servers that misbehave: whatever they do, a download ends within bounds, in the right bytes
//! or in an error.

use std::time::Duration;

use hf_api::HfApi;
use hf_api::transport::{Config, RetryConfig, Timeouts};
use hf_testhub::hostile::{
    Behavior, Cut, Encoding, ErrorBody, Errors, EtagForm, Excess, RangeSupport, RedirectTarget,
    Redirects, ResponseLimit, StopKind,
};
use hf_testhub::{Blob, Listener, RepoType, TestHub};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};

/// A download that takes longer hangs: nothing here waits for more than some hundred milliseconds at a time.
const LONGEST: Duration = Duration::from_secs(60);
/// Requests that one download of one file may make, redirects included: six attempts of metadata and content,
/// some connections beside them, and a fresh URL now and then.
const MOST_REQUESTS: usize = 150;

fn cut() -> impl Strategy<Value = Cut> {
    let after = prop_oneof![Just(0), Just(1), Just(1000), Just(70_000), Just(150_000)];
    let times = prop_oneof![Just(1), Just(3), Just(usize::MAX)];
    (after, times, select(StopKind::ALL))
        .prop_map(|(after, times, how)| Cut::new(after, times, how))
}

fn errors() -> impl Strategy<Value = Errors> {
    let when = prop_oneof![
        Just(Errors::first(1, 0)),
        Just(Errors::first(3, 0)),
        Just(Errors::every(2, 0)),
        Just(Errors::every(3, 0)),
        Just(Errors::always(0)),
    ];
    let status = select(&[400_u16, 403, 404, 408, 410, 429, 500, 501, 502, 503, 504][..]);
    // Ten megabytes are a test of their own.
    let bodies: Vec<ErrorBody> = ErrorBody::ALL
        .iter()
        .copied()
        .filter(|b| *b != ErrorBody::Huge)
        .collect();
    (when, status, select(bodies), any::<bool>()).prop_map(|(mut errors, status, body, wait)| {
        errors.status = status;
        let errors = errors.body(body);
        if wait {
            errors.retry_after("0")
        } else {
            errors
        }
    })
}

fn redirects() -> impl Strategy<Value = Redirects> {
    let status = select(&[300_u16, 301, 302, 303, 304, 305, 307, 308][..]);
    let hops = prop_oneof![Just(1), Just(3), Just(usize::MAX)];
    (status, hops, select(RedirectTarget::ALL))
        .prop_map(|(status, hops, target)| Redirects::new(status, hops, target))
}

/// Mostly one or two things are wrong at a time: more only hide each other.
fn behavior() -> impl Strategy<Value = Behavior> {
    let limit = (1_usize..3, select(Excess::ALL))
        .prop_map(|(most, excess)| ResponseLimit::new(most, excess));
    let rarely = |strategy| prop::option::weighted(0.15, strategy);
    (
        prop_oneof![1 => Just(RangeSupport::Honored), 2 => select(RangeSupport::ALL)],
        prop::option::weighted(0.5, cut()),
        prop_oneof![6 => Just(Encoding::None), 1 => select(Encoding::ALL)],
        prop_oneof![6 => Just(EtagForm::Unchanged), 1 => select(EtagForm::ALL)],
        prop::option::weighted(0.2, errors()),
        prop::option::weighted(0.1, redirects()),
        prop::option::weighted(0.15, limit),
        (
            rarely(select(&[400_u16, 403, 413, 500][..])),
            rarely(select(&[403_u16, 405, 501][..])),
        ),
        prop::bool::weighted(0.15),
    )
        .prop_map(
            |(range, cut, encoding, etag, errors, redirects, limit, (whole, head), chunked)| {
                let mut behavior = Behavior::new().range(range).encoding(encoding).etag(etag);
                behavior.cut = cut;
                behavior.errors = errors;
                behavior.redirects = redirects;
                behavior.connections = limit;
                behavior.refuse_whole = whole;
                behavior.refuse_head = head;
                behavior.chunked = chunked;
                behavior
            },
        )
}

struct Scene {
    hub: TestHub,
    content: Vec<u8>,
    small: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let hub = TestHub::start_blocking();
        let repo = hub.create_repo(RepoType::Model, "user/m");
        let blob = Blob::synthetic(1, 200_000);
        hub.add_file(&repo, "large.bin", &blob);
        let small: Vec<u8> = b"small ".repeat(400);
        hub.add_file(&repo, "small.txt", small.clone());
        Self {
            content: blob.to_bytes().unwrap().to_vec(),
            small,
            hub,
        }
    }

    fn api(&self, home: &std::path::Path) -> HfApi {
        let home = home.display().to_string();
        let config = Config::from_lookup(|name| (name == "HF_HOME").then(|| home.clone())).unwrap();
        HfApi::builder()
            .client(|client| {
                client
                    .config(config)
                    .endpoint(self.hub.endpoint())
                    .token(self.hub.token())
                    .retry(quick())
                    .timeouts(impatient())
            })
            .build()
            .unwrap()
    }

    /// Downloads once; the error names the rule that was broken.
    async fn run(&self, origin: Listener, behavior: &Behavior, file: &str) -> Result<(), String> {
        let home = tempfile::tempdir().unwrap();
        let api = self.api(home.path());
        self.hub.clear_behaviors();
        self.hub.set_behavior(origin, behavior.clone());
        self.hub.clear_requests();
        let expected = if file == "small.txt" {
            &self.small
        } else {
            &self.content
        };
        let call = api.hf_hub_download("user/m", file);
        let outcome = tokio::time::timeout(LONGEST, call.into_future()).await;
        let requests = self.hub.requests().len();
        let bytes = self.hub.bytes_sent(Listener::Hub) + self.hub.bytes_sent(Listener::Storage);
        match outcome {
            Err(_) => return Err(format!("hangs after {requests} requests, {bytes} bytes")),
            Ok(Err(error)) if error.to_string().is_empty() => {
                return Err("an empty error".to_owned());
            }
            Ok(Err(_)) => {}
            Ok(Ok(file)) => {
                let read = std::fs::read(file).map_err(|error| error.to_string())?;
                if read != *expected {
                    return Err(format!("other bytes: {} of {}", read.len(), expected.len()));
                }
            }
        }
        if requests > MOST_REQUESTS {
            return Err(format!("{requests} requests"));
        }
        // Every attempt may send all of it, and each of its connections too.
        let most = 60 * expected.len() as u64 + 100_000;
        if bytes > most {
            return Err(format!("{bytes} bytes for {}", expected.len()));
        }
        if self.hub.tokens_seen_by_storage() > 0 && origin == Listener::Storage {
            return Err("the storage saw a token".to_owned());
        }
        Ok(())
    }
}

fn quick() -> RetryConfig {
    RetryConfig::quick().with_max_retry_after(Duration::from_secs(2))
}

fn impatient() -> Timeouts {
    let limit = Duration::from_millis(500);
    Timeouts::default().with_headers(limit).with_idle(limit)
}

/// Cases drawn in a usual run; `HOSTILE_CASES` says otherwise.
fn cases() -> u32 {
    let text = std::env::var("HOSTILE_CASES").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[test]
fn a_download_ends_in_the_right_bytes_or_an_error_whatever_the_server_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let scene = Scene::new();
    let strategy = (
        select(&[Listener::Storage, Listener::Hub][..]),
        behavior(),
        select(&["large.bin", "small.txt"][..]),
    );
    let config = Cases {
        cases: cases(),
        max_shrink_iters: 30,
        failure_persistence: None,
        ..Cases::default()
    };
    // The same cases in every run: a longer run goes on from them.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    runner
        .run(&strategy, |(origin, behavior, file)| {
            runtime
                .block_on(scene.run(origin, &behavior, file))
                .map_err(TestCaseError::fail)
        })
        .unwrap();
}
