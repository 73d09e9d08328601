//! A progress bar for the terminal: feature `indicatif`.

use std::sync::atomic::{AtomicU64, Ordering};

use hf_transport::Config;
use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One line that shows bytes, speed and files of a download.
///
/// Nothing is drawn where `HF_HUB_DISABLE_PROGRESS_BARS` is set, or where the output is no terminal.
///
/// ```
/// use std::sync::Arc;
/// use hf_cache::{Bar, SnapshotDownload};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = hf_transport::Client::builder().no_token().build()?;
/// let mut call = SnapshotDownload::new("openai-community/gpt2".parse()?);
/// call.progress = Some(Arc::new(Bar::new(client.config())));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Bar {
    line: ProgressBar,
    files: AtomicU64,
    done: AtomicU64,
}

impl Bar {
    /// A bar that heeds the configuration.
    pub fn new(config: &Config) -> Self {
        let target = if config.disable_progress_bars == Some(true) {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self::on(target)
    }

    /// A bar that is drawn there.
    pub fn on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            line: bar,
            files: AtomicU64::new(0),
            done: AtomicU64::new(0),
        }
    }

    fn show_files(&self) {
        let (files, done) = (
            self.files.load(Ordering::Relaxed),
            self.done.load(Ordering::Relaxed),
        );
        self.line.set_message(format!("{done}/{files} files"));
    }
}

impl ProgressSink for Bar {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        match event {
            ProgressEvent::Begin { files, bytes, .. } => {
                self.files.store(files.unwrap_or(0), Ordering::Relaxed);
                if let Some(bytes) = bytes {
                    self.line.set_length(*bytes);
                }
                self.show_files();
            }
            ProgressEvent::FileBegin { bytes, already, .. } => {
                // A single file's size is known when it begins.
                if self.line.length().is_none()
                    && let Some(bytes) = bytes
                {
                    self.line.set_length(*bytes);
                }
                self.line.inc(*already);
            }
            ProgressEvent::Transferred { bytes, .. } => self.line.inc(*bytes),
            ProgressEvent::Restarted { bytes, .. } => {
                self.line
                    .set_position(self.line.position().saturating_sub(*bytes));
            }
            ProgressEvent::Retry {
                file,
                attempt,
                reason,
            } => {
                self.line.println(format!(
                    "{file}: attempt {attempt} failed ({reason}); trying again"
                ));
            }
            ProgressEvent::FileEnd { outcome, .. } if *outcome != FileOutcome::Failed => {
                self.done.fetch_add(1, Ordering::Relaxed);
                self.show_files();
            }
            ProgressEvent::End { .. } => self.line.finish(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_move_the_bar() {
        let bar = Bar::on(ProgressDrawTarget::hidden());
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
    }
}
