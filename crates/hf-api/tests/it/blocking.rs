//! Calls without async code, and outside of tokio.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use hf_api::transport::layers::map_request;
use hf_api::transport::progress::ProgressEvent;
use hf_api::{ErrorKind, HfApi};
use hf_testhub::TestHub;

fn api(hub: &TestHub) -> HfApi {
    HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()
        .unwrap()
}

/// Runs `test` on a thread: one that hangs fails.
fn within_a_minute(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = channel();
    let thread = std::thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match finished.recv_timeout(Duration::from_secs(60)) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => thread.join().unwrap(),
    }
}

#[test]
fn blocking_from_a_plain_thread() {
    let hub = TestHub::start_blocking();
    hub.seed_models(12);
    hub.set_page_size(5);
    let api = api(&hub);
    assert_eq!(api.whoami().wait().unwrap().name, "user");
    let names: Vec<_> = api
        .list_models()
        .iter()
        .map(|model| model.unwrap().id)
        .collect();
    assert_eq!(names.len(), 12);
    let first = api.list_models().iter().next().unwrap().unwrap();
    assert_eq!(first.id, names[0]);
}

#[tokio::test]
async fn blocking_inside_a_runtime() {
    let hub = TestHub::start_blocking();
    hub.seed_models(300);
    hub.set_page_size(2);
    let api = api(&hub);
    assert_eq!(api.whoami().wait().unwrap().name, "user");
    // Far beyond what a task may do before it must yield.
    assert_eq!(api.list_models().iter().flatten().count(), 300);
}

#[test]
fn calls_run_without_tokio() {
    let hub = TestHub::start_blocking();
    hub.seed_models(7);
    hub.set_page_size(2);
    let api = api(&hub);
    futures_executor(async {
        assert_eq!(api.whoami().await.unwrap().name, "user");
        assert_eq!(api.list_models().await.unwrap().len(), 7);
        assert_eq!(api.list_models().stream().count().await, 7);
        assert!(api.create_repo("made").await.is_ok());
    });
}

/// The least executor there is: it knows nothing of tokio.
fn futures_executor(future: impl Future<Output = ()>) {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    while future.as_mut().poll(&mut context).is_pending() {
        std::thread::park();
    }
}

#[test]
fn a_blocking_call_in_a_progress_callback_is_an_error_and_not_a_hang() {
    within_a_minute(|| {
        let hub = TestHub::start_blocking();
        let api = api(&hub);
        api.create_repo("nested").wait().unwrap();
        let kinds = Arc::new(Mutex::new(Vec::new()));
        let (seen, inner) = (Arc::clone(&kinds), api.clone());
        api.upload_file(vec![7; 12_000_000], "large.bin", "user/nested")
            .on_progress(move |_event: &ProgressEvent<'_>| {
                // On the thread of the outer call it is refused; on a thread
                // that only reads files it is a call like any other.
                let nested = inner.whoami().wait().map_err(|error| error.kind());
                seen.lock().unwrap().push(nested.err());
            })
            .wait()
            .unwrap();
        let kinds = kinds.lock().unwrap();
        assert!(!kinds.is_empty(), "progress was reported");
        let refused = [None, Some(ErrorKind::Validation)];
        assert!(kinds.iter().all(|kind| refused.contains(kind)), "{kinds:?}");
    });
}

#[test]
fn a_slow_callback_delays_no_other_thread() {
    within_a_minute(|| {
        let hub = TestHub::start_blocking();
        let api = api(&hub);
        api.create_repo("slow").wait().unwrap();
        let (begun, wait_for_begin) = channel();
        let (release, released) = channel::<()>();
        let (begun, released) = (Mutex::new(begun), Mutex::new(released));
        let uploading = {
            let api = api.clone();
            std::thread::spawn(move || {
                api.upload_file(vec![7; 12_000_000], "large.bin", "user/slow")
                    .on_progress(move |_event| {
                        let _ = begun.lock().unwrap().send(());
                        // Until the other thread is through.
                        let _ = released.lock().unwrap().recv();
                    })
                    .wait()
            })
        };
        wait_for_begin.recv().unwrap();
        for _ in 0..3 {
            assert_eq!(api.whoami().wait().unwrap().name, "user");
        }
        drop(release);
        uploading.join().unwrap().unwrap();
    });
}

#[test]
fn a_panic_in_a_callback_is_no_end_of_a_list() {
    within_a_minute(|| {
        let hub = TestHub::start_blocking();
        hub.seed_models(4);
        let api = api(&hub);
        api.create_repo("panics").wait().unwrap();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            api.upload_file(vec![7; 12_000_000], "large.bin", "user/panics")
                .on_progress(|_event| panic!("in the callback"))
                .wait()
        }));
        // The panic itself, or the error of a task that it ended.
        assert!(!matches!(panicked, Ok(Ok(_))), "{panicked:?}");
        // Later calls are none the worse for it.
        assert_eq!(api.list_models().iter().flatten().count(), 5);
    });
}

#[test]
fn a_panic_in_a_layer_is_no_end_of_a_list() {
    within_a_minute(|| {
        let hub = TestHub::start_blocking();
        hub.seed_models(6);
        hub.set_page_size(2);
        let trap = map_request(|request| {
            let later_page = request
                .uri
                .query()
                .is_some_and(|query| query.contains("cursor"));
            assert!(!later_page, "in the layer");
            Ok(())
        });
        let api = HfApi::builder()
            .endpoint(hub.endpoint())
            .token(hub.token())
            .client(|client| client.layer(trap))
            .build()
            .unwrap();
        let mut models = api.list_models().iter();
        let mut read = 0;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for model in models.by_ref() {
                model.unwrap();
                read += 1;
            }
        }));
        assert!(panicked.is_err() && read == 2, "{read} items");
        let error = models.next().unwrap().unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
        assert!(models.next().is_none());
        // Without async code or with it.
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            api.list_models().wait().map(|models| models.len())
        }));
        assert!(panicked.is_err(), "{panicked:?}");
        assert_eq!(api.whoami().wait().unwrap().name, "user");
    });
}
