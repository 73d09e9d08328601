use std::fmt::Write;
use std::sync::{Arc, Mutex};

use hf_transport::{Request, RetryConfig};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Script, answer, status};

/// Writes everything down that is said, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

/// What is said while something runs.
pub(crate) async fn said(work: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    work.await;
    drop(guard);
    let text = log.0.lock().unwrap();
    text.clone()
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0.lock().unwrap(), " {}={value:?}", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let _ = write!(self.0.lock().unwrap(), "\nspan {}", span.metadata().name());
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        self.0.lock().unwrap().push_str("\nrecord");
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let _ = write!(
            self.0.lock().unwrap(),
            "\nevent {}",
            event.metadata().level()
        );
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_span_and_no_secret() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let script = Script::new([
        status(500),
        answer(
            302,
            &[("location", "https://cdn.test/f?X-Amz-Signature=s3cr3t")],
            "",
        ),
        answer(200, &[("x-hf-warning", "trace-test; be careful")], "hello"),
    ]);
    let client = script.client().build().unwrap();
    let request = Request::get("/x/resolve/main/f")
        .query("token", "s3cr3t")
        .operation("hf_hub_download");
    let response = client.fetch(request).await.unwrap();
    assert_eq!(response.text(), "hello");
    let failing = Script::new([answer(401, &[("x-error-message", "no")], "")]);
    let client = failing.client().retry(RetryConfig::none()).build().unwrap();
    let error = client
        .fetch(Request::get("/api/x").query("access_token", "s3cr3t"))
        .await
        .unwrap_err();
    drop(guard);
    let log = log.0.lock().unwrap().clone();
    for (text, times) in [
        ("request operation=\"hf_hub_download\"", 3),
        ("path=\"/x/resolve/main/f\"", 2),
        ("host=\"cdn.test\"", 1),
        ("attempt=2", 2),
        ("method=\"GET\"", 4),
        ("status=200", 2),
        ("status=302", 2),
        ("status=401", 2),
        ("head_ms=", 4),
        // In each span, and in its last event.
        ("total_ms=", 8),
        ("status=500", 2),
        ("bytes=5", 2),
        ("be careful", 1),
        ("retrying in", 1),
    ] {
        assert_eq!(log.matches(text).count(), times, "{text}: {log}");
    }
    for secret in ["hf_test", "s3cr3t"] {
        assert!(!log.contains(secret), "{log}");
        assert!(
            !format!("{error} {error:?} {client:?}").contains(secret),
            "{error:?}"
        );
    }
}
