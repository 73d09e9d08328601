//! What the command says on stderr besides errors.
//!
//! By default the warnings of the client, and that a request is retried: one
//! plain line each. `HF_LOG` asks for more, in the format of the crate
//! `tracing-subscriber`.

use std::fmt;
use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The crates of this workspace warn. Below that: a request or a download that
/// broke off is tried again.
const DEFAULT: &str = "error,hf_api=warn,hf_cache=warn,hf_commit=warn,hf_safetensors=warn,\
                       hf_transport=warn,hf_types=warn,hf_cas=warn,hf_auth=warn,hf_transport::retry=info,\
                       hf_cache::fetch::retry=info";

pub(crate) fn start() {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // They would be reported on stderr, which panics if it is stderr that is closed.
        .log_internal_errors(false)
        .with_ansi(colours);
    if std::env::var_os("HF_LOG").is_some_and(|filter| !filter.is_empty()) {
        log.with_env_filter(EnvFilter::from_env("HF_LOG")).init();
    } else {
        log.with_ansi(false)
            .event_format(OneLine)
            .with_env_filter(EnvFilter::new(DEFAULT))
            .init();
    }
}

/// `warning: the message field=value`, whatever the message has in it.
struct OneLine;

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> fmt::Result {
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warning",
            _ => "note",
        };
        let mut text = String::new();
        context
            .field_format()
            .format_fields(Writer::new(&mut text), event)?;
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        writeln!(writer, "{level}: {}", lines.join(" "))
    }
}
