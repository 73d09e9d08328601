//! Where a call tells of its progress.

use std::fmt;
use std::sync::Arc;

use hf_transport::progress::ProgressSink;

/// The sink of a call's progress, if it has one. No parameter: it has no JSON.
#[derive(Clone, Default)]
pub(crate) struct Progress(Option<Arc<dyn ProgressSink>>);

impl Progress {
    /// The sink.
    pub(crate) fn sink(self) -> Option<Arc<dyn ProgressSink>> {
        self.0
    }
}

impl From<Arc<dyn ProgressSink>> for Progress {
    fn from(sink: Arc<dyn ProgressSink>) -> Self {
        Self(Some(sink))
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "sink" } else { "none" })
    }
}
