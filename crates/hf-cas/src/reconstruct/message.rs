//! What the tasks of a download send to its driver.

use hf_transport::Result;
use tokio::sync::OwnedSemaphorePermit;

use super::assemble::Batch;
use super::plan::Reconstruction;

pub(super) enum Message {
    Planned(Result<Reconstruction>),
    Data {
        batches: Vec<Batch>,
        _memory: Option<OwnedSemaphorePermit>,
    },
    Done {
        id: u64,
        outcome: Result<()>,
    },
}
