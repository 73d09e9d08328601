//! Moves bytes from a connection to the writer.

use super::body_error::BodyError;
use super::chunk::Chunk;
use super::context::Context;
use super::job::FetchJob;
use super::writer::FileWriter;

/// Passes bytes to the writer, within the limits of the call.
pub(super) async fn deliver(
    cx: &Context,
    job: &FetchJob,
    writer: &FileWriter,
    at: u64,
    bytes: Chunk,
) -> Result<(), BodyError> {
    let len = bytes.len();
    let budget = cx.admit(len).await.map_err(BodyError::Fatal)?;
    let sent = writer.data(at, bytes, budget).await;
    sent.map_err(BodyError::Fatal)?;
    job.progress.transferred(len as u64);
    Ok(())
}
