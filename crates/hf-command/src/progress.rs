//! The way of a transfer, on stderr.

mod lines;
mod sums;

use std::sync::Arc;

use clap::ValueEnum;
use hf_api::cache::Bar;
use hf_api::transport::Config;
use hf_api::transport::progress::{ProgressEvent, ProgressSink};

use crate::output::{Mode, Output};
use lines::Lines;
use sums::Sums;

/// How the progress of a transfer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar for people at a terminal, nothing elsewhere.
    Auto,
    /// A bar, if stderr is a terminal.
    Bar,
    /// A line for each file that is done, and one with the sums every few seconds.
    Plain,
    /// The same as lines of JSON.
    Json,
    /// Nothing.
    None,
}

/// The progress of one command.
pub(crate) struct Progress {
    sums: Arc<Sums>,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(Arc<Bar>),
    Lines(Arc<Lines>),
}

impl Progress {
    pub(crate) fn new(mode: ProgressMode, config: &Config, output: Output) -> Self {
        let sums = Arc::new(Sums::default());
        let shown = match mode {
            ProgressMode::Auto if output.mode != Mode::Human => Shown::Nothing,
            ProgressMode::None => Shown::Nothing,
            ProgressMode::Auto | ProgressMode::Bar => Shown::Bar(Arc::new(Bar::new(config))),
            ProgressMode::Plain => Shown::Lines(Lines::start(false, sums.clone())),
            ProgressMode::Json => Shown::Lines(Lines::start(true, sums.clone())),
        };
        Self { sums, shown }
    }

    /// Returns the sink that the calls report to.
    pub(crate) fn sink(&self) -> Arc<dyn ProgressSink> {
        Arc::new(Sink {
            sums: self.sums.clone(),
            shown: match &self.shown {
                Shown::Nothing => None,
                Shown::Bar(bar) => Some(bar.clone()),
                Shown::Lines(lines) => Some(lines.clone()),
            },
        })
    }

    /// Returns the number of files of the last call, as far as it has reported one.
    pub(crate) fn files(&self) -> Option<u64> {
        self.sums.files()
    }

    /// Ends the display, and says what was done.
    pub(crate) fn finish(&self, verb: &str, output: Output) {
        if let Shown::Lines(lines) = &self.shown {
            lines.stop();
        }
        if let Some(text) = self.sums.sentence(verb) {
            output.note(&text);
        }
    }
}

struct Sink {
    sums: Arc<Sums>,
    shown: Option<Arc<dyn ProgressSink>>,
}

impl ProgressSink for Sink {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        self.sums.on_event(event);
        if let Some(shown) = &self.shown {
            shown.on_event(event);
        }
    }
}
