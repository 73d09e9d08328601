//! A terminal progress bar (feature `indicatif`).

use std::fmt::Write;
use std::sync::Arc;

use hf_transport::Config;
use hf_transport::progress::{ProgressEvent, ProgressMeter, ProgressSink, ProgressSummary};
use indicatif::{
    FormattedDuration, HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

/// A one-line progress bar that shows the bytes, speed and files of a transfer, or of all transfers that run
/// at the same time.
///
/// Draws nothing if `HF_HUB_DISABLE_PROGRESS_BARS` is set, or if the output is not a terminal.
///
/// ```
/// use std::sync::Arc;
/// use hf_cache::{Bar, SnapshotDownload};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::builder().no_token().build()?;
/// let call = SnapshotDownload::new("openai-community/gpt2".parse()?).progress(Arc::new(Bar::new(client.config())));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Bar {
    line: ProgressBar,
    meter: Arc<ProgressMeter>,
}

impl Bar {
    /// Creates a bar on standard error, unless the configuration disables progress bars.
    pub fn new(config: &Config) -> Self {
        let target = if config.disable_progress_bars == Some(true) {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self::drawn_on(target)
    }

    /// Creates a bar on standard output, unless the configuration disables progress bars.
    pub fn stdout(config: &Config) -> Self {
        let target = if config.disable_progress_bars == Some(true) {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stdout()
        };
        Self::drawn_on(target)
    }

    // Private, as `indicatif` is not at version 1 yet.
    fn drawn_on(target: ProgressDrawTarget) -> Self {
        let line = ProgressBar::with_draw_target(None, target);
        let meter = Arc::new(ProgressMeter::new());
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {speed} {left}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let (speed, left) = (meter.clone(), meter.clone());
            let style = style
                .with_key("speed", move |_: &ProgressState, out: &mut dyn Write| {
                    let _ = write!(out, "{}", speed_of(&speed.summary()));
                })
                .with_key("left", move |_: &ProgressState, out: &mut dyn Write| {
                    if let Some(time) = left.summary().remaining() {
                        let _ = write!(out, "{}", FormattedDuration(time));
                    }
                });
            line.set_style(style);
        }
        Self { line, meter }
    }

    fn show(&self, sums: &ProgressSummary) {
        if let Some(bytes) = sums.bytes {
            self.line.set_length(bytes);
        }
        self.line.set_position(sums.bytes_done);
        let mut text = match sums.files {
            Some(files) => format!("{}/{files} files", sums.files_done),
            None => format!("{} files", sums.files_done),
        };
        if sums.bytes_hashed > 0 {
            text = format!("{text}, {} hashed", HumanBytes(sums.bytes_hashed));
        }
        self.line.set_message(text);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate to be read by people"
)]
fn speed_of(sums: &ProgressSummary) -> String {
    format!("{}/s", HumanBytes(sums.bytes_per_second as u64))
}

impl ProgressSink for Bar {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        self.meter.on_event(event);
        match event {
            ProgressEvent::Begin { .. } if self.line.is_finished() => self.line.reset(),
            ProgressEvent::Retry {
                file,
                attempt,
                reason,
            } => self.line.println(format!(
                "{file}: attempt {attempt} failed ({reason}); trying again"
            )),
            _ => {}
        }
        let sums = self.meter.summary();
        self.show(&sums);
        if matches!(event, ProgressEvent::End { .. }) && sums.calls == 0 {
            self.line.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use hf_transport::progress::FileOutcome;

    use super::*;

    #[test]
    fn events_move_the_bar() {
        let bar = Bar::drawn_on(ProgressDrawTarget::hidden());
        bar.on_event(&ProgressEvent::Begin {
            operation: "x",
            files: Some(2),
            bytes: Some(100),
        });
        bar.on_event(&ProgressEvent::FileBegin {
            file: "a",
            bytes: Some(60),
            already: 10,
        });
        bar.on_event(&ProgressEvent::Transferred {
            file: "a",
            bytes: 30,
        });
        bar.on_event(&ProgressEvent::Restarted {
            file: "a",
            bytes: 5,
        });
        assert_eq!((bar.line.position(), bar.line.length()), (35, Some(100)));
        bar.on_event(&ProgressEvent::FileEnd {
            file: "a",
            outcome: FileOutcome::Done,
        });
        assert_eq!(bar.line.message(), "1/2 files");
        bar.on_event(&ProgressEvent::End { operation: "x" });
        assert!(bar.line.is_finished());
        // The next call of the same client continues on the same line.
        bar.on_event(&ProgressEvent::Begin {
            operation: "y",
            files: Some(1),
            bytes: Some(5),
        });
        bar.on_event(&ProgressEvent::Hashed {
            file: "b",
            bytes: 2048,
        });
        assert!(!bar.line.is_finished());
        assert_eq!(bar.line.length(), Some(105));
        assert_eq!(bar.line.message(), "1/3 files, 2.00 KiB hashed");
    }
}
